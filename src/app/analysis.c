/* From a source to the members of its result (analysis.h). */
#include "app/analysis.h"

#include "app/event_queue.h"
#include "app/fate.h"
#include "app/processors.h"
#include "base/limits.h"
#include "base/text.h"
#include "dissectors/dns_unread.h"
#include "report/json_out.h"

#include <stdio.h>

#define EVENTS_ALONE 1024u /* a capture of fewer is over before a second thread had helped */

typedef struct run {
    const cx_analysis *analysis;
    cx_source *source;
    cx_diagnosis *diagnosis;
    cx_arena scratch;      /* of the thread of the diagnosis */
    cx_event_queue *queue; /* to the thread of the diagnosis; NULL: there is none (yet) */
    bool concurrent;       /* there may be one */
    bool unread;           /* that thread has time to read messages of DNS, too */
    uint32_t n_events;
    bool stopped;
} run;

static void diagnose_read(void *self, const cx_event *e)
{
    cx_diagnosis_event(((run *)self)->diagnosis, e);
}

static void expect(void *self, const cx_event *e, bool near)
{
    cx_diagnosis_expect(((run *)self)->diagnosis, e, near);
}

static void diagnose(void *self, const cx_event *e)
{
    run *r = self;
    if (cx_dns_is_unread(e))
        cx_dns_tell_unread(e, &r->scratch, (cx_event_sink){diagnose_read, r});
    else
        diagnose_read(r, e);
}

static bool is_enough(void *self)
{
    const cx_analysis *analysis = ((run *)self)->analysis;
    return analysis->batch_done && analysis->batch_done(analysis->self);
}

static void take_event(void *self, const cx_event *e)
{
    run *r = self;
    if (r->queue) {
        cx_event_queue_put(r->queue, e);
        r->unread = !cx_event_queue_is_behind(r->queue);
        return;
    }
    diagnose(r, e);
    if (!r->concurrent || ++r->n_events != EVENTS_ALONE)
        return;
    const cx_event_taker to = {
        .event = diagnose, .expect = expect, .stopped = is_enough, .self = r};
    r->queue = cx_event_queue_new(&to); /* NULL: then it goes on as before */
}

static bool batch_done(void *self)
{
    run *r = self;
    if (r->queue && cx_source_may_wait(r->source))
        cx_event_queue_flush(r->queue);
    if (r->queue)
        r->stopped = cx_event_queue_stopped(r->queue);
    else if (is_enough(r))
        r->stopped = true;
    return r->stopped;
}

/* Another processor is there for a second thread. Sets go on to learn of their files, which the
 * diagnosis names. */
static bool may_be_concurrent(const cx_analysis *analysis, const cx_files *files)
{
    return analysis->concurrent && files->n == 0 && cx_processors() > 1;
}

static void member(const run *r, const char *type, json_t *value)
{
    r->analysis->sink.member(r->analysis->sink.self, type, value);
    json_decref(value);
}

static void put_capture(const run *r, const cx_source_info *info, const cx_files *files)
{
    json_t *value = json_pack("{s:s}", "format", info->format ? info->format : "unknown");
    json_t *list = files->n ? json_array() : NULL;
    for (size_t i = 0; list && i < files->n; i++)
        (void)json_array_append_new(list, cx_json_text(cx_slice_of(files->list[i].path)));
    if (value && files->n &&
        (json_array_size(list) != files->n || json_object_set(value, "files", list) != 0)) {
        json_decref(value);
        value = NULL; /* no memory, which the sink is told */
    }
    json_decref(list);
    member(r, "capture", value);
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

static void put_summary(const run *r, const cx_source_info *info)
{
    const cx_diagnosis_totals *totals = cx_diagnosis_totals_of(r->diagnosis);
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
            json_object_set_new(value, "last", json_string(last)) != 0) {
            json_decref(value);
            value = NULL;
        }
    }
    member(r, "summary", value);
}

cx_status cx_analysis_run(cx_source *source, const cx_analysis *analysis, cx_analysis_result *ret)
{
    const cx_source_info *info = cx_source_info_of(source);
    const cx_files *files = cx_source_files(source);
    run r = {.analysis = analysis,
             .source = source,
             .concurrent = may_be_concurrent(analysis, files),
             .scratch = cx_arena_init(CX_MAX_ATTEMPT_BYTES)};
    cx_context context = analysis->options->context;
    context.time_digits = info->nanoseconds ? 9 : 6;
    context.files = files;
    context.concurrent = r.concurrent;
    *ret = (cx_analysis_result){.failures = false};
    r.diagnosis = cx_diagnosis_new(&context, info->path, analysis->sink);
    if (!r.diagnosis)
        return CX_NO_MEMORY;
    const cx_pipeline pipeline = {.sink = {take_event, &r},
                                  .unread = &r.unread,
                                  .seed = cx_fate_seed(),
                                  .keys = analysis->keys,
                                  .batch_done = batch_done,
                                  .self = &r};
    cx_pipeline_result result;
    put_capture(&r, info, files);
    if (r.concurrent)
        cx_source_read_ahead(source);
    cx_status status = cx_pipeline_run(source, &pipeline, &result);
    cx_status diagnosed = cx_event_queue_end(r.queue);
    if (status == CX_OK)
        status = diagnosed;
    if (status == CX_OK && !r.stopped) {
        cx_diagnosis_end(r.diagnosis, &result.facts);
        put_summary(&r, info);
    }
    if (status == CX_OK)
        (void)snprintf(ret->tls, sizeof ret->tls, "%s", result.tls);
    ret->failures = cx_diagnosis_totals_of(r.diagnosis)->findings_failure > 0;
    cx_diagnosis_free(r.diagnosis);
    cx_arena_free(&r.scratch);
    return status;
}
