/* Client and server that find no version of TLS, or no cipher suite, in common
 * (signin-failures 1.4, 6). */
#include "rules/judging.h"
#include "rules/tls_state.h"

/* Some clients come back at once with another version or other suites (RFC 7507). */
#define NEXT_HELLO_NS CX_NEXT_SERVER_NS

static uint8_t server_alert(const cx_conn *c)
{
    const cx_event *e = c->tls.alert[CX_FROM_SERVER];
    return e ? e->u.tls.description : 0;
}

/* The client offers TLS 1.3 and nothing older: a server without it may say handshake_failure too
 * (GnuTLS), because none of the suites is one of its own. */
static bool is_new_only(const cx_conn *c)
{
    const cx_ev_tls *hello = &c->tls.client_hello->u.tls;
    for (uint32_t i = 0; i < hello->n_versions; i++)
        if (hello->versions[i] < 0x0304)
            return false;
    return hello->n_versions > 0;
}

/* The server has TLS 1.3: it gave it to another client. */
static bool has_tls13(const cx_attempt *a, const cx_conn *c)
{
    for (uint32_t i = 0; i < a->n_open_ports; i++)
        if (cx_endpoint_eq(&a->open_port[i].server, &c->server) &&
            a->open_port[i].version >= 0x0304)
            return true;
    return false;
}

/* Handshake_failure to a client of TLS 1.3 alone. Each implementation of that has the first of its
 * suites (RFC 8446 9.1), so that the suites are not what the server lacks. */
static bool lacks_tls13(const cx_attempt *a, const cx_conn *c)
{
    const uint16_t mandatory = 0x1301; /* TLS_AES_128_GCM_SHA256 */
    return c->tls.client_hello && !c->tls.server_hello && server_alert(c) == 40 &&
           !c->gap[CX_FROM_SERVER] && is_new_only(c) &&
           cx_tls_offers(&c->tls.client_hello->u.tls, mandatory) && !has_tls13(a, c);
}

/* The server turned away without an alert, and gave others a version that this client lacks. */
static const cx_open_port *gives_others_newer(const cx_attempt *a, const cx_conn *c)
{
    if (c->tls.server_hello || c->tls.alert[CX_FROM_SERVER] || c->data[CX_FROM_SERVER].frame ||
        cx_conn_ended_by(c) != CX_FROM_SERVER || c->gap[CX_FROM_SERVER] || c->gap[CX_FROM_CLIENT])
        return NULL;
    for (uint32_t i = 0; i < a->n_open_ports; i++)
        if (cx_endpoint_eq(&a->open_port[i].server, &c->server) &&
            a->open_port[i].version > c->tls.client_hello->u.tls.max_version)
            return &a->open_port[i];
    return NULL;
}

static void version_by_others(cx_judging *j, const cx_conn *c, const cx_open_port *other)
{
    char text[8], offered[8];
    const char *given = cx_tls_version_name(other->version, text);
    cx_finding *f = cx_find(j, CX_LIKELY, c);
    f->goes_on_ns = NEXT_HELLO_NS;
    cx_find_text(j, f, "offered",
                 cx_slice_of(cx_tls_version_name(c->tls.client_hello->u.tls.max_version, offered)));
    cx_find_format(j, f, "how", "the server %s without a word; others got %s from it",
                   c->end == CX_END_RESET ? "reset the connection" : "closed", given);
    cx_show(j, f, c->ended, "%s from the server, no ServerHello, no alert",
            c->end == CX_END_RESET ? "RST" : "FIN");
    cx_tls_show_hello(j, f, c);
    cx_show(j, f, other->server_hello, "ServerHello to another connection, %s", given);
}

/* The capture lacks part of the ClientHello. Servers of TLS say 70 to plain text as well. */
static void version_of_cut_hello(cx_judging *j, const cx_conn *c)
{
    if (server_alert(c) != 70 || c->tls.server_hello || c->gap[CX_FROM_SERVER] ||
        !c->gap[CX_FROM_CLIENT] || c->sip[CX_FROM_CLIENT].frame)
        return;
    cx_finding *f = cx_find(j, CX_LIKELY, c);
    f->goes_on_ns = NEXT_HELLO_NS;
    f->explain = "{server} refused the version of TLS that {client} offered with alert 70 "
                 "(protocol_version); the ClientHello is not whole in this capture.";
    cx_tls_show_alert(j, f, c->tls.alert[CX_FROM_SERVER]);
}

