/* TDS 7 and 8 of SQL Server (MS-TDS 2.2): tokens of SSPI in the login and in what follows it, how
 * the login ended, and the TLS handshake inside of PRELOGIN packets. Emits LOGON and MALFORMED;
 * tokens go to "gss", TLS to "tls". State: a position per direction and whether a login with SSPI
 * waits for its answer; it owns nothing.
 *
 * A message may take several packets, each with a header of 8 octets. The handshake comes in
 * packets of type PRELOGIN; behind it records of TLS stand where packets would, for good or, when
 * only the login is encrypted, up to its end (MS-TDS 2.2.6.5, 3.2.5.2). Both are one stream of TLS.
 * Where the client sends a request, the login is over, and no more is read. */
#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"
#include "flow/dissector.h"

enum { HEADER = 8, RECORD_HEADER = 5 }; /* octets */

enum { /* packet types: MS-TDS 2.2.3.1.1 */
       RESPONSE = 0x04,
       FEDAUTH = 0x08,
       LOGIN7 = 0x10,
       SSPI = 0x11,
       PRELOGIN = 0x12,
       SMP = 0x53 /* the header of MC-SMP 2.2.1, in front of requests */
};

enum { /* tokens of a response: MS-TDS 2.2.7 */
       TOKEN_ERROR = 0xaa,
       TOKEN_INFO = 0xab,
       TOKEN_LOGINACK = 0xad,
       TOKEN_FEATUREEXTACK = 0xae,
       TOKEN_ENVCHANGE = 0xe3,
       TOKEN_SESSIONSTATE = 0xe4,
       TOKEN_SSPI = 0xed,
       TOKEN_FEDAUTHINFO = 0xee
};

enum { END_OF_MESSAGE = 1, LARGEST_STATUS = 0x1f };

typedef struct direction {
    uint64_t left;  /* bytes still to come of a packet or a record */
    uint64_t junk;  /* bytes passed over while searching */
    bool tls;       /* what is left, and every further PRELOGIN packet, is of TLS */
    bool skip;      /* what is left is not */
    bool inside;    /* the next packet goes on with a message that is passed over */
    bool searching; /* for a header, at the beginning of each segment */
    bool started;
} direction;

typedef struct state {
    direction dir[2];
    bool pending; /* tokens were exchanged, and the server has not said the last word */
    bool over;
} state;

typedef struct packet {
    uint8_t type, status;
    uint16_t len; /* with its header */
} packet;

/* ---- packets ---- */

static bool is_type(uint8_t type)
{
    return (type >= 1 && type <= 8) || (type >= 0x0e && type <= PRELOGIN);
}

/* CX_OK, CX_NEED_MORE, or CX_MALFORMED when no packet begins so. */
static cx_status read_header(cx_slice s, packet *ret)
{
    cx_cursor c = cx_cursor_over(s, CX_NEED_MORE);
    packet p = {.type = cx_u8(&c), .status = cx_u8(&c), .len = cx_be16(&c)};
    (void)cx_be16(&c); /* process of the server */
    (void)cx_u8(&c);   /* number */
    uint8_t window = cx_u8(&c);
    if ((s.len && !is_type(p.type)) || p.status > LARGEST_STATUS || window)
        return CX_MALFORMED;
    if (c.err == CX_OK && p.len < HEADER)
        return CX_MALFORMED;
    if (c.err == CX_OK)
        *ret = p;
    return c.err;
}

/* A record of TLS (RFC 8446 5.1), whose types are none of packets. May these be its first octets?
 */
static bool may_be_record(cx_slice s)
{
    return s.len && s.p[0] >= 0x14 && s.p[0] <= 0x17 && (s.len < 2 || s.p[1] == 3);
}

/* The packets of one message. */
typedef struct message {
    size_t size;    /* bytes, with the headers */
    size_t packets; /* how many of them have begun */
    bool ends;      /* the last of those is the last of the message */
} message;

/* CX_NEED_MORE: the message goes on, and ret->size bytes are needed to tell how far. CX_MALFORMED:
 * other packets among them. CX_LIMIT: longer than any login. */
static cx_status measure(cx_slice s, message *ret)
{
    packet p = {0};
    uint8_t type = s.len ? s.p[0] : 0;
    *ret = (message){.size = 0};
    while (!ret->ends) {
        cx_status status = read_header(cx_slice_sub(s, ret->size, s.len), &p);
        if (status == CX_NEED_MORE)
            ret->size += HEADER;
        if (status != CX_OK)
            return status;
        if (p.type != type)
            return CX_MALFORMED;
        ret->size += p.len;
        ret->packets++;
        ret->ends = p.status & END_OF_MESSAGE;
        if (ret->size > CX_MAX_TDS_MESSAGE)
            return CX_LIMIT;
        if (ret->size > s.len)
            return CX_NEED_MORE;
    }
    return CX_OK;
}

