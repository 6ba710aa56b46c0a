/* From events to a result: correlation into attempts, rules, coverage, in the public schema. */
#pragma once

#include "event/event.h"

#include <jansson.h>

/* What the person knows and the wire does not say. */
typedef struct cx_context {
    const char *server;   /* --server: host name or address as typed, without port; NULL: unknown */
    uint16_t server_port; /* 0: not given */
    const char *domain;   /* --domain; NULL: unknown */
    bool has_min_server, has_min_client;
    uint32_t ntlm_min_server, ntlm_min_client; /* --policy ntlm-min-server=…, ntlm-min-client=… */
    enum { CX_NAMING_UNKNOWN, CX_NAMING_STRICT, CX_NAMING_PERMISSIVE } naming;
    uint32_t shard, shards; /* tell of the clients of shard (from 1) of shards; 0 of 0: of all */
    const cx_files *files;  /* of a set, in whose order evidence counts them; NULL: one file */
    bool concurrent;        /* at the end, another thread may call the sink meanwhile */
    int time_digits; /* of times in the result: 9 for captures finer than a microsecond; 0: 6 */
} cx_context;

/* Facts about the capture as a whole, for coverage; zero what is not known. */
typedef struct cx_capture_facts {
    const char *file;
    uint64_t packets, snapped, drops, untimed;
    uint32_t snaplen; /* bytes of the longest packet that was cut */
    int64_t first_ns, last_ns;
    bool local_time;       /* times are of a zone that is not known, taken as UTC */
    uint64_t seams;        /* places where the files of a set do not follow each other */
    const char *seam;      /* the first of them, one line */
    bool damaged, resumed; /* resumed: packets behind the damage could be read */
    uint64_t damaged_at, damages;
    const char *damage;
    struct {
        const char *name;
        uint64_t packets;
        cx_evidence first;
    } unknown_links[8];
    uint32_t n_unknown_links;
    uint64_t tcp_flows, one_sided, mid_stream, evicted, gaps, gap_bytes, dropped_bytes;
    uint64_t given_up;          /* conversations that were read no further, for lack of room */
    uint64_t lookups_forgotten; /* questions of clients, for lack of room */
    uint64_t fragments_lost, fragments_evicted, too_deep, subframes_lost, paths_lost, duplicates,
        encrypted;
    const char *tls; /* what the secrets that were given do not open, one line; NULL: nothing */
    cx_evidence tls_frames[8];
    uint32_t n_tls_frames;
    cx_evidence first_gap, first_mid_stream, first_one_sided, first_evicted;
    cx_evidence first_too_deep, first_duplicate, first_encrypted;
} cx_capture_facts;

typedef struct cx_diagnosis cx_diagnosis;

/* Takes the members of the result ("attempt", "finding", "coverage"); value is borrowed, NULL: no
 * memory for it. */
typedef struct cx_member_sink {
    void (*member)(void *self, const char *type, json_t *value);
    void *self;
    /* Takes attempts and findings as JSON text instead, an object each, borrowed; absent: no
     * memory. NULL: who reads them again takes them as trees too. */
    void (*text)(void *self, const char *type, cx_slice object);
} cx_member_sink;

/* file: name of the capture as it appears in evidence; borrowed. NULL: no memory. */
cx_diagnosis *cx_diagnosis_new(const cx_context *context, const char *file, cx_member_sink sink);

/* Takes the next event, in capture order. Attempts that it decides go to the sink. */
void cx_diagnosis_event(cx_diagnosis *d, const cx_event *e);

/* e comes soon, or (near) sooner: asks for the memory that it will need (cx_correlator_expect). */
void cx_diagnosis_expect(const cx_diagnosis *d, const cx_event *e, bool near);

/* End of the capture: decides what is open, then coverage. Another thread may tell the sink of the
 * attempts (cx_context.concurrent); it has ended when this returns. */
void cx_diagnosis_end(cx_diagnosis *d, const cx_capture_facts *facts);

typedef struct cx_diagnosis_totals {
    uint64_t attempts, failures, successes; /* attempts by outcome */
    uint64_t findings_failure; /* findings of severity failure: decides the exit status */
} cx_diagnosis_totals;

const cx_diagnosis_totals *cx_diagnosis_totals_of(const cx_diagnosis *d);
void cx_diagnosis_free(cx_diagnosis *d);
