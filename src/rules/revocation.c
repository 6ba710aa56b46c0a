/* Certificates of servers that were revoked, and checks of revocation that hang (signin-failures
 * 1.4). */
#include "base/text.h"
#include "rules/cert_hidden.h"
#include "rules/judging.h"
#include "rules/tls_state.h"
#include "signin/fetch.h"

/* ---- tls-cert-revoked ---- */

static bool has_answer(const cx_conn *c, cx_ocsp_status status)
{
    return c->tls.ocsp_at.frame && c->tls.ocsp.status == status;
}

static void say_answer(cx_judging *j, cx_finding *f, const cx_conn *c)
{
    const cx_ocsp *o = &c->tls.ocsp;
    char since[CX_TIME_TEXT] = "";
    if (!has_answer(c, CX_OCSP_REVOKED)) {
        cx_find_text(j, f, "said", cx_slice_of(""));
        return;
    }
    if (o->revoked_ns != INT64_MIN)
        cx_time_text(o->revoked_ns, 6, since);
    cx_find_format(
        j, f, "said", "; %s an OCSP answer that says so%s%.10s%s%s",
        c->tls.ocsp_fetched ? "the client asked for, and got," : "the server itself brought",
        *since ? ", since " : "", since, o->reason ? ", reason " : "", o->reason ? o->reason : "");
    cx_show(j, f, c->tls.ocsp_at,
            c->tls.ocsp_fetched ? "OCSP answer that the client fetched: revoked"
                                : "OCSP answer of the server (CertificateStatus): revoked");
}

static void detect_revoked(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_cert *leaf = cx_tls_leaf(c);
        cx_verdict_on_cert v = cx_tls_verdict(c);
        uint8_t alert = cx_tls_client_alert(c);
        bool stapled = has_answer(c, CX_OCSP_REVOKED), good = has_answer(c, CX_OCSP_GOOD);
        bool accepted = v == CX_CERT_ACCEPTED;
        /* 45 and 48 name another defect, which the client met first */
        bool blames = alert ? alert != 45 && alert != 48 : v >= CX_CERT_REFUSED_ALERT;
        if (!leaf || (alert != 44 && !(stapled && (accepted || blames))) ||
            (accepted && j->a->web_only))
            continue;
        cx_finding *f = cx_find(j,
                                alert == 44 ? (good ? CX_LIKELY : CX_PROVEN)
                                : accepted  ? CX_PROVEN
                                            : CX_LIKELY,
                                c);
        cx_find_text(j, f, "subject", cx_tls_subject(leaf));
        cx_find_text(j, f, "serial", leaf->serial);
        if (c->tls.alert[CX_FROM_CLIENT])
            cx_tls_show_alert(j, f, c->tls.alert[CX_FROM_CLIENT]);
        say_answer(j, f, c);
        if (!alert && !accepted)
            cx_show(j, f, c->ended, "the client closes");
        cx_show(j, f, c->tls.server_cert->at, "certificate of the server");
        if (accepted) {
            f->recovered = true;
            f->severity = CX_WARNING;
            f->explain = "The certificate of {server} ({subject}, serial number {serial}) is "
                         "revoked{said}. {client} went on all the same, others refuse it.";
        }
    }
    cx_cert_hidden_find(j, 44,
                        "{client} refused the certificate of {server} with alert {alert}: it is "
                        "revoked. {hidden}");
}

