/* Where results go: standard output or the file of -o, and how they look there. */
#pragma once

#include "app/inputs.h"
#include "report/reporter.h"

typedef struct cx_output {
    FILE *stream;
    const char *name; /* for messages */
    cx_report_options style;
    bool gone; /* who read it has closed its end: nothing more to say */
} cx_output;

/* Opens it. CX_IO: it cannot be written, or is one of the inputs; standard error says so. */
CX_USE cx_status cx_output_open(const cx_options *options, const cx_inputs *inputs, cx_output *ret);

/* Call when writing answered CX_IO: notes whether the reader has gone (then quietly), or says why
 * not. Returns the exit status this alone would mean. */
int cx_output_failed(cx_output *o);

/* Flushes and closes. The exit status that this alone would mean. */
int cx_output_close(cx_output *o);
