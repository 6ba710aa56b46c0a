/* The result database: SQLite, a file that other programs read too (docs/database.md). All that is
 * put into it since the last commit is one transaction: a process that dies leaves the database as
 * it was at its last commit. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct cx_store cx_store;

typedef enum cx_store_mode {
    CX_STORE_WRITE,  /* made when it does not exist */
    CX_STORE_READ,   /* must exist; nothing in it is changed */
    CX_STORE_SCRATCH /* a new one without a name, gone with the process; path is not used */
} cx_store_mode;

/* CX_IO: cannot be opened or written; CX_USAGE: it is no database of capdx, or one of a later
 * schema (why in both cases, one line); CX_NO_MEMORY. */
CX_USE cx_status cx_store_open(const char *path, cx_store_mode mode, cx_store **ret, char why[256]);

/* What was put becomes lasting. CX_IO: it did not, cx_store_error says why; the database is as it
 * was before. */
CX_USE cx_status cx_store_commit(cx_store *s);

/* Many questions follow, and nothing is put until cx_store_commit: each by itself would take and
 * give back the lock of the file, and look for its journal. */
CX_USE cx_status cx_store_look(cx_store *s);

/* A place to come back to, one at a time: keep or undo what was put since. */
CX_USE cx_status cx_store_mark(cx_store *s);
CX_USE cx_status cx_store_keep(cx_store *s);
CX_USE cx_status cx_store_undo(cx_store *s);

/* Why the last call that answered CX_IO failed, one line. */
const char *cx_store_error(const cx_store *s);

/* What was not committed is lost. */
void cx_store_free(cx_store *s);
