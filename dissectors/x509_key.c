/* Public keys of certificates (x509_key.h).
 *
 * d2i_X509 of OpenSSL 3 reads the key too, and for each one searches its providers for a chain of
 * decoders, which takes ten times as long as all else in a certificate. Here the certificate is
 * read in a library context that has no decoders, and the key by a decoder that is kept for all
 * keys of an algorithm. */
#include "dissectors/x509_key.h"

#include "base/der.h"

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <pthread.h>

typedef struct decoder {
    int algorithm; /* a NID */
    OSSL_DECODER_CTX *context;
    EVP_PKEY *key; /* where the context puts what it reads */
} decoder;

/* Threads share them: they cost more to make than to wait for. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static OSSL_LIB_CTX *bare; /* a context without algorithms */
static decoder decoders[] = {{.algorithm = NID_rsaEncryption},
                             {.algorithm = NID_X9_62_id_ecPublicKey}};

static bool make_decoder(decoder *d, OSSL_LIB_CTX *from)
{
    d->context =
        OSSL_DECODER_CTX_new_for_pkey(&d->key, "DER", "SubjectPublicKeyInfo",
                                      OBJ_nid2ln(d->algorithm), EVP_PKEY_PUBLIC_KEY, from, NULL);
    return d->context != NULL;
}

/* The key in a SubjectPublicKeyInfo; called with the lock. */
static EVP_PKEY *decode(decoder *d, const unsigned char *der, size_t len)
{
    d->key = NULL;
    if (OSSL_DECODER_from_data(d->context, &der, &len) != 1) {
        EVP_PKEY_free(d->key);
        d->key = NULL;
    }
    return d->key;
}

static bool make_bare(void)
{
    OSSL_LIB_CTX *context = bare ? NULL : OSSL_LIB_CTX_new();
    /* without a provider that was loaded by name it would have the default one */
    if (context && OSSL_PROVIDER_load(context, "null"))
        bare = context;
    else
        OSSL_LIB_CTX_free(context);
    return bare != NULL;
}

X509 *cx_x509_parse(cx_slice der)
{
    (void)pthread_mutex_lock(&lock); /* cannot fail: held by nobody that waits for it */
    bool made = make_bare();
    (void)pthread_mutex_unlock(&lock);
    X509 *x = made ? X509_new_ex(bare, NULL) : NULL;
    const unsigned char *end = der.p;
    if (x && d2i_X509(&x, &end, (long)der.len) && end == der.p + der.len)
        return x;
    X509_free(x); /* d2i_X509 freed it and set NULL when it failed */
    return NULL;
}

EVP_PKEY *cx_x509_key(const X509 *x)
{
    X509_PUBKEY *info = X509_get_X509_PUBKEY(x);
    ASN1_OBJECT *oid = NULL;
    unsigned char *der = NULL;
    (void)X509_PUBKEY_get0_param(&oid, NULL, NULL, NULL, info); /* always 1 */
    int len = i2d_X509_PUBKEY(info, &der), algorithm = OBJ_obj2nid(oid);
    EVP_PKEY *key = NULL;
    if (len <= 0 || algorithm == NID_undef) { /* no decoder without a name */
        OPENSSL_free(der);
        return NULL;
    }
    (void)pthread_mutex_lock(&lock);
    decoder rare = {.algorithm = algorithm}, *d = &rare;
    for (size_t i = 0; i < sizeof decoders / sizeof *decoders; i++)
        if (decoders[i].algorithm == algorithm)
            d = &decoders[i];
    if (d->context || make_decoder(d, NULL))
        key = decode(d, der, (size_t)len);
    (void)pthread_mutex_unlock(&lock);
    OSSL_DECODER_CTX_free(rare.context);
    OPENSSL_free(der);
    return key;
}

/* What is signed (TBSCertificate), as it stands in the bytes. */
static cx_slice signed_part(cx_slice der)
{
    cx_cursor c = cx_cursor_over(der, CX_MALFORMED);
    cx_der certificate, signed_one;
    if (!cx_der_next(&c, &certificate))
        return (cx_slice){NULL, 0};
    cx_cursor inside = cx_der_inside(&certificate);
    const uint8_t *start = inside.p;
    if (!cx_der_next(&inside, &signed_one) || signed_one.fault != CX_OK)
        return (cx_slice){NULL, 0};
    return (cx_slice){start, (size_t)(inside.p - start)};
}

static bool verify(cx_slice text, const ASN1_BIT_STRING *signature, int digest, EVP_PKEY *key)
{
    const EVP_MD *md = EVP_get_digestbynid(digest);
    EVP_MD_CTX *c = md ? EVP_MD_CTX_new() : NULL;
    bool ok = c && EVP_DigestVerifyInit(c, NULL, md, NULL, key) == 1 &&
              EVP_DigestVerify(c, ASN1_STRING_get0_data(signature),
                               (size_t)ASN1_STRING_length(signature), text.p, text.len) == 1;
    EVP_MD_CTX_free(c);
    return ok;
}

/* With the key read anew: for algorithms whose parameters only OpenSSL's own way knows. */
static bool verify_rare(cx_slice der, EVP_PKEY *key)
{
    const unsigned char *p = der.p;
    X509 *x = d2i_X509(NULL, &p, (long)der.len);
    bool ok = x && X509_verify(x, key) == 1;
    X509_free(x);
    return ok;
}

bool cx_x509_is_signed_by(const X509 *x, cx_slice der, EVP_PKEY *key)
{
    int digest = NID_undef, algorithm = NID_undef;
    const ASN1_BIT_STRING *signature;
    const X509_ALGOR *outer;
    X509_get0_signature(&signature, &outer, x);
    if (X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(x)) != 0 || (signature->flags & 7))
        return false; /* 7: bits that do not fill their last byte */
    if (!OBJ_find_sigid_algs(X509_get_signature_nid(x), &digest, &algorithm) ||
        digest == NID_undef || !EVP_PKEY_is_a(key, OBJ_nid2sn(algorithm)))
        return verify_rare(der, key);
    cx_slice text = signed_part(der);
    return text.p && verify(text, signature, digest, key);
}

void cx_x509_warm_up(void)
{
    (void)pthread_mutex_lock(&lock);
    /* what fails here fails again where it is needed */
    decoder none = {.algorithm = NID_rsaEncryption};
    if (make_bare()) /* the first search makes a table of names */
        (void)make_decoder(&none, bare);
    OSSL_DECODER_CTX_free(none.context);
    for (size_t i = 0; i < sizeof decoders / sizeof *decoders; i++)
        if (!decoders[i].context)
            (void)make_decoder(&decoders[i], NULL);
    (void)pthread_mutex_unlock(&lock);
    ERR_clear_error();
}
