/* Channels (channel.h): who reads which direction, and the way of events to the sink
 * (dissector.h). A direction is identified at its first bytes; who calls it malformed before
 * telling anything loses it to another dissector, and who hands it over too. */
#include "flow/channel.h"

#include <stdlib.h>

#define PORT_PACKETS 64u         /* packets until the port of a dissector means nothing */
#define FAR          1073741823u /* bytes; the largest gap that one step of a stream can be */

/* ---- events ---- */

static cx_channel *outermost(cx_channel *c)
{
    while (c->outer)
        c = c->outer;
    return c;
}

static void emit_event(cx_emit *self, cx_event *e)
{
    cx_flow_emit *out = (cx_flow_emit *)self;
    if (e->kind != CX_EV_MALFORMED)
        for (cx_channel *c = out->channel; c; c = c->outer)
            c->side[out->dir].told = true;
    e->exchange = self->exchange;
    cx_logon_take(&outermost(out->channel)->logon, e);
    cx_flow_tell(out->flows, out->flow, e);
}

static const cx_dissector *named(const cx_flows *f, const char *name)
{
    const cx_dissector *const *d = f->config.dissectors;
    while (*d && strcmp((*d)->name, name) != 0)
        d++;
    return *d;
}

static void emit_child(cx_emit *self, const char *name, cx_slice bytes, const cx_chunk *of,
                       const char *carrier)
{
    cx_flow_emit out = *(cx_flow_emit *)self;
    const cx_dissector *d = named(out.flows, name);
    if (!d || self->depth >= CX_MAX_CHILD_DEPTH)
        return;
    void *state = d->state_size ? calloc(1, d->state_size) : NULL;
    if (d->state_size && !state)
        return;
    cx_chunk chunk = *of;
    chunk.bytes = bytes;
    chunk.datagram = true;
    out.emit.carrier = carrier;
    out.emit.depth++;
    (void)d->feed(state, &chunk, &out.emit); /* whole: nothing comes after it */
    if (d->close)
        d->close(state, &out.emit);
    free(state);
}

static bool emit_stream(cx_emit *self, const cx_inner *inner, cx_slice bytes, const cx_chunk *of);

static cx_flow_emit emit_of(cx_channel *c, uint8_t dir)
{
    return (cx_flow_emit){.emit = {.event = emit_event,
                                   .child = emit_child,
                                   .stream = emit_stream,
                                   .scratch = &c->flows->scratch,
                                   .carrier = c->what.carrier,
                                   .depth = c->depth,
                                   .exchange = c->exchange,
                                   .unread = c->flows->config.unread && *c->flows->config.unread,
                                   .opener = c->flows->config.opener,
                                   .trust = c->flows->config.trust,
                                   .certs = c->flows->certs},
                          .flows = c->flows,
                          .flow = c->flow,
                          .channel = c,
                          .dir = dir};
}

/* ---- dissectors ---- */

/* Decoded text of the dissectors around an inner channel is still in use. */
static void forget_scratch(const cx_channel *c)
{
    if (!c->outer)
        cx_arena_reset(&c->flows->scratch);
}

static cx_fed feed(cx_side *s, const cx_chunk *chunk)
{
    cx_flow_emit out = emit_of(s->channel, s->dir);
    cx_fed fed = s->reader->dissector->feed(s->reader->state, chunk, &out.emit);
    forget_scratch(s->channel);
    return fed;
}

bool cx_channel_give(cx_side *s, const cx_dissector *d)
{
    cx_channel *c = s->channel;
    for (uint32_t i = 0; i < c->n_readers; i++)
        if (c->readers[i].dissector == d) {
            s->reader = &c->readers[i];
            return true;
        }
    if (c->n_readers == CX_CHANNEL_READERS)
        return false;
    cx_channel_reader r = {.dissector = d,
                           .state = d->state_size ? calloc(1, d->state_size) : NULL};
    if (d->state_size && !r.state)
        return false;
    c->readers[c->n_readers] = r;
    s->reader = &c->readers[c->n_readers++];
    return true;
}

