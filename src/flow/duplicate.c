/* Copies of packets (duplicate.h): the latest packets in a table of sets of two, by a hash of what
 * their copies have in common. Time tells a copy from what a host sends again: a copy took another
 * way through the network and is late by milliseconds, a host waits longer, and gives most of its
 * packets a new identification. */
#include "flow/duplicate.h"

#include "base/cache_line.h"
#include "base/hash.h"
#include "base/limits.h"
#include "flow/offload.h"

#include <stdlib.h>

#define MS_NS     INT64_C(1000000)
#define ROUTED_NS (1000 * MS_NS) /* another hop limit and an identification: hosts change both */
#define LIKELY_NS (100 * MS_NS)  /* one of them; less than any timer of SIP, DNS or TCP */
#define SAME_NS   (1 * MS_NS)    /* neither: only what came at once */
#define SETS      (CX_MAX_RECENT / 2)

/* A packet that was seen. */
typedef struct seen {
    uint64_t print;
    int64_t ts_ns;
    uint64_t frame : 48, file : 16; /* frame 0: nothing yet */
    uint16_t flow;
    uint16_t checksum;
    cx_path path;
    uint8_t ttl;
} seen;

typedef struct set {
    seen way[2];
} set;

_Static_assert(sizeof(set) == CX_LINE, "a set is a cache line");

struct cx_duplicates {
    set *sets; /* aligned to lines, within memory */
    void *memory;
};

/* Memory from calloc costs the pages that are used, which of a small capture are few. */
cx_duplicates *cx_duplicates_new(void)
{
    cx_duplicates *d = malloc(sizeof *d);
    void *memory = d ? calloc(SETS + 1, sizeof(set)) : NULL;
    if (!memory) {
        free(d);
        return NULL;
    }
    d->memory = memory;
    d->sets = (set *)(((uintptr_t)memory + CX_LINE - 1) & ~(uintptr_t)(CX_LINE - 1));
    return d;
}

void cx_duplicates_free(cx_duplicates *d)
{
    if (d)
        free(d->memory);
    free(d);
}

/* Not seeded: which packets are forgotten first must not depend on chance. */
uint64_t cx_duplicate_print(const cx_l4 *p)
{
    uint64_t src, dst;
    memcpy(&src, p->src.addr + 8, sizeof src); /* of IPv6 the half that tells hosts apart */
    memcpy(&dst, p->dst.addr + 8, sizeof dst);
    uint64_t h = cx_mix(src, dst);
    h = cx_mix(h ^ ((uint64_t)p->src.port << 48 | (uint64_t)p->dst.port << 32 | p->payload_wire),
               p->ip_id);
    if (p->src.proto == CX_IPPROTO_TCP) {
        h = cx_mix(h, (uint64_t)p->seq << 32 | p->ack);
        return cx_mix(h, (uint64_t)p->window << 8 | p->tcp_flags);
    }
    h = cx_hash(p->payload.p, p->payload.len, h); /* of ICMP errors the packet that they quote */
    return p->src.proto == CX_IPPROTO_UDP ? h
                                          : cx_mix(h, (uint64_t)p->icmp.type << 8 | p->icmp.code);
}

void cx_duplicates_prefetch(const cx_duplicates *d, uint64_t print)
{
    __builtin_prefetch(&d->sets[print & (SETS - 1)], 1);
}

/* ---- is it one? ---- */

/* The print of TCP leaves the payload out; the checksum stands for it. */
static bool is_same_payload(const seen *s, const cx_l4 *p)
{
    return p->src.proto != CX_IPPROTO_TCP || s->checksum == p->checksum ||
           cx_is_left_to_card(p, s->checksum) || cx_is_left_to_card(p, p->checksum);
}

/* How much later a copy may come. */
static int64_t window(const seen *s, const cx_l4 *p)
{
    const uint8_t telling = CX_TCP_FLAG_SYN | CX_TCP_FLAG_FIN | CX_TCP_FLAG_RST;
    const bool identified = p->src.family == 4 && p->ip_id != 0;
    const bool routed = s->ttl != p->ttl;
    if (identified)
        return routed ? ROUTED_NS : LIKELY_NS;
    if (routed || p->repeated)
        return LIKELY_NS;
    /* acknowledgments that ask for a lost segment look alike, and come at once */
    if (p->src.proto == CX_IPPROTO_TCP && !p->payload_wire && !(p->tcp_flags & telling))
        return 0;
    return SAME_NS;
}

/* What is before a tunnel and in it may be one packet; two tunnels are two networks. */
static bool is_same_way(const seen *s, const cx_l4 *p)
{
    return s->path == p->path || s->path == CX_PATH_NONE || p->path == CX_PATH_NONE;
}

static bool is_copy(const seen *s, const cx_l4 *p, uint64_t print, uint16_t flow)
{
    if (s->print != print || s->flow != flow || s->frame == 0 || !is_same_way(s, p))
        return false;
    const int64_t a = s->ts_ns, b = p->at.ts_ns; /* files may be merged out of order */
    const uint64_t apart = a < b ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
    return apart < (uint64_t)window(s, p) && is_same_payload(s, p);
}

bool cx_duplicates_check(cx_duplicates *d, const cx_l4 *p, uint64_t print, uint32_t flow,
                         cx_evidence *ret)
{
    set *s = &d->sets[print & (SETS - 1)];
    for (size_t i = 0; i < 2; i++)
        if (is_copy(&s->way[i], p, print, (uint16_t)flow)) {
            *ret = (cx_evidence){
                .frame = s->way[i].frame, .ts_ns = s->way[i].ts_ns, .file = s->way[i].file};
            return true;
        }
    /* the older of the two goes */
    const size_t out =
        s->way[0].frame != 0 && (s->way[1].frame == 0 || s->way[1].ts_ns < s->way[0].ts_ns);
    s->way[out] = (seen){.print = print,
                         .ts_ns = p->at.ts_ns,
                         .frame = p->at.frame & 0xffffffffffff,
                         .file = p->at.file,
                         .flow = (uint16_t)flow,
                         .checksum = p->checksum,
                         .path = p->path,
                         .ttl = p->ttl};
    return false;
}
