/* Opening the result database, and its transactions (store.h). */
#include "store/schema.h"
#include "store/store_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_MS 10000 /* how long another program that writes is waited for */

cx_status cx_store_failed(cx_store *s, int code)
{
    int why = s->db ? sqlite3_system_errno(s->db) : 0;
    const char *text = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(code);
    bool system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    if (system && why)
        (void)snprintf(s->error, sizeof s->error, "%s: %s", text, strerror(why));
    else
        (void)snprintf(s->error, sizeof s->error, "%s", text);
    return (code & 0xff) == SQLITE_NOMEM ? CX_NO_MEMORY : CX_IO;
}

const char *cx_store_error(const cx_store *s)
{
    return s->error;
}

cx_status cx_store_exec(cx_store *s, const char *sql)
{
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? CX_OK : cx_store_failed(s, code);
}

cx_status cx_store_number(cx_store *s, const char *sql, int64_t *ret)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *ret = sqlite3_column_int64(statement, 0);
    cx_status status = code == SQLITE_ROW ? CX_OK : cx_store_failed(s, code);
    (void)sqlite3_finalize(statement); /* its failure was told by the step */
    return status;
}

cx_status cx_store_each(cx_store *s, const char *sql, const char *first, const char *second,
                        cx_store_row row, void *self)
{
    const char *const texts[] = {first, second};
    sqlite3_stmt *rows = NULL;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &rows, NULL);
    for (int i = 0; i < 2 && code == SQLITE_OK && i < sqlite3_bind_parameter_count(rows); i++)
        code = sqlite3_bind_text(rows, i + 1, texts[i], -1, NULL);
    cx_status status = code == SQLITE_OK ? CX_OK : cx_store_failed(s, code);
    while (status == CX_OK && (code = sqlite3_step(rows)) == SQLITE_ROW)
        status = row(self, rows);
    if (status == CX_OK && code != SQLITE_DONE)
        status = cx_store_failed(s, code);
    (void)sqlite3_finalize(rows); /* repeats the failure of the last step */
    return status;
}

static cx_status make_schema(cx_store *s)
{
    char version[96];
    (void)snprintf(version, sizeof version, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   CX_STORE_APPLICATION, CX_STORE_SCHEMA);
    cx_status status = cx_store_exec(s, "BEGIN IMMEDIATE");
    int64_t tables = 0;
    if (status == CX_OK) /* another process may have been faster */
        status = cx_store_number(s, "SELECT count(*) FROM sqlite_master", &tables);
    if (status == CX_OK && tables == 0)
        status = cx_store_exec(s, cx_store_schema_sql);
    if (status == CX_OK && tables == 0)
        status = cx_store_exec(s, version);
    return status == CX_OK ? cx_store_exec(s, "COMMIT") : status;
}

static cx_status check_schema(cx_store *s, cx_store_mode mode, char why[256])
{
    int64_t application = 0, version = 0, tables = 0;
    cx_status status = cx_store_number(s, "SELECT count(*) FROM sqlite_master", &tables);
    if (status == CX_OK && tables == 0 && mode != CX_STORE_READ)
        status = make_schema(s);
    if (status == CX_OK)
        status = cx_store_number(s, "PRAGMA application_id", &application);
    if (status == CX_OK)
        status = cx_store_number(s, "PRAGMA user_version", &version);
    if (status == CX_OK && application != CX_STORE_APPLICATION) {
        (void)snprintf(why, 256, "a database, but not one of capdx");
        return CX_USAGE;
    }
    if (status == CX_OK && version != CX_STORE_SCHEMA) {
        (void)snprintf(why, 256, "a database of schema %lld; this version reads schema %d",
                       (long long)version, CX_STORE_SCHEMA);
        return CX_USAGE;
    }
    return status;
}

