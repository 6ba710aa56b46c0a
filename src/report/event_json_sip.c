/* Members of `sip` events. */
#include "report/json_members.h"

#include "base/buf.h"

#include <stdio.h>

#define MAX_WARNING_TEXT 131072u /* bytes; a header line is at most a SIP message */

/* The names come from the capture: as a tree, in which each stands once. NULL: no memory. */
static json_t *attributes_of(const cx_sip_diag *d)
{
    json_t *attributes = json_object();
    for (uint32_t i = 0; i < d->n_attributes && attributes; i++) {
        /* a JSON key cannot hold a NUL: such a name ends there */
        json_t *key = cx_json_text(d->names[i]);
        const char *name = json_string_value(key);
        if (!key || (!json_object_get(attributes, name) &&
                     json_object_set_new(attributes, name, cx_json_text(d->values[i])) != 0)) {
            json_decref(attributes);
            attributes = NULL;
        }
        json_decref(key);
    }
    return attributes;
}

static void put_diagnostics(cx_members *m, const cx_sip_diag *d)
{
    cx_members_number(m, "code", d->code);
    if (d->sub >= 0)
        cx_members_number(m, "sub", (uint64_t)d->sub);
    cx_members_slice(m, "reason", d->reason);
    cx_members_slice(m, "source", d->source);
    cx_members_bool(m, "public", d->is_public);
    cx_members_put(m, "attributes", attributes_of(d));
}

/* The next scheme of the role from *at on, in order of the headers, each once. Absent: none. */
static cx_slice next_scheme(const cx_ev_sip *e, cx_sip_auth_role role, uint32_t *at)
{
    while (*at < e->n_auth) {
        const uint32_t i = (*at)++;
        bool again = e->auth[i].role != role;
        for (uint32_t k = 0; k < i && !again; k++)
            again = e->auth[k].role == role && cx_slice_ieq(e->auth[k].scheme, e->auth[i].scheme);
        if (!again)
            return e->auth[i].scheme.p ? e->auth[i].scheme : cx_slice_of("");
    }
    return (cx_slice){NULL, 0};
}

static void put_auth(cx_members *m, const cx_ev_sip *e)
{
    uint32_t at = 0, first = 0;
    cx_slice scheme = next_scheme(e, CX_AUTH_OFFERED, &at);
    if (scheme.p) {
        cx_members_open_list(m, "auth_offered");
        for (; scheme.p; scheme = next_scheme(e, CX_AUTH_OFFERED, &at))
            cx_members_slice(m, NULL, scheme);
        cx_members_close_list(m);
    }
    cx_members_slice(m, "auth_used", next_scheme(e, CX_AUTH_USED, &first));
}

/* As the header has it (RFC 3261 20.43): 399 agent "text", several joined by commas. */
static void put_warnings(cx_members *m, const cx_ev_sip *e)
{
    cx_buf text = cx_buf_init(MAX_WARNING_TEXT);
    cx_status status = CX_OK;
    for (uint32_t i = 0; i < e->n_warnings && status == CX_OK; i++) {
        const cx_sip_warning *w = &e->warning[i];
        char code[16];
        (void)snprintf(code, sizeof code, "%s%03u ", i ? ", " : "", w->code);
        const cx_slice parts[] = {cx_slice_of(code), w->agent, cx_slice_of(" \""), w->text,
                                  cx_slice_of("\"")};
        for (size_t k = 0; k < sizeof parts / sizeof *parts && status == CX_OK; k++)
            status = cx_buf_put_slice(&text, parts[k]);
    }
    if (status != CX_OK || text.len)
        cx_members_put(m, "warning", status == CX_OK ? cx_json_text(cx_buf_slice(&text)) : NULL);
    cx_buf_free(&text);
}

void cx_event_json_sip(cx_members *m, const cx_ev_sip *e)
{
    if (e->request) {
        cx_members_slice(m, "method", e->method);
        cx_members_slice(m, "uri", e->uri.text);
    } else {
        cx_members_number(m, "status", e->status);
        cx_members_slice(m, "reason", e->reason);
        cx_members_slice(m, "cseq_method", e->method);
    }
    cx_members_slice(m, "call_id", e->call_id);
    cx_members_number(m, "cseq", e->cseq);
    cx_members_slice(m, "from", e->from.text);
    cx_members_slice(m, "to", e->to.text);
    cx_members_slice(m, "via_transport", e->via_transport);
    if (e->expires >= 0)
        cx_members_number(m, "expires", (uint64_t)e->expires);
    if (e->retry_after >= 0)
        cx_members_number(m, "retry_after", (uint64_t)e->retry_after);
    cx_members_slice(m, "user_agent", e->user_agent);
    cx_members_slice(m, "server", e->server);
    if (e->n_diag)
        cx_members_open_list(m, "ms_diagnostics");
    for (uint32_t i = 0; i < e->n_diag; i++) {
        cx_members_open(m, NULL);
        put_diagnostics(m, &e->diag[i]);
        cx_members_close(m);
    }
    if (e->n_diag)
        cx_members_close_list(m);
    put_warnings(m, e);
    put_auth(m, e);
    if (e->cut)
        cx_members_bool(m, "cut", true);
}
