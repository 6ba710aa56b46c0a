/* Certificate names: exact, wildcard, common name, addresses. */
#include "rules/certname.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef struct name_case {
    const char *san[3]; /* "ip:" for addresses, "uri:" for URIs; NULL ends */
    const char *common_name, *wanted;
    cx_name_match match;
} name_case;

static const name_case cases[] = {
    {{"sip.contoso.com"}, NULL, "sip.contoso.com", CX_NAME_EXACT},
    {{"SIP.Contoso.COM"}, NULL, "sip.contoso.com.", CX_NAME_EXACT},
    {{"sip.contoso.com"}, NULL, "sip.contoso.co", CX_NAME_NO_MATCH},
    {{"sip.contoso.com"}, NULL, "asip.contoso.com", CX_NAME_NO_MATCH},
    {{"other.com", "sip.contoso.com"}, NULL, "sip.contoso.com", CX_NAME_EXACT},
    {{"*.contoso.com"}, NULL, "sip.contoso.com", CX_NAME_WILDCARD},
    {{"*.contoso.com", "sip.contoso.com"}, NULL, "sip.contoso.com", CX_NAME_EXACT},
    {{"*.contoso.com"}, NULL, "a.sip.contoso.com", CX_NAME_NO_MATCH},
    {{"*.contoso.com"}, NULL, "contoso.com", CX_NAME_NO_MATCH},
    {{"*.com"}, NULL, "contoso.com", CX_NAME_NO_MATCH},
    {{"*"}, NULL, "contoso.com", CX_NAME_NO_MATCH},
    {{"s*.contoso.com"}, NULL, "sip.contoso.com", CX_NAME_PARTIAL},
    {{"*P.contoso.com"}, NULL, "sip.Contoso.com.", CX_NAME_PARTIAL},
    {{"s*p.contoso.com"}, NULL, "sip.contoso.com", CX_NAME_PARTIAL},
    {{"sip*.contoso.com"}, NULL, "sip.contoso.com", CX_NAME_PARTIAL}, /* for nothing */
    {{"sip*ip.contoso.com"}, NULL, "sip.contoso.com", CX_NAME_NO_MATCH},
    {{"s*.contoso.com"}, NULL, "asip.contoso.com", CX_NAME_NO_MATCH},
    {{"s*i*.contoso.com"}, NULL, "sip.contoso.com", CX_NAME_NO_MATCH},
    {{"s*.contoso.com"}, NULL, "sip.a.contoso.com", CX_NAME_NO_MATCH},
    {{"s*.contoso.com"}, NULL, "sip.fabrikam.com", CX_NAME_NO_MATCH},
    {{"contos*.com"}, NULL, "contoso.com", CX_NAME_NO_MATCH},
    {{"x*.contoso.com"}, NULL, "xn--sip.contoso.com", CX_NAME_NO_MATCH},
    {{"s*.contoso.com", "*.contoso.com"}, NULL, "sip.contoso.com", CX_NAME_WILDCARD},
    {{"XN--BCHER-KVA.contoso.com"}, NULL, "xn--bcher-kva.contoso.com", CX_NAME_EXACT}, /* IDNA */
    {{"*.contoso.com"}, NULL, "xn--bcher-kva.contoso.com", CX_NAME_WILDCARD},
    {{"sip.*.com"}, NULL, "sip.contoso.com", CX_NAME_NO_MATCH},
    {{"ip:10.0.0.5"}, "s*.contoso.com", "sip.contoso.com", CX_NAME_PARTIAL},
    {{"*.contoso.com"}, NULL, ".contoso.com", CX_NAME_NO_MATCH},
    {{NULL}, "sip.contoso.com", "sip.contoso.com", CX_NAME_CN_ONLY},
    {{NULL}, "*.contoso.com", "sip.contoso.com", CX_NAME_CN_ONLY},
    {{"other.contoso.com"}, "sip.contoso.com", "sip.contoso.com", CX_NAME_NO_MATCH},
    {{"ip:10.0.0.5"}, "sip.contoso.com", "sip.contoso.com", CX_NAME_CN_ONLY},
    {{"ip:10.0.0.5"}, NULL, "10.0.0.5", CX_NAME_EXACT},
    {{"ip:10.0.0.5"}, NULL, "10.0.0.50", CX_NAME_NO_MATCH},
    {{"10.0.0.5"}, "10.0.0.5", "10.0.0.5", CX_NAME_NO_MATCH}, /* a DNS name is no address */
    {{"ip:2001:db8::1"}, NULL, "2001:DB8:0::1", CX_NAME_EXACT},
    {{"uri:sip:contoso.com"}, NULL, "contoso.com", CX_NAME_NO_MATCH},
};

static cx_cert cert_of(const name_case *k, cx_san san[3])
{
    cx_cert cert = {.san = san};
    for (int i = 0; i < 3 && k->san[i]; i++) {
        const char *text = k->san[i];
        bool ip = strncmp(text, "ip:", 3) == 0, uri = strncmp(text, "uri:", 4) == 0;
        san[cert.n_san++] = (cx_san){ip    ? CX_SAN_IP
                                     : uri ? CX_SAN_URI
                                           : CX_SAN_DNS,
                                     cx_slice_of(text + (ip    ? 3
                                                         : uri ? 4
                                                               : 0))};
    }
    if (k->common_name)
        cert.common_name = cx_slice_of(k->common_name);
    return cert;
}

static void test_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cx_san san[3];
        cx_cert cert = cert_of(&cases[i], san);
        cx_name_match got = cx_cert_match(&cert, cx_slice_of(cases[i].wanted));
        if (got != cases[i].match)
            fail_msg("case %zu (%s): %d, wanted %d", i, cases[i].wanted, got, cases[i].match);
    }
}

static void test_embedded_nul(void **state)
{
    (void)state;
    cx_san san = {CX_SAN_DNS, {(const uint8_t *)"sip.contoso.com\0.evil.com", 25}};
    cx_cert cert = {.san = &san, .n_san = 1};
    assert_int_equal(cx_cert_match(&cert, cx_slice_of("sip.contoso.com")), CX_NAME_NO_MATCH);
}

static void test_names(void **state)
{
    (void)state;
    cx_arena arena = cx_arena_init(65536);
    cx_san san[10];
    for (int i = 0; i < 10; i++)
        san[i] = (cx_san){CX_SAN_DNS, cx_slice_of("a.b")};
    cx_cert cert = {.san = san, .n_san = 2, .common_name = cx_slice_of("cn")};
    assert_true(cx_slice_is(cx_cert_names(&cert, &arena), "a.b, a.b"));
    cert.n_san = 8;
    assert_true(cx_slice_iends(cx_cert_names(&cert, &arena), "a.b, a.b"));
    cert.n_san = 9;
    assert_true(cx_slice_iends(cx_cert_names(&cert, &arena), "a.b, …"));
    cert.n_san = 0;
    assert_true(cx_slice_is(cx_cert_names(&cert, &arena), "cn"));
    cert.common_name.p = NULL;
    assert_true(cx_slice_is(cx_cert_names(&cert, &arena), "no name"));
    cx_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_embedded_nul),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
