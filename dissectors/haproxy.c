/* The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt 2.1, 2.2): a header with
 * the addresses of a client, which a load balancer puts before the first bytes of a connection.
 * What follows is handed over. Emits MALFORMED. State: none. */
#include "base/cursor.h"
#include "flow/dissector.h"

#define MAX_LINE 107u /* bytes of version 1 with its line end (2.1) */

static const uint8_t signature[12] = "\r\n\r\n\0\r\nQUIT\n";

/* Length of the header that s begins with. CX_NEED_MORE: s ends inside what may be one. */
static cx_status read_line(cx_slice s, size_t *ret_len)
{
    static const char *const begins[] = {"PROXY TCP4 ", "PROXY TCP6 ", "PROXY UNKNOWN"};
    bool fits = false;
    for (size_t i = 0; i < 3; i++) {
        cx_slice begin = cx_slice_of(begins[i]);
        size_t n = s.len < begin.len ? s.len : begin.len;
        fits = fits || cx_slice_eq(cx_slice_sub(s, 0, n), cx_slice_sub(begin, 0, n));
    }
    size_t lf = cx_slice_find(cx_slice_sub(s, 0, MAX_LINE), '\n', 0);
    if (!fits || (lf == SIZE_MAX && s.len >= MAX_LINE) ||
        (lf != SIZE_MAX && (lf == 0 || s.p[lf - 1] != '\r')))
        return CX_MALFORMED;
    if (lf == SIZE_MAX)
        return CX_NEED_MORE;
    *ret_len = lf + 1;
    return CX_OK;
}

static cx_status read_binary(cx_slice s, size_t *ret_len)
{
    size_t n = s.len < sizeof signature ? s.len : sizeof signature;
    if (n && memcmp(s.p, signature, n) != 0)
        return CX_MALFORMED;
    cx_cursor c = cx_cursor_over(s, CX_NEED_MORE);
    (void)cx_take(&c, sizeof signature);
    uint8_t version_command = cx_u8(&c);
    if (c.err == CX_OK && version_command != 0x20 && version_command != 0x21)
        return CX_MALFORMED;
    (void)cx_u8(&c); /* family and transport */
    uint16_t len = cx_be16(&c);
    if (c.err != CX_OK)
        return c.err;
    *ret_len = sizeof signature + 4 + (size_t)len;
    return CX_OK;
}

static cx_status read_header(cx_slice s, size_t *ret_len)
{
    return s.len && s.p[0] == 'P' ? read_line(s, ret_len) : read_binary(s, ret_len);
}

static cx_match probe(const cx_chunk *first)
{
    size_t len;
    cx_status status = read_header(first->bytes, &len);
    return status == CX_OK ? CX_MATCH_YES : status == CX_NEED_MORE ? CX_MATCH_MAYBE : CX_MATCH_NO;
}

static cx_fed feed(void *state, const cx_chunk *in, cx_emit *out)
{
    size_t len;
    (void)state;
    if (in->gap || in->bytes.len == 0)
        return cx_fed_end(CX_DONE);
    cx_status status = read_header(in->bytes, &len);
    if (status == CX_MALFORMED) {
        cx_emit_malformed(out, in, "haproxy", "no header of the PROXY protocol");
        return cx_fed_end(CX_MALFORMED);
    }
    if (status == CX_OK && len <= in->bytes.len)
        return cx_fed_handover(len);
    if (in->fin || in->cut)
        return cx_fed_end(CX_DONE);
    return cx_fed_more(0, status == CX_OK ? len : in->bytes.len + 1);
}

static const cx_mask masks[] = {
    {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "PROXY T"},
    {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "PROXY U"},
    {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "\r\n\r\n\0\r\nQ"},
};

const cx_dissector cx_dissector_haproxy = {
    .name = "haproxy",
    .title = "PROXY protocol",
    .spec = "proxy-protocol.txt 2.1, 2.2",
    .transports = CX_OVER_TCP,
    .masks = masks,
    .n_masks = sizeof masks / sizeof *masks,
    .probe = probe,
    .feed = feed,
    .emits = CX_BIT(CX_EV_MALFORMED),
};
