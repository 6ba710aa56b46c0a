/* The name that the client asked for, and how (signin-failures 1.1, 4.1): another domain than that
 * of the user, short names, addresses, names that only newer clients need, answers too long for
 * UDP. */
#include "base/text.h"
#include "rules/dns_state.h"
#include "rules/judging.h"
#include "rules/tls_state.h"

/* ---- dns-truncated-tcp-blocked ---- */

/* The client made do with the records that a truncated answer had (RFC 2181 9 forbids it), or may
 * still have done so when the capture ended. */
static bool part_may_be_used(const cx_attempt *a, const cx_lookup *l)
{
    if (l->state <= CX_LOOKUP_ERROR)
        return false; /* there were none */
    if (a->n_conns)
        return true;
    bool went_on = a->decided_ns - l->tcp_failed.ts_ns >= CX_NEXT_STEP_NS;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        for (uint32_t k = 0; k < l->n_srv; k++)
            if (cx_host_eq(a->lookups[i]->name, l->srv[k].target))
                return true;
        went_on |= cx_role_is_guess(a->lookups[i]->role) &&
                   cx_evidence_after(&a->lookups[i]->query, &l->tcp_failed);
    }
    return !went_on;
}

static void detect_truncated(cx_judging *j)
{
    const cx_attempt *a = j->a;
    if (cx_dns_reached_a_server(a))
        return;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!l->tcp_failed.frame || l->whole || part_may_be_used(a, l))
            continue;
        const char *type = cx_dns_type_name(l->type);
        cx_confidence confidence = l->state > CX_LOOKUP_ERROR ? CX_LIKELY : CX_PROVEN;
        cx_finding *f = cx_find(j, confidence, NULL);
        f->lookup = l;
        cx_find_text(j, f, "name", l->name);
        cx_find_text(j, f, "type", cx_slice_of(type ? type : "?"));
        cx_find_text(j, f, "resolver", cx_say_address(j, &l->resolver));
        cx_find_text(j, f, "how", cx_slice_of(l->tcp_refused ? "refused" : "not answered"));
        cx_show(j, f, l->tcp_failed, "SYN to port 53, %s",
                l->tcp_refused ? "refused" : "not answered");
        cx_show(j, f, l->answer.frame ? l->answer : l->query, "%s %.*s: truncated answer",
                type ? type : "?", (int)l->name.len, (const char *)l->name.p);
    }
}

const cx_rule cx_rule_dns_truncated_tcp_blocked = {
    .id = "dns-truncated-tcp-blocked",
    .title = "The DNS answer is too long for UDP, and TCP to the DNS server is blocked",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS) | CX_BIT(CX_EV_TCP),
    .detect = detect_truncated,
    .evidence =
        "A truncated answer (TC) without the record, or with a part that the client does not "
        "use, then a SYN to port 53 of the resolver that is refused, rejected or not "
        "answered.",
    .rules_out = "A whole answer to the same question, over TCP or from another resolver.",
    .traps = "Truncated answers that hold enough records are used by some clients.",
    .explain = "{resolver} gave {client} only a truncated answer for {type} {name}, and the "
               "question over TCP was {how}.",
    .remedy = "Let TCP port 53 pass to {resolver}, or allow larger UDP answers (EDNS) on the way.",
    .source = "RFC 1035 4.2.1; RFC 7766 5; RFC 2181 9",
    .shadows = (const char *const[]){"dns-timeout", "dns-srv-missing", "dns-discovery-exhausted",
                                     "dns-host-unresolvable", NULL},
};

/* ---- dns-wrong-domain ---- */

static bool is_own_discovery(const cx_lookup *l)
{
    return l->role <= CX_ROLE_SRV_EXTERNAL_TLS || l->role == CX_ROLE_AUTODISCOVER;
}

/* The domain of the user whose REGISTER this connection carries; absent: none was seen. */
static cx_slice domain_of_user(const cx_attempt *a, const cx_conn *c, cx_evidence *ret_at)
{
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (r->conn != c || !r->request || !r->request->u.sip.from.host.len)
            continue;
        *ret_at = r->request->at;
        return r->request->u.sip.from.host;
    }
    return (cx_slice){NULL, 0};
}

/* The person said which domain the sign-in address has, and discovery asked for another one alone.
 */
