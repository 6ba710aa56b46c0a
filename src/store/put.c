/* Fates and captures as rows (put.h). Members of results are in put_member.c. */
#include "store/put.h"

#include "base/buf.h"
#include "report/json_out.h"
#include "store/store_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SHARD_LIST 131072u /* bytes: the list of CX_STORE shards, "4095/4096 " each */

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

cx_status cx_store_put_input(cx_store *s, const cx_store_input *input)
{
    char *old = NULL;
    sqlite3_stmt *find = cx_store_bind(s, CX_SQL_OLD_CAPTURE, "t", input->path);
    if (!find)
        return CX_IO;
    int code = sqlite3_step(find);
    if (code == SQLITE_ROW)
        old = strdup((const char *)sqlite3_column_text(find, 0));
    cx_status status = code == SQLITE_DONE  ? CX_OK
                       : code != SQLITE_ROW ? cx_store_failed(s, code)
                       : old                ? CX_OK
                                            : CX_NO_MEMORY;
    cx_store_done(find);
    if (status == CX_OK)
        status = cx_store_do(s, CX_SQL_PUT_INPUT,
                             "tnttttt"
                             "nt",
                             input->path, input->size, input->mtime, input->fate, input->why,
                             input->sha256, input->capture, input->part, input->tool);
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

/* The list with one more, in order; "" when it has all. */
static cx_status add_shard(const char *list, uint32_t shard, uint32_t shards, cx_buf *ret)
{
    cx_status status = CX_OK;
    uint32_t have = 0;
    for (uint32_t i = 1; i <= shards && status == CX_OK; i++) {
        char one[32];
        if (i != shard && (!*list || !cx_store_has_shard(list, i, shards)))
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

typedef enum verdict { V_NEW, V_SKIP, V_ADD } verdict;

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
    *ret = V_NEW;
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
    if (status == CX_OK && o->shards)
        status = add_shard(*ret == V_ADD ? list : "", o->shard, o->shards, shards);
    else if (status == CX_OK)
        status = cx_buf_put(shards, "", 1);
    cx_store_done(find);
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

static cx_status insert(cx_store_group *g, const cx_store_origin *o, const json_t *capture,
                        const char *shards)
{
    const json_t *parts = json_object_get(capture, "parts");
    char *list = parts ? text_of(parts, 16777216u) : NULL; /* 65,536 files of a set */
    cx_status status = parts && !list ? CX_NO_MEMORY : CX_OK;
    if (status == CX_OK)
        status = cx_store_do(g->store, CX_SQL_PUT_CAPTURE, "tttttt", g->key, o->tool, o->options,
                             shards, json_string_value(json_object_get(capture, "format")), list);
    free(list);
    return status;
}

cx_status cx_store_group_begin(cx_store_group *g, cx_store *s, const char *key,
                               const cx_store_origin *origin, json_t *capture, bool again)
{
    const char *file = json_string_value(json_object_get(capture, "file"));
    json_t *files = json_object_get(capture, "files");
    verdict v = V_NEW;
    cx_buf shards = cx_buf_init(MAX_SHARD_LIST);
    *g = (cx_store_group){.store = s, .key = strdup(key), .file = strdup(file ? file : "")};
    g->files = json_is_array(files) ? json_incref(files) : NULL;
    cx_status status = g->key && g->file ? CX_OK : CX_NO_MEMORY;
    if (status == CX_OK)
        status = judge(s, key, origin, again, &v, &shards);
    g->skip = v == V_SKIP;
    if (status == CX_OK && v == V_ADD)
        status = cx_store_do(s, CX_SQL_SET_SHARDS, "tt", key, (const char *)shards.p);
    if (status == CX_OK && v == V_NEW)
        status = drop(s, key);
    if (status == CX_OK && v == V_NEW)
        status = insert(g, origin, capture, (const char *)shards.p);
    cx_buf_free(&shards);
    if (status != CX_OK)
        cx_store_group_end(g);
    return status;
}

void cx_store_group_end(cx_store_group *g)
{
    free(g->key);
    free(g->file);
    json_decref(g->files);
    *g = (cx_store_group){.store = NULL};
}
