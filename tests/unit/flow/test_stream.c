/* Reassembly of one direction: every order, loss, overlap and cap gives the bytes of the sender, or
 * a gap that says how many are missing, with the frames that completed them. */
#include "flow/stream.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* What a stream passed on, as text: bytes as they are, "[n]" a gap, "|" the end, "!" what is left
 * before a gap. As messages: a digit n and n bytes each, "text@first-last;". */
typedef struct taker {
    char text[4096];
    size_t len;
    bool messages, late; /* late: asks for one byte more than there is, until `enough` */
    size_t enough;
    cx_fed answer; /* status not CX_OK: always this */
    uint64_t calls, bytes_seen;
    uint64_t gaps, missing;
    uint64_t end_frame; /* of the chunk with fin */
    uint64_t settled;   /* bytes consumed, or shown for the last time: before a gap, at the end */
    bool fin;
} taker;

__attribute__((format(printf, 2, 3))) static void say(taker *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->text + t->len, sizeof t->text - t->len, format, args);
    va_end(args);
    t->len += (size_t)n;
    if (t->len >= sizeof t->text)
        t->len = sizeof t->text - 1;
}

static cx_fed take_messages(taker *t, const cx_chunk *c)
{
    size_t pos = 0;
    while (pos < c->bytes.len) {
        size_t n = 1 + (size_t)(c->bytes.p[pos] - '0');
        if (c->bytes.len - pos < n) {
            if (!c->fin && !c->cut)
                return cx_fed_more(pos, n);
            break;
        }
        say(t, "%.*s@%d-%d;", (int)n - 1, (const char *)c->bytes.p + pos + 1, (int)c->first.frame,
            (int)c->at.frame);
        pos += n;
    }
    return cx_fed_ok(pos);
}

static cx_fed take(void *self, const cx_chunk *c)
{
    taker *t = self;
    t->calls++;
    t->bytes_seen += c->bytes.len;
    if (c->gap) {
        t->gaps++;
        t->missing += c->missing;
        say(t, "[%d]", (int)c->missing);
        return cx_fed_ok(0);
    }
    assert_non_null(c->bytes.p);
    assert_false(t->fin && c->bytes.len);
    t->fin = c->fin;
    if (c->fin)
        t->end_frame = c->at.frame;
    if (t->answer.status != CX_OK)
        return t->answer;
    if (t->late && c->bytes.len < t->enough && !c->fin && !c->cut)
        return cx_fed_more(0, c->bytes.len + 1);
    cx_fed fed = cx_fed_ok(c->bytes.len);
    if (t->messages)
        fed = take_messages(t, c);
    else if (t->len < sizeof t->text - 1)
        say(t, "%.*s", (int)c->bytes.len, (const char *)c->bytes.p);
    say(t, "%s%s", c->cut ? "!" : "", c->fin ? "|" : "");
    t->settled += fed.consumed == 0 && (c->cut || c->fin) ? c->bytes.len : fed.consumed;
    return fed;
}

typedef struct world {
    taker taker;
    size_t budget;
    cx_stream *s;
    uint64_t frame;
    int64_t ts_ns;
} world;

static void set_up(world *w)
{
    memset(w, 0, sizeof *w);
    w->budget = CX_MAX_HELD_TOTAL;
    w->s = cx_stream_new(CX_FROM_CLIENT, take, &w->taker, &w->budget);
    assert_non_null(w->s);
}

static void tear_down(world *w)
{
    cx_stream_free(w->s);
    assert_int_equal(w->budget, CX_MAX_HELD_TOTAL);
}

static cx_evidence now(world *w)
{
    return (cx_evidence){.frame = ++w->frame, .ts_ns = w->ts_ns};
}

/* The bytes are copied to memory of their size, so that a read past them is found. */
static void push(world *w, uint32_t seq, const char *text, bool fin)
{
    size_t len = strlen(text);
    uint8_t *copy = malloc(len + !len);
    memcpy(copy, text, len);
    cx_stream_push(w->s, seq, (cx_slice){copy, len}, (uint32_t)len, fin, now(w));
    free(copy);
}

static void expect(world *w, const char *text)
{
    assert_string_equal(w->taker.text, text);
}

/* ---- order ---- */

#define PARTS 5

