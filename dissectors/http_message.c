/* HTTP/1.x messages (http_message.h; RFC 9112 2 to 6). State: none. */
#include "dissectors/http_message.h"

#include "dissectors/header_text.h"

#define MAX_METHOD 32u /* bytes; the longest registered one has 19 */

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- start lines ---- */

static bool is_token(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static size_t token_len(cx_slice s)
{
    size_t n = 0;
    while (n < s.len && is_token(s.p[n]))
        n++;
    return n;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Control characters stand in no start line; a tab is passed over as white space is. */
static bool is_text(cx_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] < ' ' && s.p[i] != '\t')
            return false;
    return true;
}

static bool is_version(cx_slice s)
{
    return s.len == 8 && cx_slice_istarts(s, "HTTP/1.") && is_digit(s.p[7]);
}

/* "HTTP/1.1 200 OK"; "ICY 200 OK" of Shoutcast. */
static bool read_response(cx_slice line, cx_http_start *ret)
{
    cx_slice rest, version = cx_slice_split(line, ' ', &rest);
    uint64_t status;
    if (!rest.p || !(is_version(version) || cx_slice_is(version, "ICY")))
        return false;
    rest = cx_slice_trim(rest);
    if (!cx_slice_number(cx_slice_sub(rest, 0, 3), 999, &status) || status < 100 || rest.len < 3 ||
        (rest.len > 3 && rest.p[3] != ' '))
        return false;
    *ret = (cx_http_start){.status = (uint16_t)status,
                           .reason = cx_slice_trim(cx_slice_sub(rest, 3, rest.len))};
    return true;
}

static bool read_request(cx_slice line, cx_http_start *ret)
{
    size_t method = token_len(cx_slice_sub(line, 0, MAX_METHOD));
    if (method == 0 || method >= line.len || line.p[method] != ' ')
        return false;
    cx_slice rest = cx_slice_trim(cx_slice_sub(line, method, line.len));
    if (rest.len < 8 || !is_version(cx_slice_sub(rest, rest.len - 8, 8)) ||
        (rest.len > 8 && rest.p[rest.len - 9] != ' '))
        return false;
    *ret = (cx_http_start){.request = true,
                           .method = cx_slice_sub(line, 0, method),
                           .uri = cx_slice_trim(cx_slice_sub(rest, 0, rest.len - 8))};
    return true;
}

/* What could go on as a start line. */
static cx_match read_prefix(cx_slice s)
{
    size_t method = token_len(cx_slice_sub(s, 0, MAX_METHOD + 1));
    if (s.len && s.p[s.len - 1] == '\r')
        s.len--;
    if (!is_text(s))
        return CX_MATCH_NO;
    if (cx_slice_istarts(s, "HTTP/1.") ||
        cx_slice_ieq(s, cx_slice_sub(cx_slice_of("HTTP/1."), 0, s.len)))
        return CX_MATCH_MAYBE;
    if (method > MAX_METHOD || (method < s.len && (method == 0 || s.p[method] != ' ')))
        return CX_MATCH_NO;
    return CX_MATCH_MAYBE;
}

cx_match cx_http_start_read(cx_slice s, cx_http_start *ret)
{
    cx_http_start start;
    size_t lf = cx_slice_find(s, '\n', 0);
    if (lf == SIZE_MAX)
        return read_prefix(s);
    cx_slice line = cx_slice_sub(s, 0, lf);
    if (line.len && line.p[line.len - 1] == '\r')
        line.len--;
    if (!is_text(line) || !(read_response(line, &start) || read_request(line, &start)))
        return CX_MATCH_NO;
    start.len = lf + 1;
    *ret = start;
    return CX_MATCH_YES;
}

cx_match cx_http_start_read_strict(cx_slice s, cx_http_start *ret)
{
    cx_http_start start;
    cx_match match = cx_http_start_read(s, &start);
    if (match != CX_MATCH_YES)
        return match;
    cx_slice next = cx_slice_sub(s, start.len, s.len);
    size_t name = token_len(next), at = name;
    while (at < next.len && (next.p[at] == ' ' || next.p[at] == '\t'))
        at++;
    if (at == next.len)
        return CX_MATCH_MAYBE;
    if (name ? next.p[at] != ':' : next.p[0] != '\r' && next.p[0] != '\n')
        return CX_MATCH_NO;
    *ret = start;
    return CX_MATCH_YES;
}

