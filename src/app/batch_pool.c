/* The parent's side of the workers (batch_pool.h): a keeper for each place, jobs for them, and what
 * came of the jobs. */
#include "app/batch_pool.h"

#include "app/batch_take.h"
#include "app/clock.h"
#include "app/processors.h"
#include "app/say.h"
#include "base/grow.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define TICK_MS      250
#define SECOND_NS    INT64_C(1000000000)
#define COMMIT_FIRST (SECOND_NS / 5) /* between commits: so much may have to be done again, */
#define COMMIT_LAST  (2 * SECOND_NS) /* later up to so much, */
#define COMMIT_SHARE 20              /* and so many times what the last one took, on slow disks */
#define QUEUED_BYTES 4194304         /* of captures that wait behind others at one keeper */
#define MAX_NAMES    65536u          /* bytes of their names: what a socket takes without waiting */

typedef struct slot {
    cx_keeper keeper;
    const cx_batch_job *queue[CX_KEEPER_QUEUE]; /* given and not told about, in order */
    size_t n;
    int64_t bytes;  /* of them */
    uint64_t taken; /* reports of this keeper */
    cx_buf giving;  /* jobs on their way */
} slot;

struct cx_batch_crew {
    cx_keeper_setup setup;
    cx_claims claims;
    bool filled; /* the claims have what the database has */
    slot *slots;
    struct pollfd *polled;
    size_t n;
};

typedef struct again { /* content that was claimed when its worker met it */
    const cx_batch_job *job;
    char sha256[CX_SHA256_TEXT];
} again;

typedef struct run {
    cx_batch_pool *pool;
    cx_batch_crew *crew;
    const cx_batch_jobs *jobs;
    size_t next;
    const cx_batch_job **back; /* given to a keeper that died */
    size_t n_back, cap_back;
    again *again; /* wait until nobody reads any more */
    size_t n_again, cap_again;
    int64_t started_ns, next_commit_ns;
} run;

static cx_status failed(cx_batch_pool *pool, const char *what)
{
    (void)snprintf(pool->why, sizeof pool->why, "%s: %s", what, strerror(errno));
    return CX_IO;
}

static cx_status store_failed(const run *r, cx_status status)
{
    cx_batch_pool *pool = r->pool;
    if (status != CX_OK && !pool->why[0])
        (void)snprintf(pool->why, sizeof pool->why, "%s: %s",
                       pool->options->db ? pool->options->db : "results",
                       cx_store_error(pool->store));
    return status;
}

static const cx_batch_file *file_of(const run *r, const cx_batch_job *job, size_t i)
{
    return &r->pool->files->list[job->files[i]];
}

/* ---- the crew ---- */

/* Where there is a place for each processor, each stays on its own: a worker is then forked where
 * the pages that it shares are in the caches, instead of now here, now there. Otherwise, and for
 * the parent, the system chooses. */
static cx_status start(cx_batch_crew *c, slot *s)
{
    size_t place = (size_t)(s - c->slots);
    int processor = c->n == cx_processors() ? cx_processor_at(place) : CX_ANY_PROCESSOR;
    return cx_keeper_start(&c->setup, processor, &s->keeper);
}

cx_status cx_batch_pool_open(cx_batch_pool *pool)
{
    cx_batch_crew *c = calloc(1, sizeof *c);
    cx_status status = CX_OK;
    if (!c)
        return CX_NO_MEMORY;
    pool->crew = c;
    c->n = pool->options->jobs;
    c->slots = calloc(c->n, sizeof *c->slots);
    c->polled = calloc(c->n, sizeof *c->polled);
    if (!c->slots || !c->polled || !cx_claims_new(&c->claims)) {
        cx_batch_pool_close(pool);
        return CX_NO_MEMORY;
    }
    c->setup =
        (cx_keeper_setup){.options = pool->options, .keys = pool->keys, .claims = &c->claims};
    for (size_t i = 0; i < c->n && status == CX_OK; i++) {
        c->slots[i].giving = cx_buf_init(SIZE_MAX);
        status = start(c, &c->slots[i]);
    }
    if (status == CX_IO)
        (void)failed(pool, "a worker cannot be started");
    if (status != CX_OK)
        cx_batch_pool_close(pool);
    return status;
}

