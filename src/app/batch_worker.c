/* The worker of an archive run (batch_worker.h). */
#include "app/batch_worker.h"

#include "app/analysis.h"
#include "app/digest.h"
#include "app/exits.h"
#include "base/text.h"
#include "capture/set.h"
#include "report/event_json.h"
#include "report/reporter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false /* the shadow of a sanitizer alone takes terabytes of address space */
#endif

#define SOCKET 3 /* descriptors of a worker, beside the standard ones */
#define INPUT  4

typedef struct part {
    const char *path, *fate;
    char why[320], sha256[CX_DIGEST_TEXT];
} part;

typedef struct worker {
    const cx_worker_job *job;
    FILE *out;
    const cx_reporter *reporter; /* of NDJSON */
    void *report;
    char sha256[CX_DIGEST_TEXT]; /* of the capture */
    part *parts;                 /* as many as the job has files */
    json_t *part_keys;           /* of a set: digests of its files in their order */
    const char *file;            /* of the result */
} worker;

/* The parent takes a worker without its last line for one that crashed. */
_Noreturn static void fail(void)
{
    _exit(CX_EXIT_INTERNAL);
}

static void say(worker *w, const char *file, const char *type, json_t *value)
{
    if (!value || w->reporter->member(w->report, file, type, value) != CX_OK)
        fail();
}

static void set(json_t *o, const char *name, json_t *value)
{
    if (json_object_set_new(o, name, value) != 0)
        fail();
}

static void got_on(void *self, unsigned long long bytes)
{
    const worker *w = self;
    (void)bytes;
    atomic_fetch_add_explicit(w->job->progress, 1, memory_order_relaxed);
}

static bool batch_done(void *self)
{
    got_on(self, 0);
    return false;
}

/* ---- fates ---- */

static void say_input(worker *w, const part *p, int64_t place)
{
    json_t *o = json_object();
    if (!o)
        fail();
    set(o, "fate", json_string(p->fate));
    if (p->why[0])
        set(o, "why", cx_json_text(cx_slice_of(p->why)));
    if (p->sha256[0])
        set(o, "sha256", json_string(p->sha256));
    if (w->sha256[0] && p->sha256[0])
        set(o, "capture", json_string(w->sha256));
    if (place >= 0)
        set(o, "part", json_integer(place));
    say(w, p->path, "input", o);
    json_decref(o);
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

/* Is it wanted? The parent may know this content. */
static void ask(void)
{
    char answer = 0;
    ssize_t n;
    do
        n = read(SOCKET, &answer, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1 || answer != 'y')
        _exit(CX_EXIT_CLEAN);
}

static void begin(worker *w, json_t *capture)
{
    const cx_options *o = w->job->options;
    set(capture, "sha256", json_string(w->sha256));
    if (*w->job->changes)
        set(capture, "options", cx_json_text(cx_slice_of(w->job->changes)));
    if (o->context.shards)
        set(capture, "shards", json_sprintf("%u/%u", o->context.shard, o->context.shards));
    if (w->job->fd < 0)
        set(capture, "parts", json_incref(w->part_keys));
    say(w, w->file, "capture", capture);
    ask();
}

static void member(void *self, const char *type, json_t *value)
{
    worker *w = self;
    if (!value)
        fail();
    if (strcmp(type, "capture") == 0)
        begin(w, value);
    else
        say(w, w->file, type, value);
}

static void analyze(worker *w, cx_source *source)
{
    const cx_analysis run = {.options = w->job->options,
                             .keys = w->job->keys,
                             .sink = {member, w},
                             .batch_done = batch_done,
                             .self = w};
    cx_analysis_result result;
    if (cx_analysis_run(source, &run, &result) != CX_OK)
        fail();
}

static void run_file(worker *w, const char *path)
{
    char why[256] = "";
    part *p = &w->parts[0];
    *p = (part){.path = path};
    w->sha256[0] = 0;
    w->file = path;
    FILE *stream = fdopen(INPUT, "rb");
    cx_source *source = NULL;
    if (!stream)
        fail();
    cx_status status =
        cx_source_open_stream(stream, p->path, 0, w->job->options->filter, &source, why);
    if (status != CX_OK) {
        not_opened(p, status, why);
        say_input(w, p, -1);
        return;
    }
    status = cx_digest_file(INPUT, got_on, w, p->sha256);
    if (status == CX_IO) {
        not_opened(p, status, strerror(errno));
        p->sha256[0] = 0;
        say_input(w, p, -1);
        cx_source_free(source);
        return;
    }
    if (status != CX_OK)
        fail();
    memcpy(w->sha256, p->sha256, sizeof w->sha256);
    analyze(w, source);
    note_read(p, cx_source_info_of(source));
    say_input(w, p, -1);
    cx_source_free(source);
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
    w->part_keys = json_array();
    for (size_t i = 0; i < files->n; i++)
        if (json_array_append_new(w->part_keys, json_string(texts[i])) != 0)
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
        w->file = part_of(w, cx_source_info_of(source)->path)->path;
        analyze(w, source);
    }
    for (size_t i = 0; i < w->job->n; i++) {
        part *p = &w->parts[i];
        int64_t place = -1;
        for (size_t k = 0; source && k < cx_source_files(source)->n; k++)
            if (strcmp(cx_source_files(source)->list[k].path, w->job->real[i]) == 0)
                place = (int64_t)k;
        if (!p->fate)
            fail();
        say_input(w, p, place);
    }
}

