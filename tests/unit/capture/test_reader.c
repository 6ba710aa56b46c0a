#include "capture/reader.h"

#include "base/limits.h"
#include "support/alloc.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))

static void holds_times(void **state)
{
    (void)state;
    const int64_t latest = INT64_MAX / 2 / 1000000000 - 1;
    const struct {
        int64_t seconds, ns, expected;
    } rows[] = {
        {0, 0, 0},
        {1, 999999999, 1999999999},
        {1, 1000000000, 1999999999},
        {1, -1, 1999999999},
        {-1, 5, 5},
        {INT64_MIN, 0, 0},
        {latest, 0, latest * 1000000000},
        {latest + 1, 0, latest * 1000000000},
        {INT64_MAX, INT64_MAX, latest * 1000000000 + 999999999},
    };
    for (size_t i = 0; i < N(rows); i++)
        assert_int_equal(cx_capture_time(rows[i].seconds, rows[i].ns), rows[i].expected);
    assert_true(latest * 2 < INT64_MAX / 1000000000); /* so that two can be added */
}

static void maps_link_types(void **state)
{
    (void)state;
    static const struct {
        uint16_t linktype, dlt;
    } rows[] = {{1, DLT_EN10MB}, {0, DLT_NULL}, {101, DLT_RAW},      {100, DLT_ATM_RFC1483},
                {113, 113},      {276, 276},    {106, DLT_ATM_CLIP}, {65535, 65535}};
    for (size_t i = 0; i < N(rows); i++)
        assert_int_equal(cx_capture_link(rows[i].linktype), rows[i].dlt);
}

static void keeps_the_first_damage(void **state)
{
    (void)state;
    cx_source_info info = {.resumed = false};
    cx_source_damaged(&info, 100, "record of %d bytes", 7);
    info.resumed = true;
    cx_source_damaged(&info, 200, "cut");
    assert_true(info.damaged && !info.resumed);
    assert_int_equal(info.damages, 2);
    assert_int_equal(info.damaged_at, 100);
    assert_string_equal(info.damage, "record of 7 bytes");
    cx_input in = {.error = ENOMEM};
    assert_int_equal(cx_source_failed(&info, 300, &in), CX_NO_MEMORY);
    assert_int_equal(info.damages, 2);
    cx_source_info other = {.resumed = false};
    in.error = EIO;
    assert_int_equal(cx_source_failed(&other, 300, &in), CX_END);
    assert_non_null(strstr(other.damage, strerror(EIO)));
}

static void keeps_secrets_up_to_a_cap(void **state)
{
    (void)state;
    cx_source_info info = {.resumed = false};
    uint8_t *text = calloc(1, CX_MAX_SECRETS);
    assert_non_null(text);
    assert_int_equal(cx_source_secret(&info, (cx_slice){text, CX_MAX_SECRETS - 3}), CX_OK);
    assert_int_equal(cx_source_secret(&info, (cx_slice){text, 4}), CX_OK); /* one over */
    assert_int_equal(info.secrets_lost, 4);
    assert_int_equal(cx_source_secret(&info, (cx_slice){text, 3}), CX_OK);
    assert_int_equal(cx_source_secret(&info, (cx_slice){text, 0}), CX_OK);
    assert_int_equal(info.n_secrets, 2);
    assert_int_equal(info.secret_bytes, CX_MAX_SECRETS);
    cx_source_forget_secrets(&info);
    assert_int_equal(info.n_secrets, 0);
    for (size_t k = 1; k <= 2; k++) {
        test_alloc_fail_at(k);
        assert_int_equal(cx_source_secret(&info, cx_slice_of("x")), CX_NO_MEMORY);
        test_alloc_fail_at(0);
        assert_int_equal(info.n_secrets, 0);
    }
    cx_source_forget_secrets(&info);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_times),
        cmocka_unit_test(maps_link_types),
        cmocka_unit_test(keeps_the_first_damage),
        cmocka_unit_test(keeps_secrets_up_to_a_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
