/* Faults of the server's certificate (signin-failures 1.4, 6). */
#include "base/text.h"
#include "rules/cert_hidden.h"
#include "rules/certname.h"
#include "rules/judging.h"
#include "rules/tls_state.h"

/* What a certificate fault explains on the same connection. */
static const char *const end_of_handshake[] = {
    "tls-handshake-abandoned",     "tls-client-silent-reject", "tls-alert-fatal",
    "dns-strict-naming-violation", "tcp-reset-established",    NULL};

/* How the finding's sentence ends, and the confidence that the client's reaction allows. */
static cx_finding *fault(cx_judging *j, const cx_conn *c, cx_verdict_on_cert verdict, bool named,
                         bool dates)
{
    static const char *const reaction[] = {
        [CX_CERT_REFUSED_ALERT] = "; the client refused it with an alert",
        [CX_CERT_REFUSED_CLOSE] = "; the client closed the connection as soon as it had seen it",
        [CX_CERT_REFUSED_AFTER] =
            "; the client closed the connection after the handshake without using it",
        [CX_CERT_ACCEPTED] = "; this client went on all the same, others may refuse",
    };
    bool accepted = verdict == CX_CERT_ACCEPTED;
    cx_finding *f = cx_find(j, accepted || named ? CX_PROVEN : CX_LIKELY, c);
    const char *text = verdict >= CX_CERT_REFUSED_ALERT ? reaction[verdict] : NULL;
    cx_find_text(j, f, "reaction", cx_slice_of(text ? text : ""));
    f->recovered = accepted;
    if (accepted) /* whether a web site's name matters to anybody here is not known */
        f->severity = j->a->web_only && !dates ? CX_NOTE : CX_WARNING;
    return f;
}

static void show_reaction(cx_judging *j, cx_finding *f, const cx_conn *c)
{
    const cx_event *alert = c->tls.alert[CX_FROM_CLIENT];
    if (c->tls.client_hello && c->tls.client_hello->u.tls.sni.p)
        cx_show(j, f, c->tls.client_hello->at, "ClientHello, server_name %.*s",
                (int)c->tls.client_hello->u.tls.sni.len,
                (const char *)c->tls.client_hello->u.tls.sni.p);
    else if (c->tls.client_hello)
        cx_show(j, f, c->tls.client_hello->at, "ClientHello without server_name");
    if (alert) {
        cx_tls_show_alert(j, f, alert);
    }
    cx_show(j, f, c->tls.encrypted_alert[CX_FROM_CLIENT], "encrypted alert of the client");
    if (cx_conn_ended_by(c) == CX_FROM_CLIENT)
        cx_show(j, f, c->ended, "the client closes");
    if (c->host)
        cx_show(j, f, c->host->answer, "%.*s has the address of this server",
                (int)c->host->name.len, (const char *)c->host->name.p);
    if (c->srv)
        cx_show(j, f, c->srv->answer, "SRV %.*s led here", (int)c->srv->name.len,
                (const char *)c->srv->name.p);
}

/* The roots that the person gave rule out every other fault of the chain: the client that closed on
 * it had this one to mind. */
static bool nothing_else(const cx_conn *c, cx_verdict_on_cert v, cx_chain_trust but)
{
    return v == CX_CERT_REFUSED_CLOSE && c->tls.server_cert->u.tls.trust == but;
}

static bool judged(cx_verdict_on_cert v)
{
    return v >= CX_CERT_REFUSED_ALERT;
}

/* The client's alert names another defect than names and dates: 48 the issuer, 44 the revocation,
 * 43 the purpose, where that is wrong. */
static bool alert_blames_another(const cx_conn *c)
{
    uint8_t alert = cx_tls_client_alert(c);
    return alert == 48 || alert == 44 || (alert == 43 && cx_tls_wrong_purpose(c));
}

static bool alert_blames_dates(const cx_conn *c)
{
    return cx_tls_client_alert(c) == 45;
}

