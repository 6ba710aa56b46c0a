/* Connections of real programs, opened with their secrets: every version, key exchange and cipher
 * that the programs negotiate (tests/data/make-tls-keys.py says how they were recorded, and what
 * tshark makes of them). What happens when something is missing: test_session_missing.c. */
#include "support/tls_case.h"
#include "tls/keylog.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static test_tls_heard heard;

static const char *const files[] = {"openssl-tls1_0", "openssl-tls1_1", "openssl-tls1_2",
                                    "openssl-more",   "gnutls",         "java",
                                    "mbedtls",        "nss-ssl3"};

#define FILES (sizeof files / sizeof files[0])

static cx_tls_secrets *secrets_of(const char *keys)
{
    cx_tls_keylog_stats stats;
    cx_tls_secrets *s = cx_tls_secrets_new(7, NULL);
    assert_non_null(s);
    assert_int_equal(cx_tls_keylog_read(s, cx_slice_of(keys), &stats), CX_OK);
    return s;
}

/* No OpenSSL has it; what is said then: test_session_missing.c. */
static bool has_no_cipher(const test_tls_case *c)
{
    return strstr(c->name, "CAMELLIA") && strstr(c->name, "GCM");
}

static unsigned play_case(const char *file, const test_tls_case *c, const char *keys,
                          const cx_tls_rsa *rsa)
{
    unsigned bad = 0;
    cx_tls_secrets *secrets = secrets_of(keys);
    cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, rsa, 7);
    assert_non_null(o);
    for (size_t i = 0; i < c->n_conns; i++) {
        test_tls_play(o, c->conns[i].records, c->conns[i].n_records, &heard);
        if (test_tls_same(&c->conns[i], &heard) && heard.closed == 0 && heard.opened)
            continue;
        bad++;
        print_error("%s %s %zu with %s: %u clear %u opened %u closed, %s, %s\n", file, c->name, i,
                    rsa ? "RSA key" : "key log", heard.clear, heard.opened, heard.closed,
                    cx_tls_why_text(heard.report[0].why), cx_tls_why_text(heard.report[1].why));
    }
    cx_tls_opener_free(o);
    cx_tls_secrets_free(secrets);
    return bad;
}

/* Every record of every conversation, with the key log alone and with the RSA key alone. */
static void everything_is_opened(void **state)
{
    (void)state;
    unsigned bad = 0, n = 0;
    cx_tls_rsa *rsa = test_tls_rsa("rsa.pem");
    for (size_t i = 0; i < FILES; i++) {
        test_tls_file f = test_tls_read(files[i]);
        for (size_t k = 0; k < f.n; k++) {
            const test_tls_case *c = &f.cases[k];
            assert_true(c->keys[0] || c->rsa);
            if (has_no_cipher(c))
                continue;
            if (c->keys[0])
                bad += play_case(files[i], c, c->keys, NULL), n++;
            if (c->rsa)
                bad += play_case(files[i], c, "", rsa), n++;
        }
        test_tls_free(&f);
    }
    cx_tls_rsa_free(rsa);
    assert_true(n > 250);
    assert_int_equal(bad, 0);
}

/* Everybody's secrets at once open the same. */
static void all_secrets_together(void **state)
{
    (void)state;
    cx_tls_rsa *rsa = test_tls_rsa("other.pem");
    cx_slice file = test_tls_load("rsa.pem");
    assert_int_equal(cx_tls_rsa_add(rsa, file, NULL), CX_OK);
    free((void *)(uintptr_t)file.p);
    cx_tls_secrets *secrets = cx_tls_secrets_new(1, NULL);
    test_tls_file f[FILES];
    for (size_t i = 0; i < FILES; i++) {
        f[i] = test_tls_read(files[i]);
        for (size_t k = 0; k < f[i].n; k++) {
            cx_tls_keylog_stats stats;
            assert_int_equal(cx_tls_keylog_read(secrets, cx_slice_of(f[i].cases[k].keys), &stats),
                             CX_OK);
        }
    }
    cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, rsa, 1);
    for (size_t i = 0; i < FILES; i++) {
        for (size_t k = 0; k < f[i].n; k++) {
            for (size_t n = 0; n < f[i].cases[k].n_conns; n++) {
                const test_tls_conn *conn = &f[i].cases[k].conns[n];
                test_tls_play(o, conn->records, conn->n_records, &heard);
                if (!has_no_cipher(&f[i].cases[k]) && !test_tls_same(conn, &heard))
                    fail_msg("%s %s", files[i], f[i].cases[k].name);
            }
        }
        test_tls_free(&f[i]);
    }
    cx_tls_opener_free(o);
    cx_tls_secrets_free(secrets);
    cx_tls_rsa_free(rsa);
}

/* ---- damage ---- */

