/* RSA private keys (rsa.h), read by OpenSSL's store, which knows all the forms of files. */
#include "tls/rsa.h"

#include "base/limits.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define SECURE_HEAP 1048576u /* bytes; CX_MAX_RSA_KEYS of 4096 bits take half of it */

struct cx_tls_rsa {
    cx_tls_crypto *crypto;
    size_t n;
    EVP_PKEY *key[CX_MAX_RSA_KEYS];
};

/* The passphrase of one file: asked once, however often OpenSSL tries. */
typedef struct asking {
    const cx_tls_passphrase *who;
    bool asked;
    int len; /* -1: there is none */
    char text[256];
} asking;

cx_tls_rsa *cx_tls_rsa_new(cx_tls_crypto *crypto)
{
    cx_tls_rsa *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->crypto = crypto;
    if (!CRYPTO_secure_malloc_initialized()) /* else numbers lie in the ordinary heap */
        (void)CRYPTO_secure_malloc_init(SECURE_HEAP, 16);
    return r;
}

void cx_tls_rsa_free(cx_tls_rsa *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++)
        EVP_PKEY_free(r->key[i]);
    free(r);
}

bool cx_tls_rsa_looks(cx_slice file)
{
    static const char begin[] = "-----BEGIN ";
    /* PKCS#1, PKCS#8 and PKCS#12 open with a sequence of more than 127 bytes */
    if (file.len > 2 && file.p[0] == 0x30 && (file.p[1] == 0x82 || file.p[1] == 0x81))
        return true;
    return memmem(file.p, file.len, begin, sizeof begin - 1) != NULL;
}

size_t cx_tls_rsa_count(const cx_tls_rsa *r)
{
    return r->n;
}

/* pem_password_cb */
static int give_passphrase(char *to, int room, int writing, void *self)
{
    asking *a = self;
    (void)writing;
    if (!a->asked)
        a->len = a->who ? a->who->ask(a->who->self, a->text, sizeof a->text) : -1;
    a->asked = true;
    if (a->len < 0 || a->len > room || (size_t)a->len > sizeof a->text)
        return -1;
    if (a->len)
        memcpy(to, a->text, (size_t)a->len);
    return a->len;
}

static cx_status add_one(cx_tls_rsa *r, EVP_PKEY *key)
{
    if (!EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_get_bits(key) > (int)CX_MAX_RSA_BITS)
        return CX_UNSUPPORTED;
    for (size_t i = 0; i < r->n; i++)
        if (EVP_PKEY_eq(r->key[i], key) == 1)
            return CX_OK; /* given twice */
    if (r->n == CX_MAX_RSA_KEYS)
        return CX_LIMIT;
    if (EVP_PKEY_up_ref(key) != 1)
        return CX_NO_MEMORY;
    r->key[r->n++] = key;
    return CX_OK;
}

static cx_status add_all(cx_tls_rsa *r, OSSL_STORE_CTX *store)
{
    cx_status status = CX_MALFORMED; /* until there is a key */
    while (!OSSL_STORE_eof(store)) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);
        EVP_PKEY *key = info ? OSSL_STORE_INFO_get0_PKEY(info) : NULL;
        if (key) {
            cx_status one = add_one(r, key);
            if (one == CX_OK || status == CX_MALFORMED)
                status = one;
        }
        bool stuck = !info && OSSL_STORE_error(store);
        OSSL_STORE_INFO_free(info);
        if (stuck)
            break;
    }
    return status;
}

