/* Discovery by DNS that finds nothing: missing names, resolvers that fail
 * (signin-failures 1.1, 2.3). */
#include "base/text.h"
#include "rules/dns_state.h"
#include "rules/judging.h"
#include "signin/conn.h"

#define FORMERR        1u                 /* RFC 1035 4.1.1 */
#define LEAST_RETRY_NS (CX_SECOND_NS / 2) /* Windows repeats a query after 1 s, glibc after 5 s */

/* ---- Names that do not exist ---- */

static bool is_srv_asked(const cx_lookup *l)
{
    return cx_role_is_srv(l->role);
}

/* Names that only clients of Communications Server ask. Others ask the names of RFC 3263 and go on
 * to the host of the domain itself when there is no SRV record. */
static bool is_communications_server_srv(const cx_lookup *l)
{
    return l->role <= CX_ROLE_SRV_EXTERNAL_TLS;
}

/* Clients ask these beside names that were asked before: they are discovery, of which the capture
 * misses the beginning. */
static bool is_inner_guess(const cx_lookup *l)
{
    return l->role == CX_ROLE_HOST_SIPINTERNAL || l->role == CX_ROLE_HOST_SIPEXTERNAL;
}

/* Where questions are out of sight, what else was asked is so too: then each of the names of
 * Communications Server must have its answer. */
static bool names_unseen(const cx_attempt *a)
{
    bool unseen = false;
    uint32_t roles = 0;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!cx_role_is_srv(l->role))
            continue;
        unseen |= l->tries == 0;
        roles |= is_communications_server_srv(l) ? CX_BIT(l->role) : 0;
    }
    const uint32_t all = CX_BIT(CX_ROLE_SRV_INTERNAL_TLS) | CX_BIT(CX_ROLE_SRV_INTERNAL) |
                         CX_BIT(CX_ROLE_SRV_EXTERNAL_TLS);
    return unseen && roles && roles != all;
}

static void detect_srv_missing(cx_judging *j)
{
    const cx_attempt *a = j->a;
    uint32_t asked = 0, own = 0, first = 0, inner = 0;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        inner += is_inner_guess(l);
        if (!cx_role_is_srv(l->role))
            continue;
        asked++;
        own += is_communications_server_srv(l);
        first += l->role == CX_ROLE_SRV_INTERNAL_TLS && cx_host_eq(l->domain, a->domain);
        if (!cx_lookup_negative(l))
            return;
    }
    if (!asked || names_unseen(a) || cx_dns_reached_a_server(a))
        return;
    if (own ? !first : inner || a->unread || !cx_dns_host(a, a->domain).negative)
        return; /* the name that decides was asked before the capture, unreadably, or not at all */
    if (cx_dns_has_next_name(a) && cx_may_go_on(a))
        return;
    bool named = cx_dns_tried_named_host(a);
    cx_finding *f = cx_find(j, named ? CX_LIKELY : CX_PROVEN, NULL);
    cx_find_text(j, f, "domain", a->domain);
    cx_dns_name_list(j, f, "names", is_srv_asked);
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (cx_role_is_srv(a->lookups[i]->role))
            cx_dns_show(j, f, a->lookups[i]);
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (!cx_role_is_srv(a->lookups[i]->role) && cx_lookup_negative(a->lookups[i]) &&
            cx_role_is_guess(a->lookups[i]->role))
            cx_dns_show(j, f, a->lookups[i]);
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
        "client's cache before the capture began. Where the capture has no questions, each of "
        "these three names must have its answer: _sipinternaltls, _sipinternal and _sip._tls.",
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

/* It has no address of this family; whether it has one of the other was asked out of sight. */
static bool has_other_family(const cx_attempt *a, const cx_lookup *l)
{
    cx_dns_host_state state = cx_dns_host(a, l->name);
    return l->state == CX_LOOKUP_NODATA && (!state.a || !state.aaaa);
}

static void detect_exhausted(cx_judging *j)
{
    const cx_attempt *a = j->a;
    uint32_t asked = 0, autodiscover = 0;
    int64_t last_ns = INT64_MIN;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (cx_role_is_srv(l->role))
            return; /* dns-srv-missing judges those */
        if (!is_host_asked(l))
            continue;
        asked++;
        autodiscover += l->role == CX_ROLE_AUTODISCOVER;
        if (!cx_lookup_negative(l) || has_other_family(a, l))
            return;
        last_ns = l->answer.ts_ns > last_ns ? l->answer.ts_ns : last_ns;
    }
    if (!asked || !autodiscover || a->n_conns || a->unread ||
        a->decided_ns - last_ns < CX_NEXT_STEP_NS)
        return;
    cx_finding *f = cx_find(j, CX_LIKELY, NULL);
    cx_find_text(j, f, "domain", a->domain);
    cx_dns_name_list(j, f, "names", is_host_asked);
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (is_host_asked(a->lookups[i]))
            cx_dns_show(j, f, a->lookups[i]);
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

