/* Exchanges of NTLM and Kerberos, and which attempt each belongs to: see correlate_parts.h.
 *
 * An exchange with a service becomes an attempt of kind logon, with those of the same user at the
 * same server that follow within a minute: who fails and then gets in has signed in. An exchange
 * with a Kerberos server belongs to the sign-in that asked for Kerberos, else to a logon of its
 * user. */
#include "signin/correlate_parts.h"

#include "base/limits.h"
#include "signin/exchange.h"

#include <stdlib.h>

static void leave_client(cx_correlator *c, cx_client *client, cx_exchange *x)
{
    for (cx_exchange **link = &client->exchanges; *link; link = &(*link)->next)
        if (*link == x) {
            *link = x->next;
            client->n_exchanges--;
            *(x->older ? &x->older->newer : &c->oldest_exchange) = x->newer;
            *(x->newer ? &x->newer->older : &c->newest_exchange) = x->older;
            return;
        }
}

void cx_correlate_logon_leave(cx_correlator *c, cx_attempt *a)
{
    if (!a->n_exchanges)
        return;
    cx_client *client = cx_correlate_client(c, &a->client);
    for (uint32_t i = 0; client && i < a->n_exchanges; i++)
        leave_client(c, client, a->exchanges[i]);
}

/* ---- Which attempt ---- */

static bool same_user(cx_slice a, cx_slice b)
{
    return cx_slice_ieq(cx_principal_user(a), cx_principal_user(b));
}

/* The capture may have cut the user off one of them. */
static bool may_be_same_user(cx_slice a, cx_slice b)
{
    return !a.len || !b.len || same_user(a, b);
}

/* A ticket for a SIP server. Those of web servers may be of any site, and clients go on with NTLM.
 */
static bool is_sign_in_service(cx_slice service)
{
    return cx_slice_istarts(service, "sip/");
}

/* A request for a first ticket that names no user: a scanner looks what listens there. */
static bool is_of_nobody(const cx_exchange *x)
{
    return !x->tgs && !x->user.len && x->request && !x->request->u.krb.cut;
}

/* Does a sign-in wait for this exchange with a Kerberos server? Not for a ticket to change the
 * password with (kadmin/changepw), which clients ask for when it has expired, nor for one of nobody
 * (RFC 8062 3), with which clients shield the real request where the server grants it. */
static bool matters(const cx_exchange *x)
{
    if (!x->kdc)
        return true;
    if (x->aside || is_of_nobody(x))
        return false;
    if (!x->tgs && cx_slice_istarts(x->user, "WELLKNOWN/ANONYMOUS"))
        return false;
    return x->tgs ? is_sign_in_service(x->service)
                  : !x->service.len || cx_slice_istarts(x->service, "krbtgt/");
}

static bool was_offered_kerberos(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_event *response = a->registers[i].response;
        for (uint32_t k = 0; response && k < response->u.sip.n_auth; k++)
            if (response->u.sip.auth[k].role == CX_AUTH_OFFERED &&
                cx_slice_iis(response->u.sip.auth[k].scheme, "Kerberos"))
                return true;
    }
    return false;
}

/* The sign-in over SIP that needs what the exchange is for, or NULL. */
static cx_attempt *sip_attempt(const cx_client *client, const cx_exchange *x)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (a->ended || a->logon || a->web_only || !(a->n_registers || a->n_conns))
            continue;
        if (x->tgs ? cx_slice_istarts(x->service, "sip/") : was_offered_kerberos(a))
            return a;
    }
    return NULL;
}

/* Who authenticates was in an AUTHENTICATE that the capture lost. */
static bool is_of_somebody(const cx_exchange *x)
{
    return x->challenge && !x->authenticate && !x->user.len;
}

/* A client that was refused under a name and goes on without one, on the same connection; or with
 * one that the capture lost, of either. */
static bool goes_on_nameless(const cx_exchange *x, const cx_exchange *other)
{
    return (cx_exchange_is_anonymous(x) || is_of_somebody(x) || is_of_somebody(other)) && !x->kdc &&
           !other->kdc && other->conn->flow == x->conn->flow;
}

/* Kerberos came to nothing, and the client falls back to NTLM: x is of the user whom a Kerberos
 * server refused, or goes to the server that refused a ticket, in which the user is not readable.
 */
