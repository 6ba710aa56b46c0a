/* `capdx analyze`: one capture, start to finish, then the next. */
#include "app/analyze.h"

#include "app/exits.h"
#include "app/expect.h"
#include "app/fate.h"
#include "app/pipeline.h"
#include "base/text.h"
#include "report/event_json.h"
#include "report/reporter.h"

typedef struct analysis {
    const cx_options *options;
    const cx_keys *keys;
    cx_output *output;
    const cx_reporter *reporter;
    void *report; /* the reporter's own */
    const char *path;
    cx_diagnosis *diagnosis;
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

static void take_event(void *self, const cx_event *e)
{
    cx_diagnosis_event(((analysis *)self)->diagnosis, e);
}

static bool given_up(void *self)
{
    return ((analysis *)self)->status != CX_OK;
}

static void put_capture(analysis *a, const cx_source_info *info, const cx_files *files)
{
    json_t *value = json_pack("{s:s}", "format", info->format ? info->format : "unknown");
    json_t *list = files->n ? json_array() : NULL;
    for (size_t i = 0; list && i < files->n; i++)
        (void)json_array_append_new(list, cx_json_text(cx_slice_of(files->list[i].path)));
    if (value && files->n &&
        (json_array_size(list) != files->n || json_object_set(value, "files", list) != 0)) {
        json_decref(value);
        value = NULL; /* no memory, which member() tells */
    }
    json_decref(list);
    member(a, "capture", value);
    json_decref(value);
}

static json_t *link_types(const cx_source_info *info)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < info->n_links; i++) {
        char name[24];
        if (json_array_append_new(list, json_string(cx_link_name(info->links[i], name))) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static void put_summary(analysis *a, const cx_source_info *info)
{
    const cx_diagnosis_totals *totals = cx_diagnosis_totals_of(a->diagnosis);
    json_t *value =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "attempts", (json_int_t)totals->attempts,
                  "failures", (json_int_t)totals->failures, "successes",
                  (json_int_t)totals->successes, "packets", (json_int_t)info->packets, "bytes",
                  (json_int_t)info->bytes, "link_types", link_types(info));
    if (value && info->packets) {
        int digits = info->nanoseconds ? 9 : 6;
        char first[CX_TIME_TEXT], last[CX_TIME_TEXT];
        cx_time_text(info->first_ns, digits, first);
        cx_time_text(info->last_ns, digits, last);
        if (json_object_set_new(value, "first", json_string(first)) != 0 ||
            json_object_set_new(value, "last", json_string(last)) != 0)
            a->status = a->status == CX_OK ? CX_NO_MEMORY : a->status;
    }
    member(a, "summary", value);
    json_decref(value);
    a->failures = a->failures || totals->findings_failure > 0;
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
    const cx_files *files = cx_source_files(source);
    a->path = info->path;
    cx_context context = a->options->context;
    context.time_digits = info->nanoseconds ? 9 : 6;
    context.files = files;
    a->diagnosis = cx_diagnosis_new(&context, a->path, (cx_member_sink){member, a});
    if (!a->diagnosis) {
        give_up(a, CX_NO_MEMORY);
        return;
    }
    const cx_pipeline pipeline = {.sink = {take_event, a},
                                  .seed = cx_fate_seed(),
                                  .keys = a->keys,
                                  .batch_done = given_up,
                                  .self = a};
    cx_pipeline_result result;
    put_capture(a, info, files);
    cx_status status = cx_pipeline_run(source, &pipeline, &result);
    if (status == CX_OK && a->status == CX_OK) {
        cx_diagnosis_end(a->diagnosis, &result.facts);
        put_summary(a, info);
    }
    if (status == CX_OK && a->status == CX_OK)
        status = a->reporter->end(a->report, a->path);
    if (status != CX_OK || a->status != CX_OK)
        give_up(a, status);
    else if (!files->n) /* a set tells of its files */
        cx_fate_read(a->options, info);
    if (status == CX_OK && a->status == CX_OK)
        cx_fate_opened(a->options, info->path, result.tls);
    cx_diagnosis_free(a->diagnosis);
    a->diagnosis = NULL;
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
