/* dissectors/sip_text.c: start lines, header names, parameters, numbers, dates. */
#include "dissectors/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void is(cx_slice got, const char *expected)
{
    if (!expected)
        assert_null(got.p);
    else if (!got.p || !cx_slice_is(got, expected))
        fail_msg("expected \"%s\", got \"%.*s\"", expected, (int)got.len,
                 got.p ? (const char *)got.p : "");
}

static void start_lines(void **state)
{
    cx_sip_start s;
    (void)state;
    assert_int_equal(cx_sip_start_read(cx_slice_of("INVITE sip:a@b SIP/2.0\r\nVia"), false, &s),
                     CX_MATCH_YES);
    assert_true(s.request);
    is(s.method, "INVITE");
    is(s.uri, "sip:a@b");
    assert_int_equal(s.len, 24);
    assert_int_equal(cx_sip_start_read(cx_slice_of("SIP/2.0 486 Busy  here \n"), false, &s),
                     CX_MATCH_YES);
    assert_false(s.request);
    assert_int_equal(s.status, 486);
    is(s.reason, "Busy  here");
    assert_int_equal(s.len, 24);
    assert_int_equal(cx_sip_start_read(cx_slice_of("SIP/2.0 200\r\n"), false, &s), CX_MATCH_YES);
    is(s.reason, "");
    assert_int_equal(cx_sip_start_read(cx_slice_of("SIP/2.0 200"), true, &s), CX_MATCH_YES);
    assert_int_equal(s.len, 11);
}

/* Every beginning of a start line may become one; none of another line may, once that shows. */
static void start_prefixes(void **state)
{
    static const char *const lines[] = {"INVITE sip:a@b SIP/2.0\r\n", "SIP/2.0 200 OK\r\n",
                                        "SUBSCRIBE sip:x SIP/2.0\n"};
    static const struct {
        const char *line;
        size_t known; /* bytes after which it cannot be one */
    } others[] = {
        {"SIP/1.0 200 OK", 5},   {"SIP/2.0/TCP x", 8}, {"GET /index.html HTTP/1.1", 16},
        {"a b: SIP/3", 10},      {"\x80", 1},          {" INVITE", 1},
        {"INVITE sip:a\nb", 13}, {"SIP/2.0 2x0", 10},
    };
    cx_sip_start s;
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        for (size_t n = 0; n < strlen(lines[i]); n++)
            assert_int_equal(cx_sip_start_read((cx_slice){(const uint8_t *)lines[i], n}, false, &s),
                             CX_MATCH_MAYBE);
    for (size_t i = 0; i < COUNT(others); i++)
        for (size_t n = 1; n <= strlen(others[i].line); n++)
            if (cx_sip_start_read((cx_slice){(const uint8_t *)others[i].line, n}, false, &s) !=
                (n < others[i].known ? CX_MATCH_MAYBE : CX_MATCH_NO))
                fail_msg("%.*s", (int)n, others[i].line);
}

