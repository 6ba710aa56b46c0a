/* Takes the records of a connection (session.h): tells clear ones from encrypted ones, opens the
 * latter, and puts the handshake messages of both together. */
#include "tls/session_parts.h"

#include "base/limits.h"

#include <openssl/crypto.h>

#define PASSED   96u    /* bytes of a record of TLS 1.3 that can be nothing but data */
#define HEADER   4u     /* bytes of a handshake message: type and length */
#define MAX_KEPT 70000u /* bytes of a message; hellos are smaller, and leaves of certificates */

/* ---- handshake messages ---- */

static uint32_t body_len(const uint8_t *header)
{
    return (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 | header[3];
}

/* Do messages fill these bytes exactly? So they begin a message, also behind a loss. */
static bool fills(cx_slice bytes)
{
    size_t at = 0;
    while (bytes.len - at >= HEADER && bytes.p[at] <= CX_TLS_MSG_LAST) {
        size_t len = HEADER + body_len(bytes.p + at);
        if (len > bytes.len - at)
            return false;
        at += len;
    }
    return at != 0 && at == bytes.len;
}

/* The place in the messages of this direction is lost. */
static void lose_place(cx_tls_session *s, cx_tls_half *h)
{
    cx_buf_free(&h->message);
    h->drop = 0;
    h->adrift = true;
    if (!s->hs.exchanged)
        cx_tls_handshake_lose(&s->hs);
}

/* Hands over the messages that are whole; the bytes of them and of one that is passed over. */
static size_t take_messages(cx_tls_session *s, uint8_t dir, cx_slice bytes)
{
    size_t at = 0;
    while (bytes.len - at >= HEADER) {
        size_t len = HEADER + body_len(bytes.p + at), there = bytes.len - at;
        if (bytes.p[at] > CX_TLS_MSG_LAST) { /* no handshake message: encrypted, or damaged */
            lose_place(s, &s->half[dir]);
            return bytes.len;
        }
        if (len > MAX_KEPT) {
            size_t part = len < there ? len : there;
            cx_tls_handshake_hash(&s->hs, cx_slice_sub(bytes, at, part));
            s->half[dir].drop = (uint32_t)(len - part);
            at += part;
        } else if (len > there) {
            break;
        } else {
            cx_tls_handshake_message(s, dir, cx_slice_sub(bytes, at, len));
            at += len;
        }
    }
    return at;
}

void cx_tls_take_handshake(cx_tls_session *s, uint8_t dir, cx_slice bytes)
{
    cx_tls_half *h = &s->half[dir];
    if (h->adrift && !fills(bytes))
        return;
    h->adrift = false;
    size_t used = bytes.len < h->drop ? bytes.len : h->drop;
    if (used)
        cx_tls_handshake_hash(&s->hs, cx_slice_sub(bytes, 0, used));
    h->drop -= (uint32_t)used;
    bytes = cx_slice_sub(bytes, used, bytes.len - used);
    bool joined = h->message.len != 0;
    h->message.max = MAX_KEPT + CX_TLS_MAX_BODY;
    if (joined && cx_buf_put_slice(&h->message, bytes) != CX_OK) {
        lose_place(s, h);
        return;
    }
    cx_slice all = joined ? cx_buf_slice(&h->message) : bytes;
    used = take_messages(s, dir, all);
    if (joined && used == all.len)
        cx_buf_free(&h->message);
    else if (joined)
        cx_buf_drop(&h->message, used);
    else if (used < all.len &&
             cx_buf_put_slice(&h->message, cx_slice_sub(all, used, all.len - used)) != CX_OK)
        lose_place(s, h);
}

/* ---- records ---- */

void cx_tls_half_reset(cx_tls_half *h)
{
    cx_tls_lane_free(h->lane);
    h->lane = NULL;
    h->place = (cx_tls_place){0};
    h->lost = 0;
    h->some_lost = h->late = false;
    h->hunts = 0;
    OPENSSL_cleanse(h->secret, sizeof h->secret);
    h->secret_len = 0;
}

/* A ChangeCipherSpec that counts; in TLS 1.3 it is a dummy (RFC 8446 D.4). */
static void take_ccs(cx_tls_session *s, uint8_t dir, cx_slice body)
{
    bool known = s->hs.chosen || s->half[dir].ciphered;
    if (body.len == 1 && body.p[0] == 1 && known && !s->tls13)
        cx_tls_handshake_change(s, dir);
}

static cx_tls_reading closed(cx_tls_half *h, cx_tls_why why, cx_evidence at)
{
    h->report.why = why;
    if (h->report.closed++ == 0)
        h->report.first_closed = at;
    return CX_TLS_CLOSED;
}

static cx_tls_reading opened(cx_tls_session *s, uint8_t dir, const cx_tls_opened *record)
{
    cx_tls_half *h = &s->half[dir];
    h->report.opened++;
    h->some_lost = false;
    h->lost = 0;
    if (record->type == CX_TLS_TYPE_HANDSHAKE)
        cx_tls_take_handshake(s, dir, record->bytes);
    else if (record->type == CX_TLS_TYPE_CCS)
        take_ccs(s, dir, record->bytes);
    return CX_TLS_OPENED;
}

static cx_slice tail_of(cx_slice body)
{
    size_t n = body.len < CX_TLS_TAIL ? body.len : CX_TLS_TAIL;
    return cx_slice_sub(body, body.len - n, n);
}

static cx_tls_why open_12(cx_tls_session *s, uint8_t dir, const cx_tls_record *record,
                          uint8_t *room, cx_tls_opened *ret)
{
    cx_tls_half *h = &s->half[dir];
    if (!h->lane) {
        cx_tls_why why = cx_tls_make_lane(s, dir);
        if (why != CX_TLS_WHY_READABLE) {
            cx_tls_place_skip(&h->place, record->body.len, tail_of(record->body));
            return why;
        }
    }
    if (cx_tls_lane_open(h->lane, record, room, ret) == CX_OK)
        return CX_TLS_WHY_READABLE;
    if (s->opener->work < record->body.len)
        return CX_TLS_WHY_WORK;
    return h->report.first_lost.frame ? CX_TLS_WHY_LOST : CX_TLS_WHY_WRONG;
}

/* A record under keys whose ChangeCipherSpec was lost. What is unknown then is how much of the loss
 * stood behind that: nothing, all but the ChangeCipherSpec of 6 bytes, or any part of it. */
static cx_tls_why open_unannounced(cx_tls_session *s, uint8_t dir, const cx_tls_record *record,
                                   uint8_t *room, cx_tls_opened *ret)
{
    cx_tls_half *h = &s->half[dir];
    const cx_tls_place place = h->place; /* its tail stands before this record */
    uint64_t lost = h->lost;
    const uint64_t behind[] = {0, lost > 6 ? lost - 6 : lost, lost};
    cx_tls_why why = CX_TLS_WHY_LOST;
    for (size_t i = 0; i < (h->adrift ? 3 : 1); i++) {
        cx_tls_handshake_change(s, dir);
        h->some_lost = behind[i] != 0;
        h->lost = behind[i];
        if (h->lane && h->some_lost)
            cx_tls_lane_lose(h->lane, h->lost, (cx_slice){place.tail, place.tail_len});
        why = open_12(s, dir, record, room, ret);
        if (why == CX_TLS_WHY_READABLE || !h->lane)
            break;
    }
    return why;
}

/* Up to TLS 1.2, before a ChangeCipherSpec was seen: can this record be under keys? */
static bool may_be_unannounced(const cx_tls_session *s, const cx_tls_half *h,
                               const cx_tls_record *record)
{
    if (!s->hs.chosen || s->tls13 || h->ciphered || record->type == CX_TLS_TYPE_CCS)
        return false;
    return record->type == CX_TLS_TYPE_DATA ||
           (h->adrift && (record->type != CX_TLS_TYPE_HANDSHAKE || !fills(record->body)));
}

/* Is the record under keys? */
static bool is_encrypted(const cx_tls_session *s, const cx_tls_half *h, uint8_t type)
{
    if (type == CX_TLS_TYPE_DATA)
        return true; /* there is no other data than that */
    return h->ciphered && !s->tls13;
}

cx_tls_reading cx_tls_session_record(cx_tls_session *s, uint8_t dir, const cx_tls_record *record,
                                     cx_evidence at, uint8_t *room, cx_tls_opened *ret)
{
    cx_tls_half *h = &s->half[dir];
    cx_tls_why why = CX_TLS_WHY_LOST;
    cx_tls_opened o;
    bool encrypted = is_encrypted(s, h, record->type);
    if (may_be_unannounced(s, h, record)) {
        bool adrift = h->adrift;
        uint64_t lost = h->lost;
        why = open_unannounced(s, dir, record, room, &o);
        if (why != CX_TLS_WHY_READABLE && !encrypted) { /* it was in clear after all */
            cx_tls_half_reset(h);
            h->ciphered = false;
            h->adrift = adrift;
            h->some_lost = true;
            h->lost = lost;
        }
        encrypted = encrypted || why == CX_TLS_WHY_READABLE;
    } else if (encrypted) {
        why = s->hs.chosen && !s->tls13 ? open_12(s, dir, record, room, &o)
                                        : cx_tls_open_13(s, dir, record, room, &o);
    }
    if (!encrypted) {
        *ret = (cx_tls_opened){.type = record->type, .bytes = record->body};
        if (record->type == CX_TLS_TYPE_HANDSHAKE)
            cx_tls_take_handshake(s, dir, record->body);
        else if (record->type == CX_TLS_TYPE_CCS)
            take_ccs(s, dir, record->body);
        return CX_TLS_CLEAR;
    }
    if (why != CX_TLS_WHY_READABLE)
        return closed(h, why, at);
    *ret = o;
    return opened(s, dir, ret);
}

/* Bytes of this direction are lost, since the latest record that was opened. */
static void count_lost(cx_tls_half *h, uint64_t bytes)
{
    h->some_lost = true;
    h->lost =
        bytes == CX_TLS_UNKNOWN || h->lost == CX_TLS_UNKNOWN ? CX_TLS_UNKNOWN : h->lost + bytes;
}

void cx_tls_session_skip(cx_tls_session *s, uint8_t dir, uint8_t type, size_t len, cx_slice tail,
                         cx_evidence at)
{
    cx_tls_half *h = &s->half[dir];
    cx_tls_place one = {0};
    if (h->report.first_lost.frame == 0)
        h->report.first_lost = at;
    if (!is_encrypted(s, h, type)) {
        if (type == CX_TLS_TYPE_HANDSHAKE) {
            s->hs.lost = true;
            lose_place(s, h);
        }
        return;
    }
    (void)closed(h, CX_TLS_WHY_LOST, at);
    lose_place(s, h);
    if (h->ciphered && !s->tls13) { /* one record more: nothing else is unknown */
        cx_tls_place_skip(h->lane ? &one : &h->place, len, tail);
        if (h->lane && cx_tls_lane_skip(h->lane, &one) != CX_OK)
            h->report.why = CX_TLS_WHY_WORK;
        return;
    }
    /* in TLS 1.3 it may have held the message that changes the keys */
    count_lost(h, 5 + len);
    if (h->lane)
        cx_tls_lane_lose(h->lane, 5 + len, tail);
}

bool cx_tls_session_passes(const cx_tls_session *s, uint8_t dir, uint8_t type, size_t len)
{
    const cx_tls_half *h = &s->half[dir];
    /* in TLS 1.3 a small one may be an alert or a KeyUpdate */
    return type == CX_TLS_TYPE_DATA && h->lane && !h->some_lost &&
           (!s->tls13 || (h->stage == CX_TLS_STAGE_TRAFFIC && len > PASSED));
}

bool cx_tls_session_pass(cx_tls_session *s, uint8_t dir, uint8_t type, size_t len, cx_slice tail)
{
    cx_tls_place one = {0};
    if (!cx_tls_session_passes(s, dir, type, len))
        return false;
    cx_tls_place_skip(&one, len, tail);
    return cx_tls_lane_skip(s->half[dir].lane, &one) == CX_OK;
}

void cx_tls_session_lose(cx_tls_session *s, uint8_t dir, uint64_t bytes, cx_slice before,
                         cx_evidence at)
{
    cx_tls_half *h = &s->half[dir];
    if (h->report.first_lost.frame == 0)
        h->report.first_lost = at;
    lose_place(s, h);
    if (!h->ciphered && !s->tls13)
        s->hs.lost = true;
    count_lost(h, bytes);
    before = tail_of(before);
    if (h->lane) {
        cx_tls_lane_lose(h->lane, bytes, before);
        return;
    }
    h->place.tail_len = (uint8_t)before.len;
    if (before.len)
        memcpy(h->place.tail, before.p, before.len);
}

void cx_tls_session_sslv2(cx_tls_session *s, uint8_t dir, cx_slice message)
{
    cx_tls_handshake_sslv2(s, dir, message);
}

cx_tls_report cx_tls_session_report(const cx_tls_session *s, uint8_t dir)
{
    return s->half[dir].report;
}

/* ---- lifetime ---- */

cx_tls_session *cx_tls_session_new(cx_tls_opener *o)
{
    cx_tls_session *s = cx_tls_vault_take(o->vault, sizeof *s);
    if (s) {
        s->opener = o;
        s->client = CX_FROM_CLIENT;
    }
    return s;
}

void cx_tls_session_free(cx_tls_session *s)
{
    if (!s)
        return;
    cx_tls_vault *vault = s->opener->vault;
    cx_tls_opener_count(s->opener, s);
    cx_tls_handshake_clear(&s->hs);
    for (int dir = 0; dir < 2; dir++) {
        cx_buf_free(&s->half[dir].message);
        cx_tls_half_reset(&s->half[dir]);
    }
    cx_tls_vault_give(vault, s, sizeof *s);
}
