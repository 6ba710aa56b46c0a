/* DCE/RPC over connections (C706 12.6, MS-RPCE 2.2.2): the security tokens of bind, bind_ack, alter
 * and AUTH3 go to "gss"; the first answer behind them says whether they were taken. Over TCP, named
 * pipes and HTTP alike. Emits CX_EV_LOGON. State: bytes to pass over, and who waits for an answer.
 */
#include "base/cursor.h"
#include "flow/dissector.h"

enum {
    RESPONSE = 2,
    FAULT = 3,
    BIND = 11,
    BIND_ACK = 12,
    BIND_NAK = 13,
    ALTER = 14,
    ALTER_RESPONSE = 15,
    AUTH3 = 16,
    RTS = 20 /* RPC over HTTP (MS-RPCH 2.2.3.6) */
};

enum { SEC_PKG_ERROR = 0x721, PROTO_ERROR = 0x1c01000b };

enum { HEADER = 16, TRAILER = 8, AUTH_NTLM = 10, AUTH_SPNEGO = 9, AUTH_KERBEROS = 16 };

#define GREETING "ncacn_http/1.0" /* of servers on port 593 (MS-RPCH 2.1.1.1) */

typedef struct dcerpc_state {
    uint32_t skip[2]; /* bytes of a fragment that nobody wants */
    bool lost[2];
    bool waits; /* a token of the client has had no verdict yet */
} dcerpc_state;

typedef struct fragment {
    uint8_t type;
    bool little;
    uint16_t len, auth_len;
} fragment;

/* The header at the start of s, of which HEADER bytes are there. False: it is none. */
static bool read_header(cx_slice s, fragment *ret)
{
    cx_cursor c = cx_cursor_over(s, CX_MALFORMED);
    uint8_t version = cx_u8(&c), minor = cx_u8(&c), type = cx_u8(&c);
    (void)cx_u8(&c); /* flags */
    uint8_t order = cx_u8(&c);
    (void)cx_take(&c, 3);
    bool little = order & 0x10;
    uint16_t len = little ? cx_le16(&c) : cx_be16(&c);
    uint16_t auth_len = little ? cx_le16(&c) : cx_be16(&c);
    if (c.err != CX_OK || version != 5 || minor > 1 || type > RTS || (order & 0xee) != 0 ||
        len < HEADER || auth_len > len - HEADER)
        return false;
    *ret = (fragment){.type = type, .little = little, .len = len, .auth_len = auth_len};
    return true;
}

static bool has_token(const fragment *f)
{
    return f->auth_len && f->len >= HEADER + TRAILER + f->auth_len &&
           (f->type == BIND || f->type == BIND_ACK || f->type == ALTER ||
            f->type == ALTER_RESPONSE || f->type == AUTH3);
}

static bool has_verdict(const dcerpc_state *s, const fragment *f)
{
    return s->waits && (f->type == RESPONSE || f->type == FAULT || f->type == BIND_NAK);
}

static void logon(dcerpc_state *s, const cx_chunk *in, cx_emit *out, bool success, uint32_t status,
                  const char *name)
{
    cx_event e = cx_event_of(CX_EV_LOGON, in);
    e.u.logon = (cx_ev_logon){.carrier = "dcerpc",
                              .success = success,
                              .status_kind = CX_LOGON_RPC,
                              .status = status,
                              .status_name = name};
    cx_emit_event(out, &e);
    s->waits = false;
}

static uint32_t u32_at(const fragment *f, cx_slice bytes, size_t at)
{
    cx_cursor c = cx_cursor_over(cx_slice_sub(bytes, at, 4), CX_MALFORMED);
    return f->little ? cx_le32(&c) : cx_be32(&c);
}

/* What the server says to the first request, or instead of a bind_ack. Access denied (5) tells
 * nothing: Windows says so of refused logons, and servers of any kind of calls that a user who
 * logged on may not make. */
static void verdict(dcerpc_state *s, const fragment *f, cx_slice bytes, const cx_chunk *in,
                    cx_emit *out)
{
    if (f->type == BIND_NAK) {
        cx_cursor c = cx_cursor_over(cx_slice_sub(bytes, HEADER, 2), CX_MALFORMED);
        logon(s, in, out, false, f->little ? cx_le16(&c) : cx_be16(&c), "bind_nak");
        return;
    }
    if (f->type == RESPONSE) {
        logon(s, in, out, true, 0, NULL);
        return;
    }
    uint32_t status = u32_at(f, bytes, 24);
    if (status == SEC_PKG_ERROR)
        logon(s, in, out, false, status, "RPC_S_SEC_PKG_ERROR");
    else if (status == PROTO_ERROR) /* Samba, for a request whose signature it cannot check */
        logon(s, in, out, false, status, "nca_s_proto_error");
    s->waits = false;
}