/* One byte of each encrypted record changed, one record after the other: it is closed, and what is
 * said is what the others say. */
static void flip_each(const test_tls_case *c)
{
    const test_tls_conn *conn = &c->conns[0];
    cx_tls_secrets *secrets = secrets_of(c->keys);
    for (size_t i = 0; i < conn->n_records; i++) {
        uint8_t *body = (uint8_t *)(uintptr_t)conn->records[i].body.p;
        size_t len = conn->records[i].body.len;
        cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, NULL, 7);
        cx_tls_session *s = cx_tls_session_new(o);
        bool encrypted = false;
        memset(&heard, 0, sizeof heard);
        if (len == 0) /* of TLS 1.0, with a MAC and nothing else it is never empty */
            fail();
        body[len / 2] ^= 0x40;
        for (size_t k = 0; k < conn->n_records; k++) {
            cx_tls_reading reading = test_tls_give(s, &conn->records[k], k + 1, &heard);
            if (k == i)
                encrypted = reading != CX_TLS_CLEAR;
            if (k == i && encrypted)
                assert_int_equal(reading, CX_TLS_CLOSED);
        }
        body[len / 2] ^= 0x40;
        if (encrypted) {
            cx_tls_report r = cx_tls_session_report(s, conn->records[i].dir);
            assert_true(r.closed >= 1);
            assert_int_equal(r.first_closed.frame, i + 1);
            assert_true(r.why == CX_TLS_WHY_WRONG || r.closed > 1);
        }
        cx_tls_session_free(s);
        cx_tls_opener_free(o);
    }
    cx_tls_secrets_free(secrets);
}

static void damaged_records_are_closed(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        test_tls_file f = test_tls_read(files[i]);
        for (size_t k = 0; k < f.n; k++)
            if (f.cases[k].keys[0] && !has_no_cipher(&f.cases[k]))
                flip_each(&f.cases[k]);
        test_tls_free(&f);
    }
}

/* ---- losses ---- */

typedef struct part {
    uint8_t dir, hello; /* hello: a ClientHello or ServerHello stands in it */
    bool encrypted;
    size_t from, len; /* what it says */
} part;

/* What each record of a conversation says by itself. */
static void split(cx_tls_opener *o, const test_tls_conn *conn, part *parts)
{
    cx_tls_session *s = cx_tls_session_new(o);
    memset(&heard, 0, sizeof heard);
    for (size_t i = 0; i < conn->n_records; i++) {
        const test_tls_record *r = &conn->records[i];
        size_t from = heard.len[r->dir];
        cx_tls_reading reading = test_tls_give(s, r, i + 1, &heard);
        parts[i] =
            (part){.dir = r->dir,
                   .hello = r->sslv2 || (reading == CX_TLS_CLEAR &&
                                         r->type == CX_TLS_TYPE_HANDSHAKE && r->body.p[0] <= 2),
                   .encrypted = reading == CX_TLS_OPENED,
                   .from = from,
                   .len = heard.len[r->dir] - from};
    }
    cx_tls_session_free(s);
}

/* Is what was heard all that was said, without the parts from..to? */
static bool all_but(const test_tls_conn *conn, const part *parts, size_t from, size_t to)
{
    size_t at[2] = {0, 0};
    for (size_t i = 0; i < conn->n_records; i++) {
        const part *p = &parts[i];
        if (i >= from && i <= to)
            continue;
        if (heard.len[p->dir] - at[p->dir] < p->len ||
            memcmp(heard.said[p->dir] + at[p->dir], conn->said[p->dir].p + p->from, p->len) != 0)
            return false;
        at[p->dir] += p->len;
    }
    return at[0] == heard.len[0] && at[1] == heard.len[1];
}

static void lose(cx_tls_session *s, const test_tls_conn *conn, size_t from, size_t to)
{
    for (int dir = 0; dir < 2; dir++) {
        uint64_t bytes = 0;
        cx_slice last = {NULL, 0};
        for (size_t i = from; i <= to; i++) {
            if (conn->records[i].dir != dir)
                continue;
            last = conn->records[i].body;
            bytes += last.len + 5;
        }
        if (bytes)
            cx_tls_session_lose(s, (uint8_t)dir, bytes, last, (cx_evidence){.frame = from + 1});
    }
}

