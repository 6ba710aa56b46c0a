#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void each_code_has_a_text(void **state)
{
    (void)state;
#define CHECK(code, text) assert_string_equal(cx_status_text(code), text);
    CX_STATUS_LIST(CHECK)
#undef CHECK
}

static void other_numbers_are_unknown(void **state)
{
    (void)state;
    assert_string_equal(cx_status_text((cx_status)-1), "unknown");
    assert_string_equal(cx_status_text((cx_status)(CX_USAGE + 1)), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_has_a_text),
        cmocka_unit_test(other_numbers_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
