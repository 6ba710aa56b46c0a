/* Header sections (header_text.h; RFC 9112 5, RFC 3261 7.3.1, 25.1). State: none. */
#include "dissectors/header_text.h"

size_t cx_header_section_end(cx_slice s, size_t from, size_t *ret_from)
{
    size_t lf = cx_slice_find(s, '\n', from);
    while (lf != SIZE_MAX) {
        size_t next = lf + 1;
        if (next < s.len && s.p[next] == '\r')
            next++;
        if (next >= s.len)
            break; /* not known yet: look at this LF again */
        if (s.p[next] == '\n')
            return next + 1;
        from = lf + 1;
        lf = cx_slice_find(s, '\n', from);
    }
    *ret_from = lf == SIZE_MAX ? s.len : lf;
    return 0;
}

bool cx_header_line_next(cx_slice *lines, cx_slice *ret, bool *ret_folded)
{
    cx_slice rest = *lines;
    if (rest.len == 0)
        return false;
    size_t end = cx_slice_find(rest, '\n', 0);
    *ret_folded = false;
    while (end != SIZE_MAX && end + 1 < rest.len &&
           (rest.p[end + 1] == ' ' || rest.p[end + 1] == '\t')) {
        end = cx_slice_find(rest, '\n', end + 1);
        *ret_folded = true;
    }
    if (end == SIZE_MAX) {
        *ret = rest;
        *lines = (cx_slice){NULL, 0};
    } else {
        *ret = (cx_slice){rest.p, end};
        *lines = (cx_slice){rest.p + end + 1, rest.len - end - 1};
    }
    return true;
}

cx_slice cx_header_unfold(cx_slice value, cx_arena *a)
{
    if (cx_slice_find(value, '\n', 0) == SIZE_MAX)
        return value;
    uint8_t *out = cx_arena_take(a, value.len);
    if (!out)
        return (cx_slice){NULL, 0};
    size_t n = 0;
    for (size_t i = 0; i < value.len;) {
        if (value.p[i] != '\n') {
            out[n++] = value.p[i++];
            continue;
        }
        while (n && (out[n - 1] == '\r' || out[n - 1] == ' ' || out[n - 1] == '\t'))
            n--;
        while (i < value.len && (value.p[i] == '\n' || value.p[i] == '\r' || value.p[i] == ' ' ||
                                 value.p[i] == '\t'))
            i++;
        out[n++] = ' ';
    }
    return (cx_slice){out, n};
}

/* Where the text goes on behind the quoted string that s begins with, its first quote left out. */
static size_t quoted_len(cx_slice s)
{
    size_t i = 0;
    for (;;) {
        size_t quote = cx_slice_find(s, '"', i);
        size_t escape = cx_slice_find(cx_slice_sub(s, 0, quote), '\\', i);
        if (escape == SIZE_MAX)
            return quote == SIZE_MAX ? s.len : quote + 1;
        i = escape + 2; /* what it escapes says nothing */
    }
}

/* What an item may not be passed over for. */
static const bool opens[256] = {['"'] = true, ['<'] = true};

bool cx_header_item_next(cx_slice *rest, uint8_t sep, cx_slice *ret_item)
{
    size_t i = 0;
    if (!rest->p)
        return false;
    if (cx_slice_find(*rest, sep, 0) == SIZE_MAX) /* the last one, whatever is in it */
        i = rest->len;
    while (i < rest->len && rest->p[i] != sep) {
        uint8_t c = rest->p[i++];
        if (!opens[c])
            continue;
        if (c == '"') {
            i += quoted_len(cx_slice_sub(*rest, i, rest->len));
        } else {
            size_t end = cx_slice_find(*rest, '>', i);
            i = end == SIZE_MAX ? rest->len : end + 1;
        }
    }
    *ret_item = cx_slice_trim(cx_slice_sub(*rest, 0, i));
    *rest = i < rest->len ? cx_slice_sub(*rest, i + 1, rest->len) : (cx_slice){NULL, 0};
    return true;
}

cx_slice cx_header_unquote(cx_slice value)
{
    value = cx_slice_trim(value);
    if (value.len == 0 || value.p[0] != '"')
        return value;
    value = cx_slice_sub(value, 1, value.len);
    if (value.len && value.p[value.len - 1] == '"')
        value.len--;
    return value;
}
