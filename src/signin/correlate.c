/* Which attempt an event belongs to: see correlate.h. What it means is decided in decide.c. */
#include "signin/correlate.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "signin/client.h"
#include "signin/conn.h"
#include "signin/decide.h"
#include "signin/flow_map.h"

#include <stdlib.h>

#define MAX_CONNS     128u /* connections kept of one attempt; the rest is counted */
#define MAX_REGISTERS 256u /* REGISTER transactions kept of one attempt */
#define MAX_LOOKUPS   128u /* lookups kept of one attempt */
#define MAX_WEB_KEPT                                                                               \
    16u                               /* healthy TLS sessions to port 443 kept for a capture       \
                                         that holds nothing else */
#define SIGN_OUTS 16u                 /* sign-outs that wait for their answer at a time */
#define SWEEP_NS  INT64_C(1000000000) /* how often idle attempts are looked for */

/* Ports of SIP and edge servers that were seen to accept, of any client: by hash of the address,
 * the later one stays. */
#define OPEN_SLOTS 1024u

struct cx_correlator {
    cx_hints hints;
    cx_attempt_sink sink;
    cx_clients *clients;
    cx_flow_map flows;
    cx_attempt **open; /* all that are open, in order of their beginning */
    uint32_t n_open, cap_open;
    cx_attempt *web[MAX_WEB_KEPT]; /* decided, told only when nothing else was found */
    uint32_t n_web;
    bool told;
    int64_t now_ns, next_sweep_ns;
    cx_correlate_stats stats;
    cx_open_port open_port[OPEN_SLOTS];
    uint64_t dns_seen;
    uint32_t two_way, one_way;      /* TCP conversations in which both sides, or one alone, spoke */
    uint64_t signed_out[SIGN_OUTS]; /* hashes of the latest sign-out transactions: their answers are
                                       no sign-ins either */
    uint32_t next_signed_out;
    /* The latest SIP message with gssapi-data: the NTLM event that follows belongs to it. */
    struct {
        uint64_t frame;
        uint32_t flow;
        cx_attempt *attempt;
        uint32_t reg;
    } sip_now;
};

cx_correlator *cx_correlator_new(const cx_hints *hints, cx_attempt_sink sink)
{
    cx_correlator *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->hints = *hints;
    c->sink = sink;
    c->now_ns = INT64_MIN;
    c->next_sweep_ns = INT64_MIN;
    c->clients = cx_clients_new((uint64_t)(uintptr_t)c);
    if (!c->clients) {
        free(c);
        return NULL;
    }
    return c;
}

const cx_correlate_stats *cx_correlator_stats(const cx_correlator *c)
{
    return &c->stats;
}

/* ---- Attempts: making, joining, ending ---- */

static void attempt_free(cx_attempt *a)
{
    if (!a)
        return;
    for (uint32_t i = 0; i < a->n_conns; i++)
        cx_conn_free(a->conns[i]);
    for (uint32_t i = 0; i < a->n_lookups; i++)
        cx_lookup_drop(a->lookups[i]);
    free(a->conns);
    free(a->lookups);
    free(a->registers);
    cx_arena_free(&a->arena);
    free(a);
}

/* Grows an array that is counted by *n of *cap items. False: no memory. */
static bool grow(void **items, size_t size, uint32_t n, uint32_t *cap)
{
    if (n < *cap)
        return true;
    uint32_t more = *cap ? *cap * 2 : 8;
    void *p = realloc(*items, more * size);
    if (!p)
        return false;
    *items = p;
    *cap = more;
    return true;
}

static cx_attempt *attempt_new(cx_correlator *c, cx_client *client, const cx_event *e)
{
    cx_attempt *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->client = client->address;
    a->first = e->at;
    a->start_ns = a->last_ns = e->at.ts_ns;
    a->arena = cx_arena_init(CX_MAX_ATTEMPT_BYTES);
    if (!grow((void **)&c->open, sizeof *c->open, c->n_open, &c->cap_open) ||
        !cx_client_add(client, a)) {
        attempt_free(a);
        return NULL;
    }
    c->open[c->n_open++] = a;
    return a;
}

