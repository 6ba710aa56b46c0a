/* NDJSON of the public schema into the database: from workers, from other machines, from `analyze`.
 * Nothing in it is trusted. */
#pragma once

#include "base/slice.h"
#include "store/put.h"

typedef struct cx_ingest {
    cx_store *store;
    /* Results without sha256 are taken too, each capture as a new one: for a scratch database. */
    bool loose;
    bool again; /* results of other versions and options make room, newer ones too */
    /* Takes the lines of type "input" in place of the database; NULL: the database. */
    cx_status (*input)(void *self, const json_t *line);
    void *self;

    cx_store_group group;
    bool open;                 /* within a capture */
    uint64_t captures, inputs; /* taken so far */
    uint64_t known;            /* captures that were there already */
    uint64_t incomplete;       /* captures whose last line did not come: left out */
    uint64_t loose_names;
    char why[160]; /* of CX_MALFORMED */
} cx_ingest;

/* One line without its end. CX_MALFORMED: it is no line of a result (why); what follows can be read
 * all the same. CX_IO: the database (cx_store_error). CX_NO_MEMORY. */
CX_USE cx_status cx_ingest_line(cx_ingest *in, cx_slice line);

/* After the last line: a capture that is still open is undone. Can be used again then. */
CX_USE cx_status cx_ingest_end(cx_ingest *in);

/* A SHA-256 as 64 lower-case digits? */
bool cx_ingest_is_sha256(const char *text);