static bool falls_back(const cx_exchange *x, const cx_exchange *other)
{
    if (!x->authenticate || !other->n_errors || other->reply)
        return false;
    return other->kdc ? other->user.len && x->user.len && same_user(other->user, x->user)
                      : !other->authenticate && cx_addr_eq(&other->conn->server, &x->conn->server);
}

/* The open logon that x continues, or NULL. */
static cx_attempt *logon_attempt(const cx_client *client, const cx_exchange *x)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        const cx_attempt *a = client->open[i];
        if (!a->logon || a->ended)
            continue;
        for (uint32_t k = 0; k < a->n_exchanges; k++) {
            const cx_exchange *other = a->exchanges[k];
            if (goes_on_nameless(x, other) || falls_back(x, other))
                return client->open[i];
            if (other->kdc == x->kdc && other->tgs == x->tgs &&
                (x->kdc ? may_be_same_user(other->user, x->user)
                        : same_user(other->user, x->user)) &&
                (x->kdc || cx_addr_eq(&other->conn->server, &x->conn->server)))
                return client->open[i];
        }
    }
    return NULL;
}

/* A logon of user that consists of what Kerberos servers refused, or NULL. */
static cx_attempt *refused_logon(const cx_client *client, cx_slice user)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        bool refused = a->logon && !a->ended;
        for (uint32_t k = 0; k < a->n_exchanges && refused; k++) {
            const cx_exchange *x = a->exchanges[k];
            refused = x->kdc && x->n_errors && !x->reply && x->user.len && same_user(x->user, user);
        }
        if (refused && a->n_exchanges)
            return a;
    }
    return NULL;
}

/* false: a is full, or there is no memory. */
static bool take_over(cx_attempt *a, cx_exchange *x)
{
    if (a->n_exchanges == CX_MAX_EXCHANGES ||
        !cx_correlate_grow((void **)&a->exchanges, sizeof *a->exchanges, a->n_exchanges,
                           &a->cap_exchanges))
        return false;
    a->exchanges[a->n_exchanges++] = x;
    x->attempt = a;
    return true;
}

void cx_correlate_logon_falls_back(cx_correlator *c, cx_client *client, cx_attempt *a,
                                   cx_slice user)
{
    if (!user.len || a->ended)
        return;
    cx_attempt *before = refused_logon(client, user);
    while (before && before->n_exchanges &&
           take_over(a, before->exchanges[before->n_exchanges - 1]))
        before->n_exchanges--;
    if (before && !before->n_exchanges)
        cx_correlate_drop(c, client, before);
    for (cx_exchange *x = client->exchanges; x; x = x->next) /* whom no server answered at all */
        if (!x->attempt && x->kdc && !x->answers && matters(x) && same_user(x->user, user) &&
            !take_over(a, x))
            return;
}

static void name_attempt(cx_attempt *a, const cx_exchange *x)
{
    if (a->user.p || !a->logon || !x->user.len)
        return;
    cx_slice first = x->kdc ? x->user : x->domain, second = x->kdc ? x->domain : x->user;
    if (x->domain.len)
        a->user = cx_arena_printf(&a->arena, "%.*s%c%.*s", (int)first.len, (const char *)first.p,
                                  x->kdc ? '@' : '\\', (int)second.len, (const char *)second.p);
    else
        a->user = cx_arena_copy(&a->arena, x->user);
}

/* Gives x to an attempt. NULL: no memory; x stays without one. */
static cx_attempt *attach(cx_correlator *c, cx_client *client, cx_exchange *x, const cx_event *e)
{
    bool in_sip = x->carrier && strcmp(x->carrier, "sip") == 0;
    cx_attempt *a = in_sip ? c->sip_now.attempt : x->kdc ? sip_attempt(client, x) : NULL;
    if (in_sip && (!a || c->sip_now.frame != e->at.frame || c->sip_now.flow != e->flow))
        return NULL; /* an answer to nothing that is known */
    if (!a)
        a = logon_attempt(client, x);
    if (!a) {
        a = cx_correlate_attempt(c, client, e);
        if (!a)
            return NULL;
        a->logon = true;
        a->first = x->conn->first;
        a->start_ns = x->conn->first.ts_ns;
        a->last_ns = x->last_ns;
    }
    if (!take_over(a, x))
        return NULL;
    name_attempt(a, x);
    cx_correlate_touch(a, e);
    return a;
}

/* ---- The life of an exchange ---- */

