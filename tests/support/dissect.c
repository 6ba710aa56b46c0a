/* Runs a dissector over a conversation in every way that a network may deliver it (dissect.h). */
#include "support/dissect.h"

#include "report/event_json.h"
#include "report/json_out.h"
#include "support/alloc.h"
#include "support/feeder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define EXHAUSTIVE_BYTES 2048u
#define SAMPLES          8192u
#define MAX_ALLOCS       2048u
#define MS_NS            INT64_C(1000000)

/* ---- running ---- */

typedef struct rendering {
    FILE *out;
} rendering;

static void render(void *self, const cx_event *e)
{
    const cx_event_json_options options = {.time_digits = 6};
    cx_buf line = cx_buf_init(SIZE_MAX);
    cx_status status = cx_event_json(e, &options, &line);
    if (status == CX_END)
        return; /* for correlation only */
    assert_int_equal(status, CX_OK);
    assert_int_equal(cx_buf_put_text(&line, "\n"), CX_OK);
    assert_int_equal(fwrite(line.p, 1, line.len, ((rendering *)self)->out), line.len);
    cx_buf_free(&line);
}

/* Piece k has frame k + 1 and comes k milliseconds after the start. */
static cx_evidence evidence_of(size_t piece)
{
    return (cx_evidence){.frame = piece + 1, .ts_ns = (int64_t)piece * MS_NS};
}

static cx_endpoint endpoint_of(uint8_t host, uint16_t port, uint8_t proto)
{
    cx_endpoint e = {.port = port, .family = 4, .proto = proto};
    memcpy(e.addr, (const uint8_t[16]){[10] = 0xff, 0xff, 192, 0, 2, host}, 16);
    return e;
}

/* How the pieces are delivered. */
typedef struct delivery {
    size_t step;      /* bytes at a time; 0: whole pieces */
    size_t piece, at; /* this piece in two parts: before and after byte `at`; at 0: none */
    size_t gap;       /* 1 + index of the piece that is lost; 0: none */
    size_t cut;       /* 1 + index of the datagram that the capture cut; 0: none */
} delivery;

static void push(test_feeder *f, const test_talk *talk, size_t i, const delivery *how)
{
    const test_piece *p = &talk->pieces[i];
    cx_evidence at = evidence_of(i);
    if (p->lost || how->gap == i + 1) {
        if (!talk->datagrams)
            test_feeder_gap(f, p->dir, p->bytes.len, at);
        return;
    }
    if (talk->datagrams) {
        test_feeder_datagram(f, p->dir, p->bytes, p->cut || how->cut == i + 1, at);
        return;
    }
    size_t step = how->step ? how->step : p->bytes.len;
    if (how->at && how->piece == i) {
        test_feeder_push(f, p->dir, cx_slice_sub(p->bytes, 0, how->at), at);
        test_feeder_push(f, p->dir, cx_slice_sub(p->bytes, how->at, p->bytes.len), at);
        return;
    }
    for (size_t from = 0; from < p->bytes.len; from += step)
        test_feeder_push(f, p->dir, cx_slice_sub(p->bytes, from, step), at);
}

static void run(const test_talk *talk, const delivery *how, cx_event_sink sink)
{
    uint8_t proto = talk->datagrams ? CX_IPPROTO_UDP : CX_IPPROTO_TCP;
    test_feeder f = {.dissector = talk->dissector,
                     .children = talk->children,
                     .sink = sink,
                     .opener = talk->opener,
                     .client = endpoint_of(1, 49152, proto),
                     .server = endpoint_of(2, talk->dissector->ports[0], proto)};
    if (!test_feeder_start(&f))
        return;
    for (size_t i = 0; i < talk->n_pieces; i++)
        push(&f, talk, i, how);
    test_feeder_finish(&f);
}

static char *events_of(const test_talk *talk, const delivery *how)
{
    char *text = NULL;
    size_t len;
    rendering r = {.out = open_memstream(&text, &len)};
    assert_non_null(r.out);
    run(talk, how, (cx_event_sink){.event = render, .self = &r});
    assert_int_equal(fclose(r.out), 0);
    return text;
}

char *test_events_of(const test_talk *talk)
{
    return events_of(talk, &(delivery){0});
}

/* ---- every way ---- */

static void expect(const test_talk *talk, const delivery *how, const char *expected)
{
    char *got = events_of(talk, how);
    if (strcmp(got, expected) != 0) {
        print_error("delivery: step %zu, piece %zu split at %zu\nexpected:\n%sgot:\n%s", how->step,
                    how->piece, how->at, expected, got);
        free(got);
        fail();
        return; /* not reached: fail() jumps */
    }
    free(got);
}

