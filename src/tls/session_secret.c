/* Finds the secrets of SSL 3.0 to TLS 1.2 handshakes, and says what is missing (session.h). */
#include "tls/session_parts.h"

#include "base/limits.h"

#include <openssl/crypto.h>

static cx_slice client_random(const cx_tls_handshake *h)
{
    return (cx_slice){h->randoms.client, sizeof h->randoms.client};
}

cx_slice cx_tls_look_up(const cx_tls_session *s, cx_tls_secret kind, cx_slice name)
{
    cx_tls_opener *o = s->opener;
    cx_slice found = cx_tls_secrets_find(o->secrets, kind, name);
    if (found.p)
        o->totals.marks |= cx_tls_secrets_marks(o->secrets, kind, name);
    return found;
}

/* ---- resumption within the capture ---- */

cx_tls_token cx_tls_token_of(cx_tls_opener *o, char kind, cx_slice bytes)
{
    cx_tls_token t = {0};
    const cx_slice parts[] = {{(const uint8_t *)&kind, 1}, bytes};
    if (bytes.len)
        t.set = cx_tls_crypto_digest(o->crypto, CX_TLS_SHA256, parts, 2, t.digest) == CX_OK;
    return t;
}

static cx_slice learned(const cx_tls_session *s, const cx_tls_token *t)
{
    cx_slice name = {t->digest, sizeof t->digest};
    return t->set ? cx_tls_secrets_find(s->opener->learned, CX_TLS_MASTER_BY_ID, name)
                  : (cx_slice){NULL, 0};
}

static void remember(cx_tls_session *s, const cx_tls_token *t)
{
    cx_tls_secrets *to = s->opener->learned;
    cx_slice name = {t->digest, sizeof t->digest}, master = {s->hs.master, 48};
    if (t->set && cx_tls_secrets_count(to, CX_TLS_MASTER_BY_ID) < CX_MAX_TLS_RESUMED)
        (void)!cx_tls_secrets_put(to, CX_TLS_MASTER_BY_ID, name, master);
}

void cx_tls_learn(cx_tls_session *s)
{
    cx_tls_token id = cx_tls_token_of(s->opener, 'i', (cx_slice){s->hs.id, s->hs.id_len});
    remember(s, &id);
    remember(s, &s->hs.new_ticket);
}

/* ---- pre-master secrets ---- */

/* A pre-master secret of RSA is tried with the key of the certificate, or when that was not seen,
 * with each key: the padding tells. */
void cx_tls_open_exchange(cx_tls_session *s, cx_slice body)
{
    cx_tls_handshake *h = &s->hs;
    cx_tls_opener *o = s->opener;
    size_t n = o->rsa ? cx_tls_rsa_count(o->rsa) : 0;
    if (n == 0 || !h->suite)
        return;
    if (cx_tls_kx_hides((cx_tls_kx)h->suite->kx) || h->ephemeral) {
        h->rsa_why = CX_TLS_WHY_RSA_HIDDEN;
        return;
    }
    if (h->certificate && !h->own_key) {
        h->rsa_why = CX_TLS_WHY_RSA_MISMATCH;
        return;
    }
    size_t from = h->own_key ? h->rsa_key : 0, to = h->own_key ? from + 1 : n;
    h->rsa_why = CX_TLS_WHY_RSA_FAILED;
    for (size_t i = from; i < to; i++) {
        if (o->rsa_left == 0) {
            h->rsa_why = CX_TLS_WHY_WORK;
            return;
        }
        o->rsa_left--;
        if (cx_tls_rsa_open(o->rsa, i, body, h->offered_version, h->version, h->premaster) ==
            CX_OK) {
            h->has_premaster = true;
            o->totals.rsa_keys |= UINT64_C(1) << i; /* i < CX_MAX_RSA_KEYS */
            h->rsa_why = CX_TLS_WHY_READABLE;
            return;
        }
    }
}

/* The pre-master secret of the handshake; p == NULL: none. */
static cx_slice find_premaster(const cx_tls_session *s)
{
    const cx_tls_handshake *h = &s->hs;
    if (h->has_premaster)
        return (cx_slice){h->premaster, sizeof h->premaster};
    cx_slice found = cx_tls_look_up(s, CX_TLS_PREMASTER, client_random(h));
    /* by the start of the ciphertext, which in TLS stands behind its length */
    for (size_t at = 0; !found.p && h->exchanged && at <= 2; at += 2)
        found = cx_tls_look_up(s, CX_TLS_PREMASTER_BY_RSA, (cx_slice){h->sealed + at, 8});
    return found;
}

static cx_tls_why derive_master(cx_tls_session *s, cx_slice premaster)
{
    cx_tls_handshake *h = &s->hs;
    cx_tls_crypto *c = s->opener->crypto;
    if (h->ems && h->digest_len == 0)
        return CX_TLS_WHY_TRANSCRIPT;
    cx_status status =
        h->ems ? cx_tls_extended_master_secret(c, h->version, h->suite, premaster,
                                               (cx_slice){h->digest, h->digest_len}, h->master)
               : cx_tls_master_secret(c, h->version, h->suite, premaster, &h->randoms, h->master);
    return status == CX_OK ? CX_TLS_WHY_READABLE : CX_TLS_WHY_NO_CIPHER;
}

