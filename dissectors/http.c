/* HTTP/1.x over TCP and TLS (RFC 9110, RFC 9112), with NTLM and Kerberos in its headers (MS-NTHT,
 * RFC 4559). Emits HTTP, LOGON and MALFORMED; tokens go to "gss", what RPC over HTTP (MS-RPCH)
 * carries to "dcerpc", messages of the KDC proxy (MS-KKDCP) to "kerberos", and SIP over WebSocket
 * to "websocket". Behind CONNECT and an upgrade to TLS the connection is handed over.
 *
 * This file finds the messages: over bodies of every kind, which are passed over as they come;
 * after a gap, after broken framing and in the middle of a conversation, by the next start line. An
 * event is told when its message is complete, as Wireshark numbers it. In clear text only the
 * messages are told that the rules need; of what was decrypted, all. HTTP/2 is not read.
 *
 * State: a position per direction, and what is known of the requests without an answer. It owns the
 * reports that wait for the end of a body. */
#include "dissectors/header_text.h"
#include "dissectors/http_parts.h"

/* ---- the beginning of a message ---- */

static size_t blank_len(cx_slice s)
{
    size_t n = 0;
    while (n < s.len && (s.p[n] == '\r' || s.p[n] == '\n'))
        n++;
    return n;
}

/* Length of the whole lines that s begins with. */
static size_t whole_lines(cx_slice s)
{
    while (s.len && s.p[s.len - 1] != '\n')
        s.len--;
    return s.len;
}

static cx_fed at_start(cx_http_feeding *f, cx_slice s)
{
    cx_http_direction *d = f->d;
    cx_http_start start;
    if (!d->scanned && blank_len(s)) /* RFC 9112 2.2 */
        return cx_fed_ok(blank_len(s));
    cx_match match = cx_http_start_read(cx_slice_sub(s, 0, CX_MAX_HTTP_START), &start);
    if (match == CX_MATCH_MAYBE && s.len < CX_MAX_HTTP_START)
        return f->last ? cx_fed_ok(s.len) : cx_fed_more(0, s.len + 1);
    if (match != CX_MATCH_YES) {
        cx_http_lose(f, "no start line where a message should begin");
        return cx_fed_ok(0);
    }
    cx_slice section = cx_slice_sub(s, 0, CX_MAX_HTTP_HEADERS);
    size_t from = d->scanned > start.len ? d->scanned : start.len - 1;
    size_t end = cx_header_section_end(section, from, &d->scanned);
    if (!end && !f->last && s.len < CX_MAX_HTTP_HEADERS)
        return cx_fed_more(0, s.len + 1);
    d->scanned = 0;
    if (!end) {
        size_t lines = whole_lines(section);
        cx_http_take_message(f, &start, cx_slice_sub(section, start.len, lines - start.len));
        if (!f->last) {
            cx_http_lose(f, "a header section longer than any");
            return cx_fed_ok(section.len);
        }
        cx_http_release(d, f->in, f->out);
        cx_http_search(f);
        return cx_fed_ok(section.len);
    }
    cx_http_take_message(f, &start, cx_slice_sub(section, start.len, end - start.len));
    return cx_fed_ok(end);
}

/* ---- searching ---- */

static const char version[] = "HTTP/1.";
#define VERSION_BYTES (sizeof version - 1)

/* Offset in a line, with its LF, of a start line that ends with it: the last bytes of a body may
 * stand before it. Of requests only known methods count: any word could be one. SIZE_MAX: none. */
static size_t start_in(cx_slice line)
{
    cx_http_start start;
    const uint8_t *at = memmem(line.p, line.len, version, VERSION_BYTES);
    if (!at)
        return SIZE_MAX;
    size_t end = (size_t)(at - line.p);
    if (cx_http_start_read(cx_slice_sub(line, end, line.len), &start) == CX_MATCH_YES)
        return end;
    cx_slice before = cx_slice_trim(cx_slice_sub(line, 0, end));
    size_t uri = before.len;
    while (uri && before.p[uri - 1] != ' ')
        uri--;
    return uri ? cx_http_method_before(cx_slice_sub(line, 0, (size_t)(before.p - line.p) + uri - 1))
               : SIZE_MAX;
}

/* Where in bytes without a line end a start line, or one with a token, may begin; their length:
 * nowhere. */
static size_t prefix_in(cx_slice s)
{
    cx_http_start start;
    if (s.len < CX_MAX_HTTP_START && cx_http_start_read(s, &start) == CX_MATCH_MAYBE)
        return 0;
    if (s.len < CX_MAX_HTTP_HEADERS && cx_http_auth_line_begins(s))
        return 0;
    cx_slice tail =
        cx_slice_sub(s, s.len > CX_MAX_HTTP_START ? s.len - CX_MAX_HTTP_START : 0, s.len);
    const uint8_t *at = memmem(tail.p, tail.len, version, VERSION_BYTES);
    if (at)
        return (size_t)(at - s.p);
    size_t n = s.len < VERSION_BYTES ? s.len : VERSION_BYTES - 1;
    while (n && memcmp(s.p + s.len - n, version, n) != 0)
        n--;
    return s.len - n;
}

