/* Feeds a dissector as the flow layer does (feeder.h). */
#include "support/feeder.h"

#include "base/limits.h"

#include <stdlib.h>

#define SCRATCH_BYTES 4194304u /* what one feed may decode: the cap of an attempt */

static void broken(const test_feeder *f, const char *rule)
{
    (void)fprintf(stderr, "dissector %s: %s\n", f->dissector->name, rule);
    abort();
}

/* ---- events and inner protocols ---- */

typedef struct child_emit {
    cx_emit emit; /* first: what the child sees */
    test_feeder *f;
    const cx_dissector *dissector;
} child_emit;

static void take(test_feeder *f, const cx_dissector *from, cx_event *e)
{
    if (!(from->emits & CX_BIT(e->kind)))
        broken(f, "emits a kind of event that it does not list");
    e->client = f->client;
    e->server = f->server;
    e->flow = 1;
    if (f->sink.event)
        f->sink.event(f->sink.self, e);
}

static void run_child(test_feeder *f, const char *name, cx_slice bytes, const cx_chunk *of,
                      const char *carrier, const cx_emit *by);
static bool run_stream(test_feeder *f, const cx_inner *what, cx_slice bytes, const cx_chunk *of,
                       const cx_emit *by);

static void child_event(cx_emit *self, cx_event *e)
{
    child_emit *c = (child_emit *)self;
    e->exchange = self->exchange;
    take(c->f, c->dissector, e);
}

static void child_child(cx_emit *self, const char *name, cx_slice bytes, const cx_chunk *of,
                        const char *carrier)
{
    run_child(((child_emit *)self)->f, name, bytes, of, carrier, self);
}

static bool child_stream(cx_emit *self, const cx_inner *inner, cx_slice bytes, const cx_chunk *of)
{
    return run_stream(((child_emit *)self)->f, inner, bytes, of, self);
}

static void run_child(test_feeder *f, const char *name, cx_slice bytes, const cx_chunk *of,
                      const char *carrier, const cx_emit *by)
{
    const cx_dissector *const *d = f->children;
    while (d && *d && strcmp((*d)->name, name) != 0)
        d++;
    if (!d || !*d || by->depth >= CX_MAX_CHILD_DEPTH)
        return;
    void *state = (*d)->state_size ? calloc(1, (*d)->state_size) : NULL;
    uint8_t *copy = bytes.len ? malloc(bytes.len) : NULL;
    if ((state || !(*d)->state_size) && (copy || !bytes.len)) {
        child_emit out = {.emit = {.event = child_event,
                                   .child = child_child,
                                   .stream = child_stream,
                                   .scratch = &f->scratch,
                                   .carrier = carrier,
                                   .depth = by->depth + 1,
                                   .exchange = by->exchange,
                                   .opener = f->opener},
                          .f = f,
                          .dissector = *d};
        cx_chunk chunk = *of;
        if (bytes.len)
            memcpy(copy, bytes.p, bytes.len);
        chunk.bytes = (cx_slice){copy ? copy : (const uint8_t *)"", bytes.len};
        chunk.datagram = true;
        (void)(*d)->feed(state, &chunk, &out.emit); /* whole: nothing comes after it */
        if ((*d)->close)
            (*d)->close(state, &out.emit);
    }
    free(copy);
    free(state);
}

static test_feeder *feeder_of(cx_emit *self)
{
    return (test_feeder *)((char *)self - offsetof(test_feeder, emit));
}

static void top_event(cx_emit *self, cx_event *e)
{
    e->exchange = self->exchange;
    take(feeder_of(self), feeder_of(self)->dissector, e);
}

static void top_child(cx_emit *self, const char *name, cx_slice bytes, const cx_chunk *of,
                      const char *carrier)
{
    run_child(feeder_of(self), name, bytes, of, carrier, self);
}

static bool top_stream(cx_emit *self, const cx_inner *inner, cx_slice bytes, const cx_chunk *of)
{
    return run_stream(feeder_of(self), inner, bytes, of, self);
}

/* ---- inner streams ---- */

