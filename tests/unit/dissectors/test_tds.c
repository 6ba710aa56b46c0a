/* dissectors/tds.c: recorded logins against what tshark reads in them and how they ended, messages
 * in several packets, answers, TLS inside of packets and instead of them, and what is no TDS. */
#include "base/limits.h"
#include "support/feeder.h"
#include "support/recording.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_tds, cx_dissector_gss, cx_dissector_ntlm,
    cx_dissector_kerberos, cx_dissector_tls;

static const cx_dissector *const children[] = {&cx_dissector_gss, &cx_dissector_ntlm,
                                               &cx_dissector_kerberos, &cx_dissector_tls, NULL};

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct record {
    char text[4096];
    size_t len;
} record;

__attribute__((format(printf, 2, 3))) static void note(record *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(r->text + r->len, sizeof r->text - r->len, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof r->text - r->len);
    r->len += (size_t)n;
}

/* ---- recorded conversations (tests/data/tds/ORIGIN) ---- */

static const struct {
    const char *name;
    int number; /* of the error that ended the login; 0: it was let in; -1: nothing is told */
} recordings[] = {
    {"ntlm", 0},
    {"ntlm-old", 0},
    {"ntlm-refused", 18452},
    {"kerberos", 0},
    {"kerberos-refused", 18452},
    {"password", -1},
    {"tls-login", 0},
    {"tls", -1},
};

static test_recording read_recording(const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, "tds/%s", name);
    return test_recording_read(path);
}

static test_talk talk_of(const test_recording *from)
{
    return (test_talk){.dissector = &cx_dissector_tds,
                       .children = children,
                       .pieces = from->pieces,
                       .n_pieces = from->n_pieces};
}

/* What was told of each piece, in the words of the oracle. */
typedef struct checker {
    char told[16][3][16]; /* NTLM, Kerberos, TLS */
    size_t n_results;
    cx_ev_logon result;
} checker;

static void add(char list[16], int number)
{
    size_t n = strlen(list);
    (void)snprintf(list + n, 16 - n, "%s%d", n ? "|" : "", number);
}

static void check(void *self, const cx_event *e)
{
    checker *c = self;
    size_t piece = (size_t)e->at.frame - 1;
    assert_true(piece < COUNT(c->told));
    if (e->kind == CX_EV_NTLM) {
        assert_string_equal(e->u.ntlm.carrier, "tds");
        add(c->told[piece][0], (int)e->u.ntlm.message);
    } else if (e->kind == CX_EV_KRB) {
        assert_string_equal(e->u.krb.carrier, "tds");
        add(c->told[piece][1], (int)e->u.krb.message);
    } else if (e->kind == CX_EV_TLS) {
        static const int types[] = {[CX_TLS_CLIENT_HELLO] = 1,
                                    [CX_TLS_SERVER_HELLO] = 2,
                                    [CX_TLS_CERTIFICATE] = 11,
                                    [CX_TLS_APPLICATION_DATA] = 0};
        if (types[e->u.tls.message])
            add(c->told[piece][2], types[e->u.tls.message]);
    } else {
        assert_int_equal(e->kind, CX_EV_LOGON);
        assert_int_equal(e->dir, CX_FROM_SERVER);
        c->n_results++;
        c->result = e->u.logon;
        assert_true(e->u.logon.text.len == 0 ||
                    cx_slice_istarts(e->u.logon.text, "Login failed. The login is from an "));
    }
}

/* tshark does not read tokens of the server, and of TLS more types. */
static bool same(const char *told, const char *oracle, bool server)
{
    if (oracle[0] == '-')
        return told[0] == 0 || server;
    size_t n = strlen(told);
    return strncmp(told, oracle, n) == 0 && (oracle[n] == 0 || oracle[n] == '|');
}

