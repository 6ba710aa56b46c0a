/* dissectors/sip.c: how messages are found over TCP and UDP, whole and damaged. */
#include "base/limits.h"
#include "dissectors/sip_osip.h"
#include "support/feeder.h"
#include "support/transcript.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_sip, cx_dissector_gss, cx_dissector_ntlm;
static const cx_dissector *const children[] = {&cx_dissector_gss, &cx_dissector_ntlm, NULL};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- real conversations ---- */

static void transcripts(void **state)
{
    static const struct {
        const char *name;
        bool datagrams;
        size_t min_rejected;
    } cases[] = {
        {"communicator-ntlm", false, 3000},
        {"sipe-ntlm-tcp", false, 3000},
        {"sipp-digest-tcp", false, 2000},
        {"baresip-digest-udp", true, 3000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        test_transcript t = test_transcript_read(cases[i].name);
        test_talk talk = {.dissector = &cx_dissector_sip,
                          .children = children,
                          .pieces = t.pieces,
                          .n_pieces = t.n_pieces,
                          .datagrams = cases[i].datagrams};
        feed_all_ways(&talk, t.events);
        mutate_all(&talk, cases[i].min_rejected);
        fail_each_alloc(&talk);
        test_transcript_free(&t);
    }
}

/* ---- what came out, in short ---- */

typedef struct record {
    char text[8192];
    size_t len;
} record;

static void note(void *self, const cx_event *e)
{
    record *r = self;
    const cx_ev_sip *s = &e->u.sip;
    char *to = r->text + r->len;
    size_t room = sizeof r->text - r->len;
    int n;
    if (e->kind == CX_EV_MALFORMED)
        n = snprintf(to, room, "malformed: %s\n", e->u.malformed.reason);
    else
        n = snprintf(to, room, "%.*s %u body %" PRIu64 " frames %" PRIu64 "-%" PRIu64 "%s\n",
                     s->request ? (int)s->method.len : 3,
                     s->request ? (const char *)s->method.p : "res",
                     s->request ? s->cseq : s->status, s->body_len, s->first.frame, e->at.frame,
                     s->cut ? " cut" : "");
    assert_true(n > 0 && (size_t)n < room);
    r->len += (size_t)n;
}

static test_feeder feeder_for(record *r)
{
    *r = (record){.len = 0};
    return (test_feeder){
        .dissector = &cx_dissector_sip, .children = children, .sink = {.event = note, .self = r}};
}

#define REGISTER(cseq, length, body)                                                               \
    "REGISTER sip:contoso.com SIP/2.0\r\nCSeq: " cseq " REGISTER\r\n" length "\r\n" body
#define OK(length, body) "SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\n" length "\r\n" body

/* One direction of a connection; "GAP" is a gap of 10 bytes, "GAP?" one of unknown length. Each
 * piece is a packet. */
static void run_stream(const char *const *pieces, record *r)
{
    test_feeder f = feeder_for(r);
    assert_true(test_feeder_start(&f));
    for (uint64_t frame = 1; *pieces; pieces++, frame++) {
        cx_evidence at = {.frame = frame};
        if (strncmp(*pieces, "GAP", 3) == 0)
            test_feeder_gap(&f, CX_FROM_CLIENT, (*pieces)[3] ? UINT64_MAX : 10, at);
        else
            test_feeder_push(&f, CX_FROM_CLIENT, cx_slice_of(*pieces), at);
    }
    test_feeder_finish(&f);
}

/* Deliveries that differ must give the same, frames apart: byte by byte. */
static void run_bytes(const char *const *pieces, record *r)
{
    test_feeder f = feeder_for(r);
    assert_true(test_feeder_start(&f));
    for (uint64_t frame = 1; *pieces; pieces++, frame++) {
        cx_evidence at = {.frame = frame};
        if (strncmp(*pieces, "GAP", 3) == 0)
            test_feeder_gap(&f, CX_FROM_CLIENT, (*pieces)[3] ? UINT64_MAX : 10, at);
        for (const char *p = *pieces; strncmp(*pieces, "GAP", 3) != 0 && *p; p++)
            test_feeder_push(&f, CX_FROM_CLIENT, (cx_slice){(const uint8_t *)p, 1}, at);
    }
    test_feeder_finish(&f);
}

#define NO_START "malformed: no start line where a message should begin\n"

static const struct {
    const char *name;
    const char *pieces[7];
    const char *expected;
} streams[] = {
    {"one message", {REGISTER("1", "Content-Length: 0\r\n", "")}, "REGISTER 1 body 0 frames 1-1\n"},
    {"with a body", {OK("Content-Length: 4\r\n", "abcd")}, "res 200 body 4 frames 1-1\n"},
    {"body in packets of its own",
     {OK("Content-Length: 4\r\n", ""), "ab", "cd"},
     "res 200 body 4 frames 1-3\n"},
    {"two in a packet, the second ends later",
     {OK("l: 0\r\n", "") OK("l: 2\r\n", "a"), "b"},
     "res 200 body 0 frames 1-1\nres 200 body 2 frames 1-2\n"},
    {"body ends where the next begins",
     {OK("Content-Length: 4\r\n", "</x>") REGISTER("2", "Content-Length: 0\r\n", "")},
     "res 200 body 4 frames 1-1\nREGISTER 2 body 0 frames 1-1\n"},
    {"keep-alives",
     {"\r\n\r\n", OK("l:0\r\n", "") "\r\n\r\n\r", "\n" OK("l:0\r\n", "\r\n")},
     "res 200 body 0 frames 2-2\nres 200 body 0 frames 3-3\n"},
    {"no Content-Length",
     {OK("", "") REGISTER("1", "", "")},
     "res 200 body 0 frames 1-1\nREGISTER 1 body 0 frames 1-1\n"},
    {"bare LF",
     {"SIP/2.0 200 OK\nCSeq: 1 REGISTER\nContent-Length: 2\n\nab"},
     "res 200 body 2 frames 1-1\n"},
    {"Content-Length folded, spaced, in capitals, twice the same",
     {OK("CONTENT-LENGTH \t:\r\n 3\r\nL: 3\r\n", "abc") OK("l: 0\r\n", "")},
     "res 200 body 3 frames 1-1\nres 200 body 0 frames 1-1\n"},
    {"no headers at all", {"SIP/2.0 200 OK\r\n\r\n"}, "res 200 body 0 frames 1-1\n"},
    {"Content-Length no number",
     {OK("Content-Length: bad\r\n", "xyz") REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nmalformed: unreadable Content-Length\n"
     "REGISTER 2 body 0 frames 1-1\n"},
    {"Content-Length negative",
     {OK("Content-Length: -1\r\n", "") REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nmalformed: unreadable Content-Length\n"
     "REGISTER 2 body 0 frames 1-1\n"},
    {"Content-Length empty",
     {OK("Content-Length:\r\n", "") REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nmalformed: unreadable Content-Length\n"
     "REGISTER 2 body 0 frames 1-1\n"},
    {"Content-Length of 20 digits",
     {OK("Content-Length: 99999999999999999999\r\n", "") REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nmalformed: unreadable Content-Length\n"
     "REGISTER 2 body 0 frames 1-1\n"},
    {"Content-Length beyond the cap",
     {OK("Content-Length: 524289\r\n", "abc") REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nmalformed: Content-Length beyond any body\n"
     "REGISTER 2 body 0 frames 1-1\n"},
    {"two that differ",
     {OK("Content-Length: 3\r\nContent-Length: 0\r\n", "") REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nmalformed: unreadable Content-Length\n"
     "REGISTER 2 body 0 frames 1-1\n"},
    {"Content-Length too short: the rest of the body is no message",
     {OK("Content-Length: 1\r\n", "abc\r\n") REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 1 frames 1-1\n" NO_START "REGISTER 2 body 0 frames 1-1\n"},
    {"other traffic after a message",
     {OK("l: 0\r\n", ""), "\x16\x03\x01 junk\n", "more junk " REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\n" NO_START "REGISTER 2 body 0 frames 3-3\n"},
    {"begins inside a body",
     {"=0\r\nm=audio 8000 RTP/AVP 0\r\na=x", "y" REGISTER("2", "l: 0\r\n", "")},
     "REGISTER 2 body 0 frames 2-2\n"},
    {"begins inside headers",
     {"ntact: <sip:a@b>\r\nVia: SIP/2.0/TCP a\r\nContent-Length: 0\r\n\r\n" OK("l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\n"},
    {"a start line in a body is none without headers behind it",
     {"junk\r\nSIP/2.0 200 OK\r\n", "\r\nmore\r\n" OK("l: 0\r\n", "")},
     "res 200 body 0 frames 2-2\n"},
    {"gap inside a body: its rest is known",
     {OK("Content-Length: 20\r\n", "abcd"), "GAP", "efghij" REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 4 frames 1-1\nREGISTER 2 body 0 frames 3-3\n"},
    {"gap up to the end of a body",
     {OK("Content-Length: 14\r\n", "abcd"), "GAP", REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 4 frames 1-1\nREGISTER 2 body 0 frames 3-3\n"},
    {"gap past the end of a body",
     {OK("Content-Length: 13\r\n", "abcd"), "GAP",
      "contoso.com SIP/2.0\r\nl: 0\r\n\r\n" REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 4 frames 1-1\nREGISTER 2 body 0 frames 3-3\n"},
    {"gap of unknown length inside a body",
     {OK("Content-Length: 14\r\n", "abcd"), "GAP?", "x\r\n" REGISTER("2", "l: 0\r\n", "")},
     "res 200 body 4 frames 1-1\nREGISTER 2 body 0 frames 3-3\n"},
    {"gap inside headers: those before it are told",
     {"REGISTER sip:a SIP/2.0\r\nCSeq: 7 REGISTER\r\nTo: x", "GAP",
      "p\r\nContent-Length: 0\r\n\r\n" OK("l: 0\r\n", "")},
     "REGISTER 7 body 0 frames 1-1 cut\nres 200 body 0 frames 3-3\n"},
    {"gap inside a start line",
     {"REGISTER sip:a SI", "GAP", "a\r\nl: 0\r\n\r\n" OK("l: 0\r\n", "")},
     "REGISTER 0 body 0 frames 1-1 cut\nres 200 body 0 frames 3-3\n"},
    {"gap inside a method", /* a client that sends it alone, as pidgin-sipe does after a pause */
     {OK("l: 0\r\n", "") "REGIST", "GAP", "ER sip:a SIP/2.0\r\nl: 0\r\n\r\n" OK("l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nres 200 body 0 frames 3-3\n"},
    {"gap inside a start line behind a gap",
     {OK("l: 0\r\n", ""), "GAP", "REGISTER sips:a SI", "GAP", OK("l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nREGISTER 0 body 0 frames 3-3 cut\nres 200 body 0 frames 5-5\n"},
    {"gap behind what is no start line",
     {OK("l: 0\r\n", ""), "GAP", "Hello sip:a", "GAP", OK("l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nres 200 body 0 frames 5-5\n"},
    {"gap before the URI can be told", /* as in an extension of HTTP */
     {"OPTIONS /sip:a", "GAP", OK("l: 0\r\n", "")},
     "res 200 body 0 frames 3-3\n"},
    {"gap between messages",
     {OK("l: 0\r\n", ""), "GAP", OK("l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nres 200 body 0 frames 3-3\n"},
    {"gap behind a whole message with the next begun",
     {OK("l: 0\r\n", "") "SIP/2.0 401 Un", "GAP", "\r\n" OK("l: 0\r\n", "")},
     "res 200 body 0 frames 1-1\nres 401 body 0 frames 1-1 cut\n"
     "res 200 body 0 frames 3-3\n"},
    {"cut by the snap length again and again",
     {"SIP/2.0 200 OK\r\nDate: M", "GAP", "SIP/2.0 401 Unauthorized\r\nWWW-", "GAP",
      "SIP/2.0 200 OK\r\n", "GAP"},
     "res 200 body 0 frames 1-1 cut\nres 401 body 0 frames 3-3 cut\n"
     "res 200 body 0 frames 5-5 cut\n"},
    {"ends inside a body", {OK("l: 10\r\n", "abc")}, "res 200 body 3 frames 1-1\n"},
    {"ends inside headers",
     {"SIP/2.0 401 Unauthorized\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: NTLM re"},
     "res 401 body 0 frames 1-1 cut\n"},
    {"ends inside a start line", {OK("l: 0\r\n", "") "SIP/2.0 40"}, "res 200 body 0 frames 1-1\n"},
};

static void framing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(streams); i++) {
        record r;
        run_stream(streams[i].pieces, &r);
        if (strcmp(r.text, streams[i].expected) != 0)
            fail_msg("%s: expected\n%sgot\n%s", streams[i].name, streams[i].expected, r.text);
        run_bytes(streams[i].pieces, &r);
        if (strcmp(r.text, streams[i].expected) != 0)
            fail_msg("%s, byte by byte: expected\n%sgot\n%s", streams[i].name, streams[i].expected,
                     r.text);
    }
}

/* ---- sizes and work ---- */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The bytes of a growing view, as the stream gives them: no copies, so that only the dissector's
 * own work is measured. */
static void feed_grown(test_feeder *f, cx_slice all, size_t step)
{
    size_t pos = 0, need = 0;
    for (size_t end = step; pos < all.len; end += step) {
        if (end > all.len)
            end = all.len;
        if (end - pos < need && end < all.len)
            continue;
        cx_chunk in = {.bytes = cx_slice_sub(all, pos, end - pos), .fin = end == all.len};
        cx_fed fed = f->dissector->feed(f->state, &in, &f->emit);
        cx_arena_reset(&f->scratch);
        pos += fed.consumed;
        need = fed.status == CX_NEED_MORE ? fed.need : 0;
        if (fed.status != CX_OK && fed.status != CX_NEED_MORE)
            break;
        if (end == all.len)
            break;
    }
}

static void large_bodies(void **state)
{
    static const char head[] = "SIP/2.0 200 OK\r\nContent-Length: 300000\r\n\r\n";
    const size_t len = sizeof head - 1 + 300000;
    (void)state;
    char *text = malloc(len);
    assert_non_null(text);
    memcpy(text, head, sizeof head - 1);
    memset(text + sizeof head - 1, 'x', 300000);
    record r;
    test_feeder f = feeder_for(&r);
    assert_true(test_feeder_start(&f));
    double start = seconds();
    feed_grown(&f, (cx_slice){(const uint8_t *)text, len}, 1);
    assert_true(seconds() - start < 1.0);
    test_feeder_finish(&f);
    free(text);
    assert_string_equal(r.text, "res 200 body 300000 frames 0-0\n");
}

/* Shapes that would make a careless reader quadratic, in steps of one byte and of 64. */
static void hostile_work(void **state)
{
    static const struct {
        const char *name, *head, *again;
        size_t step;
    } shapes[] = {
        {"start line without end", "REGISTER sip:", "a", 1},
        {"method without end", "", "A", 64},
        {"header line without end", "SIP/2.0 200 OK\r\nSubject: ", "a", 64},
        {"headers without end", "SIP/2.0 200 OK\r\n", "a:b\r\n", 64},
        {"folding without end", "SIP/2.0 200 OK\r\nContact: a", "\r\n ,", 64},
        {"junk without a line end", "\x01", "SIP/2.0 2", 64},
        {"junk in lines", "\x01", "SIP/2.0 20\n", 64},
        {"junk of near misses", "\x01", "INVITE sip:a SIP/2.0\r\n", 64},
        {"near miss with a long name behind", "\x01INVITE sip:a SIP/2.0\r\n", "a", 1},
        {"messages", "", "SIP/2.0 200 OK\r\nf:<sip:a>\r\n\r\n", 64},
        {"line ends", "", "\r\n", 1},
        {"bad lengths", "", "SIP/2.0 200 OK\r\nl:x\r\n\r\n", 64},
    };
    const size_t len = 400000;
    (void)state;
    uint8_t *text = malloc(len);
    assert_non_null(text);
    for (size_t i = 0; i < COUNT(shapes); i++) {
        size_t head = strlen(shapes[i].head), again = strlen(shapes[i].again);
        for (size_t k = 0; k < len; k++)
            text[k] = (uint8_t)(k < head ? shapes[i].head[k] : shapes[i].again[(k - head) % again]);
        test_feeder f = {.dissector = &cx_dissector_sip};
        assert_true(test_feeder_start(&f));
        double start = seconds();
        feed_grown(&f, (cx_slice){text, len}, shapes[i].step);
        double took = seconds() - start;
        test_feeder_finish(&f);
        if (took > 2.0)
            fail_msg("%s: %.2f s for %zu bytes", shapes[i].name, took, len);
    }
    free(text);
}

/* A conversation that is no SIP any more is given up. */
static void endless_junk(void **state)
{
    uint8_t junk[65536];
    record r;
    (void)state;
    memset(junk, 'j', sizeof junk);
    test_feeder f = feeder_for(&r);
    assert_true(test_feeder_start(&f));
    for (size_t n = 0; n <= CX_MAX_SIP_JUNK + 2 * CX_MAX_SIP_START; n += sizeof junk)
        test_feeder_push(&f, CX_FROM_SERVER, (cx_slice){junk, sizeof junk},
                         (cx_evidence){.frame = 1});
    assert_true(f.dir[CX_FROM_SERVER].done);
    test_feeder_finish(&f);
    assert_string_equal(r.text, "malformed: no start line for longer than any message\n");
}

static void headers_too_long(void **state)
{
    const size_t len = CX_MAX_SIP_MESSAGE + 100;
    static const char head[] = "SIP/2.0 200 OK\r\nSubject: ";
    (void)state;
    uint8_t *text = malloc(len);
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, head, sizeof head - 1);
    record r;
    test_feeder f = feeder_for(&r);
    assert_true(test_feeder_start(&f));
    test_feeder_push(&f, CX_FROM_SERVER, (cx_slice){text, len}, (cx_evidence){.frame = 1});
    test_feeder_push(&f, CX_FROM_SERVER, cx_slice_of("\r\n" OK("l: 0\r\n", "")),
                     (cx_evidence){.frame = 2});
    test_feeder_finish(&f);
    free(text);
    assert_string_equal(r.text, "res 200 body 0 frames 1-1 cut\n"
                                "malformed: headers longer than any message\n"
                                "res 200 body 0 frames 2-2\n");
}

/* ---- datagrams ---- */

static const struct {
    const char *name, *bytes;
    size_t len; /* 0: of the text */
    bool cut;
    const char *expected;
} datagrams[] = {
    {"message", OK("Content-Length: 2\r\n", "ab"), 0, false, "res 200 body 2 frames 1-1\n"},
    {"leading line ends", "\r\n\r\n" OK("l: 2\r\n", "ab"), 0, false, "res 200 body 2 frames 1-1\n"},
    {"no length: the rest is the body", OK("", "abcd"), 0, false, "res 200 body 4 frames 1-1\n"},
    {"length too short: the rest is dropped", OK("l: 1\r\n", "abcd"), 0, false,
     "res 200 body 1 frames 1-1\n"},
    {"length too long", OK("l: 9\r\n", "abcd"), 0, false, "res 200 body 4 frames 1-1\n"},
    {"length no number", OK("l: bad\r\n", "ab"), 0, false,
     "res 200 body 2 frames 1-1\nmalformed: unreadable Content-Length\n"},
    {"one message only", OK("l: 0\r\n", "") OK("l: 0\r\n", ""), 0, false,
     "res 200 body 0 frames 1-1\n"},
    {"no empty line", "SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\nTo: x", 0, false,
     "res 200 body 0 frames 1-1\n"},
    {"start line only", "SIP/2.0 200 OK", 0, false, "res 200 body 0 frames 1-1\n"},
    {"a method that is no token", "N\xc3\x96$ sip:a SIP/2.0\r\n\r\n", 0, false,
     "N\xc3\x96$ 0 body 0 frames 1-1\n"},
    {"cut in the reason", "SIP/2.0 200 O", 0, true, "res 200 body 0 frames 1-1 cut\n"},
    {"cut behind the version", "ACK sip:a SIP/2.0", 0, true, "ACK 0 body 0 frames 1-1 cut\n"},
    {"cut in the version", "ACK sip:a SIP/2.", 0, true, ""},
    {"cut in the status", "SIP/2.0 20", 0, true, ""},
    {"cut behind the start line", "SIP/2.0 200 OK\r\n", 0, true, "res 200 body 0 frames 1-1 cut\n"},
    {"cut in a header", "REGISTER sip:a SIP/2.0\r\nCSeq: 3 REGISTER\r\nFrom: <si", 0, true,
     "REGISTER 3 body 0 frames 1-1 cut\n"},
    {"cut in the body", OK("l: 9\r\n", "abcd"), 0, true, "res 200 body 4 frames 1-1\n"},
    {"keep-alive", "\r\n\r\n", 0, false, ""},
    {"empty", "", 0, false, ""},
    {"zeros", "\0\0\0\0", 4, false, ""},
    {"STUN", "\0\1\0\0\x21\x12\xa4\x42zzzzzzzzzzzz", 20, false, ""},
    {"other protocol", "GET sip:a HTTP/1.1\r\n\r\n", 0, false, ""},
};

static void over_udp(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(datagrams); i++) {
        record r;
        test_feeder f = feeder_for(&r);
        cx_slice bytes = cx_slice_of(datagrams[i].bytes);
        if (datagrams[i].len)
            bytes.len = datagrams[i].len;
        assert_true(test_feeder_start(&f));
        test_feeder_datagram(&f, 0, bytes, datagrams[i].cut, (cx_evidence){.frame = 1});
        test_feeder_finish(&f);
        if (strcmp(r.text, datagrams[i].expected) != 0)
            fail_msg("%s: expected\n%sgot\n%s", datagrams[i].name, datagrams[i].expected, r.text);
    }
}

/* ---- probe ---- */

static void probing(void **state)
{
    static const struct {
        const char *bytes;
        cx_match stream, datagram;
    } cases[] = {
        {"REGISTER sip:contoso.com SIP/2.0\r\n", CX_MATCH_YES, CX_MATCH_YES},
        {"SIP/2.0 401 Unauthorized\r\n", CX_MATCH_YES, CX_MATCH_YES},
        {"\r\n\r\nINVITE tel:+1 SIP/2.0\r\n", CX_MATCH_YES, CX_MATCH_YES},
        {"x-new.Method!~ foo:bar SIP/2.0\r\n", CX_MATCH_YES, CX_MATCH_YES},
        {"SIP/2.0 401", CX_MATCH_MAYBE, CX_MATCH_YES},
        {"SIP/2.0 40", CX_MATCH_MAYBE, CX_MATCH_NO},
        {"S", CX_MATCH_MAYBE, CX_MATCH_NO},
        {"REGISTER sip:contoso.com SIP/2.", CX_MATCH_MAYBE, CX_MATCH_NO},
        {"REGISTER sip:contoso.com SIP/2.0", CX_MATCH_MAYBE, CX_MATCH_YES},
        {"REGISTER ", CX_MATCH_MAYBE, CX_MATCH_NO},
        {"\r\n", CX_MATCH_MAYBE, CX_MATCH_MAYBE},
        {"", CX_MATCH_MAYBE, CX_MATCH_MAYBE},
        {"REGISTER sip:contoso.com SIP/3.0\r\n", CX_MATCH_NO, CX_MATCH_NO},
        {"REGISTER sip:contoso.com SIP/2.01\r\n", CX_MATCH_NO, CX_MATCH_NO},
        {"REGISTER contoso.com SIP/2.0\r\n", CX_MATCH_NO, CX_MATCH_NO},
        {"REGISTER contoso.com ", CX_MATCH_NO, CX_MATCH_NO},
        {"REGISTER  sip:a SIP/2.0\r\n", CX_MATCH_NO, CX_MATCH_NO},
        {"SIP/2.0 4x1 No\r\n", CX_MATCH_NO, CX_MATCH_NO},
        {"SIP/2.0 4010 No\r\n", CX_MATCH_NO, CX_MATCH_NO},
        {"GET / HTTP/1.1\r\n", CX_MATCH_NO, CX_MATCH_NO},
        {"GET / ", CX_MATCH_NO, CX_MATCH_NO},
        {"CONNECT a:443 HTTP/1.1\r\n", CX_MATCH_NO, CX_MATCH_NO},
        {"OPTIONS rtsp://a RTSP/1.0\r\n", CX_MATCH_NO, CX_MATCH_NO},
        {"\x16\x03\x01\x02\x00", CX_MATCH_NO, CX_MATCH_NO},
        {"REGISTER sip:a\r\nb SIP/2.0\r\n", CX_MATCH_NO, CX_MATCH_NO},
        /* a capture that begins inside a message */
        {"</x>INVITE sip:a SIP/2.0\r\nVia: x\r\n", CX_MATCH_YES, CX_MATCH_NO},
        {"l: 0\r\n\r\nSIP/2.0 200 OK\r\nVia : x\r\n", CX_MATCH_YES, CX_MATCH_NO},
        {"l: 0\r\n\r\nSIP/2.0 200 OK\r\n\r\nx", CX_MATCH_NO, CX_MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_chunk first = {.bytes = cx_slice_of(cases[i].bytes)};
        if (cx_dissector_sip.probe(&first) != cases[i].stream)
            fail_msg("stream: %s", cases[i].bytes);
        first.datagram = true;
        if (cx_dissector_sip.probe(&first) != cases[i].datagram)
            fail_msg("datagram: %s", cases[i].bytes);
    }
}

static void count(void *self, const cx_event *e)
{
    ((record *)self)->len += e->kind == CX_EV_SIP && e->u.sip.method.len == 65000;
}

/* Methods of any length are one (PROTOS c07), and each mask lets its probe say yes. */
static void methods(void **state)
{
    static char text[70000];
    (void)state;
    memset(text, 'a', sizeof text);
    strcpy(text + 65000, " sip:a SIP/2.0\r\n\r\n");
    cx_chunk first = {.bytes = cx_slice_of(text), .datagram = true};
    assert_int_equal(cx_dissector_sip.probe(&first), CX_MATCH_YES);
    record r;
    test_feeder f = feeder_for(&r);
    f.sink.event = count;
    assert_true(test_feeder_start(&f));
    test_feeder_datagram(&f, 0, first.bytes, false, (cx_evidence){.frame = 1});
    test_feeder_finish(&f);
    assert_int_equal(r.len, 1);
    for (size_t i = 0; i + 2 < cx_dissector_sip.n_masks; i++) { /* two are not of one method */
        char line[64] = {0};
        for (size_t k = 0; k < 8 && cx_dissector_sip.masks[i].mask[k]; k++)
            line[k] = (char)cx_dissector_sip.masks[i].value[k];
        strcat(line, strchr(line, '/')   ? "200 OK\r\n"
                     : strchr(line, ' ') ? "sip:a SIP/2.0\r\n"
                                         : " sip:a SIP/2.0\r\n");
        first.bytes = cx_slice_of(line);
        assert_int_equal(cx_dissector_sip.probe(&first), CX_MATCH_YES);
    }
}

int main(void)
{
    cx_sip_osip_setup();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transcripts),  cmocka_unit_test(framing),
        cmocka_unit_test(large_bodies), cmocka_unit_test(hostile_work),
        cmocka_unit_test(endless_junk), cmocka_unit_test(headers_too_long),
        cmocka_unit_test(over_udp),     cmocka_unit_test(probing),
        cmocka_unit_test(methods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
