/* The processors this process may run on. */
#pragma once

#include <sched.h>
#include <stddef.h>
#include <stdint.h>

/* At least 1. Asks at each call: a scheduler may have narrowed them. */
static inline uint32_t cx_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1; /* more than a cpu_set_t holds, or not told */
    int n = CPU_COUNT(&set);
    return n > 0 ? (uint32_t)n : 1;
}

#define CX_ANY_PROCESSOR (-1)

/* The number of the one at this place among them; CX_ANY_PROCESSOR: there are not so many. */
static inline int cx_processor_at(size_t place)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return CX_ANY_PROCESSOR;
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET((size_t)i, &set) && place-- == 0)
            return i;
    return CX_ANY_PROCESSOR;
}

/* This process, and those forked from it, stay on that one. Only makes them faster. */
static inline void cx_processor_stay(int processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (processor == CX_ANY_PROCESSOR)
        return;
    CPU_SET((size_t)processor, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}
