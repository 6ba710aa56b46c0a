/* Plain forms of SIP values (sip_plain.h; RFC 3261 25.1). State: none.
 *
 * Whoever widens these forms must ask libosip2 what it makes of them: what it trims, decodes or
 * refuses is not plain. tests/unit/dissectors/test_sip_plain.c compares the two. */
#include "dissectors/sip_plain.h"

#include "base/limits.h"

enum {
    HOST = 1,  /* letters, digits, "-", ".", "_" */
    NAME = 2,  /* a token of RFC 3261 without "%" */
    USER = 4,  /* of a URI, without password and escapes */
    VALUE = 8, /* of a parameter, not in quotes */
};

#define ANY (HOST | NAME | USER | VALUE)
#define TOK (NAME | USER | VALUE)
#define UVA (USER | VALUE)

/* clang-format off */
static const uint8_t kinds[256] = {
    ['!'] = TOK, ['$'] = UVA, ['&'] = UVA, ['\''] = TOK, ['*'] = TOK, ['+'] = TOK, ['-'] = ANY,
    ['.'] = ANY, ['/'] = VALUE, [':'] = VALUE, ['='] = UVA, ['_'] = ANY, ['`'] = TOK, ['~'] = TOK,
    ['0'] = ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY,
    ['A'] = ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY,
            ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY,
    ['a'] = ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY,
            ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY,
};
/* clang-format on */

#define MAX_PORT_DIGITS 5u
#define MIN_URI_BYTES   7u /* of a URI within < >; libosip2 wants six */

/* What is still to be read, from the left. */
typedef struct rest {
    const uint8_t *p, *end;
} rest;

static rest rest_of(cx_slice s)
{
    return (rest){s.p, s.p ? s.p + s.len : NULL};
}

static bool next_is(const rest *r, uint8_t c)
{
    return r->p < r->end && *r->p == c;
}

static bool take_byte(rest *r, uint8_t c)
{
    if (!next_is(r, c))
        return false;
    r->p++;
    return true;
}

/* The bytes of this kind that come next; there may be none. */
static cx_slice take_run(rest *r, uint8_t kind)
{
    const uint8_t *from = r->p, *p = from, *end = r->end;
    while (p < end && (kinds[*p] & kind))
        p++;
    r->p = p;
    return (cx_slice){from, (size_t)(p - from)};
}

/* Text in quotes, with them, in which nothing is escaped. p == NULL: there is none. */
static cx_slice take_quoted(rest *r)
{
    const cx_slice none = {NULL, 0};
    const uint8_t *from = r->p;
    if (!take_byte(r, '"'))
        return none;
    const uint8_t *end = memchr(r->p, '"', (size_t)(r->end - r->p));
    if (!end)
        return none;
    cx_slice text = {r->p, (size_t)(end - r->p)};
    if (cx_slice_find(text, '\\', 0) != SIZE_MAX || cx_slice_find(text, 0, 0) != SIZE_MAX)
        return none;
    r->p = end + 1;
    return (cx_slice){from, text.len + 2};
}

/* ---- parts ---- */

/* host, or host:port. ret_port: 0 when there is none. */
static bool take_host(rest *r, cx_slice *ret_host, uint16_t *ret_port)
{
    uint64_t port = 0;
    *ret_host = take_run(r, HOST);
    if (!ret_host->len)
        return false;
    if (take_byte(r, ':')) {
        cx_slice digits = take_run(r, HOST);
        if (digits.len > MAX_PORT_DIGITS || !cx_slice_number(digits, UINT16_MAX, &port))
            return false;
    }
    *ret_port = (uint16_t)port;
    return true;
}

/* Parameters to the end; of those that are wanted the first counts, and one without "=" is empty.
 */
static bool take_params(rest *r, const bool quotes, cx_sip_wanted *wanted, size_t n_wanted)
{
    while (take_byte(r, ';')) {
        cx_slice name = take_run(r, NAME), value = {name.p + name.len, 0};
        if (!name.len)
            return false;
        if (take_byte(r, '=')) {
            value = quotes && next_is(r, '"') ? take_quoted(r) : take_run(r, VALUE);
            if (!value.len)
                return false;
        }
        for (size_t i = 0; i < n_wanted; i++)
            if (cx_fold(name.p[0]) == (uint8_t)wanted[i].name[0] && !wanted[i].value.p &&
                cx_slice_iis(name, wanted[i].name))
                wanted[i].value = value;
    }
    return r->p == r->end;
}

