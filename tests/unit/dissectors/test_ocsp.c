/* dissectors/ocsp.c on responses of OpenSSL (tests/data/make-ocsp.sh), with the certificates that
 * they are about, and on damaged ones. */
#include "dissectors/ocsp.h"

#include "base/limits.h"
#include "dissectors/x509.h"
#include "event/cert.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAX_FILE     4096

typedef struct file {
    uint8_t bytes[MAX_FILE];
    size_t len;
} file;

static file load(const char *name)
{
    char path[512];
    file f;
    (void)snprintf(path, sizeof path, CX_SOURCE_DIR "/tests/data/ocsp/%s.der", name);
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("%s: cannot be read", path);
    f.len = fread(f.bytes, 1, sizeof f.bytes, in);
    (void)fclose(in);
    return f;
}

/* In an allocation of its own size, so that the sanitizer finds a read past the end. */
static cx_status read_der(const uint8_t *bytes, size_t len, cx_arena *a, const cx_ocsp **ret,
                          uint32_t *ret_n)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    cx_status status = cx_ocsp_read((cx_slice){copy, len}, a, ret, ret_n);
    free(copy);
    return status;
}

static cx_cert cert_of(const char *name, cx_arena *a)
{
    file der = load(name);
    cx_cert cert;
    assert_int_equal(cx_x509_read((cx_slice){der.bytes, der.len}, a, &cert), CX_OK);
    return cert;
}

static void test_answers(void **state)
{
    static const struct {
        const char *name;
        uint32_t n;
        cx_ocsp_status status[2];
        int leaf, other; /* which answer is about it; -1: none */
    } rows[] = {
        {"good", 1, {CX_OCSP_GOOD}, 0, -1},
        {"revoked", 1, {CX_OCSP_REVOKED}, 0, -1},
        {"both", 2, {CX_OCSP_GOOD, CX_OCSP_REVOKED}, 1, 0},
        {"sha256", 1, {CX_OCSP_REVOKED}, 0, -1},
        {"unknown", 1, {CX_OCSP_UNKNOWN}, -1, -1},
        {"later", 0, {CX_OCSP_GOOD}, -1, -1},
    };
    cx_arena a = cx_arena_init(1 << 20);
    (void)state;
    const cx_cert leaf = cert_of("leaf", &a), other = cert_of("other", &a);
    for (size_t i = 0; i < COUNT(rows); i++) {
        file der = load(rows[i].name);
        const cx_ocsp *list = NULL;
        uint32_t n = 99;
        assert_int_equal(read_der(der.bytes, der.len, &a, &list, &n), CX_OK);
        assert_int_equal(n, rows[i].n);
        for (uint32_t k = 0; k < n; k++) {
            assert_int_equal(list[k].status, rows[i].status[k]);
            assert_int_equal(cx_ocsp_is_about(&list[k], &leaf), rows[i].leaf == (int)k);
            assert_int_equal(cx_ocsp_is_about(&list[k], &other), rows[i].other == (int)k);
            assert_true(list[k].this_ns > 0 && list[k].next_ns > list[k].this_ns);
        }
    }
    cx_arena_free(&a);
}

static void test_revocation(void **state)
{
    file der = load("revoked");
    cx_arena a = cx_arena_init(1 << 20);
    const cx_ocsp *o = NULL;
    uint32_t n = 0;
    (void)state;
    assert_int_equal(read_der(der.bytes, der.len, &a, &o, &n), CX_OK);
    assert_true(cx_slice_is(o->serial, "0BADCAFE"));
    assert_true(o->revoked_ns == INT64_C(1767323045) * 1000000000); /* 2026-01-02 03:04:05 */
    assert_string_equal(o->reason, "keyCompromise");
    assert_int_equal(o->issuer_hash_len, 20);
    cx_arena_free(&a);
}

/* An answer by another issuer, and one whose hash is not known, are about no certificate of ours.
 */
