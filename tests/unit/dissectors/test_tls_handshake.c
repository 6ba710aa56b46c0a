/* dissectors/tls_handshake.c: messages over records, certificates, what is too large, what is lost.
 */
#include "base/limits.h"
#include "dissectors/tls_parts.h"
#include "unit/dissectors/tls_talk.h"

enum { CLIENT = CX_FROM_CLIENT, SERVER = CX_FROM_SERVER };

/* ---- messages and records ---- */

/* ServerHello, ServerHelloDone: one record, two records, records of one byte. */
static void test_framing(void **state)
{
    static const char *const hello = "02000026" TLS_SERVER_HELLO, *const done = "0e000000";
    const char *const lines = "1 < server_hello TLS 1.2 002f\n1 < server_hello_done\n";
    tls_talk *t = tls_new(), *one = tls_new();
    char *both = NULL;
    (void)state;
    assert_true(asprintf(&both, "%s%s", hello, done) > 0);

    tls_say_record(t, SERVER, 22, both);
    tls_expect(t, lines);

    memset(t, 0, sizeof *t);
    tls_say_record(t, SERVER, 22, hello);
    tls_add_record(t, 22, done);
    tls_expect(t, lines);

    memset(t, 0, sizeof *t);
    tls_say(one, SERVER, both);
    tls_begin(t, SERVER);
    for (size_t i = 0; i < one->used; i++) {
        char byte[3];
        (void)snprintf(byte, sizeof byte, "%02x", one->bytes[i]);
        tls_add_record(t, 22, byte);
    }
    tls_expect(t, lines);
    const test_talk talk = tls_talk_of(t);
    char *events = test_events_of(&talk);
    feed_all_ways(&talk, events);
    free(events);
    free(both);
    free(one);
    free(t);
}

/* A record counts when it is whole, though the message in it was whole before. */
static void test_frame_of_record(void **state)
{
    tls_talk *t = tls_new();
    (void)state;
    tls_say(t, SERVER, "16 0303 002e 02000026" TLS_SERVER_HELLO);
    tls_say(t, SERVER, "0e0000");
    tls_say(t, SERVER, "00");
    tls_expect(t, "3 < server_hello TLS 1.2 002f\n3 < server_hello_done\n");
    free(t);
}

static void test_unknown_types(void **state)
{
    tls_talk *t = tls_new();
    (void)state;
    tls_say_handshake(t, SERVER, 2, TLS_SERVER_HELLO);
    tls_say_handshake(t, SERVER, 99, "0102030405"); /* left out */
    tls_say_handshake(t, SERVER, 22, "01000000");   /* CertificateStatus: no event */
    tls_say_handshake(t, SERVER, 14, "");
    tls_expect(t, "1 < server_hello TLS 1.2 002f\n4 < server_hello_done\n");
    free(t);
}

