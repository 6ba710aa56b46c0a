/* Are chains of certificates trusted by the roots that the person gave? Verified as of the time of
 * their packets, not of today. */
#pragma once

#include "event/event.h"

typedef struct cx_trust cx_trust;

/* NULL: no memory. */
cx_trust *cx_trust_new(void);
void cx_trust_free(cx_trust *t);

/* Adds the certificates of a PEM file (RFC 7468). They are trusted as they are: roots, or
 * intermediates or servers' certificates that the person trusts. *ret: how many.
 *
 * CX_IO: the file cannot be read (errno); CX_MALFORMED: a block in it is no certificate;
 * CX_NO_MEMORY.
 */
CX_USE cx_status cx_trust_add_file(cx_trust *t, const char *path, uint32_t *ret);

/* Verifies a chain (RFC 5280 6.1): der[0] is the leaf, the others may help in any order. at_ns:
 * time as of which. Dates have rules of their own: they are looked at last, and dated is the answer
 * when nothing else is wrong. Names, purposes and revocation are not looked at.
 *
 * *ret_why: text of OpenSSL for the first fault, static; NULL with CX_CHAIN_TRUSTED and
 * CX_CHAIN_UNKNOWN. Unknown: the leaf cannot be read, or a key is larger than any in use. */
cx_chain_trust cx_trust_verify(cx_trust *t, const cx_slice *der, uint32_t n, int64_t at_ns,
                               const char **ret_why);
