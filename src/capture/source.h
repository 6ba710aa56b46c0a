/* Where packets come from: files and pipes alike, pcap and pcapng, through libpcap. */
#pragma once

#include "base/limits.h"
#include "base/status.h"
#include "capture/packet.h"

#include <stdio.h>

typedef struct cx_source cx_source;

/* What is known about an input; grows while it is read. */
typedef struct cx_source_info {
    const char *path;          /* as given, "-" for standard input; borrowed from the opener */
    const char *format;        /* "pcap", "pcapng"; NULL before it is known */
    bool nanoseconds;          /* resolution of the time stamps is finer than a microsecond */
    uint32_t snaplen;          /* bytes; 0: unknown */
    uint64_t packets, bytes;   /* given out so far, which a filter makes fewer; captured bytes */
    uint64_t snapped;          /* packets cut short by the snap length */
    int64_t first_ns, last_ns; /* earliest and latest time stamp; INT64_MAX/INT64_MIN before any */
    uint16_t links[8];         /* link types met, in order */
    uint32_t n_links;
    bool damaged;        /* the input ends inside a record, or a record is impossible */
    uint64_t damaged_at; /* offset of the damaged record; pcapng: end of the last packet */
    char damage[128];    /* what is wrong, one line */
} cx_source_info;

/* Opens path ("-": standard input) and reads its header. filter: BPF expression or NULL.
 * CX_IO: cannot be opened (errno text in *ret_why); CX_NOT_CAPTURE: empty, or the magic of no
 * capture format; CX_UNSUPPORTED: a known format that is not read (*ret_why says which and how to
 * convert it); CX_USAGE: the filter does not compile; CX_NO_MEMORY. *ret_why: static or in why[].
 */
CX_USE cx_status cx_source_open(const char *path, uint16_t file_index, const char *filter,
                                cx_source **ret, char why[256]);

/* The same over an open stream that nothing was read from yet; the source owns and closes it, also
 * on failure. */
CX_USE cx_status cx_source_open_stream(FILE *stream, const char *path, uint16_t file_index,
                                       const char *filter, cx_source **ret, char why[256]);

/* The next packets, at most CX_BATCH; *ret_n of them. CX_OK with *ret_n > 0, or CX_END: all was
 * read, or all that is readable (info->damaged). CX_NO_MEMORY. Packets live until the next call. */
CX_USE cx_status cx_source_next(cx_source *s, cx_packet out[CX_BATCH], size_t *ret_n);

const cx_source_info *cx_source_info_of(const cx_source *s);

/* Name of a link type as Wireshark and libpcap write it ("EN10MB"); "LINKTYPE_n" in out for others.
 */
const char *cx_link_name(uint16_t link, char out[24]);

void cx_source_free(cx_source *s);
