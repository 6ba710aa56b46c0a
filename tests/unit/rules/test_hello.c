/* TLS that fails for other reasons than the server's certificate: for each thing that rules one of
 * these faults out, and each trap, a pair of scenes in which only that differs. */
#include "said_cases.h"

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

static void use(scene *s, scene_conn *c)
{
    scene_finish(s, c);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, c, C);
}

/* ---- tls-plain-sip-on-tls-port ---- */

static scene_conn plain_to(scene *s, const char *server)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 1, NULL);
    return c;
}

static void plain_closed(scene *s, const char *server)
{
    scene_conn c = plain_to(s, server);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void plain_5061(scene *s)
{
    plain_closed(s, "10.0.0.5:5061");
}

static void plain_443(scene *s)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    plain_closed(s, "10.0.0.5:443");
}

static void plain_5060(scene *s) /* no port of TLS */
{
    plain_closed(s, "10.0.0.5:5060");
}

static void plain_5060_alert(scene *s) /* but one that speaks it */
{
    scene_conn c = plain_to(s, "10.0.0.5:5060");
    scene_alert(s, &c, S, 2, 10);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void plain_answered(scene *s) /* some take SIP in clear on 5061 */
{
    scene_conn c = plain_to(s, "10.0.0.5:5061");
    scene_answer(s, &c, ALICE, 1, 404, NULL);
    scene_close(s, &c, S);
}

static void plain_mute(scene *s)
{
    scene_conn c = plain_to(s, "10.0.0.5:5061");
    scene_wait(s, 16);
    scene_data(s, &c, C);
}

static void plain_mute_yet(scene *s)
{
    scene_conn c = plain_to(s, "10.0.0.5:5061");
    scene_wait(s, 5);
    scene_data(s, &c, C);
}

static void plain_gap(scene *s) /* what is missing may be an answer */
{
    scene_conn c = plain_to(s, "10.0.0.5:5061");
    scene_gap(s, &c, S);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void plain_over_udp(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5061");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 40);
}

/* ---- tls-hello-on-plain-port ---- */

static scene_conn hello_to(scene *s, const char *server, uint16_t version)
{
    scene_conn c = scene_open(s, server);
    scene_hello(s, &c, "sip.contoso.com", version);
    return c;
}

static void hello_closed(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5060", 0x0303);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void hello_alert(scene *s) /* the port does speak TLS */
{
    scene_conn c = hello_to(s, "10.0.0.5:5060", 0x0303);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void hello_served(scene *s) /* TLS on 5060 on purpose */
{
    scene_conn c = hello_to(s, "10.0.0.5:5060", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "sip.contoso.com", -10, 100);
    use(s, &c);
}

static void hello_mute_yet(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5060", 0x0303);
    scene_wait(s, 5);
    scene_data(s, &c, C);
}

static void hello_gap(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5060", 0x0303);
    scene_gap(s, &c, S);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void hello_5061_closed(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void hello_5061_sip(scene *s) /* the bytes decide, not the port */
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_sip(s, &c, S, "OPTIONS", ALICE, 1, 400, NULL);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

/* ---- tls-version-mismatch ---- */

static void version_alert(scene *s, uint8_t alert, uint8_t dir, bool served)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0301);
    if (served)
        scene_server_hello(s, &c, 0x0301);
    scene_alert(s, &c, dir, 2, alert);
    scene_close(s, &c, dir);
    scene_wait(s, 6);
}

static void version_70(scene *s)
{
    version_alert(s, 70, S, false);
}

static void version_86(scene *s)
{
    version_alert(s, 86, S, false);
}

static void version_40(scene *s) /* it does not speak of the version */
{
    version_alert(s, 40, S, false);
}

static void version_70_of_client(scene *s)
{
    version_alert(s, 70, C, true);
}

static void version_70_behind_hello(scene *s) /* the version was agreed on */
{
    version_alert(s, 70, S, true);
}

/* The server of TLS 1.2 knows none of the suites (GnuTLS says 40, and not 70). */
static void newest_alone(scene *s)
{
    s->tls13_alone = true;
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0304);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void newest_given_to_others(scene *s)
{
    s->client = "10.0.0.22";
    scene_conn other = hello_to(s, "10.0.0.5:5061", 0x0304);
    scene_server_hello(s, &other, 0x0304);
    scene_tls(s, &other, CX_TLS_APPLICATION_DATA, S);
    scene_tls(s, &other, CX_TLS_APPLICATION_DATA, C);
    s->client = "10.0.0.21";
    newest_alone(s);
}

static void newest_without_the_first_suite(scene *s) /* the one that every server of it has */
{
    s->tls13_alone = true;
    s->fewer_ciphers = 2;
    newest_alone(s);
}

/* The server takes a version that the client has, but not for its signatures. */
static void chosen(scene *s, uint16_t version, uint8_t alert)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0304);
    scene_server_hello(s, &c, version);
    scene_certificate(s, &c, "sip.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, alert);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void chosen_old(scene *s)
{
    chosen(s, 0x0301, 80);
}

static void chosen_12(scene *s)
{
    chosen(s, 0x0303, 80);
}

static void chosen_old_certificate_refused(scene *s) /* the alert is about the certificate */
{
    chosen(s, 0x0301, 48);
}

static void others_get(scene *s, const char *server, uint16_t version, uint8_t end)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    const char *client = s->client;
    s->client = "10.0.0.22";
    scene_conn other = scene_open(s, server);
    scene_hello(s, &other, "sip.contoso.com", version);
    scene_server_hello(s, &other, version);
    scene_finish(s, &other);
    scene_tls(s, &other, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &other, CX_TLS_APPLICATION_DATA, S);
    s->client = client;
    scene_hello(s, &c, "sip.contoso.com", 0x0301);
    scene_close(s, &c, end);
    scene_wait(s, 6);
}

static void others_get_newer(scene *s)
{
    others_get(s, "10.0.0.5:5061", 0x0303, S);
}

static void others_get_same(scene *s)
{
    others_get(s, "10.0.0.5:5061", 0x0301, S);
}

static void others_elsewhere(scene *s)
{
    others_get(s, "10.0.0.6:5061", 0x0303, S);
}

static void others_get_newer_left(scene *s) /* it was the client that closed */
{
    others_get(s, "10.0.0.5:5061", 0x0303, C);
}

/* ---- tls-server-silent-close, tls-server-no-reply ---- */

static void closes(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void closes_with_alert(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_alert(s, &c, S, 2, 80);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void closes_behind_hello(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void closes_behind_gap(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_gap(s, &c, S);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void closes_half_a_hello(scene *s) /* it may not have had all of the ClientHello */
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_gap(s, &c, C);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void client_closes(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void waits(scene *s, double seconds, bool data, bool gap, uint8_t end)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    if (data)
        scene_data(s, &c, S);
    if (gap)
        scene_gap(s, &c, S);
    scene_wait(s, seconds);
    scene_close(s, &c, end);
    scene_wait(s, 6);
}

static void no_reply(scene *s)
{
    waits(s, 16, false, false, C);
}

static void no_reply_yet(scene *s)
{
    waits(s, 10, false, false, C);
}

static void reply_lost(scene *s)
{
    waits(s, 16, false, true, C);
}

static void reply_of_something(scene *s)
{
    waits(s, 16, true, false, C);
}

static void no_reply_closed(scene *s)
{
    waits(s, 16, false, false, S);
}

/* ---- tls-handshake-abandoned ---- */

static void goes_on_elsewhere(scene *s, double seconds)
{
    scene_wait(s, seconds);
    s->client = "10.0.0.99"; /* somebody else: the capture goes on */
    scene_conn other = scene_open(s, "10.0.0.80:80");
    scene_close(s, &other, C);
    s->client = "10.0.0.21";
}

static void half_way(scene *s, double seconds, int gap)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    if (gap >= 0)
        scene_gap(s, &c, (uint8_t)gap);
    goes_on_elsewhere(s, seconds);
}

static void stands_still_filtered(scene *s) /* packets with bytes alone are in the capture */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5061");
    c.e.client.proto = c.e.server.proto = CX_IPPROTO_TCP;
    c.tcp.mid_stream = true;
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    goes_on_elsewhere(s, 16);
}

static void stands_still(scene *s)
{
    half_way(s, 16, -1);
}

static void stands_still_yet(scene *s)
{
    half_way(s, 10, -1);
}

static void stands_still_gap(scene *s)
{
    half_way(s, 16, S);
}

static void stands_still_client_gap(scene *s)
{
    half_way(s, 16, C);
}

static void completes(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_finish(s, &c);
    scene_wait(s, 16);
    scene_close(s, &c, S);
}

/* ---- tls-no-common-cipher, tls-sni-problem ---- */

static void cipher_behind_gap(scene *s) /* what is missing may be the ServerHello */
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_gap(s, &c, S);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void cipher(scene *s)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void name_unknown(scene *s, uint8_t level)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_alert(s, &c, S, level, 112);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void name_unknown_fatal(scene *s)
{
    name_unknown(s, 2);
}

static void name_unknown_warned(scene *s) /* a warning refuses nothing */
{
    name_unknown(s, 1);
}

static void nameless(scene *s, const char *other_server, uint16_t cipher_of_other, uint8_t end)
{
    s->client = "10.0.0.22";
    s->cipher = cipher_of_other;
    scene_conn other = scene_open(s, other_server);
    scene_hello(s, &other, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &other, 0x0303);
    scene_finish(s, &other);
    scene_tls(s, &other, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &other, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &other, C);
    s->client = "10.0.0.21";
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0303);
    scene_close(s, &c, end);
    scene_wait(s, 6);
}

static void nameless_closed(scene *s)
{
    nameless(s, "10.0.0.5:5061", 0xc02f, S);
}

static void nameless_elsewhere(scene *s)
{
    nameless(s, "10.0.0.6:5061", 0xc02f, S);
}

static void nameless_other_cipher(scene *s) /* the suite may be the reason */
{
    nameless(s, "10.0.0.5:5061", 0xc02c, S);
}

static void nameless_left(scene *s)
{
    nameless(s, "10.0.0.5:5061", 0xc02f, C);
}

/* ---- Certificates of clients ---- */

static void asked(scene *s, bool shows, uint8_t alert, bool finished, bool late)
{
    scene_conn c = hello_to(s, "10.0.0.5:5061", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "sip.contoso.com", -10, 100);
    scene_certificate_request(s, &c, 100);
    if (alert && !late)
        scene_alert(s, &c, S, 2, alert);
    if (shows)
        scene_client_certificate(s, &c, "trunk.fabrikam.com");
    else
        scene_tls(s, &c, CX_TLS_CERTIFICATE, C);
    scene_tls(s, &c, CX_TLS_CLIENT_KEY_EXCHANGE, C);
    scene_tls(s, &c, CX_TLS_CHANGE_CIPHER_SPEC, C);
    scene_tls(s, &c, CX_TLS_FINISHED, C);
    if (finished) {
        scene_tls(s, &c, CX_TLS_CHANGE_CIPHER_SPEC, S);
        scene_tls(s, &c, CX_TLS_FINISHED, S);
    }
    if (alert && late)
        scene_alert(s, &c, S, 2, alert);
    if (finished && !alert) {
        scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
        scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    }
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void shows_none(scene *s)
{
    asked(s, false, 0, false, true);
}

static void shows_none_and_goes_on(scene *s) /* as an Access Edge does */
{
    asked(s, false, 0, true, true);
}

static void shows_none_50(scene *s)
{
    asked(s, false, 50, false, true);
}

static void shows_one(scene *s)
{
    asked(s, true, 0, false, true);
}

static void shows_one_51(scene *s)
{
    asked(s, true, 51, false, true);
}

static void shows_one_50(scene *s) /* of a certificate 50 says nothing */
{
    asked(s, true, 50, false, true);
}

static void shows_one_and_goes_on(scene *s)
{
    asked(s, true, 0, true, true);
}

static void alert_before(scene *s) /* about what came before */
{
    asked(s, true, 40, false, false);
}

/* ---- The table ---- */

#define PLAIN     "tls-plain-sip-on-tls-port"
#define HELLO     "tls-hello-on-plain-port"
#define VERSION   "tls-version-mismatch"
#define CIPHER    "tls-no-common-cipher"
#define CLOSED    "tls-server-silent-close"
#define NO_REPLY  "tls-server-no-reply"
#define ABANDONED "tls-handshake-abandoned"
#define SNI       "tls-sni-problem"
#define NONE      "tls-client-cert-missing"
#define REJECTED  "tls-client-cert-rejected"
#define ALERT     "tls-alert-fatal"
#define UNHEARD   "sip-register-unanswered"

static const said_case cases[] = {
    {"plain to 5061", plain_5061, PLAIN, "failure", "likely", PLAIN, NULL},
    {"plain to 443", plain_443, PLAIN, "failure", "likely", PLAIN, NULL},
    {"plain to 5060", plain_5060, PLAIN, "", "", "tcp-closed-before-data", NULL},
    {"plain to 5060, alert", plain_5060_alert, PLAIN, "failure", "proven", PLAIN, NULL},
    {"plain, answered", plain_answered, PLAIN, "", "", "sip-uri-not-found", NULL},
    {"plain, mute", plain_mute, PLAIN, "failure", "likely", PLAIN, NULL},
    {"plain, mute yet", plain_mute_yet, PLAIN, "", "", "", NULL},
    {"plain, gap", plain_gap, PLAIN, "", "", "", NULL},
    {"plain over UDP", plain_over_udp, PLAIN, "", "", UNHEARD, NULL},

    {"hello, closed", hello_closed, HELLO, "failure", "likely", HELLO, NULL},
    {"hello, alert", hello_alert, HELLO, "", "", CIPHER, NULL},
    {"hello, served", hello_served, HELLO, "", "", "", NULL},
    {"hello, mute yet", hello_mute_yet, HELLO, "", "", "", NULL},
    {"hello, gap", hello_gap, HELLO, "", "", "", NULL},
    {"hello to 5061", hello_5061_closed, HELLO, "", "", CLOSED, NULL},
    {"hello to 5061, SIP", hello_5061_sip, HELLO, "failure", "proven", HELLO, NULL},

    {"alert 70", version_70, VERSION, "failure", "proven", VERSION, NULL},
    {"alert 86", version_86, VERSION, "failure", "proven", VERSION, NULL},
    {"alert 40", version_40, VERSION, "", "", CIPHER, NULL},
    {"alert 70 of the client", version_70_of_client, VERSION, "failure", "proven", VERSION, NULL},
    {"alert 70 later", version_70_behind_hello, VERSION, "", "", ALERT, NULL},
    {"1.3 alone", newest_alone, VERSION, "failure", "likely", VERSION, NULL},
    {"1.3 alone, others get it", newest_given_to_others, VERSION, "", "", CIPHER, NULL},
    {"1.3 alone, few suites", newest_without_the_first_suite, VERSION, "", "", CIPHER, NULL},
    {"1.0 chosen", chosen_old, VERSION, "failure", "likely", VERSION, NULL},
    {"1.2 chosen", chosen_12, VERSION, "", "", ALERT, NULL},
    {"1.0 chosen, alert 48", chosen_old_certificate_refused, VERSION, "", "", "tls-cert-untrusted",
     NULL},
    {"others get newer", others_get_newer, VERSION, "failure", "likely", VERSION, NULL},
    {"others get the same", others_get_same, VERSION, "", "", CLOSED, NULL},
    {"others elsewhere", others_elsewhere, VERSION, "", "", CLOSED, NULL},
    {"others, client leaves", others_get_newer_left, VERSION, "", "", "", NULL},

    {"closes", closes, CLOSED, "failure", "likely", CLOSED, NULL},
    {"closes, alert", closes_with_alert, CLOSED, "", "", ALERT, NULL},
    {"closes, ServerHello", closes_behind_hello, CLOSED, "", "", ABANDONED, NULL},
    {"closes, gap", closes_behind_gap, CLOSED, "", "", "", NULL},
    {"closes, half a hello", closes_half_a_hello, CLOSED, "", "", "", NULL},
    {"client closes", client_closes, CLOSED, "", "", "", NULL},
    {"no reply", no_reply, NO_REPLY, "failure", "likely", NO_REPLY, NULL},
    {"no reply yet", no_reply_yet, NO_REPLY, "", "", "", NULL},
    {"reply lost", reply_lost, NO_REPLY, "", "", "", NULL},
    {"reply of something", reply_of_something, NO_REPLY, "", "", HELLO, NULL},
    {"no reply, closed", no_reply_closed, NO_REPLY, "", "", CLOSED, NULL},

    {"stands still", stands_still, ABANDONED, "failure", "possible", ABANDONED, NULL},
    {"stands still yet", stands_still_yet, ABANDONED, "", "", "", NULL},
    {"stands still, filtered", stands_still_filtered, ABANDONED, "", "", "", NULL},
    {"stands still, gap", stands_still_gap, ABANDONED, "", "", "", NULL},
    {"stands still, client's gap", stands_still_client_gap, ABANDONED, "", "", "", NULL},
    {"completes", completes, ABANDONED, "", "", "", NULL},

    {"no cipher", cipher, CIPHER, "failure", "likely", CIPHER, NULL},
    {"no cipher, gap", cipher_behind_gap, CIPHER, "", "", ALERT, NULL},
    {"name unknown", name_unknown_fatal, SNI, "failure", "proven", SNI, NULL},
    {"name unknown, warned", name_unknown_warned, SNI, "", "", ABANDONED, NULL},
    {"nameless, closed", nameless_closed, SNI, "failure", "likely", SNI, NULL},
    {"nameless elsewhere", nameless_elsewhere, SNI, "", "", CLOSED, NULL},
    {"nameless, other cipher", nameless_other_cipher, SNI, "", "", CLOSED, NULL},
    {"nameless, left", nameless_left, SNI, "", "", "", NULL},

    {"shows none", shows_none, NONE, "failure", "likely", NONE, NULL},
    {"shows none, goes on", shows_none_and_goes_on, NONE, "", "", "", NULL},
    {"shows none, alert 50", shows_none_50, NONE, "failure", "likely", NONE, NULL},
    {"shows one", shows_one, REJECTED, "failure", "likely", REJECTED, NULL},
    {"shows one, alert 51", shows_one_51, REJECTED, "failure", "proven", REJECTED, NULL},
    {"shows one, alert 50", shows_one_50, REJECTED, "", "", ALERT, NULL},
    {"shows one, goes on", shows_one_and_goes_on, REJECTED, "", "", "", NULL},
    {"alert before", alert_before, REJECTED, "", "", ALERT, NULL},
};

int main(void)
{
    return run_said_cases("hello", cases, sizeof cases / sizeof *cases);
}
