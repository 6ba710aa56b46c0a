/* The parent's side of the workers (batch_pool.h): a process a capture, a socket each way, time and
 * size limits; their lines are kept until the process ended well, then go into the database. */
#include "app/batch_pool.h"

#include "app/batch_take.h"
#include "app/batch_worker.h"
#include "app/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS      250
#define COMMIT_NS    INT64_C(200000000) /* between commits: so much may have to be done again */
#define COMMIT_SHARE 20                 /* or so many times what the last one took, on slow disks */
#define SECOND_NS    INT64_C(1000000000)
#define MAX_RESULT   4294967296u /* bytes of lines from one worker; a million attempts take 3 GiB */
#define READ_SIZE    65536
#define SMALL        1048576 /* bytes of a capture for which no worker of its own is started */
#define MAX_SERVED   256     /* captures of one worker: what one does to it ends with it */
#define SLOW_BYTES_S 1048576 /* bytes of a capture that are read in a second at the least */

typedef struct slot {
    pid_t pid; /* 0: free */
    int fd;
    const cx_batch_job *job;
    cx_spool spool;
    cx_buf first; /* the line that asks, until it is whole */
    bool asked, answered_no;
    uint32_t served;      /* jobs before this one */
    char head[15];        /* how the line begins that is being received */
    size_t n_head;        /* bytes of it, as many as fit */
    size_t inputs;        /* "input" lines of the job */
    cx_store_known known; /* when answered_no */
    char sha256[CX_SHA256_TEXT];
    int64_t started_ns, moved_ns;
    uint64_t moved;     /* its progress at moved_ns */
    const char *killed; /* why it had to end; NULL */
} slot;

typedef struct run {
    cx_batch_pool *pool;
    slot *slots;
    struct pollfd *polled;
    _Atomic uint64_t *progress; /* shared with the workers, one a slot */
    size_t n_slots;
    const cx_batch_jobs *jobs;
    size_t next;
    const cx_batch_job **again; /* wait for a worker that has the same content */
    size_t n_again;
    int64_t next_commit_ns;
} run;

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* exists on every system with processes */
    return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

static cx_status failed(run *r, const char *what)
{
    (void)snprintf(r->pool->why, sizeof r->pool->why, "%s: %s", what, strerror(errno));
    return CX_IO;
}

static cx_status store_failed(run *r, cx_status status)
{
    if (status != CX_OK && !r->pool->why[0])
        (void)snprintf(r->pool->why, sizeof r->pool->why, "%s: %s",
                       r->pool->options->db ? r->pool->options->db : "results",
                       cx_store_error(r->pool->store));
    return status;
}

static const cx_batch_file *file_of(const run *r, const cx_batch_job *job, size_t i)
{
    return &r->pool->files->list[job->files[i]];
}

/* ---- starting ---- */

static const char *path_of(const void *self, uint32_t number)
{
    const run *r = self;
    return number < r->jobs->n ? file_of(r, &r->jobs->list[number], 0)->path : "";
}

_Noreturn static void child(const run *r, const cx_batch_job *job, int socket, int fd, size_t place)
{
    const char **paths = calloc(job->n, sizeof *paths), **real = calloc(job->n, sizeof *real);
    if (!paths || !real)
        _exit(3);
    for (size_t i = 0; i < job->n; i++) {
        const cx_batch_file *f = file_of(r, job, i);
        paths[i] = f->path;
        real[i] = f->real ? f->real : f->path;
    }
    const cx_worker_job worker = {
        .options = r->pool->options,
        .keys = r->pool->keys,
        .changes = r->pool->origin->options,
        .paths = paths,
        .real = real,
        .n = job->n,
        .fd = fd,
        .memory = r->pool->options->memory_limit,
        .progress = &r->progress[place],
        .path_of = path_of,
        .self = r,
    };
    cx_worker_run(&worker, socket);
}

