/* --expect: were exactly the failures named found? */
#pragma once

#include "app/options.h"

#include <jansson.h>

/* Ids of the findings of severity failure, each once. */
typedef struct cx_found {
    char **ids; /* owned */
    size_t n;
} cx_found;

/* Notes a finding of the schema. CX_NO_MEMORY. */
CX_USE cx_status cx_found_note(cx_found *found, const json_t *finding);

/* True: the ids found are those expected, in any order. Says what differs, unless quiet. */
bool cx_found_as_expected(const cx_found *found, const cx_options *options);
void cx_found_free(cx_found *found);
