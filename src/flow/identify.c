/* Asks the dissectors in order (identify.h): the one of the other direction, then those whose port
 * it is, then the rest; within each, in the order of their list. */
#include "flow/identify.h"

/* Bits of places in the list, of those that may be asked. */
typedef struct ranks {
    uint64_t hinted, fitting, others, fits; /* fits: with the hinted one */
} ranks;

static ranks rank(const cx_identify *i)
{
    ranks r = {.hinted = 0};
    for (size_t k = 0; k < 64 && i->dissectors[k]; k++) {
        const cx_dissector *d = i->dissectors[k];
        const uint64_t bit = UINT64_C(1) << k;
        if (!(d->transports & i->transport) || i->excluded & bit)
            continue;
        const bool fits =
            cx_interest_port_of(d, i->ports[0]) || cx_interest_port_of(d, i->ports[1]);
        r.fits |= fits ? bit : 0;
        *(d == i->hint ? &r.hinted : fits ? &r.fitting : &r.others) |= bit;
    }
    return r;
}

cx_match cx_identify_first(const cx_identify *i, const cx_chunk *first, const cx_dissector **ret)
{
    const ranks r = rank(i);
    const uint64_t rounds[3] = {r.hinted, r.fitting, r.others};
    const cx_dissector *maybe = NULL;
    cx_chunk asked = *first;
    for (int round = 0; round < 3; round++)
        for (uint64_t left = rounds[round]; left; left &= left - 1) {
            const int k = __builtin_ctzll(left);
            const cx_dissector *d = i->dissectors[k];
            if (round == 2 && !cx_interest_mask(d, first->bytes))
                continue;
            asked.on_port = r.fits >> k & 1;
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
