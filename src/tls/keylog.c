/* Reads key logs (keylog.h), line by line; a line that chunks cut is put together in locked memory.
 *
 * Each line stands for itself: one that is damaged, cut or of an unknown label says nothing about
 * the next. */
#include "tls/keylog.h"

#include "base/limits.h"
#include "tls/vault.h"

struct cx_tls_keylog {
    cx_tls_vault *vault; /* holds this record */
    cx_tls_secrets *secrets;
    cx_tls_keylog_stats stats;
    bool begun;    /* a line was read: no byte order mark can follow */
    bool too_long; /* the line that is being read */
    size_t len;    /* bytes of a line whose end has not come */
    uint8_t line[CX_MAX_TLS_KEYLOG_LINE];
    uint8_t name[32], secret[CX_MAX_TLS_PREMASTER];
};

enum { UNNEEDED = -1 };

static const struct label {
    const char *text;
    int kind; /* cx_tls_secret, or UNNEEDED */
} labels[] = {
    {"CLIENT_RANDOM", CX_TLS_MASTER},
    {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", CX_TLS_CLIENT_HANDSHAKE},
    {"SERVER_HANDSHAKE_TRAFFIC_SECRET", CX_TLS_SERVER_HANDSHAKE},
    {"CLIENT_TRAFFIC_SECRET_0", CX_TLS_CLIENT_TRAFFIC},
    {"SERVER_TRAFFIC_SECRET_0", CX_TLS_SERVER_TRAFFIC},
    {"EXPORTER_SECRET", UNNEEDED},
    {"CLIENT_EARLY_TRAFFIC_SECRET", CX_TLS_CLIENT_EARLY},
    {"EARLY_EXPORTER_SECRET", UNNEEDED},
    {"PMS_CLIENT_RANDOM", CX_TLS_PREMASTER},
    {"RSA", CX_TLS_PREMASTER_BY_RSA},
    {"ECH_SECRET", UNNEEDED},
    {"ECH_CONFIG", UNNEEDED},
};

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal in either case. False: other bytes, an odd number of digits, none, or more than room
 * bytes. */
static bool read_hex(cx_slice text, uint8_t *to, size_t room, cx_slice *ret)
{
    if (text.len == 0 || text.len % 2 || text.len / 2 > room)
        return false;
    for (size_t i = 0; i < text.len; i += 2) {
        int high = digit(text.p[i]), low = digit(text.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i / 2] = (uint8_t)(high << 4 | low);
    }
    *ret = (cx_slice){to, text.len / 2};
    return true;
}

/* The words of labels are in capitals, with digits and underscores. */
static bool is_label(cx_slice word)
{
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.p[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return word.len != 0;
}

static void keep(cx_tls_keylog *k, cx_tls_secret kind, cx_slice name, cx_slice secret)
{
    cx_slice n, s;
    if (!read_hex(name, k->name, sizeof k->name, &n) ||
        !read_hex(secret, k->secret, sizeof k->secret, &s)) {
        k->stats.damaged++;
        return;
    }
    cx_status status = cx_tls_secrets_put(k->secrets, kind, n, s);
    if (status == CX_OK)
        k->stats.used++;
    else if (status == CX_MALFORMED)
        k->stats.damaged++;
    else
        k->stats.refused++;
}

/* "RSA Session-ID:<hex> Master-Key:<hex>", as old tools write it. False: another line. */
static bool take_session(cx_tls_keylog *k, cx_slice first, cx_slice second)
{
    static const char id[] = "Session-ID:", key[] = "Master-Key:";
    size_t n = sizeof id - 1;
    if (!cx_slice_is(cx_slice_sub(first, 0, n), id) ||
        !cx_slice_is(cx_slice_sub(second, 0, n), key))
        return false;
    keep(k, CX_TLS_MASTER_BY_ID, cx_slice_sub(first, n, first.len),
         cx_slice_sub(second, n, second.len));
    return true;
}

static void take_line(cx_tls_keylog *k, cx_slice line)
{
    static const char mark[] = "\xef\xbb\xbf"; /* byte order mark, as Windows programs write it */
    if (!k->begun && cx_slice_is(cx_slice_sub(line, 0, 3), mark))
        line = cx_slice_sub(line, 3, line.len);
    k->begun = true;
    line = cx_slice_trim(line);
    if (line.len == 0 || line.p[0] == '#')
        return;
    cx_slice rest, secret;
    cx_slice label = cx_slice_split(line, ' ', &rest);
    cx_slice name = cx_slice_split(rest, ' ', &secret);
    if (!is_label(label)) {
        k->stats.malformed++;
        return;
    }
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (!cx_slice_is(label, labels[i].text))
            continue;
        if (labels[i].kind == UNNEEDED)
            k->stats.unneeded++;
        else if (labels[i].kind != CX_TLS_PREMASTER_BY_RSA || !take_session(k, name, secret))
            keep(k, (cx_tls_secret)labels[i].kind, name, secret);
        return;
    }
    k->stats.unknown++;
}

static void end_line(cx_tls_keylog *k, cx_slice tail)
{
    if (k->too_long || (k->len && tail.len > sizeof k->line - k->len)) {
        k->stats.malformed++;
    } else if (k->len == 0) {
        take_line(k, tail);
    } else {
        if (tail.len)
            memcpy(k->line + k->len, tail.p, tail.len);
        take_line(k, (cx_slice){k->line, k->len + tail.len});
    }
    k->len = 0;
    k->too_long = false;
}

/* Keeps the start of a line until its end comes. */
static void hold(cx_tls_keylog *k, cx_slice start)
{
    if (start.len > sizeof k->line - k->len) {
        k->too_long = true;
        k->len = 0;
    } else if (start.len && !k->too_long) {
        memcpy(k->line + k->len, start.p, start.len);
        k->len += start.len;
    }
}

cx_tls_keylog *cx_tls_keylog_new(cx_tls_secrets *s)
{
    cx_tls_vault *vault = cx_tls_vault_new(2 * sizeof(cx_tls_keylog));
    cx_tls_keylog *k = vault ? cx_tls_vault_take(vault, sizeof *k) : NULL;
    if (!k) {
        cx_tls_vault_free(vault);
        return NULL;
    }
    k->vault = vault;
    k->secrets = s;
    return k;
}

void cx_tls_keylog_feed(cx_tls_keylog *k, cx_slice text)
{
    size_t from = 0;
    for (size_t at = 0; at < text.len; at++) {
        if (text.p[at] != '\n' && text.p[at] != '\r')
            continue;
        end_line(k, cx_slice_sub(text, from, at - from));
        from = at + 1;
    }
    hold(k, cx_slice_sub(text, from, text.len - from));
}

cx_tls_keylog_stats cx_tls_keylog_end(cx_tls_keylog *k)
{
    end_line(k, (cx_slice){(const uint8_t *)"", 0});
    cx_tls_keylog_stats stats = k->stats;
    cx_tls_vault_free(k->vault);
    return stats;
}

cx_status cx_tls_keylog_read(cx_tls_secrets *s, cx_slice text, cx_tls_keylog_stats *ret_stats)
{
    cx_tls_keylog *k = cx_tls_keylog_new(s);
    if (!k)
        return CX_NO_MEMORY;
    cx_tls_keylog_feed(k, text);
    *ret_stats = cx_tls_keylog_end(k);
    return CX_OK;
}
