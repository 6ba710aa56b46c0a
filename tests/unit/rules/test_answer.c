/* Answers to REGISTER, and silence: for each thing that rules a finding about them out, and each
 * trap, a pair of scenes in which only that differs. */
#include "rule_cases.h"
#include "said_cases.h"

#define C        CX_FROM_CLIENT
#define S        CX_FROM_SERVER
#define KERBEROS "WWW-Authenticate: Kerberos"
#define ALICE    "sip:alice@contoso.com"

static void answered(scene *s, uint16_t status, const char *headers)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, status, headers);
    scene_close(s, &c, C);
}

static void then_works(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 2, NULL);
    scene_answer(s, &c, ALICE, 2, 200, NULL);
    scene_close(s, &c, C);
}

/* ---- Codes ---- */

static void s404(scene *s)
{
    answered(s, 404, NULL);
}

static void s404_invite(scene *s) /* a contact that is unknown is no sign-in */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_sip(s, &c, C, "INVITE", "sip:bob@contoso.com", 2, 0, NULL);
    scene_sip(s, &c, S, "INVITE", "sip:bob@contoso.com", 2, 404, NULL);
    scene_close(s, &c, C);
}

static void s404_no_route(scene *s)
{
    answered(s, 404, "ms-diagnostics: 1015");
}

static void s403_no_route(scene *s)
{
    answered(s, 403, "ms-diagnostics: 1005");
}

static void s403_4006(scene *s)
{
    answered(s, 403, "ms-diagnostics: 4006");
}

static void s480_4005(scene *s) /* the status says what it is */
{
    answered(s, 480, "ms-diagnostics: 4005");
}

static void s403_4141(scene *s)
{
    answered(s, 403, "ms-diagnostics: 4141");
}

static void s403_words(scene *s)
{
    answered(s, 403, "Warning: 399 not enabled");
}

static void s403_remote_words(scene *s) /* that is another matter */
{
    answered(s, 403, "Warning: 399 not enabled for remote access");
}

static void s403_words_and_number(scene *s) /* the number decides */
{
    answered(s, 403, "ms-diagnostics: 17003\nWarning: 399 not enabled");
}

static void s480_words(scene *s)
{
    answered(s, 480, "Warning: 399 not enabled");
}

static void s404_4003(scene *s)
{
    answered(s, 404, "ms-diagnostics: 4003");
}

static void s403_4003_http(scene *s) /* led there by the record of clients outside */
{
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "0 0 5061 access.contoso.com");
    scene_lookup(s, "A", "access.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 403, "ms-diagnostics: 4003");
    scene_close(s, &c, C);
}

static void s404_4004(scene *s)
{
    answered(s, 404, "ms-diagnostics: 4004");
}

static void s403_4004_plain(scene *s) /* nothing shows that credentials were accepted */
{
    answered(s, 403, "ms-diagnostics: 4004");
}

static void s403_4004_signed(scene *s) /* the server says so itself (MS-SIPAE) */
{
    answered(s, 403, "Authentication-Info: NTLM\nms-diagnostics: 4004");
}

static void s403_4004_refused(scene *s) /* the ticket before was not taken */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Kerberos");
    scene_register(s, &c, ALICE, 2, "Authorization: Kerberos token");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Kerberos");
    scene_register(s, &c, ALICE, 3, NULL);
    scene_answer(s, &c, ALICE, 3, 403, "ms-diagnostics: 4004");
    scene_close(s, &c, C);
}

static void s403_4003_of_record(scene *s, const char *record)
{
    scene_lookup(s, "SRV", record, "0 0 5062 sip.contoso.com");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5062");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 403, "ms-diagnostics: 4003");
    scene_close(s, &c, C);
}

static void s403_4003_inside_tcp(scene *s)
{
    s403_4003_of_record(s, "_sipinternal._tcp.contoso.com");
}

static void s403_4003_standard(scene *s) /* a record that says neither inside nor outside */
{
    s403_4003_of_record(s, "_sip._tcp.contoso.com");
}

