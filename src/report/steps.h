/* How far an attempt came, step by step and as the one line of stages. */
#pragma once

#include "report/result.h"

/* The members "stages", an object of stage name to "ok", "failed", "unseen" or "none", and "steps",
 * a list of {step, outcome, time, text, frames}. */
void cx_result_steps(cx_members *m, const cx_result_style *style, const cx_attempt *a,
                     const cx_judgement *j);
