/* A second thread for what comes behind the events: the reader of packets puts copies of events in,
 * the thread hands them to a sink, in the same order. Bounded: the reader waits when the sink falls
 * behind. */
#pragma once

#include "event/event.h"

#include <stdbool.h>

typedef struct cx_event_queue cx_event_queue;

/* Who takes the events. All are called with self, by the thread alone. */
typedef struct cx_event_taker {
    void (*event)(void *self, const cx_event *e);
    /* This event comes soon, or (near) sooner: memory that it needs may be asked for. NULL: no. */
    void (*expect)(void *self, const cx_event *e, bool near);
    /* After each block of events: are no more wanted? NULL: they are. */
    bool (*stopped)(void *self);
    void *self;
} cx_event_taker;

/* Starts the thread. NULL: no memory, or no thread. */
cx_event_queue *cx_event_queue_new(const cx_event_taker *to);

/* A sink (cx_event_sink.event): self is the queue. An event that cannot be copied is lost, and
 * cx_event_queue_end says so. */
void cx_event_queue_put(void *self, const cx_event *e);

/* Hands over what was put so far, for the next event may be long in coming. */
void cx_event_queue_flush(cx_event_queue *q);

/* Did the sink fall behind, as of the latest hand-over? */
bool cx_event_queue_is_behind(const cx_event_queue *q);

/* Did stopped say so? What is put from then on is thrown away. */
bool cx_event_queue_stopped(const cx_event_queue *q);

/* Waits until the sink has had all, ends the thread and frees the queue; NULL is fine.
 * CX_NO_MEMORY: events were lost. */
CX_USE cx_status cx_event_queue_end(cx_event_queue *q);
