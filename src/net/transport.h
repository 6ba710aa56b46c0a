/* Transport headers: TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792), ICMPv6 (RFC 4443). */
#pragma once

#include "net/decode.h"
#include "net/ip.h"

/* Reads the header at the start of ip->payload into out: ports, flags, payload, or the ICMP part.
 * CX_TRUNCATED, CX_MALFORMED, CX_UNSUPPORTED (another protocol); *ret_what is static text then. */
CX_USE cx_status cx_transport_read(const cx_ip *ip, cx_l4 *out, const char **ret_what);

/* The packet that an ICMP error is about, as one of its own with the time, frame and path of the
 * error, as far as its sender quoted it (RFC 792: at least 8 bytes behind the IP header; RFC
 * 1812 4.3.2.3: most quote more). False: a part of a datagram, another protocol, or not even its
 * whole header. */
bool cx_icmp_quoted(const cx_l4 *error, cx_l4 *ret);

/* The name of an IP protocol that carries no transport header known here, static. */
const char *cx_transport_name(uint8_t proto);
