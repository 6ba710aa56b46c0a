/* Host names, addresses, times and escaping (text.h). UTF-8 as in RFC 3629, UTF-16 as in RFC 2781,
 * Base64 as in RFC 4648 4, times as in RFC 3339. */
#include "base/text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#define NS_PER_S INT64_C(1000000000)

/* ---- host names ---- */

cx_slice cx_host_bare(cx_slice name)
{
    if (name.len && name.p[name.len - 1] == '.')
        name.len--;
    return name;
}

bool cx_host_eq(cx_slice a, cx_slice b)
{
    if (a.len > b.len + 1 || b.len > a.len + 1) /* then their bytes need not be looked at */
        return false;
    return cx_slice_ieq(cx_host_bare(a), cx_host_bare(b));
}

bool cx_host_within(cx_slice name, cx_slice domain)
{
    name = cx_host_bare(name);
    domain = cx_host_bare(domain);
    if (domain.len == 0 || name.len <= domain.len)
        return cx_slice_ieq(name, domain);
    size_t before = name.len - domain.len;
    return name.p[before - 1] == '.' &&
           cx_slice_ieq(cx_slice_sub(name, before, domain.len), domain);
}

bool cx_host_is_address(cx_slice name)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t address[16];
    bool brackets = name.len >= 2 && name.p[0] == '[' && name.p[name.len - 1] == ']';
    if (brackets)
        name = cx_slice_sub(name, 1, name.len - 2);
    if (name.len == 0 || name.len >= sizeof text || memchr(name.p, 0, name.len))
        return false;
    memcpy(text, name.p, name.len);
    text[name.len] = 0;
    if (inet_pton(AF_INET6, text, address) == 1)
        return true;
    return !brackets && inet_pton(AF_INET, text, address) == 1;
}

bool cx_host_is_one_label(cx_slice name)
{
    name = cx_host_bare(name);
    return name.len && cx_slice_find(name, '.', 0) == SIZE_MAX && !cx_host_is_address(name);
}

/* ---- UTF-8 ---- */

#define REPLACEMENT 0xfffdu

/* Length of the valid UTF-8 sequence that s begins with, and its code point; 0: none (RFC 3629 4).
 */
static size_t utf8_sequence(cx_slice s, uint32_t *ret_code)
{
    static const struct {
        uint8_t first, last; /* range of the first byte */
        uint8_t low, high;   /* range of the second: shuts out overlong forms and surrogates */
        uint8_t len;         /* bytes */
        uint8_t bits;        /* mask of the payload of the first byte */
    } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f}, {0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f},
        {0xe1, 0xec, 0x80, 0xbf, 3, 0x0f}, {0xed, 0xed, 0x80, 0x9f, 3, 0x0f},
        {0xee, 0xef, 0x80, 0xbf, 3, 0x0f}, {0xf0, 0xf0, 0x90, 0xbf, 4, 0x07},
        {0xf1, 0xf3, 0x80, 0xbf, 4, 0x07}, {0xf4, 0xf4, 0x80, 0x8f, 4, 0x07},
    };
    if (s.len == 0)
        return 0;
    if (s.p[0] < 0x80) {
        *ret_code = s.p[0];
        return 1;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (s.p[0] < forms[i].first || s.p[0] > forms[i].last)
            continue;
        if (s.len < forms[i].len || s.p[1] < forms[i].low || s.p[1] > forms[i].high)
            return 0;
        uint32_t code = (uint32_t)(s.p[0] & forms[i].bits) << 6 | (s.p[1] & 0x3f);
        for (size_t k = 2; k < forms[i].len; k++) {
            if ((s.p[k] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (s.p[k] & 0x3f);
        }
        *ret_code = code;
        return forms[i].len;
    }
    return 0;
}

/* Writes code as UTF-8, at most 4 bytes; returns how many. */
static size_t utf8_encode(uint32_t code, uint8_t out[4])
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | code >> 18);
    out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (code & 0x3f));
    return 4;
}

