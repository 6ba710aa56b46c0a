/* TLS and SSL 3.0 records (RFC 5246 6, RFC 8446 5, RFC 6101 5): follows the record headers of both
 * directions, hands plain handshake bytes to tls_handshake.c, and says alerts, ChangeCipherSpec,
 * the encrypted Finished and the first application data. Emits TLS and MALFORMED. State:
 * cx_tls_state; owns one message buffer per direction.
 *
 * Record bodies are consumed as they come and never joined; only headers and short records wait in
 * the stream. A loss inside a record body is stepped over, for its length is known; any other loss
 * ends the reading until two record headers chain. Where there are secrets, records
 * wait until they are whole, and tls_open.c tells what is in them.
 *
 * TLS 1.3 sends alerts as application data. A record is said to be an encrypted alert when it has
 * the size of one (2 bytes, type, 16 bytes of tag, up to 5 of padding) and
 * - it is the first one of the client, who did not offer 0-RTT: a refusal of what the server sent
 * (a Finished is larger, and so is an empty Certificate); or
 * - it is the last one of its side, and the one before it has the size of a Finished: a close
 * without any data, or the server's refusal of the client's certificate. The alert behind a
 * conversation is not found, and which alert it is never said. */
#include "dissectors/tls_parts.h"

#include "base/cursor.h"
#include "base/limits.h"

#define HEADER     5u     /* bytes: type, version, length */
#define MAX_RECORD 18432u /* bytes: 2^14 + 2048 (RFC 5246 6.2.3) */
#define SHORT      64u /* bytes: alerts and ChangeCipherSpec up to here wait until they are whole */
#define ENOUGH_DATA                                                                                \
    65536u               /* bytes of application data in a direction: the sign-in is long decided */
#define MAX_SCAN 262144u /* bytes looked through for a chain of records before giving up */

#define ALERT_MIN 19u /* bytes of a TLS 1.3 record that holds an alert */
#define ALERT_MAX 24u

/* Java pads alerts by 16 bytes. Ahead of its Finished a client sends nothing else that is larger
 * than a Certificate without a certificate and smaller than the least Finished. */
#define NO_CERTIFICATE 25u
#define FINISHED_MIN   53u

typedef struct record {
    uint8_t type;
    uint16_t version;
    uint32_t len;
} record;

/* CX_NEED_MORE: fewer than 5 bytes, and they fit so far. CX_MALFORMED: no record header. */
static cx_status read_header(cx_slice bytes, record *ret)
{
    cx_cursor c = cx_cursor_over(bytes, CX_NEED_MORE);
    uint8_t type = cx_u8(&c);
    if (c.err == CX_OK && (type < CX_TLS_RECORD_CCS || type > CX_TLS_RECORD_HEARTBEAT))
        return CX_MALFORMED;
    uint8_t major = cx_u8(&c);
    if (c.err == CX_OK && major != 3)
        return CX_MALFORMED;
    uint8_t minor = cx_u8(&c);
    if (c.err == CX_OK && minor > 4)
        return CX_MALFORMED;
    uint16_t len = cx_be16(&c);
    if (c.err != CX_OK)
        return c.err;
    /* only data may be empty (RFC 5246 6.2.1) */
    if (len > MAX_RECORD || (len == 0 && type != CX_TLS_RECORD_DATA))
        return CX_MALFORMED;
    *ret = (record){.type = type, .version = (uint16_t)(major << 8 | minor), .len = len};
    return CX_OK;
}

/* ---- probe ---- */

/* Is the record followed by another one, or by the end of the segment? */
static cx_match chains(cx_slice bytes, const record *r)
{
    record next;
    size_t end = HEADER + (size_t)r->len;
    if (bytes.len < end)
        return CX_MATCH_MAYBE;
    cx_status status = read_header(cx_slice_sub(bytes, end, bytes.len), &next);
    return status == CX_MALFORMED ? CX_MATCH_NO : CX_MATCH_YES;
}

static cx_match probe_handshake(cx_slice bytes, const record *r)
{
    cx_cursor c = cx_cursor_over(cx_slice_sub(bytes, HEADER, r->len), CX_NEED_MORE);
    uint8_t type = cx_u8(&c);
    if (c.err != CX_OK)
        return CX_MATCH_MAYBE;
    if ((type != CX_TLS_HS_CLIENT_HELLO && type != CX_TLS_HS_SERVER_HELLO) || r->len < 6)
        return chains(bytes, r);
    uint32_t len = cx_be24(&c);
    uint8_t major = cx_u8(&c);
    if (c.err != CX_OK)
        return CX_MATCH_MAYBE;
    return len < 2 + 32 + 1 || len > CX_MAX_TLS_HANDSHAKE || (major != 3 && major != 0x7f)
               ? CX_MATCH_NO
               : CX_MATCH_YES;
}

