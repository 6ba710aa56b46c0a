/* Key schedules: from what a key log or a private key gives to the keys of records, one function
 * for each step (RFC 6101 6, RFC 2246 5 and 6.3, RFC 5246 5 and 6.3, RFC 7627 4, RFC 8446 7).
 *
 * Outputs are secrets: the caller wipes them. Every function answers CX_UNSUPPORTED when this
 * OpenSSL lacks an algorithm, CX_NO_MEMORY when it fails otherwise, and leaves its outputs alone
 * then. */
#pragma once

#include "tls/crypto.h"

#define CX_TLS_SSL30 0x0300
#define CX_TLS_TLS10 0x0301
#define CX_TLS_TLS11 0x0302
#define CX_TLS_TLS12 0x0303
#define CX_TLS_TLS13 0x0304

/* PRF of TLS 1.0 to 1.2 (RFC 5246 5): n bytes from secret, label and the two seeds, which may be
 * empty. hash: CX_TLS_MD5_SHA1 before TLS 1.2, else that of the suite. */
CX_USE cx_status cx_tls_prf(cx_tls_crypto *c, cx_tls_hash hash, cx_slice secret, const char *label,
                            cx_slice seed, cx_slice seed2, uint8_t *ret, size_t n);

/* n bytes as SSL 3.0 stretches a secret: MD5(secret + SHA1("A" + secret + seeds)) and so on with
 * "BB", "CCC" (RFC 6101 6.1, 6.2.2). n at most 26 * 16. */
CX_USE cx_status cx_tls_ssl3_stretch(cx_tls_crypto *c, cx_slice secret, cx_slice seed,
                                     cx_slice seed2, uint8_t *ret, size_t n);

/* The hash of the PRF and of transcripts (for the extended master secret) in that version. */
cx_tls_hash cx_tls_prf_hash(uint16_t version, const cx_tls_suite *suite);

typedef struct cx_tls_randoms {
    uint8_t client[32], server[32];
} cx_tls_randoms;

/* Master secret of SSL 3.0 to TLS 1.2. */
CX_USE cx_status cx_tls_master_secret(cx_tls_crypto *c, uint16_t version, const cx_tls_suite *suite,
                                      cx_slice premaster, const cx_tls_randoms *randoms,
                                      uint8_t ret[48]);

/* The extended one (RFC 7627 4); transcript: digest of the handshake messages from ClientHello to
 * ClientKeyExchange by cx_tls_prf_hash. */
CX_USE cx_status cx_tls_extended_master_secret(cx_tls_crypto *c, uint16_t version,
                                               const cx_tls_suite *suite, cx_slice premaster,
                                               cx_slice transcript, uint8_t ret[48]);

/* What one side writes records with; lengths as the suite says. */
typedef struct cx_tls_write_keys {
    uint8_t mac[48], key[32];
    uint8_t iv[16]; /* SSL 3.0, TLS 1.0: first IV; AEAD: fixed nonce, 12 bytes in TLS 1.3 */
} cx_tls_write_keys;

/* Keys of SSL 3.0 to TLS 1.2 from the master secret, those of export suites stretched. ret[0] is
 * what the client writes with. */
CX_USE cx_status cx_tls_key_block(cx_tls_crypto *c, uint16_t version, const cx_tls_suite *suite,
                                  const uint8_t master[48], const cx_tls_randoms *randoms,
                                  cx_tls_write_keys ret[2]);

/* HKDF-Expand-Label of TLS 1.3 with an empty context (RFC 8446 7.1). draft: number of the draft of
 * RFC 8446, which changed the labels; 0: the RFC. */
CX_USE cx_status cx_tls_expand_label(cx_tls_crypto *c, cx_tls_hash hash, unsigned draft,
                                     cx_slice secret, const char *label, uint8_t *ret, size_t n);

/* Keys of TLS 1.3 from a traffic secret (RFC 8446 7.3). */
CX_USE cx_status cx_tls_traffic_keys(cx_tls_crypto *c, const cx_tls_suite *suite, unsigned draft,
                                     cx_slice secret, cx_tls_write_keys *ret);

/* The traffic secret behind a KeyUpdate, as long as the one before (RFC 8446 7.2). */
CX_USE cx_status cx_tls_next_secret(cx_tls_crypto *c, const cx_tls_suite *suite, unsigned draft,
                                    cx_slice secret, uint8_t *ret);
