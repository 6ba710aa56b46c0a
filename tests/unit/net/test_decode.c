/* Whole frames through all layers: what is put together of the layers' own tests, and the counters.
 */
#include "net/decode.h"

#include "base/limits.h"
#include "support/alloc.h"
#include "support/capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))

#define MACS              "\2\0\0\0\0\1\2\0\0\0\0\2"
#define IP4(total, proto) "\x45\0" total "\0\1\0\0\x40" proto "\0\0\xc0\0\2\1\xc0\0\2\2"
#define IP6(len, next)                                                                             \
    "\x60\0\0\0" len next "\x40"                                                                   \
    "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"                                                        \
    "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
#define TCP_HEADER      "\xc0\1\x13\xc4\0\0\0\1\0\0\0\2\x50\x18\x20\0\0\0\0\0"
#define UDP_HEADER(len) "\xc0\1\x13\xc4" len "\0\0"

static const struct {
    const char *name;
    uint16_t link;
    const char *bytes;
    size_t len;
    size_t payload_at; /* offset */
    const char *payload;
    uint8_t proto;
} frames[] = {
#define FRAME(name, link, headers, payload, padding, proto)                                        \
    {                                                                                              \
        name, link, headers payload padding, sizeof headers payload padding - 1,                   \
            sizeof headers - 1, payload, proto                                                     \
    }
    FRAME("Ethernet, IPv4, TCP", 1, MACS "\x08\0" IP4("\0\x2c", "\6") TCP_HEADER, "data", "", 6),
    FRAME("padding", 1, MACS "\x08\0" IP4("\0\x2a", "\6") TCP_HEADER, "da", "\0\0\0\0", 6),
    FRAME("no data but padding", 1, MACS "\x08\0" IP4("\0\x28", "\6") TCP_HEADER, "",
          "\0\0\0\0\0\0", 6),
    FRAME("UDP", 1, MACS "\x08\0" IP4("\0\x20", "\x11") UDP_HEADER("\0\xc"), "data", "", 17),
    FRAME("IPv6, UDP", 1, MACS "\x86\xdd" IP6("\0\xc", "\x11") UDP_HEADER("\0\xc"), "data", "", 17),
    FRAME("options", 1,
          MACS "\x86\xdd" IP6("\0\x14", "\x3c") "\x11\0\1\4\0\0\0\0" UDP_HEADER("\0\xc"), "data",
          "", 17),
    FRAME("two tags", 1, MACS "\x88\xa8\0\1\x81\0\0\2\x08\0" IP4("\0\x2c", "\6") TCP_HEADER, "data",
          "", 6),
    FRAME("Linux cooked", 113, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\0" IP4("\0\x2c", "\6") TCP_HEADER,
          "data", "", 6),
    FRAME("loopback", 0, "\2\0\0\0" IP4("\0\x2c", "\6") TCP_HEADER, "data", "", 6),
    FRAME("raw", 12, IP4("\0\x2c", "\6") TCP_HEADER, "data", "", 6),
    FRAME("raw IPv6", 12, IP6("\0\x18", "\6") TCP_HEADER, "data", "", 6),
    FRAME("offload", 1, MACS "\x08\0" IP4("\0\0", "\6") TCP_HEADER, "data", "", 6),
};

/* Decodes one packet from an allocation of exactly its size. */
static cx_l4 decode(cx_decoder *d, uint16_t link, const char *bytes, size_t len, uint32_t wire,
                    uint64_t no, size_t *ret_payload_at)
{
    uint8_t *copy = malloc(len ? len : 1);
    cx_l4 l4;
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    const cx_packet p = {
        .no = no, .ts_ns = 5, .bytes = {copy, len}, .wire_len = wire, .link = link, .file = 2};
    memset(&l4, 0xff, sizeof l4); /* the results of an earlier batch */
    (void)cx_decode(d, &p, 1, &l4, 1);
    assert_int_equal(l4.at.frame, no);
    assert_int_equal(l4.at.ts_ns, 5);
    assert_int_equal(l4.at.file, 2);
    *ret_payload_at = (size_t)(l4.payload.p - copy);
    free(copy);
    return l4;
}