static void touch(cx_attempt *a, const cx_event *e)
{
    if (e->at.ts_ns > a->last_ns)
        a->last_ns = e->at.ts_ns;
}

static bool has_lookup(const cx_attempt *a, const cx_lookup *l)
{
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (a->lookups[i] == l)
            return true;
    return false;
}

static void add_lookup(cx_attempt *a, cx_lookup *l)
{
    if (has_lookup(a, l) || a->n_lookups == MAX_LOOKUPS ||
        !grow((void **)&a->lookups, sizeof *a->lookups, a->n_lookups, &a->cap_lookups))
        return;
    uint32_t i = a->n_lookups++;
    for (; i > 0 && a->lookups[i - 1]->query.frame > l->query.frame; i--)
        a->lookups[i] = a->lookups[i - 1];
    a->lookups[i] = cx_lookup_ref(l);
    /* The first packet of an attempt names it, so no two may begin with the same lookup. */
    if (!l->claimed && l->query.frame && l->query.frame <= a->first.frame &&
        l->query.file == a->first.file) {
        l->claimed = true;
        a->first = l->query;
        a->start_ns = l->query.ts_ns;
    }
}

static void unmap_conns(cx_correlator *c, const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_flow_entry *found = cx_flow_map_get(&c->flows, a->conns[i]->flow);
        if (found && found->attempt == a)
            cx_flow_map_remove(&c->flows, a->conns[i]->flow);
    }
}

static void tell(cx_correlator *c, const cx_attempt *a)
{
    c->told = true;
    c->sink.attempt(c->sink.self, a);
}

/* Keeps an attempt for the end of the capture; gives back the one that has no room: a healthy one
 * where there is a choice. */
static cx_attempt *keep_web(cx_correlator *c, cx_attempt *a)
{
    if (c->n_web < MAX_WEB_KEPT) {
        c->web[c->n_web++] = a;
        return NULL;
    }
    for (uint32_t i = 0; i < MAX_WEB_KEPT && a->outcome != CX_OUT_SUCCESS; i++)
        if (c->web[i]->outcome == CX_OUT_SUCCESS) {
            cx_attempt *out = c->web[i];
            memmove(&c->web[i], &c->web[i + 1], (MAX_WEB_KEPT - i - 1) * sizeof *c->web);
            c->web[MAX_WEB_KEPT - 1] = a;
            return out;
        }
    return a;
}

static cx_open_port *port_slot(cx_correlator *c, const cx_endpoint *server);

/* Which other ports of the servers that gave nothing were seen to accept. */
static void find_open_ports(cx_correlator *c, cx_attempt *a)
{
    static const uint16_t ports[] = {5061, 443, 5060};
    for (uint32_t i = 0; i < a->n_conns; i++)
        for (size_t k = 0; k < sizeof ports / sizeof *ports; k++) {
            const cx_conn *conn = a->conns[i];
            cx_endpoint server = conn->server;
            bool answers = conn->tls.server_hello || conn->sip[CX_FROM_SERVER].frame;
            bool known = answers || server.port == ports[k];
            server.port = ports[k];
            const cx_open_port *p = port_slot(c, &server);
            for (uint32_t m = 0; m < a->n_open_ports; m++)
                known |= cx_endpoint_eq(&a->open_port[m].server, &server);
            if (!known && p->connected.frame && cx_endpoint_eq(&p->server, &server) &&
                a->n_open_ports < CX_MAX_OPEN_PORTS)
                a->open_port[a->n_open_ports++] = *p;
        }
}

