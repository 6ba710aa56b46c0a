/* What a client gets over, and what a capture is too short to judge: other address families, steps
 * that are still under way, missing bytes. */
#include "rule_cases.h"

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

/* ---- Two families ---- */

static void asks_both(scene *s)
{
    scene_lookup(s, "AAAA", "pool.contoso.com", "fd00::5");
    scene_lookup(s, "A", "pool.contoso.com", "10.0.0.5");
}

static void refused6(scene *s)
{
    s->client = "fd00::21";
    scene_conn c = scene_syn(s, "[fd00::5]:5060");
    scene_refused(s, &c);
    s->client = "10.0.0.21";
}

static void signs_in(scene *s, const char *server)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_close(s, &c, C);
}

static void six_then_four(scene *s)
{
    refused6(s); /* the order in which the frames came to the capture says nothing */
    asks_both(s);
    signs_in(s, "10.0.0.5:5060");
}

static void six_alone(scene *s)
{
    asks_both(s);
    refused6(s);
}

static void six_and_another_host(scene *s) /* nothing says that they are one host */
{
    refused6(s);
    scene_lookup(s, "AAAA", "pool.contoso.com", "fd00::5");
    scene_lookup(s, "A", "other.contoso.com", "10.0.0.5");
    signs_in(s, "10.0.0.5:5060");
}

static void six_and_another_port(scene *s)
{
    refused6(s);
    asks_both(s);
    signs_in(s, "10.0.0.5:5061");
}

/* ---- Once more ---- */

static scene_conn asks_inside_tls(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "sip.contoso.com", -10, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    return c;
}

static void mute_once(scene *s)
{
    scene_conn c = asks_inside_tls(s);
    scene_wait(s, 20);
    scene_close(s, &c, C);
}

static void mute_and_opened_again(scene *s) /* that it accepts is nothing new */
{
    mute_once(s);
    scene_conn c = asks_inside_tls(s);
    scene_wait(s, 8);
    scene_close(s, &c, C);
}

static void mute_and_answered_then(scene *s)
{
    mute_once(s);
    scene_conn c = asks_inside_tls(s);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &c, C);
}

/* ---- Still under way ---- */

static void no_srv(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "NXDOMAIN");
    scene_lookup(s, "SRV", "_sipinternal._tcp.contoso.com", "NXDOMAIN");
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "NXDOMAIN");
}

static void asks_on(scene *s) /* sip.contoso.com would come next */
{
    no_srv(s);
    scene_lookup(s, "A", "sipinternal.contoso.com", "NXDOMAIN");
}

static void asks_no_more(scene *s)
{
    asks_on(s);
    scene_wait(s, 10);
    s->now_ns += 1;
    scene_lookup(s, "A", "www.example.org", "10.0.0.80");
}

static void connects_yet(scene *s)
{
    no_srv(s);
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:443");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
}

static void next_one_asked(scene *s) /* refused, and the next server has the REGISTER */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 a.contoso.com");
    scene_lookup(s, "A", "a.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.6");
    scene_conn d = scene_open(s, "10.0.0.6:5060");
    scene_register(s, &d, ALICE, 1, NULL);
    scene_data(s, &d, C);
}

/* A client with a session looks its servers up anew to sign out, meets a dead one, and goes on with
 * the connection that it has (baresip). */
static void dead_one_at_sign_out(scene *s)
{
    scene_lookup(s, "SRV", "_sip._tcp.contoso.com",
                 "0 0 5060 a.contoso.com, 1 0 5060 b.contoso.com");
    scene_lookup(s, "A", "a.contoso.com", "10.0.0.5");
    scene_lookup(s, "A", "b.contoso.com", "10.0.0.6");
    scene_conn c = scene_open(s, "10.0.0.6:5060");
    scene_register(s, &c, ALICE, 1, "Expires: 600");
    scene_answer(s, &c, ALICE, 1, 200, "Expires: 600");
    scene_wait(s, 20);
    scene_lookup(s, "SRV", "_sip._tcp.contoso.com",
                 "0 0 5060 a.contoso.com, 1 0 5060 b.contoso.com");
    scene_conn d = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &d);
    scene_register(s, &c, ALICE, 2, "Expires: 0");
    scene_answer(s, &c, ALICE, 2, 200, "Expires: 0");
    scene_close(s, &c, C);
}

/* ---- Missing beginnings ---- */

static void asks_rfc_names(scene *s) /* a client of RFC 3263 */
{
    scene_lookup(s, "SRV", "_sip._tcp.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

static void
asked_others_before(scene *s) /* pidgin-sipe: its names that decide were asked earlier */
{
    scene_lookup(s, "SRV", "_sip._tcp.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "sipinternal.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

/* ---- Missing bytes ---- */

static void reset_behind_gap(scene *s) /* the answer may be what is missing */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_data(s, &c, S);
    scene_gap(s, &c, S);
    scene_reset(s, &c, S);
}

static void left_behind_gap(scene *s) /* the key exchange may be */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "sip.contoso.com", -10, 100);
    scene_gap(s, &c, C);
    scene_close(s, &c, C);
}

static const rule_case cases[] = {
    {"mute, opened again", mute_and_opened_again, "tcp-accepted-silent", "failure", "likely"},
    {"mute, answered then", mute_and_answered_then, "", "success", ""},
    {"asks on", asks_on, "", "incomplete", ""},
    {"asks no more", asks_no_more, "dns-srv-missing", "failure", "proven"},
    {"connects yet", connects_yet, "", "incomplete", ""},
    {"asks names of RFC 3263", asks_rfc_names, "dns-srv-missing", "failure", "proven"},
    {"asked others before", asked_others_before, "", "incomplete", ""},
    {"next one asked", next_one_asked, "", "incomplete", ""},
    {"reset behind a gap", reset_behind_gap, "", "incomplete", ""},
    {"left behind a gap", left_behind_gap, "", "incomplete", ""},
};

/* All attempts count. */
static void test_several_attempts(void **state)
{
    static const struct {
        void (*play)(scene *s);
        size_t failures;
    } families[] = {{six_then_four, 0},
                    {six_alone, 1},
                    {six_and_another_host, 1},
                    {six_and_another_port, 1},
                    {dead_one_at_sign_out, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        scene s;
        scene_start(&s, NULL);
        families[i].play(&s);
        scene_end(&s);
        assert_int_equal(scene_count(&s, "failure"), families[i].failures);
        if (families[i].failures)
            assert_string_equal(scene_text(&s, "tcp-connection-refused", "role"), "root-cause");
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_several_attempts)};
    int failed = run_cases("recovery", cases, sizeof cases / sizeof *cases);
    return failed + cmocka_run_group_tests_name("attempts", tests, NULL, NULL);
}
