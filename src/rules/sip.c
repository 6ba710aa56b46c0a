/* What the registrar answered to REGISTER (signin-failures 1.5, 7.2, 8). */
#include "rules/answer.h"
#include "rules/judging.h"
#include "signin/conn.h"
#include "signin/decide.h"

#define MOST_RETRY_AFTER_S 86400

/* Clients send the request again after these answers: when they are told to, or soon. */
static int64_t repeats_after_ns(const cx_register *r)
{
    const cx_ev_sip *sip = &r->response->u.sip;
    if (sip->status != 500 && sip->status != 503)
        return 0;
    int64_t told_s = sip->retry_after < MOST_RETRY_AFTER_S ? sip->retry_after : MOST_RETRY_AFTER_S;
    return (told_s > 0 ? told_s * CX_SECOND_NS : 0) + CX_NEXT_STEP_NS;
}

/* Runs over the REGISTERs whose final answer has a status that fits. */
static void by_answer(cx_judging *j, bool (*fits)(const cx_register *))
{
    for (uint32_t i = 0; i < j->a->n_registers; i++) {
        const cx_register *r = &j->a->registers[i];
        if (r->response && fits(r))
            cx_find_answer(j, r, CX_PROVEN)->goes_on_ns = repeats_after_ns(r);
    }
}

/* Which answer is which fault: the number of ms-diagnostics decides, its text differs between
 * releases (signin-failures 7.2). */
static const uint32_t not_enabled[] = {4005, 4141, 0};
static const uint32_t unknown_user[] = {1003, 4006, 0};
static const uint32_t no_remote[] = {4003, 0};
static const uint32_t other_identity[] = {4004, 0};
static const uint32_t blocked_version[] = {17002, 17003, 0};
static const uint32_t no_route[] = {1005, 1015, 0};
static const uint32_t of_credentials[] = {1000, 1013, 0}; /* auth.c, clock.c */

static bool is_403(const cx_register *r)
{
    return r->response->u.sip.status == 403;
}

static bool mentions(cx_slice text, const char *word)
{
    size_t len = strlen(word);
    for (size_t at = 0; at + len <= text.len; at++)
        if (cx_slice_istarts(cx_slice_sub(text, at, text.len - at), word))
            return true;
    return false;
}

/* Where no number says it, the words do: of the reason phrase or of a Warning. */
static bool says(const cx_register *r, const char *word)
{
    const cx_ev_sip *sip = &r->response->u.sip;
    bool said = mentions(sip->reason, word);
    for (uint32_t i = 0; i < sip->n_warnings; i++)
        said |= mentions(sip->warning[i].text, word);
    return said && !sip->n_diag;
}

static bool says_not_enabled(const cx_register *r)
{
    return is_403(r) && says(r, "not enabled") && !says(r, "remote");
}

/* Warning 310 is that of the client version filter (MS-SIPREGE 2.2). */
static bool says_version(const cx_register *r)
{
    const cx_ev_sip *sip = &r->response->u.sip;
    bool code = false;
    for (uint32_t i = 0; i < sip->n_warnings; i++)
        code |= sip->warning[i].code == 310;
    return is_403(r) && !sip->n_diag && (code || (says(r, "version") && says(r, "client")));
}

static bool is_unknown(const cx_register *r)
{
    uint16_t status = r->response->u.sip.status;
    return ((status == 404 || status == 604) && !cx_answer_diag(r, no_route)) ||
           (is_403(r) && cx_answer_diag(r, unknown_user));
}

static bool is_not_enabled(const cx_register *r)
{
    return is_403(r) && (cx_answer_diag(r, not_enabled) || says_not_enabled(r));
}

static bool is_no_remote(const cx_register *r)
{
    return is_403(r) && cx_answer_diag(r, no_remote);
}

static bool is_other_identity(const cx_register *r)
{
    return is_403(r) && cx_answer_diag(r, other_identity);
}

static bool is_version_blocked(const cx_register *r)
{
    return is_403(r) && (cx_answer_diag(r, blocked_version) || says_version(r));
}

static bool is_forbidden(const cx_register *r)
{
    static const uint32_t *const others[] = {not_enabled,    unknown_user,    no_remote,
                                             other_identity, blocked_version, no_route,
                                             of_credentials};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (cx_answer_diag(r, others[i]))
            return false;
    /* Of an answer that was cut the number may be among what is missing. */
    return is_403(r) && !r->response->u.sip.cut && !says_not_enabled(r) && !says_version(r);
}

