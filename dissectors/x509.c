/* Certificates (RFC 5280) through OpenSSL. Values for
 * the events of tls.c, emits nothing itself.
 *
 * Every byte is the sender's choice. OpenSSL's own objects live during one call, their size is
 * bound by CX_MAX_CERT_BYTES; what stays is in the caller's arena. A field that does not parse is
 * left empty, it never makes the others unreadable. */
#include "dissectors/x509.h"

#include "base/hash.h"
#include "base/limits.h"
#include "dissectors/x509_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define MAX_VERIFY_BITS                                                                            \
    8192                    /* bits of a key; larger ones make a verification cost milliseconds    \
                             */
#define MAX_SERIAL_BYTES 64 /* bytes; RFC 5280 4.1.2.2 allows 20 */

/* A copy in the arena. False: no memory. */
static bool keep(cx_arena *a, const void *bytes, size_t len, cx_slice *ret)
{
    *ret = cx_arena_copy(a, (cx_slice){bytes ? bytes : (const uint8_t *)"", len});
    return ret->p != NULL;
}

static cx_slice string_bytes(const ASN1_STRING *s)
{
    int len = s ? ASN1_STRING_length(s) : 0;
    return (cx_slice){len > 0 ? ASN1_STRING_get0_data(s) : (const uint8_t *)"",
                      len > 0 ? (size_t)len : 0};
}

/* RFC 2253 text with UTF-8 left as it is. */
static bool name_text(const X509_NAME *name, cx_arena *a, cx_slice *ret)
{
    BIO *out = BIO_new(BIO_s_mem());
    if (!out)
        return false;
    char *text = NULL;
    bool ok = X509_NAME_print_ex(out, name, 0,
                                 XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0;
    long len = BIO_get_mem_data(out, &text);
    ok = ok && keep(a, text, len > 0 ? (size_t)len : 0, ret);
    BIO_free(out);
    return ok;
}

/* The last CN: the most specific one, the one that clients compare. */
static bool common_name(const X509_NAME *name, cx_arena *a, cx_slice *ret)
{
    int last = -1;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;)
        last = at;
    if (last < 0)
        return true;
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last));
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, value);
    cx_slice raw = string_bytes(value);
    bool ok = len < 0 ? keep(a, raw.p, raw.len, ret) : keep(a, utf8, (size_t)len, ret);
    OPENSSL_free(utf8);
    return ok;
}

bool cx_x509_serial(const struct asn1_string_st *serial, cx_arena *a, cx_slice *ret)
{
    if (ASN1_STRING_length(serial) > MAX_SERIAL_BYTES)
        return true;
    BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
    char *hex = number ? BN_bn2hex(number) : NULL;
    bool ok = hex && keep(a, hex, strlen(hex), ret);
    OPENSSL_free(hex);
    BN_free(number);
    return ok;
}

static int64_t time_ns(const ASN1_TIME *t, int64_t unreadable)
{
    struct tm tm;
    if (ASN1_TIME_to_tm(t, &tm) != 1)
        return unreadable;
    int64_t s = timegm(&tm);
    if (s > INT64_MAX / NS_PER_S)
        return INT64_MAX;
    if (s < INT64_MIN / NS_PER_S)
        return INT64_MIN;
    return s * NS_PER_S;
}

/* Dotted numbers, for what has no name. */
static bool oid_text(const ASN1_OBJECT *oid, const char *before, cx_arena *a, cx_slice *ret)
{
    char text[128];
    if (OBJ_obj2txt(text, sizeof text, oid, 1) <= 0)
        text[0] = 0;
    *ret = cx_arena_printf(a, "%s%s", before, text);
    return ret->p != NULL;
}

