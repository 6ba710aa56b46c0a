/* Outcomes of attempts: see decide.h. */
#include "signin/decide.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "signin/conn.h"
#include "signin/lookup.h"

/* ---- REGISTER transactions ---- */

const cx_sip_auth *cx_register_used(const cx_register *r)
{
    for (uint32_t i = 0; r->request && i < r->request->u.sip.n_auth; i++)
        if (r->request->u.sip.auth[i].role == CX_AUTH_USED)
            return &r->request->u.sip.auth[i];
    return NULL;
}

bool cx_register_full_token(const cx_register *r)
{
    const cx_sip_auth *used = cx_register_used(r);
    if (!used)
        return false;
    if (used->gss == CX_GSS_NTLM)
        return used->ntlm_message == CX_NTLM_AUTHENTICATE;
    return used->gss == CX_GSS_KERBEROS || (used->gss == CX_GSS_ABSENT && used->has_response);
}

bool cx_register_challenged(const cx_register *r)
{
    return r->response && (r->response->u.sip.status == 401 || r->response->u.sip.status == 407);
}

uint64_t cx_nonce_hash(cx_slice nonce)
{
    return cx_hash(nonce.p, nonce.len, 0) | 1;
}

static bool offered_here(const cx_attempt *a, const cx_register *until, cx_slice nonce)
{
    for (const cx_register *r = a->registers; r < until; r++)
        for (uint32_t i = 0; r->response && i < r->response->u.sip.n_auth; i++) {
            const cx_sip_auth *offer = &r->response->u.sip.auth[i];
            if (offer->role == CX_AUTH_OFFERED && cx_slice_eq(offer->nonce, nonce))
                return true;
        }
    return false;
}

/* Is nonce that of a challenge before r, for the realm of again and by the same kind of server? */
static bool is_of_realm(const cx_attempt *a, const cx_register *r, cx_slice nonce,
                        const cx_sip_auth *again)
{
    for (const cx_register *m = a->registers; m < r; m++)
        for (uint32_t i = 0; m->response && i < m->response->u.sip.n_auth; i++) {
            const cx_sip_auth *offer = &m->response->u.sip.auth[i];
            if (offer->role == CX_AUTH_OFFERED && cx_slice_eq(offer->nonce, nonce) &&
                offer->proxy == again->proxy && cx_slice_ieq(offer->realm, again->realm))
                return true;
        }
    return false;
}

/* The client has answered a challenge like this one in this attempt, r included. */
static bool answered_for(const cx_attempt *a, const cx_register *r, const cx_sip_auth *again)
{
    for (const cx_register *m = a->registers; m <= r; m++)
        for (uint32_t i = 0; m->request && i < m->request->u.sip.n_auth; i++) {
            const cx_sip_auth *used = &m->request->u.sip.auth[i];
            if (used->role == CX_AUTH_USED && used->nonce.len &&
                is_of_realm(a, m, used->nonce, again))
                return true;
        }
    return false;
}

/* A proxy lets the request pass, and the registrar behind it asks for credentials of its own (RFC
 * 3261 22.3), maybe for a realm of the same name: a challenge that has had no answer yet refuses
 * nothing. */
static bool asks_for_another(const cx_attempt *a, const cx_register *r)
{
    for (uint32_t i = 0; i < r->response->u.sip.n_auth; i++) {
        const cx_sip_auth *offer = &r->response->u.sip.auth[i];
        if (offer->role == CX_AUTH_OFFERED && answered_for(a, r, offer))
            return false;
    }
    return true;
}

bool cx_register_stale_again(const cx_attempt *a, const cx_register *r)
{
    uint32_t stale = 0;
    for (const cx_register *m = a->registers; m <= r; m++)
        for (uint32_t i = 0; cx_register_challenged(m) && i < m->response->u.sip.n_auth; i++)
            if (m->response->u.sip.auth[i].role == CX_AUTH_OFFERED &&
                m->response->u.sip.auth[i].stale && cx_register_full_token(m)) {
                stale++;
                break;
            }
    return stale > CX_STALE_AT_MOST;
}

