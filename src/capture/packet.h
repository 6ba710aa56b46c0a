/* One captured record. */
#pragma once

#include "base/slice.h"

/* Link types that formats name and that have no DLT_ value: these, plus the format's own number. */
enum { CX_LINK_NETMON = 0xf000, CX_LINK_SNOOP = 0xf100 };

/* bytes point into the source's buffer and live until the next batch is read. */
typedef struct cx_packet {
    uint64_t no;       /* 1-based number within its file */
    int64_t ts_ns;     /* since 1970 */
    cx_slice bytes;    /* what was captured */
    uint32_t wire_len; /* bytes on the wire; larger than bytes.len when snapped short */
    uint16_t link;     /* link type, a libpcap DLT_ value */
    uint16_t file;     /* index of the input file */
} cx_packet;
