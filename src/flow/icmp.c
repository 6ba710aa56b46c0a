/* ICMP errors (RFC 792, RFC 4443): each is an event, tied to the conversation that it quotes. */
#include "flow/flow.h"
#include "net/transport.h"

static bool is_error(const cx_ev_icmp *i)
{
    if (i->v6)
        return i->type >= 1 && i->type <= 4; /* RFC 4443 2.1: below 128; 5 to 99 are not assigned */
    return i->type == 3 || i->type == 4 || i->type == 5 || i->type == 11 || i->type == 12;
}

/* Is it what begins a conversation: a SYN, or a request to a port that somebody reads? Answers that
 * find the client gone are none: it did not get them. */
static bool begins(const cx_flows *f, const cx_l4 *p)
{
    const uint8_t flags = CX_TCP_FLAG_SYN | CX_TCP_FLAG_ACK | CX_TCP_FLAG_RST | CX_TCP_FLAG_FIN;
    if (p->src.proto == CX_IPPROTO_TCP)
        return (p->tcp_flags & flags) == CX_TCP_FLAG_SYN;
    return cx_interest_port(&f->interest, CX_OVER_UDP, p->dst.port) &&
           !cx_slice_istarts(p->payload, "SIP/2.0");
}

/* The conversation that an error is about. Where its packets are not in the capture, which has one
 * direction or began later, the one that is quoted stands for them. */
static cx_flow *find_quoted(cx_flows *f, const cx_l4 *p, uint8_t *dir)
{
    const cx_ev_icmp *icmp = &p->icmp;
    cx_l4 quoted;
    if (!icmp->quoted_src.family)
        return NULL;
    cx_flow *flow = cx_flow_find(f, &icmp->quoted_src, &icmp->quoted_dst, p->path, dir);
    if (flow || !cx_icmp_is_unreachable(icmp) || !cx_icmp_quoted(p, &quoted) || !begins(f, &quoted))
        return flow;
    cx_flow_packet(f, &quoted);
    return cx_flow_find(f, &icmp->quoted_src, &icmp->quoted_dst, p->path, dir);
}

void cx_icmp_packet(cx_flows *f, const cx_l4 *p)
{
    cx_event e = {.kind = CX_EV_ICMP,
                  .stream = CX_NO_STREAM,
                  .dir = CX_FROM_CLIENT,
                  .client = p->src,
                  .server = p->dst,
                  .at = p->at,
                  .u.icmp = p->icmp};
    uint8_t dir = CX_FROM_CLIENT;
    cx_flow *flow;
    if (!is_error(&p->icmp))
        return;
    if (cx_flow_is_copy(f, p, cx_duplicate_print(p), 0))
        return;
    flow = find_quoted(f, p, &dir);
    if (flow) {
        const cx_tcp *t = cx_tcp_of(f, flow);
        e.flow = flow->id;
        e.stream = t ? t->stream : CX_NO_STREAM;
    }
    cx_flow_tell(f, NULL, &e);
    if (flow && flow->tcp && cx_icmp_is_unreachable(&p->icmp))
        cx_tcp_unreachable(f, flow, dir, p);
}
