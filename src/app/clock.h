/* Time that passes, for limits and rates: not that of the day, which people set. */
#pragma once

#include <stdint.h>
#include <time.h>

static inline int64_t cx_clock_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* exists on every system with processes */
    return (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}
