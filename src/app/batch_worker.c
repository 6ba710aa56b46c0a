/* The worker of an archive run (batch_worker.h). */
#include "app/batch_worker.h"

#include "app/analysis.h"
#include "app/digest.h"
#include "base/text.h"
#include "capture/set.h"
#include "store/row.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLUSH   262144u   /* bytes of rows that are written at a time */
#define MAX_OUT 67108864u /* bytes of rows on their way: some, and the largest one */

typedef struct part {
    const char *path, *fate;
    char why[320], sha256[CX_DIGEST_TEXT];
} part;

typedef struct worker {
    const cx_worker_job *job;
    cx_buf out, text; /* rows to write; texts of one of them */
    cx_row_maker maker;
    char sha256[CX_DIGEST_TEXT]; /* of the capture */
    char format[32];
    part *parts;     /* as many as the job has files */
    char *part_keys; /* of a set: digests of its files in their order, as JSON */
    uint64_t before; /* bytes read, of files behind it, and of the first time that it was read */
} worker;

/* The parent takes a worker that ends so for one that crashed. */
_Noreturn static void fail(void)
{
    _exit(CX_WORKER_FAILED);
}

static void flush(worker *w)
{
    for (size_t at = 0; at < w->out.len;) {
        ssize_t n = write(w->job->output, w->out.p + at, w->out.len - at);
        if (n < 0 && errno != EINTR)
            _exit(errno == EFBIG ? CX_WORKER_TOO_MUCH : CX_WORKER_NO_ROOM);
        at += n > 0 ? (size_t)n : 0;
    }
    w->out.len = 0;
}

static void say(worker *w, const cx_row *row)
{
    if (cx_row_pack(&w->out, row) != CX_OK)
        fail();
    if (w->out.len >= FLUSH)
        flush(w);
}

_Noreturn static void done(worker *w)
{
    flush(w);
    _exit(CX_WORKER_DONE);
}

/* bytes: of the file at hand */
static void got_on(void *self, unsigned long long bytes)
{
    const worker *w = self;
    atomic_fetch_add_explicit(&w->job->progress->steps, 1, memory_order_relaxed);
    atomic_store_explicit(&w->job->progress->bytes, w->before + bytes, memory_order_relaxed);
}

static bool batch_done(void *self)
{
    const worker *w = self;
    const off_t at = w->job->input < 0 ? 0 : lseek(w->job->input, 0, SEEK_CUR);
    got_on(self, at > 0 ? (unsigned long long)at : 0);
    return false;
}

static void file_done(worker *w, int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_size > 0)
        w->before += (uint64_t)st.st_size;
}

/* ---- fates ---- */

static cx_value some(const char *text)
{
    return cx_value_text(*text ? text : NULL);
}

static void say_input(worker *w, size_t i, int64_t place)
{
    const part *p = &w->parts[i];
    cx_row row = {.kind = CX_ROW_INPUT};
    row.values[CX_INPUT_PLACE] = cx_value_number((int64_t)i);
    row.values[CX_INPUT_FATE] = cx_value_text(p->fate);
    w->text.len = 0; /* names of files, of any bytes, may be in it */
    if (cx_put_utf8(&w->text, cx_slice_of(p->why)) != CX_OK)
        fail();
    if (p->why[0])
        row.values[CX_INPUT_WHY] =
            (cx_value){.kind = CX_VALUE_TEXT, .text = cx_buf_slice(&w->text)};
    row.values[CX_INPUT_SHA256] = some(p->sha256);
    row.values[CX_INPUT_CAPTURE] = some(p->sha256[0] ? w->sha256 : "");
    row.values[CX_INPUT_PART] = cx_value_natural(place);
    say(w, &row);
}

static void not_opened(part *p, cx_status status, const char *why)
{
    if (status == CX_NO_MEMORY)
        fail();
    p->fate = status == CX_NOT_CAPTURE ? "not-a-capture"
              : status == CX_IO        ? "not-opened"
                                       : "not-read";
    (void)snprintf(p->why, sizeof p->why, "%s", why);
}

