/* The parts of the TLS dissector: tls.c steers (records, gaps, ends), tls_handshake.c puts
 * handshake messages together and says what they are, tls_hello.c reads hellos, tls_open.c opens
 * records where there are secrets. */
#pragma once

#include "base/buf.h"
#include "flow/dissector.h"

enum { /* record types (RFC 5246 6.2.1, RFC 6520 3) */
       CX_TLS_RECORD_CCS = 20,
       CX_TLS_RECORD_ALERT = 21,
       CX_TLS_RECORD_HANDSHAKE = 22,
       CX_TLS_RECORD_DATA = 23,
       CX_TLS_RECORD_HEARTBEAT = 24
};

enum { /* handshake types (RFC 5246 7.4, RFC 8446 4) */
       CX_TLS_HS_HELLO_REQUEST = 0,
       CX_TLS_HS_CLIENT_HELLO = 1,
       CX_TLS_HS_SERVER_HELLO = 2,
       CX_TLS_HS_CERTIFICATE = 11,
       CX_TLS_HS_CERTIFICATE_REQUEST = 13,
       CX_TLS_HS_SERVER_HELLO_DONE = 14,
       CX_TLS_HS_CLIENT_KEY_EXCHANGE = 16,
       CX_TLS_HS_FINISHED = 20,
       CX_TLS_HS_CERTIFICATE_STATUS = 22
};

/* What the handshake records of one direction are taken for. */
typedef enum cx_tls_phase {
    CX_TLS_PLAIN,  /* readable, message after message */
    CX_TLS_UNSURE, /* met in the middle or after a loss: believed only when messages fill a record
                    */
    CX_TLS_CIPHER  /* encrypted */
} cx_tls_phase;

/* What is done with the body of the record that is being read. */
typedef enum cx_tls_body {
    CX_TLS_BODY_SKIP,
    CX_TLS_BODY_HANDSHAKE, /* plain handshake */
    CX_TLS_BODY_JUDGE      /* kept whole, then judged: handshake messages or encrypted */
} cx_tls_body;

/* Why the record that is being read is not given to the session. */
typedef enum cx_tls_unread {
    CX_TLS_UNREAD_NOT,      /* it is, or there is no session */
    CX_TLS_UNREAD_UNWANTED, /* nobody reads on */
    CX_TLS_UNREAD_CUT       /* the capture does not hold the whole of it */
} cx_tls_unread;

typedef struct cx_tls_side {
    cx_tls_phase phase;
    cx_tls_body body;
    uint8_t type;        /* of the record that is being read */
    uint16_t version;    /* the same */
    uint32_t len, left;  /* the same: bytes of its body, and how many of them are to come */
    uint64_t headers;    /* record headers read */
    bool waiting;        /* the stream holds bytes of a header or a short record for us */
    bool broken;         /* records were lost: how many is unknown */
    bool resync;         /* looking for a chain of records */
    bool ccs, finished;  /* said already */
    bool ended;          /* no byte follows, or nothing more is to be learned */
    uint64_t scanned;    /* bytes looked through for a chain */
    uint32_t data;       /* records of type 23 */
    uint64_t data_bytes; /* bytes of their bodies */
    uint32_t data_last;  /* body bytes of the latest record when it was of type 23, else 0 */
    cx_evidence data_at;
    bool data_alert; /* said to be an encrypted alert */
    uint32_t
        data_finished; /* count up to the first record of the size of a TLS 1.3 Finished, or 0 */
    cx_buf message;    /* bytes of handshake records not said yet, or the record being judged */
    uint32_t drop;     /* bytes of a handshake message that is passed over */
    /* with secrets */
    cx_tls_unread unread;
    uint8_t tail[64]; /* its last bytes so far, tail_len of them: CX_TLS_TAIL */
    uint32_t tail_len;
    uint64_t lost;    /* bytes since the latest record, while looking for a chain */
    uint32_t held;    /* bytes of a header or a short record that a gap cuts */
    bool opened;      /* a record was opened */
    bool inner_begun; /* data was opened */
    bool inner_gap;   /* and some is missing before what comes next */
    bool deserted;    /* nobody reads the inner stream any more */
} cx_tls_side;

typedef struct cx_tls_state {
    cx_tls_side side[2];
    uint16_t negotiated; /* version by ServerHello; 0: not seen */
    bool tls13;
    bool early_data; /* the client offered 0-RTT (RFC 8446 4.2.10) */
    uint8_t client;  /* direction of the ClientHello; CX_FROM_CLIENT until it was seen */
    uint8_t session_id[32], session_id_len;
    bool begun;                     /* it was asked for secrets */
    struct cx_tls_session *session; /* NULL: none, or they open nothing */
} cx_tls_state;

/* Makes *e an event of TLS about this message, with what the state knows of its side. */
static inline void cx_tls_event_begin(cx_event *e, const cx_tls_state *st, cx_tls_message message,
                                      const cx_chunk *in)
{
    cx_event_begin(e, CX_EV_TLS, in);
    e->u.tls.message = message;
    e->u.tls.record_version = st->side[in->dir].version;
    e->u.tls.version = st->negotiated;
}

