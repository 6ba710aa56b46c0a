/* DNS messages as values: header, names, records (RFC 1035 4; records: RFC 1035 3.3, RFC 2782, RFC
 * 3403, RFC 3596, RFC 6891; NetBIOS names: RFC 1001 14.1, RFC 1002 4.2). Keeps nothing, emits
 * nothing. */
#pragma once

#include "base/arena.h"
#include "event/event.h"

#define CX_DNS_HEADER_LEN 12u /* bytes */

typedef struct cx_dns_header {
    uint16_t id, flags, count[4]; /* questions, answers, authority, additional */
} cx_dns_header;

#define CX_DNS_FLAG_RESPONSE      0x8000u
#define CX_DNS_FLAG_AUTHORITATIVE 0x0400u
#define CX_DNS_FLAG_TRUNCATED     0x0200u
#define CX_DNS_FLAG_RD            0x0100u
#define CX_DNS_FLAG_Z             0x0040u

/* A message and what to say when it ends too early. */
typedef struct cx_dns_message {
    cx_slice bytes;
    cx_status on_short;
    bool netbios; /* names and types are those of NetBIOS */
} cx_dns_message;

/* A datagram for the dissector of this kind. cut: by the capture. */
static inline cx_dns_message cx_dns_datagram(cx_slice bytes, bool cut, cx_event_kind kind)
{
    return (cx_dns_message){.bytes = bytes,
                            .on_short = cut ? CX_TRUNCATED : CX_MALFORMED,
                            .netbios = kind == CX_EV_NBNS};
}

static inline uint8_t cx_dns_opcode(const cx_dns_header *h)
{
    return (uint8_t)(h->flags >> 11 & 15);
}

CX_USE cx_status cx_dns_header_read(const cx_dns_message *m, cx_dns_header *ret);

/* The first question of the message, stepping over its name. *ret_end: offset behind it. */
CX_USE cx_status cx_dns_question_step(const cx_dns_message *m, size_t at, uint16_t *ret_type,
                                      uint16_t *ret_class, size_t *ret_end);

/* Do all questions and records that the header counts parse? exact: and nothing is behind them. */
bool cx_dns_parses(const cx_dns_message *m, bool exact);

/* The dissector of this kind of messages: "dns", "llmnr", "mdns", "nbns". */
const char *cx_dns_name_of(cx_event_kind kind);

/* Reads the message into *e, names and records in the arena. What stands before a damage is kept.
 * *ret_reason: NULL, or what is damaged. False: so early that it may be something else (only the
 * reason is set then, and none when the capture cut it). */
bool cx_dns_read(const cx_dns_message *m, cx_arena *arena, cx_ev_dns *e, const char **ret_reason);
