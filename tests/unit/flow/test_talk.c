/* Streams and dissectors of the conversations of interest: who reads which direction, from where,
 * and what happens when it is the wrong one. The protocols are those of support/net.h: alpha on
 * port 5061, beta on 6000, told by their first letter anywhere. */
#include "base/limits.h"
#include "flow/flow.h"
#include "support/alloc.h"
#include "support/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct row {
    const char *name, *script, *want;
} row;

/* Without the events of TCP, which are tested elsewhere. */
static char *talk_events(const char *script, test_net *n)
{
    test_net_run(n, script);
    test_net_end(n);
    char *out = calloc(1, n->len + 2), *at = out;
    assert_non_null(out);
    static const char *const tcp[] = {"connected", "closed",  "open",
                                      "reset",     "timeout", "half_open"};
    for (char *p = n->text; *p;) {
        bool skip = false;
        for (size_t i = 0; i < sizeof tcp / sizeof *tcp; i++)
            skip |= strncmp(p, tcp[i], strlen(tcp[i])) == 0;
        char *end = skip ? strchr(p, ']') + 1 : p + strcspn(p, " ");
        if (!skip) {
            if (at != out)
                *at++ = ' ';
            memcpy(at, p, (size_t)(end - p));
            at += end - p;
        }
        p = end + (*end == ' ');
    }
    return out;
}

static void run(const row *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        test_net *n = calloc(1, sizeof *n);
        assert_non_null(n);
        n->quiet = true;
        print_message("  %s\n", rows[i].name);
        assert_true(test_net_start(n));
        char *got = talk_events(rows[i].script, n);
        assert_string_equal(got, rows[i].want);
        free(got);
        test_net_free(n);
        free(n);
    }
}

#define RUN(rows) run(rows, sizeof(rows) / sizeof *(rows))
#define ON(who)   "C" who " S 100 0;S" who " SA 500 101;C" who " A 101 501;"
#define UP        ON("")

