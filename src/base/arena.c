/* Bump allocator (arena.h): a list of blocks, each at least as large as the request. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES 4096u /* bytes; most attempts need a few kilobytes */

/* n bytes with this alignment, whatever is in them, or NULL. */
static void *take(cx_arena *a, size_t n, size_t align)
{
    cx_arena_block *b = a->blocks;
    size_t pad = b ? -b->used & (align - 1) : 0;
    if (n > a->max - a->used)
        return NULL;
    if (!b || pad > b->cap - b->used || n > b->cap - b->used - pad) {
        size_t cap = n > BLOCK_BYTES ? n : BLOCK_BYTES;
        b = malloc(sizeof *b + cap);
        if (!b)
            return NULL;
        *b = (cx_arena_block){.next = a->blocks, .cap = cap};
        a->blocks = b;
        pad = 0;
    }
    if (pad > a->max - a->used - n)
        return NULL;
    void *at = b->bytes + b->used + pad;
    b->used += pad + n;
    a->used += pad + n;
    return at;
}

void *cx_arena_take(cx_arena *a, size_t n)
{
    void *at = take(a, n, alignof(max_align_t));
    return at ? memset(at, 0, n) : NULL;
}

void *cx_arena_take_raw(cx_arena *a, size_t n)
{
    return take(a, n, alignof(max_align_t));
}

uint8_t *cx_arena_take_text(cx_arena *a, size_t n)
{
    return take(a, n, 1);
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
