/* The table of conversations (flow_table.h): open addressing with linear probing, slots of a hash
 * and an index, so that a rehash moves 8 bytes a flow. A batch is walked four times: keys and
 * hashes, then each line of memory is asked for before it is used. */
#include "flow/flow.h"

#include "base/cache_line.h"
#include "base/hash.h"
#include "event/cert_cache.h"
#include "flow/channel.h"

#include <stdlib.h>

#define FIRST_SLOTS 1024u               /* grown by doubling, at half load */
#define SWEEP_NS    INT64_C(1000000000) /* 1 s between looks at those that wait */

typedef struct lookup {
    cx_flow_key key;
    cx_path path;
    uint32_t hash;
    bool used, src_high; /* the sender is the second end of the key */
    bool has_print;
    uint64_t print; /* of cx_duplicate_print */
} lookup;

/* ---- keys ---- */

/* From values, not from the key in memory: it was written in small pieces a moment ago, and to read
 * them in large ones takes long. */
static uint32_t hash_of(const cx_flows *f, const uint8_t low[16], const uint8_t high[16],
                        const cx_flow_key *rest)
{
    uint64_t word[4], h = f->config.seed;
    memcpy(word, low, 16);
    memcpy(word + 2, high, 16);
    for (size_t i = 0; i < 4; i++)
        h = cx_mix(h, word[i]);
    return (uint32_t)cx_mix(h, (uint64_t)rest->port[0] << 32 | (uint64_t)rest->port[1] << 16 |
                                   (uint64_t)rest->proto << 8 | rest->family);
}

static void make_key(const cx_flows *f, const cx_endpoint *src, const cx_endpoint *dst,
                     cx_path path, lookup *ret)
{
    int order = memcmp(src->addr, dst->addr, 16);
    bool high = order ? order > 0 : src->port > dst->port;
    const cx_endpoint *low = high ? dst : src, *other = high ? src : dst;
    ret->src_high = high;
    memcpy(ret->key.addr[0], low->addr, 16);
    memcpy(ret->key.addr[1], other->addr, 16);
    ret->key.port[0] = low->port;
    ret->key.port[1] = other->port;
    ret->key.proto = src->proto;
    ret->key.family = src->family;
    ret->path = path;
    ret->hash = hash_of(f, low->addr, other->addr, &ret->key);
    ret->used = true;
}

/* Paths are no part of the key, as the two directions of a conversation may take different ones.
 * The flow between these ends whose sender's packets took this path, or NULL; *ret_kin: whether
 * there are others. */
static cx_flow *find_flow(const cx_flows *f, const lookup *l, bool *ret_kin)
{
    *ret_kin = false;
    for (uint32_t i = l->hash & f->mask; f->slots[i].flow; i = (i + 1) & f->mask) {
        if (f->slots[i].hash != l->hash)
            continue;
        cx_flow *flow = cx_flow_at(f, f->slots[i].flow - 1);
        if (memcmp(&flow->key, &l->key, sizeof l->key) != 0)
            continue;
        if (flow->path[l->src_high] == l->path)
            return flow;
        *ret_kin = true;
    }
    return NULL;
}

/* The next flow between the same ends from slot *i on, or NULL. */
static cx_flow *next_kin(const cx_flows *f, const lookup *l, uint32_t *i)
{
    while (f->slots[*i].flow) {
        const cx_slot slot = f->slots[*i];
        *i = (*i + 1) & f->mask;
        cx_flow *flow = cx_flow_at(f, slot.flow - 1);
        if (slot.hash == l->hash && memcmp(&flow->key, &l->key, sizeof l->key) == 0)
            return flow;
    }
    return NULL;
}

static uint32_t hash_of_flow(const cx_flows *f, const cx_flow *flow)
{
    return hash_of(f, flow->key.addr[0], flow->key.addr[1], &flow->key);
}

/* The slot of this flow. */
static cx_slot *slot_of(const cx_flows *f, uint32_t hash, uint32_t index)
{
    uint32_t i = hash & f->mask;
    while (f->slots[i].flow != index + 1)
        i = (i + 1) & f->mask;
    return &f->slots[i];
}

static cx_slot *free_slot(const cx_flows *f, uint32_t hash)
{
    uint32_t i = hash & f->mask;
    while (f->slots[i].flow)
        i = (i + 1) & f->mask;
    return &f->slots[i];
}

