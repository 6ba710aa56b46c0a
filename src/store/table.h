/* A view as text, JSON or CSV. */
#pragma once

#include "report/paper.h"
#include "store/view.h"

#include <jansson.h>

/* At most max rows (0: all), then how many there are besides. Writes nothing when there is no row
 * and title is given. Errors of writing stay with the stream. CX_IO: the database. */
CX_USE cx_status cx_table_text(cx_store *s, const cx_view *view, const char *since, size_t max,
                               const char *title, cx_paper *paper);

/* One object a line, as {"cause": "...", "failures": 3, ...}. */
CX_USE cx_status cx_table_json(cx_store *s, const cx_view *view, const char *since, FILE *out);

/* RFC 4180, with a line of names. A text that a spreadsheet would take for a formula begins with an
 * apostrophe. */
CX_USE cx_status cx_table_csv(cx_store *s, const cx_view *view, const char *since, FILE *out);

/* One text as a field of CSV. */
void cx_csv_put(FILE *out, const char *text);

/* The row of a view as a JSON object; NULL: no memory. */
json_t *cx_table_object(const cx_view *view, const char *const *values);
