/* What a rule works with: the attempt, what the person said, and the finding that it fills. */
#pragma once

#include "base/buf.h"
#include "rules/rule.h"

#define CX_SECOND_NS INT64_C(1000000000)

/* The least time that a SYN goes unanswered before it is called so (signin-failures 11). */
#define CX_LEAST_SILENCE_NS (4 * CX_SECOND_NS)

/* A client that takes no next step within that has none: Communicator and pidgin-sipe ask and
 * connect within milliseconds, and repeat a lost query after 5 s at the latest. */
#define CX_NEXT_STEP_NS (5 * CX_SECOND_NS)

/* A client that knows another address, record or family takes it at once, after the repeated SYNs
 * of Windows, which are half a second apart (KB 175523). */
#define CX_NEXT_SERVER_NS CX_SECOND_NS

/* The client asked the server for a connection for so long, and in vain, that no lost packet
 * explains it. */
static inline bool cx_is_timed_out(const cx_conn *c)
{
    return c->outcome == CX_CONN_TIMEOUT && c->tcp.n_syns >= 2 &&
           c->tcp.observed_ns >= CX_LEAST_SILENCE_NS;
}

/* The SYN was sent again before the first timer can have run out, which is 1 s (RFC 6298 2.1): an
 * answer came, a RST most likely (KB 175523), and the capture has none of it. */
static inline bool cx_is_early_again(const cx_conn *c)
{
    return c->tcp.syn[1].frame &&
           c->tcp.syn[1].ts_ns - c->tcp.syn[0].ts_ns < CX_SECOND_NS - CX_SECOND_NS / 10;
}

/* ... where no server is seen to answer anybody, or a second time as soon: a timer would have
 * doubled (RFC 6298 5.5). */
static inline bool cx_is_answer_unseen(const cx_attempt *a, const cx_conn *c)
{
    const cx_evidence *syn = c->tcp.syn;
    if (!cx_is_early_again(c))
        return false;
    return !a->two_way_flows ||
           (syn[2].frame && (syn[2].ts_ns - syn[1].ts_ns) * 2 < (syn[1].ts_ns - syn[0].ts_ns) * 3);
}

/* The connection leads nowhere: refused, rejected by ICMP, or timed out. */
static inline bool cx_is_dead(const cx_conn *c)
{
    return c->outcome == CX_CONN_REFUSED || c->outcome == CX_CONN_UNREACHABLE || cx_is_timed_out(c);
}

/* The capture ends so soon that the client may still take its next step. */
static inline bool cx_may_go_on(const cx_attempt *a)
{
    return a->capture_ended && a->decided_ns - a->last_ns < CX_NEXT_STEP_NS;
}

/* What the person knows and the wire does not say. */
typedef struct cx_policy {
    bool has_min_server, has_min_client;
    uint32_t ntlm_min_server, ntlm_min_client; /* NtlmMinServerSec, NtlmMinClientSec */
    enum { CX_NAMING_ANY, CX_NAMING_MUST_BE_STRICT, CX_NAMING_IS_PERMISSIVE } naming;
} cx_policy;

struct cx_judging {
    const cx_attempt *a;
    const cx_policy *policy;
    cx_arena *arena; /* text of findings */
    cx_finding *findings;
    uint32_t n_findings;
    const cx_rule *rule; /* whose detect runs */
};

/* A new finding of the running rule, about a connection (NULL: none). Never NULL: when the list is
 * full it is one that is thrown away, and the attempt's first finding of the rule counts it. */
cx_finding *cx_find(cx_judging *j, cx_confidence confidence, const cx_conn *conn);

void cx_find_text(cx_judging *j, cx_finding *f, const char *name, cx_slice text);
void cx_find_number(cx_judging *j, cx_finding *f, const char *name, int64_t number);
void cx_find_format(cx_judging *j, cx_finding *f, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds a frame that proves it; frame 0 is left out, and so is a ninth. */
void cx_show(cx_judging *j, cx_finding *f, cx_evidence at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The address of e as text in the arena; with the port as "a.b.c.d:p" or "[v6]:p". */
cx_slice cx_say_address(cx_judging *j, const cx_endpoint *e);
cx_slice cx_say_server(cx_judging *j, const cx_endpoint *e);

/* "name (address:port)" of a connection's server, or the address alone. */
cx_slice cx_say_conn(cx_judging *j, const cx_conn *c);

/* The name that the client most likely wanted, absent when only the address is known. */
cx_slice cx_wanted_name(const cx_conn *c);

/* Appends ", word" (or "word" to an empty list). False: it does not fit any more. */
bool cx_list_add(cx_buf *list, cx_slice word);

/* Seconds between two times, with one digit: "2.5". */
cx_slice cx_say_seconds(cx_judging *j, int64_t ns);
