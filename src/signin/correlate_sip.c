/* Which attempt a REGISTER belongs to: see correlate_parts.h. */
#include "signin/correlate_parts.h"

#include "base/hash.h"
#include "base/text.h"
#include "signin/decide.h"

static bool is_register(const cx_ev_sip *sip)
{
    return cx_slice_is(sip->method, "REGISTER");
}

static cx_slice user_of(const cx_ev_sip *sip)
{
    /* The address of record is in To; From is the same but for third-party registration. */
    return sip->to.text.p ? sip->to.text : sip->from.text;
}

/* Over TCP nothing is sent twice: who says the same on another connection begins again. pidgin-sipe
 * draws Call-ID and branch from a row that is the same after each start, and clients keep the
 * Call-ID from one start to the next (RFC 3261 10.2.4), with the sequence from 1 on. */
static bool is_elsewhere(const cx_register *r, const cx_event *e)
{
    return !r->conn->udp && r->conn->flow != e->flow;
}

static bool is_transaction(const cx_register *r, const cx_ev_sip *sip)
{
    if (!sip->call_id.len && !sip->cseq && r->response)
        return false; /* cut: it may well be another */
    return r->cseq == sip->cseq && cx_slice_eq(r->call_id, sip->call_id) &&
           (!r->branch.len || !sip->branch.len || cx_slice_eq(r->branch, sip->branch));
}

/* The transaction of this message among the open attempts of the client, or NULL. Users behind one
 * address may have the same Call-ID and branch. An answer may come on another connection than the
 * request went on (RFC 3261 18.2.2). */
static cx_register *find_register(cx_client *client, const cx_event *e, cx_attempt **ret_attempt)
{
    cx_slice user = user_of(&e->u.sip);
    cx_register *elsewhere = NULL;
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (a->user.p && user.len && !cx_slice_ieq(a->user, user))
            continue;
        for (uint32_t k = a->n_registers; k-- > 0;) {
            cx_register *r = &a->registers[k];
            if (!is_transaction(r, &e->u.sip))
                continue;
            if (!is_elsewhere(r, e)) {
                *ret_attempt = a;
                return r;
            }
            if (!e->u.sip.request && !r->response && !elsewhere) {
                elsewhere = r;
                *ret_attempt = a;
            }
        }
    }
    return elsewhere;
}

/* What was seen of the conversation by now. */
static void take_over(cx_conn *conn, const cx_conn *before)
{
    conn->outcome = before->outcome;
    conn->tcp = before->tcp;
    conn->connected = before->connected;
    memcpy(conn->data, before->data, sizeof conn->data);
    conn->passed_on = false;
}

/* The same conversation again, for the attempt that begins on a connection that is already open. */
static cx_conn *continue_conn(cx_correlator *c, cx_attempt *a, const cx_conn *before,
                              const cx_event *e)
{
    cx_conn *conn = cx_correlate_add_conn(c, a, e);
    if (conn && before) {
        take_over(conn, before);
        conn->n_wanted = 0;
    }
    return conn;
}

/* The open attempt of user on this very conversation, where those of others go on as well: several
 * accounts of a telephone share one connection. */
static cx_attempt *attempt_of_user(const cx_client *client, const cx_event *e, cx_slice user,
                                   cx_conn **ret_conn)
{
    for (uint32_t i = client->n_open; i-- > 0;) {
        cx_attempt *a = client->open[i];
        if (a->ended || !a->user.p || !cx_slice_ieq(a->user, user))
            continue;
        for (uint32_t k = a->n_conns; k-- > 0;)
            if (a->conns[k]->flow == e->flow) {
                *ret_conn = a->conns[k];
                return a;
            }
    }
    return NULL;
}

