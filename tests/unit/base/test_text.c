#include "base/text.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <time.h>

#define S(text) cx_slice_of(text)
#define N(rows) (sizeof(rows) / sizeof *(rows))

static void compares_host_names(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal, within; /* a within b */
    } rows[] = {
        {"contoso.com", "contoso.com", true, true},
        {"Contoso.COM", "contoso.com.", true, true},
        {"sip.contoso.com", "contoso.com", false, true},
        {"SIP.contoso.com.", "CONTOSO.com", false, true},
        {"a.b.contoso.com", "contoso.com.", false, true},
        {"evilcontoso.com", "contoso.com", false, false},
        {"contoso.com", "sip.contoso.com", false, false},
        {".contoso.com", "contoso.com", false, true},
        {"contoso.com..", "contoso.com", false, false},
        {"contoso.org", "contoso.com", false, false},
        {"", "", true, true},
        {".", "", true, true},
        {"contoso.com", "", false, false},
        {"", "contoso.com", false, false},
    };
    for (size_t i = 0; i < N(rows); i++) {
        assert_int_equal(cx_host_eq(S(rows[i].a), S(rows[i].b)), rows[i].equal);
        assert_int_equal(cx_host_within(S(rows[i].a), S(rows[i].b)), rows[i].within);
    }
    assert_true(cx_slice_is(cx_host_bare(S("a.b.")), "a.b"));
    assert_true(cx_slice_is(cx_host_bare(S("a.b..")), "a.b."));
    assert_true(cx_slice_is(cx_host_bare(S(".")), ""));
    assert_null(cx_host_bare((cx_slice){NULL, 0}).p);
}

static void tells_addresses_and_short_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool address, one_label;
    } rows[] = {
        {"10.0.0.1", true, false},
        {"::1", true, false},
        {"[::1]", true, false},
        {"[10.0.0.1]", false, false},
        {"fe80::1:2", true, false},
        {"::ffff:10.0.0.1", true, false},
        {"10.0.0", false, false},
        {"10.0.0.256", false, false},
        {"server", false, true},
        {"server.", false, true},
        {"server.contoso", false, false},
        {"", false, false},
        {".", false, false},
        {"[]", false, true},
        {"123", false, true},
        {"1:2", false, true},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", true, false},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555", false, false},
    };
    for (size_t i = 0; i < N(rows); i++) {
        assert_int_equal(cx_host_is_address(S(rows[i].name)), rows[i].address);
        assert_int_equal(cx_host_is_one_label(S(rows[i].name)), rows[i].one_label);
    }
    assert_false(cx_host_is_address((cx_slice){(const uint8_t *)"::1\0x", 5}));
}

