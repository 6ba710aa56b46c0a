/* What is compressed here is compressed by zlib, libzstd and liblz4, as gzip, zstd and lz4 do. */
#include "support/alloc.h"
#include "support/capture.h"
#include "support/reading.h"

#include <lz4frame.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))
#define S(text) cx_slice_of(text)

/* ---- compressing ---- */

static cx_slice skippable(void)
{
    static const uint8_t frame[] = {0x5e, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 'i', 'n', 'd', 'e', 'x'};
    return (cx_slice){frame, sizeof frame};
}

static void by_gzip(cx_buf *b, cx_slice bytes)
{
    z_stream z = {0};
    size_t cap = bytes.len + bytes.len / 100 + 1000;
    uint8_t *out = malloc(cap);
    assert_non_null(out);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)bytes.p;
    z.avail_in = (uInt)bytes.len;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(cx_buf_put(b, out, cap - z.avail_out), CX_OK);
    deflateEnd(&z);
    free(out);
}

static void by_zstd(cx_buf *b, cx_slice bytes)
{
    size_t cap = ZSTD_compressBound(bytes.len);
    uint8_t *out = malloc(cap);
    assert_non_null(out);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    assert_non_null(z);
    (void)ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1); /* as the program zstd does */
    size_t n = ZSTD_compress2(z, out, cap, bytes.p, bytes.len);
    ZSTD_freeCCtx(z);
    assert_false(ZSTD_isError(n));
    assert_int_equal(cx_buf_put(b, out, n), CX_OK);
    free(out);
}

static void by_lz4(cx_buf *b, cx_slice bytes)
{
    const LZ4F_preferences_t sums = {
        .frameInfo = {.blockSizeID = LZ4F_max64KB,
                      .contentChecksumFlag = LZ4F_contentChecksumEnabled}};
    size_t cap = LZ4F_compressFrameBound(bytes.len, &sums);
    uint8_t *out = malloc(cap);
    assert_non_null(out);
    size_t n = LZ4F_compressFrame(out, cap, bytes.p, bytes.len, &sums);
    assert_false(LZ4F_isError(n));
    assert_int_equal(cx_buf_put(b, out, n), CX_OK);
    free(out);
}

static const struct {
    const char *name;
    void (*compress)(cx_buf *b, cx_slice bytes);
    bool skips; /* knows skippable frames */
} methods[] = {{"gzip", by_gzip, false}, {"zstd", by_zstd, true}, {"lz4", by_lz4, true}};

/* A capture of so many packets of 1000 bytes that hardly compress. */
static cx_buf capture_of(size_t packets)
{
    static uint8_t bytes[1000];
    uint32_t random = 7;
    const test_capture c = {.big_endian = false};
    cx_buf b = cx_buf_init(10000000);
    test_pcap_header(&b, &c);
    for (size_t i = 0; i < packets; i++) {
        for (size_t k = 0; k < sizeof bytes; k++) {
            random = random * 1103515245 + 12345;
            bytes[k] = (uint8_t)(random >> 25);
        }
        test_pcap_record(&b, &c, 1000 + (uint32_t)i, 0, (cx_slice){bytes, sizeof bytes}, 1000);
    }
    return b;
}

/* ---- reading ---- */

static void same_as_plain(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 40, 500};
    for (size_t k = 0; k < N(counts); k++) {
        cx_buf plain = capture_of(counts[k]);
        test_reading expected;
        test_read_bytes(cx_buf_slice(&plain), &expected);
        assert_null(expected.info.compression);
        for (size_t i = 0; i < N(methods); i++) {
            cx_buf b = cx_buf_init(10000000);
            test_reading r;
            methods[i].compress(&b, cx_buf_slice(&plain));
            test_read_all_ways(cx_buf_slice(&b), &r);
            assert_true(test_same_reading(&r, &expected));
            assert_string_equal(r.info.format, "pcap");
            assert_string_equal(r.info.compression, methods[i].name);
            assert_false(r.info.damaged);
            test_reading_done(&r);
            cx_buf_free(&b);
        }
        test_reading_done(&expected);
        cx_buf_free(&plain);
    }
}

/* Members one behind the other, cut anywhere, empty ones among them; zeros and skippable frames. */
static void members(void **state)
{
    (void)state;
    cx_buf plain = capture_of(30);
    cx_slice all = cx_buf_slice(&plain);
    test_reading expected;
    test_read_bytes(all, &expected);
    for (size_t i = 0; i < N(methods); i++) {
        cx_buf b = cx_buf_init(10000000);
        test_reading r;
        if (methods[i].skips)
            assert_int_equal(cx_buf_put_slice(&b, skippable()), CX_OK);
        methods[i].compress(&b, cx_slice_sub(all, 0, 3));
        methods[i].compress(&b, cx_slice_sub(all, 3, 0));
        if (methods[i].skips)
            assert_int_equal(cx_buf_put_slice(&b, skippable()), CX_OK);
        methods[i].compress(&b, cx_slice_sub(all, 3, 5000));
        methods[i].compress(&b, cx_slice_sub(all, 5003, all.len));
        if (methods[i].skips)
            assert_int_equal(cx_buf_put_slice(&b, skippable()), CX_OK);
        for (size_t zeros = 0; zeros < 3; zeros++) {
            test_read_all_ways(cx_buf_slice(&b), &r);
            assert_true(test_same_reading(&r, &expected));
            test_reading_done(&r);
            assert_int_equal(cx_buf_put(&b, "\0\0\0\0\0\0\0", zeros ? 7 : 1), CX_OK);
        }
        cx_buf_free(&b);
    }
    test_reading_done(&expected);
    cx_buf_free(&plain);
}