static void test_malformed_bodies(void **state)
{
    static const struct {
        unsigned type;
        const char *body, *line;
    } rows[] = {
        {1, "0303", "1 > malformed: ClientHello does not parse\n"},
        {2, "0303", "1 > malformed: ServerHello does not parse\n"},
        {1, "0303" TLS_RANDOM "00 0002 002f 0100 0005 0010 0001 00",
         "1 > client_hello TLS 1.2 ciphers 1 first 002f\n"
         "1 > malformed: extension of the ClientHello does not parse\n"},
        {2, "0303" TLS_RANDOM "00 002f 00 0005 002b 0001 00",
         "1 > server_hello TLS 1.2 002f\n"
         "1 > malformed: extension of the ServerHello does not parse\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = tls_new();
        tls_say_handshake(t, CLIENT, rows[i].type, rows[i].body);
        tls_expect(t, rows[i].line);
        free(t);
    }
}

/* What is cut by another record type is said and forgotten. */
static void test_cut_messages(void **state)
{
    tls_talk *t = tls_new();
    (void)state;
    tls_say_record(t, CLIENT, 22, "01000029 0303"); /* 41 bytes announced */
    tls_say_record(t, CLIENT, 20, "01");
    tls_expect(t, "2 > malformed: handshake message cut by ChangeCipherSpec\n2 > ccs\n");
    memset(t, 0, sizeof *t);
    tls_say_record(t, CLIENT, 22, "01000029 0303");
    tls_say_record(t, CLIENT, 23, "00");
    tls_expect(t, "2 > malformed: handshake message cut by application data\n2 > data 1 after 0\n");
    free(t);
}

static void test_too_large(void **state)
{
    char *body = tls_many(16000, "00");
    (void)state;
    /* fed directly: too long for a talk */
    char *lines = NULL;
    size_t len;
    FILE *out = open_memstream(&lines, &len);
    assert_non_null(out);
    test_feeder f = {.dissector = &cx_dissector_tls,
                     .sink = {.event = tls_print_event, .self = out}};
    assert_true(test_feeder_start(&f));
    tls_talk *hello = tls_new(), *piece = tls_new(), *done = tls_new();
    const cx_evidence at = {.frame = 1};
    tls_say_handshake(hello, SERVER, 2, TLS_SERVER_HELLO);
    tls_add_record(hello, 22, "0b040fa0"); /* a Certificate of the cap and 4,000 bytes */
    tls_say_record(piece, SERVER, 22, body);
    tls_say_handshake(done, SERVER, 14, "");
    test_feeder_push(&f, SERVER, hello->pieces[0].bytes, at);
    size_t left = CX_MAX_TLS_HANDSHAKE + 4000;
    for (; left >= 16000; left -= 16000)
        test_feeder_push(&f, SERVER, piece->pieces[0].bytes, at);
    body[2 * left] = 0;
    memset(piece, 0, sizeof *piece);
    tls_say_record(piece, SERVER, 22, body);
    test_feeder_push(&f, SERVER, piece->pieces[0].bytes, at);
    test_feeder_push(&f, SERVER, done->pieces[0].bytes, at);
    test_feeder_finish(&f);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(lines, "1 < server_hello TLS 1.2 002f\n"
                               "1 < malformed: handshake message larger than the analyzer keeps\n"
                               "1 < server_hello_done\n");
    free(lines);
    free(body);
    free(hello);
    free(piece);
    free(done);
}

/* Of a type that does not exist and larger than the cap: what is read is no handshake. */
static void test_no_handshake(void **state)
{
    tls_talk *t = tls_new();
    (void)state;
    tls_say_handshake(t, SERVER, 2, TLS_SERVER_HELLO);
    tls_say_record(t, SERVER, 22, "63 040001 00000000");
    tls_say_handshake(t, SERVER, 14, "");
    tls_expect(t, "1 < server_hello TLS 1.2 002f\n2 < malformed: no handshake message\n");
    free(t);
}

/* ---- resumption ---- */

static void test_resumed(void **state)
{
    static const struct {
        const char *asked, *answered;
        bool resumed;
    } rows[] = {
        {"20" TLS_RANDOM, "20" TLS_RANDOM, true},
        {"20" TLS_RANDOM, "00", false},
        {"00", "00", false},
        {"00", "20" TLS_RANDOM, false},
        {"02 0102", "02 0102", true},
        {"02 0102", "02 0103", false},
        {"02 0102", "01 01", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = tls_new();
        char *ask = NULL, *answer = NULL;
        assert_true(asprintf(&ask, "0303" TLS_RANDOM "%s 0002 002f 0100", rows[i].asked) > 0);
        assert_true(asprintf(&answer, "0303" TLS_RANDOM "%s 002f 00", rows[i].answered) > 0);
        tls_say_handshake(t, CLIENT, 1, ask);
        tls_say_handshake(t, SERVER, 2, answer);
        tls_expect(t, rows[i].resumed ? "1 > client_hello TLS 1.2 ciphers 1 first 002f\n"
                                        "2 < server_hello TLS 1.2 002f resumed\n"
                                      : "1 > client_hello TLS 1.2 ciphers 1 first 002f\n"
                                        "2 < server_hello TLS 1.2 002f\n");
        free(ask);
        free(answer);
        free(t);
    }
}

/* ---- Certificate, CertificateRequest ---- */

static void test_certificates(void **state)
{
    static const struct {
        const char *body, *line;
    } rows[] = {
        {"000000", "2 < certificate\n"},
        {"000003 000000", "2 < certificate [unreadable]\n"},
        {"000004 000001 30", "2 < certificate [unreadable]\n"},
        {"000008 000001 30 000001 30", "2 < certificate [unreadable] [unreadable]\n"},
        {"", "2 < malformed: Certificate message does not parse\n"},
        {"000001", "2 < malformed: Certificate message does not parse\n"},
        {"000004 000002 30", "2 < malformed: Certificate message does not parse\n"},
        {"000004 000001 30 00", "2 < malformed: Certificate message does not parse\n"},
        {"000005 000001 30 00", "2 < malformed: Certificate message does not parse\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = tls_new();
        char *lines = NULL;
        tls_say_handshake(t, SERVER, 2, TLS_SERVER_HELLO);
        tls_say_handshake(t, SERVER, 11, rows[i].body);
        assert_true(asprintf(&lines, "1 < server_hello TLS 1.2 002f\n%s", rows[i].line) > 0);
        tls_expect(t, lines);
        free(lines);
        free(t);
    }
}

static void test_many_certificates(void **state)
{
    tls_talk *t = tls_new();
    char *body, *more;
    const unsigned n = CX_MAX_CERTS + 1;
    (void)state;
    assert_true(asprintf(&body, "%06x", n * 4) > 0);
    for (unsigned i = 0; i < n; i++) {
        assert_true(asprintf(&more, "%s 000001 30", body) > 0);
        free(body);
        body = more;
    }
    tls_say_handshake(t, SERVER, 2, TLS_SERVER_HELLO);
    tls_say_handshake(t, SERVER, 11, body);
    char *lines = tls_lines(t);
    unsigned kept = 0;
    for (const char *p = lines; (p = strstr(p, "[unreadable]")); p++)
        kept++;
    assert_int_equal(kept, CX_MAX_CERTS);
    free(lines);
    free(body);
    free(t);
}

static void test_certificate_request(void **state)
{
    static const char new_form[] = "01 01 0002 0401 0005 0003 300130",
                      old_form[] = "01 01 0005 0003 300130",
                      refused[] = "2 < malformed: CertificateRequest does not parse\n",
                      told[] = "2 < certificate_request authorities 5\n",
                      told_first[] = "1 < certificate_request authorities 5\n";
    static const struct {
        const char *hello, *body, *line;
    } rows[] = {
        {TLS_SERVER_HELLO, new_form, told},
        {TLS_SERVER_HELLO, old_form, refused},
        {TLS_SERVER_HELLO_10, old_form, told},
        {TLS_SERVER_HELLO_10, new_form, refused},
        {TLS_SERVER_HELLO, "00 0000 0000", "2 < certificate_request authorities 0\n"},
        {TLS_SERVER_HELLO, "00 0000 0000 00", refused},
        {TLS_SERVER_HELLO, "00 0000 0001", refused},
        {TLS_SERVER_HELLO, "", refused},
        {NULL, new_form, told_first}, /* the version was not seen */
        {NULL, old_form, told_first},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = tls_new();
        char *lines = NULL;
        if (rows[i].hello)
            tls_say_handshake(t, SERVER, 2, rows[i].hello);
        tls_say_handshake(t, SERVER, 13, rows[i].body);
        assert_true(asprintf(&lines, "%s%s",
                             !rows[i].hello ? ""
                             : strstr(rows[i].hello, "0301") == rows[i].hello
                                 ? "1 < server_hello TLS 1.0 002f\n"
                                 : "1 < server_hello TLS 1.2 002f\n",
                             rows[i].line) > 0);
        tls_expect(t, lines);
        free(lines);
        free(t);
    }
}

static void test_truncated_authorities(void **state)
{
    tls_talk *t = tls_new();
    char *names = tls_many(16384, "00"), *body = NULL;
    (void)state;
    /* as Schannel cuts it: over two records */
    assert_true(asprintf(&body, "0d004008 01 01 0002 0401 4000 %.20000s", names) > 0);
    tls_say_handshake(t, SERVER, 2, TLS_SERVER_HELLO);
    tls_say_record(t, SERVER, 22, body);
    tls_say_record(t, SERVER, 22, names + 20000);
    tls_expect(t, "1 < server_hello TLS 1.2 002f\n3 < certificate_request authorities 16384\n");
    free(body);
    free(names);
    free(t);
}

/* ---- loss ---- */

/* A loss inside a message whose length is known does not hide what follows it. */
static void test_lost_inside(void **state)
{
    tls_talk *t = tls_new();
    (void)state;
    tls_say(t, SERVER, "16 0303 0034 02000026" TLS_SERVER_HELLO "0c000002");
    tls_lose(t, SERVER, 1);
    tls_say(t, SERVER, "00 0e000000");
    tls_expect(t, "2 < server_hello TLS 1.2 002f\n3 < server_hello_done\n");
    free(t);
}

/* The snap length takes the end of a ClientHello: that it was one is sure as soon as its version is
 * there. */
static void test_lost_hello(void **state)
{
    static const struct {
        size_t there;
        const char *expected;
    } rows[] = {
        {9, "3 < server_hello TLS 1.2 002f\n"}, /* record and message header */
        {10, "3 < server_hello TLS 1.2 002f\n"},
        {11, "2 > client_hello TLS 1.2 ciphers 0 cut\n3 < server_hello TLS 1.2 002f\n"},
        {30, "2 > client_hello TLS 1.2 ciphers 0 cut\n3 < server_hello TLS 1.2 002f\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *whole = tls_load("openssl-tls1_2"), *t = tls_new();
        cx_slice hello = whole->pieces[0].bytes;
        t->pieces[0] = t->pieces[1] = whole->pieces[0];
        t->pieces[0].bytes = cx_slice_sub(hello, 0, rows[i].there);
        t->pieces[1].bytes = cx_slice_sub(hello, rows[i].there, hello.len);
        t->pieces[1].lost = true;
        t->n = 2;
        tls_say(t, SERVER, "16 0303 002a 02000026" TLS_SERVER_HELLO);
        tls_expect(t, rows[i].expected);
        free(t);
        free(whole);
    }
    tls_talk *old = tls_new(); /* a ClientHello has no other versions than 3.x */
    tls_say(old, CLIENT, "16 0301 0100 010000fc 0202 00");
    tls_lose(old, CLIENT, 249);
    tls_say(old, SERVER, "16 0303 002a 02000026" TLS_SERVER_HELLO);
    tls_expect(old, "3 < server_hello TLS 1.2 002f\n");
    free(old);
}

/* The certificates in front of a loss are sure, those behind are not. */
static void test_lost_certificate(void **state)
{
    tls_talk *t = tls_load("openssl-tls1_2"), *cut = tls_new();
    const test_piece *flight = &t->pieces[1];
    cx_slice bytes = flight->bytes;
    const uint8_t *message = bytes.p; /* record of the Certificate */
    (void)state;
    while (message[5] != 11)
        message += 5 + (message[3] << 8 | message[4]);
    size_t first = (size_t)(message[12] << 16 | message[13] << 8 | message[14]);
    size_t at = (size_t)(message - bytes.p) + 15 + first; /* behind the leaf */
    for (int whole = 0; whole < 2; whole++) {
        size_t from = whole ? at : at - 1;
        memset(cut, 0, sizeof *cut);
        cut->pieces[0] = t->pieces[0];
        cut->pieces[1] = cut->pieces[2] = cut->pieces[3] = *flight;
        cut->pieces[1].bytes = cx_slice_sub(bytes, 0, from);
        cut->pieces[2].bytes = cx_slice_sub(bytes, from, 10);
        cut->pieces[2].lost = true;
        cut->pieces[3].bytes = cx_slice_sub(bytes, from + 10, bytes.len);
        cut->n = 4;
        tls_expect(cut, whole ? "1 > client_hello TLS 1.2 ciphers 28 first c02c sni sip.contoso.com"
                                " alpn h2 alpn sip\n"
                                "2 < server_hello TLS 1.2 c030 alpn sip\n"
                                "3 < certificate [CN=ocs1.contoso.com,O=Contoso] [unreadable]\n"
                                "4 < server_hello_done\n"
                              : "1 > client_hello TLS 1.2 ciphers 28 first c02c sni sip.contoso.com"
                                " alpn h2 alpn sip\n"
                                "2 < server_hello TLS 1.2 c030 alpn sip\n"
                                "3 < certificate [unreadable]\n"
                                "4 < server_hello_done\n");
    }
    free(cut);
    free(t);
}

/* ---- judging records ---- */

static void test_fills(void **state)
{
    static const struct {
        const char *bytes;
        bool any, hello;
    } rows[] = {
        {"0e000000", true, false},
        {"0e000000 0e000000", true, false},
        {"0e000001", false, false},
        {"0e000000 00", false, false},
        {"0e0000", false, false},
        {"05000000", false, false}, /* EndOfEarlyData is never in clear */
        {"02000026" TLS_SERVER_HELLO, true, true},
        {"02000026" TLS_SERVER_HELLO "0e000000", true, false},
        {"02000003 030300", false, false},
        {"01000022 0303" TLS_RANDOM, false, false},    /* one short */
        {"01000023 0303" TLS_RANDOM "00", true, true}, /* the shortest that may be one */
        {"01000023 0203" TLS_RANDOM "00", false, false},
        {"02000023 7f14" TLS_RANDOM "00", true, true},
    };
    (void)state;
    assert_false(cx_tls_handshake_fills((cx_slice){(const uint8_t *)"", 0}, false));
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = tls_new();
        tls_say(t, CLIENT, rows[i].bytes);
        assert_int_equal(cx_tls_handshake_fills(t->pieces[0].bytes, false), rows[i].any);
        assert_int_equal(cx_tls_handshake_fills(t->pieces[0].bytes, true), rows[i].hello);
        free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_framing),
        cmocka_unit_test(test_frame_of_record),
        cmocka_unit_test(test_unknown_types),
        cmocka_unit_test(test_malformed_bodies),
        cmocka_unit_test(test_cut_messages),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_no_handshake),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_many_certificates),
        cmocka_unit_test(test_certificate_request),
        cmocka_unit_test(test_truncated_authorities),
        cmocka_unit_test(test_lost_inside),
        cmocka_unit_test(test_lost_hello),
        cmocka_unit_test(test_lost_certificate),
        cmocka_unit_test(test_fills),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
