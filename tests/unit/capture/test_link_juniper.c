/* Juniper routers: headers built after the description of the format, none of them captured. */
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

static const test_link_row cards[] = {
    TEST_LINK("Ethernet", LINK(DLT_JUNIPER_ETHER),
              "\x4d\x47\x43\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00", IPV4),
    TEST_LINK("extensions", LINK(DLT_JUNIPER_ETHER),
              "\x4d\x47\x43\x80\x00\x06\x03\x01\x01\x01\x01\x01\x02\x00\x00\x00\x00\x01\x02\x00\x00"
              "\x00\x00\x02\x08\x00",
              IPV4),
    TEST_LINK("without magic", LINK(DLT_JUNIPER_ETHER),
              "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00", IPV4),
    TEST_LINK("link header stripped", LINK(DLT_JUNIPER_ETHER), "\x4d\x47\x43\x02\x02\x00\x00\x00",
              IPV4),
    TEST_LINK("stripped, IPv6", LINK(DLT_JUNIPER_CHDLC), "\x4d\x47\x43\x03\x06\x00\x00\x00", IPV6),
    TEST_LINK("PPPoE", LINK(DLT_JUNIPER_PPPOE),
              "\x4d\x47\x43\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00", IPV4),
    TEST_LINK("PPP", LINK(DLT_JUNIPER_PPP), "\x4d\x47\x43\x00\xff\x03\x00\x21", IPV4),
    TEST_LINK("Frame Relay", LINK(DLT_JUNIPER_FRELAY), "\x4d\x47\x43\x00\x18\x41\x03\xcc", IPV4),
    TEST_LINK("Cisco HDLC", LINK(DLT_JUNIPER_CHDLC), "\x4d\x47\x43\x00\x0f\x00\x08\x00", IPV4),
    TEST_LINK(
        "voice", LINK(DLT_JUNIPER_VP),
        "\x4d\x47\x43\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        IPV4),
    TEST_LINK("services, out", LINK(DLT_JUNIPER_SERVICES),
              "\x4d\x47\x43\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", IPV4),
    TEST_LINK("services, in", LINK(DLT_JUNIPER_SERVICES),
              "\x4d\x47\x43\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
              IPV4),
    TEST_LINK("GGSN", LINK(DLT_JUNIPER_GGSN), "\x4d\x47\x43\x00\x02\x00\x00\x00", IPV4),
    TEST_LINK("ATM 1", LINK(DLT_JUNIPER_ATM1),
              "\x4d\x47\x43\x00\x00\x00\x00\x00\xaa\xaa\x03\x00\x00\x00\x08\x00", IPV4),
    TEST_LINK("ATM 1, IP at once", LINK(DLT_JUNIPER_ATM1), "\x4d\x47\x43\x00\x00\x00\x00\x00",
              IPV4),
    TEST_LINK("ATM 2", LINK(DLT_JUNIPER_ATM2),
              "\x4d\x47\x43\x01\x00\x00\x00\x00\x00\x00\x00\x00\xaa\xaa\x03\x00\x00\x00\x08\x00",
              IPV4),
    TEST_LINK("ATM 2, PPP", LINK(DLT_JUNIPER_ATM2),
              "\x4d\x47\x43\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x21", IPV4),
    TEST_LINK("ATM 2, bridged", LINK(DLT_JUNIPER_ATM2),
              "\x4d\x47\x43\x00\x00\x00\x00\x01\x00\x00\x00\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00"
              "\x00\x00\x02\x08\x00",
              IPV4),
    TEST_LINK("bundle, adaptive services", LINK(DLT_JUNIPER_MLPPP),
              "\x4d\x47\x43\x00\x47\x00\x00\x00\x00\x00\x00\x00", IPV4),
    TEST_LINK("bundle, PPP", LINK(DLT_JUNIPER_MLPPP),
              "\x4d\x47\x43\x01\x47\x00\x00\x00\x00\x00\x00\x00\x00\x21", IPV4),
    TEST_LINK("bundle, IPv6", LINK(DLT_JUNIPER_MLFR),
              "\x4d\x47\x43\x00\x47\x00\x00\x00\x00\x10\x00\x00", IPV6),
    TEST_LINK("bundle, link services", LINK(DLT_JUNIPER_MLPPP),
              "\x4d\x47\x43\x00\x54\x00\x00\x00\x00\x21", IPV4),
    TEST_LINK("bundle, multilink services", LINK(DLT_JUNIPER_MLPPP),
              "\x4d\x47\x43\x00\x00\x01\x00\x21", IPV4),
    TEST_NO_LINK("OAM", LINK(DLT_JUNIPER_ATM1), "\x4d\x47\x43\x00\x80\x00\x00\x00",
                 "Juniper header"),
    TEST_NO_LINK("OSI", LINK(DLT_JUNIPER_ETHER), "\x4d\x47\x43\x02\x0a\x00\x00\x00",
                 "link payload that is not IP"),
};

static void reads_cards(void **state)
{
    (void)state;
    test_links(cards, N(cards));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_cards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
