/* Which attempt a lookup belongs to: see correlate_parts.h. */
#include "signin/correlate_parts.h"

#include "base/limits.h"
#include "base/text.h"

/* Resolvers repeat a name with the DNS suffixes of the computer: name.D.corp.local. */
static bool is_with_suffix(cx_slice name, cx_slice domain)
{
    return domain.len && name.len > domain.len && name.p[domain.len] == '.' &&
           cx_host_eq(cx_slice_sub(name, 0, domain.len), domain);
}

/* All that the attempt knows its domain from are names that do not exist, and that are those of
 * domain with a suffix: the names themselves were asked before the capture began, or are asked
 * after them. Then it takes domain for its own. */
static bool was_about_suffix(cx_attempt *a, cx_slice domain)
{
    if (!memchr(domain.p, '.', domain.len) || !is_with_suffix(a->domain, domain) || a->n_conns)
        return false;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (cx_lookup_found(a->lookups[i]) && cx_host_within(a->lookups[i]->name, a->domain))
            return false;
    cx_slice own = cx_arena_copy(&a->arena, domain);
    if (own.p)
        a->domain = own;
    return own.p;
}

cx_attempt *cx_correlate_for_domain(const cx_client *client, cx_slice domain)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (a->ended || a->web_only || a->logon)
            continue;
        if (!a->domain.p || cx_host_eq(a->domain, domain) || is_with_suffix(domain, a->domain) ||
            was_about_suffix(a, domain))
            return a;
    }
    return NULL;
}

/* The client's answers are asked first, as most names are no targets and lookups are many. */
static bool names_a_target(const cx_client *client, const cx_attempt *a, cx_slice name,
                           uint64_t hash)
{
    if (!cx_client_may_target(client, hash))
        return false;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        for (uint32_t k = 0; k < a->lookups[i]->n_srv; k++)
            if (cx_host_eq(a->lookups[i]->srv[k].target, name))
                return true;
    return false;
}

/* The open attempt that asks this question, whose name has this hash, or NULL; makes one for
 * questions that only a sign-in asks. */
static cx_attempt *attempt_for_lookup(cx_correlator *c, cx_client *client, const cx_lookup *l,
                                      uint64_t hash, const cx_event *e)
{
    if (cx_role_is_guess(l->role)) /* sip.fabrikam.com may be where contoso.com is served */
        for (uint32_t i = client->n_open; i-- > 0;)
            if (!client->open[i]->ended && !client->open[i]->logon &&
                names_a_target(client, client->open[i], l->name, hash))
                return client->open[i];
    if (cx_role_is_discovery(l->role) || cx_role_is_guess(l->role)) {
        cx_attempt *a = cx_correlate_for_domain(client, l->domain);
        if (!a) {
            a = cx_correlate_attempt(c, client, e);
            if (a)
                a->weak = cx_role_is_guess(l->role);
        }
        if (a && cx_role_is_discovery(l->role)) {
            a->weak = false;
            a->configuration = CX_CONFIG_AUTOMATIC;
        }
        if (a && !a->domain.p)
            a->domain = cx_arena_copy(&a->arena, l->domain);
        return a;
    }
    if (l->role != CX_ROLE_HOST_OTHER)
        return NULL;
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (!a->ended && !a->logon &&
            (names_a_target(client, a, l->name, hash) ||
             (a->domain.p && (cx_host_eq(a->domain, l->name) || was_about_suffix(a, l->name))) ||
             cx_correlate_has_lookup(a, l)))
            return a;
    }
    if (!(c->hints.server.p && cx_host_eq(c->hints.server, l->name)) && !l->like_sip)
        return NULL;
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (!a->ended && !a->web_only && !a->logon &&
            (!a->domain.p || cx_host_within(l->name, a->domain)))
            return a;
    }
    cx_attempt *a = cx_correlate_attempt(c, client, e);
    if (a)
        a->weak = true;
    return a;
}

/* The remembered lookup that e continues, unless what it told already belongs to a sign-in that is
 * over: then the question is asked anew. */
static cx_lookup *remembered(const cx_client *client, const cx_event *e, uint32_t key)
{
    uint32_t place;
    cx_lookup *l = cx_client_lookup(client, key, &place);
    while (l && !cx_lookup_is(l, e))
        l = cx_client_lookup_before(client, key, &place);
    bool stale = l && e->u.dns.query && l->last_query.frame &&
                 e->at.ts_ns - l->last_query.ts_ns > CX_ATTEMPT_IDLE_NS;
    return stale ? NULL : l;
}

