/* The rule engine: see engine.h. */
#include "rules/engine.h"

#include "base/text.h"
#include "rules/ahead.h"
#include "signin/conn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_TEXT_BYTES 262144u /* bytes of text for the findings of one attempt */

#define RULE(name) extern const cx_rule cx_rule_##name;
#include "rules/list.def"
#undef RULE

const cx_rule *const cx_rules[] = {
#define RULE(name) &cx_rule_##name,
#include "rules/list.def"
#undef RULE
    NULL,
};

const cx_rule *cx_rule_named(const char *id)
{
    for (size_t i = 0; cx_rules[i]; i++)
        if (strcmp(cx_rules[i]->id, id) == 0)
            return cx_rules[i];
    return NULL;
}

struct cx_engine {
    const cx_policy *policy;
    cx_arena arena;
    cx_finding findings[CX_MAX_FINDINGS];
    cx_judgement judgement;
};

cx_engine *cx_engine_new(const cx_policy *policy)
{
    cx_engine *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->policy = policy;
    e->arena = cx_arena_init(MAX_TEXT_BYTES);
    return e;
}

void cx_engine_free(cx_engine *e)
{
    if (!e)
        return;
    cx_arena_free(&e->arena);
    free(e);
}

/* ---- Precedence: one finding for one fault ---- */

static bool lists(const char *const *ids, const char *id)
{
    for (; ids && *ids; ids++)
        if (strcmp(*ids, id) == 0)
            return true;
    return false;
}

/* x explains y: its record says so, it is about the same connection (or one of them is about the
 * whole attempt), and it is not the weaker of the two. */
static bool explains(const cx_finding *x, const cx_finding *y)
{
    if (x == y || x->severity != CX_FAILURE || !lists(x->rule->shadows, y->rule->id))
        return false;
    if (x->conn && y->conn && x->conn != y->conn)
        return false;
    return x->confidence > CX_POSSIBLE || y->confidence == CX_POSSIBLE;
}

static void drop_explained(cx_finding *f, uint32_t *n)
{
    bool gone[CX_MAX_FINDINGS] = {false};
    for (uint32_t i = 0; i < *n; i++)
        for (uint32_t k = 0; k < *n && !gone[i]; k++)
            gone[i] = explains(&f[k], &f[i]);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *n; i++)
        if (!gone[i])
            f[kept++] = f[i];
    *n = kept;
}

/* ---- Recovery ---- */

static bool got_further(const cx_conn *c, const cx_finding *f)
{
    bool of_tcp = strcmp(f->rule->layer, "tcp") == 0, opened = cx_conn_opened(f->conn);
    if (strcmp(f->rule->layer, "tls") == 0 || (of_tcp && opened && c->tls.client_hello))
        return cx_conn_tls_used(c) || c->sip[CX_FROM_SERVER].frame;
    if (of_tcp && opened) /* a server that accepts and says nothing accepts again */
        return c->data[CX_FROM_SERVER].frame != 0;
    return cx_conn_opened(c) && (c->connected.frame || c->data[CX_FROM_SERVER].frame);
}

/* The same server (by address and port), or another address of the same name, worked later or, with
 * two address families tried side by side, at the same time. */
static bool worked_elsewhere(const cx_attempt *a, const cx_finding *f)
{
    const cx_conn *failed = f->conn;
    if (!failed || f->reg || strcmp(f->rule->layer, "dns") == 0)
        return false;
    if (failed->other_family_opened)
        return true;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c == failed || c->server.port != failed->server.port || !got_further(c, f))
            continue;
        if (cx_addr_eq(&c->server, &failed->server) && c->order > failed->order)
            return true;
        if (!cx_addr_eq(&c->server, &failed->server) && c->host && failed->host &&
            cx_host_eq(c->host->name, failed->host->name))
            return true;
    }
    return false;
}

/* ---- Which failure is the cause ---- */

/* Who named the candidate that failed, doubled so that a missing SRV record fits between the hosts
 * that exist and the client's own guesses. */
static int rank_of(const cx_finding *f)
{
    if (strcmp(f->rule->id, "dns-srv-missing") == 0 ||
        strcmp(f->rule->id, "dns-discovery-exhausted") == 0)
        return 2 * CX_NAMED_HOST + 1;
    if (f->lookup || !f->conn)
        return 2 * CX_NAMED_ZONE;
    return 2 * (int)f->conn->named_by;
}

