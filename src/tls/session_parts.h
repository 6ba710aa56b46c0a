/* The session behind session.h: opener.c is what sessions share, session.c takes records and puts
 * handshake messages together, session_handshake.c follows them, session_secret.c finds secrets up
 * to TLS 1.2, session_13.c those of TLS 1.3. */
#pragma once

#include "base/buf.h"
#include "base/limits.h"
#include "tls/hello.h"
#include "tls/session.h"

#include <openssl/evp.h>

struct cx_tls_opener {
    cx_tls_crypto *crypto;
    const cx_tls_secrets *secrets;
    const cx_tls_rsa *rsa;   /* NULL: none */
    cx_tls_secrets *learned; /* master secrets of this capture, by digest of session id or ticket */
    cx_tls_vault *vault;
    cx_tls_bringer bringer;
    bool thorough;
    uint8_t *room[CX_MAX_CHILD_DEPTH + 1];
    cx_tls_totals totals;
    uint64_t work;     /* bytes that searches may still decipher */
    uint64_t rsa_left; /* RSA operations that may still be done */
};

typedef enum cx_tls_stage { /* of TLS 1.3, per direction: which secret its records are under */
                            CX_TLS_STAGE_EARLY,
                            CX_TLS_STAGE_HANDSHAKE,
                            CX_TLS_STAGE_TRAFFIC
} cx_tls_stage;

/* What a session id or a ticket is remembered by. */
typedef struct cx_tls_token {
    bool set;
    uint8_t digest[32];
} cx_tls_token;

/* The handshake that is going on, or the latest one. */
typedef struct cx_tls_handshake {
    bool offered, chosen;       /* hellos seen */
    bool hello_done, exchanged; /* ServerHelloDone, ClientKeyExchange seen */
    bool abbreviated;           /* the server changed its keys without a key exchange */
    bool lost;                  /* some of its messages are lost */
    bool ephemeral;             /* a ServerKeyExchange was seen */
    bool certificate, own_key; /* a server certificate was seen; it is that of an RSA key of ours */
    bool early;                /* the client offered early data, and no retry followed */
    size_t rsa_key;
    uint16_t offered_version, version;
    uint8_t draft;
    uint16_t suite_id;
    const cx_tls_suite *suite; /* NULL: not known */
    uint8_t compression;
    bool etm, ems, short_mac;
    cx_tls_randoms randoms;
    uint8_t asked_id[32], asked_id_len, id[32], id_len; /* of ClientHello, of ServerHello */
    cx_tls_token asked_ticket, new_ticket;
    uint16_t suites13[8]; /* of TLS 1.3, as offered */
    uint8_t n_suites13;
    uint8_t sealed[10]; /* the first bytes of the ClientKeyExchange */
    bool has_master, has_premaster;
    uint8_t master[48];
    uint8_t premaster[48]; /* opened by an RSA key */
    cx_tls_why rsa_why;    /* what became of that; READABLE: not tried, or it worked */
    /* digests over the messages, until it is known which one counts; NULL: not needed or lost */
    EVP_MD_CTX *transcript[CX_TLS_HASHES];
    uint8_t digest[64], digest_len; /* the one that counted */
    uint64_t version_tried;         /* of the secrets, when none was found */
} cx_tls_handshake;

typedef struct cx_tls_half {
    cx_buf message;     /* of a handshake message that has not ended: header and body */
    uint32_t drop;      /* bytes of one that is passed over */
    bool adrift;        /* bytes were lost: a message must fill its record to be believed */
    bool ciphered;      /* up to TLS 1.2: the keys were changed */
    cx_tls_lane *lane;  /* NULL: no keys yet */
    cx_tls_place place; /* while there is no lane: since the change of keys */
    uint64_t lost;      /* the same; bytes, or CX_TLS_UNKNOWN */
    bool some_lost;
    cx_tls_stage stage;
    uint8_t secret[48], secret_len; /* of the lane, in TLS 1.3 */
    uint64_t version_tried;         /* of the secrets, when there was none for a lane */
    bool late;                      /* the secrets came behind the first records */
    uint16_t hunts;                 /* records that were tried with the secrets of a later stage */
    cx_tls_report report;
} cx_tls_half;

struct cx_tls_session {
    cx_tls_opener *opener;
    cx_tls_handshake hs;
    bool tls13;     /* by ServerHello; then for the whole connection */
    uint8_t client; /* direction of the ClientHello */
    cx_tls_half half[2];
};

static inline bool cx_tls_from_client(const cx_tls_session *s, uint8_t dir)
{
    return dir == s->client;
}

/* ---- opener.c ---- */

/* Takes the session into the account. */
void cx_tls_opener_count(cx_tls_opener *o, const cx_tls_session *s);

/* ---- session.c ---- */

/* Bytes of handshake records that are readable, in order. */
void cx_tls_take_handshake(cx_tls_session *s, uint8_t dir, cx_slice bytes);

/* Forgets the lane and begins to count anew. */
void cx_tls_half_reset(cx_tls_half *h);

/* ---- session_handshake.c ---- */

/* Takes a whole message, header and body. */
void cx_tls_handshake_message(cx_tls_session *s, uint8_t dir, cx_slice message);

/* Bytes of a message that is too large to be kept: they count for the transcripts alone. */
void cx_tls_handshake_hash(cx_tls_handshake *h, cx_slice bytes);

/* A ClientHello in SSL 2.0 form. */
void cx_tls_handshake_sslv2(cx_tls_session *s, uint8_t dir, cx_slice message);

/* Handshake messages were lost: the transcripts are worth nothing. */
void cx_tls_handshake_lose(cx_tls_handshake *h);

/* Frees the digests and wipes the secrets. */
void cx_tls_handshake_clear(cx_tls_handshake *h);

/* The keys of this direction change with the next record (up to TLS 1.2). */
void cx_tls_handshake_change(cx_tls_session *s, uint8_t dir);

/* ---- session_secret.c ---- */

/* A token for a session id or a ticket; empty: not set. */
cx_tls_token cx_tls_token_of(cx_tls_opener *o, char kind, cx_slice bytes);

/* A secret that was given, or that the capture brought; p == NULL: none. */
cx_slice cx_tls_look_up(const cx_tls_session *s, cx_tls_secret kind, cx_slice name);

/* Opens the ClientKeyExchange with an RSA key, if there is one for it. */
void cx_tls_open_exchange(cx_tls_session *s, cx_slice body);

/* Finds the master secret of the handshake. What is missing otherwise. */
cx_tls_why cx_tls_find_master(cx_tls_session *s);

/* Why there is none: what was given, and what the handshake shows. */
cx_tls_why cx_tls_missing(const cx_tls_session *s);

/* Remembers the master secret for resumptions in this capture. */
void cx_tls_learn(cx_tls_session *s);

/* The lane of a direction, up to TLS 1.2. */
cx_tls_why cx_tls_make_lane(cx_tls_session *s, uint8_t dir);

/* ---- session_13.c ---- */

/* Opens a record of type 23. */
cx_tls_why cx_tls_open_13(cx_tls_session *s, uint8_t dir, const cx_tls_record *record,
                          uint8_t *room, cx_tls_opened *ret);

/* A message of TLS 1.3 that ends a stage or changes keys. */
void cx_tls_advance_13(cx_tls_session *s, uint8_t dir, uint8_t type);
