/* The lane behind record.h: record.c opens records in order, recover.c finds the place again. */
#pragma once

#include "tls/record.h"

#include <openssl/evp.h>

struct cx_tls_lane {
    cx_tls_crypto *crypto;
    cx_tls_vault *vault;
    uint64_t *work;
    cx_tls_protection how;
    const cx_tls_cipher_shape *shape;
    unsigned mac_len; /* bytes on the wire; 0: AEAD */
    EVP_CIPHER_CTX *cipher;
    EVP_MAC_CTX *hmac; /* NULL: AEAD, SSL 3.0 */
    uint8_t mac_key[48];
    uint8_t iv[16]; /* CBC before TLS 1.1: of the next record; AEAD: the fixed nonce */
    bool iv_known;
    uint64_t seq; /* of the next record, as far as known */
    uint64_t opened;
    unsigned failed;     /* records in a row that did not verify */
    bool unsure;         /* bytes were lost behind seq */
    uint64_t lost;       /* that many, records that failed since included; or CX_TLS_UNKNOWN */
    uint64_t nonce_lead; /* explicit nonce minus sequence number, of the latest record opened */
};

/* Bytes of a record that are told apart from its MAC. */
typedef struct cx_tls_unsealed {
    cx_slice content;
    const uint8_t *mac; /* mac_len bytes */
} cx_tls_unsealed;

static inline bool cx_tls_is_aead(const cx_tls_lane *l)
{
    return l->shape->tag != 0;
}

/* The explicit nonce of a record that has one. */
static inline uint64_t cx_tls_nonce(cx_slice body)
{
    uint64_t n = 0;
    for (size_t i = 0; i < 8 && i < body.len; i++)
        n = n << 8 | body.p[i];
    return n;
}

/* Does the record carry 8 bytes of its nonce (TLS 1.2: RFC 5288 3, RFC 6655 3)? */
static inline bool cx_tls_explicit_nonce(const cx_tls_lane *l)
{
    return l->how.version < CX_TLS_TLS13 && l->shape->kind != CX_TLS_CHACHA;
}

/* Is the MAC behind the ciphertext (RFC 7366)? */
static inline bool cx_tls_mac_outside(const cx_tls_lane *l)
{
    return l->how.etm && l->shape->kind == CX_TLS_CBC;
}

/* AEAD: tries the record with that number. */
bool cx_tls_try_aead(cx_tls_lane *l, uint64_t seq, const cx_tls_record *r, uint8_t *room,
                     cx_tls_opened *ret);

/* MAC suites: deciphers with `cipher` (a stream moves on by it). False: it cannot be such a record.
 * With encrypt-then-MAC nothing is deciphered yet: content is what the MAC covers. */
bool cx_tls_unseal(cx_tls_lane *l, EVP_CIPHER_CTX *cipher, const cx_tls_record *r, uint8_t *room,
                   cx_tls_unsealed *ret);

/* Does the MAC fit that number? */
bool cx_tls_mac_fits(cx_tls_lane *l, uint64_t seq, const cx_tls_record *r,
                     const cx_tls_unsealed *u);

/* What the verified bytes say. False: the padding is wrong. */
bool cx_tls_finish(cx_tls_lane *l, const cx_tls_record *r, const cx_tls_unsealed *u, uint8_t *room,
                   cx_tls_opened *ret);

/* Moves a stream cipher on. False: the cipher failed. */
bool cx_tls_move_on(EVP_CIPHER_CTX *cipher, uint64_t n);

/* recover.c: the place of this record behind a loss, and its content. *ret_seq: its number. */
bool cx_tls_search(cx_tls_lane *l, const cx_tls_record *r, uint8_t *room, cx_tls_opened *ret,
                   uint64_t *ret_seq);
