/* Which events become one attempt, and when an attempt is over. */
#include "support/alloc.h"
#include "support/scene.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>

#define C CX_FROM_CLIENT
#define S CX_FROM_SERVER

static void sign_in(scene *s, scene_conn *c, const char *user, uint32_t cseq)
{
    scene_register(s, c, user, cseq, NULL);
    scene_answer(s, c, user, cseq, 200, NULL);
}

static size_t attempts(const scene *s)
{
    return json_array_size(s->attempts);
}

static const char *member(const scene *s, size_t k, const char *name)
{
    const char *text = json_string_value(json_object_get(json_array_get(s->attempts, k), name));
    return text ? text : "";
}

/* Two clients with two faults: each has its own attempt and cause. */
static void test_two_clients(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_conn a = scene_syn(&s, "10.0.0.5:5060");
    s.client = "10.0.0.22";
    scene_conn b = scene_open(&s, "10.0.0.6:5061");
    scene_hello(&s, &b, "sip.contoso.com", 0x0303);
    s.client = "10.0.0.21";
    scene_refused(&s, &a);
    scene_server_hello(&s, &b, 0x0303);
    scene_certificate(&s, &b, "other.contoso.com", -1, 1);
    scene_alert(&s, &b, C, 2, 42);
    scene_end(&s);
    assert_int_equal(attempts(&s), 2);
    assert_string_equal(scene_cause(&s, 0), "tcp-connection-refused");
    assert_string_equal(member(&s, 0, "client"), "10.0.0.21");
    assert_string_equal(scene_cause(&s, 1), "tls-cert-name-mismatch");
    assert_string_equal(member(&s, 1, "client"), "10.0.0.22");
    scene_free(&s);
}

/* Two users behind one address, on connections side by side. */
static void test_two_users(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_conn a = scene_udp(&s, "10.0.0.5:5060"), b = scene_udp(&s, "10.0.0.5:5060");
    scene_register(&s, &a, "sip:alice@contoso.com", 1, NULL);
    scene_register(&s, &b, "sip:bob@contoso.com", 1, NULL);
    scene_answer(&s, &a, "sip:alice@contoso.com", 1, 403, NULL);
    scene_answer(&s, &b, "sip:bob@contoso.com", 1, 200, NULL);
    scene_end(&s);
    assert_int_equal(attempts(&s), 2);
    assert_string_equal(scene_outcome(&s, 0), "failure");
    assert_string_equal(member(&s, 0, "user"), "sip:alice@contoso.com");
    assert_string_equal(scene_outcome(&s, 1), "success");
    assert_string_equal(member(&s, 1, "user"), "sip:bob@contoso.com");
    scene_free(&s);
}

/* Two accounts of a telephone on one connection, each of which looked for the server: what follows
 * the challenge belongs to the user, not to a lookup that nobody registered after. */
static void test_users_of_connection(void **state)
{
    (void)state;
    static const char *const users[] = {"sip:alice@contoso.com", "sip:bob@contoso.com"};
    scene s;
    scene_start(&s, NULL);
    for (int i = 0; i < 3; i++) {
        scene_lookup(&s, "SRV", "_sip._tcp.ocs1.contoso.com", "NXDOMAIN");
        scene_lookup(&s, "A", "ocs1.contoso.com", "10.0.0.5");
    }
    scene_conn c = scene_open(&s, "10.0.0.5:5060");
    for (int i = 0; i < 2; i++)
        scene_register(&s, &c, users[i], 1, NULL);
    scene_lookup(&s, "SRV", "_sip._tcp.ocs1.contoso.com", "NXDOMAIN");
    scene_lookup(&s, "A", "ocs1.contoso.com", "10.0.0.5");
    for (int i = 0; i < 2; i++)
        scene_answer(&s, &c, users[i], 1, 401, "WWW-Authenticate: Digest n1");
    for (int i = 0; i < 2; i++) {
        scene_register(&s, &c, users[i], 2, "Authorization: Digest n1 response");
        scene_answer(&s, &c, users[i], 2, 200, NULL);
    }
    scene_wait(&s, 70);
    scene_close(&s, &c, C);
    scene_end(&s);
    assert_int_equal(cx_diagnosis_totals_of(s.diagnosis)->successes, 2);
    assert_int_equal(cx_diagnosis_totals_of(s.diagnosis)->failures, 0);
    for (size_t k = 0; k < attempts(&s); k++)
        assert_true(!*member(&s, k, "user") || strcmp(scene_outcome(&s, k), "success") == 0);
    scene_free(&s);
}

