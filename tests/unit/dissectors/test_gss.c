/* dissectors/gss.c: which bytes reach which mechanism, through each wrapping; what is damaged. */
#include "base/limits.h"
#include "support/dissect.h"
#include "support/feeder.h"
#include "support/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_gss, cx_dissector_kerberos, cx_dissector_ntlm;

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- what the mechanisms get ---- */

static FILE *record;

static void note(const char *name, const cx_chunk *in, const cx_emit *out)
{
    (void)fprintf(record, "%s %s ", name, out->carrier);
    for (size_t i = 0; i < in->bytes.len; i++)
        (void)fprintf(record, "%02x", in->bytes.p[i]);
    (void)fputc('\n', record);
}

static cx_fed take_ntlm(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    note("ntlm", in, out);
    return cx_fed_end(CX_DONE);
}

static cx_fed take_kerberos(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    note("kerberos", in, out);
    return cx_fed_end(CX_DONE);
}

/* A protocol that carries tokens. */
static cx_fed carry(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    cx_emit_child(out, "gss", in->bytes, in, "smb");
    return cx_fed_ok(in->bytes.len);
}

static const cx_dissector ntlm_taker = {.name = "ntlm", .feed = take_ntlm},
                          kerberos_taker = {.name = "kerberos", .feed = take_kerberos},
                          carrier = {.name = "carrier", .feed = carry};
static const cx_dissector *const takers[] = {&cx_dissector_gss, &ntlm_taker, &kerberos_taker, NULL};
static const cx_dissector *const real[] = {&cx_dissector_gss, &cx_dissector_kerberos,
                                           &cx_dissector_ntlm, NULL};

static void note_event(void *self, const cx_event *e)
{
    (void)self;
    assert_int_equal(e->kind, CX_EV_MALFORMED);
    assert_string_equal(e->u.malformed.dissector, "gss");
    (void)fprintf(record, "malformed\n");
}

/* What became of a token in hexadecimal; caller frees. */
static char *taken_of(const char *hex, bool cut)
{
    uint8_t bytes[1024];
    size_t n = test_hex(hex, bytes, sizeof bytes), len;
    char *text = NULL;
    record = open_memstream(&text, &len);
    assert_non_null(record);
    test_feeder f = {.dissector = &carrier, .children = takers, .sink = {.event = note_event}};
    assert_true(test_feeder_start(&f));
    test_feeder_datagram(&f, CX_FROM_CLIENT, (cx_slice){bytes, n}, cut, (cx_evidence){.frame = 1});
    test_feeder_finish(&f);
    assert_int_equal(fclose(record), 0);
    return text;
}

static void check(const char *name, const char *hex, bool cut, const char *expected)
{
    char *got = taken_of(hex, cut);
    if (strcmp(got, expected) != 0)
        fail_msg("%s: expected \"%s\", got \"%s\"", name, expected, got);
    free(got);
}

/* ---- wrappings ---- */

/* Short tokens of the mechanisms: a signature, and the first octets of an AP-REQ, an AP-REP and a
 * KRB-ERROR. */
#define NTLM "4e544c4d5353500001000000"
#define AP_REQ                                                                                     \
    "6e02"                                                                                         \
    "3000"
#define AP_REP                                                                                     \
    "6f02"                                                                                         \
    "3000"
#define ERROR                                                                                      \
    "7e02"                                                                                         \
    "3000"
#define SPNEGO     "06062b0601050502"
#define KRB5       "06092a864886f712010202"
#define MS_KRB5    "06092a864882f712010202"
#define U2U        "060a2a864886f71201020203"
#define OLD        "06052b05010502"
#define IAKERB     "06062b0601050205"
#define NTLM_OID   "060a2b06010401823702020a"
#define NEGOEX_OID "060a2b06010401823702021e"

