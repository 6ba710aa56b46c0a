/* What people see on screens and in logs instead of the ids of findings: codes, names, messages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum cx_meaning_kind {
    CX_MEANING_WINSOCK,
    CX_MEANING_WIN32,
    CX_MEANING_HRESULT,
    CX_MEANING_NTSTATUS,
    CX_MEANING_DIAG, /* ms-diagnostics (MS-OCER 2.2.1) */
    CX_MEANING_KRB,  /* error code of Kerberos */
    CX_MEANING_ALERT,
    CX_MEANING_SIP,
    CX_MEANING_EVENT, /* of the Windows event log: name is its source */
    CX_MEANING_TEXT,  /* a message: name is its text, number is 0 */
    CX_MEANING_KINDS
} cx_meaning_kind;

typedef struct cx_meaning {
    cx_meaning_kind kind;
    uint32_t number;
    const char *name; /* NULL: it has none */
    const char *means;
    const char *ids; /* of findings and of coverage, separated by blanks; empty: none */
    const char *source;
} cx_meaning;

extern const cx_meaning cx_meanings[];
extern const size_t cx_n_meanings;

/* "Winsock error", "TLS alert", … */
const char *cx_meaning_kind_name(cx_meaning_kind kind);

/* Does what a person gives stand for m? Letters of either case, and any quotes.
 * - a number, decimal or hexadecimal: "10061", "0xC3E93EE4", "80090322", "-2146893022", "52e"
 * (LDAP)
 * - a name: "KDC_ERR_KEY_EXPIRED", also as MIT and Samba write it ("KRB5KDC_ERR_…", "NT_STATUS_…")
 * - a message: part of the known text (two words at least), or a longer text that holds it, or that
 *   holds a name, or a number with a word that says whose it is ("error 10061 (0x274D)", "alert
 * 48", "SIP/2.0 404", "data 52e", a header ms-diagnostics). */
bool cx_meaning_fits(const cx_meaning *m, const char *given);
