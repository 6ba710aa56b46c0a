/* What Juniper routers put in front of packets: a magic number, flags, extensions, and a cookie
 * that depends on the card (https://www.tcpdump.org/linktypes.html, JUNOS of 2005 and later). */
#include "capture/link_parts.h"

enum {
    FLAG_IN = 0x01,
    FLAG_NO_L2 = 0x02, /* the link header is stripped: a protocol number stands in its place */
    FLAG_EXTENSIONS = 0x80,
};

static const struct {
    uint32_t protocol, layer;
} protocols[] = {
    {2, CX_ETHERTYPE_IPV4},           {3, CX_ETHERTYPE_IPV4}, /* inside of MPLS, like 7 */
    {4, CX_ETHERTYPE_MPLS},           {5, CX_ETHERTYPE_MPLS},
    {6, CX_ETHERTYPE_IPV6},           {7, CX_ETHERTYPE_IPV6},
    {8, CX_ETHERTYPE_MPLS},           {32, CX_ETHERTYPE_MPLS},
    {200, CX_LAYER_LINK(DLT_PPP)},    {202, CX_LAYER_LINK(CX_DLT_LLC)},
    {203, CX_LAYER_LINK(CX_DLT_LLC)}, {204, CX_LAYER_LINK(DLT_EN10MB)},
    {207, CX_LAYER_LINK(DLT_FRELAY)}, {208, CX_LAYER_LINK(DLT_C_HDLC)},
};

static uint32_t protocol_layer(uint32_t protocol)
{
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (protocols[i].protocol == protocol)
            return protocols[i].layer;
    return CX_LAYER_UNKNOWN;
}

/* Cards whose cookie has one size in each direction. */
static const struct {
    uint16_t link;
    uint8_t in, out; /* bytes */
    uint32_t layer;
} cards[] = {
    {DLT_JUNIPER_ETHER, 0, 0, CX_LAYER_LINK(DLT_EN10MB)},
    {DLT_JUNIPER_PPPOE, 0, 0, CX_LAYER_LINK(DLT_EN10MB)},
    {DLT_JUNIPER_PPP, 2, 2, CX_LAYER_LINK(DLT_PPP)}, /* without address and control */
    {DLT_JUNIPER_FRELAY, 0, 0, CX_LAYER_LINK(DLT_FRELAY)},
    {DLT_JUNIPER_CHDLC, 0, 0, CX_LAYER_LINK(DLT_C_HDLC)},
    {DLT_JUNIPER_VP, 18, 18, CX_ETHERTYPE_IPV4},
    {DLT_JUNIPER_SERVICES, 16, 12, CX_ETHERTYPE_IPV4},
};

/* The first bytes show how ATM carries packets: LLC, or PPP or IP at once. */
static cx_status read_atm(cx_frame *f, bool atm2, uint8_t flags)
{
    const uint8_t *cookie = cx_take(&f->c, atm2 ? 8 : 4);
    if (!cookie)
        return CX_OK;
    const uint8_t *p = f->c.p;
    const bool oam = atm2 ? cookie[7] & 0x70 : cookie[0] == 0x80;
    if (oam || f->c.left < 3)
        return CX_UNSUPPORTED;
    if (memcmp(p, "\xaa\xaa\3", 3) == 0 || memcmp(p, "\xfe\xfe\3", 3) == 0)
        f->layer = CX_LAYER_LINK(CX_DLT_LLC);
    else if (atm2 && !(flags & FLAG_IN) && cookie[3] & 0x3f) /* bridged */
        f->layer = CX_LAYER_LINK(DLT_EN10MB);
    else if (atm2 && p[0] == 0 && (p[1] == 0x21 || p[1] == 0x57))
        f->layer = CX_LAYER_LINK(DLT_PPP);
    else
        f->layer = CX_LAYER_IP;
    return CX_OK;
}

/* Bundles of links: the cookie tells its own kind. */
static cx_status read_bundle(cx_frame *f, bool ppp, uint8_t flags)
{
    const uint8_t *p = f->c.p;
    if (f->c.left < 8)
        return CX_UNSUPPORTED;
    if (p[0] == 0x40 || p[0] == 0x47) { /* adaptive services: direction, protocol */
        const unsigned direction = p[4] & 3, protocol = p[5] >> 4;
        (void)cx_take(&f->c, 8);
        if (protocol == 0 && ppp && flags & FLAG_IN && direction != 3)
            f->layer = CX_LAYER_LINK(DLT_PPP);
        else
            f->layer = protocol == 0   ? CX_ETHERTYPE_IPV4
                       : protocol == 1 ? CX_ETHERTYPE_IPV6
                       : protocol == 2 ? CX_ETHERTYPE_MPLS
                                       : CX_LAYER_UNKNOWN;
        return CX_OK;
    }
    if (p[0] == 0x54) /* link services */
        (void)cx_take(&f->c, 4);
    else if (ppp && p[2] == 0 && (p[3] == 0x21 || p[3] == 0x57 || p[3] == 0x3d))
        (void)cx_take(&f->c, 2); /* multilink services */
    f->layer = ppp ? CX_LAYER_LINK(DLT_PPP) : CX_LAYER_UNKNOWN;
    return CX_OK;
}

cx_status cx_read_juniper(cx_frame *f)
{
    const uint16_t link = (uint16_t)(f->layer - CX_LAYER_LINK(0));
    uint8_t flags = 0;
    if (f->c.left >= 3 && memcmp(f->c.p, "MGC", 3) == 0) { /* absent before JUNOS 7 */
        (void)cx_be24(&f->c);
        flags = cx_u8(&f->c);
    }
    if (flags & FLAG_EXTENSIONS)
        (void)cx_take(&f->c, cx_be16(&f->c));
    if (flags & FLAG_NO_L2) {
        f->layer = protocol_layer(cx_le32(&f->c));
        return CX_OK;
    }
    if (f->c.err != CX_OK)
        return CX_OK;
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
        if (cards[i].link == link) {
            (void)cx_take(&f->c, flags & FLAG_IN ? cards[i].in : cards[i].out);
            f->layer = cards[i].layer;
            return CX_OK;
        }
    if (link == DLT_JUNIPER_GGSN) {
        f->layer = protocol_layer(cx_le16(&f->c));
        (void)cx_be16(&f->c); /* VLAN */
        return CX_OK;
    }
    if (link == DLT_JUNIPER_ATM1 || link == DLT_JUNIPER_ATM2)
        return read_atm(f, link == DLT_JUNIPER_ATM2, flags);
    return read_bundle(f, link == DLT_JUNIPER_MLPPP, flags);
}
