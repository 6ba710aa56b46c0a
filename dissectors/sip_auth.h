/* Authentication headers of SIP and the tokens in them (RFC 3261 20.7, 20.44; MS-SIPAE 2.2). */
#pragma once

#include "base/arena.h"
#include "event/event.h"

/* Reads one WWW-Authenticate, Authorization or Authentication-Info value, unfolded. Responses are
 * noticed, never kept. *ret_token: the decoded gssapi-data, p == NULL when there is none to decode;
 * it and the slices of *ret point into value and into the arena. */
void cx_sip_auth_read(cx_slice value, cx_sip_auth_role role, bool proxy, cx_arena *a,
                      cx_sip_auth *ret, cx_slice *ret_token);
