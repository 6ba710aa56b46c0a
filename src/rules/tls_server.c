/* Handshakes that fail by what the server is or asks for (signin-failures 1.4, 6.1, 6.5): names
 * that it must be asked for, long lists of authorities, weak certificates, wildcards, slowness. */
#include "base/hash.h"
#include "base/text.h"
#include "rules/certname.h"
#include "rules/judging.h"
#include "rules/tls_state.h"

#define LONG_LIST_BYTES 12000u /* of authorities; Schannel cuts its list at 16,384 (KB 2464556) */
#define SLOW_NS         (5 * CX_SECOND_NS)
#define LONG_RTT_NS     CX_SECOND_NS /* satellite: slow by nature */

static bool alerts(const cx_conn *c, int dir, uint8_t description)
{
    const cx_event *e = c->tls.alert[dir];
    return e && e->u.tls.level == 2 && e->u.tls.description == description;
}

static void show_hello(cx_judging *j, cx_finding *f, const cx_conn *c)
{
    cx_slice sni = c->tls.client_hello->u.tls.sni;
    if (sni.p)
        cx_show(j, f, c->tls.client_hello->at, "ClientHello, server_name %.*s", (int)sni.len,
                (const char *)sni.p);
    else
        cx_show(j, f, c->tls.client_hello->at, "ClientHello without server_name");
}

/* ---- tls-sni-problem ---- */

/* The same port answered a ClientHello with a name, where this one has another or none, with a
 * version and a suite that this client offers too: the name is what differs. */
static const cx_open_port *serves_who_names(const cx_attempt *a, const cx_conn *c)
{
    const cx_ev_tls *hello = &c->tls.client_hello->u.tls;
    uint64_t name = hello->sni.p ? cx_hash_folded(hello->sni, 0) : 0;
    for (uint32_t i = 0; i < a->n_open_ports; i++) {
        const cx_open_port *p = &a->open_port[i];
        if (p->named_hello.frame && cx_endpoint_eq(&p->server, &c->server) &&
            p->named_hash != name && p->named_version <= hello->max_version &&
            cx_tls_offers(hello, p->named_cipher))
            return p;
    }
    return NULL;
}

static void detect_sni(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (!c->tls.client_hello || c->tls.server_hello)
            continue;
        bool named = c->tls.client_hello->u.tls.sni.p != NULL;
        bool unknown = alerts(c, CX_FROM_SERVER, 112);
        bool turned_away = cx_conn_ended_by(c) == CX_FROM_SERVER && !c->tls.alert[CX_FROM_SERVER] &&
                           !c->data[CX_FROM_SERVER].frame && !c->gap[CX_FROM_SERVER] &&
                           !c->gap[CX_FROM_CLIENT];
        bool by_name = alerts(c, CX_FROM_SERVER, 40) || (!named && (unknown || turned_away));
        const cx_open_port *other = by_name ? serves_who_names(j->a, c) : NULL;
        if (!unknown && !other)
            continue;
        cx_finding *f = cx_find(j, unknown ? CX_PROVEN : CX_LIKELY, c);
        f->goes_on_ns = CX_NEXT_SERVER_NS; /* with another name, or none */
        if (named)
            cx_find_format(j, f, "asked", "asked for the server_name %.*s",
                           (int)c->tls.client_hello->u.tls.sni.len,
                           (const char *)c->tls.client_hello->u.tls.sni.p);
        else
            cx_find_text(j, f, "asked", cx_slice_of("named no server in its ClientHello"));
        cx_find_text(j, f, "how",
                     cx_slice_of(unknown                         ? "alert 112 (unrecognized_name)"
                                 : alerts(c, CX_FROM_SERVER, 40) ? "alert 40 (handshake_failure)"
                                 : c->end == CX_END_RESET        ? "a reset"
                                                                 : "a close without a word"));
        cx_find_text(j, f, "others",
                     cx_slice_of(!other  ? ""
                                 : named ? "; who asked for another name was served, with a "
                                           "version and a cipher suite that this client has too"
                                         : "; who named the server was served, with a version and "
                                           "a cipher suite that this client has too"));
        show_hello(j, f, c);
        if (c->tls.alert[CX_FROM_SERVER])
            cx_show(j, f, c->tls.alert[CX_FROM_SERVER]->at, "alert of the server");
        else
            cx_show(j, f, c->ended, "%s from the server, no ServerHello",
                    c->end == CX_END_RESET ? "RST" : "FIN");
        if (other)
            cx_show(j, f, other->named_hello, "ServerHello to a ClientHello with server_name");
    }
}

