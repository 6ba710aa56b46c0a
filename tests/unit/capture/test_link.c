#include "capture/link.h"

#include "capture/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MAC       "\2\0\0\0\0\1\2\0\0\0\0\2"
#define TAG(type) "\x81\x00\x00\x05" type

enum {
    EN10MB = 1,
    LOOPBACK = 0,
    LOOP = 108,
    RAW = 12,
    PPP = 9,
    PPP_SERIAL = 50,
    PPP_ETHER = 51,
    PPP_DIR = 204,
    CHDLC = 104,
    SLL = 113,
    SLL2 = 276,
    IPV4 = 228,
    IPV6 = 229,
    WLAN = 105
};

/* The bytes up to the network header; behind it comes "\x45" or "\x60" and padding. */
static const struct {
    uint16_t link;
    const char *header;
    size_t len;
    cx_status status;
    uint16_t ethertype;
    const char *what; /* when not CX_OK */
} rows[] = {
#define ROW(link, header, status, type, what)                                                      \
    {                                                                                              \
        link, header, sizeof header - 1, status, type, what                                        \
    }
    ROW(EN10MB, MAC "\x08\x00", CX_OK, 0x800, NULL),
    ROW(EN10MB, MAC "\x86\xdd", CX_OK, 0x86dd, NULL),
    ROW(EN10MB, MAC "\x81\x00\x00\x05\x08\x00", CX_OK, 0x800, NULL),
    ROW(EN10MB, MAC "\x88\xa8\x00\x05\x81\x00\x00\x06\x86\xdd", CX_OK, 0x86dd, NULL),
    ROW(EN10MB, MAC "\x91\x00\x00\x05\x81\x00\x00\x06\x81\x00\x00\x07\x08\x00", CX_OK, 0x800, NULL),
    ROW(EN10MB, MAC "\x88\x47\x00\x01\x00\x40\x00\x02\x01\x40", CX_OK, 0x800, NULL),
    ROW(EN10MB, MAC "\x88\x64\x11\x00\x00\x01\x00\x10\x00\x21", CX_OK, 0x800, NULL),
    ROW(EN10MB, MAC "\x88\x64\x11\x00\x00\x01\x00\x10\x00\x57", CX_OK, 0x86dd, NULL),
    ROW(EN10MB, MAC "\x00\x20\xaa\xaa\x03\x00\x00\x00\x08\x00", CX_OK, 0x800, NULL),
    ROW(SLL, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\x00", CX_OK, 0x800, NULL),
    ROW(SLL, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x81\x00\x00\x05\x86\xdd", CX_OK, 0x86dd, NULL),
    ROW(SLL2, "\x86\xdd\0\0\0\0\0\1\0\1\0\6\1\2\3\4\5\6\0\0", CX_OK, 0x86dd, NULL),
    ROW(LOOPBACK, "\2\0\0\0", CX_OK, 0x800, NULL),
    ROW(LOOPBACK, "\0\0\0\2", CX_OK, 0x800, NULL),
    ROW(LOOPBACK, "\x18\0\0\0", CX_OK, 0x86dd, NULL),
    ROW(LOOPBACK, "\x1c\0\0\0", CX_OK, 0x86dd, NULL),
    ROW(LOOPBACK, "\0\0\0\x1e", CX_OK, 0x86dd, NULL),
    ROW(LOOPBACK, "\x0a\0\0\0", CX_OK, 0x86dd, NULL),
    ROW(LOOP, "\0\0\0\2", CX_OK, 0x800, NULL),
    ROW(RAW, "", CX_OK, 0, NULL),
    ROW(14, "", CX_OK, 0, NULL),
    ROW(101, "", CX_OK, 0, NULL),
    ROW(IPV4, "", CX_OK, 0, NULL),
    ROW(IPV6, "", CX_OK, 0, NULL),
    ROW(PPP, "\xff\x03\x00\x21", CX_OK, 0x800, NULL),
    ROW(PPP, "\x00\x57", CX_OK, 0x86dd, NULL),
    ROW(PPP, "\x21", CX_OK, 0x800, NULL),
    ROW(PPP_SERIAL, "\xff\x03\x00\x21", CX_OK, 0x800, NULL),
    ROW(PPP_DIR, "\x01\xff\x03\x00\x21", CX_OK, 0x800, NULL),
    ROW(PPP_ETHER, "\x11\x00\x00\x01\x00\x10\x00\x21", CX_OK, 0x800, NULL),
    ROW(CHDLC, "\x0f\x00\x08\x00", CX_OK, 0x800, NULL),
    ROW(EN10MB, MAC "\x08\x06", CX_UNSUPPORTED, 0, "ARP"),
    ROW(EN10MB, MAC "\x81\x00\x00\x05\x08\x06", CX_UNSUPPORTED, 0, "ARP"),
    ROW(EN10MB, MAC "\x88\xcc", CX_UNSUPPORTED, 0, "LLDP"),
    ROW(EN10MB, MAC "\x12\x34", CX_UNSUPPORTED, 0, "link payload that is not IP"),
    ROW(EN10MB, MAC "\x00\x20\x42\x42\x03", CX_UNSUPPORTED, 0, "IEEE 802.2 LLC"),
    ROW(EN10MB, MAC "\x88\x64\x11\x00\x00\x01\x00\x10\xc0\x21", CX_UNSUPPORTED, 0, "PPP in PPPoE"),
    ROW(LOOPBACK, "\7\0\0\0", CX_UNSUPPORTED, 0, "link payload that is not IP"),
    ROW(PPP, "\xff\x03\xc0\x21", CX_UNSUPPORTED, 0, "link payload that is not IP"),
};

/* In an allocation of exactly its size. */
static cx_status strip(uint16_t link, const uint8_t *bytes, size_t len, uint32_t *wire,
                       uint16_t *ethertype, const char **what, bool *unknown, size_t *left)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    cx_cursor c = cx_cursor_over((cx_slice){copy, len}, CX_TRUNCATED);
    cx_status status = cx_link_strip(link, &c, wire, ethertype, what, unknown);
    *left = c.left;
    free(copy);
    return status;
}

static void finds_the_network_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int v6 = 0; v6 < 2; v6++) {
            uint8_t frame[64] = {0};
            uint16_t ethertype = 0;
            uint32_t wire = 100;
            const char *what = NULL;
            bool unknown = true;
            size_t left, len = rows[i].len + 4;
            memcpy(frame, rows[i].header, rows[i].len);
            frame[rows[i].len] = v6 ? 0x60 : 0x45;
            cx_status status =
                strip(rows[i].link, frame, len, &wire, &ethertype, &what, &unknown, &left);
            assert_int_equal(status, rows[i].status);
            assert_false(unknown);
            if (status != CX_OK) {
                assert_string_equal(what, rows[i].what);
                continue;
            }
            bool by_nibble = rows[i].ethertype == 0 || memcmp(frame + 12, "\x88\x47", 2) == 0;
            assert_int_equal(ethertype, !by_nibble ? rows[i].ethertype : v6 ? 0x86dd : 0x800);
            assert_int_equal(left, 4);
            bool pppoe = rows[i].link == PPP_ETHER || memcmp(frame + 12, "\x88\x64", 2) == 0;
            assert_int_equal(wire, pppoe ? 14 : 100 - rows[i].len);
        }
    }
}

