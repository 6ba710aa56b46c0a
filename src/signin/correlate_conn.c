/* Which attempt a connection belongs to: see correlate_parts.h. */
#include "signin/correlate_parts.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"

static bool is_sip_port(uint16_t port)
{
    return port == 5060 || port == 5061;
}

static bool may_carry_sip(uint16_t port)
{
    return port == 443 || (port >= 5060 && port <= 5080);
}

static uint64_t bit_of(const cx_endpoint *server, uint32_t *ret_word)
{
    const uint64_t h = cx_hash(server->addr, sizeof server->addr, 0);
    *ret_word = (uint32_t)(h >> 32) % CX_SERVER_WORDS;
    return UINT64_C(1) << h % 64;
}

void cx_correlate_note_server(cx_attempt *a, const cx_endpoint *server)
{
    uint32_t word;
    const uint64_t bit = bit_of(server, &word);
    a->servers[word] |= bit;
}

/* Nearly always right: who scans has thousands of hosts that no connection of an attempt goes to.
 */
static bool may_go_to(const cx_attempt *a, const cx_endpoint *server)
{
    uint32_t word;
    const uint64_t bit = bit_of(server, &word);
    return (a->servers[word] & bit) != 0;
}

bool cx_correlate_goes_to(const cx_attempt *a, const cx_endpoint *server)
{
    if (!may_go_to(a, server))
        return false;
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (cx_addr_eq(&a->conns[i]->server, server))
            return true;
    return false;
}

/* The answers of attempt a lead to this server: an SRV target's address on its port, or the address
 * of a host name that is no autodiscover name, on a port of SIP. */
bool cx_correlate_led_to(const cx_attempt *a, const cx_client *client, const cx_endpoint *server)
{
    for (uint32_t i = 0; client->asked && i < CX_CLIENT_LOOKUPS; i++) {
        const cx_lookup *l = client->lookup[i];
        if (!l || l->role == CX_ROLE_AUTODISCOVER || !cx_lookup_gives(l, server))
            continue;
        if (cx_correlate_has_lookup(a, l) && may_carry_sip(server->port))
            return true;
        for (uint32_t k = 0; k < a->n_lookups; k++)
            for (uint32_t s = 0; s < a->lookups[k]->n_srv; s++)
                if (a->lookups[k]->srv[s].port == server->port &&
                    cx_host_eq(a->lookups[k]->srv[s].target, l->name))
                    return true;
    }
    return false;
}

/* A connection of a that is in use: the client does not look for another server yet. */
static bool is_busy(const cx_attempt *a)
{
    if (!a->opened)
        return false;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->outcome == CX_CONN_ESTABLISHED && c->end == CX_END_NONE &&
            (c->tls.client_hello || c->sip[CX_FROM_CLIENT].frame))
            return true;
    }
    return false;
}

/* Over, or the client has said that it leaves. */
static bool is_left(const cx_conn *c)
{
    return c->end != CX_END_NONE || c->tls.close_notify[CX_FROM_CLIENT] ||
           c->tls.encrypted_alert[CX_FROM_CLIENT].frame;
}

/* TLS came up with this server and was used, nobody can read for what, and it is over: that was the
 * sign-in, as far as can be seen. */
static bool is_spent(const cx_attempt *a, const cx_endpoint *server)
{
    bool spent = false;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->outcome == CX_CONN_ESTABLISHED && !is_left(c))
            return false;
        spent |= cx_endpoint_eq(&c->server, server) && cx_conn_tls_used(c) && !c->tls.opened &&
                 is_left(c);
    }
    return spent;
}

/* With manual configuration nothing makes a client try another port of the same host, or a second
 * server beside one that answers: that is another sign-in. Discovery gives such candidates. */
static bool is_another_sign_in(const cx_attempt *a, const cx_endpoint *server)
{
    if (a->configuration == CX_CONFIG_AUTOMATIC)
        return false;
    if (!may_go_to(a, server))
        return is_busy(a);
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (cx_endpoint_eq(&a->conns[i]->server, server))
            return false;
    return cx_correlate_goes_to(a, server) || is_busy(a);
}

