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
    /* The next packet: ts_ns, bytes (valid until the next call), wire_len, link, and no where it is
     * not one more than that of the packet before; the rest is the caller's. CX_END: all was read,
     * or info->damaged says why not; CX_NO_MEMORY. */
    cx_status (*next)(void *state, cx_packet *ret);
    /* NULL, or for readers whose packets lie in the input's buffer: does the next one lie there
     * already, so that next leaves the bytes of those before it where they are? */
    bool (*is_there)(const void *state);
    void (*close)(void *state);
} cx_reader;

#define CX_HEAD 512u /* bytes that must do to tell a format */

extern const cx_reader cx_reader_pcap_plain, cx_reader_pcap, cx_reader_pcapng, cx_reader_netmon,
    cx_reader_snoop;

/* The input ends here or goes on with nonsense: notes where and, of the first such place, what. */
void cx_source_damaged(cx_source_info *info, uint64_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A read failed in the record at this offset: notes it. CX_END, or CX_NO_MEMORY when it was that.
 */
CX_USE cx_status cx_source_failed(cx_source_info *info, uint64_t at, const cx_input *in);

/* Keeps a copy of TLS key log text that the capture holds. What is more than CX_MAX_SECRETS is
 * counted and thrown away. CX_NO_MEMORY. */
CX_USE cx_status cx_source_secret(cx_source_info *info, cx_slice text);

/* Wipes and frees them. */
void cx_source_forget_secrets(cx_source_info *info);

/* Seconds since 1970 and nanoseconds of the second as one number. What is before 1970 or after 2116
 * (where sums of times would overflow) is damage or malice and becomes the nearest that is not. */
int64_t cx_capture_time(int64_t seconds, int64_t ns);

/* The DLT_ value that libpcap and the decoder use for a LINKTYPE_ value, as stored in files. */
uint16_t cx_capture_link(uint16_t linktype);
