/* Follows the handshakes of a connection, for what keys depend on (session.h). */
#include "tls/session_parts.h"

#include "base/cursor.h"

#include <openssl/crypto.h>

void cx_tls_handshake_lose(cx_tls_handshake *h)
{
    for (int i = 0; i < CX_TLS_HASHES; i++) {
        EVP_MD_CTX_free(h->transcript[i]);
        h->transcript[i] = NULL;
    }
}

void cx_tls_handshake_clear(cx_tls_handshake *h)
{
    cx_tls_handshake_lose(h);
    OPENSSL_cleanse(h, sizeof *h);
}

/* Only pre-master secrets need the transcript, and only where one may come from. */
static bool wants_transcript(const cx_tls_opener *o)
{
    return (o->rsa && cx_tls_rsa_count(o->rsa)) ||
           cx_tls_secrets_count(o->secrets, CX_TLS_PREMASTER) ||
           cx_tls_secrets_count(o->secrets, CX_TLS_PREMASTER_BY_RSA);
}

static void begin_transcripts(cx_tls_session *s)
{
    static const cx_tls_hash hashes[] = {CX_TLS_MD5_SHA1, CX_TLS_SHA256, CX_TLS_SHA384};
    if (!wants_transcript(s->opener))
        return;
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        const EVP_MD *md = cx_tls_crypto_hash(s->opener->crypto, hashes[i]);
        EVP_MD_CTX *c = md ? EVP_MD_CTX_new() : NULL;
        if (c && EVP_DigestInit_ex2(c, md, NULL) != 1) {
            EVP_MD_CTX_free(c);
            c = NULL;
        }
        s->hs.transcript[hashes[i]] = c;
    }
}

void cx_tls_handshake_hash(cx_tls_handshake *h, cx_slice bytes)
{
    for (int i = 0; i < CX_TLS_HASHES; i++) {
        if (h->transcript[i] && EVP_DigestUpdate(h->transcript[i], bytes.p, bytes.len) != 1) {
            EVP_MD_CTX_free(h->transcript[i]);
            h->transcript[i] = NULL;
        }
    }
}

/* Up to the ClientKeyExchange, which is in it (RFC 7627 3). */
static void end_transcripts(cx_tls_handshake *h)
{
    EVP_MD_CTX *c = h->suite ? h->transcript[cx_tls_prf_hash(h->version, h->suite)] : NULL;
    unsigned len = 0;
    if (c && EVP_DigestFinal_ex(c, h->digest, &len) == 1)
        h->digest_len = (uint8_t)len;
    cx_tls_handshake_lose(h);
}

/* ---- hellos ---- */

static void keep_offer(cx_tls_session *s, uint8_t dir, const cx_tls_offer *o)
{
    cx_tls_handshake *h = &s->hs;
    cx_tls_handshake_clear(h);
    s->client = dir;
    h->offered = true;
    h->offered_version = o->version;
    h->early = o->early_data;
    memcpy(h->randoms.client, o->random, sizeof o->random);
    h->asked_id_len = (uint8_t)o->session_id.len; /* at most 32: checked by the reader */
    if (o->session_id.len)
        memcpy(h->asked_id, o->session_id.p, o->session_id.len);
    h->asked_ticket = cx_tls_token_of(s->opener, 't', o->ticket);
    cx_cursor c = cx_cursor_over(o->suites, CX_MALFORMED);
    while (c.left >= 2 && h->n_suites13 < sizeof h->suites13 / sizeof h->suites13[0]) {
        const cx_tls_suite *suite = cx_tls_suite_find(cx_be16(&c));
        if (suite && suite->kx == CX_TLS_KX_TLS13)
            h->suites13[h->n_suites13++] = suite->id;
    }
    s->half[dir].stage = h->early ? CX_TLS_STAGE_EARLY : CX_TLS_STAGE_HANDSHAKE;
    begin_transcripts(s);
}

static void take_client_hello(cx_tls_session *s, uint8_t dir, cx_slice body)
{
    cx_tls_offer o;
    if (cx_tls_read_offer(body, &o) != CX_OK)
        return;
    if (s->tls13) { /* the answer to a retry; there is no renegotiation */
        memcpy(s->hs.randoms.client, o.random, sizeof o.random);
        s->hs.offered = true;
        return;
    }
    keep_offer(s, dir, &o);
}

void cx_tls_handshake_sslv2(cx_tls_session *s, uint8_t dir, cx_slice message)
{
    cx_tls_offer o;
    if (cx_tls_read_sslv2_offer(message, &o) != CX_OK)
        return;
    keep_offer(s, dir, &o);
    cx_tls_handshake_hash(&s->hs, message);
}

