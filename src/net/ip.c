/* IP headers (ip.h): RFC 791 3.1, RFC 8200 3 and 4, AH of RFC 4302 2, jumbograms of RFC 2675.
 * Header checksums are not looked at. */
#include "net/ip.h"

enum {
    NEXT_HOP_BY_HOP = 0,
    NEXT_ROUTING = 43,
    NEXT_FRAGMENT = 44,
    NEXT_AH = 51,
    NEXT_NONE = 59,
    NEXT_OPTIONS = 60,
    NEXT_MOBILITY = 135,
    NEXT_HIP = 139,
    NEXT_SHIM6 = 140,
};

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

/* Whose fault a short read is: the header promised more than there is, or less than is needed. */
static cx_status fault(const cx_ip *ip)
{
    return ip->payload.len < ip->wire ? CX_TRUNCATED : CX_MALFORMED;
}

/* Takes n bytes of header off the payload. */
static const uint8_t *take(cx_ip *ip, size_t n)
{
    if (n > ip->payload.len)
        return NULL;
    const uint8_t *at = ip->payload.p;
    ip->payload = cx_slice_sub(ip->payload, n, ip->payload.len - n);
    ip->wire -= (uint32_t)n;
    ip->link_wire -= (uint32_t)n;
    return at;
}

cx_status cx_ip_read_extensions(cx_ip *ip, const char **ret_what)
{
    const bool v6 = ip->src.family == 6;
    for (;;) { /* each turn takes at least 8 bytes */
        const uint8_t *h = ip->payload.p;
        size_t len;
        switch (ip->proto) {
        case NEXT_HOP_BY_HOP:
        case NEXT_ROUTING:
        case NEXT_OPTIONS:
        case NEXT_MOBILITY:
        case NEXT_HIP:
        case NEXT_SHIM6:
            if (!v6)
                return CX_OK;
            *ret_what = "IPv6 extension header";
            if (ip->payload.len < 2)
                return fault(ip);
            len = ((size_t)h[1] + 1) * 8;
            break;
        case NEXT_AH:
            *ret_what = "IP authentication header";
            if (ip->payload.len < 2)
                return fault(ip);
            len = ((size_t)h[1] + 2) * 4; /* RFC 4302 2.2: in 32-bit words, minus 2 */
            break;
        case NEXT_FRAGMENT:
            if (!v6)
                return CX_OK;
            *ret_what = "IPv6 fragment header";
            h = take(ip, 8);
            if (!h)
                return fault(ip);
            ip->proto = h[0];
            ip->frag_at = (uint32_t)(h[2] << 8 | h[3]) & 0xfff8;
            ip->more = h[3] & 1;
            ip->frag_id = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
            ip->fragment = ip->more || ip->frag_at; /* neither: an atomic one, RFC 6946 */
            if (ip->fragment)
                return CX_OK;
            continue;
        default:
            return CX_OK;
        }
        h = take(ip, len);
        if (!h)
            return fault(ip);
        ip->proto = h[0];
    }
}

static cx_status read_v4(cx_slice bytes, uint32_t wire, cx_ip *ret, const char **ret_what)
{
    cx_cursor c = cx_cursor_over(bytes, bytes.len < wire ? CX_TRUNCATED : CX_MALFORMED);
    const uint8_t *h = cx_take(&c, 20);
    *ret_what = "IPv4 header";
    if (!h)
        return c.err;
    const uint32_t header_len = (h[0] & 0xfu) * 4;
    uint32_t total = (uint32_t)h[2] << 8 | h[3];
    if (h[0] >> 4 != 4 || header_len < 20)
        return CX_MALFORMED;
    memcpy(ret->src.addr, mapped_prefix, sizeof mapped_prefix);
    memcpy(ret->src.addr + 12, h + 12, 4);
    memcpy(ret->dst.addr, mapped_prefix, sizeof mapped_prefix);
    memcpy(ret->dst.addr + 12, h + 16, 4);
    ret->src.family = ret->dst.family = 4;
    ret->ttl = h[8];
    ret->proto = h[9];
    ret->id = (uint16_t)(h[4] << 8 | h[5]);
    ret->frag_id = ret->id;
    ret->frag_at = ((uint32_t)(h[6] << 8 | h[7]) & 0x1fff) * 8;
    ret->more = h[6] & 0x20;
    ret->fragment = ret->more || ret->frag_at;
    if (total == 0) { /* segmentation offload leaves it to the network card */
        total = wire;
    } else if (total < header_len) {
        *ret_what = "IPv4 total length";
        return CX_MALFORMED;
    }
    (void)cx_take(&c, header_len - 20);
    if (c.err != CX_OK)
        return c.err;
    ret->wire = total < header_len ? 0 : total - header_len;
    ret->link_wire = wire - (uint32_t)(c.p - bytes.p);
    ret->payload = (cx_slice){c.p, c.left < ret->wire ? c.left : ret->wire};
    return CX_OK;
}

static cx_status read_v6(cx_slice bytes, uint32_t wire, cx_ip *ret, const char **ret_what)
{
    cx_cursor c = cx_cursor_over(bytes, bytes.len < wire ? CX_TRUNCATED : CX_MALFORMED);
    const uint8_t *h = cx_take(&c, 40);
    *ret_what = "IPv6 header";
    if (!h)
        return c.err;
    if (h[0] >> 4 != 6)
        return CX_MALFORMED;
    memcpy(ret->src.addr, h + 8, 16);
    memcpy(ret->dst.addr, h + 24, 16);
    ret->src.family = ret->dst.family = 6;
    ret->ttl = h[7];
    ret->proto = h[6];
    ret->wire = (uint32_t)h[4] << 8 | h[5];
    if (ret->wire == 0 && ret->proto != NEXT_NONE) /* jumbogram, or segmentation offload */
        ret->wire = wire - 40;
    ret->link_wire = wire - (uint32_t)(c.p - bytes.p);
    ret->payload = (cx_slice){c.p, c.left < ret->wire ? c.left : ret->wire};
    return CX_OK;
}

cx_status cx_ip_read(uint16_t ethertype, cx_slice bytes, uint32_t wire, cx_ip *ret,
                     const char **ret_what)
{
    /* in pieces: of one large one compilers make an instruction that is slow to start */
    memset(ret, 0, sizeof *ret / 2);
    memset((char *)ret + sizeof *ret / 2, 0, sizeof *ret - sizeof *ret / 2);
    cx_status status = ethertype == CX_ETHERTYPE_IPV4 ? read_v4(bytes, wire, ret, ret_what)
                                                      : read_v6(bytes, wire, ret, ret_what);
    if (status == CX_OK && !ret->fragment)
        status = cx_ip_read_extensions(ret, ret_what);
    ret->src.proto = ret->dst.proto = ret->proto;
    return status;
}
