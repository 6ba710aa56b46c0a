/* One capture, start to finish: the members of its result, in the public schema, to a sink. */
#pragma once

#include "app/pipeline.h"

typedef struct cx_analysis {
    const cx_options *options;
    const cx_keys *keys;
    cx_member_sink sink;
    /* As in cx_pipeline: called after each batch of packets; true: give the capture up. */
    bool (*batch_done)(void *self);
    void *self; /* of batch_done */
    /* The diagnosis of a large capture may have a thread of its own: sink and batch_done are called
     * by it then, one at a time, until cx_analysis_run returns. */
    bool concurrent;
} cx_analysis;

typedef struct cx_analysis_result {
    bool failures; /* a finding of severity failure was told */
    char tls[512]; /* what became of the TLS connections; empty: nothing to tell */
} cx_analysis_result;

/* Reads the source to its end. Members come in the order of docs/result.schema.json: capture,
 * then attempts, findings and coverage, then summary. *ret is filled in any case. CX_OK: all that
 * is readable was read, or batch_done stopped it, and then the last members are left out;
 * CX_NO_MEMORY. */
CX_USE cx_status cx_analysis_run(cx_source *source, const cx_analysis *analysis,
                                 cx_analysis_result *ret);
