/* Kerberos 5 over UDP and TCP, inside other protocols, and behind the headers of the protocol to
 * set passwords and of a KDC proxy (RFC 4120 7.2, RFC 3244 2, MS-KKDCP 2.2.2). Emits KRB and
 * MALFORMED.
 *
 * This file finds the messages: over TCP by the length in front of each, after a gap and after
 * broken framing by the next length that fits the message behind it. What a message says is read by
 * krb_message.c. State: a position per direction; it owns nothing.
 *
 * The ticket and authenticator inside a TGS-REQ are a part of it, and no event of their own.
 * Version 4, on the same ports, and messages that only wrap data are passed over. */
#include "base/der.h"
#include "base/limits.h"
#include "dissectors/krb_message.h"

#define MARK 4u /* octets of a length over TCP */

typedef struct direction {
    uint64_t left;  /* bytes still to come of a message that has been told */
    uint64_t junk;  /* bytes passed over while searching */
    bool searching; /* for a length that fits what follows */
    bool started;   /* a message was seen since the beginning, or since a gap */
} direction;

typedef struct state {
    direction dir[2];
} state;

static uint32_t mark_of(cx_slice s)
{
    cx_cursor c = cx_cursor_over(s, CX_NEED_MORE);
    return cx_be32(&c) & 0x7fffffffu; /* the highest bit is for extensions: RFC 4120 7.2.2 */
}

/* ---- messages ---- */

static void tell(cx_slice s, cx_status on_short, const char *carrier, const cx_chunk *in,
                 cx_emit *out)
{
    cx_event e;
    cx_event_begin(&e, CX_EV_KRB, in);
    cx_status status = cx_krb_read(s, on_short, out->scratch, &e.u.krb);
    if (status == CX_UNSUPPORTED)
        return;
    e.u.krb.carrier = carrier;
    if (e.u.krb.message)
        cx_emit_event(out, &e);
    if (status == CX_MALFORMED)
        cx_emit_malformed(out, in, "kerberos", "a message that ends early, or lacks a part");
}

/* Header of the protocol to change and set passwords: its length, version, length of the AP-REQ or
 * AP-REP (RFC 3244 2). */
typedef struct kpasswd {
    uint16_t len, version, ap_len;
} kpasswd;

enum { KPASSWD_HEADER = 6, KPASSWD_CHANGE = 1, KPASSWD_SET = 0xff80 };

/* s: its beginning; size: its length as the carrier says. */
static bool read_kpasswd(cx_slice s, uint64_t size, kpasswd *ret)
{
    cx_cursor c = cx_cursor_over(s, CX_NEED_MORE);
    kpasswd k = {.len = cx_be16(&c), .version = cx_be16(&c), .ap_len = cx_be16(&c)};
    if (c.err != CX_OK || k.len != size ||
        (k.version != KPASSWD_CHANGE && k.version != KPASSWD_SET))
        return false;
    *ret = k;
    return size >= KPASSWD_HEADER && k.ap_len <= size - KPASSWD_HEADER;
}

static void tell_kpasswd(cx_slice s, const kpasswd *k, cx_status on_short, const char *carrier,
                         const cx_chunk *in, cx_emit *out)
{
    cx_slice rest = cx_slice_sub(s, KPASSWD_HEADER, s.len);
    if (k->ap_len)
        tell(cx_slice_sub(rest, 0, k->ap_len), on_short, carrier, in, out);
    tell(cx_slice_sub(rest, k->ap_len, rest.len), on_short, carrier, in, out);
}

/* A message as it follows its length, or fills its datagram. size: its length on the wire. */
static void tell_either(cx_slice s, uint64_t size, cx_status on_short, const cx_chunk *in,
                        cx_emit *out)
{
    kpasswd k;
    if (!read_kpasswd(s, size, &k))
        tell(s, on_short, out->carrier, in, out);
    else
        tell_kpasswd(s, &k, on_short, out->carrier ? out->carrier : "kpasswd", in, out);
}

/* ---- over TCP ---- */

/* May a message of this length begin with s? For lengths in sequence: the tag is enough. */
static bool plausible(cx_slice s, uint32_t len)
{
    kpasswd k;
    if (len < 2 || len > CX_MAX_KRB_MESSAGE)
        return false;
    if (s.len == 0 || cx_krb_tag(s.p[0]))
        return true;
    return s.len < KPASSWD_HEADER ? (uint32_t)s.p[0] == len >> 8 : read_kpasswd(s, len, &k);
}

