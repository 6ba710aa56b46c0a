/* IP headers: IPv4 (RFC 791) and IPv6 with extension headers (RFC 8200), of packets and of the
 * packets that ICMP errors quote. */
#pragma once

#include "capture/link.h"
#include "event/endpoint.h"

typedef struct cx_ip {
    cx_endpoint src, dst; /* ports 0; proto as below */
    uint8_t proto;        /* behind all extension headers that could be read */
    uint8_t ttl;          /* or hop limit */
    uint16_t id;          /* IPv4 */
    cx_slice payload;     /* behind them, as far as there is; padding of the link is cut */
    uint32_t wire;        /* bytes that the header promises there; >= payload.len */
    uint32_t link_wire;   /* bytes that were on the wire there, padding included */
    bool fragment;        /* payload is a part of a datagram only */
    bool more;            /* another part follows */
    uint32_t frag_id;
    uint32_t frag_at; /* bytes */
    uint64_t path;    /* of the tunnel that it came through (tunnel.h); 0: none */
} cx_ip;

/* Reads the headers at the start of bytes; wire: bytes on the wire from there on (>= bytes.len).
 * CX_TRUNCATED: cut by the capture; CX_MALFORMED; *ret_what is static text then. *ret is filled as
 * far as it could be read: src.family is 0 when not even the addresses could. */
CX_USE cx_status cx_ip_read(uint16_t ethertype, cx_slice bytes, uint32_t wire, cx_ip *ret,
                            const char **ret_what);

/* Goes on behind the fragment header once ip->payload is the whole datagram. */
CX_USE cx_status cx_ip_read_extensions(cx_ip *ip, const char **ret_what);
