/* Attempts, from their first event to their end: see correlate.h. What an attempt came to is
 * decided in decide.c. */
#include "signin/correlate_parts.h"

#include "base/limits.h"
#include "base/text.h"
#include "signin/decide.h"
#include "signin/exchange.h"

#include <stdlib.h>

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
    c->issuers = cx_issuers_new();
    if (!c->clients || !c->issuers) {
        cx_clients_free(c->clients);
        cx_issuers_free(c->issuers);
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
    for (uint32_t i = 0; i < a->n_exchanges; i++)
        cx_exchange_free(a->exchanges[i]);
    cx_fetch_free(a);
    free(a->exchanges);
    free(a->tries);
    free(a->conns);
    free(a->lookups);
    free(a->registers);
    cx_arena_free(&a->arena);
    free(a);
}

/* Grows an array that is counted by *n of *cap items. False: no memory. */
bool cx_correlate_grow(void **items, size_t size, uint32_t n, uint32_t *cap)
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

cx_attempt *cx_correlate_attempt(cx_correlator *c, cx_client *client, const cx_event *e)
{
    cx_attempt *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->client = client->address;
    a->first = e->at;
    a->start_ns = a->last_ns = e->at.ts_ns;
    a->arena = cx_arena_init(CX_MAX_ATTEMPT_BYTES);
    if (!cx_correlate_grow((void **)&c->open, sizeof *c->open, c->n_open, &c->cap_open) ||
        !cx_client_add(client, a)) {
        attempt_free(a);
        return NULL;
    }
    c->open[c->n_open++] = a;
    return a;
}

void cx_correlate_touch(cx_attempt *a, const cx_event *e)
{
    if (e->at.ts_ns > a->last_ns)
        a->last_ns = e->at.ts_ns;
}

bool cx_correlate_has_lookup(const cx_attempt *a, const cx_lookup *l)
{
    if (l->owner && l->refs == 1) /* only the client's record holds it */
        return false;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (a->lookups[i] == l)
            return true;
    return false;
}

