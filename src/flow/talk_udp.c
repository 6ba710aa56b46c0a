/* Conversations over UDP that are of interest (talk.h). Most are a question and its answer, and
 * there are many at a time: a record holds what a dissector has to remember, and no channel as long
 * as nothing but that is kept between datagrams. */
#include "flow/talk.h"

#include <stdalign.h>
#include <stdlib.h>

#define STATE_ROOM 64u                   /* bytes: two questions of DNS */
#define IDLE_NS    INT64_C(120000000000) /* 120 s: no answer of interest comes later */

typedef struct udp_talk {
    cx_talk talk;
    const cx_dissector *dissector;
    cx_channel *channel;                            /* NULL: one is lent for each datagram */
    uint32_t index;                                 /* in the pool */
    bool over[2];                                   /* by direction */
    alignas(max_align_t) uint8_t state[STATE_ROOM]; /* or a pointer to it, when it is larger */
} udp_talk;

static bool has_own_state(const cx_dissector *d)
{
    return d->state_size > STATE_ROOM;
}

static void *state_of(udp_talk *k)
{
    void *state = k->state;
    if (has_own_state(k->dissector))
        memcpy(&state, k->state, sizeof state);
    return state;
}

/* The channel of k, or the one that is lent for the time being. */
static cx_channel *channel_of(const cx_flows *f, udp_talk *k)
{
    if (k->channel)
        return k->channel;
    cx_channel_lend(f->lent, k->talk.flow, k->dissector, state_of(k));
    return f->lent;
}

static udp_talk *new_talk(cx_flows *f, cx_flow *flow, const cx_dissector *d)
{
    cx_talk_make_room(f, flow);
    void *state = has_own_state(d) ? calloc(1, d->state_size) : NULL;
    if (has_own_state(d) && !state)
        return NULL;
    f->udp_talks.size = sizeof(udp_talk);
    const uint32_t index = cx_pool_take(&f->udp_talks);
    if (index == UINT32_MAX) {
        free(state);
        return NULL;
    }
    udp_talk *k = cx_pool_at(&f->udp_talks, index);
    k->index = index;
    k->dissector = d;
    if (state)
        memcpy(k->state, &state, sizeof state);
    cx_talk_link(f, &k->talk, flow);
    return k;
}

void cx_talk_udp_end(cx_flows *f, cx_talk *talk)
{
    udp_talk *k = (udp_talk *)talk;
    cx_channel_end(channel_of(f, k));
    free(k->channel);
    if (has_own_state(k->dissector))
        free(state_of(k));
    cx_talk_unlink(f, talk);
    cx_pool_give(&f->udp_talks, k->index);
}

void cx_talk_sweep(cx_flows *f)
{
    cx_talk *k;
    while ((k = f->talks[1].oldest) && f->clock_ns - IDLE_NS > k->used_ns)
        cx_talk_end(f, k->flow);
}

static cx_fed feed(cx_flows *f, udp_talk *k, const cx_chunk *chunk)
{
    cx_channel *c = channel_of(f, k);
    cx_fed fed = cx_channel_datagram(&c->side[chunk->dir], chunk);
    if (!k->channel)
        k->channel = cx_channel_keep(c);
    return fed;
}

void cx_talk_udp_part(cx_flows *f, cx_flow *flow, const cx_l4 *p)
{
    udp_talk *k = (udp_talk *)flow->talk;
    cx_chunk chunk = cx_talk_chunk(p, CX_FROM_SERVER);
    chunk.part = chunk.cut = true;
    if (k && k->dissector->parts && !k->over[CX_FROM_SERVER])
        (void)feed(f, k, &chunk);
}

void cx_talk_udp(cx_flows *f, cx_flow *flow, const cx_l4 *p, uint8_t dir)
{
    if (flow->told || !p->payload.len)
        return;
    cx_chunk chunk = cx_talk_chunk(p, dir);
    udp_talk *k = (udp_talk *)flow->talk;
    if (!k) {
        const cx_dissector *d = NULL;
        cx_match match = cx_talk_match(f, flow, &chunk, &d);
        if (match == CX_MATCH_NO || (match == CX_MATCH_MAYBE && !flow->on_port))
            return;
        k = new_talk(f, flow, d);
        if (!k)
            return;
    }
    cx_talk_use(f, &k->talk);
    if (k->over[dir])
        return;
    k->over[dir] = feed(f, k, &chunk).status == CX_DONE;
    if (k->over[dir] && k->over[!dir]) {
        cx_talk_end(f, flow);
        flow->told = true;
    }
}
