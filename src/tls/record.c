/* Opens records in order (record.h). */
#include "tls/record_parts.h"

#include "base/limits.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#define MAX_FAILED 3u /* records in a row; more than damage in the capture would be */

#define SHORT_MAC 10u /* bytes of a truncated HMAC (RFC 6066 7) */

/* ---- AEAD ---- */

static void put_be64(uint8_t *to, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)(n >> (56 - 8 * i));
}

/* fixed 4 bytes and 8 from the record, or the fixed ones mixed with the number (RFC 5288 3, RFC
 * 7905 2, RFC 8446 5.3) */
static void nonce_of(const cx_tls_lane *l, uint64_t seq, cx_slice body, uint8_t nonce[12])
{
    memcpy(nonce, l->iv, 12);
    if (cx_tls_explicit_nonce(l)) {
        memcpy(nonce + 4, body.p, 8);
        return;
    }
    for (int i = 0; i < 8; i++)
        nonce[4 + i] ^= (uint8_t)(seq >> (56 - 8 * i));
}

/* Additional data (RFC 5246 6.2.3.3, RFC 8446 5.2; before draft 25 none). Its length. */
static size_t additional_data(const cx_tls_lane *l, uint64_t seq, const cx_tls_record *r,
                              size_t len, uint8_t aad[13])
{
    uint8_t *p = aad;
    if (l->how.version == CX_TLS_TLS13) {
        if (l->how.draft && l->how.draft < 25)
            return 0;
        len = r->body.len;
    } else {
        put_be64(p, seq);
        p += 8;
    }
    *p++ = r->type;
    *p++ = (uint8_t)(r->version >> 8);
    *p++ = (uint8_t)r->version;
    *p++ = (uint8_t)(len >> 8);
    *p++ = (uint8_t)len;
    return (size_t)(p - aad);
}

/* CCM wants lengths first, and checks the tag while it deciphers (RFC 3610). EVP_DecryptUpdate
 * would pass over the check of an empty text, EVP_Cipher does not. */
static bool run_ccm(const cx_tls_lane *l, const uint8_t nonce[12], cx_slice aad, cx_slice text,
                    uint8_t *tag, uint8_t *room)
{
    int n, len = (int)text.len;
    return EVP_CIPHER_CTX_ctrl(l->cipher, EVP_CTRL_AEAD_SET_TAG, l->shape->tag, tag) == 1 &&
           EVP_DecryptInit_ex2(l->cipher, NULL, NULL, nonce, NULL) == 1 &&
           EVP_DecryptUpdate(l->cipher, NULL, &n, NULL, len) == 1 &&
           (aad.len == 0 || EVP_DecryptUpdate(l->cipher, NULL, &n, aad.p, (int)aad.len) == 1) &&
           EVP_Cipher(l->cipher, room, text.p, (unsigned)len) == len;
}

static bool run_aead(const cx_tls_lane *l, const uint8_t nonce[12], cx_slice aad, cx_slice text,
                     uint8_t *tag, uint8_t *room)
{
    int n = 0, last = 0;
    return EVP_DecryptInit_ex2(l->cipher, NULL, NULL, nonce, NULL) == 1 &&
           (aad.len == 0 || EVP_DecryptUpdate(l->cipher, NULL, &n, aad.p, (int)aad.len) == 1) &&
           EVP_DecryptUpdate(l->cipher, room, &n, text.p, (int)text.len) == 1 &&
           EVP_CIPHER_CTX_ctrl(l->cipher, EVP_CTRL_AEAD_SET_TAG, l->shape->tag, tag) == 1 &&
           EVP_DecryptFinal_ex(l->cipher, room + n, &last) == 1;
}

/* The type behind the content, and zeroes behind that (RFC 8446 5.4). */
static bool inner_of(cx_slice bytes, cx_tls_opened *ret)
{
    size_t n = bytes.len;
    while (n && bytes.p[n - 1] == 0)
        n--;
    if (n == 0)
        return false;
    *ret = (cx_tls_opened){.type = bytes.p[n - 1], .bytes = {bytes.p, n - 1}};
    return true;
}

bool cx_tls_try_aead(cx_tls_lane *l, uint64_t seq, const cx_tls_record *r, uint8_t *room,
                     cx_tls_opened *ret)
{
    size_t front = cx_tls_explicit_nonce(l) ? 8 : 0, tag_len = l->shape->tag;
    uint8_t nonce[12], aad[13], tag[16];
    if (r->body.len < front + tag_len)
        return false;
    cx_slice text = cx_slice_sub(r->body, front, r->body.len - front - tag_len);
    memcpy(tag, r->body.p + r->body.len - tag_len, tag_len);
    nonce_of(l, seq, r->body, nonce);
    cx_slice data = {aad, additional_data(l, seq, r, text.len, aad)};
    ERR_set_mark();
    bool ok = l->shape->kind == CX_TLS_CCM ? run_ccm(l, nonce, data, text, tag, room)
                                           : run_aead(l, nonce, data, text, tag, room);
    ERR_pop_to_mark();
    if (!ok)
        return false;
    cx_slice bytes = {room, text.len};
    if (l->how.version == CX_TLS_TLS13)
        return inner_of(bytes, ret);
    *ret = (cx_tls_opened){.type = r->type, .bytes = bytes};
    return true;
}

