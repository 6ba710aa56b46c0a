/* Members of `tls` events. */
#include "report/json_members.h"

#include "base/text.h"
#include "report/event_json.h"

#include <stdio.h>

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

static json_t *version_text(uint16_t version)
{
    char text[8];
    return json_string(cx_tls_version_name(version, text));
}

static json_t *cipher_text(uint16_t cipher)
{
    char text[8];
    (void)snprintf(text, sizeof text, "0x%04x", cipher); /* always 6 characters */
    return json_string(text);
}

static void put_alpn(cx_members *m, const cx_ev_tls *e)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < e->n_alpn; i++)
        cx_members_item(m, list, cx_json_text(e->alpn[i]));
    if (list && !e->n_alpn)
        json_decref(list);
    else
        cx_members_put(m, "alpn", list);
}

static void put_client_hello(cx_members *m, const cx_ev_tls *e)
{
    json_t *versions = json_array(), *ciphers = json_array();
    if (!e->n_versions)
        cx_members_item(m, versions, version_text(e->version));
    for (uint32_t i = 0; i < e->n_versions; i++)
        cx_members_item(m, versions, version_text(e->versions[i]));
    cx_members_put(m, "versions", versions);
    cx_members_slice(m, "sni", e->sni);
    for (uint32_t i = 0; i < e->n_ciphers; i++)
        cx_members_item(m, ciphers, cipher_text(e->ciphers[i]));
    cx_members_put(m, "ciphers", ciphers);
    put_alpn(m, e);
    if (e->sslv2_format)
        cx_members_bool(m, "sslv2_format", true);
}

static void put_time(cx_members *m, const char *key, int64_t ts_ns)
{
    char text[CX_TIME_TEXT];
    cx_time_text(ts_ns, 6, text);
    cx_members_string(m, key, text);
}

static json_t *certificate(const cx_cert *cert)
{
    cx_members m = cx_members_new();
    if (cert->unreadable) {
        cx_members_bool(&m, "unreadable", true);
        return cx_members_end(&m);
    }
    cx_members_slice(&m, "subject", cert->subject);
    cx_members_slice(&m, "issuer", cert->issuer);
    cx_members_slice(&m, "serial", cert->serial);
    put_time(&m, "not_before", cert->not_before_ns);
    put_time(&m, "not_after", cert->not_after_ns);
    json_t *san = json_array();
    for (uint32_t i = 0; i < cert->n_san; i++)
        cx_members_item(&m, san, cx_json_text(cert->san[i].text));
    cx_members_put(&m, "san", san);
    if (cert->has_eku) {
        json_t *eku = json_array();
        for (uint32_t i = 0; i < cert->n_eku; i++)
            cx_members_item(&m, eku, cx_json_text(cert->eku[i]));
        cx_members_put(&m, "eku", eku);
    }
    if (cert->ca)
        cx_members_bool(&m, "ca", true);
    cx_members_slice(&m, "key", cert->key);
    cx_members_slice(&m, "signature", cert->signature);
    cx_members_string(&m, "sha256", cert->sha256);
    cx_members_bool(&m, "self_signed", cert->self_signed);
    return cx_members_end(&m);
}

static void put_alert(cx_members *m, const cx_ev_tls *e)
{
    if (e->level == 1 || e->level == 2)
        cx_members_string(m, "level", e->level == 1 ? "warning" : "fatal");
    cx_members_string(m, "description", cx_tls_alert_name(e->description));
    cx_members_number(m, "number", e->description);
}

bool cx_event_json_tls(cx_members *m, const cx_ev_tls *e)
{
    const char *name = message_name(e);
    if (!name)
        return false;
    cx_members_string(m, "message", name);
    if (e->message == CX_TLS_CLIENT_HELLO) {
        put_client_hello(m, e);
    } else if (e->message == CX_TLS_SERVER_HELLO) {
        cx_members_put(m, "version", version_text(e->version));
        cx_members_put(m, "cipher", cipher_text(e->cipher));
        cx_members_bool(m, "resumed", e->resumed);
        if (e->hello_retry)
            cx_members_bool(m, "hello_retry", true);
        put_alpn(m, e);
    } else if (e->message == CX_TLS_CERTIFICATE) {
        json_t *chain = json_array();
        for (uint32_t i = 0; i < e->n_chain; i++)
            cx_members_item(m, chain, certificate(&e->chain[i]));
        cx_members_put(m, "chain", chain);
        if (e->trust > CX_CHAIN_UNKNOWN)
            cx_members_bool(m, "trusted", e->trust == CX_CHAIN_TRUSTED);
        if (e->trust_fault)
            cx_members_string(m, "trust_fault", e->trust_fault);
    } else if (e->message == CX_TLS_ALERT) {
        put_alert(m, e);
    }
    return true;
}
