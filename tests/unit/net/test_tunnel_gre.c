/* GRE and what is carried in it. Byte-stuffed PPP is in this file as RFC 1662 and 3GPP2 A.S0008
 * describe it. */
#include "net/decode.h"
#include "support/tunnel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))

static const test_tunnel_row gre[] = {
    TEST_TUNNEL("IPv4", 47, 0, "\x00\x00\x08\x00", TEST_INNER_IPV4),
    TEST_TUNNEL("IPv6", 47, 0, "\x00\x00\x86\xdd", TEST_INNER_IPV6),
    TEST_TUNNEL("checksum", 47, 0, "\x80\x00\x08\x00\x00\x00\x00\x00", TEST_INNER_IPV4),
    TEST_TUNNEL("key", 47, 0, "\x20\x00\x08\x00\x00\x00\x00\x07", TEST_INNER_IPV4),
    TEST_TUNNEL("all", 47, 0, "\xb0\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x01",
                TEST_INNER_IPV4),
    TEST_TUNNEL("routing", 47, 0,
                "\x40\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x04\xc0\x00\x02\x01\x00\x00\x00\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL("Ethernet", 47, 0,
                "\x00\x00\x65\x58\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL(
        "Ethernet of NVGRE", 47, 0,
        "\x20\x00\x65\x58\x00\x00\x0a\x01\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
        TEST_INNER_IPV4),
    TEST_TUNNEL("Ethernet, old number", 47, 0,
                "\x00\x00\x64\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL("MPLS", 47, 0, "\x00\x00\x88\x47\x00\x01\x01\x40", TEST_INNER_IPV4),
    TEST_TUNNEL("Frame Relay", 47, 0, "\x00\x00\x65\x59\x18\x41\x03\xcc", TEST_INNER_IPV4),
    TEST_TUNNEL("NSH", 47, 0, "\x00\x00\x89\x4f\x0f\xc2\x02\x01\x00\x00\x01\xff", TEST_INNER_IPV4),
    TEST_TUNNEL("WCCP", 47, 0, "\x00\x00\x88\x3e", TEST_INNER_IPV4),
    TEST_TUNNEL("WCCP 2", 47, 0, "\x00\x00\x88\x3e\x00\x00\x00\x00", TEST_INNER_IPV4),
    TEST_TUNNEL("PPTP", 47, 0,
                "\x30\x81\x88\x0b\x00\x24\x00\x05\x00\x00\x00\x01\x00\x00\x00\x00\xff\x03\x00\x21",
                TEST_INNER_IPV4),
    TEST_TUNNEL("PPTP without acknowledgment", 47, 0,
                "\x30\x01\x88\x0b\x00\x22\x00\x05\x00\x00\x00\x01\x00\x21", TEST_INNER_IPV4),
    TEST_TUNNEL("PPTP, IPv6", 47, 0,
                "\x30\x01\x88\x0b\x00\x38\x00\x05\x00\x00\x00\x01\xff\x03\x00\x57",
                TEST_INNER_IPV6),
    TEST_TUNNEL(
        "EoIP of MikroTik", 47, 0,
        "\x20\x01\x64\x00\x00\x2e\x07\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
        TEST_INNER_IPV4),
    TEST_TUNNEL("Aruba", 47, 0,
                "\x00\x00\x82\x00\x08\x01\x00\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"
                "\x02\x00\x00\x00\x00\x03\x10\x00\xaa\xaa\x03\x00\x00\x00\x08\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL("Aruba, aggregated", 47, 0,
                "\x10\x00\x82\x50\x00\x00\x00\x01\x08\x01\x00\x00\x02\x00\x00\x00\x00\x01\x02\x00"
                "\x00\x00\x00\x02\x02\x00\x00\x00\x00\x03\x10\x00\xaa\xaa\x03\x00\x00\x00\x08\x00",
                TEST_INNER_IPV4),
    TEST_MIRROR("ERSPAN I", 47, 0,
                "\x00\x00\x88\xbe\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
                TEST_INNER_IPV4),
    TEST_MIRROR("ERSPAN II", 47, 0,
                "\x10\x00\x88\xbe\x00\x00\x00\x01\x10\x64\x00\x01\x00\x00\x00\x00\x02\x00\x00\x00"
                "\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
                TEST_INNER_IPV4),
    TEST_MIRROR("ERSPAN III", 47, 0,
                "\x10\x00\x22\xeb\x00\x00\x00\x01\x20\x64\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"
                "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x86\xdd",
                TEST_INNER_IPV6),
    TEST_MIRROR(
        "ERSPAN III of a platform", 47, 0,
        "\x10\x00\x22\xeb\x00\x00\x00\x01\x20\x64\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00"
        "\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
        TEST_INNER_IPV4),
    TEST_MIRROR("ERSPAN III, IP", 47, 0,
                "\x10\x00\x22\xeb\x00\x00\x00\x01\x20\x64\x00\x01\x00\x00\x00\x00\x00\x00\x08\x00",
                TEST_INNER_IPV4),
    TEST_TUNNEL("keep-alive", 47, 0, "\x00\x00\x00\x00", TEST_INNER_NONE),
    TEST_TUNNEL("version 2", 47, 0, "\x00\x02\x08\x00", TEST_INNER_NONE),
    TEST_TUNNEL("ARP", 47, 0, "\x00\x00\x08\x06", TEST_INNER_NONE),
    TEST_TUNNEL("ERSPAN II of another version", 47, 0,
                "\x10\x00\x88\xbe\x00\x00\x00\x01\x20\x64\x00\x01\x00\x00\x00\x00\x02\x00\x00\x00"
                "\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
                TEST_INNER_NONE),
    TEST_TUNNEL("over UDP", 17, 4754, "\x00\x00\x08\x00", TEST_INNER_IPV4),
    TEST_TUNNEL(
        "over UDP, key", 17, 4754,
        "\x20\x00\x65\x58\x00\x00\x00\x07\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
        TEST_INNER_IPV4),
    TEST_TUNNEL("over UDP, nothing", 17, 4754, "\x00\x00\x00\x00", TEST_INNER_NONE),
};

static void reads_gre(void **state)
{
    (void)state;
    test_tunnels(gre, N(gre));
}

/* PPP in HDLC-like framing within GRE; more than one packet may be in it. */
static void reads_a_stream_of_ppp(void **state)
{
    (void)state;
    enum { GRE = 20, STREAM = GRE + 8 };
    uint8_t bytes[256] = {0x45, 0, 0, 0, 0, 1, 0, 0, 64, 47, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    memcpy(bytes + GRE, "\x20\0\x88\x81\0\0\0\7", 8);
    uint8_t *p = bytes + STREAM;
    *p++ = 0x7e;
    for (uint8_t i = 0; i < 2; i++) {
        uint8_t packet[36] = {0xff, 3, 0, 0x21};
        memcpy(packet + 4, "\x45\0\0\x20\0\x7e\0\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2", 20);
        memcpy(packet + 24,
               "\xc0\1\x13\xc4\0\xc\0\0"
               "}at",
               11);
        packet[35] = i;
        for (size_t k = 0; k < sizeof packet; k++) {
            const bool escape = packet[k] == 0x7e || packet[k] == 0x7d || packet[k] < 0x20;
            if (escape)
                *p++ = 0x7d;
            *p++ = escape ? packet[k] ^ 0x20 : packet[k];
        }
        memcpy(p, "\x55\x66\x7e", 3); /* its checksum is not looked at */
        p += 3;
    }
    const size_t len = (size_t)(p - bytes);
    bytes[2] = (uint8_t)(len >> 8);
    bytes[3] = (uint8_t)len;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    for (size_t from = STREAM; from <= STREAM + 1; from++) { /* some leave the first flag out */
        uint8_t *copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, bytes, len);
        memmove(copy + STREAM, copy + from, len - from);
        const cx_packet packet = {.no = 3,
                                  .bytes = {copy, len - (from - STREAM)},
                                  .wire_len = (uint32_t)(len - (from - STREAM)),
                                  .link = 12};
        copy[3] = (uint8_t)(len - (from - STREAM));
        cx_l4 out[4];
        assert_int_equal(cx_decode(d, &packet, 1, out, 4), 2);
        free(copy);
        for (uint8_t i = 0; i < 2; i++) {
            assert_int_equal(out[i].status, CX_OK);
            assert_int_equal(out[i].at.frame, 3);
            assert_int_equal(out[i].dst.port, 5060);
            assert_int_equal(out[i].payload.len, 4);
            assert_memory_equal(out[i].payload.p, "}at", 3);
            assert_int_equal(out[i].payload.p[3], i);
            assert_int_equal(out[i].path, out[0].path);
            assert_int_not_equal(out[i].path, CX_PATH_NONE);
        }
        /* without room for the second one it is left out, and counted */
        assert_int_equal(cx_decoder_stats(d)->subframes_lost, 0);
    }
    cx_decoder_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_gre),
        cmocka_unit_test(reads_a_stream_of_ppp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
