/* Putting results and the fates of inputs into the database. */
#pragma once

#include "store/row.h"
#include "store/store.h"

#define CX_SHA256_TEXT 65 /* bytes of a SHA-256 as hexadecimal digits */

/* A file, and what became of it. Texts are borrowed; NULL: does not apply. */
typedef struct cx_store_input {
    const char *path;
    int64_t size;      /* bytes; negative: not known */
    const char *mtime; /* RFC 3339, 9 digits */
    const char *fate;  /* cx_fate_names */
    const char *why;
    const char *sha256;  /* of its content, unpacked */
    const char *capture; /* key of the results: its sha256, or that of its set */
    int64_t part;        /* of a set: its place, from 0; negative: none */
    const char *tool;    /* that looked at it */
} cx_store_input;

/* "read", "cut", "damaged": there are results. "not-a-capture", "not-read" (a format that is known
 * and not supported), "not-opened". "crashed", "timed-out": the analyzer failed; tried again by the
 * next run. NULL at the end. */
extern const char *const cx_fate_names[];
bool cx_fate_is_known(const char *fate);
bool cx_fate_has_results(const char *fate);
bool cx_fate_is_final(const char *fate);

/* Notes it, in place of what was known of this path. Results that no input has any more are
 * dropped. */
CX_USE cx_status cx_store_put_input(cx_store *s, const cx_store_input *input);

/* How results come about: equal for all that may be compared. */
typedef struct cx_store_origin {
    const char *tool;       /* "capdx 0.1.0" */
    const char *options;    /* those that change results, as text; "" for none */
    uint32_t shard, shards; /* shard of shards, from 1; 0 of 0: all clients */
} cx_store_origin;

/* Makes ready for the results of a capture, known by key. capture: a CX_ROW_CAPTURE, of which
 * sha256 is not used. Results of this key by the same origin stay (*ret_skip: what comes is not
 * wanted); of another shard they are added to; of an older tool, or of any other when again is set,
 * they make room. CX_NO_MEMORY, CX_IO. */
CX_USE cx_status cx_store_put_capture(cx_store *s, const char *key, const cx_store_origin *origin,
                                      const cx_row *capture, bool again, bool *ret_skip);

/* A row of it: CX_ROW_ATTEMPT, CX_ROW_FINDING, CX_ROW_COVERAGE; or its totals, CX_ROW_CAPTURE. */
CX_USE cx_status cx_store_put_row(cx_store *s, const char *key, const cx_row *row);

/* Is text JSON? CX_MALFORMED: no; CX_IO. */
CX_USE cx_status cx_store_check_json(cx_store *s, cx_slice text);

/* ---- members of the schema, one capture at a time ---- */

typedef struct cx_store_group {
    cx_store *store;
    char *key;     /* owned */
    char *file;    /* owned: the name that evidence has */
    json_t *files; /* of a set, or NULL */
    bool skip;     /* they are there already: what comes is passed over */
    cx_row_maker maker;
    cx_buf text;
} cx_store_group;

/* Begins it. capture: its line of the schema, borrowed. As cx_store_put_capture. */
CX_USE cx_status cx_store_group_begin(cx_store_group *g, cx_store *s, const char *key,
                                      const cx_store_origin *origin, json_t *capture, bool again);

/* Takes "attempt", "finding", "coverage" and "summary" lines of the schema, borrowed and not
 * trusted; changes them as cx_row_make does. CX_MALFORMED: a member that is needed is missing, or
 * is something else. */
CX_USE cx_status cx_store_group_put(cx_store_group *g, const char *type, json_t *value);
void cx_store_group_end(cx_store_group *g);

/* Does the list of shards ("1/4 3/4", "" for all clients) have shard of shards? */
bool cx_store_has_shard(const char *list, uint32_t shard, uint32_t shards);
