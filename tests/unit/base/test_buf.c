#include "base/buf.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void appends_in_order(void **state)
{
    (void)state;
    cx_buf b = cx_buf_init(100);
    assert_int_equal(cx_buf_put_text(&b, "one "), CX_OK);
    assert_int_equal(cx_buf_put_slice(&b, cx_slice_of("two ")), CX_OK);
    assert_int_equal(cx_buf_put(&b, "three", 5), CX_OK);
    assert_true(cx_slice_is(cx_buf_slice(&b), "one two three"));
    cx_buf_free(&b);
}

static void stops_at_its_maximum(void **state)
{
    (void)state;
    static const struct {
        size_t first, second;
        cx_status status;
    } rows[] = {
        {10, 0, CX_OK},    {9, 1, CX_OK},    {0, 10, CX_OK},          {10, 1, CX_LIMIT},
        {0, 11, CX_LIMIT}, {9, 2, CX_LIMIT}, {5, SIZE_MAX, CX_LIMIT}, {5, SIZE_MAX - 4, CX_LIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cx_buf b = cx_buf_init(10);
        assert_int_equal(cx_buf_put(&b, "0123456789", rows[i].first), CX_OK);
        assert_int_equal(cx_buf_put(&b, "abcdefghij", rows[i].second), rows[i].status);
        size_t len = rows[i].first + (rows[i].status == CX_OK ? rows[i].second : 0);
        assert_int_equal(b.len, len);
        assert_memory_equal(b.p, rows[i].first ? "0123456789" : "abcdefghij",
                            rows[i].first ? rows[i].first : len);
        cx_buf_free(&b);
    }
}

static void grows_over_many_puts(void **state)
{
    (void)state;
    cx_buf b = cx_buf_init(1000);
    for (int i = 0; i < 1000; i++) {
        uint8_t byte = (uint8_t)i;
        assert_int_equal(cx_buf_put(&b, &byte, 1), CX_OK);
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(b.p[i], (uint8_t)i);
    assert_int_equal(cx_buf_put(&b, "x", 1), CX_LIMIT);
    assert_true(b.cap <= 1000);
    cx_buf_free(&b);
}

static void drops_from_the_front(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        const char *left;
    } rows[] = {{0, "abcd"}, {1, "bcd"}, {3, "d"}, {4, ""}, {5, ""}, {SIZE_MAX, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cx_buf b = cx_buf_init(8);
        assert_int_equal(cx_buf_put_text(&b, "abcd"), CX_OK);
        cx_buf_drop(&b, rows[i].n);
        assert_true(cx_slice_is(cx_buf_slice(&b), rows[i].left));
        assert_int_equal(cx_buf_put_text(&b, "xy"), CX_OK);
        assert_true(cx_slice_iends(cx_buf_slice(&b), "xy"));
        cx_buf_free(&b);
    }
}

static void is_unchanged_without_memory(void **state)
{
    (void)state;
    cx_buf b = cx_buf_init(1000);
    assert_int_equal(cx_buf_put_text(&b, "kept"), CX_OK);
    char more[200] = {0};
    test_alloc_fail_at(1);
    assert_int_equal(cx_buf_put(&b, more, sizeof more), CX_NO_MEMORY);
    test_alloc_fail_at(0);
    assert_true(cx_slice_is(cx_buf_slice(&b), "kept"));
    assert_int_equal(cx_buf_put(&b, more, sizeof more), CX_OK);
    cx_buf_free(&b);
}

static void can_be_used_again_after_free(void **state)
{
    (void)state;
    cx_buf b = cx_buf_init(4);
    assert_int_equal(cx_buf_put_text(&b, "abcd"), CX_OK);
    cx_buf_free(&b);
    assert_int_equal(b.len, 0);
    assert_int_equal(cx_buf_put_text(&b, "wxyz"), CX_OK);
    assert_true(cx_slice_is(cx_buf_slice(&b), "wxyz"));
    cx_buf_free(&b);
    cx_buf_free(&b);
    cx_buf_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_in_order),
        cmocka_unit_test(stops_at_its_maximum),
        cmocka_unit_test(grows_over_many_puts),
        cmocka_unit_test(drops_from_the_front),
        cmocka_unit_test(is_unchanged_without_memory),
        cmocka_unit_test(can_be_used_again_after_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
