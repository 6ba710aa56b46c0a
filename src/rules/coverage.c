/* Blind spots: see coverage.h. */
#include "rules/coverage.h"

#include "base/text.h"
#include "rules/dns_state.h"
#include "rules/tls_state.h"
#include "signin/conn.h"
#include "signin/discover.h"

#include <stdarg.h>
#include <stdio.h>

void cx_coverage_note(cx_coverage *c, cx_coverage_id id, const cx_evidence *at)
{
    cx_blind_spot *s = &c->spot[id];
    s->present = true;
    s->count++;
    if (at && at->frame && s->n_frames < CX_COVERAGE_FRAMES)
        s->frames[s->n_frames++] = *at;
}

/* The text of a blind spot, in the words of its first attempt. */
static void say(cx_coverage *c, cx_coverage_id id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(cx_coverage *c, cx_coverage_id id, const char *format, ...)
{
    cx_blind_spot *s = &c->spot[id];
    if (s->text[0])
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(s->text, sizeof s->text, format, args); /* names may be cut */
    va_end(args);
}

/* The first thing that is known of the attempt is an answer, or the middle of a conversation. */
static bool starts_within(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!l->tries && l->answer.frame == a->first.frame && l->answer.file == a->first.file)
            return true;
    }
    const cx_conn *c = a->n_conns ? a->conns[0] : NULL;
    bool first = c && c->first.frame == a->first.frame && c->first.file == a->first.file;
    if (first && c->udp && a->n_registers && a->registers[0].conn == c)
        return !a->registers[0].request;
    return first && !c->udp && c->tcp.mid_stream;
}

/* What looks like a fault beside a sign-in that failed, and is none. */
static void note_offload(cx_coverage *c, const cx_conn *conn)
{
    const cx_tcp_side *side = conn->tcp.side;
    for (int dir = 0; dir < 2 && conn->large.frame; dir++) {
        if (!side[!dir].mss || side[dir].largest <= side[!dir].mss)
            continue;
        cx_coverage_note(c, CX_COV_OFFLOAD, &conn->large);
        say(c, CX_COV_OFFLOAD,
            "Segments of up to %u bytes go to a receiver that takes %u at a time: the capturing "
            "computer leaves it to its network card to cut them up or put them together%s. That is "
            "normal and no fault.",
            side[dir].largest, side[!dir].mss,
            side[0].unsummed || side[1].unsummed ? ", and to fill in checksums" : "");
        return;
    }
    if (side[0].unsummed || side[1].unsummed) {
        bool client = side[CX_FROM_CLIENT].unsummed;
        cx_coverage_note(c, CX_COV_OFFLOAD, client ? &conn->tcp.syn[0] : &conn->tcp.answer);
        say(c, CX_COV_OFFLOAD,
            "Checksums of TCP that %s sent are not filled in: the capturing computer leaves that "
            "to its network card. That is normal and no fault.",
            client ? "the client" : "the server");
    }
}

static void note_conn(cx_coverage *c, const cx_attempt *a, const cx_conn *conn,
                      const cx_judgement *j)
{
    const cx_event *hello = conn->tls.server_hello;
    if (hello && cx_conn_tls_version(conn) >= 0x0304 && !conn->tls.server_cert)
        cx_coverage_note(c, CX_COV_TLS13_NO_CERT, &hello->at);
    if (cx_conn_tls_used(conn) && !conn->tls.data_read && !conn->sip[0].frame &&
        !conn->sip[1].frame && !a->web_only)
        cx_coverage_note(c, CX_COV_SIP_ENCRYPTED,
                         hello                    ? &hello->at
                         : conn->tls.client_hello ? &conn->tls.client_hello->at
                                                  : NULL);
    if (conn->compressed.frame)
        cx_coverage_note(c, CX_COV_SIP_COMPRESSED, &conn->compressed);
    cx_verdict_on_cert v = cx_tls_verdict(conn);
    if (cx_tls_leaf(conn) && !conn->n_wanted && v > CX_CERT_UNDECIDED && v != CX_CERT_ACCEPTED &&
        !(j->root && j->root->conn == conn && strncmp(j->root->rule->id, "tls-cert", 8) == 0))
        cx_coverage_note(c, CX_COV_NAME_UNDECIDED, &conn->tls.server_cert->at);
    const cx_event *cert = conn->tls.server_cert;
    if (cert && !cx_tls_dated(conn)) {
        cx_coverage_note(c, CX_COV_CLOCK, &cert->at);
        say(c, CX_COV_CLOCK,
            "The packets carry no date that can be true: the dates of "
            "certificates are not judged.");
    } else if (v == CX_CERT_ACCEPTED && cx_tls_not_yet_valid(conn)) {
        char from[CX_TIME_TEXT];
        cx_time_text(cx_tls_leaf(conn)->not_before_ns, 6, from);
        cx_coverage_note(c, CX_COV_CLOCK, &cert->at);
        say(c, CX_COV_CLOCK,
            "A client used a certificate that is valid only from %.10s on, after the time of its "
            "packet: the clock of the capturing computer may be wrong.",
            from);
    }
}