static bool grow(cx_flows *f)
{
    size_t n = (size_t)f->mask + 1;
    cx_slot *slots = calloc(n * 2, sizeof *slots);
    if (!slots)
        return false;
    uint32_t mask = (uint32_t)(n * 2 - 1);
    for (size_t k = 0; k < n; k++) {
        if (!f->slots[k].flow)
            continue;
        uint32_t i = f->slots[k].hash & mask;
        while (slots[i].flow)
            i = (i + 1) & mask;
        slots[i] = f->slots[k];
    }
    free(f->slots);
    f->slots = slots;
    f->mask = mask;
    return true;
}

/* Empties a slot and moves up those behind it that would no longer be found. */
static void remove_slot(cx_flows *f, cx_slot *slot)
{
    uint32_t hole = (uint32_t)(slot - f->slots), i = hole;
    for (;;) {
        i = (i + 1) & f->mask;
        if (!f->slots[i].flow)
            break;
        uint32_t home = f->slots[i].hash & f->mask;
        if (((i - home) & f->mask) >= ((i - hole) & f->mask)) {
            f->slots[hole] = f->slots[i];
            hole = i;
        }
    }
    f->slots[hole] = (cx_slot){0};
}

/* ---- life of a flow ---- */

static void end_flow(cx_flows *f, cx_flow *flow)
{
    cx_talk_end(f, flow);
    if (flow->tcp)
        cx_tcp_end(f, flow);
}

void cx_flow_expect_forget(const cx_flows *f, uint32_t index)
{
    __builtin_prefetch(&f->slots[hash_of_flow(f, cx_flow_at(f, index)) & f->mask], 1);
}

void cx_flow_forget(cx_flows *f, uint32_t index)
{
    cx_flow *flow = cx_flow_at(f, index);
    end_flow(f, flow);
    remove_slot(f, slot_of(f, hash_of_flow(f, flow), index));
    if (flow->tcp) {
        cx_tcp_drop(f, cx_tcp_of(f, flow));
        cx_pool_give(&f->tcps, flow->tcp - 1);
    }
    flow->id = 0;
    cx_pool_give(&f->flows, index);
    f->n_flows--;
}

/* Makes room by the clock algorithm: the hand passes over flows that were touched since its last
 * turn. The order of records is that of first packets, so it does not depend on the seed. */
static void evict(cx_flows *f, const cx_evidence *at)
{
    for (;;) {
        uint32_t index = f->hand;
        cx_flow *flow = cx_flow_at(f, index);
        f->hand = index + 1 < f->flows.used ? index + 1 : 0;
        if (!flow->id)
            continue;
        if (flow->touched) {
            flow->touched = false;
            continue;
        }
        if (!f->stats.evicted++)
            f->stats.first_evicted = *at;
        if (flow->tcp)
            f->streams_unsure = true;
        cx_flow_forget(f, index);
        return;
    }
}

static cx_flow *add_flow(cx_flows *f, const lookup *l, const cx_l4 *p)
{
    uint32_t tcp = UINT32_MAX;
    if (f->n_flows >= f->config.max_flows)
        evict(f, &p->at);
    /* without memory for a larger table this one fills up a little more, then stays */
    if (f->n_flows * 2 > f->mask && !grow(f) && f->n_flows > f->mask - f->mask / 8)
        evict(f, &p->at);
    uint32_t index = cx_pool_take(&f->flows);
    if (index == UINT32_MAX && f->n_flows) {
        evict(f, &p->at);
        index = cx_pool_take(&f->flows);
    }
    if (index == UINT32_MAX)
        return NULL;
    cx_flow *flow = cx_flow_at(f, index);
    if (l->key.proto == CX_IPPROTO_TCP) {
        tcp = cx_pool_take(&f->tcps);
        if (tcp == UINT32_MAX) {
            cx_pool_give(&f->flows, index);
            return NULL;
        }
        cx_tcp_at(f, tcp)->flow = index;
        flow->tcp = tcp + 1;
    }
    cx_slot *slot = free_slot(f, l->hash); /* only now: an eviction moves slots */
    *slot = (cx_slot){.hash = l->hash, .flow = index + 1};
    f->n_flows++;
    flow->key = l->key;
    flow->path[l->src_high] = l->path;
    flow->path[!l->src_high] = CX_PATH_UNSEEN;
    flow->client_high = l->src_high == cx_flow_src_is_client(f, &p->src, &p->dst);
    const uint8_t transport = tcp == UINT32_MAX ? CX_OVER_UDP : CX_OVER_TCP;
    flow->on_port = cx_interest_port(&f->interest, transport, p->src.port) ||
                    cx_interest_port(&f->interest, transport, p->dst.port);
    flow->id = ++f->next_id;
    f->stats.flows++;
    if (tcp == UINT32_MAX)
        f->stats.udp++;
    return flow;
}

