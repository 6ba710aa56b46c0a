/* RSA private keys: the forms of files, passphrases, certificates, pre-master secrets. */
#include "support/alloc.h"
#include "support/tls_case.h"

#include "base/limits.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct teller {
    const char *passphrase;
    unsigned asked;
} teller;

static int tell(void *self, char *to, size_t room)
{
    teller *t = self;
    t->asked++;
    if (!t->passphrase)
        return -1;
    assert_true(strlen(t->passphrase) <= room);
    memcpy(to, t->passphrase, strlen(t->passphrase));
    return (int)strlen(t->passphrase);
}

static void drop(cx_slice s)
{
    free((void *)(uintptr_t)s.p);
}

static void files_of_all_forms(void **state)
{
    (void)state;
    static const struct {
        const char *name, *passphrase;
        bool asks;
        cx_status status;
    } table[] = {
        {"rsa.pem", NULL, false, CX_OK},
        {"rsa.pkcs1.der", NULL, false, CX_OK},
        {"rsa.pkcs8.der", NULL, false, CX_OK},
        {"rsa.encrypted.pem", "secret", true, CX_OK},
        {"rsa.encrypted.pem", "wrong", true, CX_USAGE},
        {"rsa.encrypted.pem", NULL, true, CX_USAGE},
        {"rsa.traditional.pem", "secret", true, CX_OK},
        {"rsa.traditional.pem", "", true, CX_USAGE},
        {"rsa.p12", "secret", true, CX_OK},
        {"rsa.p12", "wrong", true, CX_USAGE},
        {"ec.pem", NULL, false, CX_UNSUPPORTED},
        {"rsa.crt", NULL, false, CX_MALFORMED},
    };
    cx_slice certificate = test_tls_load("rsa.crt"), der = {NULL, 0};
    uint8_t bytes[2048];
    BIO *bio = BIO_new_mem_buf(certificate.p, (int)certificate.len);
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long len = 0;
    assert_int_equal(PEM_read_bio(bio, &name, &header, &data, &len), 1);
    memcpy(bytes, data, (size_t)len);
    der = (cx_slice){bytes, (size_t)len};
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    BIO_free(bio);
    drop(certificate);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        cx_slice file = test_tls_load(table[i].name);
        cx_tls_rsa *r = cx_tls_rsa_new(test_tls_crypto());
        teller t = {.passphrase = table[i].passphrase};
        size_t key = 99;
        assert_true(cx_tls_rsa_looks(file));
        cx_status status = cx_tls_rsa_add(r, file, &(cx_tls_passphrase){tell, &t});
        if (status != table[i].status || (t.asked != 0) != table[i].asks)
            fail_msg("%s with %s: %s, asked %u times", table[i].name,
                     table[i].passphrase ? table[i].passphrase : "none", cx_status_text(status),
                     t.asked);
        assert_true(t.asked <= 1);
        assert_int_equal(cx_tls_rsa_count(r), table[i].status == CX_OK);
        assert_int_equal(cx_tls_rsa_match(r, der, &key), table[i].status == CX_OK);
        assert_int_equal(key, table[i].status == CX_OK ? 0 : 99);
        if (table[i].asks) /* nobody to ask */
            assert_int_equal(cx_tls_rsa_add(r, file, NULL), CX_USAGE);
        cx_tls_rsa_free(r);
        drop(file);
    }
}

static void private_numbers_are_in_the_secure_heap(void **state)
{
    (void)state;
    cx_tls_rsa *r = cx_tls_rsa_new(test_tls_crypto());
    if (!CRYPTO_secure_malloc_initialized())
        skip(); /* a system without mlock(2) */
    size_t before = CRYPTO_secure_used();
    cx_slice file = test_tls_load("rsa.pem");
    assert_int_equal(cx_tls_rsa_add(r, file, NULL), CX_OK);
    assert_true(CRYPTO_secure_used() >= before + 128); /* the private exponent at least */
    drop(file);
    cx_tls_rsa_free(r);
    assert_int_equal(CRYPTO_secure_used(), before);
}

static void keys_count_once_and_up_to_the_cap(void **state)
{
    (void)state;
    cx_slice file = test_tls_load("rsa.pem"), other = test_tls_load("other.pem");
    cx_tls_rsa *r = cx_tls_rsa_new(test_tls_crypto());
    assert_int_equal(cx_tls_rsa_add(r, file, NULL), CX_OK);
    assert_int_equal(cx_tls_rsa_add(r, file, NULL), CX_OK);
    assert_int_equal(cx_tls_rsa_count(r), 1);
    /* both in one file */
    uint8_t *both = malloc(file.len + other.len);
    assert_non_null(both);
    memcpy(both, file.p, file.len);
    memcpy(both + file.len, other.p, other.len);
    assert_int_equal(cx_tls_rsa_add(r, (cx_slice){both, file.len + other.len}, NULL), CX_OK);
    assert_int_equal(cx_tls_rsa_count(r), 2);
    free(both);
    drop(file);
    drop(other);
    while (cx_tls_rsa_count(r) < CX_MAX_RSA_KEYS + 1) {
        BIO *bio = BIO_new(BIO_s_mem());
        EVP_PKEY *key = EVP_RSA_gen(512);
        char *text;
        assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
        long n = BIO_get_mem_data(bio, &text);
        size_t had = cx_tls_rsa_count(r);
        cx_status status = cx_tls_rsa_add(r, (cx_slice){(const uint8_t *)text, (size_t)n}, NULL);
        assert_int_equal(status, had < CX_MAX_RSA_KEYS ? CX_OK : CX_LIMIT);
        EVP_PKEY_free(key);
        BIO_free(bio);
        if (status == CX_LIMIT)
            break;
    }
    assert_int_equal(cx_tls_rsa_count(r), CX_MAX_RSA_KEYS);
    cx_tls_rsa_free(r);
}

