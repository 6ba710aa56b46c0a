/* Steps and stages of an attempt: see steps.h. Both are read off the connection that decided it:
 * the one that carried the result, else the one of the root cause, else the best that was tried. */
#include "report/steps.h"

#include "base/text.h"
#include "rules/tls_state.h"
#include "signin/conn.h"
#include "signin/decide.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_FRAMES 8

typedef enum cx_stage_state {
    CX_STAGE_NONE, /* not reached, or not needed */
    CX_STAGE_OK,
    CX_STAGE_FAILED,
    CX_STAGE_UNSEEN /* the capture cannot show it */
} cx_stage_state;

typedef struct step {
    cx_stage_state state;
    cx_evidence frames[MAX_FRAMES];
    uint32_t n_frames;
    char text[256];
} step;

typedef struct progress {
    step discover, resolve, connect, secure, certificate, registering, challenge, authenticate;
} progress;

static void show(step *s, cx_evidence at)
{
    if (at.frame && s->n_frames < MAX_FRAMES)
        s->frames[s->n_frames++] = at;
}

static void say(step *s, cx_stage_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(step *s, cx_stage_state state, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(s->text, sizeof s->text, format, args); /* cut when too long */
    va_end(args);
    s->state = state;
}

static const cx_conn *deciding_conn(const cx_attempt *a, const cx_judgement *j)
{
    if (a->decisive)
        return a->decisive;
    if (j->root && j->root->conn && (a->logon || cx_attempt_has_conn(a, j->root->conn)))
        return j->root->conn;
    if (j->root && !j->root->conn)
        return NULL;
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (cx_conn_opened(a->conns[i]))
            return a->conns[i];
    return a->n_conns ? a->conns[0] : NULL;
}

static bool root_is(const cx_judgement *j, const char *prefix)
{
    return j->root && strncmp(j->root->rule->id, prefix, strlen(prefix)) == 0;
}

static void discover(progress *p, const cx_attempt *a, const cx_judgement *j)
{
    step *s = &p->discover;
    const cx_lookup *found = NULL;
    uint32_t asked = 0;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!cx_role_is_srv(l->role))
            continue;
        asked++;
        if (l->n_srv && (!found || l->role < found->role))
            found = l;
        else if (!found)
            show(s, l->answer.frame ? l->answer : l->query);
    }
    bool failed = root_is(j, "dns-srv") || root_is(j, "dns-strict") ||
                  root_is(j, "dns-discovery") ||
                  (!a->n_conns && (root_is(j, "dns-server-failure") || root_is(j, "dns-timeout")));
    if (found) {
        s->n_frames = 0;
        show(s, found->answer);
        bool bad_record = failed && !root_is(j, "dns-srv-target-no-address");
        say(s, bad_record ? CX_STAGE_FAILED : CX_STAGE_OK, "%.*s: %.*s, port %u",
            (int)found->name.len, (const char *)found->name.p, (int)found->srv[0].target.len,
            (const char *)found->srv[0].target.p, found->srv[0].port);
    } else if (asked) {
        say(s, failed ? CX_STAGE_FAILED : CX_STAGE_OK,
            failed ? "%u SRV names asked, none gave a server"
                   : "%u SRV names asked, none exists: host names were used",
            asked);
    } else if (failed) {
        say(s, CX_STAGE_FAILED, "discovery names gave no server");
    }
}

static void resolve(progress *p, const cx_attempt *a, const cx_conn *c, const cx_judgement *j)
{
    step *s = &p->resolve;
    if (root_is(j, "dns-srv-target-no-address") || root_is(j, "dns-host")) {
        for (uint32_t i = 0; i < a->n_lookups; i++)
            if (a->lookups[i]->type != CX_DNS_SRV && cx_lookup_negative(a->lookups[i]))
                show(s, a->lookups[i]->answer);
        say(s, CX_STAGE_FAILED, "%.*s has no address", (int)j->root->server_name.len,
            j->root->server_name.p ? (const char *)j->root->server_name.p : "");
    } else if (c && c->host) {
        char text[CX_ADDR_TEXT];
        cx_addr_text(&c->server, text);
        show(s, c->host->answer);
        say(s, CX_STAGE_OK, "%.*s is %s", (int)c->host->name.len, (const char *)c->host->name.p,
            text);
    } else if (c && cx_wanted_name(c).p) {
        say(s, CX_STAGE_UNSEEN, "how the name became an address is not in the capture");
    }
}

