/* Attempts and findings as objects of the public schema (docs/result.schema.json). */
#pragma once

#include "rules/engine.h"

#include <jansson.h>

typedef struct cx_result_style {
    const char *file;      /* name of the capture in evidence */
    const cx_files *files; /* of a set; NULL: one file */
    int time_digits;       /* 6 or 9 */
} cx_result_style;

/* New objects; NULL: no memory. */
json_t *cx_result_attempt(const cx_result_style *style, const cx_attempt *a, const cx_judgement *j);
json_t *cx_result_finding(const cx_result_style *style, const cx_attempt *a, const cx_finding *f);

const char *cx_severity_name(cx_severity s);
