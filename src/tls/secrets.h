/* Secrets of TLS sessions, by what a handshake shows of them: from key logs (keylog.h) and from the
 * secrets blocks of captures. Kept in locked memory (vault.h); two tables may be chained, so that
 * those of one capture do not open another one. */
#pragma once

#include "base/slice.h"
#include "base/status.h"

/* What a secret is, and what names it (RFC 9850 2; the last three as Wireshark and NSS write them).
 */
typedef enum cx_tls_secret {
    CX_TLS_MASTER,       /* 48 bytes; by client random (32 bytes), like the following */
    CX_TLS_CLIENT_EARLY, /* traffic secrets of TLS 1.3: 32 or 48 bytes */
    CX_TLS_CLIENT_HANDSHAKE,
    CX_TLS_SERVER_HANDSHAKE,
    CX_TLS_CLIENT_TRAFFIC,
    CX_TLS_SERVER_TRAFFIC,
    CX_TLS_PREMASTER,        /* any length; by client random */
    CX_TLS_PREMASTER_BY_RSA, /* 48 bytes; by the first 8 bytes of the encrypted pre-master secret */
    CX_TLS_MASTER_BY_ID,     /* 48 bytes; by session id (1 to 32 bytes) */
    CX_TLS_SECRETS
} cx_tls_secret;

typedef struct cx_tls_secrets cx_tls_secrets;

/* seed: of the hash table, random in production. before: searched first, never freed through; NULL:
 * none. NULL: no memory. */
cx_tls_secrets *cx_tls_secrets_new(uint64_t seed, const cx_tls_secrets *before);
void cx_tls_secrets_free(cx_tls_secrets *s);

/* Keeps a copy. A secret of the same name is replaced. CX_MALFORMED: the lengths are none of this
 * kind; CX_LIMIT: CX_MAX_TLS_SECRETS bytes are kept already; CX_NO_MEMORY. */
CX_USE cx_status cx_tls_secrets_put(cx_tls_secrets *s, cx_tls_secret kind, cx_slice name,
                                    cx_slice secret);

/* Secrets that are put from now on carry these bits: who brought them. 0, the default: nobody asks.
 * A secret that is put again carries those of both. */
void cx_tls_secrets_mark(cx_tls_secrets *s, uint32_t marks);

/* The bits of a secret; 0 as well when there is none. */
uint32_t cx_tls_secrets_marks(const cx_tls_secrets *s, cx_tls_secret kind, cx_slice name);

/* The secret; p == NULL: none. Borrowed until the next put. */
cx_slice cx_tls_secrets_find(const cx_tls_secrets *s, cx_tls_secret kind, cx_slice name);

/* Is there a secret of any kind for this client random? */
bool cx_tls_secrets_know(const cx_tls_secrets *s, cx_slice client_random);

/* Secrets of that kind, those of the tables before included. */
uint64_t cx_tls_secrets_count(const cx_tls_secrets *s, cx_tls_secret kind);

/* Are there any? */
static inline bool cx_tls_any_secret(const cx_tls_secrets *s)
{
    for (int kind = 0; kind < CX_TLS_SECRETS; kind++)
        if (cx_tls_secrets_count(s, (cx_tls_secret)kind))
            return true;
    return false;
}

/* Grows with each put, also into the tables before: who found nothing asks again when it changed.
 */
uint64_t cx_tls_secrets_version(const cx_tls_secrets *s);

/* Bytes that could not be locked into RAM. */
size_t cx_tls_secrets_unlocked(const cx_tls_secrets *s);
