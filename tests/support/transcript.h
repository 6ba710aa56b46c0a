/* Conversations as text, fixtures/transcripts/NAME.t, with the events that they are, NAME.ndjson,
 * as test_events_of writes them.
 *
 *   # comment, and empty lines: skipped
 *   >>> text     a line that the client sends, CRLF is added; "<<<" for the server
 *   >>>          an empty line
 *   >>> text\    no line end is added
 *   ---          the next line begins another piece; so does a change of direction
 *
 * In a text, \r \n \t \\ and \xNN stand for bytes. */
#pragma once

#include "support/dissect.h"

typedef struct test_transcript {
    test_piece *pieces;
    size_t n_pieces;
    uint8_t *bytes; /* what the pieces point into */
    char *events;   /* "" when there is no NAME.ndjson */
} test_transcript;

/* Fails the cmocka test when the file cannot be read or has a line that is none of the above. */
test_transcript test_transcript_read(const char *name);
void test_transcript_free(test_transcript *t);
