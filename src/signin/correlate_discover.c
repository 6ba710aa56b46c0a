/* What a client asks the autodiscover service, and what it gets (MS-OCDISCWS; signin-failures
 * 2.1): see correlate_parts.h. The connections belong to no sign-in, only what came of them does.
 */
#include "signin/correlate_parts.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>

#define MAX_URL 2048u /* bytes; a longer one is left out, for a part of it may equal another's */

/* ---- URLs ---- */

/* Where the host of "scheme://host:port/path" begins and ends. */
static cx_slice host_of(cx_slice url)
{
    size_t from = cx_slice_istarts(url, "https://") ? 8 : 7, to = from;
    if (from < url.len && url.p[from] == '[') /* RFC 3986 3.2.2 */
        while (to < url.len && url.p[to] != ']')
            to++;
    while (to < url.len && !strchr(":/?", url.p[to]))
        to++;
    return cx_slice_sub(url, from, to - from);
}

/* The absolute URL of uri, as asked of host, in the attempt's arena; absent: it has none that can
 * be compared. */
static cx_slice absolute(cx_attempt *a, bool tls, cx_slice host, cx_slice uri)
{
    char url[MAX_URL];
    bool http = cx_slice_istarts(uri, "http://"), https = cx_slice_istarts(uri, "https://");
    if (http || https) {
        size_t from = https ? 8 : 7, to = from;
        while (to < uri.len && !strchr("/?#", uri.p[to]))
            to++;
        host = cx_slice_sub(uri, from, to - from);
        uri = cx_slice_sub(uri, to, uri.len - to);
        tls = https;
    } else if (!uri.len || uri.p[0] != '/' || (uri.len > 1 && uri.p[1] == '/')) {
        return (cx_slice){NULL, 0};
    }
    cx_slice fragment;
    uri = cx_slice_split(uri, '#', &fragment);
    const char *port = tls ? ":443" : ":80";
    if (cx_slice_iends(host, port))
        host = cx_slice_sub(host, 0, host.len - strlen(port));
    if (!host.len || host.len + uri.len + sizeof "https:///" > sizeof url)
        return (cx_slice){NULL, 0};
    int n = snprintf(url, sizeof url, "%s://%.*s%s%.*s", tls ? "https" : "http", (int)host.len,
                     (const char *)host.p, uri.len && uri.p[0] == '/' ? "" : "/", (int)uri.len,
                     uri.len ? (const char *)uri.p : "");
    if (n < 0)
        return (cx_slice){NULL, 0};
    for (size_t i = 0; i < (tls ? 8 : 7) + host.len && url[i]; i++) /* a host may hold a NUL */
        url[i] = (char)tolower((unsigned char)url[i]);
    return cx_arena_copy(&a->arena, (cx_slice){(const uint8_t *)url, strlen(url)});
}

/* ---- Tries ---- */

static cx_discover_try *try_of_flow(const cx_client *client, uint32_t flow, bool unanswered,
                                    cx_attempt **ret_attempt)
{
    for (uint32_t i = client->n_open; i-- > 0;)
        for (uint32_t k = 0; k < client->open[i]->n_tries; k++) {
            cx_discover_try *t = &client->open[i]->tries[k];
            if (t->flow != flow || (unanswered && t->status))
                continue;
            *ret_attempt = client->open[i];
            return t;
        }
    return NULL;
}

static cx_discover_try *add_try(cx_attempt *a, const cx_event *e, cx_discover_fate fate)
{
    if (a->n_tries == CX_MAX_DISCOVER_TRIES ||
        !cx_correlate_grow((void **)&a->tries, sizeof *a->tries, a->n_tries, &a->cap_tries))
        return NULL;
    cx_discover_try *t = &a->tries[a->n_tries++];
    *t = (cx_discover_try){.flow = e->flow, .fate = fate, .server = e->server, .asked = e->at};
    return t;
}

/* ---- Connections ---- */

static bool is_discover_host(const cx_attempt *a, cx_slice name)
{
    cx_slice domain;
    if (cx_name_role_of(name, CX_DNS_A, &domain) == CX_ROLE_AUTODISCOVER)
        return !a->domain.p || cx_host_eq(domain, a->domain);
    for (uint32_t i = 0; i < a->n_tries; i++)
        if (a->tries[i].to_host.len && cx_host_eq(a->tries[i].to_host, name))
            return true;
    return false;
}

/* The open attempt whose autodiscover service, or what that redirected to, has this address; its
 * name then. */
static cx_attempt *attempt_for_service(const cx_client *client, const cx_endpoint *server,
                                       cx_slice *ret_name)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (a->ended || a->web_only || a->logon || a->configuration != CX_CONFIG_AUTOMATIC)
            continue;
        for (uint32_t k = 0; k < CX_CLIENT_LOOKUPS; k++) {
            const cx_lookup *l = client->lookup[k];
            if (l && l->via == CX_EV_DNS && cx_lookup_gives(l, server) &&
                is_discover_host(a, l->name)) {
                *ret_name = l->name;
                return a;
            }
        }
    }
    return NULL;
}

static bool never_opened(const cx_ev_tcp *tcp, cx_discover_fate *ret_fate)
{
    if (tcp->what == CX_TCP_REFUSED)
        *ret_fate = CX_DISCOVER_REFUSED;
    else if (tcp->what == CX_TCP_TIMEOUT && tcp->n_syns >= 2)
        *ret_fate = CX_DISCOVER_SILENT;
    else if (tcp->what == CX_TCP_UNREACHABLE)
        *ret_fate = CX_DISCOVER_UNREACHABLE;
    else
        return false;
    return true;
}

