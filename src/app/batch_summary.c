/* The summary of an archive (batch_summary.h). */
#include "app/batch_summary.h"

#include "app/batch_sets.h"
#include "app/exits.h"
#include "app/say.h"
#include "base/grow.h"
#include "base/text.h"
#include "report/json_out.h"
#include "store/scope.h"
#include "store/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_ROWS   10 /* of a table; the rest is counted */
#define MAX_LISTED 20 /* inputs that were not read, and sets */

typedef struct telling {
    cx_store *store;
    const cx_options *options;
    cx_output *output;
    cx_paper paper;
    char since[CX_TIME_TEXT];
    cx_scope_totals totals;
} telling;

static void line(telling *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void line(telling *t, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) {
        text = NULL;
        t->paper.failed = true;
    }
    va_end(args);
    cx_paper_words(&t->paper, CX_INK_PLAIN, 0, text ? text : "");
    cx_paper_newline(&t->paper);
    free(text);
}

static const char *s_of(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* 2026-11-24T00:19:36.137880Z as 2026-11-24 00:19:36 */
static void time_text(const char *time, char out[CX_TIME_TEXT])
{
    (void)snprintf(out, CX_TIME_TEXT, "%s", time);
    char *t = strchr(out, 'T');
    if (t)
        *t = ' ';
    out[strcspn(out, ".")] = 0;
}

static void put_totals(telling *t)
{
    const cx_scope_totals *n = &t->totals;
    char first[CX_TIME_TEXT], last[CX_TIME_TEXT];
    line(t, "%" PRId64 " input%s, %" PRId64 " capture%s, %" PRId64 " packet%s, %" PRId64 " byte%s",
         n->inputs, s_of(n->inputs), n->captures, s_of(n->captures), n->packets, s_of(n->packets),
         n->bytes, s_of(n->bytes));
    if (n->first[0]) {
        time_text(n->first, first);
        time_text(n->last, last);
        line(t, "%s to %s UTC", first, last);
    }
    line(t,
         "%" PRId64 " attempt%s to sign in: %" PRId64 " failed, %" PRId64 " signed in, %" PRId64
         " open",
         n->attempts, s_of(n->attempts), n->failures, n->successes,
         n->attempts - n->failures - n->successes);
}

static cx_status put_tables(telling *t)
{
    cx_status status = CX_OK;
    for (size_t i = 0; i < cx_n_views && status == CX_OK; i++)
        if (cx_views[i].title)
            status = cx_table_text(t->store, &cx_views[i], t->since, MAX_ROWS, cx_views[i].title,
                                   &t->paper);
    return status;
}

/* ---- inputs that gave nothing, and those that look like parts of a set ---- */

typedef struct candidate { /* for a set */
    char *path;
    char first[CX_TIME_TEXT], last[CX_TIME_TEXT], link[64];
} candidate;

typedef struct listing {
    telling *t;
    size_t unread;
    int64_t others; /* no captures */
    candidate *candidates;
    size_t n, cap;
} listing;

static void put_unread(listing *l, const cx_scope_input *input)
{
    if (strcmp(input->fate, "read") == 0)
        return;
    if (strcmp(input->fate, "not-a-capture") == 0) { /* most folders have some */
        l->others++;
        return;
    }
    if (l->unread++ == 0) {
        cx_paper_newline(&l->t->paper);
        cx_paper_words(&l->t->paper, CX_INK_BOLD, 0, "Inputs not read, or not to their end");
        cx_paper_newline(&l->t->paper);
    }
    if (l->unread <= MAX_LISTED)
        line(l->t, "%s: %s%s%s", input->path, input->fate, input->why ? ": " : "",
             input->why ? input->why : "");
}

static cx_status keep_candidate(listing *l, const cx_scope_input *input)
{
    if (!cx_fate_has_results(input->fate) || !input->first || input->part >= 0)
        return CX_OK;
    candidate *grown = cx_grow(l->candidates, sizeof *grown, l->n, &l->cap);
    if (!grown)
        return CX_NO_MEMORY;
    l->candidates = grown;
    candidate *one = &l->candidates[l->n];
    one->path = strdup(input->path);
    if (!one->path)
        return CX_NO_MEMORY;
    (void)snprintf(one->first, sizeof one->first, "%s", input->first);
    (void)snprintf(one->last, sizeof one->last, "%s", input->last ? input->last : "");
    (void)snprintf(one->link, sizeof one->link, "%s", input->link_types ? input->link_types : "");
    l->n++;
    return CX_OK;
}

static cx_status take_input(void *self, const cx_scope_input *input)
{
    put_unread(self, input);
    return keep_candidate(self, input);
}

/* Since 1970; 0: no time. */
static double seconds(const char *time)
{
    struct tm tm = {.tm_mday = 1};
    const char *fraction = strptime(time, "%Y-%m-%dT%H:%M:%S", &tm);
    return fraction ? (double)timegm(&tm) + strtod(*fraction == '.' ? fraction : "0", NULL) : 0;
}

/* Do the packets of the files follow each other? Quiet networks leave some time in between. */
static bool follow(const listing *l, const cx_batch_set *set)
{
    for (size_t i = 1; i < set->n; i++) {
        const candidate *before = &l->candidates[set->files[i - 1]],
                        *one = &l->candidates[set->files[i]];
        double begun = seconds(before->first), ended = seconds(before->last);
        double gap = seconds(one->first) - ended, long_gap = 60 + (ended - begun);
        if (gap < -1 || gap > long_gap || strcmp(one->link, before->link) != 0)
            return false;
    }
    return true;
}

static cx_status put_sets(const listing *l)
{
    cx_batch_sets sets = {.list = NULL};
    size_t n = 0;
    const char **paths = calloc(l->n + 1, sizeof *paths);
    if (!paths)
        return CX_NO_MEMORY;
    for (size_t i = 0; i < l->n; i++)
        paths[i] = l->candidates[i].path;
    cx_status status = cx_batch_sets_find(paths, l->n, &sets);
    for (size_t i = 0; i < sets.n && status == CX_OK; i++) {
        if (!follow(l, &sets.list[i]) || n++ >= MAX_LISTED)
            continue;
        if (n == 1)
            cx_paper_newline(&l->t->paper);
        line(l->t, "%s and %zu more look like parts of a set: --as-one reads them as one capture",
             paths[sets.list[i].files[0]], sets.list[i].n - 1);
    }
    if (n > MAX_LISTED)
        line(l->t, "and %zu more sets", n - MAX_LISTED);
    cx_batch_sets_free(&sets);
    free(paths);
    return status;
}

static cx_status put_inputs(telling *t)
{
    listing l = {.t = t};
    cx_status status = cx_scope_inputs(t->store, false, take_input, &l);
    if (l.unread > MAX_LISTED)
        line(t, "and %zu more; table inputs of the database has them all", l.unread - MAX_LISTED);
    if (l.others && status == CX_OK) {
        cx_paper_newline(&t->paper);
        line(t, "%" PRId64 " input%s no capture%s", l.others, l.others == 1 ? " is" : "s are",
             s_of(l.others));
    }
    if (status == CX_OK)
        status = put_sets(&l);
    for (size_t i = 0; i < l.n; i++)
        free(l.candidates[i].path);
    free(l.candidates);
    return status;
}

/* ---- formats ---- */

static cx_status tell_text(telling *t)
{
    put_totals(t);
    cx_status status = put_tables(t);
    if (status == CX_OK)
        status = put_inputs(t);
    return status == CX_OK && t->paper.failed ? CX_NO_MEMORY : status;
}

static cx_status add_row(void *self, const cx_view *view, const char *const *values)
{
    json_t *row = cx_table_object(view, values);
    return row && json_array_append_new(self, row) == 0 ? CX_OK : CX_NO_MEMORY;
}

/* One object: totals, and every table under its name. */
static cx_status tell_json(telling *t)
{
    const cx_scope_totals *n = &t->totals;
    json_t *o = json_pack("{s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "schema", 1, "tool",
                          "capdx " CX_VERSION, "inputs", n->inputs, "captures", n->captures,
                          "packets", n->packets, "bytes", n->bytes, "attempts", n->attempts,
                          "failures", n->failures, "successes", n->successes);
    cx_status status = o ? CX_OK : CX_NO_MEMORY;
    if (status == CX_OK && n->first[0] &&
        (json_object_set_new(o, "first", json_string(n->first)) != 0 ||
         json_object_set_new(o, "last", json_string(n->last)) != 0))
        status = CX_NO_MEMORY;
    for (size_t i = 0; i < cx_n_views && status == CX_OK; i++) {
        char name[32];
        json_t *list = json_array();
        status = list ? cx_view_run(t->store, &cx_views[i], t->since, add_row, list) : CX_NO_MEMORY;
        (void)snprintf(name, sizeof name, "by_%s", cx_views[i].name);
        if (json_object_set_new(o, name, list) != 0)
            status = CX_NO_MEMORY;
    }
    if (status == CX_OK && cx_json_line(t->output->stream, o) == CX_NO_MEMORY)
        status = CX_NO_MEMORY;
    json_decref(o);
    return status;
}

/* ---- results themselves ---- */

typedef struct rendering {
    const cx_reporter *reporter;
    void *report;
} rendering;

static cx_status give_member(void *self, const char *file, const char *type, json_t *value)
{
    rendering *r = self;
    return r->reporter->member(r->report, file, type, value);
}

static cx_status give_end(void *self, const char *file)
{
    rendering *r = self;
    return r->reporter->end(r->report, file);
}

static cx_status render(telling *t, const cx_reporter *reporter)
{
    rendering r = {.reporter = reporter};
    cx_status status = reporter->open(&r.report, t->output->stream, &t->output->style);
    if (status != CX_OK)
        return status;
    const cx_store_reader reader = {.member = give_member,
                                    .end = give_end,
                                    .self = &r,
                                    .inputs = strcmp(reporter->name, "ndjson") == 0,
                                    .since = t->since};
    status = cx_store_read(t->store, &reader);
    cx_status closed = reporter->close(r.report);
    return status == CX_OK ? closed : status;
}

/* ---- what is asked for ---- */

static cx_status tell_view(telling *t, const cx_view *view)
{
    const char *format = t->options->format ? t->options->format : "text";
    if (strcmp(format, "csv") == 0)
        return cx_table_csv(t->store, view, t->since, t->output->stream);
    if (strcmp(format, "text") != 0)
        return cx_table_json(t->store, view, t->since, t->output->stream);
    cx_status status = cx_table_text(t->store, view, t->since, 0, NULL, &t->paper);
    return status == CX_OK && t->paper.failed ? CX_NO_MEMORY : status;
}

static cx_status choose(telling *t)
{
    const char *format = t->options->format;
    bool report = t->options->command == CX_CMD_REPORT;
    if (t->options->by)
        return tell_view(t, cx_view_named(t->options->by));
    if (format && strcmp(format, "csv") == 0)
        return cx_scope_csv(t->store, t->since, t->output->stream);
    if (format && (report || strcmp(format, "ndjson") == 0))
        return render(t, cx_reporter_named(format));
    cx_status status = cx_scope_count(t->store, t->since, &t->totals);
    if (status != CX_OK)
        return status;
    return format && strcmp(format, "json") == 0 ? tell_json(t) : tell_text(t);
}

int cx_batch_tell(cx_store *store, const cx_options *options, cx_output *output)
{
    telling t = {.store = store,
                 .options = options,
                 .output = output,
                 .paper = {.out = output->stream,
                           .width = output->style.width,
                           .color = output->style.color}};
    if (options->since_ns != INT64_MIN)
        cx_time_text(options->since_ns, 6, t.since);
    cx_status status = choose(&t);
    if (status == CX_OK)
        return CX_EXIT_CLEAN; /* what could not be written is told when the output is closed */
    if (ferror(output->stream))
        return cx_output_failed(output);
    cx_say("%s", status == CX_NO_MEMORY ? cx_status_text(status) : cx_store_error(store));
    return CX_EXIT_INTERNAL;
}
