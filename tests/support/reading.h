/* Reads a capture to its end and keeps all that came, for tests of formats. */
#pragma once

#include "base/buf.h"
#include "capture/source.h"

/* What was read of an input. */
typedef struct test_reading {
    cx_status status; /* of opening; CX_OK: the rest is filled */
    char why[256];
    cx_source_info info;    /* but for the secrets, which are gone */
    cx_packet packets[512]; /* bytes: copies in data */
    size_t n, batches;
    cx_buf data;
    cx_buf secrets; /* all key log texts, one behind the other */
} test_reading;

/* Reads stream, which is closed then, as file 3 of the name "name". Free with test_reading_done. */
void test_read_stream(FILE *stream, const char *filter, test_reading *r);
void test_read_bytes(cx_slice bytes, test_reading *r);
void test_reading_done(test_reading *r);

/* Was the same read, with the same damage? */
bool test_same_reading(const test_reading *a, const test_reading *b);

/* Reads bytes from a file, from pipes in pieces of several sizes (only large ones of much) and from
 * memory without a file descriptor: all must give the same, which is in *r. */
void test_read_all_ways(cx_slice bytes, test_reading *r);

/* Opens and reads bytes with every allocation failing in turn: each time CX_NO_MEMORY must be told,
 * by the opening or on the way. Returns how many there were. */
size_t test_read_without_memory(cx_slice bytes);