/* What the packets in s hold together. p == NULL: no memory. */
static cx_slice join(cx_slice s, const message *m, cx_arena *a)
{
    packet p = {0};
    if (m->packets == 1)
        return cx_slice_sub(s, HEADER, s.len);
    uint8_t *to = cx_arena_take(a, s.len);
    cx_slice joined = {to, 0};
    for (size_t at = 0; to && read_header(cx_slice_sub(s, at, s.len), &p) == CX_OK; at += p.len) {
        cx_slice body = cx_slice_sub(s, at + HEADER, p.len - HEADER);
        if (body.len)
            memcpy(to + joined.len, body.p, body.len);
        joined.len += body.len;
    }
    return joined;
}

/* ---- logins ---- */

typedef struct reading {
    state *st;
    const cx_chunk *in;
    cx_emit *out;
    bool whole; /* the message is there up to its end */
} reading;

static void hand_on(const reading *r, cx_slice token)
{
    if (!token.len)
        return;
    r->st->pending = true;
    cx_emit_child(r->out, "gss", token, r->in, "tds");
}

/* LOGIN7 (MS-TDS 2.2.6.4): where its token begins and how long it is; a length that does not fit
 * into 16 bits stands behind. Before TDS 7.2 there was no room for one. */
static void read_login(const reading *r, cx_slice s)
{
    enum { AT_TOKEN = 78, AT_LONG = 90, FIXED_LONG = 94 };
    cx_cursor c = cx_cursor_over(s, r->whole ? CX_MALFORMED : CX_TRUNCATED);
    (void)cx_take(&c, AT_TOKEN);
    uint16_t at = cx_le16(&c), len = cx_le16(&c);
    cx_status status = c.err;
    uint32_t size = len;
    if (len == UINT16_MAX && at >= FIXED_LONG) {
        (void)cx_take(&c, AT_LONG - AT_TOKEN - 4);
        uint32_t long_len = cx_le32(&c);
        size = c.err == CX_OK && long_len ? long_len : len;
    }
    if (status == CX_OK && size) {
        hand_on(r, cx_slice_sub(s, at, size));
        if (at > s.len || size > s.len - at)
            status = c.on_short;
    }
    if (status == CX_MALFORMED)
        cx_emit_malformed(r->out, r->in, "tds", "a login that ends early");
}

typedef struct answer {
    bool accepted, goes_on, refused;
    uint32_t number; /* of the first error */
    cx_slice text;   /* UTF-16LE */
} answer;

/* ERROR (MS-TDS 2.2.7.10): number, state, class, a message with its length in characters. */
static void read_error(cx_cursor body, answer *a)
{
    uint32_t number = cx_le32(&body);
    (void)cx_le16(&body);
    uint16_t chars = cx_le16(&body);
    if (a->refused || body.err != CX_OK)
        return;
    size_t len = (size_t)chars * 2 < body.left ? (size_t)chars * 2 : body.left;
    len = len < 2 * CX_MAX_LOGON_TEXT ? len : 2 * CX_MAX_LOGON_TEXT;
    a->refused = true;
    a->number = number;
    a->text = (cx_slice){body.p, len};
}

/* FEATUREEXTACK (MS-TDS 2.2.7.11): features up to one that is 255. */
static void pass_features(cx_cursor *c)
{
    while (c->err == CX_OK && cx_u8(c) != 0xff)
        (void)cx_take(c, cx_le32(c));
}

/* The tokens in front of DONE, or of one that no answer to a login has. */
static answer read_answer(const reading *r, cx_slice s)
{
    answer a = {0};
    cx_cursor c = cx_cursor_over(s, CX_TRUNCATED);
    while (c.left) {
        uint8_t token = cx_u8(&c);
        if (token == TOKEN_FEATUREEXTACK) {
            pass_features(&c);
            continue;
        }
        bool wide = token == TOKEN_SESSIONSTATE || token == TOKEN_FEDAUTHINFO;
        bool known = wide || token == TOKEN_ERROR || token == TOKEN_INFO ||
                     token == TOKEN_LOGINACK || token == TOKEN_ENVCHANGE || token == TOKEN_SSPI;
        if (!known)
            break;
        size_t len = wide ? cx_le32(&c) : cx_le16(&c);
        if (c.err == CX_OK && token == TOKEN_SSPI) {
            a.goes_on = true;
            hand_on(r, (cx_slice){c.p, len < c.left ? len : c.left});
        }
        cx_cursor body = cx_sub(&c, len);
        a.accepted |= token == TOKEN_LOGINACK && body.err == CX_OK;
        if (token == TOKEN_ERROR)
            read_error(body, &a);
    }
    return a;
}

