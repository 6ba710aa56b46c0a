/* Certificates that were read before: servers send the same ones to each client, and reading one
 * costs a hundred times as much as finding it here. */
#pragma once

#include "base/hash.h"
#include "event/event.h"

typedef struct cx_cert_cache cx_cert_cache;

/* NULL: no memory. */
cx_cert_cache *cx_cert_cache_new(void);
void cx_cert_cache_free(cx_cert_cache *c);

/* The certificate with exactly these DER bytes, its text copied to the arena. False: it is not
 * known, or there is no memory; *ret is untouched then. c may be NULL: nothing is known. */
CX_USE bool cx_cert_cache_find(const cx_cert_cache *c, cx_slice der, cx_arena *a, cx_cert *ret);

/* Remembers what these bytes say, in the place of the oldest that shares its places. What is larger
 * than CX_MAX_CERT_CACHED, or does not fit into memory, is not remembered. */
void cx_cert_cache_put(cx_cert_cache *c, cx_slice der, const cx_cert *cert);
