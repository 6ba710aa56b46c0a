/* dissectors/smb.c, smb1.c, smb2.c: logons that smbclient and rpcclient made with smbd and a domain
 * controller of Samba (tests/data/smb, make-smb.sh), and what is made by hand: chains, pipes, data
 * that is passed over, damage. */
#include "base/limits.h"
#include "support/dissect.h"
#include "support/recording.h"
#include "support/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_smb, cx_dissector_dcerpc, cx_dissector_gss,
    cx_dissector_kerberos, cx_dissector_ntlm;

static const cx_dissector *const children[] = {&cx_dissector_gss, &cx_dissector_ntlm,
                                               &cx_dissector_kerberos, &cx_dissector_dcerpc, NULL};

static test_talk talk_of(const test_recording *r)
{
    return (test_talk){.dissector = &cx_dissector_smb,
                       .children = children,
                       .pieces = r->pieces,
                       .n_pieces = r->n_pieces};
}

static void recorded(void **state)
{
    (void)state;
#define EXCHANGE "smb:negotiate smb:challenge smb:authenticate"
    static const struct {
        const char *name, *want;
    } cases[] = {
        {"smb3", EXCHANGE "(alice) smb=success(0x00000000)"},
        {"smb3-wrong", EXCHANGE "(alice) smb=failure(0xc000006d)"},
        {"smb3-unknown", EXCHANGE "(nobody1) smb=failure(0xc000006d)"},
        {"smb3-anonymous", EXCHANGE " smb=success(0x00000000)"},
        {"smb2", EXCHANGE "(alice) smb=success(0x00000000)"},
        {"smb1", EXCHANGE "(alice) smb=success(0x00000000)"},
        {"smb1-wrong", EXCHANGE "(alice) smb=failure(0xc000006d)"},
        {"smb1-plain", "smb=success(0x00000000)alice"},
        {"smb1-plain-wrong", "smb=failure(0xc000006d)alice"},
        {"netbios", EXCHANGE "(alice) smb=success(0x00000000)"},
        {"smb3-sealed", EXCHANGE "(alice) smb=success(0x00000000)"},
        {"smb3-guest", EXCHANGE "(nobody1) smb=success(0x00000000)"},
        {"smb3-kerberos", "smb:ap_req smb:ap_rep smb=success(0x00000000)"},
        {"smb1-guest", EXCHANGE "(nobody1) smb=success(0x00000000)"},
        {"smb1-dos", "smb=failure(5)alice"},
        {"smb1-dos-token", "smb:negotiate smb:challenge"},
        {"pipe-spnego", EXCHANGE "(Administrator) smb=success(0x00000000) dcerpc:negotiate "
                                 "dcerpc:challenge dcerpc:authenticate(Administrator) "
                                 "dcerpc=success(0)"},
        {"pipe", EXCHANGE "(Administrator) smb=success(0x00000000) dcerpc:negotiate "
                          "dcerpc:challenge dcerpc:authenticate(Administrator) "
                          "dcerpc=success(0)"},
        {"pipe-smb1", EXCHANGE "(Administrator) smb=success(0x00000000) dcerpc:negotiate "
                               "dcerpc:challenge dcerpc:authenticate(Administrator) "
                               "dcerpc=success(0)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "smb/%s", cases[i].name);
        test_recording r = test_recording_read(path);
        const test_talk talk = talk_of(&r);
        print_message("  %s\n", cases[i].name);
        char *got = test_summary_of(&talk), *events = test_events_of(&talk);
        assert_string_equal(got, cases[i].want);
        feed_all_ways(&talk, events);
        free(got);
        free(events);
        test_recording_free(&r);
    }
}

static void damaged(void **state)
{
    (void)state;
    static const char *const names[] = {"smb/smb3", "smb/smb1-plain", "smb/pipe"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        test_recording r = test_recording_read(names[i]);
        const test_talk talk = talk_of(&r);
        mutate_all(&talk, 100);
        fail_each_alloc(&talk);
        test_recording_free(&r);
    }
}

/* ---- made by hand ---- */

#define NTLM_1 "4e544c4d53535000010000000502088200000000000000000000000000000000"

/* The hexadecimal text of an SMB2 header: command, flags, status, offset of the next. */
static void smb2(char *out, size_t size, unsigned command, bool response, const char *status,
                 const char *next)
{
    (void)snprintf(out, size,
                   "fe534d4240000000%s%02x000000%02x000000%s"
                   "0100000000000000000000000000000000000000000000000000000000000000"
                   "00000000000000",
                   status, command, response, next);
}

static size_t add(uint8_t *to, size_t at, const char *hex)
{
    return at + test_hex(hex, to + at, 4096 - at);
}

static void frame(uint8_t *message, size_t len)
{
    message[0] = 0;
    message[1] = (uint8_t)(len >> 16);
    message[2] = (uint8_t)(len >> 8);
    message[3] = (uint8_t)len;
}

/* A session setup of SMB2 with an NTLM NEGOTIATE, behind `prefix` bytes of another request. */
static size_t setup_request(uint8_t *to, bool chained)
{
    char header[256];
    size_t n = 4;
    if (chained) { /* an echo, padded to 72 bytes */
        smb2(header, sizeof header, 13, false, "00000000", "48000000");
        n = add(to, n, header);
        to[4 + 63] = 0;
        n = 4 + 64;
        n = add(to, n, "0400000000000000");
    }
    size_t from = n;
    smb2(header, sizeof header, 1, false, "00000000", "00000000");
    (void)add(to, n, header);
    to[from + 63] = 0;
    n = from + 64;
    n = add(to, n, "19000001000000000000000058002000000000000000000000" /* 25 bytes */);
    n = from + 88;
    n = add(to, n, NTLM_1);
    frame(to, n - 4);
    return n;
}

static void check(const uint8_t *bytes, size_t n, const char *want)
{
    const test_piece piece = {.bytes = {bytes, n}};
    const test_talk talk = {
        .dissector = &cx_dissector_smb, .children = children, .pieces = &piece, .n_pieces = 1};
    char *got = test_summary_of(&talk), *events = test_events_of(&talk);
    assert_string_equal(got, want);
    feed_all_ways(&talk, events);
    free(got);
    free(events);
}

static void chains_are_followed(void **state)
{
    (void)state;
    uint8_t bytes[4096] = {0};
    size_t n = setup_request(bytes, false);
    check(bytes, n, "smb:negotiate");
    memset(bytes, 0, sizeof bytes);
    n = setup_request(bytes, true);
    check(bytes, n, "smb:negotiate");
    bytes[4 + 20] = 8; /* no message begins there: this is the only one */
    check(bytes, n, "");
    memset(bytes, 0, sizeof bytes);
    n = setup_request(bytes, false);
    bytes[4 + 20] = 8;
    check(bytes, n, "smb:negotiate");
    memset(bytes, 0, sizeof bytes);
    n = setup_request(bytes, true);
    bytes[4 + 20] = 0xff; /* the next one lies outside */
    bytes[4 + 21] = 0xff;
    check(bytes, n, "");
}

/* What reaches behind the message is read as far as it goes. */
static void tokens_at_the_end_of_the_message(void **state)
{
    (void)state;
    uint8_t bytes[4096] = {0};
    size_t n = setup_request(bytes, false);
    static const struct {
        uint8_t offset, len;
        const char *want;
    } cases[] = {
        {0x58, 0x20, "smb:negotiate"},
        {0x58, 0x21, "smb:negotiate"},
        {0x58, 0x0f, "malformed"},
        {0x59, 0x20, ""},
        {0x30, 0x10, ""}, /* in the header */
        {0x58, 0, ""},
        {0xff, 0xff, ""},
    };
    (void)test_hex("4e544c4d5353500001000000050208820000", bytes + 4 + 0x30, 18);
    bytes[4 + 64] = 25;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes[4 + 76] = cases[i].offset;
        bytes[4 + 78] = cases[i].len;
        check(bytes, n, cases[i].want);
    }
}

