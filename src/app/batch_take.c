/* Results and fates from workers (batch_take.h). What a worker says is checked like any input. */
#include "app/batch_take.h"

#include "app/batch_rows.h"
#include "app/say.h"
#include "base/text.h"
#include "store/ingest.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define TOOL "capdx " CX_VERSION

cx_status cx_batch_wanted(const cx_batch_pool *pool, const char *sha256, bool *ret_wanted,
                          cx_store_known *ret_known)
{
    cx_store_known k;
    cx_status status = cx_store_find_content(pool->store, sha256, pool->origin, &k);
    if (status != CX_OK)
        return status;
    bool good = k.results && ((k.same_tool && k.same_options) || !pool->options->again);
    *ret_wanted = !k.found || !good;
    *ret_known = k;
    return CX_OK;
}

/* ---- fates ---- */

static void tell(const cx_batch_pool *pool, const char *path, const char *fate, const char *why,
                 const char *more)
{
    static const struct {
        const char *fate, *text;
    } texts[] = {{"not-a-capture", "not a capture"},
                 {"not-read", "not read"},
                 {"not-opened", "cannot be opened"},
                 {"timed-out", "timed out"}};
    const char *text = fate;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].fate, fate) == 0)
            text = texts[i].text;
    if (pool->options->quiet)
        return;
    if (pool->hide)
        pool->hide(pool->self);
    cx_say("%s: %s%s%s%s", path, text, why && *why ? ": " : "", why && *why ? why : "", more);
}

static cx_status put(cx_batch_pool *pool, const cx_batch_file *f, const char *fate, const char *why,
                     const char *sha256, const char *capture, int64_t part)
{
    char mtime[CX_TIME_TEXT];
    cx_time_text(f->mtime_ns, 9, mtime);
    const cx_store_input input = {.path = f->path,
                                  .size = f->size,
                                  .mtime = f->error ? NULL : mtime,
                                  .fate = fate,
                                  .why = why && *why ? why : NULL,
                                  .sha256 = sha256,
                                  .capture = capture,
                                  .part = part,
                                  .tool = TOOL};
    pool->done.files++;
    pool->done.bytes += f->size > 0 ? f->size : 0;
    return cx_store_put_input(pool->store, &input);
}

cx_status cx_batch_odd(cx_batch_pool *pool, const cx_batch_file *f)
{
    tell(pool, f->path, "not-a-capture", f->odd, "");
    pool->done.jobs++;
    return put(pool, f, "not-a-capture", f->odd, NULL, NULL, -1);
}

cx_status cx_batch_same(cx_batch_pool *pool, const cx_batch_job *job, const char *sha256,
                        const cx_store_known *known)
{
    const cx_batch_file *f = &pool->files->list[job->files[0]];
    tell(pool, f->path, known->fate, known->why, ", its content is known");
    pool->done.jobs++;
    pool->done.known++;
    return put(pool, f, known->fate, known->why, sha256, sha256, -1);
}

static cx_status put_all(cx_batch_pool *pool, const cx_batch_job *job, const char *fate,
                         const char *why)
{
    cx_status status = CX_OK;
    for (size_t i = 0; i < job->n && status == CX_OK; i++) {
        const cx_batch_file *f = &pool->files->list[job->files[i]];
        tell(pool, f->path, fate, why, "");
        status = put(pool, f, fate, why, NULL, NULL, -1);
    }
    return status;
}

/* ---- results ---- */

/* What the first look at the rows of a job finds. */
typedef struct found {
    cx_row capture; /* texts: see there */
    char sha256[CX_SHA256_TEXT], known[CX_SHA256_TEXT];
    char *texts[CX_ROW_VALUES]; /* owned: those of capture */
    bool has_capture;
    size_t inputs;     /* rows of this kind */
    uint64_t failures; /* findings of that severity */
} found;

static bool is_text(const cx_value *v, const char *text)
{
    return cx_slice_eq(v->text, cx_slice_of(text));
}

/* A copy, owned; NULL: no text, or no memory. */
static char *text_of(const cx_value *v)
{
    return v->kind == CX_VALUE_TEXT ? strndup(v->text.p ? (const char *)v->text.p : "", v->text.len)
                                    : NULL;
}

/* Copies a SHA-256. */
static bool take_sha256(const cx_value *v, char ret[CX_SHA256_TEXT])
{
    char text[CX_SHA256_TEXT] = "";
    if (v->kind != CX_VALUE_TEXT || v->text.len != CX_SHA256_TEXT - 1)
        return false;
    memcpy(text, v->text.p, v->text.len);
    if (!cx_ingest_is_sha256(text))
        return false;
    memcpy(ret, text, sizeof text);
    return true;
}