/* Segments 0 to 4 hold "3abc", "2d", "e4fg", "hi", "1j": messages within, across and at borders. */
static const char *const parts[PARTS] = {"3abc", "2d", "e4fg", "hi", "1j"};
static const struct {
    const char *text;
    int first, last; /* segments */
} messages[] = {{"abc", 0, 0}, {"de", 1, 2}, {"fghi", 2, 3}, {"j", 4, 4}};

static uint32_t offset_of(int part)
{
    uint32_t at = 0;
    for (int i = 0; i < part; i++)
        at += (uint32_t)strlen(parts[i]);
    return at;
}

/* Each message is complete with the last of all packets that hold it or bytes before it. */
static void expect_order(world *w, const int order[PARTS])
{
    char want[256] = "";
    int frame[PARTS];
    for (int i = 0; i < PARTS; i++)
        frame[order[i]] = i + 1;
    for (size_t m = 0; m < sizeof messages / sizeof *messages; m++) {
        int at = 0;
        for (int i = 0; i <= messages[m].last; i++)
            at = frame[i] > at ? frame[i] : at;
        snprintf(want + strlen(want), sizeof want - strlen(want), "%s@%d-%d;", messages[m].text,
                 frame[messages[m].first], at);
    }
    strcat(want, "|");
    expect(w, want);
}

static void run_order(const int order[PARTS], uint32_t isn, bool acks)
{
    world w;
    set_up(&w);
    w.taker.messages = true;
    cx_stream_start(w.s, isn);
    for (int i = 0; i < PARTS; i++) {
        push(&w, isn + offset_of(order[i]), parts[order[i]], order[i] == PARTS - 1);
        if (acks)
            cx_stream_acked(w.s, isn, (cx_evidence){.frame = w.frame, .ts_ns = w.ts_ns});
    }
    expect_order(&w, order);
    assert_int_equal(cx_stream_stats_of(w.s)->gaps, 0);
    tear_down(&w);
}

static void every_order(int order[PARTS], int n, uint32_t isn, bool acks)
{
    if (n == PARTS) {
        run_order(order, isn, acks);
        return;
    }
    for (int i = n; i < PARTS; i++) {
        int swap = order[n];
        order[n] = order[i];
        order[i] = swap;
        every_order(order, n + 1, isn, acks);
        order[i] = order[n];
        order[n] = swap;
    }
}

static void test_every_order(void **state)
{
    (void)state;
    int order[PARTS] = {0, 1, 2, 3, 4};
    for (uint32_t wrap = 0; wrap <= offset_of(PARTS);
         wrap++) { /* at every byte, before and behind */
        every_order(order, 0, 0u - wrap, false);
        every_order(order, 0, 0u - wrap, true);
    }
    every_order(order, 0, 0x7ffffff8u, true);
}

/* ---- loss ---- */

static void test_loss_of_each(void **state)
{
    (void)state;
    static const char *const pieces[] = {"abc", "de", "fghi", "j", "kl"};
    static const char *const want[] = {"[3]defghijkl|", "abc[2]fghijkl|", "abcde[4]jkl|",
                                       "abcdefghi[1]kl|", "abcdefghij[2]|"};
    for (int lost = 0; lost < 5; lost++)
        for (int how = 0; how < 3; how++) { /* told by an ACK; by time, without ACKs; by the end */
            world w;
            set_up(&w);
            cx_stream_start(w.s, 1000);
            uint32_t seq = 1000;
            for (int i = 0; i < 5; i++) {
                if (i != lost)
                    push(&w, seq, pieces[i], false);
                seq += (uint32_t)strlen(pieces[i]);
                w.ts_ns += 10 * MS;
            }
            if (how == 0) {
                cx_stream_acked(w.s, seq, now(&w));
                assert_int_equal(w.taker.gaps, lost < 4);
            } else if (how == 1) {
                w.ts_ns += 5000 * MS;
                push(&w, seq, "", true);
                if (lost == 4)
                    cx_stream_finish(w.s);
                expect(&w, want[lost]);
            }
            if (how == 0)
                push(&w, seq, "", true);
            cx_stream_finish(w.s);
            if (how == 2 && lost == 4)
                expect(&w, "abcdefghij|"); /* nothing says that there was more */
            else
                expect(&w, want[lost]);
            tear_down(&w);
        }
}

