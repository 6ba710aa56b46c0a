/* The scope as a whole (scope.h). */
#include "store/scope.h"

#include "store/store_parts.h"
#include "store/table.h"

#include <string.h>

/* ---- what is in it ---- */

/* Questions are asked of temporary views, scope_inputs for inputs and so on, which the planner
 * takes apart: what is chosen costs a look in an index each, and all of it nothing. */
#define VIEW(name, of)                                                                             \
    "DROP VIEW IF EXISTS temp.scope_" name ";"                                                     \
    "CREATE TEMP VIEW scope_" name " AS SELECT t.* FROM main." name " t " of ";"
#define VIEWS(of_inputs, of_results)                                                               \
    VIEW("inputs", of_inputs)                                                                      \
    VIEW("captures", of_results)                                                                   \
    VIEW("attempts", of_results) VIEW("findings", of_results) VIEW("coverage", of_results)

cx_status cx_scope_none(cx_store *s)
{
    return cx_store_exec(s, "DROP TABLE IF EXISTS temp.chosen_inputs;"
                            "DROP TABLE IF EXISTS temp.chosen_captures;"
                            "CREATE TEMP TABLE chosen_inputs(path TEXT PRIMARY KEY) WITHOUT ROWID;"
                            "CREATE TEMP TABLE chosen_captures(capture TEXT PRIMARY KEY) "
                            "WITHOUT ROWID;" VIEWS("JOIN chosen_inputs USING(path)",
                                                   "JOIN chosen_captures USING(capture)"));
}

cx_status cx_scope_all(cx_store *s)
{
    return cx_store_exec(s, VIEWS("", ""));
}

cx_status cx_scope_add(cx_store *s, const char *path)
{
    cx_status status = cx_store_do(s, CX_SQL_SCOPE_INPUT, "t", path);
    return status == CX_OK ? cx_store_do(s, CX_SQL_SCOPE_CAPTURE, "t", path) : status;
}

/* ---- questions ---- */

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
        cx_store_each(s,
                      "SELECT count(*), sum(packets), sum(bytes), min(first), max(last), "
                      "(SELECT count(*) FROM scope_inputs) FROM scope_captures",
                      NULL, NULL, count_captures, ret);
    if (status != CX_OK)
        return status;
    return cx_store_each(s,
                         "SELECT count(*), sum(outcome = 'failure'), sum(outcome = 'success') "
                         "FROM scope_attempts WHERE coalesce(ended, '') >= ?1",
                         since, NULL, count_attempts, ret);
}

cx_status cx_scope_has_failures(cx_store *s, bool *ret)
{
    int64_t there = 0;
    cx_status status = cx_store_number(
        s, "SELECT EXISTS(SELECT 1 FROM scope_findings WHERE severity = 'failure')", &there);
    *ret = there;
    return status;
}

cx_status cx_scope_missing(cx_store *s, int64_t *ret)
{
    return cx_store_number(s,
                           "SELECT count(*) FROM inputs WHERE capture IS NOT NULL AND capture NOT "
                           "IN (SELECT capture FROM captures)",
                           ret);
}

typedef struct giving {
    cx_scope_take *take;
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
    return input.path && input.fate ? g->take(g->self, &input) : CX_OK;
}

#define INPUTS(where)                                                                              \
    "SELECT i.path, i.fate, i.why, i.part, c.first, c.last, c.link_types FROM scope_inputs i "     \
    "LEFT JOIN captures c USING(capture) " where " ORDER BY i.path"

cx_status cx_scope_inputs(cx_store *s, bool unread, cx_scope_take *take, void *self)
{
    giving g = {take, self};
    return cx_store_each(
        s, unread ? INPUTS("WHERE i.fate NOT IN ('read', 'cut', 'damaged')") : INPUTS(""), NULL,
        NULL, give, &g);
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
    return cx_store_each(
        s,
        "SELECT (SELECT min(path) FROM inputs i WHERE i.capture = f.capture), f.attempt, "
        "f.client, f.user, f.server, f.port, f.server_name, a.outcome, f.id, f.severity, "
        "f.role, f.confidence, f.first, f.last, f.count "
        "FROM scope_findings f LEFT JOIN attempts a "
        "ON a.capture = f.capture AND a.attempt = f.attempt AND a.client = f.client "
        "WHERE coalesce(f.last, '') >= ?1 ORDER BY 1, f.capture, f.attempt, f.client, f.n",
        since, NULL, csv_row, out);
}