/* A large message is passed over without being held, and what follows is found. */
static void large_data_is_passed_over(void **state)
{
    (void)state;
    const size_t len = 900000; /* more than is read whole */
    uint8_t *bytes = calloc(1, 4 + len + 4096);
    assert_non_null(bytes);
    char header[256];
    smb2(header, sizeof header, 8, true, "00000000", "00000000"); /* READ */
    uint8_t one[4096] = {0};
    (void)add(one, 4, header);
    memcpy(bytes, one, 128);
    frame(bytes, len);
    uint8_t setup[4096] = {0};
    size_t n = setup_request(setup, false);
    memcpy(bytes + 4 + len, setup, n);
    const test_piece pieces[] = {{.bytes = {bytes, 1000}},
                                 {.bytes = {bytes + 1000, len - 1000}},
                                 {.bytes = {bytes + len, 4 + n}}};
    const test_talk talk = {
        .dissector = &cx_dissector_smb, .children = children, .pieces = pieces, .n_pieces = 3};
    char *got = test_summary_of(&talk);
    assert_string_equal(got, "smb:negotiate");
    free(got);
    free(bytes);
}

/* The longest message that is read whole, and one byte more. */
static void longest_message(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        const size_t len = CX_MAX_SMB_MESSAGE + more;
        uint8_t *bytes = calloc(1, 4 + len);
        assert_non_null(bytes);
        (void)setup_request(bytes, false);
        frame(bytes, len);
        const test_piece piece = {.bytes = {bytes, 4 + len}};
        const test_talk talk = {
            .dissector = &cx_dissector_smb, .children = children, .pieces = &piece, .n_pieces = 1};
        char *got = test_summary_of(&talk);
        assert_string_equal(got, more ? "" : "smb:negotiate");
        free(got);
        free(bytes);
    }
}

