/* Connections that cannot be opened, or not wholly: the reason is the exact one. Conversations of
 * real programs (tests/data/make-tls-keys.py), some with a byte changed or a record left out. */
#include "support/alloc.h"
#include "support/tls_case.h"
#include "tls/keylog.h"
#include "tls/session_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static test_tls_heard heard;
static test_tls_file tls10, tls12, more, gnutls;
static cx_tls_rsa *own, *other, *both;

static const test_tls_case *find(const test_tls_file *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->cases[i].name, name) == 0)
            return &f->cases[i];
    fail_msg("no case %s", name);
    return NULL;
}

static cx_tls_secrets *secrets_of(const char *keys)
{
    cx_tls_keylog_stats stats;
    cx_tls_secrets *s = cx_tls_secrets_new(7, NULL);
    assert_int_equal(cx_tls_keylog_read(s, cx_slice_of(keys), &stats), CX_OK);
    return s;
}

/* The lines of a key log that contain a word (or do not). */
static char *lines_with(const char *keys, const char *word, bool with)
{
    char *out = calloc(1, strlen(keys) + 1), *copy = strdup(keys), *rest = copy, *line;
    assert_true(out && copy);
    while ((line = strsep(&rest, "\n")))
        if (line[0] && (strstr(line, word) != NULL) == with)
            (void)strcat(strcat(out, line), "\n");
    free(copy);
    return out;
}

/* Plays connection `conn` of a case with the records from..to left out: lost when `lost`, else
 * never captured. */
static void play(const test_tls_conn *conn, const char *keys, const cx_tls_rsa *rsa, size_t from,
                 size_t to, bool lost)
{
    cx_tls_secrets *secrets = secrets_of(keys);
    cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, rsa, 7);
    cx_tls_session *s = cx_tls_session_new(o);
    memset(&heard, 0, sizeof heard);
    for (size_t i = 0; i < conn->n_records; i++) {
        if (lost && i >= from && i < to)
            cx_tls_session_lose(s, conn->records[i].dir, conn->records[i].body.len + 5,
                                conn->records[i].body, (cx_evidence){.frame = i + 1});
        else if (i < from || i >= to)
            (void)test_tls_give(s, &conn->records[i], i + 1, &heard);
    }
    for (uint8_t dir = 0; dir < 2; dir++)
        heard.report[dir] = cx_tls_session_report(s, dir);
    cx_tls_session_free(s);
    cx_tls_opener_free(o);
    cx_tls_secrets_free(secrets);
}

static void assert_why(const char *what, cx_tls_why client, cx_tls_why server)
{
    if (heard.report[0].why != client || heard.report[1].why != server)
        fail_msg("%s: %s / %s, not %s / %s", what, cx_tls_why_text(heard.report[0].why),
                 cx_tls_why_text(heard.report[1].why), cx_tls_why_text(client),
                 cx_tls_why_text(server));
}

#define W(name) CX_TLS_WHY_##name

