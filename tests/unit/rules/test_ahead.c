/* Captures that end behind a refusal: what follows may refute it, so it is proven only when the
 * client took no other way for long enough, and nothing is said while it is on one. */
#include "rule_cases.h"
#include "support/scene_logon.h"

#include <string.h>

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"
#define TGT   "krbtgt/CONTOSO.COM"

/* ---- Handshakes ---- */

static scene_conn answered_with(scene *s, uint8_t alert)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "pool.contoso.com", 0x0303);
    if (alert)
        scene_alert(s, &c, S, 2, alert);
    return c;
}

static void other_version(scene *s)
{
    answered_with(s, 70);
}

static void other_version_a_second_ago(scene *s)
{
    answered_with(s, 70);
    scene_wait(s, 1);
}

static void falls_back(scene *s) /* the same server takes the next ClientHello */
{
    answered_with(s, 70);
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "pool.contoso.com", 0x0302);
    scene_server_hello(s, &c, 0x0302);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
}

static void falls_back_to_the_end(scene *s, uint16_t version)
{
    answered_with(s, 70);
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "pool.contoso.com", 0x0302);
    if (version)
        scene_server_hello(s, &c, version);
}

static void falls_back_and_ends(scene *s)
{
    falls_back_to_the_end(s, 0x0302);
}

static void falls_back_unanswered(scene *s)
{
    falls_back_to_the_end(s, 0);
}

static void no_strength(scene *s)
{
    answered_with(s, 71);
}

static void no_strength_a_second_ago(scene *s)
{
    answered_with(s, 71);
    scene_wait(s, 1);
}

static void other_name(scene *s)
{
    answered_with(s, 112);
}

static void other_name_a_second_ago(scene *s)
{
    answered_with(s, 112);
    scene_wait(s, 1);
}

static void internal_error(scene *s)
{
    answered_with(s, 80);
}

static void internal_error_a_second_ago(scene *s)
{
    answered_with(s, 80);
    scene_wait(s, 1);
}

static void hello_reset(scene *s)
{
    scene_conn c = answered_with(s, 0);
    scene_reset(s, &c, S);
}

static void hello_reset_a_second_ago(scene *s)
{
    hello_reset(s);
    scene_wait(s, 1);
}

/* Of TLS 1.3, behind the ServerHello: what GnuTLS says to a client without a certificate, or whose
 * certificate it does not like. */
static void alert_behind_hello(scene *s, double wait)
{
    scene_conn c = answered_with(s, 0);
    scene_server_hello(s, &c, 0x0304);
    scene_alert(s, &c, S, 2, 40);
    scene_wait(s, wait);
}

static void handshake_failure_13(scene *s)
{
    alert_behind_hello(s, 0);
}

static void handshake_failure_13_a_second_ago(scene *s)
{
    alert_behind_hello(s, 1);
}

/* ---- Connections ---- */

static void refused(scene *s)
{
    scene_lookup(s, "A", "pool.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
}

static void refused_a_second_ago(scene *s)
{
    refused(s);
    scene_wait(s, 1);
}

static void refused_again(scene *s) /* it came back: there was no other way */
{
    refused(s);
    scene_wait(s, 10);
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
}

static void refused_asks_on(scene *s)
{
    refused(s);
    scene_wait(s, 1);
    scene_lookup(s, "A", "sip.contoso.com", NULL);
}

static void refused_other_address(scene *s)
{
    scene_lookup(s, "A", "pool.contoso.com", "10.0.0.5 10.0.0.6");
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
}

static void refused_other_address_passed_over(scene *s)
{
    refused_other_address(s);
    scene_wait(s, 1);
}

static void refused_other_address_refused(scene *s)
{
    refused_other_address(s);
    scene_conn c = scene_syn(s, "10.0.0.6:5060");
    scene_refused(s, &c);
    scene_wait(s, 1);
}

static void refused_no_ipv6(scene *s) /* that there is an IPv6 address does not say it is used */
{
    scene_lookup(s, "AAAA", "pool.contoso.com", "fd00::5");
    refused(s);
}

static void refused_next_open(scene *s) /* nothing was said yet on the next connection */
{
    refused(s);
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.6");
    scene_conn c = scene_syn(s, "10.0.0.6:5060");
    scene_connected(s, &c);
}

static void refused_next_open_and_silent(scene *s)
{
    refused_next_open(s);
    scene_wait(s, 6);
}

static void refused_next_asked(scene *s, bool answered) /* over TLS 1.2, and left */
{
    refused(s);
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.6");
    scene_conn c = scene_open(s, "10.0.0.6:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "sip.contoso.com", -10, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    if (answered)
        scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void refused_next_answers(scene *s) /* what it says is not known */
{
    refused_next_asked(s, true);
}

static void refused_next_mute(scene *s) /* no sign-in without an answer */
{
    refused_next_asked(s, false);
}

static void silent_on(scene *s, double seconds)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_wait(s, 3);
    scene_syn_again(s, &c);
    scene_wait(s, 3);
    scene_timeout(s, &c);
    scene_wait(s, seconds);
    (void)scene_open(s, "10.0.0.99:80"); /* others are answered */
}

static void silent(scene *s)
{
    scene_lookup(s, "A", "pool.contoso.com", "10.0.0.5");
    silent_on(s, 10);
}

static void silent_other_address(scene *s) /* its turn comes yet */
{
    scene_lookup(s, "A", "pool.contoso.com", "10.0.0.5 10.0.0.6");
    silent_on(s, 10);
}

static void unreachable(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_icmp(s, &c, 3, 1);
    scene_wait(s, 2); /* Windows sends the SYN again after 3 s */
}

/* ---- SIP ---- */

static scene_conn unavailable_on(scene *s, const char *headers)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 503, headers);
    return c;
}

