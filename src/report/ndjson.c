/* NDJSON: each member at once, one object a line, with type and file (docs/result.schema.json). */
#include "report/event_json.h"
#include "report/json_out.h"
#include "report/reporter.h"

#include <stdlib.h>
#include <string.h>

typedef struct ndjson {
    FILE *out;
} ndjson;

static cx_status ndjson_open(void **ret_self, FILE *out, const cx_report_options *options)
{
    (void)options;
    ndjson *self = calloc(1, sizeof *self);
    if (!self)
        return CX_NO_MEMORY;
    self->out = out;
    *ret_self = self;
    return CX_OK;
}

static cx_status ndjson_member(void *data, const char *file, const char *type, json_t *value)
{
    ndjson *self = data;
    json_t *line = json_pack("{s:s, s:o}", "type", type, "file", cx_json_text(cx_slice_of(file)));
    int failed = !line;
    if (line && strcmp(type, "capture") == 0)
        failed = json_object_set_new(line, "schema", json_integer(1)) |
                 json_object_set_new(line, "tool", cx_json_tool(value));
    if (failed || json_object_update_missing(line, value) != 0) {
        json_decref(line);
        return CX_NO_MEMORY;
    }
    cx_status status = cx_json_line(self->out, line);
    json_decref(line);
    /* who reads while the capture is still being written sees each attempt when it is decided */
    if (status == CX_OK && fflush(self->out) != 0)
        status = CX_IO;
    return status;
}

static cx_status ndjson_end(void *data, const char *file)
{
    (void)data;
    (void)file;
    return CX_OK;
}

static cx_status ndjson_close(void *data)
{
    ndjson *self = data;
    cx_status status = fflush(self->out) == 0 && !ferror(self->out) ? CX_OK : CX_IO;
    free(self);
    return status;
}

const cx_reporter cx_reporter_ndjson = {
    .name = "ndjson",
    .media_type = "application/x-ndjson",
    .open = ndjson_open,
    .member = ndjson_member,
    .end = ndjson_end,
    .close = ndjson_close,
};
