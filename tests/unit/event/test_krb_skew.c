/* event/krb_skew.c: seconds between two clocks, to the nearest. */
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void skews(void **state)
{
    static const int64_t t = INT64_C(1795442521123456789);
    static const struct {
        int64_t stime_ns, frame_ns;
        bool ok;
        int64_t s;
    } rows[] = {
        {t, t, true, 0},
        {t + INT64_C(7200000000000), t, true, 7200},
        {t - INT64_C(300000000000), t, true, -300},
        {t + 499999999, t, true, 0},
        {t + 500000000, t, true, 1},
        {t - 499999999, t, true, 0},
        {t - 500000000, t, true, -1},
        {t - 1500000000, t, true, -2},
        {INT64_MIN, t, false, 0},
        {INT64_MIN + 1, t, false, 0},
        {INT64_MAX, -t, false, 0},
        {INT64_MAX, 0, true, INT64_C(9223372037)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const cx_ev_krb e = {.stime_ns = rows[i].stime_ns};
        const cx_evidence at = {.ts_ns = rows[i].frame_ns};
        int64_t s = 4711;
        assert_int_equal(cx_krb_skew(&e, &at, &s), rows[i].ok);
        assert_true(s == (rows[i].ok ? rows[i].s : 4711));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(skews)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
