/* Results from the database, as members of the schema (get.h): what the columns and the JSON beside
 * them say, with the names that the files have now. */
#include "store/get.h"

#include "report/json_out.h"
#include "store/store_parts.h"

#include <string.h>

typedef struct reading {
    cx_store *store;
    const cx_store_reader *to;
    const char *key, *file;
    json_t *files; /* of a set */
} reading;

static const char *column(sqlite3_stmt *row, int i)
{
    return (const char *)sqlite3_column_text(row, i);
}

static cx_status set_text(json_t *o, const char *name, const char *text)
{
    if (!text)
        return CX_OK;
    return json_object_set_new(o, name, cx_json_text(cx_slice_of(text))) == 0 ? CX_OK
                                                                              : CX_NO_MEMORY;
}

/* Takes value over. */
static cx_status give(const reading *r, const char *type, json_t *value)
{
    cx_status status = value ? r->to->member(r->to->self, r->file, type, value) : CX_NO_MEMORY;
    json_decref(value);
    return status;
}

typedef struct asking {
    reading reading;
    cx_status (*row)(reading *r, sqlite3_stmt *row);
} asking;

static cx_status hand_over(void *self, sqlite3_stmt *row)
{
    asking *a = self;
    return a->row(&a->reading, row);
}

/* Rows of a query on one key and the time, each handed to a function until one fails. */
static cx_status each(const reading *r, const char *sql,
                      cx_status (*row)(reading *r, sqlite3_stmt *row))
{
    asking a = {*r, row};
    return cx_store_each(r->store, sql, r->key, r->to->since, hand_over, &a);
}

/* The text beside the columns; NULL: damaged, which a file from elsewhere may be, or no memory. */
static json_t *stored(sqlite3_stmt *row, int i)
{
    const char *text = column(row, i);
    return text ? json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL) : NULL;
}

static cx_status give_stored(reading *r, sqlite3_stmt *row, const char *type)
{
    json_t *value = stored(row, 0);
    if (value)
        return give(r, type, value);
    (void)cx_store_failed(r->store, SQLITE_CORRUPT);
    return CX_IO;
}

static cx_status coverage_row(reading *r, sqlite3_stmt *row)
{
    return give_stored(r, row, "coverage");
}

/* Evidence gets the names of the files again, at its beginning as the schema has it. */
static cx_status finding_row(reading *r, sqlite3_stmt *row)
{
    json_t *value = stored(row, 0), *list = json_array(), *item;
    size_t i;
    json_array_foreach(json_object_get(value, "evidence"), i, item)
    {
        json_t *whole = json_object();
        json_int_t part = json_integer_value(json_object_get(item, "part"));
        const char *file = json_string_value(json_object_get(item, "file"));
        const char *of_set = json_string_value(json_array_get(r->files, (size_t)part));
        if (!file)
            file = of_set ? of_set : r->file;
        if (set_text(whole, "file", file) != CX_OK ||
            json_object_update_missing(whole, item) != 0 || json_array_append(list, whole) != 0) {
            json_decref(whole);
            json_decref(list);
            json_decref(value);
            return CX_NO_MEMORY;
        }
        (void)json_object_del(whole, "part"); /* of a set only */
        json_decref(whole);
    }
    bool bad = !value || !list || json_object_set(value, "evidence", list) != 0;
    json_decref(list);
    if (!bad)
        return give(r, "finding", value);
    json_decref(value);
    return cx_store_failed(r->store, SQLITE_CORRUPT);
}

static cx_status member_row(reading *r, sqlite3_stmt *row)
{
    return sqlite3_column_int(row, 1) ? finding_row(r, row) : give_stored(r, row, "attempt");
}

static cx_status summary_row(reading *r, sqlite3_stmt *row)
{
    json_t *links = json_array();
    const char *names = column(row, 7), *end;
    for (const char *p = names; links && p && *p; p = *end ? end + 1 : end) {
        end = p + strcspn(p, " ");
        (void)json_array_append_new(links, json_stringn(p, (size_t)(end - p)));
    }
    json_t *value = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:o}", "attempts", sqlite3_column_int64(row, 0), "failures",
        sqlite3_column_int64(row, 1), "successes", sqlite3_column_int64(row, 2), "packets",
        sqlite3_column_int64(row, 3), "bytes", sqlite3_column_int64(row, 4), "link_types", links);
    if (value && (set_text(value, "first", column(row, 5)) != CX_OK ||
                  set_text(value, "last", column(row, 6)) != CX_OK)) {
        json_decref(value);
        value = NULL;
    }
    return give(r, "summary", value);
}

static cx_status part_row(reading *r, sqlite3_stmt *row)
{
    json_t *name = cx_json_text(cx_slice_of(column(row, 0)));
    return json_array_append_new(r->files, name) == 0 ? CX_OK : CX_NO_MEMORY;
}

