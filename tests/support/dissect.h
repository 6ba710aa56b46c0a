/* Runs a dissector over a conversation in every way that a network may deliver it, and renders the
 * events as text, so that tests compare what was said and not how. */
#pragma once

#include "flow/dissector.h"

/* One piece of a conversation, in order. */
typedef struct test_piece {
    uint8_t dir;
    cx_slice bytes;
    bool lost; /* a gap of this length is in the capture instead */
    bool cut;  /* datagram: the capture holds only this beginning of it */
} test_piece;

typedef struct test_talk {
    const cx_dissector *dissector;
    const cx_dissector *const *children; /* for inner protocols; NULL at the end; NULL: left out */
    const test_piece *pieces;
    size_t n_pieces;
    cx_tls_opener *opener; /* NULL: there are no secrets */
    bool datagrams;        /* each piece is a datagram: never split or joined */
} test_talk;

/* The events of the conversation, one JSON line each without frame, time and addresses, as
 * report/event_json.h writes them. Piece k has frame k + 1. Caller frees. */
char *test_events_of(const test_talk *talk);

/* Fails the cmocka test unless the events equal `expected` (a line each, each ended by a newline)
 * when the conversation is fed whole, byte by byte, and at every two-way split of every piece. With
 * a gap instead of every piece in turn it only must not crash, hang or leak. */
void feed_all_ways(const test_talk *talk, const char *expected);

/* Every bit flipped and every truncation (of datagrams as sent, and as cut by the capture): no
 * crash, and at least min_rejected variants that give other events than the original. Above 2 KiB
 * sampled with a fixed seed. */
void mutate_all(const test_talk *talk, size_t min_rejected);

/* Each allocation fails in turn: no crash, no leak. Those of OpenSSL, libosip2 and jansson do not
 * count; of conversations with more than 2048 allocations a sample with a fixed seed. */
void fail_each_alloc(const test_talk *talk);
