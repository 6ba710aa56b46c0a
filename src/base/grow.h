/* Room for one more item in an array that grows by doubling. */
#pragma once

#include "base/status.h"

#include <stdlib.h>

#define CX_GROW_FIRST 16u /* items; most lists stay that short */

/* items (owned; NULL with *cap 0) holds n items of size bytes, and has room for *cap. Gives the
 * array with room for one more, to be kept in place of items; NULL without memory, and nothing
 * changed. */
CX_USE static inline void *cx_grow(void *items, size_t size, size_t n, size_t *cap)
{
    if (n < *cap)
        return items;
    size_t more = *cap ? *cap * 2 : CX_GROW_FIRST;
    void *grown = realloc(items, more * size);
    if (grown)
        *cap = more;
    return grown;
}