/* The attempt that a new conversation with server belongs to, or NULL. sip: the conversation is
 * one of SIP by its port or its bytes. */
static cx_attempt *attempt_for_server(cx_client *client, const cx_endpoint *server, bool sip)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (!a->ended && !a->logon && !is_another_sign_in(a, server) && !is_spent(a, server) &&
            (cx_correlate_led_to(a, client, server) ||
             (cx_correlate_goes_to(a, server) && (sip || may_carry_sip(server->port)))))
            return a;
    }
    for (uint32_t i = client->n_open; sip && i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (!a->ended && !a->web_only && !a->logon && !is_another_sign_in(a, server) &&
            !is_spent(a, server))
            return a;
    }
    return NULL;
}

/* The sign-in that was sent to this web service for a certificate, or NULL. */
static cx_attempt *attempt_for_ticket(const cx_client *client, const cx_endpoint *server)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        cx_endpoint address;
        if (!a->ticket_host.len || a->ended || a->ticket_port != server->port)
            continue;
        if (cx_addr_parse(a->ticket_host, &address)) {
            if (cx_addr_eq(&address, server))
                return a;
            continue;
        }
        for (uint32_t k = 0; k < CX_CLIENT_LOOKUPS; k++) {
            const cx_lookup *l = client->lookup[k];
            if (l && cx_host_eq(l->name, a->ticket_host) && cx_lookup_gives(l, server))
                return a;
        }
    }
    return NULL;
}

/* The place of a new conversation: an open attempt, a new one when it is one of SIP, or none. */
static cx_conn *place(cx_correlator *c, const cx_event *e, bool sip, cx_attempt **ret_attempt)
{
    cx_client *client = cx_correlate_client(c, &e->client);
    if (!client)
        return NULL;
    cx_attempt *a = attempt_for_ticket(client, &e->server);
    if (a && a->n_conns < MAX_CONNS) {
        cx_conn *conn = cx_correlate_add_conn(c, a, e);
        if (conn)
            conn->ticket = true;
        *ret_attempt = a;
        return conn;
    }
    a = attempt_for_server(client, &e->server, sip);
    if (!a && sip)
        a = cx_correlate_attempt(c, client, e);
    if (!a)
        return NULL;
    bool web = a->web_only && !sip;
    a = cx_correlate_with_room(c, client, a, e);
    if (!a)
        return NULL;
    a->web_only = web;
    a->weak = false;
    *ret_attempt = a;
    return cx_correlate_add_conn(c, a, e);
}

/* TLS that is not known to carry SIP: an attempt of its own for each server. */
static cx_conn *place_web(cx_correlator *c, const cx_event *e, cx_attempt **ret_attempt)
{
    cx_client *client = cx_correlate_client(c, &e->client);
    cx_attempt *found = NULL;
    if (!client)
        return NULL;
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (a->web_only && !a->ended && cx_correlate_goes_to(a, &e->server)) {
            found = a;
            break;
        }
    }
    cx_attempt *a =
        found ? cx_correlate_with_room(c, client, found, e) : cx_correlate_attempt(c, client, e);
    if (!a)
        return NULL;
    a->web_only = true;
    *ret_attempt = a;
    return cx_correlate_add_conn(c, a, e);
}

/* Does the capture hold both directions? A capture of one makes every request look unanswered. */
static void count_ways(cx_correlator *c, const cx_ev_tcp *tcp)
{
    bool connected = tcp->what == CX_TCP_CONNECTED && !tcp->one_sided;
    if (connected || (tcp->what == CX_TCP_REFUSED && tcp->n_syns))
        c->two_way++;
    else if (tcp->one_sided && (tcp->what == CX_TCP_OPEN || tcp->what == CX_TCP_CLOSED ||
                                tcp->what == CX_TCP_RESET || !tcp->n_syns))
        c->one_way++;
}

