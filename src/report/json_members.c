/* Members of JSON objects (json_members.h). */
#include "report/json_members.h"

#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void open_tree(cx_members *m, json_t *o)
{
    assert(m->depth < CX_MEMBERS_DEPTH);
    m->open[m->depth++] = o;
    m->failed |= !o;
}

cx_members cx_members_tree(void)
{
    cx_members m = {.depth = 0};
    open_tree(&m, json_object());
    return m;
}

cx_members cx_members_text(cx_json_writer *w)
{
    cx_json_open(w);
    return (cx_members){.text = w};
}

json_t *cx_members_end(cx_members *m)
{
    if (m->text) {
        cx_json_close(m->text);
        return NULL;
    }
    assert(m->depth == 1);
    if (m->failed) {
        json_decref(m->open[0]);
        return NULL;
    }
    return m->open[0];
}

/* ---- one value ---- */

static void put(cx_members *m, const char *key, json_t *value)
{
    json_t *to = m->open[m->depth - 1];
    if (m->failed)
        json_decref(value);
    else if (key) /* frees value itself when it fails, as for lists */
        m->failed = json_object_set_new_nocheck(to, key, value) != 0;
    else
        m->failed = json_array_append_new(to, value) != 0;
}

static void put_key(const cx_members *m, const char *key)
{
    if (key)
        cx_json_put_ascii(m->text, key);
}

void cx_members_put(cx_members *m, const char *key, json_t *value)
{
    if (!m->text) {
        put(m, key, value);
        return;
    }
    put_key(m, key);
    if (value)
        cx_json_put_value(m->text, value);
    else if (m->text->status == CX_OK)
        m->text->status = CX_NO_MEMORY;
    json_decref(value);
}

/* Text of this program, which is ASCII. */
static void put_ascii(cx_members *m, const char *key, const char *text)
{
    if (!m->text) {
        put(m, key, json_string_nocheck(text));
        return;
    }
    put_key(m, key);
    cx_json_put_ascii(m->text, text);
}

void cx_members_integer(cx_members *m, const char *key, int64_t n)
{
    if (!m->text) {
        put(m, key, json_integer(n));
        return;
    }
    put_key(m, key);
    cx_json_put_integer(m->text, n);
}

void cx_members_number(cx_members *m, const char *key, uint64_t n)
{
    cx_members_integer(m, key, (int64_t)n);
}

void cx_members_bool(cx_members *m, const char *key, bool b)
{
    if (!m->text) {
        put(m, key, json_boolean(b));
        return;
    }
    put_key(m, key);
    cx_json_put_bool(m->text, b);
}

void cx_members_slice(cx_members *m, const char *key, cx_slice text)
{
    if (!text.p)
        return;
    if (!m->text) {
        put(m, key, cx_json_text(text));
        return;
    }
    put_key(m, key);
    cx_json_put_text(m->text, text);
}

void cx_members_string(cx_members *m, const char *key, const char *text)
{
    if (text)
        cx_members_slice(m, key, cx_slice_of(text));
}

void cx_members_addr(cx_members *m, const char *key, const cx_endpoint *e)
{
    char text[CX_ADDR_TEXT];
    if (!e->family)
        return;
    cx_addr_text(e, text);
    put_ascii(m, key, text);
}

void cx_members_time(cx_members *m, const char *key, int64_t ts_ns, int digits)
{
    char text[CX_TIME_TEXT];
    cx_time_text(ts_ns, digits, text);
    put_ascii(m, key, text);
}

void cx_members_ms(cx_members *m, const char *key, int64_t ns)
{
    const int64_t us = ns / 1000; /* what is finer is cut */
    if (ns >= 0)
        cx_members_put(m, key, json_real((double)us / 1000.0));
}

void cx_members_hex(cx_members *m, const char *key, uint32_t n, int digits)
{
    char text[16];
    (void)snprintf(text, sizeof text, "0x%0*x", digits, n); /* at most 10 characters */
    put_ascii(m, key, text);
}

/* ---- objects and lists in it ---- */

static void enter(cx_members *m, const char *key, json_t *inner)
{
    put(m, key, inner);
    open_tree(m, m->failed ? NULL : inner);
}

static void leave(cx_members *m)
{
    assert(m->depth > 1);
    m->depth--;
}

void cx_members_open(cx_members *m, const char *key)
{
    if (!m->text) {
        enter(m, key, json_object());
        return;
    }
    put_key(m, key);
    cx_json_open(m->text);
}

void cx_members_close(cx_members *m)
{
    if (m->text)
        cx_json_close(m->text);
    else
        leave(m);
}

void cx_members_open_list(cx_members *m, const char *key)
{
    if (!m->text) {
        enter(m, key, json_array());
        return;
    }
    put_key(m, key);
    cx_json_open_list(m->text);
}

void cx_members_close_list(cx_members *m)
{
    if (m->text)
        cx_json_close_list(m->text);
    else
        leave(m);
}
