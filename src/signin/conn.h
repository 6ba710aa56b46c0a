/* What was seen on one connection of an attempt: events in, state out. */
#pragma once

#include "signin/attempt.h"

/* A connection for the conversation of e. NULL: no memory. Owned by its attempt. */
cx_conn *cx_conn_new(const cx_event *e);
void cx_conn_free(cx_conn *c);

/* Takes an event of this conversation: TCP, TLS, ICMP, gap, malformed, and SIP as far as it belongs
 * to the connection itself. What does not fit in the arena's cap is left out. */
void cx_conn_take(cx_conn *c, const cx_event *e);

/* Takes answers of OCSP, if one is about the leaf of this connection's server. fetched: the client
 * got them from a responder. */
void cx_conn_take_ocsp(cx_conn *c, const cx_ocsp *answers, uint32_t n, const cx_evidence *at,
                       bool fetched);

/* A copy of e that lives as long as c; NULL when the cap is reached. */
const cx_event *cx_conn_keep(cx_conn *c, const cx_event *e);

/* ---- What the state means ---- */

/* SYN without a working connection: refused, timed out, rejected by ICMP, or half open. */
static inline bool cx_conn_never_opened(const cx_conn *c)
{
    return c->outcome == CX_CONN_REFUSED || c->outcome == CX_CONN_TIMEOUT ||
           c->outcome == CX_CONN_UNREACHABLE || c->outcome == CX_CONN_HALF_OPEN;
}

static inline bool cx_conn_opened(const cx_conn *c)
{
    return c->outcome == CX_CONN_ESTABLISHED || c->outcome == CX_CONN_MID;
}

/* The negotiated version, 0 before a ServerHello. */
uint16_t cx_conn_tls_version(const cx_conn *c);

/* Where its ClientHello was seen, be it whole or cut short by the capture; frame 0: nowhere. */
cx_evidence cx_conn_hello_at(const cx_conn *c);

/* The handshake is complete: both Finished, or in TLS 1.3 protected records both ways. */
bool cx_conn_tls_complete(const cx_conn *c);

/* The client used the channel: application data from it after the handshake. In TLS 1.3 its
 * Finished looks the same, so records of both sides beyond the handshake are asked for. */
bool cx_conn_tls_used(const cx_conn *c);

/* Is host, a name or an address, its server, as far as the lookups tell? */
bool cx_conn_is_to(const cx_conn *c, cx_slice host);

/* TLS up to 1.2 came up, and the server said nothing inside it. In TLS 1.3 its tickets look like an
 * answer, and what can be read is judged by what it says. */
bool cx_conn_mute_inside(const cx_conn *c);

/* The client accepted the server's certificate: it went on to the key exchange (<= TLS 1.2). */
bool cx_conn_cert_accepted(const cx_conn *c);

/* A server asks its peer again and again whether it is there: nobody who signs in does. */
bool cx_conn_is_trunk(const cx_conn *c);

/* Who ended it: CX_FROM_CLIENT, CX_FROM_SERVER, or -1 when it did not end. */
int cx_conn_ended_by(const cx_conn *c);
