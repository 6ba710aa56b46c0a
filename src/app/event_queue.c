/* Blocks of events between two threads (event_queue.h): the reader fills one while the other thread
 * empties those before it. */
#include "app/event_queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BLOCKS      4u         /* so that neither thread waits for a short spell of the other */
#define EVENTS      1024u      /* of a block: a hand-over costs little for each */
#define BLOCK_BYTES 524288u    /* of copies, after which a block is full */
#define BLOCK_MAX   (1u << 26) /* bytes; no event comes near: its texts are of one message */
#define NEAR        6u         /* events ahead: memory that is asked for has come by then */
#define SOON        (2 * NEAR)

typedef struct block {
    const cx_event *events[EVENTS];
    size_t n;
    cx_arena arena; /* of the copies */
} block;

struct cx_event_queue {
    cx_event_taker to;
    block blocks[BLOCKS];
    size_t filled;  /* blocks ever handed over, with lock; the reader fills blocks[it % BLOCKS] */
    size_t emptied; /* blocks ever given back, with lock */
    size_t waiting; /* of the reader alone: blocks between the two at the latest hand-over */
    bool over;      /* no more will be handed over, with lock */
    bool lost;      /* of the reader alone */
    atomic_bool stopped;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
};

static void expect(const cx_event_queue *q, const block *b, size_t i, bool near)
{
    if (q->to.expect && i < b->n)
        q->to.expect(q->to.self, b->events[i], near);
}

static void take_block(cx_event_queue *q, block *b)
{
    for (size_t i = 0; i < b->n && !atomic_load(&q->stopped); i++) {
        expect(q, b, i + SOON, false);
        expect(q, b, i + NEAR, true);
        q->to.event(q->to.self, b->events[i]);
    }
    if (q->to.stopped && q->to.stopped(q->to.self))
        atomic_store(&q->stopped, true);
    b->n = 0;
    cx_arena_reset(&b->arena);
}

static void *empty_blocks(void *data)
{
    cx_event_queue *q = data;
    (void)pthread_setname_np(pthread_self(), "capdx diagnose"); /* as top and perf show it */
    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (q->emptied == q->filled && !q->over)
            pthread_cond_wait(&q->changed, &q->lock);
        if (q->emptied == q->filled)
            break;
        pthread_mutex_unlock(&q->lock);
        take_block(q, &q->blocks[q->emptied % BLOCKS]); /* only this thread changes emptied */
        pthread_mutex_lock(&q->lock);
        q->emptied++;
        pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

static void free_queue(cx_event_queue *q)
{
    for (size_t i = 0; i < BLOCKS; i++)
        cx_arena_free(&q->blocks[i].arena);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

cx_event_queue *cx_event_queue_new(const cx_event_taker *to)
{
    cx_event_queue *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    q->to = *to;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    bool ok = true;
    for (size_t i = 0; i < BLOCKS; i++) {
        q->blocks[i].arena = cx_arena_init(BLOCK_MAX);
        /* one piece that stays: an arena keeps its first when it is reset */
        ok = cx_arena_take(&q->blocks[i].arena, BLOCK_BYTES + BLOCK_BYTES / 4) && ok;
        cx_arena_reset(&q->blocks[i].arena);
    }
    if (!ok || pthread_create(&q->thread, NULL, empty_blocks, q) != 0) {
        free_queue(q);
        return NULL;
    }
    return q;
}

void cx_event_queue_flush(cx_event_queue *q)
{
    if (q->blocks[q->filled % BLOCKS].n == 0)
        return;
    pthread_mutex_lock(&q->lock);
    q->filled++; /* only this thread changes it */
    q->waiting = q->filled - q->emptied;
    pthread_cond_signal(&q->changed);
    while (q->filled - q->emptied == BLOCKS)
        pthread_cond_wait(&q->changed, &q->lock);
    pthread_mutex_unlock(&q->lock);
}

void cx_event_queue_put(void *self, const cx_event *e)
{
    cx_event_queue *q = self;
    block *b = &q->blocks[q->filled % BLOCKS];
    const cx_event *copy = cx_event_copy(e, &b->arena);
    if (!copy) {
        q->lost = true;
        return;
    }
    b->events[b->n++] = copy;
    if (b->n == EVENTS || b->arena.used > BLOCK_BYTES)
        cx_event_queue_flush(q);
}

bool cx_event_queue_is_behind(const cx_event_queue *q)
{
    return q->waiting > BLOCKS / 2;
}

bool cx_event_queue_stopped(const cx_event_queue *q)
{
    return atomic_load(&q->stopped);
}

cx_status cx_event_queue_end(cx_event_queue *q)
{
    if (!q)
        return CX_OK;
    cx_event_queue_flush(q);
    pthread_mutex_lock(&q->lock);
    q->over = true;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
    pthread_join(q->thread, NULL);
    cx_status status = q->lost ? CX_NO_MEMORY : CX_OK;
    free_queue(q);
    return status;
}
