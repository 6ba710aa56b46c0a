/* What the files of the HTTP dissector share: the state of a conversation and the steps over it. */
#pragma once

#include "dissectors/http_exchange.h"

typedef enum cx_http_phase {
    CX_HTTP_START,
    CX_HTTP_PEEK, /* a body that may not be there */
    CX_HTTP_BODY, /* of a known length, left */
    CX_HTTP_CHUNK_SIZE,
    CX_HTTP_CHUNK_DATA,
    CX_HTTP_CHUNK_END,
    CX_HTTP_TRAILER,
    CX_HTTP_UNTIL_CLOSE,
    CX_HTTP_SEARCH, /* for a start line */
    CX_HTTP_SWITCH, /* where another protocol begins, if the other side agreed */
    CX_HTTP_IN_WEBSOCKET
} cx_http_phase;

/* Where the bytes of a body go. */
typedef enum cx_http_sink {
    CX_HTTP_NOWHERE,
    CX_HTTP_TO_RPC,
    CX_HTTP_TO_KERBEROS,
    CX_HTTP_TO_OCSP
} cx_http_sink;

/* Numbers of the inner streams. */
enum { CX_HTTP_STREAM_RPC = 1, CX_HTTP_STREAM_WEBSOCKET = 2 };

typedef struct cx_http_direction {
    uint8_t phase;
    uint8_t body;  /* phase behind PEEK */
    uint8_t after; /* phase behind the body */
    uint8_t sink;
    uint8_t asks;  /* cx_http_switch of SWITCH */
    bool started;  /* a message was seen since the beginning, or since a gap */
    bool responds; /* its messages are responses */
    size_t scanned;
    uint64_t left;
    cx_http_report *held; /* until the body ends; NULL: none */
} cx_http_direction;

typedef struct cx_http_state {
    cx_http_direction dir[2];
    cx_http_queue queue;
    bool sip; /* the subprotocol of the WebSocket: offered, or chosen */
    bool other_chosen;
} cx_http_state;

/* One call of feed. */
typedef struct cx_http_feeding {
    cx_http_state *st;
    cx_http_direction *d;
    const cx_chunk *in;
    cx_emit *out;
    bool last; /* nothing can join the bytes */
} cx_http_feeding;

/* ---- http_take.c ---- */

/* A message whose header section, lines, is as whole as it gets: tells it, or keeps what it tells
 * until its body ends; sets how the direction goes on. */
void cx_http_take_message(cx_http_feeding *f, const cx_http_start *start, cx_slice lines);

/* An auth line of a message whose beginning is lost: its token is told, and what it decides. */
void cx_http_take_orphan(cx_http_feeding *f, const cx_http_auth_line *line);

/* Tells what was kept: the message is complete, or as complete as it gets. in: NULL when that shows
 * nothing new. */
void cx_http_release(cx_http_direction *d, const cx_chunk *in, cx_emit *out);

/* What comes is not known: looks for the next message. */
void cx_http_search(cx_http_feeding *f);

/* No message where one is due: searches, and says so unless the capture is to blame.
 */
void cx_http_lose(cx_http_feeding *f, const char *reason);

/* ---- http_body.c: steps at the beginning of s, which is not empty ---- */

/* Nothing of the body is left. */
void cx_http_end_body(cx_http_feeding *f);

cx_fed cx_http_at_peek(cx_http_feeding *f, cx_slice s);
cx_fed cx_http_at_body(cx_http_feeding *f, cx_slice s);
cx_fed cx_http_at_chunk_size(cx_http_feeding *f, cx_slice s);
cx_fed cx_http_at_chunk_data(cx_http_feeding *f, cx_slice s);
cx_fed cx_http_at_chunk_end(cx_http_feeding *f, cx_slice s);
cx_fed cx_http_at_trailer(cx_http_feeding *f, cx_slice s);
cx_fed cx_http_at_until_close(cx_http_feeding *f, cx_slice s);

/* Steps over a gap when it lies inside a body and its end is known. False: it does not. */
bool cx_http_pass_gap(cx_http_feeding *f);