void cx_batch_pool_close(cx_batch_pool *pool)
{
    cx_batch_crew *c = pool->crew;
    if (!c)
        return;
    for (size_t i = 0; i < c->n && c->slots; i++) {
        cx_keeper_end_now(&c->slots[i].keeper);
        cx_buf_free(&c->slots[i].giving);
    }
    cx_claims_free(&c->claims);
    free(c->slots);
    free(c->polled);
    free(c);
    pool->crew = NULL;
}

static void claim(void *self, const char *sha256)
{
    (void)cx_claims_take(self, sha256); /* a full table is asked about */
}

/* What is known already is not read again. */
static cx_status fill_claims(run *r)
{
    if (r->crew->filled || !r->jobs->n)
        return CX_OK;
    r->crew->filled = true;
    return store_failed(r, cx_store_each_known(r->pool->store, r->pool->origin,
                                               r->pool->options->again, claim, &r->crew->claims));
}

/* ---- giving ---- */

/* The next job for the slot that it may have, or NULL. */
static const cx_batch_job *next_job(run *r, const slot *s)
{
    const cx_batch_job **from = NULL, *job = NULL;
    if (r->n_back)
        from = &r->back[r->n_back - 1];
    else if (r->next < r->jobs->n)
        job = &r->jobs->list[r->next];
    job = from ? *from : job;
    /* behind others only what is soon done, and not so many that the last ones have long queues */
    size_t most = 1 + (r->jobs->n - r->next) / (2 * r->crew->n);
    if (!job || (s->n && (job->n > 1 || s->bytes + job->size > QUEUED_BYTES || s->n >= most ||
                          s->n == CX_KEEPER_QUEUE || s->giving.len > MAX_NAMES)))
        return NULL;
    if (from)
        r->n_back--;
    else
        r->next++;
    return job;
}

static cx_status put_job(const run *r, slot *s, const cx_batch_job *job, bool sure)
{
    const char **names = calloc(2 * job->n, sizeof *names);
    if (!names)
        return CX_NO_MEMORY;
    for (size_t i = 0; i < job->n; i++) {
        const cx_batch_file *f = file_of(r, job, i);
        names[i] = f->path;
        names[job->n + i] = f->real ? f->real : f->path;
    }
    const cx_keeper_job given = {.number = (uint32_t)(job - r->jobs->list),
                                 .sure = sure,
                                 .paths = names,
                                 .real = names + job->n,
                                 .n = job->n,
                                 .size = job->size,
                                 .taken = s->taken};
    cx_status status = cx_keeper_put_job(&s->giving, &given);
    free(names);
    if (status == CX_OK) {
        s->queue[s->n++] = job;
        s->bytes += job->size;
    }
    return status;
}

/* One that is gone is met when it is listened to. */
static void give(slot *s)
{
    if (s->giving.len)
        (void)cx_keeper_give(&s->keeper, cx_buf_slice(&s->giving));
    s->giving.len = 0;
}

static cx_status fill(run *r, slot *s)
{
    const cx_batch_job *job;
    cx_status status = CX_OK;
    while (status == CX_OK && (job = next_job(r, s)))
        status = job->n == 1 && file_of(r, job, 0)->odd
                     ? store_failed(r, cx_batch_odd(r->pool, file_of(r, job, 0)))
                     : put_job(r, s, job, false);
    give(s);
    return status;
}

