/* The SHA-256 of contents (digest.h), through the layer that unpacks and through OpenSSL. */
#include "app/digest.h"

#include "capture/inflate.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

typedef struct file {
    int fd;
    off_t at;
    void (*tick)(void *self, unsigned long long bytes);
    void *self;
} file;

static ssize_t fill(void *self, uint8_t *to, size_t n)
{
    file *f = self;
    ssize_t got;
    do
        got = pread(f->fd, to, n, f->at);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        f->at += got;
    if (f->tick)
        f->tick(f->self, (unsigned long long)f->at);
    return got;
}

static bool put_text(EVP_MD_CTX *md, char ret[CX_DIGEST_TEXT])
{
    uint8_t bytes[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_DigestFinal_ex(md, bytes, &n) != 1 || 2 * n >= CX_DIGEST_TEXT)
        return false;
    for (unsigned i = 0; i < n; i++) {
        ret[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        ret[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    ret[2 * n] = 0;
    return true;
}

/* All that the input gives. */
static bool update(EVP_MD_CTX *md, cx_input *in)
{
    for (;;) {
        cx_slice bytes = cx_input_ahead(in, true);
        if (!bytes.len)
            return true;
        if (EVP_DigestUpdate(md, bytes.p, bytes.len) != 1)
            return false;
        (void)cx_input_skip(in, bytes.len); /* it is there */
    }
}

/* raw: the bytes as they are. CX_MALFORMED: what is packed cannot be unpacked. */
static cx_status digest(file *f, bool raw, char ret[CX_DIGEST_TEXT])
{
    cx_input in, plain = {.buffer = NULL};
    cx_inflate *inflate = NULL;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    f->at = 0;
    cx_status status = cx_input_init(&in, fill, f);
    if (status != CX_OK) {
        EVP_MD_CTX_free(md);
        return status;
    }
    bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
    const char *method = raw ? NULL : cx_inflate_method(&in);
    if (method)
        status = cx_inflate_new(&in, method, &inflate);
    if (inflate)
        status = cx_inflate_input(inflate, &plain);
    cx_input *from = method ? &plain : &in;
    if (status == CX_OK && (!ok || !update(md, from) || !put_text(md, ret)))
        status = CX_NO_MEMORY;
    if (status == CX_OK && from->error)
        status = from->error == ENOMEM ? CX_NO_MEMORY : from->trouble ? CX_MALFORMED : CX_IO;
    if (status == CX_IO)
        errno = from->error;
    int why = errno;
    cx_input_free(&plain);
    cx_inflate_free(inflate);
    cx_input_free(&in);
    EVP_MD_CTX_free(md);
    errno = why;
    return status;
}

cx_status cx_digest_file(int fd, void (*tick)(void *self, unsigned long long bytes), void *self,
                         char ret[CX_DIGEST_TEXT])
{
    file f = {.fd = fd, .tick = tick, .self = self};
    char text[CX_DIGEST_TEXT];
    cx_status status = digest(&f, false, text);
    if (status == CX_MALFORMED)
        status = digest(&f, true, text);
    if (status == CX_OK)
        memcpy(ret, text, sizeof text);
    return status;
}

cx_status cx_digest_texts(char (*texts)[CX_DIGEST_TEXT], size_t n, char ret[CX_DIGEST_TEXT])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; i < n && ok; i++)
        ok = EVP_DigestUpdate(md, texts[i], CX_DIGEST_TEXT - 1) == 1;
    ok = ok && put_text(md, ret);
    EVP_MD_CTX_free(md);
    return ok ? CX_OK : CX_NO_MEMORY;
}