/* Decides an attempt, hands it over and frees it. */
static void decide(cx_correlator *c, cx_attempt *a, bool capture_ended)
{
    cx_client *client = cx_clients_get(c->clients, &a->client, &c->stats.clients_forgotten);
    a->decided_ns = c->now_ns;
    a->capture_ended = capture_ended;
    a->dns_seen = c->dns_seen;
    a->two_way_flows = c->two_way;
    a->one_way_flows = c->one_way;
    if (client) {
        a->seen = client->seen;
        a->scanner = client->n_failed == CX_SCAN_TARGETS;
        a->resolver = client->n_resolvers == CX_RECURSION;
        a->sip_served = client->sip_served;
        for (uint32_t i = 0; i < CX_CLIENT_LOOKUPS; i++) /* names of the servers it went to */
            if (client->lookup[i] && cx_decide_wants_lookup(a, client->lookup[i]))
                add_lookup(a, client->lookup[i]);
        cx_client_remove(client, a);
    }
    find_open_ports(c, a);
    unmap_conns(c, a);
    for (uint32_t i = 0; i < c->n_open; i++)
        if (c->open[i] == a) {
            memmove(&c->open[i], &c->open[i + 1], (c->n_open - i - 1) * sizeof *c->open);
            c->n_open--;
            break;
        }
    if (c->sip_now.attempt == a)
        c->sip_now.attempt = NULL;
    switch (cx_decide(a, &c->hints)) {
    case CX_DECIDE_TELL:
        tell(c, a);
        break;
    case CX_DECIDE_TELL_IF_ALONE:
        a = keep_web(c, a);
        break;
    case CX_DECIDE_DROP:
        break;
    }
    attempt_free(a);
}

/* An attempt whose result is on the wire is decided once its connections are closed. */
static void decide_if_over(cx_correlator *c, cx_attempt *a)
{
    if (!a->ended)
        return;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *conn = a->conns[i];
        const cx_flow_entry *found = cx_flow_map_get(&c->flows, conn->flow);
        if (!conn->udp && conn->end == CX_END_NONE && found && found->attempt == a)
            return;
    }
    decide(c, a, false);
}

static void sweep(cx_correlator *c)
{
    if (c->now_ns < c->next_sweep_ns)
        return;
    c->next_sweep_ns = c->now_ns + SWEEP_NS;
    for (uint32_t i = 0; i < c->n_open;) {
        cx_attempt *a = c->open[i];
        if (c->now_ns - a->last_ns > CX_ATTEMPT_IDLE_NS)
            decide(c, a, false);
        else
            i++;
    }
}

/* The attempt that takes one more connection: a, or a new one when a is full. A client that
 * connects without end (health probes) would never fall silent. */
static cx_attempt *with_room(cx_correlator *c, cx_client *client, cx_attempt *a, const cx_event *e)
{
    if (a->n_conns < MAX_CONNS)
        return a;
    c->stats.attempts_cut++;
    decide(c, a, false);
    return attempt_new(c, client, e);
}

/* A connection of attempt a for the conversation of e. NULL: no memory. */
static cx_conn *add_conn(cx_correlator *c, cx_attempt *a, const cx_event *e)
{
    if (!grow((void **)&a->conns, sizeof *a->conns, a->n_conns, &a->cap_conns))
        return NULL;
    cx_conn *conn = cx_conn_new(e);
    if (!conn)
        return NULL;
    if (!cx_flow_map_put(&c->flows, e->flow, a, conn)) {
        cx_conn_free(conn);
        return NULL;
    }
    conn->order = a->n_conns;
    a->conns[a->n_conns++] = conn;
    touch(a, e);
    return conn;
}

static cx_client *client_of(cx_correlator *c, const cx_endpoint *address)
{
    return cx_clients_get(c->clients, address, &c->stats.clients_forgotten);
}

/* ---- DNS ---- */

static cx_attempt *attempt_for_domain(const cx_client *client, cx_slice domain)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (a->ended || a->web_only)
            continue;
        if (!a->domain.p || cx_host_eq(a->domain, domain))
            return a;
        /* Windows repeats a failed name with its DNS suffixes: name.D.corp.local */
        if (domain.len > a->domain.len && domain.p[a->domain.len] == '.' &&
            cx_host_eq(cx_slice_sub(domain, 0, a->domain.len), a->domain))
            return a;
    }
    return NULL;
}

static bool names_a_target(const cx_attempt *a, cx_slice name)
{
    for (uint32_t i = 0; i < a->n_lookups; i++)
        for (uint32_t k = 0; k < a->lookups[i]->n_srv; k++)
            if (cx_host_eq(a->lookups[i]->srv[k].target, name))
                return true;
    return false;
}