const cx_rule cx_rule_tls_sni_problem = {
    .id = "tls-sni-problem",
    .title = "The server needs to be asked for a name, or does not know the one it was asked for",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_sni,
    .evidence = "Alert 112 (unrecognized_name) in place of a ServerHello; or a ClientHello without "
                "server_name that is answered by a close, a reset or alert 40, or one with another "
                "name by alert 40, while the same port gave a ServerHello to one with a name, in a "
                "version and a cipher suite that this client offers too.",
    .rules_out = "A ServerHello; alert 112 of level warning, after which the handshake goes on.",
    .traps = "Communicator and phone editions send no server_name. Without a client that was "
             "served, a close after the ClientHello has other reasons as well.",
    .explain = "{client} {asked}, and {server} answered with {how}{others}.",
    .remedy = "Bind a default certificate on the server or reverse proxy for clients that send no "
              "server_name, add the name to its configuration, or use a client that sends it.",
    .source = "RFC 6066 3; You can't sign in to Lync clients on devices that don't support SNI",
    .shadows =
        (const char *const[]){"tls-alert-fatal", "tls-no-common-cipher", "tls-server-silent-close",
                              "tcp-reset-established", "tcp-closed-before-data",
                              "tls-handshake-abandoned", "sip-register-unanswered", NULL},
};

/* ---- tls-not-sip-service ---- */

static void detect_not_sip(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        cx_evidence sip = c->sip[CX_FROM_CLIENT];
        if (!c->not_sip.frame || c->sip[CX_FROM_SERVER].frame || j->a->web_only ||
            (!sip.frame && !c->tls.client_hello))
            continue;
        cx_finding *f = cx_find(j, CX_PROVEN, c);
        cx_find_text(j, f, "said",
                     cx_slice_of(!sip.frame            ? "TLS ClientHello"
                                 : c->tls.client_hello ? "SIP request (inside TLS)"
                                                       : "SIP request"));
        cx_find_format(j, f, "answer", "%u%s%.*s", c->not_sip_status,
                       c->not_sip_server.len ? ", server " : "",
                       (int)(c->not_sip_server.len > 60 ? 60 : c->not_sip_server.len),
                       c->not_sip_server.len ? (const char *)c->not_sip_server.p : "");
        cx_show(j, f, c->not_sip, "HTTP response %u of the server", c->not_sip_status);
        cx_show(j, f, sip, "SIP request of the client");
        if (c->tls.client_hello)
            show_hello(j, f, c);
    }
}

const cx_rule cx_rule_tls_not_sip_service = {
    .id = "tls-not-sip-service",
    .title = "The port belongs to a web server, not to SIP",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_HTTP),
    .detect = detect_not_sip,
    .evidence = "An HTTP error (400 or above) is the first thing that the server says to a TLS "
                "ClientHello or to a SIP request; inside TLS this needs keys.",
    .rules_out = "A SIP response on the same connection; an HTTP request before it.",
    .traps = "The conferencing services of an edge use port 443 of other addresses. A certificate "
             "for a web name and ALPN prove nothing: edges share both.",
    .explain = "{server} answered the {said} of {client} with an HTTP error ({answer}): a web "
               "server listens there, not a SIP server.",
    .remedy = "Point the external server name, or the client's setting, to the Access Edge (or the "
              "front end) and not to the reverse proxy of the web services; check the port.",
    .source = "RFC 9112 4; RFC 3261 18; Common Issues with Sign-in and Discovery",
    .shadows = (const char *const[]){"tls-hello-on-plain-port", "tls-plain-sip-on-tls-port",
                                     "tls-alert-fatal", "tls-server-silent-close",
                                     "tls-handshake-abandoned", "tls-client-silent-reject",
                                     "sip-register-unanswered", "tcp-accepted-silent",
                                     "tcp-reset-established", "tcp-closed-before-data", NULL},
};

/* ---- tls-ca-list-truncated ---- */

static void detect_ca_list(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_event *asks = c->tls.cert_request, *cert = c->tls.client_cert;
        const cx_event *alert = c->tls.alert[CX_FROM_SERVER];
        if (!asks || asks->u.tls.ca_names_len <= LONG_LIST_BYTES)
            continue;
        bool none = cert && !cert->u.tls.n_chain;
        bool refused = !c->tls.finished[CX_FROM_SERVER].frame &&
                       (alert ? alert->u.tls.level == 2
                              : cx_conn_ended_by(c) == CX_FROM_SERVER && !c->gap[CX_FROM_SERVER]);
        bool fails = none && refused;
        cx_finding *f = cx_find(j, CX_LIKELY, c);
        if (!fails)
            f->severity = CX_NOTE;
        cx_find_number(j, f, "bytes", asks->u.tls.ca_names_len);
        cx_find_text(j, f, "result",
                     cx_slice_of(fails ? "; the client found none of its certificates among them, "
                                         "sent none, and was refused"
                                       : "; this client was not stopped by it"));
        cx_show(j, f, asks->at, "CertificateRequest, %u bytes of authorities",
                asks->u.tls.ca_names_len);
        if (cert)
            cx_show(j, f, cert->at,
                    none ? "empty Certificate of the client" : "Certificate of the client");
        if (alert)
            cx_show(j, f, alert->at, "alert %u of the server", alert->u.tls.description);
        else if (refused)
            cx_show(j, f, c->ended, "the server closes");
    }
}

