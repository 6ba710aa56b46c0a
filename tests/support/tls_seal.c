/* Makes protected TLS records (tls_seal.h). */
#include "support/tls_seal.h"

#include <openssl/hmac.h>
#include <openssl/provider.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

test_sealer test_sealer_new(const cx_tls_protection *how, uint8_t salt)
{
    static OSSL_PROVIDER *standard, *legacy;
    if (!standard) {
        standard = OSSL_PROVIDER_load(NULL, "default");
        legacy = OSSL_PROVIDER_load(NULL, "legacy");
    }
    assert_true(standard && legacy);
    test_sealer s = {.how = *how, .nonce = 0x1122334455660000u + salt};
    uint8_t *p = (uint8_t *)&s.keys;
    for (size_t i = 0; i < sizeof s.keys; i++)
        p[i] = (uint8_t)(salt + 11 * i + i * i / 7);
    memcpy(s.iv, s.keys.iv, sizeof s.iv);
    return s;
}

void test_sealer_free(test_sealer *s)
{
    EVP_CIPHER_CTX_free(s->cipher);
}

static const cx_tls_cipher_shape *shape_of(const test_sealer *s)
{
    return cx_tls_cipher_shape_of((cx_tls_cipher)s->how.suite->cipher);
}

static uint8_t *put64(uint8_t *p, uint64_t n)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *p++ = (uint8_t)(n >> shift);
    return p;
}

static uint8_t *put16(uint8_t *p, size_t n)
{
    *p++ = (uint8_t)(n >> 8);
    *p++ = (uint8_t)n;
    return p;
}

static const EVP_MD *digest_of(const test_sealer *s)
{
    return EVP_get_digestbyname(cx_tls_hash_name((cx_tls_hash)s->how.suite->mac));
}

static size_t mac_len(const test_sealer *s)
{
    size_t n = cx_tls_hash_len((cx_tls_hash)s->how.suite->mac);
    return s->how.short_mac && n > 10 ? 10 : n;
}

/* MAC over content; ret has room for 64 bytes. */
static void mac_of(const test_sealer *s, uint8_t type, uint16_t version, cx_slice content,
                   uint8_t *ret)
{
    static uint8_t text[20000];
    size_t key = cx_tls_hash_len((cx_tls_hash)s->how.suite->mac);
    uint8_t *p = text;
    unsigned n;
    if (s->how.version == 0x0300) {
        size_t pad = key == 16 ? 48 : 40;
        uint8_t inner[20];
        memcpy(p, s->keys.mac, key);
        memset(p + key, 0x36, pad);
        p = put64(p + key + pad, s->seq);
        *p++ = type;
        p = put16(p, content.len);
        if (content.len)
            memcpy(p, content.p, content.len);
        p += content.len;
        assert_int_equal(EVP_Digest(text, (size_t)(p - text), inner, &n, digest_of(s), NULL), 1);
        memset(text + key, 0x5c, pad);
        memcpy(text + key + pad, inner, n);
        assert_int_equal(EVP_Digest(text, key + pad + n, ret, &n, digest_of(s), NULL), 1);
        return;
    }
    p = put64(p, s->seq);
    *p++ = type;
    p = put16(p, version);
    p = put16(p, content.len);
    if (content.len)
        memcpy(p, content.p, content.len);
    p += content.len;
    assert_non_null(HMAC(digest_of(s), s->keys.mac, (int)key, text, (size_t)(p - text), ret, &n));
}

/* Enciphers n bytes of text by blocks, behind the IV; gives the bytes written. */
static size_t seal_blocks(test_sealer *s, const uint8_t *text, size_t n, uint8_t *body)
{
    size_t block = shape_of(s)->iv, at = 0;
    uint8_t iv[16];
    int len;
    memcpy(iv, s->iv, block);
    if (s->how.version >= 0x0302) {
        for (size_t i = 0; i < block; i++)
            iv[i] = (uint8_t)(s->seq * 31 + i * 17 + 5);
        memcpy(body, iv, block);
        at = block;
    }
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, shape_of(s)->evp, NULL);
    assert_int_equal(EVP_EncryptInit_ex2(c, cipher, s->keys.key, iv, NULL), 1);
    EVP_CIPHER_CTX_set_padding(c, 0);
    assert_int_equal(EVP_EncryptUpdate(c, body + at, &len, text, (int)n), 1);
    assert_int_equal(len, n);
    EVP_CIPHER_CTX_free(c);
    EVP_CIPHER_free(cipher);
    memcpy(s->iv, body + at + n - block, block);
    return at + n;
}

static size_t put_padding(const test_sealer *s, uint8_t *text, size_t n)
{
    size_t block = shape_of(s)->iv, pad = block - 1 - n % block;
    if (s->how.version != 0x0300 && s->seq % 3 == 1 && n + pad + block < 18000)
        pad += block; /* TLS allows more than is needed */
    memset(text + n, s->how.version == 0x0300 ? 0xee : (int)pad, pad);
    text[n + pad] = (uint8_t)pad;
    return n + pad + 1;
}

