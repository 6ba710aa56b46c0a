/* NDJSON: each member at once, one object a line, with type and file (docs/result.schema.json). */
#include "report/json_members.h"
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
    cx_members head = cx_members_new();
    cx_members_string(&head, "type", type);
    cx_members_slice(&head, "file", cx_slice_of(file));
    if (strcmp(type, "capture") == 0) {
        cx_members_number(&head, "schema", 1);
        cx_members_put(&head, "tool", cx_json_tool(value));
    }
    json_t *o = cx_members_end(&head);
    if (!o)
        return CX_NO_MEMORY;
    cx_status status = cx_json_line_of(self->out, o, value);
    json_decref(o);
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