static void finding(void **state)
{
    static const struct {
        const char *line;
        size_t at;
    } cases[] = {
        {"INVITE sip:a SIP/2.0\r\n", 0},
        {"</xml>SUBSCRIBE sip:a SIP/2.0\r\n", 6},
        {"a=rtpmap:0 PCMU/8000INVITE sip:a SIP/2.0\r\n", 20},
        {"</x>BENOTIFY sip:a SIP/2.0\r\n", 4},
        {"</x>foo sip:a SIP/2.0\n", 4},
        {"bodySIP/2.0 200 OK\r\n", 4},
        {"SIP/2.0 2xx SIP/2.0 200 OK\r\n", 12},
        {"Via: SIP/2.0/TCP a\r\n", SIZE_MAX},
        {"SIP/2.0 20\r\n", SIZE_MAX},
        {" sip:a SIP/2.0\r\n", SIZE_MAX},
        {"SIP/2.0\r\n", SIZE_MAX},
        {" SIP/2.0\r\n", SIZE_MAX},
        {"\n", SIZE_MAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (cx_sip_start_find(cx_slice_of(cases[i].line)) != cases[i].at)
            fail_msg("%s", cases[i].line);
}

static void strictness(void **state)
{
    static const struct {
        const char *text;
        cx_match match;
    } cases[] = {
        {"SIP/2.0 200 OK\r\nVia: x", CX_MATCH_YES},
        {"SIP/2.0 200 OK\r\nVia \t: x", CX_MATCH_YES},
        {"SIP/2.0 200 OK\r\nVia", CX_MATCH_MAYBE},
        {"SIP/2.0 200 OK\r\n", CX_MATCH_MAYBE},
        {"SIP/2.0 200 OK\r\n\r\n", CX_MATCH_NO},
        {"SIP/2.0 200 OK\r\n: x", CX_MATCH_NO},
        {"SIP/2.0 200 OK\r\nno colon", CX_MATCH_NO},
        {"SIP/2.0 200 OK\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         CX_MATCH_NO},
    };
    cx_sip_start s;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (cx_sip_start_read_strict(cx_slice_of(cases[i].text), &s) != cases[i].match)
            fail_msg("%s", cases[i].text);
    }
}

static void cut_lines(void **state)
{
    static const struct {
        const char *text, *method; /* NULL: no start line */
    } cases[] = {
        {"REGISTER sip:contoso.com SIP/2.", "REGISTER"},
        {"REGISTER sip:", "REGISTER"},
        {"INVITE SIPS:a", "INVITE"},
        {"REGISTER sip", NULL},
        {"REGISTER", NULL},
        {"REGISTERS sip:a", NULL},
        {"register sip:a", NULL},
        {"GET sip:a", NULL},
        {"REGISTER sip:a HTTP", NULL},
        {"REGISTER sip:a\r\n", NULL}, /* whole, and no start line */
        {"SIP/2.0 20", NULL},
        {"SIP/2.0 200 OK\r\n", NULL},
        {"SIP/2.0 2000", NULL},
        {"SIP/1.0 200", NULL},
        {"", NULL},
    };
    static const char *const answers[] = {"SIP/2.0 200", "SIP/2.0 200 ", "SIP/2.0 200 O"};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_sip_start s = {.status = 1};
        bool is = cx_sip_start_read_cut(cx_slice_of(cases[i].text), &s);
        if (is != (cases[i].method != NULL) || (is && !cx_slice_is(s.method, cases[i].method)))
            fail_msg("%s", cases[i].text);
        assert_true(is ? s.request && !s.status && !s.len && !s.uri.p : s.status == 1);
    }
    for (size_t i = 0; i < COUNT(answers); i++) {
        cx_sip_start s = {.request = true, .len = 1};
        assert_true(cx_sip_start_read_cut(cx_slice_of(answers[i]), &s));
        assert_true(!s.request && s.status == 200 && !s.method.p && !s.len);
    }
}

static void headers(void **state)
{
    static const struct {
        const char *name;
        cx_sip_name id;
    } names[] = {
        {"i", CX_SIP_CALL_ID},
        {"M", CX_SIP_CONTACT},
        {"e", CX_SIP_OTHER},
        {"L", CX_SIP_CONTENT_LENGTH},
        {"c", CX_SIP_CONTENT_TYPE},
        {"f", CX_SIP_FROM},
        {"s", CX_SIP_OTHER},
        {"k", CX_SIP_OTHER},
        {"t", CX_SIP_TO},
        {"v", CX_SIP_VIA},
        {"u", CX_SIP_OTHER},
        {"o", CX_SIP_EVENT},
        {"CALL-ID", CX_SIP_CALL_ID},
        {"Call-Id", CX_SIP_CALL_ID},
        {"to", CX_SIP_TO},
        {"Via", CX_SIP_VIA},
        {"From", CX_SIP_FROM},
        {"CSeq", CX_SIP_CSEQ},
        {"Date", CX_SIP_DATE},
        {"Event", CX_SIP_EVENT},
        {"Server", CX_SIP_SERVER},
        {"Contact", CX_SIP_CONTACT},
        {"Expires", CX_SIP_EXPIRES},
        {"Warning", CX_SIP_WARNING},
        {"User-Agent", CX_SIP_USER_AGENT},
        {"Retry-After", CX_SIP_RETRY_AFTER},
        {"Min-Expires", CX_SIP_MIN_EXPIRES},
        {"Content-Type", CX_SIP_CONTENT_TYPE},
        {"Content-Length", CX_SIP_CONTENT_LENGTH},
        {"Authorization", CX_SIP_AUTHORIZATION},
        {"WWW-Authenticate", CX_SIP_WWW_AUTHENTICATE},
        {"Authentication-Info", CX_SIP_AUTHENTICATION_INFO},
        {"Proxy-Authenticate", CX_SIP_PROXY_AUTHENTICATE},
        {"Proxy-Authorization", CX_SIP_PROXY_AUTHORIZATION},
        {"Proxy-Authentication-Info", CX_SIP_PROXY_AUTHENTICATION_INFO},
        {"presence-state", CX_SIP_PRESENCE_STATE},
        {"MS-Diagnostics", CX_SIP_MS_DIAGNOSTICS},
        {"ms-diagnostics-public", CX_SIP_MS_DIAGNOSTICS_PUBLIC},
        {"ms-user-logon-data", CX_SIP_MS_USER_LOGON_DATA},
        {"Max-Forwards", CX_SIP_OTHER},
        {"A-Name-That-Is-Longer-Than-All", CX_SIP_OTHER},
        {"Contacts", CX_SIP_OTHER},
        {"x", CX_SIP_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char line[64];
        cx_sip_header h;
        snprintf(line, sizeof line, "%s : v\r\n", names[i].name);
        cx_slice lines = cx_slice_of(line);
        assert_true(cx_sip_header_next(&lines, &h));
        if (h.name != names[i].id)
            fail_msg("%s", names[i].name);
        is(h.value, "v");
        assert_false(cx_sip_header_next(&lines, &h));
    }
}

static void lines_and_folds(void **state)
{
    cx_slice lines = cx_slice_of("To: a\r\n b\r\n\tc\nno colon\r\n: x\r\nFrom:\r\n\r\nvia:z");
    cx_sip_header h;
    (void)state;
    assert_true(cx_sip_header_next(&lines, &h));
    assert_int_equal(h.name, CX_SIP_TO);
    is(h.value, "a\r\n b\r\n\tc");
    assert_true(cx_sip_header_next(&lines, &h));
    assert_int_equal(h.name, CX_SIP_FROM);
    is(h.value, "");
    assert_true(cx_sip_header_next(&lines, &h));
    assert_int_equal(h.name, CX_SIP_VIA);
    is(h.value, "z");
    assert_false(cx_sip_header_next(&lines, &h));
}

static void content_length(void **state)
{
    static const struct {
        const char *lines;
        bool ok;
        int64_t len;
    } cases[] = {
        {"", true, -1},
        {"To: x\r\n", true, -1},
        {"Content-Length: 0\r\n", true, 0},
        {"content-LENGTH:17", true, 17},
        {"l : 5\r\nContent-Length:5\r\n", true, 5},
        {"l: 5\r\nContent-Length: 6\r\n", false, 0},
        {"l: \r\n", false, 0},
        {"l: 1 2\r\n", false, 0},
        {"l: +1\r\n", false, 0},
        {"l: -1\r\n", false, 0},
        {"l: 0x10\r\n", false, 0},
        {"l: 9223372036854775807\r\n", true, INT64_MAX},
        {"l: 9223372036854775808\r\n", false, 0},
        {"Content-Type: l: 5\r\nContact: l\r\n", true, -1},
        {"Subject: a\r\n l: 5\r\n", true, -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t len = 77;
        cx_sip_headers headers;
        cx_sip_headers_read(cx_slice_of(cases[i].lines), &headers);
        bool ok = cx_sip_content_length(&headers, &len);
        if (ok != cases[i].ok || len != (ok ? cases[i].len : 77))
            fail_msg("%s", cases[i].lines);
    }
}

/* What stands behind more headers than are kept counts all the same. */
static void late_content_length(void **state)
{
    static char text[16 * CX_MAX_SIP_HEADERS];
    static cx_sip_headers headers;
    size_t n = 0;
    int64_t len = 0;
    (void)state;
    for (uint32_t i = 0; i < CX_MAX_SIP_HEADERS; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, i % 2 ? "x: %u\n" : "t: %u\n", i);
    snprintf(text + n, sizeof text - n, "To: last\nl: 5\n");
    cx_sip_headers_read(cx_slice_of(text), &headers);
    assert_int_equal(headers.n, CX_MAX_SIP_HEADERS / 2);
    is(headers.header[1].value, "2");
    assert_true(cx_sip_content_length(&headers, &len));
    assert_int_equal(len, 5);
}

static void params(void **state)
{
    static const struct {
        const char *text, *name, *value;
    } cases[] = {
        {"a=b", "a", "b"},         {" a = \"b c\" ", "a", "b c"},
        {"a", "a", NULL},          {"a=", "a", ""},
        {"a=\"\"", "a", ""},       {"a=\"", "a", ""},
        {"a=\"b", "a", "b"},       {"=b", "", "b"},
        {"a=b=c==", "a", "b=c=="},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_slice name, value;
        cx_sip_param(cx_slice_of(cases[i].text), &name, &value);
        is(name, cases[i].name);
        is(value, cases[i].value);
    }
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
        int32_t q;
    } cases[] = {
        {"0", 0, 0},       {"1", 1, 1000},     {"120 (busy)", 120, -1},
        {"", -1, -1},      {"x", -1, -1},      {"0.7", 0, 700},
        {"0.001", 0, 1},   {"1.000", 1, 1000}, {"1.001", 1, -1},
        {"0.0001", 0, -1}, {"2", 2, -1},       {"0.x", 0, -1},
        {"0.", 0, 0},      {"-1", -1, -1},     {"99999999999999999999", -1, -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (cx_sip_number(cx_slice_of(cases[i].text)) != cases[i].number ||
            cx_sip_qvalue(cx_slice_of(cases[i].text)) != cases[i].q)
            fail_msg("%s", cases[i].text);
}

static void dates(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: none */
    } cases[] = {
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Sat, 13 Nov 2010 23:29:00 GMT", 1289690940},
        {"Tue, 29 Feb 2028 23:59:59 GMT", 1835481599},
        {"sat, 1 nov 2025 3:04:05 gmt", 1761966245},
        {"Tue, 31 Feb 2026 00:00:00 GMT", 1772496000}, /* the third of March */
        {"Sat, 13 Nov 2010 23:29:00 PST", -1},
        {"Sat, 13 Nov 2010 23:29:00", -1},
        {"Sat, 13 Nov 2010 24:29:00 GMT", -1},
        {"Sat, 32 Nov 2010 23:29:00 GMT", -1},
        {"Sat, 13 Nvo 2010 23:29:00 GMT", -1},
        {"Sat, 13 Nov 1910 23:29:00 GMT", -1},
        {"Sat, 13 Nov 9999 23:29:00 GMT", -1},
        {"Sat 13 Nov 2010 23:29:00 GMT", -1},
        {"Saturday, 13-Nov-10 23:29:00 GMT", -1},
        {",", -1},
        {"", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ns = cx_sip_date(cx_slice_of(cases[i].text));
        if (ns != (cases[i].seconds < 0 ? INT64_MIN : cases[i].seconds * INT64_C(1000000000)))
            fail_msg("%s: %lld", cases[i].text, (long long)ns);
    }
}

/* Every day, as the C library counts them. */
static void all_dates(void **state)
{
    (void)state;
    for (time_t at = 45296; at < INT64_C(7289654400); at += 86400) { /* to the end of 2200 */
        char text[40];
        struct tm t;
        assert_non_null(gmtime_r(&at, &t));
        assert_int_not_equal(strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &t), 0);
        if (cx_sip_date(cx_slice_of(text)) != (int64_t)at * INT64_C(1000000000))
            fail_msg("%s", text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_lines),
        cmocka_unit_test(start_prefixes),
        cmocka_unit_test(finding),
        cmocka_unit_test(strictness),
        cmocka_unit_test(cut_lines),
        cmocka_unit_test(headers),
        cmocka_unit_test(lines_and_folds),
        cmocka_unit_test(content_length),
        cmocka_unit_test(late_content_length),
        cmocka_unit_test(params),
        cmocka_unit_test(numbers),
        cmocka_unit_test(dates),
        cmocka_unit_test(all_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
