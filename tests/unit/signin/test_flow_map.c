/* The map from flows to connections, against a plain array. */
#include "signin/flow_map.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define FLOWS 600u

/* Puts and removes in a fixed pseudo-random order; after each step every flow answers as the array
 * does, so that a removal that breaks a probe chain shows at once. */
static void test_against_array(void **state)
{
    (void)state;
    static cx_conn conns[FLOWS];
    bool in[FLOWS] = {false};
    cx_flow_map m = {0};
    uint32_t random = 1;
    assert_null(cx_flow_map_get(&m, 1));
    for (int step = 0; step < 4000; step++) {
        random = random * 1664525u + 1013904223u;
        uint32_t flow = 1 + (random >> 8) % (FLOWS - 1);
        if (random & 0x80) {
            assert_true(cx_flow_map_put(&m, flow * 64, NULL, &conns[flow]));
            in[flow] = true;
        } else {
            cx_flow_map_remove(&m, flow * 64);
            in[flow] = false;
        }
        for (uint32_t k = 1 + (uint32_t)step % 7; k < FLOWS; k += 7) {
            const cx_flow_entry *e = cx_flow_map_get(&m, k * 64);
            assert_int_equal(e != NULL, in[k]);
            if (e)
                assert_ptr_equal(e->conn, &conns[k]);
        }
    }
    assert_null(cx_flow_map_get(&m, 0));
    cx_flow_map_free(&m);
}

static void test_put_again(void **state)
{
    (void)state;
    static cx_conn a, b;
    cx_flow_map m = {0};
    assert_true(cx_flow_map_put(&m, 7, NULL, &a));
    assert_true(cx_flow_map_put(&m, 7, NULL, &b));
    assert_ptr_equal(cx_flow_map_get(&m, 7)->conn, &b);
    assert_int_equal(m.used, 1);
    cx_flow_map_free(&m);
}

static void test_no_memory(void **state)
{
    (void)state;
    cx_flow_map m = {0};
    test_alloc_fail_at(1);
    assert_false(cx_flow_map_put(&m, 7, NULL, NULL));
    test_alloc_fail_at(0);
    assert_null(cx_flow_map_get(&m, 7));
    cx_flow_map_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_array),
        cmocka_unit_test(test_put_again),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
