/* Requests about certificates: see fetch.h. Each place that a certificate of an open handshake
 * names is one record of its attempt; conversations are tied to it by address and port, requests by
 * host and path. */
#include "signin/fetch.h"

#include "base/text.h"
#include "signin/lookup.h"

#include <stdlib.h>

#define MAX_FETCHES                                                                                \
    64u /* places that are watched for one attempt; a handshake names two or three */

/* A client begins with it as soon as it has the certificate, and Windows also right after the
 * handshake. What it asks later is for another reason. */
#define LATEST_NS (30 * INT64_C(1000000000))

#define LEAST_SILENCE_NS (4 * INT64_C(1000000000)) /* signin-failures 11 */

/* "http://crl.contoso.com:8080/a.crl" into its parts; false: not a place on the network. */
static bool read_url(cx_slice url, cx_fetch *ret)
{
    static const struct {
        const char *scheme;
        uint16_t port;
    } schemes[] = {{"http://", 80}, {"ldap://", 389}, {"https://", 443}};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (!cx_slice_istarts(url, schemes[i].scheme))
            continue;
        size_t begin = strlen(schemes[i].scheme), slash = cx_slice_find(url, '/', begin);
        size_t end = slash == SIZE_MAX ? url.len : slash;
        cx_slice host = cx_slice_sub(url, begin, end - begin), port = {NULL, 0};
        uint64_t number = schemes[i].port;
        if (host.len && host.p[0] != '[')
            host = cx_slice_split(host, ':', &port);
        if (!host.len || (port.p && !cx_slice_number(port, UINT16_MAX, &number)))
            return false;
        ret->host = host;
        ret->port = (uint16_t)number;
        ret->path =
            slash == SIZE_MAX ? cx_slice_of("/") : cx_slice_sub(url, slash, url.len - slash);
        return true;
    }
    return false;
}

static bool is_watched(const cx_attempt *a, const cx_fetch *f)
{
    for (uint32_t i = 0; i < a->n_fetches; i++)
        if (a->fetches[i].conn == f->conn && a->fetches[i].kind == f->kind &&
            cx_slice_eq(a->fetches[i].url, f->url))
            return true;
    return false;
}

static bool grow(cx_attempt *a)
{
    if (a->n_fetches < a->cap_fetches)
        return true;
    uint32_t more = a->cap_fetches ? a->cap_fetches * 2 : 4;
    void *p = a->n_fetches < MAX_FETCHES ? realloc(a->fetches, more * sizeof *a->fetches) : NULL;
    if (!p)
        return false;
    a->fetches = p;
    a->cap_fetches = more;
    return true;
}

void cx_fetch_watch(cx_attempt *a, const cx_conn *conn)
{
    const cx_event *e = conn->tls.server_cert;
    for (uint32_t i = 0; e && i < e->u.tls.n_chain; i++) {
        const cx_cert *cert = &e->u.tls.chain[i];
        for (uint32_t k = 0; !cert->unreadable && k < cert->n_urls; k++) {
            cx_fetch f = {.conn = conn,
                          .cert = cert,
                          .kind = cert->url[k].kind,
                          .url = cert->url[k].text,
                          .outcome = CX_CONN_MID};
            if (read_url(f.url, &f) && !is_watched(a, &f) && grow(a))
                a->fetches[a->n_fetches++] = f;
        }
    }
}

void cx_fetch_free(cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_fetches; i++)
        cx_lookup_drop(a->fetches[i].lookup);
    free(a->fetches);
}

/* The certificate came before at, not long ago, and its connection was still there. */
static bool may_begin(const cx_fetch *f, const cx_evidence *at)
{
    const cx_evidence *cert = &f->conn->tls.server_cert->at, *ended = &f->conn->ended;
    return cx_evidence_after(at, cert) && at->ts_ns - cert->ts_ns < LATEST_NS &&
           (!ended->frame || cx_evidence_after(ended, at));
}

static bool is_place_of(const cx_client *client, const cx_fetch *f, const cx_endpoint *server)
{
    cx_endpoint address;
    if (f->port != server->port)
        return false;
    if (cx_addr_parse(f->host, &address))
        return cx_addr_eq(&address, server);
    for (uint32_t i = 0; i < CX_CLIENT_LOOKUPS; i++) {
        const cx_lookup *l = client->lookup[i];
        if (l && cx_host_eq(l->name, f->host) && cx_lookup_gives(l, server))
            return true;
    }
    return false;
}

static void take_tcp(cx_fetch *f, const cx_event *e)
{
    const cx_ev_tcp *tcp = &e->u.tcp;
    f->syns = tcp->n_syns;
    f->last_syn = tcp->n_syns
                      ? tcp->syn[tcp->n_syns < CX_MAX_SYNS ? tcp->n_syns - 1 : CX_MAX_SYNS - 1]
                      : f->last_syn;
    f->spoke |= tcp->side[CX_FROM_SERVER].bytes != 0;
    switch (tcp->what) {
    case CX_TCP_SYN:
        f->outcome = CX_CONN_TRYING;
        break;
    case CX_TCP_CONNECTED:
        f->outcome = CX_CONN_ESTABLISHED;
        break;
    case CX_TCP_REFUSED:
        f->outcome = CX_CONN_REFUSED;
        f->answer = tcp->answer;
        break;
    case CX_TCP_UNREACHABLE:
        f->outcome = CX_CONN_UNREACHABLE;
        f->answer = tcp->answer;
        break;
    case CX_TCP_TIMEOUT:
        if (f->outcome == CX_CONN_TRYING)
            f->outcome = CX_CONN_TIMEOUT;
        break;
    case CX_TCP_HALF_OPEN:
    case CX_TCP_SILENCED:
    case CX_TCP_UNHEARD:
    case CX_TCP_LARGE:
    case CX_TCP_DATA:
    case CX_TCP_RESET:
    case CX_TCP_CLOSED:
    case CX_TCP_OPEN:
        break;
    }
}

