/* Who authenticates on a conversation: the dissector of a carrier sees the result of a logon, that
 * of NTLM or Kerberos who asked for it. Here the two meet. */
#pragma once

#include "event/event.h"

typedef struct cx_logon_memory cx_logon_memory;

/* Remembers what an event says of who authenticates, and completes a CX_EV_LOGON by mechanism,
 * user, domain and target of the last exchange with its number, as far as its emitter left them
 * out. *memory is NULL at first; the slices live until the next call. Of more than CX_MAX_LOGONS
 * numbers the one that was silent longest is forgotten. */
void cx_logon_take(cx_logon_memory **memory, cx_event *e);

void cx_logon_free(cx_logon_memory *memory);
