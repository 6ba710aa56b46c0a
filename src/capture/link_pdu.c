/* Headers made of tags that say what follows: PDUs that Wireshark exported (epan/exported_pdu.h)
 * and TZSP. */
#include "capture/link_parts.h"

/* ---- exported PDUs ---- */

enum {
    TAG_END = 0,
    TAG_DISSECTOR = 12,
    TAG_TABLE = 14,
    TAG_IPV4_SRC = 20,
    TAG_IPV4_DST = 21,
    TAG_IPV6_SRC = 22,
    TAG_IPV6_DST = 23,
    TAG_PORT_TYPE = 24,
    TAG_SRC_PORT = 25,
    TAG_DST_PORT = 26,
    PORT_UDP = 3,
};

static const struct {
    const char *dissector;
    uint32_t layer;
} names[] = {
    {"ip", CX_ETHERTYPE_IPV4},
    {"ipv6", CX_ETHERTYPE_IPV6},
    {"eth", CX_LAYER_LINK(DLT_EN10MB)},
    {"eth_withoutfcs", CX_LAYER_LINK(DLT_EN10MB)},
    {"eth_withfcs", CX_LAYER_LINK(DLT_EN10MB)},
    {"eth_maybefcs", CX_LAYER_LINK(DLT_EN10MB)},
    {"llc", CX_LAYER_LINK(CX_DLT_LLC)},
    {"ppp", CX_LAYER_LINK(DLT_PPP)},
    {"wlan", CX_LAYER_LINK(DLT_IEEE802_11)},
    {"wlan_withoutfcs", CX_LAYER_LINK(DLT_IEEE802_11)},
    {"radiotap", CX_LAYER_LINK(DLT_IEEE802_11_RADIO)},
};

static void take_address(cx_endpoint *e, cx_slice value)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (value.len == 4) {
        memcpy(e->addr, mapped, sizeof mapped);
        memcpy(e->addr + 12, value.p, 4);
        e->family = 4;
    } else if (value.len == 16) {
        memcpy(e->addr, value.p, 16);
        e->family = 6;
    }
}

static uint32_t number(cx_slice value)
{
    cx_cursor c = cx_cursor_over(value, CX_MALFORMED);
    return cx_be32(&c);
}

/* A message of UDP keeps its addresses and ports in tags, and needs no more. One of TCP is left
 * alone: its place in the stream is lost. */
cx_status cx_read_upper_pdu(cx_frame *f)
{
    cx_slice name = {NULL, 0};
    uint32_t port_type = 0;
    memset(&f->src, 0, sizeof f->src);
    memset(&f->dst, 0, sizeof f->dst);
    for (;;) {
        const uint16_t tag = cx_be16(&f->c);
        const uint16_t len = cx_be16(&f->c);
        const cx_slice value = cx_take_slice(&f->c, len);
        if (f->c.err != CX_OK)
            return CX_OK;
        if (tag == TAG_END)
            break;
        if (tag == TAG_DISSECTOR)
            name = value;
        else if (tag == TAG_IPV4_SRC || tag == TAG_IPV6_SRC)
            take_address(&f->src, value);
        else if (tag == TAG_IPV4_DST || tag == TAG_IPV6_DST)
            take_address(&f->dst, value);
        else if (tag == TAG_PORT_TYPE)
            port_type = number(value);
        else if (tag == TAG_SRC_PORT)
            f->src.port = (uint16_t)number(value);
        else if (tag == TAG_DST_PORT)
            f->dst.port = (uint16_t)number(value);
    }
    while (name.len && name.p[name.len - 1] == 0) /* padded to 4 bytes */
        name.len--;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (cx_slice_is(name, names[i].dissector)) {
            f->layer = names[i].layer;
            return CX_OK;
        }
    if (port_type != PORT_UDP || !f->src.family || f->src.family != f->dst.family)
        return CX_UNSUPPORTED;
    f->src.proto = f->dst.proto = CX_IPPROTO_UDP;
    f->layer = CX_LAYER_DATAGRAM;
    return CX_OK;
}

/* ---- TZSP ---- */

cx_status cx_read_tzsp(cx_frame *f)
{
    enum { PADDING = 0, END = 1 };
    static const struct {
        uint16_t encapsulated, link;
    } links[] = {
        {1, DLT_EN10MB},      {2, DLT_IEEE802},        {3, DLT_SLIP},
        {4, DLT_PPP},         {5, DLT_FDDI},           {7, DLT_RAW},
        {18, DLT_IEEE802_11}, {119, DLT_PRISM_HEADER}, {127, DLT_IEEE802_11_RADIO_AVS},
    };
    const uint8_t *h = cx_take(&f->c, 4); /* version, type, encapsulated protocol */
    uint8_t tag = PADDING;
    if (!h)
        return CX_OK;
    if (h[0] != 1 || h[1] > 1) /* received, or to be sent; others carry no packet */
        return CX_UNSUPPORTED;
    while (tag != END && f->c.err == CX_OK) {
        tag = cx_u8(&f->c);
        if (tag > END)
            (void)cx_take(&f->c, cx_u8(&f->c));
    }
    f->layer = CX_LAYER_UNKNOWN;
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (links[i].encapsulated == (h[2] << 8 | h[3]))
            f->layer = CX_LAYER_LINK(links[i].link);
    return CX_OK;
}