static void name_finding(cx_judging *j, bool short_names)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        cx_verdict_on_cert v = cx_tls_verdict(c);
        const cx_cert *leaf = cx_tls_leaf(c);
        const cx_cert *expired;
        if (!judged(v) || !leaf || alert_blames_dates(c) || alert_blames_another(c))
            continue;
        bool certain = true;
        cx_slice short_name = cx_tls_short_name(c, &certain);
        bool concluded = short_name.p && !certain;
        if ((short_name.p != NULL) != short_names)
            continue;
        if (concluded) { /* no name anywhere, though this client would have sent one */
            if (v == CX_CERT_ACCEPTED || cx_tls_expired(c, &expired) || cx_tls_not_yet_valid(c))
                continue;
            short_name = cx_say_address(j, &c->server);
            if (cx_cert_match(leaf, short_name))
                continue;
        } else if (!cx_tls_name_mismatch(c)) {
            continue;
        }
        cx_slice wanted = short_name.p ? short_name : cx_wanted_name(c);
        /* Inferred from a lookup, the name may be wrong where the client did not mind. */
        if (v == CX_CERT_ACCEPTED && c->wanted[0].source > CX_NAME_SRV_TARGET)
            continue;
        /* The lookup may have been for another name of that address; who sends alerts and names
         * sends the names that it compares. */
        if (!concluded && cx_tls_unsaid_name(c) && cx_tls_client_alert(c))
            continue;
        bool partial = cx_tls_name_partial(c);
        if (partial && v == CX_CERT_ACCEPTED)
            continue; /* tls-cert-wildcard-risk */
        bool named = cx_tls_alert_of_sole_defect(c) || nothing_else(c, v, CX_CHAIN_TRUSTED);
        cx_finding *f = fault(j, c, v, !concluded && named && !partial, false);
        cx_find_text(j, f, "wanted", wanted);
        cx_find_text(j, f, "names", cx_cert_names(leaf, j->arena));
        cx_show(j, f, c->tls.server_cert->at, "certificate for %.*s",
                (int)f->params[f->n_params - 1].text.len,
                (const char *)f->params[f->n_params - 1].text.p);
        show_reaction(j, f, c);
        if (concluded)
            f->explain =
                "{client} connected to {server} without naming a host (no server_name, and "
                "no lookup in this capture gave that address), so it was most likely given "
                "the IP address; the certificate is for {names}{reaction}.";
        if (concluded && !j->a->dns_seen) /* a filter by port hides lookups as well */
            f->explain =
                "{client} connected to {server} without naming a host (no server_name, and this "
                "capture has no DNS that could show one): most clients of its age leave the name "
                "out only where they were given an IP address; the certificate is for "
                "{names}{reaction}.";
        bool dated = cx_tls_expired(c, &expired) || cx_tls_not_yet_valid(c);
        if (partial && (dated || cx_tls_wrong_purpose(c)))
            f->confidence = CX_POSSIBLE; /* those are faults for every client */
        if (partial)
            f->explain =
                "{client} wanted {wanted}, and the certificate of {server} has it only by "
                "\"*\" for a part of a label ({names}), which some clients take and others "
                "do not (RFC 6125 6.4.3){reaction}.";
    }
}

static void detect_mismatch(cx_judging *j)
{
    name_finding(j, false);
}

static void detect_ip_used(cx_judging *j)
{
    name_finding(j, true);
}

const cx_rule cx_rule_tls_cert_ip_used = {
    .id = "tls-cert-ip-used",
    .title = "Server named by IP address or short name, the certificate has its full name",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_ip_used,
    .evidence = "The wanted name is an IP address or a single label, the certificate holds only "
                "full names, and "
                "the client refuses it or closes.",
    .rules_out =
        "An IP address name in the certificate that equals the address; a client that goes on.",
    .traps =
        "Old Communicator clients never send a server name, and cached lookups hide the name: then "
        "nothing is concluded.",
    .explain =
        "{client} was told to connect to {wanted}, but the server's certificate is for {names}"
        "{reaction}.",
    .remedy = "Enter the server's full name (FQDN) as it stands in the certificate, instead of the "
              "IP address "
              "or NetBIOS name, in Advanced Connection Settings.",
    .source = "Common Issues with Sign-in and Discovery, Failures with Manual Configuration; RFC "
              "6125 B.2",
    .shadows =
        (const char *const[]){"tls-cert-name-mismatch", "manual-server-is-ip",
                              "tls-handshake-abandoned", "tls-client-silent-reject",
                              "tls-alert-fatal", "tls-cert-self-signed", "tls-cert-untrusted",
                              "dns-strict-naming-violation", "tcp-reset-established", NULL},
};

