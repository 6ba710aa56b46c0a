/* JSON: one object per capture, one a line, members sorted by packet number
 * (docs/result.schema.json). */
#include "report/collect.h"
#include "report/json_out.h"
#include "report/reporter.h"

#include "base/limits.h"

#include <stdlib.h>

typedef struct document {
    FILE *out;
    cx_collected kept;
} document;

static cx_status document_open(void **ret_self, FILE *out, const cx_report_options *options)
{
    (void)options;
    document *self = calloc(1, sizeof *self);
    if (!self)
        return CX_NO_MEMORY;
    self->out = out;
    self->kept.max = CX_MAX_REPORT_BYTES;
    *ret_self = self;
    return CX_OK;
}

static cx_status document_member(void *data, const char *file, const char *type, json_t *value)
{
    (void)file;
    return cx_collect(&((document *)data)->kept, type, value);
}

static void put_list(FILE *out, const char *key, const cx_kept_list *list)
{
    (void)fprintf(out, ",\"%s\":[", key);
    for (size_t i = 0; i < list->n; i++) {
        if (i)
            (void)fputc(',', out);
        (void)fwrite(list->items[i].text, 1, list->items[i].len, out);
    }
    (void)fputc(']', out);
}

/* Errors of writing stay with the stream and are asked for once, at the end. */
static cx_status document_end(void *data, const char *file)
{
    document *self = data;
    cx_collected *kept = &self->kept;
    FILE *out = self->out;
    json_t *head = json_pack("{s:i, s:o, s:o}", "schema", 1, "tool", cx_json_tool(kept->capture),
                             "file", cx_json_text(cx_slice_of(file)));
    cx_status status = head ? cx_collected_close(kept) : CX_NO_MEMORY;
    (void)json_object_del(kept->capture, "tool"); /* it stands above */
    if (status == CX_OK && json_object_set(head, "capture", kept->capture) != 0)
        status = CX_NO_MEMORY;
    cx_buf b = cx_buf_init(CX_MAX_REPORT_BYTES);
    if (status == CX_OK)
        status = cx_json_put(&b, head);
    if (status == CX_OK) {
        (void)fwrite(b.p, 1, b.len - 1, out); /* without its closing brace */
        put_list(out, "attempts", &kept->attempts);
        put_list(out, "findings", &kept->findings);
        put_list(out, "coverage", &kept->coverage);
        (void)fputs(",\"summary\":", out);
        b.len = 0;
        status = cx_json_put(&b, kept->summary);
        (void)fwrite(b.p, 1, b.len, out);
        (void)fputs("}\n", out);
    }
    cx_buf_free(&b);
    json_decref(head);
    cx_collected_free(kept);
    if (status == CX_OK && (fflush(out) != 0 || ferror(out)))
        status = CX_IO;
    return status;
}

static cx_status document_close(void *data)
{
    document *self = data;
    cx_status status = fflush(self->out) == 0 && !ferror(self->out) ? CX_OK : CX_IO;
    cx_collected_free(&self->kept);
    free(self);
    return status;
}

const cx_reporter cx_reporter_json = {
    .name = "json",
    .media_type = "application/json",
    .open = document_open,
    .member = document_member,
    .end = document_end,
    .close = document_close,
};