/* The lost bytes come within the 5 ms in which captures swap packets: no gap. */
static void test_ack_before_data(void **state)
{
    (void)state;
    static const struct {
        int64_t late_ns;
        const char *want;
    } rows[] = {{0, "abcdef"}, {4 * MS, "abcdef"}, {6 * MS, "ab[2]ef"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world w;
        set_up(&w);
        cx_stream_start(w.s, 10);
        push(&w, 10, "ab", false);
        push(&w, 14, "ef", false);
        cx_stream_acked(w.s, 16, now(&w));
        w.ts_ns += rows[i].late_ns;
        if (rows[i].late_ns > 5 * MS)
            cx_stream_acked(w.s, 16, now(&w));
        push(&w, 12, "cd", false);
        expect(&w, rows[i].want);
        tear_down(&w);
    }
}

/* An ACK that ends inside the hole, or at the data behind it, shows less or all of the loss. */
static void test_ack_within_hole(void **state)
{
    (void)state;
    for (uint32_t ack = 12; ack <= 16; ack++) {
        world w;
        set_up(&w);
        cx_stream_start(w.s, 10);
        push(&w, 10, "ab", false);
        push(&w, 15, "ef", false);
        w.ts_ns += 10 * MS;
        cx_stream_acked(w.s, ack, now(&w));
        expect(&w, ack < 15 ? "ab" : "ab[3]ef");
        tear_down(&w);
    }
}

/* ---- captures of one direction ---- */

static void test_one_direction_segments(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    cx_stream_start(w.s, 0);
    for (uint32_t i = 0; i < 32; i++)
        push(&w, 10 + i, "x", false);
    assert_int_equal(w.taker.gaps, 0);
    push(&w, 10 + 32, "x", false);
    assert_int_equal(w.taker.gaps, 1);
    assert_int_equal(w.taker.missing, 10);
    assert_int_equal(w.taker.bytes_seen, 33);
    tear_down(&w);
}

static void test_one_direction_bytes(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        static uint8_t big[32768 + 1];
        world w;
        set_up(&w);
        cx_stream_start(w.s, 0);
        cx_stream_push(w.s, 10, (cx_slice){big, 32768}, 32768, false, now(&w));
        cx_stream_push(w.s, 10 + 32768, (cx_slice){big, 32768 + extra}, (uint32_t)(32768 + extra),
                       false, now(&w));
        assert_int_equal(w.taker.gaps, extra);
        tear_down(&w);
    }
}

static void test_one_direction_time(void **state)
{
    (void)state;
    for (int64_t extra = 0; extra < 2; extra++) {
        world w;
        set_up(&w);
        cx_stream_start(w.s, 0);
        push(&w, 10, "x", false);
        w.ts_ns = 5000 * MS - 1 + extra;
        push(&w, 11, "y", false);
        expect(&w, extra ? "[10]xy" : "");
        tear_down(&w);
    }
}

/* With ACKs that do not pass the hole the receiver lacks it too, so it is still to come. */
static void test_acks_keep_waiting(void **state)
{
    (void)state;
    static uint8_t big[1024];
    world w;
    set_up(&w);
    cx_stream_start(w.s, 0);
    cx_stream_acked(w.s, 0, now(&w));
    for (uint32_t i = 0; i < 512; i++) {
        w.ts_ns += MS;
        cx_stream_push(w.s, 10 + i * 1024, (cx_slice){big, 1024}, 1024, false, now(&w));
    }
    assert_int_equal(w.taker.calls, 0);
    push(&w, 0, "0123456789", false);
    assert_int_equal(w.taker.bytes_seen, 10 + 512 * 1024);
    assert_int_equal(w.taker.gaps, 0);
    tear_down(&w);
}

/* ---- sent again, overlapping, different ---- */