static cx_match probe(const cx_chunk *first)
{
    cx_slice bytes = first->bytes;
    record r;
    size_t len;
    if (bytes.len && bytes.p[0] & 0x80) {
        cx_status status = cx_tls_sslv2_hello_len(bytes, &len);
        return status == CX_OK          ? CX_MATCH_YES
               : status == CX_NEED_MORE ? CX_MATCH_MAYBE
                                        : CX_MATCH_NO;
    }
    cx_status status = read_header(bytes, &r);
    if (status != CX_OK)
        return status == CX_NEED_MORE ? CX_MATCH_MAYBE : CX_MATCH_NO;
    const uint8_t *body = bytes.p + HEADER; /* the header was there */
    size_t there = bytes.len - HEADER;
    switch (r.type) {
    case CX_TLS_RECORD_HANDSHAKE:
        return probe_handshake(bytes, &r);
    case CX_TLS_RECORD_ALERT:
        if (r.len != 2)
            return chains(bytes, &r);
        if (there < 2)
            return CX_MATCH_MAYBE;
        return (body[0] == 1 || body[0] == 2) && cx_tls_alert_name(body[1]) ? CX_MATCH_YES
                                                                            : CX_MATCH_NO;
    case CX_TLS_RECORD_CCS:
        if (r.len != 1)
            return CX_MATCH_NO;
        return there < 1 ? CX_MATCH_MAYBE : body[0] == 1 ? CX_MATCH_YES : CX_MATCH_NO;
    default:
        return chains(bytes, &r);
    }
}

/* ---- records ---- */

void cx_tls_say_record(const cx_tls_state *st, cx_tls_message message, uint32_t len,
                       const cx_chunk *in, cx_emit *out)
{
    cx_event e;
    cx_tls_event_begin(&e, st, message, in);
    e.u.tls.record_len = len;
    e.u.tls.records = st->side[in->dir].data;
    cx_emit_event(out, &e);
}

static void take_ccs(cx_tls_state *st, cx_slice body, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    if (body.len != 1 || body.p[0] != 1) {
        if (side->phase == CX_TLS_PLAIN) /* encrypted ones belong to a renegotiation */
            cx_emit_malformed(out, in, "tls", "ChangeCipherSpec is not one byte of value 1");
        return;
    }
    cx_tls_handshake_cut(st, "handshake message cut by ChangeCipherSpec", in, out);
    if (!side->ccs) {
        cx_event e;
        cx_tls_event_begin(&e, st, CX_TLS_CHANGE_CIPHER_SPEC, in);
        side->ccs = true;
        cx_emit_event(out, &e);
    }
    if (!st->tls13) /* there it only humours middleboxes (RFC 8446 D.4) */
        side->phase = CX_TLS_CIPHER;
}

/* Are these alerts in clear? Several may share a record (RFC 5246 6.2.1). */
static bool plain_alerts(cx_slice body)
{
    for (size_t i = 0; i + 1 < body.len; i += 2)
        if (body.p[i] != 1 && body.p[i] != 2)
            return false;
    return body.len % 2 == 0;
}

void cx_tls_say_alerts(const cx_tls_state *st, cx_slice body, const cx_chunk *in, cx_emit *out)
{
    if (!plain_alerts(body)) {
        cx_emit_malformed(out, in, "tls", "alert of no known level");
        return;
    }
    for (size_t i = 0; i < body.len; i += 2) {
        cx_event e;
        cx_tls_event_begin(&e, st, CX_TLS_ALERT, in);
        e.u.tls.level = body.p[i];
        e.u.tls.description = body.p[i + 1];
        cx_emit_event(out, &e);
    }
}

static void take_alert(cx_tls_state *st, cx_slice body, const cx_chunk *in, cx_emit *out)
{
    const cx_tls_side *side = &st->side[in->dir];
    /* an encrypted one is never 2 bytes long: a MAC or a tag comes with it */
    if (body.len != 2 && side->phase != CX_TLS_PLAIN)
        cx_tls_say_record(st, CX_TLS_ENCRYPTED_ALERT, (uint32_t)body.len, in, out);
    else
        cx_tls_say_alerts(st, body, in, out);
}

