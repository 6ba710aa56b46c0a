/* One capture in a process of its own: what it finds goes to its parent as NDJSON of the public
 * schema, and it touches nothing else. */
#pragma once

#include "app/keys.h"

#include <stdatomic.h>

/* What a worker is given. The parent opened what it reads; all else it forgets. */
typedef struct cx_worker_job {
    const cx_options *options;
    const cx_keys *keys;
    const char *changes;        /* options that change results, as text */
    const char *const *paths;   /* as the results have them */
    const char *const *real;    /* as the system has them: of a set, which opens its files itself */
    size_t n;                   /* more than one: a set, read as one capture */
    int fd;                     /* of a single file; -1 for a set */
    uint64_t memory;            /* bytes of address space it may have; 0: no cap */
    _Atomic uint64_t *progress; /* shared: grows as long as it gets on */
    /* The path of a single file that is given later, by its number. */
    const char *(*path_of)(const void *self, uint32_t number);
    const void *self;
} cx_worker_job;

/* In the child, behind fork: reads, writes lines to the socket, ends the process. Lines: "capture"
 * with sha256, then it waits for a byte from the socket: 'y' to go on, else it ends; the other
 * lines of the result; last an "input" line for each file, with its fate. After a single file it
 * waits for another one, until the socket is closed. Status 0: all was said. */
_Noreturn void cx_worker_run(const cx_worker_job *job, int socket);

/* In the parent: gives a worker that has said all of a file the next one, open as fd. False: it is
 * gone. */
bool cx_worker_give(int socket, uint32_t number, int fd);
