/* Finds the place of a lane behind a loss: which number the record has that came next, and for a
 * stream cipher how far the key stream went on. A number is right when the MAC or the tag fits, so
 * nothing is guessed; each trial is paid for out of the common allowance of work.
 *
 * In G bytes that were lost there are at most G / (5 + the smallest body) records. Some more are
 * tried, for a loss is sometimes larger than the capture tells. */
#include "tls/record_parts.h"

#include "base/limits.h"

#define SLACK 64u /* records tried beyond those that fit into the loss */

/* Pays for a trial over n bytes. False: nothing is left. */
static bool pay(cx_tls_lane *l, size_t n)
{
    uint64_t price = n + 64;
    if (*l->work < price)
        return false;
    *l->work -= price;
    return true;
}

/* The most records that may have been lost. */
static uint64_t most_lost(const cx_tls_lane *l)
{
    size_t least =
        cx_tls_is_aead(l) ? (size_t)l->shape->tag + (cx_tls_explicit_nonce(l) ? 8 : 1) : l->mac_len;
    if (l->lost == CX_TLS_UNKNOWN)
        return CX_MAX_TLS_SEARCH;
    uint64_t most = l->lost / (5 + least) + SLACK;
    return most < CX_MAX_TLS_SEARCH ? most : CX_MAX_TLS_SEARCH;
}

static bool search_aead(cx_tls_lane *l, const cx_tls_record *r, uint8_t *room, cx_tls_opened *ret,
                        uint64_t *ret_seq)
{
    uint64_t most = most_lost(l);
    if (cx_tls_explicit_nonce(l)) {
        /* nearly everybody counts nonces like records, from 0 or from any number */
        const uint64_t hints[] = {cx_tls_nonce(r->body) - l->nonce_lead, cx_tls_nonce(r->body)};
        for (int i = 0; i < 2; i++) {
            if (hints[i] < l->seq || !pay(l, r->body.len))
                continue;
            if (cx_tls_try_aead(l, hints[i], r, room, ret)) {
                *ret_seq = hints[i];
                return true;
            }
        }
    }
    for (uint64_t i = 0; i <= most && pay(l, r->body.len); i++) {
        if (cx_tls_try_aead(l, l->seq + i, r, room, ret)) {
            *ret_seq = l->seq + i;
            return true;
        }
    }
    return false;
}

/* MAC suites whose records stand for themselves: one deciphering, many MACs. */
static bool search_mac(cx_tls_lane *l, const cx_tls_record *r, uint8_t *room, cx_tls_opened *ret,
                       uint64_t *ret_seq)
{
    uint64_t most = most_lost(l);
    cx_tls_unsealed u;
    if (!cx_tls_unseal(l, l->cipher, r, room, &u))
        return false;
    for (uint64_t i = 0; i <= most && pay(l, u.content.len); i++) {
        if (cx_tls_mac_fits(l, l->seq + i, r, &u) && cx_tls_finish(l, r, &u, room, ret)) {
            *ret_seq = l->seq + i;
            return true;
        }
    }
    return false;
}

/* Stream cipher: k lost records had k headers, all other lost bytes used up key stream. From the
 * most records, so the least key stream, to one. */
static bool search_stream(cx_tls_lane *l, const cx_tls_record *r, uint8_t *room, cx_tls_opened *ret,
                          uint64_t *ret_seq)
{
    uint64_t least = 5 + l->mac_len, k = l->lost / least;
    if (l->lost == CX_TLS_UNKNOWN || k == 0 || k > CX_MAX_TLS_SEARCH || !pay(l, l->lost))
        return false;
    bool found = false;
    EVP_CIPHER_CTX *at = EVP_CIPHER_CTX_new(), *trial = EVP_CIPHER_CTX_new();
    bool ok = at && trial && EVP_CIPHER_CTX_copy(at, l->cipher) == 1 &&
              cx_tls_move_on(at, l->lost - 5 * k);
    for (; ok && !found && k && pay(l, r->body.len + 1024); k--) { /* 1024: the copy of RC4 */
        cx_tls_unsealed u;
        ok = EVP_CIPHER_CTX_copy(trial, at) == 1 && cx_tls_move_on(at, 5);
        found = ok && cx_tls_unseal(l, trial, r, room, &u) &&
                cx_tls_mac_fits(l, l->seq + k, r, &u) && cx_tls_finish(l, r, &u, room, ret);
        if (found)
            *ret_seq = l->seq + k;
    }
    if (found) {
        EVP_CIPHER_CTX *old = l->cipher;
        l->cipher = trial;
        trial = old;
    }
    EVP_CIPHER_CTX_free(at);
    EVP_CIPHER_CTX_free(trial);
    return found;
}

bool cx_tls_search(cx_tls_lane *l, const cx_tls_record *r, uint8_t *room, cx_tls_opened *ret,
                   uint64_t *ret_seq)
{
    if (cx_tls_is_aead(l))
        return search_aead(l, r, room, ret, ret_seq);
    if (l->shape->kind == CX_TLS_STREAM && l->lost)
        return search_stream(l, r, room, ret, ret_seq);
    if (l->shape->kind == CX_TLS_STREAM) { /* nothing was lost after all */
        cx_tls_unsealed u;
        *ret_seq = l->seq;
        return cx_tls_unseal(l, l->cipher, r, room, &u) && cx_tls_mac_fits(l, l->seq, r, &u) &&
               cx_tls_finish(l, r, &u, room, ret);
    }
    return search_mac(l, r, room, ret, ret_seq);
}
