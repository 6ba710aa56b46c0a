/* What is remembered of one client: its latest lookups, its open attempts, and whether it behaves
 * like a scanner (scan.h). */
#pragma once

#include "signin/lookup.h"
#include "signin/scan.h"

#define CX_CLIENT_LOOKUPS 64u /* latest questions kept: one automatic sign-in asks some 20 */

#define CX_TARGET_WORDS 4u /* of 64 bits; sign-ins lead to a handful of hosts */

#define CX_AWAKE_NS INT64_C(60000000000) /* a computer that is on says something in this time */

#define CX_RECURSION 4u /* DNS servers asked: from here on it is a resolver for others */

/* What a lookup needs of it comes first. */
typedef struct cx_client {
    cx_endpoint address;      /* port 0 */
    uint32_t next_lookup;     /* place of the next one in the ring */
    uint64_t used;            /* turn of its latest event, for forgetting the idlest */
    uint64_t seen;            /* CX_BIT of the kinds of events met */
    int64_t last_ns, woke_ns; /* of its latest packet that counts for that; end of its latest
                                 silence of CX_AWAKE_NS */
    cx_attempt **open;        /* in order of their beginning */
    uint32_t n_open, cap_open;
    uint32_t n_resolvers;
    cx_evidence
        unread; /* its latest question of which the name, perhaps one of discovery, is cut */
    bool asked; /* it has remembered lookups, now or before */
    cx_endpoint resolver[CX_RECURSION];     /* DNS servers that it asked */
    uint64_t targets[CX_TARGET_WORDS];      /* bits of the names that SRV records led it to */
    uint8_t latest[CX_CLIENT_LOOKUPS];      /* by key modulo that: place + 1; 0: none */
    uint8_t before[CX_CLIENT_LOOKUPS];      /* place + 1 of the one before with such a key */
    uint16_t lookup_key[CX_CLIENT_LOOKUPS]; /* the lower half of cx_lookup_key */
    cx_lookup *lookup[CX_CLIENT_LOOKUPS];   /* ring; NULL: none, or forgotten for others' */
    cx_scan scan;
    bool sip_served;        /* some server answered its SIP */
    int64_t registrar_ns;   /* when a server last answered a REGISTER of it, sign-outs too */
    cx_dropped dropped;     /* the latest, until an attempt has it */
    cx_digest_chain digest; /* up to the latest refusal of a Digest answer */
    cx_exchange *exchanges; /* that may still go on, the latest first; owned while their attempt is
                               not known */
    uint32_t n_exchanges;
} cx_client;

/* An SRV record that the client got leads to a host of this name (cx_lookup_name_hash). */
static inline void cx_client_add_target(cx_client *c, uint64_t name)
{
    c->targets[name / 64 % CX_TARGET_WORDS] |= UINT64_C(1) << name % 64;
}

/* May one do so? */
static inline bool cx_client_may_target(const cx_client *c, uint64_t name)
{
    return c->targets[name / 64 % CX_TARGET_WORDS] >> name % 64 & 1;
}

typedef struct cx_clients cx_clients;

/* NULL: no memory. seed: of the hash. */
cx_clients *cx_clients_new(uint64_t seed);
/* Frees all lookups too, those that attempts still hold among them. */
void cx_clients_free(cx_clients *c);

/* Where their lookups are made. */
cx_pool *cx_clients_lookups(cx_clients *c);

/* The record of the client with this address, made when it is new. NULL: no memory, or full of
 * clients with open attempts. Forgets the idlest quarter when full, counted in *forgotten. */
cx_client *cx_clients_get(cx_clients *c, const cx_endpoint *address, uint64_t *forgotten);

/* Events of the client with this address come soon: asks for the memory that says where its record
 * is, or (near) of the record. There are more clients than a cache holds. */
void cx_clients_expect(const cx_clients *c, const cx_endpoint *address, bool near);

/* Remembers a lookup with the key of its question, taking the caller's reference. Beyond
 * CX_MAX_LOOKUPS of all clients the one that was remembered first is forgotten, which *forgotten
 * counts. */
void cx_clients_remember(cx_clients *c, cx_client *client, cx_lookup *l, uint32_t key,
                         uint64_t *forgotten);

/* The latest lookup with this key, and the one with the same key before it; NULL: there is none.
 * Two questions may have one key. *place is for the next call. */
cx_lookup *cx_client_lookup(const cx_client *c, uint32_t key, uint32_t *place);
cx_lookup *cx_client_lookup_before(const cx_client *c, uint32_t key, uint32_t *place);

/* It sent something at this time of the capture. */
void cx_client_sent(cx_client *c, int64_t ns);

/* Was it never silent for CX_AWAKE_NS between the two? */
bool cx_client_was_awake(const cx_client *c, int64_t from_ns, int64_t until_ns);

/* This client asked that DNS server. */
void cx_client_asked(cx_client *c, const cx_endpoint *server);

bool cx_client_add(cx_client *c, cx_attempt *a);
void cx_client_remove(cx_client *c, const cx_attempt *a);
