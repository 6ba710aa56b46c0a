/* Points in time as people write them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A date or time in UTC (2026-11-24, 2026-11-24T14:02, ...T14:02:01, with Z or a space for the T),
 * or an age: 90s, 30m, 24h, 7d before now. *ret_ns: since 1970. False: it is none, *ret_ns
 * untouched. */
bool cx_when_parse(const char *text, int64_t now_ns, int64_t *ret_ns);
