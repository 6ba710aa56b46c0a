/* dissectors/http.c: recorded conversations; where messages begin: in order, behind gaps and broken
 * framing, in the middle; what follows an upgrade or a tunnel; the probe. */
#include "base/limits.h"
#include "http_talk.h"

/* ---- real conversations ---- */

static const cx_dissector *const children[] = {&cx_dissector_gss,       &cx_dissector_ntlm,
                                               &cx_dissector_kerberos,  &cx_dissector_sip,
                                               &cx_dissector_websocket, NULL};

static void transcripts(void **state)
{
    static const struct {
        const char *name;
        size_t min_rejected;
    } cases[] = {
        {"http-negotiate-ntlm", 1000},     {"http-negotiate-refused", 1000},
        {"http-negotiate-kerberos", 1000}, {"http-kerberos-refused", 1000},
        {"http-proxy-ntlm", 1000},         {"http-proxy-refused", 1000},
        {"http-proxy-connect", 1000},      {"http-websocket-sip", 1000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        test_transcript t = test_transcript_read(cases[i].name);
        test_talk talk = {.dissector = &cx_dissector_http,
                          .children = children,
                          .pieces = t.pieces,
                          .n_pieces = t.n_pieces};
        feed_all_ways(&talk, t.events);
        mutate_all(&talk, cases[i].min_rejected);
        fail_each_alloc(&talk);
        test_transcript_free(&t);
    }
}

/* ---- where messages begin ---- */

#define NO_START "malformed: no start line where a message should begin\n"

static const http_case starts[] = {
    {"one request and its answer",
     {">GET / HTTP/1.1\r\nHost: a\r\n\r\n", "<HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"},
     "1 GET /\n2 200 to GET\n"},
    {"a header section in many packets",
     {">GE", ">T / HTTP/1.1\r\nHos", ">t: a\r\n", ">\r\n",
      "<HTTP/1.1 200 OK\r\nContent-Length: 0\r", "<\n\r\n"},
     "4 GET / from 1\n6 200 to GET from 5\n"},
    {"pipelined",
     {">GET /1 HTTP/1.1\r\n\r\nHEAD /2 HTTP/1.1\r\n\r\nPOST /3 HTTP/1.1\r\nContent-Length: "
      "3\r\n\r\nabcGET /4 HTTP/1.1\r\n\r\n",
      "<HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: "
      "5\r\n\r\nHTTP/1.1 204 N\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
     "1 GET /1\n1 HEAD /2\n1 POST /3\n1 GET /4\n"
     "2 200 to GET\n2 200 to HEAD\n2 204 to POST\n2 404 to GET\n"},
    {"empty lines between messages",
     {">\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n\r\nGET /2 HTTP/1.0\n\n"},
     "1 GET /\n1 GET /2\n"},
    {"junk, then a message: that is said once",
     {">GET / HTTP/1.1\r\n\r\n", ">some }junk{\r\nmore}\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"},
     "1 GET /\n2 " NO_START "2 GET /2\n"},
    {"junk at the beginning is no fault: the capture may begin later",
     {">}x\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"},
     "1 GET /2\n"},
    {"a body's last bytes before a start line",
     {">GET / HTTP/1.1\r\n\r\n", "<#10", "<abc}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      ">#10", ">{x=yPOST /p HTTP/1.1\r\nContent-Length: 0\r\n\r\n"},
     "1 GET /\n3 200 to GET\n5 POST /p\n"},
    {"a text that looks like a start line, in a body behind a gap",
     {">GET / HTTP/1.1\r\n\r\n", "<#10",
      "<HTTP/1.1 200 OK\r\n<p>\r\nGET / HTTP/1.1 is a request\r\n"},
     "1 GET /\n"},
    {"no header at all, and the end", {"<HTTP/1.0 404 Not Found\r\n\r\n"}, "1 404\n"},
    {"cut in the header section by the end",
     {">GET / HTTP/1.1\r\nAuthorization: Basic eA==\r\nHos"},
     "1 GET / uses Basic\n"},
    {"cut in the header section by a gap",
     {">GET / HTTP/1.1\r\nAuthorization: Basic eA==\r\nHos", ">#9",
      ">x: y\r\n\r\nGET /2 HTTP/1.1\r\nA: b\r\n\r\n"},
     "1 GET / uses Basic\n3 GET /2\n"},
    {"cut in the start line", {">GET / HTT"}, ""},
    {"token lines of a message whose beginning is lost",
     {">#5", ">x\r\nAuthorization: NTLM TlRMTVNTUAADAAAA\r\nHost: a\r\n\r\n",
      "<HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
     "2 gss in http \"NTLMSSP.....\"\n3 200\n3 logon ntlm success 200 OK\n"},
    {"a folded token line of such a message",
     {"<#5", "<WWW-Authenticate: NTLM TlRMTVNT\r\n UAACAAAA\r\n\r\n"},
     "2 gss in http \"NTLMSSP.....\"\n"},
    {"Shoutcast",
     {">GET / HTTP/1.0\r\n\r\n", "<ICY 200 OK\r\nicy-name: x\r\n\r\nmusic"},
     "1 GET /\n2 200 to GET\n"},
    {"other versions",
     {">GET / HTTP/2.0\r\nHost: a\r\n\r\nGET / HTTP/1.9\r\nHost: a\r\n\r\n"},
     "1 GET /\n"},
};

static void beginnings(void **state)
{
    (void)state;
    http_check(starts, COUNT(starts), true, false);
}

/* A section that never ends is read as far as the cap goes. */
static void endless_sections(void **state)
{
    size_t n = CX_MAX_HTTP_HEADERS + 4096;
    char *text = malloc(n + 64);
    (void)state;
    assert_non_null(text);
    int start = sprintf(text, ">GET / HTTP/1.1\r\nAuthorization: Basic eA==\r\n");
    for (size_t i = (size_t)start; i < n; i++)
        text[i] = i % 100 == 99 ? '\n' : 'x';
    strcpy(text + n, "\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    const http_case c = {.pieces = {text}};
    http_record r;
    http_run(&c, true, 0, &r);
    assert_string_equal(r.text, "1 GET / uses Basic\n1 malformed: a header section longer than "
                                "any\n1 GET /2\n");
    http_run(&c, true, 1400, &r);
    assert_string_equal(r.text, "1 GET / uses Basic\n1 malformed: a header section longer than "
                                "any\n1 GET /2\n");
    /* and a start line */
    start = sprintf(text, ">GET /");
    memset(text + start, 'x', CX_MAX_HTTP_START);
    strcpy(text + start + CX_MAX_HTTP_START, " HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    http_run(&c, true, 0, &r);
    assert_string_equal(r.text, "1 GET /2\n");
    http_run(&c, true, 7, &r);
    assert_string_equal(r.text, "1 GET /2\n");
    free(text);
}

/* ---- other protocols behind HTTP ---- */

#define CONNECT "CONNECT b:443 HTTP/1.1\r\n\r\n"
#define UPGRADE(protocol, more)                                                                    \
    "GET /s HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: " protocol "\r\n" more "\r\n"
#define SWITCHING(protocol, more)                                                                  \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: " protocol "\r\n" more "\r\n"
#define WS_SIP "Sec-WebSocket-Protocol: sip\r\n"

static const http_case switches[] = {
    {"a tunnel: both sides are handed over behind the header sections",
     {">" CONNECT, "<HTTP/1.1 200 Connection established\r\n\r\n", ">\x16\x03\x01 hello",
      "<\x16\x03\x03 hello"},
     "1 CONNECT b:443\n2 200 to CONNECT\nclient hands over at 26\nserver hands over at 39\n"},
    {"in one packet with the answer; Content-Length means nothing",
     {">" CONNECT, "<HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nSSH-2.0-x\r\n", ">SSH-2.0-y\r\n"},
     "1 CONNECT b:443\n2 200 to CONNECT\nclient hands over at 26\nserver hands over at 38\n"},
    {"refused, then with credentials",
     {">" CONNECT,
      "<HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\nContent-Length: "
      "2\r\n\r\nno",
      ">CONNECT b:443 HTTP/1.1\r\nProxy-Authorization: NTLM TlRMTVNTUAADAAAA\r\n\r\n",
      "<HTTP/1.1 200 OK\r\n\r\n", ">\x16", "<\x16"},
     "1 CONNECT b:443\n2 407 to CONNECT offers NTLM proxy\n3 CONNECT b:443 uses NTLM proxy\n"
     "3 gss in http \"NTLMSSP.....\"\n4 200 to CONNECT\n4 logon ntlm success 200 OK\n"
     "client hands over at 96\nserver hands over at 112\n"},
    {"HTTP inside the tunnel",
     {">" CONNECT, "<HTTP/1.1 200 OK\r\n\r\n", ">GET /in HTTP/1.1\r\n\r\n",
      "<HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"},
     "1 CONNECT b:443\n2 200 to CONNECT\n4 401 to GET\n"},
    {"only the client was captured",
     {">" CONNECT, ">\x16\x03\x01 hello"},
     "1 CONNECT b:443\nclient hands over at 26\n"},
    {"only the server was captured",
     {"<HTTP/1.1 200 Connection established\r\n\r\n", "<\x16\x03\x03 hello"},
     "server hands over at 39\n"},
    {"a gap at the beginning of the tunnel",
     {">" CONNECT, ">#50", ">\x17\x03\x03 data"},
     "1 CONNECT b:443\nclient hands over at 26\n"},
    {"TLS by upgrade",
     {">OPTIONS * HTTP/1.1\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n",
      "<" SWITCHING("TLS/1.0, HTTP/1.1", ""), ">\x16\x03", "<\x16\x03"},
     "1 OPTIONS *\n2 101 to OPTIONS\nclient hands over at 61\nserver hands over at 64\n"},
    {"an upgrade that the server does not answer",
     {">" UPGRADE("h2c", ""), "<HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
      ">CONNECT b:1 HTTP/1.1\r\n\r\n"},
     "2 401 to GET\n3 CONNECT b:1\n"},
    {"HTTP/2: nobody reads it",
     {">" UPGRADE("h2c", ""), "<" SWITCHING("h2c", ""), ">PRI * HTTP/2.0\r\n\r\n", "<\1\1"},
     "client done\nserver done\n"},
    {"WebSocket of SIP",
     {">" UPGRADE("websocket", "Sec-WebSocket-Protocol: xmpp, sip\r\n"),
      "<" SWITCHING("websocket", WS_SIP), ">\x81\x05one", "<\x81\x05two", "<#3", ">#?"},
     "1 GET /s websocket\n2 101 to GET websocket\n3 websocket \"..one\"\n4 websocket \"..two\"\n"
     "5 websocket gap 3\n6 websocket gap 18446744073709551615\n"},
    {"WebSocket of another protocol",
     {">" UPGRADE("WebSocket", "Sec-WebSocket-Protocol: sip, xmpp\r\n"),
      "<" SWITCHING("websocket", "Sec-WebSocket-Protocol: xmpp\r\n"), ">\x81\x05one",
      "<\x81\x05two"},
     "1 GET /s websocket\n2 101 to GET websocket\nclient done\nserver done\n"},
    {"WebSocket without a protocol",
     {">" UPGRADE("websocket", ""), "<" SWITCHING("websocket", ""), ">\x81\1"},
     "1 GET /s websocket\n2 101 to GET websocket\nclient done\n"},
    {"WebSocket, only the client",
     {">" UPGRADE("websocket", WS_SIP), ">\x81\x05one"},
     "1 GET /s websocket\n2 websocket \"..one\"\n"},
    {"SSTP",
     {">SSTP_DUPLEX_POST /x HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n",
      "<HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n", "<\x10", ">\x10"},
     "1 SSTP_DUPLEX_POST /x\n2 200 to SSTP_DUPLEX_POST\nclient done\nserver done\n"},
    {"version 1 of RPC over HTTP",
     {">RPC_CONNECT s:593 HTTP/1.0\r\n\r\n",
      "<HTTP/1.1 200 OK\r\nContent-Type: application/rpc\r\n\r\n", ">\x05\x01", "<\x05\x01"},
     "1 RPC_CONNECT s:593\n2 200 to RPC_CONNECT\nclient hands over at 30\nserver hands over at "
     "50\n"},
};

static void other_protocols(void **state)
{
    (void)state;
    http_check(switches, COUNT(switches), false, true);
}

/* ---- probe ---- */

static void probes(void **state)
{
    static const struct {
        const char *text;
        cx_match match;
    } cases[] = {
        {"GET / HTTP/1.1\r\n", CX_MATCH_YES},
        {"get / http/1.0\n", CX_MATCH_YES},
        {"\r\nGET / HTTP/1.1\r\n", CX_MATCH_YES},
        {"HTTP/1.1 200 OK\r\n", CX_MATCH_YES},
        {"HTTP/1.1 200\r\n", CX_MATCH_YES},
        {"FOO-BAR /a b HTTP/1.1\r\n", CX_MATCH_YES},
        {"", CX_MATCH_MAYBE},
        {"\r\n", CX_MATCH_MAYBE},
        {"G", CX_MATCH_MAYBE},
        {"GET / HTTP/1.", CX_MATCH_MAYBE},
        {"HTTP/1.1 200 OK\r", CX_MATCH_MAYBE},
        {"GET /\r\n", CX_MATCH_NO},                        /* HTTP/0.9 */
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", CX_MATCH_NO}, /* HTTP/2 */
        {"OPTIONS sip:a@b SIP/2.0\r\n", CX_MATCH_NO},
        {"SIP/2.0 200 OK\r\n", CX_MATCH_NO},
        {"DESCRIBE rtsp://a/ RTSP/1.0\r\n", CX_MATCH_NO},
        {"RTSP/1.0 200 OK\r\n", CX_MATCH_NO},
        {"REQMOD icap://a/ ICAP/1.0\r\n", CX_MATCH_NO},
        {"SSH-2.0-OpenSSH_9.2\r\n", CX_MATCH_NO},
        {"220 mail ESMTP\r\n", CX_MATCH_NO},
        {"EHLO a\r\n", CX_MATCH_NO},
        {"HTTP/1.1 20 OK\r\n", CX_MATCH_NO},
        {"HTTP/1.1 2000 OK\r\n", CX_MATCH_NO},
        {"HTTP/1.1 099 OK\r\n", CX_MATCH_NO},
        {"GET /\x01 HTTP/1.1\r\n", CX_MATCH_NO},
        {"\x16\x03\x01\x02\x00\x01", CX_MATCH_NO},
        {"a rest}\r\nGET / HTTP/1.1\r\nHost: a\r\n", CX_MATCH_YES}, /* begins in a body */
        {"a rest}GET / HTTP/1.1\r\nHost: a\r\n", CX_MATCH_YES},
        {"<p>\r\nGET / HTTP/1.1\r\nis text\r\n", CX_MATCH_NO},
        {"ost: a\r\nAuthorization: NTLM TlRM\r\n\r\n", CX_MATCH_YES}, /* in a header section */
        {"ost: a\r\nAuthorization: Basic eDp4\r\n\r\n", CX_MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_chunk first = {.bytes = cx_slice_of(cases[i].text)};
        cx_match match = cx_dissector_http.probe(&first);
        if (match != cases[i].match)
            fail_msg("\"%s\": %d", cases[i].text, (int)match);
        first.datagram = true; /* SSDP is not read */
        assert_int_equal(cx_dissector_http.probe(&first), CX_MATCH_NO);
    }
}

static void longest_starts(void **state)
{
    char *text = malloc(CX_MAX_HTTP_START + 1);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', CX_MAX_HTTP_START);
    memcpy(text, "GET /", 5);
    cx_chunk first = {.bytes = {(const uint8_t *)text, CX_MAX_HTTP_START - 1}};
    assert_int_equal(cx_dissector_http.probe(&first), CX_MATCH_MAYBE);
    first.bytes.len++;
    assert_int_equal(cx_dissector_http.probe(&first), CX_MATCH_NO);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transcripts),      cmocka_unit_test(beginnings),
        cmocka_unit_test(endless_sections), cmocka_unit_test(other_protocols),
        cmocka_unit_test(probes),           cmocka_unit_test(longest_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
