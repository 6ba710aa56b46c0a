/* Key schedules, step by step, against published vectors; where nobody published any, against the
 * constructions written out with plain digests and HMACs. Whole handshakes: test_session.c. */
#include "tls/schedule.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static cx_tls_crypto *crypto;

static cx_slice unhex(const char *text, uint8_t *to)
{
    size_t n = strlen(text) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned byte;
        assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
        to[i] = (uint8_t)byte;
    }
    return (cx_slice){to, n};
}

static void assert_hex(const uint8_t *bytes, const char *expected)
{
    char text[512] = "";
    for (size_t i = 0; i < strlen(expected) / 2; i++)
        (void)sprintf(text + 2 * i, "%02x", bytes[i]);
    assert_string_equal(text, expected);
}

/* The test vectors for the PRF of TLS 1.0 and of TLS 1.2 that implementers exchanged on the IETF
 * TLS list. */
static void prf_vectors(void **state)
{
    (void)state;
    uint8_t secret[48], seed[64], out[100], s2[32], d2[32];
    memset(secret, 0xab, sizeof secret);
    memset(seed, 0xcd, sizeof seed);
    assert_int_equal(cx_tls_prf(crypto, CX_TLS_MD5_SHA1, (cx_slice){secret, 48}, "PRF Testvector",
                                (cx_slice){seed, 64}, (cx_slice){NULL, 0}, out, 32),
                     CX_OK);
    assert_hex(out, "d3d4d1e349b5d515044666d51de32bab258cb521b6b053463e354832fd976754");
    /* a seed in two parts is one seed */
    assert_int_equal(cx_tls_prf(crypto, CX_TLS_MD5_SHA1, (cx_slice){secret, 48}, "PRF Testvector",
                                (cx_slice){seed, 20}, (cx_slice){seed, 44}, out, 32),
                     CX_OK);
    assert_hex(out, "d3d4d1e349b5d515044666d51de32bab258cb521b6b053463e354832fd976754");
    cx_slice secret2 = unhex("9bbe436ba940f017b17652849a71db35", s2);
    cx_slice seed2 = unhex("a0ba9f936cda311827a6f796ffd5198c", d2);
    assert_int_equal(cx_tls_prf(crypto, CX_TLS_SHA256, secret2, "test label", seed2,
                                (cx_slice){NULL, 0}, out, 32),
                     CX_OK);
    assert_hex(out, "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a");
    assert_int_equal(cx_tls_prf(crypto, CX_TLS_AEAD, secret2, "x", seed2, seed2, out, 32),
                     CX_UNSUPPORTED);
}

/* P_hash by its definition (RFC 5246 5) */
static void p_hash(const char *digest, const uint8_t *secret, size_t len, const uint8_t *seed,
                   size_t seed_len, uint8_t *out, size_t n)
{
    const EVP_MD *md = EVP_get_digestbyname(digest);
    uint8_t a[64 + 256], block[64];
    unsigned a_len, block_len;
    assert_non_null(HMAC(md, secret, (int)len, seed, seed_len, a, &a_len));
    for (size_t at = 0; at < n; at += block_len) {
        memcpy(a + a_len, seed, seed_len);
        assert_non_null(HMAC(md, secret, (int)len, a, a_len + seed_len, block, &block_len));
        memcpy(out + at, block, n - at < block_len ? n - at : block_len);
        uint8_t next[64];
        assert_non_null(HMAC(md, secret, (int)len, a, a_len, next, &a_len));
        memcpy(a, next, a_len);
    }
}

static void prf_by_definition(void **state)
{
    (void)state;
    uint8_t secret[47], seed[96], out[200], other[200], sha[200];
    for (size_t i = 0; i < sizeof secret; i++)
        secret[i] = (uint8_t)(3 * i);
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)(7 * i);
    memcpy(seed, "key expansion", 13);
    for (size_t n = 0; n <= sizeof secret; n++) { /* halves of odd secrets share a byte */
        assert_int_equal(cx_tls_prf(crypto, CX_TLS_MD5_SHA1, (cx_slice){secret, n}, "key expansion",
                                    (cx_slice){seed + 13, 40}, (cx_slice){seed + 53, 43}, out,
                                    sizeof out),
                         CX_OK);
        size_t half = (n + 1) / 2;
        p_hash("MD5", secret, half, seed, sizeof seed, other, sizeof other);
        p_hash("SHA1", secret + n - half, half, seed, sizeof seed, sha, sizeof sha);
        for (size_t i = 0; i < sizeof other; i++)
            other[i] ^= sha[i];
        assert_memory_equal(out, other, sizeof out);
    }
    assert_int_equal(cx_tls_prf(crypto, CX_TLS_SHA384, (cx_slice){secret, 47}, "key expansion",
                                (cx_slice){seed + 13, 83}, (cx_slice){NULL, 0}, out, sizeof out),
                     CX_OK);
    p_hash("SHA384", secret, 47, seed, sizeof seed, other, sizeof other);
    assert_memory_equal(out, other, sizeof out);
}

