/* JSON on its way out (json_out.h). */
#include "report/json_out.h"

#include <stdlib.h>
#include <string.h>

#define JSON_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))
#define DEL        0x7f

typedef cx_status taker(void *to, const void *bytes, size_t n);

/* jansson leaves DEL as it is. Outside strings it cannot occur. */
static cx_status give(const char *text, size_t n, taker *take, void *to)
{
    static const char escaped[] = "\\u007f";
    cx_status status = CX_OK;
    while (n && status == CX_OK) {
        const char *del = memchr(text, DEL, n);
        size_t plain = del ? (size_t)(del - text) : n;
        status = take(to, text, plain);
        if (status == CX_OK && del)
            status = take(to, escaped, sizeof escaped - 1);
        n -= plain + (del != NULL);
        text += plain + (del != NULL);
    }
    return status;
}

/* All at once: jansson hands out every bracket and comma alone, and a call for each of them takes
 * longer than making them. */
static cx_status dump(const json_t *value, taker *take, void *to)
{
    char usual[16384]; /* bytes; few lines are longer */
    size_t n = json_dumpb(value, usual, sizeof usual, JSON_FLAGS);
    if (n == 0)
        return CX_NO_MEMORY; /* jansson fails on nothing else */
    if (n <= sizeof usual)
        return give(usual, n, take, to);
    char *longer = malloc(n);
    if (!longer)
        return CX_NO_MEMORY;
    cx_status status =
        json_dumpb(value, longer, n, JSON_FLAGS) == n ? give(longer, n, take, to) : CX_NO_MEMORY;
    free(longer);
    return status;
}

static cx_status to_buffer(void *to, const void *bytes, size_t n)
{
    return cx_buf_put(to, bytes, n);
}

static cx_status to_file(void *to, const void *bytes, size_t n)
{
    return fwrite(bytes, 1, n, to) == n ? CX_OK : CX_IO;
}

cx_status cx_json_put(cx_buf *b, const json_t *value)
{
    return dump(value, to_buffer, b);
}

cx_status cx_json_line(FILE *out, const json_t *value)
{
    cx_status status = dump(value, to_file, out);
    return status == CX_OK && fputc('\n', out) == EOF ? CX_IO : status;
}

json_t *cx_json_tool(const json_t *capture)
{
    const char *stored = json_string_value(json_object_get(capture, "tool"));
    return json_string(stored ? stored : "capdx " CX_VERSION);
}
