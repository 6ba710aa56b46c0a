/* Community ID: one text for a conversation that other tools compute alike (Community ID v1). */
#pragma once

#include "event/endpoint.h"

#define CX_COMMUNITY_ID_TEXT 31 /* bytes: "1:", 28 of base64, NUL */

/* The ID with seed 0 of the conversation between a and b, the same in both directions. Of ICMP and
 * ICMPv6, a sent the message: a->port is its type and b->port its code. False, out untouched:
 * no address, or the digest failed. */
bool cx_community_id(const cx_endpoint *a, const cx_endpoint *b, char out[CX_COMMUNITY_ID_TEXT]);
