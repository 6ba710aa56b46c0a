/* Both sides of a keeper (batch_keeper.h). */
#include "app/batch_keeper.h"

#include "app/clock.h"
#include "app/digest.h"
#include "app/processors.h"
#include "dissectors/x509_key.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS         3 /* descriptors of a keeper beside the standard ones: two files with rows */
#define SOCKET       5 /* its parent */
#define OUTPUT       6 /* the file that the worker writes to */
#define INPUT        7 /* the capture */
#define SECOND_NS    INT64_C(1000000000)
#define TICK_NS      (SECOND_NS / 4)
#define WAIT_NS      (SECOND_NS / 20) /* a report waits so long for others at the most */
#define SLOW_BYTES_S 1048576     /* bytes of a capture that are read in a second at the least */
#define TABLE        81920       /* bytes: above the pieces of an arena, below any table */
#define MAX_JOB      1073741824u /* bytes: 65,536 names of a set, both as long as they may be */

typedef struct head { /* of a job; behind it the names, each with its end: one for the results, one
                         for the system */
    uint32_t number, sure, n, bytes;
    int64_t size;
    uint64_t taken;
} head;

typedef struct keeper {
    const cx_keeper_setup *setup;
    cx_sandbox *one,
        *set; /* rules for a file, and for a set, whose files are opened by the worker */
    cx_worker_progress *progress; /* shared with the worker and the parent */
    cx_keeper_report reports[CX_KEEPER_BATCH];
    size_t n; /* reports not told yet */
    unsigned batch;
    int64_t first_ns;          /* when the first of them came */
    uint64_t told, told_of[2]; /* reports told, and up to the last one of each file */
    uint64_t from;             /* where the rows of the worker begin */
    cx_buf names;
} keeper;

/* ---- the keeper's side ---- */

_Noreturn static void quit(void)
{
    _exit(CX_WORKER_FAILED);
}

