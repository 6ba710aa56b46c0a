/* dissectors/tls*.c on what real programs said (tests/data/tls/ORIGIN): every message that tshark
 * finds, the facts of each, and the same however the network delivers it. */
#include "unit/dissectors/tls_talk.h"

static const struct {
    const char *name, *lines;
} recorded[] = {
    {"java-ssl3",
     "1 > client_hello SSL 3.0 ciphers 22 first c00a\n"
     "2 < server_hello SSL 3.0 c014\n"
     "3 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "5 < server_hello_done\n"
     "6 > client_key_exchange\n"
     "7 > ccs\n"
     "8 > finished 64 after 0\n"
     "9 < ccs\n"
     "10 < finished 64 after 0\n"
     "11 > data 32 after 0\n"
     "12 < data 32 after 0\n"
     "13 < encrypted_alert 32 after 1\n"
     "14 > encrypted_alert 32 after 1\n"},
    {"java-sslv2hello",
     "1 > client_hello TLS 1.2 ciphers 53 first c02c sslv2\n"
     "2 < server_hello TLS 1.2 009f\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < server_hello_done\n"
     "3 > client_key_exchange\n"
     "4 > ccs\n"
     "4 > finished 40 after 0\n"
     "5 < ccs\n"
     "5 < finished 40 after 0\n"
     "6 > data 25 after 0\n"
     "7 > encrypted_alert 26 after 1\n"},
    {"nmap-sslv2", "1 > client_hello SSL 2.0 ciphers 1 first 0000 sslv2\n"
                   "2 < alert 2 70\n"},
    {"openssl-tls1-user",
     "1 > client_hello TLS 1.0 ciphers 9 first c00a\n"
     "2 < server_hello TLS 1.0 c014\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < certificate_request authorities 45\n"
     "2 < server_hello_done\n"
     "3 > certificate [CN=alice,O=Contoso]\n"
     "3 > client_key_exchange\n"
     "3 > ccs\n"
     "3 > finished 52 after 0\n"
     "4 < ccs\n"
     "4 < finished 52 after 0\n"
     "5 > data 36 after 0\n"
     "6 < data 36 after 0\n"
     "7 > encrypted_alert 36 after 2\n"
     "8 < encrypted_alert 36 after 2\n"},
    {"openssl-tls1_1",
     "1 > client_hello TLS 1.1 ciphers 9 first c00a\n"
     "2 < server_hello TLS 1.1 c014\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < server_hello_done\n"
     "3 > client_key_exchange\n"
     "3 > ccs\n"
     "3 > finished 68 after 0\n"
     "4 < ccs\n"
     "4 < finished 68 after 0\n"
     "5 > data 52 after 0\n"
     "6 < data 52 after 0\n"
     "7 > encrypted_alert 52 after 1\n"
     "8 < encrypted_alert 52 after 1\n"},
    {"openssl-tls1_2",
     "1 > client_hello TLS 1.2 ciphers 28 first c02c sni sip.contoso.com alpn h2 alpn sip\n"
     "2 < server_hello TLS 1.2 c030 alpn sip\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < server_hello_done\n"
     "3 > client_key_exchange\n"
     "3 > ccs\n"
     "3 > finished 40 after 0\n"
     "4 < ccs\n"
     "4 < finished 40 after 0\n"
     "5 > data 30 after 0\n"
     "6 < data 30 after 0\n"
     "7 > encrypted_alert 26 after 1\n"
     "8 < encrypted_alert 26 after 1\n"},
    {"openssl-tls1_2-ec", "1 > client_hello TLS 1.2 ciphers 28 first c02c sni sip.contoso.com\n"
                          "2 < server_hello TLS 1.2 c02c\n"
                          "2 < certificate [CN=ocs1.contoso.com,O=Contoso]\n"
                          "2 < server_hello_done\n"
                          "3 > client_key_exchange\n"
                          "3 > ccs\n"
                          "3 > finished 40 after 0\n"
                          "4 < ccs\n"
                          "4 < finished 40 after 0\n"
                          "5 > data 30 after 0\n"
                          "6 < data 30 after 0\n"
                          "7 > encrypted_alert 26 after 1\n"
                          "8 < encrypted_alert 26 after 1\n"},
    {"openssl-tls1_2-short-records",
     "1 > client_hello TLS 1.2 ciphers 28 first c02c\n"
     "2 < server_hello TLS 1.2 c030\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < server_hello_done\n"
     "3 > client_key_exchange\n"
     "3 > ccs\n"
     "3 > finished 40 after 0\n"
     "4 < ccs\n"
     "4 < finished 40 after 0\n"
     "5 > data 30 after 0\n"
     "6 < data 30 after 0\n"
     "7 > encrypted_alert 26 after 1\n"
     "8 < encrypted_alert 26 after 1\n"},
    {"openssl-tls1_2-user",
     "1 > client_hello TLS 1.2 ciphers 28 first c02c\n"
     "2 < server_hello TLS 1.2 c030\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < certificate_request authorities 45\n"
     "2 < server_hello_done\n"
     "3 > certificate [CN=alice,O=Contoso]\n"
     "3 > client_key_exchange\n"
     "3 > ccs\n"
     "3 > finished 40 after 0\n"
     "4 < ccs\n"
     "4 < finished 40 after 0\n"
     "5 > data 30 after 0\n"
     "6 < data 30 after 0\n"
     "7 > encrypted_alert 26 after 1\n"
     "8 < encrypted_alert 26 after 1\n"},
    {"openssl-tls1_2-stapled",
     "1 > client_hello TLS 1.2 ciphers 28 first c02c\n"
     "2 < server_hello TLS 1.2 c030\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < certificate_status revoked\n"
     "2 < server_hello_done\n"
     "3 > client_key_exchange\n"
     "3 > ccs\n"
     "3 > finished 40 after 0\n"
     "4 < ccs\n"
     "4 < finished 40 after 0\n"
     "5 > data 30 after 0\n"
     "6 < data 30 after 0\n"
     "7 > encrypted_alert 26 after 1\n"
     "8 < encrypted_alert 26 after 1\n"},
    {"openssl-tls1_2-nouser",
     "1 > client_hello TLS 1.2 ciphers 28 first c02c\n"
     "2 < server_hello TLS 1.2 c030\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < certificate_request authorities 45\n"
     "2 < server_hello_done\n"
     "3 > certificate\n"
     "3 > client_key_exchange\n"
     "3 > ccs\n"
     "3 > finished 40 after 0\n"
     "4 < alert 2 40\n"},
    {"openssl-tls1_2-id", "1 > client_hello TLS 1.2 ciphers 28 first c02c\n"
                          "2 < server_hello TLS 1.2 c030 resumed\n"
                          "2 < ccs\n"
                          "2 < finished 40 after 0\n"
                          "3 > ccs\n"
                          "3 > finished 40 after 0\n"
                          "4 > data 30 after 0\n"
                          "5 < data 30 after 0\n"
                          "6 > encrypted_alert 26 after 1\n"
                          "7 < encrypted_alert 26 after 1\n"},
    {"openssl-tls1_2-ticket", "1 > client_hello TLS 1.2 ciphers 28 first c02c\n"
                              "2 < server_hello TLS 1.2 c030 resumed\n"
                              "2 < ccs\n"
                              "2 < finished 40 after 0\n"
                              "3 > ccs\n"
                              "3 > finished 40 after 0\n"
                              "4 > data 30 after 0\n"
                              "5 < data 30 after 0\n"
                              "6 > encrypted_alert 26 after 1\n"
                              "7 < encrypted_alert 26 after 1\n"},
    {"openssl-tls1_2-renegotiation",
     "1 > client_hello TLS 1.2 ciphers 28 first c02c\n"
     "2 < server_hello TLS 1.2 c030\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < server_hello_done\n"
     "3 > client_key_exchange\n"
     "3 > ccs\n"
     "3 > finished 40 after 0\n"
     "4 < ccs\n"
     "4 < finished 40 after 0\n"
     "5 > data 30 after 0\n"
     "6 < data 30 after 0\n"
     "11 > encrypted_alert 26 after 1\n"
     "12 < encrypted_alert 26 after 1\n"},
    {"openssl-tls1_3", "1 > client_hello TLS 1.3 ciphers 31 first 1302 sni sip.contoso.com\n"
                       "2 < server_hello TLS 1.3 1302\n"
                       "2 < ccs\n"
                       "2 < data 23 after 0\n"
                       "3 > ccs\n"
                       "3 > data 69 after 0\n"},
    {"openssl-tls1_3-retry", "1 > client_hello TLS 1.3 ciphers 31 first 1302 sni sip.contoso.com\n"
                             "2 < server_hello TLS 1.3 1302 retry\n"
                             "2 < ccs\n"
                             "3 > ccs\n"
                             "3 > client_hello TLS 1.3 ciphers 31 first 1302 sni sip.contoso.com\n"
                             "4 < server_hello TLS 1.3 1302\n"
                             "4 < data 23 after 0\n"
                             "5 > data 69 after 0\n"},
    {"openssl-tls1_3-resumed", "1 > client_hello TLS 1.3 ciphers 31 first 1302\n"
                               "2 < server_hello TLS 1.3 1302 resumed\n"
                               "2 < ccs\n"
                               "2 < data 23 after 0\n"
                               "3 > ccs\n"
                               "3 > data 69 after 0\n"},
    {"openssl-tls1_3-nouser", "1 > client_hello TLS 1.3 ciphers 31 first 1302\n"
                              "2 < server_hello TLS 1.3 1302\n"
                              "2 < ccs\n"
                              "2 < data 23 after 0\n"
                              "3 > ccs\n"
                              "3 > data 25 after 0\n"
                              "4 < encrypted_alert 19 after 5\n"},
    {"openssl-tls1_2-unknown-ca",
     "1 > client_hello TLS 1.2 ciphers 28 first c02c\n"
     "2 < server_hello TLS 1.2 c030\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < server_hello_done\n"
     "3 > alert 2 48\n"},
    {"openssl-tls1_3-unknown-ca", "1 > client_hello TLS 1.3 ciphers 31 first 1302\n"
                                  "2 < server_hello TLS 1.3 1302\n"
                                  "2 < ccs\n"
                                  "2 < data 23 after 0\n"
                                  "3 > alert 2 48\n"},
    {"openssl-tls1_2-expired", "1 > client_hello TLS 1.2 ciphers 28 first c02c\n"
                               "2 < server_hello TLS 1.2 c030\n"
                               "2 < certificate [CN=ocs1.contoso.com,O=Contoso]\n"
                               "2 < server_hello_done\n"
                               "3 > alert 2 45\n"},
    {"openssl-version", "1 > client_hello TLS 1.1 ciphers 9 first c00a\n"
                        "2 < alert 2 70\n"},
    {"openssl-no-cipher", "1 > client_hello TLS 1.2 ciphers 2 first 002f\n"
                          "2 < alert 2 40\n"},
    {"openssl-plain-sip", "1 > malformed: not a TLS record\n"},
    {"gnutls-tls1_2",
     "1 > client_hello TLS 1.3 ciphers 29 first 1302 sni sip.contoso.com\n"
     "2 < server_hello TLS 1.2 c030\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < certificate_request authorities 0\n"
     "2 < server_hello_done\n"
     "3 > certificate\n"
     "3 > client_key_exchange\n"
     "3 > ccs\n"
     "3 > finished 40 after 0\n"
     "4 < ccs\n"
     "4 < finished 40 after 0\n"
     "5 > data 30 after 0\n"
     "6 < data 30 after 0\n"
     "7 > encrypted_alert 26 after 1\n"
     "8 < encrypted_alert 26 after 1\n"},
    {"gnutls-tls1_3", "1 > client_hello TLS 1.3 ciphers 29 first 1302\n"
                      "2 < server_hello TLS 1.3 1302\n"
                      "2 < ccs\n"
                      "3 < data 29 after 0\n"
                      "4 > ccs\n"
                      "5 > data 25 after 0\n"},
    {"gnutls-tls1_3-refused", "1 > client_hello TLS 1.3 ciphers 29 first 1302\n"
                              "2 < server_hello TLS 1.3 1302\n"
                              "2 < ccs\n"
                              "3 < data 29 after 0\n"
                              "4 > ccs\n"
                              "5 > data 19 after 0\n"
                              "5 > encrypted_alert 19 after 0\n"},
    {"gnutls-plain-sip", "1 > malformed: not a TLS record\n"
                         "3 < alert 2 10\n"},
    {"gnutls-unrecognized-name",
     "1 > client_hello TLS 1.3 ciphers 29 first 1302 sni sip.contoso.com\n"
     "2 < alert 2 112\n"},
    {"openssl-tls1",
     "1 > client_hello TLS 1.0 ciphers 9 first c00a\n"
     "2 < server_hello TLS 1.0 c014\n"
     "2 < certificate [CN=ocs1.contoso.com,O=Contoso] [CN=Contoso Root,O=Contoso self-signed]\n"
     "2 < server_hello_done\n"
     "3 > client_key_exchange\n"
     "3 > ccs\n"
     "3 > finished 52 after 0\n"
     "4 < ccs\n"
     "4 < finished 52 after 0\n"
     "5 > data 36 after 0\n"
     "6 < data 36 after 0\n"
     "7 > encrypted_alert 36 after 2\n"
     "8 < encrypted_alert 36 after 2\n"},
};

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recorded); i++) {
        tls_talk *t = tls_load(recorded[i].name);
        print_message("%s\n", recorded[i].name);
        tls_expect(t, recorded[i].lines);
        free(t);
    }
}

