/* Partners and their record in DNS (MS-SIPRE; signin-failures 2.1): an Access Edge that has a
 * request for another SIP domain asks for _sipfederationtls._tcp of it, and tells whoever sent the
 * request when there is none. The two are seen in captures of servers: see correlate_parts.h. */
#include "signin/correlate_parts.h"

#include "base/hash.h"
#include "base/text.h"

#define RECORD "_sipfederationtls._tcp."

/* Of the name of a domain, without case. */
static uint64_t hash_of(cx_slice domain)
{
    uint64_t h = cx_hash_folded(domain, 0);
    return h ? h : 1;
}

static cx_partner *known(cx_correlator *c, uint64_t domain)
{
    for (uint32_t i = 0; i < CX_PARTNERS; i++)
        if (c->partner[i].domain == domain)
            return &c->partner[i];
    return NULL;
}

void cx_correlate_partner(cx_correlator *c, const cx_event *e)
{
    const cx_ev_dns *dns = &e->u.dns;
    if (dns->query || dns->qtype != CX_DNS_SRV || !cx_slice_istarts(dns->qname, RECORD))
        return;
    bool exists = false, answered = dns->rcode == 0 || dns->rcode == 3;
    for (uint32_t i = 0; i < dns->n_rr; i++)
        exists |= dns->rr[i].type == CX_DNS_SRV && dns->rr[i].section == CX_DNS_ANSWER;
    if (!answered || dns->truncated)
        return;
    const size_t prefix = strlen(RECORD);
    const uint64_t domain = hash_of(cx_slice_sub(dns->qname, prefix, dns->qname.len - prefix));
    cx_partner *p = known(c, domain);
    if (!p) {
        p = &c->partner[c->next_partner];
        c->next_partner = (c->next_partner + 1) % CX_PARTNERS;
    }
    *p = (cx_partner){.domain = domain, .rcode = (uint16_t)dns->rcode, .asker = *cx_event_dst(e)};
    if (!exists)
        p->missing = e->at;
}

void cx_correlate_refused_partner(cx_attempt *a, const cx_event *e)
{
    static const uint32_t codes[] = {1008, 1014}; /* no SRV record, no address (MS-OCER) */
    const cx_ev_sip *sip = &e->u.sip;
    if (a->after.unreached || sip->status != 504 || cx_host_eq(sip->to.host, sip->from.host))
        return;
    for (uint32_t i = 0; i < sip->n_diag; i++)
        for (size_t k = 0; k < sizeof codes / sizeof *codes; k++)
            if (sip->diag[i].code == codes[k])
                a->after.unreached = cx_event_copy(e, &a->arena);
}

void cx_correlate_tell_partner(cx_correlator *c, cx_attempt *a)
{
    const cx_event *e = a->after.unreached;
    const cx_partner *p = e ? known(c, hash_of(e->u.sip.to.host)) : NULL;
    if (p && p->missing.frame && p->missing.ts_ns <= e->at.ts_ns)
        a->partner = *p;
}
