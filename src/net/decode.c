/* Decoding in batches (decode.h): walks the layers, each of which is a file beside this one. */
#include "net/decode.h"

#include "base/limits.h"
#include "net/ipfrag.h"
#include "net/transport.h"
#include "net/tunnel.h"

#include <stdlib.h>

/* Another frame of the packet that is being decoded. */
typedef struct waiting_frame {
    cx_subframe frame;
    uint64_t path;
    bool repeated;
} waiting_frame;

struct cx_decoder {
    cx_ipfrag *fragments;
    cx_paths *paths;
    cx_arena scratch; /* of tunnels that must be unpacked */
    waiting_frame waiting[CX_MAX_SUBFRAMES];
    unsigned n_waiting; /* of the packet that is being decoded */
    cx_decode_stats stats;
};

cx_decoder *cx_decoder_new(void)
{
    cx_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->fragments = cx_ipfrag_new();
    d->paths = cx_paths_new();
    d->scratch = cx_arena_init(CX_BATCH * (size_t)CX_MAX_PACKET);
    if (!d->fragments || !d->paths) {
        cx_decoder_free(d);
        return NULL;
    }
    return d;
}

void cx_decoder_free(cx_decoder *d)
{
    if (!d)
        return;
    cx_ipfrag_free(d->fragments);
    cx_paths_free(d->paths);
    cx_arena_free(&d->scratch);
    free(d);
}

static void count_unknown_link(cx_decode_stats *stats, uint16_t link, const cx_evidence *at)
{
    uint32_t i = 0;
    while (i < stats->n_unknown_links && stats->unknown_links[i].link != link)
        i++;
    if (i == sizeof stats->unknown_links / sizeof *stats->unknown_links)
        return;
    if (i == stats->n_unknown_links) {
        stats->unknown_links[i].link = link;
        stats->unknown_links[i].first = *at;
        stats->n_unknown_links++;
    }
    stats->unknown_links[i].packets++;
}

/* Puts a fragment to the others. CX_OK: ip is now the whole datagram. */
static cx_status join(cx_decoder *d, cx_ip *ip, int64_t ts_ns, cx_l4 *out)
{
    d->stats.fragments++;
    out->what = "IP fragment";
    cx_status status = cx_ipfrag_push(d->fragments, ip, ts_ns);
    if (status == CX_NEED_MORE && cx_ipfrag_lost(d->fragments) == d->stats.fragments_lost)
        out->repeated = true; /* a copy of one that is held */
    d->stats.fragments_lost = cx_ipfrag_lost(d->fragments);
    d->stats.fragments_evicted = cx_ipfrag_evicted(d->fragments);
    out->fragment = status == CX_NEED_MORE || status == CX_NO_MEMORY;
    return status;
}

/* In the pieces in which they were written: larger ones would have to wait for them. */
static void take_ends(const cx_ip *ip, cx_l4 *out)
{
    memcpy(out->src.addr, ip->src.addr, 8);
    memcpy(out->src.addr + 8, ip->src.addr + 8, 4);
    memcpy(out->src.addr + 12, ip->src.addr + 12, 4);
    memcpy(out->dst.addr, ip->dst.addr, 8);
    memcpy(out->dst.addr + 8, ip->dst.addr + 8, 4);
    memcpy(out->dst.addr + 12, ip->dst.addr + 12, 4);
    out->src.family = out->dst.family = ip->src.family;
    out->src.proto = out->dst.proto = ip->proto;
}

/* Reads the IP header at the frame's cursor; of a fragment, all headers that the datagram has once
 * it is whole. *depth counts headers of both kinds. */
static cx_status read_network(cx_decoder *d, const cx_frame *f, uint64_t path, int64_t ts_ns,
                              unsigned *depth, cx_ip *ip, cx_l4 *out)
{
    const cx_slice bytes = {f->c.p, f->c.left};
    cx_status status = cx_ip_read((uint16_t)f->layer, bytes, cx_frame_wire(f), ip, &out->what);
    while (status == CX_OK && ip->fragment) {
        if (++*depth > CX_MAX_IP_NESTING) /* a datagram may begin with a fragment header again */
            return CX_LIMIT;
        ip->path = path;
        out->src = ip->src;
        out->dst = ip->dst;
        status = join(d, ip, ts_ns, out);
        if (out->fragment)
            return CX_OK;
        const bool cut_first = status == CX_TRUNCATED && ip->frag_at == 0;
        if (status == CX_OK || cut_first)
            status = cx_ip_read_extensions(ip, &out->what);
        ip->src.proto = ip->dst.proto = ip->proto;
        if (cut_first) /* never whole, but its headers tell who talks to whom, and often more */
            break;
    }
    take_ends(ip, out);
    out->ttl = ip->ttl;
    out->ip_id = ip->id;
    return status;
}

