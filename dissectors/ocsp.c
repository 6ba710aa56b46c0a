/* Responses of OCSP through OpenSSL: see ocsp.h.
 *
 * Every byte is the sender's choice. OpenSSL's objects live during one call and their size is bound
 * by CX_MAX_OCSP_RESPONSE; what stays is in the caller's arena. The signature is not looked at: who
 * forges a response that says "revoked" hurts nobody but himself. */
#include "dissectors/ocsp.h"

#include "base/limits.h"
#include "dissectors/x509.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

static int64_t time_ns(const ASN1_GENERALIZEDTIME *t, int64_t unreadable)
{
    struct tm tm;
    if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
        return unreadable;
    int64_t s = timegm(&tm);
    return s > INT64_MAX / NS_PER_S || s < INT64_MIN / NS_PER_S ? unreadable : s * NS_PER_S;
}

static void read_issuer(const ASN1_OCTET_STRING *hash, const ASN1_OBJECT *algorithm, cx_ocsp *ret)
{
    int nid = algorithm ? OBJ_obj2nid(algorithm) : NID_undef;
    uint32_t len = nid == NID_sha1 ? 20 : nid == NID_sha256 ? 32 : 0;
    if (!len || !hash || ASN1_STRING_length(hash) != (int)len)
        return;
    memcpy(ret->issuer_hash, ASN1_STRING_get0_data(hash), len);
    ret->issuer_hash_len = len;
}

/* False: no memory. */
static bool read_single(OCSP_SINGLERESP *single, cx_arena *a, cx_ocsp *ret)
{
    ASN1_OCTET_STRING *hash = NULL;
    ASN1_OBJECT *algorithm = NULL;
    ASN1_INTEGER *serial = NULL;
    ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
    int reason = -1;
    /* OpenSSL asks for a CertID that may be changed, and changes none here. */
    OCSP_CERTID *id = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single);
    int status = OCSP_single_get0_status(single, &reason, &revoked, &this_update, &next_update);
    *ret = (cx_ocsp){.status = status == V_OCSP_CERTSTATUS_GOOD      ? CX_OCSP_GOOD
                               : status == V_OCSP_CERTSTATUS_REVOKED ? CX_OCSP_REVOKED
                                                                     : CX_OCSP_UNKNOWN,
                     .this_ns = time_ns(this_update, INT64_MIN),
                     .next_ns = time_ns(next_update, INT64_MAX),
                     .revoked_ns = time_ns(revoked, INT64_MIN),
                     .reason = reason >= 0 ? OCSP_crl_reason_str(reason) : NULL};
    if (!id || OCSP_id_get0_info(&hash, &algorithm, NULL, &serial, id) != 1)
        return true;
    read_issuer(hash, algorithm, ret);
    return !serial || cx_x509_serial(serial, a, &ret->serial);
}

static cx_status read_all(OCSP_RESPONSE *response, cx_arena *a, const cx_ocsp **ret,
                          uint32_t *ret_n)
{
    bool succeeded = OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL;
    OCSP_BASICRESP *basic = succeeded ? OCSP_response_get1_basic(response) : NULL;
    if (succeeded && !basic)
        return CX_MALFORMED;
    int n = basic ? OCSP_resp_count(basic) : 0;
    uint32_t kept = n > CX_MAX_OCSP ? CX_MAX_OCSP : n > 0 ? (uint32_t)n : 0;
    cx_ocsp *list = cx_arena_take(a, (kept + 1) * sizeof *list);
    bool ok = list != NULL;
    for (uint32_t i = 0; ok && i < kept; i++)
        ok = read_single(OCSP_resp_get0(basic, (int)i), a, &list[i]);
    OCSP_BASICRESP_free(basic);
    if (!ok)
        return CX_NO_MEMORY;
    *ret = list;
    *ret_n = kept;
    return CX_OK;
}

cx_status cx_ocsp_read(cx_slice der, cx_arena *scratch, const cx_ocsp **ret, uint32_t *ret_n)
{
    cx_status status = CX_MALFORMED;
    const unsigned char *end = der.p;
    OCSP_RESPONSE *response = der.p && der.len <= CX_MAX_OCSP_RESPONSE
                                  ? d2i_OCSP_RESPONSE(NULL, &end, (long)der.len)
                                  : NULL;
    if (response && end == der.p + der.len)
        status = read_all(response, scratch, ret, ret_n);
    OCSP_RESPONSE_free(response);
    ERR_clear_error(); /* of this thread; nobody else reads it */
    return status;
}
