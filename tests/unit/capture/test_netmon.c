#include "support/alloc.h"
#include "support/capture.h"
#include "support/reading.h"

#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))
#define S(text) cx_slice_of(text)

static const test_capture little = {.big_endian = false};
static const int64_t second = 1000000000;
static const int64_t start_s = 1714731030; /* 2024-05-03 10:10:30 */

/* ---- builder ---- */

typedef struct frame {
    int64_t us;
    const char *bytes;
    uint32_t wire_len;
    uint16_t media;
    size_t len; /* of bytes; 0: as text */
} frame;

typedef struct shape {
    uint8_t major, minor;
    uint16_t media;
    size_t gap;          /* bytes between frames */
    const size_t *order; /* of the table; NULL: as the frames lie */
    size_t n_order;
} shape;

static cx_buf build(const shape *how, const frame *frames, size_t n)
{
    cx_buf b = cx_buf_init(10000000), head = cx_buf_init(128);
    uint32_t offsets[64];
    test_number(&b, &little, 0, 8);
    while (b.len < 128)
        test_number(&b, &little, 0, 8);
    for (size_t i = 0; i < n; i++) {
        const frame *f = &frames[i];
        cx_slice bytes = f->len ? (cx_slice){(const uint8_t *)f->bytes, f->len} : S(f->bytes);
        for (size_t k = 0; k < how->gap; k++)
            test_number(&b, &little, 0xee, 1);
        offsets[i] = (uint32_t)b.len;
        if (how->major == 1) {
            test_number(&b, &little, (uint64_t)(f->us / 1000), 4);
            test_number(&b, &little, f->wire_len, 2);
            test_number(&b, &little, bytes.len, 2);
        } else {
            test_number(&b, &little, (uint64_t)f->us, 8);
            test_number(&b, &little, f->wire_len, 4);
            test_number(&b, &little, bytes.len, 4);
        }
        assert_int_equal(cx_buf_put_slice(&b, bytes), CX_OK);
        if (how->major == 2 && how->minor >= 1)
            test_number(&b, &little, f->media, 2);
        if (how->major == 2 && how->minor >= 2)
            test_number(&b, &little, 77, 4);
        if (how->major == 2 && how->minor >= 3) {
            test_number(&b, &little,
                        (uint64_t)((start_s + 11644473600 + 7200) * 10000000 + f->us * 10 + 1), 8);
            test_number(&b, &little, 5, 1);
        }
    }
    const uint32_t table = (uint32_t)b.len;
    size_t entries = how->order ? how->n_order : n;
    for (size_t i = 0; i < entries; i++)
        test_number(&b, &little, offsets[how->order ? how->order[i] : i], 4);
    assert_int_equal(cx_buf_put(&head, how->major == 1 ? "RTSS" : "GMBU", 4), CX_OK);
    test_number(&head, &little, how->minor, 1);
    test_number(&head, &little, how->major, 1);
    test_number(&head, &little, how->media, 2);
    static const uint16_t start[8] = {2024, 5, 5, 3, 10, 10, 30, 250};
    for (size_t i = 0; i < N(start); i++)
        test_number(&head, &little, start[i], 2);
    test_number(&head, &little, table, 4);
    test_number(&head, &little, entries * 4, 4);
    memcpy(b.p, head.p, head.len);
    cx_buf_free(&head);
    return b;
}

/* ---- what is read ---- */

static const frame plain[] = {
    {0, "first", 5, 1, 0}, {1234567, "second", 600, 1, 0}, {61000000, "", 0, 1, 0}};

static void reads_every_version(void **state)
{
    (void)state;
    static const struct {
        shape how;
        int64_t unit, offset; /* ns */
    } rows[] = {
        {{1, 1, 1, 0, NULL, 0}, 1000000, 250000000}, {{2, 0, 1, 0, NULL, 0}, 1000, 250000000},
        {{2, 1, 9, 0, NULL, 0}, 1000, 250000000},    {{2, 2, 1, 9, NULL, 0}, 1000, 250000000},
        {{2, 3, 1, 0, NULL, 0}, 100, 7200000000100}, {{2, 9, 1, 3, NULL, 0}, 100, 7200000000100},
    };
    for (size_t i = 0; i < N(rows); i++) {
        cx_buf b = build(&rows[i].how, plain, N(plain));
        test_reading r;
        test_read_all_ways(cx_buf_slice(&b), &r);
        assert_int_equal(r.status, CX_OK);
        assert_int_equal(r.n, N(plain));
        assert_false(r.info.damaged);
        for (size_t k = 0; k < r.n; k++) {
            int64_t ns = plain[k].us * 1000 / rows[i].unit * rows[i].unit;
            assert_int_equal(r.packets[k].no, k + 1);
            assert_int_equal(r.packets[k].ts_ns, start_s * second + rows[i].offset + ns);
            assert_true(cx_slice_is(r.packets[k].bytes, plain[k].bytes));
            assert_int_equal(r.packets[k].wire_len, plain[k].wire_len);
            assert_int_equal(r.packets[k].link, DLT_EN10MB);
        }
        assert_string_equal(r.info.format, "netmon");
        assert_int_equal(r.info.nanoseconds, rows[i].unit == 100);
        assert_int_equal(r.info.local_time, rows[i].unit != 100); /* 2.3 says UTC */
        assert_int_equal(r.info.snapped, 1);
        test_reading_done(&r);
        assert_true(test_read_without_memory(cx_buf_slice(&b)) >= 4);
        cx_buf_free(&b);
    }
}

