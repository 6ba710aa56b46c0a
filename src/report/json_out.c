/* JSON on its way out (json_out.h). jansson's trees are written by yajl: jansson's own writer looks
 * for loops with a hash table and hands out every bracket and comma alone, which takes longer than
 * all else about a line. Values that yajl would not write in ASCII are left to jansson. */
#include "report/json_out.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#define JSON_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY)
#define USUAL      16384u /* bytes; few lines are longer */
#define DEL        0x7f

/* A line that grows. Once there was no memory, nothing more is put. */
typedef struct line {
    yajl_gen gen;
    char *p;
    size_t n, cap;
    bool failed;
    bool refused; /* deeper than yajl goes, or a name that is not ASCII: jansson writes all of it */
    char usual[USUAL]; /* where it begins */
} line;

/* yajl_print_t */
static void put_bytes(void *to, const char *bytes, size_t n)
{
    line *l = to;
    while (l->cap - l->n < n && !l->failed) {
        size_t cap = l->cap * 2;
        char *grown = cap > l->cap ? malloc(cap) : NULL;
        if (!grown) {
            l->failed = true;
            break;
        }
        memcpy(grown, l->p, l->n);
        if (l->p != l->usual)
            free(l->p);
        l->p = grown;
        l->cap = cap;
    }
    if (l->failed)
        return;
    memcpy(l->p + l->n, bytes, n);
    l->n += n;
}

static void begin(line *l)
{
    l->p = l->usual;
    l->n = 0;
    l->cap = sizeof l->usual;
    l->refused = false;
    l->gen = yajl_gen_alloc(NULL);
    l->failed = !l->gen || !yajl_gen_config(l->gen, yajl_gen_print_callback, put_bytes, l);
}

static void end(line *l)
{
    if (l->gen)
        yajl_gen_free(l->gen);
    if (l->p != l->usual)
        free(l->p);
}

static void check(line *l, yajl_gen_status status)
{
    if (status == yajl_max_depth_exceeded || status == yajl_gen_in_error_state)
        l->refused = true;
    else if (status != yajl_gen_status_ok)
        l->failed = true;
}

/* A copy of text in which DEL, which jansson leaves as it is, is escaped; outside strings it cannot
 * occur. NULL: no memory. */
static char *without_del(const char *text, size_t *n)
{
    size_t dels = 0, to = 0;
    for (size_t i = 0; i < *n; i++)
        dels += text[i] == DEL;
    char *copy = malloc(*n + 5 * dels + 1);
    if (!copy)
        return NULL;
    for (size_t i = 0; i < *n; i++) {
        if (text[i] != DEL) {
            copy[to++] = text[i];
            continue;
        }
        memcpy(copy + to, "\\u007f", 6);
        to += 6;
    }
    *n = to;
    return copy;
}

/* As jansson says it, in ASCII. NULL: no memory. */
static char *by_jansson(const json_t *value, size_t *ret_n)
{
    *ret_n = json_dumpb(value, NULL, 0, JSON_FLAGS);
    char *text = *ret_n ? malloc(*ret_n) : NULL;
    char *safe = NULL;
    if (text && json_dumpb(value, text, *ret_n, JSON_FLAGS) == *ret_n)
        safe = without_del(text, ret_n);
    free(text);
    return safe;
}

static void put_by_jansson(line *l, const json_t *value)
{
    size_t n;
    char *text = by_jansson(value, &n);
    if (text)
        check(l, yajl_gen_number(l->gen, text, n)); /* yajl puts it as it is */
    else
        l->failed = true;
    free(text);
}

static bool is_ascii(const char *text, size_t n)
{
    unsigned beyond = 0;
    for (size_t i = 0; i < n; i++)
        beyond |= (unsigned)(unsigned char)text[i] + 1; /* DEL too */
    return beyond < 0x80;
}

static void put_text(line *l, const char *text, size_t n)
{
    check(l, yajl_gen_string(l->gen, (const unsigned char *)text, n));
}

static void put_value(line *l, json_t *value);

/* The members but for those that one before has. */
static void put_members(line *l, json_t *object, const json_t *before)
{
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        const char *name = json_object_iter_key(i);
        if (before && json_object_get(before, name))
            continue;
        l->refused |= !is_ascii(name, strlen(name));
        put_text(l, name, strlen(name));
        put_value(l, json_object_iter_value(i));
    }
}

/* As deep as the tree, which this program made, or jansson read within its bound; yajl refuses it
 * long before. */
static void put_value(line *l, json_t *value)
{
    if (l->refused || l->failed)
        return;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        check(l, yajl_gen_map_open(l->gen));
        put_members(l, value, NULL);
        check(l, yajl_gen_map_close(l->gen));
        break;
    case JSON_ARRAY:
        check(l, yajl_gen_array_open(l->gen));
        for (size_t i = 0; i < json_array_size(value); i++)
            put_value(l, json_array_get(value, i));
        check(l, yajl_gen_array_close(l->gen));
        break;
    case JSON_STRING:
        if (is_ascii(json_string_value(value), json_string_length(value)))
            put_text(l, json_string_value(value), json_string_length(value));
        else
            put_by_jansson(l, value);
        break;
    case JSON_INTEGER:
        check(l, yajl_gen_integer(l->gen, json_integer_value(value)));
        break;
    case JSON_REAL: /* yajl has other digits */
        put_by_jansson(l, value);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        check(l, yajl_gen_bool(l->gen, json_is_true(value)));
        break;
    case JSON_NULL:
        check(l, yajl_gen_null(l->gen));
        break;
    }
}

/* To read a tree jansson wants one that may be written. */
static json_t *readable(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

/* Puts value, or the members of head and value in one object, as a line without its end. */
static void put_line(line *l, json_t *head, json_t *value)
{
    begin(l);
    if (l->failed)
        return;
    if (head) {
        check(l, yajl_gen_map_open(l->gen));
        put_members(l, head, NULL);
        put_members(l, value, head);
        check(l, yajl_gen_map_close(l->gen));
    } else {
        put_value(l, value);
    }
    if (!l->refused || l->failed)
        return;
    json_t *all = head ? json_copy(head) : json_incref(value);
    size_t n = 0;
    char *text = NULL;
    if (all && (!head || json_object_update_missing(all, value) == 0))
        text = by_jansson(all, &n);
    l->n = 0;
    if (text)
        put_bytes(l, text, n);
    else
        l->failed = true;
    free(text);
    json_decref(all);
}

cx_status cx_json_put(cx_buf *b, const json_t *value)
{
    line l;
    put_line(&l, NULL, readable(value));
    cx_status status = l.failed ? CX_NO_MEMORY : cx_buf_put(b, l.p, l.n);
    end(&l);
    return status;
}

cx_status cx_json_line_of(FILE *out, const json_t *head, const json_t *rest)
{
    line l;
    put_line(&l, readable(head), readable(rest));
    put_bytes(&l, "\n", 1);
    cx_status status = l.failed ? CX_NO_MEMORY : fwrite(l.p, 1, l.n, out) == l.n ? CX_OK : CX_IO;
    end(&l);
    return status;
}

cx_status cx_json_line(FILE *out, const json_t *value)
{
    return cx_json_line_of(out, NULL, value);
}

json_t *cx_json_tool(const json_t *capture)
{
    const char *stored = json_string_value(json_object_get(capture, "tool"));
    return json_string(stored ? stored : "capdx " CX_VERSION);
}
