/* Link layers: from the first byte of a packet to its network header. Used by the decoder, for
 * packets and for what tunnels carry, and, for the fragments that a filter cannot see through,
 * here. */
#pragma once

#include "base/cursor.h"
#include "event/endpoint.h"

enum { CX_ETHERTYPE_IPV4 = 0x0800, CX_ETHERTYPE_IPV6 = 0x86dd };

/* What stands at the next byte of a packet, in 32 bits: an ethertype, a link type, or something
 * that has no number of its own. A link type is a DLT_ value of libpcap. */
#define CX_LAYER_LINK(dlt) (UINT32_C(0x10000) | (uint32_t)(dlt))
#define CX_LAYER_IP        UINT32_C(0x20000) /* the version in the first nibble tells which */
#define CX_LAYER_DATAGRAM  UINT32_C(0x20001) /* of UDP, without headers: see src, dst */
#define CX_LAYER_UNKNOWN   UINT32_C(0x20002) /* nothing that leads to IP */

#define CX_MAX_SUBFRAMES 8u /* frames that are carried behind the first one in one packet */

/* A frame that stands behind another one in the same packet. */
typedef struct cx_subframe {
    cx_slice bytes;
    uint32_t wire, layer;
} cx_subframe;

/* A packet on its way down to the network header. Zero but for what cx_frame_begin sets. */
typedef struct cx_frame {
    cx_cursor c;          /* stands at the next header; no more is left than wire says */
    const uint8_t *start; /* where wire counts from */
    uint32_t wire;        /* bytes on the wire from start on */
    uint32_t layer;       /* what stands at c */
    const char *what;     /* what is or could not be read, static */
    uint16_t link;        /* link_unknown: its number */
    bool link_unknown;    /* a link type that is not decoded */
    bool encrypted;       /* by the link: nothing more can be read */
    bool repeated;        /* the link says that it sends this once more (802.11 Retry) */
    uint8_t n_more;
    cx_subframe more[CX_MAX_SUBFRAMES]; /* n_more of them; further ones are left out */
    cx_endpoint src, dst;               /* CX_LAYER_DATAGRAM */
} cx_frame;

/* Sets all but more, src and dst. */
void cx_frame_begin(cx_frame *f, uint32_t layer, cx_slice bytes, uint32_t wire);

/* Bytes that were on the wire from c on. */
static inline uint32_t cx_frame_wire(const cx_frame *f)
{
    return f->wire - (uint32_t)(f->c.p - f->start);
}

/* What follows ends n bytes behind c: padding, trailers and checksums are no part of it. */
void cx_frame_limit(cx_frame *f, size_t n);

/* Moves f->c to the network header. CX_OK: f->layer is the ethertype of IPv4 or IPv6, or
 * CX_LAYER_DATAGRAM. Otherwise f->what says in static text what is there or what could not be read:
 * CX_TRUNCATED or CX_MALFORMED: cut inside a header; CX_LIMIT: more than CX_MAX_LINK_HEADERS;
 * CX_UNSUPPORTED: another protocol than IP, or (f->link_unknown) a link type that is not decoded.
 */
CX_USE cx_status cx_link_strip(cx_frame *f);
