/* Ethernet (IEEE 802.3), what may stand between it and IP, and the other LANs with IEEE 802.2 LLC:
 * 802.1Q, 802.1ad, 802.1ah, 802.1AE without encryption, 802.1BR, 802.1CB, HSR (IEC 62439-3), MPLS
 * (RFC 3032) with pseudowires (RFC 4385, RFC 4448), NSH (RFC 8300), TRILL (RFC 6325), VN-Tag,
 * Cisco ISL, FabricPath and metadata, Arista time stamps, B.A.T.M.A.N. advanced, LWAPP (RFC 5412);
 * SNAP (RFC 1042, RFC 2684), Token Ring, FDDI, ARCNET (RFC 1201, RFC 1051). */
#include "capture/link_parts.h"

enum {
    OUI_ETHERNET = 0x000000,  /* RFC 1042 */
    OUI_8021H = 0x0000f8,     /* IEEE 802.1H: tunnelled over bridges */
    OUI_BRIDGED = 0x0080c2,   /* RFC 2684 5.2 */
    PID_BRIDGED_FCS = 0x0001, /* 802.3 with its FCS */
    PID_BRIDGED = 0x0007,
    SAP_SNAP = 0xaaaa,
    SAP_IP = 0x0606,
    SAP_OSI = 0xfefe,
    UI = 3, /* unnumbered information */
};

static cx_status ethernet_follows(cx_frame *f)
{
    f->layer = CX_LAYER_LINK(DLT_EN10MB);
    return CX_OK;
}

/* The next two bytes are an ethertype. */
static cx_status type_follows(cx_frame *f)
{
    f->layer = cx_be16(&f->c);
    return CX_OK;
}

/* ---- IEEE 802.2 ---- */

cx_status cx_read_llc(cx_frame *f)
{
    const uint16_t saps = cx_be16(&f->c);
    const uint8_t control = cx_u8(&f->c);
    if (f->c.err != CX_OK)
        f->c.err = CX_OK; /* short ones are no IP either */
    else if (control == UI && saps == SAP_IP) {
        f->layer = CX_ETHERTYPE_IPV4;
        return CX_OK;
    } else if (control == UI && saps == SAP_OSI) {
        return cx_nlpid(f);
    }
    if (control != UI || saps != SAP_SNAP)
        return CX_UNSUPPORTED;
    const uint32_t oui = cx_be24(&f->c);
    const uint16_t pid = cx_be16(&f->c);
    if (f->c.err != CX_OK) {
        f->c.err = CX_OK;
        return CX_UNSUPPORTED;
    }
    if (oui == OUI_BRIDGED && (pid == PID_BRIDGED || pid == PID_BRIDGED_FCS)) {
        (void)cx_be16(&f->c); /* padding */
        return ethernet_follows(f);
    }
    if ((oui != OUI_ETHERNET && oui != OUI_8021H) || pid <= CX_ETHERTYPE_LLC_MAX)
        return CX_UNSUPPORTED;
    f->layer = pid;
    return CX_OK;
}

/* ---- Ethernet ---- */

/* Cisco ISL: a frame to one of two groups carries another one behind 26 bytes. */
static bool is_isl(const uint8_t *to)
{
    return (to[0] == 0x01 || to[0] == 0x0c) && to[1] == 0 && to[2] == 0x0c && to[3] == 0 &&
           to[4] == 0;
}

cx_status cx_read_ethernet(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 14);
    if (!h)
        return CX_OK;
    const uint16_t type = (uint16_t)(h[12] << 8 | h[13]);
    f->layer = type;
    if (type > CX_ETHERTYPE_LLC_MAX)
        return CX_OK;
    if (is_isl(h)) {
        f->what = "Cisco ISL header";
        (void)cx_take(&f->c, 26 - 14);
        return ethernet_follows(f);
    }
    cx_frame_limit(f, type ? type : SIZE_MAX); /* 0: left to the network card */
    f->what = "IEEE 802.2 LLC";
    return cx_read_llc(f);
}