typedef struct test_inner {
    struct test_inner *before;
    test_feeder feeder;
} test_inner;

/* The dissector of an inner stream: the one that its carrier names, else the first of the children
 * that knows its bytes. */
static const cx_dissector *reader_of(const test_feeder *f, const cx_inner *what, cx_slice bytes,
                                     const cx_chunk *of)
{
    cx_chunk first = *of;
    first.bytes = bytes;
    for (const cx_dissector *const *d = f->children; d && *d; d++)
        if (what->name ? strcmp((*d)->name, what->name) == 0
                       : (*d)->probe && (*d)->probe(&first) == CX_MATCH_YES)
            return *d;
    return NULL;
}

static bool run_stream(test_feeder *f, const cx_inner *what, cx_slice bytes, const cx_chunk *of,
                       const cx_emit *by)
{
    test_inner *i = f->inner;
    while (i &&
           (i->feeder.what.number != what->number || i->feeder.what.decrypted != what->decrypted))
        i = i->before;
    if (!i) {
        const cx_dissector *d = reader_of(f, what, bytes, of);
        if (!d || by->depth >= CX_MAX_CHILD_DEPTH || !(i = calloc(1, sizeof *i)))
            return false;
        i->feeder = (test_feeder){.dissector = d,
                                  .children = f->children,
                                  .sink = f->sink,
                                  .client = f->client,
                                  .server = f->server,
                                  .opener = f->opener,
                                  .what = *what,
                                  .depth = by->depth + 1};
        if (!test_feeder_start(&i->feeder)) {
            free(i);
            return false;
        }
        i->before = f->inner;
        f->inner = i;
    }
    i->feeder.exchange = by->exchange;
    if (of->gap)
        test_feeder_gap(&i->feeder, of->dir, of->missing, of->at);
    else
        test_feeder_push(&i->feeder, of->dir, bytes, of->at);
    return !i->feeder.dir[of->dir].done;
}

/* ---- bytes ---- */

bool test_feeder_start(test_feeder *f)
{
    f->emit = (cx_emit){.event = top_event,
                        .child = top_child,
                        .stream = top_stream,
                        .scratch = &f->scratch,
                        .carrier = f->what.carrier,
                        .depth = f->depth,
                        .opener = f->opener};
    f->scratch = cx_arena_init(SCRATCH_BYTES);
    f->state = f->dissector->state_size ? calloc(1, f->dissector->state_size) : NULL;
    memset(f->dir, 0, sizeof f->dir);
    return f->state || !f->dissector->state_size;
}

static cx_fed feed(test_feeder *f, const cx_chunk *chunk)
{
    f->emit.exchange = f->exchange;
    cx_fed fed = f->dissector->feed(f->state, chunk, &f->emit);
    cx_arena_reset(&f->scratch);
    if (fed.consumed > chunk->bytes.len)
        broken(f, "consumed more than there was");
    if (fed.status == CX_NEED_MORE && fed.need <= chunk->bytes.len - fed.consumed)
        broken(f, "needs more than it left, and was given that");
    return fed;
}

/* Calls the dissector with all that is held of a direction for as long as it consumes some. */
static void drain(test_feeder *f, uint8_t dir, bool fin, bool cut, cx_evidence at)
{
    bool last = fin || cut;
    while (!f->dir[dir].done && (fin || f->dir[dir].len) &&
           (last || f->dir[dir].len >= f->dir[dir].need)) {
        size_t len = f->dir[dir].len;
        uint8_t *held = f->dir[dir].bytes;
        cx_chunk chunk = {.bytes = {held ? held : (const uint8_t *)"", len},
                          .dir = dir,
                          .fin = fin,
                          .cut = cut,
                          .decrypted = f->what.decrypted,
                          .first = f->dir[dir].first,
                          .at = at};
        cx_fed fed = feed(f, &chunk);
        if (fed.status == CX_HANDOVER)
            f->dir[dir].handover = 1 + f->dir[dir].consumed + fed.consumed;
        f->dir[dir].consumed += fed.consumed;
        if (fed.status != CX_OK && fed.status != CX_NEED_MORE) {
            f->dir[dir].done = true;
            break;
        }
        f->dir[dir].need = fed.status == CX_NEED_MORE ? fed.need : 0;
        if (fed.consumed) {
            size_t left = len - fed.consumed;
            uint8_t *rest = left ? malloc(left) : NULL;
            if (left && !rest) {
                f->dir[dir].done = true;
                break;
            }
            if (rest)
                memcpy(rest, held + fed.consumed, left);
            free(held);
            f->dir[dir].bytes = rest;
            f->dir[dir].len = left;
            f->dir[dir].first = at;
        }
        if (!fed.consumed || fed.status == CX_NEED_MORE || fed.consumed == len)
            break;
    }
    if (f->dir[dir].done) {
        free(f->dir[dir].bytes);
        f->dir[dir].bytes = NULL;
        f->dir[dir].len = 0;
    }
}