static void says_what_follows(void **state)
{
    (void)state;
    cx_buf plain = capture_of(2);
    static const char *const rest[] = {"x", "more text", "\0\0\0!"};
    static const size_t lengths[] = {1, 9, 4};
    for (size_t i = 0; i < N(methods); i++) {
        for (size_t k = 0; k < N(rest); k++) {
            cx_buf b = cx_buf_init(10000000);
            test_reading r;
            char says[100];
            methods[i].compress(&b, cx_buf_slice(&plain));
            snprintf(says, sizeof says, "%s: other bytes follow, at compressed byte %zu",
                     methods[i].name, b.len + (k == 2 ? 3 : 0));
            assert_int_equal(cx_buf_put(&b, rest[k], lengths[k]), CX_OK);
            test_read_all_ways(cx_buf_slice(&b), &r);
            assert_int_equal(r.n, 2);
            assert_true(r.info.damaged);
            assert_int_equal(r.info.damaged_at, plain.len);
            assert_string_equal(r.info.damage, says);
            test_reading_done(&r);
            cx_buf_free(&b);
        }
    }
    cx_buf_free(&plain);
}

static void tells_where_it_is_cut(void **state)
{
    (void)state;
    cx_buf plain = capture_of(3);
    for (size_t i = 0; i < N(methods); i++) {
        cx_buf b = cx_buf_init(10000000);
        size_t before = 0;
        methods[i].compress(&b, cx_buf_slice(&plain));
        for (size_t len = 4; len < b.len; len += len < 60 || len + 60 > b.len ? 1 : 13) {
            test_reading r;
            char says[100];
            snprintf(says, sizeof says, "%s: cut short, at compressed byte %zu", methods[i].name,
                     len);
            test_read_bytes(cx_slice_sub(cx_buf_slice(&b), 0, len), &r);
            if (r.status != CX_OK) { /* not even the header can be unpacked */
                assert_int_equal(r.status, CX_NOT_CAPTURE);
                assert_int_equal(before, 0);
                assert_non_null(strstr(r.why, says));
                continue;
            }
            assert_true(r.n >= before && r.n <= 3); /* what was readable */
            before = r.n;
            assert_true(r.info.damaged);
            assert_string_equal(r.info.damage, says);
            test_reading_done(&r);
        }
        cx_buf_free(&b);
    }
    cx_buf_free(&plain);
}

static void survives_damage(void **state)
{
    (void)state;
    cx_buf plain = capture_of(3);
    for (size_t i = 0; i < N(methods); i++) {
        cx_buf b = cx_buf_init(10000000);
        size_t told = 0, tried = 0;
        methods[i].compress(&b, cx_buf_slice(&plain));
        for (size_t at = 4; at < b.len; at += at < 60 || at + 60 > b.len ? 1 : 13, tried++) {
            test_reading r;
            b.p[at] ^= 0x55;
            if (tried % 8 == 0) /* it takes long */
                test_read_all_ways(cx_buf_slice(&b), &r);
            else
                test_read_bytes(cx_buf_slice(&b), &r);
            b.p[at] ^= 0x55;
            if (r.status != CX_OK) {
                assert_true(r.why[0] && !strchr(r.why, '\n'));
                told++;
                continue;
            }
            told += r.info.damaged;
            if (r.info.damaged)
                assert_true(r.info.damage[0]);
            test_reading_done(&r);
        }
        assert_in_range(told, tried - 6, tried); /* all but the time and system in a gzip header */
        cx_buf_free(&b);
    }
    cx_buf_free(&plain);
}