/* A frame of 802.3br with its preamble and CRC: only express frames and whole preemptable ones. */
cx_status cx_read_mpacket(cx_frame *f)
{
    const uint8_t *preamble = cx_take(&f->c, 8);
    if (!preamble)
        return CX_OK;
    return preamble[7] == 0xd5 ? ethernet_follows(f) : CX_UNSUPPORTED;
}

static cx_status read_tag(cx_frame *f)
{
    (void)cx_be16(&f->c);
    const uint16_t type = cx_be16(&f->c);
    f->layer = type;
    if (f->c.err != CX_OK || type > CX_ETHERTYPE_LLC_MAX)
        return CX_OK;
    cx_frame_limit(f, type ? type : SIZE_MAX);
    f->what = "IEEE 802.2 LLC";
    return cx_read_llc(f);
}

/* Tags of 4 and 6 bytes before the ethertype: VN-Tag, 802.1CB and HSR; 802.1BR. */
static cx_status read_tag_of_4(cx_frame *f)
{
    (void)cx_be32(&f->c);
    return type_follows(f);
}

static cx_status read_tag_of_6(cx_frame *f)
{
    (void)cx_take(&f->c, 6);
    return type_follows(f);
}

static cx_status read_itag(cx_frame *f) /* 802.1ah 9.7: then the customer's frame */
{
    (void)cx_be32(&f->c);
    return ethernet_follows(f);
}

static cx_status read_macsec(cx_frame *f) /* IEEE 802.1AE 9.3 */
{
    const uint8_t tci = cx_u8(&f->c);
    (void)cx_take(&f->c, tci & 0x20 ? 13 : 5); /* SC: with the channel identifier */
    if (tci & 0x0c && f->c.err == CX_OK) {     /* E, C */
        f->encrypted = true;
        f->what = "encrypted MACsec";
        return CX_UNSUPPORTED;
    }
    return type_follows(f);
}

static cx_status read_trill(cx_frame *f) /* RFC 6325 3 */
{
    const uint16_t first = cx_be16(&f->c);
    (void)cx_take(&f->c, 4 + (size_t)(first >> 6 & 0x1f) * 4);
    return ethernet_follows(f);
}

static cx_status read_fabric_path(cx_frame *f)
{
    (void)cx_be16(&f->c);
    return ethernet_follows(f);
}

static cx_status read_cisco_metadata(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 2); /* version, options of 4 bytes */
    (void)cx_take(&f->c, h ? (size_t)h[1] * 4 : 0);
    return type_follows(f);
}

static cx_status read_arista_time(cx_frame *f)
{
    const uint16_t subtype = cx_be16(&f->c);
    const uint16_t format = cx_be16(&f->c);
    if (f->c.err == CX_OK && subtype != 1)
        return CX_UNSUPPORTED;
    (void)cx_take(&f->c, format >> 8 ? 6 : 8); /* 48 or 64 bits */
    return type_follows(f);
}

static cx_status read_nsh(cx_frame *f) /* RFC 8300 2.2 */
{
    const uint32_t base = cx_be32(&f->c);
    const size_t words = base >> 16 & 0x3f;
    if (f->c.err == CX_OK && words < 2)
        return CX_MALFORMED;
    (void)cx_take(&f->c, (words - 1) * 4);
    switch (base & 0xff) {
    case 1:
        f->layer = CX_ETHERTYPE_IPV4;
        return CX_OK;
    case 2:
        f->layer = CX_ETHERTYPE_IPV6;
        return CX_OK;
    case 3:
        return ethernet_follows(f);
    case 4:
        f->layer = CX_ETHERTYPE_NSH;
        return CX_OK;
    case 5:
        f->layer = CX_ETHERTYPE_MPLS;
        return CX_OK;
    default:
        return CX_UNSUPPORTED;
    }
}

/* B.A.T.M.A.N. advanced, compatibility version 15: those packets that carry frames. */
static cx_status read_batman(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 2);
    if (!h)
        return CX_OK;
    const size_t len = h[0] == 0x40   ? 10 /* unicast */
                       : h[0] == 0x42 ? 18 /* unicast with both addresses */
                       : h[0] == 0x01 ? 14 /* broadcast */
                                      : 0;
    if (len == 0 || h[1] != 15)
        return CX_UNSUPPORTED;
    (void)cx_take(&f->c, len - 2);
    return ethernet_follows(f);
}