/* ---- for the rest of the folder ---- */

bool cx_flow_src_is_client(const cx_flows *f, const cx_endpoint *src, const cx_endpoint *dst)
{
    bool from = cx_interest_service(&f->interest, src->port);
    bool to = cx_interest_service(&f->interest, dst->port);
    if (from != to)
        return to;
    if (src->port < 1024 && dst->port > src->port)
        return false;
    return true;
}

cx_endpoint cx_flow_end_of(const cx_flow *flow, uint8_t dir)
{
    size_t i = (dir == CX_FROM_CLIENT) == flow->client_high;
    cx_endpoint e = {
        .port = flow->key.port[i], .family = flow->key.family, .proto = flow->key.proto};
    memcpy(e.addr, flow->key.addr[i], 16);
    return e;
}

void cx_flow_tell(cx_flows *f, const cx_flow *flow, cx_event *e)
{
    if (flow) {
        const cx_tcp *t = cx_tcp_of(f, flow);
        e->flow = flow->id;
        e->stream = t ? t->stream : CX_NO_STREAM;
        e->late = t && t->state & CX_TCP_IS_RESET;
        e->client = cx_flow_end_of(flow, CX_FROM_CLIENT);
        e->server = cx_flow_end_of(flow, CX_FROM_SERVER);
    }
    if (f->config.sink.event)
        f->config.sink.event(f->config.sink.self, e);
}

static uint8_t dir_of(const cx_flow *flow, const lookup *l)
{
    return l->src_high == flow->client_high ? CX_FROM_CLIENT : CX_FROM_SERVER;
}

cx_flow *cx_flow_find(cx_flows *f, const cx_endpoint *src, const cx_endpoint *dst, cx_path path,
                      uint8_t *ret_dir)
{
    lookup l;
    make_key(f, src, dst, path, &l);
    cx_flow *found = NULL, *flow;
    for (uint32_t i = l.hash & f->mask; (flow = next_kin(f, &l, &i)) != NULL;)
        if (!found || flow->path[0] == path || flow->path[1] == path)
            found = flow;
    if (found)
        *ret_dir = dir_of(found, &l);
    return found;
}

/* Apart, because an event takes long to clear. */
static void __attribute__((noinline)) tell_copy(cx_flows *f, const cx_l4 *p, cx_evidence of)
{
    cx_event e = {.kind = CX_EV_DUPLICATE,
                  .stream = CX_NO_STREAM,
                  .dir = CX_FROM_CLIENT,
                  .client = p->src,
                  .server = p->dst,
                  .at = p->at,
                  .u.duplicate = {of}};
    if (!f->stats.duplicates++)
        f->stats.first_duplicate = p->at;
    cx_flow_tell(f, NULL, &e);
}

bool cx_flow_is_copy(cx_flows *f, const cx_l4 *p, uint64_t print, uint32_t hash)
{
    cx_evidence of;
    if (!cx_duplicates_check(f->duplicates, p, print, hash, &of))
        return false;
    tell_copy(f, p, of);
    return true;
}

/* ---- packets ---- */

/* A packet between ends that have a flow, but on a path that none of its packets took in this
 * direction. The other direction of a flow that was seen on one side only; a flow that took
 * another way on the way (a phone that moves, routes that change) as its sequence numbers show; or,
 * where nothing joins them, a flow of its own: NULL. */
static cx_flow *adopt(const cx_flows *f, const lookup *l, const cx_l4 *p)
{
    cx_flow *half = NULL, *joined = NULL, *last = NULL, *flow;
    unsigned n = 0;
    for (uint32_t i = l->hash & f->mask; (flow = next_kin(f, l, &i)) != NULL; n++) {
        last = flow;
        const cx_tcp *t = cx_tcp_of(f, flow);
        if (flow->path[l->src_high] == CX_PATH_UNSEEN &&
            (!half || flow->path[!l->src_high] == l->path))
            half = flow;
        else if (flow->any_path || (t && cx_tcp_continues(t, p, dir_of(flow, l))))
            joined = flow;
    }
    flow = half ? half : joined ? joined : n >= CX_MAX_SAME_ENDS ? last : NULL;
    if (flow)
        flow->path[l->src_high] = l->path;
    return flow;
}

