/* What the segments of a TCP connection add up to, side by side (tcp_parts.h). */
#include "flow/tcp_parts.h"

#define IDLE_NS INT64_C(60000000000) /* of a connection that a device may forget */

void cx_tcp_learn_bases(cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    cx_tcp_half *own = &t->half[dir], *other = &t->half[!dir];
    bool syn = p->tcp_flags & CX_TCP_FLAG_SYN, ack = p->tcp_flags & CX_TCP_FLAG_ACK;
    if (!own->has_base) {
        own->base = syn ? p->seq : p->seq - 1;
        own->has_base = true;
    }
    if (syn && own->base == p->seq)
        own->has_start = true;
    if (ack && !other->has_base) {
        other->base = p->ack - 1;
        other->has_base = true;
    }
    if (syn && ack && other->base == p->ack - 1)
        other->has_start = true;
}

bool cx_tcp_is_keep_alive(const cx_tcp *t, const cx_tcp_half *h, const cx_l4 *p)
{
    if (p->payload_wire != 1 || p->tcp_flags & (CX_TCP_FLAG_PSH | CX_TCP_FLAG_FIN))
        return false;
    if (h->has_next)
        return p->seq + 1 == h->next;
    return (t->state & CX_TCP_IS_MID) != 0 && (p->payload.len == 0 || p->payload.p[0] == 0);
}

