/* What surrounds a certificate: revocation, issuers that were not sent or sign for everybody, web
 * servers in the place of SIP. Scenes that fire the rules, and twins that differ in what rules them
 * out. */
#include "rule_cases.h"
#include "said_cases.h"

#define C CX_FROM_CLIENT
#define S CX_FROM_SERVER

#define SERVER "10.0.0.5:5061"

static cx_cert_url urls[] = {
    {CX_URL_CRL, {(const uint8_t *)"http://crl.contoso.com/a.crl", 28}},
    {CX_URL_ISSUER, {(const uint8_t *)"http://pki.contoso.com/ca.crt", 29}},
};

/* A certificate for one name. */
static cx_cert cert_of(const char *name, const char *issuer, cx_san *san)
{
    *san = (cx_san){CX_SAN_DNS, cx_slice_of(name)};
    return (cx_cert){.subject = cx_slice_of(name),
                     .issuer = cx_slice_of(issuer),
                     .common_name = cx_slice_of(name),
                     .serial = cx_slice_of("1001"),
                     .issuer_sha1 = {1},
                     .issuer_sha256 = {2},
                     .san = san,
                     .n_san = 1};
}

static cx_cert issuing_ca(void)
{
    return (cx_cert){.subject = cx_slice_of("CN=Issuing"),
                     .issuer = cx_slice_of("CN=Root"),
                     .key_id = 7,
                     .ca = true};
}

/* Up to the server's certificate. */
static scene_conn shown(scene *s, const char *server, const char *name, cx_cert *chain, uint32_t n)
{
    scene_conn c = scene_open(s, server);
    scene_hello(s, &c, name, 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_chain(s, &c, chain, n);
    return c;
}

static scene_conn sign_in(scene *s, cx_cert *leaf)
{
    return shown(s, SERVER, "ocs1.contoso.com", leaf, 1);
}

static void goes_on(scene *s, scene_conn *c)
{
    scene_finish(s, c);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, c, C);
}

static void refuses(scene *s, scene_conn *c, uint8_t alert)
{
    if (alert)
        scene_alert(s, c, C, 2, alert);
    scene_close(s, c, C);
}

/* ---- revocation lists ---- */

static scene_conn with_list(scene *s)
{
    cx_san san;
    cx_cert leaf = cert_of("ocs1.contoso.com", "CN=Root", &san);
    leaf.url = urls;
    leaf.n_urls = 1;
    return sign_in(s, &leaf);
}

/* SYNs to port 80 of that address, without an answer. */
static void tries_in_vain(scene *s, const char *place)
{
    scene_conn crl = scene_syn(s, place);
    scene_wait(s, 3);
    scene_syn_again(s, &crl);
    scene_wait(s, 6);
    scene_timeout(s, &crl);
}

static void list_silent(scene *s)
{
    scene_conn c = with_list(s);
    scene_lookup(s, "A", "crl.contoso.com", "10.0.0.80");
    tries_in_vain(s, "10.0.0.80:80");
    scene_reset(s, &c, S);
}

static void list_refused(scene *s)
{
    scene_conn c = with_list(s);
    scene_lookup(s, "A", "crl.contoso.com", "10.0.0.80");
    scene_conn crl = scene_syn(s, "10.0.0.80:80");
    scene_refused(s, &crl);
    scene_close(s, &c, C);
}

