/* `capdx batch`: an archive of captures into a database. */
#pragma once

#include "app/keys.h"
#include "app/output.h"

/* Returns the exit status: that of all inputs, those known from earlier runs included. */
int cx_batch(const cx_options *options, const cx_keys *keys, const cx_inputs *inputs,
             cx_output *output);

/* `capdx batch --import`: NDJSON of other machines into the database. */
int cx_batch_import(const cx_options *options, const cx_inputs *inputs);

/* The options that change results, as text: results with another text are not compared. The caller
 * frees it; NULL: no memory. */
char *cx_batch_changes(const cx_options *options, const cx_keys *keys);
