/* Discovery by DNS: what is missing, wrong or unanswered (signin-failures 1.1, 2, 3). */
#include "base/text.h"
#include "rules/judging.h"
#include "signin/conn.h"

#define SECOND INT64_C(1000000000)

/* ---- What the lookups of an attempt came to ---- */

/* A connection got as far as a server that answered: TLS or SIP was spoken. */
static bool reached_a_server(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->tls.server_hello || c->sip[CX_FROM_SERVER].frame || c->data[CX_FROM_SERVER].frame)
            return true;
    }
    return false;
}

/* A connection to a host that discovery or the person named, the bare SIP domain left out. */
static bool tried_a_named_host(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (a->conns[i]->named_by != CX_NAMED_GUESS)
            return true;
    return false;
}

static bool tried_target(const cx_attempt *a, cx_slice target)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->host && cx_host_eq(c->host->name, target))
            return true;
        if (c->srv && cx_host_eq(c->srv->srv[c->srv_index].target, target))
            return true;
    }
    return false;
}

/* The A and AAAA lookups of a name within the attempt. */
typedef struct host_state {
    const cx_lookup *a, *aaaa;
    bool positive, negative, error; /* negative: asked, and every answer says no */
} host_state;

static host_state host_of(const cx_attempt *a, cx_slice name)
{
    host_state s = {0};
    bool open = false;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if ((l->type != CX_DNS_A && l->type != CX_DNS_AAAA) || !cx_host_eq(l->name, name))
            continue;
        *(l->type == CX_DNS_A ? &s.a : &s.aaaa) = l;
        s.positive |= l->state == CX_LOOKUP_POSITIVE;
        s.negative |= cx_lookup_negative(l);
        s.error |= l->state == CX_LOOKUP_ERROR;
        open |= l->state <= CX_LOOKUP_ERROR;
    }
    s.negative = s.negative && !s.positive && !open;
    return s;
}

static const char *said(const cx_lookup *l)
{
    switch (l->state) {
    case CX_LOOKUP_UNANSWERED:
        return "no answer";
    case CX_LOOKUP_UNREACHABLE:
        return "ICMP unreachable";
    case CX_LOOKUP_ERROR: {
        const char *name = cx_dns_rcode_name(l->rcode);
        return name ? name : "error";
    }
    case CX_LOOKUP_NXDOMAIN:
        return "NXDOMAIN";
    case CX_LOOKUP_NODATA:
        return "no such record (NODATA)";
    case CX_LOOKUP_POSITIVE:
        return "found";
    }
    return "?";
}

static void show_lookup(cx_judging *j, cx_finding *f, const cx_lookup *l)
{
    const char *type = cx_dns_type_name(l->type);
    cx_show(j, f, l->answer.frame ? l->answer : l->query, "%s %.*s: %s", type ? type : "?",
            (int)l->name.len, (const char *)l->name.p, said(l));
}

/* "a, b and c" of the names of the lookups that fit, into the finding's parameter. */
static void name_list(cx_judging *j, cx_finding *f, const char *param,
                      bool (*fits)(const cx_lookup *))
{
    cx_buf text = cx_buf_init(1024);
    bool full = false;
    for (uint32_t i = 0; i < j->a->n_lookups; i++) {
        const cx_lookup *l = j->a->lookups[i];
        bool repeated = false;
        for (uint32_t k = 0; k < i; k++)
            repeated |= fits(j->a->lookups[k]) && cx_host_eq(j->a->lookups[k]->name, l->name);
        if (!fits(l) || repeated || full)
            continue;
        full = (text.len && cx_buf_put_text(&text, ", ") != CX_OK) ||
               cx_buf_put_slice(&text, l->name) != CX_OK;
    }
    cx_find_text(j, f, param, cx_buf_slice(&text));
    cx_buf_free(&text);
}

static bool is_srv_asked(const cx_lookup *l)
{
    return cx_role_is_srv(l->role);
}

/* ---- dns-srv-missing ---- */

