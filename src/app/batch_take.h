/* What became of a job, into the database; and whether its content is wanted at all. */
#pragma once

#include "app/batch_pool.h"
#include "app/spool.h"

/* The line that a worker asks with: its content is in ret. False: it does not ask. */
bool cx_batch_asked(cx_slice line, char ret[CX_SHA256_TEXT]);

/* Not when its results are there, of this tool and these options unless others will do. */
CX_USE cx_status cx_batch_wanted(cx_batch_pool *pool, const char *sha256, bool set,
                                 bool *ret_wanted, cx_store_known *ret_known);

/* A file that cannot be opened. */
CX_USE cx_status cx_batch_not_opened(cx_batch_pool *pool, const cx_batch_file *f, int error);

/* What is no regular file, and is not opened: a pipe would be waited for. */
CX_USE cx_status cx_batch_odd(cx_batch_pool *pool, const cx_batch_file *f);

/* The worker ended, since its content has results already. */
CX_USE cx_status cx_batch_same(cx_batch_pool *pool, const cx_batch_job *job, const char *sha256,
                               const cx_store_known *known);

/* The worker ended. killed: why we ended it, or NULL; how: as waitpid says. */
CX_USE cx_status cx_batch_take(cx_batch_pool *pool, const cx_batch_job *job, cx_spool *lines,
                               const char *killed, int how);