static int srv_rank(const cx_finding *f)
{
    if (f->lookup)
        return (int)f->lookup->role;
    return f->conn && f->conn->srv ? (int)f->conn->srv->role : 0;
}

/* Which record of the SRV answer it is about: the client takes them in that order. */
static uint32_t srv_place(const cx_finding *f)
{
    uint32_t i = 0;
    if (f->conn)
        return f->conn->srv_index;
    while (i < f->lookup->n_srv && !cx_host_eq(f->lookup->srv[i].target, f->server_name))
        i++;
    return i < f->lookup->n_srv ? i : 0; /* about the answer itself */
}

static const cx_lookup *srv_answer(const cx_finding *f)
{
    if (f->conn)
        return f->conn->srv;
    return f->lookup && f->lookup->n_srv ? f->lookup : NULL;
}

/* Negative: x is rather the cause than y. */
static int compare_causes(const cx_finding *x, const cx_finding *y)
{
    int possible = (x->confidence == CX_POSSIBLE) - (y->confidence == CX_POSSIBLE);
    if (possible)
        return possible;
    if (rank_of(x) != rank_of(y))
        return rank_of(x) - rank_of(y);
    if (srv_rank(x) != srv_rank(y))
        return srv_rank(x) - srv_rank(y);
    if (srv_answer(x) && srv_answer(x) == srv_answer(y) && srv_place(x) != srv_place(y))
        return srv_place(x) < srv_place(y) ? -1 : 1;
    if (x->first_ns != y->first_ns)
        return x->first_ns < y->first_ns ? -1 : 1;
    return 0;
}

/* On the connection that brought the result: the finding about that very answer, the surest first.
 */
static cx_finding *cause_of_answer(const cx_attempt *a, cx_finding *f, uint32_t n)
{
    cx_finding *best = NULL;
    for (uint32_t i = 0; i < n; i++)
        if (f[i].reg == a->decisive_reg && f[i].severity == CX_FAILURE &&
            (!best || f[i].confidence > best->confidence))
            best = &f[i];
    return best;
}

static cx_finding *cause_of_silence(cx_finding *f, uint32_t n)
{
    cx_finding *best = NULL;
    for (uint32_t i = 0; i < n; i++)
        if (f[i].severity == CX_FAILURE && !f[i].recovered &&
            (!best || compare_causes(&f[i], best) < 0))
            best = &f[i];
    return best;
}

static void demote(cx_finding *f, cx_finding_role role)
{
    f->role = role;
    if (f->severity == CX_FAILURE)
        f->severity = CX_NOTE;
}

static void give_roles(const cx_attempt *a, cx_finding *f, uint32_t n, const cx_finding *root)
{
    for (uint32_t i = 0; i < n; i++) {
        if (&f[i] == root)
            f[i].role = CX_ROLE_ROOT_CAUSE;
        else if (f[i].severity != CX_FAILURE)
            f[i].role = CX_ROLE_OBSERVATION;
        else if (!root || f[i].recovered || a->decisive_reg)
            demote(&f[i], CX_ROLE_CONTRIBUTING);
        else if (f[i].confidence == CX_POSSIBLE)
            demote(&f[i], CX_ROLE_OBSERVATION);
        else if (f[i].rule == root->rule || rank_of(&f[i]) > rank_of(root) ||
                 f[i].first_ns >= root->first_ns)
            f[i].role = CX_ROLE_CONSEQUENCE;
        else
            demote(&f[i], CX_ROLE_CONTRIBUTING);
    }
}

/* ---- Order and repetition ---- */

static bool same_fault(const cx_finding *x, const cx_finding *y)
{
    return x->rule == y->rule && x->server.port == y->server.port &&
           cx_addr_eq(&x->server, &y->server) && x->lookup == y->lookup &&
           x->recovered == y->recovered && x->severity == y->severity &&
           cx_slice_eq(x->server_name, y->server_name);
}

