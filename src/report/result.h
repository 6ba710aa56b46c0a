/* Attempts and findings as objects of the public schema (docs/result.schema.json). */
#pragma once

#include "report/json_members.h"
#include "rules/engine.h"

typedef struct cx_result_style {
    const char *file;      /* name of the capture in evidence */
    const cx_files *files; /* of a set; NULL: one file */
    int time_digits;       /* 6 or 9 */
} cx_result_style;

/* Their members into the object that is open. */
void cx_result_attempt(cx_members *m, const cx_result_style *style, const cx_attempt *a,
                       const cx_judgement *j);
void cx_result_finding(cx_members *m, const cx_result_style *style, const cx_attempt *a,
                       const cx_finding *f);

const char *cx_severity_name(cx_severity s);