/* ---- MAC ---- */

/* hash(key + pad2 + hash(key + pad1 + seq + type + length + content)) (RFC 6101 5.2.3.1) */
static bool ssl3_mac(cx_tls_lane *l, uint64_t seq, uint8_t type, cx_slice content, uint8_t *ret)
{
    cx_tls_hash hash = (cx_tls_hash)l->how.suite->mac;
    size_t key_len = cx_tls_hash_len(hash), pad_len = hash == CX_TLS_MD5 ? 48 : 40;
    uint8_t head[11], inner[20], pad[48];
    put_be64(head, seq);
    head[8] = type;
    head[9] = (uint8_t)(content.len >> 8);
    head[10] = (uint8_t)content.len;
    memset(pad, 0x36, pad_len);
    const cx_slice first[] = {{l->mac_key, key_len}, {pad, pad_len}, {head, 11}, content};
    if (cx_tls_crypto_digest(l->crypto, hash, first, 4, inner) != CX_OK)
        return false;
    memset(pad, 0x5c, pad_len);
    const cx_slice second[] = {{l->mac_key, key_len}, {pad, pad_len}, {inner, key_len}};
    return cx_tls_crypto_digest(l->crypto, hash, second, 3, ret) == CX_OK;
}

bool cx_tls_mac_fits(cx_tls_lane *l, uint64_t seq, const cx_tls_record *r, const cx_tls_unsealed *u)
{
    uint8_t mac[EVP_MAX_MD_SIZE], head[13];
    if (l->how.version == CX_TLS_SSL30)
        return ssl3_mac(l, seq, r->type, u->content, mac) && !memcmp(mac, u->mac, l->mac_len);
    put_be64(head, seq);
    head[8] = r->type;
    head[9] = (uint8_t)(r->version >> 8);
    head[10] = (uint8_t)r->version;
    head[11] = (uint8_t)(u->content.len >> 8);
    head[12] = (uint8_t)u->content.len;
    /* with the key anew: before OpenSSL 3.0.3 HMAC does not begin again without it */
    return EVP_MAC_init(l->hmac, l->mac_key, cx_tls_hash_len((cx_tls_hash)l->how.suite->mac),
                        NULL) == 1 &&
           EVP_MAC_update(l->hmac, head, sizeof head) == 1 &&
           EVP_MAC_update(l->hmac, u->content.p, u->content.len) == 1 &&
           EVP_MAC_final(l->hmac, mac, NULL, sizeof mac) == 1 && !memcmp(mac, u->mac, l->mac_len);
}

/* ---- CBC ---- */

static bool explicit_iv(const cx_tls_lane *l)
{
    return l->how.version >= CX_TLS_TLS11;
}

/* Deciphers whole blocks. ret: the plaintext in room. */
static bool run_cbc(const cx_tls_lane *l, cx_slice body, uint8_t *room, cx_slice *ret)
{
    size_t block = l->shape->iv, front = explicit_iv(l) ? block : 0;
    if (body.len < front + block || body.len % block || (!front && !l->iv_known))
        return false;
    cx_slice text = cx_slice_sub(body, front, body.len);
    int n = 0;
    if (EVP_DecryptInit_ex2(l->cipher, NULL, NULL, front ? body.p : l->iv, NULL) != 1 ||
        EVP_DecryptUpdate(l->cipher, room, &n, text.p, (int)text.len) != 1 || (size_t)n != text.len)
        return false;
    *ret = (cx_slice){room, text.len};
    return true;
}

/* Bytes in front of the padding; `least` of them must be there. The last byte is the number of the
 * others, which in TLS all have that value (RFC 5246 6.2.3.2); in SSL 3.0 they are less than a
 * block and of any value (RFC 6101 5.2.3.2). */
static bool take_off_padding(const cx_tls_lane *l, cx_slice bytes, size_t least, size_t *ret)
{
    size_t pad = bytes.p[bytes.len - 1];
    if (pad + 1 + least > bytes.len)
        return false;
    size_t n = bytes.len - pad - 1;
    if (l->how.version == CX_TLS_SSL30) {
        if (pad >= l->shape->iv)
            return false;
    } else {
        for (size_t i = n; i < bytes.len; i++)
            if (bytes.p[i] != pad)
                return false;
    }
    *ret = n;
    return true;
}

