/* From a SIP message, split by sip.c, to its event. */
#pragma once

#include "dissectors/sip_text.h"

typedef struct cx_sip_message {
    cx_sip_start start;
    const cx_sip_headers *headers;
    cx_slice body; /* as far as it is there */
    bool cut;      /* headers are missing */
    cx_evidence first;
} cx_sip_message;

/* Emits the event of a message that the chunk completed, then what its NTLM tokens say. */
void cx_sip_message_emit(const cx_sip_message *m, const cx_chunk *in, cx_emit *out);
