/* One TLS connection with secrets: gets its records in order, follows the handshakes in them, finds
 * the keys, and gives back what the records hold. It can tell at any time why it cannot.
 *
 * Full handshakes and resumed ones (session ids, tickets), renegotiation, TLS 1.3 with retry, early
 * data, client certificates, key updates and messages behind the handshake; SSL 3.0 to TLS 1.2 from
 * master secrets, pre-master secrets or RSA keys. */
#pragma once

#include "event/event.h"
#include "tls/record.h"
#include "tls/rsa.h"
#include "tls/secrets.h"

enum { /* record types (RFC 5246 6.2.1) */
       CX_TLS_TYPE_CCS = 20,
       CX_TLS_TYPE_ALERT = 21,
       CX_TLS_TYPE_HANDSHAKE = 22,
       CX_TLS_TYPE_DATA = 23
};

/* Why records are not readable. */
#define CX_TLS_WHY_LIST(X)                                                                         \
    X(READABLE, "readable")                                                                        \
    X(NO_SECRETS, "no secrets were given")                                                         \
    X(NO_HANDSHAKE, "the capture does not hold the handshake")                                     \
    X(NO_LINE, "no secret was given for this client random")                                       \
    X(RSA_MISMATCH, "the RSA key is not the one of the server's certificate")                      \
    X(RSA_HIDDEN, "the key exchange is not RSA encryption, so an RSA key cannot open it")          \
    X(RSA_FAILED, "the pre-master secret is not encrypted to the RSA key")                         \
    X(RESUMED, "resumed from a session that the capture does not hold")                            \
    X(NO_HANDSHAKE_SECRET, "the key log lacks the handshake traffic secret")                       \
    X(NO_TRAFFIC_SECRET, "the key log lacks the application traffic secret")                       \
    X(NO_EARLY_SECRET, "the key log lacks the secret of early data")                               \
    X(CIPHER, "the cipher suite is not supported")                                                 \
    X(NO_CIPHER, "OpenSSL on this machine does not have the cipher")                               \
    X(COMPRESSED, "compression was negotiated")                                                    \
    X(LOST, "bytes of the capture were lost")                                                      \
    X(TRANSCRIPT, "bytes of the handshake were lost that the extended master secret needs")        \
    X(WRONG, "the secrets do not open the records")                                                \
    X(WORK, "a cap of the analyzer was reached")

typedef enum cx_tls_why {
#define CX_TLS_WHY_ENUM(code, text) CX_TLS_WHY_##code,
    CX_TLS_WHY_LIST(CX_TLS_WHY_ENUM)
#undef CX_TLS_WHY_ENUM
        CX_TLS_WHYS
} cx_tls_why;

/* In static storage. */
const char *cx_tls_why_text(cx_tls_why why);

/* ---- what the sessions of one capture share ---- */

typedef struct cx_tls_opener cx_tls_opener;

/* All outlive the opener. secrets may grow meanwhile. rsa NULL: none. seed: of hash tables. NULL:
 * no memory. */
cx_tls_opener *cx_tls_opener_new(cx_tls_crypto *crypto, const cx_tls_secrets *secrets,
                                 const cx_tls_rsa *rsa, uint64_t seed);

/* Sessions must be freed before. */
void cx_tls_opener_free(cx_tls_opener *o);

/* Who can bring secrets that stand further behind in the capture: asked once, at the first
 * connection that there is. */
typedef struct cx_tls_bringer {
    void (*bring)(void *self);
    void *self;
} cx_tls_bringer;

void cx_tls_opener_ask(cx_tls_opener *o, cx_tls_bringer bringer);

/* Every record is opened, also when nobody reads on (cx_tls_session_pass). */
void cx_tls_opener_set_thorough(cx_tls_opener *o, bool thorough);
bool cx_tls_opener_thorough(const cx_tls_opener *o);

/* Is there anything to open connections with? Asks the bringer. */
bool cx_tls_opener_ready(cx_tls_opener *o);

/* CX_TLS_MAX_BODY bytes for what a record says, at that depth of protocols inside protocols; wiped
 * with the opener. NULL: no memory. */
uint8_t *cx_tls_opener_room(cx_tls_opener *o, uint32_t depth);

/* What became of the connections whose sessions were freed. */
typedef struct cx_tls_totals {
    uint64_t whole;  /* every encrypted record was opened */
    uint64_t partly; /* some were */
    uint64_t closed; /* none was */
    uint64_t records_opened, records_closed;
    uint32_t marks;    /* of the secrets that belong to a connection (cx_tls_secrets_mark) */
    uint64_t rsa_keys; /* bit i: key number i opened a pre-master secret */
    struct {
        uint64_t connections; /* of the last two kinds, by what was missing */
        cx_evidence first;    /* the first record that stayed closed */
        cx_evidence lost;     /* where bytes of that connection were lost; frame 0: nowhere */
    } by[CX_TLS_WHYS];
} cx_tls_totals;

const cx_tls_totals *cx_tls_opener_totals(const cx_tls_opener *o);

/* ---- one connection ---- */

typedef struct cx_tls_session cx_tls_session;

/* NULL: no memory. */
cx_tls_session *cx_tls_session_new(cx_tls_opener *o);
void cx_tls_session_free(cx_tls_session *s);

typedef enum cx_tls_reading {
    CX_TLS_CLEAR,  /* the record was never encrypted: its content is its body */
    CX_TLS_OPENED, /* deciphered and verified */
    CX_TLS_CLOSED  /* cx_tls_session_report says why */
} cx_tls_reading;

/* The next record of direction dir, in the order of its stream. room: CX_TLS_MAX_BODY bytes of the
 * caller, apart from the body; *ret lies there or in the body, and is untouched when CX_TLS_CLOSED.
 */
cx_tls_reading cx_tls_session_record(cx_tls_session *s, uint8_t dir, const cx_tls_record *record,
                                     cx_evidence at, uint8_t *room, cx_tls_opened *ret);

/* A ClientHello in SSL 2.0 form, without its 2-byte header (RFC 5246 E.2). */
void cx_tls_session_sslv2(cx_tls_session *s, uint8_t dir, cx_slice message);

/* The next record, of which the capture holds the header and not the whole body. tail: the last
 * bytes of the body when these are there, up to CX_TLS_TAIL; else empty. */
void cx_tls_session_skip(cx_tls_session *s, uint8_t dir, uint8_t type, size_t len, cx_slice tail,
                         cx_evidence at);

/* Can a record of this type and length be passed over unread, as nobody wants it? */
bool cx_tls_session_passes(const cx_tls_session *s, uint8_t dir, uint8_t type, size_t len);

/* Passes over it; tail as above. False: the place is lost. */
bool cx_tls_session_pass(cx_tls_session *s, uint8_t dir, uint8_t type, size_t len, cx_slice tail);

/* Records were lost; bytes: between the end of the latest one and the next header, or
 * CX_TLS_UNKNOWN; before: those of them that the capture holds right before that header. */
void cx_tls_session_lose(cx_tls_session *s, uint8_t dir, uint64_t bytes, cx_slice before,
                         cx_evidence at);

/* What became of one direction so far. */
typedef struct cx_tls_report {
    cx_tls_why why;           /* of the latest record that was closed; READABLE: none was */
    uint64_t opened, closed;  /* encrypted records; those lost entirely do not count */
    cx_evidence first_closed; /* frame 0: none */
    cx_evidence first_lost;   /* the first loss; frame 0: none */
} cx_tls_report;

cx_tls_report cx_tls_session_report(const cx_tls_session *s, uint8_t dir);