const cx_rule cx_rule_tls_ca_list_truncated = {
    .id = "tls-ca-list-truncated",
    .title = "The server's list of trusted authorities is too long",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_ca_list,
    .evidence = "A CertificateRequest with more than 12,000 bytes of authorities, an empty "
                "Certificate of the client, then an alert or a close of the server.",
    .rules_out = "A short or empty list; a server that goes on to its Finished (told as a note).",
    .traps = "Windows servers cut the list at 16,384 bytes; what was behind cannot be seen. A "
             "client that has no certificate at all looks the same.",
    .explain = "{server} named {bytes} bytes of authorities when it asked {client} for a "
               "certificate{result}. Windows cuts such a list at 16,384 bytes, and clients whose "
               "authority was behind find none.",
    .remedy = "Remove root certificates that nobody needs from the server's trusted roots, or stop "
              "the server from sending the list.",
    .source = "KB 2464556; KB 2880390; RFC 5246 7.4.4",
    .shadows = (const char *const[]){"tls-client-cert-missing", "tls-alert-fatal",
                                     "tls-handshake-abandoned", "tcp-reset-established", NULL},
};

/* ---- tls-cert-weak ---- */

static void detect_weak(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_cert *leaf = cx_tls_leaf(c);
        cx_verdict_on_cert v = cx_tls_verdict(c);
        uint8_t alert = cx_tls_client_alert(c);
        if (!leaf || leaf->self_issued || v == CX_CERT_ACCEPTED)
            continue;
        bool refused = alert == 42 || alert == 46 || alert == 71 || v == CX_CERT_REFUSED_CLOSE;
        if (!refused || j->a->web_only || cx_tls_other_defect(c))
            continue;
        bool hash;
        const cx_cert *weak = cx_tls_weak_cert(c, &hash);
        if (!weak)
            continue;
        cx_finding *f = cx_find(j, alert ? CX_LIKELY : CX_POSSIBLE, c);
        cx_find_text(j, f, "subject", cx_tls_subject(weak));
        cx_find_format(j, f, "weakness", "%s %.*s", hash ? "signature" : "key",
                       (int)(hash ? weak->signature.len : weak->key.len),
                       (const char *)(hash ? weak->signature.p : weak->key.p));
        if (c->tls.alert[CX_FROM_CLIENT])
            cx_show(j, f, c->tls.alert[CX_FROM_CLIENT]->at, "alert %u of the client", alert);
        else
            cx_show(j, f, c->ended, "the client closes");
        cx_show(j, f, c->tls.server_cert->at, "certificate of the server");
    }
}

const cx_rule cx_rule_tls_cert_weak = {
    .id = "tls-cert-weak",
    .title = "The certificate has a weak key or signature",
    .default_severity = CX_WARNING,
    .stops = true, /* many clients take it */
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_weak,
    .evidence = "A signature with MD5 or SHA-1, or an RSA key below 2048 bits, in the leaf or an "
                "intermediate certificate; the client answers with alert 42, 46 or 71, or closes, "
                "and names, dates and purpose fit.",
    .rules_out = "A client that goes on; another defect of the certificate.",
    .traps = "The signature of a root by itself is never checked. Alerts 42 and 46 do not name the "
             "defect: an issuer that the client does not know may be the reason.",
    .explain = "{client} refused the certificate of {server}, and what is unusual in it is the "
               "{weakness} of {subject}: current clients accept neither MD5 and SHA-1 signatures "
               "nor RSA keys below 2048 bits.",
    .remedy = "Reissue the certificate with an RSA key of 2048 bits or more (or an EC key) and a "
              "SHA-256 signature.",
    .source = "RFC 5246 7.2.2; RFC 9155; NIST SP 800-131A",
    .shadows = (const char *const[]){"tls-cert-untrusted", "tls-alert-fatal",
                                     "tls-client-silent-reject", "tls-handshake-abandoned",
                                     "dns-strict-naming-violation", "tcp-reset-established", NULL},
};

/* ---- tls-cert-wildcard-risk ---- */

