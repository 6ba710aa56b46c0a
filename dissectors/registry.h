/* The table of dissectors, built from list.def. */
#pragma once

#include "flow/dissector.h"

/* NULL at the end. */
extern const cx_dissector *const cx_dissectors[];

/* The dissector of that name, or NULL. */
const cx_dissector *cx_dissector_named(const char *name);
