/* What SMTP, IMAP and POP3 have in common: lines, content between them that is passed over, and
 * exchanges of SASL in base64 (RFC 4954, RFC 3501 6.2.2, RFC 5034). For the dissectors of those. */
#pragma once

#include "flow/dissector.h"

/* ---- lines ---- */

/* Where a direction stands. */
typedef struct cx_mail_side {
    uint64_t left; /* octets of content still to come: a literal, a chunk */
    bool body;     /* lines of content follow, up to one that is "." */
    bool fresh;    /* of left or body nothing has come yet */
    bool inside;   /* in the middle of a line of which no more is read */
    bool resumed;  /* the line goes on behind a literal */
} cx_mail_side;

/* Takes a line, without its end. It sets side->left and side->body of what follows. */
typedef void (*cx_mail_take)(void *state, cx_slice line, const cx_chunk *in, cx_emit *out);

/* Feeds the lines of a chunk to take, and hands the direction over where TLS begins instead of a
 * line. A line longer than CX_MAX_MAIL_LINE is passed over. over: asked before each line: nothing
 * more is to be told, the answer is CX_DONE. */
cx_fed cx_mail_feed(cx_mail_side *side, const cx_chunk *in, cx_emit *out, void *state,
                    cx_mail_take take, const bool *over);

/* The next word of a line, which *line then goes on behind; empty at its end. */
cx_slice cx_mail_word(cx_slice *line);

/* Is the first word of the line one of these, without case? words: NULL at the end. MAYBE: the line
 * is not whole, and may become one. */
cx_match cx_mail_match(cx_slice line, bool whole, const char *const *words);

/* The first line of s, without its end; *ret_whole: its end is there. */
cx_slice cx_mail_first_line(cx_slice s, bool *ret_whole);

/* ---- exchanges ---- */

/* The exchange that a client has begun, or a login without one. It owns nothing. */
typedef struct cx_mail_exchange {
    bool open;
    bool told;             /* of NTLM or GSS-API: its result is an event */
    bool seen;             /* what the client asked for was seen, and nothing lost since */
    const char *mechanism; /* static; NULL: what is in the tokens tells */
    uint32_t sent;         /* responses of the client, the first one included */
    const char *carrier;   /* static: "smtp" */
} cx_mail_exchange;

/* The client asks for this mechanism of SASL; initial: its first response, p == NULL for none. */
void cx_mail_begin(cx_mail_exchange *x, cx_slice mechanism, cx_slice initial, const cx_chunk *in,
                   cx_emit *out);

/* The client logs in without SASL: what answers it is no event. */
void cx_mail_begin_plain(cx_mail_exchange *x);

/* A response or a challenge in base64. One of NTLM is taken for such also where the beginning of
 * its exchange was not seen. */
void cx_mail_token(cx_mail_exchange *x, cx_slice text, const cx_chunk *in, cx_emit *out);

/* The server's last word. code: of the reply, 0 where replies are words. */
void cx_mail_end(cx_mail_exchange *x, bool success, uint32_t code, cx_slice text,
                 const cx_chunk *in, cx_emit *out);