/* ---- the process ---- */

/* Nothing of the parent stays open but what the worker needs. */
static void keep_two(int socket, int fd)
{
    int s = fcntl(socket, F_DUPFD, INPUT + 1), f = fd < 0 ? -1 : fcntl(fd, F_DUPFD, INPUT + 1);
    if (s < 0 || (fd >= 0 && f < 0) || dup2(s, SOCKET) < 0 || (fd >= 0 && dup2(f, INPUT) < 0) ||
        close_range((unsigned)(fd < 0 ? INPUT : INPUT + 1), ~0u, 0) != 0)
        fail();
}

static void limit(int resource, rlim_t n)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)resource, &now) != 0)
        fail();
    if (now.rlim_max != RLIM_INFINITY && n > now.rlim_max)
        n = now.rlim_max;
    now.rlim_cur = now.rlim_max = n;
    if (setrlimit((__rlimit_resource_t)resource, &now) != 0)
        fail();
}

typedef union control { /* aligned as a message needs it */
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
} control;

bool cx_worker_give(int socket, uint32_t number, int fd)
{
    control c = {.bytes = {0}};
    struct iovec data = {.iov_base = &number, .iov_len = sizeof number};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = c.bytes,
                             .msg_controllen = sizeof c.bytes};
    struct cmsghdr *h = CMSG_FIRSTHDR(&message);
    *h = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
    memcpy(CMSG_DATA(h), &fd, sizeof fd);
    return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof number;
}

/* The next file, open as INPUT. Without one the work is done. */
static uint32_t wait_for_file(void)
{
    control c;
    uint32_t number;
    int fd;
    struct iovec data = {.iov_base = &number, .iov_len = sizeof number};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = c.bytes,
                             .msg_controllen = sizeof c.bytes};
    ssize_t n;
    do
        n = recvmsg(SOCKET, &message, MSG_WAITALL);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        _exit(CX_EXIT_CLEAN);
    const struct cmsghdr *h = CMSG_FIRSTHDR(&message);
    if (n != (ssize_t)sizeof number || !h || h->cmsg_type != SCM_RIGHTS)
        fail();
    memcpy(&fd, CMSG_DATA(h), sizeof fd);
    if (fd != INPUT && (dup2(fd, INPUT) < 0 || close(fd) != 0))
        fail();
    return number;
}

_Noreturn void cx_worker_run(const cx_worker_job *job, int socket)
{
    worker w = {.job = job};
    const cx_report_options plain = {.width = 80};
    (void)signal(SIGINT, SIG_IGN); /* the parent is told too, and ends its workers */
    (void)signal(SIGTERM, SIG_DFL);
    keep_two(socket, job->fd);
    limit(RLIMIT_CORE, 0); /* a dump would hold what the capture holds */
    if (job->memory && !SANITIZED)
        limit(RLIMIT_AS, job->memory);
    w.reporter = cx_reporter_named("ndjson");
    w.out = fdopen(SOCKET, "w");
    w.parts = calloc(job->n, sizeof *w.parts);
    if (!w.out || !w.parts || w.reporter->open(&w.report, w.out, &plain) != CX_OK)
        fail();
    if (job->fd < 0)
        run_set(&w);
    else
        run_file(&w, job->paths[0]);
    while (job->fd >= 0)
        run_file(&w, job->path_of(job->self, wait_for_file()));
    _exit(CX_EXIT_CLEAN); /* each line was flushed when it was said */
}
