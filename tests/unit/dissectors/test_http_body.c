/* dissectors/http_body.c: where bodies of each kind end, whole and with gaps, and what is in them.
 */
#include "http_talk.h"

#define POST(headers) "POST / HTTP/1.1\r\n" headers "\r\n"
#define OK(headers)   "HTTP/1.1 200 OK\r\n" headers "\r\n"
#define NEXT          "GET /next HTTP/1.1\r\n\r\n"
#define CHUNKED       "Transfer-Encoding: chunked\r\n"
#define LOST          "malformed: "

#define ASK      ">GET / HTTP/1.1\r\nHost: lyncdiscover.contoso.com\r\n\r\n"
#define DISCOVER "Content-Type: application/vnd.microsoft.rtc.autodiscover+"
#define LINK     "<Link token=\"Redirect\" href=\"abcd\"/>"

/* What was decrypted tells all messages. */
static const http_case framing[] = {
    {"Content-Length: told with the last byte",
     {">" POST("Content-Length: 6\r\n"), ">abc", ">def" NEXT},
     "3 POST / from 1\n3 GET /next\n"},
    {"a length of 0", {">" POST("Content-Length: 0\r\n") NEXT}, "1 POST /\n1 GET /next\n"},
    {"the same length twice, and as a list",
     {">" POST("Content-Length: 1\r\nContent-Length: 1, 1\r\n") "x" NEXT},
     "1 POST /\n1 GET /next\n"},
    {"two lengths that differ: as if there were none",
     {">" POST("Content-Length: 0\r\nContent-Length: 7\r\n") NEXT},
     "1 POST /\n1 " LOST "unreadable Content-Length\n1 GET /next\n"},
    {"a length that is no number",
     {">" POST("Content-Length: -1\r\n") NEXT},
     "1 POST /\n1 " LOST "unreadable Content-Length\n1 GET /next\n"},
    {"a request without a length has no body", {">" POST("") NEXT}, "1 POST /\n1 GET /next\n"},
    {"a response without a length ends with its connection",
     {">" NEXT, "<" OK("Content-Type: a/b\r\n") "HTTP/1.1 200 OK\r\n\r\n", "<more"},
     "1 GET /next\n3 200 to GET from 2\n"},
    {"as does one with another coding",
     {">" NEXT, "<" OK("Transfer-Encoding: gzip\r\nContent-Length: 2\r\n") "ab" OK("")},
     "1 GET /next\n2 200 to GET\n"},
    {"no body: 1xx, 204, 304",
     {">" NEXT NEXT NEXT,
      "<HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n" OK("Content-Length: 0\r\n")},
     "1 GET /next\n1 GET /next\n1 GET /next\n2 100\n2 103\n2 204 to GET\n2 304 to GET\n2 200 to "
     "GET\n"},
    {"no body: the answer to HEAD",
     {">HEAD / HTTP/1.1\r\n\r\n" NEXT,
      "<" OK("Content-Length: 9\r\n") OK("Content-Length: 1\r\n") "x"},
     "1 HEAD /\n1 GET /next\n2 200 to HEAD\n2 200 to GET\n"},
    {"the answer to what may have been HEAD",
     {"<" OK("Content-Length: 99\r\n"), "<HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nHTT",
      "<" OK("Content-Length: 0\r\n")},
     "2 200 from 1\n2 404\n3 200\n"},
    {"a request that waits to send its body, and is refused",
     {">" POST("Expect: 100-continue\r\nContent-Length: 9\r\n"),
      "<HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
      ">" POST("Expect: 100-continue\r\nContent-Length: 9\r\nAuthorization: Basic eA==\r\n"),
      "<HTTP/1.1 100 Continue\r\n\r\n", ">abc", ">def gh" NEXT},
     "2 401 to POST\n3 POST / from 1\n4 100\n6 POST / uses Basic from 3\n6 GET /next\n"},
    {"chunks",
     {">" POST(CHUNKED) "5\r\nabcde\r\n", ">A;x=\"y\"\r\n0123456789\r\n0\r\n\r\n" NEXT},
     "2 POST / from 1\n2 GET /next\n"},
    {"chunks with a trailer; bare LF; a length beside",
     {">" POST(CHUNKED "Content-Length: 3\r\n") "03 \nabc\n000\nA: b\r\nC: d\r\n", ">\r\n" NEXT},
     "2 POST / from 1\n2 GET /next\n"},
    {"chunks without the empty line",
     {">" POST(CHUNKED) "1\r\nx\r\n0\r\n" NEXT},
     "1 POST /\n1 GET /next\n"},
    {"a chunk without a size",
     {">" POST(CHUNKED) "zz\r\n" NEXT},
     "1 POST /\n1 " LOST "a chunk without a size\n1 GET /next\n"},
    {"a size of more than 64 bits",
     {">" POST(CHUNKED) "10000000000000000\r\n" NEXT},
     "1 POST /\n1 " LOST "a chunk without a size\n1 GET /next\n"},
    {"a chunk longer than its size",
     {">" POST(CHUNKED) "1\r\nxyz\r\n" NEXT},
     "1 POST /\n1 " LOST "a chunk longer than its size\n1 GET /next\n"},
    {"a body cut by the end", {">" POST("Content-Length: 6\r\n"), ">abc"}, "2 POST / from 1\n"},
    {"chunks cut by the end", {">" POST(CHUNKED), ">5\r\nab"}, "2 POST / from 1\n"},
    /* gaps */
    {"a gap inside of a body",
     {">" POST("Content-Length: 9\r\n") "a", ">#7", ">b" NEXT},
     "3 POST / from 1\n3 GET /next\n"},
    {"a gap up to the end of a body",
     {">" POST("Content-Length: 9\r\n") "a", ">#8", ">" NEXT},
     "2 POST / from 1\n3 GET /next\n"},
    {"a gap behind the end of a body",
     {">" POST("Content-Length: 9\r\n") "a", ">#9", ">A: b\r\n\r\n" NEXT},
     "1 POST /\n3 GET /next\n"},
    {"a gap of unknown length",
     {">" POST("Content-Length: 9\r\n") "a", ">#?", ">A: b\r\n\r\nGET /2 HTTP/1.1\r\nA: b\r\n\r\n"},
     "1 POST /\n3 GET /2\n"},
    {"a gap inside of a chunk",
     {">" POST(CHUNKED) "8\r\nab", ">#6", ">\r\n3\r\n", ">#2", ">c\r\n0\r\n\r\n" NEXT},
     "5 POST / from 1\n5 GET /next\n"},
    {"a gap between chunks",
     {">" POST(CHUNKED) "2\r\nab", ">#2", ">1\r\nc\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nA: b\r\n\r\n"},
     "1 POST /\n3 GET /2\n"},
    {"a gap in a response that ends with its connection",
     {">" NEXT, "<" OK(""), "<#?", "<abc"},
     "1 GET /next\n4 200 to GET from 2\n"},
    {"a gap behind the header section of an answer to a request that is not known",
     {"<" OK("Content-Length: 9\r\n"), "<#9", "<" OK("Content-Length: 0\r\n")},
     "2 200 from 1\n3 200\n"},
};

