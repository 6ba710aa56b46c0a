/* Pools of records (pool.h). Free records keep the next index in their first bytes. */
#include "base/pool.h"

#include "base/cache_line.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 1024u /* records allocated together */

uint32_t cx_pool_take(cx_pool *p)
{
    if (p->free) {
        uint32_t i = p->free - 1;
        void *record = cx_pool_at(p, i);
        memcpy(&p->free, record, sizeof p->free);
        memset(record, 0, p->size);
        return i;
    }
    if (p->used == p->n_chunks * CHUNK) {
        void **chunks = realloc(p->chunks, (p->n_chunks + 1) * sizeof *chunks);
        if (!chunks)
            return UINT32_MAX;
        p->chunks = chunks;
        char *chunk = malloc(CHUNK * p->size + CX_LINE);
        if (!chunk)
            return UINT32_MAX;
        char *first = chunk + CX_LINE - (uintptr_t)chunk % CX_LINE;
        memcpy(first - sizeof chunk, &chunk, sizeof chunk); /* malloc aligns to more than that */
        p->chunks[p->n_chunks++] = first;
    }
    memset(cx_pool_at(p, p->used), 0, p->size);
    return p->used++;
}

void cx_pool_give(cx_pool *p, uint32_t i)
{
    memcpy(cx_pool_at(p, i), &p->free, sizeof p->free);
    p->free = i + 1;
}

void cx_pool_free(cx_pool *p)
{
    for (uint32_t i = 0; i < p->n_chunks; i++) {
        void *chunk;
        memcpy(&chunk, (char *)p->chunks[i] - sizeof chunk, sizeof chunk);
        free(chunk);
    }
    free(p->chunks);
    *p = (cx_pool){.size = p->size};
}
