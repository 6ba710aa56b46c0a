/* HTTP/1.x messages, below the level of conversations: start lines, header sections, and which
 * messages the rules want to know of (RFC 9110, RFC 9112). Slices point into what was given. */
#pragma once

#include "event/event.h"
#include "flow/dissector.h"

/* Methods that this program treats in a way of their own; all others are CX_HTTP_OTHER. */
typedef enum cx_http_method {
    CX_HTTP_OTHER,
    CX_HTTP_HEAD,
    CX_HTTP_CONNECT,
    CX_HTTP_RPC_CONNECT, /* version 1 of RPC over HTTP (MS-RPCH 2.1.1.1.1) */
    CX_HTTP_RPC_DATA,    /* version 2: RPC_IN_DATA, RPC_OUT_DATA (2.1.2.1) */
    CX_HTTP_SSTP         /* MS-SSTP 3.2.4.1 */
} cx_http_method;

/* ---- start lines ---- */

typedef struct cx_http_start {
    bool request;
    cx_slice method, uri; /* requests */
    uint16_t status;      /* responses */
    cx_slice reason;
    size_t len; /* bytes with the line end */
} cx_http_start;

/* Does s begin with "METHOD uri HTTP/1.n" or "HTTP/1.n NNN"? YES: *ret is set. MAYBE: s ends inside
 * what may be one. HTTP/2 is not, nor are RTSP, ICAP and SIP. */
cx_match cx_http_start_read(cx_slice s, cx_http_start *ret);

/* As above, and the next line must look like a header, or end the section: the test for a place
 * where nothing else says that a message begins. */
cx_match cx_http_start_read_strict(cx_slice s, cx_http_start *ret);

/* *ret_name: the method as a static text, NULL for one that is not known. */
cx_http_method cx_http_method_of(cx_slice method, const char **ret_name);

/* Offset of a known method that s ends with; SIZE_MAX: none. */
size_t cx_http_method_before(cx_slice s);

/* The reason phrase of RFC 9110 15 in static storage, or NULL. */
const char *cx_http_status_name(uint16_t status);

/* ---- header sections ---- */

/* An Authorization or WWW-Authenticate header, or those for proxies. */
typedef struct cx_http_auth_line {
    bool offered; /* …-Authenticate */
    bool proxy;
    cx_slice value;
} cx_http_auth_line;

#define CX_HTTP_MAX_AUTH_LINES 8 /* a server offers at most five schemes */

typedef struct cx_http_message {
    cx_http_start start;
    bool has_length, bad_length; /* bad: no number, or two that differ */
    uint64_t length;             /* Content-Length */
    bool chunked;                /* Transfer-Encoding; it outranks the length (RFC 9112 6.3) */
    bool coded;                  /* another coding only: a response then ends with its connection */
    bool expects;                /* Expect: 100-continue: the body may never come */
    cx_slice host, location, server, user_agent, content_type, upgrade;
    cx_slice ws_protocol; /* Sec-WebSocket-Protocol */
    cx_http_auth_line auth[CX_HTTP_MAX_AUTH_LINES];
    uint32_t n_auth;
} cx_http_message;

/* Reads the header lines behind the start line; lines: whole ones, up to the empty one. The start
 * of *m is set by the caller. */
void cx_http_headers_read(cx_slice lines, cx_http_message *m);

/* Is this line one of the four auth headers? For lines whose message is lost. */
bool cx_http_auth_line_read(cx_slice line, cx_http_auth_line *ret);

/* Could s, which has no line end, go on as one? */
bool cx_http_auth_line_begins(cx_slice s);

/* Content-Type without its parameters. */
cx_slice cx_http_media_type(const cx_http_message *m);

/* Does the comma-separated list hold this name (without case, parameters left out)? */
bool cx_http_list_has(cx_slice list, const char *name);

/* ---- what the rules need ---- */

/* A request for a tunnel, an upgrade, autodiscovery, a web ticket, an address book, a proxy
 * configuration or something about revocation. Credentials are not looked at. */
bool cx_http_request_wanted(const cx_http_message *m, cx_http_method method);