/* The others of 5xx say that the server does not take the request, not that it is ill:
 * sip-register-refused. */
static bool is_unavailable(const cx_register *r)
{
    uint16_t status = r->response->u.sip.status;
    return status == 503 || status == 500;
}

static bool is_gateway_timeout(const cx_register *r)
{
    uint16_t status = r->response->u.sip.status;
    return status == 504 || status == 408 || status == CX_SIP_NEXT_HOP_FAILED ||
           ((status == 403 || status == 404) && cx_answer_diag(r, no_route));
}

static bool is_temporarily_unavailable(const cx_register *r)
{
    return r->response->u.sip.status == 480;
}

static void detect_unknown(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_registers; i++) {
        const cx_register *r = &j->a->registers[i];
        if (!r->response || !is_unknown(r))
            continue;
        /* Of an answer that was cut the number may be missing that says: no way to the domain. */
        bool hidden = r->response->u.sip.cut && !r->response->u.sip.n_diag;
        cx_find_answer(j, r, hidden ? CX_POSSIBLE : CX_PROVEN)->goes_on_ns = repeats_after_ns(r);
    }
}

static void detect_not_enabled(cx_judging *j)
{
    by_answer(j, is_not_enabled);
}

/* How sure the capture makes it that the client comes from outside: through an edge server, for
 * all that is seen, or by the way of clients inside. */
static cx_confidence comes_from_outside(const cx_register *r)
{
    const cx_conn *c = r->conn;
    if (r->response->u.sip.remote_user || c->server.port == 443 ||
        (c->srv && c->srv->role == CX_ROLE_SRV_EXTERNAL_TLS))
        return CX_PROVEN;
    bool inside = c->srv && (c->srv->role == CX_ROLE_SRV_INTERNAL_TLS ||
                             c->srv->role == CX_ROLE_SRV_INTERNAL);
    return inside ? CX_POSSIBLE : CX_LIKELY;
}

static void detect_no_remote(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_registers; i++) {
        const cx_register *r = &j->a->registers[i];
        if (r->response && is_no_remote(r))
            (void)cx_find_answer(j, r, comes_from_outside(r)); /* complete as it is */
    }
}

/* The server has accepted credentials: it says so, or they were given in full before. */
static bool authenticated(const cx_attempt *a, const cx_register *refused)
{
    for (const cx_register *r = a->registers; r <= refused; r++) {
        if (cx_register_full_token(r) && !cx_register_refused(a, r))
            return true;
        for (uint32_t i = 0; r->response && i < r->response->u.sip.n_auth; i++)
            if (r->response->u.sip.auth[i].role == CX_AUTH_INFO)
                return true;
    }
    return false;
}

static void detect_other_identity(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_registers; i++) {
        const cx_register *r = &j->a->registers[i];
        if (r->response && is_other_identity(r)) /* complete as it is */
            (void)cx_find_answer(j, r, authenticated(j->a, r) ? CX_PROVEN : CX_LIKELY);
    }
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
    .evidence = "Final answer 404 (or 604) to REGISTER, with ms-diagnostics 4005, 1003, 4006 or "
                "none, or 403 with 1003 or 4006. Possible where the capture cuts the answer before "
                "such a number.",
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
    .evidence = "403 to REGISTER with ms-diagnostics 4005 or 4141, or, without any number, with a "
                "reason or Warning that says \"not enabled\".",
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
    .evidence =
        "403 to REGISTER with ms-diagnostics-public 4003, and a way through an edge server: "
        "ms-user-logon-data RemoteUser, port 443, or the record of _sip._tls. Without a "
        "sign of it the finding is likely.",
    .rules_out =
        "A client inside the network: where an internal SRV record led it here, the finding is "
        "only possible.",
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
    .evidence =
        "403 to REGISTER with ms-diagnostics-public 4004 after a complete authentication; likely "
        "where that was not seen.",
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
    .evidence = "403 to REGISTER with ms-diagnostics 17002 or 17003, or, without any number, with "
                "Warning 310 or a text about the version of the client.",
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
    .evidence = "Final 503 or 500 to REGISTER.",
    .rules_out = "A retry elsewhere that succeeds.",
    .traps = "503 during a fail-over, then 200. 405, 410, 501, 505, 600 and 603 are refusals, not "
             "faults of the server.",
    .explain = "{server} answered {status} {reason}{diagnostics} to the sign-in of {user}.",
    .remedy = "Check the front-end services and the back-end database; honour Retry-After.",
    .source = "RFC 3261 21.5.1, 21.5.4",
};

