/* The worker processes of an archive run: as many at a time as asked for, one for each capture,
 * what they find put into the database by their parent. */
#pragma once

#include "app/batch_files.h"
#include "app/keys.h"
#include "store/get.h"

#include <signal.h>

typedef struct cx_batch_job {
    uint32_t *files; /* owned: which of the files; more than one: a set */
    size_t n;
    int64_t size; /* bytes of all */
} cx_batch_job;

typedef struct cx_batch_jobs {
    cx_batch_job *list;
    size_t n, cap;
} cx_batch_jobs;

typedef struct cx_batch_done {
    uint64_t files, jobs, known; /* looked at now; known: their content was there already */
    uint64_t failures;           /* findings of severity failure in what was read now */
    int64_t bytes;               /* of the files looked at */
} cx_batch_done;

typedef struct cx_batch_crew cx_batch_crew;

typedef struct cx_batch_pool {
    const cx_options *options;
    const cx_keys *keys;
    cx_store *store;
    const cx_store_origin *origin;
    const cx_batch_files *files;       /* of the jobs */
    const volatile sig_atomic_t *stop; /* not 0: end the workers, keep what is complete */
    /* Called when something was done, and four times a second. bytes_underway: of captures that are
     * not done, as far as they are read. */
    void (*progress)(void *self, const cx_batch_done *done, int64_t bytes_underway);
    /* Called before a line is said on standard error, where progress may stand. NULL: need not be.
     */
    void (*hide)(void *self);
    void *self;
    cx_batch_done done; /* counted up */
    char why[320];      /* of a failure */
    cx_batch_crew *crew;
} cx_batch_pool;

/* Starts what workers are started from, best before there is much in memory. CX_IO: why says why;
 * CX_NO_MEMORY. */
CX_USE cx_status cx_batch_pool_open(cx_batch_pool *pool);
void cx_batch_pool_close(cx_batch_pool *pool);

/* Runs all jobs, the first ones first, and commits; as often as wanted. CX_IO: the database, a
 * socket or a process failed (why says so, one line), and what was committed stays. CX_NO_MEMORY.
 * CX_END: stopped. After anything but CX_OK the pool has to be closed. */
CX_USE cx_status cx_batch_pool_run(cx_batch_pool *pool, const cx_batch_jobs *jobs);
