/* Who probes instead of signing in: what such a client meets is no failure (signin-failures 11,
 * general traps). */
#pragma once

#include "event/event.h"

#define CX_SCAN_TARGETS                                                                            \
    12u                /* different ports, hosts or users that fail: no sign-in has so many        \
                        */
#define CX_SCAN_ODD 3u /* connections to a SIP port that said something of no known protocol */

/* What was seen of one client. Times are capture times; what is older than 60 s is forgotten. */
typedef struct cx_scan {
    uint64_t target[CX_SCAN_TARGETS]; /* hashes of the server ports that failed */
    uint64_t user[CX_SCAN_TARGETS];   /* hashes of the addresses that no registrar knew */
    uint32_t n_targets, n_users, n_odd;
    uint32_t unknown, registered; /* answers 404 or 604, and 2xx */
    int64_t target_ns, user_ns, registered_ns, odd_ns;
    bool tool; /* it calls itself a scanner */
} cx_scan;

/* A connection to server was refused or not answered. */
void cx_scan_target(cx_scan *s, const cx_endpoint *server, int64_t ts_ns);

/* A registrar does not know this address; it registered one. A gateway with thousands of users has
 * some that are unknown, who tries names has little else. */
void cx_scan_unknown_user(cx_scan *s, cx_slice user, int64_t ts_ns);
void cx_scan_registered(cx_scan *s, int64_t ts_ns);

/* A connection to a port of SIP ended on which the client spoke neither SIP nor TLS. */
void cx_scan_odd(cx_scan *s, int64_t ts_ns);

/* The User-Agent of a SIP request. */
void cx_scan_user_agent(cx_scan *s, cx_slice user_agent);

bool cx_scan_is_one(const cx_scan *s);