cx_open_port *cx_correlate_open_port(cx_correlator *c, const cx_endpoint *server)
{
    uint64_t h = cx_hash(server->addr, sizeof server->addr, server->port);
    return &c->open_port[h % OPEN_SLOTS];
}

static void note_open_port(cx_correlator *c, const cx_event *e)
{
    bool connected = e->kind == CX_EV_TCP && e->u.tcp.what == CX_TCP_CONNECTED;
    bool hello = e->kind == CX_EV_TLS && e->u.tls.message == CX_TLS_SERVER_HELLO;
    if ((!connected && !hello) || !may_carry_sip(e->server.port))
        return;
    cx_open_port *p = cx_correlate_open_port(c, &e->server);
    if (!cx_endpoint_eq(&p->server, &e->server))
        *p = (cx_open_port){.server = e->server, .rtt_ns = -1};
    if (connected && !p->connected.frame) {
        p->answered = e->u.tcp.answer;
        p->ttl = e->u.tcp.side[CX_FROM_SERVER].ttl;
        p->rtt_ns = e->u.tcp.rtt_ns;
    }
    cx_evidence *at = connected ? &p->connected : &p->server_hello;
    if (!at->frame)
        *at = e->at;
    if (hello && (!p->version || e->u.tls.version < p->version))
        p->version = e->u.tls.version;
    if (connected) {
        c->reached[c->next_reached] = (reached){e->client, e->server, e->at};
        c->next_reached = (c->next_reached + 1) % REACHED;
    }
}

/* What a client that names the server gets. */
static void note_named_hello(cx_correlator *c, const cx_conn *conn, const cx_event *e)
{
    if (e->kind != CX_EV_TLS || e->u.tls.message != CX_TLS_SERVER_HELLO || e->u.tls.hello_retry ||
        !conn->tls.client_hello || !conn->tls.client_hello->u.tls.sni.p)
        return;
    cx_open_port *p = cx_correlate_open_port(c, &e->server);
    if (!cx_endpoint_eq(&p->server, &e->server) || p->named_hello.frame)
        return;
    p->named_hello = e->at;
    p->named_version = e->u.tls.version;
    p->named_cipher = e->u.tls.cipher;
    p->named_hash = cx_hash_folded(conn->tls.client_hello->u.tls.sni, 0);
}

/* Did this client learn both addresses from one name? */
static bool has_name_of_both(const cx_client *client, const cx_endpoint *x, const cx_endpoint *y)
{
    for (uint32_t i = 0; i < CX_CLIENT_LOOKUPS; i++) {
        const cx_lookup *l = client->lookup[i];
        for (uint32_t k = 0; l && cx_lookup_gives(l, x) && k < CX_CLIENT_LOOKUPS; k++)
            if (client->lookup[k] && cx_lookup_gives(client->lookup[k], y) &&
                cx_host_eq(client->lookup[k]->name, l->name))
                return true;
    }
    return false;
}

/* A host that tries both families has two addresses here, and one failure of the two hurts nobody
 * (RFC 8305). That they are one host shows in the name that it asked for. */
void cx_correlate_other_family(cx_correlator *c, const cx_client *client, cx_attempt *a)
{
    uint32_t tried = 0; /* each costs up to REACHED times the lookups of two clients */
    for (uint32_t i = 0; i < a->n_conns && tried < REACHED_TRIES; i++) {
        cx_conn *conn = a->conns[i];
        if (!cx_conn_never_opened(conn))
            continue;
        tried++;
        for (uint32_t k = 0; k < REACHED && !conn->other_family_opened; k++) {
            const reached *r = &c->reached[k];
            int64_t apart = r->at.ts_ns - conn->first.ts_ns;
            if (!r->server.family || r->server.family == conn->server.family ||
                r->server.port != conn->server.port || apart > CX_ATTEMPT_IDLE_NS ||
                apart < -CX_ATTEMPT_IDLE_NS)
                continue;
            const cx_client *other = cx_correlate_client(c, &r->client);
            conn->other_family_opened =
                has_name_of_both(client, &conn->server, &r->server) ||
                (other && has_name_of_both(other, &conn->server, &r->server));
        }
    }
}

