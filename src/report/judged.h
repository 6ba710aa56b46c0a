/* Judged attempts on their way to another thread, which writes one while the next is judged. */
#pragma once

#include "rules/engine.h"

/* Takes the judged attempts, in their order, on the other thread. */
typedef struct cx_judged_sink {
    void (*judged)(void *self, const cx_attempt *a, const cx_judgement *j);
    void *self;
} cx_judged_sink;

typedef struct cx_judged_queue cx_judged_queue;

/* policy: borrowed. NULL: no memory, or no thread. */
cx_judged_queue *cx_judged_queue_new(const cx_policy *policy, cx_judged_sink to);

/* Judges a, waiting until there is room for one more. The judgement lives until it is given to the
 * sink, or until the next call when it is not put. */
const cx_judgement *cx_judged_queue_judge(cx_judged_queue *q, const cx_attempt *a);

/* Hands over what was judged last. The attempt must stay as it is until cx_judged_queue_end. */
void cx_judged_queue_put(cx_judged_queue *q);

/* Waits until all is taken, and frees the queue. NULL is fine. */
void cx_judged_queue_end(cx_judged_queue *q);
