/* Questions that people ask of many results, as tables. */
#pragma once

#include "store/store.h"

#include <stddef.h>

#define CX_VIEW_COLUMNS 10

typedef struct cx_view_column {
    const char *name;  /* of a member in JSON, of a column in CSV */
    const char *title; /* of a column in text */
    char kind;         /* 't' text, 'n' number, 'd' time, 'l' list of texts, separated by commas */
} cx_view_column;

typedef struct cx_view {
    const char *name;  /* --by name */
    const char *title; /* above it in the summary; shown there when not NULL */
    cx_view_column columns[CX_VIEW_COLUMNS]; /* name NULL at the end */
    const char *sql;                         /* of the scope; ?1: ended since, "" for all */
} cx_view;

/* NULL at the end of the names. */
extern const cx_view cx_views[];
extern const size_t cx_n_views;

/* The view of that name, or NULL. */
const cx_view *cx_view_named(const char *name);

/* One row: a text for each column, NULL where there is none. Valid during the call. */
typedef cx_status (*cx_view_row)(void *self, const cx_view *view, const char *const *values);

/* Hands over the rows of the view, the most important first. CX_IO: the database; else the first
 * answer of row that is not CX_OK. */
CX_USE cx_status cx_view_run(cx_store *s, const cx_view *view, const char *since, cx_view_row row,
                             void *self);