static void is_what_tshark_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++) {
        test_recording r = read_recording(recordings[i].name);
        checker c = {0};
        size_t tokens = 0;
        test_feeder f = {.dissector = &cx_dissector_tds,
                         .children = children,
                         .sink = {.event = check, .self = &c}};
        assert_true(test_feeder_start(&f));
        for (size_t k = 0; k < r.n_pieces; k++)
            test_feeder_push(&f, r.pieces[k].dir, r.pieces[k].bytes, (cx_evidence){.frame = k + 1});
        test_feeder_finish(&f);
        for (size_t k = 0; k < r.n_pieces; k++) {
            char oracle[3][16];
            bool server = r.pieces[k].dir == CX_FROM_SERVER;
            assert_int_equal(sscanf(r.oracle[k], "%15s %15s %15s", oracle[0], oracle[1], oracle[2]),
                             3);
            bool tls = strcmp(oracle[2], "16") == 0 || strcmp(oracle[2], "4") == 0;
            for (int v = 0; v < (tls ? 2 : 3); v++)
                if (!same(c.told[k][v], oracle[v], server))
                    fail_msg("%s, frame %zu: %s, but tshark reads %s", recordings[i].name, k + 1,
                             c.told[k][v], r.oracle[k]);
            tokens += c.told[k][0][0] || c.told[k][1][0];
        }
        bool told = recordings[i].number >= 0;
        assert_int_equal(tokens != 0, told);
        assert_int_equal(c.n_results, told);
        if (told) {
            assert_string_equal(c.result.carrier, "tds");
            assert_int_equal(c.result.success, recordings[i].number == 0);
            assert_int_equal(c.result.status_kind, CX_LOGON_REPLY);
            assert_int_equal(c.result.status, recordings[i].number);
        }
        test_recording_free(&r);
    }
}

static void every_delivery(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++) {
        test_recording r = read_recording(recordings[i].name);
        test_talk talk = talk_of(&r);
        char *whole = test_events_of(&talk);
        assert_null(strstr(whole, "\"malformed\""));
        feed_all_ways(&talk, whole);
        free(whole);
        test_recording_free(&r);
    }
}

static void damage(void **state)
{
    static const char *const names[] = {"ntlm-refused", "kerberos", "tls-login"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        test_recording r = read_recording(names[i]);
        test_talk talk = talk_of(&r);
        mutate_all(&talk, 1000);
        fail_each_alloc(&talk);
        test_recording_free(&r);
    }
}

/* ---- packets and answers ---- */

/* Who reads what is inside notes it. */
static record *taken;

static cx_fed take(const char *name, const cx_chunk *in)
{
    note(taken, "%" PRIu64 " %s", in->at.frame, name);
    if (in->gap)
        note(taken, " gap %s", in->missing < 1000 ? "" : "of any length");
    for (size_t i = 0; i < in->bytes.len; i++)
        note(taken, "%s%02x", i ? "" : " ", in->bytes.p[i]);
    note(taken, "\n");
    return cx_fed_ok(in->bytes.len);
}

static cx_fed take_gss(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    assert_string_equal(out->carrier, "tds");
    return take("gss", in);
}

static cx_fed take_tls(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    assert_null(out->carrier);
    return in->bytes.len || in->gap ? take("tls", in) : cx_fed_ok(0);
}

static const cx_dissector gss_taker = {.name = "gss", .feed = take_gss},
                          tls_taker = {.name = "tls", .feed = take_tls};
static const cx_dissector *const takers[] = {&gss_taker, &tls_taker, NULL};

static void note_event(void *self, const cx_event *e)
{
    record *r = self;
    const cx_ev_logon *l = &e->u.logon;
    if (e->kind == CX_EV_MALFORMED)
        note(r, "%" PRIu64 " malformed: %s\n", e->at.frame, e->u.malformed.reason);
    else
        note(r, "%" PRIu64 " logon %s %u %.*s\n", e->at.frame, l->success ? "success" : "failure",
             l->status, (int)l->text.len, l->text.p ? (const char *)l->text.p : "");
}

/* Each piece has its number as frame: ">hex" of the client, "<hex" of the server, ">#10" a gap of
 * 10 bytes. once: the pieces are given whole, because TLS gets its bytes as they come. */
typedef struct test_case {
    const char *name;
    const char *pieces[8];
    const char *expected;
    bool once;
} test_case;

