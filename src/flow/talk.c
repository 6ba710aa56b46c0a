/* The conversations of interest: which they are, how long they are followed, and the way of their
 * payload into their channel (channel.h). */
#include "flow/channel.h"

#include <stdlib.h>

#define UDP_IDLE_NS INT64_C(120000000000) /* 120 s: no answer of interest comes later */

struct cx_talk {
    cx_flows *flows;
    cx_flow *flow;
    cx_talk *older, *newer;
    int64_t used_ns;
    bool udp;
    cx_channel channel;
};

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

void cx_talk_end(cx_flows *f, cx_flow *flow)
{
    cx_talk *k = flow->talk;
    if (!k)
        return;
    bool unread = flow->tcp && !flow->on_port && k->channel.n_readers == 0;
    cx_channel_end(&k->channel);
    unlink_talk(k);
    f->n_talks--;
    flow->talk = NULL;
    flow->told = flow->tcp && !unread; /* datagrams may begin anew at any time */
    if (unread)                        /* what may begin anywhere is still looked for */
        flow->tries[0] = flow->tries[1] = CX_FIRST_PACKETS;
    free(k);
}

bool cx_talk_reset(cx_flows *f, cx_flow *flow)
{
    if (flow->talk && cx_channel_reset(&flow->talk->channel))
        return true;
    cx_talk_end(f, flow);
    return false;
}

bool cx_talk_lacks(const cx_flow *flow)
{
    return flow->talk && cx_channel_lacks(&flow->talk->channel);
}

static cx_talk *new_talk(cx_flows *f, cx_flow *flow)
{
    if (f->n_talks >= CX_MAX_TALKS) {
        cx_talk *oldest = f->talks[flow->tcp == 0].oldest;
        if (!oldest)
            oldest = f->talks[flow->tcp != 0].oldest;
        f->stats.given_up += oldest->flow->tcp != 0; /* datagrams are read anew when they come */
        cx_talk_end(f, oldest->flow);
    }
    cx_talk *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->flows = f;
    k->flow = flow;
    k->udp = flow->tcp == 0;
    cx_channel_init(&k->channel, f, flow);
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

/* Counts the payload packets that nobody wanted; after some of each direction, only what may begin
 * anywhere is looked for. */
static void not_wanted(cx_flow *flow, uint8_t dir)
{
    if (flow->tries[dir] < CX_FIRST_PACKETS)
        flow->tries[dir]++;
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
    cx_identify q = cx_channel_question(f, flow);
    if (!flow->on_port && flow->tries[chunk->dir] >= CX_FIRST_PACKETS &&
        !cx_interest_late(&f->interest, chunk->bytes))
        return CX_MATCH_NO;
    cx_match match = cx_identify_first(&q, chunk, ret);
    if (match == CX_MATCH_NO && !flow->on_port)
        not_wanted(flow, chunk->dir);
    return match;
}

static void check_over(cx_flows *f, cx_flow *flow, cx_side *s)
{
    if (!s->stream || !cx_stream_done(s->stream))
        return;
    s->over = true;
    cx_channel_drop(s);
    bool unread = !flow->on_port && s->channel->n_readers == 0;
    if (s->channel->side[!s->dir].over || unread)
        cx_talk_end(f, flow);
}

/* Where the stream begins: behind the SYN, unless payload went by before the conversation was of
 * interest. Then it is where new bytes begin, for what is sent again belongs to what went by.
 * False: there are none, or no memory. */
static bool open_stream(cx_flows *f, cx_flow *flow, const cx_l4 *p, cx_side *s)
{
    const cx_tcp_half *h = &cx_tcp_of(f, flow)->half[s->dir];
    bool first = h->first_data.frame == p->at.frame && h->first_data.file == p->at.file;
    if (!f->has_new || !cx_channel_open(s))
        return false;
    s->from_start = first && h->has_start;
    cx_stream_start(s->stream, s->from_start ? h->base + 1 : f->new_from);
    return true;
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
    cx_side *own = &k->channel.side[dir], *other = &k->channel.side[!dir];
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
        if (!cx_channel_give(&fresh->channel.side[0], d)) {
            cx_talk_end(f, flow);
            return;
        }
        fresh->channel.side[1].reader = fresh->channel.side[0].reader;
    }
    cx_talk *k = flow->talk;
    cx_side *s = &k->channel.side[dir];
    use(k);
    if (s->over)
        return;
    cx_fed fed = cx_channel_datagram(s, &chunk);
    s->over = fed.status == CX_DONE;
    if (s->over && k->channel.side[!dir].over) {
        cx_talk_end(f, flow);
        flow->told = true;
    }
}
