/* Memory for secrets: wiped, locked, left out of core dumps, never more than the maximum. */
#include "support/alloc.h"
#include "tls/vault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static bool all_are(const void *p, size_t n, uint8_t value)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < n; i++)
        if (b[i] != value)
            return false;
    return true;
}

static void pieces_are_zeroed_and_apart(void **state)
{
    (void)state;
    static uint8_t *piece[2000];
    cx_tls_vault *v = cx_tls_vault_new(SIZE_MAX);
    assert_non_null(v);
    for (size_t i = 0; i < 2000; i++) {
        piece[i] = cx_tls_vault_take(v, i);
        assert_non_null(piece[i]);
        assert_int_equal((uintptr_t)piece[i] % 16, 0);
        assert_true(all_are(piece[i], i, 0));
        memset(piece[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < 2000; i++)
        assert_true(all_are(piece[i], i, (uint8_t)(i % 251)));
    cx_tls_vault_free(v);
}

static void given_pieces_are_wiped_and_used_again(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 16, 17, 48, 1000, CX_TLS_VAULT_REUSED};
    cx_tls_vault *v = cx_tls_vault_new(SIZE_MAX);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *a = cx_tls_vault_take(v, sizes[i]);
        memset(a, 0xaa, sizes[i]);
        cx_tls_vault_give(v, a, sizes[i]);
        assert_true(all_are(a + sizeof(void *), sizes[i] > 8 ? sizes[i] - 8 : 0, 0));
        uint8_t *b = cx_tls_vault_take(v, sizes[i]);
        assert_ptr_equal(a, b);
        assert_true(all_are(b, sizes[i], 0));
    }
    uint8_t *large = cx_tls_vault_take(v, CX_TLS_VAULT_REUSED + 1);
    memset(large, 0xaa, CX_TLS_VAULT_REUSED + 1);
    cx_tls_vault_give(v, large, CX_TLS_VAULT_REUSED + 1);
    assert_true(all_are(large, CX_TLS_VAULT_REUSED + 1, 0));
    assert_ptr_not_equal(large, cx_tls_vault_take(v, CX_TLS_VAULT_REUSED + 1));
    cx_tls_vault_give(v, NULL, 48);
    cx_tls_vault_free(v);
    cx_tls_vault_free(NULL);
}

static void the_maximum_holds(void **state)
{
    (void)state;
    cx_tls_vault *v = cx_tls_vault_new(160);
    assert_null(cx_tls_vault_take(v, 161));
    assert_null(cx_tls_vault_take(v, SIZE_MAX));
    void *a = cx_tls_vault_take(v, 80), *b = cx_tls_vault_take(v, 80);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(cx_tls_vault_take(v, 1));
    cx_tls_vault_give(v, a, 80);
    assert_null(cx_tls_vault_take(v, 81));
    assert_non_null(cx_tls_vault_take(v, 80));
    cx_tls_vault_free(v);
    test_alloc_fail_at(1);
    assert_null(cx_tls_vault_new(160));
    test_alloc_fail_at(0);
}

/* Flags of the mapping that holds p, from /proc/self/smaps: "lo" locked, "dd" not dumped. */
static void flags_of(const void *p, char flags[256])
{
    FILE *f = fopen("/proc/self/smaps", "r");
    char line[512];
    bool here = false;
    unsigned long from, to;
    assert_non_null(f);
    flags[0] = '\0';
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            here = (uintptr_t)p >= from && (uintptr_t)p < to;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            (void)snprintf(flags, 256, "%.200s", line);
    }
    (void)fclose(f);
}

/* Sanitizers make mlock(2) do nothing. */
#ifdef __has_feature
#define LOCKS (!__has_feature(address_sanitizer))
#else
#define LOCKS 1
#endif

static void memory_is_not_dumped(void **state)
{
    (void)state;
    char flags[256];
    cx_tls_vault *v = cx_tls_vault_new(SIZE_MAX);
    void *p = cx_tls_vault_take(v, 48);
    flags_of(p, flags);
    if (!flags[0])
        skip(); /* a kernel that does not show the flags */
    assert_non_null(strstr(flags, " dd"));
    assert_true(!LOCKS || cx_tls_vault_unlocked(v) != 0 || strstr(flags, " lo"));
    cx_tls_vault_free(v);
}

static void a_refused_lock_is_counted(void **state)
{
    (void)state;
    struct rlimit old, none;
    assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &old), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &none), 0);
    cx_tls_vault *v = cx_tls_vault_new(SIZE_MAX);
    uint8_t *p = cx_tls_vault_take(v, 48);
    assert_non_null(p);
    p[47] = 1;
    if (cx_tls_vault_unlocked(v) == 0)
        print_message("this user may lock memory beyond the limit\n");
    else
        assert_true(cx_tls_vault_unlocked(v) >= 48);
    cx_tls_vault_free(v);
    assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &old), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_and_apart),
        cmocka_unit_test(given_pieces_are_wiped_and_used_again),
        cmocka_unit_test(the_maximum_holds),
        cmocka_unit_test(memory_is_not_dumped),
        cmocka_unit_test(a_refused_lock_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
