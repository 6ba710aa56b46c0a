/* Lookups: see lookup.h. Text is copied, since a lookup outlives the packets of its answer. */
#include "signin/lookup.h"

#include "base/cache_line.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"

#include <stdlib.h>

#define MAX_SRV 16u /* records kept; published zones have at most a handful per name */

/* Copies s to *at, with a NUL behind it, and moves *at on. */
static cx_slice put_text(uint8_t **at, cx_slice s)
{
    uint8_t *p = *at;
    if (s.len)
        memcpy(p, s.p, s.len);
    p[s.len] = 0;
    *at += s.len + 1;
    return (cx_slice){p, s.len};
}

cx_lookup *cx_lookup_new(cx_pool *all, const cx_event *e)
{
    const cx_slice name = cx_host_bare(e->u.dns.qname);
    if (!name.p)
        return NULL;
    uint8_t *text = name.len < CX_LOOKUP_NAME ? NULL : malloc(name.len + 1);
    const uint32_t index = text || name.len < CX_LOOKUP_NAME ? cx_pool_take(all) : UINT32_MAX;
    if (index == UINT32_MAX) {
        free(text);
        return NULL;
    }
    cx_lookup *l = cx_pool_at(all, index);
    text = text ? text : l->room;
    l->refs = 1;
    l->index = index;
    l->pool = all;
    l->type = e->u.dns.qtype;
    l->name = put_text(&text, name);
    l->via = e->kind;
    l->role = CX_ROLE_HOST_OTHER; /* names of the local link tell no domain */
    if (l->via == CX_EV_DNS)
        l->role = cx_name_role_of(l->name, l->type, &l->domain);
    l->like_sip = cx_name_looks_like_sip(l->name);
    return l;
}

uint64_t cx_lookup_name_hash(cx_slice name)
{
    return cx_hash_folded(cx_host_bare(name), 0);
}

uint32_t cx_lookup_key(const cx_event *e, uint64_t name)
{
    return (uint32_t)cx_mix(name, (uint64_t)e->kind << 16 | e->u.dns.qtype);
}

bool cx_lookup_is(const cx_lookup *l, const cx_event *e)
{
    return l->via == e->kind && l->type == e->u.dns.qtype && cx_host_eq(l->name, e->u.dns.qname);
}

static void free_addresses(cx_lookup *l)
{
    if (l->address != &l->only)
        free(l->address);
}

/* What it owns, though a slice says const. */
static void free_texts(cx_lookup *l)
{
    free(l->srv);
    free_addresses(l);
    free((void *)(uintptr_t)l->alias.p);
    if (l->name.p != l->room)
        free((void *)(uintptr_t)l->name.p);
}

void cx_lookup_drop(cx_lookup *l)
{
    if (!l || --l->refs)
        return;
    free_texts(l);
    cx_pool_give(l->pool, l->index);
}

cx_pool cx_lookups_new(void)
{
    /* whole lines of the cache, so that what is used together lies in one */
    return (cx_pool){.size = (sizeof(cx_lookup) + CX_LINE - 1) / CX_LINE * CX_LINE};
}

void cx_lookups_free(cx_pool *all)
{
    for (uint32_t i = 0; i < all->used; i++) {
        cx_lookup *l = cx_pool_at(all, i);
        if (l->refs)
            free_texts(l);
    }
    cx_pool_free(all);
}

bool cx_lookup_gives(const cx_lookup *l, const cx_endpoint *a)
{
    for (uint32_t i = 0; i < l->n_addresses; i++)
        if (cx_addr_eq(&l->address[i], a))
            return true;
    return false;
}

/* Insertion sort keeps the message order of equal priorities, as clients do that take the first. */
static void sort_srv(cx_srv_record *srv, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i; k > 0 && srv[k].priority < srv[k - 1].priority; k--) {
            cx_srv_record swap = srv[k];
            srv[k] = srv[k - 1];
            srv[k - 1] = swap;
        }
}

static bool has_glue(const cx_ev_dns *dns, cx_slice target)
{
    for (uint32_t i = 0; i < dns->n_rr; i++)
        if (dns->rr[i].section == CX_DNS_ADDITIONAL && dns->rr[i].address.family &&
            cx_host_eq(dns->rr[i].name, target))
            return true;
    return false;
}

static bool is_srv(const cx_dns_rr *rr)
{
    return rr->section == CX_DNS_ANSWER && rr->type == CX_DNS_SRV;
}

/* As it is kept: the root says that the service is not offered. */
static cx_slice target_of(const cx_dns_rr *rr)
{
    const bool none = cx_slice_is(rr->target, ".") || rr->target.len == 0;
    return none ? cx_slice_of(".") : cx_host_bare(rr->target);
}

/* One block: the records, and behind them the texts of their targets. */
static bool take_srv(cx_lookup *l, const cx_ev_dns *dns)
{
    uint32_t n = 0;
    size_t text = 0;
    for (uint32_t i = 0; i < dns->n_rr && n < MAX_SRV; i++)
        if (is_srv(&dns->rr[i])) {
            n++;
            text += target_of(&dns->rr[i]).len + 1;
        }
    cx_srv_record *srv = calloc(1, n * sizeof *srv + text);
    if (!srv)
        return false;
    uint8_t *behind = (uint8_t *)(srv + n);
    for (uint32_t i = 0, k = 0; k < n; i++) {
        const cx_dns_rr *rr = &dns->rr[i];
        if (is_srv(rr))
            srv[k++] = (cx_srv_record){.priority = rr->priority,
                                       .weight = rr->weight,
                                       .port = rr->port,
                                       .glue = has_glue(dns, rr->target),
                                       .target = put_text(&behind, target_of(rr))};
    }
    sort_srv(srv, n);
    free(l->srv);
    l->srv = srv;
    l->n_srv = n;
    return true;
}