/* The same fault of the same server once, with a count and the frames of all. */
static void merge_repeated(cx_finding *f, uint32_t *n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *n; i++) {
        uint32_t k = 0;
        while (k < kept && !same_fault(&f[k], &f[i]))
            k++;
        if (k == kept) {
            f[kept++] = f[i];
            continue;
        }
        f[k].count += f[i].count;
        f[k].first_ns = f[i].first_ns < f[k].first_ns ? f[i].first_ns : f[k].first_ns;
        f[k].last_ns = f[i].last_ns > f[k].last_ns ? f[i].last_ns : f[k].last_ns;
        f[k].confidence = f[i].confidence > f[k].confidence ? f[i].confidence : f[k].confidence;
        f[k].cut_off &= f[i].cut_off; /* the client came back: it has no other way */
        f[k].cut_off_ns = f[i].cut_off_ns;
        for (uint32_t p = 0; p < f[i].n_proofs && f[k].n_proofs < CX_MAX_PROOFS; p++)
            f[k].proof[f[k].n_proofs++] = f[i].proof[p];
    }
    *n = kept;
}

static int by_weight(const void *a, const void *b)
{
    const cx_finding *x = a, *y = b;
    if (x->role != y->role)
        return (int)y->role - (int)x->role;
    if (x->severity != y->severity)
        return (int)y->severity - (int)x->severity;
    if (x->first_ns != y->first_ns)
        return x->first_ns < y->first_ns ? -1 : 1;
    return strcmp(x->rule->id, y->rule->id);
}

const cx_judgement *cx_engine_judge(cx_engine *e, const cx_attempt *a)
{
    cx_arena_reset(&e->arena);
    cx_judging j = {.a = a, .policy = e->policy, .arena = &e->arena, .findings = e->findings};
    for (size_t i = 0; cx_rules[i]; i++) {
        j.rule = cx_rules[i];
        if (j.rule->logon || a->kind != CX_KIND_LOGON)
            j.rule->detect(&j);
    }
    cx_finding *f = e->findings;
    uint32_t n = j.n_findings;
    for (uint32_t i = 0; i < n; i++) {
        if (f[i].first_ns == INT64_MAX) /* no frame was shown: the attempt's own time */
            f[i].first_ns = f[i].last_ns = a->start_ns;
        f[i].recovered = f[i].recovered || worked_elsewhere(a, &f[i]);
        cx_weigh_end(a, &f[i]);
    }
    drop_explained(f, &n);
    merge_repeated(f, &n);

    cx_judgement *out = &e->judgement;
    *out = (cx_judgement){.outcome = a->outcome};
    cx_finding *root = NULL;
    bool signed_in = a->outcome == CX_OUT_SUCCESS && a->n_registers;
    if (a->scanner && !signed_in) /* what a scanner meets is no sign-in's failure */
        out->outcome = CX_OUT_INCOMPLETE;
    else if (a->outcome == CX_OUT_FAILURE)
        root = cause_of_answer(a, f, n);
    else if (a->outcome == CX_OUT_INCOMPLETE)
        root = cause_of_silence(f, n);
    if (root && !a->decisive_reg && cx_may_have_worked(a, f, n, root))
        root = NULL;
    if (root)
        out->outcome = CX_OUT_FAILURE;
    give_roles(a, f, n, root);
    for (uint32_t i = 0; a->scanner && i < n; i++)
        f[i].severity = CX_NOTE;
    qsort(f, n, sizeof *f, by_weight);
    out->findings = f;
    out->n_findings = n;
    out->root = root ? f : NULL;
    return out;
}

/* ---- Sentences ---- */

static const cx_param *param_named(const cx_finding *f, const char *name, size_t len)
{
    for (uint32_t i = 0; i < f->n_params; i++)
        if (strlen(f->params[i].name) == len && memcmp(f->params[i].name, name, len) == 0)
            return &f->params[i];
    return NULL;
}

bool cx_explain(const cx_finding *f, const char *sentence, cx_buf *out)
{
    bool complete = true;
    while (*sentence) {
        size_t plain = strcspn(sentence, "{");
        complete &= cx_buf_put(out, sentence, plain) == CX_OK;
        sentence += plain;
        if (!*sentence)
            break;
        size_t name = strcspn(sentence + 1, "}");
        const cx_param *p = param_named(f, sentence + 1, name);
        char number[24];
        if (!p) {
            complete = false;
            if (cx_buf_put(out, sentence, name + (sentence[name + 1] ? 2 : 1)) != CX_OK)
                return false;
        } else if (p->text.p) {
            complete &= cx_buf_put_slice(out, p->text) == CX_OK;
        } else {
            (void)snprintf(number, sizeof number, "%" PRId64, p->number); /* always fits */
            complete &= cx_buf_put_text(out, number) == CX_OK;
        }
        sentence += name + (sentence[name + 1] ? 2 : 1);
    }
    return complete;
}
