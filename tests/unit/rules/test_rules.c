/* Every rule: a scene that fires it, and twins that differ in what rules it out and stay silent
 * (rules_*.c). */
#include "rules_scenes.h"

static const scene_family *const families[] = {&rules_discovery, &rules_tcp, &rules_tls, &rules_sip,
                                               &rules_auth};

#define FAMILIES (sizeof families / sizeof *families)
#define MOST     512u /* scenes of all families */

static const scene_case *cases[MOST];
static size_t n_cases;

static void collect(void)
{
    for (size_t i = 0; i < FAMILIES; i++)
        for (size_t k = 0; k < families[i]->n; k++)
            if (n_cases < MOST)
                cases[n_cases++] = &families[i]->cases[k];
            else
                abort();
}

static void play(const scene_case *k, scene *s)
{
    scene_start(s, k->context);
    k->play(s);
    if (strcmp(k->outcome, "failure") == 0)
        scene_wait(s, 6); /* before, the client may go on: test_ahead.c */
    scene_end(s);
}

static void test_case(void **state)
{
    const scene_case *k = *state;
    scene s;
    play(k, &s);
    const char *confidence = scene_text(&s, k->cause, "confidence");
    if (strcmp(scene_cause(&s, 0), k->cause) || strcmp(scene_outcome(&s, 0), k->outcome) ||
        strcmp(confidence, k->confidence)) {
        char *dump = json_dumps(s.findings, JSON_INDENT(1));
        print_message("%s: cause %s, outcome %s, confidence %s\n%s\n", k->name, scene_cause(&s, 0),
                      scene_outcome(&s, 0), confidence, dump);
        free(dump);
        fail();
    }
    if (strcmp(k->outcome, "failure") != 0)
        assert_int_equal(scene_count(&s, "failure"), 0);
    if (*k->cause) {
        assert_string_equal(scene_text(&s, k->cause, "role"), "root-cause");
        assert_true(json_array_size(json_object_get(scene_finding(&s, k->cause), "evidence")) > 0);
    }
    scene_free(&s);
}

/* Every {name} of every sentence that was shown was set. */
static void test_sentences_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_cases; i++) {
        scene s;
        size_t k;
        json_t *f;
        play(cases[i], &s);
        json_array_foreach(s.findings, k, f)
        {
            const char *text = json_string_value(json_object_get(f, "explanation"));
            const char *remedy = json_string_value(json_object_get(f, "remedy"));
            if (strchr(text, '{') || strchr(remedy, '{'))
                fail_msg("%s: %s / %s", cases[i]->name, text, remedy);
        }
        scene_free(&s);
    }
}

/* By test_logon.c, test_handshake.c, test_sip_protocol.c, test_challenge.c, test_server.c,
 * test_issuer.c, test_chain.c, test_autodiscover.c and test_notes.c. */
static bool is_tested_elsewhere(const cx_rule *r)
{
    static const char *const ids[] = {
        "tls-client-cert-missing", "tls-client-cert-rejected", "tls-cert-revoked",
        "tls-cert-wrong-eku",      "sip-redirect-loop",        "sip-interval-brief",
        "sip-transport-refused",   "sip-webticket-failed",     "sip-clock-skew",
        "sip-digest-loop",         "sip-parse-error",          "dns-truncated-tcp-blocked",
        "tls-sni-problem",         "tls-ca-list-truncated",    "tls-cert-weak",
        "tcp-mtu-blackhole",       "proxy-connect-refused",    "proxy-auth-required",
        "proxy-tls-interception",  "proxy-bypass-blocked",     "tls-cert-chain-incomplete",
        "tls-crl-unreachable",     "tls-not-sip-service",      "autodiscover-http-failed",
        "autodiscover-loop"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (strcmp(ids[i], r->id) == 0)
            return true;
    return false;
}

/* Every rule is the root cause of some case, and every record is complete. */
static void test_every_rule_fires(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++) {
        const cx_rule *r = cx_rules[i];
        /* Notes and warnings are no cause: test_notes.c. */
        bool fired = r->logon || !cx_rule_may_stop(r) || is_tested_elsewhere(r);
        for (size_t k = 0; k < n_cases; k++)
            fired |= strcmp(cases[k]->cause, r->id) == 0;
        if (!fired)
            fail_msg("no case fires %s", r->id);
        assert_non_null(r->title);
        assert_non_null(r->evidence);
        assert_non_null(r->rules_out);
        assert_non_null(r->traps);
        assert_non_null(r->explain);
        assert_non_null(r->remedy);
        assert_non_null(r->source);
        assert_ptr_equal(cx_rule_named(r->id), r);
    }
    assert_null(cx_rule_named("no-such-rule"));
}

static bool shadows(const cx_rule *x, const cx_rule *y)
{
    for (const char *const *id = x->shadows; id && *id; id++)
        if (strcmp(*id, y->id) == 0)
            return true;
    return false;
}

/* Two rules that explain each other would both vanish, and a failure with them. */
static void test_no_two_shadow_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++)
        for (size_t k = 0; k <= i; k++)
            if (shadows(cx_rules[i], cx_rules[k]) && shadows(cx_rules[k], cx_rules[i]))
                fail_msg("%s and %s", cx_rules[i]->id, cx_rules[k]->id);
}

int main(void)
{
    static struct CMUnitTest tests[MOST + 3];
    size_t n = 0;
    collect();
    for (; n < n_cases; n++)
        tests[n] =
            (struct CMUnitTest){cases[n]->name, test_case, NULL, NULL, (void *)(uintptr_t)cases[n]};
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_sentences_complete);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_every_rule_fires);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_no_two_shadow_each_other);
    return _cmocka_run_group_tests("rules", tests, n, NULL, NULL);
}
