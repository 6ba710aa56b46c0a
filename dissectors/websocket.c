/* SIP over WebSocket (RFC 6455 5, RFC 7118): frames of both directions, once the handshake has
 * chosen SIP as subprotocol. Each message is one of SIP, whole, and goes to "sip". Emits MALFORMED.
 *
 * Compressed messages (RFC 7692) are passed over, and that is said: servers of SIP do not offer it.
 * A gap inside a frame is stepped over, for its length is known; any other loss ends the reading:
 * nothing marks where a frame begins. State: a position per direction, and the fragments of a
 * message; it owns their buffer. */
#include "base/buf.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "flow/dissector.h"

enum { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

typedef struct frame {
    bool fin, compressed;
    uint8_t opcode;
    bool masked;
    uint8_t key[4];
    size_t header; /* bytes */
    uint64_t len;  /* bytes of the payload */
} frame;

typedef struct side {
    uint64_t skip;  /* bytes left of a frame that is passed over */
    cx_buf message; /* of fragments */
    bool open;      /* a fragmented message goes on */
    bool lost;      /* and cannot be read */
    bool said;      /* that something is not read */
} side;

typedef struct state {
    side side[2];
} state;

/* CX_NEED_MORE: the header is not whole. CX_MALFORMED: no frame (RFC 6455 5.2, 5.5). */
static cx_status read_header(cx_slice s, frame *ret)
{
    cx_cursor c = cx_cursor_over(s, CX_NEED_MORE);
    frame f = {.header = 0};
    uint8_t first = cx_u8(&c), second = cx_u8(&c);
    f.fin = first & 0x80;
    f.compressed = first & 0x40;
    f.opcode = first & 0x0f;
    f.masked = second & 0x80;
    f.len = second & 0x7f;
    if (c.err != CX_OK)
        return c.err;
    bool control = f.opcode >= CLOSE;
    if (first & 0x30 || f.opcode > PONG || (f.opcode > BINARY && !control) ||
        (control && (!f.fin || f.len > 125 || f.compressed)))
        return CX_MALFORMED;
    if (f.len == 126)
        f.len = cx_be16(&c);
    else if (f.len == 127)
        f.len = cx_be64(&c);
    const uint8_t *key = f.masked ? cx_take(&c, 4) : NULL;
    if (c.err != CX_OK)
        return c.err;
    if (f.len >> 63)
        return CX_MALFORMED;
    if (key)
        memcpy(f.key, key, 4);
    f.header = s.len - c.left;
    *ret = f;
    return CX_OK;
}

/* The payload in clear. p == NULL: no memory. */
static cx_slice unmask(cx_slice payload, const frame *f, cx_arena *a)
{
    if (!f->masked)
        return payload;
    uint8_t *clear = cx_arena_take(a, payload.len + 1);
    if (!clear)
        return (cx_slice){NULL, 0};
    for (size_t i = 0; i < payload.len; i++)
        clear[i] = payload.p[i] ^ f->key[i % 4];
    return (cx_slice){clear, payload.len};
}

static void say(side *s, const cx_chunk *in, cx_emit *out, const char *reason)
{
    if (!s->said)
        cx_emit_malformed(out, in, "websocket", reason);
    s->said = true;
}

static void end_message(side *s)
{
    cx_buf_free(&s->message);
    s->open = s->lost = false;
}

/* A part of a message, or the whole of it. */
static void take_data(side *s, const frame *f, cx_slice payload, const cx_chunk *in, cx_emit *out)
{
    cx_slice clear = unmask(payload, f, out->scratch);
    if (f->fin && f->opcode != CONTINUATION) {
        if (clear.len)
            cx_emit_child(out, "sip", clear, in, out->carrier);
        return;
    }
    if (!clear.p || cx_buf_put_slice(&s->message, clear) != CX_OK)
        s->lost = true;
    if (f->fin && !s->lost && s->message.len)
        cx_emit_child(out, "sip", cx_buf_slice(&s->message), in, out->carrier);
}

/* Is this frame one to be read whole? Says when it is one that cannot be read. */
static bool opens(side *s, const frame *f, const cx_chunk *in, cx_emit *out)
{
    if (f->opcode >= CLOSE)
        return false;
    if (f->opcode != CONTINUATION) {
        end_message(s);
        s->message = cx_buf_init(CX_MAX_SIP_MESSAGE);
        s->open = !f->fin;
        s->lost = f->compressed || f->len > CX_MAX_SIP_MESSAGE;
        if (f->compressed)
            say(s, in, out, "compressed messages are not read");
        return !s->lost;
    }
    if (f->len > CX_MAX_SIP_MESSAGE)
        s->lost = true;
    return s->open && !s->lost;
}

static cx_fed take_frame(side *s, cx_slice rest, const cx_chunk *in, cx_emit *out)
{
    frame f;
    bool last = in->fin || in->cut;
    cx_status status = read_header(rest, &f);
    if (status == CX_NEED_MORE)
        return last ? cx_fed_ok(rest.len) : cx_fed_more(0, rest.len + 1);
    if (status != CX_OK) {
        say(s, in, out, "no frame where one should begin");
        return cx_fed_end(CX_MALFORMED);
    }
    uint64_t len = f.header + f.len;
    bool wanted = f.opcode < CLOSE && f.len <= CX_MAX_SIP_MESSAGE && !f.compressed;
    if (wanted && rest.len < len && !last)
        return cx_fed_more(0, (size_t)len);
    bool read = opens(s, &f, in, out);
    if (read && rest.len >= len) {
        take_data(s, &f, cx_slice_sub(rest, f.header, (size_t)f.len), in, out);
    } else if (read) {
        s->lost = true;
    }
    if (f.opcode < CLOSE && f.fin)
        end_message(s);
    size_t there = rest.len < len ? rest.len : (size_t)len;
    s->skip = len - there;
    return cx_fed_ok(there);
}

/* A gap in a frame that is passed over is passed over. */
static cx_fed pass_gap(side *s, const cx_chunk *in)
{
    if (in->missing > s->skip || !s->skip)
        return cx_fed_end(CX_DONE);
    s->skip -= in->missing;
    return cx_fed_ok(0);
}

static cx_fed feed(void *self, const cx_chunk *in, cx_emit *out)
{
    side *s = &((state *)self)->side[in->dir & 1];
    if (in->gap)
        return pass_gap(s, in);
    if (s->skip) {
        size_t n = s->skip < in->bytes.len ? (size_t)s->skip : in->bytes.len;
        s->skip -= n;
        return cx_fed_ok(n);
    }
    /* one frame a call: the arena is then empty for the next one */
    return in->bytes.len ? take_frame(s, in->bytes, in, out) : cx_fed_ok(0);
}

static void close_flow(void *self, cx_emit *out)
{
    state *st = self;
    (void)out;
    end_message(&st->side[CX_FROM_CLIENT]);
    end_message(&st->side[CX_FROM_SERVER]);
}

const cx_dissector cx_dissector_websocket = {
    .name = "websocket",
    .title = "SIP over WebSocket",
    .spec = "RFC 6455 5, RFC 7118",
    .state_size = sizeof(state),
    .feed = feed,
    .close = close_flow,
    .emits = CX_BIT(CX_EV_MALFORMED),
};
