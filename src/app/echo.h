/* The lines of the latest frames, for a copy of a frame says again what the frame said. */
#pragma once

#include "event/event.h"

#include <jansson.h>

typedef struct cx_echo cx_echo;

/* NULL: no memory. */
cx_echo *cx_echo_new(void);
void cx_echo_free(cx_echo *e);

/* Remembers a line of the frame at `at`, a JSON object and its line end; copied. */
void cx_echo_keep(cx_echo *e, const cx_evidence *at, cx_slice line);

/* The lines of the frame that a CX_EV_DUPLICATE repeats, with the number and time of the copy, and
 * `duplicate_of`. A new array, empty when the frame said nothing or is forgotten, or NULL: no
 * memory. time_digits: as in cx_event_json_options. */
json_t *cx_echo_lines(cx_echo *e, const cx_event *copy, int time_digits);
