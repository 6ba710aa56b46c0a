#include "capture/source.h"
#include "support/alloc.h"
#include "support/capture.h"
#include "support/reading.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))
#define S(text) cx_slice_of(text)

static const int64_t second_ns = 1000000000;

/* ---- formats ---- */

static const test_capture pcaps[] = {
    {.big_endian = false},
    {.big_endian = true},
    {.big_endian = false, .magic = 0xa1b23c4d},
    {.big_endian = true, .magic = 0xa1b23c4d},
    {.big_endian = false, .magic = 0xa1b2cd34},
    {.big_endian = true, .magic = 0xa1b2cd34},
};

/* Three packets, the second snapped and the earliest. Offsets of the records in starts[3], of the
 * end in starts[3]. */
static cx_buf three_packets(const test_capture *c, size_t starts[4])
{
    cx_buf b = cx_buf_init(10000);
    test_pcap_header(&b, c);
    starts[0] = b.len;
    test_pcap_record(&b, c, 1000, 7, S("first"), 5);
    starts[1] = b.len;
    test_pcap_record(&b, c, 999, 8, S("sec"), 1500);
    starts[2] = b.len;
    test_pcap_record(&b, c, 4000000000, 9, S("third!"), 6);
    starts[3] = b.len;
    return b;
}

static cx_buf three_packets_ng(const test_capture *c, size_t starts[4])
{
    cx_buf b = cx_buf_init(10000);
    test_pcapng_section(&b, c);
    test_pcapng_interface(&b, c);
    const uint64_t unit = c->tsresol == 9 ? 1000000000 : 1000000;
    starts[0] = b.len;
    test_pcapng_packet(&b, c, 0, 1000 * unit + 7, S("first"), 5);
    starts[1] = b.len;
    test_pcapng_packet(&b, c, 0, 999 * unit + 8, S("sec"), 1500);
    starts[2] = b.len;
    test_pcapng_packet(&b, c, 0, 4000000000 * unit + 9, S("third!"), 6);
    starts[3] = b.len;
    return b;
}

static void check_three_packets(const test_reading *r, bool nano)
{
    const int64_t unit = nano ? 1 : 1000;
    assert_int_equal(r->status, CX_OK);
    assert_int_equal(r->n, 3);
    static const struct {
        int64_t seconds, fraction;
        const char *bytes;
        uint32_t wire_len;
    } expected[] = {{1000, 7, "first", 5}, {999, 8, "sec", 1500}, {4000000000, 9, "third!", 6}};
    for (size_t i = 0; i < 3; i++) {
        const cx_packet *p = &r->packets[i];
        assert_int_equal(p->no, i + 1);
        assert_int_equal(p->ts_ns, expected[i].seconds * second_ns + expected[i].fraction * unit);
        assert_true(cx_slice_is(p->bytes, expected[i].bytes));
        assert_int_equal(p->wire_len, expected[i].wire_len);
        assert_int_equal(p->link, 1);
        assert_int_equal(p->file, 3);
    }
    const cx_source_info *info = &r->info;
    assert_string_equal(info->path, "name");
    assert_int_equal(info->nanoseconds, nano);
    assert_int_equal(info->snaplen, 65535);
    assert_int_equal(info->packets, 3);
    assert_int_equal(info->bytes, 14);
    assert_int_equal(info->snapped, 1);
    assert_int_equal(info->first_ns, r->packets[1].ts_ns);
    assert_int_equal(info->last_ns, r->packets[2].ts_ns);
    assert_int_equal(info->n_links, 1);
    assert_int_equal(info->links[0], 1);
    assert_false(info->damaged);
}

static void reads_every_pcap(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(pcaps); i++) {
        test_reading r;
        size_t starts[4];
        cx_buf b = three_packets(&pcaps[i], starts);
        test_read_bytes(cx_buf_slice(&b), &r);
        check_three_packets(&r, pcaps[i].magic == 0xa1b23c4d);
        assert_string_equal(r.info.format, "pcap");
        test_reading_done(&r);
        cx_buf_free(&b);
    }
}

