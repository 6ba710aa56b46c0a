/* Numbers of paths (path.h): open addressing over the hashes, which are mixed already. */
#include "net/path.h"

#include "base/limits.h"

#include <stdlib.h>

#define FIRST_SLOTS 64u /* a power of two; doubled at half load */

typedef struct slot {
    uint64_t hash; /* 0: empty */
    cx_path number;
} slot;

struct cx_paths {
    slot *slots;
    uint32_t mask, n;
};

cx_paths *cx_paths_new(void)
{
    cx_paths *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->slots = calloc(FIRST_SLOTS, sizeof *p->slots);
    if (!p->slots) {
        free(p);
        return NULL;
    }
    p->mask = FIRST_SLOTS - 1;
    return p;
}

void cx_paths_free(cx_paths *p)
{
    if (!p)
        return;
    free(p->slots);
    free(p);
}

static slot *find(slot *slots, uint32_t mask, uint64_t hash)
{
    uint32_t i = (uint32_t)hash & mask;
    while (slots[i].hash && slots[i].hash != hash)
        i = (i + 1) & mask;
    return &slots[i];
}

static bool grow(cx_paths *p)
{
    const uint32_t n = (p->mask + 1) * 2;
    slot *slots = calloc(n, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; i <= p->mask; i++)
        if (p->slots[i].hash)
            *find(slots, n - 1, p->slots[i].hash) = p->slots[i];
    free(p->slots);
    p->slots = slots;
    p->mask = n - 1;
    return true;
}

cx_path cx_paths_number(cx_paths *p, uint64_t hash)
{
    slot *s = find(p->slots, p->mask, hash);
    if (s->hash)
        return s->number;
    if (p->n == CX_MAX_PATHS)
        return CX_PATH_LOST;
    if (p->n * 2 > p->mask) {
        if (!grow(p))
            return CX_PATH_LOST;
        s = find(p->slots, p->mask, hash);
    }
    p->n++;
    *s = (slot){hash, (cx_path)p->n};
    return s->number;
}