static cx_status input_row(reading *r, sqlite3_stmt *row)
{
    static const char *const names[] = {"fate",   "why",     "size", "mtime",
                                        "sha256", "capture", "part", "tool"};
    json_t *value = json_object();
    cx_status status = value ? CX_OK : CX_NO_MEMORY;
    for (int i = 0; i < 8 && status == CX_OK; i++) {
        if (sqlite3_column_type(row, i + 1) == SQLITE_INTEGER) {
            json_t *n = json_integer(sqlite3_column_int64(row, i + 1));
            status = json_object_set_new(value, names[i], n) == 0 ? CX_OK : CX_NO_MEMORY;
        } else {
            status = set_text(value, names[i], column(row, i + 1));
        }
    }
    if (status != CX_OK) {
        json_decref(value);
        return status;
    }
    r->file = column(row, 0);
    return give(r, "input", value);
}

#define INPUT_COLUMNS "i.path, i.fate, i.why, i.size, i.mtime, i.sha256, i.capture, i.part, i.tool"

static cx_status capture_value(const reading *r, sqlite3_stmt *row, json_t **ret)
{
    json_t *v = json_object(), *parts = stored(row, 6);
    const char *options = column(row, 3), *shards = column(row, 4);
    cx_status status = v ? set_text(v, "tool", column(row, 2)) : CX_NO_MEMORY;
    if (status == CX_OK)
        status = set_text(v, "format", column(row, 5) ? column(row, 5) : "unknown");
    if (status == CX_OK && json_array_size(r->files))
        status = json_object_set(v, "files", r->files) == 0 ? CX_OK : CX_NO_MEMORY;
    if (status == CX_OK && strlen(r->key) == CX_SHA256_TEXT - 1)
        status = set_text(v, "sha256", r->key);
    if (status == CX_OK && options && *options)
        status = set_text(v, "options", options);
    if (status == CX_OK && shards && *shards)
        status = set_text(v, "shards", shards);
    if (status == CX_OK && parts)
        status = json_object_set(v, "parts", parts) == 0 ? CX_OK : CX_NO_MEMORY;
    json_decref(parts);
    if (status != CX_OK) {
        json_decref(v);
        return status;
    }
    *ret = v;
    return CX_OK;
}

static cx_status capture_row(reading *r, sqlite3_stmt *row)
{
    static const struct {
        const char *sql;
        cx_status (*row)(reading *r, sqlite3_stmt *row);
    } members[] = {
        /* each attempt, then what was found on it */
        {"SELECT json, 0 AS kind, attempt, client, 0 AS n FROM attempts "
         "WHERE capture = ?1 AND coalesce(ended, '') >= ?2 "
         "UNION ALL SELECT json, 1, attempt, client, n FROM findings "
         "WHERE capture = ?1 AND coalesce(last, '') >= ?2 ORDER BY attempt, client, kind, n",
         member_row},
        {"SELECT json FROM coverage WHERE capture = ?1 ORDER BY n", coverage_row},
        {"SELECT count(a.attempt), coalesce(sum(a.outcome = 'failure'), 0), "
         "coalesce(sum(a.outcome = 'success'), 0), coalesce(c.packets, 0), coalesce(c.bytes, 0), "
         "c.first, c.last, c.link_types FROM captures c LEFT JOIN attempts a "
         "ON a.capture = c.capture AND coalesce(a.ended, '') >= ?2 WHERE c.capture = ?1",
         summary_row},
    };
    reading one = {.store = r->store,
                   .to = r->to,
                   .key = column(row, 0),
                   .file = column(row, 1),
                   .files = json_array()};
    json_t *value = NULL;
    cx_status status = one.files && one.key && one.file ? CX_OK : CX_NO_MEMORY;
    if (status == CX_OK)
        status = each(&one,
                      "SELECT min(path) FROM inputs WHERE capture = ?1 AND part IS NOT NULL "
                      "GROUP BY part ORDER BY part",
                      part_row);
    if (status == CX_OK)
        status = capture_value(&one, row, &value);
    if (status == CX_OK)
        status = give(&one, "capture", value);
    for (size_t i = 0; i < sizeof members / sizeof *members && status == CX_OK; i++)
        status = each(&one, members[i].sql, members[i].row);
    if (status == CX_OK)
        status = r->to->end(r->to->self, one.file);
    if (status == CX_OK && r->to->inputs)
        status = each(&one,
                      "SELECT " INPUT_COLUMNS " FROM scope_inputs i "
                      "WHERE i.capture = ?1 AND i.tool <> '' ORDER BY i.path",
                      input_row);
    json_decref(one.files);
    return status;
}

cx_status cx_store_read(cx_store *s, const cx_store_reader *reader)
{
    const reading all = {.store = s, .to = reader};
    s->error[0] = 0;
    /* a set by its first part, another by the first path; those without a path by their key */
    cx_status status = each(
        &all,
        "SELECT c.capture, coalesce((SELECT i.path FROM scope_inputs i "
        "WHERE i.capture = c.capture ORDER BY i.part, i.path LIMIT 1), "
        "(SELECT i.path FROM inputs i WHERE i.capture = c.capture ORDER BY i.part, i.path LIMIT "
        "1), "
        "c.capture) AS name, c.tool, c.options, c.shards, c.format, c.parts "
        "FROM scope_captures c ORDER BY name, c.capture",
        capture_row);
    if (status == CX_OK && reader->inputs)
        status = each(&all,
                      "SELECT " INPUT_COLUMNS " FROM scope_inputs i "
                      "WHERE i.capture IS NULL ORDER BY i.path",
                      input_row);
    return status;
}