static bool receive_all(void *to, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = recv(SOCKET, (char *)to + at, n - at, MSG_WAITALL);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* The reports go, and the next rows into the other file. */
static void tell(keeper *k)
{
    size_t bytes = k->n * sizeof *k->reports;
    for (size_t i = 0; i < k->n; i++)
        k->reports[i].more = (uint32_t)(k->n - 1 - i);
    if (!k->n)
        return;
    if (send(SOCKET, k->reports, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
        quit(); /* nobody listens any more */
    k->told += k->n;
    k->told_of[k->batch] = k->told;
    k->n = 0;
    k->batch = !k->batch;
}

static void report(keeper *k, uint32_t number, cx_keeper_end end, int how)
{
    off_t to = lseek(ROWS + (int)k->batch, 0, SEEK_CUR);
    if (to < (off_t)k->from)
        quit();
    if (k->n == 0)
        k->first_ns = cx_clock_ns();
    k->reports[k->n++] = (cx_keeper_report){
        .number = number, .end = end, .how = how, .from = k->from, .to = (uint64_t)to};
    if (k->n == CX_KEEPER_BATCH || cx_clock_ns() - k->first_ns > WAIT_NS)
        tell(k);
}

/* Ends a worker that gets no further, or is slower than anything that reads a disk. */
static int watch(const keeper *k, pid_t pid, int64_t size, cx_keeper_end *ret_end)
{
    const struct timespec tick = {.tv_nsec = TICK_NS};
    int64_t limit = (int64_t)k->setup->options->time_limit * SECOND_NS;
    int64_t most = 10 * limit + size / SLOW_BYTES_S * SECOND_NS;
    int64_t started = cx_clock_ns(), moved_ns = started;
    uint64_t moved = 0;
    int how = 0;
    sigset_t child;
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    *ret_end = CX_KEEPER_ENDED;
    for (;;) {
        pid_t ended = waitpid(pid, &how, WNOHANG);
        if (ended == pid)
            return how;
        if (ended < 0 && errno != EINTR)
            quit();
        if (sigtimedwait(&child, NULL, &tick) == SIGCHLD)
            continue;
        int64_t now = cx_clock_ns();
        uint64_t at = atomic_load(&k->progress->steps);
        if (at != moved) {
            moved = at;
            moved_ns = now;
        }
        if (*ret_end != CX_KEEPER_ENDED || (now - moved_ns < limit && now - started < most))
            continue;
        *ret_end = now - moved_ns >= limit ? CX_KEEPER_STUCK : CX_KEEPER_SLOW;
        (void)kill(pid, SIGKILL);
    }
}

_Noreturn static void child(const keeper *k, const head *h, const char **names, pid_t parent)
{
    const cx_options *o = k->setup->options;
    sigset_t none;
    (void)sigemptyset(&none);
    /* without its keeper it works for nobody */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        sigprocmask(SIG_SETMASK, &none, NULL) != 0 || close(SOCKET) != 0 ||
        dup2(ROWS + (int)k->batch, OUTPUT) != OUTPUT || close(ROWS) != 0 || close(ROWS + 1) != 0)
        quit();
    const cx_worker_job job = {
        .options = o,
        .keys = k->setup->keys,
        .paths = names,
        .real = names + h->n,
        .n = h->n,
        .input = h->n == 1 ? INPUT : -1,
        .output = OUTPUT,
        .sure = h->sure,
        .memory = o->memory_limit,
        .processor_s = 60 + 10 * (uint64_t)o->time_limit + (uint64_t)h->size / SLOW_BYTES_S,
        .claims = k->setup->claims,
        .progress = k->progress,
        .sandbox = h->n == 1 ? k->one : k->set,
    };
    cx_worker_run(&job);
}

/* A new batch begins its file anew when the parent has taken all that is in it. */
static void begin_rows(keeper *k, uint64_t taken)
{
    int fd = ROWS + (int)k->batch;
    if (k->n == 0 && taken >= k->told_of[k->batch] &&
        (lseek(fd, 0, SEEK_SET) != 0 || ftruncate(fd, 0) != 0))
        quit();
    off_t from = lseek(fd, 0, SEEK_CUR);
    if (from < 0)
        quit();
    k->from = (uint64_t)from;
}

static void work(keeper *k, const head *h, const char **names)
{
    cx_keeper_end end = CX_KEEPER_ENDED;
    int how = 0;
    begin_rows(k, h->taken);
    int fd = h->n == 1 ? open(names[1], O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    if (h->n == 1 && fd < 0) {
        report(k, h->number, CX_KEEPER_UNOPEN, errno);
        return;
    }
    if (fd >= 0 && fd != INPUT && (dup2(fd, INPUT) != INPUT || close(fd) != 0))
        quit();
    atomic_store(&k->progress->steps, 0);
    atomic_store(&k->progress->bytes, 0);
    pid_t own = getpid(), pid = fork();
    int why = errno;
    if (pid == 0)
        child(k, h, names, own);
    if (fd >= 0)
        (void)close(INPUT); /* only read from */
    if (pid > 0)
        how = watch(k, pid, h->size, &end);
    report(k, h->number, pid < 0 ? CX_KEEPER_NO_FORK : end, pid < 0 ? why : how);
}

/* The next job. While none is there, the parent gets what is known so far. */
static bool next(keeper *k, head *ret, const char ***ret_names)
{
    char one;
    if (k->n && recv(SOCKET, &one, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
        tell(k);
    if (!receive_all(ret, sizeof *ret) || ret->bytes > MAX_JOB || ret->n == 0)
        return false;
    char *text = malloc(ret->bytes);
    const char **names = calloc(2 * (size_t)ret->n, sizeof *names);
    if (!text || !names || !receive_all(text, ret->bytes))
        quit();
    const char *p = text;
    for (size_t i = 0; i < ret->n; i++) {
        names[i] = p;
        names[ret->n + i] = p + strlen(p) + 1;
        p = names[ret->n + i] + strlen(names[ret->n + i]) + 1;
    }
    *ret_names = names;
    return true;
}

/* The standard descriptors lead nowhere; nothing of the parent stays open but what is needed. */
static void keep_few(const int rows[2], int socket)
{
    int from[3], nothing = open("/dev/null", O_RDWR);
    bool good = nothing >= 0;
    for (int i = 0; i < 3; i++) {
        from[i] = fcntl(i < 2 ? rows[i] : socket, F_DUPFD, INPUT + 1);
        good = good && from[i] >= 0 &&
               (i == STDERR_FILENO && CX_SANITIZED ? true : dup2(nothing, i) == i);
    }
    for (int i = 0; i < 3 && good; i++)
        good = dup2(from[i], ROWS + i) == ROWS + i;
    if (!good || close_range(OUTPUT, ~0u, 0) != 0)
        quit();
}

/* What libraries do at their first use, once for all workers: files are read, which they may not
 * do, tables are made, which would take them longer than a small capture. */
static void warm_up(void)
{
    char sha256[CX_DIGEST_TEXT];
    tzset();
    json_object_seed(0);
    if (cx_digest_file(STDIN_FILENO, NULL, NULL, sha256) == CX_NO_MEMORY)
        quit();
    cx_x509_warm_up();
}

_Noreturn static void keep(const cx_keeper_setup *setup, cx_worker_progress *progress,
                           const int rows[2], int socket)
{
    keeper k = {.setup = setup, .progress = progress};
    head h;
    const char **names;
    sigset_t child_ends;
    (void)signal(SIGINT, SIG_IGN); /* the parent is told too, and ends its keepers */
    (void)signal(SIGTERM, SIG_DFL);
    (void)sigemptyset(&child_ends);
    (void)sigaddset(&child_ends, SIGCHLD);
    keep_few(rows, socket);
    /* a table of a worker costs the pages that it uses: none is taken from memory that has to be
     * cleared first */
    (void)mallopt(M_MMAP_THRESHOLD, TABLE);
    warm_up();
    k.one = cx_sandbox_new(&(cx_sandbox_rules){.output = OUTPUT});
    k.set = cx_sandbox_new(&(cx_sandbox_rules){.output = OUTPUT, .opens = true});
    if (!k.one || !k.set || sigprocmask(SIG_BLOCK, &child_ends, NULL) != 0)
        quit();
    while (next(&k, &h, &names)) {
        work(&k, &h, names);
        free((void *)names[0]);
        free(names);
    }
    _exit(CX_WORKER_DONE);
}

/* ---- the parent's side ---- */

static cx_worker_progress *shared_progress(void)
{
    void *p = mmap(NULL, sizeof(cx_worker_progress), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static int nameless_file(void)
{
    FILE *f = tmpfile();
    int fd = f ? fcntl(fileno(f), F_DUPFD_CLOEXEC, 0) : -1;
    int why = errno;
    if (f)
        (void)fclose(f); /* nothing was written through it */
    errno = why;
    return fd;
}

cx_status cx_keeper_start(const cx_keeper_setup *setup, int processor, cx_keeper *ret)
{
    int ends[2] = {-1, -1};
    cx_keeper k = {.rows = {nameless_file(), nameless_file()}, .progress = shared_progress()};
    bool good = k.rows[0] >= 0 && k.rows[1] >= 0 && k.progress &&
                socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0;
    (void)fflush(NULL); /* what is buffered here must not be written twice */
    pid_t parent = getpid();
    k.pid = good ? fork() : -1;
    if (k.pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
            quit();
        cx_processor_stay(processor);
        keep(setup, k.progress, k.rows, ends[1]);
    }
    int why = errno;
    if (ends[1] >= 0)
        (void)close(ends[1]);
    k.socket = ends[0];
    if (k.pid > 0) {
        *ret = k;
        return CX_OK;
    }
    for (int i = 0; i < 2; i++)
        if (k.rows[i] >= 0)
            (void)close(k.rows[i]);
    if (ends[0] >= 0)
        (void)close(ends[0]);
    if (k.progress)
        (void)munmap(k.progress, sizeof *k.progress);
    errno = why;
    return CX_IO;
}

void cx_keeper_end_now(cx_keeper *k)
{
    if (!k->pid)
        return;
    (void)kill(k->pid, SIGKILL); /* its worker ends with it */
    while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    (void)close(k->socket);
    (void)close(k->rows[0]);
    (void)close(k->rows[1]);
    (void)munmap(k->progress, sizeof *k->progress);
    *k = (cx_keeper){.pid = 0};
}

cx_status cx_keeper_put_job(cx_buf *out, const cx_keeper_job *job)
{
    size_t begin = out->len;
    head h = {.number = job->number,
              .sure = job->sure,
              .n = (uint32_t)job->n,
              .size = job->size,
              .taken = job->taken};
    cx_status status = cx_buf_put(out, &h, sizeof h);
    for (size_t i = 0; i < job->n && status == CX_OK; i++) {
        status = cx_buf_put(out, job->paths[i], strlen(job->paths[i]) + 1);
        if (status == CX_OK)
            status = cx_buf_put(out, job->real[i], strlen(job->real[i]) + 1);
    }
    if (status != CX_OK)
        return CX_NO_MEMORY;
    h.bytes = (uint32_t)(out->len - begin - sizeof h);
    memcpy(out->p + begin, &h, sizeof h);
    return CX_OK;
}

bool cx_keeper_give(const cx_keeper *k, cx_slice jobs)
{
    while (jobs.len) {
        ssize_t n = send(k->socket, jobs.p, jobs.len, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            jobs = cx_slice_sub(jobs, (size_t)n, jobs.len - (size_t)n);
    }
    return true;
}

cx_status cx_keeper_hear(cx_keeper *k, cx_keeper_report ret[CX_KEEPER_BATCH], size_t *ret_n,
                         int *ret_rows)
{
    ssize_t n;
    do
        n = recv(k->socket, ret, sizeof *ret, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return CX_TRUNCATED;
    if (n != (ssize_t)sizeof *ret || ret->more >= CX_KEEPER_BATCH)
        return CX_END;
    size_t rest = ret->more * sizeof *ret;
    /* told in one piece, so they are there */
    if (rest && recv(k->socket, ret + 1, rest, MSG_WAITALL) != (ssize_t)rest)
        return CX_END;
    *ret_n = 1 + ret->more;
    *ret_rows = k->rows[k->batch];
    k->batch = !k->batch;
    return CX_OK;
}
