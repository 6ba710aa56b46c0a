/* Filters (filter.h) by pcap_compile, once per link type, and pcap_offline_filter. */
#include "capture/filter.h"

#include "base/hash.h"
#include "base/limits.h"
#include "capture/link.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_LINKS 8u /* as many as cx_source_info tells */
#define REMEMBERED                                                                                 \
    1024u /* first fragments; a power of two; as many as are put together at a time */

typedef struct program {
    uint16_t link;
    bool usable; /* an expression may make no sense on one link type: nothing is wanted there */
    struct bpf_program code;
} program;

struct cx_filter {
    char *expression;
    program programs[MAX_LINKS];
    size_t n_programs;
    uint64_t wanted[REMEMBERED]; /* by hash: datagrams whose first fragment was wanted */
    uint8_t whole[4096];         /* a first fragment without its fragment header */
};

/* CX_USAGE: why. */
static cx_status compile(cx_filter *f, uint16_t link, char why[256])
{
    program *p = &f->programs[f->n_programs];
    pcap_t *dead = pcap_open_dead(link, (int)CX_MAX_PACKET);
    if (!dead)
        return CX_NO_MEMORY;
    p->link = link;
    p->usable = pcap_compile(dead, &p->code, f->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!p->usable)
        snprintf(why, 256, "%s", pcap_geterr(dead));
    pcap_close(dead);
    f->n_programs++;
    return p->usable ? CX_OK : CX_USAGE;
}

cx_status cx_filter_new(const char *expression, uint16_t link, cx_filter **ret, char why[256])
{
    cx_filter *f = calloc(1, sizeof *f);
    if (!f)
        return CX_NO_MEMORY;
    f->expression = malloc(strlen(expression) + 1);
    if (!f->expression) {
        free(f);
        return CX_NO_MEMORY;
    }
    memcpy(f->expression, expression, strlen(expression) + 1);
    cx_status status = compile(f, link, why);
    if (status != CX_OK) {
        cx_filter_free(f);
        return status;
    }
    *ret = f;
    return CX_OK;
}

static program *program_of(cx_filter *f, uint16_t link)
{
    char why[256];
    for (size_t i = 0; i < f->n_programs; i++)
        if (f->programs[i].link == link)
            return &f->programs[i];
    if (f->n_programs == MAX_LINKS || compile(f, link, why) == CX_NO_MEMORY)
        return NULL;
    return &f->programs[f->n_programs - 1];
}

/* A fragment, as far as filters are concerned. */
typedef struct fragment {
    uint64_t datagram; /* that it belongs to, never 0; 0: it is none */
    bool first;        /* offset 0 */
    size_t ip6;        /* IPv6: offset of the header in the packet; 0: IPv4 */
    size_t payload;    /* ... of what follows the fragment header */
    uint8_t next;      /* ... what that is */
} fragment;

static fragment fragment_of(const cx_packet *p)
{
    cx_frame frame;
    uint16_t offset_flags;
    fragment f = {0};
    cx_frame_begin(&frame, CX_LAYER_LINK(p->link), p->bytes, p->wire_len);
    if (cx_link_strip(&frame) != CX_OK || frame.layer == CX_LAYER_DATAGRAM)
        return f;
    cx_cursor c = frame.c;
    if (frame.layer == CX_ETHERTYPE_IPV4) {
        const uint8_t *h = cx_take(&c, 20);
        offset_flags = h ? (uint16_t)(h[6] << 8 | h[7]) : 0;
        if ((offset_flags & 0x3fff) == 0) /* RFC 791 3.1 */
            return f;
        f.first = (offset_flags & 0x1fff) == 0;
        f.datagram = cx_hash(h + 12, 8, (uint64_t)h[4] << 16 | (uint64_t)h[5] << 8 | h[9]) | 1;
        return f;
    }
    const uint8_t *h = cx_take(&c, 40);
    uint8_t next = h ? h[6] : 59;
    /* RFC 8200 4.1: what may stand before the fragment header */
    while (c.err == CX_OK && (next == 0 || next == 43 || next == 60)) {
        next = cx_u8(&c);
        (void)cx_take(&c, (size_t)cx_u8(&c) * 8 + 6);
    }
    const uint8_t *header = next == 44 ? cx_take(&c, 8) : NULL;
    if (!header)
        return f;
    offset_flags = (uint16_t)(header[2] << 8 | header[3]);
    f.first = (offset_flags & 0xfff8) == 0;
    f.ip6 = (size_t)(h - p->bytes.p);
    f.payload = (size_t)(c.p - p->bytes.p);
    f.next = header[0];
    f.datagram = cx_hash(header + 4, 4, cx_hash(h + 8, 32, 6)) | 1;
    return f;
}

/* pcap-filter does not look behind the fragment header of IPv6: is the packet wanted as it would be
 * without it, and without what stands before that? */
static bool wanted_whole(cx_filter *f, const struct bpf_program *code, const cx_packet *p,
                         const fragment *part)
{
    uint8_t *to = f->whole;
    const size_t front = part->ip6 + 40, left_out = part->payload - front;
    cx_slice rest = cx_slice_sub(p->bytes, part->payload, sizeof f->whole - 256);
    if (front > 256)
        return false; /* no link header is that long */
    memcpy(to, p->bytes.p, front);
    to[part->ip6 + 6] = part->next;
    if (rest.len)
        memcpy(to + front, rest.p, rest.len);
    struct pcap_pkthdr header = {.caplen = (bpf_u_int32)(front + rest.len),
                                 .len = (bpf_u_int32)(p->wire_len - left_out)};
    if (header.len < header.caplen)
        header.len = header.caplen;
    return pcap_offline_filter(code, &header, to) != 0;
}

bool cx_filter_wants(cx_filter *f, const cx_packet *p)
{
    struct pcap_pkthdr header = {.caplen = (bpf_u_int32)p->bytes.len, .len = p->wire_len};
    program *code = program_of(f, p->link);
    if (!code || !code->usable)
        return false;
    bool wanted = pcap_offline_filter(&code->code, &header, p->bytes.p) != 0;
    const fragment part = fragment_of(p);
    if (part.datagram == 0)
        return wanted;
    uint64_t *slot = &f->wanted[part.datagram >> 8 & (REMEMBERED - 1)];
    if (part.first) {
        if (!wanted && part.payload)
            wanted = wanted_whole(f, &code->code, p, &part);
        if (wanted)
            *slot = part.datagram;
        else if (*slot == part.datagram)
            *slot = 0; /* the identification came into use again */
        return wanted;
    }
    return wanted || *slot == part.datagram;
}

void cx_filter_free(cx_filter *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->n_programs; i++)
        if (f->programs[i].usable)
            pcap_freecode(&f->programs[i].code);
    free(f->expression);
    free(f);
}
