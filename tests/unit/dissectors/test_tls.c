/* dissectors/tls.c: records of every kind, to the exact end, one short and one over; where they
 * begin, where they are lost, and when the dissector is done. */
#include "dissectors/tls_parts.h"
#include "flow/interest.h"
#include "support/recording.h"
#include "unit/dissectors/tls_talk.h"

enum { CLIENT = CX_FROM_CLIENT, SERVER = CX_FROM_SERVER };
enum { CCS = 20, ALERT = 21, HANDSHAKE = 22, DATA = 23 };

#define HELLO_LINE      "1 > client_hello TLS 1.2 ciphers 1 first 002f\n"
#define HELLO_LINE_13   "1 > client_hello TLS 1.3 ciphers 1 first 1302\n"
#define HELLOS_LINES    HELLO_LINE "2 < server_hello TLS 1.2 002f\n"
#define HELLOS_LINES_13 HELLO_LINE_13 "2 < server_hello TLS 1.3 1302\n"

/* Says n bytes as a record. */
static void say_bytes(tls_talk *t, uint8_t dir, unsigned type, size_t n)
{
    char *body = tls_many(n, "e7");
    tls_say_record(t, dir, type, body);
    free(body);
}

static tls_talk *after_hellos(void)
{
    tls_talk *t = tls_new();
    tls_say_handshake(t, CLIENT, 1, TLS_CLIENT_HELLO);
    tls_say_handshake(t, SERVER, 2, TLS_SERVER_HELLO);
    return t;
}

static tls_talk *after_hellos_13(const char *client_hello)
{
    tls_talk *t = tls_new();
    tls_say_handshake(t, CLIENT, 1, client_hello);
    tls_say_handshake(t, SERVER, 2, TLS_SERVER_HELLO_13);
    return t;
}

/* ---- probe ---- */

static const struct {
    const char *what, *bytes;
    cx_match match;
    bool unmasked; /* not even the masks fit */
} starts[] = {
    {"ClientHello", "16 0301 0029 01 000025 03", CX_MATCH_YES, false},
    {"ClientHello without its version", "16 0301 0029 01 000025", CX_MATCH_MAYBE, false},
    {"ClientHello of another version", "16 0301 0029 01 000025 02", CX_MATCH_NO, false},
    {"ClientHello one byte too short", "16 0301 0029 01 000022 03", CX_MATCH_NO, false},
    {"ClientHello larger than the cap", "16 0301 0029 01 040001 03", CX_MATCH_NO, false},
    {"header alone", "16 0301 0029", CX_MATCH_MAYBE, false},
    {"one byte", "16", CX_MATCH_MAYBE, false},
    {"version 3.5", "16 0305 0029 01 000025 03", CX_MATCH_NO, false},
    {"version 2.0", "16 0200 0029 01 000025 03", CX_MATCH_NO, true},
    {"empty handshake record", "16 0301 0000", CX_MATCH_NO, false},
    {"type 19", "13 0301 0002 0100", CX_MATCH_NO, true},
    {"ClientHello in records of one byte", "16 0301 0001 01 16 0301 0001 00", CX_MATCH_YES, false},
    {"record of one byte alone", "16 0301 0001 01", CX_MATCH_YES, false},
    {"another message that fills its record", "16 0303 0004 0e000000", CX_MATCH_YES, false},
    {"another message, then none", "16 0303 0004 0e000000 00", CX_MATCH_NO, false},
    {"alert", "15 0303 0002 0228", CX_MATCH_YES, false},
    {"alert without its number", "15 0303 0002 02", CX_MATCH_MAYBE, false},
    {"alert of level 3", "15 0303 0002 0328", CX_MATCH_NO, false},
    {"alert without a name", "15 0303 0002 0201", CX_MATCH_NO, false},
    {"ChangeCipherSpec", "14 0303 0001 01", CX_MATCH_YES, false},
    {"ChangeCipherSpec cut", "14 0303 0001", CX_MATCH_MAYBE, false},
    {"ChangeCipherSpec of two bytes", "14 0303 0002 0101", CX_MATCH_NO, true},
    {"ChangeCipherSpec of value 2", "14 0303 0001 02", CX_MATCH_NO, true},
    {"data to the end of the segment", "17 0303 0003 010203", CX_MATCH_YES, false},
    {"data one short", "17 0303 0003 0102", CX_MATCH_MAYBE, false},
    {"data and half a header", "17 0303 0003 010203 1703", CX_MATCH_YES, false},
    {"data and no header", "17 0303 0003 010203 1704", CX_MATCH_NO, false},
    {"data, data", "17 0303 0001 01 17 0303 0100", CX_MATCH_YES, false},
    {"record one over the largest", "17 0303 4801", CX_MATCH_NO, false},
    {"the largest record", "17 0303 4800", CX_MATCH_MAYBE, false},
    {"SSL 2.0 form", "801c 01 0301 0003 0000 0010", CX_MATCH_YES, false},
    {"SSL 2.0 form cut", "801c 01 03", CX_MATCH_MAYBE, false},
    {"SSL 2.0 form, lengths do not fit", "801d 01 0301 0003 0000 0010", CX_MATCH_NO, false},
    {"SIP", "5245474953544552", CX_MATCH_NO, true},
    {"HTTP", "485454502f312e31", CX_MATCH_NO, true},
};

