/* dissectors/dcerpc.c: logons that rpcclient made at a domain controller of Samba (tests/data/smb,
 * make-smb.sh), and fragments made by hand. */
#include "support/dissect.h"
#include "support/feeder.h"
#include "support/recording.h"
#include "support/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_dcerpc, cx_dissector_gss, cx_dissector_kerberos,
    cx_dissector_ntlm;

static const cx_dissector *const children[] = {&cx_dissector_gss, &cx_dissector_kerberos,
                                               &cx_dissector_ntlm, NULL};

static void recorded(void **state)
{
    (void)state;
#define SUCCESS  " dcerpc=success(0)"
#define KERBEROS "dcerpc:ap_req dcerpc:ap_rep dcerpc:ap_rep"
#define EXCHANGE "dcerpc:negotiate dcerpc:challenge dcerpc:authenticate(Administrator)"
    static const struct {
        const char *name, *want;
    } cases[] = {
        {"rpc-wrong", EXCHANGE " dcerpc=failure(469827595)"},
        /* the password was right, the call was refused: access denied does not say */
        {"rpc-denied", EXCHANGE " dcerpc=unclear(5)"},
        {"rpc-samr", EXCHANGE SUCCESS},
        {"rpc-connect", EXCHANGE " dcerpc=unclear(5)"}, /* likewise */
        {"rpc-impacket", EXCHANGE SUCCESS},
        {"rpc-impacket-wrong", EXCHANGE " dcerpc=failure(469827595)"},
        {"rpc-kerberos", KERBEROS SUCCESS},
        {"rpc-spnego", KERBEROS SUCCESS},
        {"rpc-spnego-ntlm", EXCHANGE SUCCESS},
        {"rpc-spnego-wrong", EXCHANGE " dcerpc=failure(1825)"},
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

/* ---- made by hand ---- */

#define NTLM_1 "4e544c4d53535000010000000502088200000000000000000000000000000000"
#define NTLM_3                                                                                     \
    "4e544c4d535350000300000000000000400000000000000040000000000000004000000000000000400000000000" \
    "000040000000000000004000000005020882"

static const struct {
    const char *name;
    uint8_t type, dir;
    const char *token; /* what stands where a security context is named */
} kinds[] = {
    {"request", 0, CX_FROM_CLIENT, "00"},  {"response", 2, CX_FROM_SERVER, "00"},
    {"fault", 3, CX_FROM_SERVER, "00"},    {"bind", 11, CX_FROM_CLIENT, NTLM_1},
    {"ack", 12, CX_FROM_SERVER, "00"},     {"nak", 13, CX_FROM_SERVER, "00"},
    {"alter", 14, CX_FROM_CLIENT, NTLM_3}, {"altered", 15, CX_FROM_SERVER, "00"},
    {"auth3", 16, CX_FROM_CLIENT, NTLM_3},
};

enum { NTLM = 10, NETLOGON = 68, CONNECT = 2, PRIVACY = 6 };

/* A PDU of version 5.0 as a word: kind, call, and what it has of: "=" status or reason, "@"
 * security context, behind that "c" for level connect, "n" for the security of Netlogon. Little
 * endian. */
static test_piece pdu_of(const char *word, uint8_t *to)
{
    char name[16];
    unsigned call, status, context;
    size_t k = 0;
    uint16_t auth_len = 0;
    const char *equals = strchr(word, '='), *at = strchr(word, '@');
    assert_int_equal(sscanf(word, "%15[a-z0-9]:%u", name, &call), 2);
    while (strcmp(kinds[k].name, name) != 0)
        assert_true(++k < sizeof kinds / sizeof *kinds);
    size_t n = 32; /* header and 16 bytes of body */
    memset(to, 0, n);
    if (equals) {
        assert_int_equal(sscanf(equals, "=%x", &status), 1);
        size_t offset = kinds[k].type == 13 ? 16 : 24;
        for (size_t i = 0; i < (kinds[k].type == 13 ? 2 : 4); i++)
            to[offset + i] = (uint8_t)(status >> 8 * i);
    }
    if (at) {
        assert_int_equal(sscanf(at, "@%u", &context), 1);
        memcpy(to + n,
               (const uint8_t[]){strchr(at, 'n') ? NETLOGON : NTLM,
                                 strchr(at, 'c') ? CONNECT : PRIVACY, 0, 0, (uint8_t)context, 0, 0,
                                 0},
               8);
        auth_len = (uint16_t)test_hex(kinds[k].token, to + n + 8, 128);
        n += 8u + auth_len;
    }
    memcpy(to,
           (const uint8_t[]){5, 0, kinds[k].type, 3, 0x10, 0, 0, 0, (uint8_t)n, 0,
                             (uint8_t)auth_len, 0, (uint8_t)call, 0, 0, 0},
           16);
    return (test_piece){.dir = kinds[k].dir, .bytes = {to, n}};
}

enum { MAX_PDUS = 12, MAX_PDU = 256 };

/* The PDUs of a text, parted by blanks. */
static size_t pdus_of(const char *text, uint8_t bytes[MAX_PDUS][MAX_PDU],
                      test_piece pieces[MAX_PDUS])
{
    char copy[512], *rest = NULL;
    size_t n = 0;
    (void)snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest), n++) {
        assert_true(n < MAX_PDUS);
        pieces[n] = pdu_of(word, bytes[n]);
    }
    return n;
}

