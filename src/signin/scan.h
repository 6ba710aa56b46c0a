/* Who probes instead of signing in: what such a client meets is no failure (signin-failures 11,
 * general traps). */
#pragma once

#include "event/event.h"

#define CX_SCAN_TARGETS                                                                            \
    12u                   /* different ports, hosts or users that fail: no sign-in has so many     \
                           */
#define CX_SCAN_SILENT 3u /* connections to ports of SIP without a word: no sign-in has so many */
#define CX_SCAN_ODD    3u /* connections to a SIP port that said something of no known protocol */

/* What was seen of one client. Times are capture times; what is older than 60 s is forgotten. */
typedef struct cx_scan {
    uint64_t target[CX_SCAN_TARGETS]; /* hashes of the server ports that failed */
    uint64_t user[CX_SCAN_TARGETS];   /* hashes of the addresses that no registrar knew */
    uint32_t n_targets, n_users, n_odd, n_silent;
    uint32_t unknown, registered; /* answers 404 or 604, and 2xx */
    int64_t target_ns, user_ns, registered_ns, odd_ns, tls_ns, silent_ns;
    bool tool;      /* it calls itself a scanner */
    bool lists_tls; /* at tls_ns */
} cx_scan;

/* A connection to server was refused or not answered. crafted: 0, or the port that it came from
 * when its SYN was made by a program instead of the system (hping): then each counts. */
void cx_scan_target(cx_scan *s, const cx_endpoint *server, uint16_t crafted, int64_t ts_ns);

/* An attempt of the client turned out to list what a server's TLS speaks: what it tries at other
 * ports then is of the same kind. */
void cx_scan_tls(cx_scan *s, int64_t ts_ns);

/* A registrar does not know this address; it registered one. A gateway with thousands of users has
 * some that are unknown, who tries names has little else. */
void cx_scan_unknown_user(cx_scan *s, cx_slice user, int64_t ts_ns);
void cx_scan_registered(cx_scan *s, int64_t ts_ns);

/* A connection to a port of SIP ended on which the client spoke neither SIP nor TLS. */
void cx_scan_odd(cx_scan *s, int64_t ts_ns);

/* A connection to a port of SIP ended on which the client said nothing. */
void cx_scan_silent(cx_scan *s, int64_t ts_ns);

/* The client checks now and then whether ports of SIP accept: a load balancer, a monitor. What says
 * more than that may still be a sign-in that it passes on. */
bool cx_scan_checks_health(const cx_scan *s, int64_t now_ns);

/* The User-Agent of a SIP request. */
void cx_scan_user_agent(cx_scan *s, cx_slice user_agent);

/* Whether a program of that name is a scanner. */
bool cx_scan_is_tool(cx_slice user_agent);

/* own: what asked calls itself otherwise than a scanner; behind one address may be several. */
bool cx_scan_is_one(const cx_scan *s, bool own, int64_t now_ns);
