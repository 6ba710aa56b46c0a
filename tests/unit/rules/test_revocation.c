/* What is said of revocation, in words: what became of the check, and who says since when and why a
 * certificate is revoked. */
#include "support/scene.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define C CX_FROM_CLIENT
#define S CX_FROM_SERVER

static cx_cert_url list[] = {{CX_URL_CRL, {(const uint8_t *)"http://pki.contoso.com/a.crl", 28}}};
static cx_cert_url responder[] = {{CX_URL_OCSP, {(const uint8_t *)"http://pki.contoso.com/", 23}}};
static cx_cert_url both[] = {{CX_URL_CRL, {(const uint8_t *)"http://pki.contoso.com/a.crl", 28}},
                             {CX_URL_OCSP, {(const uint8_t *)"http://pki.contoso.com/", 23}}};

static scene_conn waits(scene *s, cx_cert_url *urls, uint32_t n)
{
    static cx_san san;
    san = (cx_san){CX_SAN_DNS, cx_slice_of("ocs1.contoso.com")};
    cx_cert leaf = {.subject = cx_slice_of("CN=ocs1.contoso.com"),
                    .issuer = cx_slice_of("CN=Root"),
                    .common_name = cx_slice_of("ocs1.contoso.com"),
                    .serial = cx_slice_of("1001"),
                    .issuer_sha1 = {1},
                    .issuer_sha256 = {2},
                    .san = &san,
                    .n_san = 1,
                    .url = urls,
                    .n_urls = n};
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_chain(s, &c, &leaf, 1);
    return c;
}

/* ---- Checks that fail ---- */

static void tries(scene *s, double seconds)
{
    scene_lookup(s, "A", "pki.contoso.com", "10.0.0.80");
    scene_conn p = scene_syn(s, "10.0.0.80:80");
    scene_wait(s, 3);
    scene_syn_again(s, &p);
    scene_wait(s, seconds);
    scene_timeout(s, &p);
}

static void silent(scene *s)
{
    scene_conn c = waits(s, list, 1);
    tries(s, 6);
    scene_close(s, &c, S);
}

static void responder_silent(scene *s)
{
    scene_conn c = waits(s, responder, 1);
    tries(s, 6);
    scene_close(s, &c, C);
}

static void both_silent(scene *s)
{
    scene_conn c = waits(s, both, 2);
    tries(s, 6);
    scene_close(s, &c, C);
}

static void stands_still(scene *s) /* nobody closes */
{
    (void)waits(s, list, 1);
    tries(s, 20);
    scene_wait(s, 3);
}

static void stands_still_yet(scene *s)
{
    (void)waits(s, list, 1);
    tries(s, 6);
}

static void refused(scene *s)
{
    scene_conn c = waits(s, list, 1);
    scene_lookup(s, "A", "pki.contoso.com", "10.0.0.80");
    scene_conn p = scene_syn(s, "10.0.0.80:80");
    scene_refused(s, &p);
    scene_close(s, &c, C);
}

static void unreachable(scene *s)
{
    scene_conn c = waits(s, list, 1);
    scene_lookup(s, "A", "pki.contoso.com", "10.0.0.80");
    scene_conn p = scene_syn(s, "10.0.0.80:80");
    scene_icmp(s, &p, 3, 1);
    scene_close(s, &c, C);
}

static void looked_up(scene *s, const char *answer)
{
    scene_conn c = waits(s, list, 1);
    scene_lookup(s, "A", "pki.contoso.com", answer);
    scene_lookup(s, "AAAA", "pki.contoso.com", answer);
    scene_close(s, &c, C);
}

static void unknown(scene *s)
{
    looked_up(s, "NXDOMAIN");
}

static void dns_ill(scene *s)
{
    looked_up(s, "SERVFAIL");
}

static void answered(scene *s, uint16_t status, uint8_t alert)
{
    scene_conn c = waits(s, list, 1);
    scene_lookup(s, "A", "pki.contoso.com", "10.0.0.80");
    scene_conn p = scene_open(s, "10.0.0.80:80");
    scene_http(s, &p, "GET", "pki.contoso.com", "/a.crl", 0);
    if (status)
        scene_http(s, &p, "GET", NULL, NULL, status);
    else
        scene_wait(s, 12);
    if (alert)
        scene_alert(s, &c, C, 2, alert);
    scene_close(s, &c, C);
}

static void not_found(scene *s)
{
    answered(s, 404, 0);
}

static void hangs(scene *s)
{
    answered(s, 0, 0);
}

static void with_46(scene *s) /* certificate_unknown: it may be about that */
{
    answered(s, 404, 46);
}

