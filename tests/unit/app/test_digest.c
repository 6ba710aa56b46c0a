/* Digests as sha256sum prints them; compressed by gzip. */
#include "app/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* of "abc" */
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static int file_of(const void *bytes, size_t n)
{
    FILE *f = tmpfile();
    assert_non_null(f);
    int fd = dup(fileno(f));
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    fclose(f);
    return fd;
}

static void check(const void *bytes, size_t n, const char *wanted)
{
    char got[CX_DIGEST_TEXT];
    int fd = file_of(bytes, n);
    off_t at = lseek(fd, 1, SEEK_SET);
    assert_int_equal(cx_digest_file(fd, NULL, NULL, got), CX_OK);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), at); /* left alone */
    if (wanted)
        assert_string_equal(got, wanted);
    else
        assert_string_not_equal(got, ABC);
    close(fd);
}

static void digests(void **state)
{
    uint8_t packed[64];
    z_stream z = {.next_in = (Bytef *)(uintptr_t) "abc", .avail_in = 3};
    (void)state;
    check("abc", 3, ABC);
    check("", 0, EMPTY);
    z.next_out = packed;
    z.avail_out = sizeof packed;
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    check(packed, n, ABC);
    for (size_t cut = 1; cut < n; cut++) /* cut short it is another content than the whole */
        check(packed, n - cut, NULL);
}

static void joins(void **state)
{
    char texts[2][CX_DIGEST_TEXT] = {ABC, EMPTY}, got[CX_DIGEST_TEXT];
    (void)state;
    /* printf %s ABC EMPTY | sha256sum */
    assert_int_equal(cx_digest_texts(texts, 2, got), CX_OK);
    assert_string_equal(got, "17076dc047c0c18dc1ba5e0310336762a1db0b7daa275b1004887c2cca2c25b0");
}

static void tells_errors(void **state)
{
    char got[CX_DIGEST_TEXT] = "untouched";
    (void)state;
    int fd = open("/", O_RDONLY); /* a folder cannot be read */
    assert_int_equal(cx_digest_file(fd, NULL, NULL, got), CX_IO);
    assert_string_equal(got, "untouched");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(digests), cmocka_unit_test(joins),
                                       cmocka_unit_test(tells_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
