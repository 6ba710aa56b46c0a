/* DNS messages that are read where their events are used (dns_unread.h). */
#include "dissectors/dns_unread.h"

#include "dissectors/dns_message.h"

#include <stddef.h>

void cx_dns_tell_unread(const cx_event *unread, cx_arena *scratch, cx_event_sink to)
{
    const cx_ev_dns *was = &unread->u.dns;
    const cx_dns_message m = cx_dns_datagram(was->unread, was->cut, unread->kind);
    const char *reason;
    cx_event e;
    memcpy(&e, unread, offsetof(cx_event, u));
    if (cx_dns_read(&m, scratch, &e.u.dns, &reason)) {
        e.u.dns.udp = was->udp;
        e.u.dns.in_part = was->in_part;
        to.event(to.self, &e);
    }
    if (reason) {
        e.kind = CX_EV_MALFORMED;
        e.u.malformed =
            (cx_ev_malformed){.dissector = cx_dns_name_of(unread->kind), .reason = reason};
        to.event(to.self, &e);
    }
    cx_arena_reset(scratch);
}