/* Behind a gap the next message is found, inside of data that is passed over a gap costs nothing.
 */
static void gaps(void **state)
{
    (void)state;
    uint8_t setup[4096] = {0}, rest[] = {'x', 0, 0, 0xfe, 'S', 'M', 'y'};
    size_t n = setup_request(setup, false);
    const test_piece pieces[] = {{.bytes = {setup, 40}},
                                 {.bytes = {setup, 100}, .lost = true},
                                 {.bytes = {rest, sizeof rest}},
                                 {.bytes = {setup, n}}};
    const test_talk talk = {
        .dissector = &cx_dissector_smb, .children = children, .pieces = pieces, .n_pieces = 4};
    char *got = test_summary_of(&talk);
    assert_string_equal(got, "smb:negotiate");
    free(got);
    uint8_t data[4096] = {0};
    char header[256];
    smb2(header, sizeof header, 8, true, "00000000", "00000000");
    (void)add(data, 4, header);
    frame(data, 3000);
    const test_piece skipped[] = {
        {.bytes = {data, 500}}, {.bytes = {data, 2504}, .lost = true}, {.bytes = {setup, n}}};
    const test_talk passed = {
        .dissector = &cx_dissector_smb, .children = children, .pieces = skipped, .n_pieces = 3};
    got = test_summary_of(&passed);
    assert_string_equal(got, "smb:negotiate");
    free(got);
}

