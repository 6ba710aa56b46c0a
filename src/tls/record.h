/* Records of one direction under one set of keys (a "lane"): checks and deciphers them, and finds
 * its place again behind a loss. What does not verify is never given out.
 *
 * SSL 3.0 MAC (RFC 6101 5.2.3), HMAC before encryption with implicit or explicit IV (RFC 2246,
 * 4346, 5246 6.2.3), after it (RFC 7366), shortened (RFC 6066 7), AEAD of TLS 1.2 (RFC 5288, 6655,
 * 7905) and 1.3 (RFC 8446 5.2 to 5.4). */
#pragma once

#include "tls/schedule.h"
#include "tls/vault.h"

#define CX_TLS_MAX_BODY 18432u /* bytes of a record: 2^14 + 2048 (RFC 5246 6.2.3) */

#define CX_TLS_UNKNOWN UINT64_MAX /* bytes lost: how many is not known */

typedef struct cx_tls_protection {
    const cx_tls_suite *suite;
    uint16_t version; /* 0x0300 to 0x0304 */
    unsigned draft;   /* of TLS 1.3; 0: the RFC */
    bool etm;         /* encrypt_then_mac was agreed; of no effect but for CBC */
    bool short_mac;   /* truncated_hmac was agreed; of no effect on AEAD */
} cx_tls_protection;

/* One whole record. */
typedef struct cx_tls_record {
    uint8_t type;
    uint16_t version;
    cx_slice body;
} cx_tls_record;

typedef struct cx_tls_opened {
    uint8_t type;   /* the inner one in TLS 1.3 */
    cx_slice bytes; /* in the caller's room */
} cx_tls_opened;

#define CX_TLS_TAIL 64u /* bytes: a block, and a MAC behind it */

/* Where a direction is, counted from its change of keys: for lanes whose keys come late. */
typedef struct cx_tls_place {
    uint64_t records, bytes;   /* seen since then; bytes: of their bodies */
    uint8_t tail[CX_TLS_TAIL]; /* the last bytes of the latest body */
    uint8_t tail_len;          /* how many of them are known */
} cx_tls_place;

/* Counts a record that passes unread; tail: its last bytes, as many as are there. */
void cx_tls_place_skip(cx_tls_place *p, size_t len, cx_slice tail);

typedef struct cx_tls_lane cx_tls_lane;

/* work: bytes that searches may still decipher, shared by all lanes; it, crypto and vault outlive
 * the lane. CX_UNSUPPORTED: this OpenSSL lacks the cipher or the hash; CX_NO_MEMORY. */
CX_USE cx_status cx_tls_lane_new(cx_tls_crypto *crypto, cx_tls_vault *vault, uint64_t *work,
                                 const cx_tls_protection *how, const cx_tls_write_keys *keys,
                                 cx_tls_lane **ret);
void cx_tls_lane_free(cx_tls_lane *l);

/* Checks and deciphers the next record. room: holds body.len bytes, apart from the body.
 * CX_MALFORMED: it does not verify, and room holds nothing of use; the lane goes on with the next
 * record. */
CX_USE cx_status cx_tls_lane_open(cx_tls_lane *l, const cx_tls_record *record, uint8_t *room,
                                  cx_tls_opened *ret);

/* The next records passed unread, but their number and size is known. CX_LIMIT: too many bytes of
 * key stream lie between; the lane is lost. */
CX_USE cx_status cx_tls_lane_skip(cx_tls_lane *l, const cx_tls_place *p);

/* Bytes were lost behind the latest record, or CX_TLS_UNKNOWN; before: the captured bytes right
 * before the next header, as far as there are any. The place is searched with the next record. */
void cx_tls_lane_lose(cx_tls_lane *l, uint64_t bytes, cx_slice before);

/* More than 3 records in a row did not verify: nothing will. */
bool cx_tls_lane_lost(const cx_tls_lane *l);

/* Records opened so far. */
uint64_t cx_tls_lane_count(const cx_tls_lane *l);
