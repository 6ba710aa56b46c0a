/* What keys depend on in handshake messages: hellos, certificates, tickets (RFC 5246 7.4, RFC 8446
 * 4, RFC 5077 3.3). Slices point into the message. */
#pragma once

#include "base/slice.h"
#include "base/status.h"

enum { /* handshake types (RFC 5246 7.4, RFC 8446 4) */
       CX_TLS_MSG_HELLO_REQUEST = 0,
       CX_TLS_MSG_CLIENT_HELLO = 1,
       CX_TLS_MSG_SERVER_HELLO = 2,
       CX_TLS_MSG_NEW_TICKET = 4,
       CX_TLS_MSG_END_OF_EARLY_DATA = 5,
       CX_TLS_MSG_CERTIFICATE = 11,
       CX_TLS_MSG_SERVER_KEY_EXCHANGE = 12,
       CX_TLS_MSG_HELLO_DONE = 14,
       CX_TLS_MSG_CLIENT_KEY_EXCHANGE = 16,
       CX_TLS_MSG_FINISHED = 20,
       CX_TLS_MSG_KEY_UPDATE = 24,
       CX_TLS_MSG_LAST = 25 /* compressed_certificate (RFC 8879) */
};

/* A ClientHello. */
typedef struct cx_tls_offer {
    uint16_t version;   /* client_version: the pre-master secret repeats it */
    uint8_t random[32]; /* of a hello in SSL 2.0 form: the challenge behind zeroes */
    cx_slice session_id;
    cx_slice suites; /* 2 bytes each (RFC 5246 7.4.1.2); empty in SSL 2.0 form */
    cx_slice ticket; /* absent or empty: none */
    bool early_data;
} cx_tls_offer;

/* A ServerHello. */
typedef struct cx_tls_choice {
    uint16_t version; /* 0x0304 for drafts of TLS 1.3 too */
    uint8_t draft;    /* number of the draft; 0: none */
    uint8_t random[32];
    cx_slice session_id;
    uint16_t suite;
    uint8_t compression;
    bool retry; /* it is a HelloRetryRequest */
    bool etm, ems, short_mac;
} cx_tls_choice;

/* Body of a ClientHello. Extensions that do not parse end the reading, not the hello. CX_MALFORMED:
 * it has no whole random, session id, suites. */
CX_USE cx_status cx_tls_read_offer(cx_slice body, cx_tls_offer *ret);

/* ClientHello in SSL 2.0 form, without its 2-byte header (RFC 5246 E.2). */
CX_USE cx_status cx_tls_read_sslv2_offer(cx_slice message, cx_tls_offer *ret);

/* Body of a ServerHello. */
CX_USE cx_status cx_tls_read_choice(cx_slice body, cx_tls_choice *ret);

/* The first certificate of a Certificate message up to TLS 1.2; the message may lack its end.
 * CX_MALFORMED: there is no whole one. */
CX_USE cx_status cx_tls_read_leaf(cx_slice body, cx_slice *ret);

/* The ticket of a NewSessionTicket up to TLS 1.2. */
CX_USE cx_status cx_tls_read_ticket(cx_slice body, cx_slice *ret);