static void run(const test_case *c, size_t step, record *r)
{
    *r = (record){.len = 0};
    taken = r;
    test_feeder f = {.dissector = &cx_dissector_tds,
                     .children = takers,
                     .sink = {.event = note_event, .self = r}};
    assert_true(test_feeder_start(&f));
    for (size_t k = 0; k < COUNT(c->pieces) && c->pieces[k]; k++) {
        uint8_t bytes[1024], dir = c->pieces[k][0] == '<' ? CX_FROM_SERVER : CX_FROM_CLIENT;
        cx_evidence at = {.frame = k + 1};
        uint64_t missing;
        if (cx_slice_number(cx_slice_of(c->pieces[k] + 2), UINT64_MAX, &missing) &&
            c->pieces[k][1] == '#') {
            test_feeder_gap(&f, dir, missing, at);
            continue;
        }
        size_t n = test_hex(c->pieces[k] + 1, bytes, sizeof bytes);
        for (size_t from = 0; from < n; from += step ? step : n)
            test_feeder_push(&f, dir, cx_slice_sub((cx_slice){bytes, n}, from, step ? step : n),
                             at);
    }
    for (uint8_t dir = 0; dir < 2; dir++)
        if (f.dir[dir].done)
            note(r, "%s done\n", dir ? "server" : "client");
    test_feeder_finish(&f);
}

/* Packets: of one message, and the first and last of several. */
#define LAST(type, len)  type "01" len "00000100"
#define FIRST(type, len) type "00" len "00000100"

#define TOKEN  "6000"
#define TOKEN2 "6100"
/* a message of the client with two octets of a token; a challenge; an answer: let in, or 18452 "no"
 */
#define CLIENT    LAST("11", "000a") TOKEN
#define CHALLENGE LAST("04", "000d") "ed0200" TOKEN2
#define ACK                                                                                        \
    "ad0200"                                                                                       \
    "0000"
#define ACCEPTED LAST("04", "000d") ACK
#define ERROR                                                                                      \
    "aa0c00"                                                                                       \
    "14480000"                                                                                     \
    "010e"                                                                                         \
    "0200"                                                                                         \
    "6e006f00"
#define REFUSED LAST("04", "0017") ERROR

