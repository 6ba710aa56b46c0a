/* dissectors/smb_state.c: session setups that overlap, and pipes, in messages of SMB2 made by hand.
 */
#include "dissectors/smb_parts.h"
#include "support/feeder.h"
#include "support/recording.h"
#include "support/smb.h"
#include "support/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_smb, cx_dissector_dcerpc, cx_dissector_gss,
    cx_dissector_ntlm;

static const cx_dissector *const children[] = {&cx_dissector_gss, &cx_dissector_ntlm,
                                               &cx_dissector_dcerpc, NULL};

#define MORE    0xc0000016u
#define REFUSED 0xc000006du
#define MAX     24u

/* ---- exchanges ---- */

typedef struct seen {
    uint32_t exchange[MAX];
    uint32_t status[MAX]; /* of logons */
    size_t n;
} seen;

static void see(void *self, const cx_event *e)
{
    seen *to = self;
    assert_true(to->n < MAX);
    to->exchange[to->n] = e->exchange;
    to->status[to->n++] = e->kind == CX_EV_LOGON ? e->u.logon.status : 1;
}

static seen play(smb_message *messages, size_t n)
{
    seen got = {0};
    test_feeder f = {
        .dissector = &cx_dissector_smb, .children = children, .sink = {.event = see, .self = &got}};
    assert_true(test_feeder_start(&f));
    for (size_t i = 0; i < n; i++) {
        test_piece p = smb_piece(&messages[i]);
        test_feeder_push(&f, p.dir, p.bytes, (cx_evidence){.frame = i + 1});
    }
    test_feeder_finish(&f);
    return got;
}

#define PLAY(messages) play(messages, sizeof(messages) / sizeof *(messages))

static void expect(const seen *got, const uint32_t want[][2], size_t n)
{
    assert_int_equal(got->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(got->exchange[i], want[i][0]);
        assert_int_equal(got->status[i], want[i][1]);
    }
}

#define EXPECT(got, want) expect(got, want, sizeof(want) / sizeof *(want))

static smb_message ask(uint64_t id, uint64_t session)
{
    return smb2_setup_request(id, session, SMB_NTLM_1);
}

static smb_message answer(uint64_t id, uint64_t session, uint32_t status)
{
    return smb2_setup_response(id, session, status, 0, status == MORE ? SMB_NTLM_1 : "");
}

static void one_after_the_other(void **state)
{
    (void)state;
    smb_message m[] = {ask(1, 0), answer(1, 10, MORE), ask(2, 10), answer(2, 10, REFUSED),
                       ask(3, 0), answer(3, 11, MORE), ask(4, 11), answer(4, 11, 0)};
    static const uint32_t want[][2] = {{1, 1}, {1, 1}, {1, 1}, {1, REFUSED},
                                       {1, 1}, {1, 1}, {1, 1}, {1, 0}};
    seen got = PLAY(m);
    EXPECT(&got, want);
}

static void several_at_a_time(void **state)
{
    (void)state;
    smb_message m[] = {ask(1, 0),           ask(2, 0),  answer(2, 20, MORE),
                       answer(1, 10, MORE), ask(3, 10), ask(4, 20),
                       answer(4, 20, 0),    ask(5, 0),  answer(3, 10, REFUSED)};
    static const uint32_t want[][2] = {{1, 1}, {2, 1}, {2, 1}, {1, 1},      {1, 1},
                                       {2, 1}, {2, 0}, {2, 1}, {1, REFUSED}};
    seen got = PLAY(m);
    EXPECT(&got, want);
}

/* The answer alone, and an answer by whose session the setup is known. */
static void without_the_request(void **state)
{
    (void)state;
    smb_message m[] = {answer(1, 10, MORE), ask(2, 10), answer(9, 10, REFUSED),
                       answer(11, 12, REFUSED)};
    static const uint32_t want[][2] = {{1, 1}, {1, 1}, {1, REFUSED}, {1, REFUSED}};
    seen got = PLAY(m);
    EXPECT(&got, want);
}

/* Of more than are remembered the first is forgotten. */
static void too_many(void **state)
{
    (void)state;
    smb_message m[CX_SMB_SETUPS + 3];
    for (uint64_t i = 0; i <= CX_SMB_SETUPS; i++)
        m[i] = ask(i + 1, 0);
    m[CX_SMB_SETUPS + 1] = answer(CX_SMB_SETUPS + 1, 99, 0);
    m[CX_SMB_SETUPS + 2] = answer(2, 98, REFUSED);
    static const uint32_t want[][2] = {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1},      {6, 1},
                                       {7, 1}, {8, 1}, {1, 1}, {1, 0}, {2, REFUSED}};
    seen got = PLAY(m);
    EXPECT(&got, want);
}