bool cx_register_refused(const cx_attempt *a, const cx_register *r)
{
    if (!cx_register_challenged(r) || !cx_register_full_token(r) || r->response->u.sip.cut)
        return false;
    const cx_sip_auth *used = cx_register_used(r);
    for (uint32_t i = 0; i < r->response->u.sip.n_auth; i++) {
        const cx_sip_auth *offer = &r->response->u.sip.auth[i];
        /* Data for the client means that the exchange goes on, but Kerberos has one step only: what
         * comes back with a challenge is a KRB-ERROR. */
        bool error = used->gss == CX_GSS_KERBEROS && offer->gss == CX_GSS_KERBEROS;
        if (offer->role == CX_AUTH_OFFERED && !error &&
            ((offer->stale && !cx_register_stale_again(a, r)) ||
             (offer->gss != CX_GSS_ABSENT && offer->gss != CX_GSS_EMPTY)))
            return false;
    }
    /* A nonce of an earlier sign-in is refused as a matter of course, also without stale=true. */
    if (used->gss == CX_GSS_ABSENT && used->nonce.len)
        return a->digest.nonce == cx_nonce_hash(used->nonce) ||
               (offered_here(a, r, used->nonce) && !asks_for_another(a, r));
    /* The signature of an association that the server has forgotten: a new exchange follows. */
    if (used->gss == CX_GSS_ABSENT)
        return false;
    return true;
}

bool cx_register_accepted(const cx_register *r)
{
    if (!r->response || r->response->u.sip.status / 100 != 2)
        return false;
    bool sign_out = r->request ? r->request->u.sip.expires == 0 : r->response->u.sip.expires == 0;
    return !sign_out;
}

#define LEAST_UNHEARD    2u /* retransmissions: one may only have been slow */
#define LEAST_UNHEARD_NS (15 * INT64_C(1000000000))

bool cx_register_unheard(const cx_register *r)
{
    return r->conn->udp && r->request && r->response && r->unheard >= LEAST_UNHEARD &&
           r->last_send.ts_ns - r->response->at.ts_ns >= LEAST_UNHEARD_NS;
}

/* It repeats the request still, as the capture ends: the answer to the latest one may arrive. */
static bool still_repeats(const cx_attempt *a, const cx_register *r)
{
    return r->conn->udp && r->unheard >= LEAST_UNHEARD && a->capture_ended &&
           a->decided_ns - r->last_send.ts_ns < CX_UDP_REPEAT_NS;
}

bool cx_decide_ends(const cx_attempt *a, const cx_register *r)
{
    uint16_t status = r->response->u.sip.status;
    /* Clients go on from these: to another server, with another request, later or elsewhere. */
    if (status / 100 == 3 || status == 423 || status == 503 || status == 500 ||
        cx_status_asks_again(status))
        return false;
    if (status == 401 || status == 407) {
        /* Kerberos refused: NTLM usually follows on the same connection, so it does not end yet. */
        const cx_sip_auth *used = cx_register_used(r);
        return cx_register_refused(a, r) && used->gss != CX_GSS_KERBEROS;
    }
    return status / 100 != 2 || cx_register_accepted(r);
}

/* ---- Names ---- */

/* "contoso.com" of "sip:alice@contoso.com". */
static cx_slice domain_of_user(const cx_attempt *a)
{
    size_t at = a->user.len;
    while (at > 0 && a->user.p[at - 1] != '@')
        at--;
    return at ? cx_slice_sub(a->user, at, a->user.len - at) : (cx_slice){NULL, 0};
}

bool cx_decide_is_for_user(const cx_attempt *a, const cx_lookup *l)
{
    cx_slice user = domain_of_user(a), d = l->domain;
    if (!user.len || !d.len)
        return false;
    /* Windows repeats names with its suffixes: contoso.com.corp.local */
    bool suffixed =
        d.len > user.len && d.p[user.len] == '.' && cx_host_eq(cx_slice_sub(d, 0, user.len), user);
    return suffixed || cx_host_within(d, user) || cx_host_within(user, d);
}

static bool is_redirect_target(const cx_attempt *a, cx_slice name)
{
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_event *e = a->registers[i].response;
        for (uint32_t k = 0; e && e->u.sip.status / 100 == 3 && k < e->u.sip.n_contacts; k++) {
            const cx_sip_uri *to = &e->u.sip.contact[k];
            if (cx_host_eq(cx_sip_uri_server(to), name))
                return true;
        }
    }
    return false;
}

bool cx_decide_wants_lookup(const cx_attempt *a, const cx_lookup *l)
{
    if (l->type == CX_DNS_SRV || l->role == CX_ROLE_AUTODISCOVER)
        return false;
    if (a->ticket_host.len && cx_host_eq(l->name, a->ticket_host))
        return true;
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (cx_lookup_gives(l, &a->conns[i]->server))
            return true;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        for (uint32_t k = 0; k < a->lookups[i]->n_srv; k++)
            if (cx_host_eq(a->lookups[i]->srv[k].target, l->name))
                return true;
    for (uint32_t i = 0; i < a->n_tries; i++)
        if (a->tries[i].to_host.len && cx_host_eq(a->tries[i].to_host, l->name))
            return true;
    return is_redirect_target(a, l->name);
}