static void list_host_unknown(scene *s)
{
    scene_conn c = with_list(s);
    scene_lookup(s, "A", "crl.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "crl.contoso.com", "NXDOMAIN");
    scene_close(s, &c, C);
}

static void list_answered(scene *s, uint16_t status)
{
    scene_conn c = with_list(s);
    scene_lookup(s, "A", "crl.contoso.com", "10.0.0.80");
    scene_conn crl = scene_open(s, "10.0.0.80:80");
    scene_http(s, &crl, "GET", "crl.contoso.com", "/a.crl", 0);
    scene_http(s, &crl, "GET", NULL, NULL, status);
    scene_close(s, &c, C);
}

static void list_404(scene *s)
{
    list_answered(s, 404);
}

static void list_fetched(scene *s)
{
    list_answered(s, 200);
}

static void list_by_proxy(scene *s)
{
    scene_conn c = with_list(s);
    scene_conn crl = scene_open(s, "10.0.0.99:3128");
    scene_http(s, &crl, "GET", "crl.contoso.com", "http://crl.contoso.com/a.crl", 0);
    scene_http(s, &crl, "GET", NULL, NULL, 504);
    scene_close(s, &c, C);
}

static void list_and_alert_48(scene *s) /* it names another defect */
{
    scene_conn c = with_list(s);
    scene_lookup(s, "A", "crl.contoso.com", "NXDOMAIN");
    refuses(s, &c, 48);
}

static void list_and_wrong_name(scene *s)
{
    cx_san san;
    cx_cert leaf = cert_of("ocs9.contoso.com", "CN=Root", &san);
    leaf.url = urls;
    leaf.n_urls = 1;
    scene_conn c = sign_in(s, &leaf);
    scene_lookup(s, "A", "crl.contoso.com", "10.0.0.80");
    tries_in_vain(s, "10.0.0.80:80");
    scene_close(s, &c, C);
}

static void list_elsewhere(scene *s) /* the host is not the one that the certificate names */
{
    scene_conn c = with_list(s);
    scene_lookup(s, "A", "crl.fabrikam.com", "10.0.0.80");
    tries_in_vain(s, "10.0.0.80:80");
    scene_close(s, &c, C);
}

static void list_other_port(scene *s)
{
    scene_conn c = with_list(s);
    scene_lookup(s, "A", "crl.contoso.com", "10.0.0.80");
    tries_in_vain(s, "10.0.0.80:8080");
    scene_close(s, &c, C);
}

static void list_before(scene *s) /* the client tried it for another reason, before */
{
    scene_lookup(s, "A", "crl.contoso.com", "10.0.0.80");
    scene_conn crl = scene_syn(s, "10.0.0.80:80");
    scene_refused(s, &crl);
    scene_conn c = with_list(s);
    scene_close(s, &c, C);
}

static void list_tolerated(scene *s)
{
    scene_conn c = with_list(s);
    scene_lookup(s, "A", "crl.contoso.com", "10.0.0.80");
    tries_in_vain(s, "10.0.0.80:80");
    goes_on(s, &c);
}

/* ---- stapled answers ---- */

static void stapled(scene *s, cx_ocsp_status status, const char *serial, uint8_t issuer,
                    uint8_t alert, bool accepts)
{
    cx_san san;
    cx_cert leaf = cert_of("ocs1.contoso.com", "CN=Root", &san);
    cx_ocsp answer = {.status = status,
                      .serial = cx_slice_of(serial),
                      .issuer_hash = {issuer},
                      .issuer_hash_len = 20,
                      .revoked_ns = INT64_MIN};
    scene_conn c = sign_in(s, &leaf);
    scene_ocsp(s, &c, &answer);
    if (accepts)
        goes_on(s, &c);
    else
        refuses(s, &c, alert);
}

static void revoked_close(scene *s)
{
    stapled(s, CX_OCSP_REVOKED, "1001", 1, 0, false);
}

static void revoked_42(scene *s)
{
    stapled(s, CX_OCSP_REVOKED, "1001", 1, 42, false);
}

static void revoked_44(scene *s)
{
    stapled(s, CX_OCSP_REVOKED, "1001", 1, 44, false);
}

static void good_44(scene *s) /* the client has a newer list */
{
    stapled(s, CX_OCSP_GOOD, "1001", 1, 44, false);
}

static void good_close(scene *s)
{
    stapled(s, CX_OCSP_GOOD, "1001", 1, 0, false);
}

static void revoked_another(scene *s)
{
    stapled(s, CX_OCSP_REVOKED, "1002", 1, 0, false);
}

static void revoked_by_another(scene *s)
{
    stapled(s, CX_OCSP_REVOKED, "1001", 9, 0, false);
}

static void revoked_48(scene *s) /* it names another defect */
{
    stapled(s, CX_OCSP_REVOKED, "1001", 1, 48, false);
}

/* The client asks a responder, and leaves with its answer. */
static void fetched(scene *s, cx_ocsp_status status, const char *serial)
{
    cx_san san;
    cx_cert leaf = cert_of("ocs1.contoso.com", "CN=Root", &san);
    cx_ocsp answer = {.status = status,
                      .serial = cx_slice_of(serial),
                      .issuer_hash = {1},
                      .issuer_hash_len = 20,
                      .revoked_ns = INT64_MIN};
    scene_conn c = sign_in(s, &leaf);
    scene_conn ocsp = scene_open(s, "10.0.0.80:80");
    scene_http(s, &ocsp, "POST", "ocsp.contoso.com", "/", 0);
    scene_http_ocsp(s, &ocsp, &answer);
    scene_close(s, &c, C);
}

static void fetched_revoked(scene *s)
{
    fetched(s, CX_OCSP_REVOKED, "1001");
}

static void fetched_good(scene *s)
{
    fetched(s, CX_OCSP_GOOD, "1001");
}

static void fetched_another(scene *s)
{
    fetched(s, CX_OCSP_REVOKED, "1002");
}

static void revoked_taken(scene *s)
{
    stapled(s, CX_OCSP_REVOKED, "1001", 1, 0, true);
}

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

static void intercepted_taken(scene *s)
{
    intercepted(s, "www.fabrikam.net", "www.litware.org", NULL, 0, true);
}

/* ---- web servers ---- */

static void hello_to_web(scene *s)
{
    scene_conn c = scene_open(s, SERVER);
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_http(s, &c, NULL, NULL, NULL, 400);
    scene_close(s, &c, S);
}

static void register_to_web(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, "alice@contoso.com", 1, NULL);
    scene_http(s, &c, NULL, NULL, NULL, 400);
    scene_close(s, &c, S);
}

