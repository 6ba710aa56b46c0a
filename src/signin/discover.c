/* Redirects of autodiscover: see discover.h. */
#include "signin/discover.h"

#include "base/text.h"

static uint16_t port_of_target(const cx_discover_try *t)
{
    cx_slice path, rest = {t->to_host.p + t->to_host.len,
                           (size_t)(t->to.p + t->to.len - t->to_host.p) - t->to_host.len};
    uint64_t port;
    rest = cx_slice_split(rest, '/', &path);
    if (rest.len && rest.p[0] == ']') /* of an IPv6 address */
        rest = cx_slice_sub(rest, 1, rest.len);
    if (rest.len > 1 && cx_slice_number(cx_slice_sub(rest, 1, rest.len), UINT16_MAX, &port))
        return (uint16_t)port;
    return cx_slice_istarts(t->to, "https://") ? 443 : 80;
}

bool cx_discover_leads_to(const cx_discover_try *t, const cx_discover_try *next)
{
    if (!t->to.p || next <= t)
        return false;
    if (next->url.p)
        return cx_slice_eq(next->url, t->to);
    return next->host.len && cx_host_eq(next->host, t->to_host) &&
           next->server.port == port_of_target(t);
}

bool cx_discover_is_followed(const cx_attempt *a, const cx_discover_try *t)
{
    for (const cx_discover_try *next = t + 1; next < a->tries + a->n_tries; next++)
        if (cx_discover_leads_to(t, next))
            return true;
    return false;
}
