/* The queue between the reader of packets and the diagnosis: order, copies, stopping, flushing. */
#include "app/event_queue.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include <cmocka.h>

enum { MANY = 20000, BLOCK = 256 };

typedef struct taker {
    atomic_uint n;
    atomic_bool wrong;
    uint32_t stop_after; /* events; 0: never */
    uint32_t soon, expected;
} taker;

static void take(void *self, const cx_event *e)
{
    taker *t = self;
    uint32_t n = atomic_fetch_add(&t->n, 1);
    char text[16];
    (void)snprintf(text, sizeof text, "call %u", (unsigned)n);
    if (e->flow != n || !cx_slice_is(e->u.sip.call_id, text))
        atomic_store(&t->wrong, true);
}

/* What comes soon has not come yet, and comes nearer. */
static void expect(void *self, const cx_event *e, bool near)
{
    taker *t = self;
    const uint32_t n = atomic_load(&t->n);
    if (e->flow <= n || e->flow > n + 16 || (near && e->flow > t->soon))
        atomic_store(&t->wrong, true);
    if (!near)
        t->soon = e->flow;
    t->expected += near;
}

static bool stopped(void *self)
{
    taker *t = self;
    return t->stop_after && atomic_load(&t->n) >= t->stop_after;
}

/* Its text is written over when the next is put: copies are what the sink gets. */
static void put(cx_event_queue *q, uint32_t n)
{
    static char text[16];
    static cx_event e = {.kind = CX_EV_SIP, .stream = CX_NO_STREAM};
    (void)snprintf(text, sizeof text, "call %u", (unsigned)n);
    e.flow = n;
    e.u.sip.call_id = cx_slice_of(text);
    cx_event_queue_put(q, &e);
}

static void hands_on_all_in_order(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 4 * BLOCK, MANY};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        taker t = {.stop_after = 0};
        cx_event_queue *q = cx_event_queue_new(&(cx_event_taker){.event = take, .self = &t});
        assert_non_null(q);
        for (uint32_t n = 0; n < counts[i]; n++)
            put(q, n);
        assert_int_equal(cx_event_queue_end(q), CX_OK);
        assert_int_equal(atomic_load(&t.n), counts[i]);
        assert_false(atomic_load(&t.wrong));
    }
    assert_int_equal(cx_event_queue_end(NULL), CX_OK);
}

static void says_what_comes_soon(void **state)
{
    (void)state;
    taker t = {.stop_after = 0};
    cx_event_queue *q =
        cx_event_queue_new(&(cx_event_taker){.event = take, .expect = expect, .self = &t});
    assert_non_null(q);
    for (uint32_t n = 0; n < MANY; n++)
        put(q, n);
    assert_int_equal(cx_event_queue_end(q), CX_OK);
    assert_false(atomic_load(&t.wrong));
    assert_in_range(t.expected, MANY * 9 / 10, MANY - 1); /* the first of each block are there */
}

static void stops_when_asked(void **state)
{
    (void)state;
    taker t = {.stop_after = 1000};
    cx_event_queue *q =
        cx_event_queue_new(&(cx_event_taker){.event = take, .stopped = stopped, .self = &t});
    assert_non_null(q);
    assert_false(cx_event_queue_stopped(q));
    for (uint32_t n = 0; n < MANY; n++)
        put(q, n);
    assert_int_equal(cx_event_queue_end(q), CX_OK);
    assert_in_range(atomic_load(&t.n), 1000, 1000 + BLOCK); /* to the end of its block */
    assert_false(atomic_load(&t.wrong));
}

static void hands_on_a_few_when_flushed(void **state)
{
    (void)state;
    taker t = {.stop_after = 0};
    cx_event_queue *q = cx_event_queue_new(&(cx_event_taker){.event = take, .self = &t});
    assert_non_null(q);
    for (uint32_t n = 0; n < 5; n++) {
        put(q, n);
        cx_event_queue_flush(q);
        while (atomic_load(&t.n) <= n) /* hangs where it is not handed on */
            sched_yield();
    }
    cx_event_queue_flush(q);
    assert_int_equal(cx_event_queue_end(q), CX_OK);
    assert_int_equal(atomic_load(&t.n), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_on_all_in_order),
        cmocka_unit_test(says_what_comes_soon),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(hands_on_a_few_when_flushed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
