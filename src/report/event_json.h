/* Events as JSON objects: the members of `capdx events` (docs/events.md). */
#pragma once

#include "base/buf.h"
#include "event/event.h"

typedef struct cx_event_json_options {
    const char *file; /* NULL: no common members (file, frame, time, addresses): for tests */
    int time_digits;  /* 6 or 9 */
} cx_event_json_options;

/* Appends the object, without a line end. CX_END: the event is for correlation only (CX_TCP_SYN,
 * CX_TCP_DATA, CX_TCP_OPEN, and TLS messages that the interface does not name); CX_LIMIT,
 * CX_NO_MEMORY: part of it may have been appended. */
CX_USE cx_status cx_event_json(const cx_event *e, const cx_event_json_options *options, cx_buf *to);