static void detect_wildcard(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_cert *leaf = cx_tls_leaf(c);
        cx_slice wanted = cx_wanted_name(c);
        bool partial = cx_tls_name_partial(c) && cx_tls_name_mismatch(c);
        if (!leaf || j->a->web_only || !wanted.p ||
            (!partial && cx_cert_match(leaf, wanted) != CX_NAME_WILDCARD) ||
            (partial && cx_tls_verdict(c) >= CX_CERT_REFUSED_ALERT &&
             cx_tls_verdict(c) != CX_CERT_ACCEPTED)) /* tls-cert-name-mismatch */
            continue;
        bool exact = false; /* another name that it may have wanted */
        for (uint32_t k = 0; k < c->n_wanted; k++)
            exact |= cx_cert_match(leaf, c->wanted[k].name) == CX_NAME_EXACT;
        if (exact)
            continue;
        cx_finding *f = cx_find(j, CX_PROVEN, c);
        f->recovered = true;
        cx_find_text(j, f, "wanted", wanted);
        cx_find_text(j, f, "names", cx_cert_names(leaf, j->arena));
        cx_show(j, f, c->tls.server_cert->at, "certificate for %.*s",
                (int)f->params[f->n_params - 1].text.len,
                (const char *)f->params[f->n_params - 1].text.p);
        if (c->tls.client_hello)
            show_hello(j, f, c);
        if (partial)
            f->explain = "{wanted} is covered by a wildcard for a part of a label only: the "
                         "certificate of {server} is for {names}. RFC 6125 6.4.3 lets clients "
                         "refuse that, and many do; RFC 5922 forbids it for SIP.";
    }
}

const cx_rule cx_rule_tls_cert_wildcard_risk = {
    .id = "tls-cert-wildcard-risk",
    .title = "Only a wildcard of the certificate covers the server's name",
    .default_severity = CX_NOTE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_wildcard,
    .evidence = "The wanted name matches *.domain or sip*.domain in the certificate and no full "
                "name; in the second form only where the client does not refuse it "
                "(tls-cert-name-mismatch).",
    .rules_out = "The full name is in the certificate as well.",
    .traps = "Communicator desktop clients take it; which clients refuse it is not on the wire.",
    .explain = "{wanted} is covered by a wildcard only: the certificate of {server} is for "
               "{names}. RFC 5922 forbids that for SIP, phone editions and some SIP clients "
               "refuse it.",
    .remedy = "Add {wanted} to the subject alternative names of the certificate.",
    .source = "RFC 5922 7.2; RFC 6125 6.4.3; Wildcard certificate support (Lync Server 2013)",
};

/* ---- tls-handshake-slow ---- */

static void detect_slow(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        bool tls13 = cx_conn_tls_version(c) >= 0x0304;
        cx_evidence end = tls13 ? c->tls.app_data[CX_FROM_CLIENT] : c->tls.finished[CX_FROM_CLIENT];
        if (!c->tls.client_hello || !c->tls.server_hello || !end.frame ||
            c->tcp.rtt_ns > LONG_RTT_NS || end.ts_ns - c->tls.client_hello->at.ts_ns <= SLOW_NS)
            continue;
        cx_finding *f = cx_find(j, CX_PROVEN, c);
        int64_t server = c->tls.server_hello->at.ts_ns - c->tls.client_hello->at.ts_ns;
        int64_t all = end.ts_ns - c->tls.client_hello->at.ts_ns;
        if (j->a->outcome == CX_OUT_SUCCESS)
            f->severity = CX_NOTE;
        cx_find_text(j, f, "seconds", cx_say_seconds(j, all));
        cx_find_text(j, f, "who", cx_slice_of(server * 2 > all ? "the server" : "the client"));
        cx_show(j, f, c->tls.client_hello->at, "ClientHello");
        cx_show(j, f, c->tls.server_hello->at, "ServerHello, %.1f s later", (double)server / 1e9);
        cx_show(j, f, end, "Finished of the client, %.1f s after its ClientHello",
                (double)all / 1e9);
    }
}

const cx_rule cx_rule_tls_handshake_slow = {
    .id = "tls-handshake-slow",
    .title = "The TLS handshake takes more than 5 seconds",
    .default_severity = CX_WARNING,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_slow,
    .evidence = "More than 5 s from the ClientHello to the client's Finished.",
    .rules_out = "A round trip of the path of more than 1 s.",
    .traps = "Lost packets and a person who was asked about the certificate make it slow as well.",
    .explain = "The handshake of {client} with {server} took {seconds} s; most of it went by "
               "before {who} went on.",
    .remedy = "Where the client waits: look for downloads of revocation lists, OCSP or "
              "intermediate certificates that hang. Where the server waits: its load, and its own "
              "checks of client certificates.",
    .source = "RFC 5246 7.3; CryptoAPI retrieval time-outs (Exchange team blog)",
};
