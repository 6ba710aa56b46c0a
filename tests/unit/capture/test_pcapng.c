#include "support/capture.h"
#include "support/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))
#define S(text) cx_slice_of(text)

static const test_capture little = {.big_endian = false}, big = {.big_endian = true};

enum { SHB = 0x0a0d0d0a, IDB = 1, PB = 2, SPB = 3, NRB = 4, ISB = 5, EPB = 6, DSB = 10 };

/* ---- builders ---- */

static void put_interface(cx_buf *b, const test_capture *c, uint16_t link, uint32_t snaplen,
                          const uint8_t *tsresol, const int64_t *tsoffset)
{
    cx_buf body = cx_buf_init(100), number = cx_buf_init(8);
    test_number(&body, c, link, 2);
    test_number(&body, c, 0, 2);
    test_number(&body, c, snaplen, 4);
    test_pcapng_option(&body, c, 2, S("eth0")); /* if_name */
    if (tsresol)
        test_pcapng_option(&body, c, 9, (cx_slice){tsresol, 1});
    if (tsoffset) {
        test_number(&number, c, (uint64_t)*tsoffset, 8);
        test_pcapng_option(&body, c, 14, cx_buf_slice(&number));
    }
    test_pcapng_block(b, c, IDB, cx_buf_slice(&body));
    cx_buf_free(&number);
    cx_buf_free(&body);
}

static void put_simple(cx_buf *b, const test_capture *c, cx_slice bytes, uint32_t wire_len)
{
    cx_buf body = cx_buf_init(1000);
    test_number(&body, c, wire_len, 4);
    assert_int_equal(cx_buf_put_slice(&body, bytes), CX_OK);
    test_pcapng_block(b, c, SPB, cx_buf_slice(&body));
    cx_buf_free(&body);
}

static void put_old(cx_buf *b, const test_capture *c, uint16_t interface, uint16_t drops,
                    uint64_t time, cx_slice bytes)
{
    cx_buf body = cx_buf_init(1000);
    test_number(&body, c, interface, 2);
    test_number(&body, c, drops, 2);
    test_number(&body, c, time >> 32, 4);
    test_number(&body, c, time & UINT32_MAX, 4);
    test_number(&body, c, bytes.len, 4);
    test_number(&body, c, bytes.len, 4);
    assert_int_equal(cx_buf_put_slice(&body, bytes), CX_OK);
    test_pcapng_block(b, c, PB, cx_buf_slice(&body));
    cx_buf_free(&body);
}

/* With epb_flags and epb_dropcount. */
static void put_lossy(cx_buf *b, const test_capture *c, uint32_t interface, uint64_t drops)
{
    cx_buf body = cx_buf_init(1000), number = cx_buf_init(8);
    test_number(&body, c, interface, 4);
    test_number(&body, c, 0, 8);
    test_number(&body, c, 5, 4);
    test_number(&body, c, 5, 4);
    assert_int_equal(cx_buf_put(&body, "lossy\0\0\0", 8), CX_OK);
    test_pcapng_option(&body, c, 2, (cx_slice){(const uint8_t *)"\0\0\0\0", 4});
    test_number(&number, c, drops, 8);
    test_pcapng_option(&body, c, 4, cx_buf_slice(&number));
    test_number(&body, c, 0, 4);
    test_pcapng_block(b, c, EPB, cx_buf_slice(&body));
    cx_buf_free(&number);
    cx_buf_free(&body);
}

static void put_statistics(cx_buf *b, const test_capture *c, uint32_t interface, uint64_t ifdrop,
                           uint64_t osdrop)
{
    cx_buf body = cx_buf_init(1000), number = cx_buf_init(8);
    test_number(&body, c, interface, 4);
    test_number(&body, c, 0, 8);
    const struct {
        uint16_t code;
        uint64_t value;
    } options[] = {{4, 1000}, {5, ifdrop}, {7, osdrop}, {8, 900}};
    for (size_t i = 0; i < N(options); i++) {
        number.len = 0;
        test_number(&number, c, options[i].value, 8);
        test_pcapng_option(&body, c, options[i].code, cx_buf_slice(&number));
    }
    test_pcapng_block(b, c, ISB, cx_buf_slice(&body));
    cx_buf_free(&number);
    cx_buf_free(&body);
}

