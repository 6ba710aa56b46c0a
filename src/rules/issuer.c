/* What the whole capture tells of a certificate's issuer: that it was not sent, or that it signs
 * for everybody (signin-failures 1.3, 1.4). */
#include "base/text.h"
#include "event/cert.h"
#include "rules/judging.h"
#include "rules/tls_state.h"
#include "signin/fetch.h"

/* How the client took the certificate, as the end of a sentence, with the frames that show it. */
static void say_reaction(cx_judging *j, cx_finding *f, const cx_conn *c, cx_verdict_on_cert v)
{
    const cx_event *alert = c->tls.alert[CX_FROM_CLIENT];
    if (alert) {
        cx_find_format(j, f, "reaction", "the client refused it with alert %u (%s)",
                       alert->u.tls.description, cx_tls_alert_text(alert->u.tls.description));
        cx_tls_show_alert(j, f, alert);
    } else {
        cx_find_text(j, f, "reaction",
                     cx_slice_of(v == CX_CERT_ACCEPTED ? "this client went on all the same"
                                                       : "the client closed the connection"));
        if (v != CX_CERT_ACCEPTED)
            cx_show(j, f, c->ended, "the client closes");
    }
}

/* ---- tls-cert-chain-incomplete ---- */

/* What the client did to get the certificate of end's issuer; NULL: nothing. */
static const cx_fetch *search_of(const cx_attempt *a, const cx_cert *end)
{
    for (uint32_t i = 0; i < a->n_fetches; i++) {
        const cx_fetch *f = &a->fetches[i];
        bool sure = cx_fetch_kinds(a, f) == 1u << CX_URL_ISSUER;
        if (f->cert == end && sure && (f->first.frame || f->lookup))
            return f;
    }
    return NULL;
}

/* What tells that the issuer of the last certificate is no root. */
typedef struct proof {
    const cx_cert *end;
    const cx_fetch *search; /* the client looked for its certificate */
    bool search_failed;
    bool seen; /* another server sent it */
    bool by_rules;
} proof;

static bool prove(const cx_attempt *a, const cx_conn *c, proof *ret)
{
    const cx_event *e = c->tls.server_cert;
    const cx_cert *end = cx_tls_leaf(c) ? cx_cert_chain_end(&e->u.tls) : NULL;
    if (!end || end->self_issued || e->u.tls.trust == CX_CHAIN_TRUSTED ||
        e->u.tls.trust == CX_CHAIN_DATED)
        return false;
    int64_t until = cx_conn_ended_by(c) >= 0 ? c->ended.ts_ns : a->decided_ns;
    *ret = (proof){.end = end,
                   .search = search_of(a, end),
                   .seen = c->issuer_seen.at.frame != 0,
                   .by_rules = end == e->u.tls.chain && end->public_rules};
    ret->search_failed = ret->search && cx_fetch_failed(ret->search, until);
    return ret->seen || ret->search || ret->by_rules;
}

/* Did the client leave because of that, and how sure is it? False: it did not. */
static bool blames_chain(const cx_attempt *a, const cx_conn *c, const proof *p,
                         cx_verdict_on_cert v, cx_confidence *ret)
{
    uint8_t alert = cx_tls_client_alert(c);
    if (v == CX_CERT_ACCEPTED) { /* a fetched certificate may be that of the root */
        *ret = p->seen || p->by_rules ? CX_PROVEN : CX_LIKELY;
        return !a->web_only;
    }
    if (p->search && !p->search_failed)
        return false; /* it got the certificate, and refused for another reason */
    *ret = alert == 48 && c->issuer_seen.taken ? CX_PROVEN : CX_LIKELY;
    if (alert == 48)
        return true;
    if (v < CX_CERT_REFUSED_ALERT || (alert && alert != 42 && alert != 46) || a->web_only ||
        cx_tls_other_defect(c))
        return false;
    /* A bare probe of the port leaves after the handshake too. */
    if (v == CX_CERT_REFUSED_AFTER && a->configuration != CX_CONFIG_AUTOMATIC &&
        !p->search_failed && !cx_tls_judges_late(c))
        return false;
    if (!p->search_failed && !p->seen)
        *ret = CX_POSSIBLE;
    return true;
}

