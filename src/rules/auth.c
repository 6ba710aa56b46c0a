/* Credentials refused, and schemes that nobody can use (signin-failures 1.5, 9). */
#include "rules/answer.h"
#include "rules/judging.h"
#include "signin/conn.h"
#include "signin/decide.h"

static void scheme_list(cx_judging *j, cx_finding *f, const char *param, const cx_register *r)
{
    cx_buf text = cx_buf_init(256);
    bool full = false;
    for (uint32_t i = 0; i < r->response->u.sip.n_auth && !full; i++) {
        const cx_sip_auth *offer = &r->response->u.sip.auth[i];
        if (offer->role == CX_AUTH_OFFERED)
            full = !cx_list_add(&text, offer->scheme);
    }
    cx_find_text(j, f, param, text.len ? cx_buf_slice(&text) : cx_slice_of("none"));
    cx_buf_free(&text);
}

static bool offers(const cx_register *r, const char *scheme)
{
    for (uint32_t i = 0; i < r->response->u.sip.n_auth; i++)
        if (r->response->u.sip.auth[i].role == CX_AUTH_OFFERED &&
            cx_slice_iis(r->response->u.sip.auth[i].scheme, scheme))
            return true;
    return false;
}

/* ms-diagnostics 1000: "final handshake failed", whatever the status and though the request may not
 * have been captured. */
static bool handshake_failed(const cx_register *r)
{
    return cx_answer_diag(r, (const uint32_t[]){1000, 0}) && r->response->u.sip.status >= 400;
}

/* ---- Refusals of credentials that the capture lacks ---- */

/* The NTLM CHALLENGE that the answer carries, else its Digest challenge; NULL: neither. */
static const cx_sip_auth *challenge_in(const cx_register *r)
{
    const cx_sip_auth *digest = NULL;
    for (uint32_t i = 0; cx_register_challenged(r) && i < r->response->u.sip.n_auth; i++) {
        const cx_sip_auth *offer = &r->response->u.sip.auth[i];
        if (offer->role != CX_AUTH_OFFERED)
            continue;
        if (offer->gss == CX_GSS_NTLM)
            return offer;
        if (offer->gss == CX_GSS_ABSENT && offer->nonce.len && !digest)
            digest = offer;
    }
    return digest;
}

/* The algorithm of the only offer, when it is Digest with one that came after RFC 3261 (RFC 8760).
 */
static cx_slice newer_algorithm(const cx_register *r)
{
    const cx_ev_sip *sip = &r->response->u.sip;
    cx_slice algorithm = {NULL, 0};
    for (uint32_t i = 0; i < sip->n_auth; i++) {
        const cx_sip_auth *offer = &sip->auth[i];
        if (offer->role != CX_AUTH_OFFERED)
            continue;
        if (!cx_slice_is(offer->scheme, "Digest") || !offer->algorithm.len ||
            cx_slice_istarts(offer->algorithm, "MD5"))
            return (cx_slice){NULL, 0};
        algorithm = offer->algorithm;
    }
    return algorithm;
}

/* A client that has no password to give asks again sometimes, but not at once. */
#define ANSWERS_WITHIN_NS (2 * CX_SECOND_NS)

/* r begins anew where the answer before it asked for credentials: with bare schemes behind a
 * CHALLENGE, with a challenge of Digest for the same realm behind another. */
static bool begins_anew(const cx_register *before, const cx_register *r)
{
    const cx_sip_auth *asked = challenge_in(before), *now = challenge_in(r);
    if (!asked || r->cseq != before->cseq + 1 || !cx_slice_eq(r->call_id, before->call_id))
        return false;
    if (asked->gss == CX_GSS_NTLM)
        return !now && offers(r, "NTLM");
    /* who does not have the algorithm answers with another, or with nothing: see sip-digest-loop */
    return now && now->gss == CX_GSS_ABSENT && !now->stale && !newer_algorithm(before).len &&
           cx_slice_eq(now->realm, asked->realm) &&
           r->response->at.ts_ns - before->response->at.ts_ns < ANSWERS_WITHIN_NS;
}

/* The capture lacks the request, or its headers, and the answer refuses it all the same: it begins
 * anew behind a challenge that was answered; or it is the third of a connection in the middle of
 * which the capture begins, or the third without headers, and the client went away. *ret: how sure
 * that is. */
static bool refuses_unseen(const cx_attempt *a, uint32_t i, cx_confidence *ret)
{
    const cx_register *r = &a->registers[i];
    if (!cx_register_challenged(r) || (r->request && !r->request->u.sip.cut) || cx_register_used(r))
        return false;
    uint32_t row = 0; /* challenges on this connection without anything between */
    while (row <= i && cx_register_challenged(&a->registers[i - row]) &&
           a->registers[i - row].conn == r->conn)
        row++;
    bool last = i + 1 == a->n_registers;
    bool left = last && !r->conn->udp && cx_conn_ended_by(r->conn) == CX_FROM_CLIENT;
    *ret = CX_POSSIBLE;
    if (r->response->u.sip.cut)
        return row >= 3 && left;
    if (row > 1 && begins_anew(r - 1, r)) {
        *ret = challenge_in(r - 1)->gss == CX_GSS_NTLM ? CX_LIKELY : CX_POSSIBLE;
        return true;
    }
    return row == 1 && i == 0 && left && r->conn->outcome == CX_CONN_MID && r->cseq == 3 &&
           !challenge_in(r) && offers(r, "NTLM");
}