/* clang-format off */
static const test_case cases[] = {
    {"let in", {">" CLIENT, "<" CHALLENGE, ">" CLIENT, "<" ACCEPTED},
     "1 gss 6000\n2 gss 6100\n3 gss 6000\n4 logon success 0 \nserver done\n", false},
    {"refused, and tried again",
     {">" CLIENT, "<" REFUSED, "<" REFUSED, ">" CLIENT, "<" REFUSED},
     "1 gss 6000\n2 logon failure 18452 no\n4 gss 6000\n5 logon failure 18452 no\n", false},
    {"a challenge in a message of its own", {">" CLIENT, "<" LAST("11", "000a") TOKEN2, "<" REFUSED},
     "1 gss 6000\n2 gss 6100\n3 logon failure 18452 no\n", false},
    {"a token of several packets",
     {">" FIRST("11", "000a") TOKEN, ">" FIRST("11", "0008") FIRST("11", "0009") "aa" LAST("11", "0009") "bb"},
     "2 gss 6000aabb\n", false},
    {"an answer of several packets",
     {">" CLIENT, "<" FIRST("04", "0009") "ed", "<" LAST("04", "000c") "0200" TOKEN2},
     "1 gss 6000\n3 gss 6100\n", false},
    {"other packets between those of a message",
     {">" FIRST("11", "000a") TOKEN LAST("12", "000a") "0000" CLIENT}, "1 gss 6000\n", false},
    {"an empty message", {">" LAST("11", "0008") CLIENT}, "1 gss 6000\n", false},
    {"who is let in with another mechanism", {"<" ACCEPTED, ">" CLIENT},
     "client done\nserver done\n", false},
    {"who is refused with another mechanism", {"<" REFUSED, ">" CLIENT}, "2 gss 6000\n", false},
    {"a request: let in, whatever was seen",
     {">" CLIENT, ">" LAST("01", "0008"), "<" REFUSED},
     "1 gss 6000\nclient done\nserver done\n", false},
    {"a request behind the header of sessions", {">530100", "<" CHALLENGE},
     "client done\nserver done\n", false},
    {"every other token before",
     {">" CLIENT, "<" LAST("04", "0036") "e30100ff" "ab0000" "ae" "01" "01000000" "00" "02" "00000000" "ff"
                  "e401000000" "ff" "ee00000000" ERROR},
     "1 gss 6000\n2 logon failure 18452 no\n", false},
    {"a token that is none of a login", {">" CLIENT, "<" LAST("04", "0018") "81" ERROR}, "1 gss 6000\n", false},
    {"two errors, the first counts",
     {">" CLIENT, "<" LAST("04", "0026") ERROR "aa0c00" "01000000" "010e" "0200" "78007800"},
     "1 gss 6000\n2 logon failure 18452 no\n", false},
    {"an error, and let in", {">" CLIENT, "<" LAST("04", "001c") ERROR ACK},
     "1 gss 6000\n2 logon success 0 \nserver done\n", false},
    {"a challenge, and an error", {">" CLIENT, "<" LAST("04", "001c") "ed0200" TOKEN2 ERROR, "<" REFUSED},
     "1 gss 6000\n2 gss 6100\n3 logon failure 18452 no\n", false},
    {"an error without its text", {">" CLIENT, "<" LAST("04", "0013") "aa0800" "14480000" "010e" "0000"},
     "1 gss 6000\n2 logon failure 18452 \n", false},
    {"an error that says too much", {">" CLIENT, "<" LAST("04", "0015") "aa0a00" "14480000" "010e" "ffff" "6e00"},
     "1 gss 6000\n2 logon failure 18452 n\n", false},
    {"an error that ends early", {">" CLIENT, "<" LAST("04", "0011") "aa0600" "14480000" "010e"},
     "1 gss 6000\n", false},
    {"a token that reaches behind the message", {">" CLIENT, "<" LAST("04", "000d") "adff00" "0000"},
     "1 gss 6000\n", false},
    {"the same, of a challenge", {">" CLIENT, "<" LAST("04", "000d") "edff00" TOKEN2},
     "1 gss 6000\n2 gss 6100\n", false},
    {"features without an end", {">" CLIENT, "<" LAST("04", "000e") "ae" "01ffffffff"}, "1 gss 6000\n", false},

    {"no packet", {">" CLIENT, ">ff"}, "1 gss 6000\n2 malformed: no packet where one should begin\n", false},
    {"no packet, and then one", {">" CLIENT, ">1300", ">" CLIENT},
     "1 gss 6000\n2 malformed: no packet where one should begin\n3 gss 6000\n", true},
    {"a length below that of the header", {">" CLIENT, ">" LAST("11", "0007")},
     "1 gss 6000\n2 malformed: no packet where one should begin\n", true},
    {"an unknown status", {">" CLIENT, ">1120"}, "1 gss 6000\n2 malformed: no packet where one should begin\n", false},
    {"an end inside a message", {">" FIRST("11", "000c") TOKEN}, "1 gss 6000\n", false},
    {"an end inside a header", {">" CLIENT, ">1101"}, "1 gss 6000\n", false},

    {"TLS inside of packets, then instead",
     {">" LAST("12", "000a") "0000", ">" FIRST("12", "000a") "1603" LAST("12", "0009") "aa",
      ">" LAST("12", "0009") "bb", ">1703010002" "cccc" LAST("11", "000a") TOKEN, "<" LAST("12", "000b") "150301"},
     "2 tls 1603\n2 tls aa\n3 tls bb\n4 tls 1703010002cccc\n4 gss 6000\n5 tls 150301\n", true},
    {"TLS in parts", {">" LAST("12", "000c") "1603aa", ">bb", ">170301", ">0001", ">cc"},
     "1 tls 1603aa\n2 tls bb\n4 tls 1703010001\n5 tls cc\n", true},
    {"no TLS", {">" LAST("12", "000a") "1602" LAST("12", "0009") "16" LAST("12", "0008") CLIENT},
     "1 gss 6000\n", true},
};

