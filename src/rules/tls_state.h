/* How far a TLS handshake came and who turned away, in the terms that the TLS rules share
 * (signin-failures 6.2, 6.4). */
#pragma once

#include "rules/judging.h"
#include "signin/conn.h"

/* How the client took the server's certificate. */
typedef enum cx_verdict_on_cert {
    CX_CERT_UNSEEN,        /* no readable certificate */
    CX_CERT_UNDECIDED,     /* the handshake neither went on nor ended by the client */
    CX_CERT_REFUSED_ALERT, /* an alert of the client that can be read */
    CX_CERT_REFUSED_CLOSE, /* the client closed before its key exchange */
    CX_CERT_REFUSED_AFTER, /* handshake complete, then closed by the client without using it */
    CX_CERT_ACCEPTED       /* the client used the channel */
} cx_verdict_on_cert;

cx_verdict_on_cert cx_tls_verdict(const cx_conn *c);

/* The client has TLS 1.2 or later, the server chose TLS 1.1 or older, and the client turned away
 * with an alert that is about no certificate: OpenSSL 3 says internal_error there, because the
 * signatures of these versions (MD5, SHA-1) are below its security level. */
bool cx_tls_too_old(const cx_conn *c);

/* Up to TLS 1.2: an encrypted alert of the client before the server's Finished. No program that
 * only probes the port sends one there; NSS does when it judges the certificate beside the
 * handshake. */
bool cx_tls_refused_early(const cx_conn *c);

/* Its ClientHello is that of a program that judges the certificate behind the handshake: NSS, which
 * asks the user (pidgin-sipe), sends record_size_limit and no encrypt_then_mac. What probes ports
 * and watches certificates is made with OpenSSL, GnuTLS, Go or Java, whose hellos differ. */
bool cx_tls_judges_late(const cx_conn *c);

/* Its ClientHello is one of OpenSSL or mbedTLS: encrypt_then_mac, and no record_size_limit, which
 * GnuTLS has beside it. They say unknown_ca (48) for an issuer, and 42 for a name or a weak key. */
bool cx_tls_names_issuers(const cx_conn *c);

/* The server's leaf, or NULL when none could be read. */
const cx_cert *cx_tls_leaf(const cx_conn *c);

/* The alert of the client by which it refused; 0 for none. */
uint8_t cx_tls_client_alert(const cx_conn *c);

/* No wanted name of the connection is in the leaf, or by a partial wildcard at most, which clients
 * may refuse. False also when no name is known. */
bool cx_tls_name_mismatch(const cx_conn *c);

/* It is, by such a wildcard. */
bool cx_tls_name_partial(const cx_conn *c);

/* A client that sends names sent none here: what is known is a lookup, which others may have made.
 */
bool cx_tls_unsaid_name(const cx_conn *c);

/* The name that was wanted is an address or one label; absent otherwise. *ret_certain: it was seen
 * (SNI, typed, lookup) and is not concluded from the absence of all of them. */
cx_slice cx_tls_short_name(const cx_conn *c, bool *ret_certain);

/* The client turned to another candidate afterwards: a second sign that it had refused this one. */
bool cx_tls_went_on(const cx_attempt *a, const cx_conn *c);

/* The certificate's frame has a time at which TLS existed: captures without times have none. */
bool cx_tls_dated(const cx_conn *c);

/* Out of validity at the time of the certificate's frame; false where that is not known. */
bool cx_tls_expired(const cx_conn *c, const cx_cert **ret_cert);
bool cx_tls_not_yet_valid(const cx_conn *c);

/* The extended key usage of the leaf, where it has one, is not that of servers (RFC 5280 4.2.1.12).
 */
bool cx_tls_wrong_purpose(const cx_conn *c);

/* The name, the dates or the purpose of the leaf are wrong: enough to refuse it for. */
bool cx_tls_other_defect(const cx_conn *c);

/* The first certificate of the chain with a signature by MD2, MD5 or SHA-1 (*ret_hash, may be
 * NULL), or with an RSA key below 2048 bits; NULL: none. Some clients refuse them with the alerts
 * for any other defect (OpenSSL at security level 2: 42). How a certificate signed itself is never
 * checked, its key is. */
const cx_cert *cx_tls_weak_cert(const cx_conn *c, bool *ret_hash);

/* The ClientHello has this cipher suite. */
bool cx_tls_offers(const cx_ev_tls *hello, uint16_t cipher);

/* The alert of the client, 42 or 46, names no defect, and the certificate shows one only: by
 * exclusion the alert is about that. Any other one is another's, or of none in sight. */
bool cx_tls_alert_of_sole_defect(const cx_conn *c);

/* "unknown_ca" for 48; "unknown" for what has no name. */
const char *cx_tls_alert_text(uint8_t alert);

/* Shows the alert as evidence: "alert 48 (unknown_ca) of the client". */
void cx_tls_show_alert(cx_judging *j, cx_finding *f, const cx_event *alert);

/* Shows the ClientHello, which must be there, and the best version that it offers. */
void cx_tls_show_hello(cx_judging *j, cx_finding *f, const cx_conn *c);

/* What a handshake that fails for a known reason looks like besides: shadows of the rules that know
 * it. */
extern const char *const cx_tls_end_of_handshake[];

/* What else a client that refuses a certificate looks like: shadows of the rules that know why it
 * did. */
extern const char *const cx_tls_refusal_shadows[];

/* The common name of a certificate, or its subject where it has none. */
cx_slice cx_tls_subject(const cx_cert *cert);
