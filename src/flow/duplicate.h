/* Packets that a capture holds twice: mirror ports and "any" devices see one packet at several
 * places. A copy has all that its sender gave it; routers on the way change its hop limit, switches
 * its tags, network cards its checksum. What a host sends again is no copy. */
#pragma once

#include "net/decode.h"

typedef struct cx_duplicates cx_duplicates;

/* Of fixed size. NULL: no memory. */
cx_duplicates *cx_duplicates_new(void);
void cx_duplicates_free(cx_duplicates *d);

/* A number that the packet shares with its copies, of what is the same in all of them. */
uint64_t cx_duplicate_print(const cx_l4 *p);

/* Makes the line of memory ready that cx_duplicates_check will look at. */
void cx_duplicates_prefetch(const cx_duplicates *d, uint64_t print);

/* Is this packet a copy of an earlier one? True: *ret is where that one was seen. False: it is
 * remembered itself. flow: the same for all packets of its conversation, and not foreseeable, as
 * the print is. */
bool cx_duplicates_check(cx_duplicates *d, const cx_l4 *p, uint64_t print, uint32_t flow,
                         cx_evidence *ret);
