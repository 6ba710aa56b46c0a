#include "app/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <stdlib.h>

#include <cmocka.h>

typedef struct seen {
    size_t n, bytes, last;
    size_t stop; /* at this line; 0: never */
} seen;

static cx_status line(void *self, cx_slice text)
{
    seen *s = self;
    s->n++;
    s->bytes += text.len;
    s->last = text.len;
    return s->n == s->stop ? CX_MALFORMED : CX_OK;
}

static void keeps_lines(void **state)
{
    cx_spool s = cx_spool_init();
    seen got = {0};
    (void)state;
    assert_int_equal(cx_spool_put(&s, "ab", 2), CX_OK);
    assert_int_equal(cx_spool_put(&s, "c\n\nde", 5), CX_OK);
    assert_int_equal(cx_spool_lines(&s, line, &got), CX_OK);
    assert_int_equal(got.n, 3);
    assert_int_equal(got.bytes, 5);
    assert_int_equal(s.size, 7);
    got = (seen){.stop = 2};
    assert_int_equal(cx_spool_lines(&s, line, &got), CX_MALFORMED);
    assert_int_equal(got.n, 2);
    cx_spool_free(&s);
}

/* What does not fit into memory goes on in a file, and comes back the same. */
static void overflows(void **state)
{
    enum { SIZE = 100000, N = 100 };
    cx_spool s = cx_spool_init();
    char *text = malloc(SIZE);
    seen got = {0};
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE - 1] = '\n';
    for (int i = 0; i < N; i++)
        assert_int_equal(cx_spool_put(&s, text, SIZE), CX_OK);
    assert_int_equal(cx_spool_put(&s, "end", 3), CX_OK);
    assert_non_null(s.file);
    assert_int_equal(cx_spool_lines(&s, line, &got), CX_OK);
    assert_int_equal(got.n, N + 1);
    assert_int_equal(got.bytes, (size_t)N * (SIZE - 1) + 3);
    assert_int_equal(got.last, 3);
    got = (seen){.stop = 5};
    assert_int_equal(cx_spool_lines(&s, line, &got), CX_MALFORMED); /* from the beginning again */
    assert_int_equal(got.n, 5);
    cx_spool_free(&s);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_lines), cmocka_unit_test(overflows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