/* Offsets are of the unpacked capture, so that packing changes no word. */
static void note_read(part *p, const cx_source_info *info)
{
    char at[40] = "", more[64] = "";
    if (!info->damaged) {
        p->fate = "read";
        return;
    }
    bool ends = !info->resumed && info->damages <= 1 && info->damaged_at;
    p->fate = ends ? "cut" : "damaged";
    if (info->damaged_at)
        (void)snprintf(at, sizeof at, "at byte %" PRIu64 ": ", info->damaged_at);
    if (info->damages > 1)
        (void)snprintf(more, sizeof more, ", and at %" PRIu64 " more place%s", info->damages - 1,
                       info->damages > 2 ? "s" : "");
    (void)snprintf(p->why, sizeof p->why, "%s%s%s", at, info->damage, more);
}

/* ---- one capture ---- */

/* Content that another worker has claimed, or the database has, is not read. */
static void claim(worker *w)
{
    const cx_row known = {.kind = CX_ROW_KNOWN, .values = {cx_value_text(w->sha256)}};
    if (cx_claims_take(w->job->claims, w->sha256) || w->job->sure)
        return;
    say(w, &known);
    done(w);
}

static void member(void *self, const char *type, json_t *value)
{
    worker *w = self;
    cx_row row;
    if (!value)
        fail();
    if (strcmp(type, "capture") == 0) {
        const char *format = json_string_value(json_object_get(value, "format"));
        (void)snprintf(w->format, sizeof w->format, "%s", format ? format : "");
        w->maker.files = json_incref(json_object_get(value, "files"));
        return;
    }
    if (cx_row_make(&w->maker, type, value, &w->text, &row) != CX_OK)
        fail();
    if (row.kind == CX_ROW_CAPTURE) {
        row.values[CX_CAPTURE_SHA256] = cx_value_text(w->sha256);
        row.values[CX_CAPTURE_FORMAT] = some(w->format);
        row.values[CX_CAPTURE_PARTS] = cx_value_text(w->part_keys);
    }
    say(w, &row);
}

static void analyze(worker *w, cx_source *source)
{
    const cx_analysis run = {.options = w->job->options,
                             .keys = w->job->keys,
                             .sink = {member, w, NULL},
                             .batch_done = batch_done,
                             .self = w};
    cx_analysis_result result;
    if (cx_analysis_run(source, &run, &result) != CX_OK)
        fail();
}

static void run_file(worker *w)
{
    char why[256] = "";
    part *p = &w->parts[0];
    FILE *stream = fdopen(w->job->input, "rb");
    cx_source *source = NULL;
    p->path = w->maker.file = w->job->paths[0];
    if (!stream)
        fail();
    cx_status status =
        cx_source_open_stream(stream, p->path, 0, w->job->options->filter, &source, why);
    if (status == CX_OK) {
        status = cx_digest_file(w->job->input, got_on, w, p->sha256);
        if (status != CX_OK)
            p->sha256[0] = 0;
        file_done(w, w->job->input);
        if (status == CX_IO)
            (void)snprintf(why, sizeof why, "%s", strerror(errno));
        else if (status != CX_OK)
            fail();
    }
    if (status != CX_OK) {
        not_opened(p, status, why);
        say_input(w, 0, -1);
        return;
    }
    memcpy(w->sha256, p->sha256, sizeof w->sha256);
    claim(w);
    analyze(w, source);
    note_read(p, cx_source_info_of(source));
    say_input(w, 0, -1);
}

/* ---- a set ---- */

static part *part_of(worker *w, const char *real)
{
    for (size_t i = 0; i < w->job->n; i++)
        if (strcmp(w->job->real[i], real) == 0)
            return &w->parts[i];
    fail(); /* only files of the job are in the set */
}

static void set_read(void *self, const cx_source_info *info)
{
    note_read(part_of(self, info->path), info);
}

