/* TLS hellos as values: ClientHello and ServerHello from SSL 3.0 to TLS 1.3 and its drafts, and the
 * ClientHello in SSL 2.0 form (RFC 5246 7.4.1, E.2; RFC 8446 4.1; RFC 6101 5.6.1; RFC 6066 3;
 * RFC 7301 3.1; RFC 7366 2; RFC 8449 4; RFC 8701). State: none. */
#include "dissectors/tls_parts.h"

#include "base/cursor.h"

enum {
    EXT_SERVER_NAME = 0,
    EXT_ALPN = 16,
    EXT_ENCRYPT_THEN_MAC = 22,
    EXT_RECORD_SIZE_LIMIT = 28,
    EXT_PRE_SHARED_KEY = 41,
    EXT_EARLY_DATA = 42,
    EXT_SUPPORTED_VERSIONS = 43
};

#define MAX_SSLV2_CHALLENGE 32u /* bytes (RFC 5246 E.2) */
#define SSLV2_HEADER        11u /* bytes up to the challenge length, its own two included */

/* 0x?A?A with equal bytes: reserved to keep servers tolerant, means nothing (RFC 8701 2). */
static bool is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

bool cx_tls_is_13(uint16_t version)
{
    /* 7f nn: draft nn of RFC 8446; fb nn: drafts as one large operator deployed them */
    return version == 0x0304 || version >> 8 == 0x7f || version >> 8 == 0xfb;
}

/* Drafts rank below what they became and above TLS 1.2. */
static uint32_t rank(uint16_t version)
{
    return version != 0x0304 && cx_tls_is_13(version) ? 0x030380u : (uint32_t)version << 8;
}

static void keep_best(uint16_t version, cx_ev_tls *e)
{
    if (rank(version) > rank(e->max_version))
        e->max_version = version;
}

/* RFC 6066 3: the first host_name. Servers answer with an empty extension. */
static cx_status read_server_name(cx_cursor *c, cx_ev_tls *e)
{
    cx_cursor list = cx_sub(c, cx_be16(c));
    while (list.left) {
        uint8_t type = cx_u8(&list);
        cx_slice name = cx_take_slice(&list, cx_be16(&list));
        if (list.err == CX_OK && type == 0 && !e->sni.p)
            e->sni = name;
    }
    return list.err != CX_OK ? list.err : cx_close(c);
}

/* RFC 7301 3.1 */
static cx_status read_alpn(cx_cursor *c, cx_ev_tls *e)
{
    cx_cursor list = cx_sub(c, cx_be16(c));
    while (list.left) {
        cx_slice name = cx_take_slice(&list, cx_u8(&list));
        if (list.err == CX_OK && e->n_alpn < sizeof e->alpn / sizeof e->alpn[0])
            e->alpn[e->n_alpn++] = name;
    }
    return list.err != CX_OK ? list.err : cx_close(c);
}

/* RFC 8446 4.2.1: then legacy_version says nothing. */
static cx_status read_versions(cx_cursor *c, cx_ev_tls *e)
{
    cx_cursor list = cx_sub(c, cx_u8(c));
    e->max_version = 0;
    while (list.left) {
        uint16_t version = cx_be16(&list);
        if (list.err != CX_OK || is_grease(version))
            continue;
        keep_best(version, e);
        if (e->n_versions < sizeof e->versions / sizeof e->versions[0])
            e->versions[e->n_versions++] = version;
    }
    return list.err != CX_OK ? list.err : cx_close(c);
}

static cx_status read_client_extension(uint16_t type, cx_cursor *c, cx_ev_tls *e, cx_tls_hello *h)
{
    switch (type) {
    case EXT_SERVER_NAME:
        return read_server_name(c, e);
    case EXT_ALPN:
        return read_alpn(c, e);
    case EXT_SUPPORTED_VERSIONS:
        return read_versions(c, e);
    case EXT_EARLY_DATA:
        h->early_data = true;
        return CX_OK;
    case EXT_ENCRYPT_THEN_MAC:
        e->encrypt_then_mac = true;
        return CX_OK;
    case EXT_RECORD_SIZE_LIMIT:
        e->record_size_limit = true;
        return CX_OK;
    default:
        return CX_OK;
    }
}

static cx_status read_server_extension(uint16_t type, cx_cursor *c, cx_ev_tls *e, cx_tls_hello *h)
{
    uint16_t version;
    switch (type) {
    case EXT_ALPN:
        return read_alpn(c, e);
    case EXT_PRE_SHARED_KEY:
        h->psk = true;
        return CX_OK;
    case EXT_SUPPORTED_VERSIONS:
        version = cx_be16(c);
        if (cx_close(c) != CX_OK)
            return CX_MALFORMED;
        e->version = version;
        return CX_OK;
    default:
        return CX_OK;
    }
}

/* The list of extensions up to the end of the hello. An SSL 3.0 hello may carry anything there
 * (RFC 6101 5.6.1.2), later ones may not. */
static cx_status read_extensions(cx_cursor *c, bool client, cx_ev_tls *e, cx_tls_hello *h)
{
    cx_cursor list = cx_sub(c, cx_be16(c));
    while (list.left) {
        uint16_t type = cx_be16(&list);
        cx_cursor body = cx_sub(&list, cx_be16(&list));
        if (list.err != CX_OK)
            break;
        cx_ev_tls with = *e; /* an extension counts as a whole or not at all */
        if ((client ? read_client_extension(type, &body, &with, h)
                    : read_server_extension(type, &body, &with, h)) == CX_OK)
            *e = with;
        else
            h->odd = true;
    }
    return list.err != CX_OK ? list.err : cx_close(c);
}