/* RFC 6101 6.1, written out */
static void ssl3_by_definition(void **state)
{
    (void)state;
    uint8_t secret[48], client[32], server[32], out[160], inner[20], text[256];
    memset(secret, 1, sizeof secret);
    memset(client, 2, sizeof client);
    memset(server, 3, sizeof server);
    assert_int_equal(cx_tls_ssl3_stretch(crypto, (cx_slice){secret, 48}, (cx_slice){client, 32},
                                         (cx_slice){server, 32}, out, 150),
                     CX_OK);
    for (size_t i = 0; i < 10; i++) {
        uint8_t expected[16];
        memset(text, 'A' + (int)i, i + 1);
        memcpy(text + i + 1, secret, 48);
        memcpy(text + i + 49, client, 32);
        memcpy(text + i + 81, server, 32);
        assert_int_equal(EVP_Digest(text, i + 113, inner, NULL, EVP_sha1(), NULL), 1);
        memcpy(text, secret, 48);
        memcpy(text + 48, inner, 20);
        assert_int_equal(EVP_Digest(text, 68, expected, NULL, EVP_md5(), NULL), 1);
        assert_memory_equal(out + 16 * i, expected, i == 9 ? 6 : 16);
    }
}

static void hashes_of_versions(void **state)
{
    (void)state;
    const cx_tls_suite *sha256 = cx_tls_suite_find(0x002f), *sha384 = cx_tls_suite_find(0xc028);
    for (uint16_t version = CX_TLS_SSL30; version <= CX_TLS_TLS11; version++)
        assert_int_equal(cx_tls_prf_hash(version, sha384), CX_TLS_MD5_SHA1);
    assert_int_equal(cx_tls_prf_hash(CX_TLS_TLS12, sha256), CX_TLS_SHA256);
    assert_int_equal(cx_tls_prf_hash(CX_TLS_TLS12, sha384), CX_TLS_SHA384);
}

/* Where each key lies in the block (RFC 5246 6.3). */
static void blocks_are_split(void **state)
{
    (void)state;
    static const struct {
        uint16_t id, version;
        size_t mac, key, iv;
    } table[] = {
        {0x0005, CX_TLS_TLS10, 20, 16, 0},  {0x002f, CX_TLS_TLS10, 20, 16, 16},
        {0x000a, CX_TLS_TLS11, 20, 24, 8},  {0x003d, CX_TLS_TLS12, 32, 32, 16},
        {0xc028, CX_TLS_TLS12, 48, 32, 16}, {0x009c, CX_TLS_TLS12, 0, 16, 4},
        {0x009d, CX_TLS_TLS12, 0, 32, 4},   {0xcca8, CX_TLS_TLS12, 0, 32, 12},
        {0xc0a0, CX_TLS_TLS12, 0, 16, 4},   {0x0001, CX_TLS_TLS10, 16, 0, 0},
        {0x0009, CX_TLS_SSL30, 20, 8, 8},
    };
    uint8_t master[48], block[256];
    cx_tls_randoms randoms;
    memset(master, 9, sizeof master);
    memset(randoms.client, 1, 32);
    memset(randoms.server, 2, 32);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const cx_tls_suite *s = cx_tls_suite_find(table[i].id);
        size_t mac = table[i].mac, key = table[i].key, iv = table[i].iv;
        cx_tls_write_keys keys[2];
        cx_slice secret = {master, 48}, client = {randoms.client, 32},
                 server = {randoms.server, 32};
        assert_int_equal(cx_tls_key_block(crypto, table[i].version, s, master, &randoms, keys),
                         CX_OK);
        cx_status status = table[i].version == CX_TLS_SSL30
                               ? cx_tls_ssl3_stretch(crypto, secret, server, client, block, 200)
                               : cx_tls_prf(crypto, cx_tls_prf_hash(table[i].version, s), secret,
                                            "key expansion", server, client, block, 200);
        assert_int_equal(status, CX_OK);
        assert_memory_equal(keys[0].mac, block, mac);
        assert_memory_equal(keys[1].mac, block + mac, mac);
        assert_memory_equal(keys[0].key, block + 2 * mac, key);
        assert_memory_equal(keys[1].key, block + 2 * mac + key, key);
        assert_memory_equal(keys[0].iv, block + 2 * (mac + key), iv);
        assert_memory_equal(keys[1].iv, block + 2 * (mac + key) + iv, iv);
    }
}