/* Opens the file of a job. -1: it cannot be, and its fate is noted (*ret). */
static int open_job(const run *r, const cx_batch_job *job, cx_status *ret)
{
    const cx_batch_file *f = file_of(r, job, 0);
    int fd = f->odd ? -1 : open(f->real ? f->real : f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    *ret = CX_OK;
    if (fd < 0)
        *ret = f->odd ? cx_batch_odd(r->pool, f) : cx_batch_not_opened(r->pool, f, errno);
    return fd;
}

static void set_job(slot *s, const cx_batch_job *job)
{
    s->job = job;
    s->spool = cx_spool_init();
    s->first = cx_buf_init(READ_SIZE * 16);
    s->started_ns = s->moved_ns = now_ns();
}

static cx_status start(run *r, size_t place, const cx_batch_job *job)
{
    int ends[2], fd = -1;
    cx_status status = CX_OK;
    if (job->n == 1 && (fd = open_job(r, job, &status)) < 0)
        return status;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        status = failed(r, "a socket for a worker");
        if (fd >= 0)
            (void)close(fd);
        return status;
    }
    (void)fflush(NULL); /* what is buffered here must not be written twice */
    atomic_store(&r->progress[place], 0);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        /* without its parent it works for nobody */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
            _exit(3);
        child(r, job, ends[1], fd, place);
    }
    int why = errno;
    (void)close(ends[1]);
    if (fd >= 0)
        (void)close(fd);
    if (pid < 0) {
        (void)close(ends[0]);
        errno = why;
        return failed(r, "a worker cannot be started");
    }
    r->slots[place] = (slot){.pid = pid, .fd = ends[0]};
    set_job(&r->slots[place], job);
    return CX_OK;
}

static void clear(slot *s)
{
    if (s->pid) {
        (void)close(s->fd);
        cx_spool_free(&s->spool);
        cx_buf_free(&s->first);
    }
    *s = (slot){.pid = 0};
}

/* ---- listening ---- */

static bool being_read(const run *r, const slot *mine, const char *sha256)
{
    for (size_t i = 0; i < r->n_slots; i++) {
        const slot *s = &r->slots[i];
        if (s != mine && s->pid && s->asked && !s->answered_no && strcmp(s->sha256, sha256) == 0)
            return true;
    }
    return false;
}

/* The first line is there: when it asks, may the worker go on? */
static cx_status answer(run *r, slot *s, cx_slice line)
{
    bool wanted = true;
    s->asked = true;
    if (!cx_batch_asked(line, s->sha256))
        return CX_OK;
    cx_status status = cx_batch_wanted(r->pool, s->sha256, s->job->n > 1, &wanted, &s->known);
    if (status != CX_OK)
        return store_failed(r, status);
    bool wait = wanted && being_read(r, s, s->sha256);
    s->answered_no = !wanted || wait;
    if (wait) {
        r->again[r->n_again++] = s->job;
        s->known.found = false;
    }
    /* a worker that is gone is met at the end of its lines */
    (void)send(s->fd, s->answered_no ? "n" : "y", 1, MSG_NOSIGNAL);
    return CX_OK;
}

/* Counts the lines that tell fates: behind the last of them a job is done. */
static void count_inputs(slot *s, const uint8_t *bytes, size_t n)
{
    static const char input[] = "{\"type\":\"input\"";
    _Static_assert(sizeof input - 1 == sizeof s->head, "it is compared whole");
    for (size_t at = 0; at < n;) {
        size_t end = cx_slice_find((cx_slice){bytes, n}, '\n', at), to = end == SIZE_MAX ? n : end;
        size_t room = sizeof s->head - s->n_head, more = to - at < room ? to - at : room;
        memcpy(s->head + s->n_head, bytes + at, more);
        s->n_head += more;
        if (end == SIZE_MAX)
            return;
        s->inputs += s->n_head == sizeof s->head && memcmp(s->head, input, sizeof s->head) == 0;
        s->n_head = 0;
        at = end + 1;
    }
}