/* The direction is no longer its reader's. */
static void leave(cx_side *s)
{
    const cx_dissector *const *d = s->channel->flows->config.dissectors;
    for (uint32_t i = 0; i < 64 && d[i]; i++)
        if (d[i] == s->reader->dissector)
            s->excluded |= UINT64_C(1) << i;
    s->reader = NULL;
}

cx_identify cx_channel_question(const cx_flows *f, const cx_flow *flow)
{
    return (cx_identify){.interest = &f->interest,
                         .transport = flow->tcp ? CX_OVER_TCP : CX_OVER_UDP,
                         .ports = {flow->key.port[0], flow->key.port[1]}};
}

/* Are these the first bytes of this direction? */
static bool from_start(const cx_side *s)
{
    return s->tries == 0 && (s->channel->outer || s->from_start);
}

/* Who reads the bytes at which this direction begins, or goes on after bytes that nobody knew?
 * CX_OK: the reader is set. Else the answer to the stream. */
static cx_fed identify(cx_side *s, const cx_chunk *chunk)
{
    cx_channel *c = s->channel;
    const cx_channel_reader *other = c->side[!s->dir].reader;
    const cx_dissector *d = NULL;
    if (c->what.name && !s->excluded) { /* the carrier knows */
        d = named(c->flows, c->what.name);
        return d && cx_channel_give(s, d) ? cx_fed_ok(0) : cx_fed_end(CX_DONE);
    }
    cx_identify q = cx_channel_question(c->flows, c->flow);
    if (c->outer)
        q.transport = CX_OVER_TCP;
    q.excluded = s->excluded;
    q.hint = other ? other->dissector : NULL;
    cx_match match = cx_identify_first(&q, chunk, &d);
    bool last = chunk->fin || chunk->cut;
    if (match == CX_MATCH_MAYBE && last)
        match = c->flow->on_port ? CX_MATCH_YES : CX_MATCH_NO;
    size_t unsure = s->unsure;
    s->unsure = match == CX_MATCH_MAYBE ? chunk->bytes.len : 0;
    if (match == CX_MATCH_MAYBE)
        return cx_fed_more(0, chunk->bytes.len + 1);
    if (match == CX_MATCH_NO && s->excluded)
        return cx_fed_end(CX_MALFORMED);
    uint32_t most = c->flow->on_port ? PORT_PACKETS : CX_FIRST_PACKETS;
    /* what was only waited for may begin something itself: TLS behind the one octet with which a
     * database agrees to it */
    if (match == CX_MATCH_NO && unsure && unsure < chunk->bytes.len)
        return ++s->tries >= most ? cx_fed_end(CX_DONE) : cx_fed_ok(unsure);
    /* an answer that nobody knows belongs to who read the question: it says what is wrong */
    if (match == CX_MATCH_NO && q.hint && from_start(s)) {
        d = q.hint;
        match = CX_MATCH_YES;
    }
    if (match == CX_MATCH_YES)
        return cx_channel_give(s, d) ? cx_fed_ok(0) : cx_fed_end(CX_DONE);
    if (++s->tries >= most)
        return cx_fed_end(CX_DONE);
    return cx_fed_more(chunk->bytes.len, 1);
}

static void tell_gap(cx_side *s, const cx_chunk *chunk)
{
    cx_flows *f = s->channel->flows;
    cx_event e;
    cx_event_begin(&e, CX_EV_GAP, chunk);
    e.u.gap.missing = chunk->missing;
    if (!f->stats.gaps++)
        f->stats.first_gap = chunk->at;
    f->stats.gap_bytes += chunk->missing;
    cx_flow_tell(f, s->channel->flow, &e);
}

