/* Key schedules (schedule.h). */
#include "tls/schedule.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define MAX_BLOCK                                                                                  \
    (2u * (48 + 32 + 16)) /* bytes of a key block: MAC SHA-384, key and IV of AES-256 */
#define MAX_LABEL 64u     /* bytes of an HkdfLabel */

/* OSSL_PARAM has no const; the library only reads what is set. */
static OSSL_PARAM octets(const char *key, cx_slice s)
{
    union {
        const uint8_t *in;
        void *out;
    } p = {.in = s.p ? s.p : (const uint8_t *)""};
    return OSSL_PARAM_construct_octet_string(key, p.out, s.len);
}

static OSSL_PARAM text(const char *key, const char *value)
{
    union {
        const char *in;
        char *out;
    } p = {.in = value};
    return OSSL_PARAM_construct_utf8_string(key, p.out, 0);
}

static cx_status derive(EVP_KDF *kdf, const OSSL_PARAM *params, uint8_t *ret, size_t n)
{
    if (!kdf)
        return CX_UNSUPPORTED;
    ERR_set_mark();
    EVP_KDF_CTX *k = EVP_KDF_CTX_new(kdf);
    bool ok = k && EVP_KDF_derive(k, ret, n, params) == 1;
    EVP_KDF_CTX_free(k);
    ERR_pop_to_mark();
    return ok ? CX_OK : CX_NO_MEMORY;
}

cx_status cx_tls_prf(cx_tls_crypto *c, cx_tls_hash hash, cx_slice secret, const char *label,
                     cx_slice seed, cx_slice seed2, uint8_t *ret, size_t n)
{
    if (!cx_tls_crypto_hash(c, hash))
        return CX_UNSUPPORTED;
    const OSSL_PARAM params[] = {
        text(OSSL_KDF_PARAM_DIGEST, cx_tls_hash_name(hash)),
        octets(OSSL_KDF_PARAM_SECRET, secret),
        octets(OSSL_KDF_PARAM_SEED, cx_slice_of(label)), /* seeds are joined */
        octets(OSSL_KDF_PARAM_SEED, seed),
        octets(OSSL_KDF_PARAM_SEED, seed2),
        OSSL_PARAM_construct_end(),
    };
    return derive(cx_tls_crypto_prf(c), params, ret, n);
}

cx_status cx_tls_ssl3_stretch(cx_tls_crypto *c, cx_slice secret, cx_slice seed, cx_slice seed2,
                              uint8_t *ret, size_t n)
{
    uint8_t letters[26], inner[20], outer[16];
    cx_status status = CX_OK;
    size_t done = 0;
    for (size_t i = 0; status == CX_OK && done < n && i < sizeof letters; i++) {
        memset(letters, 'A' + (int)i, i + 1);
        const cx_slice first[] = {{letters, i + 1}, secret, seed, seed2};
        status = cx_tls_crypto_digest(c, CX_TLS_SHA1, first, 4, inner);
        const cx_slice second[] = {secret, {inner, sizeof inner}};
        if (status == CX_OK)
            status = cx_tls_crypto_digest(c, CX_TLS_MD5, second, 2, outer);
        size_t part = n - done < sizeof outer ? n - done : sizeof outer;
        if (status == CX_OK)
            memcpy(ret + done, outer, part);
        done += part;
    }
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
    return status;
}

cx_tls_hash cx_tls_prf_hash(uint16_t version, const cx_tls_suite *suite)
{
    return version >= CX_TLS_TLS12 ? (cx_tls_hash)suite->prf : CX_TLS_MD5_SHA1;
}

cx_status cx_tls_master_secret(cx_tls_crypto *c, uint16_t version, const cx_tls_suite *suite,
                               cx_slice premaster, const cx_tls_randoms *randoms, uint8_t ret[48])
{
    cx_slice client = {randoms->client, 32}, server = {randoms->server, 32};
    if (version == CX_TLS_SSL30)
        return cx_tls_ssl3_stretch(c, premaster, client, server, ret, 48);
    return cx_tls_prf(c, cx_tls_prf_hash(version, suite), premaster, "master secret", client,
                      server, ret, 48);
}

cx_status cx_tls_extended_master_secret(cx_tls_crypto *c, uint16_t version,
                                        const cx_tls_suite *suite, cx_slice premaster,
                                        cx_slice transcript, uint8_t ret[48])
{
    return cx_tls_prf(c, cx_tls_prf_hash(version, suite), premaster, "extended master secret",
                      transcript, (cx_slice){NULL, 0}, ret, 48);
}

/* The keys that export suites write with, and their IVs, from the short ones (RFC 2246 6.3.1; RFC
 * 6101 6.2.2). */