static void test_overlaps(void **state)
{
    (void)state;
    static const struct {
        struct {
            uint32_t seq;
            const char *text;
        } push[6];
        const char *want;
        uint64_t conflicts;
    } rows[] = {
        {{{0, "abc"}, {0, "abc"}, {3, "def"}}, "abcdef", 0},
        {{{0, "abc"}, {0, "abcdef"}}, "abcdef", 0},
        {{{0, "abc"}, {1, "bcdef"}}, "abcdef", 0},
        {{{0, "abc"}, {2, "c"}, {3, "def"}}, "abcdef", 0},
        {{{3, "def"}, {0, "abcd"}}, "abcdef", 0},
        {{{3, "def"}, {0, "abcX"}}, "abcdef", 1}, /* the waiting copy came first */
        {{{3, "def"}, {3, "dXf"}, {0, "abc"}}, "abcdef", 1},
        {{{3, "de"}, {2, "XXXX"}, {0, "ab"}}, "abXdeX", 1}, /* around what waits */
        {{{2, "c"}, {5, "f"}, {1, "bcdefg"}, {0, "a"}}, "abcdefg", 0},
        {{{2, "c"}, {5, "f"}, {0, "abcdefg"}}, "abcdefg", 0},
        {{{2, "cd"}, {3, "XX"}, {0, "ab"}}, "abcdX", 1},
        {{{4, "ef"}, {2, "cd"}, {2, "cdef"}, {0, "ab"}, {6, "g"}}, "abcdefg", 0},
        {{{0, "ab"}, {0, "X"}, {2, "c"}}, "abc", 0}, /* passed on: nothing left to compare with */
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (uint32_t isn = 0; isn < 2; isn++) {
            world w;
            set_up(&w);
            cx_stream_start(w.s, isn ? 0xfffffffdu : 0);
            for (size_t i = 0; i < 6 && rows[r].push[i].text; i++)
                push(&w, rows[r].push[i].seq + (isn ? 0xfffffffdu : 0), rows[r].push[i].text,
                     false);
            expect(&w, rows[r].want);
            assert_int_equal(cx_stream_stats_of(w.s)->overlaps_conflicting, rows[r].conflicts);
            assert_int_equal(w.taker.gaps, 0);
            tear_down(&w);
        }
}

/* Bytes that the dissector left for later are there to compare with. */
static void test_conflict_with_joined(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    w.taker.messages = true;
    cx_stream_start(w.s, 0);
    push(&w, 0, "5ab", false);
    push(&w, 0, "5ab", false);
    push(&w, 0, "5aX", false);
    push(&w, 3, "cde", false);
    expect(&w, "abcde@1-4;");
    assert_int_equal(cx_stream_stats_of(w.s)->overlaps_conflicting, 1);
    tear_down(&w);
}

/* Every pair of segments of an eight-byte stream, after two that leave holes: never another byte.
 */
static void test_all_overlaps(void **state)
{
    (void)state;
    static const char text[] = "abcdefgh";
    for (uint32_t a = 0; a < 8; a++)
        for (uint32_t a_end = a + 1; a_end <= 8; a_end++)
            for (uint32_t b = 0; b < 8; b++)
                for (uint32_t b_end = b + 1; b_end <= 8; b_end++) {
                    world w;
                    set_up(&w);
                    cx_stream_start(w.s, 77);
                    push(&w, 77 + 6, "g", false);
                    push(&w, 77 + 3, "de", false);
                    cx_stream_push(w.s, 77 + a, (cx_slice){(const uint8_t *)text + a, a_end - a},
                                   a_end - a, false, now(&w));
                    cx_stream_push(w.s, 77 + b, (cx_slice){(const uint8_t *)text + b, b_end - b},
                                   b_end - b, false, now(&w));
                    push(&w, 77, text, true);
                    expect(&w, "abcdefgh|");
                    assert_int_equal(cx_stream_stats_of(w.s)->overlaps_conflicting, 0);
                    tear_down(&w);
                }
}

static void test_keep_alive(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    w.taker.messages = true;
    cx_stream_start(w.s, 100);
    push(&w, 99, "\x01", false); /* before any data */
    push(&w, 100, "2a", false);
    push(&w, 101, "", false);
    push(&w, 101, "X", false);
    push(&w, 102, "b", false);
    push(&w, 102, "Y", false); /* one before what is due */
    push(&w, 103, "1", false); /* a zero-window probe brings the next byte */
    push(&w, 103, "1c", false);
    expect(&w, "ab@2-5;c@7-8;");
    assert_int_equal(cx_stream_stats_of(w.s)->overlaps_conflicting, 0);
    tear_down(&w);
}

/* ---- beginning and end ---- */

static void test_mid_stream(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    cx_stream_acked(w.s, 5000, now(&w));
    push(&w, 5000, "", false);
    push(&w, 5000, "abc", false);
    push(&w, 4990, "0123456789", false); /* before the beginning: passed by */
    push(&w, 5003, "def", true);
    expect(&w, "abcdef|");
    assert_int_equal(w.taker.gaps, 0);
    tear_down(&w);
}

static void test_fin(void **state)
{
    (void)state;
    static const struct {
        struct {
            uint32_t seq;
            const char *text;
            bool fin;
        } push[4];
        bool finish;
        const char *want;
    } rows[] = {
        {{{0, "ab", true}}, false, "ab|"},
        {{{0, "ab", false}, {2, "", true}}, false, "ab|"},
        {{{0, "", true}}, false, "|"},
        {{{2, "cd", true}, {0, "ab", false}}, false, "abcd|"},
        {{{4, "", true}, {2, "cd", false}, {0, "ab", false}}, false, "abcd|"},
        {{{0, "ab", true}, {0, "ab", true}, {2, "cd", false}}, false, "ab|"}, /* behind a FIN */
        {{{2, "", true}, {0, "abcd", false}}, false, "ab|"},
        {{{4, "ef", false}, {2, "", true}, {0, "ab", false}},
         false,
         "ab|"}, /* nor waits behind it */
        {{{2, "cdef", false}, {4, "", true}, {0, "ab", false}}, false, "abcd|"},
        {{{0, "ab", false}, {6, "gh", false}, {4, "", true}}, true, "ab[2]|"},
        {{{0, "ab", false}, {4, "", true}}, true, "ab[2]|"},
        {{{0, "ab", false}}, true, "ab|"},
        {{{2, "cd", false}}, true, "[2]cd|"},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        world w;
        set_up(&w);
        cx_stream_start(w.s, 0);
        for (size_t i = 0; i < 4 && rows[r].push[i].text; i++)
            push(&w, rows[r].push[i].seq, rows[r].push[i].text, rows[r].push[i].fin);
        if (rows[r].finish)
            cx_stream_finish(w.s);
        expect(&w, rows[r].want);
        cx_stream_finish(w.s);
        push(&w, 4, "late", false);
        expect(&w, rows[r].want);
        tear_down(&w);
    }
}

/* The end is told at the packet that completes it: that of the FIN, or of the bytes it waited for.
 */
static void test_fin_frame(void **state)
{
    static const struct {
        struct {
            uint32_t seq;
            const char *text;
            bool fin;
        } push[4];
        uint64_t frame;
    } rows[] = {
        {{{1, "ab", false}, {3, "", true}}, 2},
        {{{1, "ab", false}, {3, "cd", true}}, 2},
        {{{1, "ab", false}, {5, "", true}, {3, "cd", false}}, 3},
        {{{1, "ab", false}, {3, "", true}, {3, "", true}}, 2},
        {{{1, "ab", false}, {3, "cd", false}}, 2}, /* no FIN: the last bytes */
    };
    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        world w;
        set_up(&w);
        cx_stream_start(w.s, 1);
        for (size_t i = 0; i < 4 && rows[r].push[i].text; i++)
            push(&w, rows[r].push[i].seq, rows[r].push[i].text, rows[r].push[i].fin);
        cx_stream_finish(w.s);
        assert_true(w.taker.fin);
        if (w.taker.end_frame != rows[r].frame)
            fail_msg("row %zu: frame %d", r, (int)w.taker.end_frame);
        tear_down(&w);
    }
}