/* What TLS shows on the connection of a try. */
static void take_tls(const cx_attempt *a, cx_discover_try *t, const cx_event *e)
{
    const cx_ev_tls *tls = &e->u.tls;
    if (t->fate != CX_DISCOVER_HIDDEN)
        return;
    if (tls->message == CX_TLS_CLIENT_HELLO && tls->sni.p && !is_discover_host(a, tls->sni))
        t->fate = CX_DISCOVER_OTHER;
    if (tls->message != CX_TLS_ALERT || tls->level != 2 || !tls->description)
        return;
    t->fate = CX_DISCOVER_TLS_FAILED;
    t->answered = e->at;
}

void cx_correlate_discover(cx_correlator *c, const cx_event *e)
{
    if ((e->server.port != 80 && e->server.port != 443) || e->client.proto != CX_IPPROTO_TCP)
        return;
    cx_discover_fate fate = CX_DISCOVER_HIDDEN;
    bool failed = e->kind == CX_EV_TCP && never_opened(&e->u.tcp, &fate);
    bool opened = e->kind == CX_EV_TCP && e->u.tcp.what == CX_TCP_CONNECTED;
    if (!failed && !opened && e->kind != CX_EV_TLS)
        return;
    cx_client *client = cx_correlate_client(c, &e->client);
    if (!client || !client->n_open)
        return;
    cx_attempt *a = NULL;
    cx_discover_try *t = try_of_flow(client, e->flow, false, &a);
    if (!t) {
        cx_slice name;
        a = attempt_for_service(client, &e->server, &name);
        t = a ? add_try(a, e, fate) : NULL;
        if (t)
            t->host = cx_arena_copy(&a->arena, name);
        if (t && failed) {
            t->asked = e->u.tcp.syn[0].frame ? e->u.tcp.syn[0] : e->at;
            t->answered = e->u.tcp.answer;
        }
    }
    if (!t)
        return;
    if (e->kind == CX_EV_TLS)
        take_tls(a, t, e);
    cx_correlate_touch(a, e);
}

/* ---- Requests ---- */

/* The attempt that this request belongs to, or NULL: the service of the SIP domain by its name, or
 * what an open attempt was redirected to. */
static cx_attempt *attempt_for_request(cx_correlator *c, cx_client *client, const cx_event *e)
{
    cx_slice port, domain, host = cx_slice_split(e->u.http.host, ':', &port);
    if (cx_name_role_of(host, CX_DNS_A, &domain) != CX_ROLE_AUTODISCOVER) {
        for (uint32_t i = client->n_open; i-- > 0;)
            if (!client->open[i]->ended && client->open[i]->n_tries &&
                is_discover_host(client->open[i], host))
                return client->open[i];
        return NULL;
    }
    cx_attempt *a = cx_correlate_for_domain(client, domain);
    if (!a)
        a = cx_correlate_attempt(c, client, e);
    if (!a)
        return NULL;
    a->weak = false;
    a->configuration = CX_CONFIG_AUTOMATIC;
    if (!a->domain.p)
        a->domain = cx_arena_copy(&a->arena, domain);
    return a;
}

static void take_request(cx_correlator *c, cx_client *client, const cx_event *e)
{
    const cx_ev_http *http = &e->u.http;
    cx_attempt *a = attempt_for_request(c, client, e), *before = NULL;
    if (!a)
        return;
    cx_slice url = absolute(a, e->decrypted, http->host, http->uri);
    cx_discover_try *t = try_of_flow(client, e->flow, false, &before);
    if (!t || t->fate != CX_DISCOVER_HIDDEN)
        t = url.p ? add_try(a, e, CX_DISCOVER_ASKED) : NULL;
    cx_correlate_touch(a, e);
    client->seen |= CX_BIT(CX_EV_HTTP);
    if (!t || !url.p)
        return;
    t->fate = CX_DISCOVER_ASKED; /* TLS that was opened */
    t->asked = http->first.frame ? http->first : e->at;
    t->url = url;
    t->host = host_of(url);
    t->by_proxy = http->uri.len && http->uri.p[0] != '/';
}

void cx_correlate_discover_http(cx_correlator *c, const cx_event *e)
{
    const cx_ev_http *http = &e->u.http;
    cx_client *client =
        http->request && !http->host.len ? NULL : cx_correlate_client(c, &e->client);
    if (!client)
        return;
    if (http->request) {
        take_request(c, client, e);
        return;
    }
    cx_attempt *a = NULL;
    cx_discover_try *t =
        client->n_open && http->status >= 200 ? try_of_flow(client, e->flow, true, &a) : NULL;
    if (!t)
        return;
    cx_correlate_touch(a, e);
    t->status = http->status;
    t->answered = e->at;
    t->reason = cx_arena_copy(&a->arena, http->reason);
    cx_slice to = http->status / 100 == 3 ? http->location : http->redirect;
    if (!to.len || !t->url.p)
        return;
    t->to = absolute(a, cx_slice_istarts(t->url, "https://"), t->host, to);
    t->to_host = t->to.p ? host_of(t->to) : t->to;
}