static void set_lost(void *self, const char *path, const char *why)
{
    not_opened(part_of(self, path), CX_IO, why);
}

static void digest_part(worker *w, part *p, const char *real)
{
    int fd = open(real, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || cx_digest_file(fd, got_on, w, p->sha256) != CX_OK)
        fail();
    file_done(w, fd);
    (void)close(fd); /* only read from */
}

/* What each file and the set are known by. */
static void digest_parts(worker *w, const cx_files *files)
{
    char(*texts)[CX_DIGEST_TEXT] = calloc(files->n, sizeof *texts);
    if (!texts)
        fail();
    for (size_t i = 0; i < files->n; i++) {
        part *p = part_of(w, files->list[i].path);
        digest_part(w, p, files->list[i].path);
        memcpy(texts[i], p->sha256, sizeof texts[i]);
    }
    json_t *keys = json_array();
    for (size_t i = 0; i < files->n; i++)
        if (json_array_append_new(keys, json_string(texts[i])) != 0)
            fail();
    w->part_keys = json_dumps(keys, JSON_COMPACT);
    if (!w->part_keys)
        fail();
    if (cx_digest_texts(texts, files->n, w->sha256) != CX_OK)
        fail();
    free(texts);
}

static void run_set(worker *w)
{
    cx_set *files =
        cx_set_new(w->job->options->filter, (cx_set_watch){set_read, set_lost, NULL, w});
    cx_source *source = NULL;
    if (!files)
        fail();
    for (size_t i = 0; i < w->job->n; i++) {
        char why[256] = "";
        w->parts[i].path = w->job->paths[i];
        cx_status status = cx_set_add(files, w->job->real[i], why);
        if (status != CX_OK)
            not_opened(&w->parts[i], status, why);
    }
    if (cx_set_size(files) && cx_set_open(files, &source) != CX_OK)
        fail();
    if (source) {
        digest_parts(w, cx_source_files(source));
        w->maker.file = part_of(w, cx_source_info_of(source)->path)->path;
        analyze(w, source);
    }
    for (size_t i = 0; i < w->job->n; i++) {
        int64_t place = -1;
        for (size_t k = 0; source && k < cx_source_files(source)->n; k++)
            if (strcmp(cx_source_files(source)->list[k].path, w->job->real[i]) == 0)
                place = (int64_t)k;
        if (!w->parts[i].fate)
            fail();
        say_input(w, i, place);
    }
}

/* ---- the process ---- */

/* more: beyond what it is told of by a signal */
static void limit(int resource, rlim_t n, rlim_t more)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)resource, &now) != 0)
        fail();
    if (now.rlim_max != RLIM_INFINITY && n + more > now.rlim_max)
        n = now.rlim_max - (more < now.rlim_max ? more : 0);
    now.rlim_cur = n;
    now.rlim_max = n + more;
    if (setrlimit((__rlimit_resource_t)resource, &now) != 0)
        fail();
}

_Noreturn void cx_worker_run(const cx_worker_job *job)
{
    worker w = {.job = job, .out = cx_buf_init(MAX_OUT), .text = cx_buf_init(CX_MAX_ROW / 2)};
    limit(RLIMIT_CORE, 0, 0); /* a dump would hold what the capture holds */
    limit(RLIMIT_CPU, job->processor_s, 5);
    limit(RLIMIT_FSIZE, CX_WORKER_MAX_BYTES, 0);
    if (job->memory && !CX_SANITIZED)
        limit(RLIMIT_AS, job->memory + CX_CLAIMS_BYTES, 0);
    w.parts = calloc(job->n, sizeof *w.parts);
    if (!w.parts)
        fail();
    if (!cx_sandbox_enter(job->sandbox))
        _exit(CX_WORKER_NO_BOX); /* no byte of a capture is read outside */
    if (job->input < 0)
        run_set(&w);
    else
        run_file(&w);
    done(&w);
}
