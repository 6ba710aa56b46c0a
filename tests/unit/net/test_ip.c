#include "net/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))

/* In an allocation of exactly its size; payload is given as an offset. */
static cx_status read_ip(uint16_t ethertype, const uint8_t *bytes, size_t len, uint32_t wire,
                         cx_ip *ip, size_t *payload_at, const char **what)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    *what = NULL;
    cx_status status = cx_ip_read(ethertype, (cx_slice){copy, len}, wire, ip, what);
    *payload_at = ip->payload.p ? (size_t)(ip->payload.p - copy) : 0;
    free(copy);
    return status;
}

/* ---- IPv4 ---- */

enum { V4_LEN = 60 };

/* 20 bytes of header, total length 50, TCP, from 192.0.2.1 to 198.51.100.2; 60 bytes in all. */
static const uint8_t v4[V4_LEN] = {0x45, 0,    0,   50, 0x12, 0x34, 0x40, 0,  61,  6,
                                   0xff, 0xff, 192, 0,  2,    1,    198,  51, 100, 2};

static void reads_ipv4(void **state)
{
    (void)state;
    cx_ip ip;
    size_t at;
    const char *what;
    assert_int_equal(read_ip(0x800, v4, V4_LEN, V4_LEN, &ip, &at, &what), CX_OK);
    char text[CX_ADDR_TEXT];
    cx_addr_text(&ip.src, text);
    assert_string_equal(text, "192.0.2.1");
    cx_addr_text(&ip.dst, text);
    assert_string_equal(text, "198.51.100.2");
    assert_int_equal(ip.src.family, 4);
    assert_int_equal(ip.dst.proto, 6);
    assert_int_equal(ip.ttl, 61);
    assert_int_equal(ip.id, 0x1234);
    assert_false(ip.fragment);
    assert_int_equal(at, 20);
    assert_int_equal(ip.payload.len, 30); /* the padding is cut */
    assert_int_equal(ip.wire, 30);
    assert_int_equal(ip.link_wire, 40);
}

static void measures_ipv4(void **state)
{
    (void)state;
    static const struct {
        uint8_t first; /* version and header length */
        uint16_t total;
        size_t len; /* captured */
        uint32_t on_wire;
        cx_status status;
        size_t payload;
        uint32_t wire;
    } rows[] = {
        {0x45, 50, 50, 50, CX_OK, 30, 30},
        {0x45, 50, 49, 50, CX_OK, 29, 30}, /* snapped */
        {0x45, 50, 20, 50, CX_OK, 0, 30},
        {0x45, 50, 19, 50, CX_TRUNCATED, 0, 0},
        {0x45, 50, 0, 50, CX_TRUNCATED, 0, 0},
        {0x45, 50, 19, 19, CX_MALFORMED, 0, 0}, /* nothing was snapped */
        {0x45, 50, 40, 40, CX_OK, 20, 30},      /* promises more than there is */
        {0x45, 0, 60, 60, CX_OK, 40, 40},       /* segmentation offload */
        {0x45, 0, 60, 3000, CX_OK, 40, 2980},
        {0x45, 0, 20, 20, CX_OK, 0, 0},
        {0x45, 20, 60, 60, CX_OK, 0, 0},
        {0x45, 19, 60, 60, CX_MALFORMED, 0, 0},
        {0x45, 1, 60, 60, CX_MALFORMED, 0, 0},
        {0x45, 65535, 60, 60, CX_OK, 40, 65515},
        {0x46, 50, 60, 60, CX_OK, 26, 26}, /* options */
        {0x4f, 60, 60, 60, CX_OK, 0, 0},
        {0x4f, 60, 59, 60, CX_TRUNCATED, 0, 0},
        {0x4f, 60, 59, 59, CX_MALFORMED, 0, 0},
        {0x4f, 59, 60, 60, CX_MALFORMED, 0, 0},
        {0x44, 50, 60, 60, CX_MALFORMED, 0, 0},
        {0x40, 50, 60, 60, CX_MALFORMED, 0, 0},
        {0x55, 50, 60, 60, CX_MALFORMED, 0, 0},
        {0x65, 50, 60, 60, CX_MALFORMED, 0, 0},
    };
    for (size_t i = 0; i < N(rows); i++) {
        uint8_t bytes[V4_LEN];
        cx_ip ip;
        size_t at;
        const char *what;
        memcpy(bytes, v4, V4_LEN);
        bytes[0] = rows[i].first;
        bytes[2] = (uint8_t)(rows[i].total >> 8);
        bytes[3] = (uint8_t)rows[i].total;
        assert_int_equal(read_ip(0x800, bytes, rows[i].len, rows[i].on_wire, &ip, &at, &what),
                         rows[i].status);
        if (rows[i].status != CX_OK) {
            assert_non_null(what);
            continue;
        }
        assert_int_equal(at, (rows[i].first & 15) * 4);
        assert_int_equal(ip.payload.len, rows[i].payload);
        assert_int_equal(ip.wire, rows[i].wire);
        assert_int_equal(ip.link_wire, rows[i].on_wire - at);
    }
}

