#include "capture/filter.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Headers around 8 bytes: IPv4 or IPv6, UDP from 1000 to the given port in the first fragment. */
typedef struct frame {
    uint8_t bytes[128];
    size_t len;
} frame;

enum { MORE = 1 };

static frame ipv4(uint16_t id, uint16_t offset, unsigned flags, uint16_t port, uint8_t host)
{
    const uint8_t bytes[] = {2,
                             0,
                             0,
                             0,
                             0,
                             1,
                             2,
                             0,
                             0,
                             0,
                             0,
                             2,
                             8,
                             0,
                             0x45,
                             0,
                             0,
                             28,
                             (uint8_t)(id >> 8),
                             (uint8_t)id,
                             (uint8_t)((flags & MORE ? 0x20 : 0) | offset >> 11),
                             (uint8_t)(offset >> 3),
                             64,
                             17,
                             0,
                             0,
                             192,
                             0,
                             2,
                             1,
                             192,
                             0,
                             2,
                             host,
                             1000 >> 8,
                             1000 & 255,
                             (uint8_t)(port >> 8),
                             (uint8_t)port,
                             0,
                             8,
                             0,
                             0};
    frame f = {.len = sizeof bytes};
    memcpy(f.bytes, bytes, sizeof bytes);
    return f;
}

static frame ipv6(uint8_t id, uint16_t offset, unsigned flags, uint16_t port, bool options)
{
    frame f = {.len = 14};
    memcpy(f.bytes, (const uint8_t[14]){[12] = 0x86, 0xdd}, 14);
    memcpy(f.bytes + f.len,
           (const uint8_t[40]){0x60, 0, 0, 0, 0, 16, options ? 0 : 44, 64, 0x20,
                               1, [23] = 1, [24] = 0x20, 1, [39] = 2},
           40);
    f.len += 40;
    if (options) {
        memcpy(f.bytes + f.len, (const uint8_t[8]){44, 0, 1, 4}, 8);
        f.len += 8;
    }
    memcpy(f.bytes + f.len,
           (const uint8_t[8]){17, 0, (uint8_t)(offset >> 8),
                              (uint8_t)((offset & 0xf8) | (flags & MORE)), 0, 0, 0, id},
           8);
    memcpy(f.bytes + f.len + 8,
           (const uint8_t[8]){1000 >> 8, 1000 & 255, (uint8_t)(port >> 8), (uint8_t)port, 0, 8}, 8);
    f.len += 16;
    return f;
}

static bool wants(cx_filter *f, frame fr)
{
    const cx_packet p = {.bytes = {fr.bytes, fr.len}, .wire_len = (uint32_t)fr.len, .link = 1};
    return cx_filter_wants(f, &p);
}

static cx_filter *compiled(const char *expression)
{
    char why[256];
    cx_filter *f = NULL;
    assert_int_equal(cx_filter_new(expression, 1, &f, why), CX_OK);
    return f;
}

static void keeps_later_fragments_of_wanted_datagrams(void **state)
{
    (void)state;
    cx_filter *f = compiled("udp port 5060");
    assert_false(wants(f, ipv4(1, 8, MORE, 0, 2))); /* its first fragment was not seen */
    assert_true(wants(f, ipv4(1, 0, MORE, 5060, 2)));
    assert_true(wants(f, ipv4(1, 8, MORE, 0, 2)));
    assert_true(wants(f, ipv4(1, 65528, 0, 0, 2)));
    assert_false(wants(f, ipv4(2, 8, 0, 0, 2))); /* another identification */
    assert_false(wants(f, ipv4(1, 8, 0, 0, 3))); /* another host */
    assert_false(wants(f, ipv4(2, 0, MORE, 53, 2)));
    assert_false(wants(f, ipv4(2, 8, 0, 0, 2)));
    assert_false(wants(f, ipv4(1, 0, MORE, 53, 2))); /* the identification is used again */
    assert_false(wants(f, ipv4(1, 8, 0, 0, 2)));
    assert_true(wants(f, ipv4(0, 0, 0, 5060, 2))); /* whole datagrams as ever */
    assert_false(wants(f, ipv4(0, 0, 0, 53, 2)));
    cx_filter_free(f);
}

