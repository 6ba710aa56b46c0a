/* From a SIP message to its event (sip_event.h; RFC 3261 20, MS-SIPAE 2.2, MS-OCER 2.2.1).
 *
 * A header that cannot be read leaves its member empty; the message stays an event. Of headers that
 * may stand once only, the first counts. */
#include "dissectors/sip_event.h"

#include "base/limits.h"
#include "dissectors/header_text.h"
#include "dissectors/sip_auth.h"
#include "dissectors/sip_osip.h"
#include "dissectors/sip_plain.h"

/* What is put together while the headers are read. */
typedef struct reader {
    cx_ev_sip *sip; /* of the event */
    cx_arena *a;
    int64_t header_expires, contact_expires;
    cx_slice tokens[CX_SIP_MAX_AUTH]; /* of GSS-API, by auth header; p == NULL: none */
    cx_sip_uri contact[CX_SIP_MAX_CONTACTS];
    cx_sip_auth auth[CX_SIP_MAX_AUTH];
    cx_sip_diag diag[CX_SIP_MAX_DIAG];
    cx_sip_warning warning[CX_SIP_MAX_WARNINGS];
} reader;

static void keep_first(cx_slice *to, cx_slice value)
{
    if (!to->p)
        *to = value;
}

static cx_slice without_params(cx_slice value)
{
    cx_slice item;
    return cx_header_item_next(&value, ';', &item) ? item : value;
}

/* The text of a URI is there even where libosip2 refuses it. */
static void read_uri(reader *r, cx_slice text, cx_sip_uri *ret)
{
    if (!cx_sip_plain_uri(text, ret))
        (void)cx_sip_osip_uri(text, r->a, ret);
}

static void read_address(reader *r, cx_slice value, cx_sip_uri *ret, cx_sip_wanted *wanted,
                         size_t n_wanted)
{
    if (!cx_sip_plain_address(value, ret, wanted, n_wanted))
        (void)cx_sip_osip_address(value, r->a, ret, wanted, n_wanted);
}

static void read_from(reader *r, cx_slice value)
{
    cx_sip_wanted wanted[] = {{.name = "tag"}, {.name = "epid"}};
    if (r->sip->from.text.p)
        return;
    read_address(r, value, &r->sip->from, wanted, 2);
    r->sip->from_tag = wanted[0].value;
    if (wanted[1].value.p)
        r->sip->epid = wanted[1].value;
}

static void read_to(reader *r, cx_slice value)
{
    cx_sip_wanted wanted[] = {{.name = "tag"}, {.name = "epid"}};
    if (r->sip->to.text.p)
        return;
    read_address(r, value, &r->sip->to, wanted, 2);
    r->sip->to_tag = wanted[0].value;
    if (!r->sip->epid.p) /* requests of a server name the endpoint here */
        r->sip->epid = wanted[1].value;
}

static void keep_contact(reader *r, const cx_sip_uri *uri, cx_slice q, cx_slice expires)
{
    cx_ev_sip *sip = r->sip;
    uint32_t i = sip->n_contacts;
    if (i == CX_SIP_MAX_CONTACTS)
        return;
    sip->n_contacts++;
    sip->contact[i] = *uri;
    sip->contact_q[i] = q.p ? cx_sip_qvalue(q) : -1;
    if (i == 0 && expires.p)
        r->contact_expires = cx_sip_number(cx_header_unquote(expires));
}

static void read_contacts(reader *r, cx_slice values)
{
    cx_sip_wanted wanted[] = {{.name = "q"}, {.name = "expires"}};
    cx_sip_uri uri;
    cx_slice value;
    if (cx_sip_plain_address(values, &uri, wanted, 2)) { /* then there is just one */
        keep_contact(r, &uri, wanted[0].value, wanted[1].value);
        return;
    }
    while (cx_header_item_next(&values, ',', &value)) {
        bool star = cx_slice_is(value, "*");
        r->sip->contact_star |= star;
        if (value.len == 0 || star)
            continue;
        wanted[0].value = wanted[1].value = (cx_slice){NULL, 0};
        read_address(r, value, &uri, wanted, 2);
        keep_contact(r, &uri, wanted[0].value, wanted[1].value);
    }
}