/* The open attempt that asks this question, or NULL; makes one for questions that only a sign-in
 * asks. */
static cx_attempt *attempt_for_lookup(cx_correlator *c, cx_client *client, const cx_lookup *l,
                                      const cx_event *e)
{
    if (cx_role_is_discovery(l->role) || cx_role_is_guess(l->role)) {
        cx_attempt *a = attempt_for_domain(client, l->domain);
        if (!a) {
            a = attempt_new(c, client, e);
            if (a)
                a->weak = cx_role_is_guess(l->role);
        }
        if (a && cx_role_is_discovery(l->role)) {
            a->weak = false;
            a->configuration = CX_CONFIG_AUTOMATIC;
        }
        if (a && !a->domain.p)
            a->domain = cx_arena_copy(&a->arena, l->domain);
        return a;
    }
    if (l->role != CX_ROLE_HOST_OTHER)
        return NULL;
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (!a->ended && (names_a_target(a, l->name) ||
                          (a->domain.p && cx_host_eq(a->domain, l->name)) || has_lookup(a, l)))
            return a;
    }
    if (!(c->hints.server.p && cx_host_eq(c->hints.server, l->name)) &&
        !cx_name_looks_like_sip(l->name))
        return NULL;
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (!a->ended && !a->web_only && (!a->domain.p || cx_host_within(l->name, a->domain)))
            return a;
    }
    cx_attempt *a = attempt_new(c, client, e);
    if (a)
        a->weak = true;
    return a;
}

/* The remembered lookup that e continues, unless what it told already belongs to a sign-in that is
 * over: then the question is asked anew. */
static cx_lookup *remembered(cx_client *client, const cx_event *e)
{
    for (uint32_t k = 0; k < CX_CLIENT_LOOKUPS; k++) {
        uint32_t i = (client->next_lookup + CX_CLIENT_LOOKUPS - 1 - k) % CX_CLIENT_LOOKUPS;
        cx_lookup *l = client->lookup[i];
        if (!l || !cx_lookup_is(l, e))
            continue;
        bool stale = e->u.dns.query && l->last_query.frame &&
                     e->at.ts_ns - l->last_query.ts_ns > CX_ATTEMPT_IDLE_NS;
        return stale ? NULL : l;
    }
    return NULL;
}

static void take_dns(cx_correlator *c, const cx_event *e)
{
    const cx_ev_dns *dns = &e->u.dns;
    c->dns_seen++;
    if (!dns->qname.p || dns->opcode != 0 ||
        (dns->qtype != CX_DNS_A && dns->qtype != CX_DNS_AAAA && dns->qtype != CX_DNS_SRV))
        return;
    cx_client *client = client_of(c, dns->query ? cx_event_src(e) : cx_event_dst(e));
    if (!client)
        return;
    client->seen |= CX_BIT(CX_EV_DNS);
    if (dns->query)
        cx_client_asked(client, cx_event_dst(e));
    cx_lookup *l = remembered(client, e);
    if (l && dns->query && l->state >= CX_LOOKUP_NXDOMAIN) {
        /* Asked again after an answer: a new lookup only when its sign-in is over. */
        bool joined = false;
        for (uint32_t i = 0; i < client->n_open; i++)
            joined |= !client->open[i]->ended && has_lookup(client->open[i], l);
        if (!joined && cx_role_is_discovery(l->role))
            l = NULL;
    }
    if (!l) {
        l = cx_lookup_new(e);
        if (!l)
            return;
        cx_client_remember(client, l);
    }
    if (!cx_lookup_take(l, e))
        return;
    cx_attempt *a = attempt_for_lookup(c, client, l, e);
    if (a) {
        add_lookup(a, l);
        touch(a, e);
    }
}

