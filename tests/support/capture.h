/* Builds captures in memory, and gives them to the program as files and pipes do. */
#pragma once

#include "base/buf.h"

#include <stdio.h>

/* How a capture is written. Zeroed: pcap, little endian, microseconds, Ethernet, snap length 65535.
 */
typedef struct test_capture {
    bool big_endian;
    uint32_t magic;   /* pcap; 0: 0xa1b2c3d4 */
    uint32_t snaplen; /* 0: 65535 */
    uint32_t link;    /* a LINKTYPE_ value; 0: 1, Ethernet (use test_link_null for 0) */
    uint8_t tsresol;  /* pcapng: if_tsresol; 0: the option is left out, microseconds */
} test_capture;

#define test_link_null UINT32_MAX

/* The parts append to b; running out of memory fails the test. fraction: of the second, in the
 * resolution of the capture. */
void test_pcap_header(cx_buf *b, const test_capture *c);
void test_pcap_record(cx_buf *b, const test_capture *c, uint32_t seconds, uint32_t fraction,
                      cx_slice bytes, uint32_t wire_len);
void test_number(cx_buf *b, const test_capture *c, uint64_t value,
                 unsigned n); /* its low n bytes */
void test_pcapng_block(cx_buf *b, const test_capture *c, uint32_t type, cx_slice body);
void test_pcapng_option(cx_buf *b, const test_capture *c, uint16_t code, cx_slice value);
void test_pcapng_section(cx_buf *b, const test_capture *c);
void test_pcapng_interface(cx_buf *b, const test_capture *c);
void test_pcapng_packet(cx_buf *b, const test_capture *c, uint32_t interface, uint64_t time,
                        cx_slice bytes, uint32_t wire_len);

/* A stream over bytes as a pipe gives them: every read gets at most step bytes (0: 4096). A process
 * of its own writes them. Close it with fclose. */
FILE *test_pipe(cx_slice bytes, size_t step);

/* A temporary file with these bytes, at its beginning; gone when it is closed. */
FILE *test_file(cx_slice bytes);

/* An Ethernet frame with IPv4 and UDP, 42 bytes of headers, around payload: from 192.0.2.1 to
 * 192.0.2.2. Valid until the next call. */
cx_slice test_udp_frame(uint16_t sport, uint16_t dport, cx_slice payload);
