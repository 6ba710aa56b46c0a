/* Rows out of a file (batch_rows.h). */
#include "app/batch_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE 1048576u /* bytes read at a time: the rows of nearly all captures */

void cx_batch_rows_init(cx_batch_rows *r, int fd, uint64_t from, uint64_t to)
{
    *r = (cx_batch_rows){
        .fd = fd, .from = from, .to = to, .at = from, .bytes = cx_buf_init(CX_MAX_ROW + PIECE)};
}

/* At least need bytes from used on, where there are so many. */
static cx_status fill(cx_batch_rows *r, size_t need)
{
    uint64_t left = r->to - r->at;
    size_t have = r->bytes.len - r->used, n = need > have ? need - have : 0;
    n = n > PIECE ? n : PIECE;
    n = n < left ? n : (size_t)left;
    if (n == 0)
        return CX_MALFORMED; /* the last row is not whole */
    if (r->used) {
        cx_buf_drop(&r->bytes, r->used);
        r->used = 0;
    }
    if (r->bytes.cap - r->bytes.len < n) { /* room, without a copy of what is read into it */
        uint8_t *grown = realloc(r->bytes.p, r->bytes.len + n);
        if (!grown)
            return CX_NO_MEMORY;
        r->bytes.p = grown;
        r->bytes.cap = r->bytes.len + n;
    }
    while (n) {
        ssize_t got = pread(r->fd, r->bytes.p + r->bytes.len, n, (off_t)r->at);
        if (got == 0)
            return CX_MALFORMED; /* nobody makes it shorter */
        if (got < 0 && errno != EINTR)
            return CX_IO;
        r->bytes.len += got > 0 ? (size_t)got : 0;
        r->at += got > 0 ? (uint64_t)got : 0;
        n -= got > 0 ? (size_t)got : 0;
    }
    return CX_OK;
}

cx_status cx_batch_rows_next(cx_batch_rows *r, cx_row *ret)
{
    for (;;) {
        size_t size = 0;
        cx_slice rest = cx_slice_sub(cx_buf_slice(&r->bytes), r->used, r->bytes.len);
        if (!rest.len && r->at == r->to)
            return CX_END;
        cx_status status = cx_row_unpack(rest, ret, &size);
        if (status == CX_OK)
            r->used += size;
        if (status != CX_TRUNCATED)
            return status;
        status = fill(r, size);
        if (status != CX_OK)
            return status;
    }
}

void cx_batch_rows_rewind(cx_batch_rows *r)
{
    if (r->at - r->from != r->bytes.len) { /* the first ones are gone */
        r->bytes.len = 0;
        r->at = r->from;
    }
    r->used = 0;
}

void cx_batch_rows_free(cx_batch_rows *r)
{
    cx_buf_free(&r->bytes);
}
