/* A channel: the two directions of one byte stream and the dissectors that read them. A
 * conversation is a channel; what other protocols carry inside of it (records of TLS, named pipes,
 * tunnels) are inner channels, read by the same dissectors in the same way. For the files of this
 * folder only. */
#pragma once

#include "flow/flow.h"
#include "flow/identify.h"
#include "flow/logon.h"

#define CX_CHANNEL_READERS 4u /* dissectors that one channel may have tried */

typedef struct cx_channel cx_channel;

typedef struct cx_channel_reader {
    const cx_dissector *dissector;
    void *state; /* NULL: it has none */
} cx_channel_reader;

typedef struct cx_side {
    cx_channel *channel;
    cx_stream *stream;
    const cx_channel_reader *reader; /* NULL: not identified */
    uint64_t excluded; /* places in the list of dissectors that called it malformed or left it */
    uint32_t tries;
    size_t unsure; /* bytes that may begin something, as the latest answer was; 0: none */
    uint32_t next; /* inner channels: sequence number of the next byte */
    uint8_t dir;
    bool from_start; /* the stream begins behind the SYN, not in the middle */
    bool told;       /* its dissector has told something */
    bool over;       /* nothing more to learn from this direction */
} cx_side;

struct cx_channel {
    cx_flows *flows;
    cx_flow *flow;
    cx_channel *outer;  /* NULL: the conversation itself */
    cx_channel *inner;  /* the latest of those inside */
    cx_channel *before; /* the inner one opened before this */
    cx_inner what;      /* inner channels: what the carrier says of it */
    uint32_t exchange;  /* likewise */
    uint32_t depth;     /* of channels and children around it */
    uint32_t n_inner;
    bool lent;              /* the state of its reader is another's */
    cx_logon_memory *logon; /* of the conversation: who authenticates */
    uint32_t n_readers;
    cx_channel_reader readers[CX_CHANNEL_READERS];
    cx_side side[2];
};

/* The channel of a conversation. */
void cx_channel_init(cx_channel *c, cx_flows *f, cx_flow *flow);

/* The connection was reset: passes on what the streams hold, and keeps those of them that hold
 * nothing for what was on its way. False: no dissector here waits for that. */
bool cx_channel_reset(cx_channel *c);

/* Does a stream know of bytes that were sent and not seen? */
bool cx_channel_lacks(const cx_channel *c);

/* Passes on what the streams hold, closes the inner channels and the dissectors, frees all. */
void cx_channel_end(cx_channel *c);

/* A stream for this direction that passes on to its reader. False: no memory. */
bool cx_channel_open(cx_side *s);

/* Gives the direction to a dissector. False: no memory, or too many were tried. */
bool cx_channel_give(cx_side *s, const cx_dissector *d);

/* A channel to lend to one conversation of datagrams after the other, as most leave nothing in it:
 * to make one anew for each takes longer than to read a message. NULL: no memory. Freed by free. */
cx_channel *cx_channel_new_lent(cx_flows *f);

/* Gives both directions of it to a dissector whose state stays the caller's. */
void cx_channel_lend(cx_channel *c, cx_flow *flow, const cx_dissector *d, void *state);

/* What a lent channel holds beside its reader, as a channel of its own, which the lent one then no
 * longer has; NULL: nothing, or no memory. */
cx_channel *cx_channel_keep(cx_channel *c);

/* A datagram for the reader of the direction. */
cx_fed cx_channel_datagram(cx_side *s, const cx_chunk *chunk);

/* Frees the stream of a direction that is over. */
void cx_channel_drop(cx_side *s);

/* Who may read bytes of this conversation. */
cx_identify cx_channel_question(const cx_flows *f, const cx_flow *flow);