void feed_all_ways(const test_talk *talk, const char *expected)
{
    expect(talk, &(delivery){0}, expected);
    for (size_t i = 0; i < talk->n_pieces; i++)
        free(events_of(talk, &(delivery){.gap = i + 1}));
    if (talk->datagrams)
        return;
    expect(talk, &(delivery){.step = 1}, expected);
    for (size_t i = 0; i < talk->n_pieces; i++)
        for (size_t at = 1; at < talk->pieces[i].bytes.len; at++)
            expect(talk, &(delivery){.piece = i, .at = at}, expected);
}

/* ---- damage ---- */

/* The conversation in memory of its own, with one piece that can be changed. */
typedef struct mutant {
    test_talk talk;
    test_piece *pieces;
    uint8_t **copies; /* the bytes of the pieces */
    const char *original;
    size_t variants, rejected;
} mutant;

static void try_variant(mutant *m, const delivery *how)
{
    char *got = events_of(&m->talk, how);
    m->variants++;
    m->rejected += strcmp(got, m->original) != 0;
    free(got);
}

static void flip(mutant *m, size_t piece, size_t bit)
{
    uint8_t *p = m->copies[piece] + bit / 8;
    *p ^= (uint8_t)(1u << bit % 8);
    try_variant(m, &(delivery){0});
    *p ^= (uint8_t)(1u << bit % 8);
}

/* A datagram that is shorter, or a conversation that ends there. */
static void truncate_at(mutant *m, size_t piece, size_t len)
{
    cx_slice whole = m->pieces[piece].bytes;
    size_t n = m->talk.n_pieces;
    m->pieces[piece].bytes.len = len;
    if (!m->talk.datagrams)
        m->talk.n_pieces = piece + 1;
    try_variant(m, &(delivery){0});
    if (m->talk.datagrams)
        try_variant(m, &(delivery){.cut = piece + 1});
    m->pieces[piece].bytes = whole;
    m->talk.n_pieces = n;
}

static uint64_t next_random(uint64_t *seed) /* splitmix64: the same numbers everywhere */
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Piece and offset in it of byte `at` of the conversation. */
static size_t locate(const mutant *m, size_t *at)
{
    size_t piece = 0;
    while (*at >= m->pieces[piece].bytes.len)
        *at -= m->pieces[piece++].bytes.len;
    return piece;
}

void mutate_all(const test_talk *talk, size_t min_rejected)
{
    mutant m = {.talk = *talk};
    size_t total = 0;
    m.pieces = calloc(talk->n_pieces, sizeof *m.pieces);
    m.copies = calloc(talk->n_pieces, sizeof *m.copies);
    assert_non_null(m.pieces);
    assert_non_null(m.copies);
    m.talk.pieces = m.pieces;
    for (size_t i = 0; i < talk->n_pieces; i++) {
        cx_slice from = talk->pieces[i].bytes;
        uint8_t *copy = malloc(from.len + 1);
        assert_non_null(copy);
        if (from.len)
            memcpy(copy, from.p, from.len);
        m.pieces[i] = talk->pieces[i];
        m.pieces[i].bytes.p = m.copies[i] = copy;
        total += from.len;
    }
    char *original = test_events_of(talk);
    m.original = original;
    uint64_t seed = 1;
    bool all = total <= EXHAUSTIVE_BYTES;
    size_t n_bits = total ? (all ? total * 8 : SAMPLES) : 0,
           n_cuts = total && !all ? SAMPLES / 8 : total;
    for (size_t k = 0; k < n_bits; k++) {
        size_t bit = all ? k : next_random(&seed) % (total * 8), at = bit / 8;
        size_t piece = locate(&m, &at);
        flip(&m, piece, at * 8 + bit % 8);
    }
    for (size_t k = 0; k < n_cuts; k++) {
        size_t at = all ? k : next_random(&seed) % total;
        size_t piece = locate(&m, &at);
        truncate_at(&m, piece, at);
    }
    for (size_t i = 0; i < talk->n_pieces; i++)
        free(m.copies[i]);
    free(m.copies);
    free(m.pieces);
    free(original);
    if (m.rejected < min_rejected)
        fail_msg("%zu of %zu variants gave other events, expected at least %zu", m.rejected,
                 m.variants, min_rejected);
}

/* ---- no memory ---- */

void fail_each_alloc(const test_talk *talk)
{
    const cx_event_sink nobody = {0};
    test_alloc_fail_at(0);
    run(talk, &(delivery){0}, nobody);
    size_t calls = test_alloc_calls();
    uint64_t seed = 1;
    for (size_t k = 1; k <= (calls < MAX_ALLOCS ? calls : MAX_ALLOCS); k++) {
        test_alloc_fail_at(calls <= MAX_ALLOCS ? k : 1 + next_random(&seed) % calls);
        run(talk, &(delivery){0}, nobody);
    }
    test_alloc_fail_at(0);
}
