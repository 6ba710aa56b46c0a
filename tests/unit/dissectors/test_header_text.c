/* dissectors/header_text.c: where header sections and lines end, folded values, items. */
#include "dissectors/header_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void is(cx_slice got, const char *expected)
{
    if (!expected)
        assert_null(got.p);
    else if (!got.p || !cx_slice_is(got, expected))
        fail_msg("expected \"%s\", got \"%.*s\"", expected, (int)got.len,
                 got.p ? (const char *)got.p : "");
}

/* The end is found wherever the text is cut between the calls. */
static void section_end(void **state)
{
    static const char *const texts[] = {"S\r\na: b\r\n c\r\n\r\nbody\r\n\r\n", "S\na: b\n\nx",
                                        "S\r\n\r\n", "S\n\r\n", "S\r\na\r\n \r\n\r\n"};
    static const size_t ends[] = {15, 8, 5, 4, 11};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        cx_slice all = cx_slice_of(texts[i]);
        for (size_t step = 1; step <= all.len; step++) {
            size_t from = 1, end = 0, n = step < 2 ? 2 : step;
            for (; !end && n <= all.len + step; n += step)
                end = cx_header_section_end(cx_slice_sub(all, 0, n), from, &from);
            if (end != ends[i])
                fail_msg("text %zu in steps of %zu: %zu", i, step, end);
        }
        size_t from;
        assert_int_equal(cx_header_section_end(cx_slice_sub(all, 0, ends[i] - 1), 1, &from), 0);
    }
}

static void lines_and_folds(void **state)
{
    static const struct {
        const char *line;
        bool folded;
    } expected[] = {{"To: a\r\n b\r\n\tc\r", true},
                    {"no colon", false},
                    {"From:\r", false},
                    {"\r", false},
                    {"via:z", false}};
    bool folded;
    cx_slice lines = cx_slice_of("To: a\r\n b\r\n\tc\r\nno colon\nFrom:\r\n\r\nvia:z"), line;
    cx_arena a = cx_arena_init(4096), none = cx_arena_init(0);
    (void)state;
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_true(cx_header_line_next(&lines, &line, &folded));
        is(line, expected[i].line);
        assert_int_equal(folded, expected[i].folded);
    }
    assert_false(cx_header_line_next(&lines, &line, &folded));
    is(cx_header_unfold(cx_slice_of("a\r\n b \t\n\tc"), &a), "a b c");
    assert_null(cx_header_unfold(cx_slice_of("a\n b"), &none).p);
    is(cx_header_unfold(cx_slice_of("plain"), &none), "plain");
    cx_arena_free(&a);
}

static void items(void **state)
{
    static const char *const expected[] = {"a", "\"b, \\\" c\"", "<d,\"e>", "", "f"};
    cx_slice rest = cx_slice_of(" a ,\"b, \\\" c\", <d,\"e> ,,f"), item;
    (void)state;
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_true(cx_header_item_next(&rest, ',', &item));
        is(item, expected[i]);
    }
    assert_false(cx_header_item_next(&rest, ',', &item));
    rest = cx_slice_of("x;"); /* something may come behind the last separator: nothing does */
    assert_true(cx_header_item_next(&rest, ';', &item));
    assert_true(cx_header_item_next(&rest, ';', &item));
    is(item, "");
    assert_false(cx_header_item_next(&rest, ';', &item));
    rest = cx_slice_of("\"open, \\");
    assert_true(cx_header_item_next(&rest, ',', &item));
    is(item, "\"open, \\");
}

static void quotes(void **state)
{
    (void)state;
    is(cx_header_unquote(cx_slice_of(" \"a \\\" b\" ")), "a \\\" b");
    is(cx_header_unquote(cx_slice_of("\"open")), "open");
    is(cx_header_unquote(cx_slice_of("plain")), "plain");
    is(cx_header_unquote(cx_slice_of("\"")), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(section_end),
        cmocka_unit_test(lines_and_folds),
        cmocka_unit_test(items),
        cmocka_unit_test(quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
