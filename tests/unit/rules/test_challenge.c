/* What challenges tell, and what a sign-in that worked is worth: scenes that fire the rules, and
 * twins that differ in what rules them out. */
#include "rule_cases.h"
#include "support/scene_logon.h"

#define ALICE "sip:alice@contoso.com"
#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER

/* ---- clocks ---- */

static void kerberos_answered(scene *s, uint16_t status, const char *last)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Kerberos");
    scene_register(s, &c, ALICE, 2, "Authorization: Kerberos token");
    scene_answer(s, &c, ALICE, 2, status, last);
    scene_close(s, &c, C);
}

static void skew_said(scene *s)
{
    kerberos_answered(s, 401, "WWW-Authenticate: Kerberos\nms-diagnostics: 1013");
}

static void skew_hresult(scene *s)
{
    kerberos_answered(s, 401,
                      "WWW-Authenticate: Kerberos\nms-diagnostics: 1000 "
                      "HRESULT=0x80090324(SEC_E_TIME_SKEW)");
}

static void skew_seen(scene *s)
{
    kerberos_answered(s, 401, "WWW-Authenticate: Kerberos\nDate: 1200");
}

static void skew_allowed(scene *s)
{
    kerberos_answered(s, 401, "WWW-Authenticate: Kerberos\nDate: -200");
}

static void skew_accepted(scene *s)
{
    kerberos_answered(s, 200, "Date: 1200");
}

/* The Kerberos server is as far from the capture as the SIP server: the capture is wrong. */
static void skew_of_capture(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Kerberos\nDate: 1200");
    scene_conn k = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &k, NULL, CX_KRB_TGS_REQ, NULL, "sip/pool01.contoso.com", 0, 0);
    scene_krb(s, &k, NULL, CX_KRB_ERROR, NULL, "sip/pool01.contoso.com", 7, 1200);
    scene_register(s, &c, ALICE, 2, "Authorization: Kerberos token");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Kerberos\nDate: 1200");
    scene_close(s, &c, C);
}

static void ntlm_answered(scene *s, const char *last)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: NTLM\nWWW-Authenticate: Kerberos");
    scene_register(s, &c, ALICE, 2, "Authorization: NTLM");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: NTLM challenge 0xe29882f3");
    scene_register(s, &c, ALICE, 3, "Authorization: NTLM authenticate 0x62988255");
    scene_answer(s, &c, ALICE, 3, 401, last);
    scene_close(s, &c, C);
}

static void ntlm_skew_seen(scene *s)
{
    ntlm_answered(s, "WWW-Authenticate: NTLM\nWWW-Authenticate: Kerberos\nDate: 1200");
}

static void ntlm_skew_allowed(scene *s) /* too much for Kerberos, not for NTLM */
{
    ntlm_answered(s, "WWW-Authenticate: NTLM\nWWW-Authenticate: Kerberos\nDate: 600");
}

/* ---- Digest ---- */

static void digest(scene *s, const char *offer, const char *answer)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, offer);
    scene_register(s, &c, ALICE, 2, answer);
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Digest n2");
}

static void other_algorithm(scene *s)
{
    digest(s, "WWW-Authenticate: Digest n1 algorithm=SHA-256",
           "Authorization: Digest n1 response algorithm=MD5");
}

static void other_algorithm_unsaid(scene *s) /* none named: MD5 */
{
    digest(s, "WWW-Authenticate: Digest n1 algorithm=SHA-256", "Authorization: Digest n1 response");
}

/* The answer to the challenge of the refusal is a second attempt. */
static void algorithm_again(scene *s, const char *challenge)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, challenge);
    for (uint32_t cseq = 2; cseq <= 3; cseq++) {
        scene_register(s, &c, ALICE, cseq, "Authorization: Digest n1 response");
        scene_answer(s, &c, ALICE, cseq, 401, challenge);
    }
}

static void other_algorithm_again(scene *s)
{
    algorithm_again(s, "WWW-Authenticate: Digest n1 algorithm=SHA-256");
}

static void right_algorithm_again(scene *s)
{
    algorithm_again(s, "WWW-Authenticate: Digest n1 algorithm=MD5");
}

static void algorithm_of_two_again(scene *s)
{
    algorithm_again(s, "WWW-Authenticate: Digest n1 algorithm=SHA-256\n"
                       "WWW-Authenticate: Digest n1 algorithm=MD5");
}