const cx_rule cx_rule_tls_cert_name_mismatch = {
    .id = "tls-cert-name-mismatch",
    .title = "The certificate does not carry the name that the client wanted",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_mismatch,
    .evidence =
        "The leaf certificate was read; the wanted name (typed, SNI, SRV target, looked-up host) "
        "matches none of its DNS names, nor the common name where it has no DNS names; the client "
        "refuses it or closes.",
    .rules_out = "Any matching name; a client that goes on to use the connection.",
    .traps = "Microsoft clients compare the SRV target, others the SIP domain; the end of a CNAME "
             "chain is the wrong name; a wildcard covers one label only; several names may share "
             "one address. Of wildcards for a part of a label, for sip1, OpenSSL takes sip* and "
             "*1, NSS sip*, GnuTLS *1: where that alone would fit it is likely at most.",
    .explain =
        "{client} wanted {wanted}, but the certificate of {server} is for {names}{reaction}.",
    .remedy = "Reissue the certificate with {wanted} among its subject alternative names (pool, "
              "sip.<domain> "
              "and server FQDN), or point the DNS record or the client's server setting to a name "
              "that it "
              "carries.",
    .source =
        "Common Issues with Sign-in and Discovery, Failures with Manual Configuration and DNS "
        "Configuration; RFC 6125 6.4; RFC 2818 3.1",
    .shadows =
        (const char *const[]){"tls-handshake-abandoned", "tls-client-silent-reject",
                              "tls-alert-fatal", "tls-cert-self-signed", "tls-cert-untrusted",
                              "dns-strict-naming-violation", "tcp-reset-established", NULL},
};

static cx_slice say_date(cx_judging *j, int64_t ns)
{
    char text[CX_TIME_TEXT];
    cx_time_text(ns, 6, text);
    cx_slice s = cx_arena_printf(j->arena, "%.10s", text);
    return s.p ? s : cx_slice_of("?");
}

/* The client took a certificate that begins long after the time of its frame, or whose issuers
 * begin after it too: then the clock that gave the frame its time is behind, not theirs. */
static bool clock_is_behind(const cx_conn *c, cx_verdict_on_cert verdict)
{
    const int64_t year = INT64_C(365) * 86400 * CX_SECOND_NS;
    const cx_event *e = c->tls.server_cert;
    uint32_t later = 0, readable = 0;
    if (verdict != CX_CERT_ACCEPTED)
        return false;
    for (uint32_t i = 0; i < e->u.tls.n_chain; i++) {
        const cx_cert *cert = &e->u.tls.chain[i];
        readable += !cert->unreadable;
        later += !cert->unreadable && cert->not_before_ns > e->at.ts_ns;
    }
    return (readable > 1 && later == readable) ||
           cx_tls_leaf(c)->not_before_ns / 2 > e->at.ts_ns / 2 + year / 2;
}

static void date_finding(cx_judging *j, const cx_conn *c, const cx_cert *cert, bool expired)
{
    cx_verdict_on_cert v = cx_tls_verdict(c);
    bool named = alert_blames_dates(c) || cx_tls_alert_of_sole_defect(c);
    named = named || (nothing_else(c, v, CX_CHAIN_DATED) && !cx_tls_name_mismatch(c));
    cx_finding *f = fault(j, c, v, named, true);
    int64_t now = c->tls.server_cert->at.ts_ns;
    /* A certificate may name any year: in days nothing overflows. */
    const int64_t day = INT64_C(86400) * 1000000000;
    int64_t days =
        expired ? now / day - cert->not_after_ns / day : cert->not_before_ns / day - now / day;
    cx_find_text(j, f, "subject", cx_tls_subject(cert));
    cx_find_text(j, f, "date", say_date(j, expired ? cert->not_after_ns : cert->not_before_ns));
    cx_find_number(j, f, "days", days);
    if (!expired && clock_is_behind(c, v)) {
        f->severity = CX_NOTE;
        f->explain =
            "The certificate of {server} ({subject}) is valid only from {date}, {days} days "
            "after {client} connected, and the client took it: the clock of the capturing "
            "host was most likely behind.";
    }
    cx_show(j, f, c->tls.server_cert->at,
            expired ? "certificate valid until %.*s" : "certificate valid from %.*s", 10,
            (const char *)f->params[f->n_params - 2].text.p);
    show_reaction(j, f, c);
}

