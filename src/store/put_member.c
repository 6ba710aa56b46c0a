/* Members of a result as rows (put.h). Columns are for questions; the whole member stands beside
 * them as JSON, without the names of files, which may change while the content does not. */
#include "store/put.h"

#include "base/buf.h"
#include "report/json_out.h"
#include "store/store_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MEMBER 16777216u /* bytes of one member as JSON; the largest are some 100 KiB */

static const char *str(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static int64_t num(const json_t *o, const char *key, int64_t otherwise)
{
    const json_t *n = json_object_get(o, key);
    return json_is_integer(n) ? json_integer_value(n) : otherwise;
}

/* value without type and file, as text; owned. */
static cx_status bare_text(json_t *value, char **ret)
{
    cx_buf b = cx_buf_init(MAX_MEMBER);
    json_t *bare = json_copy(value);
    if (!bare)
        return CX_NO_MEMORY;
    (void)json_object_del(bare, "type"); /* absent is fine */
    (void)json_object_del(bare, "file");
    cx_status status = cx_json_put(&b, bare);
    if (status == CX_OK)
        status = cx_buf_put(&b, "", 1);
    json_decref(bare);
    if (status != CX_OK) {
        cx_buf_free(&b);
        return status == CX_LIMIT ? CX_MALFORMED : status;
    }
    *ret = (char *)b.p;
    return CX_OK;
}

static cx_status put_attempt(cx_store_group *g, json_t *v)
{
    char *json = NULL;
    int64_t attempt = num(v, "attempt", -1);
    if (attempt < 1 || !str(v, "client") || !str(v, "kind") || !str(v, "outcome"))
        return CX_MALFORMED;
    cx_status status = bare_text(v, &json);
    if (status == CX_OK)
        status = cx_store_do(g->store, CX_SQL_PUT_ATTEMPT,
                             "tittttttt"
                             "ntttt"
                             "t",
                             g->key, attempt, str(v, "client"), str(v, "kind"), str(v, "outcome"),
                             str(v, "root_cause"), str(v, "user"), str(v, "domain"),
                             str(v, "server"), num(v, "port", -1), str(v, "server_name"),
                             str(v, "transport"), str(v, "started"), str(v, "ended"), json);
    free(json);
    return status;
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

/* File names in the evidence: left out where there is one file, else the place in the set. */
static json_t *nameless(const cx_store_group *g, const json_t *evidence)
{
    json_t *list = json_deep_copy(evidence);
    for (size_t i = 0; list && i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        const char *file = str(item, "file");
        size_t k = 0, n = json_array_size(g->files);
        while (file && k < n) {
            const char *name = json_string_value(json_array_get(g->files, k));
            if (name && strcmp(name, file) == 0)
                break;
            k++;
        }
        if (!file)
            continue;
        if (n ? k < n : strcmp(file, g->file) == 0)
            (void)json_object_del(item, "file"); /* it is there */
        if (n && k < n && json_object_set_new(item, "part", json_integer((json_int_t)k)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static cx_status put_finding(cx_store_group *g, json_t *v)
{
    const char *id = str(v, "id"), *client = str(v, "client") ? str(v, "client") : "";
    const json_t *evidence = json_object_get(v, "evidence");
    int64_t attempt = num(v, "attempt", 0);
    char *json = NULL;
    if (attempt < 0 || !id || !str(v, "severity") || !str(v, "role") || !str(v, "confidence") ||
        !json_is_array(evidence))
        return CX_MALFORMED;
    if ((uint64_t)attempt != g->attempt || strcmp(client, g->client) != 0 || g->n == 0) {
        g->attempt = (uint64_t)attempt;
        (void)snprintf(g->client, sizeof g->client, "%s", client);
        g->n = 0;
    }
    json_t *copy = json_copy(v), *list = nameless(g, evidence);
    cx_status status =
        copy && list && json_object_set(copy, "evidence", list) == 0 ? CX_OK : CX_NO_MEMORY;
    if (status == CX_OK)
        status = bare_text(copy, &json);
    if (status == CX_OK)
        status = cx_store_do(g->store, CX_SQL_PUT_FINDING,
                             "titi"
                             "ttttt"
                             "nttttttit",
                             g->key, attempt, client, ++g->n, id, str(v, "severity"),
                             str(v, "role"), str(v, "confidence"), str(v, "server"),
                             num(v, "port", -1), str(v, "server_name"), certificate_of(v, id),
                             str(v, "user"), str(v, "domain"), str(v, "first"), str(v, "last"),
                             num(v, "count", 1), json);
    free(json);
    json_decref(copy);
    json_decref(list);
    return status;
}

static cx_status put_coverage(cx_store_group *g, json_t *v)
{
    char *json = NULL;
    if (!str(v, "id") || !str(v, "text"))
        return CX_MALFORMED;
    cx_status status = bare_text(v, &json);
    if (status == CX_OK)
        status = cx_store_do(g->store, CX_SQL_PUT_COVERAGE, "ttitt", g->key, str(v, "id"),
                             ++g->n_coverage, str(v, "text"), json);
    free(json);
    return status;
}

static cx_status put_summary(cx_store_group *g, json_t *v)
{
    cx_buf links = cx_buf_init(4096);
    const json_t *list = json_object_get(v, "link_types");
    cx_status status = CX_OK;
    for (size_t i = 0; i < json_array_size(list) && status == CX_OK; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name)
            return cx_buf_free(&links), CX_MALFORMED;
        status = i ? cx_buf_put_text(&links, " ") : CX_OK;
        if (status == CX_OK)
            status = cx_buf_put_text(&links, name);
    }
    if (status == CX_OK)
        status = cx_buf_put(&links, "", 1);
    if (status == CX_OK)
        status =
            cx_store_do(g->store, CX_SQL_SET_TOTALS, "ttiitt", g->key, (const char *)links.p,
                        num(v, "packets", 0), num(v, "bytes", 0), str(v, "first"), str(v, "last"));
    cx_buf_free(&links);
    return status == CX_LIMIT ? CX_MALFORMED : status;
}

cx_status cx_store_group_put(cx_store_group *g, const char *type, json_t *value)
{
    static const struct {
        const char *type;
        cx_status (*put)(cx_store_group *g, json_t *value);
    } kinds[] = {
        {"attempt", put_attempt},
        {"finding", put_finding},
        {"coverage", put_coverage},
        {"summary", put_summary},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].type, type) == 0)
            return g->skip ? CX_OK : kinds[i].put(g, value);
    return CX_OK; /* of a later version */
}
