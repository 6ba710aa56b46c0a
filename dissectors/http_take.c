/* What an HTTP message means for its conversation (http_parts.h): which request it answers, what is
 * told of it and when, and how its direction goes on (RFC 9112 6.3). */
#include "dissectors/discover.h"
#include "dissectors/http_parts.h"

#include <stdlib.h>

/* ---- telling ---- */

static void tell(cx_http_feeding *f, const cx_http_report *r, bool wait)
{
    if (cx_http_report_empty(r))
        return;
    if (wait && (f->d->held = cx_http_report_hold(r)))
        return;
    cx_http_report_tell(r, f->in, f->out);
}

void cx_http_release(cx_http_direction *d, const cx_chunk *in, cx_emit *out)
{
    cx_http_report *held = d->held;
    d->held = NULL;
    if (held && held->n_body)
        (void)cx_discover_redirect(held->body, held->n_body, &held->http.redirect);
    if (held)
        cx_http_report_tell(held, in, out);
    free(held);
}

void cx_http_search(cx_http_feeding *f)
{
    cx_http_direction *d = f->d;
    bool responds = d->started ? d->responds : f->in->dir == CX_FROM_SERVER;
    cx_http_release(d, NULL, f->out);
    *d = (cx_http_direction){.phase = CX_HTTP_SEARCH, .responds = responds};
    cx_http_queue_lost(&f->st->queue, responds);
}

void cx_http_lose(cx_http_feeding *f, const char *reason)
{
    cx_http_direction *d = f->d;
    cx_http_release(d, NULL, f->out); /* before the complaint about what follows */
    if (d->started)
        cx_emit_malformed(f->out, f->in, "http", reason);
    cx_http_search(f);
}

/* ---- one message ---- */

static void fill_event(const cx_http_feeding *f, const cx_http_message *m,
                       const cx_http_exchange *x, const cx_http_auth *auth, cx_http_report *r)
{
    cx_ev_http *h = &r->http;
    r->has_http = true;
    *h = (cx_ev_http){.request = m->start.request,
                      .method = m->start.request ? m->start.method : cx_slice_of(x->method_name),
                      .uri = m->start.uri,
                      .host = m->host,
                      .status = m->start.status,
                      .reason = m->start.reason,
                      .location = m->location,
                      .server = m->server,
                      .user_agent = m->user_agent,
                      .n_offered = auth->n_offered,
                      .auth_used = auth->used,
                      .proxy = auth->of_scope[CX_HTTP_PROXY],
                      .websocket = m->upgrade.p && cx_http_list_has(m->upgrade, "websocket"),
                      .first = f->in->first};
    for (uint32_t i = 0; i < auth->n_offered; i++)
        h->auth_offered[i] = auth->offered[i];
}

static void fill_tokens(const cx_http_feeding *f, const cx_http_auth *auth, cx_http_report *r)
{
    for (uint32_t i = 0; i < auth->n_tokens; i++) {
        r->token_scope[r->n_tokens] = auth->token_scope[i];
        r->tokens[r->n_tokens++] = auth->tokens[i];
    }
    r->bad_token = auth->bad_token;
    r->at = f->in->at;
    r->dir = f->in->dir;
    r->decrypted = f->in->decrypted;
}

static cx_http_switch switch_of(const cx_http_message *m)
{
    if (!m->upgrade.p)
        return CX_HTTP_STAYS;
    if (cx_http_list_has(m->upgrade, "websocket"))
        return CX_HTTP_WEBSOCKET;
    return cx_slice_istarts(m->upgrade, "TLS") ? CX_HTTP_TUNNEL : CX_HTTP_OTHER_PROTOCOL;
}

/* How the body of the message is framed; START: it has none (RFC 9112 6.3). */
static cx_http_phase body_of(const cx_http_message *m)
{
    bool has_length = m->has_length && !m->bad_length && !m->coded;
    if (m->chunked)
        return CX_HTTP_CHUNK_SIZE;
    if (has_length)
        return m->length ? CX_HTTP_BODY : CX_HTTP_START;
    return m->start.request ? CX_HTTP_START : CX_HTTP_UNTIL_CLOSE;
}

/* Sets how the direction goes on behind the header section. sure: there is a body if its headers
 * say so. */