/* What a message lacks at the end is not waited for: what is there comes once more, with fin. */
static void test_fin_within_message(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    w.taker.messages = true;
    cx_stream_start(w.s, 0);
    push(&w, 0, "2ab9cd", false);
    expect(&w, "ab@1-1;");
    push(&w, 6, "e", true);
    expect(&w, "ab@1-1;|");
    assert_int_equal(w.taker.calls, 2);
    tear_down(&w);
}

static void test_left_before_gap(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    w.taker.messages = true;
    cx_stream_start(w.s, 0);
    push(&w, 0, "2ab9cd", false);
    push(&w, 10, "1x", false);
    cx_stream_finish(w.s);
    expect(&w, "ab@1-1;![4]x@2-2;|");
    tear_down(&w);
}

static void test_tail_lost(void **state)
{
    (void)state;
    for (uint32_t ack = 2; ack <= 4; ack++) { /* one more than the data may be a FIN */
        world w;
        set_up(&w);
        cx_stream_start(w.s, 0);
        push(&w, 0, "ab", false);
        cx_stream_acked(w.s, ack, now(&w));
        cx_stream_finish(w.s);
        expect(&w, ack == 4 ? "ab[2]|" : "ab|");
        tear_down(&w);
    }
}

static void test_snapped(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    cx_stream_start(w.s, 0);
    cx_stream_push(w.s, 0, cx_slice_of("ab"), 10, false, now(&w));
    cx_stream_push(w.s, 20, cx_slice_of("ef"), 10, true, now(&w));
    cx_stream_push(w.s, 10, cx_slice_of("cd"), 10, false, now(&w));
    expect(&w, "ab[8]cd[8]ef[8]|");
    assert_int_equal(cx_stream_stats_of(w.s)->missing, 24);
    tear_down(&w);
}

