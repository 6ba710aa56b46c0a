/* SRV records that lead nowhere: no address, wrong port, a server that the client will not trust
 * (signin-failures 1.1, 3). */
#include "base/text.h"
#include "rules/dns_state.h"
#include "rules/judging.h"
#include "rules/tls_state.h"
#include "signin/conn.h"

static void detect_no_address(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        for (uint32_t k = 0; k < l->n_srv; k++) {
            const cx_srv_record *srv = &l->srv[k];
            if (srv->glue || cx_slice_is(srv->target, ".") || cx_dns_tried_target(a, srv->target))
                continue;
            cx_dns_host_state host = cx_dns_host(a, srv->target);
            if (!host.negative)
                continue;
            bool both = (host.a && host.aaaa) || (host.a && host.a->state == CX_LOOKUP_NXDOMAIN) ||
                        (host.aaaa && host.aaaa->state == CX_LOOKUP_NXDOMAIN);
            if (!both && !host.a)
                continue; /* no IPv6 address is no fault, and the IPv4 one may be cached */
            cx_finding *f = cx_find(j, both && !l->cut ? CX_PROVEN : CX_LIKELY, NULL);
            f->lookup = l;
            if (l->cut)
                f->explain = "{name} points to {target}, port {port}, and {target} has no address "
                             "record. The capture cuts the SRV answer: whether an address, or "
                             "another server, stands behind the cut is not in it.";
            f->goes_on_ns = cx_dns_has_next_name(a) ? CX_NEXT_STEP_NS : 0;
            f->server_name = srv->target;
            cx_find_text(j, f, "name", l->name);
            cx_find_text(j, f, "target", srv->target);
            cx_find_number(j, f, "port", srv->port);
            cx_find_text(j, f, "domain", l->domain);
            cx_show(j, f, l->answer, "SRV %.*s: target %.*s, port %u", (int)l->name.len,
                    (const char *)l->name.p, (int)srv->target.len, (const char *)srv->target.p,
                    srv->port);
            if (host.a)
                cx_dns_show(j, f, host.a);
            if (host.aaaa)
                cx_dns_show(j, f, host.aaaa);
        }
    }
}

const cx_rule cx_rule_dns_srv_target_no_address = {
    .id = "dns-srv-target-no-address",
    .title = "The server that the SRV record names has no address",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_no_address,
    .evidence =
        "An SRV answer with a target that does not exist, or has neither A nor AAAA record; "
        "likely where it has no A record and AAAA was not asked, or where the capture cuts the "
        "SRV answer.",
    .rules_out = "An address of the target in the additional section; a connection right after the "
                 "SRV answer "
                 "(hosts file).",
    .traps = "A missing AAAA record alone is normal in IPv4 networks. The A record may be cached: "
             "nothing is told then.",
    .explain = "{name} points to {target}, port {port}, but {target} has no address record: the "
               "client knows "
               "the server's name and cannot reach it.",
    .remedy =
        "Create the host (A) record of {target}; where SIP domain and server domain differ, create "
        "sip.{domain} and point the SRV record to it.",
    .source = "Common Issues with Sign-in and Discovery, DNS Configuration; RFC 2782",
    .shadows = (const char *const[]){"dns-host-unresolvable", NULL},
};

static void detect_dot(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (l->n_srv == 0 || l->part || cx_dns_reached_a_server(a))
            continue; /* a real target may stand behind the cut */
        bool real = false;
        for (uint32_t k = 0; k < l->n_srv; k++)
            real |= !cx_slice_is(l->srv[k].target, ".");
        if (real)
            continue;
        cx_finding *f = cx_find(j, CX_PROVEN, NULL);
        f->lookup = l;
        f->goes_on_ns = cx_dns_has_next_name(a) ? CX_NEXT_STEP_NS : 0;
        cx_find_text(j, f, "name", l->name);
        cx_dns_show(j, f, l);
    }
}

const cx_rule cx_rule_dns_srv_target_dot = {
    .id = "dns-srv-target-dot",
    .title = "The SRV record says that the service is not offered",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_dot,
    .evidence = "An SRV record whose target is the root (\".\").",
    .rules_out = "A second SRV record with a real target in the same answer.",
    .traps = "An answer without records is something else.",
    .explain =
        "{name} exists with the target \".\": the zone states that this service is not offered.",
    .remedy = "Correct or remove that record: its target must be the server's host name.",
    .source = "RFC 2782",
};

