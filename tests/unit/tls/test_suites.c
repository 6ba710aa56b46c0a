/* The table of cipher suites, against what OpenSSL's libssl says of each suite that it knows. */
#include "tls/suites.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    int nid; /* of OpenSSL */
    int value;
} ciphers[] =
    {
        {NID_undef, CX_TLS_CIPHER_NULL},
        {NID_rc4, CX_TLS_CIPHER_RC4_128},
        {NID_des_cbc, CX_TLS_CIPHER_DES_CBC},
        {NID_des_ede3_cbc, CX_TLS_CIPHER_DES_EDE3_CBC},
        {NID_idea_cbc, CX_TLS_CIPHER_IDEA_CBC},
        {NID_seed_cbc, CX_TLS_CIPHER_SEED_CBC},
        {NID_aes_128_cbc, CX_TLS_CIPHER_AES_128_CBC},
        {NID_aes_256_cbc, CX_TLS_CIPHER_AES_256_CBC},
        {NID_camellia_128_cbc, CX_TLS_CIPHER_CAMELLIA_128_CBC},
        {NID_camellia_256_cbc, CX_TLS_CIPHER_CAMELLIA_256_CBC},
        {NID_aes_128_gcm, CX_TLS_CIPHER_AES_128_GCM},
        {NID_aes_256_gcm, CX_TLS_CIPHER_AES_256_GCM},
        {NID_aria_128_gcm, CX_TLS_CIPHER_ARIA_128_GCM},
        {NID_aria_256_gcm, CX_TLS_CIPHER_ARIA_256_GCM},
        {NID_aes_128_ccm, CX_TLS_CIPHER_AES_128_CCM},
        {NID_aes_256_ccm, CX_TLS_CIPHER_AES_256_CCM},
        {NID_chacha20_poly1305, CX_TLS_CIPHER_CHACHA20_POLY1305},
},
  hashes[] =
      {
          {NID_undef, CX_TLS_AEAD},    {NID_md5, CX_TLS_MD5},       {NID_sha1, CX_TLS_SHA1},
          {NID_sha256, CX_TLS_SHA256}, {NID_sha384, CX_TLS_SHA384},
},
  exchanges[] = {
      {NID_kx_rsa, CX_TLS_KX_RSA},         {NID_kx_ecdhe, CX_TLS_KX_ECDHE},
      {NID_kx_dhe, CX_TLS_KX_DHE},         {NID_kx_ecdhe_psk, CX_TLS_KX_ECDHE_PSK},
      {NID_kx_dhe_psk, CX_TLS_KX_DHE_PSK}, {NID_kx_rsa_psk, CX_TLS_KX_RSA_PSK},
      {NID_kx_psk, CX_TLS_KX_PSK},         {NID_kx_srp, CX_TLS_KX_SRP},
      {NID_kx_any, CX_TLS_KX_TLS13},
};

#define LOOK_UP(table, id) look_up((const int *)(table), sizeof(table) / sizeof((table)[0]), id)

static int look_up(const int *table, size_t n, int nid)
{
    for (size_t i = 0; i < n; i++)
        if (table[2 * i] == nid)
            return table[2 * i + 1];
    return -1;
}

