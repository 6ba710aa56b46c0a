/* Bodies of HTTP messages (http_parts.h; RFC 9112 6, 7): they are passed over as they come, but for
 * those that carry a protocol of interest: RPC over HTTP (MS-RPCH 2.2), the KDC proxy (MS-KKDCP),
 * answers of OCSP (RFC 6960 A) and of autodiscover (MS-OCDISCWS). */
#include "dissectors/http_parts.h"
#include "dissectors/ocsp.h"

void cx_http_end_body(cx_http_feeding *f)
{
    cx_http_direction *d = f->d;
    cx_http_release(d, f->in, f->out);
    d->phase = d->after;
    d->after = CX_HTTP_START;
    d->sink = CX_HTTP_NOWHERE;
    d->scanned = 0;
}

/* A body that may not be there. The server answers a request that is not known: was it HEAD, the
 * next message stands here; was it CONNECT, the tunnel begins. Or the client waited for the server
 * to want its body, was refused, and asks anew (RFC 9110 10.1.1). */
cx_fed cx_http_at_peek(cx_http_feeding *f, cx_slice s)
{
    cx_http_direction *d = f->d;
    cx_http_start start;
    cx_match match = cx_http_start_read(cx_slice_sub(s, 0, CX_MAX_HTTP_START), &start);
    bool begins = !d->responds || cx_slice_ieq(cx_slice_sub(s, 0, 7),
                                               cx_slice_sub(cx_slice_of("HTTP/1."), 0, s.len));
    bool refused = !d->responds && f->st->queue.n == 0; /* the request has its answer */
    bool over = f->last || (d->body == CX_HTTP_BODY && s.len >= d->left && !refused);
    if (match == CX_MATCH_MAYBE && begins && s.len < CX_MAX_HTTP_START && !over)
        return cx_fed_more(0, s.len + 1);
    d->phase = d->body;
    const char *method = NULL;
    if (match == CX_MATCH_YES && start.request)
        (void)cx_http_method_of(start.method, &method);
    if (match == CX_MATCH_YES && (d->responds ? !start.request : method != NULL)) {
        cx_http_end_body(f);
    } else if (d->body == CX_HTTP_UNTIL_CLOSE && s.p[0] == 0x16 && (s.len < 2 || s.p[1] == 3)) {
        cx_http_end_body(f);
        d->phase = CX_HTTP_SWITCH;
        d->asks = CX_HTTP_TUNNEL;
    }
    return cx_fed_ok(0);
}

/* The next bytes of a body, or a gap in it. */
static void sink_bytes(cx_http_feeding *f, cx_slice bytes)
{
    if (f->d->held)
        cx_http_report_keep(f->d->held, bytes, f->in->gap);
    const cx_inner inner = {.number = CX_HTTP_STREAM_RPC,
                            .name = "dcerpc",
                            .decrypted = f->in->decrypted,
                            .fin = f->in->fin};
    if (f->d->sink == CX_HTTP_TO_RPC)
        cx_emit_stream(f->out, &inner, bytes, f->in);
}

/* The whole body of an OCSP response. One that cannot be read says nothing. */
static void read_ocsp(cx_http_feeding *f, cx_slice body)
{
    cx_http_report *held = f->d->held;
    if (held && held->has_http)
        (void)!cx_ocsp_read(body, f->out->scratch, &held->http.ocsp, &held->http.n_ocsp);
}

cx_fed cx_http_at_body(cx_http_feeding *f, cx_slice s)
{
    cx_http_direction *d = f->d;
    size_t n = d->left < s.len ? (size_t)d->left : s.len;
    if (d->sink == CX_HTTP_TO_KERBEROS) {
        if (n < d->left && !f->last)
            return cx_fed_more(0, (size_t)d->left);
        cx_emit_child(f->out, "kerberos", cx_slice_sub(s, 0, n), f->in, "http");
    }
    if (d->sink == CX_HTTP_TO_OCSP) {
        if (n < d->left && !f->last)
            return cx_fed_more(0, (size_t)d->left);
        if (n == d->left)
            read_ocsp(f, cx_slice_sub(s, 0, n));
    }
    sink_bytes(f, cx_slice_sub(s, 0, n));
    d->left -= n;
    if (!d->left)
        cx_http_end_body(f);
    return cx_fed_ok(n);
}

