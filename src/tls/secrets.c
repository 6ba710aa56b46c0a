/* The table of secrets (secrets.h): open addressing; slots hold hashes and pointers into a vault.
 */
#include "tls/secrets.h"

#include "base/hash.h"
#include "base/limits.h"
#include "tls/vault.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#define FIRST_SLOTS 64u

typedef struct entry {
    uint16_t len; /* bytes of the secret */
    uint8_t kind, name_len;
    uint32_t marks;
    uint8_t bytes[]; /* name, secret */
} entry;

typedef struct slot {
    uint64_t hash;
    entry *entry; /* NULL: empty */
} slot;

struct cx_tls_secrets {
    const cx_tls_secrets *before;
    uint64_t seed, version;
    uint32_t marks; /* of what is put now */
    uint64_t count[CX_TLS_SECRETS];
    cx_tls_vault *vault;
    slot *slots;
    size_t n_slots, n_entries; /* n_slots: a power of two */
};

typedef struct lengths {
    uint16_t name[2], secret[2]; /* least and most bytes */
} lengths;

static const lengths shape[CX_TLS_SECRETS] = {
    [CX_TLS_MASTER] = {{32, 32}, {48, 48}},
    [CX_TLS_CLIENT_EARLY] = {{32, 32}, {32, 48}},
    [CX_TLS_CLIENT_HANDSHAKE] = {{32, 32}, {32, 48}},
    [CX_TLS_SERVER_HANDSHAKE] = {{32, 32}, {32, 48}},
    [CX_TLS_CLIENT_TRAFFIC] = {{32, 32}, {32, 48}},
    [CX_TLS_SERVER_TRAFFIC] = {{32, 32}, {32, 48}},
    [CX_TLS_PREMASTER] = {{32, 32}, {1, CX_MAX_TLS_PREMASTER}},
    [CX_TLS_PREMASTER_BY_RSA] = {{8, 8}, {48, 48}},
    [CX_TLS_MASTER_BY_ID] = {{1, 32}, {48, 48}},
};

static bool fits(cx_tls_secret kind, size_t name_len, size_t len)
{
    const lengths *l = &shape[kind];
    bool traffic = kind >= CX_TLS_CLIENT_EARLY && kind <= CX_TLS_SERVER_TRAFFIC;
    return name_len >= l->name[0] && name_len <= l->name[1] && len >= l->secret[0] &&
           len <= l->secret[1] && (!traffic || len == 32 || len == 48);
}

cx_tls_secrets *cx_tls_secrets_new(uint64_t seed, const cx_tls_secrets *before)
{
    cx_tls_secrets *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    *s = (cx_tls_secrets){.before = before, .seed = seed};
    s->vault = cx_tls_vault_new(CX_MAX_TLS_SECRETS);
    s->slots = calloc(FIRST_SLOTS, sizeof *s->slots);
    s->n_slots = FIRST_SLOTS;
    if (!s->vault || !s->slots) {
        cx_tls_secrets_free(s);
        return NULL;
    }
    return s;
}

void cx_tls_secrets_free(cx_tls_secrets *s)
{
    if (!s)
        return;
    cx_tls_vault_free(s->vault);
    free(s->slots);
    free(s);
}

static uint64_t hash_of(const cx_tls_secrets *s, cx_tls_secret kind, cx_slice name)
{
    return cx_hash(name.p, name.len, s->seed + kind);
}

/* The slot of that name, or the empty one where it belongs. */
static slot *slot_of(const cx_tls_secrets *s, uint64_t hash, cx_tls_secret kind, cx_slice name)
{
    size_t i = (size_t)hash & (s->n_slots - 1);
    for (;; i = (i + 1) & (s->n_slots - 1)) {
        slot *at = &s->slots[i];
        if (!at->entry ||
            (at->hash == hash && at->entry->kind == kind && at->entry->name_len == name.len &&
             memcmp(at->entry->bytes, name.p, name.len) == 0))
            return at;
    }
}