/* The port is one of the other transport (5060 for TLS, 5061 or 443 for TCP), or none. */
static bool port_contradicts(const cx_lookup *l, uint16_t port)
{
    if (port == 0)
        return true;
    if (cx_role_is_tls(l->role))
        return port == 5060;
    return l->role == CX_ROLE_SRV_INTERNAL && (port == 5061 || port == 443);
}

/* A port where the record should have led: another of that host that accepts, and that is not the
 * usual one of the other transport. That 5060 accepts says nothing of a record for TLS. */
static const cx_open_port *same_host_accepts(const cx_attempt *a, const cx_conn *failed)
{
    bool tls = cx_role_is_tls(failed->srv->role);
    for (uint32_t i = 0; i < a->n_open_ports; i++) {
        const cx_open_port *p = &a->open_port[i];
        bool speaks_tls = p->server_hello.frame || p->server.port == 5061 || p->server.port == 443;
        bool plain = !p->server_hello.frame && p->server.port == 5060;
        if (cx_addr_eq(&p->server, &failed->server) && p->server.port != failed->server.port &&
            !(tls ? plain : speaks_tls))
            return p;
    }
    return NULL;
}

/* The connection to the port came to nothing, for all to see. */
static bool came_to_nothing(const cx_attempt *a, const cx_conn *c)
{
    if (c->outcome == CX_CONN_REFUSED || cx_is_timed_out(c))
        return true;
    if (!c->tls.client_hello || c->tls.server_hello || c->gap[CX_FROM_SERVER] ||
        c->tls.alert[CX_FROM_SERVER]) /* an alert is TLS */
        return false;
    return c->sip[CX_FROM_SERVER].frame || c->malformed[CX_FROM_SERVER].frame ||
           cx_conn_ended_by(c) >= 0 ||
           a->decided_ns - c->tls.client_hello->at.ts_ns >= 15 * CX_SECOND_NS;
}

static void detect_wrong_port(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (!c->srv || !came_to_nothing(a, c))
            continue;
        const cx_open_port *works = same_host_accepts(a, c);
        bool contradicts = port_contradicts(c->srv, c->server.port);
        if (!works && !contradicts)
            continue;
        cx_finding *f = cx_find(j, works ? CX_PROVEN : CX_LIKELY, c);
        f->lookup = c->srv;
        f->goes_on_ns = c->outcome == CX_CONN_REFUSED ? CX_NEXT_SERVER_NS : 0;
        cx_find_text(j, f, "name", c->srv->name);
        cx_find_text(j, f, "target", c->srv->srv[c->srv_index].target);
        cx_find_text(j, f, "how",
                     cx_slice_of(c->outcome == CX_CONN_REFUSED   ? "nothing listens there"
                                 : c->outcome == CX_CONN_TIMEOUT ? "nothing answers there"
                                                                 : "that port does not speak TLS"));
        if (works)
            cx_find_format(j, f, "elsewhere", "port %u of the same host accepts",
                           works->server.port);
        else
            cx_find_text(
                j, f, "elsewhere",
                cx_slice_of(cx_role_is_tls(c->srv->role)
                                ? "the record is one for TLS, whose port is 5061 inside and "
                                  "443 outside"
                                : "the record is one for TCP, whose port is 5060"));
        cx_show(j, f, c->srv->answer, "SRV %.*s: port %u", (int)c->srv->name.len,
                (const char *)c->srv->name.p, c->server.port);
        cx_show(j, f, c->tcp.answer, "RST,ACK: port %u is closed", c->server.port);
        cx_show(j, f, c->tcp.syn[0], "SYN to port %u", c->server.port);
        if (works)
            cx_show(j, f, works->connected, "port %u accepts", works->server.port);
    }
}

const cx_rule cx_rule_dns_srv_wrong_port = {
    .id = "dns-srv-wrong-port",
    .title = "The SRV record gives the wrong port",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS) | CX_BIT(CX_EV_TCP),
    .detect = detect_wrong_port,
    .evidence =
        "The connection to the port of the SRV record fails, and that port belongs to the other "
        "transport or another port of the same host accepts, one that suits the record's "
        "transport.",
    .rules_out =
        "The connection on that port completes TLS or SIP, or a capture that ends within 4 s of "
        "its SYN, or 15 s of its ClientHello.",
    .traps = "Unusual ports are legal: the number alone proves nothing.",
    .explain = "{name} sends the client to {target}, port {port}, but {how}; {elsewhere}.",
    .remedy =
        "Correct the port in the SRV record: 5061 for internal TLS, 5060 for internal TCP, 443 for "
        "external TLS, or let the server listen where the record points.",
    .source = "Common Issues with Sign-in and Discovery, DNS Configuration; KB 2566790",
    .shadows =
        (const char *const[]){"tcp-connection-refused", "tcp-connect-timeout",
                              "tcp-wrong-edge-port", "tcp-plain-port-closed", "tls-server-no-reply",
                              "tls-hello-on-plain-port", "tls-server-silent-close", NULL},
};

