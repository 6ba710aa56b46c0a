/* Issuers of the certificates of a capture: see issuers.h. */
#include "signin/issuers.h"

#include "base/hash.h"
#include "base/text.h"
#include "event/cert.h"

#include <stdlib.h>

#define SLOTS 256u /* of each table; an office meets some dozen issuers */

/* An authority that is no root, by its name. */
typedef struct between {
    uint64_t subject; /* hash; 0: free */
    uint64_t key_id;
    cx_issuer_seen seen;
} between;

/* An issuer that keeps none of the rules for public authorities, and what it signed. */
typedef struct signer {
    uint64_t subject; /* hash; 0: free */
    cx_issuer_names names;
    cx_slice domain[CX_ISSUER_NAMES]; /* inside names */
} signer;

struct cx_issuers {
    between between[SLOTS];
    signer signer[SLOTS];
};

cx_issuers *cx_issuers_new(void)
{
    return calloc(1, sizeof(cx_issuers));
}

void cx_issuers_free(cx_issuers *i)
{
    free(i);
}

static uint64_t hash_of(cx_slice name)
{
    return cx_hash(name.p, name.len, 0) | 1;
}

/* The domain that somebody registered: "contoso.com" of "www.contoso.com", "contoso.co.uk" of
 * "www.contoso.co.uk". Absent for addresses, single labels and names that no public zone has (RFC
 * 6762 G, RFC 8375, RFC 2606). A list of public suffixes would know more of them; names of one
 * suffix that this takes for one domain are then not told apart, which only hides. */
static cx_slice registered_domain(cx_slice name)
{
    static const char *const own[] = {".local",    ".lan",  ".internal", ".corp",    ".home",
                                      ".intranet", ".test", ".arpa",     ".private", ".invalid"};
    size_t dot[3], n = 0;
    if (cx_slice_istarts(name, "*."))
        name = cx_slice_sub(name, 2, name.len - 2);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (cx_slice_iends(name, own[i]))
            return (cx_slice){NULL, 0};
    if (!name.len || cx_host_is_address(name) || cx_host_is_one_label(name))
        return (cx_slice){NULL, 0};
    for (size_t i = name.len; i-- > 0 && n < 3;)
        if (name.p[i] == '.')
            dot[n++] = i;
    bool two = n >= 2 && name.len - dot[0] == 3 && dot[0] - dot[1] <= 4; /* ".co.uk" */
    size_t from = two ? (n == 3 ? dot[2] + 1 : 0) : n >= 2 ? dot[1] + 1 : 0;
    return cx_slice_sub(name, from, name.len - from);
}

static cx_slice name_of(const cx_cert *leaf)
{
    for (uint32_t i = 0; i < leaf->n_san; i++)
        if (leaf->san[i].kind == CX_SAN_DNS)
            return leaf->san[i].text;
    return leaf->common_name;
}

/* Authorities that browsers trust say where revocation is told, and by which policy they issue
 * (CA/Browser Forum Baseline Requirements 7.1.2); so do those of Windows. */
static bool is_private(const cx_cert *leaf)
{
    return !leaf->unreadable && !leaf->self_issued && !leaf->public_rules && !leaf->n_urls;
}

static void note_signer(cx_issuers *i, const cx_cert *leaf, const cx_evidence *at)
{
    const uint64_t subject = hash_of(leaf->issuer);
    cx_slice name = name_of(leaf), domain = registered_domain(name);
    signer *s = &i->signer[subject % SLOTS];
    if (!domain.p || !is_private(leaf) || name.len >= sizeof s->names.of[0].name)
        return;
    if (s->subject != subject)
        *s = (signer){.subject = subject};
    for (uint32_t k = 0; k < s->names.n; k++)
        if (cx_host_eq(s->domain[k], domain))
            return;
    if (s->names.n == CX_ISSUER_NAMES)
        return;
    char *to = s->names.of[s->names.n].name;
    memcpy(to, name.p, name.len);
    to[name.len] = 0;
    s->names.of[s->names.n].at = *at;
    s->domain[s->names.n++] = (cx_slice){(const uint8_t *)to + (domain.p - name.p), domain.len};
}

static between *between_of(const cx_issuers *i, cx_slice subject)
{
    const uint64_t hash = hash_of(subject);
    const between *b = &i->between[hash % SLOTS];
    return b->subject == hash ? (between *)(uintptr_t)b : NULL;
}

void cx_issuers_take(cx_issuers *i, const cx_event *e)
{
    const cx_ev_tls *tls = &e->u.tls;
    if (!tls->n_chain)
        return;
    note_signer(i, &tls->chain[0], &e->at);
    for (uint32_t k = 1; k < tls->n_chain; k++) {
        const cx_cert *ca = &tls->chain[k];
        if (ca->unreadable || ca->self_issued || !ca->ca || between_of(i, ca->subject))
            continue;
        const uint64_t hash = hash_of(ca->subject);
        i->between[hash % SLOTS] = (between){
            .subject = hash, .key_id = ca->key_id, .seen = {.at = e->at, .server = e->server}};
    }
}

void cx_issuers_taken(cx_issuers *i, const cx_event *e)
{
    for (uint32_t k = 1; k < e->u.tls.n_chain; k++) {
        between *b = e->u.tls.chain[k].unreadable ? NULL : between_of(i, e->u.tls.chain[k].subject);
        if (b)
            b->seen.taken = true;
    }
}

void cx_issuers_tell(const cx_issuers *i, cx_conn *conn)
{
    const cx_event *e = conn->tls.server_cert;
    const cx_cert *end = e ? cx_cert_chain_end(&e->u.tls) : NULL;
    if (!end)
        return;
    const between *b = end->self_issued ? NULL : between_of(i, end->issuer);
    if (b && (!b->key_id || !end->issuer_key_id || b->key_id == end->issuer_key_id))
        conn->issuer_seen = b->seen;
    const cx_cert *leaf = &e->u.tls.chain[0];
    const uint64_t subject = hash_of(leaf->issuer);
    const signer *s = &i->signer[subject % SLOTS];
    cx_slice own = registered_domain(name_of(leaf));
    conn->issuer_signs.n = 0;
    if (s->subject != subject || !is_private(leaf) || !own.p)
        return;
    for (uint32_t k = 0; k < s->names.n; k++)
        if (!cx_host_eq(s->domain[k], own))
            conn->issuer_signs.of[conn->issuer_signs.n++] = s->names.of[k];
}