static void want(cx_conn *c, cx_slice name, cx_name_source source)
{
    name = cx_host_bare(name);
    if (!name.len || c->n_wanted == CX_MAX_WANTED)
        return;
    for (uint32_t i = 0; i < c->n_wanted; i++)
        if (cx_host_eq(c->wanted[i].name, name))
            return;
    c->wanted[c->n_wanted++] = (cx_wanted){name, source};
}

/* When the client last cared about this name before it connected; INT64_MIN: only afterwards. */
static int64_t asked_before(const cx_lookup *l, const cx_conn *c)
{
    if (l->answer.frame && cx_evidence_after(&l->answer, &c->first))
        return INT64_MIN;
    return l->last_query.frame && !cx_evidence_after(&l->last_query, &c->first)
               ? l->last_query.ts_ns
               : l->answer.ts_ns;
}

/* Asked for only after the connection began: for another purpose, such as a printer on that host.
 */
static bool asked_later(const cx_lookup *l, const cx_conn *c)
{
    return l->query.frame && cx_evidence_after(&l->query, &c->first);
}

/* The host lookup that most likely gave the address: the latest before the connection. */
static const cx_lookup *host_lookup(const cx_attempt *a, const cx_conn *c)
{
    const cx_lookup *best = NULL;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (l->role == CX_ROLE_AUTODISCOVER || !cx_lookup_gives(l, &c->server) || asked_later(l, c))
            continue;
        bool local = l->via != CX_EV_DNS, best_local = best && best->via != CX_EV_DNS;
        if (best && local != best_local) /* DNS outweighs names of the local link */
            best = local ? best : l;
        else if (!best || asked_before(l, c) >= asked_before(best, c))
            best = l;
    }
    return best;
}

/* The SRV record that led to a connection: its target is the name looked up (or, when no address
 * of the target was seen, e.g. a hosts file, any), and its port is the connection's. */
static void find_srv(const cx_attempt *a, cx_conn *c, bool any_target)
{
    for (uint32_t i = 0; i < a->n_lookups && !c->srv; i++)
        for (uint32_t k = 0; k < a->lookups[i]->n_srv; k++) {
            const cx_srv_record *srv = &a->lookups[i]->srv[k];
            bool named = c->host ? cx_host_eq(srv->target, c->host->name) : any_target;
            if (named && srv->port == c->server.port) {
                c->srv = a->lookups[i];
                c->srv_index = k;
                break;
            }
        }
}

static bool srv_unreadable(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (cx_role_is_srv(a->lookups[i]->role) && a->lookups[i]->state == CX_LOOKUP_UNREADABLE)
            return true;
    return false;
}

static bool redirected_to(const cx_attempt *a, const cx_conn *c, cx_slice *ret_name)
{
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (!r->response || r->response->u.sip.status / 100 != 3 || r->conn == c ||
            cx_evidence_after(&r->response->at, &c->first))
            continue;
        for (uint32_t k = 0; k < r->response->u.sip.n_contacts; k++) {
            cx_slice host = cx_sip_uri_server(&r->response->u.sip.contact[k]);
            if (cx_conn_is_to(c, host)) {
                *ret_name = host;
                return true;
            }
        }
    }
    return false;
}

