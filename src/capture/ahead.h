/* A second thread that reads an input: it fills blocks while the packets of those before them are
 * worked on, so that the kernel's copies and unpacking take no time from that. Bounded: the thread
 * waits when all blocks are full. */
#pragma once

#include "capture/input.h"

typedef struct cx_ahead cx_ahead;

/* Starts the thread, which alone calls fill until cx_ahead_free. room: bytes that the end of one
 * block may need in front of the next. NULL: no memory, or no thread. */
cx_ahead *cx_ahead_new(cx_input_fill fill, void *self, size_t room);

/* Waits for the next block and puts left, which is the end of the block before it or lies
 * elsewhere, in front of it. *ret_at: left.len + *ret_n bytes, valid until the next call. *ret_n is
 * 0 at the end: then nothing is changed, and the block before it stays. Returns the errno of the
 * read that failed, 0: none. */
int cx_ahead_next(cx_ahead *a, cx_slice left, uint8_t **ret_at, size_t *ret_n);

/* Ends the thread after the read that it is in; NULL is fine. */
void cx_ahead_free(cx_ahead *a);
