/* Does a certificate carry the name that a client wanted? (signin-failures 6.1; RFC 6125 6.4,
 * RFC 5922 7). Of a partial wildcard, OpenSSL 3.0 takes "sip*" and "*1" for sip1, NSS 3.87 "sip*",
 * GnuTLS 3.7 "*1"; curl and Python none. */
#pragma once

#include "event/event.h"

typedef enum cx_name_match {
    CX_NAME_NO_MATCH,
    CX_NAME_PARTIAL,  /* "*" for a part of the left-most label: clients may take it or not (RFC 6125
                         6.4.3) */
    CX_NAME_CN_ONLY,  /* the common name, where the certificate has no DNS names at all */
    CX_NAME_WILDCARD, /* one left-most label by "*" */
    CX_NAME_EXACT
} cx_name_match;

/* wanted: a host name or an address as text. Addresses are compared with iPAddress names only. */
cx_name_match cx_cert_match(const cx_cert *cert, cx_slice wanted);

/* "a, b, c" of the names in the certificate (SANs, else the common name), at most eight. */
cx_slice cx_cert_names(const cx_cert *cert, cx_arena *arena);
