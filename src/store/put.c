/* Fates, captures and their results into the database (put.h). */
#include "store/put.h"

#include "base/buf.h"
#include "report/json_out.h"
#include "store/store_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MEMBER     16777216u /* bytes of one member as JSON; the largest are some 100 KiB */
#define MAX_PARTS      16777216u /* bytes of the digests of a set of 65,536 files */
#define MAX_SHARD_LIST 131072u   /* bytes: the list of CX_STORE shards, "4095/4096 " each */

const char *const cx_fate_names[] = {"read",          "cut",       "damaged",
                                     "not-a-capture", "not-read",  "not-opened",
                                     "crashed",       "timed-out", NULL};

static bool among(const char *fate, int from, int to)
{
    for (int i = from; i < to && cx_fate_names[i]; i++)
        if (strcmp(cx_fate_names[i], fate) == 0)
            return true;
    return false;
}

bool cx_fate_is_known(const char *fate)
{
    return among(fate, 0, 8);
}

bool cx_fate_has_results(const char *fate)
{
    return among(fate, 0, 3);
}

bool cx_fate_is_final(const char *fate)
{
    return among(fate, 0, 5);
}

/* ---- inputs ---- */

static cx_status drop(cx_store *s, const char *key)
{
    static const cx_sql all[] = {CX_SQL_DROP_CAPTURE, CX_SQL_DROP_ATTEMPTS, CX_SQL_DROP_FINDINGS,
                                 CX_SQL_DROP_COVERAGE};
    cx_status status = CX_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all && status == CX_OK; i++)
        status = cx_store_do(s, all[i], "t", key);
    return status;
}

/* Results of key that no input leads to any more. */
static cx_status drop_unused(cx_store *s, const char *key)
{
    sqlite3_stmt *used = cx_store_bind(s, CX_SQL_IS_USED, "t", key);
    if (!used)
        return CX_IO;
    int code = sqlite3_step(used);
    cx_status status = code == SQLITE_ROW || code == SQLITE_DONE ? CX_OK : cx_store_failed(s, code);
    cx_store_done(used);
    return status == CX_OK && code == SQLITE_DONE ? drop(s, key) : status;
}

static cx_status insert_input(cx_store *s, const cx_store_input *input, bool *ret_there)
{
    cx_status status = cx_store_do(s, CX_SQL_PUT_INPUT,
                                   "tnttttt"
                                   "nt",
                                   input->path, input->size, input->mtime, input->fate, input->why,
                                   input->sha256, input->capture, input->part, input->tool);
    *ret_there = status == CX_OK && sqlite3_changes(s->db) == 0;
    return status;
}

/* The key of the results that the input led to so far; NULL: none. */
static cx_status old_capture(cx_store *s, const char *path, char **ret)
{
    sqlite3_stmt *find = cx_store_bind(s, CX_SQL_OLD_CAPTURE, "t", path);
    if (!find)
        return CX_IO;
    int code = sqlite3_step(find);
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(find, 0) : NULL;
    *ret = text ? strdup(text) : NULL;
    cx_status status = code != SQLITE_ROW && code != SQLITE_DONE ? cx_store_failed(s, code)
                       : text && !*ret                           ? CX_NO_MEMORY
                                                                 : CX_OK;
    cx_store_done(find);
    return status;
}

cx_status cx_store_put_input(cx_store *s, const cx_store_input *input)
{
    char *old = NULL;
    bool there = false;
    cx_status status = insert_input(s, input, &there); /* most are new */
    if (status != CX_OK || !there)
        return status;
    status = old_capture(s, input->path, &old);
    if (status == CX_OK)
        status = cx_store_do(s, CX_SQL_DROP_INPUT, "t", input->path);
    if (status == CX_OK)
        status = insert_input(s, input, &there);
    if (status == CX_OK && old && (!input->capture || strcmp(old, input->capture) != 0))
        status = drop_unused(s, old);
    free(old);
    return status;
}

/* ---- captures ---- */