static bool asked_for_another(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_lookup *one = NULL;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!is_own_discovery(l) || !l->domain.len)
            continue;
        if (cx_host_within(l->domain, a->typed_domain) ||
            cx_host_within(a->typed_domain, l->domain))
            return false;
        one = one ? one : l;
    }
    if (!one)
        return false;
    cx_finding *f = cx_find(j, CX_PROVEN, NULL);
    f->severity = a->outcome == CX_OUT_SUCCESS ? CX_NOTE : CX_WARNING;
    f->lookup = one;
    cx_find_text(j, f, "domain", one->domain);
    cx_find_text(j, f, "user_domain", a->typed_domain);
    cx_find_text(j, f, "name", one->name);
    cx_dns_show(j, f, one);
    f->explain = "{client} looked for a server of {domain} ({name}), and for none of "
                 "{user_domain}, the domain given with --domain.";
    return true;
}

static void detect_wrong_domain(cx_judging *j)
{
    const cx_attempt *a = j->a;
    if (a->typed_domain.p && !a->domain_asked && asked_for_another(j))
        return;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        cx_evidence at;
        cx_slice user = domain_of_user(a, c, &at);
        if (!user.p || cx_host_is_address(user) || !c->srv || !is_own_discovery(c->srv) ||
            a->domain_asked)
            continue;
        cx_finding *f = cx_find(j, CX_LIKELY, c);
        f->severity = a->outcome == CX_OUT_SUCCESS ? CX_NOTE : CX_WARNING;
        f->lookup = c->srv;
        cx_find_text(j, f, "domain", c->srv->domain);
        cx_find_text(j, f, "user_domain", user);
        cx_find_text(j, f, "name", c->srv->name);
        cx_show(j, f, at, "REGISTER of a user of %.*s", (int)user.len, (const char *)user.p);
        cx_dns_show(j, f, c->srv);
        return;
    }
}

const cx_rule cx_rule_dns_wrong_domain = {
    .id = "dns-wrong-domain",
    .title = "The server was looked up in another domain than the user's",
    .default_severity = CX_WARNING,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS) | CX_BIT(CX_EV_SIP),
    .detect = detect_wrong_domain,
    .evidence = "Names of Communications Server discovery for one domain that led to the "
                "connection, and a readable REGISTER on it from a user of another domain that no "
                "name was asked for; or --domain names another domain than all that were asked.",
    .rules_out = "A name of the user's domain among those that were asked.",
    .traps = "Phone editions also ask with the domain of the mail address. Windows repeats names "
             "with its suffixes. Only a REGISTER that can be read shows the user.",
    .explain = "{client} looked for a server of {domain} ({name}) and then signed in a user of "
               "{user_domain}, a domain that it asked nothing for.",
    .remedy = "Correct the sign-in address: the domain after the @ decides where the server is "
              "looked for.",
    .source = "OCS 2007 R2 help, Communicator Phone Edition: discovery",
};

/* ---- dns-host-via-llmnr-nbns ---- */

static void detect_local_name(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if ((c->server.port != 5060 && c->server.port != 5061) || !c->host ||
            c->host->via == CX_EV_DNS)
            continue;
        cx_finding *f = cx_find(j, CX_PROVEN, c);
        f->severity = j->a->outcome == CX_OUT_SUCCESS ? CX_NOTE : CX_WARNING;
        f->lookup = c->host;
        const char *how = c->host->via == CX_EV_LLMNR ? "LLMNR" : "NetBIOS";
        cx_find_text(j, f, "name", c->host->name);
        cx_find_text(j, f, "how", cx_slice_of(how));
        cx_show(j, f, c->host->answer, "%s: %.*s is there", how, (int)c->host->name.len,
                (const char *)c->host->name.p);
        cx_show(j, f, c->first, "then the connection to port %u", c->server.port);
    }
}

const cx_rule cx_rule_dns_host_via_llmnr_nbns = {
    .id = "dns-host-via-llmnr-nbns",
    .title = "The server was found by its short name, on the local network only",
    .default_severity = CX_WARNING,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_LLMNR) | CX_BIT(CX_EV_NBNS),
    .detect = detect_local_name,
    .evidence = "A one-label name answered by LLMNR (port 5355) or NetBIOS (port 137), then a "
                "connection to port 5060 or 5061 of that address.",
    .rules_out = "An answer of DNS that holds the same address.",
    .traps = "Browsers and printers ask many short names: only what a SIP connection follows "
             "counts.",
    .explain = "{client} found {server} by {how} under the short name {name}: that works only on "
               "the same network, and a certificate carries full names.",
    .remedy = "Enter the server's full name (FQDN) instead of its NetBIOS name in Advanced "
              "Connection Settings, and publish its host record in DNS.",
    .source = "Common Issues with Sign-in and Discovery, Failures with Manual Configuration",
};

/* ---- manual-server-is-ip ---- */

/* Clients that know TLS 1.2 send the name in the ClientHello when they have one (RFC 6066 3). */
static bool came_without_name(const cx_conn *c)
{
    const cx_event *e = c->tls.client_hello;
    return e && !c->n_wanted && !e->u.tls.sslv2_format &&
           (e->u.tls.n_versions || e->u.tls.max_version >= 0x0303);
}

