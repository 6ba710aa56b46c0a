/* Packets of Ethernet, IPv4, TCP and UDP with right lengths and checksums, as a classic pcap on
 * standard output. */
#include "generate.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ETHERNET = 14, IPV4 = 20, UDP = 8, TCP = 20, PROTO_TCP = 6, PROTO_UDP = 17 };

static uint64_t n_written;
static uint16_t next_id[2];

void quit(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(1);
}

static void put(const void *bytes, size_t n)
{
    if (fwrite(bytes, 1, n, stdout) != n)
        exit(1); /* the reader went away */
    n_written += n;
}

uint64_t written(void)
{
    return n_written;
}

void write_done(void)
{
    if (fflush(stdout) != 0)
        exit(1);
}

void write_header(void)
{
    const uint32_t words[6] = {0xa1b2c3d4, 4u << 16 | 2, 0, 0, 262144, 1};
    put(words, sizeof words);
}

static void be16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void be32(uint8_t *p, uint32_t v)
{
    be16(p, v >> 16);
    be16(p + 2, v & 0xffff);
}

/* RFC 1071, over words of the machine's byte order, which the sum does not depend on. */
static uint64_t sum(const uint8_t *p, size_t n, uint64_t s)
{
    uint32_t word = 0;
    for (; n >= 4; p += 4, n -= 4) {
        memcpy(&word, p, 4);
        s += word;
    }
    word = 0;
    if (n)
        memcpy(&word, p, n);
    return s + word;
}

static void put_checksum(uint8_t *at, uint64_t s)
{
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    const uint16_t folded = (uint16_t)~s;
    memcpy(at, &folded, 2);
}

static void put_packet(int64_t ts_ns, const ends *e, uint8_t dir, uint8_t proto, uint8_t *transport,
                       size_t head, size_t checksum_at, const uint8_t *payload, size_t n)
{
    uint8_t h[ETHERNET + IPV4] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
    uint8_t *ip = h + ETHERNET, pseudo[12] = {0};
    be16(ip + 2, (uint32_t)(IPV4 + head + n));
    be16(ip + 4, ++next_id[dir]);
    be16(ip + 6, 0x4000);
    ip[8] = 64;
    ip[9] = proto;
    be32(ip + 12, e->addr[dir]);
    be32(ip + 16, e->addr[!dir]);
    put_checksum(ip + 10, sum(ip, IPV4, 0));
    memcpy(pseudo, ip + 12, 8);
    pseudo[9] = proto;
    be16(pseudo + 10, (uint32_t)(head + n));
    put_checksum(transport + checksum_at,
                 sum(payload, n, sum(transport, head, sum(pseudo, 12, 0))));
    const uint32_t len = (uint32_t)(sizeof h + head + n);
    const uint32_t record[4] = {(uint32_t)(ts_ns / 1000000000), (uint32_t)(ts_ns / 1000 % 1000000),
                                len, len};
    put(record, sizeof record);
    put(h, sizeof h);
    put(transport, head);
    put(payload, n);
}

void write_tcp(int64_t ts_ns, const ends *e, const segment *s, const uint8_t *payload, size_t n)
{
    uint8_t h[TCP + 40] = {0};
    be16(h, e->port[s->dir]);
    be16(h + 2, e->port[!s->dir]);
    be32(h + 4, s->seq);
    be32(h + 8, s->flags & 0x10 ? s->ack : 0);
    h[12] = (uint8_t)((TCP + s->options_len) / 4 << 4);
    h[13] = s->flags;
    be16(h + 14, 64240);
    if (s->options_len)
        memcpy(h + TCP, s->options, s->options_len);
    put_packet(ts_ns, e, s->dir, PROTO_TCP, h, TCP + s->options_len, 16, payload, n);
}

void write_udp(int64_t ts_ns, const ends *e, uint8_t dir, const uint8_t *payload, size_t n)
{
    uint8_t h[UDP] = {0};
    be16(h, e->port[dir]);
    be16(h + 2, e->port[!dir]);
    be16(h + 4, (uint32_t)(UDP + n));
    put_packet(ts_ns, e, dir, PROTO_UDP, h, UDP, 6, payload, n);
}
