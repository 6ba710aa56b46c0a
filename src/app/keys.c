/* Reads the files that open TLS (keys.h). */
#include "app/keys.h"

#include "app/fate.h"
#include "app/passphrase.h"
#include "app/say.h"
#include "base/limits.h"
#include "tls/keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Where a file is read to: as much as private keys may take. */
typedef struct reading {
    const cx_options *options;
    cx_keys *keys;
    cx_passphrase *passphrase;
    uint8_t *room; /* CX_MAX_RSA_FILE bytes, locked */
} reading;

/* As much as there is, up to the room. -1: errno says why. */
static ssize_t fill(int fd, uint8_t *room)
{
    size_t n = 0;
    while (n < CX_MAX_RSA_FILE) {
        ssize_t got = read(fd, room + n, CX_MAX_RSA_FILE - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static cx_status refuse(const char *path, const char *why)
{
    cx_say("%s: %s", path, why);
    return CX_USAGE;
}

static cx_status take_keys(reading *r, const char *path, cx_slice file)
{
    const cx_tls_passphrase ask = {cx_passphrase_ask, r->passphrase};
    cx_passphrase_for(r->passphrase, path);
    switch ((int)cx_tls_rsa_add(r->keys->rsa, file, &ask)) {
    case CX_OK:
        return CX_OK;
    case CX_NO_MEMORY:
        return CX_NO_MEMORY;
    case CX_UNSUPPORTED:
        return refuse(path, "a private key, but none of RSA: it opens no TLS");
    case CX_LIMIT:
        return refuse(path, "too many private keys");
    case CX_USAGE:
        return refuse(path, cx_passphrase_given(r->passphrase)
                                ? "the passphrase is wrong"
                                : "the key is encrypted: it needs a passphrase (--passphrase-fd)");
    default:
        return refuse(path, "no private key in it");
    }
}

static cx_status take_log(reading *r, const char *path, int fd, size_t n)
{
    cx_tls_keylog *log = cx_tls_keylog_new(r->keys->secrets);
    ssize_t got = (ssize_t)n;
    if (!log)
        return CX_NO_MEMORY;
    while (got > 0) {
        cx_tls_keylog_feed(log, (cx_slice){r->room, (size_t)got});
        got = fill(fd, r->room);
    }
    cx_tls_keylog_stats s = cx_tls_keylog_end(log);
    if (got < 0)
        return refuse(path, strerror(errno));
    if (s.used + s.unneeded + s.damaged == 0 && s.unknown + s.malformed)
        return refuse(path, "neither a key log nor an RSA private key");
    if (r->options->quiet)
        return CX_OK;
    if (s.damaged + s.malformed)
        cx_say("%s: %" PRIu64 " line%s of the key log cannot be read", path,
               s.damaged + s.malformed, s.damaged + s.malformed == 1 ? "" : "s");
    if (s.refused)
        cx_say("%s: %" PRIu64 " lines of the key log are too many and left out", path, s.refused);
    return CX_OK;
}

static cx_status read_file(reading *r, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : fill(fd, r->room);
    cx_status status;
    if (n < 0) {
        status = refuse(path, strerror(errno));
    } else if (cx_tls_rsa_looks((cx_slice){r->room, (size_t)n})) {
        status = n == (ssize_t)CX_MAX_RSA_FILE ? refuse(path, "too large for private keys")
                                               : take_keys(r, path, (cx_slice){r->room, (size_t)n});
    } else {
        status = take_log(r, path, fd, (size_t)n);
    }
    if (fd >= 0)
        (void)close(fd);
    return status;
}

/* A file of --keys: notes what came from it. */
static cx_status read_named(reading *r, const char *path, uint32_t mark)
{
    cx_keys *k = r->keys;
    uint64_t version = cx_tls_secrets_version(k->secrets);
    size_t from = cx_tls_rsa_count(k->rsa);
    cx_tls_secrets_mark(k->secrets, mark);
    cx_status status = read_file(r, path);
    cx_key_file f = {.path = path};
    if (cx_tls_secrets_version(k->secrets) != version)
        f.mark = mark;
    for (size_t i = from; i < cx_tls_rsa_count(k->rsa); i++)
        f.rsa_keys |= UINT64_C(1) << i;
    if (f.mark || f.rsa_keys)
        k->files[k->n_files++] = f;
    return status;
}

/* The environment's key log may be another program's business: what is wrong with it stops nothing.
 */
static cx_status read_environment(reading *r)
{
    const char *path = getenv("SSLKEYLOGFILE");
    if (!path || !*path || access(path, F_OK) != 0)
        return CX_OK;
    return read_file(r, path) == CX_NO_MEMORY ? CX_NO_MEMORY : CX_OK;
}

static cx_status read_all(const cx_options *options, cx_keys *keys)
{
    cx_tls_vault *vault = cx_tls_vault_new(2 * CX_MAX_RSA_FILE);
    reading r = {.options = options, .keys = keys};
    r.room = vault ? cx_tls_vault_take(vault, CX_MAX_RSA_FILE) : NULL;
    r.passphrase = vault ? cx_passphrase_new(vault, options->passphrase_fd) : NULL;
    keys->files = calloc(options->n_keys + 1, sizeof *keys->files);
    cx_status status = r.room && r.passphrase && keys->files ? CX_OK : CX_NO_MEMORY;
    for (size_t i = 0; i < options->n_keys && status == CX_OK; i++)
        status = read_named(&r, options->keys[i], i < 32 ? UINT32_C(1) << i : 0);
    cx_tls_secrets_mark(keys->secrets, 0);
    if (status == CX_OK)
        status = read_environment(&r);
    cx_tls_vault_free(vault);
    return status;
}

static cx_status read_trust(const cx_options *options, cx_keys *k)
{
    k->trust = cx_trust_new();
    cx_status status = k->trust ? CX_OK : CX_NO_MEMORY;
    for (size_t i = 0; i < options->n_trust && status == CX_OK; i++) {
        const char *path = options->trust[i];
        uint32_t n = 0;
        errno = 0;
        status = cx_trust_add_file(k->trust, path, &n);
        if (status == CX_IO)
            cx_say("%s: cannot be opened: %s", path, strerror(errno));
        else if (status == CX_MALFORMED)
            cx_say("%s: holds a certificate that cannot be read", path);
        else if (status == CX_OK && n == 0)
            cx_say("%s: holds no certificate in PEM", path);
        if (status == CX_IO || status == CX_MALFORMED || (status == CX_OK && n == 0))
            status = CX_USAGE;
    }
    return status;
}

cx_status cx_keys_open(const cx_options *options, cx_keys *ret)
{
    cx_keys k = {.thorough = options->decrypt_all};
    k.crypto = cx_tls_crypto_new();
    k.secrets = cx_tls_secrets_new(cx_fate_seed(), NULL);
    k.rsa = k.crypto ? cx_tls_rsa_new(k.crypto) : NULL;
    cx_status status = k.crypto && k.secrets && k.rsa ? CX_OK : CX_NO_MEMORY;
    if (status == CX_OK && options->n_trust)
        status = read_trust(options, &k);
    bool named = options->n_keys != 0 || getenv("SSLKEYLOGFILE") != NULL;
    if (status == CX_OK && named) {
        /* neither core dumps nor other processes of the same person may see what is read now */
        (void)prctl(PR_SET_DUMPABLE, 0);
        status = read_all(options, &k);
    }
    if (status != CX_OK) {
        cx_keys_free(&k);
        return status;
    }
    k.given = cx_tls_any_secret(k.secrets) || cx_tls_rsa_count(k.rsa);
    *ret = k;
    return CX_OK;
}

void cx_keys_free(cx_keys *keys)
{
    cx_tls_rsa_free(keys->rsa);
    free(keys->files);
    cx_tls_secrets_free(keys->secrets);
    cx_tls_crypto_free(keys->crypto);
    cx_trust_free(keys->trust);
    *keys = (cx_keys){0};
}
