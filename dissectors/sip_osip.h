/* SIP values read by libosip2: URIs, name-addresses, Via. The whole-message parser of that library
 * is not used, nor its reader of credentials, which cannot tell gssapi-data="" from none. */
#pragma once

#include "base/arena.h"
#include "event/event.h"

/* Binds libosip2's allocators, which are global, to the arena of the value that is being read. The
 * app calls it once before it reads input; a parse does so itself where that was forgotten. */
void cx_sip_osip_setup(void);

/* A parameter that is wanted of a value, in small letters, and what it says: p == NULL when it is
 * not there. */
typedef struct cx_sip_wanted {
    const char *name;
    cx_slice value;
} cx_sip_wanted;

/* A URI. ret->text is set in any case; false: libosip2 cannot read it, only the text is set.
 * Slices point into text and into the arena. */
bool cx_sip_osip_uri(cx_slice text, cx_arena *a, cx_sip_uri *ret);

/* One value of From, To or Contact, with the parameters behind the URI. As above. */
bool cx_sip_osip_address(cx_slice value, cx_arena *a, cx_sip_uri *ret, cx_sip_wanted *wanted,
                         size_t n_wanted);

/* One value of Via: transport ("TCP"), sent-by with its port where given, branch. False:
 * unreadable, nothing is set. */
bool cx_sip_osip_via(cx_slice value, cx_arena *a, cx_slice *ret_transport, cx_slice *ret_host,
                     cx_slice *ret_branch);