const cx_rule cx_rule_sip_server_timeout = {
    .id = "sip-server-timeout",
    .title = "A server behind the server did not answer",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_gateway_timeout,
    .evidence = "504 (or 408) to REGISTER; ms-diagnostics names the hop that failed (1007, 1008, "
                "1010, 1014). Also 477, which Kamailio and its relatives answer when they cannot "
                "send to the next hop, and 404 or 403 with 1005 or 1015: the server has no way to "
                "the domain.",
    .rules_out = "A later REGISTER that succeeds.",
    .traps = "504 to INVITE or SUBSCRIBE of federated contacts is no sign-in.",
    .explain = "{server} answered {status} {reason}{diagnostics} to the sign-in of {user}: it "
               "could not reach the next server on the way, or knows no way there.",
    .remedy = "Repair the hop that the diagnostics name (source, PeerServer): its DNS record, its "
              "port or its "
              "certificate, seen from that server.",
    .source = "RFC 3261 21.5.5; MS-OCER; Kamailio, module tm (477)",
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

/* ---- No answer ---- */

#define LEAST_RESENT 3u /* by TCP, until it can be said that nothing arrives */

/* Every request has a Call-ID and a CSeq (RFC 3261 8.1.1). Without them (CSeq is 0 then) nobody can
 * say which answer is its own, and the server has good reason to be silent. */
static bool can_be_told_from_others(const cx_register *r)
{
    return r->call_id.len && r->cseq;
}

/* Over UDP who hears nothing sends again (RFC 3261 17.1.2.2: 11 times in 32 s): without that the
 * answer is what the capture lacks. Of those that cannot be told apart some may be others. */
static uint32_t least_sends(const cx_register *r)
{
    return can_be_told_from_others(r) ? 2 : 5;
}

/* The capture cut the headers, but the server said nothing that could be the answer. */
static bool nothing_answers(const cx_register *r)
{
    return r->request->u.sip.cut && !r->conn->data[CX_FROM_SERVER].frame &&
           !r->conn->sip[CX_FROM_SERVER].frame;
}

/* The server answered a sign-in on this conversation afterwards that nobody was seen to send:
 * something changed the request or the answer on the way, and it may be the one that is missed. */
static bool answered_to_another(const cx_attempt *a, const cx_register *r)
{
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *other = &a->registers[i];
        if (!other->request && other->conn == r->conn && other->first.ts_ns >= r->first.ts_ns)
            return true;
    }
    return false;
}

/* Some REGISTER answers a challenge that is not in the capture, given to the one before it, which
 * looks unanswered: what the server says is not captured. */
static bool answers_are_hidden(const cx_attempt *a)
{
    for (uint32_t i = 1; i < a->n_registers; i++) {
        const cx_sip_auth *used = cx_register_used(&a->registers[i]);
        const cx_register *before = &a->registers[i - 1];
        if (used && used->nonce.len && before->request && !before->response &&
            !cx_register_used(before) && cx_slice_eq(before->call_id, a->registers[i].call_id))
            return true;
    }
    return false;
}

/* Captured on the side of the server: it answered each time, and the client repeated the same
 * request over UDP until it gave up, as if nobody had said anything. */
static void find_lost_answer(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_register *r = a->n_registers ? &a->registers[a->n_registers - 1] : NULL;
    if (!r || !cx_register_unheard(r) || !(cx_register_challenged(r) || cx_register_accepted(r)))
        return;
    cx_finding *f = cx_find(j, CX_LIKELY, r->conn);
    f->reg = r;
    f->explain = "{client} sent REGISTER for {user} {sends} times in {seconds} s although {server} "
                 "answered: the answers get lost between the place of the capture and the client.";
    cx_find_text(j, f, "user", a->user.len ? a->user : cx_slice_of("a user"));
    cx_find_text(j, f, "seconds", cx_say_seconds(j, r->last_send.ts_ns - r->request->at.ts_ns));
    cx_find_number(j, f, "sends", r->sends);
    cx_show(j, f, r->request->at, "REGISTER");
    cx_show(j, f, r->response->at, "%u, which %s", r->response->u.sip.status,
            cx_register_accepted(r) ? "signs the user in" : "asks for credentials");
    cx_show(j, f, r->last_send, "the same REGISTER, sent again");
}