/* The process has one thread: SQLite need not lock and count each piece of memory. */
static void set_up(void)
{
    static bool done;
    if (done)
        return;
    done = true;
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD); /* only makes it faster */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int open_file(cx_store *s, const char *path, cx_store_mode mode)
{
    if (mode == CX_STORE_SCRATCH)
        return sqlite3_open_v2(
            "", &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (mode == CX_STORE_WRITE)
        return sqlite3_open_v2(
            path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    /* a database whose writer died is put right first, which takes the right to write */
    int code = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        return code;
    (void)sqlite3_close(s->db);
    return sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
}

/* One file, no shared memory: works on network file systems too. In a scratch database nothing has
 * to last. The names of SQL functions and tables in a file are not trusted. */
static const char *const settings[] = {
    [CX_STORE_WRITE] = ("PRAGMA trusted_schema = OFF; PRAGMA journal_mode = DELETE; "
                        "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536"),
    [CX_STORE_READ] = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON",
    [CX_STORE_SCRATCH] = "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF",
};

cx_status cx_store_open(const char *path, cx_store_mode mode, cx_store **ret, char why[256])
{
    cx_store *s = calloc(1, sizeof *s);
    why[0] = 0;
    if (!s)
        return CX_NO_MEMORY;
    set_up();
    s->writes = mode != CX_STORE_READ;
    int code = open_file(s, path, mode);
    cx_status status = code == SQLITE_OK ? CX_OK : cx_store_failed(s, code);
    if (status == CX_OK) {
        (void)sqlite3_extended_result_codes(s->db, 1); /* only makes messages better */
        (void)sqlite3_busy_timeout(s->db, BUSY_MS);
        status = cx_store_exec(s, settings[mode]);
    }
    if (status == CX_OK)
        status = check_schema(s, mode, why);
    if (status == CX_OK)
        status = cx_store_exec(s, "PRAGMA temp_store = MEMORY");
    if (status == CX_OK) {
        *ret = s;
        return CX_OK;
    }
    if (status != CX_USAGE)
        (void)snprintf(why, 256, "%s", s->error);
    if (status == CX_IO && sqlite3_errcode(s->db) == SQLITE_NOTADB)
        status = CX_USAGE;
    cx_store_free(s);
    return status;
}

static cx_status begin(cx_store *s)
{
    if (s->open || !s->writes)
        return CX_OK;
    cx_status status = cx_store_exec(s, "BEGIN IMMEDIATE");
    s->open = status == CX_OK;
    return status;
}

cx_status cx_store_look(cx_store *s)
{
    if (s->open)
        return CX_OK;
    cx_status status = cx_store_exec(s, "BEGIN");
    s->open = status == CX_OK;
    return status;
}

cx_status cx_store_commit(cx_store *s)
{
    if (!s->open)
        return CX_OK;
    s->open = false;
    return cx_store_exec(s, "COMMIT");
}

cx_status cx_store_mark(cx_store *s)
{
    cx_status status = begin(s);
    return status == CX_OK ? cx_store_exec(s, "SAVEPOINT mark") : status;
}

cx_status cx_store_keep(cx_store *s)
{
    return cx_store_exec(s, "RELEASE mark");
}

cx_status cx_store_undo(cx_store *s)
{
    return cx_store_exec(s, "ROLLBACK TO mark; RELEASE mark");
}

static int bind_all(sqlite3_stmt *statement, const char *types, va_list args)
{
    int code = SQLITE_OK;
    for (int i = 0; types[i] && code == SQLITE_OK; i++) {
        if (types[i] == 't') {
            /* the text is the caller's until cx_store_done */
            code = sqlite3_bind_text(statement, i + 1, va_arg(args, const char *), -1, NULL);
            continue;
        }
        int64_t n = va_arg(args, int64_t);
        code = types[i] == 'n' && n < 0 ? sqlite3_bind_null(statement, i + 1)
                                        : sqlite3_bind_int64(statement, i + 1, n);
    }
    return code;
}

static int prepare(cx_store *s, cx_sql id)
{
    return s->ready[id] ? SQLITE_OK
                        : sqlite3_prepare_v3(s->db, cx_store_sql[id], -1, SQLITE_PREPARE_PERSISTENT,
                                             &s->ready[id], NULL);
}

static sqlite3_stmt *bind(cx_store *s, cx_sql id, const char *types, va_list args)
{
    int code = prepare(s, id);
    if (code == SQLITE_OK)
        code = bind_all(s->ready[id], types, args);
    if (code == SQLITE_OK)
        return s->ready[id];
    (void)cx_store_failed(s, code); /* the caller asks for the text */
    return NULL;
}

sqlite3_stmt *cx_store_bind(cx_store *s, cx_sql id, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *statement = bind(s, id, types, args);
    va_end(args);
    return statement;
}

static int bind_value(sqlite3_stmt *statement, int place, const cx_value *v)
{
    if (v->kind == CX_VALUE_NUMBER)
        return sqlite3_bind_int64(statement, place, v->number);
    if (v->kind == CX_VALUE_NONE)
        return SQLITE_OK; /* cleared to NULL by cx_store_done */
    /* the text is the caller's until cx_store_done; NULL would not be an empty text */
    return sqlite3_bind_text64(statement, place, v->text.p ? (const char *)v->text.p : "",
                               v->text.len, SQLITE_STATIC, SQLITE_UTF8);
}

sqlite3_stmt *cx_store_bind_values(cx_store *s, cx_sql id, const char *key, const cx_value *values,
                                   size_t n)
{
    int code = prepare(s, id), place = 1;
    if (code == SQLITE_OK && key)
        code = sqlite3_bind_text(s->ready[id], place++, key, -1, SQLITE_STATIC);
    for (size_t i = 0; i < n && code == SQLITE_OK; i++)
        code = bind_value(s->ready[id], place++, &values[i]);
    if (code == SQLITE_OK)
        return s->ready[id];
    (void)cx_store_failed(s, code); /* the caller asks for the text */
    return NULL;
}

void cx_store_done(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement); /* repeats the failure of the last step */
    (void)sqlite3_clear_bindings(statement);
}

/* To its end. */
static cx_status run(cx_store *s, sqlite3_stmt *statement)
{
    if (!statement)
        return CX_IO;
    int code = sqlite3_step(statement);
    cx_status status = code == SQLITE_DONE || code == SQLITE_ROW ? CX_OK : cx_store_failed(s, code);
    cx_store_done(statement);
    return status;
}

cx_status cx_store_do(cx_store *s, cx_sql id, const char *types, ...)
{
    cx_status status = begin(s);
    if (status != CX_OK)
        return status;
    va_list args;
    va_start(args, types);
    sqlite3_stmt *statement = bind(s, id, types, args);
    va_end(args);
    return run(s, statement);
}

cx_status cx_store_do_values(cx_store *s, cx_sql id, const char *key, const cx_value *values,
                             size_t n)
{
    cx_status status = begin(s);
    return status == CX_OK ? run(s, cx_store_bind_values(s, id, key, values, n)) : status;
}

void cx_store_free(cx_store *s)
{
    if (!s)
        return;
    for (int i = 0; i < CX_SQL_IDS; i++)
        (void)sqlite3_finalize(s->ready[i]);
    (void)sqlite3_close(s->db); /* rolls back what is open */
    free(s);
}