/* What it holds, and what it knows to lack. */
static void test_holds_and_lacks(void **state)
{
    (void)state;
    static const struct {
        struct {
            uint32_t seq;
            const char *text;
            bool fin;
        } push[2];
        bool idle, lacks;
    } rows[] = {
        {{{0, "1a", false}}, true, false},
        {{{0, "2a", false}}, false, false},                  /* a message without its end */
        {{{0, "2a", false}, {2, "b", false}}, true, false},  /* and with it */
        {{{2, "1a", false}}, false, true},                   /* behind a hole */
        {{{2, "1a", false}, {0, "1a", false}}, true, false}, /* that is filled */
        {{{0, "1a", false}, {4, "", true}}, true, true},     /* a hole before the FIN */
        {{{0, "1a", true}}, true, false},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        world w;
        set_up(&w);
        w.taker.messages = true;
        cx_stream_start(w.s, 0);
        for (size_t i = 0; i < 2 && rows[r].push[i].text; i++)
            push(&w, rows[r].push[i].seq, rows[r].push[i].text, rows[r].push[i].fin);
        assert_int_equal(cx_stream_is_idle(w.s), rows[r].idle);
        assert_int_equal(cx_stream_lacks(w.s), rows[r].lacks);
        tear_down(&w);
    }
}

static void test_nonsense_far_ahead(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    cx_stream_start(w.s, 0);
    push(&w, 0, "ab", false);
    push(&w, 0x40000003u, "zz", false); /* more than the largest window ahead */
    push(&w, 2, "cd", true);
    expect(&w, "abcd|");
    tear_down(&w);
}

/* ---- large ---- */

static void test_beyond_4_gib(void **state)
{
    (void)state;
    static uint8_t big[1 << 20];
    world w;
    set_up(&w);
    w.taker.len = sizeof w.taker.text - 1; /* count only */
    cx_stream_start(w.s, 12345);
    uint32_t seq = 12345;
    for (int i = 0; i < 4200; i++) {
        cx_stream_push(w.s, seq, (cx_slice){big, sizeof big}, sizeof big, false, now(&w));
        seq += (uint32_t)sizeof big;
    }
    push(&w, seq + 2, "cd", true);
    push(&w, seq, "ab", false);
    assert_true(w.taker.fin);
    assert_true(w.taker.bytes_seen == UINT64_C(4200) * sizeof big + 4);
    assert_int_equal(w.taker.gaps, 0);
    tear_down(&w);
}

/* One byte a packet: what was asked for is waited for, so each byte is seen a few times at most. */
static void test_byte_at_a_time(void **state)
{
    (void)state;
    static const char text[] = "3abc9defghijkl0"
                               "1m";
    world w;
    set_up(&w);
    w.taker.messages = true;
    cx_stream_start(w.s, 0);
    for (uint32_t i = 0; i < sizeof text - 1; i++)
        push(&w, i, (const char[]){text[i], 0}, false);
    expect(&w, "abc@1-4;defghijkl@5-14;@15-15;m@16-17;");
    assert_true(w.taker.calls <= 8);
    tear_down(&w);
}

/* Asked for n bytes, the stream calls once with n, not before and not later. */
static void test_exact_need(void **state)
{
    (void)state;
    for (size_t need = 2; need <= 9; need++)
        for (uint32_t step = 1; step <= 4; step++) {
            static const char text[] = "abcdefghijklmno";
            world w;
            set_up(&w);
            w.taker.answer = cx_fed_more(0, need);
            cx_stream_start(w.s, 0);
            push(&w, 0, "a", false);
            assert_int_equal(w.taker.calls, 1);
            w.taker.answer = cx_fed_ok(0);
            for (uint32_t at = 1; at < 13; at += step) {
                cx_stream_push(w.s, at, (cx_slice){(const uint8_t *)text + at, step}, step, false,
                               now(&w));
                assert_int_equal(w.taker.calls > 1, at + step >= need);
            }
            assert_memory_equal(w.taker.text, text, need);
            tear_down(&w);
        }
}

