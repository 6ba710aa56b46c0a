/* SIP over TCP, TLS and UDP (RFC 3261 7, 18.3). Emits SIP and MALFORMED.
 *
 * This file finds the messages: over TCP by Content-Length, over UDP one a datagram; after a gap,
 * after broken framing and where a capture begins in the middle, by the next start line. What a
 * message says is read by sip_event.c. State: a position per direction; it owns nothing. */
#include "base/limits.h"
#include "dissectors/header_text.h"
#include "dissectors/sip_event.h"

typedef struct direction {
    uint64_t body_left;      /* bytes still to come of a body whose message has been told */
    size_t scanned;          /* of the waiting message: where to look on for the end of headers */
    size_t headers, message; /* its length with and without the body, once that is known; else 0 */
    uint64_t junk;           /* bytes passed over while searching */
    bool searching;          /* for a start line that stands anywhere */
    bool started;            /* a message was seen since the beginning, or since a gap */
} direction;

typedef struct state {
    direction dir[2];
} state;

static size_t blank_len(cx_slice s)
{
    size_t n = 0;
    while (n < s.len && (s.p[n] == '\r' || s.p[n] == '\n'))
        n++;
    return n;
}

/* ---- over TCP ---- */

/* No start line where one is due: looks for the next one, and says so unless the capture is to
 * blame. */
static void lose(direction *d, const cx_chunk *in, cx_emit *out, const char *reason)
{
    if (d->started)
        cx_emit_malformed(out, in, "sip", reason);
    *d = (direction){.searching = true};
}

/* Passes over bytes to a start line or to the end of the last whole line. */
static size_t search(direction *d, cx_slice s, bool last)
{
    size_t at = 0;
    while (at < s.len) {
        size_t lf = cx_slice_find(s, '\n', at > d->scanned ? at : d->scanned);
        if (lf == SIZE_MAX) {
            /* a body may be one line of any length: keep what a start line can take */
            if (s.len - at > (size_t)2 * CX_MAX_SIP_START)
                at = s.len - CX_MAX_SIP_START;
            d->scanned = s.len - at;
            return at;
        }
        cx_slice line = cx_slice_sub(s, at, lf + 1 - at);
        size_t found = cx_sip_start_find(line);
        cx_sip_start start;
        if (found != SIZE_MAX && line.len - found <= CX_MAX_SIP_START) {
            cx_slice rest = cx_slice_sub(s, at + found, s.len);
            cx_match match = cx_sip_start_read_strict(rest, &start);
            if (match != CX_MATCH_NO) {
                /* where the capture cuts the header behind it, the start line is enough */
                d->searching = match == CX_MATCH_MAYBE && !last;
                d->scanned = 0;
                return at + found;
            }
        }
        at += line.len;
        d->scanned = 0;
    }
    return at;
}

/* Tells a message that is as complete as it will get. */
static void tell(const cx_sip_start *start, const cx_sip_headers *headers, cx_slice body, bool cut,
                 const cx_chunk *in, cx_emit *out)
{
    cx_sip_message m = {
        .start = *start, .headers = headers, .body = body, .cut = cut, .first = in->first};
    cx_sip_message_emit(&m, in, out);
}

/* The capture cut a message within its start line: what was asked or answered can be told all the
 * same. */
static bool tell_cut_start(cx_slice s, const cx_chunk *in, cx_emit *out)
{
    cx_sip_headers none;
    cx_sip_start start;
    if (!in->cut || !cx_sip_start_read_cut(s, &start))
        return false;
    cx_sip_headers_read((cx_slice){NULL, 0}, &none);
    tell(&start, &none, cx_slice_sub(s, 0, 0), true, in, out);
    return true;
}

/* Length of the whole lines that s begins with. */
static size_t whole_lines(cx_slice s)
{
    while (s.len && s.p[s.len - 1] != '\n')
        s.len--;
    return s.len;
}

/* One step at the beginning of a message. Returns the bytes that it is done with. *ret_need: 0, or
 * the bytes that must be there before it can go on. */
