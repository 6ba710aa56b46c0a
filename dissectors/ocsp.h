/* Responses of OCSP (RFC 6960) as values; emits nothing itself. */
#pragma once

#include "event/event.h"

/* Reads an OCSPResponse in DER. *ret: at most CX_MAX_OCSP answers in scratch, *ret_n of them.
 *
 * CX_MALFORMED: no such response, one with bytes behind it, or one that exceeds
 * CX_MAX_OCSP_RESPONSE bytes; a response that says no more than that the responder failed is one
 * without answers. CX_NO_MEMORY. Keeps nothing; both outputs are untouched on failure. */
CX_USE cx_status cx_ocsp_read(cx_slice der, cx_arena *scratch, const cx_ocsp **ret,
                              uint32_t *ret_n);
