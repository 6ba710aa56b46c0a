/* Conversations: every packet touches a slot, few get streams and a dissector. Says what became of
 * each TCP connection (signin-failures 5.1) and ties ICMP errors to the connection they quote. */
#pragma once

#include "flow/dissector.h"
#include "net/decode.h"

typedef struct cx_flows cx_flows;

typedef struct cx_flow_config {
    const cx_dissector *const *dissectors; /* NULL at the end; in probe order */
    cx_event_sink sink;
    const bool *unread; /* does the sink read messages of DNS itself (dissectors/dns_unread.h)? may
                           change between batches; NULL: no */
    cx_tls_opener *opener; /* NULL: there are no secrets */
    cx_trust *trust;       /* NULL: no roots were given */
    uint64_t seed;         /* of the hash; any number, results do not depend on it */
    uint32_t max_flows;    /* 0: CX_MAX_FLOWS */
} cx_flow_config;

/* For coverage. */
typedef struct cx_flow_stats {
    uint64_t flows, tcp, udp;
    uint64_t mid_stream; /* TCP conversations met without their SYN, with payload */
    uint64_t one_sided;  /* TCP conversations with packets of one direction only */
    uint64_t evicted;    /* conversations forgotten for lack of room */
    uint64_t given_up;   /* TCP conversations whose dissector was closed for lack of room */
    uint64_t gaps, gap_bytes, dropped_bytes;
    uint64_t duplicates; /* copies of packets that were left alone */
    cx_evidence first_duplicate;
    cx_evidence first_gap, first_mid_stream, first_one_sided, first_evicted; /* frame 0: none */
} cx_flow_stats;

/* NULL: no memory. */
cx_flows *cx_flows_new(const cx_flow_config *config);

/* Takes n decoded packets in capture order; emits the events that they complete. */
void cx_flows_batch(cx_flows *f, const cx_l4 *packets, size_t n);

/* End of input: decides and closes every conversation, in order of their first packets. */
void cx_flows_end(cx_flows *f);

const cx_flow_stats *cx_flows_stats(const cx_flows *f);
void cx_flows_free(cx_flows *f);