/* The attempt and connection for a REGISTER transaction that is new. */
static cx_attempt *attempt_for_register(cx_correlator *c, cx_client *client, const cx_event *e,
                                        cx_conn **ret_conn)
{
    cx_slice user = user_of(&e->u.sip);
    const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
    cx_conn *before = found ? found->conn : NULL;
    cx_attempt *mapped = found ? found->attempt : NULL; /* found itself does not outlive a change */
    if (mapped && !mapped->ended && (!mapped->user.p || cx_slice_ieq(mapped->user, user))) {
        *ret_conn = found->conn;
        return mapped;
    }
    if (before)
        before->passed_on = true;
    cx_attempt *a = before ? attempt_of_user(client, e, user, ret_conn) : NULL;
    if (a) {
        take_over(*ret_conn, before);
        if (!cx_flow_map_put(&c->flows, e->flow, a, *ret_conn))
            return NULL;
        cx_correlate_decide_if_over(c, mapped);
        return a;
    }
    for (uint32_t i = client->n_open; i-- > 0 && !a;) {
        cx_attempt *open = client->open[i];
        if (open->ended || open->web_only || open->logon)
            continue;
        bool fits = open->user.p ? cx_slice_ieq(open->user, user)
                                 : !open->domain.p || !e->u.sip.to.host.p ||
                                       cx_host_eq(open->domain, e->u.sip.to.host) ||
                                       cx_correlate_goes_to(open, &e->server) ||
                                       cx_correlate_led_to(open, client, &e->server);
        if (fits)
            a = open;
    }
    a = a ? cx_correlate_with_room(c, client, a, e) : cx_correlate_attempt(c, client, e);
    if (!a)
        return NULL;
    *ret_conn = continue_conn(c, a, before, e);
    if (mapped) /* its last connection may just have passed to the new attempt */
        cx_correlate_decide_if_over(c, mapped);
    return a;
}

