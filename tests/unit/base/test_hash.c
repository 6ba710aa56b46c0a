#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void depends_on_each_byte_the_length_and_the_seed(void **state)
{
    (void)state;
    uint8_t key[40] = {0};
    for (size_t n = 0; n <= sizeof key; n++) {
        uint64_t h = cx_hash(key, n, 1);
        assert_true(h == cx_hash(key, n, 1));
        assert_true(h != cx_hash(key, n, 2));
        if (n)
            assert_true(h != cx_hash(key, n - 1, 1)); /* all zero: only the length differs */
        for (size_t bit = 0; bit < 8 * n; bit++) {
            key[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_true(h != cx_hash(key, n, 1));
            key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

/* Keys that differ in few bits, as addresses and ports do, must spread over a table. */
static void spreads_close_keys(void **state)
{
    (void)state;
    enum { KEYS = 16384, BUCKETS = 1024 };
    for (int shift = 0; shift < 64; shift += 54) { /* low bits and high bits */
        unsigned bucket[BUCKETS] = {0}, largest = 0;
        for (uint64_t i = 0; i < KEYS; i++) {
            uint64_t h = cx_hash(&i, sizeof i, 99);
            unsigned n = ++bucket[h >> shift & (BUCKETS - 1)];
            largest = n > largest ? n : largest;
        }
        assert_in_range(largest, KEYS / BUCKETS, 3 * KEYS / BUCKETS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depends_on_each_byte_the_length_and_the_seed),
        cmocka_unit_test(spreads_close_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
