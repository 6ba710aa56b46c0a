/* What a capture is known by: the SHA-256 of its content. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define CX_DIGEST_TEXT 65 /* bytes: hexadecimal digits and their end */

/* The SHA-256 of what is in the regular file fd, unpacked, so that compressing it changes nothing;
 * of the bytes as they are where unpacking fails before the end. The position of fd is left alone.
 * tick is called now and then, with the bytes of the file read so far; NULL: not wanted. CX_IO:
 * reading failed (errno); CX_NO_MEMORY. */
CX_USE cx_status cx_digest_file(int fd, void (*tick)(void *self, unsigned long long bytes),
                                void *self, char ret[CX_DIGEST_TEXT]);

/* Of a set: the SHA-256 of the digests of its files, as text, one behind the other. */
CX_USE cx_status cx_digest_texts(char (*texts)[CX_DIGEST_TEXT], size_t n, char ret[CX_DIGEST_TEXT]);
