/* `capdx batch --import` (batch.h): results of other machines into one database. */
#include "app/batch.h"

#include "app/exits.h"
#include "app/results.h"
#include "app/say.h"
#include "store/scope.h"

#include <inttypes.h>
#include <signal.h>

static int import_all(cx_ingest *in, const cx_options *options, const cx_inputs *inputs)
{
    int exits = CX_EXIT_CLEAN;
    for (size_t i = 0; i < inputs->n; i++) {
        cx_status status = cx_results_read(in, inputs->paths[i]);
        if (status == CX_OK || status == CX_MALFORMED) {
            cx_status committed = cx_store_commit(in->store);
            if (committed != CX_OK)
                status = CX_LIMIT;
        }
        if (status == CX_LIMIT)
            cx_say("%s: %s", options->db, cx_store_error(in->store));
        if (status == CX_NO_MEMORY)
            cx_say("%s", cx_status_text(status));
        if (status == CX_LIMIT || status == CX_NO_MEMORY)
            return CX_EXIT_INTERNAL;
        if (status != CX_OK)
            exits = CX_EXIT_USAGE; /* said; the others are still taken */
    }
    return exits;
}

int cx_batch_import(const cx_options *options, const cx_inputs *inputs)
{
    cx_ingest in = {.again = options->again};
    char why[256];
    int64_t missing = 0;
    if (!options->db) {
        cx_say("--import needs --db FILE");
        return CX_EXIT_USAGE;
    }
    if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR) /* a limit of file size is a failed write */
        cx_say("signals cannot be caught");
    cx_status status = cx_store_open(options->db, CX_STORE_WRITE, &in.store, why);
    if (status != CX_OK) {
        cx_say("%s: %s", options->db, status == CX_NO_MEMORY ? cx_status_text(status) : why);
        return status == CX_NO_MEMORY ? CX_EXIT_INTERNAL : CX_EXIT_USAGE;
    }
    int exits = import_all(&in, options, inputs);
    if (exits != CX_EXIT_INTERNAL && cx_scope_missing(in.store, &missing) == CX_OK && missing) {
        cx_say("the results of %" PRId64 " input%s are not there: another file has them, or batch "
               "reads them anew",
               missing, missing == 1 ? "" : "s");
        exits = cx_exit_worse(exits, CX_EXIT_USAGE);
    }
    if (!options->quiet)
        cx_say("%" PRIu64 " captures taken, %" PRIu64 " of them known before; %" PRIu64 " inputs",
               in.captures, in.known, in.inputs);
    cx_store_free(in.store);
    return exits;
}
