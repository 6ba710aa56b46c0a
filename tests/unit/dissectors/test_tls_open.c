/* The TLS dissector with secrets: conversations of real programs (tests/data/make-tls-keys.py), cut
 * in every way, damaged, and with losses. What the programs said reaches the inner dissector, and
 * the encrypted handshake of TLS 1.3 becomes events. */
#include "dissectors/registry.h"
#include "support/alloc.h"
#include "support/dissect.h"
#include "support/feeder.h"
#include "support/tls_case.h"
#include "tls/keylog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_tls;

/* ---- an inner dissector that writes down what it gets ---- */

static struct {
    uint8_t bytes[2][65536];
    size_t len[2], gaps[2];
    bool fin[2];
    bool decrypted; /* all of it was */
    size_t enough;  /* it has seen enough after so many bytes of a direction; 0: never */
} inner;

static cx_match any(const cx_chunk *first)
{
    (void)first;
    return CX_MATCH_YES;
}

static cx_fed write_down(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    (void)out;
    uint8_t dir = in->dir;
    inner.gaps[dir] += in->gap;
    inner.fin[dir] |= in->fin;
    if (in->gap)
        return cx_fed_ok(0);
    inner.decrypted = inner.decrypted && in->decrypted;
    assert_true(inner.len[dir] + in->bytes.len <= sizeof inner.bytes[0]);
    if (in->bytes.len)
        memcpy(inner.bytes[dir] + inner.len[dir], in->bytes.p, in->bytes.len);
    inner.len[dir] += in->bytes.len;
    return inner.enough && inner.len[dir] >= inner.enough ? cx_fed_end(CX_DONE)
                                                          : cx_fed_ok(in->bytes.len);
}

static const cx_dissector taker = {
    .name = "taker", .transports = CX_OVER_TCP, .probe = any, .feed = write_down};
static const cx_dissector *const takers[] = {&taker, NULL};

static bool heard(const test_tls_conn *conn)
{
    for (int dir = 0; dir < 2; dir++)
        if (!cx_slice_eq(conn->said[dir], (cx_slice){inner.bytes[dir], inner.len[dir]}))
            return false;
    return true;
}

/* ---- conversations as bytes ---- */

typedef struct talk {
    test_talk talk;
    test_piece pieces[256];
    uint8_t bytes[65536];
    cx_tls_secrets *secrets;
} talk;

static talk t;

/* Connection n of a case, a piece for each record. */
static const test_tls_conn *prepare(const test_tls_case *c, size_t n, const cx_tls_rsa *rsa)
{
    const test_tls_conn *conn = &c->conns[n];
    cx_tls_keylog_stats stats;
    uint8_t *to = t.bytes;
    memset(&inner, 0, sizeof inner);
    inner.decrypted = true;
    t.secrets = cx_tls_secrets_new(7, NULL);
    assert_int_equal(cx_tls_keylog_read(t.secrets, cx_slice_of(rsa ? "" : c->keys), &stats), CX_OK);
    for (size_t i = 0; i < conn->n_records; i++) {
        const test_tls_record *r = &conn->records[i];
        uint8_t *from = to;
        if (!r->sslv2) {
            *to++ = r->type;
            *to++ = (uint8_t)(r->version >> 8);
            *to++ = (uint8_t)r->version;
        }
        *to++ = (uint8_t)((r->body.len >> 8) | (r->sslv2 ? 0x80 : 0));
        *to++ = (uint8_t)r->body.len;
        memcpy(to, r->body.p, r->body.len);
        to += r->body.len;
        t.pieces[i] = (test_piece){.dir = r->dir, .bytes = {from, (size_t)(to - from)}};
    }
    t.talk = (test_talk){.dissector = &cx_dissector_tls,
                         .children = takers,
                         .pieces = t.pieces,
                         .n_pieces = conn->n_records,
                         .opener = cx_tls_opener_new(test_tls_crypto(), t.secrets, rsa, 7)};
    assert_non_null(t.talk.opener);
    return conn;
}

static void put_away(void)
{
    cx_tls_opener_free(t.talk.opener);
    cx_tls_secrets_free(t.secrets);
}

static const test_tls_case *find(const test_tls_file *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->cases[i].name, name) == 0)
            return &f->cases[i];
    fail_msg("no case %s", name);
    return NULL;
}