static void say_finished(cx_tls_state *st, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    if (side->phase == CX_TLS_CIPHER && side->ccs && !side->finished) {
        side->finished = true;
        cx_tls_say_record(st, CX_TLS_FINISHED, side->len, in, out);
    }
}

/* A record of type 22 that may be in clear: after a loss, or after a ChangeCipherSpec that is a
 * dummy if the version, which was not seen, is TLS 1.3 (then a second ClientHello may follow it).
 */
static cx_status judge(cx_tls_state *st, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    if (cx_tls_handshake_fills(cx_buf_slice(&side->message), side->phase == CX_TLS_CIPHER)) {
        side->phase = CX_TLS_PLAIN;
        return cx_tls_handshake_take(st, (cx_slice){(const uint8_t *)"", 0}, true, in, out);
    }
    cx_buf_free(&side->message);
    say_finished(st, in, out);
    return CX_OK;
}

/* TLS 1.3: is the latest record of type 23 an alert, by size and place? ended: it is the last. */
static bool is_alert(const cx_tls_state *st, uint8_t dir, bool ended)
{
    const cx_tls_side *side = &st->side[dir];
    bool client = dir == st->client;
    bool first = client && side->data == 1;
    bool after = ended && side->data_finished && side->data_finished + 1 == side->data;
    bool fits = side->data_last >= ALERT_MIN && side->data_last <= ALERT_MAX;
    if (first && side->data_last > NO_CERTIFICATE && side->data_last < FINISHED_MIN)
        fits = true;
    return st->tls13 && (first || after) && !side->opened && !side->data_alert && !side->broken &&
           !side->left && !side->waiting && !(client && st->early_data) && fits;
}

static void say_data_alert(cx_tls_state *st, uint8_t dir, bool decrypted, cx_emit *out)
{
    cx_tls_side *side = &st->side[dir];
    cx_chunk at = {.dir = dir, .at = side->data_at, .decrypted = decrypted};
    cx_event e;
    cx_tls_event_begin(&e, st, CX_TLS_ENCRYPTED_ALERT, &at);
    e.u.tls.record_len = side->data_last;
    e.u.tls.records = side->data - 1;
    side->data_alert = true;
    cx_emit_event(out, &e);
}

static cx_status take_data(cx_tls_state *st, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    cx_tls_handshake_cut(st, "handshake message cut by application data", in, out);
    /* TLS 1.3: a clear hello may still follow rejected 0-RTT data */
    side->phase = st->tls13 ? CX_TLS_UNSURE : CX_TLS_CIPHER;
    if (side->data == 0)
        cx_tls_say_record(st, CX_TLS_APPLICATION_DATA, side->len, in, out);
    side->data++;
    side->data_bytes += side->len;
    side->data_last = side->len;
    side->data_at = in->at;
    /* 4 + 32 or 48 bytes, type, tag (RFC 8446 4.4.4, 5.2) */
    if (!side->data_finished && (side->len == 53 || side->len == 69))
        side->data_finished = side->data;
    if (is_alert(st, in->dir, false)) /* at once: nothing else is of that size at that place */
        say_data_alert(st, in->dir, in->decrypted, out);
    return side->data_bytes > ENOUGH_DATA && !st->session ? CX_DONE : CX_OK;
}

/* The last byte of a record's body was seen (or is known to be lost). */
static cx_status end_record(cx_tls_state *st, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    bool unwanted = side->unread == CX_TLS_UNREAD_UNWANTED;
    cx_tls_open_unread(st, in);
    if (unwanted)
        return CX_OK;
    if (side->type == CX_TLS_RECORD_DATA)
        return take_data(st, in, out);
    side->data_last = 0;
    if (side->body == CX_TLS_BODY_JUDGE)
        return judge(st, in, out);
    if (side->type == CX_TLS_RECORD_HANDSHAKE)
        say_finished(st, in, out);
    else if (side->type == CX_TLS_RECORD_ALERT && side->phase != CX_TLS_PLAIN)
        cx_tls_say_record(st, CX_TLS_ENCRYPTED_ALERT, side->len, in, out);
    return CX_OK;
}

