/* Members of `tls` events. */
#include "report/json_members.h"

/* NULL: for correlation only. */
static const char *message_name(const cx_ev_tls *e)
{
    switch (e->message) {
    case CX_TLS_CLIENT_HELLO:
        return e->cut ? NULL : "client_hello";
    case CX_TLS_SERVER_HELLO:
        return "server_hello";
    case CX_TLS_CERTIFICATE:
        return "certificate";
    case CX_TLS_CERTIFICATE_REQUEST:
        return "certificate_request";
    case CX_TLS_FINISHED:
        return "finished";
    case CX_TLS_ALERT:
        return "alert";
    case CX_TLS_ENCRYPTED_ALERT:
        return "encrypted_alert";
    case CX_TLS_CERTIFICATE_STATUS:
    case CX_TLS_SERVER_HELLO_DONE:
    case CX_TLS_CLIENT_KEY_EXCHANGE:
    case CX_TLS_CHANGE_CIPHER_SPEC:
    case CX_TLS_APPLICATION_DATA:
        break;
    }
    return NULL;
}

static void put_version(cx_members *m, const char *key, uint16_t version)
{
    char text[8];
    cx_members_string(m, key, cx_tls_version_name(version, text));
}

static void put_alpn(cx_members *m, const cx_ev_tls *e)
{
    if (!e->n_alpn)
        return;
    cx_members_open_list(m, "alpn");
    for (uint32_t i = 0; i < e->n_alpn; i++)
        cx_members_slice(m, NULL, e->alpn[i]);
    cx_members_close_list(m);
}

static void put_client_hello(cx_members *m, const cx_ev_tls *e)
{
    cx_members_open_list(m, "versions");
    if (!e->n_versions)
        put_version(m, NULL, e->version);
    for (uint32_t i = 0; i < e->n_versions; i++)
        put_version(m, NULL, e->versions[i]);
    cx_members_close_list(m);
    cx_members_slice(m, "sni", e->sni);
    cx_members_open_list(m, "ciphers");
    for (uint32_t i = 0; i < e->n_ciphers; i++)
        cx_members_hex(m, NULL, e->ciphers[i], 4);
    cx_members_close_list(m);
    put_alpn(m, e);
    if (e->sslv2_format)
        cx_members_bool(m, "sslv2_format", true);
}

static void put_certificate(cx_members *m, const cx_cert *cert)
{
    if (cert->unreadable) {
        cx_members_bool(m, "unreadable", true);
        return;
    }
    cx_members_slice(m, "subject", cert->subject);
    cx_members_slice(m, "issuer", cert->issuer);
    cx_members_slice(m, "serial", cert->serial);
    cx_members_time(m, "not_before", cert->not_before_ns, 6);
    cx_members_time(m, "not_after", cert->not_after_ns, 6);
    cx_members_open_list(m, "san");
    for (uint32_t i = 0; i < cert->n_san; i++)
        cx_members_slice(m, NULL, cert->san[i].text);
    cx_members_close_list(m);
    if (cert->has_eku) {
        cx_members_open_list(m, "eku");
        for (uint32_t i = 0; i < cert->n_eku; i++)
            cx_members_slice(m, NULL, cert->eku[i]);
        cx_members_close_list(m);
    }
    if (cert->ca)
        cx_members_bool(m, "ca", true);
    cx_members_slice(m, "key", cert->key);
    cx_members_slice(m, "signature", cert->signature);
    cx_members_string(m, "sha256", cert->sha256);
    cx_members_bool(m, "self_signed", cert->self_signed);
}

static void put_alert(cx_members *m, const cx_ev_tls *e)
{
    if (e->level == 1 || e->level == 2)
        cx_members_string(m, "level", e->level == 1 ? "warning" : "fatal");
    cx_members_string(m, "description", cx_tls_alert_name(e->description));
    cx_members_number(m, "number", e->description);
}

bool cx_event_json_tls_has(const cx_ev_tls *e)
{
    return message_name(e) != NULL;
}

void cx_event_json_tls(cx_members *m, const cx_ev_tls *e)
{
    cx_members_string(m, "message", message_name(e));
    if (e->message == CX_TLS_CLIENT_HELLO) {
        put_client_hello(m, e);
    } else if (e->message == CX_TLS_SERVER_HELLO) {
        put_version(m, "version", e->version);
        cx_members_hex(m, "cipher", e->cipher, 4);
        cx_members_bool(m, "resumed", e->resumed);
        if (e->hello_retry)
            cx_members_bool(m, "hello_retry", true);
        put_alpn(m, e);
    } else if (e->message == CX_TLS_CERTIFICATE) {
        cx_members_open_list(m, "chain");
        for (uint32_t i = 0; i < e->n_chain; i++) {
            cx_members_open(m, NULL);
            put_certificate(m, &e->chain[i]);
            cx_members_close(m);
        }
        cx_members_close_list(m);
        if (e->trust > CX_CHAIN_UNKNOWN)
            cx_members_bool(m, "trusted", e->trust == CX_CHAIN_TRUSTED);
        if (e->trust_fault)
            cx_members_string(m, "trust_fault", e->trust_fault);
    } else if (e->message == CX_TLS_ALERT) {
        put_alert(m, e);
    }
}
