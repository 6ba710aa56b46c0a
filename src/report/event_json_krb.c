/* Members of `kerberos` events. Tickets and what is encrypted never come here. */
#include "report/json_members.h"

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
    cx_members_open_list(m, key);
    for (uint32_t i = 0; i < n; i++)
        cx_members_integer(m, NULL, list[i]);
    cx_members_close_list(m);
}

static void put_time(cx_members *m, const char *key, int64_t ns)
{
    if (ns != INT64_MIN)
        cx_members_time(m, key, ns, 6);
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
        cx_members_integer(m, "error_code", e->error_code);
        cx_members_string(m, "error_name", cx_krb_error_name(e->error_code));
    }
    cx_members_slice(m, "e_text", e->e_text);
    if (e->nt_status) {
        cx_members_hex(m, "ntstatus", e->nt_status, 8);
        cx_members_string(m, "ntstatus_name", cx_ntstatus_name(e->nt_status));
    }
    put_time(m, "stime", e->stime_ns);
    put_time(m, "ctime", e->ctime_ns);
    int64_t skew_s;
    if (cx_krb_skew(e, &event->at, &skew_s))
        cx_members_integer(m, "skew_s", skew_s);
}
