/* Certificates as values. Not a dissector: TLS hands over the DER bytes and puts the answer into
 * its own event. */
#pragma once

#include "event/event.h"

#define CX_MAX_CERT_BYTES 65536u /* bytes of one certificate; real ones stay below 10 KiB */

/* Reads one certificate (RFC 5280 4.1). Text lands in scratch; *ret is always set, so that the
 * answer may be left unread.
 *
 * CX_MALFORMED: the bytes are no certificate, have bytes behind it, or exceed CX_MAX_CERT_BYTES;
 * CX_NO_MEMORY: scratch or the heap is exhausted. Both: only ret->unreadable is set.
 *
 * Text is what the certificate says: a NUL or a control byte in a name stays one in common_name and
 * san; in subject and issuer it is escaped (RFC 2253 2.4). Times outside what 64 bits of
 * nanoseconds hold are cut to the nearest end; one that does not parse is cut to the end that says
 * nothing (not_before_ns INT64_MIN, not_after_ns INT64_MAX). Keeps nothing. */
cx_status cx_x509_read(cx_slice der, cx_arena *scratch, cx_cert *ret);

struct asn1_string_st; /* an ASN1_INTEGER of OpenSSL */

/* A serial number as upper-case hexadecimal in a. Untouched where it is longer than any that is
 * issued (RFC 5280 4.1.2.2). False: no memory. */
CX_USE bool cx_x509_serial(const struct asn1_string_st *serial, cx_arena *a, cx_slice *ret);