/* Only the names of messages of the events, with a star where they were deciphered; alerts in a row
 * once, for not every program waits for the other one's farewell. */
static char *names_of(const char *events)
{
    char *names = calloc(1, 2 * strlen(events) + 1), *to = names, *last = names;
    assert_non_null(names);
    for (const char *at = events; (at = strstr(at, "\"message\":\""));) {
        const char *line = at;
        at += strlen("\"message\":\"");
        while (line > events && line[-1] != '\n')
            line--;
        const char *flag = strstr(line, "\"decrypted\":true"), *end = strchr(line, '\n');
        char word[64];
        int n = snprintf(word, sizeof word, "%.*s%s ", (int)strcspn(at, "\""), at,
                         flag && end && flag < end ? "*" : "");
        if (strstr(word, "alert") && strcmp(last, word) == 0)
            continue;
        last = to;
        memcpy(to, word, (size_t)n);
        to += n;
    }
    return names;
}

/* ---- what is told ---- */

static void messages_become_events(void **state)
{
    (void)state;
    static const struct {
        const char *file, *name, *events;
    } table[] = {
        {"openssl-more", "TLS_AES_256_GCM_SHA384",
         "client_hello server_hello certificate* finished* finished* alert* "},
        {"openssl-more", "tls13-client-certificate",
         "client_hello server_hello certificate_request* certificate* finished* certificate* "
         "finished* alert* "},
        {"openssl-more", "tls13-no-client-certificate",
         "client_hello server_hello certificate_request* certificate* finished* certificate* "
         "finished* alert* "},
        {"openssl-more", "tls13-retry",
         "client_hello server_hello client_hello server_hello certificate* finished* finished* "
         "alert* "},
        {"openssl-more", "renegotiation",
         "client_hello server_hello certificate finished* finished* client_hello* server_hello* "
         "certificate* finished* finished* alert* "},
        {"openssl-tls1_2", "AES128-GCM-SHA256",
         "client_hello server_hello certificate finished* finished* alert* "},
        {"java", "SSLv2Hello,TLSv1-SSL_RSA_WITH_RC4_128_SHA",
         "client_hello server_hello certificate finished* finished* alert* "},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        test_tls_file f = test_tls_read(table[i].file);
        const test_tls_conn *conn = prepare(find(&f, table[i].name), 0, NULL);
        char *events = test_events_of(&t.talk), *names = names_of(events);
        if (strcmp(names, table[i].events) != 0)
            fail_msg("%s: %s\nnot %s", table[i].name, names, table[i].events);
        assert_true(heard(conn) && inner.decrypted);
        if (conn->said[0].len)
            assert_true(inner.fin[0] && inner.fin[1] && inner.gaps[0] + inner.gaps[1] == 0);
        free(names);
        free(events);
        put_away();
        test_tls_free(&f);
    }
}

/* Details of what only secrets show. */
static void details_of_the_hidden_handshake(void **state)
{
    (void)state;
    test_tls_file f = test_tls_read("openssl-more");
    (void)prepare(find(&f, "tls13-no-client-certificate"), 0, NULL);
    char *events = test_events_of(&t.talk);
    assert_non_null(strstr(events, "\"subject\":\"CN=x\""));
    assert_non_null(strstr(events, "\"chain\":[]")); /* the client has no certificate */
    /* RFC 8446 6.2: certificate_required */
    assert_non_null(strstr(events, "\"level\":\"fatal\",\"description\":\"certificate_required\""));
    assert_null(strstr(events, "encrypted_alert"));
    assert_null(strstr(events, "malformed"));
    free(events);
    put_away();
    test_tls_free(&f);
}

