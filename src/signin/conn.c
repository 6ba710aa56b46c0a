/* Connections of an attempt: see conn.h. */
#include "signin/conn.h"

#include "base/text.h"
#include "event/cert.h"

#include <stdlib.h>

#define MAX_CONN_BYTES                                                                             \
    262144u /* bytes of kept events; a chain of certificates takes some 10 KiB                     \
             */

cx_conn *cx_conn_new(const cx_event *e)
{
    cx_conn *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->flow = e->flow;
    c->stream = e->stream;
    c->client = e->client;
    c->server = e->server;
    c->udp = e->client.proto == CX_IPPROTO_UDP;
    c->first = e->at;
    c->last_ns = e->at.ts_ns;
    c->outcome = CX_CONN_MID;
    c->tcp.rtt_ns = -1;
    c->arena = cx_arena_init(MAX_CONN_BYTES);
    return c;
}

void cx_conn_free(cx_conn *c)
{
    if (!c)
        return;
    cx_arena_free(&c->arena);
    free(c);
}

const cx_event *cx_conn_keep(cx_conn *c, const cx_event *e)
{
    return cx_event_copy(e, &c->arena);
}

static void note(cx_evidence *at, const cx_event *e)
{
    if (!at->frame)
        *at = e->at;
}

/* Who finds the other side gone in the middle of a handshake says decode_error (OpenSSL 3) or
 * internal_error (GnuTLS), which tells no more than the FIN before it. Where that is not in the
 * capture, a server that got no word behind its flight has nothing else to say it of. */
static void forget_answer_to_fin(cx_conn *c, int dir)
{
    const cx_conn_tls *t = &c->tls;
    const cx_event *e = t->alert[dir];
    const cx_evidence *fin = &c->tcp.side[!dir].fin;
    if (!e || (e->u.tls.description != 50 && e->u.tls.description != 80))
        return;
    bool unasked = dir == CX_FROM_SERVER && t->server_hello_done.frame && !t->client_cert &&
                   !t->client_key_exchange.frame && !t->change_cipher[CX_FROM_CLIENT].frame;
    if (unasked || (fin->frame && cx_evidence_after(&e->at, fin)))
        c->tls.alert[dir] = NULL;
}

static void take_tcp(cx_conn *c, const cx_event *e)
{
    const cx_ev_tcp *tcp = &e->u.tcp;
    c->tcp = *tcp;
    for (int dir = 0; dir < 2; dir++)
        forget_answer_to_fin(c, dir);
    for (int dir = 0; dir < 2; dir++)
        c->gap[dir] |= tcp->side[dir].unseen;
    switch (tcp->what) {
    case CX_TCP_SYN:
        c->outcome = CX_CONN_TRYING;
        break;
    case CX_TCP_CONNECTED:
        c->outcome = CX_CONN_ESTABLISHED;
        c->connected = e->at;
        c->answer_unseen = !tcp->answer.frame;
        break;
    case CX_TCP_REFUSED:
        c->outcome = CX_CONN_REFUSED;
        break;
    case CX_TCP_TIMEOUT:
        if (c->outcome != CX_CONN_UNREACHABLE && c->outcome != CX_CONN_REFUSED)
            c->outcome = CX_CONN_TIMEOUT;
        break;
    case CX_TCP_UNREACHABLE:
        c->outcome = CX_CONN_UNREACHABLE;
        break;
    case CX_TCP_HALF_OPEN:
        c->outcome = CX_CONN_HALF_OPEN;
        break;
    case CX_TCP_DATA:
        note(&c->data[e->dir], e);
        break;
    case CX_TCP_RESET:
    case CX_TCP_CLOSED:
        c->end = tcp->what == CX_TCP_RESET ? CX_END_RESET : CX_END_CLOSED;
        c->ended = tcp->what == CX_TCP_RESET ? tcp->side[tcp->closed_by].rst
                                             : tcp->side[tcp->closed_by].fin;
        if (!c->ended.frame)
            c->ended = e->at;
        break;
    case CX_TCP_OPEN:
        c->end = CX_END_OPEN;
        break;
    case CX_TCP_UNHEARD:
        break;
    case CX_TCP_LARGE:
        note(&c->large, e);
        break;
    case CX_TCP_SILENCED:
        if (tcp->silence.syns > c->silence.syns)
            c->silence = tcp->silence;
        break;
    }
}

