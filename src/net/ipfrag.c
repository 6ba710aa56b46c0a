/* Fragments (ipfrag.h). A table of at most CX_MAX_FRAG_SETS datagrams, the oldest out first; each
 * has its bytes and one bit per 8 of them, because offsets come in units of 8 bytes. */
#include "net/ipfrag.h"

#include "base/hash.h"
#include "base/limits.h"

#include <stdlib.h>

#define MAX_AGE_NS (30 * INT64_C(1000000000)) /* as Linux: net.ipv4.ipfrag_time */
#define UNIT       8u                         /* bytes; RFC 791 3.1 */
#define UNITS      (CX_MAX_FRAG_BYTES / UNIT + 1)
#define BUCKETS    1024u /* a power of two */
#define PRINTS     64u   /* fragments of a datagram whose copies are known; 64 KiB in 1 KiB each */
#define COPY_NS    INT64_C(1000000000) /* 1 s; what comes later is sent again */

/* The bytes of a datagram, and the link by which they are given back. */
typedef struct datagram {
    struct datagram *next;
    uint8_t bytes[];
} datagram;

typedef enum set_state {
    SET_OPEN,
    SET_WHOLE, /* given out; stays to know copies of its fragments, which may make it whole again */
    SET_SPOILT /* RFC 5722 4: fragments that still come are dropped as well */
} set_state;

typedef struct set {
    cx_endpoint src, dst;
    uint64_t path; /* the same identification in another tunnel is another datagram */
    uint32_t id;
    uint8_t proto; /* IPv4: of all; IPv6: of the fragment at offset 0 */
    set_state state;
    int64_t ts_ns;                     /* of its first fragment */
    struct set **bucket, *bucket_next; /* its chain */
    struct set *older, *newer;
    uint32_t fragments;      /* taken, copies left out */
    uint32_t len;            /* of the datagram; 0: its last fragment is not there yet */
    uint32_t end, have;      /* highest byte that came, and how many came */
    uint32_t prints[PRINTS]; /* of fragments taken, n_prints of them */
    uint32_t n_prints;
    datagram *data;
    size_t cap;                   /* bytes allocated in data */
    uint64_t got[UNITS / 64 + 1]; /* a bit per unit */
} set;

struct cx_ipfrag {
    set *buckets[BUCKETS];
    set *oldest, *newest;
    size_t n_sets;
    datagram *given;  /* completed, not yet released */
    uint64_t lost;    /* counted when taken, taken back when the datagram is whole */
    uint64_t evicted; /* of these, given up for others */
};

cx_ipfrag *cx_ipfrag_new(void)
{
    return calloc(1, sizeof(cx_ipfrag));
}

/* Takes s out of the table and frees it. */
static void drop(cx_ipfrag *f, set *s)
{
    set **at = s->bucket;
    while (*at != s)
        at = &(*at)->bucket_next;
    *at = s->bucket_next;
    *(s->older ? &s->older->newer : &f->oldest) = s->newer;
    *(s->newer ? &s->newer->older : &f->newest) = s->older;
    f->n_sets--;
    free(s->data);
    free(s);
}

void cx_ipfrag_release(cx_ipfrag *f)
{
    while (f->given) {
        datagram *next = f->given->next;
        free(f->given);
        f->given = next;
    }
}

void cx_ipfrag_free(cx_ipfrag *f)
{
    if (!f)
        return;
    cx_ipfrag_release(f);
    while (f->oldest)
        drop(f, f->oldest);
    free(f);
}

uint64_t cx_ipfrag_lost(const cx_ipfrag *f)
{
    return f->lost;
}

uint64_t cx_ipfrag_evicted(const cx_ipfrag *f)
{
    return f->evicted;
}

static bool is_stale(const set *s, int64_t ts_ns)
{
    return ts_ns > s->ts_ns && (uint64_t)ts_ns - (uint64_t)s->ts_ns > (uint64_t)MAX_AGE_NS;
}

/* Was this fragment taken before? Captured twice it is, when it comes soon. */
static bool is_copy(const set *s, uint32_t print, int64_t ts_ns)
{
    if (ts_ns > s->ts_ns && (uint64_t)ts_ns - (uint64_t)s->ts_ns > (uint64_t)COPY_NS)
        return false;
    for (uint32_t i = 0; i < s->n_prints; i++)
        if (s->prints[i] == print)
            return true;
    return false;
}

/* The set of this fragment's datagram, a new one if need be. NULL: no memory. */
static set *find(cx_ipfrag *f, const cx_ip *ip, int64_t ts_ns)
{
    const bool v4 = ip->src.family == 4;
    /* the address of the table is random enough: colliding keys cannot be worked out beforehand */
    uint64_t h = cx_hash(ip->src.addr, 16, (uint64_t)(uintptr_t)f);
    h = cx_hash(ip->dst.addr, 16, h);
    h = cx_mix(h, ((uint64_t)ip->frag_id << 8 | (v4 ? ip->proto : 0u)) ^ ip->path);
    set **bucket = &f->buckets[h & (BUCKETS - 1)];

    while (f->oldest && is_stale(f->oldest, ts_ns))
        drop(f, f->oldest);
    for (set *s = *bucket; s; s = s->bucket_next)
        if (s->id == ip->frag_id && s->path == ip->path && s->src.family == ip->src.family &&
            (!v4 || s->proto == ip->proto) && cx_addr_eq(&s->src, &ip->src) &&
            cx_addr_eq(&s->dst, &ip->dst))
            return s;
    set *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (f->n_sets == CX_MAX_FRAG_SETS) {
        f->evicted += f->oldest->state == SET_WHOLE ? 0 : f->oldest->fragments;
        drop(f, f->oldest);
    }
    *s = (set){.src = ip->src,
               .dst = ip->dst,
               .path = ip->path,
               .id = ip->frag_id,
               .proto = ip->proto,
               .ts_ns = ts_ns,
               .bucket = bucket,
               .bucket_next = *bucket,
               .older = f->newest};
    *bucket = s;
    *(f->newest ? &f->newest->newer : &f->oldest) = s;
    f->newest = s;
    f->n_sets++;
    return s;
}

