/* ICMP errors (RFC 792, RFC 4443): each is an event, tied to the conversation that it quotes. */
#include "flow/flow.h"

static bool is_error(const cx_ev_icmp *i)
{
    if (i->v6)
        return i->type >= 1 && i->type <= 4; /* RFC 4443 2.1: below 128; 5 to 99 are not assigned */
    return i->type == 3 || i->type == 4 || i->type == 5 || i->type == 11 || i->type == 12;
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
    cx_flow *flow = NULL;
    if (!is_error(&p->icmp))
        return;
    if (cx_flow_is_copy(f, p, cx_duplicate_print(p), 0))
        return;
    if (p->icmp.quoted_src.family)
        flow = cx_flow_find(f, &p->icmp.quoted_src, &p->icmp.quoted_dst, p->path, &dir);
    if (flow) {
        const cx_tcp *t = cx_tcp_of(f, flow);
        e.flow = flow->id;
        e.stream = t ? t->stream : CX_NO_STREAM;
    }
    cx_flow_tell(f, NULL, &e);
    if (flow && flow->tcp && cx_icmp_is_unreachable(&p->icmp))
        cx_tcp_unreachable(f, flow, dir, p);
}
