/* ASN.1 in short, for tests (der.h). */
#include "support/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_OCTETS 65536u

static uint8_t octet(const char **at)
{
    const char *digits = "0123456789abcdef";
    const char *high = (*at)[0] ? strchr(digits, (*at)[0]) : NULL,
               *low = high && (*at)[1] ? strchr(digits, (*at)[1]) : NULL;
    if (!high || !low)
        fail_msg("no octet: \"%.20s\"", *at);
    *at += 2;
    return (uint8_t)((high - digits) << 4 | (low - digits));
}

static void skip_blanks(const char **at)
{
    while (**at == ' ' || **at == '\n')
        ++*at;
}

static size_t put_element(const char **at, uint8_t *out, size_t max);

static size_t put_contents(const char **at, uint8_t *out, size_t max)
{
    size_t n = 0;
    char open = *(*at)++, end = open == '{' ? '}' : open == '(' ? ')' : '\'';
    assert_true(open == '{' || open == '(' || open == '\'');
    for (;;) {
        if (open != '\'')
            skip_blanks(at);
        if (**at == end)
            break;
        assert_true(**at && n < max);
        if (open == '{')
            n += put_element(at, out + n, max - n);
        else
            out[n++] = open == '(' ? octet(at) : (uint8_t) * (*at)++;
    }
    ++*at;
    return n;
}

static size_t put_element(const char **at, uint8_t *out, size_t max)
{
    uint8_t *contents = malloc(MAX_OCTETS), head[4] = {octet(at)};
    size_t n = 1;
    assert_non_null(contents);
    skip_blanks(at);
    size_t len = put_contents(at, contents, MAX_OCTETS);
    if (len < 0x80) {
        head[n++] = (uint8_t)len;
    } else if (len < 0x100) {
        head[n++] = 0x81;
        head[n++] = (uint8_t)len;
    } else {
        head[n++] = 0x82;
        head[n++] = (uint8_t)(len >> 8);
        head[n++] = (uint8_t)len;
    }
    assert_true(n + len <= max);
    memcpy(out, head, n);
    memcpy(out + n, contents, len);
    free(contents);
    return n + len;
}

size_t test_der(const char *text, uint8_t *out, size_t max)
{
    skip_blanks(&text);
    size_t n = put_element(&text, out, max);
    skip_blanks(&text);
    assert_true(*text == '\0');
    return n;
}
