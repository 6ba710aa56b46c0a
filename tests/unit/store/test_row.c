/* Rows as bytes: there and back, cut anywhere, and changed anywhere. */
#include "store/row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static cx_row coverage(void)
{
    return (cx_row){.kind = CX_ROW_COVERAGE,
                    .values = {cx_value_text("cap-no-dns"), cx_value_number(-7),
                               cx_value_text("gr\xc3\xbc\xc3\x9f"
                                             "e"),
                               cx_value_text("{}")}};
}

static cx_row input(void)
{
    return (cx_row){.kind = CX_ROW_INPUT,
                    .values = {cx_value_number(3), cx_value_text("read"), cx_value_text(NULL),
                               cx_value_text(""), cx_value_text(NULL), cx_value_natural(-1)}};
}

static cx_buf packed(const cx_row *row)
{
    cx_buf b = cx_buf_init(4096);
    assert_int_equal(cx_row_pack(&b, row), CX_OK);
    return b;
}

static void check_same(const cx_row *a, const cx_row *b)
{
    assert_int_equal(a->kind, b->kind);
    for (size_t i = 0; i < cx_row_size(a->kind); i++) {
        assert_int_equal(a->values[i].kind, b->values[i].kind);
        assert_int_equal(a->values[i].number, b->values[i].number);
        assert_true(cx_slice_eq(a->values[i].text, b->values[i].text));
    }
}

static void go_there_and_back(void **state)
{
    const cx_row rows[] = {coverage(), input()};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        cx_buf b = packed(&rows[i]);
        cx_row got;
        size_t size = 0;
        assert_int_equal(cx_buf_put(&b, "next", 4), CX_OK);
        assert_int_equal(cx_row_unpack(cx_buf_slice(&b), &got, &size), CX_OK);
        assert_int_equal(size, b.len - 4);
        check_same(&got, &rows[i]);
        cx_buf_free(&b);
    }
}

/* Exact end and every length short of it, each in memory of its own. */
static void are_waited_for(void **state)
{
    const cx_row row = coverage();
    cx_buf b = packed(&row);
    (void)state;
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *part = malloc(n ? n : 1);
        cx_row got;
        size_t size = 99;
        assert_non_null(part);
        memcpy(part, b.p, n);
        assert_int_equal(cx_row_unpack((cx_slice){part, n}, &got, &size), CX_TRUNCATED);
        assert_int_equal(size, n < 4 ? 0 : b.len);
        free(part);
    }
    cx_buf_free(&b);
}

/* Every bit flipped: another row of the same shape, or a clear no. */
static void are_not_trusted(void **state)
{
    const cx_row rows[] = {coverage(), input()};
    size_t refused = 0;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        cx_buf b = packed(&rows[i]);
        for (size_t bit = 0; bit < 8 * b.len; bit++) {
            cx_row got;
            size_t size;
            b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
            cx_status status = cx_row_unpack(cx_buf_slice(&b), &got, &size);
            assert_true(status == CX_OK || status == CX_MALFORMED || status == CX_TRUNCATED);
            refused += status != CX_OK;
            b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        cx_buf_free(&b);
    }
    assert_true(refused > 50);
}

static void hold_text_alone(void **state)
{
    static const char *const bad[] = {"\xff", "\xc3", "\xed\xa0\x80", "abcdefgh\x80",
                                      "12345678\xc0\x80"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cx_row row = coverage(), got;
        size_t size;
        row.values[2] = cx_value_text(bad[i]);
        cx_buf b = packed(&row);
        assert_int_equal(cx_row_unpack(cx_buf_slice(&b), &got, &size), CX_MALFORMED);
        cx_buf_free(&b);
    }
    cx_row row = coverage(), got;
    size_t size;
    row.values[2].text = (cx_slice){(const uint8_t *)"a\0b", 3};
    cx_buf b = packed(&row);
    assert_int_equal(cx_row_unpack(cx_buf_slice(&b), &got, &size), CX_MALFORMED);
    cx_buf_free(&b);
}

/* A value of another kind than its column, and one that is needed and missing. */
static void fit_their_columns(void **state)
{
    cx_row rows[] = {coverage(), coverage(), input(), input()};
    (void)state;
    rows[0].values[1] = cx_value_text("7");
    rows[1].values[3] = cx_value_text(NULL);
    rows[2].values[CX_INPUT_WHY] = cx_value_number(1);
    rows[3].values[CX_INPUT_PART] = cx_value_text("1");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cx_row got;
        size_t size;
        cx_buf b = packed(&rows[i]);
        assert_int_equal(cx_row_unpack(cx_buf_slice(&b), &got, &size), CX_MALFORMED);
        cx_buf_free(&b);
    }
}

static void leave_no_part_behind(void **state)
{
    const cx_row row = coverage();
    cx_buf whole = packed(&row);
    (void)state;
    for (size_t max = 0; max < whole.len; max++) {
        cx_buf b = cx_buf_init(max + 2);
        assert_int_equal(cx_buf_put(&b, "ab", 2), CX_OK);
        assert_int_equal(cx_row_pack(&b, &row), CX_LIMIT);
        assert_int_equal(b.len, 2);
        cx_buf_free(&b);
    }
    cx_buf_free(&whole);
}

/* Members become rows without the names of files; what is needed has to be there. */
static void come_from_members(void **state)
{
    json_t *v = json_loads("{\"type\":\"finding\",\"file\":\"/x\",\"id\":\"tls-cert-expired\","
                           "\"severity\":\"failure\",\"role\":\"root-cause\",\"confidence\":"
                           "\"proven\",\"attempt\":3,\"details\":{\"names\":\"a.b\"},\"evidence\":"
                           "[{\"file\":\"/x\",\"frame\":1},{\"file\":\"/y\",\"frame\":2}]}",
                           0, NULL);
    cx_row_maker maker = {.file = "/x"};
    cx_buf text = cx_buf_init(4096);
    cx_row row;
    (void)state;
    assert_non_null(v);
    assert_int_equal(cx_row_make(&maker, "finding", v, &text, &row), CX_OK);
    assert_int_equal(row.kind, CX_ROW_FINDING);
    assert_int_equal(row.values[2].number, 1);
    assert_true(cx_slice_eq(row.values[10].text, cx_slice_of("a.b")));
    assert_true(cx_slice_eq(
        row.values[16].text,
        cx_slice_of("{\"id\":\"tls-cert-expired\",\"severity\":\"failure\",\"role\":\"root-cause\","
                    "\"confidence\":\"proven\",\"attempt\":3,\"details\":{\"names\":\"a.b\"},"
                    "\"evidence\":[{\"frame\":1},{\"file\":\"/y\",\"frame\":2}]}")));
    assert_int_equal(cx_row_make(&maker, "finding", v, &text, &row), CX_OK);
    assert_int_equal(row.values[2].number, 2);
    assert_int_equal(cx_row_make(&maker, "attempt", v, &text, &row), CX_MALFORMED);
    assert_int_equal(cx_row_make(&maker, "of a later version", v, &text, &row), CX_END);
    cx_buf_free(&text);
    json_decref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(go_there_and_back), cmocka_unit_test(are_waited_for),
        cmocka_unit_test(are_not_trusted),   cmocka_unit_test(hold_text_alone),
        cmocka_unit_test(fit_their_columns), cmocka_unit_test(leave_no_part_behind),
        cmocka_unit_test(come_from_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
