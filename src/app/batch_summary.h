/* What `capdx batch` prints at its end, and `capdx report` of a database. */
#pragma once

#include "app/output.h"
#include "store/get.h"

/* Of what is in the scope of the store: a summary as text or JSON, or the results themselves as
 * NDJSON with the fates of inputs (format of options). Returns the exit status that this alone
 * means. */
int cx_batch_tell(cx_store *store, const cx_options *options, cx_output *output);