/* ---- master secrets ---- */

static bool copy_master(cx_tls_handshake *h, cx_slice master)
{
    if (master.len != sizeof h->master)
        return false;
    memcpy(h->master, master.p, sizeof h->master);
    return true;
}

static bool find_known_master(cx_tls_session *s)
{
    cx_tls_handshake *h = &s->hs;
    cx_slice id = {h->id, h->id_len};
    if (copy_master(h, cx_tls_look_up(s, CX_TLS_MASTER, client_random(h))))
        return true;
    if (id.len && copy_master(h, cx_tls_look_up(s, CX_TLS_MASTER_BY_ID, id)))
        return true;
    if (!h->abbreviated)
        return false;
    if (copy_master(h, learned(s, &h->asked_ticket)))
        return true;
    cx_slice asked = {h->asked_id, h->asked_id_len};
    cx_tls_token token = {0};
    if (cx_slice_eq(asked, id))
        token = cx_tls_token_of(s->opener, 'i', id);
    return copy_master(h, learned(s, &token));
}

cx_tls_why cx_tls_missing(const cx_tls_session *s)
{
    const cx_tls_handshake *h = &s->hs;
    bool rsa = s->opener->rsa && cx_tls_rsa_count(s->opener->rsa);
    bool logs = cx_tls_any_secret(s->opener->secrets);
    if (!rsa && !logs)
        return CX_TLS_WHY_NO_SECRETS;
    if (!h->offered || (!h->chosen && !s->tls13))
        return h->lost ? CX_TLS_WHY_LOST : CX_TLS_WHY_NO_HANDSHAKE;
    if (!rsa)
        return CX_TLS_WHY_NO_LINE;
    if (s->tls13)
        return logs ? CX_TLS_WHY_NO_LINE : CX_TLS_WHY_RSA_HIDDEN;
    if (h->abbreviated && !h->lost)
        return CX_TLS_WHY_RESUMED;
    if (h->rsa_why == CX_TLS_WHY_RSA_HIDDEN && logs)
        return CX_TLS_WHY_NO_LINE;
    return h->rsa_why != CX_TLS_WHY_READABLE ? h->rsa_why : CX_TLS_WHY_LOST;
}

cx_tls_why cx_tls_find_master(cx_tls_session *s)
{
    cx_tls_handshake *h = &s->hs;
    uint64_t version = cx_tls_secrets_version(s->opener->secrets) + 1;
    if (h->has_master)
        return CX_TLS_WHY_READABLE;
    if (!h->offered || !h->chosen)
        return cx_tls_missing(s);
    if (h->compression)
        return CX_TLS_WHY_COMPRESSED;
    if (!h->suite)
        return CX_TLS_WHY_CIPHER;
    if (!cx_tls_crypto_can(s->opener->crypto, h->suite))
        return CX_TLS_WHY_NO_CIPHER;
    if (h->version_tried == version)
        return cx_tls_missing(s);
    cx_tls_why why = CX_TLS_WHY_READABLE;
    if (!find_known_master(s)) {
        cx_slice premaster = find_premaster(s);
        if (!premaster.p) {
            /* before the key exchange came, what is missing is not settled yet */
            h->version_tried = h->exchanged || h->abbreviated ? version : 0;
            return cx_tls_missing(s);
        }
        why = derive_master(s, premaster);
    }
    h->has_master = why == CX_TLS_WHY_READABLE;
    if (h->has_master)
        cx_tls_learn(s);
    return why;
}

cx_tls_why cx_tls_make_lane(cx_tls_session *s, uint8_t dir)
{
    cx_tls_half *half = &s->half[dir];
    cx_tls_handshake *h = &s->hs;
    cx_tls_opener *o = s->opener;
    cx_tls_why why = cx_tls_find_master(s);
    if (why != CX_TLS_WHY_READABLE)
        return why;
    cx_tls_protection how = {
        .suite = h->suite, .version = h->version, .etm = h->etm, .short_mac = h->short_mac};
    cx_tls_write_keys keys[2];
    cx_status status =
        cx_tls_key_block(o->crypto, h->version, h->suite, h->master, &h->randoms, keys);
    if (status == CX_OK) {
        status = cx_tls_lane_new(o->crypto, o->vault, &o->work, &how,
                                 &keys[cx_tls_from_client(s, dir) ? 0 : 1], &half->lane);
        OPENSSL_cleanse(keys, sizeof keys);
    }
    if (status != CX_OK)
        return status == CX_UNSUPPORTED ? CX_TLS_WHY_NO_CIPHER : CX_TLS_WHY_WORK;
    if (cx_tls_lane_skip(half->lane, &half->place) != CX_OK)
        return CX_TLS_WHY_WORK;
    if (half->some_lost)
        cx_tls_lane_lose(half->lane, half->lost,
                         (cx_slice){half->place.tail, half->place.tail_len});
    return CX_TLS_WHY_READABLE;
}