static cx_status take_bytes(run *r, slot *s, const uint8_t *bytes, size_t n)
{
    if (s->spool.size + n > MAX_RESULT) {
        s->killed = "it told more than 4 GiB";
        (void)kill(s->pid, SIGKILL);
        return CX_OK;
    }
    count_inputs(s, bytes, n);
    cx_status status = cx_spool_put(&s->spool, bytes, n);
    if (status == CX_IO)
        return failed(r, "results of a worker cannot be kept");
    if (status != CX_OK || s->asked)
        return status;
    size_t at = cx_slice_find((cx_slice){bytes, n}, '\n', 0);
    status = cx_buf_put(&s->first, bytes, at == SIZE_MAX ? n : at);
    if (status == CX_LIMIT) /* no worker of ours asks so long */
        return answer(r, s, (cx_slice){NULL, 0});
    if (status == CX_OK && at != SIZE_MAX)
        status = answer(r, s, cx_buf_slice(&s->first));
    return status;
}

/* ---- ending ---- */

static cx_status finish(run *r, slot *s)
{
    int how = 0;
    /* at the end of its lines it ends by itself; one that does not is made to. A process that is
     * ending keeps its status. */
    (void)kill(s->pid, SIGKILL);
    while (waitpid(s->pid, &how, 0) < 0 && errno == EINTR)
        continue;
    const cx_batch_job *job = s->job;
    cx_status status = CX_OK;
    if (s->answered_no && s->known.found)
        status = cx_batch_same(r->pool, job, s->sha256, &s->known);
    else if (!s->answered_no)
        status = cx_batch_take(r->pool, job, &s->spool, s->killed, how);
    clear(s);
    return store_failed(r, status);
}

static const cx_batch_job *next_job(run *r, bool busy, bool small);

/* A worker that has said all is not needed any more. */
static void dismiss(slot *s)
{
    (void)kill(s->pid, SIGKILL);
    while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    clear(s);
}

/* All of a job is there: the worker gets another one, or ends. */
static cx_status go_on(run *r, slot *s)
{
    const cx_batch_job *done = s->job, *next = NULL;
    bool again =
        done->n == 1 && done->size <= SMALL && s->served + 1 < MAX_SERVED && !*r->pool->stop;
    int fd = -1;
    cx_status status = cx_batch_take(r->pool, done, &s->spool, NULL, 0);
    while (status == CX_OK && again && fd < 0 && (next = next_job(r, true, true)))
        fd = open_job(r, next, &status);
    if (fd < 0) {
        dismiss(s);
        return store_failed(r, status);
    }
    const slot same = *s;
    cx_spool_free(&s->spool);
    cx_buf_free(&s->first);
    *s = (slot){.pid = same.pid, .fd = same.fd, .served = same.served + 1, .moved = same.moved};
    set_job(s, next);
    /* a worker that is gone is met at the end of its lines */
    (void)cx_worker_give(s->fd, (uint32_t)(next - r->jobs->list), fd);
    (void)close(fd); /* only read from */
    return CX_OK;
}

static cx_status listen_to(run *r, slot *s)
{
    uint8_t bytes[READ_SIZE];
    ssize_t n = recv(s->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0) {
        cx_status status = take_bytes(r, s, bytes, (size_t)n);
        bool whole = s->inputs == s->job->n && s->n_head == 0;
        return status == CX_OK && whole && !s->answered_no && !s->killed ? go_on(r, s) : status;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return CX_OK;
    return finish(r, s); /* its end is closed, or reset */
}

/* A worker that hangs: no progress for so long, or slower than anything that reads a disk. */
static void watch(run *r, slot *s, size_t place, int64_t now)
{
    int64_t limit = (int64_t)r->pool->options->time_limit * SECOND_NS;
    uint64_t moved = atomic_load(&r->progress[place]);
    if (moved != s->moved) {
        s->moved = moved;
        s->moved_ns = now;
    }
    int64_t most = 10 * limit + s->job->size / SLOW_BYTES_S * SECOND_NS;
    if (s->killed || (now - s->moved_ns < limit && now - s->started_ns < most))
        return;
    s->killed = now - s->moved_ns >= limit ? "no progress" : "too slow";
    (void)kill(s->pid, SIGKILL);
}

static int64_t underway(const run *r)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < r->n_slots; i++)
        bytes += r->slots[i].pid ? r->slots[i].job->size : 0;
    return bytes;
}

