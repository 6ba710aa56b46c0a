/* Fuzzes the reassembly of one direction (flow/stream.h).
 *
 * Input: first a byte of options (bit 0: the SYN was seen; bit 1: a small budget; bits 2 to 4: how
 * the taker answers) and the first sequence number (4 bytes), then steps of 6 bytes: an operation,
 * a signed distance from the first sequence number (2 bytes; operations above 127 take it times
 * 65536), the length of the bytes (2 bytes, at most 4095), and 1/16 s of time before it. Operations
 * by their lower bits: 0 to 4 a segment, 5 one with FIN, 6 one that was snapped to half, 7 an ACK.
 *
 * A byte of the stream is a function of its place, so that each one passed on can be judged: it is
 * of the place that the bytes and gaps before it say. Places never go backwards, the end comes once
 * and behind everything, and the budget is whole again in the end. */
#include "base/cursor.h"
#include "flow/stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { MOST = 4095 };

typedef struct taker {
    uint8_t manner;
    bool started, fin, over;
    uint32_t place; /* of the next byte that was not consumed */
    uint64_t gaps, missing, calls;
} taker;

static void check(bool holds)
{
    if (!holds)
        abort();
}

static uint8_t byte_at(uint32_t place)
{
    return (uint8_t)((place * 2654435761u) >> 24);
}

static cx_fed take(void *self, const cx_chunk *c)
{
    taker *t = self;
    size_t len = c->bytes.len;
    check(!t->over);
    check(!t->fin);
    t->calls++;
    if (c->gap) {
        check(len == 0 && c->missing > 0 && c->missing < UINT64_C(1) << 32);
        t->gaps++;
        t->missing += c->missing;
        t->place += (uint32_t)c->missing;
        return cx_fed_ok(0);
    }
    check(c->bytes.p && (!len || (c->at.frame && c->first.frame)));
    for (size_t i = 0; i < len; i++)
        check(c->bytes.p[i] == byte_at(t->place + (uint32_t)i));
    size_t consumed = len;
    cx_fed fed = cx_fed_ok(len);
    if (t->manner == 1 && len && !c->cut && !c->fin) { /* messages of 1 to 256 bytes */
        size_t pos = 0;
        while (pos < len && len - pos > c->bytes.p[pos])
            pos += (size_t)c->bytes.p[pos] + 1;
        consumed = pos;
        fed = pos < len ? cx_fed_more(pos, (size_t)c->bytes.p[pos] + 1) : cx_fed_ok(pos);
    } else if (t->manner == 2) { /* half of it, at least one byte */
        consumed = len - len / 2;
        fed = cx_fed_ok(consumed);
    } else if (t->manner == 3) { /* ever more */
        consumed = 0;
        fed = cx_fed_more(0, len + 1);
    } else if (t->manner == 4 && t->calls > 3) {
        t->over = true;
        fed = cx_fed_end(len & 1 ? CX_DONE : CX_MALFORMED);
    } else if (t->manner == 5) { /* claims more than there is */
        fed = cx_fed_more(len + 100, SIZE_MAX);
    } else if (t->manner == 6 && len) { /* wants more than the cap */
        consumed = 0;
        fed = cx_fed_more(0, CX_MAX_STREAM_JOINED + 1u);
    }
    t->place += (uint32_t)consumed;
    t->fin = c->fin && (consumed == len || consumed == 0);
    if (c->cut && consumed == 0) /* shown for the last time; the gap comes next */
        t->place += (uint32_t)len;
    return fed;
}

static void step(cx_stream *s, taker *t, cx_cursor *c, uint32_t first, cx_evidence at)
{
    uint8_t op = cx_u8(c);
    int32_t distance = (int16_t)cx_be16(c);
    size_t len = cx_be16(c) & MOST;
    uint32_t place = (uint32_t)(op & 128 ? distance * 65536 : distance);
    op &= 7;
    if (op == 7) {
        cx_stream_acked(s, first + place, at);
        return;
    }
    if (!t->started && (len || op == 5)) { /* it decides where the stream begins */
        t->started = true;
        t->place = place;
    }
    uint8_t *segment = malloc(len ? len : 1); /* of its size, so that a read past it is found */
    if (!segment)
        return;
    for (size_t i = 0; i < len; i++)
        segment[i] = byte_at(place + (uint32_t)i);
    size_t captured = op == 6 ? len / 2 : len;
    cx_stream_push(s, first + place, (cx_slice){segment, captured}, (uint32_t)len, op == 5, at);
    free(segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    cx_cursor c = cx_cursor_over((cx_slice){bytes, n}, CX_TRUNCATED);
    uint8_t options = cx_u8(&c);
    uint32_t first = cx_be32(&c);
    taker t = {.manner = options >> 2 & 7, .started = options & 1};
    const size_t budget = options & 2 ? 3000 : CX_MAX_HELD_TOTAL;
    size_t left = budget;
    cx_evidence at = {.frame = 0};
    cx_stream *s = cx_stream_new(CX_FROM_CLIENT, take, &t, &left);
    if (!s)
        return 0;
    if (t.started)
        cx_stream_start(s, first);
    while (c.left >= 6) {
        at.frame++;
        step(s, &t, &c, first, at);
        at.ts_ns += (int64_t)cx_u8(&c) * 62500000;
        check(left <= budget);
    }
    cx_stream_finish(s);
    check(t.fin || t.over == cx_stream_done(s));
    check(t.fin || t.over || !t.started);
    check(cx_stream_stats_of(s)->overlaps_conflicting == 0);
    check(cx_stream_stats_of(s)->gaps == t.gaps && cx_stream_stats_of(s)->missing == t.missing);
    check(cx_stream_stats_of(s)->dropped <= t.missing);
    cx_stream_free(s);
    check(left == budget);
    return 0;
}