static void plan_body(cx_http_direction *d, const cx_http_message *m, bool sure)
{
    d->body = (uint8_t)body_of(m);
    d->scanned = 0;
    if (d->body == CX_HTTP_START) {
        d->phase = d->after;
        return;
    }
    d->phase = sure ? d->body : CX_HTTP_PEEK;
    d->left = m->length;
    if (d->body == CX_HTTP_BODY && d->left <= CX_MAX_KDC_PROXY &&
        cx_slice_iis(cx_http_media_type(m), "application/kerberos"))
        d->sink = CX_HTTP_TO_KERBEROS;
    if (d->body == CX_HTTP_BODY && d->left <= CX_MAX_OCSP_RESPONSE && !m->start.request &&
        cx_slice_iis(cx_http_media_type(m), "application/ocsp-response"))
        d->sink = CX_HTTP_TO_OCSP;
}

#define RPC_CHANNEL 131072u /* bytes; a channel has this length or more (MS-RPCH 2.1.2.1.2) */

/* Is there an end of the message to wait for? A channel of RPC lasts as long as its connection, and
 * a length of more than 2 GiB is none, as for Wireshark. */
static bool goes_on(const cx_http_direction *d)
{
    bool has_end = d->body == CX_HTTP_BODY
                       ? d->left <= (d->sink == CX_HTTP_TO_RPC ? RPC_CHANNEL - 1 : INT32_MAX)
                       : d->sink != CX_HTTP_TO_RPC;
    return d->phase != CX_HTTP_START && d->phase != CX_HTTP_SWITCH && has_end;
}

static void tell_flaws(const cx_http_feeding *f, const cx_http_message *m)
{
    if (m->bad_length && !m->chunked)
        cx_emit_malformed(f->out, f->in, "http", "unreadable Content-Length");
}

/* Do these credentials say who signs in? Those of other schemes stand in every request. */
static bool is_sign_in(const cx_http_auth *auth)
{
    return auth->n_tokens || auth->bad_token || auth->n_offered ||
           cx_slice_iis(auth->used, "NTLM") || cx_slice_iis(auth->used, "Negotiate") ||
           cx_slice_iis(auth->used, "Basic") || cx_slice_iis(auth->used, "Digest");
}

static void take_request(cx_http_feeding *f, const cx_http_message *m, const cx_http_auth *auth)
{
    cx_http_direction *d = f->d;
    cx_http_exchange x = {.asks = (uint8_t)switch_of(m), .frame = f->in->at.frame};
    cx_http_method method = cx_http_method_of(m->start.method, &x.method_name);
    x.method = (uint8_t)method;
    if (method == CX_HTTP_CONNECT || method == CX_HTTP_RPC_CONNECT)
        x.asks = CX_HTTP_TUNNEL;
    else if (method == CX_HTTP_SSTP)
        x.asks = CX_HTTP_OTHER_PROTOCOL;
    for (int scope = 0; scope < CX_HTTP_SCOPES; scope++) {
        x.step[scope] = (uint8_t)auth->step[scope];
        x.mechanism[scope] = auth->mechanism[scope];
    }
    x.wanted = is_sign_in(auth) || cx_http_request_wanted(m, method);
    if (x.asks == CX_HTTP_WEBSOCKET)
        f->st->sip = cx_http_list_has(m->ws_protocol, "sip");
    cx_http_queue_put(&f->st->queue, &x);
    d->after = x.asks != CX_HTTP_STAYS ? CX_HTTP_SWITCH : CX_HTTP_START;
    d->asks = x.asks;
    /* the body of an echo request is shorter than any PDU (MS-RPCH 2.1.2.1.5) */
    bool rpc = method == CX_HTTP_RPC_DATA && (m->chunked || m->length >= 16);
    d->sink = rpc ? CX_HTTP_TO_RPC : CX_HTTP_NOWHERE;
    if (method == CX_HTTP_SSTP) /* its length means nothing (MS-SSTP 3.2.4.1) */
        d->phase = d->after;
    else
        plan_body(d, m, !m->expects);
    if (x.wanted || f->in->decrypted) {
        cx_http_report r = {.has_http = false};
        fill_event(f, m, &x, auth, &r);
        fill_tokens(f, auth, &r);
        tell(f, &r, goes_on(d));
    }
}

static bool is_tunnel(const cx_http_exchange *x)
{
    return x->method == CX_HTTP_CONNECT || x->method == CX_HTTP_RPC_CONNECT;
}

/* RFC 9112 6.3: which responses have no body, whatever their headers say. */
static bool has_body(const cx_http_exchange *x, uint16_t status)
{
    bool agreed = status / 100 == 2 && (is_tunnel(x) || x->method == CX_HTTP_SSTP);
    return status >= 200 && status != 204 && status != 304 && x->method != CX_HTTP_HEAD && !agreed;
}

