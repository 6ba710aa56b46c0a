/* Rows out of a file: many of them, one larger than what is read at a time, and damaged ones. */
#include "app/batch_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LARGE 3000000u /* bytes of a text */

static FILE *file_of(const cx_buf *b)
{
    FILE *f = tmpfile();
    assert_non_null(f);
    assert_int_equal(pwrite(fileno(f), b->p, b->len, 0), (ssize_t)b->len);
    return f;
}

static void put(cx_buf *b, int64_t n, const char *text)
{
    const cx_row row = {.kind = CX_ROW_COVERAGE,
                        .values = {cx_value_text("id"), cx_value_number(n), cx_value_text(text),
                                   cx_value_text("{}")}};
    assert_int_equal(cx_row_pack(b, &row), CX_OK);
}

static void check_all(cx_batch_rows *rows, size_t from, size_t n)
{
    cx_row row;
    for (size_t i = from; i < n; i++) {
        assert_int_equal(cx_batch_rows_next(rows, &row), CX_OK);
        assert_int_equal(row.values[1].number, (int64_t)i);
    }
    assert_int_equal(cx_batch_rows_next(rows, &row), CX_END);
    assert_int_equal(cx_batch_rows_next(rows, &row), CX_END);
}

/* Few, which stay in memory, and many, which are read anew. */
static void come_in_order_twice(void **state)
{
    static const size_t counts[] = {0, 1, 100, 60000};
    (void)state;
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        cx_buf b = cx_buf_init(16u << 20);
        cx_batch_rows rows;
        for (size_t i = 0; i < counts[k]; i++)
            put(&b, (int64_t)i, "some text");
        FILE *f = file_of(&b);
        cx_batch_rows_init(&rows, fileno(f), 0, b.len);
        check_all(&rows, 0, counts[k]);
        cx_batch_rows_rewind(&rows);
        check_all(&rows, 0, counts[k]);
        cx_batch_rows_free(&rows);
        (void)fclose(f);
        cx_buf_free(&b);
    }
}

static void may_be_large(void **state)
{
    cx_buf b = cx_buf_init(16u << 20);
    cx_batch_rows rows;
    char *text = malloc(LARGE + 1);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', LARGE);
    text[LARGE] = 0;
    put(&b, 0, "before");
    size_t from = b.len;
    put(&b, 1, text);
    put(&b, 2, "behind");
    FILE *f = file_of(&b);
    cx_batch_rows_init(&rows, fileno(f), from, b.len);
    check_all(&rows, 1, 3);
    cx_batch_rows_rewind(&rows);
    check_all(&rows, 1, 3);
    cx_batch_rows_free(&rows);
    (void)fclose(f);
    free(text);
    cx_buf_free(&b);
}

/* One byte short, a length that cannot be, and a file that is shorter than was told. */
static void are_whole_or_no_rows(void **state)
{
    cx_buf b = cx_buf_init(4096);
    cx_batch_rows rows;
    cx_row row;
    (void)state;
    put(&b, 0, "a");
    put(&b, 1, "b");
    FILE *f = file_of(&b);
    static const int64_t ends[] = {-1, 1};
    for (size_t i = 0; i < 2; i++) {
        cx_batch_rows_init(&rows, fileno(f), 0, (uint64_t)((int64_t)b.len + ends[i]));
        cx_status status = cx_batch_rows_next(&rows, &row);
        if (status == CX_OK)
            status = cx_batch_rows_next(&rows, &row);
        assert_int_equal(status, CX_MALFORMED);
        cx_batch_rows_free(&rows);
    }
    (void)fclose(f);
    memset(b.p, 0xff, 4);
    f = file_of(&b);
    cx_batch_rows_init(&rows, fileno(f), 0, b.len);
    assert_int_equal(cx_batch_rows_next(&rows, &row), CX_MALFORMED);
    cx_batch_rows_free(&rows);
    (void)fclose(f);
    cx_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(come_in_order_twice),
                                       cmocka_unit_test(may_be_large),
                                       cmocka_unit_test(are_whole_or_no_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