static bool masks_fit(cx_slice s)
{
    for (size_t i = 0; i < cx_dissector_tls.n_masks; i++) {
        const cx_mask *m = &cx_dissector_tls.masks[i];
        bool fits = true;
        for (size_t k = 0; k < 8; k++)
            fits = fits && (k >= s.len || (s.p[k] & m->mask[k]) == m->value[k]);
        if (fits)
            return true;
    }
    return false;
}

static void test_probe(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(starts); i++) {
        tls_talk *t = tls_new();
        tls_say(t, CLIENT, starts[i].bytes);
        size_t len = t->pieces[0].bytes.len;
        uint8_t *copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, t->bytes, len);
        const cx_chunk first = {.bytes = {copy, len}};
        print_message("%s\n", starts[i].what);
        assert_int_equal(cx_dissector_tls.probe(&first), starts[i].match);
        assert_int_equal(masks_fit(first.bytes), !starts[i].unmasked);
        free(copy);
        free(t);
    }
    assert_int_equal(cx_dissector_tls.probe(&(cx_chunk){.dir = 0}), CX_MATCH_MAYBE);
}

/* What is fed is found. */
static void test_probe_recorded(void **state)
{
    static const char *const names[] = {"openssl-tls1_2", "gnutls-tls1_3", "java-ssl3",
                                        "java-sslv2hello", "nmap-sslv2"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        tls_talk *t = tls_load(names[i]);
        for (size_t k = 0; k < t->n; k++) { /* any segment of theirs begins with a record */
            const cx_chunk first = {.bytes = t->pieces[k].bytes};
            assert_int_equal(cx_dissector_tls.probe(&first), CX_MATCH_YES);
            assert_true(masks_fit(first.bytes));
        }
        free(t);
    }
}

/* What begins TLS in the middle of a conversation that nobody reads. */
static void test_late(void **state)
{
    static const struct {
        const char *bytes;
        bool late;
    } rows[] = {
        {"16 0301 0029 01 0000", true},     {"16 0303 0029 02 0000", true},
        {"80 d7 01 0303 00ae 00", true}, /* java-sslv2hello */
        {"80 2e 01 0301 0015 00", true},    {"16 0301 0029 0b 0000", false},
        {"17 0303 0029 01 0000", false},    {"80 d7 02 0303 00ae 00", false},
        {"80 d7 01 0203 00ae 00", false},   {"80 d7 01 0303 01ae 00", false},
        {"80 d7 01 0303 00ae 01", false},   {"00 d7 01 0303 00ae 00", false},
        {"16 0301 0029 01 00", false},      /* too short */
        {"32 32 30 20 61 20 45 53", false}, /* "220 a ES" */
    };
    static const cx_dissector *const only[] = {&cx_dissector_tls, NULL};
    cx_interest interest;
    (void)state;
    cx_interest_init(&interest, only);
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[16];
        cx_slice s = {bytes, test_hex(rows[i].bytes, bytes, sizeof bytes)};
        if (cx_interest_late(&interest, s) != rows[i].late)
            fail_msg("%s", rows[i].bytes);
    }
}

/* ---- alerts ---- */