/* ICMP that quotes a DNS query: nobody listens at the resolver. */
static void take_icmp(cx_correlator *c, const cx_event *e)
{
    const cx_ev_icmp *icmp = &e->u.icmp;
    if (icmp->quoted_dst.port != 53 || !icmp->quoted_src.family)
        return;
    cx_client *client = client_of(c, &icmp->quoted_src);
    if (!client)
        return;
    for (uint32_t i = 0; i < CX_CLIENT_LOOKUPS; i++) {
        cx_lookup *l = client->lookup[i];
        if (l && l->state == CX_LOOKUP_UNANSWERED && cx_addr_eq(&l->resolver, &icmp->quoted_dst) &&
            e->at.ts_ns - l->last_query.ts_ns < CX_ATTEMPT_IDLE_NS) {
            l->state = CX_LOOKUP_UNREACHABLE;
            l->answer = e->at;
        }
    }
}

/* ---- Connections ---- */

static bool is_sip_port(uint16_t port)
{
    return port == 5060 || port == 5061;
}

static bool may_carry_sip(uint16_t port)
{
    return port == 443 || (port >= 5060 && port <= 5080);
}

static bool goes_to(const cx_attempt *a, const cx_endpoint *server)
{
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (cx_addr_eq(&a->conns[i]->server, server))
            return true;
    return false;
}

/* The answers of attempt a lead to this server: an SRV target's address on its port, or the address
 * of a host name that is no autodiscover name, on a port of SIP. */
static bool led_to(const cx_attempt *a, const cx_client *client, const cx_endpoint *server)
{
    for (uint32_t i = 0; i < CX_CLIENT_LOOKUPS; i++) {
        const cx_lookup *l = client->lookup[i];
        if (!l || l->role == CX_ROLE_AUTODISCOVER || !cx_lookup_gives(l, server))
            continue;
        if (has_lookup(a, l) && may_carry_sip(server->port))
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
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->outcome == CX_CONN_ESTABLISHED && c->end == CX_END_NONE &&
            (c->tls.client_hello || c->sip[CX_FROM_CLIENT].frame))
            return true;
    }
    return false;
}

/* With manual configuration nothing makes a client try another port of the same host, or a second
 * server beside one that answers: that is another sign-in. Discovery gives such candidates. */
static bool is_another_sign_in(const cx_attempt *a, const cx_endpoint *server)
{
    if (a->configuration == CX_CONFIG_AUTOMATIC)
        return false;
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (cx_endpoint_eq(&a->conns[i]->server, server))
            return false;
    return goes_to(a, server) || is_busy(a);
}

/* The attempt that a new conversation with server belongs to, or NULL. sip: the conversation is
 * one of SIP by its port or its bytes. */
static cx_attempt *attempt_for_server(cx_client *client, const cx_endpoint *server, bool sip)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (!a->ended && !is_another_sign_in(a, server) &&
            (led_to(a, client, server) ||
             (goes_to(a, server) && (sip || may_carry_sip(server->port)))))
            return a;
    }
    for (uint32_t i = client->n_open; sip && i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (!a->ended && !a->web_only && !is_another_sign_in(a, server))
            return a;
    }
    return NULL;
}

/* The place of a new conversation: an open attempt, a new one when it is one of SIP, or none. */
static cx_conn *place(cx_correlator *c, const cx_event *e, bool sip, cx_attempt **ret_attempt)
{
    cx_client *client = client_of(c, &e->client);
    if (!client)
        return NULL;
    cx_attempt *a = attempt_for_server(client, &e->server, sip);
    if (!a && sip)
        a = attempt_new(c, client, e);
    if (!a)
        return NULL;
    bool web = a->web_only && !sip;
    a = with_room(c, client, a, e);
    if (!a)
        return NULL;
    a->web_only = web;
    a->weak = false;
    *ret_attempt = a;
    return add_conn(c, a, e);
}

/* TLS that is not known to carry SIP: an attempt of its own for each server. */
static cx_conn *place_web(cx_correlator *c, const cx_event *e, cx_attempt **ret_attempt)
{
    cx_client *client = client_of(c, &e->client);
    cx_attempt *found = NULL;
    if (!client)
        return NULL;
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (a->web_only && !a->ended && goes_to(a, &e->server)) {
            found = a;
            break;
        }
    }
    cx_attempt *a = found ? with_room(c, client, found, e) : attempt_new(c, client, e);
    if (!a)
        return NULL;
    a->web_only = true;
    *ret_attempt = a;
    return add_conn(c, a, e);
}