static void read_response(const reading *r, cx_slice s)
{
    state *st = r->st;
    answer a = read_answer(r, s);
    st->over = a.accepted;
    if (!st->pending || !(a.accepted || (a.refused && !a.goes_on)))
        return;
    st->pending = false;
    cx_slice text = a.accepted ? (cx_slice){NULL, 0} : cx_utf16le(a.text, r->out->scratch);
    cx_event e;
    cx_event_begin(&e, CX_EV_LOGON, r->in);
    e.u.logon = (cx_ev_logon){.carrier = "tds",
                              .success = a.accepted,
                              .status_kind = CX_LOGON_REPLY,
                              .status = a.accepted ? 0 : a.number,
                              .text = text.len ? text : (cx_slice){NULL, 0}};
    cx_emit_event(r->out, &e);
}

/* ---- the stream ---- */

static void pass_tls(const direction *d, cx_slice bytes, const cx_chunk *in, cx_emit *out)
{
    const cx_inner inner = {.number = 1, .name = "tls", .decrypted = in->decrypted};
    if (d->tls)
        cx_emit_stream(out, &inner, bytes, in);
}

static void pass_gap(direction *d, const cx_chunk *in, cx_emit *out)
{
    cx_chunk gap = *in;
    bool within = !d->searching && d->left && in->missing <= d->left;
    if (!within)
        gap.missing = UINT64_MAX; /* of TLS: headers of packets may be among them */
    if (!d->skip)
        pass_tls(d, (cx_slice){NULL, 0}, &gap, out);
    if (within) {
        d->left -= in->missing;
        return;
    }
    d->left = 0;
    d->inside = false;
    d->searching = true;
}

/* Begins what has a header of this many bytes, a part of which s may be. Returns what is consumed.
 */
static size_t begin(direction *d, cx_slice s, size_t header, uint64_t len, bool tls)
{
    size_t n = header < s.len ? header : s.len;
    d->left = len - n;
    d->skip = !tls;
    d->tls |= tls;
    d->started = true;
    return n;
}

static void lose(direction *d, const cx_chunk *in, cx_emit *out)
{
    if (d->started && !d->searching)
        cx_emit_malformed(out, in, "tds", "no packet where one should begin");
    d->started = false;
    d->inside = false;
    d->searching = true;
}

/* Else it is a request, for which a client must have been let in. */
static bool is_login(uint8_t type)
{
    return type == FEDAUTH || type == LOGIN7 || type == SSPI || type == PRELOGIN;
}

/* A message of a login, whole. Returns its bytes; 0 when *ret_need are needed. */
static size_t take_message(state *st, cx_slice s, const packet *p, const cx_chunk *in, cx_emit *out,
                           size_t *ret_need)
{
    direction *d = &st->dir[in->dir & 1];
    message m;
    cx_status status = measure(s, &m);
    bool cut = status == CX_NEED_MORE;
    if (cut && !in->fin && !in->cut) {
        *ret_need = m.size;
        return 0;
    }
    if (status != CX_OK && !cut) { /* not read here: a packet at a time */
        d->inside = !(p->status & END_OF_MESSAGE);
        return begin(d, s, HEADER, p->len, false);
    }
    size_t size = cut ? s.len : m.size;
    cx_slice body = join(cx_slice_sub(s, 0, size), &m, out->scratch);
    reading r = {.st = st, .in = in, .out = out, .whole = !cut};
    if (p->type == LOGIN7)
        read_login(&r, body);
    else if (p->type == SSPI)
        hand_on(&r, body);
    else
        read_response(&r, body);
    d->started = d->skip = true;
    d->left = m.size - size; /* may come behind a gap */
    d->inside = !m.ends;
    return size;
}

/* One packet, record or message at the beginning of s. Returns the bytes consumed; 0 when *ret_need
 * are needed, or when none begins here. */
static size_t step(state *st, cx_slice s, const cx_chunk *in, cx_emit *out, size_t *ret_need)
{
    direction *d = &st->dir[in->dir & 1];
    bool last = in->fin || in->cut, server = in->dir == CX_FROM_SERVER;
    packet p;
    if (may_be_record(s)) {
        if (s.len < RECORD_HEADER && !last) {
            *ret_need = RECORD_HEADER;
            return 0;
        }
        cx_cursor c = cx_cursor_over(cx_slice_sub(s, 3, 2), CX_TRUNCATED);
        (void)begin(d, s, 0, (uint64_t)RECORD_HEADER + cx_be16(&c), true);
        return SIZE_MAX; /* its header is of the stream too */
    }
    if (!server && s.p[0] == SMP) {
        st->over = true;
        return s.len;
    }
    cx_status status = read_header(s, &p);
    if (status == CX_NEED_MORE)
        *ret_need = HEADER;
    if (status != CX_OK)
        return 0;
    if (!server && !is_login(p.type)) {
        st->over = true;
        return s.len;
    }
    if (p.type == PRELOGIN && !d->tls && p.len >= HEADER + 2 && s.len < HEADER + 2 && !last) {
        *ret_need = HEADER + 2;
        return 0;
    }
    bool tls = p.type == PRELOGIN && (d->tls || may_be_record(cx_slice_sub(s, HEADER, s.len)));
    bool goes_on = d->inside && !tls;
    /* servers answer in a RESPONSE; some send the token as a packet of SSPI */
    bool wanted = p.type == SSPI || (server ? p.type == RESPONSE : p.type == LOGIN7);
    if (wanted && !goes_on)
        return take_message(st, s, &p, in, out, ret_need);
    d->inside = goes_on && !(p.status & END_OF_MESSAGE);
    return begin(d, s, HEADER, p.len, tls);
}

