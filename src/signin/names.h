/* What a DNS name says about a sign-in: the discovery names of each client generation and the SIP
 * domain inside them (signin-failures 2.1). */
#pragma once

#include "event/event.h"

/* What the client asks a name for, in the order in which a client prefers what it learns. */
typedef enum cx_name_role {
    CX_ROLE_SRV_INTERNAL_TLS, /* _sipinternaltls._tcp.D */
    CX_ROLE_SRV_INTERNAL,     /* _sipinternal._tcp.D */
    CX_ROLE_SRV_EXTERNAL_TLS, /* _sip._tls.D */
    CX_ROLE_SRV_SIPS,         /* _sips._tcp.D, RFC 3263 */
    CX_ROLE_SRV_TCP,          /* _sip._tcp.D */
    CX_ROLE_SRV_UDP,          /* _sip._udp.D */
    CX_ROLE_AUTODISCOVER,     /* lyncdiscoverinternal.D, lyncdiscover.D */
    CX_ROLE_HOST_SIPINTERNAL, /* sipinternal.D: names that a client guesses */
    CX_ROLE_HOST_SIP,
    CX_ROLE_HOST_SIPEXTERNAL,
    CX_ROLE_HOST_OTHER, /* any other host name */
    CX_ROLE_NONE        /* another type of record, or a name that is none of these */
} cx_name_role;

static inline bool cx_role_is_srv(cx_name_role r)
{
    return r <= CX_ROLE_SRV_UDP;
}

static inline bool cx_role_is_tls(cx_name_role r)
{
    return r == CX_ROLE_SRV_INTERNAL_TLS || r == CX_ROLE_SRV_EXTERNAL_TLS || r == CX_ROLE_SRV_SIPS;
}

static inline bool cx_role_is_guess(cx_name_role r)
{
    return r >= CX_ROLE_HOST_SIPINTERNAL && r <= CX_ROLE_HOST_SIPEXTERNAL;
}

/* A name that only a client that signs in by automatic configuration asks for: an SRV name of SIP
 * or an autodiscover name. sip.D alone is also what a person may have typed. */
static inline bool cx_role_is_discovery(cx_name_role r)
{
    return r <= CX_ROLE_AUTODISCOVER;
}

/* The role of a question; *ret_domain is D, inside name, absent for HOST_OTHER and NONE. */
cx_name_role cx_name_role_of(cx_slice name, uint16_t type, cx_slice *ret_domain);

/* A question whose first label begins so, which is all of it that can be read, may be for a name of
 * discovery. */
bool cx_name_may_be_discovery(cx_slice head);

/* The first label is one that names a sign-in server in the field ("sip", "ocs1", "lync", "pool01",
 * "edge", …): enough to look at a failed lookup, never enough for a verdict by itself. */
bool cx_name_looks_like_sip(cx_slice name);
