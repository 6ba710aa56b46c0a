/* What comes of a worker, into the database: results and fates. */
#pragma once

#include "app/batch_keeper.h"
#include "app/batch_pool.h"

/* What a keeper told of a job, and where the rows of its worker are. */
typedef struct cx_batch_told {
    cx_keeper_end end;
    int how;
    int fd;
    uint64_t from, to;
} cx_batch_told;

/* A job is over: its results, or why there are none, go into the database, its fates to standard
 * error. A worker that met content which is claimed leaves that in ret_known, its SHA-256, else "";
 * then nothing is noted. CX_IO: the database. */
CX_USE cx_status cx_batch_take(cx_batch_pool *pool, const cx_batch_job *job,
                               const cx_batch_told *told, char ret_known[CX_SHA256_TEXT]);

/* Is the content of a single file still to be read? *ret_known is what is known of it. */
CX_USE cx_status cx_batch_wanted(const cx_batch_pool *pool, const char *sha256, bool *ret_wanted,
                                 cx_store_known *ret_known);

/* The content of the only file of the job is known: its fate is that of the other one. */
CX_USE cx_status cx_batch_same(cx_batch_pool *pool, const cx_batch_job *job, const char *sha256,
                               const cx_store_known *known);

/* Notes files that no worker is started for: f->odd says what it is. */
CX_USE cx_status cx_batch_odd(cx_batch_pool *pool, const cx_batch_file *f);
