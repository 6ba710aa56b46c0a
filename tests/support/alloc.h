/* Allocation failures for tests: the k-th call of malloc, calloc or realloc from now on fails.
 * Works through the linker's --wrap, so the code under test has no hook. */
#pragma once

#include <stddef.h>

/* k = 1: the next call. 0: none fails. */
void test_alloc_fail_at(size_t k);

/* Calls since the last test_alloc_fail_at. */
size_t test_alloc_calls(void);
