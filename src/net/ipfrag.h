/* IP fragments put together (RFC 791 3.2, RFC 8200 4.5, RFC 5722), as hosts do it: the first copy
 * of a byte wins in IPv4; an overlap spoils the datagram in IPv6. Memory is capped (limits.h); what
 * stays incomplete for 30 s of capture time is dropped. */
#pragma once

#include "net/ip.h"

typedef struct cx_ipfrag cx_ipfrag;

/* NULL: no memory. */
cx_ipfrag *cx_ipfrag_new(void);
void cx_ipfrag_free(cx_ipfrag *f);

/* Takes one fragment (ip->fragment). CX_OK: with it the datagram is whole; ip->payload, ip->wire
 * and ip->proto are now those of the datagram, in memory that lives until cx_ipfrag_release.
 * CX_NEED_MORE: held back, or a copy of a fragment that was held. CX_TRUNCATED: the capture cut it.
 * CX_MALFORMED: impossible, or it spoils its datagram. CX_NO_MEMORY. */
CX_USE cx_status cx_ipfrag_push(cx_ipfrag *f, cx_ip *ip, int64_t ts_ns);

/* Gives back the datagrams that were completed so far. */
void cx_ipfrag_release(cx_ipfrag *f);

/* Fragments taken that belong to no complete datagram, so far. */
uint64_t cx_ipfrag_lost(const cx_ipfrag *f);

/* Those of them that were given up because more datagrams were incomplete than are kept. */
uint64_t cx_ipfrag_evicted(const cx_ipfrag *f);
