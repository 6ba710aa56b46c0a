/* Results as JSON objects: see result.h. */
#include "report/result.h"

#include "report/steps.h"
#include "signin/conn.h"

#include <stdio.h>
#include <string.h>

#define MAX_SENTENCE 8192u /* bytes; names in it come from the capture */

const char *cx_severity_name(cx_severity s)
{
    static const char *const names[] = {"note", "warning", "failure"};
    return names[s];
}

static const char *role_name(cx_finding_role r)
{
    static const char *const names[] = {"observation", "contributing", "consequence", "root-cause"};
    return names[r];
}

static const char *confidence_name(cx_confidence c)
{
    static const char *const names[] = {"possible", "likely", "proven"};
    return names[c];
}

static void put_server(cx_members *m, const cx_endpoint *server)
{
    cx_members_addr(m, "server", server);
    if (server->family)
        cx_members_number(m, "port", server->port);
}

static const cx_conn *main_conn(const cx_attempt *a, const cx_judgement *j)
{
    if (a->decisive)
        return a->decisive;
    if (j->root && j->root->conn && (a->logon || cx_attempt_has_conn(a, j->root->conn)))
        return j->root->conn;
    if (a->logon)
        return a->exchanges[0]->conn;
    return a->n_conns ? a->conns[0] : NULL;
}

void cx_result_attempt(cx_members *m, const cx_result_style *style, const cx_attempt *a,
                       const cx_judgement *j)
{
    static const char *const kinds[] = {"sip", "tls", "logon"};
    static const char *const configurations[] = {"unknown", "automatic", "manual"};
    static const char *const outcomes[] = {"incomplete", "success", "failure"};
    const cx_conn *c = main_conn(a, j);
    cx_members_number(m, "attempt", cx_joined_frame(style->files, &a->first));
    cx_members_string(m, "kind", kinds[a->kind]);
    cx_members_addr(m, "client", &a->client);
    cx_members_slice(m, "user", a->user);
    cx_members_slice(m, "domain", a->domain);
    cx_members_string(m, "configuration", configurations[a->configuration]);
    bool tls = c && (c->tls.client_hello || c->server.port == 5061 || c->server.port == 443);
    cx_members_string(m, "transport", !c ? "unknown" : c->udp ? "udp" : tls ? "tls" : "tcp");
    if (c) {
        put_server(m, &c->server);
        cx_members_slice(m, "server_name", cx_wanted_name(c));
    }
    cx_members_time(m, "started", a->start_ns, style->time_digits);
    cx_members_time(m, "ended", a->last_ns, style->time_digits);
    cx_members_string(m, "outcome", outcomes[j->outcome]);
    if (j->root)
        cx_members_string(m, "root_cause", j->root->rule->id);
    cx_result_steps(m, style, a, j);
}

static void put_sentence(cx_members *m, const char *key, const cx_finding *f, const char *text,
                         const char *end)
{
    cx_buf out = cx_buf_init(MAX_SENTENCE);
    bool complete = cx_explain(f, text, &out) && cx_buf_put_text(&out, end) == CX_OK;
    (void)complete; /* a unit test sees to it that every name is set */
    cx_members_slice(m, key, out.len ? cx_buf_slice(&out) : cx_slice_of(""));
    cx_buf_free(&out);
}

static void put_explanation(cx_members *m, const cx_finding *f)
{
    char end[128] = "", later[32] = "there";
    double ms = (double)f->cut_off_ns / 1e6;
    if (ms >= 0.05)
        (void)snprintf(later, sizeof later, "%.1f %s later", ms < 1000 ? ms : ms / 1000,
                       ms < 1000 ? "ms" : "s");
    if (f->cut_off)
        (void)snprintf(end, sizeof end,
                       " The capture ends %s: what the client did next is not in it.", later);
    put_sentence(m, "explanation", f, f->explain ? f->explain : f->rule->explain, end);
}

