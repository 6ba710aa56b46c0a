/* TCP reassembly of one direction (stream.h; RFC 9293 3.4, 3.10.7.4).
 *
 * Sequence numbers become 64-bit offsets, so neither wrap nor streams of many GiB matter. Bytes in
 * order are passed on where they lie. Copied are only segments that came too early, in a list
 * sorted by offset without overlaps, and what the dissector left for later (joined). */
#include "flow/stream.h"

#include "base/buf.h"

#include <stdlib.h>

#define ORIGIN        (UINT64_C(1) << 33) /* offset of the first byte; what lies before stays positive */
#define FAR           (INT32_C(1) << 30)  /* bytes; the largest window (RFC 7323 2.2) */
#define MAX_WAITING   1024u               /* segments; a 1 MiB window of full frames has 718 */
#define MAX_MARKS     1024u               /* packets of one joined message whose frames are known */
#define GRACE_NS      INT64_C(5000000)    /* captures swap packets by less than 5 ms */
#define UNACKED_BYTES 65536u              /* waiting behind a hole where no ACK is captured */
#define UNACKED_COUNT 32u                 /* segments, likewise */
#define UNACKED_NS    INT64_C(5000000000) /* 5 s, likewise: retransmissions come sooner */
#define STUCK_NS      INT64_C(30000000000) /* 30 s: the ACKs are no longer captured */
#define WORK_FACTOR   32u                  /* bytes given to the dissector per byte received … */
#define WORK_SEGMENT  8192u                /* … and per segment, before calls become fewer */
#define NO_OFFSET     UINT64_MAX

typedef struct segment {
    struct segment *next, *prev;
    uint64_t off;
    uint32_t len, wire; /* bytes held, and on the wire */
    uint64_t arrival;
    cx_evidence at;
    uint8_t bytes[];
} segment;

/* The joined bytes up to offset end came in packet `at`. */
typedef struct mark {
    uint64_t end;
    cx_evidence at;
} mark;

struct cx_stream {
    cx_stream_out out;
    void *self;
    size_t *budget;
    size_t charged; /* of the budget */
    uint8_t dir;
    bool started, acks_seen, fin_told, finished, done;
    uint32_t base;      /* sequence number of offset 0 */
    uint64_t next;      /* offset of the next byte in order */
    uint64_t acked;     /* everything below was acknowledged */
    uint64_t end_seen;  /* highest offset that is known to exist */
    uint64_t fin_off;   /* offset behind the last byte; NO_OFFSET: no FIN yet */
    cx_evidence fin_at; /* its packet */
    segment *head, *tail;
    size_t waiting_bytes;
    uint32_t n_waiting;
    uint64_t arrivals;   /* segments pushed */
    uint64_t at_arrival; /* of at */
    cx_evidence at;      /* the latest packet among those that hold the bytes passed on so far */
    cx_buf joined;       /* [next - joined.len, next) */
    mark *marks;
    uint32_t n_marks, cap_marks;
    size_t need;    /* bytes that the dissector wants to see at once */
    size_t fed_len; /* joined bytes at its last call */
    uint64_t work, work_allowed;
    cx_stream_stats stats;
};

cx_stream *cx_stream_new(uint8_t dir, cx_stream_out out, void *self, size_t *budget)
{
    cx_stream *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->dir = dir;
    s->out = out;
    s->self = self;
    s->budget = budget;
    s->fin_off = NO_OFFSET;
    s->joined = cx_buf_init(CX_MAX_STREAM_JOINED);
    return s;
}

static bool charge(cx_stream *s, size_t n)
{
    if (n > *s->budget)
        return false;
    *s->budget -= n;
    s->charged += n;
    return true;
}

static void refund(cx_stream *s, size_t n)
{
    *s->budget += n;
    s->charged -= n;
}

/* ---- what the dissector left for later ---- */

static void joined_clear(cx_stream *s)
{
    refund(s, s->joined.len);
    cx_buf_free(&s->joined);
    s->n_marks = 0;
    s->need = 0;
    s->fed_len = 0;
}

/* Past MAX_MARKS, or without memory, the last mark takes the bytes: its frame is then the earlier
 * one, which matters only for where a message began. */
