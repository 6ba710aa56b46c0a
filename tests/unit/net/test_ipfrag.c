#include "net/ipfrag.h"

#include "base/limits.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))

static const int64_t second_ns = 1000000000;

/* A fragment: offset, bytes; more follows. */
typedef struct piece {
    uint32_t at;
    const char *bytes;
    bool more;
} piece;

static cx_ip ip_of(uint8_t family, uint32_t id, uint32_t at, cx_slice bytes, bool more)
{
    return (cx_ip){.src = {.family = family, .addr = {1}, .proto = 17},
                   .dst = {.family = family, .addr = {2}, .proto = 17},
                   .proto = 17,
                   .payload = bytes,
                   .wire = (uint32_t)bytes.len,
                   .link_wire = (uint32_t)bytes.len,
                   .fragment = true,
                   .more = more,
                   .frag_id = id,
                   .frag_at = at};
}

/* Pushes a piece from an allocation of exactly its size, which is gone before anything is read. */
static cx_status push(cx_ipfrag *f, uint8_t family, uint32_t id, piece p, int64_t ts_ns, cx_ip *ip)
{
    cx_slice bytes = cx_slice_of(p.bytes);
    uint8_t *copy = malloc(bytes.len ? bytes.len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes.p, bytes.len);
    *ip = ip_of(family, id, p.at, (cx_slice){copy, bytes.len}, p.more);
    cx_status status = cx_ipfrag_push(f, ip, ts_ns);
    free(copy);
    return status;
}

#define A "aaaaaaaa"
#define B "bbbbbbbb"
#define C "cccccccc"
#define D "dddd"

/* Pieces in order of arrival, what each push answers, and the datagram. V4 and V6: the family. */
static const struct {
    const char *name;
    uint8_t family;
    piece pieces[6];
    cx_status answers[6];
    const char *whole; /* NULL: never */
    uint64_t lost;
} talks[] = {
#define MORE CX_NEED_MORE
    {"in order",
     4,
     {{0, A B, true}, {16, C, true}, {24, D, false}},
     {MORE, MORE, CX_OK},
     A B C D,
     0},
    {"in order",
     6,
     {{0, A B, true}, {16, C, true}, {24, D, false}},
     {MORE, MORE, CX_OK},
     A B C D,
     0},
    {"last first",
     4,
     {{24, D, false}, {0, A B, true}, {16, C, true}},
     {MORE, MORE, CX_OK},
     A B C D,
     0},
    {"last first",
     6,
     {{24, D, false}, {16, C, true}, {0, A B, true}},
     {MORE, MORE, CX_OK},
     A B C D,
     0},
    {"two", 4, {{0, A, true}, {8, "b", false}}, {MORE, CX_OK}, A "b", 0},
    {"each twice",
     4,
     {{0, A, true}, {0, A, true}, {8, D, false}, {8, D, false}},
     {MORE, MORE, CX_OK, MORE},
     A D,
     0},
    {"each twice",
     6,
     {{0, A, true}, {0, A, true}, {8, D, false}, {8, D, false}},
     {MORE, MORE, CX_OK, MORE},
     A D,
     0},
    {"all twice",
     4,
     {{0, A, true}, {8, D, false}, {0, A, true}, {8, D, false}},
     {MORE, CX_OK, MORE, CX_OK},
     A D,
     0},
    {"copies between",
     4,
     {{0, A, true}, {8, B, true}, {0, A, true}, {16, D, false}, {8, B, true}, {16, D, false}},
     {MORE, MORE, MORE, CX_OK, MORE, MORE},
     A B D,
     0},
    {"first copy wins",
     4,
     {{8, B, true}, {0, A A, true}, {16, D, false}},
     {MORE, MORE, CX_OK},
     A B D,
     0},
    {"first copy wins at the end", 4, {{8, D, false}, {0, A, true}}, {MORE, CX_OK}, A D, 0},
    {"around",
     4,
     {{8, B, true}, {0, A A A, true}, {24, D, false}},
     {MORE, MORE, CX_OK},
     A B A D,
     0},
    {"partial overlap",
     6,
     {{8, B, true}, {0, A A, true}, {16, D, false}},
     {MORE, CX_MALFORMED, CX_MALFORMED},
     NULL,
     3},
    {"other bytes",
     6,
     {{0, A, true}, {0, B, true}, {8, D, false}},
     {MORE, CX_MALFORMED, CX_MALFORMED},
     NULL,
     3},
    {"inside",
     6,
     {{0, A B C, true}, {8, B, true}, {24, D, false}},
     {MORE, MORE, CX_OK},
     A B C D,
     0},
    {"first missing", 4, {{8, B, true}, {16, D, false}}, {MORE, MORE}, NULL, 2},
    {"middle missing", 4, {{0, A, true}, {16, D, false}}, {MORE, MORE}, NULL, 2},
    {"last missing", 4, {{0, A, true}, {8, B, true}}, {MORE, MORE}, NULL, 2},
    {"behind the end",
     4,
     {{8, D, false}, {16, C, true}, {0, A, true}},
     {MORE, CX_MALFORMED, CX_OK},
     A D,
     0},
    {"end before bytes",
     4,
     {{0, A, true}, {16, C, true}, {8, D, false}, {8, B, true}, {24, D, false}},
     {MORE, MORE, CX_MALFORMED, MORE, CX_OK},
     A B C D,
     0},
    {"two ends",
     4,
     {{8, B, false}, {8, D, false}, {0, A, true}},
     {MORE, CX_MALFORMED, CX_OK},
     A B,
     0},
    {"no multiple of 8", 4, {{0, "aaaaaaa", true}, {8, D, false}}, {CX_MALFORMED, MORE}, NULL, 1},
    {"empty", 4, {{0, "", true}, {8, "", false}}, {CX_MALFORMED, CX_MALFORMED}, NULL, 0},
};