/* The same for a place that nothing led to. */
static cx_match match_record(cx_slice s)
{
    kpasswd k;
    if (s.len < MARK)
        return CX_MATCH_MAYBE;
    uint32_t len = mark_of(s);
    cx_slice message = cx_slice_sub(s, MARK, s.len);
    if (s.p[0] & 0x80 || !plausible(message, len))
        return CX_MATCH_NO;
    if (message.len && cx_krb_tag(message.p[0]))
        return cx_krb_match(message, len);
    if (message.len < KPASSWD_HEADER + 1)
        return CX_MATCH_MAYBE;
    bool fits = read_kpasswd(message, len, &k) && cx_krb_tag(message.p[KPASSWD_HEADER]);
    return fits ? CX_MATCH_YES : CX_MATCH_NO;
}

static void lose(direction *d, const cx_chunk *in, cx_emit *out)
{
    if (d->started)
        cx_emit_malformed(out, in, "kerberos", "no length of a message where one should be");
    *d = (direction){.searching = true};
}

/* Bytes in front of the next place where a message may begin. */
static size_t search(direction *d, cx_slice s, bool last)
{
    for (size_t at = 0; at < s.len; at++) {
        cx_match match = match_record(cx_slice_sub(s, at, s.len));
        if (match == CX_MATCH_YES || (match == CX_MATCH_MAYBE && !last)) {
            d->searching = match != CX_MATCH_YES;
            return at;
        }
    }
    return s.len;
}

/* One message at the beginning of s. Returns its bytes; 0 when more are needed, *ret_need of them,
 * or when framing is lost. */
static size_t step(direction *d, cx_slice s, const cx_chunk *in, cx_emit *out, size_t *ret_need)
{
    bool last = in->fin || in->cut;
    if (s.len < MARK) {
        *ret_need = MARK;
        return 0;
    }
    uint32_t len = mark_of(s);
    cx_slice message = cx_slice_sub(s, MARK, len);
    if (!plausible(message, len)) {
        lose(d, in, out);
        return 0;
    }
    if (message.len < len && !last) {
        *ret_need = (size_t)MARK + len;
        return 0;
    }
    /* where bytes end for good, the capture may have ended before the sender did */
    tell_either(message, len, message.len < len ? CX_TRUNCATED : CX_MALFORMED, in, out);
    *d = (direction){.started = true, .left = len - message.len};
    return MARK + message.len;
}

/* What follows a gap: the rest of a message when the gap ends inside of it, else anything. */
static void pass_gap(direction *d, uint64_t missing)
{
    if (!d->searching && d->left && missing <= d->left)
        d->left -= missing;
    else
        *d = (direction){.searching = true};
}

static cx_fed feed_stream(direction *d, const cx_chunk *in, cx_emit *out)
{
    cx_slice s = in->bytes;
    bool last = in->fin || in->cut;
    size_t need = 0, n;
    if (in->gap) {
        pass_gap(d, in->missing);
        return cx_fed_ok(0);
    }
    if (s.len == 0)
        return cx_fed_ok(0);
    if (d->left) {
        n = d->left < s.len ? (size_t)d->left : s.len;
        d->left -= n;
        return cx_fed_ok(n);
    }
    if (!d->searching) {
        n = step(d, s, in, out, &need);
        if (n)
            return cx_fed_ok(n);
        if (need)
            return last ? cx_fed_ok(s.len) : cx_fed_more(0, need);
    }
    n = search(d, s, last);
    d->junk = d->searching ? d->junk + n : 0;
    if (d->junk > CX_MAX_KRB_JUNK)
        return cx_fed_end(CX_DONE);
    if (d->searching && n < s.len)
        return cx_fed_more(n, s.len - n + 1);
    return cx_fed_ok(n);
}

/* ---- datagrams, and what others carry ---- */

