/* Rows of link headers and the checks that all of them pass (capture/link.h). */
#pragma once

#include "capture/link.h"

#define TEST_LINK_PAYLOAD 20u /* bytes: the start of an IPv4 or IPv6 header, then zeros */

/* A header and what it leads to. Behind it stand the payload and `trailer` bytes that are no part
 * of it. */
typedef struct test_link_row {
    const char *name;
    uint32_t layer; /* of the header */
    const char *header;
    size_t len;
    size_t trailer;
    uint32_t next;    /* ethertype; 0: it leads nowhere */
    const char *what; /* next is 0: what is there */
    bool repeated, encrypted;
} test_link_row;

#define TEST_LINK(name, layer, header, next)                                                       \
    {                                                                                              \
        name, layer, header, sizeof header - 1, 0, next, NULL, false, false                        \
    }
#define TEST_LINK_CUT(name, layer, header, trailer, next)                                          \
    {                                                                                              \
        name, layer, header, sizeof header - 1, trailer, next, NULL, false, false                  \
    }
#define TEST_NO_LINK(name, layer, header, what)                                                    \
    {                                                                                              \
        name, layer, header, sizeof header - 1, 0, 0, what, false, false                           \
    }

/* Each row whole, cut at every byte by the capture and by the sender, and with every byte of the
 * header changed, which must lead somewhere within the packet or nowhere. */
void test_links(const test_link_row *rows, size_t n);