/* A dissector that ever wants one byte more sees a linear number of bytes, not a quadratic one. */
static void test_work_is_linear(void **state)
{
    (void)state;
    const uint32_t n = 100000;
    world w;
    set_up(&w);
    w.taker.late = true;
    w.taker.enough = n;
    cx_stream_start(w.s, 0);
    for (uint32_t i = 0; i < n; i++)
        push(&w, i, "x", false);
    cx_stream_finish(w.s);
    assert_true(w.taker.bytes_seen < UINT64_C(9000) * n); /* of 5e9 */
    assert_true(w.taker.fin);
    tear_down(&w);
}

/* ---- caps ---- */

static void test_joined_cap(void **state)
{
    (void)state;
    static uint8_t big[65536];
    world w;
    set_up(&w);
    w.taker.late = true;
    w.taker.enough = 2 * CX_MAX_STREAM_JOINED;
    cx_stream_start(w.s, 0);
    uint32_t seq = 0;
    for (; seq < CX_MAX_STREAM_JOINED; seq += sizeof big)
        cx_stream_push(w.s, seq, (cx_slice){big, sizeof big}, sizeof big, false, now(&w));
    assert_int_equal(w.taker.gaps, 1); /* one more byte than the cap was asked for */
    assert_int_equal(w.taker.missing, CX_MAX_STREAM_JOINED);
    assert_int_equal(cx_stream_stats_of(w.s)->dropped, CX_MAX_STREAM_JOINED);
    w.taker.late = false;
    push(&w, seq, "ab", true);
    expect(&w, "[1048576]ab|");
    tear_down(&w);
}

static void test_asked_for_too_much(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    w.taker.answer = cx_fed_more(0, CX_MAX_STREAM_JOINED + 1);
    cx_stream_start(w.s, 0);
    push(&w, 0, "abc", false);
    expect(&w, "[3]");
    assert_int_equal(cx_stream_stats_of(w.s)->dropped, 3);
    tear_down(&w);
}

/* No room to hold: the hole before it is given up, and the segment itself is passed on. */
static void test_budget_spent(void **state)
{
    (void)state;
    for (size_t budget = 0; budget < 400; budget += 8) {
        world w;
        set_up(&w);
        w.budget = budget;
        cx_stream_start(w.s, 0);
        push(&w, 2, "cd", false);
        push(&w, 6, "gh", false);
        push(&w, 4, "ef", false);
        cx_stream_finish(w.s);
        assert_true(strcmp(w.taker.text, "[2]cdefgh|") == 0 ||
                    strcmp(w.taker.text, "[2]cd[2]gh|") == 0);
        cx_stream_free(w.s);
        assert_int_equal(w.budget, budget);
    }
}

/* The last bytes find no room to be joined: they are a gap, and the end is told behind it. */
static void test_no_room_at_fin(void **state)
{
    (void)state;
    for (int with_bytes = 0; with_bytes < 2; with_bytes++) {
        world w;
        set_up(&w);
        w.taker.messages = true;
        w.budget = 3;
        cx_stream_start(w.s, 0);
        push(&w, 0, "5ab", false);
        push(&w, 3, "cde", with_bytes);
        if (!with_bytes)
            push(&w, 6, "", true);
        expect(&w, "[6]|");
        cx_stream_finish(w.s);
        expect(&w, "[6]|");
        cx_stream_free(w.s);
        assert_int_equal(w.budget, 3);
    }
}

/* Who asks at the end for more than may be joined gets no gap behind the end. */
static void test_asks_for_too_much_at_fin(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    w.taker.messages = true;
    cx_stream_start(w.s, 0);
    push(&w, 0, "5ab", false);
    w.taker.answer = cx_fed_more(0, CX_MAX_STREAM_JOINED + 1);
    push(&w, 3, "c", true);
    assert_true(w.taker.fin);
    assert_int_equal(w.taker.gaps, 0);
    tear_down(&w);
}

static void test_held_cap(void **state)
{
    (void)state;
    static uint8_t big[65536];
    world w;
    set_up(&w);
    cx_stream_start(w.s, 0);
    cx_stream_acked(w.s, 0, now(&w));
    for (uint32_t i = 0; i < 16; i++)
        cx_stream_push(w.s, 10 + i * 65536, (cx_slice){big, 65536}, 65536, false, now(&w));
    assert_int_equal(w.taker.gaps, 0);
    push(&w, 10 + 16 * 65536, "z", false);
    assert_int_equal(w.taker.missing, 10);
    assert_int_equal(w.taker.bytes_seen, CX_MAX_STREAM_HELD + 1);
    tear_down(&w);
}

