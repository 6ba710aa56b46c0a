/* Certificates that are not in sight: see cert_hidden.h. In TLS 1.3, clients that refuse one before
 * they change their keys (OpenSSL) send the alert in clear, and its number names the defect (RFC
 * 8446 6.2); in older versions the number does when the certificate was not captured. */
#include "rules/cert_hidden.h"

#include "rules/tls_state.h"

/* A client sends such alerts about a certificate only: there was one, but not in this capture. Its
 * dates could have told whether 45 comes of them or of the client's clock. */
static bool is_missed(const cx_conn *c, uint8_t alert)
{
    return alert != 45 && cx_conn_tls_version(c) < 0x0304 &&
           (c->tcp.one_sided || c->gap[CX_FROM_SERVER]);
}

void cx_cert_hidden_find(cx_judging *j, uint8_t alert, const char *explain)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_event *hello = c->tls.server_hello;
        bool missed = is_missed(c, alert);
        if ((cx_conn_tls_version(c) < 0x0304 && !missed) || c->tls.server_cert || c->tls.opened ||
            (hello && hello->u.tls.resumed) || cx_tls_client_alert(c) != alert)
            continue;
        const cx_event *said = c->tls.alert[CX_FROM_CLIENT];
        cx_finding *f = cx_find(j, CX_LIKELY, c);
        f->explain = explain;
        cx_find_format(j, f, "alert", "%u (%s)", alert, cx_tls_alert_text(alert));
        cx_find_text(j, f, "hidden",
                     cx_slice_of(missed ? "The certificate itself is not in the capture."
                                        : "TLS 1.3 hides the certificate itself."));
        cx_show(j, f, said->at, "alert %u (%s) of the client, in clear", alert,
                cx_tls_alert_text(alert));
        if (hello && !missed)
            cx_show(j, f, hello->at, "ServerHello, TLS 1.3: the certificate is hidden");
        if (c->tls.client_hello)
            cx_show(j, f, c->tls.client_hello->at, "ClientHello");
    }
}