/* Content that another worker had claimed: that one is done. */
static cx_status try_again(run *r)
{
    bool wanted = true;
    cx_store_known known;
    slot *s = &r->crew->slots[0];
    const again *a = &r->again[--r->n_again];
    cx_status status = store_failed(r, cx_batch_wanted(r->pool, a->sha256, &wanted, &known));
    if (status != CX_OK)
        return status;
    if (!wanted)
        return store_failed(r, cx_batch_same(r->pool, a->job, a->sha256, &known));
    status = put_job(r, s, a->job, true);
    give(s);
    return status;
}

/* ---- listening ---- */

static bool busy(const run *r)
{
    for (size_t i = 0; i < r->crew->n; i++)
        if (r->crew->slots[i].n)
            return true;
    return false;
}

static void drop_first(slot *s)
{
    s->bytes -= s->queue[0]->size;
    s->n--;
    memmove(s->queue, s->queue + 1, s->n * sizeof *s->queue);
}

/* Its content is known, or another worker reads it. */
static cx_status met_known(run *r, const cx_batch_job *job, const char *sha256)
{
    bool wanted = true;
    cx_store_known known;
    cx_status status = store_failed(r, cx_batch_wanted(r->pool, sha256, &wanted, &known));
    if (status != CX_OK)
        return status;
    if (!wanted)
        return store_failed(r, cx_batch_same(r->pool, job, sha256, &known));
    again *grown = cx_grow(r->again, sizeof *grown, r->n_again, &r->cap_again);
    if (!grown)
        return CX_NO_MEMORY;
    r->again = grown;
    grown[r->n_again].job = job;
    memcpy(grown[r->n_again++].sha256, sha256, CX_SHA256_TEXT);
    return CX_OK;
}

static cx_status take(run *r, slot *s, const cx_keeper_report *reports, size_t n, int rows)
{
    cx_status status = CX_OK;
    for (size_t i = 0; i < n && status == CX_OK; i++) {
        const cx_keeper_report *one = &reports[i];
        const cx_batch_job *job = s->queue[0];
        char known[CX_SHA256_TEXT];
        if (!s->n || one->number != (uint32_t)(job - r->jobs->list) || one->to < one->from) {
            errno = EPROTO;
            return failed(r->pool, "a worker");
        }
        if (one->end == CX_KEEPER_NO_FORK) {
            errno = one->how;
            return failed(r->pool, "a worker cannot be started");
        }
        const cx_batch_told told = {(cx_keeper_end)one->end, one->how, rows, one->from, one->to};
        drop_first(s);
        status = store_failed(r, cx_batch_take(r->pool, job, &told, known));
        if (status == CX_OK && known[0])
            status = met_known(r, job, known);
        s->taken++;
    }
    return status;
}

/* What it was at ends with it, the others go to the next one. */
static cx_status bury(run *r, slot *s)
{
    cx_batch_told told = {.end = CX_KEEPER_ENDED};
    char known[CX_SHA256_TEXT];
    cx_status status = CX_OK;
    while (waitpid(s->keeper.pid, &told.how, WNOHANG) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(told.how) && WEXITSTATUS(told.how)) {
        errno = ECHILD;
        return failed(r->pool, "workers cannot be kept");
    }
    if (!WIFSIGNALED(told.how))
        told.how = SIGKILL; /* as it will be */
    if (s->n) {
        const cx_batch_job *job = s->queue[0];
        drop_first(s);
        status = store_failed(r, cx_batch_take(r->pool, job, &told, known));
    }
    while (s->n && status == CX_OK) {
        const cx_batch_job **grown = cx_grow(r->back, sizeof *grown, r->n_back, &r->cap_back);
        if (!grown)
            return CX_NO_MEMORY;
        r->back = grown;
        grown[r->n_back++] = s->queue[0];
        drop_first(s);
    }
    if (status != CX_OK)
        return status;
    cx_keeper_end_now(&s->keeper);
    s->taken = 0;
    status = start(r->crew, s);
    return status == CX_IO ? failed(r->pool, "a worker cannot be started") : status;
}

