/* tests/support/der.c: every form of an element, and lengths at their edges. */
#include "support/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_form(void **state)
{
    static const uint8_t expected[] = {0x30, 0x0b, 0x02, 0x01, 0x05, 0x1b, 0x02,
                                       'a',  ' ',  0xa0, 0x02, 0x05, 0x00};
    uint8_t out[64];
    (void)state;
    size_t n = test_der(" 30 { 02(05) 1b'a ' a0{05()} }", out, sizeof out);
    assert_int_equal(n, sizeof expected);
    assert_memory_equal(out, expected, n);
}

static void lengths(void **state)
{
    static const struct {
        size_t len, head;
        uint8_t octets[4];
    } rows[] = {
        {127, 2, {0x04, 127}},
        {128, 3, {0x04, 0x81, 128}},
        {255, 3, {0x04, 0x81, 255}},
        {256, 4, {0x04, 0x82, 1, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[300] = "04'";
        uint8_t out[300];
        memset(text + 3, 'x', rows[i].len);
        text[3 + rows[i].len] = '\'';
        assert_int_equal(test_der(text, out, sizeof out), rows[i].head + rows[i].len);
        assert_memory_equal(out, rows[i].octets, rows[i].head);
        assert_int_equal(out[rows[i].head + rows[i].len - 1], 'x');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_form), cmocka_unit_test(lengths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
