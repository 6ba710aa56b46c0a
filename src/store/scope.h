/* The scope of a store: what is asked about, a part or all of what it has, and questions about it
 * as a whole: totals, inputs, findings as one table. */
#pragma once

#include "store/get.h"

#include <stdio.h>

/* Makes it, with nothing in it. cx_store_open calls it. */
CX_USE cx_status cx_scope_open(cx_store *s);

/* An input with its capture, when the database has it; or all that the database has. */
CX_USE cx_status cx_scope_add(cx_store *s, const char *path);
CX_USE cx_status cx_scope_all(cx_store *s);

typedef struct cx_scope_totals {
    int64_t inputs, captures, packets, bytes, attempts, failures, successes;
    char first[40], last[40]; /* RFC 3339; empty: no packet */
} cx_scope_totals;

/* since: attempts that ended before are not counted; "" for all. */
CX_USE cx_status cx_scope_count(cx_store *s, const char *since, cx_scope_totals *ret);

/* Is there a finding of severity failure? */
CX_USE cx_status cx_scope_has_failures(cx_store *s, bool *ret);

/* Inputs that have no results, by path: fates that raise the status of a run. */
CX_USE cx_status cx_scope_fates(cx_store *s,
                                void (*fate)(void *self, const char *path, const char *fate),
                                void *self);

typedef struct cx_scope_input {
    const char *path, *fate, *why;         /* why NULL: nothing to say */
    int64_t part;                          /* negative: of no set */
    const char *first, *last, *link_types; /* of its capture; NULL: none, or no packet */
} cx_scope_input;

/* Inputs by path; the first answer that is not CX_OK ends it. */
CX_USE cx_status cx_scope_inputs(cx_store *s,
                                 cx_status (*input)(void *self, const cx_scope_input *i),
                                 void *self);

/* One row a finding, RFC 4180, with a line of names. */
CX_USE cx_status cx_scope_csv(cx_store *s, const char *since, FILE *out);

/* Inputs of the whole database whose results are not in it. */
CX_USE cx_status cx_scope_missing(cx_store *s, int64_t *ret);
