/* What the capture could not show, and what to capture next (signin-failures 1.7, 1.8). */
#pragma once

#include "rules/engine.h"

#define CX_COVERAGE_FRAMES 8

typedef enum cx_coverage_id {
    CX_COV_DAMAGED,
    CX_COV_UNKNOWN_LINK,
    CX_COV_DROPS,
    CX_COV_DUPLICATES,
    CX_COV_OFFLOAD,
    CX_COV_CLOCK,
    CX_COV_LIMIT,
    CX_COV_ONE_DIRECTION,
    CX_COV_TRUNCATED,
    CX_COV_MISSING_SEGMENTS,
    CX_COV_MID_CONNECTION,
    CX_COV_STARTS_LATE,
    CX_COV_ENDS_EARLY,
    CX_COV_NO_DNS,
    CX_COV_SIP_ENCRYPTED,
    CX_COV_SIP_COMPRESSED,
    CX_COV_TLS13_NO_CERT,
    CX_COV_TLS_SECRETS,
    CX_COV_NAME_UNDECIDED,
    CX_COV_HOST_NOT_VISIBLE,
    CX_COV_IDS
} cx_coverage_id;

/* One blind spot of a capture, once, with the first frames that show it. */
typedef struct cx_blind_spot {
    bool present;
    uint64_t count;
    cx_evidence frames[CX_COVERAGE_FRAMES];
    uint32_t n_frames;
    char text[512]; /* what it means here; empty: the record's own text */
} cx_blind_spot;

typedef struct cx_coverage {
    cx_blind_spot spot[CX_COV_IDS];
    uint64_t clean; /* attempts that show no fault, and of which nothing that matters is hidden */
} cx_coverage;

/* The fixed part of each. Rules that cannot judge: those listed (NULL at the end), and all that
 * need events of the kinds (CX_BIT of cx_event_kind). */
typedef struct cx_coverage_record {
    const char *id, *text, *recapture;
    const char *const *withheld;
    uint64_t kinds;
} cx_coverage_record;

extern const cx_coverage_record cx_coverage_records[CX_COV_IDS];

#define CX_MAX_WITHHELD 128

/* The ids of the rules that the record withholds, each once, into ids[max]. Answers how many. */
size_t cx_coverage_withheld(const cx_coverage_record *record, const char **ids, size_t max);

/* Notes one. at: the frame that shows it; NULL: none. */
void cx_coverage_note(cx_coverage *c, cx_coverage_id id, const cx_evidence *at);

/* What the wire hid of a judged attempt. */
void cx_coverage_attempt(cx_coverage *c, const cx_attempt *a, const cx_judgement *j);