/* Frames that stand behind the first one wait for their turn. */
static void put_aside(cx_decoder *d, const cx_frame *f, uint64_t path)
{
    for (unsigned i = 0; i < f->n_more; i++) {
        if (d->n_waiting == CX_MAX_SUBFRAMES) {
            d->stats.subframes_lost++;
            continue;
        }
        d->waiting[d->n_waiting++] = (waiting_frame){f->more[i], path, f->repeated};
    }
}

/* A port is no proof of a tunnel: is this an IP header? */
static bool is_ip_header(const cx_frame *f)
{
    static const uint8_t after6[] = {0,  4,  6,  17, 41, 43,  44,  47,
                                     50, 51, 58, 59, 60, 103, 132, 135};
    const uint8_t *p = f->c.p;
    const size_t wire = cx_frame_wire(f);
    if (f->layer == CX_ETHERTYPE_IPV6)
        return f->c.left >= 8 && p[0] >> 4 == 6 && (size_t)(p[4] << 8 | p[5]) + 40 <= wire &&
               memchr(after6, p[6], sizeof after6) != NULL;
    return f->c.left >= 10 && p[0] >> 4 == 4 && (p[0] & 0xf) >= 5 &&
           (size_t)(p[2] << 8 | p[3]) <= wire && p[9] != 0;
}

/* Goes into the tunnel: past its header and the links inside to an IP header. On failure *f is of
 * no use, but for f->what. */
static cx_status enter(cx_decoder *d, cx_tunnel_reader tunnel, const cx_ip *outer, cx_slice payload,
                       uint32_t wire, cx_frame *f, uint64_t *path)
{
    cx_tunnel t = {.scratch = &d->scratch};
    cx_frame_begin(f, CX_LAYER_UNKNOWN, payload, wire);
    cx_status status = tunnel(f, &t);
    if (f->c.err != CX_OK)
        status = f->c.err;
    if (status != CX_OK)
        return status;
    status = cx_link_strip(f);
    if (status != CX_OK)
        return status;
    if (f->layer == CX_LAYER_DATAGRAM || (outer->proto == CX_IPPROTO_UDP && !is_ip_header(f)))
        return CX_UNSUPPORTED;
    *path = cx_tunnel_path(*path, tunnel, &t, outer);
    put_aside(d, f, *path);
    return CX_OK;
}

static void number_path(cx_decoder *d, uint64_t path, cx_l4 *out)
{
    out->path = cx_paths_number(d->paths, path);
    if (out->path == CX_PATH_LOST)
        d->stats.paths_lost++;
}

/* What a fragment that is held back tells by itself: of UDP, who talks to whom, and the start. */
static void read_first_part(const cx_ip *ip, cx_l4 *out)
{
    const char *what;
    if (ip->frag_at || ip->proto != CX_IPPROTO_UDP || out->repeated)
        return;
    take_ends(ip, out);
    if (cx_transport_read(ip, out, &what) != CX_OK)
        out->payload = (cx_slice){NULL, 0};
}

/* The transport header, or, through tunnels, that of the innermost packet. f stands at an IP
 * header. */
static cx_status decode_network(cx_decoder *d, int64_t ts_ns, cx_frame *f, uint64_t path,
                                cx_l4 *out)
{
    cx_status status = CX_LIMIT;
    for (unsigned depth = 0; depth <= CX_MAX_IP_NESTING; depth++) {
        cx_ip ip;
        status = read_network(d, f, path, ts_ns, &depth, &ip, out);
        if (status == CX_LIMIT)
            break;
        if (status != CX_OK)
            return status;
        if (path)
            number_path(d, path, out);
        if (out->fragment) {
            read_first_part(&ip, out);
            return CX_OK;
        }
        cx_tunnel_reader tunnel = ip.proto == CX_IPPROTO_TCP ? NULL : cx_tunnel_of_ip(ip.proto);
        if (tunnel) {
            status = enter(d, tunnel, &ip, ip.payload, ip.wire, f, &path);
            out->repeated |= f->repeated;
            if (status != CX_OK) {
                out->what = f->what ? f->what : cx_transport_name(ip.proto);
                return status;
            }
            status = CX_LIMIT;
            continue;
        }
        status = cx_transport_read(&ip, out, &out->what);
        if (status != CX_OK || ip.proto != CX_IPPROTO_UDP)
            return status;
        tunnel = cx_tunnel_of_udp(out->src.port, out->dst.port);
        if (!tunnel || enter(d, tunnel, &ip, out->payload, out->payload_wire, f, &path) != CX_OK)
            return CX_OK; /* without a packet inside it is a datagram like others */
        out->repeated |= f->repeated;
        out->payload = (cx_slice){NULL, 0};
        out->payload_wire = 0;
        status = CX_LIMIT;
    }
    out->what = "IP nesting";
    return status;
}