/* ---- Why an attempt has no outcome ---- */

/* A question that was asked once only: who gets no answer asks again within 5 s. */
static bool was_answered_unseen(const cx_attempt *a, const cx_lookup *l)
{
    return l->state == CX_LOOKUP_UNANSWERED && l->tries == 1 &&
           a->decided_ns - l->query.ts_ns >= CX_NEXT_STEP_NS;
}

/* Packets of one side only, in each conversation that has any. *ret_at: the first of them. */
static bool is_one_way(const cx_attempt *a, uint32_t *ret_n, cx_evidence *ret_at)
{
    uint32_t one = 0, both = 0;
    cx_evidence at = {0};
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        both += l->tries && l->answer.frame;
        if (((!l->tries && l->answer.frame) || was_answered_unseen(a, l)) && !one++)
            at = l->query; /* the answer, where that is all there is */
    }
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        bool spoke = c->data[0].frame || c->data[1].frame || c->ended.frame;
        if (c->udp)
            continue;
        both += !c->tcp.one_sided;
        if (c->tcp.one_sided && spoke && !one++)
            at = c->first;
    }
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        both += r->request && r->response;
        if (!r->request && r->conn->udp && !one++)
            at = r->first;
    }
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *x = a->exchanges[i];
        both += x->requests && x->answers;
        if (x->kdc && !x->requests && x->answers && !one++)
            at = x->conn->first;
    }
    if (!one || both)
        return false;
    *ret_n = one;
    *ret_at = at;
    return true;
}

/* Something whose answer or next step the end of the capture cut off: what, and where it stands. */
typedef struct pending {
    const char *what;
    const cx_endpoint *server; /* NULL: none to name */
    cx_evidence at;
    int64_t patience_ns; /* how long it may take */
} pending;

static void later_of(pending *best, const char *what, const cx_endpoint *server, cx_evidence at,
                     int64_t patience_ns)
{
    if (at.frame && (!best->what || at.ts_ns >= best->at.ts_ns))
        *best = (pending){what, server, at, patience_ns};
}

static pending last_pending(const cx_attempt *a)
{
    pending last = {0};
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (a->lookups[i]->state == CX_LOOKUP_UNANSWERED)
            later_of(&last, "a lookup without answer", NULL, a->lookups[i]->last_query,
                     CX_NEXT_STEP_NS);
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        bool waits = c->outcome == CX_CONN_TRYING || c->outcome == CX_CONN_TIMEOUT;
        if (waits && c->tcp.observed_ns < CX_LEAST_SILENCE_NS)
            later_of(&last, "the SYN", &c->server, c->tcp.syn[0], CX_LEAST_SILENCE_NS);
        if (!c->udp && cx_conn_opened(c) && cx_conn_ended_by(c) < 0) {
            cx_evidence at = c->first;
            const cx_tcp_side *side = c->tcp.side;
            for (int dir = 0; dir < 2; dir++)
                if (side[dir].last_data.frame && side[dir].last_data.ts_ns >= at.ts_ns)
                    at = side[dir].last_data;
            later_of(&last, "the latest data of a connection", &c->server, at,
                     32 * CX_SECOND_NS); /* RFC 3261 17.1.2.2, timer F */
        }
    }
    for (uint32_t i = 0; i < a->n_registers; i++)
        if (a->registers[i].request && !a->registers[i].response)
            later_of(&last, "a REGISTER without answer", &a->registers[i].conn->server,
                     a->registers[i].last_send, 32 * CX_SECOND_NS);
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *x = a->exchanges[i];
        cx_evidence at = x->request ? x->request->at : x->conn->first;
        if (!x->result && !x->reply && !x->n_errors && !x->unread.frame)
            later_of(&last, "a logon without result", &x->conn->server, at, 15 * CX_SECOND_NS);
    }
    return last;
}