static void take(dcerpc_state *s, const fragment *f, cx_slice bytes, const cx_chunk *in,
                 cx_emit *out)
{
    if (!has_token(f)) {
        verdict(s, f, bytes, in, out);
        return;
    }
    uint8_t type = bytes.p[f->len - f->auth_len - TRAILER];
    if (type != AUTH_SPNEGO && type != AUTH_NTLM && type != AUTH_KERBEROS)
        return; /* Netlogon's secure channel */
    s->waits |= f->type == BIND || f->type == ALTER || f->type == AUTH3;
    cx_emit_child(out, "gss", cx_slice_sub(bytes, f->len - f->auth_len, f->auth_len), in, "dcerpc");
}

static bool plausible(cx_slice s)
{
    fragment f;
    return s.len >= HEADER && read_header(s, &f) && (s.p[4] & 0x10) && s.p[5] == 0 && s.p[6] == 0;
}

static cx_fed feed(void *state, const cx_chunk *in, cx_emit *out)
{
    dcerpc_state *s = state;
    uint32_t *skip = &s->skip[in->dir];
    bool *lost = &s->lost[in->dir];
    size_t pos = 0, need = HEADER;
    if (in->gap) {
        *lost |= in->missing > *skip;
        *skip = in->missing <= *skip ? *skip - (uint32_t)in->missing : 0;
        return cx_fed_ok(0);
    }
    while (pos < in->bytes.len) {
        cx_slice view = cx_slice_sub(in->bytes, pos, in->bytes.len);
        fragment f;
        need = HEADER;
        if (*skip) {
            size_t n = *skip < view.len ? *skip : view.len;
            *skip -= (uint32_t)n;
            pos += n;
            continue;
        }
        if (view.len < HEADER)
            break;
        if (*lost && !plausible(view)) {
            pos++;
            continue;
        }
        *lost = false;
        if (memcmp(view.p, GREETING, sizeof GREETING - 1) == 0) {
            pos += sizeof GREETING - 1;
            continue;
        }
        if (!read_header(view, &f)) {
            cx_emit_malformed(out, in, "dcerpc", "no header of a fragment");
            return cx_fed_end(CX_MALFORMED);
        }
        if (!has_token(&f) && !has_verdict(s, &f)) {
            *skip = f.len;
            continue;
        }
        need = f.len;
        if (view.len < f.len)
            break;
        take(s, &f, view, in, out);
        pos += f.len;
    }
    if (in->fin || in->cut) {
        *lost = true;
        return cx_fed_ok(in->bytes.len);
    }
    if (pos == in->bytes.len)
        return cx_fed_ok(pos);
    return cx_fed_more(pos, need);
}

static cx_match probe(const cx_chunk *first)
{
    cx_slice b = first->bytes;
    fragment f;
    size_t n = b.len < sizeof GREETING - 1 ? b.len : sizeof GREETING - 1;
    if (n && memcmp(b.p, GREETING, n) == 0)
        return n == sizeof GREETING - 1 ? CX_MATCH_YES : CX_MATCH_MAYBE;
    if (b.len < HEADER) {
        bool fits = b.len == 0 ||
                    (b.p[0] == 5 && (b.len < 2 || b.p[1] <= 1) && (b.len < 3 || b.p[2] <= RTS));
        return fits ? CX_MATCH_MAYBE : CX_MATCH_NO;
    }
    /* the rest of the byte order label is zero for all that exists */
    return read_header(b, &f) && (b.p[4] & 0xef) == 0 && b.p[5] == 0 && b.p[6] == 0 && b.p[7] == 0
               ? CX_MATCH_YES
               : CX_MATCH_NO;
}

static const cx_mask masks[] = {
    {.mask = {0xff, 0xfe, 0xe0, 0, 0xef, 0xff, 0xff, 0xff}, .value = {5, 0, 0, 0, 0, 0, 0, 0}},
    {.mask = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, .value = "ncacn_ht"},
};

const cx_dissector cx_dissector_dcerpc = {
    .name = "dcerpc",
    .title = "DCE/RPC over connections, security tokens",
    .spec = "C706 12.6, MS-RPCE 2.2.2.11",
    .transports = CX_OVER_TCP,
    .ports = {135, 593},
    .masks = masks,
    .n_masks = sizeof masks / sizeof masks[0],
    .probe = probe,
    .state_size = sizeof(dcerpc_state),
    .feed = feed,
    .emits = CX_BIT(CX_EV_LOGON) | CX_BIT(CX_EV_MALFORMED),
};