static void reads_every_pcapng(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const test_capture c = {.big_endian = i & 1, .tsresol = i & 2 ? 9 : 0};
        test_reading r;
        size_t starts[4];
        cx_buf b = three_packets_ng(&c, starts);
        test_read_bytes(cx_buf_slice(&b), &r);
        check_three_packets(&r, c.tsresol == 9);
        assert_string_equal(r.info.format, "pcapng");
        test_reading_done(&r);
        cx_buf_free(&b);
    }
}

static void gives_the_same_from_pipes(void **state)
{
    (void)state;
    const test_capture plain = {.magic = 0};
    size_t starts[4];
    cx_buf captures[2] = {three_packets(&plain, starts), three_packets_ng(&plain, starts)};
    for (size_t k = 0; k < 2; k++) {
        cx_slice whole = cx_buf_slice(&captures[k]);
        for (size_t cut = 0; cut < 3; cut++) { /* also with damage */
            test_reading r;
            test_read_all_ways(cx_slice_sub(whole, 0, whole.len - cut), &r);
            assert_int_equal(r.n, cut ? 2 : 3);
            test_reading_done(&r);
        }
        cx_buf_free(&captures[k]);
    }
}

/* ---- damage ---- */

static void check_cuts(cx_slice whole, const size_t starts[4], size_t min_header, size_t header)
{
    for (size_t len = 0; len <= whole.len; len++) {
        uint8_t *copy = malloc(len ? len : 1);
        assert_non_null(copy);
        memcpy(copy, whole.p, len);
        test_reading r;
        test_read_bytes((cx_slice){copy, len}, &r);
        free(copy);
        if (len < min_header) {
            assert_int_equal(r.status, CX_NOT_CAPTURE);
            assert_true(r.why[0] && !strchr(r.why, '\n'));
            if (len == 0)
                assert_string_equal(r.why, "empty: 0 bytes");
            continue;
        }
        assert_int_equal(r.status, CX_OK);
        size_t packets = 0;
        while (packets < 3 && starts[packets + 1] <= len)
            packets++;
        assert_int_equal(r.n, packets);
        bool damaged = len != starts[packets] && len != header;
        assert_int_equal(r.info.damaged, damaged);
        if (damaged && len > starts[0]) {
            assert_int_equal(r.info.damaged_at, starts[packets]);
            assert_true(cx_slice_istarts(S(r.info.damage), "cut inside a record"));
        }
        test_reading_done(&r);
    }
}

static void tells_where_a_pcap_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(pcaps); i++) {
        size_t starts[4];
        cx_buf b = three_packets(&pcaps[i], starts);
        check_cuts(cx_buf_slice(&b), starts, 24, 24);
        cx_buf_free(&b);
    }
}

static void tells_where_a_pcapng_is_cut(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        const test_capture c = {.big_endian = big};
        size_t starts[4];
        cx_buf b = three_packets_ng(&c, starts);
        check_cuts(cx_buf_slice(&b), starts, 28, 28);
        cx_buf_free(&b);
    }
}

static void stops_at_an_impossible_length(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {262145, 0x00420000, 0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < N(lengths); i++) {
        const test_capture c = {.big_endian = false};
        size_t starts[4];
        test_reading r;
        cx_buf b = three_packets(&c, starts);
        for (int k = 0; k < 4; k++)
            b.p[starts[1] + 8 + (size_t)k] = (uint8_t)(lengths[i] >> 8 * k);
        test_read_bytes(cx_buf_slice(&b), &r);
        assert_int_equal(r.status, CX_OK);
        assert_int_equal(r.n, 1);
        assert_true(r.info.damaged);
        assert_int_equal(r.info.damaged_at, starts[1]);
        assert_true(r.info.damage[0]);
        test_reading_done(&r);
        cx_buf_free(&b);
    }
}

static void refuses_a_damaged_first_block(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {{4, 27}, {4, 30}, {6, 0xff}, {7, 0x80}, {8, 0}, {12, 2}, {24, 0}, {24, 29}};
    for (size_t i = 0; i < N(rows); i++) {
        const test_capture c = {.big_endian = false};
        size_t starts[4];
        test_reading r;
        cx_buf b = three_packets_ng(&c, starts);
        b.p[rows[i].at] = rows[i].value;
        test_read_bytes(cx_buf_slice(&b), &r);
        assert_int_equal(r.status, CX_NOT_CAPTURE);
        assert_true(r.why[0]);
        cx_buf_free(&b);
    }
}

