#include "base/arena.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>

#include <cmocka.h>

static void gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    cx_arena a = cx_arena_init(100000);
    static const size_t sizes[] = {0, 1, 7, 8, 15, 16, 17, 4096, 4097, 20000, 3};
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            uint8_t *p = cx_arena_take(&a, sizes[i]);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(p[k], 0);
            memset(p, 0xff, sizes[i]); /* the next round must not see it */
        }
        cx_arena_reset(&a);
        assert_int_equal(a.used, 0);
    }
    cx_arena_free(&a);
}

static void takes_do_not_overlap(void **state)
{
    (void)state;
    cx_arena a = cx_arena_init(1000000);
    uint8_t *p[500];
    for (size_t i = 0; i < 500; i++) {
        p[i] = cx_arena_take(&a, i);
        assert_non_null(p[i]);
        memset(p[i], (int)i, i);
    }
    for (size_t i = 0; i < 500; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_equal(p[i][k], (uint8_t)i);
    cx_arena_free(&a);
}

static void stops_at_its_cap(void **state)
{
    (void)state;
    static const struct {
        size_t first, second;
        bool fits;
    } rows[] = {
        {64, 64, true},  {64, 65, false},       {128, 0, true},
        {128, 1, false}, {0, 129, false},       {1, 112, true},
        {1, 113, false}, {16, SIZE_MAX, false}, {16, SIZE_MAX - 15, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cx_arena a = cx_arena_init(128);
        assert_non_null(cx_arena_take(&a, rows[i].first));
        assert_int_equal(cx_arena_take(&a, rows[i].second) != NULL, rows[i].fits);
        cx_arena_free(&a);
    }
}

static void copies_end_with_nul(void **state)
{
    (void)state;
    cx_arena a = cx_arena_init(1000);
    char text[] = "text";
    cx_slice copy = cx_arena_copy(&a, cx_slice_of(text));
    text[0] = 'x';
    assert_true(cx_slice_is(copy, "text"));
    assert_int_equal(copy.p[copy.len], 0);
    cx_slice empty = cx_arena_copy(&a, cx_slice_of(""));
    assert_non_null(empty.p);
    assert_int_equal(empty.len, 0);
    size_t used = a.used;
    assert_null(cx_arena_copy(&a, (cx_slice){NULL, 0}).p);
    assert_int_equal(a.used, used);
    cx_arena_free(&a);
}

static void prints(void **state)
{
    (void)state;
    cx_arena a = cx_arena_init(64);
    assert_true(cx_slice_is(cx_arena_printf(&a, "%d-%s", 42, "x"), "42-x"));
    assert_true(cx_slice_is(cx_arena_printf(&a, "%s", ""), ""));
    assert_null(cx_arena_printf(&a, "%100d", 1).p);
    cx_arena_free(&a);
}

static void fails_without_memory(void **state)
{
    (void)state;
    cx_arena a = cx_arena_init(100000);
    test_alloc_fail_at(1);
    assert_null(cx_arena_take(&a, 10));
    test_alloc_fail_at(1);
    assert_null(cx_arena_copy(&a, cx_slice_of("x")).p);
    test_alloc_fail_at(0);
    assert_int_equal(a.used, 0);
    assert_non_null(cx_arena_take(&a, 10));
    cx_arena_free(&a);
    cx_arena_free(NULL);
}

static void keeps_a_block_over_a_reset(void **state)
{
    (void)state;
    cx_arena a = cx_arena_init(100000);
    for (int i = 0; i < 10; i++)
        assert_non_null(cx_arena_take(&a, 4000));
    cx_arena_reset(&a);
    test_alloc_fail_at(1); /* nothing is allocated for what fits */
    assert_non_null(cx_arena_take(&a, 4000));
    test_alloc_fail_at(0);
    cx_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory),
        cmocka_unit_test(takes_do_not_overlap),
        cmocka_unit_test(stops_at_its_cap),
        cmocka_unit_test(copies_end_with_nul),
        cmocka_unit_test(prints),
        cmocka_unit_test(fails_without_memory),
        cmocka_unit_test(keeps_a_block_over_a_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
