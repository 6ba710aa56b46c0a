/* Members of `kerberos` events. Tickets and what is encrypted never come here. */
#include "report/json_members.h"

#include "base/text.h"

static const char *message_name(cx_krb_message message)
{
    switch (message) {
    case CX_KRB_AS_REQ:
        return "as_req";
    case CX_KRB_AS_REP:
        return "as_rep";
    case CX_KRB_TGS_REQ:
        return "tgs_req";
    case CX_KRB_TGS_REP:
        return "tgs_rep";
    case CX_KRB_AP_REQ:
        return "ap_req";
    case CX_KRB_AP_REP:
        return "ap_rep";
    case CX_KRB_ERROR:
        return "error";
    }
    return NULL;
}

static void put_list(cx_members *m, const char *key, const int32_t *list, uint32_t n)
{
    if (n == 0)
        return;
    json_t *numbers = json_array();
    for (uint32_t i = 0; i < n; i++)
        cx_members_item(m, numbers, json_integer(list[i]));
    cx_members_put(m, key, numbers);
}

static void put_time(cx_members *m, const char *key, int64_t ns, int digits)
{
    char text[CX_TIME_TEXT];
    if (ns == INT64_MIN)
        return;
    cx_time_text(ns, digits, text);
    cx_members_string(m, key, text);
}

void cx_event_json_krb(cx_members *m, const cx_event *event)
{
    const cx_ev_krb *e = &event->u.krb;
    cx_members_string(m, "message", message_name(e->message));
    cx_members_string(m, "carrier", e->carrier);
    cx_members_slice(m, "realm", e->realm);
    cx_members_slice(m, "crealm", e->crealm);
    cx_members_slice(m, "cname", e->cname);
    cx_members_slice(m, "sname", e->sname);
    put_list(m, "etypes", e->etypes, e->n_etypes);
    put_list(m, "padata", e->padata, e->n_padata);
    if (e->cut)
        cx_members_bool(m, "cut", true);
    if (e->message != CX_KRB_ERROR)
        return;
    if (e->has_code) {
        cx_members_put(m, "error_code", json_integer(e->error_code));
        cx_members_string(m, "error_name", cx_krb_error_name(e->error_code));
    }
    cx_members_slice(m, "e_text", e->e_text);
    if (e->nt_status) {
        cx_members_hex(m, "ntstatus", e->nt_status, 8);
        cx_members_string(m, "ntstatus_name", cx_ntstatus_name(e->nt_status));
    }
    put_time(m, "stime", e->stime_ns, 6);
    put_time(m, "ctime", e->ctime_ns, 6);
    int64_t skew_s;
    if (cx_krb_skew(e, &event->at, &skew_s))
        cx_members_put(m, "skew_s", json_integer(skew_s));
}
