/* DCE/RPC over connections (C706 12.6, MS-RPCE 2.2.2): the security tokens of bind, bind_ack, alter
 * and AUTH3 go to "gss"; the first answer to a call behind them says whether they were taken. Over
 * TCP, named pipes and HTTP alike. Emits CX_EV_LOGON. State: bytes to pass over, and the security
 * contexts that wait for an answer, each an exchange of its own. */
#include "base/cursor.h"
#include "flow/dissector.h"

enum {
    REQUEST = 0,
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

enum {
    HEADER = 16,
    TRAILER = 8, /* of a security token (MS-RPCE 2.2.2.11) */
    AUTH_SPNEGO = 9,
    AUTH_NTLM = 10,
    AUTH_KERBEROS = 16,
    LEVEL_CONNECT = 2, /* calls need no verifier */
    MAX_CONTEXTS = 4   /* security contexts that wait at a time; clients use one or two */
};

#define GREETING "ncacn_http/1.0" /* of servers on port 593 (MS-RPCH 2.1.1.1) */

/* A security context, from the client's token to the first answer that tells what became of it. */
typedef struct context {
    uint32_t id;
    uint32_t token_call; /* call id of the token, when it has an answer of its own */
    uint32_t call;       /* and of the first call behind it, when asked */
    uint8_t level;
    bool waits, has_answer, asked;
} context;

typedef struct dcerpc_state {
    uint32_t skip[2]; /* bytes of a fragment that nobody wants */
    bool lost[2];
    context context[MAX_CONTEXTS];
    uint32_t next;
} dcerpc_state;

typedef struct fragment {
    uint8_t type;
    bool little;
    uint16_t len, auth_len;
    uint32_t call;
} fragment;

/* What stands before the token of a fragment. */
typedef struct trailer {
    uint8_t type, level;
    uint32_t context;
} trailer;

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
    uint32_t call = little ? cx_le32(&c) : cx_be32(&c);
    if (c.err != CX_OK || version != 5 || minor > 1 || type > RTS || (order & 0xee) != 0 ||
        len < HEADER || auth_len > len - HEADER)
        return false;
    *ret =
        (fragment){.type = type, .little = little, .len = len, .auth_len = auth_len, .call = call};
    return true;
}

static bool has_token(const fragment *f)
{
    return f->auth_len && f->len >= HEADER + TRAILER + f->auth_len &&
           (f->type == BIND || f->type == BIND_ACK || f->type == ALTER ||
            f->type == ALTER_RESPONSE || f->type == AUTH3);
}

static bool waits(const dcerpc_state *s)
{
    bool any = false;
    for (int i = 0; i < MAX_CONTEXTS; i++)
        any |= s->context[i].waits;
    return any;
}

/* Of calls and answers those that may tell what became of a token. */
static bool is_wanted(const dcerpc_state *s, const fragment *f)
{
    return has_token(f) || (waits(s) && (f->type == REQUEST || f->type == RESPONSE ||
                                         f->type == FAULT || f->type == BIND_NAK));
}

static uint32_t u32_at(const fragment *f, cx_slice bytes, size_t at)
{
    cx_cursor c = cx_cursor_over(cx_slice_sub(bytes, at, 4), CX_MALFORMED);
    return f->little ? cx_le32(&c) : cx_be32(&c);
}

static bool read_trailer(const fragment *f, cx_slice bytes, trailer *ret)
{
    if (!f->auth_len || f->len < HEADER + TRAILER + f->auth_len)
        return false;
    size_t at = f->len - f->auth_len - (size_t)TRAILER;
    *ret = (trailer){
        .type = bytes.p[at], .level = bytes.p[at + 1], .context = u32_at(f, bytes, at + 4)};
    return true;
}

/* ---- security contexts ---- */

static context *context_of(dcerpc_state *s, uint32_t id)
{
    for (int i = 0; i < MAX_CONTEXTS; i++)
        if (s->context[i].waits && s->context[i].id == id)
            return &s->context[i];
    return NULL;
}

