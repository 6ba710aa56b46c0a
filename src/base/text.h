/* Host names, addresses, times and escaping: raw inside, escaped at the edge. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

/* Without one trailing dot; the root "." becomes empty. */
cx_slice cx_host_bare(cx_slice name);

/* Equal as DNS names: ASCII case and one trailing dot do not count (RFC 4343 3). */
bool cx_host_eq(cx_slice a, cx_slice b);

/* name == domain or name ends with "." domain, by labels: "evilcontoso.com" is not in
 * "contoso.com". */
bool cx_host_within(cx_slice name, cx_slice domain);

/* An IPv4 or IPv6 address as text (brackets allowed)? */
bool cx_host_is_address(cx_slice name);

/* At least one label and no dot, not an address: a NetBIOS or other short name. */
bool cx_host_is_one_label(cx_slice name);

/* Is all of s valid UTF-8 (RFC 3629 4)? */
bool cx_is_utf8(cx_slice s);

/* Appends s as valid UTF-8: each invalid byte becomes U+FFFD. */
CX_USE cx_status cx_put_utf8(cx_buf *b, cx_slice s);

/* Appends s for a terminal: invalid bytes as U+FFFD; C0, DEL and C1 controls, bidirectional
 * overrides and line separators as \xNN or \u{NNNN}. */
CX_USE cx_status cx_put_term(cx_buf *b, cx_slice s);

#define CX_TIME_TEXT 40 /* bytes that hold any time as text */

/* RFC 3339 in UTC with 6 or 9 digits; what is finer is cut. ts_ns: since 1970, may be negative. */
void cx_time_text(int64_t ts_ns, int digits, char out[CX_TIME_TEXT]);

/* Base64 (RFC 4648 4) with white space skipped and padding optional, into the arena.
 * CX_MALFORMED: another byte, or a length that is none; CX_NO_MEMORY. */
CX_USE cx_status cx_base64(cx_slice text, cx_arena *a, cx_slice *ret);

/* UTF-16LE to UTF-8; lone surrogates become U+FFFD, an odd last byte is dropped. p == NULL: no
 * memory. */
cx_slice cx_utf16le(cx_slice text, cx_arena *a);
