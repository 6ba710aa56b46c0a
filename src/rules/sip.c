/* What the registrar answered to REGISTER (signin-failures 1.5, 7.2, 8). */
#include "base/text.h"
#include "rules/judging.h"
#include "signin/conn.h"
#include "signin/decide.h"

#define SECOND INT64_C(1000000000)

static const cx_ev_sip *response_of(const cx_register *r)
{
    return r->response ? &r->response->u.sip : NULL;
}

/* The first ms-diagnostics of these codes in the response, or NULL. */
static const cx_sip_diag *diag_among(const cx_register *r, const uint32_t *codes)
{
    const cx_ev_sip *sip = response_of(r);
    for (uint32_t i = 0; sip && i < sip->n_diag; i++)
        for (const uint32_t *code = codes; *code; code++)
            if (sip->diag[i].code == *code)
                return &sip->diag[i];
    return NULL;
}

/* A finding about the final response of r, with what it says in the parameters. */
static cx_finding *answered(cx_judging *j, const cx_register *r, cx_confidence confidence)
{
    const cx_ev_sip *sip = response_of(r);
    cx_finding *f = cx_find(j, confidence, r->conn);
    f->reg = r;
    cx_find_text(j, f, "user", j->a->user);
    cx_find_number(j, f, "status", sip->status);
    cx_find_text(j, f, "reason", sip->reason);
    if (sip->n_diag) {
        cx_find_number(j, f, "ms_diagnostics", sip->diag[0].code);
        cx_find_text(j, f, "ms_diagnostics_reason", sip->diag[0].reason);
    }
    cx_slice said = cx_slice_of("");
    if (sip->n_diag)
        said = cx_arena_printf(j->arena, " with ms-diagnostics %u (%.*s)", sip->diag[0].code,
                               (int)sip->diag[0].reason.len, (const char *)sip->diag[0].reason.p);
    else if (sip->n_warnings)
        said = cx_arena_printf(j->arena, " with Warning \"%.*s\"", (int)sip->warning[0].text.len,
                               (const char *)sip->warning[0].text.p);
    cx_find_text(j, f, "diagnostics", said);
    cx_show(j, f, r->response->at, "%u %.*s to REGISTER%.*s", sip->status, (int)sip->reason.len,
            (const char *)sip->reason.p, (int)(said.len < 200 ? said.len : 200),
            said.p ? (const char *)said.p : "");
    if (r->request)
        cx_show(j, f, r->request->at, "REGISTER %.*s", (int)j->a->user.len,
                (const char *)j->a->user.p);
    return f;
}

/* Runs over the REGISTERs whose final answer has a status that fits. */
static void by_answer(cx_judging *j, bool (*fits)(const cx_register *))
{
    for (uint32_t i = 0; i < j->a->n_registers; i++) {
        const cx_register *r = &j->a->registers[i];
        if (r->response && fits(r))
            (void)answered(j, r, CX_PROVEN); /* complete as it is */
    }
}

static const uint32_t not_enabled[] = {4005, 4141, 0};
static const uint32_t unknown_user[] = {4005, 1003, 4006, 0};
static const uint32_t no_remote[] = {4003, 0};
static const uint32_t other_identity[] = {4004, 0};
static const uint32_t blocked_version[] = {17002, 17003, 0};

static bool is_unknown(const cx_register *r)
{
    return r->response->u.sip.status == 404 || r->response->u.sip.status == 604;
}

static bool is_not_enabled(const cx_register *r)
{
    return r->response->u.sip.status == 403 && diag_among(r, not_enabled);
}

static bool is_no_remote(const cx_register *r)
{
    return r->response->u.sip.status == 403 && diag_among(r, no_remote);
}

static bool is_other_identity(const cx_register *r)
{
    return r->response->u.sip.status == 403 && diag_among(r, other_identity);
}

static bool is_version_blocked(const cx_register *r)
{
    return r->response->u.sip.status == 403 && diag_among(r, blocked_version);
}

