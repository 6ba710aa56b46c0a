/* HTTP proxies on the way to the server (signin-failures 1.3). */
#include "base/text.h"
#include "rules/judging.h"

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

static void detect_refusal(cx_judging *j, bool auth)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (!c->tunnel.p || c->tunnel_status < 400 || (c->tunnel_status == 407) != auth ||
            let_through(j->a, c))
            continue;
        cx_finding *f = cx_find(j, CX_PROVEN, c);
        cx_find_text(j, f, "target", c->tunnel);
        cx_find_number(j, f, "status", c->tunnel_status);
        if (auth)
            cx_find_text(j, f, "how",
                         cx_slice_of(c->tunnel_auth ? "refused the credentials that were given"
                                                    : "got none"));
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
                 "normal for NTLM and Kerberos.",
    .traps = "Other programs use the proxy too: only names of discovery, names that look like a "
             "SIP server's, and port 5061 are looked at.",
    .explain = "The proxy {server} asked {client} for credentials before it opens a tunnel to "
               "{target} ({status}) and {how}; no tunnel was opened.",
    .remedy = "Exempt the names of the edge and of the web services from authentication on the "
              "proxy, or let the client authenticate.",
    .source = "RFC 9110 11.7, 15.5.8",
    .shadows = NULL,
};