static void makes_text_safe(void **state)
{
    (void)state;
#define BAD "\xef\xbf\xbd"
    static const struct {
        const char *in, *utf8, *terminal; /* NULL: as utf8 */
    } rows[] = {
        {"", "", NULL},
        {"plain \\ text", "plain \\ text", NULL},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", NULL},
        {"\xff", BAD, NULL},
        {"a\x80z", "a" BAD "z", NULL},
        {"\xc0\x80", BAD BAD, NULL}, /* overlong */
        {"\xc1\xbf", BAD BAD, NULL},
        {"\xe0\x9f\xbf", BAD BAD BAD, NULL},
        {"\xed\xa0\x80", BAD BAD BAD, NULL},    /* surrogate */
        {"\xed\x9f\xbf", "\xed\x9f\xbf", NULL}, /* the last before them */
        {"\xf0\x8f\xbf\xbf", BAD BAD BAD BAD, NULL},
        {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", NULL}, /* U+10FFFF */
        {"\xf4\x90\x80\x80", BAD BAD BAD BAD, NULL},
        {"\xf5\x80\x80\x80", BAD BAD BAD BAD, NULL},
        {"\xc3", BAD, NULL}, /* cut at the end */
        {"\xe2\x82", BAD BAD, NULL},
        {"\xf0\x9f\x98", BAD BAD BAD, NULL},
        {"\xe2\x82z", BAD BAD "z", NULL},
        {"\xc3(", BAD "(", NULL},
        {"\x1b[31m", "\x1b[31m", "\\x1b[31m"},
        {"a\tb\r\n\x7f", "a\tb\r\n\x7f", "a\\x09b\\x0d\\x0a\\x7f"},
        {"\xc2\x9bm", "\xc2\x9bm", "\\x9bm"}, /* C1: CSI */
        {"\xc2\xa0", "\xc2\xa0", NULL},       /* the first behind C1 */
        {"\xe2\x80\xae"
         "txt",
         "\xe2\x80\xae"
         "txt",
         "\\u{202E}txt"},
        {"\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xaf",
         "\xe2\x80\xa7\\u{2028}\xe2\x80\xaf"},
        {"\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
         "\\u{2066}\\u{2069}\xe2\x81\xaa"},
        {"\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f",
         "\\u{061C}\\u{200E}\\u{200F}"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        cx_buf b = cx_buf_init(1000);
        assert_int_equal(cx_put_utf8(&b, S(rows[i].in)), CX_OK);
        assert_true(cx_slice_is(cx_buf_slice(&b), rows[i].utf8));
        assert_int_equal(cx_is_utf8(S(rows[i].in)), cx_slice_eq(S(rows[i].in), S(rows[i].utf8)));
        b.len = 0;
        assert_int_equal(cx_put_term(&b, S(rows[i].in)), CX_OK);
        assert_true(
            cx_slice_is(cx_buf_slice(&b), rows[i].terminal ? rows[i].terminal : rows[i].utf8));
        cx_buf_free(&b);
    }
    cx_buf b = cx_buf_init(10);
    assert_int_equal(cx_put_utf8(&b, (cx_slice){(const uint8_t *)"a\0b", 3}), CX_OK);
    assert_true(cx_slice_eq(cx_buf_slice(&b), (cx_slice){(const uint8_t *)"a\0b", 3}));
    cx_buf_free(&b);
}

static void putting_is_all_or_nothing(void **state)
{
    (void)state;
    cx_buf b = cx_buf_init(8);
    assert_int_equal(cx_buf_put_text(&b, "x"), CX_OK);
    assert_int_equal(cx_put_utf8(&b, S("ab\xff"
                                       "cdef")),
                     CX_LIMIT);
    assert_true(cx_slice_is(cx_buf_slice(&b), "x"));
    assert_int_equal(cx_put_term(&b, S("\x1b\x1b")), CX_LIMIT);
    assert_true(cx_slice_is(cx_buf_slice(&b), "x"));
    assert_int_equal(cx_put_term(&b, S("abc\x1b")), CX_OK); /* exactly full */
    assert_true(cx_slice_is(cx_buf_slice(&b), "xabc\\x1b"));
    cx_buf_free(&b);
}

static void writes_times(void **state)
{
    (void)state;
    static const struct {
        int64_t ts_ns;
        int digits;
        const char *text;
    } rows[] = {
        {0, 6, "1970-01-01T00:00:00.000000Z"},
        {1, 6, "1970-01-01T00:00:00.000000Z"},
        {1, 9, "1970-01-01T00:00:00.000000001Z"},
        {-1, 9, "1969-12-31T23:59:59.999999999Z"},
        {-1, 6, "1969-12-31T23:59:59.999999Z"},
        {-1000000000, 6, "1969-12-31T23:59:59.000000Z"},
        {1795442521123456789, 6, "2026-11-23T14:02:01.123456Z"},
        {1795442521123456789, 9, "2026-11-23T14:02:01.123456789Z"},
        {951782400000000000, 6, "2000-02-29T00:00:00.000000Z"},
        {INT64_MAX, 9, "2262-04-11T23:47:16.854775807Z"},
        {INT64_MIN, 9, "1677-09-21T00:12:43.145224192Z"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        char text[CX_TIME_TEXT];
        cx_time_text(rows[i].ts_ns, rows[i].digits, text);
        assert_string_equal(text, rows[i].text);
    }
}

/* Each day that 64 bits of nanoseconds reach. */
static void dates_are_those_of_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = -106751; day <= 106751; day++) {
        const time_t noon = (time_t)(day * 86400 + 43200);
        struct tm t;
        char text[CX_TIME_TEXT], expected[CX_TIME_TEXT];
        assert_non_null(gmtime_r(&noon, &t));
        assert_true(strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.000000Z", &t) > 0);
        cx_time_text((int64_t)noon * 1000000000, 6, text);
        assert_string_equal(text, expected);
    }
}

static void reads_base64(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        cx_status status;
        const char *bytes;
    } rows[] = {
        {"", CX_OK, ""},
        {"Zg==", CX_OK, "f"}, /* RFC 4648 10 */
        {"Zm8=", CX_OK, "fo"},
        {"Zm9v", CX_OK, "foo"},
        {"Zm9vYg==", CX_OK, "foob"},
        {"Zm9vYmE=", CX_OK, "fooba"},
        {"Zm9vYmFy", CX_OK, "foobar"},
        {"Zg", CX_OK, "f"},
        {"Zm8", CX_OK, "fo"},
        {" Zm\r\n9v\tYg = =\n", CX_OK, "foob"},
        {"+/+/", CX_OK, "\xfb\xff\xbf"},
        {"TlRMTVNTUAA=", CX_OK, "NTLMSSP"},
        {"Z", CX_MALFORMED, NULL},
        {"Zm9vY", CX_MALFORMED, NULL},
        {"Zg=", CX_MALFORMED, NULL},
        {"Zg===", CX_MALFORMED, NULL},
        {"Zm8==", CX_MALFORMED, NULL},
        {"Zm9v=", CX_MALFORMED, NULL},
        {"====", CX_MALFORMED, NULL},
        {"=", CX_MALFORMED, NULL},
        {"Zg==Zg==", CX_MALFORMED, NULL},
        {"Zm-_", CX_MALFORMED, NULL},
        {"Zm9v\xff", CX_MALFORMED, NULL},
    };
    for (size_t i = 0; i < N(rows); i++) {
        cx_arena a = cx_arena_init(1000);
        cx_slice bytes = S("untouched");
        assert_int_equal(cx_base64(S(rows[i].text), &a, &bytes), rows[i].status);
        if (rows[i].status != CX_OK)
            assert_true(cx_slice_is(bytes, "untouched"));
        else if (strstr(rows[i].bytes, "NTLMSSP"))
            assert_true(cx_slice_eq(bytes, (cx_slice){(const uint8_t *)"NTLMSSP", 8}));
        else
            assert_true(bytes.p && cx_slice_is(bytes, rows[i].bytes));
        cx_arena_free(&a);
    }
    cx_arena small = cx_arena_init(0);
    cx_slice bytes;
    assert_int_equal(cx_base64(S("Zg=="), &small, &bytes), CX_NO_MEMORY);
}

static void base64_round_trips_all_bytes(void **state)
{
    (void)state;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t len = 0; len < 260; len++) {
        uint8_t bytes[260];
        char text[400];
        size_t n = 0;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)(255 - i);
        for (size_t i = 0; i < len; i += 3) {
            uint32_t v = (uint32_t)bytes[i] << 16 |
                         (uint32_t)(i + 1 < len ? bytes[i + 1] : 0) << 8 |
                         (uint32_t)(i + 2 < len ? bytes[i + 2] : 0);
            for (unsigned k = 0; k < 4 && i + k <= len; k++)
                text[n++] = digits[v >> (18 - 6 * k) & 63];
        }
        cx_arena a = cx_arena_init(1000);
        cx_slice out;
        assert_int_equal(cx_base64((cx_slice){(const uint8_t *)text, n}, &a, &out), CX_OK);
        assert_int_equal(out.len, len);
        assert_memory_equal(out.p, bytes, len);
        cx_arena_free(&a);
    }
}