static cx_register *add_register(cx_attempt *a, cx_conn *conn, const cx_event *e)
{
    if (a->n_registers >= MAX_REGISTERS ||
        !cx_correlate_grow((void **)&a->registers, sizeof *a->registers, a->n_registers,
                           &a->cap_registers))
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

/* ---- Digest answers that were refused ---- */

/* A new attempt that begins with the answer to the challenge that ended the one before. */
static void continue_digest(const cx_client *client, cx_attempt *a, const cx_register *r)
{
    const cx_sip_auth *used = cx_register_used(r);
    if (a->n_registers == 1 && used && used->gss == CX_GSS_ABSENT && used->nonce.len &&
        cx_nonce_hash(used->nonce) == client->digest.nonce)
        a->digest = client->digest;
}

/* Whether it fits. */
static bool keep_text(char *text, size_t size, cx_slice s)
{
    size_t n = s.len < size ? s.len : size - 1;
    if (n)
        memcpy(text, s.p, n);
    text[n] = 0;
    return n == s.len;
}

static void note_digest_refusal(cx_client *client, const cx_attempt *a, const cx_register *r)
{
    const cx_sip_auth *used = cx_register_used(r);
    if (!cx_register_refused(a, r) || used->gss != CX_GSS_ABSENT)
        return;
    cx_digest_chain chain = a->digest;
    if (chain.refused < sizeof chain.at / sizeof *chain.at)
        chain.at[chain.refused] = r->response->at;
    chain.refused++;
    chain.nonce = 0;
    chain.latest = r->response->at;
    for (uint32_t i = 0; i < r->response->u.sip.n_auth; i++) {
        const cx_sip_auth *offer = &r->response->u.sip.auth[i];
        if (offer->role != CX_AUTH_OFFERED || !offer->nonce.len)
            continue;
        if (chain.nonce) {
            chain.alone = false;
            break;
        }
        chain.nonce = cx_nonce_hash(offer->nonce);
        chain.alone = keep_text(chain.algorithm, sizeof chain.algorithm, offer->algorithm) &&
                      keep_text(chain.qop, sizeof chain.qop, offer->qop);
    }
    client->digest = chain;
}

/* ---- TLS-DSK ---- */

/* Where the client is sent for a certificate: "https://host:port/path" (MS-SIPAE 2.2.1). */
static void note_ticket_host(cx_attempt *a, const cx_register *r)
{
    for (uint32_t i = 0; i < r->response->u.sip.n_auth; i++) {
        cx_slice rest = r->response->u.sip.auth[i].sts_uri, path, port;
        bool tls = cx_slice_istarts(rest, "https://");
        if (!tls && !cx_slice_istarts(rest, "http://"))
            continue;
        cx_slice host =
            cx_slice_split(cx_slice_sub(rest, tls ? 8 : 7, rest.len - (tls ? 8 : 7)), '/', &path);
        host = cx_slice_split(host, ':', &port);
        uint64_t number = tls ? 443 : 80;
        if (!host.len || (port.len && !cx_slice_number(port, 65535, &number)))
            continue;
        a->ticket_host = host;
        a->ticket_port = (uint16_t)number;
    }
}

/* ---- Transactions that are done with ---- */

static bool is_among(const uint64_t *ring, uint32_t n, uint64_t hash)
{
    for (uint32_t i = 0; i < n; i++)
        if (ring[i] == hash)
            return true;
    return false;
}

static void put_among(uint64_t *ring, uint32_t n, uint32_t *next, uint64_t hash)
{
    ring[*next] = hash;
    *next = (*next + 1) % n;
}

/* Of one connection, over TCP: see is_elsewhere. */
static uint64_t transaction_hash(const cx_event *e)
{
    const cx_ev_sip *sip = &e->u.sip;
    uint64_t hash = cx_hash(sip->call_id.p, sip->call_id.len, sip->cseq);
    return e->client.proto == CX_IPPROTO_UDP ? hash : cx_hash(&e->flow, sizeof e->flow, hash);
}

/* A sign-out, or the answer to one. */
static bool signs_out(cx_correlator *c, const cx_event *e)
{
    const cx_ev_sip *sip = &e->u.sip;
    uint64_t hash = transaction_hash(e);
    if (is_among(c->signed_out, SIGN_OUTS, hash))
        return true;
    if (!sip->request || sip->expires != 0)
        return false;
    put_among(c->signed_out, SIGN_OUTS, &c->next_signed_out, hash);
    return true;
}

static uint64_t answer_hash(const cx_event *e)
{
    const cx_ev_sip *sip = &e->u.sip;
    uint64_t hash = cx_hash(sip->branch.p, sip->branch.len, transaction_hash(e));
    return cx_hash(e->client.addr, sizeof e->client.addr, hash) | 1;
}

/* The transaction ended a sign-in that was told already: this is a message sent again. */
static bool is_answered(const cx_correlator *c, const cx_event *e)
{
    return is_among(c->answered, ANSWERED, answer_hash(e));
}

static void note_answered(cx_correlator *c, const cx_event *e)
{
    put_among(c->answered, ANSWERED, &c->next_answered, answer_hash(e));
}

/* ---- Refusals of nobody knows what ---- */

static uint64_t registration_hash(const cx_endpoint *client, cx_slice call_id)
{
    return cx_hash(client->addr, sizeof client->addr, cx_hash(call_id.p, call_id.len, 0)) | 1;
}

static void note_registered(cx_correlator *c, const cx_event *e)
{
    put_among(c->registered, REGISTERED, &c->next_registered,
              registration_hash(&e->client, e->u.sip.call_id));
}

/* Of r the answer alone is seen, and a sign-in before it may not be: there is no beginning of a
 * connection, and r does not follow the challenge of a sign-in at once. */
static bool may_have_signed_in(const cx_attempt *a, const cx_register *r)
{
    if (r->request || (!r->conn->udp && r->conn->connected.frame))
        return false;
    for (const cx_register *before = a->registers; before < r; before++)
        if (before->request && cx_register_challenged(before) && before->cseq + 1 == r->cseq)
            return false;
    return true;
}

/* The client had signed in (its REGISTERs have one Call-ID, RFC 3261 10.2.4), or may have for all
 * that is seen, and is refused: a sign-out, or the sign-in once more, which the request alone would
 * say. Of the refusals without a number that says more it is 403 that sign-outs get as well. */
static bool may_refuse_sign_out(const cx_correlator *c, const cx_attempt *a, const cx_register *r,
                                const cx_event *e)
{
    const cx_ev_sip *sip = &e->u.sip;
    if (sip->status < 400 || sip->status == 401 || sip->status == 407 || !sip->call_id.len ||
        (r->request && !(r->request->u.sip.cut && r->request->u.sip.expires < 0)))
        return false;
    return is_among(c->registered, REGISTERED, registration_hash(&e->client, sip->call_id)) ||
           (sip->status == 403 && !sip->n_diag && may_have_signed_in(a, r));
}

/* ---- Answers that the capture cut before they say what they answer ---- */

/* The REGISTER on this conversation that waits for its answer; *ret_attempt is its attempt. */
static cx_register *waiting_register(cx_correlator *c, const cx_event *e, cx_attempt **ret_attempt)
{
    const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
    cx_attempt *a = found ? found->attempt : NULL;
    for (uint32_t k = a ? a->n_registers : 0; k-- > 0;) {
        cx_register *r = &a->registers[k];
        if (r->conn == found->conn && r->request && !r->response) {
            *ret_attempt = a;
            return r;
        }
    }
    return NULL;
}

/* The snap length took CSeq and Call-ID of this answer. It belongs to the REGISTER that waits
 * there; or the request was cut in its first line as well: then the first refusal on a connection
 * to a port of SIP is most likely that of a sign-in, and rules find what it says possible at best.
 */
static bool answers_register(cx_correlator *c, const cx_event *e)
{
    const cx_ev_sip *sip = &e->u.sip;
    const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
    cx_attempt *a = NULL;
    if (sip->request || !sip->cut || sip->method.len || sip->status < 200 || !found)
        return false;
    if (waiting_register(c, e, &a))
        return true;
    const cx_conn *conn = found->conn;
    bool refusal = sip->status == 404 || sip->status == 403 || sip->status == 480 ||
                   sip->status == 604; /* of those that end a sign-in */
    return refusal && !conn->udp && conn->connected.frame && !conn->sip[CX_FROM_CLIENT].frame &&
           !found->attempt->n_registers && !found->attempt->ended &&
           (conn->server.port == 5060 || conn->server.port == 5061);
}

/* Two that pass each other on the way: client and server are no farther apart (RFC 3261 17.1.1.1
 * takes T1, the round trip, as 500 ms). */
#define ON_THE_WAY_NS INT64_C(1000000000)

static void take_register(cx_correlator *c, const cx_event *e)
{
    const cx_ev_sip *sip = &e->u.sip;
    /* The sender of a request is the client, whatever the ports say: UDP uses 5060 on both sides.
     */
    cx_event turned;
    if ((sip->request && e->dir == CX_FROM_SERVER) || (!sip->request && e->dir == CX_FROM_CLIENT)) {
        cx_event_assign(&turned, e);
        turned.client = e->server;
        turned.server = e->client;
        turned.dir = e->dir == CX_FROM_CLIENT ? CX_FROM_SERVER : CX_FROM_CLIENT;
        e = &turned;
        sip = &turned.u.sip;
    }
    cx_client *client = cx_correlate_client(c, &e->client);
    if (!client)
        return;
    client->seen |= CX_BIT(CX_EV_SIP);
    cx_attempt *a = NULL;
    cx_register *r = find_register(client, e, &a);
    if (!r && !sip->method.len)
        r = waiting_register(c, e, &a);
    if (!r) {
        if (is_answered(c, e))
            return;
        if (signs_out(c, e)) {
            const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
            if (found)
                found->attempt->after.signed_out = true;
            return;
        }
        cx_conn *conn = NULL;
        a = attempt_for_register(c, client, e, &conn);
        if (!a || !conn)
            return;
        r = add_register(a, conn, e);
        if (!r)
            return;
        continue_digest(client, a, r);
    }
    a->weak = a->web_only = false;
    cx_conn_take(r->conn, e);
    cx_correlate_touch(a, e);
    c->sip_now.frame = e->at.frame;
    c->sip_now.flow = e->flow;
    c->sip_now.attempt = a;
    c->sip_now.reg = (uint32_t)(r - a->registers);
    if (sip->request) {
        r->unheard += r->response && e->at.ts_ns - r->answered_ns >= ON_THE_WAY_NS;
        r->sends++;
        r->last_send = e->at;
        return;
    }
    if (sip->status < 200) {
        if (!r->provisional.frame)
            r->provisional = e->at;
        return;
    }
    r->answered_ns = e->at.ts_ns;
    if (r->response || r->unasked.frame)
        return; /* sent again */
    if (may_refuse_sign_out(c, a, r, e)) {
        r->unasked = e->at;
        return;
    }
    r->response = cx_conn_keep(r->conn, e);
    if (r->response)
        note_ticket_host(a, r);
    if (r->response && !a->ended && cx_decide_ends(a, r)) {
        a->ended = true;
        a->unknown_user = sip->status == 404 || sip->status == 604;
        if (a->unknown_user)
            cx_scan_unknown_user(&client->scan, a->user.len ? a->user : r->call_id, e->at.ts_ns);
        else if (sip->status / 100 == 2) {
            cx_scan_registered(&client->scan, e->at.ts_ns);
            note_registered(c, e);
        }
        note_digest_refusal(client, a, r);
        note_answered(c, e);
        cx_correlate_decide_if_over(c, a);
    }
}

/* ---- After the sign-in ---- */

static bool is_registration_event(const cx_ev_sip *sip)
{
    return cx_slice_istarts(sip->content_type, "text/registration-event");
}

static bool ends_registration(const cx_ev_sip *sip)
{
    bool notified = cx_slice_is(sip->method, "NOTIFY") || cx_slice_is(sip->method, "BENOTIFY");
    return sip->request && notified && is_registration_event(sip);
}

/* The notice names another endpoint of the user than those that signed in here. */
static bool is_of_another_endpoint(const cx_attempt *a, const cx_ev_sip *notice)
{
    bool elsewhere = false;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_event *request = a->registers[i].request;
        cx_slice epid = request ? request->u.sip.epid : (cx_slice){NULL, 0};
        if (!epid.len || !notice->epid.len || cx_slice_ieq(epid, notice->epid))
            return false;
        elsewhere = true;
    }
    return elsewhere;
}

