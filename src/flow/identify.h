/* Which dissector reads these bytes: masks and ports choose who is asked, its probe decides. */
#pragma once

#include "flow/interest.h"

#define CX_MAX_PROBED                                                                              \
    32768u /* bytes; the longest TLS record is 18 KiB: who cannot tell then is not it */

typedef struct cx_identify {
    const cx_interest *interest; /* whose list it is; the first CX_ASKED of it are asked */
    uint8_t transport;           /* CX_OVER_TCP or CX_OVER_UDP */
    uint16_t ports[2];           /* of the conversation */
    uint64_t excluded;           /* bit per place in the list: not asked */
    const cx_dissector *hint;    /* reads the other direction: asked first; or NULL */
} cx_identify;

/* YES: *ret is it. MAYBE: *ret may be it, more bytes tell. NO: none; *ret is untouched. */
cx_match cx_identify_first(const cx_identify *i, const cx_chunk *first, const cx_dissector **ret);
