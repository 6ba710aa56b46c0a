/* `capdx events`: each event of a capture as a JSON line. */
#include "app/analyze.h"

#include "app/echo.h"
#include "app/exits.h"
#include "app/fate.h"
#include "app/pipeline.h"
#include "app/processors.h"
#include "report/event_json.h"
#include "report/json_out.h"

typedef struct printer {
    cx_output *output;
    const cx_source_info *info;
    const cx_files *files; /* of a set */
    cx_echo *echo;         /* NULL: no memory, and copies of frames say nothing */
    cx_buf line;           /* of the event at hand */
    bool failed;
    int exits;
} printer;

static void print_failed(printer *p)
{
    p->failed = true;
    p->exits = cx_exit_worse(p->exits, cx_output_failed(p->output));
}

static void print_copy(printer *p, const cx_event *e, int digits)
{
    json_t *lines = p->echo ? cx_echo_lines(p->echo, e, digits) : NULL;
    for (size_t i = 0; i < json_array_size(lines) && !p->failed; i++)
        if (cx_json_line(p->output->stream, json_array_get(lines, i)) == CX_IO)
            print_failed(p);
    json_decref(lines);
}

static void print_event(void *self, const cx_event *e)
{
    printer *p = self;
    if (p->failed)
        return;
    const int digits = p->info->nanoseconds ? 9 : 6;
    if (e->kind == CX_EV_DUPLICATE) {
        print_copy(p, e, digits);
        return;
    }
    const char *file = e->at.file < p->files->n ? p->files->list[e->at.file].path : p->info->path;
    const cx_event_json_options style = {.file = file, .time_digits = digits};
    p->line.len = 0;
    cx_status status = cx_event_json(e, &style, &p->line);
    if (status == CX_END)
        return; /* an event for correlation only */
    if (status == CX_OK)
        status = cx_buf_put_text(&p->line, "\n");
    if (status != CX_OK) {
        p->failed = true;
        cx_fate_failed(p->info->path, status, &p->exits);
        return;
    }
    if (p->echo)
        cx_echo_keep(p->echo, &e->at, cx_buf_slice(&p->line));
    if (fwrite(p->line.p, 1, p->line.len, p->output->stream) != p->line.len)
        print_failed(p);
}

/* A batch is what was there to be read: on a live pipe its events are seen at once. */
static bool flush(void *self)
{
    printer *p = self;
    if (!p->failed && fflush(p->output->stream) != 0)
        print_failed(p);
    return p->failed;
}

static void print_all(printer *p, const cx_options *options, const cx_keys *keys, cx_source *source)
{
    p->info = cx_source_info_of(source);
    p->files = cx_source_files(source);
    p->echo = cx_echo_new();
    const cx_pipeline pipeline = {.sink = {print_event, p},
                                  .seed = cx_fate_seed(),
                                  .keys = keys,
                                  .batch_done = flush,
                                  .self = p};
    cx_pipeline_result result;
    if (cx_processors() > 1)
        cx_source_read_ahead(source);
    cx_status status = cx_pipeline_run(source, &pipeline, &result);
    if (status != CX_OK)
        cx_fate_failed(p->info->path, status, &p->exits);
    else if (!p->failed && !p->files->n) /* a set tells of its files */
        cx_fate_read(options, p->info);
    if (status == CX_OK && !p->failed)
        cx_fate_opened(options, p->info->path, result.tls);
    cx_echo_free(p->echo);
    cx_source_free(source);
}

int cx_events(const cx_options *options, const cx_keys *keys, const cx_inputs *inputs,
              cx_output *output)
{
    printer p = {.output = output, .line = cx_buf_init(SIZE_MAX)};
    cx_fate_watch watch = {options, &p.exits};
    if (options->as_one) {
        cx_source *source = cx_fate_open_set(inputs, &watch);
        if (source)
            print_all(&p, options, keys, source);
        cx_buf_free(&p.line);
        return p.exits;
    }
    for (size_t i = 0; i < inputs->n && !p.failed; i++) {
        cx_source *source = cx_fate_open(options, inputs->paths[i], 0, &p.exits);
        if (source)
            print_all(&p, options, keys, source);
    }
    cx_buf_free(&p.line);
    return p.exits;
}
