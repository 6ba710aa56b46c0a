/* dissectors/mail.c: lines, words, and what may become one. Exchanges and content are tested with
 * the protocols that have them. */
#include "dissectors/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void lines(void **state)
{
    static const struct {
        const char *text, *line;
        bool whole;
    } rows[] = {
        {"a\r\nb", "a", true},    {"a\nb", "a", true}, {"\r\n", "", true},  {"\n", "", true},
        {"a\r\r\n", "a\r", true}, {"a", "a", false},   {"a\r", "a", false}, {"", "", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool whole;
        cx_slice line = cx_mail_first_line(cx_slice_of(rows[i].text), &whole);
        if (!cx_slice_is(line, rows[i].line) || whole != rows[i].whole)
            fail_msg("row %zu: \"%.*s\"", i, (int)line.len, (const char *)line.p);
    }
}

static void words(void **state)
{
    cx_slice line = cx_slice_of("  one two  three ");
    (void)state;
    assert_true(cx_slice_is(cx_mail_word(&line), "one"));
    assert_true(cx_slice_is(cx_mail_word(&line), "two"));
    assert_true(cx_slice_is(line, "  three "));
    assert_true(cx_slice_is(cx_mail_word(&line), "three"));
    assert_int_equal(cx_mail_word(&line).len, 0);
    assert_int_equal(line.len, 0);
    line = (cx_slice){NULL, 0};
    assert_int_equal(cx_mail_word(&line).len, 0);
}

static void matches(void **state)
{
    static const char *const known[] = {"AUTH", "QUIT", NULL};
    static const struct {
        const char *line;
        bool whole;
        cx_match expected;
    } rows[] = {
        {"AUTH NTLM", true, CX_MATCH_YES}, {"auth", true, CX_MATCH_YES},
        {"quit", true, CX_MATCH_YES},      {"AUTH", false, CX_MATCH_MAYBE},
        {"AUTH ", false, CX_MATCH_YES},    {"AU", false, CX_MATCH_MAYBE},
        {"AU", true, CX_MATCH_NO},         {"AU ", false, CX_MATCH_NO},
        {"AUTHX", false, CX_MATCH_NO},     {"AUTHX", true, CX_MATCH_NO},
        {"X", false, CX_MATCH_NO},         {" AUTH", true, CX_MATCH_NO},
        {"", true, CX_MATCH_NO},           {"", false, CX_MATCH_MAYBE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (cx_mail_match(cx_slice_of(rows[i].line), rows[i].whole, known) != rows[i].expected)
            fail_msg("row %zu: \"%s\"", i, rows[i].line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(words),
                                       cmocka_unit_test(matches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
