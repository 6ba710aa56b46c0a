/* event/dns_names.c. */
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_types(void **state)
{
    (void)state;
    assert_string_equal(cx_dns_type_name(CX_DNS_A), "A");
    assert_string_equal(cx_dns_type_name(CX_DNS_SRV), "SRV");
    assert_string_equal(cx_dns_type_name(CX_DNS_NAPTR), "NAPTR");
    assert_string_equal(cx_dns_type_name(CX_DNS_OPT), "OPT");
    assert_string_equal(cx_dns_type_name(257), "CAA");
    assert_null(cx_dns_type_name(0));
    assert_null(cx_dns_type_name(65535));
}

static void test_rcodes(void **state)
{
    (void)state;
    assert_string_equal(cx_dns_rcode_name(0), "NOERROR");
    assert_string_equal(cx_dns_rcode_name(2), "SERVFAIL");
    assert_string_equal(cx_dns_rcode_name(3), "NXDOMAIN");
    assert_string_equal(cx_dns_rcode_name(5), "REFUSED");
    assert_string_equal(cx_dns_rcode_name(23), "BADCOOKIE");
    assert_null(cx_dns_rcode_name(12));
    assert_null(cx_dns_rcode_name(24));
    assert_null(cx_dns_rcode_name(255));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_rcodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