void cx_correlate_add_lookup(cx_attempt *a, cx_lookup *l)
{
    if (cx_correlate_has_lookup(a, l) || a->n_lookups == MAX_LOOKUPS ||
        !cx_correlate_grow((void **)&a->lookups, sizeof *a->lookups, a->n_lookups, &a->cap_lookups))
        return;
    uint32_t i = a->n_lookups++;
    for (; i > 0 && cx_evidence_after(&a->lookups[i - 1]->query, &l->query); i--)
        a->lookups[i] = a->lookups[i - 1];
    a->lookups[i] = cx_lookup_ref(l);
    /* The first packet of an attempt names it, so no two may begin with the same lookup. What was
     * asked long before is only remembered by the client. */
    bool is_cached = a->first.ts_ns - l->query.ts_ns > CX_ATTEMPT_IDLE_NS;
    if (!l->claimed && l->query.frame && !is_cached && !cx_evidence_after(&l->query, &a->first)) {
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

/* Nothing but names of autodiscovery, which exist: what comes of them is said over HTTPS. */
static bool only_autodiscovered(const cx_attempt *a)
{
    bool only = a->n_lookups && !a->n_conns && !a->n_registers && !a->n_exchanges;
    bool found = false;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        only &= a->lookups[i]->role == CX_ROLE_AUTODISCOVER;
        found |= cx_lookup_found(a->lookups[i]);
    }
    return only && found;
}

static void tell(cx_correlator *c, const cx_attempt *a)
{
    c->told |= !only_autodiscovered(a);
    c->sink.attempt(c->sink.self, a);
}

/* Keeps one that was told at the end of the capture. */
static cx_attempt *keep_last(cx_correlator *c, cx_attempt *a)
{
    a->before = c->last;
    c->last = a;
    return NULL;
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

/* Which other ports of the servers that gave nothing were seen to accept. */
static void find_open_ports(cx_correlator *c, cx_attempt *a)
{
    static const uint16_t ports[] = {5061, 443, 5060};
    for (uint32_t i = 0; i < a->n_conns; i++)
        for (size_t k = 0; k < sizeof ports / sizeof *ports; k++) {
            const cx_conn *conn = a->conns[i];
            cx_endpoint server = conn->server;
            bool answers = conn->tls.server_hello || conn->sip[CX_FROM_SERVER].frame;
            bool known = answers || (server.port == ports[k] && !conn->tls.client_hello);
            server.port = ports[k];
            const cx_open_port *p = cx_correlate_open_port(c, &server);
            for (uint32_t m = 0; m < a->n_open_ports; m++)
                known |= cx_endpoint_eq(&a->open_port[m].server, &server);
            if (!known && p->connected.frame && cx_endpoint_eq(&p->server, &server) &&
                a->n_open_ports < CX_MAX_OPEN_PORTS)
                a->open_port[a->n_open_ports++] = *p;
        }
}

static void ask_issuers(cx_correlator *c, const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (a->conns[i]->tls.server_cert && cx_conn_tls_used(a->conns[i]))
            cx_issuers_taken(c->issuers, a->conns[i]->tls.server_cert);
    for (uint32_t i = 0; i < a->n_conns; i++)
        cx_issuers_tell(c->issuers, a->conns[i]);
}

/* A name of a's domain for clients that do not stop at autodiscover. */
static bool asks_further(const cx_attempt *a, const cx_lookup *l)
{
    return (cx_role_is_srv(l->role) || cx_role_is_guess(l->role)) && a->domain.p &&
           cx_host_eq(l->domain, a->domain);
}

/* Nothing of the attempt is more than a look whether a port accepts. */
static bool says_nothing(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (cx_role_is_discovery(a->lookups[i]->role))
            return false;
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (a->conns[i]->data[CX_FROM_CLIENT].frame || a->conns[i]->udp)
            return false;
    return !a->n_registers && !a->logon;
}

/* It is no longer among those that are open. */
static void leave_open(cx_correlator *c, const cx_attempt *a)
{
    for (uint32_t i = 0; i < c->n_open; i++)
        if (c->open[i] == a) {
            memmove(&c->open[i], &c->open[i + 1], (c->n_open - i - 1) * sizeof *c->open);
            c->n_open--;
            return;
        }
}

void cx_correlate_drop(cx_correlator *c, cx_client *client, cx_attempt *a)
{
    cx_client_remove(client, a);
    unmap_conns(c, a);
    leave_open(c, a);
    attempt_free(a);
}

/* Its REGISTER names a program, and that is no scanner. */
static bool names_program(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_event *e = a->registers[i].request;
        if (e && e->u.sip.user_agent.len)
            return !cx_scan_is_tool(e->u.sip.user_agent);
    }
    return false;
}

/* Decides an attempt, hands it over and frees it. */
static void decide(cx_correlator *c, cx_attempt *a, bool capture_ended)
{
    cx_client *client = cx_clients_get(c->clients, &a->client, &c->stats.clients_forgotten);
    a->decided_ns = c->now_ns;
    c->n_held -= a->held;
    c->n_repeating -= a->repeats;
    a->capture_ended = capture_ended;
    a->dns_seen = c->dns_seen;
    a->two_way_flows = c->two_way;
    a->one_way_flows = c->one_way;
    if (client) {
        a->seen = client->seen;
        a->scanner = cx_scan_is_one(&client->scan, names_program(a), c->now_ns) ||
                     (cx_scan_checks_health(&client->scan, c->now_ns) && says_nothing(a));
        a->resolver = client->n_resolvers == CX_RECURSION;
        a->sip_served = client->sip_served;
        a->registrar_ns = client->registrar_ns;
        a->unread =
            client->unread.frame && client->unread.ts_ns >= a->start_ns - CX_ATTEMPT_IDLE_NS;
        for (uint32_t i = 0; i < CX_CLIENT_LOOKUPS; i++) { /* names of the servers it went to */
            if (client->lookup[i] && cx_decide_wants_lookup(a, client->lookup[i]))
                cx_correlate_add_lookup(a, client->lookup[i]);
            a->domain_asked |= client->lookup[i] && cx_decide_is_for_user(a, client->lookup[i]);
            a->looked_further |= client->lookup[i] && asks_further(a, client->lookup[i]);
        }
        cx_client_remove(client, a);
        cx_correlate_other_family(c, client, a);
        cx_fetch_end(a, client);
        cx_correlate_dropped(c, client, a);
    }
    ask_issuers(c, a);
    cx_correlate_tell_tunnels(c, a);
    cx_correlate_tell_partner(c, a);
    find_open_ports(c, a);
    unmap_conns(c, a);
    cx_correlate_logon_leave(c, a);
    leave_open(c, a);
    if (c->sip_now.attempt == a)
        c->sip_now.attempt = NULL;
    bool was_scanner = a->scanner;
    cx_decision decision = cx_decide(a, &c->hints);
    if (client && a->scanner && !was_scanner)
        cx_scan_tls(&client->scan, c->now_ns);
    switch (decision) {
    case CX_DECIDE_TELL:
        tell(c, a);
        a = c->ending ? keep_last(c, a) : a;
        break;
    case CX_DECIDE_TELL_IF_ALONE:
        a = keep_web(c, a);
        break;
    case CX_DECIDE_DROP:
        break;
    }
    attempt_free(a);
}

/* The latest REGISTER has no answer, and its TCP connection is open: a client that goes on there
 * later had one, which the capture lost. */
static bool waits_on_connection(const cx_attempt *a)
{
    const cx_register *r = a->n_registers ? &a->registers[a->n_registers - 1] : NULL;
    return r && r->request && !r->response && !a->ended && !r->conn->udp &&
           cx_conn_opened(r->conn) && r->conn->end == CX_END_NONE;
}

/* For how long without a packet an attempt stays open. */
static int64_t patience_ns(const cx_attempt *a)
{
    return a->held      ? HOLD_NS
           : a->repeats ? CX_UDP_REPEAT_NS
           : a->silent  ? SILENT_NS
                        : CX_ATTEMPT_IDLE_NS;
}

/* It was accepted over UDP, and waits: the client repeats the request when the answer does not
 * arrive. */
static bool may_repeat(cx_correlator *c, cx_attempt *a)
{
    const cx_register *r = a->n_registers ? &a->registers[a->n_registers - 1] : NULL;
    if (a->repeats || !r || !r->conn->udp || !r->request || !r->response ||
        !cx_register_accepted(r) || c->n_repeating == MAX_HELD)
        return a->repeats;
    a->repeats = true;
    c->n_repeating++;
    return true;
}

/* It waits, for its client may turn out to be a scanner. */
static bool hold(cx_correlator *c, cx_attempt *a)
{
    if (a->held || !a->unknown_user)
        return a->held;
    const cx_client *client = cx_correlate_client(c, &a->client);
    if (!client || cx_scan_is_one(&client->scan, names_program(a), c->now_ns) ||
        c->n_held == MAX_HELD)
        return false;
    a->held = true;
    c->n_held++;
    return true;
}

/* An attempt whose result is on the wire is decided once its connections are closed. */
void cx_correlate_decide_if_over(cx_correlator *c, cx_attempt *a)
{
    if (!a->ended)
        return;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *conn = a->conns[i];
        const cx_flow_entry *found = cx_flow_map_get(&c->flows, conn->flow);
        if (!conn->udp && conn->end == CX_END_NONE && found && found->attempt == a)
            return;
    }
    if (may_repeat(c, a) || hold(c, a))
        return;
    decide(c, a, false);
}

