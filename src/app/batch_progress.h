/* The line on a terminal that says how far an archive run is. */
#pragma once

#include "app/batch_pool.h"

typedef struct cx_batch_progress {
    bool shown; /* standard error is a terminal, and not -q */
    bool there; /* a line stands on it */
    uint64_t jobs;
    int64_t bytes; /* of all */
    int64_t started_ns, told_ns;
} cx_batch_progress;

void cx_batch_progress_begin(cx_batch_progress *p, const cx_options *options, uint64_t jobs,
                             int64_t bytes);

/* As cx_batch_pool.progress; self is the cx_batch_progress. */
void cx_batch_progress_tell(void *self, const cx_batch_done *done, int64_t underway);

/* Wipes the line, which comes back with the next call. self: as above. */
void cx_batch_progress_hide(void *self);