static cx_status grow(cx_tls_secrets *s)
{
    size_t n = s->n_slots * 2;
    slot *slots = calloc(n, sizeof *slots);
    if (!slots)
        return CX_NO_MEMORY;
    for (size_t i = 0; i < s->n_slots; i++) {
        if (!s->slots[i].entry)
            continue;
        size_t at = (size_t)s->slots[i].hash & (n - 1);
        while (slots[at].entry)
            at = (at + 1) & (n - 1);
        slots[at] = s->slots[i];
    }
    free(s->slots);
    s->slots = slots;
    s->n_slots = n;
    return CX_OK;
}

cx_status cx_tls_secrets_put(cx_tls_secrets *s, cx_tls_secret kind, cx_slice name, cx_slice secret)
{
    if (!fits(kind, name.len, secret.len))
        return CX_MALFORMED;
    if (s->n_entries >= s->n_slots / 4 * 3) {
        cx_status status = grow(s);
        if (status != CX_OK)
            return status;
    }
    uint64_t hash = hash_of(s, kind, name);
    slot *at = slot_of(s, hash, kind, name);
    entry *old = at->entry;
    if (old && old->len == secret.len) {
        memcpy(old->bytes + name.len, secret.p, secret.len);
        old->marks |= s->marks;
        s->version++;
        return CX_OK;
    }
    entry *e = cx_tls_vault_take(s->vault, sizeof *e + name.len + secret.len);
    if (!e)
        return CX_LIMIT;
    e->kind = (uint8_t)kind;
    e->name_len = (uint8_t)name.len; /* fits checked: at most 32 */
    e->len = (uint16_t)secret.len;   /* at most CX_MAX_TLS_PREMASTER */
    e->marks = s->marks | (old ? old->marks : 0);
    memcpy(e->bytes, name.p, name.len);
    memcpy(e->bytes + name.len, secret.p, secret.len);
    if (old)
        cx_tls_vault_give(s->vault, old, sizeof *old + old->name_len + old->len);
    else
        s->n_entries++, s->count[kind]++;
    *at = (slot){.hash = hash, .entry = e};
    s->version++;
    return CX_OK;
}

void cx_tls_secrets_mark(cx_tls_secrets *s, uint32_t marks)
{
    s->marks = marks;
}

/* What the person gave, in the tables before, outweighs what a capture brings. */
static const entry *entry_of(const cx_tls_secrets *s, cx_tls_secret kind, cx_slice name)
{
    const entry *found = s->before ? entry_of(s->before, kind, name) : NULL;
    if (found || s->count[kind] == 0 || !name.p)
        return found;
    return slot_of(s, hash_of(s, kind, name), kind, name)->entry;
}

cx_slice cx_tls_secrets_find(const cx_tls_secrets *s, cx_tls_secret kind, cx_slice name)
{
    const entry *e = entry_of(s, kind, name);
    return e ? (cx_slice){e->bytes + e->name_len, e->len} : (cx_slice){NULL, 0};
}

uint32_t cx_tls_secrets_marks(const cx_tls_secrets *s, cx_tls_secret kind, cx_slice name)
{
    const entry *e = entry_of(s, kind, name);
    return e ? e->marks : 0;
}

bool cx_tls_secrets_know(const cx_tls_secrets *s, cx_slice client_random)
{
    for (cx_tls_secret kind = CX_TLS_MASTER; kind <= CX_TLS_PREMASTER; kind++)
        if (cx_tls_secrets_find(s, kind, client_random).p)
            return true;
    return false;
}

uint64_t cx_tls_secrets_count(const cx_tls_secrets *s, cx_tls_secret kind)
{
    return s->count[kind] + (s->before ? cx_tls_secrets_count(s->before, kind) : 0);
}

uint64_t cx_tls_secrets_version(const cx_tls_secrets *s)
{
    return s->version + (s->before ? cx_tls_secrets_version(s->before) : 0);
}

size_t cx_tls_secrets_unlocked(const cx_tls_secrets *s)
{
    return cx_tls_vault_unlocked(s->vault) + (s->before ? cx_tls_secrets_unlocked(s->before) : 0);
}
