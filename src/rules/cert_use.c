/* Certificates of servers that are made for another purpose (signin-failures 1.4). */
#include "rules/judging.h"
#include "rules/tls_state.h"

static void show_cert(cx_judging *j, cx_finding *f, const cx_conn *c)
{
    const cx_event *alert = c->tls.alert[CX_FROM_CLIENT];
    const cx_cert *leaf = cx_tls_leaf(c);
    cx_find_text(j, f, "subject", cx_tls_subject(leaf));
    cx_find_text(j, f, "serial", leaf->serial);
    if (alert)
        cx_tls_show_alert(j, f, alert);
    else
        cx_show(j, f, c->ended, "the client closes");
    cx_show(j, f, c->tls.server_cert->at, "certificate of the server");
}

static void detect_eku(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_cert *expired;
        cx_verdict_on_cert v = cx_tls_verdict(c);
        uint8_t alert = cx_tls_client_alert(c);
        if (!cx_tls_wrong_purpose(c) || v < CX_CERT_REFUSED_ALERT || v == CX_CERT_ACCEPTED)
            continue;
        if (alert && alert != 42 && alert != 43 && alert != 46)
            continue; /* it names another defect */
        bool other =
            cx_tls_name_mismatch(c) || cx_tls_expired(c, &expired) || cx_tls_not_yet_valid(c);
        cx_finding *f = cx_find(j, alert == 43 ? CX_PROVEN : other ? CX_POSSIBLE : CX_LIKELY, c);
        show_cert(j, f, c);
    }
}

const cx_rule cx_rule_tls_cert_wrong_eku = {
    .id = "tls-cert-wrong-eku",
    .title = "The certificate is not made for servers",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_eku,
    .evidence = "The leaf has an extended key usage without server authentication "
                "(1.3.6.1.5.5.7.3.1), and the client refuses it (alert 42, 43, 46) or closes.",
    .rules_out = "No extended key usage at all, or anyExtendedKeyUsage; a client that goes on.",
    .traps = "Another defect of the same certificate may be the reason.",
    .explain = "The certificate of {server} ({subject}) may not be used for server "
               "authentication, and {client} refused it.",
    .remedy = "Reissue the certificate with the extended key usage of server authentication (for "
              "servers that also connect to others: client authentication as well).",
    .source = "RFC 5280 4.2.1.12",
    .shadows = cx_tls_refusal_shadows,
};