/* ---- Resolvers that fail ---- */

/* A lookup that matters: a discovery name, or a host that is a target or that the attempt is for.
 */
static bool matters(const cx_attempt *a, const cx_lookup *l)
{
    return l->role != CX_ROLE_NONE && (cx_role_is_srv(l->role) || is_host_asked(l) || a->weak ||
                                       l->role == CX_ROLE_HOST_OTHER);
}

/* Resolvers answer names of one label with errors as a matter of course; the answer that counts is
 * that to the name with a suffix, in sight or not. */
static bool has_one_label(const cx_lookup *l)
{
    return l->name.len && !memchr(l->name.p, '.', l->name.len);
}

static bool is_error(const cx_lookup *l)
{
    return l->state == CX_LOOKUP_ERROR;
}

/* FORMERR of a resolver that answers other names: it does not know EDNS, and the same without EDNS,
 * or its answer, is not in the capture (RFC 6891 7). */
static bool is_about_edns(const cx_attempt *a, const cx_lookup *l)
{
    if (l->rcode != FORMERR)
        return false;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (a->lookups[i]->state > CX_LOOKUP_ERROR &&
            cx_addr_eq(&a->lookups[i]->answered_by, &l->answered_by))
            return true;
    return false;
}

static bool is_unanswered(const cx_lookup *l)
{
    return l->state == CX_LOOKUP_UNANSWERED || l->state == CX_LOOKUP_UNREACHABLE;
}

/* Some lookup failed in this way, and none that matters was answered with an address or record. */
static uint32_t failing(const cx_attempt *a, bool (*fits)(const cx_lookup *))
{
    uint32_t n = 0;
    if (cx_dns_reached_a_server(a))
        return 0;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!matters(a, l))
            continue;
        if (cx_lookup_found(l) && (cx_role_is_srv(l->role) || l->role == CX_ROLE_HOST_OTHER))
            return 0;
        n += fits(l) && !(is_error(l) && (has_one_label(l) || is_about_edns(a, l)));
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
    f->goes_on_ns = cx_dns_has_next_name(a) ? CX_NEXT_STEP_NS : 0;
    cx_dns_name_list(j, f, "names", is_error);
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (is_error(a->lookups[i])) {
            if (f->n_proofs == 0) {
                cx_find_text(j, f, "rcode", cx_slice_of(cx_dns_said(a->lookups[i])));
                cx_find_text(j, f, "resolver", cx_say_address(j, &a->lookups[i]->answered_by));
            }
            cx_dns_show(j, f, a->lookups[i]);
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
    .traps = "Windows asks several resolvers: the first good answer counts. FORMERR of a resolver "
             "that answers other names is about EDNS. Names of one label are answered with errors "
             "as a matter of course.",
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

/* A client that goes on to connect had its answer, from a cache or unseen by the capture. */
static bool connected_all_the_same(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (!a->conns[i]->host)
            return true;
    return a->n_registers > 0 || a->n_tries > 0;
}

/* It asked the same again because no answer came: not within the moment, as two programs do that
 * want the same name, or one that looks for several services there. */
static bool asked_again(const cx_lookup *l)
{
    return l->tries >= 2 && l->last_query.ts_ns - l->query.ts_ns >= LEAST_RETRY_NS;
}

/* It asked for a host that only an answer can have named: answers came that the capture lacks. */
static bool knows_an_answer(const cx_attempt *a)
{
    bool srv = false, other = false;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (cx_lookup_found(l))
            return false; /* that one is in sight */
        srv |= cx_role_is_srv(l->role);
        other |= l->role == CX_ROLE_HOST_OTHER && !cx_host_eq(l->name, a->domain);
    }
    return srv && other;
}

/* Nothing at all came back to the client, and yet it signed in somewhere, or connections show that
 * the capture has one direction: answers that came are not in it. */
static bool answers_are_unseen(const cx_attempt *a)
{
    bool answered = a->two_way_flows > 0;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        answered |= a->lookups[i]->state > CX_LOOKUP_UNREACHABLE;
    bool signs_in = (a->seen & CX_BIT(CX_EV_SIP)) != 0;
    return a->one_way_flows > a->two_way_flows || (signs_in && !answered);
}

