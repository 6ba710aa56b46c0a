/* A compression that is unpacked: a record here, a file beside it, a line in inflate.c. */
#pragma once

#include "base/slice.h"
#include "base/status.h"

typedef struct cx_codec {
    const char *name;
    /* Does a member (frame) begin so? head: the first four bytes, or all there are. */
    bool (*knows)(cx_slice head);
    /* NULL: no memory. */
    void *(*open)(void);
    /* How many bytes the next step must get, or all that are left: what comes out, and the damage
     * that is found, would else depend on the pieces that come in. 0: any number. NULL: always. */
    size_t (*wants)(void *state);
    /* Unpacks some of in into at most n bytes at out; *ret_used and *ret_made say how much, also on
     * failure. CX_OK: there is more of this member; CX_DONE: its end, the next call begins another;
     * CX_MALFORMED: why, static; CX_NO_MEMORY. */
    cx_status (*step)(void *state, cx_slice in, uint8_t *out, size_t n, size_t *ret_used,
                      size_t *ret_made, const char **why);
    void (*close)(void *state);
} cx_codec;

extern const cx_codec cx_codec_gzip, cx_codec_zstd, cx_codec_lz4;

/* Frames that are to be passed over, in zstd and lz4 alike (RFC 8878 3.1.2). */
static inline bool cx_codec_skippable(cx_slice head)
{
    return head.len >= 4 && (head.p[0] & 0xf0) == 0x50 && head.p[1] == 0x2a && head.p[2] == 0x4d &&
           head.p[3] == 0x18;
}