/* The records from..to are lost: nothing else is, when secrets are from a key log. */
static bool survives(cx_tls_opener *o, const test_tls_conn *conn, const part *parts, size_t from,
                     size_t to, bool skip)
{
    cx_tls_session *s = cx_tls_session_new(o);
    memset(&heard, 0, sizeof heard);
    for (size_t i = 0; i < conn->n_records; i++) {
        const test_tls_record *r = &conn->records[i];
        if (i == from && !skip)
            lose(s, conn, from, to);
        if (skip && i == from)
            cx_tls_session_skip(s, r->dir, r->type, r->body.len, r->body,
                                (cx_evidence){.frame = i + 1});
        if (i < from || i > to)
            (void)test_tls_give(s, r, i + 1, &heard);
    }
    bool good = all_but(conn, parts, from, to) &&
                cx_tls_session_report(s, conn->records[from].dir).first_lost.frame == from + 1;
    cx_tls_session_free(s);
    return good;
}

static void lose_each(const char *file, const test_tls_case *c)
{
    static part parts[256];
    const test_tls_conn *conn = &c->conns[0];
    cx_tls_secrets *secrets = secrets_of(c->keys);
    cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, NULL, 7);
    bool stream = strstr(c->name, "ARCFOUR") || strstr(c->name, "RC4");
    assert_true(conn->n_records <= 256);
    split(o, conn, parts);
    for (size_t i = 0; i < conn->n_records; i++) {
        for (size_t n = 1; n <= 4 && i + n <= conn->n_records; n++) {
            bool hello = false, ccs = false;
            for (size_t k = i; k < i + n; k++) {
                hello |= parts[k].hello;
                ccs |= conn->records[k].type == CX_TLS_TYPE_CCS;
            }
            if (hello) /* without these nothing works: test_session_missing.c */
                break;
            if (stream && ccs && n > 1) /* how much key stream is lost is unknown */
                continue;
            if (!survives(o, conn, parts, i, i + n - 1, false))
                fail_msg("%s %s: %zu of %zu lost from record %zu on", file, c->name, n,
                         conn->n_records, i + 1);
        }
        if (!parts[i].hello && conn->records[i].type != CX_TLS_TYPE_CCS &&
            !survives(o, conn, parts, i, i, true))
            fail_msg("%s %s: record %zu skipped", file, c->name, i + 1);
    }
    cx_tls_opener_free(o);
    cx_tls_secrets_free(secrets);
}

static void losses_cost_what_is_lost(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        test_tls_file f = test_tls_read(files[i]);
        for (size_t k = 0; k < f.n; k++) {
            const test_tls_case *c = &f.cases[k];
            /* a renegotiation that is lost takes its keys with it */
            if (c->keys[0] && !has_no_cipher(c) && !strstr(c->name, "renegotiation"))
                lose_each(files[i], c);
        }
        test_tls_free(&f);
    }
}

/* Secrets that come in the middle of a conversation, as from a pipe: all behind them is read. */
static void late_secrets_open_the_rest(void **state)
{
    (void)state;
    static part parts[256];
    for (size_t i = 0; i < FILES; i++) {
        test_tls_file f = test_tls_read(files[i]);
        for (size_t k = 0; k < f.n; k++) {
            const test_tls_case *c = &f.cases[k];
            const test_tls_conn *conn = &c->conns[0];
            if (!c->keys[0] || has_no_cipher(c) || strstr(c->name, "renegotiation"))
                continue;
            cx_tls_secrets *all = secrets_of(c->keys);
            cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), all, NULL, 7);
            split(o, conn, parts);
            cx_tls_opener_free(o);
            cx_tls_secrets_free(all);
            for (size_t from = 1; from < conn->n_records; from += 3) {
                cx_tls_secrets *secrets = secrets_of("");
                cx_tls_keylog_stats stats;
                size_t before[2] = {0, 0};
                o = cx_tls_opener_new(test_tls_crypto(), secrets, NULL, 7);
                cx_tls_session *s = cx_tls_session_new(o);
                memset(&heard, 0, sizeof heard);
                for (size_t n = 0; n < conn->n_records; n++) {
                    if (n == from)
                        assert_int_equal(cx_tls_keylog_read(secrets, cx_slice_of(c->keys), &stats),
                                         CX_OK);
                    if (n < from)
                        before[parts[n].dir] += parts[n].len;
                    (void)test_tls_give(s, &conn->records[n], n + 1, &heard);
                }
                for (int dir = 0; dir < 2; dir++) {
                    cx_slice rest = cx_slice_sub(conn->said[dir], before[dir], conn->said[dir].len);
                    if (!cx_slice_eq(rest, (cx_slice){heard.said[dir], heard.len[dir]}))
                        fail_msg("%s %s: secrets before record %zu: %zu bytes, not %zu", files[i],
                                 c->name, from + 1, heard.len[dir], rest.len);
                }
                cx_tls_session_free(s);
                cx_tls_opener_free(o);
                cx_tls_secrets_free(secrets);
            }
        }
        test_tls_free(&f);
    }
}

