/* Rows of tunnel headers and the checks that all of them pass (net/tunnel.h), as whole packets
 * through cx_decode. */
#pragma once

#include "base/slice.h"

typedef enum test_inner { /* what stands behind the header */
                          TEST_INNER_IPV4,
                          TEST_INNER_IPV6,
                          TEST_INNER_NONE /* the row's header is all: no tunnel, or nothing that
                                             leads to IP */
} test_inner;

typedef struct test_tunnel_row {
    const char *name;
    uint8_t proto;       /* of IP; 17: over UDP… */
    uint16_t port;       /* …from or to here */
    const char *header;  /* between the outer and the inner IP header */
    size_t len, trailer; /* bytes of it, and behind the inner packet */
    test_inner inner;
    bool mirror; /* no path of its own */
} test_tunnel_row;

#define TEST_TUNNEL(name, proto, port, header, inner)                                              \
    {                                                                                              \
        name, proto, port, header, sizeof header - 1, 0, inner, false                              \
    }
#define TEST_MIRROR(name, proto, port, header, inner)                                              \
    {                                                                                              \
        name, proto, port, header, sizeof header - 1, 0, inner, true                               \
    }

/* Bytes of the inner packets: headers and a datagram "data" from port 49153 to 5060. */
#define TEST_INNER4_LEN 32u
#define TEST_INNER6_LEN 52u

/* Each row whole, in both directions, in IPv4 and IPv6, cut at every byte, and with every byte of
 * its header changed. */
void test_tunnels(const test_tunnel_row *rows, size_t n);