static void say_proof(cx_judging *j, cx_finding *f, const cx_conn *c, const proof *p)
{
    if (p->seen) {
        cx_slice other = cx_say_server(j, &c->issuer_seen.server);
        cx_find_format(j, f, "why", "it is an intermediate certificate, which %.*s did send",
                       (int)other.len, (const char *)other.p);
        cx_show(j, f, c->issuer_seen.at, "another server sends the certificate of that issuer");
    } else if (p->search) {
        cx_find_format(j, f, "why", "the client went for it to %.*s, which the certificate names%s",
                       (int)p->search->url.len, (const char *)p->search->url.p,
                       p->search_failed ? ", and did not get it" : "");
    } else {
        cx_find_text(j, f, "why",
                     cx_slice_of("the certificate was issued by the rules of public authorities, "
                                 "whose roots sign no server's certificate themselves"));
    }
    if (p->search) {
        cx_show(j, f, p->search->first, "the client goes to %.*s", (int)p->search->host.len,
                (const char *)p->search->host.p);
        cx_show(j, f, p->search->request, "request for the issuer's certificate");
        cx_show(j, f, p->search->answer, "what came back");
        if (p->search->lookup)
            cx_show(j, f, p->search->lookup->query, "lookup of %.*s", (int)p->search->host.len,
                    (const char *)p->search->host.p);
    }
}

static void detect_incomplete(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        cx_verdict_on_cert v = cx_tls_verdict(c);
        cx_confidence confidence = CX_LIKELY;
        proof p;
        if (!prove(j->a, c, &p) || !blames_chain(j->a, c, &p, v, &confidence))
            continue;
        cx_finding *f = cx_find(j, confidence, c);
        cx_find_text(j, f, "subject", cx_tls_subject(p.end));
        cx_find_text(j, f, "issuer", p.end->issuer);
        cx_find_number(j, f, "certificates", c->tls.server_cert->u.tls.n_chain);
        cx_show(j, f, c->tls.server_cert->at, "%u certificate(s), without that of the issuer %.*s",
                c->tls.server_cert->u.tls.n_chain, (int)p.end->issuer.len,
                (const char *)p.end->issuer.p);
        say_reaction(j, f, c, v);
        say_proof(j, f, c, &p);
        if (v == CX_CERT_ACCEPTED) {
            f->recovered = true;
            f->severity = CX_WARNING;
        }
    }
}

const cx_rule cx_rule_tls_cert_chain_incomplete = {
    .id = "tls-cert-chain-incomplete",
    .title = "The server does not send the intermediate certificate",
    .default_severity = CX_WARNING,
    .stops = true, /* Windows fetches and keeps such certificates */
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_incomplete,
    .evidence =
        "The chain that the server sent ends in a certificate whose issuer is not in it, and that "
        "issuer is no root: another server of the capture sent its certificate, or the client goes "
        "to fetch it where the certificate says (AIA), or the leaf follows the rules of public "
        "authorities; and the client refuses with alert 48, or 42 or 46, or closes.",
    .rules_out = "A chain that ends in a root, or that the certificates of --trust vouch for; a "
                 "client that fetched the certificate and refused all the same; a client that goes "
                 "on (then it is a warning).",
    .traps =
        "A single certificate signed by a root is a complete chain. Windows fetches and keeps "
        "intermediate certificates, so that the same server works for one computer and not "
        "for the next. Where an authority signs servers with its root and publishes that, clients "
        "that lack the root go for it too. Without one of these signs, alert 48 is told as "
        "tls-cert-untrusted.",
    .explain = "{server} sent {certificates} certificate(s), without that of {issuer}, which "
               "issued {subject}: {why}; {reaction}.",
    .remedy = "Install the certificate of {issuer} on the server among its intermediate "
              "certificates, so that it is sent with the server's own.",
    .source = "RFC 5246 7.4.2; RFC 8446 4.4.2; RFC 5280 4.2.2.1; CA/Browser Forum Baseline "
              "Requirements 6.1.7; SBC connectivity issues (Microsoft Teams)",
    .shadows = (const char *const[]){"tls-cert-untrusted", "tls-handshake-abandoned",
                                     "tls-client-silent-reject", "tls-alert-fatal",
                                     "dns-strict-naming-violation", "tcp-reset-established", NULL},
};