static bool key_text(const EVP_PKEY *key, const X509 *x, cx_arena *a, cx_slice *ret)
{
    if (!key) { /* an algorithm that OpenSSL does not know, or a broken key */
        ASN1_OBJECT *algorithm = NULL;
        X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(x));
        return algorithm ? oid_text(algorithm, "unreadable ", a, ret) : true;
    }
    int bits = EVP_PKEY_get_bits(key);
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        *ret = cx_arena_printf(a, "RSA %d", bits);
        break;
    case EVP_PKEY_RSA_PSS:
        *ret = cx_arena_printf(a, "RSA-PSS %d", bits);
        break;
    case EVP_PKEY_DSA:
        *ret = cx_arena_printf(a, "DSA %d", bits);
        break;
    case EVP_PKEY_EC: {
        char group[64] = "";
        size_t len = 0;
        if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                           &len) != 1)
            return (*ret = cx_arena_printf(a, "EC %d", bits)).p != NULL; /* explicit parameters */
        const char *nist = EC_curve_nid2nist(OBJ_sn2nid(group));
        *ret = cx_arena_printf(a, "EC %s", nist ? nist : group);
        break;
    }
    case EVP_PKEY_ED25519:
        *ret = cx_arena_printf(a, "Ed25519");
        break;
    case EVP_PKEY_ED448:
        *ret = cx_arena_printf(a, "Ed448");
        break;
    default: {
        const char *name = OBJ_nid2sn(EVP_PKEY_get_base_id(key));
        *ret = cx_arena_printf(a, "%s %d", name ? name : "unknown", bits);
        break;
    }
    }
    return ret->p != NULL;
}

static bool signature_text(const X509 *x, cx_arena *a, cx_slice *ret)
{
    int nid = X509_get_signature_nid(x);
    const char *name = nid == NID_undef ? NULL : OBJ_nid2ln(nid);
    if (name)
        return keep(a, name, strlen(name), ret);
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *oid = NULL;
    X509_get0_signature(NULL, &algorithm, x);
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    return oid_text(oid, "", a, ret);
}

/* 4 or 16 bytes (RFC 5280 4.2.1.6) are an address; other lengths are none. */
static bool san_address(cx_slice raw, cx_arena *a, cx_san *ret)
{
    cx_endpoint e = {.family = raw.len == 4 ? 4 : 6};
    char text[CX_ADDR_TEXT];
    if (raw.len != 4 && raw.len != 16) {
        ret->kind = CX_SAN_OTHER;
        return keep(a, raw.p, raw.len, &ret->text);
    }
    memcpy(e.addr + 16 - raw.len, raw.p, raw.len);
    cx_addr_text(&e, text);
    ret->kind = CX_SAN_IP;
    return keep(a, text, strlen(text), &ret->text);
}

/* A user principal name (MS-WCCE 2.2.2.7.7.4, NID_ms_upn) as its text, another one as its type. */
static bool other_name(const GENERAL_NAME *name, cx_arena *a, cx_slice *ret)
{
    ASN1_OBJECT *oid = NULL;
    ASN1_TYPE *value = NULL;
    if (!GENERAL_NAME_get0_otherName(name, &oid, &value))
        return keep(a, NULL, 0, ret);
    if (OBJ_obj2nid(oid) == NID_ms_upn && value && value->type == V_ASN1_UTF8STRING) {
        cx_slice raw = string_bytes(value->value.utf8string);
        return keep(a, raw.p, raw.len, ret);
    }
    return oid_text(oid, "", a, ret);
}

static bool read_san(const GENERAL_NAME *name, cx_arena *a, cx_san *ret)
{
    int type = 0;
    void *value = GENERAL_NAME_get0_value(name, &type);
    cx_slice raw;
    switch (type) {
    case GEN_DNS:
    case GEN_URI:
    case GEN_EMAIL:
        ret->kind = type == GEN_DNS ? CX_SAN_DNS : type == GEN_URI ? CX_SAN_URI : CX_SAN_OTHER;
        raw = string_bytes(value);
        return keep(a, raw.p, raw.len, &ret->text);
    case GEN_IPADD:
        return san_address(string_bytes(value), a, ret);
    case GEN_DIRNAME:
        ret->kind = CX_SAN_OTHER;
        return name_text(value, a, &ret->text);
    case GEN_RID:
        ret->kind = CX_SAN_OTHER;
        return oid_text(value, "", a, &ret->text);
    case GEN_OTHERNAME:
        ret->kind = CX_SAN_OTHER;
        return other_name(name, a, &ret->text);
    default:
        ret->kind = CX_SAN_OTHER;
        return keep(a, NULL, 0, &ret->text);
    }
}