static void joins(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(talks); i++) {
        cx_ipfrag *f = cx_ipfrag_new();
        assert_non_null(f);
        bool whole = false;
        for (size_t k = 0; k < 6 && talks[i].pieces[k].bytes; k++) {
            cx_ip ip;
            cx_status status = push(f, talks[i].family, 99, talks[i].pieces[k], (int64_t)k, &ip);
            if (status != talks[i].answers[k])
                fail_msg("%s (IPv%d), piece %zu: %s", talks[i].name, talks[i].family, k,
                         cx_status_text(status));
            if (status != CX_OK)
                continue;
            whole = true;
            if (!cx_slice_is(ip.payload, talks[i].whole))
                fail_msg("%s: %.*s", talks[i].name, (int)ip.payload.len,
                         (const char *)ip.payload.p);
            assert_int_equal(ip.wire, ip.payload.len);
            assert_int_equal(ip.link_wire, ip.payload.len);
            assert_false(ip.fragment);
            assert_int_equal(ip.proto, 17);
        }
        assert_int_equal(whole, talks[i].whole != NULL);
        if (cx_ipfrag_lost(f) != talks[i].lost)
            fail_msg("%s: %d lost", talks[i].name, (int)cx_ipfrag_lost(f));
        cx_ipfrag_free(f);
    }
}

