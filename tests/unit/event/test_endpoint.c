#include "event/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *text;      /* as read */
    const char *canonical; /* RFC 5952; NULL: no address */
    uint8_t family;
} rows[] = {
    {"192.0.2.1", "192.0.2.1", 4},
    {"0.0.0.0", "0.0.0.0", 4},
    {"255.255.255.255", "255.255.255.255", 4},
    {"::", "::", 6},
    {"::1", "::1", 6},
    {"[::1]", "::1", 6},
    {"2001:DB8::0:1", "2001:db8::1", 6},                 /* 4.3: lower case */
    {"2001:0db8:0:0:0:0:0:01", "2001:db8::1", 6},        /* 4.1: no leading zeros */
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 6}, /* 4.2.2: not for one field */
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1", 6},          /* 4.2.3: the longest */
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", 6},    /* 4.2.3: else the first */
    {"::ffff:192.0.2.1", "::ffff:192.0.2.1", 6},         /* 5 */
    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 6},
    {"", NULL, 0},
    {"[]", NULL, 0},
    {"[192.0.2.1]", NULL, 0},
    {"[::1", NULL, 0},
    {"192.0.2", NULL, 0},
    {"192.0.2.256", NULL, 0},
    {"192.0.2.1 ", NULL, 0},
    {"1:2:3:4:5:6:7:8:9", NULL, 0},
    {"::1%eth0", NULL, 0},
    {"contoso.com", NULL, 0},
    {"00000000000000000000000000000000000000000000000001", NULL, 0},
};

static void reads_and_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cx_endpoint e = {.port = 99, .family = 77, .proto = 6};
        char text[CX_ADDR_TEXT] = "x";
        assert_int_equal(cx_addr_parse(cx_slice_of(rows[i].text), &e), rows[i].canonical != NULL);
        if (!rows[i].canonical) {
            assert_int_equal(e.family, 77); /* untouched */
            assert_int_equal(e.port, 99);
            continue;
        }
        assert_int_equal(e.family, rows[i].family);
        assert_int_equal(e.port, 0);
        cx_addr_text(&e, text);
        assert_string_equal(text, rows[i].canonical);
    }
    cx_endpoint untouched = {.family = 77};
    assert_false(cx_addr_parse((cx_slice){(const uint8_t *)"::1\0", 4}, &untouched));
    assert_false(cx_addr_parse((cx_slice){NULL, 0}, &untouched));
}

static void ipv4_is_held_as_mapped_ipv6(void **state)
{
    (void)state;
    cx_endpoint v4, mapped, other;
    assert_true(cx_addr_parse(cx_slice_of("192.0.2.1"), &v4));
    assert_true(cx_addr_parse(cx_slice_of("::ffff:192.0.2.1"), &mapped));
    assert_true(cx_addr_parse(cx_slice_of("192.0.2.2"), &other));
    assert_true(cx_addr_eq(&v4, &mapped));
    assert_false(cx_addr_eq(&v4, &other));
    assert_true(cx_endpoint_eq(&v4, &mapped));
    mapped.port = 5060;
    assert_false(cx_endpoint_eq(&v4, &mapped));
}

static void no_family_is_no_text(void **state)
{
    (void)state;
    char text[CX_ADDR_TEXT] = "x";
    cx_addr_text(&(cx_endpoint){.family = 0}, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(ipv4_is_held_as_mapped_ipv6),
        cmocka_unit_test(no_family_is_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
