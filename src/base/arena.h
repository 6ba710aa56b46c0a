/* Bump allocator with a cap: everything in it lives and dies together. */
#pragma once

#include "base/slice.h"
#include "base/status.h"

typedef struct cx_arena_block cx_arena_block;

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

/* A copy of s, NUL-terminated behind its end. p == NULL on failure; an absent slice stays absent.
 */
cx_slice cx_arena_copy(cx_arena *a, cx_slice s);

/* printf into the arena; the text without its NUL. p == NULL on failure. */
cx_slice cx_arena_printf(cx_arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Forgets everything; keeps one block for the next use. */
void cx_arena_reset(cx_arena *a);
void cx_arena_free(cx_arena *a);
