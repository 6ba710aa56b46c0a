/* Certificates that TLS 1.3 hides: see cert_hidden.h. Clients that refuse one before they change
 * their keys (OpenSSL) send the alert in clear, and its number names the defect (RFC 8446 6.2). */
#include "rules/cert_hidden.h"

#include "rules/tls_state.h"

void cx_cert_hidden_find(cx_judging *j, uint8_t alert, const char *explain)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (cx_conn_tls_version(c) < 0x0304 || c->tls.server_cert || c->tls.opened ||
            c->tls.server_hello->u.tls.resumed || cx_tls_client_alert(c) != alert)
            continue;
        const cx_event *said = c->tls.alert[CX_FROM_CLIENT];
        cx_finding *f = cx_find(j, CX_LIKELY, c);
        f->explain = explain;
        cx_find_format(j, f, "alert", "%u (%s)", alert, cx_tls_alert_text(alert));
        cx_show(j, f, said->at, "alert %u (%s) of the client, in clear", alert,
                cx_tls_alert_text(alert));
        cx_show(j, f, c->tls.server_hello->at, "ServerHello, TLS 1.3: the certificate is hidden");
        if (c->tls.client_hello)
            cx_show(j, f, c->tls.client_hello->at, "ClientHello");
    }
}
