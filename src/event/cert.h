/* What certificates say of each other, and what an OCSP answer says of one. */
#pragma once

#include "event/event.h"

/* child names ca as its issuer: the names are equal, and so are the key identifiers where both have
 * them (RFC 5280 4.2.1.1). No signature is checked. */
bool cx_cert_names_issuer(const cx_cert *child, const cx_cert *ca);

/* Where the chain of a Certificate message ends, going from the leaf to issuers that were sent with
 * it, in whatever order (RFC 8446 4.4.2): a root, or the certificate whose issuer was not sent.
 * NULL: a certificate of it cannot be read, or there is none. */
const cx_cert *cx_cert_chain_end(const cx_ev_tls *certificate);

/* o is about this certificate: serial number and issuer are equal (RFC 6960 4.1.1). */
bool cx_ocsp_is_about(const cx_ocsp *o, const cx_cert *cert);
