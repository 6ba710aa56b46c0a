/* Redirects of the autodiscover service (MS-OCDISCWS 3.1.5.2), and whether the client went there.
 */
#pragma once

#include "signin/attempt.h"

/* By Location of a 3xx, or by a link in the body of a 200. */
static inline bool cx_discover_redirects(const cx_discover_try *t)
{
    return t->status / 100 == 3 || t->to.p;
}

/* next is the client's try of what t redirected to: the request or, where none could be read, the
 * connection. */
bool cx_discover_leads_to(const cx_discover_try *t, const cx_discover_try *next);

/* One of a's tries is that of what t redirected to. */
bool cx_discover_is_followed(const cx_attempt *a, const cx_discover_try *t);
