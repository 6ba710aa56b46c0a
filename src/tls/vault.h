/* Memory for secrets: locked into RAM where the limit for it allows, left out of core dumps, wiped
 * when given back. Locking and leaving out are best effort: a refusal is counted, nothing fails. */
#pragma once

#include <stddef.h>

typedef struct cx_tls_vault cx_tls_vault;

/* At most max bytes are handed out at a time. NULL: no memory. */
cx_tls_vault *cx_tls_vault_new(size_t max);

/* n zeroed bytes, aligned for any type. NULL: no memory, or the maximum is reached. */
void *cx_tls_vault_take(cx_tls_vault *v, size_t n);

/* Wipes n bytes from take and gives them back; n as it was taken. p may be NULL. Pieces of more
 * than CX_TLS_VAULT_REUSED bytes are wiped, but not handed out again. */
void cx_tls_vault_give(cx_tls_vault *v, void *p, size_t n);

#define CX_TLS_VAULT_REUSED 4096u

/* Bytes of the vault that could not be locked (RLIMIT_MEMLOCK, mlock(2)). */
size_t cx_tls_vault_unlocked(const cx_tls_vault *v);

/* Wipes everything and gives it back. */
void cx_tls_vault_free(cx_tls_vault *v);
