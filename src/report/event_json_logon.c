/* Members of `logon` events: how an NTLM or Kerberos exchange ended. */
#include "report/json_members.h"

static const char *status_key(cx_logon_status_kind kind)
{
    switch (kind) {
    case CX_LOGON_NTSTATUS:
        return "ntstatus";
    case CX_LOGON_LDAP:
        return "ldap";
    case CX_LOGON_HTTP:
        return "http";
    case CX_LOGON_RPC:
        return "rpc";
    case CX_LOGON_REPLY:
        return "reply";
    }
    return NULL;
}

static void put_status(cx_members *m, const cx_ev_logon *e)
{
    const char *key = status_key(e->status_kind);
    cx_members_open(m, "status");
    if (e->status_kind == CX_LOGON_NTSTATUS)
        cx_members_hex(m, key, e->status, 8);
    else if (e->status || e->status_kind != CX_LOGON_REPLY)
        cx_members_number(m, key, e->status);
    cx_members_string(m, "name", e->status_name);
    cx_members_close(m);
}

void cx_event_json_logon(cx_members *m, const cx_ev_logon *e)
{
    cx_members_string(m, "carrier", e->carrier);
    cx_members_string(m, "mechanism", e->mechanism);
    cx_members_string(m, "outcome", e->success ? "success" : e->unclear ? "unclear" : "failure");
    put_status(m, e);
    if (e->nt_status) {
        cx_members_hex(m, "reason", e->nt_status, 8);
        cx_members_string(m, "reason_name", cx_ntstatus_name(e->nt_status));
    }
    cx_members_slice(m, "text", e->text);
    cx_members_slice(m, "user", e->user);
    cx_members_slice(m, "domain", e->domain);
    cx_members_slice(m, "target", e->target);
}
