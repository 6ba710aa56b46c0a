#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define S(text) cx_slice_of(text)
static const cx_slice absent = {NULL, 0};

static void sub_is_clamped(void **state)
{
    (void)state;
    static const struct {
        size_t from, len;
        const char *expected;
    } rows[] = {
        {0, 4, "abcd"}, {0, 5, "abcd"},      {1, 2, "bc"},
        {3, 1, "d"},    {4, 0, ""},          {4, 1, ""},
        {5, 1, ""},     {2, SIZE_MAX, "cd"}, {SIZE_MAX, SIZE_MAX, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(
            cx_slice_is(cx_slice_sub(S("abcd"), rows[i].from, rows[i].len), rows[i].expected));
    assert_null(cx_slice_sub(absent, 0, 1).p);
}

static void compares(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same, same_folded;
    } rows[] = {
        {"", "", true, true},           {"a", "", false, false},      {"abc", "abc", true, true},
        {"abc", "aBC", false, true},    {"abc", "abd", false, false}, {"ab", "abc", false, false},
        {"@[`{", "@[`{", true, true},   {"@", "`", false, false},     {"[", "{", false, false},
        {"\xc4", "\xe4", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(cx_slice_eq(S(rows[i].a), S(rows[i].b)), rows[i].same);
        assert_int_equal(cx_slice_is(S(rows[i].a), rows[i].b), rows[i].same);
        assert_int_equal(cx_slice_ieq(S(rows[i].a), S(rows[i].b)), rows[i].same_folded);
        assert_int_equal(cx_slice_iis(S(rows[i].a), rows[i].b), rows[i].same_folded);
    }
    assert_true(cx_slice_eq(absent, S("")));
}

static void compares_starts_and_ends(void **state)
{
    (void)state;
    static const struct {
        const char *s, *part;
        bool starts, ends;
    } rows[] = {
        {"SIP/2.0", "sip/", true, false},
        {"SIP/2.0", "2.0", false, true},
        {"sip", "SIP", true, true},
        {"si", "sip", false, false},
        {"x", "", true, true},
        {"", "", true, true},
        {"", "x", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(cx_slice_istarts(S(rows[i].s), rows[i].part), rows[i].starts);
        assert_int_equal(cx_slice_iends(S(rows[i].s), rows[i].part), rows[i].ends);
    }
}

static void finds_and_splits(void **state)
{
    (void)state;
    assert_true(cx_slice_find(S("a:b:"), ':', 0) == 1);
    assert_true(cx_slice_find(S("a:b:"), ':', 2) == 3);
    assert_true(cx_slice_find(S("a:b:"), ':', 4) == SIZE_MAX);
    assert_true(cx_slice_find(S("a:b:"), 'x', 0) == SIZE_MAX);
    assert_true(cx_slice_find(absent, 'x', 0) == SIZE_MAX);
    static const struct {
        const char *s, *before, *rest; /* rest NULL: absent */
    } rows[] = {
        {"a:b:c", "a", "b:c"}, {"a:", "a", ""}, {":a", "", "a"}, {"a", "a", NULL}, {"", "", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cx_slice rest;
        assert_true(cx_slice_is(cx_slice_split(S(rows[i].s), ':', &rest), rows[i].before));
        assert_int_equal(rest.p != NULL, rows[i].rest != NULL);
        assert_true(cx_slice_eq(rest, S(rows[i].rest)));
    }
}

static void trims(void **state)
{
    (void)state;
    static const struct {
        const char *s, *expected;
    } rows[] = {{"", ""}, {" \t\r\n", ""}, {" a b\r\n", "a b"}, {"a", "a"}, {"\va\v", "\va\v"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(cx_slice_is(cx_slice_trim(S(rows[i].s)), rows[i].expected));
    assert_null(cx_slice_trim(absent).p);
}

static void reads_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        uint64_t max;
        bool ok;
        uint64_t value;
    } rows[] = {
        {"0", 0, true, 0},
        {"007", 7, true, 7},
        {"65535", 65535, true, 65535},
        {"65536", 65535, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999", UINT64_MAX, false, 0},
        {"", 9, false, 0},
        {"-1", 9, false, 0},
        {"+1", 9, false, 0},
        {" 1", 9, false, 0},
        {"1x", 9, false, 0},
        {"0x1", 9, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t value = 4711;
        assert_int_equal(cx_slice_number(S(rows[i].s), rows[i].max, &value), rows[i].ok);
        assert_true(value == (rows[i].ok ? rows[i].value : 4711));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sub_is_clamped),
        cmocka_unit_test(compares),
        cmocka_unit_test(compares_starts_and_ends),
        cmocka_unit_test(finds_and_splits),
        cmocka_unit_test(trims),
        cmocka_unit_test(reads_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