bool cx_store_has_shard(const char *list, uint32_t shard, uint32_t shards)
{
    char wanted[32];
    int n = snprintf(wanted, sizeof wanted, "%u/%u", shard, shards);
    if (!*list)
        return true;
    for (const char *p = list; shards && *p; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");
        if (len == (size_t)n && memcmp(p, wanted, len) == 0)
            return true;
        p += len;
    }
    return false;
}

/* The list, which has some, with one more, in order; "" when it has all. */
static cx_status add_shard(const char *list, uint32_t shard, uint32_t shards, cx_buf *ret)
{
    cx_status status = CX_OK;
    uint32_t have = 0;
    for (uint32_t i = 1; i <= shards && status == CX_OK; i++) {
        char one[32];
        if (i != shard && !cx_store_has_shard(list, i, shards))
            continue;
        (void)snprintf(one, sizeof one, "%s%u/%u", have ? " " : "", i, shards);
        status = cx_buf_put_text(ret, one);
        have++;
    }
    if (have == shards)
        ret->len = 0;
    return status == CX_OK ? cx_buf_put(ret, "", 1) : status;
}

static bool same_shards(const char *list, uint32_t shards)
{
    char tail[32];
    int n = snprintf(tail, sizeof tail, "/%u", shards);
    size_t len = strcspn(list, " ");
    return shards && len > (size_t)n && memcmp(list + len - (size_t)n, tail, (size_t)n) == 0;
}

typedef enum verdict { V_OTHER, V_SKIP, V_ADD } verdict; /* OTHER: they make room */

/* What the results of this key in the database mean for new ones. */
static cx_status judge(cx_store *s, const char *key, const cx_store_origin *o, bool again,
                       verdict *ret, cx_buf *shards)
{
    sqlite3_stmt *find = cx_store_bind(s, CX_SQL_FIND_CAPTURE, "t", key);
    if (!find)
        return CX_IO;
    int code = sqlite3_step(find);
    bool there = code == SQLITE_ROW;
    cx_status status = there || code == SQLITE_DONE ? CX_OK : cx_store_failed(s, code);
    const char *list = there ? (const char *)sqlite3_column_text(find, 2) : NULL;
    *ret = V_OTHER;
    if (list) {
        const char *tool = (const char *)sqlite3_column_text(find, 0);
        const char *options = (const char *)sqlite3_column_text(find, 1);
        bool same = strcmp(tool, o->tool) == 0 && strcmp(options, o->options) == 0;
        bool older = strverscmp(tool, o->tool) < 0;
        if (same && cx_store_has_shard(list, o->shard, o->shards))
            *ret = V_SKIP;
        else if (same && same_shards(list, o->shards))
            *ret = V_ADD;
        else if (!same && !older && !again)
            *ret = V_SKIP;
    }
    if (status == CX_OK && *ret == V_ADD)
        status = add_shard(list, o->shard, o->shards, shards);
    cx_store_done(find);
    return status;
}

static cx_status insert_capture(cx_store *s, const char *key, const cx_store_origin *origin,
                                const cx_row *capture, bool *ret_there)
{
    char shard[32] = ""; /* all clients */
    if (origin->shards > 1)
        (void)snprintf(shard, sizeof shard, "%u/%u", origin->shard, origin->shards);
    cx_value values[10] = {cx_value_text(origin->tool), cx_value_text(origin->options),
                           cx_value_text(shard)};
    memcpy(values + 3, capture->values + CX_CAPTURE_FORMAT, 7 * sizeof *values);
    cx_status status = cx_store_do_values(s, CX_SQL_PUT_CAPTURE, key, values, 10);
    *ret_there = status == CX_OK && sqlite3_changes(s->db) == 0;
    return status;
}

static char *text_of(const json_t *value, size_t max)
{
    cx_buf b = cx_buf_init(max);
    if (cx_json_put(&b, value) == CX_OK && cx_buf_put(&b, "", 1) == CX_OK)
        return (char *)b.p;
    cx_buf_free(&b);
    return NULL;
}

