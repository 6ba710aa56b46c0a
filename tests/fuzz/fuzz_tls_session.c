/* Fuzzes TLS connections with secrets (tls/session.h).
 *
 * Input: a byte of options (1: an RSA key is there; 2: the secrets come in the middle), the length
 * of a key log (2 bytes), the key log, then steps: an operation, the length of its bytes (2 bytes),
 * the bytes. Bit 0 of the operation is the direction, bits 1 to 3 say what comes: 0 to 3 a record
 * of type 20 to 23, 4 a record that was not captured whole, 5 a loss, 6 a ClientHello in SSL 2.0
 * form, 7 the next connection. Bits 4 and 5 are the minor version.
 *
 * What is given back is the body itself, or lies in the room and is no longer than the body; every
 * record is counted once. */
#include "base/cursor.h"
#include "base/limits.h"
#include "tls/keylog.h"
#include "tls/session.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static cx_tls_crypto *crypto;
static cx_tls_rsa *rsa;

/* Memory of OpenSSL hangs on its secure heap, where the leak sanitizer does not look. */
static void end(void)
{
    cx_tls_rsa_free(rsa);
    cx_tls_crypto_free(crypto);
}

static void begin(void)
{
    static uint8_t file[8192];
    FILE *f = fopen(CX_SOURCE_DIR "/tests/data/tlskeys/rsa.pem", "rb");
    check(f != NULL);
    size_t n = fread(file, 1, sizeof file, f);
    (void)fclose(f);
    crypto = cx_tls_crypto_new();
    check(crypto != NULL && atexit(end) == 0);
    rsa = cx_tls_rsa_new(crypto);
    check(rsa && cx_tls_rsa_add(rsa, (cx_slice){file, n}, NULL) == CX_OK);
}

typedef struct counts {
    uint64_t opened, closed;
} counts;

static void give(cx_tls_session *s, uint8_t op, cx_slice body, cx_evidence at, counts *sum)
{
    static uint8_t room[CX_TLS_MAX_BODY];
    uint8_t dir = op & 1;
    cx_tls_record r = {.type = (uint8_t)(20 + (op >> 1 & 3)),
                       .version = (uint16_t)(0x0300 + (op >> 4 & 3)),
                       .body = body};
    cx_tls_opened o = {.type = 99};
    switch (cx_tls_session_record(s, dir, &r, at, room, &o)) {
    case CX_TLS_CLEAR:
        check(o.bytes.p == body.p && o.bytes.len == body.len && o.type == r.type);
        break;
    case CX_TLS_OPENED:
        check(o.bytes.p >= room && o.bytes.p <= room + body.len && o.bytes.len <= body.len);
        sum[dir].opened++;
        break;
    case CX_TLS_CLOSED:
        check(o.type == 99);
        sum[dir].closed++;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (!crypto)
        begin();
    cx_cursor c = cx_cursor_over((cx_slice){bytes, n}, CX_TRUNCATED);
    uint8_t options = cx_u8(&c);
    cx_slice keys = cx_take_slice(&c, cx_be16(&c));
    cx_tls_keylog_stats stats;
    cx_tls_secrets *secrets = cx_tls_secrets_new(1, NULL);
    check(secrets != NULL);
    if (!(options & 2) && keys.p)
        check(cx_tls_keylog_read(secrets, keys, &stats) == CX_OK);
    cx_tls_opener *o = cx_tls_opener_new(crypto, secrets, options & 1 ? rsa : NULL, 1);
    cx_tls_session *s = o ? cx_tls_session_new(o) : NULL;
    check(s != NULL);
    cx_evidence at = {.frame = 0};
    counts sum[2] = {{0}};
    while (c.left >= 3) {
        uint8_t op = cx_u8(&c), what = op >> 1 & 7, dir = op & 1;
        cx_slice part = cx_take_slice(&c, cx_be16(&c) % CX_TLS_MAX_BODY);
        uint8_t *piece = malloc(part.len ? part.len : 1); /* of its size: reads past it are found */
        check(piece != NULL);
        if (part.len)
            memcpy(piece, part.p, part.len);
        cx_slice body = {piece, part.len};
        at.frame++;
        if (at.frame == 5 && options & 2 && keys.p)
            check(cx_tls_keylog_read(secrets, keys, &stats) == CX_OK);
        if (what < 4) {
            give(s, op, body, at, sum);
        } else if (what == 4) {
            uint64_t closed = cx_tls_session_report(s, dir).closed;
            cx_tls_session_skip(s, dir, (uint8_t)(20 + (op >> 4 & 3)), 2 * body.len, body, at);
            sum[dir].closed += cx_tls_session_report(s, dir).closed - closed;
        } else if (what == 5) {
            cx_tls_session_lose(s, dir, op & 16 ? CX_TLS_UNKNOWN : 3 * body.len, body, at);
        } else if (what == 6) {
            cx_tls_session_sslv2(s, dir, body);
        } else {
            cx_tls_session_free(s);
            s = cx_tls_session_new(o);
            check(s != NULL);
            memset(sum, 0, sizeof sum);
        }
        free(piece);
        for (uint8_t side = 0; side < 2; side++) {
            cx_tls_report r = cx_tls_session_report(s, side);
            check(r.opened == sum[side].opened && r.closed == sum[side].closed);
            check((r.first_closed.frame != 0) == (r.closed != 0));
            check(r.closed == 0 || r.why != CX_TLS_WHY_READABLE);
        }
    }
    cx_tls_session_free(s);
    cx_tls_opener_free(o);
    cx_tls_secrets_free(secrets);
    return 0;
}
