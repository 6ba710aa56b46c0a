/* report/json_members.c: the same members as a tree and as text. */
#include "report/json_members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEXT                                                                                       \
    "{\"s\":\"a\\\"b\",\"any\":\"caf\\u00E9 \\uFFFD\\u007f\",\"n\":18,\"i\":-5,\"b\":false,"       \
    "\"address\":\"192.0.2.7\",\"time\":\"1970-01-01T00:00:01.000002Z\",\"ms\":12.345,"            \
    "\"h\":\"0x002f\",\"empty\":{},\"none\":[],\"list\":[1,{\"in\":[\"x\"]},[2]],"                 \
    "\"tree\":{\"\\u00E9\":[true]},\"last\":1}"

/* Everything that can be put, and what is left out. */
static void put_all(cx_members *m)
{
    cx_endpoint address = {0}, nobody = {0};
    json_t *tree = json_loads("{\"\\u00e9\":[true]}", 0, NULL);
    (void)cx_addr_parse(cx_slice_of("192.0.2.7"), &address); /* it is one */
    cx_members_string(m, "s", "a\"b");
    cx_members_string(m, "left out", NULL);
    cx_members_slice(m, "any", cx_slice_of("caf\xc3\xa9 \xff\x7f"));
    cx_members_slice(m, "left out", (cx_slice){NULL, 0});
    cx_members_number(m, "n", 18);
    cx_members_integer(m, "i", -5);
    cx_members_bool(m, "b", false);
    cx_members_addr(m, "address", &address);
    cx_members_addr(m, "left out", &nobody);
    cx_members_time(m, "time", 1000002999, 6);
    cx_members_ms(m, "ms", 12345678);
    cx_members_ms(m, "left out", -1);
    cx_members_hex(m, "h", 0x2f, 4);
    cx_members_open(m, "empty");
    cx_members_close(m);
    cx_members_open_list(m, "none");
    cx_members_close_list(m);
    cx_members_open_list(m, "list");
    cx_members_number(m, NULL, 1);
    cx_members_open(m, NULL);
    cx_members_open_list(m, "in");
    cx_members_string(m, NULL, "x");
    cx_members_close_list(m);
    cx_members_close(m);
    cx_members_open_list(m, NULL);
    cx_members_integer(m, NULL, 2);
    cx_members_close_list(m);
    cx_members_close_list(m);
    cx_members_put(m, "tree", tree);
    cx_members_number(m, "last", 1);
}

static void both_say_the_same(void **state)
{
    (void)state;
    cx_buf text = cx_buf_init(4096), from_tree = cx_buf_init(4096);
    cx_json_writer w = {.gen = NULL};
    cx_json_begin(&w, &text);
    cx_members m = cx_members_text(&w);
    put_all(&m);
    assert_null(cx_members_end(&m));
    assert_int_equal(cx_json_end(&w), CX_OK);
    assert_true(cx_slice_is(cx_buf_slice(&text), TEXT));
    m = cx_members_tree();
    put_all(&m);
    json_t *tree = cx_members_end(&m);
    assert_int_equal(cx_json_put(&from_tree, tree), CX_OK);
    assert_true(cx_slice_is(cx_buf_slice(&from_tree), TEXT));
    json_decref(tree);
    cx_buf_free(&text);
    cx_buf_free(&from_tree);
}

static void a_buffer_that_is_full_is_told(void **state)
{
    (void)state;
    for (size_t max = 0; max < sizeof TEXT; max++) {
        cx_buf text = cx_buf_init(max);
        cx_json_writer w = {.gen = NULL};
        cx_json_begin(&w, &text);
        cx_members m = cx_members_text(&w);
        put_all(&m);
        assert_null(cx_members_end(&m));
        assert_int_equal(cx_json_end(&w), max < sizeof TEXT - 1 ? CX_LIMIT : CX_OK);
        cx_buf_free(&text);
    }
}

/* Whatever the last one came to, full or left half-way. */
static void a_writer_is_used_again(void **state)
{
    (void)state;
    cx_json_writer w = {.gen = NULL};
    for (size_t max = 0; max < sizeof TEXT; max++) {
        cx_buf text = cx_buf_init(max);
        cx_json_begin(&w, &text);
        cx_members m = cx_members_text(&w);
        put_all(&m);
        if (max % 2)
            assert_null(cx_members_end(&m));
        cx_buf_free(&text);
        text = cx_buf_init(4096);
        cx_json_begin(&w, &text);
        m = cx_members_text(&w);
        put_all(&m);
        assert_null(cx_members_end(&m));
        assert_int_equal(w.status, CX_OK);
        assert_true(cx_slice_is(cx_buf_slice(&text), TEXT));
        cx_buf_free(&text);
    }
    cx_json_writer_free(&w);
    cx_json_writer_free(&w);
}

static size_t calls, fail_at;

static void *counted(size_t n)
{
    return ++calls == fail_at ? NULL : malloc(n);
}

/* No half tree, no leak, whichever allocation fails. */
static void a_tree_is_whole_or_none(void **state)
{
    (void)state;
    json_set_alloc_funcs(counted, free);
    bool more = true;
    for (size_t k = 1; more; k++) {
        calls = 0;
        fail_at = k;
        cx_members m = cx_members_tree();
        put_all(&m);
        json_t *tree = cx_members_end(&m);
        more = calls >= k;
        fail_at = 0;
        if (tree) { /* what was tried a second time */
            cx_buf text = cx_buf_init(4096);
            assert_int_equal(cx_json_put(&text, tree), CX_OK);
            assert_true(cx_slice_is(cx_buf_slice(&text), TEXT));
            cx_buf_free(&text);
        }
        assert_true(tree || more);
        json_decref(tree);
    }
    json_set_alloc_funcs(malloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_say_the_same),
        cmocka_unit_test(a_buffer_that_is_full_is_told),
        cmocka_unit_test(a_writer_is_used_again),
        cmocka_unit_test(a_tree_is_whole_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