/* Does the capture hold both directions? A capture of one makes every request look unanswered. */
static void count_ways(cx_correlator *c, const cx_ev_tcp *tcp)
{
    if (tcp->what == CX_TCP_CONNECTED || (tcp->what == CX_TCP_REFUSED && tcp->n_syns))
        c->two_way++;
    else if (tcp->one_sided && (tcp->what == CX_TCP_OPEN || tcp->what == CX_TCP_CLOSED ||
                                tcp->what == CX_TCP_RESET || !tcp->n_syns))
        c->one_way++;
}

static cx_open_port *port_slot(cx_correlator *c, const cx_endpoint *server)
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
    cx_open_port *p = port_slot(c, &e->server);
    if (!cx_endpoint_eq(&p->server, &e->server))
        *p = (cx_open_port){.server = e->server};
    cx_evidence *at = connected ? &p->connected : &p->server_hello;
    if (!at->frame)
        *at = e->at;
}

/* TCP, TLS, gaps: everything that belongs to a connection and not to one REGISTER. */
static void take_connection(cx_correlator *c, const cx_event *e)
{
    if (e->kind == CX_EV_TCP)
        count_ways(c, &e->u.tcp);
    if (e->kind == CX_EV_TCP &&
        (e->u.tcp.what == CX_TCP_REFUSED || e->u.tcp.what == CX_TCP_TIMEOUT)) {
        cx_client *client = client_of(c, &e->client);
        if (client)
            (void)cx_client_failed(client, &e->server, e->at.ts_ns); /* read when deciding */
    }
    note_open_port(c, e);
    const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
    cx_conn *conn = found ? found->conn : NULL;
    cx_attempt *a = found ? found->attempt : NULL;
    if (!conn && e->client.proto == CX_IPPROTO_TCP) {
        conn = place(c, e, is_sip_port(e->server.port), &a);
        if (!conn && e->kind == CX_EV_TLS && e->u.tls.message == CX_TLS_CLIENT_HELLO &&
            may_carry_sip(e->server.port))
            conn = place_web(c, e, &a);
    }
    if (!conn)
        return;
    cx_client *client = client_of(c, &a->client);
    if (client)
        client->seen |= CX_BIT(e->kind);
    cx_conn_take(conn, e);
    bool over = e->kind == CX_EV_TCP && conn->end != CX_END_NONE;
    if (!(e->kind == CX_EV_TCP && e->u.tcp.what == CX_TCP_OPEN))
        touch(a, e);
    if (over)
        decide_if_over(c, a);
}

/* ---- SIP ---- */

static bool is_register(const cx_ev_sip *sip)
{
    return cx_slice_is(sip->method, "REGISTER");
}

static cx_slice user_of(const cx_ev_sip *sip)
{
    /* The address of record is in To; From is the same but for third-party registration. */
    return sip->to.text.p ? sip->to.text : sip->from.text;
}

/* The transaction of this message among the open attempts of the client, or NULL. */
static cx_register *find_register(cx_client *client, const cx_ev_sip *sip, cx_attempt **ret_attempt)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        for (uint32_t k = a->n_registers; k-- > 0;) {
            cx_register *r = &a->registers[k];
            if (r->cseq == sip->cseq && cx_slice_eq(r->call_id, sip->call_id) &&
                (!r->branch.len || !sip->branch.len || cx_slice_eq(r->branch, sip->branch))) {
                *ret_attempt = a;
                return r;
            }
        }
    }
    return NULL;
}

/* The same conversation again, for the attempt that begins on a connection that is already open. */
static cx_conn *continue_conn(cx_correlator *c, cx_attempt *a, const cx_conn *before,
                              const cx_event *e)
{
    cx_conn *conn = add_conn(c, a, e);
    if (conn && before) {
        conn->outcome = before->outcome;
        conn->tcp = before->tcp;
        conn->connected = before->connected;
        conn->n_wanted = 0;
    }
    return conn;
}

