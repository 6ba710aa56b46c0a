/* NTLMSSP messages for tests: published ones in hexadecimal, and a maker of others. */
#pragma once

#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Communicator 2007 R2 and its server, as SIPE publishes them. */
static const char communicator_challenge[] =
    "4E544C4D53535000020000000000000038000000F38298E2DD1BAAF4E7E218D1000000000000000096009600380000"
    "000502CE0E0000000F02000A0043004F0053004D004F000100180043004F0053004D004F002D004F00430053002D00"
    "520032000400160063006F0073006D006F002E006C006F00630061006C000300300063006F0073006D006F002D006F"
    "00630073002D00720032002E0063006F0073006D006F002E006C006F00630061006C000500160063006F0073006D00"
    "6F002E006C006F00630061006C0000000000";
static const char communicator_authenticate[] =
    "4E544C4D53535000030000001800180072000000C600C6008A0000000A000A00480000000800080052000000180018"
    "005A0000001000100050010000558298620502CE0E0000000F43004F0053004D004F00550073006500720043004F00"
    "53004D004F002D004F00430053002D0052003200A1E92EFE4E078BF7C5C0049ACC6166C2D6AE875CB0FDAA418DC0C8"
    "00AE76ECA606D2B9FBEBD04731010100000000000059519A1727B9CA01D6AE875CB0FDAA410000000002000A004300"
    "4F0053004D004F000100180043004F0053004D004F002D004F00430053002D00520032000400160063006F0073006D"
    "006F002E006C006F00630061006C000300300063006F0073006D006F002D006F00630073002D00720032002E006300"
    "6F0073006D006F002E006C006F00630061006C000500160063006F0073006D006F002E006C006F00630061006C0000"
    "0000000000000031CB739E1CA80A498591E8AE797115E4";
/* MS-NLMP 4.2.2, 4.2.4. */
static const char nlmp_challenge_v1[] =
    "4e544c4d53535000020000000c000c0038000000338202e20123456789abcdef000000000000000000000000000000"
    "00060070170000000f530065007200760065007200";
static const char nlmp_authenticate_v1[] =
    "4e544c4d5353500003000000180018006c00000018001800840000000c000c00480000000800080054000000100010"
    "005c000000100010009c000000358280e20501280a0000000f44006f006d00610069006e0055007300650072004300"
    "4f004d005000550054004500520098def7b87f88aa5dafe2df779688a172def11c7d5ccdef1367c43011f30298a2ad"
    "35ece64f16331c44bdbed927841f94518822b1b3f350c8958682ecbb3e3cb7";
static const char nlmp_authenticate_v2[] =
    "4e544c4d5353500003000000180018006c00000054005400840000000c000c00480000000800080054000000100010"
    "005c00000010001000d8000000358288e20501280a0000000f44006f006d00610069006e0055007300650072004300"
    "4f004d005000550054004500520086c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa68cd0ab851e51c96aa"
    "bc927bebef6a1c01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d006100"
    "69006e0001000c005300650072007600650072000000000000000000c5dad2544fc9799094ce1ce90bc9d03e";
/* The innovation.ch description of NTLM over HTTP: no Version, no target information. */
static const char innovation_negotiate[] =
    "4e544c4d535350000100000003b200000a000a002900000009000900200000004c494748544349545955525341"
    "2d4d494e4f52";
static const char innovation_challenge[] = "4e544c4d5353500002000000000000002800000001820000537276"
                                           "4e6f6e63650000000000000000";
static const char innovation_authenticate[] =
    "4e544c4d5353500003000000180018007200000018001800"
    "8a00000014001400400000000c000c00540000001200120060000000"
    "00000000a200000001820000550052005300410"
    "02d004d0049004e004f0052005a006100700068006f0064004c00490047004800540043004900540059"
    "00ad87ca6defe34685b9c43c477a8c42d600667d6892e7e897e0e00de3104a1bf2053f07c7dda82d3c"
    "489ae989e1b000d3";
/* Windows XP SP2, NEGOTIATE with Version. */
static const char xp_negotiate[] =
    "4e544c4d535350000100000007b208a2060006003300000"
    "00b000b00280000000501280a0000000f574f524b53544154494f4e444f4d41494e";

/* Returns the number of bytes. */
static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    int high = -1;
    for (; *hex; hex++) {
        const char *digits = "0123456789abcdef", *at = strchr(digits, *hex | 32);
        assert_non_null(at);
        int value = (int)(at - digits);
        if (high < 0) {
            high = value;
        } else {
            out[n++] = (uint8_t)(high << 4 | value);
            high = -1;
        }
    }
    assert_true(high < 0);
    return n;
}

/* ---- made by hand ---- */

static void put16(uint8_t *p, size_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *p, size_t value)
{
    put16(p, value & 0xffff);
    put16(p + 2, value >> 16);
}

typedef struct maker {
    uint8_t bytes[1024];
    size_t len;
} maker;

/* A message with a header of this length and no parts. */
static maker make(cx_ntlm_message type, size_t header, uint32_t flags)
{
    maker m = {.len = header};
    memcpy(m.bytes, "NTLMSSP", 8);
    put32(m.bytes + 8, type);
    size_t at = type == CX_NTLM_NEGOTIATE ? 12 : type == CX_NTLM_CHALLENGE ? 20 : 60;
    if (at + 4 <= header)
        put32(m.bytes + at, flags);
    return m;
}

static void add(maker *m, size_t field, const void *bytes, size_t len)
{
    put16(m->bytes + field, len);
    put16(m->bytes + field + 2, len);
    put32(m->bytes + field + 4, m->len);
    if (len)
        memcpy(m->bytes + m->len, bytes, len);
    m->len += len;
}

static void add_av(maker *m, size_t field, int id, const void *value, size_t len)
{
    uint8_t head[4];
    put16(head, (size_t)id);
    put16(head + 2, len);
    if (!m->bytes[field] && !m->bytes[field + 1])
        put32(m->bytes + field + 4, m->len);
    memcpy(m->bytes + m->len, head, 4);
    if (len)
        memcpy(m->bytes + m->len + 4, value, len);
    m->len += 4 + len;
    size_t list = (size_t)(m->bytes[field] | m->bytes[field + 1] << 8) + 4 + len;
    put16(m->bytes + field, list);
}