/* ---- proxy-tls-interception ---- */

#define LEAST_OTHERS 2u /* unrelated domains: an owner may have a second one */

static void detect_interception(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_cert *leaf = cx_tls_leaf(c);
        cx_verdict_on_cert v = cx_tls_verdict(c);
        uint8_t alert = cx_tls_client_alert(c);
        if (!leaf || c->issuer_signs.n < LEAST_OTHERS || j->a->web_only || v == CX_CERT_UNSEEN ||
            v == CX_CERT_UNDECIDED || (alert && alert != 42 && alert != 46 && alert != 48) ||
            (alert != 48 && cx_tls_other_defect(c)))
            continue;
        bool after = v == CX_CERT_REFUSED_AFTER && j->a->configuration != CX_CONFIG_AUTOMATIC;
        cx_finding *f = cx_find(j, after ? CX_POSSIBLE : CX_LIKELY, c);
        cx_find_text(j, f, "subject", cx_tls_subject(leaf));
        cx_find_text(j, f, "issuer", leaf->issuer);
        cx_find_format(j, f, "others", "%s and %s", c->issuer_signs.of[0].name,
                       c->issuer_signs.of[1].name);
        cx_show(j, f, c->tls.server_cert->at, "certificate for %.*s", (int)cx_tls_subject(leaf).len,
                (const char *)cx_tls_subject(leaf).p);
        say_reaction(j, f, c, v);
        for (uint32_t k = 0; k < c->issuer_signs.n; k++)
            cx_show(j, f, c->issuer_signs.of[k].at, "the same issuer signs for %s",
                    c->issuer_signs.of[k].name);
        if (v == CX_CERT_ACCEPTED) {
            f->recovered = true;
            f->severity = CX_NOTE;
        }
    }
}

const cx_rule cx_rule_proxy_tls_interception = {
    .id = "proxy-tls-interception",
    .title = "A proxy on the way opens TLS and shows certificates of its own",
    .default_severity = CX_WARNING,
    .stops = true, /* who trusts the proxy gets through */
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_interception,
    .evidence = "The issuer of the server's certificate also signs for servers of two or more "
                "unrelated public domains in this capture, and is none of the authorities that "
                "browsers trust: its certificates name neither a policy of theirs nor where "
                "revocation is told. The client refuses the certificate or closes.",
    .rules_out =
        "Certificates that name revocation lists, OCSP, or a policy of public "
        "authorities; names of one domain only; a client that goes on (then it is a note).",
    .traps = "Internal servers use an authority of their own by right: names of two domains may "
             "belong to one owner. Names below .local, .internal and their like are not counted.",
    .explain = "The certificate of {server} ({subject}) is issued by {issuer}, which in this "
               "capture also signs for {others}: that is how a proxy that inspects TLS shows "
               "itself, and {reaction}.",
    .remedy = "Exempt the names of the edge and of the web services from TLS inspection, or let "
              "the clients trust the proxy's authority (sign-in by TLS-DSK or with client "
              "certificates fails behind inspection all the same).",
    .source = "RFC 8446 9.3; CA/Browser Forum Baseline Requirements 7.1.2",
    .shadows = (const char *const[]){"tls-cert-untrusted", "tls-cert-chain-incomplete",
                                     "tls-handshake-abandoned", "tls-client-silent-reject",
                                     "tls-alert-fatal", "dns-strict-naming-violation",
                                     "tcp-reset-established", NULL},
};
