#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint8_t bytes[8] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};

static uint64_t u8(cx_cursor *c)
{
    return cx_u8(c);
}
static uint64_t be16(cx_cursor *c)
{
    return cx_be16(c);
}
static uint64_t be24(cx_cursor *c)
{
    return cx_be24(c);
}
static uint64_t be32(cx_cursor *c)
{
    return cx_be32(c);
}
static uint64_t le16(cx_cursor *c)
{
    return cx_le16(c);
}
static uint64_t le32(cx_cursor *c)
{
    return cx_le32(c);
}

static const struct {
    uint64_t (*read)(cx_cursor *c);
    size_t len;
    uint64_t value;
} reads[] = {
    {u8, 1, 0x11},
    {be16, 2, 0x1122},
    {be24, 3, 0x112233},
    {be32, 4, 0x11223344},
    {cx_be64, 8, 0x1122334455667788},
    {le16, 2, 0x2211},
    {le32, 4, 0x44332211},
    {cx_le64, 8, 0x8877665544332211},
};

static void reads_exact_one_short_one_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        for (size_t len = 0; len <= sizeof bytes; len++) {
            cx_cursor c = cx_cursor_over((cx_slice){bytes, len}, CX_TRUNCATED);
            bool fits = len >= reads[i].len;
            assert_true(reads[i].read(&c) == (fits ? reads[i].value : 0));
            assert_int_equal(c.err, fits ? CX_OK : CX_TRUNCATED);
            assert_int_equal(c.left, fits ? len - reads[i].len : 0);
            assert_int_equal(cx_close(&c), !fits                ? CX_TRUNCATED
                                           : len > reads[i].len ? CX_MALFORMED
                                                                : CX_OK);
        }
    }
}

static void first_short_read_sticks(void **state)
{
    (void)state;
    cx_cursor c = cx_cursor_over((cx_slice){bytes, 3}, CX_MALFORMED);
    assert_int_equal(cx_be16(&c), 0x1122);
    assert_int_equal(cx_be16(&c), 0);
    const uint8_t *at = c.p;
    assert_int_equal(cx_u8(&c), 0); /* the byte that is left is not given out any more */
    assert_null(cx_take(&c, 0));
    assert_null(cx_take_slice(&c, 1).p);
    assert_int_equal(cx_take_slice(&c, 1).len, 0);
    assert_true(cx_be64(&c) == 0 && cx_le64(&c) == 0);
    assert_ptr_equal(c.p, at);
    assert_int_equal(c.err, CX_MALFORMED);
}

static void huge_lengths_do_not_wrap(void **state)
{
    (void)state;
    cx_cursor c = cx_cursor_over((cx_slice){bytes, 8}, CX_TRUNCATED);
    assert_int_equal(cx_u8(&c), 0x11);
    assert_null(cx_take(&c, SIZE_MAX));
    assert_int_equal(c.err, CX_TRUNCATED);
}

static void taking_nothing_at_the_end_is_fine(void **state)
{
    (void)state;
    cx_cursor c = cx_cursor_over((cx_slice){bytes, 8}, CX_TRUNCATED);
    assert_ptr_equal(cx_take(&c, 8), bytes);
    assert_ptr_equal(cx_take(&c, 0), bytes + 8);
    assert_int_equal(cx_close(&c), CX_OK);
}

static void sub_cursor_blames_the_sender(void **state)
{
    (void)state;
    cx_cursor c = cx_cursor_over((cx_slice){bytes, 8}, CX_TRUNCATED);
    cx_cursor sub = cx_sub(&c, 3);
    assert_int_equal(c.left, 5);
    assert_int_equal(cx_be16(&sub), 0x1122);
    assert_int_equal(cx_close(&sub), CX_MALFORMED); /* a byte is left */
    assert_int_equal(cx_be16(&sub), 0);
    assert_int_equal(sub.err, CX_MALFORMED);
    assert_int_equal(cx_be32(&c), 0x44556677); /* the outer one goes on behind it */

    cx_cursor too_long = cx_sub(&c, 2); /* one byte is left: cut by the capture */
    assert_int_equal(too_long.err, CX_TRUNCATED);
    assert_int_equal(too_long.left, 0);
    assert_int_equal(cx_close(&c), CX_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_exact_one_short_one_over),
        cmocka_unit_test(first_short_read_sticks),
        cmocka_unit_test(huge_lengths_do_not_wrap),
        cmocka_unit_test(taking_nothing_at_the_end_is_fine),
        cmocka_unit_test(sub_cursor_blames_the_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
