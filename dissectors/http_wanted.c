/* Which HTTP requests the rules need (http_message.h): those of a sign-in through web services, of
 * the proxy on its way, and of the check of certificates. Others cost a look at their path. */
#include "dissectors/http_message.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The host that a request is for: of the URI when that has one (RFC 9112 3.2.2), else of Host. */
static cx_slice host_of(const cx_http_message *m, cx_slice *ret_path)
{
    cx_slice uri = m->start.uri;
    const uint8_t *at = uri.len > 8 && uri.p[0] != '/' ? memmem(uri.p, 8, "://", 3) : NULL;
    *ret_path = uri;
    if (!at)
        return m->host;
    cx_slice rest = cx_slice_sub(uri, (size_t)(at - uri.p) + 3, uri.len);
    size_t end = cx_slice_find(rest, '/', 0);
    *ret_path = end == SIZE_MAX ? (cx_slice){rest.p, 0} : cx_slice_sub(rest, end, rest.len);
    return cx_slice_sub(rest, 0, end);
}

static bool host_wanted(cx_slice host)
{
    static const char *const begins[] = {"lyncdiscover", "autodiscover.", "ocsp.",
                                         "ocsp-",        "crl.",          "wpad."};
    for (size_t i = 0; i < COUNT(begins); i++)
        if (cx_slice_istarts(host, begins[i]))
            return true;
    return cx_slice_iis(host, "wpad");
}

/* Web services of Lync and Skype for Business, autodiscovery of both and of Exchange, the KDC proxy
 * (MS-KKDCP 2.1). */
static bool folder_wanted(cx_slice name)
{
    static const struct {
        const char *name; /* lower case */
        uint8_t len;
    } folders[] = {
#define FOLDER(text) {text, sizeof text - 1}
        FOLDER("abs"),      FOLDER("ucwa"),      FOLDER("ocsp"),         FOLDER("certprov"),
        FOLDER("kdcproxy"), FOLDER("webticket"), FOLDER("autodiscover"),
#undef FOLDER
    };
    for (size_t i = 0; i < COUNT(folders); i++)
        if (name.len == folders[i].len && cx_slice_iis(name, folders[i].name))
            return true;
    return false;
}

/* Revocation lists, certificates fetched by AIA (RFC 5280 4.2.1.13, 4.2.2.1), proxy settings. */
static bool file_wanted(cx_slice name)
{
    static const char *const ends[] = {".crl", ".crt", ".cer", ".p7b", ".p7c", ".pac"};
    if (name.len < 4)
        return false;
    for (size_t i = 0; i < COUNT(ends); i++)
        if (cx_slice_iends(name, ends[i]))
            return true;
    return cx_slice_iis(name, "wpad.dat");
}

static bool path_wanted(cx_slice path)
{
    cx_slice query, name;
    path = cx_slice_split(path, '?', &query);
    do {
        name = cx_slice_split(path, '/', &path);
        if (name.len >= 3 && folder_wanted(name))
            return true;
    } while (path.p);
    return file_wanted(name);
}

bool cx_http_request_wanted(const cx_http_message *m, cx_http_method method)
{
    cx_slice path, host = host_of(m, &path);
    if (method != CX_HTTP_OTHER && method != CX_HTTP_HEAD)
        return true;
    if (m->upgrade.p &&
        (cx_http_list_has(m->upgrade, "websocket") || cx_http_list_has(m->upgrade, "TLS/1.0")))
        return true;
    return host_wanted(host) || path_wanted(path) ||
           cx_slice_iis(cx_http_media_type(m), "application/ocsp-request");
}