/* A message that the capture holds without the headers that it had. */
static void take_datagram(const cx_frame *f, cx_l4 *out)
{
    out->src = f->src;
    out->dst = f->dst;
    out->payload = (cx_slice){f->c.p, f->c.left};
    out->payload_wire = cx_frame_wire(f);
}

static void count(cx_decode_stats *stats, const cx_frame *f, const cx_l4 *out)
{
    if (out->link_unknown)
        count_unknown_link(stats, f->link, &out->at);
    else
        stats->not_ip += out->status == CX_UNSUPPORTED && !out->src.family;
    stats->truncated += out->status == CX_TRUNCATED;
    stats->malformed += out->status == CX_MALFORMED;
    if (out->status == CX_LIMIT && !stats->too_deep++)
        stats->first_too_deep = out->at;
    if (f->encrypted && !stats->encrypted++)
        stats->first_encrypted = out->at;
}

/* The rest is for ICMP alone, and as large. In pieces: of one large one compilers make an
 * instruction that is slow to start. */
static void clear(cx_l4 *out)
{
    enum { PIECE = 64, ALL = offsetof(cx_l4, icmp) };
    _Static_assert(ALL > 2 * PIECE && ALL <= 3 * PIECE, "three pieces");
    memset(out, 0, PIECE);
    memset((char *)out + PIECE, 0, PIECE);
    memset((char *)out + 2 * PIECE, 0, ALL - 2 * PIECE);
}

static void decode_frame(cx_decoder *d, const cx_packet *p, cx_frame *f, uint64_t path, cx_l4 *out)
{
    clear(out);
    out->at = (cx_evidence){.frame = p->no, .ts_ns = p->ts_ns, .file = p->file};
    out->status = cx_link_strip(f);
    out->what = f->what;
    out->repeated = f->repeated;
    out->link_unknown = f->link_unknown;
    if (f->n_more)
        put_aside(d, f, path);
    if (out->status == CX_OK && f->layer == CX_LAYER_DATAGRAM)
        take_datagram(f, out);
    else if (out->status == CX_OK)
        out->status = decode_network(d, p->ts_ns, f, path, out);
    if (out->status == CX_OK)
        out->what = NULL;
    else
        count(&d->stats, f, out);
}

/* One packet; at most room frames of it. */
static size_t decode_packet(cx_decoder *d, const cx_packet *p, cx_l4 *out, size_t room)
{
    cx_frame f;
    d->n_waiting = 0;
    cx_frame_begin(&f, CX_LAYER_LINK(p->link), p->bytes, p->wire_len);
    decode_frame(d, p, &f, 0, out);
    size_t n = 1;
    for (unsigned i = 0; i < d->n_waiting; i++, n++) {
        const waiting_frame w = d->waiting[i];
        if (n == room) {
            d->stats.subframes_lost += d->n_waiting - i;
            break;
        }
        cx_frame_begin(&f, w.frame.layer, w.frame.bytes, w.frame.wire);
        f.repeated = w.repeated;
        decode_frame(d, p, &f, w.path, &out[n]);
    }
    return n;
}

size_t cx_decode(cx_decoder *d, const cx_packet *packets, size_t n, cx_l4 *out, size_t room)
{
    size_t made = 0;
    cx_ipfrag_release(d->fragments); /* payloads of the previous batch */
    cx_arena_reset(&d->scratch);
    for (size_t i = 0; i < n; i++)
        made += decode_packet(d, &packets[i], &out[made], room - made - (n - i - 1));
    return made;
}

const cx_decode_stats *cx_decoder_stats(const cx_decoder *d)
{
    return &d->stats;
}
