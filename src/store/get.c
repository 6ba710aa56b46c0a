/* What is known of an input (get.h). */
#include "store/get.h"

#include "store/store_parts.h"

#include <stdio.h>
#include <string.h>

static void copy(char *to, size_t size, sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    (void)snprintf(to, size, "%s", text ? text : ""); /* foreign text may be cut */
}

/* tool, options and shards of the capture, from this column on. */
static void judge(sqlite3_stmt *row, int column, const cx_store_origin *o, cx_store_known *k)
{
    const char *tool = (const char *)sqlite3_column_text(row, column);
    const char *options = (const char *)sqlite3_column_text(row, column + 1);
    const char *shards = (const char *)sqlite3_column_text(row, column + 2);
    if (!tool || !options || !shards)
        return;
    k->same_tool = strcmp(tool, o->tool) == 0;
    k->same_options = strcmp(options, o->options) == 0;
    k->results = cx_store_has_shard(shards, o->shard, o->shards);
}

static cx_status step(cx_store *s, sqlite3_stmt *row, bool *ret_there)
{
    int code = row ? sqlite3_step(row) : SQLITE_ERROR;
    *ret_there = code == SQLITE_ROW;
    if (!row || code == SQLITE_ROW || code == SQLITE_DONE)
        return row ? CX_OK : CX_IO;
    cx_status status = cx_store_failed(s, code);
    cx_store_done(row);
    return status;
}

cx_status cx_store_find_input(cx_store *s, const char *path, const cx_store_origin *origin,
                              cx_store_known *ret)
{
    cx_store_known k = {.found = false};
    sqlite3_stmt *row = cx_store_bind(s, CX_SQL_FIND_INPUT, "t", path);
    cx_status status = step(s, row, &k.found);
    if (status != CX_OK)
        return status;
    if (k.found) {
        k.size = sqlite3_column_type(row, 0) == SQLITE_NULL ? -1 : sqlite3_column_int64(row, 0);
        copy(k.mtime, sizeof k.mtime, row, 1);
        copy(k.fate, sizeof k.fate, row, 2);
        copy(k.why, sizeof k.why, row, 3);
        copy(k.sha256, sizeof k.sha256, row, 4);
        copy(k.capture, sizeof k.capture, row, 5);
        k.part = sqlite3_column_type(row, 6) == SQLITE_NULL ? -1 : sqlite3_column_int64(row, 6);
        k.same_tool = sqlite3_column_text(row, 7) &&
                      strcmp((const char *)sqlite3_column_text(row, 7), origin->tool) == 0;
        k.same_options = true;
        judge(row, 8, origin, &k);
    }
    cx_store_done(row);
    *ret = k;
    return CX_OK;
}

cx_status cx_store_find_capture(cx_store *s, const char *key, const cx_store_origin *origin,
                                cx_store_known *ret)
{
    cx_store_known k = {.part = -1};
    sqlite3_stmt *row = cx_store_bind(s, CX_SQL_FIND_CAPTURE, "t", key);
    cx_status status = step(s, row, &k.found);
    if (status != CX_OK)
        return status;
    if (k.found)
        judge(row, 0, origin, &k);
    cx_store_done(row);
    *ret = k;
    return CX_OK;
}

cx_status cx_store_find_content(cx_store *s, const char *sha256, const cx_store_origin *origin,
                                cx_store_known *ret)
{
    cx_store_known k;
    cx_status status = cx_store_find_capture(s, sha256, origin, &k);
    if (status != CX_OK || !k.found) {
        if (status == CX_OK)
            *ret = k;
        return status;
    }
    sqlite3_stmt *row = cx_store_bind(s, CX_SQL_FIND_CONTENT, "t", sha256);
    status = step(s, row, &k.found);
    if (status != CX_OK)
        return status;
    if (k.found) {
        copy(k.fate, sizeof k.fate, row, 0);
        copy(k.why, sizeof k.why, row, 1);
    }
    cx_store_done(row);
    *ret = k;
    return CX_OK;
}

typedef struct knowing {
    const cx_store_origin *origin;
    bool only_same;
    void (*known)(void *self, const char *sha256);
    void *self;
} knowing;

static cx_status give_known(void *self, sqlite3_stmt *row)
{
    const knowing *g = self;
    cx_store_known k = {.found = true};
    judge(row, 1, g->origin, &k);
    if (k.results && (!g->only_same || (k.same_tool && k.same_options)))
        g->known(g->self, (const char *)sqlite3_column_text(row, 0));
    return CX_OK;
}

cx_status cx_store_each_known(cx_store *s, const cx_store_origin *origin, bool only_same,
                              void (*known)(void *self, const char *sha256), void *self)
{
    knowing g = {origin, only_same, known, self};
    return cx_store_each(s, "SELECT capture, tool, options, shards FROM captures", NULL, NULL,
                         give_known, &g);
}

cx_status cx_store_count_inputs(cx_store *s, int64_t *ret)
{
    return cx_store_number(s, "SELECT count(*) FROM inputs", ret);
}
