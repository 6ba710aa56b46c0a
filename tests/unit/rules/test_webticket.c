/* The web service that gives the certificate for TLS-DSK: each way in which it fails, and each
 * thing that says that it did not. */
#include "said_cases.h"

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"
#define STS   "WWW-Authenticate: TLS-DSK https://web.contoso.com/CertProv/Service.svc"

static scene_conn sent_for_certificate(scene *s, const char *offers)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, offers);
    return c;
}

static void leaves(scene *s, scene_conn *c)
{
    scene_wait(s, 6);
    scene_close(s, c, C);
    scene_wait(s, 6);
}

/* ---- Its address ---- */

static void looked_up(scene *s, const char *name, const char *a, const char *aaaa)
{
    scene_conn c = sent_for_certificate(s, STS);
    if (aaaa)
        scene_lookup(s, "AAAA", name, aaaa);
    scene_lookup(s, "A", name, a);
    leaves(s, &c);
}

static void unknown(scene *s)
{
    looked_up(s, "web.contoso.com", "NXDOMAIN", NULL);
}

static void dns_ill(scene *s)
{
    looked_up(s, "web.contoso.com", "SERVFAIL", NULL);
}

static void six_missing(scene *s) /* as it is in most networks */
{
    looked_up(s, "web.contoso.com", "10.0.0.7", "NODATA");
}

static void six_alone(scene *s) /* what was said of the other family is not in sight */
{
    scene_conn c = sent_for_certificate(s, STS);
    scene_lookup(s, "AAAA", "web.contoso.com", "NODATA");
    leaves(s, &c);
}

static void another_unknown(scene *s) /* of another page */
{
    looked_up(s, "sipexternal.contoso.com", "NXDOMAIN", NULL);
}

/* ---- Its port ---- */

static void silent_for(scene *s, double seconds)
{
    scene_conn c = sent_for_certificate(s, STS);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_syn(s, "10.0.0.7:443");
    scene_wait(s, 1);
    scene_syn_again(s, &w);
    scene_wait(s, seconds);
    scene_timeout(s, &w);
    leaves(s, &c);
}

static void silent(scene *s)
{
    silent_for(s, 21);
}

static void unreachable(scene *s)
{
    scene_conn c = sent_for_certificate(s, STS);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_syn(s, "10.0.0.7:443");
    scene_icmp(s, &w, 3, 1);
    leaves(s, &c);
}

static void tried_yet(scene *s) /* the capture ends there */
{
    (void)sent_for_certificate(s, STS);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    (void)scene_syn(s, "10.0.0.7:443");
    scene_wait(s, 1);
}

/* ---- What it says inside TLS ---- */

static void sealed(scene *s, bool closes)
{
    scene_conn c = sent_for_certificate(s, STS);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_open(s, "10.0.0.7:443");
    scene_hello(s, &w, "web.contoso.com", 0x0303);
    scene_server_hello(s, &w, 0x0303);
    scene_certificate(s, &w, "web.contoso.com", -10, 100);
    scene_finish(s, &w);
    scene_tls(s, &w, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &w, CX_TLS_APPLICATION_DATA, S);
    if (closes)
        scene_close(s, &w, C);
    leaves(s, &c);
}

static void sealed_and_closed(scene *s) /* and no certificate came of it, for all that is seen */
{
    sealed(s, true);
}

static void sealed_and_open(scene *s)
{
    sealed(s, false);
}

static void handshake_fails(scene *s)
{
    scene_conn c = sent_for_certificate(s, STS);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_open(s, "10.0.0.7:443");
    scene_hello(s, &w, "web.contoso.com", 0x0303);
    scene_alert(s, &w, S, 2, 80);
    scene_close(s, &w, S);
    leaves(s, &c);
}

static void handshake_yet(scene *s)
{
    (void)sent_for_certificate(s, STS);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_open(s, "10.0.0.7:443");
    scene_hello(s, &w, "web.contoso.com", 0x0303);
    scene_wait(s, 1);
}

/* ---- What the client does then ---- */

static scene_conn refused_at(scene *s, const char *offers)
{
    scene_conn c = sent_for_certificate(s, offers);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_syn(s, "10.0.0.7:443");
    scene_refused(s, &w);
    return c;
}

