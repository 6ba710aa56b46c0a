/* Certificates and handshakes for scenes about what surrounds a certificate. */
#pragma once

#include "rule_cases.h"

#define C CX_FROM_CLIENT
#define S CX_FROM_SERVER

#define SERVER "10.0.0.5:5061"

static cx_cert_url urls[] = {
    {CX_URL_CRL, {(const uint8_t *)"http://crl.contoso.com/a.crl", 28}},
    {CX_URL_ISSUER, {(const uint8_t *)"http://pki.contoso.com/ca.crt", 29}},
};

/* A certificate for one name. */
static inline cx_cert cert_of(const char *name, const char *issuer, cx_san *san)
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

static inline cx_cert issuing_ca(void)
{
    return (cx_cert){.subject = cx_slice_of("CN=Issuing"),
                     .issuer = cx_slice_of("CN=Root"),
                     .key_id = 7,
                     .ca = true};
}

/* Up to the server's certificate. */
static inline scene_conn shown(scene *s, const char *server, const char *name, cx_cert *chain,
                               uint32_t n)
{
    scene_conn c = scene_open(s, server);
    scene_hello(s, &c, name, 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_chain(s, &c, chain, n);
    return c;
}

static inline scene_conn sign_in(scene *s, cx_cert *leaf)
{
    return shown(s, SERVER, "ocs1.contoso.com", leaf, 1);
}

static inline void goes_on(scene *s, scene_conn *c)
{
    scene_finish(s, c);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, c, C);
}

static inline void refuses(scene *s, scene_conn *c, uint8_t alert)
{
    if (alert)
        scene_alert(s, c, C, 2, alert);
    scene_close(s, c, C);
}