/* The same packet on another path: what else comes there belongs to the same flow. */
static void join_paths(const cx_flows *f, const lookup *l)
{
    cx_flow *flow;
    for (uint32_t i = l->hash & f->mask; (flow = next_kin(f, l, &i)) != NULL;)
        if (l->path == CX_PATH_NONE || flow->path[l->src_high] == CX_PATH_NONE)
            flow->any_path = true;
}

/* Datagrams that nobody will read tell nothing, and their copies neither. */
static bool is_read(const cx_flows *f, const cx_flow *flow, const cx_l4 *p, uint8_t dir)
{
    return flow->tcp || flow->talk ||
           (!flow->told && (flow->on_port || flow->tries[dir] < CX_FIRST_PACKETS ||
                            cx_interest_late(&f->interest, p->payload)));
}

static void update(cx_flows *f, const lookup *l, const cx_l4 *p)
{
    bool kin;
    cx_flow *flow = find_flow(f, l, &kin);
    if ((!flow || is_read(f, flow, p, dir_of(flow, l))) &&
        cx_flow_is_copy(f, p, l->has_print ? l->print : cx_duplicate_print(p), l->hash)) {
        if (kin && !flow)
            join_paths(f, l);
        return;
    }
    if (!flow && kin)
        flow = adopt(f, l, p);
    const bool fresh = !flow;
    if (fresh)
        flow = add_flow(f, l, p);
    if (!flow)
        return;
    flow->touched = true;
    flow->idle = 0;
    uint8_t dir = dir_of(flow, l);
    if (!flow->tcp) {
        cx_talk_udp(f, flow, p, dir);
        return;
    }
    cx_tcp_before(f, flow, p, fresh, &dir);
    cx_talk_tcp(f, flow, p, dir);
    cx_tcp_after(f, flow, p, dir, fresh);
}

void cx_flow_packet(cx_flows *f, const cx_l4 *p)
{
    lookup l = {.has_print = false};
    make_key(f, &p->src, &p->dst, p->path, &l);
    update(f, &l, p);
}

/* The first fragment of a datagram that may never be whole: it is told where it answers. */
static void take_part(cx_flows *f, const cx_l4 *p)
{
    uint8_t dir;
    cx_flow *flow = cx_flow_find(f, &p->src, &p->dst, p->path, &dir);
    if (flow && dir == CX_FROM_SERVER)
        cx_talk_udp_part(f, flow, p);
}

static void tick(cx_flows *f, int64_t now_ns)
{
    if (now_ns <= f->clock_ns)
        return;
    f->clock_ns = now_ns;
    if (now_ns < f->next_sweep_ns)
        return;
    f->next_sweep_ns = now_ns > INT64_MAX - SWEEP_NS ? INT64_MAX : now_ns + SWEEP_NS;
    cx_waiting_sweep(f);
    cx_idle_sweep(f);
    cx_talk_sweep(f);
}

/* Datagrams that somebody reads, as far as ports tell: of others it takes too long to look at all
 * that they carry. */
static bool is_on_udp_port(const cx_flows *f, const cx_l4 *p)
{
    return cx_interest_port(&f->interest, CX_OVER_UDP, p->src.port) ||
           cx_interest_port(&f->interest, CX_OVER_UDP, p->dst.port);
}

