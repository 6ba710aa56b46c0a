/* JSON on its way out (json_out.h). */
#include "report/json_out.h"

#include <string.h>

#define JSON_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))
#define DEL        0x7f

typedef struct putter {
    cx_buf *b;
    cx_status status;
} putter;

/* jansson leaves DEL as it is. Outside strings it cannot occur. */
static int put_bytes(const char *bytes, size_t n, void *data)
{
    putter *p = data;
    cx_slice rest = {(const uint8_t *)bytes, n};
    while (rest.len && p->status == CX_OK) {
        size_t at = cx_slice_find(rest, DEL, 0);
        size_t plain = at == SIZE_MAX ? rest.len : at;
        p->status = cx_buf_put(p->b, rest.p, plain);
        if (p->status == CX_OK && at != SIZE_MAX)
            p->status = cx_buf_put_text(p->b, "\\u007f");
        if (at == SIZE_MAX)
            break;
        rest = cx_slice_sub(rest, at + 1, rest.len);
    }
    return p->status == CX_OK ? 0 : -1;
}

cx_status cx_json_put(cx_buf *b, const json_t *value)
{
    putter p = {b, CX_OK};
    /* not every failure of the callback is one of jansson's */
    if (json_dump_callback(value, put_bytes, &p, JSON_FLAGS) == 0)
        return p.status;
    return p.status == CX_OK ? CX_NO_MEMORY : p.status; /* jansson itself fails on memory only */
}

static int write_bytes(const char *bytes, size_t n, void *data)
{
    FILE *out = data;
    if (!memchr(bytes, DEL, n))
        return fwrite(bytes, 1, n, out) == n ? 0 : -1;
    for (size_t i = 0; i < n;) {
        size_t plain = i;
        while (plain < n && bytes[plain] != DEL)
            plain++;
        if (fwrite(bytes + i, 1, plain - i, out) != plain - i)
            return -1;
        if (plain < n && fputs("\\u007f", out) == EOF)
            return -1;
        i = plain + 1;
    }
    return 0;
}

cx_status cx_json_line(FILE *out, const json_t *value)
{
    if (json_dump_callback(value, write_bytes, out, JSON_FLAGS) == 0 && fputc('\n', out) != EOF)
        return CX_OK;
    return ferror(out) ? CX_IO : CX_NO_MEMORY;
}

json_t *cx_json_tool(const json_t *capture)
{
    const char *stored = json_string_value(json_object_get(capture, "tool"));
    return json_string(stored ? stored : "capdx " CX_VERSION);
}