static void what_was_not_given(void **state)
{
    (void)state;
    const struct {
        const test_tls_file *file;
        const char *name, *keys;
        const cx_tls_rsa *rsa;
        cx_tls_why why;
    } table[] = {
        {&tls12, "AES128-GCM-SHA256", "", NULL, W(NO_SECRETS)},
        {&tls12, "AES128-GCM-SHA256", NULL, NULL, W(NO_LINE)},
        {&tls12, "AES128-GCM-SHA256", "", other, W(RSA_MISMATCH)},
        {&tls12, "AES128-GCM-SHA256", NULL, other, W(RSA_MISMATCH)},
        {&tls12, "AES128-GCM-SHA256", "", both, W(READABLE)},
        {&tls12, "ECDHE-RSA-AES128-GCM-SHA256", "", own, W(RSA_HIDDEN)},
        {&tls12, "DHE-RSA-AES128-GCM-SHA256", "", own, W(RSA_HIDDEN)},
        {&tls12, "RSA-PSK-AES128-GCM-SHA256", "", own, W(RSA_HIDDEN)},
        {&tls12, "ECDHE-RSA-AES128-GCM-SHA256", NULL, own, W(NO_LINE)},
        {&more, "TLS_AES_128_GCM_SHA256", "", NULL, W(NO_SECRETS)},
        {&more, "TLS_AES_128_GCM_SHA256", "", own, W(RSA_HIDDEN)},
        {&more, "TLS_AES_128_GCM_SHA256", NULL, NULL, W(NO_LINE)},
        {&more, "TLS_AES_128_GCM_SHA256", NULL, own, W(NO_LINE)},
        {&gnutls, "TLS1.2-CAMELLIA-256-GCM", NULL, own, W(NO_CIPHER)},
    };
    /* keys NULL: those of another conversation */
    const char *others = find(&tls12, "NULL-SHA256")->keys;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const test_tls_conn *conn = &find(table[i].file, table[i].name)->conns[0];
        play(conn, table[i].keys ? table[i].keys : others, table[i].rsa, 0, 0, false);
        assert_why(table[i].name, table[i].why, table[i].why);
        bool readable = table[i].why == W(READABLE);
        assert_int_equal(test_tls_same(conn, &heard), readable);
        assert_int_equal(heard.report[0].closed == 0, readable);
        assert_int_equal(heard.report[0].first_closed.frame != 0, !readable);
        assert_int_equal(heard.report[0].opened != 0, readable);
        assert_int_equal(heard.report[0].first_lost.frame, 0);
    }
}

static void secrets_of_another_session(void **state)
{
    (void)state;
    /* the right client random with wrong secrets */
    static const char *const names[] = {"AES128-GCM-SHA256", "AES128-SHA-etm", "AES128-SHA-mte",
                                        "NULL-SHA256", "TLS_AES_128_GCM_SHA256"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const test_tls_file *f = i == 4 ? &more : &tls12;
        const test_tls_case *c = NULL;
        for (size_t k = 0; k < f->n && !c; k++)
            if (strcmp(f->cases[k].name, names[i]) == 0)
                c = &f->cases[k];
        if (!c)
            continue; /* one of the two forms exists */
        char *keys = strdup(c->keys);
        for (char *p = keys; *p; p++)
            if (*p == '\n' || !p[1]) {
                char *digit = *p == '\n' ? p - 1 : p;
                *digit = *digit == '0' ? '1' : '0';
            }
        play(&c->conns[0], keys, NULL, 0, 0, false);
        assert_why(names[i], W(WRONG), W(WRONG));
        assert_int_equal(heard.opened, 0);
        free(keys);
    }
}

static void resumed_sessions(void **state)
{
    (void)state;
    static const char *const names[] = {"id-tls1_2-ems", "id-tls1-noems", "ticket-AES128-SHA"};
    for (size_t i = 0; i < 3; i++) {
        const test_tls_case *c = find(&more, names[i]);
        assert_int_equal(c->n_conns, 2);
        play(&c->conns[1], "", own, 0, 0, false);
        assert_why(names[i], W(RESUMED), W(RESUMED));
        /* the first connection alone has a line: the second is opened through it, by id or ticket
         */
        char first[200];
        (void)snprintf(first, sizeof first, "%.*s", (int)strcspn(c->keys, "\n"), c->keys);
        play(&c->conns[1], first, NULL, 0, 0, false);
        assert_why(names[i], W(NO_LINE), W(NO_LINE));
        cx_tls_secrets *secrets = secrets_of(first);
        cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, NULL, 7);
        for (size_t k = 0; k < 2; k++) {
            test_tls_play(o, c->conns[k].records, c->conns[k].n_records, &heard);
            assert_true(test_tls_same(&c->conns[k], &heard));
        }
        cx_tls_opener_free(o);
        cx_tls_secrets_free(secrets);
    }
}