static void algorithm_of_two(scene *s)
{
    digest(
        s,
        "WWW-Authenticate: Digest n1 algorithm=SHA-256\nWWW-Authenticate: Digest n1 algorithm=MD5",
        "Authorization: Digest n1 response algorithm=MD5");
}

static void other_qop(scene *s)
{
    digest(s, "WWW-Authenticate: Digest n1 qop=auth-int",
           "Authorization: Digest n1 response qop=auth");
}

static void qop_of_two(scene *s)
{
    digest(s, "WWW-Authenticate: Digest n1 qop=auth-int,auth",
           "Authorization: Digest n1 response qop=auth");
}

static void goes_on(scene *s, scene_conn *c, uint32_t cseq, const char *answer, const char *next)
{
    scene_register(s, c, ALICE, cseq, answer);
    scene_answer(s, c, ALICE, cseq, 401, next);
}

static void three_in_a_row(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    goes_on(s, &c, 2, "Authorization: Digest n1 response", "WWW-Authenticate: Digest n2");
    goes_on(s, &c, 3, "Authorization: Digest n2 response", "WWW-Authenticate: Digest n3");
    goes_on(s, &c, 4, "Authorization: Digest n3 response", "WWW-Authenticate: Digest n4");
}

static void two_in_a_row(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    goes_on(s, &c, 2, "Authorization: Digest n1 response", "WWW-Authenticate: Digest n2");
    goes_on(s, &c, 3, "Authorization: Digest n2 response", "WWW-Authenticate: Digest n3");
}

/* ---- NTLM alone ---- */

static void ntlm_alone(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: NTLM");
    scene_register(s, &c, ALICE, 2, "Authorization: NTLM");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: NTLM challenge 0xe29882f3");
    scene_register(s, &c, ALICE, 3, "Authorization: NTLM authenticate 0x62988255");
    scene_answer(s, &c, ALICE, 3, 200, NULL);
}

/* ---- TLS-DSK ---- */

#define STS "WWW-Authenticate: TLS-DSK https://web.contoso.com/CertProv/Service.svc"

static scene_conn sent_for_certificate(scene *s, const char *offers)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, offers);
    return c;
}

static void web_refuses(scene *s)
{
    scene_conn c = sent_for_certificate(s, STS);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_syn(s, "10.0.0.7:443");
    scene_refused(s, &w);
    scene_close(s, &c, C);
}

static void web_unknown(scene *s)
{
    scene_conn c = sent_for_certificate(s, STS);
    scene_lookup(s, "A", "web.contoso.com", "NXDOMAIN");
    scene_close(s, &c, C);
}

static void web_tls_fails(scene *s)
{
    scene_conn c = sent_for_certificate(s, STS);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_open(s, "10.0.0.7:443");
    scene_hello(s, &w, "web.contoso.com", 0x0303);
    scene_alert(s, &w, S, 2, 80);
    scene_close(s, &w, S);
    scene_close(s, &c, C);
}

static void other_web_refuses(scene *s) /* a page of another site, at the same time */
{
    scene_conn c = sent_for_certificate(s, STS "\nWWW-Authenticate: NTLM");
    scene_lookup(s, "A", "www.contoso.com", "10.0.0.8");
    scene_conn w = scene_syn(s, "10.0.0.8:443");
    scene_refused(s, &w);
    scene_close(s, &c, C);
}

static void tls_dsk_follows(scene *s)
{
    scene_conn c = sent_for_certificate(s, STS);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_syn(s, "10.0.0.7:443");
    scene_refused(s, &w); /* and it has a certificate all the same */
    scene_register(s, &c, ALICE, 2, "Authorization: TLS-DSK");
    scene_answer(s, &c, ALICE, 2, 200, NULL);
}

static void ntlm_instead(scene *s)
{
    scene_conn c = sent_for_certificate(s, STS "\nWWW-Authenticate: NTLM");
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.7");
    scene_conn w = scene_syn(s, "10.0.0.7:443");
    scene_refused(s, &w);
    scene_register(s, &c, ALICE, 2, "Authorization: NTLM");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: NTLM challenge 0xe29882f3");
    scene_register(s, &c, ALICE, 3, "Authorization: NTLM authenticate 0x62988255");
    scene_answer(s, &c, ALICE, 3, 200, NULL);
}

/* ---- servers that cannot serve now ---- */

static void unavailable_then_served(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 503, NULL);
    scene_wait(s, 5);
    scene_register(s, &c, ALICE, 2, NULL);
    scene_answer(s, &c, ALICE, 2, 200, NULL);
    scene_close(s, &c, C);
}

