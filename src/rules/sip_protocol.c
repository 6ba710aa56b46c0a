/* REGISTERs that fail on the protocol itself: redirects in a circle, intervals that are too short,
 * transports and messages that are not accepted (signin-failures 1.5). */
#include "base/text.h"
#include "rules/answer.h"
#include "rules/judging.h"
#include "signin/conn.h"
#include "signin/decide.h"

static uint16_t status_of(const cx_register *r)
{
    return r->response ? r->response->u.sip.status : 0;
}

static bool accepted_later(const cx_attempt *a, uint32_t i)
{
    for (; i < a->n_registers; i++)
        if (cx_register_accepted(&a->registers[i]))
            return true;
    return false;
}

/* ---- redirects ---- */

static cx_slice target_of(const cx_register *r)
{
    const cx_ev_sip *sip = &r->response->u.sip;
    return sip->n_contacts ? sip->contact[0].text : (cx_slice){NULL, 0};
}

/* Is the server of c one that the redirect r names? */
static bool leads_to(const cx_register *r, const cx_conn *c)
{
    for (uint32_t i = 0; i < r->response->u.sip.n_contacts; i++) {
        const cx_sip_uri *to = &r->response->u.sip.contact[i];
        cx_slice host = to->maddr.len ? to->maddr : to->host;
        cx_endpoint address;
        if (to->port && to->port != c->server.port)
            continue;
        if (cx_addr_parse(host, &address) ? cx_addr_eq(&address, &c->server)
                                          : c->host && cx_host_eq(c->host->name, host))
            return true;
    }
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
        if (status_of(r) / 100 != 3)
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
    if ((!chain && !again) || accepted_later(a, 0))
        return;
    const cx_register *last = redirect[n - 1];
    cx_finding *f = cx_find_answer(j, last, CX_PROVEN);
    cx_find_number(j, f, "redirects", total);
    cx_find_text(j, f, "target", target_of(last));
    for (uint32_t k = 0; k + 1 < n; k++)
        cx_show(j, f, redirect[k]->response->at, "%u to REGISTER", status_of(redirect[k]));
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

/* ---- other answers ---- */

static void detect_interval(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (status_of(r) != 423 || accepted_later(a, i))
            continue;
        int64_t least = r->response->u.sip.min_expires;
        bool longer = false;
        for (uint32_t k = i + 1; k < a->n_registers; k++)
            longer |= a->registers[k].request && a->registers[k].request->u.sip.expires >= least;
        if (longer && least >= 0)
            continue;
        if (i + 1 == a->n_registers && cx_conn_ended_by(r->conn) != CX_FROM_CLIENT &&
            a->decided_ns - r->response->at.ts_ns < CX_NEXT_STEP_NS)
            continue; /* the next one may come */
        cx_finding *f = cx_find_answer(j, r, i + 1 < a->n_registers ? CX_PROVEN : CX_LIKELY);
        cx_find_number(j, f, "min_expires_s", least);
        cx_find_number(j, f, "expires_s", r->request ? r->request->u.sip.expires : -1);
    }
}

const cx_rule cx_rule_sip_interval_brief = {
    .id = "sip-interval-brief",
    .title = "The registration interval is too short for the server",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_interval,
    .evidence = "423 (Interval Too Brief) to REGISTER, and the client repeats the short interval "
                "or stops.",
    .rules_out = "A REGISTER with at least Min-Expires.",
    .traps = "The retry may come minutes later, behind the end of the capture.",
    .explain = "{server} wants registrations of at least {min_expires_s} s; {client} asked for "
               "{expires_s} s and did not ask for more.",
    .remedy = "Set the registration interval (Expires) of the client to the server's Min-Expires "
              "or more.",
    .source = "RFC 3261 10.2.8, 21.4.17",
};

static void by_status(cx_judging *j, const uint16_t *statuses)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++)
        for (const uint16_t *s = statuses; *s; s++)
            if (status_of(&a->registers[i]) == *s && !accepted_later(a, i))
                (void)cx_find_answer(j, &a->registers[i], CX_PROVEN); /* complete as it is */
}

static void detect_transport(cx_judging *j)
{
    by_status(j, (const uint16_t[]){406, 416, 426, 488, 606, 0});
}

const cx_rule cx_rule_sip_transport_refused = {
    .id = "sip-transport-refused",
    .title = "The server does not accept this way of sending SIP",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_transport,
    .evidence = "416 (Unsupported URI Scheme), 426 (Upgrade Required), 406, 488 or 606 (Not "
                "Acceptable) to REGISTER.",
    .rules_out = "A 200 over the same transport.",
    .traps = "488 to an INVITE is about media.",
    .explain = "{server} answered the REGISTER of {user} with {status} {reason}{diagnostics}: it "
               "does not accept the transport or the kind of address.",
    .remedy = "Use TLS, or the transport that the server is set up for; Communications Server "
              "takes SIP over TCP and TLS only.",
    .source = "RFC 3261 21.4.14, 21.4.26, 21.6.4; RFC 3329 2.3.1",
};

static void detect_parse_error(cx_judging *j)
{
    by_status(j, (const uint16_t[]){400, 413, 414, 415, 420, 421, 0});
}

const cx_rule cx_rule_sip_parse_error = {
    .id = "sip-parse-error",
    .title = "The server says that the REGISTER is malformed",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_parse_error,
    .evidence = "400 (Bad Request) to REGISTER, or 413, 414, 415, 420 or 421: the server does not "
                "take a part of it.",
    .rules_out = "A 200 to a later REGISTER.",
    .traps = "Some servers answer 400 to what they do not want, and not only to what they cannot "
             "read.",
    .explain = "{server} answered the REGISTER of {user} with {status} {reason}{diagnostics}.",
    .remedy = "Compare the headers of the REGISTER with RFC 3261; look for a device in between "
              "that rewrites SIP (ALG) and switch that off.",
    .source = "RFC 3261 21.4.1, 21.4.11 to 21.4.16",
};
