/* LDAP over TCP (RFC 4511 4.1, 4.2, 5.2; RFC 4513 5.2; MS-ADTS 5.1.1.1): what binds carry. Emits
 * LOGON and MALFORMED; tokens of SASL and Sicily go to "gss". State: a position per direction and
 * the latest bind requests; it owns nothing.
 *
 * A message begins with the octet 30. So where one should begin, a record of TLS is what follows
 * StartTLS (RFC 4511 4.14), and a length of four octets is what a security layer puts in front of
 * what it seals or signs (RFC 4422 3.7): the first is handed over, of the second nothing is told.
 *
 * Only binds are put together; of all other messages the first octets are enough. A simple bind is
 * no exchange of NTLM or Kerberos, and its result no event. */
#include "base/der.h"
#include "base/limits.h"
#include "dissectors/starttls.h"
#include "flow/dissector.h"

#define MAX_BINDS 8u /* requests without an answer; clients send one at a time: RFC 4511 4.2.1 */

enum { /* protocolOp */
       BIND_REQUEST = 0x60,
       BIND_RESPONSE = 0x61
};

enum { /* AuthenticationChoice; Sicily: MS-ADTS 5.1.1.1.3 */
       SASL = 0xa3,
       SICILY_NEGOTIATE = 0x8a,
       SICILY_RESPONSE = 0x8b
};

enum { SERVER_CREDENTIALS = 0x87, SUCCESS = 0, BIND_IN_PROGRESS = 14 };

/* What a bind says of the exchange that it belongs to. */
typedef enum method {
    METHOD_NONE, /* of no exchange, or not known */
    METHOD_GSS,  /* SASL with SPNEGO: what is in the tokens tells */
    METHOD_NTLM,
    METHOD_KERBEROS,
    METHOD_SICILY_NEGOTIATE, /* its answer is a challenge: MS-ADTS 5.1.1.1.3 */
    METHOD_SICILY_RESPONSE
} method;

typedef struct bind {
    uint32_t id; /* messageID */
    method how;
} bind;

typedef struct direction {
    uint64_t left;  /* bytes still to come of a message of which no more is told */
    uint64_t junk;  /* bytes passed over while searching */
    bool searching; /* for the beginning of a message */
    bool started;   /* a message was seen since the beginning, or since a gap */
} direction;

typedef struct state {
    direction dir[2];
    bind binds[MAX_BINDS];
    uint32_t next_bind;
} state;

/* ---- messages ---- */

typedef struct header {
    uint64_t size; /* bytes of the whole message */
    size_t op_at;  /* where its operation begins */
    uint32_t id;
    uint8_t op;
} header;

/* [APPLICATION n] of RFC 4511 4.2 to 4.13; unbind, delete and abandon are primitive. */
static bool is_operation(uint8_t tag)
{
    const uint32_t primitive = 1u << 2 | 1u << 10 | 1u << 16;
    const uint32_t constructed = 0x0388fbfbu;
    uint32_t bit = 1u << (tag & 0x1f);
    return ((tag & 0xe0) == 0x60 && bit & constructed) || ((tag & 0xe0) == 0x40 && bit & primitive);
}

/* CX_OK, CX_NEED_MORE, or CX_MALFORMED when no message begins so. */
static cx_status read_header(cx_slice s, header *ret)
{
    header h = {0};
    cx_cursor c = cx_cursor_over(s, CX_NEED_MORE);
    uint8_t tag = cx_u8(&c), first = cx_u8(&c);
    if (s.len && tag != CX_DER_SEQUENCE)
        return CX_MALFORMED;
    cx_status status = cx_der_size(s, &h.size);
    if (status != CX_OK)
        return status == CX_NEED_MORE ? status : CX_MALFORMED; /* RFC 4511 5.1: no indefinite */
    if (first & 0x80u)
        (void)cx_take(&c, first & 0x7fu);
    uint8_t integer = cx_u8(&c), id_len = cx_u8(&c);
    if (c.err == CX_OK && (integer != CX_DER_INTEGER || id_len == 0 || id_len > 4))
        return CX_MALFORMED;
    for (uint8_t i = 0; i < id_len; i++)
        h.id = h.id << 8 | cx_u8(&c);
    h.op = cx_u8(&c);
    if (c.err != CX_OK)
        return s.len < h.size ? c.err : CX_MALFORMED;
    h.op_at = (size_t)(c.p - s.p) - 1;
    if (!is_operation(h.op) || h.op_at >= h.size)
        return CX_MALFORMED;
    *ret = h;
    return CX_OK;
}

/* The same for a place that nothing led to: the operation fits into the message, and what follows
 * it are controls. */