static void connect(progress *p, const cx_conn *c, const cx_judgement *j)
{
    step *s = &p->connect;
    char text[CX_ADDR_TEXT];
    if (!c)
        return;
    cx_addr_text(&c->server, text);
    if (c->udp) {
        if (c->outcome == CX_CONN_UNREACHABLE) {
            show(s, c->tcp.answer);
            say(s, CX_STAGE_FAILED, "UDP to %s port %u: unreachable", text, c->server.port);
        }
        return;
    }
    static const char *const how[] = {"no answer yet",
                                      "refused",
                                      "no answer",
                                      "unreachable",
                                      "never completed",
                                      "connected",
                                      "began before the capture"};
    /* that nothing came is no failure where the capture cannot show answers */
    bool unjudged = c->outcome == CX_CONN_TIMEOUT && j->outcome == CX_OUT_INCOMPLETE;
    cx_stage_state state = c->outcome == CX_CONN_ESTABLISHED       ? CX_STAGE_OK
                           : c->outcome == CX_CONN_MID || unjudged ? CX_STAGE_UNSEEN
                           : cx_conn_never_opened(c)               ? CX_STAGE_FAILED
                                                                   : CX_STAGE_UNSEEN;
    if (root_is(j, "tcp-reset") || root_is(j, "tcp-closed") || root_is(j, "tcp-accepted"))
        state = j->root->conn == c && !c->tls.client_hello ? CX_STAGE_FAILED : state;
    show(s, c->tcp.syn[0]);
    show(s, c->outcome == CX_CONN_ESTABLISHED ? c->connected : c->tcp.answer);
    bool before = c->outcome == CX_CONN_MID && c->tcp.n_syns; /* of another attempt */
    say(s, state, "%s port %u: %s", text, c->server.port,
        before ? "open from before" : how[c->outcome]);
}

static void secure(progress *p, const cx_conn *c, const cx_judgement *j)
{
    if (!c)
        return;
    bool here = j->root && j->root->conn == c;
    if (here && (root_is(j, "tls-plain"))) {
        show(&p->secure, c->sip[CX_FROM_CLIENT]);
        say(&p->secure, CX_STAGE_FAILED, "the client did not start TLS");
        return;
    }
    if (!c->tls.client_hello)
        return;
    bool cert_fault = here && root_is(j, "tls-cert");
    bool tls_fault = here && (strcmp(j->root->rule->layer, "tls") == 0 || root_is(j, "tcp-"));
    char version[8];
    show(&p->secure, c->tls.client_hello->at);
    if (c->tls.server_hello)
        show(&p->secure, c->tls.server_hello->at);
    const char *name = c->tls.server_hello ? cx_tls_version_name(cx_conn_tls_version(c), version)
                                           : "no ServerHello";
    if (tls_fault && !cert_fault)
        say(&p->secure, CX_STAGE_FAILED, "%s, handshake failed", name);
    else if (cx_conn_tls_complete(c) || cert_fault)
        say(&p->secure, CX_STAGE_OK, "%s", name);
    else
        say(&p->secure, CX_STAGE_UNSEEN, "%s, handshake not complete", name);
    const cx_cert *leaf = cx_tls_leaf(c);
    if (leaf) {
        show(&p->certificate, c->tls.server_cert->at);
        say(&p->certificate, cert_fault ? CX_STAGE_FAILED : CX_STAGE_OK, "certificate of %.*s",
            (int)leaf->common_name.len,
            leaf->common_name.p ? (const char *)leaf->common_name.p : "");
    } else if (c->tls.server_hello) {
        say(&p->certificate, cert_fault ? CX_STAGE_FAILED : CX_STAGE_UNSEEN,
            "certificate not seen");
    }
}

