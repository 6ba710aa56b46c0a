/* Bytes as hexadecimal text: literals in tests, and recorded conversations, tests/data/NAME.hex:
 *
 *   # comment
 *   > 30820102…  bytes of the client, "<" of the server: a piece
 *     0102…      more bytes of the same piece; blanks are skipped
 *   = text       what another program reads in that piece */
#pragma once

#include "support/dissect.h"

/* The bytes that text stands for; how many. Fails the cmocka test when text is no hexadecimal, or
 * stands for more than max bytes. */
size_t test_hex(const char *text, uint8_t *out, size_t max);

typedef struct test_recording {
    test_piece *pieces;
    char (*oracle)[160]; /* the "=" of each piece, "" where there is none */
    size_t n_pieces;
    uint8_t *bytes; /* what the pieces point into */
} test_recording;

/* Fails the cmocka test when the file cannot be read or has another form. */
test_recording test_recording_read(const char *name);
void test_recording_free(test_recording *r);
