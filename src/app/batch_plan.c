/* Deciding what is new (batch_plan.h). */
#include "app/batch_plan.h"

#include "app/batch_sets.h"
#include "base/grow.h"
#include "base/text.h"

#include <stdlib.h>

typedef struct planning {
    const cx_options *options;
    cx_store *store;
    const cx_store_origin *origin;
    const cx_batch_files *files;
    cx_batch_plan plan;
    bool *in_set; /* of each file */
} planning;

static cx_status add_job(planning *p, const uint32_t *files, size_t n)
{
    cx_batch_jobs *jobs = &p->plan.jobs;
    cx_batch_job *grown = cx_grow(jobs->list, sizeof *grown, jobs->n, &jobs->cap);
    if (!grown)
        return CX_NO_MEMORY;
    jobs->list = grown;
    cx_batch_job job = {.files = malloc(n * sizeof *files), .n = n};
    if (!job.files)
        return CX_NO_MEMORY;
    memcpy(job.files, files, n * sizeof *files);
    for (size_t i = 0; i < n; i++)
        job.size += p->files->list[files[i]].size > 0 ? p->files->list[files[i]].size : 0;
    p->plan.bytes += job.size;
    jobs->list[jobs->n++] = job;
    return CX_OK;
}

/* Is the file as it was when it was looked at, and what it gave there? */
static bool is_known(const planning *p, const cx_batch_file *f, const cx_store_known *k,
                     bool *ret_other)
{
    char mtime[CX_TIME_TEXT];
    cx_time_text(f->mtime_ns, 9, mtime);
    *ret_other = k->found && (!k->same_tool || !k->same_options);
    return k->found && !f->error && k->size == f->size && strcmp(k->mtime, mtime) == 0 &&
           cx_fate_is_final(k->fate) && (k->results || !k->capture[0]) &&
           (!*ret_other || !p->options->again);
}

static cx_status find(const planning *p, uint32_t file, cx_store_known *ret)
{
    return cx_store_find_input(p->store, p->files->list[file].path, p->origin, ret);
}

static cx_status plan_file(planning *p, uint32_t i)
{
    cx_store_known k;
    bool other;
    cx_status status = find(p, i, &k);
    if (status != CX_OK)
        return status;
    if (!is_known(p, &p->files->list[i], &k, &other))
        return add_job(p, &i, 1);
    p->plan.known++;
    p->plan.other += other;
    return CX_OK;
}

/* Known when each of its files is, as a part of the same set. */
static cx_status plan_set(planning *p, const cx_batch_set *set)
{
    cx_store_known k;
    char capture[CX_SHA256_TEXT] = "";
    bool known = true, other = false, one_other;
    for (size_t i = 0; i < set->n; i++)
        p->in_set[set->files[i]] = true;
    for (size_t i = 0; i < set->n && known; i++) {
        cx_status status = find(p, set->files[i], &k);
        if (status != CX_OK)
            return status;
        known = is_known(p, &p->files->list[set->files[i]], &k, &one_other);
        other |= one_other;
        if (!k.capture[0])
            continue; /* no capture, and no part of the set's results */
        known = known && k.part >= 0 && (!capture[0] || strcmp(capture, k.capture) == 0);
        memcpy(capture, k.capture, sizeof capture);
    }
    if (!known)
        return add_job(p, set->files, set->n);
    p->plan.known += set->n;
    p->plan.other += other ? set->n : 0;
    return CX_OK;
}

static cx_status plan_sets(planning *p)
{
    cx_batch_sets sets = {.list = NULL};
    const char **paths = calloc(p->files->n + 1, sizeof *paths);
    cx_status status = paths ? CX_OK : CX_NO_MEMORY;
    for (size_t i = 0; i < p->files->n && paths; i++) /* what cannot be opened is in no set */
        paths[i] = p->files->list[i].error || p->files->list[i].odd ? "" : p->files->list[i].path;
    if (status == CX_OK)
        status = cx_batch_sets_find(paths, p->files->n, &sets);
    for (size_t i = 0; i < sets.n && status == CX_OK; i++)
        status = plan_set(p, &sets.list[i]);
    cx_batch_sets_free(&sets);
    free(paths);
    return status;
}

/* The largest first, so that the last one to end is a small one. */
static int by_size(const void *a, const void *b)
{
    const cx_batch_job *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->files[0] < y->files[0] ? -1 : x->files[0] > y->files[0];
}

cx_status cx_batch_plan_make(const cx_options *options, cx_store *store,
                             const cx_store_origin *origin, const cx_batch_files *files,
                             cx_batch_plan *ret)
{
    planning p = {.options = options, .store = store, .origin = origin, .files = files};
    p.in_set = calloc(files->n + 1, sizeof *p.in_set);
    cx_status status = p.in_set ? cx_store_look(store) : CX_NO_MEMORY;
    if (status == CX_OK && options->as_one)
        status = plan_sets(&p);
    for (uint32_t i = 0; i < files->n && status == CX_OK; i++)
        if (!p.in_set[i])
            status = plan_file(&p, i);
    if (status == CX_OK)
        status = cx_store_commit(store);
    free(p.in_set);
    if (p.plan.jobs.n)
        qsort(p.plan.jobs.list, p.plan.jobs.n, sizeof *p.plan.jobs.list, by_size);
    if (status == CX_OK)
        *ret = p.plan;
    else
        cx_batch_plan_free(&p.plan);
    return status;
}

void cx_batch_plan_free(cx_batch_plan *plan)
{
    for (size_t i = 0; i < plan->jobs.n; i++)
        free(plan->jobs.list[i].files);
    free(plan->jobs.list);
    *plan = (cx_batch_plan){.jobs = {.list = NULL}};
}