static bool note_end(cx_coverage *c, const cx_attempt *a)
{
    if (!a->capture_ended)
        return false;
    pending p = last_pending(a);
    if (!p.what || a->decided_ns - p.at.ts_ns >= p.patience_ns) {
        if (a->decided_ns - a->last_ns >= CX_NEXT_STEP_NS)
            return false;
        p = (pending){"the latest packet of a sign-in", NULL, a->first, 0};
        p.at.ts_ns = a->last_ns;
    }
    double seconds = (double)(a->decided_ns - p.at.ts_ns) / 1e9;
    char address[CX_ADDR_TEXT] = "";
    if (p.server)
        cx_addr_text(p.server, address);
    cx_coverage_note(c, CX_COV_ENDS_EARLY, &p.at);
    if (p.server)
        say(c, CX_COV_ENDS_EARLY,
            "The capture ends %.1f s after %s (%s, port %u), before the outcome: no verdict on "
            "what was still under way.",
            seconds, p.what, address, p.server->port);
    else
        say(c, CX_COV_ENDS_EARLY,
            "The capture ends %.1f s after %s, before the outcome: no verdict on what was still "
            "under way.",
            seconds, p.what);
    return true;
}

/* Questions that the client asked once and that nothing answers, beside others that are answered:
 * it had the answers, the capture has not. */
static bool note_missing(cx_coverage *c, const cx_attempt *a)
{
    uint32_t missing = 0, total = a->n_lookups + a->n_exchanges;
    cx_evidence at = {0};
    bool gap = false;
    for (uint32_t i = 0; i < a->n_lookups; i++)
        if (a->lookups[i]->state == CX_LOOKUP_UNANSWERED && !missing++)
            at = a->lookups[i]->query;
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *x = a->exchanges[i];
        if (x->kdc && !x->answers && !missing++)
            at = x->conn->first;
    }
    for (uint32_t i = 0; i < a->n_conns && !gap; i++)
        if (a->conns[i]->gap[0] || a->conns[i]->gap[1]) {
            gap = true;
            cx_coverage_note(c, CX_COV_MISSING_SEGMENTS, &a->conns[i]->first);
        }
    if (missing && missing < total) {
        cx_coverage_note(c, CX_COV_MISSING_SEGMENTS, &at);
        say(c, CX_COV_MISSING_SEGMENTS,
            "%u of %u questions of a sign-in have no answer in the capture, though the client "
            "went on: what was answered is unknown.",
            missing, total);
        return true;
    }
    return gap;
}

/* The answer of a Kerberos server that refuses, or asks for more, is cut off before it says which.
 */
static bool note_unread_errors(cx_coverage *c, const cx_attempt *a)
{
    bool unread = false;
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *x = a->exchanges[i];
        if (!x->unread.frame || x->n_errors || cx_exchange_succeeded(x))
            continue;
        char address[CX_ADDR_TEXT];
        cx_addr_text(&x->conn->server, address);
        cx_coverage_note(c, CX_COV_TRUNCATED, &x->unread);
        say(c, CX_COV_TRUNCATED,
            "An error of the Kerberos server (%s, port %u) is cut off before its code: whether it "
            "refused the logon, and why, is unknown.",
            address, x->conn->server.port);
        unread = true;
    }
    return unread;
}

/* A client that had signed in was refused something. */
static bool note_unasked(cx_coverage *c, const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (!r->unasked.frame)
            continue;
        cx_coverage_note(c, CX_COV_ONE_DIRECTION, &r->unasked);
        say(c, CX_COV_ONE_DIRECTION,
            "A REGISTER was refused of a client that had signed in, and what it asked for is not "
            "in the capture: it may have been a sign-out.");
        return true;
    }
    return false;
}

/* Clients that ask for AAAA ask for A as well. */
static bool note_family(cx_coverage *c, const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (l->type != CX_DNS_AAAA || l->state != CX_LOOKUP_NODATA || cx_dns_host(a, l->name).a)
            continue;
        cx_coverage_note(c, CX_COV_MISSING_SEGMENTS, &l->answer);
        say(c, CX_COV_MISSING_SEGMENTS,
            "A name of a sign-in has no IPv6 address, and the question for its IPv4 address is not "
            "in the capture: whether it has one is unknown.");
        return true;
    }
    return false;
}

/* Clients ask the autodiscover service over HTTP and HTTPS: of one of the two nothing is in sight,
 * or no answer. */
