/* The tables of the result database (docs/database.md), as SQL. */
#pragma once

#define CX_STORE_APPLICATION 0x63706478 /* "cpdx", PRAGMA application_id */
#define CX_STORE_SCHEMA      1          /* PRAGMA user_version */

/* Statements that make an empty database one of ours; version and application id apart. Keys are
 * contents and numbers of the result, never numbers of rows: the same results are the same rows,
 * whatever the order they came in. */
extern const char cx_store_schema_sql[];