void cx_conn_take_ocsp(cx_conn *c, const cx_ocsp *answers, uint32_t n, const cx_evidence *at,
                       bool fetched)
{
    const cx_event *cert = c->tls.server_cert;
    for (uint32_t i = 0; cert && cert->u.tls.n_chain && i < n; i++) {
        const cx_cert *leaf = &cert->u.tls.chain[0];
        if (!cx_ocsp_is_about(&answers[i], leaf))
            continue;
        c->tls.ocsp = answers[i];
        c->tls.ocsp.serial = leaf->serial;
        c->tls.ocsp_at = *at;
        c->tls.ocsp_fetched = fetched;
    }
}

static void take_tls(cx_conn *c, const cx_event *e)
{
    cx_conn_tls *t = &c->tls;
    if (e->decrypted && e->u.tls.message == CX_TLS_APPLICATION_DATA)
        t->data_read = true;
    else if (e->decrypted)
        t->opened = true;
    switch (e->u.tls.message) {
    case CX_TLS_CLIENT_HELLO:
        if (e->u.tls.cut && !t->hello_cut.frame) /* told where the rest is found missing */
            t->hello_cut = c->data[e->dir].frame && !c->sip[e->dir].frame && !c->tunnel.p
                               ? c->data[e->dir]
                               : e->at;
        if (!e->u.tls.cut && !t->client_hello)
            t->client_hello = cx_conn_keep(c, e);
        break;
    case CX_TLS_SERVER_HELLO:
        if (!t->server_hello && !e->u.tls.hello_retry)
            t->server_hello = cx_conn_keep(c, e);
        break;
    case CX_TLS_CERTIFICATE:
        if (e->dir == CX_FROM_SERVER && !t->server_cert)
            t->server_cert = cx_conn_keep(c, e);
        if (e->dir == CX_FROM_CLIENT && !t->client_cert)
            t->client_cert = cx_conn_keep(c, e);
        break;
    case CX_TLS_CERTIFICATE_STATUS:
        if (e->dir == CX_FROM_SERVER)
            cx_conn_take_ocsp(c, e->u.tls.ocsp, e->u.tls.n_ocsp, &e->at, false);
        break;
    case CX_TLS_CERTIFICATE_REQUEST:
        if (!t->cert_request)
            t->cert_request = cx_conn_keep(c, e);
        break;
    case CX_TLS_SERVER_HELLO_DONE:
        note(&t->server_hello_done, e);
        break;
    case CX_TLS_CLIENT_KEY_EXCHANGE:
        note(&t->client_key_exchange, e);
        break;
    case CX_TLS_CHANGE_CIPHER_SPEC:
        note(&t->change_cipher[e->dir], e);
        break;
    case CX_TLS_FINISHED:
        note(&t->finished[e->dir], e);
        break;
    case CX_TLS_ALERT:
        if (e->u.tls.description == 0)
            t->close_notify[e->dir] = true;
        else if (!t->alert[e->dir] || (t->alert[e->dir]->u.tls.level < 2 && e->u.tls.level == 2))
            t->alert[e->dir] = cx_conn_keep(c, e);
        break;
    case CX_TLS_ENCRYPTED_ALERT:
        if (e->dir == CX_FROM_CLIENT && cx_conn_tls_version(c) >= 0x0304 && !e->u.tls.records)
            t->client_refused13 = true;
        note(&t->encrypted_alert[e->dir], e);
        break;
    case CX_TLS_APPLICATION_DATA:
        note(&t->app_data[e->dir], e);
        break;
    }
}

static void take_trunk(cx_conn *c, const cx_event *e)
{
    const cx_ev_sip *sip = &e->u.sip;
    cx_trunk *t = &c->trunk;
    bool options = cx_slice_is(sip->method, "OPTIONS");
    if (c->udp || (!options && !cx_slice_is(sip->method, "INVITE")))
        return;
    if (sip->request && e->dir == CX_FROM_CLIENT) {
        const cx_event **first = options ? &t->first : &t->call;
        if (!*first)
            *first = cx_conn_keep(c, e);
        t->options += options;
        if (options)
            t->last = e->at;
    } else if (!sip->request && e->dir == CX_FROM_SERVER && sip->status >= 200) {
        t->accepted |= sip->status < 300;
        if (sip->status >= 300 && !t->status) {
            t->status = sip->status;
            t->refused = e->at;
        }
    }
}

