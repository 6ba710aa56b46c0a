/* The scope as a whole (scope.h). */
#include "store/scope.h"

#include "store/store_parts.h"
#include "store/table.h"

#include <string.h>

/* Rows of a query on the time, until row answers something else than CX_OK. */
static cx_status each(cx_store *s, const char *sql, const char *since,
                      cx_status (*row)(void *self, sqlite3_stmt *row), void *self)
{
    sqlite3_stmt *rows = NULL;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &rows, NULL);
    if (code == SQLITE_OK && sqlite3_bind_parameter_count(rows))
        code = sqlite3_bind_text(rows, 1, since, -1, NULL);
    cx_status status = code == SQLITE_OK ? CX_OK : cx_store_failed(s, code);
    while (status == CX_OK && (code = sqlite3_step(rows)) == SQLITE_ROW)
        status = row(self, rows);
    if (status == CX_OK && code != SQLITE_DONE)
        status = cx_store_failed(s, code);
    (void)sqlite3_finalize(rows); /* repeats the failure of the last step */
    return status;
}

static const char *text(sqlite3_stmt *row, int i)
{
    return (const char *)sqlite3_column_text(row, i);
}

static void copy_time(char to[40], const char *from)
{
    (void)snprintf(to, 40, "%s", from ? from : ""); /* foreign text may be cut */
}

static cx_status count_captures(void *self, sqlite3_stmt *row)
{
    cx_scope_totals *t = self;
    t->captures = sqlite3_column_int64(row, 0);
    t->packets = sqlite3_column_int64(row, 1);
    t->bytes = sqlite3_column_int64(row, 2);
    copy_time(t->first, text(row, 3));
    copy_time(t->last, text(row, 4));
    t->inputs = sqlite3_column_int64(row, 5);
    return CX_OK;
}

static cx_status count_attempts(void *self, sqlite3_stmt *row)
{
    cx_scope_totals *t = self;
    t->attempts = sqlite3_column_int64(row, 0);
    t->failures = sqlite3_column_int64(row, 1);
    t->successes = sqlite3_column_int64(row, 2);
    return CX_OK;
}

cx_status cx_scope_count(cx_store *s, const char *since, cx_scope_totals *ret)
{
    *ret = (cx_scope_totals){.inputs = 0};
    cx_status status =
        each(s,
             "SELECT count(*), sum(packets), sum(bytes), min(first), max(last), "
             "(SELECT count(*) FROM scope_inputs) FROM captures JOIN scope USING(capture)",
             since, count_captures, ret);
    if (status != CX_OK)
        return status;
    return each(s,
                "SELECT count(*), sum(outcome = 'failure'), sum(outcome = 'success') FROM attempts "
                "JOIN scope USING(capture) WHERE coalesce(ended, '') >= ?1",
                since, count_attempts, ret);
}

typedef struct giving {
    cx_status (*input)(void *self, const cx_scope_input *i);
    void *self;
} giving;

static cx_status give(void *self, sqlite3_stmt *row)
{
    const giving *g = self;
    const cx_scope_input input = {
        .path = text(row, 0),
        .fate = text(row, 1),
        .why = text(row, 2),
        .part = sqlite3_column_type(row, 3) == SQLITE_NULL ? -1 : sqlite3_column_int64(row, 3),
        .first = text(row, 4),
        .last = text(row, 5),
        .link_types = text(row, 6),
    };
    return input.path && input.fate ? g->input(g->self, &input) : CX_OK;
}

cx_status cx_scope_inputs(cx_store *s, cx_status (*input)(void *self, const cx_scope_input *i),
                          void *self)
{
    giving g = {input, self};
    return each(s,
                "SELECT i.path, i.fate, i.why, i.part, c.first, c.last, c.link_types FROM inputs i "
                "JOIN scope_inputs USING(path) LEFT JOIN captures c USING(capture) ORDER BY i.path",
                "", give, &g);
}

static cx_status csv_row(void *self, sqlite3_stmt *row)
{
    FILE *out = self;
    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const char *value = text(row, i);
        if (i)
            (void)fputc(',', out);
        if (value)
            cx_csv_put(out, value);
    }
    (void)fputs("\r\n", out); /* errors stay with the stream */
    return CX_OK;
}

cx_status cx_scope_csv(cx_store *s, const char *since, FILE *out)
{
    (void)fputs("file,attempt,client,user,server,port,server_name,outcome,id,severity,role,"
                "confidence,first,last,count\r\n",
                out);
    return each(s,
                "SELECT (SELECT min(path) FROM inputs i WHERE i.capture = f.capture), f.attempt, "
                "f.client, f.user, f.server, f.port, f.server_name, a.outcome, f.id, f.severity, "
                "f.role, f.confidence, f.first, f.last, f.count "
                "FROM findings f JOIN scope USING(capture) LEFT JOIN attempts a "
                "ON a.capture = f.capture AND a.attempt = f.attempt AND a.client = f.client "
                "WHERE coalesce(f.last, '') >= ?1 ORDER BY 1, f.capture, f.attempt, f.client, f.n",
                since, csv_row, out);
}

static cx_status take_number(void *self, sqlite3_stmt *row)
{
    *(int64_t *)self = sqlite3_column_int64(row, 0);
    return CX_OK;
}

cx_status cx_scope_missing(cx_store *s, int64_t *ret)
{
    return each(s,
                "SELECT count(*) FROM inputs WHERE capture IS NOT NULL AND capture NOT IN "
                "(SELECT capture FROM captures)",
                "", take_number, ret);
}