static const struct {
    const char *name;
    cx_http_method method;
} methods[] = {
    {"GET", CX_HTTP_OTHER},
    {"POST", CX_HTTP_OTHER},
    {"HEAD", CX_HTTP_HEAD},
    {"CONNECT", CX_HTTP_CONNECT},
    {"OPTIONS", CX_HTTP_OTHER},
    {"PUT", CX_HTTP_OTHER},
    {"DELETE", CX_HTTP_OTHER},
    {"PATCH", CX_HTTP_OTHER},
    {"TRACE", CX_HTTP_OTHER},
    {"PROPFIND", CX_HTTP_OTHER},
    {"PROPPATCH", CX_HTTP_OTHER},
    {"MKCOL", CX_HTTP_OTHER},
    {"COPY", CX_HTTP_OTHER},
    {"MOVE", CX_HTTP_OTHER},
    {"LOCK", CX_HTTP_OTHER},
    {"UNLOCK", CX_HTTP_OTHER},
    {"SEARCH", CX_HTTP_OTHER},
    {"REPORT", CX_HTTP_OTHER},
    {"POLL", CX_HTTP_OTHER},
    {"SUBSCRIBE", CX_HTTP_OTHER},
    {"NOTIFY", CX_HTTP_OTHER},
    {"BITS_POST", CX_HTTP_OTHER},
    {"CCM_POST", CX_HTTP_OTHER},
    {"RPC_IN_DATA", CX_HTTP_RPC_DATA},
    {"RPC_OUT_DATA", CX_HTTP_RPC_DATA},
    {"RPC_CONNECT", CX_HTTP_RPC_CONNECT},
    {"SSTP_DUPLEX_POST", CX_HTTP_SSTP},
};

cx_http_method cx_http_method_of(cx_slice method, const char **ret_name)
{
    for (size_t i = 0; i < COUNT(methods); i++)
        if (cx_slice_is(method, methods[i].name)) {
            *ret_name = methods[i].name;
            return methods[i].method;
        }
    *ret_name = NULL;
    return CX_HTTP_OTHER;
}

size_t cx_http_method_before(cx_slice s)
{
    size_t longest = 0;
    for (size_t i = 0; i < COUNT(methods); i++) {
        size_t n = strlen(methods[i].name);
        if (n > longest && n <= s.len && memcmp(s.p + s.len - n, methods[i].name, n) == 0)
            longest = n;
    }
    return longest ? s.len - longest : SIZE_MAX;
}

