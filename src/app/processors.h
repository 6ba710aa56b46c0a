/* How many processors this process may run on. */
#pragma once

#include <sched.h>
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
