/* One capture in a process of its own: what it finds goes to a file that its parent reads
 * (store/row.h), and it touches nothing else. */
#pragma once

#include "app/batch_claims.h"
#include "app/keys.h"
#include "app/sandbox.h"

/* How a worker ends, beside signals. */
enum {
    CX_WORKER_DONE = 0,
    CX_WORKER_FAILED = 3,   /* out of memory, or something that cannot be */
    CX_WORKER_TOO_MUCH = 4, /* its rows are more than CX_WORKER_MAX_BYTES */
    CX_WORKER_NO_ROOM = 5,  /* its rows cannot be written */
    CX_WORKER_NO_BOX = 6    /* the system does not let it enter its sandbox */
};

#define CX_WORKER_MAX_BYTES 4294967296u /* of rows; a million attempts take 3 GiB */

/* How far a worker is: in memory that its parent and the process between them see as well. */
typedef struct cx_worker_progress {
    _Atomic uint64_t steps; /* grows as long as it gets on */
    _Atomic uint64_t bytes; /* of the files as they are on the disk, which are read twice: hashed,
                               then analyzed */
} cx_worker_progress;

/* What a worker is given. */
typedef struct cx_worker_job {
    const cx_options *options;
    const cx_keys *keys;
    const char *const *paths; /* as the results have them */
    const char *const *real;  /* as the system has them: of a set, which opens its files itself */
    size_t n;                 /* more than one: a set, read as one capture */
    int input;                /* of a single file, open; -1 for a set */
    int output;               /* rows are written where it stands */
    bool sure;                /* read it even if its content is claimed */
    uint64_t memory;          /* bytes of address space it may have; 0: no cap */
    uint64_t processor_s;     /* seconds of processor time it may take */
    const cx_claims *claims;  /* shared */
    cx_worker_progress *progress;
    const cx_sandbox *sandbox;
} cx_worker_job;

/* In the child, behind fork: reads, writes rows, ends the process. Rows: attempts, findings,
 * coverage; behind them the capture; last an input for each file, with its fate. Or one
 * CX_ROW_KNOWN alone: somebody else has claimed this content. Status 0: all was written. */
_Noreturn void cx_worker_run(const cx_worker_job *job);