void cx_correlate_dns(cx_correlator *c, const cx_event *e)
{
    const cx_ev_dns *dns = &e->u.dns;
    c->dns_seen++;
    if (!dns->qname.p && dns->query && dns->opcode == 0 && cx_name_may_be_discovery(dns->head)) {
        cx_client *asker = cx_correlate_client(c, cx_event_src(e));
        if (asker)
            asker->unread = e->at;
    }
    if (!dns->qname.p || dns->opcode != 0 ||
        (dns->qtype != CX_DNS_A && dns->qtype != CX_DNS_AAAA && dns->qtype != CX_DNS_SRV))
        return;
    cx_correlate_partner(c, e);
    cx_client *client = cx_correlate_client(c, dns->query ? cx_event_src(e) : cx_event_dst(e));
    if (!client)
        return;
    client->seen |= CX_BIT(CX_EV_DNS);
    if (dns->query) {
        cx_client_asked(client, cx_event_dst(e));
        cx_client_sent(client, e->at.ts_ns);
    }
    const uint64_t hash = cx_lookup_name_hash(dns->qname);
    const uint32_t key = cx_lookup_key(e, hash);
    cx_lookup *l = remembered(client, e, key);
    if (l && dns->query && l->state >= CX_LOOKUP_NXDOMAIN) {
        /* Asked again after an answer: a new lookup only when its sign-in is over. */
        bool joined = false;
        for (uint32_t i = 0; i < client->n_open; i++)
            joined |= cx_correlate_has_lookup(client->open[i], l) && !client->open[i]->ended;
        if (!joined && cx_role_is_discovery(l->role))
            l = NULL;
    }
    if (!l) {
        l = cx_lookup_new(cx_clients_lookups(c->clients), e);
        if (!l)
            return;
        cx_clients_remember(c->clients, client, l, key, &c->stats.lookups_forgotten);
    }
    if (!cx_lookup_take(l, e))
        return;
    if (!dns->query)
        for (uint32_t i = 0; i < l->n_srv; i++)
            cx_client_add_target(client, cx_lookup_name_hash(l->srv[i].target));
    cx_attempt *a = attempt_for_lookup(c, client, l, hash, e);
    if (a) {
        cx_correlate_add_lookup(a, l);
        cx_correlate_touch(a, e);
    }
}

/* One label, and of NetBIOS names without the type of the service: "OCS1" of "OCS1<20>". */
static cx_slice label_of(cx_slice name)
{
    size_t n = 0;
    while (n < name.len && name.p[n] != '.' && name.p[n] != '<')
        n++;
    if (n < name.len && name.p[n] == '.')
        return (cx_slice){NULL, 0};
    return cx_slice_sub(name, 0, n);
}

/* Answers of NetBIOS name servers and hosts repeat no question (RFC 1002 4.2.13): the name is that
 * of the record. They come to be lookups of type A, which is what they are for. */
void cx_correlate_local_name(cx_correlator *c, const cx_event *e)
{
    cx_event name;
    cx_ev_dns *dns = &name.u.dns;
    cx_dns_rr rr[CX_LOOKUP_ADDRESSES];
    cx_event_assign(&name, e);
    if (e->kind == CX_EV_NBNS) {
        uint32_t n = 0;
        if (!dns->qname.p && dns->n_rr && !dns->query) {
            dns->qname = dns->rr[0].name;
            dns->qtype = dns->rr[0].type;
        }
        if (dns->qtype != CX_NBNS_NB || dns->opcode != 0)
            return;
        for (uint32_t i = 0; i < e->u.dns.n_rr && n < CX_LOOKUP_ADDRESSES; i++) {
            if (e->u.dns.rr[i].type != CX_NBNS_NB)
                continue;
            rr[n] = e->u.dns.rr[i];
            rr[n++].type = CX_DNS_A;
        }
        dns->rr = rr;
        dns->n_rr = n;
        dns->qtype = CX_DNS_A;
    }
    dns->qname = dns->qname.p ? label_of(dns->qname) : dns->qname;
    if (!dns->qname.len || dns->opcode != 0 ||
        (dns->qtype != CX_DNS_A && dns->qtype != CX_DNS_AAAA))
        return;
    cx_client *client = cx_correlate_client(c, dns->query ? cx_event_src(e) : cx_event_dst(e));
    if (!client)
        return;
    const uint32_t key = cx_lookup_key(&name, cx_lookup_name_hash(dns->qname));
    cx_lookup *l = remembered(client, &name, key);
    if (!l && !dns->query)
        return; /* somebody else's question, or one before the capture */
    if (!l) {
        l = cx_lookup_new(cx_clients_lookups(c->clients), &name);
        if (!l)
            return;
        cx_clients_remember(c->clients, client, l, key, &c->stats.lookups_forgotten);
    }
    client->seen |= CX_BIT(e->kind);
    (void)cx_lookup_take(l, &name);
}

void cx_correlate_dns_over_tcp(cx_correlator *c, const cx_event *e)
{
    const cx_ev_tcp *tcp = &e->u.tcp;
    bool refused = tcp->what == CX_TCP_REFUSED;
    if (e->server.port != 53 ||
        (!refused && tcp->what != CX_TCP_TIMEOUT && tcp->what != CX_TCP_UNREACHABLE))
        return;
    cx_client *client = cx_correlate_client(c, &e->client);
    for (uint32_t i = 0; client && i < CX_CLIENT_LOOKUPS; i++) {
        cx_lookup *l = client->lookup[i];
        if (l && l->truncated && !l->tcp_failed.frame && !l->whole &&
            cx_addr_eq(&l->resolver, &e->server) && l->query.ts_ns <= tcp->syn[0].ts_ns) {
            l->tcp_failed = tcp->syn[0].frame ? tcp->syn[0] : e->at;
            l->tcp_refused = refused;
        }
    }
}

/* ICMP that quotes a DNS query: nobody listens at the resolver. */
void cx_correlate_icmp(cx_correlator *c, const cx_event *e)
{
    const cx_ev_icmp *icmp = &e->u.icmp;
    if (icmp->quoted_dst.port != 53 || !icmp->quoted_src.family)
        return;
    cx_client *client = cx_correlate_client(c, &icmp->quoted_src);
    if (!client)
        return;
    for (uint32_t i = 0; i < CX_CLIENT_LOOKUPS; i++) {
        cx_lookup *l = client->lookup[i];
        if (l && l->state == CX_LOOKUP_UNANSWERED && cx_addr_eq(&l->resolver, &icmp->quoted_dst) &&
            e->at.ts_ns - l->last_query.ts_ns < CX_ATTEMPT_IDLE_NS) {
            l->state = CX_LOOKUP_UNREACHABLE;
            l->answer = e->at;
        }
    }
}
