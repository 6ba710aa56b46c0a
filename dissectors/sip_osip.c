/* The only file that includes libosip2 (sip_osip.h): values of RFC 3261 20, one at a time.
 *
 * libosip2 allocates each string; its hooks take no context, so the arena in use is a variable of
 * this thread, set for the length of one parse. */
#include "dissectors/sip_osip.h"

#include "base/limits.h"
#include "dissectors/header_text.h"
#include "dissectors/sip_text.h"

#include <stdalign.h>

#include <osipparser2/osip_message.h>

/* ---- memory ---- */

static _Thread_local struct {
    cx_arena *arena; /* NULL: no parse is going on */
    size_t left;     /* bytes that it may still take */
} now;

/* Before each allocation: its size, for osip_take_again. */
#define PREFIX_BYTES alignof(max_align_t)

static void *osip_take(size_t n)
{
    if (!now.arena || now.left < PREFIX_BYTES || n > now.left - PREFIX_BYTES)
        return NULL;
    uint8_t *p = cx_arena_take(now.arena, PREFIX_BYTES + n);
    if (!p)
        return NULL;
    now.left -= PREFIX_BYTES + n;
    memcpy(p, &n, sizeof n);
    return p + PREFIX_BYTES;
}

static void *osip_take_again(void *old, size_t n)
{
    size_t len = 0;
    void *p = osip_take(n);
    if (p && old) {
        memcpy(&len, (uint8_t *)old - PREFIX_BYTES, sizeof len);
        memcpy(p, old, len < n ? len : n);
    }
    return p;
}

/* The arena forgets everything at once, when the message has been emitted. */
static void osip_give_back(void *p)
{
    (void)p;
}

void cx_sip_osip_setup(void)
{
    osip_set_allocators(osip_take, osip_take_again, osip_give_back);
}

/* The value as libosip2 wants it, NUL-terminated; NULL: it is not to be given to it. */
static const char *begin(cx_slice value, cx_arena *a)
{
    if (value.len == 0 || value.len > CX_MAX_SIP_VALUE || memchr(value.p, 0, value.len))
        return NULL;
    cx_slice copy = cx_arena_copy(a, value);
    if (!copy.p)
        return NULL;
    if (osip_malloc_func != osip_take)
        cx_sip_osip_setup();
    now.arena = a;
    now.left = CX_MAX_SIP_OSIP;
    return (const char *)copy.p;
}

static void end(void)
{
    now.arena = NULL;
}

/* ---- values ---- */

static cx_slice param(osip_list_t *params, const char *name)
{
    osip_list_iterator_t it;
    for (osip_generic_param_t *p = osip_list_get_first(params, &it);
         osip_list_iterator_has_elem(it); p = osip_list_get_next(&it))
        if (p->gname && cx_slice_iis(cx_slice_of(p->gname), name))
            return p->gvalue ? cx_slice_of(p->gvalue) : cx_slice_of("");
    return (cx_slice){NULL, 0};
}

/* Everything of a parsed URI but its text. */
static void keep_uri(osip_uri_t *uri, cx_sip_uri *ret)
{
    uint64_t port = 0;
    ret->scheme = cx_slice_of(uri->scheme);
    ret->user = cx_slice_of(uri->username);
    ret->host = cx_slice_of(uri->host);
    if (uri->string) /* "tel:+1425…": no host, all of it names the user */
        ret->user = cx_slice_of(uri->string);
    if (uri->port && cx_slice_number(cx_slice_of(uri->port), UINT16_MAX, &port))
        ret->port = (uint16_t)port;
    ret->transport = param(&uri->url_params, "transport");
    ret->maddr = param(&uri->url_params, "maddr");
}

bool cx_sip_osip_uri(cx_slice text, cx_arena *a, cx_sip_uri *ret)
{
    *ret = (cx_sip_uri){.text = text};
    const char *value = begin(text, a);
    osip_uri_t *uri = NULL;
    bool ok =
        value && osip_uri_init(&uri) == OSIP_SUCCESS && osip_uri_parse(uri, value) == OSIP_SUCCESS;
    if (ok)
        keep_uri(uri, ret);
    end();
    return ok;
}

/* The URI in a name-address, as captured (RFC 3261 20.10: without < > it ends at the first ";"). */
static cx_slice uri_text(cx_slice value)
{
    bool quoted = false;
    for (size_t i = 0; i < value.len; i++) {
        if (quoted && value.p[i] == '\\')
            i++;
        else if (value.p[i] == '"')
            quoted = !quoted;
        else if (!quoted && value.p[i] == '<')
            return cx_slice_sub(value, i + 1, cx_slice_find(value, '>', i) - i - 1);
    }
    cx_slice rest;
    return cx_slice_trim(cx_slice_split(value, ';', &rest));
}

bool cx_sip_osip_address(cx_slice value, cx_arena *a, cx_sip_uri *ret, cx_sip_wanted *wanted,
                         size_t n_wanted)
{
    cx_slice uri = uri_text(value);
    *ret = (cx_sip_uri){.text = uri};
    const char *text = begin(value, a);
    osip_from_t *from = NULL;
    bool ok = text && osip_from_init(&from) == OSIP_SUCCESS &&
              osip_from_parse(from, text) == OSIP_SUCCESS && from->url;
    if (ok) {
        keep_uri(from->url, ret);
        for (size_t i = 0; i < n_wanted; i++)
            wanted[i].value = param(&from->gen_params, wanted[i].name);
        end();
        return true;
    }
    end();
    /* a display name that is no token, or something worse: take what can be had */
    cx_slice item, name, rest = cx_slice_sub(value, (size_t)(uri.p - value.p) + uri.len, value.len);
    for (cx_slice params = rest; cx_header_item_next(&params, ';', &item);) {
        cx_slice said;
        cx_sip_param(item, &name, &said);
        for (size_t i = 0; i < n_wanted; i++)
            if (cx_slice_iis(name, wanted[i].name) && !wanted[i].value.p)
                wanted[i].value = said;
    }
    return cx_sip_osip_uri(uri, a, ret);
}

/* The host with its port, where there is one; libosip2 takes the brackets of IPv6 off. */
static cx_slice sent_by(const osip_via_t *via, cx_arena *a)
{
    bool v6 = strchr(via->host, ':') != NULL;
    const char *const parts[] = {v6 ? "[" : "", via->host, v6 ? "]" : "", via->port ? ":" : "",
                                 via->port ? via->port : ""};
    if (!v6 && !via->port)
        return cx_slice_of(via->host);
    size_t n = 0, len = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        len += strlen(parts[i]);
    uint8_t *text = cx_arena_take(a, len + 1);
    if (!text)
        return (cx_slice){NULL, 0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t part = strlen(parts[i]);
        memcpy(text + n, parts[i], part);
        n += part;
    }
    return (cx_slice){text, len};
}

bool cx_sip_osip_via(cx_slice value, cx_arena *a, cx_slice *ret_transport, cx_slice *ret_host,
                     cx_slice *ret_branch)
{
    const char *text = begin(value, a);
    osip_via_t *via = NULL;
    bool ok = text && osip_via_init(&via) == OSIP_SUCCESS &&
              osip_via_parse(via, text) == OSIP_SUCCESS && via->protocol && via->host;
    if (ok) {
        *ret_transport = cx_slice_of(via->protocol);
        *ret_branch = param(&via->via_params, "branch");
        *ret_host = sent_by(via, a);
    }
    end();
    return ok;
}