static void detect_srv_missing(cx_judging *j)
{
    const cx_attempt *a = j->a;
    uint32_t asked = 0;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!cx_role_is_srv(l->role))
            continue;
        asked++;
        if (!cx_lookup_negative(l))
            return;
    }
    if (!asked || reached_a_server(a))
        return;
    bool named = tried_a_named_host(a);
    cx_finding *f = cx_find(j, named ? CX_LIKELY : CX_PROVEN, NULL);
    cx_find_text(j, f, "domain", a->domain);
    name_list(j, f, "names", is_srv_asked);
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (cx_role_is_srv(a->lookups[i]->role))
            show_lookup(j, f, a->lookups[i]);
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (!cx_role_is_srv(a->lookups[i]->role) && cx_lookup_negative(a->lookups[i]) &&
            cx_role_is_guess(a->lookups[i]->role))
            show_lookup(j, f, a->lookups[i]);
}

const cx_rule cx_rule_dns_srv_missing = {
    .id = "dns-srv-missing",
    .title = "No SRV record for automatic sign-in",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_srv_missing,
    .evidence = "Every SRV name of the sign-in was answered NXDOMAIN or without a record, and no "
                "other name "
                "led to a working connection.",
    .rules_out =
        "Any other SRV name, lyncdiscover, sip., sipinternal. or sipexternal. name that led to a "
        "working connection.",
    .traps =
        "The SRV names are asked in parallel: some NXDOMAINs beside one answer are normal. Inside, "
        "_sip._tls is normally missing; outside, _sipinternaltls is. Answers may have been in the "
        "client's cache before the capture began.",
    .explain = "Automatic configuration for {domain} found no SRV record: {names} do not exist, "
               "and no other "
               "name led to a server.",
    .remedy = "Publish _sipinternaltls._tcp.{domain} for port 5061 (TLS), or "
              "_sipinternal._tcp.{domain} for "
              "port 5060 (TCP), mapped to the host record of the server; for clients outside "
              "_sip._tls.{domain} for port 443. Check with: nslookup -type=srv "
              "_sipinternaltls._tcp.{domain}",
    .source =
        "Common Issues with Sign-in and Discovery, DNS Configuration; Client DNS Queries Drilldown "
        "(2007 R2)",
    .shadows = (const char *const[]){"dns-discovery-exhausted", NULL},
};

/* ---- dns-discovery-exhausted: only names other than SRV were asked ---- */

static bool is_host_asked(const cx_lookup *l)
{
    return l->role == CX_ROLE_AUTODISCOVER || cx_role_is_guess(l->role);
}

static void detect_exhausted(cx_judging *j)
{
    const cx_attempt *a = j->a;
    uint32_t asked = 0, autodiscover = 0;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (cx_role_is_srv(l->role))
            return; /* dns-srv-missing judges those */
        if (!is_host_asked(l))
            continue;
        asked++;
        autodiscover += l->role == CX_ROLE_AUTODISCOVER;
        if (l->state != CX_LOOKUP_NXDOMAIN && l->state != CX_LOOKUP_NODATA)
            return;
    }
    if (!asked || !autodiscover || a->n_conns)
        return;
    cx_finding *f = cx_find(j, CX_LIKELY, NULL);
    cx_find_text(j, f, "domain", a->domain);
    name_list(j, f, "names", is_host_asked);
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (is_host_asked(a->lookups[i]))
            show_lookup(j, f, a->lookups[i]);
}

const cx_rule cx_rule_dns_discovery_exhausted = {
    .id = "dns-discovery-exhausted",
    .title = "Every discovery name failed",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_exhausted,
    .evidence = "All names that the client asked for discovery do not exist, and no connection to "
                "a SIP port "
                "follows.",
    .rules_out =
        "A connection to port 5060, 5061 or 443 that no DNS answer led to (manual setting, cached "
        "address).",
    .traps = "Only names that were really asked are judged; positive answers in a cache hide the "
             "question.",
    .explain =
        "None of the names that {client} asked to find a server for {domain} exists: {names}.",
    .remedy = "Create at least one set of discovery records for {domain}: SRV for desktop clients, "
              "lyncdiscover for mobile ones. Check with: nslookup -type=srv "
              "_sipinternaltls._tcp.{domain}",
    .source = "Determine DNS requirements for Lync Server 2013",
};

