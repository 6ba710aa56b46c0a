/* One NTLM or Kerberos exchange outside of SIP: events in, state out. */
#pragma once

#include "signin/attempt.h"

/* An exchange that begins with e (NTLM, KRB or LOGON). NULL: no memory. */
cx_exchange *cx_exchange_new(const cx_event *e);
void cx_exchange_free(cx_exchange *x);

/* Takes an event of this exchange. */
void cx_exchange_take(cx_exchange *x, const cx_event *e);

/* Is e, on the same conversation, the next message of x? Else it begins another exchange. */
bool cx_exchange_goes_on(const cx_exchange *x, const cx_event *e);

/* KRB-ERRORs that are steps of a good exchange: a request without pre-authentication, an answer
 * too long for UDP, a referral, more pre-authentication (RFC 4120 7.5.9; ntlm-kerberos-tls.md 5.3).
 */
bool cx_krb_error_is_step(int32_t code);

/* The part of a principal before "@": an enterprise name and the plain one are the same user. */
cx_slice cx_principal_user(cx_slice name);
