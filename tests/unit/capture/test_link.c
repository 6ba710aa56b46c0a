#include "capture/link.h"

#include "base/limits.h"
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
    IPV6 = 229
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
    ROW(EN10MB, MAC "\x88\x64\x11\x00\x00\x01\x00\x10\xc0\x21", CX_UNSUPPORTED, 0,
        "PPP payload that is not IP"),
    ROW(LOOPBACK, "\7\0\0\0", CX_UNSUPPORTED, 0, "link payload that is not IP"),
    ROW(PPP, "\xff\x03\xc0\x21", CX_UNSUPPORTED, 0, "PPP payload that is not IP"),
};

/* In an allocation of exactly its size, with 60 bytes more on the wire. *left: bytes behind the
 * headers. */
static cx_status strip(uint32_t layer, const uint8_t *bytes, size_t len, cx_frame *f, size_t *left)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    cx_frame_begin(f, layer, (cx_slice){copy, len}, (uint32_t)len + 60);
    cx_status status = cx_link_strip(f);
    *left = f->c.left;
    free(copy);
    return status;
}

static void finds_the_network_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int v6 = 0; v6 < 2; v6++) {
            uint8_t frame[64] = {0};
            cx_frame f;
            size_t left, len = rows[i].len + 4;
            memcpy(frame, rows[i].header, rows[i].len);
            frame[rows[i].len] = v6 ? 0x60 : 0x45;
            cx_status status = strip(CX_LAYER_LINK(rows[i].link), frame, len, &f, &left);
            if (status != rows[i].status)
                fail_msg("row %zu: %d, %s", i, (int)status, f.what);
            assert_false(f.link_unknown);
            if (status != CX_OK) {
                assert_string_equal(f.what, rows[i].what);
                continue;
            }
            assert_int_equal(f.layer, rows[i].ethertype ? rows[i].ethertype : v6 ? 0x86dd : 0x800);
            assert_int_equal(left, 4);
            bool pppoe = rows[i].link == PPP_ETHER || memcmp(frame + 12, "\x88\x64", 2) == 0;
            bool llc = rows[i].link == EN10MB && frame[12] == 0;
            assert_int_equal(cx_frame_wire(&f), pppoe ? 14 : llc ? 24 : 64);
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
            cx_frame f;
            size_t left;
            cx_status status =
                strip(CX_LAYER_LINK(rows[i].link), (const uint8_t *)rows[i].header, len, &f, &left);
            /* a cut LLC header tells nothing, but IP it is not yet */
            bool llc = rows[i].link == EN10MB && len >= 14 && rows[i].header[12] == 0;
            assert_int_equal(status, llc ? CX_UNSUPPORTED : CX_TRUNCATED);
            assert_non_null(f.what);
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
                   {40, 38, 38}, {41, 38, 39}, {255, 38, 98}};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        cx_frame f;
        size_t left;
        frame[19] = lengths[i].len;
        assert_int_equal(strip(CX_LAYER_LINK(EN10MB), frame, sizeof frame, &f, &left), CX_OK);
        assert_int_equal(left, lengths[i].left);
        assert_int_equal(cx_frame_wire(&f), lengths[i].wire);
    }
}

static void says_what_it_does_not_decode(void **state)
{
    (void)state;
    static const uint16_t links[] = {147, 189, 251, 3000, 65535};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        cx_frame f;
        size_t left;
        assert_int_equal(strip(CX_LAYER_LINK(links[i]), (const uint8_t *)MAC, 12, &f, &left),
                         CX_UNSUPPORTED);
        assert_true(f.link_unknown);
        assert_int_equal(f.link, links[i]);
        assert_string_equal(f.what, "link type");
    }
}

/* Tags without end. */
static void follows_so_many_headers(void **state)
{
    (void)state;
    uint8_t frame[14 + 4 * 64 + 2];
    memcpy(frame, MAC, 12);
    for (size_t i = 12; i + 4 <= sizeof frame; i += 4)
        memcpy(frame + i, TAG(""), 4);
    cx_frame f;
    size_t left;
    for (size_t tags = CX_MAX_LINK_HEADERS - 3; tags <= CX_MAX_LINK_HEADERS + 1; tags++) {
        uint8_t last[sizeof frame];
        memcpy(last, frame, sizeof frame);
        memcpy(last + 12 + 4 * tags, "\x08\0", 2);
        cx_status status = strip(CX_LAYER_LINK(EN10MB), last, 14 + 4 * tags, &f, &left);
        assert_int_equal(status, tags < CX_MAX_LINK_HEADERS ? CX_OK : CX_LIMIT);
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
        cmocka_unit_test(follows_so_many_headers),
        cmocka_unit_test(names_link_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
