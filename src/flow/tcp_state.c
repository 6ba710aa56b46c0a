/* What became of each TCP connection (RFC 9293 3.5, 3.10.7; RFC 1122 4.2.3.9 for ICMP errors).
 *
 * Stream numbers follow Wireshark's: a SYN whose sequence number is not the one known for its side
 * begins a new conversation. Times are those of the capture; nothing here looks at a clock. */
#include "flow/flow.h"
#include "flow/offload.h"
#include "flow/tcp_parts.h"

#include <stdlib.h>

#define SECOND_NS     INT64_C(1000000000)
#define SILENCE_NS    (75 * SECOND_NS) /* RFC 9293 3.10.7.8 leaves it open; BSD's connect limit */
#define LEAST_WAIT_NS (4 * SECOND_NS)  /* for the next SYN, however close the last two were */
#define LEAST_HOPS    32u              /* systems let packets set out with 64 or more hops */
#define REFUSAL_NS    (5 * SECOND_NS)  /* a SYN this soon after a refusal is the same attempt */
#define SILENCED_NS                                                                                \
    (2 * SECOND_NS)               /* how long firewalls hold on to a connection that was reset     \
                                   */
#define LINGER_NS (5 * SECOND_NS) /* late segments after both FINs, or after a RST */
#define LONG_LINGER_NS                                                                             \
    (60 * SECOND_NS)                 /* the same where some are known to lack: TIME-WAIT of Linux */
#define PLAUSIBLE (INT32_C(1) << 24) /* bytes that a real RST may be away from what was seen */

#define UNANSWERED                                                                                 \
    (CX_TCP_SAW_SYNACK | CX_TCP_IS_CONNECTED | CX_TCP_IS_REFUSED | CX_TCP_IS_UNREACHABLE |         \
     CX_TCP_IS_TIMEOUT | CX_TCP_IS_ENDED)

static int64_t later(int64_t ns, int64_t by_ns)
{
    return ns > INT64_MAX - by_ns ? INT64_MAX : ns + by_ns;
}

static void wait_no_more(cx_flows *f, cx_tcp *t)
{
    cx_waiting_remove(f, t);
}

static void wait_for(cx_flows *f, cx_tcp *t, int64_t ns)
{
    cx_waiting_add(f, t, later(f->clock_ns, ns));
}

/* ---- a conversation begins ---- */

void cx_tcp_drop(cx_flows *f, cx_tcp *t)
{
    wait_no_more(f, t);
    free(t->more_syns);
    t->more_syns = NULL;
}

static void begin(cx_flows *f, cx_tcp *t, bool same_stream)
{
    cx_tcp fresh = {.flow = t->flow, .stream = t->stream, .rtt_ns = -1};
    if (!same_stream)
        fresh.stream = f->streams_unsure ? CX_NO_STREAM : f->next_stream++;
    cx_tcp_drop(f, t);
    *t = fresh;
}

/* The conversation on these ports is over; another one begins on them. */
static void begin_again(cx_flows *f, cx_flow *flow, cx_tcp *t, bool same_stream)
{
    cx_talk_end(f, flow);
    cx_tcp_end(f, flow);
    begin(f, t, same_stream);
    flow->id = ++f->next_id;
    flow->tries[0] = flow->tries[1] = 0;
    flow->told = false;
    f->stats.flows++;
    f->stats.tcp++;
}

/* Clients that are refused ask again, with the same ports and perhaps a new sequence number
 * (KB175523): another conversation to Wireshark, still one attempt. */
static void ask_again(cx_flows *f, cx_flow *flow, cx_tcp *t)
{
    cx_tcp before = *t;
    cx_talk_end(f, flow);
    flow->told = false;
    begin(f, t, false);
    t->state = CX_TCP_IS_REFUSED | (before.state & CX_TCP_SAW_SYN);
    t->refusals = before.refusals;
    t->answer = before.answer;
    t->rtt_ns = before.rtt_ns;
    t->refused = before.refused;
    t->silent_syns = before.silent_syns;
    t->silent_syn = before.silent_syn;
}