/* A connection of the client was idle for long, and what it says now is not answered; or it is, in
 * the end. */
static void note_unheard(cx_correlator *c, const cx_event *e)
{
    cx_client *client = cx_correlate_client(c, &e->client);
    const cx_tcp_idle *idle = &e->u.tcp.idle;
    if (!client || (!idle->resent && client->dropped.flow != e->flow))
        return;
    client->dropped =
        (cx_dropped){.flow = e->flow,
                     .server = e->server,
                     .idle = *idle,
                     .awake = cx_client_was_awake(client, idle->before.ts_ns, idle->data.ts_ns)};
}

#define REACHED_AFTER_NS                                                                           \
    INT64_C(2000000000) /* the server was there when the data was sent last                        \
                         */

void cx_correlate_dropped(cx_correlator *c, cx_client *client, cx_attempt *a)
{
    const cx_dropped *d = &client->dropped;
    bool again = false;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *conn = a->conns[i];
        again |= conn->flow != d->flow && conn->connected.frame &&
                 cx_endpoint_eq(&conn->server, &d->server) &&
                 cx_evidence_after(&conn->connected, &d->idle.data);
    }
    if (!d->idle.resent || !again)
        return;
    a->dropped = *d;
    client->dropped = (cx_dropped){.flow = 0};
    for (uint32_t k = 0; k < REACHED && !a->dropped.reached.frame; k++) {
        const reached *r = &c->reached[k];
        if (cx_endpoint_eq(&r->server, &a->dropped.server) &&
            cx_evidence_after(&r->at, &a->dropped.idle.data) &&
            r->at.ts_ns - a->dropped.idle.last.ts_ns < REACHED_AFTER_NS)
            a->dropped.reached = r->at;
    }
}

/* The server and port that the person typed: what goes there is a sign-in, whatever the port. */
static bool is_typed(const cx_correlator *c, const cx_client *client, const cx_endpoint *server)
{
    cx_endpoint typed;
    if (!c->hints.server.p ||
        (c->hints.port ? c->hints.port != server->port : !may_carry_sip(server->port)))
        return false;
    if (cx_addr_parse(c->hints.server, &typed))
        return cx_addr_eq(&typed, server);
    for (uint32_t i = 0; client && i < CX_CLIENT_LOOKUPS; i++)
        if (client->lookup[i] && cx_lookup_gives(client->lookup[i], server) &&
            cx_host_eq(client->lookup[i]->name, c->hints.server))
            return true;
    return false;
}

/* The client spoke on a port of SIP, all of it was seen, and it was neither SIP nor TLS. */
static bool is_odd(const cx_conn *c)
{
    return is_sip_port(c->server.port) && c->connected.frame && c->data[CX_FROM_CLIENT].frame &&
           !c->sip[CX_FROM_CLIENT].frame && !c->tls.client_hello &&
           !c->malformed[CX_FROM_CLIENT].frame && !c->gap[CX_FROM_CLIENT];
}

/* The client opened a port of SIP and left again without a word, as health checks do. */
static bool is_silent(const cx_conn *c)
{
    bool left = c->outcome == CX_CONN_HALF_OPEN
                    ? c->tcp.side[CX_FROM_CLIENT].rst.frame != 0 /* no ACK, but a reset */
                    : c->connected.frame && cx_conn_ended_by(c) == CX_FROM_CLIENT;
    return left && is_sip_port(c->server.port) && !c->data[CX_FROM_CLIENT].frame &&
           !c->gap[CX_FROM_CLIENT] && !c->tcp.one_sided;
}

