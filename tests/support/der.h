/* ASN.1 in short, for tests: "30{02(05) 1b'text' a0{}}" is a SEQUENCE of an INTEGER, a
 * GeneralString and an empty [0]. A tag is two hexadecimal digits; then come elements in braces,
 * hexadecimal octets in parentheses, or text in quotes. Lengths are worked out. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The octets of one element; how many. Fails the cmocka test when text is not of this form, or is
 * more than max octets. */
size_t test_der(const char *text, uint8_t *out, size_t max);
