/* Decoding in batches (decode.h): walks the layers, each of which is a file beside this one. */
#include "net/decode.h"

#include "base/limits.h"
#include "net/ipfrag.h"
#include "net/transport.h"

#include <stdlib.h>

struct cx_decoder {
    cx_ipfrag *fragments;
    cx_decode_stats stats;
};

cx_decoder *cx_decoder_new(void)
{
    cx_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->fragments = cx_ipfrag_new();
    if (!d->fragments) {
        free(d);
        return NULL;
    }
    return d;
}

void cx_decoder_free(cx_decoder *d)
{
    if (!d)
        return;
    cx_ipfrag_free(d->fragments);
    free(d);
}

static void count_unknown_link(cx_decode_stats *stats, const cx_packet *p)
{
    uint32_t i = 0;
    while (i < stats->n_unknown_links && stats->unknown_links[i].link != p->link)
        i++;
    if (i == sizeof stats->unknown_links / sizeof *stats->unknown_links)
        return;
    if (i == stats->n_unknown_links) {
        stats->unknown_links[i].link = p->link;
        stats->unknown_links[i].first =
            (cx_evidence){.frame = p->no, .ts_ns = p->ts_ns, .file = p->file};
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
    d->stats.fragments_lost = cx_ipfrag_lost(d->fragments);
    out->fragment = status == CX_NEED_MORE || status == CX_NO_MEMORY;
    return status;
}

/* From the network header at the start of bytes on. Where a payload is a packet again (tunnels),
 * this is the place to go round once more, at most CX_MAX_IP_NESTING times. */
static cx_status decode_network(cx_decoder *d, const cx_packet *p, uint16_t ethertype,
                                cx_slice bytes, uint32_t wire, cx_l4 *out)
{
    cx_ip ip;
    cx_status status = cx_ip_read(ethertype, bytes, wire, &ip, &out->what);
    for (unsigned depth = 0; status == CX_OK && ip.fragment; depth++) {
        if (depth == CX_MAX_IP_NESTING) { /* a datagram may begin with a fragment header again */
            out->what = "IP nesting";
            status = CX_MALFORMED;
            break;
        }
        out->src = ip.src;
        out->dst = ip.dst;
        status = join(d, &ip, p->ts_ns, out);
        if (out->fragment)
            return CX_OK;
        const bool cut_first = status == CX_TRUNCATED && ip.frag_at == 0;
        if (status == CX_OK || cut_first)
            status = cx_ip_read_extensions(&ip, &out->what);
        if (cut_first) /* never whole, but its headers tell who talks to whom, and often more */
            break;
    }
    ip.src.proto = ip.dst.proto = ip.proto;
    out->src = ip.src;
    out->dst = ip.dst;
    out->ttl = ip.ttl;
    out->ip_id = ip.id;
    if (status != CX_OK)
        return status;
    return cx_transport_read(&ip, out, &out->what);
}

static void decode_one(cx_decoder *d, const cx_packet *p, cx_l4 *out)
{
    uint16_t ethertype = 0;
    uint32_t wire = p->wire_len;
    memset(out, 0, offsetof(cx_l4, icmp)); /* the rest is for ICMP alone, and as large */
    out->at = (cx_evidence){.frame = p->no, .ts_ns = p->ts_ns, .file = p->file};
    cx_cursor c =
        cx_cursor_over(p->bytes, p->bytes.len < p->wire_len ? CX_TRUNCATED : CX_MALFORMED);
    out->status = cx_link_strip(p->link, &c, &wire, &ethertype, &out->what, &out->link_unknown);
    if (out->link_unknown)
        count_unknown_link(&d->stats, p);
    else if (out->status == CX_UNSUPPORTED)
        d->stats.not_ip++;
    if (out->status == CX_OK)
        out->status = decode_network(d, p, ethertype, (cx_slice){c.p, c.left}, wire, out);
    if (out->status == CX_OK)
        out->what = NULL;
    d->stats.truncated += out->status == CX_TRUNCATED;
    d->stats.malformed += out->status == CX_MALFORMED;
}

void cx_decode(cx_decoder *d, const cx_packet *packets, size_t n, cx_l4 *out)
{
    cx_ipfrag_release(d->fragments); /* payloads of the previous batch */
    for (size_t i = 0; i < n; i++)
        decode_one(d, &packets[i], &out[i]);
}

const cx_decode_stats *cx_decoder_stats(const cx_decoder *d)
{
    return &d->stats;
}
