/* Exchanges: see exchange.h. */
#include "signin/exchange.h"

#include "signin/conn.h"

#include <stdlib.h>

static bool is_request(const cx_event *e)
{
    return e->u.krb.message == CX_KRB_AS_REQ || e->u.krb.message == CX_KRB_TGS_REQ;
}

#define TOO_LONG 52 /* KRB_ERR_RESPONSE_TOO_BIG (RFC 4120 7.2.1) */

bool cx_krb_error_is_step(int32_t code)
{
    return code == 25 || code == TOO_LONG || code == 68 || code == 90 || code == 91;
}

cx_slice cx_principal_user(cx_slice name)
{
    size_t at = cx_slice_find(name, '@', 0);
    return at == SIZE_MAX ? name : cx_slice_sub(name, 0, at);
}

cx_exchange *cx_exchange_new(const cx_event *e)
{
    cx_exchange *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->conn = cx_conn_new(e);
    if (!x->conn) {
        free(x);
        return NULL;
    }
    x->kdc = e->kind == CX_EV_KRB && !e->u.krb.carrier;
    x->tgs = x->kdc && (e->u.krb.message == CX_KRB_TGS_REQ || e->u.krb.message == CX_KRB_TGS_REP ||
                        (e->u.krb.message == CX_KRB_ERROR && /* met without its request */
                         !cx_slice_istarts(e->u.krb.sname, "krbtgt/")));
    x->carrier = e->kind == CX_EV_NTLM  ? e->u.ntlm.carrier
                 : e->kind == CX_EV_KRB ? e->u.krb.carrier
                                        : e->u.logon.carrier;
    return x;
}

void cx_exchange_free(cx_exchange *x)
{
    if (!x)
        return;
    cx_conn_free(x->conn);
    free(x);
}

static void keep_text(cx_exchange *x, cx_slice *to, cx_slice text)
{
    if (!to->p && text.len)
        *to = cx_arena_copy(&x->conn->arena, text);
}

/* The password in it: an encrypted time, plain or shielded (RFC 4120 5.2.7.2, RFC 6113 5.4.6). */
static bool has_proof(const cx_ev_krb *krb)
{
    for (uint32_t i = 0; i < krb->n_padata; i++)
        if (krb->padata[i] == 2 || krb->padata[i] == 138)
            return true;
    return false;
}

static void take_krb(cx_exchange *x, const cx_event *e)
{
    const cx_ev_krb *krb = &e->u.krb;
    if (krb->message != CX_KRB_AP_REQ) {
        keep_text(x, &x->user, krb->cname);
        keep_text(x, &x->domain, krb->crealm.len ? krb->crealm : krb->realm);
    }
    keep_text(x, &x->service, krb->sname);
    switch (krb->message) {
    case CX_KRB_AS_REQ:
    case CX_KRB_TGS_REQ:
    case CX_KRB_AP_REQ:
        if (krb->message == CX_KRB_AS_REQ && !krb->cut && !x->answers && x->request)
            x->told |= has_proof(krb) != has_proof(&x->request->u.krb);
        x->requests++;
        if (x->requests <= 2) /* of many that nobody answers two will do */
            x->request = cx_conn_keep(x->conn, e);
        break;
    case CX_KRB_AS_REP:
    case CX_KRB_TGS_REP:
        x->answers++;
        x->reply = cx_conn_keep(x->conn, e);
        break;
    case CX_KRB_ERROR: {
        x->answers++;
        x->too_long =
            krb->has_code && krb->error_code == TOO_LONG ? cx_conn_keep(x->conn, e) : NULL;
        if (!krb->has_code && krb->cut)
            x->unread = e->at;
        if (!krb->has_code || cx_krb_error_is_step(krb->error_code))
            break;
        const cx_event *kept = cx_conn_keep(x->conn, e);
        if (!kept)
            break;
        if (x->n_errors == CX_EXCHANGE_ERRORS) /* the latest counts most */
            x->error[CX_EXCHANGE_ERRORS - 1] = kept;
        else
            x->error[x->n_errors++] = kept;
        break;
    }
    case CX_KRB_AP_REP:
        break;
    }
}

static void take_ntlm(cx_exchange *x, const cx_event *e)
{
    const cx_event **to = e->u.ntlm.message == CX_NTLM_NEGOTIATE   ? &x->negotiate
                          : e->u.ntlm.message == CX_NTLM_CHALLENGE ? &x->challenge
                                                                   : &x->authenticate;
    if (!*to)
        *to = cx_conn_keep(x->conn, e);
    if (e->u.ntlm.message == CX_NTLM_AUTHENTICATE) {
        keep_text(x, &x->user, e->u.ntlm.user);
        keep_text(x, &x->domain, e->u.ntlm.domain);
    }
}

void cx_exchange_take(cx_exchange *x, const cx_event *e)
{
    x->flow = e->flow;
    x->number = e->exchange;
    if (e->at.ts_ns > x->last_ns)
        x->last_ns = e->at.ts_ns;
    if (e->kind == CX_EV_KRB)
        take_krb(x, e);
    else if (e->kind == CX_EV_NTLM)
        take_ntlm(x, e);
    else if (e->kind == CX_EV_LOGON) {
        x->result = cx_conn_keep(x->conn, e);
        keep_text(x, &x->user, e->u.logon.user);
        keep_text(x, &x->domain, e->u.logon.domain);
        keep_text(x, &x->service, e->u.logon.target);
    }
}

bool cx_exchange_goes_on(const cx_exchange *x, const cx_event *e)
{
    if (x->kdc)
        return e->kind == CX_EV_KRB && !e->u.krb.carrier && !is_request(e) && !x->reply;
    if (e->kind == CX_EV_KRB && !e->u.krb.carrier)
        return false;
    if (x->result)
        return false;
    if (e->kind == CX_EV_LOGON)
        return true;
    if (e->kind == CX_EV_KRB)
        return !x->negotiate && !x->authenticate && e->u.krb.message != CX_KRB_AP_REQ;
    switch (e->u.ntlm.message) {
    case CX_NTLM_NEGOTIATE:
        return false;
    case CX_NTLM_CHALLENGE:
        return !x->challenge && !x->authenticate;
    case CX_NTLM_AUTHENTICATE:
        return !x->authenticate;
    }
    return false;
}
