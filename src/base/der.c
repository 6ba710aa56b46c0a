/* ASN.1 elements (der.h; X.690 8.1). Lengths are checked against what is there before anything is
 * read by them. */
#include "base/der.h"

#include <time.h>

#define INDEFINITE UINT64_MAX

typedef struct header {
    uint32_t tag;
    uint64_t len; /* of the contents, or INDEFINITE */
} header;

/* Tag numbers above 30: base 128, high groups first (X.690 8.1.2.4). */
static uint32_t read_long_tag(cx_cursor *c, uint8_t first)
{
    uint32_t number = 0;
    for (;;) {
        uint8_t octet = cx_u8(c);
        if (c->err != CX_OK || number > 0xffffffu >> 7) {
            if (c->err == CX_OK)
                c->err = CX_MALFORMED;
            return 0;
        }
        number = number << 7 | (octet & 0x7fu);
        if (!(octet & 0x80u))
            return (uint32_t)first << 24 | number;
    }
}

static uint64_t read_length(cx_cursor *c)
{
    uint8_t first = cx_u8(c);
    if (first < 0x80)
        return first;
    if (first == 0x80)
        return INDEFINITE;
    uint64_t len = 0;
    for (uint8_t n = first & 0x7fu; n; n--) {
        len = len << 8 | cx_u8(c);
        if (c->err == CX_OK && len > UINT32_MAX) /* leading zeros are allowed: X.690 8.1.3.5 */
            c->err = CX_MALFORMED;
        if (c->err != CX_OK)
            return 0;
    }
    return len;
}

/* False: c->err says why. */
static bool read_header(cx_cursor *c, header *ret)
{
    uint8_t first = cx_u8(c);
    uint32_t tag = (first & 0x1fu) == 0x1f ? read_long_tag(c, first) : first;
    uint64_t len = read_length(c);
    if (c->err == CX_OK && len == INDEFINITE && !(first & CX_DER_CONSTRUCTED))
        c->err = CX_MALFORMED; /* X.690 8.1.3.2 */
    if (c->err != CX_OK) {
        c->left = 0;
        return false;
    }
    *ret = (header){.tag = tag, .len = len};
    return true;
}

/* The contents of indefinite length up to their end-of-contents octets, which are passed over.
 * Those inside of it are counted, not entered, so that one walk is enough. *ret_fault: CX_OK, or
 * why the end is not there. */
static cx_slice take_indefinite(cx_cursor *c, cx_status *ret_fault)
{
    const uint8_t *start = c->p;
    const size_t all = c->left;
    size_t open = 1;
    while (c->left) {
        size_t before = all - c->left;
        header h;
        if (!read_header(c, &h))
            break;
        if (h.len == INDEFINITE)
            open++;
        else if (h.tag == 0 && h.len == 0 && --open == 0) {
            *ret_fault = CX_OK;
            return (cx_slice){start, before};
        } else
            (void)cx_take(c, (size_t)h.len);
    }
    if (c->err == CX_OK)
        c->err = c->on_short;
    *ret_fault = c->err;
    return (cx_slice){start, all};
}

cx_status cx_der_size(cx_slice s, uint64_t *ret_size)
{
    cx_cursor c = cx_cursor_over(s, CX_NEED_MORE);
    header h;
    if (!read_header(&c, &h))
        return c.err;
    if (h.len == INDEFINITE)
        return CX_UNSUPPORTED;
    *ret_size = (uint64_t)(c.p - s.p) + h.len;
    return CX_OK;
}

bool cx_der_next(cx_cursor *c, cx_der *ret)
{
    header h;
    if (c->left == 0 || !read_header(c, &h))
        return false;
    *ret = (cx_der){.tag = h.tag, .fault = CX_OK};
    if (h.len == INDEFINITE) {
        ret->body = take_indefinite(c, &ret->fault);
    } else if (h.len > c->left) {
        ret->body = (cx_slice){c->p, c->left};
        (void)cx_take(c, (size_t)h.len);
        ret->fault = c->err;
    } else {
        ret->body = cx_take_slice(c, (size_t)h.len);
    }
    return true;
}

bool cx_der_next_is(cx_cursor *c, uint32_t tag, cx_der *ret)
{
    cx_cursor ahead = *c;
    cx_der e;
    if (!cx_der_next(&ahead, &e) || e.tag != tag)
        return false;
    *c = ahead;
    *ret = e;
    return true;
}

