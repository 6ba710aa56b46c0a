/* Deep copies of events (event.h). The copies of a failed one stay in the arena until its reset. */
#include "event/event.h"

#include <stddef.h>

/* Makes *to a copy of from, which is what it holds. */
static bool keep_of(cx_arena *a, const cx_slice *from, cx_slice *to)
{
    if (!from->p)
        return true;
    *to = cx_arena_copy(a, *from);
    return to->p != NULL;
}

/* Replaces *s by its copy; an absent slice stays absent. */
static bool keep(cx_arena *a, cx_slice *s)
{
    return keep_of(a, s, s);
}

/* Copies n elements of size bytes; none when n is 0. False: no memory. */
static bool keep_array(cx_arena *a, const void *from, size_t n, size_t size, void **ret)
{
    *ret = NULL;
    if (n == 0)
        return true;
    if (n > SIZE_MAX / size)
        return false;
    *ret = cx_arena_take_raw(a, n * size);
    if (!*ret)
        return false;
    memcpy(*ret, from, n * size);
    return true;
}

/* dns is a copy of from, as an event, and becomes one with its texts and records. These are read
 * where they come from: what was only just written, to memory that another processor had last,
 * would have to be waited for. Most records have the name of the question, in the same bytes: one
 * copy does for all. */
static bool keep_dns(cx_arena *a, const cx_ev_dns *from, cx_ev_dns *dns)
{
    void *copy;
    if (from->unread.p)
        return keep_of(a, &from->unread, &dns->unread);
    if (!keep_of(a, &from->qname, &dns->qname) || !keep_of(a, &from->head, &dns->head) ||
        !keep_array(a, from->rr, from->n_rr, sizeof *from->rr, &copy))
        return false;
    const cx_slice asked = from->qname;
    cx_dns_rr *rr = copy;
    dns->rr = rr;
    for (uint32_t i = 0; i < from->n_rr; i++) {
        const cx_dns_rr *r = &from->rr[i];
        if (r->name.p && r->name.p == asked.p && r->name.len == asked.len)
            rr[i].name = dns->qname;
        else if (!keep_of(a, &r->name, &rr[i].name))
            return false;
        if (!keep_of(a, &r->target, &rr[i].target) || !keep_of(a, &r->flags, &rr[i].flags) ||
            !keep_of(a, &r->services, &rr[i].services) || !keep_of(a, &r->regexp, &rr[i].regexp))
            return false;
    }
    return true;
}

bool cx_cert_keep(cx_cert *cert, cx_arena *a)
{
    void *copy, *urls;
    if (!keep(a, &cert->subject) || !keep(a, &cert->issuer) || !keep(a, &cert->common_name) ||
        !keep(a, &cert->serial) || !keep(a, &cert->key) || !keep(a, &cert->signature) ||
        !keep_array(a, cert->san, cert->n_san, sizeof *cert->san, &copy) ||
        !keep_array(a, cert->url, cert->n_urls, sizeof *cert->url, &urls))
        return false;
    cert->san = copy;
    cert->url = urls;
    for (uint32_t i = 0; i < cert->n_urls; i++)
        if (!keep(a, &cert->url[i].text))
            return false;
    for (uint32_t i = 0; i < cert->n_eku; i++)
        if (!keep(a, &cert->eku[i]))
            return false;
    for (uint32_t i = 0; i < cert->n_san; i++)
        if (!keep(a, &cert->san[i].text))
            return false;
    return true;
}

static bool keep_ocsp(cx_arena *a, const cx_ocsp **list, uint32_t n)
{
    void *copy;
    if (!keep_array(a, *list, n, sizeof **list, &copy))
        return false;
    cx_ocsp *ocsp = copy;
    for (uint32_t i = 0; i < n; i++)
        if (!keep(a, &ocsp[i].serial))
            return false;
    *list = ocsp;
    return true;
}