static void unavailable_again(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    for (uint32_t i = 1; i < 4; i++) {
        scene_register(s, &c, ALICE, i, NULL);
        scene_answer(s, &c, ALICE, i, i == 2 ? 500 : 503, NULL);
        scene_wait(s, 5);
    }
    scene_close(s, &c, C);
}

/* ---- after the sign-in ---- */

static scene_conn signed_in(scene *s, const char *headers)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, "epid: 1234");
    scene_answer(s, &c, ALICE, 1, 200, headers);
    return c;
}

static void not_primary(scene *s)
{
    (void)signed_in(s, "presence-state: register-action=\"added\"; is-connected-to-primary=\"no\"");
}

static void primary(scene *s)
{
    (void)signed_in(s,
                    "presence-state: register-action=\"added\"; is-connected-to-primary=\"yes\"");
}

static void subscribed(scene *s, scene_conn *c, uint32_t cseq, uint16_t status)
{
    scene_sip(s, c, C, "SUBSCRIBE", ALICE, cseq, 0, NULL);
    scene_sip(s, c, S, "SUBSCRIBE", ALICE, cseq, status, NULL);
}

static void unserved(scene *s)
{
    scene_conn c = signed_in(s, NULL);
    subscribed(s, &c, 2, 504);
    subscribed(s, &c, 3, 503);
}

static void unserved_once(scene *s)
{
    scene_conn c = signed_in(s, NULL);
    subscribed(s, &c, 2, 504);
}

static void partly_served(scene *s)
{
    scene_conn c = signed_in(s, NULL);
    subscribed(s, &c, 2, 504);
    subscribed(s, &c, 3, 200);
    subscribed(s, &c, 4, 504);
}

/* Another host, the Access Edge, asks for the partner's record. */
static void edge_asks(scene *s, const char *domain, const char *answer)
{
    const char *client = s->client;
    s->client = "10.0.0.9";
    scene_lookup(s, "SRV", domain, answer);
    s->client = client;
}

static void subscribed_to(scene *s, scene_conn *c, uint32_t cseq, const char *headers)
{
    scene_sip(s, c, C, "SUBSCRIBE", ALICE, cseq, 0, "To: sip:bob@Fabrikam.com");
    scene_sip(s, c, S, "SUBSCRIBE", ALICE, cseq, 504, headers);
}

#define FEDERATION "_sipfederationtls._tcp.fabrikam.com"
#define TO_BOB     "To: sip:bob@Fabrikam.com\nms-diagnostics: "

static void partner(scene *s, const char *domain, const char *answer, const char *headers)
{
    scene_conn c = signed_in(s, NULL);
    edge_asks(s, domain, answer);
    subscribed_to(s, &c, 2, headers);
    subscribed_to(s, &c, 3, headers);
}

static void partner_unknown(scene *s)
{
    partner(s, FEDERATION, "NXDOMAIN", TO_BOB "1008");
}

static void partner_without_srv(scene *s)
{
    partner(s, FEDERATION, "NODATA", TO_BOB "1014");
}

static void partner_known(scene *s)
{
    partner(s, FEDERATION, "0 0 5061 sip.fabrikam.com", TO_BOB "1008");
}

static void partner_of_another(scene *s)
{
    partner(s, "_sipfederationtls._tcp.litware.com", "NXDOMAIN", TO_BOB "1008");
}

static void partner_refuses(scene *s) /* for another reason */
{
    partner(s, FEDERATION, "NXDOMAIN", TO_BOB "1034");
}

static void partner_not_asked(scene *s)
{
    scene_conn c = signed_in(s, NULL);
    subscribed_to(s, &c, 2, TO_BOB "1008");
}

static void partner_published(scene *s) /* since the answer that there is none */
{
    edge_asks(s, FEDERATION, "NXDOMAIN");
    scene_wait(s, 70);
    partner(s, FEDERATION, "0 0 5061 sip.fabrikam.com", TO_BOB "1008");
}

static void own_domain(scene *s)
{
    scene_conn c = signed_in(s, NULL);
    edge_asks(s, "_sipfederationtls._tcp.contoso.com", "NXDOMAIN");
    scene_sip(s, &c, S, "SUBSCRIBE", ALICE, 2, 504, "ms-diagnostics: 1008");
}

/* ---- trunks ---- */

#define TO_TEAMS "uri: sip:sip.pstnhub.microsoft.com\nContact: sip:"

