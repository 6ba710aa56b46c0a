/* event/cert_cache.c: what is found is what was put, under exactly its bytes; the oldest goes. */
#include "event/cert_cache.h"

#include "base/limits.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Bytes that no other number has, so that a hash must tell them apart. */
static cx_slice der_of(uint32_t number, uint8_t bytes[64])
{
    memset(bytes, 7, 64);
    memcpy(bytes + 40, &number, sizeof number);
    return (cx_slice){bytes, 64};
}

static cx_cert cert_of(char *text, cx_san *san)
{
    *san = (cx_san){CX_SAN_DNS, cx_slice_of(text)};
    cx_cert c = {.subject = cx_slice_of(text), .san = san, .n_san = 1, .not_after_ns = 5};
    memcpy(c.sha256, "ab", 3);
    return c;
}

static void is_found_whole_and_copied(void **state)
{
    (void)state;
    uint8_t bytes[64], other[64];
    char text[] = "CN=ocs1.contoso.com";
    cx_san san;
    cx_arena a = cx_arena_init(65536);
    cx_cert_cache *c = cx_cert_cache_new();
    cx_cert cert = cert_of(text, &san), got = {.unreadable = true};
    cx_slice der = der_of(1, bytes);
    assert_false(cx_cert_cache_find(c, der, &a, &got));
    assert_true(got.unreadable);
    cx_cert_cache_put(c, der, &cert);
    memset(text, 'x', sizeof text - 1); /* nothing of the answer may be borrowed */
    assert_true(cx_cert_cache_find(c, der, &a, &got));
    memset(bytes, 0, sizeof bytes);
    assert_true(cx_slice_is(got.subject, "CN=ocs1.contoso.com"));
    assert_int_equal(got.n_san, 1);
    assert_true(cx_slice_is(got.san[0].text, "CN=ocs1.contoso.com"));
    assert_string_equal(got.sha256, "ab");
    assert_int_equal(got.not_after_ns, 5);
    assert_false(cx_cert_cache_find(c, der_of(2, other), &a, &got));
    der = der_of(1, other);
    assert_false(cx_cert_cache_find(c, (cx_slice){der.p, der.len - 1}, &a, &got));
    other[0] ^= 1;
    assert_false(cx_cert_cache_find(c, der, &a, &got));
    other[0] ^= 1;
    cx_cert_cache_free(c); /* what was found outlives the cache */
    assert_true(cx_slice_is(got.subject, "CN=ocs1.contoso.com"));
    cx_arena_free(&a);
}

static void the_oldest_goes(void **state)
{
    (void)state;
    uint8_t bytes[64];
    char text[] = "CN=x";
    cx_san san;
    cx_arena a = cx_arena_init(1u << 24);
    cx_cert_cache *c = cx_cert_cache_new();
    cx_cert cert = cert_of(text, &san), got;
    uint32_t n = 8 * CX_MAX_CERTS_CACHED, found = 0;
    for (uint32_t i = 0; i < n; i++) {
        cx_cert_cache_put(c, der_of(i, bytes), &cert);
        assert_true(cx_cert_cache_find(c, der_of(i, bytes), &a, &got));
    }
    for (uint32_t i = 0; i < n; i++)
        found += cx_cert_cache_find(c, der_of(i, bytes), &a, &got);
    assert_int_equal(found, CX_MAX_CERTS_CACHED);
    assert_false(cx_cert_cache_find(c, der_of(0, bytes), &a, &got));
    cx_cert_cache_free(c);
    cx_arena_free(&a);
}

static void what_does_not_fit_is_not_remembered(void **state)
{
    (void)state;
    static uint8_t bytes[CX_MAX_CERT_CACHED + 1];
    char text[] = "CN=x";
    cx_san san;
    cx_arena a = cx_arena_init(65536), none = cx_arena_init(0);
    cx_cert_cache *c = cx_cert_cache_new();
    cx_cert cert = cert_of(text, &san), got;
    const cx_slice large = {bytes, sizeof bytes}, fits = {bytes, sizeof bytes - 1};
    cx_cert_cache_put(c, large, &cert);
    assert_false(cx_cert_cache_find(c, large, &a, &got));
    test_alloc_fail_at(1);
    cx_cert_cache_put(c, fits, &cert);
    test_alloc_fail_at(0);
    assert_false(cx_cert_cache_find(c, fits, &a, &got));
    cx_cert_cache_put(c, fits, &cert);
    assert_true(cx_cert_cache_find(c, fits, &a, &got));
    assert_false(cx_cert_cache_find(c, fits, &none, &got));
    cx_cert_cache_put(NULL, fits, &cert);
    assert_false(cx_cert_cache_find(NULL, fits, &a, &got));
    cx_cert_cache_free(c);
    cx_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_found_whole_and_copied),
        cmocka_unit_test(the_oldest_goes),
        cmocka_unit_test(what_does_not_fit_is_not_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
