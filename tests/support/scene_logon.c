/* NTLM and Kerberos exchanges for made-up captures (scene_logon.h). */
#include "support/scene_logon.h"

#define MS INT64_C(10000000) /* each event comes 10 ms after the one before */

static void emit(scene *s, const scene_conn *c, cx_event *e, uint8_t dir)
{
    e->flow = c->e.flow;
    e->stream = c->e.stream;
    e->exchange = c->e.exchange;
    e->client = c->e.client;
    e->server = c->e.server;
    e->dir = dir;
    s->now_ns += MS;
    e->at = (cx_evidence){.frame = ++s->frame, .ts_ns = s->now_ns};
    cx_diagnosis_event(s->diagnosis, e);
}

void scene_ntlm(scene *s, scene_conn *c, const char *carrier, cx_ntlm_message message,
                uint32_t flags, const char *user)
{
    cx_event e = {.kind = CX_EV_NTLM};
    e.u.ntlm = (cx_ev_ntlm){.message = message,
                            .carrier = carrier,
                            .has_flags = true,
                            .flags = flags,
                            .timestamp_ns = INT64_MIN};
    scene_ntlm_version(s, &e.u.ntlm);
    if (message == CX_NTLM_AUTHENTICATE) {
        bool anonymous = user && !*user;
        e.u.ntlm.response = anonymous ? CX_NTLM_RESPONSE_ANONYMOUS : CX_NTLM_RESPONSE_NTLMV2;
        if (user && *user) {
            const char *name = strchr(user, '\\');
            e.u.ntlm.domain = (cx_slice){(const uint8_t *)user, (size_t)(name - user)};
            e.u.ntlm.user = cx_slice_of(name + 1);
        }
    }
    emit(s, c, &e, message == CX_NTLM_CHALLENGE ? CX_FROM_SERVER : CX_FROM_CLIENT);
}

static void put_logon(scene *s, const scene_conn *c, cx_ev_logon logon)
{
    cx_event e = {.kind = CX_EV_LOGON, .u.logon = logon};
    e.u.logon.status_name = logon.status_kind == CX_LOGON_NTSTATUS ? cx_ntstatus_name(logon.status)
                            : logon.status_kind == CX_LOGON_LDAP ? cx_ldap_result_name(logon.status)
                                                                 : NULL;
    emit(s, c, &e, CX_FROM_SERVER);
}

void scene_logon(scene *s, scene_conn *c, const char *carrier, bool success,
                 cx_logon_status_kind kind, uint32_t status)
{
    put_logon(s, c,
              (cx_ev_logon){
                  .carrier = carrier, .success = success, .status_kind = kind, .status = status});
}

void scene_logon_unclear(scene *s, scene_conn *c, const char *carrier, cx_logon_status_kind kind,
                         uint32_t status)
{
    put_logon(
        s, c,
        (cx_ev_logon){.carrier = carrier, .unclear = true, .status_kind = kind, .status = status});
}

void scene_krb(scene *s, scene_conn *c, const char *carrier, cx_krb_message message,
               const char *user, const char *service, int32_t error, int clock_s)
{
    cx_event e = {.kind = CX_EV_KRB};
    e.u.krb = (cx_ev_krb){.message = message,
                          .carrier = carrier,
                          .realm = cx_slice_of("CONTOSO.COM"),
                          .cname = user ? cx_slice_of(user) : (cx_slice){NULL, 0},
                          .sname = service ? cx_slice_of(service) : (cx_slice){NULL, 0},
                          .cut = !service,
                          .error_code = error,
                          .has_code = message == CX_KRB_ERROR && error,
                          .stime_ns = INT64_MIN,
                          .ctime_ns = INT64_MIN};
    if (error && message == CX_KRB_AS_REQ) {
        e.u.krb.padata[0] = error;
        e.u.krb.n_padata = 1;
    }
    if (message == CX_KRB_ERROR)
        e.u.krb.stime_ns = s->now_ns + clock_s * INT64_C(1000000000);
    bool request =
        message == CX_KRB_AS_REQ || message == CX_KRB_TGS_REQ || message == CX_KRB_AP_REQ;
    if (carrier && strcmp(carrier, "sip") == 0) { /* inside the SIP message just before */
        s->frame--;
        s->now_ns -= MS;
    }
    emit(s, c, &e, request ? CX_FROM_CLIENT : CX_FROM_SERVER);
}