static void refused(scene *s)
{
    scene_conn c = refused_at(s, STS);
    leaves(s, &c);
}

static void refused_yet(scene *s) /* the capture ends before the client takes its next step */
{
    (void)refused_at(s, STS);
}

static void has_one_already(scene *s) /* the certificate is refused, not the service */
{
    scene_conn c = refused_at(s, STS);
    scene_register(s, &c, ALICE, 2, "Authorization: TLS-DSK");
    scene_answer(s, &c, ALICE, 2, 403, NULL);
    leaves(s, &c);
}

static void ntlm_refused_too(scene *s)
{
    scene_conn c = refused_at(s, STS "\nWWW-Authenticate: NTLM");
    scene_register(s, &c, ALICE, 2, "Authorization: NTLM");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: NTLM challenge 0xe29882f3");
    scene_register(s, &c, ALICE, 3, "Authorization: NTLM authenticate 0x62988255");
    scene_answer(s, &c, ALICE, 3, 401, STS "\nWWW-Authenticate: NTLM");
    leaves(s, &c);
}

static void no_sts_uri(scene *s) /* the same server refuses, and has nothing to do with it */
{
    scene_conn c = refused_at(s, "WWW-Authenticate: Kerberos");
    leaves(s, &c);
}

/* ---- The table ---- */

#define TICKET    "sip-webticket-failed"
#define NO_SCHEME "sip-auth-no-common-scheme"

static const said_case cases[] = {
    {"unknown", unknown, TICKET, "failure", "proven", TICKET, NULL},
    {"DNS ill", dns_ill, TICKET, "failure", "proven", TICKET, NULL},
    {"IPv6 missing", six_missing, TICKET, "", "", NO_SCHEME, NULL},
    {"IPv6 alone", six_alone, TICKET, "", "", NO_SCHEME, NULL},
    {"refused yet", refused_yet, TICKET, "", "", "tcp-connection-refused", NULL},
    {"another unknown", another_unknown, TICKET, "", "", NO_SCHEME, NULL},
    {"silent", silent, TICKET, "failure", "proven", TICKET, NULL},
    {"unreachable", unreachable, TICKET, "failure", "proven", TICKET, NULL},
    {"tried yet", tried_yet, TICKET, "", "", "", NULL},
    {"sealed and closed", sealed_and_closed, TICKET, "failure", "possible", TICKET, NULL},
    {"sealed and open", sealed_and_open, TICKET, "", "", "", NULL},
    {"handshake fails", handshake_fails, TICKET, "failure", "likely", TICKET, NULL},
    {"handshake yet", handshake_yet, TICKET, "", "", "", NULL},
    {"refused", refused, TICKET, "failure", "proven", TICKET, NULL},
    {"has one already", has_one_already, TICKET, "", "", "sip-forbidden", NULL},
    {"NTLM refused too", ntlm_refused_too, TICKET, "note", "proven", "sip-auth-failed", NULL},
    {"no sts-uri", no_sts_uri, TICKET, "", "", NO_SCHEME, NULL},
};

/* The frames that show it. */
static void test_evidence(void **state)
{
    static const struct {
        const char *name;
        void (*play)(scene *s);
        const char *shows;
    } rows[] = {{"unknown", unknown, "the answer for web.contoso.com"},
                {"refused", refused, "the answer to the SYN"},
                {"handshake fails", handshake_fails, "the connection ends"},
                {"silent", silent, "the connection to the web service"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, NULL);
        rows[i].play(&s);
        scene_end(&s);
        const json_t *proofs = json_object_get(scene_finding(&s, TICKET), "evidence"), *o;
        bool shown = false;
        size_t k;
        json_array_foreach(proofs, k, o)
        {
            shown |= strcmp(json_string_value(json_object_get(o, "shows")), rows[i].shows) == 0;
        }
        if (!shown)
            fail_msg("%s: %s is not shown", rows[i].name, rows[i].shows);
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_evidence)};
    return run_said_cases("webticket", cases, sizeof cases / sizeof *cases) +
           cmocka_run_group_tests_name("webticket, evidence", tests, NULL, NULL);
}