static void detect_timeout(cx_judging *j)
{
    const cx_attempt *a = j->a;
    if (!failing(a, is_unanswered) || connected_all_the_same(a) || knows_an_answer(a))
        return;
    uint32_t tries = 0, n = 0;
    uint32_t fragments = 0;
    bool icmp = false, again = false;
    int64_t first = INT64_MAX;
    const cx_lookup *one = NULL;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!is_unanswered(l))
            continue;
        n++;
        tries += l->tries;
        again |= asked_again(l);
        icmp |= l->state == CX_LOOKUP_UNREACHABLE;
        fragments += l->fragment.frame != 0;
        if (l->query.frame && l->query.ts_ns < first)
            first = l->query.ts_ns;
        one = l;
    }
    /* Windows gives up after some 12 s, others after 5; one lost datagram is no fault, and who had
     * no answer asks the same again. */
    int64_t waited = a->decided_ns - first;
    if (!one || (!icmp && (waited < 5 * CX_SECOND_NS || !again || answers_are_unseen(a))))
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
    f->goes_on_ns = icmp ? CX_NEXT_STEP_NS : 0; /* with another resolver */
    cx_find_text(j, f, "resolver", cx_say_address(j, &one->resolver));
    cx_find_number(j, f, "tries", tries);
    cx_dns_name_list(j, f, "names", is_unanswered);
    cx_find_text(
        j, f, "how",
        cx_slice_of(icmp ? "every query was answered by ICMP port unreachable: no DNS server "
                           "runs at that address"
                    : fragments == n ? "only the first IP fragment of the answer came back"
                    : fragments      ? "at most the first IP fragment of an answer came back"
                                     : "nothing came back"));
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (is_unanswered(a->lookups[i])) {
            cx_dns_show(j, f, a->lookups[i]);
            if (!icmp)
                cx_show(j, f, a->lookups[i]->last_query, "asked again, no answer");
            cx_show(j, f, a->lookups[i]->fragment, "first IP fragment of an answer");
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
                "ICMP port unreachable. The first IP fragment of a response is none.",
    .rules_out = "A response to any retry, over UDP or TCP, from any resolver.",
    .traps = "A capture on the wrong interface, VPN split DNS, or answers in fragments that the "
             "capture filter "
             "dropped; a client that signs in, and nothing at all comes back to it: one direction.",
    .explain = "{client} asked {resolver} {tries} times for {names} and {how}.",
    .remedy = "Check the resolver address on the client, and that UDP and TCP port 53 pass to it. "
              "Where only the first fragment of an answer comes: let IP fragments pass, or limit "
              "UDP answers (EDNS) on the resolver to 1232 bytes.",
    .source = "RFC 1035 4.2.1; RFC 1123 6.1.3.3; Winsock error codes (WSATRY_AGAIN)",
    .shadows = (const char *const[]){"dns-srv-missing", "dns-discovery-exhausted", NULL},
};

/* A name without an address: it does not exist, or has none of either family. That it lacks one
 * family says nothing. */
static bool is_negative_host(const cx_attempt *a, const cx_lookup *l)
{
    if ((l->type != CX_DNS_A && l->type != CX_DNS_AAAA) || !cx_lookup_negative(l))
        return false;
    cx_dns_host_state host = cx_dns_host(a, l->name);
    bool both = host.a && host.aaaa;
    return host.negative && (both || l->state == CX_LOOKUP_NXDOMAIN);
}

/* sip.D, and D itself behind it, as pidgin-sipe does: the end of a discovery whose beginning the
 * capture misses. */
static bool ends_discovery(const cx_attempt *a)
{
    const cx_lookup *sip = NULL;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (l->role == CX_ROLE_HOST_SIP && !sip)
            sip = l;
        if (sip && l != sip && cx_host_eq(l->name, sip->domain) &&
            !cx_evidence_after(&sip->query, &l->query))
            return true;
    }
    return false;
}

static void detect_host(cx_judging *j)
{
    const cx_attempt *a = j->a;
    if (a->n_conns || a->configuration == CX_CONFIG_AUTOMATIC)
        return;
    if (a->unread || ends_discovery(a))
        return; /* it may be a guess behind the longer names of discovery */
    uint32_t n = 0;
    const cx_lookup *one = NULL;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        if (cx_lookup_found(a->lookups[i]) || is_inner_guess(a->lookups[i]))
            return;
        if (is_negative_host(a, a->lookups[i])) {
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
    cx_find_text(j, f, "rcode", cx_slice_of(cx_dns_said(one)));
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (is_negative_host(a, a->lookups[i]))
            cx_dns_show(j, f, a->lookups[i]);
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
             "are judged. sip.D and then D itself are the end of a discovery that began before the "
             "capture.",
    .explain = "{client} asked for the address of {name} and the answer was {rcode}; no connection "
               "followed.",
    .remedy = "Correct the server name in the client's connection settings, or create its host (A) "
              "record; "
              "check with: nslookup {name}",
    .source =
        "Common Issues with Sign-in and Discovery, Failures with Manual Configuration; RFC 1035; "
        "Winsock error codes (WSAHOST_NOT_FOUND)",
};
