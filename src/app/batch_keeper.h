/* A keeper: a process beside the parent that starts a worker for each capture, watches over it, and
 * tells how it ended. It is forked before there is much in memory, so that forking from it is
 * cheap, has nothing open but what workers need, and reads no byte of a capture.
 *
 * A job takes a while to come and a report to go, so several are on the way: rows of a batch of
 * reports are in one file, those of the next batch in another. Each job says how many reports have
 * been taken: a file is begun anew only when all of its rows have, and goes on behind them before.
 */
#pragma once

#include "app/batch_worker.h"
#include "base/buf.h"

#include <sys/types.h>

#define CX_KEEPER_BATCH 8u                    /* reports at a time, at most */
#define CX_KEEPER_QUEUE (2 * CX_KEEPER_BATCH) /* jobs given and not told about, at most */

typedef struct cx_keeper_setup {
    const cx_options *options;
    const cx_keys *keys;
    const cx_claims *claims;
} cx_keeper_setup;

typedef struct cx_keeper {
    pid_t pid; /* 0: none */
    int socket;
    int rows[2];                  /* files without names */
    unsigned batch;               /* the next one's rows are in rows[batch] */
    cx_worker_progress *progress; /* of its worker */
} cx_keeper;

typedef struct cx_keeper_job {
    uint32_t number;
    bool sure;                /* read it even if its content is claimed */
    const char *const *paths; /* as the results have them */
    const char *const *real;  /* as the system has them */
    size_t n;                 /* more than one: a set */
    int64_t size;             /* bytes of all files */
    uint64_t taken;           /* reports of this keeper whose rows are not needed any more */
} cx_keeper_job;

typedef enum cx_keeper_end {
    CX_KEEPER_ENDED,   /* by itself, how says how */
    CX_KEEPER_UNOPEN,  /* the file cannot be opened: how is errno */
    CX_KEEPER_STUCK,   /* ended: no progress */
    CX_KEEPER_SLOW,    /* ended: too slow */
    CX_KEEPER_NO_FORK, /* no worker could be started: how is errno */
} cx_keeper_end;

typedef struct cx_keeper_report {
    uint32_t number;   /* of the job */
    uint32_t end;      /* cx_keeper_end */
    int32_t how;       /* as waitpid has it */
    uint32_t more;     /* of the batch follow: so many */
    uint64_t from, to; /* where its rows are in the file */
} cx_keeper_report;

/* processor: where it and its workers run; or CX_ANY_PROCESSOR. CX_IO: errno says why;
 * CX_NO_MEMORY. */
CX_USE cx_status cx_keeper_start(const cx_keeper_setup *setup, int processor, cx_keeper *ret);

/* Ends it and its worker. */
void cx_keeper_end_now(cx_keeper *k);

/* A job as bytes at the end of out, for cx_keeper_give. CX_NO_MEMORY. */
CX_USE cx_status cx_keeper_put_job(cx_buf *out, const cx_keeper_job *job);

/* Gives what cx_keeper_put_job put. Waits while the keeper is busy and there is much of it: a set
 * is given to one that has nothing to do. False: it is gone. */
bool cx_keeper_give(const cx_keeper *k, cx_slice jobs);

/* The next batch of reports, *ret_n of them, and in *ret_rows the file with their rows, which stays
 * as it is until a job says that they are taken. CX_TRUNCATED: nothing has come;
 * CX_END: it is gone. */
CX_USE cx_status cx_keeper_hear(cx_keeper *k, cx_keeper_report ret[CX_KEEPER_BATCH], size_t *ret_n,
                                int *ret_rows);