const char *cx_http_status_name(uint16_t status)
{
    static const struct {
        uint16_t status;
        const char *name;
    } names[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {207, "Multi-Status"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < COUNT(names); i++)
        if (names[i].status == status)
            return names[i].name;
    return NULL;
}

/* ---- header sections ---- */

typedef enum header_name {
    OTHER,
    AUTHORIZATION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXPECT,
    HOST,
    LOCATION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    SERVER,
    TRANSFER_ENCODING,
    UPGRADE,
    USER_AGENT,
    WS_PROTOCOL,
    WWW_AUTHENTICATE
} header_name;

static header_name name_of(cx_slice name)
{
    static const struct {
        const char *name; /* lower case */
        uint8_t len;
        uint8_t id;
    } names[] = {
#define NAME(text, id) {text, sizeof text - 1, id}
        NAME("host", HOST),
        NAME("expect", EXPECT),
        NAME("server", SERVER),
        NAME("upgrade", UPGRADE),
        NAME("location", LOCATION),
        NAME("user-agent", USER_AGENT),
        NAME("content-type", CONTENT_TYPE),
        NAME("authorization", AUTHORIZATION),
        NAME("content-length", CONTENT_LENGTH),
        NAME("www-authenticate", WWW_AUTHENTICATE),
        NAME("transfer-encoding", TRANSFER_ENCODING),
        NAME("proxy-authenticate", PROXY_AUTHENTICATE),
        NAME("proxy-authorization", PROXY_AUTHORIZATION),
        NAME("sec-websocket-protocol", WS_PROTOCOL),
#undef NAME
    };
    for (size_t i = 0; i < COUNT(names); i++)
        if (name.len == names[i].len && cx_fold(name.p[0]) == (uint8_t)names[i].name[0] &&
            cx_slice_iis(name, names[i].name))
            return (header_name)names[i].id;
    return OTHER;
}

static void keep_first(cx_slice *to, cx_slice value)
{
    if (!to->p)
        *to = value;
}

/* A list of equal numbers is one number (RFC 9110 8.6). */
static void read_length(cx_slice value, cx_http_message *m)
{
    cx_slice item;
    while (cx_header_item_next(&value, ',', &item)) {
        uint64_t n;
        if (!cx_slice_number(item, UINT64_MAX, &n) || (m->has_length && n != m->length)) {
            m->bad_length = true;
            return;
        }
        m->has_length = true;
        m->length = n;
    }
}

static void read_transfer_encoding(cx_slice value, cx_http_message *m)
{
    if (cx_http_list_has(value, "chunked"))
        m->chunked = true;
    else if (!cx_slice_iis(value, "identity"))
        m->coded = true;
}

static void read_auth(bool offered, bool proxy, cx_slice value, cx_http_message *m)
{
    if (m->n_auth < CX_HTTP_MAX_AUTH_LINES)
        m->auth[m->n_auth++] =
            (cx_http_auth_line){.offered = offered, .proxy = proxy, .value = value};
}

static void read_header(header_name name, cx_slice value, cx_http_message *m)
{
    switch (name) {
    case OTHER:
        break;
    case AUTHORIZATION:
        read_auth(false, false, value, m);
        break;
    case PROXY_AUTHORIZATION:
        read_auth(false, true, value, m);
        break;
    case WWW_AUTHENTICATE:
        read_auth(true, false, value, m);
        break;
    case PROXY_AUTHENTICATE:
        read_auth(true, true, value, m);
        break;
    case CONTENT_LENGTH:
        read_length(value, m);
        break;
    case TRANSFER_ENCODING:
        read_transfer_encoding(value, m);
        break;
    case CONTENT_TYPE:
        keep_first(&m->content_type, value);
        break;
    case EXPECT:
        m->expects = cx_slice_iis(value, "100-continue");
        break;
    case HOST:
        keep_first(&m->host, value);
        break;
    case LOCATION:
        keep_first(&m->location, value);
        break;
    case SERVER:
        keep_first(&m->server, value);
        break;
    case UPGRADE:
        keep_first(&m->upgrade, value);
        break;
    case USER_AGENT:
        keep_first(&m->user_agent, value);
        break;
    case WS_PROTOCOL:
        keep_first(&m->ws_protocol, value);
        break;
    }
}

/* False: no header line. */
static bool split_line(cx_slice line, header_name *ret_name, cx_slice *ret_value)
{
    cx_slice value, name = cx_slice_trim(cx_slice_split(line, ':', &value));
    if (!value.p || name.len == 0)
        return false;
    *ret_name = name_of(name);
    *ret_value = *ret_name == OTHER ? value : cx_slice_trim(value);
    return true;
}

void cx_http_headers_read(cx_slice lines, cx_http_message *m)
{
    cx_slice line, value;
    header_name name;
    bool folded;
    while (cx_header_line_next(&lines, &line, &folded))
        if (split_line(line, &name, &value))
            read_header(name, value, m);
}

bool cx_http_auth_line_read(cx_slice line, cx_http_auth_line *ret)
{
    cx_http_message m = {.n_auth = 0};
    cx_slice value;
    header_name name;
    if (!split_line(line, &name, &value))
        return false;
    read_header(name, value, &m);
    if (!m.n_auth)
        return false;
    *ret = m.auth[0];
    return true;
}

bool cx_http_auth_line_begins(cx_slice s)
{
    static const char *const names[] = {
        "authorization:", "proxy-authorization:", "proxy-authenticate:", "www-authenticate:"};
    for (size_t i = 0; i < COUNT(names); i++) {
        cx_slice name = cx_slice_of(names[i]);
        if (cx_slice_ieq(cx_slice_sub(s, 0, name.len), cx_slice_sub(name, 0, s.len)))
            return true;
    }
    return false;
}

static cx_slice without_params(cx_slice value)
{
    cx_slice rest;
    return cx_slice_trim(cx_slice_split(value, ';', &rest));
}

cx_slice cx_http_media_type(const cx_http_message *m)
{
    return without_params(m->content_type);
}

bool cx_http_list_has(cx_slice list, const char *name)
{
    cx_slice item;
    while (cx_header_item_next(&list, ',', &item))
        if (cx_slice_iis(without_params(item), name))
            return true;
    return false;
}
