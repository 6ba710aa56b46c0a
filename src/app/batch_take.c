/* Results and fates from workers (batch_take.h). What a worker says is checked like any input. */
#include "app/batch_take.h"

#include "app/say.h"
#include "base/text.h"
#include "store/ingest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>

#define TOOL "capdx " CX_VERSION

bool cx_batch_asked(cx_slice line, char ret[CX_SHA256_TEXT])
{
    json_t *value =
        line.p ? json_loadb((const char *)line.p, line.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *type = json_string_value(json_object_get(value, "type"));
    const char *sha256 = json_string_value(json_object_get(value, "sha256"));
    bool asks = type && strcmp(type, "capture") == 0 && cx_ingest_is_sha256(sha256);
    if (asks)
        (void)snprintf(ret, CX_SHA256_TEXT, "%s", sha256);
    json_decref(value);
    return asks;
}

cx_status cx_batch_wanted(cx_batch_pool *pool, const char *sha256, bool set, bool *ret_wanted,
                          cx_store_known *ret_known)
{
    cx_store_known k;
    cx_status status = set ? cx_store_find_capture(pool->store, sha256, pool->origin, &k)
                           : cx_store_find_content(pool->store, sha256, pool->origin, &k);
    if (status != CX_OK)
        return status;
    bool good = k.results && ((k.same_tool && k.same_options) || !pool->options->again);
    /* of a set the fates of all files are needed, which only reading gives */
    *ret_wanted = set || !k.found || !good;
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

cx_status cx_batch_not_opened(cx_batch_pool *pool, const cx_batch_file *f, int error)
{
    tell(pool, f->path, "not-opened", strerror(error), "");
    pool->done.jobs++;
    return put(pool, f, "not-opened", strerror(error), NULL, NULL, -1);
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

typedef struct taking {
    cx_batch_pool *pool;
    const cx_batch_job *job;
    cx_ingest ingest;
    size_t fates;      /* input lines so far */
    uint64_t failures; /* findings of that severity */
    uint64_t packets;
} taking;

static const cx_batch_file *file_named(const taking *t, const char *path)
{
    for (size_t i = 0; path && i < t->job->n; i++)
        if (strcmp(t->pool->files->list[t->job->files[i]].path, path) == 0)
            return &t->pool->files->list[t->job->files[i]];
    return NULL;
}

/* Size and time of a file are what the parent saw, all else what the worker says of its own files.
 */
static cx_status take_input(void *self, const json_t *line)
{
    taking *t = self;
    const cx_batch_file *f = file_named(t, json_string_value(json_object_get(line, "file")));
    const char *fate = json_string_value(json_object_get(line, "fate"));
    const char *why = json_string_value(json_object_get(line, "why"));
    const char *sha256 = json_string_value(json_object_get(line, "sha256"));
    const char *capture = json_string_value(json_object_get(line, "capture"));
    const json_t *part = json_object_get(line, "part");
    if (!f || !fate || !cx_fate_is_known(fate) || (sha256 && !cx_ingest_is_sha256(sha256)) ||
        (capture && !cx_ingest_is_sha256(capture)) ||
        cx_fate_has_results(fate) != (t->ingest.captures > 0 && capture != NULL))
        return CX_MALFORMED;
    t->fates++;
    char more[48] = "";
    if (cx_fate_has_results(fate) && t->job->n == 1)
        (void)snprintf(more, sizeof more, "%s%" PRIu64 " packet%s", why ? "; " : ", ", t->packets,
                       t->packets == 1 ? "" : "s");
    tell(t->pool, f->path, fate, why, more);
    return put(t->pool, f, fate, why, sha256, capture,
               json_is_integer(part) ? json_integer_value(part) : -1);
}

/* For progress and the line on standard error: cheap looks at lines that ingest reads properly. */
static void glance(taking *t, cx_slice line)
{
    static const char failure[] = "\"severity\":\"failure\"", packets[] = "\"packets\":";
    if (memmem(line.p, line.len, failure, sizeof failure - 1))
        t->failures++;
    const uint8_t *at = memmem(line.p, line.len, packets, sizeof packets - 1);
    if (!at || !memmem(line.p, line.len < 20 ? line.len : 20, "summary", 7))
        return;
    t->packets = 0;
    for (at += sizeof packets - 1; at < line.p + line.len && *at >= '0' && *at <= '9'; at++)
        t->packets = t->packets * 10 + (uint64_t)(*at - '0');
}

static cx_status take_line(void *self, cx_slice line)
{
    taking *t = self;
    glance(t, line);
    return cx_ingest_line(&t->ingest, line);
}

static const char *why_ended(const char *killed, int how, char text[80])
{
    if (killed)
        return killed;
    if (WIFSIGNALED(how))
        (void)snprintf(text, 80, "its worker was ended by signal %d (%s)", WTERMSIG(how),
                       strsignal(WTERMSIG(how)));
    else
        (void)snprintf(text, 80, "its worker failed, most likely out of memory");
    return text;
}

cx_status cx_batch_take(cx_batch_pool *pool, const cx_batch_job *job, cx_spool *lines,
                        const char *killed, int how)
{
    char text[80];
    taking t = {.pool = pool, .job = job};
    t.ingest = (cx_ingest){
        .store = pool->store, .again = pool->options->again, .input = take_input, .self = &t};
    pool->done.jobs++;
    if (killed && WIFSIGNALED(how))
        return put_all(pool, job, *killed == 'i' ? "crashed" : "timed-out", killed);
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
        return put_all(pool, job, "crashed", why_ended(NULL, how, text));
    cx_batch_done before = pool->done;
    cx_status status = cx_store_mark(pool->store);
    if (status != CX_OK)
        return status;
    status = cx_spool_lines(lines, take_line, &t);
    cx_status ended = cx_ingest_end(&t.ingest);
    if (ended != CX_OK && (status == CX_OK || status == CX_MALFORMED))
        return ended;
    if (status == CX_MALFORMED || (status == CX_OK && t.fates != job->n)) {
        pool->done = before;
        status = cx_store_undo(pool->store);
        return status != CX_OK ? status
                               : put_all(pool, job, "crashed", "what its worker told is no result");
    }
    pool->done.failures += t.failures;
    return status == CX_OK ? cx_store_keep(pool->store) : status;
}