/* The identification is used again: the set starts afresh, with a new age. */
static void restart(cx_ipfrag *f, set *s, int64_t ts_ns)
{
    s->state = SET_OPEN;
    s->ts_ns = ts_ns;
    s->fragments = s->len = s->end = s->have = 0;
    memset(s->got, 0, sizeof s->got);
    if (s != f->newest) {
        *(s->older ? &s->older->newer : &f->oldest) = s->newer;
        s->newer->older = s->older;
        s->older = f->newest;
        s->newer = NULL;
        f->newest->newer = s;
        f->newest = s;
    }
}

static bool grow(set *s, size_t end)
{
    if (end <= s->cap)
        return true;
    size_t cap = s->cap ? s->cap : 2048;
    while (cap < end)
        cap *= 2;
    datagram *data = realloc(s->data, sizeof *data + cap);
    if (!data)
        return false;
    s->data = data;
    s->cap = cap;
    return true;
}

static bool has_unit(const set *s, size_t unit)
{
    return s->got[unit / 64] >> (unit % 64) & 1;
}

/* IPv6: does the fragment say anything about bytes that are there? *ret_copy: it is wholly there
 * already, byte for byte. */
static bool overlaps(const set *s, const cx_ip *ip, uint32_t end, bool *ret_copy)
{
    size_t units = 0, there = 0;
    for (size_t unit = ip->frag_at / UNIT; unit * UNIT < end; unit++, units++)
        there += has_unit(s, unit);
    *ret_copy = there == units && end <= s->end &&
                memcmp(s->data->bytes + ip->frag_at, ip->payload.p, ip->payload.len) == 0;
    return there > 0;
}

/* Copies the units that are not there yet: the first copy of a byte wins. */
static void copy_in(set *s, const cx_ip *ip, uint32_t end)
{
    for (uint32_t at = ip->frag_at; at < end; at += UNIT) {
        uint32_t n = end - at < UNIT ? end - at : UNIT;
        if (has_unit(s, at / UNIT))
            continue;
        memcpy(s->data->bytes + at, ip->payload.p + (at - ip->frag_at), n);
        s->got[at / UNIT / 64] |= UINT64_C(1) << (at / UNIT % 64);
        s->have += n;
    }
    if (end > s->end)
        s->end = end;
}

cx_status cx_ipfrag_push(cx_ipfrag *f, cx_ip *ip, int64_t ts_ns)
{
    const uint32_t end = ip->frag_at + ip->wire;
    bool copy = false;
    if (ip->wire == 0 || end > CX_MAX_FRAG_BYTES || (ip->more && ip->wire % UNIT))
        return CX_MALFORMED;
    if (ip->payload.len < ip->wire)
        return CX_TRUNCATED;
    f->lost++;
    set *s = find(f, ip, ts_ns);
    if (!s)
        return CX_NO_MEMORY;

    const uint32_t print = (uint32_t)cx_hash(ip->payload.p, ip->payload.len, ip->frag_at);
    if (s->state == SET_SPOILT)
        return CX_MALFORMED;
    const bool copied = is_copy(s, print, ts_ns);
    if (s->state == SET_WHOLE) {
        restart(f, s, ts_ns);
        if (!copied)
            s->n_prints = 0;
    }
    if (copied) { /* without it nothing is lost */
        f->lost--;
    } else {
        s->fragments++;
        if (s->n_prints < PRINTS)
            s->prints[s->n_prints++] = print;
    }
    if ((s->len && (end > s->len || (!ip->more && end != s->len))) || (!ip->more && end < s->end))
        return CX_MALFORMED; /* it goes on behind its end */
    if (ip->src.family == 6 && overlaps(s, ip, end, &copy) && !copy) {
        s->state = SET_SPOILT;
        return CX_MALFORMED;
    }
    if (!grow(s, end))
        return CX_NO_MEMORY;
    copy_in(s, ip, end);
    if (!ip->more)
        s->len = end;
    if (ip->frag_at == 0)
        s->proto = ip->proto;
    if (s->len == 0 || s->have < s->len)
        return CX_NEED_MORE;

    s->data->next = f->given;
    f->given = s->data;
    f->lost -= s->fragments;
    ip->payload = (cx_slice){s->data->bytes, s->len};
    ip->wire = ip->link_wire = s->len;
    ip->proto = ip->src.proto = ip->dst.proto = s->proto;
    ip->fragment = false;
    s->state = SET_WHOLE;
    s->data = NULL;
    s->cap = 0;
    return CX_OK;
}