static cx_fed take_body(cx_tls_state *st, cx_slice rest, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    cx_slice part = cx_slice_sub(rest, 0, side->left);
    cx_status status = CX_OK;
    if (side->body == CX_TLS_BODY_HANDSHAKE)
        status = cx_tls_handshake_take(st, part, part.len == side->left, in, out);
    else if (side->body == CX_TLS_BODY_JUDGE)
        status = cx_buf_put_slice(&side->message, part);
    if (status != CX_OK)
        return (cx_fed){.status = status, .consumed = part.len};
    side->left -= (uint32_t)part.len;
    if (side->unread != CX_TLS_UNREAD_NOT)
        cx_tls_open_keep_tail(side, part);
    if (side->left == 0)
        status = end_record(st, in, out);
    return (cx_fed){.status = status, .consumed = part.len};
}

static cx_tls_body body_of(const cx_tls_state *st, const cx_tls_side *side, uint8_t type)
{
    if (type != CX_TLS_RECORD_HANDSHAKE)
        return CX_TLS_BODY_SKIP;
    if (side->phase == CX_TLS_PLAIN)
        return CX_TLS_BODY_HANDSHAKE;
    if (side->phase == CX_TLS_UNSURE || (st->negotiated == 0 && !side->finished))
        return CX_TLS_BODY_JUDGE;
    return CX_TLS_BODY_SKIP;
}

/* What the first record of a direction says about where in the conversation it is. */
static cx_tls_phase first_phase(const record *r, uint8_t first_byte)
{
    if (r->type == CX_TLS_RECORD_HANDSHAKE)
        return cx_tls_handshake_opens(first_byte) ? CX_TLS_PLAIN : CX_TLS_UNSURE;
    if (r->type == CX_TLS_RECORD_DATA)
        return CX_TLS_UNSURE;
    return r->type == CX_TLS_RECORD_ALERT && r->len == 2 ? CX_TLS_PLAIN : CX_TLS_UNSURE;
}

static cx_fed not_tls(const cx_chunk *in, cx_emit *out)
{
    cx_emit_malformed(out, in, "tls", "not a TLS record");
    return cx_fed_end(CX_MALFORMED);
}

static cx_fed take_sslv2(cx_tls_state *st, cx_slice rest, const cx_chunk *in, cx_emit *out)
{
    size_t len = 0;
    cx_status status = cx_tls_sslv2_hello_len(rest, &len);
    if (status == CX_NEED_MORE)
        return cx_fed_more(0, 11);
    if (status != CX_OK)
        return not_tls(in, out);
    if (rest.len < len)
        return cx_fed_more(0, len);
    cx_tls_open_sslv2(st, cx_slice_sub(rest, 2, len - 2), in);
    cx_event e;
    cx_tls_event_begin(&e, st, CX_TLS_CLIENT_HELLO, in);
    if (cx_tls_sslv2_hello(cx_slice_sub(rest, 0, len), out->scratch, &e.u.tls) == CX_OK)
        cx_emit_event(out, &e);
    st->client = in->dir;
    st->side[in->dir].headers++;
    return cx_fed_ok(len);
}

static cx_fed take_header(cx_tls_state *st, cx_slice rest, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    record r;
    if (side->headers == 0 && rest.p[0] & 0x80)
        return take_sslv2(st, rest, in, out);
    cx_status status = read_header(rest, &r);
    if (status == CX_NEED_MORE)
        return cx_fed_more(0, HEADER);
    if (status != CX_OK)
        return not_tls(in, out);
    bool is_short =
        (r.type == CX_TLS_RECORD_CCS || r.type == CX_TLS_RECORD_ALERT) && r.len <= SHORT;
    size_t need = HEADER + (is_short ? r.len : side->headers == 0 && r.len ? 1 : 0);
    bool whole = cx_tls_open_whole(st, in->dir, r.type, r.len, out);
    bool last = in->cut || in->fin;
    if (whole && rest.len < HEADER + r.len && last) { /* it will not become whole */
        whole = false;
        side->unread = CX_TLS_UNREAD_CUT;
    }
    if (rest.len < (whole ? HEADER + r.len : need)) {
        side->held = in->cut ? (uint32_t)rest.len : 0;
        return cx_fed_more(0, whole ? HEADER + r.len : need);
    }
    if (side->headers == 0 && side->phase == CX_TLS_PLAIN)
        side->phase = first_phase(&r, r.len ? rest.p[HEADER] : 0);
    side->headers++;
    side->type = r.type;
    side->version = r.version;
    side->len = side->left = r.len;
    side->tail_len = 0;
    if (whole && cx_tls_open_record(st, cx_slice_sub(rest, HEADER, r.len), in, out, &status)) {
        side->left = 0;
        side->data_last = 0;
        return (cx_fed){.status = status, .consumed = HEADER + r.len};
    }
    if (is_short) {
        cx_slice body = {rest.p + HEADER, r.len};
        side->left = 0;
        side->data_last = 0;
        if (r.type == CX_TLS_RECORD_CCS)
            take_ccs(st, body, in, out);
        else
            take_alert(st, body, in, out);
        return cx_fed_ok(need);
    }
    side->body = body_of(st, side, r.type);
    if (side->body == CX_TLS_BODY_JUDGE)
        side->message.max = MAX_RECORD;
    if (r.len == 0)
        status = end_record(st, in, out);
    return (cx_fed){.status = status, .consumed = HEADER};
}

