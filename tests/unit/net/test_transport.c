#include "net/transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))

/* What a header at the start of len bytes says, of which the network carried wire and the IP header
 * promised promised. In an allocation of exactly its size; payload is given as an offset. */
typedef struct result {
    cx_status status;
    cx_l4 l4;
    const char *what;
    size_t payload_at;
} result;

static result read_transport(uint8_t proto, const uint8_t *bytes, size_t len, uint32_t promised,
                             uint32_t wire, bool fragment)
{
    result r = {.what = NULL};
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    cx_ip ip = {.proto = proto,
                .src = {.family = 4, .proto = proto, .addr = {1}},
                .dst = {.family = 4, .proto = proto, .addr = {2}},
                .payload = {copy, len},
                .wire = promised,
                .link_wire = wire,
                .fragment = fragment,
                .more = fragment};
    r.status = cx_transport_read(&ip, &r.l4, &r.what);
    r.payload_at = r.l4.payload.p ? (size_t)(r.l4.payload.p - copy) : 0;
    if (r.status != CX_OK)
        assert_non_null(r.what);
    free(copy);
    return r;
}

static const uint8_t tcp[32] = {0xc0, 0x01, 0x13, 0xc4, 1,    2,    3,    4,
                                5,    6,    7,    8,    0x50, 0x18, 0x20, 0x10};

static void reads_tcp(void **state)
{
    (void)state;
    result r = read_transport(6, tcp, 32, 32, 32, false);
    assert_int_equal(r.status, CX_OK);
    assert_int_equal(r.l4.src.port, 49153);
    assert_int_equal(r.l4.dst.port, 5060);
    assert_int_equal(r.l4.seq, 0x01020304);
    assert_int_equal(r.l4.ack, 0x05060708);
    assert_int_equal(r.l4.tcp_flags, CX_TCP_FLAG_ACK | CX_TCP_FLAG_PSH);
    assert_int_equal(r.l4.window, 0x2010);
    assert_int_equal(r.l4.tcp_header, 20);
    assert_int_equal(r.l4.mss, 0);
    assert_int_equal(r.payload_at, 20);
}

static void measures_tcp(void **state)
{
    (void)state;
    static const struct {
        uint8_t offset; /* words of header */
        size_t len;
        uint32_t promised, wire;
        cx_status status;
        size_t payload;
        uint32_t payload_wire;
    } rows[] = {
        {5, 20, 20, 20, CX_OK, 0, 0},         {5, 21, 21, 21, CX_OK, 1, 1},
        {5, 32, 1480, 1480, CX_OK, 12, 1460}, /* snapped */
        {5, 20, 1480, 1480, CX_OK, 0, 1460},  {5, 19, 1480, 1480, CX_TRUNCATED, 0, 0},
        {5, 0, 20, 20, CX_TRUNCATED, 0, 0},   {5, 19, 19, 19, CX_MALFORMED, 0, 0},
        {8, 32, 32, 32, CX_OK, 0, 0},         {8, 32, 31, 31, CX_MALFORMED, 0, 0},
        {8, 20, 40, 40, CX_OK, 0, 8}, /* options cut by the capture */
        {15, 32, 60, 60, CX_OK, 0, 0},        {15, 32, 59, 59, CX_MALFORMED, 0, 0},
        {4, 32, 32, 32, CX_MALFORMED, 0, 0},  {0, 32, 32, 32, CX_MALFORMED, 0, 0},
        {5, 20, 26, 20, CX_OK, 0, 0}, /* IP counts what the link never carried */
        {5, 32, 26, 32, CX_OK, 12, 6},
    };
    for (size_t i = 0; i < N(rows); i++) {
        uint8_t bytes[32];
        memcpy(bytes, tcp, 32);
        bytes[12] = (uint8_t)(rows[i].offset << 4);
        size_t len = rows[i].len < rows[i].promised ? rows[i].len : rows[i].promised; /* as ip.c */
        result r = read_transport(6, bytes, len, rows[i].promised, rows[i].wire, false);
        assert_int_equal(r.status, rows[i].status);
        if (r.status != CX_OK)
            continue;
        assert_int_equal(r.l4.payload.len, len == rows[i].len ? rows[i].payload : 6);
        assert_int_equal(r.l4.payload_wire, rows[i].payload_wire);
        assert_int_equal(r.l4.tcp_header, rows[i].offset * 4);
    }
}

