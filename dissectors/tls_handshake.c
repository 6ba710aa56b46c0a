/* TLS handshake messages (RFC 5246 7.4, RFC 6101 5.6): put together over records, and said as
 * events. State: the message that is not complete yet, per direction, in cx_tls_side. */
#include "dissectors/tls_parts.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "dissectors/ocsp.h"
#include "dissectors/x509.h"
#include "event/cert_cache.h"
#include "tls/trust.h"

#define HEADER 4u /* bytes: type and 24-bit length */

/* bytes: a message that lacks its end, and the record that may bring it */
#define MAX_KEPT (CX_MAX_TLS_HANDSHAKE + HEADER + 18432u)

#define MIN_HELLO 35u /* bytes: version, random, and the length of the session id */

static bool known_type(uint8_t type)
{
    static const bool known[256] = {
        [CX_TLS_HS_HELLO_REQUEST] = true,
        [CX_TLS_HS_CLIENT_HELLO] = true,
        [CX_TLS_HS_SERVER_HELLO] = true,
        [4] = true, /* NewSessionTicket */
        [CX_TLS_HS_CERTIFICATE] = true,
        [12] = true, /* ServerKeyExchange */
        [CX_TLS_HS_CERTIFICATE_REQUEST] = true,
        [CX_TLS_HS_SERVER_HELLO_DONE] = true,
        [15] = true, /* CertificateVerify */
        [CX_TLS_HS_CLIENT_KEY_EXCHANGE] = true,
        [21] = true, /* certificate_url */
        [CX_TLS_HS_CERTIFICATE_STATUS] = true,
        [23] = true, /* supplemental_data */
    };
    return known[type];
}

bool cx_tls_handshake_opens(uint8_t type)
{
    return type == CX_TLS_HS_CLIENT_HELLO || type == CX_TLS_HS_SERVER_HELLO ||
           type == CX_TLS_HS_HELLO_REQUEST;
}

bool cx_tls_handshake_fills(cx_slice record, bool only_hello)
{
    cx_cursor c = cx_cursor_over(record, CX_MALFORMED);
    if (c.left == 0)
        return false;
    do {
        uint8_t type = cx_u8(&c);
        cx_slice body = cx_take_slice(&c, cx_be24(&c));
        bool hello = type == CX_TLS_HS_CLIENT_HELLO || type == CX_TLS_HS_SERVER_HELLO;
        if (c.err != CX_OK || !known_type(type))
            return false;
        if (hello && (body.len < MIN_HELLO || (body.p[0] != 3 && body.p[0] != 0x7f)))
            return false;
        if (only_hello && (!hello || c.left))
            return false;
    } while (c.left);
    return true;
}

static void say(cx_tls_state *st, cx_tls_message message, const cx_chunk *in, cx_emit *out)
{
    cx_event e;
    cx_tls_event_begin(&e, st, message, in);
    cx_emit_event(out, &e);
}

static void take_client_hello(cx_tls_state *st, cx_slice body, const cx_chunk *in, cx_emit *out)
{
    cx_event e;
    cx_tls_event_begin(&e, st, CX_TLS_CLIENT_HELLO, in);
    cx_tls_hello hello;
    cx_status status = cx_tls_client_hello(body, out->scratch, &e.u.tls, &hello);
    if (status == CX_NO_MEMORY)
        return;
    if (status != CX_OK) {
        cx_emit_malformed(out, in, "tls", "ClientHello does not parse");
        return;
    }
    st->client = in->dir;
    st->early_data = hello.early_data;
    st->session_id_len = (uint8_t)hello.session_id.len; /* at most 32: checked by the reader */
    if (hello.session_id.len)
        memcpy(st->session_id, hello.session_id.p, hello.session_id.len);
    cx_emit_event(out, &e);
    if (hello.odd)
        cx_emit_malformed(out, in, "tls", "extension of the ClientHello does not parse");
}

/* The beginning of a ClientHello, of which the rest was not captured. */
static void take_cut_hello(cx_tls_state *st, cx_slice body, const cx_chunk *in, cx_emit *out)
{
    cx_event e;
    cx_tls_event_begin(&e, st, CX_TLS_CLIENT_HELLO, in);
    if (body.len < 2 || body.p[0] != 3) /* legacy_version: 3.0 to 3.3 (RFC 8446 4.1.2) */
        return;
    st->client = in->dir;
    e.u.tls.version = e.u.tls.max_version = (uint16_t)(body.p[0] << 8 | body.p[1]);
    e.u.tls.cut = true;
    cx_emit_event(out, &e);
}

