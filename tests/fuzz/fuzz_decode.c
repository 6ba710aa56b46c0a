/* Fuzzes the decoder with a few packets: link layers, IP, fragments over batches, transport.
 *
 * Input: packets, each with a header of 4 bytes: link type (an index below), the length of the
 * bytes, how many more were on the wire (times 16), and options: bit 0: a new batch begins, bits 4
 * to 7: seconds since the packet before. Each packet is an allocation of exactly its size. Every
 * byte of every payload is read while it lives. */
#include "base/cursor.h"
#include "base/limits.h"
#include "net/decode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { OPTION_BATCH = 1 };

static const uint16_t links[] = {
    1,   0,   12,  113, 276, 108, 9,   50,  51,  101, 104, 204, 228, 229, 105, 6,   7,   8,
    10,  11,  13,  15,  16,  19,  99,  106, 107, 109, 112, 117, 119, 122, 123, 127, 128, 129,
    130, 131, 133, 135, 136, 137, 138, 143, 149, 163, 166, 167, 178, 179, 180, 181, 182, 183,
    192, 197, 205, 206, 219, 226, 239, 240, 241, 242, 252, 258, 274, 281, 282, 284, 285};

static void decode_batch(cx_decoder *d, cx_packet *packets, size_t n)
{
    cx_l4 out[CX_DECODED];
    volatile uint8_t sum = 0;
    const size_t made = cx_decode(d, packets, n, out, CX_DECODED);
    for (size_t i = 0; i < made; i++) {
        for (size_t k = 0; k < out[i].payload.len; k++)
            sum = (uint8_t)(sum + out[i].payload.p[k]);
        if (out[i].payload_wire < out[i].payload.len || (out[i].status != CX_OK && !out[i].what))
            abort();
    }
    for (size_t i = 0; i < n; i++)
        free((void *)(uintptr_t)packets[i].bytes.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    cx_cursor c = cx_cursor_over((cx_slice){bytes, n}, CX_TRUNCATED);
    cx_packet packets[CX_BATCH];
    size_t waiting = 0;
    int64_t ts_ns = 0;
    cx_decoder *d = cx_decoder_new();
    if (!d)
        return 0;
    for (uint64_t no = 1; c.left >= 4; no++) {
        uint8_t link = cx_u8(&c), len = cx_u8(&c), more = cx_u8(&c), options = cx_u8(&c);
        cx_slice part = cx_take_slice(&c, len < c.left ? len : c.left);
        uint8_t *copy = malloc(part.len ? part.len : 1);
        if (!copy)
            break;
        memcpy(copy, part.p, part.len);
        if (waiting == CX_BATCH || options & OPTION_BATCH) {
            decode_batch(d, packets, waiting);
            waiting = 0;
        }
        ts_ns += (int64_t)(options >> 4) * 1000000000;
        packets[waiting++] = (cx_packet){.no = no,
                                         .ts_ns = ts_ns,
                                         .bytes = {copy, part.len},
                                         .wire_len = (uint32_t)part.len + more * 16u,
                                         .link = links[link % (sizeof links / sizeof *links)]};
    }
    decode_batch(d, packets, waiting);
    cx_decoder_free(d);
    return 0;
}
