/* The state of a handshake: see tls_state.h. */
#include "rules/tls_state.h"

#include "base/text.h"
#include "rules/certname.h"

#define LEAST_RSA_BITS 2048u /* NIST SP 800-131A */

const cx_cert *cx_tls_leaf(const cx_conn *c)
{
    const cx_event *e = c->tls.server_cert;
    return e && e->u.tls.n_chain && !e->u.tls.chain[0].unreadable ? &e->u.tls.chain[0] : NULL;
}

uint8_t cx_tls_client_alert(const cx_conn *c)
{
    const cx_event *e = c->tls.alert[CX_FROM_CLIENT];
    return e ? e->u.tls.description : 0;
}

/* Alerts by which a client refuses a certificate (RFC 5246 7.2.2); the others are about the
 * handshake itself. */
static bool refuses_certificate(uint8_t alert)
{
    return (alert >= 41 && alert <= 49) || alert == 80 || alert == 90 || alert == 113;
}

bool cx_tls_too_old(const cx_conn *c)
{
    uint8_t alert = cx_tls_client_alert(c);
    return c->tls.server_hello && c->tls.client_hello && cx_conn_tls_version(c) < 0x0303 &&
           c->tls.client_hello->u.tls.max_version >= 0x0303 &&
           (alert == 40 || alert == 71 || alert == 80) &&
           !c->tls.change_cipher[CX_FROM_CLIENT].frame;
}

bool cx_tls_refused_early(const cx_conn *c)
{
    cx_evidence alert = c->tls.encrypted_alert[CX_FROM_CLIENT];
    cx_evidence end = c->tls.finished[CX_FROM_SERVER];
    return alert.frame && cx_conn_tls_version(c) < 0x0304 &&
           c->tls.finished[CX_FROM_CLIENT].frame && !c->tls.app_data[CX_FROM_CLIENT].frame &&
           !c->gap[CX_FROM_SERVER] && (!end.frame || cx_evidence_after(&end, &alert));
}

bool cx_tls_judges_late(const cx_conn *c)
{
    const cx_event *e = c->tls.client_hello;
    return e && e->u.tls.record_size_limit && !e->u.tls.encrypt_then_mac;
}

bool cx_tls_names_issuers(const cx_conn *c)
{
    const cx_event *e = c->tls.client_hello;
    return e && e->u.tls.encrypt_then_mac && !e->u.tls.record_size_limit;
}

cx_verdict_on_cert cx_tls_verdict(const cx_conn *c)
{
    if (!c->tls.server_hello)
        return CX_CERT_UNSEEN;
    uint8_t alert = cx_tls_client_alert(c);
    /* Erlang says handshake_failure where the name does not fit. */
    bool refuses = refuses_certificate(alert) || (alert == 40 && cx_tls_other_defect(c));
    if (alert)
        return refuses && !cx_tls_too_old(c) ? CX_CERT_REFUSED_ALERT : CX_CERT_UNDECIDED;
    bool left = cx_conn_ended_by(c) == CX_FROM_CLIENT ||
                c->tls.encrypted_alert[CX_FROM_CLIENT].frame || c->tls.close_notify[CX_FROM_CLIENT];
    bool tls13 = cx_conn_tls_version(c) >= 0x0304 && !c->tls.opened;
    /* Who sends a request has taken the certificate, whether or not it is answered. */
    bool asked = cx_conn_tls_version(c) < 0x0304 && c->tls.app_data[CX_FROM_CLIENT].frame;
    if (cx_conn_tls_used(c) || asked || (c->tls.opened && c->sip[CX_FROM_CLIENT].frame))
        return CX_CERT_ACCEPTED;
    if (!left)
        return CX_CERT_UNDECIDED;
    /* The client never had all of it: it got lost behind the place of the capture. */
    if (c->tcp.side[CX_FROM_SERVER].bytes && !c->tcp.side[CX_FROM_SERVER].acked &&
        c->tcp.side[CX_FROM_SERVER].retransmissions)
        return CX_CERT_UNDECIDED;
    if (c->gap[CX_FROM_CLIENT]) /* its key exchange or its first request may be what is missing */
        return CX_CERT_UNDECIDED;
    if (tls13)
        return CX_CERT_REFUSED_AFTER;
    if (cx_conn_cert_accepted(c))
        /* NSS and curl judge the certificate after the handshake (real-clients, TLS). */
        return cx_conn_tls_complete(c) || cx_tls_refused_early(c) ? CX_CERT_REFUSED_AFTER
                                                                  : CX_CERT_UNDECIDED;
    return c->tls.server_cert ? CX_CERT_REFUSED_CLOSE : CX_CERT_UNDECIDED;
}

