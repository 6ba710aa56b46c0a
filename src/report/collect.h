/* The members of one capture's result, held until it is complete: for formats that sort them by
 * packet number. Held as text, which is a tenth of the size of the tree. */
#pragma once

#include "base/buf.h"
#include "event/endpoint.h"

#include <jansson.h>

/* One member as compact JSON. */
typedef struct cx_kept {
    char *text; /* owned, len bytes */
    size_t len;
    uint64_t frame, order;     /* sort key, then order of decision */
    char client[CX_ADDR_TEXT]; /* attempts and findings; empty: none */
} cx_kept;

typedef struct cx_kept_list {
    cx_kept *items;
    size_t n, cap;
} cx_kept_list;

typedef struct cx_collected {
    json_t *capture, *summary; /* NULL: not given yet */
    cx_kept_list attempts, findings, coverage;
    size_t bytes, max; /* held; most that may be (set by the owner) */
    uint64_t dropped;  /* members that did not fit */
} cx_collected;

/* Takes one member, borrowed; types that are none of the schema's are ignored. CX_NO_MEMORY. */
CX_USE cx_status cx_collect(cx_collected *c, const char *type, json_t *value);

/* All given: sorts attempts and findings by frame, moves the packet totals from summary to capture,
 * and says under coverage what did not fit. CX_NO_MEMORY. */
CX_USE cx_status cx_collected_close(cx_collected *c);

/* A new reference, or NULL: no memory. */
json_t *cx_kept_json(const cx_kept *k);

/* Empties it for the next capture; max stays. */
void cx_collected_free(cx_collected *c);
