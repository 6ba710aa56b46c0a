/* zstd (RFC 8878) by libzstd. */
#include "capture/codec.h"

#include "base/limits.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { FRAME_HEADER = 5 }; /* its least bytes, magic and descriptor: RFC 8878 3.1.1 */

static bool knows(cx_slice head)
{
    static const uint8_t magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
    return cx_codec_skippable(head) || (head.len >= 4 && memcmp(head.p, magic, 4) == 0);
}

/* The library drops what one call has made when it meets damage: so it gets one block at a time,
 * and nothing while there is something to come out. */
typedef struct zstd {
    ZSTD_DCtx *context;
    size_t wants; /* bytes up to the end of the next block, as the library says */
    bool pending; /* more may come out without anything going in */
} zstd;

static void close_codec(void *state)
{
    zstd *z = state;
    (void)ZSTD_freeDCtx(z->context);
    free(z);
}

static void *open_codec(void)
{
    zstd *z = calloc(1, sizeof *z);
    if (!z)
        return NULL;
    z->context = ZSTD_createDCtx();
    z->wants = z->context ? ZSTD_initDStream(z->context) : 0;
    if (!z->context || ZSTD_isError(z->wants) ||
        ZSTD_isError(
            ZSTD_DCtx_setParameter(z->context, ZSTD_d_windowLogMax, CX_MAX_ZSTD_WINDOW_LOG))) {
        close_codec(z);
        return NULL;
    }
    return z;
}

static size_t wants(void *state)
{
    const zstd *z = state;
    return z->pending ? 0 : z->wants;
}

static cx_status step(void *state, cx_slice in, uint8_t *out, size_t n, size_t *ret_used,
                      size_t *ret_made, const char **why)
{
    zstd *z = state;
    ZSTD_inBuffer from = {in.p, in.len, 0};
    ZSTD_outBuffer to = {out, n, 0};
    size_t answer = ZSTD_decompressStream(z->context, &to, &from);
    *ret_used = from.pos;
    *ret_made = to.pos;
    if (!ZSTD_isError(answer)) {
        z->pending = to.pos == n && answer != 0;
        z->wants = answer ? answer : FRAME_HEADER;
        return answer == 0 ? CX_DONE : CX_OK;
    }
    *ret_used = *ret_made = 0;
    ZSTD_ErrorCode code = ZSTD_getErrorCode(answer);
    if (code == ZSTD_error_memory_allocation)
        return CX_NO_MEMORY;
    *why = code == ZSTD_error_frameParameter_windowTooLarge
               ? "a window above 128 MiB; unpack it: zstd -dc --long=31 IN > OUT"
               : ZSTD_getErrorName(answer);
    return CX_MALFORMED;
}

const cx_codec cx_codec_zstd = {.name = "zstd",
                                .knows = knows,
                                .open = open_codec,
                                .wants = wants,
                                .step = step,
                                .close = close_codec};