static void decodes_frames(void **state)
{
    (void)state;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    for (size_t i = 0; i < N(frames); i++) {
        size_t at;
        cx_l4 l4 = decode(d, frames[i].link, frames[i].bytes, frames[i].len,
                          (uint32_t)frames[i].len, i + 1, &at);
        if (l4.status != CX_OK)
            fail_msg("%s: %s", frames[i].name, l4.what);
        assert_null(l4.what);
        assert_false(l4.fragment);
        assert_false(l4.link_unknown);
        assert_int_equal(l4.src.port, 49153);
        assert_int_equal(l4.dst.port, 5060);
        assert_int_equal(l4.src.proto, frames[i].proto);
        assert_int_equal(l4.src.addr[15], 1);
        assert_int_equal(l4.dst.addr[15], 2);
        assert_int_equal(l4.ttl, 64);
        assert_int_equal(at, frames[i].payload_at);
        assert_int_equal(l4.payload.len, strlen(frames[i].payload));
        assert_int_equal(l4.payload_wire, l4.payload.len);
    }
    cx_decoder_free(d);
}

/* Snapped at every byte: once the headers are there the rest is only missing. */
static void decodes_snapped_frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(frames); i++) {
        cx_decoder *d = cx_decoder_new();
        assert_non_null(d);
        const size_t end = frames[i].payload_at + strlen(frames[i].payload);
        for (size_t len = 0; len < frames[i].len; len++) {
            size_t at;
            cx_l4 l4 =
                decode(d, frames[i].link, frames[i].bytes, len, (uint32_t)frames[i].len, 1, &at);
            if (len < frames[i].payload_at) {
                assert_int_equal(l4.status, CX_TRUNCATED);
                assert_non_null(l4.what);
                continue;
            }
            assert_int_equal(l4.status, CX_OK);
            assert_int_equal(l4.payload.len, (len < end ? len : end) - frames[i].payload_at);
            assert_int_equal(l4.payload_wire, strlen(frames[i].payload));
            assert_int_equal(l4.src.port, 49153);
        }
        assert_int_equal(cx_decoder_stats(d)->truncated, frames[i].payload_at);
        assert_int_equal(cx_decoder_stats(d)->malformed, 0);
        cx_decoder_free(d);
    }
}

/* As short on the wire: somebody's fault, and never read past the end. */
static void decodes_short_frames(void **state)
{
    (void)state;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    for (size_t i = 0; i < N(frames); i++) {
        for (size_t len = 0; len < frames[i].payload_at; len++) {
            size_t at;
            cx_l4 l4 = decode(d, frames[i].link, frames[i].bytes, len, (uint32_t)len, 1, &at);
            assert_true(l4.status == CX_MALFORMED || l4.status == CX_TRUNCATED);
            assert_non_null(l4.what);
        }
    }
    cx_decoder_free(d);
}

static void counts_what_it_does_not_decode(void **state)
{
    (void)state;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    size_t at;
    cx_l4 l4 = decode(d, 1, MACS "\x08\6", 14, 14, 1, &at);
    assert_int_equal(l4.status, CX_UNSUPPORTED);
    assert_string_equal(l4.what, "ARP");
    l4 = decode(d, 1, MACS "\x08\0" IP4("\0\x18", "\x2f") "gre!", 38, 38, 2, &at);
    assert_int_equal(l4.status, CX_UNSUPPORTED);
    assert_string_equal(l4.what, "GRE");
    assert_int_equal(l4.src.family, 4); /* the addresses are known */
    assert_int_equal(l4.src.proto, 47);
    l4 = decode(d, 1, MACS "\x08\0" IP4("\0\x13", "\6"), 34, 34, 3, &at);
    assert_int_equal(l4.status, CX_MALFORMED);
    assert_string_equal(l4.what, "IPv4 total length");
    for (uint16_t i = 0; i < 20; i++) { /* ten link types, twice */
        l4 = decode(d, (uint16_t)(300 + i % 10), "?", 1, 1, 100u + i, &at);
        assert_int_equal(l4.status, CX_UNSUPPORTED);
        assert_true(l4.link_unknown);
    }
    const cx_decode_stats *s = cx_decoder_stats(d);
    assert_int_equal(s->not_ip, 1);
    assert_int_equal(s->malformed, 1);
    assert_int_equal(s->truncated, 0);
    assert_int_equal(s->n_unknown_links, 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(s->unknown_links[i].link, 300 + i);
        assert_int_equal(s->unknown_links[i].packets, 2);
        assert_int_equal(s->unknown_links[i].first.frame, 100 + i);
    }
    cx_decoder_free(d);
}

