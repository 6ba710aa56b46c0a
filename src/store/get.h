/* Asking the database: what is known of an input, and results as members of the schema. */
#pragma once

#include "store/put.h"

/* What is known of a path, or of a content. */
typedef struct cx_store_known {
    bool found;
    int64_t size, part;
    char mtime[40], fate[16], why[320], sha256[CX_SHA256_TEXT], capture[CX_SHA256_TEXT];
    bool results;                 /* there are some, of this shard */
    bool same_tool, same_options; /* as the origin that asks */
} cx_store_known;

CX_USE cx_status cx_store_find_input(cx_store *s, const char *path, const cx_store_origin *origin,
                                     cx_store_known *ret);
/* Of a file that has this content and is no part of a set. */
CX_USE cx_status cx_store_find_content(cx_store *s, const char *sha256,
                                       const cx_store_origin *origin, cx_store_known *ret);
/* Of a set with this key: results, same_tool and same_options alone are filled. */
CX_USE cx_status cx_store_find_capture(cx_store *s, const char *key, const cx_store_origin *origin,
                                       cx_store_known *ret);

/* Hands over the SHA-256 of each content with results of this origin; only_same: those of other
 * versions and options are left out. */
CX_USE cx_status cx_store_each_known(cx_store *s, const cx_store_origin *origin, bool only_same,
                                     void (*known)(void *self, const char *sha256), void *self);

/* How many inputs there are in all. */
CX_USE cx_status cx_store_count_inputs(cx_store *s, int64_t *ret);

/* ---- results ---- */

/* Takes results as a cx_reporter does; lines of type "input" follow those of their capture when
 * inputs is set. */
typedef struct cx_store_reader {
    cx_status (*member)(void *self, const char *file, const char *type, json_t *value);
    cx_status (*end)(void *self, const char *file);
    void *self;
    bool inputs;
    const char *since; /* RFC 3339: what ended before is left out; "" for all */
} cx_store_reader;

/* Captures of the scope by the first path that has them, then inputs without results, by path. The
 * first failure of the reader ends it and is the answer; CX_IO of the database is told by
 * cx_store_error, which is empty otherwise. */
CX_USE cx_status cx_store_read(cx_store *s, const cx_store_reader *reader);