/* RFC 2246 6.3.1: EXP-RC2-CBC-MD5, whose numbers the RFC leaves out */
static void export_keys_by_definition(void **state)
{
    (void)state;
    uint8_t master[48], block[64], key[16], ivs[16];
    cx_tls_randoms r;
    cx_tls_write_keys keys[2];
    memset(master, 9, sizeof master);
    memset(r.client, 1, 32);
    memset(r.server, 2, 32);
    cx_slice client = {r.client, 32}, server = {r.server, 32};
    const cx_tls_suite *s = cx_tls_suite_find(0x0006);
    assert_int_equal(cx_tls_key_block(crypto, CX_TLS_TLS10, s, master, &r, keys), CX_OK);
    assert_int_equal(cx_tls_prf(crypto, CX_TLS_MD5_SHA1, (cx_slice){master, 48}, "key expansion",
                                server, client, block, 42),
                     CX_OK);
    assert_int_equal(cx_tls_prf(crypto, CX_TLS_MD5_SHA1, (cx_slice){block + 32, 5},
                                "client write key", client, server, key, 16),
                     CX_OK);
    assert_memory_equal(keys[0].key, key, 16);
    assert_int_equal(cx_tls_prf(crypto, CX_TLS_MD5_SHA1, (cx_slice){block + 37, 5},
                                "server write key", client, server, key, 16),
                     CX_OK);
    assert_memory_equal(keys[1].key, key, 16);
    uint8_t sha[16];
    uint8_t seed[8 + 64] = "IV block";
    memcpy(seed + 8, r.client, 32);
    memcpy(seed + 40, r.server, 32);
    p_hash("MD5", master, 0, seed, sizeof seed, ivs, 16);
    p_hash("SHA1", master, 0, seed, sizeof seed, sha, 16);
    for (size_t i = 0; i < 16; i++)
        ivs[i] ^= sha[i];
    assert_memory_equal(keys[0].iv, ivs, 8);
    assert_memory_equal(keys[1].iv, ivs + 8, 8);
}

/* RFC 8448 3 */
static void traffic_keys_of_rfc8448(void **state)
{
    (void)state;
    static const struct {
        const char *secret, *key, *iv;
    } table[] = {
        {"b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
         "3fce516009c21727d0f2e4e86ee403bc", "5d313eb2671276ee13000b30"},
        {"b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
         "dbfaa693d1762c5b666af5d950258d01", "5bd3c71b836e0b76bb73265f"},
        {"9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
         "17422dda596ed5d9acd890e3c63f5051", "5b78923dee08579033e523d9"},
        {"a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
         "9f02283b6c9c07efc26bb9f2ac92e356", "cf782b88dd83549aadf1e984"},
    };
    uint8_t secret[32];
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        cx_tls_write_keys keys;
        assert_int_equal(cx_tls_traffic_keys(crypto, cx_tls_suite_find(0x1301), 0,
                                             unhex(table[i].secret, secret), &keys),
                         CX_OK);
        assert_hex(keys.key, table[i].key);
        assert_hex(keys.iv, table[i].iv);
    }
}

/* HKDF-Expand-Label by its definition (RFC 8446 7.1, RFC 5869 2.3): one block of HMAC. */
static void expand(const char *digest, const char *prefix, const uint8_t *secret, size_t len,
                   const char *label, uint8_t *out, size_t n)
{
    uint8_t info[80], block[64];
    int at = sprintf((char *)info, "%c%c%c%s%s", 1, (int)n, (int)(strlen(prefix) + strlen(label)),
                     prefix, label);
    info[0] = 0;
    info[at++] = 0; /* context */
    info[at++] = 1; /* first block */
    assert_non_null(
        HMAC(EVP_get_digestbyname(digest), secret, (int)len, info, (size_t)at, block, NULL));
    memcpy(out, block, n);
}

static void labels_of_drafts(void **state)
{
    (void)state;
    uint8_t secret[48], expected[48], next[48];
    cx_tls_write_keys keys;
    memset(secret, 0x5a, sizeof secret);
    static const struct {
        unsigned draft;
        const char *prefix, *update;
    } table[] = {{0, "tls13 ", "traffic upd"},
                 {28, "tls13 ", "traffic upd"},
                 {20, "tls13 ", "traffic upd"},
                 {19, "TLS 1.3, ", "application traffic secret"},
                 {18, "TLS 1.3, ", "application traffic secret"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const cx_tls_suite *s = cx_tls_suite_find(0x1302);
        cx_slice all = {secret, 48};
        assert_int_equal(cx_tls_traffic_keys(crypto, s, table[i].draft, all, &keys), CX_OK);
        expand("SHA384", table[i].prefix, secret, 48, "key", expected, 32);
        assert_memory_equal(keys.key, expected, 32);
        expand("SHA384", table[i].prefix, secret, 48, "iv", expected, 12);
        assert_memory_equal(keys.iv, expected, 12);
        assert_int_equal(cx_tls_next_secret(crypto, s, table[i].draft, all, next), CX_OK);
        expand("SHA384", table[i].prefix, secret, 48, table[i].update, expected, 48);
        assert_memory_equal(next, expected, 48);
    }
    assert_int_equal(
        cx_tls_expand_label(crypto, CX_TLS_AEAD, 0, (cx_slice){secret, 32}, "key", next, 16),
        CX_UNSUPPORTED);
}

static int begin(void **state)
{
    (void)state;
    crypto = cx_tls_crypto_new();
    return crypto ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    cx_tls_crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prf_vectors),
        cmocka_unit_test(prf_by_definition),
        cmocka_unit_test(ssl3_by_definition),
        cmocka_unit_test(hashes_of_versions),
        cmocka_unit_test(blocks_are_split),
        cmocka_unit_test(export_keys_by_definition),
        cmocka_unit_test(traffic_keys_of_rfc8448),
        cmocka_unit_test(labels_of_drafts),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
