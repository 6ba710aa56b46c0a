/* Programs that look at servers without signing in, and servers that are another service: scenes
 * that are no failure, and twins that are one. */
#include "rule_cases.h"

#include <string.h>

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

static void refused(scene *s, const char *server)
{
    scene_conn c = scene_syn(s, server);
    scene_refused(s, &c);
}

/* ---- Health checks ---- */

static void checks(scene *s, int n)
{
    for (int i = 0; i < n; i++) {
        scene_conn c = scene_open(s, "10.0.0.5:5060");
        scene_reset(s, &c, C);
        scene_wait(s, 2);
    }
}

static void dead_server_checked(scene *s)
{
    checks(s, 3);
    refused(s, "10.0.0.6:5060");
    scene_wait(s, 6);
}

static void two_silent_connections(scene *s)
{
    checks(s, 2);
    refused(s, "10.0.0.6:5060");
    scene_wait(s, 6);
}

static void balancer_passes_sign_in_on(scene *s)
{
    checks(s, 3);
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 404, NULL);
    scene_close(s, &c, C);
}

static void checked_and_left_half_open(scene *s)
{
    for (int i = 0; i < 3; i++) {
        scene_conn c = scene_syn(s, "10.0.0.5:5060");
        c.tcp.side[C].rst = c.tcp.syn[0];
        c.tcp.what = CX_TCP_HALF_OPEN;
        c.e.kind = CX_EV_TCP;
        c.e.at = c.tcp.syn[0];
        c.e.u.tcp = c.tcp;
        cx_diagnosis_event(s->diagnosis, &c.e);
        scene_wait(s, 2);
    }
    refused(s, "10.0.0.6:5060");
    scene_wait(s, 6);
}

static void alert_to_nobody(scene *s) /* OpenSSL says so to who leaves without a word */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_alert(s, &c, S, 2, 50);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void alert_to_something(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_data(s, &c, C);
    scene_alert(s, &c, S, 2, 50);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

/* ---- Crafted packets ---- */

static void flood(scene *s, bool bare)
{
    for (int i = 0; i < 20; i++) {
        scene_conn c = scene_syn(s, "10.0.0.5:5061");
        c.tcp.bare_syn = bare;
        scene_refused(s, &c);
    }
    scene_wait(s, 6);
}

static void flood_of_bare_syns(scene *s)
{
    flood(s, true);
}

static void refused_again_and_again(scene *s)
{
    flood(s, false);
}

static void routed_in_a_circle(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_icmp(s, &c, 11, 0);
    scene_wait(s, 6);
}

static void redirected_by_the_router(scene *s) /* ICMP redirect: the packet went on */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_icmp(s, &c, 5, 1);
    scene_answer(s, &c, ALICE, 1, 404, NULL);
}

/* ---- Lists of what TLS speaks ---- */

static void lists_tls(scene *s, int hellos)
{
    for (int i = 0; i < hellos; i++) {
        scene_conn c = scene_open(s, "10.0.0.5:5061");
        s->fewer_ciphers = (uint32_t)i % 3;
        scene_hello(s, &c, "ocs1.contoso.com", (uint16_t)(0x0301 + i / 3));
        scene_alert(s, &c, S, 2, 40);
        scene_close(s, &c, C);
    }
    scene_wait(s, 62);
    scene_conn c = scene_open(s, "10.0.0.6:5060");
    scene_hello(s, &c, "ocs2.contoso.com", 0x0303);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void lists_then_other_port(scene *s)
{
    lists_tls(s, 6);
}

/* ---- Another service on the port ---- */

static void greeting_of_mail(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_data(s, &c, S);
    scene_close(s, &c, C);
}

static void flight_cut(scene *s) /* by the snap length */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_data(s, &c, S);
    scene_gap(s, &c, S);
    scene_close(s, &c, C);
}

static void register_to_web(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_data(s, &c, S);
    scene_close(s, &c, S);
}

/* ---- Certificates ---- */

/* NSS judges the certificate beside the handshake: its alert may leave before the server's
 * Finished comes. */
