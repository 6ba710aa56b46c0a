/* The statements of the store (store_parts.h). */
#include "store/store_parts.h"

const char *const cx_store_sql[CX_SQL_IDS] = {
    [CX_SQL_PUT_INPUT] = "INSERT INTO inputs(path, size, mtime, fate, why, sha256, "
                         "capture, part, tool) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
                         "ON CONFLICT(path) DO NOTHING",
    [CX_SQL_DROP_INPUT] = "DELETE FROM inputs WHERE path = ?1",
    [CX_SQL_FIND_INPUT] = "SELECT i.size, i.mtime, i.fate, i.why, i.sha256, i.capture, i.part, "
                          "i.tool, c.tool, c.options, c.shards FROM inputs i LEFT JOIN captures c "
                          "ON c.capture = i.capture WHERE i.path = ?1",
    [CX_SQL_OLD_CAPTURE] = "SELECT capture FROM inputs WHERE path = ?1",
    /* any path with this content will do: what became of it is the same for all */
    [CX_SQL_FIND_CONTENT] = "SELECT fate, why FROM inputs WHERE sha256 = ?1 AND capture = ?1 "
                            "ORDER BY path LIMIT 1",
    [CX_SQL_FIND_CAPTURE] = "SELECT tool, options, shards FROM captures WHERE capture = ?1",
    [CX_SQL_PUT_CAPTURE] = "INSERT INTO captures(capture, tool, options, shards, format, parts, "
                           "link_types, packets, bytes, first, last) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
                           "ON CONFLICT(capture) DO NOTHING",
    [CX_SQL_SET_SHARDS] = "UPDATE captures SET shards = ?2 WHERE capture = ?1",
    [CX_SQL_SET_TOTALS] = "UPDATE captures SET link_types = ?2, packets = ?3, bytes = ?4, "
                          "first = ?5, last = ?6 WHERE capture = ?1",
    [CX_SQL_PUT_ATTEMPT] =
        "INSERT OR REPLACE INTO attempts(capture, attempt, client, kind, outcome, root_cause, "
        "user, domain, server, port, server_name, transport, started, ended, json) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    [CX_SQL_PUT_FINDING] =
        "INSERT OR REPLACE INTO findings(capture, attempt, client, n, id, severity, role, "
        "confidence, server, port, server_name, certificate, user, domain, first, last, count, "
        "json) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
        "?18)",
    [CX_SQL_PUT_COVERAGE] =
        "INSERT OR REPLACE INTO coverage(capture, id, n, text, json) VALUES(?1, ?2, ?3, ?4, ?5)",
    [CX_SQL_DROP_CAPTURE] = "DELETE FROM captures WHERE capture = ?1",
    [CX_SQL_DROP_ATTEMPTS] = "DELETE FROM attempts WHERE capture = ?1",
    [CX_SQL_DROP_FINDINGS] = "DELETE FROM findings WHERE capture = ?1",
    [CX_SQL_DROP_COVERAGE] = "DELETE FROM coverage WHERE capture = ?1",
    [CX_SQL_IS_USED] = "SELECT 1 FROM inputs WHERE capture = ?1 LIMIT 1",
    [CX_SQL_IS_JSON] = "SELECT json_valid(?1)",
    [CX_SQL_SCOPE_INPUT] = "INSERT OR IGNORE INTO chosen_inputs(path) VALUES(?1)",
    [CX_SQL_SCOPE_CAPTURE] =
        "INSERT OR IGNORE INTO chosen_captures(capture) SELECT capture FROM inputs "
        "WHERE path = ?1 AND capture IS NOT NULL",
    [CX_SQL_START_RUN] = "INSERT INTO runs(started, host, tool, options) VALUES(?1, ?2, ?3, ?4)",
    [CX_SQL_END_RUN] = "UPDATE runs SET ended = ?2, inputs = ?3, analyzed = ?4, seconds = ?5 / "
                       "1000.0 WHERE run = ?1",
};
