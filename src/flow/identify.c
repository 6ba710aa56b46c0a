/* Asks the dissectors in order (identify.h): the one of the other direction, then those whose port
 * it is, then the rest; within each, in the order of their list. */
#include "flow/identify.h"

static uint64_t place_of(const cx_identify *i, const cx_dissector *d)
{
    for (size_t k = 0; d && k < CX_ASKED && i->interest->dissectors[k]; k++)
        if (i->interest->dissectors[k] == d)
            return UINT64_C(1) << k;
    return 0;
}

cx_match cx_identify_first(const cx_identify *i, const cx_chunk *first, const cx_dissector **ret)
{
    const uint64_t all = i->interest->over[i->transport == CX_OVER_UDP] & ~i->excluded;
    const uint64_t hinted = all & place_of(i, i->hint);
    const uint64_t fits = cx_interest_whose(i->interest, i->transport, i->ports[0]) |
                          cx_interest_whose(i->interest, i->transport, i->ports[1]);
    const uint64_t rounds[3] = {hinted, all & fits & ~hinted, all & ~fits & ~hinted};
    const cx_dissector *maybe = NULL;
    cx_chunk asked = *first;
    for (int round = 0; round < 3; round++)
        for (uint64_t left = rounds[round]; left; left &= left - 1) {
            const int k = __builtin_ctzll(left);
            const cx_dissector *d = i->interest->dissectors[k];
            if (round == 2 && !cx_interest_mask(d, first->bytes))
                continue;
            asked.on_port = fits >> k & 1;
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