static void partial_logs_of_tls13(void **state)
{
    (void)state;
    const test_tls_case *c = find(&more, "TLS_AES_256_GCM_SHA384");
    const test_tls_conn *conn = &c->conns[0];
    char *keys = lines_with(c->keys, "HANDSHAKE_TRAFFIC", false);
    play(conn, keys, NULL, 0, 0, false);
    assert_why("no handshake secrets", W(NO_HANDSHAKE_SECRET), W(NO_HANDSHAKE_SECRET));
    assert_true(test_tls_same(conn, &heard)); /* what was said is read all the same */
    assert_true(heard.report[1].opened > 0 && heard.report[1].closed > 0);
    free(keys);
    keys = lines_with(c->keys, "TRAFFIC_SECRET_0", false);
    play(conn, keys, NULL, 0, 0, false);
    assert_why("no traffic secrets", W(NO_TRAFFIC_SECRET), W(NO_TRAFFIC_SECRET));
    assert_int_equal(heard.len[0] + heard.len[1], 0);
    assert_true(heard.messages == 0 && heard.report[1].opened > 0);
    free(keys);
    keys = lines_with(c->keys, "CLIENT_", true);
    play(conn, keys, NULL, 0, 0, false);
    assert_why("the client's alone", W(READABLE), W(NO_HANDSHAKE_SECRET));
    assert_int_equal(heard.len[0], conn->said[0].len);
    assert_int_equal(heard.len[1], 0);
    free(keys);
    c = find(&more, "tls13-early");
    keys = lines_with(c->keys, "EARLY_TRAFFIC", false);
    play(&c->conns[1], keys, NULL, 0, 0, false);
    assert_why("no early secret", W(NO_EARLY_SECRET), W(READABLE));
    assert_true(heard.len[0] > 0 && heard.len[0] < c->conns[1].said[0].len);
    free(keys);
}

/* Index of the first clear handshake record that begins with that message. */
static size_t record_of(const test_tls_conn *conn, uint8_t message)
{
    for (size_t i = 0; i < conn->n_records; i++)
        if (conn->records[i].type == CX_TLS_TYPE_HANDSHAKE && conn->records[i].body.p[0] == message)
            return i;
    fail_msg("no message %d", message);
    return 0;
}

static void parts_that_are_not_captured(void **state)
{
    (void)state;
    const test_tls_case *c = find(&tls12, "AES128-GCM-SHA256"),
                        *c13 = find(&more, "TLS_AES_128_GCM_SHA256");
    const test_tls_conn *conn = &c->conns[0];
    size_t hello_done = record_of(conn, CX_TLS_MSG_HELLO_DONE), n = conn->n_records;
    assert_true(n > hello_done + 6);
    /* a capture that begins behind the handshake, at the ServerHello, at the key exchange */
    play(conn, c->keys, own, 0, hello_done + 6, false);
    assert_why("data alone", W(NO_HANDSHAKE), W(NO_HANDSHAKE));
    play(conn, c->keys, own, 0, 1, false);
    assert_why("no ClientHello", W(NO_HANDSHAKE), W(NO_HANDSHAKE));
    play(&c13->conns[0], c13->keys, NULL, 0, 1, false);
    assert_why("no ClientHello in 1.3", W(NO_HANDSHAKE), W(NO_HANDSHAKE));
    play(&c13->conns[0], c13->keys, NULL, 0, 4, false);
    assert_why("1.3 in the middle", W(NO_HANDSHAKE), W(NO_HANDSHAKE));
    /* the same, lost in the capture */
    play(conn, c->keys, own, 1, 2, true);
    assert_why("ServerHello lost", W(LOST), W(LOST));
    assert_int_equal(heard.report[1].first_lost.frame, 2);
    assert_int_equal(heard.report[0].first_lost.frame, 0);
    play(conn, c->keys, NULL, 1, 2, true);
    assert_why("ServerHello lost, key log", W(LOST), W(LOST));
    /* TLS 1.3 needs no ServerHello: the suites offered are tried */
    play(&c13->conns[0], c13->keys, NULL, 1, 2, true);
    assert_why("ServerHello lost in 1.3", W(READABLE), W(READABLE));
    assert_true(test_tls_same(&c13->conns[0], &heard));
}