static void unavailable(scene *s)
{
    (void)unavailable_on(s, NULL);
}

static void unavailable_for_good(scene *s)
{
    (void)unavailable_on(s, NULL);
    scene_wait(s, 5);
}

static void unavailable_told_to_wait(scene *s)
{
    (void)unavailable_on(s, "Retry-After: 20");
    scene_wait(s, 10);
}

static void unavailable_and_again(scene *s)
{
    scene_conn c = unavailable_on(s, NULL);
    scene_register(s, &c, ALICE, 2, NULL);
}

static void unavailable_and_challenged(scene *s)
{
    scene_conn c = unavailable_on(s, NULL);
    scene_register(s, &c, ALICE, 2, NULL);
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: NTLM");
}

static void forbidden(scene *s) /* final */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 403, NULL);
}

/* ---- Names ---- */

static void server_failure(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "SERVFAIL");
}

static void server_failure_of_all(scene *s)
{
    server_failure(s);
    scene_lookup(s, "A", "sip.contoso.com", "SERVFAIL");
}

static void server_failure_last_open(scene *s)
{
    server_failure(s);
    scene_lookup(s, "A", "sip.contoso.com", NULL);
}

static void dot(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 0 .");
}

/* ---- Proxies ---- */

static scene_conn asked_for_credentials(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.8:3128");
    scene_tunnel(s, &c, "sip.contoso.com:443", false, 0);
    scene_tunnel(s, &c, "sip.contoso.com:443", false, 407);
    return c;
}

static void credentials_wanted(scene *s) /* on another connection, as the proxy closes this one */
{
    scene_conn c = asked_for_credentials(s);
    scene_close(s, &c, S);
}

static void credentials_given(scene *s)
{
    credentials_wanted(s);
    scene_conn c = scene_open(s, "10.0.0.8:3128");
    scene_tunnel(s, &c, "sip.contoso.com:443", true, 0);
}

static void credentials_not_given(scene *s)
{
    scene_conn c = asked_for_credentials(s);
    scene_close(s, &c, C);
}

/* ---- Kerberos and NTLM ---- */

static void asks(scene *s, int32_t error)
{
    scene_conn c = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &c, NULL, CX_KRB_AS_REQ, "alice", TGT, 0, 0);
    if (error)
        scene_krb(s, &c, NULL, CX_KRB_ERROR, "alice", TGT, error, 0);
}

static void wrong_password(scene *s)
{
    asks(s, 24);
}

static void wrong_password_and_again(scene *s)
{
    asks(s, 24);
    asks(s, 0);
}

static void wrong_password_and_25(scene *s)
{
    asks(s, 24);
    asks(s, 25);
}

static void locked(scene *s) /* nothing that the client can do */
{
    asks(s, 18);
}

static void smb_asks(scene *s, scene_conn *c)
{
    scene_ntlm(s, c, "smb", CX_NTLM_NEGOTIATE, 0x62088215, NULL);
    scene_ntlm(s, c, "smb", CX_NTLM_CHALLENGE, 0x62898215, NULL);
    scene_ntlm(s, c, "smb", CX_NTLM_AUTHENTICATE, 0x62888215, "CONTOSO\\alice");
}

static scene_conn smb_refused_on(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.7:445");
    smb_asks(s, &c);
    scene_logon(s, &c, "smb", false, CX_LOGON_NTSTATUS, 0xc000006d);
    return c;
}

static void smb_refused(scene *s)
{
    (void)smb_refused_on(s);
}

static void smb_refused_and_again(scene *s)
{
    scene_conn c = smb_refused_on(s);
    smb_asks(s, &c);
}