/* OPTIONS, n of them, 5 s apart; what the peer answers to the last one, or 0. */
static void trunk(scene *s, uint32_t n, double apart_s, const char *headers, uint16_t status)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    c.tcp.side[C].acked = true;
    for (uint32_t i = 1; i <= n; i++) {
        scene_sip(s, &c, C, "OPTIONS", "sip:sbc1.contoso.com", i, 0, headers);
        scene_wait(s, apart_s);
    }
    if (status)
        scene_sip(s, &c, S, "OPTIONS", "sip:sbc1.contoso.com", n, status, NULL);
    scene_close(s, &c, C);
}

static void options_unanswered(scene *s)
{
    trunk(s, 3, 5, NULL, 0);
}

static void options_twice(scene *s)
{
    trunk(s, 2, 20, NULL, 0);
}

static void options_at_once(scene *s)
{
    trunk(s, 5, 0.1, NULL, 0);
}

static void options_refused(scene *s) /* any answer shows life */
{
    trunk(s, 4, 5, NULL, 405);
}

static void options_lost(scene *s) /* the peer never had them */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    for (uint32_t i = 1; i <= 4; i++) {
        scene_sip(s, &c, C, "OPTIONS", "sip:sbc1.contoso.com", i, 0, NULL);
        scene_wait(s, 5);
    }
    scene_close(s, &c, C);
}

static void options_half_seen(scene *s) /* bytes of the peer are missing */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    c.tcp.side[C].acked = true;
    for (uint32_t i = 1; i <= 4; i++) {
        scene_sip(s, &c, C, "OPTIONS", "sip:sbc1.contoso.com", i, 0, NULL);
        scene_wait(s, 5);
    }
    scene_gap(s, &c, S);
    scene_close(s, &c, C);
}

static void contact_is_address(scene *s)
{
    trunk(s, 4, 5, TO_TEAMS "203.0.113.7", 0);
}

static void contact_is_name(scene *s)
{
    trunk(s, 4, 5, TO_TEAMS "sbc1.contoso.com", 0);
}

static void contact_elsewhere(scene *s) /* a peer that takes addresses */
{
    trunk(s, 4, 5, "uri: sip:trunk.contoso.com\nContact: sip:203.0.113.7", 0);
}

static void disabled(scene *s)
{
    scene_conn c = signed_in(s, NULL);
    scene_sip(s, &c, S, "BENOTIFY", ALICE, 1, 0,
              "registration-event: deregistered;event=rejected\nepid: 1234\nms-diagnostics: 4141");
}

static void signed_in_elsewhere(scene *s)
{
    scene_conn c = signed_in(s, NULL);
    scene_sip(s, &c, S, "NOTIFY", ALICE, 1, 0,
              "registration-event: deregistered;event=unregistered");
}

static void ended_much_later(scene *s)
{
    scene_conn c = signed_in(s, NULL);
    scene_wait(s, 300);
    scene_lookup(s, "A", "www.contoso.com", "10.0.0.80"); /* time goes on */
    scene_sip(s, &c, S, "BENOTIFY", ALICE, 1, 0,
              "registration-event: deregistered;event=deactivated");
}

static void other_endpoint(scene *s)
{
    scene_conn c = signed_in(s, NULL);
    scene_sip(s, &c, S, "NOTIFY", ALICE, 1, 0,
              "registration-event: deregistered;event=unregistered\nepid: 9999");
}

static void signed_out(scene *s)
{
    scene_conn c = signed_in(s, NULL);
    scene_register(s, &c, ALICE, 2, "Expires: 0");
    scene_answer(s, &c, ALICE, 2, 200, "Expires: 0");
    scene_sip(s, &c, S, "NOTIFY", ALICE, 1, 0,
              "registration-event: deregistered;event=unregistered");
}

/* ---- rewritten on the way ---- */

static void via(scene *s, const char *sent, const char *got)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, sent);
    scene_answer(s, &c, ALICE, 1, 200, got);
}

static void via_altered(scene *s)
{
    via(s, "Via: 10.0.0.21:5070", "Via: 203.0.113.9:40000");
}

static void via_copied(scene *s)
{
    via(s, "Via: 10.0.0.21", "Via: 10.0.0.21:5060");
}

static void via_unread(scene *s)
{
    via(s, "Via: 10.0.0.21", NULL);
}

/* ---- cut by the snap length ---- */

static void cut_answer(scene *s, uint16_t status)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_answer(s, &c, ALICE, 1, status, "cut: yes"); /* of the request not even a line is left */
    scene_close(s, &c, C);
}

static void cut_404(scene *s)
{
    cut_answer(s, 404);
}

