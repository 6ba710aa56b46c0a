/* L2TP of both versions. */
#include "support/tunnel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))

static const test_tunnel_row version_2[] = {
    TEST_TUNNEL("PPP", 17, 1701, "\x00\x02\x00\x01\x00\x02\xff\x03\x00\x21", TEST_INNER_IPV4),
    TEST_TUNNEL("without address", 17, 1701, "\x00\x02\x00\x01\x00\x02\x00\x57", TEST_INNER_IPV6),
    TEST_TUNNEL("one byte", 17, 1701, "\x00\x02\x00\x01\x00\x02\x21", TEST_INNER_IPV4),
    TEST_TUNNEL("length", 17, 1701, "\x40\x02\x00\x2c\x00\x01\x00\x02\xff\x03\x00\x21",
                TEST_INNER_IPV4),
    TEST_TUNNEL("all", 17, 1701,
                "\x4a\x02\x00\x32\x00\x01\x00\x02\x00\x01\x00\x00\x00\x00\xff\x03\x00\x21",
                TEST_INNER_IPV4),
    TEST_TUNNEL("offset", 17, 1701,
                "\x02\x02\x00\x01\x00\x02\x00\x04\x00\x00\x00\x00\xff\x03\x00\x21",
                TEST_INNER_IPV4),
    TEST_TUNNEL("control", 17, 1701, "\xc8\x02\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00",
                TEST_INNER_NONE),
    TEST_TUNNEL("LCP", 17, 1701, "\x00\x02\x00\x01\x00\x02\xff\x03\xc0\x21", TEST_INNER_NONE),
    TEST_TUNNEL("version 1", 17, 1701, "\x00\x01\x00\x01\x00\x02\xff\x03\x00\x21", TEST_INNER_NONE),
};

static void reads_version_2(void **state)
{
    (void)state;
    test_tunnels(version_2, N(version_2));
}

static const test_tunnel_row version_3[] = {
    TEST_TUNNEL(
        "Ethernet", 17, 1701,
        "\x00\x03\x00\x00\x00\x00\x00\x07\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
        TEST_INNER_IPV4),
    TEST_TUNNEL("Ethernet, sublayer", 17, 1701,
                "\x00\x03\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x02\x00\x00\x00\x00\x01\x02\x00"
                "\x00\x00\x00\x02\x08\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL("Ethernet, cookie of 8", 17, 1701,
                "\x00\x03\x00\x00\x00\x00\x00\x07\xde\xad\xbe\xef\xde\xad\xbe\xef\x02\x00\x00\x00"
                "\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL("Ethernet, both", 17, 1701,
                "\x00\x03\x00\x00\x00\x00\x00\x07\xde\xad\xbe\xef\xde\xad\xbe\xef\x00\x00\x00\x00"
                "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL("tagged", 17, 1701,
                "\x00\x03\x00\x00\x00\x00\x00\x07\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"
                "\x81\x00\x00\x05\x08\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL("PPP", 17, 1701, "\x00\x03\x00\x00\x00\x00\x00\x07\xff\x03\x00\x21",
                TEST_INNER_IPV4),
    TEST_TUNNEL("IP", 17, 1701, "\x00\x03\x00\x00\x00\x00\x00\x07", TEST_INNER_IPV4),
    TEST_TUNNEL("nothing sound", 17, 1701,
                "\x00\x03\x00\x00\x00\x00\x00\x07\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55"
                "\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55"
                "\x55\x55\x55\x55\x55\x55\x55\x55",
                TEST_INNER_NONE),
    TEST_TUNNEL("over IP, Ethernet", 115, 0,
                "\x00\x00\x00\x07\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL(
        "over IP, cookie", 115, 0,
        "\x00\x00\x00\x07\xde\xad\xbe\xef\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x86\xdd",
        TEST_INNER_IPV6),
    TEST_TUNNEL("over IP, PPP, IPv6", 115, 0, "\x00\x00\x00\x07\xff\x03\x00\x57", TEST_INNER_IPV6),
    TEST_TUNNEL("over IP, control", 115, 0, "\x00\x00\x00\x00\xc8\x03\x00\x14", TEST_INNER_NONE),
};

static void reads_version_3(void **state)
{
    (void)state;
    test_tunnels(version_3, N(version_3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_2),
        cmocka_unit_test(reads_version_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