static void name_conn(const cx_attempt *a, cx_conn *c, const cx_hints *hints)
{
    bool automatic = a->configuration == CX_CONFIG_AUTOMATIC;
    c->n_wanted = 0;
    c->srv = NULL;
    if (c->tunnel.p) { /* the names of a proxy are not what the client wanted to reach */
        size_t n = c->tunnel.len;
        while (n > 0 && c->tunnel.p[n - 1] != ':')
            n--;
        if (c->tls.client_hello && c->tls.client_hello->u.tls.sni.p)
            want(c, c->tls.client_hello->u.tls.sni, CX_NAME_SNI);
        if (c->tunnel_status / 100 == 2)
            want(c, cx_slice_sub(c->tunnel, 0, n ? n - 1 : c->tunnel.len), CX_NAME_LOOKUP);
        c->named_by = CX_NAMED_PERSON;
        return;
    }
    c->host = host_lookup(a, c);
    find_srv(a, c, false);
    cx_slice redirect = {NULL, 0};
    cx_endpoint typed;
    bool typed_address = hints->server.p && cx_addr_parse(hints->server, &typed);
    bool is_typed =
        typed_address ? cx_addr_eq(&typed, &c->server)
                      : hints->server.p && ((c->host && cx_host_eq(c->host->name, hints->server)) ||
                                            (!c->host && a->n_conns == 1));
    is_typed = is_typed && (!hints->port || hints->port == c->server.port);
    if (is_typed)
        want(c, hints->server, CX_NAME_TYPED);
    const cx_event *hello = c->tls.client_hello;
    if (hello && hello->u.tls.sni.p)
        want(c, hello->u.tls.sni, CX_NAME_SNI);
    if (c->srv)
        want(c, c->srv->srv[c->srv_index].target, CX_NAME_SRV_TARGET);
    if (c->host)
        want(c, c->host->name, CX_NAME_LOOKUP);

    if (c->ticket) {
        c->named_by = CX_NAMED_SERVER;
        want(c, a->ticket_host, CX_NAME_REDIRECT);
    } else if (redirected_to(a, c, &redirect)) {
        c->named_by = CX_NAMED_SERVER;
        want(c, redirect, CX_NAME_REDIRECT);
    } else if (is_typed) {
        c->named_by = CX_NAMED_PERSON;
    } else if (c->srv) {
        c->named_by = CX_NAMED_ZONE;
    } else if (c->host) {
        if (a->domain.p && cx_host_eq(c->host->name, a->domain))
            c->named_by = automatic ? CX_NAMED_GUESS : CX_NAMED_PERSON;
        else if (cx_role_is_guess(c->host->role))
            c->named_by = automatic ? CX_NAMED_HOST : CX_NAMED_PERSON;
        else
            c->named_by = CX_NAMED_PERSON;
    } else {
        find_srv(a, c, true);
        if (c->srv)
            want(c, c->srv->srv[c->srv_index].target, CX_NAME_SRV_TARGET);
        bool zone = c->srv || srv_unreadable(a);
        c->named_by = zone ? CX_NAMED_ZONE : automatic ? CX_NAMED_GUESS : CX_NAMED_PERSON;
    }
    for (uint32_t i = 0; i < a->n_lookups; i++) /* further names of the same address */
        if (a->lookups[i]->role != CX_ROLE_AUTODISCOVER &&
            (a->lookups[i]->via == CX_EV_DNS || a->lookups[i] == c->host) &&
            cx_lookup_gives(a->lookups[i], &c->server) && !asked_later(a->lookups[i], c))
            want(c, a->lookups[i]->name, CX_NAME_LOOKUP);
}

/* ---- Outcome ---- */

/* Only names of RFC 3263 were asked, which calls ask as well: a client whose SIP is served, and
 * names that are addresses, make no sign-in of them. */
static bool is_routing_of_calls(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        cx_name_role r = a->lookups[i]->role;
        if (cx_role_is_discovery(r) && r < CX_ROLE_SRV_SIPS)
            return false;
    }
    return a->sip_served || (a->domain.p && cx_host_is_address(a->domain));
}

static bool anything_to_tell(const cx_attempt *a)
{
    if (a->n_registers || a->after.ended)
        return true;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->tcp.n_syns || c->tls.client_hello || cx_conn_never_opened(c))
            return true;
        /* only what the server sent was captured: there was a client that is not in sight */
        if ((c->tls.server_hello || c->tls.alert[CX_FROM_SERVER]) && c->tcp.one_sided)
            return true;
    }
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (cx_role_is_discovery(a->lookups[i]->role))
            return true;
    for (uint32_t i = 0; i < a->n_tries; i++)
        if (a->tries[i].status >= 300 || a->tries[i].to.p)
            return true;
    if (a->n_conns || !a->n_lookups)
        return false;
    bool wanted = false; /* weak: a name, and nothing came of it */
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        if (cx_lookup_found(a->lookups[i]))
            return false;
        /* sipinternal.D and sipexternal.D are guesses beside others that are not in sight */
        wanted |=
            a->lookups[i]->role == CX_ROLE_HOST_SIP || a->lookups[i]->role == CX_ROLE_HOST_OTHER;
    }
    return wanted;
}

