/* The TCP records that time decides: a wheel of lists, one for each second or so in which deadlines
 * lie, so that looking at a second costs what is due in it. Records that become due together are
 * decided in the order in which they began to wait. */
#include "flow/flow.h"

#include <stdlib.h>

_Static_assert((UINT64_C(1) << CX_WAITING_TICK) * (CX_WAITING_LISTS - 1) >
                   75 * UINT64_C(1000000000),
               "the longest wait fits on the wheel");

static uint64_t tick_of(int64_t ns)
{
    return (uint64_t)ns >> CX_WAITING_TICK;
}

static uint32_t *list_of(cx_flows *f, const cx_tcp *t)
{
    return &f->waiting.lists[t->waits_in];
}

static void unlink_record(cx_flows *f, cx_tcp *t)
{
    *(t->earlier ? &cx_tcp_at(f, t->earlier - 1)->later : list_of(f, t)) = t->later;
    if (t->later)
        cx_tcp_at(f, t->later - 1)->earlier = t->earlier;
    t->later = t->earlier = 0;
}

static void link_record(cx_flows *f, cx_tcp *t, uint32_t index)
{
    t->waits_in = (uint8_t)(tick_of(t->deadline_ns) % CX_WAITING_LISTS);
    uint32_t *list = list_of(f, t);
    t->earlier = 0;
    t->later = *list;
    if (*list)
        cx_tcp_at(f, *list - 1)->earlier = index + 1;
    *list = index + 1;
}

void cx_waiting_remove(cx_flows *f, cx_tcp *t)
{
    if (!(t->state & CX_TCP_IS_WAITING))
        return;
    t->state &= ~(uint32_t)CX_TCP_IS_WAITING;
    unlink_record(f, t);
}

void cx_waiting_add(cx_flows *f, cx_tcp *t, int64_t deadline_ns)
{
    const uint32_t index = cx_flow_at(f, t->flow)->tcp - 1;
    const bool waits = t->state & CX_TCP_IS_WAITING, sooner = deadline_ns < t->deadline_ns;
    t->deadline_ns = deadline_ns;
    if (waits && !sooner)
        return; /* it is moved when its list is looked at */
    if (waits)
        unlink_record(f, t);
    else
        t->wait_no = f->waiting.next_no++;
    t->state |= CX_TCP_IS_WAITING;
    link_record(f, t, index);
}

/* Numbers are compared as on a circle: those that wait are far fewer than half of it. */
static int by_number(const void *a, const void *b)
{
    const cx_due *x = a, *y = b;
    const int32_t d = (int32_t)(x->no - y->no);
    return (d > 0) - (d < 0);
}

/* Without memory to sort them, they are decided as they come. */
static void note_due(cx_flows *f, cx_tcp *t, uint32_t index, uint32_t *n)
{
    cx_waiting *w = &f->waiting;
    if (*n == w->cap_due) {
        const uint32_t cap = w->cap_due ? w->cap_due * 2 : 64;
        cx_due *grown = realloc(w->due, cap * sizeof *grown);
        if (!grown) {
            cx_tcp_due(f, t);
            return;
        }
        w->due = grown;
        w->cap_due = cap;
    }
    w->due[(*n)++] = (cx_due){.no = t->wait_no, .tcp = index};
}

void cx_waiting_sweep(cx_flows *f)
{
    cx_waiting *w = &f->waiting;
    const uint64_t now = tick_of(f->clock_ns);
    uint64_t from = w->swept;
    uint32_t n = 0;
    if (now - from >= CX_WAITING_LISTS)
        from = now - (CX_WAITING_LISTS - 1);
    for (uint64_t tick = from; tick != now + 1; tick++)
        for (uint32_t i = w->lists[tick % CX_WAITING_LISTS]; i;) {
            const uint32_t index = i - 1;
            cx_tcp *t = cx_tcp_at(f, index);
            i = t->later;
            if (t->deadline_ns <= f->clock_ns) {
                note_due(f, t, index, &n);
            } else if (tick_of(t->deadline_ns) % CX_WAITING_LISTS != t->waits_in) {
                unlink_record(f, t);
                link_record(f, t, index);
            }
        }
    w->swept = now;
    if (n)
        qsort(w->due, n, sizeof *w->due, by_number);
    for (uint32_t i = 0; i < n; i++)
        cx_tcp_due(f, cx_tcp_at(f, w->due[i].tcp));
}

void cx_waiting_free(cx_flows *f)
{
    free(f->waiting.due);
}
