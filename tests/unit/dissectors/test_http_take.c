/* dissectors/http_take.c: which messages are told in clear text, what an answer makes of the tokens
 * of its request, and when it is told. */
#include "http_talk.h"

#define T1      "NTLM TlRMTVNTUAABAAAA\r\n"
#define T2      "NTLM TlRMTVNTUAACAAAA\r\n"
#define T3      "NTLM TlRMTVNTUAADAAAA\r\n"
#define AP_REQ  "Negotiate YBEGCSqGSIb3EgECAgEAbgAAAAA=\r\n" /* the OID of Kerberos, 01 00, 6e */
#define GET     "GET / HTTP/1.1\r\n"
#define END     "\r\n"
#define NO_BODY "Content-Length: 0\r\n\r\n"
#define OK      "HTTP/1.1 200 OK\r\n" NO_BODY
#define DENIED  "HTTP/1.1 401 Unauthorized\r\n"
#define PROXY   "HTTP/1.1 407 Proxy Authentication Required\r\n"
#define USE     "Authorization: "
#define OFFER   "WWW-Authenticate: "
#define GSS     "gss in http \"NTLMSSP.....\"\n"

static const http_case logons[] = {
    {"NTLM, accepted",
     {">" GET END, "<" DENIED OFFER "Negotiate\r\n" OFFER "NTLM\r\n" NO_BODY, ">" GET USE T1 END,
      "<" DENIED OFFER T2 NO_BODY, ">" GET USE T3 END, "<" OK, ">" GET END, "<" OK},
     "2 401 to GET offers Negotiate,NTLM\n3 GET / uses NTLM\n3 " GSS
     "4 401 to GET offers NTLM\n4 " GSS "5 GET / uses NTLM\n5 " GSS
     "6 200 to GET\n6 logon ntlm success 200 OK\n"},
    {"NTLM, refused: the answer offers it anew",
     {">" GET USE T3 END, "<" DENIED OFFER "NTLM\r\n" NO_BODY},
     "1 GET / uses NTLM\n1 " GSS
     "2 401 to GET offers NTLM\n2 logon ntlm failure 401 Unauthorized\n"},
    {"any other status is success",
     {">" GET USE T3 END, "<HTTP/1.1 403 Forbidden\r\n" NO_BODY, ">" GET USE T3 END,
      "<HTTP/1.1 500 No\r\n" NO_BODY, ">" GET USE T3 END, "<HTTP/1.1 299 Odd\r\n" NO_BODY},
     "1 GET / uses NTLM\n1 " GSS "2 403 to GET\n2 logon ntlm success 403 Forbidden\n"
     "3 GET / uses NTLM\n3 " GSS "4 500 to GET\n4 logon ntlm success 500 Internal Server Error\n"
     "5 GET / uses NTLM\n5 " GSS "6 299 to GET\n6 logon ntlm success 299 \n"},
    {"not when a gateway could not ask the server",
     {">" GET USE T3 END, "<HTTP/1.1 502 Bad Gateway\r\n" NO_BODY, ">" GET USE T3 END,
      "<HTTP/1.1 504 Gateway Timeout\r\n" NO_BODY},
     "1 GET / uses NTLM\n1 " GSS "2 502 to GET\n3 GET / uses NTLM\n3 " GSS "4 504 to GET\n"},
    {"the answer to a first token decides nothing",
     {">" GET USE T1 END, "<" DENIED OFFER "NTLM\r\n" NO_BODY, ">" GET USE T1 END, "<" OK},
     "1 GET / uses NTLM\n1 " GSS "2 401 to GET offers NTLM\n3 GET / uses NTLM\n3 " GSS
     "4 200 to GET\n"},
    {"a new challenge goes on",
     {">" GET USE T3 END, "<" DENIED OFFER T2 NO_BODY},
     "1 GET / uses NTLM\n1 " GSS "2 401 to GET offers NTLM\n2 " GSS},
    {"Kerberos, with each request",
     {">" GET USE AP_REQ END, "<" OK, ">" GET USE AP_REQ END,
      "<" DENIED OFFER "Negotiate oQcwBaADCgEC\r\n" NO_BODY},
     "1 GET / uses Negotiate\n1 gss in http \"`...*.H........n....\"\n2 200 to GET\n"
     "2 logon kerberos success 200 OK\n3 GET / uses Negotiate\n"
     "3 gss in http \"`...*.H........n....\"\n4 401 to GET offers Negotiate\n"
     "4 gss in http \"..0......\"\n" /* SPNEGO: reject */
     "4 logon kerberos failure 401 Unauthorized\n"},
    {"100 Continue is not the answer; the final one may come before the end of the body",
     {">POST / HTTP/1.1\r\nContent-Length: 4\r\n" USE T3 END, "<HTTP/1.1 100 Continue\r\n\r\n",
      "<" OK, ">abcd" GET USE T1 END},
     "1 POST / uses NTLM\n1 " GSS "3 200 to POST\n3 logon ntlm success 200 OK\n"
     "4 GET / uses NTLM\n4 " GSS},
    {"at a proxy",
     {">" GET "Proxy-" USE T3 END, "<" PROXY "Proxy-Authenticate: NTLM\r\n" NO_BODY,
      ">" GET "Proxy-" USE T3 END, "<" DENIED OFFER "NTLM\r\n" NO_BODY},
     "1 GET / uses NTLM proxy\n1 " GSS "2 407 to GET offers NTLM proxy\n"
     "2 logon ntlm failure 407 Proxy Authentication Required\n"
     "3 GET / uses NTLM proxy\n3 " GSS "4 401 to GET offers NTLM\n"
     "4 logon ntlm success 401 Unauthorized\n"},
    {"what the proxy refuses has not reached the server",
     {">" GET USE T3 END, "<" PROXY "Proxy-Authenticate: NTLM\r\n" NO_BODY},
     "1 GET / uses NTLM\n1 " GSS "2 407 to GET offers NTLM proxy\n"},
    {"at both",
     {">" GET USE T3 "Proxy-" USE AP_REQ END, "<" OK},
     "1 GET / uses NTLM proxy\n1 " GSS "1 gss in http \"`...*.H........n....\"\n2 200 to GET\n"
     "2 logon ntlm success 200 OK\n2 logon kerberos success 200 OK\n"},
    {"the answer is told when it is complete, and the logon with it",
     {">" GET USE T3 END, "<" DENIED OFFER "NTLM\r\nContent-Length: 4\r\n\r\nab", "<cd"},
     "1 GET / uses NTLM\n1 " GSS
     "3 401 to GET offers NTLM from 2\n3 logon ntlm failure 401 Unauthorized\n"},
    {"without an answer there is no logon", {">" GET USE T3 END}, "1 GET / uses NTLM\n1 " GSS},
    {"an answer without its request",
     {"<" DENIED OFFER "NTLM\r\n" NO_BODY, "<" OK},
     "1 401 offers NTLM\n"},
    {"the answer to the challenge is lost",
     {">" GET USE T1 END, "<#100", ">" GET USE T3 END, "<" OK},
     "1 GET / uses NTLM\n1 " GSS "3 GET / uses NTLM\n3 " GSS
     "4 200 to GET\n4 logon ntlm success 200 OK\n"},
    {"the answer to the final token is lost: the next one is not it",
     {">" GET USE T3 END, "<#100", ">" GET END, "<" OK},
     "1 GET / uses NTLM\n1 " GSS},
    {"the request behind the final token is lost",
     {">" GET USE T3 END, ">#50", ">" GET "A: b\r\n" END, "<" OK},
     "1 GET / uses NTLM\n1 " GSS},
    {"no Base64",
     {">" GET USE "NTLM TlRMTVNTUAADAAAA!x\r\n" END, ">" GET USE "Negotiate ???\r\n" END},
     "1 GET / uses NTLM\n1 " GSS "1 malformed: a token that is not Base64\n2 GET / uses Negotiate\n"
     "2 malformed: a token that is not Base64\n"},
};

