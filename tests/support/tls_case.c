/* Recorded TLS conversations with their secrets (tls_case.h). */
#include "support/tls_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

cx_slice test_tls_load(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/tests/data/tlskeys/%s", CX_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s cannot be read", path);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    rewind(f);
    uint8_t *bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)size, f), size);
    bytes[size] = 0;
    (void)fclose(f);
    return (cx_slice){bytes, (size_t)size};
}

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Deciphers hexadecimal up to the end of the line, at *to, which moves on. */
static cx_slice hex(const char *text, uint8_t **to)
{
    uint8_t *from = *to;
    for (; text[0] && text[1]; text += 2)
        *(*to)++ = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
    return (cx_slice){from, (size_t)(*to - from)};
}

typedef struct joining {
    uint8_t bytes[2][262144];
    size_t len[2], at[2];
} joining;

/* The records that the bytes of a direction complete. Bodies are copied to *to, which moves on. */
static void take_records(joining *j, uint8_t dir, test_tls_conn *conn, uint8_t **to)
{
    for (;;) {
        const uint8_t *p = j->bytes[dir] + j->at[dir];
        size_t there = j->len[dir] - j->at[dir], head = 5;
        if (there < head)
            return;
        bool sslv2 = j->at[dir] == 0 && (p[0] & 0x80);
        if (sslv2)
            head = 2;
        size_t len = sslv2 ? (size_t)((p[0] & 0x7f) << 8 | p[1]) : (size_t)(p[3] << 8 | p[4]);
        if (there < head + len)
            return;
        memcpy(*to, p + head, len);
        conn->records[conn->n_records++] =
            (test_tls_record){.dir = dir,
                              .sslv2 = sslv2,
                              .type = p[0],
                              .version = (uint16_t)(p[1] << 8 | p[2]),
                              .body = {*to, len}};
        *to += len;
        j->at[dir] += head + len;
    }
}

test_tls_file test_tls_read(const char *name)
{
    char file[256];
    (void)snprintf(file, sizeof file, "%s.tls", name);
    cx_slice text = test_tls_load(file);
    test_tls_file f = {.text = calloc(2, text.len),
                       .bytes = malloc(2 * text.len),
                       .records = calloc(text.len / 16 + 1, sizeof *f.records),
                       .cases = calloc(text.len / 256 + 1, sizeof *f.cases)};
    joining *j = calloc(1, sizeof *j);
    char *all = calloc(1, text.len + 1), *rest = all, *line, *keys = f.text;
    uint8_t *to = f.bytes;
    test_tls_record *next = f.records;
    test_tls_case *c = NULL;
    test_tls_conn *conn = NULL;
    assert_true(f.text && f.bytes && f.records && f.cases && all && j);
    memcpy(all, text.p, text.len);
    while ((line = strsep(&rest, "\n"))) {
        bool opens = strncmp(line, "case ", 5) == 0;
        if (conn && (opens || strcmp(line, "conn") == 0))
            next += conn->n_records;
        if (opens) {
            c = &f.cases[f.n++];
            *c = (test_tls_case){.name = keys, .n_conns = 1};
            keys += sprintf(keys, "%s", line + 5) + 1;
            c->keys = keys;
            *keys++ = '\0';
        }
        if (opens || strcmp(line, "conn") == 0) {
            c->n_conns += opens ? 0 : 1;
            conn = &c->conns[c->n_conns - 1];
            *conn = (test_tls_conn){.records = next};
            memset(j->len, 0, sizeof j->len);
            memset(j->at, 0, sizeof j->at);
        } else if (strncmp(line, "key ", 4) == 0) {
            keys += sprintf(keys - 1, "%s\n", line + 4); /* over the last NUL */
        } else if (strcmp(line, "rsa") == 0) {
            c->rsa = true;
        } else if (line[0] == '>' || line[0] == '<') {
            uint8_t dir = line[0] == '<';
            uint8_t *end = j->bytes[dir] + j->len[dir];
            j->len[dir] += hex(line + 1, &end).len;
            take_records(j, dir, conn, &to);
        } else if (line[0] == ']' || line[0] == '[') {
            conn->said[line[0] == '['] = hex(line + 1, &to);
        }
    }
    free(all);
    free(j);
    free((void *)(uintptr_t)text.p);
    assert_true(f.n > 0);
    return f;
}

void test_tls_free(test_tls_file *f)
{
    free(f->text);
    free(f->bytes);
    free(f->records);
    free(f->cases);
}

cx_tls_reading test_tls_give(cx_tls_session *s, const test_tls_record *r, uint64_t frame,
                             test_tls_heard *heard)
{
    static uint8_t room[CX_TLS_MAX_BODY];
    cx_tls_record record = {.type = r->type, .version = r->version, .body = r->body};
    cx_tls_opened o;
    if (r->sslv2) {
        cx_tls_session_sslv2(s, r->dir, r->body);
        heard->clear++;
        return CX_TLS_CLEAR;
    }
    cx_tls_reading reading =
        cx_tls_session_record(s, r->dir, &record, (cx_evidence){.frame = frame}, room, &o);
    heard->report[r->dir] = cx_tls_session_report(s, r->dir);
    heard->clear += reading == CX_TLS_CLEAR;
    heard->closed += reading == CX_TLS_CLOSED;
    if (reading != CX_TLS_OPENED)
        return reading;
    heard->opened++;
    heard->types[o.type]++;
    if (o.type == CX_TLS_TYPE_DATA) {
        assert_true(heard->len[r->dir] + o.bytes.len <= sizeof heard->said[0]);
        if (o.bytes.len)
            memcpy(heard->said[r->dir] + heard->len[r->dir], o.bytes.p, o.bytes.len);
        heard->len[r->dir] += o.bytes.len;
    }
    return reading;
}

void test_tls_play(cx_tls_opener *o, const test_tls_record *records, size_t n,
                   test_tls_heard *heard)
{
    cx_tls_session *s = cx_tls_session_new(o);
    assert_non_null(s);
    memset(heard, 0, sizeof *heard);
    for (size_t i = 0; i < n; i++)
        (void)test_tls_give(s, &records[i], i + 1, heard);
    cx_tls_session_free(s);
}

bool test_tls_same(const test_tls_conn *conn, const test_tls_heard *heard)
{
    for (int dir = 0; dir < 2; dir++)
        if (!cx_slice_eq(conn->said[dir], (cx_slice){heard->said[dir], heard->len[dir]}))
            return false;
    return true;
}

static cx_tls_crypto *crypto;

/* Memory of OpenSSL hangs on its secure heap, where the leak sanitizer does not look. */
static void end_crypto(void)
{
    cx_tls_crypto_free(crypto);
}

cx_tls_crypto *test_tls_crypto(void)
{
    if (!crypto) {
        crypto = cx_tls_crypto_new();
        assert_non_null(crypto);
        assert_int_equal(atexit(end_crypto), 0);
    }
    return crypto;
}

cx_tls_rsa *test_tls_rsa(const char *name)
{
    cx_tls_rsa *rsa = cx_tls_rsa_new(test_tls_crypto());
    cx_slice file = test_tls_load(name);
    assert_non_null(rsa);
    assert_int_equal(cx_tls_rsa_add(rsa, file, NULL), CX_OK);
    free((void *)(uintptr_t)file.p);
    return rsa;
}
