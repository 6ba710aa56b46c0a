/* A capture format that is read: a record here, a file beside it, a line in source.c. */
#pragma once

#include "capture/input.h"
#include "capture/source.h"

typedef struct cx_reader {
    const char *name; /* as in cx_source_info.format */
    /* Is this the beginning of such a capture? head: the first CX_HEAD bytes, or all there are. */
    bool (*knows)(cx_slice head);
    /* Reads the header; in stands at the first byte and outlives the state. Fills in what info says
     * of the whole input. CX_NOT_CAPTURE: damaged before the first packet could come; CX_NO_MEMORY.
     * why: set on failure. */
    cx_status (*open)(cx_input *in, cx_source_info *info, void **ret_state, char why[256]);
    /* The next packet: ts_ns, bytes (valid until the next call), wire_len, link; the rest is the
     * caller's. CX_END: all was read, or info->damaged says why not; CX_NO_MEMORY. */
    cx_status (*next)(void *state, cx_packet *ret);
    void (*close)(void *state);
} cx_reader;

#define CX_HEAD 512u /* bytes that must do to tell a format */

/* pcap.c */
extern const cx_reader cx_reader_pcap, cx_reader_pcapng;

/* The input ends here or goes on with nonsense: notes what and where. */
void cx_source_damaged(cx_source_info *info, uint64_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
