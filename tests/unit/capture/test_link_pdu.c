/* Exported PDUs and TZSP. */
#include "support/link.h"

#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows)   (sizeof(rows) / sizeof *(rows))
#define LINK(dlt) CX_LAYER_LINK(dlt)
#define IPV4      CX_ETHERTYPE_IPV4
#define IPV6      CX_ETHERTYPE_IPV6

static const test_link_row tagged[] = {
    TEST_LINK("IP", LINK(DLT_WIRESHARK_UPPER_PDU),
              "\x00\x0c\x00\x04\x69\x70\x00\x00\x00\x00\x00\x00", IPV4),
    TEST_LINK("IPv6", LINK(DLT_WIRESHARK_UPPER_PDU),
              "\x00\x0c\x00\x08\x69\x70\x76\x36\x00\x00\x00\x00\x00\x00\x00\x00", IPV6),
    TEST_LINK("Ethernet", LINK(DLT_WIRESHARK_UPPER_PDU),
              "\x00\x0c\x00\x0e\x65\x74\x68\x5f\x77\x69\x74\x68\x6f\x75\x74\x66\x63\x73\x00\x00\x00"
              "\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
              IPV4),
    TEST_NO_LINK("a PDU of TCP", LINK(DLT_WIRESHARK_UPPER_PDU),
                 "\x00\x0c\x00\x04\x73\x69\x70\x00\x00\x14\x00\x04\xc0\x00\x02\x01\x00\x15\x00\x04"
                 "\xc0\x00\x02\x02\x00\x18\x00\x04\x00\x00\x00\x02\x00\x19\x00\x04\x00\x00\xc0\x01"
                 "\x00\x1a\x00\x04\x00\x00\x13\xc4\x00\x00\x00\x00",
                 "exported PDU"),
    TEST_NO_LINK("without addresses", LINK(DLT_WIRESHARK_UPPER_PDU),
                 "\x00\x0c\x00\x04\x73\x69\x70\x00\x00\x18\x00\x04\x00\x00\x00\x03\x00\x00\x00\x00",
                 "exported PDU"),
    TEST_LINK("TZSP", LINK(DLT_TZSP),
              "\x01\x00\x00\x01\x01\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00", IPV4),
    TEST_LINK("TZSP, tags", LINK(DLT_TZSP),
              "\x01\x00\x00\x12\x00\x0a\x01\x05\x01\x08\x01\x00\x00\x02\x00\x00\x00\x00\x01\x02\x00"
              "\x00\x00\x00\x02\x02\x00\x00\x00\x00\x03\x10\x00\xaa\xaa\x03\x00\x00\x00\x08\x00",
              IPV4),
    TEST_LINK("TZSP to send", LINK(DLT_TZSP), "\x01\x01\x00\x07\x01", IPV4),
    TEST_NO_LINK("TZSP keep-alive", LINK(DLT_TZSP), "\x01\x04\x00\x00\x01", "TZSP header"),
    TEST_NO_LINK("TZSP, another protocol", LINK(DLT_TZSP), "\x01\x00\x00\x99\x01",
                 "link payload that is not IP"),
};

static void reads_tagged(void **state)
{
    (void)state;
    test_links(tagged, N(tagged));
}

/* A message of UDP keeps its ends in tags. */
static void takes_messages_of_udp(void **state)
{
    (void)state;
    static const char v4[] = "\0\14\0\4dns\0"
                             "\0\24\0\4\xc0\0\2\1\0\25\0\4\xc0\0\2\2"
                             "\0\30\0\4\0\0\0\3\0\31\0\4\0\0\xc0\1\0\32\0\4\0\0\0\65"
                             "\0\0\0\0hello";
    for (size_t len = 0; len < sizeof v4; len++) {
        uint8_t *bytes = malloc(len ? len : 1);
        assert_non_null(bytes);
        memcpy(bytes, v4, len);
        cx_frame f;
        cx_frame_begin(&f, LINK(DLT_WIRESHARK_UPPER_PDU), (cx_slice){bytes, len}, sizeof v4 - 1);
        cx_status status = cx_link_strip(&f);
        assert_int_equal(status, len < sizeof v4 - 6 ? CX_TRUNCATED : CX_OK);
        if (status == CX_OK) {
            assert_int_equal(f.layer, CX_LAYER_DATAGRAM);
            assert_int_equal(f.src.port, 49153);
            assert_int_equal(f.dst.port, 53);
            assert_int_equal(f.src.family, 4);
            assert_int_equal(f.dst.addr[15], 2);
            assert_int_equal(f.dst.addr[11], 0xff);
            assert_int_equal(f.dst.proto, CX_IPPROTO_UDP);
            assert_int_equal(f.c.left, len - (sizeof v4 - 6));
            assert_int_equal(cx_frame_wire(&f), 5);
        }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tagged),
        cmocka_unit_test(takes_messages_of_udp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