static void detect_expired(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_cert *cert;
        if (judged(cx_tls_verdict(c)) && cx_tls_leaf(c) && cx_tls_expired(c, &cert) &&
            !alert_blames_another(c))
            date_finding(j, c, cert, true);
    }
    cx_cert_hidden_find(j, 45,
                        "{client} refused the certificate of {server} with alert {alert}: it has "
                        "expired, or the clock of the client is wrong. {hidden}");
}

static void detect_not_yet(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (judged(cx_tls_verdict(c)) && cx_tls_not_yet_valid(c) && !alert_blames_another(c))
            date_finding(j, c, cx_tls_leaf(c), false);
    }
}

const cx_rule cx_rule_tls_cert_expired = {
    .id = "tls-cert-expired",
    .title = "The server's certificate has expired",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_expired,
    .evidence = "A certificate of the chain that the server sent ends before the time of its "
                "frame, and the client refuses it or closes; where TLS 1.3 hides the certificate, "
                "alert 45 from the client, which some send in clear.",
    .rules_out = "A capture clock that is wrong; a client that goes on.",
    .traps =
        "The time is that of the capturing host. Alert 42 may mean the dates too, not only 45.",
    .explain =
        "The certificate of {server} ({subject}) expired on {date}, {days} days before {client} "
        "connected{reaction}.",
    .remedy =
        "Renew the certificate and assign it to the service; check the clock of client and server "
        "first if the date surprises.",
    .source = "RFC 5280 4.1.2.5; RFC 5246 7.2.2; Preventing Lync Server certificate expiration",
    .shadows = end_of_handshake,
};

const cx_rule cx_rule_tls_cert_not_yet_valid = {
    .id = "tls-cert-not-yet-valid",
    .title = "The server's certificate is not valid yet",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_not_yet,
    .evidence = "The leaf certificate begins after the time of its frame, and the client refuses "
                "it or closes.",
    .rules_out = "A client that goes on; a capture clock that is wrong, as where the client took a "
                 "chain of which no certificate was valid, or one that begins a year later.",
    .traps = "Usually the clock of the client, or of the authority that issued it, is wrong.",
    .explain = "The certificate of {server} ({subject}) is valid only from {date}, {days} days "
               "after {client} "
               "connected{reaction}.",
    .remedy = "Compare the clocks of client and server; if they are right, issue the certificate "
              "anew with "
              "a start date in the past.",
    .source = "RFC 5280 4.1.2.5",
    .shadows = end_of_handshake,
};

/* The roots that the person gave do not know the issuer. Without them: the chain ends in a root
 * that no public program knows, for it came along, or nothing but the leaf did. A client that
 * completed the handshake first must have been led here by discovery, or be one that judges then,
 * for a bare probe of the port looks the same; one that sends an alert before the server's Finished
 * is no probe. */
static bool private_issuer(const cx_attempt *a, const cx_conn *c, cx_verdict_on_cert v)
{
    const cx_ev_tls *tls = &c->tls.server_cert->u.tls;
    const cx_cert *top = &tls->chain[tls->n_chain - 1];
    bool root_sent = !top->unreadable && top->self_issued;
    if (a->web_only)
        return false;
    if (tls->trust == CX_CHAIN_TRUSTED || tls->trust == CX_CHAIN_DATED)
        return false; /* the roots that the person gave know it */
    /* It names every host: without a name it was given an address, which the names do not fit. */
    bool late = cx_tls_judges_late(c) && c->tls.client_hello->u.tls.sni.p;
    bool meant = a->configuration == CX_CONFIG_AUTOMATIC || late;
    if (tls->trust == CX_CHAIN_UNTRUSTED)
        return v == CX_CERT_REFUSED_CLOSE || meant;
    if (v == CX_CERT_REFUSED_CLOSE)
        return root_sent;
    meant |= cx_tls_refused_early(c);
    return meant && (root_sent || tls->n_chain == 1);
}

