/* Runs: when, where and with what the database was filled. */
#pragma once

#include "store/put.h"

typedef struct cx_store_run {
    int64_t run, started_ns;
    int64_t inputs, analyzed; /* files seen; captures read by a worker */
} cx_store_run;

/* Notes that a run begins. started_ns: since 1970. */
CX_USE cx_status cx_store_run_begin(cx_store *s, cx_store_run *run, int64_t started_ns,
                                    const cx_store_origin *origin);
CX_USE cx_status cx_store_run_end(cx_store *s, const cx_store_run *run);
