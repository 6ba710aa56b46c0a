/* Conversations for the tests of the HTTP dissector, written as texts, and their events as short
 * lines. */
#pragma once

#include "support/feeder.h"
#include "support/transcript.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_http, cx_dissector_gss, cx_dissector_ntlm,
    cx_dissector_kerberos, cx_dissector_websocket, cx_dissector_sip;

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A conversation. Each piece is a packet and has its number as frame: ">text" of the client,
 * "<text" of the server, ">#10" a gap of 10 bytes, ">#?" one of unknown length. */
typedef struct http_case {
    const char *name;
    const char *pieces[14];
    const char *expected;
} http_case;

typedef struct http_record {
    char text[16384];
    size_t len;
} http_record;

__attribute__((format(printf, 2, 3))) static inline void http_note(http_record *r,
                                                                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(r->text + r->len, sizeof r->text - r->len, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof r->text - r->len);
    r->len += (size_t)n;
}

/* ---- who reads what is inside: notes it ---- */

static http_record *http_taken;

/* A long token in short: its bytes may be any. */
static inline cx_fed http_take(const cx_dissector *d, const cx_chunk *in, const cx_emit *out)
{
    char text[41];
    size_t n = in->bytes.len < 40 ? in->bytes.len : 40;
    for (size_t i = 0; i < n; i++)
        text[i] = in->bytes.p[i] >= ' ' && in->bytes.p[i] < 127 ? (char)in->bytes.p[i] : '.';
    text[n] = 0;
    if (in->gap)
        http_note(http_taken, "%" PRIu64 " %s gap %" PRIu64 "\n", in->at.frame, d->name,
                  in->missing);
    else if (in->bytes.len)
        http_note(http_taken, "%" PRIu64 " %s%s%s \"%s\"\n", in->at.frame, d->name,
                  out->carrier ? " in " : "", out->carrier ? out->carrier : "", text);
    return cx_fed_ok(in->bytes.len);
}

#define HTTP_TAKER(inner)                                                                          \
    static inline cx_fed http_take_##inner(void *state, const cx_chunk *in, cx_emit *out);         \
    static const cx_dissector http_taker_##inner = {.name = #inner, .feed = http_take_##inner};    \
    static inline cx_fed http_take_##inner(void *state, const cx_chunk *in, cx_emit *out)          \
    {                                                                                              \
        (void)state;                                                                               \
        return http_take(&http_taker_##inner, in, out);                                            \
    }

HTTP_TAKER(gss)
HTTP_TAKER(kerberos)
HTTP_TAKER(dcerpc)
HTTP_TAKER(websocket)

static const cx_dissector *const http_takers[] = {&http_taker_gss, &http_taker_kerberos,
                                                  &http_taker_dcerpc, &http_taker_websocket, NULL};

/* ---- running ---- */

static inline void http_note_event(void *self, const cx_event *e)
{
    http_record *r = self;
    const cx_ev_http *h = &e->u.http;
    const cx_ev_logon *l = &e->u.logon;
    http_note(r, "%" PRIu64 " ", e->at.frame);
    if (e->kind == CX_EV_MALFORMED) {
        http_note(r, "malformed: %s\n", e->u.malformed.reason);
    } else if (e->kind == CX_EV_LOGON) {
        http_note(r, "logon %s %s %u %s\n", l->mechanism ? l->mechanism : "?",
                  l->success ? "success" : "failure", l->status,
                  l->status_name ? l->status_name : "");
    } else if (h->request) {
        http_note(r, "%.*s %.*s", (int)h->method.len, (const char *)h->method.p, (int)h->uri.len,
                  h->uri.p ? (const char *)h->uri.p : "");
    } else {
        http_note(r, "%u", h->status);
        if (h->method.p)
            http_note(r, " to %.*s", (int)h->method.len, (const char *)h->method.p);
        if (h->redirect.p)
            http_note(r, " sends to %.*s", (int)h->redirect.len, (const char *)h->redirect.p);
    }
    if (e->kind != CX_EV_HTTP)
        return;
    for (uint32_t i = 0; i < h->n_offered; i++)
        http_note(r, "%s%.*s", i ? "," : " offers ", (int)h->auth_offered[i].len,
                  (const char *)h->auth_offered[i].p);
    if (h->auth_used.p)
        http_note(r, " uses %.*s", (int)h->auth_used.len, (const char *)h->auth_used.p);
    http_note(r, "%s%s", h->proxy ? " proxy" : "", h->websocket ? " websocket" : "");
    if (h->first.frame != e->at.frame)
        http_note(r, " from %" PRIu64, h->first.frame);
    http_note(r, "\n");
}

/* step: bytes at a time; 0: whole pieces. */
static inline void http_run(const http_case *c, bool decrypted, size_t step, http_record *r)
{
    *r = (http_record){.len = 0};
    http_taken = r;
    test_feeder f = {.dissector = &cx_dissector_http,
                     .children = http_takers,
                     .sink = {.event = http_note_event, .self = r},
                     .what = {.decrypted = decrypted}};
    assert_true(test_feeder_start(&f));
    for (uint64_t k = 0; k < COUNT(c->pieces) && c->pieces[k]; k++) {
        const char *text = c->pieces[k] + 1;
        uint8_t dir = c->pieces[k][0] == '<' ? CX_FROM_SERVER : CX_FROM_CLIENT;
        cx_evidence at = {.frame = k + 1};
        if (*text == '#') {
            uint64_t missing = UINT64_MAX;
            (void)cx_slice_number(cx_slice_of(text + 1), UINT64_MAX, &missing); /* "?": unknown */
            test_feeder_gap(&f, dir, missing, at);
            continue;
        }
        cx_slice bytes = cx_slice_of(text);
        for (size_t from = 0; from < bytes.len; from += step ? step : bytes.len)
            test_feeder_push(&f, dir, cx_slice_sub(bytes, from, step ? step : bytes.len), at);
    }
    for (uint8_t dir = 0; dir < 2; dir++)
        if (f.dir[dir].handover)
            http_note(r, "%s hands over at %" PRIu64 "\n", dir ? "server" : "client",
                      f.dir[dir].handover - 1);
        else if (f.dir[dir].done)
            http_note(r, "%s done\n", dir ? "server" : "client");
    test_feeder_finish(&f);
}

/* Whole pieces and single bytes give what is expected; all deliveries in between do not crash.
 * Lines of children that are parts of a stream differ by delivery: whole pieces only where once. */
static inline void http_check(const http_case *cases, size_t n, bool decrypted, bool once)
{
    for (size_t i = 0; i < n; i++) {
        http_record r;
        for (size_t step = 0; step < (once ? 1 : 2); step++) {
            http_run(&cases[i], decrypted, step, &r);
            if (strcmp(r.text, cases[i].expected) != 0)
                fail_msg("%s, in steps of %zu\nexpected:\n%sgot:\n%s", cases[i].name, step,
                         cases[i].expected, r.text);
        }
        for (size_t step = 2; step < 9; step++)
            http_run(&cases[i], decrypted, step, &r);
    }
}