/* ---- tshark as second opinion ---- */

typedef struct seen {
    char types[64], levels[16], alerts[16], name[64]; /* "2,11,14", "2", "48", "sip.contoso.com" */
} seen;

typedef struct seen_by_frame {
    seen frame[TLS_MAX_PIECES + 1];
} seen_by_frame;

static void append(char *list, size_t size, unsigned number)
{
    size_t n = strlen(list);
    (void)snprintf(list + n, size - n, "%s%u", n ? "," : "", number);
}

static void note(void *self, const cx_event *e)
{
    static const uint8_t types[] = {
        [CX_TLS_CLIENT_HELLO] = 1,         [CX_TLS_SERVER_HELLO] = 2,
        [CX_TLS_CERTIFICATE] = 11,         [CX_TLS_CERTIFICATE_REQUEST] = 13,
        [CX_TLS_CERTIFICATE_STATUS] = 22,  [CX_TLS_SERVER_HELLO_DONE] = 14,
        [CX_TLS_CLIENT_KEY_EXCHANGE] = 16, [CX_TLS_APPLICATION_DATA] = 0,
    };
    seen *s = &((seen_by_frame *)self)->frame[e->at.frame];
    const cx_ev_tls *t = &e->u.tls;
    if (e->kind != CX_EV_TLS)
        return;
    if (types[t->message])
        append(s->types, sizeof s->types, types[t->message]);
    if (t->message == CX_TLS_ALERT) {
        append(s->levels, sizeof s->levels, t->level);
        append(s->alerts, sizeof s->alerts, t->description);
    }
    if (t->sni.p)
        (void)snprintf(s->name, sizeof s->name, "%.*s", (int)t->sni.len, (const char *)t->sni.p);
}