static size_t step(direction *d, cx_slice s, const cx_chunk *in, cx_emit *out, size_t *ret_need)
{
    bool last = in->fin || in->cut;
    cx_sip_start start;
    *ret_need = d->message > s.len ? d->message : s.len + 1;
    if (d->message > s.len && !last)
        return 0;
    cx_match match = cx_sip_start_read(cx_slice_sub(s, 0, CX_MAX_SIP_START), false, &start);
    if (match == CX_MATCH_MAYBE && tell_cut_start(s, in, out)) {
        *d = (direction){.searching = true};
        *ret_need = 0;
        return s.len;
    }
    if (match == CX_MATCH_MAYBE && s.len < CX_MAX_SIP_START)
        return 0;
    if (match != CX_MATCH_YES) {
        *ret_need = 0;
        lose(d, in, out, "no start line where a message should begin");
        return 0;
    }
    if (!d->headers) {
        size_t from = d->scanned > start.len ? d->scanned : start.len - 1;
        d->headers =
            cx_header_section_end(cx_slice_sub(s, 0, CX_MAX_SIP_MESSAGE), from, &d->scanned);
    }
    if (!d->headers && !last && s.len < CX_MAX_SIP_MESSAGE)
        return 0;
    *ret_need = 0;
    d->started = true;
    size_t lines = d->headers ? d->headers : whole_lines(s);
    cx_sip_headers headers;
    cx_sip_headers_read(cx_slice_sub(s, start.len, lines - start.len), &headers);
    if (!d->headers) {
        tell(&start, &headers, cx_slice_sub(s, lines, 0), true, in, out);
        if (last)
            *d = (direction){.searching = true};
        else
            lose(d, in, out, "headers longer than any message");
        return s.len;
    }
    if (!d->message) {
        int64_t body;
        bool bad = !cx_sip_content_length(&headers, &body);
        if (bad || body > (int64_t)CX_MAX_SIP_MESSAGE) {
            tell(&start, &headers, cx_slice_sub(s, lines, 0), false, in, out);
            lose(d, in, out, bad ? "unreadable Content-Length" : "Content-Length beyond any body");
            return lines;
        }
        /* RFC 3261 20.14 demands the header over TCP; who leaves it out sends no body */
        d->message = lines + (body > 0 ? (size_t)body : 0);
    }
    if (d->message > s.len && !last) {
        *ret_need = d->message;
        return 0;
    }
    size_t there = d->message < s.len ? d->message : s.len;
    tell(&start, &headers, cx_slice_sub(s, lines, there - lines), false, in, out);
    *d = (direction){.started = true, .body_left = d->message - there};
    return there;
}

/* What follows a gap: the rest of a body when the gap ends inside it, else anything. */
static void pass_gap(direction *d, uint64_t missing)
{
    if (!d->searching && missing <= d->body_left && d->body_left)
        *d = (direction){.body_left = d->body_left - missing, .started = true};
    else
        *d = (direction){.searching = true};
}

/* Ends behind a message, and before one that does not begin the chunk: the stream then says which
 * packet holds the first byte of what is left, and the arena is emptied. */
static cx_fed feed_stream(direction *d, const cx_chunk *in, cx_emit *out)
{
    cx_slice s = in->bytes;
    size_t pos = 0;
    bool last = in->fin || in->cut;
    if (in->gap) {
        pass_gap(d, in->missing);
        return cx_fed_ok(0);
    }
    while (pos < s.len) {
        cx_slice rest = cx_slice_sub(s, pos, s.len);
        size_t need = 0, n = 0;
        if (d->body_left) {
            n = d->body_left < rest.len ? (size_t)d->body_left : rest.len;
            d->body_left -= n;
        } else if (d->searching && tell_cut_start(rest, in, out)) {
            return cx_fed_ok(s.len);
        } else if (d->searching) {
            n = search(d, rest, last);
            d->junk = d->searching ? d->junk + n : 0;
            if (d->junk > CX_MAX_SIP_JUNK) {
                cx_emit_malformed(out, in, "sip", "no start line for longer than any message");
                return cx_fed_end(CX_MALFORMED);
            }
            if (d->searching && n < rest.len)
                need = rest.len - n + 1;
        } else if (!d->scanned && !d->headers && blank_len(rest)) {
            n = blank_len(rest); /* keep-alives: RFC 5626 3.5.1 */
        } else if (pos) {
            return cx_fed_ok(pos);
        } else {
            n = step(d, rest, in, out, &need);
            if (n)
                return cx_fed_ok(n);
        }
        pos += n;
        if (need)
            return last ? cx_fed_ok(s.len) : cx_fed_more(pos, need);
    }
    return cx_fed_ok(pos);
}

/* ---- over UDP ---- */

