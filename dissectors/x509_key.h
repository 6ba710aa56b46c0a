/* A certificate as an object of OpenSSL, its public key, and what that key signed. */
#pragma once

#include "base/slice.h"

#include <openssl/x509.h>

/* A certificate (RFC 5280 4.1) whose key is not read: X509_get0_pubkey has none. The caller frees
 * it. NULL: the bytes are no certificate, or have bytes behind it, or there is no memory. */
X509 *cx_x509_parse(cx_slice der);

/* The key of such a certificate; the caller frees it. NULL: OpenSSL does not know the algorithm,
 * the key is broken, or there is no memory. Leaves what OpenSSL noted of a failure. */
EVP_PKEY *cx_x509_key(const X509 *x);

/* Is it signed with that key (RFC 5280 4.1.1.3)? der is what x was read from. */
bool cx_x509_is_signed_by(const X509 *x, cx_slice der, EVP_PKEY *key);

/* Makes what parsing and keys keep from their first use on now, so that a process that is forked
 * from this one has it. */
void cx_x509_warm_up(void);
