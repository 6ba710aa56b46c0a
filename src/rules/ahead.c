/* The end of the capture: see ahead.h. */
#include "rules/ahead.h"

#include "base/text.h"
#include "signin/conn.h"
#include "signin/decide.h"

/* What became of the sign-in on c is not in sight: both sides spoke, and nothing tells how it
 * ended; or the capture ended while it was tried, on word of the zone or the person. */
static bool is_undecided(const cx_attempt *a, const cx_conn *c)
{
    bool trying = c->outcome == CX_CONN_TRYING || c->outcome == CX_CONN_TIMEOUT;
    if (trying || c->outcome == CX_CONN_HALF_OPEN)
        return a->capture_ended && c->tcp.observed_ns < CX_LEAST_SILENCE_NS &&
               (!trying || c->named_by <= CX_NAMED_ZONE);
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (r->conn == c && r->response && r->response->u.sip.status / 100 == 3)
            return false; /* it was sent elsewhere */
    }
    if (cx_conn_mute_inside(c) && cx_conn_ended_by(c) >= 0)
        return false; /* no answer, no sign-in */
    bool waits =
        a->capture_ended && cx_conn_ended_by(c) < 0 && a->decided_ns - c->last_ns < CX_NEXT_STEP_NS;
    bool client = c->data[CX_FROM_CLIENT].frame, server = c->data[CX_FROM_SERVER].frame;
    if (c->tcp.one_sided && (client || server))
        return true;
    return cx_conn_opened(c) && ((client && server) || waits);
}

static bool is_tried(const cx_attempt *a, const cx_lookup *l, uint32_t record)
{
    const cx_srv_record *srv = &l->srv[record];
    bool tried = cx_slice_is(srv->target, ".");
    for (uint32_t i = 0; i < a->n_conns && !tried; i++) {
        const cx_conn *c = a->conns[i];
        tried = (c->srv == l && c->srv_index == record) ||
                (c->host && c->server.port == srv->port && cx_host_eq(c->host->name, srv->target));
    }
    return tried;
}

/* Another address of the name of c was not tried: of its family, or of IPv4 behind IPv6. That a
 * name has one of IPv6 does not say that the client can use it. */
static bool has_other_address(const cx_attempt *a, const cx_conn *c)
{
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        for (uint32_t k = 0; k < l->n_addresses && cx_host_eq(l->name, c->host->name); k++) {
            const cx_endpoint *address = &l->address[k];
            bool tried = address->family != c->server.family && address->family != 4;
            for (uint32_t m = 0; m < a->n_conns && !tried; m++)
                tried = a->conns[m]->server.port == c->server.port &&
                        cx_addr_eq(&a->conns[m]->server, address);
            if (!tried)
                return true;
        }
    }
    return false;
}

/* Since then the client asked for other records and hosts: those of one answer it left. */
static bool went_past(const cx_attempt *a, const cx_lookup *answer, int64_t since_ns)
{
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        bool of_answer = false;
        for (uint32_t k = 0; k < answer->n_srv && !of_answer; k++)
            of_answer = cx_host_eq(answer->srv[k].target, l->name);
        if (!of_answer && l->query.ts_ns > since_ns)
            return true;
    }
    return false;
}

bool cx_has_untried(const cx_attempt *a, const cx_conn *c, int64_t since_ns)
{
    if (!a->capture_ended)
        return false;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        for (uint32_t k = 0; k < a->lookups[i]->n_srv; k++)
            if (!is_tried(a, a->lookups[i], k) && !went_past(a, a->lookups[i], since_ns))
                return true;
    return c && c->host && cx_conn_never_opened(c) && has_other_address(a, c);
}

/* ---- What the client was about to do ---- */

/* A finding says what became of c, up to then. */
static bool is_blamed(const cx_conn *c, int64_t until_ns, const cx_finding *f, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (f[i].conn == c && f[i].severity == CX_FAILURE && f[i].last_ns >= until_ns)
            return true;
    return false;
}

static bool is_recent(const cx_attempt *a, int64_t at_ns)
{
    return a->capture_ended && a->decided_ns - at_ns < CX_NEXT_STEP_NS;
}

/* It asked for a name, and no answer came yet. */
static bool is_asking(const cx_attempt *a, const cx_finding *f)
{
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (l->state == CX_LOOKUP_UNANSWERED && l->query.ts_ns > f->first_ns &&
            is_recent(a, l->last_query.ts_ns))
            return true;
    }
    return false;
}

static bool asks_for_more(uint16_t status)
{
    return status == 401 || status == 407 || status == 423 || cx_status_asks_again(status);
}

/* It registers again after the answer that root is about: nothing has come back yet, or a
 * challenge.
 */
static bool registers_again(const cx_attempt *a, const cx_finding *root)
{
    for (uint32_t i = 0; i < a->n_registers && root->reg; i++) {
        const cx_register *r = &a->registers[i];
        const cx_event *response = r->response;
        bool open =
            !response || (asks_for_more(response->u.sip.status) && !cx_register_refused(a, r));
        if (r > root->reg && open &&
            is_recent(a, response ? response->at.ts_ns : r->last_send.ts_ns))
            return true;
    }
    return false;
}

/* It tries to log on again after root, and the result is not in sight yet. */
static bool logs_on_again(const cx_attempt *a, const cx_finding *f, uint32_t n,
                          const cx_finding *root)
{
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *x = a->exchanges[i];
        bool silent = x->kdc && !x->answers;
        if (!x->result && !x->reply && x->last_ns > root->last_ns && is_recent(a, x->last_ns) &&
            !is_blamed(x->conn, silent ? INT64_MIN : x->last_ns, f, n))
            return true;
    }
    return false;
}

/* The server answered the next ClientHello of the client, and not that of root. */
static bool is_answered_now(const cx_conn *c, const cx_conn *root)
{
    return root && cx_endpoint_eq(&c->server, &root->server) && !root->tls.server_hello &&
           c->tls.server_hello;
}

void cx_weigh_end(const cx_attempt *a, cx_finding *f)
{
    int64_t left_ns = a->decided_ns - f->last_ns;
    if (a->outcome != CX_OUT_INCOMPLETE || !a->capture_ended || f->severity != CX_FAILURE ||
        f->recovered || !f->goes_on_ns || (left_ns >= f->goes_on_ns && !is_asking(a, f)))
        return;
    f->cut_off = true;
    f->cut_off_ns = left_ns;
    if (f->confidence == CX_PROVEN)
        f->confidence = CX_LIKELY;
}

bool cx_may_have_worked(const cx_attempt *a, const cx_finding *f, uint32_t n,
                        const cx_finding *root)
{
    if (root->goes_on_ns && (registers_again(a, root) || logs_on_again(a, f, n, root)))
        return true;
    if (a->kind != CX_KIND_LOGON && !a->n_registers && a->registrar_ns > root->last_ns)
        return true; /* it talks to its registrar on a connection from before */
    if (root->conn && cx_has_untried(a, root->conn, root->last_ns) &&
        a->decided_ns - root->last_ns < CX_NEXT_SERVER_NS)
        return true;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        bool later = root->conn ? c->order > root->conn->order : c->first.ts_ns > root->last_ns;
        bool other = !cx_endpoint_eq(&c->server, &root->server) || is_answered_now(c, root->conn);
        if (later && other && !is_blamed(c, INT64_MIN, f, n) && is_undecided(a, c))
            return true;
    }
    return false;
}
