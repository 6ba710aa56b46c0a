/* REGISTERs that fail on the protocol: scenes that fire the rules, and twins that differ in what
 * rules them out. */
#include "rule_cases.h"

#define ALICE "sip:alice@contoso.com"

static void redirected(scene *s, const char *from, uint32_t cseq, const char *to)
{
    scene_conn c = scene_open(s, from);
    char contact[64];
    (void)snprintf(contact, sizeof contact, "Contact: sip:%s", to);
    scene_register(s, &c, ALICE, cseq, NULL);
    scene_answer(s, &c, ALICE, cseq, 301, contact);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void circle(scene *s)
{
    redirected(s, "10.0.0.5:5060", 1, "10.0.0.6:5060");
    redirected(s, "10.0.0.6:5060", 2, "10.0.0.5:5060");
    redirected(s, "10.0.0.5:5060", 3, "10.0.0.6:5060");
    scene_wait(s, 10);
}

static void chain_of_three(scene *s)
{
    redirected(s, "10.0.0.5:5060", 1, "10.0.0.6:5060");
    redirected(s, "10.0.0.6:5060", 2, "10.0.0.7:5060");
    redirected(s, "10.0.0.7:5060", 3, "10.0.0.8:5060");
    scene_wait(s, 10);
}

static void works_in_the_end(scene *s)
{
    redirected(s, "10.0.0.5:5060", 1, "10.0.0.6:5060");
    redirected(s, "10.0.0.6:5060", 2, "10.0.0.7:5060");
    scene_conn c = scene_open(s, "10.0.0.7:5060");
    scene_register(s, &c, ALICE, 3, NULL);
    scene_answer(s, &c, ALICE, 3, 200, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static scene_conn answered(scene *s, uint16_t status, const char *sent, const char *headers)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, sent);
    scene_answer(s, &c, ALICE, 1, status, headers);
    return c;
}

static void brief(scene *s)
{
    scene_conn c = answered(s, 423, "Expires: 60", "Min-Expires: 600");
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void brief_again(scene *s)
{
    scene_conn c = answered(s, 423, "Expires: 60", "Min-Expires: 600");
    scene_register(s, &c, ALICE, 2, "Expires: 60");
    scene_answer(s, &c, ALICE, 2, 423, "Min-Expires: 600");
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void brief_one_way(scene *s) /* for how long it asked is not in the capture */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_answer(s, &c, ALICE, 1, 423, "Min-Expires: 600");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: NTLM");
    scene_wait(s, 10);
}

static void brief_without_interval(scene *s)
{
    scene_conn c = answered(s, 423, NULL, "Min-Expires: 600");
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void brief_then_long(scene *s)
{
    scene_conn c = answered(s, 423, "Expires: 60", "Min-Expires: 600");
    scene_register(s, &c, ALICE, 2, "Expires: 600");
    scene_answer(s, &c, ALICE, 2, 200, "Expires: 600");
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void upgrade(scene *s)
{
    scene_conn c = answered(s, 426, NULL, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void malformed(scene *s)
{
    scene_conn c = answered(s, 400, NULL, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void healthy(scene *s)
{
    scene_conn c = answered(s, 200, NULL, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void not_acceptable(scene *s)
{
    scene_conn c = answered(s, 606, NULL, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void bad_extension(scene *s)
{
    scene_conn c = answered(s, 420, NULL, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

/* One server sends the client to itself. */
static void to_itself(scene *s)
{
    redirected(s, "10.0.0.5:5060", 1, "10.0.0.5:5060");
    redirected(s, "10.0.0.5:5060", 2, "10.0.0.5:5060");
    scene_wait(s, 10);
}

static void declined(scene *s)
{
    scene_conn c = answered(s, 603, NULL, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void declined_with_a_code(scene *s) /* the number says what 603 does not */
{
    scene_conn c = answered(s, 603, NULL, "ms-diagnostics: 1000");
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void declined_then_accepted(scene *s) /* the second is a sign-in of its own */
{
    scene_conn c = answered(s, 603, NULL, NULL);
    scene_register(s, &c, ALICE, 2, NULL);
    scene_answer(s, &c, ALICE, 2, 200, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

/* A client that knows RFC 3329 or RFC 5626 goes on; one that does not stops. */
static void agreement_asked(scene *s)
{
    scene_conn c = answered(s, 494, NULL, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void agreement_reached(scene *s)
{
    scene_conn c = answered(s, 494, NULL, NULL);
    scene_register(s, &c, ALICE, 2, NULL);
    scene_answer(s, &c, ALICE, 2, 200, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void agreement_to_come(scene *s) /* the capture ends before the next REGISTER */
{
    (void)answered(s, 494, NULL, NULL);
    scene_wait(s, 1);
}

static void without_extension(scene *s)
{
    scene_conn c = answered(s, 420, NULL, NULL);
    scene_register(s, &c, ALICE, 2, NULL);
    scene_answer(s, &c, ALICE, 2, 200, NULL);
    scene_close(s, &c, CX_FROM_CLIENT);
}

/* No refusal of a REGISTER is silent, whatever its status. */
static void test_every_refusal_is_told(void **state)
{
    (void)state;
    for (uint16_t status = 400; status < 700; status++) {
        scene s;
        scene_start(&s, NULL);
        scene_conn c = answered(&s, status, NULL, NULL);
        scene_close(&s, &c, CX_FROM_CLIENT);
        scene_wait(&s, 70);
        scene_end(&s);
        bool challenge = status == 401 || status == 407; /* the client may wait for its user */
        if (!challenge && !*scene_cause(&s, 0))
            fail_msg("%u has no cause", status);
        scene_free(&s);
    }
}

static const rule_case cases[] = {
    {"circle", circle, "sip-redirect-loop", "failure", "proven"},
    {"three in a row", chain_of_three, "sip-redirect-loop", "failure", "proven"},
    {"works in the end", works_in_the_end, "", "success", ""},
    {"too brief", brief, "sip-interval-brief", "failure", "likely"},
    {"too brief again", brief_again, "sip-interval-brief", "failure", "proven"},
    {"too brief, one way", brief_one_way, "", "incomplete", ""},
    {"too brief, none named", brief_without_interval, "sip-interval-brief", "failure", "likely"},
    {"too brief, then long", brief_then_long, "", "success", ""},
    {"upgrade required", upgrade, "sip-transport-refused", "failure", "proven"},
    {"bad request", malformed, "sip-parse-error", "failure", "proven"},
    {"not acceptable", not_acceptable, "sip-transport-refused", "failure", "proven"},
    {"bad extension", bad_extension, "sip-parse-error", "failure", "proven"},
    {"to itself", to_itself, "sip-redirect-loop", "failure", "proven"},
    {"declined", declined, "sip-register-refused", "failure", "proven"},
    {"declined with a code", declined_with_a_code, "sip-auth-failed", "failure", "proven"},
    {"declined, then accepted", declined_then_accepted, "sip-register-refused", "failure",
     "proven"},
    {"agreement asked", agreement_asked, "sip-register-refused", "failure", "proven"},
    {"agreement reached", agreement_reached, "", "success", ""},
    {"agreement to come", agreement_to_come, "", "incomplete", ""},
    {"without the extension", without_extension, "", "success", ""},
    {"healthy", healthy, "", "success", ""},
};

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_refusal_is_told)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + run_cases("sip_protocol", cases, sizeof cases / sizeof *cases);
}