/* However the bytes come: whole, one by one, split anywhere. */
static void any_way_is_the_same(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"openssl-more", "TLS_CHACHA20_POLY1305_SHA256"},
        {"openssl-more", "tls13-early"},
        {"openssl-tls1_0", "AES128-SHA-mte"},
        {"gnutls", "TLS1.0-RSA-ARCFOUR-128-SHA1"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        test_tls_file f = test_tls_read(names[i][0]);
        const test_tls_case *c = find(&f, names[i][1]);
        const test_tls_conn *conn = prepare(c, c->n_conns - 1, NULL);
        char *events = test_events_of(&t.talk);
        assert_true(heard(conn));
        for (size_t step = 1; step <= 3; step += 2) {
            /* the inner dissector writes down all of one run: so piece by piece here */
            test_feeder feeder = {
                .dissector = &cx_dissector_tls, .children = takers, .opener = t.talk.opener};
            memset(&inner, 0, sizeof inner);
            assert_true(test_feeder_start(&feeder));
            for (size_t k = 0; k < t.talk.n_pieces; k++)
                for (size_t at = 0; at < t.pieces[k].bytes.len; at += step)
                    test_feeder_push(&feeder, t.pieces[k].dir,
                                     cx_slice_sub(t.pieces[k].bytes, at, step),
                                     (cx_evidence){.frame = k + 1});
            test_feeder_finish(&feeder);
            assert_true(heard(conn));
        }
        t.talk.children = NULL;
        feed_all_ways(&t.talk, events);
        free(events);
        put_away();
        test_tls_free(&f);
    }
}

/* A loss of any length from any byte on: what is said is a part of what was said, in order; behind
 * it the conversation goes on. */
static void losses_inside_records(void **state)
{
    (void)state;
    test_tls_file f = test_tls_read("openssl-more");
    const test_tls_conn *conn = prepare(find(&f, "TLS_AES_128_GCM_SHA256"), 0, NULL);
    size_t n = t.talk.n_pieces, read_on = 0, rounds = 0;
    for (size_t k = 2; k + 2 < n; k++) {
        for (size_t from = 0; from <= t.pieces[k].bytes.len; from += 7) {
            for (size_t len = 1; len < 400; len = len * 3 + 1) {
                test_feeder feeder = {
                    .dissector = &cx_dissector_tls, .children = takers, .opener = t.talk.opener};
                size_t left = len;
                uint8_t dir = t.pieces[k].dir;
                memset(&inner, 0, sizeof inner);
                assert_true(test_feeder_start(&feeder));
                for (size_t i = 0; i < n; i++) {
                    cx_slice all = t.pieces[i].bytes;
                    size_t skip = i == k ? from : 0;
                    cx_evidence at = {.frame = i + 1};
                    if (t.pieces[i].dir == dir && i >= k && left) {
                        test_feeder_push(&feeder, dir, cx_slice_sub(all, 0, skip), at);
                        size_t lost = all.len - skip < left ? all.len - skip : left;
                        left -= lost;
                        if (lost)
                            test_feeder_gap(&feeder, dir, lost, at);
                        all = cx_slice_sub(all, skip + lost, all.len);
                    }
                    test_feeder_push(&feeder, t.pieces[i].dir, all, at);
                }
                test_feeder_finish(&feeder);
                rounds++;
                assert_true(inner.len[0] <= conn->said[0].len && inner.len[1] <= conn->said[1].len);
                assert_int_equal(inner.len[!dir], conn->said[!dir].len);
                /* the end of a direction is what was said last, when it is behind the loss */
                size_t tail = inner.len[dir] < 10 ? inner.len[dir] : 10;
                read_on +=
                    tail && memcmp(inner.bytes[dir] + inner.len[dir] - tail,
                                   conn->said[dir].p + conn->said[dir].len - tail, tail) == 0;
            }
        }
    }
    assert_true(read_on * 2 > rounds);
    put_away();
    test_tls_free(&f);
}

static void nobody_reads_on(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"openssl-tls1_2", "AES128-GCM-SHA256"},
                                           {"openssl-tls1_0", "AES128-SHA-mte"},
                                           {"gnutls", "TLS1.0-RSA-ARCFOUR-128-SHA1"},
                                           {"openssl-more", "TLS_AES_128_GCM_SHA256"}};
    for (size_t i = 0; i < 4; i++) {
        for (int thorough = 0; thorough < 2; thorough++) {
            test_tls_file f = test_tls_read(names[i][0]);
            (void)prepare(find(&f, names[i][1]), 0, NULL);
            cx_tls_opener_set_thorough(t.talk.opener, thorough);
            assert_int_equal(cx_tls_opener_thorough(t.talk.opener), thorough);
            inner.enough = 1;
            char *events = test_events_of(&t.talk);
            /* the alert at the end is read all the same: the places in between were counted */
            assert_non_null(strstr(events, "\"description\":\"close_notify\""));
            const cx_tls_totals *totals = cx_tls_opener_totals(t.talk.opener);
            assert_int_equal(totals->whole, 1);
            assert_int_equal(totals->records_closed, 0);
            static uint64_t few;
            if (!thorough)
                few = totals->records_opened;
            else
                assert_true(totals->records_opened > few);
            free(events);
            put_away();
            test_tls_free(&f);
        }
    }
}