/* SIP on a connection that never registers (calls, trunk probes) is no sign-in. */
static bool is_other_sip(const cx_attempt *a)
{
    if (a->n_registers || a->after.ended || a->configuration == CX_CONFIG_AUTOMATIC)
        return false;
    bool spoke = false;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (cx_conn_never_opened(c) || c->tls.client_hello || !c->sip[CX_FROM_SERVER].frame)
            return false;
        if (c->gap[CX_FROM_CLIENT] && !c->sip[CX_FROM_CLIENT].frame)
            return false; /* what it asked for is missing: it may be a REGISTER */
        spoke = true;
    }
    return spoke;
}

static void decide_outcome(cx_attempt *a)
{
    a->outcome = CX_OUT_INCOMPLETE;
    for (uint32_t i = a->n_registers; i-- > 0;) {
        const cx_register *r = &a->registers[i];
        if (!r->response || !cx_decide_ends(a, r))
            continue;
        bool accepted = cx_register_accepted(r);
        if (accepted && (cx_register_unheard(r) || still_repeats(a, r)))
            return;
        a->outcome = accepted ? CX_OUT_SUCCESS : CX_OUT_FAILURE;
        a->decisive = r->conn;
        a->decisive_reg = r;
        return;
    }
    if (a->n_registers)
        return;
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (cx_conn_tls_used(a->conns[i])) {
            a->outcome = CX_OUT_SUCCESS;
            a->decisive = a->conns[i];
            return;
        }
}

/* Clients that fall back to older versions send five ClientHellos at most that differ in more than
 * their random bytes; programs that list the versions and cipher suites of a server send dozens,
 * and have nothing to say once a handshake is done. */
#define PROBES 6u

/* Where the hellos are cut or not captured, that dozens of them met a server which takes some of
 * them and refuses the others. */
#define UNSEEN_PROBES 12u

static bool probes_unseen(const cx_attempt *a)
{
    uint32_t n = 0, served = 0, refused = 0;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->tls.client_hello || !c->data[CX_FROM_SERVER].frame)
            continue;
        bool refuses = c->tls.alert[CX_FROM_SERVER] && !c->tls.server_hello;
        served += !refuses; /* the ServerHello may be cut as well */
        refused += refuses;
        n = served + refused;
    }
    return n >= UNSEEN_PROBES && served && refused;
}

static bool probes_tls(const cx_attempt *a)
{
    const cx_ev_tls *seen[PROBES];
    uint32_t n = 0;
    if (a->n_registers)
        return false;
    for (uint32_t i = 0; i < a->n_conns && n < PROBES; i++) {
        const cx_event *e = a->conns[i]->tls.client_hello;
        bool known = !e || !e->u.tls.n_ciphers;
        if (cx_conn_tls_used(a->conns[i]))
            return false;
        for (uint32_t k = 0; k < n && !known; k++) {
            uint32_t last = seen[k]->n_ciphers - 1;
            known = seen[k]->max_version == e->u.tls.max_version &&
                    seen[k]->n_ciphers == e->u.tls.n_ciphers &&
                    seen[k]->ciphers[0] == e->u.tls.ciphers[0] &&
                    seen[k]->ciphers[last] == e->u.tls.ciphers[last];
        }
        if (!known)
            seen[n++] = &e->u.tls;
    }
    return n == PROBES || probes_unseen(a);
}

cx_decision cx_decide(cx_attempt *a, const cx_hints *hints)
{
    if (a->logon)
        return cx_decide_logon(a);
    if (!anything_to_tell(a) || is_other_sip(a))
        return CX_DECIDE_DROP;
    if (!a->n_conns && (a->resolver || is_routing_of_calls(a)))
        return CX_DECIDE_DROP;
    bool hello = false;
    for (uint32_t i = 0; i < a->n_conns; i++)
        hello |= cx_conn_hello_at(a->conns[i]).frame != 0;
    if (a->configuration == CX_CONFIG_UNKNOWN && a->n_conns && a->conns[0]->tcp.n_syns)
        a->configuration = CX_CONFIG_MANUAL;
    a->kind = !a->n_registers && hello ? CX_KIND_TLS : CX_KIND_SIP;
    a->typed_domain = hints->domain;
    if (!a->domain.p && hints->domain.p)
        a->domain = hints->domain;
    for (uint32_t i = 0; i < a->n_conns; i++)
        name_conn(a, a->conns[i], hints);
    decide_outcome(a);
    a->scanner |= probes_tls(a);
    return a->web_only ? CX_DECIDE_TELL_IF_ALONE : CX_DECIDE_TELL;
}
