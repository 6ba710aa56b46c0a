/* PPP, HDLC, Frame Relay, ATM, SLIP. */
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

static const test_link_row ppp[] = {
    TEST_LINK("with address", LINK(DLT_PPP), "\xff\x03\x00\x21", IPV4),
    TEST_LINK("without", LINK(DLT_PPP), "\x00\x57", IPV6),
    TEST_LINK("one byte", LINK(DLT_PPP), "\x21", IPV4),
    TEST_LINK("address and one byte", LINK(DLT_PPP), "\xff\x03\x57", IPV6),
    TEST_LINK("MPLS", LINK(DLT_PPP), "\xff\x03\x02\x81\x00\x01\x01\x40", IPV4),
    TEST_LINK("bridged", LINK(DLT_PPP),
              "\xff\x03\x00\x31\x00\x01\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
              IPV4),
    TEST_LINK("bridged, LAN number", LINK(DLT_PPP),
              "\xff\x03\x00\x31\x40\x01\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00"
              "\x02\x08\x00",
              IPV4),
    TEST_LINK("multilink, whole", LINK(DLT_PPP), "\xff\x03\x00\x3d\xc0\x00\x00\x01\x00\x21", IPV4),
    TEST_LINK("LLC", LINK(DLT_PPP), "\xff\x03\x00\x4b\xaa\xaa\x03\x00\x00\x00\x08\x00", IPV4),
    TEST_LINK("ethertype", LINK(DLT_PPP), "\xff\x03\x08\x00", IPV4),
    TEST_LINK("multiplexed", LINK(DLT_PPP), "\xff\x03\x00\x59\x95\x21", IPV4),
    TEST_LINK("multiplexed, two bytes of length", LINK(DLT_PPP), "\xff\x03\x00\x59\xc0\x16\x00\x21",
              IPV4),
    TEST_LINK("serial", LINK(DLT_PPP_SERIAL), "\xff\x03\x00\x21", IPV4),
    TEST_LINK("Cisco framing", LINK(DLT_PPP_SERIAL), "\x0f\x00\x08\x00", IPV4),
    TEST_LINK("Cisco multicast", LINK(DLT_PPP_SERIAL), "\x8f\x00\x86\xdd", IPV6),
    TEST_LINK("direction", LINK(DLT_PPP_WITH_DIR), "\x01\xff\x03\x00\x21", IPV4),
    TEST_LINK("direction instead of address", LINK(DLT_PPP_PPPD), "\x01\x03\x00\x21", IPV4),
    TEST_LINK("BSD/OS", LINK(DLT_PPP_BSDOS),
              "\x00\x00\x00\x00\x00\x00\x21\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
              "\x00\x00\x00",
              IPV4),
    TEST_LINK_CUT("PPPoE", LINK(DLT_PPP_ETHER), "\x11\x00\x00\x01\x00\x16\x00\x21", 6, IPV4),
    TEST_LINK_CUT(
        "PPPoE on Ethernet", LINK(DLT_EN10MB),
        "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x88\x64\x11\x00\x00\x01\x00\x16\x00\x57",
        6, IPV6),
    TEST_LINK_CUT("MPLS in PPPoE", LINK(DLT_EN10MB),
                  "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x88\x64\x11\x00\x00\x01\x00\x1a"
                  "\x02\x81\x00\x01\x01\x40",
                  0, IPV4),
    TEST_NO_LINK("LCP", LINK(DLT_PPP), "\xff\x03\xc0\x21", "PPP payload that is not IP"),
    TEST_NO_LINK("part of multilink", LINK(DLT_PPP), "\xff\x03\x00\x3d\x80\x00\x00\x01\x00\x21",
                 "part of a multilink PPP packet"),
    TEST_NO_LINK("bridged Token Ring", LINK(DLT_PPP), "\xff\x03\x00\x31\x00\x03", "PPP header"),
};

static void reads_ppp(void **state)
{
    (void)state;
    test_links(ppp, N(ppp));
}

static const test_link_row hdlc[] = {
    TEST_LINK("Cisco", LINK(DLT_C_HDLC), "\x0f\x00\x08\x00", IPV4),
    TEST_LINK("Cisco, IPv6", LINK(DLT_C_HDLC), "\x0f\x00\x86\xdd", IPV6),
    TEST_LINK("Cisco, MPLS", LINK(DLT_C_HDLC), "\x0f\x00\x88\x47\x00\x01\x01\x40", IPV4),
    TEST_LINK("Cisco, Ethernet", LINK(DLT_C_HDLC),
              "\x0f\x00\x65\x58\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00", IPV4),
    TEST_LINK("Cisco, direction", LINK(DLT_C_HDLC_WITH_DIR), "\x01\x0f\x00\x08\x00", IPV4),
    TEST_LINK("NetBSD", LINK(112), "\x0f\x00\x08\x00", IPV4),
    TEST_NO_LINK("SLARP", LINK(DLT_C_HDLC), "\x8f\x00\x80\x35", "RARP"),
};