static uint16_t up_to_u16(uint32_t n)
{
    return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

/* The segment that the other side waits for is sent again. Capturing hosts may show several
 * segments as one (offload); the smallest that was sent is what got lost. */
static void count_stuck(cx_tcp_half *h, uint32_t seq, uint32_t len)
{
    uint16_t bytes = up_to_u16(len);
    if (!h->has_acked || h->acked != seq)
        return;
    if (!h->stuck_times || h->stuck_seq != seq) {
        h->stuck_seq = seq;
        h->stuck_times = 0;
        h->stuck_len = bytes;
    }
    h->stuck_len = bytes < h->stuck_len ? bytes : h->stuck_len;
    h->stuck_times = up_to_u16(h->stuck_times + 1u);
}

void cx_tcp_take_ack(cx_tcp_half *h, uint32_t ack, bool bare)
{
    if (!h->has_acked || cx_seq_before(h->acked, ack)) {
        uint32_t n = h->has_acked ? ack - h->acked : 0;
        uint16_t passed = up_to_u16(n < h->largest ? n : h->largest);
        h->passed = passed > h->passed ? passed : h->passed;
        h->acked = ack;
        h->stuck_times = h->repeated_acks = 0;
    } else if (bare && ack == h->acked && h->has_next && cx_seq_before(ack, h->next)) {
        h->repeated_acks = up_to_u16(h->repeated_acks + 1u);
    }
    h->has_acked = true;
}

void cx_tcp_take_stand(cx_tcp_half *h, uint32_t seq)
{
    if (!h->has_stands || cx_seq_before(h->stands, seq))
        h->stands = seq;
    h->has_stands = true;
}

/* No network carries more than the receiver takes in one packet. */
static void take_largest(cx_flows *f, cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    const cx_flow *flow = cx_flow_at(f, t->flow);
    cx_tcp_half *h = &t->half[dir];
    const uint16_t mss = t->half[!dir].mss;
    const bool fitted = h->largest <= mss;
    h->largest = up_to_u16(p->payload_wire);
    if (mss && fitted && h->largest > mss && (flow->talk || flow->on_port))
        cx_tcp_tell(f, t, CX_TCP_LARGE, dir, p->at);
}

uint32_t cx_tcp_hole(const cx_tcp_half *h)
{
    bool waits = h->has_next && h->has_acked && h->acked == h->hole_from;
    return waits ? h->hole_to - h->hole_from : 0;
}

void cx_tcp_count_payload(cx_flows *f, cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    cx_tcp_half *h = &t->half[dir];
    uint32_t seq = p->seq + (p->tcp_flags & CX_TCP_FLAG_SYN ? 1 : 0);
    uint32_t end = seq + p->payload_wire;
    if (!h->has_next) {
        h->next = h->has_start ? h->base + 1 : seq;
        h->hole_from = h->hole_to = h->next;
        h->has_next = true;
    }
    bool first = h->first_data.frame == 0, in_hole = false;
    if (p->payload_wire > h->largest)
        take_largest(f, t, p, dir);
    bool holds = h->hole_from != h->hole_to && !cx_seq_before(seq, h->hole_from);
    f->has_new = true;
    f->new_from =
        cx_seq_before(h->next, seq) || (holds && cx_seq_before(seq, h->hole_to)) ? seq : h->next;
    if (cx_seq_before(h->next, seq)) {
        if (!cx_tcp_hole(h)) { /* else the receiver waits for an earlier one */
            h->hole_from = h->next;
            h->hole_to = seq;
        }
        h->bytes += p->payload_wire;
    } else if (cx_seq_before(h->next, end)) {
        h->bytes += end - h->next;
        h->retransmissions += seq != h->next;
    } else if (holds && !cx_seq_before(h->hole_to, end)) {
        in_hole = true; /* late, or sent again after it was lost before the capture saw it */
        h->bytes += p->payload_wire;
        if (seq == h->hole_from)
            h->hole_from = end;
        else
            h->hole_to = seq;
    } else {
        h->retransmissions++;
        f->has_new = false;
        count_stuck(h, seq, p->payload_wire);
        int64_t waited = first ? 0 : cx_ns_between(p->at.ts_ns, h->last_data.ts_ns);
        if (waited > h->stalled_ns) {
            h->stalled_ns = waited;
            h->stalled = cx_spot_of(&p->at);
        }
    }
    if (cx_seq_before(h->next, end))
        h->next = end;
    else if (!in_hole)
        return;
    h->last_data = cx_spot_of(&p->at);
    if (!first)
        return;
    h->first_data = h->last_data;
    if (t->state & CX_TCP_IS_MID && t->half[!dir].first_data.frame == 0 && !f->stats.mid_stream++)
        f->stats.first_mid_stream = p->at;
    cx_tcp_tell(f, t, CX_TCP_DATA, dir, p->at);
}

static void tell_unheard(cx_flows *f, const cx_tcp *t, const cx_l4 *p, uint32_t resent)
{
    cx_event *e = cx_tcp_event(f, t, CX_TCP_UNHEARD, CX_FROM_CLIENT, p->at);
    e->u.tcp.idle = (cx_tcp_idle){.resent = resent,
                                  .before = cx_spot_evidence(t->before_idle),
                                  .data = cx_spot_evidence(t->woke),
                                  .last = p->at};
    cx_flow_tell(f, cx_flow_at(f, t->flow), e);
}

void cx_tcp_count_idle(cx_flows *f, cx_tcp *t, const cx_l4 *p, uint8_t dir)
{
    if (dir == CX_FROM_SERVER) {
        if (t->woke.frame && t->resent >= CX_LEAST_RESENT)
            tell_unheard(f, t, p, 0);
        t->woke.frame = 0;
        return;
    }
    if (!p->payload_wire || p->tcp_flags & (CX_TCP_FLAG_SYN | CX_TCP_FLAG_RST) ||
        !(t->state & (CX_TCP_IS_CONNECTED | CX_TCP_IS_MID)) || t->state & CX_TCP_IS_ENDED)
        return;
    if (!t->woke.frame && t->last.frame && cx_ns_between(p->at.ts_ns, t->last.ts_ns) >= IDLE_NS) {
        t->before_idle = t->last;
        t->woke = cx_spot_of(&p->at);
        t->resent = 0;
    } else if (t->woke.frame && !f->has_new && ++t->resent >= CX_LEAST_RESENT) {
        tell_unheard(f, t, p, t->resent);
    }
}
