/* Link layers (link.h): the tables that lead from a link type or an ethertype to its reader, and
 * the walk along them. https://www.tcpdump.org/linktypes.html names the link types. */
#include "base/limits.h"
#include "capture/link_parts.h"
#include "capture/source.h"

#include <pcap/pcap.h>
#include <stdio.h>

#define DLT_RAW_OPENBSD 14 /* DLT_RAW there, as stored in files */
#define DLT_ENC_OPENBSD 13
#define DLT_CLIP_SUSE   18
#define DLT_SYMANTEC    99
#define LINKTYPE_RAW    101
#define DLT_HDLC_NETBSD 112

static const struct {
    cx_layer_reader read;
    const char *what;
} links[] = {
    [DLT_NULL] = {cx_read_loopback, "loopback header"},
    [DLT_EN10MB] = {cx_read_ethernet, "Ethernet header"},
    [DLT_IEEE802] = {cx_read_token_ring, "Token Ring header"},
    [DLT_ARCNET] = {cx_read_arcnet, "ARCNET header"},
    [DLT_SLIP] = {cx_read_slip, "SLIP header"},
    [DLT_PPP] = {cx_read_hdlc, "PPP header"},
    [DLT_FDDI] = {cx_read_fddi, "FDDI header"},
    [CX_DLT_LLC] = {cx_read_llc, "IEEE 802.2 LLC"},
    [DLT_RAW] = {cx_read_raw, "IP header"},
    [DLT_ENC_OPENBSD] = {cx_read_enc, "IPsec enc header"},
    [DLT_RAW_OPENBSD] = {cx_read_raw, "IP header"},
    [LINKTYPE_RAW] = {cx_read_raw, "IP header"},
    [DLT_SLIP_BSDOS] = {cx_read_slip_bsdos, "SLIP header"},
    [DLT_PPP_BSDOS] = {cx_read_ppp_bsdos, "PPP header"},
    [DLT_CLIP_SUSE] = {cx_read_atm_clip, "IP over ATM"},
    [DLT_ATM_CLIP] = {cx_read_atm_clip, "IP over ATM"},
    [DLT_PPP_SERIAL] = {cx_read_hdlc, "PPP header"},
    [DLT_PPP_ETHER] = {cx_read_pppoe, "PPPoE header"},
    [DLT_SYMANTEC] = {cx_read_symantec, "Symantec firewall header"},
    [DLT_C_HDLC] = {cx_read_chdlc, "Cisco HDLC header"},
    [DLT_IEEE802_11] = {cx_read_wlan, "802.11 header"},
    [DLT_FRELAY] = {cx_read_frame_relay, "Frame Relay header"},
    [DLT_LOOP] = {cx_read_loopback, "loopback header"},
    [DLT_ENC] = {cx_read_enc, "IPsec enc header"},
    [DLT_HDLC_NETBSD] = {cx_read_chdlc, "Cisco HDLC header"},
    [DLT_LINUX_SLL] = {cx_read_sll, "Linux cooked header"},
    [DLT_PFLOG] = {cx_read_pflog, "PF log header"},
    [DLT_PRISM_HEADER] = {cx_read_prism, "Prism header"},
    [DLT_IP_OVER_FC] = {cx_read_ip_over_fc, "IP over Fibre Channel header"},
    [DLT_SUNATM] = {cx_read_sunatm, "SunATM header"},
    [DLT_IEEE802_11_RADIO] = {cx_read_radiotap, "radiotap header"},
    [DLT_TZSP] = {cx_read_tzsp, "TZSP header"},
    [DLT_ARCNET_LINUX] = {cx_read_arcnet_linux, "ARCNET header"},
    [DLT_JUNIPER_MLPPP] = {cx_read_juniper, "Juniper header"},
    [DLT_JUNIPER_MLFR] = {cx_read_juniper, "Juniper header"},
    [DLT_JUNIPER_GGSN] = {cx_read_juniper, "Juniper header"},
    [DLT_JUNIPER_ATM2] = {cx_read_juniper, "Juniper header"},
    [DLT_JUNIPER_SERVICES] = {cx_read_juniper, "Juniper header"},
    [DLT_JUNIPER_ATM1] = {cx_read_juniper, "Juniper header"},
    [DLT_APPLE_IP_OVER_IEEE1394] = {cx_read_ip_over_1394, "IP over IEEE 1394 header"},
    [DLT_DOCSIS] = {cx_read_docsis, "DOCSIS header"},
    [DLT_USER2] = {cx_read_user2, "PKTAP header"},
    [DLT_IEEE802_11_RADIO_AVS] = {cx_read_avs, "AVS header"},
    [DLT_PPP_PPPD] = {cx_read_ppp_with_direction, "PPP header"},
    [DLT_JUNIPER_PPPOE] = {cx_read_juniper, "Juniper header"},
    [DLT_JUNIPER_ETHER] = {cx_read_juniper, "Juniper header"},
    [DLT_JUNIPER_PPP] = {cx_read_juniper, "Juniper header"},
    [DLT_JUNIPER_FRELAY] = {cx_read_juniper, "Juniper header"},
    [DLT_JUNIPER_CHDLC] = {cx_read_juniper, "Juniper header"},
    [DLT_MFR] = {cx_read_multilink_frame_relay, "Multilink Frame Relay header"},
    [DLT_JUNIPER_VP] = {cx_read_juniper, "Juniper header"},
    [DLT_PPI] = {cx_read_ppi, "PPI header"},
    [DLT_ERF] = {cx_read_erf, "ERF header"},
    [DLT_PPP_WITH_DIR] = {cx_read_ppp_with_direction, "PPP header"},
    [DLT_C_HDLC_WITH_DIR] = {cx_read_chdlc_with_direction, "Cisco HDLC header"},
    [DLT_FRELAY_WITH_DIR] = {cx_read_frame_relay_with_direction, "Frame Relay header"},
    [DLT_MPLS] = {cx_read_mpls, "MPLS"},
    [DLT_IPNET] = {cx_read_ipnet, "IPNET header"},
    [DLT_IPV4] = {cx_read_raw, "IP header"},
    [DLT_IPV6] = {cx_read_raw, "IP header"},
    [DLT_NFLOG] = {cx_read_nflog, "NFLOG header"},
    [DLT_NETANALYZER] = {cx_read_netanalyzer, "netANALYZER header"},
    [DLT_NETANALYZER_TRANSPARENT] = {cx_read_netanalyzer_transparent, "netANALYZER header"},
    [DLT_IPOIB] = {cx_read_ipoib, "IP over InfiniBand header"},
    [DLT_WIRESHARK_UPPER_PDU] = {cx_read_upper_pdu, "exported PDU"},
    [DLT_PKTAP] = {cx_read_pktap, "PKTAP header"},
    [DLT_ETHERNET_MPACKET] = {cx_read_mpacket, "802.3br mPacket"},
    [DLT_LINUX_SLL2] = {cx_read_sll2, "Linux cooked header"},
    [DLT_DSA_TAG_BRCM] = {cx_read_dsa, "DSA tag"},
    [DLT_DSA_TAG_BRCM_PREPEND] = {cx_read_dsa_prepended, "DSA tag"},
    [DLT_DSA_TAG_DSA] = {cx_read_dsa, "DSA tag"},
    [DLT_DSA_TAG_EDSA] = {cx_read_dsa_ethertype, "DSA tag"},
};

