/* Certificates of clients, revoked ones and those for another purpose: scenes that fire the rules,
 * and twins that differ in what rules them out. */
#include "rule_cases.h"

#define C CX_FROM_CLIENT
#define S CX_FROM_SERVER

/* A handshake in which the server asks for a certificate. */
static scene_conn asked(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 10);
    scene_tls(s, &c, CX_TLS_CERTIFICATE_REQUEST, S);
    scene_tls(s, &c, CX_TLS_SERVER_HELLO_DONE, S);
    return c;
}

static void client_finishes(scene *s, scene_conn *c)
{
    scene_tls(s, c, CX_TLS_CLIENT_KEY_EXCHANGE, C);
    scene_tls(s, c, CX_TLS_CHANGE_CIPHER_SPEC, C);
    scene_tls(s, c, CX_TLS_FINISHED, C);
}

static void goes_on(scene *s, scene_conn *c)
{
    client_finishes(s, c);
    scene_tls(s, c, CX_TLS_CHANGE_CIPHER_SPEC, S);
    scene_tls(s, c, CX_TLS_FINISHED, S);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, c, C);
}

static void missing(scene *s, uint8_t alert)
{
    scene_conn c = asked(s);
    scene_tls(s, &c, CX_TLS_CERTIFICATE, C); /* an empty list */
    client_finishes(s, &c);
    if (alert)
        scene_alert(s, &c, S, 2, alert);
    scene_close(s, &c, S);
    scene_wait(s, 1); /* before, it may go on: test_ahead.c */
}

static void missing_40(scene *s)
{
    missing(s, 40);
}

static void missing_116(scene *s)
{
    missing(s, 116);
}

static void missing_50(scene *s) /* as GnuTLS says it */
{
    missing(s, 50);
}

static void missing_close(scene *s)
{
    missing(s, 0);
}

static void missing_other_alert(scene *s) /* about the Finished, not the certificate */
{
    missing(s, 20);
}

static void missing_and_taken(scene *s)
{
    scene_conn c = asked(s);
    scene_tls(s, &c, CX_TLS_CERTIFICATE, C);
    goes_on(s, &c);
}

static void rejected(scene *s, uint8_t alert)
{
    scene_conn c = asked(s);
    scene_client_certificate(s, &c, "trunk.fabrikam.com");
    client_finishes(s, &c);
    if (alert)
        scene_alert(s, &c, S, 2, alert);
    scene_close(s, &c, S);
}

static void rejected_48(scene *s)
{
    rejected(s, 48);
}

static void rejected_close(scene *s)
{
    rejected(s, 0);
}

static void shown_and_taken(scene *s)
{
    scene_conn c = asked(s);
    scene_client_certificate(s, &c, "trunk.fabrikam.com");
    goes_on(s, &c);
}

static scene_conn certified(scene *s, const char *names)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, names, -10, 10);
    return c;
}

static void refused(scene *s, const char *names, uint8_t alert)
{
    scene_conn c = certified(s, names);
    if (alert)
        scene_alert(s, &c, C, 2, alert);
    scene_close(s, &c, C);
}

static void revoked(scene *s)
{
    refused(s, "ocs1.contoso.com", 44);
}

static void revoked_says_the_server(scene *s) /* then it is about the client's */
{
    scene_conn c = asked(s);
    scene_client_certificate(s, &c, "trunk.fabrikam.com");
    scene_alert(s, &c, S, 2, 44);
    scene_close(s, &c, S);
}

static void for_clients_43(scene *s)
{
    refused(s, "client:ocs1.contoso.com", 43);
}

static void for_clients_46(scene *s)
{
    refused(s, "client:ocs1.contoso.com", 46);
}

static void for_clients_close(scene *s)
{
    refused(s, "client:ocs1.contoso.com", 0);
}

static void generic_alert(scene *s) /* GnuTLS, of an issuer that it does not know */
{
    refused(s, "ocs1.contoso.com", 42);
}

static void generic_alert_sha1(scene *s) /* that may be the defect */
{
    refused(s, "sha1:ocs1.contoso.com", 42);
}