/* The attempt and connection for a REGISTER transaction that is new. */
static cx_attempt *attempt_for_register(cx_correlator *c, cx_client *client, const cx_event *e,
                                        cx_conn **ret_conn)
{
    cx_slice user = user_of(&e->u.sip);
    const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
    const cx_conn *before = found ? found->conn : NULL;
    cx_attempt *mapped = found ? found->attempt : NULL; /* found itself does not outlive a change */
    if (mapped && !mapped->ended && (!mapped->user.p || cx_slice_ieq(mapped->user, user))) {
        *ret_conn = found->conn;
        return mapped;
    }
    cx_attempt *a = NULL;
    for (uint32_t i = client->n_open; i-- > 0 && !a;) {
        cx_attempt *open = client->open[i];
        if (open->ended || open->web_only)
            continue;
        bool fits = open->user.p
                        ? cx_slice_ieq(open->user, user)
                        : !open->domain.p || !e->u.sip.to.host.p ||
                              cx_host_eq(open->domain, e->u.sip.to.host) ||
                              goes_to(open, &e->server) || led_to(open, client, &e->server);
        if (fits)
            a = open;
    }
    a = a ? with_room(c, client, a, e) : attempt_new(c, client, e);
    if (!a)
        return NULL;
    *ret_conn = continue_conn(c, a, before, e);
    if (mapped) /* its last connection may just have passed to the new attempt */
        decide_if_over(c, mapped);
    return a;
}

static cx_register *add_register(cx_attempt *a, cx_conn *conn, const cx_event *e)
{
    if (a->n_registers >= MAX_REGISTERS ||
        !grow((void **)&a->registers, sizeof *a->registers, a->n_registers, &a->cap_registers))
        return NULL;
    const cx_event *kept = cx_conn_keep(conn, e);
    if (!kept)
        return NULL;
    cx_register *r = &a->registers[a->n_registers++];
    *r = (cx_register){.conn = conn,
                       .first = e->at,
                       .branch = kept->u.sip.branch,
                       .call_id = kept->u.sip.call_id,
                       .cseq = kept->u.sip.cseq};
    if (kept->u.sip.request)
        r->request = kept;
    if (!a->user.p) {
        a->user = cx_arena_copy(&a->arena, user_of(&e->u.sip));
        cx_slice host = e->u.sip.to.host.p ? e->u.sip.to.host : e->u.sip.from.host;
        if (host.p && !cx_host_is_address(host))
            a->domain = cx_arena_copy(&a->arena, host);
    }
    return r;
}

static uint64_t transaction_hash(const cx_ev_sip *sip)
{
    return cx_hash(sip->call_id.p, sip->call_id.len, sip->cseq);
}

/* A sign-out, or the answer to one. */
static bool signs_out(cx_correlator *c, const cx_ev_sip *sip)
{
    uint64_t hash = transaction_hash(sip);
    for (uint32_t i = 0; i < SIGN_OUTS; i++)
        if (c->signed_out[i] == hash)
            return true;
    if (!sip->request || sip->expires != 0)
        return false;
    c->signed_out[c->next_signed_out] = hash;
    c->next_signed_out = (c->next_signed_out + 1) % SIGN_OUTS;
    return true;
}

static void take_register(cx_correlator *c, const cx_event *e)
{
    const cx_ev_sip *sip = &e->u.sip;
    /* The sender of a request is the client, whatever the ports say: UDP uses 5060 on both sides.
     */
    cx_event turned = *e;
    if ((sip->request && e->dir == CX_FROM_SERVER) || (!sip->request && e->dir == CX_FROM_CLIENT)) {
        turned.client = e->server;
        turned.server = e->client;
        turned.dir = e->dir == CX_FROM_CLIENT ? CX_FROM_SERVER : CX_FROM_CLIENT;
        e = &turned;
        sip = &turned.u.sip;
    }
    cx_client *client = client_of(c, &e->client);
    if (!client)
        return;
    client->seen |= CX_BIT(CX_EV_SIP);
    cx_attempt *a = NULL;
    cx_register *r = find_register(client, sip, &a);
    if (!r) {
        if (signs_out(c, sip))
            return;
        cx_conn *conn = NULL;
        a = attempt_for_register(c, client, e, &conn);
        if (!a || !conn)
            return;
        r = add_register(a, conn, e);
        if (!r)
            return;
    }
    a->weak = a->web_only = false;
    cx_conn_take(r->conn, e);
    touch(a, e);
    c->sip_now.frame = e->at.frame;
    c->sip_now.flow = e->flow;
    c->sip_now.attempt = a;
    c->sip_now.reg = (uint32_t)(r - a->registers);
    if (sip->request) {
        r->sends++;
        r->last_send = e->at;
        return;
    }
    if (sip->status < 200) {
        if (!r->provisional.frame)
            r->provisional = e->at;
        return;
    }
    if (r->response)
        return; /* sent again */
    r->response = cx_conn_keep(r->conn, e);
    if (r->response && !a->ended && cx_decide_ends(a, r)) {
        a->ended = true;
        decide_if_over(c, a);
    }
}

