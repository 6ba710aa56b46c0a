/* JSON on its way out (json_out.h). */
#include "report/json_out.h"

#include <stdlib.h>
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

/* One line at once: jansson hands out every bracket and comma alone, and a call of stdio for each
 * of them takes longer than making them. */
static cx_status write_line(FILE *out, const char *line, size_t n)
{
    while (n) {
        const char *del = memchr(line, DEL, n);
        size_t plain = del ? (size_t)(del - line) : n;
        if (fwrite(line, 1, plain, out) != plain || (del && fputs("\\u007f", out) == EOF))
            return CX_IO;
        n -= plain + (del != NULL);
        line += plain + (del != NULL);
    }
    return fputc('\n', out) == EOF ? CX_IO : CX_OK;
}

cx_status cx_json_line(FILE *out, const json_t *value)
{
    char usual[16384]; /* bytes; few lines are longer */
    size_t n = json_dumpb(value, usual, sizeof usual, JSON_FLAGS);
    if (n == 0)
        return CX_NO_MEMORY; /* jansson fails on nothing else */
    if (n <= sizeof usual)
        return write_line(out, usual, n);
    char *longer = malloc(n);
    if (!longer)
        return CX_NO_MEMORY;
    cx_status status =
        json_dumpb(value, longer, n, JSON_FLAGS) == n ? write_line(out, longer, n) : CX_NO_MEMORY;
    free(longer);
    return status;
}

json_t *cx_json_tool(const json_t *capture)
{
    const char *stored = json_string_value(json_object_get(capture, "tool"));
    return json_string(stored ? stored : "capdx " CX_VERSION);
}
