/* What an archive run has to look at: files and sets whose results are not known yet. */
#pragma once

#include "app/batch_pool.h"

typedef struct cx_batch_plan {
    cx_batch_jobs jobs; /* the largest first */
    uint64_t known;     /* files that are as they were when they were read */
    uint64_t other;     /* of these, with results of another version or other options */
    int64_t bytes;      /* of the jobs */
} cx_batch_plan;

/* CX_IO: the database; CX_NO_MEMORY. */
CX_USE cx_status cx_batch_plan_make(const cx_options *options, cx_store *store,
                                    const cx_store_origin *origin, const cx_batch_files *files,
                                    cx_batch_plan *ret);
void cx_batch_plan_free(cx_batch_plan *plan);