void cx_frame_begin(cx_frame *f, uint32_t layer, cx_slice bytes, uint32_t wire)
{
    f->c = cx_cursor_over(bytes, bytes.len < wire ? CX_TRUNCATED : CX_MALFORMED);
    if (f->c.left > wire)
        f->c.left = wire;
    f->start = bytes.p;
    f->wire = wire;
    f->layer = layer;
    f->what = NULL;
    f->link = 0;
    f->link_unknown = f->encrypted = f->repeated = false;
    f->n_more = 0;
}

void cx_frame_limit(cx_frame *f, size_t n)
{
    if (f->c.err != CX_OK || n >= cx_frame_wire(f))
        return;
    f->wire = (uint32_t)(f->c.p - f->start) + (uint32_t)n;
    if (f->c.left >= n) {
        f->c.left = n;
        f->c.on_short = CX_MALFORMED; /* all that it promises is there */
    }
}

/* The version in the first nibble says what follows. */
static cx_status read_ip(cx_frame *f)
{
    if (f->c.left == 0) {
        f->what = "IP header";
        return f->c.on_short;
    }
    const unsigned version = f->c.p[0] >> 4;
    if (version != 4 && version != 6)
        return CX_UNSUPPORTED;
    f->layer = version == 4 ? CX_ETHERTYPE_IPV4 : CX_ETHERTYPE_IPV6;
    return CX_OK;
}

/* Reads one header. */
static cx_status step(cx_frame *f)
{
    if (f->layer == CX_LAYER_IP)
        return read_ip(f);
    if (f->layer == CX_LAYER_UNKNOWN)
        return CX_UNSUPPORTED;
    if (f->layer >= CX_LAYER_LINK(0)) {
        const uint32_t link = f->layer - CX_LAYER_LINK(0);
        if (link < sizeof links / sizeof *links && links[link].read) {
            f->what = links[link].what;
            return links[link].read(f);
        }
        f->what = "link type";
        f->link = (uint16_t)link;
        f->link_unknown = true;
        return CX_UNSUPPORTED;
    }
    const cx_layer_row *row = cx_ethertypes;
    while (row->what && row->layer != f->layer)
        row++;
    if (row->what)
        f->what = row->what;
    return row->read ? row->read(f) : CX_UNSUPPORTED;
}

cx_status cx_link_strip(cx_frame *f)
{
    if (f->layer == CX_LAYER_LINK(DLT_EN10MB) && f->c.left >= 14) { /* nearly all packets */
        const uint32_t type = (uint32_t)(f->c.p[12] << 8 | f->c.p[13]);
        if (type == CX_ETHERTYPE_IPV4 || type == CX_ETHERTYPE_IPV6) {
            f->c.p += 14;
            f->c.left -= 14;
            f->layer = type;
            return CX_OK;
        }
    }
    for (unsigned headers = 0; headers <= CX_MAX_LINK_HEADERS; headers++) {
        if (f->layer == CX_ETHERTYPE_IPV4 || f->layer == CX_ETHERTYPE_IPV6 ||
            f->layer == CX_LAYER_DATAGRAM)
            return CX_OK;
        cx_status status = step(f);
        if (f->c.err != CX_OK)
            return f->c.err;
        if (status != CX_OK)
            return status;
        f->what = "link payload that is not IP";
    }
    f->what = "headers of the link layer";
    return CX_LIMIT;
}

const char *cx_link_name(uint16_t link, char out[24])
{
    const char *name = pcap_datalink_val_to_name(link);
    if (name)
        return name;
    snprintf(out, 24, "LINKTYPE_%u", (unsigned)link);
    return out;
}