static void test_another_issuer(void **state)
{
    cx_arena a = cx_arena_init(1 << 20);
    (void)state;
    const cx_cert leaf = cert_of("leaf", &a);
    cx_ocsp o = {.serial = leaf.serial, .issuer_hash_len = 20};
    memcpy(o.issuer_hash, leaf.issuer_sha1, 20);
    assert_true(cx_ocsp_is_about(&o, &leaf));
    o.issuer_hash[19] ^= 1;
    assert_false(cx_ocsp_is_about(&o, &leaf));
    o.issuer_hash_len = 0;
    assert_false(cx_ocsp_is_about(&o, &leaf));
    cx_arena_free(&a);
}

/* What the certificate says of places and of its issuer. */
static void test_places(void **state)
{
    static const struct {
        cx_cert_url_kind kind;
        const char *text;
    } urls[] = {
        {CX_URL_CRL, "http://crl.contoso.com:8080/contoso.crl"},
        {CX_URL_CRL, "ldap://dc1.contoso.com/CN=CA"},
        {CX_URL_OCSP, "http://ocsp.contoso.com/"},
        {CX_URL_ISSUER, "http://pki.contoso.com/issuing.crt"},
        {CX_URL_ISSUER, "ldap:///CN=CA"},
    };
    cx_arena a = cx_arena_init(1 << 20);
    (void)state;
    const cx_cert leaf = cert_of("leaf", &a), other = cert_of("other", &a);
    const cx_cert ca = cert_of("issuing", &a);
    assert_int_equal(leaf.n_urls, COUNT(urls));
    for (size_t i = 0; i < COUNT(urls); i++) {
        assert_int_equal(leaf.url[i].kind, urls[i].kind);
        assert_true(cx_slice_is(leaf.url[i].text, urls[i].text));
    }
    assert_true(leaf.public_rules);
    assert_int_equal(other.n_urls, 0);
    assert_false(other.public_rules);
    assert_true(leaf.issuer_key_id && leaf.issuer_key_id == ca.key_id);
    assert_true(cx_cert_names_issuer(&leaf, &ca));
    assert_false(cx_cert_names_issuer(&ca, &leaf));
    cx_arena_free(&a);
}

static void test_damage(void **state)
{
    file der = load("both");
    cx_arena a = cx_arena_init(1 << 20);
    const cx_ocsp *o = NULL;
    uint32_t n = 99;
    (void)state;
    for (size_t len = 0; len < der.len; len++)
        assert_int_equal(read_der(der.bytes, len, &a, &o, &n), CX_MALFORMED);
    der.bytes[der.len] = 0; /* one byte behind it */
    assert_int_equal(read_der(der.bytes, der.len + 1, &a, &o, &n), CX_MALFORMED);
    assert_null(o);
    assert_int_equal(n, 99);
    for (size_t i = 0; i < der.len; i++) { /* any answer is fine, a crash is not */
        file f = der;
        f.bytes[i] ^= 0x55;
        (void)read_der(f.bytes, f.len, &a, &o, &n);
        cx_arena_reset(&a);
    }
    cx_arena_free(&a);
}

static void test_too_long(void **state)
{
    static uint8_t bytes[CX_MAX_OCSP_RESPONSE + 1] = {0x30};
    cx_arena a = cx_arena_init(1 << 20);
    const cx_ocsp *o = NULL;
    uint32_t n = 99;
    (void)state;
    assert_int_equal(read_der(bytes, sizeof bytes, &a, &o, &n), CX_MALFORMED);
    cx_arena_free(&a);
}

static void test_no_memory(void **state)
{
    file der = load("both");
    (void)state;
    cx_arena a = cx_arena_init(64); /* less than the list takes */
    const cx_ocsp *o = NULL;
    uint32_t n = 99;
    assert_int_equal(read_der(der.bytes, der.len, &a, &o, &n), CX_NO_MEMORY);
    assert_null(o);
    cx_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),        cmocka_unit_test(test_revocation),
        cmocka_unit_test(test_another_issuer), cmocka_unit_test(test_places),
        cmocka_unit_test(test_damage),         cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("ocsp", tests, NULL, NULL);
}
