#include "flow/duplicate.h"

#include "base/limits.h"
#include "support/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))
#define US      INT64_C(1000)
#define MS      (1000 * US)

/* A packet and what its possible copy has in its place. */
typedef struct variant {
    const char *name;
    uint8_t family, proto, flags;
    uint16_t id;
    int ttl; /* added to the copy */
    int64_t later_ns;
    bool repeated, is_copy;
} variant;

static cx_l4 packet(const variant *v)
{
    cx_l4 p = {.at = {.frame = 1, .ts_ns = 5000 * MS},
               .src = {.port = 40000, .family = v->family, .proto = v->proto},
               .dst = {.port = 5060, .family = v->family, .proto = v->proto},
               .ttl = 64,
               .ip_id = v->id,
               .tcp_flags = v->flags,
               .tcp_header = 20,
               .seq = 100,
               .ack = 200,
               .window = 300,
               .checksum = 0x1234,
               .payload = cx_slice_of(v->flags == CX_TCP_FLAG_ACK ? "" : "REGISTER")};
    p.src.addr[15] = 1;
    p.dst.addr[15] = 2;
    p.payload_wire = (uint32_t)p.payload.len;
    return p;
}

/* Is the second taken for a copy of the first? */
static bool is_copy(const cx_l4 *first, const cx_l4 *second)
{
    cx_duplicates *d = cx_duplicates_new();
    cx_evidence of = {.frame = 99};
    assert_non_null(d);
    assert_false(cx_duplicates_check(d, first, cx_duplicate_print(first), 7, &of));
    bool copy = cx_duplicates_check(d, second, cx_duplicate_print(second), 7, &of);
    assert_int_equal(of.frame, copy ? 1 : 99);
    cx_duplicates_free(d);
    return copy;
}

static void time_and_identification_decide(void **state)
{
    (void)state;
    enum { TCP = CX_IPPROTO_TCP, UDP = CX_IPPROTO_UDP, PSH = CX_TCP_FLAG_PSH, A = CX_TCP_FLAG_ACK };
    static const variant rows[] = {
        /* behind a router: the identification stays, the hop limit does not */
        {"routed", 4, UDP, 0, 7, -1, 999 * MS, false, true},
        {"routed, too late", 4, UDP, 0, 7, -1, 1000 * MS, false, false},
        {"routed, the later one first", 4, UDP, 0, 7, 1, -50 * US, false, true},
        {"mirrored", 4, UDP, 0, 7, 0, 99 * MS, false, true},
        {"a host that sends again", 4, UDP, 0, 7, 0, 500 * MS, false, false},
        {"routed, no identification", 4, UDP, 0, 0, -1, 99 * MS, false, true},
        {"routed, no identification, late", 4, UDP, 0, 0, -1, 100 * MS, false, false},
        {"nothing to tell by", 4, UDP, 0, 0, 0, 999 * US, false, true},
        {"sent again, nothing to tell by", 4, UDP, 0, 0, 0, 1 * MS, false, false},
        {"IPv6, mirrored", 6, UDP, 0, 0, 0, 50 * US, false, true},
        {"IPv6, routed", 6, UDP, 0, 0, -2, 50 * MS, false, true},
        {"IPv6, sent again", 6, UDP, 0, 0, 0, 500 * MS, false, false},
        {"802.11 says so", 6, UDP, 0, 0, 0, 20 * MS, true, true},
        {"TCP, mirrored", 4, TCP, PSH, 7, 0, 20 * MS, false, true},
        {"TCP, IPv6", 6, TCP, PSH, 0, 0, 20 * US, false, true},
        {"acknowledgments of one kind", 6, TCP, A, 0, 0, 20 * US, false, false},
        {"acknowledgments, identified", 4, TCP, A, 7, 0, 20 * US, false, true},
        {"acknowledgments, routed", 6, TCP, A, 0, -1, 20 * US, false, true},
        {"SYN", 6, TCP, CX_TCP_FLAG_SYN, 0, 0, 20 * US, false, true},
        {"SYN again", 6, TCP, CX_TCP_FLAG_SYN, 0, 0, 1000 * MS, false, false},
        {"at the same time", 4, UDP, 0, 0, 0, 0, false, true},
    };
    for (size_t i = 0; i < N(rows); i++) {
        cx_l4 first = packet(&rows[i]), second = first;
        second.at.frame = 2;
        second.at.ts_ns += rows[i].later_ns;
        second.ttl = (uint8_t)(second.ttl + rows[i].ttl);
        second.repeated = rows[i].repeated;
        if (is_copy(&first, &second) != rows[i].is_copy)
            fail_msg("%s", rows[i].name);
    }
}