/* What the client asks for once it has signed in, and the server's word that it is over
 * (signin-failures 7.1, 7.3; MS-SIPREGE 2.2). */
static void take_after(cx_attempt *a, const cx_event *e)
{
    const cx_ev_sip *sip = &e->u.sip;
    cx_aftermath *after = &a->after;
    bool first = !after->ended || is_of_another_endpoint(a, &after->ended->u.sip);
    if (ends_registration(sip) && first && !after->signed_out)
        after->ended = cx_event_copy(e, &a->arena);
    if (sip->request)
        return;
    cx_correlate_refused_partner(a, e);
    bool asked = cx_slice_is(sip->method, "SUBSCRIBE") || cx_slice_is(sip->method, "SERVICE");
    if (!asked || !cx_host_eq(sip->to.host, sip->from.host)) /* what others serve says nothing */
        return;
    if (sip->status / 100 == 2) {
        after->served++;
        after->served_ns = e->at.ts_ns;
    }
    if (sip->status != 503 && sip->status != 504)
        return;
    after->unserved++;
    if (!after->first_unserved)
        after->first_unserved = cx_event_copy(e, &a->arena);
    else if (!after->last_unserved) /* two will do as proof */
        after->last_unserved = cx_event_copy(e, &a->arena);
}

/* The server ends a registration of which the sign-in was told long ago, or was not captured. */
static void take_late_end(cx_correlator *c, const cx_event *e)
{
    cx_client *client = cx_correlate_client(c, &e->client);
    if (!client || e->dir != CX_FROM_SERVER)
        return;
    cx_attempt *a = cx_correlate_attempt(c, client, e);
    if (!a || !cx_correlate_add_conn(c, a, e))
        return;
    a->user = cx_arena_copy(&a->arena, user_of(&e->u.sip));
    take_after(a, e);
}

