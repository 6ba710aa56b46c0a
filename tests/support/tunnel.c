#include "support/tunnel.h"

#include "net/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t ends[2][16] = {{0x20, 1, 0xd, 0xb8, [15] = 7}, {0x20, 1, 0xd, 0xb8, [15] = 8}};

static uint8_t *put16(uint8_t *p, size_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
    return p + 2;
}

/* An IPv4 header with its checksum, or an IPv6 one, from 192.0.2.N to 192.0.2.M, or like that. */
static uint8_t *put_ip(uint8_t *p, bool v6, uint8_t proto, size_t payload, uint8_t src, uint8_t dst)
{
    if (v6) {
        memset(p, 0, 40);
        p[0] = 0x60;
        put16(p + 4, payload);
        p[6] = proto;
        p[7] = 61;
        memcpy(p + 8, ends[0], 16);
        memcpy(p + 24, ends[1], 16);
        p[23] = src;
        p[39] = dst;
        return p + 40;
    }
    memcpy(p, "\x45\0\0\0\0\x2a\x40\0\x3d\0\0\0\xc0\0\2\0\xc0\0\2", 19);
    put16(p + 2, 20 + payload);
    p[9] = proto;
    p[15] = src;
    p[19] = dst;
    uint32_t sum = 0;
    for (size_t i = 0; i < 20; i += 2)
        sum += (uint32_t)(p[i] << 8 | p[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    put16(p + 10, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
    return p + 20;
}

static uint8_t *put_udp(uint8_t *p, uint16_t sport, uint16_t dport, size_t payload)
{
    p = put16(p, sport);
    p = put16(p, dport);
    p = put16(p, 8 + payload);
    return put16(p, 0);
}

typedef struct outer {
    bool v6, back; /* back: the other direction, with the port of the tunnel as its source */
} outer;

/* The packet in an allocation of its own. *ret_at: where the row's header begins. */
static uint8_t *build(const test_tunnel_row *row, outer o, size_t *ret_at, size_t *ret_len)
{
    const size_t inner = row->inner == TEST_INNER_NONE   ? 0
                         : row->inner == TEST_INNER_IPV6 ? TEST_INNER6_LEN
                                                         : TEST_INNER4_LEN;
    const size_t payload = row->len + inner + row->trailer;
    uint8_t *bytes = calloc(1, 40 + 8 + payload), *p = bytes;
    assert_non_null(bytes);
    p = put_ip(p, o.v6, row->proto, payload + (row->proto == 17 ? 8 : 0), o.back ? 2 : 1,
               o.back ? 1 : 2);
    if (row->proto == 17)
        p = put_udp(p, o.back ? row->port : 40000, o.back ? 40000 : row->port, payload);
    *ret_at = (size_t)(p - bytes);
    memcpy(p, row->header, row->len);
    p += row->len;
    if (inner) {
        p = put_ip(p, row->inner == TEST_INNER_IPV6, 17, 12, 9, 8);
        p = put_udp(p, 49153, 5060, 4);
        memcpy(p, "data", 4);
        p += 4;
    }
    *ret_len = (size_t)(p - bytes) + row->trailer;
    return bytes;
}

/* From an allocation of exactly its size, which is gone afterwards. *ret_is_data: the payload is
 * "data". */
static cx_l4 decode(cx_decoder *d, const uint8_t *bytes, size_t len, size_t wire, bool *ret_is_data)
{
    uint8_t *copy = malloc(len ? len : 1);
    cx_l4 out[CX_DECODED];
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    const cx_packet p = {
        .no = 1, .bytes = {copy, len}, .wire_len = (uint32_t)wire, .link = 12 /* raw IP */};
    size_t n = cx_decode(d, &p, 1, out, CX_DECODED);
    assert_true(n >= 1);
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < out[i].payload.len; k++)
            sum = (uint8_t)(sum + out[i].payload.p[k]);
    *ret_is_data = cx_slice_is(out[0].payload, "data");
    free(copy);
    return out[0];
}

static cx_path check_whole(cx_decoder *d, const test_tunnel_row *row, outer o)
{
    size_t at, len;
    bool is_data;
    uint8_t *bytes = build(row, o, &at, &len);
    cx_l4 l4 = decode(d, bytes, len, len, &is_data);
    free(bytes);
    if (row->inner == TEST_INNER_NONE) {
        const cx_status want = row->proto == 17 ? CX_OK : CX_UNSUPPORTED;
        if (l4.status != want || l4.src.proto != row->proto || l4.path != CX_PATH_NONE)
            fail_msg("%s: status %d, %s", row->name, (int)l4.status, l4.what);
        if (want == CX_OK)
            assert_int_equal(o.back ? l4.src.port : l4.dst.port, row->port);
        return CX_PATH_NONE;
    }
    if (l4.status != CX_OK || l4.src.port != 49153 || l4.dst.port != 5060)
        fail_msg("%s: status %d, %s, to port %u", row->name, (int)l4.status, l4.what, l4.dst.port);
    assert_int_equal(l4.src.family, row->inner == TEST_INNER_IPV6 ? 6 : 4);
    assert_int_equal(l4.src.addr[15], 9);
    assert_int_equal(l4.dst.addr[15], 8);
    assert_int_equal(l4.ttl, 61);
    assert_true(is_data);
    assert_int_equal(l4.payload_wire, 4);
    assert_int_equal(l4.path == CX_PATH_NONE, row->mirror);
    return l4.path;
}

/* Cut by the capture within the header: of UDP an ordinary datagram is left, else nothing. */
static void check_cut(cx_decoder *d, const test_tunnel_row *row)
{
    size_t at, len;
    bool is_data;
    uint8_t *bytes = build(row, (outer){false, false}, &at, &len);
    for (size_t left = at; left < at + row->len; left++) {
        cx_l4 l4 = decode(d, bytes, left, len, &is_data);
        if (row->proto == 17 && (l4.status != CX_OK || l4.dst.port != row->port))
            fail_msg("%s, cut to %zu: status %d", row->name, left - at, (int)l4.status);
        if (row->proto != 17 && l4.status == CX_OK)
            fail_msg("%s, cut to %zu: is read", row->name, left - at);
    }
    free(bytes);
}

static void check_changed(cx_decoder *d, const test_tunnel_row *row)
{
    size_t at, len;
    bool is_data;
    uint8_t *bytes = build(row, (outer){false, false}, &at, &len);
    for (size_t i = at; i < at + row->len; i++) {
        const uint8_t is = bytes[i];
        for (unsigned to = 0; to < 256; to++) {
            bytes[i] = (uint8_t)to;
            (void)decode(d, bytes, len, len + to % 3, &is_data);
        }
        bytes[i] = is;
    }
    free(bytes);
}

void test_tunnels(const test_tunnel_row *rows, size_t n)
{
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    for (size_t i = 0; i < n; i++) {
        const cx_path there = check_whole(d, &rows[i], (outer){false, false});
        const cx_path back = check_whole(d, &rows[i], (outer){false, true});
        assert_int_equal(there, back); /* whichever end sends */
        const cx_path other = check_whole(d, &rows[i], (outer){true, false});
        if (there && there == other)
            fail_msg("%s: between other ends it is the same path", rows[i].name);
        if (rows[i].inner != TEST_INNER_NONE)
            check_cut(d, &rows[i]);
        check_changed(d, &rows[i]);
    }
    cx_decoder_free(d);
}