static void find_unseen(cx_judging *j, uint32_t i, cx_confidence confidence)
{
    const cx_register *r = &j->a->registers[i];
    cx_finding *f = cx_find_answer(j, r, confidence);
    f->explain = "{server} answered {status} and a fresh challenge{diagnostics} where the "
                 "credentials of {user} were due: it refused them. They are not in the capture.";
    for (uint32_t k = 1; k <= i && r[-(int32_t)k].conn == r->conn; k++)
        if (cx_register_challenged(&r[-(int32_t)k]))
            cx_show(j, f, r[-(int32_t)k].response->at, "the challenge before");
}

static void detect_auth_failed(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        cx_confidence confidence;
        if (refuses_unseen(a, i, &confidence) && !handshake_failed(r)) {
            find_unseen(j, i, confidence);
            continue;
        }
        if (!cx_register_refused(a, r) && !handshake_failed(r))
            continue;
        bool went_on = false; /* another scheme was tried afterwards */
        for (uint32_t k = i + 1; k < a->n_registers; k++)
            went_on |= cx_register_used(&a->registers[k]) != NULL;
        const cx_sip_auth *used = cx_register_used(r);
        if (went_on && used && used->gss == CX_GSS_KERBEROS)
            continue;
        cx_finding *f = cx_find_answer(j, r, CX_PROVEN);
        cx_find_text(j, f, "scheme", used ? used->scheme : cx_slice_of("NTLM or Kerberos"));
        cx_slice account = used ? used->username : (cx_slice){NULL, 0};
        if (r->ntlm_authenticate && r->ntlm_authenticate->u.ntlm.user.p) {
            const cx_ev_ntlm *n = &r->ntlm_authenticate->u.ntlm;
            account = cx_arena_printf(j->arena, "%.*s\\%.*s", (int)n->domain.len,
                                      n->domain.p ? (const char *)n->domain.p : "",
                                      (int)n->user.len, (const char *)n->user.p);
        }
        cx_find_text(j, f, "account", account.len ? account : cx_slice_of("the account"));
        if (used && used->gss == CX_GSS_KERBEROS)
            f->explain = "{server} answered the {scheme} ticket of {account} with {status} and a "
                         "fresh challenge{diagnostics}: it refused the ticket. The Kerberos server "
                         "has checked the password: look at the account that carries the service "
                         "principal name, and at the clocks.";
        if (used && used->nonce.len && cx_register_stale_again(a, r))
            f->explain = "{server} called the nonce of {account} stale again and again, though "
                         "{client} had answered its latest challenge each time: it does not "
                         "know the nonces that it gave out itself. Servers behind one address "
                         "that share no nonces do that, and a server whose clock jumps; the "
                         "password was not judged.";
        if (!cx_register_challenged(r))
            f->explain = "{server} answered the credentials of {account} with {status} "
                         "{reason}{diagnostics}: the logon was refused.";
        for (uint32_t k = i; k-- > 0;)
            if (cx_register_challenged(&a->registers[k]) && a->registers[k].conn == r->conn) {
                cx_show(j, f, a->registers[k].response->at, "the challenge before");
                break;
            }
    }
}

const cx_rule cx_rule_sip_auth_failed = {
    .id = "sip-auth-failed",
    .title = "The server refused the credentials",
    .default_severity = CX_FAILURE,
    .layer = "auth",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_auth_failed,
    .evidence =
        "A REGISTER with complete credentials (NTLM AUTHENTICATE, Kerberos token, Digest "
        "response to this "
        "sign-in's own challenge) is answered 401 or 407 with a fresh challenge, or any with "
        "ms-diagnostics 1000 (final handshake failed). Likely where the credentials are not in the "
        "capture, but bare offers follow the CHALLENGE of NTLM; possible where another challenge "
        "follows that of Digest, or the client goes away behind a third 401 that the capture cuts "
        "or begins with.",
    .rules_out = "The next attempt of that kind succeeds; stale=true, twice at most; a challenge "
                 "for another realm that the client has not answered yet (a proxy, and the "
                 "registrar behind it); ms-diagnostics or a policy that prove an NTLM security "
                 "mismatch.",
    .traps = "Two 401s are normal for NTLM, three for TLS-DSK. A nonce of an earlier sign-in is "
             "refused as a "
             "matter of course. SIP carries no reason: a wrong, expired or reset password, a "
             "locked or disabled "
             "account look the same.",
    .explain = "{server} answered the complete {scheme} credentials of {account} with {status} and "
               "a fresh "
               "challenge{diagnostics}: the logon was refused.",
    .remedy = "Enter the right user name and password; check that the password is not expired or "
              "reset and that "
              "the account is not locked or disabled. If all that is right, compare the NTLM "
              "security settings "
              "of client and server (NtlmMinClientSec, NtlmMinServerSec).",
    .source = "Common Issues with Sign-in and Discovery, Incorrect User Information; MS-SIPAE 3.1; "
              "RFC 3261 22",
};