/* ---- values ---- */

bool cx_sip_plain_uri(cx_slice text, cx_sip_uri *ret)
{
    rest r = rest_of(text);
    cx_sip_uri uri = {.text = text, .scheme = take_run(&r, NAME)};
    if (text.len > CX_MAX_SIP_VALUE || !take_byte(&r, ':') ||
        (!cx_slice_iis(uri.scheme, "sip") && !cx_slice_iis(uri.scheme, "sips")))
        return false;
    rest user = r;
    cx_slice name = take_run(&user, USER);
    if (name.len && take_byte(&user, '@')) {
        uri.user = name;
        r = user;
    }
    cx_sip_wanted wanted[] = {{.name = "transport"}, {.name = "maddr"}};
    if (!take_host(&r, &uri.host, &uri.port) || !take_params(&r, false, wanted, 2))
        return false;
    uri.transport = wanted[0].value;
    uri.maddr = wanted[1].value;
    *ret = uri;
    return true;
}

/* A display name in quotes, of tokens, or none; up to the "<". */
static bool pass_display_name(rest *r)
{
    uint8_t kind = HOST;
    if (next_is(r, '"')) {
        kind = 0;
        if (!take_quoted(r).p)
            return false;
    }
    while (r->p < r->end && ((kinds[*r->p] & kind) || *r->p == ' '))
        r->p++;
    return take_byte(r, '<');
}

bool cx_sip_plain_address(cx_slice value, cx_sip_uri *ret, cx_sip_wanted *wanted, size_t n_wanted)
{
    rest r = rest_of(value);
    if (value.len > CX_MAX_SIP_VALUE || !pass_display_name(&r))
        return false;
    const uint8_t *end = memchr(r.p, '>', (size_t)(r.end - r.p));
    if (!end)
        return false;
    cx_slice text = {r.p, (size_t)(end - r.p)};
    r.p = end + 1;
    if (text.len >= MIN_URI_BYTES && take_params(&r, true, wanted, n_wanted) &&
        cx_sip_plain_uri(text, ret))
        return true;
    for (size_t i = 0; i < n_wanted; i++)
        wanted[i].value = (cx_slice){NULL, 0};
    return false;
}

bool cx_sip_plain_via(cx_slice value, cx_slice *ret_transport, cx_slice *ret_host,
                      cx_slice *ret_branch)
{
    static const char version[] = "SIP/2.0/";
    const size_t len = sizeof version - 1;
    if (value.len > CX_MAX_SIP_VALUE || value.len < len || memcmp(value.p, version, len) != 0)
        return false;
    rest r = rest_of(cx_slice_sub(value, len, value.len));
    cx_sip_wanted wanted[] = {{.name = "branch"}};
    cx_slice host, transport = take_run(&r, NAME);
    uint16_t port;
    if (!transport.len || !take_byte(&r, ' '))
        return false;
    const uint8_t *sent_by = r.p;
    if (!take_host(&r, &host, &port))
        return false;
    cx_slice by = {sent_by, (size_t)(r.p - sent_by)};
    if (!take_params(&r, false, wanted, 1))
        return false;
    *ret_transport = transport;
    *ret_host = by;
    *ret_branch = wanted[0].value;
    return true;
}

bool cx_sip_plain_param(cx_slice *list, uint8_t sep, cx_slice *ret_name, cx_slice *ret_value)
{
    rest r = rest_of(*list);
    while (next_is(&r, ' '))
        r.p++;
    cx_slice name = take_run(&r, NAME);
    if (!name.len || !take_byte(&r, '='))
        return false;
    bool quoted = next_is(&r, '"');
    cx_slice value = quoted ? take_quoted(&r) : take_run(&r, VALUE);
    bool last = r.p == r.end;
    if (!value.len || (!last && !take_byte(&r, sep)))
        return false;
    *ret_name = name;
    *ret_value = quoted ? cx_slice_sub(value, 1, value.len - 2) : value;
    *list = last ? (cx_slice){NULL, 0} : (cx_slice){r.p, (size_t)(r.end - r.p)};
    return true;
}