static void sweep(cx_correlator *c)
{
    if (c->now_ns < c->next_sweep_ns)
        return;
    c->next_sweep_ns = c->now_ns + SWEEP_NS;
    cx_correlate_logon_sweep(c, false);
    for (uint32_t i = 0; i < c->n_open;) {
        cx_attempt *a = c->open[i];
        if (c->now_ns - a->last_ns <= patience_ns(a)) {
            i++;
        } else if (!a->silent && waits_on_connection(a)) {
            /* what the client does elsewhere is another attempt */
            cx_client *client = cx_correlate_client(c, &a->client);
            a->silent = true;
            if (client)
                cx_client_remove(client, a);
        } else {
            decide(c, a, false);
        }
    }
}

/* The attempt that takes one more connection: a, or a new one when a is full. A client that
 * connects without end (health probes) would never fall silent. */
cx_attempt *cx_correlate_with_room(cx_correlator *c, cx_client *client, cx_attempt *a,
                                   const cx_event *e)
{
    if (a->n_conns < MAX_CONNS)
        return a;
    c->stats.attempts_cut++;
    decide(c, a, false);
    return cx_correlate_attempt(c, client, e);
}

/* A connection of attempt a for the conversation of e. NULL: no memory. */
cx_conn *cx_correlate_add_conn(cx_correlator *c, cx_attempt *a, const cx_event *e)
{
    if (!cx_correlate_grow((void **)&a->conns, sizeof *a->conns, a->n_conns, &a->cap_conns))
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
    cx_correlate_note_server(a, &conn->server);
    cx_correlate_touch(a, e);
    return conn;
}