static cx_status check_capture(const cx_batch_pool *pool, found *f, const cx_row *row)
{
    const cx_value *parts = &row->values[CX_CAPTURE_PARTS];
    if (f->has_capture || f->inputs || !take_sha256(&row->values[CX_CAPTURE_SHA256], f->sha256))
        return CX_MALFORMED;
    f->has_capture = true;
    f->capture = *row;
    for (size_t i = 0; i < cx_row_size(CX_ROW_CAPTURE); i++) { /* the row goes, it stays */
        cx_value *v = &f->capture.values[i];
        if (v->kind != CX_VALUE_TEXT)
            continue;
        f->texts[i] = text_of(v);
        if (!f->texts[i])
            return CX_NO_MEMORY;
        v->text.p = (const uint8_t *)f->texts[i];
    }
    return parts->kind == CX_VALUE_NONE ? CX_OK : cx_store_check_json(pool->store, parts->text);
}

static bool fate_of(const cx_row *row, char ret[16])
{
    cx_slice fate = row->values[CX_INPUT_FATE].text;
    if (fate.len >= 16)
        return false;
    (void)snprintf(ret, 16, "%.*s", (int)fate.len, (const char *)fate.p);
    return cx_fate_is_known(ret);
}

/* A fate with results needs some, and one without has none. */
static bool check_input(const cx_batch_job *job, found *f, const cx_row *row)
{
    const cx_value *sha256 = &row->values[CX_INPUT_SHA256],
                   *capture = &row->values[CX_INPUT_CAPTURE];
    char fate[16], key[CX_SHA256_TEXT];
    int64_t place = row->values[CX_INPUT_PLACE].number;
    if (place != (int64_t)f->inputs || f->inputs >= job->n || !fate_of(row, fate) ||
        (sha256->kind != CX_VALUE_NONE && !take_sha256(sha256, key)))
        return false;
    f->inputs++;
    bool has = capture->kind != CX_VALUE_NONE;
    if (has && (!f->has_capture || !take_sha256(capture, key) || strcmp(key, f->sha256) != 0 ||
                (job->n == 1 && !is_text(sha256, f->sha256))))
        return false;
    return cx_fate_has_results(fate) == has;
}

static cx_status check_row(const cx_batch_pool *pool, const cx_batch_job *job, found *f,
                           const cx_row *row)
{
    if (f->known[0])
        return CX_MALFORMED; /* it stands alone */
    if (row->kind == CX_ROW_KNOWN)
        return job->n == 1 && !f->has_capture && !f->inputs &&
                       take_sha256(&row->values[0], f->known)
                   ? CX_OK
                   : CX_MALFORMED;
    if (row->kind == CX_ROW_CAPTURE)
        return check_capture(pool, f, row);
    if (row->kind == CX_ROW_INPUT)
        return check_input(job, f, row) ? CX_OK : CX_MALFORMED;
    if (f->has_capture || f->inputs)
        return CX_MALFORMED;
    if (row->kind == CX_ROW_FINDING)
        f->failures += is_text(&row->values[CX_FINDING_SEVERITY], "failure");
    return cx_store_check_json(pool->store, row->values[cx_row_size(row->kind) - 1].text);
}

/* All that a worker wrote is looked at before any of it is used. */
static cx_status check(const cx_batch_pool *pool, const cx_batch_job *job, cx_batch_rows *rows,
                       found *f)
{
    cx_row row;
    cx_status status;
    bool results = false;
    while ((status = cx_batch_rows_next(rows, &row)) == CX_OK) {
        status = check_row(pool, job, f, &row);
        if (status != CX_OK)
            return status;
        results |= row.kind <= CX_ROW_COVERAGE;
    }
    if (status != CX_END)
        return status;
    if (f->known[0])
        return results ? CX_MALFORMED : CX_OK;
    return f->inputs == job->n && results == f->has_capture ? CX_OK : CX_MALFORMED;
}

/* Size and time of a file are what the parent saw, all else what the worker says of its own files.
 */