static cx_match match_message(cx_slice s)
{
    header h;
    uint64_t op_size;
    cx_status status = read_header(s, &h);
    if (status != CX_OK)
        return status == CX_NEED_MORE ? CX_MATCH_MAYBE : CX_MATCH_NO;
    status = cx_der_size(cx_slice_sub(s, h.op_at, s.len), &op_size);
    if (status != CX_OK)
        return status == CX_NEED_MORE ? CX_MATCH_MAYBE : CX_MATCH_NO;
    if (op_size > h.size - h.op_at)
        return CX_MATCH_NO;
    uint64_t end = h.op_at + op_size;
    if (end == h.size || end >= s.len)
        return CX_MATCH_YES;
    return s.p[end] == CX_DER_CONTEXT ? CX_MATCH_YES : CX_MATCH_NO;
}

/* ---- binds ---- */

typedef struct reading {
    state *st;
    const cx_chunk *in;
    cx_emit *out;
    const header *h;
    cx_status on_short; /* what an end of the bytes within the message means */
} reading;

static void hand_on(const reading *r, cx_slice token)
{
    if (token.len)
        cx_emit_child(r->out, "gss", token, r->in, "ldap");
}

static const struct {
    const char *name;
    method how;
} mechanisms[] = {
    {"GSS-SPNEGO", METHOD_GSS},
    {"GSSAPI", METHOD_KERBEROS}, /* RFC 4752 1 */
    {"NTLM", METHOD_NTLM},
    {"GS2-KRB5", METHOD_KERBEROS}, /* RFC 5801 3.3 */
    {"GS2-KRB5-PLUS", METHOD_KERBEROS},
};

static method method_of(cx_slice mechanism)
{
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
        if (cx_slice_iis(mechanism, mechanisms[i].name))
            return mechanisms[i].how;
    return METHOD_NONE;
}

/* SaslCredentials. What a client of another mechanism sends is no token. */
static method read_sasl(const reading *r, const cx_der *choice)
{
    cx_der mechanism, credentials;
    cx_cursor c = cx_der_inside(choice);
    if (!cx_der_next_is(&c, CX_DER_OCTET_STRING, &mechanism))
        return METHOD_NONE;
    method how = method_of(mechanism.body);
    if (how != METHOD_NONE && cx_der_next_is(&c, CX_DER_OCTET_STRING, &credentials))
        hand_on(r, credentials.body);
    return how;
}

static void remember(state *st, uint32_t id, method how)
{
    st->binds[st->next_bind++ % MAX_BINDS] = (bind){.id = id, .how = how};
}

static void read_request(const reading *r, const cx_der *op)
{
    cx_der version, name, choice;
    method how = METHOD_NONE;
    cx_cursor c = cx_der_inside(op);
    if (!cx_der_next_is(&c, CX_DER_INTEGER, &version) ||
        !cx_der_next_is(&c, CX_DER_OCTET_STRING, &name) || !cx_der_next(&c, &choice)) {
        if (r->on_short == CX_MALFORMED)
            cx_emit_malformed(r->out, r->in, "ldap", "a bind request that lacks a part");
        return;
    }
    if (choice.tag == SASL) {
        how = read_sasl(r, &choice);
    } else if (choice.tag == SICILY_NEGOTIATE || choice.tag == SICILY_RESPONSE) {
        how = choice.tag == SICILY_NEGOTIATE ? METHOD_SICILY_NEGOTIATE : METHOD_SICILY_RESPONSE;
        hand_on(r, choice.body);
    }
    remember(r->st, r->h->id, how);
}

/* How the bind that this answers was made, which is then forgotten. */
static method take_bind(state *st, uint32_t id)
{
    for (uint32_t i = 0; i < MAX_BINDS; i++)
        if (st->binds[i].how != METHOD_NONE && st->binds[i].id == id) {
            method how = st->binds[i].how;
            st->binds[i] = (bind){0};
            return how;
        }
    return METHOD_NONE;
}

/* The number behind "data " in what Active Directory says: its reason, a Win32 code or, where there
 * is none, that of SSPI ("8009030C: LdapErr: DSID-0C0904DC, comment: AcceptSecurityContext error,
 * data 52e, v1db1"). 0: none. */
static uint32_t reason_in(cx_slice text)
{
    static const char before[] = ", data ";
    const uint8_t *at = text.len ? memmem(text.p, text.len, before, sizeof before - 1) : NULL;
    if (!at)
        return 0;
    size_t i = (size_t)(at - text.p) + sizeof before - 1, digits = 0;
    uint32_t n = 0;
    for (; i < text.len && digits <= 8; i++, digits++) {
        uint8_t c = cx_fold(text.p[i]);
        if (c >= '0' && c <= '9')
            n = n << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            n = n << 4 | (uint32_t)(c - 'a' + 10);
        else
            break;
    }
    if (digits == 0 || digits > 8)
        return 0;
    return n >> 31 ? n : cx_ntstatus_of_win32(n);
}

