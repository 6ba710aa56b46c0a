/* dissectors/smb1.c: what smbclient does not send or get, made by hand: chains, codes of DOS,
 * logons without tokens in their forms, and the commands that read and write pipes. */
#include "support/recording.h"
#include "support/smb.h"
#include "support/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_smb, cx_dissector_dcerpc, cx_dissector_gss,
    cx_dissector_ntlm;

static const cx_dissector *const children[] = {&cx_dissector_gss, &cx_dissector_ntlm,
                                               &cx_dissector_dcerpc, NULL};

#define MORE    0xc0000016u
#define REFUSED 0xc000006du

enum {
    DOS = 0x8001,
    NT = 0xc001,
    OEM = 0x4001,
    CLOSE = 0x04,
    READ = 0x0a,
    WRITE = 0x0b,
    TRANSACTION = 0x25,
    TRANSACTION_MORE = 0x26,
    READ_ANDX = 0x2e,
    WRITE_ANDX = 0x2f,
    NEGOTIATE = 0x72,
    SETUP = 0x73,
    TREE_CONNECT = 0x75,
    CLIENT = CX_FROM_CLIENT,
    SERVER = CX_FROM_SERVER,
    MAX = 10
};

static char *told(smb_message *messages, size_t n, const char *want)
{
    test_piece pieces[MAX];
    assert_true(n <= MAX);
    for (size_t i = 0; i < n; i++)
        pieces[i] = smb_piece(&messages[i]);
    const test_talk talk = {
        .dissector = &cx_dissector_smb, .children = children, .pieces = pieces, .n_pieces = n};
    char *got = test_summary_of(&talk), *events = test_events_of(&talk);
    assert_string_equal(got, want);
    feed_all_ways(&talk, events);
    free(got);
    return events;
}

#define CHECK(messages, want) free(told(messages, sizeof(messages) / sizeof *(messages), want))

/* Does the text have the member with this value, or, value NULL, not at all? */
static void has(const char *events, const char *member, const char *value)
{
    char key[64], pattern[256];
    (void)snprintf(key, sizeof key, "\"%s\":", member);
    (void)snprintf(pattern, sizeof pattern, "\"%s\":\"%s\"", member, value ? value : "");
    if (!strstr(events, value ? pattern : key) == (value != NULL))
        fail_msg("%s %s in %s", member, value ? value : "(none)", events);
}

/* ---- session setup ---- */

/* AndX: the command behind it, and where that begins; 0xff: none. */
static void andx(smb_message *m, uint8_t words, uint8_t command, uint16_t offset)
{
    smb_number(m, words, 1);
    smb_number(m, command, 1);
    smb_number(m, 0, 1);
    smb_number(m, offset, 2);
}

static smb_message request(uint16_t uid, uint16_t mid)
{
    smb_message m = smb1_begin(CLIENT, SETUP, NT, 0, uid, mid);
    andx(&m, 12, 0xff, 0);
    smb_number(&m, 0, 10);
    smb_number(&m, 32, 2); /* of the token */
    smb_number(&m, 0, 8);
    smb_number(&m, 32, 2);
    smb_hex(&m, SMB_NTLM_1);
    return m;
}

static smb_message response(uint16_t flags2, uint32_t status, uint16_t action, uint16_t mid)
{
    smb_message m = smb1_begin(SERVER, SETUP, flags2, status, 5, mid);
    andx(&m, 4, 0xff, 0);
    smb_number(&m, action, 2);
    smb_number(&m, 32, 2);
    smb_number(&m, 32, 2);
    smb_hex(&m, SMB_NTLM_1);
    return m;
}

static smb_message refusal(uint16_t flags2, uint32_t status, uint16_t mid)
{
    smb_message m = smb1_begin(SERVER, SETUP, flags2, status, 0, mid);
    smb_number(&m, 0, 3);
    return m;
}

