#include "capture/pcapng.h"

#include "support/capture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))

static const int64_t second = 1000000000;
static const int64_t latest = (INT64_MAX / 2 / 1000000000 - 1) * 1000000000;

static void clocks(void **state)
{
    (void)state;
    const struct {
        cx_pcapng_clock clock;
        uint64_t units;
        int64_t ns;
    } rows[] = {
        {{false, 6, 0}, 1340954905298858, 1340954905298858000},
        {{false, 6, 0}, 0, 0},
        {{false, 6, 0}, UINT64_MAX, latest + 999999999 - 999999999 % 1000 - 448385000},
        {{false, 0, 0}, 5, 5 * second},
        {{false, 0, 0}, UINT64_MAX, latest},
        {{false, 3, 0}, 1700000000123, 1700000000123000000},
        {{false, 9, 0}, 1700000000123456789, 1700000000123456789},
        {{false, 10, 0}, 17000000001234567899u, 1700000000123456789},
        {{false, 12, 0}, 12345678901234567890u, 12345678901234567},
        {{false, 19, 0}, UINT64_MAX, 1844674407},
        {{false, 28, 0}, UINT64_MAX, 1},
        {{false, 29, 0}, UINT64_MAX, 0},
        {{false, 127, 0}, UINT64_MAX, 0},
        {{true, 0, 0}, 7, 7 * second},
        {{true, 1, 0}, 3, second + second / 2},
        {{true, 10, 0}, 1024 * 50 + 512, 50 * second + second / 2},
        {{true, 20, 0}, (UINT64_C(1700000000) << 20) + 1, 1700000000 * second + 953},
        {{true, 30, 0},
         (UINT64_C(1700000000) << 30) + (1 << 30) - 1,
         1700000000 * second + 999999999},
        {{true, 32, 0},
         (UINT64_C(1700000000) << 32) + (UINT64_C(1) << 31),
         1700000000 * second + second / 2},
        {{true, 63, 0}, UINT64_MAX, second + 999999999},
        {{true, 64, 0}, UINT64_MAX, 999999999},
        {{true, 64, 0}, UINT64_C(1) << 63, second / 2},
        {{true, 65, 0}, UINT64_C(1) << 63, second / 4},
        {{true, 127, 0}, UINT64_MAX, 0},
        /* offsets */
        {{false, 6, 1700000000}, 123456, 1700000000 * second + 123456000},
        {{false, 9, -1}, 1700000000123456789, 1699999999123456789},
        {{false, 6, -5}, 4000000, 0},
        {{false, 6, INT64_MAX}, 1, latest + 1000},
        {{false, 0, INT64_MAX}, UINT64_MAX, latest},
        {{false, 6, INT64_MIN}, 1, 1000},
        {{true, 10, 3}, 1536, 4 * second + second / 2},
    };
    for (size_t i = 0; i < N(rows); i++) {
        int64_t ns = cx_pcapng_time(&rows[i].clock, rows[i].units);
        if (i == 2) { /* only bounded */
            assert_in_range(ns, latest, latest + 999999999);
            continue;
        }
        if (ns != rows[i].ns)
            fail_msg("row %zu: %lld, not %lld", i, (long long)ns, (long long)rows[i].ns);
    }
}

static void knows_fine_clocks(void **state)
{
    (void)state;
    const struct {
        cx_pcapng_clock clock;
        bool fine;
    } rows[] = {{{false, 6, 0}, false}, {{false, 7, 0}, true},  {{false, 9, 0}, true},
                {{false, 0, 0}, false}, {{true, 19, 0}, false}, {{true, 20, 0}, true}};
    for (size_t i = 0; i < N(rows); i++)
        assert_int_equal(cx_pcapng_fine(&rows[i].clock), rows[i].fine);
}

static void options(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        unsigned n; /* options before the end */
    } rows[] = {
        {"", 0, 0},
        {"\1\0\0", 3, 0},                     /* one short of a header */
        {"\1\0\0\0", 4, 1},                   /* exactly one, empty */
        {"\1\0\3\0abc\0\2\0\4\0defg", 16, 2}, /* padded, then exact */
        {"\1\0\3\0abc", 7, 1},                /* without its padding */
        {"\1\0\4\0abc", 7, 0},                /* one short of its value */
        {"\1\0\xff\xff"
         "abc\0",
         8, 0},                     /* longer than all */
        {"\0\0\0\0\1\0\0\0", 8, 0}, /* opt_endofopt */
    };
    for (size_t i = 0; i < N(rows); i++) {
        cx_fields f =
            cx_fields_over((cx_slice){(const uint8_t *)rows[i].bytes, rows[i].len}, false);
        cx_pcapng_option o;
        unsigned n = 0;
        while (cx_pcapng_next_option(&f, &o)) {
            n++;
            assert_int_equal(o.code, n);
        }
        assert_int_equal(n, rows[i].n);
    }
}

/* What is taken for blocks: a row of them, to the end or for long enough. */
static void tells_blocks_from_other_bytes(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        const test_capture c = {.big_endian = big};
        cx_buf b = cx_buf_init(10000);
        size_t ends[10] = {0};
        for (size_t i = 0; i < 9; i++) {
            test_pcapng_packet(&b, &c, 1, 1, cx_slice_of("packet"), 6);
            ends[i + 1] = b.len;
        }
        cx_slice all = cx_buf_slice(&b);
        assert_true(cx_pcapng_blocks(all, true, big, 2));
        assert_false(cx_pcapng_blocks(all, true, big, 1));  /* no such interface */
        assert_false(cx_pcapng_blocks(all, true, !big, 2)); /* the other byte order */
        for (size_t i = 0; i <= 9; i++) {
            assert_true(cx_pcapng_blocks(cx_slice_sub(all, 0, ends[i]), true, big, 2));
            if (i > 0) { /* the end is not the end of a block */
                assert_false(cx_pcapng_blocks(cx_slice_sub(all, 0, ends[i] - 1), true, big, 2));
                assert_int_equal(cx_pcapng_blocks(cx_slice_sub(all, 0, ends[i] - 1), false, big, 2),
                                 i > 1);
            }
        }
        b.p[ends[3] + 4 + (big ? 3 : 0)] ^= 4; /* the length of the fourth */
        assert_false(cx_pcapng_blocks(all, true, big, 2));
        assert_false(cx_pcapng_follows(cx_slice_sub(all, 0, ends[4]), big, 2));
        assert_true(cx_pcapng_follows(all, big, 2)); /* from the fifth on */
        cx_buf_free(&b);
    }
}

static void section_headers(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        const test_capture c = {.big_endian = big};
        cx_buf b = cx_buf_init(100);
        cx_fields f;
        uint32_t len = 0;
        test_pcapng_section(&b, &c);
        assert_true(cx_pcapng_section(cx_slice_sub(cx_buf_slice(&b), 0, 12), &f, &len));
        assert_int_equal(f.big_endian, big);
        assert_int_equal(len, b.len);
        assert_false(cx_pcapng_section(cx_slice_sub(cx_buf_slice(&b), 0, 11), &f, &len));
        b.p[9] ^= 1;
        assert_false(cx_pcapng_section(cx_buf_slice(&b), &f, &len));
        cx_buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks),          cmocka_unit_test(knows_fine_clocks),
        cmocka_unit_test(options),         cmocka_unit_test(tells_blocks_from_other_bytes),
        cmocka_unit_test(section_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
