/* What one HTTP message tells: collected when its header section is read, told when the message is
 * complete, as the frame of an event is that which completes it. */
#pragma once

#include "dissectors/http_auth.h"

typedef struct cx_http_report {
    bool has_http;
    cx_ev_http http;
    cx_slice tokens[CX_HTTP_MAX_AUTH_LINES]; /* for "gss" */
    uint8_t token_scope[CX_HTTP_MAX_AUTH_LINES];
    uint32_t n_tokens;
    bool bad_token;
    cx_ev_logon logon[CX_HTTP_SCOPES];
    uint8_t logon_scope[CX_HTTP_SCOPES];
    uint32_t n_logons;
    uint32_t room; /* bytes of the body to keep, for an answer of autodiscover */
    uint8_t *body; /* of a report that is held: those kept so far, n_body of them */
    uint32_t n_body;
    cx_evidence at; /* where the header section ended */
    uint8_t dir;
    bool decrypted;
} cx_http_report;

/* Nothing to tell? */
static inline bool cx_http_report_empty(const cx_http_report *r)
{
    return !r->has_http && !r->n_tokens && !r->bad_token && !r->n_logons;
}

/* Emits HTTP, LOGON, MALFORMED, and hands the tokens on, at the last packet of in; NULL: at the one
 * where the header section ended. The logon to a proxy is an exchange of its own. */
void cx_http_report_tell(const cx_http_report *r, const cx_chunk *in, cx_emit *out);

/* A copy with its texts that the caller frees with free(). NULL: no memory, or more than
 * CX_MAX_HTTP_HELD: to be told at once. */
cx_http_report *cx_http_report_hold(const cx_http_report *r);

/* The next bytes of the body of what is held. A gap ends what is kept. */
void cx_http_report_keep(cx_http_report *held, cx_slice bytes, bool gap);