static void reads_ipv4_fragments(void **state)
{
    (void)state;
    static const struct {
        uint16_t field;
        bool fragment, more;
        uint32_t at;
    } rows[] = {
        {0x0000, false, false, 0},    {0x4000, false, false, 0}, {0x8000, false, false, 0},
        {0x2000, true, true, 0},      {0x0001, true, false, 8},  {0x20b9, true, true, 1480},
        {0x1fff, true, false, 65528},
    };
    for (size_t i = 0; i < N(rows); i++) {
        uint8_t bytes[V4_LEN];
        cx_ip ip;
        size_t at;
        const char *what;
        memcpy(bytes, v4, V4_LEN);
        bytes[6] = (uint8_t)(rows[i].field >> 8);
        bytes[7] = (uint8_t)rows[i].field;
        assert_int_equal(read_ip(0x800, bytes, V4_LEN, V4_LEN, &ip, &at, &what), CX_OK);
        assert_int_equal(ip.fragment, rows[i].fragment);
        assert_int_equal(ip.more, rows[i].more);
        assert_int_equal(ip.frag_at, rows[i].at);
        assert_int_equal(ip.frag_id, 0x1234);
    }
}

/* ---- IPv6 ---- */

/* A header for what follows, then it; 2001:db8::1 to 2001:db8::2. */
static size_t v6(uint8_t *to, uint8_t next, const char *rest, size_t len)
{
    static const uint8_t header[40] = {
        0x60, 0,   0,    0,        0,           0, 0,   58,   0x20,
        1,    0xd, 0xb8, [23] = 1, [24] = 0x20, 1, 0xd, 0xb8, [39] = 2};
    memcpy(to, header, 40);
    to[4] = (uint8_t)(len >> 8);
    to[5] = (uint8_t)len;
    to[6] = next;
    memcpy(to + 40, rest, len);
    return 40 + len;
}

#define HBH(next) next "\x00\x05\x02\x00\x00\x01\x00"
#define ROUTING(next)                                                                              \
    next "\x02\x00\x00\x00\x00\x00\x00"                                                            \
         "0123456789abcdef"
#define OPTIONS(next) next "\x00\x01\x04\x00\x00\x00\x00"
#define ATOMIC(next)  next "\x00\x00\x00\x00\x00\x00\x07"
#define FIRST(next)   next "\x00\x00\x01\x00\x00\x00\x07"
#define LATER(next)   next "\x00\x05\xa8\x00\x00\x01\x02"
#define AH(next)                                                                                   \
    next "\x04\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01"                                            \
         "0123456789ab"
#define TCP "\x06"
#define UDP "\x11"

