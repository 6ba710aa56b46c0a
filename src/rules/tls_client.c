/* Certificates of clients (signin-failures 1.4): servers that demand one, and those they refuse.
 * Access Edges ask for one and go on without: only a server that turns away demands it. */
#include "rules/judging.h"
#include "rules/tls_state.h"

static const char *const end_of_handshake[] = {
    "tls-alert-fatal",       "tls-client-silent-reject", "tls-handshake-abandoned",
    "tcp-reset-established", "sip-register-unanswered",  NULL};

/* Alerts about the client's certificate, or its absence (RFC 5246 7.2.2, RFC 8446 6.2). */
static bool is_about_certificate(uint8_t alert)
{
    return (alert >= 40 && alert <= 49) || alert == 51 || alert == 116;
}

/* The server turned away after the client's Certificate message: by an alert, or by closing. */
static bool turned_away(const cx_conn *c, bool *ret_named)
{
    const cx_event *alert = c->tls.alert[CX_FROM_SERVER], *cert = c->tls.client_cert;
    *ret_named = alert && is_about_certificate(alert->u.tls.description) &&
                 alert->at.ts_ns >= cert->at.ts_ns;
    if (c->gap[CX_FROM_SERVER] || c->tls.finished[CX_FROM_SERVER].frame ||
        c->tls.app_data[CX_FROM_SERVER].frame)
        return *ret_named && alert->u.tls.level == 2;
    if (alert) /* GnuTLS calls an empty Certificate a decode_error, 50 */
        return *ret_named || (!cert->u.tls.n_chain && alert->u.tls.description == 50 &&
                              alert->at.ts_ns >= cert->at.ts_ns);
    return cx_conn_ended_by(c) == CX_FROM_SERVER;
}

static void show_all(cx_judging *j, cx_finding *f, const cx_conn *c)
{
    const cx_event *alert = c->tls.alert[CX_FROM_SERVER];
    if (alert)
        cx_find_format(j, f, "how", "refused it with alert %u (%s)", alert->u.tls.description,
                       cx_tls_alert_text(alert->u.tls.description));
    else
        cx_find_text(j, f, "how", cx_slice_of("closed the connection"));
    if (alert)
        cx_tls_show_alert(j, f, alert);
    else
        cx_show(j, f, c->ended, "the server closes");
    cx_show(j, f, c->tls.client_cert->at, "Certificate message of the client");
    if (c->tls.cert_request)
        cx_show(j, f, c->tls.cert_request->at, "the server asks for a certificate");
}

static void detect_missing(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        bool named;
        if (!c->tls.client_cert || c->tls.client_cert->u.tls.n_chain || !turned_away(c, &named))
            continue;
        cx_finding *f = cx_find(j, named ? CX_PROVEN : CX_LIKELY, c);
        show_all(j, f, c);
    }
}

static void detect_rejected(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        bool named;
        if (!c->tls.client_cert || !c->tls.client_cert->u.tls.n_chain || !turned_away(c, &named))
            continue;
        const cx_cert *leaf = &c->tls.client_cert->u.tls.chain[0];
        cx_finding *f = cx_find(j, named ? CX_PROVEN : CX_LIKELY, c);
        cx_find_text(j, f, "subject", leaf->unreadable ? cx_slice_of("unreadable") : leaf->subject);
        cx_find_text(j, f, "issuer", leaf->issuer);
        show_all(j, f, c);
        const cx_event *alert = c->tls.alert[CX_FROM_SERVER];
        if (alert && alert->u.tls.description == 51)
            f->explain = "{client} showed {server} the certificate {subject}, issued by {issuer}, "
                         "and the server {how}: the signature is not by the key of the "
                         "certificate, or was changed on the way.";
    }
}

const cx_rule cx_rule_tls_client_cert_missing = {
    .id = "tls-client-cert-missing",
    .title = "The server demands a client certificate and the client has none",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_missing,
    .evidence = "A CertificateRequest of the server, an empty Certificate of the client, then an "
                "alert (40, 42, 46, 116) or a close of the server.",
    .rules_out = "The server goes on to its Finished.",
    .traps = "An Access Edge asks every client for a certificate and takes an empty answer: that "
             "is normal. TLS 1.3 hides the exchange unless there are keys.",
    .explain = "{server} asked {client} for a certificate, the client sent none, and the server "
               "{how}.",
    .remedy = "Give the client (a trunk, a server, a device) a certificate for client "
              "authentication with its private key, or stop demanding one on that port.",
    .source = "RFC 5246 7.4.4, 7.4.6; RFC 8446 4.4.2.4",
    .shadows = end_of_handshake,
};

const cx_rule cx_rule_tls_client_cert_rejected = {
    .id = "tls-client-cert-rejected",
    .title = "The server refuses the client's certificate",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_rejected,
    .evidence = "A certificate of the client, then an alert about it (42 to 49, 51) or a close of "
                "the server.",
    .rules_out = "The server goes on to its Finished.",
    .traps = "Alert 51 is about the signature that the client made with its key, and not about the "
             "certificate.",
    .explain = "{client} showed {server} the certificate {subject}, issued by {issuer}, and the "
               "server {how}.",
    .remedy = "Let the server trust the issuer of the client's certificate; check its dates, its "
              "name and that it may be used for client authentication. After alert 51 give the "
              "client the private key that belongs to the certificate.",
    .source = "RFC 5246 7.2.2, 7.4.6",
    .shadows = end_of_handshake,
};
