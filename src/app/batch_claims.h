/* Contents that are known, or that a worker reads at this moment: a table that the workers of a run
 * share, so that a capture that is there already is not read a second time and nobody has to be
 * asked. It holds parts of digests and is a hint alone: the database has the last word. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CX_CLAIMS_BYTES 33554432u /* 4 million contents; memory only as far as it is used */

typedef struct cx_claims {
    _Atomic uint64_t *slots; /* shared with processes forked later */
} cx_claims;

/* False: no memory. */
bool cx_claims_new(cx_claims *ret);
void cx_claims_free(cx_claims *claims);

/* Claims the content with that SHA-256 (64 digits). False: somebody has, or the table is full. */
bool cx_claims_take(const cx_claims *claims, const char *sha256);
