/* Client records: see client.h. A hash table of pointers with linear probing. */
#include "signin/client.h"

#include "base/cache_line.h"
#include "base/hash.h"
#include "base/limits.h"
#include "signin/exchange.h"

#include <stddef.h>
#include <stdlib.h>

struct cx_clients {
    cx_client **slot;
    uint32_t cap, n, n_lookups;
    cx_lookup *oldest, *newest; /* of those remembered */
    cx_pool lookups;
    uint64_t seed, turn;
    uint64_t purge_at; /* turn before which looking for clients to forget is not worth its time */
};

cx_clients *cx_clients_new(uint64_t seed)
{
    cx_clients *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->lookups = cx_lookups_new();
    c->seed = seed;
    c->cap = 256;
    c->slot = calloc(c->cap, sizeof(cx_client *));
    if (!c->slot) {
        free(c);
        return NULL;
    }
    return c;
}

static void forget_lookup(cx_clients *c, cx_lookup *l)
{
    *(l->older ? &l->older->newer : &c->oldest) = l->newer;
    *(l->newer ? &l->newer->older : &c->newest) = l->older;
    l->older = l->newer = NULL;
    l->owner->lookup[l->place] = NULL;
    l->owner = NULL;
    c->n_lookups--;
    cx_lookup_drop(l);
}

/* But for its lookups. */
static void client_free(cx_client *c)
{
    while (c->exchanges) { /* those with an attempt have left */
        cx_exchange *x = c->exchanges;
        c->exchanges = x->next;
        cx_exchange_free(x);
    }
    free(c->open);
    free(c);
}

void cx_clients_free(cx_clients *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->cap; i++)
        if (c->slot[i])
            client_free(c->slot[i]);
    cx_lookups_free(&c->lookups);
    free(c->slot);
    free(c);
}

cx_pool *cx_clients_lookups(cx_clients *c)
{
    return &c->lookups;
}

static uint32_t home(const cx_clients *c, const cx_endpoint *address)
{
    return (uint32_t)cx_hash(address->addr, sizeof address->addr, c->seed) & (c->cap - 1);
}

static void insert(cx_clients *c, cx_client *client)
{
    uint32_t i = home(c, &client->address);
    while (c->slot[i])
        i = (i + 1) & (c->cap - 1);
    c->slot[i] = client;
}

/* Moves all records to a table of cap slots, leaving out those that keep() refuses. */
static bool rebuild(cx_clients *c, uint32_t cap, uint64_t forget_before, uint64_t *forgotten)
{
    cx_client **slot = calloc(cap, sizeof(cx_client *));
    if (!slot)
        return false;
    cx_client **old = c->slot;
    uint32_t old_cap = c->cap;
    c->slot = slot;
    c->cap = cap;
    c->n = 0;
    for (uint32_t i = 0; i < old_cap; i++) {
        if (!old[i])
            continue;
        if (old[i]->used < forget_before && old[i]->n_open == 0 && !old[i]->exchanges) {
            for (uint32_t k = 0; k < CX_CLIENT_LOOKUPS; k++)
                if (old[i]->lookup[k])
                    forget_lookup(c, old[i]->lookup[k]);
            client_free(old[i]);
            ++*forgotten;
            continue;
        }
        insert(c, old[i]);
        c->n++;
    }
    free(old);
    return true;
}

static bool make_room(cx_clients *c, uint64_t *forgotten)
{
    if (c->n * 2 < c->cap)
        return true;
    if (c->n < CX_MAX_CLIENTS)
        return rebuild(c, c->cap * 2, 0, forgotten);
    /* a full table of clients in the middle of a sign-in frees nothing, however often it is asked
     */
    if (c->turn < c->purge_at)
        return false;
    c->purge_at = c->turn + CX_MAX_CLIENTS / 4u;
    /* Turns count events, so the newest quarter of a table's worth of turns is what is in use. */
    uint64_t keep = CX_MAX_CLIENTS / 4u * 3u;
    if (!rebuild(c, c->cap, c->turn > keep ? c->turn - keep : 0, forgotten))
        return false;
    return c->n < CX_MAX_CLIENTS;
}

cx_client *cx_clients_get(cx_clients *c, const cx_endpoint *address, uint64_t *forgotten)
{
    c->turn++;
    for (uint32_t i = home(c, address); c->slot[i]; i = (i + 1) & (c->cap - 1))
        if (cx_addr_eq(&c->slot[i]->address, address)) {
            c->slot[i]->used = c->turn;
            return c->slot[i];
        }
    if (!make_room(c, forgotten))
        return NULL;
    cx_client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    client->address = *address;
    client->address.port = 0;
    client->used = c->turn;
    insert(c, client);
    c->n++;
    return client;
}