static void test_who_reads(void **state)
{
    (void)state;
    static const row rows[] = {
        {"both directions", UP "C PA 101 501 a2hi;S PA 501 105 a2ho",
         "alpha(hi)@4-4 alpha<(ho)@5-5"},
        {"another one on the port of the first", UP "C PA 101 501 b2hi;S PA 501 105 b2ho",
         "beta(hi)@4-4 beta<(ho)@5-5"},
        {"on a port of none", ON("@9") "C@9 PA 101 501 b2hi;S@9 PA 501 105 b2ho",
         "beta(hi)@4-4 beta<(ho)@5-5"},
        {"nobody's bytes", UP "C PA 101 501 x2hi;S PA 501 105 x2ho", ""},
        {"each direction its own",
         UP "C PA 101 501 a2hi;S PA 501 105 b2ho;C PA 105 505 a1c;S PA 505 108 b1d",
         "alpha(hi)@4-4 beta<(ho)@5-5 alpha(c)@6-6 beta<(d)@7-7"},
        {"nobody knows the answer: who read the question says so",
         UP "C PA 101 501 a2hi;S PA 501 105 x2ho", "alpha(hi)@4-4 malformed<(alpha)@5"},
        {"malformed behind a good beginning ends the direction",
         UP "C PA 101 501 a2hib2ho;C PA 109 501 a2hi", "alpha(hi)@4-4 malformed(alpha)@4"},
        {"malformed before anything was told: another one",
         UP "C PA 101 501 a1!b2hi;S PA 501 108 a2ho",
         "malformed(alpha)@4 beta(!)@4-4 beta(hi)@4-4 alpha<(ho)@5-5"},
        {"malformed, and no other one", UP "C PA 101 501 a1?b2hi;C PA 108 501 a2ho",
         "malformed(alpha)@4"},
        {"one byte at first", UP "C A 101 501 a;C A 102 501 2;C A 103 501 h;C A 104 501 i",
         "alpha(hi)@4-7"},
        {"one byte at first, port of none", ON("@9") "C@9 A 101 501 b;C@9 PA 102 501 2hi",
         "beta(hi)@4-5"},
        {"what was waited for is something itself", UP "C PA 101 501 a;C PA 102 501 b2hi",
         "beta(hi)@5-5"},
        {"the same, where the other direction is read",
         UP "S PA 501 101 b2ho;C PA 101 505 a;C PA 102 505 b2hi", "beta<(ho)@4-4 beta(hi)@6-6"},
        {"waited for, at most four times",
         ON("@9") "C@9 PA 101 501 a;C@9 PA 102 501 a;C@9 PA 103 501 a;C@9 PA 104 501 a;"
                  "C@9 PA 105 501 ab2hi",
         ""},
        {"in the middle, port of none",
         ON("@9") "C@9 PA 101 501 v;C@9 PA 102 501 w;C@9 PA 103 501 x;C@9 PA 104 501 y;"
                  "C@9 PA 105 501 z;C@9 PA 106 501 b6lately;S@9 PA 501 114 b2ho",
         "beta(lately)@9-9 beta<(ho)@10-10"},
        {"in the middle, behind what was waited for in vain",
         ON("@9") "S@9 PA 501 101 a;S@9 PA 502 101 w;S@9 PA 503 101 x;S@9 PA 504 101 y;"
                  "S@9 PA 505 101 z;C@9 PA 101 506 b6lately;S@9 PA 506 109 b2ho",
         "beta(lately)@9-9 beta<(ho)@10-10"},
        {"unknown at first, then known, port of none",
         ON("@9") "C@9 PA 101 501 x;C@9 PA 102 501 y;C@9 PA 103 501 z;C@9 PA 104 501 b2hi",
         "beta(hi)@7-7"},
        {"known only at the fifth, port of none",
         ON("@9") "C@9 PA 101 501 x;C@9 PA 102 501 y;C@9 PA 103 501 z;C@9 PA 104 501 w;C@9 PA 105 "
                  "501 b2hi",
         ""},
        {"known only at the fifth, other direction",
         ON("@9") "C@9 PA 101 501 x;C@9 PA 102 501 y;C@9 PA 103 501 z;C@9 PA 104 501 w;S@9 PA 501 "
                  "105 b2hi",
         "beta<(hi)@8-8"},
        {"known only at the fifth, on the port",
         UP "C PA 101 501 x;C PA 102 501 y;C PA 103 501 z;C PA 104 501 w;C PA 105 501 a2hi",
         "alpha(hi)@8-8"},
        {"met in the middle", "C PA 7000 1 xxa9;C PA 7004 1 a2hi;S PA 1 7008 zz;S PA 3 7008 a2ho",
         "alpha(hi)@2-2 alpha<(ho)@4-4"},
        {"a lone byte at the beginning of the capture", "C A 6999 1 x;C PA 7000 1 a2hi",
         "alpha(hi)@2-2"},
        {"the rest of a message at the end", UP "C PA 101 501 a9hi;C FA 105 501", ""},
        {"one letter at the end", UP "C FPA 101 501 a", ""},
        {"nothing more to learn from one side",
         UP "C PA 101 501 a3bye;C PA 106 501 a2hi;S PA 501 108 a2ho", "alpha<(ho)@6-6"},
        {"nothing more to learn",
         UP "C PA 101 501 a3bye;S PA 501 106 a3bye;C PA 106 506 a2hi;S PA 506 110 a2ho", ""},
        {"ports used again",
         UP "C PA 101 501 a2hi;C RA 105 501;C S 900 0;S SA 50 901;C PA 901 51 b2hi",
         "alpha(hi)@4-4 beta(hi)@8-8"},
        {"bytes with a RST are no data", UP "C RA 101 501 a2hi", ""},
        {"data with the SYN", "C S 100 0 a2hi;S SA 500 105;C A 105 501", "alpha(hi)@1-1"},
    };
    RUN(rows);
}

