/* dissectors/http_message.c: start lines, header sections, lists. */
#include "dissectors/http_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

static void requests(void **state)
{
    static const struct {
        const char *line, *method, *uri;
    } cases[] = {
        {"GET / HTTP/1.1\r\n", "GET", "/"},
        {"M-SEARCH * HTTP/1.1\n", "M-SEARCH", "*"},
        {"GET  /two  HTTP/1.0 \r\n", "GET", "/two"},
        {"GET /a b?c=d HTTP/1.1\r\n", "GET", "/a b?c=d"},
        {"GET  HTTP/1.1\r\n", "GET", ""},
        {"CONNECT [::1]:443 http/1.1\r\n", "CONNECT", "[::1]:443"},
        {"abcdefghijklmnopqrstuvwxyzabcdef / HTTP/1.1\r\n", "abcdefghijklmnopqrstuvwxyzabcdef",
         "/"},
    };
    static const char *const none[] = {
        "GET /HTTP/1.1\r\n",    "GET / HTTP/1.1x\r\n",
        "GET / HTTP/1.x\r\n",   "GET / HTTP/2.0\r\n",
        "GET\t/ HTTP/1.1\r\n",  " / HTTP/1.1\r\n",
        "G@T / HTTP/1.1\r\n",   "HTTP/1.1\r\n",
        "GET / \0HTTP/1.1\r\n", "abcdefghijklmnopqrstuvwxyzabcdefg / HTTP/1.1\r\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_http_start s;
        assert_int_equal(cx_http_start_read(cx_slice_of(cases[i].line), &s), CX_MATCH_YES);
        assert_true(s.request);
        is(s.method, cases[i].method);
        is(s.uri, cases[i].uri);
        assert_int_equal(s.len, strlen(cases[i].line));
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        cx_http_start s;
        cx_slice line = {(const uint8_t *)none[i], i == 8 ? 17 : strlen(none[i])};
        if (cx_http_start_read(line, &s) != CX_MATCH_NO)
            fail_msg("%s", none[i]);
    }
}

static void responses(void **state)
{
    static const struct {
        const char *line;
        uint16_t status;
        const char *reason;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\n", 200, "OK"},
        {"HTTP/1.0 407 Proxy Authentication Required\n", 407, "Proxy Authentication Required"},
        {"HTTP/1.1 401\r\n", 401, ""},
        {"HTTP/1.1  999  x \r\n", 999, "x"},
        {"http/1.1 100 \r\n", 100, ""},
        {"ICY 200 OK\r\n", 200, "OK"},
    };
    static const char *const none[] = {
        "HTTP/1.1\r\n",       "HTTP/1.1 \r\n",        "HTTP/1.1 20\r\n",   "HTTP/1.1 099 x\r\n",
        "HTTP/1.1 200OK\r\n", "HTTP/1.12 200 OK\r\n", "HTTP/3 200 OK\r\n", "icy 200 OK\r\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_http_start s;
        if (cx_http_start_read(cx_slice_of(cases[i].line), &s) != CX_MATCH_YES)
            fail_msg("%s", cases[i].line);
        assert_false(s.request);
        assert_int_equal(s.status, cases[i].status);
        is(s.reason, cases[i].reason);
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        cx_http_start s;
        if (cx_http_start_read(cx_slice_of(none[i]), &s) != CX_MATCH_NO)
            fail_msg("%s", none[i]);
    }
}

/* Every beginning of a start line may be one. */
static void prefixes(void **state)
{
    static const char *const lines[] = {"PROPFIND /a%20b?c HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        for (size_t n = 0; n < strlen(lines[i]); n++) {
            cx_http_start s;
            assert_int_equal(cx_http_start_read((cx_slice){(const uint8_t *)lines[i], n}, &s),
                             CX_MATCH_MAYBE);
        }
    cx_http_start s;
    assert_int_equal(cx_http_start_read(cx_slice_of("GET /\x02"), &s), CX_MATCH_NO);
    assert_int_equal(cx_http_start_read(cx_slice_of("a:b"), &s), CX_MATCH_NO);
    assert_int_equal(cx_http_start_read(cx_slice_of(" "), &s), CX_MATCH_NO);
}