static void mark_put(cx_stream *s, uint64_t end, const cx_evidence *at)
{
    mark *last = s->n_marks ? &s->marks[s->n_marks - 1] : NULL;
    if (last && last->at.frame == at->frame && last->at.file == at->file) {
        last->end = end;
        return;
    }
    if (s->n_marks == s->cap_marks && s->cap_marks < MAX_MARKS) {
        uint32_t cap = s->cap_marks ? s->cap_marks * 2 : 4;
        mark *p = realloc(s->marks, cap * sizeof *p);
        if (p) {
            s->marks = p;
            s->cap_marks = cap;
        }
    }
    if (s->n_marks < s->cap_marks)
        s->marks[s->n_marks++] = (mark){.end = end, .at = *at};
    else if (last)
        s->marks[s->n_marks - 1].end = end;
}

/* The packet that holds the joined byte at this offset, or *own when it is not joined yet. */
static const cx_evidence *mark_at(const cx_stream *s, uint64_t off, const cx_evidence *own)
{
    uint32_t low = 0, high = s->n_marks;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (s->marks[mid].end > off)
            high = mid;
        else
            low = mid + 1;
    }
    return low < s->n_marks ? &s->marks[low].at : own;
}

static void joined_drop(cx_stream *s, size_t n)
{
    uint64_t start = s->next - s->joined.len + n;
    uint32_t gone = 0;
    cx_buf_drop(&s->joined, n);
    refund(s, n);
    if (s->joined.len == 0) {
        cx_buf_free(&s->joined);
        s->n_marks = 0;
        return;
    }
    while (gone < s->n_marks && s->marks[gone].end <= start)
        gone++;
    if (gone) {
        s->n_marks -= gone;
        memmove(s->marks, s->marks + gone, s->n_marks * sizeof *s->marks);
    }
}

static bool joined_put(cx_stream *s, cx_slice bytes, uint64_t end, const cx_evidence *own)
{
    if (!charge(s, bytes.len))
        return false;
    if (cx_buf_put_slice(&s->joined, bytes) != CX_OK) {
        refund(s, bytes.len);
        return false;
    }
    mark_put(s, end, own);
    return true;
}

/* ---- passing on ---- */

static void release(cx_stream *s)
{
    while (s->head) {
        segment *next = s->head->next;
        free(s->head);
        s->head = next;
    }
    s->tail = NULL;
    s->n_waiting = 0;
    s->waiting_bytes = 0;
    cx_buf_free(&s->joined);
    free(s->marks);
    s->marks = NULL;
    s->n_marks = s->cap_marks = 0;
    refund(s, s->charged);
}

static cx_fed call(cx_stream *s, const cx_chunk *chunk)
{
    cx_fed fed = s->out(s->self, chunk);
    if (fed.consumed > chunk->bytes.len)
        fed.consumed = chunk->bytes.len;
    if (fed.status != CX_OK && fed.status != CX_NEED_MORE)
        s->done = true;
    return fed;
}

/* Calls the dissector for as long as it consumes something. start: offset of view. Returns the
 * bytes that it is done with and sets need. */
static size_t feed(cx_stream *s, cx_slice view, uint64_t start, bool fin, bool cut,
                   const cx_evidence *own)
{
    size_t pos = 0;
    s->work += view.len;
    do {
        cx_chunk chunk = {.bytes = cx_slice_sub(view, pos, view.len),
                          .dir = s->dir,
                          .fin = fin,
                          .cut = cut,
                          .first = *mark_at(s, start + pos, own),
                          .at = s->at};
        cx_fed fed = call(s, &chunk);
        pos += fed.consumed;
        s->need = fed.status == CX_NEED_MORE ? fed.need : 0;
        if (s->done)
            return view.len;
        if (fed.consumed == 0) {
            if (s->need <= view.len - pos)
                s->need = view.len - pos + 1;
            break;
        }
    } while (pos < view.len && view.len - pos >= s->need);
    return pos;
}

static void tell_gap(cx_stream *s, uint64_t missing, const cx_evidence *at)
{
    cx_chunk chunk = {.missing = missing, .dir = s->dir, .gap = true, .first = *at, .at = *at};
    s->stats.gaps++;
    s->stats.missing += missing;
    (void)call(s, &chunk); /* a gap has no bytes to consume; done is set */
}

/* missing bytes never come. What was left before them is given once more, as it stands. */
static void pass_gap(cx_stream *s, uint64_t missing, const cx_evidence *at)
{
    if (s->joined.len) {
        (void)feed(s, cx_buf_slice(&s->joined), s->next - s->joined.len, false, true, at);
        if (s->done)
            return;
    }
    joined_clear(s);
    s->next += missing;
    tell_gap(s, missing, at);
}

