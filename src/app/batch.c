/* `capdx batch` (batch.h): finds files, plans, runs the workers, tells what the database says then.
 */
#include "app/batch.h"

#include "app/batch_plan.h"
#include "app/batch_progress.h"
#include "app/batch_summary.h"
#include "app/exits.h"
#include "app/processors.h"
#include "app/say.h"
#include "base/text.h"
#include "store/get.h"
#include "store/run.h"
#include "store/scope.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define WATCH_S 2 /* seconds between two looks at a folder */

static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
    stop_signal = number;
}

typedef struct batch {
    cx_options options; /* with defaults filled in */
    const cx_keys *keys;
    const cx_inputs *inputs;
    cx_output *output;
    cx_store *store;
    const char *name; /* of the database, for messages */
    cx_store_origin origin;
    cx_batch_choice choice;
    cx_batch_files files;
    cx_batch_progress progress;
    cx_batch_pool pool;
    cx_store_run record;
    uint64_t known, other;
    int exits;
} batch;

static void stop_on_signals(void)
{
    const struct sigaction stop = {.sa_handler = on_signal};
    /* a full disk or a limit of file size is a failed write, not the end */
    if (sigaction(SIGINT, &stop, NULL) != 0 || sigaction(SIGTERM, &stop, NULL) != 0 ||
        signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
        cx_say("signals cannot be caught"); /* then they end the program at once */
}

static int64_t wall_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t); /* exists everywhere */
    return (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The database failed, or memory. */
static int failed(batch *b, cx_status status)
{
    if (status == CX_NO_MEMORY)
        cx_say("%s", cx_status_text(status));
    else
        cx_say("%s: %s", b->name, cx_store_error(b->store));
    return CX_EXIT_INTERNAL;
}

/* ---- files ---- */

static cx_status find_files(batch *b, cx_batch_files *ret)
{
    cx_batch_files files = {.list = NULL};
    cx_status status = CX_OK;
    size_t unread = 0;
    for (size_t i = 0; i < b->inputs->n && status == CX_OK; i++) {
        status = cx_batch_files_add(&files, b->inputs->paths[i], &b->choice, &unread);
        if (unread)
            b->exits = cx_exit_worse(b->exits, CX_EXIT_USAGE);
    }
    if (status == CX_OK && b->options.watch) {
        status = cx_batch_files_add(&files, b->options.watch, &b->choice, &unread);
        if (unread)
            b->exits = cx_exit_worse(b->exits, CX_EXIT_USAGE);
    }
    if (status != CX_OK) {
        cx_batch_files_free(&files);
        return status;
    }
    cx_batch_files_sort(&files);
    *ret = files;
    return CX_OK;
}

/* ---- working ---- */

static void say_plan(const batch *b, const cx_batch_plan *plan)
{
    if (b->options.quiet)
        return;
    if (b->files.older)
        cx_say("%" PRIu64 " older files left out", b->files.older);
    if (plan->known)
        cx_say("%" PRIu64 " file%s known from earlier runs", plan->known,
               plan->known == 1 ? " is" : "s are");
    if (plan->other)
        cx_say("of these, %" PRIu64 " have results of another version or other options; --again "
               "reads them anew",
               plan->other);
}

/* What is new among the files. CX_END: stopped. */
static cx_status work(batch *b, const cx_batch_files *files, bool say)
{
    cx_batch_plan plan;
    cx_status status = cx_batch_plan_make(&b->options, b->store, &b->origin, files, &plan);
    if (status != CX_OK) {
        b->exits = failed(b, status);
        return status;
    }
    if (say)
        say_plan(b, &plan);
    b->pool.files = files;
    b->pool.done = (cx_batch_done){.files = 0};
    cx_batch_progress_begin(&b->progress, &b->options, plan.jobs.n, plan.bytes);
    status = cx_batch_pool_run(&b->pool, &plan.jobs);
    cx_batch_progress_hide(&b->progress);
    b->record.inputs += (int64_t)(plan.known + b->pool.done.files);
    b->record.analyzed += (int64_t)(b->pool.done.jobs - b->pool.done.known);
    if (status != CX_OK && status != CX_END) {
        cx_say("%s", b->pool.why[0] ? b->pool.why : cx_status_text(status));
        b->exits = CX_EXIT_INTERNAL;
    }
    cx_batch_plan_free(&plan);
    return status;
}

/* Files that come into the folder, when they have not changed between two looks. */
static cx_status watch(batch *b)
{
    cx_status status = CX_OK;
    if (!b->options.quiet)
        cx_say("watching %s; an interrupt ends it", b->options.watch);
    while (status == CX_OK && !stop_signal) {
        cx_batch_files now = {.list = NULL}, still = {.list = NULL};
        (void)sleep(WATCH_S); /* a signal ends it early */
        status = stop_signal ? CX_END : find_files(b, &now);
        if (status != CX_OK)
            break;
        still = now;
        still.list = calloc(now.n + 1, sizeof *still.list);
        still.n = 0;
        for (size_t i = 0, k = 0; i < now.n && still.list; i++) {
            while (k < b->files.n && strcmp(b->files.list[k].path, now.list[i].path) < 0)
                k++;
            const cx_batch_file *before = k < b->files.n ? &b->files.list[k] : NULL;
            if (before && strcmp(before->path, now.list[i].path) == 0 &&
                before->size == now.list[i].size && before->mtime_ns == now.list[i].mtime_ns)
                still.list[still.n++] = now.list[i]; /* borrows the texts of now */
        }
        status = still.list ? work(b, &still, false) : CX_NO_MEMORY;
        free(still.list);
        cx_batch_files_free(&b->files);
        b->files = now;
    }
    return status;
}

/* ---- the end ---- */

static int by_path(const void *key, const void *file)
{
    return strcmp(key, ((const cx_batch_file *)file)->path);
}

static cx_status raise_status(void *self, const cx_scope_input *input)
{
    batch *b = self;
    const char *fate = input->fate;
    const cx_batch_file *f =
        bsearch(input->path, b->files.list, b->files.n, sizeof *b->files.list, by_path);
    if (strcmp(fate, "crashed") == 0 || strcmp(fate, "timed-out") == 0)
        b->exits = cx_exit_worse(b->exits, CX_EXIT_INTERNAL);
    else if (strcmp(fate, "not-opened") == 0 || (f && f->named))
        b->exits = cx_exit_worse(b->exits, CX_EXIT_USAGE);
    return CX_OK;
}

/* What is told of: most often all that the database has. */
static cx_status set_scope(batch *b)
{
    int64_t inputs = 0;
    cx_status status = cx_store_count_inputs(b->store, &inputs);
    if (status == CX_OK && !b->options.watch && inputs == (int64_t)b->files.n)
        return cx_scope_all(b->store); /* each file has an input by now */
    if (status == CX_OK)
        status = cx_scope_none(b->store);
    for (size_t i = 0; i < b->files.n && status == CX_OK; i++)
        status = cx_scope_add(b->store, b->files.list[i].path);
    return status;
}

/* What the run was about, and how it ended. */
static cx_status conclude(batch *b)
{
    bool failures = false;
    cx_status status = set_scope(b);
    if (status == CX_OK)
        status = cx_scope_inputs(b->store, true, raise_status, b);
    if (status == CX_OK)
        status = cx_scope_has_failures(b->store, &failures);
    if (status == CX_OK && failures)
        b->exits = cx_exit_worse(b->exits, CX_EXIT_FAILURES);
    if (status == CX_OK)
        status = cx_store_run_end(b->store, &b->record);
    if (status == CX_OK)
        status = cx_store_commit(b->store);
    if (status != CX_OK) {
        b->exits = failed(b, status);
        return status;
    }
    b->exits = cx_exit_worse(b->exits, cx_batch_tell(b->store, &b->options, b->output));
    return CX_OK;
}

static int run(batch *b)
{
    cx_status status = cx_store_run_begin(b->store, &b->record, wall_ns(), &b->origin);
    if (status == CX_OK) /* a database that cannot be written is told before work is done for it */
        status = cx_store_commit(b->store);
    if (status != CX_OK)
        return failed(b, status);
    b->pool = (cx_batch_pool){.options = &b->options,
                              .keys = b->keys,
                              .store = b->store,
                              .origin = &b->origin,
                              .stop = &stop_signal,
                              .progress = cx_batch_progress_tell,
                              .hide = cx_batch_progress_hide,
                              .self = &b->progress};
    status = cx_batch_pool_open(&b->pool);
    if (status != CX_OK) {
        cx_say("%s", b->pool.why[0] ? b->pool.why : cx_status_text(status));
        return CX_EXIT_INTERNAL;
    }
    status = find_files(b, &b->files);
    if (status != CX_OK)
        b->exits = failed(b, status);
    if (status == CX_OK)
        status = work(b, &b->files, true);
    if (status == CX_OK && b->options.watch)
        status = watch(b);
    cx_batch_pool_close(&b->pool);
    if (status == CX_END && b->options.watch)
        status = CX_OK; /* the way it ends */
    if (status == CX_END) {
        cx_say("stopped; the same command goes on from here");
        return CX_EXIT_INTERNAL;
    }
    if (status == CX_OK)
        (void)conclude(b); /* its failure is in exits */
    return b->exits;
}

int cx_batch(const cx_options *options, const cx_keys *keys, const cx_inputs *inputs,
             cx_output *output)
{
    batch b = {.options = *options, .keys = keys, .inputs = inputs, .output = output};
    char why[256];
    char *changes = cx_batch_changes(options, keys);
    b.name = options->db ? options->db : "results";
    b.choice.newer_than_ns = options->newer_than_ns;
    b.options.jobs = options->jobs ? options->jobs : cx_processors();
    b.origin = (cx_store_origin){.tool = "capdx " CX_VERSION,
                                 .options = changes,
                                 .shard = options->context.shard,
                                 .shards = options->context.shards};
    stop_on_signals();
    cx_status status = changes ? CX_OK : CX_NO_MEMORY;
    if (status == CX_OK)
        status = cx_store_open(options->db, options->db ? CX_STORE_WRITE : CX_STORE_SCRATCH,
                               &b.store, why);
    if (status != CX_OK) {
        cx_say("%s: %s", b.name, status == CX_NO_MEMORY ? cx_status_text(status) : why);
        b.exits = status == CX_NO_MEMORY ? CX_EXIT_INTERNAL : CX_EXIT_USAGE;
    }
    if (status == CX_OK && options->db)
        status = cx_batch_choice_own(&b.choice, options->db);
    if (status == CX_OK && options->output)
        status = cx_batch_choice_own(&b.choice, options->output);
    if (status == CX_OK)
        b.exits = run(&b);
    cx_store_free(b.store);
    cx_batch_files_free(&b.files);
    cx_batch_choice_free(&b.choice);
    free(changes);
    if (stop_signal && !options->watch) { /* as a program that was interrupted */
        (void)signal(stop_signal, SIG_DFL);
        (void)raise(stop_signal);
    }
    return b.exits;
}