static void reads_hdlc(void **state)
{
    (void)state;
    test_links(hdlc, N(hdlc));
}

static const test_link_row frame_relay[] = {
    TEST_LINK("NLPID", LINK(DLT_FRELAY), "\x18\x41\x03\xcc", IPV4),
    TEST_LINK("NLPID, IPv6", LINK(DLT_FRELAY), "\x18\x41\x03\x8e", IPV6),
    TEST_LINK("SNAP", LINK(DLT_FRELAY), "\x18\x41\x03\x00\x80\x00\x00\x00\x08\x00", IPV4),
    TEST_LINK("bridged", LINK(DLT_FRELAY),
              "\x18\x41\x03\x00\x80\x00\x80\xc2\x00\x07\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00"
              "\x02\x08\x00",
              IPV4),
    TEST_LINK("PPP", LINK(DLT_FRELAY), "\x18\x41\x03\xcf\x00\x21", IPV4),
    TEST_LINK("Cisco", LINK(DLT_FRELAY), "\x18\x41\x08\x00", IPV4),
    TEST_LINK("address of 4 bytes", LINK(DLT_FRELAY), "\x18\x00\x00\x41\x03\xcc", IPV4),
    TEST_LINK("direction", LINK(DLT_FRELAY_WITH_DIR), "\x01\x18\x41\x03\xcc", IPV4),
    TEST_LINK("FRF.16", LINK(DLT_MFR), "\xc0\x00\x18\x41\x03\xcc", IPV4),
    TEST_NO_LINK("part of FRF.16", LINK(DLT_MFR), "\x80\x00\x18\x41\x03\xcc",
                 "part of a multilink Frame Relay packet"),
    TEST_NO_LINK("LMI", LINK(DLT_FRELAY), "\x00\x01\x03\x08", "Frame Relay header"),
};

static void reads_frame_relay(void **state)
{
    (void)state;
    test_links(frame_relay, N(frame_relay));
}

static const test_link_row atm_and_slip[] = {
    TEST_LINK("CLIP", LINK(DLT_ATM_CLIP), "", IPV4),
    TEST_LINK("CLIP, LLC", LINK(DLT_ATM_CLIP), "\xaa\xaa\x03\x00\x00\x00\x86\xdd", IPV6),
    TEST_LINK("SunATM", LINK(DLT_SUNATM), "\x02\x00\x00\x21\xaa\xaa\x03\x00\x00\x00\x08\x00", IPV4),
    TEST_LINK("SunATM, LANE", LINK(DLT_SUNATM),
              "\x01\x00\x00\x21\x00\x01\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
              IPV4),
    TEST_NO_LINK("SunATM signalling", LINK(DLT_SUNATM), "\x06\x00\x00\x05", "SunATM header"),
    TEST_LINK("SLIP", LINK(DLT_SLIP),
              "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", IPV4),
    TEST_LINK("SLIP of BSD/OS", LINK(DLT_SLIP_BSDOS),
              "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
              "\x00\x00\x00",
              IPV6),
};

static void reads_atm_and_slip(void **state)
{
    (void)state;
    test_links(atm_and_slip, N(atm_and_slip));
}

/* Several packets in one: the first is taken, the others are noted (RFC 3153 1.2). */
static void splits_multiplexed_packets(void **state)
{
    (void)state;
    uint8_t bytes[3 + 3 * 22 + 5] = {0};
    uint8_t *p = bytes;
    *p++ = 0x00;
    *p++ = 0x59;
    for (int i = 0; i < 3; i++) {
        *p++ = i ? 20 : 0x80 | 21; /* the later ones have the protocol of the first */
        if (i == 0)
            *p++ = 0x21;
        p[0] = 0x45;
        p[19] = (uint8_t)i;
        p += 20;
    }
    *p++ = 0x80 | 5; /* one that is no IP */
    *p++ = 0xc0;
    *p++ = 0x21;
    p += 3;
    cx_frame f;
    const uint32_t len = (uint32_t)(p - bytes);
    cx_frame_begin(&f, LINK(DLT_PPP), (cx_slice){bytes, len}, len);
    assert_int_equal(cx_link_strip(&f), CX_OK);
    assert_int_equal(f.layer, IPV4);
    assert_int_equal(f.c.left, 20);
    assert_int_equal(f.c.p[19], 0);
    assert_int_equal(f.n_more, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(f.more[i].layer, IPV4);
        assert_int_equal(f.more[i].bytes.len, 20);
        assert_int_equal(f.more[i].wire, 20);
        assert_int_equal(f.more[i].bytes.p[19], i + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ppp),
        cmocka_unit_test(reads_hdlc),
        cmocka_unit_test(reads_frame_relay),
        cmocka_unit_test(reads_atm_and_slip),
        cmocka_unit_test(splits_multiplexed_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
