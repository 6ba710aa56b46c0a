/* lz4 by liblz4: the frame format of https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md.
 */
#include "capture/codec.h"

#include <lz4frame.h>
#include <stdlib.h>

static bool knows(cx_slice head)
{
    static const uint8_t magic[4] = {0x04, 0x22, 0x4d, 0x18};
    return cx_codec_skippable(head) || (head.len >= 4 && memcmp(head.p, magic, 4) == 0);
}

/* The library drops what one call has made when it meets damage: so it gets one block at a time,
 * and nothing while there is something to come out. */
typedef struct lz4 {
    LZ4F_dctx *context;
    size_t wants; /* bytes up to the end of the next block, as the library says */
    bool pending; /* more may come out without anything going in */
} lz4;

enum { FRAME_HEADER = 7 }; /* its least bytes: magic, flags, block size, checksum */

static void *open_codec(void)
{
    lz4 *z = calloc(1, sizeof *z);
    if (!z)
        return NULL;
    z->wants = FRAME_HEADER;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&z->context, LZ4F_VERSION))) {
        free(z);
        return NULL;
    }
    return z;
}

static size_t wants(void *state)
{
    const lz4 *z = state;
    return z->pending ? 0 : z->wants;
}

static cx_status step(void *state, cx_slice in, uint8_t *out, size_t n, size_t *ret_used,
                      size_t *ret_made, const char **why)
{
    lz4 *z = state;
    *ret_used = in.len;
    *ret_made = n;
    size_t answer = LZ4F_decompress(z->context, out, ret_made, in.p, ret_used, NULL);
    if (!LZ4F_isError(answer)) {
        z->pending = *ret_made == n && answer != 0;
        z->wants = answer ? answer : FRAME_HEADER;
        return answer == 0 ? CX_DONE : CX_OK;
    }
    *ret_used = *ret_made = 0;
    const char *name = LZ4F_getErrorName(answer);
    if (strcmp(name, "ERROR_allocation_failed") == 0) /* codes are not public */
        return CX_NO_MEMORY;
    *why = name;
    return CX_MALFORMED;
}

static void close_codec(void *state)
{
    lz4 *z = state;
    (void)LZ4F_freeDecompressionContext(z->context);
    free(z);
}

const cx_codec cx_codec_lz4 = {.name = "lz4",
                               .knows = knows,
                               .open = open_codec,
                               .wants = wants,
                               .step = step,
                               .close = close_codec};
