/* Headers that capturing systems put in front of a packet, and links that have little more than
 * such a header. Each is described at https://www.tcpdump.org/linktypes.html. */
#include "capture/link_parts.h"

/* The value of AF_INET or AF_INET6 on the system that captured; either byte order. */
static uint32_t family_layer(uint32_t family)
{
    if (family > 0xffff)
        family = __builtin_bswap32(family);
    switch (family) {
    case 2: /* all */
        return CX_ETHERTYPE_IPV4;
    case 10: /* Linux */
    case 23: /* Windows */
    case 24: /* NetBSD, OpenBSD */
    case 26: /* Solaris */
    case 28: /* FreeBSD */
    case 30: /* Darwin */
        return CX_ETHERTYPE_IPV6;
    default:
        return CX_LAYER_UNKNOWN;
    }
}

static cx_status skip_to(cx_frame *f, size_t n, uint32_t layer)
{
    (void)cx_take(&f->c, n);
    f->layer = layer;
    return CX_OK;
}

/* ---- of operating systems ---- */

cx_status cx_read_loopback(cx_frame *f)
{
    if (f->c.left >= 2 && f->c.p[0] == 0xff && f->c.p[1] == 3) /* PPP of some BSDs */
        return cx_read_ppp(f);
    f->layer = family_layer(cx_be32(&f->c));
    return CX_OK;
}

cx_status cx_read_raw(cx_frame *f)
{
    if (f->c.left >= 2 && f->c.p[0] == 0xff && f->c.p[1] == 3) /* PPP of some modem drivers */
        return cx_read_ppp(f);
    f->layer = CX_LAYER_IP;
    return CX_OK;
}

/* The protocol field of Linux: an ethertype, or one of the small numbers of linux/if_ether.h. */
static cx_status cooked(cx_frame *f, uint16_t hardware, uint16_t protocol)
{
    static const struct {
        uint16_t protocol, hardware; /* hardware 0: any */
        uint16_t link;
    } kinds[] = {
        {3, 0, DLT_EN10MB},             /* ETH_P_ALL */
        {4, 801, DLT_IEEE802_11},       /* ETH_P_802_2 on ARPHRD_IEEE80211… */
        {4, 802, DLT_PRISM_HEADER},     /* …_PRISM */
        {4, 803, DLT_IEEE802_11_RADIO}, /* …_RADIOTAP */
        {4, 0, CX_DLT_LLC},
        {7, 0, DLT_PPP}, /* ETH_P_WAN_PPP */
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].protocol == protocol &&
            (kinds[i].hardware == 0 || kinds[i].hardware == hardware)) {
            f->layer = CX_LAYER_LINK(kinds[i].link);
            return CX_OK;
        }
    f->layer = protocol;
    return CX_OK;
}

cx_status cx_read_sll(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 16);
    return h ? cooked(f, (uint16_t)(h[2] << 8 | h[3]), (uint16_t)(h[14] << 8 | h[15])) : CX_OK;
}

cx_status cx_read_sll2(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 20);
    return h ? cooked(f, (uint16_t)(h[8] << 8 | h[9]), (uint16_t)(h[0] << 8 | h[1])) : CX_OK;
}

cx_status cx_read_enc(cx_frame *f)
{
    const uint32_t family = cx_be32(&f->c);
    return skip_to(f, 8, family_layer(family)); /* SPI, flags */
}

cx_status cx_read_pflog(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 2);
    if (!h)
        return CX_OK;
    const size_t len = ((size_t)h[0] + 3) / 4 * 4;
    if (len < 2)
        return CX_MALFORMED;
    return skip_to(f, len - 2, family_layer(h[1]));
}

cx_status cx_read_ipnet(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 2); /* version, family */
    return h ? skip_to(f, 22, family_layer(h[1])) : CX_OK;
}

/* The length says how much of the header there is; it grew over the years. */
cx_status cx_read_pktap(cx_frame *f)
{
    cx_cursor c = f->c;
    const size_t len = cx_le32(&c);
    const uint32_t type = cx_le32(&c), link = cx_le32(&c);
    if (c.err == CX_OK && len < 12)
        return CX_MALFORMED;
    if (c.err == CX_OK && type != 1)
        return CX_UNSUPPORTED;
    return skip_to(f, c.err == CX_OK ? len : 12,
                   link <= UINT16_MAX ? CX_LAYER_LINK(link) : CX_LAYER_UNKNOWN);
}

/* macOS used a number of private use before PKTAP got its own. */
cx_status cx_read_user2(cx_frame *f)
{
    cx_cursor c = f->c;
    const uint32_t len = cx_le32(&c), type = cx_le32(&c);
    if (c.err == CX_OK && len >= 108 && len <= 512 && type == 1)
        return cx_read_pktap(f);
    f->what = "link type";
    f->link = DLT_USER2;
    f->link_unknown = true;
    return CX_UNSUPPORTED;
}

