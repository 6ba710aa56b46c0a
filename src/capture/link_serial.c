/* Serial lines: PPP (RFC 1661, RFC 1662) with MRU-sized and multilink (RFC 1990), bridged (RFC
 * 3518) and multiplexed (RFC 3153) payload, PPPoE (RFC 2516), Cisco HDLC, Frame Relay (RFC 2427),
 * FRF.16, and ATM as SunATM and Classical IP (RFC 2225) show it. */
#include "capture/link_parts.h"

enum {
    PPP_IPV4 = 0x0021,
    PPP_BRIDGED = 0x0031,
    PPP_MULTILINK = 0x003d,
    PPP_LLC = 0x004b,
    PPP_IPV6 = 0x0057,
    PPP_MUX = 0x0059,
    PPP_MPLS = 0x0281,
    PPP_MPLS_MULTICAST = 0x0283,
    UI = 3,
    NLPID_SNAP = 0x80,
    NLPID_IPV6 = 0x8e,
    NLPID_IPV4 = 0xcc,
    NLPID_PPP = 0xcf,
};

/* ---- PPP ---- */

/* One byte when it is odd (RFC 1661 6.5), and 0xff is none. */
static uint16_t take_protocol(cx_cursor *c)
{
    return c->left && (c->p[0] & 1) && c->p[0] != 0xff ? cx_u8(c) : cx_be16(c);
}

/* RFC 3518 4.3; only whole frames of 802.3. */
static cx_status read_bridged(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 2);
    if (!h)
        return CX_OK;
    if (h[0] & 0x40) /* with the number of a LAN */
        (void)cx_be32(&f->c);
    if (h[1] != 1)
        return CX_UNSUPPORTED;
    f->layer = CX_LAYER_LINK(DLT_EN10MB);
    return CX_OK;
}

/* RFC 1990 3: a packet in one piece; parts would have to be put together. */
static cx_status read_multilink(cx_frame *f)
{
    const uint32_t header = cx_be32(&f->c);
    if (f->c.err == CX_OK && header >> 30 != 3) { /* beginning, end */
        f->what = "part of a multilink PPP packet";
        return CX_UNSUPPORTED;
    }
    f->layer = CX_LAYER_LINK(DLT_PPP);
    return CX_OK;
}

/* RFC 3153 1.2: one packet after the other; the protocol may be that of the one before. */
static cx_status read_multiplexed(cx_frame *f)
{
    uint16_t protocol = 0;
    cx_subframe first = {.layer = CX_LAYER_UNKNOWN};
    for (bool is_first = true; f->c.left && f->c.err == CX_OK; is_first = false) {
        uint8_t flags = cx_u8(&f->c);
        size_t len = flags & 0x3f;
        if (flags & 0x40)
            len = len << 8 | cx_u8(&f->c);
        const size_t before = f->c.left;
        if (flags & 0x80)
            protocol = take_protocol(&f->c);
        if (f->c.err != CX_OK || before - f->c.left > len)
            return CX_MALFORMED;
        len -= before - f->c.left;
        const size_t here = len < f->c.left ? len : f->c.left;
        const uint32_t layer = protocol == PPP_IPV4   ? CX_ETHERTYPE_IPV4
                               : protocol == PPP_IPV6 ? CX_ETHERTYPE_IPV6
                                                      : CX_LAYER_UNKNOWN;
        cx_subframe part = {cx_take_slice(&f->c, here), (uint32_t)len, layer};
        if (is_first)
            first = part;
        else if (f->n_more < CX_MAX_SUBFRAMES && layer != CX_LAYER_UNKNOWN)
            f->more[f->n_more++] = part;
    }
    if (f->c.err != CX_OK || !first.bytes.p)
        return CX_UNSUPPORTED;
    const uint8_t n_more = f->n_more;
    const bool repeated = f->repeated;
    cx_frame_begin(f, first.layer, first.bytes, first.wire);
    f->what = "multiplexed PPP";
    f->n_more = n_more;
    f->repeated = repeated;
    return CX_OK;
}

cx_status cx_ppp_protocol(cx_frame *f, uint16_t protocol)
{
    switch (protocol) {
    case PPP_IPV4:
    case CX_ETHERTYPE_IPV4: /* met in the field, though it is an ethertype */
        f->layer = CX_ETHERTYPE_IPV4;
        return CX_OK;
    case PPP_IPV6:
    case CX_ETHERTYPE_IPV6:
        f->layer = CX_ETHERTYPE_IPV6;
        return CX_OK;
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST:
        f->layer = CX_ETHERTYPE_MPLS;
        return CX_OK;
    case PPP_BRIDGED:
        return read_bridged(f);
    case PPP_MULTILINK:
        return read_multilink(f);
    case PPP_MUX:
        return read_multiplexed(f);
    case PPP_LLC:
        f->layer = CX_LAYER_LINK(CX_DLT_LLC);
        return CX_OK;
    default:
        f->what = "PPP payload that is not IP";
        return CX_UNSUPPORTED;
    }
}

cx_status cx_read_ppp(cx_frame *f)
{
    cx_cursor *c = &f->c;
    if (c->left >= 2 && c->p[0] == 0xff && c->p[1] == UI) /* address, control: RFC 1662 3.1 */
        (void)cx_take(c, 2);
    const uint16_t protocol = take_protocol(c);
    return cx_ppp_protocol(f, protocol);
}