static bool is_forbidden(const cx_register *r)
{
    return r->response->u.sip.status == 403 && !is_not_enabled(r) && !is_no_remote(r) &&
           !is_other_identity(r) && !is_version_blocked(r) && !diag_among(r, unknown_user);
}

static bool is_unavailable(const cx_register *r)
{
    uint16_t status = r->response->u.sip.status;
    return (status >= 500 && status != 504) || status == 405 || status == 410;
}

static bool is_gateway_timeout(const cx_register *r)
{
    return r->response->u.sip.status == 504 || r->response->u.sip.status == 408;
}

static bool is_temporarily_unavailable(const cx_register *r)
{
    return r->response->u.sip.status == 480;
}

static void detect_unknown(cx_judging *j)
{
    by_answer(j, is_unknown);
}

static void detect_not_enabled(cx_judging *j)
{
    by_answer(j, is_not_enabled);
}

static void detect_no_remote(cx_judging *j)
{
    by_answer(j, is_no_remote);
}

static void detect_other_identity(cx_judging *j)
{
    by_answer(j, is_other_identity);
}

static void detect_version_blocked(cx_judging *j)
{
    by_answer(j, is_version_blocked);
}

static void detect_forbidden(cx_judging *j)
{
    by_answer(j, is_forbidden);
}

static void detect_unavailable(cx_judging *j)
{
    by_answer(j, is_unavailable);
}

static void detect_gateway_timeout(cx_judging *j)
{
    by_answer(j, is_gateway_timeout);
}

static void detect_temporarily(cx_judging *j)
{
    by_answer(j, is_temporarily_unavailable);
}

const cx_rule cx_rule_sip_uri_not_found = {
    .id = "sip-uri-not-found",
    .title = "The sign-in address is unknown to the server",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_unknown,
    .evidence =
        "Final answer 404 (or 604) to REGISTER, with ms-diagnostics 4005, 1003, 4006 or none.",
    .rules_out = "A 200 to a later REGISTER of the same address.",
    .traps = "404 to INVITE or SUBSCRIBE is no sign-in. With 4005 the server does not tell a wrong "
             "address "
             "from an account that is not enabled.",
    .explain = "{server} answered {status} {reason}{diagnostics} to the sign-in of {user}: it "
               "knows no such "
               "SIP address, or the account is not enabled for it.",
    .remedy = "Sign in with the SIP URI that stands in the user's Active Directory properties (it "
              "may follow "
              "e-mail address, user principal name, full name or SAM account name). If it is "
              "right, check "
              "that the account is enabled for Communications Server and replicated.",
    .source = "Common Issues with Sign-in and Discovery, Incorrect Sign-In Address; MS-OCER",
};

const cx_rule cx_rule_sip_user_not_enabled = {
    .id = "sip-user-not-enabled",
    .title = "The account is not enabled for sign-in",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_not_enabled,
    .evidence = "403 to REGISTER with ms-diagnostics 4005 or 4141.",
    .rules_out = "A 200 to a later REGISTER of the same address.",
    .traps = "The reason text differs between releases: the number decides.",
    .explain = "{server} refused the sign-in of {user} with {status} {reason}{diagnostics}: the "
               "account is not "
               "enabled for Communications Server, or is disabled.",
    .remedy = "Enable the user for Communications Server (msRTCSIP-UserEnabled TRUE) and check "
              "that the account "
              "is active; wait for replication.",
    .source = "Common Issues with Sign-in and Discovery, User Account Not Enabled; MS-OCER",
    .shadows = (const char *const[]){"sip-forbidden", NULL},
};

const cx_rule cx_rule_sip_remote_access_denied = {
    .id = "sip-remote-access-denied",
    .title = "The user may not sign in from outside",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_no_remote,
    .evidence = "403 to REGISTER with ms-diagnostics-public 4003.",
    .rules_out = "A client inside the network.",
    .traps = "4003 may come for another identity than the one that signs in.",
    .explain = "{server} refused the sign-in of {user} with {status} {reason}{diagnostics}: the "
               "user is not "
               "enabled for remote access.",
    .remedy = "Allow remote user access for this user.",
    .source = "MS-OCER (4003)",
    .shadows = (const char *const[]){"sip-forbidden", NULL},
};

