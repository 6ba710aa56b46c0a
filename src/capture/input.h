/* The bytes of an input, read once from front to back: files and pipes alike. The first of them can
 * be looked at before anybody reads them, and the offset of the next byte is always known. */
#pragma once

#include "base/slice.h"
#include "base/status.h"

#include <assert.h>
#include <stdio.h>
#include <sys/types.h>

#define CX_INPUT_BUFFER 1048576u /* bytes; with 4 KiB system calls take two thirds of the time */

/* Up to n bytes; 0: end, -1: failed (errno). May give fewer than are still to come. */
typedef ssize_t (*cx_input_fill)(void *self, uint8_t *to, size_t n);

typedef struct cx_input {
    cx_input_fill fill;
    void *self;
    uint8_t *own;             /* CX_INPUT_BUFFER bytes */
    uint8_t *buffer;          /* own, or of ahead */
    struct cx_ahead *ahead;   /* the thread that calls fill; NULL: none. Owned */
    size_t from, to;          /* of the buffer: read ahead and not yet taken */
    uint64_t at;              /* offset of the next byte to take from the beginning of the input */
    int error;                /* errno of the read that failed; 0: none */
    const char *trouble;      /* what failed in the words of fill; NULL: as errno says. Borrowed */
    bool (*idle)(void *self); /* would fill wait? NULL: not known */
    bool end;                 /* nothing can be read any more, by end or error */
    bool waits;   /* the last read gave less than there was room for: a pipe, or the end */
    FILE *stream; /* of cx_input_stream; not owned */
    uint8_t *stream_buffer; /* of stream, owned */
} cx_input;

/* Reads through fill. CX_NO_MEMORY. */
CX_USE cx_status cx_input_init(cx_input *in, cx_input_fill fill, void *self);

/* cx_input_fill over a FILE that nothing was read from yet; self is the FILE. */
ssize_t cx_input_fill_stream(void *self, uint8_t *to, size_t n);

/* The next n bytes (at most CX_INPUT_BUFFER) without taking them; fewer at the end of the input.
 * Valid until the next call for this input. */
cx_slice cx_input_peek(cx_input *in, size_t n);

/* What was read ahead, without taking it; when that is nothing, what one read gives (wait) or
 * nothing. Valid until the next call for this input. */
cx_slice cx_input_ahead(cx_input *in, bool wait);

/* Takes n bytes; fewer at the end of the input. Returns how many. */
size_t cx_input_take(cx_input *in, void *to, size_t n);

/* The same without keeping them. What was peeked stays valid until the next call. */
uint64_t cx_input_skip(cx_input *in, uint64_t n);

/* Lets a second thread read from now on what comes of a file: nobody else may use what fill reads
 * from. Without memory or a thread all stays as it is. */
void cx_input_read_ahead(cx_input *in);

/* What was read ahead and not yet taken. Valid until the next call that reads. */
static inline cx_slice cx_input_there(const cx_input *in)
{
    return (cx_slice){in->buffer + in->from, in->to - in->from};
}

/* Takes n bytes of that. */
static inline void cx_input_pass(cx_input *in, size_t n)
{
    assert(n <= in->to - in->from);
    in->from += n;
    in->at += n;
}

/* Can bytes be read out of order, as those of a file on disk? *ret_size: how many there are from
 * the beginning of the input. */
bool cx_input_random(const cx_input *in, uint64_t *ret_size);

/* Then: n bytes at this offset from the beginning; fewer at the end. What is taken in order is not
 * touched. Returns how many; the errno of a failure is in in->error. */
size_t cx_input_read_at(cx_input *in, uint64_t at, void *to, size_t n);

/* Would one of the next n bytes have to be waited for? False for files, at the end, and when it is
 * not known. */
bool cx_input_idle(cx_input *in, size_t n);

/* A FILE that takes from in, for libraries; one for an input, and closed before it. It reads ahead:
 * ftello tells how far its reader is, in->at how far it is itself. NULL: no memory. */
FILE *cx_input_stream(cx_input *in);

/* Why a read failed: one line, valid as long as the input. */
const char *cx_input_error(const cx_input *in);

/* Gives the buffer back and ends the thread; what fill reads from stays open. */
void cx_input_free(cx_input *in);