static context *context_for(dcerpc_state *s, uint32_t id)
{
    context *c = context_of(s, id);
    if (c)
        return c;
    for (int i = 0; i < MAX_CONTEXTS; i++)
        if (!s->context[i].waits)
            return &s->context[i];
    c = &s->context[s->next];
    s->next = (s->next + 1) % MAX_CONTEXTS;
    return c;
}

/* Numbers of exchanges: that of the stream itself, and above it the place in the table. */
static uint32_t exchange_of(const dcerpc_state *s, const context *c, uint32_t stream)
{
    return c ? stream | (uint32_t)(c - s->context) << 16 : stream;
}

static void take_token(dcerpc_state *s, const fragment *f, cx_slice bytes, const trailer *t,
                       const cx_chunk *in, cx_emit *out)
{
    uint32_t stream = out->exchange;
    context *c = context_of(s, t->context);
    if (f->type == BIND || f->type == ALTER || f->type == AUTH3) {
        c = context_for(s, t->context);
        *c = (context){.id = t->context,
                       .token_call = f->call,
                       .level = t->level,
                       .waits = true,
                       .has_answer = f->type != AUTH3};
    }
    out->exchange = exchange_of(s, c, stream);
    cx_emit_child(out, "gss", cx_slice_sub(bytes, f->len - f->auth_len, f->auth_len), in, "dcerpc");
    out->exchange = stream;
}

/* The first call behind a token. Without a verifier it can only be that of a context which needs
 * none, when there is just one. */
static void take_request(dcerpc_state *s, const fragment *f, cx_slice bytes)
{
    trailer t;
    context *c = NULL;
    uint32_t n = 0;
    if (read_trailer(f, bytes, &t))
        c = context_of(s, t.context);
    else
        for (int i = 0; i < MAX_CONTEXTS; i++)
            if (s->context[i].waits && ++n && s->context[i].level <= LEVEL_CONNECT)
                c = &s->context[i];
    if (!c || n > 1 || c->asked)
        return;
    c->asked = true;
    c->call = f->call;
}

/* The context that an answer tells about: its verifier is made with the keys of it, or it is the
 * answer to the first call. */
static context *context_of_answer(dcerpc_state *s, const fragment *f, cx_slice bytes,
                                  bool *ret_verified)
{
    trailer t;
    context *c = read_trailer(f, bytes, &t) ? context_of(s, t.context) : NULL;
    *ret_verified = c != NULL;
    for (int i = 0; i < MAX_CONTEXTS && !c; i++)
        if (s->context[i].waits && s->context[i].asked && s->context[i].call == f->call)
            c = &s->context[i];
    return c;
}

/* ---- verdicts ---- */

static void logon(dcerpc_state *s, context *c, cx_ev_logon result, const cx_chunk *in, cx_emit *out)
{
    uint32_t stream = out->exchange;
    cx_event e;
    cx_event_begin(&e, CX_EV_LOGON, in);
    e.u.logon = result;
    e.u.logon.carrier = "dcerpc";
    e.u.logon.status_kind = CX_LOGON_RPC;
    out->exchange = exchange_of(s, c, stream);
    cx_emit_event(out, &e);
    out->exchange = stream;
    c->waits = false;
}

/* Reasons of a bind_nak that may be about the token (MS-RPCE 2.2.2.5, C706 12.6.3.1). Samba gives
 * none also for a bind that is out of order. */
static const struct {
    uint32_t reason;
    const char *name;
    bool unclear;
} refusals[] = {
    {0, "reason_not_specified", true},
    {8, "authentication_type_not_recognized", false},
    {9, "invalid_checksum", false},
};