/* The bytes from the beginning of chunk on, with new readers as long as they hand them on. */
static cx_fed read_on(cx_side *s, const cx_chunk *chunk)
{
    for (;;) {
        if (!s->reader) {
            cx_fed answer = identify(s, chunk);
            if (!s->reader)
                return answer;
        }
        cx_fed fed = feed(s, chunk);
        if (fed.status == CX_HANDOVER) {
            leave(s);
            s->tries = 0;
            if (fed.consumed)
                return cx_fed_ok(fed.consumed); /* the rest comes at once, if there is one */
            continue;
        }
        if (fed.status != CX_MALFORMED || s->told)
            return fed;
        leave(s);
    }
}

/* The stream's way out. */
static cx_fed take_chunk(void *self, const cx_chunk *from_stream)
{
    cx_side *s = self;
    cx_chunk chunk = *from_stream;
    chunk.decrypted = s->channel->what.decrypted;
    if (chunk.gap) {
        if (!s->channel->outer) /* what an inner channel lacks, the one around it has told */
            tell_gap(s, &chunk);
        if (!s->reader && !s->tries)
            s->tries = 1; /* what follows is not the beginning */
        return s->reader ? feed(s, &chunk) : cx_fed_ok(0);
    }
    if (chunk.bytes.len == 0) /* a FIN behind bytes that are all consumed */
        return s->reader ? feed(s, &chunk) : cx_fed_ok(0);
    return read_on(s, &chunk);
}

cx_fed cx_channel_datagram(cx_side *s, const cx_chunk *chunk)
{
    return feed(s, chunk);
}

/* ---- life of a channel ---- */

void cx_channel_init(cx_channel *c, cx_flows *f, cx_flow *flow)
{
    *c = (cx_channel){.flows = f, .flow = flow};
    for (uint8_t i = 0; i < 2; i++)
        c->side[i] = (cx_side){.channel = c, .dir = i};
}

bool cx_channel_open(cx_side *s)
{
    s->stream = cx_stream_new(s->dir, take_chunk, s, &s->channel->flows->budget);
    return s->stream != NULL;
}

void cx_channel_drop(cx_side *s)
{
    if (!s->stream)
        return;
    s->channel->flows->stats.dropped_bytes += cx_stream_stats_of(s->stream)->dropped;
    cx_stream_free(s->stream);
    s->stream = NULL;
}

static bool reads_on(const cx_channel *c)
{
    for (uint32_t i = 0; i < c->n_readers; i++)
        if (!c->readers[i].dissector->reset)
            return false;
    for (const cx_channel *i = c->inner; i; i = i->before)
        if (!reads_on(i))
            return false;
    return true;
}

static void reset(cx_channel *c)
{
    for (int i = 0; i < 2; i++) {
        cx_side *s = &c->side[i];
        if (!s->stream || (s->reader && cx_stream_is_idle(s->stream)))
            continue;
        cx_stream_finish(s->stream);
        s->over = true;
        cx_channel_drop(s);
    }
    for (uint32_t i = 0; i < c->n_readers; i++) {
        cx_flow_emit out = emit_of(c, CX_FROM_CLIENT);
        if (!c->readers[i].dissector->reset) /* found by what the streams held */
            continue;
        c->readers[i].dissector->reset(c->readers[i].state, &out.emit);
        forget_scratch(c);
    }
    for (cx_channel *i = c->inner; i; i = i->before)
        reset(i);
}

bool cx_channel_reset(cx_channel *c)
{
    if (!reads_on(c))
        return false;
    reset(c);
    return reads_on(c) && (c->side[0].stream || c->side[1].stream);
}

bool cx_channel_lacks(const cx_channel *c)
{
    for (int i = 0; i < 2; i++)
        if (c->side[i].stream && cx_stream_lacks(c->side[i].stream))
            return true;
    return false;
}

static void end_inner(cx_channel *c)
{
    cx_channel_end(c);
    free(c);
}

static void end_held(cx_channel *c)
{
    while (c->inner) {
        cx_channel *inner = c->inner;
        c->inner = inner->before;
        end_inner(inner);
    }
    cx_logon_free(c->logon);
    c->logon = NULL;
}

