/* Results as rows: what a member of the public schema is in the database, and how rows travel from
 * a worker to its parent as bytes. Nothing in such bytes is trusted. */
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

typedef enum cx_row_kind {
    CX_ROW_CAPTURE, /* sha256, format, parts, link_types, packets, bytes, first, last */
    CX_ROW_ATTEMPT, /* these three as the columns of their tables behind "capture" */
    CX_ROW_FINDING,
    CX_ROW_COVERAGE,
    CX_ROW_INPUT, /* place in the job from 0, fate, why, sha256, capture, part */
    CX_ROW_KNOWN, /* sha256: content that is known, or is being read by another worker */
    CX_ROW_KINDS
} cx_row_kind;

/* Places of values that others ask for. */
enum { CX_CAPTURE_SHA256 = 0, CX_CAPTURE_FORMAT, CX_CAPTURE_PARTS, CX_CAPTURE_LINKS };
enum { CX_CAPTURE_PACKETS = 4, CX_CAPTURE_BYTES, CX_CAPTURE_FIRST, CX_CAPTURE_LAST };
enum { CX_FINDING_SEVERITY = 4 };
enum { CX_INPUT_PLACE = 0, CX_INPUT_FATE, CX_INPUT_WHY, CX_INPUT_SHA256, CX_INPUT_CAPTURE };
enum { CX_INPUT_PART = 5 };

typedef enum cx_value_kind { CX_VALUE_NONE, CX_VALUE_NUMBER, CX_VALUE_TEXT } cx_value_kind;

typedef struct cx_value {
    cx_value_kind kind;
    int64_t number;
    cx_slice text; /* borrowed; not terminated */
} cx_value;

#define CX_ROW_VALUES 17
#define CX_MAX_ROW    33554432u /* bytes: a member of 16 MiB as JSON, and its columns */

typedef struct cx_row {
    cx_row_kind kind;
    cx_value values[CX_ROW_VALUES];
} cx_row;

/* How many values rows of that kind have. */
size_t cx_row_size(cx_row_kind kind);

cx_value cx_value_text(const char *text); /* NULL: none */
cx_value cx_value_number(int64_t n);
/* A number that is not negative; else none. */
cx_value cx_value_natural(int64_t n);

/* ---- from members ---- */

/* What rows of one capture have in common, while its members come. */
typedef struct cx_row_maker {
    const char *file; /* borrowed: the name that evidence has */
    json_t *files;    /* borrowed: of a set; NULL */
    int64_t attempt;  /* of the latest finding */
    char client[64];  /* of it */
    int64_t n;        /* findings of that attempt so far */
    int64_t n_coverage;
} cx_row_maker;

/* The row of an "attempt", "finding" or "coverage" member, or of the "summary", which makes
 * CX_ROW_CAPTURE without sha256, format and parts. Takes out of value what is not kept (type, names
 * of files). Texts live as long as value and *text, which it fills anew. CX_MALFORMED: a member
 * that is needed is missing, or is something else; CX_END: no row, a type of a later version;
 * CX_NO_MEMORY. */
CX_USE cx_status cx_row_make(cx_row_maker *m, const char *type, json_t *value, cx_buf *text,
                             cx_row *ret);

/* ---- as bytes ---- */

/* CX_LIMIT: past the end of b; CX_NO_MEMORY. */
CX_USE cx_status cx_row_pack(cx_buf *b, const cx_row *row);

/* The first row of bytes, its texts within them, and how many bytes it takes. CX_TRUNCATED: more
 * are needed, *ret_size says how many when it is not 0. CX_MALFORMED: no row, or values of other
 * kinds than its columns, or text that is not UTF-8. */
CX_USE cx_status cx_row_unpack(cx_slice bytes, cx_row *ret, size_t *ret_size);
