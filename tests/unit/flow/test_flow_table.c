/* The table as a whole: whose conversation is read by which dissector, what its streams pass on,
 * how it is numbered and forgotten, and what it does without memory. */
#include "flow/flow.h"
#include "support/alloc.h"
#include "support/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct row {
    const char *name, *script, *want;
} row;

static void run(const test_net *setup, const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        print_message("  %s\n", rows[i].name);
        test_net_expect(setup, rows[i].script, rows[i].want);
    }
}

#define RUN(setup, rows) run(setup, rows, sizeof(rows) / sizeof *(rows))
#define HANDSHAKE        "C S 100 0;S SA 500 101;C A 101 501;"
#define UP               "connected@3[ answer=2 rtt=1 ] "

static const test_net quiet = {.quiet = true};

/* ---- TCP to dissectors ---- */

static void test_messages(void **state)
{
    (void)state;
    static const row rows[] = {
        {"one message", HANDSHAKE "C PA 101 501 a2hi", UP "alpha(hi)@4-4 open@4[ ]"},
        {"both directions", HANDSHAKE "C PA 101 501 a2hi;S PA 501 105 a2ho",
         UP "alpha(hi)@4-4 alpha<(ho)@5-5 open<@5[ ]"},
        {"over two packets", HANDSHAKE "C PA 101 501 a4he;C PA 105 501 lo",
         UP "alpha(helo)@4-5 open@5[ ]"},
        {"two in one packet", HANDSHAKE "C PA 101 501 a1xa1y",
         UP "alpha(x)@4-4 alpha(y)@4-4 open@4[ ]"},
        {"out of order", HANDSHAKE "C PA 105 501 lo;C PA 101 501 a4he",
         UP "alpha(helo)@5-5 open@5[ ]"},
        {"with the SYN", "C S 100 0 a2hi;S SA 500 105;C A 105 501",
         "alpha(hi)@1-1 connected@3[ answer=2 rtt=1 ] open@3[ ]"},
        {"with the FIN", HANDSHAKE "C FPA 101 501 a2hi;S FA 501 106",
         UP "alpha(hi)@4-4 closed<@5[ by=C ]"},
        {"a byte lost", HANDSHAKE "C PA 101 501 a1x;C PA 105 501 a1y;+10 S A 501 108",
         UP "alpha(x)@4-4 gap(1)@5 alpha(y)@5-5 open<@6[ ]"},
        {"lost at the end", HANDSHAKE "C PA 101 501 a1x;S A 501 110",
         UP "alpha(x)@4-4 gap(6)@4 open<@5[ ]"},
        {"snapped", HANDSHAKE "C PA 101 501 ~4 a1xa1y;C PA 107 501 a1z",
         UP "alpha(x)@4-4 gap(2)@4 alpha(z)@5-5 open@5[ ]"},
        {"done", HANDSHAKE "C PA 101 501 a3bye;C PA 106 501 a1x", UP "open@5[ ]"},
        {"a child", HANDSHAKE "C PA 101 501 a3<hi", UP "alpha(hi)@4-4 open@4[ ]"},
        {"children in children, to the cap", HANDSHAKE "C PA 101 501 a3<<x",
         UP "alpha(<x)@4-4 inner(<x)@4-4 inner(<x)@4-4 inner(<x)@4-4 inner(<x)@4-4 "
            "inner(<x)@4-4 inner(<x)@4-4 inner(<x)@4-4 open@4[ ]"},
        {"malformed behind a message", HANDSHAKE "C PA 101 501 a1x;C PA 104 501 zz",
         UP "alpha(x)@4-4 malformed(alpha)@5 open@5[ ]"},
        {"a port alone", HANDSHAKE "C PA 101 501 zzzz", UP "open@4[ ]"},
        {"by its bytes, on another port",
         "C@7 S 100 0;S@7 SA 500 101;C@7 A 101 501;C@7 PA 101 501 b2hi",
         UP "beta(hi)@4-4 open@4[ ]"},
        {"by its bytes, in the second packet",
         "C@7 S 100 0;S@7 SA 500 101;C@7 A 101 501;C@7 PA 101 501 zz;C@7 PA 103 501 b2hi",
         UP "beta(hi)@5-5 open@5[ ]"},
        {"what nobody knows is left alone",
         "C@7 S 100 0;S@7 SA 500 101;C@7 A 101 501;C@7 PA 101 501 zz", UP "open@4[ ]"},
        {"met in the middle", "C PA 101 501 a2hi;S PA 501 105 a2ho",
         "alpha(hi)@1-1 alpha<(ho)@2-2 open<@2[ syns=0 mid ]"},
        {"a RST ends the streams", HANDSHAKE "C PA 101 501 a4he;S RA 501 105", UP "reset<@5[ ]"},
        {"ports used again", HANDSHAKE "C PA 101 501 a1x;C S 900 0;C PA 901 1 a1y",
         UP "alpha(x)@4-4 open@4[ ] connected@6[ one answer=0 rtt=-1 ] alpha(y)@6-6 "
            "open@6[ one ]"},
    };
    RUN(&quiet, rows);
}

