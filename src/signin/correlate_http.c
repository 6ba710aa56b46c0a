/* HTTP beside a sign-in: tunnels through proxies, web services, and what is asked about
 * certificates. See correlate_parts.h. */
#include "signin/correlate_parts.h"

#include "base/text.h"

/* "sip.contoso.com" of "sip.contoso.com:443"; *ret_port is 0 without one. */
static cx_slice tunnel_host(cx_slice target, uint16_t *ret_port)
{
    size_t at = target.len;
    uint64_t port;
    *ret_port = 0;
    while (at > 0 && target.p[at - 1] != ':')
        at--;
    if (!at || !cx_slice_number(cx_slice_sub(target, at, target.len - at), UINT16_MAX, &port))
        return target;
    *ret_port = (uint16_t)port;
    return cx_slice_sub(target, 0, at - 1);
}

/* Programs of all kinds ask a proxy for tunnels: this one is to a server for sign-in. */
static bool is_tunnel_for_sip(cx_slice target)
{
    uint16_t port;
    cx_slice domain, host = tunnel_host(target, &port);
    return port == 5060 || port == 5061 ||
           (port == 443 && (cx_name_role_of(host, CX_DNS_A, &domain) < CX_ROLE_HOST_OTHER ||
                            cx_name_looks_like_sip(host)));
}

/* Remembers what was asked for, whoever asks. */
static void note_tunnel(cx_correlator *c, const cx_event *e)
{
    uint16_t port;
    cx_slice host = tunnel_host(e->u.http.uri, &port);
    cx_tunnel *t = &c->tunnel[c->next_tunnel];
    if (!host.len || host.len >= sizeof t->host || !port)
        return;
    *t = (cx_tunnel){.client = e->client, .proxy = e->server, .asked = e->at, .port = port};
    memcpy(t->host, host.p, host.len);
    c->tunnel_flow[c->next_tunnel] = e->flow;
    c->next_tunnel = (c->next_tunnel + 1) % TUNNELS;
}

static void note_opened(cx_correlator *c, const cx_event *e)
{
    for (uint32_t i = 0; i < TUNNELS; i++)
        if (c->tunnel_flow[i] == e->flow && c->tunnel[i].port && !c->tunnel[i].opened.frame)
            c->tunnel[i].opened = e->at;
}

void cx_correlate_tell_tunnels(const cx_correlator *c, cx_attempt *a)
{
    for (uint32_t i = 0; i < TUNNELS; i++) {
        bool wanted = false;
        for (uint32_t k = 0; k < a->n_conns && c->tunnel[i].opened.frame && !wanted; k++)
            wanted =
                cx_conn_never_opened(a->conns[k]) && a->conns[k]->server.port == c->tunnel[i].port;
        if (wanted && a->n_tunnels < CX_MAX_TUNNELS)
            a->tunnel[a->n_tunnels++] = c->tunnel[i];
    }
}

/* A proxy is asked for a tunnel: its connection becomes one of the sign-in that wants it. */
static void take_tunnel(cx_correlator *c, const cx_event *e)
{
    const cx_ev_http *http = &e->u.http;
    const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
    cx_client *client = found ? NULL : cx_correlate_client(c, &e->client);
    cx_conn *conn = found ? found->conn : NULL;
    cx_attempt *a = found ? found->attempt : NULL;
    if (!conn && (!client || !is_tunnel_for_sip(http->uri)))
        return;
    for (uint32_t i = conn ? 0 : client->n_open; i-- > 0 && !a;)
        if (!client->open[i]->ended && !client->open[i]->logon && !client->open[i]->web_only)
            a = client->open[i];
    if (!conn) {
        a = a ? cx_correlate_with_room(c, client, a, e) : cx_correlate_attempt(c, client, e);
        conn = a ? cx_correlate_add_conn(c, a, e) : NULL;
    }
    if (!conn)
        return;
    if (!conn->tunnel.p) {
        conn->tunnel = cx_arena_copy(&conn->arena, http->uri);
        conn->tunnel_request = e->at;
    }
    a->weak = false;
    conn->tunnel_last = e->at;
    conn->tunnel_auth |= http->auth_used.p != NULL;
    conn->tunnel_tokens +=
        cx_slice_iis(http->auth_used, "NTLM") || cx_slice_iis(http->auth_used, "Negotiate");
    cx_correlate_touch(a, e);
}

/* An HTTP error for what was no HTTP: the port is that of a web server. */
static void note_not_sip(cx_conn *conn, const cx_event *e)
{
    const cx_ev_http *http = &e->u.http;
    if (http->request || http->method.len || http->status < 400 || conn->not_sip.frame ||
        conn->tunnel.p || conn->ticket || conn->sip[CX_FROM_SERVER].frame)
        return;
    conn->not_sip = e->at;
    conn->not_sip_status = http->status;
    conn->not_sip_server =
        http->server.p ? cx_arena_copy(&conn->arena, http->server) : http->server;
}

void cx_correlate_http(cx_correlator *c, const cx_event *e)
{
    if (e->u.http.request && cx_slice_is(e->u.http.method, "CONNECT")) {
        note_tunnel(c, e);
        take_tunnel(c, e);
        return;
    }
    if (!e->u.http.request && cx_slice_is(e->u.http.method, "CONNECT") &&
        e->u.http.status / 100 == 2)
        note_opened(c, e);
    cx_correlate_discover_http(c, e);
    const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
    if (found && found->conn->tunnel.p && !e->u.http.request &&
        found->conn->tunnel_status / 100 != 2) {
        found->conn->tunnel_status = e->u.http.status;
        found->conn->tunnel_answer = e->at;
        cx_correlate_touch(found->attempt, e);
    }
    if (!found) {
        cx_client *client = cx_correlate_client(c, &e->client);
        if (client)
            (void)cx_fetch_take_http(client, e);
        return;
    }
    note_not_sip(found->conn, e);
    if (!found->conn->ticket || e->u.http.request)
        return;
    found->conn->http_status = e->u.http.status;
    found->conn->http = e->at;
    cx_correlate_touch(found->attempt, e);
}