static void s403_17003(scene *s)
{
    answered(s, 403, "ms-diagnostics: 17003");
}

static void s200_17004(scene *s) /* advice */
{
    answered(s, 200, "ms-diagnostics: 17004\nWarning: 310 recommended version");
}

static void s403_version_of_server(scene *s) /* no word of the client */
{
    answered(s, 403, "Warning: 399 unsupported version");
}

static void s403_client(scene *s)
{
    answered(s, 403, "Warning: 399 client not welcome");
}

static void s403_version_of_client(scene *s)
{
    answered(s, 403, "Warning: 399 this version of the client is blocked");
}

static void s503(scene *s)
{
    answered(s, 503, NULL);
    scene_wait(s, 6);
}

static void s503_then_works(scene *s)
{
    answered(s, 503, NULL);
    then_works(s);
}

static void s500(scene *s)
{
    answered(s, 500, NULL);
    scene_wait(s, 6);
}

static void s504(scene *s)
{
    answered(s, 504, NULL);
}

static void s504_of_a_contact(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_sip(s, &c, C, "SUBSCRIBE", "sip:bob@fabrikam.com", 2, 0, NULL);
    scene_sip(s, &c, S, "SUBSCRIBE", "sip:bob@fabrikam.com", 2, 504, "ms-diagnostics: 1008");
    scene_close(s, &c, C);
}

static void s408(scene *s)
{
    answered(s, 408, NULL);
}

static void s480_then_works(scene *s) /* an attempt of its own */
{
    answered(s, 480, NULL);
    scene_wait(s, 70);
    then_works(s);
}

/* ---- Redirects ---- */

static void redirected(scene *s, const char *contacts)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 301, contacts);
    scene_close(s, &c, C);
}

static void refused(scene *s, const char *server)
{
    scene_conn c = scene_syn(s, server);
    scene_refused(s, &c);
}

static void home_refused(scene *s)
{
    redirected(s, "Contact: sip:10.0.0.9:5060");
    refused(s, "10.0.0.9:5060");
    scene_wait(s, 6);
}

static void home_unreachable(scene *s)
{
    redirected(s, "Contact: sip:10.0.0.9:5060");
    scene_conn c = scene_syn(s, "10.0.0.9:5060");
    scene_icmp(s, &c, 3, 1);
    scene_wait(s, 6);
}

static void home_silent(scene *s, double seconds)
{
    redirected(s, "Contact: sip:10.0.0.9:5060");
    scene_conn c = scene_syn(s, "10.0.0.9:5060");
    scene_wait(s, 1);
    scene_syn_again(s, &c);
    scene_wait(s, seconds);
    scene_timeout(s, &c);
}

static void home_times_out(scene *s)
{
    home_silent(s, 6);
}

static void home_silent_yet(scene *s)
{
    home_silent(s, 2);
}

static void second_contact(scene *s) /* q values: all of them must fail */
{
    redirected(s, "Contact: sip:10.0.0.9:5060\nContact: sip:10.0.0.8:5060");
    refused(s, "10.0.0.9:5060");
    scene_conn c = scene_open(s, "10.0.0.8:5060");
    scene_register(s, &c, ALICE, 2, NULL);
    scene_answer(s, &c, ALICE, 2, 200, NULL);
    scene_close(s, &c, C);
}

static void both_contacts(scene *s)
{
    redirected(s, "Contact: sip:10.0.0.9:5060\nContact: sip:10.0.0.8:5060");
    refused(s, "10.0.0.9:5060");
    refused(s, "10.0.0.8:5060");
    scene_wait(s, 6);
}

static void home_untried(scene *s)
{
    redirected(s, "Contact: sip:10.0.0.9:5060");
    scene_wait(s, 6);
}

static void home_untried_yet(scene *s)
{
    redirected(s, "Contact: sip:10.0.0.9:5060");
    scene_wait(s, 2);
}

static void home_unnamed_of_two(scene *s) /* one of them may still be found */
{
    redirected(s, "Contact: sip:home.contoso.com:5060\nContact: sip:10.0.0.8:5060");
    scene_lookup(s, "A", "home.contoso.com", "NXDOMAIN");
}