/* Frames are numbered in the order of the table, wherever they lie. */
static void follows_the_table(void **state)
{
    (void)state;
    static const size_t order[] = {2, 0, 1, 0};
    const shape how = {
        .major = 2, .minor = 1, .media = 1, .gap = 5000, .order = order, .n_order = 3};
    static const frame frames[] = {{2, "b", 1, 1, 0}, {3, "c", 1, 1, 0}, {1, "a", 1, 1, 0}};
    cx_buf b = build(&how, frames, N(frames));
    test_reading r;
    test_read_all_ways(cx_buf_slice(&b), &r);
    assert_int_equal(r.n, 3);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(r.packets[k].bytes.p[0], 'a' + k);
        assert_int_equal(r.packets[k].no, k + 1);
    }
    test_reading_done(&r);
    cx_buf_free(&b);
}

/* Media types of frames, and which of them Wireshark numbers (tried with 4.0.17). */
static void media_types(void **state)
{
    (void)state;
    static const char wifi[] = "\2\x20\0\0\0\0\x80\xff\xff\xff\xff aaaaaaaaaaaaaaaaaaaa\x88\1\0\0";
    static const char atm[] = "dstdstsrcsrc\0\0\0\5\xaa\xaa\3\0\0\0\x08\0";
    static const char wan[] = "dstdstsrcsrc\x08\0\x45\0";
    static const struct {
        frame f;
        int link; /* -1: no packet */
        size_t stripped;
        bool numbered;
    } rows[] = {
        {{0, "x", 1, 0, 0}, DLT_EN10MB, 0, true},
        {{0, "x", 1, 1, 0}, DLT_EN10MB, 0, true},
        {{0, "x", 1, 2, 0}, DLT_IEEE802, 0, true},
        {{0, "x", 1, 3, 0}, DLT_FDDI, 0, true},
        {{0, "x", 1, 4, 0}, 0xf004, 0, true},
        {{0, atm, 24, 4, 24}, DLT_ATM_RFC1483, 16, true},
        {{0, wan, 16, 4, 16}, DLT_EN10MB, 0, true},
        {{0, "x", 1, 5, 0}, 0xf005, 0, true},
        {{0, wifi, 36, 6, 36}, DLT_IEEE802_11, 32, true},
        {{0, "\2\x20", 2, 6, 2}, 0xf006, 0, true},
        {{0, "\3\x03\0abc", 6, 6, 6}, 0xf006, 0, true},
        {{0, "\2\xff\xff short", 9, 6, 9}, DLT_IEEE802_11, 9, true},
        {{0, "x", 1, 7, 0}, DLT_RAW, 0, true},
        {{0, "x", 1, 8, 0}, DLT_RAW, 0, true},
        {{0, "x", 1, 9, 0}, DLT_RAW, 0, true},
        {{0, "x", 1, 10, 0}, 0xf00a, 0, true},
        {{0, "x", 1, 0xe001, 0}, DLT_EN10MB, 0, true},
        {{0, "x", 1, 0xe065, 0}, DLT_RAW, 0, true}, /* LINKTYPE_RAW */
        {{0, "x", 1, 0xe080, 0}, DLT_IEEE802_11, 0, true},
        {{0, "x", 1, 0xe083, 0}, 0xf083, 0, true},
        {{0, "x", 1, 0xffe0, 0}, -1, 0, true},
        {{0, "x", 1, 0xfffb, 0}, -1, 0, true},
        {{0, "x", 1, 0xfffc, 0}, -1, 0, false},
        {{0, "x", 1, 0xfffd, 0}, -1, 0, false},
        {{0, "x", 1, 0xfffe, 0}, -1, 0, false},
        {{0, "x", 1, 0xffff, 0}, -1, 0, true},
    };
    for (size_t i = 0; i < N(rows); i++) {
        const shape how = {.major = 2, .minor = 1, .media = 1};
        const frame frames[2] = {rows[i].f, {1, "end", 3, 1, 0}};
        cx_buf b = build(&how, frames, 2);
        test_reading r;
        test_read_bytes(cx_buf_slice(&b), &r);
        bool packet = rows[i].link >= 0;
        assert_int_equal(r.n, packet ? 2 : 1);
        assert_false(r.info.damaged);
        if (packet) {
            size_t len = rows[i].f.len ? rows[i].f.len : strlen(rows[i].f.bytes);
            if (r.packets[0].link != rows[i].link)
                fail_msg("row %zu: link type %u", i, (unsigned)r.packets[0].link);
            assert_int_equal(r.packets[0].bytes.len, len - rows[i].stripped);
            assert_int_equal(r.packets[0].wire_len, rows[i].f.wire_len - rows[i].stripped);
        }
        assert_int_equal(r.packets[packet].no, rows[i].numbered ? 2 : 1);
        test_reading_done(&r);
        cx_buf_free(&b);
    }
}

