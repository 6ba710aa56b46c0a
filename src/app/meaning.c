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
        [CX_MEANING_EVENT] = "Windows event",   [CX_MEANING_TEXT] = "Message"};
    return names[kind];
}

/* ---- Numbers ---- */

#define READINGS 2u /* of one text: "80090322" is a decimal number and an HRESULT */

static bool is_hex(const char *text, size_t len)
{
    return strlen(text) == len && strspn(text, "0123456789abcdefABCDEF") == len;
}

/* What the whole of text is as a number: decimal, decimal below zero (as logs print HRESULTs), or
 * hexadecimal behind 0x, as eight digits, or as three with a letter among them (LDAP). */
static size_t numbers_of(const char *text, uint32_t out[READINGS])
{
    size_t n = 0;
    char *end;
    bool letters = strpbrk(text, "abcdefABCDEF") != NULL;
    bool prefixed = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && text[2];
    errno = 0;
    if (isdigit((unsigned char)text[text[0] == '-']) && !prefixed) {
        long long decimal = strtoll(text, &end, 10);
        if (!errno && !*end && decimal <= UINT32_MAX && decimal >= INT32_MIN)
            out[n++] = (uint32_t)decimal;
    }
    if (prefixed || is_hex(text, 8) || (letters && is_hex(text, 3))) {
        unsigned long long hex = strtoull(text, &end, 16);
        if (!errno && !*end && hex <= UINT32_MAX)
            out[n++] = (uint32_t)hex;
    }
    return n;
}

static bool is_number(const char *text, uint32_t number)
{
    uint32_t read[READINGS];
    size_t n = numbers_of(text, read);
    for (size_t i = 0; i < n; i++)
        if (read[i] == number)
            return true;
    return false;
}

/* ---- Messages ---- */

#define MAX_MESSAGE 1024u /* bytes of a message that are compared; a dialog has some 200 */

/* Lower case, one blank for each run of anything that is no letter or digit of ASCII: screens and
 * logs differ in quotes and line ends, and names in "_". MIT's "KRB5" before a name is left out.
 * Returns the number of words. */
static size_t plain(const char *text, char out[MAX_MESSAGE])
{
    size_t n = 0, words = 0;
    for (; *text && n + 2 < MAX_MESSAGE; text++) {
        unsigned char c = (unsigned char)*text;
        bool word = isalnum(c) && c < 0x80, begins = n == 0 || out[n - 1] == ' ';
        if (!word && begins)
            continue;
        if (word && begins) {
            words++;
            if (strncasecmp(text, "krb5k", 5) == 0) { /* KRB5KDC_ERR_, KRB5KRB_AP_ERR_ */
                text += 3;
                continue;
            }
        }
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
    for (const char *at = strstr(whole, part); at && len; at = strstr(at + 1, part))
        if ((at == whole || at[-1] == ' ') && (at[len] == 0 || at[len] == ' '))
            return true;
    return false;
}

static bool has_number(const char *message, uint32_t number)
{
    char copy[MAX_MESSAGE], *rest = NULL;
    strcpy(copy, message); /* plain() bounds it */
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (is_number(word, number))
            return true;
    return false;
}

static bool starts_with(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The words before the colon of what a number of ms-diagnostics means are its reason. */
static bool has_reason(const cx_meaning *m, const char *message)
{
    char reason[MAX_MESSAGE], known[MAX_MESSAGE];
    size_t len = strcspn(m->means, ":");
    if (len >= sizeof reason)
        return false;
    memcpy(reason, m->means, len);
    reason[len] = 0;
    return plain(reason, known) > 2 && holds(message, known);
}

bool cx_meaning_fits(const cx_meaning *m, const char *given)
{
    char message[MAX_MESSAGE], known[MAX_MESSAGE] = "";
    uint32_t read[READINGS];
    if (numbers_of(given, read))
        return m->kind != CX_MEANING_TEXT && is_number(given, m->number);
    size_t words = plain(given, message);
    size_t known_words = m->name ? plain(m->name, known) : 0;
    if (m->name && strcmp(message, known) == 0)
        return true;
    if (words < 2)
        return false;
    bool named = known_words > 1 && holds(message, known);
    switch (m->kind) {
    case CX_MEANING_TEXT:
        return named || holds(known, message);
    case CX_MEANING_DIAG: /* "ms-diagnostics: 1000;reason=…", or the value alone */
        return (has_number(message, m->number) &&
                (holds(message, "diagnostics") || holds(message, "reason"))) ||
               has_reason(m, message);
    case CX_MEANING_SIP:
        return has_number(message, m->number) &&
               (starts_with(message, "sip ") || holds(message, known));
    case CX_MEANING_ALERT:
        return named || (holds(message, "alert") && has_number(message, m->number));
    case CX_MEANING_KRB:
        return named || ((holds(message, "kerberos") || holds(message, "krb")) &&
                         has_number(message, m->number));
    case CX_MEANING_WINSOCK:
    case CX_MEANING_WIN32:
    case CX_MEANING_HRESULT:
    case CX_MEANING_NTSTATUS:
    case CX_MEANING_EVENT:
    case CX_MEANING_KINDS:
        break;
    }
    if (m->kind == CX_MEANING_EVENT) /* its name is that of many */
        return has_number(message, m->number);
    return (known_words && holds(message, known)) ||
           (m->number >= 1000 && has_number(message, m->number)); /* "… due to error 10061" */
}
