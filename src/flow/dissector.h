/* The dissector interface: one protocol, one file in dissectors/, one line in dissectors/list.def.
 *
 * A dissector gets the bytes of each direction in order and emits events. It cannot tell files from
 * pipes, reassembled from whole, decrypted from clear. */
#pragma once

#include "event/event.h"

/* Next in-order bytes of one direction; borrowed for the call. */
typedef struct cx_chunk {
    cx_slice bytes;   /* absent when gap */
    uint64_t missing; /* gap: bytes lost; UINT64_MAX: unknown */
    uint8_t dir;      /* CX_FROM_CLIENT or CX_FROM_SERVER */
    bool gap;
    bool fin;      /* no byte follows in this direction */
    bool datagram; /* a whole datagram (UDP) */
    bool cut;      /* nothing can join these bytes: a datagram cut by the snap length, or what is
                    * left before a gap, given once more before it: take what is readable */
    bool part;     /* the first IP fragment of a datagram, which comes whole when the others do */
    bool decrypted;
    bool on_port;          /* for probes: the conversation is on one of the dissector's ports */
    cx_evidence first, at; /* packets that hold the first and the last byte */
} cx_chunk;

/* What became of a chunk. consumed bytes are dropped; the rest comes again, with more behind it.
 * CX_OK: go on, at once when it consumed some and left some. CX_NEED_MORE: do not call before need
 * bytes (counted from consumed) are there. CX_DONE: this direction tells nothing more.
 * CX_HANDOVER: behind consumed another protocol begins (STARTTLS, CONNECT): it is identified anew,
 * and this dissector does not see this direction again.
 * CX_MALFORMED: this dissector ends for this direction, and has said so by an event. */
typedef struct cx_fed {
    cx_status status;
    size_t consumed, need;
} cx_fed;

typedef enum cx_match { CX_MATCH_NO, CX_MATCH_MAYBE, CX_MATCH_YES } cx_match;

/* First bytes that a conversation may begin with: the cheap test before a probe. */
typedef struct cx_mask {
    uint8_t mask[8], value[8];
} cx_mask;

enum { CX_OVER_TCP = 1, CX_OVER_UDP = 2 };

/* An inner byte stream, as its carrier knows it. */
typedef struct cx_inner {
    uint64_t number;     /* tells the inner streams of one carrier apart: a pipe, a channel */
    const char *name;    /* the dissector that reads it; NULL: its first bytes tell */
    const char *carrier; /* static: what events inside give as carrier; NULL: none */
    bool decrypted;
    bool fin; /* these are the last bytes of this direction */
} cx_inner;

typedef struct cx_emit cx_emit;
typedef struct cx_tls_opener cx_tls_opener; /* tls/session.h: opens TLS with secrets */
typedef struct cx_trust cx_trust;           /* tls/trust.h: verifies chains of certificates */

typedef struct cx_dissector {
    const char *name, *title, *spec; /* "sip", "Session Initiation Protocol", "RFC 3261 7, 18.3" */
    uint8_t transports;   /* CX_OVER_…; 0: only inside other protocols (cx_emit_child, _stream) */
    uint16_t ports[8];    /* order the probes, decide nothing; 0 ends */
    const cx_mask *masks; /* none: every conversation may be it (then ports must fit) */
    size_t n_masks;
    const cx_mask *late; /* the same, in the middle of a conversation that nobody reads (STARTTLS of
                          * a protocol without a dissector): tried on each segment */
    size_t n_late;
    /* Is this the start of a message of this protocol? Reads, keeps nothing. MAYBE: too short. */
    cx_match (*probe)(const cx_chunk *first);
    size_t state_size; /* bytes; zeroed, one per flow, for both directions */
    cx_fed (*feed)(void *state, const cx_chunk *in, cx_emit *out);
    /* The connection was reset, but bytes that were on their way may still be captured: says what
     * waits for the end, keeps the state. NULL: a reset is the end. */
    void (*reset)(void *state, cx_emit *out);
    /* The flow ended or is given up; frees what state owns; may emit. NULL: nothing to do. */
    void (*close)(void *state, cx_emit *out);
    uint64_t emits; /* CX_BIT of each kind it emits itself */
    bool parts;     /* takes the first fragments of answers too (chunk.part) */
} cx_dissector;

