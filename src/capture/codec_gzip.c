/* gzip (RFC 1952) by zlib. */
#include "capture/codec.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

static bool knows(cx_slice head)
{
    return head.len >= 4 && head.p[0] == 0x1f && head.p[1] == 0x8b && head.p[2] == Z_DEFLATED &&
           (head.p[3] & 0xe0) == 0; /* reserved flags */
}

static void *open_codec(void)
{
    z_stream *z = calloc(1, sizeof *z);
    if (z && inflateInit2(z, 16 + MAX_WBITS) != Z_OK) { /* 16: with the header of gzip */
        free(z);
        return NULL;
    }
    return z;
}

static cx_status step(void *state, cx_slice in, uint8_t *out, size_t n, size_t *ret_used,
                      size_t *ret_made, const char **why)
{
    z_stream *z = state;
    z->next_in = (Bytef *)in.p; /* not written to */
    z->avail_in = in.len < UINT_MAX ? (uInt)in.len : UINT_MAX;
    z->next_out = out;
    z->avail_out = n < UINT_MAX ? (uInt)n : UINT_MAX;
    int answer = inflate(z, Z_NO_FLUSH);
    *ret_used = (size_t)(z->next_in - in.p);
    *ret_made = (size_t)(z->next_out - out);
    switch (answer) {
    case Z_OK:
    case Z_BUF_ERROR: /* no room or no input: no error */
        return CX_OK;
    case Z_STREAM_END:
        return inflateReset(z) == Z_OK ? CX_DONE : CX_NO_MEMORY;
    case Z_MEM_ERROR:
        return CX_NO_MEMORY;
    case Z_NEED_DICT:
        *why = "it needs a dictionary";
        return CX_MALFORMED;
    default:
        *why = z->msg ? z->msg : "damaged"; /* zlib's texts are static */
        return CX_MALFORMED;
    }
}

static void close_codec(void *state)
{
    z_stream *z = state;
    (void)inflateEnd(z); /* fails only for a stream that is none */
    free(z);
}

const cx_codec cx_codec_gzip = {
    .name = "gzip", .knows = knows, .open = open_codec, .step = step, .close = close_codec};