const cx_rule cx_rule_tls_cert_revoked = {
    .id = "tls-cert-revoked",
    .title = "The server's certificate is revoked",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_revoked,
    .evidence = "Alert 44 (certificate_revoked) from the client after the server's certificate; or "
                "an OCSP answer, in the handshake or fetched by the client meanwhile, that says "
                "\"revoked\" of that certificate, and a client that refuses it or closes.",
    .rules_out =
        "An OCSP answer \"good\" for the same issuer and serial number; a client that goes "
        "on (then it is a warning).",
    .traps = "Alert 44 sent by the server is about the client's certificate. An answer about "
             "another serial number, or by another issuer, says nothing. Revocation lists "
             "themselves are not read. In TLS 1.3 the answer can be read with keys only.",
    .explain = "{client} refused the certificate of {server} ({subject}, serial number {serial}) "
               "as revoked{said}.",
    .remedy = "Replace the certificate on the server.",
    .source = "RFC 5246 7.2.2 (certificate_revoked); RFC 6066 8; RFC 6960 4.2.1",
    .shadows = cx_tls_refusal_shadows,
};

/* ---- tls-crl-unreachable ---- */

/* The first check of a certificate of c that failed by until_ns, where no other way to the same end
 * succeeded. */
static const cx_fetch *failed_check(const cx_attempt *a, const cx_conn *c, int64_t until_ns)
{
    const cx_fetch *failed = NULL;
    for (uint32_t i = 0; i < a->n_fetches; i++) {
        const cx_fetch *f = &a->fetches[i];
        bool other = false;
        if (f->conn != c || f->kind == CX_URL_ISSUER || !cx_fetch_failed(f, until_ns))
            continue;
        for (uint32_t k = 0; k < a->n_fetches && !other; k++)
            other = a->fetches[k].conn == c && a->fetches[k].cert == f->cert &&
                    a->fetches[k].kind != CX_URL_ISSUER && cx_fetch_succeeded(&a->fetches[k]);
        if (!other && (!failed || (f->first.frame && f->first.ts_ns < failed->first.ts_ns)))
            failed = f;
    }
    return failed;
}

/* A connection that never opened does not say which of the things at that host it was for. */
static const char *what_of(uint32_t kinds)
{
    static const char *const names[8] = {
        [1u << CX_URL_CRL] = "the revocation list",
        [1u << CX_URL_OCSP] = "the OCSP responder",
        [1u << CX_URL_CRL | 1u << CX_URL_OCSP] = "the host of revocation list and OCSP responder",
        [1u << CX_URL_CRL | 1u << CX_URL_ISSUER] = "the host of revocation list and issuer",
        [1u << CX_URL_OCSP | 1u << CX_URL_ISSUER] = "the host of OCSP responder and issuer",
        [7] = "the host of revocation list, OCSP responder and issuer",
    };
    return names[kinds & 7] ? names[kinds & 7] : "the host";
}

static void say_check(cx_judging *j, cx_finding *f, const cx_fetch *check, int64_t until_ns)
{
    const cx_lookup *l = check->lookup;
    int host = (int)check->host.len;
    const char *name = (const char *)check->host.p;
    if (l)
        cx_find_format(j, f, "result",
                       cx_lookup_negative(l) ? "%.*s does not exist in DNS"
                                             : "the lookup of %.*s fails",
                       host, name);
    else if (check->status)
        cx_find_format(j, f, "result", "%.*s answers %u", host, name, check->status);
    else if (check->outcome == CX_CONN_REFUSED || check->outcome == CX_CONN_UNREACHABLE)
        cx_find_format(j, f, "result", "%.*s %s", host, name,
                       check->outcome == CX_CONN_REFUSED ? "refuses the connection"
                                                         : "cannot be reached (ICMP)");
    else
        cx_find_format(j, f, "result", "%.*s %s for %.0f s", host, name,
                       check->outcome == CX_CONN_ESTABLISHED || check->request.frame
                           ? "took the connection and says nothing"
                           : "does not answer",
                       (double)(until_ns - check->first.ts_ns) / 1e9);
    if (l) {
        cx_show(j, f, l->query, "lookup of %.*s", host, name);
        cx_show(j, f, l->answer, "its answer has no address");
    }
    cx_show(j, f, check->first, check->syns ? "SYN to %.*s" : "request to %.*s", host, name);
    cx_show(j, f, check->last_syn, "SYN to %.*s again", host, name);
    cx_show(j, f, check->request, "request for it");
    cx_show(j, f, check->answer, "what came back");
}

