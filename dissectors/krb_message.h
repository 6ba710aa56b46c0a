/* One Kerberos message (RFC 4120 5.4 to 5.9): what it says in clear. */
#pragma once

#include "flow/dissector.h"

/* May s be the beginning of a message that is read here? Looks at tag, lengths, and the type
 * inside, as far as they are there. size: the length of the whole as its carrier says; 0: not
 * known. */
cx_match cx_krb_match(cx_slice s, uint64_t size);

/* The first octet of a message of Kerberos, also of those that are passed over. */
bool cx_krb_tag(uint8_t octet);

/* Reads a message; bytes behind it do not count. on_short: whose fault it is when s ends early.
 * CX_OK: *ret is the message. CX_TRUNCATED, CX_MALFORMED: *ret is what was readable before the
 * fault; its message is 0 when not even that was. CX_UNSUPPORTED: another message, or none. Parts
 * that are optional never fail a message. Text lives in s and in a. */
CX_USE cx_status cx_krb_read(cx_slice s, cx_status on_short, cx_arena *a, cx_ev_krb *ret);