static void refused_within_handshake(scene *s)
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 100);
    scene_tls(s, &c, CX_TLS_CLIENT_KEY_EXCHANGE, C);
    scene_tls(s, &c, CX_TLS_CHANGE_CIPHER_SPEC, C);
    scene_tls(s, &c, CX_TLS_FINISHED, C);
    scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, C);
    scene_tls(s, &c, CX_TLS_FINISHED, S);
    scene_reset(s, &c, C);
}

static void left_after_handshake(scene *s) /* a probe of the port looks the same */
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, C);
    scene_close(s, &c, C);
}

/* ---- Names asked by hand ---- */

static void administrator_asks(scene *s) /* a name that was found asks for a connection */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 lc.contoso.com");
    scene_lookup(s, "A", "lc.contoso.com", "10.0.0.5");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
}

static void client_goes_on(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 lc.contoso.com");
    scene_lookup(s, "A", "lc.contoso.com", "10.0.0.5");
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_wait(s, 1);
}

/* Captured at the server: what it answers gets lost on the way. */
static void answered(scene *s, int again, double seconds)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    c.tcp.answer = c.tcp.syn[0];
    for (int i = 0; i < again; i++) {
        scene_wait(s, seconds);
        scene_syn_again(s, &c);
    }
    c.tcp.observed_ns = (int64_t)(again * seconds * 1e9);
    c.e.kind = CX_EV_TCP;
    c.e.at = c.tcp.syn[0];
    c.tcp.what = CX_TCP_HALF_OPEN;
    c.e.u.tcp = c.tcp;
    cx_diagnosis_event(s->diagnosis, &c.e);
    scene_wait(s, 6);
}

static void answered_in_vain(scene *s)
{
    answered(s, 3, 2);
}

static void answered_once_in_vain(scene *s)
{
    answered(s, 1, 6);
}

static void answered_in_vain_for_a_moment(scene *s)
{
    answered(s, 3, 0.5);
}

/* Another client uses plain TCP of the host whose TLS port is closed. */
static void tls_record_plain_host(scene *s, const char *record)
{
    s->client = "10.0.0.22";
    scene_conn other = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &other, "sip:bob@contoso.com", 1, NULL);
    scene_answer(s, &other, "sip:bob@contoso.com", 1, 200, NULL);
    scene_close(s, &other, C);
    s->client = "10.0.0.21";
    scene_lookup(s, "SRV", record, "0 0 5061 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    refused(s, "10.0.0.5:5061");
    scene_wait(s, 6);
}

static void test_record_and_transport(void **state)
{
    (void)state;
    static const char *const record[] = {"_sipinternaltls._tcp.contoso.com",
                                         "_sipinternal._tcp.contoso.com"};
    static const char *const cause[] = {"tcp-connection-refused", "dns-srv-wrong-port"};
    for (int i = 0; i < 2; i++) {
        scene s;
        scene_start(&s, NULL);
        tls_record_plain_host(&s, record[i]);
        scene_end(&s);
        assert_string_equal(scene_cause(&s, 1), cause[i]);
        scene_free(&s);
    }
}

/* Over UDP, captured at the server: the answer that asks for credentials, and the same request. */
static void challenged_in_vain(scene *s, int times, double seconds)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    for (int i = 0; i < times; i++) {
        scene_register(s, &c, ALICE, 1, NULL);
        scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
        scene_wait(s, i + 1 < times ? seconds : 0);
    }
}

static void challenge_lost(scene *s)
{
    challenged_in_vain(s, 9, 4);
}

static void challenge_lost_at_first(scene *s)
{
    challenged_in_vain(s, 4, 2);
}

