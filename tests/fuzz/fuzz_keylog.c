/* Fuzzes the reading of key logs (tls/keylog.h).
 *
 * Input: a byte that says how long the pieces are in which the rest, the text, is read. Read in
 * pieces and as a whole it must give the same counts and the same secrets. */
#include "tls/keylog.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Fed in pieces of that many bytes, each in an allocation of its own. */
static cx_tls_keylog_stats read_pieces(cx_tls_secrets *s, cx_slice text, size_t size)
{
    cx_tls_keylog *k = cx_tls_keylog_new(s);
    check(k != NULL);
    for (size_t at = 0; at < text.len; at += size) {
        cx_slice part = cx_slice_sub(text, at, size);
        uint8_t *piece = malloc(part.len);
        check(piece != NULL);
        memcpy(piece, part.p, part.len);
        cx_tls_keylog_feed(k, (cx_slice){piece, part.len});
        free(piece);
    }
    return cx_tls_keylog_end(k);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return 0;
    cx_slice text = {bytes + 1, n - 1};
    cx_tls_secrets *one = cx_tls_secrets_new(bytes[0], NULL), *two = cx_tls_secrets_new(0, NULL);
    check(one && two);
    cx_tls_keylog_stats a = read_pieces(one, text, bytes[0] + (size_t)1), b;
    check(cx_tls_keylog_read(two, text, &b) == CX_OK);
    /* only a line that is too long to be kept is worth more when it is never cut */
    if (n < 4096)
        check(memcmp(&a, &b, sizeof a) == 0);
    uint64_t kept = 0;
    for (int kind = 0; kind < CX_TLS_SECRETS; kind++) {
        check(n >= 4096 || cx_tls_secrets_count(one, (cx_tls_secret)kind) ==
                               cx_tls_secrets_count(two, (cx_tls_secret)kind));
        kept += cx_tls_secrets_count(one, (cx_tls_secret)kind);
    }
    check(kept <= a.used && a.used <= n / 20 + 1 && cx_tls_secrets_version(one) == a.used);
    cx_tls_secrets_free(one);
    cx_tls_secrets_free(two);
    return 0;
}
