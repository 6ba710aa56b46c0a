#include "net/path.h"

#include "base/limits.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void numbers_paths_in_order(void **state)
{
    (void)state;
    cx_paths *p = cx_paths_new();
    assert_non_null(p);
    for (int round = 0; round < 2; round++)
        for (uint64_t i = 1; i <= CX_MAX_PATHS; i++)
            assert_int_equal(cx_paths_number(p, i << 7), i); /* all in few of the first slots */
    assert_int_equal(cx_paths_number(p, UINT64_MAX), CX_PATH_LOST);
    assert_int_equal(cx_paths_number(p, UINT64_MAX - 1), CX_PATH_LOST);
    assert_int_equal(cx_paths_number(p, 1 << 7), 1);
    cx_paths_free(p);
    cx_paths_free(NULL);
}

static void survives_failed_allocations(void **state)
{
    (void)state;
    for (size_t k = 1; k <= 2; k++) {
        test_alloc_fail_at(k);
        assert_null(cx_paths_new());
    }
    test_alloc_fail_at(0);
    cx_paths *p = cx_paths_new();
    assert_non_null(p);
    uint64_t i = 1;
    cx_path number = 0;
    test_alloc_fail_at(1);
    while (i <= CX_MAX_PATHS && (number = cx_paths_number(p, i)) != CX_PATH_LOST)
        assert_int_equal(number, i++);
    test_alloc_fail_at(0);
    assert_int_equal(number, CX_PATH_LOST);
    assert_true(i > 1);
    assert_int_equal(cx_paths_number(p, i - 1), i - 1); /* what was there stays */
    assert_int_equal(cx_paths_number(p, i), i);         /* and with memory it goes on */
    cx_paths_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_paths_in_order),
        cmocka_unit_test(survives_failed_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
