#include "support/capture.h"
#include "support/reading.h"

#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))
#define S(text) cx_slice_of(text)

static const test_capture big = {.big_endian = true};
static const int64_t second = 1000000000;

static void put_header(cx_buf *b, uint32_t version, uint32_t type)
{
    assert_int_equal(cx_buf_put(b, "snoop\0\0\0", 8), CX_OK);
    test_number(b, &big, version, 4);
    test_number(b, &big, type, 4);
}

static void put_record(cx_buf *b, cx_slice bytes, uint32_t wire_len, uint32_t drops,
                       uint32_t seconds, uint32_t micros, size_t padding)
{
    test_number(b, &big, wire_len, 4);
    test_number(b, &big, bytes.len, 4);
    test_number(b, &big, 24 + bytes.len + padding, 4);
    test_number(b, &big, drops, 4);
    test_number(b, &big, seconds, 4);
    test_number(b, &big, micros, 4);
    assert_int_equal(cx_buf_put_slice(b, bytes), CX_OK);
    for (size_t i = 0; i < padding; i++)
        test_number(b, &big, 0xee, 1);
}

static cx_buf three_packets(size_t starts[4])
{
    cx_buf b = cx_buf_init(10000);
    put_header(&b, 2, 4);
    starts[0] = b.len;
    put_record(&b, S("first"), 5, 0, 1000, 7, 3);
    starts[1] = b.len;
    put_record(&b, S("sec"), 1500, 2, 999, 999999, 0);
    starts[2] = b.len;
    put_record(&b, S("third!"), 2, 2, 4000000000, 9, 6);
    starts[3] = b.len;
    return b;
}

static void reads_packets(void **state)
{
    (void)state;
    size_t starts[4];
    cx_buf b = three_packets(starts);
    test_reading r;
    test_read_all_ways(cx_buf_slice(&b), &r);
    static const struct {
        int64_t ns;
        const char *bytes;
        uint32_t wire_len;
    } rows[] = {{1000 * second + 7000, "first", 5},
                {999 * second + 999999000, "sec", 1500},
                {4000000000 * second + 9000, "third!", 6}};
    assert_int_equal(r.status, CX_OK);
    assert_int_equal(r.n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(r.packets[i].ts_ns, rows[i].ns);
        assert_true(cx_slice_is(r.packets[i].bytes, rows[i].bytes));
        assert_int_equal(r.packets[i].wire_len, rows[i].wire_len);
        assert_int_equal(r.packets[i].link, DLT_EN10MB);
        assert_int_equal(r.packets[i].no, i + 1);
    }
    assert_string_equal(r.info.format, "snoop");
    assert_int_equal(r.info.drops, 2); /* so far, not each time */
    assert_false(r.info.damaged || r.info.nanoseconds);
    test_reading_done(&r);
    assert_true(test_read_without_memory(cx_buf_slice(&b)) >= 4);
    cx_buf_free(&b);
}

static void link_types(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        uint16_t snoop, surveyor;
    } rows[] = {
        {0, DLT_EN10MB, DLT_EN10MB},
        {1, 0xf101, 0xf101},
        {2, DLT_IEEE802, DLT_IEEE802},
        {4, DLT_EN10MB, DLT_EN10MB},
        {8, DLT_FDDI, DLT_FDDI},
        {9, DLT_NULL, 0xf109},
        {10, 0xf10a, DLT_EN10MB},
        {14, DLT_NULL, DLT_IEEE802},
        {16, DLT_IP_OVER_FC, 0xf110},
        {18, DLT_SUNATM, 0xf112},
        {19, 0xf113, DLT_IEEE802_11},
        {20, 0xf114, DLT_EN10MB},
        {0x80000005, DLT_IPNET, DLT_IPNET},
        {0xffffffff, 0xf1ff, 0xf1ff},
    };
    for (size_t i = 0; i < N(rows); i++) {
        for (int surveyor = 0; surveyor < 2; surveyor++) {
            cx_buf b = cx_buf_init(1000);
            test_reading r;
            put_header(&b, surveyor ? 5 : 2, rows[i].type);
            put_record(&b, S("\0\0\0\x08radio header and frame"), 9, 0, 1, 1, surveyor ? 16 : 15);
            test_read_bytes(cx_buf_slice(&b), &r);
            assert_int_equal(r.n, 1);
            uint16_t link = surveyor ? rows[i].surveyor : rows[i].snoop;
            if (r.packets[0].link != link)
                fail_msg("type %u: %u", (unsigned)rows[i].type, (unsigned)r.packets[0].link);
            test_reading_done(&r);
            cx_buf_free(&b);
        }
    }
}

