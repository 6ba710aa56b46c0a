/* OpenSSL's providers and algorithms (crypto.h). */
#include "tls/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>

struct cx_tls_crypto {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *standard, *legacy; /* legacy NULL: not installed */
    EVP_MAC *hmac;
    EVP_KDF *prf, *hkdf;
    EVP_MD *hash[CX_TLS_HASHES];
    EVP_CIPHER *cipher[CX_TLS_CIPHERS];
    bool asked[CX_TLS_CIPHERS]; /* for this cipher */
};

cx_tls_crypto *cx_tls_crypto_new(void)
{
    cx_tls_crypto *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    ERR_set_mark();
    c->context = OSSL_LIB_CTX_new();
    if (c->context) {
        /* loading one by name takes away the implicit default one: both are named */
        c->standard = OSSL_PROVIDER_load(c->context, "default");
        c->legacy = OSSL_PROVIDER_load(c->context, "legacy");
    }
    if (!c->standard) {
        ERR_pop_to_mark();
        cx_tls_crypto_free(c);
        return NULL;
    }
    c->hmac = EVP_MAC_fetch(c->context, "HMAC", NULL);
    c->prf = EVP_KDF_fetch(c->context, "TLS1-PRF", NULL);
    c->hkdf = EVP_KDF_fetch(c->context, "HKDF", NULL);
    for (size_t i = 0; i < CX_TLS_HASHES; i++)
        if (cx_tls_hash_name((cx_tls_hash)i))
            c->hash[i] = EVP_MD_fetch(c->context, cx_tls_hash_name((cx_tls_hash)i), NULL);
    ERR_pop_to_mark(); /* what is missing is asked for by its NULL */
    return c;
}

void cx_tls_crypto_free(cx_tls_crypto *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < CX_TLS_HASHES; i++)
        EVP_MD_free(c->hash[i]);
    for (size_t i = 0; i < CX_TLS_CIPHERS; i++)
        EVP_CIPHER_free(c->cipher[i]);
    EVP_MAC_free(c->hmac);
    EVP_KDF_free(c->prf);
    EVP_KDF_free(c->hkdf);
    if (c->standard)
        OSSL_PROVIDER_unload(c->standard);
    if (c->legacy)
        OSSL_PROVIDER_unload(c->legacy);
    OSSL_LIB_CTX_free(c->context);
    free(c);
}

bool cx_tls_crypto_has_legacy(const cx_tls_crypto *c)
{
    return c->legacy != NULL;
}

OSSL_LIB_CTX *cx_tls_crypto_context(const cx_tls_crypto *c)
{
    return c->context;
}

const EVP_CIPHER *cx_tls_crypto_cipher(cx_tls_crypto *c, cx_tls_cipher cipher)
{
    const char *name = cx_tls_cipher_shape_of(cipher)->evp;
    if (!c->asked[cipher] && name) {
        ERR_set_mark();
        c->cipher[cipher] = EVP_CIPHER_fetch(c->context, name, NULL);
        ERR_pop_to_mark();
    }
    c->asked[cipher] = true;
    return c->cipher[cipher];
}

const EVP_MD *cx_tls_crypto_hash(cx_tls_crypto *c, cx_tls_hash hash)
{
    return c->hash[hash];
}

bool cx_tls_crypto_can(cx_tls_crypto *c, const cx_tls_suite *suite)
{
    return (suite->cipher == CX_TLS_CIPHER_NULL ||
            cx_tls_crypto_cipher(c, (cx_tls_cipher)suite->cipher)) &&
           (suite->mac == CX_TLS_AEAD || c->hash[suite->mac]) && c->hash[suite->prf];
}

EVP_MAC_CTX *cx_tls_crypto_hmac(cx_tls_crypto *c, cx_tls_hash hash, cx_slice key)
{
    if (!c->hmac || !c->hash[hash])
        return NULL;
    char name[16];
    (void)snprintf(name, sizeof name, "%s", cx_tls_hash_name(hash)); /* OSSL_PARAM takes no const */
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };
    ERR_set_mark();
    EVP_MAC_CTX *mac = EVP_MAC_CTX_new(c->hmac);
    if (mac && EVP_MAC_init(mac, key.p, key.len, params) != 1) {
        EVP_MAC_CTX_free(mac);
        mac = NULL;
    }
    ERR_pop_to_mark();
    return mac;
}

cx_status cx_tls_crypto_digest(cx_tls_crypto *c, cx_tls_hash hash, const cx_slice *parts,
                               size_t n_parts, uint8_t *ret)
{
    if (!c->hash[hash])
        return CX_UNSUPPORTED;
    ERR_set_mark();
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestInit_ex2(md, c->hash[hash], NULL) == 1;
    for (size_t i = 0; ok && i < n_parts; i++)
        ok = EVP_DigestUpdate(md, parts[i].p, parts[i].len) == 1;
    ok = ok && EVP_DigestFinal_ex(md, ret, NULL) == 1;
    EVP_MD_CTX_free(md);
    ERR_pop_to_mark();
    return ok ? CX_OK : CX_NO_MEMORY;
}

EVP_KDF *cx_tls_crypto_prf(cx_tls_crypto *c)
{
    return c->prf;
}

EVP_KDF *cx_tls_crypto_hkdf(cx_tls_crypto *c)
{
    return c->hkdf;
}
