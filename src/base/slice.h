/* Borrowed bytes: a pointer and a length that belong to somebody else. Never freed through.
 * p == NULL: absent. len == 0 with p != NULL: present and empty. */
#pragma once

#include "base/word.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct cx_slice {
    const uint8_t *p;
    size_t len;
} cx_slice;

/* A slice over a string literal or a char array that is NUL-terminated. */
static inline cx_slice cx_slice_of(const char *text)
{
    return (cx_slice){(const uint8_t *)text, text ? strlen(text) : 0};
}

static inline cx_slice cx_slice_sub(cx_slice s, size_t from, size_t len)
{
    if (from > s.len)
        from = s.len;
    if (len > s.len - from)
        len = s.len - from;
    return (cx_slice){s.p ? s.p + from : NULL, len};
}

static inline uint8_t cx_fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static inline bool cx_slice_eq(cx_slice a, cx_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Equal when ASCII letters are compared without case. */
static inline bool cx_slice_ieq(cx_slice a, cx_slice b)
{
    if (a.len != b.len)
        return false;
    size_t i = 0;
    for (; a.len - i >= 8; i += 8)
        if (cx_word_fold(cx_word(a.p + i)) != cx_word_fold(cx_word(b.p + i)))
            return false;
    for (; i < a.len; i++)
        if (cx_fold(a.p[i]) != cx_fold(b.p[i]))
            return false;
    return true;
}

static inline bool cx_slice_is(cx_slice a, const char *text)
{
    return cx_slice_eq(a, cx_slice_of(text));
}

static inline bool cx_slice_iis(cx_slice a, const char *text)
{
    return cx_slice_ieq(a, cx_slice_of(text));
}

static inline bool cx_slice_istarts(cx_slice a, const char *text)
{
    size_t n = strlen(text);
    return a.len >= n && cx_slice_ieq(cx_slice_sub(a, 0, n), cx_slice_of(text));
}

static inline bool cx_slice_iends(cx_slice a, const char *text)
{
    size_t n = strlen(text);
    return a.len >= n && cx_slice_ieq(cx_slice_sub(a, a.len - n, n), cx_slice_of(text));
}

/* Index of the first byte c at or after from, or SIZE_MAX. */
static inline size_t cx_slice_find(cx_slice s, uint8_t c, size_t from)
{
    if (from >= s.len)
        return SIZE_MAX;
    const uint8_t *at = memchr(s.p + from, c, s.len - from);
    return at ? (size_t)(at - s.p) : SIZE_MAX;
}

static inline bool cx_is_blank(uint8_t c)
{
    return c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* Without leading and trailing spaces, tabs, CR and LF. */
static inline cx_slice cx_slice_trim(cx_slice s)
{
    for (; s.len && cx_is_blank(s.p[0]); s.len--)
        s.p++;
    while (s.len && cx_is_blank(s.p[s.len - 1]))
        s.len--;
    return s;
}

/* The part before the first byte sep, which *rest then follows; the whole when there is none. */
static inline cx_slice cx_slice_split(cx_slice s, uint8_t sep, cx_slice *rest)
{
    size_t at = cx_slice_find(s, sep, 0);
    if (at == SIZE_MAX) {
        *rest = (cx_slice){NULL, 0};
        return s;
    }
    *rest = cx_slice_sub(s, at + 1, s.len - at - 1);
    return cx_slice_sub(s, 0, at);
}

/* Decimal digits only, whole slice, at most max. False, *ret untouched: empty, other bytes, too
 * big. */
static inline bool cx_slice_number(cx_slice s, uint64_t max, uint64_t *ret)
{
    uint64_t n = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    if (n > max)
        return false;
    *ret = n;
    return true;
}