static void note_activity(cx_correlator *c, const cx_event *e)
{
    cx_tcp_what what = e->u.tcp.what;
    bool sent = what == CX_TCP_SYN || what == CX_TCP_CONNECTED || what == CX_TCP_DATA;
    cx_client *client =
        sent && e->dir == CX_FROM_CLIENT ? cx_correlate_client(c, &e->client) : NULL;
    if (client)
        cx_client_sent(client, e->at.ts_ns);
    if (what == CX_TCP_UNHEARD)
        note_unheard(c, e);
}

/* Its attempt had it before, and is over: nothing new begins with such an event. */
static bool was_placed(const cx_ev_tcp *tcp)
{
    return tcp->what == CX_TCP_SILENCED || tcp->what == CX_TCP_UNHEARD ||
           (tcp->what == CX_TCP_OPEN && tcp->n_syns);
}

/* TCP, TLS, gaps: everything that belongs to a connection and not to one REGISTER. */
void cx_correlate_connection(cx_correlator *c, const cx_event *e)
{
    if (e->kind == CX_EV_TCP) {
        count_ways(c, &e->u.tcp);
        note_activity(c, e);
    }
    if (e->kind == CX_EV_TCP &&
        (e->u.tcp.what == CX_TCP_REFUSED || e->u.tcp.what == CX_TCP_TIMEOUT)) {
        cx_client *client = cx_correlate_client(c, &e->client);
        if (client)
            cx_scan_target(&client->scan, &e->server, e->u.tcp.bare_syn ? e->client.port : 0,
                           e->at.ts_ns);
    }
    note_open_port(c, e);
    if (e->kind == CX_EV_TLS && e->u.tls.message == CX_TLS_CERTIFICATE && e->dir == CX_FROM_SERVER)
        cx_issuers_take(c->issuers, e);
    cx_correlate_logon_connection(c, e);
    const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
    cx_conn *conn = found ? found->conn : NULL;
    cx_attempt *a = found ? found->attempt : NULL;
    bool known = e->kind == CX_EV_TCP && was_placed(&e->u.tcp);
    if (!conn && !known && e->client.proto == CX_IPPROTO_TCP) {
        bool sip =
            is_sip_port(e->server.port) ||
            (c->hints.server.p && is_typed(c, cx_correlate_client(c, &e->client), &e->server));
        conn = place(c, e, sip, &a);
        if (!conn && e->kind == CX_EV_TLS && e->u.tls.message == CX_TLS_CLIENT_HELLO &&
            !e->u.tls.cut && may_carry_sip(e->server.port))
            conn = place_web(c, e, &a);
    }
    if (!conn || a->web_only)
        cx_correlate_discover(c, e);
    cx_client *client = cx_correlate_client(c, conn ? &a->client : &e->client);
    if (!conn) {
        if (client && e->kind == CX_EV_TCP)
            (void)cx_fetch_take_tcp(client, e);
        return;
    }
    if (client)
        client->seen |= CX_BIT(e->kind);
    bool was_over = conn->end != CX_END_NONE;
    const cx_event *cert = conn->tls.server_cert;
    cx_conn_take(conn, e);
    a->opened |= conn->outcome == CX_CONN_ESTABLISHED;
    if (conn->tls.server_cert != cert)
        cx_fetch_watch(a, conn);
    note_named_hello(c, conn, e);
    bool over = e->kind == CX_EV_TCP && conn->end != CX_END_NONE;
    if (client && over && !was_over && is_odd(conn))
        cx_scan_odd(&client->scan, e->at.ts_ns);
    bool half_open = e->kind == CX_EV_TCP && e->u.tcp.what == CX_TCP_HALF_OPEN;
    if (client && ((over && !was_over) || half_open) && is_silent(conn))
        cx_scan_silent(&client->scan, e->at.ts_ns);
    if (!(e->kind == CX_EV_TCP && e->u.tcp.what == CX_TCP_OPEN))
        cx_correlate_touch(a, e);
    if (over)
        cx_correlate_decide_if_over(c, a);
}