cx_client *cx_correlate_client(cx_correlator *c, const cx_endpoint *address)
{
    return cx_clients_get(c->clients, address, &c->stats.clients_forgotten);
}

/* ---- The outside ---- */

/* Behind a reset it is not known who read what, but this says how its sender took the handshake. */
static bool is_farewell(const cx_event *e)
{
    return e->kind == CX_EV_TLS && e->u.tls.message == CX_TLS_ENCRYPTED_ALERT;
}

void cx_correlator_expect(const cx_correlator *c, const cx_event *e, bool near)
{
    cx_clients_expect(c->clients, &e->client, near);
}

void cx_correlator_event(cx_correlator *c, const cx_event *e)
{
    if (e->kind == CX_EV_DUPLICATE) /* nothing happened again */
        return;
    if (e->at.ts_ns > c->now_ns)
        c->now_ns = e->at.ts_ns;
    sweep(c);
    if (e->late && !is_farewell(e))
        return;
    switch (e->kind) {
    case CX_EV_DNS:
        cx_correlate_dns(c, e);
        break;
    case CX_EV_SIP:
        cx_correlate_sip(c, e);
        break;
    case CX_EV_NTLM:
        cx_correlate_ntlm(c, e);
        cx_correlate_logon(c, e);
        break;
    case CX_EV_ICMP:
        cx_correlate_icmp(c, e);
        if (e->flow)
            cx_correlate_connection(c, e);
        break;
    case CX_EV_TCP:
        cx_correlate_dns_over_tcp(c, e);
        cx_correlate_connection(c, e);
        break;
    case CX_EV_TLS:
    case CX_EV_GAP:
    case CX_EV_MALFORMED:
        cx_correlate_connection(c, e);
        break;
    case CX_EV_LLMNR:
    case CX_EV_NBNS:
        cx_correlate_local_name(c, e);
        break;
    case CX_EV_KRB:
    case CX_EV_LOGON:
        cx_correlate_logon(c, e);
        break;
    case CX_EV_HTTP:
        cx_correlate_http(c, e);
        break;
    case CX_EV_MDNS:
    case CX_EV_DUPLICATE:
    case CX_EV_KINDS:
        break;
    }
}

void cx_correlator_end(cx_correlator *c, int64_t last_ns)
{
    if (last_ns > c->now_ns)
        c->now_ns = last_ns;
    c->ending = true;
    cx_correlate_logon_sweep(c, true);
    while (c->n_open)
        decide(c, c->open[0], true);
    if (c->told)
        return;
    for (uint32_t i = 0; i < c->n_web; i++)
        tell(c, c->web[i]);
}

uint32_t cx_correlator_open(const cx_correlator *c)
{
    return c->n_open;
}

/* Its lookups go with those of all clients. */
static void end_attempt(cx_attempt *a)
{
    a->n_lookups = 0;
    attempt_free(a);
}

void cx_correlator_free(cx_correlator *c)
{
    if (!c)
        return;
    while (c->n_open) {
        cx_attempt *a = c->open[--c->n_open];
        cx_correlate_logon_leave(c, a);
        end_attempt(a);
    }
    for (uint32_t i = 0; i < c->n_web; i++)
        end_attempt(c->web[i]);
    while (c->last) {
        cx_attempt *a = c->last;
        c->last = a->before;
        end_attempt(a);
    }
    free(c->open);
    cx_flow_map_free(&c->flows);
    cx_clients_free(c->clients);
    cx_issuers_free(c->issuers);
    free(c);
}
