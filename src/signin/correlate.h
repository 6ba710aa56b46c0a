/* Events to one attempt per client and sign-in (signin-failures 11, points 2 and 3).
 *
 * An attempt begins with the first discovery lookup, connection to a SIP port, or REGISTER of a
 * client. It ends with a final answer to REGISTER (other than 401, 407, 423 and 3xx), with refused
 * credentials, or after 60 s without packets; then it is handed over, and freed. Memory follows
 * what goes on at one time, not the length of the capture. */
#pragma once

#include "signin/attempt.h"

/* What the person knows and the wire does not say. */
typedef struct cx_hints {
    cx_slice server; /* --server, without port; absent: unknown */
    uint16_t port;   /* of --server; 0: not given */
    cx_slice domain; /* --domain; absent: unknown */
} cx_hints;

typedef struct cx_attempt_sink {
    /* a is valid during the call; see cx_correlator_end. */
    void (*attempt)(void *self, const cx_attempt *a);
    void *self;
} cx_attempt_sink;

typedef struct cx_correlate_stats {
    uint64_t clients_forgotten, lookups_forgotten, attempts_cut; /* by caps */
} cx_correlate_stats;

typedef struct cx_correlator cx_correlator;

/* NULL: no memory. */
cx_correlator *cx_correlator_new(const cx_hints *hints, cx_attempt_sink sink);

/* Takes the next event, in capture order. */
void cx_correlator_event(cx_correlator *c, const cx_event *e);

/* e comes soon, or (near) sooner: what is remembered of its client is asked for. */
void cx_correlator_expect(const cx_correlator *c, const cx_event *e, bool near);

/* Attempts that are open. */
uint32_t cx_correlator_open(const cx_correlator *c);

/* End of the capture, whose last packet has this time: decides what is open. What it hands over
 * stays as it is until cx_correlator_free, so that another thread may read it meanwhile. */
void cx_correlator_end(cx_correlator *c, int64_t last_ns);

const cx_correlate_stats *cx_correlator_stats(const cx_correlator *c);
void cx_correlator_free(cx_correlator *c);