static void refuses13(scene *s, uint8_t closes)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0304);
    scene_server_hello(s, &c, 0x0304);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    if (closes == S)
        scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, S);
    scene_close(s, &c, closes);
}

static void server_refuses13(scene *s) /* as OpenSSL servers do that get no certificate */
{
    refuses13(s, S);
}

static void server_tires13(scene *s) /* of a client that says nothing */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0304);
    scene_server_hello(s, &c, 0x0304);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_wait(s, 5);
    scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, S);
    scene_close(s, &c, S);
}

static void client_leaves13(scene *s)
{
    refuses13(s, C);
}

static void alert_after_data(scene *s) /* about no handshake */
{
    scene_conn c = certified(s, "ocs1.contoso.com");
    client_finishes(s, &c);
    scene_tls(s, &c, CX_TLS_CHANGE_CIPHER_SPEC, S);
    scene_tls(s, &c, CX_TLS_FINISHED, S);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_close(s, &c, C);
    scene_alert(s, &c, S, 2, 50);
}

static void for_clients_unknown_ca(scene *s) /* the alert names another defect */
{
    refused(s, "client:ocs1.contoso.com", 48);
}

static void for_clients_wrong_name(scene *s)
{
    refused(s, "client:other.contoso.com", 0);
}

static void for_clients_and_taken(scene *s)
{
    scene_conn c = certified(s, "client:ocs1.contoso.com");
    goes_on(s, &c);
}

/* ---- with the roots of the person ---- */

static void closes(scene *s, cx_chain_trust trust, const char *names)
{
    s->trust = trust;
    refused(s, names, 0);
}

static void unasked(scene *s) /* whether its issuer is known to anybody is not in sight */
{
    closes(s, CX_CHAIN_UNASKED, "ocs1.contoso.com");
}

static void left_with_answer(scene *s, uint8_t alert) /* of the server, to its FIN */
{
    scene_conn c = certified(s, "ocs1.contoso.com");
    scene_fin(s, &c, C);
    scene_alert(s, &c, S, 2, alert);
    scene_reset(s, &c, C);
}

static void left_50(scene *s) /* OpenSSL 3 */
{
    left_with_answer(s, 50);
}

static void left_80(scene *s) /* GnuTLS */
{
    left_with_answer(s, 80);
}

static void untrusted(scene *s)
{
    closes(s, CX_CHAIN_UNTRUSTED, "ocs1.contoso.com");
}

static void trusted(scene *s)
{
    closes(s, CX_CHAIN_TRUSTED, "ocs1.contoso.com");
}

static void unverified(scene *s)
{
    closes(s, CX_CHAIN_UNKNOWN, "ocs1.contoso.com");
}

static void trusted_42(scene *s)
{
    s->trust = CX_CHAIN_TRUSTED;
    refused(s, "ocs1.contoso.com", 42);
}

static void untrusted_42(scene *s)
{
    s->trust = CX_CHAIN_UNTRUSTED;
    refused(s, "ocs1.contoso.com", 42);
}

static void trusted_48(scene *s) /* the client's own store is another */
{
    s->trust = CX_CHAIN_TRUSTED;
    refused(s, "ocs1.contoso.com", 48);
}

static void untrusted_and_taken(scene *s)
{
    s->trust = CX_CHAIN_UNTRUSTED;
    scene_conn c = certified(s, "ocs1.contoso.com");
    goes_on(s, &c);
}

static void pinned(scene *s)
{
    closes(s, CX_CHAIN_TRUSTED, "self:ocs1.contoso.com");
}

static void trusted_wrong_name(scene *s) /* nothing else is wrong */
{
    closes(s, CX_CHAIN_TRUSTED, "other.contoso.com");
}

static void untrusted_wrong_name(scene *s)
{
    closes(s, CX_CHAIN_UNTRUSTED, "other.contoso.com");
}

static void old(scene *s, cx_chain_trust trust)
{
    s->trust = trust;
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, -1);
    scene_close(s, &c, C);
}

