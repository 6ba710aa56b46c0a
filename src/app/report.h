/* `capdx report`: stored results as tables or reports. */
#pragma once

#include "app/output.h"

/* Returns the exit status: 0, or 2 when a result could not be read. */
int cx_report(const cx_options *options, const cx_inputs *inputs, cx_output *output);

/* Does the report have this table, and this format with it? False: standard error says what there
 * is. */
bool cx_report_suits(const cx_options *options);