/* A message of which the capture has the beginning, and the next one behind the rest. */
static void cut_messages(void **state)
{
    (void)state;
    uint8_t setup[4096] = {0};
    size_t n = setup_request(setup, false);
    static const struct {
        size_t cut; /* bytes that are missing */
        const char *want;
    } cases[] = {
        {8, "smb:negotiate smb:negotiate"},
        {16, "smb:negotiate smb:negotiate"},
        {17, "smb:negotiate"}, /* without the flags */
        {32, "smb:negotiate"},
        {60, "smb:negotiate"},
        {120, "smb:negotiate"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t kept = n - cases[i].cut;
        const test_piece pieces[] = {{.bytes = {setup, kept}},
                                     {.bytes = {setup + kept, cases[i].cut}, .lost = true},
                                     {.bytes = {setup, n}}};
        const test_talk talk = {
            .dissector = &cx_dissector_smb, .children = children, .pieces = pieces, .n_pieces = 3};
        char *got = test_summary_of(&talk);
        print_message("  %zu\n", cases[i].cut);
        assert_string_equal(got, cases[i].want);
        free(got);
    }
}

/* A snap length of 96 bytes leaves 26 of a message: the status of a session setup is among them. */
static void cut_headers(void **state)
{
    (void)state;
    static const struct {
        uint8_t command, status[4], kept;
        const char *want;
    } cases[] = {
        {1, {0x6d, 0, 0, 0xc0}, 30, "smb=failure(0xc000006d)"},
        {1, {0x6d, 0, 0, 0xc0}, 28, "smb=failure(0xc000006d)"},
        {1, {0x6d, 0, 0, 0xc0}, 27, ""}, /* a part of the flags is missing */
        {1, {0, 0, 0, 0}, 30, "smb=success(0x00000000)"},
        {1, {0x16, 0, 0, 0xc0}, 30, ""}, /* it goes on */
        {3, {0x6d, 0, 0, 0xc0}, 30, ""}, /* no session setup */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t m[77] = {0, 0, 0, 73, 0xfe, 'S', 'M', 'B', 64};
        memcpy(m + 12, cases[i].status, 4);
        m[16] = cases[i].command;
        m[20] = 1; /* a response */
        const test_piece pieces[] = {{.dir = CX_FROM_SERVER, .bytes = {m, cases[i].kept}},
                                     {.dir = CX_FROM_SERVER,
                                      .bytes = {m + cases[i].kept, sizeof m - cases[i].kept},
                                      .lost = true}};
        const test_talk talk = {
            .dissector = &cx_dissector_smb, .children = children, .pieces = pieces, .n_pieces = 2};
        char *got = test_summary_of(&talk);
        print_message("  %zu\n", i);
        assert_string_equal(got, cases[i].want);
        free(got);
    }
}

/* Packets of NetBIOS sessions before a message; what is none is searched past. */
static void session_packets(void **state)
{
    (void)state;
    static const char *const before[] = {
        "85000000",

        "82000000",
        "8300000182",
        "840000060a0000010087",
        "810000022041",
        "8100000220418500000082000000",
        "00000000",
        "0000000341424344",
        "8500001041",
        "810fffff41",
        "86000000",
        "ff",
        "00000040fe534d43",
    };
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        uint8_t bytes[4096] = {0}, setup[4096] = {0};
        size_t k = test_hex(before[i], bytes, sizeof bytes), n = setup_request(setup, false);
        memcpy(bytes + k, setup, n);
        print_message("  %s\n", before[i]);
        check(bytes, k + n, "smb:negotiate");
    }
}

static void probes(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        cx_match want;
    } cases[] = {
        {"00000020fe534d42", CX_MATCH_YES},
        {"00000020ff534d42", CX_MATCH_YES},
        {"00000020fd534d42", CX_MATCH_YES},
        {"0000001ffe534d42", CX_MATCH_NO},
        {"00000020fe534d43", CX_MATCH_NO},
        {"00000020fb534d42", CX_MATCH_NO},
        {"00000020", CX_MATCH_MAYBE},
        {"0000002016", CX_MATCH_NO},
        {"810000442043", CX_MATCH_YES},
        {"81000044", CX_MATCH_MAYBE},
        {"8100004521", CX_MATCH_NO},
        {"82000000", CX_MATCH_YES},
        {"160301", CX_MATCH_NO},
        {"", CX_MATCH_MAYBE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[16];
        size_t n = test_hex(cases[i].hex, bytes, sizeof bytes);
        cx_chunk chunk = {.bytes = {bytes, n}};
        print_message("  %s\n", cases[i].hex);
        assert_int_equal(cx_dissector_smb.probe(&chunk), cases[i].want);
        chunk.on_port = true; /* it may be the middle of a message */
        assert_int_equal(cx_dissector_smb.probe(&chunk),
                         cases[i].want == CX_MATCH_NO ? CX_MATCH_MAYBE : cases[i].want);
    }
    uint8_t bytes[32];
    cx_chunk chunk = {.bytes = {bytes, test_hex("414200000020fe534d42", bytes, sizeof bytes)}};
    assert_int_equal(cx_dissector_smb.probe(&chunk), CX_MATCH_NO);
    chunk.on_port = true;
    assert_int_equal(cx_dissector_smb.probe(&chunk), CX_MATCH_YES);
    chunk.bytes.len--;
    assert_int_equal(cx_dissector_smb.probe(&chunk), CX_MATCH_MAYBE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded),
        cmocka_unit_test(damaged),
        cmocka_unit_test(chains_are_followed),
        cmocka_unit_test(tokens_at_the_end_of_the_message),
        cmocka_unit_test(large_data_is_passed_over),
        cmocka_unit_test(longest_message),
        cmocka_unit_test(gaps),
        cmocka_unit_test(cut_messages),
        cmocka_unit_test(cut_headers),
        cmocka_unit_test(session_packets),
        cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
