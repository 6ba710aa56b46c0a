/* A set of files that are parts of one capture, as a capturing program writes them that begins a
 * new file now and then: read one after the other in the order of their first packets, as one
 * source. */
#pragma once

#include "capture/source.h"

typedef struct cx_set cx_set;

/* What is told on the way. NULL: not wanted. */
typedef struct cx_set_watch {
    /* A file was read to its end, or as far as it is readable. */
    void (*read)(void *self, const cx_source_info *info);
    /* A file that was there when the set began cannot be opened any more. */
    void (*lost)(void *self, const char *path, const char *why);
    /* A file does not begin where those before it ended. Told before it is read to its end. */
    void (*seam)(void *self, const cx_seam *seam);
    void *self;
} cx_set_watch;

/* filter: BPF expression or NULL, borrowed. NULL: no memory. */
cx_set *cx_set_new(const char *filter, cx_set_watch watch);

/* Opens a file to learn when it begins; path is borrowed, "-" is standard input. Files on disk are
 * closed again until their turn comes; of others at most CX_MAX_SET_PIPES stay open. The order of
 * files that begin at the same time is that of the calls. Answers as cx_source_open, and CX_LIMIT
 * when there are too many (why). */
CX_USE cx_status cx_set_add(cx_set *set, const char *path, char why[256]);

/* Files added. */
size_t cx_set_size(const cx_set *set);

/* The set, with at least one file, as a source that owns it from now on, also on failure. The index
 * of a file in evidence is its place in time. CX_NO_MEMORY. */
CX_USE cx_status cx_set_open(cx_set *set, cx_source **ret);

void cx_set_free(cx_set *set);

/* One line: "b.pcap begins 3600.0 s after a.pcap ends". */
void cx_seam_text(const cx_seam *seam, char out[512]);

/* For source.c: as cx_source_next; info is that of the whole set. */
CX_USE cx_status cx_set_next(cx_set *set, cx_source_info *info, cx_packet out[CX_BATCH],
                             size_t *ret_n);
const cx_files *cx_set_files(const cx_set *set);