static void sign_in(progress *p, const cx_attempt *a, const cx_conn *c, const cx_judgement *j)
{
    const cx_register *sent = NULL, *challenged = NULL, *token = NULL, *last = NULL;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (r->conn != c)
            continue;
        sent = sent ? sent : r;
        last = r;
        if (cx_register_challenged(r) && !challenged)
            challenged = r;
        if (cx_register_full_token(r))
            token = r;
    }
    if (!sent) {
        if (c && cx_conn_tls_complete(c) && !(j->root && j->root->conn == c)) {
            say(&p->registering, CX_STAGE_UNSEEN, "inside TLS, not readable");
            p->challenge.state = CX_STAGE_UNSEEN;
            say(&p->authenticate, CX_STAGE_UNSEEN, "inside TLS, not readable");
        }
        return;
    }
    show(&p->registering, sent->first);
    const cx_ev_sip *answer = last->response ? &last->response->u.sip : NULL;
    show(&p->registering, last->response ? last->response->at : last->unasked);
    bool accepted = cx_register_accepted(last);
    bool refused_auth = j->root && strcmp(j->root->rule->layer, "auth") == 0;
    if (!answer)
        say(&p->registering, j->root && j->root->conn == c ? CX_STAGE_FAILED : CX_STAGE_UNSEEN,
            last->unasked.frame ? "refused; whether it was a sign-out is not in the capture"
                                : "REGISTER not answered");
    else if (accepted && j->root && j->root->reg == last)
        say(&p->registering, CX_STAGE_FAILED, "%u %.*s, which did not arrive", answer->status,
            (int)answer->reason.len, (const char *)answer->reason.p);
    else if (accepted || cx_register_challenged(last) || refused_auth)
        say(&p->registering, CX_STAGE_OK, "%u %.*s", answer->status, (int)answer->reason.len,
            (const char *)answer->reason.p);
    else
        say(&p->registering, CX_STAGE_FAILED, "%u %.*s", answer->status, (int)answer->reason.len,
            (const char *)answer->reason.p);
    if (!challenged)
        return;
    show(&p->challenge, challenged->response->at);
    show(&p->authenticate, challenged->response->at);
    p->challenge.state = CX_STAGE_OK;
    const cx_sip_auth *used = token ? cx_register_used(token) : NULL;
    if (used) {
        show(&p->authenticate, token->request->at);
        bool passed = token->response && !cx_register_challenged(token);
        say(&p->authenticate,
            passed         ? CX_STAGE_OK
            : refused_auth ? CX_STAGE_FAILED
                           : CX_STAGE_UNSEEN,
            "%.*s credentials %s", (int)used->scheme.len, (const char *)used->scheme.p,
            passed            ? "accepted"
            : token->response ? "refused"
                              : "sent, answer not seen");
    } else {
        say(&p->authenticate, refused_auth ? CX_STAGE_FAILED : CX_STAGE_UNSEEN,
            "challenged, no complete credentials followed");
    }
}

/* An attempt of exchanges alone: the latest of them. */
static void log_on(progress *p, const cx_attempt *a, const cx_judgement *j)
{
    const cx_exchange *x = a->exchanges[a->n_exchanges - 1];
    bool failed = j->outcome == CX_OUT_FAILURE;
    const cx_event *challenge = x->challenge,
                   *token = x->authenticate ? x->authenticate : x->request;
    const cx_event *answer = x->result     ? x->result
                             : x->reply    ? x->reply
                             : x->n_errors ? x->error[x->n_errors - 1]
                                           : NULL;
    if (challenge) {
        show(&p->challenge, challenge->at);
        p->challenge.state = CX_STAGE_OK;
        show(&p->authenticate, challenge->at);
    }
    if (token)
        show(&p->authenticate, token->at);
    if (answer)
        show(&p->authenticate, answer->at);
    const char *what = x->kdc            ? (x->tgs ? "ticket" : "Kerberos logon")
                       : x->authenticate ? "NTLM logon"
                       : x->request      ? "Kerberos ticket"
                                         : "logon";
    say(&p->authenticate,
        cx_exchange_succeeded(x) ? CX_STAGE_OK
        : failed                 ? CX_STAGE_FAILED
                                 : CX_STAGE_UNSEEN,
        "%s%s%s %s", what, x->carrier ? " over " : "", x->carrier ? x->carrier : "",
        cx_exchange_succeeded(x) ? "accepted"
        : answer                 ? "refused"
                                 : "without an answer");
}