/* ---- who is the client ---- */

static void test_client_of_mid_stream(void **state)
{
    (void)state;
    static const row rows[] = {
        {"the server's packet first", "S PA 501 101 a1x",
         "alpha<(x)@1-1 open<@1[ syns=0 mid one ]"},
        {"the client's packet first", "C PA 101 501 a1x", "alpha(x)@1-1 open@1[ syns=0 mid one ]"},
        {"a low port", "S@7 PA 501 101 b1x", "beta<(x)@1-1 open<@1[ syns=0 mid one ]"},
        {"no port known: the sender", "S@50000 PA 501 101 b1x",
         "beta(x)@1-1 open@1[ syns=0 mid one ]"},
        {"a SYN decides against the ports", "S S 100 0;C SA 500 101;S A 101 501;S PA 101 501 a1x",
         "connected@3[ answer=2 rtt=1 ] alpha(x)@4-4 open@4[ ]"},
    };
    RUN(&quiet, rows);
}

/* ---- UDP ---- */

static void test_udp(void **state)
{
    (void)state;
    static const row rows[] = {
        {"datagrams of both directions", "c a2hi;s a2ho", "alpha(hi)@1-1 alpha<(ho)@2-2"},
        {"a cut one, and the next", "c ~3 a4helo;c a1x", "alpha(x)@2-2"},
        {"a short one is not joined", "c a1x;c a4he;c lo", "alpha(x)@1-1 malformed(alpha)@3"},
        {"by its bytes", "c@7 b2hi", "beta(hi)@1-1"},
        {"neither port nor bytes", "c@7 zzz;c@7 zzz", ""},
        {"empty", "c@7 ;c", ""},
        {"after a long silence", "c a1x;+121000 C1@9 A 1 1;c a1y", "alpha(x)@1-1 alpha(y)@3-3"},
        {"done in one direction", "c a3bye;c a1x;s a1y", "alpha<(y)@3-3"},
        {"done in both directions", "c a3bye;s a3bye;c a1x;s a1y", ""},
    };
    RUN(&quiet, rows);
}

/* Hands what is behind its letter to an inner stream, and counts in a state that is larger or
 * smaller than most. */
typedef struct tube_state {
    uint32_t datagrams;
    uint8_t rest[300];
} tube_state;

static cx_match tube_probe(const cx_chunk *first)
{
    return first->bytes.p[0] == 't' ? CX_MATCH_YES : CX_MATCH_NO;
}

static cx_fed tube_feed(void *state, const cx_chunk *in, cx_emit *out)
{
    const cx_inner inner = {.number = 1, .name = "alpha"};
    tube_state *s = state;
    (void)cx_emit_stream(out, &inner, cx_slice_sub(in->bytes, 1, in->bytes.len - 1), in);
    if (++s->datagrams == 3)
        cx_emit_malformed(out, in, "tube", "the third");
    return cx_fed_ok(in->bytes.len);
}

static void test_udp_with_inner_streams(void **state)
{
    (void)state;
    cx_dissector tube = {.name = "tube",
                         .transports = CX_OVER_UDP,
                         .ports = {5061},
                         .probe = tube_probe,
                         .feed = tube_feed};
    const cx_dissector *const list[] = {&tube, test_net_dissectors[0], NULL};
    const test_net setup = {.quiet = true, .config.dissectors = list};
    const size_t sizes[] = {sizeof(tube_state), sizeof(uint32_t)};
    for (size_t i = 0; i < 2; i++) {
        tube.state_size = sizes[i];
        test_net_expect(&setup, "c ta4he;c1 ta1x;s ta1y;c tlo;c1 ta1z",
                        "alpha(x)@2-2 alpha<(y)@3-3 alpha(helo)@1-4 malformed(tube)@4 "
                        "alpha(z)@5-5");
    }
}