/* Surveyor's header before 802.11: four bytes, the last of which counts those that follow. */
static void strips_the_radio_header(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len, left;
    } rows[] = {
        {"\0\0\0\x08 8 bytes frame", 18, 6},
        {"\0\0\0\0frame", 9, 5},
        {"\0\0\0\xff", 4, 0},
        {"\0\0\0", 3, 0},
        {"\0\0\0\x02"
         "12",
         6, 0},
        {"", 0, 0},
    };
    for (size_t i = 0; i < N(rows); i++) {
        cx_buf b = cx_buf_init(1000);
        test_reading r;
        put_header(&b, 3, 19);
        put_record(&b, (cx_slice){(const uint8_t *)rows[i].bytes, rows[i].len},
                   (uint32_t)rows[i].len, 0, 1, 1, 16);
        test_read_bytes(cx_buf_slice(&b), &r);
        assert_int_equal(r.n, 1);
        assert_int_equal(r.packets[0].bytes.len, rows[i].left);
        assert_int_equal(r.packets[0].wire_len, rows[i].left);
        test_reading_done(&r);
        cx_buf_free(&b);
    }
}

static void tells_where_it_is_cut(void **state)
{
    (void)state;
    size_t starts[4];
    cx_buf b = three_packets(starts);
    static const size_t padding[] = {3, 0, 6};
    for (size_t len = 8; len <= b.len; len++) {
        test_reading r;
        test_read_all_ways(cx_slice_sub(cx_buf_slice(&b), 0, len), &r);
        if (len < 16) {
            assert_int_equal(r.status, CX_NOT_CAPTURE);
            continue;
        }
        size_t packets = 0;
        while (packets < 3 && starts[packets + 1] - padding[packets] <= len)
            packets++;
        assert_int_equal(r.n, packets);
        /* packets do not miss padding */
        bool damaged = packets < 3 && len > starts[packets];
        assert_int_equal(r.info.damaged, damaged);
        if (damaged) {
            assert_int_equal(r.info.damaged_at, starts[packets]);
            assert_true(cx_slice_istarts(S(r.info.damage), "cut inside a record"));
        }
        test_reading_done(&r);
    }
    cx_buf_free(&b);
}

static void stops_at_impossible_lengths(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* 4: captured, 8: the record */
        uint32_t value;
    } rows[] = {{4, 4}, {4, 0xffffffff}, {8, 23}, {8, 26}, {8, 0}};
    for (size_t i = 0; i < N(rows); i++) {
        size_t starts[4];
        cx_buf b = three_packets(starts);
        test_reading r;
        for (size_t k = 0; k < 4; k++)
            b.p[starts[1] + rows[i].at + k] = (uint8_t)(rows[i].value >> (24 - 8 * k));
        test_read_all_ways(cx_buf_slice(&b), &r);
        assert_int_equal(r.n, 1);
        assert_int_equal(r.info.damaged_at, starts[1]);
        test_reading_done(&r);
        cx_buf_free(&b);
    }
    cx_buf b = cx_buf_init(100);
    test_reading r;
    put_header(&b, 6, 4);
    test_read_bytes(cx_buf_slice(&b), &r);
    assert_int_equal(r.status, CX_UNSUPPORTED);
    b.p[11] = 2;
    test_read_bytes(cx_buf_slice(&b), &r); /* nothing in it is no damage */
    assert_int_equal(r.status, CX_OK);
    assert_int_equal(r.n, 0);
    assert_false(r.info.damaged);
    test_reading_done(&r);
    cx_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_packets),
        cmocka_unit_test(link_types),
        cmocka_unit_test(strips_the_radio_header),
        cmocka_unit_test(tells_where_it_is_cut),
        cmocka_unit_test(stops_at_impossible_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