static progress progress_of(const cx_attempt *a, const cx_judgement *j)
{
    progress p = {0};
    const cx_conn *c = deciding_conn(a, j);
    if (a->kind == CX_KIND_LOGON) {
        log_on(&p, a, j);
        return p;
    }
    discover(&p, a, j);
    resolve(&p, a, c, j);
    connect(&p, c, j);
    secure(&p, c, j);
    sign_in(&p, a, c, j);
    return p;
}

static const char *state_name(cx_stage_state s)
{
    static const char *const names[] = {"none", "ok", "failed", "unseen"};
    return names[s];
}

/* Nothing where nothing is known of it. */
static void put_step(cx_members *m, const cx_result_style *style, const char *name, const step *s)
{
    if (s->state == CX_STAGE_NONE)
        return;
    cx_members_open(m, NULL);
    cx_members_string(m, "step", name);
    cx_members_string(m, "outcome", state_name(s->state));
    if (s->n_frames)
        cx_members_time(m, "time", s->frames[0].ts_ns, style->time_digits);
    if (s->text[0])
        cx_members_string(m, "text", s->text);
    if (s->n_frames) {
        cx_members_open_list(m, "frames");
        for (uint32_t i = 0; i < s->n_frames; i++)
            cx_members_number(m, NULL, cx_joined_frame(style->files, &s->frames[i]));
        cx_members_close_list(m);
    }
    cx_members_close(m);
}

static void put_steps(cx_members *m, const cx_result_style *style, const progress *p)
{
    step secure_all = p->secure;
    if (p->certificate.state == CX_STAGE_FAILED) { /* a step of the schema covers both */
        secure_all.state = CX_STAGE_FAILED;
        (void)snprintf(secure_all.text, sizeof secure_all.text, "%.60s; %.180s", p->secure.text,
                       p->certificate.text);
        show(&secure_all, p->certificate.frames[0]);
    }
    cx_members_open_list(m, "steps");
    put_step(m, style, "discover", &p->discover);
    put_step(m, style, "resolve", &p->resolve);
    put_step(m, style, "connect", &p->connect);
    put_step(m, style, "secure", &secure_all);
    put_step(m, style, "register", &p->registering);
    put_step(m, style, "authenticate", &p->authenticate);
    cx_members_close_list(m);
}

void cx_result_steps(cx_members *m, const cx_result_style *style, const cx_attempt *a,
                     const cx_judgement *j)
{
    const progress p = progress_of(a, j);
    cx_stage_state done =
        j->outcome == CX_OUT_SUCCESS
            ? (a->n_registers || a->kind == CX_KIND_LOGON ? CX_STAGE_OK : CX_STAGE_UNSEEN)
            : CX_STAGE_NONE;
    const struct {
        const char *name;
        cx_stage_state state;
    } stages[] = {
        {"SRV", p.discover.state},  {"A", p.resolve.state},        {"SYN", p.connect.state},
        {"TLS", p.secure.state},    {"CRT", p.certificate.state},  {"REG", p.registering.state},
        {"CHL", p.challenge.state}, {"AUT", p.authenticate.state}, {"OK", done}};
    cx_members_open(m, "stages");
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        cx_members_string(m, stages[i].name, state_name(stages[i].state));
    cx_members_close(m);
    put_steps(m, style, &p);
}
