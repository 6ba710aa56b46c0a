/* The conversations of interest: which they are, how long they are followed, and the way of the
 * payload of TCP into their channel (talk.h, channel.h). */
#include "flow/talk.h"

#include <stdlib.h>

typedef struct tcp_talk {
    cx_talk talk;
    cx_channel channel;
} tcp_talk;

/* ---- life of a talk ---- */

static cx_talk_list *list_of(cx_flows *f, const cx_talk *k)
{
    return &f->talks[k->flow->tcp == 0];
}

static void leave_list(cx_flows *f, cx_talk *k)
{
    cx_talk_list *l = list_of(f, k);
    *(k->older ? &k->older->newer : &l->oldest) = k->newer;
    *(k->newer ? &k->newer->older : &l->newest) = k->older;
}

static void link_newest(cx_flows *f, cx_talk *k)
{
    cx_talk_list *l = list_of(f, k);
    k->older = l->newest;
    k->newer = NULL;
    *(l->newest ? &l->newest->newer : &l->oldest) = k;
    l->newest = k;
}

void cx_talk_use(cx_flows *f, cx_talk *k)
{
    k->used_ns = f->clock_ns;
    if (!k->newer)
        return;
    leave_list(f, k);
    link_newest(f, k);
}

void cx_talk_link(cx_flows *f, cx_talk *k, cx_flow *flow)
{
    k->flow = flow;
    k->used_ns = f->clock_ns;
    link_newest(f, k);
    f->n_talks++;
    flow->talk = k;
}

void cx_talk_unlink(cx_flows *f, cx_talk *k)
{
    leave_list(f, k);
    f->n_talks--;
    k->flow->talk = NULL;
}

static cx_channel *channel_of(const cx_flow *flow)
{
    return &((tcp_talk *)flow->talk)->channel;
}

void cx_talk_end(cx_flows *f, cx_flow *flow)
{
    if (!flow->talk)
        return;
    if (!flow->tcp) { /* datagrams may begin anew at any time */
        cx_talk_udp_end(f, flow->talk);
        return;
    }
    tcp_talk *k = (tcp_talk *)flow->talk;
    bool unread = !flow->on_port && k->channel.n_readers == 0;
    cx_channel_end(&k->channel);
    cx_talk_unlink(f, &k->talk);
    flow->told = !unread;
    if (unread) /* what may begin anywhere is still looked for */
        flow->tries[0] = flow->tries[1] = CX_FIRST_PACKETS;
    free(k);
}

bool cx_talk_reset(cx_flows *f, cx_flow *flow)
{
    if (flow->talk && cx_channel_reset(channel_of(flow)))
        return true;
    cx_talk_end(f, flow);
    return false;
}

bool cx_talk_lacks(const cx_flow *flow)
{
    return flow->talk && cx_channel_lacks(channel_of(flow));
}

void cx_talk_make_room(cx_flows *f, const cx_flow *flow)
{
    if (f->n_talks < CX_MAX_TALKS)
        return;
    cx_talk *oldest = f->talks[flow->tcp == 0].oldest;
    if (!oldest)
        oldest = f->talks[flow->tcp != 0].oldest;
    f->stats.given_up += oldest->flow->tcp != 0; /* datagrams are read anew when they come */
    cx_talk_end(f, oldest->flow);
}

static tcp_talk *new_talk(cx_flows *f, cx_flow *flow)
{
    cx_talk_make_room(f, flow);
    tcp_talk *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    cx_channel_init(&k->channel, f, flow);
    cx_talk_link(f, &k->talk, flow);
    return k;
}

/* ---- packets ---- */

/* Counts the payload packets that nobody wanted; after some of each direction, only what may begin
 * anywhere is looked for. */
static void not_wanted(cx_flow *flow, uint8_t dir)
{
    if (flow->tries[dir] < CX_FIRST_PACKETS)
        flow->tries[dir]++;
}

cx_chunk cx_talk_chunk(const cx_l4 *p, uint8_t dir)
{
    return (cx_chunk){.bytes = p->payload,
                      .dir = dir,
                      .datagram = p->src.proto == CX_IPPROTO_UDP,
                      .cut = p->src.proto == CX_IPPROTO_UDP && p->payload_wire > p->payload.len,
                      .first = p->at,
                      .at = p->at};
}

cx_match cx_talk_match(cx_flows *f, cx_flow *flow, const cx_chunk *chunk, const cx_dissector **ret)
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
        cx_chunk chunk = cx_talk_chunk(p, dir);
        if (!flow->on_port && cx_talk_match(f, flow, &chunk, &d) == CX_MATCH_NO)
            return;
        if (!new_talk(f, flow))
            return;
    }
    cx_channel *c = channel_of(flow);
    cx_side *own = &c->side[dir], *other = &c->side[!dir];
    cx_talk_use(f, flow->talk);
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