static void refuses(void **state)
{
    (void)state;
    cx_buf plain = capture_of(1), once = cx_buf_init(100000), twice = cx_buf_init(100000),
           text = cx_buf_init(1000), nothing = cx_buf_init(100);
    by_gzip(&once, cx_buf_slice(&plain));
    by_zstd(&twice, cx_buf_slice(&once));
    by_lz4(&text, S("REGISTER sip:contoso.com SIP/2.0"));
    by_gzip(&nothing, (cx_slice){(const uint8_t *)"", 0});
    /* RFC 8878 3.1.1.1: a window of 2^28 bytes */
    static const uint8_t window[] = {0x28, 0xb5, 0x2f, 0xfd, 0, 0x90, 1, 0, 0};
    static const uint8_t dictionary[] = {0x1f, 0x8b, 8, 0xe0, 0, 0, 0, 0, 0, 0, 0};
    const struct {
        cx_slice bytes;
        cx_status status;
        const char *says;
    } rows[] = {
        {cx_buf_slice(&twice), CX_UNSUPPORTED, "gzip inside zstd; unpack it: zstd -dc IN > OUT"},
        {cx_buf_slice(&text), CX_NOT_CAPTURE, "no format begins with the bytes 52 45 47"},
        {cx_buf_slice(&nothing), CX_NOT_CAPTURE, "empty: 0 bytes"},
        {{window, sizeof window}, CX_NOT_CAPTURE, "zstd -dc --long=31"},
        {{dictionary, sizeof dictionary}, CX_NOT_CAPTURE, "1f 8b 08 e0"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        test_reading r;
        test_read_all_ways(rows[i].bytes, &r);
        assert_int_equal(r.status, rows[i].status);
        if (!strstr(r.why, rows[i].says))
            fail_msg("row %zu: %s", i, r.why);
        test_reading_done(&r);
    }
    cx_buf_free(&plain);
    cx_buf_free(&once);
    cx_buf_free(&twice);
    cx_buf_free(&text);
    cx_buf_free(&nothing);
}

/* What a live capture sends in compressed form is there at once, as far as it can be unpacked. */
static void does_not_wait(void **state)
{
    (void)state;
    cx_buf plain = capture_of(3);
    uint8_t out[10000];
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    cx_source *s = NULL;
    for (size_t i = 0; i < 3; i++) {
        size_t from = i ? 24 + i * 1016 : 0, to = 24 + (i + 1) * 1016;
        z.next_in = plain.p + from;
        z.avail_in = (uInt)(to - from);
        z.next_out = out;
        z.avail_out = sizeof out;
        assert_int_equal(deflate(&z, Z_SYNC_FLUSH), Z_OK);
        size_t n = sizeof out - z.avail_out;
        assert_int_equal(write(ends[1], out, n), (ssize_t)n);
        char why[256];
        cx_packet batch[CX_BATCH];
        alarm(10); /* it hangs when it waits for more */
        if (!s)
            assert_int_equal(cx_source_open_stream(fdopen(ends[0], "rb"), "-", 0, NULL, &s, why),
                             CX_OK);
        assert_int_equal(cx_source_next(s, batch, &n), CX_OK);
        assert_int_equal(n, 1);
        assert_int_equal(batch[0].no, i + 1);
        alarm(0);
    }
    deflateEnd(&z);
    close(ends[1]);
    cx_source_free(s);
    cx_buf_free(&plain);
}

/* 1.3 GB of packets of zeros in a tenth of a megabyte: not unpacked to the end. */
static void gives_up_on_bombs(void **state)
{
    (void)state;
    enum { PACKET = 262144, PACKETS = 5000 };
    const test_capture c = {.big_endian = false};
    static uint8_t zeros[PACKET], out[262144];
    cx_buf plain = cx_buf_init(2 * PACKET), b = cx_buf_init(10000000);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    assert_non_null(z);
    test_pcap_header(&plain, &c);
    for (size_t i = 0; i <= PACKETS; i++) {
        ZSTD_inBuffer in = {plain.p, plain.len, 0};
        size_t left;
        do {
            ZSTD_outBuffer to = {out, sizeof out, 0};
            left = ZSTD_compressStream2(z, &to, &in, i == PACKETS ? ZSTD_e_end : ZSTD_e_continue);
            assert_false(ZSTD_isError(left));
            assert_int_equal(cx_buf_put(&b, out, to.pos), CX_OK);
        } while (in.pos < in.size || (i == PACKETS && left));
        plain.len = 0;
        test_pcap_record(&plain, &c, 0, 0, (cx_slice){zeros, PACKET}, PACKET);
    }
    ZSTD_freeCCtx(z);
    assert_true(b.len < 262144);
    cx_source *s = NULL;
    char why[256];
    cx_packet batch[CX_BATCH];
    size_t n;
    assert_int_equal(cx_source_open_stream(test_file(cx_buf_slice(&b)), "x", 0, NULL, &s, why),
                     CX_OK);
    while (cx_source_next(s, batch, &n) == CX_OK)
        ;
    const cx_source_info *info = cx_source_info_of(s);
    assert_true(info->damaged);
    assert_non_null(strstr(info->damage, "4096 times its size"));
    assert_in_range(info->damaged_at, 1073741824 - PACKET, 1200000000);
    cx_source_free(s);
    cx_buf_free(&plain);
    cx_buf_free(&b);
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    cx_buf plain = capture_of(5);
    for (size_t i = 0; i < N(methods); i++) {
        cx_buf b = cx_buf_init(10000000);
        methods[i].compress(&b, cx_buf_slice(&plain));
        assert_true(test_read_without_memory(cx_buf_slice(&b)) >= 6);
        cx_buf_free(&b);
    }
    cx_buf_free(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_plain),
        cmocka_unit_test(members),
        cmocka_unit_test(says_what_follows),
        cmocka_unit_test(tells_where_it_is_cut),
        cmocka_unit_test(survives_damage),
        cmocka_unit_test(refuses),
        cmocka_unit_test(does_not_wait),
        cmocka_unit_test(gives_up_on_bombs),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