/* Directions are told by who says hello, not by who connected. */
static void directions_may_be_swapped(void **state)
{
    (void)state;
    test_tls_file f = test_tls_read("openssl-more");
    for (size_t k = 0; k < f.n; k++) {
        test_tls_conn *conn = &f.cases[k].conns[0];
        cx_tls_secrets *secrets = secrets_of(f.cases[k].keys);
        cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, NULL, 7);
        for (size_t i = 0; i < conn->n_records; i++)
            conn->records[i].dir ^= 1;
        cx_slice said = conn->said[0];
        conn->said[0] = conn->said[1];
        conn->said[1] = said;
        test_tls_play(o, conn->records, conn->n_records, &heard);
        if (!test_tls_same(conn, &heard))
            fail_msg("%s", f.cases[k].name);
        cx_tls_opener_free(o);
        cx_tls_secrets_free(secrets);
    }
    test_tls_free(&f);
}

/* A prefix of what was said, and no crash, whatever order the records come in. */
static void any_order(void **state)
{
    (void)state;
    uint32_t random = 12345;
    test_tls_file f = test_tls_read("openssl-more");
    for (size_t k = 0; k < f.n; k++) {
        test_tls_conn *conn = &f.cases[k].conns[0];
        cx_tls_secrets *secrets = secrets_of(f.cases[k].keys);
        cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, NULL, 7);
        for (int round = 0; round < 20; round++) {
            for (size_t i = conn->n_records - 1; i > 0; i--) {
                random = random * 1664525u + 1013904223u;
                size_t other = random % (i + 1);
                test_tls_record r = conn->records[i];
                conn->records[i] = conn->records[other];
                conn->records[other] = r;
            }
            test_tls_play(o, conn->records, conn->n_records, &heard);
            assert_true(heard.len[0] <= conn->said[0].len && heard.len[1] <= conn->said[1].len);
        }
        cx_tls_opener_free(o);
        cx_tls_secrets_free(secrets);
    }
    test_tls_free(&f);
}

/* RFC 8448 3: the client's first record of application data, with hellos that hold its random and
 * suite and nothing else. */
static void the_record_of_rfc8448(void **state)
{
    (void)state;
    static const char keys[] =
        "CLIENT_TRAFFIC_SECRET_0 cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 "
        "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5";
    static const uint8_t client_hello[] =
        "\x01\x00\x00\x29\x03\x03\xcb\x34\xec\xb1\xe7\x81\x63\xba\x1c\x38\xc6\xda\xcb\x19\x6a\x6d"
        "\xff\xa2\x1a\x8d\x99\x12\xec\x18\xa2\xef\x62\x83\x02\x4d\xec\xe7\x00\x00\x02\x13\x01\x01"
        "\x00";
    static const uint8_t server_hello[] = "\x02\x00\x00\x2e\x03\x03"
                                          "0123456789abcdef0123456789abcdef"
                                          "\x00\x13\x01\x00"
                                          "\x00\x06\x00\x2b\x00\x02\x03\x04";
    static const uint8_t data[] =
        "\xa2\x3f\x70\x54\xb6\x2c\x94\xd0\xaf\xfa\xfe\x82\x28\xba\x55\xcb\xef\xac\xea\x42\xf9\x14"
        "\xaa\x66\xbc\xab\x3f\x2b\x98\x19\xa8\xa5\xb4\x6b\x39\x5b\xd5\x4a\x9a\x20\x44\x1e\x2b\x62"
        "\x97\x4e\x1f\x5a\x62\x92\xa2\x97\x70\x14\xbd\x1e\x3d\xea\xe6\x3a\xee\xbb\x21\x69\x49\x15"
        "\xe4";
    const test_tls_record records[] = {
        {.dir = 0, .type = 22, .version = 0x0301, .body = {client_hello, sizeof client_hello - 1}},
        {.dir = 1, .type = 22, .version = 0x0303, .body = {server_hello, sizeof server_hello - 1}},
        {.dir = 0, .type = 23, .version = 0x0303, .body = {data, sizeof data - 1}},
    };
    cx_tls_secrets *secrets = secrets_of(keys);
    cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, NULL, 7);
    test_tls_play(o, records, 3, &heard);
    assert_int_equal(heard.opened, 1);
    assert_int_equal(heard.len[0], 50);
    for (uint8_t i = 0; i < 50; i++)
        assert_int_equal(heard.said[0][i], i);
    cx_tls_opener_free(o);
    cx_tls_secrets_free(secrets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_opened),
        cmocka_unit_test(all_secrets_together),
        cmocka_unit_test(damaged_records_are_closed),
        cmocka_unit_test(losses_cost_what_is_lost),
        cmocka_unit_test(late_secrets_open_the_rest),
        cmocka_unit_test(directions_may_be_swapped),
        cmocka_unit_test(any_order),
        cmocka_unit_test(the_record_of_rfc8448),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
