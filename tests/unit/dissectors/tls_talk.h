/* Conversations for the tests of the TLS dissector: recorded ones (tests/data/tls/NAME.hex, whose
 * form tests/data/make-tls.sh tells), ones written as hexadecimal, and their events as short lines.
 */
#pragma once

#include "support/dissect.h"
#include "support/feeder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_tls;

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define TLS_MAX_PIECES 64
#define TLS_MAX_BYTES  32768

typedef struct tls_talk {
    test_piece pieces[TLS_MAX_PIECES];
    char oracle[TLS_MAX_PIECES][96]; /* what tshark reads in the piece: "2,11,14 - - -" */
    size_t n;
    uint8_t bytes[TLS_MAX_BYTES];
    size_t used;
} tls_talk;

static inline test_talk tls_talk_of(const tls_talk *t)
{
    return (test_talk){.dissector = &cx_dissector_tls, .pieces = t->pieces, .n_pieces = t->n};
}

static inline int tls_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Adds the hexadecimal digits of text (blanks are skipped) to the last piece. */
static inline void tls_add_hex(tls_talk *t, const char *text)
{
    test_piece *piece = &t->pieces[t->n - 1];
    for (; *text; text++) {
        if (tls_digit(text[0]) < 0)
            continue;
        assert_true(tls_digit(text[1]) >= 0 && t->used < sizeof t->bytes);
        t->bytes[t->used++] = (uint8_t)(tls_digit(text[0]) << 4 | tls_digit(text[1]));
        piece->bytes.len++;
        text++;
    }
}

static inline void tls_begin(tls_talk *t, uint8_t dir)
{
    assert_true(t->n < TLS_MAX_PIECES);
    t->pieces[t->n++] = (test_piece){.dir = dir, .bytes = {t->bytes + t->used, 0}};
}

/* A piece from hexadecimal digits. */
static inline void tls_say(tls_talk *t, uint8_t dir, const char *text)
{
    tls_begin(t, dir);
    tls_add_hex(t, text);
}

/* Adds a record of this type to the last piece, with the version of TLS 1.2. */
static inline void tls_add_record(tls_talk *t, unsigned type, const char *body)
{
    test_piece *piece = &t->pieces[t->n - 1];
    char header[16];
    size_t at = t->used;
    (void)snprintf(header, sizeof header, "%02x03030000", type);
    tls_add_hex(t, header);
    tls_add_hex(t, body);
    size_t len = t->used - at - 5;
    t->bytes[at + 3] = (uint8_t)(len >> 8);
    t->bytes[at + 4] = (uint8_t)len;
    assert_ptr_equal(piece->bytes.p + piece->bytes.len, t->bytes + t->used);
}

/* A piece that is one record. */
static inline void tls_say_record(tls_talk *t, uint8_t dir, unsigned type, const char *body)
{
    tls_begin(t, dir);
    tls_add_record(t, type, body);
}

/* A piece that is one record with one handshake message. */
static inline void tls_say_handshake(tls_talk *t, uint8_t dir, unsigned type, const char *body)
{
    char *text = NULL;
    size_t digits = 0;
    for (const char *p = body; *p; p++)
        digits += tls_digit(*p) >= 0;
    assert_true(asprintf(&text, "%02x%06zx%s", type, digits / 2, body) > 0);
    tls_say_record(t, dir, 22, text);
    free(text);
}

/* n times the same byte as hexadecimal; free(). */
static inline char *tls_many(size_t n, const char *byte)
{
    char *text = malloc(2 * n + 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + 2 * i, byte, 2);
    text[2 * n] = 0;
    return text;
}

#define TLS_RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Bodies of hellos: offering and choosing TLS 1.2 or 1.3. */
#define TLS_CLIENT_HELLO    "0303" TLS_RANDOM "00 0002 002f 0100"
#define TLS_CLIENT_HELLO_13 "0303" TLS_RANDOM "00 0002 1302 0100 0007 002b 0003 02 0304"
#define TLS_CLIENT_HELLO_EARLY                                                                     \
    "0303" TLS_RANDOM "00 0002 1302 0100 000b 002b 0003 02 0304 002a 0000"
#define TLS_SERVER_HELLO    "0303" TLS_RANDOM "00 002f 00"
#define TLS_SERVER_HELLO_10 "0301" TLS_RANDOM "00 002f 00"
#define TLS_SERVER_HELLO_13 "0303" TLS_RANDOM "00 1302 00 0006 002b 0002 0304"

/* Bytes that the capture lacks. */
static inline void tls_lose(tls_talk *t, uint8_t dir, size_t n)
{
    tls_begin(t, dir);
    assert_true(n <= sizeof t->bytes - t->used);
    t->used += n;
    t->pieces[t->n - 1].bytes.len = n;
    t->pieces[t->n - 1].lost = true;
}

static inline tls_talk *tls_new(void)
{
    tls_talk *t = calloc(1, sizeof *t);
    assert_non_null(t);
    return t;
}

/* tests/data/tls/NAME.hex; free() it. */
static inline tls_talk *tls_load(const char *name)
{
    char path[512], *line = NULL;
    size_t cap = 0;
    tls_talk *t = tls_new();
    (void)snprintf(path, sizeof path, CX_SOURCE_DIR "/tests/data/tls/%s.hex", name);
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("%s: cannot be read", path);
    while (getline(&line, &cap, f) > 0) {
        if (line[0] == '>' || line[0] == '<')
            tls_begin(t, line[0] == '>' ? CX_FROM_CLIENT : CX_FROM_SERVER);
        if (line[0] == '=')
            (void)snprintf(t->oracle[t->n - 1], sizeof t->oracle[0], "%.*s",
                           (int)strcspn(line + 2, "\n"), line + 2);
        else
            tls_add_hex(t, line + 1);
    }
    free(line);
    (void)fclose(f);
    assert_true(t->n > 0);
    return t;
}