static void take_server_hello(cx_tls_state *st, cx_slice body, const cx_chunk *in, cx_emit *out)
{
    cx_event e;
    cx_tls_event_begin(&e, st, CX_TLS_SERVER_HELLO, in);
    cx_tls_hello hello;
    if (cx_tls_server_hello(body, &e.u.tls, &hello) != CX_OK) {
        cx_emit_malformed(out, in, "tls", "ServerHello does not parse");
        return;
    }
    st->client = in->dir == CX_FROM_CLIENT ? CX_FROM_SERVER : CX_FROM_CLIENT;
    st->negotiated = e.u.tls.version;
    st->tls13 = cx_tls_is_13(st->negotiated);
    cx_slice asked = {st->session_id, st->session_id_len};
    e.u.tls.resumed =
        st->tls13 ? hello.psk : asked.len != 0 && cx_slice_eq(asked, hello.session_id);
    cx_emit_event(out, &e);
    if (hello.odd)
        cx_emit_malformed(out, in, "tls", "extension of the ServerHello does not parse");
}

/* One that cannot be read says so itself. */
static void read_cert(cx_slice der, cx_emit *out, cx_cert *ret)
{
    if (cx_cert_cache_find(out->certs, der, out->scratch, ret))
        return;
    if (cx_x509_read(der, out->scratch, ret) == CX_OK)
        cx_cert_cache_put(out->certs, der, ret);
}

/* CertificateStatus (RFC 6066 8): a stapled OCSP response. One that cannot be read is passed over,
 * as clients do; so is the list of RFC 6961, which no client asks for any more. */
static void take_certificate_status(cx_tls_state *st, cx_slice body, const cx_chunk *in,
                                    cx_emit *out)
{
    cx_event e;
    cx_tls_event_begin(&e, st, CX_TLS_CERTIFICATE_STATUS, in);
    cx_cursor c = cx_cursor_over(body, CX_MALFORMED);
    bool ocsp = cx_u8(&c) == 1;
    cx_slice der = cx_take_slice(&c, cx_be24(&c));
    if (cx_close(&c) == CX_OK && ocsp &&
        cx_ocsp_read(der, out->scratch, &e.u.tls.ocsp, &e.u.tls.n_ocsp) == CX_OK && e.u.tls.n_ocsp)
        cx_emit_event(out, &e);
}

/* The status_request among the extensions of a certificate (RFC 8446 4.4.2.1); absent: none. */
static cx_slice status_of(cx_slice extensions)
{
    cx_cursor c = cx_cursor_over(extensions, CX_MALFORMED);
    while (c.err == CX_OK && c.left) {
        uint16_t type = cx_be16(&c);
        cx_slice body = cx_take_slice(&c, cx_be16(&c));
        if (c.err == CX_OK && type == 5)
            return body;
    }
    return (cx_slice){NULL, 0};
}

/* Certificate list (RFC 5246 7.4.2; RFC 8446 4.4.2, where each has extensions). cut: the end of
 * body is lost, what is whole in front of it counts. */
static void take_certificates(cx_tls_state *st, cx_slice body, bool cut, const cx_chunk *in,
                              cx_emit *out)
{
    cx_slice der[CX_MAX_CERTS], status[CX_MAX_CERTS];
    uint32_t n = 0;
    cx_cursor c = cx_cursor_over(body, CX_MALFORMED);
    if (st->tls13)
        (void)cx_take(&c, cx_u8(&c)); /* context */
    uint32_t total = cx_be24(&c);
    if (c.err == CX_OK && !cut && total != c.left)
        c.err = CX_MALFORMED;
    while (c.err == CX_OK && c.left) {
        cx_slice one = cx_take_slice(&c, cx_be24(&c));
        cx_slice extensions = {NULL, 0};
        if (st->tls13)
            extensions = cx_take_slice(&c, cx_be16(&c));
        if (c.err == CX_OK && n < CX_MAX_CERTS) {
            status[n] = status_of(extensions);
            der[n++] = one;
        }
    }
    if (c.err != CX_OK && !cut) {
        cx_emit_malformed(out, in, "tls", "Certificate message does not parse");
        return;
    }
    cx_event e;
    cx_tls_event_begin(&e, st, CX_TLS_CERTIFICATE, in);
    e.u.tls.chain = cx_arena_take(out->scratch, (n + 1) * sizeof *e.u.tls.chain);
    if (!e.u.tls.chain)
        return; /* an empty chain would say that none was sent */
    for (uint32_t i = 0; i < n; i++)
        read_cert(der[i], out, &e.u.tls.chain[i]);
    e.u.tls.n_chain = n;
    if (cut)
        e.u.tls.chain[e.u.tls.n_chain++].unreadable = true;
    else if (out->trust && n)
        e.u.tls.trust = cx_trust_verify(out->trust, der, n, in->at.ts_ns, &e.u.tls.trust_fault);
    cx_emit_event(out, &e);
    for (uint32_t i = 0; i < n; i++)
        if (status[i].p)
            take_certificate_status(st, status[i], in, out);
}

