#include "event/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

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

/* By the algorithm of docs/database.md in Python: machines of any version must agree. */
static void shards_are_fixed(void **state)
{
    static const struct {
        const char *address;
        uint32_t shards, shard;
    } cases[] = {
        {"10.30.1.21", 1, 1},           {"10.30.1.21", 2, 2},
        {"10.30.1.21", 7, 3},           {"10.30.1.22", 7, 5},
        {"192.0.2.1", 4096, 3905},      {"0.0.0.0", 3, 1},
        {"255.255.255.255", 1000, 366}, {"::1", 5, 4},
        {"2001:db8::1", 16, 16},        {"fe80::1", 4096, 2040},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cx_endpoint e;
        cx_slice text = {(const uint8_t *)cases[i].address, strlen(cases[i].address)};
        assert_true(cx_addr_parse(text, &e));
        assert_int_equal(cx_addr_shard(&e, cases[i].shards), cases[i].shard);
    }
}

/* The 256 neighbours of a network, as clients are: no shard has twice its share. */
static void shards_are_even(void **state)
{
    uint32_t n[8] = {0};
    cx_endpoint e;
    (void)state;
    assert_true(cx_addr_parse((cx_slice){(const uint8_t *)"10.20.1.0", 9}, &e));
    for (int i = 0; i < 256; i++) {
        e.addr[15] = (uint8_t)i;
        n[cx_addr_shard(&e, 8) - 1]++;
    }
    for (int i = 0; i < 8; i++)
        assert_in_range(n[i], 16, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_are_fixed),     cmocka_unit_test(shards_are_even),
        cmocka_unit_test(reads_and_writes),     cmocka_unit_test(ipv4_is_held_as_mapped_ipv6),
        cmocka_unit_test(no_family_is_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
