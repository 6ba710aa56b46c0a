/* Where TLS begins in the middle of a conversation (RFC 3207, RFC 2595, RFC 4511 4.14). */
#pragma once

#include "flow/dissector.h"

/* Does a record of TLS begin here (RFC 8446 5.1), or a ClientHello in the form of SSL 2.0, which
 * clients that knew it sent as their first (RFC 5246 E.2)? For protocols whose messages begin with
 * no such octets. MAYBE: s is too short to tell; never of an empty one. */
static inline cx_match cx_starttls_match(cx_slice s)
{
    static const struct {
        uint8_t mask[4], value[4];
    } starts[] = {
        {{0xfc, 0xff, 0xf8}, {0x14, 3, 0}},       /* change_cipher_spec, alert, handshake, data */
        {{0x80, 0, 0xff, 0xff}, {0x80, 0, 1, 3}}, /* length, client_hello, version 3.x */
        {{0x80, 0, 0xff, 0xff}, {0x80, 0, 1, 0}}, /* the same of version 2 */
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t n = 0, len = i == 0 ? 3 : 4;
        while (n < len && n < s.len && (s.p[n] & starts[i].mask[n]) == starts[i].value[n])
            n++;
        if (n == len)
            return CX_MATCH_YES;
        if (n == s.len)
            return s.len ? CX_MATCH_MAYBE : CX_MATCH_NO;
    }
    return CX_MATCH_NO;
}
