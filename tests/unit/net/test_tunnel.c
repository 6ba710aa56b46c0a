/* Tunnels without much of a header of their own, and what makes a path. */
#include "net/tunnel.h"
#include "support/tunnel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))

static const test_tunnel_row ip_protocols[] = {
    TEST_TUNNEL("IPv4 in IP", 4, 0, "", TEST_INNER_IPV4),
    TEST_TUNNEL("IPv6 in IP", 41, 0, "", TEST_INNER_IPV6),
    TEST_TUNNEL("EtherIP", 97, 0,
                "\x30\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL("EtherIP of another version", 97, 0,
                "\x40\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
                TEST_INNER_NONE),
    TEST_TUNNEL("PIM Register", 103, 0, "\x21\x00\x00\x00\x00\x00\x00\x00", TEST_INNER_IPV4),
    TEST_TUNNEL("PIM Register, IPv6", 103, 0, "\x21\x00\x00\x00\x00\x00\x00\x00", TEST_INNER_IPV6),
    TEST_TUNNEL("PIM Hello", 103, 0, "\x20\x00\x00\x00\x00\x00\x00\x00", TEST_INNER_NONE),
    TEST_TUNNEL("MPLS in IP", 137, 0, "\x00\x01\x01\x40", TEST_INNER_IPV4),
    TEST_TUNNEL("Ethernet of SRv6", 143, 0,
                "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x86\xdd", TEST_INNER_IPV6),
    TEST_TUNNEL("Ethernet with ARP", 143, 0,
                "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x06", TEST_INNER_NONE),
};

static void reads_ip_protocols(void **state)
{
    (void)state;
    test_tunnels(ip_protocols, N(ip_protocols));
}

static const cx_endpoint a = {.addr = {1}}, b = {.addr = {2}}, c = {.addr = {3}};

static uint64_t path(uint64_t around, cx_tunnel_reader kind, uint64_t id, cx_endpoint src,
                     cx_endpoint dst)
{
    const cx_tunnel t = {.id = id};
    const cx_ip outer = {.src = src, .dst = dst};
    return cx_tunnel_path(around, kind, &t, &outer);
}

static void tells_paths_apart(void **state)
{
    (void)state;
    const uint64_t plain = path(0, cx_tunnel_vxlan, 5, a, b);
    assert_int_not_equal(plain, 0);
    assert_int_equal(path(0, cx_tunnel_vxlan, 5, b, a), plain);
    assert_int_not_equal(path(0, cx_tunnel_vxlan, 6, a, b), plain);
    assert_int_not_equal(path(0, cx_tunnel_geneve, 5, a, b), plain);
    assert_int_not_equal(path(0, cx_tunnel_vxlan, 5, a, c), plain);
    assert_int_not_equal(path(plain, cx_tunnel_vxlan, 5, a, b), plain);
    /* a mirror is no network: what it brings is where it was before */
    const cx_tunnel mirror = {.mirror = true};
    const cx_ip outer = {.src = a, .dst = b};
    assert_int_equal(cx_tunnel_path(0, cx_tunnel_gre, &mirror, &outer), 0);
    assert_int_equal(cx_tunnel_path(plain, cx_tunnel_gre, &mirror, &outer), plain);
}

static void knows_ports_of_either_end(void **state)
{
    (void)state;
    assert_ptr_equal(cx_tunnel_of_udp(40000, 4789), cx_tunnel_vxlan);
    assert_ptr_equal(cx_tunnel_of_udp(4789, 40000), cx_tunnel_vxlan);
    assert_ptr_equal(cx_tunnel_of_udp(4789, 6081), cx_tunnel_vxlan);
    assert_ptr_equal(cx_tunnel_of_udp(6081, 4789), cx_tunnel_vxlan);
    assert_ptr_equal(cx_tunnel_of_udp(4789, 700), cx_tunnel_vxlan);
    assert_null(cx_tunnel_of_udp(53, 4789)); /* an answer to a client with that port */
    assert_null(cx_tunnel_of_udp(6081, 5060));
    assert_null(cx_tunnel_of_udp(40000, 5060));
    assert_null(cx_tunnel_of_ip(6));
    assert_null(cx_tunnel_of_ip(17));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ip_protocols),
        cmocka_unit_test(tells_paths_apart),
        cmocka_unit_test(knows_ports_of_either_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
