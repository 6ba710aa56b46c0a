/* Members of `dns`, `llmnr`, `mdns` and `nbns` events: header, question, and the records by
 * section. */
#include "report/json_members.h"

#include <stdio.h>

/* "SRV", or "TYPE65534" for one without a name (RFC 3597 5). */
static void put_type(cx_members *m, const char *key, uint16_t type, bool netbios)
{
    char text[16];
    const char *name = cx_dns_type_name(type);
    if (netbios && (type == CX_NBNS_NB || type == CX_NBNS_NBSTAT))
        name = type == CX_NBNS_NB ? "NB" : "NBSTAT";
    (void)snprintf(text, sizeof text, "TYPE%u", type); /* at most 9 characters */
    cx_members_string(m, key, name ? name : text);
}

static void put_record(cx_members *m, const cx_dns_rr *rr, bool netbios)
{
    cx_members_slice(m, "name", rr->name);
    put_type(m, "type", rr->type, netbios);
    if (rr->type == CX_DNS_OPT) {
        /* RFC 6891 6.1.2: class is the size of the sender's UDP buffer, the TTL holds flags */
        cx_members_number(m, "udp_size", rr->class_);
        return;
    }
    cx_members_number(m, "ttl", rr->ttl);
    if (netbios) {
        cx_members_addr(m, "address", &rr->address);
        return;
    }
    switch (rr->type) {
    case CX_DNS_A:
    case CX_DNS_AAAA:
        cx_members_addr(m, "address", &rr->address);
        break;
    case CX_DNS_SRV:
        if (rr->target.p) {
            cx_members_number(m, "priority", rr->priority);
            cx_members_number(m, "weight", rr->weight);
            cx_members_number(m, "port", rr->port);
            cx_members_slice(m, "target", rr->target);
        }
        break;
    case CX_DNS_NAPTR:
        if (rr->target.p) {
            cx_members_number(m, "order", rr->order);
            cx_members_number(m, "preference", rr->preference);
            cx_members_slice(m, "flags", rr->flags);
            cx_members_slice(m, "services", rr->services);
            cx_members_slice(m, "regexp", rr->regexp);
            cx_members_slice(m, "replacement", rr->target);
        }
        break;
    case CX_DNS_CNAME:
        cx_members_slice(m, "cname", rr->target);
        break;
    case CX_DNS_SOA:
        cx_members_slice(m, "primary", rr->target);
        break;
    default:
        cx_members_slice(m, "target", rr->target); /* NS, PTR */
        break;
    }
}

static void put_section(cx_members *m, const cx_ev_dns *e, cx_dns_section section, const char *key,
                        bool always)
{
    bool open = always;
    if (always)
        cx_members_open_list(m, key);
    for (uint32_t i = 0; i < e->n_rr; i++) {
        if (e->rr[i].section != section)
            continue;
        if (!open)
            cx_members_open_list(m, key);
        open = true;
        cx_members_open(m, NULL);
        put_record(m, &e->rr[i], e->netbios);
        cx_members_close(m);
    }
    if (open)
        cx_members_close_list(m);
}

void cx_event_json_dns(cx_members *m, const cx_ev_dns *e)
{
    cx_members_bool(m, "query", e->query);
    cx_members_number(m, "id", e->id);
    if (e->opcode)
        cx_members_number(m, "opcode", e->opcode);
    if (e->qname.p) {
        cx_members_slice(m, "qname", e->qname);
        put_type(m, "qtype", e->qtype, e->netbios);
    }
    if (!e->query) {
        cx_members_number(m, "rcode", e->header_rcode);
        if (e->rcode != e->header_rcode)
            cx_members_number(m, "extended_rcode", e->rcode);
        cx_members_string(m, "rcode_name", cx_dns_rcode_name(e->rcode));
    }
    cx_members_bool(m, "truncated", e->truncated);
    put_section(m, e, CX_DNS_ANSWER, "answers", !e->query); /* an empty list says NODATA */
    put_section(m, e, CX_DNS_AUTHORITY, "authority", false);
    put_section(m, e, CX_DNS_ADDITIONAL, "additional", false);
    if (!e->query)
        cx_members_ms(m, "rtt_ms", e->rtt_ns);
    if (e->cut)
        cx_members_bool(m, "cut", true);
}