/* The joined bytes and those behind them are too much for a cap: both are lost. */
static void throw_away(cx_stream *s, size_t more, const cx_evidence *at)
{
    uint64_t missing = s->joined.len + more;
    s->stats.dropped += missing;
    joined_clear(s);
    s->next += more;
    s->fin_told = false; /* if these were the last, the end is told behind the gap */
    tell_gap(s, missing, at);
}

/* Small messages at ever the same need would make work quadratic: past an allowance, the joined
 * bytes must have grown by a quarter. */
static bool overworked(const cx_stream *s)
{
    return s->work + s->joined.len > s->work_allowed && s->joined.len - s->fed_len < s->fed_len / 4;
}

/* The next bytes in order, own being their packet. */
static void pass(cx_stream *s, cx_slice bytes, uint64_t arrival, const cx_evidence *own)
{
    bool fin = s->next + bytes.len == s->fin_off;
    s->fin_told = fin;
    if (arrival >= s->at_arrival) {
        s->at_arrival = arrival;
        s->at = *own;
    }
    if (s->joined.len == 0 && (fin || bytes.len >= s->need)) {
        size_t done = feed(s, bytes, s->next, fin, false, own);
        if (s->done)
            return;
        s->next += done;
        bytes = cx_slice_sub(bytes, done, bytes.len);
        s->fed_len = bytes.len;
        if (bytes.len == 0 || fin) {
            s->next += bytes.len;
            return;
        }
        if (s->need > CX_MAX_STREAM_JOINED || !joined_put(s, bytes, s->next + bytes.len, own))
            throw_away(s, bytes.len, own);
        else
            s->next += bytes.len;
        return;
    }
    if (bytes.len && !joined_put(s, bytes, s->next + bytes.len, own)) {
        throw_away(s, bytes.len, own);
        return;
    }
    s->next += bytes.len;
    if (!fin && (s->joined.len < s->need || overworked(s)))
        return;
    size_t done = feed(s, cx_buf_slice(&s->joined), s->next - s->joined.len, fin, false, own);
    if (s->done)
        return;
    joined_drop(s, done);
    s->fed_len = s->joined.len;
    if (!fin && s->need > CX_MAX_STREAM_JOINED && s->joined.len)
        throw_away(s, 0, own);
}

/* The captured bytes of a segment from the next offset on, then what was snapped off. */
static void pass_part(cx_stream *s, uint64_t off, cx_slice bytes, uint64_t end, uint64_t arrival,
                      const cx_evidence *own)
{
    uint64_t skip = s->next - off;
    if (skip < bytes.len) {
        size_t len = bytes.len - (size_t)skip;
        if (end - s->next < len)
            len = (size_t)(end - s->next);
        pass(s, cx_slice_sub(bytes, (size_t)skip, len), arrival, own);
    }
    if (!s->done && s->next < end)
        pass_gap(s, end - s->next, own);
}

/* ---- segments that came too early ---- */

static void unlink_head(cx_stream *s)
{
    segment *g = s->head;
    s->head = g->next;
    if (s->head)
        s->head->prev = NULL;
    else
        s->tail = NULL;
    s->n_waiting--;
    s->waiting_bytes -= g->len;
    refund(s, sizeof *g + g->len);
}

static void pass_head(cx_stream *s)
{
    segment *g = s->head;
    uint64_t end = g->off + g->wire;
    unlink_head(s);
    if (end > s->next)
        pass_part(s, g->off, (cx_slice){g->bytes, g->len}, end, g->arrival, &g->at);
    free(g);
}

static void end_of_data(cx_stream *s)
{
    static const uint8_t nothing[1];
    if (s->done || s->finished)
        return;
    const cx_evidence at = s->fin_off == NO_OFFSET ? s->at : s->fin_at;
    s->finished = true;
    s->fin_off = s->next;
    if (!s->fin_told)
        pass(s, (cx_slice){nothing, 0}, s->at_arrival, &at);
    release(s);
}

/* Passes on what has become in order. */
static void drain(cx_stream *s)
{
    while (!s->done && s->head && s->head->off <= s->next)
        pass_head(s);
    if (!s->done && s->next >= s->fin_off)
        end_of_data(s);
}