static void batch(cx_flows *f, const cx_l4 *packets, size_t n)
{
    lookup l[CX_BATCH];
    uint32_t hint[CX_BATCH];
    for (size_t i = 0; i < n; i++) {
        const cx_l4 *p = &packets[i];
        l[i].used = l[i].has_print = false;
        if (p->status != CX_OK || p->fragment ||
            (p->src.proto != CX_IPPROTO_TCP && p->src.proto != CX_IPPROTO_UDP))
            continue;
        make_key(f, &p->src, &p->dst, p->path, &l[i]);
        __builtin_prefetch(&f->slots[l[i].hash & f->mask]);
        if (p->src.proto == CX_IPPROTO_TCP || is_on_udp_port(f, p)) {
            l[i].has_print = true;
            l[i].print = cx_duplicate_print(p);
            cx_duplicates_prefetch(f->duplicates, l[i].print);
        }
    }
    for (size_t i = 0; i < n;
         i++) { /* a guess at the flow: the slot may hold another of its line */
        hint[i] = 0;
        if (!l[i].used)
            continue;
        uint32_t at = l[i].hash & f->mask;
        while (f->slots[at].flow && f->slots[at].hash != l[i].hash)
            at = (at + 1) & f->mask;
        hint[i] = f->slots[at].flow;
        if (hint[i])
            __builtin_prefetch(cx_flow_at(f, hint[i] - 1), 1);
    }
    for (size_t i = 0; i < n; i++) {
        if (!hint[i])
            continue;
        const cx_flow *flow = cx_flow_at(f, hint[i] - 1);
        if (flow->tcp)
            cx_ask_for(cx_tcp_at(f, flow->tcp - 1), sizeof(cx_tcp));
    }
    for (size_t i = 0; i < n; i++) {
        tick(f, packets[i].at.ts_ns);
        if (l[i].used)
            update(f, &l[i], &packets[i]);
        else if (packets[i].status == CX_OK && !packets[i].fragment &&
                 (packets[i].src.proto == CX_IPPROTO_ICMP ||
                  packets[i].src.proto == CX_IPPROTO_ICMP6))
            cx_icmp_packet(f, &packets[i]);
        else if (packets[i].fragment && packets[i].payload.len)
            take_part(f, &packets[i]);
    }
}

void cx_flows_batch(cx_flows *f, const cx_l4 *packets, size_t n)
{
    for (size_t from = 0; from < n; from += CX_BATCH)
        batch(f, packets + from, n - from < CX_BATCH ? n - from : CX_BATCH);
}

/* ---- the whole ---- */

cx_flows *cx_flows_new(const cx_flow_config *config)
{
    cx_flows *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->config = *config;
    if (!f->config.max_flows)
        f->config.max_flows = CX_MAX_FLOWS;
    f->slots = calloc(FIRST_SLOTS, sizeof *f->slots);
    f->duplicates = cx_duplicates_new();
    f->lent = cx_channel_new_lent(f);
    if (!f->slots || !f->duplicates || !f->lent) {
        free(f->lent);
        cx_duplicates_free(f->duplicates);
        free(f->slots);
        free(f);
        return NULL;
    }
    f->mask = FIRST_SLOTS - 1;
    f->flows.size = sizeof(cx_flow);
    f->tcps.size = sizeof(cx_tcp);
    f->clock_ns = f->next_sweep_ns = f->idle.next_turn_ns = INT64_MIN;
    f->budget = CX_MAX_HELD_TOTAL;
    f->scratch = cx_arena_init(CX_MAX_ATTEMPT_BYTES);
    cx_interest_init(&f->interest, config->dissectors);
    f->certs = cx_cert_cache_new();
    return f;
}

typedef struct ending {
    uint32_t id, index;
} ending;

static int by_id(const void *a, const void *b)
{
    const ending *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Without memory for sorting the order is that of the records, which is the same as long as none
 * was used twice. Of datagrams that nobody reads there is nothing to say. */
void cx_flows_end(cx_flows *f)
{
    ending *order = f->n_flows ? malloc(f->n_flows * sizeof *order) : NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->flows.used; i++) {
        cx_flow *flow = cx_flow_at(f, i);
        if (!flow->id || (!flow->tcp && !flow->talk))
            continue;
        if (order)
            order[n++] = (ending){.id = flow->id, .index = i};
        else
            end_flow(f, flow);
    }
    if (order)
        qsort(order, n, sizeof *order, by_id);
    for (uint32_t i = 0; i < n; i++)
        end_flow(f, cx_flow_at(f, order[i].index));
    free(order);
}

const cx_flow_stats *cx_flows_stats(const cx_flows *f)
{
    return &f->stats;
}

void cx_flows_free(cx_flows *f)
{
    if (!f)
        return;
    f->config.sink.event = NULL; /* an end that nobody asked for says nothing */
    for (uint32_t i = 0; i < f->flows.used; i++) {
        cx_flow *flow = cx_flow_at(f, i);
        if (!flow->id)
            continue;
        cx_talk_end(f, flow);
        if (flow->tcp)
            cx_tcp_drop(f, cx_tcp_of(f, flow));
    }
    cx_arena_free(&f->scratch);
    cx_cert_cache_free(f->certs);
    cx_waiting_free(f);
    free(f->idle.forgotten);
    cx_pool_free(&f->flows);
    cx_pool_free(&f->tcps);
    cx_pool_free(&f->udp_talks);
    free(f->lent);
    cx_duplicates_free(f->duplicates);
    free(f->slots);
    free(f);
}
