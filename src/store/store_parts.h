/* What the files of the store share: statements, prepared once. */
#pragma once

#include "store/row.h"
#include "store/store.h"

#include <sqlite3.h>

/* Every statement that is used more than once (store_sql.c). */
typedef enum cx_sql {
    CX_SQL_PUT_INPUT,
    CX_SQL_DROP_INPUT,
    CX_SQL_FIND_INPUT,
    CX_SQL_OLD_CAPTURE,
    CX_SQL_FIND_CONTENT,
    CX_SQL_FIND_CAPTURE,
    CX_SQL_PUT_CAPTURE,
    CX_SQL_SET_SHARDS,
    CX_SQL_SET_TOTALS,
    CX_SQL_PUT_ATTEMPT,
    CX_SQL_PUT_FINDING,
    CX_SQL_PUT_COVERAGE,
    CX_SQL_DROP_CAPTURE,
    CX_SQL_DROP_ATTEMPTS,
    CX_SQL_DROP_FINDINGS,
    CX_SQL_DROP_COVERAGE,
    CX_SQL_IS_USED,
    CX_SQL_IS_JSON,
    CX_SQL_SCOPE_INPUT,
    CX_SQL_SCOPE_CAPTURE,
    CX_SQL_START_RUN,
    CX_SQL_END_RUN,
    CX_SQL_IDS
} cx_sql;

extern const char *const cx_store_sql[CX_SQL_IDS];

struct cx_store {
    sqlite3 *db;
    sqlite3_stmt *ready[CX_SQL_IDS];
    bool writes, open; /* open: in a transaction */
    char error[256];
};

/* Notes the failure of SQLite with that code; answers CX_IO or CX_NO_MEMORY. */
cx_status cx_store_failed(cx_store *s, int code);

/* The statement with its values bound, one a letter of types: t text (const char *, NULL is NULL),
 * i number (int64_t), n number or NULL when negative. NULL: failed, as cx_store_error says. Call
 * cx_store_done when its rows are read. */
sqlite3_stmt *cx_store_bind(cx_store *s, cx_sql id, const char *types, ...);
void cx_store_done(sqlite3_stmt *statement);

/* Binds, runs to the end, forgets rows. Begins a transaction when none is open. */
CX_USE cx_status cx_store_do(cx_store *s, cx_sql id, const char *types, ...);

/* The same with values in order, behind key when that is not NULL. */
sqlite3_stmt *cx_store_bind_values(cx_store *s, cx_sql id, const char *key, const cx_value *values,
                                   size_t n);
CX_USE cx_status cx_store_do_values(cx_store *s, cx_sql id, const char *key, const cx_value *values,
                                    size_t n);

/* SQL that is used once: without rows, with one number, with rows. */
CX_USE cx_status cx_store_exec(cx_store *s, const char *sql);
CX_USE cx_status cx_store_number(cx_store *s, const char *sql, int64_t *ret);

typedef cx_status (*cx_store_row)(void *self, sqlite3_stmt *row);

/* first and second are its parameters ?1 and ?2, where it has them. Ends with the first answer of
 * row that is not CX_OK. */
CX_USE cx_status cx_store_each(cx_store *s, const char *sql, const char *first, const char *second,
                               cx_store_row row, void *self);
