/* How far an attempt came, step by step and as the one line of stages. */
#pragma once

#include "report/result.h"

/* Array of {step, outcome, time, text, frames}; NULL: no memory. */
json_t *cx_result_steps(const cx_result_style *style, const cx_attempt *a, const cx_judgement *j);

/* Object of stage name to "ok", "failed", "unseen" or "none". */
json_t *cx_result_stages(const cx_attempt *a, const cx_judgement *j);