static bool refused_just_now(const cx_tcp *t, const cx_l4 *p)
{
    return (t->state & CX_TCP_IS_REFUSED) && !(t->state & CX_TCP_SAW_SYNACK) &&
           cx_ns_between(p->at.ts_ns, t->last.ts_ns) < REFUSAL_NS;
}

/* The refusal is behind these SYNs, and no answer came to n of them. */
static void tell_silenced(cx_flows *f, cx_tcp *t, uint32_t n, int64_t until_ns)
{
    if (!n)
        return;
    cx_event *e =
        cx_tcp_event(f, t, CX_TCP_SILENCED, CX_FROM_CLIENT, cx_spot_evidence(t->last_syn));
    e->u.tcp.silence =
        (cx_tcp_silence){.syns = n,
                         .refusal = cx_spot_evidence(t->refused),
                         .first = cx_spot_evidence(t->silent_syn),
                         .after_ns = cx_ns_between(t->silent_syn.ts_ns, t->refused.ts_ns),
                         .lasted_ns = cx_ns_between(until_ns, t->silent_syn.ts_ns)};
    e->u.tcp.one_sided = false; /* the refusal came, perhaps before the numbers changed */
    cx_flow_tell(f, cx_flow_at(f, t->flow), e);
    t->silent_syns = 0;
}

/* An answer came, to the latest SYN. */
static void end_silence(cx_flows *f, cx_tcp *t)
{
    if (t->silent_syns)
        tell_silenced(f, t, t->silent_syns - 1, t->last_syn.ts_ns);
    t->silent_syns = 0;
}

static void make_client(cx_flow *flow, cx_tcp *t, uint8_t *dir)
{
    cx_tcp_half half = t->half[0];
    if (*dir == CX_FROM_CLIENT)
        return;
    flow->client_high = !flow->client_high;
    t->half[0] = t->half[1];
    t->half[1] = half;
    *dir = CX_FROM_CLIENT;
}

/* A SYN that may fall to a firewall which saw the RST before it. */
static bool is_silenced(const cx_tcp *t, const cx_l4 *p)
{
    return t->state & CX_TCP_IS_REFUSED && !(t->state & CX_TCP_SAW_SYNACK) && t->refused.frame &&
           (t->silent_syns || cx_ns_between(p->at.ts_ns, t->refused.ts_ns) <= SILENCED_NS);
}

static void count_syn(cx_flows *f, cx_tcp *t, const cx_l4 *p)
{
    cx_spot spot = cx_spot_of(&p->at);
    if (t->n_syns == 0) {
        t->syn = spot;
    } else {
        if (!t->more_syns)
            t->more_syns = calloc(CX_MAX_SYNS - 1, sizeof *t->more_syns);
        if (t->more_syns && t->n_syns < CX_MAX_SYNS)
            t->more_syns[t->n_syns - 1] = spot;
        t->syn_gap_ns = cx_ns_between(p->at.ts_ns, t->last_syn.ts_ns);
    }
    t->last_syn = spot;
    t->n_syns++;
    if (is_silenced(t, p)) {
        if (!t->silent_syns++)
            t->silent_syn = spot;
        wait_for(f, t, LEAST_WAIT_NS);
    }
    if (t->state & UNANSWERED)
        return;
    int64_t wait_ns = SILENCE_NS;
    if (t->n_syns > 1 && t->syn_gap_ns < SILENCE_NS / 2) /* RFC 6298 5.5: the gap doubles */
        wait_ns = 2 * t->syn_gap_ns + SECOND_NS;
    wait_for(f, t,
             wait_ns < LEAST_WAIT_NS ? LEAST_WAIT_NS
             : wait_ns > SILENCE_NS  ? SILENCE_NS
                                     : wait_ns);
}