static void put_secrets(cx_buf *b, const test_capture *c, uint32_t type, cx_slice text)
{
    cx_buf body = cx_buf_init(text.len + 100);
    test_number(&body, c, type, 4);
    test_number(&body, c, text.len, 4);
    assert_int_equal(cx_buf_put_slice(&body, text), CX_OK);
    test_pcapng_block(b, c, DSB, cx_buf_slice(&body));
    cx_buf_free(&body);
}

/* ---- what is read ---- */

/* Two sections of different byte order; interfaces of four link types and four clocks; all three
 * kinds of packets. */
static cx_buf mixture(void)
{
    static const uint8_t nano = 9, milli = 3, binary = 0x80 | 20;
    static const int64_t offset = 1700000000;
    cx_buf b = cx_buf_init(10000);
    for (int i = 0; i < 2; i++) {
        const test_capture *c = i ? &big : &little;
        test_pcapng_section(&b, c);
        put_interface(&b, c, 1, 9, NULL, NULL);
        put_interface(&b, c, 0, 0, &nano, NULL);
        put_interface(&b, c, 101, 0, &binary, &offset);
        test_pcapng_packet(&b, c, 1, 1500000000123456789, S("nano"), 4);
        put_simple(&b, c, S("simple packet"), 13); /* of interface 0: cut to 9 bytes */
        test_pcapng_packet(&b, c, 0, 1600000000123456, S("micro"), 100);
        put_interface(&b, c, 276, 0, &milli, NULL); /* after the first packets */
        put_old(&b, c, 3, 0, 1650000000123, S("old"));
        test_pcapng_packet(&b, c, 2, (7 << 20) + (1 << 19), S("binary"), 6);
        test_pcapng_packet(&b, c, 0, 1600000000123457, S(""), 0);
    }
    return b;
}

static void reads_a_mixture(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *bytes;
        uint32_t wire_len;
        uint16_t link;
    } rows[] = {
        {1500000000123456789, "nano", 4, 0},
        {1500000000123456789, "simple pa", 13, 1}, /* has no time: that of the one before */
        {1600000000123456000, "micro", 100, 1},
        {1650000000123000000, "old", 3, 276},
        {1700000007500000000, "binary", 6, 12}, /* LINKTYPE_RAW as DLT_RAW */
        {1600000000123457000, "", 0, 1},
    };
    cx_buf b = mixture();
    test_reading r;
    test_read_all_ways(cx_buf_slice(&b), &r);
    assert_int_equal(r.status, CX_OK);
    assert_int_equal(r.n, 2 * N(rows));
    for (size_t i = 0; i < r.n; i++) {
        const cx_packet *p = &r.packets[i];
        assert_int_equal(p->no, i + 1);
        assert_int_equal(p->ts_ns, rows[i % N(rows)].ns);
        assert_true(cx_slice_is(p->bytes, rows[i % N(rows)].bytes));
        assert_int_equal(p->wire_len, rows[i % N(rows)].wire_len);
        assert_int_equal(p->link, rows[i % N(rows)].link);
        assert_int_equal(p->file, 3);
    }
    assert_string_equal(r.info.format, "pcapng");
    assert_true(r.info.nanoseconds);
    assert_int_equal(r.info.snaplen, 9);
    assert_int_equal(r.info.n_links, 4);
    assert_int_equal(r.info.untimed, 2);
    assert_int_equal(r.info.snapped, 4);
    assert_false(r.info.damaged);
    test_reading_done(&r);
    assert_true(test_read_without_memory(cx_buf_slice(&b)) >= 8);
    cx_buf_free(&b);
}