/* ---- events as lines ---- */

static const char *const tls_names[] = {
    [CX_TLS_CLIENT_HELLO] = "client_hello",
    [CX_TLS_SERVER_HELLO] = "server_hello",
    [CX_TLS_CERTIFICATE] = "certificate",
    [CX_TLS_CERTIFICATE_STATUS] = "certificate_status",
    [CX_TLS_CERTIFICATE_REQUEST] = "certificate_request",
    [CX_TLS_SERVER_HELLO_DONE] = "server_hello_done",
    [CX_TLS_CLIENT_KEY_EXCHANGE] = "client_key_exchange",
    [CX_TLS_CHANGE_CIPHER_SPEC] = "ccs",
    [CX_TLS_FINISHED] = "finished",
    [CX_TLS_ALERT] = "alert",
    [CX_TLS_ENCRYPTED_ALERT] = "encrypted_alert",
    [CX_TLS_APPLICATION_DATA] = "data",
};

static inline void tls_print_cert(FILE *out, const cx_cert *cert)
{
    if (cert->unreadable)
        (void)fprintf(out, " [unreadable]");
    else
        (void)fprintf(out, " [%.*s%s]", (int)cert->subject.len, (const char *)cert->subject.p,
                      cert->self_signed ? " self-signed" : "");
}

/* One line: frame, sender, message, and what matters of it. */
static inline void tls_print_event(void *self, const cx_event *e)
{
    FILE *out = self;
    const cx_ev_tls *t = &e->u.tls;
    char offered[8], chosen[8];
    (void)fprintf(out, "%u %c ", (unsigned)e->at.frame, e->dir == CX_FROM_CLIENT ? '>' : '<');
    if (e->kind == CX_EV_MALFORMED) {
        (void)fprintf(out, "malformed: %s\n", e->u.malformed.reason);
        return;
    }
    assert_int_equal(e->kind, CX_EV_TLS);
    (void)fprintf(out, "%s", tls_names[t->message]);
    if (t->message == CX_TLS_CLIENT_HELLO) {
        (void)fprintf(out, " %s ciphers %u", cx_tls_version_name(t->max_version, offered),
                      t->n_ciphers);
        if (t->n_ciphers)
            (void)fprintf(out, " first %04x", t->ciphers[0]);
        if (t->sni.p)
            (void)fprintf(out, " sni %.*s", (int)t->sni.len, (const char *)t->sni.p);
        if (t->sslv2_format)
            (void)fprintf(out, " sslv2");
        if (t->cut)
            (void)fprintf(out, " cut");
    } else if (t->message == CX_TLS_SERVER_HELLO) {
        (void)fprintf(out, " %s %04x%s%s", cx_tls_version_name(t->version, chosen), t->cipher,
                      t->resumed ? " resumed" : "", t->hello_retry ? " retry" : "");
    } else if (t->message == CX_TLS_CERTIFICATE) {
        for (uint32_t i = 0; i < t->n_chain; i++)
            tls_print_cert(out, &t->chain[i]);
    } else if (t->message == CX_TLS_CERTIFICATE_STATUS) {
        for (uint32_t i = 0; i < t->n_ocsp; i++)
            (void)fprintf(out, " %s", t->ocsp[i].status == CX_OCSP_REVOKED ? "revoked" : "good");
    } else if (t->message == CX_TLS_CERTIFICATE_REQUEST) {
        (void)fprintf(out, " authorities %u", t->ca_names_len);
    } else if (t->message == CX_TLS_ALERT) {
        (void)fprintf(out, " %u %u", t->level, t->description);
    } else if (t->record_len) {
        (void)fprintf(out, " %u after %u", t->record_len, t->records);
    }
    for (uint32_t i = 0; i < t->n_alpn; i++)
        (void)fprintf(out, " alpn %.*s", (int)t->alpn[i].len, (const char *)t->alpn[i].p);
    (void)fputc('\n', out);
}

/* Feeds pieces, those that are lost as gaps, and hands the events to sink. */
static inline void tls_feed(const tls_talk *t, cx_event_sink sink)
{
    test_feeder f = {.dissector = &cx_dissector_tls,
                     .sink = sink,
                     .client = {.family = 4, .port = 49152, .proto = CX_IPPROTO_TCP},
                     .server = {.family = 4, .port = 5061, .proto = CX_IPPROTO_TCP}};
    assert_true(test_feeder_start(&f));
    for (size_t i = 0; i < t->n; i++) {
        const test_piece *p = &t->pieces[i];
        cx_evidence at = {.frame = i + 1, .ts_ns = (int64_t)i};
        if (p->lost)
            test_feeder_gap(&f, p->dir, p->bytes.len, at);
        else
            test_feeder_push(&f, p->dir, p->bytes, at);
    }
    test_feeder_finish(&f);
}

/* The lines of all events; free() them. */
static inline char *tls_lines(const tls_talk *t)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    tls_feed(t, (cx_event_sink){.event = tls_print_event, .self = out});
    assert_int_equal(fclose(out), 0);
    return text;
}

/* Fails unless the conversation gives these lines. */
static inline void tls_expect(const tls_talk *t, const char *expected)
{
    char *got = tls_lines(t);
    assert_string_equal(got, expected);
    free(got);
}