/* ---- Silence ---- */

static void others(scene *s) /* the capture goes on */
{
    s->client = "10.0.0.99";
    scene_lookup(s, "A", "www.example.com", "10.0.0.80");
    s->client = "10.0.0.21";
}

static void sent(scene *s, double seconds, int again, bool udp)
{
    scene_conn c = udp ? scene_udp(s, "10.0.0.5:5060") : scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    for (int i = 0; i < again; i++) {
        scene_wait(s, 4);
        scene_register(s, &c, ALICE, 1, NULL);
    }
    scene_wait(s, seconds);
    others(s);
}

static void mute(scene *s)
{
    sent(s, 33, 0, false);
}

/* The client stays on the connection, which nobody closes. */
static void mute_and_stays(scene *s)
{
    sent(s, 100, 0, false);
    scene_wait(s, 100);
    others(s);
}

/* The answer was lost in the capture, which the next packet of the server shows. */
static void answer_lost(scene *s, double seconds)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 70);
    others(s);
    scene_wait(s, seconds);
    others(s);
    scene_gap(s, &c, S);
    scene_data(s, &c, S);
    scene_wait(s, 10);
    others(s);
}

static void lost_and_goes_on(scene *s)
{
    answer_lost(s, 20);
}

static void lost_and_goes_on_late(scene *s)
{
    answer_lost(s, 190);
}

/* A minute later it tries elsewhere, which is another sign-in. */
static void mute_then_works(scene *s)
{
    (void)scene_open(s, "10.0.0.5:5060");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 70);
    others(s);
    then_works(s);
}

static void mute_for_30_s(scene *s)
{
    sent(s, 30, 0, false);
}

static void mute_sent_thrice(scene *s) /* over UDP one request, and 16 s are enough */
{
    sent(s, 9, 2, true);
}

static void mute_sent_twice(scene *s)
{
    sent(s, 12, 1, true);
}

static void
mute_beside_a_printer(scene *s) /* whose name is that of the same host, and asked later */
{
    scene_lookup(s, "SRV", "_sip._udp.contoso.com", "0 0 5060 ocs1.contoso.com glue:10.0.0.5");
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_lookup(s, "A", "print.contoso.com", "10.0.0.5");
    for (int i = 0; i < 5; i++) {
        scene_wait(s, 4);
        scene_register(s, &c, ALICE, 1, NULL);
    }
}

static void ringing_only(scene *s) /* a provisional answer is none */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 100, NULL);
    scene_wait(s, 40);
    scene_close(s, &c, C);
}

static void mute_sent_once(scene *s) /* over UDP: the capture lacks the answer */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 40);
}

static void mute_but_serves(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_sip(s, &c, C, "SUBSCRIBE", ALICE, 2, 0, NULL);
    scene_sip(s, &c, S, "SUBSCRIBE", ALICE, 2, 200, NULL);
    scene_wait(s, 70);
    scene_close(s, &c, C);
}

static void mute_gap(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_gap(s, &c, S);
    scene_wait(s, 40);
    scene_close(s, &c, C);
}

static void mute_then_sent_anew(scene *s) /* and answered then */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 20);
    scene_register(s, &c, ALICE, 2, NULL);
    scene_answer(s, &c, ALICE, 2, 404, NULL);
    scene_wait(s, 20);
}

static void mute_one_sided(scene *s) /* no packet of the server was captured */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    c.tcp.one_sided = true;
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 40);
    scene_close(s, &c, C);
}

/* Captured at the server, which answers each time: seconds between the sends of the client. */
static void answered_over_udp(scene *s, uint16_t status, const double *apart, int n, double after)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, status, status == 401 ? "WWW-Authenticate: Digest n1" : NULL);
    for (int i = 0; i < n; i++) {
        scene_wait(s, apart[i]);
        scene_register(s, &c, ALICE, 1, NULL);
        scene_answer(s, &c, ALICE, 1, status, status == 401 ? "WWW-Authenticate: Digest n1" : NULL);
    }
    if (after <= 0)
        return;
    scene_wait(s, after);
    others(s);
}