/* ---- SRV records that lead nowhere ---- */

static void detect_no_address(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        for (uint32_t k = 0; k < l->n_srv; k++) {
            const cx_srv_record *srv = &l->srv[k];
            if (srv->glue || cx_slice_is(srv->target, ".") || tried_target(a, srv->target))
                continue;
            host_state host = host_of(a, srv->target);
            if (!host.negative)
                continue;
            cx_finding *f = cx_find(j, host.a ? CX_PROVEN : CX_LIKELY, NULL);
            f->lookup = l;
            f->server_name = srv->target;
            cx_find_text(j, f, "name", l->name);
            cx_find_text(j, f, "target", srv->target);
            cx_find_number(j, f, "port", srv->port);
            cx_find_text(j, f, "domain", l->domain);
            cx_show(j, f, l->answer, "SRV %.*s: target %.*s, port %u", (int)l->name.len,
                    (const char *)l->name.p, (int)srv->target.len, (const char *)srv->target.p,
                    srv->port);
            if (host.a)
                show_lookup(j, f, host.a);
            if (host.aaaa)
                show_lookup(j, f, host.aaaa);
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
    .evidence = "An SRV answer with a target whose A and AAAA lookups are all negative.",
    .rules_out = "An address of the target in the additional section; a connection right after the "
                 "SRV answer "
                 "(hosts file).",
    .traps = "A missing AAAA record alone is normal in IPv4 networks. The A record may be cached.",
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
        if (l->n_srv == 0 || reached_a_server(a))
            continue;
        bool real = false;
        for (uint32_t k = 0; k < l->n_srv; k++)
            real |= !cx_slice_is(l->srv[k].target, ".");
        if (real)
            continue;
        cx_finding *f = cx_find(j, CX_PROVEN, NULL);
        f->lookup = l;
        cx_find_text(j, f, "name", l->name);
        show_lookup(j, f, l);
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

static const cx_conn *same_host_accepts(const cx_attempt *a, const cx_conn *failed)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c != failed && !c->udp && cx_addr_eq(&c->server, &failed->server) &&
            c->server.port != failed->server.port && cx_conn_opened(c) &&
            (c->tls.server_hello || c->sip[CX_FROM_SERVER].frame || c->connected.frame))
            return c;
    }
    return NULL;
}

static void detect_wrong_port(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        bool failed = c->outcome == CX_CONN_REFUSED ||
                      (c->outcome == CX_CONN_TIMEOUT && c->tcp.n_syns >= 2) ||
                      (c->tls.client_hello && !c->tls.server_hello);
        if (!c->srv || !failed)
            continue;
        const cx_conn *works = same_host_accepts(a, c);
        bool contradicts = port_contradicts(c->srv, c->server.port);
        if (!works && !contradicts)
            continue;
        cx_finding *f = cx_find(j, works ? CX_PROVEN : CX_LIKELY, c);
        f->lookup = c->srv;
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
        "transport or another SIP port of the same host accepts.",
    .rules_out = "The connection on that port completes TLS or SIP.",
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
        if (!c->tls.server_cert || cx_conn_tls_used(c) || cx_conn_ended_by(c) != CX_FROM_CLIENT ||
            c->tls.alert[CX_FROM_CLIENT])
            return false;
    }
    return true;
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
            bool told = j->policy->naming == CX_NAMING_MUST_BE_STRICT;
            host_state host = host_of(a, target);
            if (!other_domain && !told && !(turned && (host.positive || l->srv[k].glue)))
                continue; /* permitted unless the policy is known to be strict */
            if (turned && !conn && !host.positive && !l->srv[k].glue &&
                (host.negative || host.error))
                continue; /* the name has no address: that is the cause */
            cx_confidence confidence = !turned        ? CX_POSSIBLE
                                       : told         ? CX_PROVEN
                                       : other_domain ? CX_LIKELY
                                                      : CX_POSSIBLE;
            cx_finding *f = cx_find(j, confidence, conn);
            f->lookup = l;
            f->server_name = target;
            f->recovered = !turned;
            if (!turned)
                f->severity = CX_NOTE;
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
                show_lookup(j, f, host.a);
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
             "(online.lync.com) are trusted. evilcontoso.com is not in contoso.com.",
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
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_strict,
    .evidence = "A TLS SRV target in the SIP domain that is neither D nor sip.D, its address is "
                "known, and the "
                "client does not connect to it or closes right after the server's certificate.",
    .rules_out = "The client goes on to use the connection.",
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

