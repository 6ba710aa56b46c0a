/* Words of eight bytes against a loop over their bytes: each byte value at each place. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void same_as_byte_for_byte(void **state)
{
    (void)state;
    for (unsigned place = 0; place < 8; place++)
        for (unsigned byte = 0; byte < 256; byte++) {
            uint8_t text[8] = {'a', 'Z', 'q', '~', '!', '@', '[', '`'}, folded[8];
            text[place] = (uint8_t)byte;
            const uint64_t w = cx_word(text);
            bool ascii = true, has = false;
            for (unsigned i = 0; i < 8; i++) {
                folded[i] = cx_fold(text[i]);
                ascii = ascii && text[i] >= 0x21 && text[i] < 0x7f;
                has = has || text[i] == '.';
            }
            assert_true(cx_word_fold(w) == cx_word(folded));
            assert_int_equal(cx_word_is_ascii(w, 0x21), ascii);
            assert_int_equal(cx_word_has(w, '.'), has);
        }
}

static void parts_are_the_first_bytes(void **state)
{
    (void)state;
    static const uint8_t text[8] = "\x01\xffgh.klm";
    for (size_t n = 1; n <= 8; n++) {
        uint8_t cut[8], part[8] = {0}, out[8];
        memset(cut, 'a', sizeof cut);
        memcpy(cut, text, n);
        memcpy(part, text, n);
        assert_true(cx_word_cut(cx_word(text), n) == cx_word(cut));
        if (n < 8)
            assert_true(cx_word_part(text, n) == cx_word(part));
        cx_word_put(out, cx_word(cut));
        assert_memory_equal(out, cut, sizeof out);
    }
}

/* Long enough for words, and for what is left behind them. */
static void hashes_and_compares_without_case(void **state)
{
    (void)state;
    uint8_t lower[40], upper[40];
    for (size_t i = 0; i < sizeof lower; i++) {
        lower[i] = (uint8_t)('a' + i % 26);
        upper[i] = (uint8_t)('A' + i % 26);
    }
    for (size_t n = 0; n <= sizeof lower; n++) {
        const cx_slice a = {lower, n}, b = {upper, n};
        const uint64_t h = cx_hash_folded(a, 7);
        assert_true(h == cx_hash_folded(b, 7));
        assert_true(h != cx_hash_folded(a, 8));
        assert_true(cx_slice_ieq(a, b));
        for (size_t i = 0; i < n; i++) {
            upper[i] ^= 1;
            assert_true(h != cx_hash_folded(b, 7));
            assert_false(cx_slice_ieq(a, b));
            upper[i] ^= 1;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_byte_for_byte),
        cmocka_unit_test(parts_are_the_first_bytes),
        cmocka_unit_test(hashes_and_compares_without_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