static bool note_tries(cx_coverage *c, const cx_attempt *a)
{
    bool http = false, https = false, answered = true;
    const cx_discover_try *left = NULL;
    for (uint32_t i = 0; i < a->n_tries; i++) {
        const cx_discover_try *t = &a->tries[i];
        http |= t->server.port == 80;
        https |= t->server.port == 443;
        answered &= !(t->fate == CX_DISCOVER_ASKED && !t->status) &&
                    !(t->fate == CX_DISCOVER_HIDDEN && t->server.port == 80);
        if (t->status / 100 == 2 && !t->to.p)
            return false;
        if (t->to.p && !cx_discover_is_followed(a, t))
            left = t;
    }
    if (left) {
        cx_coverage_note(c, CX_COV_MISSING_SEGMENTS, &left->answered);
        say(c, CX_COV_MISSING_SEGMENTS,
            "The autodiscover service sends the client on, and what it met there is not in the "
            "capture: whether the service works is unknown.");
        return true;
    }
    if (!a->n_tries || (answered && (http == https || a->tries[0].status)))
        return false;
    cx_coverage_note(c, CX_COV_MISSING_SEGMENTS, &a->tries[0].asked);
    say(c, CX_COV_MISSING_SEGMENTS,
        "Of what the client asked the autodiscover service over HTTP and HTTPS, not every answer "
        "is "
        "in the capture: whether the service works is unknown.");
    return true;
}

/* Not one packet of the client: neither of its connections nor of its lookups. */
static bool is_server_alone(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->tcp.n_syns || c->data[CX_FROM_CLIENT].frame || !c->data[CX_FROM_SERVER].frame)
            return false;
    }
    return a->n_conns && !a->n_lookups && !a->n_exchanges;
}

/* A SYN that the client repeats as after a RST. */
static bool note_refusal(cx_coverage *c, const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *conn = a->conns[i];
        if (!cx_is_timed_out(conn) || !cx_is_answer_unseen(a, conn))
            continue;
        cx_coverage_note(c, CX_COV_MISSING_SEGMENTS, &conn->tcp.syn[1]);
        say(c, CX_COV_MISSING_SEGMENTS,
            "A SYN was sent again sooner than a client repeats one without an answer: what "
            "answered it is not in the capture, most likely a refusal.");
        return true;
    }
    return false;
}

/* Says why nothing is known of how it came out. False: there is no reason, it just stopped. */
static bool note_open_end(cx_coverage *c, const cx_attempt *a)
{
    uint32_t n;
    cx_evidence at;
    bool hidden = note_unasked(c, a);
    if (is_one_way(a, &n, &at)) {
        cx_coverage_note(c, CX_COV_ONE_DIRECTION, &at);
        if (is_server_alone(a))
            say(c, CX_COV_ONE_DIRECTION,
                "What the client sent is not in the capture%s: what it asked for, and why it "
                "ended, is unknown.",
                n > 1 ? ", for all conversations of a sign-in" : "");
        else if (n == 1)
            say(c, CX_COV_ONE_DIRECTION,
                "The packets of one side only are in the capture for the one conversation of a "
                "sign-in that shows it: that nothing was answered proves nothing here.");
        else
            say(c, CX_COV_ONE_DIRECTION,
                "The packets of one side only are in the capture for all %u conversations of a "
                "sign-in that show it: that nothing was answered proves nothing here.",
                n);
        hidden = true;
    }
    bool ends = note_end(c, a);
    bool missing = note_missing(c, a), tries = note_tries(c, a), family = note_family(c, a);
    bool unread = note_unread_errors(c, a), refusal = note_refusal(c, a);
    return hidden || refusal || ends || missing || tries || family || unread;
}

void cx_coverage_attempt(cx_coverage *c, const cx_attempt *a, const cx_judgement *j)
{
    if (a->scanner)
        return;
    for (uint32_t i = 0; i < a->n_conns; i++)
        note_conn(c, a, a->conns[i], j);
    for (uint32_t i = 0; i < a->n_conns && j->outcome == CX_OUT_FAILURE; i++)
        note_offload(c, a->conns[i]);
    if (a->n_conns && !a->dns_seen)
        cx_coverage_note(c, CX_COV_NO_DNS, NULL);
    if (!a->web_only && starts_within(a))
        cx_coverage_note(c, CX_COV_STARTS_LATE, &a->first);
    if (j->outcome == CX_OUT_SUCCESS)
        c->clean++;
    else if (j->outcome == CX_OUT_INCOMPLETE && !a->web_only && !note_open_end(c, a))
        c->clean++;
}