/* Behind one address, a connection is another user's as soon as he registers on it: what it ends
 * with is told of him, and that it says no more is no silence of the server. */
static void test_connection_of_another(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        scene s;
        scene_start(&s, NULL);
        scene_conn a = scene_open(&s, "10.0.0.5:5060");
        scene_register(&s, &a, "sip:alice@contoso.com", 1, NULL);
        scene_answer(&s, &a, "sip:alice@contoso.com", 1, 401, "WWW-Authenticate: Digest n1");
        scene_conn b = scene_open(&s, "10.0.0.5:5060");
        scene_register(&s, &b, "sip:bob@contoso.com", 1, NULL);
        if (reset)
            scene_reset(&s, &b, S);
        else
            scene_answer(&s, &b, "sip:bob@contoso.com", 1, 200, NULL);
        scene_wait(&s, 20);
        scene_register(&s, &a, "sip:alice@contoso.com", 2, "Authorization: Digest n1 response");
        scene_wait(&s, 5);
        scene_lookup(&s, "A", "www.contoso.com", "10.0.0.9");
        scene_end(&s);
        assert_int_equal(attempts(&s), 2);
        assert_null(scene_finding(&s, "tcp-accepted-silent"));
        for (size_t k = 0; k < 2; k++) {
            bool bob = strcmp(member(&s, k, "user"), "sip:bob@contoso.com") == 0;
            assert_string_equal(scene_outcome(&s, k), !bob    ? "incomplete"
                                                      : reset ? "failure"
                                                              : "success");
            if (bob && reset)
                assert_string_equal(scene_cause(&s, k), "tcp-reset-established");
        }
        scene_free(&s);
    }
}

/* A second REGISTER on the same connection after success is an attempt of its own; sign-out is
 * none. */
static void test_again_and_out(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_conn c = scene_open(&s, "10.0.0.5:5060");
    sign_in(&s, &c, "sip:alice@contoso.com", 1);
    scene_wait(&s, 20);
    sign_in(&s, &c, "sip:alice@contoso.com", 2);
    scene_register(&s, &c, "sip:alice@contoso.com", 3, "Expires: 0");
    scene_answer(&s, &c, "sip:alice@contoso.com", 3, 200, NULL);
    scene_close(&s, &c, C);
    scene_end(&s);
    assert_int_equal(attempts(&s), 2);
    assert_string_equal(scene_outcome(&s, 0), "success");
    assert_string_equal(scene_outcome(&s, 1), "success");
    scene_free(&s);
}

/* Over UDP every message may come several times, answers behind the final one too (RFC 3261 17.1.2,
 * 17.2.2): each transaction counts once. */
static void test_sent_again(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_conn c = scene_udp(&s, "10.0.0.5:5060");
    for (int i = 0; i < 3; i++)
        scene_register(&s, &c, "sip:alice@contoso.com", 1, NULL);
    scene_answer(&s, &c, "sip:alice@contoso.com", 1, 401, "WWW-Authenticate: NTLM");
    scene_answer(&s, &c, "sip:alice@contoso.com", 1, 401, "WWW-Authenticate: NTLM");
    for (int i = 0; i < 2; i++)
        scene_register(&s, &c, "sip:alice@contoso.com", 2, NULL);
    scene_answer(&s, &c, "sip:alice@contoso.com", 1, 401, "WWW-Authenticate: NTLM");
    for (int i = 0; i < 3; i++)
        scene_answer(&s, &c, "sip:alice@contoso.com", 2, 200, NULL);
    scene_register(&s, &c, "sip:alice@contoso.com", 2, NULL);
    scene_end(&s);
    assert_int_equal(attempts(&s), 1);
    assert_string_equal(scene_outcome(&s, 0), "success");
    scene_free(&s);
}

