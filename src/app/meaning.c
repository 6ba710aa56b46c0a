/* Codes, names and messages: see meaning.h. */
#include "app/meaning.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const cx_meaning cx_meanings[] = {
#define MEANING(kind, number, name, means, ids, source)                                            \
    {CX_MEANING_##kind, number, name, means, ids, source},
#include "app/meanings.def"
#undef MEANING
};

const size_t cx_n_meanings = sizeof cx_meanings / sizeof *cx_meanings;

const char *cx_meaning_kind_name(cx_meaning_kind kind)
{
    static const char *const names[CX_MEANING_KINDS] = {
        [CX_MEANING_WINSOCK] = "Winsock error", [CX_MEANING_WIN32] = "Windows error",
        [CX_MEANING_HRESULT] = "HRESULT",       [CX_MEANING_NTSTATUS] = "NTSTATUS",
        [CX_MEANING_DIAG] = "ms-diagnostics",   [CX_MEANING_KRB] = "Kerberos error",
        [CX_MEANING_ALERT] = "TLS alert",       [CX_MEANING_SIP] = "SIP status",
        [CX_MEANING_TEXT] = "Message"};
    return names[kind];
}

/* The whole of text is a number: decimal, decimal below zero (as logs print HRESULTs), or
 * hexadecimal behind 0x or as eight digits. */
static bool number_of(const char *text, uint32_t *ret)
{
    char *end;
    size_t len = strlen(text);
    bool hex = (len == 8 && strspn(text, "0123456789abcdefABCDEF") == 8 &&
                strcspn(text, "abcdefABCDEF") < 8) ||
               (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'));
    bool below = text[0] == '-';
    if (!isdigit((unsigned char)text[below ? 1 : 0]) && !hex)
        return false;
    errno = 0;
    long long n = strtoll(text, &end, hex ? 16 : 10);
    if (errno || *end || n > UINT32_MAX || n < INT32_MIN)
        return false;
    *ret = (uint32_t)n;
    return true;
}

#define MAX_MESSAGE 1024u /* bytes of a message that are compared; a dialog has some 200 */

/* Lower case, one blank for each run of anything that is no letter or digit of ASCII: screens and
 * logs differ in quotes and line ends. Returns the number of words. */
static size_t plain(const char *text, char out[MAX_MESSAGE])
{
    size_t n = 0, words = 0;
    for (; *text && n + 2 < MAX_MESSAGE; text++) {
        unsigned char c = (unsigned char)*text;
        bool word = isalnum(c) && c < 0x80;
        if (!word && (n == 0 || out[n - 1] == ' '))
            continue;
        if (word && (n == 0 || out[n - 1] == ' '))
            words++;
        out[n++] = word ? (char)tolower(c) : ' ';
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = 0;
    return words;
}

/* part stands in whole, from the beginning of a word to the end of one. */
static bool holds(const char *whole, const char *part)
{
    size_t len = strlen(part);
    for (const char *at = strstr(whole, part); at; at = strstr(at + 1, part))
        if ((at == whole || at[-1] == ' ') && (at[len] == 0 || at[len] == ' '))
            return true;
    return false;
}

static bool has_code(const char *message, uint32_t number)
{
    char copy[MAX_MESSAGE], *rest = NULL;
    strcpy(copy, message); /* plain() bounds it */
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        uint32_t n;
        if (number_of(word, &n) && n == number)
            return true;
    }
    return false;
}

bool cx_meaning_fits(const cx_meaning *m, const char *given)
{
    uint32_t number;
    char message[MAX_MESSAGE], known[MAX_MESSAGE];
    if (number_of(given, &number))
        return m->kind != CX_MEANING_TEXT && m->number == number;
    if (m->name && strcasecmp(m->name, given) == 0)
        return true;
    size_t words = plain(given, message);
    if (words < 2)
        return false;
    if (m->kind != CX_MEANING_TEXT) /* "… due to error 10061" */
        return words > 2 && m->number >= 1000 && m->kind != CX_MEANING_DIAG &&
               has_code(message, m->number);
    (void)plain(m->name, known);
    return holds(message, known) || holds(known, message);
}