static void test_alerts(void **state)
{
    static const struct {
        const char *body, *line;
    } rows[] = {
        {"0228", "1 < alert 2 40\n"},
        {"0100", "1 < alert 1 0\n"},
        {"02ff", "1 < alert 2 255\n"},
        {"0170 0228", "1 < alert 1 112\n1 < alert 2 40\n"},
        {"0328", "1 < malformed: alert of no known level\n"},
        {"0028", "1 < malformed: alert of no known level\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = tls_new();
        tls_say_record(t, SERVER, ALERT, rows[i].body);
        if (i == 3) { /* met first it could be encrypted; behind a hello it is not */
            tls_expect(t, "1 < encrypted_alert 4 after 0\n");
            memset(t, 0, sizeof *t);
            tls_say_handshake(t, SERVER, 2, TLS_SERVER_HELLO);
            tls_add_record(t, ALERT, rows[i].body);
            tls_expect(t, "1 < server_hello TLS 1.2 002f\n1 < alert 1 112\n1 < alert 2 40\n");
        } else {
            tls_expect(t, rows[i].line);
        }
        free(t);
    }
}

static void test_alerts_in_clear(void **state)
{
    static const struct {
        const char *body, *line;
    } rows[] = {
        {"022801", "3 < malformed: alert of no known level\n"},
        {"02280328", "3 < malformed: alert of no known level\n"},
        {"0170", "3 < alert 1 112\n4 < server_hello_done\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = after_hellos();
        char *lines = NULL;
        tls_say_record(t, SERVER, ALERT, rows[i].body);
        if (i == 2) /* a warning does not end the handshake */
            tls_say_handshake(t, SERVER, 14, "");
        assert_true(asprintf(&lines, HELLOS_LINES "%s", rows[i].line) > 0);
        tls_expect(t, lines);
        free(lines);
        free(t);
    }
}

static void test_encrypted_alerts(void **state)
{
    static const size_t sizes[] = {1, 3, 18, 26, 64, 65, 4000};
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        tls_talk *t = after_hellos();
        char *lines = NULL;
        tls_say_record(t, CLIENT, CCS, "01");
        say_bytes(t, CLIENT, ALERT, sizes[i]);
        assert_true(asprintf(&lines, HELLOS_LINES "3 > ccs\n4 > encrypted_alert %zu after 0\n",
                             sizes[i]) > 0);
        tls_expect(t, lines);
        free(lines);
        free(t);
    }
    tls_talk *t = after_hellos(); /* two bytes are never encrypted */
    tls_say_record(t, CLIENT, CCS, "01");
    tls_say_record(t, CLIENT, ALERT, "0230");
    tls_expect(t, HELLOS_LINES "3 > ccs\n4 > alert 2 48\n");
    free(t);
}

/* ---- ChangeCipherSpec, Finished, data ---- */

static void test_ccs(void **state)
{
    tls_talk *t = after_hellos();
    (void)state;
    tls_say_record(t, CLIENT, CCS, "02");
    tls_say_record(t, CLIENT, CCS, "0101");
    tls_expect(t, HELLOS_LINES "3 > malformed: ChangeCipherSpec is not one byte of value 1\n"
                               "4 > malformed: ChangeCipherSpec is not one byte of value 1\n");
    free(t);
    t = after_hellos(); /* told once, also in a renegotiation, where it is encrypted */
    tls_say_record(t, CLIENT, CCS, "01");
    say_bytes(t, CLIENT, HANDSHAKE, 40);
    say_bytes(t, CLIENT, HANDSHAKE, 200);
    say_bytes(t, CLIENT, CCS, 25);
    tls_say_record(t, CLIENT, CCS, "01");
    say_bytes(t, CLIENT, HANDSHAKE, 40);
    tls_expect(t, HELLOS_LINES "3 > ccs\n4 > finished 40 after 0\n");
    free(t);
}

static void test_data(void **state)
{
    tls_talk *t = after_hellos();
    (void)state;
    tls_say_record(t, CLIENT, CCS, "01");
    tls_say_record(t, CLIENT, DATA, ""); /* TLS 1.0 stacks send empty ones and ones of a byte */
    say_bytes(t, CLIENT, DATA, 32);
    say_bytes(t, CLIENT, 24, 30); /* heartbeat */
    say_bytes(t, CLIENT, ALERT, 32);
    tls_expect(t, HELLOS_LINES "3 > ccs\n4 > data\n7 > encrypted_alert 32 after 2\n");
    free(t);
}

/* The capture shows one direction: a dummy ChangeCipherSpec of TLS 1.3 and a second ClientHello, or
 * a real one and a Finished, whatever its bytes look like. */
static void test_one_sided(void **state)
{
    tls_talk *t = tls_new();
    (void)state;
    tls_say_handshake(t, CLIENT, 1, TLS_CLIENT_HELLO);
    tls_say_record(t, CLIENT, CCS, "01");
    tls_say_handshake(t, CLIENT, 1, TLS_CLIENT_HELLO);
    say_bytes(t, CLIENT, DATA, 53);
    tls_expect(t, HELLO_LINE "2 > ccs\n3 > client_hello TLS 1.2 ciphers 1 first 002f\n"
                             "4 > data 53 after 0\n");
    memset(t, 0, sizeof *t);
    tls_say_handshake(t, CLIENT, 1, TLS_CLIENT_HELLO);
    tls_say_record(t, CLIENT, CCS, "01");
    tls_say_record(t, CLIENT, HANDSHAKE, "01000028" TLS_RANDOM "0303030303030303");
    tls_expect(t, HELLO_LINE "2 > ccs\n3 > finished 44 after 0\n");
    memset(t, 0, sizeof *t);
    tls_say_handshake(t, CLIENT, 1, TLS_CLIENT_HELLO);
    tls_say_record(t, CLIENT, CCS, "01");
    tls_say_record(t, CLIENT, HANDSHAKE, "0e000000"); /* no hello: not believed */
    tls_expect(t, HELLO_LINE "2 > ccs\n3 > finished 4 after 0\n");
    free(t);
}

/* ---- TLS 1.3: alerts that look like data ---- */

static const struct {
    const char *what;
    uint16_t client[4], server[4]; /* bodies of the records of type 23; 0 ends */
    const char *said;              /* what is said beside the first data of each side */
} alerts_13[] = {
    {"refusal", {19}, {1000}, "client 19 after 0"},
    {"padded refusal", {24}, {1000}, "client 24 after 0"},
    {"too small", {18}, {1000}, ""},
    {"too large", {25}, {1000}, ""},
    {"refusal padded by 16", {35}, {1000}, "client 35 after 0"},
    {"a byte less than Finished", {52}, {1000}, "client 52 after 0"},
    {"Finished", {53}, {1000}, ""},
    {"close behind Finished", {53, 19}, {1000}, "client 19 after 1"},
    {"the same with SHA-384", {69, 19}, {1000}, "client 19 after 1"},
    {"no certificate, then close", {25, 69, 19}, {1000}, "client 19 after 2"},
    {"data, then close", {53, 100, 19}, {1000}, ""},
    {"small data behind Finished, then close", {53, 21, 19}, {1000}, ""},
    {"the record before has another size", {54, 19}, {1000}, ""},
    {"server's EncryptedExtensions", {0}, {23}, ""},
    {"server refuses the client's certificate", {25, 53}, {23, 900, 69, 19}, "server 19 after 3"},
    {"server answers with little", {53, 100}, {23, 900, 53, 24}, "server 24 after 3"},
};

static void test_alerts_13(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(alerts_13); i++) {
        tls_talk *t = after_hellos_13(TLS_CLIENT_HELLO_13);
        char said[64] = "";
        for (size_t k = 0; k < 4 && alerts_13[i].server[k]; k++)
            say_bytes(t, SERVER, DATA, alerts_13[i].server[k]);
        tls_say_record(t, CLIENT, CCS, "01");
        for (size_t k = 0; k < 4 && alerts_13[i].client[k]; k++)
            say_bytes(t, CLIENT, DATA, alerts_13[i].client[k]);
        char *lines = tls_lines(t), *at = strstr(lines, "encrypted_alert ");
        if (at)
            (void)snprintf(said, sizeof said, "%s %.*s", at[-2] == '>' ? "client" : "server",
                           (int)strcspn(at + 16, "\n"), at + 16);
        print_message("%s\n", alerts_13[i].what);
        assert_string_equal(said, alerts_13[i].said);
        assert_null(at ? strstr(at + 1, "encrypted_alert") : NULL);
        free(lines);
        free(t);
    }
}

