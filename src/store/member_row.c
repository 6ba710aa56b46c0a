/* Members of a result as rows (row.h). Columns are for questions; the whole member stands beside
 * them as JSON, without the names of files, which may change while the content does not. */
#include "report/json_out.h"
#include "store/row.h"

#include <stdio.h>
#include <string.h>

static const char *str(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static int64_t num(const json_t *o, const char *key, int64_t otherwise)
{
    const json_t *n = json_object_get(o, key);
    return json_is_integer(n) ? json_integer_value(n) : otherwise;
}

static cx_value text(const json_t *o, const char *key)
{
    return cx_value_text(str(o, key));
}

/* value without type and file, as JSON in out. */
static cx_status bare_json(json_t *value, cx_buf *out, cx_value *ret)
{
    (void)json_object_del(value, "type"); /* absent is fine */
    (void)json_object_del(value, "file");
    cx_status status = cx_json_put(out, value);
    *ret = (cx_value){.kind = CX_VALUE_TEXT, .text = cx_buf_slice(out)};
    return status;
}

static cx_status make_attempt(cx_row_maker *m, json_t *v, cx_buf *out, cx_row *ret)
{
    int64_t attempt = num(v, "attempt", -1);
    (void)m;
    if (attempt < 1 || !str(v, "client") || !str(v, "kind") || !str(v, "outcome"))
        return CX_MALFORMED;
    *ret = (cx_row){.kind = CX_ROW_ATTEMPT,
                    .values = {cx_value_number(attempt), text(v, "client"), text(v, "kind"),
                               text(v, "outcome"), text(v, "root_cause"), text(v, "user"),
                               text(v, "domain"), text(v, "server"),
                               cx_value_natural(num(v, "port", -1)), text(v, "server_name"),
                               text(v, "transport"), text(v, "started"), text(v, "ended")}};
    return bare_json(v, out, &ret->values[13]);
}

/* The names on the certificate that a finding is about. */
static const char *certificate_of(const json_t *v, const char *id)
{
    const json_t *details = json_object_get(v, "details");
    if (strncmp(id, "tls-cert", 8) != 0)
        return NULL;
    const char *names = str(details, "names");
    return names ? names : str(details, "subject");
}

/* Takes the names of files out of the evidence: where there is one file there is nothing instead,
 * else the place in the set. */
static cx_status take_names(const cx_row_maker *m, json_t *evidence)
{
    size_t i, n = json_array_size(m->files);
    json_t *item;
    json_array_foreach(evidence, i, item)
    {
        const char *file = str(item, "file");
        size_t k = 0;
        while (file && k < n) {
            const char *name = json_string_value(json_array_get(m->files, k));
            if (name && strcmp(name, file) == 0)
                break;
            k++;
        }
        if (!file || (n ? k == n : strcmp(file, m->file) != 0))
            continue;
        (void)json_object_del(item, "file"); /* it is there */
        if (n && json_object_set_new(item, "part", json_integer((json_int_t)k)) != 0)
            return CX_NO_MEMORY;
    }
    return CX_OK;
}

static cx_status make_finding(cx_row_maker *m, json_t *v, cx_buf *out, cx_row *ret)
{
    const char *id = str(v, "id"), *client = str(v, "client") ? str(v, "client") : "";
    json_t *evidence = json_object_get(v, "evidence");
    int64_t attempt = num(v, "attempt", 0);
    if (attempt < 0 || !id || !str(v, "severity") || !str(v, "role") || !str(v, "confidence") ||
        !json_is_array(evidence))
        return CX_MALFORMED;
    if (attempt != m->attempt || strcmp(client, m->client) != 0 || m->n == 0) {
        m->attempt = attempt;
        (void)snprintf(m->client, sizeof m->client, "%s", client);
        m->n = 0;
    }
    cx_status status = take_names(m, evidence);
    if (status != CX_OK)
        return status;
    *ret = (cx_row){
        .kind = CX_ROW_FINDING,
        .values = {cx_value_number(attempt), cx_value_text(client), cx_value_number(++m->n),
                   cx_value_text(id), text(v, "severity"), text(v, "role"), text(v, "confidence"),
                   text(v, "server"), cx_value_natural(num(v, "port", -1)), text(v, "server_name"),
                   cx_value_text(certificate_of(v, id)), text(v, "user"), text(v, "domain"),
                   text(v, "first"), text(v, "last"), cx_value_number(num(v, "count", 1))}};
    return bare_json(v, out, &ret->values[16]);
}

static cx_status make_coverage(cx_row_maker *m, json_t *v, cx_buf *out, cx_row *ret)
{
    if (!str(v, "id") || !str(v, "text"))
        return CX_MALFORMED;
    *ret = (cx_row){.kind = CX_ROW_COVERAGE,
                    .values = {text(v, "id"), cx_value_number(++m->n_coverage), text(v, "text")}};
    return bare_json(v, out, &ret->values[3]);
}

static cx_status make_capture(cx_row_maker *m, json_t *v, cx_buf *out, cx_row *ret)
{
    const json_t *list = json_object_get(v, "link_types"), *name;
    cx_status status = CX_OK;
    size_t i;
    (void)m;
    json_array_foreach(list, i, name)
    {
        if (!json_is_string(name))
            return CX_MALFORMED;
        if (i && status == CX_OK)
            status = cx_buf_put_text(out, " ");
        if (status == CX_OK)
            status = cx_buf_put_text(out, json_string_value(name));
    }
    *ret = (cx_row){.kind = CX_ROW_CAPTURE};
    ret->values[CX_CAPTURE_LINKS] = (cx_value){.kind = CX_VALUE_TEXT, .text = cx_buf_slice(out)};
    ret->values[CX_CAPTURE_PACKETS] = cx_value_number(num(v, "packets", 0));
    ret->values[CX_CAPTURE_BYTES] = cx_value_number(num(v, "bytes", 0));
    ret->values[CX_CAPTURE_FIRST] = text(v, "first");
    ret->values[CX_CAPTURE_LAST] = text(v, "last");
    return status;
}

cx_status cx_row_make(cx_row_maker *m, const char *type, json_t *value, cx_buf *out, cx_row *ret)
{
    static const struct {
        const char *type;
        cx_status (*make)(cx_row_maker *m, json_t *value, cx_buf *out, cx_row *ret);
    } kinds[] = {
        {"attempt", make_attempt},
        {"finding", make_finding},
        {"coverage", make_coverage},
        {"summary", make_capture},
    };
    out->len = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].type, type) != 0)
            continue;
        cx_status status = kinds[i].make(m, value, out, ret);
        return status == CX_LIMIT ? CX_MALFORMED : status;
    }
    return CX_END; /* of a later version */
}