static cx_status read_lwapp(cx_frame *f)
{
    const uint8_t *h = cx_take(&f->c, 6);
    if (!h)
        return CX_OK;
    if (h[0] & 0x06) /* control, or a fragment (RFC 5412 3.4) */
        return CX_UNSUPPORTED;
    f->layer = CX_LAYER_LINK(DLT_IEEE802_11);
    return CX_OK;
}

static cx_status read_snap_jumbo(cx_frame *f)
{
    return cx_read_llc(f);
}

/* ---- MPLS ---- */

/* Would this be the ethertype of an Ethernet frame? */
static bool is_carried(const uint8_t *type)
{
    static const uint16_t carried[] = {
        CX_ETHERTYPE_IPV4, CX_ETHERTYPE_IPV6, 0x0806, 0x8100, 0x88a8, 0x8847, 0x8864};
    for (size_t i = 0; i < sizeof carried / sizeof *carried; i++)
        if ((type[0] << 8 | type[1]) == carried[i])
            return true;
    return false;
}

/* The label does not say what it stands for. IP has its version in the first nibble, and a length
 * that fits; a channel header 1 (RFC 4385 5); a control word 0, as has many an Ethernet address:
 * the ethertype shows which it is. */
static cx_status read_labelled(cx_frame *f)
{
    const uint8_t *p = f->c.p;
    const size_t left = f->c.left, wire = cx_frame_wire(f);
    const unsigned nibble = left ? p[0] >> 4 : 0;
    if (nibble == 1 && left >= 4 && (p[2] << 8 | p[3]) == 0x0021) {
        (void)cx_take(&f->c, 4);
        f->layer = CX_ETHERTYPE_IPV4;
        return CX_OK;
    }
    if (nibble == 1 && left >= 4 && (p[2] << 8 | p[3]) == 0x0057) {
        (void)cx_take(&f->c, 4);
        f->layer = CX_ETHERTYPE_IPV6;
        return CX_OK;
    }
    if (left < 14) /* neither an address nor an IP header */
        return nibble == 4 || nibble == 6 || nibble == 0 ? f->c.on_short : CX_UNSUPPORTED;
    const bool plain = is_carried(p + 12);
    const bool with_word = left >= 18 && nibble == 0 && is_carried(p + 16);
    const bool fits = nibble == 4   ? (size_t)(p[2] << 8 | p[3]) <= wire
                      : nibble == 6 ? (size_t)(p[4] << 8 | p[5]) + 40 <= wire
                                    : false;
    if ((nibble == 4 || nibble == 6) && (fits || !plain)) {
        f->layer = nibble == 4 ? CX_ETHERTYPE_IPV4 : CX_ETHERTYPE_IPV6;
        return CX_OK;
    }
    if (!plain && !with_word)
        return CX_UNSUPPORTED;
    if (!plain)
        (void)cx_be32(&f->c);
    return ethernet_follows(f);
}

cx_status cx_read_mpls(cx_frame *f)
{
    while (f->c.err == CX_OK && !(cx_be32(&f->c) & 0x100)) /* bottom of stack */
        ;
    if (f->c.err != CX_OK)
        return CX_OK;
    f->what = "MPLS payload";
    return read_labelled(f);
}

/* ---- other LANs ---- */

cx_status cx_read_token_ring(cx_frame *f) /* IEEE 802.5 3.2 */
{
    const uint8_t *h = cx_take(&f->c, 14);
    if (!h)
        return CX_OK;
    if ((h[1] & 0xc0) != 0x40) /* MAC frames */
        return CX_UNSUPPORTED;
    if (h[8] & 0x80) /* source routing: its length includes the two bytes that tell it */
        (void)cx_take(&f->c, f->c.left ? (size_t)(f->c.p[0] & 0x1f) : 2);
    f->what = "IEEE 802.2 LLC";
    return f->c.err == CX_OK ? cx_read_llc(f) : CX_OK;
}