static void take_sip(cx_correlator *c, const cx_event *e)
{
    if (!e->u.sip.request) {
        cx_client *client = client_of(c, cx_event_dst(e));
        if (client)
            client->sip_served = true;
    }
    if (is_register(&e->u.sip)) {
        take_register(c, e);
        return;
    }
    const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
    if (found) {
        cx_conn_take(found->conn, e);
        touch(found->attempt, e);
    }
}

/* NTLM in gssapi-data: follows the event of its SIP message. */
static void take_ntlm(cx_correlator *c, const cx_event *e)
{
    cx_attempt *a = c->sip_now.attempt;
    if (!a || c->sip_now.frame != e->at.frame || c->sip_now.flow != e->flow ||
        c->sip_now.reg >= a->n_registers)
        return;
    cx_register *r = &a->registers[c->sip_now.reg];
    /* A CHALLENGE belongs into a response and an AUTHENTICATE into a request; anything else is odd
     * and tells nothing. */
    const cx_event **kept = NULL;
    if (e->u.ntlm.message == CX_NTLM_CHALLENGE && r->response &&
        r->response->at.frame == e->at.frame)
        kept = &r->ntlm_challenge;
    else if (e->u.ntlm.message == CX_NTLM_AUTHENTICATE && r->request && !r->response)
        kept = &r->ntlm_authenticate;
    if (kept && !*kept)
        *kept = cx_conn_keep(r->conn, e);
    cx_client *client = client_of(c, &a->client);
    if (client)
        client->seen |= CX_BIT(CX_EV_NTLM);
}

/* ---- The outside ---- */

void cx_correlator_event(cx_correlator *c, const cx_event *e)
{
    if (e->at.ts_ns > c->now_ns)
        c->now_ns = e->at.ts_ns;
    sweep(c);
    switch (e->kind) {
    case CX_EV_DNS:
        take_dns(c, e);
        break;
    case CX_EV_SIP:
        take_sip(c, e);
        break;
    case CX_EV_NTLM:
        take_ntlm(c, e);
        break;
    case CX_EV_ICMP:
        take_icmp(c, e);
        if (e->flow)
            take_connection(c, e);
        break;
    case CX_EV_TCP:
    case CX_EV_TLS:
    case CX_EV_GAP:
    case CX_EV_MALFORMED:
        take_connection(c, e);
        break;
    case CX_EV_KINDS:
        break;
    }
}

void cx_correlator_end(cx_correlator *c, int64_t last_ns)
{
    if (last_ns > c->now_ns)
        c->now_ns = last_ns;
    while (c->n_open)
        decide(c, c->open[0], true);
    bool alone = !c->told;
    for (uint32_t i = 0; i < c->n_web; i++) {
        if (alone)
            tell(c, c->web[i]);
        attempt_free(c->web[i]);
    }
    c->n_web = 0;
}

void cx_correlator_free(cx_correlator *c)
{
    if (!c)
        return;
    while (c->n_open)
        attempt_free(c->open[--c->n_open]);
    for (uint32_t i = 0; i < c->n_web; i++)
        attempt_free(c->web[i]);
    free(c->open);
    cx_flow_map_free(&c->flows);
    cx_clients_free(c->clients);
    free(c);
}
