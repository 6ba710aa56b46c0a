/* tests/support/transcript.c: every form of a line. */
#include "support/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void every_form(void **state)
{
    static const struct {
        uint8_t dir;
        const char *bytes;
        size_t len;
    } expected[] = {
        {CX_FROM_CLIENT, "one\r\ntwo\r\n\t\\\x00\xff\r\n\r\n", 18},
        {CX_FROM_CLIENT, "no line end", 11},
        {CX_FROM_SERVER, "answer\r\n", 8},
        {CX_FROM_SERVER, "again\r\n", 7},
    };
    (void)state;
    test_transcript t = test_transcript_read("reader");
    assert_int_equal(t.n_pieces, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < t.n_pieces; i++) {
        assert_int_equal(t.pieces[i].dir, expected[i].dir);
        assert_int_equal(t.pieces[i].bytes.len, expected[i].len);
        assert_memory_equal(t.pieces[i].bytes.p, expected[i].bytes, expected[i].len);
    }
    assert_string_equal(t.events, "events\n");
    test_transcript_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_form)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