static void decodes_icmp(void **state)
{
    (void)state;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    static const char error[] = MACS "\x08\0" IP4("\0\x38", "\1") "\3\x0a\0\0\0\0\0\0" IP4(
        "\0\x2c", "\6") "\xc0\1\x13\xc4\1\2\3\4";
    size_t at;
    cx_l4 l4 = decode(d, 1, error, sizeof error - 1, sizeof error - 1, 7, &at);
    assert_int_equal(l4.status, CX_OK);
    assert_int_equal(l4.icmp.type, 3);
    assert_int_equal(l4.icmp.code, 10);
    assert_int_equal(l4.icmp.mtu, 0);
    assert_int_equal(l4.icmp.quoted_dst.port, 5060);
    assert_int_equal(l4.icmp.quoted_seq, 0x01020304);
    assert_true(cx_addr_eq(&l4.icmp.from, &l4.src));
    cx_decoder_free(d);
}

/* Cuts the IP payload of a frame at a multiple of 8 bytes and sends both halves. */
static void joins_fragments(void **state)
{
    (void)state;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    static const char text[] = "REGISTER sip:contoso.com SIP/2.0";
    const cx_slice whole = test_udp_frame(1000, 5060, cx_slice_of(text));
    const size_t ip_payload = whole.len - 34;
    for (size_t cut = 8; cut < ip_payload; cut += 8) {
        for (int swapped = 0; swapped < 2; swapped++) {
            uint8_t part[2][256];
            cx_packet p[2];
            cx_l4 l4[2];
            for (int k = 0; k < 2; k++) {
                size_t from = k ? cut : 0, len = k ? ip_payload - cut : cut;
                memcpy(part[k], whole.p, 34);
                memcpy(part[k] + 34, whole.p + 34 + from, len);
                part[k][17] = (uint8_t)(20 + len);
                part[k][19] = (uint8_t)(cut + (size_t)swapped); /* identification */
                part[k][20] = k ? 0 : 0x20;
                part[k][21] = (uint8_t)(from / 8);
                p[swapped ? 1 - k : k] = (cx_packet){.no = 1,
                                                     .bytes = {part[k], 34 + len},
                                                     .wire_len = (uint32_t)(34 + len),
                                                     .link = 1};
            }
            (void)cx_decode(d, p, 2, l4, 2);
            assert_int_equal(l4[0].status, CX_OK);
            assert_true(l4[0].fragment);
            assert_int_equal(l4[0].src.family, 4);
            /* the first one tells who talks to whom, and how it begins */
            assert_int_equal(l4[0].src.port, swapped ? 0 : 1000);
            assert_int_equal(l4[0].payload.len, swapped ? 0 : cut - 8);
            assert_int_equal(l4[1].status, CX_OK);
            assert_false(l4[1].fragment);
            assert_int_equal(l4[1].src.port, 1000);
            assert_int_equal(l4[1].dst.port, 5060);
            assert_true(cx_slice_is(l4[1].payload, text));
            assert_int_equal(l4[1].payload_wire, sizeof text - 1);
        }
    }
    assert_true(cx_decoder_stats(d)->fragments > 0);
    assert_int_equal(cx_decoder_stats(d)->fragments_lost, 0);
    cx_decoder_free(d);
}

static void tells_a_first_fragment_once(void **state)
{
    (void)state;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    /* total length 36, more fragments; UDP length 4000; 8 bytes of data */
    static const char first[] =
        MACS "\x08\0\x45\0\0\x24\0\1\x20\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2" UDP_HEADER(
            "\xf\xa0") "12345678";
    size_t at;
    for (unsigned copy = 0; copy < 2; copy++) {
        cx_l4 l4 = decode(d, 1, first, sizeof first - 1, sizeof first - 1, 1, &at);
        assert_int_equal(l4.status, CX_OK);
        assert_true(l4.fragment);
        assert_int_equal(l4.dst.port, copy ? 0 : 5060);
        assert_int_equal(l4.payload.len, copy ? 0 : 8);
        assert_int_equal(l4.payload_wire, copy ? 0 : 3992);
    }
    cx_decoder_free(d);
}