static void with_48(scene *s) /* unknown_ca names another defect */
{
    answered(s, 404, 48);
}

static void tolerated(scene *s)
{
    scene_conn c = waits(s, list, 1);
    tries(s, 6);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &c, C);
}

/* ---- Answers ---- */

static void revoked(scene *s, bool fetches, bool dated)
{
    cx_ocsp answer = {.status = CX_OCSP_REVOKED,
                      .serial = cx_slice_of("1001"),
                      .issuer_hash = {1},
                      .issuer_hash_len = 20,
                      .revoked_ns = INT64_MIN};
    if (dated) {
        answer.revoked_ns = INT64_C(1600000000000000000); /* 2020-09-13 */
        answer.reason = "keyCompromise";
    }
    scene_conn c = waits(s, NULL, 0);
    if (fetches) {
        scene_conn p = scene_open(s, "10.0.0.80:80");
        scene_http(s, &p, "POST", "pki.contoso.com", "/", 0);
        scene_http_ocsp(s, &p, &answer);
    } else {
        scene_ocsp(s, &c, &answer);
    }
    scene_close(s, &c, C);
}

static void revoked_stapled(scene *s)
{
    revoked(s, false, true);
}

static void revoked_undated(scene *s)
{
    revoked(s, false, false);
}

static void revoked_fetched(scene *s)
{
    revoked(s, true, true);
}

static void revoked_by_alert(scene *s)
{
    scene_conn c = waits(s, NULL, 0);
    scene_alert(s, &c, C, 2, 44);
    scene_close(s, &c, C);
}

/* ---- The table ---- */

#define CHECK   "tls-crl-unreachable"
#define REVOKED "tls-cert-revoked"
#define LIST                                                                                       \
    "it went to the revocation list that the certificate names (http://pki.contoso.com/a.crl), "   \
    "and "

static const struct {
    const char *name;
    void (*play)(scene *s);
    const char *id, *severity, *words; /* severity "": silent */
} cases[] = {
    {"silent", silent, CHECK, "failure",
     LIST "pki.contoso.com does not answer for 9 s; the server closed 9 s after the certificate."},
    {"responder silent", responder_silent, CHECK, "failure",
     "it went to the OCSP responder that the certificate names (http://pki.contoso.com/), and"},
    {"both silent", both_silent, CHECK, "failure",
     "it went to the host of revocation list and OCSP responder that"},
    {"stands still", stands_still, CHECK, "failure", "; the handshake stood still "},
    {"stands still yet", stands_still_yet, CHECK, "", ""},
    {"refused", refused, CHECK, "failure",
     LIST "pki.contoso.com refuses the connection; the client"},
    {"unreachable", unreachable, CHECK, "failure",
     LIST "pki.contoso.com cannot be reached (ICMP);"},
    {"unknown", unknown, CHECK, "failure", LIST "pki.contoso.com does not exist in DNS;"},
    {"DNS ill", dns_ill, CHECK, "failure", LIST "the lookup of pki.contoso.com fails;"},
    {"not found", not_found, CHECK, "failure", LIST "pki.contoso.com answers 404;"},
    {"hangs", hangs, CHECK, "failure",
     LIST "pki.contoso.com took the connection and says nothing for 12 s;"},
    {"alert 46", with_46, CHECK, "failure", LIST "pki.contoso.com answers 404;"},
    {"alert 48", with_48, CHECK, "", ""},
    {"tolerated", tolerated, CHECK, "warning", "It went on all the same; other clients refuse"},
    {"stapled", revoked_stapled, REVOKED, "failure",
     "as revoked; the server itself brought an OCSP answer that says so, since 2020-09-13, reason "
     "keyCompromise."},
    {"undated", revoked_undated, REVOKED, "failure",
     "as revoked; the server itself brought an OCSP answer that says so."},
    {"fetched", revoked_fetched, REVOKED, "failure",
     "as revoked; the client asked for, and got, an OCSP answer that says so, since 2020-09-13"},
    {"alert 44", revoked_by_alert, REVOKED, "failure",
     "(ocs1.contoso.com, serial number 1001) "
     "as revoked."},
};

static void test_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene s;
        scene_start(&s, NULL);
        cases[i].play(&s);
        scene_end(&s);
        const char *severity = scene_text(&s, cases[i].id, "severity");
        const char *text = scene_text(&s, cases[i].id, "explanation");
        if (strcmp(severity, cases[i].severity) != 0 || !strstr(text, cases[i].words))
            fail_msg("%s: '%s': %s", cases[i].name, severity, text);
        scene_expect_whole(&s, cases[i].name);
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