static void who_signs_in(void **state)
{
    (void)state;
    http_check(logons, COUNT(logons), false, false);
}

/* ---- which messages are told ---- */

static const http_case told[] = {
    {"ordinary traffic is not",
     {">" GET "Host: www.contoso.com\r\nCookie: a\r\nAuthorization: Bearer eyJ\r\n" END,
      "<HTTP/1.1 404 Not Found\r\n" NO_BODY, ">" GET END,
      "<HTTP/1.1 302 Found\r\nLocation: /a\r\n" NO_BODY},
     ""},
    {"credentials and refusals are",
     {">" GET USE "Basic eA==\r\n" END, "<" OK,
      ">" GET USE "Digest username=\"a\", realm=\"b\"\r\n" END,
      "<" DENIED OFFER "Digest realm=\"b\", nonce=\"c\", Basic realm=\"b\"\r\n" NO_BODY,
      ">" GET END, "<" DENIED NO_BODY},
     "1 GET / uses Basic\n2 200 to GET\n3 GET / uses Digest\n4 401 to GET offers Digest,Basic\n"
     "6 401 to GET\n"},
    {"a request that is needed, and its answer only",
     {">GET /ca/a.crl HTTP/1.1\r\n" END GET END, "<HTTP/1.1 404 Not Found\r\n" NO_BODY OK},
     "1 GET /ca/a.crl\n2 404 to GET\n"},
    {"the first answer, an error, to what was no HTTP",
     {"<HTTP/1.1 400 Bad Request\r\n" NO_BODY "HTTP/1.1 400 Bad Request\r\n" NO_BODY},
     "1 400\n"},
    {"the first answer, no error", {"<" OK "HTTP/1.1 400 Bad Request\r\n" NO_BODY}, ""},
    {"not interim answers",
     {">" GET USE "Basic eA==\r\n" END, "<HTTP/1.1 100 Continue\r\n\r\n"},
     "1 GET / uses Basic\n"},
};

static void what_is_told(void **state)
{
    (void)state;
    http_check(told, COUNT(told), false, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_signs_in),
                                       cmocka_unit_test(what_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
