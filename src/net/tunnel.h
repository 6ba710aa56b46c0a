/* Tunnels: what IP or UDP carries is a packet again. A tunnel is a row of a table in tunnel.c: an
 * IP protocol or a port of UDP, and the function that takes its header. */
#pragma once

#include "base/arena.h"
#include "capture/link.h"
#include "net/ip.h"

/* What a tunnel says of itself beyond what it carries. */
typedef struct cx_tunnel {
    uint64_t id; /* of the network inside, where both directions have the same: a VNI, a key */
    bool mirror; /* brings copies of packets to the analyzer: no network of its own */
    cx_arena *scratch; /* for payloads that must be unpacked; lives as long as the batch */
} cx_tunnel;

/* Takes the header of a tunnel at f->c and sets f->layer to what follows. *t: scratch is set, the
 * rest zero. CX_UNSUPPORTED: it is none, or carries no packet that leads to IP; then, or when f->c
 * came to its end, f and t are of no use. */
typedef cx_status (*cx_tunnel_reader)(cx_frame *f, cx_tunnel *t);

/* The tunnel that an IP protocol is, or NULL. */
cx_tunnel_reader cx_tunnel_of_ip(uint8_t proto);

/* The tunnel that a datagram of UDP may be, by its ports, or NULL. */
cx_tunnel_reader cx_tunnel_of_udp(uint16_t sport, uint16_t dport);

/* The path of packets in this tunnel, of those around it so far: a number that both directions
 * have, whichever end sends. */
uint64_t cx_tunnel_path(uint64_t around, cx_tunnel_reader kind, const cx_tunnel *t,
                        const cx_ip *outer);

/* ---- for tunnel.c: tunnel_gre.c, tunnel_udp.c, tunnel_l2tp.c ---- */

cx_status cx_tunnel_gre(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_vxlan(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_vxlan_gpe(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_geneve(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_gtp(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_teredo(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_lisp(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_capwap(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_lwapp(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_mpls(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_tzsp(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_ayiya(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_jmirror(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_batman_gateway(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_l2tp_udp(cx_frame *f, cx_tunnel *t);
cx_status cx_tunnel_l2tp_ip(cx_frame *f, cx_tunnel *t);
