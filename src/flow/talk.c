/* The conversations of interest: their streams, the dissectors that read them, and the way of
 * events to the sink (dissector.h). A direction is identified at its first bytes; who calls it
 * malformed before telling anything loses it to another dissector. */
#include "flow/flow.h"
#include "flow/identify.h"

#include <stdlib.h>

#define READERS      4u                    /* dissectors that one conversation may have tried */
#define PORT_PACKETS 64u                   /* packets until the port of a dissector means nothing */
#define UDP_IDLE_NS  INT64_C(120000000000) /* 120 s: no answer of interest comes later */

typedef struct reader {
    const cx_dissector *dissector;
    void *state; /* NULL: it has none */
} reader;

typedef struct side {
    cx_talk *talk;
    cx_stream *stream;
    const reader *reader; /* NULL: not identified */
    uint64_t excluded;    /* places in the list of dissectors that called it malformed */
    uint32_t tries;
    uint8_t dir;
    bool told; /* its dissector has told something */
    bool over; /* nothing more to learn from this direction */
} side;

struct cx_talk {
    cx_flows *flows;
    cx_flow *flow;
    cx_talk *older, *newer;
    int64_t used_ns;
    bool udp;
    uint32_t n_readers;
    reader readers[READERS];
    side side[2];
};

/* ---- events ---- */

static void emit_event(cx_emit *self, cx_event *e)
{
    cx_flow_emit *out = (cx_flow_emit *)self;
    if (e->kind != CX_EV_MALFORMED)
        out->talk->side[out->dir].told = true;
    cx_flow_tell(out->flows, out->flow, e);
}

static void emit_child(cx_emit *self, const char *name, cx_slice bytes, const cx_chunk *of,
                       const char *carrier)
{
    cx_flow_emit out = *(cx_flow_emit *)self;
    const cx_dissector *const *d = out.flows->config.dissectors;
    while (*d && strcmp((*d)->name, name) != 0)
        d++;
    if (!*d || self->depth >= CX_MAX_CHILD_DEPTH)
        return;
    void *state = (*d)->state_size ? calloc(1, (*d)->state_size) : NULL;
    if ((*d)->state_size && !state)
        return;
    cx_chunk chunk = *of;
    chunk.bytes = bytes;
    chunk.datagram = true;
    out.emit.carrier = carrier;
    out.emit.depth++;
    (void)(*d)->feed(state, &chunk, &out.emit); /* whole: nothing comes after it */
    if ((*d)->close)
        (*d)->close(state, &out.emit);
    free(state);
}

static cx_flow_emit emit_of(cx_talk *k, uint8_t dir)
{
    return (cx_flow_emit){
        .emit = {.event = emit_event, .child = emit_child, .scratch = &k->flows->scratch},
        .flows = k->flows,
        .flow = k->flow,
        .talk = k,
        .dir = dir};
}

/* ---- dissectors ---- */

static cx_fed feed(side *s, const cx_chunk *chunk)
{
    cx_flow_emit out = emit_of(s->talk, s->dir);
    cx_fed fed = s->reader->dissector->feed(s->reader->state, chunk, &out.emit);
    cx_arena_reset(&s->talk->flows->scratch);
    return fed;
}

/* Gives the direction to a dissector. False: no memory, or too many were tried. */
static bool give_to(side *s, const cx_dissector *d)
{
    cx_talk *k = s->talk;
    for (uint32_t i = 0; i < k->n_readers; i++)
        if (k->readers[i].dissector == d) {
            s->reader = &k->readers[i];
            return true;
        }
    if (k->n_readers == READERS)
        return false;
    reader r = {.dissector = d, .state = d->state_size ? calloc(1, d->state_size) : NULL};
    if (d->state_size && !r.state)
        return false;
    k->readers[k->n_readers] = r;
    s->reader = &k->readers[k->n_readers++];
    return true;
}

static void exclude(side *s)
{
    const cx_dissector *const *d = s->talk->flows->config.dissectors;
    for (uint32_t i = 0; i < 64 && d[i]; i++)
        if (d[i] == s->reader->dissector)
            s->excluded |= UINT64_C(1) << i;
    s->reader = NULL;
}

static cx_identify question(const cx_flows *f, const cx_flow *flow)
{
    return (cx_identify){.dissectors = f->config.dissectors,
                         .transport = flow->tcp ? CX_OVER_TCP : CX_OVER_UDP,
                         .ports = {flow->key.port[0], flow->key.port[1]}};
}

/* Who reads the bytes at which this direction begins, or goes on after bytes that nobody knew?
 * CX_OK: the reader is set. Else the answer to the stream. */