/* What stands at the beginning of s, for who looks for a message. */
typedef enum found { NOTHING, A_START, AN_AUTH_LINE, NOT_WHOLE } found;

/* *ret_len: bytes to pass over: to a start, to what is not whole, behind all else. */
static found look_at(cx_slice s, bool last, cx_http_auth_line *ret_auth, size_t *ret_len)
{
    cx_http_start start;
    size_t lf = cx_slice_find(s, '\n', 0);
    if (lf == SIZE_MAX) {
        *ret_len = last ? s.len : prefix_in(s);
        return *ret_len < s.len ? NOT_WHOLE : NOTHING;
    }
    *ret_len = start_in(cx_slice_sub(s, 0, lf + 1));
    cx_match match = *ret_len != SIZE_MAX && lf - *ret_len < CX_MAX_HTTP_START
                         ? cx_http_start_read_strict(cx_slice_sub(s, *ret_len, s.len), &start)
                         : CX_MATCH_NO;
    /* where the capture cuts the header behind it, the start line is enough */
    if (match != CX_MATCH_NO)
        return match == CX_MATCH_YES || last ? A_START : NOT_WHOLE;
    *ret_len = lf + 1;
    cx_slice lines = s, line;
    bool folded;
    if (!strchr("apw", cx_fold(s.p[0]) ? cx_fold(s.p[0]) : ' '))
        return NOTHING;
    (void)cx_header_line_next(&lines, &line, &folded); /* there is an LF */
    if (!cx_http_auth_line_read(line, ret_auth))
        return NOTHING;
    *ret_len = 0;
    if (lines.len == 0 && !last && s.len < CX_MAX_HTTP_HEADERS)
        return NOT_WHOLE; /* the line may go on */
    *ret_len = s.len - lines.len;
    return AN_AUTH_LINE;
}

static cx_fed at_search(cx_http_feeding *f, cx_slice s)
{
    cx_http_auth_line line;
    size_t n;
    found what = look_at(s, f->last, &line, &n);
    if (what == NOT_WHOLE)
        return cx_fed_more(n, s.len - n + 1);
    if (what == A_START)
        f->d->phase = CX_HTTP_START;
    else if (what == AN_AUTH_LINE)
        cx_http_take_orphan(f, &line);
    return cx_fed_ok(n);
}

/* ---- another protocol ---- */

static cx_fed at_switch(cx_http_feeding *f, cx_slice s)
{
    cx_http_direction *d = f->d;
    cx_http_start start;
    cx_match match = cx_http_start_read(cx_slice_sub(s, 0, CX_MAX_HTTP_START), &start);
    if (match == CX_MATCH_MAYBE && s.len < CX_MAX_HTTP_START && !f->last)
        return cx_fed_more(0, s.len + 1);
    if (match == CX_MATCH_YES) { /* refused, or HTTP through a tunnel */
        d->phase = CX_HTTP_START;
        return cx_fed_ok(0);
    }
    if (d->asks == CX_HTTP_TUNNEL)
        return cx_fed_handover(0);
    if (d->asks != CX_HTTP_WEBSOCKET || !f->st->sip || f->st->other_chosen)
        return cx_fed_end(CX_DONE);
    d->phase = CX_HTTP_IN_WEBSOCKET;
    return cx_fed_ok(0);
}

static cx_fed at_websocket(cx_http_feeding *f, cx_slice s)
{
    const cx_inner inner = {.number = CX_HTTP_STREAM_WEBSOCKET,
                            .name = "websocket",
                            .decrypted = f->in->decrypted,
                            .fin = f->in->fin};
    cx_emit_stream(f->out, &inner, s, f->in);
    return cx_fed_ok(s.len);
}

/* ---- the dissector ---- */

static void pass_gap(cx_http_feeding *f)
{
    const cx_slice nothing = {NULL, 0};
    if (f->d->phase == CX_HTTP_SWITCH)
        return; /* what follows says by itself what it is */
    if (f->d->phase == CX_HTTP_IN_WEBSOCKET)
        (void)at_websocket(f, nothing);
    else if (!cx_http_pass_gap(f))
        cx_http_search(f);
}

