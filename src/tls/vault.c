/* Memory for secrets (vault.h): anonymous mappings that grow by doubling, and a free list for each
 * size. No secret ever lies in the heap of libc, whose freed pieces live on. */
#include "tls/vault.h"

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define FIRST_CHUNK 65536u   /* bytes; the default of RLIMIT_MEMLOCK was this much for long */
#define LAST_CHUNK  4194304u /* bytes; a growth beyond it gains nothing */
#define GRAIN       16u      /* bytes; alignment, and the step of sizes */

typedef struct chunk {
    struct chunk *next;
    size_t size; /* bytes of the mapping, this header included */
    bool locked;
} chunk;

typedef struct piece {
    struct piece *next;
} piece;

struct cx_tls_vault {
    chunk *chunks; /* newest first */
    size_t at;     /* bytes used of the newest chunk */
    size_t next;   /* bytes of the next chunk */
    size_t used, max, unlocked;
    piece *free[CX_TLS_VAULT_REUSED / GRAIN + 1]; /* by size in grains */
};

static size_t grains(size_t n)
{
    return n ? (n + GRAIN - 1) / GRAIN : 1;
}

cx_tls_vault *cx_tls_vault_new(size_t max)
{
    cx_tls_vault *v = calloc(1, sizeof *v);
    if (v) {
        v->max = max;
        v->next = FIRST_CHUNK;
    }
    return v;
}

/* A new chunk with room for n bytes. What is left of the newest one is lost: at most a piece. */
static bool grow(cx_tls_vault *v, size_t n)
{
    size_t head = grains(sizeof(chunk)) * GRAIN, size = v->next;
    while (size < head + n)
        size *= 2;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return false;
    chunk *c = p;
    *c = (chunk){.next = v->chunks, .size = size, .locked = mlock(p, size) == 0};
    (void)madvise(p, size, MADV_DONTDUMP);
    if (!c->locked)
        v->unlocked += size;
    v->chunks = c;
    v->at = head;
    if (v->next < LAST_CHUNK)
        v->next *= 2;
    return true;
}

void *cx_tls_vault_take(cx_tls_vault *v, size_t n)
{
    size_t count = grains(n), size = count * GRAIN;
    if (n > v->max || size > v->max - v->used)
        return NULL;
    if (size <= CX_TLS_VAULT_REUSED && v->free[count]) {
        piece *p = v->free[count];
        v->free[count] = p->next;
        p->next = NULL; /* the rest was wiped when it was given back */
        v->used += size;
        return p;
    }
    if ((!v->chunks || v->chunks->size - v->at < size) && !grow(v, size))
        return NULL;
    void *p = (char *)v->chunks + v->at;
    v->at += size;
    v->used += size;
    return p;
}

void cx_tls_vault_give(cx_tls_vault *v, void *p, size_t n)
{
    if (!p)
        return;
    size_t count = grains(n), size = count * GRAIN;
    OPENSSL_cleanse(p, size);
    v->used -= size;
    if (size > CX_TLS_VAULT_REUSED)
        return;
    piece *given = p;
    given->next = v->free[count];
    v->free[count] = given;
}

size_t cx_tls_vault_unlocked(const cx_tls_vault *v)
{
    return v->unlocked;
}

void cx_tls_vault_free(cx_tls_vault *v)
{
    if (!v)
        return;
    while (v->chunks) {
        chunk *c = v->chunks;
        size_t size = c->size;
        v->chunks = c->next;
        OPENSSL_cleanse(c, size);
        (void)munmap(c, size);
    }
    free(v);
}