static cx_fed identify(side *s, const cx_chunk *chunk)
{
    cx_talk *k = s->talk;
    const reader *other = k->side[!s->dir].reader;
    const cx_dissector *d = NULL;
    cx_identify q = question(k->flows, k->flow);
    q.excluded = s->excluded;
    q.hint = other ? other->dissector : NULL;
    cx_match match = cx_identify_first(&q, chunk, &d);
    bool last = chunk->fin || chunk->cut;
    if (match == CX_MATCH_MAYBE && last)
        match = k->flow->on_port ? CX_MATCH_YES : CX_MATCH_NO;
    if (match == CX_MATCH_MAYBE)
        return cx_fed_more(0, chunk->bytes.len + 1);
    if (match == CX_MATCH_NO && s->excluded)
        return cx_fed_end(CX_MALFORMED);
    /* an answer that nobody knows belongs to who read the question: it says what is wrong */
    const cx_tcp *t = cx_tcp_of(k->flows, k->flow);
    if (match == CX_MATCH_NO && q.hint && s->tries == 0 && t->half[s->dir].has_start) {
        d = q.hint;
        match = CX_MATCH_YES;
    }
    if (match == CX_MATCH_YES)
        return give_to(s, d) ? cx_fed_ok(0) : cx_fed_end(CX_DONE);
    if (++s->tries >= (k->flow->on_port ? PORT_PACKETS : CX_FIRST_PACKETS))
        return cx_fed_end(CX_DONE);
    return cx_fed_more(chunk->bytes.len, 1);
}

static void tell_gap(side *s, const cx_chunk *chunk)
{
    cx_flows *f = s->talk->flows;
    cx_event e = cx_event_of(CX_EV_GAP, chunk);
    e.u.gap.missing = chunk->missing;
    if (!f->stats.gaps++)
        f->stats.first_gap = chunk->at;
    f->stats.gap_bytes += chunk->missing;
    cx_flow_tell(f, s->talk->flow, &e);
}

/* The stream's way out. */
static cx_fed take_chunk(void *self, const cx_chunk *chunk)
{
    side *s = self;
    if (chunk->gap) {
        tell_gap(s, chunk);
        if (!s->reader && !s->tries)
            s->tries = 1; /* what follows is not the beginning */
        return s->reader ? feed(s, chunk) : cx_fed_ok(0);
    }
    if (chunk->bytes.len == 0) /* a FIN behind bytes that are all consumed */
        return s->reader ? feed(s, chunk) : cx_fed_ok(0);
    for (;;) {
        if (!s->reader) {
            cx_fed answer = identify(s, chunk);
            if (!s->reader)
                return answer;
        }
        cx_fed fed = feed(s, chunk);
        if (fed.status != CX_MALFORMED || s->told)
            return fed;
        exclude(s);
    }
}

/* ---- life of a talk ---- */

static cx_talk_list *list_of(cx_talk *k)
{
    return &k->flows->talks[k->udp];
}

static void unlink_talk(cx_talk *k)
{
    cx_talk_list *l = list_of(k);
    *(k->older ? &k->older->newer : &l->oldest) = k->newer;
    *(k->newer ? &k->newer->older : &l->newest) = k->older;
}

static void link_newest(cx_talk *k)
{
    cx_talk_list *l = list_of(k);
    k->older = l->newest;
    k->newer = NULL;
    *(l->newest ? &l->newest->newer : &l->oldest) = k;
    l->newest = k;
}

static void use(cx_talk *k)
{
    k->used_ns = k->flows->clock_ns;
    if (!k->newer)
        return;
    unlink_talk(k);
    link_newest(k);
}

static void drop_stream(side *s)
{
    if (!s->stream)
        return;
    s->talk->flows->stats.dropped_bytes += cx_stream_stats_of(s->stream)->dropped;
    cx_stream_free(s->stream);
    s->stream = NULL;
}

void cx_talk_end(cx_flows *f, cx_flow *flow)
{
    cx_talk *k = flow->talk;
    if (!k)
        return;
    for (int i = 0; i < 2; i++)
        if (k->side[i].stream) {
            cx_stream_finish(k->side[i].stream);
            drop_stream(&k->side[i]);
        }
    for (uint32_t i = 0; i < k->n_readers; i++) {
        cx_flow_emit out = emit_of(k, CX_FROM_CLIENT);
        if (k->readers[i].dissector->close)
            k->readers[i].dissector->close(k->readers[i].state, &out.emit);
        cx_arena_reset(&f->scratch);
        free(k->readers[i].state);
    }
    unlink_talk(k);
    f->n_talks--;
    flow->talk = NULL;
    flow->told = flow->tcp != 0; /* datagrams may begin anew at any time */
    free(k);
}

static cx_talk *new_talk(cx_flows *f, cx_flow *flow)
{
    if (f->n_talks >= CX_MAX_TALKS) {
        cx_talk *oldest = f->talks[flow->tcp == 0].oldest;
        if (!oldest)
            oldest = f->talks[flow->tcp != 0].oldest;
        f->stats.given_up++;
        cx_talk_end(f, oldest->flow);
    }
    cx_talk *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->flows = f;
    k->flow = flow;
    k->udp = flow->tcp == 0;
    for (uint8_t i = 0; i < 2; i++) {
        k->side[i].talk = k;
        k->side[i].dir = i;
    }
    k->used_ns = f->clock_ns;
    link_newest(k);
    f->n_talks++;
    flow->talk = k;
    return k;
}