void cx_channel_end(cx_channel *c)
{
    for (int i = 0; i < 2; i++)
        if (c->side[i].stream) {
            cx_stream_finish(c->side[i].stream);
            cx_channel_drop(&c->side[i]);
        }
    for (uint32_t i = 0; i < c->n_readers; i++) {
        cx_flow_emit out = emit_of(c, CX_FROM_CLIENT);
        if (c->readers[i].dissector->close)
            c->readers[i].dissector->close(c->readers[i].state, &out.emit);
        forget_scratch(c);
        if (!c->lent)
            free(c->readers[i].state);
    }
    c->n_readers = 0;
    end_held(c); /* only now: what the readers held back may have been for them */
}

cx_channel *cx_channel_new_lent(cx_flows *f)
{
    cx_channel *c = malloc(sizeof *c);
    if (!c)
        return NULL;
    cx_channel_init(c, f, NULL);
    c->lent = true;
    c->side[0].reader = c->side[1].reader = &c->readers[0];
    return c;
}

void cx_channel_lend(cx_channel *c, cx_flow *flow, const cx_dissector *d, void *state)
{
    c->flow = flow;
    c->exchange = 0;
    c->readers[0] = (cx_channel_reader){.dissector = d, .state = state};
    c->n_readers = 1;
    c->side[0].told = c->side[1].told = false;
}

cx_channel *cx_channel_keep(cx_channel *c)
{
    if (!c->inner && !c->logon)
        return NULL;
    cx_channel *kept = malloc(sizeof *kept);
    if (kept) {
        *kept = *c;
        for (int i = 0; i < 2; i++) {
            kept->side[i].channel = kept;
            kept->side[i].reader = &kept->readers[0];
        }
        for (cx_channel *i = kept->inner; i; i = i->before)
            i->outer = kept;
        c->inner = NULL;
        c->logon = NULL;
    }
    end_held(c);
    c->n_inner = 0;
    return kept;
}

/* ---- inner channels ---- */

/* Removes the one that was opened first. */
static void end_oldest(cx_channel *c)
{
    cx_channel **link = &c->inner;
    while ((*link)->before)
        link = &(*link)->before;
    cx_channel *oldest = *link;
    *link = NULL;
    c->n_inner--;
    c->flows->stats.given_up++;
    end_inner(oldest);
}

static cx_channel *inner_channel(cx_channel *c, const cx_inner *what, uint32_t depth)
{
    for (cx_channel *i = c->inner; i; i = i->before)
        if (i->what.number == what->number && i->what.decrypted == what->decrypted)
            return i;
    if (depth >= CX_MAX_CHILD_DEPTH)
        return NULL;
    if (c->n_inner == CX_MAX_INNER)
        end_oldest(c);
    cx_channel *i = malloc(sizeof *i);
    if (!i)
        return NULL;
    cx_channel_init(i, c->flows, c->flow);
    i->outer = c;
    i->what = *what;
    i->depth = depth + 1;
    i->before = c->inner;
    c->inner = i;
    c->n_inner++;
    return i;
}

static bool emit_stream(cx_emit *self, const cx_inner *inner, cx_slice bytes, const cx_chunk *of)
{
    cx_channel *c = inner_channel(((cx_flow_emit *)self)->channel, inner, self->depth);
    if (!c)
        return false;
    c->exchange = self->exchange;
    cx_side *s = &c->side[of->dir];
    if (s->over || (!s->stream && !cx_channel_open(s)))
        return false;
    uint32_t missing = !of->gap ? 0 : of->missing < FAR ? (uint32_t)of->missing : FAR;
    uint32_t len = of->gap ? missing : (uint32_t)bytes.len;
    cx_stream_start(s->stream, s->next);
    cx_stream_push(s->stream, s->next, of->gap ? (cx_slice){NULL, 0} : bytes, len, inner->fin,
                   of->at);
    s->next += len;
    if (cx_stream_done(s->stream)) {
        s->over = true;
        cx_channel_drop(s);
    }
    return !s->over;
}
