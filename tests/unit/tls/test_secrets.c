/* The table of secrets: names, lengths, replacement, chains of tables, many entries, no memory. */
#include "support/alloc.h"
#include "tls/secrets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static uint8_t bytes[2048];

static cx_slice of(size_t n, uint8_t value)
{
    memset(bytes, value, n);
    return (cx_slice){bytes, n};
}

static cx_slice name_of(uint32_t number, uint8_t to[32])
{
    memset(to, 0, 32);
    memcpy(to, &number, sizeof number);
    return (cx_slice){to, 32};
}

static void lengths_are_checked(void **state)
{
    (void)state;
    static const struct {
        cx_tls_secret kind;
        size_t name, len;
        bool good;
    } table[] = {
        {CX_TLS_MASTER, 32, 48, true},           {CX_TLS_MASTER, 31, 48, false},
        {CX_TLS_MASTER, 33, 48, false},          {CX_TLS_MASTER, 32, 47, false},
        {CX_TLS_MASTER, 32, 49, false},          {CX_TLS_CLIENT_EARLY, 32, 32, true},
        {CX_TLS_CLIENT_HANDSHAKE, 32, 48, true}, {CX_TLS_SERVER_HANDSHAKE, 32, 40, false},
        {CX_TLS_CLIENT_TRAFFIC, 32, 31, false},  {CX_TLS_SERVER_TRAFFIC, 32, 49, false},
        {CX_TLS_PREMASTER, 32, 1, true},         {CX_TLS_PREMASTER, 32, 1024, true},
        {CX_TLS_PREMASTER, 32, 1025, false},     {CX_TLS_PREMASTER, 32, 0, false},
        {CX_TLS_PREMASTER_BY_RSA, 8, 48, true},  {CX_TLS_PREMASTER_BY_RSA, 32, 48, false},
        {CX_TLS_MASTER_BY_ID, 1, 48, true},      {CX_TLS_MASTER_BY_ID, 32, 48, true},
        {CX_TLS_MASTER_BY_ID, 0, 48, false},     {CX_TLS_MASTER_BY_ID, 33, 48, false},
    };
    static uint8_t name[64];
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        cx_tls_secrets *s = cx_tls_secrets_new(1, NULL);
        cx_slice n = {name, table[i].name};
        cx_status status = cx_tls_secrets_put(s, table[i].kind, n, of(table[i].len, 7));
        assert_int_equal(status, table[i].good ? CX_OK : CX_MALFORMED);
        assert_int_equal(cx_tls_secrets_count(s, table[i].kind), table[i].good);
        assert_int_equal(cx_tls_secrets_find(s, table[i].kind, n).len,
                         table[i].good ? table[i].len : 0);
        cx_tls_secrets_free(s);
    }
}

static void the_last_one_wins(void **state)
{
    (void)state;
    uint8_t name[32];
    cx_slice n = name_of(5, name);
    cx_tls_secrets *s = cx_tls_secrets_new(1, NULL);
    assert_int_equal(cx_tls_secrets_version(s), 0);
    assert_int_equal(cx_tls_secrets_put(s, CX_TLS_CLIENT_TRAFFIC, n, of(32, 1)), CX_OK);
    assert_int_equal(cx_tls_secrets_put(s, CX_TLS_SERVER_TRAFFIC, n, of(32, 2)), CX_OK);
    assert_int_equal(cx_tls_secrets_put(s, CX_TLS_CLIENT_TRAFFIC, n, of(32, 3)), CX_OK);
    assert_int_equal(cx_tls_secrets_find(s, CX_TLS_CLIENT_TRAFFIC, n).p[31], 3);
    assert_int_equal(cx_tls_secrets_put(s, CX_TLS_CLIENT_TRAFFIC, n, of(48, 4)), CX_OK);
    assert_int_equal(cx_tls_secrets_find(s, CX_TLS_CLIENT_TRAFFIC, n).len, 48);
    assert_int_equal(cx_tls_secrets_find(s, CX_TLS_CLIENT_TRAFFIC, n).p[47], 4);
    assert_int_equal(cx_tls_secrets_find(s, CX_TLS_SERVER_TRAFFIC, n).p[31], 2);
    assert_int_equal(cx_tls_secrets_count(s, CX_TLS_CLIENT_TRAFFIC), 1);
    assert_int_equal(cx_tls_secrets_version(s), 4);
    assert_null(cx_tls_secrets_find(s, CX_TLS_MASTER, n).p);
    assert_null(cx_tls_secrets_find(s, CX_TLS_CLIENT_TRAFFIC, (cx_slice){NULL, 0}).p);
    assert_true(cx_tls_secrets_know(s, n));
    assert_false(cx_tls_secrets_know(s, name_of(6, name)));
    cx_tls_secrets_free(s);
}

