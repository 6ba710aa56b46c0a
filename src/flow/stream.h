/* One direction of a TCP connection, put in order: segments in, chunks out; gaps are chunks.
 *
 * Survives loss, retransmission, overlap with equal or other bytes (the first copy wins, as most
 * hosts do; other bytes are counted), reordering, sequence wrap, keep-alives, a start in the middle
 * and a capture of one direction only. */
#pragma once

#include "base/limits.h"
#include "flow/dissector.h"

typedef struct cx_stream cx_stream;

typedef struct cx_stream_stats {
    uint64_t gaps, missing;        /* how many, and bytes */
    uint64_t overlaps_conflicting; /* segments that said other bytes for the same place */
    uint64_t dropped;              /* bytes thrown away by a cap */
} cx_stream_stats;

/* Takes the next in-order chunk (dir is set by the stream's owner). Answers as a dissector does:
 * consumed bytes are dropped, the rest is joined with what follows. */
typedef cx_fed (*cx_stream_out)(void *self, const cx_chunk *chunk);

/* budget: bytes that all streams together may still hold; shared, counted down and up.
 * NULL: no memory. */
cx_stream *cx_stream_new(uint8_t dir, cx_stream_out out, void *self, size_t *budget);

/* The first data byte has this sequence number (SYN seen). Without it the first segment decides. */
void cx_stream_start(cx_stream *s, uint32_t seq);

/* One segment: bytes as captured, wire_len >= bytes.len (the rest was snapped off). */
void cx_stream_push(cx_stream *s, uint32_t seq, cx_slice bytes, uint32_t wire_len, bool fin,
                    cx_evidence at);

/* The other side acknowledged everything below ack: what is still missing there is lost. */
void cx_stream_acked(cx_stream *s, uint32_t ack, cx_evidence at);

/* No more segments come (FIN, RST, end of capture): passes on what is held, gaps included. */
void cx_stream_finish(cx_stream *s);

/* Does it hold nothing: no segment behind a hole, no bytes that wait for more? */
bool cx_stream_is_idle(const cx_stream *s);

/* Does it know of bytes that were sent and not seen: before a waiting segment or a FIN? */
bool cx_stream_lacks(const cx_stream *s);

/* True once the dissector answered CX_DONE or CX_MALFORMED: nothing is held any more. */
bool cx_stream_done(const cx_stream *s);

const cx_stream_stats *cx_stream_stats_of(const cx_stream *s);
void cx_stream_free(cx_stream *s);