static cx_fed feed(void *self, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    direction *d = &st->dir[in->dir & 1];
    bool last = in->fin || in->cut;
    size_t at = 0;
    if (st->over)
        return cx_fed_end(CX_DONE);
    if (in->gap)
        pass_gap(d, in, out);
    while (at < in->bytes.len && !st->over) {
        cx_slice s = cx_slice_sub(in->bytes, at, in->bytes.len);
        if (d->left) {
            size_t n = d->left < s.len ? (size_t)d->left : s.len;
            d->left -= n;
            at += n;
            if (!d->skip)
                pass_tls(d, cx_slice_sub(s, 0, n), in, out);
            continue;
        }
        size_t need = 0, n = step(st, s, in, out, &need);
        if (n == 0 && need && !last)
            return cx_fed_more(at, need > s.len ? need : s.len + 1);
        if (n == 0 && !need) {
            lose(d, in, out);
            d->junk += s.len;
            if (d->junk > CX_MAX_TDS_JUNK)
                return cx_fed_end(CX_DONE);
        } else {
            d->searching = false;
            d->junk = 0;
        }
        if (n != SIZE_MAX)
            at += n ? n : s.len;
    }
    return st->over ? cx_fed_end(CX_DONE) : cx_fed_ok(at);
}

/* ---- probe ---- */

/* The first options of PRELOGIN are those of Windows: the version, whose place is behind all
 * (MS-TDS 2.2.6.5). */
static cx_match match_prelogin(cx_slice s, const packet *p)
{
    cx_cursor c = cx_cursor_over(cx_slice_sub(s, HEADER, s.len), CX_NEED_MORE);
    uint8_t option = cx_u8(&c);
    uint16_t offset = cx_be16(&c);
    if (c.err != CX_OK)
        return p->len < HEADER + 6 ? CX_MATCH_NO : CX_MATCH_MAYBE;
    return option == 0 && offset >= 6 && offset < p->len ? CX_MATCH_YES : CX_MATCH_NO;
}

/* The version of a login: 7.0 to 7.4 (MS-TDS 2.2.6.4). */
static cx_match match_login(cx_slice s)
{
    cx_cursor c = cx_cursor_over(cx_slice_sub(s, HEADER, s.len), CX_NEED_MORE);
    (void)cx_le32(&c);
    uint8_t major = (uint8_t)(cx_le32(&c) >> 24);
    if (c.err != CX_OK)
        return CX_MATCH_MAYBE;
    return major >= 0x70 && major <= 0x7f ? CX_MATCH_YES : CX_MATCH_NO;
}

static cx_match probe(const cx_chunk *first)
{
    cx_slice s = first->bytes;
    packet p;
    cx_status status = read_header(s, &p);
    if (status != CX_OK)
        return status == CX_NEED_MORE ? CX_MATCH_MAYBE : CX_MATCH_NO;
    if (p.type == PRELOGIN && !may_be_record(cx_slice_sub(s, HEADER, s.len)))
        return match_prelogin(s, &p);
    return p.type == LOGIN7 ? match_login(s) : CX_MATCH_YES;
}

/* What clients begin with. */
static const cx_mask masks[] = {
    {{0xff, 0xff, 0, 0, 0xff, 0xff, 0xfe, 0xff}, {PRELOGIN, 1, 0, 0, 0, 0, 0, 0}},
    {{0xff, 0xfe, 0, 0, 0xff, 0xff, 0xfe, 0xff}, {LOGIN7, 0, 0, 0, 0, 0, 0, 0}},
};

const cx_dissector cx_dissector_tds = {
    .name = "tds",
    .title = "Tabular Data Stream",
    .spec = "MS-TDS 2.2, 3.2.5",
    .transports = CX_OVER_TCP,
    .ports = {1433, 2433},
    .masks = masks,
    .n_masks = sizeof masks / sizeof *masks,
    .probe = probe,
    .state_size = sizeof(state),
    .feed = feed,
    .emits = CX_BIT(CX_EV_LOGON) | CX_BIT(CX_EV_MALFORMED),
};