static void dates_alone(scene *s)
{
    old(s, CX_CHAIN_DATED);
}

static void dates_and_issuer(scene *s)
{
    old(s, CX_CHAIN_UNTRUSTED);
}

static const rule_case cases[] = {
    {"no roots, close", unasked, "tls-client-silent-reject", "failure", "likely"},
    {"close, then alert 50 of the server", left_50, "tls-client-silent-reject", "failure",
     "likely"},
    {"close, then alert 80 of the server", left_80, "tls-client-silent-reject", "failure",
     "likely"},
    {"untrusted, close", untrusted, "tls-cert-untrusted", "failure", "proven"},
    {"trusted, close", trusted, "tls-client-silent-reject", "failure", "likely"},
    {"not verified, close", unverified, "tls-client-silent-reject", "failure", "likely"},
    {"untrusted, alert 42", untrusted_42, "tls-cert-untrusted", "failure", "proven"},
    {"trusted, alert 42", trusted_42, "tls-alert-fatal", "failure", "proven"},
    {"trusted, alert 48", trusted_48, "tls-cert-untrusted", "failure", "proven"},
    {"untrusted and taken", untrusted_and_taken, "", "success", ""},
    {"pinned, close", pinned, "tls-client-silent-reject", "failure", "likely"},
    {"trusted, wrong name", trusted_wrong_name, "tls-cert-name-mismatch", "failure", "proven"},
    {"untrusted, wrong name", untrusted_wrong_name, "tls-cert-name-mismatch", "failure", "likely"},
    {"expired, trusted", dates_alone, "tls-cert-expired", "failure", "proven"},
    {"expired, untrusted", dates_and_issuer, "tls-cert-expired", "failure", "likely"},
    {"missing, alert 40", missing_40, "tls-client-cert-missing", "failure", "proven"},
    {"missing, alert 116", missing_116, "tls-client-cert-missing", "failure", "proven"},
    {"missing, alert 50", missing_50, "tls-client-cert-missing", "failure", "likely"},
    {"missing, close", missing_close, "tls-client-cert-missing", "failure", "likely"},
    {"missing, another alert", missing_other_alert, "tls-alert-fatal", "failure", "proven"},
    {"missing and taken", missing_and_taken, "", "success", ""},
    {"rejected, alert 48", rejected_48, "tls-client-cert-rejected", "failure", "proven"},
    {"rejected, close", rejected_close, "tls-client-cert-rejected", "failure", "likely"},
    {"shown and taken", shown_and_taken, "", "success", ""},
    {"revoked", revoked, "tls-cert-revoked", "failure", "proven"},
    {"revoked, says the server", revoked_says_the_server, "tls-client-cert-rejected", "failure",
     "proven"},
    {"SHA-1, alert 42", generic_alert_sha1, "tls-cert-weak", "failure", "likely"},
    {"server refuses, TLS 1.3", server_refuses13, "tls-alert-fatal", "failure", "possible"},
    {"server tires, TLS 1.3", server_tires13, "", "incomplete", ""},
    {"client leaves, TLS 1.3", client_leaves13, "", "success", ""},
    {"alert after data", alert_after_data, "", "incomplete", ""},
    {"sound, alert 42", generic_alert, "tls-cert-untrusted", "failure", "likely"},
    {"for clients, alert 43", for_clients_43, "tls-cert-wrong-eku", "failure", "proven"},
    {"for clients, alert 46", for_clients_46, "tls-cert-wrong-eku", "failure", "likely"},
    {"for clients, close", for_clients_close, "tls-cert-wrong-eku", "failure", "likely"},
    {"for clients, alert 48", for_clients_unknown_ca, "tls-cert-untrusted", "failure", "proven"},
    {"for clients, wrong name", for_clients_wrong_name, "tls-cert-name-mismatch", "failure",
     "likely"},
    {"for clients and taken", for_clients_and_taken, "", "success", ""},
};

int main(void)
{
    return run_cases("handshake", cases, sizeof cases / sizeof *cases);
}
