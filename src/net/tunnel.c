/* Tunnels (tunnel.h): the tables, those that have no header of their own, and paths. */
#include "net/tunnel.h"

#include "base/hash.h"

#include <pcap/dlt.h>

/* ---- IP protocols (https://www.iana.org/assignments/protocol-numbers) ---- */

static cx_status ipv4_follows(cx_frame *f, cx_tunnel *t)
{
    (void)t;
    f->layer = CX_ETHERTYPE_IPV4;
    return CX_OK;
}

static cx_status ipv6_follows(cx_frame *f, cx_tunnel *t)
{
    (void)t;
    f->layer = CX_ETHERTYPE_IPV6;
    return CX_OK;
}

static cx_status ethernet_follows(cx_frame *f, cx_tunnel *t)
{
    (void)t;
    f->layer = CX_LAYER_LINK(DLT_EN10MB);
    return CX_OK;
}

static cx_status read_etherip(cx_frame *f, cx_tunnel *t) /* RFC 3378 3 */
{
    const uint8_t *h = cx_take(&f->c, 2);
    if (h && h[0] >> 4 != 3)
        return CX_UNSUPPORTED;
    return ethernet_follows(f, t);
}

static cx_status read_pim(cx_frame *f, cx_tunnel *t) /* RFC 7761 4.9.3: Register */
{
    (void)t;
    const uint8_t *h = cx_take(&f->c, 8);
    if (!h || h[0] != 0x21)
        return CX_UNSUPPORTED;
    f->layer = CX_LAYER_IP;
    return CX_OK;
}

cx_tunnel_reader cx_tunnel_of_ip(uint8_t proto)
{
    switch (proto) {
    case 4:
        return ipv4_follows;
    case 41:
        return ipv6_follows;
    case 47:
        return cx_tunnel_gre;
    case 97:
        return read_etherip;
    case 103:
        return read_pim;
    case 115:
        return cx_tunnel_l2tp_ip;
    case 137: /* RFC 4023 3 */
        return cx_tunnel_mpls;
    case 143: /* RFC 8986 10.1 */
        return ethernet_follows;
    default:
        return NULL;
    }
}

/* ---- ports of UDP ---- */

static cx_tunnel_reader of_port(uint16_t port)
{
    switch (port) {
    case 1701:
        return cx_tunnel_l2tp_udp;
    case 2123: /* GTP-C, where some send user data too */
    case 2152:
    case 3386:
        return cx_tunnel_gtp;
    case 3544:
        return cx_tunnel_teredo;
    case 4306:
        return cx_tunnel_batman_gateway;
    case 4341:
        return cx_tunnel_lisp;
    case 4754: /* RFC 8086 */
        return cx_tunnel_gre;
    case 4789:
        return cx_tunnel_vxlan;
    case 4790:
        return cx_tunnel_vxlan_gpe;
    case 5072:
        return cx_tunnel_ayiya;
    case 5247:
        return cx_tunnel_capwap;
    case 6081:
        return cx_tunnel_geneve;
    case 6635: /* RFC 7510 */
        return cx_tunnel_mpls;
    case 12222:
    case 12223:
        return cx_tunnel_lwapp;
    case 30030:
        return cx_tunnel_jmirror;
    case 37008:
        return cx_tunnel_tzsp;
    default:
        return NULL;
    }
}

/* Ports of services that tell more than the port that a client happened to get. */
static bool is_service(uint16_t port)
{
    return port == 53 || port == 88 || port == 137 || port == 464 || port == 5060;
}

/* Of two ports the lower one is rather a server's, as Wireshark has it too. */
cx_tunnel_reader cx_tunnel_of_udp(uint16_t sport, uint16_t dport)
{
    const uint16_t low = sport < dport ? sport : dport, high = sport < dport ? dport : sport;
    cx_tunnel_reader reader = of_port(low);
    return reader || is_service(low) ? reader : of_port(high);
}

/* ---- paths ---- */

uint64_t cx_tunnel_path(uint64_t around, cx_tunnel_reader kind, const cx_tunnel *t,
                        const cx_ip *outer)
{
    if (t->mirror)
        return around;
    /* a sum: which end sends must make no difference */
    const uint64_t ends = cx_hash(outer->src.addr, sizeof outer->src.addr, 1) +
                          cx_hash(outer->dst.addr, sizeof outer->dst.addr, 1);
    const uint64_t path = cx_mix(cx_mix(around, ends), (uint64_t)(uintptr_t)kind ^ t->id);
    return path ? path : 1;
}
