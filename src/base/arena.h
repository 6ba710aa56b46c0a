/* Bump allocator with a cap: everything in it lives and dies together. */
#pragma once

#include "base/slice.h"
#include "base/status.h"

#include <stdalign.h>

typedef struct cx_arena_block {
    struct cx_arena_block *next;
    size_t used, cap;
    alignas(max_align_t) uint8_t bytes[];
} cx_arena_block;

typedef struct cx_arena {
    cx_arena_block *blocks; /* newest first */
    size_t used, max;       /* bytes handed out since the last reset; most that may be */
} cx_arena;

/* Allocates nothing. */
static inline cx_arena cx_arena_init(size_t max)
{
    return (cx_arena){.max = max};
}

/* n zeroed bytes, aligned for any type, or NULL (cap reached or out of memory). */
void *cx_arena_take(cx_arena *a, size_t n);

/* The same without zeros: whoever takes them sets all that it reads. */
void *cx_arena_take_raw(cx_arena *a, size_t n);

/* The same for bytes, not aligned. */
uint8_t *cx_arena_take_text(cx_arena *a, size_t n);

/* A copy of s, NUL-terminated behind its end. p == NULL on failure; an absent slice stays absent.
 * Events have dozens of them: where there is room, no function is called. */
static inline cx_slice cx_arena_copy(cx_arena *a, cx_slice s)
{
    if (!s.p)
        return s;
    cx_arena_block *b = a->blocks;
    uint8_t *p;
    if (b && s.len < b->cap - b->used && s.len < a->max - a->used) {
        p = b->bytes + b->used;
        b->used += s.len + 1;
        a->used += s.len + 1;
    } else {
        p = cx_arena_take_text(a, s.len + 1);
    }
    if (!p)
        return (cx_slice){NULL, 0};
    memcpy(p, s.p, s.len);
    p[s.len] = 0;
    return (cx_slice){p, s.len};
}

/* printf into the arena; the text without its NUL. p == NULL on failure. */
cx_slice cx_arena_printf(cx_arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Forgets everything; keeps one block for the next use. */
void cx_arena_reset(cx_arena *a);
void cx_arena_free(cx_arena *a);
