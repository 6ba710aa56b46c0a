/* L2TP: version 2 (RFC 2661) carries PPP; version 3 (RFC 3931) what its control connection agreed
 * on, over UDP or IP. */
#include "net/tunnel.h"

#include <pcap/dlt.h>

enum {
    FLAG_CONTROL = 0x8000,
    FLAG_LENGTH = 0x4000,
    FLAG_SEQUENCE = 0x0800,
    FLAG_OFFSET = 0x0200,
    VERSION_MASK = 0x000f,
};

/* ---- version 3 ---- */

/* Is this an IPv4 header with a sound checksum, or an IPv6 header whose length fits exactly? */
static bool is_ip(const uint8_t *p, size_t left, size_t wire)
{
    if (left >= 20 && p[0] >> 4 == 4) {
        const size_t len = (p[0] & 0xfu) * 4;
        uint32_t sum = 0;
        if (len < 20 || len > left || (size_t)(p[2] << 8 | p[3]) > wire)
            return false;
        for (size_t i = 0; i < len; i += 2)
            sum += (uint32_t)(p[i] << 8 | p[i + 1]);
        sum = (sum & 0xffff) + (sum >> 16);
        return ((sum & 0xffff) + (sum >> 16)) == 0xffff;
    }
    return left >= 40 && p[0] >> 4 == 6 && (size_t)(p[4] << 8 | p[5]) + 40 == wire;
}

/* What the data message carries, how long its cookie is and whether a sublayer of 4 bytes follows
 * is known to both ends only. The one reading that gives a sound IP header is taken. */
static cx_status read_session(cx_frame *f)
{
    const uint8_t *p = f->c.p;
    const size_t left = f->c.left, wire = cx_frame_wire(f);
    for (size_t skip = 0; skip <= 12 && skip < left; skip += 4) { /* cookie 0, 4, 8; sublayer */
        const uint8_t *at = p + skip;
        size_t header = SIZE_MAX;
        if (left - skip >= 14) {
            header = 12;
            if (left - skip >= 18 && at[12] == 0x81 && at[13] == 0x00)
                header = 16;
            const unsigned type = (unsigned)(at[header] << 8 | at[header + 1]);
            header += 2;
            if ((type == CX_ETHERTYPE_IPV4 || type == CX_ETHERTYPE_IPV6) &&
                is_ip(at + header, left - skip - header, wire - skip - header)) {
                (void)cx_take(&f->c, skip);
                f->layer = CX_LAYER_LINK(DLT_EN10MB);
                return CX_OK;
            }
        }
        const bool ppp = left - skip > 4 && memcmp(at, "\xff\3\0", 3) == 0;
        if (ppp && is_ip(at + 4, left - skip - 4, wire - skip - 4)) {
            (void)cx_take(&f->c, skip);
            f->layer = CX_LAYER_LINK(DLT_PPP);
            return CX_OK;
        }
        if (is_ip(at, left - skip, wire - skip)) {
            (void)cx_take(&f->c, skip);
            f->layer = CX_LAYER_IP;
            return CX_OK;
        }
    }
    return CX_UNSUPPORTED;
}

cx_status cx_tunnel_l2tp_ip(cx_frame *f, cx_tunnel *t)
{
    (void)t; /* a session has a number in each direction */
    if (cx_be32(&f->c) == 0 && f->c.err == CX_OK)
        return CX_UNSUPPORTED; /* control */
    return read_session(f);
}

/* ---- over UDP ---- */

cx_status cx_tunnel_l2tp_udp(cx_frame *f, cx_tunnel *t)
{
    (void)t;
    cx_cursor *c = &f->c;
    const uint16_t flags = cx_be16(c);
    const unsigned version = flags & VERSION_MASK;
    if (c->err != CX_OK || flags & FLAG_CONTROL || (version != 2 && version != 3))
        return CX_UNSUPPORTED;
    if (version == 3) {
        (void)cx_be16(c);
        (void)cx_be32(c);
        return read_session(f);
    }
    if (flags & FLAG_LENGTH) {
        const size_t len = cx_be16(c);
        if (len < 4)
            return CX_UNSUPPORTED;
        cx_frame_limit(f, len - 4);
    }
    (void)cx_be32(c); /* tunnel, session */
    if (flags & FLAG_SEQUENCE)
        (void)cx_be32(c);
    if (flags & FLAG_OFFSET)
        (void)cx_take(c, cx_be16(c));
    f->layer = CX_LAYER_LINK(DLT_PPP);
    return CX_OK;
}
