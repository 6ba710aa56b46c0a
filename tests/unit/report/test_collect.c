/* Holding members: order, the cap and what is said about it, failing allocations. */
#include "report/collect.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void give(cx_collected *c, const char *type, json_t *value)
{
    assert_int_equal(cx_collect(c, type, value), CX_OK);
    json_decref(value);
}

static void sorts_by_frame_client_decision(void **state)
{
    (void)state;
    cx_collected c = {.max = 65536};
    give(&c, "finding", json_pack("{s:[{s:i}]}", "evidence", "frame", 7));
    give(&c, "finding", json_pack("{s:i, s:s, s:s}", "attempt", 9, "client", "b", "id", "1"));
    give(&c, "finding", json_pack("{s:i, s:s, s:s}", "attempt", 9, "client", "a", "id", "2"));
    give(&c, "finding", json_pack("{s:i, s:s, s:s}", "attempt", 9, "client", "a", "id", "3"));
    give(&c, "finding", json_pack("{s:i, s:s}", "attempt", 3, "client", "z"));
    give(&c, "novelty", json_object()); /* a type of a later schema */
    assert_int_equal(cx_collected_close(&c), CX_OK);
    static const char *const wanted[] = {"{\"attempt\":3,\"client\":\"z\"}",
                                         "{\"evidence\":[{\"frame\":7}]}",
                                         "{\"attempt\":9,\"client\":\"a\",\"id\":\"2\"}",
                                         "{\"attempt\":9,\"client\":\"a\",\"id\":\"3\"}",
                                         "{\"attempt\":9,\"client\":\"b\",\"id\":\"1\"}"};
    assert_int_equal(c.findings.n, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(c.findings.items[i].len, strlen(wanted[i]));
        assert_memory_equal(c.findings.items[i].text, wanted[i], strlen(wanted[i]));
    }
    cx_collected_free(&c);
}

/* At the cap members are left out, and coverage says how many, even with no room left. */
static void says_what_did_not_fit(void **state)
{
    (void)state;
    cx_collected c = {.max = 1000};
    for (int i = 0; i < 50; i++)
        give(&c, "attempt", json_pack("{s:i, s:s}", "attempt", i + 1, "client", "10.0.0.1"));
    size_t kept = c.attempts.n;
    assert_in_range(kept, 1, 20);
    assert_in_range(c.bytes, 1, 1000 + sizeof(cx_kept));
    assert_int_equal(cx_collected_close(&c), CX_OK);
    assert_int_equal(c.coverage.n, 1);
    json_t *said = cx_kept_json(&c.coverage.items[0]);
    char number[32];
    (void)snprintf(number, sizeof number, "%zu attempts", 50 - kept);
    assert_string_equal(json_string_value(json_object_get(said, "id")), "cap-limit");
    assert_non_null(strstr(json_string_value(json_object_get(said, "text")), number));
    json_decref(said);
    cx_collected_free(&c);
}

static cx_status one_run(void)
{
    cx_collected c = {.max = 65536};
    cx_status status = CX_OK;
    for (int i = 0; i < 20 && status == CX_OK; i++) {
        json_t *value = json_pack("{s:i, s:s}", "attempt", i, "client", "10.0.0.1");
        status = value ? cx_collect(&c, "attempt", value) : CX_NO_MEMORY;
        json_decref(value);
    }
    if (status == CX_OK)
        status = cx_collected_close(&c);
    cx_collected_free(&c);
    return status;
}

static void survives_failing_allocations(void **state)
{
    (void)state;
    size_t failed = 0;
    test_alloc_fail_at(0);
    assert_int_equal(one_run(), CX_OK);
    size_t calls = test_alloc_calls();
    for (size_t k = 1; k <= calls; k++) {
        test_alloc_fail_at(k);
        failed += one_run() == CX_NO_MEMORY;
    }
    test_alloc_fail_at(0);
    assert_true(failed > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_by_frame_client_decision),
        cmocka_unit_test(says_what_did_not_fit),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
