/* The captures to read, in the order given: arguments, -r, and the lines of --files-from. */
#pragma once

#include "app/options.h"

typedef struct cx_inputs {
    char **paths; /* owned */
    size_t n;
} cx_inputs;

/* Expands the arguments. CX_IO: a list cannot be read, and standard error says so; CX_NO_MEMORY. */
CX_USE cx_status cx_inputs_open(const cx_options *options, cx_inputs *ret);
void cx_inputs_free(cx_inputs *inputs);
