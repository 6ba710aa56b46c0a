/* What the files that follow TCP connections share: tcp_state.c (what became of them), tcp_count.c
 * (what their segments add up to) and tcp_tell.c (what is told of them). */
#pragma once

#include "flow/flow.h"

/* Segments of a client without an answer, after which a server counts as one that does not hear. */
#define CX_LEAST_RESENT 3u

/* a - b, without overflow: time stamps come from the capture. */
static inline int64_t cx_ns_between(int64_t a, int64_t b)
{
    int64_t d;
    return __builtin_sub_overflow(a, b, &d) ? a > b ? INT64_MAX : 0 : d;
}

/* Of sequence numbers (RFC 9293 3.4). */
static inline bool cx_seq_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/* ---- tcp_count.c; dir: of the packet ---- */

/* As Wireshark guesses: what is not a SYN comes one behind the initial sequence number. */
void cx_tcp_learn_bases(cx_tcp *t, const cx_l4 *p, uint8_t dir);

/* Is it a probe that brings nothing: one byte before what is due (RFC 9293 3.8.4), or such a byte
 * at the beginning of what the capture saw? There only a zero byte, as most systems send it, is
 * taken for one: a record or message may begin with any other byte alone in its segment. */
bool cx_tcp_is_keep_alive(const cx_tcp *t, const cx_tcp_half *h, const cx_l4 *p);

/* h is acknowledged up to ack. bare: the packet has nothing else to say. */
void cx_tcp_take_ack(cx_tcp_half *h, uint32_t ack, bool bare);

/* A packet without payload tells how far its sender has come. */
void cx_tcp_take_stand(cx_tcp_half *h, uint32_t seq);

/* Sets f->has_new and f->new_from: what of the payload was not seen before. */
void cx_tcp_count_payload(cx_flows *f, cx_tcp *t, const cx_l4 *p, uint8_t dir);

/* Does the other side still know this connection, after a long silence? Devices on the way may have
 * forgotten it: what the client says then gets no answer. f->has_new is of this packet. */
void cx_tcp_count_idle(cx_flows *f, cx_tcp *t, const cx_l4 *p, uint8_t dir);

/* Bytes before data that was seen, and at which the other side stands still. */
uint32_t cx_tcp_hole(const cx_tcp_half *h);

/* ---- tcp_tell.c ---- */

/* The event of the flow table, filled with what is known of t; valid until the next one. */
cx_event *cx_tcp_event(cx_flows *f, const cx_tcp *t, cx_tcp_what what, uint8_t dir, cx_evidence at);

/* Hands it on at once. */
void cx_tcp_tell(cx_flows *f, const cx_tcp *t, cx_tcp_what what, uint8_t dir, cx_evidence at);