static const test_case gaps[] = {
    {"of a whole message", {">#40", "<" CHALLENGE, ">" CLIENT, "<" REFUSED},
     "2 gss 6100\n3 gss 6000\n4 logon failure 18452 no\n", true},
    {"inside a message", {">" LAST("11", "000e") TOKEN, ">#4", ">" CLIENT},
     "1 gss 6000\n3 gss 6000\n", true},
    {"inside a message that goes on", {">" FIRST("11", "000e") TOKEN, ">#4", ">" LAST("11", "000a") TOKEN, ">" CLIENT},
     "1 gss 6000\n4 gss 6000\n", true},
    {"beyond a message", {">" LAST("11", "000e") TOKEN, ">#5", ">" CLIENT},
     "1 gss 6000\n3 gss 6000\n", true},
    {"and what follows is no beginning", {">" CLIENT, ">#5", ">ffff", ">" CLIENT},
     "1 gss 6000\n4 gss 6000\n", true},
    {"of an answer", {">" CLIENT, "<" LAST("04", "0017") "aa0c00" "1448", "<#10", "<" REFUSED},
     "1 gss 6000\n4 logon failure 18452 no\n", true},
    {"of TLS", {">" LAST("12", "000d") "160301", ">#2", ">1703010001" "cc"},
     "1 tls 160301\n2 tls gap \n3 tls 1703010001cc\n", true},
    {"beyond a packet of TLS", {">" LAST("12", "000d") "160301", ">#20", ">1703010001" "cc"},
     "1 tls 160301\n2 tls gap of any length\n3 tls 1703010001cc\n", true},
    {"of what is not TLS", {">" LAST("12", "000d") "000000", ">#2", ">" CLIENT}, "3 gss 6000\n", true},
};
/* clang-format on */

static void check_cases(const test_case *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t step = 0; step < 7; step++) {
            record r;
            run(&rows[i], step, &r);
            if ((step == 0 || !rows[i].once) && strcmp(r.text, rows[i].expected) != 0)
                fail_msg("%s, in steps of %zu\nexpected:\n%sgot:\n%s", rows[i].name, step,
                         rows[i].expected, r.text);
        }
}

static void packets(void **state)
{
    (void)state;
    check_cases(cases, COUNT(cases));
}

static void missing(void **state)
{
    (void)state;
    check_cases(gaps, COUNT(gaps));
}

/* ---- the login ---- */

/* A login with a token of these fields; body: octets of the message, from 78 on. */
static void expect_login(const char *name, const char *body, size_t fixed, const char *expected)
{
    char hex[512];
    size_t len = 8 + fixed + strlen(body) / 2;
    int n = snprintf(hex, sizeof hex, ">1001%04zx00000100", len);
    for (size_t i = 0; i < fixed; i++)
        n += snprintf(hex + n, sizeof hex - (size_t)n, "00");
    (void)snprintf(hex + n, sizeof hex - (size_t)n, "%s", body);
    const test_case c = {name, {hex}, expected, false};
    check_cases(&c, 1);
}

static void logins(void **state)
{
    (void)state;
    expect_login("a token",
                 "5200"
                 "0200" TOKEN,
                 78, "1 gss 6000\n");
    expect_login("one octet too long",
                 "5200"
                 "0300" TOKEN,
                 78, "1 gss 6000\n1 malformed: a login that ends early\n");
    expect_login("at the end",
                 "5400"
                 "0100" TOKEN,
                 78, "1 malformed: a login that ends early\n");
    expect_login("none",
                 "5200"
                 "0000" TOKEN,
                 78, "");
    expect_login("no room for one", "520002", 78, "1 malformed: a login that ends early\n");
    expect_login("a long one",
                 "5e00"
                 "ffff"
                 "0000000000000000"
                 "02000000" TOKEN,
                 78, "1 gss 6000\n");
    expect_login("a long one that is not",
                 "5e00"
                 "ffff"
                 "0000000000000000"
                 "00000000" TOKEN,
                 78, "1 gss 6000\n1 malformed: a login that ends early\n");
    expect_login("no room for the longer length",
                 "5200"
                 "ffff"
                 "02000000" TOKEN,
                 78, "1 gss 020000006000\n1 malformed: a login that ends early\n");
}