/* True: the first SYN of an attempt. */
static bool take_syn(cx_flows *f, cx_flow *flow, cx_tcp *t, const cx_l4 *p, bool fresh,
                     uint8_t *dir)
{
    const cx_tcp_half *h = &t->half[*dir];
    bool other_isn = h->has_base && h->base != p->seq;
    if (!fresh && refused_just_now(t, p)) {
        if (other_isn)
            ask_again(f, flow, t);
    } else if (!fresh && (other_isn || t->state & (CX_TCP_IS_ENDED | CX_TCP_IS_REFUSED))) {
        begin_again(f, flow, t, !other_isn);
    }
    if (!(t->state & CX_TCP_SAW_SYN)) {
        if (!(t->state & CX_TCP_SAW_SYNACK) && !flow->talk)
            make_client(flow, t, dir);
        if (*dir != CX_FROM_CLIENT)
            return false;
        t->state |= CX_TCP_SAW_SYN | (p->tcp_header == 20 ? CX_TCP_IS_BARE : 0);
        t->state |= cx_is_left_to_card(p, p->checksum) ? CX_TCP_IS_UNSUMMED : 0;
        t->state &= ~(uint32_t)CX_TCP_IS_MID;
        count_syn(f, t, p);
        return true;
    }
    if (*dir == CX_FROM_CLIENT && !(t->state & CX_TCP_IS_CONNECTED))
        count_syn(f, t, p);
    return false;
}

/* The SYN, or that and data sent with it (RFC 7413 3.1). */
static bool acks_syn(const cx_tcp_half *client, uint32_t ack)
{
    uint32_t sent = client->has_next ? client->next : client->base + 1;
    return !cx_seq_before(ack, client->base + 1) && !cx_seq_before(sent, ack);
}

/* RFC 9293 3.10.7.3: it acknowledges the SYN, or it is of another time. */
static void take_synack(cx_flows *f, cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    const cx_tcp_half *client = &t->half[CX_FROM_CLIENT];
    if (dir != CX_FROM_SERVER || t->state & (CX_TCP_SAW_SYNACK | CX_TCP_IS_CONNECTED))
        return;
    if (t->state & CX_TCP_SAW_SYN && !acks_syn(client, p->ack))
        return;
    end_silence(f, t);
    t->state |= CX_TCP_SAW_SYNACK;
    t->state |= cx_is_left_to_card(p, p->checksum) ? 2 * CX_TCP_IS_UNSUMMED : 0;
    t->state &= ~(uint32_t)(CX_TCP_IS_REFUSED | CX_TCP_IS_MID);
    t->answer = cx_spot_of(&p->at);
    t->rtt_ns = -1;
    if (t->n_syns && cx_ns_between(p->at.ts_ns, t->last_syn.ts_ns) >= 0)
        t->rtt_ns = cx_ns_between(p->at.ts_ns, t->last_syn.ts_ns);
    wait_no_more(f, t);
}

/* Does this packet show that the handshake is complete? */
static bool completes(const cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    const cx_tcp_half *client = &t->half[CX_FROM_CLIENT], *server = &t->half[CX_FROM_SERVER];
    if (!(p->tcp_flags & CX_TCP_FLAG_ACK))
        return false;
    if (dir == CX_FROM_CLIENT)
        return !(t->state & CX_TCP_SAW_SYNACK) || !cx_seq_before(p->ack, server->base + 1);
    return p->payload_wire || p->tcp_flags & CX_TCP_FLAG_FIN ||
           (client->has_base && cx_seq_before(client->base + 1, p->ack));
}

static void connect_or_mid(cx_flows *f, cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    if (t->state & (CX_TCP_IS_CONNECTED | CX_TCP_IS_MID))
        return;
    if (t->state & CX_TCP_IS_REFUSED)
        return;
    if (!(t->state & (CX_TCP_SAW_SYN | CX_TCP_SAW_SYNACK))) {
        t->state |= CX_TCP_IS_MID;
        return;
    }
    if (!completes(t, p, dir))
        return;
    t->state |= CX_TCP_IS_CONNECTED;
    wait_no_more(f, t);
    cx_tcp_tell(f, t, CX_TCP_CONNECTED, dir, p->at);
}