static void what_a_private_key_needs(void **state)
{
    (void)state;
    const test_tls_case *ems = NULL, *plain = NULL;
    for (size_t i = 0; i < tls12.n; i++) {
        const test_tls_case *c = &tls12.cases[i];
        const test_tls_record *hello = &c->conns[0].records[1];
        if (!c->rsa || strstr(c->name, "NULL"))
            continue;
        /* extended_master_secret is an empty extension, number 23 */
        if (memmem(hello->body.p, hello->body.len, "\x00\x17\x00\x00", 4))
            ems = c;
        else
            plain = c;
    }
    assert_true(ems && plain);
    const test_tls_conn *conn = &ems->conns[0];
    size_t certificate = record_of(conn, CX_TLS_MSG_CERTIFICATE);
    size_t exchange = record_of(conn, CX_TLS_MSG_CLIENT_KEY_EXCHANGE);
    play(conn, "", own, certificate, certificate + 1, true);
    assert_why("certificate lost, with extended master secret", W(TRANSCRIPT), W(TRANSCRIPT));
    play(conn, ems->keys, own, certificate, certificate + 1, true);
    assert_true(test_tls_same(conn, &heard));
    play(conn, "", own, exchange, exchange + 1, true);
    assert_why("key exchange lost", W(LOST), W(LOST));
    conn = &plain->conns[0];
    certificate = record_of(conn, CX_TLS_MSG_CERTIFICATE);
    exchange = record_of(conn, CX_TLS_MSG_CLIENT_KEY_EXCHANGE);
    play(conn, "", both, certificate, certificate + 1, true);
    assert_true(test_tls_same(conn, &heard)); /* every key is tried */
    play(conn, "", other, certificate, certificate + 1, true);
    assert_why("certificate lost, another key", W(RSA_FAILED), W(RSA_FAILED));
    play(conn, "", own, exchange, exchange + 1, true);
    assert_why("key exchange lost", W(LOST), W(LOST));
    uint8_t *sealed = (uint8_t *)(uintptr_t)conn->records[exchange].body.p;
    sealed[20] ^= 1;
    play(conn, "", own, 0, 0, false);
    assert_why("key exchange damaged", W(RSA_FAILED), W(RSA_FAILED));
    sealed[20] ^= 1;
}

/* Pre-master secrets: by client random, and by the start of the ciphertext as NSS logged them. */
static void pre_master_secrets(void **state)
{
    (void)state;
    unsigned n = 0;
    for (size_t i = 0; i < tls12.n; i++) {
        const test_tls_case *c = &tls12.cases[i];
        if (!c->rsa)
            continue;
        const test_tls_conn *conn = &c->conns[0];
        const test_tls_record *exchange =
            &conn->records[record_of(conn, CX_TLS_MSG_CLIENT_KEY_EXCHANGE)];
        const test_tls_record *hello = &conn->records[0];
        uint8_t secret[48];
        char by_random[300], by_rsa[300];
        assert_int_equal(cx_tls_rsa_open(own, 0,
                                         cx_slice_sub(exchange->body, 4, exchange->body.len),
                                         0x0303, 0x0303, secret),
                         CX_OK);
        int a = sprintf(by_random, "PMS_CLIENT_RANDOM "), b = sprintf(by_rsa, "RSA ");
        for (size_t k = 0; k < 32; k++)
            a += sprintf(by_random + a, "%02x", hello->body.p[6 + k]);
        for (size_t k = 0; k < 8; k++)
            b += sprintf(by_rsa + b, "%02x", exchange->body.p[6 + k]);
        by_random[a++] = by_rsa[b++] = ' ';
        for (size_t k = 0; k < 48; k++) {
            a += sprintf(by_random + a, "%02x", secret[k]);
            b += sprintf(by_rsa + b, "%02x", secret[k]);
        }
        play(conn, by_random, NULL, 0, 0, false);
        assert_true(test_tls_same(conn, &heard));
        play(conn, by_rsa, NULL, 0, 0, false);
        assert_true(test_tls_same(conn, &heard));
        n++;
    }
    assert_true(n > 15);
}

/* "RSA Session-ID:… Master-Key:…": full and resumed sessions alike. */
static void master_secrets_by_session_id(void **state)
{
    (void)state;
    const test_tls_case *c = find(&more, "id-tls1_2-ems");
    for (size_t i = 0; i < 2; i++) {
        const test_tls_record *hello = &c->conns[i].records[1];
        char line[300];
        int n = sprintf(line, "RSA Session-ID:");
        assert_int_equal(hello->body.p[38], 32);
        for (size_t k = 0; k < 32; k++)
            n += sprintf(line + n, "%02x", hello->body.p[39 + k]);
        (void)sprintf(line + n, " Master-Key:%.96s", strrchr(c->keys, ' ') + 1);
        play(&c->conns[i], line, NULL, 0, 0, false);
        assert_true(test_tls_same(&c->conns[i], &heard));
    }
}