/* clang-format off */
static const struct {
    const char *name, *hex, *expected;
} cases[] = {
    {"raw NTLM", NTLM, "ntlm smb " NTLM "\n"},
    {"NTLM behind its OID", "6018" NTLM_OID NTLM, "ntlm smb " NTLM "\n"},
    {"SPNEGO, first token",
     "602a" SPNEGO "a020301ea00e300c" NTLM_OID "a20c040a" "4e544c4d535350000100",
     "ntlm smb 4e544c4d535350000100\n"},
    {"the same without its outer part", "a0123010a20e040c" NTLM, "ntlm smb " NTLM "\n"},
    {"a reply", "a1193017a0030a0101a20e040c" NTLM "a3000000", "ntlm smb " NTLM "\n"},
    {"a reply with its OID", "601c" SPNEGO "a1123010a20e040c" NTLM "00", "ntlm smb " NTLM "\n"},
    {"lengths of four octets", "a18400000016308400000010a2840000000a0408" "4e544c4d53535000",
     "ntlm smb 4e544c4d53535000\n"},
    {"indefinite lengths", "a1803080a280040c" NTLM "000000000000", "ntlm smb " NTLM "\n"},
    {"padding behind it", "a0123010a20e040c" NTLM "000000", "ntlm smb " NTLM "\n"},
    {"hints of a server",
     "602d" SPNEGO "a023" "3021a00e300c" NTLM_OID "a30f300da00b1b09" "6e6f745f646566696e", ""},
    {"a reply without a token", "a1073005a0030a0100", ""},
    {"an empty token", "a1063004a2020400", ""},
    {"no parts", "a1023000", ""},
    {"SPNEGO in SPNEGO", "a0183016a214" "0412" "a110300ea20c040a4e544c4d535350000100",
     "ntlm smb 4e544c4d535350000100\n"},

    {"Kerberos", "6011" KRB5 "0100" AP_REQ, "kerberos smb " AP_REQ "\n"},
    {"Kerberos by its other OID", "6011" MS_KRB5 "0200" AP_REP, "kerberos smb " AP_REP "\n"},
    {"Kerberos, refused", "6011" KRB5 "0300" ERROR, "kerberos smb " ERROR "\n"},
    {"user to user", "6012" U2U "0100" AP_REQ, "kerberos smb " AP_REQ "\n"},
    {"the oldest OID", "600d" OLD "0100" AP_REQ, "kerberos smb " AP_REQ "\n"},
    {"the request for a ticket of the peer", "6012" U2U "0400" "30023000", ""},
    {"a wrapped message", "6011" KRB5 "0201" "11001000", ""},
    {"bare AP-REQ", AP_REQ, "kerberos smb " AP_REQ "\n"},
    {"bare AP-REP", AP_REP, "kerberos smb " AP_REP "\n"},
    {"bare KRB-ERROR", ERROR, "kerberos smb " ERROR "\n"},
    {"only the octets before it", "0100" AP_REQ, "kerberos smb " AP_REQ "\n"},
    {"Kerberos in a reply", "a119" "3017a2150413" "6011" KRB5 "0200" AP_REP,
     "kerberos smb " AP_REP "\n"},
    {"IAKERB, to the KDC", "6014" IAKERB "0501" "3004a1020c00" "6a023000",
     "kerberos smb 6a023000\n"},
    {"IAKERB, to the server", "600e" IAKERB "0100" AP_REQ, "kerberos smb " AP_REQ "\n"},

    {"IAKERB, the reply", "0501" "3004a1020c00" "6b023000", "kerberos smb 6b023000\n"},
    {"IAKERB without a message", "0501" "3004a1020c00", ""},
    {"no IAKERB", "0501" "0404a1020c00" "6b023000", ""},
    {"a wrapped message of RFC 4121", "050401ff00000000000000000000", ""},

    {"an unknown OID", "6009" "06052b05010503" "0000", ""},
    {"nothing", "", ""},
    {"an AS-REQ is no token", "6a023000", ""},
    {"a sealed message of NTLM", "01000000" "0011223344556677" "00000000", ""},
    {"text", "48656c6c6f", ""},
    {"LDAP", "600702010304008000", ""},
    {"an A1 without a sequence", "a1020500", ""},
    {"a Ticket", "61023000", ""},
};

/* What the capture cut is no fault of the sender; a wrong part in front of the cut is. */
static const struct {
    const char *name, *hex, *whole, *cut;
} broken[] = {
    {"SPNEGO without a token", "6008" SPNEGO, "malformed\n", "malformed\n"},
    {"SPNEGO that ends behind its OID", "6020" SPNEGO, "malformed\n", ""},
    {"SPNEGO that ends in front of its sequence", "6020" SPNEGO "a016", "malformed\n", ""},
    {"SPNEGO with another choice", "600c" SPNEGO "a2023000", "malformed\n", "malformed\n"},
    {"SPNEGO without a sequence", "600c" SPNEGO "a0020500", "malformed\n", "malformed\n"},
    {"a part behind the end", "a1053003a20504", "malformed\n", "malformed\n"},
    {"a token behind the end", "a1133010a20e040c" "4e544c4d53535000010000",
     "ntlm smb 4e544c4d53535000010000\nmalformed\n", "ntlm smb 4e544c4d53535000010000\n"},
    {"the outer part too long", "a1803010a20e040c" NTLM, "ntlm smb " NTLM "\nmalformed\n",
     "ntlm smb " NTLM "\n"},
    {"Kerberos without a message", "600b" KRB5, "malformed\n", "malformed\n"},
    {"Kerberos that ends behind its OID", "6020" KRB5, "malformed\n", ""},
};
/* clang-format on */