void cx_clients_expect(const cx_clients *c, const cx_endpoint *address, bool near)
{
    cx_client *const *slot = &c->slot[home(c, address)];
    if (near && *slot) /* or the record of another one, which does no harm */
        cx_ask_for(*slot, offsetof(cx_client, scan));
    else
        __builtin_prefetch(slot);
}

/* The place is about to be used again: what it held is the oldest of its chain. */
static void leave_chain(cx_client *c, uint32_t place)
{
    uint8_t *link = &c->latest[c->lookup_key[place] % CX_CLIENT_LOOKUPS];
    while (*link && *link != place + 1)
        link = &c->before[*link - 1];
    *link = 0;
}

static void join_chain(cx_client *c, uint32_t place, uint32_t key)
{
    uint8_t *latest = &c->latest[key % CX_CLIENT_LOOKUPS];
    c->lookup_key[place] = (uint16_t)key;
    c->before[place] = *latest;
    *latest = (uint8_t)(place + 1);
}

void cx_clients_remember(cx_clients *c, cx_client *client, cx_lookup *l, uint32_t key,
                         uint64_t *forgotten)
{
    const uint32_t place = client->next_lookup;
    if (client->lookup[place])
        forget_lookup(c, client->lookup[place]);
    if (c->n_lookups >= CX_MAX_LOOKUPS) {
        if (c->oldest->newer) /* to be forgotten with the next one that comes */
            cx_ask_for(c->oldest->newer, sizeof(cx_lookup));
        forget_lookup(c, c->oldest);
        ++*forgotten;
    }
    leave_chain(client, place);
    join_chain(client, place, key);
    client->lookup[place] = l;
    client->asked = true;
    client->next_lookup = (place + 1) % CX_CLIENT_LOOKUPS;
    l->owner = client;
    l->place = place;
    l->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = l;
    c->newest = l;
    c->n_lookups++;
}

static cx_lookup *lookup_from(const cx_client *c, uint32_t key, uint32_t *place)
{
    while (*place && (c->lookup_key[*place - 1] != (uint16_t)key || !c->lookup[*place - 1]))
        *place = c->before[*place - 1];
    return *place ? c->lookup[*place - 1] : NULL;
}

cx_lookup *cx_client_lookup(const cx_client *c, uint32_t key, uint32_t *place)
{
    *place = c->latest[key % CX_CLIENT_LOOKUPS];
    return lookup_from(c, key, place);
}

cx_lookup *cx_client_lookup_before(const cx_client *c, uint32_t key, uint32_t *place)
{
    *place = c->before[*place - 1];
    return lookup_from(c, key, place);
}

void cx_client_sent(cx_client *c, int64_t ns)
{
    if (ns > c->last_ns && ns - c->last_ns >= CX_AWAKE_NS)
        c->woke_ns = ns;
    c->last_ns = ns > c->last_ns ? ns : c->last_ns;
}

bool cx_client_was_awake(const cx_client *c, int64_t from_ns, int64_t until_ns)
{
    return c->woke_ns <= from_ns && c->last_ns > from_ns &&
           (c->last_ns >= until_ns || until_ns - c->last_ns < CX_AWAKE_NS);
}

void cx_client_asked(cx_client *c, const cx_endpoint *server)
{
    for (uint32_t i = 0; i < c->n_resolvers; i++)
        if (cx_addr_eq(&c->resolver[i], server))
            return;
    if (c->n_resolvers < CX_RECURSION)
        c->resolver[c->n_resolvers++] = *server;
}

bool cx_client_add(cx_client *c, cx_attempt *a)
{
    if (c->n_open == c->cap_open) {
        uint32_t cap = c->cap_open ? c->cap_open * 2 : 2;
        cx_attempt **open = realloc(c->open, cap * sizeof(cx_attempt *));
        if (!open)
            return false;
        c->open = open;
        c->cap_open = cap;
    }
    c->open[c->n_open++] = a;
    return true;
}

void cx_client_remove(cx_client *c, const cx_attempt *a)
{
    for (uint32_t i = 0; i < c->n_open; i++)
        if (c->open[i] == a) {
            memmove(&c->open[i], &c->open[i + 1], (c->n_open - i - 1) * sizeof(cx_attempt *));
            c->n_open--;
            return;
        }
}