void cx_tcp_before(cx_flows *f, cx_flow *flow, const cx_l4 *p, bool fresh, uint8_t *dir)
{
    cx_tcp *t = cx_tcp_of(f, flow);
    bool syn = p->tcp_flags & CX_TCP_FLAG_SYN, ack = p->tcp_flags & CX_TCP_FLAG_ACK;
    bool rst = p->tcp_flags & CX_TCP_FLAG_RST, first_syn = false;
    if (fresh) {
        /* late for a connection that is forgotten? Then it has no number of its own in Wireshark */
        if ((!syn || ack) && cx_idle_forgot(f, &flow->key))
            f->streams_unsure = true;
        begin(f, t, false);
        f->stats.tcp++;
        /* who answers a SYN is the server, whatever the ports */
        if ((syn && ack) || (rst && ack && p->seq == 0))
            if (*dir == CX_FROM_CLIENT) {
                flow->client_high = !flow->client_high;
                *dir = CX_FROM_SERVER;
            }
    }
    if (syn && !ack && !rst)
        first_syn = take_syn(f, flow, t, p, fresh, dir);
    cx_tcp_learn_bases(t, p, *dir);
    cx_tcp_half *h = &t->half[*dir];
    h->packets++;
    if (syn)
        h->mss = p->mss;
    *(rst ? &h->rst_ttl : &h->ttl) = p->ttl;
    if (first_syn)
        cx_tcp_tell(f, t, CX_TCP_SYN, *dir, p->at);
    if (syn && ack && !rst)
        take_synack(f, t, p, *dir);
    if (ack)
        cx_tcp_take_ack(&t->half[!*dir], p->ack,
                        !p->payload_wire && !(p->tcp_flags & (CX_TCP_FLAG_SYN | CX_TCP_FLAG_FIN |
                                                              CX_TCP_FLAG_RST)));
    if (!syn && !rst)
        connect_or_mid(f, t, p, *dir);
    f->has_new = false;
    if (p->payload_wire && !rst) {
        if (cx_tcp_is_keep_alive(t, h, p)) {
            if (!h->has_next)
                h->next = h->hole_from = h->hole_to = p->seq + 1;
            h->has_next = true;
        } else {
            cx_tcp_count_payload(f, t, p, *dir);
        }
    } else if (ack && !syn && !rst) {
        cx_tcp_take_stand(h, p->seq);
    }
    cx_tcp_count_idle(f, t, p, *dir);
}

bool cx_tcp_continues(const cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    const cx_tcp_half *h = &t->half[dir];
    if (p->tcp_flags & CX_TCP_FLAG_SYN) /* begins where it comes */
        return false;
    const int32_t from_next = (int32_t)(p->seq - h->next);
    return h->has_next && from_next > -(int32_t)CX_MAX_STREAM_HELD &&
           from_next < (int32_t)CX_MAX_STREAM_HELD;
}

/* ---- FIN and RST ---- */

/* An answer to a SYN carries ACK (RFC 9293 3.10.7.1); without it the client pays no heed. */
static bool answers_syn(const cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    const cx_tcp_half *client = &t->half[CX_FROM_CLIENT];
    return dir == CX_FROM_SERVER && p->tcp_flags & CX_TCP_FLAG_ACK &&
           !(t->state & (CX_TCP_SAW_SYNACK | CX_TCP_IS_CONNECTED)) && client->has_base &&
           acks_syn(client, p->ack);
}

static void refuse(cx_flows *f, cx_flow *flow, cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    t->refusals++;
    end_silence(f, t);
    t->refused = cx_spot_of(&p->at);
    if (t->state & CX_TCP_IS_REFUSED) {
        if (t->state & CX_TCP_SAW_SYN)
            wait_no_more(f, t);
        if (t->state & CX_TCP_SAW_SYN || cx_ns_between(p->at.ts_ns, t->last.ts_ns) < REFUSAL_NS)
            return;
        begin_again(f, flow, t, true); /* only the answers are captured: the next attempt */
        cx_tcp_learn_bases(t, p, dir);
        t->half[dir].packets = 1;
        t->half[dir].rst_ttl = p->ttl;
        t->refusals = 1;
        t->refused = cx_spot_of(&p->at);
    }
    t->state |= CX_TCP_IS_REFUSED;
    t->answer = cx_spot_of(&p->at);
    t->half[dir].rst = t->answer;
    t->first_close = dir;
    if (t->n_syns && cx_ns_between(p->at.ts_ns, t->last_syn.ts_ns) >= 0)
        t->rtt_ns = cx_ns_between(p->at.ts_ns, t->last_syn.ts_ns);
    wait_no_more(f, t);
    cx_tcp_tell(f, t, CX_TCP_REFUSED, dir, p->at);
}