static cx_status listen_to(run *r, slot *s)
{
    cx_keeper_report reports[CX_KEEPER_BATCH];
    size_t n = 0;
    int rows = -1;
    cx_status status = cx_keeper_hear(&s->keeper, reports, &n, &rows);
    if (status == CX_OK)
        return take(r, s, reports, n, rows);
    return status == CX_TRUNCATED ? CX_OK : bury(r, s);
}

/* ---- the run ---- */

/* Of captures that are being read: each is read twice. */
static int64_t underway(const run *r)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < r->crew->n; i++) {
        const slot *s = &r->crew->slots[i];
        const int64_t read = s->n ? (int64_t)(atomic_load(&s->keeper.progress->bytes) / 2) : 0;
        bytes += s->n && read > s->queue[0]->size ? s->queue[0]->size : read;
    }
    return bytes;
}

/* A commit writes what has changed anywhere in the tables, so the more there is the rarer it is:
 * an interruption costs a quarter of the work at the most, and never more than COMMIT_LAST. */
static cx_status commit_now_and_then(run *r, int64_t now)
{
    if (now < r->next_commit_ns)
        return CX_OK;
    cx_status status = store_failed(r, cx_store_commit(r->pool->store));
    int64_t after = cx_clock_ns(), pause = (after - r->started_ns) / 4;
    pause = pause < COMMIT_FIRST ? COMMIT_FIRST : pause > COMMIT_LAST ? COMMIT_LAST : pause;
    int64_t slow = COMMIT_SHARE * (after - now);
    r->next_commit_ns = after + (slow > pause ? slow : pause);
    return status;
}

static cx_status wait_for_some(run *r)
{
    cx_batch_crew *c = r->crew;
    for (size_t i = 0; i < c->n; i++)
        c->polled[i] =
            (struct pollfd){.fd = c->slots[i].n ? c->slots[i].keeper.socket : -1, .events = POLLIN};
    int ready = poll(c->polled, c->n, TICK_MS);
    if (ready < 0 && errno != EINTR)
        return failed(r->pool, "poll");
    cx_status status = CX_OK;
    for (size_t i = 0; i < c->n && ready > 0 && status == CX_OK; i++) {
        if (c->polled[i].revents)
            status = listen_to(r, &c->slots[i]);
        if (c->polled[i].revents && status == CX_OK && !*r->pool->stop)
            status = fill(r, &c->slots[i]);
    }
    if (r->pool->progress)
        r->pool->progress(r->pool->self, &r->pool->done, underway(r));
    return status == CX_OK ? commit_now_and_then(r, cx_clock_ns()) : status;
}

static cx_status work(run *r)
{
    cx_status status = CX_OK;
    while (status == CX_OK) {
        if (*r->pool->stop)
            return CX_END;
        for (size_t i = 0; i < r->crew->n && status == CX_OK; i++)
            status = fill(r, &r->crew->slots[i]);
        if (status == CX_OK && !busy(r)) {
            if (r->n_again)
                status = try_again(r);
            else if (r->next >= r->jobs->n && !r->n_back)
                return status;
        }
        if (status == CX_OK && busy(r))
            status = wait_for_some(r);
    }
    return status;
}

cx_status cx_batch_pool_run(cx_batch_pool *pool, const cx_batch_jobs *jobs)
{
    int64_t now = cx_clock_ns();
    run r = {.pool = pool,
             .crew = pool->crew,
             .jobs = jobs,
             .started_ns = now,
             .next_commit_ns = now + COMMIT_FIRST};
    pool->why[0] = 0;
    cx_status status = fill_claims(&r);
    if (status == CX_OK)
        status = work(&r);
    if (status == CX_OK || status == CX_END) {
        cx_status committed = store_failed(&r, cx_store_commit(pool->store));
        status = committed == CX_OK ? status : committed;
    }
    free(r.back);
    free(r.again);
    return status;
}
