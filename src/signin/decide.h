/* What an attempt came to, as far as the wire says it: when it ends, whose name each connection
 * carries, and its outcome. Causes are the rules' business. */
#pragma once

#include "signin/correlate.h"

typedef enum cx_decision {
    CX_DECIDE_TELL,
    CX_DECIDE_TELL_IF_ALONE, /* TLS to port 443 of just any host: told when there is nothing else */
    CX_DECIDE_DROP           /* no sign-in after all */
} cx_decision;

/* The server says what the request lacks, or has too much, and clients send it again without or
 * with that: 420 (RFC 3261 8.1.3.5), 421 and 494 (RFC 3329 2.3.1), 439 (RFC 5626 6). */
static inline bool cx_status_asks_again(uint16_t status)
{
    return status == 420 || status == 421 || status == 439 || status == 494;
}

/* The final response of r ends the attempt (signin-failures 11, point 3). */
bool cx_decide_ends(const cx_attempt *a, const cx_register *r);

/* l is a discovery name of the domain of the user that signed in, or of one above or below it. */
bool cx_decide_is_for_user(const cx_attempt *a, const cx_lookup *l);

/* l gave the address of one of a's connections, or resolves a target that a was led to. */
bool cx_decide_wants_lookup(const cx_attempt *a, const cx_lookup *l);

/* Fills kind, configuration, outcome, decisive, and of each connection wanted, srv, host, named_by.
 */
cx_decision cx_decide(cx_attempt *a, const cx_hints *hints);

/* The same for an attempt of exchanges alone (decide_logon.c). */
cx_decision cx_decide_logon(cx_attempt *a);

/* ---- REGISTER transactions, as outcome and rules read them ---- */

/* The credentials of the request, or NULL: the scheme that it used. */
const cx_sip_auth *cx_register_used(const cx_register *r);

/* The request carried credentials that complete an authentication: an NTLM AUTHENTICATE, a Kerberos
 * token, a signature on an established association, or an answer to a Digest challenge. */
bool cx_register_full_token(const cx_register *r);

/* The response is 401 or 407. */
bool cx_register_challenged(const cx_register *r);

/* The response challenges anew after complete credentials: they were refused. Digest with a stale
 * nonce, or with a nonce from before this attempt, is not refused. */
bool cx_register_refused(const cx_attempt *a, const cx_register *r);

/* A nonce runs out, and the next one is taken; two servers that take turns without sharing theirs
 * give two in a row. More of them in one sign-in lead nowhere. */
#define CX_STALE_AT_MOST 2u

/* r is one answer more with stale=true to complete Digest credentials than CX_STALE_AT_MOST. */
bool cx_register_stale_again(const cx_attempt *a, const cx_register *r);

/* Of a Digest nonce; never 0. */
uint64_t cx_nonce_hash(cx_slice nonce);

/* The final response is 2xx and the request was no sign-out. */
bool cx_register_accepted(const cx_register *r);

/* Over UDP the client repeats a request until it has the answer, for 32 s at most (RFC 3261
 * 17.1.2.2, timers E and F): it went on for 15 s and more behind the one that is in the capture,
 * which did not arrive. */
bool cx_register_unheard(const cx_register *r);