/* ---- loss ---- */

/* Looks for a record header that is followed by another one. consumed: what is certainly none. */
static cx_fed find_chain(cx_tls_side *side, cx_slice bytes, bool fin)
{
    for (size_t i = 0; i < bytes.len; i++) {
        record r, next;
        size_t need = HEADER;
        cx_status status = read_header(cx_slice_sub(bytes, i, bytes.len), &r);
        if (status == CX_OK) {
            size_t end = i + HEADER + r.len;
            need = HEADER + r.len + HEADER;
            status = end > bytes.len ? CX_NEED_MORE
                                     : read_header(cx_slice_sub(bytes, end, bytes.len), &next);
            if (status == CX_OK || (fin && end == bytes.len)) { /* or the direction ends there */
                side->resync = false;
                return cx_fed_ok(i);
            }
        }
        if (status == CX_NEED_MORE && !fin)
            return cx_fed_more(i, need);
        if (++side->scanned > MAX_SCAN)
            return cx_fed_end(CX_DONE);
    }
    return cx_fed_ok(bytes.len);
}

/* The place in the stream is lost. */
static void lose(cx_tls_state *st, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    uint64_t begun = side->left ? HEADER + side->len - side->left : side->held;
    side->lost = in->missing == UINT64_MAX ? UINT64_MAX : in->missing + begun;
    side->held = 0;
    if (side->body != CX_TLS_BODY_JUDGE || side->left == 0)
        cx_tls_handshake_lost(st, UINT64_MAX, in, out);
    cx_buf_free(&side->message);
    side->drop = 0;
    side->left = 0;
    side->data_last = 0;
    side->resync = side->broken = true;
    side->scanned = 0;
    side->headers++; /* whatever comes is not the start of the direction */
    if (side->phase == CX_TLS_PLAIN)
        side->phase = CX_TLS_UNSURE;
    if (side->phase == CX_TLS_CIPHER)
        side->finished = true; /* what comes may be it or not: nothing is said */
}

static cx_status take_gap(cx_tls_state *st, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    if (side->waiting || side->resync || in->missing > side->left) {
        lose(st, in, out);
        return CX_OK;
    }
    uint32_t missing = (uint32_t)in->missing; /* at most left */
    if (side->body == CX_TLS_BODY_HANDSHAKE) {
        cx_tls_handshake_lost(st, missing, in, out);
        if (side->phase == CX_TLS_UNSURE) /* the rest of the record begins inside a message */
            side->body = CX_TLS_BODY_SKIP;
    } else if (side->body == CX_TLS_BODY_JUDGE) {
        cx_buf_free(&side->message);
        side->finished = true;
        side->body = CX_TLS_BODY_SKIP;
    }
    side->left -= missing;
    side->tail_len = 0;
    return missing && side->left == 0 ? end_record(st, in, out) : CX_OK;
}

/* ---- the dissector ---- */

/* No byte follows in this direction. */
static void end_side(cx_tls_state *st, uint8_t dir, bool decrypted, cx_emit *out)
{
    cx_tls_side *side = &st->side[dir];
    cx_buf_free(&side->message);
    if (side->ended)
        return;
    side->ended = true;
    cx_tls_open_end(st, dir, out);
    if (is_alert(st, dir, true))
        say_data_alert(st, dir, decrypted, out);
}

/* n bytes more are none of a record; where the search is over, one begins at that place. */
static void found_chain(cx_tls_state *st, size_t n, size_t at, const cx_chunk *in)
{
    cx_tls_side *side = &st->side[in->dir];
    if (side->lost != UINT64_MAX)
        side->lost += n;
    if (!side->resync)
        cx_tls_open_lost(st, side->lost, cx_slice_sub(in->bytes, 0, at), in);
}