cx_status cx_store_put_capture(cx_store *s, const char *key, const cx_store_origin *origin,
                               const cx_row *capture, bool again, bool *ret_skip)
{
    verdict v = V_OTHER;
    bool there = false;
    *ret_skip = false;
    cx_status status = insert_capture(s, key, origin, capture, &there); /* most are new */
    if (status != CX_OK || !there)
        return status;
    cx_buf shards = cx_buf_init(MAX_SHARD_LIST);
    status = judge(s, key, origin, again, &v, &shards);
    *ret_skip = v == V_SKIP;
    if (status == CX_OK && v == V_ADD)
        status = cx_store_do(s, CX_SQL_SET_SHARDS, "tt", key, (const char *)shards.p);
    if (status == CX_OK && v == V_OTHER)
        status = drop(s, key);
    if (status == CX_OK && v == V_OTHER)
        status = insert_capture(s, key, origin, capture, &there);
    cx_buf_free(&shards);
    return status;
}

cx_status cx_store_put_row(cx_store *s, const char *key, const cx_row *row)
{
    static const cx_sql statements[CX_ROW_KINDS] = {
        [CX_ROW_ATTEMPT] = CX_SQL_PUT_ATTEMPT,
        [CX_ROW_FINDING] = CX_SQL_PUT_FINDING,
        [CX_ROW_COVERAGE] = CX_SQL_PUT_COVERAGE,
    };
    assert(row->kind <= CX_ROW_COVERAGE);
    if (row->kind == CX_ROW_CAPTURE)
        return cx_store_do_values(s, CX_SQL_SET_TOTALS, key, row->values + CX_CAPTURE_LINKS, 5);
    return cx_store_do_values(s, statements[row->kind], key, row->values, cx_row_size(row->kind));
}

cx_status cx_store_check_json(cx_store *s, cx_slice text)
{
    const cx_value value = {.kind = CX_VALUE_TEXT, .text = text};
    sqlite3_stmt *check = cx_store_bind_values(s, CX_SQL_IS_JSON, NULL, &value, 1);
    if (!check)
        return CX_IO;
    int code = sqlite3_step(check);
    bool good = code == SQLITE_ROW && sqlite3_column_int(check, 0) == 1;
    cx_status status = code != SQLITE_ROW ? cx_store_failed(s, code) : CX_OK;
    cx_store_done(check);
    return status != CX_OK || good ? status : CX_MALFORMED;
}

/* ---- members ---- */

cx_status cx_store_group_begin(cx_store_group *g, cx_store *s, const char *key,
                               const cx_store_origin *origin, json_t *capture, bool again)
{
    const char *file = json_string_value(json_object_get(capture, "file"));
    const json_t *parts = json_object_get(capture, "parts");
    json_t *files = json_object_get(capture, "files");
    char *list = parts ? text_of(parts, MAX_PARTS) : NULL;
    *g = (cx_store_group){.store = s,
                          .key = strdup(key),
                          .file = strdup(file ? file : ""),
                          .text = cx_buf_init(MAX_MEMBER)};
    g->files = json_is_array(files) ? json_incref(files) : NULL;
    g->maker = (cx_row_maker){.file = g->file, .files = g->files};
    cx_status status = g->key && g->file && (!parts || list) ? CX_OK : CX_NO_MEMORY;
    cx_row row = {.kind = CX_ROW_CAPTURE};
    row.values[CX_CAPTURE_FORMAT] =
        cx_value_text(json_string_value(json_object_get(capture, "format")));
    row.values[CX_CAPTURE_PARTS] = cx_value_text(list);
    if (status == CX_OK)
        status = cx_store_put_capture(s, key, origin, &row, again, &g->skip);
    free(list);
    if (status != CX_OK)
        cx_store_group_end(g);
    return status;
}

cx_status cx_store_group_put(cx_store_group *g, const char *type, json_t *value)
{
    cx_row row;
    if (g->skip)
        return CX_OK;
    cx_status status = cx_row_make(&g->maker, type, value, &g->text, &row);
    if (status == CX_END)
        return CX_OK;
    return status == CX_OK ? cx_store_put_row(g->store, g->key, &row) : status;
}

void cx_store_group_end(cx_store_group *g)
{
    free(g->key);
    free(g->file);
    json_decref(g->files);
    cx_buf_free(&g->text);
    *g = (cx_store_group){.store = NULL};
}