static void wrappings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check(cases[i].name, cases[i].hex, false, cases[i].expected);
        check(cases[i].name, cases[i].hex, true, cases[i].expected);
    }
}

static void broken_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(broken); i++) {
        check(broken[i].name, broken[i].hex, false, broken[i].whole);
        check(broken[i].name, broken[i].hex, true, broken[i].cut);
    }
}

/* ---- NEGOEX ---- */

#define NEGOEX  "4e45474f45585453"
#define CONTEXT "000102030405060708090a0b0c0d0e0f"
#define HELLO                                                                                      \
    NEGOEX "00000000"                                                                              \
           "00000000"                                                                              \
           "28000000"                                                                              \
           "28000000" CONTEXT
#define EXCHANGE(type, length, offset, size)                                                       \
    NEGOEX type "00000001000000"                                                                   \
                "40000000" length CONTEXT CONTEXT offset size

/* clang-format off */
static void negoex(void **state)
{
    (void)state;
    check("a hello and an exchange", HELLO EXCHANGE("05", "4c000000", "40000000", "0c000000") NTLM,
          false, "ntlm smb " NTLM "\n");
    check("of each kind",
          EXCHANGE("02", "44000000", "40000000", "04000000") AP_REQ
          EXCHANGE("03", "44000000", "40000000", "04000000") AP_REP
          EXCHANGE("04", "44000000", "40000000", "04000000") ERROR
          EXCHANGE("05", "44000000", "40000000", "04000000") AP_REQ
          EXCHANGE("06", "44000000", "40000000", "04000000") AP_REQ, false,
          "kerberos smb " AP_REQ "\nkerberos smb " AP_REP "\nkerberos smb " ERROR
          "\nkerberos smb " AP_REQ "\n");
    check("behind its OID", "6034" NEGOEX_OID HELLO, false, "");
    check("in SPNEGO",
          "a0723070a26e046c" HELLO EXCHANGE("02", "44000000", "40000000", "04000000") AP_REQ, false,
          "kerberos smb " AP_REQ "\n");
    check("a vector up to the end", EXCHANGE("05", "44000000", "44000000", "00000000") AP_REQ,
          false, "");
    check("a vector one over", EXCHANGE("05", "44000000", "41000000", "04000000") AP_REQ "00",
          false, "");
    check("a vector at the header", EXCHANGE("05", "44000000", "00000000", "44000000") AP_REQ,
          false, "");
    check("a vector far outside", EXCHANGE("05", "44000000", "ffffffff", "ffffffff") AP_REQ, false,
          "");
    check("a message one over", EXCHANGE("05", "45000000", "40000000", "04000000") AP_REQ, false,
          "malformed\n");
    check("a message that says less than its header",
          NEGOEX "00000000" "00000000" "28000000" "27000000" CONTEXT, false, "malformed\n");
    check("the same, cut", NEGOEX "05000000" "00000000", true, "");
}
/* clang-format on */

/* ---- real tokens ---- */

/* A server refuses a ticket by its clock, as nDPI's smb_frags.pcap shows it in a session setup. */
static const char refused[] =
    "a1818d30818aa0030a0101a10b06092a864886f712010202a2760474607206092a864886f71201020203007e633061"
    "a003020105a10302011ea411180f32303231303631323136313134335aa505020302cec4a603020125a9141b124349"
    "56494c50454e53494f4e2e4c4f43414caa153013a003020101a10c300a1b08687164632d303224ac0904073005a103"
    "020102";

static void real_tokens(void **state)
{
    char expected[512];
    (void)state;
    (void)snprintf(expected, sizeof expected, "kerberos smb %s\n", strstr(refused, "7e63"));
    check("KRB-ERROR in a reply", refused, false, expected);
}

/* ---- recorded tokens ---- */

/* Messages of Kerberos and of NTLM by token, "." for none. tests/data/krb/ORIGIN says what was
 * done. */
static const struct {
    const char *name, *messages;
} recordings[] = {
    {"krb/gss-mit-krb5", "k14 k15 "},
    {"krb/gss-mit-spnego", "k14 k15 "},
    {"krb/gss-mit-iakerb", "k10 k30 k10 k11 k12 k13 k14 k15 "},
    {"krb/gss-mit-modified", "k14 k30 "},
    {"krb/gss-mit-modified-spnego", "k14 k30 . "},
    {"krb/gss-smb", ". k14 k15 "},
    {"krb/gss-smb-skew", ". k14 k30 k14 k15 . . "},
    {"krb/gss-smb-ntlm", ". n1 n2 n3 . "},
    {"krb/gss-ldap", "k14 k15 "},
    {"krb/gss-ldap-gssapi", "k14 k15 . . "},
    {"krb/gss-http", "k14 k15 "},
};

