/* `capdx analyze`: one capture, start to finish, then the next. */
#include "app/analyze.h"

#include "app/analysis.h"
#include "app/exits.h"
#include "app/expect.h"
#include "app/fate.h"
#include "report/reporter.h"

typedef struct analysis {
    const cx_options *options;
    const cx_keys *keys;
    cx_output *output;
    const cx_reporter *reporter;
    void *report; /* the reporter's own */
    const char *path;
    cx_found found;
    cx_status status; /* first failure of the reporter or of memory: the capture is given up */
    bool failures;
    int exits;
} analysis;

static void member(void *self, const char *type, json_t *value)
{
    analysis *a = self;
    if (a->status == CX_OK && a->options->n_expect && strcmp(type, "finding") == 0)
        a->status = cx_found_note(&a->found, value);
    if (a->status == CX_OK)
        a->status = value ? a->reporter->member(a->report, a->path, type, value) : CX_NO_MEMORY;
}

static void member_text(void *self, const char *type, cx_slice object)
{
    analysis *a = self;
    if (a->status == CX_OK)
        a->status = object.p ? a->reporter->text(a->report, a->path, type, object) : CX_NO_MEMORY;
}

static bool given_up(void *self)
{
    return ((analysis *)self)->status != CX_OK;
}

/* The reporter or memory failed: no other capture can do better. */
static void give_up(analysis *a, cx_status status)
{
    if (a->status == CX_OK)
        a->status = status;
    if (a->status == CX_IO)
        a->exits = cx_exit_worse(a->exits, cx_output_failed(a->output));
    else
        cx_fate_failed(a->path, a->status, &a->exits);
}

static void analyze_one(analysis *a, cx_source *source)
{
    const cx_source_info *info = cx_source_info_of(source);
    a->path = info->path;
    const bool read_again = a->options->n_expect || !a->reporter->text;
    const cx_analysis run = {.options = a->options,
                             .keys = a->keys,
                             .sink = {member, a, read_again ? NULL : member_text},
                             .batch_done = given_up,
                             .self = a,
                             .concurrent = true};
    cx_analysis_result result;
    cx_status status = cx_analysis_run(source, &run, &result);
    if (status == CX_OK && a->status == CX_OK)
        status = a->reporter->end(a->report, a->path);
    a->failures = a->failures || result.failures;
    if (status != CX_OK || a->status != CX_OK)
        give_up(a, status);
    else if (!cx_source_files(source)->n) /* a set tells of its files */
        cx_fate_read(a->options, info);
    if (status == CX_OK && a->status == CX_OK)
        cx_fate_opened(a->options, info->path, result.tls);
}

int cx_analyze(const cx_options *options, const cx_keys *keys, const cx_inputs *inputs,
               cx_output *output)
{
    analysis a = {.options = options, .keys = keys, .output = output};
    a.reporter = options->format ? cx_reporter_named(options->format) : cx_reporters[0];
    a.path = "";
    if (a.reporter->open(&a.report, output->stream, &output->style) != CX_OK) {
        cx_fate_failed(a.reporter->name, CX_NO_MEMORY, &a.exits);
        return a.exits;
    }
    cx_fate_watch watch = {options, &a.exits};
    size_t n = options->as_one ? 1 : inputs->n;
    for (size_t i = 0; i < n && a.status == CX_OK; i++) {
        cx_source *source = options->as_one ? cx_fate_open_set(inputs, &watch)
                                            : cx_fate_open(options, inputs->paths[i], 0, &a.exits);
        if (source)
            analyze_one(&a, source);
        cx_source_free(source);
    }
    cx_status closed = a.reporter->close(a.report);
    if (closed != CX_OK && a.status == CX_OK)
        give_up(&a, closed);
    bool differs = options->n_expect ? !cx_found_as_expected(&a.found, options) : a.failures;
    cx_found_free(&a.found);
    return cx_exit_worse(a.exits, differs ? CX_EXIT_FAILURES : CX_EXIT_CLEAN);
}
