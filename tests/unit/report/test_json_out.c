/* Lines of JSON: as jansson writes them, but for DEL. */
#include "report/json_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

static char *put(const json_t *value)
{
    cx_buf b = cx_buf_init(1u << 20);
    assert_int_equal(cx_json_put(&b, value), CX_OK);
    assert_int_equal(cx_buf_put(&b, "", 1), CX_OK);
    return (char *)b.p;
}

static void same_as_jansson(json_t *value)
{
    char *ours = put(value), *theirs = json_dumps(value, FLAGS);
    assert_string_equal(ours, theirs);
    free(ours);
    free(theirs);
    json_decref(value);
}

static void writes_what_jansson_writes(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "[]",
        "[{},[],[[]],{\"a\":{}}]",
        "{\"a\":1,\"b\":[true,false,null],\"\\\"\":\"\\\\\"}",
        "[0,-1,10,9223372036854775807,-9223372036854775808]",
        "[1.0,-0.5,0.1,1e300,123456.789]",
        "[\"\",\"1234567\",\"12345678\",\"123456789\",\"a/b\",\"caf\\u00e9 \\ud83d\\ude00\"]",
        "{\"caf\\u00e9\":[{\"b\":\"\\u00e9\"}]}",
        "[\"\\u0000\",\"tab\\t\",\"\\u001f234567890\",\"1234567\\\"9\"]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *value = json_loads(texts[i], JSON_ALLOW_NUL, NULL);
        assert_non_null(value);
        same_as_jansson(value);
    }
}

static void takes_trees_of_any_depth(void **state)
{
    (void)state;
    for (int depth = 120; depth < 140; depth++) { /* yajl refuses more than 128 */
        json_t *value = json_string("deep");
        for (int i = 0; i < depth; i++)
            value = i % 2 ? json_pack("[o]", value) : json_pack("{s:o}", "in", value);
        same_as_jansson(value);
    }
}

static void takes_lines_of_any_length(void **state)
{
    (void)state;
    static char text[50000];
    for (size_t n = 16370; n < 16395; n++) { /* around the room that there is at first */
        memset(text, 'x', n);
        same_as_jansson(json_pack("[s#,i]", text, (int)n, 7));
    }
    memset(text, 'y', sizeof text);
    same_as_jansson(json_pack("{s:s#, s:s#}", "a", text, 50000, "b", text, 50000));
}

static void escapes_del(void **state)
{
    (void)state;
    json_t *value = json_pack("[s]", "a\x7f"
                                     "b");
    char *text = put(value);
    assert_string_equal(text, "[\"a\\u007fb\"]");
    free(text);
    json_decref(value);
}

static void joins_two_objects(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    json_t *head = json_pack("{s:s, s:i}", "type", "finding", "b", 1);
    json_t *rest = json_pack("{s:i, s:i, s:s}", "a", 2, "b", 3, "type", "other");
    assert_non_null(out);
    assert_int_equal(cx_json_line_of(out, head, rest), CX_OK);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "{\"type\":\"finding\",\"b\":1,\"a\":2}\n");
    free(text);
    json_decref(head);
    json_decref(rest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_jansson_writes), cmocka_unit_test(takes_trees_of_any_depth),
        cmocka_unit_test(takes_lines_of_any_length),  cmocka_unit_test(escapes_del),
        cmocka_unit_test(joins_two_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