/* The client turned away from this target: no connection to it, or one that it closed as soon as
 * the server had named itself. */
static bool turned_away(const cx_attempt *a, cx_slice target, const cx_conn **ret_conn)
{
    *ret_conn = NULL;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (!(c->srv && cx_host_eq(c->srv->srv[c->srv_index].target, target)) &&
            !(c->host && cx_host_eq(c->host->name, target)))
            continue;
        *ret_conn = c;
        cx_verdict_on_cert v = cx_tls_verdict(c);
        if (!c->tls.server_cert || cx_conn_ended_by(c) != CX_FROM_CLIENT ||
            (v != CX_CERT_REFUSED_CLOSE && v != CX_CERT_REFUSED_AFTER))
            return false;
    }
    return true;
}

/* What the client would have done with the target is in sight: it went on to another candidate, or
 * did nothing for long enough. */
static bool passed_over(const cx_attempt *a, const cx_lookup *srv, const cx_dns_host_state *host)
{
    cx_evidence known = srv->answer;
    if (host->a && cx_evidence_after(&host->a->answer, &known))
        known = host->a->answer;
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (cx_evidence_after(&a->conns[i]->first, &known))
            return true;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (cx_role_is_guess(a->lookups[i]->role) && !cx_lookup_found(a->lookups[i]) &&
            cx_evidence_after(&a->lookups[i]->query, &known))
            return true; /* one that was found asks for a connection, which is not in sight */
    return a->decided_ns - known.ts_ns >= CX_NEXT_STEP_NS;
}

/* The client connected by another record of the same answer, of the same or a better priority: then
 * it had no reason to try this one (RFC 2782). */
static bool another_was_taken(const cx_attempt *a, const cx_lookup *l, uint32_t record)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->srv == l && c->srv_index != record &&
            l->srv[c->srv_index].priority <= l->srv[record].priority)
            return true;
    }
    return false;
}

/* The client took the target: it used TLS there, or SIP was answered. */
static bool was_taken(const cx_attempt *a, cx_slice target)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        bool there = (c->srv && cx_host_eq(c->srv->srv[c->srv_index].target, target)) ||
                     (c->host && cx_host_eq(c->host->name, target));
        if (there && (cx_conn_tls_used(c) || c->sip[CX_FROM_SERVER].frame))
            return true;
    }
    return false;
}

/* Domains that clients since Lync 2010 trust for every SIP domain (KB 2833618). */
static bool is_trusted_everywhere(cx_slice target)
{
    static const char *const domains[] = {"lync.com", "outlook.com", "microsoftonline.com"};
    for (size_t i = 0; i < sizeof domains / sizeof *domains; i++)
        if (cx_host_within(target, cx_slice_of(domains[i])))
            return true;
    return false;
}