static cx_fed part_feed(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    cx_emit_malformed(out, in, in->part && in->cut ? "part" : "whole", "to be seen");
    return cx_fed_ok(in->bytes.len);
}

/* The first fragment of an answer is told where the dissector wants it, and that of a question
 * never. */
static void test_first_fragments(void **state)
{
    (void)state;
    cx_dissector d = {.name = "tube",
                      .transports = CX_OVER_UDP,
                      .ports = {5061},
                      .probe = tube_probe,
                      .state_size = 1,
                      .feed = part_feed};
    const cx_dissector *const list[] = {&d, NULL};
    for (int wanted = 0; wanted < 2; wanted++) {
        d.parts = wanted;
        test_net n = {.quiet = true, .config.dissectors = list};
        assert_true(test_net_start(&n));
        test_net_run(&n, "c tell");
        cx_l4 part = test_net_tcp(&n, true, 40000, 0, 0, 0, cx_slice_of("there"));
        part.src.proto = part.dst.proto = CX_IPPROTO_UDP;
        part.payload_wire = 2000;
        part.fragment = true;
        cx_flows_batch(n.flows, &part, 1);
        part = test_net_tcp(&n, false, 40000, 0, 0, 0, cx_slice_of("there"));
        part.src.proto = part.dst.proto = CX_IPPROTO_UDP;
        part.fragment = true;
        cx_flows_batch(n.flows, &part, 1);
        test_net_run(&n, "s there");
        test_net_end(&n);
        assert_string_equal(n.text,
                            wanted ? "malformed(whole)@1 malformed<(part)@2 malformed<(whole)@4"
                                   : "malformed(whole)@1 malformed<(whole)@4");
        test_net_free(&n);
    }
}

/* ---- a dissector that errs ---- */

static cx_match picky_probe(const cx_chunk *first)
{
    return first->bytes.p[0] == 'b' ? CX_MATCH_YES : CX_MATCH_NO;
}

static cx_fed picky_feed(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    if (in->gap)
        return cx_fed_ok(0);
    cx_emit_malformed(out, in, "picky", "never content");
    return cx_fed_end(CX_MALFORMED);
}

static const cx_mask picky_mask = {.mask = {0xff}, .value = {'b'}};
static const cx_dissector picky = {.name = "picky",
                                   .transports = CX_OVER_TCP,
                                   .masks = &picky_mask,
                                   .n_masks = 1,
                                   .probe = picky_probe,
                                   .feed = picky_feed};

static void test_identified_again(void **state)
{
    (void)state;
    const cx_dissector *const list[] = {&picky, test_net_dissectors[0], test_net_dissectors[1],
                                        NULL};
    const cx_dissector *const alone[] = {&picky, NULL};
    const char *script = HANDSHAKE "C PA 101 501 b2hi;C PA 105 501 b1x";
    test_net setup = {.quiet = true, .config.dissectors = list};
    test_net_expect(&setup, script, UP "malformed(picky)@4 beta(hi)@4-4 beta(x)@5-5 open@5[ ]");
    setup.config.dissectors = alone; /* once, not again for each packet */
    test_net_expect(&setup, script, UP "malformed(picky)@4 open@5[ ]");
}

/* ---- numbers and places ---- */

typedef struct seen {
    uint32_t flow, stream;
    cx_tcp_what what;
    cx_ev_tcp tcp;
} seen;

typedef struct collector {
    seen list[4096];
    size_t n, conflicts;
} collector;

static void collect(void *self, const cx_event *e)
{
    collector *c = self;
    if (e->kind == CX_EV_TCP && c->n < sizeof c->list / sizeof *c->list)
        c->list[c->n++] =
            (seen){.flow = e->flow, .stream = e->stream, .what = e->u.tcp.what, .tcp = e->u.tcp};
}

static test_net *net_of(collector *c, uint32_t max_flows, uint64_t seed)
{
    test_net *n = calloc(1, sizeof *n);
    assert_non_null(n);
    n->config.max_flows = max_flows;
    n->config.seed = seed;
    n->config.dissectors = test_net_dissectors;
    if (!c) {
        assert_true(test_net_start(n));
        return n;
    }
    memset(c, 0, sizeof *c);
    n->config.sink = (cx_event_sink){.event = collect, .self = c};
    n->flows = cx_flows_new(&n->config);
    assert_non_null(n->flows);
    return n;
}