static void reads_the_start_of_cut_fragments(void **state)
{
    (void)state;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    /* total length 1500, more fragments; UDP length 4000; 4 bytes of data captured */
    static const char first[] = MACS
        "\x08\0\x45\0\5\xdc\0\1\x20\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2" UDP_HEADER("\xf\xa0") "data";
    size_t at;
    cx_l4 l4 = decode(d, 1, first, sizeof first - 1, 1514, 1, &at);
    assert_int_equal(l4.status, CX_OK);
    assert_false(l4.fragment);
    assert_int_equal(l4.dst.port, 5060);
    assert_int_equal(l4.payload.len, 4);
    assert_int_equal(l4.payload_wire, 3992);
    char later[sizeof first];
    memcpy(later, first, sizeof first);
    later[21] = 100;
    l4 = decode(d, 1, later, sizeof later - 1, 1514, 1, &at);
    assert_int_equal(l4.status, CX_TRUNCATED);
    assert_string_equal(l4.what, "IP fragment");
    cx_decoder_free(d);
}

/* A datagram of IPv6 fragments whose payload is a fragment again, and so on. */
static void nested_fragments_come_to_an_end(void **state)
{
    (void)state;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    enum { LEVELS = CX_MAX_IP_NESTING + 3 };
    uint8_t frame[54 + 8 * (LEVELS + 2)] = {[12] = 0x86, 0xdd, 0x60, [20] = 44, [21] = 64};
    cx_l4 l4;
    cx_packet p = {.no = 1, .bytes = {frame, 0}, .link = 1};
    for (uint8_t level = 0; level < LEVELS;
         level++) {                      /* the ends first: 8 bytes each at offset 8… */
        const size_t inner = LEVELS * 8; /* a header less and an end more on each level */
        memcpy(frame + 54,
               (const uint8_t[16]){59, 0, (uint8_t)(inner >> 8), (uint8_t)inner, 0, 0, 0, level},
               16);
        frame[19] = 16;
        p.bytes.len = p.wire_len = 70;
        (void)cx_decode(d, &p, 1, &l4, 1);
        assert_true(l4.fragment);
    }
    /* … then one packet that completes them all, one inside the other */
    for (uint8_t level = 0; level < LEVELS; level++)
        memcpy(frame + 54 + 8 * level, (const uint8_t[8]){44, 0, 0, 1, 0, 0, 0, level}, 8);
    memset(frame + 54 + 8 * LEVELS, 0, 8);
    frame[19] = 8 * (LEVELS + 1);
    p.bytes.len = p.wire_len = 54 + 8 * (LEVELS + 1);
    (void)cx_decode(d, &p, 1, &l4, 1);
    assert_int_equal(l4.status, CX_LIMIT);
    assert_string_equal(l4.what, "IP nesting");
    assert_int_equal(cx_decoder_stats(d)->too_deep, 1);
    assert_int_equal(cx_decoder_stats(d)->first_too_deep.frame, p.no);
    cx_decoder_free(d);
}