/* tshark's list of types without those that are no events: tickets, key exchange, signatures. */
static void only_told(const char *types, char *out, size_t size)
{
    static const unsigned told[] = {1, 2, 11, 13, 14, 16, 22};
    out[0] = 0;
    for (const char *p = types; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
        unsigned type = (unsigned)strtoul(p, NULL, 10);
        for (size_t i = 0; *p != '-' && i < COUNT(told); i++)
            if (told[i] == type)
                append(out, size, type);
    }
}

static const char *or_dash(const char *text)
{
    return text[0] ? text : "-";
}

static void test_tshark(void **state)
{
    size_t compared = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(recorded); i++) {
        seen_by_frame s = {0};
        tls_talk *t = tls_load(recorded[i].name);
        tls_feed(t, (cx_event_sink){.event = note, .self = &s});
        for (size_t k = 0; k < t->n; k++) {
            char types[64], levels[16], alerts[16], name[64], told[64], ours[256], theirs[256];
            assert_int_equal(
                sscanf(t->oracle[k], "%63s %15s %15s %63s", types, levels, alerts, name), 4);
            only_told(types, told, sizeof told);
            const seen *f = &s.frame[k + 1];
            (void)snprintf(theirs, sizeof theirs, "%s frame %zu: %s %s %s %s", recorded[i].name,
                           k + 1, or_dash(told), levels, alerts, name);
            (void)snprintf(ours, sizeof ours, "%s frame %zu: %s %s %s %s", recorded[i].name, k + 1,
                           or_dash(f->types), or_dash(f->levels), or_dash(f->alerts),
                           or_dash(f->name));
            assert_string_equal(ours, theirs);
            compared += f->types[0] || f->alerts[0];
        }
        free(t);
    }
    assert_true(compared > 60);
}

