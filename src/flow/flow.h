/* The records behind flow_table.h, for the files of this folder only.
 *
 * A slot of the hash table (8 bytes) points to a flow (64 bytes, one cache line), that to a TCP
 * record and, for the few flows of interest, to a talk with streams and dissectors. Flows and TCP
 * records lie in chunks that never move, and are used again through free lists. */
#pragma once

#include "base/pool.h"
#include "flow/duplicate.h"
#include "flow/flow_table.h"
#include "flow/interest.h"
#include "flow/stream.h"

typedef struct cx_talk cx_talk;
typedef struct cx_channel cx_channel;

/* Evidence in 16 bytes. */
typedef struct cx_spot {
    int64_t ts_ns;
    uint64_t frame : 48, file : 16;
} cx_spot;

static inline cx_spot cx_spot_of(const cx_evidence *e)
{
    return (cx_spot){.ts_ns = e->ts_ns, .frame = e->frame & 0xffffffffffff, .file = e->file};
}

static inline cx_evidence cx_spot_evidence(cx_spot s)
{
    return (cx_evidence){.frame = s.frame, .ts_ns = s.ts_ns, .file = s.file};
}

/* Both ends, the lower one first, so that both directions have one key. */
typedef struct cx_flow_key {
    uint8_t addr[2][16];
    uint16_t port[2];
    uint8_t proto, family;
} cx_flow_key;

typedef struct cx_flow {
    cx_flow_key key;
    cx_path path[2];  /* that packets of either end of the key took; CX_PATH_UNSEEN: none came */
    uint32_t id;      /* number of the conversation, from 1; 0: the record is free */
    uint32_t tcp;     /* index of the TCP record + 1; 0: none. Free records: the next one + 1 */
    uint8_t tries[2]; /* payload packets that were looked at, by direction */
    bool client_high : 1; /* the client is the second end of the key */
    bool on_port : 1;     /* of a dissector */
    bool told : 1;        /* nothing more to learn: no talk any more */
    bool touched : 1;     /* since the clock hand passed */
    uint8_t idle : 2;     /* turns without a packet (idle.c) */
    bool any_path : 1;    /* copies came on several paths: what comes on another is of this flow */
    cx_talk *talk;
} cx_flow;

_Static_assert(sizeof(cx_flow) == 64, "a flow is a cache line");

typedef enum cx_tcp_flag {
    CX_TCP_SAW_SYN = 1,
    CX_TCP_SAW_SYNACK = 2,
    CX_TCP_IS_CONNECTED = 4,
    CX_TCP_IS_MID = 8,      /* neither SYN nor SYN-ACK was seen */
    CX_TCP_IS_REFUSED = 16, /* said; and so on */
    CX_TCP_IS_TIMEOUT = 32,
    CX_TCP_IS_UNREACHABLE = 64,
    CX_TCP_IS_ENDED = 128,    /* by RESET, CLOSED, HALF_OPEN: no further end */
    CX_TCP_IS_WAITING = 256,  /* in the list of those whom time decides */
    CX_TCP_IS_RESET = 512,    /* RESET was told */
    CX_TCP_IS_BARE = 1024,    /* its SYN has no options */
    CX_TCP_IS_UNSUMMED = 2048 /* the SYN leaves its checksum to the network card; twice that: the
                                 SYN-ACK does */
} cx_tcp_flag;

typedef struct cx_tcp_half {
    uint64_t bytes, packets;
    uint32_t retransmissions;
    int64_t stalled_ns;              /* longest time from last_data to a retransmission */
    uint32_t base;                   /* initial sequence number, as far as known */
    uint32_t next;                   /* behind the last byte seen, SYN and FIN left out */
    uint32_t acked;                  /* highest acknowledgment of the other side */
    uint32_t stands;                 /* highest sequence number of a packet without payload */
    uint32_t hole_from, hole_to;     /* before next: where the receiver waits, else the latest */
    uint32_t stuck_seq;              /* segment that the other side waits for, sent again … */
    uint16_t stuck_len, stuck_times; /* … so often with so many bytes at least */
    uint16_t largest, passed;        /* bytes of a segment: seen; surely acknowledged */
    uint16_t repeated_acks;          /* of the other side, since acked stands */
    uint8_t ttl, rst_ttl;
    bool has_base, has_next, has_acked, has_start, has_stands;
    uint16_t mss; /* that it takes, as it says; 0: unknown */
    cx_spot first_data, last_data, fin, rst, stalled;
} cx_tcp_half;