bool cx_tls_unseal(cx_tls_lane *l, EVP_CIPHER_CTX *cipher, const cx_tls_record *r, uint8_t *room,
                   cx_tls_unsealed *ret)
{
    cx_slice bytes = r->body;
    size_t end;
    if (bytes.len < l->mac_len)
        return false;
    if (cx_tls_mac_outside(l)) {
        end = bytes.len - l->mac_len;
    } else if (l->shape->kind == CX_TLS_CBC) {
        if (!run_cbc(l, r->body, room, &bytes) || !take_off_padding(l, bytes, l->mac_len, &end))
            return false;
        end -= l->mac_len;
    } else {
        int n = 0;
        if (cipher && (EVP_DecryptUpdate(cipher, room, &n, bytes.p, (int)bytes.len) != 1 ||
                       (size_t)n != bytes.len))
            return false;
        if (cipher)
            bytes.p = room;
        end = bytes.len - l->mac_len;
    }
    *ret = (cx_tls_unsealed){.content = {bytes.p, end}, .mac = bytes.p + end};
    return true;
}

bool cx_tls_finish(cx_tls_lane *l, const cx_tls_record *r, const cx_tls_unsealed *u, uint8_t *room,
                   cx_tls_opened *ret)
{
    cx_slice bytes = u->content;
    if (cx_tls_mac_outside(l)) {
        size_t n;
        if (!run_cbc(l, u->content, room, &bytes) || !take_off_padding(l, bytes, 0, &n))
            return false;
        bytes.len = n;
    } else if (bytes.p != room && bytes.len) {
        memcpy(room, bytes.p, bytes.len); /* no cipher: it lies in the record */
    }
    *ret = (cx_tls_opened){.type = r->type, .bytes = {room, bytes.len}};
    return true;
}

/* ---- lanes ---- */

void cx_tls_place_skip(cx_tls_place *p, size_t len, cx_slice tail)
{
    size_t keep = tail.len < sizeof p->tail ? tail.len : sizeof p->tail;
    p->records++;
    p->bytes += len;
    p->tail_len = (uint8_t)keep;
    if (keep)
        memcpy(p->tail, tail.p + tail.len - keep, keep);
}

static bool ready_cipher(cx_tls_lane *l, const cx_tls_write_keys *keys)
{
    const EVP_CIPHER *cipher = cx_tls_crypto_cipher(l->crypto, (cx_tls_cipher)l->how.suite->cipher);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    l->cipher = c;
    if (!c || EVP_DecryptInit_ex2(c, cipher, NULL, NULL, NULL) != 1)
        return false;
    if (EVP_CIPHER_CTX_get_key_length(c) != l->shape->key &&
        EVP_CIPHER_CTX_set_key_length(c, l->shape->key) != 1)
        return false;
    if (l->shape->kind == CX_TLS_CCM &&
        (EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) != 1 ||
         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, l->shape->tag, NULL) != 1))
        return false;
    return EVP_DecryptInit_ex2(c, NULL, keys->key, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_set_padding(c, 0) == 1;
}

static bool ready_mac(cx_tls_lane *l, const cx_tls_write_keys *keys)
{
    cx_tls_hash hash = (cx_tls_hash)l->how.suite->mac;
    size_t len = cx_tls_hash_len(hash);
    l->mac_len = l->how.short_mac && len > SHORT_MAC ? SHORT_MAC : (unsigned)len;
    memcpy(l->mac_key, keys->mac, len);
    if (l->how.version == CX_TLS_SSL30)
        return hash == CX_TLS_MD5 || hash == CX_TLS_SHA1;
    l->hmac = cx_tls_crypto_hmac(l->crypto, hash, (cx_slice){keys->mac, len});
    return l->hmac != NULL;
}

cx_status cx_tls_lane_new(cx_tls_crypto *crypto, cx_tls_vault *vault, uint64_t *work,
                          const cx_tls_protection *how, const cx_tls_write_keys *keys,
                          cx_tls_lane **ret)
{
    if (!cx_tls_crypto_can(crypto, how->suite))
        return CX_UNSUPPORTED;
    cx_tls_lane *l = cx_tls_vault_take(vault, sizeof *l);
    if (!l)
        return CX_NO_MEMORY;
    *l = (cx_tls_lane){.crypto = crypto,
                       .vault = vault,
                       .work = work,
                       .how = *how,
                       .shape = cx_tls_cipher_shape_of((cx_tls_cipher)how->suite->cipher),
                       .iv_known = true};
    memcpy(l->iv, keys->iv, sizeof l->iv);
    ERR_set_mark();
    bool ok = (l->shape->kind == CX_TLS_NO_CIPHER || ready_cipher(l, keys)) &&
              (cx_tls_is_aead(l) || ready_mac(l, keys));
    ERR_pop_to_mark();
    if (!ok) {
        cx_tls_lane_free(l);
        return CX_NO_MEMORY;
    }
    *ret = l;
    return CX_OK;
}

