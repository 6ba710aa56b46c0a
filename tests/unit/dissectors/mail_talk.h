/* Conversations for the tests of the mail dissectors, written as texts, and their events as short
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

extern const cx_dissector cx_dissector_gss, cx_dissector_ntlm, cx_dissector_kerberos;

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* In base64: the beginnings of the three messages of NTLM, and of an AP-REQ in SPNEGO. */
#define TYPE_1 "TlRMTVNTUAABAAAABoIIAA=="
#define TYPE_2 "TlRMTVNTUAACAAAABQAFAA=="
#define TYPE_3 "TlRMTVNTUAADAAAAGAAYAA=="

/* Each piece is a packet and has its number as frame: ">text" of the client, "<text" of the server,
 * ">#10" a gap of 10 bytes. */
typedef struct mail_case {
    const char *name;
    const char *pieces[14];
    const char *expected;
} mail_case;

typedef struct mail_record {
    char text[4096];
    size_t len;
} mail_record;

__attribute__((format(printf, 2, 3))) static inline void mail_note(mail_record *r,
                                                                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(r->text + r->len, sizeof r->text - r->len, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof r->text - r->len);
    r->len += (size_t)n;
}

static mail_record *mail_taken;

/* Notes which token it was given: the type of an NTLM message, or its first octets. */
static inline cx_fed mail_take(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    const uint8_t *p = in->bytes.p;
    if (in->bytes.len > 8 && memcmp(p, "NTLMSSP", 8) == 0)
        mail_note(mail_taken, "%" PRIu64 " %s: ntlm %u\n", in->at.frame, out->carrier, p[8]);
    else
        mail_note(mail_taken, "%" PRIu64 " %s: %zu octets\n", in->at.frame, out->carrier,
                  in->bytes.len);
    return cx_fed_end(CX_DONE);
}

static const cx_dissector mail_taker = {.name = "gss", .feed = mail_take};
static const cx_dissector *const mail_takers[] = {&mail_taker, NULL};

static inline void mail_note_event(void *self, const cx_event *e)
{
    mail_record *r = self;
    const cx_ev_logon *l = &e->u.logon;
    if (e->kind == CX_EV_MALFORMED) {
        mail_note(r, "%" PRIu64 " malformed: %s\n", e->at.frame, e->u.malformed.reason);
        return;
    }
    assert_int_equal(e->kind, CX_EV_LOGON);
    assert_int_equal(l->status_kind, CX_LOGON_REPLY);
    mail_note(r, "%" PRIu64 " logon %s %s %u %.*s\n", e->at.frame,
              l->mechanism ? l->mechanism : "?", l->success ? "success" : "failure", l->status,
              (int)l->text.len, l->text.p ? (const char *)l->text.p : "");
}

/* step: bytes at a time; 0: whole pieces. */
static inline void mail_run(const cx_dissector *d, const mail_case *c, size_t step, mail_record *r)
{
    *r = (mail_record){.len = 0};
    mail_taken = r;
    test_feeder f = {
        .dissector = d, .children = mail_takers, .sink = {.event = mail_note_event, .self = r}};
    assert_true(test_feeder_start(&f));
    for (uint64_t k = 0; k < COUNT(c->pieces) && c->pieces[k]; k++) {
        const char *text = c->pieces[k] + 1;
        uint8_t dir = c->pieces[k][0] == '<' ? CX_FROM_SERVER : CX_FROM_CLIENT;
        cx_evidence at = {.frame = k + 1};
        uint64_t missing;
        if (*text == '#' && cx_slice_number(cx_slice_of(text + 1), UINT64_MAX, &missing)) {
            test_feeder_gap(&f, dir, missing, at);
            continue;
        }
        cx_slice bytes = cx_slice_of(text);
        for (size_t from = 0; from < bytes.len; from += step ? step : bytes.len)
            test_feeder_push(&f, dir, cx_slice_sub(bytes, from, step ? step : bytes.len), at);
    }
    for (uint8_t dir = 0; dir < 2; dir++)
        if (f.dir[dir].handover)
            mail_note(r, "%s hands over at %" PRIu64 "\n", dir ? "server" : "client",
                      f.dir[dir].handover - 1);
        else if (f.dir[dir].done)
            mail_note(r, "%s done\n", dir ? "server" : "client");
    test_feeder_finish(&f);
}

static inline void mail_check(const cx_dissector *d, const mail_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t step = 0; step < 9; step++) {
            mail_record r;
            mail_run(d, &cases[i], step, &r);
            if (strcmp(r.text, cases[i].expected) != 0)
                fail_msg("%s, in steps of %zu\nexpected:\n%sgot:\n%s", cases[i].name, step,
                         cases[i].expected, r.text);
        }
}

/* Recorded logons (tests/data/make-mail.sh) in every delivery, damaged, and without memory. */
static inline void mail_transcripts(const cx_dissector *d, const char *const *names)
{
    static const cx_dissector *const children[] = {&cx_dissector_gss, &cx_dissector_ntlm,
                                                   &cx_dissector_kerberos, NULL};
    for (; *names; names++) {
        test_transcript t = test_transcript_read(*names);
        test_talk talk = {
            .dissector = d, .children = children, .pieces = t.pieces, .n_pieces = t.n_pieces};
        feed_all_ways(&talk, t.events);
        mutate_all(&talk, t.events[0] ? 1000 : 0);
        fail_each_alloc(&talk);
        test_transcript_free(&t);
    }
}

typedef struct mail_probe {
    const char *text;
    cx_match expected;
} mail_probe;

static inline void mail_probes(const cx_dissector *d, const mail_probe *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cx_chunk first = {.bytes = cx_slice_of(rows[i].text)};
        if (d->probe(&first) != rows[i].expected)
            fail_msg("\"%s\": %d", rows[i].text, (int)d->probe(&first));
    }
}
