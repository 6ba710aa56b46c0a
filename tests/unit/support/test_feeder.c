/* tests/support/feeder.c and dissect.c: a dissector of records (length, then that many bytes) is
 * fed as the flow layer would, and one that breaks the rules is found out. */
#include "support/dissect.h"
#include "support/feeder.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Says the length of each record by a gap event, and hands its bytes to "inner". */
static cx_fed feed_records(void *state, const cx_chunk *in, cx_emit *out)
{
    uint32_t *records = state;
    size_t at = 0;
    if (in->gap)
        return cx_fed_ok(0);
    while (at < in->bytes.len) {
        size_t len = in->bytes.p[at];
        if (len == 0xff)
            return cx_fed_end(CX_DONE);
        if (len >= in->bytes.len - at)
            return cx_fed_more(at, 1 + len);
        cx_event e;
        cx_event_begin(&e, CX_EV_GAP, in);
        e.u.gap.missing = len + 1000 * ++*records;
        cx_emit_event(out, &e);
        cx_emit_child(out, "inner", cx_slice_sub(in->bytes, at + 1, len), in, "records");
        at += 1 + len;
    }
    return cx_fed_ok(at);
}

static cx_fed feed_inner(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    if (in->bytes.len > 2)
        cx_emit_malformed(out, in, out->carrier, "long");
    cx_emit_child(out, "inner", cx_slice_sub(in->bytes, 0, in->bytes.len), in, "inner");
    return cx_fed_ok(in->bytes.len);
}

static const cx_dissector records = {.name = "records",
                                     .state_size = sizeof(uint32_t),
                                     .feed = feed_records,
                                     .emits = CX_BIT(CX_EV_GAP)};
static const cx_dissector inner = {
    .name = "inner", .feed = feed_inner, .emits = CX_BIT(CX_EV_MALFORMED)};
static const cx_dissector *const children[] = {&inner, NULL};

static void test_ways(void **state)
{
    (void)state;
    const uint8_t a[] = {1, 'a', 0, 2, 'b', 'c', 3, 'd'}, b[] = {'e', 'f', 0xff, 1, 'g'};
    const test_piece pieces[] = {{.bytes = {a, sizeof a}}, {.bytes = {b, sizeof b}}};
    const test_talk talk = {
        .dissector = &records, .children = children, .pieces = pieces, .n_pieces = 2};
    /* "inner" within itself up to the cap: the record of 3 bytes is told at each depth */
    feed_all_ways(&talk, "{\"type\":\"gap\",\"dir\":\"client\",\"missing\":1001}\n"
                         "{\"type\":\"gap\",\"dir\":\"client\",\"missing\":2000}\n"
                         "{\"type\":\"gap\",\"dir\":\"client\",\"missing\":3002}\n"
                         "{\"type\":\"gap\",\"dir\":\"client\",\"missing\":4003}\n"
                         "{\"type\":\"malformed\",\"dissector\":\"records\",\"reason\":\"long\"}\n"
                         "{\"type\":\"malformed\",\"dissector\":\"inner\",\"reason\":\"long\"}\n"
                         "{\"type\":\"malformed\",\"dissector\":\"inner\",\"reason\":\"long\"}\n"
                         "{\"type\":\"malformed\",\"dissector\":\"inner\",\"reason\":\"long\"}\n"
                         "{\"type\":\"malformed\",\"dissector\":\"inner\",\"reason\":\"long\"}\n"
                         "{\"type\":\"malformed\",\"dissector\":\"inner\",\"reason\":\"long\"}\n"
                         "{\"type\":\"malformed\",\"dissector\":\"inner\",\"reason\":\"long\"}\n"
                         "{\"type\":\"malformed\",\"dissector\":\"inner\",\"reason\":\"long\"}\n");
    mutate_all(&talk, 10);
    fail_each_alloc(&talk);
}

static cx_fed consume_too_much(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    (void)out;
    return cx_fed_ok(in->bytes.len + 1);
}

static cx_fed need_what_is_there(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    (void)out;
    return cx_fed_more(0, in->bytes.len);
}

static cx_fed emit_unlisted(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    cx_emit_malformed(out, in, "unlisted", "");
    return cx_fed_ok(in->bytes.len);
}

static void test_rules(void **state)
{
    (void)state;
    static cx_fed (*const breaks[])(void *, const cx_chunk *, cx_emit *) = {
        consume_too_much, need_what_is_there, emit_unlisted};
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        const cx_dissector broken = {.name = "broken", .feed = breaks[i]};
        const test_piece piece = {.bytes = {(const uint8_t *)"x", 1}};
        const test_talk talk = {.dissector = &broken, .pieces = &piece, .n_pieces = 1};
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            signal(SIGABRT, SIG_DFL); /* cmocka catches it */
            (void)!freopen("/dev/null", "w", stderr);
            free(test_events_of(&talk));
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
