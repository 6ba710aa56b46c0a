/* OpenSSL as decryption uses it: a library context of its own with the default and the legacy
 * provider, and the algorithms in it, fetched once. One per process and thread; make it before
 * anything forbids opening files, since providers are files. */
#pragma once

#include "base/slice.h"
#include "base/status.h"
#include "tls/suites.h"

#include <openssl/evp.h>
#include <openssl/types.h>

typedef struct cx_tls_crypto cx_tls_crypto;

/* NULL: no memory, or OpenSSL has no default provider. */
cx_tls_crypto *cx_tls_crypto_new(void);
void cx_tls_crypto_free(cx_tls_crypto *c);

/* Is there a legacy provider? Without it RC4, DES, RC2, SEED and IDEA are not available. */
bool cx_tls_crypto_has_legacy(const cx_tls_crypto *c);

OSSL_LIB_CTX *cx_tls_crypto_context(const cx_tls_crypto *c);

/* Borrowed. NULL: not available in this OpenSSL (CX_TLS_CIPHER_NULL: there is none to have). */
const EVP_CIPHER *cx_tls_crypto_cipher(cx_tls_crypto *c, cx_tls_cipher cipher);
const EVP_MD *cx_tls_crypto_hash(cx_tls_crypto *c, cx_tls_hash hash);

/* Is all there that records of this suite need? */
bool cx_tls_crypto_can(cx_tls_crypto *c, const cx_tls_suite *suite);

/* A keyed HMAC (RFC 2104), the caller's (EVP_MAC_CTX_free). NULL: no memory, or hash not
 * available. */
EVP_MAC_CTX *cx_tls_crypto_hmac(cx_tls_crypto *c, cx_tls_hash hash, cx_slice key);

/* The digest of the parts, one behind the other; ret holds cx_tls_hash_len(hash) bytes.
 * CX_UNSUPPORTED: hash not available; CX_NO_MEMORY. */
CX_USE cx_status cx_tls_crypto_digest(cx_tls_crypto *c, cx_tls_hash hash, const cx_slice *parts,
                                      size_t n_parts, uint8_t *ret);

/* OpenSSL's "TLS1-PRF" and "HKDF"; borrowed, NULL: not available. */
EVP_KDF *cx_tls_crypto_prf(cx_tls_crypto *c);
EVP_KDF *cx_tls_crypto_hkdf(cx_tls_crypto *c);