bool cx_tls_name_mismatch(const cx_conn *c)
{
    const cx_cert *leaf = cx_tls_leaf(c);
    if (!leaf || !c->n_wanted)
        return false;
    for (uint32_t i = 0; i < c->n_wanted; i++) {
        if (cx_cert_match(leaf, c->wanted[i].name) > CX_NAME_PARTIAL)
            return false;
        /* What the client itself said in the handshake, or the person, outweighs what its lookups
         * may have been for. */
        if (c->wanted[i].source <= CX_NAME_SNI &&
            (i + 1 == c->n_wanted || c->wanted[i + 1].source > CX_NAME_SNI))
            return true;
    }
    return true;
}

bool cx_tls_name_partial(const cx_conn *c)
{
    const cx_cert *leaf = cx_tls_leaf(c);
    for (uint32_t i = 0; leaf && i < c->n_wanted; i++)
        if (cx_cert_match(leaf, c->wanted[i].name) == CX_NAME_PARTIAL)
            return true;
    return false;
}

/* Clients that send extensions send SNI for every host name, so without it they were given an
 * address (RFC 6066 3 forbids addresses in it). Clients of the Communicator era never send it. */
static bool would_send_sni(const cx_conn *c)
{
    const cx_event *e = c->tls.client_hello;
    return e && !e->u.tls.sslv2_format && (e->u.tls.n_versions || e->u.tls.max_version >= 0x0303);
}

bool cx_tls_offers(const cx_ev_tls *hello, uint16_t cipher)
{
    for (uint32_t i = 0; i < hello->n_ciphers; i++)
        if (hello->ciphers[i] == cipher)
            return true;
    return false;
}

bool cx_tls_unsaid_name(const cx_conn *c)
{
    return would_send_sni(c) && !c->tls.client_hello->u.tls.sni.p && c->n_wanted &&
           c->wanted[0].source >= CX_NAME_LOOKUP;
}

cx_slice cx_tls_short_name(const cx_conn *c, bool *ret_certain)
{
    *ret_certain = true;
    bool compares =
        cx_tls_judges_late(c) || (cx_tls_names_issuers(c) && cx_tls_client_alert(c) == 42);
    bool nameless = compares && !c->tls.client_hello->u.tls.sni.p;
    for (uint32_t i = 0; i < c->n_wanted; i++) {
        /* Who compares names sends them: what was looked up was for another connection. */
        if (nameless && c->wanted[i].source == CX_NAME_LOOKUP)
            continue;
        cx_slice name = c->wanted[i].name;
        bool is_short = cx_host_is_address(name) || cx_host_is_one_label(name);
        if (is_short && c->wanted[i].source <= CX_NAME_LOOKUP)
            return name;
        if (!is_short)
            return (cx_slice){NULL, 0};
    }
    *ret_certain = false;
    return (!c->n_wanted || nameless) && would_send_sni(c) ? cx_slice_of("address")
                                                           : (cx_slice){NULL, 0};
}

bool cx_tls_went_on(const cx_attempt *a, const cx_conn *c)
{
    return c->order + 1 < a->n_conns;
}

bool cx_tls_dated(const cx_conn *c)
{
    const int64_t year_1995 = INT64_C(788918400) * 1000000000; /* SSL 2.0 */
    return c->tls.server_cert && c->tls.server_cert->at.ts_ns >= year_1995;
}

bool cx_tls_expired(const cx_conn *c, const cx_cert **ret_cert)
{
    const cx_event *e = c->tls.server_cert;
    for (uint32_t i = 0; cx_tls_dated(c) && i < e->u.tls.n_chain; i++) {
        const cx_cert *cert = &e->u.tls.chain[i];
        if (!cert->unreadable && cert->not_after_ns < e->at.ts_ns) {
            *ret_cert = cert;
            return true;
        }
    }
    return false;
}

