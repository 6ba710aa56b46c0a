#include "app/echo.h"

#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void keep(cx_echo *e, uint64_t frame, uint16_t file, const char *name)
{
    const cx_evidence at = {.frame = frame, .ts_ns = 5, .file = file};
    char line[128];
    (void)snprintf(line, sizeof line,
                   "{\"type\":\"dns\",\"frame\":%u,\"time\":\"then\",\"qname\":\"%s\"}\n",
                   (unsigned)frame, name);
    cx_echo_keep(e, &at, cx_slice_of(line));
}

/* The lines of a copy, one behind the other. The caller frees them. */
static char *lines(cx_echo *e, uint64_t of, uint16_t of_file)
{
    const cx_event copy = {.kind = CX_EV_DUPLICATE,
                           .at = {.frame = 900, .ts_ns = 1000, .file = 0},
                           .u.duplicate.of = {.frame = of, .file = of_file}};
    json_t *all = cx_echo_lines(e, &copy, 6);
    assert_non_null(all);
    char *text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    return text;
}

static void expect(cx_echo *e, uint64_t of, uint16_t of_file, const char *want)
{
    char *text = lines(e, of, of_file);
    assert_string_equal(text, want);
    free(text);
}

static void repeats_the_lines_of_a_frame(void **state)
{
    (void)state;
    cx_echo *e = cx_echo_new();
    assert_non_null(e);
    keep(e, 7, 0, "a");
    keep(e, 7, 0, "b");
    keep(e, 8, 0, "c");
#define LINE(name, of)                                                                             \
    "{\"type\":\"dns\",\"frame\":900,\"time\":\"1970-01-01T00:00:00.000001Z\",\"qname\":\"" name   \
    "\",\"duplicate_of\":" #of "}"
    expect(e, 7, 0, "[" LINE("a", 7) "," LINE("b", 7) "]");
    expect(e, 7, 0, "[" LINE("a", 7) "," LINE("b", 7) "]"); /* the third copy as well */
    expect(e, 8, 0, "[" LINE("c", 8) "]");
    expect(e, 9, 0, "[]"); /* said nothing */
    expect(e, 7, 1, "[]"); /* of another file */
    cx_echo_free(e);
    cx_echo_free(NULL);
}

static void forgets_old_frames(void **state)
{
    (void)state;
    cx_echo *e = cx_echo_new();
    assert_non_null(e);
    keep(e, 7, 0, "a");
    keep(e, 7 + 1024, 0, "b");
    expect(e, 7, 0, "[]");
    expect(e, 7 + 1024, 0, "[" LINE("b", 1031) "]");
    keep(e, 7, 0, "late"); /* told at the end of a connection */
    expect(e, 7 + 1024, 0, "[" LINE("b", 1031) "]");
    for (int i = 0; i < 100; i++)
        keep(e, 9, 0, "many");
    char *text = lines(e, 9, 0);
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, "many")) != NULL; at++)
        n++;
    assert_int_equal(n, 64);
    free(text);
    cx_echo_free(e);
}

static void survives_failed_allocations(void **state)
{
    (void)state;
    test_alloc_fail_at(1);
    assert_null(cx_echo_new());
    test_alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_the_lines_of_a_frame),
        cmocka_unit_test(forgets_old_frames),
        cmocka_unit_test(survives_failed_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
