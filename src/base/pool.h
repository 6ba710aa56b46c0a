/* Records of one size in chunks that never move, told by their index. Free ones are used again, the
 * latest first. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct cx_pool {
    void **chunks;
    uint32_t n_chunks, used, free; /* records ever used; first free index + 1 */
    size_t size;                   /* of a record: from 4 bytes on, set by the owner */
} cx_pool;

static inline void *cx_pool_at(const cx_pool *p, uint32_t i)
{
    return (char *)p->chunks[i >> 10] + (size_t)(i & 1023) * p->size;
}

/* Index of a zeroed record, or UINT32_MAX without memory. The first one lies at the beginning of a
 * line of the cache. */
uint32_t cx_pool_take(cx_pool *p);

void cx_pool_give(cx_pool *p, uint32_t i);
void cx_pool_free(cx_pool *p);