/* KDC-PROXY-MESSAGE (MS-KKDCP 2.2.2): the message as it would go over TCP, and its realm. */
static bool read_proxied(cx_slice s, cx_status on_short, cx_der *ret)
{
    cx_cursor c = cx_cursor_over(s, on_short);
    cx_der outer, part;
    if (!cx_der_next_is(&c, CX_DER_SEQUENCE, &outer) || !cx_der_first(&outer, &part) ||
        part.tag != CX_DER_CONTEXT || !cx_der_first(&part, ret) ||
        ret->tag != CX_DER_OCTET_STRING || ret->body.len <= MARK)
        return false;
    return plausible(cx_slice_sub(ret->body, MARK, ret->body.len), mark_of(ret->body));
}

/* Version 4 and what else goes over the port is no fault. */
static void feed_datagram(const cx_chunk *in, cx_emit *out)
{
    cx_slice s = in->bytes;
    cx_status on_short = in->cut ? CX_TRUNCATED : CX_MALFORMED;
    cx_der proxied;
    kpasswd k;
    if (s.len && cx_krb_tag(s.p[0])) {
        tell(s, on_short, out->carrier, in, out);
    } else if (read_proxied(s, on_short, &proxied)) {
        uint32_t len = mark_of(proxied.body);
        tell_either(cx_slice_sub(proxied.body, MARK, len), len,
                    proxied.fault == CX_OK ? CX_MALFORMED : proxied.fault, in, out);
    } else if (s.len >= 2) {
        /* of one that was cut, only its own length tells what it was */
        uint64_t size = in->cut ? (uint64_t)s.p[0] << 8 | s.p[1] : s.len;
        if (size >= s.len && read_kpasswd(s, size, &k))
            tell_either(s, size, on_short, in, out);
    }
}

static cx_fed feed(void *self, const cx_chunk *in, cx_emit *out)
{
    state *st = self;
    if (!in->datagram)
        return feed_stream(&st->dir[in->dir & 1], in, out);
    feed_datagram(in, out);
    return cx_fed_ok(in->bytes.len);
}

/* ---- probe ---- */

static cx_match probe(const cx_chunk *first)
{
    cx_slice s = first->bytes;
    kpasswd k;
    if (!first->datagram)
        return match_record(s);
    cx_match match = cx_krb_match(s, 0);
    uint64_t size;
    if (!first->cut && match != CX_MATCH_NO) /* all of it is there; padding may be, too */
        return cx_der_size(s, &size) == CX_OK && size <= s.len ? match : CX_MATCH_NO;
    if (match == CX_MATCH_NO && s.len > KPASSWD_HEADER && cx_krb_tag(s.p[KPASSWD_HEADER])) {
        size = first->cut ? (uint64_t)s.p[0] << 8 | s.p[1] : s.len;
        match = size >= s.len && read_kpasswd(s, size, &k) ? CX_MATCH_YES : CX_MATCH_NO;
    }
    return match;
}

/* The requests with which conversations on other ports begin: behind a length of less than 1 MiB,
 * and as datagrams of 128 bytes and more. */
static const cx_mask masks[] = {
    {{0xff, 0xf0, 0, 0, 0xfe}, {0, 0, 0, 0, 0x6a}}, /* AS-REQ, AS-REP */
    {{0xff, 0xf0, 0, 0, 0xfe}, {0, 0, 0, 0, 0x6c}}, /* TGS-REQ, TGS-REP */
    {{0xfe, 0xff, 0, 0, 0xff, 0xff}, {0x6a, 0x82, 0, 0, 0x30, 0x82}},
    {{0xfe, 0xff, 0, 0, 0xff, 0xff}, {0x6c, 0x82, 0, 0, 0x30, 0x82}},
    {{0xfe, 0xff, 0, 0xff, 0xff}, {0x6a, 0x81, 0, 0x30, 0x81}},
    {{0xfe, 0xff, 0, 0xff, 0xff}, {0x6c, 0x81, 0, 0x30, 0x81}},
};

const cx_dissector cx_dissector_kerberos = {
    .name = "kerberos",
    .title = "Kerberos 5",
    .spec = "RFC 4120 7.2, RFC 3244 2",
    .transports = CX_OVER_TCP | CX_OVER_UDP,
    .ports = {88, 464},
    .masks = masks,
    .n_masks = sizeof masks / sizeof *masks,
    .probe = probe,
    .state_size = sizeof(state),
    .feed = feed,
    .emits = CX_BIT(CX_EV_KRB) | CX_BIT(CX_EV_MALFORMED),
};
