/* Files that open TLS: what a file is, its content says; what is wrong is told. Whole runs:
 * tests/cli. */
#include "app/keys.h"
#include "support/alloc.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

#define DATA CX_SOURCE_DIR "/tests/data/tlskeys/"
#define LINE                                                                                       \
    "CLIENT_RANDOM cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 "              \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d" \
    "2e2f\n"

static char path[] = "/tmp/capdx-keys-XXXXXX";

static const char *file_of(const char *text, size_t times)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (size_t i = 0; i < times; i++)
        assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    return path;
}

static cx_status open_files(const char *first, const char *second, cx_keys *ret)
{
    const char *files[] = {first, second};
    cx_options o = {.keys = files,
                    .n_keys = (size_t)((first != NULL) + (second != NULL)),
                    .passphrase_fd = -1,
                    .quiet = true};
    return cx_keys_open(&o, ret);
}

static void contents_decide(void **state)
{
    (void)state;
    cx_keys k;
    assert_int_equal(open_files(NULL, NULL, &k), CX_OK);
    assert_false(k.given || k.thorough);
    assert_non_null(k.crypto);
    cx_keys_free(&k);
    assert_int_equal(open_files(file_of(LINE, 1), DATA "rsa.pem", &k), CX_OK);
    assert_true(k.given);
    assert_int_equal(cx_tls_secrets_count(k.secrets, CX_TLS_MASTER), 1);
    assert_int_equal(cx_tls_rsa_count(k.rsa), 1);
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0); /* no core dump, no look from outside */
    cx_keys_free(&k);
    /* longer than what is read at once */
    assert_int_equal(open_files(file_of(LINE, CX_MAX_RSA_FILE / (sizeof LINE - 1) * 3), NULL, &k),
                     CX_OK);
    assert_int_equal(cx_tls_secrets_count(k.secrets, CX_TLS_MASTER), 1);
    assert_int_equal(cx_tls_secrets_version(k.secrets), CX_MAX_RSA_FILE / (sizeof LINE - 1) * 3);
    cx_keys_free(&k);
    /* an empty key log, and one of comments: a program has not written yet */
    assert_int_equal(open_files(file_of("", 1), NULL, &k), CX_OK);
    assert_false(k.given);
    cx_keys_free(&k);
    assert_int_equal(open_files(file_of("# SSL/TLS secrets log file\n", 1), NULL, &k), CX_OK);
    cx_keys_free(&k);
    assert_int_equal(open_files(file_of("EXPORTER_SECRET 00 00\n", 1), NULL, &k), CX_OK);
    cx_keys_free(&k);
    assert_int_equal(open_files(file_of("CLIENT_RANDOM 00\n", 1), NULL, &k), CX_OK); /* cut */
    cx_keys_free(&k);
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    cx_keys k;
    const char *const files[] = {"/nonexistent", "/tmp", DATA "ec.pem", DATA "rsa.crt"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_int_equal(open_files(files[i], NULL, &k), CX_USAGE);
    assert_int_equal(open_files(file_of("words and no secrets\n", 3), NULL, &k), CX_USAGE);
    assert_int_equal(open_files(file_of("\x7f"
                                        "ELF",
                                        3),
                                NULL, &k),
                     CX_USAGE);
    /* as long as private keys may be, and longer */
    assert_int_equal(
        open_files(file_of("-----BEGIN RSA PRIVATE KEY-----\n", CX_MAX_RSA_FILE / 32 + 1), NULL,
                   &k),
        CX_USAGE);
    /* the second of two */
    assert_int_equal(open_files(DATA "rsa.pem", "/nonexistent", &k), CX_USAGE);
}

static void the_environment_is_honoured(void **state)
{
    (void)state;
    cx_keys k;
    assert_int_equal(setenv("SSLKEYLOGFILE", file_of(LINE, 1), 1), 0);
    assert_int_equal(open_files(NULL, NULL, &k), CX_OK);
    assert_true(k.given);
    assert_int_equal(cx_tls_secrets_count(k.secrets, CX_TLS_MASTER), 1);
    cx_keys_free(&k);
    /* what is wrong with it is not the person's fault */
    assert_int_equal(setenv("SSLKEYLOGFILE", file_of("words\n", 1), 1), 0);
    assert_int_equal(open_files(NULL, NULL, &k), CX_OK);
    assert_false(k.given);
    cx_keys_free(&k);
    assert_int_equal(setenv("SSLKEYLOGFILE", "/nonexistent", 1), 0);
    assert_int_equal(open_files(NULL, NULL, &k), CX_OK);
    cx_keys_free(&k);
    assert_int_equal(unsetenv("SSLKEYLOGFILE"), 0);
}

static void no_memory_is_said(void **state)
{
    (void)state;
    cx_keys k;
    size_t calls = 0;
    (void)file_of(LINE, 1);
    test_alloc_fail_at(0);
    assert_int_equal(open_files(path, DATA "rsa.pem", &k), CX_OK);
    calls = test_alloc_calls();
    cx_keys_free(&k);
    assert_true(calls >= 6);
    for (size_t i = 1; i <= calls; i++) {
        test_alloc_fail_at(i);
        cx_status status = open_files(path, DATA "rsa.pem", &k);
        test_alloc_fail_at(0);
        assert_int_equal(status, CX_NO_MEMORY);
    }
}

static int begin(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd) + unsetenv("SSLKEYLOGFILE");
}

static int end(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_decide),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(the_environment_is_honoured),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
