/* The rows that a worker wrote, one after the other out of the file that holds them. */
#pragma once

#include "store/row.h"

typedef struct cx_batch_rows {
    int fd;
    uint64_t from, to; /* where they are */
    uint64_t at;       /* read up to there */
    cx_buf bytes;      /* read, not all used */
    size_t used;
} cx_batch_rows;

void cx_batch_rows_init(cx_batch_rows *r, int fd, uint64_t from, uint64_t to);

/* The next row; its texts live until the next call. CX_END: there is none; CX_MALFORMED: what comes
 * is no row; CX_IO: errno; CX_NO_MEMORY. */
CX_USE cx_status cx_batch_rows_next(cx_batch_rows *r, cx_row *ret);

/* The next row is the first one again. */
void cx_batch_rows_rewind(cx_batch_rows *r);
void cx_batch_rows_free(cx_batch_rows *r);
