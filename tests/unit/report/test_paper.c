/* Wrapped text: exact end, one over; words too long; wide signs; cells. */
#include "report/paper.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char *text;
static size_t len;

static cx_paper paper(int width)
{
    cx_paper p = {.out = open_memstream(&text, &len), .width = width};
    assert_non_null(p.out);
    return p;
}

static void expect(cx_paper *p, const char *wanted)
{
    assert_int_equal(fclose(p->out), 0);
    assert_string_equal(text, wanted);
    assert_false(p->failed);
    free(text);
}

static void wraps_words(void **state)
{
    static const struct {
        int width, indent;
        const char *text, *wanted;
    } cases[] = {
        {10, 2, "", ""},
        {10, 2, "abcdefghij", "abcdefghij"},
        {10, 2, "abcd fghij", "abcd fghij"},
        {10, 2, "abcd fghijk", "abcd\n  fghijk"},
        {10, 2, "  a   b  ", "a b"},
        {10, 2, "abcdefghijk", "abcdefghij\n  k"},
        {10, 2, "ab cdefghijklmn", "ab\n  cdefghij\n  klmn"},
        {10, 2, "a\nb\x1b[0m", "a\\x0ab\\x1b\n  [0m"},
        {10, 0, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2",
         "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"}, /* two columns each */
        {9, 0, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2",
         "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\n\xe6\xbc\xa2"},
        {10, 0, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc.",
         "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc."},
        {1, 0,
         "\xe6\xbc\xa2"
         "ab",
         "\xe6\xbc\xa2\na\nb"}, /* ends, even where nothing fits */
        {10, 2, "\xff", "\xef\xbf\xbd"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cx_paper p = paper(cases[i].width);
        cx_paper_words(&p, CX_INK_PLAIN, cases[i].indent, cases[i].text);
        expect(&p, cases[i].wanted);
    }
}

static void goes_on_behind_words(void **state)
{
    (void)state;
    cx_paper p = paper(10);
    cx_paper_words(&p, CX_INK_PLAIN, 3, "abcd");
    cx_paper_more(&p, CX_INK_PLAIN, 3, "fghij");
    cx_paper_more(&p, CX_INK_PLAIN, 3, "k");
    cx_paper_words(&p, CX_INK_PLAIN, 3, ",");
    cx_paper_newline(&p);
    cx_paper_more(&p, CX_INK_PLAIN, 3, "l");
    expect(&p, "abcd fghij\n   k,\nl");
}

static void fits_cells(void **state)
{
    static const struct {
        int width;
        bool last;
        const char *text, *wanted;
    } cases[] = {
        {5, false, "abcde", "abcde|"},
        {5, false, "abcdef", "abc..|"},
        {5, false, "ab", "ab   |"},
        {5, true, "ab", "ab|"},
        {2, false, "abc", "..|"},
        {1, false, "abc", ".|"},
        {0, false, "abc", "|"},
        {5, false, "", "     |"},
        {5, false, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", "\xe6\xbc\xa2.. |"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cx_paper p = paper(80);
        cx_paper_cell(&p, CX_INK_PLAIN, cases[i].width, cases[i].last, cases[i].text);
        (void)fputc('|', p.out);
        expect(&p, cases[i].wanted);
    }
}

static void moves_and_colours(void **state)
{
    (void)state;
    cx_paper p = paper(80);
    p.color = true;
    cx_paper_words(&p, CX_INK_RED, 0, "a");
    cx_paper_space(&p, 4);
    cx_paper_words(&p, CX_INK_PLAIN, 0, "b");
    cx_paper_space(&p, 4); /* past it: one space */
    cx_paper_gap(&p, 2);
    cx_paper_gap(&p, -1);
    assert_int_equal(p.at, 8);
    assert_int_equal(cx_paper_columns("\x1b\xc3\xa4\xe6\xbc\xa2"), 4 + 1 + 2);
    expect(&p, "\x1b[1;31ma\x1b[0m   b   ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wraps_words),
        cmocka_unit_test(goes_on_behind_words),
        cmocka_unit_test(fits_cells),
        cmocka_unit_test(moves_and_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