static void refuses_a_damaged_pcap_header(void **state)
{
    (void)state;
    const test_capture c = {.big_endian = false};
    size_t starts[4];
    test_reading r;
    cx_buf b = three_packets(&c, starts);
    b.p[4] = 1; /* version 1.4 */
    test_read_bytes(cx_buf_slice(&b), &r);
    assert_int_equal(r.status, CX_NOT_CAPTURE);
    cx_buf_free(&b);
}

/* ---- nothing to read ---- */

static void an_empty_capture_is_one(void **state)
{
    (void)state;
    test_reading r;
    for (int i = 0; i < 3; i++) {
        const test_capture c = {.snaplen = 96};
        cx_buf b = cx_buf_init(1000);
        if (i == 0)
            test_pcap_header(&b, &c);
        if (i > 0)
            test_pcapng_section(&b, &c);
        if (i > 1)
            test_pcapng_interface(&b, &c);
        test_read_bytes(cx_buf_slice(&b), &r);
        assert_int_equal(r.status, CX_OK);
        assert_int_equal(r.n, 0);
        assert_false(r.info.damaged);
        assert_true(r.info.first_ns == INT64_MAX && r.info.last_ns == INT64_MIN);
        assert_int_equal(r.info.n_links, 0);
        test_reading_done(&r);
        cx_buf_free(&b);
    }
}

static void refuses_what_is_no_capture(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        cx_status status;
        const char *says;
    } rows[] = {
        {"", 0, CX_NOT_CAPTURE, "empty"},
        {"\xd4", 1, CX_NOT_CAPTURE, "d4"},
        {"\xd4\xc3\xb2", 3, CX_NOT_CAPTURE, "d4 c3 b2"},
        {"\xd4\xc3\xb2\xa1", 4, CX_NOT_CAPTURE, "4 of 24"},
        {"\x0a\x0d\x0d\x0a", 4, CX_NOT_CAPTURE, "4 of at least 28"},
        {"REGISTER sip:contoso.com SIP/2.0\r\n", 34, CX_NOT_CAPTURE, "52 45 47 49"},
        {"\x1f\x8b\x08\x00 and so on", 13, CX_NOT_CAPTURE, "gzip: invalid"},
        {"GMBU\x00\x02\x01\x00", 8, CX_NOT_CAPTURE, "8 of 128"},
        {"snoop\0\0\0\0\0\0\2", 12, CX_NOT_CAPTURE, "12 of 16"},
        {"XCP\0 and so on", 13, CX_UNSUPPORTED, "editcap -F pcap IN OUT"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        test_reading r;
        test_read_bytes((cx_slice){(const uint8_t *)rows[i].bytes, rows[i].len}, &r);
        assert_int_equal(r.status, rows[i].status);
        assert_non_null(strstr(r.why, rows[i].says));
        assert_null(strchr(r.why, '\n'));
    }
}

static void says_why_it_cannot_be_opened(void **state)
{
    (void)state;
    char why[256];
    cx_source *s = NULL;
    assert_int_equal(cx_source_open("/nonexistent/x.pcap", 0, NULL, &s, why), CX_IO);
    assert_string_equal(why, strerror(ENOENT));
    assert_int_equal(cx_source_open("/", 0, NULL, &s, why), CX_IO);
    assert_string_equal(why, strerror(EISDIR));
    assert_null(s);
}

typedef struct broken {
    cx_slice bytes;
} broken;

static ssize_t read_broken(void *cookie, char *to, size_t n)
{
    broken *b = cookie;
    if (b->bytes.len == 0) {
        errno = EIO;
        return -1;
    }
    size_t part = n < b->bytes.len ? n : b->bytes.len;
    memcpy(to, b->bytes.p, part);
    b->bytes = cx_slice_sub(b->bytes, part, b->bytes.len);
    return (ssize_t)part;
}