static bool read_sans(const X509 *x, cx_arena *a, cx_cert *ret)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    int n = names ? sk_GENERAL_NAME_num(names) : 0;
    bool ok = true;
    if (n > (int)CX_MAX_SANS)
        n = (int)CX_MAX_SANS;
    if (n > 0) {
        ret->san = cx_arena_take(a, (size_t)n * sizeof *ret->san);
        ok = ret->san != NULL;
    }
    for (int i = 0; ok && i < n; i++)
        ok = read_san(sk_GENERAL_NAME_value(names, i), a, &ret->san[i]);
    if (ok && n > 0)
        ret->n_san = (uint32_t)n;
    GENERAL_NAMES_free(names);
    return ok;
}

static bool read_usage(const X509 *x, cx_arena *a, cx_cert *ret)
{
    bool ok = true;
    BASIC_CONSTRAINTS *constraints = X509_get_ext_d2i(x, NID_basic_constraints, NULL, NULL);
    ret->ca = constraints && constraints->ca;
    BASIC_CONSTRAINTS_free(constraints);

    ret->has_eku = X509_get_ext_by_NID(x, NID_ext_key_usage, -1) >= 0;
    EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
    for (int i = 0; ok && usage && i < sk_ASN1_OBJECT_num(usage); i++) {
        const ASN1_OBJECT *oid = sk_ASN1_OBJECT_value(usage, i);
        int nid = OBJ_obj2nid(oid);
        const char *purpose = nid == NID_undef ? NULL : OBJ_nid2sn(nid);
        if (ret->n_eku < CX_MAX_EKU) {
            cx_slice *text = &ret->eku[ret->n_eku];
            ok = purpose ? keep(a, purpose, strlen(purpose), text) : oid_text(oid, "", a, text);
            ret->n_eku += ok;
        }
        ret->eku_server |= nid == NID_server_auth;
        ret->eku_client |= nid == NID_client_auth;
        ret->eku_any |= nid == NID_anyExtendedKeyUsage;
    }
    EXTENDED_KEY_USAGE_free(usage);
    return ok;
}

static bool keep_url(const GENERAL_NAME *name, cx_cert_url_kind kind, cx_arena *a, cx_cert *ret)
{
    int type = 0;
    const void *value = GENERAL_NAME_get0_value(name, &type);
    if (type != GEN_URI || ret->n_urls == CX_MAX_CERT_URLS)
        return true;
    if (!ret->url && !(ret->url = cx_arena_take(a, CX_MAX_CERT_URLS * sizeof *ret->url)))
        return false;
    cx_slice raw = string_bytes(value);
    cx_cert_url url = {.kind = kind};
    if (!keep(a, raw.p, raw.len, &url.text))
        return false;
    ret->url[ret->n_urls++] = url;
    return true;
}

/* CRL distribution points (RFC 5280 4.2.1.13). */
static bool read_crl_urls(const X509 *x, cx_arena *a, cx_cert *ret)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);
    bool ok = true;
    for (int i = 0; ok && points && i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT_NAME *where = sk_DIST_POINT_value(points, i)->distpoint;
        const GENERAL_NAMES *names = where && where->type == 0 ? where->name.fullname : NULL;
        for (int k = 0; ok && names && k < sk_GENERAL_NAME_num(names); k++)
            ok = keep_url(sk_GENERAL_NAME_value(names, k), CX_URL_CRL, a, ret);
    }
    CRL_DIST_POINTS_free(points);
    return ok;
}

/* Authority information access (RFC 5280 4.2.2.1). */
static bool read_access_urls(const X509 *x, cx_arena *a, cx_cert *ret)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
    bool ok = true;
    for (int i = 0; ok && access && i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(access, i);
        int method = OBJ_obj2nid(one->method);
        if (method == NID_ad_OCSP || method == NID_ad_ca_issuers)
            ok = keep_url(one->location, method == NID_ad_OCSP ? CX_URL_OCSP : CX_URL_ISSUER, a,
                          ret);
    }
    AUTHORITY_INFO_ACCESS_free(access);
    return ok;
}