void cx_tls_lane_free(cx_tls_lane *l)
{
    if (!l)
        return;
    EVP_CIPHER_CTX_free(l->cipher); /* wipes its key schedule */
    EVP_MAC_CTX_free(l->hmac);
    cx_tls_vault_give(l->vault, l, sizeof *l);
}

/* In CBC before TLS 1.1 the end of a record is the IV of the next one. */
static void chain(cx_tls_lane *l, cx_slice tail)
{
    size_t block = l->shape->iv;
    if (l->shape->kind != CX_TLS_CBC || explicit_iv(l))
        return;
    /* behind encrypt-then-MAC the last block of the ciphertext stands before the MAC */
    size_t behind = cx_tls_mac_outside(l) ? l->mac_len : 0;
    l->iv_known = tail.len >= block + behind;
    if (l->iv_known)
        memcpy(l->iv, tail.p + tail.len - behind - block, block);
}

static bool open_next(cx_tls_lane *l, const cx_tls_record *r, uint8_t *room, cx_tls_opened *ret)
{
    cx_tls_unsealed u;
    if (cx_tls_is_aead(l))
        return cx_tls_try_aead(l, l->seq, r, room, ret);
    return cx_tls_unseal(l, l->cipher, r, room, &u) && cx_tls_mac_fits(l, l->seq, r, &u) &&
           cx_tls_finish(l, r, &u, room, ret);
}

cx_status cx_tls_lane_open(cx_tls_lane *l, const cx_tls_record *record, uint8_t *room,
                           cx_tls_opened *ret)
{
    uint64_t seq = l->seq;
    if (record->body.len > CX_TLS_MAX_BODY || cx_tls_lane_lost(l))
        return CX_MALFORMED;
    bool ok =
        l->unsure ? cx_tls_search(l, record, room, ret, &seq) : open_next(l, record, room, ret);
    chain(l, record->body);
    if (ok) {
        if (cx_tls_is_aead(l) && cx_tls_explicit_nonce(l))
            l->nonce_lead = cx_tls_nonce(record->body) - seq;
        l->seq = seq + 1;
        l->opened++;
        l->failed = 0;
        l->unsure = false;
        return CX_OK;
    }
    l->failed++;
    if (!l->unsure)
        l->seq++;
    else if (l->lost != CX_TLS_UNKNOWN)
        l->lost += 5 + record->body.len; /* part of what lies between */
    return CX_MALFORMED;
}

bool cx_tls_move_on(EVP_CIPHER_CTX *cipher, uint64_t n)
{
    static const uint8_t zero[1024];
    uint8_t out[sizeof zero];
    bool ok = true;
    while (ok && n) {
        int len, part = n < sizeof zero ? (int)n : (int)sizeof zero;
        ok = EVP_DecryptUpdate(cipher, out, &len, zero, part) == 1;
        n -= (uint64_t)part;
    }
    OPENSSL_cleanse(out, sizeof out);
    return ok;
}

cx_status cx_tls_lane_skip(cx_tls_lane *l, const cx_tls_place *p)
{
    if (p->records == 0)
        return CX_OK;
    if (l->shape->kind == CX_TLS_STREAM && !l->unsure) {
        if (p->bytes > *l->work || !cx_tls_move_on(l->cipher, p->bytes)) {
            l->failed = MAX_FAILED + 1;
            return CX_LIMIT;
        }
        *l->work -= p->bytes;
    }
    if (l->unsure && l->lost != CX_TLS_UNKNOWN) {
        l->lost += p->bytes + 5 * p->records;
    } else if (!l->unsure) {
        l->seq += p->records;
    }
    chain(l, (cx_slice){p->tail, p->tail_len});
    return CX_OK;
}

void cx_tls_lane_lose(cx_tls_lane *l, uint64_t bytes, cx_slice before)
{
    if (!l->unsure)
        l->lost = 0;
    l->unsure = true;
    l->lost =
        bytes == CX_TLS_UNKNOWN || l->lost == CX_TLS_UNKNOWN ? CX_TLS_UNKNOWN : l->lost + bytes;
    chain(l, before);
}

bool cx_tls_lane_lost(const cx_tls_lane *l)
{
    return l->failed > MAX_FAILED;
}

uint64_t cx_tls_lane_count(const cx_tls_lane *l)
{
    return l->opened;
}
