/* Results as JSON objects: see result.h. */
#include "report/result.h"

#include "base/text.h"
#include "report/event_json.h"
#include "report/steps.h"
#include "signin/conn.h"

#include <stdio.h>

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

/* Setters that remember a failure, so that an object is checked once at its end. Names, and texts
 * of this program, are valid UTF-8: jansson need not check them. */
typedef struct object {
    json_t *o;
    bool ok;
} object;

static object object_new(void)
{
    json_t *o = json_object();
    return (object){o, o != NULL};
}

static void set(object *x, const char *name, json_t *value)
{
    x->ok = x->ok && json_object_set_new_nocheck(x->o, name, value) == 0;
}

static void set_text(object *x, const char *name, cx_slice text)
{
    if (text.p)
        set(x, name, cx_json_text(text));
}

static void set_time(object *x, const char *name, int64_t ts_ns, int digits)
{
    char text[CX_TIME_TEXT];
    cx_time_text(ts_ns, digits, text);
    set(x, name, json_string_nocheck(text));
}

static void set_server(object *x, const cx_endpoint *server)
{
    char text[CX_ADDR_TEXT];
    if (!server->family)
        return;
    cx_addr_text(server, text);
    set(x, "server", json_string_nocheck(text));
    set(x, "port", json_integer(server->port));
}

static void set_client(object *x, const cx_endpoint *client)
{
    char text[CX_ADDR_TEXT];
    cx_addr_text(client, text);
    set(x, "client", json_string_nocheck(text));
}

static json_t *finish(object *x)
{
    if (x->ok)
        return x->o;
    json_decref(x->o);
    return NULL;
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

json_t *cx_result_attempt(const cx_result_style *style, const cx_attempt *a, const cx_judgement *j)
{
    static const char *const kinds[] = {"sip", "tls", "logon"};
    static const char *const configurations[] = {"unknown", "automatic", "manual"};
    static const char *const outcomes[] = {"incomplete", "success", "failure"};
    const cx_conn *c = main_conn(a, j);
    object x = object_new();
    set(&x, "attempt", json_integer((json_int_t)cx_joined_frame(style->files, &a->first)));
    set(&x, "kind", json_string_nocheck(kinds[a->kind]));
    set_client(&x, &a->client);
    set_text(&x, "user", a->user);
    set_text(&x, "domain", a->domain);
    set(&x, "configuration", json_string_nocheck(configurations[a->configuration]));
    bool tls = c && (c->tls.client_hello || c->server.port == 5061 || c->server.port == 443);
    set(&x, "transport",
        json_string_nocheck(!c       ? "unknown"
                            : c->udp ? "udp"
                            : tls    ? "tls"
                                     : "tcp"));
    if (c) {
        set_server(&x, &c->server);
        set_text(&x, "server_name", cx_wanted_name(c));
    }
    set_time(&x, "started", a->start_ns, style->time_digits);
    set_time(&x, "ended", a->last_ns, style->time_digits);
    set(&x, "outcome", json_string_nocheck(outcomes[j->outcome]));
    if (j->root)
        set(&x, "root_cause", json_string_nocheck(j->root->rule->id));
    set(&x, "stages", cx_result_stages(a, j));
    set(&x, "steps", cx_result_steps(style, a, j));
    return finish(&x);
}

static json_t *sentence(const cx_finding *f, const char *text, const char *end)
{
    cx_buf out = cx_buf_init(MAX_SENTENCE);
    bool complete = cx_explain(f, text, &out) && cx_buf_put_text(&out, end) == CX_OK;
    (void)complete; /* a unit test sees to it that every name is set */
    json_t *value = cx_json_text(out.len ? cx_buf_slice(&out) : cx_slice_of(""));
    cx_buf_free(&out);
    return value;
}

static json_t *explanation(const cx_finding *f)
{
    char end[128] = "", later[32] = "there";
    double ms = (double)f->cut_off_ns / 1e6;
    if (ms >= 0.05)
        (void)snprintf(later, sizeof later, "%.1f %s later", ms < 1000 ? ms : ms / 1000,
                       ms < 1000 ? "ms" : "s");
    if (f->cut_off)
        (void)snprintf(end, sizeof end,
                       " The capture ends %s: what the client did next is not in it.", later);
    return sentence(f, f->explain ? f->explain : f->rule->explain, end);
}

static json_t *details_of(const cx_finding *f)
{
    object x = object_new();
    for (uint32_t i = 0; i < f->n_params; i++) {
        const cx_param *p = &f->params[i];
        if (strcmp(p->name, "client") == 0 || strcmp(p->name, "server") == 0 ||
            strcmp(p->name, "diagnostics") == 0 || strcmp(p->name, "reaction") == 0 ||
            strcmp(p->name, "verified") == 0)
            continue; /* members of their own, or parts of the sentence */
        if (p->text.p && !p->text.len)
            continue;
        set(&x, p->name, p->text.p ? cx_json_text(p->text) : json_integer(p->number));
    }
    return finish(&x);
}

static json_t *evidence_of(const cx_result_style *style, const cx_finding *f)
{
    json_t *list = json_array();
    for (uint32_t i = 0; list && i < f->n_proofs; i++) {
        const cx_proof *p = &f->proof[i];
        object x = object_new();
        bool set_of_files = style->files && p->at.file < style->files->n;
        set_text(&x, "file",
                 cx_slice_of(set_of_files ? style->files->list[p->at.file].path : style->file));
        set(&x, "frame", json_integer((json_int_t)p->at.frame));
        set_time(&x, "time", p->at.ts_ns, style->time_digits);
        if (p->stream != CX_NO_STREAM && p->at.file == 0) /* of later files it is another */
            set(&x, "stream", json_integer(p->stream));
        set_text(&x, "shows", p->shows);
        json_t *o = finish(&x);
        if (!o || json_array_append_new(list, o)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* For the file of the first proof: the numbers of others mean other frames there. */
static json_t *filter_of(const cx_finding *f)
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
    return json_string_nocheck(text);
}

json_t *cx_result_finding(const cx_result_style *style, const cx_attempt *a, const cx_finding *f)
{
    object x = object_new();
    set(&x, "id", json_string_nocheck(f->rule->id));
    set(&x, "title", json_string_nocheck(f->rule->title));
    set(&x, "severity", json_string_nocheck(cx_severity_name(f->severity)));
    set(&x, "role", json_string_nocheck(role_name(f->role)));
    set(&x, "confidence", json_string_nocheck(confidence_name(f->confidence)));
    set(&x, "attempt", json_integer((json_int_t)cx_joined_frame(style->files, &a->first)));
    set_client(&x, &a->client);
    set_server(&x, &f->server);
    set_text(&x, "server_name", f->server_name);
    set_text(&x, "user", a->user);
    set_text(&x, "domain", a->domain);
    set_time(&x, "first", f->first_ns, style->time_digits);
    set_time(&x, "last", f->last_ns, style->time_digits);
    set(&x, "count", json_integer(f->count));
    set(&x, "explanation", explanation(f));
    set(&x, "remedy", sentence(f, f->rule->remedy, ""));
    set(&x, "source", json_string_nocheck(f->rule->source));
    set(&x, "details", details_of(f));
    set(&x, "evidence", evidence_of(style, f));
    if (f->n_proofs)
        set(&x, "filter", filter_of(f));
    return finish(&x);
}