/* RFC 5246 7.4.4; before TLS 1.2 without the signature algorithms (RFC 2246 7.4.4). */
static cx_status read_ca_names_len(cx_slice body, bool algorithms, uint32_t *ret)
{
    cx_cursor c = cx_cursor_over(body, CX_MALFORMED);
    (void)cx_take(&c, cx_u8(&c)); /* certificate types */
    if (algorithms)
        (void)cx_take(&c, cx_be16(&c));
    uint32_t len = cx_be16(&c);
    (void)cx_take(&c, len);
    cx_status status = cx_close(&c);
    if (status == CX_OK)
        *ret = len;
    return status;
}

/* RFC 8446 4.3.2: the authorities are an extension (4.2.4); without it there are none. */
static cx_status read_ca_names_len_13(cx_slice body, uint32_t *ret)
{
    uint32_t len = 0;
    cx_cursor c = cx_cursor_over(body, CX_MALFORMED);
    (void)cx_take(&c, cx_u8(&c)); /* context */
    cx_cursor list = cx_sub(&c, cx_be16(&c));
    while (list.err == CX_OK && list.left) {
        uint16_t type = cx_be16(&list);
        cx_cursor ext = cx_sub(&list, cx_be16(&list));
        if (type == 47) /* certificate_authorities */
            len = cx_be16(&ext);
    }
    cx_status status = list.err != CX_OK ? list.err : cx_close(&c);
    if (status == CX_OK)
        *ret = len;
    return status;
}

static void take_certificate_request(cx_tls_state *st, cx_slice body, const cx_chunk *in,
                                     cx_emit *out)
{
    cx_event e;
    cx_tls_event_begin(&e, st, CX_TLS_CERTIFICATE_REQUEST, in);
    bool old = st->negotiated >= 0x0300 && st->negotiated <= 0x0302;
    cx_status status = st->tls13 ? read_ca_names_len_13(body, &e.u.tls.ca_names_len)
                       : old     ? CX_MALFORMED
                                 : read_ca_names_len(body, true, &e.u.tls.ca_names_len);
    if (status != CX_OK && st->negotiated != 0x0303 && !st->tls13)
        status = read_ca_names_len(body, false, &e.u.tls.ca_names_len);
    if (status != CX_OK)
        cx_emit_malformed(out, in, "tls", "CertificateRequest does not parse");
    else
        cx_emit_event(out, &e);
}

static void take_message(cx_tls_state *st, uint8_t type, cx_slice body, const cx_chunk *in,
                         cx_emit *out)
{
    switch (type) {
    case CX_TLS_HS_CLIENT_HELLO:
        take_client_hello(st, body, in, out);
        break;
    case CX_TLS_HS_SERVER_HELLO:
        take_server_hello(st, body, in, out);
        break;
    case CX_TLS_HS_CERTIFICATE:
        take_certificates(st, body, false, in, out);
        break;
    case CX_TLS_HS_CERTIFICATE_STATUS:
        take_certificate_status(st, body, in, out);
        break;
    case CX_TLS_HS_CERTIFICATE_REQUEST:
        take_certificate_request(st, body, in, out);
        break;
    case CX_TLS_HS_SERVER_HELLO_DONE:
        say(st, CX_TLS_SERVER_HELLO_DONE, in, out);
        break;
    case CX_TLS_HS_CLIENT_KEY_EXCHANGE:
        say(st, CX_TLS_CLIENT_KEY_EXCHANGE, in, out);
        break;
    case CX_TLS_HS_FINISHED:
        st->side[in->dir].finished = true;
        if (in->decrypted)
            cx_tls_say_record(st, CX_TLS_FINISHED, st->side[in->dir].len, in, out);
        break;
    default:
        break; /* of no use to a diagnosis */
    }
}