/* ---- deliveries, damage ---- */

static void test_every_way(void **state)
{
    static const char *const names[] = {"openssl-tls1_2-ec",    "openssl-tls1_2-id",
                                        "openssl-tls1_3-retry", "gnutls-tls1_3-refused",
                                        "nmap-sslv2",           "openssl-tls1_2-expired"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        tls_talk *t = tls_load(names[i]);
        const test_talk talk = tls_talk_of(t);
        char *events = test_events_of(&talk);
        assert_true(strlen(events) > 100);
        feed_all_ways(&talk, events);
        free(events);
        free(t);
    }
}

static void test_damage(void **state)
{
    static const struct {
        const char *name;
        size_t rejected;
    } talks[] = {{"openssl-tls1_2-user", 3000},
                 {"openssl-tls1_2-stapled", 2000},
                 {"openssl-tls1_3-retry", 1000},
                 {"nmap-sslv2", 200}};
    (void)state;
    for (size_t i = 0; i < COUNT(talks); i++) {
        tls_talk *t = tls_load(talks[i].name);
        const test_talk talk = tls_talk_of(t);
        mutate_all(&talk, talks[i].rejected);
        free(t);
    }
}

static void test_no_memory(void **state)
{
    static const char *const names[] = {"openssl-tls1_2-user", "openssl-tls1_3-retry",
                                        "openssl-tls1_2-short-records", "java-sslv2hello"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        tls_talk *t = tls_load(names[i]);
        const test_talk talk = tls_talk_of(t);
        fail_each_alloc(&talk);
        free(t);
    }
}

