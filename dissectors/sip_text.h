/* SIP text, below the level of messages: start lines, header lines, items and parameters, numbers,
 * dates (RFC 3261 7, 25.1). Slices point into what was given, or into the arena where named. */
#pragma once

#include "base/arena.h"
#include "base/limits.h"
#include "flow/dissector.h"

/* ---- start lines ---- */

typedef struct cx_sip_start {
    bool request;
    cx_slice method, uri; /* requests */
    uint16_t status;      /* responses */
    cx_slice reason;
    size_t len; /* bytes with the line end */
} cx_sip_start;

/* Does s begin with "METHOD uri SIP/2.0" or "SIP/2.0 NNN"? YES: *ret is set. MAYBE: s ends inside
 * what may be one; never when whole, that is, when nothing can follow s. */
cx_match cx_sip_start_read(cx_slice s, bool whole, cx_sip_start *ret);

/* Does s, whose end the capture cut off before the line ended, begin with a method of sign-in or
 * calls and "sip:" or "sips:", or with "SIP/2.0 NNN"? True: request and method, or status and what
 * is left of the reason, are set in *ret, all else is 0. */
bool cx_sip_start_read_cut(cx_slice s, cx_sip_start *ret);

/* As cx_sip_start_read, and the next line must look like a header: the test for a place where
 * nothing else says that a message begins ("SIP/2.0 200 OK" also stands alone in message/sipfrag
 * bodies). */
cx_match cx_sip_start_read_strict(cx_slice s, cx_sip_start *ret);

/* Offset in a line, which ends with its LF, of something that ends as a start line does; SIZE_MAX:
 * none. A body's last bytes may stand before it. */
size_t cx_sip_start_find(cx_slice line);

/* ---- header lines ---- */

typedef enum cx_sip_name {
    CX_SIP_OTHER,
    CX_SIP_AUTHENTICATION_INFO,
    CX_SIP_AUTHORIZATION,
    CX_SIP_CALL_ID,
    CX_SIP_CONTACT,
    CX_SIP_CONTENT_LENGTH,
    CX_SIP_CONTENT_TYPE,
    CX_SIP_CSEQ,
    CX_SIP_DATE,
    CX_SIP_EVENT,
    CX_SIP_EXPIRES,
    CX_SIP_FROM,
    CX_SIP_MIN_EXPIRES,
    CX_SIP_MS_DIAGNOSTICS,
    CX_SIP_MS_DIAGNOSTICS_PUBLIC,
    CX_SIP_MS_USER_LOGON_DATA,
    CX_SIP_PRESENCE_STATE,
    CX_SIP_PROXY_AUTHENTICATE,
    CX_SIP_PROXY_AUTHENTICATION_INFO,
    CX_SIP_PROXY_AUTHORIZATION,
    CX_SIP_RETRY_AFTER,
    CX_SIP_SERVER,
    CX_SIP_TO,
    CX_SIP_USER_AGENT,
    CX_SIP_VIA,
    CX_SIP_WARNING,
    CX_SIP_WWW_AUTHENTICATE
} cx_sip_name;

typedef struct cx_sip_header {
    cx_sip_name name;
    bool folded;    /* there may be an LF in value */
    cx_slice value; /* trimmed */
} cx_sip_header;

/* Of a message, in order. */
typedef struct cx_sip_headers {
    cx_sip_header header[CX_MAX_SIP_HEADERS]; /* those that have a cx_sip_name */
    uint32_t n;
    cx_slice more; /* lines beyond that many headers */
} cx_sip_headers;

/* The next header of *lines, which hold whole lines only. False: none is left. Lines without a name
 * are skipped. */
bool cx_sip_header_next(cx_slice *lines, cx_sip_header *ret);

/* All headers of lines, which are whole ones. */
void cx_sip_headers_read(cx_slice lines, cx_sip_headers *ret);

/* Content-Length. *ret_len: -1 when there is none. False: not a number, too large for one, or two
 * that differ. */
CX_USE bool cx_sip_content_length(const cx_sip_headers *headers, int64_t *ret_len);

/* ---- values ---- */

/* Splits "name = value", and takes quotes off the value. ret_value->p == NULL: no "=". */
void cx_sip_param(cx_slice item, cx_slice *ret_name, cx_slice *ret_value);

/* The number that the value begins with; -1: it begins with something else. */
int64_t cx_sip_number(cx_slice value);

/* q=0.7 in thousandths; -1: no q value (RFC 3261 25.1 qvalue). */
int32_t cx_sip_qvalue(cx_slice value);

/* "Mon, 23 Nov 2026 14:36:02 GMT" (RFC 1123 form, RFC 3261 20.17) in ns since 1970; INT64_MIN: it
 * is something else. */
int64_t cx_sip_date(cx_slice value);
