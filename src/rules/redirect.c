/* Redirects: to servers that cannot be reached, and in a circle (signin-failures 1.5). */
#include "rules/answer.h"
#include "rules/dns_state.h"
#include "rules/judging.h"
#include "signin/conn.h"
#include "signin/decide.h"

static bool is_redirect(const cx_register *r)
{
    return cx_answer_status(r) / 100 == 3;
}

static bool is_at(const cx_sip_uri *to, const cx_conn *c)
{
    return (!to->port || to->port == c->server.port) && cx_conn_is_to(c, cx_sip_uri_server(to));
}

/* c leads to a server other than those that redirected: the target of a redirect, or one that may
 * be it, as its name was not looked up in sight. */
static bool is_elsewhere(const cx_attempt *a, const cx_conn *c)
{
    if (c->named_by == CX_NAMED_SERVER)
        return true;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (is_redirect(r) && cx_endpoint_eq(&r->conn->server, &c->server))
            return false;
    }
    return true;
}

/* In thousandths; 1 where it is absent (RFC 3261 20.10). */
static int32_t q_of(const cx_ev_sip *sip, uint32_t i)
{
    return sip->contact_q[i] < 0 ? 1000 : sip->contact_q[i];
}

/* Which Contact the client takes first: that of c, else by q (RFC 3261 8.1.3.4). There is one. */
static const cx_sip_uri *first_contact(const cx_ev_sip *sip, const cx_conn *c)
{
    uint32_t best = 0;
    for (uint32_t i = 0; c && i < sip->n_contacts; i++)
        if (is_at(&sip->contact[i], c))
            return &sip->contact[i];
    for (uint32_t i = 1; i < sip->n_contacts; i++)
        if (q_of(sip, i) > q_of(sip, best))
            best = i;
    return &sip->contact[best];
}

/* Some Contact of several was not tried: it may work. */
static bool one_is_untried(const cx_attempt *a, const cx_ev_sip *sip)
{
    for (uint32_t i = 0; i < sip->n_contacts; i++) {
        bool tried = sip->n_contacts == 1;
        for (uint32_t k = 0; k < a->n_conns && !tried; k++)
            tried = is_at(&sip->contact[i], a->conns[k]);
        if (!tried)
            return true;
    }
    return false;
}

/* The lookup that says that the server of the first Contact has no address, or NULL. */
static const cx_lookup *no_address(const cx_attempt *a, const cx_register *r)
{
    const cx_ev_sip *sip = &r->response->u.sip;
    cx_slice host =
        sip->n_contacts == 1 ? cx_sip_uri_server(&sip->contact[0]) : (cx_slice){NULL, 0};
    if (!host.len)
        return NULL;
    cx_dns_host_state state = cx_dns_host(a, host);
    return state.negative && state.a && cx_evidence_after(&state.a->answer, &r->response->at)
               ? state.a
               : NULL;
}

/* The connection came to nothing; one SYN at the end of a capture may still be answered. */
static bool has_failed(const cx_conn *c)
{
    return c->outcome == CX_CONN_REFUSED || c->outcome == CX_CONN_UNREACHABLE ||
           (c->outcome == CX_CONN_TIMEOUT && c->tcp.observed_ns >= CX_LEAST_SILENCE_NS);
}

