/* Members of `sip` events. */
#include "report/json_members.h"

#include "base/buf.h"
#include "report/event_json.h"

#include <stdio.h>

#define MAX_WARNING_TEXT 131072u /* bytes; a header line is at most a SIP message */

static json_t *diagnostics(const cx_sip_diag *d)
{
    cx_members m = cx_members_new(), attributes = cx_members_new();
    cx_members_number(&m, "code", d->code);
    if (d->sub >= 0)
        cx_members_number(&m, "sub", (uint64_t)d->sub);
    cx_members_slice(&m, "reason", d->reason);
    cx_members_slice(&m, "source", d->source);
    cx_members_bool(&m, "public", d->is_public);
    for (uint32_t i = 0; i < d->n_attributes; i++) {
        /* a JSON key cannot hold a NUL: such a name ends there */
        json_t *key = cx_json_text(d->names[i]);
        if (!key)
            attributes.failed = true;
        else if (!json_object_get(attributes.o, json_string_value(key)))
            cx_members_put(&attributes, json_string_value(key), cx_json_text(d->values[i]));
        json_decref(key);
    }
    cx_members_put(&m, "attributes", cx_members_end(&attributes));
    return cx_members_end(&m);
}

/* The schemes of one role, each once, in order of the headers. */
static json_t *schemes(const cx_ev_sip *e, cx_sip_auth_role role)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < e->n_auth; i++) {
        bool again = e->auth[i].role != role;
        for (uint32_t k = 0; k < i && !again; k++)
            again = e->auth[k].role == role && cx_slice_ieq(e->auth[k].scheme, e->auth[i].scheme);
        if (!again && json_array_append_new(list, cx_json_text(e->auth[i].scheme)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static void put_auth(cx_members *m, const cx_ev_sip *e)
{
    json_t *offered = schemes(e, CX_AUTH_OFFERED), *used = schemes(e, CX_AUTH_USED);
    if (!offered || json_array_size(offered))
        cx_members_put(m, "auth_offered", offered);
    else
        json_decref(offered);
    if (!used)
        m->failed = true;
    else if (json_array_size(used))
        cx_members_put(m, "auth_used", json_incref(json_array_get(used, 0)));
    json_decref(used);
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
    if (status != CX_OK)
        m->failed = true;
    else if (text.len)
        cx_members_put(m, "warning", cx_json_text(cx_buf_slice(&text)));
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
    json_t *diag = json_array();
    for (uint32_t i = 0; i < e->n_diag; i++)
        cx_members_item(m, diag, diagnostics(&e->diag[i]));
    if (diag && !e->n_diag)
        json_decref(diag);
    else
        cx_members_put(m, "ms_diagnostics", diag);
    put_warnings(m, e);
    put_auth(m, e);
    if (e->cut)
        cx_members_bool(m, "cut", true);
}