static void syn(test_net *n, uint16_t port)
{
    cx_l4 p = test_net_tcp(n, false, port, CX_TCP_FLAG_SYN, 1, 0, (cx_slice){NULL, 0});
    cx_flows_batch(n->flows, &p, 1);
}

static void test_stream_numbers(void **state)
{
    (void)state;
    static collector c;
    static const uint32_t want[][2] = {{1, 0}, {2, 1}, {3, 2}, {1, 0},
                                       {4, 3}, {2, 1}, {3, 2}, {4, 3}};
    test_net *n = net_of(&c, 0, 7);
    /* three conversations, one of UDP in between; then the ports of the first again */
    test_net_run(n, "C1 S 10 0;C2 S 10 0;c9 a1x;C3 S 10 0;+1000 C1 S 900 0");
    test_net_end(n);
    /* syn, syn, syn, timeout of the first and the syn that follows it, then the rest in order */
    assert_int_equal(c.n, 8);
    for (size_t i = 0; i < c.n; i++) {
        /* the conversation of UDP has flow 3: the third of TCP is 4, the next one 5 */
        uint32_t flow = want[i][0] + (want[i][0] >= 3);
        assert_int_equal(c.list[i].flow, flow);
        assert_int_equal(c.list[i].stream, want[i][1]);
    }
    assert_int_equal(cx_flows_stats(n->flows)->tcp, 4);
    assert_int_equal(cx_flows_stats(n->flows)->udp, 1);
    assert_int_equal(cx_flows_stats(n->flows)->flows, 5);
    test_net_free(n);
    free(n);
}

/* The ninth conversation takes the place of one, whose end is told. */
static void test_eviction(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2; seed++) {
        static collector c;
        test_net *n = net_of(&c, 8, seed * 99);
        for (uint16_t i = 0; i < 8; i++)
            syn(n, (uint16_t)(1000 + i));
        assert_int_equal(cx_flows_stats(n->flows)->evicted, 0);
        assert_int_equal(c.n, 8);
        syn(n, 1008);
        assert_int_equal(cx_flows_stats(n->flows)->evicted, 1);
        assert_int_equal(cx_flows_stats(n->flows)->first_evicted.frame, 9);
        assert_int_equal(c.n, 10);
        assert_int_equal(c.list[8].what, CX_TCP_TIMEOUT);
        assert_int_equal(c.list[8].flow, 1);
        assert_int_equal(c.list[9].what, CX_TCP_SYN);
        assert_int_equal(c.list[9].stream, CX_NO_STREAM); /* Wireshark's number is not known */
        test_net_end(n);
        assert_int_equal(c.n, 18);
        for (size_t i = 10; i < 18; i++) { /* in order of first packets */
            assert_int_equal(c.list[i].what, CX_TCP_TIMEOUT);
            assert_int_equal(c.list[i].flow, i - 8);
        }
        test_net_free(n);
        free(n);
    }
}

/* Those that are in use stay. */
static void test_eviction_of_idle(void **state)
{
    (void)state;
    static collector c;
    test_net *n = net_of(&c, 8, 1);
    test_net_run(n, HANDSHAKE "C PA 101 501 a1x");
    for (uint16_t i = 0; i < 40; i++) {
        syn(n, (uint16_t)(1000 + i));
        cx_l4 p = test_net_tcp(n, false, 40000, CX_TCP_FLAG_ACK, 104u + i, 501, cx_slice_of("z"));
        cx_flows_batch(n->flows, &p, 1);
    }
    /* only the first turn of the hand, when all were touched, may take it */
    assert_int_equal(cx_flows_stats(n->flows)->evicted, 40 + 1 - 8 + 1);
    test_net_free(n);
    free(n);
}

/* More than the first table has room for, in batches larger than one: all are found again, and
 * nothing depends on the seed. */
