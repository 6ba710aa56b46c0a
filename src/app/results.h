/* NDJSON files of results, read into a database. */
#pragma once

#include "store/ingest.h"

/* Takes all lines of path ("-": standard input). What is wrong is said on standard error, with the
 * line it is in. CX_IO: path cannot be read; CX_MALFORMED: some of it is no result, the rest was
 * taken. The database: CX_LIMIT, and cx_store_error says why. CX_NO_MEMORY. */
CX_USE cx_status cx_results_read(cx_ingest *in, const char *path);