/* Messages of more than the cap are passed over, and searching for packets ends. */
static void caps(void **state)
{
    (void)state;
    enum { PACKET = 32768, N = CX_MAX_TDS_MESSAGE / PACKET };
    uint8_t *bytes = calloc(N + 1, PACKET);
    assert_non_null(bytes);
    for (size_t n = N; n <= N + 1; n++) {
        record r = {.len = 0};
        taken = &r;
        test_feeder f = {.dissector = &cx_dissector_tds,
                         .children = children,
                         .sink = {.event = note_event, .self = &r}};
        assert_true(test_feeder_start(&f));
        for (size_t i = 0; i < n; i++)
            memcpy(bytes + i * PACKET, (const uint8_t[]){0x11, i == n - 1, 0x80, 0}, 4);
        test_feeder_push(&f, CX_FROM_CLIENT, (cx_slice){bytes, n * PACKET},
                         (cx_evidence){.frame = 1});
        uint8_t refused[64];
        test_feeder_push(&f, CX_FROM_SERVER, (cx_slice){refused, test_hex(REFUSED, refused, 64)},
                         (cx_evidence){.frame = 2});
        assert_string_equal(r.text, n == N ? "2 logon failure 18452 no\n" : "");
        test_feeder_finish(&f);
    }
    test_feeder f = {.dissector = &cx_dissector_tds, .children = takers};
    assert_true(test_feeder_start(&f));
    memset(bytes, 0xff, PACKET);
    for (size_t i = 0; i <= CX_MAX_TDS_JUNK / PACKET; i++) {
        assert_false(f.dir[0].done);
        test_feeder_push(&f, CX_FROM_CLIENT, (cx_slice){bytes, PACKET}, (cx_evidence){.frame = 1});
    }
    assert_true(f.dir[0].done);
    test_feeder_finish(&f);
    free(bytes);
}

/* ---- probe ---- */

static void probes(void **state)
{
    static const struct {
        const char *name, *hex;
        cx_match expected;
    } rows[] = {
        {"FreeTDS",
         "1201002f00000000"
         "00001a0006",
         CX_MATCH_YES},
        {"its header", "1201002f00000000", CX_MATCH_MAYBE},
        {"another option first",
         "1201002f00000000"
         "01001a0006",
         CX_MATCH_NO},
        {"options behind the packet",
         "1201002f00000000"
         "00002f0006",
         CX_MATCH_NO},
        {"no room for options", "1201000d00000000", CX_MATCH_NO},
        {"TLS",
         "120100ff00000000"
         "1603",
         CX_MATCH_YES},
        {"a login",
         "1001009000000100"
         "88000000"
         "04000074",
         CX_MATCH_YES},
        {"a login of an old version",
         "1001009000000100"
         "88000000"
         "00000050",
         CX_MATCH_NO},
        {"the header of a login", "1001009000000100", CX_MATCH_MAYBE},
        {"a response",
         "0401002b00000100"
         "00001a",
         CX_MATCH_YES},
        {"a request", "0101002b00000100", CX_MATCH_YES},
        {"nothing", "", CX_MATCH_MAYBE},
        {"HTTP", "474554202f20485454502f312e31", CX_MATCH_NO},
        {"a window", "0101002b00000101", CX_MATCH_NO},
        {"an unknown type", "0901002b00000100", CX_MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[64];
        cx_chunk first = {.bytes = {bytes, test_hex(rows[i].hex, bytes, sizeof bytes)}};
        if (cx_dissector_tds.probe(&first) != rows[i].expected)
            fail_msg("%s: %d", rows[i].name, (int)cx_dissector_tds.probe(&first));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_tshark_reads),
        cmocka_unit_test(every_delivery),
        cmocka_unit_test(damage),
        cmocka_unit_test(packets),
        cmocka_unit_test(missing),
        cmocka_unit_test(logins),
        cmocka_unit_test(caps),
        cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