static void outcomes(void **state)
{
    (void)state;
    static const struct {
        uint16_t flags2;
        uint32_t status;
        const char *want, *name, *reason, *text;
    } cases[] = {
        {NT, 0, "success(0x00000000)", "STATUS_SUCCESS", NULL, NULL},
        {NT, REFUSED, "failure(0xc000006d)", "STATUS_LOGON_FAILURE", NULL, NULL},
        {NT, 0x00020002, "failure(0x00020002)", NULL, NULL, NULL},
        {DOS, 0, "success(0x00000000)", "STATUS_SUCCESS", NULL, NULL},
        {DOS, 0x00020002, "failure(2)", "ERRbadpw", "STATUS_LOGON_FAILURE", NULL},
        {DOS, 0x00050001, "failure(5)", "ERRnoaccess", NULL, NULL},
        {DOS, 0x08c20002, "failure(2242)", "ERRpasswordExpired", "STATUS_PASSWORD_EXPIRED", NULL},
        {DOS, 0x00050003, "failure(5)", NULL, NULL, "DOS error class 3, code 5"},
        {DOS, REFUSED, "failure(0xc000006d)", "STATUS_LOGON_FAILURE", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char want[64];
        smb_message m[] = {request(0, 1), refusal(cases[i].flags2, cases[i].status, 1)};
        (void)snprintf(want, sizeof want, "smb:negotiate smb=%s", cases[i].want);
        print_message("  %04x %08x\n", cases[i].flags2, cases[i].status);
        char *events = told(m, 2, want);
        has(events, "name", cases[i].name);
        has(events, "reason_name", cases[i].reason);
        has(events, "text", cases[i].text);
        free(events);
    }
}

static void goes_on(void **state)
{
    (void)state;
    static const struct {
        uint16_t flags2;
        uint32_t status;
    } cases[] = {{NT, MORE}, {DOS, MORE}, {DOS, 0x00ea0001}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        smb_message m[] = {request(0, 1), response(cases[i].flags2, cases[i].status, 0, 1),
                           request(5, 2), response(NT, 0, 1, 2)};
        char *events = told(m, 4,
                            "smb:negotiate smb:negotiate smb:negotiate smb:negotiate "
                            "smb=success(0x00000000)");
        has(events, "text", "guest");
        free(events);
    }
    smb_message refused[] = {request(0, 1), response(NT, REFUSED, 1, 1)};
    char *events = told(refused, 2, "smb:negotiate smb:negotiate smb=failure(0xc000006d)");
    has(events, "text", NULL); /* nobody is a guest then */
    free(events);
    smb_message m[] = {request(0, 1), response(NT, 0x00ea0001, 0, 1)};
    CHECK(m, "smb:negotiate smb:negotiate smb=failure(0x00ea0001)");
}

/* The tree that was asked for with the logon does not exist: the logon was good. */
static void chains(void **state)
{
    (void)state;
    smb_message m[] = {request(0, 1), smb1_begin(SERVER, SETUP, NT, 0xc00000cc, 5, 1)};
    andx(&m[1], 4, TREE_CONNECT, 43);
    smb_number(&m[1], 0, 6);
    smb_number(&m[1], 0, 3); /* the block of the tree */
    CHECK(m, "smb:negotiate smb=success(0x00000000)");
    m[1].bytes[4 + 35] = 200; /* points behind the message: there is none */
    CHECK(m, "smb:negotiate smb=failure(0xc00000cc)");
    m[1].bytes[4 + 35] = 20; /* points back */
    CHECK(m, "smb:negotiate smb=failure(0xc00000cc)");
}

/* A setup behind another command. */
static void a_setup_in_a_chain(void **state)
{
    (void)state;
    smb_message setup = request(0, 1), m = smb1_begin(CLIENT, 0x74, NT, 0, 0, 1);
    andx(&m, 2, SETUP, 39);
    smb_number(&m, 0, 2);
    memcpy(m.bytes + m.n, setup.bytes + 36, setup.n - 36);
    m.n += setup.n - 36;
    free(told(&m, 1, "smb:negotiate"));
}

/* A chain of setups with the same token does not make work without end. */
static void long_chains(void **state)
{
    (void)state;
    smb_message m = smb1_begin(CLIENT, SETUP, NT, 0, 0, 1);
    for (uint16_t i = 0; i < 20; i++) {
        andx(&m, 12, SETUP, (uint16_t)(m.n - 4 + 59));
        smb_number(&m, 0, 10);
        smb_number(&m, 32, 2);
        smb_number(&m, 0, 8);
        smb_number(&m, 32, 2);
        smb_hex(&m, SMB_NTLM_1);
    }
    free(told(&m, 1,
              "smb:negotiate smb:negotiate smb:negotiate smb:negotiate "
              "smb:negotiate smb:negotiate smb:negotiate smb:negotiate"));
}

/* What reaches behind the message is read as far as it goes. */
static void tokens_that_are_too_long(void **state)
{
    (void)state;
    smb_message m[] = {request(0, 1)};
    m[0].bytes[4 + 47] = 33;
    CHECK(m, "smb:negotiate");
    m[0].bytes[4 + 47] = 15;
    CHECK(m, "malformed");
    m[0].bytes[4 + 47] = 0;
    CHECK(m, "");
}

/* ---- logons without tokens ---- */

static smb_message plain(uint16_t flags2, uint8_t words, const char *names)
{
    smb_message m = smb1_begin(CLIENT, SETUP, flags2, 0, 0, 1);
    andx(&m, words, 0xff, 0);
    smb_number(&m, 0, 10);
    smb_number(&m, 3, 2); /* bytes of a response, not looked at */
    if (words == 13) {
        smb_number(&m, 2, 2);
        smb_number(&m, 0, 8);
    } else {
        smb_number(&m, 0, 4);
    }
    smb_number(&m, 0, 2);
    smb_number(&m, 0x1111111111, words == 13 ? 5 : 3);
    smb_hex(&m, names);
    return m;
}

static void plain_names(void **state)
{
    (void)state;
    static const struct {
        uint16_t flags2;
        uint8_t words;
        const char *names, *want, *user, *domain;
    } cases[] = {
        {OEM, 13,
         "616c69636500"
         "444f4d00"
         "5500",
         "smb=failure(0xc000006d)alice", "alice", "DOM"},
        {NT, 13,
         "610062000000"
         "44000000",
         "smb=failure(0xc000006d)ab", "ab", "D"},
        {OEM, 13, "616c69636500", "smb=failure(0xc000006d)alice", "alice", NULL},
        {OEM, 13, "616c6963", "smb=failure(0xc000006d)alic", "alic", NULL},
        {OEM, 10,
         "616c69636500"
         "444f4d00",
         "smb=failure(0xc000006d)alice", "alice", "DOM"},
        {OEM, 13,
         "00"
         "444f4d00",
         "", NULL, NULL}, /* a null session */
        {OEM, 13, "", "", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        smb_message m[] = {plain(cases[i].flags2, cases[i].words, cases[i].names),
                           refusal(NT, REFUSED, 1)};
        print_message("  %s\n", cases[i].names);
        char *events = told(m, 2, cases[i].want);
        has(events, "user", cases[i].user);
        has(events, "domain", cases[i].domain);
        free(events);
    }
}

/* Names of 128 bytes are kept, longer ones are not. */
static void long_plain_names(void **state)
{
    (void)state;
    for (size_t len = 127; len <= 129; len++) {
        smb_message m[] = {plain(OEM, 13, ""), refusal(NT, REFUSED, 1)};
        for (size_t i = 0; i < len; i++)
            smb_number(&m[0], 'x', 1);
        smb_number(&m[0], 0, 1);
        char want[256];
        (void)snprintf(want, sizeof want, "smb=failure(0xc000006d)%.*s", len <= 128 ? (int)len : 0,
                       (const char *)m[0].bytes + m[0].n - 1 - len);
        CHECK(m, want);
    }
}

/* The answer to another request is not that to the names. */
static void the_answer_to_another(void **state)
{
    (void)state;
    smb_message m[] = {plain(OEM, 13, "616c69636500"), refusal(NT, REFUSED, 9), refusal(NT, 0, 1)};
    CHECK(m, "smb=failure(0xc000006d) smb=success(0x00000000)alice");
}

/* Its place in the table is given to another: the names are not those of that one. */
static void names_go_with_their_setup(void **state)
{
    (void)state;
    smb_message m[10] = {plain(OEM, 13, "616c69636500")};
    for (uint16_t i = 1; i < 9; i++)
        m[i] = request(0, (uint16_t)(i + 1));
    m[9] = refusal(NT, REFUSED, 9);
    CHECK(m, "smb:negotiate smb:negotiate smb:negotiate smb:negotiate smb:negotiate "
             "smb:negotiate smb:negotiate smb:negotiate smb=failure(0xc000006d)");
}

/* ---- negotiation ---- */

static void offers(void **state)
{
    (void)state;
    smb_message m[] = {smb1_begin(SERVER, NEGOTIATE, NT, 0, 0, 1)};
    smb_number(&m[0], 17, 1);
    smb_number(&m[0], 0, 19);
    smb_number(&m[0], 0x80000000, 4);
    smb_number(&m[0], 0, 11);
    smb_number(&m[0], 16 + 32, 2);
    smb_number(&m[0], 0, 16);
    smb_hex(&m[0], SMB_NTLM_1);
    CHECK(m, "smb:negotiate");
    m[0].bytes[4 + 33 + 22] = 0; /* without extended security the same place has a challenge */
    CHECK(m, "");
}

/* ---- pipes ---- */

static void put_data(smb_message *m, const char *hex, size_t from, size_t len)
{
    uint8_t bytes[256];
    size_t n = test_hex(hex, bytes, sizeof bytes);
    for (size_t i = from; i < from + len && i < n; i++)
        smb_number(m, bytes[i], 1);
}

/* Bytes [from, from + len) of a bind of 72 bytes. */
static smb_message write_andx(uint16_t file, uint16_t mode, size_t from, size_t len)
{
    bool raw = (mode & 0xc) == 0xc;
    smb_message m = smb1_begin(CLIENT, WRITE_ANDX, NT, 0, 5, 1);
    andx(&m, 14, 0xff, 0);
    smb_number(&m, file, 2);
    smb_number(&m, 0, 8);
    smb_number(&m, mode, 2);
    smb_number(&m, 0, 4);
    smb_number(&m, len + (raw ? 2 : 0), 2);
    smb_number(&m, 64, 2);
    smb_number(&m, 0, 4);
    smb_number(&m, len + 1, 2);
    smb_number(&m, 0, 1);
    if (raw)
        smb_number(&m, 72, 2);
    put_data(&m, SMB_RPC_BIND, from, len);
    return m;
}

static smb_message five_words(uint8_t dir, uint8_t command, uint16_t mid, uint16_t first,
                              uint16_t second, size_t from, size_t len)
{
    smb_message m = smb1_begin(dir, command, NT, 0, 5, mid);
    smb_number(&m, 5, 1);
    smb_number(&m, first, 2);
    smb_number(&m, second, 2);
    smb_number(&m, 0, 6);
    smb_number(&m, len + 3, 2);
    smb_number(&m, 1, 1);
    smb_number(&m, len, 2);
    put_data(&m, SMB_RPC_BIND, from, len);
    return m;
}

static smb_message read_andx(uint16_t file, uint16_t mid)
{
    smb_message m = smb1_begin(CLIENT, READ_ANDX, NT, 0, 5, mid);
    andx(&m, 12, 0xff, 0);
    smb_number(&m, file, 2);
    smb_number(&m, 0, 20);
    return m;
}

static smb_message read_andx_answer(uint16_t mid, size_t from, size_t len)
{
    smb_message m = smb1_begin(SERVER, READ_ANDX, NT, 0, 5, mid);
    andx(&m, 12, 0xff, 0);
    smb_number(&m, 0, 6);
    smb_number(&m, len, 2);
    smb_number(&m, 59, 2);
    smb_number(&m, 0, 10);
    smb_number(&m, len, 2);
    put_data(&m, SMB_RPC_BIND, from, len);
    return m;
}

static smb_message close_file(uint16_t file)
{
    smb_message m = smb1_begin(CLIENT, CLOSE, NT, 0, 5, 9);
    smb_number(&m, 3, 1);
    smb_number(&m, file, 2);
    smb_number(&m, 0, 6);
    return m;
}

/* function: 0x26 is that of pipes. */
static smb_message transaction(uint16_t function, uint16_t file, uint16_t mid, size_t len)
{
    smb_message m = smb1_begin(CLIENT, TRANSACTION, NT, 0, 5, mid);
    smb_number(&m, 16, 1);
    smb_number(&m, 0, 22);
    smb_number(&m, len, 2);
    smb_number(&m, 67, 2);
    smb_number(&m, 2, 2);
    smb_number(&m, function, 2);
    smb_number(&m, file, 2);
    smb_number(&m, len, 2);
    put_data(&m, SMB_RPC_BIND, 0, len);
    return m;
}

static smb_message more(uint16_t mid, size_t from, size_t len)
{
    smb_message m = smb1_begin(CLIENT, TRANSACTION_MORE, NT, 0, 5, mid);
    smb_number(&m, 8, 1);
    smb_number(&m, 0, 10);
    smb_number(&m, len, 2);
    smb_number(&m, 51, 2);
    smb_number(&m, from, 2);
    smb_number(&m, len, 2);
    put_data(&m, SMB_RPC_BIND, from, len);
    return m;
}

static smb_message transaction_answer(uint16_t mid, size_t from, size_t len)
{
    smb_message m = smb1_begin(SERVER, TRANSACTION, NT, 0, 5, mid);
    smb_number(&m, 10, 1);
    smb_number(&m, 0, 12);
    smb_number(&m, len, 2);
    smb_number(&m, 55, 2);
    smb_number(&m, from, 2);
    smb_number(&m, 0, 2);
    smb_number(&m, len, 2);
    put_data(&m, SMB_RPC_BIND, from, len);
    return m;
}

#define TOLD "dcerpc:negotiate"

static void writes(void **state)
{
    (void)state;
    smb_message whole[] = {write_andx(5, 8, 0, 72)},
                parts[] = {write_andx(5, 8, 0, 40), write_andx(6, 8, 0, 72),
                           write_andx(5, 0, 40, 32)},
                raw[] = {write_andx(5, 12, 0, 40), write_andx(5, 4, 40, 32)},
                old[] = {five_words(CLIENT, WRITE, 1, 5, 40, 0, 40),
                         five_words(CLIENT, WRITE, 2, 5, 32, 40, 32)},
                closed[] = {write_andx(5, 8, 0, 40), close_file(5), write_andx(5, 8, 40, 32)},
                other[] = {write_andx(5, 8, 0, 40), close_file(6), write_andx(5, 8, 40, 32)},
                file[] = {write_andx(5, 8, 4, 68)};
    CHECK(whole, TOLD);
    CHECK(parts, TOLD " " TOLD);
    CHECK(raw, TOLD);
    CHECK(old, TOLD);
    CHECK(closed, "");
    CHECK(other, TOLD);
    CHECK(file, "");
}

static void reads(void **state)
{
    (void)state;
    smb_message andx_reads[] = {write_andx(5, 8, 0, 72), read_andx(5, 7),
                                read_andx_answer(7, 0, 40), read_andx(5, 7),
                                read_andx_answer(7, 40, 32)},
                old[] = {write_andx(5, 8, 0, 72), five_words(CLIENT, READ, 7, 5, 99, 0, 0),
                         five_words(SERVER, READ, 7, 40, 0, 0, 40),
                         five_words(CLIENT, READ, 8, 5, 99, 0, 0),
                         five_words(SERVER, READ, 8, 32, 0, 40, 32)},
                of_another[] = {write_andx(5, 8, 0, 72), read_andx(6, 7),
                                read_andx_answer(7, 4, 68)};
    CHECK(andx_reads, TOLD " " TOLD);
    CHECK(old, TOLD " " TOLD);
    CHECK(of_another, TOLD);
}

static void transactions(void **state)
{
    (void)state;
    smb_message whole[] = {transaction(0x26, 5, 3, 72), transaction_answer(3, 0, 40),
                           transaction_answer(3, 40, 32)},
                parts[] = {transaction(0x26, 5, 3, 40), more(3, 40, 32)},
                of_another[] = {transaction(0x26, 5, 3, 40), more(4, 40, 32)},
                no_pipe[] = {transaction(0x23, 5, 3, 72), transaction_answer(3, 0, 72)};
    CHECK(whole, TOLD " " TOLD);
    CHECK(parts, TOLD);
    CHECK(of_another, "");
    CHECK(no_pipe, "");
}

static void damaged(void **state)
{
    (void)state;
    smb_message m[] = {write_andx(5, 12, 0, 72), read_andx(5, 7), read_andx_answer(7, 0, 72),
                       transaction(0x26, 5, 3, 72), transaction_answer(3, 0, 72)};
    test_piece pieces[MAX];
    for (size_t i = 0; i < sizeof m / sizeof *m; i++)
        pieces[i] = smb_piece(&m[i]);
    const test_talk talk = {.dissector = &cx_dissector_smb,
                            .children = children,
                            .pieces = pieces,
                            .n_pieces = sizeof m / sizeof *m};
    mutate_all(&talk, 1000);
    fail_each_alloc(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes),
        cmocka_unit_test(goes_on),
        cmocka_unit_test(chains),
        cmocka_unit_test(a_setup_in_a_chain),
        cmocka_unit_test(long_chains),
        cmocka_unit_test(tokens_that_are_too_long),
        cmocka_unit_test(plain_names),
        cmocka_unit_test(long_plain_names),
        cmocka_unit_test(the_answer_to_another),
        cmocka_unit_test(names_go_with_their_setup),
        cmocka_unit_test(offers),
        cmocka_unit_test(writes),
        cmocka_unit_test(reads),
        cmocka_unit_test(transactions),
        cmocka_unit_test(damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
