/* Members of a JSON object (json_members.h). */
#include "report/json_members.h"

#include "base/text.h"
#include "report/event_json.h"

#include <stdio.h>

cx_members cx_members_new(void)
{
    json_t *o = json_object();
    return (cx_members){.o = o, .failed = !o};
}

json_t *cx_members_end(cx_members *m)
{
    if (m->failed) {
        json_decref(m->o);
        m->o = NULL;
    }
    return m->o;
}

void cx_members_put(cx_members *m, const char *key, json_t *value)
{
    if (m->failed || json_object_set_new_nocheck(m->o, key, value) != 0) {
        if (m->failed)
            json_decref(value);
        m->failed = true;
    }
}

void cx_members_item(cx_members *m, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) /* frees value itself */
        m->failed = true;
}

void cx_members_number(cx_members *m, const char *key, uint64_t n)
{
    cx_members_put(m, key, json_integer((json_int_t)n));
}

void cx_members_bool(cx_members *m, const char *key, bool b)
{
    cx_members_put(m, key, json_boolean(b));
}

void cx_members_string(cx_members *m, const char *key, const char *text)
{
    if (text)
        cx_members_put(m, key, json_string(text));
}

void cx_members_slice(cx_members *m, const char *key, cx_slice text)
{
    if (text.p)
        cx_members_put(m, key, cx_json_text(text));
}

void cx_members_addr(cx_members *m, const char *key, const cx_endpoint *e)
{
    char text[CX_ADDR_TEXT];
    if (!e->family)
        return;
    cx_addr_text(e, text);
    cx_members_put(m, key, json_string_nocheck(text));
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
    cx_members_put(m, key, json_string_nocheck(text));
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