static void a_read_that_fails_is_damage(void **state)
{
    (void)state;
    test_reading r;
    size_t starts[4];
    cx_buf b = three_packets(&pcaps[0], starts);
    broken whole = {cx_buf_slice(&b)};
    test_read_stream(fopencookie(&whole, "rb", (cookie_io_functions_t){.read = read_broken}), NULL,
                     &r);
    assert_int_equal(r.n, 3);
    assert_true(r.info.damaged);
    assert_non_null(strstr(r.info.damage, strerror(EIO)));
    test_reading_done(&r);
    broken none = {{b.p, 0}};
    test_read_stream(fopencookie(&none, "rb", (cookie_io_functions_t){.read = read_broken}), NULL,
                     &r);
    assert_int_equal(r.status, CX_IO);
    assert_string_equal(r.why, strerror(EIO));
    cx_buf_free(&b);
}

/* ---- batches ---- */

/* More than a batch, more than the input's buffer: packets that lie in it are not moved while they
 * are out, and those that libpcap gives out are copied. */
static void gives_all_packets_in_batches(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 63, 64, 65, 128, 300};
    static const struct {
        test_capture c;
        bool ng;
    } formats[] = {{{.big_endian = false}, false},
                   {{.big_endian = true}, false},
                   {{.big_endian = false}, true},
                   {{.big_endian = true}, true}};
    static uint8_t bytes[9000];
    for (size_t i = 0; i < N(counts) * N(formats); i++) {
        const size_t count = counts[i / N(formats)];
        const test_capture *c = &formats[i % N(formats)].c;
        const bool ng = formats[i % N(formats)].ng;
        test_reading r;
        cx_buf b = cx_buf_init(10000000);
        if (ng) {
            test_pcapng_section(&b, c);
            test_pcapng_interface(&b, c);
        } else {
            test_pcap_header(&b, c);
        }
        for (size_t k = 0; k < count; k++) {
            memset(bytes, (int)k, sizeof bytes);
            cx_slice packet = {bytes, sizeof bytes - k};
            if (ng)
                test_pcapng_packet(&b, c, 0, k, packet, 9000);
            else
                test_pcap_record(&b, c, (uint32_t)k, 0, packet, 9000);
        }
        test_read_bytes(cx_buf_slice(&b), &r);
        assert_int_equal(r.n, count);
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(r.packets[k].no, k + 1);
            assert_int_equal(r.packets[k].bytes.len, sizeof bytes - k);
            for (size_t n = 0; n < sizeof bytes - k; n++)
                assert_int_equal(r.packets[k].bytes.p[n], (uint8_t)k);
        }
        test_reading_done(&r);
        cx_buf_free(&b);
    }
}

/* A packet that its block cannot hold stands behind good ones in the buffer. */
static void moves_no_packet_for_a_damaged_block(void **state)
{
    (void)state;
    static uint8_t bytes[9000];
    const test_capture c = {.big_endian = false};
    test_reading r;
    cx_buf b = cx_buf_init(10000000);
    test_pcapng_section(&b, &c);
    test_pcapng_interface(&b, &c);
    for (size_t k = 0; k < 300; k++) {
        memset(bytes, (int)k, sizeof bytes);
        size_t at = b.len;
        test_pcapng_packet(&b, &c, k % 7 == 6, k, (cx_slice){bytes, sizeof bytes}, 9000);
        if (k % 7 == 3)
            memset(b.p + at + 20, 0x7f, 4); /* the captured length */
    }
    test_read_bytes(cx_buf_slice(&b), &r);
    assert_true(r.info.damaged);
    size_t n = 0;
    for (size_t k = 0; k < 300; k++) {
        if (k % 7 == 6 || k % 7 == 3)
            continue;
        assert_in_range(n, 0, r.n - 1);
        for (size_t i = 0; i < sizeof bytes; i++)
            assert_int_equal(r.packets[n].bytes.p[i], (uint8_t)k);
        n++;
    }
    assert_int_equal(r.n, n);
    test_reading_done(&r);
    cx_buf_free(&b);
}