/* CA/Browser Forum Baseline Requirements 7.1.6.1: 2.23.140.1.2.1 and its like. */
static bool has_public_policy(const X509 *x)
{
    static const char arc[] = "2.23.140.1.";
    CERTIFICATEPOLICIES *policies = X509_get_ext_d2i(x, NID_certificate_policies, NULL, NULL);
    bool found = false;
    for (int i = 0; !found && policies && i < sk_POLICYINFO_num(policies); i++) {
        char text[64] = "";
        (void)OBJ_obj2txt(text, sizeof text, sk_POLICYINFO_value(policies, i)->policyid, 1);
        found = strncmp(text, arc, sizeof arc - 1) == 0;
    }
    CERTIFICATEPOLICIES_free(policies);
    return found;
}

static uint64_t key_id_of(const ASN1_OCTET_STRING *id)
{
    cx_slice raw = string_bytes(id);
    return raw.len ? cx_hash(raw.p, raw.len, 0) | 1 : 0;
}

/* Identifiers of its key and of its issuer's (RFC 5280 4.2.1.1, 4.2.1.2). */
static void read_key_ids(const X509 *x, cx_cert *ret)
{
    ASN1_OCTET_STRING *own = X509_get_ext_d2i(x, NID_subject_key_identifier, NULL, NULL);
    AUTHORITY_KEYID *issuer = X509_get_ext_d2i(x, NID_authority_key_identifier, NULL, NULL);
    ret->key_id = key_id_of(own);
    ret->issuer_key_id = key_id_of(issuer ? issuer->keyid : NULL);
    ASN1_OCTET_STRING_free(own);
    AUTHORITY_KEYID_free(issuer);
}

/* What ties it to its issuer. */
static bool read_issuer(const X509 *x, cx_arena *a, cx_cert *ret)
{
    const X509_NAME *issuer = X509_get_issuer_name(x);
    ret->public_rules =
        has_public_policy(x) || X509_get_ext_by_NID(x, NID_ct_precert_scts, -1) >= 0;
    read_key_ids(x, ret);
    return X509_NAME_digest(issuer, EVP_sha1(), ret->issuer_sha1, NULL) == 1 &&
           X509_NAME_digest(issuer, EVP_sha256(), ret->issuer_sha256, NULL) == 1 &&
           read_crl_urls(x, a, ret) && read_access_urls(x, a, ret);
}

static bool fingerprint(cx_slice der, char out[65])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    if (EVP_Digest(der.p, der.len, hash, &len, EVP_sha256(), NULL) != 1 || len != 32)
        return false;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[64] = 0;
    return true;
}

/* False: no memory. */
static bool fill(const X509 *x, EVP_PKEY *key, cx_slice der, cx_arena *a, cx_cert *ret)
{
    const X509_NAME *subject = X509_get_subject_name(x), *issuer = X509_get_issuer_name(x);
    if (!name_text(subject, a, &ret->subject) || !name_text(issuer, a, &ret->issuer) ||
        !common_name(subject, a, &ret->common_name) ||
        !cx_x509_serial(X509_get0_serialNumber(x), a, &ret->serial) ||
        !key_text(key, x, a, &ret->key) || !signature_text(x, a, &ret->signature) ||
        !read_sans(x, a, ret) || !read_usage(x, a, ret) || !read_issuer(x, a, ret) ||
        !fingerprint(der, ret->sha256))
        return false;
    ret->not_before_ns = time_ns(X509_get0_notBefore(x), INT64_MIN);
    ret->not_after_ns = time_ns(X509_get0_notAfter(x), INT64_MAX);
    ret->self_issued = X509_NAME_cmp(subject, issuer) == 0;
    ret->self_signed = ret->self_issued && key && EVP_PKEY_get_bits(key) <= MAX_VERIFY_BITS &&
                       cx_x509_is_signed_by(x, der, key);
    return true;
}

cx_status cx_x509_read(cx_slice der, cx_arena *scratch, cx_cert *ret)
{
    cx_status status = CX_MALFORMED;
    cx_cert cert = {.unreadable = false};
    X509 *x = der.p && der.len <= CX_MAX_CERT_BYTES ? cx_x509_parse(der) : NULL;
    EVP_PKEY *key = x ? cx_x509_key(x) : NULL;
    if (x)
        status = fill(x, key, der, scratch, &cert) ? CX_OK : CX_NO_MEMORY;
    EVP_PKEY_free(key);
    X509_free(x);
    ERR_clear_error(); /* of this thread; nobody else reads it */
    *ret = status == CX_OK ? cert : (cx_cert){.unreadable = true};
    return status;
}
