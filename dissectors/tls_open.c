/* TLS with secrets: gives whole records to a session (tls/session.h), and tells what it opens:
 * handshake messages and alerts as events, data as an inner stream that is identified anew. Where
 * the capture lost bytes, or a record stays closed, the inner stream has a gap. */
#include "dissectors/tls_parts.h"

#include "tls/session.h"

#define HOPELESS 32u /* records that stayed closed, of a connection of which none was opened */

static const cx_inner inside = {.decrypted = true};

void cx_tls_open_begin(cx_tls_state *st, cx_emit *out)
{
    if (st->begun)
        return;
    st->begun = true;
    if (out->opener && cx_tls_opener_ready(out->opener))
        st->session = cx_tls_session_new(out->opener);
}

bool cx_tls_open_whole(cx_tls_state *st, uint8_t dir, uint8_t type, uint32_t len, cx_emit *out)
{
    cx_tls_side *side = &st->side[dir];
    side->unread = CX_TLS_UNREAD_NOT;
    if (!st->session)
        return false;
    if (side->deserted && !cx_tls_opener_thorough(out->opener) &&
        cx_tls_session_passes(st->session, dir, type, len)) {
        side->unread = CX_TLS_UNREAD_UNWANTED;
        return false;
    }
    return true;
}

/* ---- what was opened ---- */

static void say_gap(cx_tls_side *side, const cx_chunk *in, cx_emit *out)
{
    cx_chunk gap = *in;
    gap.gap = true;
    gap.missing = UINT64_MAX; /* how much of the inner stream it was is not known */
    gap.bytes = (cx_slice){NULL, 0};
    side->inner_gap = false;
    (void)cx_emit_stream(out, &inside, gap.bytes, &gap);
}

static void take_data(cx_tls_state *st, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    cx_tls_handshake_cut(st, "handshake message cut by application data", in, out);
    side->phase = st->tls13 ? CX_TLS_UNSURE : CX_TLS_CIPHER;
    if (side->data == 0)
        cx_tls_say_record(st, CX_TLS_APPLICATION_DATA, side->len, in, out);
    side->data++;
    side->data_at = in->at;
    side->inner_begun = true;
    if (side->inner_gap)
        say_gap(side, in, out);
    side->deserted = !cx_emit_stream(out, &inside, in->bytes, in);
}

static cx_status take_opened(cx_tls_state *st, const cx_tls_opened *record, const cx_chunk *in,
                             cx_emit *out)
{
    cx_chunk inner = *in;
    inner.bytes = record->bytes;
    inner.decrypted = true;
    inner.fin = inner.cut = false;
    switch (record->type) {
    case CX_TLS_RECORD_HANDSHAKE:
        return cx_tls_handshake_take(st, record->bytes, true, &inner, out);
    case CX_TLS_RECORD_ALERT:
        cx_tls_say_alerts(st, record->bytes, &inner, out);
        return CX_OK;
    case CX_TLS_RECORD_DATA:
        take_data(st, &inner, out);
        return CX_OK;
    default:
        return CX_OK; /* ChangeCipherSpec of a renegotiation, heartbeats */
    }
}

/* ---- records ---- */

/* Bytes of the inner stream are missing, if it has any. */
static void miss(cx_tls_side *side)
{
    side->inner_gap = true;
}

static void give_up_hopeless(cx_tls_state *st)
{
    cx_tls_report a = cx_tls_session_report(st->session, CX_FROM_CLIENT);
    cx_tls_report b = cx_tls_session_report(st->session, CX_FROM_SERVER);
    if (a.opened + b.opened || a.closed + b.closed < HOPELESS)
        return;
    cx_tls_session_free(st->session);
    st->session = NULL;
}

bool cx_tls_open_record(cx_tls_state *st, cx_slice body, const cx_chunk *in, cx_emit *out,
                        cx_status *ret)
{
    cx_tls_side *side = &st->side[in->dir];
    cx_tls_record record = {.type = side->type, .version = side->version, .body = body};
    cx_tls_opened opened;
    uint8_t *room = cx_tls_opener_room(out->opener, out->depth);
    if (!room) {
        cx_tls_session_skip(st->session, in->dir, side->type, body.len, body, in->at);
        miss(side);
        return false;
    }
    switch (cx_tls_session_record(st->session, in->dir, &record, in->at, room, &opened)) {
    case CX_TLS_CLEAR:
        return false;
    case CX_TLS_CLOSED:
        miss(side);
        give_up_hopeless(st);
        return false;
    case CX_TLS_OPENED:
        break;
    }
    side->opened = true;
    *ret = take_opened(st, &opened, in, out);
    return true;
}

void cx_tls_open_sslv2(cx_tls_state *st, cx_slice message, const cx_chunk *in)
{
    if (st->session)
        cx_tls_session_sslv2(st->session, in->dir, message);
}

void cx_tls_open_keep_tail(cx_tls_side *side, cx_slice part)
{
    size_t n = part.len < sizeof side->tail ? part.len : sizeof side->tail;
    size_t old = sizeof side->tail - n < side->tail_len ? sizeof side->tail - n : side->tail_len;
    memmove(side->tail, side->tail + side->tail_len - old, old);
    if (n)
        memcpy(side->tail + old, part.p + part.len - n, n);
    side->tail_len = (uint32_t)(old + n);
}

void cx_tls_open_unread(cx_tls_state *st, const cx_chunk *in)
{
    cx_tls_side *side = &st->side[in->dir];
    cx_slice tail = {side->tail, side->tail_len};
    cx_tls_unread unread = side->unread;
    side->unread = CX_TLS_UNREAD_NOT;
    if (!st->session || unread == CX_TLS_UNREAD_NOT)
        return;
    if (unread == CX_TLS_UNREAD_UNWANTED &&
        cx_tls_session_pass(st->session, in->dir, side->type, side->len, tail))
        return;
    cx_tls_session_skip(st->session, in->dir, side->type, side->len, tail, in->at);
    miss(side);
}

void cx_tls_open_lost(cx_tls_state *st, uint64_t bytes, cx_slice before, const cx_chunk *in)
{
    st->side[in->dir].unread = CX_TLS_UNREAD_NOT;
    if (!st->session)
        return;
    cx_tls_session_lose(st->session, in->dir, bytes, before, in->at);
    miss(&st->side[in->dir]);
}

/* ---- ends ---- */

void cx_tls_open_end(cx_tls_state *st, uint8_t dir, cx_emit *out)
{
    cx_tls_side *side = &st->side[dir];
    cx_inner last = inside;
    cx_chunk at = {.dir = dir, .at = side->data_at, .first = side->data_at, .decrypted = true};
    last.fin = true;
    if (side->inner_begun && !side->deserted)
        (void)cx_emit_stream(out, &last, (cx_slice){(const uint8_t *)"", 0}, &at);
    side->deserted = true;
}

void cx_tls_open_close(cx_tls_state *st)
{
    cx_tls_session_free(st->session);
    st->session = NULL;
}
