/* Credentials that were refused where the capture lacks them: scenes that fire the rule, and twins
 * that differ in what rules it out. */
#include "rule_cases.h"

#define ALICE  "sip:alice@contoso.com"
#define C      CX_FROM_CLIENT
#define NTLM   "WWW-Authenticate: NTLM\nWWW-Authenticate: Kerberos"
#define GOES   "WWW-Authenticate: NTLM challenge 0xe29882f3"
#define DIGEST "WWW-Authenticate: Digest n1 realm=a.example"

/* The capture begins within the connection, or holds the server's side alone. */
static scene_conn within(scene *s, bool one_sided)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    c.e.client.proto = c.e.server.proto = CX_IPPROTO_TCP;
    c.tcp.mid_stream = true;
    c.tcp.one_sided = one_sided;
    return c;
}

/* ---- The server's side alone ---- */

static void server_alone(scene *s, const char *second, uint32_t cseq, const char *third)
{
    scene_conn c = within(s, true);
    scene_answer(s, &c, ALICE, 1, 401, NTLM);
    scene_answer(s, &c, ALICE, 2, 401, second);
    scene_answer(s, &c, ALICE, cseq, third ? 401 : 200, third);
    scene_close(s, &c, C);
}

static void challenged_anew(scene *s)
{
    server_alone(s, GOES, 3, NTLM);
}

static void challenged_later(scene *s) /* something came between */
{
    server_alone(s, GOES, 5, NTLM);
}

static void challenge_twice(scene *s) /* it goes on */
{
    server_alone(s, GOES, 3, GOES);
}

static void challenge_met(scene *s)
{
    server_alone(s, GOES, 3, NULL);
}

static void offered_twice(scene *s) /* who is offered the same again has said nothing yet */
{
    scene_conn c = within(s, true);
    scene_answer(s, &c, ALICE, 1, 401, NTLM);
    scene_answer(s, &c, ALICE, 2, 401, NTLM);
    scene_close(s, &c, C);
}

static void digest_alone(scene *s, double wait, const char *second)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_answer(s, &c, ALICE, 20, 401, DIGEST);
    scene_wait(s, wait);
    scene_answer(s, &c, ALICE, 21, second ? 401 : 200, second);
    scene_wait(s, 30);
    scene_lookup(s, "A", "www.contoso.com", "10.0.0.9");
}

static void digest_anew(scene *s)
{
    digest_alone(s, 0, DIGEST);
}

static void digest_anew_later(scene *s) /* as who has no password may ask again */
{
    digest_alone(s, 5, DIGEST);
}

static void digest_stale(scene *s)
{
    digest_alone(s, 0, "WWW-Authenticate: Digest n2 stale realm=a.example");
}

static void digest_newer(scene *s) /* the answer may have had another algorithm */
{
    const char *offer = "WWW-Authenticate: Digest n1 algorithm=SHA-256 realm=a.example";
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_answer(s, &c, ALICE, 20, 401, offer);
    scene_answer(s, &c, ALICE, 21, 401, offer);
    scene_wait(s, 30);
    scene_lookup(s, "A", "www.contoso.com", "10.0.0.9");
}

static void digest_of_another(scene *s) /* the registrar behind a proxy */
{
    digest_alone(s, 0, "WWW-Authenticate: Digest n2 realm=b.example");
}

static void digest_met(scene *s)
{
    digest_alone(s, 0, NULL);
}

/* ---- The end of it ---- */

static void end_alone(scene *s, uint32_t cseq, const char *offers, uint8_t by)
{
    scene_conn c = within(s, false);
    scene_data(s, &c, C);
    scene_answer(s, &c, ALICE, cseq, 401, offers);
    scene_close(s, &c, by);
}

static void third_refused(scene *s)
{
    end_alone(s, 3, NTLM, C);
}

static void third_goes_on(scene *s)
{
    end_alone(s, 3, GOES, C);
}

static void third_closed(scene *s) /* by the server */
{
    end_alone(s, 3, NTLM, CX_FROM_SERVER);
}

static void second_refused(scene *s) /* what NTLM begins with is met so */
{
    end_alone(s, 2, NTLM, C);
}

static void third_of_digest(scene *s)
{
    end_alone(s, 3, DIGEST, C);
}

/* ---- Headers that are cut ---- */

static void cut_short(scene *s, int n, bool leaves, uint16_t last)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    for (int i = 1; i <= n; i++) {
        scene_register(s, &c, ALICE, 0, "cut: 1");
        scene_answer(s, &c, ALICE, 0, i == n ? last : 401, "cut: 1");
    }
    if (leaves)
        scene_close(s, &c, C);
    scene_wait(s, 30);
    scene_lookup(s, "A", "www.contoso.com", "10.0.0.9");
}

static void three_cut(scene *s)
{
    cut_short(s, 3, true, 401);
}

static void three_cut_stays(scene *s)
{
    cut_short(s, 3, false, 401);
}

static void two_cut(scene *s) /* the first asks, and the second may bring the CHALLENGE */
{
    cut_short(s, 2, true, 401);
}

static void three_cut_met(scene *s)
{
    cut_short(s, 4, true, 200);
}

#define AUTH "sip-auth-failed"

static const rule_case cases[] = {
    {"offers behind the CHALLENGE", challenged_anew, AUTH, "failure", "likely"},
    {"offers later", challenged_later, "", "incomplete", ""},
    {"CHALLENGE again", challenge_twice, "", "incomplete", ""},
    {"CHALLENGE, then 200", challenge_met, "", "success", ""},
    {"offers twice", offered_twice, "", "incomplete", ""},
    {"Digest again", digest_anew, AUTH, "failure", "possible"},
    {"Digest again, later", digest_anew_later, "", "incomplete", ""},
    {"Digest again, stale", digest_stale, "", "incomplete", ""},
    {"Digest again, SHA-256", digest_newer, "", "incomplete", ""},
    {"Digest of another realm", digest_of_another, "", "incomplete", ""},
    {"Digest, then 200", digest_met, "", "success", ""},
    {"third 401", third_refused, AUTH, "failure", "possible"},
    {"third 401 with CHALLENGE", third_goes_on, "", "incomplete", ""},
    {"third 401, the server closes", third_closed, "", "incomplete", ""},
    {"second 401", second_refused, "", "incomplete", ""},
    {"third 401 of Digest", third_of_digest, "", "incomplete", ""},
    {"three 401s, cut", three_cut, AUTH, "failure", "possible"},
    {"three 401s, cut, the client stays", three_cut_stays, "", "incomplete", ""},
    {"two 401s, cut", two_cut, "", "incomplete", ""},
    {"three 401s, cut, then 200", three_cut_met, "", "success", ""},
};

int main(void)
{
    return run_cases("unseen", cases, sizeof cases / sizeof *cases);
}
