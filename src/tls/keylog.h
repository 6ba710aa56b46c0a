/* Reads key logs: the text that TLS programs write for SSLKEYLOGFILE (RFC 9850 2, and the older
 * lines of NSS and Wireshark), from files and from secrets blocks of pcapng alike. */
#pragma once

#include "tls/secrets.h"

/* Lines by what became of them; empty ones and comments do not count. */
typedef struct cx_tls_keylog_stats {
    uint64_t used;
    uint64_t unneeded;  /* known labels whose secrets open no record: exporters, ECH */
    uint64_t unknown;   /* labels that we do not know */
    uint64_t damaged;   /* known labels without the bytes that belong to them: cut, as a rule */
    uint64_t malformed; /* no line of a key log at all, or longer than any */
    uint64_t refused;   /* no room for more secrets, or out of memory */
} cx_tls_keylog_stats;

typedef struct cx_tls_keylog cx_tls_keylog;

/* Puts what it reads into s, which outlives it. NULL: no memory. */
cx_tls_keylog *cx_tls_keylog_new(cx_tls_secrets *s);

/* The next bytes of the text; lines may be cut anywhere. Lines end with LF, CR LF or CR. */
void cx_tls_keylog_feed(cx_tls_keylog *k, cx_slice text);

/* The text ends here: a last line without its end counts when it is whole. Frees k. */
cx_tls_keylog_stats cx_tls_keylog_end(cx_tls_keylog *k);

/* A text that is there as a whole. CX_NO_MEMORY. */
CX_USE cx_status cx_tls_keylog_read(cx_tls_secrets *s, cx_slice text,
                                    cx_tls_keylog_stats *ret_stats);