static void reads_utf16(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } rows[] = {
        {"", 0, ""},
        {"a\0b\0", 4, "ab"},
        {"a\0b", 3, "a"}, /* an odd byte is dropped */
        {"a", 1, ""},
        {"\xe4\0\xac\x20", 4, "\xc3\xa4\xe2\x82\xac"},
        {"\x3d\xd8\x00\xde", 4, "\xf0\x9f\x98\x80"}, /* pair */
        {"\x3d\xd8", 2, BAD},                        /* high alone, at the end */
        {"\x3d\xd8"
         "a\0",
         4, BAD "a"},
        {"\x00\xde"
         "a\0",
         4, BAD "a"}, /* low alone */
        {"\x3d\xd8\x3d\xd8\x00\xde", 6, BAD "\xf0\x9f\x98\x80"},
        {"\x3d\xd8\x00", 3, BAD},
        {"\xff\xff", 2, "\xef\xbf\xbf"},
        {"\xff\xdb\xff\xdf", 4, "\xf4\x8f\xbf\xbf"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        cx_arena a = cx_arena_init(1000);
        cx_slice text = cx_utf16le((cx_slice){(const uint8_t *)rows[i].bytes, rows[i].len}, &a);
        assert_non_null(text.p);
        assert_true(cx_slice_is(text, rows[i].text));
        cx_arena_free(&a);
    }
    cx_arena a = cx_arena_init(1000);
    assert_null(cx_utf16le((cx_slice){NULL, 0}, &a).p);
    test_alloc_fail_at(1);
    assert_null(cx_utf16le(S("a"), &a).p);
    test_alloc_fail_at(0);
    cx_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_host_names), cmocka_unit_test(tells_addresses_and_short_names),
        cmocka_unit_test(makes_text_safe),     cmocka_unit_test(putting_is_all_or_nothing),
        cmocka_unit_test(writes_times),        cmocka_unit_test(dates_are_those_of_the_c_library),
        cmocka_unit_test(reads_base64),        cmocka_unit_test(base64_round_trips_all_bytes),
        cmocka_unit_test(reads_utf16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