static void read_vias(reader *r, cx_slice values)
{
    cx_ev_sip *sip = r->sip;
    cx_slice value;
    while (cx_header_item_next(&values, ',', &value)) {
        if (value.len && sip->n_vias++ == 0 &&
            !cx_sip_plain_via(value, &sip->via_transport, &sip->via_host, &sip->branch))
            (void)cx_sip_osip_via(value, r->a, &sip->via_transport, &sip->via_host, &sip->branch);
    }
}

static void read_cseq(reader *r, cx_slice value)
{
    cx_slice method, number = cx_slice_split(value, ' ', &method);
    int64_t n = cx_sip_number(number);
    if (n >= 0 && n <= UINT32_MAX)
        r->sip->cseq = (uint32_t)n;
    if (!r->sip->request && method.p)
        keep_first(&r->sip->method, cx_slice_trim(method));
}

static void read_auth(reader *r, cx_slice value, cx_sip_auth_role role, bool proxy)
{
    uint32_t i = r->sip->n_auth;
    cx_slice token;
    if (i == CX_SIP_MAX_AUTH || value.len == 0)
        return;
    cx_sip_auth_read(value, role, proxy, r->a, &r->sip->auth[i], &token);
    r->tokens[i] = r->sip->auth[i].gss != CX_GSS_TLS ? token : (cx_slice){NULL, 0};
    r->sip->n_auth++;
}

/* "1000.5;reason=\"…\";source=\"…\";name=\"value\"" (MS-OCER 2.2.1). */
static void read_diagnostics(reader *r, cx_slice value, bool is_public)
{
    cx_slice item, name, said;
    if (r->sip->n_diag == CX_SIP_MAX_DIAG || !cx_header_item_next(&value, ';', &item))
        return;
    cx_slice sub, id = cx_slice_split(item, '.', &sub);
    uint64_t code;
    if (!cx_slice_number(id, UINT32_MAX, &code))
        return;
    cx_sip_diag d = {.code = (uint32_t)code, .sub = -1, .is_public = is_public};
    if (sub.p && cx_slice_number(sub, INT32_MAX, &code))
        d.sub = (int32_t)code;
    while (cx_header_item_next(&value, ';', &item)) {
        cx_sip_param(item, &name, &said);
        if (name.len == 0)
            continue;
        if (cx_slice_iis(name, "reason") && !d.reason.p) {
            d.reason = said;
        } else if (cx_slice_iis(name, "source") && !d.source.p) {
            d.source = said;
        } else if (d.n_attributes < sizeof d.names / sizeof *d.names) {
            d.names[d.n_attributes] = name;
            d.values[d.n_attributes++] = said;
        }
    }
    r->sip->diag[r->sip->n_diag++] = d;
}

/* 399 agent "text", more after commas (RFC 3261 20.43). */
static void read_warnings(reader *r, cx_slice values)
{
    cx_slice value, rest, agent, text;
    while (r->sip->n_warnings < CX_SIP_MAX_WARNINGS && cx_header_item_next(&values, ',', &value)) {
        uint64_t code;
        if (!cx_slice_number(cx_slice_split(value, ' ', &rest), 999, &code))
            continue;
        agent = cx_slice_split(cx_slice_trim(rest), ' ', &text);
        r->sip->warning[r->sip->n_warnings++] = (cx_sip_warning){
            .code = (uint16_t)code, .agent = agent, .text = cx_header_unquote(text)};
    }
}

static void keep_number(int64_t *to, cx_slice value)
{
    if (*to < 0)
        *to = cx_sip_number(value);
}

static bool mentions(cx_slice value, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= value.len; i++)
        if (cx_slice_istarts(cx_slice_sub(value, i, n), word))
            return true;
    return false;
}