/* ---- Resolvers that fail ---- */

/* A lookup that matters: a discovery name, or a host that is a target or that the attempt is for.
 */
static bool matters(const cx_attempt *a, const cx_lookup *l)
{
    return l->role != CX_ROLE_NONE && (cx_role_is_srv(l->role) || is_host_asked(l) || a->weak ||
                                       l->role == CX_ROLE_HOST_OTHER);
}

static bool is_error(const cx_lookup *l)
{
    return l->state == CX_LOOKUP_ERROR;
}

static bool is_unanswered(const cx_lookup *l)
{
    return l->state == CX_LOOKUP_UNANSWERED || l->state == CX_LOOKUP_UNREACHABLE;
}

/* Some lookup failed in this way, and none that matters was answered with an address or record. */
static uint32_t failing(const cx_attempt *a, bool (*fits)(const cx_lookup *))
{
    uint32_t n = 0;
    if (reached_a_server(a))
        return 0;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!matters(a, l))
            continue;
        if (l->state == CX_LOOKUP_POSITIVE &&
            (cx_role_is_srv(l->role) || l->role == CX_ROLE_HOST_OTHER))
            return 0;
        n += fits(l);
    }
    return n;
}

static void detect_server_failure(cx_judging *j)
{
    const cx_attempt *a = j->a;
    uint32_t n = failing(a, is_error);
    if (!n)
        return;
    cx_finding *f = cx_find(j, CX_PROVEN, NULL);
    f->count = n;
    name_list(j, f, "names", is_error);
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (is_error(a->lookups[i])) {
            if (f->n_proofs == 0) {
                cx_find_text(j, f, "rcode", cx_slice_of(said(a->lookups[i])));
                cx_find_text(j, f, "resolver", cx_say_address(j, &a->lookups[i]->resolver));
            }
            show_lookup(j, f, a->lookups[i]);
        }
}

const cx_rule cx_rule_dns_server_failure = {
    .id = "dns-server-failure",
    .title = "The DNS server answers with an error",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_server_failure,
    .evidence = "SERVFAIL, REFUSED, NOTIMP or FORMERR for discovery names, and no good answer from "
                "any resolver.",
    .rules_out = "Another resolver, or a later try, gave a good answer.",
    .traps = "Windows asks several resolvers: the first good answer counts. One FORMERR followed "
             "by success is "
             "EDNS fallback.",
    .explain = "The resolver {resolver} answered {rcode} for {names}: whether the records exist "
               "could not be "
               "found out.",
    .remedy = "Repair the resolver: forwarding, delegation, zone loading, DNSSEC or access lists; "
              "check with "
              "nslookup against {resolver}.",
    .source = "RFC 1035 4.1.1; Winsock error codes (WSATRY_AGAIN, WSANO_RECOVERY)",
    .shadows = (const char *const[]){"dns-srv-missing", "dns-timeout", "dns-host-unresolvable",
                                     "dns-discovery-exhausted", NULL},
};

