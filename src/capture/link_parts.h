/* The link layers of this folder, for each other and for link.c, whose tables lead to them. Each
 * reads the header at f->c and says in f->layer what follows. CX_OK: go on there, or, when f->c
 * came to its end, fail with its error; CX_UNSUPPORTED: nothing that leads to IP, f->what says
 * what. */
#pragma once

#include "capture/link.h"

#include <pcap/dlt.h>

#define CX_DLT_LLC DLT_ATM_RFC1483 /* IEEE 802.2 LLC at once */

enum {
    CX_ETHERTYPE_LLC_MAX = 1500, /* below: a length, LLC follows (IEEE 802.3 3.2.6) */
    CX_ETHERTYPE_TEB = 0x6558,   /* an Ethernet frame (RFC 1701) */
    CX_ETHERTYPE_PPP = 0x880b,
    CX_ETHERTYPE_MPLS = 0x8847,
    CX_ETHERTYPE_PPPOE_SESSION = 0x8864,
    CX_ETHERTYPE_NSH = 0x894f,
};

typedef cx_status (*cx_layer_reader)(cx_frame *f);

typedef struct cx_layer_row {
    uint32_t layer;
    cx_layer_reader read; /* NULL: known by name only */
    const char *what;     /* its header, or itself */
} cx_layer_row;

/* ---- link_ether.c: Ethernet, its tags and shims; the other LANs of IEEE 802 ---- */
extern const cx_layer_row cx_ethertypes[]; /* what = NULL at the end */
cx_status cx_read_ethernet(cx_frame *f);
cx_status cx_read_llc(cx_frame *f);
cx_status cx_read_token_ring(cx_frame *f);
cx_status cx_read_fddi(cx_frame *f);
cx_status cx_read_arcnet(cx_frame *f);
cx_status cx_read_arcnet_linux(cx_frame *f);
cx_status cx_read_mpls(cx_frame *f);
cx_status cx_read_mpacket(cx_frame *f);

/* ---- link_serial.c: PPP, HDLC, Frame Relay, ATM ---- */
cx_status cx_read_ppp(cx_frame *f);
cx_status cx_read_ppp_with_direction(cx_frame *f);
cx_status cx_read_ppp_bsdos(cx_frame *f);
cx_status cx_read_pppoe(cx_frame *f);
cx_status cx_read_hdlc(cx_frame *f); /* of PPP, or of Cisco */
cx_status cx_read_chdlc(cx_frame *f);
cx_status cx_read_chdlc_with_direction(cx_frame *f);
cx_status cx_read_frame_relay(cx_frame *f);
cx_status cx_read_frame_relay_with_direction(cx_frame *f);
cx_status cx_read_multilink_frame_relay(cx_frame *f);
cx_status cx_read_atm_clip(cx_frame *f);
cx_status cx_read_sunatm(cx_frame *f);
cx_status cx_read_slip(cx_frame *f);
cx_status cx_read_slip_bsdos(cx_frame *f);
cx_status cx_ppp_protocol(cx_frame *f, uint16_t protocol); /* what it says follows */
cx_status cx_nlpid(cx_frame *f);                           /* ISO/IEC TR 9577, RFC 2427 */

/* ---- link_wlan.c ---- */
cx_status cx_read_wlan(cx_frame *f);
cx_status cx_read_radiotap(cx_frame *f);
cx_status cx_read_prism(cx_frame *f);
cx_status cx_read_avs(cx_frame *f);
cx_status cx_read_ppi(cx_frame *f);

/* ---- link_meta.c: headers that capturing systems put in front ---- */
cx_status cx_read_loopback(cx_frame *f);
cx_status cx_read_raw(cx_frame *f);
cx_status cx_read_sll(cx_frame *f);
cx_status cx_read_sll2(cx_frame *f);
cx_status cx_read_enc(cx_frame *f);
cx_status cx_read_pflog(cx_frame *f);
cx_status cx_read_symantec(cx_frame *f);
cx_status cx_read_ip_over_fc(cx_frame *f);
cx_status cx_read_ip_over_1394(cx_frame *f);
cx_status cx_read_ipoib(cx_frame *f);
cx_status cx_read_ipnet(cx_frame *f);
cx_status cx_read_nflog(cx_frame *f);
cx_status cx_read_netanalyzer(cx_frame *f);
cx_status cx_read_netanalyzer_transparent(cx_frame *f);
cx_status cx_read_pktap(cx_frame *f);
cx_status cx_read_user2(cx_frame *f);
cx_status cx_read_docsis(cx_frame *f);
cx_status cx_read_dsa(cx_frame *f);
cx_status cx_read_dsa_ethertype(cx_frame *f);
cx_status cx_read_dsa_prepended(cx_frame *f);

/* ---- link_pdu.c, link_erf.c, link_juniper.c ---- */
cx_status cx_read_upper_pdu(cx_frame *f);
cx_status cx_read_tzsp(cx_frame *f);
cx_status cx_read_erf(cx_frame *f);
cx_status cx_read_juniper(cx_frame *f);
