/* Attempts to findings: runs every rule, then tells the cause from what follows from it
 * (signin-failures 11, points 4 to 7). */
#pragma once

#include "base/buf.h"

#include "rules/judging.h"

/* The judgement of one attempt. Findings in order of severity and role: the root cause first. */
typedef struct cx_judgement {
    cx_attempt_outcome outcome;
    const cx_finding *root; /* NULL: no failure, or its cause is hidden */
    const cx_finding *findings;
    uint32_t n_findings;
} cx_judgement;

typedef struct cx_engine cx_engine;

/* policy: borrowed. NULL: no memory. */
cx_engine *cx_engine_new(const cx_policy *policy);

/* Judges a. The judgement lives until the next call or cx_engine_free. */
const cx_judgement *cx_engine_judge(cx_engine *e, const cx_attempt *a);

void cx_engine_free(cx_engine *e);

/* Appends the sentence of a finding: its {names} replaced by its parameters. False: a name is
 * not set (it is left as it stands), or no memory. */
bool cx_explain(const cx_finding *f, const char *sentence, cx_buf *out);