static bool keep_tls(cx_arena *a, cx_ev_tls *tls)
{
    void *ciphers, *chain;
    if (!keep(a, &tls->sni) ||
        !keep_array(a, tls->ciphers, tls->n_ciphers, sizeof *tls->ciphers, &ciphers) ||
        !keep_array(a, tls->chain, tls->n_chain, sizeof *tls->chain, &chain) ||
        !keep_ocsp(a, &tls->ocsp, tls->n_ocsp))
        return false;
    tls->ciphers = ciphers;
    tls->chain = chain;
    for (uint32_t i = 0; i < tls->n_alpn; i++)
        if (!keep(a, &tls->alpn[i]))
            return false;
    for (uint32_t i = 0; i < tls->n_chain; i++)
        if (!cx_cert_keep(&tls->chain[i], a))
            return false;
    return true;
}

/* The same for a part of a text that has a copy; elsewhere it may lie as well. */
static bool keep_part(cx_arena *a, cx_slice text, cx_slice copy, cx_slice *s)
{
    size_t at = (size_t)((uintptr_t)s->p - (uintptr_t)text.p);
    if (!s->p || !text.p || at > text.len || s->len > text.len - at)
        return keep(a, s);
    s->p = copy.p + at;
    return true;
}

static bool keep_uri(cx_arena *a, cx_sip_uri *uri)
{
    cx_slice text = uri->text;
    cx_slice *const parts[] = {&uri->scheme, &uri->user, &uri->host, &uri->transport, &uri->maddr};
    if (!keep(a, &uri->text))
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!keep_part(a, text, uri->text, parts[i]))
            return false;
    return true;
}

static bool keep_sip_auth(cx_arena *a, cx_sip_auth *auth)
{
    return keep(a, &auth->scheme) && keep(a, &auth->realm) && keep(a, &auth->targetname) &&
           keep(a, &auth->opaque) && keep(a, &auth->nonce) && keep(a, &auth->username) &&
           keep(a, &auth->algorithm) && keep(a, &auth->qop) && keep(a, &auth->sts_uri);
}

static bool keep_sip_diag(cx_arena *a, cx_sip_diag *diag)
{
    if (!keep(a, &diag->reason) || !keep(a, &diag->source))
        return false;
    for (uint32_t i = 0; i < diag->n_attributes; i++)
        if (!keep(a, &diag->names[i]) || !keep(a, &diag->values[i]))
            return false;
    return true;
}

static bool keep_sip_arrays(cx_arena *a, cx_ev_sip *sip)
{
    void *contacts, *auth, *diag, *warnings;
    if (!keep_array(a, sip->contact, sip->n_contacts, sizeof *sip->contact, &contacts) ||
        !keep_array(a, sip->auth, sip->n_auth, sizeof *sip->auth, &auth) ||
        !keep_array(a, sip->diag, sip->n_diag, sizeof *sip->diag, &diag) ||
        !keep_array(a, sip->warning, sip->n_warnings, sizeof *sip->warning, &warnings))
        return false;
    sip->contact = contacts;
    sip->auth = auth;
    sip->diag = diag;
    sip->warning = warnings;
    for (uint32_t i = 0; i < sip->n_contacts; i++)
        if (!keep_uri(a, &sip->contact[i]))
            return false;
    for (uint32_t i = 0; i < sip->n_auth; i++)
        if (!keep_sip_auth(a, &sip->auth[i]))
            return false;
    for (uint32_t i = 0; i < sip->n_diag; i++)
        if (!keep_sip_diag(a, &sip->diag[i]))
            return false;
    for (uint32_t i = 0; i < sip->n_warnings; i++)
        if (!keep(a, &sip->warning[i].agent) || !keep(a, &sip->warning[i].text))
            return false;
    return true;
}

static bool keep_sip(cx_arena *a, cx_ev_sip *sip)
{
    cx_slice *const texts[] = {
        &sip->method,     &sip->reason, &sip->call_id,       &sip->branch,
        &sip->via_host,   &sip->server, &sip->from_tag,      &sip->to_tag,
        &sip->user_agent, &sip->event,  &sip->content_type,  &sip->presence_state,
        &sip->epid,       &sip->body,   &sip->via_transport,
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!keep(a, texts[i]))
            return false;
    return keep_uri(a, &sip->uri) && keep_uri(a, &sip->from) && keep_uri(a, &sip->to) &&
           keep_sip_arrays(a, sip);
}