/* What is over leaves after minutes without a packet, and says nothing then; what is open stays. */
static void test_idle(void **state)
{
    (void)state;
    static collector c;
    test_net *n = net_of(&c, 0, 3);
    /* 1: refused, 2: closed, 3: open, 4: reset; and one of UDP */
    test_net_run(
        n, "C1 S 10 0;S1 RA 0 11;C2 S 10 0;S2 SA 50 11;C2 A 11 51;C2 FA 11 51;S2 FA 51 12;"
           "C3 S 10 0;S3 SA 50 11;C3 A 11 51;C4 S 10 0;S4 SA 50 11;C4 A 11 51;C4 R 11 0;c9 a1x");
    const size_t told = c.n;
    assert_int_equal(n->flows->n_flows, 5);
    for (int i = 0; i < 7; i++) /* the closed one is touched: its last ACK comes again */
        test_net_run(n, i < 6 ? "+60000 C2 A 12 52" : "+60000 C7 S 10 0");
    assert_int_equal(n->flows->n_flows, 3); /* the closed one, the open one, and the new one */
    for (int i = 0; i < 8; i++)
        test_net_run(n, "+60000 C3 A 11 51");
    assert_int_equal(n->flows->n_flows, 1); /* the open one */
    assert_int_equal(c.n, told + 2);        /* the SYN of the new one and its timeout */
    assert_int_equal(cx_flows_stats(n->flows)->evicted, 0);
    /* what is late for a forgotten connection would have its number, which is not known any more */
    test_net_run(n, "C8 S 10 0");
    assert_int_equal(c.list[c.n - 1].stream, 5);
    test_net_run(n, "S2 FA 51 12;C6 S 10 0");
    assert_int_equal(c.list[c.n - 1].stream, CX_NO_STREAM);
    test_net_free(n);
    free(n);
}

/* Those that wait are decided when their time has come, whatever waits beside them, and those that
 * become due at one look in the order in which they began to wait; also after a long silence. */
static void test_waiting(void **state)
{
    (void)state;
    static collector c;
    for (int jump = 0; jump < 2; jump++) {
        test_net *n = net_of(&c, 0, 5);
        /* SYNs of 1 wait 75 s, of 2, sent again after 1 s, less; FINs of 3 wait 75 s again and
         * again */
        test_net_run(n, "C1 S 10 0;C2 S 10 0;C3 S 10 0;S3 SA 50 11;C3 A 11 51;C3 FA 11 51");
        test_net_run(n, "+1000 C2 S 10 0");
        const size_t before = c.n;
        if (jump) {
            test_net_run(n, "+1000000 C9 S 10 0");
            assert_int_equal(c.n, before + 4);
            assert_int_equal(c.list[before].what, CX_TCP_TIMEOUT);
            assert_int_equal(c.list[before].flow, 1);
            assert_int_equal(c.list[before + 1].what, CX_TCP_TIMEOUT);
            assert_int_equal(c.list[before + 1].flow, 2);
            assert_int_equal(c.list[before + 2].what, CX_TCP_CLOSED);
        } else {
            test_net_run(n, "+3000 S3 A 51 12");
            assert_int_equal(c.n, before);
            test_net_run(n, "+2500 S3 A 51 12");
            assert_int_equal(c.n, before + 1);
            assert_int_equal(c.list[before].flow, 2);
            for (int i = 0; i < 3; i++)
                test_net_run(n, "+60000 S3 A 51 12");
            assert_int_equal(c.n, before + 2);
            assert_int_equal(c.list[before + 1].flow, 1);
            test_net_run(n, "+80000 C9 S 10 0");
            assert_int_equal(c.list[before + 2].flow, 3);
            assert_int_equal(c.list[before + 2].what, CX_TCP_CLOSED);
        }
        test_net_free(n);
        free(n);
    }
}