static size_t seal_cbc(test_sealer *s, uint8_t type, uint16_t version, cx_slice content,
                       uint8_t *body)
{
    static uint8_t text[20000];
    uint8_t mac[64];
    size_t n = content.len;
    if (n)
        memcpy(text, content.p, n);
    if (s->how.etm) {
        n = seal_blocks(s, text, put_padding(s, text, n), body);
        mac_of(s, type, version, (cx_slice){body, n}, mac);
        memcpy(body + n, mac, mac_len(s));
        return n + mac_len(s);
    }
    mac_of(s, type, version, content, mac);
    memcpy(text + n, mac, mac_len(s));
    return seal_blocks(s, text, put_padding(s, text, n + mac_len(s)), body);
}

static size_t seal_stream(test_sealer *s, uint8_t type, uint16_t version, cx_slice content,
                          uint8_t *body)
{
    static uint8_t text[20000];
    uint8_t mac[64];
    int len;
    mac_of(s, type, version, content, mac);
    if (content.len)
        memcpy(text, content.p, content.len);
    memcpy(text + content.len, mac, mac_len(s));
    size_t n = content.len + mac_len(s);
    if (!shape_of(s)->evp) {
        memcpy(body, text, n);
        return n;
    }
    if (!s->cipher) {
        EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, shape_of(s)->evp, NULL);
        s->cipher = EVP_CIPHER_CTX_new();
        assert_int_equal(EVP_EncryptInit_ex2(s->cipher, cipher, s->keys.key, NULL, NULL), 1);
        EVP_CIPHER_free(cipher);
    }
    assert_int_equal(EVP_EncryptUpdate(s->cipher, body, &len, text, (int)n), 1);
    return n;
}

static size_t seal_aead(test_sealer *s, uint8_t type, uint16_t version, cx_slice content,
                        uint8_t *body)
{
    static uint8_t text[20000];
    const cx_tls_cipher_shape *shape = shape_of(s);
    uint8_t nonce[12], aad[13], number[8], *p = aad;
    size_t front = 0, n = content.len;
    bool tls13 = s->how.version == 0x0304;
    int len;
    if (n)
        memcpy(text, content.p, n);
    put64(number, s->seq);
    memcpy(nonce, s->keys.iv, 12);
    if (tls13) { /* type, and now and then zeroes */
        text[n++] = type;
        for (uint64_t i = 0; i < s->seq % 4 && n < 16384 + 1; i++)
            text[n++] = 0;
        type = 23;
    }
    if (!tls13 && shape->kind != CX_TLS_CHACHA) {
        put64(nonce + 4, s->nonce);
        put64(body, s->nonce++);
        front = 8;
    } else {
        for (int i = 0; i < 8; i++)
            nonce[4 + i] ^= number[i];
    }
    if (!tls13)
        p = put64(p, s->seq);
    *p++ = type;
    p = put16(p, version);
    p = put16(p, tls13 ? n + shape->tag : n);
    size_t aad_len = tls13 && s->how.draft && s->how.draft < 25 ? 0 : (size_t)(p - aad);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, shape->evp, NULL);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex2(c, cipher, NULL, NULL, NULL), 1);
    if (shape->kind == CX_TLS_CCM) {
        assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL), 1);
        assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, shape->tag, NULL), 1);
    }
    assert_int_equal(EVP_EncryptInit_ex2(c, NULL, s->keys.key, nonce, NULL), 1);
    if (shape->kind == CX_TLS_CCM)
        assert_int_equal(EVP_EncryptUpdate(c, NULL, &len, NULL, (int)n), 1);
    if (aad_len)
        assert_int_equal(EVP_EncryptUpdate(c, NULL, &len, aad, (int)aad_len), 1);
    if (shape->kind == CX_TLS_CCM) {
        assert_int_equal(EVP_Cipher(c, body + front, text, (unsigned)n), (int)n);
    } else {
        assert_int_equal(EVP_EncryptUpdate(c, body + front, &len, text, (int)n), 1);
        assert_int_equal(EVP_EncryptFinal_ex(c, body + front + len, &len), 1);
    }
    assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, shape->tag, body + front + n),
                     1);
    EVP_CIPHER_CTX_free(c);
    EVP_CIPHER_free(cipher);
    return front + n + shape->tag;
}

size_t test_seal(test_sealer *s, uint8_t type, uint16_t version, cx_slice content, uint8_t *body)
{
    cx_tls_kind kind = shape_of(s)->kind;
    size_t n = kind == CX_TLS_CBC ? seal_cbc(s, type, version, content, body)
               : kind == CX_TLS_STREAM || kind == CX_TLS_NO_CIPHER
                   ? seal_stream(s, type, version, content, body)
                   : seal_aead(s, type, version, content, body);
    s->seq++;
    return n;
}