/* Wireshark numbers some blocks that are no packets (tried with 4.0.17), and not the others. */
static void numbers_as_wireshark_does(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        bool numbered;
    } rows[] = {
        {NRB, false},        {ISB, false},        {7, false},    {8, false},
        {9, true},           {DSB, false},        {11, false},   {0xbad, true},
        {0x40000bad, true},  {0x201, false},      {0x204, true}, {0x208, false},
        {0x216, true},       {0x217, false},      {0x221, true}, {0x222, false},
        {0x80000001, false}, {0x12345678, false},
    };
    static const uint8_t body[64] = {0};
    for (size_t i = 0; i < N(rows); i++) {
        for (int k = 0; k < 2; k++) {
            const test_capture *c = k ? &big : &little;
            cx_buf b = cx_buf_init(10000);
            test_reading r;
            test_pcapng_section(&b, c);
            put_interface(&b, c, 1, 0, NULL, NULL);
            test_pcapng_packet(&b, c, 0, 1, S("a"), 1);
            test_pcapng_block(&b, c, rows[i].type, (cx_slice){body, sizeof body});
            test_pcapng_packet(&b, c, 0, 2, S("b"), 1);
            test_read_bytes(cx_buf_slice(&b), &r);
            assert_int_equal(r.n, 2);
            assert_int_equal(r.info.packets, 2);
            assert_false(r.info.damaged);
            assert_int_equal(r.packets[1].no, rows[i].numbered ? 3 : 2);
            test_reading_done(&r);
            cx_buf_free(&b);
        }
    }
}

static void counts_lost_packets(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        const test_capture *c = k ? &big : &little;
        cx_buf b = cx_buf_init(10000);
        test_reading r;
        test_pcapng_section(&b, c);
        put_interface(&b, c, 1, 0, NULL, NULL);
        put_interface(&b, c, 1, 0, NULL, NULL);
        put_lossy(&b, c, 0, 2);
        put_lossy(&b, c, 0, 3);              /* 5 of interface 0 */
        put_old(&b, c, 1, 4, 0, S("x"));     /* 4 of interface 1 */
        put_old(&b, c, 1, 65535, 0, S("x")); /* unknown */
        put_lossy(&b, c, 0, UINT64_MAX);
        put_statistics(&b, c, 0, 6, 1); /* 7: those 5 among them */
        put_statistics(&b, c, 1, 1, 1); /* 2: fewer than were counted */
        put_statistics(&b, c, 0, UINT64_MAX, 0);
        put_statistics(&b, c, 9, 100, 100); /* no such interface */
        test_pcapng_section(&b, c);
        put_interface(&b, c, 1, 0, NULL, NULL);
        put_statistics(&b, c, 0, 10, 0);
        put_statistics(&b, c, 0, 12, 0); /* the same and two more */
        test_read_bytes(cx_buf_slice(&b), &r);
        assert_int_equal(r.n, 5);
        assert_int_equal(r.info.drops, 7 + 4 + 12);
        assert_false(r.info.damaged);
        test_reading_done(&r);
        cx_buf_free(&b);
    }
}