/* The way out for events. The framework fills in flow, stream, endpoints and decrypted. */
struct cx_emit {
    void (*event)(cx_emit *self, cx_event *e);
    void (*child)(cx_emit *self, const char *name, cx_slice bytes, const cx_chunk *of,
                  const char *carrier);
    bool (*stream)(cx_emit *self, const cx_inner *inner, cx_slice bytes, const cx_chunk *of);
    cx_arena *scratch;   /* for decoded text; emptied after each feed of the outermost dissector */
    const char *carrier; /* inside a child: the protocol around it ("sip"); else NULL */
    uint32_t depth;      /* of children */
    uint32_t exchange; /* set by a dissector that carries several logons at a time, before it emits:
                        * which one it is, in its children and inner streams too */
    bool unread;       /* events of DNS may be told unread (dissectors/dns_unread.h) */
    cx_tls_opener *opener;       /* NULL: there are no secrets */
    cx_trust *trust;             /* NULL: no roots were given */
    struct cx_cert_cache *certs; /* of all conversations; NULL: none */
};

/* Makes *e an event of this kind for the chunk: direction, evidence and decrypted are set, all else
 * that its kind has is zero. What lies behind that in the union stays as it was: most kinds are far
 * smaller than the largest. */
static inline void cx_event_begin(cx_event *e, cx_event_kind kind, const cx_chunk *in)
{
    memset(e, 0, cx_event_size(kind));
    e->kind = kind;
    e->dir = in->dir;
    e->at = in->at;
    e->decrypted = in->decrypted;
    e->stream = CX_NO_STREAM;
}

static inline void cx_emit_event(cx_emit *out, cx_event *e)
{
    out->event(out, e);
}

/* Hands bytes of an inner protocol, whole, to the dissector of that name ("ntlm" in a SIP header).
 */
static inline void cx_emit_child(cx_emit *out, const char *name, cx_slice bytes, const cx_chunk *of,
                                 const char *carrier)
{
    out->child(out, name, bytes, of, carrier);
}

/* Hands on the next bytes of an inner stream, in the direction of `of`; if that is a gap, bytes of
 * it were lost (of->missing). Messages may end anywhere: what its dissector leaves is joined with
 * what follows. The inner stream lasts as long as the conversation; of more than CX_MAX_INNER the
 * oldest is closed. False: nobody reads this direction of it any more. */
static inline bool cx_emit_stream(cx_emit *out, const cx_inner *inner, cx_slice bytes,
                                  const cx_chunk *of)
{
    return out->stream(out, inner, bytes, of);
}

static inline void cx_emit_malformed(cx_emit *out, const cx_chunk *in, const char *dissector,
                                     const char *reason)
{
    cx_event e;
    cx_event_begin(&e, CX_EV_MALFORMED, in);
    e.u.malformed = (cx_ev_malformed){.dissector = dissector, .reason = reason};
    out->event(out, &e);
}

/* For `reset` of a dissector that holds no event back. */
static inline void cx_nothing_waits(void *state, cx_emit *out)
{
    (void)state;
    (void)out;
}

static inline cx_fed cx_fed_ok(size_t consumed)
{
    return (cx_fed){.status = CX_OK, .consumed = consumed};
}

static inline cx_fed cx_fed_more(size_t consumed, size_t need)
{
    return (cx_fed){.status = CX_NEED_MORE, .consumed = consumed, .need = need};
}

static inline cx_fed cx_fed_end(cx_status status)
{
    return (cx_fed){.status = status};
}

/* The first n bytes are consumed, what follows is another protocol. */
static inline cx_fed cx_fed_handover(size_t consumed)
{
    return (cx_fed){.status = CX_HANDOVER, .consumed = consumed};
}
