/* dissectors/haproxy.c: where the header ends, and what is none. */
#include "support/feeder.h"
#include "support/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_haproxy;

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* HAProxy 2.6.12: send-proxy, send-proxy-v2 with a unique id and a checksum. */
#define V1 "50524f58592054435034203132372e302e302e31203132372e302e302e3120333839333620373030310d0a"
#define V2                                                                                         \
    "0d0a0d0a000d0a515549540a211100237f0000017f000001cadc1b5a030004c4f0b39d05000d3746303030303031" \
    "3a43414443"

static const struct {
    const char *hex;
    size_t len; /* of the header; 0: it is none */
} cases[] = {
    {V1, 43},
    {V2, 51},
    {"50524f58592054435036203a3a203a3a20312032 0d0a", 22}, /* TCP6 */
    {"50524f585920554e4b4e4f574e0d0a", 15},                /* UNKNOWN */
    {"0d0a0d0a000d0a515549540a 20 00 0000", 16},           /* LOCAL */
    {"50524f5859205443503520310d0a", 0},                   /* TCP5 */
    {"50524f585920544350342031 0a", 0},                    /* no CR */
    {"0d0a0d0a000d0a515549540a 31 11 0000", 0},            /* version 3 */
    {"0d0a0d0a000d0a515549540a 22 11 0000", 0},            /* another command */
    {"0d0a0d0a000d0a515549540b 21 11 0000", 0},
};

static void headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t bytes[128];
        size_t n = test_hex(cases[i].hex, bytes, 100), len = cases[i].len;
        memcpy(bytes + n, "more", 4);
        for (size_t have = 1; have <= n; have++) {
            cx_chunk first = {.bytes = {bytes, have}};
            cx_match match = cx_dissector_haproxy.probe(&first);
            if (len ? match == CX_MATCH_NO : have == n && match != CX_MATCH_NO)
                fail_msg("%s: %d of the first %zu bytes", cases[i].hex, (int)match, have);
        }
        for (size_t step = 1; step <= n + 4; step++) {
            test_feeder f = {.dissector = &cx_dissector_haproxy};
            assert_true(test_feeder_start(&f));
            for (size_t from = 0; from < n + 4; from += step)
                test_feeder_push(&f, 0, cx_slice_sub((cx_slice){bytes, n + 4}, from, step),
                                 (cx_evidence){.frame = 1});
            size_t end = f.dir[0].handover ? (size_t)f.dir[0].handover - 1 : 0;
            assert_true(f.dir[0].done);
            test_feeder_finish(&f);
            if (end != len)
                fail_msg("%s in steps of %zu: %zu", cases[i].hex, step, end);
        }
    }
}

/* The line has 107 bytes at most. */
static void longest_line(void **state)
{
    uint8_t line[109];
    (void)state;
    for (size_t n = 107; n <= 108; n++) {
        memset(line, '1', sizeof line);
        memcpy(line, "PROXY TCP4 ", 11);
        memcpy(line + n - 2, "\r\n", 2);
        cx_chunk first = {.bytes = {line, n}};
        assert_int_equal(cx_dissector_haproxy.probe(&first), n == 107 ? CX_MATCH_YES : CX_MATCH_NO);
        first.bytes.len = 106;
        assert_int_equal(cx_dissector_haproxy.probe(&first), CX_MATCH_MAYBE);
    }
}

static void damage(void **state)
{
    static const char *const hex[] = {V1, V2};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[128];
        test_piece piece = {.bytes = {bytes, test_hex(hex[i], bytes, sizeof bytes)}};
        const test_talk talk = {
            .dissector = &cx_dissector_haproxy, .pieces = &piece, .n_pieces = 1};
        mutate_all(&talk, 50);
        fail_each_alloc(&talk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(headers), cmocka_unit_test(longest_line),
                                       cmocka_unit_test(damage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