static void detect_unanswered(cx_judging *j)
{
    const cx_attempt *a = j->a;
    find_lost_answer(j);
    if (answers_are_hidden(a))
        return;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        const cx_conn *c = r->conn;
        if (!r->request || r->response || c->gap[CX_FROM_SERVER] ||
            c->outcome == CX_CONN_UNREACHABLE)
            continue;
        if (i + 1 < a->n_registers && a->registers[i + 1].conn == c && a->registers[i + 1].response)
            continue; /* answered when it was sent anew */
        if ((!can_be_told_from_others(r) && !nothing_answers(r)) || answered_to_another(a, r))
            continue;
        int64_t sent = r->request->at.ts_ns;
        if (a->after.served && a->after.served_ns > sent)
            continue; /* which servers do for who has signed in */
        if (c->udp && r->sends < least_sends(r))
            continue;
        bool closed = cx_conn_ended_by(c) == CX_FROM_CLIENT;
        int64_t until = closed ? c->ended.ts_ns : a->decided_ns;
        /* The server closed the connection that the answer had to come on (RFC 3261 18.2.2). */
        bool left = cx_conn_ended_by(c) == CX_FROM_SERVER && c->ended.ts_ns >= sent;
        /* 32 s is timer F (RFC 3261 17.1.2.2); a client that gives up sooner has waited 15 s. */
        if (!left && until - sent < (closed ? 15 : 32) * CX_SECOND_NS &&
            !(r->sends >= 3 && until - sent >= 15 * CX_SECOND_NS))
            continue;
        if (c->tcp.one_sided && !c->udp)
            continue;
        const cx_tcp_side *said = &c->tcp.side[CX_FROM_CLIENT];
        bool one_way = a->one_way_flows > a->two_way_flows;
        bool alive = a->two_way_flows || a->dns_seen > 1 || c->sip[CX_FROM_SERVER].frame;
        if (one_way && !alive)
            continue;
        /* A client that nobody answers gives up after 32 s, or 60 s (Communicator): one that stays
         * on the open connection and does nothing may well have been answered. */
        bool content = !c->udp && !closed && !left && r->sends == 1 &&
                       until - sent >= 60 * CX_SECOND_NS + CX_NEXT_STEP_NS &&
                       !(said->retransmissions && !said->acked);
        cx_finding *f = cx_find(j, alive && !content ? CX_PROVEN : CX_LIKELY, c);
        f->reg = r;
        cx_find_text(j, f, "user", a->user.len ? a->user : cx_slice_of("a user"));
        cx_find_text(j, f, "seconds", cx_say_seconds(j, until - sent));
        cx_find_number(j, f, "sends", r->sends);
        cx_show(j, f, r->request->at, "REGISTER, no final answer");
        if (r->sends > 1)
            cx_show(j, f, r->last_send, "REGISTER sent again");
        cx_show(j, f, r->provisional, "provisional answer only");
        bool other = !c->udp && c->data[CX_FROM_SERVER].frame && !c->sip[CX_FROM_SERVER].frame &&
                     !c->tls.server_hello && !c->tls.alert[CX_FROM_SERVER];
        if (other)
            cx_show(j, f, c->data[CX_FROM_SERVER], "bytes of the server that are no SIP");
        if (other)
            f->explain = "{client} sent REGISTER for {user} to {server}, which said something that "
                         "is no SIP: another service has that port.";
        else if (left)
            f->explain =
                "{client} sent REGISTER for {user} to {server}, which closed the connection "
                "instead of answering.";
        if (!left && !c->udp && !said->acked && said->retransmissions >= LEAST_RESENT) {
            f->explain = "{client} sent REGISTER for {user} to {server} and got no answer in "
                         "{seconds} s, not even the acknowledgment of TCP: it did not arrive, or "
                         "nothing comes back.";
            cx_show(j, f, said->stalled, "sent again by TCP, not acknowledged");
        }
        if (closed || left)
            cx_show(j, f, c->ended, left ? "the server closes" : "the client gives up");
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
    .evidence = "REGISTER without a final answer for 32 s, until the client gives up after at "
                "least 15 s, or until the server closes the connection; or, over UDP, the same "
                "REGISTER sent again for 15 s and more behind the answer.",
    .rules_out =
        "A final answer; a capture that ends sooner or lost the server's bytes; answers on the "
        "same conversation to requests that nobody was seen to send; a request without "
        "Call-ID or CSeq; over UDP a request that was not sent again; a SUBSCRIBE that is served "
        "afterwards.",
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