static void detect_redirect(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (!is_redirect(r) || (r->response->u.sip.cut && !r->response->u.sip.n_contacts))
            continue;
        const cx_conn *to = NULL;
        bool worked = false, tried = false, failed = false;
        for (uint32_t k = 0; k < a->n_conns; k++) {
            const cx_conn *c = a->conns[k];
            if (c == r->conn || cx_evidence_after(&r->response->at, &c->first) ||
                !is_elsewhere(a, c))
                continue;
            tried = true;
            failed |= has_failed(c);
            worked |= cx_conn_opened(c);
            if (c->named_by == CX_NAMED_SERVER && !to)
                to = c;
        }
        const cx_lookup *nowhere = tried ? NULL : no_address(a, r);
        if (worked || (tried && !failed) ||
            (!tried && !nowhere && a->decided_ns - r->response->at.ts_ns < 5 * CX_SECOND_NS))
            continue;
        const cx_ev_sip *sip = &r->response->u.sip;
        bool sure = (to || nowhere) && !one_is_untried(a, sip);
        cx_finding *f = cx_find(j, sure ? CX_PROVEN : CX_LIKELY, to ? to : r->conn);
        f->reg = r;
        f->goes_on_ns = to && to->outcome == CX_CONN_REFUSED ? CX_NEXT_SERVER_NS : 0;
        cx_slice target = sip->n_contacts ? first_contact(sip, to)->text : cx_slice_of("nowhere");
        cx_find_text(j, f, "target", target);
        cx_find_number(j, f, "status", sip->status);
        const char *how = nowhere                          ? "that name has no address in DNS"
                          : !to                            ? "no connection to it followed"
                          : to->outcome == CX_CONN_REFUSED ? "that server refuses the connection"
                                                           : "that server cannot be reached";
        cx_find_format(
            j, f, "how", "%s%s", how,
            to && one_is_untried(a, sip) ? ", and another one that it named was not tried" : "");
        cx_show(j, f, r->response->at, "%u to REGISTER, Contact %.*s", sip->status, (int)target.len,
                (const char *)target.p);
        if (nowhere)
            cx_dns_show(j, f, nowhere);
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
    .traps = "Several Contacts have q values: all must fail. One that the client did not try may "
             "work: then the finding is likely.",
    .explain = "The first server redirected {client} ({status}) to {target}, but {how}.",
    .remedy = "Let clients reach the home pool on that port, and check the DNS record of its name.",
    .source = "RFC 3261 21.3; Director troubleshooting: redirects",
    .shadows = (const char *const[]){"tcp-connection-refused", "tcp-connect-timeout", NULL},
};

/* ---- circles ---- */

static cx_slice target_of(const cx_register *r)
{
    const cx_ev_sip *sip = &r->response->u.sip;
    return sip->n_contacts ? first_contact(sip, NULL)->text : (cx_slice){NULL, 0};
}

/* Is the server of c one that the redirect r names? */
static bool leads_to(const cx_register *r, const cx_conn *c)
{
    for (uint32_t i = 0; i < r->response->u.sip.n_contacts; i++)
        if (is_at(&r->response->u.sip.contact[i], c))
            return true;
    return false;
}

/* A client that is sent to a server out of reach may ask the first one again and be sent there
 * again: no circle. It is one when servers that it was sent to send it on. */
static void detect_loop(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_register *redirect[4];
    uint32_t n = 0, total = 0, servers = 0, followed = 0;
    bool again = false; /* sent where it had been sent to, or had been redirected, before */
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (!is_redirect(r))
            continue;
        bool sent_here = false, known = false;
        for (uint32_t k = 0; k < n; k++) {
            sent_here |= leads_to(redirect[k], r->conn);
            known |= cx_endpoint_eq(&redirect[k]->conn->server, &r->conn->server);
            again |= sent_here && leads_to(r, redirect[k]->conn);
        }
        again |= sent_here && leads_to(r, r->conn);
        servers += !known;
        followed += sent_here;
        total++;
        if (n < 4)
            redirect[n++] = r;
    }
    bool chain = total >= 3 && (followed >= 2 || servers >= 3);
    if ((!chain && !again) || cx_accepted_from(a, 0))
        return;
    const cx_register *last = redirect[n - 1];
    cx_finding *f = cx_find_answer(j, last, CX_PROVEN);
    cx_find_number(j, f, "redirects", total);
    cx_find_text(j, f, "target", target_of(last));
    for (uint32_t k = 0; k + 1 < n; k++)
        cx_show(j, f, redirect[k]->response->at, "%u to REGISTER", cx_answer_status(redirect[k]));
}

const cx_rule cx_rule_sip_redirect_loop = {
    .id = "sip-redirect-loop",
    .title = "The servers redirect the client in a circle",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_loop,
    .evidence = "Three redirects of one sign-in, each by a server that the one before named, or a "
                "server that sends the client back where it was, and no 200.",
    .rules_out = "A 200 in the end.",
    .traps =
        "One redirect, from the first server to the home pool, is normal. A client that cannot "
        "reach the home pool asks the first server again and is sent there again: no circle.",
    .explain = "{client} was redirected {redirects} times, last by {server} to {target}, and never "
               "arrived.",
    .remedy = "Check on which pool the user is homed, and that each server knows it (user "
              "replication).",
    .source = "RFC 3261 8.1.3.4, 21.3",
    .shadows = (const char *const[]){"sip-redirect-failed", NULL},
};