/* A copy that comes within a second is none that could be lost; what is sent again is. */
static void a_copy_comes_soon(void **state)
{
    (void)state;
    const piece first = {0, A, true}, last = {8, D, false}, other = {0, B, true};
    static const struct {
        int64_t later_ns;
        uint64_t lost;
    } rows[] = {{1000000000, 0}, {1000000001, 1}, {-5000000000, 0}};
    for (size_t i = 0; i < N(rows); i++) {
        cx_ipfrag *f = cx_ipfrag_new();
        cx_ip ip;
        assert_non_null(f);
        const int64_t then_ns = 9 * second_ns;
        assert_int_equal(push(f, 4, 1, first, then_ns, &ip), MORE);
        assert_int_equal(push(f, 4, 1, last, then_ns, &ip), CX_OK);
        assert_int_equal(push(f, 4, 1, last, then_ns + rows[i].later_ns, &ip), MORE);
        assert_int_equal(cx_ipfrag_lost(f), rows[i].lost);
        assert_int_equal(push(f, 4, 1, first, then_ns + rows[i].later_ns, &ip), CX_OK);
        assert_true(cx_slice_is(ip.payload, A D));
        assert_int_equal(cx_ipfrag_lost(f), 0);
        cx_ipfrag_free(f);
    }
    /* other bytes are another datagram at once */
    cx_ipfrag *f = cx_ipfrag_new();
    cx_ip ip;
    assert_non_null(f);
    assert_int_equal(push(f, 4, 1, first, 0, &ip), MORE);
    assert_int_equal(push(f, 4, 1, last, 0, &ip), CX_OK);
    assert_int_equal(push(f, 4, 1, other, 0, &ip), MORE);
    assert_int_equal(cx_ipfrag_lost(f), 1);
    assert_int_equal(push(f, 4, 1, last, 0, &ip), CX_OK);
    assert_true(cx_slice_is(ip.payload, B D));
    assert_int_equal(cx_ipfrag_lost(f), 0);
    cx_ipfrag_free(f);
}

static void the_first_fragment_tells_the_protocol_of_ipv6(void **state)
{
    (void)state;
    cx_ipfrag *f = cx_ipfrag_new();
    const piece pieces[2] = {{8, D, false}, {0, A, true}};
    for (int order = 0; order < 2; order++) {
        cx_status status = CX_OK;
        cx_ip ip;
        for (int k = 0; k < 2; k++) {
            piece p = pieces[order ? 1 - k : k];
            ip = ip_of(6, order ? 5 : 6, p.at, cx_slice_of(p.bytes), p.more);
            ip.proto = p.at == 0 ? 6 : 60; /* RFC 8200 4.5: that of the others is not looked at */
            status = cx_ipfrag_push(f, &ip, 0);
        }
        assert_int_equal(status, CX_OK);
        assert_int_equal(ip.proto, 6);
        assert_int_equal(ip.src.proto, 6);
    }
    cx_ipfrag_free(f);
}

static void keeps_datagrams_apart(void **state)
{
    (void)state;
    cx_ipfrag *f = cx_ipfrag_new();
    cx_ip first = ip_of(4, 1, 0, cx_slice_of(A), true);
    assert_int_equal(cx_ipfrag_push(f, &first, 0), CX_NEED_MORE);
    for (int i = 0; i < 5; i++) { /* each differs in one thing */
        cx_ip other = ip_of(i == 0 ? 6 : 4, i == 1 ? 2 : 1, 8, cx_slice_of(D), false);
        if (i == 2)
            other.src.addr[15] = 9;
        if (i == 3)
            other.dst.addr[15] = 9;
        if (i == 4)
            other.proto = 6;
        assert_int_equal(cx_ipfrag_push(f, &other, 0), CX_NEED_MORE);
    }
    cx_ip last = ip_of(4, 1, 8, cx_slice_of(D), false);
    assert_int_equal(cx_ipfrag_push(f, &last, 0), CX_OK);
    assert_int_equal(cx_ipfrag_lost(f), 5);
    cx_ipfrag_free(f);
}

static void datagrams_live_until_release(void **state)
{
    (void)state;
    cx_ipfrag *f = cx_ipfrag_new();
    cx_ip whole[40];
    for (uint32_t i = 0; i < N(whole); i++) { /* the same identification over and over */
        char text[9] = A;
        text[0] = (char)('A' + i);
        assert_int_equal(push(f, 4, 1, (piece){0, text, true}, 0, &whole[i]), CX_NEED_MORE);
        assert_int_equal(push(f, 4, 1, (piece){8, text, false}, 0, &whole[i]), CX_OK);
    }
    for (uint32_t i = 0; i < N(whole); i++) {
        assert_int_equal(whole[i].payload.len, 16);
        assert_int_equal(whole[i].payload.p[0], 'A' + i);
        assert_int_equal(whole[i].payload.p[8], 'A' + i);
    }
    cx_ipfrag_release(f);
    cx_ipfrag_release(f);
    assert_int_equal(cx_ipfrag_lost(f), 0);
    cx_ipfrag_free(f);
}