static cx_status read_tail(cx_cursor *c, bool client, cx_ev_tls *e, cx_tls_hello *h)
{
    if (c->err != CX_OK || c->left == 0)
        return c->err;
    cx_ev_tls with = *e;
    cx_tls_hello with_hello = *h;
    cx_status status = read_extensions(c, client, &with, &with_hello);
    if (status != CX_OK)
        return e->version == 0x0300 ? CX_OK : status;
    *e = with;
    *h = with_hello;
    return CX_OK;
}

/* Suites of size bytes each (2, or 3 in SSL 2.0 form: those that begin with 0 are TLS ones). */
static cx_status read_ciphers(cx_cursor list, size_t size, cx_arena *scratch, cx_ev_tls *e)
{
    uint16_t *ciphers = cx_arena_take(scratch, list.left / size * sizeof *ciphers + 1);
    if (!ciphers)
        return CX_NO_MEMORY;
    while (list.left) {
        uint8_t kind = size == 3 ? cx_u8(&list) : 0;
        uint16_t cipher = cx_be16(&list);
        if (list.err == CX_OK && kind == 0 && !is_grease(cipher))
            ciphers[e->n_ciphers++] = cipher;
    }
    e->ciphers = ciphers;
    return list.err;
}

cx_status cx_tls_client_hello(cx_slice body, cx_arena *scratch, cx_ev_tls *ret,
                              cx_tls_hello *ret_hello)
{
    cx_cursor c = cx_cursor_over(body, CX_MALFORMED);
    cx_ev_tls e = *ret;
    cx_tls_hello h = {.early_data = false};

    e.version = e.max_version = cx_be16(&c);
    (void)cx_take(&c, 32); /* random */
    h.session_id = cx_take_slice(&c, cx_u8(&c));
    cx_cursor suites = cx_sub(&c, cx_be16(&c));
    (void)cx_take(&c, cx_u8(&c)); /* compression methods */
    if (c.err != CX_OK)
        return c.err;
    if (e.version >> 8 != 3 || h.session_id.len > 32)
        return CX_MALFORMED;
    cx_status status = read_ciphers(suites, 2, scratch, &e);
    if (status == CX_OK)
        status = read_tail(&c, true, &e, &h);
    if (status != CX_OK)
        return status;
    *ret = e;
    *ret_hello = h;
    return CX_OK;
}

cx_status cx_tls_server_hello(cx_slice body, cx_ev_tls *ret, cx_tls_hello *ret_hello)
{
    static const uint8_t retry[32] = {/* SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3) */
                                      0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
                                      0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
                                      0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
                                      0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
    cx_cursor c = cx_cursor_over(body, CX_MALFORMED);
    cx_ev_tls e = *ret;
    cx_tls_hello h = {.early_data = false};

    e.version = cx_be16(&c);
    const uint8_t *random = cx_take(&c, 32);
    /* drafts before 22 of TLS 1.3 have neither session id nor compression method */
    bool draft = e.version >> 8 == 0x7f;
    if (!draft)
        h.session_id = cx_take_slice(&c, cx_u8(&c));
    e.cipher = cx_be16(&c);
    if (!draft)
        (void)cx_u8(&c);
    if (c.err != CX_OK)
        return c.err;
    if ((e.version >> 8 != 3 && !draft) || h.session_id.len > 32)
        return CX_MALFORMED;
    cx_status status = read_tail(&c, false, &e, &h);
    if (status != CX_OK)
        return status;
    e.hello_retry = memcmp(random, retry, sizeof retry) == 0;
    *ret = e;
    *ret_hello = h;
    return CX_OK;
}

cx_status cx_tls_sslv2_hello_len(cx_slice bytes, size_t *ret_len)
{
    cx_cursor c = cx_cursor_over(bytes, CX_NEED_MORE);
    size_t len = cx_be16(&c);
    if (c.err == CX_OK && !(len & 0x8000u))
        return CX_MALFORMED;
    uint8_t type = cx_u8(&c);
    if (c.err == CX_OK && type != 1)
        return CX_MALFORMED;
    uint16_t version = cx_be16(&c);
    if (c.err == CX_OK && version != 0x0002 && (version < 0x0300 || version > 0x0304))
        return CX_MALFORMED;
    size_t suites = cx_be16(&c), session = cx_be16(&c), challenge = cx_be16(&c);
    if (c.err != CX_OK)
        return c.err;
    len &= 0x7fffu;
    if (suites == 0 || suites % 3 != 0 || (session != 0 && session != 16) || challenge < 16 ||
        challenge > MAX_SSLV2_CHALLENGE || SSLV2_HEADER - 2 + suites + session + challenge != len)
        return CX_MALFORMED;
    *ret_len = len + 2;
    return CX_OK;
}

cx_status cx_tls_sslv2_hello(cx_slice message, cx_arena *scratch, cx_ev_tls *ret)
{
    cx_cursor c = cx_cursor_over(message, CX_MALFORMED);
    cx_ev_tls e = *ret;
    (void)cx_take(&c, 3); /* length and type, checked by cx_tls_sslv2_hello_len */
    e.version = e.max_version = e.record_version = cx_be16(&c);
    e.sslv2_format = true;
    size_t suites = cx_be16(&c);
    (void)cx_take(&c, 4); /* lengths of session id and challenge */
    cx_cursor list = cx_sub(&c, suites);
    if (c.err != CX_OK)
        return c.err;
    cx_status status = read_ciphers(list, 3, scratch, &e);
    if (status != CX_OK)
        return status;
    *ret = e;
    return CX_OK;
}
