/* What the lookups of an attempt came to: see dns_state.h. */
#include "rules/dns_state.h"

#include "base/text.h"
#include "signin/conn.h"

bool cx_dns_reached_a_server(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->tls.server_hello || c->sip[CX_FROM_SERVER].frame || c->data[CX_FROM_SERVER].frame)
            return true;
    }
    return false;
}

bool cx_dns_tried_named_host(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (a->conns[i]->named_by != CX_NAMED_GUESS)
            return true;
    return false;
}

bool cx_dns_has_next_name(const cx_attempt *a)
{
    bool last = false; /* what became of one of the names that clients try last is in sight */
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        last |= (l->role == CX_ROLE_HOST_SIP || cx_host_eq(l->name, a->domain)) &&
                l->state > CX_LOOKUP_UNANSWERED &&
                (!cx_dns_host(a, l->name).positive || cx_dns_tried_target(a, l->name));
    }
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        bool open = cx_conn_opened(c) && cx_conn_ended_by(c) < 0;
        bool opens = (c->outcome == CX_CONN_TRYING || c->outcome == CX_CONN_TIMEOUT ||
                      c->outcome == CX_CONN_HALF_OPEN) &&
                     c->tcp.observed_ns < CX_LEAST_SILENCE_NS;
        last &= !open && !opens;
    }
    return !last;
}

bool cx_dns_tried_target(const cx_attempt *a, cx_slice target)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->host && cx_host_eq(c->host->name, target))
            return true;
        if (c->srv && cx_host_eq(c->srv->srv[c->srv_index].target, target))
            return true;
    }
    return false;
}

cx_dns_host_state cx_dns_host(const cx_attempt *a, cx_slice name)
{
    cx_dns_host_state s = {0};
    bool open = false;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if ((l->type != CX_DNS_A && l->type != CX_DNS_AAAA) || !cx_host_eq(l->name, name))
            continue;
        *(l->type == CX_DNS_A ? &s.a : &s.aaaa) = l;
        s.positive |= cx_lookup_found(l);
        s.negative |= cx_lookup_negative(l);
        s.error |= l->state == CX_LOOKUP_ERROR;
        open |= l->state <= CX_LOOKUP_ERROR;
    }
    s.negative = s.negative && !s.positive && !open;
    return s;
}

const char *cx_dns_said(const cx_lookup *l)
{
    switch (l->state) {
    case CX_LOOKUP_UNANSWERED:
        return "no answer";
    case CX_LOOKUP_UNREACHABLE:
        return "ICMP unreachable";
    case CX_LOOKUP_ERROR: {
        const char *name = cx_dns_rcode_name(l->rcode);
        return name ? name : "error";
    }
    case CX_LOOKUP_NXDOMAIN:
        return "NXDOMAIN";
    case CX_LOOKUP_NODATA:
        return "no such record (NODATA)";
    case CX_LOOKUP_UNREADABLE:
        return "found, records cut off";
    case CX_LOOKUP_POSITIVE:
        return "found";
    }
    return "?";
}

void cx_dns_show(cx_judging *j, cx_finding *f, const cx_lookup *l)
{
    const char *type = cx_dns_type_name(l->type);
    cx_show(j, f, l->answer.frame ? l->answer : l->query, "%s %.*s: %s", type ? type : "?",
            (int)l->name.len, (const char *)l->name.p, cx_dns_said(l));
}

void cx_dns_name_list(cx_judging *j, cx_finding *f, const char *param,
                      bool (*fits)(const cx_lookup *))
{
    cx_buf text = cx_buf_init(1024);
    bool full = false;
    for (uint32_t i = 0; i < j->a->n_lookups; i++) {
        const cx_lookup *l = j->a->lookups[i];
        bool repeated = false;
        for (uint32_t k = 0; k < i; k++)
            repeated |= fits(j->a->lookups[k]) && cx_host_eq(j->a->lookups[k]->name, l->name);
        if (!fits(l) || repeated || full)
            continue;
        full = !cx_list_add(&text, l->name);
    }
    cx_find_text(j, f, param, cx_buf_slice(&text));
    cx_buf_free(&text);
}
