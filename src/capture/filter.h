/* Which packets the person wants: a BPF expression (pcap-filter(7)), for any link type. */
#pragma once

#include "base/status.h"
#include "capture/packet.h"

typedef struct cx_filter cx_filter;

/* CX_USAGE: the expression does not compile for this link type (why); CX_NO_MEMORY. */
CX_USE cx_status cx_filter_new(const char *expression, uint16_t link, cx_filter **ret,
                               char why[256]);

/* Is the packet wanted? A first fragment of IPv6 is also when it would be as a whole datagram.
 * Later fragments have no ports: they are wanted when the first fragment of their datagram was. */
bool cx_filter_wants(cx_filter *f, const cx_packet *p);

void cx_filter_free(cx_filter *f);