/* Attributes in the byte order of the host that captured; 9 is the packet. */
cx_status cx_read_nflog(cx_frame *f)
{
    enum { PAYLOAD = 9 };
    cx_cursor *c = &f->c;
    const uint8_t *h = cx_take(c, 4);
    const bool swapped = c->left >= 4 && (c->p[0] << 8 | c->p[1]) < (c->p[1] << 8 | c->p[0]);
    while (h && c->err == CX_OK) {
        const uint16_t size = swapped ? cx_be16(c) : cx_le16(c);
        const uint16_t type = swapped ? cx_be16(c) : cx_le16(c);
        if (c->err != CX_OK)
            break;
        if (size < 4)
            return CX_MALFORMED;
        if ((type & 0x7fff) == PAYLOAD) {
            cx_frame_limit(f, size - 4u);
            f->layer = family_layer(h[0]);
            if (f->layer == CX_LAYER_UNKNOWN)
                f->layer = CX_LAYER_IP; /* of a bridge: the family tells nothing */
            return CX_OK;
        }
        (void)cx_take(c, (size - 4u + 3u) / 4 * 4);
    }
    return CX_OK;
}

/* ---- of devices ---- */

cx_status cx_read_symantec(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 22);
    if (!h)
        return CX_OK;
    const uint16_t type_2 = (uint16_t)(h[6] << 8 | h[7]), type_3 = (uint16_t)(h[20] << 8 | h[21]);
    /* version 2 of the firewall has 44 bytes, version 3 has 56 and a zero there */
    return type_2 ? skip_to(f, 44 - 22, type_2) : skip_to(f, 56 - 22, type_3);
}

cx_status cx_read_netanalyzer(cx_frame *f)
{
    return skip_to(f, 4, CX_LAYER_LINK(DLT_EN10MB));
}

cx_status cx_read_netanalyzer_transparent(cx_frame *f)
{
    return skip_to(f, 12, CX_LAYER_LINK(DLT_EN10MB)); /* with the preamble */
}

/* DOCSIS MULPI 6.2: packets, whole and not encrypted. */
cx_status cx_read_docsis(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 4);
    if (!h)
        return CX_OK;
    const size_t extended = h[0] & 1 ? h[1] : 0;
    const size_t len = (size_t)(h[2] << 8 | h[3]);
    if (h[0] >> 6 != 0)
        return CX_UNSUPPORTED;
    cx_cursor elements = cx_cursor_over(cx_take_slice(&f->c, extended), CX_MALFORMED);
    while (elements.left) {
        const uint8_t *e = cx_take(&elements, 1);
        const uint8_t *value = cx_take(&elements, e[0] & 0x0f);
        const unsigned type = e[0] >> 4;
        /* privacy elements up and down, and the later one up */
        if (value && (e[0] & 0x0f) >= 2 && (type == 3 || type == 4 || type == 7) &&
            value[1] & 0x80) {
            f->encrypted = true;
            f->what = "encrypted DOCSIS frame";
            return CX_UNSUPPORTED;
        }
    }
    (void)cx_be16(&f->c); /* check sequence of the header */
    if (f->c.err == CX_OK && len > extended)
        cx_frame_limit(f, len - extended);
    f->layer = CX_LAYER_LINK(DLT_EN10MB);
    return CX_OK;
}

/* Switch chips (https://www.kernel.org/doc/html/latest/networking/dsa/dsa.html): a tag of 4 bytes
 * behind the addresses, of 8 with an ethertype of its own, or of 4 in front of all. */
cx_status cx_read_dsa(cx_frame *f)
{
    (void)cx_take(&f->c, 12 + 4);
    f->layer = cx_be16(&f->c);
    return CX_OK;
}

cx_status cx_read_dsa_ethertype(cx_frame *f)
{
    (void)cx_take(&f->c, 12 + 8);
    f->layer = cx_be16(&f->c);
    return CX_OK;
}

cx_status cx_read_dsa_prepended(cx_frame *f)
{
    return skip_to(f, 4, CX_LAYER_LINK(DLT_EN10MB));
}

/* ---- links with little of their own ---- */

cx_status cx_read_ip_over_fc(cx_frame *f)
{
    (void)cx_take(&f->c, 16); /* both addresses of the network header: RFC 4338 */
    f->what = "IEEE 802.2 LLC";
    return f->c.err == CX_OK ? cx_read_llc(f) : CX_OK;
}

cx_status cx_read_ip_over_1394(cx_frame *f)
{
    (void)cx_take(&f->c, 16); /* both addresses */
    f->layer = cx_be16(&f->c);
    return CX_OK;
}

cx_status cx_read_ipoib(cx_frame *f)
{
    (void)cx_take(&f->c, 40); /* both addresses */
    f->layer = cx_be16(&f->c);
    (void)cx_be16(&f->c); /* reserved: RFC 4391 6 */
    return CX_OK;
}