/* An attempt is told 60 s after its last packet, not at the end of the capture. */
static void test_decided_while_running(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_conn c = scene_syn(&s, "10.0.0.5:5060");
    scene_refused(&s, &c);
    scene_wait(&s, 59);
    s.client = "10.0.0.99";
    scene_lookup(&s, "A", "www.example.com", "10.9.9.9");
    assert_int_equal(attempts(&s), 0);
    scene_wait(&s, 3);
    scene_lookup(&s, "A", "www.example.com", "10.9.9.9");
    assert_int_equal(attempts(&s), 1);
    scene_end(&s);
    assert_int_equal(attempts(&s), 1);
    scene_free(&s);
}

/* What follows a failed sign-in is a new attempt: first wrong, then right. */
static void test_second_try(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_conn a = scene_open(&s, "10.0.0.5:5060");
    scene_register(&s, &a, "sip:alyce@contoso.com", 1, NULL);
    scene_answer(&s, &a, "sip:alyce@contoso.com", 1, 403, NULL);
    scene_close(&s, &a, C);
    scene_conn b = scene_open(&s, "10.0.0.5:5060");
    sign_in(&s, &b, "sip:alice@contoso.com", 1);
    scene_close(&s, &b, C);
    scene_end(&s);
    assert_int_equal(attempts(&s), 2);
    assert_string_equal(scene_cause(&s, 0), "sip-forbidden");
    assert_string_equal(scene_outcome(&s, 1), "success");
    scene_free(&s);
}

/* A response whose request came before the capture. */
static void test_response_alone(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_conn c = scene_open(&s, "10.0.0.5:5060");
    scene_answer(&s, &c, "sip:alyce@contoso.com", 1, 404, NULL);
    scene_end(&s);
    assert_string_equal(scene_cause(&s, 0), "sip-uri-not-found");
    scene_free(&s);
}

/* Both attempts go to the server of one lookup: their numbers differ all the same. */
static void test_numbers_are_unique(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_lookup(&s, "A", "ocs1.contoso.com", "10.0.0.5");
    for (int i = 0; i < 3; i++) {
        scene_conn c = scene_open(&s, "10.0.0.5:5060");
        scene_register(&s, &c, "sip:alice@contoso.com", 1, NULL);
        scene_answer(&s, &c, "sip:alice@contoso.com", 1, 404, NULL);
        scene_close(&s, &c, C);
    }
    scene_end(&s);
    assert_int_equal(attempts(&s), 3);
    json_int_t seen[3];
    for (size_t i = 0; i < 3; i++) {
        seen[i] = json_integer_value(json_object_get(json_array_get(s.attempts, i), "attempt"));
        assert_string_equal(member(&s, i, "server_name"), "ocs1.contoso.com");
    }
    assert_true(seen[0] < seen[1] && seen[1] < seen[2]);
    scene_free(&s);
}

/* Nothing but a provisional response was captured. */
static void test_provisional_alone(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_conn c = scene_open(&s, "10.0.0.5:5060");
    scene_answer(&s, &c, "sip:alice@contoso.com", 1, 100, NULL);
    scene_end(&s);
    assert_string_equal(scene_outcome(&s, 0), "incomplete");
    scene_free(&s);
}

/* Calls and probes are no sign-ins; neither is TLS of a web site, unless it is all there is. */
static void test_no_sign_in(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_lookup(&s, "A", "www.example.com", "10.9.9.9");
    scene_lookup(&s, "SRV", "_ldap._tcp.contoso.com", "NXDOMAIN");
    scene_conn c = scene_syn(&s, "10.0.0.5:80");
    scene_refused(&s, &c);
    scene_end(&s);
    assert_int_equal(attempts(&s), 0);
    assert_int_equal(json_array_size(s.findings), 0);
    scene_free(&s);
}