/* Lets one copy of [from, to) of a segment wait before `before` (NULL: at the end). */
static bool hold_part(cx_stream *s, segment *before, uint64_t from, uint64_t to, uint64_t off,
                      cx_slice bytes, const cx_evidence *at)
{
    cx_slice part = cx_slice_sub(bytes, from - off < bytes.len ? (size_t)(from - off) : bytes.len,
                                 (size_t)(to - from));
    if (s->n_waiting >= MAX_WAITING || part.len > CX_MAX_STREAM_HELD - s->waiting_bytes ||
        !charge(s, sizeof(segment) + part.len))
        return false;
    segment *g = malloc(sizeof *g + part.len);
    if (!g) {
        refund(s, sizeof *g + part.len);
        return false;
    }
    *g = (segment){.next = before,
                   .prev = before ? before->prev : s->tail,
                   .off = from,
                   .len = (uint32_t)part.len,
                   .wire = (uint32_t)(to - from),
                   .arrival = s->arrivals,
                   .at = *at};
    if (part.len)
        memcpy(g->bytes, part.p, part.len);
    *(g->prev ? &g->prev->next : &s->head) = g;
    *(before ? &before->prev : &s->tail) = g;
    s->n_waiting++;
    s->waiting_bytes += part.len;
    return true;
}

/* RFC 9293 3.10.7.4, eighth: nothing comes behind a FIN, not even what was seen before it. */
static void drop_behind_fin(cx_stream *s)
{
    segment *g;
    while ((g = s->tail) && g->off + g->wire > s->fin_off) {
        uint32_t stays = g->off < s->fin_off ? (uint32_t)(s->fin_off - g->off) : 0;
        uint32_t gone = g->len > stays ? g->len - stays : 0;
        g->wire = stays;
        g->len -= gone;
        s->waiting_bytes -= gone;
        refund(s, gone);
        if (stays)
            return;
        s->tail = g->prev;
        *(g->prev ? &g->prev->next : &s->head) = NULL;
        s->n_waiting--;
        refund(s, sizeof *g);
        free(g);
    }
}

/* The first waiting segment that ends behind off. From the back: most gaps are near it. */
static segment *waiting_behind(const cx_stream *s, uint64_t off)
{
    segment *g = NULL;
    if (s->head && s->head->off + s->head->wire > off)
        return s->head;
    for (segment *back = s->tail; back && back->off + back->wire > off; back = back->prev)
        g = back;
    return g;
}

/* Copies those parts that no waiting segment has. False: no room. */
static bool hold(cx_stream *s, uint64_t off, cx_slice bytes, uint64_t end, const cx_evidence *at)
{
    uint64_t from = off;
    for (segment *g = waiting_behind(s, off); g && from < end; g = g->next) {
        uint64_t to = g->off < end ? g->off : end;
        if (to > from && !hold_part(s, g, from, to, off, bytes, at))
            return false;
        if (g->off + g->wire > from)
            from = g->off + g->wire;
    }
    return from >= end || hold_part(s, NULL, from, end, off, bytes, at);
}

/* Do the bytes differ from held ones of [start, start + have.len)? */
static bool differ(uint64_t off, cx_slice bytes, uint64_t start, cx_slice have)
{
    uint64_t from = off > start ? off : start;
    uint64_t to = off + bytes.len < start + have.len ? off + bytes.len : start + have.len;
    return from < to &&
           memcmp(bytes.p + (from - off), have.p + (from - start), (size_t)(to - from));
}

static bool conflicts(const cx_stream *s, uint64_t off, cx_slice bytes)
{
    if (s->joined.len && off < s->next &&
        differ(off, bytes, s->next - s->joined.len, cx_buf_slice(&s->joined)))
        return true;
    for (segment *g = waiting_behind(s, off); g && g->off < off + bytes.len; g = g->next)
        if (differ(off, bytes, g->off, (cx_slice){g->bytes, g->len}))
            return true;
    return false;
}

/* ---- holes ---- */

static bool hole_is_lost(const cx_stream *s, int64_t now_ns)
{
    int64_t age_ns = now_ns - s->head->at.ts_ns;
    if (s->acks_seen)
        return (s->acked >= s->head->off && age_ns >= GRACE_NS) || age_ns >= STUCK_NS;
    return s->waiting_bytes > UNACKED_BYTES || s->n_waiting > UNACKED_COUNT || age_ns >= UNACKED_NS;
}

static void give_up_hole(cx_stream *s)
{
    const cx_evidence at = s->head->at;
    pass_gap(s, s->head->off - s->next, &at);
    drain(s);
}

static void look_for_loss(cx_stream *s, int64_t now_ns)
{
    while (!s->done && s->head && hole_is_lost(s, now_ns))
        give_up_hole(s);
}

/* ---- from outside ---- */

static void start_at(cx_stream *s, uint32_t seq)
{
    s->started = true;
    s->base = seq - (uint32_t)ORIGIN;
    s->next = s->acked = s->end_seen = ORIGIN;
}