/* Two frames in one packet of 802.11, each with a datagram. */
static void gives_each_frame_of_a_packet(void **state)
{
    (void)state;
    static const char packets[] =
        "\x88\1\0\0\2\0\0\0\0\1\2\0\0\0\0\2\2\0\0\0\0\3\0\0\x80\0" MACS
        "\0\x28\xaa\xaa\3\0\0\0\x08\0" IP4("\0\x20", "\x11")
            UDP_HEADER("\0\xc") "one!"
                                "\0\0" MACS "\0\x28\xaa\xaa\3\0\0\0\x08\0" IP4("\0\x20", "\x11")
                                    UDP_HEADER("\0\xc") "two!";
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    cx_packet p[2];
    for (size_t i = 0; i < 2; i++)
        p[i] = (cx_packet){.no = i + 1,
                           .bytes = {(const uint8_t *)packets, sizeof packets - 1},
                           .wire_len = sizeof packets - 1,
                           .link = 105};
    cx_l4 out[4];
    assert_int_equal(cx_decode(d, p, 2, out, 4), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(out[i].status, CX_OK);
        assert_int_equal(out[i].at.frame, i / 2 + 1);
        assert_true(cx_slice_is(out[i].payload, i % 2 ? "two!" : "one!"));
    }
    assert_int_equal(cx_decoder_stats(d)->subframes_lost, 0);
    /* each packet has its place; what there is no room for is counted */
    assert_int_equal(cx_decode(d, p, 2, out, 2), 2);
    assert_int_equal(out[1].at.frame, 2);
    assert_true(cx_slice_is(out[1].payload, "one!"));
    assert_int_equal(cx_decoder_stats(d)->subframes_lost, 2);
    assert_int_equal(cx_decode(d, p, 2, out, 3), 3);
    assert_int_equal(out[2].at.frame, 2);
    assert_int_equal(cx_decoder_stats(d)->subframes_lost, 3);
    cx_decoder_free(d);
}

/* IPv4 in IPv4, as deep as it goes and one deeper. */
static void follows_so_many_ip_headers(void **state)
{
    (void)state;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    for (size_t n = CX_MAX_IP_NESTING - 1; n <= CX_MAX_IP_NESTING + 1; n++) {
        uint8_t bytes[20 * (CX_MAX_IP_NESTING + 2) + 12];
        size_t len = 20 * (n + 1) + 12;
        for (size_t i = 0; i <= n; i++) {
            memcpy(bytes + 20 * i, IP4("\0\0", "\4"), 20);
            bytes[20 * i + 2] = (uint8_t)((len - 20 * i) >> 8);
            bytes[20 * i + 3] = (uint8_t)(len - 20 * i);
            bytes[20 * i + 15] = (uint8_t)(100 + i);
        }
        bytes[20 * n + 9] = 17;
        memcpy(bytes + 20 * (n + 1), UDP_HEADER("\0\xc") "data", 12);
        size_t at;
        cx_l4 l4 = decode(d, 12, (const char *)bytes, len, (uint32_t)len, 1, &at);
        assert_int_equal(l4.status, n <= CX_MAX_IP_NESTING ? CX_OK : CX_LIMIT);
        if (l4.status != CX_OK)
            continue;
        assert_int_equal(l4.src.addr[15], 100 + n);
        assert_int_equal(l4.dst.port, 5060);
        assert_int_not_equal(l4.path, CX_PATH_NONE);
    }
    assert_int_equal(cx_decoder_stats(d)->too_deep, 1);
    cx_decoder_free(d);
}

/* Fragments in two tunnels with the same ends and identification are two datagrams. */
static void keeps_fragments_of_tunnels_apart(void **state)
{
    (void)state;
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    cx_path path[2];
    for (int last = 0; last < 2; last++)
        for (uint8_t tunnel = 0; tunnel < 2; tunnel++) {
            uint8_t bytes[56];
            memcpy(bytes, IP4("\0\x38", "\4"), 20);
            bytes[15] = (uint8_t)(9 + tunnel); /* the outer source */
            memcpy(bytes + 20, IP4("\0\x24", "\x11"), 20);
            bytes[26] = last ? 0 : 0x20; /* more fragments */
            bytes[27] = last ? 2 : 0;
            memcpy(bytes + 40, last ? "and the rest...." : UDP_HEADER("\0\x20") "datagram", 16);
            bytes[48] = last ? bytes[48] : (uint8_t)('0' + tunnel);
            size_t at;
            cx_l4 l4 = decode(d, 12, (const char *)bytes, sizeof bytes, sizeof bytes, 1, &at);
            assert_int_equal(l4.status, CX_OK);
            assert_int_equal(l4.fragment, !last);
            if (!last)
                continue;
            assert_int_equal(l4.payload_wire, 24);
            assert_int_equal(l4.payload.p[0], '0' + tunnel);
            path[tunnel] = l4.path;
        }
    assert_int_not_equal(path[0], path[1]);
    cx_decoder_free(d);
}

