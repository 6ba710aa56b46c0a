/* Link layers (link.h): Ethernet (IEEE 802.3, 802.1Q, 802.1ad), MPLS (RFC 3032), PPPoE (RFC 2516),
 * PPP (RFC 1661, RFC 1662), and the cooked, loopback and raw ones of
 * https://www.tcpdump.org/linktypes.html. */
#include "capture/link.h"

#include "capture/source.h"

#include <pcap/dlt.h>
#include <pcap/pcap.h>
#include <stdio.h>

#define DLT_RAW_OPENBSD 14 /* DLT_RAW there, as stored in files */
#define LINKTYPE_RAW    101

enum {
    ETHERTYPE_LLC_MAX = 1500, /* below: a length, LLC follows (IEEE 802.3 3.2.6) */
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_VLAN_SERVICE = 0x88a8,
    ETHERTYPE_VLAN_OLD = 0x9100, /* stacked tags of before 802.1ad */
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_MULTICAST = 0x8848,
    ETHERTYPE_PPPOE_SESSION = 0x8864,
};

static const struct {
    uint16_t ethertype;
    const char *name;
} others[] = {
    {0x0806, "ARP"},       {0x8035, "RARP"},
    {0x88cc, "LLDP"},      {0x888e, "EAPOL"},
    {0x8863, "PPPoE"},     {0x8137, "IPX"},
    {0x809b, "AppleTalk"}, {0x88f7, "PTP"},
    {0x8809, "LACP"},      {0x9000, "Ethernet loopback"},
    {0x88e5, "MACsec"},    {0x893a, "IEEE 1905"},
};

/* PPP protocol numbers (RFC 1332 2, RFC 5072 3) as ethertypes; 0: another. */
static uint16_t ppp_ethertype(uint16_t protocol)
{
    if (protocol == 0x0021)
        return CX_ETHERTYPE_IPV4;
    return protocol == 0x0057 ? CX_ETHERTYPE_IPV6 : 0;
}

/* By the version in the first nibble, for links that do not say what they carry; 0: neither. */
static uint16_t nibble_ethertype(const cx_cursor *c)
{
    if (c->left == 0)
        return 0;
    if (c->p[0] >> 4 == 4)
        return CX_ETHERTYPE_IPV4;
    return c->p[0] >> 4 == 6 ? CX_ETHERTYPE_IPV6 : 0;
}

/* The value of AF_INET or AF_INET6 on the system that captured; either byte order. */
static uint16_t family_ethertype(uint32_t family)
{
    if (family > 0xffff)
        family = __builtin_bswap32(family);
    switch (family) {
    case 2: /* all */
        return CX_ETHERTYPE_IPV4;
    case 10: /* Linux */
    case 23: /* Windows */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* Darwin */
        return CX_ETHERTYPE_IPV6;
    default:
        return 0;
    }
}

/* Follows tags and shims from ethertype on. */
static cx_status follow(cx_cursor *c, uint16_t ethertype, size_t *limit, uint16_t *ret_ethertype,
                        const char **ret_what)
{
    for (;;) { /* each turn takes bytes */
        switch (ethertype) {
        case CX_ETHERTYPE_IPV4:
        case CX_ETHERTYPE_IPV6:
            *ret_ethertype = ethertype;
            return CX_OK;
        case ETHERTYPE_VLAN:
        case ETHERTYPE_VLAN_SERVICE:
        case ETHERTYPE_VLAN_OLD:
            (void)cx_be16(c);
            ethertype = cx_be16(c);
            *ret_what = "VLAN tag";
            break;
        case ETHERTYPE_PPPOE_SESSION: {
            (void)cx_be32(c); /* version, type, code, session */
            size_t len = cx_be16(c);
            ethertype = ppp_ethertype(cx_be16(c));
            *ret_what = "PPP in PPPoE";
            /* padding of the Ethernet frame lies behind it (RFC 2516 4) */
            *limit = len < 2 ? 0 : len - 2;
            break;
        }
        case ETHERTYPE_MPLS:
        case ETHERTYPE_MPLS_MULTICAST:
            *ret_what = "MPLS";
            while (c->err == CX_OK && !(cx_be32(c) & 0x100)) /* bottom of stack */
                ;
            ethertype = nibble_ethertype(c);
            break;
        default:
            if (ethertype && ethertype <= ETHERTYPE_LLC_MAX) {
                *ret_what = "IEEE 802.2 LLC";
                uint16_t saps = cx_be16(c);
                uint8_t control = cx_u8(c);
                uint32_t organization = cx_be24(c);
                uint16_t snap = cx_be16(c);
                if (c->err != CX_OK || saps != 0xaaaa || control != 3 || organization != 0 ||
                    snap <= ETHERTYPE_LLC_MAX)
                    return CX_UNSUPPORTED; /* short ones are no IP either */
                ethertype = snap;
                break;
            }
            for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                if (others[i].ethertype == ethertype)
                    *ret_what = others[i].name;
            return CX_UNSUPPORTED;
        }
        if (c->err != CX_OK)
            return c->err;
    }
}