/* The server's side alone, on one connection; between it signs in and the last answer. */
static void refused_later(scene *s, uint16_t first, uint16_t status, const char *request)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    c.tcp.one_sided = !request;
    scene_answer(s, &c, ALICE, 1, first, first == 401 ? KERBEROS : NULL);
    scene_wait(s, 20);
    if (request)
        scene_register(s, &c, ALICE, 2, request);
    scene_answer(s, &c, ALICE, 2, status, NULL);
    scene_close(s, &c, C);
}

static void only_403(scene *s) /* what it refuses, and what was before it, is not in sight */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_answer(s, &c, ALICE, 7, 403, NULL);
    scene_wait(s, 5);
}

static void sign_out_unseen(scene *s)
{
    refused_later(s, 200, 403, NULL);
}

static void sign_out_refused(scene *s) /* in sight: nothing of a sign-in */
{
    refused_later(s, 200, 403, "Expires: 0");
}

static void refresh_refused(scene *s)
{
    refused_later(s, 200, 403, "Expires: 600");
}

static void sign_in_unseen(scene *s) /* it had not signed in before */
{
    refused_later(s, 401, 403, NULL);
}

static const double timer_e[] = {0.5, 1, 2, 4, 4, 4, 4, 4, 4, 3.5}; /* until timer F */

static void lost_200(scene *s)
{
    answered_over_udp(s, 200, timer_e, 10, 20);
}

static void lost_401(scene *s)
{
    answered_over_udp(s, 401, timer_e, 10, 20);
}

static void late_200(scene *s) /* the first ones are lost, and the fourth arrives */
{
    answered_over_udp(s, 200, timer_e, 4, 20);
}

static void late_200_yet(scene *s) /* the capture ends: it may arrive */
{
    answered_over_udp(s, 200, timer_e, 4, 2);
}

static void slow_200(scene *s) /* the two pass each other on the way */
{
    answered_over_udp(s, 200, timer_e, 1, 0);
}

static void mute_icmp(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_icmp(s, &c, 3, 3);
    scene_wait(s, 40);
}

static void gives_up(scene *s, double seconds)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, seconds);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void gives_up_late(scene *s)
{
    gives_up(s, 16);
}

static void gives_up_soon(scene *s)
{
    gives_up(s, 10);
}

/* ---- Intervals ---- */

static void brief(scene *s, const char *again, double wait, bool closes)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, "Expires: 60");
    scene_answer(s, &c, ALICE, 1, 423, "Min-Expires: 600");
    if (again) {
        scene_register(s, &c, ALICE, 2, again);
        scene_wait(s, 1);
    }
    if (closes)
        scene_close(s, &c, C);
    scene_wait(s, wait);
    scene_data(s, &c, S);
}

static void brief_and_done(scene *s)
{
    brief(s, NULL, 6, true);
}

static void brief_and_waits(scene *s)
{
    brief(s, NULL, 6, false);
}

static void brief_yet(scene *s) /* the next REGISTER may come */
{
    brief(s, NULL, 2, false);
}

static void brief_then_longer(scene *s)
{
    brief(s, "Expires: 600", 2, false);
}

static void brief_then_not_enough(scene *s)
{
    brief(s, "Expires: 599", 2, false);
}

/* ---- Credentials ---- */

static void offers(scene *s, const char *server, const char *schemes, bool closes, double wait)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, schemes);
    if (closes)
        scene_close(s, &c, C);
    scene_wait(s, wait);
    if (!closes)
        scene_data(s, &c, S);
}

static void kerberos_inside(scene *s)
{
    offers(s, "10.0.0.5:5060", KERBEROS, true, 6);
}

static void kerberos_at_443(scene *s)
{
    offers(s, "10.0.0.5:443", KERBEROS, true, 6);
}

static void kerberos_and_ntlm_at_443(scene *s)
{
    offers(s, "10.0.0.5:443", KERBEROS "\nWWW-Authenticate: NTLM", true, 6);
}