static void keeps_tls_secrets(void **state)
{
    (void)state;
    enum { TLS = 0x544c534b, WIREGUARD = 0x57474b4c, LARGE = 2000001 };
    uint8_t *large = malloc(LARGE);
    assert_non_null(large);
    memset(large, 'k', LARGE);
    for (int k = 0; k < 2; k++) {
        const test_capture *c = k ? &big : &little;
        cx_buf b = cx_buf_init(100000000);
        test_reading r;
        test_pcapng_section(&b, c);
        put_secrets(&b, c, TLS, S("CLIENT_RANDOM a b\n"));
        put_secrets(&b, c, WIREGUARD, S("secret"));
        put_interface(&b, c, 1, 0, NULL, NULL);
        test_pcapng_packet(&b, c, 0, 1, S("a"), 1);
        put_secrets(&b, c, TLS, (cx_slice){large, LARGE}); /* larger than the input's buffer */
        test_pcapng_packet(&b, c, 0, 2, S("b"), 1);
        put_secrets(&b, c, TLS, S(""));
        put_secrets(&b, c, TLS, S("last"));
        test_read_all_ways(cx_buf_slice(&b), &r);
        assert_int_equal(r.n, 2);
        assert_false(r.info.damaged);
        assert_int_equal(r.info.n_secrets, 3);
        assert_int_equal(r.secrets.len, 18 + LARGE + 4);
        assert_memory_equal(r.secrets.p, "CLIENT_RANDOM a b\nkkk", 21);
        assert_memory_equal(r.secrets.p + 18 + LARGE - 1, "klast", 5);
        test_reading_done(&r);
        assert_true(test_read_without_memory(cx_buf_slice(&b)) >= 10);
        for (int i = 0; i < 8; i++)
            put_secrets(&b, c, TLS, (cx_slice){large, LARGE});
        test_read_bytes(cx_buf_slice(&b), &r);
        assert_int_equal(r.info.n_secrets, 10);
        assert_int_equal(r.info.secrets_lost, LARGE); /* the ninth is above 16 MiB */
        test_reading_done(&r);
        cx_buf_free(&b);
    }
    free(large);
}

/* ---- damage ---- */

/* One byte order, two interfaces, nine packets "0" to "8"; offsets of the blocks, ends in
 * starts[12]. */
static cx_buf orderly(const test_capture *c, size_t starts[13])
{
    cx_buf b = cx_buf_init(200000);
    test_pcapng_section(&b, c);
    for (uint32_t i = 0; i < 11; i++) {
        starts[i + 1] = b.len;
        if (i < 2)
            put_interface(&b, c, i ? 101 : 1, 0, NULL, NULL);
        else
            test_pcapng_packet(&b, c, i % 2, i, (cx_slice){(const uint8_t *)"012345678" + i - 2, 1},
                               1);
    }
    starts[0] = 0;
    starts[12] = b.len;
    return b;
}

static void survives_damaged_blocks(void **state)
{
    (void)state;
    static const struct {
        unsigned block, at; /* where a number of four bytes is changed: from the block's start */
        bool from_end;
        uint32_t value;
        const char *read; /* the packets that still come */
        const char *says;
        bool resumed;
    } rows[] = {
        {5, 4, true, 99, "012345678", "lengths", true}, /* the length behind the block */
        {11, 4, true, 99, "012345678", "lengths", true},
        {5, 4, false, 0, "01345678", "a block of 0 bytes", true}, /* the one in front */
        {5, 4, false, 40, "01345678", "lengths", true},
        {5, 4, false, 31, "01345678", "a block of 31 bytes", true},
        {5, 4, false, 0x7ffffffc, "01345678", "a block of 2147483644 bytes", true},
        {5, 4, false, 0x100000, "01345678", "other blocks inside", true},
        {5, 4, false, 72, "01345678", "lengths", true}, /* up to the end of the next */
        {5, 20, false, 5, "01345678", "a packet of 5 bytes", true},
        {5, 20, false, 0xffffffff, "01345678", "a packet of 4294967295 bytes", true},
        {5, 8, false, 2, "01345678", "interface 2", true},
        {5, 8, false, 0xffffffff, "01345678", "interface 4294967295", true},
        {1, 4, false, 8, "1357", "a block of 8 bytes", true}, /* an interface is lost */
        {11, 4, false, 13, "01234567", "a block of 13 bytes", false},
        {11, 4, false, 60, "01234567", "cut inside a record: 36 of 60", false},
    };
    for (size_t i = 0; i < N(rows) * 2; i++) {
        const test_capture *c = i % 2 ? &big : &little;
        size_t starts[13], row = i / 2;
        cx_buf b = orderly(c, starts), number = cx_buf_init(4);
        test_reading r;
        test_number(&number, c, rows[row].value, 4);
        size_t at = rows[row].from_end ? starts[rows[row].block + 1] - rows[row].at
                                       : starts[rows[row].block] + rows[row].at;
        memcpy(b.p + at, number.p, 4);
        test_read_all_ways(cx_buf_slice(&b), &r);
        assert_int_equal(r.status, CX_OK);
        char read[10] = "";
        for (size_t k = 0; k < r.n; k++) {
            read[k] = (char)r.packets[k].bytes.p[0];
            if (r.packets[k].no != (uint64_t)(read[k] - '0' + 1))
                fail_msg("row %zu: packet %c has number %d", row, read[k], (int)r.packets[k].no);
            assert_int_equal(r.packets[k].no, read[k] - '0' + 1); /* the lost one has its number */
            assert_int_equal(r.packets[k].link, r.packets[k].no % 2 ? 1 : 12);
        }
        assert_string_equal(read, rows[row].read);
        assert_true(r.info.damaged);
        assert_int_equal(r.info.damaged_at, starts[rows[row].block]);
        if (!strstr(r.info.damage, rows[row].says))
            fail_msg("row %zu: %s", row, r.info.damage);
        assert_int_equal(r.info.resumed, rows[row].resumed);
        assert_int_equal(r.info.damages, strlen(rows[row].read) == 4 ? 6 : 1);
        test_reading_done(&r);
        cx_buf_free(&number);
        cx_buf_free(&b);
    }
}