cx_status cx_tls_rsa_add(cx_tls_rsa *r, cx_slice file, const cx_tls_passphrase *passphrase)
{
    if (file.len > CX_MAX_RSA_FILE)
        return CX_LIMIT;
    asking a = {.who = passphrase};
    cx_status status = CX_NO_MEMORY;
    ERR_set_mark();
    BIO *bio = BIO_new_mem_buf(file.p, (int)file.len);
    UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(give_passphrase, 0);
    OSSL_STORE_CTX *store = bio && ui
                                ? OSSL_STORE_attach(bio, "file", cx_tls_crypto_context(r->crypto),
                                                    NULL, ui, &a, NULL, NULL, NULL)
                                : NULL;
    if (store && OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY) == 1)
        status = add_all(r, store);
    if (status == CX_MALFORMED && a.asked)
        status = CX_USAGE;
    OSSL_STORE_close(store);
    UI_destroy_method(ui);
    BIO_free(bio);
    ERR_pop_to_mark();
    OPENSSL_cleanse(&a, sizeof a);
    return status;
}

bool cx_tls_rsa_match(const cx_tls_rsa *r, cx_slice certificate, size_t *ret_key)
{
    const unsigned char *p = certificate.p;
    if (r->n == 0 || certificate.len > CX_MAX_TLS_HANDSHAKE)
        return false;
    ERR_set_mark();
    X509 *x = X509_new_ex(cx_tls_crypto_context(r->crypto), NULL);
    EVP_PKEY *key = x && d2i_X509(&x, &p, (long)certificate.len) ? X509_get0_pubkey(x) : NULL;
    size_t i = key ? 0 : r->n;
    while (i < r->n && EVP_PKEY_eq(r->key[i], key) != 1)
        i++;
    X509_free(x); /* d2i_X509 freed it and set NULL when it failed */
    ERR_pop_to_mark();
    if (i == r->n)
        return false;
    *ret_key = i;
    return true;
}

/* 00 02, at least 8 bytes that are not zero, 00, secret of 48 bytes (RFC 8017 7.2.2). */
static bool take_off_padding(const uint8_t *block, size_t len, uint8_t ret[48])
{
    if (len < 2 + 8 + 1 + 48 || block[0] != 0 || block[1] != 2)
        return false;
    size_t zero = len - 49;
    if (block[zero] != 0 || memchr(block + 2, 0, zero - 2))
        return false;
    memcpy(ret, block + zero + 1, 48);
    return true;
}

/* The ciphertext: behind its length in TLS, without it in SSL 3.0 (RFC 5246 7.4.7.1). The size of
 * the key tells more surely than the version: both kinds of clients exist in both. */
static cx_slice ciphertext_of(cx_slice exchange, size_t size)
{
    if (exchange.len == size + 2 && (size_t)(exchange.p[0] << 8 | exchange.p[1]) == size)
        return cx_slice_sub(exchange, 2, size);
    return exchange.len == size ? exchange : (cx_slice){NULL, 0};
}

cx_status cx_tls_rsa_open(const cx_tls_rsa *r, size_t key, cx_slice exchange, uint16_t offered,
                          uint16_t used, uint8_t ret_premaster[48])
{
    EVP_PKEY *pkey = r->key[key];
    uint8_t block[CX_MAX_RSA_BITS / 8], premaster[48];
    size_t len = sizeof block;
    cx_slice text = ciphertext_of(exchange, (size_t)EVP_PKEY_get_size(pkey));
    if (!text.p)
        return CX_MALFORMED;
    ERR_set_mark();
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(cx_tls_crypto_context(r->crypto), pkey, NULL);
    bool ready =
        c && EVP_PKEY_decrypt_init(c) == 1 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING) == 1;
    bool ok = ready && EVP_PKEY_decrypt(c, block, &len, text.p, text.len) == 1 &&
              take_off_padding(block, len, premaster);
    EVP_PKEY_CTX_free(c);
    ERR_pop_to_mark();
    if (ok) {
        uint16_t version = (uint16_t)(premaster[0] << 8 | premaster[1]);
        ok = version == offered || version == used;
    }
    if (ok)
        memcpy(ret_premaster, premaster, sizeof premaster);
    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(premaster, sizeof premaster);
    return ok ? CX_OK : ready ? CX_MALFORMED : CX_NO_MEMORY;
}
