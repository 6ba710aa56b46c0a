#include "store/scope.h"
#include "store/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void writes_csv(void **state)
{
    static const struct {
        const char *text, *field;
    } cases[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""},
        {"a\nb", "\"a\nb\""},
        {"=1+1", "\"'=1+1\""}, /* no formula */
        {"@x", "\"'@x\""},
        {"-x", "\"'-x\""},
        {"a=1", "a=1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        assert_non_null(out);
        cx_csv_put(out, cases[i].text);
        fclose(out);
        assert_string_equal(text, cases[i].field);
        free(text);
    }
}

static void run_all(cx_store *s)
{
    for (size_t i = 0; i < cx_n_views; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        cx_paper paper = {.out = out, .width = 80};
        assert_ptr_equal(cx_view_named(cx_views[i].name), &cx_views[i]);
        assert_int_equal(cx_table_json(s, &cx_views[i], "", out), CX_OK);
        assert_int_equal(cx_table_text(s, &cx_views[i], "", 0, "title", &paper), CX_OK);
        fflush(out);
        assert_int_equal(len, 0);
        assert_int_equal(cx_table_csv(s, &cx_views[i], "", out), CX_OK);
        assert_int_equal(cx_table_text(s, &cx_views[i], "", 0, NULL, &paper), CX_OK);
        fclose(out);
        assert_non_null(strstr(text, cx_views[i].columns[0].name));
        assert_non_null(strstr(text, cx_views[i].columns[0].title));
        free(text);
    }
}

/* Every view runs on an empty database, in each format, of both scopes and again. */
static void views_run(void **state)
{
    cx_store *s = NULL;
    char why[256];
    (void)state;
    assert_int_equal(cx_store_open("", CX_STORE_SCRATCH, &s, why), CX_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(cx_scope_none(s), CX_OK);
        run_all(s);
        assert_int_equal(cx_scope_all(s), CX_OK);
        run_all(s);
    }
    assert_null(cx_view_named("nothing"));
    cx_store_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(writes_csv), cmocka_unit_test(views_run)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
