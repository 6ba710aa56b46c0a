/* Growable bytes (buf.h). Doubles, never past the maximum. */
#include "base/buf.h"

#include <stdlib.h>

#define FIRST 64u /* bytes */

cx_status cx_buf_put_more(cx_buf *b, const void *bytes, size_t n)
{
    if (n > b->max - b->len)
        return CX_LIMIT;
    size_t cap = b->cap ? b->cap : b->max < FIRST ? b->max : FIRST;
    while (cap - b->len < n)
        cap = cap > b->max / 2 ? b->max : cap * 2;
    uint8_t *p = realloc(b->p, cap);
    if (!p)
        return CX_NO_MEMORY;
    b->p = p;
    b->cap = cap;
    memcpy(b->p + b->len, bytes, n);
    b->len += n;
    return CX_OK;
}

cx_status cx_buf_put_slice(cx_buf *b, cx_slice s)
{
    return cx_buf_put(b, s.p, s.len);
}

cx_status cx_buf_put_text(cx_buf *b, const char *text)
{
    return cx_buf_put(b, text, strlen(text));
}

void cx_buf_drop(cx_buf *b, size_t n)
{
    if (n >= b->len) {
        b->len = 0;
        return;
    }
    memmove(b->p, b->p + n, b->len - n);
    b->len -= n;
}

void cx_buf_free(cx_buf *b)
{
    if (!b)
        return;
    free(b->p);
    b->p = NULL;
    b->len = b->cap = 0;
}