static void detect_timeout(cx_judging *j)
{
    const cx_attempt *a = j->a;
    if (!failing(a, is_unanswered))
        return;
    uint32_t tries = 0, n = 0;
    bool icmp = false;
    int64_t first = INT64_MAX;
    const cx_lookup *one = NULL;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!is_unanswered(l))
            continue;
        n++;
        tries += l->tries;
        icmp |= l->state == CX_LOOKUP_UNREACHABLE;
        if (l->query.frame && l->query.ts_ns < first)
            first = l->query.ts_ns;
        one = l;
    }
    /* Windows gives up after some 12 s, others after 5; one lost datagram is no fault. */
    int64_t waited = a->decided_ns - first;
    if (!one || (!icmp && (waited < 5 * SECOND || tries < 2)))
        return;
    bool others_answered = false;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        others_answered |= a->lookups[i]->state > CX_LOOKUP_UNREACHABLE;
    cx_finding *f = cx_find(j,
                            icmp                                  ? CX_PROVEN
                            : others_answered || a->two_way_flows ? CX_LIKELY
                                                                  : CX_POSSIBLE,
                            NULL);
    f->count = n;
    cx_find_text(j, f, "resolver", cx_say_address(j, &one->resolver));
    cx_find_number(j, f, "tries", tries);
    name_list(j, f, "names", is_unanswered);
    cx_find_text(
        j, f, "how",
        cx_slice_of(icmp ? "every query was answered by ICMP port unreachable: no DNS server "
                           "runs at that address"
                         : "nothing came back"));
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (is_unanswered(a->lookups[i])) {
            show_lookup(j, f, a->lookups[i]);
            if (!icmp)
                cx_show(j, f, a->lookups[i]->last_query, "asked again, no answer");
        }
}

const cx_rule cx_rule_dns_timeout = {
    .id = "dns-timeout",
    .title = "No answer from the DNS server",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_timeout,
    .evidence = "Discovery queries without any response for the whole retry cycle (5 s or more), "
                "or answered by "
                "ICMP port unreachable.",
    .rules_out = "A response to any retry, over UDP or TCP, from any resolver.",
    .traps = "A capture on the wrong interface, VPN split DNS, or answers in fragments that the "
             "capture filter "
             "dropped.",
    .explain = "{client} asked {resolver} {tries} times for {names} and {how}.",
    .remedy = "Check the resolver address on the client, and that UDP and TCP port 53 pass to it.",
    .source = "RFC 1035 4.2.1; RFC 1123 6.1.3.3; Winsock error codes (WSATRY_AGAIN)",
    .shadows = (const char *const[]){"dns-srv-missing", "dns-discovery-exhausted", NULL},
};

static bool is_negative_host(const cx_lookup *l)
{
    return (l->type == CX_DNS_A || l->type == CX_DNS_AAAA) && cx_lookup_negative(l);
}

static void detect_host(cx_judging *j)
{
    const cx_attempt *a = j->a;
    if (a->n_conns || a->configuration == CX_CONFIG_AUTOMATIC)
        return;
    uint32_t n = 0;
    const cx_lookup *one = NULL;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        if (a->lookups[i]->state == CX_LOOKUP_POSITIVE)
            return;
        if (is_negative_host(a->lookups[i])) {
            n++;
            one = one ? one : a->lookups[i];
        }
    }
    if (!n)
        return;
    cx_finding *f = cx_find(j, CX_LIKELY, NULL);
    f->lookup = one;
    f->server_name = one->name;
    cx_find_text(j, f, "name", one->name);
    cx_find_text(j, f, "rcode", cx_slice_of(said(one)));
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (is_negative_host(a->lookups[i]))
            show_lookup(j, f, a->lookups[i]);
}

const cx_rule cx_rule_dns_host_unresolvable = {
    .id = "dns-host-unresolvable",
    .title = "The server name does not resolve (error 11001)",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_host,
    .evidence = "A and AAAA of the server name are negative, and no connection follows.",
    .rules_out = "Any address of the name; another candidate that connected.",
    .traps = "Only names that are known to be a sign-in server's (given with --server, or sip.D "
             "and its like) "
             "are judged.",
    .explain = "{client} asked for the address of {name} and the answer was {rcode}; no connection "
               "followed.",
    .remedy = "Correct the server name in the client's connection settings, or create its host (A) "
              "record; "
              "check with: nslookup {name}",
    .source =
        "Common Issues with Sign-in and Discovery, Failures with Manual Configuration; RFC 1035; "
        "Winsock error codes (WSAHOST_NOT_FOUND)",
};