/* What the roots that the person gave say of the chain, as the end of a sentence. */
static cx_slice say_verified(cx_judging *j, const cx_ev_tls *cert)
{
    cx_slice text = {NULL, 0};
    if (cert->trust == CX_CHAIN_UNTRUSTED)
        text = cx_arena_printf(j->arena, "; verified with the certificates of --trust: %s",
                               cert->trust_fault);
    else if (cert->trust == CX_CHAIN_TRUSTED || cert->trust == CX_CHAIN_DATED)
        text = cx_slice_of("; the certificates of --trust vouch for it, so that this client's "
                           "own store must lack them");
    return text.p ? text : cx_slice_of("");
}

/* The client asked whether the certificate is revoked, and the answer "good" was not seen. */
static bool learned_of_revocation(const cx_attempt *a, const cx_conn *c)
{
    if (c->tls.ocsp_at.frame && c->tls.ocsp.status == CX_OCSP_GOOD)
        return false;
    for (uint32_t i = 0; i < a->n_fetches; i++)
        if (a->fetches[i].conn == c && a->fetches[i].kind != CX_URL_ISSUER &&
            a->fetches[i].first.frame)
            return true;
    return false;
}

/* How sure it is that the client left because of the issuer; false: it did not, or there is no
 * sign of it. Only unknown_ca names the issuer. 42 and 46 name no defect (GnuTLS sends 42 for this
 * one), and without an alert it is an inference too: nothing else is wrong with the leaf. Where the
 * person gave the roots, the chain itself tells. */
static bool blames_issuer(const cx_attempt *a, const cx_conn *c, cx_confidence *ret)
{
    const cx_cert *leaf = cx_tls_leaf(c);
    cx_chain_trust trust = c->tls.server_cert->u.tls.trust;
    cx_verdict_on_cert v = cx_tls_verdict(c);
    uint8_t alert = cx_tls_client_alert(c);
    if (alert == 48) {
        *ret = CX_PROVEN;
        return true;
    }
    if (trust == CX_CHAIN_TRUSTED || trust == CX_CHAIN_DATED || cx_tls_other_defect(c) ||
        cx_tls_weak_cert(c, NULL))
        return false;
    if (alert == 42 && cx_tls_names_issuers(c) && trust != CX_CHAIN_UNTRUSTED)
        return false; /* the issuer it would have named */
    bool generic = alert == 42 || alert == 46;
    bool missing = c->gap[CX_FROM_SERVER] || learned_of_revocation(a, c);
    if (generic && missing && trust != CX_CHAIN_UNTRUSTED)
        return false; /* that may be why: an OCSP answer, a list that is not read */
    if (!generic && (alert || !private_issuer(a, c, v)))
        return false;
    if (trust == CX_CHAIN_UNTRUSTED) {
        bool named = c->n_wanted && c->tls.client_hello;
        *ret = named && v != CX_CERT_REFUSED_AFTER ? CX_PROVEN : CX_LIKELY;
        return true;
    }
    if (!c->tls.client_hello || (!c->n_wanted && !(generic && leaf->self_signed)))
        return false; /* the name may be wrong as well */
    *ret = generic || cx_tls_went_on(a, c) ? CX_LIKELY : CX_POSSIBLE;
    return true;
}

