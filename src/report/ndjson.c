/* NDJSON: each member at once, one object a line, with type and file (docs/result.schema.json). */
#include "report/json_members.h"
#include "report/reporter.h"

#include <stdlib.h>
#include <string.h>

typedef struct ndjson {
    FILE *out;
    cx_json_writer writer;
    cx_buf line;
} ndjson;

static cx_status ndjson_open(void **ret_self, FILE *out, const cx_report_options *options)
{
    (void)options;
    ndjson *self = calloc(1, sizeof *self);
    if (!self)
        return CX_NO_MEMORY;
    self->out = out;
    self->line = cx_buf_init(SIZE_MAX);
    *ret_self = self;
    return CX_OK;
}

/* Who reads while the capture is still being written sees each attempt when it is decided. */
static cx_status written(const ndjson *self, cx_status status)
{
    return status == CX_OK && fflush(self->out) != 0 ? CX_IO : status;
}

static cx_status ndjson_text(void *data, const char *file, const char *type, cx_slice object)
{
    ndjson *self = data;
    self->line.len = 0;
    cx_json_begin(&self->writer, &self->line);
    cx_members head = cx_members_text(&self->writer);
    cx_members_string(&head, "type", type);
    cx_members_string(&head, "file", file);
    (void)cx_members_end(&head); /* the writer tells */
    cx_status status = self->writer.status;
    if (status != CX_OK)
        return status;
    self->line.p[self->line.len - 1] = ','; /* two objects become one */
    status = cx_buf_put_slice(&self->line, cx_slice_sub(object, 1, object.len - 1));
    if (status == CX_OK)
        status = cx_buf_put_text(&self->line, "\n");
    if (status == CX_OK && fwrite(self->line.p, 1, self->line.len, self->out) != self->line.len)
        status = CX_IO;
    return written(self, status);
}

static cx_status ndjson_member(void *data, const char *file, const char *type, json_t *value)
{
    ndjson *self = data;
    cx_members head = cx_members_tree();
    cx_members_string(&head, "type", type);
    cx_members_string(&head, "file", file);
    if (strcmp(type, "capture") == 0) {
        cx_members_number(&head, "schema", 1);
        cx_members_put(&head, "tool", cx_json_tool(value));
    }
    json_t *o = cx_members_end(&head);
    if (!o)
        return CX_NO_MEMORY;
    cx_status status = cx_json_line_of(self->out, o, value);
    json_decref(o);
    return written(self, status);
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
    cx_json_writer_free(&self->writer);
    cx_buf_free(&self->line);
    free(self);
    return status;
}

const cx_reporter cx_reporter_ndjson = {
    .name = "ndjson",
    .media_type = "application/x-ndjson",
    .open = ndjson_open,
    .member = ndjson_member,
    .text = ndjson_text,
    .end = ndjson_end,
    .close = ndjson_close,
};