static void other_files_hold_no_key(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool looks;
    } table[] = {
        {"", false},
        {"CLIENT_RANDOM 00 00\n", false},
        {"-----BEGIN RSA PRIVATE KEY-----\n", true},
        {"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", true},
        {"Bag Attributes\n-----BEGIN NOTHING-----\n-----END NOTHING-----\n", true},
        {"\x30\x82\x01\x01\x02\x01", true},
        {"\x30\x03\x02\x01", false},
    };
    cx_tls_rsa *r = cx_tls_rsa_new(test_tls_crypto());
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        cx_slice file = cx_slice_of(table[i].bytes);
        assert_int_equal(cx_tls_rsa_looks(file), table[i].looks);
        assert_int_equal(cx_tls_rsa_add(r, file, NULL), CX_MALFORMED);
    }
    static uint8_t large[CX_MAX_RSA_FILE + 1];
    assert_int_equal(cx_tls_rsa_add(r, (cx_slice){large, sizeof large}, NULL), CX_LIMIT);
    assert_int_equal(cx_tls_rsa_add(r, (cx_slice){large, sizeof large - 1}, NULL), CX_MALFORMED);
    size_t key;
    assert_false(cx_tls_rsa_match(r, (cx_slice){large, 100}, &key));
    cx_tls_rsa_free(r);
    cx_tls_rsa_free(NULL);
    test_alloc_fail_at(1);
    assert_null(cx_tls_rsa_new(test_tls_crypto()));
    test_alloc_fail_at(0);
}

/* Every cut of a key file: an answer, no key, no crash. */
static void cut_files(void **state)
{
    (void)state;
    cx_slice file = test_tls_load("rsa.pkcs8.der");
    for (size_t n = 0; n < file.len; n += 3) {
        cx_tls_rsa *r = cx_tls_rsa_new(test_tls_crypto());
        assert_int_not_equal(cx_tls_rsa_add(r, (cx_slice){file.p, n}, NULL), CX_OK);
        assert_int_equal(cx_tls_rsa_count(r), 0);
        cx_tls_rsa_free(r);
    }
    drop(file);
}

/* Encrypts a block as it is to the key of rsa.pem; 128 bytes. */
static void encrypt(const uint8_t block[128], uint8_t to[128])
{
    cx_slice file = test_tls_load("rsa.pem");
    BIO *bio = BIO_new_mem_buf(file.p, (int)file.len);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    size_t len = 128;
    assert_int_equal(EVP_PKEY_encrypt_init(c), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING), 1);
    assert_int_equal(EVP_PKEY_encrypt(c, to, &len, block, 128), 1);
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_free(key);
    BIO_free(bio);
    drop(file);
}

static void padding_and_version_are_checked(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* one byte of the block that is changed */
        uint8_t value;
        bool good;
    } table[] = {
        {1, 2, true},                                  /* nothing */
        {0, 1, false},  {1, 1, false},  {2, 0, false}, /* a zero in the padding */
        {78, 0, false}, {79, 5, false},                /* none in front of the secret */
        {77, 9, true},  {80, 4, false},                /* client_version */
        {81, 2, false}, {81, 1, true},                 /* the one that was negotiated */
        {127, 0, true},
    };
    cx_tls_rsa *r = test_tls_rsa("rsa.pem"), *other = test_tls_rsa("other.pem");
    uint8_t block[128], exchange[130] = {0, 128}, secret[48];
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        memset(block, 0x77, sizeof block);
        block[0] = 0;
        block[1] = 2;
        block[79] = 0;
        block[80] = 3;
        block[81] = 3;
        block[table[i].at] = table[i].value;
        encrypt(block, exchange + 2);
        for (int prefix = 0; prefix < 2; prefix++) { /* with its length, and without (SSL 3.0) */
            cx_slice body = {exchange + (prefix ? 0 : 2), prefix ? 130 : 128};
            memset(secret, 0xcc, sizeof secret);
            cx_status status = cx_tls_rsa_open(r, 0, body, 0x0303, 0x0301, secret);
            assert_int_equal(status, table[i].good ? CX_OK : CX_MALFORMED);
            assert_int_equal(secret[5], table[i].good ? 0x77 : 0xcc);
            assert_int_equal(cx_tls_rsa_open(other, 0, body, 0x0303, 0x0301, secret), CX_MALFORMED);
        }
        exchange[1] = 127;
        assert_int_equal(cx_tls_rsa_open(r, 0, (cx_slice){exchange, 130}, 0x0303, 0x0301, secret),
                         CX_MALFORMED);
        exchange[1] = 128;
        assert_int_equal(cx_tls_rsa_open(r, 0, (cx_slice){exchange, 129}, 0x0303, 0x0301, secret),
                         CX_MALFORMED);
        assert_int_equal(cx_tls_rsa_open(r, 0, (cx_slice){exchange, 0}, 0x0303, 0x0301, secret),
                         CX_MALFORMED);
    }
    cx_tls_rsa_free(r);
    cx_tls_rsa_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_all_forms),
        cmocka_unit_test(private_numbers_are_in_the_secure_heap),
        cmocka_unit_test(keys_count_once_and_up_to_the_cap),
        cmocka_unit_test(other_files_hold_no_key),
        cmocka_unit_test(cut_files),
        cmocka_unit_test(padding_and_version_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