static void cut_403(scene *s) /* the number that says why is missing */
{
    cut_answer(s, 403);
}

static void cut_503(scene *s) /* what followed is not to be told */
{
    cut_answer(s, 503);
}

static void cut_over_udp(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, "cut: yes");
    scene_answer(s, &c, ALICE, 1, 404, "cut: yes");
}

static void cut_over_udp_then_served(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, "cut: yes");
    scene_answer(s, &c, ALICE, 1, 503, "cut: yes");
    scene_wait(s, 3);
    scene_register(s, &c, ALICE, 2, "cut: yes");
    scene_answer(s, &c, ALICE, 2, 200, "cut: yes");
}

static const rule_case cases[] = {
    {"1013", skew_said, "sip-clock-skew", "failure", "proven"},
    {"time skew as HRESULT", skew_hresult, "sip-clock-skew", "failure", "proven"},
    {"Date far away", skew_seen, "sip-auth-failed", "failure", "proven"},
    {"Date far away, accepted", skew_accepted, "", "success", ""},
    {"other algorithm", other_algorithm, "sip-digest-loop", "failure", "likely"},
    {"other algorithm, unsaid", other_algorithm_unsaid, "sip-digest-loop", "failure", "likely"},
    {"algorithm of two", algorithm_of_two, "sip-auth-failed", "failure", "proven"},
    {"other qop", other_qop, "sip-digest-loop", "failure", "likely"},
    {"qop of two", qop_of_two, "sip-auth-failed", "failure", "proven"},
    {"NTLM alone", ntlm_alone, "", "success", ""},
    {"web service refuses", web_refuses, "sip-webticket-failed", "failure", "proven"},
    {"web service unknown", web_unknown, "sip-webticket-failed", "failure", "proven"},
    {"TLS with the web service fails", web_tls_fails, "sip-webticket-failed", "failure", "likely"},
    {"another web server refuses", other_web_refuses, "sip-auth-no-common-scheme", "failure",
     "possible"},
    {"TLS-DSK follows", tls_dsk_follows, "", "success", ""},
    {"NTLM instead", ntlm_instead, "", "success", ""},
    {"404, cut", cut_404, "sip-uri-not-found", "failure", "possible"},
    {"403, cut", cut_403, "", "failure", ""},
    {"503, cut", cut_503, "", "", ""},
    {"404 over UDP, cut", cut_over_udp, "sip-uri-not-found", "failure", "possible"},
    {"503, then 200, cut", cut_over_udp_then_served, "", "success", ""},
    {"503, then 200", unavailable_then_served, "", "success", ""},
    {"503 again", unavailable_again, "sip-service-unavailable", "failure", "proven"},
    {"not at the primary pool", not_primary, "", "success", ""},
    {"disabled", disabled, "", "success", ""},
};

static void test_digest_attempts(void **state)
{
    static const struct {
        void (*play)(scene *s);
        const char *cause;
    } all[] = {{other_algorithm_again, "sip-digest-loop"},
               {right_algorithm_again, "sip-auth-failed"},
               {algorithm_of_two_again, "sip-auth-failed"}};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        scene s;
        scene_start(&s, NULL);
        all[i].play(&s);
        scene_end(&s);
        assert_int_equal(json_array_size(s.attempts), 2);
        assert_string_equal(scene_cause(&s, 0), all[i].cause);
        assert_string_equal(scene_cause(&s, 1), all[i].cause);
        scene_free(&s);
    }
}

/* Findings that are no cause: of what severity, or "" when there must be none. */
typedef struct side_case {
    const char *name;
    void (*play)(scene *s);
    const char *id, *severity;
} side_case;