static void tells_what_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].status != CX_OK)
            continue;
        for (size_t len = 0; len < rows[i].len; len++) {
            uint16_t ethertype;
            uint32_t wire = 100;
            const char *what = NULL;
            bool unknown;
            size_t left;
            cx_status status = strip(rows[i].link, (const uint8_t *)rows[i].header, len, &wire,
                                     &ethertype, &what, &unknown, &left);
            /* a cut LLC header tells nothing, but IP it is not yet */
            bool llc = rows[i].link == EN10MB && len >= 14 && rows[i].header[12] == 0;
            assert_int_equal(status, llc ? CX_UNSUPPORTED : CX_TRUNCATED);
            assert_non_null(what);
        }
    }
}

static void cuts_at_the_length_of_pppoe(void **state)
{
    (void)state;
    uint8_t frame[60] = {0};
    memcpy(frame, MAC "\x88\x64\x11\x00\x00\x01\x00\x08\x00\x21", 22); /* 6 bytes of IP */
    static const struct {
        uint8_t len;
        size_t left;
        uint32_t wire;
    } lengths[] = {{8, 6, 6},    {2, 0, 0},    {1, 0, 0},    {0, 0, 0},
                   {40, 38, 38}, {41, 38, 39}, {255, 38, 78}};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint16_t ethertype;
        uint32_t wire = 100;
        const char *what;
        bool unknown;
        size_t left;
        frame[19] = lengths[i].len;
        assert_int_equal(
            strip(EN10MB, frame, sizeof frame, &wire, &ethertype, &what, &unknown, &left), CX_OK);
        assert_int_equal(left, lengths[i].left);
        assert_int_equal(wire, lengths[i].wire);
    }
}

static void says_what_it_does_not_decode(void **state)
{
    (void)state;
    static const uint16_t links[] = {WLAN, 127, 192, 3000, 65535};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        uint16_t ethertype;
        uint32_t wire = 100;
        const char *what = NULL;
        bool unknown = false;
        size_t left;
        assert_int_equal(
            strip(links[i], (const uint8_t *)MAC, 12, &wire, &ethertype, &what, &unknown, &left),
            CX_UNSUPPORTED);
        assert_true(unknown);
        assert_string_equal(what, "link type");
    }
}

static void names_link_types(void **state)
{
    (void)state;
    char out[24];
    assert_string_equal(cx_link_name(1, out), "EN10MB");
    assert_string_equal(cx_link_name(113, out), "LINUX_SLL");
    assert_string_equal(cx_link_name(65535, out), "LINKTYPE_65535");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_network_header),
        cmocka_unit_test(tells_what_is_cut),
        cmocka_unit_test(cuts_at_the_length_of_pppoe),
        cmocka_unit_test(says_what_it_does_not_decode),
        cmocka_unit_test(names_link_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
