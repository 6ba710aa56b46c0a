/* JSON on its way out (json_out.h). Trees are walked here and not by jansson, which looks for loops
 * with a hash table and hands out every bracket and comma alone: that takes longer than all else
 * about a line. Values that need more than copying are left to it. */
#include "report/json_out.h"

#include "base/word.h"

#include <stdlib.h>
#include <string.h>

#define JSON_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY)
#define USUAL      16384u /* bytes; few lines are longer */
#define DEL        0x7f

/* A line that grows. Once there was no memory, nothing more is put. */
typedef struct line {
    char *p;
    size_t n, cap;
    bool failed;
    char usual[USUAL]; /* where it begins */
} line;

static void begin(line *l)
{
    l->p = l->usual;
    l->n = 0;
    l->cap = sizeof l->usual;
    l->failed = false;
}

static void end(line *l)
{
    if (l->p != l->usual)
        free(l->p);
}

static bool grow(line *l, size_t room)
{
    size_t cap = l->cap;
    while (cap - l->n < room) {
        if (cap > SIZE_MAX / 2)
            return false;
        cap *= 2;
    }
    char *p = malloc(cap);
    if (!p)
        return false;
    memcpy(p, l->p, l->n);
    end(l);
    l->p = p;
    l->cap = cap;
    return true;
}

/* Where the next bytes go, with room for so many; NULL: no memory. */
static char *room_for(line *l, size_t room)
{
    if (l->cap - l->n < room && (l->failed || !grow(l, room))) {
        l->failed = true;
        return NULL;
    }
    return l->p + l->n;
}

static void put_bytes(line *l, const char *bytes, size_t n)
{
    char *at = room_for(l, n);
    if (!at)
        return;
    memcpy(at, bytes, n);
    l->n += n;
}

static void put_byte(line *l, char c)
{
    put_bytes(l, &c, 1);
}

/* As jansson says it, but for DEL, which that leaves as it is. Outside strings it cannot occur. */
static void put_by_jansson(line *l, const json_t *value)
{
    const size_t n = json_dumpb(value, NULL, 0, JSON_FLAGS);
    char *text = n ? malloc(n) : NULL;
    if (!text || json_dumpb(value, text, n, JSON_FLAGS) != n)
        l->failed = true;
    for (size_t i = 0; !l->failed && i < n; i++) {
        if (text[i] == DEL)
            put_bytes(l, "\\u007f", 6);
        else
            put_byte(l, text[i]);
    }
    free(text);
}

static bool is_plain(uint64_t word)
{
    return cx_word_is_ascii(word, ' ') && !cx_word_has(word, '"') && !cx_word_has(word, '\\');
}

/* In quotes, when nothing in it needs escaping. False: it does, and nothing was put. */
static bool put_plain(line *l, const char *text, size_t n)
{
    char *at = room_for(l, n + 10); /* quotes, and a whole word behind what is left of the text */
    if (!at)
        return true;
    *at++ = '"';
    for (size_t i = 0; i < n; i += 8) {
        const size_t left = n - i < 8 ? n - i : 8;
        const uint64_t word =
            left < 8 ? cx_word_cut(cx_word_part(text + i, left), left) : cx_word(text + i);
        if (!is_plain(word))
            return false;
        cx_word_put(at + i, word);
    }
    at[n] = '"';
    l->n += n + 2;
    return true;
}

static void put_name(line *l, const char *name)
{
    if (!put_plain(l, name, strlen(name))) {
        json_t *text = json_string(name);
        put_by_jansson(l, text);
        json_decref(text);
    }
    put_byte(l, ':');
}

static void put_integer(line *l, json_int_t n)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (n < 0)
        digits[--at] = '-';
    put_bytes(l, digits + at, sizeof digits - at);
}

static void put_value(line *l, json_t *value);

/* The members but for those that one before has. */
static void put_members(line *l, json_t *object, const json_t *before)
{
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        const char *name = json_object_iter_key(i);
        if (before && json_object_get(before, name))
            continue;
        if (l->n && l->p[l->n - 1] != '{')
            put_byte(l, ',');
        put_name(l, name);
        put_value(l, json_object_iter_value(i));
    }
}

/* As deep as the tree, which this program made, or jansson read within its bound. */
static void put_value(line *l, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_byte(l, '{');
        put_members(l, value, NULL);
        put_byte(l, '}');
        break;
    case JSON_ARRAY:
        put_byte(l, '[');
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (i)
                put_byte(l, ',');
            put_value(l, json_array_get(value, i));
        }
        put_byte(l, ']');
        break;
    case JSON_STRING:
        if (!put_plain(l, json_string_value(value), json_string_length(value)))
            put_by_jansson(l, value);
        break;
    case JSON_INTEGER:
        put_integer(l, json_integer_value(value));
        break;
    case JSON_TRUE:
        put_bytes(l, "true", 4);
        break;
    case JSON_FALSE:
        put_bytes(l, "false", 5);
        break;
    case JSON_REAL:
    case JSON_NULL:
        put_by_jansson(l, value);
        break;
    }
}

/* To read a tree jansson wants one that may be written. */
static json_t *readable(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

cx_status cx_json_put(cx_buf *b, const json_t *value)
{
    line l;
    begin(&l);
    put_value(&l, readable(value));
    cx_status status = l.failed ? CX_NO_MEMORY : cx_buf_put(b, l.p, l.n);
    end(&l);
    return status;
}

static cx_status give(line *l, FILE *out)
{
    put_byte(l, '\n');
    cx_status status = l->failed                            ? CX_NO_MEMORY
                       : fwrite(l->p, 1, l->n, out) == l->n ? CX_OK
                                                            : CX_IO;
    end(l);
    return status;
}

cx_status cx_json_line(FILE *out, const json_t *value)
{
    line l;
    begin(&l);
    put_value(&l, readable(value));
    return give(&l, out);
}

cx_status cx_json_line_of(FILE *out, const json_t *head, const json_t *rest)
{
    line l;
    begin(&l);
    put_byte(&l, '{');
    put_members(&l, readable(head), NULL);
    put_members(&l, readable(rest), head);
    put_byte(&l, '}');
    return give(&l, out);
}

json_t *cx_json_tool(const json_t *capture)
{
    const char *stored = json_string_value(json_object_get(capture, "tool"));
    return json_string(stored ? stored : "capdx " CX_VERSION);
}