static void naming(cx_judging *j, bool other_domain)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        for (uint32_t k = 0; k < l->n_srv; k++) {
            cx_slice target = l->srv[k].target;
            bool outside = !cx_host_within(target, l->domain);
            bool strict =
                cx_host_eq(target, l->domain) ||
                (target.len == l->domain.len + 4 && cx_slice_istarts(target, "sip.") && !outside);
            if (cx_slice_is(target, ".") || (other_domain ? !outside : outside || strict) ||
                !cx_role_is_tls(l->role))
                continue;
            const cx_conn *conn;
            bool turned = turned_away(a, target, &conn);
            if (turned && !conn && another_was_taken(a, l, k))
                continue;
            bool trusted = other_domain && is_trusted_everywhere(target);
            if (trusted && !turned)
                continue;
            bool told = j->policy->naming == CX_NAMING_MUST_BE_STRICT;
            if (!other_domain && was_taken(a, target))
                continue; /* whatever the policy is elsewhere, it is not this client's */
            cx_dns_host_state host = cx_dns_host(a, target);
            if (turned && !conn && !passed_over(a, l, &host))
                continue; /* the capture ends before the next step */
            if (!other_domain && !told && !(turned && (host.positive || l->srv[k].glue)))
                continue; /* permitted unless the policy is known to be strict */
            if (turned && !conn && !host.positive && !l->srv[k].glue &&
                (host.negative || host.error))
                continue; /* the name has no address: that is the cause */
            cx_confidence confidence = !turned || trusted ? CX_POSSIBLE
                                       : told             ? CX_PROVEN
                                       : other_domain     ? CX_LIKELY
                                                          : CX_POSSIBLE;
            cx_finding *f = cx_find(j, confidence, conn);
            f->lookup = l;
            f->server_name = target;
            f->recovered = !turned;
            bool violates = told && !other_domain; /* the policy that the person knows of */
            if (!turned)
                f->severity = violates ? CX_WARNING : CX_NOTE;
            else if (violates && a->outcome == CX_OUT_SUCCESS)
                f->severity = CX_WARNING;
            cx_find_text(j, f, "name", l->name);
            cx_find_text(j, f, "target", target);
            cx_find_text(j, f, "domain", l->domain);
            cx_find_text(j, f, "reaction",
                         cx_slice_of(!turned ? "connected to it all the same"
                                     : conn ? "closed the connection after the server's certificate"
                                            : "never connected to it"));
            cx_show(j, f, l->answer, "SRV %.*s: target %.*s", (int)l->name.len,
                    (const char *)l->name.p, (int)target.len, (const char *)target.p);
            if (host.a)
                cx_dns_show(j, f, host.a);
            if (conn && turned)
                cx_show(j, f, conn->ended, "the client closes");
        }
    }
}

static void detect_other_domain(cx_judging *j)
{
    naming(j, true);
}

static void detect_strict(cx_judging *j)
{
    if (j->policy->naming != CX_NAMING_IS_PERMISSIVE) /* which allows such a target */
        naming(j, false);
}

const cx_rule cx_rule_dns_srv_target_other_domain = {
    .id = "dns-srv-target-other-domain",
    .title = "The SRV record names a server outside the SIP domain",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_other_domain,
    .evidence = "An SRV record for a TLS service of domain D with a target that is not in D by "
                "whole labels, "
                "and the client turned away from it.",
    .rules_out =
        "Manual configuration; a target learned by redirect from a trusted server; a client that "
        "goes on to use the connection.",
    .traps = "Lync 2010 and later ask the user instead of refusing. Microsoft 365 targets "
             "(online.lync.com) are trusted by them: it is possible at most that a client turned "
             "away from one for that. evilcontoso.com is not in contoso.com.",
    .explain =
        "{name} points to {target}, which is not in {domain}; {client} {reaction}. Communicator "
        "2007 and phone editions refuse such a server, later clients ask the user.",
    .remedy =
        "Use a target inside {domain}: publish the host record sip.{domain} and point the SRV "
        "record to "
        "it (and put that name into the certificate), or add the domain to the client's trusted "
        "domains, or configure the server manually.",
    .source = "Common Issues with Sign-in and Discovery, DNS Configuration; KB 2833618; Lync Phone "
              "Edition "
              "CU7 registration issues",
    .shadows = (const char *const[]){"tls-client-silent-reject", NULL},
};

const cx_rule cx_rule_dns_strict_naming_violation = {
    .id = "dns-strict-naming-violation",
    .title = "Server name is not allowed under strict naming",
    .default_severity = CX_WARNING,
    .stops = true, /* only clients under that policy refuse it */
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_strict,
    .evidence = "A TLS SRV target in the SIP domain that is neither D nor sip.D, its address is "
                "known, and the "
                "client does not connect to it or closes right after the server's certificate.",
    .rules_out =
        "The client goes on to use the connection; a policy that is known to be permissive "
        "(--policy strict-naming=permissive).",
    .traps = "A capture cannot show the policy. Two official texts describe the value \"enabled\" "
             "in opposite "
             "ways: think in strict (only D and sip.D) and permissive (any name that ends in .D).",
    .explain =
        "{name} points to {target}; {client} {reaction}. Under strict naming "
        "(EnableStrictDNSNaming) only {domain} and sip.{domain} are allowed: consistent with that "
        "policy, verify the registry.",
    .remedy = "Rename the target to sip.{domain} (SRV record, host record and certificate), or set "
              "the policy "
              "to permissive naming.",
    .source = "Common Issues with Sign-in and Discovery, Strict Name Checking",
    .shadows = (const char *const[]){"tls-client-silent-reject", NULL},
};