static void strictness(void **state)
{
    static const struct {
        const char *text;
        cx_match match;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a", CX_MATCH_YES},
        {"GET / HTTP/1.1\r\nHost : a", CX_MATCH_YES},
        {"GET / HTTP/1.1\r\n\r", CX_MATCH_YES},
        {"GET / HTTP/1.1\n\n", CX_MATCH_YES},
        {"GET / HTTP/1.1\r\n", CX_MATCH_MAYBE},
        {"GET / HTTP/1.1\r\nHos", CX_MATCH_MAYBE},
        {"GET / HTTP/1.1\r\nHost ", CX_MATCH_MAYBE},
        {"GET / HTTP/1.1\r\nis text", CX_MATCH_NO},
        {"GET / HTTP/1.1\r\n<p>", CX_MATCH_NO},
        {"GET / HTTP/1.1\r\n: x", CX_MATCH_NO},
        {"GET / HTTP", CX_MATCH_MAYBE},
        {"no\r\nHost: a", CX_MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_http_start s;
        if (cx_http_start_read_strict(cx_slice_of(cases[i].text), &s) != cases[i].match)
            fail_msg("%s", cases[i].text);
    }
}

static void methods(void **state)
{
    const char *name;
    (void)state;
    assert_int_equal(cx_http_method_of(cx_slice_of("CONNECT"), &name), CX_HTTP_CONNECT);
    assert_string_equal(name, "CONNECT");
    assert_int_equal(cx_http_method_of(cx_slice_of("RPC_IN_DATA"), &name), CX_HTTP_RPC_DATA);
    assert_int_equal(cx_http_method_of(cx_slice_of("RPC_OUT_DATA"), &name), CX_HTTP_RPC_DATA);
    assert_int_equal(cx_http_method_of(cx_slice_of("HEAD"), &name), CX_HTTP_HEAD);
    assert_int_equal(cx_http_method_of(cx_slice_of("GET"), &name), CX_HTTP_OTHER);
    assert_string_equal(name, "GET");
    assert_int_equal(cx_http_method_of(cx_slice_of("get"), &name),
                     CX_HTTP_OTHER); /* 9.1: case counts */
    assert_null(name);
    assert_int_equal(cx_http_method_before(cx_slice_of("abcPOST")), 3);
    assert_int_equal(cx_http_method_before(cx_slice_of("xUNLOCK")), 1); /* the longest */
    assert_int_equal(cx_http_method_before(cx_slice_of("GET")), 0);
    assert_int_equal(cx_http_method_before(cx_slice_of("GE")), SIZE_MAX);
    assert_int_equal(cx_http_method_before(cx_slice_of("")), SIZE_MAX);
}

static void sections(void **state)
{
    cx_http_message m = {.n_auth = 0};
    (void)state;
    cx_http_headers_read(
        cx_slice_of("HOST: a\r\nhost: second\r\nServer:IIS\r\nUser-Agent : x y \r\n"
                    "no colon\r\n: nothing\r\nUpgrade: websocket\r\n"
                    "Content-Type: text/html; charset=x\r\nLocation: /b\r\n"
                    "Sec-WebSocket-Protocol: sip\r\nContent-Length: 12\r\n"
                    "Transfer-Encoding: gzip, Chunked\r\nExpect: 100-Continue\r\n"
                    "WWW-Authenticate: NTLM\r\n abc\r\nAuthorization: x\r\n"
                    "Proxy-Authenticate: y\r\nProxy-Authorization: z\r\n\r\n"),
        &m);
    is(m.host, "a");
    is(m.server, "IIS");
    is(m.user_agent, "x y");
    is(m.upgrade, "websocket");
    is(m.content_type, "text/html; charset=x");
    is(cx_http_media_type(&m), "text/html");
    is(m.location, "/b");
    is(m.ws_protocol, "sip");
    assert_true(m.has_length && !m.bad_length && m.length == 12);
    assert_true(m.chunked && !m.coded && m.expects);
    assert_int_equal(m.n_auth, 4);
    assert_true(m.auth[0].offered && !m.auth[0].proxy);
    is(m.auth[0].value, "NTLM\r\n abc");
    assert_true(!m.auth[1].offered && !m.auth[1].proxy);
    assert_true(m.auth[2].offered && m.auth[2].proxy);
    assert_true(!m.auth[3].offered && m.auth[3].proxy);
    is(m.auth[3].value, "z");
}

static void many_auth_lines(void **state)
{
    cx_http_message m = {.n_auth = 0};
    (void)state;
    for (int i = 0; i < CX_HTTP_MAX_AUTH_LINES + 1; i++)
        cx_http_headers_read(cx_slice_of("WWW-Authenticate: a\r\n"), &m);
    assert_int_equal(m.n_auth, CX_HTTP_MAX_AUTH_LINES);
}

static void lengths(void **state)
{
    static const struct {
        const char *lines;
        bool has, bad;
        uint64_t len;
    } cases[] = {
        {"Content-Length: 0\r\n", true, false, 0},
        {"Content-Length: 18446744073709551615\r\n", true, false, UINT64_MAX},
        {"Content-Length: 18446744073709551616\r\n", false, true, 0},
        {"Content-Length: 5, 5\r\ncontent-length: 5\r\n", true, false, 5},
        {"Content-Length: 5\r\nContent-Length: 6\r\n", true, true, 5},
        {"Content-Length: \r\n", false, true, 0},
        {"Content-Length: 0x10\r\n", false, true, 0},
        {"Content-Length: +1\r\n", false, true, 0},
        {"Content-Lengt: 1\r\nContent-Lengthh: 1\r\n", false, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_http_message m = {.n_auth = 0};
        cx_http_headers_read(cx_slice_of(cases[i].lines), &m);
        if (m.has_length != cases[i].has || m.bad_length != cases[i].bad ||
            m.length != cases[i].len)
            fail_msg("%s", cases[i].lines);
    }
}

static void codings(void **state)
{
    static const struct {
        const char *lines;
        bool chunked, coded;
    } cases[] = {
        {"Transfer-Encoding: chunked\r\n", true, false},
        {"Transfer-Encoding: CHUNKED;x=y\r\n", true, false},
        {"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", true, true},
        {"Transfer-Encoding: identity\r\n", false, false},
        {"Transfer-Encoding: gzip\r\n", false, true},
        {"Transfer-Encoding: xchunked\r\n", false, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_http_message m = {.n_auth = 0};
        cx_http_headers_read(cx_slice_of(cases[i].lines), &m);
        if (m.chunked != cases[i].chunked || m.coded != cases[i].coded)
            fail_msg("%s", cases[i].lines);
    }
}

static void auth_lines(void **state)
{
    static const char *const begin[] = {"",
                                        "A",
                                        "authorization",
                                        "Authorization: NTLM x",
                                        "Proxy-Auth",
                                        "PROXY-AUTHENTICATE:",
                                        "www-",
                                        "Proxy-Authorization: a"};
    static const char *const other[] = {"x", "Authorizatiom", "Proxy:", "Authorization x"};
    cx_http_auth_line line;
    (void)state;
    assert_true(cx_http_auth_line_read(cx_slice_of("proxy-authorization: NTLM a \r"), &line));
    assert_true(line.proxy && !line.offered);
    is(line.value, "NTLM a");
    assert_false(cx_http_auth_line_read(cx_slice_of("Host: a"), &line));
    assert_false(cx_http_auth_line_read(cx_slice_of("Authorization"), &line));
    for (size_t i = 0; i < COUNT(begin); i++)
        assert_true(cx_http_auth_line_begins(cx_slice_of(begin[i])));
    for (size_t i = 0; i < COUNT(other); i++)
        assert_false(cx_http_auth_line_begins(cx_slice_of(other[i])));
}

static void lists(void **state)
{
    (void)state;
    assert_true(cx_http_list_has(cx_slice_of("a, B ;q=1,c"), "b"));
    assert_false(cx_http_list_has(cx_slice_of("a, bb"), "b"));
    assert_false(cx_http_list_has((cx_slice){NULL, 0}, "b"));
    assert_string_equal(cx_http_status_name(407), "Proxy Authentication Required");
    assert_null(cx_http_status_name(299));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),        cmocka_unit_test(responses), cmocka_unit_test(prefixes),
        cmocka_unit_test(strictness),      cmocka_unit_test(methods),   cmocka_unit_test(sections),
        cmocka_unit_test(many_auth_lines), cmocka_unit_test(lengths),   cmocka_unit_test(codings),
        cmocka_unit_test(auth_lines),      cmocka_unit_test(lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