static void web(scene *s, const char *server)
{
    scene_conn c = scene_open(s, server);
    scene_hello(s, &c, "www.example.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "www.example.com", -1, 1);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &c, C);
}

static void test_web_told_only_alone(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    web(&s, "10.9.9.9:443");
    scene_end(&s);
    assert_int_equal(attempts(&s), 1);
    assert_string_equal(member(&s, 0, "kind"), "tls");
    scene_free(&s);
    scene_start(&s, NULL);
    web(&s, "10.9.9.9:443");
    scene_conn c = scene_open(&s, "10.0.0.5:5060");
    sign_in(&s, &c, "sip:alice@contoso.com", 1);
    scene_end(&s);
    assert_int_equal(attempts(&s), 1);
    assert_string_equal(member(&s, 0, "kind"), "sip");
    scene_free(&s);
}

static void test_configuration(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_lookup(&s, "SRV", "_sipinternal._tcp.contoso.com", "0 0 5060 ocs1.contoso.com");
    scene_lookup(&s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(&s, "10.0.0.5:5060");
    sign_in(&s, &c, "sip:alice@contoso.com", 1);
    scene_close(&s, &c, C);
    s.client = "10.0.0.22";
    scene_conn d = scene_open(&s, "10.0.0.5:5060");
    sign_in(&s, &d, "sip:bob@contoso.com", 1);
    scene_end(&s);
    assert_string_equal(member(&s, 0, "configuration"), "automatic");
    assert_string_equal(member(&s, 0, "server_name"), "ocs1.contoso.com");
    assert_string_equal(member(&s, 0, "domain"), "contoso.com");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(s.attempts, 0), "attempt")),
                     1);
    assert_string_equal(member(&s, 1, "configuration"), "manual");
    scene_free(&s);
}

static void everything(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternal._tcp.contoso.com", "0 0 5060 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, "sip:alice@contoso.com", 1, NULL);
    scene_answer(s, &c, "sip:alice@contoso.com", 1, 401, "WWW-Authenticate: NTLM");
    scene_register(s, &c, "sip:alice@contoso.com", 2, "Authorization: NTLM");
    scene_answer(s, &c, "sip:alice@contoso.com", 2, 401,
                 "WWW-Authenticate: NTLM challenge 0xe29882f3");
    scene_register(s, &c, "sip:alice@contoso.com", 3,
                   "Authorization: NTLM authenticate 0x62988255");
    scene_answer(s, &c, "sip:alice@contoso.com", 3, 401, "WWW-Authenticate: NTLM");
    scene_close(s, &c, C);
    web(s, "10.9.9.9:443");
}

/* Every allocation of the correlator and the rules fails in turn: less is told, nothing crashes. */
/* A client that is started again says the same words on another connection (pidgin-sipe has the
 * same Call-ID and branch then): none of them is sent again. One answer comes on a connection that
 * the server opened (RFC 3261 18.2.2). */
static void test_same_words(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    for (int i = 0; i < 4; i++) {
        scene_conn c = scene_open(&s, "10.0.0.5:5060");
        scene_register(&s, &c, "sip:alice@contoso.com", 1, "branch: z9hG4bK1");
        if (i == 0) { /* given up */
            scene_close(&s, &c, C);
            continue;
        }
        scene_answer(&s, &c, "sip:alice@contoso.com", 1, 401,
                     "WWW-Authenticate: Digest n1\nbranch: z9hG4bK1");
        scene_register(&s, &c, "sip:alice@contoso.com", 2,
                       "Authorization: Digest n1 response\nbranch: z9hG4bK2");
        scene_answer(&s, &c, "sip:alice@contoso.com", 2, i < 2 ? 403 : 200, "branch: z9hG4bK2");
        scene_register(&s, &c, "sip:alice@contoso.com", 3, "Expires: 0\nbranch: z9hG4bK3");
        scene_answer(&s, &c, "sip:alice@contoso.com", 3, 200, "branch: z9hG4bK3");
        scene_close(&s, &c, C);
    }
    scene_conn c = scene_open(&s, "10.0.0.5:5060"), back = scene_open(&s, "10.0.0.5:5060");
    scene_register(&s, &c, "sip:alice@contoso.com", 3, "branch: z9hG4bK3");
    scene_answer(&s, &back, "sip:alice@contoso.com", 3, 404, "branch: z9hG4bK3");
    scene_end(&s);
    assert_int_equal(attempts(&s), 4);
    assert_string_equal(scene_outcome(&s, 0), "failure");
    assert_string_equal(scene_outcome(&s, 1), "success");
    assert_string_equal(scene_outcome(&s, 2), "success");
    assert_string_equal(scene_cause(&s, 3), "sip-uri-not-found");
    scene_free(&s);
}

