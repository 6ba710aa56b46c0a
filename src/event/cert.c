/* Chains of certificates and OCSP answers: see cert.h. */
#include "event/cert.h"

bool cx_cert_names_issuer(const cx_cert *child, const cx_cert *ca)
{
    return !child->unreadable && !ca->unreadable && cx_slice_eq(child->issuer, ca->subject) &&
           (!child->issuer_key_id || !ca->key_id || child->issuer_key_id == ca->key_id);
}

const cx_cert *cx_cert_chain_end(const cx_ev_tls *certificate)
{
    const cx_cert *at = certificate->n_chain ? certificate->chain : NULL;
    for (uint32_t i = 0; i < certificate->n_chain; i++)
        if (certificate->chain[i].unreadable)
            return NULL;
    for (uint32_t steps = 1; at && steps < certificate->n_chain && !at->self_issued; steps++) {
        const cx_cert *issuer = NULL;
        for (uint32_t i = 1; i < certificate->n_chain && !issuer; i++)
            if (&certificate->chain[i] != at && cx_cert_names_issuer(at, &certificate->chain[i]))
                issuer = &certificate->chain[i];
        if (!issuer)
            break;
        at = issuer;
    }
    return at;
}

bool cx_ocsp_is_about(const cx_ocsp *o, const cx_cert *cert)
{
    if (cert->unreadable || !o->serial.len || !cx_slice_ieq(o->serial, cert->serial))
        return false;
    if (o->issuer_hash_len == sizeof cert->issuer_sha1)
        return memcmp(o->issuer_hash, cert->issuer_sha1, sizeof cert->issuer_sha1) == 0;
    return o->issuer_hash_len == sizeof cert->issuer_sha256 &&
           memcmp(o->issuer_hash, cert->issuer_sha256, sizeof cert->issuer_sha256) == 0;
}
