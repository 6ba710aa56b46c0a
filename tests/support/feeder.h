/* Feeds a dissector as the flow layer does: bytes that it leaves are joined with what follows, it
 * is not called before it has what it asked for, and inner protocols get their bytes whole. Every
 * call sees its bytes in an allocation of exactly their size, so that the address sanitizer finds a
 * read past them. A dissector that breaks the rules of dissector.h ends the program with abort().
 */
#pragma once

#include "flow/dissector.h"

#include <stdio.h>

typedef struct test_feeder {
    const cx_dissector *dissector;
    const cx_dissector *const *children; /* for cx_emit_child and cx_emit_stream; NULL at the end;
                                          * NULL: none */
    cx_event_sink sink;                  /* takes every event; endpoints are set */
    cx_endpoint client, server;
    cx_tls_opener *opener; /* NULL: there are no secrets */
    /* own */
    cx_emit emit;
    cx_arena scratch;
    void *state;
    struct test_inner *inner; /* inner streams, the latest first */
    cx_inner what;            /* of an inner stream */
    uint32_t depth;
    uint32_t exchange;
    struct {
        uint8_t *bytes;
        size_t len, need;
        cx_evidence first, last;
        bool done, fin;
        uint64_t consumed; /* bytes */
        uint64_t handover; /* 1 + bytes consumed when it handed the direction over; 0: it did not */
    } dir[2];
} test_feeder;

/* Sets up f, whose first members the caller has filled in. False: no memory. */
bool test_feeder_start(test_feeder *f);

/* The next bytes of a direction of a TCP connection. */
void test_feeder_push(test_feeder *f, uint8_t dir, cx_slice bytes, cx_evidence at);

/* missing bytes of a direction were lost. */
void test_feeder_gap(test_feeder *f, uint8_t dir, uint64_t missing, cx_evidence at);

/* A UDP datagram; cut: the capture holds only its beginning. */
void test_feeder_datagram(test_feeder *f, uint8_t dir, cx_slice bytes, bool cut, cx_evidence at);

/* Both directions end; frees what test_feeder_start and the pushes took. */
void test_feeder_finish(test_feeder *f);