/* pcap-filter does not look behind the fragment header, so ports would find nothing. */
static void keeps_later_fragments_of_ipv6(void **state)
{
    (void)state;
    static const char *const filters[] = {
        "ip6 host 2001::1 and (ip6[50:2] == 5060 or ip6[58:2] == 5060)", "udp port 5060",
        "ip6 and udp dst port 5060", "src port 1000 and dst port 5060 and not tcp"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        cx_filter *f = compiled(filters[i]);
        for (int options = 0; options < 2; options++) {
            uint8_t id = (uint8_t)(options + 1);
            frame first = ipv6(id, 0, MORE, 5060, options);
            frame later = ipv6(id, 16, 0, 0, options);
            assert_false(wants(f, later));
            assert_true(wants(f, first));
            assert_true(wants(f, later));
            assert_false(wants(f, ipv6((uint8_t)(id + 10), 16, 0, 0, options)));
            assert_false(wants(f, ipv6(id, 0, MORE, 53, options))); /* used again */
            assert_false(wants(f, later));
        }
        cx_filter_free(f);
    }
}

/* Large ones and cut ones, at every length. */
static void takes_first_fragments_of_any_length(void **state)
{
    (void)state;
    cx_filter *f = compiled("udp port 5060");
    static uint8_t bytes[9000];
    frame first = ipv6(1, 0, MORE, 5060, true);
    memcpy(bytes, first.bytes, first.len);
    for (size_t len = 0; len <= sizeof bytes; len += len < 200 ? 1 : 97) {
        const cx_packet p = {.bytes = {bytes, len}, .wire_len = 9000, .link = 1};
        assert_int_equal(cx_filter_wants(f, &p), len >= first.len - 4); /* the ports are there */
    }
    cx_filter_free(f);
}

static void cut_headers_are_no_fragments(void **state)
{
    (void)state;
    cx_filter *f = compiled("udp port 5060");
    frame whole[2] = {ipv4(1, 8, MORE, 0, 2), ipv6(1, 16, MORE, 0, true)};
    for (size_t i = 0; i < 2; i++)
        for (frame cut = whole[i]; cut.len > 0; cut.len--)
            assert_false(wants(f, cut));
    cx_filter_free(f);
}

static void compiles_for_each_link_type(void **state)
{
    (void)state;
    cx_filter *f = compiled("ether host 02:00:00:00:00:01 or host 192.0.2.1");
    frame fr = ipv4(0, 0, 0, 53, 2);
    cx_packet p = {.bytes = {fr.bytes, fr.len}, .wire_len = (uint32_t)fr.len, .link = 1};
    assert_true(cx_filter_wants(f, &p));
    p.link = 12; /* raw IP has no Ethernet address: the expression makes no sense, nothing fits */
    p.bytes = (cx_slice){fr.bytes + 14, fr.len - 14};
    assert_false(cx_filter_wants(f, &p));
    assert_false(cx_filter_wants(f, &p));
    cx_filter_free(f);

    f = compiled("host 192.0.2.1");
    assert_true(cx_filter_wants(f, &p));
    for (uint16_t link = 200; link < 240; link++) { /* more than it has room for */
        p.link = link;
        (void)cx_filter_wants(f, &p);
    }
    p.link = 12;
    assert_true(cx_filter_wants(f, &p));
    cx_filter_free(f);
}

static void refuses_expressions(void **state)
{
    (void)state;
    static const char *const wrong[] = {"port", "tcp port 5060)", "udp prt 5060", "host 1.2.3.4.5"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char why[256] = "";
        cx_filter *f = NULL;
        assert_int_equal(cx_filter_new(wrong[i], 1, &f, why), CX_USAGE);
        assert_true(why[0]);
        assert_null(f);
    }
    for (size_t k = 1; k <= 2; k++) {
        char why[256] = "";
        cx_filter *f = NULL;
        test_alloc_fail_at(k);
        assert_int_equal(cx_filter_new("ip", 1, &f, why), CX_NO_MEMORY);
        test_alloc_fail_at(0);
        assert_null(f);
    }
    cx_filter_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_later_fragments_of_wanted_datagrams),
        cmocka_unit_test(keeps_later_fragments_of_ipv6),
        cmocka_unit_test(takes_first_fragments_of_any_length),
        cmocka_unit_test(cut_headers_are_no_fragments),
        cmocka_unit_test(compiles_for_each_link_type),
        cmocka_unit_test(refuses_expressions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