static void test_no_memory(void **state)
{
    (void)state;
    size_t calls = 0;
    for (size_t k = 0; k == 0 || k <= calls; k++) {
        scene s;
        scene_start(&s, NULL);
        test_alloc_fail_at(0);
        test_alloc_fail_at(k);
        everything(&s);
        scene_end(&s);
        if (k == 0)
            calls = test_alloc_calls();
        test_alloc_fail_at(0);
        scene_free(&s);
    }
    assert_true(calls > 10);
}

/* Many clients and many connections stay within their caps. */
static void test_caps(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    for (int i = 0; i < 2000; i++) { /* one client, one server */
        scene_conn c = scene_open(&s, "10.0.0.5:5060");
        scene_close(&s, &c, C);
    }
    scene_conn c = scene_open(&s, "10.0.0.5:5060");
    sign_in(&s, &c, "sip:alice@contoso.com", 1);
    scene_end(&s);
    assert_string_equal(scene_outcome(&s, attempts(&s) - 1), "success");
    scene_free(&s);
}

/* ---- names with a DNS suffix behind ---- */

static void test_suffixes(void **state)
{
    (void)state;
    static const struct {
        const char *first, *answer, *then;
        size_t attempts;
        const char *domain;
    } rows[] = {
        {"sip.contoso.com", "NXDOMAIN", "sip.contoso.com.corp.local", 1, "contoso.com"},
        /* the capture begins between the two, or resolvers try the suffixes first */
        {"sip.contoso.com.corp.local", "NXDOMAIN", "sip.contoso.com", 1, "contoso.com"},
        {"sip.contoso.com.corp.local", "NXDOMAIN", "lyncdiscover.contoso.com", 1, "contoso.com"},
        {"sip.contoso.com.corp.local", "NXDOMAIN", "contoso.com", 1, "contoso.com"},
        {"sip.contoso.com.corp.local", NULL, "sip.contoso.com", 1, "contoso.com"},
        {"lyncdiscover.contoso.com.br", "10.0.0.9", "sip.contoso.com", 2,
         "contoso.com.br"},                                                  /* it exists */
        {"sip.contoso.com", "NXDOMAIN", "sip.contoso.co", 2, "contoso.com"}, /* not by labels */
        {"sip.contoso.com", "NXDOMAIN", "contoso", 1, "contoso.com"}, /* a host of one label */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, NULL);
        scene_lookup(&s, "A", rows[i].first, rows[i].answer);
        scene_lookup(&s, "A", rows[i].then, "NXDOMAIN");
        scene_end(&s);
        if (attempts(&s) != rows[i].attempts ||
            strcmp(member(&s, 0, "domain"), rows[i].domain) != 0)
            fail_msg("row %zu: %zu attempts, the first one of %s", i, attempts(&s),
                     member(&s, 0, "domain"));
        scene_free(&s);
    }
}