/* A failure by its row, where the names of the certificate are seen: tls-cert-ip-used tells that.
 * Here they are hidden, so that it is a single guess beside the refusal, and a note. */
static void detect_address(cx_judging *j)
{
    const cx_attempt *a = j->a;
    if (!a->dns_seen || a->web_only || a->configuration == CX_CONFIG_AUTOMATIC)
        return;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        cx_verdict_on_cert v = cx_tls_verdict(c);
        uint8_t alert = cx_tls_client_alert(c);
        bool about_name = alert == 42 || alert == 46; /* the others name another defect */
        bool refused = (v == CX_CERT_REFUSED_ALERT && about_name) || v == CX_CERT_REFUSED_CLOSE ||
                       (v == CX_CERT_REFUSED_AFTER && c->tls.client_refused13);
        if (c->udp || cx_tls_leaf(c) || !came_without_name(c) || !refused)
            continue;
        cx_finding *f = cx_find(j, CX_POSSIBLE, c);
        cx_find_text(j, f, "address", cx_say_address(j, &c->server));
        cx_show(j, f, c->tls.client_hello->at, "ClientHello without a server name");
        if (c->tls.alert[CX_FROM_CLIENT])
            cx_show(j, f, c->tls.alert[CX_FROM_CLIENT]->at, "the client refuses");
        cx_show(j, f, c->tls.encrypted_alert[CX_FROM_CLIENT], "encrypted alert of the client");
        cx_show(j, f, c->ended, "the client closes");
    }
}

const cx_rule cx_rule_manual_server_is_ip = {
    .id = "manual-server-is-ip",
    .title = "The server may be configured as an IP address",
    .default_severity = CX_NOTE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_DNS) | CX_BIT(CX_EV_TLS),
    .detect = detect_address,
    .evidence = "TLS to an address that no lookup of the capture gave, a ClientHello without "
                "server name from a client that could send one, a certificate that cannot be read, "
                "and the client refuses it or closes.",
    .rules_out = "Any answer that holds the address; a certificate that can be read "
                 "(tls-cert-ip-used judges that); a server name in the ClientHello.",
    .traps = "A cached lookup looks the same, and the certificate may have another fault: it is "
             "never told as the cause. Old Communicator clients never send a server name.",
    .explain = "{client} connected to {address} without asking for any name, named no server in "
               "TLS and then refused it: an IP address may have been entered as the server, which "
               "no usual certificate carries.",
    .remedy = "Enter the server's full name (FQDN) that stands in its certificate instead of the "
              "IP address in Advanced Connection Settings.",
    .source = "Common Issues with Sign-in and Discovery, Failures with Manual Configuration; RFC "
              "6066 3",
};

/* ---- autodiscover-dns-missing ---- */

static bool is_autodiscover(const cx_lookup *l)
{
    return l->role == CX_ROLE_AUTODISCOVER;
}

static void detect_autodiscover(cx_judging *j)
{
    const cx_attempt *a = j->a;
    bool inside = false, outside = false;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!is_autodiscover(l))
            continue;
        if (!cx_lookup_negative(l))
            return;
        bool internal = cx_slice_istarts(l->name, "lyncdiscoverinternal.");
        inside |= internal;
        outside |= !internal;
    }
    if (!inside || !outside)
        return;
    cx_finding *f = cx_find(j, CX_PROVEN, NULL);
    cx_find_text(j, f, "domain", a->domain);
    cx_dns_name_list(j, f, "names", is_autodiscover);
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (is_autodiscover(a->lookups[i]))
            cx_dns_show(j, f, a->lookups[i]);
}

const cx_rule cx_rule_autodiscover_dns_missing = {
    .id = "autodiscover-dns-missing",
    .title = "The names of the autodiscover service do not exist",
    .default_severity = CX_NOTE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_autodiscover,
    .evidence =
        "lyncdiscoverinternal.<domain> and lyncdiscover.<domain> were both asked, and every "
        "answer says no.",
    .rules_out = "An address or an alias of either name.",
    .traps = "Desktop clients go on with SRV records and host names. Mobile clients and the "
             "Windows Store app do not: where nothing else is asked, dns-discovery-exhausted tells "
             "the failure.",
    .explain = "{names} do not exist: mobile clients and the Windows Store app find no server for "
               "{domain}. Desktop clients use other names.",
    .remedy = "Create lyncdiscover.{domain} (outside) and lyncdiscoverinternal.{domain} (inside).",
    .source = "Determine DNS requirements for Lync Server 2013",
};
