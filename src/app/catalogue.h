/* The catalogue of findings: `capdx rules` and `capdx explain`. */
#pragma once

#include "app/output.h"

/* All rules as text, JSON (one array) or a Markdown document. Returns the exit status. */
int cx_catalogue_list(const cx_options *options, cx_output *output);

/* The findings whose ids are the arguments, or those that a code, its name or a message of a screen
 * or a log may stand for (app/meaning.h). An unknown one: status 2. */
int cx_catalogue_explain(const cx_options *options, cx_output *output);

/* Is this the id of a finding that can be made? */
bool cx_catalogue_has(const char *id);