static const struct {
    uint8_t next;
    const char *rest;
    size_t len;
    size_t headers; /* bytes of it before the payload */
    uint8_t proto;
    bool fragment, more;
    uint32_t frag_at, frag_id;
} chains[] = {
#define CHAIN(next, headers, rest, ...)                                                            \
    {                                                                                              \
        next, headers rest, sizeof headers rest - 1, sizeof headers - 1, __VA_ARGS__               \
    }
    CHAIN(6, "", "payload", .proto = 6),
    CHAIN(0, HBH(TCP), "payload", .proto = 6),
    CHAIN(43, ROUTING(UDP), "payload", .proto = 17),
    CHAIN(60, OPTIONS("\x3a"), "payload", .proto = 58),
    CHAIN(0, HBH("\x2b") ROUTING("\x3c") OPTIONS(UDP), "payload", .proto = 17),
    CHAIN(135, OPTIONS(UDP), "payload", .proto = 17),
    CHAIN(139, OPTIONS(UDP), "payload", .proto = 17),
    CHAIN(140, OPTIONS(UDP), "payload", .proto = 17),
    CHAIN(51, AH(TCP), "payload", .proto = 6),
    CHAIN(51, AH("\x3c") OPTIONS(TCP), "payload", .proto = 6),
    CHAIN(44, ATOMIC(TCP), "payload", .proto = 6, .frag_id = 7),
    CHAIN(44, ATOMIC("\x3c") OPTIONS(UDP), "payload", .proto = 17, .frag_id = 7),
    CHAIN(44, FIRST(UDP), "payload", .proto = 17, .fragment = true, .more = true, .frag_id = 7),
    CHAIN(0, HBH("\x2c") LATER(UDP), "payload", .proto = 17, .fragment = true, .frag_at = 1448,
          .frag_id = 0x102),
    CHAIN(44, LATER("\x3c"), "not options", .proto = 60, .fragment = true, .frag_at = 1448,
          .frag_id = 0x102),
    CHAIN(59, "", "", .proto = 59),
    CHAIN(50, "", "encrypted", .proto = 50),
    CHAIN(0, HBH(TCP), "", .proto = 6),
};

static void reads_ipv6_extension_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(chains); i++) {
        uint8_t bytes[300];
        cx_ip ip;
        size_t at, len = v6(bytes, chains[i].next, chains[i].rest, chains[i].len);
        const char *what;
        assert_int_equal(read_ip(0x86dd, bytes, len, (uint32_t)len, &ip, &at, &what), CX_OK);
        assert_int_equal(at, 40 + chains[i].headers);
        assert_int_equal(ip.payload.len, chains[i].len - chains[i].headers);
        assert_int_equal(ip.wire, ip.payload.len);
        assert_int_equal(ip.proto, chains[i].proto);
        assert_int_equal(ip.src.proto, chains[i].proto);
        assert_int_equal(ip.fragment, chains[i].fragment);
        assert_int_equal(ip.more, chains[i].more);
        assert_int_equal(ip.frag_at, chains[i].frag_at);
        assert_int_equal(ip.frag_id, chains[i].frag_id);
        assert_int_equal(ip.ttl, 58);
        char text[CX_ADDR_TEXT];
        cx_addr_text(&ip.dst, text);
        assert_string_equal(text, "2001:db8::2");
    }
}

static void tells_who_cut_ipv6(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(chains); i++) {
        uint8_t bytes[300];
        cx_ip ip;
        size_t at, len = v6(bytes, chains[i].next, chains[i].rest, chains[i].len);
        const char *what;
        for (size_t cut = 0; cut < 40 + chains[i].headers; cut++) {
            assert_int_equal(read_ip(0x86dd, bytes, cut, (uint32_t)len, &ip, &at, &what),
                             CX_TRUNCATED); /* by the capture */
            assert_non_null(what);
            assert_int_equal(ip.src.family, cut < 40 ? 0 : 6);
            if (cut <= 40)
                continue;
            bytes[4] = 0;
            bytes[5] = (uint8_t)(cut - 40);
            assert_int_equal(read_ip(0x86dd, bytes, len, (uint32_t)len, &ip, &at, &what),
                             CX_MALFORMED); /* by the sender's own length */
            bytes[5] = (uint8_t)chains[i].len;
        }
    }
}