static void detect_version(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (!c->tls.client_hello) {
            version_of_cut_hello(j, c);
            continue;
        }
        const cx_open_port *other = j->a->web_only ? NULL : gives_others_newer(j->a, c);
        if (other)
            version_by_others(j, c, other);
        bool by_server = !c->tls.server_hello && (server_alert(c) == 70 || server_alert(c) == 86);
        /* Without a ServerHello it is about bytes that are no TLS (OpenSSL: wrong version number).
         */
        bool by_client = c->tls.server_hello && cx_tls_client_alert(c) == 70;
        bool too_old = cx_tls_too_old(c), too_new = lacks_tls13(j->a, c);
        if (!by_server && !by_client && !too_old && !too_new)
            continue;
        char version[8], offered[8];
        cx_finding *f = cx_find(j, by_server || by_client ? CX_PROVEN : CX_LIKELY, c);
        f->goes_on_ns = NEXT_HELLO_NS;
        cx_find_text(
            j, f, "offered",
            cx_slice_of(cx_tls_version_name(c->tls.client_hello->u.tls.max_version, offered)));
        const cx_event *alert =
            c->tls.alert[by_server || too_new ? CX_FROM_SERVER : CX_FROM_CLIENT];
        uint8_t number = alert->u.tls.description;
        cx_find_format(j, f, "how", "the %s with alert %u (%s)",
                       too_new     ? "server refused that, and nothing older was offered,"
                       : by_server ? "server refused that"
                                   : "client refused the server's choice",
                       number, cx_tls_alert_text(number));
        cx_tls_show_alert(j, f, alert);
        cx_tls_show_hello(j, f, c);
        if (c->tls.server_hello)
            cx_show(j, f, c->tls.server_hello->at, "ServerHello, %s",
                    cx_tls_version_name(cx_conn_tls_version(c), version));
    }
}

const cx_rule cx_rule_tls_version_mismatch = {
    .id = "tls-version-mismatch",
    .title = "Client and server have no TLS version in common",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_version,
    .evidence = "Alert 70 (protocol_version) or 86 from the server instead of a ServerHello, or "
                "alert 70 from the client after it; or a close without an alert by a server that "
                "gave others a higher version than this client has. Likely: alert 40 to a client "
                "that offers TLS 1.3 alone; alert 40, 71 or 80 of a client of TLS 1.2 or later to "
                "a server that chose TLS 1.1 or older.",
    .rules_out = "A ServerHello that the client accepts; TLS 1.3 that the server gave to others.",
    .traps = "The version in the record header of the ClientHello says nothing. Browsers retry "
             "with other "
             "versions.",
    .explain = "{client} offered {offered} at best to {server}, and {how}.",
    .remedy = "Enable TLS 1.2 on the older side (operating system update, registry, or client "
              "update), or "
              "allow the older version on the other side knowingly.",
    .source = "RFC 5246 7.2.2, E.1; RFC 8446 4.2.1",
    .shadows = cx_tls_end_of_handshake,
};

/* The same port served another client by a version that this one has too, and a suite that it
 * lacks; and this one named the server, as that one did. */
static bool lacks_what_others_get(const cx_attempt *a, const cx_conn *c)
{
    const cx_ev_tls *hello = &c->tls.client_hello->u.tls;
    for (uint32_t i = 0; hello->sni.p && i < a->n_open_ports; i++) {
        const cx_open_port *p = &a->open_port[i];
        if (p->named_hello.frame && cx_endpoint_eq(&p->server, &c->server) &&
            p->named_version <= hello->max_version && !cx_tls_offers(hello, p->named_cipher))
            return true;
    }
    return false;
}

/* Suites for each kind of key that a server may have, with and without forward secrecy, as
 * libraries of today offer: that a server has none of them is less likely than that it does not
 * know the name or has no certificate, for which 40 is said too. */
