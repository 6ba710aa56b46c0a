/* Secrets of one capture, and what became of its TLS connections (keys.h). */
#include "app/keys.h"

#include "tls/keylog.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct cx_capture_keys {
    const cx_keys *keys;
    const cx_source *source;
    cx_tls_secrets *own; /* those of the capture, behind those of the person */
    cx_tls_opener *opener;
    size_t taken; /* texts of the source */
};

static void take_texts(cx_tls_secrets *own, const cx_source *source, size_t from, size_t *ret_n)
{
    size_t n;
    const cx_slice *texts = cx_source_secrets(source, &n);
    for (size_t i = from; i < n; i++) {
        cx_tls_keylog_stats stats;
        (void)!cx_tls_keylog_read(own, texts[i], &stats); /* what is left out opens nothing */
    }
    *ret_n = n;
}

void cx_capture_keys_take(cx_capture_keys *k)
{
    if (k)
        take_texts(k->own, k->source, k->taken, &k->taken);
}

/* Reads a capture to its end for its secrets alone, and closes it. */
static void scan(cx_capture_keys *k, cx_source *source)
{
    const char *format = cx_source_info_of(source)->format;
    if (format && strcmp(format, "pcapng") == 0) {
        cx_packet packets[CX_BATCH];
        size_t n;
        while (cx_source_next(source, packets, &n) == CX_OK)
            ;
        take_texts(k->own, source, 0, &n);
    }
    cx_source_free(source);
}

/* Secrets may stand behind the packets that they open: before the first connection of TLS the rest
 * of the capture is searched for them. What can be read once only is left alone. */
static void bring(void *self)
{
    cx_capture_keys *k = self;
    const cx_files *files = cx_source_files(k->source);
    const char *format = cx_source_info_of(k->source)->format;
    cx_source *source = NULL;
    char why[256];
    if (!files->n && format && strcmp(format, "pcapng") == 0 &&
        cx_source_again(k->source, &source, why) == CX_OK)
        scan(k, source);
    for (size_t i = 0; i < files->n; i++) {
        struct stat st;
        const char *path = files->list[i].path;
        if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
            cx_source_open(path, 0, NULL, &source, why) == CX_OK)
            scan(k, source);
    }
}

cx_capture_keys *cx_capture_keys_new(const cx_keys *keys, const cx_source *source, uint64_t seed)
{
    cx_capture_keys *k = keys ? calloc(1, sizeof *k) : NULL;
    if (!k)
        return NULL;
    *k = (cx_capture_keys){.keys = keys, .source = source};
    k->own = cx_tls_secrets_new(seed, keys->secrets);
    k->opener = k->own ? cx_tls_opener_new(keys->crypto, k->own, keys->rsa, seed) : NULL;
    if (!k->opener) {
        cx_capture_keys_free(k);
        return NULL;
    }
    cx_tls_opener_ask(k->opener, (cx_tls_bringer){bring, k});
    cx_tls_opener_set_thorough(k->opener, keys->thorough);
    return k;
}

cx_tls_opener *cx_capture_keys_opener(cx_capture_keys *k)
{
    return k ? k->opener : NULL;
}

void cx_capture_keys_free(cx_capture_keys *k)
{
    if (!k)
        return;
    cx_tls_opener_free(k->opener);
    cx_tls_secrets_free(k->own);
    free(k);
}

/* ---- the account ---- */

typedef struct line {
    char *text;
    size_t len;
} line;

static void add(line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(line *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(l->text + l->len, 512 - l->len, format, args);
    va_end(args);
    l->len += n > 0 ? (size_t)n : 0;
    if (l->len > 511)
        l->len = 511;
}

static void add_reason(line *l, const cx_tls_totals *t, cx_tls_why why)
{
    uint64_t n = t->by[why].connections;
    cx_evidence first = t->by[why].first;
    if (why == CX_TLS_WHY_LOST && t->by[why].lost.frame)
        first = t->by[why].lost;
    add(l, "; %" PRIu64 ": %s", n, cx_tls_why_text(why));
    if (first.frame)
        add(l, " (%sframe %" PRIu64 ")", n > 1 ? "first: " : "", first.frame);
}

/* Files of --keys that no connection needed; how many there are. */
static size_t add_idle(line *l, const cx_keys *keys, const cx_tls_totals *t)
{
    size_t n = 0;
    for (size_t i = 0; i < keys->n_files; i++) {
        const cx_key_file *f = &keys->files[i];
        const char *name = strrchr(f->path, '/');
        if ((f->mark & t->marks) || (f->rsa_keys & t->rsa_keys))
            continue;
        if (n++ < 2)
            add(l, "; %.60s opens nothing here", name ? name + 1 : f->path);
    }
    if (n > 2)
        add(l, "; nor do %zu more files", n - 2);
    return n;
}

bool cx_capture_keys_tell(const cx_capture_keys *k, char text[512], cx_evidence ret_frames[8],
                          uint32_t *ret_n)
{
    line l = {.text = text};
    text[0] = '\0';
    *ret_n = 0;
    if (!k || (!k->keys->given && !cx_tls_any_secret(k->own)))
        return false;
    const cx_tls_totals *t = cx_tls_opener_totals(k->opener);
    uint64_t all = t->whole + t->partly + t->closed;
    if (all == 0) {
        if (k->keys->given)
            add(&l,
                "Secrets were given, but no TLS connection of the capture has encrypted records.");
        return k->keys->given;
    }
    if (t->whole + t->partly == 0)
        add(&l, "The secrets open none of %" PRIu64 " TLS connection%s", all, all == 1 ? "" : "s");
    else
        add(&l, "With the secrets %" PRIu64 " of %" PRIu64 " TLS connection%s could be read",
            t->whole + t->partly, all, all == 1 ? "" : "s");
    if (t->partly)
        add(&l, ", %" PRIu64 " of them in part", t->partly);
    for (int why = 0; why < CX_TLS_WHYS; why++) {
        if (!t->by[why].connections)
            continue;
        add_reason(&l, t, (cx_tls_why)why);
        if (*ret_n < 8)
            ret_frames[(*ret_n)++] = t->by[why].first;
    }
    size_t idle = t->whole + t->partly ? add_idle(&l, k->keys, t) : 0; /* else none opens any */
    add(&l, ".");
    return t->partly + t->closed + idle != 0;
}