/* ---- loss: nothing false is said ---- */

/* Certificates by fingerprint, messages by kind: what the whole conversation says. */
typedef struct facts {
    char sha256[8][65];
    size_t n_sha256;
    unsigned count[CX_TLS_APPLICATION_DATA + 1];
    const struct facts *whole; /* NULL: this is it */
    size_t false_ones;
} facts;

static void collect(void *self, const cx_event *e)
{
    facts *f = self;
    const cx_ev_tls *t = &e->u.tls;
    if (e->kind == CX_EV_MALFORMED) {
        f->false_ones++;
        return;
    }
    f->count[t->message]++;
    if (f->whole && f->count[t->message] > f->whole->count[t->message])
        f->false_ones++;
    for (uint32_t i = 0; i < t->n_chain; i++) {
        bool known = false;
        if (t->chain[i].unreadable) {
            f->false_ones += !f->whole;
            continue;
        }
        for (size_t k = 0; f->whole && k < f->whole->n_sha256; k++)
            known |= strcmp(f->whole->sha256[k], t->chain[i].sha256) == 0;
        f->false_ones += f->whole && !known;
        if (!f->whole && f->n_sha256 < COUNT(f->sha256))
            memcpy(f->sha256[f->n_sha256++], t->chain[i].sha256, 65);
    }
    /* an empty list would say that no certificate was sent */
    f->false_ones += f->whole && t->message == CX_TLS_CERTIFICATE && t->n_chain == 0;
}

/* Splits a piece into what is there, what is lost, and what is there again. */
static void lose_within(tls_talk *t, size_t piece, size_t at, size_t n)
{
    test_piece whole = t->pieces[piece];
    memmove(&t->pieces[piece + 3], &t->pieces[piece + 1], (t->n - piece - 1) * sizeof t->pieces[0]);
    t->n += 2;
    for (size_t k = 0; k < 3; k++)
        t->pieces[piece + k] = whole;
    t->pieces[piece].bytes = cx_slice_sub(whole.bytes, 0, at);
    t->pieces[piece + 1].bytes = cx_slice_sub(whole.bytes, at, n);
    t->pieces[piece + 1].lost = true;
    t->pieces[piece + 2].bytes = cx_slice_sub(whole.bytes, at + n, whole.bytes.len);
}

static void test_loss(void **state)
{
    static const char *const names[] = {"openssl-tls1_2", "openssl-tls1_2-short-records",
                                        "openssl-tls1_2-user", "java-ssl3", "openssl-tls1_3"};
    static const size_t sizes[] = {1, 4, 9, 100, 700, 1448};
    size_t tried = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        tls_talk *t = tls_load(names[i]);
        facts whole = {.whole = NULL};
        tls_feed(t, (cx_event_sink){.event = collect, .self = &whole});
        assert_int_equal(whole.false_ones, 0);
        for (size_t piece = 0; piece < t->n; piece++) {
            for (size_t k = 0; k < COUNT(sizes); k++) {
                for (size_t at = 0; at + sizes[k] <= t->pieces[piece].bytes.len; at += 3) {
                    facts f = {.whole = &whole};
                    tls_talk *copy = malloc(sizeof *copy);
                    assert_non_null(copy);
                    *copy = *t; /* the bytes of the pieces stay those of t */
                    lose_within(copy, piece, at, sizes[k]);
                    tls_feed(copy, (cx_event_sink){.event = collect, .self = &f});
                    if (f.false_ones)
                        fail_msg("%s: piece %zu, %zu bytes lost at %zu", names[i], piece, sizes[k],
                                 at);
                    free(copy);
                    tried++;
                }
            }
        }
        free(t);
    }
    assert_true(tried > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),     cmocka_unit_test(test_tshark),
        cmocka_unit_test(test_every_way), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
