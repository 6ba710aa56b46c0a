/* JSON on its way out (json_out.h). jansson's trees are written by yajl: jansson's own writer looks
 * for loops with a hash table and hands out every bracket and comma alone, which takes longer than
 * all else about a line. Values that yajl would not write in ASCII are left to jansson. */
#include "report/json_out.h"

#include "base/text.h"

#include <string.h>
#include <yajl/yajl_gen.h>

#define JSON_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY)
#define DEL        0x7f

/* yajl_print_t */
static void put_bytes(void *self, const char *bytes, size_t n)
{
    cx_json_writer *w = self;
    if (w->status == CX_OK)
        w->status = cx_buf_put(w->to, bytes, n);
}

static void check(cx_json_writer *w, yajl_gen_status status)
{
    if (status == yajl_max_depth_exceeded || status == yajl_gen_in_error_state)
        w->refused = true;
    else if (status != yajl_gen_status_ok && w->status == CX_OK)
        w->status = CX_NO_MEMORY; /* yajl fails on nothing else */
}

/* json_dump_callback_t. jansson leaves DEL as it is; outside strings it cannot occur. */
static int put_without_del(const char *text, size_t n, void *self)
{
    cx_json_writer *w = self;
    while (n && w->status == CX_OK) {
        const char *del = memchr(text, DEL, n);
        size_t plain = del ? (size_t)(del - text) : n;
        put_bytes(w, text, plain);
        if (del)
            put_bytes(w, "\\u007f", 6);
        n -= plain + (del != NULL);
        text += plain + (del != NULL);
    }
    return w->status == CX_OK ? 0 : -1;
}

/* Appends value as jansson says it, in ASCII. */
static void dump(cx_json_writer *w, const json_t *value)
{
    if (json_dump_callback(value, put_without_del, w, JSON_FLAGS) != 0 && w->status == CX_OK)
        w->status = CX_NO_MEMORY; /* jansson fails on nothing else */
}

static void put_by_jansson(cx_json_writer *w, const json_t *value)
{
    cx_buf text = cx_buf_init(SIZE_MAX);
    cx_json_writer own = {.to = &text};
    dump(&own, value);
    if (own.status == CX_OK)
        check(w, yajl_gen_number(w->gen, (const char *)text.p, text.len)); /* as it is */
    else
        w->status = own.status;
    cx_buf_free(&text);
}

/* DEL is none that may stand as it is. */
static bool is_ascii(const char *text, size_t n)
{
    for (; n >= 8; text += 8, n -= 8)
        if (!cx_word_is_ascii(cx_word(text), 0))
            return false;
    return n == 0 || cx_word_is_ascii(cx_word_part(text, n), 0);
}

static void put_text(cx_json_writer *w, const char *text, size_t n)
{
    check(w, yajl_gen_string(w->gen, (const unsigned char *)text, n));
}

static bool goes_on(const cx_json_writer *w)
{
    return !w->refused && w->status == CX_OK;
}

void cx_json_begin(cx_json_writer *w, cx_buf *to)
{
    w->to = to;
    w->status = CX_OK;
    w->refused = false;
    if (w->gen) {
        yajl_gen_reset(w->gen, NULL);
        return;
    }
    w->gen = yajl_gen_alloc(NULL);
    if (!w->gen || !yajl_gen_config(w->gen, yajl_gen_print_callback, put_bytes, w))
        w->status = CX_NO_MEMORY;
}

cx_status cx_json_end(cx_json_writer *w)
{
    const cx_status status = w->status;
    cx_json_writer_free(w);
    return status;
}

void cx_json_writer_free(cx_json_writer *w)
{
    if (w->gen)
        yajl_gen_free(w->gen);
    w->gen = NULL;
}

void cx_json_open(cx_json_writer *w)
{
    if (goes_on(w))
        check(w, yajl_gen_map_open(w->gen));
}

void cx_json_close(cx_json_writer *w)
{
    if (goes_on(w))
        check(w, yajl_gen_map_close(w->gen));
}

void cx_json_open_list(cx_json_writer *w)
{
    if (goes_on(w))
        check(w, yajl_gen_array_open(w->gen));
}

void cx_json_close_list(cx_json_writer *w)
{
    if (goes_on(w))
        check(w, yajl_gen_array_close(w->gen));
}

void cx_json_put_ascii(cx_json_writer *w, const char *text)
{
    if (goes_on(w))
        put_text(w, text, strlen(text));
}

void cx_json_put_integer(cx_json_writer *w, int64_t n)
{
    if (goes_on(w))
        check(w, yajl_gen_integer(w->gen, n));
}