const cx_rule cx_rule_sip_identity_mismatch = {
    .id = "sip-identity-mismatch",
    .title = "The credentials belong to another SIP user",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_other_identity,
    .evidence = "403 to REGISTER with ms-diagnostics-public 4004 after a complete authentication.",
    .rules_out = "A 200 to a later REGISTER.",
    .traps = "Shared computers with saved credentials.",
    .explain =
        "{server} accepted the credentials but not for {user}: {status} {reason}{diagnostics}.",
    .remedy = "Sign in with the account that owns this SIP address, or correct the address.",
    .source = "MS-OCER (4004)",
    .shadows = (const char *const[]){"sip-forbidden", NULL},
};

const cx_rule cx_rule_sip_client_version_blocked = {
    .id = "sip-client-version-blocked",
    .title = "The server's client version filter refuses this client",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_version_blocked,
    .evidence = "403 to REGISTER with ms-diagnostics 17002 or 17003.",
    .rules_out = "A 200 to a later REGISTER.",
    .traps = "200 with Warning 310 or code 17004 is advice only.",
    .explain = "{server} refused the client of {user} because of its version: {status} "
               "{reason}{diagnostics}.",
    .remedy = "Update the client, or change the client version filter.",
    .source = "MS-OCER (17002, 17003)",
    .shadows = (const char *const[]){"sip-forbidden", NULL},
};

const cx_rule cx_rule_sip_forbidden = {
    .id = "sip-forbidden",
    .title = "The server forbids this sign-in (403)",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_forbidden,
    .evidence = "403 to REGISTER without a Microsoft code that says more.",
    .rules_out = "A 200 to a later REGISTER.",
    .traps = "Many providers answer 403 for a wrong password.",
    .explain = "{server} answered {status} {reason}{diagnostics} to the sign-in of {user}.",
    .remedy = "Check the account's policy and the allowed source addresses at the registrar; at "
              "many providers "
              "403 also means wrong credentials.",
    .source = "RFC 3261 21.4.4",
};

const cx_rule cx_rule_sip_service_unavailable = {
    .id = "sip-service-unavailable",
    .title = "The server cannot serve the sign-in now",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_unavailable,
    .evidence =
        "Final 500, 503 or another 5xx or 6xx (504 aside) to REGISTER, or 405 or 410: this server "
        "takes no registrations.",
    .rules_out = "A retry elsewhere that succeeds.",
    .traps = "503 during a fail-over, then 200.",
    .explain = "{server} answered {status} {reason}{diagnostics} to the sign-in of {user}.",
    .remedy = "Check the front-end services and the back-end database; honour Retry-After.",
    .source = "RFC 3261 21.5",
};

const cx_rule cx_rule_sip_server_timeout = {
    .id = "sip-server-timeout",
    .title = "A server behind the server did not answer",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_gateway_timeout,
    .evidence = "504 (or 408) to REGISTER; ms-diagnostics names the hop that failed (1007, 1008, "
                "1010, 1014, "
                "1038).",
    .rules_out = "A later REGISTER that succeeds.",
    .traps = "504 to INVITE or SUBSCRIBE of federated contacts is no sign-in.",
    .explain = "{server} answered {status} {reason}{diagnostics} to the sign-in of {user}: it "
               "could not reach "
               "the next server on the way.",
    .remedy = "Repair the hop that the diagnostics name (source, PeerServer): its DNS record, its "
              "port or its "
              "certificate, seen from that server.",
    .source = "RFC 3261 21.5.5; MS-OCER",
};