static void take_bind_nak(dcerpc_state *s, const fragment *f, cx_slice bytes, const cx_chunk *in,
                          cx_emit *out)
{
    cx_cursor r = cx_cursor_over(cx_slice_sub(bytes, HEADER, 2), CX_MALFORMED);
    uint16_t reason = f->little ? cx_le16(&r) : cx_be16(&r);
    for (int i = 0; i < MAX_CONTEXTS; i++) {
        context *c = &s->context[i];
        if (!c->waits || c->token_call != f->call)
            continue;
        for (size_t k = 0; k < sizeof refusals / sizeof *refusals && c->waits; k++)
            if (refusals[k].reason == reason && r.err == CX_OK)
                logon(s, c,
                      (cx_ev_logon){.status = reason,
                                    .status_name = refusals[k].name,
                                    .unclear = refusals[k].unclear},
                      in, out);
        c->waits = false;
    }
}

/* What faults say of a logon. Access denied says it of refused logons, and just so of calls that
 * a user who logged on may not make. */
static const struct {
    uint32_t status;
    const char *name;
    bool unclear;
} faults[] = {
    {0x00000005, "ERROR_ACCESS_DENIED", true},
    {0x00000721, "RPC_S_SEC_PKG_ERROR", false},
    {0x1c01000b, "nca_s_proto_error", false}, /* Samba, of a verifier that it cannot check */
};

static void take_fault(dcerpc_state *s, const fragment *f, cx_slice bytes, const cx_chunk *in,
                       cx_emit *out)
{
    bool verified, to_token = false;
    context *c = context_of_answer(s, f, bytes, &verified);
    for (int i = 0; i < MAX_CONTEXTS && !c; i++)
        if (s->context[i].waits && s->context[i].has_answer && !s->context[i].asked &&
            s->context[i].token_call == f->call) {
            c = &s->context[i];
            to_token = true;
        }
    if (!c)
        return;
    if (verified) { /* the logon was good, the call was not */
        logon(s, c, (cx_ev_logon){.success = true}, in, out);
        return;
    }
    cx_ev_logon result = {.status = u32_at(f, bytes, 24)};
    bool known = false;
    result.nt_status = cx_ntstatus_of_win32(result.status);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (faults[i].status == result.status) {
            result.status_name = faults[i].name;
            result.unclear = faults[i].unclear && !to_token;
            known = true;
        }
    if (!known && result.status >> 16 == 0x8009) /* SSPI (MS-ERREF 2.1.1) */
        result.status_name = cx_ntstatus_name(result.status);
    if (known || to_token || result.nt_status || result.status >> 16 == 0x8009)
        logon(s, c, result, in, out);
    else
        c->asked = false; /* of the call: the next one tells */
}

static void take(dcerpc_state *s, const fragment *f, cx_slice bytes, const cx_chunk *in,
                 cx_emit *out)
{
    trailer t;
    bool verified;
    if (has_token(f)) {
        if (read_trailer(f, bytes, &t) &&
            (t.type == AUTH_SPNEGO || t.type == AUTH_NTLM || t.type == AUTH_KERBEROS))
            take_token(s, f, bytes, &t, in, out); /* else Netlogon's secure channel, or TLS */
    } else if (f->type == REQUEST) {
        take_request(s, f, bytes);
    } else if (f->type == BIND_NAK) {
        take_bind_nak(s, f, bytes, in, out);
    } else if (f->type == FAULT) {
        take_fault(s, f, bytes, in, out);
    } else {
        context *c = context_of_answer(s, f, bytes, &verified);
        if (c)
            logon(s, c, (cx_ev_logon){.success = true}, in, out);
    }
}

/* ---- fragments ---- */

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
    bool last = in->fin || in->cut;
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
        if (!is_wanted(s, &f)) {
            *skip = f.len;
            continue;
        }
        need = f.len;
        if (view.len < f.len && !last)
            break;
        if (view.len < f.len) {
            *skip = f.len;
            continue;
        }
        take(s, &f, view, in, out);
        pos += f.len;
    }
    if (pos == in->bytes.len)
        return cx_fed_ok(pos);
    if (last) { /* less than a header */
        *lost = true;
        return cx_fed_ok(in->bytes.len);
    }
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
    .reset = cx_nothing_waits,
    .emits = CX_BIT(CX_EV_LOGON) | CX_BIT(CX_EV_MALFORMED),
};