static bool keep_ntlm(cx_arena *a, cx_ev_ntlm *ntlm)
{
    return keep(a, &ntlm->target) && keep(a, &ntlm->domain) && keep(a, &ntlm->user) &&
           keep(a, &ntlm->workstation) && keep(a, &ntlm->nb_computer) &&
           keep(a, &ntlm->nb_domain) && keep(a, &ntlm->dns_computer) &&
           keep(a, &ntlm->dns_domain) && keep(a, &ntlm->dns_tree) && keep(a, &ntlm->target_name);
}

static bool keep_krb(cx_arena *a, cx_ev_krb *krb)
{
    return keep(a, &krb->realm) && keep(a, &krb->crealm) && keep(a, &krb->cname) &&
           keep(a, &krb->sname) && keep(a, &krb->e_text);
}

static bool keep_http(cx_arena *a, cx_ev_http *http)
{
    for (uint32_t i = 0; i < http->n_offered; i++)
        if (!keep(a, &http->auth_offered[i]))
            return false;
    return keep(a, &http->method) && keep(a, &http->uri) && keep(a, &http->host) &&
           keep(a, &http->reason) && keep(a, &http->location) && keep(a, &http->redirect) &&
           keep(a, &http->server) && keep(a, &http->user_agent) && keep(a, &http->auth_used) &&
           keep_ocsp(a, &http->ocsp, http->n_ocsp);
}

static bool keep_logon(cx_arena *a, cx_ev_logon *logon)
{
    return keep(a, &logon->text) && keep(a, &logon->user) && keep(a, &logon->domain) &&
           keep(a, &logon->target);
}

#define UP_TO(member) (offsetof(cx_event, u) + sizeof((cx_event *)NULL)->u.member)

size_t cx_event_size(cx_event_kind kind)
{
    static const size_t sizes[CX_EV_KINDS] = {
        [CX_EV_TCP] = UP_TO(tcp),
        [CX_EV_DNS] = UP_TO(dns),
        [CX_EV_LLMNR] = UP_TO(dns),
        [CX_EV_MDNS] = UP_TO(dns),
        [CX_EV_NBNS] = UP_TO(dns),
        [CX_EV_TLS] = UP_TO(tls),
        [CX_EV_SIP] = UP_TO(sip),
        [CX_EV_NTLM] = UP_TO(ntlm),
        [CX_EV_KRB] = UP_TO(krb),
        [CX_EV_HTTP] = UP_TO(http),
        [CX_EV_LOGON] = UP_TO(logon),
        [CX_EV_ICMP] = UP_TO(icmp),
        [CX_EV_GAP] = UP_TO(gap),
        [CX_EV_DUPLICATE] = UP_TO(duplicate),
        [CX_EV_MALFORMED] = UP_TO(malformed),
    };
    return sizes[kind];
}

cx_event *cx_event_copy(const cx_event *e, cx_arena *a)
{
    cx_event *copy = cx_arena_take_raw(a, cx_event_size(e->kind));
    if (!copy)
        return NULL;
    cx_event_assign(copy, e);
    bool ok = true;
    switch (e->kind) {
    case CX_EV_DNS:
    case CX_EV_LLMNR:
    case CX_EV_MDNS:
    case CX_EV_NBNS:
        ok = keep_dns(a, &e->u.dns, &copy->u.dns);
        break;
    case CX_EV_TLS:
        ok = keep_tls(a, &copy->u.tls);
        break;
    case CX_EV_SIP:
        ok = keep_sip(a, &copy->u.sip);
        break;
    case CX_EV_NTLM:
        ok = keep_ntlm(a, &copy->u.ntlm);
        break;
    case CX_EV_KRB:
        ok = keep_krb(a, &copy->u.krb);
        break;
    case CX_EV_HTTP:
        ok = keep_http(a, &copy->u.http);
        break;
    case CX_EV_LOGON:
        ok = keep_logon(a, &copy->u.logon);
        break;
    case CX_EV_TCP:
    case CX_EV_ICMP:
    case CX_EV_GAP:
    case CX_EV_MALFORMED:
    case CX_EV_DUPLICATE:
    case CX_EV_KINDS:
        break; /* no slices, or texts in static storage */
    }
    return ok ? copy : NULL;
}
