/* Who issued the certificates of a capture, of any server and port: what one handshake cannot tell
 * about its issuer (signin-failures 1.3, 1.4). Bounded tables; of two that fall together the later
 * one stays. */
#pragma once

#include "signin/attempt.h"

typedef struct cx_issuers cx_issuers;

/* NULL: no memory. */
cx_issuers *cx_issuers_new(void);
void cx_issuers_free(cx_issuers *i);

/* Takes the Certificate message of a server. */
void cx_issuers_take(cx_issuers *i, const cx_event *e);

/* A client used a connection of which that event was the server's Certificate. */
void cx_issuers_taken(cx_issuers *i, const cx_event *e);

/* Fills what is known of the issuers of a connection's certificate. */
void cx_issuers_tell(const cx_issuers *i, cx_conn *conn);