static void times(void **state)
{
    (void)state;
    static const struct {
        int64_t us, ns; /* ns: since the start */
    } rows[] = {
        {0, 0},
        {-1, -1000}, /* before the start: an unsigned product that wrapped */
        {-1000000, -1000000000},
        {INT64_MAX / 10, INT64_MAX},
        {INT64_MIN / 10, INT64_MIN},
    };
    for (size_t i = 0; i < N(rows); i++) {
        const shape how = {.major = 2, .minor = 0, .media = 1};
        const frame f = {rows[i].us, "x", 1, 1, 0};
        cx_buf b = build(&how, &f, 1);
        test_reading r;
        test_read_bytes(cx_buf_slice(&b), &r);
        int64_t expected = start_s * second + 250000000 + (i < 3 ? rows[i].ns : 0);
        if (i < 3)
            assert_int_equal(r.packets[0].ts_ns, expected);
        else if (i == 3)
            assert_true(r.packets[0].ts_ns > expected);
        else
            assert_in_range(r.packets[0].ts_ns, 0, second);
        test_reading_done(&r);
        cx_buf_free(&b);
    }
}

/* ---- damage ---- */

static void survives_cuts(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 4; minor++) {
        const shape how = {.major = 2, .minor = minor, .media = 1};
        cx_buf b = build(&how, plain, N(plain));
        static const size_t trailers[] = {0, 2, 6, 15};
        size_t ends[4] = {128}, table = b.len - 12;
        for (size_t i = 0; i < 3; i++)
            ends[i + 1] = ends[i] + 16 + strlen(plain[i].bytes) + trailers[minor];
        assert_int_equal(ends[3], table);
        for (size_t len = 4; len < b.len; len++) {
            test_reading r;
            if (len % 9)
                test_read_bytes(cx_slice_sub(cx_buf_slice(&b), 0, len), &r);
            else
                test_read_all_ways(cx_slice_sub(cx_buf_slice(&b), 0, len), &r);
            if (len < 128) {
                assert_int_equal(r.status, CX_NOT_CAPTURE);
                continue;
            }
            size_t packets = 0;
            while (packets < 3 && ends[packets + 1] <= len)
                packets++;
            if (len >= table + 4) /* a part of the table is there, and counts */
                packets = (len - table) / 4;
            assert_int_equal(r.n, packets);
            assert_true(r.info.damaged);
            assert_non_null(strstr(r.info.damage, len >= table + 4 ? "cut inside the table"
                                                                   : "cut before the table"));
            test_reading_done(&r);
        }
        cx_buf_free(&b);
    }
}

static void survives_bad_frames(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* changed: in the first entry of the table (0), or in the first frame */
        uint32_t value;
        size_t n;
        const char *says;
    } rows[] = {
        {0, 0xfffffff0, 2, "cut inside a record"}, {0, 1000000, 2, "cut inside a record"},
        {12, 262145, 2, "a packet of 262145"},     {12, 0xffffffff, 2, "a packet of 4294967295"},
        {12, 3000, 2, "cut inside a record"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        const shape how = {.major = 2, .minor = 1, .media = 1};
        cx_buf b = build(&how, plain, N(plain));
        size_t at = rows[i].at ? 128 + rows[i].at : b.len - 12;
        for (size_t k = 0; k < 4; k++)
            b.p[at + k] = (uint8_t)(rows[i].value >> 8 * k);
        test_reading r;
        test_read_all_ways(cx_buf_slice(&b), &r);
        assert_int_equal(r.n, rows[i].n);
        assert_int_equal(r.packets[0].no, 2);
        assert_true(r.info.damaged && r.info.resumed);
        if (!strstr(r.info.damage, rows[i].says))
            fail_msg("row %zu: %s", i, r.info.damage);
        test_reading_done(&r);
        cx_buf_free(&b);
    }
}

