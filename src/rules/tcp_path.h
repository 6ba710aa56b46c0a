/* What the path does to connections, as other rules ask it. */
#pragma once

#include "rules/judging.h"

/* The RST on c came with another TTL than the server's own packets, and sooner than the server can
 * have answered: a device on the way sent it in the server's name. */
bool cx_is_reset_by_another(const cx_attempt *a, const cx_conn *c);
