/* One question of one client, all its tries and the best answer (signin-failures 2.3). */
#pragma once

#include "base/pool.h"
#include "signin/attempt.h"

/* A pool for lookups: they are many, and come and go. Freed by cx_lookups_free, with all of them.
 */
cx_pool cx_lookups_new(void);
void cx_lookups_free(cx_pool *all);

/* A lookup for the query or answer e (kind CX_EV_DNS, CX_EV_LLMNR or CX_EV_NBNS, with a question).
 * NULL: no memory. refs is 1. */
cx_lookup *cx_lookup_new(cx_pool *all, const cx_event *e);

/* A hash of a name, the same in upper and lower case and with a dot at its end. */
uint64_t cx_lookup_name_hash(cx_slice name);

/* A hash of the question of e, whose name has that hash. */
uint32_t cx_lookup_key(const cx_event *e, uint64_t name);

/* e asks or answers the question of l. */
bool cx_lookup_is(const cx_lookup *l, const cx_event *e);

/* Counts a further query, or takes an answer if it is better than the one kept: Windows asks
 * several resolvers, and the first good answer counts. False: no memory, l keeps what it had. */
bool cx_lookup_take(cx_lookup *l, const cx_event *e);

static inline cx_lookup *cx_lookup_ref(cx_lookup *l)
{
    l->refs++;
    return l;
}

/* Gives one reference back; frees with the last. NULL is fine. */
void cx_lookup_drop(cx_lookup *l);

/* a is one of the addresses that the answer gave. */
bool cx_lookup_gives(const cx_lookup *l, const cx_endpoint *a);
