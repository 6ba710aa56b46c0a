/* HTTP proxies on the way to the server (signin-failures 1.3). */
#include "base/text.h"
#include "rules/judging.h"
#include "signin/conn.h"

/* The proxy let a connection to the same target through, in this attempt. */
static bool let_through(const cx_attempt *a, const cx_conn *refused)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->tunnel.p && cx_slice_ieq(c->tunnel, refused->tunnel) && c->tunnel_status / 100 == 2)
            return true;
    }
    return false;
}

/* 407 is how every tunnel begins that wants credentials, and may be the step between two tokens of
 * the client: it has not hung up, or what follows is not in sight. */
static bool is_step(const cx_attempt *a, const cx_conn *c)
{
    bool stays = cx_conn_ended_by(c) != CX_FROM_CLIENT || c->tunnel_tokens == 1;
    return cx_evidence_after(&c->tunnel_last, &c->tunnel_answer) || (stays && cx_may_go_on(a));
}

static void detect_refusal(cx_judging *j, bool auth)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (!c->tunnel.p || c->tunnel_status < 400 || (c->tunnel_status == 407) != auth ||
            let_through(j->a, c) || (auth && is_step(j->a, c)))
            continue;
        cx_finding *f = cx_find(j, CX_PROVEN, c);
        f->goes_on_ns = auth ? CX_NEXT_STEP_NS : CX_NEXT_SERVER_NS;
        cx_find_text(j, f, "target", c->tunnel);
        cx_find_number(j, f, "status", c->tunnel_status);
        if (auth)
            cx_find_text(j, f, "how",
                         cx_slice_of(!c->tunnel_auth         ? "got none"
                                     : c->tunnel_tokens == 1 ? "did not accept what was given"
                                                             : "refused the credentials that were "
                                                               "given"));
        cx_show(j, f, c->tunnel_answer, "the proxy answers %u", c->tunnel_status);
        cx_show(j, f, c->tunnel_request, "CONNECT %.*s", (int)c->tunnel.len,
                (const char *)c->tunnel.p);
    }
}

static void detect_connect(cx_judging *j)
{
    detect_refusal(j, false);
}

static void detect_auth(cx_judging *j)
{
    detect_refusal(j, true);
}

const cx_rule cx_rule_proxy_connect_refused = {
    .id = "proxy-connect-refused",
    .title = "An HTTP proxy refuses the tunnel to the server",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_HTTP),
    .detect = detect_connect,
    .evidence = "CONNECT for a name or port of a sign-in server, whose last answer is 4xx or 5xx "
                "other than 407.",
    .rules_out = "A 2xx for the same target in the same attempt.",
    .traps = "Other programs use the proxy too: only names of discovery, names that look like a "
             "SIP server's, and port 5061 are looked at.",
    .explain = "{client} asked the proxy {server} for a tunnel to {target} and got {status}.",
    .remedy = "Allow the target and its port on the proxy (many allow CONNECT to 443 only), or "
              "exempt the names of the edge from the proxy.",
    .source = "RFC 9110 9.3.6",
    .shadows = NULL,
};

const cx_rule cx_rule_proxy_auth_required = {
    .id = "proxy-auth-required",
    .title = "An HTTP proxy wants credentials",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_HTTP),
    .detect = detect_auth,
    .evidence = "CONNECT for a name or port of a sign-in server, whose last answer is 407.",
    .rules_out = "A 2xx for the same target in the same attempt: once or twice 407 before it is "
                 "normal for NTLM and Kerberos. A later CONNECT whose answer is not in sight.",
    .traps = "Other programs use the proxy too: only names of discovery, names that look like a "
             "SIP server's, and port 5061 are looked at.",
    .explain = "The proxy {server} asked {client} for credentials before it opens a tunnel to "
               "{target} ({status}) and {how}; no tunnel was opened.",
    .remedy = "Exempt the names of the edge and of the web services from authentication on the "
              "proxy, or let the client authenticate.",
    .source = "RFC 9110 11.7, 15.5.8",
    .shadows = NULL,
};

/* ---- proxy-bypass-blocked ---- */

/* A tunnel that a proxy opened to the server and port of c, by any of its names or its address. */
static const cx_tunnel *tunnel_to(const cx_attempt *a, const cx_conn *c)
{
    for (uint32_t i = 0; i < a->n_tunnels; i++) {
        const cx_tunnel *t = &a->tunnel[i];
        cx_slice host = cx_slice_of(t->host);
        cx_endpoint address;
        if (t->port != c->server.port)
            continue;
        if (cx_addr_parse(host, &address) && cx_addr_eq(&address, &c->server))
            return t;
        for (uint32_t k = 0; k < c->n_wanted; k++)
            if (cx_host_eq(c->wanted[k].name, host))
                return t;
    }
    return NULL;
}

static bool is_blocked(const cx_conn *c)
{
    return c->outcome == CX_CONN_UNREACHABLE || cx_is_timed_out(c);
}

static void detect_bypass(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_tunnel *t = is_blocked(c) ? tunnel_to(j->a, c) : NULL;
        if (!t || j->a->web_only)
            continue;
        cx_finding *f = cx_find(j, CX_LIKELY, c);
        cx_find_text(j, f, "proxy", cx_say_server(j, &t->proxy));
        cx_find_text(j, f, "who",
                     cx_addr_eq(&t->client, &c->client) ? cx_slice_of("for the same client")
                                                        : cx_slice_of("for another client"));
        for (uint32_t k = 0; k < c->tcp.n_syns && k < 3; k++)
            cx_show(j, f, c->tcp.syn[k], "SYN straight to the server");
        if (c->outcome == CX_CONN_UNREACHABLE)
            cx_show(j, f, c->tcp.answer, "ICMP: not this way");
        cx_show(j, f, t->asked, "CONNECT %s:%u", t->host, t->port);
        cx_show(j, f, t->opened, "the proxy opens that tunnel");
    }
}

const cx_rule cx_rule_proxy_bypass_blocked = {
    .id = "proxy-bypass-blocked",
    .title = "The client goes past the proxy, and only the proxy gets through",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_HTTP),
    .detect = detect_bypass,
    .evidence =
        "SYNs of the client to a server stay unanswered for 4 s, or ICMP rejects them, while "
        "in the same capture an HTTP proxy opened a tunnel (CONNECT, 2xx) to the same name "
        "or address and port.",
    .rules_out = "A direct connection to the same server that opens.",
    .traps = "Proxies let some names through and others not on purpose: a tunnel to another server "
             "says nothing. The server may have been down in that moment only.",
    .explain = "{client} tried to reach {server} directly and got no connection, while the proxy "
               "{proxy} opened a tunnel to it {who}: the way out leads over the proxy, and this "
               "program does not take it.",
    .remedy = "Let the program know the proxy: a PAC file that is had by HTTP, or WPAD (sign-in "
              "helpers read no file:// PAC), or the proxy settings of the user and of the computer "
              "account; or open the firewall for {server}.",
    .source = "RFC 9110 9.3.6; Lync and PAC files (Microsoft)",
    .shadows = (const char *const[]){"tcp-connect-timeout", "icmp-admin-prohibited",
                                     "icmp-unreachable", "tcp-wrong-edge-port", NULL},
};
