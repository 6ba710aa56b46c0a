/* RSA private keys of servers: they open the pre-master secret of sessions with RSA key exchange
 * (RFC 5246 7.4.7.1), and no others. The private numbers lie in OpenSSL's secure heap. */
#pragma once

#include "tls/crypto.h"

typedef struct cx_tls_rsa cx_tls_rsa;

/* Who knows the passphrase of an encrypted key. Writes it, no NUL needed, and gives its length; -1:
 * there is none. Called at most once per file. */
typedef struct cx_tls_passphrase {
    int (*ask)(void *self, char *to, size_t room);
    void *self;
} cx_tls_passphrase;

/* NULL: no memory. crypto outlives it. */
cx_tls_rsa *cx_tls_rsa_new(cx_tls_crypto *crypto);
void cx_tls_rsa_free(cx_tls_rsa *r);

/* Does it look like a file of keys: PEM, or DER of a sequence (PKCS#1, PKCS#8, PKCS#12)? */
bool cx_tls_rsa_looks(cx_slice file);

/* Adds each RSA private key of a file (PEM, also encrypted; DER of PKCS#1 or PKCS#8; PKCS#12).
 * passphrase NULL: none. CX_MALFORMED: no private key; CX_UNSUPPORTED: none of RSA, or more than
 * CX_MAX_RSA_BITS; CX_USAGE: a passphrase is needed, or this one is wrong; CX_LIMIT: there are
 * CX_MAX_RSA_KEYS already; CX_NO_MEMORY. */
CX_USE cx_status cx_tls_rsa_add(cx_tls_rsa *r, cx_slice file, const cx_tls_passphrase *passphrase);

size_t cx_tls_rsa_count(const cx_tls_rsa *r);

/* The key of a certificate (DER), by its public numbers. False: none of ours, or no certificate
 * that OpenSSL can read. */
bool cx_tls_rsa_match(const cx_tls_rsa *r, cx_slice certificate, size_t *ret_key);

/* Opens the body of a ClientKeyExchange with key number `key`. offered: ClientHello.client_version,
 * which the secret repeats; used: the negotiated one, which some old clients put there. Padding is
 * taken off here: OpenSSL answers wrong padding with random bytes, to hide it from attackers.
 * CX_MALFORMED: not encrypted to this key; CX_NO_MEMORY. */
CX_USE cx_status cx_tls_rsa_open(const cx_tls_rsa *r, size_t key, cx_slice exchange,
                                 uint16_t offered, uint16_t used, uint8_t ret_premaster[48]);