static void register_answered(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, "alice@contoso.com", 1, NULL);
    scene_answer(s, &c, "alice@contoso.com", 1, 200, NULL);
    scene_http(s, &c, NULL, NULL, NULL, 400);
    scene_close(s, &c, S);
}

static void web_server_elsewhere(scene *s) /* of a conference, at another address */
{
    scene_conn c = scene_open(s, "10.0.0.9:443");
    scene_hello(s, &c, "webconf.contoso.com", 0x0303);
    scene_http(s, &c, NULL, NULL, NULL, 404);
    scene_close(s, &c, C);
    c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, "alice@contoso.com", 1, NULL);
    scene_answer(s, &c, "alice@contoso.com", 1, 200, NULL);
    scene_close(s, &c, C);
}

/* ---- past the proxy ---- */

static void past_proxy(scene *s, const char *tunnel, uint16_t status, bool answered)
{
    s->client = "10.0.0.22";
    scene_conn other = scene_open(s, "10.0.0.99:3128");
    scene_tunnel(s, &other, tunnel, false, 0);
    scene_tunnel(s, &other, tunnel, false, status);
    scene_close(s, &other, C);
    scene_wait(s, 70);
    s->client = "10.0.0.21";
    scene_lookup(s, "A", "host.contoso.com", "192.0.2.5");
    scene_conn c = scene_syn(s, "192.0.2.5:5061");
    scene_wait(s, 3);
    scene_syn_again(s, &c);
    scene_wait(s, 6);
    if (answered)
        scene_connected(s, &c);
    else
        scene_timeout(s, &c);
}

static void past_proxy_name(scene *s)
{
    past_proxy(s, "host.contoso.com:5061", 200, false);
}

static void past_proxy_address(scene *s)
{
    past_proxy(s, "192.0.2.5:5061", 200, false);
}

static void past_proxy_refused(scene *s) /* nor does the proxy get there */
{
    past_proxy(s, "host.contoso.com:5061", 503, false);
}

static void past_proxy_elsewhere(scene *s)
{
    past_proxy(s, "www.contoso.com:5061", 200, false);
}

static void past_proxy_other_port(scene *s)
{
    past_proxy(s, "host.contoso.com:443", 200, false);
}

static void past_proxy_open(scene *s)
{
    past_proxy(s, "host.contoso.com:5061", 200, true);
}

/* A client of the same address (NAT), or the same one with other roots. */
static void used_then_refused(scene *s, bool closed)
{
    scene_conn c = scene_open(s, SERVER);
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    if (closed)
        scene_close(s, &c, C);
    else
        scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, C);
    scene_wait(s, 2);
    c = scene_open(s, SERVER);
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 100);
    refuses(s, &c, 48);
}

static void test_used_then_refused(void **state)
{
    (void)state;
    for (int closed = 0; closed < 2; closed++) {
        scene s;
        scene_start(&s, NULL);
        used_then_refused(&s, closed);
        scene_end(&s);
        assert_int_equal(json_array_size(s.attempts), 2);
        assert_string_equal(scene_outcome(&s, 0), "success");
        assert_string_equal(scene_cause(&s, 1), "tls-cert-untrusted");
        scene_free(&s);
    }
}

/* The second attempt is that of the client that went past the proxy. */
static void test_past_proxy(void **state)
{
    static const struct {
        void (*play)(scene *s);
        const char *cause;
    } rows[] = {
        {past_proxy_name, "proxy-bypass-blocked"},
        {past_proxy_address, "proxy-bypass-blocked"},
        {past_proxy_refused, "tcp-connect-timeout"},
        {past_proxy_elsewhere, "tcp-connect-timeout"},
        {past_proxy_other_port, "tcp-connect-timeout"},
        {past_proxy_open, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, NULL);
        rows[i].play(&s);
        scene_end(&s);
        size_t last = json_array_size(s.attempts);
        assert_true(last > 0);
        if (strcmp(scene_cause(&s, last - 1), rows[i].cause) != 0)
            fail_msg("row %zu: %s", i, scene_cause(&s, last - 1));
        scene_expect_whole(&s, rows[i].cause);
        scene_free(&s);
    }
}

/* ---- TLS 1.3 without keys ---- */