static void verdicts(void **state)
{
    (void)state;
#define TOKENS "dcerpc:negotiate dcerpc:authenticate"
    static const struct {
        const char *pdus, *want;
    } cases[] = {
        {"bind:1@0 auth3:1@0 request:1@0 response:1", TOKENS SUCCESS},
        {"bind:1@0 auth3:1@0 request:2@0 response:2@0 request:3@0 response:3@0", TOKENS SUCCESS},
        /* its verifier alone tells, if the call was not captured */
        {"bind:1@0 auth3:1@0 response:2@0", TOKENS SUCCESS},
        {"bind:1@0 auth3:1@0 response:2", TOKENS},
        /* calls that do not wait for the answer to the first */
        {"bind:1@0 auth3:1@0 request:2@0 request:3@0 response:2", TOKENS SUCCESS},
        /* answers to other calls */
        {"bind:1@0 auth3:1@0 request:2@0 response:7 response:2", TOKENS SUCCESS},
        {"bind:1@0 auth3:1@0 request:2@1 response:2@1", TOKENS},
        {"bind:1@0 auth3:1@0 request:2 response:2", TOKENS},
        /* no verifiers at level connect */
        {"bind:1@0c auth3:1@0c request:2 response:2", TOKENS SUCCESS},
        {"bind:1@0c auth3:1@0c bind:2@1 request:2 response:2", TOKENS " dcerpc:negotiate"},
        /* faults */
        {"bind:1@0 auth3:1@0 request:1@0 fault:1=721", TOKENS " dcerpc=failure(1825)"},
        {"bind:1@0 auth3:1@0 request:1@0 fault:1=1c01000b", TOKENS " dcerpc=failure(469827595)"},
        {"bind:1@0 auth3:1@0 request:1@0 fault:1=52e", TOKENS " dcerpc=failure(1326)"},
        {"bind:1@0 auth3:1@0 request:1@0 fault:1=8009030c", TOKENS " dcerpc=failure(2148074252)"},
        {"bind:1@0 auth3:1@0 request:1@0 fault:1=5", TOKENS " dcerpc=unclear(5)"},
        {"bind:1@0 auth3:1@0 request:1@0 fault:1=5@0",
         TOKENS SUCCESS}, /* sealed: it has the keys */
        {"bind:1@0 auth3:1@0 fault:1=5", TOKENS},
        {"bind:1@0 auth3:1@0 request:1@0 fault:1=1c010003 request:2@0 response:2", TOKENS SUCCESS},
        /* to the token itself */
        {"bind:1@0 ack:1 alter:2@0 fault:2=5", TOKENS " dcerpc=failure(5)"},
        {"bind:1@0 ack:1 alter:2@0 fault:2=1c00001b", TOKENS " dcerpc=failure(469762075)"},
        {"bind:1@0 ack:1 alter:2@0 altered:2 request:3@0 response:3", TOKENS SUCCESS},
        {"bind:1@0 request:2@0 fault:1=5", "dcerpc:negotiate"},
        {"bind:1@0 nak:1=8", "dcerpc:negotiate dcerpc=failure(8)"},
        {"bind:1@0 nak:1=0", "dcerpc:negotiate dcerpc=unclear(0)"},
        {"bind:1@0 nak:1=4", "dcerpc:negotiate"}, /* the version of the protocol */
        {"bind:1@0 nak:2=8", "dcerpc:negotiate"},
        /* nobody logs on */
        {"request:1 response:1", ""},
        {"bind:1@0n request:1@0n response:1@0n", ""},
        /* the fifth context takes the place of the first */
        {"bind:1@0 bind:2@1 bind:3@2 bind:4@3 bind:5@4 response:1@0 response:5@4",
         "dcerpc:negotiate dcerpc:negotiate dcerpc:negotiate dcerpc:negotiate "
         "dcerpc:negotiate" SUCCESS},
        {"bind:1@0 bind:2@1 bind:3@2 bind:4@3 bind:5@4 bind:6@5 response:5@4",
         "dcerpc:negotiate dcerpc:negotiate dcerpc:negotiate dcerpc:negotiate "
         "dcerpc:negotiate dcerpc:negotiate" SUCCESS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[MAX_PDUS][MAX_PDU];
        test_piece pieces[MAX_PDUS];
        const test_talk talk = {.dissector = &cx_dissector_dcerpc,
                                .children = children,
                                .pieces = pieces,
                                .n_pieces = pdus_of(cases[i].pdus, bytes, pieces)};
        print_message("  %s\n", cases[i].pdus);
        char *got = test_summary_of(&talk), *events = test_events_of(&talk);
        assert_string_equal(got, cases[i].want);
        feed_all_ways(&talk, events);
        free(got);
        free(events);
    }
}

/* The exchange of each event, one behind the other. */
typedef struct numbers {
    uint32_t of[MAX_PDUS];
    size_t n;
} numbers;

static void number(void *self, const cx_event *e)
{
    numbers *to = self;
    if (to->n < MAX_PDUS)
        to->of[to->n++] = e->exchange;
}

/* Two security contexts negotiate at the same time. */
static void contexts_are_exchanges(void **state)
{
    (void)state;
    uint8_t bytes[MAX_PDUS][MAX_PDU];
    test_piece pieces[MAX_PDUS];
    numbers got = {0};
    size_t n = pdus_of("bind:1@7 bind:2@9 auth3:1@7 auth3:2@9 request:3@7 request:4@9 response:4 "
                       "response:3",
                       bytes, pieces);
    test_feeder f = {.dissector = &cx_dissector_dcerpc,
                     .children = children,
                     .sink = {.event = number, .self = &got},
                     .exchange = 12};
    assert_true(test_feeder_start(&f));
    for (size_t i = 0; i < n; i++)
        test_feeder_push(&f, pieces[i].dir, pieces[i].bytes, (cx_evidence){.frame = i + 1});
    test_feeder_finish(&f);
    static const uint32_t want[] = {12, 0x1000c, 12, 0x1000c, 0x1000c, 12};
    assert_int_equal(got.n, sizeof want / sizeof *want);
    for (size_t i = 0; i < got.n; i++)
        assert_int_equal(got.of[i], want[i]);
}

static void goes_on_behind_a_gap(void **state)
{
    (void)state;
    uint8_t bind[MAX_PDU], noise[] = {5, 0, 1, 5, 0, 5};
    size_t n = pdu_of("bind:1@0", bind).bytes.len;
    const test_piece pieces[] = {{.bytes = {bind, 20}},
                                 {.bytes = {bind, 60}, .lost = true},
                                 {.bytes = {noise, sizeof noise}},
                                 {.bytes = {bind, n}}};
    const test_talk talk = {
        .dissector = &cx_dissector_dcerpc, .children = children, .pieces = pieces, .n_pieces = 4};
    char *got = test_summary_of(&talk);
    assert_string_equal(got, "dcerpc:negotiate");
    free(got);
}

/* What the capture cut of a fragment is passed over, and no more, whatever its rest looks like. */
static void cut_fragments(void **state)
{
    (void)state;
    uint8_t bytes[MAX_PDUS][MAX_PDU];
    test_piece pieces[MAX_PDUS];
    (void)pdus_of("bind:1@0 bind:2@0 auth3:1@0", bytes, pieces);
    cx_slice bind = pieces[0].bytes;
    memcpy(bytes[0] + 50, bytes[1], bind.len - 50);
    pieces[3] = pieces[2];
    pieces[0].bytes = cx_slice_sub(bind, 0, 20);
    pieces[1] = (test_piece){.bytes = cx_slice_sub(bind, 20, 30), .lost = true};
    pieces[2].bytes = cx_slice_sub(bind, 50, bind.len);
    const test_talk talk = {
        .dissector = &cx_dissector_dcerpc, .children = children, .pieces = pieces, .n_pieces = 4};
    char *got = test_summary_of(&talk);
    assert_string_equal(got, "dcerpc:authenticate");
    free(got);
}

static void probes(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        cx_match want;
    } cases[] = {
        {"05000b03100000004000200001000000", CX_MATCH_YES},
        {"05000003100000001800000001000000", CX_MATCH_YES},
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
        cmocka_unit_test(contexts_are_exchanges),
        cmocka_unit_test(goes_on_behind_a_gap),
        cmocka_unit_test(cut_fragments),
        cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
