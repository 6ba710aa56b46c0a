/* Blocks of an input between two threads (ahead.h): one fills them in turn, the other gives the one
 * before back when it takes the next. */
#include "capture/ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* One is worked on, one is filled, two so that neither thread waits for a short spell of the other.
 */
#define BLOCKS 4u
/* Of a block: small enough for the second cache, large enough that a hand-over costs little. */
#define BYTES 524288u

typedef struct block {
    uint8_t *memory; /* room for the end of the block before, then BYTES */
    size_t n;        /* bytes that the read gave; 0: the end */
    int error;       /* why it is the end; 0: it is */
} block;

struct cx_ahead {
    cx_input_fill fill;
    void *self;
    size_t room;
    block blocks[BLOCKS];
    size_t filled; /* blocks ever filled, with lock; the thread fills blocks[filled % BLOCKS] */
    size_t taken;  /* blocks ever taken, with lock: all but the last are given back by that */
    bool ended;    /* the thread read the end, as which error it had: of the thread alone */
    int error;     /* errno; 0: none */
    bool over;     /* no more are wanted, with lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
};

/* Fills a block, which only the end of the input leaves shorter: small ones would cost a hand-over
 * and a copy of what is left each. The end itself is a block of nothing, for it is read once. */
static void fill_block(cx_ahead *a, block *b)
{
    b->n = 0;
    while (!a->ended && b->n < BYTES) {
        errno = 0;
        ssize_t got = a->fill(a->self, b->memory + a->room + b->n, BYTES - b->n);
        if (got > 0)
            b->n += (size_t)got;
        else if (got == 0 || errno != EINTR)
            a->ended = true;
        if (got < 0 && a->ended)
            a->error = errno ? errno : EIO;
    }
    b->error = b->n ? 0 : a->error;
}

/* With lock. */
static size_t in_use(const cx_ahead *a)
{
    return a->filled - (a->taken ? a->taken - 1 : 0);
}

static void *fill_blocks(void *data)
{
    cx_ahead *a = data;
    bool end = false;
    (void)pthread_setname_np(pthread_self(), "capdx read"); /* as top and perf show it */
    pthread_mutex_lock(&a->lock);
    while (!end) {
        while (in_use(a) == BLOCKS && !a->over)
            pthread_cond_wait(&a->changed, &a->lock);
        if (a->over)
            break;
        pthread_mutex_unlock(&a->lock);
        block *b = &a->blocks[a->filled % BLOCKS]; /* only this thread changes filled */
        fill_block(a, b);
        end = b->n == 0;
        pthread_mutex_lock(&a->lock);
        a->filled++;
        pthread_cond_signal(&a->changed);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

static void free_blocks(cx_ahead *a)
{
    for (size_t i = 0; i < BLOCKS; i++)
        free(a->blocks[i].memory);
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

cx_ahead *cx_ahead_new(cx_input_fill fill, void *self, size_t room)
{
    cx_ahead *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    *a = (cx_ahead){.fill = fill, .self = self, .room = room};
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->changed, NULL);
    bool ok = true;
    for (size_t i = 0; i < BLOCKS; i++)
        ok = (a->blocks[i].memory = malloc(room + BYTES)) && ok;
    if (ok && pthread_create(&a->thread, NULL, fill_blocks, a) == 0)
        return a;
    free_blocks(a);
    return NULL;
}

int cx_ahead_next(cx_ahead *a, cx_slice left, uint8_t **ret_at, size_t *ret_n)
{
    block *b = &a->blocks[a->taken % BLOCKS];
    pthread_mutex_lock(&a->lock);
    while (a->filled == a->taken)
        pthread_cond_wait(&a->changed, &a->lock);
    pthread_mutex_unlock(&a->lock);
    *ret_n = b->n;
    if (b->n == 0)
        return b->error;
    *ret_at = b->memory + a->room - left.len;
    if (left.len)
        memcpy(*ret_at, left.p, left.len);
    pthread_mutex_lock(&a->lock);
    a->taken++; /* which gives back the block before it, of which left was copied */
    pthread_cond_signal(&a->changed);
    pthread_mutex_unlock(&a->lock);
    return 0;
}

void cx_ahead_free(cx_ahead *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->over = true;
    pthread_cond_signal(&a->changed);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    free_blocks(a);
}
