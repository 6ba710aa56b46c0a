/* `capdx report` (report.h): a database is asked as it is, NDJSON goes into a scratch one. */
#include "app/report.h"

#include "app/batch_summary.h"
#include "app/exits.h"
#include "app/results.h"
#include "app/say.h"
#include "store/scope.h"
#include "store/table.h"

#include <stdio.h>

static bool is_database(const char *path)
{
    static const char magic[16] = "SQLite format 3";
    char head[16] = "";
    FILE *f = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");
    if (!f)
        return false;
    bool is = fread(head, 1, sizeof head, f) == sizeof head && memcmp(head, magic, 16) == 0;
    (void)fclose(f); /* only read from */
    return is;
}

bool cx_report_suits(const cx_options *options)
{
    const char *format = options->format;
    if (options->by && !cx_view_named(options->by)) {
        char names[256] = "";
        for (size_t i = 0; i < cx_n_views; i++)
            (void)snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
                           i ? ", " : "", cx_views[i].name);
        cx_say("--by: there is no table '%s'; there are %s", options->by, names);
        return false;
    }
    if (!format || strcmp(format, "csv") == 0)
        return true;
    if (options->by) {
        bool has = strcmp(format, "text") == 0 || strcmp(format, "json") == 0;
        if (!has)
            cx_say("a table has no format '%s'; it has text, json and csv", format);
        return has;
    }
    return cx_reporter_named(format) != NULL;
}

static cx_status open_scratch(const cx_inputs *inputs, cx_store **ret, int *exits)
{
    cx_store *s = NULL;
    char why[256];
    cx_status status = cx_store_open("", CX_STORE_SCRATCH, &s, why);
    cx_ingest in = {.store = s, .loose = true};
    if (status == CX_IO || status == CX_USAGE)
        cx_say("results: %s", why);
    for (size_t i = 0; i < inputs->n && status == CX_OK; i++) {
        if (is_database(inputs->paths[i])) {
            cx_say("%s is a database: it is reported on alone", inputs->paths[i]);
            status = CX_USAGE;
            break;
        }
        status = cx_results_read(&in, inputs->paths[i]);
        if (status == CX_IO || status == CX_MALFORMED) { /* said; the others are still reported */
            *exits = cx_exit_worse(*exits, CX_EXIT_USAGE);
            status = CX_OK;
        } else if (status == CX_LIMIT) {
            cx_say("results: %s", cx_store_error(s));
        }
    }
    if (status == CX_OK) {
        *ret = s;
        return CX_OK;
    }
    cx_store_free(s);
    return status;
}

int cx_report(const cx_options *options, const cx_inputs *inputs, cx_output *output)
{
    cx_store *store = NULL;
    char why[256];
    int exits = CX_EXIT_CLEAN;
    cx_options asked = *options;
    bool database = inputs->n == 1 && is_database(inputs->paths[0]);
    cx_status status;
    if (database) {
        status = cx_store_open(inputs->paths[0], CX_STORE_READ, &store, why);
        if (status == CX_IO || status == CX_USAGE)
            cx_say("%s: %s", inputs->paths[0], why);
    } else {
        if (!asked.format && !asked.by)
            asked.format = "text"; /* the report of each capture, as analyze prints it */
        status = open_scratch(inputs, &store, &exits);
    }
    if (status == CX_OK)
        status = cx_scope_all(store);
    if (status == CX_OK) {
        exits = cx_exit_worse(exits, cx_batch_tell(store, &asked, output));
        cx_store_free(store);
        return exits;
    }
    if (status == CX_NO_MEMORY)
        cx_say("%s", cx_status_text(status));
    cx_store_free(store);
    return status == CX_NO_MEMORY || status == CX_LIMIT ? CX_EXIT_INTERNAL : CX_EXIT_USAGE;
}
