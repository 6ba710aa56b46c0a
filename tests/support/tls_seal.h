/* Makes protected TLS records, for tests: written from the RFCs with OpenSSL's plain ciphers,
 * digests and HMACs, apart from the code under test. Programs that still speak the old forms are
 * rare; what they make is in tests/data/tlskeys. */
#pragma once

#include "tls/record.h"

#include <openssl/evp.h>

typedef struct test_sealer {
    cx_tls_protection how;
    cx_tls_write_keys keys;
    EVP_CIPHER_CTX *cipher;
    uint64_t seq;
    uint64_t nonce; /* explicit one of the next record */
    uint8_t iv[16]; /* of the next record, before TLS 1.1 */
} test_sealer;

/* Keys are made up from `salt`. */
test_sealer test_sealer_new(const cx_tls_protection *how, uint8_t salt);
void test_sealer_free(test_sealer *s);

/* Seals content; the body has room for 18432 bytes. Counts on. Its length. */
size_t test_seal(test_sealer *s, uint8_t type, uint16_t version, cx_slice content, uint8_t *body);