static cx_status stretch_export(cx_tls_crypto *c, uint16_t version,
                                const cx_tls_cipher_shape *shape, const cx_tls_randoms *randoms,
                                cx_tls_write_keys keys[2])
{
    static const char *const labels[2] = {"client write key", "server write key"};
    cx_slice client = {randoms->client, 32}, server = {randoms->server, 32};
    uint8_t key[32], ivs[32];
    cx_status status = CX_OK;
    for (size_t i = 0; status == CX_OK && i < 2; i++) {
        cx_slice first = i ? server : client, second = i ? client : server;
        cx_slice material = {keys[i].key, shape->material};
        if (version == CX_TLS_SSL30) {
            const cx_slice of_key[] = {material, first, second}, of_iv[] = {first, second};
            status = cx_tls_crypto_digest(c, CX_TLS_MD5, of_key, 3, key);
            if (status == CX_OK && shape->iv)
                status = cx_tls_crypto_digest(c, CX_TLS_MD5, of_iv, 2, ivs + i * shape->iv);
        } else {
            status = cx_tls_prf(c, CX_TLS_MD5_SHA1, material, labels[i], client, server, key,
                                shape->key);
        }
        if (status == CX_OK)
            memcpy(keys[i].key, key, shape->key);
    }
    if (status == CX_OK && version != CX_TLS_SSL30 && shape->iv)
        status = cx_tls_prf(c, CX_TLS_MD5_SHA1, (cx_slice){NULL, 0}, "IV block", client, server,
                            ivs, (size_t)2 * shape->iv);
    for (size_t i = 0; status == CX_OK && i < 2; i++)
        memcpy(keys[i].iv, ivs + i * shape->iv, shape->iv);
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(ivs, sizeof ivs);
    return status;
}

cx_status cx_tls_key_block(cx_tls_crypto *c, uint16_t version, const cx_tls_suite *suite,
                           const uint8_t master[48], const cx_tls_randoms *randoms,
                           cx_tls_write_keys ret[2])
{
    const cx_tls_cipher_shape *shape = cx_tls_cipher_shape_of((cx_tls_cipher)suite->cipher);
    cx_slice client = {randoms->client, 32}, server = {randoms->server, 32}, secret = {master, 48};
    size_t mac = cx_tls_hash_len((cx_tls_hash)suite->mac), key = shape->material;
    /* behind the keys, so that asking for IVs that TLS 1.1 and 1.2 do not use changes nothing */
    size_t n = 2 * (mac + key + shape->iv);
    uint8_t block[MAX_BLOCK];
    cx_status status = version == CX_TLS_SSL30
                           ? cx_tls_ssl3_stretch(c, secret, server, client, block, n)
                           : cx_tls_prf(c, cx_tls_prf_hash(version, suite), secret, "key expansion",
                                        server, client, block, n);
    cx_tls_write_keys keys[2] = {0};
    if (status == CX_OK) {
        const uint8_t *p = block;
        for (int i = 0; i < 2; i++, p += mac)
            memcpy(keys[i].mac, p, mac);
        for (int i = 0; i < 2; i++, p += key)
            memcpy(keys[i].key, p, key);
        for (int i = 0; i < 2; i++, p += shape->iv)
            memcpy(keys[i].iv, p, shape->iv);
        if (cx_tls_suite_export(suite))
            status = stretch_export(c, version, shape, randoms, keys);
    }
    if (status == CX_OK)
        memcpy(ret, keys, sizeof keys);
    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(keys, sizeof keys);
    return status;
}

cx_status cx_tls_expand_label(cx_tls_crypto *c, cx_tls_hash hash, unsigned draft, cx_slice secret,
                              const char *label, uint8_t *ret, size_t n)
{
    /* the prefix of the early drafts */
    cx_slice prefix = cx_slice_of(draft && draft < 20 ? "TLS 1.3, " : "tls13 ");
    cx_slice name = cx_slice_of(label);
    uint8_t info[MAX_LABEL] = {(uint8_t)(n >> 8), (uint8_t)n, (uint8_t)(prefix.len + name.len)};
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    if (!cx_tls_crypto_hash(c, hash))
        return CX_UNSUPPORTED;
    memcpy(info + 3, prefix.p, prefix.len);
    memcpy(info + 3 + prefix.len, name.p, name.len);
    /* one more byte, zero: the length of the context */
    cx_slice all = {info, 3 + prefix.len + name.len + 1};
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        text(OSSL_KDF_PARAM_DIGEST, cx_tls_hash_name(hash)),
        octets(OSSL_KDF_PARAM_KEY, secret),
        octets(OSSL_KDF_PARAM_INFO, all),
        OSSL_PARAM_construct_end(),
    };
    return derive(cx_tls_crypto_hkdf(c), params, ret, n);
}

cx_status cx_tls_traffic_keys(cx_tls_crypto *c, const cx_tls_suite *suite, unsigned draft,
                              cx_slice secret, cx_tls_write_keys *ret)
{
    const cx_tls_cipher_shape *shape = cx_tls_cipher_shape_of((cx_tls_cipher)suite->cipher);
    cx_tls_hash hash = (cx_tls_hash)suite->prf;
    cx_tls_write_keys keys = {0};
    cx_status status = cx_tls_expand_label(c, hash, draft, secret, "key", keys.key, shape->key);
    if (status == CX_OK)
        status = cx_tls_expand_label(c, hash, draft, secret, "iv", keys.iv, 12);
    if (status == CX_OK)
        *ret = keys;
    OPENSSL_cleanse(&keys, sizeof keys);
    return status;
}

cx_status cx_tls_next_secret(cx_tls_crypto *c, const cx_tls_suite *suite, unsigned draft,
                             cx_slice secret, uint8_t *ret)
{
    const char *label = draft && draft < 20 ? "application traffic secret" : "traffic upd";
    return cx_tls_expand_label(c, (cx_tls_hash)suite->prf, draft, secret, label, ret, secret.len);
}
