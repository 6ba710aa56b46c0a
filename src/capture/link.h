/* Link layers: from the first byte of a packet to its network header. Used by the decoder and, for
 * the fragments that a filter cannot see through, here. */
#pragma once

#include "base/cursor.h"

enum { CX_ETHERTYPE_IPV4 = 0x0800, CX_ETHERTYPE_IPV6 = 0x86dd };

/* Moves c, which stands at the first byte of a packet of this link type, to the network header;
 * *wire, the bytes on the wire from c on, goes along. CX_OK: *ret_ethertype is IPv4 or IPv6.
 * Otherwise *ret_what says in static text what is there or what could not be read: CX_TRUNCATED or
 * CX_MALFORMED (c->on_short): cut inside the link header; CX_UNSUPPORTED: another protocol than IP,
 * or (*ret_unknown) a link type that is not decoded. */
CX_USE cx_status cx_link_strip(uint16_t link, cx_cursor *c, uint32_t *wire, uint16_t *ret_ethertype,
                               const char **ret_what, bool *ret_unknown);
