/* The reporter interface: an output format is a record here and a line in list.def. Reporters read
 * results in the public schema (docs/result.schema.json) and nothing else, so stored results are
 * rendered by the same code as fresh ones. */
#pragma once

#include "base/slice.h"
#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct cx_report_options {
    bool color;
    int width;           /* columns of the terminal; text wraps at most at this */
    int verbose;         /* 0, 1 with notes and details */
    const char *command; /* NULL, or how to see more: shown at the end of the text report */
} cx_report_options;

typedef struct cx_reporter {
    const char *name, *media_type; /* "text", "text/plain" */
    cx_status (*open)(void **ret_self, FILE *out, const cx_report_options *options);
    /* One member of a result, in order of decision: "capture", "attempt", "finding", "coverage",
     * "summary". value: borrowed, an object of that schema without type and file. */
    cx_status (*member)(void *self, const char *file, const char *type, json_t *value);
    /* The same for an attempt or a finding that is text already; NULL: it wants trees. */
    cx_status (*text)(void *self, const char *file, const char *type, cx_slice object);
    /* The members of one capture are complete. */
    cx_status (*end)(void *self, const char *file);
    /* Writes what is left and frees self. CX_IO: the output could not be written. */
    cx_status (*close)(void *self);
} cx_reporter;

/* The reporter of that name, or NULL. */
const cx_reporter *cx_reporter_named(const char *name);

/* All of them, NULL at the end: for the help text. */
extern const cx_reporter *const cx_reporters[];