/* What a server says ends with a NUL when it is Active Directory. */
static cx_slice text_of(const cx_der *diagnostic)
{
    cx_slice text = cx_slice_sub(diagnostic->body, 0, CX_MAX_LOGON_TEXT);
    while (text.len && text.p[text.len - 1] == '\0')
        text.len--;
    return text.len ? text : (cx_slice){NULL, 0};
}

static void tell_result(const reading *r, method how, uint32_t code, cx_slice text)
{
    cx_event e;
    cx_event_begin(&e, CX_EV_LOGON, r->in);
    e.u.logon = (cx_ev_logon){.carrier = "ldap",
                              .mechanism = how == METHOD_GSS        ? NULL
                                           : how == METHOD_KERBEROS ? "kerberos"
                                                                    : "ntlm",
                              .success = code == SUCCESS,
                              .status_kind = CX_LOGON_LDAP,
                              .status = code,
                              .status_name = cx_ldap_result_name(code),
                              .nt_status = code == SUCCESS ? 0 : reason_in(text),
                              .text = text};
    cx_emit_event(r->out, &e);
}

/* LDAPResult, then serverSaslCreds. Sicily puts the challenge where matchedDN is. */
static void read_response(const reading *r, const cx_der *op)
{
    cx_der result, matched, diagnostic, part;
    int32_t code;
    cx_slice text = {NULL, 0};
    method how = take_bind(r->st, r->h->id);
    cx_cursor c = cx_der_inside(op);
    bool coded =
        cx_der_next_is(&c, CX_DER_ENUMERATED, &result) && cx_der_int32(&result, &code) && code >= 0;
    bool named = coded && cx_der_next_is(&c, CX_DER_OCTET_STRING, &matched);
    if (!named && r->on_short == CX_MALFORMED)
        cx_emit_malformed(r->out, r->in, "ldap", "a bind response that lacks a part");
    if (!coded)
        return;
    if (named && (how == METHOD_SICILY_NEGOTIATE || how == METHOD_NONE))
        hand_on(r, matched.body);
    if (named && cx_der_next_is(&c, CX_DER_OCTET_STRING, &diagnostic))
        text = text_of(&diagnostic);
    while (cx_der_next(&c, &part))
        if (part.tag == SERVER_CREDENTIALS)
            hand_on(r, part.body);
    bool goes_on = code == BIND_IN_PROGRESS || (how == METHOD_SICILY_NEGOTIATE && code == SUCCESS);
    if (how != METHOD_NONE && !goes_on)
        tell_result(r, how, (uint32_t)code, text);
}

static void read_bind(const reading *r, cx_slice message)
{
    cx_der op;
    cx_cursor c = cx_cursor_over(cx_slice_sub(message, r->h->op_at, message.len), r->on_short);
    if (!cx_der_next(&c, &op))
        return;
    if (op.fault == CX_MALFORMED)
        cx_emit_malformed(r->out, r->in, "ldap", "a bind that reaches behind its message");
    if (r->h->op == BIND_REQUEST)
        read_request(r, &op);
    else
        read_response(r, &op);
}

/* ---- the stream ---- */

/* What a security layer wraps: its length, which is no more than the peers agreed on, in three
 * octets (RFC 4752 3.1). */
static bool is_wrapped(cx_slice s)
{
    return s.len && s.p[0] == 0;
}

/* One message at the beginning of s. Returns its bytes; 0 when more are needed, *ret_need of them,
 * or when no message begins here. */
static size_t step(state *st, cx_slice s, const cx_chunk *in, cx_emit *out, size_t *ret_need)
{
    direction *d = &st->dir[in->dir & 1];
    bool last = in->fin || in->cut;
    header h;
    cx_status status = read_header(s, &h);
    if (status == CX_NEED_MORE)
        *ret_need = s.len + 1;
    if (status != CX_OK)
        return 0;
    bool whole = (h.op == BIND_REQUEST || h.op == BIND_RESPONSE) && h.size <= CX_MAX_LDAP_BIND;
    if (whole && s.len < h.size && !last) {
        *ret_need = (size_t)h.size;
        return 0;
    }
    cx_slice message = cx_slice_sub(s, 0, h.size < s.len ? (size_t)h.size : s.len);
    if (whole) {
        /* where bytes end for good, the capture may have ended before the sender did */
        reading r = {.st = st,
                     .in = in,
                     .out = out,
                     .h = &h,
                     .on_short = message.len < h.size ? CX_TRUNCATED : CX_MALFORMED};
        read_bind(&r, message);
    }
    *d = (direction){.started = true, .left = h.size - message.len};
    return message.len;
}

