/* Reads what keys depend on in handshake messages (hello.h). */
#include "tls/hello.h"

#include "base/cursor.h"

enum { /* extensions (IANA TLS ExtensionType) */
       EXT_TRUNCATED_HMAC = 4,
       EXT_ENCRYPT_THEN_MAC = 22,
       EXT_EXTENDED_MASTER_SECRET = 23,
       EXT_SESSION_TICKET = 35,
       EXT_EARLY_DATA = 42,
       EXT_VERSIONS = 43
};

/* The random of a HelloRetryRequest: SHA-256 of that word (RFC 8446 4.1.3). */
static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* The next extension of a list. False: none, or it is cut. */
static bool next_extension(cx_cursor *list, uint16_t *ret_type, cx_slice *ret_body)
{
    if (list->left == 0)
        return false;
    uint16_t type = cx_be16(list);
    cx_slice body = cx_take_slice(list, cx_be16(list));
    if (list->err != CX_OK)
        return false;
    *ret_type = type;
    *ret_body = body;
    return true;
}

static void read_random(cx_cursor *c, uint8_t to[32])
{
    const uint8_t *p = cx_take(c, 32);
    if (p)
        memcpy(to, p, 32);
}

/* At most 32 bytes (RFC 5246 7.4.1.2). */
static cx_slice read_session_id(cx_cursor *c)
{
    cx_slice id = cx_take_slice(c, cx_u8(c));
    if (id.len > 32)
        c->err = CX_MALFORMED;
    return id;
}

cx_status cx_tls_read_offer(cx_slice body, cx_tls_offer *ret)
{
    cx_cursor c = cx_cursor_over(body, CX_MALFORMED);
    cx_tls_offer o = {.version = cx_be16(&c)};
    read_random(&c, o.random);
    o.session_id = read_session_id(&c);
    o.suites = cx_take_slice(&c, cx_be16(&c));
    (void)cx_take(&c, cx_u8(&c)); /* compression methods */
    if (c.err != CX_OK)
        return c.err;
    uint16_t type;
    cx_slice ext;
    cx_cursor list = cx_sub(&c, c.left ? cx_be16(&c) : 0);
    while (next_extension(&list, &type, &ext)) {
        if (type == EXT_SESSION_TICKET)
            o.ticket = ext;
        o.early_data |= type == EXT_EARLY_DATA;
    }
    *ret = o;
    return CX_OK;
}

cx_status cx_tls_read_sslv2_offer(cx_slice message, cx_tls_offer *ret)
{
    cx_cursor c = cx_cursor_over(message, CX_MALFORMED);
    uint8_t type = cx_u8(&c);
    cx_tls_offer o = {.version = cx_be16(&c)};
    uint16_t suites = cx_be16(&c), id = cx_be16(&c), challenge = cx_be16(&c);
    (void)cx_take(&c, suites);
    o.session_id = cx_take_slice(&c, id);
    cx_slice random = cx_take_slice(&c, challenge);
    if (c.err != CX_OK || type != 1 || id > 32 || challenge == 0 || challenge > 32)
        return CX_MALFORMED;
    memcpy(o.random + 32 - random.len, random.p, random.len);
    *ret = o;
    return CX_OK;
}

/* 7f nn: draft nn; fb nn: the same as one large operator deployed it. */
static void settle_version(uint16_t version, cx_tls_choice *c)
{
    bool draft = version >> 8 == 0x7f || version >> 8 == 0xfb;
    c->version = draft ? 0x0304 : version;
    c->draft = draft ? (uint8_t)version : 0;
}

cx_status cx_tls_read_choice(cx_slice body, cx_tls_choice *ret)
{
    cx_cursor c = cx_cursor_over(body, CX_MALFORMED);
    cx_tls_choice o = {0};
    settle_version(cx_be16(&c), &o);
    read_random(&c, o.random);
    bool early_draft = o.draft != 0; /* up to draft 21, without id and compression */
    if (!early_draft)
        o.session_id = read_session_id(&c);
    o.suite = cx_be16(&c);
    if (!early_draft)
        o.compression = cx_u8(&c);
    if (c.err != CX_OK)
        return c.err;
    o.retry = memcmp(o.random, retry_random, sizeof retry_random) == 0;
    uint16_t type;
    cx_slice ext;
    cx_cursor list = cx_sub(&c, c.left ? cx_be16(&c) : 0);
    while (next_extension(&list, &type, &ext)) {
        if (type == EXT_VERSIONS && ext.len == 2)
            settle_version((uint16_t)(ext.p[0] << 8 | ext.p[1]), &o);
        o.etm |= type == EXT_ENCRYPT_THEN_MAC;
        o.ems |= type == EXT_EXTENDED_MASTER_SECRET;
        o.short_mac |= type == EXT_TRUNCATED_HMAC;
    }
    *ret = o;
    return CX_OK;
}

cx_status cx_tls_read_leaf(cx_slice body, cx_slice *ret)
{
    cx_cursor c = cx_cursor_over(body, CX_MALFORMED);
    (void)cx_be24(&c); /* of the list */
    cx_slice leaf = cx_take_slice(&c, cx_be24(&c));
    if (c.err == CX_OK)
        *ret = leaf;
    return c.err;
}

cx_status cx_tls_read_ticket(cx_slice body, cx_slice *ret)
{
    cx_cursor c = cx_cursor_over(body, CX_MALFORMED);
    (void)cx_be32(&c); /* lifetime */
    cx_slice ticket = cx_take_slice(&c, cx_be16(&c));
    if (c.err == CX_OK)
        *ret = ticket;
    return c.err;
}
