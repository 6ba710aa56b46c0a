/* The options that change results, as text (batch.h). */
#include "app/batch.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_CHANGES 65536u /* bytes; a filter may be long */

typedef struct list {
    cx_buf text;
    bool failed;
} list;

static void add(list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(list *l, const char *format, ...)
{
    char *one = NULL;
    va_list args;
    va_start(args, format);
    bool ok = vasprintf(&one, format, args) >= 0;
    va_end(args);
    if (ok && l->text.len)
        ok = cx_buf_put_text(&l->text, "; ") == CX_OK;
    if (ok)
        ok = cx_buf_put_text(&l->text, one) == CX_OK;
    free(one);
    l->failed = l->failed || !ok;
}

char *cx_batch_changes(const cx_options *options, const cx_keys *keys)
{
    static const char *const naming[] = {"", "strict", "permissive"};
    const cx_context *c = &options->context;
    list l = {.text = cx_buf_init(MAX_CHANGES)};
    if (options->filter)
        add(&l, "filter %s", options->filter);
    if (c->server && c->server_port)
        add(&l, "server %s:%u", c->server, c->server_port);
    else if (c->server)
        add(&l, "server %s", c->server);
    if (c->domain)
        add(&l, "domain %s", c->domain);
    if (c->has_min_server)
        add(&l, "ntlm-min-server=0x%08x", c->ntlm_min_server);
    if (c->has_min_client)
        add(&l, "ntlm-min-client=0x%08x", c->ntlm_min_client);
    if (c->naming)
        add(&l, "strict-naming=%s", naming[c->naming]);
    if (keys->given)
        add(&l, "keys");
    if (keys->trust)
        add(&l, "trust");
    if (keys->trust)
        add(&l, "trust");
    if (!l.failed && cx_buf_put(&l.text, "", 1) == CX_OK)
        return (char *)l.text.p;
    cx_buf_free(&l.text);
    return NULL;
}
