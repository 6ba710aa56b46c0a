/* Issuers of certificates that were not sent, or that sign for everybody. Scenes that fire the
 * rules, and twins that differ in what rules them out. */
#include "issuer_scenes.h"
#include "said_cases.h"

/* ---- chains ---- */

static cx_cert below(cx_san *san)
{
    cx_cert leaf = cert_of("ocs1.contoso.com", "CN=Issuing", san);
    leaf.url = urls + 1;
    leaf.n_urls = 1;
    leaf.issuer_key_id = 7;
    return leaf;
}

static void another_server_sends_it(scene *s, bool taken)
{
    cx_san san;
    cx_cert chain[] = {cert_of("web.contoso.com", "CN=Issuing", &san), issuing_ca()};
    scene_conn c = shown(s, "10.0.0.6:443", "web.contoso.com", chain, 2);
    if (taken)
        goes_on(s, &c);
    else
        scene_close(s, &c, S);
}

static void chain_seen(scene *s)
{
    cx_san san;
    cx_cert leaf = below(&san);
    another_server_sends_it(s, false);
    scene_conn c = sign_in(s, &leaf);
    refuses(s, &c, 48);
}

static void chain_seen_taken(scene *s)
{
    cx_san san;
    cx_cert leaf = below(&san);
    another_server_sends_it(s, true);
    scene_wait(s, 90);
    scene_conn c = sign_in(s, &leaf);
    refuses(s, &c, 48);
}

static void chain_seen_close(scene *s)
{
    cx_san san;
    cx_cert leaf = below(&san);
    another_server_sends_it(s, false);
    scene_conn c = sign_in(s, &leaf);
    refuses(s, &c, 0);
}

static void chain_seen_alert(scene *s, bool taken, uint8_t alert)
{
    cx_san san;
    cx_cert leaf = below(&san);
    another_server_sends_it(s, taken);
    scene_wait(s, 90);
    scene_conn c = sign_in(s, &leaf);
    refuses(s, &c, alert);
}

static void chain_seen_42(scene *s)
{
    chain_seen_alert(s, true, 42);
}

static void chain_seen_46(scene *s)
{
    chain_seen_alert(s, false, 46);
}

static void chain_seen_43(scene *s) /* the alert names another defect */
{
    chain_seen_alert(s, false, 43);
}

static void chain_seen_open(scene *s) /* what the client thinks of it is not in sight */
{
    cx_san san;
    cx_cert leaf = below(&san);
    another_server_sends_it(s, false);
    (void)sign_in(s, &leaf);
    scene_wait(s, 6);
}

static void chain_seen_web_close(scene *s) /* browsers leave for many reasons */
{
    cx_san san;
    cx_cert leaf = below(&san);
    another_server_sends_it(s, false);
    scene_conn c = shown(s, "10.0.0.8:443", "ocs1.contoso.com", &leaf, 1);
    refuses(s, &c, 0);
}

static void chain_seen_other_name(scene *s) /* which is reason enough */
{
    cx_san san;
    cx_cert leaf = below(&san);
    another_server_sends_it(s, false);
    scene_conn c = shown(s, SERVER, "ocs2.contoso.com", &leaf, 1);
    refuses(s, &c, 0);
}

static void chain_seen_after(scene *s) /* discovery led there: no probe of the port */
{
    cx_san san;
    cx_cert leaf = below(&san);
    another_server_sends_it(s, false);
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = sign_in(s, &leaf);
    scene_finish(s, &c);
    scene_close(s, &c, C);
}

static void chain_seen_probe(scene *s)
{
    cx_san san;
    cx_cert leaf = below(&san);
    another_server_sends_it(s, false);
    scene_conn c = sign_in(s, &leaf);
    scene_finish(s, &c);
    scene_close(s, &c, C);
}

static void chain_other_key(scene *s) /* an issuer of the same name that is another one */
{
    cx_san san;
    cx_cert leaf = below(&san);
    leaf.issuer_key_id = 8;
    another_server_sends_it(s, false);
    scene_conn c = sign_in(s, &leaf);
    refuses(s, &c, 48);
}

static void chain_no_sign(scene *s) /* alert 48 alone: the root may be what is unknown */
{
    cx_san san;
    cx_cert leaf = below(&san);
    scene_conn c = sign_in(s, &leaf);
    refuses(s, &c, 48);
}

