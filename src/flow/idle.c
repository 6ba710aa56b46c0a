/* Conversations that are over, and idle for minutes, leave the table, so that it grows with what
 * goes on and not with the length of the capture. All that could be said of them was said.
 *
 * A hand passes over all records once a minute of capture time, some at each look. What it met
 * untouched three times goes: datagrams, and connections whose end was told and of which no segment
 * can come any more (RFC 9293 3.4.2: 2 MSL, 4 minutes). Open connections stay, as they may go on
 * after hours; those that are too many leave by eviction (flow_table.c). */
#include "flow/flow.h"

#include "base/hash.h"

#include <stdlib.h>

#define TURN_NS    (60 * INT64_C(1000000000))
#define TWO_MSL_NS (240 * INT64_C(1000000000))
#define IDLE_TURNS 3u   /* untouched before a conversation goes */
#define LEAST      256u /* records at each look; a turn takes 32 looks, a second apart or more */
#define AHEAD      8u   /* records between the first look and the one that counts */
#define BITS       (UINT32_C(1) << 20)

/* Not seeded: what is said of streams must not depend on chance. */
static uint32_t bit_of(const cx_flow_key *key)
{
    return (uint32_t)cx_hash(key, sizeof *key, 0) % BITS;
}

static void note_forgotten(cx_flows *f, const cx_flow_key *key)
{
    if (!f->idle.forgotten)
        f->idle.forgotten = calloc(BITS / 64, sizeof *f->idle.forgotten);
    if (!f->idle.forgotten) {
        f->streams_unsure = true;
        return;
    }
    const uint32_t bit = bit_of(key);
    f->idle.forgotten[bit / 64] |= UINT64_C(1) << bit % 64;
}

bool cx_idle_forgot(const cx_flows *f, const cx_flow_key *key)
{
    const uint32_t bit = bit_of(key);
    return f->idle.forgotten && f->idle.forgotten[bit / 64] >> bit % 64 & 1;
}

/* Told already, with no time to wait for. */
static bool is_over(const cx_flows *f, const cx_tcp *t)
{
    const uint32_t answered = CX_TCP_SAW_SYNACK | CX_TCP_IS_CONNECTED;
    const uint32_t failed = CX_TCP_IS_REFUSED | CX_TCP_IS_TIMEOUT | CX_TCP_IS_UNREACHABLE;
    if (t->state & CX_TCP_IS_WAITING || t->last.ts_ns > f->clock_ns - TWO_MSL_NS)
        return false;
    return t->state & CX_TCP_IS_ENDED || (t->state & failed && !(t->state & answered));
}

/* Untouched for long. */
static bool is_idle(const cx_flow *flow)
{
    return flow->id && !flow->talk && flow->idle == IDLE_TURNS;
}

static void look_at(cx_flows *f, uint32_t index)
{
    cx_flow *flow = cx_flow_at(f, index);
    if (!flow->id || flow->talk)
        return;
    if (flow->idle < IDLE_TURNS) {
        flow->idle = (flow->idle + 1u) & IDLE_TURNS;
        return;
    }
    const cx_tcp *t = cx_tcp_of(f, flow);
    if (t && !is_over(f, t))
        return;
    if (t)
        note_forgotten(f, &flow->key);
    cx_flow_forget(f, index);
}

void cx_idle_sweep(cx_flows *f)
{
    cx_idle *h = &f->idle;
    if (f->clock_ns < INT64_MIN + TWO_MSL_NS)
        return;
    if (h->hand == 0) {
        if (f->clock_ns < h->next_turn_ns)
            return;
        h->next_turn_ns = f->clock_ns > INT64_MAX - TURN_NS ? INT64_MAX : f->clock_ns + TURN_NS;
    }
    uint32_t n = f->flows.used / 32 + LEAST;
    for (; n && h->hand < f->flows.used; n--) {
        if (h->hand + AHEAD < f->flows.used && is_idle(cx_flow_at(f, h->hand + AHEAD)))
            cx_flow_expect_forget(f, h->hand + AHEAD);
        look_at(f, h->hand++);
    }
    if (h->hand == f->flows.used)
        h->hand = 0;
}
