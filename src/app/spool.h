/* Bytes kept until they are wanted: in memory, and when they are many in a file without a name. */
#pragma once

#include "base/buf.h"

#include <stdio.h>

typedef struct cx_spool {
    cx_buf head;   /* all of it, or nothing once file is there */
    FILE *file;    /* NULL: it fits into memory */
    uint64_t size; /* bytes kept */
} cx_spool;

#define CX_SPOOL_MEMORY                                                                            \
    4194304u /* bytes of one spool in memory; a worker's results are some KiB                      \
              */

cx_spool cx_spool_init(void);

/* CX_IO: the file cannot be written (errno); CX_NO_MEMORY. */
CX_USE cx_status cx_spool_put(cx_spool *s, const void *bytes, size_t n);

/* Each line without its end, in order; the first answer that is not CX_OK ends it. A last line
 * without an end is given as well. CX_IO: the file cannot be read. */
CX_USE cx_status cx_spool_lines(cx_spool *s, cx_status (*line)(void *self, cx_slice line),
                                void *self);
void cx_spool_free(cx_spool *s);
