/* dissectors/dcerpc.c: logons that rpcclient made at a domain controller of Samba (tests/data/smb,
 * make-smb.sh), and fragments made by hand. */
#include "support/dissect.h"
#include "support/recording.h"
#include "support/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_dcerpc, cx_dissector_gss, cx_dissector_ntlm;

static const cx_dissector *const children[] = {&cx_dissector_gss, &cx_dissector_ntlm, NULL};

static void recorded(void **state)
{
    (void)state;
#define EXCHANGE "dcerpc:negotiate dcerpc:challenge dcerpc:authenticate(Administrator)"
    static const struct {
        const char *name, *want;
    } cases[] = {
        {"rpc-wrong", EXCHANGE " dcerpc=failure(469827595)"},
        {"rpc-denied", EXCHANGE}, /* the password was right: access denied tells nothing */
        {"rpc-samr", EXCHANGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "smb/%s", cases[i].name);
        test_recording r = test_recording_read(path);
        const test_talk talk = {.dissector = &cx_dissector_dcerpc,
                                .children = children,
                                .pieces = r.pieces,
                                .n_pieces = r.n_pieces};
        print_message("  %s\n", cases[i].name);
        char *got = test_summary_of(&talk), *events = test_events_of(&talk);
        assert_string_equal(got, cases[i].want);
        feed_all_ways(&talk, events);
        mutate_all(&talk, 100);
        fail_each_alloc(&talk);
        free(got);
        free(events);
        test_recording_free(&r);
    }
}

#define NTLM_1 "4e544c4d53535000010000000502088200000000000000000000000000000000"
#define NTLM_3                                                                                     \
    "4e544c4d535350000300000000000000400000000000000040000000000000004000000000000000400000000000" \
    "000040000000000000004000000005020882"

/* PDUs of version 5.0 with a call id and, where they have tokens, 8 bytes of body: each is given by
 * type, length, and length of its token (little endian). */
#define BIND "05000b0310000000400020000100000000000000000000000a05000000000000" NTLM_1
#define AUTH3                                                                                      \
    "05001003100000006000400001000000000000000000000"                                              \
    "00a05000000000000" NTLM_3
#define RESPONSE                                                                                   \
    "0500020310000000180000000100000000000000000000"                                               \
    "00"
#define REQUEST                                                                                    \
    "0500000310000000180000000100000000000000000000"                                               \
    "00"
#define FAULT                                                                                      \
    "05000303100000002000000001000000000000000000000021070000"                                     \
    "00000000"
#define OTHER "0500032310000000200000000100000000000000000000000300011c00000000"
#define NAK                                                                                        \
    "05000d0310000000180000000100000008000000000000"                                               \
    "00"
#define NETLOGON "05000b0310000000400020000100000000000000000000004405000000000000" NTLM_1

static void verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *name, *client, *server, *want;
    } cases[] = {
        {"answered", BIND AUTH3, RESPONSE,
         "dcerpc:negotiate dcerpc:authenticate dcerpc=success(0)"},
        {"answered twice", BIND AUTH3, RESPONSE RESPONSE,
         "dcerpc:negotiate dcerpc:authenticate dcerpc=success(0)"},
        {"fault 0x721", BIND AUTH3, FAULT,
         "dcerpc:negotiate dcerpc:authenticate dcerpc=failure(1825)"},
        {"another fault", BIND AUTH3, OTHER, "dcerpc:negotiate dcerpc:authenticate"},
        {"bind_nak", BIND, NAK, "dcerpc:negotiate dcerpc=failure(8)"},
        {"no token", REQUEST, RESPONSE, ""},
        {"netlogon", NETLOGON, RESPONSE, ""},
        {"ncacn_http", "", "6e6361636e5f687474702f312e30" RESPONSE, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t client[512], server[512];
        const test_piece pieces[] = {
            {.dir = CX_FROM_CLIENT,
             .bytes = {client, test_hex(cases[i].client, client, sizeof client)}},
            {.dir = CX_FROM_SERVER,
             .bytes = {server, test_hex(cases[i].server, server, sizeof server)}}};
        const test_talk talk = {.dissector = &cx_dissector_dcerpc,
                                .children = children,
                                .pieces = pieces,
                                .n_pieces = 2};
        print_message("  %s\n", cases[i].name);
        char *got = test_summary_of(&talk), *events = test_events_of(&talk);
        assert_string_equal(got, cases[i].want);
        feed_all_ways(&talk, events);
        free(got);
        free(events);
    }
}

static void goes_on_behind_a_gap(void **state)
{
    (void)state;
    uint8_t bind[128], noise[] = {5, 0, 1, 5, 0, 5};
    size_t n = test_hex(BIND, bind, sizeof bind);
    const test_piece pieces[] = {{.bytes = {bind, 20}},
                                 {.bytes = {bind, 50}, .lost = true},
                                 {.bytes = {noise, sizeof noise}},
                                 {.bytes = {bind, n}}};
    const test_talk talk = {
        .dissector = &cx_dissector_dcerpc, .children = children, .pieces = pieces, .n_pieces = 4};
    char *got = test_summary_of(&talk);
    assert_string_equal(got, "dcerpc:negotiate");
    free(got);
}

static void probes(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        cx_match want;
    } cases[] = {
        {BIND, CX_MATCH_YES},
        {REQUEST, CX_MATCH_YES},
        {"05001403100000004c0000000000000000", CX_MATCH_YES}, /* RTS */
        {"0500150310000000180000000100000000", CX_MATCH_NO},
        {"0502000310000000180000000100000000", CX_MATCH_NO},
        {"05000003100000000f0000000100000000", CX_MATCH_NO}, /* one byte less than a header */
        {"0500000310000000100001000100000000", CX_MATCH_NO}, /* a token that has no room */
        {"0500000320000000180000000100000000", CX_MATCH_NO},
        {"050000", CX_MATCH_MAYBE},
        {"0501", CX_MATCH_MAYBE},
        {"0503", CX_MATCH_NO},
        {"6e6361636e5f687474702f312e30", CX_MATCH_YES},
        {"6e6361636e5f68", CX_MATCH_MAYBE},
        {"6e6361636e5f6970", CX_MATCH_NO},
        {"", CX_MATCH_MAYBE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[128];
        size_t n = test_hex(cases[i].hex, bytes, sizeof bytes);
        const cx_chunk chunk = {.bytes = {bytes, n}};
        print_message("  %s\n", cases[i].hex);
        assert_int_equal(cx_dissector_dcerpc.probe(&chunk), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(goes_on_behind_a_gap),
        cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