static cx_fed feed(void *self, const cx_chunk *in, cx_emit *out)
{
    static cx_fed (*const steps[])(cx_http_feeding *, cx_slice) = {
        [CX_HTTP_START] = at_start,
        [CX_HTTP_PEEK] = cx_http_at_peek,
        [CX_HTTP_BODY] = cx_http_at_body,
        [CX_HTTP_CHUNK_SIZE] = cx_http_at_chunk_size,
        [CX_HTTP_CHUNK_DATA] = cx_http_at_chunk_data,
        [CX_HTTP_CHUNK_END] = cx_http_at_chunk_end,
        [CX_HTTP_TRAILER] = cx_http_at_trailer,
        [CX_HTTP_UNTIL_CLOSE] = cx_http_at_until_close,
        [CX_HTTP_SEARCH] = at_search,
        [CX_HTTP_SWITCH] = at_switch,
        [CX_HTTP_IN_WEBSOCKET] = at_websocket,
    };
    cx_http_state *st = self;
    cx_http_feeding f = {
        .st = st, .d = &st->dir[in->dir & 1], .in = in, .out = out, .last = in->fin || in->cut};
    cx_slice s = in->bytes;
    size_t pos = 0;
    if (in->gap) {
        pass_gap(&f);
        return cx_fed_ok(0);
    }
    while (pos < s.len) {
        /* a message begins its chunk: the stream then says which packet holds its first byte, and
         * the arena is empty */
        if (f.d->phase == CX_HTTP_START && pos)
            return cx_fed_ok(pos);
        cx_fed fed = steps[f.d->phase](&f, cx_slice_sub(s, pos, s.len));
        pos += fed.consumed;
        if (fed.status == CX_NEED_MORE) {
            if (!f.last)
                return cx_fed_more(pos, fed.need);
            pos = s.len;
        } else if (fed.status != CX_OK) {
            cx_http_release(f.d, in, out);
            return (cx_fed){.status = fed.status, .consumed = pos};
        }
    }
    if (in->fin)
        cx_http_release(f.d, in, out);
    return cx_fed_ok(pos);
}

/* What waits for the end is told: at a reset and, where there was none, at the end. */
static void tell_waiting(void *self, cx_emit *out)
{
    cx_http_state *st = self;
    cx_http_release(&st->dir[CX_FROM_CLIENT], NULL, out);
    cx_http_release(&st->dir[CX_FROM_SERVER], NULL, out);
}

/* A capture may begin inside a message: then a start line with a header behind it, or a line with a
 * token, anywhere in the first bytes is as good as one at their beginning. */
static bool starts_later(cx_slice s)
{
    cx_http_auth_line line;
    while (s.len) {
        size_t n;
        found what = look_at(s, true, &line, &n);
        if (what == A_START)
            return true;
        if (what == AN_AUTH_LINE &&
            (cx_slice_istarts(line.value, "NTLM ") || cx_slice_istarts(line.value, "Negotiate ")))
            return true;
        s = cx_slice_sub(s, n, s.len);
    }
    return false;
}

static cx_match probe(const cx_chunk *first)
{
    cx_slice s = cx_slice_sub(first->bytes, blank_len(first->bytes), first->bytes.len);
    cx_http_start start;
    if (first->datagram)
        return CX_MATCH_NO;
    if (s.len == 0)
        return CX_MATCH_MAYBE;
    cx_match match = cx_http_start_read(cx_slice_sub(s, 0, CX_MAX_HTTP_START), &start);
    if (match == CX_MATCH_MAYBE && s.len >= CX_MAX_HTTP_START)
        match = CX_MATCH_NO;
    return match == CX_MATCH_NO && starts_later(s) ? CX_MATCH_YES : match;
}

/* clang-format off */
#define ALL8 {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
#define ALL7 {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}
#define ALL6 {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0}
#define ALL5 {0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0}
#define ALL4 {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}

static const cx_mask masks[] = {
    {ALL7, "HTTP/1."}, {ALL4, "GET "}, {ALL5, "POST "}, {ALL5, "HEAD "}, {ALL8, "CONNECT "},
    {ALL8, "OPTIONS "}, {ALL4, "PUT "}, {ALL8, "PROPFIND"}, {ALL7, "DELETE "},
    {ALL7, "RPC_IN_"}, {ALL8, "RPC_OUT_"}, {ALL8, "RPC_CONN"}, {ALL6, "PATCH "},
    {ALL6, "TRACE "}, {ALL8, "PROPPATC"}, {ALL6, "MKCOL "}, {ALL5, "COPY "}, {ALL5, "MOVE "},
    {ALL5, "LOCK "}, {ALL7, "UNLOCK "}, {ALL7, "SEARCH "}, {ALL7, "REPORT "}, {ALL5, "POLL "},
    {ALL8, "BITS_POS"}, {ALL8, "CCM_POST"}, {ALL8, "SSTP_DUP"}, {ALL6, "MERGE "},
    {ALL7, "M-POST "}, {ALL8, "VERSION-"}, {ALL4, "ICY "}, {ALL5, "\r\nGET"}, {ALL6, "\r\nPOST"},
};
/* clang-format on */

const cx_dissector cx_dissector_http = {
    .name = "http",
    .title = "Hypertext Transfer Protocol",
    .spec = "RFC 9110, RFC 9112, RFC 4559, MS-NTHT",
    .transports = CX_OVER_TCP,
    .ports = {80, 8080, 3128, 5985, 8000, 8088, 3132, 2869},
    .masks = masks,
    .n_masks = sizeof masks / sizeof *masks,
    .probe = probe,
    .state_size = sizeof(cx_http_state),
    .feed = feed,
    .reset = tell_waiting,
    .close = tell_waiting,
    .emits = CX_BIT(CX_EV_HTTP) | CX_BIT(CX_EV_LOGON) | CX_BIT(CX_EV_MALFORMED),
};