/* RFC 9293 3.10.7.4: a RST outside the window is ignored by who gets it. */
static bool is_plausible(const cx_tcp_half *h, const cx_l4 *p)
{
    int32_t from_next = (int32_t)(p->seq - h->next), from_acked = (int32_t)(p->seq - h->acked);
    int32_t from_base = (int32_t)(p->seq - h->base);
    if (h->has_next && from_next > -PLAUSIBLE && from_next < PLAUSIBLE)
        return true;
    if (h->has_acked && from_acked > -PLAUSIBLE && from_acked < PLAUSIBLE)
        return true;
    return !h->has_next && from_base > -PLAUSIBLE && from_base < PLAUSIBLE;
}

static void take_rst(cx_flows *f, cx_flow *flow, cx_tcp *t, const cx_l4 *p, uint8_t dir, bool fresh)
{
    cx_tcp_half *h = &t->half[dir];
    bool first = t->half[0].fin.frame == 0 && t->half[1].fin.frame == 0;
    bool alone = fresh && p->tcp_flags & CX_TCP_FLAG_ACK && p->seq == 0 && p->ack != 0;
    if (t->state & CX_TCP_IS_ENDED)
        return;
    if (alone || (t->state & CX_TCP_IS_REFUSED && !(t->state & CX_TCP_SAW_SYN)) ||
        (t->state & CX_TCP_SAW_SYN && answers_syn(t, p, dir))) {
        refuse(f, flow, t, p, dir);
        return;
    }
    if (!(t->state & (CX_TCP_SAW_SYN | CX_TCP_SAW_SYNACK | CX_TCP_IS_CONNECTED)))
        t->state |= CX_TCP_IS_MID;
    bool open = t->state & (CX_TCP_IS_CONNECTED | CX_TCP_IS_MID);
    if ((!open && !(t->state & CX_TCP_SAW_SYNACK)) || (!fresh && !is_plausible(h, p)))
        return;
    h->rst = cx_spot_of(&p->at);
    if (first)
        t->first_close = dir;
    t->state |= CX_TCP_IS_ENDED;
    bool reads_on = cx_talk_reset(f, flow);
    wait_no_more(f, t);
    cx_event *e = cx_tcp_event(f, t, open ? CX_TCP_RESET : CX_TCP_HALF_OPEN, dir, p->at);
    e->u.tcp.rst_after_fin = open && h->fin.frame != 0;
    e->u.tcp.rst_wait_ns = t->last_dir != dir ? cx_ns_between(p->at.ts_ns, t->last.ts_ns) : -1;
    cx_flow_tell(f, flow, e);
    t->state |= CX_TCP_IS_RESET;
    if (reads_on)
        wait_for(f, t, LINGER_NS);
}

static void take_fin(cx_flows *f, cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    cx_tcp_half *h = &t->half[dir];
    if (h->fin.frame || t->state & CX_TCP_IS_ENDED ||
        !(t->state & (CX_TCP_IS_CONNECTED | CX_TCP_IS_MID)))
        return;
    h->fin = cx_spot_of(&p->at);
    if (t->half[!dir].fin.frame == 0) {
        t->first_close = dir;
        wait_for(f, t, SILENCE_NS);
        return;
    }
    t->state |= CX_TCP_IS_ENDED;
    cx_tcp_tell(f, t, CX_TCP_CLOSED, dir, p->at);
    wait_for(f, t, cx_talk_lacks(cx_flow_at(f, t->flow)) ? LONG_LINGER_NS : LINGER_NS);
}

void cx_tcp_after(cx_flows *f, cx_flow *flow, const cx_l4 *p, uint8_t dir, bool fresh)
{
    cx_tcp *t = cx_tcp_of(f, flow);
    bool closing = t->half[0].fin.frame || t->half[1].fin.frame;
    if (p->tcp_flags & CX_TCP_FLAG_RST)
        take_rst(f, flow, t, p, dir, fresh);
    else if (p->tcp_flags & CX_TCP_FLAG_FIN)
        take_fin(f, t, p, dir);
    if (closing && t->state & CX_TCP_IS_WAITING && !(t->state & CX_TCP_IS_ENDED))
        wait_for(f, t, SILENCE_NS);
    t->last = cx_spot_of(&p->at);
    t->last_dir = dir;
}