void cx_correlate_sip(cx_correlator *c, const cx_event *e)
{
    if (!e->u.sip.request) {
        cx_client *client = cx_correlate_client(c, cx_event_dst(e));
        if (client)
            client->sip_served = true;
        if (client && is_register(&e->u.sip) && e->u.sip.status >= 200)
            client->registrar_ns = e->at.ts_ns;
    }
    if (e->u.sip.request && e->u.sip.user_agent.len) {
        cx_client *client = cx_correlate_client(c, cx_event_src(e));
        if (client)
            cx_scan_user_agent(&client->scan, e->u.sip.user_agent);
    }
    if (is_register(&e->u.sip) || answers_register(c, e)) {
        take_register(c, e);
        return;
    }
    const cx_flow_entry *found = cx_flow_map_get(&c->flows, e->flow);
    if (found) {
        cx_conn_take(found->conn, e);
        cx_correlate_touch(found->attempt, e);
        if (found->attempt->n_registers || ends_registration(&e->u.sip))
            take_after(found->attempt, e);
    } else if (ends_registration(&e->u.sip)) {
        take_late_end(c, e);
    }
}

/* NTLM in gssapi-data: follows the event of its SIP message. */
void cx_correlate_ntlm(cx_correlator *c, const cx_event *e)
{
    cx_attempt *a = c->sip_now.attempt;
    if (!a || strcmp(e->u.ntlm.carrier, "sip") != 0 || c->sip_now.frame != e->at.frame ||
        c->sip_now.flow != e->flow || c->sip_now.reg >= a->n_registers)
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
    cx_client *client = cx_correlate_client(c, &a->client);
    if (!client)
        return;
    client->seen |= CX_BIT(CX_EV_NTLM);
    if (kept == &r->ntlm_authenticate)
        cx_correlate_logon_falls_back(c, client, a, e->u.ntlm.user);
}
