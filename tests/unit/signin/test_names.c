/* Roles of discovery names. */
#include "signin/names.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_roles(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t type;
        cx_name_role role;
        const char *domain; /* NULL: absent */
    } cases[] = {
        {"_sipinternaltls._tcp.contoso.com", CX_DNS_SRV, CX_ROLE_SRV_INTERNAL_TLS, "contoso.com"},
        {"_SIPInternalTLS._TCP.Contoso.com", CX_DNS_SRV, CX_ROLE_SRV_INTERNAL_TLS, "Contoso.com"},
        {"_sipinternal._tcp.contoso.com", CX_DNS_SRV, CX_ROLE_SRV_INTERNAL, "contoso.com"},
        {"_sip._tls.contoso.com", CX_DNS_SRV, CX_ROLE_SRV_EXTERNAL_TLS, "contoso.com"},
        {"_sips._tcp.contoso.com", CX_DNS_SRV, CX_ROLE_SRV_SIPS, "contoso.com"},
        {"_sip._tcp.contoso.com", CX_DNS_SRV, CX_ROLE_SRV_TCP, "contoso.com"},
        {"_sip._udp.contoso.com", CX_DNS_SRV, CX_ROLE_SRV_UDP, "contoso.com"},
        {"_sip._tls.", CX_DNS_SRV, CX_ROLE_NONE, NULL},
        {"_ldap._tcp.contoso.com", CX_DNS_SRV, CX_ROLE_NONE, NULL},
        {"_sip._tls.contoso.com", CX_DNS_A, CX_ROLE_HOST_OTHER, NULL},
        {"LyncDiscoverInternal.contoso.com", CX_DNS_A, CX_ROLE_AUTODISCOVER, "contoso.com"},
        {"lyncdiscover.contoso.com", CX_DNS_AAAA, CX_ROLE_AUTODISCOVER, "contoso.com"},
        {"sipinternal.contoso.com", CX_DNS_A, CX_ROLE_HOST_SIPINTERNAL, "contoso.com"},
        {"sip.contoso.com", CX_DNS_AAAA, CX_ROLE_HOST_SIP, "contoso.com"},
        {"sipexternal.contoso.com", CX_DNS_A, CX_ROLE_HOST_SIPEXTERNAL, "contoso.com"},
        {"sipx.contoso.com", CX_DNS_A, CX_ROLE_HOST_OTHER, NULL},
        {"www.contoso.com", CX_DNS_A, CX_ROLE_HOST_OTHER, NULL},
        {"contoso.com", CX_DNS_TXT, CX_ROLE_NONE, NULL},
        {"", CX_DNS_A, CX_ROLE_HOST_OTHER, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cx_slice domain;
        cx_name_role role = cx_name_role_of(cx_slice_of(cases[i].name), cases[i].type, &domain);
        if (role != cases[i].role)
            fail_msg("%s: role %d", cases[i].name, role);
        if (cases[i].domain)
            assert_true(cx_slice_is(domain, cases[i].domain));
        else
            assert_null(domain.p);
    }
}

static void test_looks_like_sip(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool like;
    } cases[] = {
        {"ocs1.contoso.com", true}, {"pool-01.contoso.com", true},
        {"SIP.contoso.com", true},  {"edge", true},
        {"www.contoso.com", false}, {"sipping.contoso.com", false},
        {"1.contoso.com", false},   {"", false},
        {"mail.ocs.com", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (cx_name_looks_like_sip(cx_slice_of(cases[i].name)) != cases[i].like)
            fail_msg("%s", cases[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_looks_like_sip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