static void enter_13(cx_tls_session *s, bool retry)
{
    cx_tls_half *client = &s->half[s->client], *server = &s->half[!s->client];
    s->tls13 = true;
    cx_tls_handshake_lose(&s->hs);
    if (retry)
        s->hs.early = false;
    if (!s->hs.early && client->stage == CX_TLS_STAGE_EARLY) {
        cx_tls_half_reset(client);
        client->stage = CX_TLS_STAGE_HANDSHAKE;
    }
    if (server->stage == CX_TLS_STAGE_EARLY)
        server->stage = CX_TLS_STAGE_HANDSHAKE;
}

static void take_server_hello(cx_tls_session *s, uint8_t dir, cx_slice body)
{
    cx_tls_handshake *h = &s->hs;
    cx_tls_choice c;
    if (cx_tls_read_choice(body, &c) != CX_OK || (h->chosen && s->tls13))
        return;
    s->client = !dir;
    h->version = c.version;
    h->draft = c.draft;
    h->suite_id = c.suite;
    h->suite = cx_tls_suite_find(c.suite);
    h->compression = c.compression;
    h->etm = c.etm;
    h->ems = c.ems;
    h->short_mac = c.short_mac;
    memcpy(h->randoms.server, c.random, sizeof c.random);
    h->id_len = (uint8_t)c.session_id.len; /* at most 32: checked by the reader */
    if (c.session_id.len)
        memcpy(h->id, c.session_id.p, c.session_id.len);
    h->chosen = !c.retry;
    if (c.version == CX_TLS_TLS13)
        enter_13(s, c.retry);
}

/* ---- other messages ---- */

static void take_certificate(cx_tls_session *s, cx_slice body)
{
    cx_tls_handshake *h = &s->hs;
    cx_slice leaf;
    if (!s->opener->rsa || !h->suite || cx_tls_kx_hides((cx_tls_kx)h->suite->kx) ||
        cx_tls_read_leaf(body, &leaf) != CX_OK)
        return;
    h->certificate = true;
    h->own_key = cx_tls_rsa_match(s->opener->rsa, leaf, &h->rsa_key);
}

static void take_exchange(cx_tls_session *s, cx_slice body)
{
    cx_tls_handshake *h = &s->hs;
    if (!h->hello_done) /* out of order: the server's part is not whole yet */
        cx_tls_handshake_lose(h);
    end_transcripts(h);
    h->exchanged = true;
    memcpy(h->sealed, body.p, body.len < sizeof h->sealed ? body.len : sizeof h->sealed);
    cx_tls_open_exchange(s, body);
}

static void take_ticket(cx_tls_session *s, cx_slice body)
{
    cx_slice ticket;
    if (cx_tls_read_ticket(body, &ticket) != CX_OK)
        return;
    s->hs.new_ticket = cx_tls_token_of(s->opener, 't', ticket);
    if (s->hs.has_master)
        cx_tls_learn(s);
}

void cx_tls_handshake_message(cx_tls_session *s, uint8_t dir, cx_slice message)
{
    cx_tls_handshake *h = &s->hs;
    cx_slice body = cx_slice_sub(message, 4, message.len - 4);
    uint8_t type = message.p[0];
    bool server = !cx_tls_from_client(s, dir);
    if (type == CX_TLS_MSG_CLIENT_HELLO) {
        take_client_hello(s, dir, body);
        cx_tls_handshake_hash(h, message);
        return;
    }
    if (type != CX_TLS_MSG_HELLO_REQUEST)
        cx_tls_handshake_hash(h, message);
    if (type == CX_TLS_MSG_SERVER_HELLO)
        take_server_hello(s, dir, body);
    else if (s->tls13)
        cx_tls_advance_13(s, dir, type);
    else if (type == CX_TLS_MSG_CERTIFICATE && server)
        take_certificate(s, body);
    else if (type == CX_TLS_MSG_SERVER_KEY_EXCHANGE && server)
        h->ephemeral = true;
    else if (type == CX_TLS_MSG_HELLO_DONE && server)
        h->hello_done = true;
    else if (type == CX_TLS_MSG_CLIENT_KEY_EXCHANGE && !server && !h->exchanged)
        take_exchange(s, body);
    else if (type == CX_TLS_MSG_NEW_TICKET && server)
        take_ticket(s, body);
}

void cx_tls_handshake_change(cx_tls_session *s, uint8_t dir)
{
    cx_tls_half *h = &s->half[dir];
    /* a full handshake has ServerHelloDone and ClientKeyExchange before either side's change */
    if (!s->hs.hello_done && !s->hs.exchanged)
        s->hs.abbreviated = true;
    cx_buf_free(&h->message);
    h->drop = 0;
    cx_tls_half_reset(h);
    h->ciphered = true;
    h->version_tried = 0;
    (void)cx_tls_make_lane(s, dir); /* a record that comes asks again */
}