/* Bytes of another kind between the blocks, of any number. */
static void finds_the_next_block(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 2, 4, 13, 1000, 131072, 300000};
    uint8_t *junk = malloc(300000);
    assert_non_null(junk);
    for (size_t i = 0; i < 300000; i++) /* never a type of a block */
        junk[i] = (uint8_t)(0x41 + i % 23);
    for (size_t i = 0; i < N(lengths); i++) {
        size_t starts[13];
        cx_buf orders = orderly(&little, starts), b = cx_buf_init(1000000);
        test_reading r;
        assert_int_equal(cx_buf_put(&b, orders.p, starts[7]), CX_OK);
        assert_int_equal(cx_buf_put(&b, junk, lengths[i]), CX_OK);
        assert_int_equal(cx_buf_put(&b, orders.p + starts[7], starts[12] - starts[7]), CX_OK);
        test_read_all_ways(cx_buf_slice(&b), &r);
        if (r.n != 9)
            fail_msg("%zu bytes: %zu packets, %s", lengths[i], r.n, r.info.damage);
        assert_int_equal(r.info.damaged_at, starts[7]);
        assert_int_equal(r.info.damages, 1);
        assert_true(r.info.resumed);
        test_reading_done(&r);
        /* and none at all */
        test_read_bytes(cx_slice_sub(cx_buf_slice(&b), 0, starts[7] + lengths[i]), &r);
        assert_int_equal(r.n, 4);
        assert_true(r.info.damaged && !r.info.resumed);
        test_reading_done(&r);
        cx_buf_free(&b);
        cx_buf_free(&orders);
    }
    free(junk);
}

/* A capture that is cut inside a packet which itself holds a capture: what that holds is no part.
 */
static void is_not_led_astray_by_captures_inside(void **state)
{
    (void)state;
    size_t starts[13];
    cx_buf inside = orderly(&little, starts), b = cx_buf_init(100000);
    test_pcapng_section(&b, &little);
    put_interface(&b, &little, 1, 0, NULL, NULL);
    put_interface(&b, &little, 1, 0, NULL, NULL);
    size_t start = b.len, astray = 0;
    cx_slice payload = cx_slice_sub(cx_buf_slice(&inside), 0, starts[8] + 5);
    test_pcapng_packet(&b, &little, 0, 1, payload, 2000);
    for (size_t cut = start + 1; cut < b.len; cut++) {
        test_reading r;
        test_read_bytes(cx_slice_sub(cx_buf_slice(&b), 0, cut), &r);
        assert_true(r.info.damaged);
        if (r.info.resumed) /* where the end is the end of a block inside, it cannot be told */
            astray++;
        else
            assert_int_equal(r.n, 0);
        test_reading_done(&r);
    }
    assert_int_equal(astray, 8);
    cx_buf_free(&b);
    cx_buf_free(&inside);
}