typedef struct cx_tcp {
    uint32_t stream;         /* Wireshark's number, or CX_NO_STREAM */
    uint32_t state;          /* CX_TCP_SAW_… and so on */
    uint32_t flow;           /* index of the flow */
    uint32_t later, earlier; /* list of those waiting: index + 1 */
    uint32_t n_syns, refusals;
    uint8_t first_close; /* direction of the first FIN or RST */
    uint8_t last_dir;    /* of the last packet */
    uint8_t waits_in;    /* list of the wheel, while waiting */
    uint32_t wait_no;    /* in which order they began to wait */
    int64_t deadline_ns; /* of the capture's clock, while waiting */
    int64_t rtt_ns;
    int64_t syn_gap_ns; /* between the last two SYNs */
    cx_spot syn, last_syn, answer, last;
    uint32_t silent_syns;        /* since the latest refusal, the first of them soon after it */
    cx_spot refused, silent_syn; /* that refusal; the first of these SYNs */
    cx_spot before_idle, woke; /* last packet before a long silence; the client's data that ended it
                                  and has no answer yet (frame 0: none), … */
    uint32_t resent;           /* … sent again so often */
    cx_spot *more_syns;        /* CX_MAX_SYNS - 1, once there is a second */
    cx_tcp_half half[2];       /* by direction */
} cx_tcp;

typedef struct cx_talk_list {
    cx_talk *oldest, *newest; /* by last use */
} cx_talk_list;

typedef struct cx_slot {
    uint32_t hash, flow; /* index + 1; 0: empty */
} cx_slot;

typedef struct cx_flow_emit {
    cx_emit emit; /* first: what dissectors see */
    cx_flows *flows;
    cx_flow *flow;
    cx_channel *channel;
    uint8_t dir;
} cx_flow_emit;

#define CX_WAITING_TICK  30u /* bits: lists of the wheel are 2^30 ns apart */
#define CX_WAITING_LISTS 128u

typedef struct cx_due {
    uint32_t no, tcp;
} cx_due;

/* TCP records that time decides (waiting.c). */
typedef struct cx_waiting {
    uint32_t lists[CX_WAITING_LISTS]; /* index + 1 of their first records */
    uint64_t swept;                   /* tick up to which all was looked at */
    uint32_t next_no;
    cx_due *due; /* while sweeping */
    uint32_t cap_due;
} cx_waiting;

/* The hand that finds conversations that are over (idle.c). */
typedef struct cx_idle {
    uint32_t hand; /* 0: it waits for its next turn */
    int64_t next_turn_ns;
    uint64_t *forgotten; /* bits of the keys of connections that left; NULL: none did */
} cx_idle;

struct cx_flows {
    cx_flow_config config;
    cx_slot *slots;
    uint32_t mask; /* slots - 1 */
    uint32_t n_flows;
    cx_pool flows, tcps;
    uint32_t hand; /* of the clock that finds idle flows */
    uint32_t next_id, next_stream;
    bool streams_unsure; /* after an eviction: Wireshark's numbers are no longer known */
    cx_waiting waiting;
    cx_idle idle;
    int64_t clock_ns, next_sweep_ns; /* latest time stamp; INT64_MIN before the first */
    cx_talk_list talks[2];           /* of TCP, of UDP */
    uint32_t n_talks;
    cx_pool udp_talks;
    struct cx_channel *lent; /* for datagrams (channel.h) */
    size_t budget;           /* bytes that streams may still hold */
    cx_arena scratch;
    cx_interest interest;
    struct cx_cert_cache *certs; /* NULL: no memory for one; each is read then */
    cx_duplicates *duplicates;
    cx_event event; /* of TCP; zero behind u.tcp, as 4 KiB are too many to clear each time */
    cx_flow_stats stats;
    bool has_new;      /* the TCP packet at hand has payload that was not seen before: … */
    uint32_t new_from; /* … from this sequence number on */
};

/* ---- flow_table.c ---- */

static inline cx_flow *cx_flow_at(const cx_flows *f, uint32_t i)
{
    return cx_pool_at(&f->flows, i);
}

static inline cx_tcp *cx_tcp_at(const cx_flows *f, uint32_t i)
{
    return cx_pool_at(&f->tcps, i);
}

static inline cx_tcp *cx_tcp_of(const cx_flows *f, const cx_flow *flow)
{
    return flow->tcp ? cx_tcp_at(f, flow->tcp - 1) : NULL;
}

/* The end of a flow that is the client or the server. */
cx_endpoint cx_flow_end_of(const cx_flow *flow, uint8_t dir);