static void test_order_and_gaps(void **state)
{
    (void)state;
    static const row rows[] = {
        {"swapped", UP "C PA 105 501 a2ho;C PA 101 501 a2hi", "alpha(hi)@5-5 alpha(ho)@4-5"},
        {"swapped, then a message of two packets", UP "C PA 105 501 oa1x;C PA 101 501 a3hi;",
         "alpha(hio)@5-5 alpha(x)@5-5"},
        {"lost, acknowledged", UP "C PA 101 501 a2hi;C PA 109 501 a2ho;+20 S A 501 113;",
         "alpha(hi)@4-4 gap(4)@5 alpha(ho)@5-5"},
        {"lost, never acknowledged", UP "C PA 101 501 a2hi;C PA 109 501 a2ho",
         "alpha(hi)@4-4 gap(4)@5 alpha(ho)@5-5"},
        {"the first is lost", UP "C PA 105 501 a2hi;+20 S A 501 109", "gap(4)@4 alpha(hi)@4-4"},
        {"lost within a message", UP "C PA 101 501 a9hi;C PA 112 501 a2ho;C FA 116 501;",
         "gap(7)@5 alpha(ho)@5-5"},
        {"snapped", UP "C PA 101 501 ~4 a2hixxxx;C PA 109 501 a2ho",
         "alpha(hi)@4-4 gap(4)@4 alpha(ho)@5-5"},
        {"a RST gives up what is missing", UP "C PA 105 501 a2hi;S RA 501 101",
         "gap(4)@4 alpha(hi)@4-4"},
        {"sent again, other bytes", UP "C PA 101 501 a2hi;+300 C PA 101 501 a2XX;C PA 105 501 a1x",
         "alpha(hi)@4-4 alpha(x)@6-6"},
        {"one direction only", "C S 100 0;C A 101 501;C PA 101 501 a2hi;C PA 109 501 a2ho",
         "alpha(hi)@3-3 gap(4)@4 alpha(ho)@4-4"},
        {"late, behind both FINs",
         UP "C PA 105 501 a2ho;C FA 109 501;S FA 501 101;C PA 101 501 a2hi",
         "alpha(hi)@7-7 alpha(ho)@4-7"},
        {"late by 50 s, behind both FINs where bytes lack",
         UP "C PA 105 501 a2ho;C FA 109 501;S FA 501 101;+50000 c1@9 x;C PA 101 501 a2hi",
         "alpha(hi)@8-8 alpha(ho)@4-8"},
        {"too late behind both FINs",
         UP "C PA 105 501 a2ho;C FA 109 501;S FA 501 101;+61000 c1@9 x;C PA 101 501 a2hi",
         "gap(4)@4 alpha(ho)@4-4"},
        {"on its way when the other side reset",
         ON("@9") "C@9 PA 101 501 b2hi;S@9 PA 501 105 b2ho;C@9 R 105 0;S@9 PA 505 105 b2yo",
         "beta(hi)@4-4 beta<(ho)@5-5 beta<(yo)@7-7"},
        {"its own RST came first", ON("@9") "C@9 PA 101 501 b2hi;C@9 R 109 0;C@9 PA 105 501 b2ho",
         "beta(hi)@4-4 beta(ho)@6-6"},
        {"too late behind a RST",
         ON("@9") "C@9 PA 101 501 b2hi;C@9 R 109 0;+6000 c1@9 x;C@9 PA 105 501 b2ho",
         "beta(hi)@4-4"},
        {"a dissector that waits for the end ends with the RST",
         UP "C PA 101 501 a2hi;S PA 501 105 a2ho;C R 105 0;S PA 505 105 a2yo",
         "alpha(hi)@4-4 alpha<(ho)@5-5"},
        {"a RST in the middle of a message: its rest is not waited for",
         ON("@9") "C@9 PA 101 501 b4hi;S@9 R 501 0;C@9 PA 105 501 yo", ""},
        {"sent again before the conversation was of interest",
         ON("@9") "C@9 PA 101 501 x;C@9 PA 102 501 x;C@9 PA 103 501 x;C@9 PA 104 501 x;"
                  "S@9 PA 501 105 b2hi;C@9 PA 103 501 xx;C@9 PA 105 505 b2ho",
         "beta<(hi)@8-8 beta(ho)@10-10"},
    };
    RUN(rows);
}