static bool offers_all_kinds(const cx_ev_tls *hello)
{
    bool rsa =
        cx_tls_offers(hello, 0xc02f) || cx_tls_offers(hello, 0xc030); /* ECDHE-RSA, AES-GCM */
    bool ecdsa =
        cx_tls_offers(hello, 0xc02b) || cx_tls_offers(hello, 0xc02c); /* ECDHE-ECDSA, AES-GCM */
    return rsa && ecdsa && cx_tls_offers(hello, 0x002f);              /* RSA, AES-128-CBC-SHA */
}

/* The capture lacks part of the ClientHello, or all that the client sent. What comes first from the
 * server is the alert; 40 would be said of a name that is missing too, and only the hello tells. */
static void cipher_of_cut_hello(cx_judging *j, const cx_conn *c)
{
    bool unseen = c->tcp.one_sided ? !c->tcp.mid_stream : c->gap[CX_FROM_CLIENT];
    if (server_alert(c) != 71 || c->tls.server_hello || c->gap[CX_FROM_SERVER] || !unseen ||
        c->sip[CX_FROM_CLIENT].frame)
        return;
    cx_finding *f = cx_find(j, CX_LIKELY, c);
    f->goes_on_ns = NEXT_HELLO_NS;
    cx_find_format(j, f, "alert", "71 (%s)", cx_tls_alert_text(71));
    f->explain = "{server} found none of the cipher suites of {client} (with their groups and "
                 "signature algorithms) to suit it: alert {alert}. The ClientHello is not whole in "
                 "this capture.";
    cx_tls_show_alert(j, f, c->tls.alert[CX_FROM_SERVER]);
}

static void detect_cipher(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        uint8_t alert = server_alert(c);
        if (!c->tls.client_hello)
            cipher_of_cut_hello(j, c);
        if (!c->tls.client_hello || c->tls.server_hello || (alert != 40 && alert != 71) ||
            c->gap[CX_FROM_SERVER] || lacks_tls13(j->a, c))
            continue; /* a ServerHello that is missing would make it an alert about another thing */
        /* 71 says so; 40 is said for names and versions too, unless others show what is missing. */
        bool proven = alert == 71 || (lacks_what_others_get(j->a, c) && !is_new_only(c));
        if (!proven && offers_all_kinds(&c->tls.client_hello->u.tls))
            continue;
        cx_finding *f = cx_find(j, proven ? CX_PROVEN : CX_LIKELY, c);
        f->goes_on_ns = NEXT_HELLO_NS;
        cx_find_number(j, f, "ciphers", c->tls.client_hello->u.tls.n_ciphers);
        cx_find_format(j, f, "alert", "%u (%s)", alert, cx_tls_alert_text(alert));
        cx_tls_show_alert(j, f, c->tls.alert[CX_FROM_SERVER]);
        cx_show(j, f, c->tls.client_hello->at, "ClientHello with %u cipher suites",
                c->tls.client_hello->u.tls.n_ciphers);
    }
}

const cx_rule cx_rule_tls_no_common_cipher = {
    .id = "tls-no-common-cipher",
    .title = "Client and server have no cipher suite in common",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_cipher,
    .evidence = "Alert 40 (handshake_failure) or 71 (insufficient_security) from the server "
                "straight after the "
                "ClientHello. 40 proves it where the same port gave another client, by a version "
                "that this one has too, a suite that this one lacks; else it is likely, where the "
                "client does not offer suites for each kind of key.",
    .rules_out = "A ServerHello.",
    .traps =
        "Alert 40 is also said to a name that the server does not know. Alert 40 later in the "
        "handshake is about the client's certificate. A missing group or "
        "signature algorithm, or a server certificate of another key type, gives the same alert.",
    .explain =
        "{client} offered {server} {ciphers} cipher suites and none of them (with their groups and "
        "signature algorithms) suits the server: alert {alert}.",
    .remedy = "Align the cipher suites, groups and signature algorithms of both sides; check that "
              "the server's "
              "certificate has a key type that the client can use.",
    .source = "RFC 5246 7.2.2, 7.4.1.3",
    .shadows = cx_tls_end_of_handshake,
};