static void measures_ipv6(void **state)
{
    (void)state;
    static const struct {
        uint8_t first, next;
        uint16_t payload_len;
        size_t len;
        uint32_t on_wire;
        cx_status status;
        size_t payload;
        uint32_t wire;
    } rows[] = {
        {0x60, 6, 20, 60, 60, CX_OK, 20, 20},
        {0x6f, 6, 19, 60, 60, CX_OK, 19, 19}, /* padding */
        {0x60, 6, 20, 50, 60, CX_OK, 10, 20},
        {0x60, 6, 20, 40, 60, CX_OK, 0, 20},
        {0x60, 6, 20, 39, 60, CX_TRUNCATED, 0, 0},
        {0x60, 6, 20, 39, 39, CX_MALFORMED, 0, 0},
        {0x60, 6, 21, 60, 60, CX_OK, 20, 21},
        {0x60, 6, 0, 60, 70000, CX_OK, 20, 69960}, /* jumbogram or offload */
        {0x60, 59, 0, 60, 60, CX_OK, 0, 0},        /* nothing follows but padding */
        {0x50, 6, 20, 60, 60, CX_MALFORMED, 0, 0},
        {0x45, 6, 20, 60, 60, CX_MALFORMED, 0, 0},
    };
    for (size_t i = 0; i < N(rows); i++) {
        uint8_t bytes[60] = {0};
        cx_ip ip;
        size_t at;
        const char *what;
        (void)v6(bytes, rows[i].next, "01234567890123456789", 20);
        bytes[0] = rows[i].first;
        bytes[4] = (uint8_t)(rows[i].payload_len >> 8);
        bytes[5] = (uint8_t)rows[i].payload_len;
        assert_int_equal(read_ip(0x86dd, bytes, rows[i].len, rows[i].on_wire, &ip, &at, &what),
                         rows[i].status);
        if (rows[i].status != CX_OK)
            continue;
        assert_int_equal(ip.payload.len, rows[i].payload);
        assert_int_equal(ip.wire, rows[i].wire);
    }
}

/* Protocol numbers that are extension headers in IPv6 are protocols in IPv4, but for AH. */
static void ipv4_has_no_extension_headers(void **state)
{
    (void)state;
    static const uint8_t protos[] = {0, 43, 44, 60, 135, 139, 140};
    uint8_t bytes[V4_LEN];
    cx_ip ip;
    size_t at;
    const char *what;
    memcpy(bytes, v4, V4_LEN);
    for (size_t i = 0; i < N(protos); i++) {
        bytes[9] = protos[i];
        assert_int_equal(read_ip(0x800, bytes, V4_LEN, V4_LEN, &ip, &at, &what), CX_OK);
        assert_int_equal(ip.proto, protos[i]);
        assert_int_equal(at, 20);
    }
    bytes[9] = 51;
    memcpy(bytes + 20, AH(TCP), 24);
    assert_int_equal(read_ip(0x800, bytes, V4_LEN, V4_LEN, &ip, &at, &what), CX_OK);
    assert_int_equal(ip.proto, 6);
    assert_int_equal(at, 44);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ipv4),
        cmocka_unit_test(measures_ipv4),
        cmocka_unit_test(reads_ipv4_fragments),
        cmocka_unit_test(reads_ipv6_extension_headers),
        cmocka_unit_test(tells_who_cut_ipv6),
        cmocka_unit_test(measures_ipv6),
        cmocka_unit_test(ipv4_has_no_extension_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
