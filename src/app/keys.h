/* What opens TLS: the files of --keys, SSLKEYLOGFILE, and the secrets blocks of captures; and the
 * roots that certificates are verified with. */
#pragma once

#include "app/options.h"
#include "capture/source.h"
#include "tls/session.h"
#include "tls/trust.h"

/* A file of --keys that brought something. */
typedef struct cx_key_file {
    const char *path;  /* of the options */
    uint32_t mark;     /* of its secrets (cx_tls_secrets_mark); 0: none, or no bit was left */
    uint64_t rsa_keys; /* bit i: key number i came from it */
} cx_key_file;

/* For the whole run. */
typedef struct cx_keys {
    cx_tls_crypto *crypto;
    cx_tls_secrets *secrets; /* of key logs */
    cx_tls_rsa *rsa;
    cx_trust *trust; /* of --trust; NULL: not given */
    cx_key_file *files;
    size_t n_files;
    bool given;    /* secrets or keys, by the person or the environment */
    bool thorough; /* --decrypt all */
} cx_keys;

/* Reads the certificates of --trust, and the files of --keys, each a key log or private keys by its
 * content, and the key log that SSLKEYLOGFILE names, if there is one. Once there are secrets the
 * process cannot be dumped. CX_USAGE: a file cannot be used, and standard error says so;
 * CX_NO_MEMORY. */
CX_USE cx_status cx_keys_open(const cx_options *options, cx_keys *ret);
void cx_keys_free(cx_keys *keys);

/* ---- for one capture ---- */

typedef struct cx_capture_keys cx_capture_keys;

/* keys and source outlive it. keys NULL: nothing is opened. NULL: no memory, or keys NULL. */
cx_capture_keys *cx_capture_keys_new(const cx_keys *keys, const cx_source *source, uint64_t seed);

/* Behind every batch: takes the secrets that the source met. */
void cx_capture_keys_take(cx_capture_keys *k);

/* NULL when k is. */
cx_tls_opener *cx_capture_keys_opener(cx_capture_keys *k);

/* What became of the TLS connections, in one line; empty: there are no secrets. *ret_frames: first
 * frames of what stayed closed, at most 8, *ret_n of them. True: the secrets do not do all that was
 * hoped of them. */
bool cx_capture_keys_tell(const cx_capture_keys *k, char text[512], cx_evidence ret_frames[8],
                          uint32_t *ret_n);

void cx_capture_keys_free(cx_capture_keys *k);
