/* Lines of the processor's cache: what memory comes in. */
#pragma once

#include <stddef.h>

#define CX_LINE 64u /* bytes */

/* Asks for memory that will be written soon, so that nobody waits for it then. */
static inline void cx_ask_for(const void *memory, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += CX_LINE)
        __builtin_prefetch((const char *)memory + i, 1);
}