static void suites_and_compression(void **state)
{
    (void)state;
    const test_tls_case *c = find(&tls12, "AES128-GCM-SHA256");
    const test_tls_conn *conn = &c->conns[0];
    /* the ServerHello: 4 + 2 + 32 bytes, the session id, the suite, the compression */
    uint8_t *p = (uint8_t *)(uintptr_t)conn->records[1].body.p, *suite = p + 38 + 1 + p[38];
    suite[2] = 1;
    play(conn, c->keys, own, 0, 0, false);
    assert_why("compression", W(COMPRESSED), W(COMPRESSED));
    suite[2] = 0;
    suite[0] = 0xc0;
    suite[1] = 0xb4; /* TLS_SHA256_SHA256 */
    play(conn, c->keys, own, 0, 0, false);
    assert_why("a suite that is not known", W(CIPHER), W(CIPHER));
    suite[0] = 0x00;
    suite[1] = 0x9c;
    play(conn, c->keys, own, 0, 0, false);
    assert_true(test_tls_same(conn, &heard));
    c = find(&more, "TLS_AES_128_GCM_SHA256");
    conn = &c->conns[0];
    p = (uint8_t *)(uintptr_t)conn->records[1].body.p;
    suite = p + 38 + 1 + p[38];
    assert_int_equal(suite[0], 0x13);
    suite[1] = 0x99;
    play(conn, c->keys, NULL, 0, 0, false);
    assert_why("a suite of 1.3 that is not known", W(CIPHER), W(CIPHER));
    suite[0] = 0;
    suite[1] = 0xc6; /* SM4-GCM, which OpenSSL 3.0 lacks */
    play(conn, c->keys, NULL, 0, 0, false);
    assert_true(heard.report[0].why == W(NO_CIPHER) || heard.report[0].why == W(WRONG));
    suite[0] = 0x13;
    suite[1] = 0x01;
}

static void no_legacy_provider(void **state)
{
    (void)state;
    assert_int_equal(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
    cx_tls_crypto *crypto = cx_tls_crypto_new();
    assert_int_equal(unsetenv("OPENSSL_MODULES"), 0);
    const test_tls_case *c = find(&gnutls, "TLS1.0-RSA-ARCFOUR-128-SHA1");
    cx_tls_secrets *secrets = secrets_of(c->keys);
    cx_tls_opener *o = cx_tls_opener_new(crypto, secrets, NULL, 7);
    test_tls_play(o, c->conns[0].records, c->conns[0].n_records, &heard);
    assert_why("RC4", W(NO_CIPHER), W(NO_CIPHER));
    cx_tls_opener_free(o);
    cx_tls_secrets_free(secrets);
    cx_tls_crypto_free(crypto);
}

static void work_is_bounded(void **state)
{
    (void)state;
    const test_tls_case *c = find(&tls12, "AES128-GCM-SHA256");
    cx_tls_secrets *secrets = secrets_of("");
    cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, own, 7);
    o->rsa_left = 1;
    test_tls_play(o, c->conns[0].records, c->conns[0].n_records, &heard);
    assert_true(test_tls_same(&c->conns[0], &heard));
    test_tls_play(o, c->conns[0].records, c->conns[0].n_records, &heard);
    assert_why("no RSA operation left", W(WORK), W(WORK));
    cx_tls_opener_free(o);
    cx_tls_secrets_free(secrets);
    c = find(&more, "TLS_AES_128_GCM_SHA256");
    secrets = secrets_of(c->keys);
    o = cx_tls_opener_new(test_tls_crypto(), secrets, NULL, 7);
    o->work = 100;
    test_tls_play(o, c->conns[0].records, c->conns[0].n_records, &heard);
    assert_why("no work left", W(WORK), W(WORK));
    cx_tls_opener_free(o);
    cx_tls_secrets_free(secrets);
}