/* A datagram that is no message is a keep-alive, STUN, or other traffic of the port: no fault. */
static void feed_datagram(const cx_chunk *in, cx_emit *out)
{
    cx_slice s = cx_slice_sub(in->bytes, blank_len(in->bytes), in->bytes.len);
    cx_sip_start start;
    size_t scanned;
    int64_t body = -1;
    /* where the capture cuts the line, what is there must be a whole one without its end */
    if (s.len == 0 || cx_sip_start_read(s, true, &start) != CX_MATCH_YES)
        return;
    size_t headers = cx_header_section_end(s, start.len - 1, &scanned);
    bool cut = !headers && in->cut;
    if (!headers)
        headers = cut ? whole_lines(s) : s.len;
    cx_sip_headers list;
    cx_sip_headers_read(cx_slice_sub(s, start.len, headers - start.len), &list);
    bool bad = !cx_sip_content_length(&list, &body);
    /* RFC 3261 18.3: what is behind the body is dropped; without a length it is all the rest */
    if (!bad && body >= 0 && (uint64_t)body < s.len - headers)
        s.len = headers + (size_t)body;
    if (cut) /* and the line in which it was cut */
        s.len = headers;
    tell(&start, &list, cx_slice_sub(s, headers, s.len), cut, in, out);
    if (bad)
        cx_emit_malformed(out, in, "sip", "unreadable Content-Length");
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

/* A capture may begin inside a message: then a whole start line with a header behind it, anywhere
 * in the first bytes, is as good as one at their beginning. */
static bool starts_later(cx_slice s)
{
    direction d = {.searching = true};
    (void)search(&d, s, false); /* its position does not matter here */
    return !d.searching;
}

static cx_match probe(const cx_chunk *first)
{
    cx_slice s = cx_slice_sub(first->bytes, blank_len(first->bytes), first->bytes.len);
    cx_sip_start start;
    if (s.len == 0)
        return CX_MATCH_MAYBE;
    cx_match match = cx_sip_start_read(s, first->datagram && !first->cut, &start);
    if (match == CX_MATCH_MAYBE && s.len > CX_MAX_SIP_START)
        match = CX_MATCH_NO;
    if (match == CX_MATCH_NO && !first->datagram && starts_later(s))
        match = CX_MATCH_YES;
    return match;
}

/* clang-format off */
#define ALL8 {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
#define ALL7 {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}
#define ALL6 {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0}
#define ALL5 {0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0}
#define ALL4 {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}
#define UPPER {0xe0, 0xe0, 0xe0, 0, 0, 0, 0, 0}
#define ALL2 {0xff, 0xff, 0, 0, 0, 0, 0, 0}

static const cx_mask masks[] = {
    {ALL8, "SIP/2.0 "}, {ALL8, "REGISTER"}, {ALL7, "INVITE "}, {ALL8, "OPTIONS "},
    {ALL8, "SUBSCRIB"}, {ALL7, "NOTIFY "}, {ALL8, "BENOTIFY"}, {ALL8, "MESSAGE "},
    {ALL8, "SERVICE "}, {ALL8, "NEGOTIAT"}, {ALL8, "PUBLISH "}, {ALL7, "CANCEL "},
    {ALL7, "UPDATE "}, {ALL6, "REFER "}, {ALL6, "PRACK "}, {ALL5, "INFO "},
    {ALL4, "ACK "}, {ALL4, "BYE "}, {UPPER, "@@@"}, /* methods of which nobody has heard */
    {ALL2, "\r\n"}, /* a keep-alive before the first message */
};

/* On any port, behind bytes that nobody knows: media, or the rest of a body. */
static const cx_mask late[] = {
    {ALL8, "SIP/2.0 "}, {ALL8, "REGISTER"}, {ALL8, "INVITE s"}, {ALL8, "OPTIONS "},
    {ALL8, "SUBSCRIB"},
};
/* clang-format on */

const cx_dissector cx_dissector_sip = {
    .name = "sip",
    .title = "Session Initiation Protocol",
    .spec = "RFC 3261 7, 18.3",
    .transports = CX_OVER_TCP | CX_OVER_UDP,
    .ports = {5060, 5061, 5062, 5080, 5064, 5070},
    .masks = masks,
    .n_masks = sizeof masks / sizeof *masks,
    .late = late,
    .n_late = sizeof late / sizeof *late,
    .probe = probe,
    .state_size = sizeof(state),
    .feed = feed,
    .reset = cx_nothing_waits,
    .emits = CX_BIT(CX_EV_SIP) | CX_BIT(CX_EV_MALFORMED),
};
