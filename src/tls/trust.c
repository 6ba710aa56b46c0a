/* Verification of chains with OpenSSL: see trust.h. */
#include "tls/trust.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

#define MAX_KEY_BITS   16384  /* larger keys only cost time, and no public program takes them */
#define MAX_CERT_BYTES 65536u /* real ones stay below 10 KiB */
#define SLOTS          64u    /* chains remembered: servers of one capture show few */
#define FRESH_NS       INT64_C(3600000000000) /* 1 h: how long an answer holds, for dates pass */

typedef struct answer {
    unsigned char key[32]; /* SHA-256 of the chain */
    int64_t at_ns;
    cx_chain_trust verdict; /* CX_CHAIN_UNASKED: empty */
    const char *why;
} answer;

struct cx_trust {
    X509_STORE *store;
    answer known[SLOTS];
};

/* What was wrong besides dates, and with dates. Codes of OpenSSL; 0: nothing. */
typedef struct faults {
    int other, date;
} faults;

static bool is_date(int code)
{
    return code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID;
}

/* Notes the first of each kind. Goes on behind dates only: behind other faults nothing is sure. */
static int verified(int ok, X509_STORE_CTX *ctx)
{
    faults *f = X509_STORE_CTX_get_app_data(ctx);
    int code = X509_STORE_CTX_get_error(ctx);
    if (ok)
        return 1;
    if (is_date(code)) {
        f->date = f->date ? f->date : code;
        return 1;
    }
    f->other = f->other ? f->other : code;
    return 0;
}

cx_trust *cx_trust_new(void)
{
    cx_trust *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->store = X509_STORE_new();
    if (!t->store) {
        free(t);
        return NULL;
    }
    X509_STORE_set_verify_cb(t->store, verified);
    return t;
}

void cx_trust_free(cx_trust *t)
{
    if (!t)
        return;
    X509_STORE_free(t->store);
    free(t);
}

cx_status cx_trust_add_file(cx_trust *t, const char *path, uint32_t *ret)
{
    BIO *in = BIO_new_file(path, "r");
    uint32_t n = 0;
    cx_status status = in ? CX_OK : CX_IO;
    if (!in && !errno)
        errno = EIO;
    while (status == CX_OK) {
        X509 *x = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL);
        if (!x) {
            /* PEM_R_NO_START_LINE is the end of the file */
            bool end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
            status = end ? CX_END : CX_MALFORMED;
            break;
        }
        status = X509_STORE_add_cert(t->store, x) == 1 ? CX_OK : CX_NO_MEMORY;
        X509_free(x);
        n++;
    }
    int error = errno;
    BIO_free(in);
    ERR_clear_error();
    errno = error;
    if (status == CX_END)
        status = CX_OK;
    if (status == CX_OK)
        *ret = n;
    return status;
}

static X509 *parse(cx_slice der)
{
    const unsigned char *p = der.p;
    X509 *x = der.p && der.len <= MAX_CERT_BYTES ? d2i_X509(NULL, &p, (long)der.len) : NULL;
    EVP_PKEY *key = x ? X509_get0_pubkey(x) : NULL;
    if (x && (!key || EVP_PKEY_get_bits(key) > MAX_KEY_BITS)) {
        X509_free(x);
        x = NULL;
    }
    return x;
}

/* False: no memory. */
static bool run(cx_trust *t, X509 *leaf, STACK_OF(X509) * others, int64_t at_ns, faults *ret)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (!ctx || X509_STORE_CTX_init(ctx, t->store, leaf, others) != 1) {
        X509_STORE_CTX_free(ctx);
        return false;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, (time_t)(at_ns / 1000000000));
    /* what the person gave is trusted also when it is no root */
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(param, 0); /* old keys are no matter of trust */
    X509_STORE_CTX_set_app_data(ctx, ret);
    if (X509_verify_cert(ctx) != 1 && !ret->other && !ret->date)
        ret->other = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    return true;
}

static cx_chain_trust verify(cx_trust *t, const cx_slice *der, uint32_t n, int64_t at_ns,
                             const char **ret_why)
{
    X509 *leaf = n ? parse(der[0]) : NULL;
    STACK_OF(X509) *others = leaf ? sk_X509_new_null() : NULL;
    faults found = {0, 0};
    bool ok = others != NULL;
    for (uint32_t i = 1; ok && i < n; i++) {
        X509 *x = parse(der[i]);
        ok = !x || sk_X509_push(others, x) > 0;
        if (!ok)
            X509_free(x);
    }
    ok = ok && run(t, leaf, others, at_ns, &found);
    sk_X509_pop_free(others, X509_free);
    X509_free(leaf);
    ERR_clear_error();
    *ret_why = NULL;
    if (!ok)
        return CX_CHAIN_UNKNOWN;
    if (!found.other && !found.date)
        return CX_CHAIN_TRUSTED;
    *ret_why = X509_verify_cert_error_string(found.other ? found.other : found.date);
    return found.other ? CX_CHAIN_UNTRUSTED : CX_CHAIN_DATED;
}

static bool key_of(const cx_slice *der, uint32_t n, unsigned char ret[32])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
    for (uint32_t i = 0; ok && i < n; i++)
        ok = EVP_DigestUpdate(md, &der[i].len, sizeof der[i].len) == 1 &&
             EVP_DigestUpdate(md, der[i].p, der[i].len) == 1;
    ok = ok && EVP_DigestFinal_ex(md, ret, NULL) == 1;
    EVP_MD_CTX_free(md);
    return ok;
}

cx_chain_trust cx_trust_verify(cx_trust *t, const cx_slice *der, uint32_t n, int64_t at_ns,
                               const char **ret_why)
{
    unsigned char key[32];
    *ret_why = NULL;
    if (!key_of(der, n, key))
        return CX_CHAIN_UNKNOWN;
    answer *a = &t->known[key[0] % SLOTS];
    bool same = a->verdict != CX_CHAIN_UNASKED && memcmp(a->key, key, sizeof key) == 0;
    if (!same || at_ns < a->at_ns || at_ns - a->at_ns >= FRESH_NS) {
        memcpy(a->key, key, sizeof key);
        a->at_ns = at_ns;
        a->verdict = verify(t, der, n, at_ns, &a->why);
    }
    *ret_why = a->why;
    return a->verdict;
}