/* It does not go on: what it came to stays with its attempt, where it has one. */
static void end(cx_correlator *c, cx_client *client, cx_exchange *x, const cx_event *e)
{
    /* nothing but a NEGOTIATE, or a ticket that nobody answers: that tells nothing */
    bool unheard =
        x->requests > 1 || x->conn->outcome == CX_CONN_UNREACHABLE || x->tcp_failed != NULL;
    bool told = x->challenge || x->authenticate || (x->kdc && (unheard || x->unread.frame));
    if (!x->attempt && told && matters(x))
        (void)attach(c, client, x, e); /* without memory it is freed below */
    leave_client(c, client, x);
    if (!x->attempt)
        cx_exchange_free(x);
}

static cx_exchange *begin(cx_correlator *c, cx_client *client, const cx_event *e)
{
    if (client->n_exchanges == CX_MAX_EXCHANGES) {
        cx_exchange *oldest = client->exchanges;
        while (oldest->next)
            oldest = oldest->next;
        end(c, client, oldest, e);
    }
    cx_exchange *x = cx_exchange_new(e);
    if (!x)
        return NULL;
    x->next = client->exchanges;
    client->exchanges = x;
    client->n_exchanges++;
    x->older = c->newest_exchange;
    *(x->older ? &x->older->newer : &c->oldest_exchange) = x;
    c->newest_exchange = x;
    return x;
}

static bool is_request(const cx_event *e)
{
    return e->kind == CX_EV_KRB && !e->u.krb.carrier &&
           (e->u.krb.message == CX_KRB_AS_REQ || e->u.krb.message == CX_KRB_TGS_REQ);
}

#define KEY_EXPIRED 23 /* KDC_ERR_KEY_EXPIRED (RFC 4120 7.5.9) */

/* The password has expired: what a client asks for then is the ticket to change it with. */
static bool is_expired(const cx_exchange *x)
{
    return x->kdc && !x->tgs && !x->reply && x->n_errors &&
           x->error[x->n_errors - 1]->u.krb.error_code == KEY_EXPIRED;
}

/* A further request of the same user for the same thing, by any conversation. */
static bool asks_again(const cx_exchange *x, const cx_event *e)
{
    const cx_ev_krb *krb = &e->u.krb;
    bool tgs = krb->message == CX_KRB_TGS_REQ;
    if (!x->kdc || x->reply || x->tgs != tgs)
        return false;
    bool cut = krb->cut && !krb->sname.len;
    if (cut && is_expired(x))
        return false;
    return (cut || cx_slice_ieq(x->service, krb->sname)) &&
           (tgs || may_be_same_user(x->user, krb->cname));
}

/* The ticket that the user of x got in the end, where the requests were not captured. */
static bool is_granted_to(const cx_exchange *x, const cx_event *e)
{
    return x->kdc && !x->requests && x->n_errors && !x->reply &&
           x->tgs == (e->u.krb.message == CX_KRB_TGS_REP) &&
           cx_slice_ieq(x->service, e->u.krb.sname) && same_user(x->user, e->u.krb.cname);
}

static cx_exchange *exchange_of(cx_client *client, const cx_event *e)
{
    for (cx_exchange *x = client->exchanges; x; x = x->next) {
        if (is_request(e)
                ? asks_again(x, e)
                : x->flow == e->flow && x->number == e->exchange && cx_exchange_goes_on(x, e))
            return x;
    }
    bool reply = e->kind == CX_EV_KRB && !e->u.krb.carrier &&
                 (e->u.krb.message == CX_KRB_AS_REP || e->u.krb.message == CX_KRB_TGS_REP);
    for (cx_exchange *x = client->exchanges; x && reply; x = x->next)
        if (is_granted_to(x, e))
            return x;
    return NULL;
}

/* The exchange in which the password of user expired, or NULL. */
static cx_exchange *expired_of(const cx_client *client, cx_slice user)
{
    for (cx_exchange *x = client->exchanges; x; x = x->next)
        if (is_expired(x) && may_be_same_user(x->user, user))
            return x;
    return NULL;
}

/* The request of a user whose password has expired, for a service that the capture cut off. */
static bool may_change_password(const cx_client *client, const cx_event *e)
{
    const cx_ev_krb *krb = &e->u.krb;
    return is_request(e) && krb->message == CX_KRB_AS_REQ && krb->cut && !krb->sname.len &&
           expired_of(client, krb->cname);
}

/* What follows e on its conversation, under its number, is another exchange. */
static void end_those_on(cx_correlator *c, cx_client *client, const cx_event *e)
{
    for (cx_exchange *x = client->exchanges, *next; x; x = next) {
        next = x->next;
        if (!x->kdc && x->flow == e->flow && x->number == e->exchange)
            end(c, client, x, e);
    }
}

