/* The tables of reports (view.h). Failures are counted as attempts: a cause is the root cause of
 * one, whatever else was found on it. */
#include "store/view.h"

#include "store/store_parts.h"

#include <string.h>

#define FAILED "a.outcome = 'failure'"
#define CAUSE  "coalesce(a.root_cause, 'cause not visible')"
#define SERVER "coalesce(a.server_name, a.server, 'none reached')"
#define SINCE  "coalesce(a.ended, '') >= ?1"

/* what is counted of attempts, and the causes of those that failed, the most frequent one first */
#define COUNTS                                                                                     \
    "count(*), sum(" FAILED "), sum(a.outcome = 'success'), count(DISTINCT a.client), "            \
    "group_concat(DISTINCT CASE WHEN " FAILED " THEN replace(" CAUSE ", ' ', '-') END), "          \
    "min(a.started), max(a.ended) "

#define COUNT_COLUMNS                                                                              \
    {"attempts", "attempts", 'n'}, {"failures", "failed", 'n'}, {"successes", "signed in", 'n'},   \
        {"clients", "clients", 'n'}, {"causes", "causes", 'l'}, {"first", "first (UTC)", 'd'},     \
    {                                                                                              \
        "last", "last (UTC)", 'd'                                                                  \
    }

const cx_view cx_views[] = {
    {.name = "cause",
     .title = "Failures by cause",
     .columns = {{"cause", "cause", 't'},
                 {"failures", "failed", 'n'},
                 {"clients", "clients", 'n'},
                 {"servers", "servers", 'n'},
                 {"captures", "captures", 'n'},
                 {"first", "first (UTC)", 'd'},
                 {"last", "last (UTC)", 'd'}},
     .sql = "SELECT " CAUSE " AS cause, count(*) AS n, count(DISTINCT a.client), "
            "count(DISTINCT " SERVER "), count(DISTINCT a.capture), min(a.started), max(a.ended) "
            "FROM scope_attempts a WHERE " FAILED " AND " SINCE
            " GROUP BY cause ORDER BY n DESC, cause"},
    {.name = "server",
     .title = "By server",
     .columns = {{"server", "server", 't'}, {"port", "port", 'n'}, COUNT_COLUMNS},
     .sql = "SELECT " SERVER " AS name, a.port, " COUNTS "FROM scope_attempts a WHERE " SINCE
            " GROUP BY name, a.port ORDER BY sum(" FAILED ") DESC, count(*) DESC, name, a.port"},
    {.name = "client",
     .title = NULL,
     .columns = {{"client", "client", 't'}, COUNT_COLUMNS},
     .sql = "SELECT a.client AS name, " COUNTS "FROM scope_attempts a WHERE " SINCE
            " GROUP BY name ORDER BY sum(" FAILED ") DESC, count(*) DESC, name"},
    {.name = "day",
     .title = NULL,
     .columns = {{"day", "day (UTC)", 't'}, COUNT_COLUMNS},
     .sql = "SELECT substr(a.started, 1, instr(a.started, 'T') - 1) AS name, " COUNTS
            "FROM scope_attempts a WHERE " SINCE " GROUP BY name ORDER BY name"},
    {.name = "certificate",
     .title = "Certificates that clients or dates speak against",
     .columns = {{"certificate", "names or subject", 't'},
                 {"id", "finding", 't'},
                 {"findings", "found", 'n'},
                 {"clients", "clients", 'n'},
                 {"servers", "servers", 'n'},
                 {"first", "first (UTC)", 'd'},
                 {"last", "last (UTC)", 'd'}},
     .sql = "SELECT a.certificate, a.id, count(*) AS n, count(DISTINCT a.client), "
            "count(DISTINCT " SERVER "), min(a.first), max(a.last) "
            "FROM scope_findings a WHERE a.certificate IS NOT NULL AND "
            "a.severity <> 'note' AND coalesce(a.last, '') >= ?1 "
            "GROUP BY a.certificate, a.id ORDER BY n DESC, a.certificate, a.id"},
    {.name = "coverage",
     .title = "What captures could not show",
     .columns = {{"id", "what", 't'}, {"captures", "captures", 'n'}},
     .sql = "SELECT a.id, count(*) AS n FROM scope_coverage a WHERE ?1 = '' OR "
            "a.capture IN (SELECT capture FROM captures WHERE coalesce(last, '') >= ?1) "
            "GROUP BY a.id ORDER BY n DESC, a.id"},
    {.name = "fate",
     .title = NULL,
     .columns = {{"fate", "fate", 't'}, {"inputs", "inputs", 'n'}, {"bytes", "bytes", 'n'}},
     .sql = "SELECT a.fate, count(*) AS n, sum(a.size) FROM scope_inputs a "
            "LEFT JOIN captures c USING(capture) WHERE ?1 = '' OR coalesce(c.last, '') >= ?1 "
            "GROUP BY a.fate ORDER BY n DESC, a.fate"},
};

const size_t cx_n_views = sizeof cx_views / sizeof *cx_views;

const cx_view *cx_view_named(const char *name)
{
    for (size_t i = 0; i < cx_n_views; i++)
        if (strcmp(cx_views[i].name, name) == 0)
            return &cx_views[i];
    return NULL;
}

typedef struct giving {
    const cx_view *view;
    cx_view_row row;
    void *self;
} giving;

static cx_status give(void *self, sqlite3_stmt *row)
{
    const giving *g = self;
    const char *values[CX_VIEW_COLUMNS] = {NULL};
    for (int i = 0; i < CX_VIEW_COLUMNS && g->view->columns[i].name; i++)
        values[i] = (const char *)sqlite3_column_text(row, i);
    return g->row(g->self, g->view, values);
}

cx_status cx_view_run(cx_store *s, const cx_view *view, const char *since, cx_view_row row,
                      void *self)
{
    giving g = {view, row, self};
    return cx_store_each(s, view->sql, since, NULL, give, &g);
}