static void test_datagrams(void **state)
{
    (void)state;
    static const row rows[] = {
        {"both directions", "c a2hi;s a2ho", "alpha(hi)@1-1 alpha<(ho)@2-2"},
        {"on a port of none", "c@9 b2hi;s@9 b2ho", "beta(hi)@1-1 beta<(ho)@2-2"},
        {"several messages, and a cut one", "c a2hia1xa5cu", "alpha(hi)@1-1 alpha(x)@1-1"},
        {"snapped", "c ~5 a2hia5lo", "alpha(hi)@1-1"},
        {"one malformed, the next good", "c a2hi;c x2hi;c a2ho",
         "alpha(hi)@1-1 malformed(alpha)@2 alpha(ho)@3-3"},
        {"unknown at first", "c x;c y;c z;c w;c v;c a2hi", "alpha(hi)@6-6"},
        {"unknown at first, port of none", "c@9 x;c@9 y;c@9 z;c@9 b2hi", "beta(hi)@4-4"},
        {"unknown for long, port of none", "c@9 x;c@9 y;c@9 z;c@9 w;c@9 b2hi", ""},
        {"empty", "c ;c a2hi", "alpha(hi)@2-2"},
        {"after a long silence, anew", "c a2hi;+130000 c1@9 x;c b2hi",
         "alpha(hi)@1-1 beta(hi)@3-3"},
        {"after a short silence, the same", "c a2hi;+110000 c1@9 x;c b2hi",
         "alpha(hi)@1-1 malformed(alpha)@3"},
        {"nothing more to learn", "c a3bye;s a3bye;c a2hi", ""},
    };
    RUN(rows);
}

static void test_inner_streams(void **state)
{
    (void)state;
    static const row rows[] = {
        {"a message over two of the carrier, and one around it",
         UP "C PA 101 501 a3>b2;C PA 106 501 a2zz;C PA 110 501 a5>hib1",
         "alpha(zz)@5-5 beta(hi)@4-6"},
        {"its rest at the end is no message", UP "C PA 101 501 a5>b2hi;C PA 108 501 a3>b2",
         "beta(hi)@4-4"},
        {"both directions", UP "C PA 101 501 a5>b2hi;S PA 501 108 a5>b2ho",
         "beta(hi)@4-4 beta<(ho)@5-5"},
        {"not its dissector's", UP "C PA 101 501 a5>x2hi;C PA 108 501 a5>b2hi",
         "malformed(beta)@4"},
        {"known by its bytes", UP "C PA 101 501 a5=b2hi;C PA 108 501 a5=a2ho",
         "beta(hi)@4-4 malformed(beta)@5"},
        {"inside an inner one", UP "C PA 101 501 a9>b6=a3bye;C PA 112 501 a7=a4<abc",
         "alpha(abc)@5-5"},
        {"a gap of the carrier is one of it, told once",
         UP "C PA 101 501 a3>b5;C PA 206 501 a5>b2hi;S A 501 213", "gap(100)@5 beta(hi)@5-5"},
        {"done", UP "C PA 101 501 a6>b3bye;C PA 109 501 a5>b2hi;C PA 116 501 a2ho",
         "alpha(ho)@6-6"},
    };
    RUN(rows);
}

static void test_handover(void **state)
{
    (void)state;
    static const row rows[] = {
        {"in the middle of a segment", UP "C PA 101 501 a2hia5otherb2ho",
         "alpha(hi)@4-4 beta(ho)@4-4"},
        {"at its end", UP "C PA 101 501 a5other;C PA 108 501 b2ho;C PA 112 501 b2ha",
         "beta(ho)@5-5 beta(ha)@6-6"},
        {"each direction for itself",
         UP "C PA 101 501 a5otherb2ho;S PA 501 112 a2hi;S PA 505 112 a5otherb2hi",
         "beta(ho)@4-4 alpha<(hi)@5-5 beta<(hi)@6-6"},
        {"not back to the same", UP "C PA 101 501 a5othera2hi", ""},
        {"to nobody", UP "C PA 101 501 a5otherx2hi;C PA 112 501 b2hi", ""},
    };
    RUN(rows);
}

