/* Answers of the autodiscover service (discover.h): elements "Link" of XML, or objects of JSON,
 * each with a token and a href. Nothing else of them is read, and in no other way: a scan for these
 * finds them in answers that are cut, and whatever is around them. */
#include "dissectors/discover.h"

/* ---- escapes ---- */

typedef struct escape {
    const char *text;
    char c;
} escape;

static const escape of_xml[] = {
    {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
static const escape of_json[] = {{"\\/", '/'},     {"\\\"", '"'},    {"\\\\", '\\'},
                                 {"\\u0026", '&'}, {"\\u003d", '='}, {"\\u002f", '/'}};

/* Those of the list become what they stand for. False: there are others, which no URL needs. */
static bool unescape(cx_slice s, uint8_t sign, const escape *list, size_t n_list, cx_slice *ret)
{
    uint8_t *to = (uint8_t *)s.p;
    ret->p = s.p;
    while (s.len) {
        size_t i = 0;
        if (s.p[0] != sign) {
            *to++ = s.p[0];
            s = cx_slice_sub(s, 1, s.len);
            continue;
        }
        while (i < n_list && !cx_slice_istarts(s, list[i].text))
            i++;
        if (i == n_list)
            return false;
        *to++ = (uint8_t)list[i].c;
        s = cx_slice_sub(s, strlen(list[i].text), s.len);
    }
    ret->len = (size_t)(to - ret->p);
    return ret->len != 0;
}

#define UNESCAPE(s, sign, list, ret) unescape(s, sign, list, sizeof(list) / sizeof *(list), ret)

/* ---- XML ---- */

static size_t skip_space(cx_slice s, size_t at)
{
    while (at < s.len && cx_is_blank(s.p[at]))
        at++;
    return at;
}

/* The next attribute of the tag that s goes on with. False: its end, or that of s. */
static bool next_attribute(cx_slice *s, cx_slice *ret_name, cx_slice *ret_value)
{
    size_t from = skip_space(*s, 0), to = from;
    while (to < s->len && !cx_is_blank(s->p[to]) && !strchr("=/>", s->p[to] ? s->p[to] : ' '))
        to++;
    *ret_name = cx_slice_sub(*s, from, to - from);
    size_t at = skip_space(*s, to);
    if (at == s->len || s->p[at] != '=')
        return false;
    at = skip_space(*s, at + 1);
    if (at == s->len || (s->p[at] != '"' && s->p[at] != '\''))
        return false;
    size_t end = cx_slice_find(*s, s->p[at], at + 1);
    if (end == SIZE_MAX)
        return false;
    *ret_value = cx_slice_sub(*s, at + 1, end - at - 1);
    *s = cx_slice_sub(*s, end + 1, s->len);
    return true;
}

static bool redirect_of_xml(cx_slice s, cx_slice *ret)
{
    static const char link[] = "<Link";
    for (;;) {
        const uint8_t *at = s.len ? memmem(s.p, s.len, link, sizeof link - 1) : NULL;
        cx_slice name, value, token = {NULL, 0}, href = {NULL, 0};
        if (!at)
            return false;
        s = cx_slice_sub(s, (size_t)(at - s.p) + sizeof link - 1, s.len);
        if (s.len && !cx_is_blank(s.p[0])) /* another name */
            continue;
        while (next_attribute(&s, &name, &value)) {
            if (cx_slice_is(name, "token"))
                token = value;
            else if (cx_slice_is(name, "href"))
                href = value;
        }
        if (href.p && cx_slice_iis(token, "Redirect"))
            return UNESCAPE(href, '&', of_xml, ret);
    }
}

/* ---- JSON ---- */

/* The string whose first quote is at s.p[at]. Answers where it ends, behind the last quote;
 * SIZE_MAX: not here. */
static size_t string_at(cx_slice s, size_t at, cx_slice *ret)
{
    size_t end = at + 1;
    while (end < s.len && s.p[end] != '"')
        end += s.p[end] == '\\' ? 2 : 1;
    if (end >= s.len)
        return SIZE_MAX;
    *ret = cx_slice_sub(s, at + 1, end - at - 1);
    return end + 1;
}

static bool redirect_of_json(cx_slice s, cx_slice *ret)
{
    cx_slice token = {NULL, 0}, href = {NULL, 0}, name, value;
    for (size_t at = 0; at < s.len;) {
        if (s.p[at] == '}' && href.p && cx_slice_iis(token, "Redirect"))
            return UNESCAPE(href, '\\', of_json, ret);
        if (s.p[at] == '{' || s.p[at] == '}')
            token = href = (cx_slice){NULL, 0};
        if (s.p[at] != '"') {
            at++;
            continue;
        }
        at = string_at(s, at, &name);
        if (at == SIZE_MAX)
            return false;
        size_t colon = skip_space(s, at), quote = skip_space(s, colon + 1);
        if (colon >= s.len || s.p[colon] != ':' || quote >= s.len || s.p[quote] != '"')
            continue;
        at = string_at(s, quote, &value);
        if (at == SIZE_MAX)
            return false;
        if (cx_slice_is(name, "token"))
            token = value;
        else if (cx_slice_is(name, "href"))
            href = value;
    }
    return false;
}

bool cx_discover_redirect(uint8_t *body, size_t n, cx_slice *ret)
{
    cx_slice s = {body, n};
    if (cx_slice_istarts(s, "\xef\xbb\xbf"))
        s = cx_slice_sub(s, 3, s.len);
    s = cx_slice_sub(s, skip_space(s, 0), s.len);
    if (!s.len || (s.p[0] != '<' && s.p[0] != '{'))
        return false;
    return s.p[0] == '<' ? redirect_of_xml(s, ret) : redirect_of_json(s, ret);
}