void cx_talk_sweep(cx_flows *f)
{
    cx_talk *k;
    while ((k = f->talks[1].oldest) && f->clock_ns - UDP_IDLE_NS > k->used_ns)
        cx_talk_end(f, k->flow);
}

/* ---- packets ---- */

/* Counts the payload packets that nobody wanted; after some of each direction, none is looked at.
 */
static void not_wanted(cx_flow *flow, uint8_t dir)
{
    if (flow->tries[dir] < CX_FIRST_PACKETS)
        flow->tries[dir]++;
    if (flow->tries[0] >= CX_FIRST_PACKETS && flow->tries[1] >= CX_FIRST_PACKETS)
        flow->told = true;
}

static cx_chunk chunk_of(const cx_l4 *p, uint8_t dir)
{
    return (cx_chunk){.bytes = p->payload,
                      .dir = dir,
                      .datagram = p->src.proto == CX_IPPROTO_UDP,
                      .cut = p->src.proto == CX_IPPROTO_UDP && p->payload_wire > p->payload.len,
                      .first = p->at,
                      .at = p->at};
}

static cx_match is_of_interest(cx_flows *f, cx_flow *flow, const cx_chunk *chunk,
                               const cx_dissector **ret)
{
    cx_identify q = question(f, flow);
    if (!flow->on_port && flow->tries[chunk->dir] >= CX_FIRST_PACKETS)
        return CX_MATCH_NO;
    cx_match match = cx_identify_first(&q, chunk, ret);
    if (match == CX_MATCH_NO && !flow->on_port)
        not_wanted(flow, chunk->dir);
    return match;
}

static void check_over(cx_flows *f, cx_flow *flow, side *s)
{
    if (!s->stream || !cx_stream_done(s->stream))
        return;
    s->over = true;
    drop_stream(s);
    if (s->talk->side[!s->dir].over)
        cx_talk_end(f, flow);
}

/* The segment at which the stream begins: the first behind the SYN, unless payload went by before
 * the conversation was of interest. */
static bool open_stream(cx_flows *f, cx_flow *flow, const cx_l4 *p, side *s)
{
    const cx_tcp_half *h = &cx_tcp_of(f, flow)->half[s->dir];
    bool first = h->first_data.frame == p->at.frame && h->first_data.file == p->at.file;
    s->stream = cx_stream_new(s->dir, take_chunk, s, &f->budget);
    if (s->stream && first && h->has_start)
        cx_stream_start(s->stream, h->base + 1);
    return s->stream != NULL;
}

void cx_talk_tcp(cx_flows *f, cx_flow *flow, const cx_l4 *p, uint8_t dir)
{
    const cx_dissector *d;
    if (flow->told || p->tcp_flags & CX_TCP_FLAG_RST)
        return;
    bool fin = p->tcp_flags & CX_TCP_FLAG_FIN, syn = p->tcp_flags & CX_TCP_FLAG_SYN;
    if (!flow->talk) {
        /* keep-alives at the beginning of a capture are not counted as data */
        if (!p->payload_wire || cx_tcp_of(f, flow)->half[dir].first_data.frame == 0)
            return;
        cx_chunk chunk = chunk_of(p, dir);
        if (!flow->on_port && is_of_interest(f, flow, &chunk, &d) == CX_MATCH_NO)
            return;
        if (!new_talk(f, flow))
            return;
    }
    cx_talk *k = flow->talk;
    side *own = &k->side[dir], *other = &k->side[!dir];
    use(k);
    if (p->tcp_flags & CX_TCP_FLAG_ACK && other->stream) {
        cx_stream_acked(other->stream, p->ack, p->at);
        check_over(f, flow, other);
        if (!flow->talk)
            return;
    }
    if (own->over || (!p->payload_wire && !fin) || (!own->stream && !p->payload_wire) ||
        cx_tcp_of(f, flow)->half[dir].first_data.frame == 0)
        return;
    if (!own->stream && !open_stream(f, flow, p, own))
        return;
    cx_stream_push(own->stream, p->seq + syn, p->payload, p->payload_wire, fin, p->at);
    check_over(f, flow, own);
}

void cx_talk_udp(cx_flows *f, cx_flow *flow, const cx_l4 *p, uint8_t dir)
{
    if (flow->told || !p->payload.len)
        return;
    cx_chunk chunk = chunk_of(p, dir);
    if (!flow->talk) {
        const cx_dissector *d = NULL;
        cx_match match = is_of_interest(f, flow, &chunk, &d);
        if (match == CX_MATCH_NO || (match == CX_MATCH_MAYBE && !flow->on_port))
            return;
        cx_talk *fresh = new_talk(f, flow);
        if (!fresh)
            return;
        if (!give_to(&fresh->side[0], d)) {
            cx_talk_end(f, flow);
            return;
        }
        fresh->side[1].reader = fresh->side[0].reader;
    }
    cx_talk *k = flow->talk;
    side *s = &k->side[dir];
    use(k);
    if (s->over)
        return;
    cx_fed fed = feed(s, &chunk);
    s->over = fed.status == CX_DONE;
    if (s->over && k->side[!dir].over) {
        cx_talk_end(f, flow);
        flow->told = true;
    }
}
