/* Passphrases from a descriptor: one line, whatever stands behind it. */
#include "app/passphrase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void lines_are_read(void **state)
{
    (void)state;
    static char longest[300];
    memset(longest, 'x', 256);
    struct {
        const char *text;
        int len;          /* -1: there is none */
        const char *rest; /* what is left to others */
    } table[] = {
        {"secret\n", 6, ""}, {"secret", 6, ""}, {"secret\r\nmore\n", 6, "more\n"},
        {"\n", 0, ""},       {"", -1, ""},      {"a b \n", 4, ""},
        {longest, 256, ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int ends[2];
        char to[256], rest[16] = "";
        cx_tls_vault *vault = cx_tls_vault_new(SIZE_MAX);
        assert_int_equal(pipe(ends), 0);
        size_t n = strlen(table[i].text);
        assert_int_equal(write(ends[1], table[i].text, n), n);
        assert_int_equal(close(ends[1]), 0);
        cx_passphrase *p = cx_passphrase_new(vault, ends[0]);
        cx_passphrase_for(p, "a.pem");
        assert_false(cx_passphrase_given(p));
        /* the second time nothing is read */
        for (int round = 0; round < 2; round++) {
            int got = cx_passphrase_ask(p, to, sizeof to);
            assert_int_equal(got, table[i].len);
            assert_int_equal(cx_passphrase_given(p), table[i].len >= 0);
            if (got > 0)
                assert_memory_equal(to, table[i].text, (size_t)got);
            if (got > 0)
                assert_int_equal(cx_passphrase_ask(p, to, (size_t)got - 1), -1); /* no room */
        }
        ssize_t left = read(ends[0], rest, sizeof rest - 1);
        assert_true(left >= 0);
        assert_string_equal(rest, table[i].rest);
        (void)close(ends[0]);
        cx_tls_vault_free(vault);
    }
}

static void lines_that_are_too_long_are_none(void **state)
{
    (void)state;
    char text[257], to[256];
    int ends[2];
    memset(text, 'x', sizeof text);
    cx_tls_vault *vault = cx_tls_vault_new(SIZE_MAX);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, sizeof text), sizeof text);
    (void)close(ends[1]);
    cx_passphrase *p = cx_passphrase_new(vault, ends[0]);
    assert_int_equal(cx_passphrase_ask(p, to, sizeof to), -1);
    (void)close(ends[0]);
    /* a descriptor that is not open */
    p = cx_passphrase_new(vault, ends[0]);
    assert_int_equal(cx_passphrase_ask(p, to, sizeof to), -1);
    cx_tls_vault_free(vault);
    vault = cx_tls_vault_new(16);
    assert_null(cx_passphrase_new(vault, 0));
    cx_tls_vault_free(vault);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(lines_that_are_too_long_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
