/* The shared table of contents (batch_claims.h): open addressing, filled by compare and swap. */
#include "app/batch_claims.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#define SLOTS  (CX_CLAIMS_BYTES / sizeof(uint64_t))
#define PROBES 64 /* places looked at before the table counts as full */

bool cx_claims_new(cx_claims *ret)
{
    void *p = mmap(NULL, CX_CLAIMS_BYTES, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return false;
    ret->slots = p;
    return true;
}

void cx_claims_free(cx_claims *claims)
{
    if (claims->slots)
        (void)munmap((void *)claims->slots, CX_CLAIMS_BYTES);
    claims->slots = NULL;
}

/* The first half of the digest; 0 is an empty place. */
static uint64_t key_of(const char *sha256)
{
    uint64_t key = 0;
    for (size_t i = 0; i < 16 && sha256[i]; i++)
        key = key << 4 | (uint64_t)(sha256[i] <= '9' ? sha256[i] - '0' : sha256[i] - 'a' + 10);
    return key ? key : 1;
}

bool cx_claims_take(const cx_claims *claims, const char *sha256)
{
    uint64_t key = key_of(sha256);
    for (size_t i = 0; i < PROBES; i++) {
        uint64_t there = 0;
        if (atomic_compare_exchange_strong(&claims->slots[(key + i) % SLOTS], &there, key))
            return true;
        if (there == key)
            return false;
    }
    return false;
}