/* Alerts that do not name another defect: 40, 42, 46, 80, 113. */
static bool may_be_about_check(uint8_t alert)
{
    return !alert || alert == 40 || alert == 42 || alert == 46 || alert == 80 || alert == 113;
}

static void detect_unreachable(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        bool accepted = cx_conn_tls_used(c), over = cx_conn_ended_by(c) >= 0;
        int64_t until = accepted && c->tls.app_data[CX_FROM_CLIENT].frame
                            ? c->tls.app_data[CX_FROM_CLIENT].ts_ns
                        : over ? c->ended.ts_ns
                               : j->a->decided_ns;
        const cx_fetch *check = failed_check(j->a, c, until);
        if (!check || j->a->web_only || !may_be_about_check(cx_tls_client_alert(c)))
            continue;
        if (!accepted && !over && until - c->last_ns < 15 * CX_SECOND_NS)
            continue;
        cx_finding *f =
            cx_find(j, accepted || !cx_tls_other_defect(c) ? CX_LIKELY : CX_POSSIBLE, c);
        cx_find_text(j, f, "subject", cx_tls_subject(check->cert));
        cx_find_text(j, f, "what", cx_slice_of(what_of(cx_fetch_kinds(j->a, check))));
        cx_find_text(j, f, "url", check->url);
        say_check(j, f, check, until);
        cx_find_format(j, f, "end", "%s %.0f s after the certificate",
                       !over                                   ? "the handshake stood still"
                       : cx_conn_ended_by(c) == CX_FROM_SERVER ? "the server closed"
                                                               : "the client closed",
                       (double)(until - c->tls.server_cert->at.ts_ns) / 1e9);
        cx_show(j, f, c->tls.server_cert->at, "certificate that names %.*s", (int)check->host.len,
                (const char *)check->host.p);
        if (!accepted) {
            cx_show(j, f, c->ended, "the %s closes",
                    cx_conn_ended_by(c) == CX_FROM_SERVER ? "server" : "client");
        } else {
            f->recovered = true;
            f->severity = CX_WARNING;
            f->explain = "{client} wanted to know whether the certificate of {subject} is revoked: "
                         "it went to {what} that the certificate names ({url}), and {result}. It "
                         "went on all the same; other clients refuse such a certificate.";
        }
    }
}

const cx_rule cx_rule_tls_crl_unreachable = {
    .id = "tls-crl-unreachable",
    .title = "The revocation of the certificate cannot be checked, and the handshake waits for it",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_unreachable,
    .evidence = "After the server's certificate the client goes to a revocation list or OCSP "
                "responder that this certificate names, by lookup, connection or request, and that "
                "fails or hangs; the connection is then closed, or stands still for 15 s, without "
                "being used.",
    .rules_out =
        "A list or answer for the same certificate that was fetched; a client that goes on "
        "(then it is a warning).",
    .traps = "Downloads for other certificates: host and port must be those that this "
             "certificate names, and where the request can be read its path as well. Communicator "
             "and Lync desktop clients go on after their time-out, the store app does not.",
    .explain = "{client} wanted to know whether the certificate of {subject} is revoked before it "
               "went on: it went to {what} that the certificate names ({url}), and {result}; "
               "{end}.",
    .remedy = "Make {url} reachable for the client (firewall, proxy of the computer account, name "
              "resolution), or issue the certificate with a distribution point that every client "
              "reaches.",
    .source = "RFC 5280 4.2.1.13, 4.2.2.1; Office Communicator fails to make TLS connection to LCS",
    .shadows = (const char *const[]){"tls-handshake-abandoned", "tls-client-silent-reject",
                                     "tls-alert-fatal", "tls-handshake-slow", "tls-cert-untrusted",
                                     "tcp-reset-established", "dns-strict-naming-violation", NULL},
};
