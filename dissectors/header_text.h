/* What HTTP and SIP have in common: header lines behind a start line, and the items in their
 * values. Slices point into what was given, or into the arena where named. */
#pragma once

#include "base/arena.h"

/* Where the header lines end: the offset behind the empty line, or 0 when it is not there. from: an
 * offset of an LF at or before the last line end looked at, *ret_from the same for the next call
 * with more bytes. */
size_t cx_header_section_end(cx_slice s, size_t from, size_t *ret_from);

/* The next line of *lines with those that continue it, without its last LF; *ret_folded: there are
 * some. False: none is left. */
bool cx_header_line_next(cx_slice *lines, cx_slice *ret, bool *ret_folded);

/* Folded lines joined by one space each (RFC 9112 5.2, RFC 3261 7.3.1). p == NULL: no memory. */
cx_slice cx_header_unfold(cx_slice value, cx_arena *a);

/* The next item up to sep, which does not count inside quotes and < >; trimmed, may be empty.
 * False: *rest is used up. */
bool cx_header_item_next(cx_slice *rest, uint8_t sep, cx_slice *ret_item);

/* Trimmed, without the quotes around it; what is escaped inside them stays as it is. */
cx_slice cx_header_unquote(cx_slice value);