static void test_segment_cap(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    cx_stream_start(w.s, 0);
    cx_stream_acked(w.s, 0, now(&w));
    for (uint32_t i = 0; i < 1024; i++)
        push(&w, 10 + 2 * (1024 - i), "x", false); /* from the back, each with a hole before it */
    assert_int_equal(w.taker.calls, 0);
    push(&w, 9, "x", false);
    assert_int_equal(w.taker.gaps, 1);
    tear_down(&w);
}

/* ---- answers of the dissector ---- */

static void test_done(void **state)
{
    (void)state;
    static const cx_status statuses[] = {CX_DONE, CX_MALFORMED};
    for (size_t i = 0; i < 2; i++) {
        world w;
        set_up(&w);
        w.taker.messages = true;
        cx_stream_start(w.s, 0);
        push(&w, 0, "9ab", false);
        push(&w, 5, "xx", false);
        assert_true(w.budget < CX_MAX_HELD_TOTAL);
        w.taker.answer = cx_fed_end(statuses[i]);
        assert_false(cx_stream_done(w.s));
        push(&w, 3, "cdefghijklmn", false);
        assert_true(cx_stream_done(w.s));
        assert_int_equal(w.budget, CX_MAX_HELD_TOTAL);
        uint64_t calls = w.taker.calls;
        push(&w, 15, "more", true);
        cx_stream_finish(w.s);
        assert_int_equal(w.taker.calls, calls);
        tear_down(&w);
    }
}

/* Each allocation fails in turn: every byte is passed on or counted as missing. */
static void test_no_memory(void **state)
{
    (void)state;
    size_t calls = 1;
    for (size_t k = 1; k <= calls; k++) {
        world w;
        set_up(&w);
        w.taker.messages = true;
        cx_stream_start(w.s, 0);
        static const struct {
            uint32_t seq;
            const char *text;
        } rows[] = {{4, "9de"}, {9, "hi"}, {0, "3abc"}, {7, "fg"}, {11, "jkl"}, {16, "1x"}};
        uint8_t copy[16];
        test_alloc_fail_at(k);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            size_t n = strlen(rows[i].text);
            memcpy(copy, rows[i].text, n);
            cx_stream_push(w.s, rows[i].seq, (cx_slice){copy, n}, (uint32_t)n, false, now(&w));
        }
        cx_stream_finish(w.s);
        if (k == 1)
            calls = test_alloc_calls() + 8;
        test_alloc_fail_at(0);
        assert_true(w.taker.fin);
        assert_int_equal(cx_stream_stats_of(w.s)->missing, w.taker.missing);
        assert_int_equal(w.taker.settled + w.taker.missing, 18);
        tear_down(&w);
    }
    assert_true(calls > 10);
    test_alloc_fail_at(1);
    size_t budget = 10;
    assert_null(cx_stream_new(0, take, NULL, &budget));
    test_alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order),
        cmocka_unit_test(test_loss_of_each),
        cmocka_unit_test(test_ack_before_data),
        cmocka_unit_test(test_ack_within_hole),
        cmocka_unit_test(test_one_direction_segments),
        cmocka_unit_test(test_one_direction_bytes),
        cmocka_unit_test(test_one_direction_time),
        cmocka_unit_test(test_acks_keep_waiting),
        cmocka_unit_test(test_overlaps),
        cmocka_unit_test(test_conflict_with_joined),
        cmocka_unit_test(test_all_overlaps),
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_mid_stream),
        cmocka_unit_test(test_fin),
        cmocka_unit_test(test_fin_frame),
        cmocka_unit_test(test_fin_within_message),
        cmocka_unit_test(test_left_before_gap),
        cmocka_unit_test(test_tail_lost),
        cmocka_unit_test(test_snapped),
        cmocka_unit_test(test_holds_and_lacks),
        cmocka_unit_test(test_nonsense_far_ahead),
        cmocka_unit_test(test_beyond_4_gib),
        cmocka_unit_test(test_byte_at_a_time),
        cmocka_unit_test(test_exact_need),
        cmocka_unit_test(test_work_is_linear),
        cmocka_unit_test(test_joined_cap),
        cmocka_unit_test(test_asked_for_too_much),
        cmocka_unit_test(test_budget_spent),
        cmocka_unit_test(test_no_room_at_fin),
        cmocka_unit_test(test_asks_for_too_much_at_fin),
        cmocka_unit_test(test_held_cap),
        cmocka_unit_test(test_segment_cap),
        cmocka_unit_test(test_done),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