void cx_stream_start(cx_stream *s, uint32_t seq)
{
    if (!s->started)
        start_at(s, seq);
}

/* In order, at least in its beginning; waiting segments came first, so their copy wins. */
static void push_in_order(cx_stream *s, uint64_t off, cx_slice bytes, uint64_t end,
                          const cx_evidence *at)
{
    while (!s->done && s->next < end) {
        if (s->head && s->head->off <= s->next) {
            pass_head(s);
            continue;
        }
        uint64_t stop = s->head && s->head->off < end ? s->head->off : end;
        pass_part(s, off, bytes, stop, s->arrivals, at);
    }
}

void cx_stream_push(cx_stream *s, uint32_t seq, cx_slice bytes, uint32_t wire_len, bool fin,
                    cx_evidence at)
{
    if (s->done || s->finished || (wire_len == 0 && !fin))
        return;
    if (wire_len < bytes.len)
        wire_len = (uint32_t)bytes.len;
    if (!s->started)
        start_at(s, seq);
    int32_t delta = (int32_t)(seq - (s->base + (uint32_t)s->next));
    if (delta > FAR || (delta == -1 && wire_len == 1 && !fin)) /* nonsense; a keep-alive */
        return;
    s->arrivals++;
    s->work_allowed += WORK_SEGMENT + (uint64_t)WORK_FACTOR * bytes.len;
    uint64_t off = s->next + (uint64_t)(int64_t)delta;
    uint64_t end = off + wire_len;
    if (fin && s->fin_off == NO_OFFSET && end >= s->next) {
        s->fin_off = end;
        s->fin_at = at;
        drop_behind_fin(s);
    }
    if (end > s->fin_off)
        end = s->fin_off > off ? s->fin_off : off;
    bytes = cx_slice_sub(bytes, 0, (size_t)(end - off));
    if (end > s->end_seen)
        s->end_seen = end;
    if ((s->head || s->joined.len) && conflicts(s, off, bytes))
        s->stats.overlaps_conflicting++;
    if (off > s->next && end > off && !hold(s, off, bytes, end, &at)) {
        while (!s->done && s->next < off) { /* no room: holes before it are given up */
            uint64_t stop = s->head && s->head->off < off ? s->head->off : off;
            if (stop > s->next)
                pass_gap(s, stop - s->next, &at);
            while (!s->done && s->head && s->head->off <= s->next)
                pass_head(s);
        }
    }
    if (off <= s->next)
        push_in_order(s, off, bytes, end, &at);
    drain(s);
    look_for_loss(s, at.ts_ns);
    if (s->done)
        release(s);
}

void cx_stream_acked(cx_stream *s, uint32_t ack, cx_evidence at)
{
    if (s->done || s->finished)
        return;
    s->acks_seen = true;
    if (!s->started)
        return;
    int32_t delta = (int32_t)(ack - (s->base + (uint32_t)s->next));
    if (delta > 0 && delta <= FAR && s->next + (uint32_t)delta > s->acked)
        s->acked = s->next + (uint32_t)delta;
    if (s->head)
        look_for_loss(s, at.ts_ns);
    if (s->done)
        release(s);
}

void cx_stream_finish(cx_stream *s)
{
    if (s->done || s->finished || !s->started)
        return;
    while (!s->done && s->head)
        give_up_hole(s);
    /* acknowledged bytes that were never seen; one of them may be a FIN */
    uint64_t end = s->fin_off != NO_OFFSET ? s->fin_off : s->acked > s->next + 1 ? s->acked : 0;
    if (end < s->end_seen && s->fin_off == NO_OFFSET)
        end = s->end_seen;
    if (!s->done && !s->finished && end > s->next)
        pass_gap(s, end - s->next, &s->at);
    end_of_data(s);
    if (s->done)
        release(s);
}

bool cx_stream_is_idle(const cx_stream *s)
{
    return !s->head && s->joined.len == 0;
}

bool cx_stream_lacks(const cx_stream *s)
{
    return !s->done && !s->finished &&
           (s->head || (s->fin_off != NO_OFFSET && s->next < s->fin_off));
}

bool cx_stream_done(const cx_stream *s)
{
    return s->done;
}

const cx_stream_stats *cx_stream_stats_of(const cx_stream *s)
{
    return &s->stats;
}

void cx_stream_free(cx_stream *s)
{
    if (!s)
        return;
    release(s);
    free(s);
}