bool cx_tls_not_yet_valid(const cx_conn *c)
{
    const cx_cert *leaf = cx_tls_leaf(c);
    return leaf && cx_tls_dated(c) && leaf->not_before_ns > c->tls.server_cert->at.ts_ns;
}

bool cx_tls_wrong_purpose(const cx_conn *c)
{
    const cx_cert *leaf = cx_tls_leaf(c);
    return leaf && leaf->has_eku && !leaf->eku_server && !leaf->eku_any;
}

bool cx_tls_other_defect(const cx_conn *c)
{
    const cx_cert *expired;
    return cx_tls_name_mismatch(c) || cx_tls_expired(c, &expired) || cx_tls_not_yet_valid(c) ||
           cx_tls_wrong_purpose(c);
}

static bool is_old_hash(cx_slice signature)
{
    static const char *const old[] = {"md2", "md5", "sha1"}; /* "ecdsa-with-SHA1" too */
    for (size_t i = 0; i + 3 <= signature.len; i++)
        for (size_t k = 0; k < sizeof old / sizeof *old; k++)
            if (cx_slice_istarts(cx_slice_sub(signature, i, signature.len - i), old[k]))
                return true;
    return false;
}

static bool is_short_rsa(cx_slice key)
{
    uint64_t bits;
    return cx_slice_istarts(key, "RSA ") &&
           cx_slice_number(cx_slice_sub(key, 4, key.len - 4), LEAST_RSA_BITS - 1, &bits);
}

const cx_cert *cx_tls_weak_cert(const cx_conn *c, bool *ret_hash)
{
    const cx_ev_tls *tls = &c->tls.server_cert->u.tls;
    for (uint32_t i = 0; i < tls->n_chain; i++) {
        const cx_cert *cert = &tls->chain[i];
        if (cert->unreadable)
            continue;
        bool hash = !cert->self_issued && is_old_hash(cert->signature);
        if (ret_hash)
            *ret_hash = hash;
        if (hash || is_short_rsa(cert->key))
            return cert;
    }
    return NULL;
}

bool cx_tls_alert_of_sole_defect(const cx_conn *c)
{
    const cx_cert *leaf = cx_tls_leaf(c), *expired;
    uint8_t alert = cx_tls_client_alert(c);
    if (!leaf || (alert != 42 && alert != 46))
        return false;
    bool revoked = c->tls.ocsp_at.frame && c->tls.ocsp.status == CX_OCSP_REVOKED;
    bool untrusted = leaf->self_signed || c->tls.server_cert->u.tls.trust == CX_CHAIN_UNTRUSTED;
    return cx_tls_name_mismatch(c) + (cx_tls_expired(c, &expired) || cx_tls_not_yet_valid(c)) +
               cx_tls_wrong_purpose(c) + !!cx_tls_weak_cert(c, NULL) + untrusted + revoked ==
           1;
}

const char *cx_tls_alert_text(uint8_t alert)
{
    const char *name = cx_tls_alert_name(alert);
    return name ? name : "unknown";
}

void cx_tls_show_alert(cx_judging *j, cx_finding *f, const cx_event *alert)
{
    cx_show(j, f, alert->at, "alert %u (%s) of the %s", alert->u.tls.description,
            cx_tls_alert_text(alert->u.tls.description),
            alert->dir == CX_FROM_CLIENT ? "client" : "server");
}

void cx_tls_show_hello(cx_judging *j, cx_finding *f, const cx_conn *c)
{
    char best[8];
    cx_show(j, f, c->tls.client_hello->at, "ClientHello, %s at best",
            cx_tls_version_name(c->tls.client_hello->u.tls.max_version, best));
}

const char *const cx_tls_end_of_handshake[] = {
    "tls-alert-fatal",         "tls-server-silent-close", "tls-server-no-reply",
    "tls-handshake-abandoned", "tcp-reset-established",   "tcp-closed-before-data",
    "tcp-accepted-silent",     "sip-register-unanswered", NULL};

const char *const cx_tls_refusal_shadows[] = {"tls-handshake-abandoned", "tls-client-silent-reject",
                                              "tls-alert-fatal",         "tcp-reset-established",
                                              "tls-cert-untrusted",      NULL};

cx_slice cx_tls_subject(const cx_cert *cert)
{
    return cert->common_name.p ? cert->common_name : cert->subject;
}