static void takes_packets_of_any_length(void **state)
{
    (void)state;
    /* D-Bus: the link type with the longest packets */
    const test_capture c = {.link = 231, .snaplen = 128};
    static const size_t lengths[] = {0, CX_MAX_PACKET - 1, CX_MAX_PACKET, 5, CX_MAX_PACKET + 1, 0,
                                     9};
    uint8_t *bytes = calloc(1, CX_MAX_PACKET + 1);
    assert_non_null(bytes);
    test_reading r;
    cx_buf b = cx_buf_init(10000000);
    test_pcap_header(&b, &c);
    for (size_t k = 0; k < N(lengths); k++) {
        memset(bytes, (int)k + 1, lengths[k]);
        test_pcap_record(&b, &c, (uint32_t)k, 0, (cx_slice){bytes, lengths[k]},
                         (uint32_t)lengths[k]);
    }
    test_read_bytes(cx_buf_slice(&b), &r);
    assert_int_equal(r.n, N(lengths));
    assert_false(r.info.damaged);
    assert_int_equal(r.info.snapped, 0); /* nor does a snap length that is too small cut anything */
    for (size_t k = 0; k < N(lengths); k++) {
        assert_int_equal(r.packets[k].bytes.len, lengths[k]);
        if (lengths[k]) {
            assert_int_equal(r.packets[k].bytes.p[0], k + 1);
            assert_int_equal(r.packets[k].bytes.p[lengths[k] - 1], k + 1);
        }
    }
    test_reading_done(&r);
    cx_buf_free(&b);
    free(bytes);
}

static void wire_is_never_shorter_than_captured(void **state)
{
    (void)state;
    test_reading r;
    const test_capture c = {.big_endian = false};
    cx_buf b = cx_buf_init(1000);
    test_pcap_header(&b, &c);
    test_pcap_record(&b, &c, 1, 0, S("abcdef"), 2);
    test_read_bytes(cx_buf_slice(&b), &r);
    assert_int_equal(r.packets[0].wire_len, 6);
    assert_int_equal(r.info.snapped, 0);
    test_reading_done(&r);
    cx_buf_free(&b);
}

/* Times that no number of nanoseconds holds must not wrap, nor may sums and differences of them. */
static void impossible_times_stay_times(void **state)
{
    (void)state;
    test_reading r;
    const test_capture c = {.tsresol = 0};
    cx_buf b = cx_buf_init(1000);
    test_pcapng_section(&b, &c);
    test_pcapng_interface(&b, &c);
    test_pcapng_packet(&b, &c, 0, UINT64_MAX, S("x"), 1);
    test_pcapng_packet(&b, &c, 0, 0, S("y"), 1);
    test_read_bytes(cx_buf_slice(&b), &r);
    assert_int_equal(r.n, 2);
    assert_true(r.packets[0].ts_ns > 4600000000 * second_ns);
    assert_true(r.packets[0].ts_ns <= INT64_MAX / 2);
    assert_int_equal(r.packets[1].ts_ns, 0);
    test_reading_done(&r);
    cx_buf_free(&b);

    const test_capture classic = {.big_endian = false};
    b = cx_buf_init(1000);
    test_pcap_header(&b, &classic);
    test_pcap_record(&b, &classic, UINT32_MAX, UINT32_MAX, S("x"), 1);
    test_read_bytes(cx_buf_slice(&b), &r);
    assert_in_range(r.packets[0].ts_ns / second_ns, UINT32_MAX - 1u, UINT32_MAX);
    test_reading_done(&r);
    cx_buf_free(&b);
}

/* ---- filter ---- */

static void filters(void **state)
{
    (void)state;
    const test_capture c = {.big_endian = false};
    cx_buf b = cx_buf_init(100000);
    test_pcap_header(&b, &c);
    for (uint16_t k = 0; k < 200; k++)
        test_pcap_record(&b, &c, k, 0, test_udp_frame(1000, k % 50 == 49 ? 5060 : 53, S("x")), 43);
    static const struct {
        const char *filter;
        size_t n;
    } rows[] = {{NULL, 200}, {"", 200}, {"udp port 5060", 4}, {"tcp", 0}, {"host 192.0.2.2", 200}};
    for (size_t i = 0; i < N(rows); i++) {
        test_reading r;
        test_read_stream(test_file(cx_buf_slice(&b)), rows[i].filter, &r);
        assert_int_equal(r.status, CX_OK);
        assert_int_equal(r.n, rows[i].n);
        assert_int_equal(r.info.packets, rows[i].n);
        if (rows[i].n == 4) /* numbers are those of the file */
            for (size_t k = 0; k < 4; k++)
                assert_int_equal(r.packets[k].no, 50 * (k + 1));
        test_reading_done(&r);
    }
    test_reading r;
    test_read_stream(test_file(cx_buf_slice(&b)), "udp prt 5060", &r);
    assert_int_equal(r.status, CX_USAGE);
    assert_true(r.why[0] && !strchr(r.why, '\n'));
    cx_buf_free(&b);
}

