/* Telling, and holding back, what a message says (http_report.h). */
#include "dissectors/http_report.h"

#include "base/limits.h"

#include <stdlib.h>

void cx_http_report_tell(const cx_http_report *r, const cx_chunk *in, cx_emit *out)
{
    const cx_chunk then = {.dir = r->dir, .first = r->at, .at = r->at, .decrypted = r->decrypted};
    if (!in)
        in = &then;
    if (r->has_http) {
        cx_event e;
        cx_event_begin(&e, CX_EV_HTTP, in);
        e.u.http = r->http;
        cx_emit_event(out, &e);
    }
    for (uint32_t i = 0; i < r->n_tokens; i++) {
        out->exchange = r->token_scope[i];
        cx_emit_child(out, "gss", r->tokens[i], in, "http");
    }
    out->exchange = 0;
    if (r->bad_token)
        cx_emit_malformed(out, in, "http", "a token that is not Base64");
    for (uint32_t i = 0; i < r->n_logons; i++) {
        cx_event e;
        cx_event_begin(&e, CX_EV_LOGON, in);
        e.u.logon = r->logon[i];
        out->exchange = r->logon_scope[i];
        cx_emit_event(out, &e);
    }
    out->exchange = 0;
}

#define MAX_TEXTS (8 + CX_HTTP_MAX_AUTH + CX_HTTP_MAX_AUTH_LINES)

/* Where the texts of a report are. */
static size_t texts_of(cx_http_report *r, cx_slice *ret[MAX_TEXTS])
{
    cx_ev_http *h = &r->http;
    cx_slice *const texts[8] = {&h->method,   &h->uri,    &h->host,       &h->reason,
                                &h->location, &h->server, &h->user_agent, &h->auth_used};
    size_t n = 8;
    memcpy(ret, texts, sizeof texts);
    for (uint32_t i = 0; i < h->n_offered; i++)
        ret[n++] = &h->auth_offered[i];
    for (uint32_t i = 0; i < r->n_tokens; i++)
        ret[n++] = &r->tokens[i];
    return n;
}

cx_http_report *cx_http_report_hold(const cx_http_report *r)
{
    cx_http_report copy = *r, *held;
    cx_slice *texts[MAX_TEXTS];
    size_t n = texts_of(&copy, texts), size = 0;
    for (size_t i = 0; i < n; i++)
        size += texts[i]->len;
    if (size > CX_MAX_HTTP_HELD || !(held = malloc(sizeof *held + size + r->room)))
        return NULL;
    uint8_t *to = (uint8_t *)(held + 1);
    for (size_t i = 0; i < n; i++) {
        if (texts[i]->len)
            memcpy(to, texts[i]->p, texts[i]->len);
        if (texts[i]->p)
            texts[i]->p = to;
        to += texts[i]->len;
    }
    *held = copy;
    held->body = to;
    return held;
}

void cx_http_report_keep(cx_http_report *held, cx_slice bytes, bool gap)
{
    size_t n = held->room - held->n_body;
    if (gap)
        held->room = held->n_body;
    if (gap || !bytes.len || !n)
        return;
    n = bytes.len < n ? bytes.len : n;
    memcpy(held->body + held->n_body, bytes.p, n);
    held->n_body += (uint32_t)n;
}