static void read_header(reader *r, cx_sip_name name, cx_slice value)
{
    cx_ev_sip *sip = r->sip;
    switch (name) {
    case CX_SIP_VIA:
        read_vias(r, value);
        break;
    case CX_SIP_FROM:
        read_from(r, value);
        break;
    case CX_SIP_TO:
        read_to(r, value);
        break;
    case CX_SIP_CONTACT:
        read_contacts(r, value);
        break;
    case CX_SIP_CALL_ID:
        keep_first(&sip->call_id, value);
        break;
    case CX_SIP_CSEQ:
        read_cseq(r, value);
        break;
    case CX_SIP_WWW_AUTHENTICATE:
        read_auth(r, value, CX_AUTH_OFFERED, false);
        break;
    case CX_SIP_PROXY_AUTHENTICATE:
        read_auth(r, value, CX_AUTH_OFFERED, true);
        break;
    case CX_SIP_AUTHORIZATION:
        read_auth(r, value, CX_AUTH_USED, false);
        break;
    case CX_SIP_PROXY_AUTHORIZATION:
        read_auth(r, value, CX_AUTH_USED, true);
        break;
    case CX_SIP_AUTHENTICATION_INFO:
        read_auth(r, value, CX_AUTH_INFO, false);
        break;
    case CX_SIP_PROXY_AUTHENTICATION_INFO:
        read_auth(r, value, CX_AUTH_INFO, true);
        break;
    case CX_SIP_MS_DIAGNOSTICS:
        read_diagnostics(r, value, false);
        break;
    case CX_SIP_MS_DIAGNOSTICS_PUBLIC:
        read_diagnostics(r, value, true);
        break;
    case CX_SIP_WARNING:
        read_warnings(r, value);
        break;
    case CX_SIP_EXPIRES:
        keep_number(&r->header_expires, value);
        break;
    case CX_SIP_MIN_EXPIRES:
        keep_number(&sip->min_expires, value);
        break;
    case CX_SIP_RETRY_AFTER:
        keep_number(&sip->retry_after, value);
        break;
    case CX_SIP_CONTENT_LENGTH:
        keep_number(&sip->content_length, value);
        break;
    case CX_SIP_CONTENT_TYPE:
        keep_first(&sip->content_type, without_params(value));
        break;
    case CX_SIP_EVENT:
        keep_first(&sip->event, without_params(value));
        break;
    case CX_SIP_DATE:
        if (sip->date_ns == INT64_MIN)
            sip->date_ns = cx_sip_date(value);
        break;
    case CX_SIP_USER_AGENT:
        keep_first(&sip->user_agent, value);
        break;
    case CX_SIP_SERVER:
        keep_first(&sip->server, value);
        break;
    case CX_SIP_PRESENCE_STATE:
        keep_first(&sip->presence_state, value);
        break;
    case CX_SIP_MS_USER_LOGON_DATA:
        sip->remote_user = sip->remote_user || mentions(value, "RemoteUser");
        break;
    case CX_SIP_OTHER:
        break;
    }
}

void cx_sip_message_emit(const cx_sip_message *m, const cx_chunk *in, cx_emit *out)
{
    cx_event e;
    cx_event_begin(&e, CX_EV_SIP, in);
    cx_ev_sip *sip = &e.u.sip;
    reader r; /* its arrays are set as far as they are counted */
    r.sip = sip;
    r.a = out->scratch;
    r.header_expires = r.contact_expires = -1;
    sip->contact = r.contact;
    sip->auth = r.auth;
    sip->diag = r.diag;
    sip->warning = r.warning;
    sip->request = m->start.request;
    sip->method = m->start.method;
    sip->status = m->start.status;
    sip->reason = m->start.reason;
    sip->min_expires = sip->retry_after = sip->content_length = -1;
    sip->date_ns = INT64_MIN;
    sip->first = m->first;
    sip->cut = m->cut;
    sip->start_cut = m->start.len == 0;
    sip->body_len = m->body.len;
    sip->body = cx_slice_sub(m->body, 0, CX_MAX_SIP_BODY_KEPT);
    if (sip->request)
        read_uri(&r, m->start.uri, &sip->uri);

    for (uint32_t i = 0; i < m->headers->n; i++) {
        const cx_sip_header *header = &m->headers->header[i];
        cx_slice value = header->folded ? cx_header_unfold(header->value, r.a) : header->value;
        if (value.p)
            read_header(&r, header->name, value);
    }
    sip->expires = r.contact_expires >= 0 ? r.contact_expires : r.header_expires;
    cx_emit_event(out, &e);
    for (uint32_t i = 0; i < sip->n_auth; i++)
        if (r.tokens[i].p)
            cx_emit_child(out, "gss", r.tokens[i], in, "sip");
}