static void test_many(void **state)
{
    (void)state;
    enum { MANY = 1500 };
    static collector c[2];
    static cx_l4 packets[2 * MANY];
    for (size_t run_no = 0; run_no < 2; run_no++) {
        test_net *n = net_of(&c[run_no], 0, run_no ? UINT64_C(0xfeedfacecafe) : 0);
        for (uint16_t i = 0; i < MANY; i++)
            packets[i] = test_net_tcp(n, false, (uint16_t)(10000 + i), CX_TCP_FLAG_SYN, 1, 0,
                                      (cx_slice){NULL, 0});
        for (uint16_t i = 0; i < MANY; i++)
            packets[MANY + i] =
                test_net_tcp(n, true, (uint16_t)(10000 + i), CX_TCP_FLAG_RST | CX_TCP_FLAG_ACK, 0,
                             2, (cx_slice){NULL, 0});
        cx_flows_batch(n->flows, packets, 2 * MANY);
        test_net_end(n);
        assert_int_equal(cx_flows_stats(n->flows)->flows, MANY);
        assert_int_equal(c[run_no].n, 2 * MANY);
        for (uint32_t i = 0; i < MANY; i++) {
            assert_int_equal(c[run_no].list[MANY + i].what, CX_TCP_REFUSED);
            assert_int_equal(c[run_no].list[MANY + i].stream, i);
        }
        test_net_free(n);
        free(n);
    }
    for (size_t i = 0; i < c[0].n; i++) {
        assert_int_equal(c[0].list[i].flow, c[1].list[i].flow);
        assert_int_equal(c[0].list[i].stream, c[1].list[i].stream);
        assert_int_equal(c[0].list[i].what, c[1].list[i].what);
    }
}

/* What the decoder could not read, and fragments, are no conversations. */
static void test_unusable_packets(void **state)
{
    (void)state;
    static collector c;
    test_net *n = net_of(&c, 0, 1);
    for (int i = 0; i < 3; i++) {
        cx_l4 p = test_net_tcp(n, false, 1000, CX_TCP_FLAG_SYN, 1, 0, (cx_slice){NULL, 0});
        p.status = i == 0 ? CX_TRUNCATED : CX_OK;
        p.fragment = i == 1;
        if (i == 2)
            p.src.proto = p.dst.proto = 132; /* SCTP */
        cx_flows_batch(n->flows, &p, 1);
    }
    assert_int_equal(cx_flows_stats(n->flows)->flows, 0);
    assert_int_equal(c.n, 0);
    syn(n, 1000);
    assert_int_equal(c.n, 1);
    test_net_free(n);
    free(n);
}

/* ---- any batch, seed and time ---- */

static test_net *new_net(uint64_t seed, uint32_t max_flows)
{
    test_net *n = calloc(1, sizeof *n);
    assert_non_null(n);
    n->quiet = true;
    n->config.seed = seed;
    n->config.max_flows = max_flows;
    assert_true(test_net_start(n));
    return n;
}

static void free_net(test_net *n)
{
    test_net_free(n);
    free(n);
}

/* A SYN of conversation i, answered in every third. */
static size_t packets_of(test_net *n, uint32_t i, cx_l4 out[2])
{
    for (int k = 0; k < 2; k++) {
        out[k] = test_net_tcp(n, k == 1, (uint16_t)(1024 + i % 60000),
                              k ? CX_TCP_FLAG_RST | CX_TCP_FLAG_ACK : CX_TCP_FLAG_SYN, k ? 0 : 7,
                              k ? 8 : 0, (cx_slice){NULL, 0});
        cx_endpoint *client = k ? &out[k].dst : &out[k].src;
        client->addr[13] = (uint8_t)(i / 60000);
    }
    return i % 3 ? 1 : 2;
}

/* The same packets in batches of different sizes and with different seeds: the same text. */
static void test_batches_and_seeds(void **state)
{
    (void)state;
    char *first = NULL;
    for (size_t size = 1; size <= 150; size += 21)
        for (uint32_t max = 0; max <= 50; max += 50) {
            test_net *n = new_net(size * 0x9e3779b97f4a7c15u, max ? max : 0);
            cx_l4 all[600];
            size_t count = 0;
            for (uint32_t i = 0; count < 590; i++)
                count += packets_of(n, i * 13 % 200, all + count);
            for (size_t from = 0; from < count; from += size)
                cx_flows_batch(n->flows, all + from, count - from < size ? count - from : size);
            cx_flows_end(n->flows);
            assert_true(n->len > 1000);
            if (max) {
                assert_true(cx_flows_stats(n->flows)->evicted > 100);
                if (!first)
                    first = strdup(n->text);
                assert_string_equal(n->text, first);
            }
            free_net(n);
        }
    free(first);
}

