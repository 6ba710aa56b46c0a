/* OpenSSL's providers: all there, the legacy one missing, none at all. */
#include "support/alloc.h"
#include "tls/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void ciphers_of_both_providers_are_there(void **state)
{
    (void)state;
    cx_tls_crypto *c = cx_tls_crypto_new();
    assert_non_null(c);
    assert_true(cx_tls_crypto_has_legacy(c));
    static const cx_tls_cipher there[] = {
        CX_TLS_CIPHER_RC4_128,           CX_TLS_CIPHER_RC2_CBC_40,
        CX_TLS_CIPHER_DES_CBC,           CX_TLS_CIPHER_DES_EDE3_CBC,
        CX_TLS_CIPHER_SEED_CBC,          CX_TLS_CIPHER_AES_128_CBC,
        CX_TLS_CIPHER_AES_256_GCM,       CX_TLS_CIPHER_AES_128_CCM_8,
        CX_TLS_CIPHER_CHACHA20_POLY1305, CX_TLS_CIPHER_CAMELLIA_256_CBC,
        CX_TLS_CIPHER_ARIA_128_CBC,      CX_TLS_CIPHER_ARIA_256_GCM,
    };
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++)
        assert_non_null(cx_tls_crypto_cipher(c, there[i]));
    assert_null(cx_tls_crypto_cipher(c, CX_TLS_CIPHER_NULL));
    /* no release of OpenSSL has it */
    assert_null(cx_tls_crypto_cipher(c, CX_TLS_CIPHER_CAMELLIA_128_GCM));
    assert_null(cx_tls_crypto_cipher(c, CX_TLS_CIPHER_CAMELLIA_128_GCM));
    assert_true(cx_tls_crypto_can(c, cx_tls_suite_find(0x0005)));  /* RSA RC4-128 SHA */
    assert_true(cx_tls_crypto_can(c, cx_tls_suite_find(0x0002)));  /* RSA NULL SHA */
    assert_false(cx_tls_crypto_can(c, cx_tls_suite_find(0xc07a))); /* RSA CAMELLIA-128-GCM */
    cx_tls_crypto_free(c);
    cx_tls_crypto_free(NULL);
}

static void a_missing_legacy_provider_is_no_failure(void **state)
{
    (void)state;
    assert_int_equal(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
    cx_tls_crypto *c = cx_tls_crypto_new();
    assert_int_equal(unsetenv("OPENSSL_MODULES"), 0);
    assert_non_null(c);
    assert_false(cx_tls_crypto_has_legacy(c));
    assert_null(cx_tls_crypto_cipher(c, CX_TLS_CIPHER_RC4_128));
    assert_false(cx_tls_crypto_can(c, cx_tls_suite_find(0x0005)));
    assert_true(cx_tls_crypto_can(c, cx_tls_suite_find(0x002f)));
    cx_tls_crypto_free(c);
}

static void digests_join_their_parts(void **state)
{
    (void)state;
    static const uint8_t abc[20] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
                                    0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d};
    cx_tls_crypto *c = cx_tls_crypto_new();
    uint8_t digest[48];
    const cx_slice parts[] = {cx_slice_of("a"), {NULL, 0}, cx_slice_of("bc")};
    assert_int_equal(cx_tls_crypto_digest(c, CX_TLS_SHA1, parts, 3, digest), CX_OK);
    assert_memory_equal(digest, abc, sizeof abc); /* FIPS 180-1 A */
    assert_int_equal(cx_tls_crypto_digest(c, CX_TLS_AEAD, parts, 3, digest), CX_UNSUPPORTED);
    assert_null(cx_tls_crypto_hmac(c, CX_TLS_AEAD, cx_slice_of("key")));
    for (cx_tls_hash hash = CX_TLS_MD5; hash < CX_TLS_HASHES; hash++) {
        assert_non_null(cx_tls_crypto_hash(c, hash));
        assert_int_equal(EVP_MD_get_size(cx_tls_crypto_hash(c, hash)), cx_tls_hash_len(hash));
    }
    cx_tls_crypto_free(c);
}

static void no_memory_is_said(void **state)
{
    (void)state;
    test_alloc_fail_at(1);
    assert_null(cx_tls_crypto_new());
    test_alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ciphers_of_both_providers_are_there),
        cmocka_unit_test(a_missing_legacy_provider_is_no_failure),
        cmocka_unit_test(digests_join_their_parts),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