static void chain_sent(scene *s)
{
    cx_san san;
    cx_cert chain[] = {below(&san),
                       issuing_ca(),
                       {.subject = cx_slice_of("CN=Root"),
                        .issuer = cx_slice_of("CN=Root"),
                        .self_issued = true,
                        .self_signed = true,
                        .ca = true}};
    another_server_sends_it(s, false);
    scene_conn c = shown(s, SERVER, "ocs1.contoso.com", chain, 3);
    refuses(s, &c, 48);
}

static void chain_public(scene *s)
{
    cx_san san;
    cx_cert leaf = below(&san);
    leaf.public_rules = true;
    scene_conn c = sign_in(s, &leaf);
    refuses(s, &c, 48);
}

static void chain_public_close(scene *s)
{
    cx_san san;
    cx_cert leaf = below(&san);
    leaf.public_rules = true;
    scene_conn c = sign_in(s, &leaf);
    refuses(s, &c, 0);
}

static void chain_public_and_issuer(scene *s) /* what is above that, nobody says */
{
    cx_san san;
    cx_cert chain[] = {below(&san), issuing_ca()};
    chain[0].public_rules = chain[1].public_rules = true;
    scene_conn c = shown(s, SERVER, "ocs1.contoso.com", chain, 2);
    refuses(s, &c, 48);
}

static void chain_fetch(scene *s, uint16_t status)
{
    cx_san san;
    cx_cert leaf = below(&san);
    scene_conn c = sign_in(s, &leaf);
    scene_lookup(s, "A", "pki.contoso.com", "10.0.0.80");
    scene_conn pki = scene_open(s, "10.0.0.80:80");
    scene_http(s, &pki, "GET", "pki.contoso.com", "/ca.crt", 0);
    scene_http(s, &pki, "GET", NULL, NULL, status);
    refuses(s, &c, 42);
}

static void chain_fetch_fails(scene *s)
{
    chain_fetch(s, 404);
}

static void chain_fetch_helps_not(scene *s) /* so that was not what it lacked */
{
    chain_fetch(s, 200);
}

