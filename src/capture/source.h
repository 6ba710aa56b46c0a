/* Where packets come from: files and pipes alike, of every format in docs/formats.md. */
#pragma once

#include "base/limits.h"
#include "base/status.h"
#include "capture/packet.h"
#include "event/event.h"

#include <stdio.h>

typedef struct cx_source cx_source;

/* Two files of a set that follow each other, the second of which does not begin where those before
 * it end. */
typedef struct cx_seam {
    const char *before, *after;
    int64_t ns;        /* from the end of those before it; negative: it begins earlier */
    uint64_t repeated; /* packets that were in both, and are given out once */
} cx_seam;

/* What is known about an input; grows while it is read. */
typedef struct cx_source_info {
    const char *path; /* as given, "-" for standard input; borrowed from the opener. Of a set: that
                       * of its first file */
    const char *format;      /* "pcap", "pcapng", "netmon", "snoop"; NULL before it is known */
    const char *compression; /* "gzip", "zstd", "lz4"; NULL: none. Offsets are of what it unpacks */
    bool nanoseconds;        /* resolution of the time stamps is finer than a microsecond */
    uint32_t snaplen;        /* bytes; 0: unknown */
    uint64_t packets, bytes; /* given out so far, which a filter makes fewer; captured bytes */
    uint64_t snapped;        /* packets cut short by the snap length */
    uint32_t snapped_to;     /* bytes of the longest of them: editors of captures leave snaplen */
    int64_t first_ns, last_ns; /* earliest and latest time stamp; INT64_MAX/INT64_MIN before any */
    uint16_t links[8];         /* link types met, in order */
    uint32_t n_links;
    bool local_time;     /* of the capturing computer, whose zone is not known: taken as UTC */
    uint64_t untimed;    /* packets without a time stamp: they have that of the packet before */
    uint64_t drops;      /* packets that the capturing program says it lost */
    bool damaged;        /* the input ends inside a record, or a record is impossible */
    uint64_t damaged_at; /* offset of the damaged record, of the first where there are several */
    char damage[128];    /* what is wrong there, one line */
    uint64_t damages;    /* places with damage */
    bool resumed;        /* packets behind the last of them could be read */
    uint64_t n_seams;    /* of a set */
    cx_seam seam;        /* the first of them */
    cx_slice *secrets;   /* TLS key log texts, n_secrets; owned, wiped when freed */
    size_t n_secrets, secret_bytes;
    uint64_t secrets_lost; /* bytes of such text above CX_MAX_SECRETS */
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

/* Opens the file that s reads once more, from where it is open: its name is not looked up again. s
 * goes on as if nothing had happened, and outlives *ret. CX_UNSUPPORTED: no regular file, or a set;
 * else as cx_source_open. */
CX_USE cx_status cx_source_again(const cx_source *s, cx_source **ret, char why[256]);

/* The next packets, at most CX_BATCH; *ret_n of them. CX_OK with *ret_n > 0, or CX_END: all was
 * read, or all that is readable (info->damaged). CX_NO_MEMORY. Packets live until the next call. */
CX_USE cx_status cx_source_next(cx_source *s, cx_packet out[CX_BATCH], size_t *ret_n);

/* Lets a second thread read and unpack what is still to come of a large file. Of other inputs, and
 * without memory or a thread, nothing changes. */
void cx_source_read_ahead(cx_source *s);

/* May the next call of cx_source_next wait for a writer that is slower than the reader? False while
 * more packets are in memory, and for files. */
bool cx_source_may_wait(const cx_source *s);

const cx_source_info *cx_source_info_of(const cx_source *s);

/* The files of a set by the index that packets have, with what is known of them so far; n is 0 for
 * one file alone. Lives as long as the source. */
const cx_files *cx_source_files(const cx_source *s);

/* The TLS key log texts (NSS format) that the capture held so far, *ret_n of them: those of a
 * pcapng may come anywhere, so all are known only when it was read to its end. The list is valid
 * until the next cx_source_next, the texts are until the source is freed. */
const cx_slice *cx_source_secrets(const cx_source *s, size_t *ret_n);

/* Name of a link type as Wireshark and libpcap write it ("EN10MB"); "LINKTYPE_n" in out for others.
 */
const char *cx_link_name(uint16_t link, char out[24]);

void cx_source_free(cx_source *s);
