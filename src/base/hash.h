/* Seeded mixing for hash tables. Keys come from captures, so from anyone: the seed is random. */
#pragma once

#include "base/slice.h"
#include "base/word.h"

/* A 128-bit multiply folded to 64 bits: one instruction pair, good avalanche. */
static inline uint64_t cx_mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xbf58476d1ce4e5b9u);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t cx_hash(const void *bytes, size_t n, uint64_t seed)
{
    const uint8_t *p = bytes;
    uint64_t h = seed ^ n, other = 0, word;
    for (; n >= 32; p += 16, n -= 16) { /* two chains, of which neither waits for the other */
        memcpy(&word, p, 8);
        h = cx_mix(h, word);
        memcpy(&word, p + 8, 8);
        other = cx_mix(other, word);
    }
    h += other;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        h = cx_mix(h, word);
    }
    word = 0;
    if (n)
        memcpy(&word, p, n);
    return cx_mix(h, word);
}

/* The same for texts that differ in the case of ASCII letters only. */
static inline uint64_t cx_hash_folded(cx_slice text, uint64_t seed)
{
    const uint8_t *p = text.p;
    size_t n = text.len;
    uint64_t h = seed ^ n;
    for (; n >= 8; p += 8, n -= 8)
        h = cx_mix(h, cx_word_fold(cx_word(p)));
    return cx_mix(h, n ? cx_word_fold(cx_word_part(p, n)) : 0);
}