/* Whatever else differs, it is another packet. */
static void all_else_must_be_equal(void **state)
{
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        const variant v = {.family = 4,
                           .proto = tcp ? CX_IPPROTO_TCP : CX_IPPROTO_UDP,
                           .flags = tcp ? CX_TCP_FLAG_PSH : 0,
                           .id = 7};
        const cx_l4 first = packet(&v);
        for (int what = 0; what < 11; what++) {
            cx_l4 second = first;
            second.at.frame = 2;
            second.src.addr[14] = what == 0;
            second.dst.addr[14] = what == 1;
            second.src.port = what == 2 ? 40001 : 40000;
            second.dst.port = what == 3 ? 5061 : 5060;
            second.ip_id = what == 4 ? 8 : 7;
            second.payload_wire = what == 5 ? 9 : 8;
            second.seq = tcp && what == 6 ? 101 : 100;
            second.ack = tcp && what == 7 ? 201 : 200;
            second.window = tcp && what == 8 ? 301 : 300;
            if (tcp && what == 9)
                second.tcp_flags = CX_TCP_FLAG_PSH | CX_TCP_FLAG_FIN;
            if (what == 10)
                second.payload = cx_slice_of("REGISTEr");
            if (tcp && what == 10)
                second.checksum = 0x1214;
            const bool same = !tcp && what >= 6 && what <= 9;
            if (is_copy(&first, &second) != same)
                fail_msg("%s, difference %d", tcp ? "TCP" : "UDP", what);
        }
    }
}

/* A checksum that was left to the network card proves nothing. */
static void checksums_of_cards(void **state)
{
    (void)state;
    static const struct {
        uint16_t first, second;
        bool is_copy;
    } rows[] = {
        {0x1234, 0, true},      /* not filled in */
        {0x1234, 0x1425, true}, /* 10.0.0.1 + 10.0.0.2 + TCP + 20 bytes of header and 8 more */
        {0x1425, 0x1234, true}, /* the other way round */
        {0x1234, 0x1409, true}, /* without a length, for cards that cut segments up */
        {0x1234, 0x1408, false},
    };
    for (size_t i = 0; i < N(rows); i++) {
        const variant v = {.family = 4, .proto = CX_IPPROTO_TCP, .flags = CX_TCP_FLAG_PSH, .id = 7};
        cx_l4 first = packet(&v);
        memcpy(first.src.addr + 12, "\x0a\0\0\1", 4);
        memcpy(first.dst.addr + 12, "\x0a\0\0\2", 4);
        cx_l4 second = first;
        first.checksum = rows[i].first;
        second.checksum = rows[i].second;
        if (is_copy(&first, &second) != rows[i].is_copy)
            fail_msg("row %zu", i);
    }
}

static void the_latest_are_remembered(void **state)
{
    (void)state;
    const variant v = {.family = 4, .proto = CX_IPPROTO_UDP};
    cx_duplicates *d = cx_duplicates_new();
    assert_non_null(d);
    unsigned found = 0;
    const unsigned kept = CX_MAX_RECENT / 8;
    for (int round = 0; round < 2; round++)
        for (unsigned i = 0; i < kept; i++) {
            cx_l4 p = packet(&v);
            cx_evidence of;
            p.ip_id = (uint16_t)(i + 1);
            p.at.frame = i + 1 + (unsigned)round * kept;
            p.at.ts_ns += (int64_t)p.at.frame;
            if (!cx_duplicates_check(d, &p, cx_duplicate_print(&p), 7, &of))
                continue;
            assert_int_equal(round, 1);
            assert_int_equal(of.frame, i + 1);
            found++;
        }
    assert_true(found > kept * 95 / 100); /* a few share a place with two others */
    cx_duplicates_free(d);
    cx_duplicates_free(NULL);
}

/* A third and fourth copy are those of the first packet; a flow that is not foreseeable keeps
 * forged prints apart. */
static void copies_of_copies(void **state)
{
    (void)state;
    const variant v = {.family = 4, .proto = CX_IPPROTO_UDP, .id = 9};
    cx_duplicates *d = cx_duplicates_new();
    cx_evidence of = {0};
    assert_non_null(d);
    cx_l4 p = packet(&v);
    const uint64_t print = cx_duplicate_print(&p);
    for (unsigned i = 0; i < 5; i++) {
        p.at.frame = i + 1;
        p.ttl--;
        assert_int_equal(cx_duplicates_check(d, &p, print, 7, &of), i > 0);
        assert_int_equal(of.frame, i > 0);
    }
    assert_false(cx_duplicates_check(d, &p, print, 8, &of));
    cx_duplicates_free(d);
}

static void flows_leave_copies_alone(void **state)
{
    (void)state;
    const test_net loud = {.config.dissectors = NULL};
    test_net_expect(&loud, "c a1x;=c a1x;=-c a1x;s a1X;=-s a1X;c a1x",
                    "alpha(x)@1-1 copy@2=1 copy@3=1 alpha<(X)@4-4 copy@5=4 alpha(x)@6-6");
    /* of datagrams that nobody reads after some, copies are not looked for */
    test_net_expect(&loud, "c@7 z;c@7 z;c@7 z;=c@7 z;c@7 z;c@7 z;=c@7 z", "copy@4=3");
    test_net_expect(&loud, "c a1x;I 3 3 100;=I 3 3 100;+500 I 3 3 100",
                    "alpha(x)@1-1 icmp(3/3)@2 copy@3=2 icmp(3/3)@4");
    test_net_expect(&loud,
                    "C S 100 0;=-C S 100 0;S SA 500 101;=S SA 500 101;C A 101 501;=-C A 101 501",
                    "syn@1 copy@2=1 copy@4=3 connected@5[ answer=3 rtt=1 ] copy@6=5 open@5[ ]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_and_identification_decide),
        cmocka_unit_test(all_else_must_be_equal),
        cmocka_unit_test(checksums_of_cards),
        cmocka_unit_test(the_latest_are_remembered),
        cmocka_unit_test(copies_of_copies),
        cmocka_unit_test(flows_leave_copies_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