static cx_http_switch switch_by(const cx_http_message *m, const cx_http_exchange *x)
{
    uint16_t status = m->start.status;
    if (status == 101)
        return switch_of(m);
    if (is_tunnel(x) && status / 100 == 2)
        return CX_HTTP_TUNNEL;
    return x->method == CX_HTTP_SSTP && status == 200 ? CX_HTTP_OTHER_PROTOCOL : CX_HTTP_STAYS;
}

/* An answer of the autodiscover service, which may send the client on (MS-OCDISCWS 2.2.3). */
static bool is_discover_answer(const cx_http_message *m)
{
    cx_slice type = cx_http_media_type(m);
    return m->start.status == 200 &&
           (cx_slice_iis(type, "application/vnd.microsoft.rtc.autodiscover+xml") ||
            cx_slice_iis(type, "application/vnd.microsoft.rtc.autodiscover+json"));
}

/* first: the first response of the conversation. */
static bool response_wanted(const cx_http_message *m, const cx_http_exchange *x, bool known,
                            bool first)
{
    uint16_t status = m->start.status;
    if (status == 401 || status == 407 || m->n_auth || x->wanted)
        return true;
    /* an answer to what was no HTTP: the port is another service's */
    return !known && first && status >= 400;
}

static void take_response(cx_http_feeding *f, const cx_http_message *m, const cx_http_auth *auth)
{
    cx_http_direction *d = f->d;
    cx_http_state *st = f->st;
    uint16_t status = m->start.status;
    cx_http_exchange x = {.method_name = NULL};
    bool final = status >= 200 || status == 101, first = !st->queue.replied;
    bool known = final && cx_http_queue_take(&st->queue, &x);
    d->asks = (uint8_t)switch_by(m, &x);
    if (status == 101 && m->ws_protocol.p) {
        st->sip = cx_slice_iis(m->ws_protocol, "sip");
        st->other_chosen = !st->sip;
    }
    d->after = d->asks != CX_HTTP_STAYS ? CX_HTTP_SWITCH : CX_HTTP_START;
    d->sink = status == 200 && cx_slice_iis(cx_http_media_type(m), "application/rpc")
                  ? CX_HTTP_TO_RPC
                  : CX_HTTP_NOWHERE;
    if (has_body(&x, status))
        plan_body(d, m, known);
    else
        d->phase = d->after;
    if (f->in->decrypted || (final && response_wanted(m, &x, known, first))) {
        cx_http_report r = {.has_http = false};
        fill_event(f, m, &x, auth, &r);
        fill_tokens(f, auth, &r);
        r.room = is_discover_answer(m) ? CX_MAX_DISCOVER : 0;
        if (final)
            cx_http_logons(&x, status, auth, &r);
        if (r.n_logons) /* who signed in stands in a request whose body may still come */
            cx_http_release(&st->dir[!f->in->dir], NULL, f->out);
        tell(f, &r, goes_on(d));
    }
}

void cx_http_take_message(cx_http_feeding *f, const cx_http_start *start, cx_slice lines)
{
    cx_http_message m = {.start = *start};
    cx_http_auth auth = {.n_tokens = 0};
    cx_http_headers_read(lines, &m);
    f->d->started = true;
    f->d->responds = !m.start.request;
    if (m.n_auth)
        cx_http_auth_read(m.auth, m.n_auth, f->out->scratch, &auth);
    if (m.start.request)
        take_request(f, &m, &auth);
    else
        take_response(f, &m, &auth);
    tell_flaws(f, &m);
}

void cx_http_take_orphan(cx_http_feeding *f, const cx_http_auth_line *line)
{
    cx_http_auth auth;
    cx_http_report r = {.has_http = false};
    cx_http_auth_read(line, 1, f->out->scratch, &auth);
    f->d->responds = line->offered;
    if (!line->offered && auth.n_tokens) {
        cx_http_exchange x = {.wanted = true, .frame = f->in->at.frame};
        for (int scope = 0; scope < CX_HTTP_SCOPES; scope++) {
            x.step[scope] = (uint8_t)auth.step[scope];
            x.mechanism[scope] = auth.mechanism[scope];
        }
        cx_http_queue_put(&f->st->queue, &x);
    }
    fill_tokens(f, &auth, &r);
    tell(f, &r, false);
}
