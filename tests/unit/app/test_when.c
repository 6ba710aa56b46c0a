#include "app/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1764180000000000000)

static void reads(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"1970-01-01", 0},
        {"2026-11-24", INT64_C(1795478400000000000)},
        {"2024-02-29", INT64_C(1709164800000000000)},
        {"2026-11-24T14:02", INT64_C(1795528920000000000)},
        {"2026-11-24 14:02", INT64_C(1795528920000000000)},
        {"2026-11-24T14:02:01", INT64_C(1795528921000000000)},
        {"2026-11-24T14:02:01Z", INT64_C(1795528921000000000)},
        {"90s", NOW - INT64_C(90000000000)},
        {"30m", NOW - INT64_C(1800000000000)},
        {"24h", NOW - INT64_C(86400000000000)},
        {"7d", NOW - INT64_C(604800000000000)},
        {"0s", NOW},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = -1;
        assert_true(cx_when_parse(cases[i].text, NOW, &ns));
        assert_int_equal(ns, cases[i].ns);
    }
}

static void refuses(void **state)
{
    static const char *const cases[] = {"",
                                        "s",
                                        "5",
                                        "-1d",
                                        "7x",
                                        "99999999999999999999d",
                                        "53000w",
                                        "2026",
                                        "2026-13-01",
                                        "2026-02-30",
                                        "2025-02-29",
                                        "2026-11-24Z",
                                        "2026-11-24T25:00",
                                        "2026-11-24T14:02:01 ",
                                        "2026-11-24T14:02:01ZZ",
                                        "yesterday"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = 42;
        assert_false(cx_when_parse(cases[i], NOW, &ns));
        assert_int_equal(ns, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