static void hidden(scene *s, uint8_t alert)
{
    scene_conn c = scene_open(s, SERVER);
    scene_hello(s, &c, "ocs1.contoso.com", 0x0304);
    scene_server_hello(s, &c, 0x0304);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    refuses(s, &c, alert);
}

static void hidden_48(scene *s)
{
    hidden(s, 48);
}

static void hidden_45(scene *s)
{
    hidden(s, 45);
}

static void hidden_44(scene *s)
{
    hidden(s, 44);
}

/* TLS 1.2 captured in the direction of the client alone, or its certificate is missing. */
static void missed(scene *s, uint8_t alert)
{
    scene_conn c = scene_open(s, SERVER);
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_gap(s, &c, S);
    refuses(s, &c, alert);
}

static void missed_48(scene *s)
{
    missed(s, 48);
}

static void missed_42(scene *s)
{
    missed(s, 42);
}

static void hidden_42(scene *s) /* names no defect */
{
    hidden(s, 42);
}

static const rule_case cases[] = {
    {"list silent", list_silent, "tls-crl-unreachable", "failure", "likely"},
    {"list refused", list_refused, "tls-crl-unreachable", "failure", "likely"},
    {"list's host unknown", list_host_unknown, "tls-crl-unreachable", "failure", "likely"},
    {"list 404", list_404, "tls-crl-unreachable", "failure", "likely"},
    {"list by a proxy", list_by_proxy, "tls-crl-unreachable", "failure", "likely"},
    {"list fetched", list_fetched, "tls-client-silent-reject", "failure", "likely"},
    {"list, alert 48", list_and_alert_48, "tls-cert-untrusted", "failure", "proven"},
    {"list, wrong name", list_and_wrong_name, "tls-cert-name-mismatch", "failure", "likely"},
    {"list of another host", list_elsewhere, "tls-client-silent-reject", "failure", "likely"},
    {"list's host, other port", list_other_port, "tls-client-silent-reject", "failure", "likely"},
    {"list tried before", list_before, "tls-client-silent-reject", "failure", "likely"},
    {"list tolerated", list_tolerated, "", "success", ""},
    {"revoked, close", revoked_close, "tls-cert-revoked", "failure", "likely"},
    {"revoked, alert 42", revoked_42, "tls-cert-revoked", "failure", "likely"},
    {"revoked, alert 44", revoked_44, "tls-cert-revoked", "failure", "proven"},
    {"good, alert 44", good_44, "tls-cert-revoked", "failure", "likely"},
    {"good, close", good_close, "tls-client-silent-reject", "failure", "likely"},
    {"another revoked", revoked_another, "tls-client-silent-reject", "failure", "likely"},
    {"revoked by another", revoked_by_another, "tls-client-silent-reject", "failure", "likely"},
    {"revoked, alert 48", revoked_48, "tls-cert-untrusted", "failure", "proven"},
    {"revoked and taken", revoked_taken, "", "success", ""},
    {"fetched, revoked", fetched_revoked, "tls-cert-revoked", "failure", "likely"},
    {"fetched, good", fetched_good, "tls-client-silent-reject", "failure", "likely"},
    {"fetched, another", fetched_another, "tls-client-silent-reject", "failure", "likely"},
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
    {"hidden, alert 48", hidden_48, "tls-cert-untrusted", "failure", "likely"},
    {"missed, alert 48", missed_48, "tls-cert-untrusted", "failure", "likely"},
    {"missed, alert 42", missed_42, "tls-alert-fatal", "failure", "proven"},
    {"hidden, alert 45", hidden_45, "tls-cert-expired", "failure", "likely"},
    {"hidden, alert 44", hidden_44, "tls-cert-revoked", "failure", "likely"},
    {"hidden, alert 42", hidden_42, "tls-alert-fatal", "failure", "proven"},
    {"hello to a web server", hello_to_web, "tls-not-sip-service", "failure", "proven"},
    {"REGISTER to a web server", register_to_web, "tls-not-sip-service", "failure", "proven"},
    {"web server elsewhere", web_server_elsewhere, "", "success", ""},
    {"REGISTER answered", register_answered, "", "success", ""},
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
    {"intercepted, taken", intercepted_taken, "proxy-tls-interception", "note", "likely", "", NULL},
};

int main(void)
{
    const struct CMUnitTest more[] = {cmocka_unit_test(test_used_then_refused),
                                      cmocka_unit_test(test_used_then_refused),
                                      cmocka_unit_test(test_past_proxy)};
    return run_cases("issuer", cases, sizeof cases / sizeof *cases) +
           run_said_cases("issuer, said", said, sizeof said / sizeof *said) +
           cmocka_run_group_tests(more, NULL, NULL);
}