/* A line of the framing between chunks. 0: more is needed; SIZE_MAX: too long. */
static size_t chunk_line(cx_slice s, cx_slice *ret)
{
    size_t lf = cx_slice_find(cx_slice_sub(s, 0, CX_MAX_HTTP_CHUNK), '\n', 0);
    if (lf == SIZE_MAX)
        return s.len < CX_MAX_HTTP_CHUNK ? 0 : SIZE_MAX;
    *ret = cx_slice_trim(cx_slice_sub(s, 0, lf));
    return lf + 1;
}

/* Hexadecimal digits, then nothing or an extension. */
static bool read_size(cx_slice line, uint64_t *ret)
{
    uint64_t size = 0;
    size_t n = 0;
    for (; n < line.len; n++) {
        uint8_t c = cx_fold(line.p[n]);
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            break;
        if (size >> 60)
            return false;
        size = size << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    if (n == 0 || (n < line.len && line.p[n] != ';' && line.p[n] != ' ' && line.p[n] != '\t'))
        return false;
    *ret = size;
    return true;
}

cx_fed cx_http_at_chunk_size(cx_http_feeding *f, cx_slice s)
{
    cx_http_direction *d = f->d;
    cx_slice line;
    size_t n = chunk_line(s, &line);
    if (n == 0)
        return cx_fed_more(0, s.len + 1);
    if (n == SIZE_MAX || !read_size(line, &d->left)) {
        cx_http_lose(f, "a chunk without a size");
        return cx_fed_ok(0);
    }
    d->phase = d->left ? CX_HTTP_CHUNK_DATA : CX_HTTP_TRAILER;
    return cx_fed_ok(n);
}

cx_fed cx_http_at_chunk_data(cx_http_feeding *f, cx_slice s)
{
    cx_http_direction *d = f->d;
    size_t n = d->left < s.len ? (size_t)d->left : s.len;
    sink_bytes(f, cx_slice_sub(s, 0, n));
    d->left -= n;
    if (!d->left)
        d->phase = CX_HTTP_CHUNK_END;
    return cx_fed_ok(n);
}

cx_fed cx_http_at_chunk_end(cx_http_feeding *f, cx_slice s)
{
    size_t n = s.p[0] == '\r' ? 1 : 0;
    if (s.len == n)
        return cx_fed_more(0, n + 1);
    if (s.p[n] != '\n') {
        cx_http_lose(f, "a chunk longer than its size");
        return cx_fed_ok(0);
    }
    f->d->phase = CX_HTTP_CHUNK_SIZE;
    return cx_fed_ok(n + 1);
}

cx_fed cx_http_at_trailer(cx_http_feeding *f, cx_slice s)
{
    cx_http_start start;
    cx_slice line;
    size_t n = chunk_line(s, &line);
    if (n == 0)
        return cx_fed_more(0, s.len + 1);
    if (n == SIZE_MAX) {
        cx_http_lose(f, "a trailer longer than any");
        return cx_fed_ok(0);
    }
    /* some senders leave out the empty line */
    bool next = cx_http_start_read(s, &start) == CX_MATCH_YES;
    if (next || line.len == 0)
        cx_http_end_body(f);
    return cx_fed_ok(next ? 0 : n);
}

cx_fed cx_http_at_until_close(cx_http_feeding *f, cx_slice s)
{
    sink_bytes(f, s);
    return cx_fed_ok(s.len);
}

/* ---- gaps ---- */

bool cx_http_pass_gap(cx_http_feeding *f)
{
    cx_http_direction *d = f->d;
    const cx_slice nothing = {NULL, 0};
    if (d->phase == CX_HTTP_PEEK) /* the first bytes of the body are lost: it was there */
        d->phase = d->body;
    if (d->phase == CX_HTTP_UNTIL_CLOSE) {
        sink_bytes(f, nothing);
        return true;
    }
    if ((d->phase != CX_HTTP_BODY && d->phase != CX_HTTP_CHUNK_DATA) || f->in->missing > d->left ||
        d->sink == CX_HTTP_TO_KERBEROS || d->sink == CX_HTTP_TO_OCSP)
        return false;
    sink_bytes(f, nothing);
    d->left -= f->in->missing;
    if (!d->left && d->phase == CX_HTTP_BODY)
        cx_http_end_body(f);
    else if (!d->left)
        d->phase = CX_HTTP_CHUNK_END;
    return true;
}