static void tables_are_chained(void **state)
{
    (void)state;
    uint8_t one[32], two[32];
    cx_slice first = name_of(1, one), second = name_of(2, two);
    cx_tls_secrets *given = cx_tls_secrets_new(1, NULL), *own = cx_tls_secrets_new(2, given);
    assert_int_equal(cx_tls_secrets_put(given, CX_TLS_MASTER, first, of(48, 1)), CX_OK);
    assert_int_equal(cx_tls_secrets_put(own, CX_TLS_MASTER, first, of(48, 2)), CX_OK);
    assert_int_equal(cx_tls_secrets_put(own, CX_TLS_MASTER, second, of(48, 3)), CX_OK);
    /* what the person gave comes first */
    assert_int_equal(cx_tls_secrets_find(own, CX_TLS_MASTER, first).p[0], 1);
    assert_int_equal(cx_tls_secrets_find(own, CX_TLS_MASTER, second).p[0], 3);
    assert_null(cx_tls_secrets_find(given, CX_TLS_MASTER, second).p);
    assert_int_equal(cx_tls_secrets_count(own, CX_TLS_MASTER), 3);
    uint64_t version = cx_tls_secrets_version(own);
    assert_int_equal(cx_tls_secrets_put(given, CX_TLS_MASTER, second, of(48, 4)), CX_OK);
    assert_true(cx_tls_secrets_version(own) > version);
    assert_int_equal(cx_tls_secrets_find(own, CX_TLS_MASTER, second).p[0], 4);
    cx_tls_secrets_free(own);
    cx_tls_secrets_free(given);
    cx_tls_secrets_free(NULL);
}

static void many_are_found(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    uint8_t name[32];
    cx_tls_secrets *s = cx_tls_secrets_new(99, NULL);
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(
            cx_tls_secrets_put(s, CX_TLS_MASTER, name_of(i * 7919, name), of(48, (uint8_t)i)),
            CX_OK);
    assert_int_equal(cx_tls_secrets_count(s, CX_TLS_MASTER), MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        cx_slice found = cx_tls_secrets_find(s, CX_TLS_MASTER, name_of(i * 7919, name));
        assert_int_equal(found.len, 48);
        assert_int_equal(found.p[20], (uint8_t)i);
        assert_null(cx_tls_secrets_find(s, CX_TLS_MASTER, name_of(i * 7919 + 1, name)).p);
    }
    cx_tls_secrets_free(s);
}

/* Who brought a secret; both, when it came twice. */
static void bringers_are_known(void **state)
{
    (void)state;
    static const uint8_t random[32] = {1}, other[32] = {2}, secret[64] = {3};
    const cx_slice name = {random, 32}, none = {other, 32}, s48 = {secret, 48}, s50 = {secret, 50};
    cx_tls_secrets *before = cx_tls_secrets_new(1, NULL), *s = cx_tls_secrets_new(1, before);
    cx_tls_secrets_mark(before, 1);
    assert_int_equal(cx_tls_secrets_put(before, CX_TLS_MASTER, name, s48), CX_OK);
    assert_int_equal(cx_tls_secrets_put(before, CX_TLS_PREMASTER, name, s48), CX_OK);
    cx_tls_secrets_mark(before, 4);
    assert_int_equal(cx_tls_secrets_put(before, CX_TLS_MASTER, name, s48), CX_OK);
    assert_int_equal(cx_tls_secrets_put(before, CX_TLS_PREMASTER, name, s50), CX_OK);
    assert_int_equal(cx_tls_secrets_put(s, CX_TLS_MASTER, none, s48), CX_OK);
    assert_int_equal(cx_tls_secrets_marks(s, CX_TLS_MASTER, name), 5);
    assert_int_equal(cx_tls_secrets_marks(s, CX_TLS_PREMASTER, name), 5); /* of another length */
    assert_int_equal(cx_tls_secrets_marks(s, CX_TLS_MASTER, none), 0);    /* nobody asks */
    assert_int_equal(cx_tls_secrets_marks(s, CX_TLS_CLIENT_EARLY, name), 0);
    cx_tls_secrets_free(s);
    cx_tls_secrets_free(before);
}

static void no_memory_leaves_the_table_whole(void **state)
{
    (void)state;
    uint8_t name[32];
    for (size_t k = 1; k <= 3; k++) {
        test_alloc_fail_at(k);
        cx_tls_secrets *s = cx_tls_secrets_new(1, NULL);
        test_alloc_fail_at(0);
        assert_null(s);
    }
    cx_tls_secrets *s = cx_tls_secrets_new(1, NULL);
    for (uint32_t i = 0; i < 48; i++)
        assert_int_equal(cx_tls_secrets_put(s, CX_TLS_MASTER, name_of(i, name), of(48, 1)), CX_OK);
    test_alloc_fail_at(1);
    assert_int_equal(cx_tls_secrets_put(s, CX_TLS_MASTER, name_of(48, name), of(48, 1)),
                     CX_NO_MEMORY);
    test_alloc_fail_at(0);
    assert_null(cx_tls_secrets_find(s, CX_TLS_MASTER, name_of(48, name)).p);
    assert_non_null(cx_tls_secrets_find(s, CX_TLS_MASTER, name_of(47, name)).p);
    assert_int_equal(cx_tls_secrets_put(s, CX_TLS_MASTER, name_of(48, name), of(48, 1)), CX_OK);
    cx_tls_secrets_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_checked), cmocka_unit_test(the_last_one_wins),
        cmocka_unit_test(tables_are_chained),  cmocka_unit_test(many_are_found),
        cmocka_unit_test(bringers_are_known),  cmocka_unit_test(no_memory_leaves_the_table_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
