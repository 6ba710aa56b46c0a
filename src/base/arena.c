/* Bump allocator (arena.h): a list of blocks, each at least as large as the request. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES 4096u /* bytes; most attempts need a few kilobytes */

struct cx_arena_block {
    cx_arena_block *next;
    size_t used, cap;
    alignas(max_align_t) uint8_t bytes[];
};

void *cx_arena_take(cx_arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > a->max)
        return NULL;
    size_t size = (n + align - 1) & ~(align - 1);
    if (size > a->max - a->used)
        return NULL;
    cx_arena_block *b = a->blocks;
    if (!b || size > b->cap - b->used) {
        size_t cap = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        b = malloc(sizeof *b + cap);
        if (!b)
            return NULL;
        *b = (cx_arena_block){.next = a->blocks, .cap = cap};
        a->blocks = b;
    }
    void *at = b->bytes + b->used;
    b->used += size;
    a->used += size;
    return memset(at, 0, size);
}

cx_slice cx_arena_copy(cx_arena *a, cx_slice s)
{
    if (!s.p)
        return s;
    uint8_t *p = cx_arena_take(a, s.len + 1);
    if (!p)
        return (cx_slice){NULL, 0};
    if (s.len)
        memcpy(p, s.p, s.len);
    return (cx_slice){p, s.len};
}

cx_slice cx_arena_printf(cx_arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = n < 0 ? NULL : cx_arena_take(a, (size_t)n + 1);
    if (!p)
        return (cx_slice){NULL, 0};
    va_start(args, format);
    (void)vsnprintf(p, (size_t)n + 1, format, args); /* measured above */
    va_end(args);
    return (cx_slice){(const uint8_t *)p, (size_t)n};
}

void cx_arena_reset(cx_arena *a)
{
    while (a->blocks && a->blocks->next) {
        cx_arena_block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
    if (a->blocks)
        a->blocks->used = 0;
    a->used = 0;
}

void cx_arena_free(cx_arena *a)
{
    if (!a)
        return;
    while (a->blocks) {
        cx_arena_block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
    a->used = 0;
}
