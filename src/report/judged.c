/* A ring of judgements between two threads (judged.h). Each place has an engine of its own, which
 * keeps the judgement that it made. */
#include "report/judged.h"

#include <pthread.h>
#include <stdlib.h>

#define PLACES 16u /* an engine each, of some 100 kB */
#define AT_ONCE                                                                                    \
    4u /* judgements that are handed over together: waking a thread takes half as long as one */

typedef struct place {
    cx_engine *engine;
    const cx_attempt *attempt;
    const cx_judgement *judgement;
} place;

struct cx_judged_queue {
    cx_judged_sink to;
    place places[PLACES];
    size_t put;    /* ever put: of the judging thread alone */
    size_t filled; /* ever handed over, with lock */
    size_t taken;  /* ever taken by the sink, with lock */
    bool over;     /* no more will be handed over, with lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
};

static void *take_places(void *data)
{
    cx_judged_queue *q = data;
    size_t taken = 0;
    (void)pthread_setname_np(pthread_self(), "capdx write"); /* as top and perf show it */
    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (taken == q->filled && !q->over)
            pthread_cond_wait(&q->changed, &q->lock);
        const size_t filled = q->filled;
        if (taken == filled)
            break;
        pthread_mutex_unlock(&q->lock);
        for (; taken < filled; taken++) {
            const place *p = &q->places[taken % PLACES];
            q->to.judged(q->to.self, p->attempt, p->judgement);
        }
        pthread_mutex_lock(&q->lock);
        q->taken = taken;
        pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

static void free_queue(cx_judged_queue *q)
{
    for (size_t i = 0; i < PLACES; i++)
        cx_engine_free(q->places[i].engine);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

cx_judged_queue *cx_judged_queue_new(const cx_policy *policy, cx_judged_sink to)
{
    cx_judged_queue *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    q->to = to;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    bool ok = true;
    for (size_t i = 0; i < PLACES; i++)
        ok = (q->places[i].engine = cx_engine_new(policy)) && ok;
    if (!ok || pthread_create(&q->thread, NULL, take_places, q) != 0) {
        free_queue(q);
        return NULL;
    }
    return q;
}

static void hand_over(cx_judged_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->filled = q->put;
    pthread_cond_signal(&q->changed);
    while (q->filled - q->taken > PLACES - AT_ONCE) /* until the next are put there is room */
        pthread_cond_wait(&q->changed, &q->lock);
    pthread_mutex_unlock(&q->lock);
}

const cx_judgement *cx_judged_queue_judge(cx_judged_queue *q, const cx_attempt *a)
{
    place *p = &q->places[q->put % PLACES];
    p->attempt = a;
    p->judgement = cx_engine_judge(p->engine, a);
    return p->judgement;
}

void cx_judged_queue_put(cx_judged_queue *q)
{
    if (++q->put % AT_ONCE == 0)
        hand_over(q);
}

void cx_judged_queue_end(cx_judged_queue *q)
{
    if (!q)
        return;
    pthread_mutex_lock(&q->lock);
    q->filled = q->put;
    q->over = true;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
    pthread_join(q->thread, NULL);
    free_queue(q);
}
