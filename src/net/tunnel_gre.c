/* GRE (RFC 2784, RFC 2890, routing of RFC 1701), as PPTP (RFC 2637), WCCP, ERSPAN, NVGRE (RFC
 * 7637), EoIP of MikroTik, Aruba's access points and CDMA2000 (3GPP2 A.S0008) use it. */
#include "net/tunnel.h"

#include <pcap/dlt.h>

enum {
    FLAG_CHECKSUM = 0x8000,
    FLAG_ROUTING = 0x4000,
    FLAG_KEY = 0x2000,
    FLAG_SEQUENCE = 0x1000,
    FLAG_ACK = 0x0080, /* version 1 */
    VERSION_MASK = 7,
    PROTO_EOIP = 0x6400,
};

/* ---- ERSPAN (draft-foschiano-erspan) ---- */

static cx_status read_erspan_2(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 8);
    if (h && h[0] >> 4 != 1)
        return CX_UNSUPPORTED;
    f->layer = CX_LAYER_LINK(DLT_EN10MB);
    return CX_OK;
}

static cx_status read_erspan_3(cx_frame *f)
{
    enum { FRAME_ETHERNET = 0, FRAME_IP = 2 };
    const uint8_t *h = cx_take(&f->c, 12);
    if (!h || h[0] >> 4 != 2)
        return CX_UNSUPPORTED;
    if (h[11] & 1) /* a subheader of the platform */
        (void)cx_take(&f->c, 8);
    const unsigned type = h[10] >> 2 & 0x1f;
    if (type != FRAME_ETHERNET && type != FRAME_IP)
        return CX_UNSUPPORTED;
    f->layer = type == FRAME_IP ? CX_LAYER_IP : CX_LAYER_LINK(DLT_EN10MB);
    return CX_OK;
}

/* ---- PPP in HDLC-like framing (RFC 1662 4) ---- */

/* A stream of frames between flags, in pieces as they came: frames that are whole here are taken.
 * Octet stuffing is undone in memory of the batch. */
static cx_status read_hdlc_stream(cx_frame *f, cx_tunnel *t)
{
    enum { FLAG = 0x7e, ESCAPE = 0x7d, FLIP = 0x20, FCS = 2, LEAST = 4 };
    const uint8_t *p = f->c.p;
    const size_t n = f->c.left;
    uint8_t *plain = cx_arena_take(t->scratch, n ? n : 1);
    cx_subframe first = {.layer = CX_LAYER_UNKNOWN};
    uint8_t n_more = 0;
    if (!plain)
        return CX_UNSUPPORTED;
    bool open = n && p[0] != FLAG; /* some leave the first flag out */
    size_t len = 0, from = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] != FLAG) {
            if (!open)
                continue;
            const bool escaped = p[i] == ESCAPE;
            if (escaped && ++i == n)
                break;
            plain[len++] = escaped ? (uint8_t)(p[i] ^ FLIP) : p[i];
            continue;
        }
        if (open && len - from >= LEAST) {
            const cx_subframe frame = {{plain + from, len - from - FCS},
                                       (uint32_t)(len - from - FCS),
                                       CX_LAYER_LINK(DLT_PPP)};
            if (!first.bytes.p)
                first = frame;
            else if (n_more < CX_MAX_SUBFRAMES)
                f->more[n_more++] = frame;
        }
        open = true;
        from = len;
    }
    if (!first.bytes.p)
        return CX_UNSUPPORTED;
    cx_frame_begin(f, first.layer, first.bytes, first.wire);
    f->n_more = n_more;
    return CX_OK;
}

/* ---- GRE ---- */

static cx_status read_wccp(cx_frame *f) /* version 2 puts 4 bytes before the packet */
{
    if (f->c.left && f->c.p[0] >> 4 != 4)
        (void)cx_be32(&f->c);
    f->layer = CX_ETHERTYPE_IPV4;
    return CX_OK;
}

static cx_status read_payload(cx_frame *f, cx_tunnel *t, uint16_t protocol, bool has_sequence)
{
    static const struct {
        uint16_t protocol;
        uint32_t layer;
    } carried[] = {
        {CX_ETHERTYPE_IPV4, CX_ETHERTYPE_IPV4},
        {CX_ETHERTYPE_IPV6, CX_ETHERTYPE_IPV6},
        {0x6558, CX_LAYER_LINK(DLT_EN10MB)}, /* transparent Ethernet bridging */
        {PROTO_EOIP, CX_LAYER_LINK(DLT_EN10MB)},
        {0x6559, CX_LAYER_LINK(DLT_FRELAY)},
        {0x880b, CX_LAYER_LINK(DLT_PPP)},
        {0x8847, 0x8847}, /* MPLS */
        {0x8848, 0x8848},
        {0x894f, 0x894f}, /* NSH */
    };
    for (size_t i = 0; i < sizeof carried / sizeof *carried; i++)
        if (carried[i].protocol == protocol) {
            f->layer = carried[i].layer;
            return CX_OK;
        }
    if (protocol >= 0x8200 && protocol <= 0x8370 && (protocol & 0xf) == 0) { /* Aruba */
        f->layer = CX_LAYER_LINK(DLT_IEEE802_11);
        return CX_OK;
    }
    switch (protocol) {
    case 0x88be:
        t->mirror = true;
        if (has_sequence)
            return read_erspan_2(f);
        f->layer = CX_LAYER_LINK(DLT_EN10MB); /* type I has no header */
        return CX_OK;
    case 0x22eb:
        t->mirror = true;
        return read_erspan_3(f);
    case 0x883e:
        return read_wccp(f);
    case 0x8881:
        t->id = 0; /* the key is that of one direction */
        return read_hdlc_stream(f, t);
    default:
        return CX_UNSUPPORTED;
    }
}

cx_status cx_tunnel_gre(cx_frame *f, cx_tunnel *t)
{
    cx_cursor *c = &f->c;
    const uint16_t flags = cx_be16(c);
    const uint16_t protocol = cx_be16(c);
    const unsigned version = flags & VERSION_MASK;
    if (version > 1)
        return CX_UNSUPPORTED;
    if (flags & (FLAG_CHECKSUM | FLAG_ROUTING))
        (void)cx_be32(c); /* checksum, offset */
    if (version == 1 && flags & FLAG_KEY) {
        const uint16_t len = cx_be16(c);
        const uint16_t call = cx_be16(c); /* of PPTP: of one direction only */
        if (protocol == PROTO_EOIP)
            t->id = call;
        /* of the payload, behind what may still come of the header */
        const size_t rest = protocol == PROTO_EOIP
                                ? 0
                                : (flags & FLAG_SEQUENCE ? 4u : 0u) + (flags & FLAG_ACK ? 4u : 0u);
        cx_frame_limit(f, len + rest);
    } else if (flags & FLAG_KEY) {
        t->id = cx_be32(c);
    }
    if (flags & FLAG_SEQUENCE)
        (void)cx_be32(c);
    if (version == 1 && flags & FLAG_ACK)
        (void)cx_be32(c);
    while (flags & FLAG_ROUTING && c->err == CX_OK) { /* RFC 1701: ends with an empty entry */
        const uint32_t entry = cx_be32(c);
        if (entry == 0)
            break;
        (void)cx_take(c, entry & 0xff);
    }
    return c->err == CX_OK ? read_payload(f, t, protocol, flags & FLAG_SEQUENCE) : c->err;
}