static void forgets_after_30_s(void **state)
{
    (void)state;
    static const struct {
        int64_t first_ns, last_ns;
        cx_status status;
    } rows[] = {
        {0, 30 * second_ns, CX_OK},           {0, 30 * second_ns + 1, CX_NEED_MORE},
        {100 * second_ns, 0, CX_OK}, /* a clock that was set back */
        {INT64_MIN, INT64_MAX, CX_NEED_MORE}, {INT64_MAX, INT64_MIN, CX_OK},
    };
    for (size_t i = 0; i < N(rows); i++) {
        cx_ipfrag *f = cx_ipfrag_new();
        cx_ip ip;
        assert_int_equal(push(f, 4, 1, (piece){0, A, true}, rows[i].first_ns, &ip), CX_NEED_MORE);
        assert_int_equal(push(f, 4, 1, (piece){8, D, false}, rows[i].last_ns, &ip), rows[i].status);
        assert_int_equal(cx_ipfrag_lost(f), rows[i].status == CX_OK ? 0 : 2);
        cx_ipfrag_free(f);
    }
}

static void drops_the_oldest_when_full(void **state)
{
    (void)state;
    cx_ipfrag *f = cx_ipfrag_new();
    cx_ip ip;
    for (uint32_t id = 0; id < CX_MAX_FRAG_SETS + 10; id++)
        assert_int_equal(push(f, 6, id, (piece){0, A, true}, id, &ip), CX_NEED_MORE);
    assert_int_equal(cx_ipfrag_evicted(f), 10);
    /* the youngest first, because each that is not found makes room for itself */
    for (uint32_t id = CX_MAX_FRAG_SETS + 10; id-- > 0;)
        assert_int_equal(push(f, 6, id, (piece){8, D, false}, id, &ip),
                         id >= 10 ? CX_OK : CX_NEED_MORE);
    assert_int_equal(cx_ipfrag_lost(f), 20);
    assert_int_equal(cx_ipfrag_evicted(f), 10); /* whole ones are not lost */
    cx_ipfrag_free(f);
}

static void a_reused_identification_is_young_again(void **state)
{
    (void)state;
    cx_ipfrag *f = cx_ipfrag_new();
    cx_ip ip;
    assert_int_equal(push(f, 4, 1, (piece){0, A, true}, 0, &ip), CX_NEED_MORE);
    assert_int_equal(push(f, 4, 1, (piece){8, D, false}, 0, &ip), CX_OK);
    assert_int_equal(push(f, 4, 2, (piece){0, A, true}, 5 * second_ns, &ip), CX_NEED_MORE);
    assert_int_equal(push(f, 4, 1, (piece){0, B, true}, 20 * second_ns, &ip), CX_NEED_MORE);
    assert_int_equal(push(f, 4, 2, (piece){8, D, false}, 40 * second_ns, &ip),
                     CX_NEED_MORE); /* too old */
    assert_int_equal(push(f, 4, 1, (piece){8, C, false}, 45 * second_ns, &ip), CX_OK);
    assert_true(cx_slice_is(ip.payload, B C));
    cx_ipfrag_free(f);
}

static void holds_the_largest_datagram_and_no_larger(void **state)
{
    (void)state;
    static uint8_t bytes[65536];
    static const struct {
        uint32_t at, len;
        cx_status status;
    } rows[] = {
        {65528, 7, CX_OK}, {65528, 8, CX_MALFORMED}, {65528, 65535, CX_MALFORMED},
        {8, 65527, CX_OK}, {8, 65528, CX_MALFORMED},
    };
    for (size_t i = 0; i < N(rows); i++) {
        cx_ipfrag *f = cx_ipfrag_new();
        cx_ip ip = ip_of(4, 1, 0, (cx_slice){bytes, rows[i].at}, true);
        assert_int_equal(cx_ipfrag_push(f, &ip, 0), CX_NEED_MORE);
        ip = ip_of(4, 1, rows[i].at, (cx_slice){bytes, rows[i].len}, false);
        assert_int_equal(cx_ipfrag_push(f, &ip, 0), rows[i].status);
        if (rows[i].status == CX_OK)
            assert_int_equal(ip.payload.len, 65535);
        cx_ipfrag_free(f);
    }
}

