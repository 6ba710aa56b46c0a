/* Eight bytes of text at a time, as one number: most names are short, and a loop over their bytes
 * takes longer than all else that is done with them. */
#pragma once

#include <stdint.h>
#include <string.h>

#define CX_WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define CX_WORD_HIGH       CX_WORD_EACH(0x80)

/* The first byte is the lowest, whatever the processor. */
static inline uint64_t cx_word(const void *bytes)
{
    uint64_t w;
    memcpy(&w, bytes, sizeof w);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

static inline void cx_word_put(void *to, uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    memcpy(to, &w, sizeof w);
}

/* The first n bytes, n from 1 to 7, and behind them zeros. */
static inline uint64_t cx_word_part(const void *bytes, size_t n)
{
    uint64_t w = 0;
    memcpy(&w, bytes, n);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* The same with the bytes from n on, n from 1 to 8, replaced by a letter. */
static inline uint64_t cx_word_cut(uint64_t w, size_t n)
{
    const uint64_t kept = UINT64_MAX >> (64 - 8 * n);
    return (w & kept) | (CX_WORD_EACH('a') & ~kept);
}

/* A to Z as a to z. */
static inline uint64_t cx_word_fold(uint64_t w)
{
    const uint64_t low = w & ~CX_WORD_HIGH;
    const uint64_t from_a = low + CX_WORD_EACH(0x80 - 'A');
    const uint64_t beyond_z = low + CX_WORD_EACH(0x80 - 'Z' - 1);
    return w | (from_a & ~beyond_z & ~w & CX_WORD_HIGH) >> 2;
}

static inline int cx_word_has(uint64_t w, uint8_t byte)
{
    const uint64_t x = w ^ CX_WORD_EACH(byte);
    return ((x - CX_WORD_EACH(1)) & ~x & CX_WORD_HIGH) != 0;
}

/* Is each of them from first on, which is at most 0x7f, and before DEL? */
static inline int cx_word_is_ascii(uint64_t w, uint8_t first)
{
    return (((w - CX_WORD_EACH(first)) | (w + CX_WORD_EACH(1)) | w) & CX_WORD_HIGH) == 0;
}
