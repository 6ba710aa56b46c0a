/* What surrounds a certificate: revocation, what a client says of one that is hidden, web servers
 * in the place of SIP. Scenes that fire the rules, and twins that differ in what rules them out. */
#include "issuer_scenes.h"

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

int main(void)
{
    const struct CMUnitTest more[] = {cmocka_unit_test(test_used_then_refused),
                                      cmocka_unit_test(test_used_then_refused),
                                      cmocka_unit_test(test_past_proxy)};
    return run_cases("issuer", cases, sizeof cases / sizeof *cases) +
           cmocka_run_group_tests(more, NULL, NULL);
}