static void test_alerts_13_not(void **state)
{
    tls_talk *t = after_hellos(); /* TLS 1.2 has its own */
    (void)state;
    say_bytes(t, CLIENT, DATA, 19);
    tls_expect(t, HELLOS_LINES "3 > data 19 after 0\n");
    free(t);
    t = after_hellos_13(TLS_CLIENT_HELLO_EARLY); /* EndOfEarlyData is 21 bytes */
    say_bytes(t, CLIENT, DATA, 21);
    tls_expect(t, HELLOS_LINES_13 "3 > data 21 after 0\n");
    free(t);
    t = after_hellos_13(TLS_CLIENT_HELLO_13); /* what comes behind it is cut */
    say_bytes(t, CLIENT, DATA, 53);
    say_bytes(t, CLIENT, DATA, 19);
    tls_say(t, CLIENT, "17 0303 0040 00");
    tls_expect(t, HELLOS_LINES_13 "3 > data 53 after 0\n");
    t->n--;
    tls_say(t, CLIENT, "17 0303");
    tls_expect(t, HELLOS_LINES_13 "3 > data 53 after 0\n");
    free(t);
    t = after_hellos_13(TLS_CLIENT_HELLO_13); /* the alert in clear is an alert */
    tls_say_record(t, CLIENT, ALERT, "022a");
    tls_expect(t, HELLOS_LINES_13 "3 > alert 2 42\n");
    free(t);
}

