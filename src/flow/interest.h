/* Which conversations are worth a stream: those on a port of a dissector, and those whose first
 * payload looks like one. Everything else is counted and never held. */
#pragma once

#include "flow/dissector.h"

#define CX_FIRST_PACKETS 4u /* payload packets of each direction that are looked at */

#define CX_ASKED         64u /* dissectors of a list that are asked who reads something */
#define CX_INTEREST_ROWS (8u * CX_ASKED) /* ports of them */

#define CX_LATE_MASKS 16u /* masks that are tried on every packet that nobody reads; 8 today */

typedef struct cx_interest {
    const cx_dissector *const *dissectors; /* NULL at the end */
    uint64_t ports[2][1024];               /* a bit per port: of TCP, of UDP */
    uint64_t services[1024];               /* those and the ports of servers near a sign-in */
    uint64_t late_mask[CX_LATE_MASKS], late_value[CX_LATE_MASKS]; /* of all dissectors, as
                                                                   * in cx_mask */
    size_t n_late;
    uint64_t over[2]; /* bits of places in the list: who reads TCP, UDP */
    struct {
        uint64_t dissectors; /* likewise: whose port it is */
        uint16_t port;
    } row[CX_INTEREST_ROWS]; /* by port, with linear probing; port 0: free */
} cx_interest;

void cx_interest_init(cx_interest *i, const cx_dissector *const *dissectors);

/* Is it a port of a dissector over this transport (CX_OVER_…)? */
static inline bool cx_interest_port(const cx_interest *i, uint8_t transport, uint16_t port)
{
    return i->ports[transport == CX_OVER_UDP][port >> 6] >> (port & 63) & 1;
}

/* The row of this port, or the one to put it in. There are as many as dissectors may name. */
static inline size_t cx_interest_row(const cx_interest *i, uint16_t port)
{
    size_t r = port % CX_INTEREST_ROWS;
    while (i->row[r].port && i->row[r].port != port)
        r = (r + 1) % CX_INTEREST_ROWS;
    return r;
}

/* Whose port is it over this transport? Bits of places in the list. */
static inline uint64_t cx_interest_whose(const cx_interest *i, uint8_t transport, uint16_t port)
{
    if (!cx_interest_port(i, transport, port))
        return 0;
    return i->row[cx_interest_row(i, port)].dissectors & i->over[transport == CX_OVER_UDP];
}

/* Do the first bytes fit a mask of d? Of fewer than 8 those that are there count. */
bool cx_interest_mask(const cx_dissector *d, cx_slice first);

/* Is it a port that servers listen on? */
static inline bool cx_interest_service(const cx_interest *i, uint16_t port)
{
    return i->services[port >> 6] >> (port & 63) & 1;
}

/* May a protocol begin here that can begin at any segment (STARTTLS and the like)? */
static inline bool cx_interest_late(const cx_interest *i, cx_slice bytes)
{
    uint64_t first;
    if (bytes.len < sizeof first)
        return false;
    memcpy(&first, bytes.p, sizeof first);
    for (size_t k = 0; k < i->n_late; k++)
        if ((first & i->late_mask[k]) == i->late_value[k])
            return true;
    return false;
}
