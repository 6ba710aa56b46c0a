/* event/tls_names.c */
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_alerts(void **state)
{
    static const struct {
        uint8_t number;
        const char *name;
    } rows[] = {
        {0, "close_notify"},
        {10, "unexpected_message"},
        {40, "handshake_failure"},
        {42, "bad_certificate"},
        {48, "unknown_ca"},
        {70, "protocol_version"},
        {112, "unrecognized_name"},
        {116, "certificate_required"},
        {120, "no_application_protocol"},
    };
    size_t named = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(cx_tls_alert_name(rows[i].number), rows[i].name);
    for (unsigned i = 0; i < 256; i++)
        named += cx_tls_alert_name((uint8_t)i) != NULL;
    assert_int_equal(named, 36);
    assert_null(cx_tls_alert_name(1));
    assert_null(cx_tls_alert_name(255));
}

static void test_versions(void **state)
{
    static const struct {
        uint16_t version;
        const char *name;
    } rows[] = {
        {0x0002, "SSL 2.0"}, {0x0300, "SSL 3.0"}, {0x0301, "TLS 1.0"}, {0x0302, "TLS 1.1"},
        {0x0303, "TLS 1.2"}, {0x0304, "TLS 1.3"}, {0x0305, "0x0305"},  {0x7f1c, "0x7f1c"},
        {0x0000, "0x0000"},  {0xffff, "0xffff"},
    };
    char out[8];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(cx_tls_version_name(rows[i].version, out), rows[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