cx_status cx_read_fddi(cx_frame *f) /* RFC 1188 */
{
    const uint8_t *h = cx_take(&f->c, 13);
    if (!h)
        return CX_OK;
    if ((h[0] & 0x30) != 0x10) /* frame control: LLC */
        return CX_UNSUPPORTED;
    f->what = "IEEE 802.2 LLC";
    return cx_read_llc(f);
}

static cx_status read_arcnet_protocol(cx_frame *f)
{
    const uint8_t protocol = cx_u8(&f->c);
    if (protocol == 0xf0) { /* RFC 1051: at once */
        f->layer = CX_ETHERTYPE_IPV4;
        return CX_OK;
    }
    if (protocol != 0xd4 && protocol != 0xc4)
        return CX_UNSUPPORTED;
    uint8_t split = cx_u8(&f->c);
    if (split == 0xff) { /* RFC 1201 2: padding of lengths that ARCNET cannot send */
        (void)cx_take(&f->c, 3);
        split = cx_u8(&f->c);
    }
    (void)cx_be16(&f->c); /* sequence number */
    if (split != 0 && f->c.err == CX_OK) {
        f->what = "ARCNET fragment";
        return CX_UNSUPPORTED;
    }
    f->layer = protocol == 0xd4 ? CX_ETHERTYPE_IPV4 : CX_ETHERTYPE_IPV6;
    return CX_OK;
}

cx_status cx_read_arcnet(cx_frame *f)
{
    (void)cx_be16(&f->c); /* source, destination */
    return read_arcnet_protocol(f);
}

cx_status cx_read_arcnet_linux(cx_frame *f)
{
    (void)cx_be32(&f->c); /* with the offset within the buffer */
    return read_arcnet_protocol(f);
}

/* ---- ethertypes ---- */

const cx_layer_row cx_ethertypes[] = {
    {0x8100, read_tag, "VLAN tag"},
    {0x88a8, read_tag, "VLAN tag"},
    {CX_ETHERTYPE_PPPOE_SESSION, cx_read_pppoe, "PPP in PPPoE"},
    {CX_ETHERTYPE_MPLS, cx_read_mpls, "MPLS"},
    {0x8848, cx_read_mpls, "MPLS"},
    {0x9100, read_tag, "VLAN tag"}, /* stacked tags of before 802.1ad */
    {0x88e7, read_itag, "802.1ah tag"},
    {CX_ETHERTYPE_TEB, ethernet_follows, "Ethernet header"},
    {CX_ETHERTYPE_NSH, read_nsh, "NSH header"},
    {0x8909, read_cisco_metadata, "Cisco metadata"},
    {0x8926, read_tag_of_4, "VN-Tag"},
    {0x893f, read_tag_of_6, "802.1BR tag"},
    {0x892f, read_tag_of_4, "HSR tag"},
    {0xf1c1, read_tag_of_4, "802.1CB tag"},
    {0x22f3, read_trill, "TRILL header"},
    {0x8903, read_fabric_path, "FabricPath header"},
    {0xd28b, read_arista_time, "Arista time stamp"},
    {0x88e5, read_macsec, "MACsec tag"},
    {0x4305, read_batman, "B.A.T.M.A.N. header"},
    {0x88bb, read_lwapp, "LWAPP header"},
    {0x8870, read_snap_jumbo, "IEEE 802.2 LLC"},
    {0x0806, NULL, "ARP"},
    {0x8035, NULL, "RARP"},
    {0x88cc, NULL, "LLDP"},
    {0x888e, NULL, "EAPOL"},
    {0x8863, NULL, "PPPoE"},
    {0x8137, NULL, "IPX"},
    {0x809b, NULL, "AppleTalk"},
    {0x88f7, NULL, "PTP"},
    {0x8809, NULL, "LACP"},
    {0x9000, NULL, "Ethernet loopback"},
    {0x893a, NULL, "IEEE 1905"},
    {0, NULL, NULL},
};