static void issuer_finding(cx_judging *j, bool self_signed)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_cert *leaf = cx_tls_leaf(c);
        cx_verdict_on_cert v = cx_tls_verdict(c);
        cx_confidence confidence = CX_PROVEN;
        if (!leaf || !judged(v) || leaf->self_signed != self_signed)
            continue;
        const cx_ev_tls *cert = &c->tls.server_cert->u.tls;
        bool accepted = v == CX_CERT_ACCEPTED;
        if (accepted ? cert->trust != CX_CHAIN_UNTRUSTED || j->a->web_only
                     : !blames_issuer(j->a, c, &confidence))
            continue;
        cx_finding *f = fault(j, c, v, true, false);
        f->confidence = confidence;
        cx_find_text(j, f, "subject", cx_tls_subject(leaf));
        cx_find_text(j, f, "issuer", leaf->issuer);
        cx_find_number(j, f, "certificates", cert->n_chain);
        cx_find_text(j, f, "verified", say_verified(j, cert));
        if (cert->trust_fault)
            cx_find_text(j, f, "trust_fault", cx_slice_of(cert->trust_fault));
        uint8_t alert = cx_tls_client_alert(c);
        if (alert == 42 || alert == 46) /* OpenSSL says 42 for a name that it compares as well */
            f->explain =
                "{client} refused the certificate of {server} ({subject}, issued by "
                "{issuer}) with an alert that does not say why. Its names and dates are "
                "right, so that most likely the client does not know the issuer{verified}.";
        cx_show(j, f, c->tls.server_cert->at, "certificate issued by %.*s", (int)leaf->issuer.len,
                (const char *)leaf->issuer.p);
        show_reaction(j, f, c);
        if (accepted && !self_signed)
            f->explain = "The certificates of --trust do not vouch for the certificate of "
                         "{server} ({subject}, issued by {issuer}; the server sent "
                         "{certificates} certificate(s)){reaction}{verified}.";
    }
}

static void detect_untrusted(cx_judging *j)
{
    issuer_finding(j, false);
    cx_cert_hidden_find(
        j, 48,
        "{client} refused the certificate of {server} with alert {alert}: it does "
        "not know the issuer, or was not sent the certificates in between. {hidden}");
}

static void detect_self_signed(cx_judging *j)
{
    issuer_finding(j, true);
}

const cx_rule cx_rule_tls_cert_untrusted = {
    .id = "tls-cert-untrusted",
    .title = "The client does not trust the certificate's issuer",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_untrusted,
    .evidence =
        "Alert 48 (unknown_ca) from the client after the server's certificate; or, as an "
        "inference where names, dates and purpose fit, alert 42 or 46, or a client that leaves "
        "without an alert and the chain ends in a root of its own. With --trust the chain is "
        "verified as of its time, and a chain that fails needs no such sign. Where TLS 1.3 hides "
        "the "
        "certificate, alert 48 in clear tells as much.",
    .rules_out = "The client goes on; a chain that the certificates of --trust vouch for, unless "
                 "the alert is 48.",
    .traps =
        "Alert 48 sent by the server is about the client's certificate. A missing intermediate "
        "certificate gives the same alert: compare the issuer with the certificates that were "
        "sent.",
    .explain =
        "{client} does not know the issuer of the certificate of {server} ({subject}, issued by "
        "{issuer}; the server sent {certificates} certificate(s)){reaction}{verified}.",
    .remedy =
        "Install the root certificate of that issuer on the client, and let the server send the "
        "intermediate certificates.",
    .source = "RFC 5246 7.2.2 (unknown_ca)",
    .shadows = end_of_handshake,
};

const cx_rule cx_rule_tls_cert_self_signed = {
    .id = "tls-cert-self-signed",
    .title = "The server's certificate is self-signed and the client refuses it",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_self_signed,
    .evidence = "The leaf's issuer is its subject and its signature is by its own key; the client "
                "answers with "
                "alert 48, or 42 or 46 where no other defect is visible.",
    .rules_out = "The client goes on.",
    .traps = "Laboratories accept such certificates by pinning.",
    .explain = "The certificate of {server} ({subject}) is signed by itself, so no client trusts "
               "it unasked{reaction}{verified}.",
    .remedy = "Use a certificate of an authority that the clients trust, or install this one as "
              "trusted on "
              "each client.",
    .source = "RFC 5246 7.2.2; RFC 5280 6.1",
    .shadows = end_of_handshake,
};