static void bodies(void **state)
{
    (void)state;
    http_check(framing, COUNT(framing), true, false);
}

/* ---- what is in them ---- */

#define RPC "Content-Type: application/rpc\r\n"

static const http_case carried[] = {
    {"a channel of RPC: told at once, and its bytes as they come",
     {">RPC_IN_DATA /rpc/rpcproxy.dll?s:6001 HTTP/1.1\r\nContent-Length: 1073741824\r\n\r\n",
      ">\5\0.", ">#4", ">bind"},
     "1 RPC_IN_DATA /rpc/rpcproxy.dll?s:6001\n2 dcerpc \".\"\n3 dcerpc gap 4\n4 dcerpc \"bind\"\n"},
    {"the answer to it",
     {">RPC_OUT_DATA /rpc HTTP/1.1\r\nContent-Length: 18\r\n\r\n0123456789abcdefgh",
      "<" OK(RPC "Content-Length: 1073741824\r\n"), "<\5pdu"},
     "1 dcerpc \"0123456789abcdefgh\"\n1 RPC_OUT_DATA /rpc\n2 200 to RPC_OUT_DATA\n3 dcerpc "
     "\".pdu\"\n"},
    {"in chunks",
     {">RPC_IN_DATA /r HTTP/1.1\r\n" CHUNKED "\r\n4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n"
      "GET /ucwa HTTP/1.1\r\n\r\n"},
     "1 RPC_IN_DATA /r\n1 dcerpc \"abcd\"\n1 dcerpc \"ef\"\n1 GET /ucwa\n"},
    {"only the server was captured",
     {"<" OK(RPC "Content-Length: 1073741824\r\n") "\5pdu"},
     "1 dcerpc \".pdu\"\n"},
    {"an echo request, a refusal and another method are not RPC",
     {">RPC_OUT_DATA /r HTTP/1.1\r\nContent-Length: 4\r\n\r\necho" POST(
          "Content-Length: 20\r\n") "01234567890123456789",
      "<HTTP/1.1 401 No\r\nContent-Length: 2\r\n" RPC "\r\nno"},
     "1 RPC_OUT_DATA /r\n2 401 to RPC_OUT_DATA\n"},
    {"a message for the KDC proxy, whole",
     {">POST /KdcProxy HTTP/1.1\r\nContent-Type: application/kerberos\r\nContent-Length: "
      "6\r\n\r\nabc",
      ">def", "<" OK("Content-Type: Application/Kerberos; x=y\r\nContent-Length: 2\r\n") "xy"},
     "2 kerberos in http \"abcdef\"\n2 POST /KdcProxy from 1\n3 kerberos in http \"xy\"\n3 200 to "
     "POST\n"},
    {"cut by the end",
     {">POST /KdcProxy HTTP/1.1\r\nContent-Type: application/kerberos\r\nContent-Length: "
      "6\r\n\r\nabc"},
     "1 kerberos in http \"abc\"\n1 POST /KdcProxy\n"},
    {"an answer of OCSP (try later), in two packets, and what follows it",
     {">POST /ocsp HTTP/1.1\r\n\r\nGET /ocsp/a HTTP/1.1\r\n\r\n",
      "<" OK("Content-Type: application/ocsp-response\r\nContent-Length: 5\r\n") "0\3\n",
      "<\1\3" OK("Content-Length: 0\r\n")},
     "1 POST /ocsp\n1 GET /ocsp/a\n3 200 to POST from 2\n3 200 to GET\n"},
    {"an answer of OCSP that is none, and one that is cut",
     {">POST /ocsp HTTP/1.1\r\n\r\nPOST /ocsp HTTP/1.1\r\n\r\n",
      "<" OK("Content-Type: application/ocsp-response\r\nContent-Length: 2\r\n") "no" OK(
          "Content-Type: application/ocsp-response\r\nContent-Length: 9\r\n") "0\3"},
     "1 POST /ocsp\n1 POST /ocsp\n2 200 to POST\n2 200 to POST\n"},
    {"an answer of autodiscover that sends the client on",
     {ASK, "<" OK(DISCOVER "xml; v=1\r\nContent-Length: 48\r\n") "<R><Link token=\"Redir",
      "<ect\" href=\"http://a/\"/></R>" OK("Content-Length: 0\r\n")},
     "1 GET /\n3 200 to GET sends to http://a/ from 2\n"},
    {"in chunks, as JSON",
     {ASK, "<" OK(DISCOVER "json\r\n" CHUNKED) "14\r\n{\"token\":\"Redirect\",\r\n",
      "<d\r\n\"href\":\"b/\"}\n\r\n0\r\n\r\n"},
     "1 GET /\n3 200 to GET sends to b/ from 2\n"},
    {"until the connection ends",
     {ASK, "<" OK(DISCOVER "xml\r\n") "<Link token=\"Redirect\"", "< href=\"a\"/>"},
     "1 GET /\n3 200 to GET sends to a from 2\n"},
    {"a gap within it",
     {ASK, "<" OK(DISCOVER "xml\r\nContent-Length: 36\r\n") "<Link token=\"Redirect\"", "<#3",
      "< href=\"a\"/>"},
     "1 GET /\n4 200 to GET from 2\n"},
    {"a page of another kind, and an error",
     {ASK "GET /b HTTP/1.1\r\nHost: lyncdiscover.contoso.com\r\n\r\n",
      "<" OK("Content-Type: text/xml\r\nContent-Length: 36\r\n") LINK
      "HTTP/1.1 404 Not Found\r\n" DISCOVER "xml\r\nContent-Length: 36\r\n\r\n" LINK},
     "1 GET /\n1 GET /b\n2 200 to GET\n2 404 to GET\n"},
    {"larger than any",
     {">POST /KdcProxy HTTP/1.1\r\nContent-Type: application/kerberos\r\nContent-Length: "
      "131073\r\n\r\nabc"},
     "1 POST /KdcProxy\n"},
};

static void contents(void **state)
{
    (void)state;
    http_check(carried, COUNT(carried), false, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bodies), cmocka_unit_test(contents)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