const cx_rule cx_rule_sip_temporarily_unavailable = {
    .id = "sip-temporarily-unavailable",
    .title = "The registrar cannot serve this user now (480)",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_temporarily,
    .evidence = "Final 480 to REGISTER, no later 200.",
    .rules_out = "A later 200.",
    .traps = "480 to INVITE means that the callee is absent: no sign-in.",
    .explain = "{server} answered {status} {reason}{diagnostics} to the sign-in of {user}.",
    .remedy = "Check that the user's home pool and its services are up; try again later.",
    .source = "RFC 3261 21.4.18",
};

/* ---- Redirects ---- */

static void detect_redirect(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (!r->response || r->response->u.sip.status / 100 != 3)
            continue;
        const cx_conn *to = NULL;
        bool worked = false, tried = false;
        for (uint32_t k = 0; k < a->n_conns; k++) {
            const cx_conn *c = a->conns[k];
            if (c == r->conn || c->first.frame < r->response->at.frame)
                continue;
            tried = true;
            worked |= cx_conn_opened(c);
            if (c->named_by == CX_NAMED_SERVER && !to)
                to = c;
        }
        if (worked || (!tried && a->decided_ns - r->response->at.ts_ns < 5 * SECOND))
            continue;
        cx_finding *f = cx_find(j, to ? CX_PROVEN : CX_LIKELY, to ? to : r->conn);
        f->reg = r;
        const cx_ev_sip *sip = &r->response->u.sip;
        cx_slice target = sip->n_contacts ? sip->contact[0].text : cx_slice_of("nowhere");
        cx_find_text(j, f, "target", target);
        cx_find_number(j, f, "status", sip->status);
        cx_find_text(j, f, "how",
                     cx_slice_of(!to ? "no connection to it followed"
                                 : to->outcome == CX_CONN_REFUSED
                                     ? "that server refuses the connection"
                                     : "that server cannot be reached"));
        cx_show(j, f, r->response->at, "%u to REGISTER, Contact %.*s", sip->status, (int)target.len,
                (const char *)target.p);
        if (to) {
            cx_show(j, f, to->tcp.answer, "answer to the SYN");
            cx_show(j, f, to->tcp.syn[0], "SYN to port %u", to->server.port);
        }
    }
}

const cx_rule cx_rule_sip_redirect_failed = {
    .id = "sip-redirect-failed",
    .title = "The home server that the client was sent to cannot be reached",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_redirect,
    .evidence =
        "301, 302 or 305 to REGISTER, and the connection to its Contact fails or never starts.",
    .rules_out = "A connection to another Contact that works.",
    .traps = "Several Contacts have q values: all must fail.",
    .explain = "The first server redirected {client} ({status}) to {target}, but {how}.",
    .remedy = "Let clients reach the home pool on that port, and check the DNS record of its name.",
    .source = "RFC 3261 21.3; Director troubleshooting: redirects",
    .shadows = (const char *const[]){"tcp-connection-refused", "tcp-connect-timeout", NULL},
};

/* ---- No answer ---- */

static void detect_unanswered(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        const cx_conn *c = r->conn;
        if (!r->request || r->response || c->gap[CX_FROM_SERVER] ||
            c->outcome == CX_CONN_UNREACHABLE)
            continue;
        if (i + 1 < a->n_registers && a->registers[i + 1].conn == c && a->registers[i + 1].response)
            continue; /* answered when it was sent anew */
        int64_t sent = r->request->at.ts_ns;
        bool closed = cx_conn_ended_by(c) == CX_FROM_CLIENT;
        int64_t until = closed ? c->ended.ts_ns : a->decided_ns;
        /* 32 s is timer F (RFC 3261 17.1.2.2); a client that gives up sooner has waited 15 s. */
        if (until - sent < (closed ? 15 : 32) * SECOND &&
            !(r->sends >= 3 && until - sent >= 15 * SECOND))
            continue;
        if (c->tcp.one_sided && !c->udp)
            continue;
        bool one_way = a->one_way_flows > a->two_way_flows;
        bool alive = a->two_way_flows || a->dns_seen > 1 || c->sip[CX_FROM_SERVER].frame;
        if (one_way && !alive)
            continue;
        cx_finding *f = cx_find(j, alive ? CX_PROVEN : CX_LIKELY, c);
        f->reg = r;
        cx_find_text(j, f, "user", a->user);
        cx_find_text(j, f, "seconds", cx_say_seconds(j, until - sent));
        cx_find_number(j, f, "sends", r->sends);
        cx_show(j, f, r->request->at, "REGISTER, no final answer");
        if (r->sends > 1)
            cx_show(j, f, r->last_send, "REGISTER sent again");
        cx_show(j, f, r->provisional, "provisional answer only");
        if (closed)
            cx_show(j, f, c->ended, "the client gives up");
        cx_show(j, f, c->connected, "connection established");
    }
}