/* MSS of a SYN, wherever it is among the options. */
static void reads_mss(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        uint8_t n, flags;
        uint16_t mss;
    } rows[] = {
        {"\x02\x04\x05\xb4", 4, CX_TCP_FLAG_SYN, 1460},
        {"\x01\x01\x04\x02\x03\x03\x07\x01\x02\x04\x05\x64", 12, CX_TCP_FLAG_SYN | CX_TCP_FLAG_ACK,
         1380},
        {"\x02\x04\x05\xb4", 4, CX_TCP_FLAG_ACK, 0},
        {"\x00\x02\x04\x05", 4, CX_TCP_FLAG_SYN, 0}, /* behind the end of the list */
        {"\x02\x03\x05\xb4", 4, CX_TCP_FLAG_SYN, 0}, /* of another length */
        {"\x08\x00\x02\x04", 4, CX_TCP_FLAG_SYN, 0}, /* which leads nowhere */
        {"\x08\x0a\x02\x04", 4, CX_TCP_FLAG_SYN, 0}, /* longer than all options */
        {"\x01\x01\x02\x04", 4, CX_TCP_FLAG_SYN, 0}, /* cut */
    };
    for (size_t i = 0; i < N(rows); i++) {
        uint8_t bytes[32];
        memcpy(bytes, tcp, 20);
        memcpy(bytes + 20, rows[i].options, rows[i].n);
        bytes[12] = (uint8_t)((5 + rows[i].n / 4) << 4);
        bytes[13] = rows[i].flags;
        const size_t len = 20u + rows[i].n;
        result r = read_transport(6, bytes, len, (uint32_t)len, (uint32_t)len, false);
        assert_int_equal(r.status, CX_OK);
        assert_int_equal(r.l4.mss, rows[i].mss);
        r = read_transport(6, bytes, 22, (uint32_t)len, (uint32_t)len, false); /* snapped */
        assert_int_equal(r.l4.mss, 0);
    }
}

static void measures_udp(void **state)
{
    (void)state;
    static const struct {
        uint16_t udp_len;
        size_t len;
        uint32_t promised;
        bool fragment;
        cx_status status;
        size_t payload;
        uint32_t payload_wire;
    } rows[] = {
        {20, 20, 20, false, CX_OK, 12, 12},
        {8, 8, 8, false, CX_OK, 0, 0},
        {8, 7, 8, false, CX_TRUNCATED, 0, 0},
        {8, 7, 7, false, CX_MALFORMED, 0, 0},
        {20, 8, 20, false, CX_OK, 0, 12}, /* snapped */
        {20, 19, 20, false, CX_OK, 11, 12},
        {12, 20, 20, false, CX_OK, 4, 4}, /* shorter than IP says: the rest is nobody's */
        {21, 20, 20, false, CX_MALFORMED, 0, 0},
        {65535, 20, 20, false, CX_MALFORMED, 0, 0},
        {7, 20, 20, false, CX_MALFORMED, 0, 0},
        {1, 20, 20, false, CX_MALFORMED, 0, 0},
        {0, 20, 20, false, CX_OK, 12, 12}, /* jumbogram or offload */
        {0, 20, 70000, false, CX_OK, 12, 69992},
        {0, 8, 8, false, CX_OK, 0, 0},
        {4000, 20, 1480, true, CX_OK, 12, 3992}, /* first fragment that the capture cut */
    };
    for (size_t i = 0; i < N(rows); i++) {
        const uint8_t bytes[20] = {
            0x13, 0xc4, 0, 53, (uint8_t)(rows[i].udp_len >> 8), (uint8_t)rows[i].udp_len};
        result r = read_transport(17, bytes, rows[i].len, rows[i].promised, rows[i].promised,
                                  rows[i].fragment);
        assert_int_equal(r.status, rows[i].status);
        if (r.status != CX_OK)
            continue;
        assert_int_equal(r.l4.src.port, 5060);
        assert_int_equal(r.l4.dst.port, 53);
        assert_int_equal(r.payload_at, 8);
        assert_int_equal(r.l4.payload.len, rows[i].payload);
        assert_int_equal(r.l4.payload_wire, rows[i].payload_wire);
    }
}

/* ---- ICMP ---- */

/* Type, code, checksum, four bytes, then the quoted packet: TCP 192.0.2.1:49153 to 192.0.2.2:5061.
 */
static const uint8_t icmp[36] = {3,   10, 0, 0, 0,    0,    0x05, 0xdc, 0x45, 0, 0x05, 0xdc,
                                 0,   1,  0, 0, 64,   6,    0,    0,    192,  0, 2,    1,
                                 192, 0,  2, 2, 0xc0, 0x01, 0x13, 0xc5, 1,    2, 3,    4};