static void lose(direction *d, const cx_chunk *in, cx_emit *out)
{
    if (d->started)
        cx_emit_malformed(out, in, "ldap", "no message where one should begin");
    *d = (direction){.searching = true};
}

/* Bytes in front of the next place where a message may begin. */
static size_t search(direction *d, cx_slice s, bool last)
{
    for (size_t at = 0; at < s.len; at++) {
        const uint8_t *next = memchr(s.p + at, CX_DER_SEQUENCE, s.len - at);
        if (!next)
            break;
        at = (size_t)(next - s.p);
        cx_match match = match_message(cx_slice_sub(s, at, s.len));
        if (match == CX_MATCH_YES || (match == CX_MATCH_MAYBE && !last)) {
            d->searching = match != CX_MATCH_YES;
            return at;
        }
    }
    return s.len;
}

static void pass_gap(direction *d, uint64_t missing)
{
    if (!d->searching && d->left && missing <= d->left)
        d->left -= missing;
    else
        *d = (direction){.searching = true};
}

/* The bytes in front of the next message, when the place of one is lost. */
static cx_fed feed_search(direction *d, cx_slice s, bool last)
{
    size_t n = search(d, s, last);
    d->junk = d->searching ? d->junk + n : 0;
    if (d->junk > CX_MAX_LDAP_JUNK)
        return cx_fed_end(CX_DONE);
    return d->searching && n < s.len ? cx_fed_more(n, s.len - n + 1) : cx_fed_ok(n);
}

static cx_fed feed(void *self, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    direction *d = &st->dir[in->dir & 1];
    cx_slice s = in->bytes;
    bool last = in->fin || in->cut;
    if (in->gap) {
        pass_gap(d, in->missing);
        return cx_fed_ok(0);
    }
    if (s.len == 0)
        return cx_fed_ok(0);
    if (d->left) {
        size_t n = d->left < s.len ? (size_t)d->left : s.len;
        d->left -= n;
        return cx_fed_ok(n);
    }
    if (d->searching)
        return feed_search(d, s, last);
    cx_match tls = cx_starttls_match(s);
    if (tls == CX_MATCH_YES)
        return cx_fed_handover(0);
    if (tls == CX_MATCH_MAYBE)
        return last ? cx_fed_ok(s.len) : cx_fed_more(0, s.len + 1);
    if (is_wrapped(s))
        return cx_fed_end(CX_DONE);
    size_t need = 0, n = step(st, s, in, out, &need);
    if (n)
        return cx_fed_ok(n);
    if (need)
        return last ? cx_fed_ok(s.len) : cx_fed_more(0, need);
    lose(d, in, out);
    return feed_search(d, s, last);
}

static cx_match probe(const cx_chunk *first)
{
    return match_message(first->bytes);
}

/* A message with an ID of one or two octets, by the form of its length. Other IDs are met on the
 * ports, where every conversation is offered. */
#define OP_MASK  0xe0
#define OP_VALUE 0x60
static const cx_mask masks[] = {
    {{0xff, 0x80, 0xff, 0xff, 0, OP_MASK}, {0x30, 0, 2, 1, 0, OP_VALUE}},
    {{0xff, 0x80, 0xff, 0xff, 0, 0, OP_MASK}, {0x30, 0, 2, 2, 0, 0, OP_VALUE}},
    {{0xff, 0xff, 0, 0xff, 0xff, 0, OP_MASK}, {0x30, 0x81, 0, 2, 1, 0, OP_VALUE}},
    {{0xff, 0xff, 0, 0xff, 0xff, 0, 0, OP_MASK}, {0x30, 0x81, 0, 2, 2, 0, 0, OP_VALUE}},
    {{0xff, 0xff, 0, 0, 0xff, 0xff, 0, OP_MASK}, {0x30, 0x82, 0, 0, 2, 1, 0, OP_VALUE}},
    {{0xff, 0xff, 0xff, 0, 0, 0, 0xff, 0xf8}, {0x30, 0x84, 0, 0, 0, 0, 2, 0}},
};

const cx_dissector cx_dissector_ldap = {
    .name = "ldap",
    .title = "Lightweight Directory Access Protocol",
    .spec = "RFC 4511, RFC 4513 5.2, MS-ADTS 5.1.1.1.3",
    .transports = CX_OVER_TCP,
    .ports = {389, 3268},
    .masks = masks,
    .n_masks = sizeof masks / sizeof *masks,
    .probe = probe,
    .state_size = sizeof(state),
    .feed = feed,
    .emits = CX_BIT(CX_EV_LOGON) | CX_BIT(CX_EV_MALFORMED),
};