static void note_message(void *self, const cx_event *e)
{
    (void)self;
    if (e->kind == CX_EV_KRB) {
        assert_string_equal(e->u.krb.carrier, "smb");
        (void)fprintf(record, "k%d ", (int)e->u.krb.message);
    } else {
        assert_int_equal(e->kind, CX_EV_NTLM);
        assert_string_equal(e->u.ntlm.carrier, "smb");
        (void)fprintf(record, "n%d ", (int)e->u.ntlm.message);
    }
}

static char *messages_of(const test_piece *piece)
{
    char *text = NULL;
    size_t len;
    record = open_memstream(&text, &len);
    assert_non_null(record);
    test_feeder f = {.dissector = &carrier, .children = real, .sink = {.event = note_message}};
    assert_true(test_feeder_start(&f));
    test_feeder_datagram(&f, piece->dir, piece->bytes, false, (cx_evidence){.frame = 1});
    test_feeder_finish(&f);
    if (ftell(record) == 0)
        (void)fprintf(record, ". ");
    assert_int_equal(fclose(record), 0);
    return text;
}

/* The same as tshark reads in the frame that carried the token. */
static void check_oracle(const char *oracle, const char *messages)
{
    char kerberos[8], ntlm[16], expected[16] = ". ";
    assert_int_equal(sscanf(oracle, "%7s %15s", kerberos, ntlm), 2);
    if (kerberos[0] != '-')
        (void)snprintf(expected, sizeof expected, "k%d ", (int)strtol(kerberos, NULL, 10));
    else if (ntlm[0] != '-')
        (void)snprintf(expected, sizeof expected, "n%d ", (int)strtol(ntlm, NULL, 16));
    assert_string_equal(messages, expected);
}

static void recorded(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++) {
        test_recording r = test_recording_read(recordings[i].name);
        char all[256] = "";
        for (size_t k = 0; k < r.n_pieces; k++) {
            char *messages = messages_of(&r.pieces[k]);
            assert_true(strlen(all) + strlen(messages) < sizeof all);
            strcat(all, messages);
            if (r.oracle[k][0])
                check_oracle(r.oracle[k], messages);
            free(messages);
        }
        if (strcmp(all, recordings[i].messages) != 0)
            fail_msg("%s: %s", recordings[i].name, all);
        test_recording_free(&r);
    }
}

/* What is told of a clock that is two hours ahead, and that the client then sets right. */
static void skew(void **state)
{
    (void)state;
    test_recording r = test_recording_read("krb/gss-smb-skew");
    const test_talk talk = {.dissector = &cx_dissector_gss,
                            .children = real,
                            .pieces = r.pieces + 2,
                            .n_pieces = 1,
                            .datagrams = true};
    char *events = test_events_of(&talk);
    assert_non_null(strstr(events, "\"message\":\"error\",\"realm\":\"AD.CONTOSO.COM\","
                                   "\"sname\":\"DC1$\",\"error_code\":37,"
                                   "\"error_name\":\"KRB_AP_ERR_SKEW\""));
    free(events);
    test_recording_free(&r);
}

/* ---- damage ---- */

static void damage(void **state)
{
    static const char *const names[] = {"krb/gss-smb-ntlm", "krb/gss-mit-modified-spnego",
                                        "krb/gss-mit-iakerb"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        test_recording r = test_recording_read(names[i]);
        const test_talk talk = {.dissector = &cx_dissector_gss,
                                .children = real,
                                .pieces = r.pieces,
                                .n_pieces = r.n_pieces,
                                .datagrams = true};
        mutate_all(&talk, 400);
        fail_each_alloc(&talk);
        test_recording_free(&r);
    }
}

/* Tokens in tokens end at the cap on depth; the lengths of this one are all right. */
static void deep(void **state)
{
    uint8_t bytes[512], *at = bytes + sizeof bytes;
    (void)state;
    size_t n = 0;
    for (; n < 120; n += 8) {
        const uint8_t head[8] = {0xa1, (uint8_t)(n + 6), 0x30, (uint8_t)(n + 4),
                                 0xa2, (uint8_t)(n + 2), 0x04, (uint8_t)n};
        at -= sizeof head;
        memcpy(at, head, sizeof head);
    }
    const test_piece piece = {.bytes = {at, n}};
    const test_talk talk = {.dissector = &cx_dissector_gss,
                            .children = real,
                            .pieces = &piece,
                            .n_pieces = 1,
                            .datagrams = true};
    feed_all_ways(&talk, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrappings),   cmocka_unit_test(broken_ones), cmocka_unit_test(negoex),
        cmocka_unit_test(real_tokens), cmocka_unit_test(recorded),    cmocka_unit_test(skew),
        cmocka_unit_test(damage),      cmocka_unit_test(deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