/* A table that names the same frame again and again must not make work without end. */
static void frames_do_not_overlap(void **state)
{
    (void)state;
    size_t order[64];
    char large[1001];
    memset(large, 'x', 1000);
    large[1000] = 0;
    const frame f = {0, large, 1000, 1, 0};
    memset(order, 0, sizeof order);
    const shape how = {.major = 2, .minor = 0, .media = 1, .order = order, .n_order = 64};
    cx_buf b = build(&how, &f, 1);
    test_reading r;
    test_read_all_ways(cx_buf_slice(&b), &r);
    assert_in_range(r.n, 1, 2);
    assert_non_null(strstr(r.info.damage, "overlap"));
    test_reading_done(&r);
    cx_buf_free(&b);
}

static void refuses_what_it_does_not_know(void **state)
{
    (void)state;
    const shape how = {.major = 3, .minor = 0, .media = 1};
    cx_buf b = build(&how, plain, N(plain));
    test_reading r;
    test_read_bytes(cx_buf_slice(&b), &r);
    assert_int_equal(r.status, CX_UNSUPPORTED);
    assert_non_null(strstr(r.why, "3.0"));
    cx_buf_free(&b);
}

/* More than fits in a window, and a table longer than a part of it. */
static void reads_large_ones(void **state)
{
    (void)state;
    enum { FRAMES = 5000, LEN = 300 };
    cx_buf b = cx_buf_init(10000000), table = cx_buf_init(100000);
    const shape how = {.major = 2, .minor = 0, .media = 1};
    const frame none = {0, "", 0, 1, 0};
    cx_buf head = build(&how, &none, 1);
    uint8_t bytes[LEN];
    memset(bytes, 'x', LEN);
    assert_int_equal(cx_buf_put(&b, head.p, 128), CX_OK);
    for (uint32_t i = 0; i < FRAMES; i++) {
        test_number(&table, &little, b.len, 4);
        test_number(&b, &little, i, 8);
        test_number(&b, &little, LEN, 4);
        test_number(&b, &little, LEN, 4);
        memcpy(bytes, &i, 4);
        assert_int_equal(cx_buf_put(&b, bytes, LEN), CX_OK);
    }
    for (unsigned k = 0; k < 4; k++) {
        b.p[24 + k] = (uint8_t)(b.len >> 8 * k);
        b.p[28 + k] = (uint8_t)(table.len >> 8 * k);
    }
    assert_int_equal(cx_buf_put_slice(&b, cx_buf_slice(&table)), CX_OK);
    for (int piped = 0; piped < 2; piped++) {
        cx_source *s = NULL;
        char why[256];
        cx_packet batch[CX_BATCH];
        size_t n, all = 0;
        FILE *f = piped ? test_pipe(cx_buf_slice(&b), 0) : test_file(cx_buf_slice(&b));
        assert_int_equal(cx_source_open_stream(f, "x", 0, NULL, &s, why), CX_OK);
        while (cx_source_next(s, batch, &n) == CX_OK) {
            for (size_t i = 0; i < n; i++, all++) {
                assert_memory_equal(batch[i].bytes.p, &(uint32_t){(uint32_t)all}, 4);
                assert_int_equal(batch[i].bytes.p[LEN - 1], 'x');
                assert_int_equal(batch[i].no, all + 1);
            }
        }
        assert_int_equal(all, FRAMES);
        assert_false(cx_source_info_of(s)->damaged);
        cx_source_free(s);
    }
    cx_buf_free(&head);
    cx_buf_free(&table);
    cx_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_version),   cmocka_unit_test(follows_the_table),
        cmocka_unit_test(media_types),           cmocka_unit_test(times),
        cmocka_unit_test(survives_cuts),         cmocka_unit_test(survives_bad_frames),
        cmocka_unit_test(frames_do_not_overlap), cmocka_unit_test(refuses_what_it_does_not_know),
        cmocka_unit_test(reads_large_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