static void take_alias(cx_lookup *l, cx_slice name)
{
    uint8_t *text = name.p ? malloc(name.len + 1) : NULL;
    if (text)
        l->alias = put_text(&text, name);
}

static bool is_address(const cx_lookup *l, const cx_dns_rr *rr)
{
    return rr->section == CX_DNS_ANSWER && rr->type == l->type && rr->address.family;
}

static bool take_addresses(cx_lookup *l, const cx_ev_dns *dns)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < dns->n_rr; i++)
        n += is_address(l, &dns->rr[i]);
    n = n < CX_LOOKUP_ADDRESSES ? n : CX_LOOKUP_ADDRESSES;
    cx_endpoint *address = n > 1 ? calloc(n, sizeof *address) : &l->only;
    if (!address)
        return false;
    free_addresses(l);
    l->address = address;
    l->n_addresses = 0;
    for (uint32_t i = 0; i < dns->n_rr && l->n_addresses < n; i++)
        if (is_address(l, &dns->rr[i]))
            l->address[l->n_addresses++] = dns->rr[i].address;
    return true;
}

/* Not all records of the answer section can be read, or too many were promised. */
static bool is_part(const cx_ev_dns *dns)
{
    uint32_t read = 0;
    for (uint32_t i = 0; i < dns->n_rr; i++)
        read += dns->rr[i].section == CX_DNS_ANSWER;
    return read < dns->n_answers;
}

static cx_lookup_state state_of(const cx_ev_dns *dns, uint16_t type)
{
    if (dns->rcode == 3)
        return CX_LOOKUP_NXDOMAIN;
    if (dns->rcode != 0)
        return CX_LOOKUP_ERROR;
    for (uint32_t i = 0; i < dns->n_rr; i++)
        if (dns->rr[i].section == CX_DNS_ANSWER && dns->rr[i].type == type)
            return CX_LOOKUP_POSITIVE;
    /* A truncated answer that lost its records says nothing about them; one that the capture cuts
     * as well has some. */
    if (is_part(dns))
        return CX_LOOKUP_UNREADABLE;
    return dns->truncated ? CX_LOOKUP_UNANSWERED : CX_LOOKUP_NODATA;
}

static bool has_target(const cx_lookup *l, cx_slice target)
{
    for (uint32_t i = 0; i < l->n_srv; i++)
        if (cx_host_eq(l->srv[i].target, target.len ? target : cx_slice_of(".")))
            return true;
    return false;
}

/* A second good answer that names none of the servers or addresses of the first. Lists that are
 * full, and answers that were cut, may share what was left out. */
static bool contradicts(const cx_lookup *l, const cx_ev_dns *dns)
{
    uint32_t n = 0;
    if (dns->truncated || l->truncated || is_part(dns) || l->part ||
        l->n_addresses == CX_LOOKUP_ADDRESSES || l->n_srv == MAX_SRV)
        return false;
    for (uint32_t i = 0; i < dns->n_rr; i++) {
        const cx_dns_rr *rr = &dns->rr[i];
        if (rr->section != CX_DNS_ANSWER || rr->type != l->type)
            continue;
        n++;
        if (l->type == CX_DNS_SRV ? has_target(l, rr->target)
                                  : !rr->address.family || cx_lookup_gives(l, &rr->address))
            return false;
    }
    return n > 0;
}

static bool take_answer(cx_lookup *l, const cx_event *e)
{
    const cx_ev_dns *dns = &e->u.dns;
    cx_lookup_state state = state_of(dns, l->type);
    if (state == CX_LOOKUP_POSITIVE && l->state == CX_LOOKUP_POSITIVE && !l->conflict.frame &&
        contradicts(l, dns)) {
        l->conflict = e->at;
        l->conflict_by = *cx_event_src(e);
    }
    l->truncated |= dns->truncated;
    l->whole |= !dns->truncated && state > CX_LOOKUP_ERROR;
    if (state < l->state || (state == l->state && l->answer.frame && state != CX_LOOKUP_POSITIVE))
        return true;
    if (l->type == CX_DNS_SRV && state == CX_LOOKUP_POSITIVE) {
        if (l->state == CX_LOOKUP_POSITIVE)
            return true; /* the first good answer counts */
        if (!take_srv(l, dns))
            return false;
    }
    if (l->type == CX_DNS_A || l->type == CX_DNS_AAAA) {
        if (l->state == CX_LOOKUP_POSITIVE)
            return true;
        if (!take_addresses(l, dns))
            return false;
        for (uint32_t i = 0; i < dns->n_rr && !l->alias.p; i++)
            if (dns->rr[i].section == CX_DNS_ANSWER && dns->rr[i].type == CX_DNS_CNAME)
                take_alias(l, dns->rr[i].target);
    }
    l->state = state;
    l->cut = dns->cut;
    l->part = is_part(dns);
    l->rcode = dns->rcode;
    l->answer = e->at;
    l->answered_by = *cx_event_src(e);
    return true;
}

bool cx_lookup_take(cx_lookup *l, const cx_event *e)
{
    if (!e->u.dns.query) {
        if (!l->query.frame)
            l->query = e->at; /* only the answer was captured */
        if (e->u.dns.in_part && !l->fragment.frame)
            l->fragment = e->at;
        return e->u.dns.in_part || take_answer(l, e);
    }
    if (l->tries++ == 0)
        l->query = e->at;
    l->last_query = e->at;
    l->resolver = *cx_event_dst(e);
    return true;
}