/* Every order of the fragments of one datagram, 8 bytes each, with all sizes of the last. */
static void any_order_gives_the_same(void **state)
{
    (void)state;
    for (uint32_t order = 0; order < 5 * 5 * 5 * 5 * 5; order++) {
        uint32_t at[5], v = order, seen = 0;
        for (size_t k = 0; k < 5; k++, v /= 5) {
            at[k] = v % 5;
            seen |= 1u << at[k];
        }
        if (seen != 31)
            continue;
        cx_ipfrag *f = cx_ipfrag_new();
        const char *whole = "00000000"
                            "11111111"
                            "22222222"
                            "33333333"
                            "444";
        for (size_t k = 0; k < 5; k++) {
            cx_ip ip = ip_of(k % 2 ? 6 : 4, 7, at[k] * 8,
                             cx_slice_sub(cx_slice_of(whole), at[k] * 8, 8), at[k] < 4);
            ip.src.family = ip.dst.family = order % 2 ? 6 : 4;
            assert_int_equal(cx_ipfrag_push(f, &ip, 0), k < 4 ? CX_NEED_MORE : CX_OK);
            if (k == 4)
                assert_true(cx_slice_is(ip.payload, whole));
        }
        cx_ipfrag_free(f);
    }
}

static void cut_fragments_are_not_joined(void **state)
{
    (void)state;
    cx_ipfrag *f = cx_ipfrag_new();
    cx_ip ip = ip_of(4, 1, 0, cx_slice_of(A), true);
    ip.wire = 16;
    assert_int_equal(cx_ipfrag_push(f, &ip, 0), CX_TRUNCATED);
    assert_true(ip.fragment);
    assert_int_equal(cx_ipfrag_lost(f), 0);
    cx_ipfrag_free(f);
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    test_alloc_fail_at(1);
    assert_null(cx_ipfrag_new());
    for (size_t k = 1; k <= 3; k++) { /* the set, its bytes, more of them */
        static uint8_t bytes[4000];
        test_alloc_fail_at(0);
        cx_ipfrag *f = cx_ipfrag_new();
        cx_ip ip = ip_of(4, 1, 0, (cx_slice){bytes, 8}, true), last;
        last = ip_of(4, 1, 8, (cx_slice){bytes, 4000}, false);
        test_alloc_fail_at(k);
        cx_status first_status = cx_ipfrag_push(f, &ip, 0), status = cx_ipfrag_push(f, &last, 0);
        assert_true(test_alloc_calls() >= k);
        test_alloc_fail_at(0);
        assert_int_equal(first_status, k < 3 ? CX_NO_MEMORY : CX_NEED_MORE);
        assert_int_equal(status, k < 3 ? CX_NEED_MORE : CX_NO_MEMORY);
        ip = ip_of(4, 1, 0, (cx_slice){bytes, 8}, true);
        last = ip_of(4, 1, 8, (cx_slice){bytes, 4000}, false);
        status = cx_ipfrag_push(f, &ip, 0);
        if (status != CX_OK)
            status = cx_ipfrag_push(f, &last, 0);
        assert_int_equal(status, CX_OK); /* it goes on once there is memory again */
        cx_ipfrag_free(f);
    }
    cx_ipfrag_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins),
        cmocka_unit_test(a_copy_comes_soon),
        cmocka_unit_test(the_first_fragment_tells_the_protocol_of_ipv6),
        cmocka_unit_test(keeps_datagrams_apart),
        cmocka_unit_test(datagrams_live_until_release),
        cmocka_unit_test(forgets_after_30_s),
        cmocka_unit_test(drops_the_oldest_when_full),
        cmocka_unit_test(a_reused_identification_is_young_again),
        cmocka_unit_test(holds_the_largest_datagram_and_no_larger),
        cmocka_unit_test(any_order_gives_the_same),
        cmocka_unit_test(cut_fragments_are_not_joined),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
