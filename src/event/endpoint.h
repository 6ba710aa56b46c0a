/* Addresses and ports. */
#pragma once

#include "base/slice.h"

#define CX_IPPROTO_ICMP  1
#define CX_IPPROTO_TCP   6
#define CX_IPPROTO_UDP   17
#define CX_IPPROTO_ICMP6 58

/* One end of a conversation. IPv4 is held as a mapped IPv6 address (RFC 4291 2.5.5.2), so that one
 * compare does for both. family: 4 or 6, 0 for none. proto: the IP protocol number. */
typedef struct cx_endpoint {
    uint8_t addr[16];
    uint16_t port;
    uint8_t family, proto;
} cx_endpoint;

static inline bool cx_addr_eq(const cx_endpoint *a, const cx_endpoint *b)
{
    return memcmp(a->addr, b->addr, 16) == 0;
}

static inline bool cx_endpoint_eq(const cx_endpoint *a, const cx_endpoint *b)
{
    return a->port == b->port && cx_addr_eq(a, b);
}

#define CX_ADDR_TEXT 46 /* bytes that hold any address as text */

/* The address as in RFC 5952, without the port; empty text for family 0. */
void cx_addr_text(const cx_endpoint *e, char out[CX_ADDR_TEXT]);

/* Reads an IPv4 or IPv6 address (brackets allowed). False: it is none, *ret untouched. */
bool cx_addr_parse(cx_slice text, cx_endpoint *ret);

/* The shard, from 1 to shards, that the address belongs to: FNV-1a (64 bits) over its 16 bytes,
 * finished as in MurmurHash3, modulo shards. The same everywhere and for ever: machines share out
 * clients by it (docs/database.md). */
uint32_t cx_addr_shard(const cx_endpoint *e, uint32_t shards);