/* Does a terminal act on this character instead of showing it, or show the rest in other order? */
static bool is_unsafe(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || code == 0x200e ||
           code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

static cx_status put_text(cx_buf *b, cx_slice s, const bool terminal)
{
    size_t len_before = b->len;
    cx_status status = CX_OK;
    while (s.len && status == CX_OK) {
        uint32_t code = REPLACEMENT;
        size_t n = utf8_sequence(s, &code);
        if (n && terminal && is_unsafe(code)) {
            char escape[16];
            int len = snprintf(escape, sizeof escape,
                               code < 0x100 ? "\\x%02" PRIx32 : "\\u{%04" PRIX32 "}", code);
            status = cx_buf_put(b, escape, (size_t)len);
        } else if (n) {
            status = cx_buf_put(b, s.p, n);
        } else {
            status = cx_buf_put_text(b, "\xef\xbf\xbd");
        }
        if (n == 0)
            n = 1;
        s = cx_slice_sub(s, n, s.len - n);
    }
    if (status != CX_OK)
        b->len = len_before;
    return status;
}

bool cx_is_utf8(cx_slice s)
{
    uint32_t code;
    for (size_t n; s.len; s = cx_slice_sub(s, n, s.len - n)) {
        n = utf8_sequence(s, &code);
        if (n == 0)
            return false;
    }
    return true;
}

cx_status cx_put_utf8(cx_buf *b, cx_slice s)
{
    return put_text(b, s, false);
}

cx_status cx_put_term(cx_buf *b, cx_slice s)
{
    return put_text(b, s, true);
}

/* ---- times ---- */

static char *put_digits(char *at, uint64_t n, int digits)
{
    for (int i = digits; i-- > 0; n /= 10)
        at[i] = (char)('0' + n % 10);
    return at + digits;
}

/* Days since 1970 as year, month and day of the Gregorian calendar. Years are counted from March,
 * so that the odd day is their last; eras are the 400 years after which days repeat. */
static char *put_date(char *at, int64_t days)
{
    const int64_t since = days + 719468; /* 1 March of the year 0 */
    const int64_t era = (since >= 0 ? since : since - 146096) / 146097;
    const uint32_t of_era = (uint32_t)(since - era * 146097);
    const uint32_t year =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365; /* of the era */
    const uint32_t day = of_era - (365 * year + year / 4 - year / 100);    /* of the year */
    const uint32_t month = (5 * day + 2) / 153;                            /* from March */
    const bool next = month >= 10;
    at = put_digits(at, (uint64_t)(era * 400 + year + next), 4);
    *at++ = '-';
    at = put_digits(at, next ? month - 9 : month + 3, 2);
    *at++ = '-';
    return put_digits(at, day - (153 * month + 2) / 5 + 1, 2);
}

/* 64 bits of nanoseconds reach from 1677 to 2262: years have four digits. */
void cx_time_text(int64_t ts_ns, int digits, char out[CX_TIME_TEXT])
{
    int64_t seconds = ts_ns / NS_PER_S, fraction = ts_ns % NS_PER_S;
    if (fraction < 0) {
        fraction += NS_PER_S;
        seconds--;
    }
    int64_t days = seconds / 86400, of_day = seconds % 86400;
    if (of_day < 0) {
        of_day += 86400;
        days--;
    }
    char *at = put_date(out, days);
    *at++ = 'T';
    at = put_digits(at, (uint64_t)(of_day / 3600), 2);
    *at++ = ':';
    at = put_digits(at, (uint64_t)(of_day / 60 % 60), 2);
    *at++ = ':';
    at = put_digits(at, (uint64_t)(of_day % 60), 2);
    *at++ = '.';
    at = digits == 9 ? put_digits(at, (uint64_t)fraction, 9)
                     : put_digits(at, (uint64_t)(fraction / 1000), 6);
    *at++ = 'Z';
    *at = 0;
}

/* ---- Base64 and UTF-16 ---- */

/* The 6 bits of a Base64 digit, with 1 added so that all others stay 0. */
/* clang-format off */
static const uint8_t base64_digits[256] = {
    ['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
    25, 26,
    ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
    49, 50, 51, 52,
    ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, ['+'] = 63, ['/'] = 64,
};
/* clang-format on */

/* Decodes digits, four by four, up to the first byte that is none. Returns how many it took. */
static size_t base64_quads(cx_slice text, uint8_t *out)
{
    size_t i = 0;
    for (; text.len - i >= 4; i += 4, out += 3) {
        uint32_t a = base64_digits[text.p[i]], b = base64_digits[text.p[i + 1]],
                 c = base64_digits[text.p[i + 2]], d = base64_digits[text.p[i + 3]];
        if (!a || !b || !c || !d)
            break;
        uint32_t bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
        out[0] = (uint8_t)(bits >> 16);
        out[1] = (uint8_t)(bits >> 8);
        out[2] = (uint8_t)bits;
    }
    return i;
}

cx_status cx_base64(cx_slice text, cx_arena *a, cx_slice *ret)
{
    uint8_t *out = cx_arena_take(a, text.len / 4 * 3 + 3);
    if (!out)
        return CX_NO_MEMORY;
    size_t digits = base64_quads(text, out), n = digits / 4 * 3, pads = 0;
    uint32_t bits = 0;
    for (size_t i = digits; i < text.len; i++) {
        uint8_t c = text.p[i];
        if (cx_is_blank(c))
            continue;
        if (c == '=') {
            pads++;
            continue;
        }
        if (!base64_digits[c] || pads)
            return CX_MALFORMED;
        bits = bits << 6 | (base64_digits[c] - 1u);
        digits++;
        if (digits % 4 != 1)
            out[n++] = (uint8_t)(bits >> (2 * (3 - (digits + 3) % 4)));
    }
    if (digits % 4 == 1 || pads > 2 || (pads && (digits + pads) % 4 != 0))
        return CX_MALFORMED;
    *ret = (cx_slice){out, n};
    return CX_OK;
}

cx_slice cx_utf16le(cx_slice text, cx_arena *a)
{
    if (!text.p)
        return text;
    size_t units = text.len / 2, n = 0;
    uint8_t *out = cx_arena_take(a, units * 3 + 1); /* a unit takes at most 3 bytes, a pair 4 */
    if (!out)
        return (cx_slice){NULL, 0};
    for (size_t i = 0; i < units; i++) {
        uint32_t code = (uint32_t)text.p[2 * i + 1] << 8 | text.p[2 * i];
        if (code >= 0xd800 && code <= 0xdfff) {
            uint32_t low = i + 1 < units ? (uint32_t)text.p[2 * i + 3] << 8 | text.p[2 * i + 2] : 0;
            if (code < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                i++;
            } else {
                code = REPLACEMENT;
            }
        }
        n += utf8_encode(code, out + n);
    }
    return (cx_slice){out, n};
}