/* Body length that a header announces. */
static uint32_t body_len(const uint8_t *header)
{
    return (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 | header[3];
}

/* Says the messages that are whole in bytes. *ret_used: bytes of them, and of one that is passed
 * over; the rest begins a message. CX_MALFORMED: no handshake. */
static cx_status take_messages(cx_tls_state *st, cx_slice bytes, const cx_chunk *in, cx_emit *out,
                               size_t *ret_used)
{
    size_t at = 0;
    cx_status status = CX_OK;
    while (bytes.len - at >= HEADER) {
        const uint8_t *header = bytes.p + at;
        uint32_t len = body_len(header);
        size_t there = bytes.len - at - HEADER;
        if (len > CX_MAX_TLS_HANDSHAKE && !known_type(header[0])) {
            cx_emit_malformed(out, in, "tls", "no handshake message");
            status = CX_MALFORMED;
            break;
        }
        if (len > CX_MAX_TLS_HANDSHAKE) {
            cx_emit_malformed(out, in, "tls", "handshake message larger than the analyzer keeps");
            st->side[in->dir].drop = len > there ? len - (uint32_t)there : 0;
            at += HEADER + (len > there ? there : len);
            continue;
        }
        if (len > there)
            break;
        take_message(st, header[0], cx_slice_sub(bytes, at + HEADER, len), in, out);
        at += HEADER + len;
    }
    *ret_used = at;
    return status;
}

static cx_status keep(cx_tls_side *side, cx_slice bytes)
{
    side->message.max = MAX_KEPT;
    return cx_buf_put_slice(&side->message, bytes);
}

cx_status cx_tls_handshake_take(cx_tls_state *st, cx_slice bytes, bool ends, const cx_chunk *in,
                                cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    size_t used = bytes.len < side->drop ? bytes.len : side->drop;
    side->drop -= (uint32_t)used;
    bytes = cx_slice_sub(bytes, used, bytes.len);
    bool in_place = ends && side->message.len == 0;
    cx_status status = in_place ? CX_OK : keep(side, bytes);
    if (status != CX_OK || !ends)
        return status;
    cx_slice all = in_place ? bytes : cx_buf_slice(&side->message);
    status = take_messages(st, all, in, out, &used);
    if (status != CX_OK)
        return status;
    if (in_place)
        return used < all.len ? keep(side, cx_slice_sub(all, used, all.len)) : CX_OK;
    if (used == all.len)
        cx_buf_free(&side->message);
    else
        cx_buf_drop(&side->message, used);
    return CX_OK;
}

void cx_tls_handshake_cut(cx_tls_state *st, const char *reason, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    if (side->message.len == 0 && side->drop == 0)
        return;
    cx_emit_malformed(out, in, "tls", reason);
    cx_buf_free(&side->message);
    side->drop = 0;
}

void cx_tls_handshake_lost(cx_tls_state *st, uint64_t n, const cx_chunk *in, cx_emit *out)
{
    cx_tls_side *side = &st->side[in->dir];
    cx_buf *message = &side->message;
    size_t used = 0;
    if (n == 0)
        return;
    if (take_messages(st, cx_buf_slice(message), in, out, &used) == CX_OK)
        cx_buf_drop(message, used);
    else
        cx_buf_free(message);
    if (message->len >= HEADER) {
        cx_slice body = cx_slice_sub(cx_buf_slice(message), HEADER, message->len);
        if (message->p[0] == CX_TLS_HS_CERTIFICATE)
            take_certificates(st, body, true, in, out);
        else if (message->p[0] == CX_TLS_HS_CLIENT_HELLO)
            take_cut_hello(st, body, in, out);
        side->drop = HEADER + body_len(message->p) - (uint32_t)message->len;
        message->len = 0;
    }
    if (n > side->drop || message->len) { /* where the next message begins is lost as well */
        side->drop = 0;
        side->phase = CX_TLS_UNSURE;
    } else {
        side->drop -= (uint32_t)n;
    }
    cx_buf_free(message);
}
