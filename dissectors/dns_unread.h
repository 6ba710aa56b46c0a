/* DNS messages that are read where their events are used. Where events go to another thread, which
 * has time left, a datagram goes there as it is: that is shorter than what it says, and takes the
 * thread that reads packets next to nothing. */
#pragma once

#include "base/arena.h"
#include "event/event.h"

/* Does the event hold a message that nobody has read yet (cx_emit.unread)? */
static inline bool cx_dns_is_unread(const cx_event *e)
{
    return (CX_BIT(e->kind) &
            (CX_BIT(CX_EV_DNS) | CX_BIT(CX_EV_LLMNR) | CX_BIT(CX_EV_MDNS) | CX_BIT(CX_EV_NBNS))) &&
           e->u.dns.unread.p;
}

/* Reads it and tells what the dissector would have told: the message, its damage, or both. Only the
 * time of the answer (rtt_ns) is missing, for questions are not remembered. scratch: emptied
 * afterwards. */
void cx_dns_tell_unread(const cx_event *unread, cx_arena *scratch, cx_event_sink to);