static void no_scheme(cx_judging *j, bool kerberos_only)
{
    const cx_attempt *a = j->a;
    if (!a->n_registers || a->ended)
        return;
    const cx_register *last = &a->registers[a->n_registers - 1];
    if (last->conn->gap[CX_FROM_CLIENT] || last->conn->gap[CX_FROM_SERVER])
        return; /* the credentials may be among what is missing */
    if (!cx_register_challenged(last) || cx_register_full_token(last) ||
        last->response->u.sip.cut || (last->request && last->request->u.sip.cut))
        return;
    for (uint32_t i = 0; i < last->response->u.sip.n_auth; i++)
        if (last->response->u.sip.auth[i].gss == CX_GSS_NTLM ||
            last->response->u.sip.auth[i].gss == CX_GSS_TLS)
            return; /* the exchange was under way: not a matter of the offer */
    bool kerberos = offers(last, "Kerberos") && !offers(last, "NTLM") && !offers(last, "TLS-DSK") &&
                    !offers(last, "Digest") && !offers(last, "Basic");
    bool edge = last->response->u.sip.remote_user || last->conn->server.port == 443;
    if (kerberos_only != (kerberos && edge))
        return;
    /* Kerberos alone: a client without a ticket goes away; and so does one without the algorithm of
     * Digest. Any other offer most clients can use, so only one that closes at once without a word
     * has turned it down. A capture that ends right after the 401 may have missed the next step. */
    cx_slice algorithm = newer_algorithm(last);
    bool rare = kerberos || algorithm.len;
    bool closed = cx_conn_ended_by(last->conn) == CX_FROM_CLIENT;
    bool over = cx_conn_ended_by(last->conn) >= 0 ||
                a->decided_ns - last->response->at.ts_ns >= 5 * CX_SECOND_NS;
    if (!last->request || (rare ? !over : !closed))
        return; /* without the request it may have carried the credentials that were refused */
    cx_finding *f = cx_find_answer(j, last, rare ? CX_LIKELY : CX_POSSIBLE);
    scheme_list(j, f, "offered", last);
    if (algorithm.len) {
        cx_find_text(j, f, "algorithm", algorithm);
        f->explain = "{server} offered Digest with {algorithm} and nothing older; {client} sent no "
                     "credentials and went away: most likely it does not have that algorithm.";
    } else if (!kerberos)
        f->explain =
            "{server} asked for authentication and offered {offered}; {client} tried none of "
            "them and went away. Either it supports none, or the user was asked for a password "
            "and gave none.";
    if (cx_conn_ended_by(last->conn) == CX_FROM_CLIENT)
        cx_show(j, f, last->conn->ended, "the client closes without credentials");
}

static void detect_no_scheme(cx_judging *j)
{
    no_scheme(j, false);
}

static void detect_kerberos_only(cx_judging *j)
{
    no_scheme(j, true);
}

const cx_rule cx_rule_sip_auth_no_common_scheme = {
    .id = "sip-auth-no-common-scheme",
    .title = "The server offers no authentication scheme that the client can use",
    .default_severity = CX_FAILURE,
    .layer = "auth",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_no_scheme,
    .evidence = "401 or 407 whose offers the client does not take up: no REGISTER with credentials "
                "follows.",
    .rules_out = "A next REGISTER with Authorization; a capture that ends right after the 401.",
    .traps = "The user may be sitting at the password prompt.",
    .explain =
        "{server} offered only {offered} to {client}, which needs a ticket from a Kerberos server "
        "(KDC); the client sent no credentials and went away.",
    .remedy = "Set the authentication protocol of the front-end server to both NTLM and Kerberos; "
              "for a client "
              "inside, check that it reaches a domain controller (port 88). Digest with SHA-256 "
              "only: let the registrar offer MD5 too, or update the client.",
    .source = "Common Issues with Sign-in and Discovery, Set the Authentication Protocol to Both "
              "NTLM and Kerberos",
};

const cx_rule cx_rule_sip_kerberos_only_external = {
    .id = "sip-kerberos-only-external",
    .title = "External client is offered Kerberos only",
    .default_severity = CX_FAILURE,
    .layer = "auth",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_kerberos_only,
    .evidence = "A client that comes through an edge (port 443 or RemoteUser) gets a 401 that "
                "offers Kerberos "
                "without NTLM or TLS-DSK, and sends no credentials.",
    .rules_out = "NTLM or TLS-DSK among the offers.",
    .traps = "Inside, Kerberos only is fine.",
    .explain =
        "{server} offered only {offered} to {client}, which comes from outside and cannot reach a "
        "Kerberos server.",
    .remedy = "Set the authentication protocol of the front-end server to both NTLM and Kerberos.",
    .source = "Common Issues with Sign-in and Discovery, Set the Authentication Protocol to Both "
              "NTLM and Kerberos",
    .shadows = (const char *const[]){"sip-auth-no-common-scheme", NULL},
};