/* The steps over one chunk of bytes; consumed counts them all. */
static cx_fed take_bytes(cx_tls_state *st, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    size_t at = 0;
    side->waiting = false;
    side->held = 0;
    while (at < in->bytes.len) {
        cx_slice rest = {in->bytes.p + at, in->bytes.len - at};
        bool searched = side->resync;
        cx_fed fed = side->resync ? find_chain(side, rest, in->fin)
                     : side->left ? take_body(st, rest, in, out)
                                  : take_header(st, rest, in, out);
        at += fed.consumed;
        if (searched)
            found_chain(st, fed.consumed, at, in);
        side->waiting = fed.status == CX_NEED_MORE;
        if (fed.status != CX_OK)
            return (cx_fed){.status = fed.status, .consumed = at, .need = fed.need};
    }
    return cx_fed_ok(at);
}

static cx_fed feed(void *state, const cx_chunk *in, cx_emit *out)
{
    cx_tls_state *st = state;
    cx_tls_side *side = &st->side[in->dir];
    if (side->ended)
        return cx_fed_end(CX_DONE);
    cx_tls_open_begin(st, out);
    cx_fed fed = in->gap ? (cx_fed){.status = take_gap(st, in, out)} : take_bytes(st, in, out);
    bool over = fed.status != CX_OK && fed.status != CX_NEED_MORE;
    if (over)
        side->data_last = 0; /* more came, or what came is unknown */
    if (over || in->fin)
        end_side(st, in->dir, in->decrypted, out);
    return fed;
}

static void reset(void *state, cx_emit *out)
{
    cx_tls_state *st = state;
    for (uint8_t dir = 0; dir < 2; dir++)
        if (!st->side[dir].ended && is_alert(st, dir, true))
            say_data_alert(st, dir, false, out);
}

static void close_flow(void *state, cx_emit *out)
{
    cx_tls_state *st = state;
    end_side(st, CX_FROM_CLIENT, false, out);
    end_side(st, CX_FROM_SERVER, false, out);
    cx_tls_open_close(st);
}

static const cx_mask masks[] = {
    {.mask = {0xff, 0xff, 0xf8}, .value = {CX_TLS_RECORD_HANDSHAKE, 3, 0}},
    {.mask = {0xff, 0xff, 0xf8}, .value = {CX_TLS_RECORD_DATA, 3, 0}},
    {.mask = {0xff, 0xff, 0xf8}, .value = {CX_TLS_RECORD_ALERT, 3, 0}},
    {.mask = {0xff, 0xff, 0xf8, 0xff, 0xff, 0xff}, .value = {CX_TLS_RECORD_CCS, 3, 0, 0, 1, 1}},
    {.mask = {0x80, 0, 0xff, 0xfc}, .value = {0x80, 0, 1, 0}}, /* ClientHello in SSL 2.0 form */
};

/* A hello, after STARTTLS or something like it. In SSL 2.0 form with less than 86 ciphers and a
 * session of less than 256 bytes (RFC 5246 E.2). */
static const cx_mask late[] = {
    {.mask = {0xff, 0xff, 0xf8, 0, 0, 0xff}, .value = {CX_TLS_RECORD_HANDSHAKE, 3, 0, 0, 0, 1}},
    {.mask = {0xff, 0xff, 0xf8, 0, 0, 0xff}, .value = {CX_TLS_RECORD_HANDSHAKE, 3, 0, 0, 0, 2}},
    {.mask = {0x80, 0, 0xff, 0xff, 0xf8, 0xff, 0, 0xff}, .value = {0x80, 0, 1, 3, 0, 0, 0, 0}},
};

const cx_dissector cx_dissector_tls = {
    .name = "tls",
    .title = "Transport Layer Security",
    .spec = "RFC 5246, RFC 8446, RFC 6101",
    .transports = CX_OVER_TCP,
    .ports = {5061, 443, 636, 3269, 8443, 993, 995, 465},
    .masks = masks,
    .n_masks = sizeof masks / sizeof masks[0],
    .late = late,
    .n_late = sizeof late / sizeof late[0],
    .probe = probe,
    .state_size = sizeof(cx_tls_state),
    .feed = feed,
    .reset = reset,
    .close = close_flow,
    .emits = CX_BIT(CX_EV_TLS) | CX_BIT(CX_EV_MALFORMED),
};
