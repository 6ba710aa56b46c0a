/* What a client asks about the certificate of a server while its handshake waits: revocation lists,
 * OCSP responders and certificates of issuers, at the places that the certificate names. Events in,
 * state out (signin-failures 1.4). */
#pragma once

#include "signin/client.h"
#include "signin/conn.h"

/* conn has just shown its server's certificates: the places that they name are watched from now
 * on. What is over the cap of the attempt is left out. */
void cx_fetch_watch(cx_attempt *a, const cx_conn *conn);

/* A TCP event of a conversation that is no connection of a sign-in. True: it goes to a place that
 * this client's certificates name. */
bool cx_fetch_take_tcp(cx_client *client, const cx_event *e);

/* The same for an HTTP message. */
bool cx_fetch_take_http(cx_client *client, const cx_event *e);

/* The attempt is about to be decided: finds the lookups of hosts that the client never went to. */
void cx_fetch_end(cx_attempt *a, const cx_client *client);

void cx_fetch_free(cx_attempt *a);

/* The kinds of places (bits of 1 << kind) that the client may have gone for: its own when a request
 * says so, else all that the certificates of this connection name at that host and port. */
uint32_t cx_fetch_kinds(const cx_attempt *a, const cx_fetch *f);

/* It brought what was asked for, or may have: the host answered in a way that is not readable. */
bool cx_fetch_succeeded(const cx_fetch *f);

/* The client went for it and surely did not get it by the time until_ns. */
bool cx_fetch_failed(const cx_fetch *f, int64_t until_ns);