void cx_json_put_bool(cx_json_writer *w, bool b)
{
    if (goes_on(w))
        check(w, yajl_gen_bool(w->gen, b));
}

static void put_value(cx_json_writer *w, json_t *value);

/* The members but for those that one before has. */
static void put_members(cx_json_writer *w, json_t *object, const json_t *before)
{
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        const char *name = json_object_iter_key(i);
        if (before && json_object_get(before, name))
            continue;
        w->refused |= !is_ascii(name, strlen(name));
        put_text(w, name, strlen(name));
        put_value(w, json_object_iter_value(i));
    }
}

/* As deep as the tree, which this program made, or jansson read within its bound; yajl refuses it
 * long before. */
static void put_value(cx_json_writer *w, json_t *value)
{
    if (!goes_on(w))
        return;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        check(w, yajl_gen_map_open(w->gen));
        put_members(w, value, NULL);
        check(w, yajl_gen_map_close(w->gen));
        break;
    case JSON_ARRAY:
        check(w, yajl_gen_array_open(w->gen));
        for (size_t i = 0; i < json_array_size(value); i++)
            put_value(w, json_array_get(value, i));
        check(w, yajl_gen_array_close(w->gen));
        break;
    case JSON_STRING:
        if (is_ascii(json_string_value(value), json_string_length(value)))
            put_text(w, json_string_value(value), json_string_length(value));
        else
            put_by_jansson(w, value);
        break;
    case JSON_INTEGER:
        check(w, yajl_gen_integer(w->gen, json_integer_value(value)));
        break;
    case JSON_REAL: /* yajl has other digits */
        put_by_jansson(w, value);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        check(w, yajl_gen_bool(w->gen, json_is_true(value)));
        break;
    case JSON_NULL:
        check(w, yajl_gen_null(w->gen));
        break;
    }
}

/* To read a tree jansson wants one that may be written. */
static json_t *readable(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

void cx_json_put_value(cx_json_writer *w, const json_t *value)
{
    if (goes_on(w))
        put_by_jansson(w, value); /* its names may be of any kind */
}

void cx_json_put_text(cx_json_writer *w, cx_slice text)
{
    const char *p = text.p ? (const char *)text.p : "";
    if (!goes_on(w))
        return;
    if (is_ascii(p, text.len)) {
        put_text(w, p, text.len);
        return;
    }
    json_t *value = cx_json_text(text);
    if (value)
        put_by_jansson(w, value);
    else
        w->status = CX_NO_MEMORY;
    json_decref(value);
}

/* Appends value, or the members of head and value in one object. */
static cx_status put(cx_buf *b, json_t *head, json_t *value)
{
    const size_t from = b->len;
    cx_json_writer w = {.gen = NULL};
    cx_json_begin(&w, b);
    if (w.status == CX_OK && head) {
        cx_json_open(&w);
        put_members(&w, head, NULL);
        put_members(&w, value, head);
        cx_json_close(&w);
    } else {
        put_value(&w, value);
    }
    w.status = cx_json_end(&w);
    if (!w.refused || w.status != CX_OK)
        return w.status;
    json_t *all = head ? json_copy(head) : json_incref(value);
    b->len = from;
    if (all && (!head || json_object_update_missing(all, value) == 0))
        dump(&w, all);
    else
        w.status = CX_NO_MEMORY;
    json_decref(all);
    return w.status;
}

cx_status cx_json_put(cx_buf *b, const json_t *value)
{
    return put(b, NULL, readable(value));
}

cx_status cx_json_line_of(FILE *out, const json_t *head, const json_t *rest)
{
    cx_buf line = cx_buf_init(SIZE_MAX);
    cx_status status = put(&line, readable(head), readable(rest));
    if (status == CX_OK)
        status = cx_buf_put_text(&line, "\n");
    if (status == CX_OK && fwrite(line.p, 1, line.len, out) != line.len)
        status = CX_IO;
    cx_buf_free(&line);
    return status;
}

cx_status cx_json_line(FILE *out, const json_t *value)
{
    return cx_json_line_of(out, NULL, value);
}

json_t *cx_json_text(cx_slice s)
{
    json_t *text = json_stringn(s.p ? (const char *)s.p : "", s.len);
    if (text)
        return text;
    cx_buf b = cx_buf_init(3 * s.len); /* U+FFFD takes 3 bytes for an invalid one */
    if (cx_put_utf8(&b, s) == CX_OK)
        text = json_stringn((const char *)b.p, b.len);
    cx_buf_free(&b);
    return text;
}

json_t *cx_json_tool(const json_t *capture)
{
    const char *stored = json_string_value(json_object_get(capture, "tool"));
    return json_string(stored ? stored : "capdx " CX_VERSION);
}
