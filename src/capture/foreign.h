/* Formats that are known by their first bytes and not read. */
#pragma once

#include "base/slice.h"

/* What head begins, and how to turn it into a capture that is read: one line, static. NULL: no
 * format that is known. */
const char *cx_foreign_format(cx_slice head);