/* ---- memory ---- */

static uint64_t count_packets(cx_source *s)
{
    cx_packet packets[CX_BATCH];
    uint64_t all = 0;
    size_t n = 0;
    while (cx_source_next(s, packets, &n) == CX_OK)
        all += n;
    return all;
}

/* Twice at a time, and after its name is gone; what can be read once is not. */
static void is_read_again_where_it_is_open(void **state)
{
    const test_capture plain = {.big_endian = false};
    size_t starts[4];
    char why[256], path[] = "/tmp/capdx-source-XXXXXX";
    cx_source *first = NULL, *again = NULL;
    (void)state;
    cx_buf capture = three_packets(&plain, starts);
    int fd = mkstemp(path), ends[2];
    assert_true(fd >= 0 && pipe(ends) == 0);
    assert_int_equal(write(fd, capture.p, capture.len), (ssize_t)capture.len);
    assert_int_equal(close(fd), 0);
    assert_int_equal(cx_source_open(path, 0, NULL, &first, why), CX_OK);
    assert_int_equal(unlink(path), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(cx_source_again(first, &again, why), CX_OK);
        assert_int_equal(count_packets(again), 3);
        cx_source_free(again);
    }
    assert_int_equal(count_packets(first), 3);
    assert_int_equal(cx_source_again(first, &again, why), CX_OK);
    assert_int_equal(count_packets(again), 3);
    cx_source_free(again);
    cx_source_free(first);
    assert_int_equal(write(ends[1], capture.p, capture.len), (ssize_t)capture.len);
    assert_int_equal(close(ends[1]), 0);
    FILE *pipe_end = fdopen(ends[0], "rb");
    assert_non_null(pipe_end);
    assert_int_equal(cx_source_open_stream(pipe_end, "-", 0, NULL, &first, why), CX_OK);
    assert_int_equal(cx_source_again(first, &again, why), CX_UNSUPPORTED);
    assert_int_equal(count_packets(first), 3);
    cx_source_free(first);
    cx_buf_free(&capture);
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    const test_capture plain = {.big_endian = false};
    size_t starts[4];
    cx_buf captures[2] = {three_packets(&plain, starts), three_packets_ng(&plain, starts)};
    for (size_t i = 0; i < 2; i++) {
        assert_true(test_read_without_memory(cx_buf_slice(&captures[i])) >= 5);
        cx_buf_free(&captures[i]);
    }
    cx_source_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_pcap),
        cmocka_unit_test(reads_every_pcapng),
        cmocka_unit_test(gives_the_same_from_pipes),
        cmocka_unit_test(tells_where_a_pcap_is_cut),
        cmocka_unit_test(tells_where_a_pcapng_is_cut),
        cmocka_unit_test(stops_at_an_impossible_length),
        cmocka_unit_test(refuses_a_damaged_first_block),
        cmocka_unit_test(refuses_a_damaged_pcap_header),
        cmocka_unit_test(an_empty_capture_is_one),
        cmocka_unit_test(refuses_what_is_no_capture),
        cmocka_unit_test(says_why_it_cannot_be_opened),
        cmocka_unit_test(a_read_that_fails_is_damage),
        cmocka_unit_test(gives_all_packets_in_batches),
        cmocka_unit_test(moves_no_packet_for_a_damaged_block),
        cmocka_unit_test(takes_packets_of_any_length),
        cmocka_unit_test(wire_is_never_shorter_than_captured),
        cmocka_unit_test(impossible_times_stay_times),
        cmocka_unit_test(filters),
        cmocka_unit_test(is_read_again_where_it_is_open),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