/* Is it known now whose exchange this is? That of a sign-in which waits for Kerberos also when no
 * server answers: the sign-in may be over by the time that the client gives up. */
static bool is_known(const cx_client *client, const cx_exchange *x)
{
    if (x->kdc)
        return x->n_errors || x->reply || (x->requests > 1 && sip_attempt(client, x));
    return x->result || x->authenticate || x->n_errors;
}

void cx_correlate_logon(cx_correlator *c, const cx_event *e)
{
    if (e->kind == CX_EV_NTLM && strcmp(e->u.ntlm.carrier, "sip") == 0)
        return;
    cx_client *client = cx_correlate_client(c, &e->client);
    if (!client)
        return;
    client->seen |= CX_BIT(e->kind);
    cx_exchange *x = exchange_of(client, e);
    if (!x) {
        bool alone = e->kind == CX_EV_KRB && !is_request(e) && e->u.krb.message != CX_KRB_AP_REQ;
        if (alone && e->u.krb.message != CX_KRB_ERROR)
            return; /* a reply to nothing that was seen */
        if (e->kind != CX_EV_KRB || e->u.krb.carrier)
            end_those_on(c, client, e);
        bool aside = may_change_password(client, e);
        x = begin(c, client, e);
        if (!x)
            return;
        x->aside = aside;
    }
    cx_exchange_take(x, e);
    if (!matters(x)) {
        cx_exchange *expired = x->aside && x->reply ? expired_of(client, x->user) : NULL;
        if (expired)
            expired->asides++;
        if (x->answers) {
            leave_client(c, client, x);
            cx_exchange_free(x);
        }
        return;
    }
    if (!x->attempt && is_known(client, x) && !attach(c, client, x, e)) {
        leave_client(c, client, x);
        cx_exchange_free(x);
        return;
    }
    cx_attempt *a = x->attempt;
    if (!a)
        return;
    cx_correlate_touch(a, e);
    if (x->result || x->reply)
        leave_client(c, client, x);
    if (a->logon && cx_exchange_succeeded(x)) {
        a->ended = true;
        cx_correlate_decide_if_over(c, a);
    }
}

/* The client was told to ask over TCP, and this is that connection, which did not open. */
static bool closes_the_way(const cx_exchange *x, const cx_event *e)
{
    if (e->kind != CX_EV_TCP || !x->kdc || !x->too_long || x->reply || x->tcp_failed)
        return false;
    const cx_ev_tcp *tcp = &e->u.tcp;
    bool failed = tcp->what == CX_TCP_REFUSED || tcp->what == CX_TCP_UNREACHABLE ||
                  (tcp->what == CX_TCP_TIMEOUT && tcp->n_syns >= 2);
    return failed && cx_addr_eq(&e->server, &x->conn->server) &&
           e->server.port == x->conn->server.port && tcp->syn[0].ts_ns >= x->too_long->at.ts_ns;
}

void cx_correlate_logon_connection(cx_correlator *c, const cx_event *e)
{
    if (!c->oldest_exchange || !e->flow ||
        (e->kind != CX_EV_TCP && e->kind != CX_EV_GAP && e->kind != CX_EV_ICMP))
        return;
    const cx_endpoint *who = e->kind == CX_EV_ICMP ? &e->u.icmp.quoted_src : &e->client;
    cx_client *client = cx_correlate_client(c, who);
    if (!client)
        return;
    for (cx_exchange *x = client->exchanges, *next; x; x = next) {
        next = x->next;
        if (closes_the_way(x, e))
            x->tcp_failed = cx_conn_keep(x->conn, e);
        if (x->conn->flow != e->flow)
            continue;
        cx_conn_take(x->conn, e);
        if (!x->kdc && x->conn->end != CX_END_NONE)
            end(c, client, x, e);
    }
}

void cx_correlate_logon_sweep(cx_correlator *c, bool all)
{
    for (cx_exchange *x = c->oldest_exchange, *next; x; x = next) {
        next = x->newer;
        if (!all && c->now_ns - x->last_ns <= CX_ATTEMPT_IDLE_NS)
            continue;
        cx_client *client = cx_correlate_client(c, &x->conn->client);
        const cx_event now = {.at = {.ts_ns = x->last_ns}, .client = x->conn->client};
        if (client)
            end(c, client, x, &now);
    }
}
