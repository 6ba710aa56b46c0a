/* Packets to transport headers: link layer, IPv4 and IPv6 with extension headers and fragments,
 * tunnels, TCP, UDP, ICMP of the innermost packet. Checksums are never looked at: offload makes
 * them wrong in the captures of healthy hosts. */
#pragma once

#include "base/limits.h"
#include "capture/packet.h"
#include "event/event.h"
#include "net/path.h"

enum {
    CX_TCP_FLAG_FIN = 1,
    CX_TCP_FLAG_SYN = 2,
    CX_TCP_FLAG_RST = 4,
    CX_TCP_FLAG_PSH = 8,
    CX_TCP_FLAG_ACK = 16,
    CX_TCP_FLAG_URG = 32
};

/* The transport header of one packet. Lives as long as the packet's batch. */
typedef struct cx_l4 {
    cx_evidence at;
    cx_status status; /* CX_OK; CX_TRUNCATED, CX_MALFORMED, CX_UNSUPPORTED: rest not usable */
    const char
        *what; /* status is not CX_OK: what could not be read, static ("ARP", "IPv4 header") */
    bool link_unknown;    /* the link type itself is not decoded */
    bool fragment;        /* held back until its datagram is complete; the first one of UDP has its
                           * ports and what it holds of the payload, which comes once more then */
    bool repeated;        /* the link says that it sends this once more (802.11 Retry) */
    cx_endpoint src, dst; /* ports 0 for ICMP and protocols without ports; proto is set */
    uint8_t ttl;          /* or hop limit */
    uint16_t ip_id;       /* IPv4 */
    uint16_t checksum;    /* of TCP, as captured */
    cx_path path;         /* the tunnels that it came through */
    uint8_t tcp_flags;
    uint8_t tcp_header; /* bytes of the header with its options: 20 without */
    uint16_t mss; /* SYN: the largest segment that its sender takes (RFC 9293 3.7.1); 0: not told */
    uint32_t seq, ack;
    uint16_t window;
    cx_slice payload;      /* of TCP, UDP or ICMP, as far as captured */
    uint32_t payload_wire; /* bytes that the IP header promises; > payload.len when snapped */
    cx_ev_icmp icmp; /* proto is ICMP or ICMPv6, else not set; type, code, the quoted packet */
} cx_l4;

typedef struct cx_decoder cx_decoder;

/* Counters for coverage: what was not decoded. */
typedef struct cx_decode_stats {
    uint64_t not_ip, truncated, malformed, fragments;
    uint64_t fragments_lost;    /* of incomplete datagrams */
    uint64_t fragments_evicted; /* of these, given up for others */
    uint64_t too_deep;          /* packets with more headers inside each other than are followed */
    uint64_t subframes_lost;    /* aggregated frames that there was no room for */
    uint64_t encrypted;         /* frames that the link encrypts */
    uint64_t paths_lost;        /* packets of tunnels that are no longer told apart */
    cx_evidence first_too_deep, first_encrypted;
    struct {
        uint16_t link;
        uint64_t packets;
        cx_evidence first;
    } unknown_links[8];
    uint32_t n_unknown_links;
} cx_decode_stats;

/* Holds fragments between batches. NULL: no memory. */
cx_decoder *cx_decoder_new(void);
void cx_decoder_free(cx_decoder *d);

#define CX_DECODED (2u * CX_BATCH) /* enough room for a batch, some of it aggregated */

/* Decodes n (at most CX_BATCH) packets into out, in their order; one that holds several frames
 * (802.11, PPP) gives several. Returns how many, at least n and at most room, which is n or more.
 * They live until the next call. */
size_t cx_decode(cx_decoder *d, const cx_packet *packets, size_t n, cx_l4 *out, size_t room);

const cx_decode_stats *cx_decoder_stats(const cx_decoder *d);