/* Clients of old use the same number for each request. */
static void a_number_used_again(void **state)
{
    (void)state;
    smb_message two[] = {ask(1, 0), answer(1, 10, MORE), answer(1, 11, REFUSED)};
    static const uint32_t other[][2] = {{1, 1}, {1, 1}, {2, REFUSED}};
    seen of_two = PLAY(two);
    EXPECT(&of_two, other);
    smb_message m[] = {ask(1, 0),           answer(1, 10, MORE), ask(1, 0),
                       answer(1, 11, MORE), ask(1, 11),          answer(1, 11, 0),
                       ask(1, 0),           ask(1, 0),           answer(1, 0, REFUSED)};
    static const uint32_t want[][2] = {{1, 1}, {1, 1}, {2, 1}, {2, 1},      {2, 1},
                                       {2, 0}, {2, 1}, {3, 1}, {3, REFUSED}};
    seen got = PLAY(m);
    EXPECT(&got, want);
}

/* ---- what is said of a session ---- */

static void check(smb_message *messages, size_t n, const char *want)
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
    free(events);
}

#define CHECK(messages, want) check(messages, sizeof(messages) / sizeof *(messages), want)

static void guests(void **state)
{
    (void)state;
    static const struct {
        uint16_t flags;
        uint32_t status;
        const char *text;
    } cases[] = {
        {0, 0, NULL}, {1, 0, "guest"}, {2, 0, "anonymous"},   {3, 0, "anonymous"},
        {4, 0, NULL}, {5, 0, "guest"}, {1, 0xc000006d, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        smb_message m = smb2_setup_response(1, 7, cases[i].status, cases[i].flags, "");
        const test_piece piece = smb_piece(&m);
        const test_talk talk = {.dissector = &cx_dissector_smb, .pieces = &piece, .n_pieces = 1};
        char *got = test_events_of(&talk), *at = strstr(got, "\"text\":\"");
        if (cases[i].text)
            assert_memory_equal(at + 8, cases[i].text, strlen(cases[i].text));
        else
            assert_null(at);
        free(got);
    }
}

static void no_answers_to_a_logon(void **state)
{
    (void)state;
    smb_message m[] = {smb2_setup_response(1, 7, 0x103, 0, ""), /* it goes on by itself */
                       smb2_begin(CX_FROM_SERVER, 3, 0xc000006d, 2, 7)};
    CHECK(m, "");
}

/* ---- pipes ---- */

typedef struct bind {
    uint8_t bytes[128];
    size_t n;
} bind;

static cx_slice bind_of(bind *b)
{
    b->n = test_hex(SMB_RPC_BIND, b->bytes, sizeof b->bytes);
    return (cx_slice){b->bytes, b->n};
}

static void a_pipe_in_pieces(void **state)
{
    (void)state;
    bind b;
    cx_slice data = bind_of(&b);
    smb_message m[] = {smb2_write(1, 5, cx_slice_sub(data, 0, 30)), smb2_write(2, 6, data),
                       smb2_write(3, 5, cx_slice_sub(data, 30, data.len))};
    CHECK(m, "dcerpc:negotiate dcerpc:negotiate");
    /* what no pipe began with is that of a file */
    check(m + 2, 1, "");
}

/* The answer to a read does not name its pipe. */
static void answers_belong_to_their_requests(void **state)
{
    (void)state;
    bind b;
    cx_slice data = bind_of(&b), first = cx_slice_sub(data, 0, 30),
             rest = cx_slice_sub(data, 30, data.len);
    smb_message m[] = {smb2_write(1, 5, data),
                       smb2_write(2, 6, data),
                       smb2_read(3, 5),
                       smb2_read(4, 6),
                       smb2_read(5, 5),
                       smb2_read_answer(4, first),
                       smb2_read_answer(3, first),
                       smb2_read_answer(5, rest),
                       smb2_read_answer(99, data),
                       smb2_read_answer(98, rest)};
    CHECK(m, "dcerpc:negotiate dcerpc:negotiate dcerpc:negotiate dcerpc:negotiate");
}

/* Where the request was not captured, nothing says what goes on. */
static void answers_without_their_requests(void **state)
{
    (void)state;
    bind b;
    cx_slice data = bind_of(&b);
    smb_message m[] = {smb2_read_answer(1, cx_slice_sub(data, 0, 30)), smb2_read_answer(2, data),
                       smb2_read_answer(3, data)};
    CHECK(m, "dcerpc:negotiate dcerpc:negotiate");
}

/* The id may be given to the next file, and what was begun there does not go on. */
static void closed_pipes_are_forgotten(void **state)
{
    (void)state;
    bind b;
    cx_slice data = bind_of(&b);
    smb_message m[] = {smb2_write(1, 5, cx_slice_sub(data, 0, 30)), smb2_close(2, 5),
                       smb2_write(3, 5, cx_slice_sub(data, 30, data.len)), smb2_write(4, 5, data)};
    CHECK(m, "dcerpc:negotiate");
}

/* Behind messages that are lost a pipe is read on from its next PDU. */
static void pipes_behind_a_gap(void **state)
{
    (void)state;
    bind b;
    cx_slice data = bind_of(&b);
    smb_message m[] = {smb2_write(1, 5, cx_slice_sub(data, 0, 30)), smb2_write(2, 5, data),
                       smb2_write(3, 5, data)};
    test_piece pieces[] = {smb_piece(&m[0]), smb_piece(&m[1]), smb_piece(&m[2])};
    const test_talk talk = {
        .dissector = &cx_dissector_smb, .children = children, .pieces = pieces, .n_pieces = 3};
    pieces[1].lost = true;
    char *got = test_summary_of(&talk);
    assert_string_equal(got, "dcerpc:negotiate");
    free(got);
    /* the same when the capture has the beginning of a message */
    m[1] = smb2_write(2, 5, cx_slice_sub(data, 30, data.len));
    pieces[1] = smb_piece(&m[1]);
    pieces[2] = pieces[1];
    pieces[1].bytes.len -= 20;
    pieces[2].bytes = cx_slice_sub(pieces[2].bytes, pieces[1].bytes.len, 20);
    pieces[2].lost = true;
    smb_message next = smb2_write(3, 5, data);
    const test_piece four[] = {pieces[0], pieces[1], pieces[2], smb_piece(&next)};
    const test_talk cut = {
        .dissector = &cx_dissector_smb, .children = children, .pieces = four, .n_pieces = 4};
    got = test_summary_of(&cut);
    assert_string_equal(got, "dcerpc:negotiate");
    free(got);
}

/* Each pipe has a number of its own among the exchanges, away from those of setups. */
static void pipes_are_exchanges(void **state)
{
    (void)state;
    bind b;
    cx_slice data = bind_of(&b);
    smb_message m[] = {ask(1, 0),        smb2_write(2, 5, data), smb2_write(3, 6, data),
                       smb2_close(4, 5), smb2_write(5, 7, data), answer(1, 10, 0)};
    static const uint32_t want[][2] = {
        {1, 1}, {CX_SMB_SETUPS + 1, 1}, {CX_SMB_SETUPS + 2, 1}, {CX_SMB_SETUPS + 1, 1}, {1, 0}};
    seen got = PLAY(m);
    EXPECT(&got, want);
}

static void many_pipes(void **state)
{
    (void)state;
    bind b;
    cx_slice data = bind_of(&b);
    smb_message m[CX_SMB_PIPES + 2];
    for (uint8_t i = 0; i <= CX_SMB_PIPES; i++)
        m[i] = smb2_write(i, (uint8_t)(i + 1), cx_slice_sub(data, 0, 30));
    /* the last is remembered, the first is not */
    m[CX_SMB_PIPES + 1] = smb2_write(80, CX_SMB_PIPES + 1, cx_slice_sub(data, 30, data.len));
    CHECK(m, "dcerpc:negotiate");
    m[CX_SMB_PIPES + 1] = smb2_write(80, 1, cx_slice_sub(data, 30, data.len));
    CHECK(m, "");
}

static void looks(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        bool want;
    } cases[] = {
        {"05000b03100000004800", true},  {"05011403100000001000", true},
        {"05000b03000000000048", true}, /* big endian */
        {"05000b0310000000", false},     {"05000b03100000000f00", false},
        {"05001503100000004800", false}, {"05020b03100000004800", false},
        {"04000b03100000004800", false}, {"05000b03200000004800", false},
        {"05000b03100100004800", false}, {"05000b03100000014800", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[16];
        size_t n = test_hex(cases[i].hex, bytes, sizeof bytes);
        print_message("  %s\n", cases[i].hex);
        assert_int_equal(cx_smb_looks_like_rpc((cx_slice){bytes, n}), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(several_at_a_time),
        cmocka_unit_test(without_the_request),
        cmocka_unit_test(too_many),
        cmocka_unit_test(a_number_used_again),
        cmocka_unit_test(guests),
        cmocka_unit_test(no_answers_to_a_logon),
        cmocka_unit_test(a_pipe_in_pieces),
        cmocka_unit_test(answers_belong_to_their_requests),
        cmocka_unit_test(answers_without_their_requests),
        cmocka_unit_test(closed_pipes_are_forgotten),
        cmocka_unit_test(pipes_behind_a_gap),
        cmocka_unit_test(pipes_are_exchanges),
        cmocka_unit_test(many_pipes),
        cmocka_unit_test(looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
