/* JSON as it leaves the program: one line, ASCII only (all else as \uXXXX, DEL too), so that text
 * from a capture cannot steer a terminal whatever its encoding. */
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stdio.h>

/* Appends value without a line end. CX_LIMIT, CX_NO_MEMORY: part of it may have been appended. */
CX_USE cx_status cx_json_put(cx_buf *b, const json_t *value);

/* Writes value and a line end. Buffered: CX_IO may come as late as the next flush. */
CX_USE cx_status cx_json_line(FILE *out, const json_t *value);

/* The same for the members of both in one object; where both have a name, head's counts. head may
 * be NULL. */
CX_USE cx_status cx_json_line_of(FILE *out, const json_t *head, const json_t *rest);

/* The program that made a capture's results: as the line of the capture says, which stored results
 * have, else this one. A new string; NULL: no memory. */
json_t *cx_json_tool(const json_t *capture);
