/* JSON as it leaves the program: one line, ASCII only (all else as \uXXXX, DEL too), so that text
 * from a capture cannot steer a terminal whatever its encoding. */
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* JSON that is put piece by piece, in order. Where something fails nothing more is put, and the end
 * tells. */
typedef struct cx_json_writer {
    struct yajl_gen_t *gen; /* yajl's state; owned */
    cx_buf *to;
    cx_status status;
    bool refused; /* a tree of others is deeper than yajl goes, or has a name that is not ASCII */
} cx_json_writer;

/* *w is zero, or was used before and stayed where it was. to: borrowed until the next begin or the
 * end. What went wrong since is in w->status. */
void cx_json_begin(cx_json_writer *w, cx_buf *to);
/* What went wrong: CX_LIMIT, CX_NO_MEMORY: part of it has been appended. Frees the writer. */
CX_USE cx_status cx_json_end(cx_json_writer *w);
/* Frees one that was begun, or is zero. */
void cx_json_writer_free(cx_json_writer *w);

/* In an object each value follows a name, put with cx_json_put_ascii. */
void cx_json_open(cx_json_writer *w);
void cx_json_close(cx_json_writer *w);
void cx_json_open_list(cx_json_writer *w);
void cx_json_close_list(cx_json_writer *w);
void cx_json_put_ascii(cx_json_writer *w, const char *text); /* of this program, without DEL */
void cx_json_put_text(cx_json_writer *w, cx_slice text);     /* any bytes, as cx_json_text */
void cx_json_put_integer(cx_json_writer *w, int64_t n);
void cx_json_put_bool(cx_json_writer *w, bool b);
void cx_json_put_value(cx_json_writer *w, const json_t *value);

/* Appends value without a line end. CX_LIMIT, CX_NO_MEMORY: part of it may have been appended. */
CX_USE cx_status cx_json_put(cx_buf *b, const json_t *value);

/* Writes value and a line end. Buffered: CX_IO may come as late as the next flush. */
CX_USE cx_status cx_json_line(FILE *out, const json_t *value);

/* The same for the members of both in one object; where both have a name, head's counts. head may
 * be NULL. */
CX_USE cx_status cx_json_line_of(FILE *out, const json_t *head, const json_t *rest);

/* Text from the capture as a JSON string: invalid UTF-8 becomes U+FFFD. NULL: no memory. */
json_t *cx_json_text(cx_slice s);

/* The program that made a capture's results: as the line of the capture says, which stored results
 * have, else this one. A new string; NULL: no memory. */
json_t *cx_json_tool(const json_t *capture);