static void kerberos_and_dsk_at_443(scene *s)
{
    offers(s, "10.0.0.5:443", KERBEROS "\nWWW-Authenticate: TLS-DSK", true, 6);
}

static void ntlm_at_443(scene *s)
{
    offers(s, "10.0.0.5:443", "WWW-Authenticate: NTLM", true, 6);
}

static void kerberos_prompt(scene *s) /* the capture ends right behind the 401 */
{
    offers(s, "10.0.0.5:443", KERBEROS, false, 2);
}

static void kerberos_waits(scene *s)
{
    offers(s, "10.0.0.5:443", KERBEROS, false, 6);
}

static void ntlm_prompt(scene *s) /* the user may sit at the prompt */
{
    offers(s, "10.0.0.5:5060", "WWW-Authenticate: NTLM", false, 30);
}

static void offer_gap(scene *s) /* the credentials may be what is missing */
{
    scene_conn c = scene_open(s, "10.0.0.5:443");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, KERBEROS);
    scene_gap(s, &c, C);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void digest(scene *s, const char *second)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 2, second ? 401 : 200, second);
}

static void digest_refused(scene *s)
{
    digest(s, "WWW-Authenticate: Digest n2");
}

static void digest_taken(scene *s)
{
    digest(s, NULL);
}

static void first_401(scene *s) /* asks, and refuses nothing */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
}

static void ntlm_second_401(scene *s) /* brings the CHALLENGE */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: NTLM");
    scene_register(s, &c, ALICE, 2, "Authorization: NTLM");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: NTLM challenge 0xe29882f3");
    scene_wait(s, 2);
}

static void skew(scene *s, const char *date)
{
    char answer[96];
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, KERBEROS);
    scene_register(s, &c, ALICE, 2, "Authorization: Kerberos token");
    (void)snprintf(answer, sizeof answer, KERBEROS "\nDate: %s", date);
    scene_answer(s, &c, ALICE, 2, 401, answer);
    scene_close(s, &c, C);
}

static void skew_behind(scene *s)
{
    skew(s, "-400");
}

static void skew_behind_little(scene *s)
{
    skew(s, "-200");
}

/* ---- The table ---- */

#define UNKNOWN   "sip-uri-not-found"
#define ENABLED   "sip-user-not-enabled"
#define REMOTE    "sip-remote-access-denied"
#define IDENTITY  "sip-identity-mismatch"
#define VERSION   "sip-client-version-blocked"
#define FORBIDDEN "sip-forbidden"
#define ILL       "sip-service-unavailable"
#define BEHIND    "sip-server-timeout"
#define NOT_NOW   "sip-temporarily-unavailable"
#define REDIRECT  "sip-redirect-failed"
#define UNHEARD   "sip-register-unanswered"
#define BRIEF     "sip-interval-brief"
#define NO_SCHEME "sip-auth-no-common-scheme"
#define EXTERNAL  "sip-kerberos-only-external"
#define AUTH      "sip-auth-failed"
#define SKEW      "sip-clock-skew"

