/* What a TCP connection has come to, as an event (tcp_parts.h). */
#include "flow/tcp_parts.h"

/* The other side acknowledged bytes behind the last that was seen, or this side itself counts them
 * as sent in a packet without payload. A FIN takes one number. Where the capture begins within the
 * connection and nothing of this side was seen, the first number that is known stands for the last
 * byte; a keep-alive is one less (RFC 9293 3.8.4). */
static bool has_unseen(const cx_tcp_half *h)
{
    if (!h->has_next && !h->has_base)
        return false;
    uint32_t end = (h->has_next ? h->next : h->base + 1) + (h->fin.frame != 0);
    if (!h->has_next && !h->has_start)
        end++;
    return (h->has_acked && cx_seq_before(end, h->acked)) ||
           (h->has_stands && cx_seq_before(end, h->stands));
}

static void fill_side(cx_tcp_side *ret, const cx_tcp_half *h)
{
    *ret = (cx_tcp_side){.bytes = h->bytes,
                         .packets = h->packets,
                         .retransmissions = h->retransmissions,
                         .stalled_ns = h->stalled_ns,
                         .stalled = cx_spot_evidence(h->stalled),
                         .stuck_len = h->stuck_times ? h->stuck_len : 0,
                         .stuck_times = h->stuck_times,
                         .hole = cx_tcp_hole(h),
                         .largest = h->largest,
                         .passed = h->passed,
                         .repeated_acks = h->repeated_acks,
                         .first_data = cx_spot_evidence(h->first_data),
                         .last_data = cx_spot_evidence(h->last_data),
                         .fin = cx_spot_evidence(h->fin),
                         .rst = cx_spot_evidence(h->rst),
                         .ttl = h->ttl,
                         .rst_ttl = h->rst_ttl,
                         .mss = h->mss,
                         .acked = h->bytes && h->has_acked && !cx_seq_before(h->acked, h->next),
                         .unseen = has_unseen(h)};
}

cx_event *cx_tcp_event(cx_flows *f, const cx_tcp *t, cx_tcp_what what, uint8_t dir, cx_evidence at)
{
    cx_event *e = &f->event;
    cx_ev_tcp *tcp = &e->u.tcp;
    e->kind = CX_EV_TCP;
    e->dir = dir;
    e->at = at;
    *tcp = (cx_ev_tcp){.what = what};
    tcp->n_syns = t->n_syns;
    if (t->n_syns) {
        tcp->syn[0] = cx_spot_evidence(t->syn);
        for (uint32_t i = 1; i < CX_MAX_SYNS && i < t->n_syns; i++)
            tcp->syn[i] =
                t->more_syns ? cx_spot_evidence(t->more_syns[i - 1]) : (cx_evidence){.frame = 0};
        int64_t observed = cx_ns_between(f->clock_ns, t->syn.ts_ns);
        tcp->observed_ns = observed > 0 ? observed : 0;
    }
    tcp->answer = cx_spot_evidence(t->answer);
    tcp->refusals = t->refusals;
    tcp->rtt_ns = t->rtt_ns;
    tcp->mid_stream = t->state & CX_TCP_IS_MID;
    tcp->bare_syn = t->state & CX_TCP_IS_BARE;
    tcp->one_sided = !t->half[0].packets || !t->half[1].packets;
    tcp->closed_by = t->first_close;
    for (int i = 0; i < 2; i++) {
        fill_side(&tcp->side[i], &t->half[i]);
        tcp->side[i].unsummed = t->state & ((uint32_t)CX_TCP_IS_UNSUMMED << i);
    }
    return e;
}

void cx_tcp_tell(cx_flows *f, const cx_tcp *t, cx_tcp_what what, uint8_t dir, cx_evidence at)
{
    cx_flow_tell(f, cx_flow_at(f, t->flow), cx_tcp_event(f, t, what, dir, at));
}