/* ---- tls.c ---- */

/* An event that has a record of that length for its content. */
void cx_tls_say_record(const cx_tls_state *st, cx_tls_message message, uint32_t len,
                       const cx_chunk *in, cx_emit *out);

/* Alerts that are readable. */
void cx_tls_say_alerts(const cx_tls_state *st, cx_slice body, const cx_chunk *in, cx_emit *out);

/* ---- tls_handshake.c ---- */

/* Takes bytes of plain handshake records. ends: a record ends with them; then the messages that are
 * whole by now are said. CX_MALFORMED: not a handshake, said by an event. */
CX_USE cx_status cx_tls_handshake_take(cx_tls_state *st, cx_slice bytes, bool ends,
                                       const cx_chunk *in, cx_emit *out);

/* n bytes of plain handshake records are lost. Says what is certain of a Certificate that they cut:
 * the certificates in front of the loss, then one that is unreadable. */
void cx_tls_handshake_lost(cx_tls_state *st, uint64_t n, const cx_chunk *in, cx_emit *out);

/* A message was begun and never ended, since something else came: says so, forgets it. */
void cx_tls_handshake_cut(cx_tls_state *st, const char *reason, const cx_chunk *in, cx_emit *out);

/* Do known handshake messages fill these bytes exactly? only_hello: a single hello. */
bool cx_tls_handshake_fills(cx_slice record, bool only_hello);

/* A record whose first handshake byte is this may begin a direction in clear. */
bool cx_tls_handshake_opens(uint8_t type);

/* ---- tls_open.c ---- */

/* Before the first record: is there anything to open it with? */
void cx_tls_open_begin(cx_tls_state *st, cx_emit *out);

/* Must the record that begins be there as a whole? */
bool cx_tls_open_whole(cx_tls_state *st, uint8_t dir, uint8_t type, uint32_t len, cx_emit *out);

/* The whole record, type and version in the side. True: it was opened and told, *ret is the status
 * to go on with. False: it goes the way of those without secrets. */
bool cx_tls_open_record(cx_tls_state *st, cx_slice body, const cx_chunk *in, cx_emit *out,
                        cx_status *ret);

/* The message of a ClientHello in SSL 2.0 form, without its header. */
void cx_tls_open_sslv2(cx_tls_state *st, cx_slice message, const cx_chunk *in);

/* The next bytes of a record that is not given as a whole: its last ones count. */
void cx_tls_open_keep_tail(cx_tls_side *side, cx_slice part);

/* A record ends that was not given as a whole. */
void cx_tls_open_unread(cx_tls_state *st, const cx_chunk *in);

/* Records begin again behind a loss: bytes since the latest one, and those before this one that the
 * capture holds. */
void cx_tls_open_lost(cx_tls_state *st, uint64_t bytes, cx_slice before, const cx_chunk *in);

/* No byte follows in this direction. */
void cx_tls_open_end(cx_tls_state *st, uint8_t dir, cx_emit *out);

void cx_tls_open_close(cx_tls_state *st);

/* ---- tls_hello.c: value readers; text and arrays in scratch or in the message ---- */

/* What the dissector keeps of a hello beside the event. */
typedef struct cx_tls_hello {
    cx_slice session_id;
    bool early_data;
    bool psk; /* ServerHello: pre_shared_key selected */
    bool odd; /* an extension that we read does not parse; the rest is good */
} cx_tls_hello;

/* Body of a ClientHello (RFC 5246 7.4.1.2, RFC 8446 4.1.2, RFC 6101 5.6.1.2). CX_MALFORMED,
 * CX_NO_MEMORY; both outputs are untouched then. */
CX_USE cx_status cx_tls_client_hello(cx_slice body, cx_arena *scratch, cx_ev_tls *ret,
                                     cx_tls_hello *ret_hello);

/* Body of a ServerHello (RFC 5246 7.4.1.3, RFC 8446 4.1.3). */
CX_USE cx_status cx_tls_server_hello(cx_slice body, cx_ev_tls *ret, cx_tls_hello *ret_hello);

/* ClientHello in SSL 2.0 form at the start of a direction (RFC 5246 E.2). *ret_len: bytes of the
 * message with its 2-byte header, known as soon as 11 bytes are there. CX_NEED_MORE: fewer than 11;
 * CX_MALFORMED: none. */
CX_USE cx_status cx_tls_sslv2_hello_len(cx_slice bytes, size_t *ret_len);

/* Reads the message of that length. CX_NO_MEMORY. */
CX_USE cx_status cx_tls_sslv2_hello(cx_slice message, cx_arena *scratch, cx_ev_tls *ret);

/* TLS 1.3, its drafts included: what the version that a ServerHello chose means for the records. */
bool cx_tls_is_13(uint16_t version);