/* GRE with a key of its own in each packet. */
static void counts_tunnels_that_it_cannot_tell_apart(void **state)
{
    (void)state;
    uint8_t bytes[20 + 8 + 32];
    memcpy(bytes, IP4("\0\x3c", "\x2f") "\x20\0\x08\0\0\0\0\0", 28);
    memcpy(bytes + 28, IP4("\0\x20", "\x11") UDP_HEADER("\0\xc") "data", 32);
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    for (uint32_t i = 1; i <= CX_MAX_PATHS + 2; i++) {
        bytes[25] = (uint8_t)(i >> 16);
        bytes[26] = (uint8_t)(i >> 8);
        bytes[27] = (uint8_t)i;
        const cx_packet p = {
            .no = i, .bytes = {bytes, sizeof bytes}, .wire_len = sizeof bytes, .link = 12};
        cx_l4 l4;
        assert_int_equal(cx_decode(d, &p, 1, &l4, 1), 1);
        assert_int_equal(l4.status, CX_OK);
        assert_int_equal(l4.path, i <= CX_MAX_PATHS ? i : CX_PATH_LOST);
    }
    assert_int_equal(cx_decoder_stats(d)->paths_lost, 2);
    cx_decoder_free(d);
}

static void counts_what_the_link_encrypts(void **state)
{
    (void)state;
    static const char frame[] = "\x08\x41\0\0\2\0\0\0\0\1\2\0\0\0\0\2\2\0\0\0\0\3\0\0secret";
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    size_t at;
    cx_l4 l4 = decode(d, 105, frame, sizeof frame - 1, sizeof frame - 1, 4, &at);
    assert_int_equal(l4.status, CX_UNSUPPORTED);
    assert_int_equal(cx_decoder_stats(d)->encrypted, 1);
    assert_int_equal(cx_decoder_stats(d)->first_encrypted.frame, 4);
    cx_decoder_free(d);
}

static void survives_failed_allocations(void **state)
{
    (void)state;
    for (size_t k = 1; k <= 4; k++) {
        test_alloc_fail_at(k);
        assert_null(cx_decoder_new());
    }
    test_alloc_fail_at(0);
    cx_decoder *d = cx_decoder_new();
    assert_non_null(d);
    static const char fragment[] =
        MACS "\x08\0\x45\0\0\x1c\0\1\x20\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2"
             "datadata";
    size_t at;
    for (size_t i = 0; i < N(frames); i++) { /* ordinary packets need none */
        uint8_t copy[256];
        cx_l4 l4;
        memcpy(copy, frames[i].bytes, frames[i].len);
        const cx_packet p = {.bytes = {copy, frames[i].len},
                             .wire_len = (uint32_t)frames[i].len,
                             .link = frames[i].link};
        test_alloc_fail_at(1);
        (void)cx_decode(d, &p, 1, &l4, 1);
        assert_int_equal(test_alloc_calls(), 0);
        test_alloc_fail_at(0);
        assert_int_equal(l4.status, CX_OK);
    }
    test_alloc_fail_at(2);
    cx_l4 l4 = decode(d, 1, fragment, sizeof fragment - 1, sizeof fragment - 1, 1, &at);
    test_alloc_fail_at(0);
    assert_int_equal(l4.status, CX_OK);
    assert_true(l4.fragment);
    assert_int_equal(cx_decoder_stats(d)->fragments_lost, 1);
    cx_decoder_free(d);
    cx_decoder_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_frames),
        cmocka_unit_test(decodes_snapped_frames),
        cmocka_unit_test(decodes_short_frames),
        cmocka_unit_test(counts_what_it_does_not_decode),
        cmocka_unit_test(decodes_icmp),
        cmocka_unit_test(joins_fragments),
        cmocka_unit_test(tells_a_first_fragment_once),
        cmocka_unit_test(reads_the_start_of_cut_fragments),
        cmocka_unit_test(nested_fragments_come_to_an_end),
        cmocka_unit_test(gives_each_frame_of_a_packet),
        cmocka_unit_test(follows_so_many_ip_headers),
        cmocka_unit_test(keeps_fragments_of_tunnels_apart),
        cmocka_unit_test(counts_tunnels_that_it_cannot_tell_apart),
        cmocka_unit_test(counts_what_the_link_encrypts),
        cmocka_unit_test(survives_failed_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