/* Time stamps of an attacker: extremes and steps back lose no connection, and overflow nothing. */
static void test_wild_times(void **state)
{
    (void)state;
    static const int64_t times[] = {0, INT64_MAX, INT64_MIN, -1, INT64_MAX, 5, INT64_MIN};
    for (size_t start = 0; start < 7; start++) {
        test_net *n = new_net(1, 0);
        for (size_t i = 0; i < 28; i++) {
            bool server = i % 4 == 1;
            cx_l4 p =
                test_net_tcp(n, server, (uint16_t)(40000 + i / 4),
                             server       ? CX_TCP_FLAG_SYN | CX_TCP_FLAG_ACK
                             : i % 4 == 0 ? CX_TCP_FLAG_SYN
                                          : CX_TCP_FLAG_ACK | (i % 4 == 3 ? CX_TCP_FLAG_FIN : 0),
                             server  ? 500
                             : i % 4 ? 101
                                     : 100,
                             server ? 101 : 501, (cx_slice){NULL, 0});
            p.at.ts_ns = times[(start + i * (1 + i / 7)) % 7];
            cx_flows_batch(n->flows, &p, 1);
        }
        test_net_end(n);
        size_t connected = 0;
        for (const char *p = n->text; (p = strstr(p, "connected")); p++)
            connected++;
        assert_int_equal(connected, 7);
        free_net(n);
    }
}

/* ---- counters ---- */

static void test_stats(void **state)
{
    (void)state;
    test_net *n = net_of(NULL, 0, 1);
    test_net_run(n, "C1 PA 10 20 a1x;" HANDSHAKE
                    "C PA 101 501 a1x;C PA 106 501 a1y;+10 S A 501 109;S PA 501 109 a1z");
    test_net_end(n);
    const cx_flow_stats *s = cx_flows_stats(n->flows);
    assert_int_equal(s->flows, 2);
    assert_int_equal(s->mid_stream, 1);
    assert_int_equal(s->first_mid_stream.frame, 1);
    assert_int_equal(s->one_sided, 1);
    assert_int_equal(s->first_one_sided.frame, 1);
    assert_int_equal(s->gaps, 1);
    assert_int_equal(s->gap_bytes, 2);
    assert_int_equal(s->first_gap.frame, 6);
    assert_int_equal(s->dropped_bytes, 0);
    assert_int_equal(s->evicted, 0);
    test_net_free(n);
    free(n);
}

/* ---- without memory ---- */

/* Each allocation fails in turn, over every path that allocates: nothing leaks or crashes (the
 * sanitizers look), and no conversation gets a second outcome. */
static void test_no_memory(void **state)
{
    (void)state;
    static const char script[] =
        "C S 1 0;+1000 C S 1 0;S SA 500 2;C A 2 501;C PA 2 501 a3<hi;C PA 9 501 lo;C PA 7 501 a2;"
        "S PA 501 11 a4he;S PA 505 11 lo;c a1x;s a1y;C1 S 5 0;I1 3 1 5;C2 PA 1 1 a1x;C FA 11 507;"
        "S FA 507 12";
    size_t calls = 1;
    for (size_t k = 0; k <= calls; k++) {
        static collector c;
        test_net *n = calloc(1, sizeof *n);
        assert_non_null(n);
        memset(&c, 0, sizeof c);
        n->config = (cx_flow_config){.dissectors = test_net_dissectors,
                                     .sink = {.event = collect, .self = &c}};
        test_alloc_fail_at(k);
        n->flows = cx_flows_new(&n->config);
        if (n->flows) {
            test_net_run(n, script);
            test_net_end(n);
        }
        if (k == 0)
            calls = test_alloc_calls();
        test_alloc_fail_at(0);
        size_t connected = 0, ended = 0;
        for (size_t i = 0; i < c.n; i++) {
            connected += c.list[i].what == CX_TCP_CONNECTED;
            ended += c.list[i].what == CX_TCP_CLOSED;
        }
        assert_in_range(connected, 0, 1);
        assert_in_range(ended, 0, 1);
        if (k == 0)
            assert_int_equal(connected + ended, 2);
        assert_int_equal(!n->flows, k >= 1 && k <= 5); /* whole, slots, recent packets, channel */
        test_net_free(n);
        free(n);
    }
    assert_true(calls > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_client_of_mid_stream),
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_udp_with_inner_streams),
        cmocka_unit_test(test_first_fragments),
        cmocka_unit_test(test_identified_again),
        cmocka_unit_test(test_stream_numbers),
        cmocka_unit_test(test_eviction),
        cmocka_unit_test(test_eviction_of_idle),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_unusable_packets),
        cmocka_unit_test(test_batches_and_seeds),
        cmocka_unit_test(test_wild_times),
        cmocka_unit_test(test_stats),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