bool cx_conn_is_trunk(const cx_conn *c)
{
    return c->trunk.options >= 3;
}

void cx_conn_take(cx_conn *c, const cx_event *e)
{
    c->last_ns = e->at.ts_ns > c->last_ns ? e->at.ts_ns : c->last_ns;
    switch (e->kind) {
    case CX_EV_TCP:
        take_tcp(c, e);
        break;
    case CX_EV_TLS:
        take_tls(c, e);
        break;
    case CX_EV_SIP:
        note(&c->sip[e->dir], e);
        take_trunk(c, e);
        if (!e->u.sip.request && e->u.sip.status == 200 &&
            cx_slice_is(e->u.sip.method, "NEGOTIATE"))
            note(&c->compressed, e);
        break;
    case CX_EV_GAP:
        c->gap[e->dir] = true;
        break;
    case CX_EV_MALFORMED:
        note(&c->malformed[e->dir], e);
        break;
    case CX_EV_ICMP:
        /* What cannot reach the client says nothing about the way to the server. */
        if (c->udp && c->outcome == CX_CONN_MID && cx_icmp_is_unreachable(&e->u.icmp) &&
            cx_endpoint_eq(&e->u.icmp.quoted_dst, &c->server)) {
            c->outcome = CX_CONN_UNREACHABLE;
            c->tcp.answer = e->at;
            c->tcp.icmp_type = e->u.icmp.type;
            c->tcp.icmp_code = e->u.icmp.code;
            c->tcp.icmp_from = e->u.icmp.from;
        }
        break;
    case CX_EV_DNS:
    case CX_EV_NTLM:
    case CX_EV_KRB:
    case CX_EV_HTTP:
    case CX_EV_LOGON:
    case CX_EV_LLMNR:
    case CX_EV_MDNS:
    case CX_EV_NBNS:
    case CX_EV_DUPLICATE:
    case CX_EV_KINDS:
        break;
    }
}

uint16_t cx_conn_tls_version(const cx_conn *c)
{
    return c->tls.server_hello ? c->tls.server_hello->u.tls.version : 0;
}

cx_evidence cx_conn_hello_at(const cx_conn *c)
{
    return c->tls.client_hello ? c->tls.client_hello->at : c->tls.hello_cut;
}

bool cx_conn_tls_complete(const cx_conn *c)
{
    const cx_conn_tls *t = &c->tls;
    if (t->finished[CX_FROM_CLIENT].frame && t->finished[CX_FROM_SERVER].frame)
        return true;
    return t->app_data[CX_FROM_CLIENT].frame && t->app_data[CX_FROM_SERVER].frame;
}

bool cx_conn_tls_used(const cx_conn *c)
{
    const cx_conn_tls *t = &c->tls;
    if (!t->app_data[CX_FROM_CLIENT].frame || !t->app_data[CX_FROM_SERVER].frame)
        return false;
    if (cx_conn_tls_version(c) < 0x0304 || t->opened)
        return true;
    /* TLS 1.3 without secrets: the handshake's end is of the same record type. The dissector tells
     * an encrypted alert only behind a side that said nothing else. */
    return !t->encrypted_alert[CX_FROM_CLIENT].frame && !t->encrypted_alert[CX_FROM_SERVER].frame;
}

bool cx_conn_is_to(const cx_conn *c, cx_slice host)
{
    cx_endpoint address;
    return cx_addr_parse(host, &address) ? cx_addr_eq(&address, &c->server)
                                         : c->host && cx_host_eq(c->host->name, host);
}

bool cx_conn_mute_inside(const cx_conn *c)
{
    return cx_conn_tls_complete(c) && cx_conn_tls_version(c) < 0x0304 && !c->tls.opened &&
           !c->tls.app_data[CX_FROM_SERVER].frame && !c->gap[CX_FROM_SERVER];
}

bool cx_conn_cert_accepted(const cx_conn *c)
{
    const cx_conn_tls *t = &c->tls;
    return t->client_key_exchange.frame || t->finished[CX_FROM_CLIENT].frame ||
           (t->app_data[CX_FROM_CLIENT].frame && cx_conn_tls_version(c) < 0x0304);
}

int cx_conn_ended_by(const cx_conn *c)
{
    return c->end == CX_END_CLOSED || c->end == CX_END_RESET ? c->tcp.closed_by : -1;
}