static void openssl_agrees(void **state)
{
    (void)state;
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *standard = OSSL_PROVIDER_load(context, "default");
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(context, "legacy");
    SSL_CTX *ssl = SSL_CTX_new_ex(context, NULL, TLS_client_method());
    assert_non_null(ssl);
    assert_int_equal(SSL_CTX_set_cipher_list(ssl, "ALL:COMPLEMENTOFALL:@SECLEVEL=0"), 1);
    assert_int_equal(SSL_CTX_set_ciphersuites(ssl,
                                              "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                              "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:"
                                              "TLS_AES_128_CCM_8_SHA256"),
                     1);
    STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ssl);
    assert_true(sk_SSL_CIPHER_num(all) > 60);
    for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
        const SSL_CIPHER *c = sk_SSL_CIPHER_value(all, i);
        const cx_tls_suite *s = cx_tls_suite_find(SSL_CIPHER_get_protocol_id(c));
        const char *name = SSL_CIPHER_get_name(c);
        if (!s)
            fail_msg("%s is not in the table", name);
        int cipher = LOOK_UP(ciphers, SSL_CIPHER_get_cipher_nid(c));
        if (strstr(name, "CCM8") || strstr(name, "CCM_8"))
            cipher += CX_TLS_CIPHER_AES_128_CCM_8 - CX_TLS_CIPHER_AES_128_CCM;
        int kx = LOOK_UP(exchanges, SSL_CIPHER_get_kx_nid(c));
        if (SSL_CIPHER_get_auth_nid(c) == NID_auth_null && kx != CX_TLS_KX_SRP)
            kx = CX_TLS_KX_ANON;
        int prf = EVP_MD_get_type(SSL_CIPHER_get_handshake_digest(c)) == NID_sha384 ? CX_TLS_SHA384
                                                                                    : CX_TLS_SHA256;
        if (s->cipher != cipher || s->kx != kx || s->prf != prf ||
            s->mac != LOOK_UP(hashes, SSL_CIPHER_get_digest_nid(c)))
            fail_msg("%s: cipher %d not %d, key exchange %d not %d, MAC %d, PRF %d not %d", name,
                     s->cipher, cipher, s->kx, kx, s->mac, s->prf, prf);
    }
    SSL_CTX_free(ssl);
    OSSL_PROVIDER_unload(standard);
    OSSL_PROVIDER_unload(legacy);
    OSSL_LIB_CTX_free(context);
}

/* Lengths of keys, blocks and nonces, against OpenSSL's ciphers. */
static void shapes_fit_the_ciphers(void **state)
{
    (void)state;
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *standard = OSSL_PROVIDER_load(context, "default");
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(context, "legacy");
    unsigned known = 0;
    for (int i = 0; i < CX_TLS_CIPHERS; i++) {
        const cx_tls_cipher_shape *shape = cx_tls_cipher_shape_of((cx_tls_cipher)i);
        EVP_CIPHER *c = shape->evp ? EVP_CIPHER_fetch(context, shape->evp, NULL) : NULL;
        if (!c)
            continue;
        known++;
        assert_int_equal(EVP_CIPHER_get_key_length(c), shape->key);
        if (shape->kind == CX_TLS_CBC) {
            assert_int_equal(EVP_CIPHER_get_block_size(c), shape->iv);
            assert_int_equal(EVP_CIPHER_get_mode(c), EVP_CIPH_CBC_MODE);
        }
        assert_true(shape->material <= shape->key);
        assert_int_equal(shape->tag != 0,
                         (EVP_CIPHER_get_flags(c) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0);
        EVP_CIPHER_free(c);
    }
    assert_true(known >= 20);
    OSSL_PROVIDER_unload(standard);
    OSSL_PROVIDER_unload(legacy);
    OSSL_LIB_CTX_free(context);
}

static void numbers_are_found_or_not(void **state)
{
    (void)state;
    unsigned n = 0;
    for (uint32_t id = 0; id <= 0xffff; id++) {
        const cx_tls_suite *s = cx_tls_suite_find((uint16_t)id);
        if (!s)
            continue;
        n++;
        assert_int_equal(s->id, id);
        bool aead = cx_tls_cipher_shape_of((cx_tls_cipher)s->cipher)->tag != 0;
        assert_int_equal(s->mac == CX_TLS_AEAD, aead);
        assert_true(s->prf == CX_TLS_SHA256 || s->prf == CX_TLS_SHA384 || s->prf == CX_TLS_SM3);
    }
    assert_int_equal(n, 350); /* as many as the table has rows: it is sorted */
    static const uint16_t none[] = {0, 0x00ff, 0x5600, 0x0a0a, 0x1306, 0xc0b4, 0xcc13, 0xffff};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_null(cx_tls_suite_find(none[i]));
}

static void export_suites_are_known(void **state)
{
    (void)state;
    static const struct {
        uint16_t id;
        bool weak;
    } table[] = {
        {0x0003, true},  {0x0004, false}, {0x0006, true},  {0x0008, true},
        {0x0009, false}, {0x0014, true},  {0x0062, true},  {0x0064, true},
        {0x0066, false}, {0x002f, false}, {0x1301, false}, {0x0001, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(cx_tls_suite_export(cx_tls_suite_find(table[i].id)), table[i].weak);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_agrees),
        cmocka_unit_test(shapes_fit_the_ciphers),
        cmocka_unit_test(numbers_are_found_or_not),
        cmocka_unit_test(export_suites_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
