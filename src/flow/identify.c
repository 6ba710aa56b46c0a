/* Asks the dissectors in order (identify.h): the one of the other direction, then those whose port
 * it is, then the rest; within each, in the order of their list. */
#include "flow/identify.h"

static bool port_fits(const cx_identify *i, const cx_dissector *d)
{
    return cx_interest_port_of(d, i->ports[0]) || cx_interest_port_of(d, i->ports[1]);
}

cx_match cx_identify_first(const cx_identify *i, const cx_chunk *first, const cx_dissector **ret)
{
    const cx_dissector *maybe = NULL;
    for (int round = 0; round < 3; round++)
        for (size_t k = 0; k < 64 && i->dissectors[k]; k++) {
            const cx_dissector *d = i->dissectors[k];
            bool hinted = d == i->hint, fits = port_fits(i, d);
            if (!(d->transports & i->transport) || (i->excluded >> k & 1))
                continue;
            if (round != (hinted ? 0 : fits ? 1 : 2))
                continue;
            if (!hinted && !fits && !cx_interest_mask(d, first->bytes))
                continue;
            cx_chunk asked = *first;
            asked.on_port = fits;
            cx_match match = d->probe ? d->probe(&asked) : CX_MATCH_YES;
            if (match == CX_MATCH_YES) {
                *ret = d;
                return match;
            }
            if (match == CX_MATCH_MAYBE && !maybe && first->bytes.len < CX_MAX_PROBED)
                maybe = d;
        }
    if (!maybe)
        return CX_MATCH_NO;
    *ret = maybe;
    return CX_MATCH_MAYBE;
}
