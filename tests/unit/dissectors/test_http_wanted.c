/* dissectors/http_wanted.c: which requests the rules need. */
#include "dissectors/http_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void requests(void **state)
{
    static const struct {
        const char *uri, *host, *lines;
        bool wanted;
    } cases[] = {
        {"/", "www.contoso.com", "", false},
        {"/", NULL, "", false},
        {"", NULL, "", false},
        {"*", "a", "", false},
        /* discovery */
        {"/?sipuri=alice@contoso.com", "lyncdiscoverinternal.contoso.com", "", true},
        {"/", "LyncDiscover.contoso.com", "", true},
        {"http://lyncdiscover.contoso.com/?x", "proxy", "", true},
        {"http://lyncdiscover.contoso.com", "proxy", "", true},
        {"http://www.contoso.com/", "lyncdiscover.contoso.com", "", false}, /* RFC 9112 3.2.2 */
        {"/", "autodiscover.contoso.com", "", true},
        {"/", "autodiscovery.contoso.com", "", false},
        {"/Autodiscover/Autodiscover.xml", "mail.contoso.com", "", true},
        {"/autodiscover", "mail.contoso.com", "", true},
        {"/xautodiscover/a", "mail.contoso.com", "", false},
        /* web services of the pool */
        {"/WebTicket/WebTicketService.svc/Auth", "pool", "", true},
        {"/CertProv/CertProvisioningService.svc", "pool", "", true},
        {"/ucwa/oauth/v1/applications", "pool", "", true},
        {"/abs/handler/F-0ed6.lsabs", "pool", "", true},
        {"/KdcProxy", "pool", "", true},
        /* revocation, certificates, proxy settings */
        {"/CertEnroll/ca.crl", "pki", "", true},
        {"/a.CRL?x=y.z", "pki", "", true},
        {"/a?b=.crl", "pki", "", false},
        {"/ca.crt", "pki", "", true},
        {"/a.crl/b", "pki", "", false},
        {"/", "crl.microsoft.com", "", true},
        {"/MFQwUjBQ", "ocsp.digicert.com", "", true},
        {"/ocsp/MFQw", "ca", "", true},
        {"/x", "ca", "Content-Type: application/ocsp-request\r\n", true},
        {"/wpad.dat", "a", "", true},
        {"/proxy.pac", "a", "", true},
        {"/x", "wpad", "", true},
        {"/x", "wpadx", "", false},
        /* upgrades */
        {"/x", "a", "Upgrade: websocket\r\n", true},
        {"/x", "a", "Upgrade: TLS/1.0\r\n", true},
        {"/x", "a", "Upgrade: h2c\r\n", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_http_message m = {.start = {.request = true, .uri = cx_slice_of(cases[i].uri)},
                             .host = cx_slice_of(cases[i].host)};
        cx_http_headers_read(cx_slice_of(cases[i].lines), &m);
        if (cx_http_request_wanted(&m, CX_HTTP_OTHER) != cases[i].wanted)
            fail_msg("%s at %s", cases[i].uri, cases[i].host ? cases[i].host : "no host");
    }
    const cx_http_message plain = {.start = {.request = true, .uri = cx_slice_of("/")}};
    assert_true(cx_http_request_wanted(&plain, CX_HTTP_CONNECT));
    assert_true(cx_http_request_wanted(&plain, CX_HTTP_RPC_DATA));
    assert_false(cx_http_request_wanted(&plain, CX_HTTP_HEAD));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