cx_cursor cx_der_inside(const cx_der *e)
{
    return cx_cursor_over(e->body, e->fault == CX_OK ? CX_MALFORMED : e->fault);
}

bool cx_der_first(const cx_der *e, cx_der *ret)
{
    cx_cursor c = cx_der_inside(e);
    return cx_der_next(&c, ret);
}

bool cx_der_int64(const cx_der *e, int64_t *ret)
{
    cx_slice s = e->body;
    if (s.len == 0 || e->fault != CX_OK)
        return false;
    uint8_t sign = s.p[0] & 0x80u ? 0xff : 0;
    /* spare octets that only repeat the sign: not DER, but no other number either */
    while (s.len > 1 && s.p[0] == sign && (s.p[1] & 0x80u) == (sign & 0x80u))
        s = cx_slice_sub(s, 1, s.len);
    if (s.len > 8)
        return false;
    uint64_t n = sign ? UINT64_MAX : 0;
    for (size_t i = 0; i < s.len; i++)
        n = n << 8 | s.p[i];
    *ret = (int64_t)n;
    return true;
}

bool cx_der_int32(const cx_der *e, int32_t *ret)
{
    int64_t n;
    if (!cx_der_int64(e, &n) || n < INT32_MIN || n > INT32_MAX)
        return false;
    *ret = (int32_t)n;
    return true;
}

bool cx_der_is_oid(const cx_der *e, cx_slice oid)
{
    return e->tag == CX_DER_OID && e->fault == CX_OK && cx_slice_eq(e->body, oid);
}

/* ---- GeneralizedTime (X.680 46) ---- */

/* The next n digits as a number, or -1. */
static int digits(cx_cursor *c, size_t n)
{
    uint64_t number;
    return cx_slice_number(cx_take_slice(c, n), 9999, &number) ? (int)number : -1;
}

/* What stands behind ".", at most 9 digits of it. */
static int64_t fraction_ns(cx_cursor *c)
{
    int64_t ns = 0, unit = 100000000;
    while (c->left && *c->p >= '0' && *c->p <= '9') {
        ns += (cx_u8(c) - '0') * unit;
        unit /= 10;
    }
    return ns;
}

static bool is_date(const struct tm *t)
{
    static const int days[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = t->tm_year + 1900;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (t->tm_mon < 0 || t->tm_mon > 11 || t->tm_mday < 1 || t->tm_mday > days[t->tm_mon])
        return false;
    return t->tm_mon != 1 || t->tm_mday < 29 || leap;
}

bool cx_der_time(const cx_der *e, int64_t *ret_ns)
{
    cx_cursor c = cx_der_inside(e);
    struct tm t = {0};
    t.tm_year = digits(&c, 4) - 1900;
    t.tm_mon = digits(&c, 2) - 1;
    t.tm_mday = digits(&c, 2);
    t.tm_hour = digits(&c, 2);
    t.tm_min = digits(&c, 2);
    t.tm_sec = digits(&c, 2);
    int64_t ns = 0;
    if (c.left && *c.p == '.') {
        (void)cx_u8(&c);
        ns = fraction_ns(&c);
    }
    uint8_t zone = cx_u8(&c);
    if (cx_close(&c) != CX_OK || zone != 'Z' || t.tm_year < -1900 || !is_date(&t) ||
        t.tm_hour < 0 || t.tm_hour > 23 || t.tm_min < 0 || t.tm_min > 59 || t.tm_sec < 0 ||
        t.tm_sec > 60)
        return false;
    int64_t s = (int64_t)timegm(&t);
    const int64_t second = INT64_C(1000000000), most = INT64_MAX / second;
    if (s >= most || s <= -most)
        return false;
    *ret_ns = s * second + ns;
    return true;
}

bool cx_der_bits(const cx_der *e, uint32_t *ret)
{
    cx_slice s = e->body; /* the first octet: how many bits of the last are unused */
    if (s.len == 0)
        return false;
    uint32_t bits = 0;
    for (size_t i = 1; i <= 4; i++)
        bits = bits << 8 | (i < s.len ? s.p[i] : 0u);
    *ret = bits;
    return true;
}