static cx_status commit_now_and_then(run *r, int64_t now)
{
    if (now < r->next_commit_ns)
        return CX_OK;
    cx_status status = store_failed(r, cx_store_commit(r->pool->store));
    int64_t after = now_ns(), pause = COMMIT_SHARE * (after - now);
    r->next_commit_ns = after + (pause > COMMIT_NS ? pause : COMMIT_NS);
    return status;
}

static cx_status wait_for_some(run *r)
{
    size_t n = 0;
    int64_t told = now_ns();
    for (size_t i = 0; i < r->n_slots; i++)
        r->polled[n++] =
            (struct pollfd){.fd = r->slots[i].pid ? r->slots[i].fd : -1, .events = POLLIN};
    int ready = poll(r->polled, n, TICK_MS);
    if (ready < 0 && errno != EINTR)
        return failed(r, "poll");
    cx_status status = CX_OK;
    for (size_t i = 0; i < r->n_slots && ready > 0 && status == CX_OK; i++)
        if (r->slots[i].pid && r->polled[i].revents)
            status = listen_to(r, &r->slots[i]);
    int64_t now = now_ns();
    for (size_t i = 0; i < r->n_slots && status == CX_OK; i++)
        if (r->slots[i].pid)
            watch(r, &r->slots[i], i, now);
    if (r->pool->progress && (ready > 0 || now - told >= TICK_MS * (SECOND_NS / 1000)))
        r->pool->progress(r->pool->self, &r->pool->done, underway(r));
    return status == CX_OK ? commit_now_and_then(r, now) : status;
}

/* The next job: of the list, else one that waited for another and need not any more. small: only
 * what a worker may read behind others. */
static const cx_batch_job *next_job(run *r, bool busy, bool small)
{
    const cx_batch_job *job = r->next < r->jobs->n ? &r->jobs->list[r->next] : NULL;
    if (job && (!small || (job->n == 1 && job->size <= SMALL))) {
        r->next++;
        return job;
    }
    return !job && r->n_again && !busy && !small ? r->again[--r->n_again] : NULL;
}

static cx_status work(run *r)
{
    cx_status status = CX_OK;
    while (status == CX_OK) {
        bool busy = false;
        for (size_t i = 0; i < r->n_slots; i++)
            busy |= r->slots[i].pid != 0;
        for (size_t i = 0; i < r->n_slots && status == CX_OK; i++) {
            const cx_batch_job *job = NULL;
            while (!r->slots[i].pid && status == CX_OK && (job = next_job(r, busy, false))) {
                status = store_failed(r, start(r, i, job));
                busy = busy || r->slots[i].pid;
            }
        }
        if (*r->pool->stop)
            return CX_END;
        if (!busy && r->next >= r->jobs->n && !r->n_again)
            return status;
        if (status == CX_OK)
            status = wait_for_some(r);
    }
    return status;
}

static void end_workers(run *r)
{
    for (size_t i = 0; i < r->n_slots; i++)
        if (r->slots[i].pid)
            dismiss(&r->slots[i]);
}

cx_status cx_batch_pool_run(cx_batch_pool *pool, const cx_batch_jobs *jobs)
{
    run r = {.pool = pool,
             .jobs = jobs,
             .n_slots = pool->options->jobs,
             .next_commit_ns = now_ns() + COMMIT_NS};
    pool->why[0] = 0;
    r.slots = calloc(r.n_slots, sizeof *r.slots);
    r.polled = calloc(r.n_slots, sizeof *r.polled);
    r.again = calloc(jobs->n + 1, sizeof *r.again);
    r.progress = mmap(NULL, r.n_slots * sizeof *r.progress, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cx_status status =
        r.slots && r.polled && r.again && r.progress != MAP_FAILED ? CX_OK : CX_NO_MEMORY;
    if (status == CX_OK)
        status = work(&r);
    if (r.slots)
        end_workers(&r);
    if (status == CX_OK || status == CX_END) {
        cx_status committed = store_failed(&r, cx_store_commit(pool->store));
        status = committed == CX_OK ? status : committed;
    }
    if (r.progress != MAP_FAILED)
        (void)munmap(r.progress, r.n_slots * sizeof *r.progress);
    free(r.again);
    free(r.polled);
    free(r.slots);
    return status;
}