const cx_rule cx_rule_sip_register_unanswered = {
    .id = "sip-register-unanswered",
    .title = "The server does not answer the sign-in request",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_unanswered,
    .evidence = "REGISTER without a final answer for 32 s, or until the client gives up after at "
                "least 15 s.",
    .rules_out = "A final answer; a capture that ends sooner or lost the server's bytes.",
    .traps = "Retransmissions over UDP are one request.",
    .explain =
        "{client} sent REGISTER for {user} to {server} and got no final answer in {seconds} s.",
    .remedy = "Check whether the service behind the port hangs, whether a middle box drops SIP, "
              "and for UDP "
              "whether the server takes SIP over UDP at all (Communications Server takes TCP and "
              "TLS only).",
    .source = "RFC 3261 17.1.2.2",
    .shadows = (const char *const[]){"tcp-accepted-silent", NULL},
};

/* ---- Authentication ---- */

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

static void detect_auth_failed(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (!cx_register_refused(a, r))
            continue;
        bool went_on = false; /* another scheme was tried afterwards */
        for (uint32_t k = i + 1; k < a->n_registers; k++)
            went_on |= cx_register_used(&a->registers[k]) != NULL;
        if (went_on && cx_register_used(r)->gss == CX_GSS_KERBEROS)
            continue;
        const cx_sip_auth *used = cx_register_used(r);
        cx_finding *f = answered(j, r, CX_PROVEN);
        cx_find_text(j, f, "scheme", used->scheme);
        cx_slice account = used->username;
        if (r->ntlm_authenticate && r->ntlm_authenticate->u.ntlm.user.p) {
            const cx_ev_ntlm *n = &r->ntlm_authenticate->u.ntlm;
            account = cx_arena_printf(j->arena, "%.*s\\%.*s", (int)n->domain.len,
                                      n->domain.p ? (const char *)n->domain.p : "",
                                      (int)n->user.len, (const char *)n->user.p);
        }
        cx_find_text(j, f, "account", account.len ? account : cx_slice_of("the account"));
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
    .evidence = "A REGISTER with complete credentials (NTLM AUTHENTICATE, Kerberos token, Digest "
                "response to this "
                "sign-in's own challenge) is answered 401 or 407 with a fresh challenge.",
    .rules_out = "The next attempt of that kind succeeds; stale=true; ms-diagnostics or a policy "
                 "that prove an "
                 "NTLM security mismatch.",
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
    /* Kerberos alone: a client without a ticket goes away. Any other offer most clients can use, so
     * only one that closes at once without a word has turned it down. A capture that ends right
     * after the 401 may have missed the next step. */
    bool closed = cx_conn_ended_by(last->conn) == CX_FROM_CLIENT;
    bool over =
        cx_conn_ended_by(last->conn) >= 0 || a->decided_ns - last->response->at.ts_ns >= 5 * SECOND;
    if (kerberos ? !over : !closed || !last->request)
        return;
    cx_finding *f = answered(j, last, kerberos ? CX_LIKELY : CX_POSSIBLE);
    scheme_list(j, f, "offered", last);
    if (!kerberos)
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
              "inside, check that it reaches a domain controller (port 88).",
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