cx_status cx_read_hdlc(cx_frame *f)
{
    /* unicast and multicast of Cisco's framing */
    if (f->c.left >= 2 && (f->c.p[0] == 0x0f || f->c.p[0] == 0x8f) && f->c.p[1] == 0)
        return cx_read_chdlc(f);
    return cx_read_ppp(f);
}

cx_status cx_read_ppp_with_direction(cx_frame *f)
{
    (void)cx_u8(&f->c);
    if (f->c.left && f->c.p[0] == UI) /* the direction stands in the place of the address */
        (void)cx_u8(&f->c);
    return cx_read_ppp(f);
}

cx_status cx_read_ppp_bsdos(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 24);
    return h ? cx_ppp_protocol(f, (uint16_t)(h[5] << 8 | h[6])) : CX_OK;
}

cx_status cx_read_pppoe(cx_frame *f)
{
    (void)cx_be32(&f->c); /* version, type, code, session */
    const size_t len = cx_be16(&f->c);
    if (f->c.err != CX_OK)
        return CX_OK;
    /* padding of the Ethernet frame lies behind it (RFC 2516 4) */
    cx_frame_limit(f, len < 2 ? 2 : len);
    const uint16_t protocol = cx_be16(&f->c);
    return cx_ppp_protocol(f, protocol);
}

/* ---- Cisco HDLC ---- */

cx_status cx_read_chdlc(cx_frame *f)
{
    (void)cx_be16(&f->c); /* address, control */
    f->layer = cx_be16(&f->c);
    return CX_OK;
}

cx_status cx_read_chdlc_with_direction(cx_frame *f)
{
    (void)cx_u8(&f->c);
    return cx_read_chdlc(f);
}

/* ---- Frame Relay ---- */

cx_status cx_nlpid(cx_frame *f)
{
    cx_cursor *c = &f->c;
    uint8_t id = cx_u8(c);
    if (id == 0 && c->err == CX_OK) /* padding */
        id = cx_u8(c);
    switch (id) {
    case NLPID_IPV4:
        f->layer = CX_ETHERTYPE_IPV4;
        return CX_OK;
    case NLPID_IPV6:
        f->layer = CX_ETHERTYPE_IPV6;
        return CX_OK;
    case NLPID_PPP:
        return cx_read_ppp(f);
    case NLPID_SNAP: {
        const uint32_t oui = cx_be24(c);
        const uint16_t pid = cx_be16(c);
        if (oui == 0x0080c2 && (pid == 1 || pid == 7)) /* RFC 2427 4.2: here without padding */
            f->layer = CX_LAYER_LINK(DLT_EN10MB);
        else if (oui == 0 && pid > CX_ETHERTYPE_LLC_MAX)
            f->layer = pid;
        else
            return CX_UNSUPPORTED;
        return CX_OK;
    }
    default:
        return CX_UNSUPPORTED;
    }
}

cx_status cx_read_frame_relay(cx_frame *f)
{
    cx_cursor *c = &f->c;
    /* the last byte of the address has its lowest bit set: Q.922 3.3.1 */
    for (int i = 0; i < 4 && !(cx_u8(c) & 1) && c->err == CX_OK; i++)
        ;
    if (c->left && c->p[0] == UI) {
        (void)cx_u8(c);
        return cx_nlpid(f);
    }
    f->layer = cx_be16(c); /* as Cisco frames it */
    return CX_OK;
}

cx_status cx_read_frame_relay_with_direction(cx_frame *f)
{
    (void)cx_u8(&f->c);
    return cx_read_frame_relay(f);
}

/* FRF.16: two bytes before the frame when it is whole. */
cx_status cx_read_multilink_frame_relay(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 2);
    if (!h)
        return CX_OK;
    if ((h[0] & 0xc0) != 0xc0 || h[0] & 0x20) { /* beginning, end; control */
        f->what = "part of a multilink Frame Relay packet";
        return CX_UNSUPPORTED;
    }
    return cx_read_frame_relay(f);
}

/* ---- ATM, SLIP ---- */

cx_status cx_read_atm_clip(cx_frame *f)
{
    const bool llc = f->c.left >= 3 && memcmp(f->c.p, "\xaa\xaa\3", 3) == 0;
    f->layer = llc ? CX_LAYER_LINK(CX_DLT_LLC) : CX_LAYER_IP;
    return CX_OK;
}

cx_status cx_read_sunatm(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 4); /* kind, VPI, VCI */
    if (!h)
        return CX_OK;
    const unsigned kind = h[0] & 0x0f;
    if (kind == 1) { /* LAN emulation */
        (void)cx_be16(&f->c);
        f->layer = CX_LAYER_LINK(DLT_EN10MB);
        return CX_OK;
    }
    if (kind != 0 && kind != 2)
        return CX_UNSUPPORTED;
    f->what = "IEEE 802.2 LLC";
    return cx_read_llc(f);
}

cx_status cx_read_slip(cx_frame *f)
{
    (void)cx_take(&f->c, 16); /* direction, compressed header */
    f->layer = CX_LAYER_IP;
    return CX_OK;
}

cx_status cx_read_slip_bsdos(cx_frame *f)
{
    (void)cx_take(&f->c, 24);
    f->layer = CX_LAYER_IP;
    return CX_OK;
}