static const said_case cases[] = {
    {"404", s404, UNKNOWN, "failure", "proven", UNKNOWN, NULL},
    {"404 to INVITE", s404_invite, UNKNOWN, "", "", "", NULL},
    {"404, no route", s404_no_route, UNKNOWN, "", "", BEHIND, NULL},
    {"403, 4006", s403_4006, UNKNOWN, "failure", "proven", UNKNOWN, NULL},
    {"403, 4141", s403_4141, ENABLED, "failure", "proven", ENABLED, NULL},
    {"480, 4005", s480_4005, ENABLED, "", "", NOT_NOW, NULL},
    {"403, words", s403_words, ENABLED, "failure", "proven", ENABLED, NULL},
    {"403, remote in words", s403_remote_words, ENABLED, "", "", FORBIDDEN, NULL},
    {"403, words and number", s403_words_and_number, ENABLED, "", "", VERSION, NULL},
    {"480, words", s480_words, ENABLED, "", "", NOT_NOW, NULL},
    {"404, 4003", s404_4003, REMOTE, "", "", UNKNOWN, NULL},
    {"403, 4003, outside", s403_4003_http, REMOTE, "failure", "proven", REMOTE, NULL},
    {"403, 4003, inside", s403_4003_inside_tcp, REMOTE, "failure", "possible", REMOTE, NULL},
    {"403, 4003, either", s403_4003_standard, REMOTE, "failure", "likely", REMOTE, NULL},
    {"403, 4004", s403_4004_plain, IDENTITY, "failure", "likely", IDENTITY, NULL},
    {"403, 4004, signed", s403_4004_signed, IDENTITY, "failure", "proven", IDENTITY, NULL},
    {"403, 4004, refused", s403_4004_refused, IDENTITY, "failure", "likely", IDENTITY, NULL},
    {"404, 4004", s404_4004, IDENTITY, "", "", UNKNOWN, NULL},
    {"403, 17003", s403_17003, VERSION, "failure", "proven", VERSION, NULL},
    {"200, 17004", s200_17004, VERSION, "", "", "", NULL},
    {"403, version of a client", s403_version_of_client, VERSION, "failure", "proven", VERSION,
     NULL},
    {"403, version", s403_version_of_server, VERSION, "", "", FORBIDDEN, NULL},
    {"403, client", s403_client, VERSION, "", "", FORBIDDEN, NULL},
    {"403, no route", s403_no_route, FORBIDDEN, "", "", BEHIND, NULL},
    {"503", s503, ILL, "failure", "proven", ILL, NULL},
    {"503, then works", s503_then_works, ILL, "note", "proven", "", NULL},
    {"500", s500, ILL, "failure", "proven", ILL, NULL},
    {"504", s504, BEHIND, "failure", "proven", BEHIND, NULL},
    {"504 of a contact", s504_of_a_contact, BEHIND, "", "", "", NULL},
    {"408", s408, BEHIND, "failure", "proven", BEHIND, NULL},
    {"480, then works", s480_then_works, NOT_NOW, "failure", "proven", "", NULL},

    {"home refused", home_refused, REDIRECT, "failure", "proven", REDIRECT, NULL},
    {"home unreachable", home_unreachable, REDIRECT, "failure", "proven", REDIRECT, NULL},
    {"home times out", home_times_out, REDIRECT, "failure", "proven", REDIRECT, NULL},
    {"home silent yet", home_silent_yet, REDIRECT, "", "", "", NULL},
    {"second Contact", second_contact, REDIRECT, "", "", "", NULL},
    {"both Contacts", both_contacts, REDIRECT, "failure", "proven", REDIRECT, NULL},
    {"home untried", home_untried, REDIRECT, "failure", "likely", REDIRECT, NULL},
    {"home untried yet", home_untried_yet, REDIRECT, "", "", "", NULL},
    {"home of two", home_unnamed_of_two, REDIRECT, "", "", "", NULL},

    {"mute", mute, UNHEARD, "failure", "proven", UNHEARD, NULL},
    {"mute, stays", mute_and_stays, UNHEARD, "failure", "likely", UNHEARD, NULL},
    {"mute, then works", mute_then_works, UNHEARD, "failure", "likely", UNHEARD, NULL},
    {"mute for 30 s", mute_for_30_s, UNHEARD, "", "", "tcp-accepted-silent", NULL},
    {"mute, printer", mute_beside_a_printer, UNHEARD, "failure", "proven", UNHEARD, NULL},
    {"mute, sent thrice", mute_sent_thrice, UNHEARD, "failure", "proven", UNHEARD, NULL},
    {"mute, sent twice", mute_sent_twice, UNHEARD, "", "", "", NULL},
    {"provisional only", ringing_only, UNHEARD, "failure", "proven", UNHEARD, NULL},
    {"mute, sent once", mute_sent_once, UNHEARD, "", "", "", NULL},
    {"mute, but serves", mute_but_serves, UNHEARD, "", "", "", NULL},
    {"mute, gap", mute_gap, UNHEARD, "", "", "", NULL},
    {"mute, sent anew", mute_then_sent_anew, UNHEARD, "", "", UNKNOWN, NULL},
    {"mute, one-sided", mute_one_sided, UNHEARD, "", "", "", NULL},
    {"200 lost", lost_200, UNHEARD, "failure", "likely", UNHEARD, NULL},
    {"401 lost", lost_401, UNHEARD, "failure", "likely", UNHEARD, NULL},
    {"403 alone", only_403, FORBIDDEN, "", "", "", NULL},
    {"sign-out unseen", sign_out_unseen, FORBIDDEN, "", "", "", NULL},
    {"sign-out refused", sign_out_refused, FORBIDDEN, "", "", "", NULL},
    {"refresh refused", refresh_refused, FORBIDDEN, "failure", "proven", FORBIDDEN, NULL},
    {"mute, ICMP", mute_icmp, UNHEARD, "", "", "icmp-unreachable", NULL},
    {"gives up late", gives_up_late, UNHEARD, "failure", "proven", UNHEARD, NULL},
    {"gives up soon", gives_up_soon, UNHEARD, "", "", "", NULL},

    {"brief", brief_and_done, BRIEF, "failure", "likely", BRIEF, NULL},
    {"brief, waits", brief_and_waits, BRIEF, "failure", "likely", BRIEF, NULL},
    {"brief yet", brief_yet, BRIEF, "", "", "", NULL},
    {"brief, then longer", brief_then_longer, BRIEF, "", "", "", NULL},
    {"brief, not enough", brief_then_not_enough, BRIEF, "failure", "proven", BRIEF, NULL},

    {"Kerberos inside", kerberos_inside, EXTERNAL, "", "", NO_SCHEME, NULL},
    {"Kerberos at 443", kerberos_at_443, EXTERNAL, "failure", "likely", EXTERNAL, NULL},
    {"Kerberos, NTLM at 443", kerberos_and_ntlm_at_443, EXTERNAL, "", "", NO_SCHEME, NULL},
    {"Kerberos, TLS-DSK at 443", kerberos_and_dsk_at_443, EXTERNAL, "", "", NO_SCHEME, NULL},
    {"NTLM at 443", ntlm_at_443, EXTERNAL, "", "", NO_SCHEME, NULL},
    {"Kerberos, prompt", kerberos_prompt, EXTERNAL, "", "", "", NULL},
    {"Kerberos, waits", kerberos_waits, EXTERNAL, "failure", "likely", EXTERNAL, NULL},
    {"NTLM, prompt", ntlm_prompt, NO_SCHEME, "", "", "", NULL},
    {"offer, gap", offer_gap, EXTERNAL, "", "", "", NULL},

    {"Digest refused", digest_refused, AUTH, "failure", "proven", AUTH, NULL},
    {"Digest taken", digest_taken, AUTH, "", "", "", NULL},
    {"first 401", first_401, AUTH, "", "", "", NULL},
    {"NTLM, second 401", ntlm_second_401, AUTH, "", "", "", NULL},
    {"clock behind", skew_behind, SKEW, "note", "possible", AUTH, NULL},
    {"clock behind a little", skew_behind_little, SKEW, "", "", AUTH, NULL},
};

static const rule_case outcomes[] = {
    {"200 lost", lost_200, UNHEARD, "failure", "likely"},
    {"200 late", late_200, "", "success", ""},
    {"200 late yet", late_200_yet, "", "incomplete", ""},
    {"200 slow", slow_200, "", "success", ""},
    {"lost, goes on", lost_and_goes_on, "", "incomplete", ""},
    {"lost, goes on late", lost_and_goes_on_late, UNHEARD, "failure", "likely"},
    {"sign-out unseen", sign_out_unseen, "", "success", ""},
    {"sign-out refused", sign_out_refused, "", "success", ""},
    {"sign-in unseen", sign_in_unseen, FORBIDDEN, "failure", "proven"},
};

int main(void)
{
    return run_said_cases("answer", cases, sizeof cases / sizeof *cases) +
           run_cases("answer, outcome", outcomes, sizeof outcomes / sizeof *outcomes);
}
