/* dissectors/kerberos.c: framing over TCP in every delivery, gaps, headers of other protocols, and
 * what is no Kerberos. */
#include "base/limits.h"
#include "base/text.h"
#include "support/feeder.h"
#include "support/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_kerberos;

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- over TCP ---- */

#define LINE(text) "{\"type\":\"kerberos\",\"message\":\"" text "}\n"
#define MALFORMED(reason)                                                                          \
    "{\"type\":\"malformed\",\"dissector\":\"kerberos\",\"reason\":\"" reason "\"}\n"
#define LOST MALFORMED("no length of a message where one should be")

/* An AS-REQ with realm R, and KRB-ERROR 25; what is told of them. */
#define REQ                                                                                        \
    "6a15"                                                                                         \
    "3013"                                                                                         \
    "a103020105"                                                                                   \
    "a20302010a"                                                                                   \
    "a4073005"                                                                                     \
    "a2031b0152"
#define REQ_MARK "00000017"
#define REQ_LINE LINE("as_req\",\"realm\":\"R\"")
#define ERR                                                                                        \
    "7e11"                                                                                         \
    "300f"                                                                                         \
    "a003020105"                                                                                   \
    "a10302011e"                                                                                   \
    "a603020119"
#define ERR_MARK "00000013"
#define ERR_LINE LINE("error\",\"error_code\":25,\"error_name\":\"KDC_ERR_PREAUTH_REQUIRED\"")
#define PRIV     "0000000775053003020105"

static char *events_of_hex(const char *hex, bool datagram)
{
    uint8_t bytes[1024];
    const test_piece piece = {.bytes = {bytes, test_hex(hex, bytes, sizeof bytes)}};
    const test_talk talk = {.dissector = &cx_dissector_kerberos,
                            .pieces = &piece,
                            .n_pieces = 1,
                            .datagrams = datagram};
    char *events = test_events_of(&talk);
    if (!datagram)
        feed_all_ways(&talk, events);
    return events;
}

static void expect_events(const char *name, const char *hex, bool datagram, const char *expected)
{
    char *got = events_of_hex(hex, datagram);
    if (strcmp(got, expected) != 0) {
        print_error("%s:\nexpected:\n%sgot:\n%s", name, expected, got);
        fail();
    }
    free(got);
}

