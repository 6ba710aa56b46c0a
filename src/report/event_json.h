/* Events as JSON objects: the members of `capdx events` (docs/events.md). */
#pragma once

#include "event/event.h"

#include <jansson.h>

typedef struct cx_event_json_options {
    const char *file; /* NULL: no common members (file, frame, time, addresses): for tests */
    int time_digits;  /* 6 or 9 */
} cx_event_json_options;

/* A new object, or NULL: no memory, or an event that is for correlation only (CX_TCP_SYN,
 * CX_TCP_DATA, CX_TCP_OPEN, and TLS messages that the interface does not name). */
json_t *cx_event_json(const cx_event *e, const cx_event_json_options *options);

/* Text from the capture as a JSON string: invalid UTF-8 becomes U+FFFD. NULL: no memory. */
json_t *cx_json_text(cx_slice s);
