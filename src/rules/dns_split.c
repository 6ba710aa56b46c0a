/* A zone of the SIP domain that lacks what clients inside need (signin-failures 1.1, 2.2). */
#include "base/text.h"
#include "rules/dns_state.h"
#include "rules/judging.h"

/* An address of a network that is not the Internet: RFC 1918, RFC 6598, RFC 3927, loopback; RFC
 * 4193, RFC 4291 2.5.6. */
static bool is_private(const cx_endpoint *e)
{
    const uint8_t *b = e->addr;
    if (e->family == 6)
        return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
    b += 12;
    return b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
           (b[0] == 192 && b[1] == 168) || (b[0] == 100 && (b[1] & 0xc0) == 64) ||
           (b[0] == 169 && b[1] == 254);
}

/* It has addresses, and all of them are so. */
static bool gives(const cx_lookup *l, bool private)
{
    bool all = l->n_addresses > 0 && l->via == CX_EV_DNS;
    for (uint32_t i = 0; i < l->n_addresses; i++)
        all &= is_private(&l->address[i]) == private;
    return all;
}

/* A name that only clients inside are to know. */
static bool is_internal_name(const cx_lookup *l)
{
    return l->role == CX_ROLE_HOST_SIPINTERNAL ||
           (l->role == CX_ROLE_AUTODISCOVER && cx_slice_istarts(l->name, "lyncdiscoverinternal."));
}

/* A name of the Access Edge: the target of _sip._tls, or one that is guessed for it. */
static bool is_edge_name(const cx_attempt *a, const cx_lookup *l)
{
    if (l->role == CX_ROLE_HOST_SIP || l->role == CX_ROLE_HOST_SIPEXTERNAL)
        return true;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        for (uint32_t k = 0; k < a->lookups[i]->n_srv; k++)
            if (a->lookups[i]->role == CX_ROLE_SRV_EXTERNAL_TLS &&
                cx_host_eq(a->lookups[i]->srv[k].target, l->name))
                return true;
    return false;
}

static void detect_external(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_lookup *internal = NULL, *edge = NULL, *missing = NULL;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (l->role == CX_ROLE_SRV_INTERNAL_TLS || l->role == CX_ROLE_SRV_INTERNAL) {
            if (!cx_lookup_negative(l))
                return;
            missing = missing && missing->role < l->role ? missing : l;
        } else if (is_internal_name(l) && gives(l, true)) {
            internal = internal ? internal : l;
        } else if (is_edge_name(a, l) && l->n_addresses) {
            if (!gives(l, false))
                return;
            edge = edge ? edge : l;
        }
    }
    if (!internal || !edge || !missing || missing->role != CX_ROLE_SRV_INTERNAL_TLS ||
        !is_private(&a->client))
        return;
    cx_finding *f = cx_find(j, CX_LIKELY, NULL);
    if (a->outcome == CX_OUT_SUCCESS)
        f->severity = CX_NOTE; /* the way of external users worked */
    f->lookup = edge;
    cx_find_text(j, f, "domain", a->domain);
    cx_find_text(j, f, "internal", internal->name);
    cx_find_text(j, f, "inside", cx_say_address(j, &internal->address[0]));
    cx_find_text(j, f, "edge", edge->name);
    cx_find_text(j, f, "outside", cx_say_address(j, &edge->address[0]));
    cx_find_text(j, f, "missing", missing->name);
    cx_dns_show(j, f, internal);
    cx_dns_show(j, f, missing);
    cx_dns_show(j, f, edge);
}

const cx_rule cx_rule_dns_external_answer_inside = {
    .id = "dns-external-answer-inside",
    .title = "A client that sees the internal zone is led to the external server",
    .default_severity = CX_WARNING,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_external,
    .evidence =
        "A client with a private address that is given private addresses for "
        "lyncdiscoverinternal or sipinternal of the domain, no record for "
        "_sipinternaltls._tcp, and public addresses only for the target of _sip._tls, sip or "
        "sipexternal.",
    .rules_out = "An internal SRV record; a private address of the server; internal names that do "
                 "not exist: then the client may be anywhere, for home networks have private "
                 "addresses too.",
    .traps =
        "A client in a VPN may see the internal zone as well, and be meant to use the external "
        "server: never a cause, and a note where the sign-in works.",
    .explain = "{client} gets internal addresses ({internal} is {inside}), but {missing} does not "
               "exist, and {edge} is {outside}, a public address: inside the network, the sign-in "
               "takes the way of external users.",
    .remedy =
        "If the client is inside: publish _sipinternaltls._tcp.{domain} and the host record of "
        "the pool in the internal zone (split-brain DNS), or a pin-point zone for them.",
    .source = "Advanced Edge Server DNS planning for Skype for Business Server (split-brain DNS)",
};