static void test_children(void **state)
{
    (void)state;
    static const row rows[] = {
        {"inside a message", UP "C PA 101 501 a3<hi", "alpha(hi)@4-4"},
        {"the carrier is that of each depth, the depth has an end", "c a3<<x",
         "alpha(<x)@1-1 inner(<x)@1-1 inner(<x)@1-1 inner(<x)@1-1 inner(<x)@1-1 inner(<x)@1-1 "
         "inner(<x)@1-1 inner(<x)@1-1"},
    };
    RUN(rows);
}

/* Ports of the packets decide who is the client when no SYN does. */
static void test_client(void **state)
{
    (void)state;
    static const row rows[] = {
        {"the server's packet first", "S PA 1 7000 a2hi", "alpha<(hi)@1-1"},
        {"datagram of the server first", "s a2hi", "alpha<(hi)@1-1"},
        {"neither is a service: who speaks first", "s@50000 b2hi", "beta(hi)@1-1"},
        {"below 1024", "s@999 b2hi;c@999 b2ho", "beta<(hi)@1-1 beta(ho)@2-2"},
        {"the SYN decides against the ports", "S S 1 0;C SA 5 2;S PA 2 6 a2hi", "alpha(hi)@3-3"},
        {"so does the SYN-ACK", "C SA 5 2;S PA 2 6 a2hi", "alpha(hi)@2-2"},
    };
    RUN(rows);
}

/* Every allocation fails in turn. Whatever is lost, nothing crashes or leaks, and a gap that is
 * told is one that is there. */
static void test_no_memory(void **state)
{
    (void)state;
    static const char script[] = UP "C PA 101 501 a2hi;S PA 501 105 a9hohoh;C PA 109 501 a2ho;S PA "
                                    "508 105 hohoa2x;C PA 105 501 a2zz;"
                                    "C FA 113 501;S FA 516 114;c1 a2hi;c2@9 b2hi;s2@9 b2;+80000 C3 "
                                    "S 1 0;C3 S 1 0;C3 S 1 0;I3 3 1 1;c a3<hi";
    size_t calls = 1, complete = 0;
    for (size_t k = 1; k <= calls; k++) {
        test_net *n = calloc(1, sizeof *n);
        assert_non_null(n);
        test_alloc_fail_at(k);
        if (test_net_start(n)) {
            test_net_run(n, script);
            test_net_end(n);
            complete += strstr(n->text, "alpha(ho)") && strstr(n->text, "unreachable");
        }
        test_net_free(n);
        if (k == 1)
            calls = 200;
        test_alloc_fail_at(0);
        free(n);
    }
    assert_true(complete > 0);
}

/* More conversations with a dissector than CX_MAX_TALKS: the oldest is given up, and counted
 * where that loses something: datagrams are read anew when they come. */
static void test_too_many(void **state)
{
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        test_net *n = calloc(1, sizeof *n);
        assert_non_null(n);
        assert_true(test_net_start(n));
        cx_l4 p = {.ttl = 1,
                   .tcp_flags = CX_TCP_FLAG_ACK,
                   .payload = cx_slice_of("a2hi"),
                   .payload_wire = 4};
        p.src = p.dst = (cx_endpoint){
            .family = 4, .proto = tcp ? CX_IPPROTO_TCP : CX_IPPROTO_UDP, .port = 5061};
        p.dst.addr[0] = 1;
        for (uint32_t i = 0; i < CX_MAX_TALKS + 10; i++) {
            p.src.addr[15] = (uint8_t)i;
            p.src.addr[14] = (uint8_t)(i >> 8);
            p.src.addr[13] = (uint8_t)(i >> 16);
            p.at.frame++;
            cx_flows_batch(n->flows, &p, 1);
            n->len = 0;
        }
        assert_int_equal(n->flows->n_talks, CX_MAX_TALKS);
        assert_int_equal(cx_flows_stats(n->flows)->given_up, tcp ? 10 : 0);
        test_net_free(n);
        free(n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_reads),     cmocka_unit_test(test_order_and_gaps),
        cmocka_unit_test(test_datagrams),     cmocka_unit_test(test_children),
        cmocka_unit_test(test_inner_streams), cmocka_unit_test(test_handover),
        cmocka_unit_test(test_client),        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
