/* What conversations of TCP (talk.c) and of UDP (talk_udp.c) that are of interest have in common.
 * For the files of this folder only. */
#pragma once

#include "flow/channel.h"

/* The beginning of both kinds of records. */
struct cx_talk {
    cx_flow *flow;
    cx_talk *older, *newer; /* by last use */
    int64_t used_ns;
};

/* Room for one more: where there is none, the one of the same transport that was silent for longest
 * ends. */
void cx_talk_make_room(cx_flows *f, const cx_flow *flow);

/* The talk of this flow begins, was used, ends. */
void cx_talk_link(cx_flows *f, cx_talk *k, cx_flow *flow);
void cx_talk_use(cx_flows *f, cx_talk *k);
void cx_talk_unlink(cx_flows *f, cx_talk *k);

/* The payload of a packet as a chunk. */
cx_chunk cx_talk_chunk(const cx_l4 *p, uint8_t dir);

/* Whose first bytes are these? As cx_identify_first; CX_MATCH_NO: nobody's, or they are not looked
 * at any more. */
cx_match cx_talk_match(cx_flows *f, cx_flow *flow, const cx_chunk *chunk, const cx_dissector **ret);

/* Closes the dissector and frees the record. */
void cx_talk_udp_end(cx_flows *f, cx_talk *k);