static const rule_case cases[] = {
    {"refused", refused, "tcp-connection-refused", "failure", "likely"},
    {"refused a second ago", refused_a_second_ago, "tcp-connection-refused", "failure", "proven"},
    {"refused again", refused_again, "tcp-connection-refused", "failure", "proven"},
    {"refused, asks on", refused_asks_on, "tcp-connection-refused", "failure", "likely"},
    {"refused, other address", refused_other_address, "", "incomplete", ""},
    {"other address passed over", refused_other_address_passed_over, "tcp-connection-refused",
     "failure", "proven"},
    {"other address refused", refused_other_address_refused, "tcp-connection-refused", "failure",
     "proven"},
    {"refused, IPv6 known", refused_no_ipv6, "tcp-connection-refused", "failure", "likely"},
    {"refused, next open", refused_next_open, "", "incomplete", ""},
    {"refused, next silent", refused_next_open_and_silent, "tcp-connection-refused", "failure",
     "proven"},
    {"version", other_version, "tls-version-mismatch", "failure", "likely"},
    {"version, a second ago", other_version_a_second_ago, "tls-version-mismatch", "failure",
     "proven"},
    {"version, falls back", falls_back, "", "success", ""},
    {"version, falls back, ends", falls_back_and_ends, "", "incomplete", ""},
    {"version, asks again", falls_back_unanswered, "tls-version-mismatch", "failure", "likely"},
    {"strength", no_strength, "tls-no-common-cipher", "failure", "likely"},
    {"strength, a second ago", no_strength_a_second_ago, "tls-no-common-cipher", "failure",
     "proven"},
    {"name", other_name, "tls-sni-problem", "failure", "likely"},
    {"name, a second ago", other_name_a_second_ago, "tls-sni-problem", "failure", "proven"},
    {"alert 80", internal_error, "tls-alert-fatal", "failure", "likely"},
    {"alert 80, a second ago", internal_error_a_second_ago, "tls-alert-fatal", "failure", "proven"},
    {"hello, reset", hello_reset, "tcp-reset-established", "failure", "likely"},
    {"hello, reset a second ago", hello_reset_a_second_ago, "tcp-reset-established", "failure",
     "proven"},
    {"alert 40, TLS 1.3", handshake_failure_13, "tls-alert-fatal", "failure", "likely"},
    {"alert 40, TLS 1.3, before", handshake_failure_13_a_second_ago, "tls-alert-fatal", "failure",
     "proven"},
    {"refused, next answers", refused_next_answers, "", "success", ""},
    {"refused, next mute", refused_next_mute, "tcp-connection-refused", "failure", "proven"},
    {"silent", silent, "tcp-connect-timeout", "failure", "proven"},
    {"silent, other address", silent_other_address, "tcp-connect-timeout", "failure", "likely"},
    {"unreachable", unreachable, "icmp-unreachable", "failure", "likely"},
    {"503", unavailable, "sip-service-unavailable", "failure", "likely"},
    {"503 for good", unavailable_for_good, "sip-service-unavailable", "failure", "proven"},
    {"503, told to wait", unavailable_told_to_wait, "sip-service-unavailable", "failure", "likely"},
    {"503, again", unavailable_and_again, "", "incomplete", ""},
    {"503, challenged", unavailable_and_challenged, "", "incomplete", ""},
    {"403", forbidden, "sip-forbidden", "failure", "proven"},
    {"SERVFAIL", server_failure, "dns-server-failure", "failure", "likely"},
    {"SERVFAIL of all", server_failure_of_all, "dns-server-failure", "failure", "proven"},
    {"SERVFAIL, last open", server_failure_last_open, "dns-server-failure", "failure", "likely"},
    {"dot", dot, "dns-srv-target-dot", "failure", "likely"},
    {"407", credentials_wanted, "", "incomplete", ""},
    {"407, given", credentials_given, "", "incomplete", ""},
    {"407, not given", credentials_not_given, "proxy-auth-required", "failure", "likely"},
    {"24", wrong_password, "krb-preauth-failed", "failure", "likely"},
    {"24, again", wrong_password_and_again, "", "incomplete", ""},
    {"24, again, 25", wrong_password_and_25, "", "incomplete", ""},
    {"18", locked, "krb-account-state", "failure", "proven"},
    {"SMB", smb_refused, "ntlm-logon-failed", "failure", "likely"},
    {"SMB, again", smb_refused_and_again, "", "incomplete", ""},
};

/* It says so, where it is no more than likely for that. */
static void test_sentence(void **state)
{
    static const struct {
        void (*play)(scene *s);
        const char *end;
    } ends[] = {
        {unreachable, " The capture ends 2.0 s later: what the client did next is not in it."},
        {refused, " The capture ends there: what the client did next is not in it."},
        {refused_again, "(Winsock error 10061)."}};
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        scene s;
        scene_start(&s, NULL);
        ends[i].play(&s);
        scene_end(&s);
        const char *text = scene_text(&s, scene_cause(&s, 0), "explanation");
        assert_true(strlen(text) > strlen(ends[i].end));
        assert_string_equal(text + strlen(text) - strlen(ends[i].end), ends[i].end);
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sentence)};
    int failed = run_cases("ahead", cases, sizeof cases / sizeof *cases);
    return failed + cmocka_run_group_tests_name("sentences", tests, NULL, NULL);
}