static const rule_case cases[] = {
    {"challenge_lost", challenge_lost, "sip-register-unanswered", "failure", "likely"},
    {"challenge_lost_at_first", challenge_lost_at_first, "", "incomplete", ""},
    {"dead_server_checked", dead_server_checked, "", "incomplete", ""},
    {"checked_and_left_half_open", checked_and_left_half_open, "", "incomplete", ""},
    {"two_silent_connections", two_silent_connections, "tcp-connection-refused", "failure",
     "proven"},
    {"balancer_passes_sign_in_on", balancer_passes_sign_in_on, "sip-uri-not-found", "failure",
     "proven"},
    {"answered_in_vain", answered_in_vain, "tcp-connect-timeout", "failure", "likely"},
    {"answered_once_in_vain", answered_once_in_vain, "", "incomplete", ""},
    {"answered_in_vain_for_a_moment", answered_in_vain_for_a_moment, "", "incomplete", ""},
    {"alert_to_nobody", alert_to_nobody, "", "incomplete", ""},
    {"alert_to_something", alert_to_something, "tls-alert-fatal", "failure", "proven"},
    {"flood_of_bare_syns", flood_of_bare_syns, "", "incomplete", ""},
    {"refused_again_and_again", refused_again_and_again, "tcp-connection-refused", "failure",
     "proven"},
    {"routed_in_a_circle", routed_in_a_circle, "icmp-unreachable", "failure", "proven"},
    {"redirected_by_the_router", redirected_by_the_router, "sip-uri-not-found", "failure",
     "proven"},
    {"greeting_of_mail", greeting_of_mail, "tls-hello-on-plain-port", "failure", "likely"},
    {"flight_cut", flight_cut, "", "incomplete", ""},
    {"register_to_web", register_to_web, "sip-register-unanswered", "failure", "proven"},
    {"refused_within_handshake", refused_within_handshake, "tls-cert-untrusted", "failure",
     "possible"},
    {"left_after_handshake", left_after_handshake, "", "incomplete", ""},
    {"administrator_asks", administrator_asks, "", "incomplete", ""},
    {"client_goes_on", client_goes_on, "dns-strict-naming-violation", "failure", "possible"},
};

/* What a program that lists versions and suites says to another port is told of neither. */
static void test_lists_tls(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    lists_then_other_port(&s);
    scene_end(&s);
    assert_int_equal(scene_count(&s, "failure"), 0);
    scene_free(&s);
    scene_start(&s, NULL);
    lists_tls(&s, 3);
    scene_end(&s);
    assert_true(scene_count(&s, "failure") > 0);
    scene_free(&s);
}

static void test_words(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    register_to_web(&s);
    scene_end(&s);
    assert_non_null(strstr(scene_text(&s, "sip-register-unanswered", "explanation"), "no SIP"));
    scene_free(&s);
    scene_start(&s, NULL);
    routed_in_a_circle(&s);
    scene_end(&s);
    assert_non_null(
        strstr(scene_text(&s, "icmp-unreachable", "explanation"), "time to live exceeded"));
    scene_free(&s);
}

/* Of a client that speaks to one server and gets nothing from another, its own packets only. */
static void test_one_direction(void **state)
{
    (void)state;
    for (int both = 0; both < 2; both++) {
        scene s;
        scene_start(&s, NULL);
        scene_conn dead = scene_syn(&s, "10.0.0.6:5060");
        for (int i = 0; i < 3; i++) {
            scene_wait(&s, 2);
            scene_syn_again(&s, &dead);
        }
        dead.tcp.observed_ns = INT64_C(8000000000);
        scene_timeout(&s, &dead);
        scene_conn c = scene_syn(&s, "10.0.0.5:5060");
        c.tcp.one_sided = !both;
        scene_connected(&s, &c);
        scene_data(&s, &c, C);
        scene_close(&s, &c, C);
        scene_wait(&s, 40);
        scene_end(&s);
        assert_int_equal(scene_finding(&s, "tcp-connect-timeout") != NULL, both);
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest more[] = {
        cmocka_unit_test(test_lists_tls),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_one_direction),
        cmocka_unit_test(test_record_and_transport),
    };
    int failed = run_cases("probes", cases, sizeof cases / sizeof *cases);
    return failed + cmocka_run_group_tests(more, NULL, NULL);
}