/* Takes the link header itself; *ret_ethertype is what it says follows, 0: nothing known. */
static cx_status strip_header(uint16_t link, cx_cursor *c, uint16_t *ret_ethertype,
                              const char **ret_what)
{
    uint16_t ethertype = 0, protocol;
    const uint8_t *header;
    switch (link) {
    case DLT_EN10MB:
        *ret_what = "Ethernet header";
        header = cx_take(c, 14);
        ethertype = header ? (uint16_t)(header[12] << 8 | header[13]) : 0;
        break;
    case DLT_LINUX_SLL:
        *ret_what = "Linux cooked header";
        header = cx_take(c, 16);
        ethertype = header ? (uint16_t)(header[14] << 8 | header[15]) : 0;
        break;
    case DLT_LINUX_SLL2:
        *ret_what = "Linux cooked header";
        header = cx_take(c, 20);
        ethertype = header ? (uint16_t)(header[0] << 8 | header[1]) : 0;
        break;
    case DLT_NULL:
    case DLT_LOOP:
        *ret_what = "loopback header";
        ethertype = family_ethertype(cx_be32(c));
        break;
    case DLT_RAW:
    case DLT_RAW_OPENBSD:
    case LINKTYPE_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
        *ret_what = "IP header";
        if (c->left == 0)
            return c->on_short;
        ethertype = nibble_ethertype(c);
        break;
    case DLT_PPP_ETHER:
        ethertype = ETHERTYPE_PPPOE_SESSION;
        break;
    case DLT_PPP:
    case DLT_PPP_SERIAL:
    case DLT_PPP_WITH_DIR:
        *ret_what = "PPP header";
        if (link == DLT_PPP_WITH_DIR)
            (void)cx_u8(c);
        if (c->left >= 2 && c->p[0] == 0xff && c->p[1] == 3) /* address, control: RFC 1662 3.1 */
            (void)cx_take(c, 2);
        /* one byte when it is odd (RFC 1661 6.5), and 0xff is none */
        protocol = c->left && (c->p[0] & 1) && c->p[0] != 0xff ? cx_u8(c) : cx_be16(c);
        ethertype = ppp_ethertype(protocol);
        break;
    case DLT_C_HDLC:
        *ret_what = "Cisco HDLC header";
        (void)cx_be16(c);
        ethertype = cx_be16(c);
        break;
    default:
        *ret_what = "link type";
        return CX_UNSUPPORTED;
    }
    *ret_ethertype = ethertype;
    return c->err;
}

cx_status cx_link_strip(uint16_t link, cx_cursor *c, uint32_t *wire, uint16_t *ret_ethertype,
                        const char **ret_what, bool *ret_unknown)
{
    const uint8_t *start = c->p;
    size_t limit = SIZE_MAX;
    uint16_t ethertype = 0;
    cx_status status = strip_header(link, c, &ethertype, ret_what);
    *ret_unknown = status == CX_UNSUPPORTED;
    if (status != CX_OK)
        return status;
    *ret_what = "link payload that is not IP";
    status = follow(c, ethertype, &limit, ret_ethertype, ret_what);
    if (status != CX_OK)
        return status;
    *wire -= (uint32_t)(c->p - start);
    if (*wire > limit)
        *wire = (uint32_t)limit;
    if (c->left > *wire)
        c->left = *wire;
    return CX_OK;
}

const char *cx_link_name(uint16_t link, char out[24])
{
    const char *name = pcap_datalink_val_to_name(link);
    if (name)
        return name;
    if (link >= CX_LINK_NETMON && link <= CX_LINK_SNOOP + 0xff)
        snprintf(out, 24, "%s_%u", link < CX_LINK_SNOOP ? "NETMON" : "SNOOP", link & 0xffu);
    else
        snprintf(out, 24, "LINKTYPE_%u", (unsigned)link);
    return out;
}