static void stops_at_another_version(void **state)
{
    (void)state;
    size_t starts[13];
    cx_buf b = orderly(&little, starts);
    test_reading r;
    test_pcapng_section(&b, &little);
    b.p[starts[12] + 12] = 2;
    test_pcapng_packet(&b, &little, 0, 1, S("x"), 1);
    test_read_bytes(cx_buf_slice(&b), &r);
    assert_int_equal(r.n, 9);
    assert_int_equal(r.info.damaged_at, starts[12]);
    assert_non_null(strstr(r.info.damage, "version 2"));
    assert_false(r.info.resumed);
    test_reading_done(&r);
    cx_buf_free(&b);
}

/* Blocks of more than the input's buffer are passed over, whatever they are. */
static void passes_large_blocks(void **state)
{
    (void)state;
    enum { LARGE = 1500000 };
    static const struct {
        uint32_t type;
        bool numbered, damage;
        const char *cut;
    } rows[] = {{NRB, false, false, "cut inside a record"},
                {0xbad, true, false, "cut inside a record"},
                {EPB, true, true, "a block of 1500012 bytes"}};
    uint8_t *body = calloc(1, LARGE);
    assert_non_null(body);
    for (size_t i = 0; i < N(rows); i++) {
        cx_buf b = cx_buf_init(10000000);
        test_reading r;
        test_pcapng_section(&b, &little);
        put_interface(&b, &little, 1, 0, NULL, NULL);
        test_pcapng_block(&b, &little, rows[i].type, (cx_slice){body, LARGE});
        size_t end = b.len;
        test_pcapng_packet(&b, &little, 0, 2, S("b"), 1);
        test_read_bytes(cx_buf_slice(&b), &r);
        assert_int_equal(r.n, 1);
        assert_int_equal(r.packets[0].no, rows[i].numbered ? 2 : 1);
        assert_int_equal(r.info.damaged, rows[i].damage);
        test_reading_done(&r);
        test_read_bytes(cx_slice_sub(cx_buf_slice(&b), 0, end - 4), &r);
        assert_int_equal(r.n, 0);
        assert_non_null(strstr(r.info.damage, rows[i].cut));
        test_reading_done(&r);
        b.p[end - 4] ^= 8;
        test_read_bytes(cx_buf_slice(&b), &r);
        assert_int_equal(r.n, 1);
        assert_true(r.info.damaged && r.info.resumed);
        test_reading_done(&r);
        cx_buf_free(&b);
    }
    free(body);
}

static void does_not_count_padding(void **state)
{
    (void)state; /* as some writers do: the block's lengths leave out its padding */
    size_t starts[13];
    cx_buf b = orderly(&little, starts);
    test_reading r;
    b.p[starts[5] + 4] -= 3;
    b.p[starts[6] - 4] -= 3;
    test_read_bytes(cx_buf_slice(&b), &r);
    assert_int_equal(r.n, 9);
    assert_false(r.info.damaged);
    test_reading_done(&r);
    cx_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_mixture),
        cmocka_unit_test(numbers_as_wireshark_does),
        cmocka_unit_test(counts_lost_packets),
        cmocka_unit_test(keeps_tls_secrets),
        cmocka_unit_test(survives_damaged_blocks),
        cmocka_unit_test(finds_the_next_block),
        cmocka_unit_test(is_not_led_astray_by_captures_inside),
        cmocka_unit_test(stops_at_another_version),
        cmocka_unit_test(passes_large_blocks),
        cmocka_unit_test(does_not_count_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
