/* See cert_cache.h: sets of four by a hash of the bytes, which are then compared whole. The hash
 * has no seed: who makes certificates fall together wins that they are read each time. */
#include "event/cert_cache.h"

#include "base/limits.h"

#include <stdlib.h>

#define WAYS 4u
#define SETS (CX_MAX_CERTS_CACHED / WAYS)

typedef struct entry {
    uint64_t hash;
    cx_slice der; /* p == NULL: free. In arena, like the text of cert */
    cx_cert cert;
    cx_arena arena;
} entry;

struct cx_cert_cache {
    entry set[SETS][WAYS];
    uint8_t next[SETS]; /* the oldest of the set */
    bool used;          /* there is something in it */
};

cx_cert_cache *cx_cert_cache_new(void)
{
    return calloc(1, sizeof(cx_cert_cache));
}

void cx_cert_cache_free(cx_cert_cache *c)
{
    for (size_t i = 0; c && c->used && i < SETS; i++)
        for (size_t k = 0; k < WAYS; k++)
            cx_arena_free(&c->set[i][k].arena);
    free(c);
}

bool cx_cert_cache_find(const cx_cert_cache *c, cx_slice der, cx_arena *a, cx_cert *ret)
{
    if (!c || !der.p)
        return false;
    const uint64_t hash = cx_hash(der.p, der.len, 0);
    const entry *e = c->set[hash % SETS];
    for (size_t k = 0; k < WAYS; k++, e++) {
        if (!e->der.p || e->hash != hash || !cx_slice_eq(e->der, der))
            continue;
        cx_cert cert = e->cert;
        if (!cx_cert_keep(&cert, a))
            return false;
        *ret = cert;
        return true;
    }
    return false;
}

void cx_cert_cache_put(cx_cert_cache *c, cx_slice der, const cx_cert *cert)
{
    if (!c || !der.p || der.len > CX_MAX_CERT_CACHED)
        return;
    const uint64_t hash = cx_hash(der.p, der.len, 0);
    const size_t set = hash % SETS;
    entry *e = &c->set[set][c->next[set]];
    c->used = true;
    cx_arena_free(&e->arena);
    *e = (entry){.hash = hash, .cert = *cert, .arena = cx_arena_init(2 * CX_MAX_CERT_CACHED)};
    if (cx_cert_keep(&e->cert, &e->arena))
        e->der = cx_arena_copy(&e->arena, der);
    if (!e->der.p) {
        cx_arena_free(&e->arena);
        *e = (entry){.der = {NULL, 0}};
        return;
    }
    c->next[set] = (uint8_t)((c->next[set] + 1) % WAYS);
}