static void reads_quoted_packets(void **state)
{
    (void)state;
    static const struct {
        uint8_t type, code;
        bool quotes;
        uint32_t mtu;
    } rows[] = {
        {3, 10, true, 0}, {3, 3, true, 0},  {3, 4, true, 1500}, {4, 0, true, 0},  {5, 1, true, 0},
        {11, 0, true, 0}, {12, 0, true, 0}, {8, 0, false, 0},   {0, 0, false, 0}, {13, 4, false, 0},
    };
    for (size_t i = 0; i < N(rows); i++) {
        uint8_t bytes[36];
        memcpy(bytes, icmp, 36);
        bytes[0] = rows[i].type;
        bytes[1] = rows[i].code;
        result r = read_transport(1, bytes, 36, 36, 36, false);
        assert_int_equal(r.status, CX_OK);
        const cx_ev_icmp *e = &r.l4.icmp;
        assert_int_equal(e->type, rows[i].type);
        assert_int_equal(e->code, rows[i].code);
        assert_false(e->v6);
        assert_int_equal(e->mtu, rows[i].mtu);
        assert_int_equal(e->from.addr[0], 1);
        assert_int_equal(e->quoted_src.family, rows[i].quotes ? 4 : 0);
        assert_int_equal(e->quoted_src.port, rows[i].quotes ? 49153 : 0);
        assert_int_equal(e->quoted_dst.port, rows[i].quotes ? 5061 : 0);
        assert_int_equal(e->quoted_dst.proto, rows[i].quotes ? 6 : 0);
        assert_int_equal(e->has_seq, rows[i].quotes);
        assert_int_equal(e->quoted_seq, rows[i].quotes ? 0x01020304 : 0);
        assert_int_equal(r.l4.src.port, 0);
    }
}

static void takes_what_is_quoted(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 36; len++) {
        for (int snapped = 0; snapped < 2; snapped++) {
            result r = read_transport(1, icmp, len, snapped ? 36 : (uint32_t)len, 36, false);
            assert_int_equal(r.status, len >= 4 ? CX_OK : snapped ? CX_TRUNCATED : CX_MALFORMED);
            if (r.status != CX_OK)
                continue;
            const cx_ev_icmp *e = &r.l4.icmp;
            assert_int_equal(e->type, 3);
            assert_int_equal(e->quoted_src.family, len >= 28 ? 4 : 0);
            assert_int_equal(e->quoted_dst.addr[15], len >= 28 ? 2 : 0);
            assert_int_equal(e->quoted_src.port, len >= 32 ? 49153 : 0);
            assert_int_equal(e->quoted_dst.port, len >= 32 ? 5061 : 0);
            assert_int_equal(e->has_seq, len >= 36);
        }
    }
}

static void quotes_of_other_kinds(void **state)
{
    (void)state;
    uint8_t bytes[36];
    memcpy(bytes, icmp, 36);
    bytes[17] = 17; /* UDP has no sequence number */
    result r = read_transport(1, bytes, 36, 36, 36, false);
    assert_int_equal(r.l4.icmp.quoted_dst.port, 5061);
    assert_int_equal(r.l4.icmp.quoted_dst.proto, 17);
    assert_false(r.l4.icmp.has_seq);
    bytes[15] = 1; /* a later fragment has no ports */
    r = read_transport(1, bytes, 36, 36, 36, false);
    assert_int_equal(r.l4.icmp.quoted_dst.port, 0);
    assert_int_equal(r.l4.icmp.quoted_dst.family, 4);
    memcpy(bytes, icmp, 36);
    bytes[17] = 47; /* GRE */
    r = read_transport(1, bytes, 36, 36, 36, false);
    assert_int_equal(r.l4.icmp.quoted_dst.port, 0);
    assert_int_equal(r.l4.icmp.quoted_dst.proto, 47);
    bytes[8] = 0x65; /* no IPv4 */
    r = read_transport(1, bytes, 36, 36, 36, false);
    assert_int_equal(r.l4.icmp.quoted_dst.family, 0);
}