static void what_stays_closed_is_counted(void **state)
{
    (void)state;
    test_tls_file f = test_tls_read("openssl-tls1_2");
    const test_tls_case *c = find(&f, "ECDHE-RSA-AES128-GCM-SHA256");
    cx_tls_rsa *rsa = test_tls_rsa("rsa.pem");
    (void)prepare(c, 0, rsa);
    char *events = test_events_of(&t.talk), *names = names_of(events);
    /* as without secrets */
    assert_string_equal(names, "client_hello server_hello certificate finished finished "
                               "encrypted_alert ");
    const cx_tls_totals *totals = cx_tls_opener_totals(t.talk.opener);
    assert_int_equal(totals->closed, 1);
    assert_int_equal(totals->whole + totals->partly, 0);
    assert_int_equal(totals->by[CX_TLS_WHY_RSA_HIDDEN].connections, 1);
    assert_true(totals->by[CX_TLS_WHY_RSA_HIDDEN].first.frame > 4);
    assert_int_equal(inner.len[0] + inner.len[1], 0);
    free(names);
    free(events);
    put_away();
    cx_tls_rsa_free(rsa);
    test_tls_free(&f);
}

typedef struct asked {
    cx_tls_secrets *into;
    const char *keys;
    unsigned times;
} asked;

static void bring(void *self)
{
    asked *a = self;
    cx_tls_keylog_stats stats;
    a->times++;
    assert_int_equal(cx_tls_keylog_read(a->into, cx_slice_of(a->keys), &stats), CX_OK);
}

/* Secrets that are asked for at the first connection; and none at all. */
static void secrets_are_asked_for_once(void **state)
{
    (void)state;
    test_tls_file f = test_tls_read("openssl-more");
    const test_tls_case *c = find(&f, "TLS_AES_128_GCM_SHA256");
    for (int any_there = 0; any_there < 2; any_there++) {
        const test_tls_conn *conn = prepare(c, 0, NULL);
        cx_tls_opener_free(t.talk.opener);
        cx_tls_secrets_free(t.secrets);
        t.secrets = cx_tls_secrets_new(7, NULL);
        t.talk.opener = cx_tls_opener_new(test_tls_crypto(), t.secrets, NULL, 7);
        asked a = {.into = t.secrets, .keys = any_there ? c->keys : ""};
        cx_tls_opener_ask(t.talk.opener, (cx_tls_bringer){bring, &a});
        for (int round = 0; round < 2; round++) {
            memset(&inner, 0, sizeof inner);
            free(test_events_of(&t.talk));
            assert_int_equal(heard(conn), any_there);
        }
        assert_int_equal(a.times, 1);
        const cx_tls_totals *totals = cx_tls_opener_totals(t.talk.opener);
        assert_int_equal(totals->whole + totals->partly + totals->closed, any_there ? 2 : 0);
        put_away();
    }
    test_tls_free(&f);
}

static void damage_and_memory(void **state)
{
    (void)state;
    test_tls_file f = test_tls_read("openssl-more");
    (void)prepare(find(&f, "TLS_AES_128_GCM_SHA256"), 0, NULL);
    t.talk.children = cx_dissectors;
    mutate_all(&t.talk, 500);
    fail_each_alloc(&t.talk);
    put_away();
    (void)prepare(find(&f, "renegotiation"), 0, NULL);
    t.talk.children = cx_dissectors;
    mutate_all(&t.talk, 500);
    fail_each_alloc(&t.talk);
    put_away();
    test_tls_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_become_events),
        cmocka_unit_test(details_of_the_hidden_handshake),
        cmocka_unit_test(any_way_is_the_same),
        cmocka_unit_test(losses_inside_records),
        cmocka_unit_test(nobody_reads_on),
        cmocka_unit_test(what_stays_closed_is_counted),
        cmocka_unit_test(secrets_are_asked_for_once),
        cmocka_unit_test(damage_and_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
