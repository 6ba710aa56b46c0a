/* The parts of a certificate, without and with its public key. */
#pragma once

#include "base/slice.h"

#include <openssl/x509.h>

/* A certificate (RFC 5280 4.1) whose key is not read: X509_get0_pubkey has none. The caller frees
 * it. NULL: the bytes are no certificate, or there is no memory. *ret_end is behind what was read.
 */
X509 *cx_x509_parse(cx_slice der, const unsigned char **ret_end);

/* The key of such a certificate; the caller frees it. NULL: OpenSSL does not know the algorithm,
 * the key is broken, or there is no memory. Leaves what OpenSSL noted of a failure. */
EVP_PKEY *cx_x509_key(const X509 *x);

/* Is it signed with that key (RFC 5280 4.1.1.3)? der is what x was read from. */
bool cx_x509_is_signed_by(const X509 *x, cx_slice der, EVP_PKEY *key);

/* Makes what the two keep for the first certificates now, so that a process that is forked from
 * this one has it. */
void cx_x509_warm_up(void);