static void mid_stream_garbage(void **state)
{
    (void)state;
    /* encrypted handshake and alert records of a capture that begins behind the handshake */
    static uint8_t body[400];
    uint32_t random = 1;
    cx_tls_secrets *secrets = secrets_of("");
    cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, own, 7);
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof body; i++)
            body[i] = (uint8_t)((random = random * 1664525u + 1013904223u) >> 24);
        test_tls_record r[4];
        for (int i = 0; i < 4; i++)
            r[i] = (test_tls_record){.dir = (uint8_t)(random >> i & 1),
                                     .type = (uint8_t)(20 + (random >> (8 + 2 * i)) % 4),
                                     .version = 0x0303,
                                     .body = {body, (random >> i) % sizeof body}};
        test_tls_play(o, r, 4, &heard);
        assert_int_equal(heard.opened, 0);
    }
    cx_tls_opener_free(o);
    cx_tls_secrets_free(secrets);
}

/* Each allocation of ours fails in turn: no crash, nothing wrong is said. */
static void no_memory(void **state)
{
    (void)state;
    static const char *const names[] = {"ticket-AES128-SHA", "tls13-client-certificate",
                                        "renegotiation"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const test_tls_case *c = find(&more, names[i]);
        size_t calls = 1;
        for (size_t k = 0; k <= calls; k++) {
            cx_tls_secrets *secrets = secrets_of(c->keys);
            test_alloc_fail_at(k);
            cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, own, 7);
            for (size_t n = 0; o && n < c->n_conns; n++) {
                test_tls_play(o, c->conns[n].records, c->conns[n].n_records, &heard);
                assert_true(heard.len[0] <= c->conns[n].said[0].len);
                assert_true(memcmp(heard.said[0], c->conns[n].said[0].p, heard.len[0]) == 0);
            }
            calls = k ? calls : test_alloc_calls();
            test_alloc_fail_at(0);
            cx_tls_opener_free(o);
            cx_tls_secrets_free(secrets);
        }
        assert_true(calls >= 4);
    }
    /* no room in the vault for sessions */
    cx_tls_secrets *secrets = secrets_of("");
    cx_tls_opener *o = cx_tls_opener_new(test_tls_crypto(), secrets, NULL, 7);
    cx_tls_vault_free(o->vault);
    o->vault = cx_tls_vault_new(100);
    assert_null(cx_tls_session_new(o));
    cx_tls_session_free(NULL);
    cx_tls_opener_free(o);
    cx_tls_opener_free(NULL);
    cx_tls_secrets_free(secrets);
}

static void texts_exist(void **state)
{
    (void)state;
    for (int i = 0; i < CX_TLS_WHYS; i++)
        assert_true(strlen(cx_tls_why_text((cx_tls_why)i)) > 5);
}

static int begin(void **state)
{
    (void)state;
    tls10 = test_tls_read("openssl-tls1_0");
    tls12 = test_tls_read("openssl-tls1_2");
    more = test_tls_read("openssl-more");
    gnutls = test_tls_read("gnutls");
    own = test_tls_rsa("rsa.pem");
    other = test_tls_rsa("other.pem");
    both = test_tls_rsa("other.pem");
    cx_slice file = test_tls_load("rsa.pem");
    int bad = cx_tls_rsa_add(both, file, NULL) != CX_OK;
    free((void *)(uintptr_t)file.p);
    return bad;
}

static int end(void **state)
{
    (void)state;
    test_tls_free(&tls10);
    test_tls_free(&tls12);
    test_tls_free(&more);
    test_tls_free(&gnutls);
    cx_tls_rsa_free(own);
    cx_tls_rsa_free(other);
    cx_tls_rsa_free(both);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_given),
        cmocka_unit_test(secrets_of_another_session),
        cmocka_unit_test(resumed_sessions),
        cmocka_unit_test(partial_logs_of_tls13),
        cmocka_unit_test(parts_that_are_not_captured),
        cmocka_unit_test(what_a_private_key_needs),
        cmocka_unit_test(pre_master_secrets),
        cmocka_unit_test(master_secrets_by_session_id),
        cmocka_unit_test(suites_and_compression),
        cmocka_unit_test(no_legacy_provider),
        cmocka_unit_test(work_is_bounded),
        cmocka_unit_test(mid_stream_garbage),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(texts_exist),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