/* Members of their own, or parts of the sentence. */
static bool is_detail(const cx_param *p)
{
    static const char *const others[] = {"client", "server", "diagnostics", "reaction", "verified"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(p->name, others[i]) == 0)
            return false;
    return !p->text.p || p->text.len;
}

/* What was said twice stands where it was first, as it was last. */
static void put_details(cx_members *m, const cx_finding *f)
{
    cx_members_open(m, "details");
    for (uint32_t i = 0; i < f->n_params; i++) {
        const cx_param *p = &f->params[i];
        bool again = !is_detail(p);
        for (uint32_t k = 0; k < i && !again; k++)
            again = is_detail(&f->params[k]) && strcmp(f->params[k].name, p->name) == 0;
        for (uint32_t k = i + 1; k < f->n_params && !again; k++)
            if (is_detail(&f->params[k]) && strcmp(f->params[k].name, p->name) == 0)
                p = &f->params[k];
        if (again)
            continue;
        if (p->text.p)
            cx_members_slice(m, p->name, p->text);
        else
            cx_members_integer(m, p->name, p->number);
    }
    cx_members_close(m);
}

static void put_evidence(cx_members *m, const cx_result_style *style, const cx_finding *f)
{
    cx_members_open_list(m, "evidence");
    for (uint32_t i = 0; i < f->n_proofs; i++) {
        const cx_proof *p = &f->proof[i];
        bool set_of_files = style->files && p->at.file < style->files->n;
        cx_members_open(m, NULL);
        cx_members_string(m, "file",
                          set_of_files ? style->files->list[p->at.file].path : style->file);
        cx_members_number(m, "frame", p->at.frame);
        cx_members_time(m, "time", p->at.ts_ns, style->time_digits);
        if (p->stream != CX_NO_STREAM && p->at.file == 0) /* of later files it is another */
            cx_members_number(m, "stream", p->stream);
        cx_members_slice(m, "shows", p->shows);
        cx_members_close(m);
    }
    cx_members_close_list(m);
}

/* For the file of the first proof: the numbers of others mean other frames there. */
static void put_filter(cx_members *m, const cx_finding *f)
{
    char text[256] = "frame.number in {";
    size_t len = strlen(text);
    for (uint32_t i = 0; i < f->n_proofs; i++) {
        if (f->proof[i].at.file != f->proof[0].at.file)
            continue;
        int n = snprintf(text + len, sizeof text - len, i ? ",%llu" : "%llu",
                         (unsigned long long)f->proof[i].at.frame);
        len += n > 0 ? (size_t)n : 0;
    }
    (void)snprintf(text + len, sizeof text - len, "}");
    cx_members_string(m, "filter", text);
}

void cx_result_finding(cx_members *m, const cx_result_style *style, const cx_attempt *a,
                       const cx_finding *f)
{
    cx_members_string(m, "id", f->rule->id);
    cx_members_string(m, "title", f->rule->title);
    cx_members_string(m, "severity", cx_severity_name(f->severity));
    cx_members_string(m, "role", role_name(f->role));
    cx_members_string(m, "confidence", confidence_name(f->confidence));
    cx_members_number(m, "attempt", cx_joined_frame(style->files, &a->first));
    cx_members_addr(m, "client", &a->client);
    put_server(m, &f->server);
    cx_members_slice(m, "server_name", f->server_name);
    cx_members_slice(m, "user", a->user);
    cx_members_slice(m, "domain", a->domain);
    cx_members_time(m, "first", f->first_ns, style->time_digits);
    cx_members_time(m, "last", f->last_ns, style->time_digits);
    cx_members_number(m, "count", f->count);
    put_explanation(m, f);
    put_sentence(m, "remedy", f, f->rule->remedy, "");
    cx_members_string(m, "source", f->rule->source);
    put_details(m, f);
    put_evidence(m, style, f);
    if (f->n_proofs)
        put_filter(m, f);
}
