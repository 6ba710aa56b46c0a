/* Compressed captures: a layer between the raw bytes and the input that readers see. It unpacks as
 * it is read, on a fixed amount of memory, and says of damage what the compression says. */
#pragma once

#include "capture/input.h"

typedef struct cx_inflate cx_inflate;

/* The compression that the input at its beginning is in: "gzip" (RFC 1952), "zstd" (RFC 8878),
 * "lz4" (its frame format); NULL: none of these. Takes nothing. */
const char *cx_inflate_method(cx_input *raw);

/* Unpacks raw, which outlives it and is of this method, from where it stands: all members or frames
 * that follow each other. CX_NO_MEMORY. */
CX_USE cx_status cx_inflate_new(cx_input *raw, const char *method, cx_inflate **ret);

/* Makes plain the input over what is unpacked. What cannot be unpacked is a failed read of it, with
 * the reason in plain->trouble and the offset in the compressed bytes there. CX_NO_MEMORY. */
CX_USE cx_status cx_inflate_input(cx_inflate *z, cx_input *plain);

void cx_inflate_free(cx_inflate *z);