static cx_status take_input(cx_batch_pool *pool, const cx_batch_job *job, const found *f,
                            const cx_row *row)
{
    const cx_batch_file *file = &pool->files->list[job->files[row->values[CX_INPUT_PLACE].number]];
    const cx_value *part = &row->values[CX_INPUT_PART];
    char fate[16], sha256[CX_SHA256_TEXT] = "", more[48] = "";
    char *why = text_of(&row->values[CX_INPUT_WHY]);
    bool results = row->values[CX_INPUT_CAPTURE].kind == CX_VALUE_TEXT;
    int64_t packets = f->capture.values[CX_CAPTURE_PACKETS].number;
    if (!fate_of(row, fate) || (row->values[CX_INPUT_WHY].kind == CX_VALUE_TEXT && !why)) {
        free(why);
        return CX_NO_MEMORY;
    }
    (void)take_sha256(&row->values[CX_INPUT_SHA256], sha256); /* none: "" */
    if (results && job->n == 1)
        (void)snprintf(more, sizeof more, "%s%" PRId64 " packet%s", why ? "; " : ", ", packets,
                       packets == 1 ? "" : "s");
    tell(pool, file->path, fate, why, more);
    cx_status status =
        put(pool, file, fate, why, sha256[0] ? sha256 : NULL, results ? f->sha256 : NULL,
            part->kind == CX_VALUE_NUMBER ? part->number : -1);
    free(why);
    return status;
}

static cx_status take_rows(cx_batch_pool *pool, const cx_batch_job *job, cx_batch_rows *rows,
                           const found *f)
{
    cx_row row;
    bool skip = false;
    cx_status status = CX_OK;
    if (f->has_capture)
        status = cx_store_put_capture(pool->store, f->sha256, pool->origin, &f->capture,
                                      pool->options->again, &skip);
    while (status == CX_OK && (status = cx_batch_rows_next(rows, &row)) == CX_OK) {
        if (row.kind == CX_ROW_INPUT)
            status = take_input(pool, job, f, &row);
        else if (row.kind != CX_ROW_CAPTURE && !skip)
            status = cx_store_put_row(pool->store, f->sha256, &row);
    }
    return status == CX_END ? CX_OK : status;
}

/* ---- ends ---- */

/* Why there are no results; NULL: there are some. */
static const char *why_none(const cx_batch_told *told, const char **ret_fate, char text[80])
{
    static const struct {
        int status;
        const char *text;
    } exits[] = {{CX_WORKER_TOO_MUCH, "it told more than 4 GiB"},
                 {CX_WORKER_NO_ROOM, "what its worker found cannot be kept: no room for files"},
                 {CX_WORKER_NO_BOX,
                  "the system has no sandbox for its worker (seccomp), see -DCAPDX_SANDBOX"}};
    *ret_fate = "timed-out";
    if (told->end == CX_KEEPER_STUCK || told->end == CX_KEEPER_SLOW)
        return told->end == CX_KEEPER_STUCK ? "no progress" : "too slow";
    if (WIFSIGNALED(told->how) && WTERMSIG(told->how) == SIGXCPU)
        return "too much processor time";
    *ret_fate = "crashed";
    if (WIFSIGNALED(told->how) && WTERMSIG(told->how) == SIGSYS)
        return "its worker tried what its sandbox forbids, and was ended";
    if (WIFSIGNALED(told->how)) {
        (void)snprintf(text, 80, "its worker was ended by signal %d (%s)", WTERMSIG(told->how),
                       strsignal(WTERMSIG(told->how)));
        return text;
    }
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        if (WEXITSTATUS(told->how) == exits[i].status)
            return exits[i].text;
    return WEXITSTATUS(told->how) ? "its worker failed, most likely out of memory" : NULL;
}

cx_status cx_batch_take(cx_batch_pool *pool, const cx_batch_job *job, const cx_batch_told *told,
                        char ret_known[CX_SHA256_TEXT])
{
    char text[80];
    const char *fate;
    found f = {.has_capture = false};
    cx_batch_rows rows;
    ret_known[0] = 0;
    pool->done.jobs++;
    if (told->end == CX_KEEPER_UNOPEN) {
        const cx_batch_file *file = &pool->files->list[job->files[0]];
        tell(pool, file->path, "not-opened", strerror(told->how), "");
        return put(pool, file, "not-opened", strerror(told->how), NULL, NULL, -1);
    }
    const char *why = why_none(told, &fate, text);
    if (why)
        return put_all(pool, job, fate, why);
    cx_batch_rows_init(&rows, told->fd, told->from, told->to);
    cx_status status = check(pool, job, &rows, &f);
    if (status == CX_MALFORMED) {
        status = put_all(pool, job, "crashed", "what its worker told is no result");
    } else if (status == CX_OK && f.known[0]) {
        memcpy(ret_known, f.known, sizeof f.known);
        pool->done.jobs--;
    } else if (status == CX_OK) {
        cx_batch_rows_rewind(&rows);
        status = take_rows(pool, job, &rows, &f);
        pool->done.failures += f.failures;
    }
    for (size_t i = 0; i < CX_ROW_VALUES; i++)
        free(f.texts[i]);
    cx_batch_rows_free(&rows);
    return status;
}
