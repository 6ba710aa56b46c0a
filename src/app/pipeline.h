/* Packets to events: source, decoder, flow table and dissectors, wired together once for every
 * command and for the whole-program fuzz target. */
#pragma once

#include "app/keys.h"
#include "capture/source.h"
#include "event/event.h"
#include "report/diagnosis.h"

typedef struct cx_pipeline {
    cx_event_sink sink;
    const bool *unread;  /* does the sink read messages of DNS itself (dissectors/dns_unread.h)? may
                            change when it or batch_done is called; NULL: no */
    uint64_t seed;       /* of hash tables; results do not depend on it */
    const cx_keys *keys; /* what opens TLS; NULL: nothing is opened */
    /* Called after each batch of packets and at the end, when nothing is in flight: the place to
     * flush output. True: stop reading. NULL: nothing to do. */
    bool (*batch_done)(void *self);
    void *self; /* of batch_done */
} cx_pipeline;

/* What a run tells about the capture as a whole. facts points into the texts: not to be copied. */
typedef struct cx_pipeline_result {
    cx_capture_facts facts;
    char link_names[8][24];
    char seam[512];
    char tls[512]; /* what became of the TLS connections; empty: nothing to tell */
} cx_pipeline_result;

/* Sets up the libraries that keep process-wide state (OpenSSL, osip). Once per process, before the
 * first byte of a capture is read. CX_NO_MEMORY: a library refused. */
CX_USE cx_status cx_pipeline_setup(void);

/* Reads the source to its end and hands every event to the sink, in capture order. *ret is
 * filled for coverage; its texts live as long as the source and *ret. CX_OK: all that is readable
 * was read (damage is in the facts), or batch_done stopped it; CX_NO_MEMORY. The source stays the
 * caller's. */
CX_USE cx_status cx_pipeline_run(cx_source *source, const cx_pipeline *pipeline,
                                 cx_pipeline_result *ret);