static void chain_host_unknown(scene *s) /* that is where the search ends */
{
    cx_san san;
    cx_cert leaf = below(&san);
    scene_conn c = sign_in(s, &leaf);
    scene_lookup(s, "A", "pki.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "pki.contoso.com", "NXDOMAIN");
    refuses(s, &c, 42);
}

static void chain_unknown_after(scene *s) /* who searches is no probe */
{
    cx_san san;
    cx_cert leaf = below(&san);
    scene_conn c = sign_in(s, &leaf);
    scene_lookup(s, "A", "pki.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "pki.contoso.com", "NXDOMAIN");
    scene_finish(s, &c);
    scene_close(s, &c, C);
}

static void chain_left_before(scene *s) /* it did not wait for what it looked for */
{
    cx_san san;
    cx_cert leaf = below(&san);
    scene_conn c = sign_in(s, &leaf);
    scene_lookup(s, "A", "pki.contoso.com", "10.0.0.80");
    scene_conn pki = scene_syn(s, "10.0.0.80:80");
    refuses(s, &c, 48);
    scene_wait(s, 3);
    scene_syn_again(s, &pki);
    scene_wait(s, 6);
    scene_timeout(s, &pki);
}

static void chain_root_with_place(scene *s) /* a root has no issuer, whatever it names */
{
    cx_san san;
    cx_cert chain[] = {cert_of("ocs1.contoso.com", "CN=Root", &san),
                       {.subject = cx_slice_of("CN=Root"),
                        .issuer = cx_slice_of("CN=Root"),
                        .url = urls + 1,
                        .n_urls = 1,
                        .self_issued = true,
                        .self_signed = true,
                        .ca = true}};
    scene_conn c = shown(s, SERVER, "ocs1.contoso.com", chain, 2);
    scene_lookup(s, "A", "pki.contoso.com", "10.0.0.80");
    scene_conn pki = scene_open(s, "10.0.0.80:80");
    scene_http(s, &pki, "GET", "pki.contoso.com", "/ca.crt", 0);
    scene_http(s, &pki, "GET", NULL, NULL, 404);
    refuses(s, &c, 48);
}

static void chain_fetched_48(scene *s) /* it has the issuer now, and does not know the root */
{
    cx_san san;
    cx_cert leaf = below(&san);
    scene_conn c = sign_in(s, &leaf);
    scene_lookup(s, "A", "pki.contoso.com", "10.0.0.80");
    scene_conn pki = scene_open(s, "10.0.0.80:80");
    scene_http(s, &pki, "GET", "pki.contoso.com", "/ca.crt", 0);
    scene_http(s, &pki, "GET", NULL, NULL, 200);
    refuses(s, &c, 48);
}

static void chain_shared_host(scene *s) /* a SYN does not say whether it is for the list */
{
    cx_cert_url both[] = {{CX_URL_CRL, cx_slice_of("http://pki.contoso.com/a.crl")}, urls[1]};
    cx_san san;
    cx_cert leaf = below(&san);
    leaf.url = both;
    leaf.n_urls = 2;
    scene_conn c = sign_in(s, &leaf);
    scene_lookup(s, "A", "pki.contoso.com", "10.0.0.80");
    scene_conn pki = scene_syn(s, "10.0.0.80:80");
    scene_refused(s, &pki);
    refuses(s, &c, 42);
}

static void chain_taken(scene *s)
{
    cx_san san;
    cx_cert leaf = below(&san);
    leaf.public_rules = true;
    scene_conn c = sign_in(s, &leaf);
    goes_on(s, &c);
}

static void chain_trusted(scene *s) /* the roots of the person know the issuer */
{
    s->trust = CX_CHAIN_TRUSTED;
    chain_public(s);
}

static void chain_vouched_once(scene *s) /* all but the dates: the roots know the issuer */
{
    s->trust = CX_CHAIN_DATED;
    chain_public(s);
}

static void chain_taken_seen(scene *s)
{
    cx_san san;
    cx_cert leaf = below(&san);
    another_server_sends_it(s, false);
    scene_conn c = sign_in(s, &leaf);
    goes_on(s, &c);
}

static void chain_taken_web(scene *s) /* a web site, which is no matter of a sign-in */
{
    cx_san san;
    cx_cert leaf = cert_of("www.example.com", "CN=Issuing", &san);
    leaf.public_rules = true;
    scene_conn c = shown(s, "10.0.0.8:443", "www.example.com", &leaf, 1);
    goes_on(s, &c);
}

static void chain_taken_fetched(scene *s) /* what it fetched may be the root */
{
    cx_san san;
    cx_cert leaf = below(&san);
    scene_conn c = sign_in(s, &leaf);
    scene_lookup(s, "A", "pki.contoso.com", "10.0.0.80");
    scene_conn pki = scene_open(s, "10.0.0.80:80");
    scene_http(s, &pki, "GET", "pki.contoso.com", "/ca.crt", 0);
    scene_http(s, &pki, "GET", NULL, NULL, 200);
    goes_on(s, &c);
}

/* ---- interception ---- */

static void site(scene *s, const char *name, const char *issuer, cx_cert_url *url)
{
    cx_san san;
    cx_cert leaf = cert_of(name, issuer, &san);
    leaf.url = url;
    leaf.n_urls = url != NULL;
    scene_conn c = shown(s, "192.0.2.7:8443", name, &leaf, 1);
    scene_close(s, &c, C);
}

static void intercepted(scene *s, const char *first, const char *second, cx_cert_url *url,
                        uint8_t alert, bool accepts)
{
    cx_san san;
    cx_cert leaf = cert_of("ocs1.contoso.com", "CN=Proxy", &san);
    leaf.url = url;
    leaf.n_urls = url != NULL;
    site(s, first, "CN=Proxy", url);
    site(s, second, "CN=Proxy", url);
    scene_conn c = sign_in(s, &leaf);
    if (accepts)
        goes_on(s, &c);
    else
        refuses(s, &c, alert);
}

static void intercepted_48(scene *s)
{
    intercepted(s, "www.fabrikam.net", "www.litware.org", NULL, 48, false);
}

static void intercepted_close(scene *s)
{
    intercepted(s, "www.fabrikam.net", "www.litware.co.uk", NULL, 0, false);
}

static void intercepted_one_owner(scene *s)
{
    intercepted(s, "www.contoso.com", "mail.contoso.com", NULL, 48, false);
}

static void intercepted_two_domains(scene *s) /* may be one owner */
{
    intercepted(s, "www.fabrikam.net", "mail.fabrikam.net", NULL, 48, false);
}

static void intercepted_inside(scene *s)
{
    intercepted(s, "files.corp.local", "print.office.internal", NULL, 48, false);
}

static void intercepted_public(scene *s) /* it says where revocation is told */
{
    intercepted(s, "www.fabrikam.net", "www.litware.org", urls, 48, false);
}

static void intercepted_expired(scene *s) /* the alert names another defect */
{
    intercepted(s, "www.fabrikam.net", "www.litware.org", NULL, 45, false);
}

static void intercepted_42(scene *s)
{
    intercepted(s, "www.fabrikam.net", "www.litware.org", NULL, 42, false);
}

static void intercepted_46(scene *s)
{
    intercepted(s, "www.fabrikam.net", "www.litware.org", NULL, 46, false);
}

/* Its certificate, of the issuer that signs for everybody, and what else there is about it. */
static scene_conn behind_proxy(scene *s, const char *server, const char *wanted)
{
    cx_san san;
    cx_cert leaf = cert_of("ocs1.contoso.com", "CN=Proxy", &san);
    site(s, "www.fabrikam.net", "CN=Proxy", NULL);
    site(s, "www.litware.org", "CN=Proxy", NULL);
    return shown(s, server, wanted, &leaf, 1);
}

static void intercepted_other_name(scene *s, uint8_t alert)
{
    scene_conn c = behind_proxy(s, SERVER, "ocs2.contoso.com");
    refuses(s, &c, alert);
}

static void intercepted_other_name_48(scene *s) /* that alert is about the issuer */
{
    intercepted_other_name(s, 48);
}

static void intercepted_other_name_42(scene *s) /* that one may be about the name */
{
    intercepted_other_name(s, 42);
}

static void intercepted_web(scene *s)
{
    scene_conn c = behind_proxy(s, "10.0.0.8:443", "ocs1.contoso.com");
    refuses(s, &c, 48);
}

static void intercepted_open(scene *s) /* what the client thinks of it is not in sight */
{
    (void)behind_proxy(s, SERVER, "ocs1.contoso.com");
    scene_wait(s, 6);
}

static void intercepted_after(scene *s, bool discovered)
{
    if (discovered) {
        scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 ocs1.contoso.com");
        scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    }
    scene_conn c = behind_proxy(s, SERVER, "ocs1.contoso.com");
    scene_finish(s, &c);
    scene_close(s, &c, C);
}

static void intercepted_probe(scene *s) /* a probe of the port leaves so too */
{
    intercepted_after(s, false);
}

static void intercepted_discovered(scene *s)
{
    intercepted_after(s, true);
}

static void intercepted_taken(scene *s)
{
    intercepted(s, "www.fabrikam.net", "www.litware.org", NULL, 0, true);
}

/* ---- the tables ---- */

static const rule_case cases[] = {
    {"chain, seen", chain_seen, "tls-cert-chain-incomplete", "failure", "likely"},
    {"chain, seen and taken", chain_seen_taken, "tls-cert-chain-incomplete", "failure", "proven"},
    {"chain, seen, close", chain_seen_close, "tls-cert-chain-incomplete", "failure", "likely"},
    {"chain, another key", chain_other_key, "tls-cert-untrusted", "failure", "proven"},
    {"chain, no sign", chain_no_sign, "tls-cert-untrusted", "failure", "proven"},
    {"chain sent", chain_sent, "tls-cert-untrusted", "failure", "proven"},
    {"chain, public", chain_public, "tls-cert-chain-incomplete", "failure", "likely"},
    {"chain, public and issuer", chain_public_and_issuer, "tls-cert-untrusted", "failure",
     "proven"},
    {"chain, fetch fails", chain_fetch_fails, "tls-cert-chain-incomplete", "failure", "likely"},
    {"chain, fetch helps not", chain_fetch_helps_not, "tls-cert-untrusted", "failure", "likely"},
    {"chain, host unknown", chain_host_unknown, "tls-cert-chain-incomplete", "failure", "likely"},
    {"chain, left before", chain_left_before, "tls-cert-untrusted", "failure", "proven"},
    {"chain, root with a place", chain_root_with_place, "tls-cert-untrusted", "failure", "proven"},
    {"chain, vouched for once", chain_vouched_once, "tls-cert-untrusted", "failure", "proven"},
    {"chain, shared host", chain_shared_host, "tls-crl-unreachable", "failure", "likely"},
    {"chain taken", chain_taken, "", "success", ""},
    {"chain trusted", chain_trusted, "tls-cert-untrusted", "failure", "proven"},
    {"intercepted, alert 48", intercepted_48, "proxy-tls-interception", "failure", "likely"},
    {"intercepted, close", intercepted_close, "proxy-tls-interception", "failure", "likely"},
    {"one owner", intercepted_one_owner, "tls-cert-untrusted", "failure", "proven"},
    {"two domains", intercepted_two_domains, "tls-cert-untrusted", "failure", "proven"},
    {"names of the inside", intercepted_inside, "tls-cert-untrusted", "failure", "proven"},
    {"public authority", intercepted_public, "tls-cert-untrusted", "failure", "proven"},
    {"intercepted, alert 45", intercepted_expired, "tls-alert-fatal", "failure", "proven"},
    {"intercepted and taken", intercepted_taken, "", "success", ""},
};

/* How surely it is said, and where it is not. */
static const said_case said[] = {
    {"chain taken", chain_taken, "tls-cert-chain-incomplete", "warning", "proven", "", NULL},
    {"chain taken, seen", chain_taken_seen, "tls-cert-chain-incomplete", "warning", "proven", "",
     NULL},
    {"chain taken, fetched", chain_taken_fetched, "tls-cert-chain-incomplete", "warning", "likely",
     "", NULL},
    {"chain taken, web", chain_taken_web, "tls-cert-chain-incomplete", "", "", "", NULL},
    {"chain, seen and taken, 42", chain_seen_42, "tls-cert-chain-incomplete", "failure", "likely",
     "tls-cert-chain-incomplete", NULL},
    {"chain, seen, 46", chain_seen_46, "tls-cert-chain-incomplete", "failure", "likely",
     "tls-cert-chain-incomplete", NULL},
    {"chain, seen, 43", chain_seen_43, "tls-cert-chain-incomplete", "", "", "tls-alert-fatal",
     NULL},
    {"chain, seen, open", chain_seen_open, "tls-cert-chain-incomplete", "", "", "", NULL},
    {"chain, fetched, 48", chain_fetched_48, "tls-cert-chain-incomplete", "", "",
     "tls-cert-untrusted", NULL},
    {"chain, seen, web, close", chain_seen_web_close, "tls-cert-chain-incomplete", "", "", "",
     NULL},
    {"chain, seen, other name", chain_seen_other_name, "tls-cert-chain-incomplete", "", "",
     "tls-cert-name-mismatch", NULL},
    {"chain, seen, after", chain_seen_after, "tls-cert-chain-incomplete", "failure", "likely",
     "tls-cert-chain-incomplete", NULL},
    {"chain, seen, probe", chain_seen_probe, "tls-cert-chain-incomplete", "", "", "", NULL},
    {"chain, host unknown, after", chain_unknown_after, "tls-cert-chain-incomplete", "failure",
     "likely", "tls-cert-chain-incomplete", NULL},
    {"chain, public, close", chain_public_close, "tls-cert-chain-incomplete", "note", "possible",
     "tls-client-silent-reject", NULL},
    {"intercepted, 42", intercepted_42, "proxy-tls-interception", "failure", "likely",
     "proxy-tls-interception", NULL},
    {"intercepted, 46", intercepted_46, "proxy-tls-interception", "failure", "likely",
     "proxy-tls-interception", NULL},
    {"intercepted, other name, 48", intercepted_other_name_48, "proxy-tls-interception", "failure",
     "likely", "proxy-tls-interception", NULL},
    {"intercepted, other name, 42", intercepted_other_name_42, "proxy-tls-interception", "", "",
     "tls-cert-name-mismatch", NULL},
    {"intercepted, web", intercepted_web, "proxy-tls-interception", "", "", "tls-cert-untrusted",
     NULL},
    {"intercepted, open", intercepted_open, "proxy-tls-interception", "", "", "", NULL},
    {"intercepted, probe", intercepted_probe, "proxy-tls-interception", "failure", "possible",
     "proxy-tls-interception", NULL},
    {"intercepted, discovered", intercepted_discovered, "proxy-tls-interception", "failure",
     "likely", "proxy-tls-interception", NULL},
    {"intercepted, taken", intercepted_taken, "proxy-tls-interception", "note", "likely", "", NULL},
};

int main(void)
{
    return run_cases("chain", cases, sizeof cases / sizeof *cases) +
           run_said_cases("chain, said", said, sizeof said / sizeof *said);
}