/* ---- where a direction begins ---- */

static void test_not_tls(void **state)
{
    static const struct {
        const char *bytes, *lines;
    } rows[] = {
        {"5349502f322e3020343030",
         HELLO_LINE "2 < malformed: not a TLS record\n"},       /* SIP/2.0 400 */
        {"48", HELLO_LINE "2 < malformed: not a TLS record\n"}, /* H */
        {"16 0303 4801", HELLO_LINE "2 < malformed: not a TLS record\n"},
        {"16 0303 0000", HELLO_LINE "2 < malformed: not a TLS record\n"},
        {"8003 04 0001", HELLO_LINE "2 < malformed: not a TLS record\n"}, /* SSL 2.0 answer */
        {"16 03", HELLO_LINE},
        {"15 0303 0002 0228 5349", HELLO_LINE "2 < alert 2 40\n2 < malformed: not a TLS record\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = tls_new();
        tls_say_handshake(t, CLIENT, 1, TLS_CLIENT_HELLO);
        tls_say(t, SERVER, rows[i].bytes);
        tls_expect(t, rows[i].lines);
        free(t);
    }
}

static void test_largest(void **state)
{
    tls_talk *t = after_hellos();
    (void)state;
    say_bytes(t, CLIENT, DATA, 18432);
    tls_expect(t, HELLOS_LINES "3 > data 18432 after 0\n");
    free(t);
}

/* Met in the middle: what is encrypted says nothing, what is in clear is read when it is sure. */
static void test_middle(void **state)
{
    static const struct {
        unsigned type;
        const char *body, *line;
    } rows[] = {
        {DATA, "0102030405", "1 < data 5 after 0\n"},
        {HANDSHAKE, "0e000000", "1 < server_hello_done\n"},
        {HANDSHAKE, "0e000001", ""},
        {HANDSHAKE, "e7e7e7e7e7e7e7e7", ""},
        {CCS, "01", "1 < ccs\n"},
        {ALERT, "0230", "1 < alert 2 48\n"},
        {ALERT, "01000100", "1 < encrypted_alert 4 after 0\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = tls_new();
        tls_say_record(t, SERVER, rows[i].type, rows[i].body);
        tls_expect(t, rows[i].line);
        free(t);
    }
    tls_talk *t = tls_new(); /* ChangeCipherSpec and Finished are all that is left */
    tls_say_record(t, CLIENT, CCS, "01");
    say_bytes(t, CLIENT, HANDSHAKE, 40);
    say_bytes(t, CLIENT, DATA, 30);
    say_bytes(t, CLIENT, HANDSHAKE, 40);
    tls_expect(t, "1 > ccs\n2 > finished 40 after 0\n3 > data 30 after 0\n");
    free(t);
}

/* ---- loss ---- */

static void test_lost_in_data(void **state)
{
    tls_talk *t = after_hellos();
    (void)state;
    tls_say(t, CLIENT, "17 0303 0008 0102");
    tls_lose(t, CLIENT, 6); /* to the last byte of the record */
    tls_say_record(t, CLIENT, ALERT, "0100");
    tls_expect(t, HELLOS_LINES "4 > data 8 after 0\n5 > alert 1 0\n");
    t->n = 2;
    tls_say(t, CLIENT, "17 0303 0008 0102");
    tls_lose(t, CLIENT, 7); /* one over: a lone record is no chain */
    tls_say_record(t, CLIENT, DATA, "0102");
    tls_say_record(t, SERVER, DATA, "01"); /* the other side does not mind */
    tls_expect(t, HELLOS_LINES "6 < data 1 after 0\n5 > data 2 after 0\n");
    free(t);
}

static void test_chain(void **state)
{
    static const struct {
        const char *what, *bytes, *lines;
    } rows[] = {
        {"two records", "17 0303 0002 0102 15 0303 0002 0100",
         "4 > data 2 after 0\n4 > alert 1 0\n"},
        {"two records behind rubbish", "00 17 0303 1600 17 0303 0002 0102 15 0303 0002 0100",
         "4 > data 2 after 0\n4 > alert 1 0\n"},
        {"a record and rubbish", "17 0303 0002 0102 00 0303 0002 0100", ""},
        {"a record that ends with the direction", "00 17 0303 0002 0102", "4 > data 2 after 0\n"},
        {"a record that is cut", "17 0303 0003 0102", ""},
        {"a handshake record that is whole", "16 0303 0004 0e000000 16 0303 0004 0e000000",
         "4 > server_hello_done\n4 > server_hello_done\n"},
        {"a handshake record that is not", "16 0303 0004 0e000001 16 0303 0004 0f000000", ""},
        {"rubbish", "000102030405060708090a0b0c0d0e0f1011121314151617", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = after_hellos();
        char *lines = NULL;
        tls_lose(t, CLIENT, 100);
        tls_say(t, CLIENT, rows[i].bytes);
        print_message("%s\n", rows[i].what);
        assert_true(asprintf(&lines, HELLOS_LINES "%s", rows[i].lines) > 0);
        tls_expect(t, lines);
        free(lines);
        free(t);
    }
}

/* Behind a loss in the encrypted part a handshake record is not taken for the Finished. */
static void test_lost_finished(void **state)
{
    tls_talk *t = after_hellos();
    (void)state;
    tls_say_record(t, CLIENT, CCS, "01");
    tls_lose(t, CLIENT, 100);
    say_bytes(t, CLIENT, HANDSHAKE, 40);
    say_bytes(t, CLIENT, DATA, 30);
    tls_expect(t, HELLOS_LINES "3 > ccs\n6 > data 30 after 0\n");
    free(t);
}

/* ---- calls as the stream makes them ---- */

typedef struct caller {
    cx_emit emit;
    cx_arena scratch;
    cx_tls_state state;
    unsigned events;
} caller;

static void count(cx_emit *self, cx_event *e)
{
    (void)e;
    ((caller *)self)->events++;
}

static caller *caller_new(void)
{
    caller *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->scratch = cx_arena_init(1 << 20);
    c->emit = (cx_emit){.event = count, .scratch = &c->scratch};
    return c;
}

static cx_fed feed(caller *c, uint8_t dir, cx_slice bytes)
{
    const cx_chunk in = {.bytes = bytes, .dir = dir};
    cx_fed fed = cx_dissector_tls.feed(&c->state, &in, &c->emit);
    cx_arena_reset(&c->scratch);
    return fed;
}

static void caller_free(caller *c)
{
    cx_dissector_tls.close(&c->state, &c->emit);
    cx_arena_free(&c->scratch);
    free(c);
}

static void test_consumed(void **state)
{
    static const struct {
        const char *bytes;
        cx_status status;
        size_t consumed, need;
    } rows[] = {
        {"17", CX_NEED_MORE, 0, 5},
        {"17 0303 00", CX_NEED_MORE, 0, 5},
        {"17 0303 0008", CX_NEED_MORE, 0, 6}, /* the first record: what kind is it? */
        {"17 0303 0008 01", CX_OK, 6, 0},     /* bodies are not waited for */
        {"17 0303 0001 01 17 0303 0008", CX_OK, 11, 0},
        {"17 0303 0001 01 15 0303 0002", CX_NEED_MORE, 6, 7}, /* short records are */
        {"17 0303 0001 01 15 0303 0002 0102", CX_OK, 13, 0},
        {"17 0303 0001 01 17 03", CX_NEED_MORE, 6, 5},
        {"801c 01 0301 0003", CX_NEED_MORE, 0, 11},
        {"801c 01 0301 0003 0000 0010", CX_NEED_MORE, 0, 30},
        {"54", CX_MALFORMED, 0, 0},
        {"17 0303 0001 01 54", CX_MALFORMED, 6, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tls_talk *t = tls_new();
        caller *c = caller_new();
        tls_say(t, CLIENT, rows[i].bytes);
        cx_fed fed = feed(c, CLIENT, t->pieces[0].bytes);
        print_message("%s\n", rows[i].bytes);
        assert_int_equal(fed.status, rows[i].status);
        assert_int_equal(fed.consumed, rows[i].consumed);
        assert_int_equal(fed.need, rows[i].need);
        caller_free(c);
        free(t);
    }
}

/* 64 KiB of data in a direction are enough, not a byte less. */
static void test_done(void **state)
{
    tls_talk *t = tls_new();
    caller *c = caller_new();
    (void)state;
    say_bytes(t, CLIENT, DATA, 16384);
    tls_say_record(t, CLIENT, DATA, "01");
    for (int i = 0; i < 4; i++)
        assert_int_equal(feed(c, CLIENT, t->pieces[0].bytes).status, CX_OK);
    assert_int_equal(feed(c, SERVER, t->pieces[1].bytes).status, CX_OK);
    assert_int_equal(feed(c, CLIENT, t->pieces[1].bytes).status, CX_DONE);
    assert_int_equal(c->events, 2);
    assert_int_equal(feed(c, CLIENT, t->pieces[1].bytes).status, CX_DONE);
    assert_int_equal(feed(c, SERVER, t->pieces[1].bytes).status, CX_OK);
    caller_free(c);
    free(t);
}

/* A direction without any chain is given up, its memory given back. */
static void test_no_chain(void **state)
{
    static const uint8_t rubbish[4096] = {0};
    const cx_chunk gap = {.gap = true, .missing = UINT64_MAX};
    caller *c = caller_new();
    size_t looked = 0;
    (void)state;
    assert_int_equal(cx_dissector_tls.feed(&c->state, &gap, &c->emit).status, CX_OK);
    cx_fed fed = cx_fed_ok(0);
    while (fed.status == CX_OK && looked < 1000000) {
        fed = feed(c, CLIENT, (cx_slice){rubbish, sizeof rubbish});
        looked += sizeof rubbish;
    }
    assert_int_equal(fed.status, CX_DONE);
    assert_true(looked > 262144 && looked <= 262144 + 2 * sizeof rubbish);
    assert_int_equal(c->events, 0);
    caller_free(c);
}

/* What a side holds is given back with the flow. */
static void test_close(void **state)
{
    tls_talk *t = tls_new();
    caller *c = caller_new();
    (void)state;
    tls_say(t, CLIENT, "16 0303 4000 01 003ffc 0303");
    assert_int_equal(feed(c, CLIENT, t->pieces[0].bytes).status, CX_OK);
    assert_int_not_equal(c->state.side[CLIENT].message.len, 0);
    assert_int_equal(c->events, 0);
    caller_free(c); /* the sanitizer says if not */
    free(t);
}

/* Only what it announces. */
static void test_record(void **state)
{
    (void)state;
    assert_string_equal(cx_dissector_tls.name, "tls");
    assert_int_equal(cx_dissector_tls.transports, CX_OVER_TCP);
    assert_int_equal(cx_dissector_tls.emits, CX_BIT(CX_EV_TLS) | CX_BIT(CX_EV_MALFORMED));
    assert_int_equal(cx_dissector_tls.state_size, sizeof(cx_tls_state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_probe_recorded),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_alerts_in_clear),
        cmocka_unit_test(test_encrypted_alerts),
        cmocka_unit_test(test_ccs),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_one_sided),
        cmocka_unit_test(test_alerts_13),
        cmocka_unit_test(test_alerts_13_not),
        cmocka_unit_test(test_not_tls),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_middle),
        cmocka_unit_test(test_lost_in_data),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_lost_finished),
        cmocka_unit_test(test_consumed),
        cmocka_unit_test(test_done),
        cmocka_unit_test(test_no_chain),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