bool cx_fetch_take_tcp(cx_client *client, const cx_event *e)
{
    bool taken = false;
    for (uint32_t i = 0; i < client->n_open; i++) {
        cx_attempt *a = client->open[i];
        for (uint32_t k = 0; k < a->n_fetches; k++) {
            cx_fetch *f = &a->fetches[k];
            bool begins = f->flow != e->flow && e->u.tcp.what == CX_TCP_SYN &&
                          may_begin(f, &e->at) && is_place_of(client, f, &e->server);
            if (begins) {
                f->flow = e->flow;
                f->server = e->server;
                if (!f->first.frame)
                    f->first = e->at;
            }
            if (f->flow != e->flow)
                continue;
            take_tcp(f, e);
            taken = true;
            if (e->u.tcp.what != CX_TCP_OPEN && e->at.ts_ns > a->last_ns)
                a->last_ns = e->at.ts_ns;
        }
    }
    return taken;
}

/* The parts of the URI of a request that a proxy got; else those of the request itself. */
static void asked_for(const cx_ev_http *http, cx_slice *ret_host, cx_slice *ret_path)
{
    cx_fetch parts = {.port = 0};
    cx_slice port;
    *ret_host = cx_slice_split(http->host, ':', &port);
    *ret_path = http->uri;
    if (read_url(http->uri, &parts)) {
        *ret_host = parts.host;
        *ret_path = parts.path;
    }
}

/* Requests to OCSP by GET have the question behind the path (RFC 6960 A.1). */
static bool asks_for(const cx_fetch *f, cx_slice host, cx_slice path)
{
    return cx_host_eq(f->host, host) &&
           (cx_slice_eq(f->path, path) ||
            (f->kind == CX_URL_OCSP && path.len > f->path.len &&
             cx_slice_eq(cx_slice_sub(path, 0, f->path.len), f->path)));
}

/* What a responder says of the certificates of open connections, wherever the client asked it. */
static void take_answers(const cx_client *client, const cx_event *e)
{
    for (uint32_t i = 0; i < client->n_open && e->u.http.n_ocsp; i++)
        for (uint32_t k = 0; k < client->open[i]->n_conns; k++) {
            cx_conn *c = client->open[i]->conns[k];
            if (c->tls.server_cert && !c->ended.frame)
                cx_conn_take_ocsp(c, e->u.http.ocsp, e->u.http.n_ocsp, &e->at, true);
        }
}

bool cx_fetch_take_http(cx_client *client, const cx_event *e)
{
    take_answers(client, e);
    const cx_ev_http *http = &e->u.http;
    cx_slice host = {NULL, 0}, path = {NULL, 0};
    bool taken = false;
    if (http->request)
        asked_for(http, &host, &path);
    for (uint32_t i = 0; i < client->n_open; i++)
        for (uint32_t k = 0; k < client->open[i]->n_fetches; k++) {
            cx_fetch *f = &client->open[i]->fetches[k];
            if (http->request ? !may_begin(f, &e->at) || !asks_for(f, host, path)
                              : f->flow != e->flow || !f->request.frame)
                continue;
            taken = true;
            if (http->request) {
                f->flow = e->flow;
                f->server = e->server;
                f->request = e->at;
                f->status = 0;
                if (!f->first.frame)
                    f->first = e->at;
            } else if (!f->status) {
                f->status = http->status;
                f->answer = e->at;
            }
        }
    return taken;
}

void cx_fetch_end(cx_attempt *a, const cx_client *client)
{
    for (uint32_t i = 0; i < a->n_fetches; i++) {
        cx_fetch *f = &a->fetches[i];
        cx_lookup *best = NULL;
        for (uint32_t k = 0; k < CX_CLIENT_LOOKUPS && !f->first.frame; k++) {
            cx_lookup *l = client->lookup[k];
            if (l && cx_host_eq(l->name, f->host) && may_begin(f, &l->last_query) &&
                (!best || l->state > best->state))
                best = l;
        }
        if (best)
            f->lookup = cx_lookup_ref(best);
    }
}

uint32_t cx_fetch_kinds(const cx_attempt *a, const cx_fetch *f)
{
    uint32_t kinds = 1u << f->kind;
    for (uint32_t i = 0; i < a->n_fetches && !f->request.frame; i++) {
        const cx_fetch *other = &a->fetches[i];
        if (other->conn == f->conn && other->port == f->port && cx_host_eq(other->host, f->host) &&
            !other->request.frame)
            kinds |= 1u << other->kind;
    }
    return kinds;
}

bool cx_fetch_succeeded(const cx_fetch *f)
{
    return f->status / 100 == 2 || (!f->status && f->spoke);
}

bool cx_fetch_failed(const cx_fetch *f, int64_t until_ns)
{
    if (f->lookup)
        return !cx_lookup_found(f->lookup) &&
               (f->lookup->state != CX_LOOKUP_UNANSWERED ||
                until_ns - f->lookup->query.ts_ns >= LEAST_SILENCE_NS);
    if (!f->first.frame || cx_fetch_succeeded(f))
        return false;
    return f->status >= 400 || f->outcome == CX_CONN_REFUSED || f->outcome == CX_CONN_UNREACHABLE ||
           until_ns - f->first.ts_ns >= LEAST_SILENCE_NS;
}