/* As a packet of its own, with what the headers say of its length. */
static void gives_the_quoted_packet(void **state)
{
    (void)state;
    uint8_t bytes[28 + 20 + 4];
    memcpy(bytes, icmp, 28);
    memcpy(bytes + 28, tcp, 20);
    memcpy(bytes + 48, "text", 4);
    for (size_t len = 8; len <= sizeof bytes; len++) {
        cx_l4 quoted, error = {.at = {.frame = 7, .ts_ns = 5}};
        error.icmp = (cx_ev_icmp){.type = 3, .code = 1};
        error.payload = (cx_slice){bytes + 8, len - 8};
        bool good = cx_icmp_quoted(&error, &quoted);
        assert_int_equal(good, len >= 48);
        if (!good)
            continue;
        assert_int_equal(quoted.at.frame, 7);
        assert_int_equal(quoted.src.port, 49153);
        assert_int_equal(quoted.dst.port, 5060);
        assert_int_equal(quoted.dst.addr[15], 2);
        assert_int_equal(quoted.seq, 0x01020304);
        assert_int_equal(quoted.tcp_flags, CX_TCP_FLAG_ACK | CX_TCP_FLAG_PSH);
        assert_int_equal(quoted.payload.len, len - 48);
        assert_int_equal(quoted.payload_wire, 1500 - 40);
    }
    cx_l4 quoted, error = {.payload = {bytes + 8, sizeof bytes - 8}};
    bytes[15] = 1; /* a part of a datagram */
    assert_false(cx_icmp_quoted(&error, &quoted));
    bytes[15] = 0;
    bytes[17] = 47; /* GRE */
    assert_false(cx_icmp_quoted(&error, &quoted));
}

static void reads_icmp6(void **state)
{
    (void)state;
    uint8_t bytes[72] = {1, 4, 0, 0, 0, 0, 5, 0x00};
    uint8_t *quoted = bytes + 8;
    quoted[0] = 0x60;
    quoted[5] = 200; /* more than is quoted */
    quoted[6] = 60;  /* destination options first */
    memcpy(quoted + 8, (const uint8_t[16]){0x20, 1, [15] = 1}, 16);
    memcpy(quoted + 24, (const uint8_t[16]){0x20, 1, [15] = 2}, 16);
    memcpy(quoted + 40,
           (const uint8_t[16]){6, 0, 1, 4, 0, 0, 0, 0, 0xc0, 1, 0x13, 0xc5, 1, 2, 3, 4}, 16);
    static const struct {
        uint8_t type;
        bool quotes;
        uint32_t mtu;
    } rows[] = {{1, true, 0}, {2, true, 1280}, {3, true, 0},
                {4, true, 0}, {128, false, 0}, {135, false, 0}};
    for (size_t i = 0; i < N(rows); i++) {
        bytes[0] = rows[i].type;
        result r = read_transport(58, bytes, 64, 64, 64, false);
        assert_int_equal(r.status, CX_OK);
        const cx_ev_icmp *e = &r.l4.icmp;
        assert_true(e->v6);
        assert_int_equal(e->type, rows[i].type);
        assert_int_equal(e->code, 4);
        assert_int_equal(e->mtu, rows[i].mtu);
        assert_int_equal(e->quoted_src.family, rows[i].quotes ? 6 : 0);
        assert_int_equal(e->quoted_dst.addr[15], rows[i].quotes ? 2 : 0);
        assert_int_equal(e->quoted_dst.port, rows[i].quotes ? 5061 : 0);
        assert_int_equal(e->quoted_dst.proto, rows[i].quotes ? 6 : 0);
        assert_int_equal(e->quoted_seq, rows[i].quotes ? 0x01020304 : 0);
    }
}

static void names_what_it_does_not_read(void **state)
{
    (void)state;
    static const struct {
        uint8_t proto;
        const char *what;
    } rows[] = {
        {47, "GRE"}, {50, "ESP"},       {132, "SCTP"},
        {2, "IGMP"}, {4, "IPv4 in IP"}, {255, "IP protocol that is not TCP, UDP or ICMP"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        result r = read_transport(rows[i].proto, tcp, 32, 32, 32, false);
        assert_int_equal(r.status, CX_UNSUPPORTED);
        assert_string_equal(r.what, rows[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tcp),
        cmocka_unit_test(measures_tcp),
        cmocka_unit_test(reads_mss),
        cmocka_unit_test(measures_udp),
        cmocka_unit_test(reads_quoted_packets),
        cmocka_unit_test(takes_what_is_quoted),
        cmocka_unit_test(quotes_of_other_kinds),
        cmocka_unit_test(gives_the_quoted_packet),
        cmocka_unit_test(reads_icmp6),
        cmocka_unit_test(names_what_it_does_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