static void framing(void **state)
{
    static const struct {
        const char *name, *hex, *expected;
    } rows[] = {
        {"one", REQ_MARK REQ, REQ_LINE},
        {"two", REQ_MARK REQ ERR_MARK ERR, REQ_LINE ERR_LINE},
        {"one that is passed over", PRIV REQ_MARK REQ, REQ_LINE},
        {"the highest bit of a length", "80000013" ERR, ERR_LINE},
        {"more length than message", "00000015" ERR "0000" ERR_MARK ERR, ERR_LINE ERR_LINE},
        {"less length than message",
         "00000012"
         "7e11300fa003020105a10302011ea6030201" ERR_MARK ERR,
         LINE("error\"") MALFORMED("a message that ends early, or lacks a part") ERR_LINE},
        {"an end inside a message", "00000030" ERR, ERR_LINE},
        {"an end inside a length", REQ_MARK REQ "0000", REQ_LINE},
        {"no length between", REQ_MARK REQ "474554202f20485454502f312e310d0a" ERR_MARK ERR,
         REQ_LINE LOST ERR_LINE},
        {"a length of 0", REQ_MARK REQ "00000000" ERR_MARK ERR, REQ_LINE LOST ERR_LINE},
        {"a length beyond any message",
         REQ_MARK REQ "00080001"
                      "6a00" ERR_MARK ERR,
         REQ_LINE LOST ERR_LINE},
        {"another tag behind a length",
         REQ_MARK REQ "00000002"
                      "3000" ERR_MARK ERR,
         REQ_LINE LOST ERR_LINE},
        {"lost twice", REQ_MARK REQ "ff" ERR_MARK ERR "ff" ERR_MARK ERR,
         REQ_LINE LOST ERR_LINE LOST ERR_LINE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_events(rows[i].name, rows[i].hex, false, rows[i].expected);
}

/* Pieces with gaps between them. */
static void gaps(void **state)
{
    static const struct {
        const char *name, *before;
        size_t lost; /* bytes */
        const char *after, *expected;
    } rows[] = {
        {"between messages", REQ_MARK REQ, 100, ERR_MARK ERR, REQ_LINE ERR_LINE},
        {"in the middle of what follows", REQ_MARK REQ, 100, "a1b2c3" ERR_MARK ERR,
         REQ_LINE ERR_LINE},
        {"at the beginning", "", 10, "0003020105" ERR_MARK ERR, ERR_LINE},
        {"inside a message, up to its end", "00000020" ERR, 13, ERR_MARK ERR, ERR_LINE ERR_LINE},
        {"inside a message", "00000020" ERR, 10, "010203" ERR_MARK ERR, ERR_LINE ERR_LINE},
        {"beyond the message", "00000020" ERR, 14, ERR_MARK ERR, ERR_LINE ERR_LINE},
        {"in front of the code",
         "00000013"
         "7e11300fa003020105a10302011e",
         5, ERR_MARK ERR, LINE("error\",\"cut\":true") ERR_LINE},
        {"behind a length", "00000013", 19, ERR_MARK ERR, ERR_LINE},
        {"inside a length", "0000", 21, ERR_MARK ERR, ERR_LINE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t before[256], after[256];
        const test_piece pieces[] = {
            {.bytes = {before, test_hex(rows[i].before, before, sizeof before)}},
            {.bytes = {before, rows[i].lost}, .lost = true},
            {.bytes = {after, test_hex(rows[i].after, after, sizeof after)}},
        };
        size_t first = rows[i].before[0] ? 0 : 1;
        const test_talk talk = {
            .dissector = &cx_dissector_kerberos, .pieces = pieces + first, .n_pieces = 3 - first};
        feed_all_ways(&talk, rows[i].expected);
    }
}

/* Where messages should be there is none for longer than any of them. */
static void gives_up(void **state)
{
    (void)state;
    enum { PIECE = 65536 };
    uint8_t *junk = malloc(PIECE), start[64], end[64];
    size_t n_start = test_hex(REQ_MARK REQ, start, sizeof start);
    size_t n_end = test_hex(ERR_MARK ERR, end, sizeof end);
    assert_non_null(junk);
    memset(junk, 'x', PIECE);
    for (size_t n = CX_MAX_KRB_JUNK / PIECE; n <= CX_MAX_KRB_JUNK / PIECE + 1; n++) {
        test_piece pieces[CX_MAX_KRB_JUNK / PIECE + 3] = {{.bytes = {start, n_start}}};
        for (size_t i = 1; i <= n; i++)
            pieces[i].bytes = (cx_slice){junk, PIECE};
        pieces[n + 1].bytes = (cx_slice){end, n_end};
        const test_talk talk = {
            .dissector = &cx_dissector_kerberos, .pieces = pieces, .n_pieces = n + 2};
        char *got = test_events_of(&talk);
        assert_string_equal(got,
                            n * PIECE <= CX_MAX_KRB_JUNK ? REQ_LINE LOST ERR_LINE : REQ_LINE LOST);
        free(got);
    }
    free(junk);
}

/* ---- datagrams ---- */

/* KRB-ERRORs of the field: too big for UDP, an unknown service whose e-data is no METHOD-DATA, an
 * account that is locked. And what kinit of MIT 1.20.1 sends to a KDC proxy. */
static const struct {
    const char *hex, *expected;
} published[] = {
    {"7e643062a003020105a10302011ea411180f32303232303232323037343630345aa50502030ec26da603020134a91"
     "1"
     "1b0f4c494e55582e5348454c4c2e434f4daa243022a003020102a11b30191b066b72627467741b0f4c494e55582e5"
     "3"
     "48454c4c2e434f4d",
     LINE("error\",\"realm\":\"LINUX.SHELL.COM\",\"sname\":\"krbtgt/LINUX.SHELL.COM\","
          "\"error_code\":52,\"error_name\":\"KRB_ERR_RESPONSE_TOO_BIG\","
          "\"stime\":\"2022-02-22T07:46:04.967277Z\",\"skew_s\":1645515965")},
    {"7e633061a003020105a10302011ea411180f32303233303931323037333831345aa5050203075d6ba603020107a90"
     "9"
     "1b07505552502e4c45aa1a3018a003020180a111300f1b0d41646d696e6973747261746f72ac0f040d300b3009a00"
     "3"
     "020180a1020400",
     LINE("error\",\"realm\":\"PURP.LE\",\"sname\":\"Administrator\",\"error_code\":7,"
          "\"error_name\":\"KDC_ERR_S_PRINCIPAL_UNKNOWN\","
          "\"stime\":\"2023-09-12T07:38:14.482667Z\",\"skew_s\":1694504294")},
    {"7e81b53081b2a003020105a10302011ea211180f31393936313033303030333733335aa411180f323031353031313"
     "9"
     "3232353431315aa50502030282b4a603020112a70b1b09564c4144472e4e4554a82c302aa003020101a12330211b1"
     "f"
     "6c6f636b6f75745f706f6c6963795f636c69656e745f7072696e636970616ca90b1b09564c4144472e4e4554aa1e3"
     "0"
     "1ca003020102a11530131b066b72627467741b09564c4144472e4e4554ab0c1b0a4c4f434b45445f4f5554",
     LINE("error\",\"realm\":\"VLADG.NET\",\"crealm\":\"VLADG.NET\","
          "\"cname\":\"lockout_policy_client_principal\",\"sname\":\"krbtgt/VLADG.NET\","
          "\"error_code\":18,\"error_name\":\"KDC_ERR_CLIENT_REVOKED\",\"e_text\":\"LOCKED_OUT\","
          "\"stime\":\"2015-01-19T22:54:11.164532Z\",\"ctime\":\"1996-10-30T00:37:33.000000Z\","
          "\"skew_s\":1421708051")},
    {"3081d0a081be0481bb000000b76a81b43081b1a103020105a20302010aa31a3018300aa10402020096a2020400300"
     "a"
     "a10402020095a2020400a48188308185a00703050000000010a1123010a003020101a10930071b05616c696365a20"
     "d"
     "1b0b434f4e544f534f2e434f4da320301ea003020102a11730151b066b72627467741b0b434f4e544f534f2e434f4"
     "d"
     "a511180f32303236313132373136313932315aa706020410248293a81a30180201120201110201140201130201100"
     "2"
     "011702011902011aa10d1b0b434f4e544f534f2e434f4d",
     LINE("as_req\",\"realm\":\"CONTOSO.COM\",\"cname\":\"alice\","
          "\"sname\":\"krbtgt/CONTOSO.COM\",\"etypes\":[18,17,20,19,16,23,25,26],"
          "\"padata\":[150,149]")},
};

#define KPASSWD_REQ                                                                                \
    "6e0c"                                                                                         \
    "300a"                                                                                         \
    "a003020105"                                                                                   \
    "a10302010e"
#define KPASSWD_REP                                                                                \
    "6f0c"                                                                                         \
    "300a"                                                                                         \
    "a003020105"                                                                                   \
    "a10302010f"
#define KPASSWD_PRIV                                                                               \
    "7505"                                                                                         \
    "3003020105"
#define KPASSWD_LINE(name) LINE(name "\",\"carrier\":\"kpasswd\"")

static void datagrams(void **state)
{
    static const struct {
        const char *name, *hex, *expected;
    } rows[] = {
        {"one", REQ, REQ_LINE},
        {"padding", REQ "0000", REQ_LINE},
        {"version 4", "0401616c69636500", ""},
        {"text", "48656c6c6f", ""},
        {"one octet", "6a", MALFORMED("a message that ends early, or lacks a part")},
        {"another tag", "300a", ""},
        {"shorter than it says", "7e13300fa003020105a10302011ea603020119",
         ERR_LINE MALFORMED("a message that ends early, or lacks a part")},
        {"KRB-PRIV", KPASSWD_PRIV, ""},
        {"a new password",
         "001b"
         "0001"
         "000e" KPASSWD_REQ KPASSWD_PRIV,
         KPASSWD_LINE("ap_req")},
        {"a set password",
         "001b"
         "ff80"
         "000e" KPASSWD_REQ KPASSWD_PRIV,
         KPASSWD_LINE("ap_req")},
        {"its answer",
         "001b"
         "0001"
         "000e" KPASSWD_REP KPASSWD_PRIV,
         KPASSWD_LINE("ap_rep")},
        {"refused",
         "0019"
         "0001"
         "0000" ERR,
         LINE("error\",\"carrier\":\"kpasswd\",\"error_code\":25,"
              "\"error_name\":\"KDC_ERR_PREAUTH_REQUIRED\"")},
        {"another version",
         "001b"
         "0002"
         "000e" KPASSWD_REQ KPASSWD_PRIV,
         ""},
        {"one longer than its datagram",
         "001c"
         "0001"
         "000e" KPASSWD_REQ KPASSWD_PRIV,
         ""},
        {"one shorter",
         "001a"
         "0001"
         "000e" KPASSWD_REQ KPASSWD_PRIV,
         ""},
        {"an AP-REQ up to the end",
         "0014"
         "0001"
         "000e" KPASSWD_REQ,
         KPASSWD_LINE("ap_req")},
        {"an AP-REQ one over",
         "0014"
         "0001"
         "000f" KPASSWD_REQ,
         ""},
        {"only the header",
         "0006"
         "0001"
         "0000",
         ""},
        {"less than the header",
         "0005"
         "0001"
         "00",
         ""},
        {"through a proxy",
         "301f"
         "a01d041b" REQ_MARK REQ,
         REQ_LINE},
        {"with its realm",
         "3024"
         "a01d041b" REQ_MARK REQ "a1031b0152",
         REQ_LINE},
        {"a new password through a proxy",
         "3023"
         "a021041f"
         "0000001b"
         "001b"
         "0001"
         "000e" KPASSWD_REQ KPASSWD_PRIV,
         KPASSWD_LINE("ap_req")},
        {"a proxy without a message",
         "3006"
         "a0040402"
         "0000",
         ""},
        {"a proxy with a wrong length",
         "301f"
         "a01d041b"
         "00000000" REQ,
         ""},
        {"a proxy with less than it says",
         "301f"
         "a01d041b"
         "00000018" REQ,
         REQ_LINE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_events(rows[i].name, rows[i].hex, true, rows[i].expected);
    for (size_t i = 0; i < COUNT(published); i++)
        expect_events("published", published[i].hex, true, published[i].expected);
}

/* ---- probe ---- */

static void probes(void **state)
{
    static const struct {
        const char *name, *hex;
        bool datagram, cut;
        cx_match match;
    } rows[] = {
        {"a request", REQ_MARK REQ, false, false, CX_MATCH_YES},
        {"a reply", ERR_MARK ERR, false, false, CX_MATCH_YES},
        {"the beginning of one",
         "00000013"
         "7e11300fa003020105a103",
         false, false, CX_MATCH_MAYBE},
        {"a length", "00000013", false, false, CX_MATCH_MAYBE},
        {"half of one", "0000", false, false, CX_MATCH_MAYBE},
        {"another length than that of the message", "00000014" ERR, false, false, CX_MATCH_NO},
        {"the highest bit", "80000013" ERR, false, false, CX_MATCH_NO},
        {"KRB-PRIV", PRIV, false, false, CX_MATCH_NO},
        {"HTTP", "474554202f20485454502f312e310d0a", false, false, CX_MATCH_NO},
        {"TLS", "1603010200010001fc0303", false, false, CX_MATCH_NO},
        {"NetBIOS", "00000054ff534d4272000000", false, false, CX_MATCH_NO},
        {"zeros", "0000000000000000000000000000000000000000", false, false, CX_MATCH_NO},
        {"a new password",
         "0000001b"
         "001b"
         "0001"
         "000e" KPASSWD_REQ,
         false, false, CX_MATCH_YES},
        {"its header",
         "0000001b"
         "001b"
         "0001"
         "000e",
         false, false, CX_MATCH_MAYBE},
        {"another version of it",
         "0000001b"
         "001b"
         "0002"
         "000e" KPASSWD_REQ,
         false, false, CX_MATCH_NO},
        {"a datagram", REQ, true, false, CX_MATCH_YES},
        {"a message without its length over TCP", REQ, false, false, CX_MATCH_NO},
        {"a datagram that is short", "7e11300fa003020105", true, false, CX_MATCH_NO},
        {"a datagram that is cut", "7e11300fa003020105", true, true, CX_MATCH_MAYBE},
        {"a datagram that is cut behind its type", "7e81b53081b2a003020105a10302011e", true, true,
         CX_MATCH_YES},
        {"a datagram with more behind it", ERR "00", true, false, CX_MATCH_YES},
        {"version 4", "0401616c69636500", true, false, CX_MATCH_NO},
        {"DNS", "000101000001000000000000", true, false, CX_MATCH_NO},
        {"a new password in a datagram",
         "001b"
         "0001"
         "000e" KPASSWD_REQ KPASSWD_PRIV,
         true, false, CX_MATCH_YES},
        {"the same, cut",
         "001b"
         "0001"
         "000e" KPASSWD_REQ,
         true, true, CX_MATCH_YES},
        {"the same, short",
         "001b"
         "0001"
         "000e" KPASSWD_REQ,
         true, false, CX_MATCH_NO},
        {"nothing", "", true, false, CX_MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[256];
        const cx_chunk first = {.bytes = {bytes, test_hex(rows[i].hex, bytes, sizeof bytes)},
                                .datagram = rows[i].datagram,
                                .cut = rows[i].cut};
        if (cx_dissector_kerberos.probe(&first) != rows[i].match)
            fail_msg("%s", rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framing),   cmocka_unit_test(gaps),   cmocka_unit_test(gives_up),
        cmocka_unit_test(datagrams), cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
