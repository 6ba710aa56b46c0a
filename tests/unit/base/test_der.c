/* base/der.h: each form of tag, length and value at its edges; what is cut, by whose fault. */
#include "base/der.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define S(text)                                                                                    \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define SLICE(text)  ((cx_slice)S(text))
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void sizes(void **state)
{
    static const struct {
        cx_slice s;
        cx_status status;
        uint64_t size;
    } rows[] = {
        {S(""), CX_NEED_MORE, 0},
        {S("\x30"), CX_NEED_MORE, 0},
        {S("\x30\x00"), CX_OK, 2},
        {S("\x30\x7f"), CX_OK, 129},
        {S("\x30\x80"), CX_UNSUPPORTED, 0},
        {S("\x04\x80"), CX_MALFORMED, 0}, /* only constructed ones may be of indefinite length */
        {S("\x30\x81"), CX_NEED_MORE, 0},
        {S("\x30\x81\x05"), CX_OK, 8}, /* longer than needed */
        {S("\x30\x82\x01"), CX_NEED_MORE, 0},
        {S("\x30\x82\x01\x00"), CX_OK, 260},
        {S("\x30\x84\x00\x00\x00\x05"), CX_OK, 11}, /* as Active Directory writes it */
        {S("\x30\x84\xff\xff\xff\xff"), CX_OK, UINT64_C(0xffffffff) + 6},
        {S("\x30\x85\x01\x00\x00\x00\x00"), CX_MALFORMED, 0},
        {S("\x30\x85\x00\x00\x00\x00\x07"), CX_OK, 14},
        {S("\x30\xff"), CX_NEED_MORE, 0},
        {S("\x7f\x21\x03"), CX_OK, 6},
        {S("\x7f\x81"), CX_NEED_MORE, 0},
        {S("\x7f\x87\xff\xff\x7f\x00"), CX_OK, 6},
        {S("\x7f\x88\x80\x80\x00\x00"), CX_MALFORMED, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t size = 4711;
        cx_status status = cx_der_size(rows[i].s, &size);
        if (status != rows[i].status || size != (status == CX_OK ? rows[i].size : 4711))
            fail_msg("row %zu: %d, %d", i, (int)status, (int)size);
    }
}

static void elements(void **state)
{
    static const struct {
        cx_slice s;
        uint32_t tag;
        cx_slice body;
        size_t left;
        cx_status err; /* CX_OK: whole */
        bool found;
    } rows[] = {
        {S("\x02\x01\x05\xff"), CX_DER_INTEGER, S("\x05"), 1, CX_OK, true},
        {S("\x02\x01\x05"), CX_DER_INTEGER, S("\x05"), 0, CX_OK, true},
        {S("\x02\x01"), CX_DER_INTEGER, S(""), 0, CX_TRUNCATED, true},
        {S("\x04\x03"
           "ab"),
         CX_DER_OCTET_STRING, S("ab"), 0, CX_TRUNCATED, true},
        {S("\x04\x82\xff\xff"
           "ab"),
         CX_DER_OCTET_STRING, S("ab"), 0, CX_TRUNCATED, true},
        {S("\x7f\x21\x01x"), UINT32_C(0x7f000021), S("x"), 0, CX_OK, true},
        {S("\x02"), 0, S(""), 0, CX_TRUNCATED, false},
        {S("\x04\x80"
           "ab\0\0"),
         0, S(""), 0, CX_MALFORMED, false},
        {S(""), 0, S(""), 0, CX_OK, false},
        /* of indefinite length, also one in another, and with zeros inside of a definite one */
        {S("\x30\x80\x02\x01\x05\0\0\xff"), CX_DER_SEQUENCE, S("\x02\x01\x05"), 1, CX_OK, true},
        {S("\x30\x80\0\0"), CX_DER_SEQUENCE, S(""), 0, CX_OK, true},
        {S("\x30\x80\xa0\x80\0\0\x04\x02\0\0\0\0"), CX_DER_SEQUENCE, S("\xa0\x80\0\0\x04\x02\0\0"),
         0, CX_OK, true},
        {S("\x30\x80\x02\x01\x05\0"), CX_DER_SEQUENCE, S("\x02\x01\x05\0"), 0, CX_TRUNCATED, true},
        {S("\x30\x80\xa0\x80\0\0"), CX_DER_SEQUENCE, S("\xa0\x80\0\0"), 0, CX_TRUNCATED, true},
        {S("\x30\x80\x04\x80\0\0"), CX_DER_SEQUENCE, S("\x04\x80\0\0"), 0, CX_MALFORMED, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cx_cursor c = cx_cursor_over(rows[i].s, CX_TRUNCATED);
        cx_der e = {.tag = 4711};
        if (cx_der_next(&c, &e) != rows[i].found || c.err != rows[i].err || c.left != rows[i].left)
            fail_msg("row %zu: error %d, %zu left", i, (int)c.err, c.left);
        if (!rows[i].found) {
            assert_int_equal(e.tag, 4711);
            continue;
        }
        assert_int_equal(e.tag, rows[i].tag);
        assert_int_equal(e.fault, rows[i].err);
        assert_int_equal(e.body.len, rows[i].body.len);
        assert_memory_equal(e.body.p, rows[i].body.p, e.body.len);
    }
}

/* What is short inside of a cut element is the capture's fault, inside of a whole one the
 * sender's. */
static void faults_inside(void **state)
{
    cx_der e, inner;
    (void)state;
    cx_cursor c = cx_cursor_over(SLICE("\x30\x05\xa0\x03\x02\x01"), CX_TRUNCATED);
    assert_true(cx_der_next(&c, &e));
    assert_true(cx_der_first(&e, &inner));
    assert_int_equal(inner.tag, CX_DER_CONTEXT);
    assert_int_equal(inner.fault, CX_TRUNCATED);
    assert_true(cx_der_first(&inner, &e));
    assert_int_equal(e.fault, CX_TRUNCATED);
    int64_t n;
    assert_false(cx_der_int64(&e, &n));

    c = cx_cursor_over(SLICE("\x30\x04\xa0\x03\x02\x01"), CX_TRUNCATED);
    assert_true(cx_der_next(&c, &e));
    assert_int_equal(e.fault, CX_OK);
    assert_int_equal(c.err, CX_OK);
    assert_true(cx_der_first(&e, &inner));
    assert_int_equal(inner.fault, CX_MALFORMED);
    c = cx_der_inside(&inner);
    assert_int_equal(c.on_short, CX_MALFORMED);

    c = cx_cursor_over(SLICE("\x30\x00"), CX_TRUNCATED);
    assert_true(cx_der_next(&c, &e));
    assert_false(cx_der_first(&e, &inner));
}

static void next_is_moves_only_when_it_fits(void **state)
{
    cx_cursor c = cx_cursor_over(SLICE("\xa1\x01x\xa2\x00"), CX_MALFORMED);
    cx_der e;
    (void)state;
    assert_false(cx_der_next_is(&c, CX_DER_CONTEXT, &e));
    assert_int_equal(c.left, 5);
    assert_true(cx_der_next_is(&c, CX_DER_CONTEXT + 1, &e));
    assert_true(cx_der_next_is(&c, CX_DER_CONTEXT + 2, &e));
    assert_false(cx_der_next_is(&c, CX_DER_CONTEXT + 2, &e));
    assert_int_equal(cx_close(&c), CX_OK);
}

static void integers(void **state)
{
    static const struct {
        cx_slice body;
        bool ok;
        int64_t value;
    } rows[] = {
        {S(""), false, 0},
        {S("\x00"), true, 0},
        {S("\x7f"), true, 127},
        {S("\x80"), true, -128},
        {S("\xff"), true, -1},
        {S("\x00\x80"), true, 128},
        {S("\xff\x7f"), true, -129},
        {S("\x7f\xff\xff\xff"), true, INT32_MAX},
        {S("\x80\x00\x00\x00"), true, INT32_MIN},
        {S("\x00\x80\x00\x00\x00"), true, INT64_C(0x80000000)},
        {S("\xff\x7f\xff\xff\xff"), true, INT64_C(-0x80000001)},
        {S("\x7f\xff\xff\xff\xff\xff\xff\xff"), true, INT64_MAX},
        {S("\x80\x00\x00\x00\x00\x00\x00\x00"), true, INT64_MIN},
        {S("\x00\x80\x00\x00\x00\x00\x00\x00\x00"), false, 0},
        {S("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07"), true, 7}, /* spare octets */
        {S("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x87"), true, -121},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cx_der e = {.tag = CX_DER_INTEGER, .body = rows[i].body};
        int64_t n = 4711;
        int32_t small = 4711;
        bool fits = rows[i].ok && rows[i].value >= INT32_MIN && rows[i].value <= INT32_MAX;
        assert_int_equal(cx_der_int64(&e, &n), rows[i].ok);
        assert_true(n == (rows[i].ok ? rows[i].value : 4711));
        assert_int_equal(cx_der_int32(&e, &small), fits);
        assert_true(small == (fits ? (int32_t)rows[i].value : 4711));
        e.fault = CX_TRUNCATED;
        assert_false(cx_der_int64(&e, &n));
    }
}

static void oids(void **state)
{
    cx_der e = {.tag = CX_DER_OID, .body = S("\x2b\x06\x01")};
    (void)state;
    assert_true(cx_der_is_oid(&e, SLICE("\x2b\x06\x01")));
    assert_false(cx_der_is_oid(&e, SLICE("\x2b\x06")));
    assert_false(cx_der_is_oid(&e, SLICE("\x2b\x06\x01\x05")));
    assert_false(cx_der_is_oid(&e, SLICE("\x2b\x06\x02")));
    e.fault = CX_MALFORMED;
    assert_false(cx_der_is_oid(&e, SLICE("\x2b\x06\x01")));
    e = (cx_der){.tag = CX_DER_OCTET_STRING, .body = S("\x2b\x06\x01")};
    assert_false(cx_der_is_oid(&e, SLICE("\x2b\x06\x01")));
}

static void times(void **state)
{
    static const struct {
        cx_slice body;
        bool ok;
        int64_t ns;
    } rows[] = {
        {S("19700101000000Z"), true, 0},
        {S("20220222074604Z"), true, INT64_C(1645515964000000000)},
        {S("20220222074604.5Z"), true, INT64_C(1645515964500000000)},
        {S("20220222074604.1234567899Z"), true, INT64_C(1645515964123456789)},
        {S("19691231235959Z"), true, INT64_C(-1000000000)},
        {S("20240229235960Z"), true, INT64_C(1709251200000000000)}, /* a leap second */
        {S("20230229000000Z"), false, 0},
        {S("20000229000000Z"), true, INT64_C(951782400000000000)},
        {S("21000229000000Z"), false, 0},
        {S("20220431000000Z"), false, 0},
        {S("20220022000000Z"), false, 0},
        {S("20221322000000Z"), false, 0},
        {S("20220200000000Z"), false, 0},
        {S("20220222240000Z"), false, 0},
        {S("20220222006000Z"), false, 0},
        {S("20220222000061Z"), false, 0},
        {S("20220222074604"), false, 0},
        {S("20220222074604z"), false, 0},
        {S("20220222074604+0100"), false, 0},
        {S("20220222074604Z "), false, 0},
        {S("202202220746Z"), false, 0},
        {S("2022022207460 Z"), false, 0},
        {S("-2220222074604Z"), false, 0},
        {S(""), false, 0},
        {S("99991231235959Z"), false, 0}, /* beyond 2262 */
        {S("16000101000000Z"), false, 0},
        {S("00000101000000Z"), false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cx_der e = {.tag = CX_DER_TIME, .body = rows[i].body};
        int64_t ns = 4711;
        if (cx_der_time(&e, &ns) != rows[i].ok || ns != (rows[i].ok ? rows[i].ns : 4711))
            fail_msg("row %zu: %lld", i, (long long)ns);
    }
}

static void bits(void **state)
{
    static const struct {
        cx_slice body;
        bool ok;
        uint32_t value;
    } rows[] = {
        {S(""), false, 0},
        {S("\x00"), true, 0},
        {S("\x00\x80"), true, UINT32_C(0x80000000)},
        {S("\x05\x20"), true, UINT32_C(0x20000000)},
        {S("\x00\x40\x81\x00\x10"), true, UINT32_C(0x40810010)},
        {S("\x00\x40\x81\x00\x10\xff"), true, UINT32_C(0x40810010)},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cx_der e = {.tag = CX_DER_BIT_STRING, .body = rows[i].body};
        uint32_t value = 4711;
        assert_int_equal(cx_der_bits(&e, &value), rows[i].ok);
        assert_int_equal(value, rows[i].ok ? rows[i].value : 4711);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),         cmocka_unit_test(elements),
        cmocka_unit_test(faults_inside), cmocka_unit_test(next_is_moves_only_when_it_fits),
        cmocka_unit_test(integers),      cmocka_unit_test(oids),
        cmocka_unit_test(times),         cmocka_unit_test(bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