/* ---- decided from outside ---- */

void cx_tcp_unreachable(cx_flows *f, cx_flow *flow, uint8_t dir, const cx_l4 *p)
{
    cx_tcp *t = cx_tcp_of(f, flow);
    if (dir != CX_FROM_CLIENT || !(t->state & CX_TCP_SAW_SYN) || t->state & UNANSWERED)
        return;
    if (p->icmp.has_seq && p->icmp.quoted_seq != t->half[dir].base)
        return;
    if (cx_icmp_is_time_exceeded(&p->icmp) && t->half[dir].ttl < LEAST_HOPS)
        return; /* a trace of the route over TCP asks for these */
    t->state |= CX_TCP_IS_UNREACHABLE;
    t->answer = cx_spot_of(&p->at);
    wait_no_more(f, t);
    cx_event *e = cx_tcp_event(f, t, CX_TCP_UNREACHABLE, CX_FROM_SERVER, p->at);
    e->u.tcp.icmp_type = p->icmp.type;
    e->u.tcp.icmp_code = p->icmp.code;
    e->u.tcp.icmp_from = p->icmp.from;
    cx_flow_tell(f, flow, e);
}

/* Packets of one direction only, apart from SYNs that nobody answers and lone acknowledgments: that
 * is how the capture was made. */
static void count_one_sided(cx_flows *f, const cx_tcp *t)
{
    bool one = !t->half[0].packets || !t->half[1].packets;
    bool spoke = t->state & (CX_TCP_SAW_SYNACK | CX_TCP_IS_CONNECTED | CX_TCP_IS_REFUSED) ||
                 t->half[0].bytes || t->half[1].bytes;
    if (one && spoke && !f->stats.one_sided++)
        f->stats.first_one_sided = cx_spot_evidence(t->last);
}

void cx_tcp_end(cx_flows *f, cx_flow *flow)
{
    cx_tcp *t = cx_tcp_of(f, flow);
    bool closed = t->half[0].fin.frame || t->half[1].fin.frame;
    wait_no_more(f, t);
    if (t->half[0].packets + t->half[1].packets == 0)
        return;
    count_one_sided(f, t);
    tell_silenced(f, t, t->silent_syns, f->clock_ns);
    bool payload = t->half[0].bytes || t->half[1].bytes;
    bool open = t->state & CX_TCP_IS_CONNECTED || (t->state & CX_TCP_IS_MID && payload);
    cx_tcp_what what = closed                         ? CX_TCP_CLOSED
                       : open                         ? CX_TCP_OPEN
                       : t->state & CX_TCP_SAW_SYNACK ? CX_TCP_HALF_OPEN
                                                      : CX_TCP_TIMEOUT;
    bool said = t->state & CX_TCP_IS_ENDED;
    if (what == CX_TCP_TIMEOUT && (!(t->state & CX_TCP_SAW_SYN) || t->state & UNANSWERED))
        said = true;
    t->state |= what == CX_TCP_TIMEOUT ? CX_TCP_IS_TIMEOUT : CX_TCP_IS_ENDED;
    if (!said)
        cx_tcp_tell(f, t, what, t->last_dir, cx_spot_evidence(t->last));
}

void cx_tcp_due(cx_flows *f, cx_tcp *t)
{
    cx_flow *flow = cx_flow_at(f, t->flow);
    bool over = t->half[0].fin.frame || t->half[1].fin.frame || t->state & CX_TCP_IS_RESET;
    wait_no_more(f, t);
    tell_silenced(f, t, t->silent_syns, f->clock_ns);
    if (t->state & CX_TCP_IS_REFUSED)
        return; /* told already */
    if (over)
        cx_talk_end(f, flow);
    if (t->state & CX_TCP_IS_ENDED)
        return;
    t->state |= over ? CX_TCP_IS_ENDED : CX_TCP_IS_TIMEOUT;
    cx_tcp_tell(f, t, over ? CX_TCP_CLOSED : CX_TCP_TIMEOUT, t->last_dir,
                cx_spot_evidence(t->last));
}