/* Sends an event: flow, stream and endpoints are filled in. flow NULL: they are set already. */
void cx_flow_tell(cx_flows *f, const cx_flow *flow, cx_event *e);

/* The conversation between the two, rather one on this path than another, or NULL; never a new one.
 * *ret_dir: direction from src. */
cx_flow *cx_flow_find(cx_flows *f, const cx_endpoint *src, const cx_endpoint *dst, cx_path path,
                      uint8_t *ret_dir);

/* Is this packet a copy of an earlier one? Then that is told, and it is to be left alone. print: of
 * cx_duplicate_print; hash: of its conversation. */
bool cx_flow_is_copy(cx_flows *f, const cx_l4 *p, uint64_t print, uint32_t hash);

/* Who is the client when no packet says so: from the ports, else the sender. */
bool cx_flow_src_is_client(const cx_flows *f, const cx_endpoint *src, const cx_endpoint *dst);

/* ---- tcp_state.c ---- */

/* A packet before its payload is read: SYNs, counters, connection. fresh: the first packet of the
 * flow. *dir may change with the roles. */
void cx_tcp_before(cx_flows *f, cx_flow *flow, const cx_l4 *p, bool fresh, uint8_t *dir);

/* Does the segment go on where this direction of the connection stands, whichever way it came? */
bool cx_tcp_continues(const cx_tcp *t, const cx_l4 *p, uint8_t dir);

/* The same packet after its payload was read: FIN and RST. */
void cx_tcp_after(cx_flows *f, cx_flow *flow, const cx_l4 *p, uint8_t dir, bool fresh);

/* The conversation ends (end of input, eviction, ports used again): says what became of it. */
void cx_tcp_end(cx_flows *f, cx_flow *flow);

/* The time of a record that waits has come. */
void cx_tcp_due(cx_flows *f, cx_tcp *t);

/* An ICMP error quotes a packet that dir of flow sent. */
void cx_tcp_unreachable(cx_flows *f, cx_flow *flow, uint8_t dir, const cx_l4 *p);

/* Gives back what the record holds. */
void cx_tcp_drop(cx_flows *f, cx_tcp *t);

/* This conversation may be forgotten soon: asks for the memory of its slot, which is not near. */
void cx_flow_expect_forget(const cx_flows *f, uint32_t index);

/* Says what there is to say of a conversation, and frees its records. */
void cx_flow_forget(cx_flows *f, uint32_t index);

/* A packet of TCP or UDP that came inside another one. */
void cx_flow_packet(cx_flows *f, const cx_l4 *p);

/* ---- idle.c ---- */

/* Forgets conversations that are over and idle. */
void cx_idle_sweep(cx_flows *f);

/* May there have been a connection with this key that was forgotten? */
bool cx_idle_forgot(const cx_flows *f, const cx_flow_key *key);

/* ---- waiting.c ---- */

/* The record is decided at this time of the capture's clock, at most CX_WAITING_LISTS ticks from
 * now; one that waits already, then instead. */
void cx_waiting_add(cx_flows *f, cx_tcp *t, int64_t deadline_ns);

/* It is not decided by time, after all. */
void cx_waiting_remove(cx_flows *f, cx_tcp *t);

/* Decides those whose time has come. */
void cx_waiting_sweep(cx_flows *f);

void cx_waiting_free(cx_flows *f);

/* ---- icmp.c ---- */

void cx_icmp_packet(cx_flows *f, const cx_l4 *p);

/* ---- talk.c, talk_udp.c ---- */

/* The payload of a packet: to the streams and dissectors, where the flow is of interest. */
void cx_talk_tcp(cx_flows *f, cx_flow *flow, const cx_l4 *p, uint8_t dir);
void cx_talk_udp(cx_flows *f, cx_flow *flow, const cx_l4 *p, uint8_t dir);

/* The first fragment of an answer. */
void cx_talk_udp_part(cx_flows *f, cx_flow *flow, const cx_l4 *p);

/* Passes on what the streams hold, closes the dissectors and frees everything. */
void cx_talk_end(cx_flows *f, cx_flow *flow);

/* The connection was reset: passes on what waits. True: the talk goes on for what was on its way.
 */
bool cx_talk_reset(cx_flows *f, cx_flow *flow);

/* Does a stream know of bytes that were sent and not seen? */
bool cx_talk_lacks(const cx_flow *flow);

/* Ends talks of UDP that were silent for long. */
void cx_talk_sweep(cx_flows *f);