void test_feeder_push(test_feeder *f, uint8_t dir, cx_slice bytes, cx_evidence at)
{
    if (f->dir[dir].done || !bytes.len)
        return;
    f->dir[dir].last = at;
    /* a new allocation each time: exactly as large as what is in it */
    uint8_t *joined = malloc(f->dir[dir].len + bytes.len);
    if (!joined) {
        f->dir[dir].done = true;
        drain(f, dir, false, false, at);
        return;
    }
    if (f->dir[dir].len)
        memcpy(joined, f->dir[dir].bytes, f->dir[dir].len);
    else
        f->dir[dir].first = at;
    memcpy(joined + f->dir[dir].len, bytes.p, bytes.len);
    free(f->dir[dir].bytes);
    f->dir[dir].bytes = joined;
    f->dir[dir].len += bytes.len;
    if (f->dir[dir].len > CX_MAX_STREAM_JOINED)
        f->dir[dir].done = true;
    drain(f, dir, false, false, at);
}

void test_feeder_gap(test_feeder *f, uint8_t dir, uint64_t missing, cx_evidence at)
{
    if (f->dir[dir].done)
        return;
    if (f->dir[dir].len)
        drain(f, dir, false, true, f->dir[dir].first);
    free(f->dir[dir].bytes);
    f->dir[dir].bytes = NULL;
    f->dir[dir].len = f->dir[dir].need = 0;
    if (f->dir[dir].done)
        return;
    cx_chunk chunk = {.missing = missing, .dir = dir, .gap = true, .first = at, .at = at};
    cx_fed fed = feed(f, &chunk);
    if (fed.status != CX_OK && fed.status != CX_NEED_MORE)
        f->dir[dir].done = true;
}

void test_feeder_datagram(test_feeder *f, uint8_t dir, cx_slice bytes, bool cut, cx_evidence at)
{
    if (f->dir[dir].done)
        return;
    uint8_t *copy = bytes.len ? malloc(bytes.len) : NULL;
    if (bytes.len && !copy)
        return;
    if (bytes.len)
        memcpy(copy, bytes.p, bytes.len);
    cx_chunk chunk = {.bytes = {copy ? copy : (const uint8_t *)"", bytes.len},
                      .dir = dir,
                      .datagram = true,
                      .cut = cut,
                      .first = at,
                      .at = at};
    cx_fed fed = feed(f, &chunk);
    if (fed.status == CX_DONE)
        f->dir[dir].done = true;
    free(copy);
}

void test_feeder_finish(test_feeder *f)
{
    for (uint8_t dir = 0; dir < 2; dir++)
        if (f->dir[dir].last.frame) /* with no bytes when all were consumed */
            drain(f, dir, true, false, f->dir[dir].last);
    if (f->dissector->close && (f->state || !f->dissector->state_size))
        f->dissector->close(f->state, &f->emit);
    while (f->inner) {
        test_inner *i = f->inner;
        f->inner = i->before;
        test_feeder_finish(&i->feeder);
        free(i);
    }
    for (int dir = 0; dir < 2; dir++)
        free(f->dir[dir].bytes);
    cx_arena_free(&f->scratch);
    free(f->state);
    f->state = NULL;
}
