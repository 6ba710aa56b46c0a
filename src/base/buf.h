/* Growable bytes with a maximum that is fixed when they are created. Owned: cx_buf_free. */
#pragma once

#include "base/slice.h"
#include "base/status.h"

typedef struct cx_buf {
    uint8_t *p;
    size_t len, cap, max; /* bytes */
} cx_buf;

/* Allocates nothing. */
static inline cx_buf cx_buf_init(size_t max)
{
    return (cx_buf){.max = max};
}

/* As cx_buf_put, where there is no room left. */
CX_USE cx_status cx_buf_put_more(cx_buf *b, const void *bytes, size_t n);

/* Appends. CX_LIMIT: it would grow past max; CX_NO_MEMORY. Unchanged on failure. JSON comes in
 * pieces of a few bytes: where there is room, no function is called. */
CX_USE static inline cx_status cx_buf_put(cx_buf *b, const void *bytes, size_t n)
{
    if (n == 0)
        return CX_OK;
    if (n > b->cap - b->len || n > b->max - b->len)
        return cx_buf_put_more(b, bytes, n);
    memcpy(b->p + b->len, bytes, n);
    b->len += n;
    return CX_OK;
}

CX_USE cx_status cx_buf_put_slice(cx_buf *b, cx_slice s);
CX_USE cx_status cx_buf_put_text(cx_buf *b, const char *text);

/* Drops the first n bytes (all when n >= len). */
void cx_buf_drop(cx_buf *b, size_t n);

/* Gives the memory back; the maximum stays, the buffer can be used again. */
void cx_buf_free(cx_buf *b);

/* Valid until the next put or free. */
static inline cx_slice cx_buf_slice(const cx_buf *b)
{
    return (cx_slice){b->p, b->len};
}
