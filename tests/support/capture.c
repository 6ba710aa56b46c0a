/* Builds captures (capture.h): draft-ietf-opsawg-pcap 4 and 5, draft-ietf-opsawg-pcapng 4. */
#include "support/capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void put(cx_buf *b, const void *bytes, size_t n)
{
    assert_int_equal(cx_buf_put(b, bytes, n), CX_OK);
}

void test_number(cx_buf *b, const test_capture *c, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * (c->big_endian ? n - 1 - i : i));
        put(b, &byte, 1);
    }
}

static uint32_t link_of(const test_capture *c)
{
    return c->link == test_link_null ? 0 : c->link ? c->link : 1;
}

static uint32_t snaplen_of(const test_capture *c)
{
    return c->snaplen ? c->snaplen : 65535;
}

void test_pcap_header(cx_buf *b, const test_capture *c)
{
    test_number(b, c, c->magic ? c->magic : 0xa1b2c3d4, 4);
    test_number(b, c, 2, 2);
    test_number(b, c, 4, 2);
    test_number(b, c, 0, 8);
    test_number(b, c, snaplen_of(c), 4);
    test_number(b, c, link_of(c), 4);
}

void test_pcap_record(cx_buf *b, const test_capture *c, uint32_t seconds, uint32_t fraction,
                      cx_slice bytes, uint32_t wire_len)
{
    test_number(b, c, seconds, 4);
    test_number(b, c, fraction, 4);
    test_number(b, c, bytes.len, 4);
    test_number(b, c, wire_len, 4);
    if (c->magic == 0xa1b2cd34) /* interface, protocol, type, padding */
        test_number(b, c, 0, 8);
    put(b, bytes.p, bytes.len);
}

void test_pcapng_block(cx_buf *b, const test_capture *c, uint32_t type, cx_slice body)
{
    size_t padded = (body.len + 3) & ~(size_t)3;
    test_number(b, c, type, 4);
    test_number(b, c, padded + 12, 4);
    put(b, body.p, body.len);
    test_number(b, c, 0, (unsigned)(padded - body.len));
    test_number(b, c, padded + 12, 4);
}

void test_pcapng_option(cx_buf *b, const test_capture *c, uint16_t code, cx_slice value)
{
    test_number(b, c, code, 2);
    test_number(b, c, value.len, 2);
    put(b, value.p, value.len);
    test_number(b, c, 0, (unsigned)(-value.len & 3));
}

void test_pcapng_section(cx_buf *b, const test_capture *c)
{
    cx_buf body = cx_buf_init(100);
    test_number(&body, c, 0x1a2b3c4d, 4);
    test_number(&body, c, 1, 2);
    test_number(&body, c, 0, 2);
    test_number(&body, c, UINT64_MAX, 8);
    test_pcapng_block(b, c, 0x0a0d0d0a, cx_buf_slice(&body));
    cx_buf_free(&body);
}

void test_pcapng_interface(cx_buf *b, const test_capture *c)
{
    cx_buf body = cx_buf_init(100);
    test_number(&body, c, link_of(c), 2);
    test_number(&body, c, 0, 2);
    test_number(&body, c, snaplen_of(c), 4);
    if (c->tsresol) {
        test_number(&body, c, 9, 2);
        test_number(&body, c, 1, 2);
        put(&body, (const uint8_t[4]){c->tsresol}, 4);
        test_number(&body, c, 0, 4);
    }
    test_pcapng_block(b, c, 1, cx_buf_slice(&body));
    cx_buf_free(&body);
}

void test_pcapng_packet(cx_buf *b, const test_capture *c, uint32_t interface, uint64_t time,
                        cx_slice bytes, uint32_t wire_len)
{
    cx_buf body = cx_buf_init(100 + bytes.len);
    test_number(&body, c, interface, 4);
    test_number(&body, c, time >> 32, 4);
    test_number(&body, c, time & UINT32_MAX, 4);
    test_number(&body, c, bytes.len, 4);
    test_number(&body, c, wire_len, 4);
    put(&body, bytes.p, bytes.len);
    test_pcapng_block(b, c, 6, cx_buf_slice(&body));
    cx_buf_free(&body);
}

FILE *test_pipe(cx_slice bytes, size_t step)
{
    int ends[2];
    /* unlike a pipe it never joins what was written apart, so that each read is a short one */
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        if (step == 0)
            step = 4096;
        while (bytes.len) {
            cx_slice part = cx_slice_sub(bytes, 0, step);
            if (send(ends[1], part.p, part.len, MSG_NOSIGNAL) != (ssize_t)part.len)
                break; /* the reader has seen enough */
            bytes = cx_slice_sub(bytes, part.len, bytes.len);
        }
        _exit(0);
    }
    close(ends[1]);
    FILE *stream = fdopen(ends[0], "rb");
    assert_non_null(stream);
    return stream;
}

FILE *test_file(cx_slice bytes)
{
    FILE *f = tmpfile();
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.len, f), bytes.len);
    rewind(f);
    return f;
}

cx_slice test_udp_frame(uint16_t sport, uint16_t dport, cx_slice payload)
{
    static uint8_t frame[2048];
    static const uint8_t start[34] = {2, 0, 0, 0, 0, 1,  2,  0, 0, 0,   0, 2, 8, 0,   0x45, 0, 0,
                                      0, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0,    2, 2};
    assert_true(payload.len <= sizeof frame - 42);
    memcpy(frame, start, sizeof start);
    const uint16_t udp_len = (uint16_t)(payload.len + 8), ip_len = (uint16_t)(udp_len + 20);
    frame[16] = (uint8_t)(ip_len >> 8);
    frame[17] = (uint8_t)ip_len;
    const uint8_t udp[8] = {(uint8_t)(sport >> 8), (uint8_t)sport,          (uint8_t)(dport >> 8),
                            (uint8_t)dport,        (uint8_t)(udp_len >> 8), (uint8_t)udp_len};
    memcpy(frame + 34, udp, sizeof udp);
    if (payload.len)
        memcpy(frame + 42, payload.p, payload.len);
    return (cx_slice){frame, payload.len + 42};
}
