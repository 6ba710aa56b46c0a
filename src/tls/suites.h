/* Cipher suites: what the number in a ServerHello says about keys, cipher, MAC and PRF (IANA
 * registry; RFC 5246 A.5, C; RFC 8446 B.4). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum cx_tls_kx {
    CX_TLS_KX_RSA, /* pre-master secret encrypted to the key of the certificate */
    CX_TLS_KX_DH,  /* static */
    CX_TLS_KX_DHE,
    CX_TLS_KX_ECDH, /* static */
    CX_TLS_KX_ECDHE,
    CX_TLS_KX_ANON, /* (EC)DHE without a certificate */
    CX_TLS_KX_PSK,
    CX_TLS_KX_DHE_PSK,
    CX_TLS_KX_ECDHE_PSK,
    CX_TLS_KX_RSA_PSK,
    CX_TLS_KX_SRP,
    CX_TLS_KX_KRB5,
    CX_TLS_KX_ECCPWD,
    CX_TLS_KX_ECJPAKE,
    CX_TLS_KX_TLS13 /* settled by extensions */
} cx_tls_kx;

/* How records are protected: each kind has a construction of its own (record.h). */
typedef enum cx_tls_kind {
    CX_TLS_NO_CIPHER, /* MAC only */
    CX_TLS_STREAM,
    CX_TLS_CBC,
    CX_TLS_GCM,
    CX_TLS_CCM,
    CX_TLS_CHACHA
} cx_tls_kind;

typedef enum cx_tls_hash {
    CX_TLS_AEAD, /* no MAC: the cipher has a tag */
    CX_TLS_MD5,
    CX_TLS_SHA1,
    CX_TLS_SHA256,
    CX_TLS_SHA384,
    CX_TLS_SM3,
    CX_TLS_MD5_SHA1, /* both, one behind the other: PRF and transcripts before TLS 1.2 */
    CX_TLS_HASHES
} cx_tls_hash;

typedef enum cx_tls_cipher {
#define CIPHER(name, evp, kind, material, key, iv, tag) CX_TLS_CIPHER_##name,
#include "tls/suites.def"
#undef CIPHER
    CX_TLS_CIPHERS
} cx_tls_cipher;

typedef struct cx_tls_cipher_shape {
    const char *evp; /* name in OpenSSL; NULL: none */
    cx_tls_kind kind;
    uint8_t material; /* bytes of each key in the key block */
    uint8_t key;      /* bytes of the key; more than material: an export suite */
    uint8_t iv;       /* bytes of the block and IV, or of the fixed part of the nonce (TLS 1.2) */
    uint8_t tag;      /* bytes; 0: a MAC instead */
} cx_tls_cipher_shape;

typedef struct cx_tls_suite {
    uint16_t id;
    uint8_t kx;     /* cx_tls_kx */
    uint8_t cipher; /* cx_tls_cipher */
    uint8_t mac;    /* cx_tls_hash; CX_TLS_AEAD: none */
    uint8_t prf;    /* cx_tls_hash of the PRF of TLS 1.2, or of HKDF in TLS 1.3 */
} cx_tls_suite;

/* The suite of that number, in static storage. NULL: not known, or no OpenSSL has its cipher. */
const cx_tls_suite *cx_tls_suite_find(uint16_t id);

const cx_tls_cipher_shape *cx_tls_cipher_shape_of(cx_tls_cipher cipher);

/* Bytes of a digest. 0: CX_TLS_AEAD. */
unsigned cx_tls_hash_len(cx_tls_hash hash);

/* Its name in OpenSSL. NULL: CX_TLS_AEAD. */
const char *cx_tls_hash_name(cx_tls_hash hash);

/* Is the secret made by Diffie-Hellman or from a key that was agreed before, so that the private
 * key of the certificate cannot give it? */
static inline bool cx_tls_kx_hides(cx_tls_kx kx)
{
    return kx != CX_TLS_KX_RSA;
}

/* An export suite: keys of 40 or 56 bits (RFC 2246 6.3.1). */
static inline bool cx_tls_suite_export(const cx_tls_suite *suite)
{
    return suite->cipher == CX_TLS_CIPHER_DES_CBC_56 ||
           cx_tls_cipher_shape_of((cx_tls_cipher)suite->cipher)->key !=
               cx_tls_cipher_shape_of((cx_tls_cipher)suite->cipher)->material;
}