/* A server of another domain is named as servers are whose names clients guess. */
static void test_target_like_a_guess(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    scene_lookup(&s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5060 sip.fabrikam.com");
    scene_lookup(&s, "A", "sip.fabrikam.com", "10.0.0.5");
    scene_conn c = scene_open(&s, "10.0.0.5:5060");
    sign_in(&s, &c, "sip:alice@contoso.com", 1);
    scene_close(&s, &c, C);
    scene_end(&s);
    assert_int_equal(attempts(&s), 1);
    assert_string_equal(member(&s, 0, "domain"), "contoso.com");
    assert_string_equal(scene_outcome(&s, 0), "success");
    scene_free(&s);
}

/* ---- scanners ---- */

/* n users, of whom the registrar knows those whose number is below known. */
static void registers(scene *s, unsigned n, unsigned known, const char *headers, double pause)
{
    char user[64];
    for (unsigned i = 0; i < n; i++) {
        scene_conn c = scene_udp(s, "10.0.0.5:5060");
        (void)snprintf(user, sizeof user, "sip:%u@contoso.com", i);
        scene_register(s, &c, user, 1, headers);
        scene_answer(s, &c, user, 1, i < known ? 200 : 404, NULL);
        scene_wait(s, pause);
    }
}

static void test_names_tried(void **state)
{
    (void)state;
    static const struct {
        unsigned n, known;
        const char *headers;
        double pause;
        uint64_t failures;
    } rows[] = {
        {40, 0, NULL, 0, 0},   /* all within a moment: what came before is known for it as well */
        {11, 0, NULL, 0, 11},  /* too few */
        {40, 0, NULL, 61, 40}, /* one a minute: phones with wrong numbers */
        {40, 27, NULL, 0, 13}, /* a gateway, some of whose users are gone */
        {14, 2, NULL, 0, 0},   /* who tries names finds some */
        {3, 0, "User-Agent: friendly-scanner", 0, 0},
        {3, 0, "User-Agent: friendly phone", 0, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, NULL);
        registers(&s, rows[i].n, rows[i].known, rows[i].headers, rows[i].pause);
        scene_end(&s);
        if (cx_diagnosis_totals_of(s.diagnosis)->failures != rows[i].failures)
            fail_msg("row %zu: %u failures", i,
                     (unsigned)cx_diagnosis_totals_of(s.diagnosis)->failures);
        scene_free(&s);
    }
}

/* Behind the address of a scanner others sign in; and what a scanner signs in is signed in. */
static void test_beside_scanner(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    registers(&s, 3, 0, "User-Agent: friendly-scanner", 0);
    scene_conn c = scene_open(&s, "10.0.0.5:5060");
    scene_register(&s, &c, "sip:alice@contoso.com", 1, "User-Agent: UCCAPI/3.5");
    scene_answer(&s, &c, "sip:alice@contoso.com", 1, 403, NULL);
    scene_close(&s, &c, C);
    registers(&s, 1, 1, "User-Agent: friendly-scanner", 0);
    scene_end(&s);
    assert_int_equal(cx_diagnosis_totals_of(s.diagnosis)->failures, 1);
    assert_int_equal(cx_diagnosis_totals_of(s.diagnosis)->successes, 1);
    scene_free(&s);
}

/* The sign-in of an unknown user waits 3 s, and then for nothing more. */
static void test_held(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    registers(&s, 1, 0, NULL, 0);
    assert_int_equal(attempts(&s), 0);
    scene_wait(&s, 4);
    scene_lookup(&s, "A", "www.contoso.com", "10.0.0.9"); /* time passes with packets */
    assert_int_equal(attempts(&s), 1);
    scene_end(&s);
    assert_int_equal(attempts(&s), 1);
    scene_free(&s);
}

/* A client whose connections to a port of SIP bring anything but SIP looks what is there. */
static void test_odd_bytes(void **state)
{
    (void)state;
    for (int odd = 2; odd <= 3; odd++) {
        scene s;
        scene_start(&s, NULL);
        for (int i = 0; i < odd; i++) {
            scene_conn c = scene_open(&s, "10.0.0.5:5060");
            scene_data(&s, &c, C);
            scene_close(&s, &c, C);
        }
        scene_conn c = scene_syn(&s, "10.0.0.5:5061");
        scene_refused(&s, &c);
        scene_end(&s);
        assert_int_equal(cx_diagnosis_totals_of(s.diagnosis)->failures, odd < 3);
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suffixes),
        cmocka_unit_test(test_target_like_a_guess),
        cmocka_unit_test(test_names_tried),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_beside_scanner),
        cmocka_unit_test(test_odd_bytes),
        cmocka_unit_test(test_two_clients),
        cmocka_unit_test(test_two_users),
        cmocka_unit_test(test_users_of_connection),
        cmocka_unit_test(test_connection_of_another),
        cmocka_unit_test(test_again_and_out),
        cmocka_unit_test(test_sent_again),
        cmocka_unit_test(test_same_words),
        cmocka_unit_test(test_decided_while_running),
        cmocka_unit_test(test_second_try),
        cmocka_unit_test(test_response_alone),
        cmocka_unit_test(test_provisional_alone),
        cmocka_unit_test(test_numbers_are_unique),
        cmocka_unit_test(test_no_sign_in),
        cmocka_unit_test(test_web_told_only_alone),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
