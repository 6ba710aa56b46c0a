/* The scope of a store: what is asked about, a part or all of what it has, and questions about it
 * as a whole: totals, inputs, findings as one table. */
#pragma once

#include "store/get.h"

#include <stdio.h>

/* One of the two comes before any question: all that the database has; or nothing, and then an
 * input with its capture, when the database has it, at each call of cx_scope_add. */
CX_USE cx_status cx_scope_all(cx_store *s);
CX_USE cx_status cx_scope_none(cx_store *s);
CX_USE cx_status cx_scope_add(cx_store *s, const char *path);

typedef struct cx_scope_totals {
    int64_t inputs, captures, packets, bytes, attempts, failures, successes;
    char first[40], last[40]; /* RFC 3339; empty: no packet */
} cx_scope_totals;

/* since: attempts that ended before are not counted; "" for all. */
CX_USE cx_status cx_scope_count(cx_store *s, const char *since, cx_scope_totals *ret);

/* Is there a finding of severity failure? */
CX_USE cx_status cx_scope_has_failures(cx_store *s, bool *ret);

typedef struct cx_scope_input {
    const char *path, *fate, *why;         /* why NULL: nothing to say */
    int64_t part;                          /* negative: of no set */
    const char *first, *last, *link_types; /* of its capture; NULL: none, or no packet */
} cx_scope_input;

typedef cx_status cx_scope_take(void *self, const cx_scope_input *input);

/* Inputs by path, or of them those that have no results; the first answer that is not CX_OK ends
 * it. */
CX_USE cx_status cx_scope_inputs(cx_store *s, bool unread, cx_scope_take *take, void *self);

/* One row a finding, RFC 4180, with a line of names. */
CX_USE cx_status cx_scope_csv(cx_store *s, const char *since, FILE *out);

/* Inputs of the whole database whose results are not in it. */
CX_USE cx_status cx_scope_missing(cx_store *s, int64_t *ret);