static const side_case sides[] = {
    {"Date far away", skew_seen, "sip-clock-skew", "note"},
    {"Date near enough", skew_allowed, "sip-clock-skew", ""},
    {"clock of the capture", skew_of_capture, "sip-clock-skew", ""},
    {"NTLM, Date far away", ntlm_skew_seen, "sip-clock-skew", "note"},
    {"NTLM, Date near enough", ntlm_skew_allowed, "sip-clock-skew", ""},
    {"three in a row", three_in_a_row, "sip-digest-loop", "warning"},
    {"two in a row", two_in_a_row, "sip-digest-loop", ""},
    {"NTLM alone", ntlm_alone, "sip-ntlm-only-offer", "note"},
    {"NTLM and Kerberos", ntlm_skew_seen, "sip-ntlm-only-offer", ""},
    {"not at the primary pool", not_primary, "sip-limited-functionality", "warning"},
    {"at the primary pool", primary, "sip-limited-functionality", ""},
    {"nothing served", unserved, "sip-limited-functionality", "warning"},
    {"one not served", unserved_once, "sip-limited-functionality", ""},
    {"partly served", partly_served, "sip-limited-functionality", ""},
    {"contacts elsewhere not served", partner_unknown, "sip-limited-functionality", ""},
    {"partner unknown", partner_unknown, "dns-federation-srv-missing", "warning"},
    {"partner without SRV", partner_without_srv, "dns-federation-srv-missing", "warning"},
    {"partner known", partner_known, "dns-federation-srv-missing", ""},
    {"another partner", partner_of_another, "dns-federation-srv-missing", ""},
    {"partner refuses", partner_refuses, "dns-federation-srv-missing", ""},
    {"partner not asked for", partner_not_asked, "dns-federation-srv-missing", ""},
    {"partner published since", partner_published, "dns-federation-srv-missing", ""},
    {"its own domain", own_domain, "dns-federation-srv-missing", ""},
    {"OPTIONS unanswered", options_unanswered, "sip-options-unanswered", "warning"},
    {"no silence of a server", options_unanswered, "tcp-accepted-silent", ""},
    {"OPTIONS twice", options_twice, "sip-options-unanswered", ""},
    {"OPTIONS at once", options_at_once, "sip-options-unanswered", ""},
    {"OPTIONS refused", options_refused, "sip-options-unanswered", ""},
    {"OPTIONS lost", options_lost, "sip-options-unanswered", ""},
    {"OPTIONS half seen", options_half_seen, "sip-options-unanswered", ""},
    {"an address for Teams", contact_is_address, "sip-contact-not-fqdn", "warning"},
    {"an address, no more to say", contact_is_address, "sip-options-unanswered", ""},
    {"a name for Teams", contact_is_name, "sip-contact-not-fqdn", ""},
    {"a name without answer", contact_is_name, "sip-options-unanswered", "warning"},
    {"an address elsewhere", contact_elsewhere, "sip-contact-not-fqdn", ""},
    {"Via altered", via_altered, "sip-message-altered", "warning"},
    {"Via copied", via_copied, "sip-message-altered", ""},
    {"Via unread", via_unread, "sip-message-altered", ""},
    {"disabled", disabled, "sip-user-moved-or-removed", "warning"},
    {"signed in elsewhere", signed_in_elsewhere, "sip-user-moved-or-removed", "warning"},
    {"ended much later", ended_much_later, "sip-user-moved-or-removed", "warning"},
    {"another endpoint", other_endpoint, "sip-user-moved-or-removed", ""},
    {"signed out", signed_out, "sip-user-moved-or-removed", ""},
};

static void test_sides(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        scene s;
        scene_start(&s, NULL);
        sides[i].play(&s);
        scene_end(&s);
        if (strcmp(scene_text(&s, sides[i].id, "severity"), sides[i].severity) != 0)
            fail_msg("%s: %s is '%s', not '%s'", sides[i].name, sides[i].id,
                     scene_text(&s, sides[i].id, "severity"), sides[i].severity);
        const char *text = scene_text(&s, sides[i].id, "explanation");
        if (strchr(text, '{'))
            fail_msg("%s: %s", sides[i].name, text);
        scene_free(&s);
    }
}

static void test_every_note_of_sip_fires(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++) {
        bool fired = strncmp(cx_rules[i]->id, "sip-", 4) != 0 || cx_rule_may_stop(cx_rules[i]);
        for (size_t k = 0; k < sizeof sides / sizeof *sides; k++)
            fired |= *sides[k].severity && strcmp(sides[k].id, cx_rules[i]->id) == 0;
        if (!fired)
            fail_msg("no case tells %s", cx_rules[i]->id);
    }
}

/* Each refusal in a row is a sign-in that failed, for the same reason. */
static void test_attempts_of_a_row(void **state)
{
    (void)state;
    scene s;
    scene_start(&s, NULL);
    three_in_a_row(&s);
    scene_end(&s);
    assert_int_equal(json_array_size(s.attempts), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(scene_cause(&s, i), "sip-auth-failed");
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides), cmocka_unit_test(test_digest_attempts),
        cmocka_unit_test(test_every_note_of_sip_fires), cmocka_unit_test(test_attempts_of_a_row)};
    int failed = run_cases("challenge", cases, sizeof cases / sizeof *cases);
    return failed + cmocka_run_group_tests_name("challenge, beside the cause", tests, NULL, NULL);
}
