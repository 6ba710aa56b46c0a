/* ASN.1 elements in DER and BER (X.690 8, 10) on the checked cursor. What real senders do is read
 * too: lengths that are longer than they need to be, integers with spare octets, indefinite
 * lengths.
 *
 * An element that ends behind its bytes is given as far as it goes, with `fault` set, and the
 * cursor then holds its error: tolerant parsers go on with what is there, strict ones ask the
 * cursor once at the end. What is short inside of it is short by the same fault (cx_der_inside). */
#pragma once

#include "base/cursor.h"

/* Identifier octets as one number: the octet itself; for tag numbers above 30 the octet << 24 |
 * number (X.690 8.1.2). */
enum {
    CX_DER_BOOLEAN = 0x01,
    CX_DER_INTEGER = 0x02,
    CX_DER_BIT_STRING = 0x03,
    CX_DER_OCTET_STRING = 0x04,
    CX_DER_NULL = 0x05,
    CX_DER_OID = 0x06,
    CX_DER_ENUMERATED = 0x0a,
    CX_DER_UTF8_STRING = 0x0c,
    CX_DER_TIME = 0x18, /* GeneralizedTime */
    CX_DER_GENERAL_STRING = 0x1b,
    CX_DER_SEQUENCE = 0x30,
    CX_DER_SET = 0x31,
    CX_DER_CONSTRUCTED = 0x20,
    CX_DER_APPLICATION = 0x60, /* constructed, plus the number */
    CX_DER_CONTEXT = 0xa0      /* constructed, plus the number; primitive ones: 0x80 */
};

typedef struct cx_der {
    uint32_t tag;
    cx_slice body;   /* its contents, borrowed; only a part when cut */
    cx_status fault; /* CX_OK: whole. Its length reaches behind the bytes there are: CX_TRUNCATED or
                      * CX_MALFORMED, by whose fault */
} cx_der;

/* How long an element is, for who finds messages in a stream. CX_OK: *ret_size is its length with
 * tag and length octets, which may be more than s has. CX_NEED_MORE: s is too short to tell.
 * CX_UNSUPPORTED: of indefinite length. CX_MALFORMED: no element, or one of 4 GiB and more. */
CX_USE cx_status cx_der_size(cx_slice s, uint64_t *ret_size);

/* The next element. False: the cursor is at its end (err is CX_OK) or no tag and length could be
 * read (err says why). */
bool cx_der_next(cx_cursor *c, cx_der *ret);

/* Why cx_der_next found none: by whose fault one is missing that should be there. */
static inline cx_status cx_der_missing(const cx_cursor *c)
{
    return c->err == CX_OK ? c->on_short : c->err;
}

/* The next element if it has this tag; else false, and the cursor has not moved. */
bool cx_der_next_is(cx_cursor *c, uint32_t tag, cx_der *ret);

/* A cursor over the contents. A short read in it is the fault of who cut the element, else the
 * sender's. */
cx_cursor cx_der_inside(const cx_der *e);

/* The first element of the contents: what stands inside an explicit tag. False: there is none. */
bool cx_der_first(const cx_der *e, cx_der *ret);

/* INTEGER or ENUMERATED, of any tag (they may be implicit). False: empty, cut, or too big; *ret is
 * untouched. */
bool cx_der_int64(const cx_der *e, int64_t *ret);
bool cx_der_int32(const cx_der *e, int32_t *ret);

/* The contents are this OID, given as its encoded octets without tag and length. */
bool cx_der_is_oid(const cx_der *e, cx_slice oid);

/* A GeneralizedTime of the form YYYYMMDDHHMMSSZ (RFC 4120 5.2.3), in ns since 1970. A fraction is
 * read too. False: another form, no such date, or beyond what ns since 1970 can be. */
bool cx_der_time(const cx_der *e, int64_t *ret_ns);

/* The first 32 bits of a BIT STRING, the first in the highest bit; missing ones are 0. False:
 * empty. */
bool cx_der_bits(const cx_der *e, uint32_t *ret);
