/* dissectors/sip_auth.c: parameters in any order and quoting, and what their tokens are. */
#include "dissectors/sip_auth.h"

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

static cx_sip_auth read_value(const char *value, cx_arena *a, cx_slice *ret_token)
{
    cx_sip_auth auth;
    cx_sip_auth_read(cx_slice_of(value), CX_AUTH_OFFERED, false, a, &auth, ret_token);
    return auth;
}

static void parameters(void **state)
{
    cx_arena a = cx_arena_init(65536);
    cx_slice token;
    (void)state;
    cx_sip_auth auth = read_value(
        "TLS-DSK realm=\"SIP Communications Service\", targetname=\"ocs1.contoso.com\", version=4, "
        "sts-uri=\"https://ocs1.contoso.com:443/CertProv/CertProvisioningService.svc\"",
        &a, &token);
    is(auth.scheme, "TLS-DSK");
    is(auth.realm, "SIP Communications Service");
    is(auth.targetname, "ocs1.contoso.com");
    is(auth.sts_uri, "https://ocs1.contoso.com:443/CertProv/CertProvisioningService.svc");
    assert_int_equal(auth.version, 4);
    assert_int_equal(auth.gss, CX_GSS_ABSENT);
    assert_null(token.p);

    auth = read_value("digest NONCE=\"a,\\\"b\",Realm=contoso.com , stale=TRUE,algorithm=MD5,"
                      "qop=\"auth,auth-int\",unknown=\"x, realm=\\\"no\\\"\",domain,opaque=\"\"",
                      &a, &token);
    is(auth.scheme, "digest");
    is(auth.nonce, "a,\\\"b");
    is(auth.realm, "contoso.com");
    is(auth.algorithm, "MD5");
    is(auth.qop, "auth,auth-int");
    is(auth.opaque, "");
    is(auth.targetname, NULL);
    assert_true(auth.stale);
    assert_int_equal(auth.version, -1);
    assert_false(auth.has_response);

    auth = read_value("NTLM\tversion=\"3\",realm=\"r\"", &a, &token);
    is(auth.scheme, "NTLM");
    is(auth.realm, "r");
    assert_int_equal(auth.version, 3);

    is(read_value("NTLM", &a, &token).scheme, "NTLM");
    is(read_value("nextnonce=\"x\", rspauth=\"y\"", &a, &token).scheme, NULL);
    assert_true(read_value("nextnonce=\"x\", rspauth=\"y\"", &a, &token).has_response);
    assert_true(read_value("Digest response=\"\"", &a, &token).has_response);
    assert_int_equal(read_value("NTLM version=999", &a, &token).version, -1);
    assert_int_equal(read_value("NTLM version=x", &a, &token).version, -1);
    assert_false(read_value("Digest stale=false", &a, &token).stale);
    cx_arena_free(&a);
}

static void tokens(void **state)
{
    static const struct {
        const char *param;
        cx_gss_data gss;
        uint8_t ntlm;
    } cases[] = {
        {"x=y", CX_GSS_ABSENT, 0},
        {"gssapi-data", CX_GSS_ABSENT, 0},
        {"gssapi-data=\"\"", CX_GSS_EMPTY, 0},
        {"GSSAPI-Data=\" \"", CX_GSS_EMPTY, 0},
        {"gssapi-data=", CX_GSS_EMPTY, 0},
        {"gssapi-data=\"TlRMTVNTUAABAAAA\"", CX_GSS_NTLM, 1},
        {"gssapi-data=TlRMTVNTUAACAAAA", CX_GSS_NTLM, 2},
        {"gssapi-data=\"TlRMTV NTUAADA\tAAA\"", CX_GSS_NTLM, 3},
        {"gssapi-data=\"TlRMTVNTUAAEAAAA\"", CX_GSS_OTHER, 0}, /* no such message */
        {"gssapi-data=\"TlRMTVNTUAADAAE=\"", CX_GSS_OTHER, 0}, /* ends early */
        {"gssapi-data=\"TlRMTVNTUAADAAEA\"", CX_GSS_OTHER, 0},
        /* GSS AP-REQ, its Windows 2000 OID, bare AP-REQ, AP-REP, KRB-ERROR */
        {"gssapi-data=\"YIIBAAYJKoZIhvcSAQICAQBuggE=\"", CX_GSS_KERBEROS, 0},
        {"gssapi-data=\"YA8GCSqGSIb3EgECAgEAbgE=\"", CX_GSS_KERBEROS, 0},
        {"gssapi-data=\"YA8GCSqGSIL3EgECAgEAbgE=\"", CX_GSS_KERBEROS, 0},
        {"gssapi-data=\"boIBADCCAfw=\"", CX_GSS_KERBEROS, 0},
        {"gssapi-data=\"bwIwAA==\"", CX_GSS_KERBEROS, 0},
        {"gssapi-data=\"fgIwAA==\"", CX_GSS_KERBEROS, 0},
        {"gssapi-data=\"bgJQAA==\"", CX_GSS_OTHER, 0},
        {"gssapi-data=\"boIBAA==\"", CX_GSS_OTHER, 0},         /* ends behind the length */
        {"gssapi-data=\"YA4GBisGAQUFAg==\"", CX_GSS_OTHER, 0}, /* SPNEGO: never in SIP */
        {"gssapi-data=\"YP//\"", CX_GSS_OTHER, 0},
        {"gssapi-data=\"FgMBAFo=\"", CX_GSS_TLS, 0},
        {"gssapi-data=\"FAMBAAEB\"", CX_GSS_TLS, 0},
        {"gssapi-data=\"FgIBAFo=\"", CX_GSS_OTHER, 0},
        {"gssapi-data=\"FgM=\"", CX_GSS_OTHER, 0},
        {"gssapi-data=\"=\"", CX_GSS_OTHER, 0},
        {"gssapi-data=\"A\"", CX_GSS_OTHER, 0},
        {"gssapi-data=\"T!RM\"", CX_GSS_OTHER, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char value[128];
        cx_arena a = cx_arena_init(4096);
        cx_slice token;
        snprintf(value, sizeof value, "NTLM qop=\"auth\", %s, version=4", cases[i].param);
        cx_sip_auth auth = read_value(value, &a, &token);
        if (auth.gss != cases[i].gss || auth.ntlm_message != cases[i].ntlm || auth.version != 4)
            fail_msg("%s: %d %d", value, auth.gss, auth.ntlm_message);
        cx_arena_free(&a);
    }
}

static void no_memory(void **state)
{
    cx_arena a = cx_arena_init(8);
    cx_slice token;
    (void)state;
    cx_sip_auth auth =
        read_value("NTLM gssapi-data=\"TlRMTVNTUAACAAAA\", opaque=\"1\"", &a, &token);
    assert_int_equal(auth.gss, CX_GSS_OTHER);
    assert_null(token.p);
    is(auth.opaque, "1");
    cx_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters),
        cmocka_unit_test(tokens),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
