/* SIP text, below the level of messages (sip_text.h; RFC 3261 7, 25.1). State: none. */
#include "dissectors/sip_text.h"

#include "dissectors/header_text.h"

static const char sip_version[] = "SIP/2.0";
#define VERSION_BYTES  (sizeof sip_version - 1)
#define MAX_NAME_BYTES 64u                 /* of a header; the longest registered one has 35 */
#define STATUS_BYTES   (VERSION_BYTES + 4) /* "SIP/2.0 NNN" */

/* A proxy that knows no method passes it on (RFC 3261 16.2): any token is one. */
static bool is_token(uint8_t c)
{
    uint8_t letter = c | 0x20;
    return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') ||
           (c && strchr("-.!%*_+`'~", c));
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static size_t token_len(cx_slice s)
{
    size_t n = 0;
    while (n < s.len && is_token(s.p[n]))
        n++;
    return n;
}

/* Bytes of what stands where a method should: beside tokens what is no separator (RFC 3261 25.1),
 * for servers get such requests and answer them. */
static size_t method_len(cx_slice s)
{
    size_t n = token_len(s);
    while (n && n < s.len &&
           (is_token(s.p[n]) || s.p[n] >= 0x80 || (s.p[n] && strchr("#$&^|", s.p[n]))))
        n++;
    return n;
}

/* ---- start lines ---- */

/* Could s, without a line end, be the beginning of a start line? */
static bool start_possible(cx_slice s)
{
    size_t n = s.len < VERSION_BYTES ? s.len : VERSION_BYTES;
    if (memcmp(s.p, sip_version, n) == 0) {
        for (size_t i = n; i < s.len && i < STATUS_BYTES; i++)
            if (i == VERSION_BYTES ? s.p[i] != ' ' : !is_digit(s.p[i]))
                return false;
        return true;
    }
    size_t method = method_len(s);
    if (method == s.len)
        return true;
    if (method == 0 || s.p[method] != ' ')
        return false;
    cx_slice version, uri = cx_slice_split(cx_slice_sub(s, method + 1, s.len), ' ', &version);
    for (size_t i = 0; i < uri.len; i++)
        if (uri.p[i] < ' ')
            return false;
    if (version.p && cx_slice_find(uri, ':', 1) == SIZE_MAX)
        return false;
    n = version.len < VERSION_BYTES ? version.len : VERSION_BYTES;
    return !version.p || memcmp(version.p, sip_version, n) == 0;
}

/* A line without its line end. */
static bool read_line(cx_slice line, cx_sip_start *ret)
{
    if (line.len >= STATUS_BYTES && memcmp(line.p, "SIP/2.0 ", VERSION_BYTES + 1) == 0) {
        uint64_t status;
        if (!cx_slice_number(cx_slice_sub(line, VERSION_BYTES + 1, 3), 999, &status))
            return false;
        if (line.len > STATUS_BYTES && line.p[STATUS_BYTES] != ' ')
            return false;
        ret->request = false;
        ret->method = ret->uri = (cx_slice){NULL, 0};
        ret->status = (uint16_t)status;
        ret->reason = cx_slice_trim(cx_slice_sub(line, STATUS_BYTES, line.len));
        return true;
    }
    size_t method = method_len(line);
    if (method == 0 || method == line.len || line.p[method] != ' ')
        return false;
    cx_slice version;
    cx_slice uri = cx_slice_split(cx_slice_sub(line, method + 1, line.len), ' ', &version);
    if (cx_slice_find(uri, ':', 1) == SIZE_MAX || !cx_slice_is(cx_slice_trim(version), sip_version))
        return false;
    ret->request = true;
    ret->method = cx_slice_sub(line, 0, method);
    ret->uri = uri;
    ret->status = 0;
    ret->reason = (cx_slice){NULL, 0};
    return true;
}

cx_match cx_sip_start_read(cx_slice s, bool whole, cx_sip_start *ret)
{
    if (s.len == 0)
        return whole ? CX_MATCH_NO : CX_MATCH_MAYBE;
    size_t lf = cx_slice_find(s, '\n', 0);
    if (lf == SIZE_MAX && !whole)
        return start_possible(s) ? CX_MATCH_MAYBE : CX_MATCH_NO;
    cx_slice line = cx_slice_sub(s, 0, lf);
    if (line.len && line.p[line.len - 1] == '\r')
        line.len--;
    if (!read_line(line, ret))
        return CX_MATCH_NO;
    ret->len = lf == SIZE_MAX ? s.len : lf + 1;
    return CX_MATCH_YES;
}

cx_match cx_sip_start_read_strict(cx_slice s, cx_sip_start *ret)
{
    cx_match match = cx_sip_start_read(s, false, ret);
    if (match != CX_MATCH_YES)
        return match;
    cx_slice next = cx_slice_sub(s, ret->len, s.len);
    size_t i = token_len(next);
    bool named = i > 0 && i <= MAX_NAME_BYTES;
    while (i < next.len && (next.p[i] == ' ' || next.p[i] == '\t'))
        i++;
    if (i == next.len && i <= MAX_NAME_BYTES)
        return CX_MATCH_MAYBE;
    return named && i < next.len && next.p[i] == ':' ? CX_MATCH_YES : CX_MATCH_NO;
}

/* The methods of sign-in and calls: where a body ends in letters, the method that follows it
 * without a line end is told by its name, and so is one whose line the capture cut. */
static const char *const methods[] = {"BENOTIFY", "SUBSCRIBE", "NEGOTIATE", "REGISTER", "OPTIONS",
                                      "SERVICE",  "MESSAGE",   "PUBLISH",   "INVITE",   "NOTIFY",
                                      "CANCEL",   "UPDATE",    "PRACK",     "REFER",    "INFO",
                                      "ACK",      "BYE"};

bool cx_sip_start_read_cut(cx_slice s, cx_sip_start *ret)
{
    cx_sip_start whole = {0};
    if (cx_slice_find(s, '\n', 0) == SIZE_MAX && read_line(s, &whole) && !whole.request) {
        *ret = (cx_sip_start){.status = whole.status, .reason = whole.reason};
        return true;
    }
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        size_t n = strlen(methods[i]);
        cx_slice rest = cx_slice_sub(s, n, s.len);
        if (s.len < n || memcmp(s.p, methods[i], n) != 0 ||
            (!cx_slice_istarts(rest, " sip:") && !cx_slice_istarts(rest, " sips:")))
            continue;
        if (cx_slice_find(s, '\n', 0) != SIZE_MAX || !start_possible(s))
            return false;
        *ret = (cx_sip_start){.request = true, .method = cx_slice_sub(s, 0, n)};
        return true;
    }
    return false;
}

static bool ends(cx_slice s, cx_slice text)
{
    return s.len >= text.len && memcmp(s.p + s.len - text.len, text.p, text.len) == 0;
}

/* "ISTER", before which the capture lost "REG": what was asked cannot be told. */
static bool is_rest_of_method(cx_slice s)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (s.len < strlen(methods[i]) && ends(cx_slice_of(methods[i]), s))
            return true;
    return false;
}

/* Where the method begins that s ends with; its end: there is none. */
static size_t method_start(cx_slice s)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (ends(s, cx_slice_of(methods[i])))
            return s.len - strlen(methods[i]);
    size_t at = s.len;
    while (at && is_token(s.p[at - 1]))
        at--;
    return is_rest_of_method(cx_slice_sub(s, at, s.len)) ? s.len : at;
}

size_t cx_sip_start_find(cx_slice line)
{
    cx_slice text = cx_slice_trim(line), rest = text;
    if (ends(text, cx_slice_of(" SIP/2.0"))) {
        cx_slice before = cx_slice_sub(text, 0, text.len - sizeof " SIP/2.0" + 1);
        size_t uri = before.len;
        while (uri && before.p[uri - 1] != ' ')
            uri--;
        size_t method = uri ? method_start(cx_slice_sub(before, 0, uri - 1)) : 0;
        if (uri && method < uri - 1)
            return (size_t)(text.p - line.p) + method;
    }
    for (;;) {
        const uint8_t *at =
            rest.len ? memmem(rest.p, rest.len, "SIP/2.0 ", VERSION_BYTES + 1) : NULL;
        if (!at)
            return SIZE_MAX;
        cx_sip_start start;
        rest = cx_slice_sub(text, (size_t)(at - text.p), text.len);
        if (read_line(rest, &start))
            return (size_t)(at - line.p);
        rest = cx_slice_sub(rest, VERSION_BYTES, rest.len);
    }
}

/* ---- header lines ---- */

#define MAX_OF_LENGTH 4u /* names, and the end */

/* By length, which few share; spelt as most senders do, which is the fastest to compare. */
static const struct {
    const char *name;
    cx_sip_name id;
} names[][MAX_OF_LENGTH + 1] = {
    [2] = {{"To", CX_SIP_TO}},
    [3] = {{"Via", CX_SIP_VIA}},
    [4] = {{"From", CX_SIP_FROM}, {"CSeq", CX_SIP_CSEQ}, {"Date", CX_SIP_DATE}},
    [5] = {{"Event", CX_SIP_EVENT}},
    [6] = {{"Server", CX_SIP_SERVER}},
    [7] = {{"Call-ID", CX_SIP_CALL_ID},
           {"Contact", CX_SIP_CONTACT},
           {"Expires", CX_SIP_EXPIRES},
           {"Warning", CX_SIP_WARNING}},
    [10] = {{"User-Agent", CX_SIP_USER_AGENT}},
    [11] = {{"Retry-After", CX_SIP_RETRY_AFTER}, {"Min-Expires", CX_SIP_MIN_EXPIRES}},
    [12] = {{"Content-Type", CX_SIP_CONTENT_TYPE}},
    [13] = {{"Authorization", CX_SIP_AUTHORIZATION}},
    [14] = {{"Content-Length", CX_SIP_CONTENT_LENGTH},
            {"presence-state", CX_SIP_PRESENCE_STATE},
            {"ms-diagnostics", CX_SIP_MS_DIAGNOSTICS}},
    [16] = {{"WWW-Authenticate", CX_SIP_WWW_AUTHENTICATE}},
    [18] = {{"Proxy-Authenticate", CX_SIP_PROXY_AUTHENTICATE},
            {"ms-user-logon-data", CX_SIP_MS_USER_LOGON_DATA}},
    [19] = {{"Authentication-Info", CX_SIP_AUTHENTICATION_INFO},
            {"Proxy-Authorization", CX_SIP_PROXY_AUTHORIZATION}},
    [21] = {{"ms-diagnostics-public", CX_SIP_MS_DIAGNOSTICS_PUBLIC}},
    [25] = {{"Proxy-Authentication-Info", CX_SIP_PROXY_AUTHENTICATION_INFO}},
};

/* RFC 3261 7.3.3, RFC 6665 8.2.1 (o) */
static cx_sip_name compact_name(uint8_t letter)
{
    switch (cx_fold(letter)) {
    case 'v':
        return CX_SIP_VIA;
    case 'f':
        return CX_SIP_FROM;
    case 't':
        return CX_SIP_TO;
    case 'i':
        return CX_SIP_CALL_ID;
    case 'm':
        return CX_SIP_CONTACT;
    case 'l':
        return CX_SIP_CONTENT_LENGTH;
    case 'c':
        return CX_SIP_CONTENT_TYPE;
    case 'o':
        return CX_SIP_EVENT;
    default:
        return CX_SIP_OTHER;
    }
}

static cx_sip_name name_of(cx_slice name)
{
    if (name.len == 1)
        return compact_name(name.p[0]);
    if (name.len >= sizeof names / sizeof *names)
        return CX_SIP_OTHER;
    for (size_t i = 0; names[name.len][i].name; i++) {
        cx_slice known = {(const uint8_t *)names[name.len][i].name, name.len};
        if (cx_fold(name.p[0]) == cx_fold(known.p[0]) &&
            (memcmp(name.p, known.p, name.len) == 0 || cx_slice_ieq(name, known)))
            return names[name.len][i].id;
    }
    return CX_SIP_OTHER;
}

bool cx_sip_header_next(cx_slice *lines, cx_sip_header *ret)
{
    cx_slice line;
    while (cx_header_line_next(lines, &line, &ret->folded)) {
        size_t colon = cx_slice_find(line, ':', 0);
        if (colon == SIZE_MAX)
            continue;
        cx_slice name = cx_slice_trim((cx_slice){line.p, colon});
        if (name.len == 0)
            continue;
        ret->name = name_of(name);
        ret->value = cx_slice_trim((cx_slice){line.p + colon + 1, line.len - colon - 1});
        return true;
    }
    return false;
}

void cx_sip_headers_read(cx_slice lines, cx_sip_headers *ret)
{
    cx_sip_header *next = ret->header;
    for (uint32_t n = 0; n < CX_MAX_SIP_HEADERS && cx_sip_header_next(&lines, next); n++)
        next += next->name != CX_SIP_OTHER;
    ret->n = (uint32_t)(next - ret->header);
    ret->more = lines;
}

/* Takes the length that one header says. False: it is none, or another than before. */
static bool take_length(const cx_sip_header *h, int64_t *len)
{
    uint64_t n;
    if (h->name != CX_SIP_CONTENT_LENGTH)
        return true;
    if (!cx_slice_number(h->value, INT64_MAX, &n) || (*len >= 0 && *len != (int64_t)n))
        return false;
    *len = (int64_t)n;
    return true;
}

bool cx_sip_content_length(const cx_sip_headers *headers, int64_t *ret_len)
{
    int64_t len = -1;
    cx_slice more = headers->more;
    cx_sip_header header;
    for (uint32_t i = 0; i < headers->n; i++)
        if (!take_length(&headers->header[i], &len))
            return false;
    while (cx_sip_header_next(&more, &header))
        if (!take_length(&header, &len))
            return false;
    *ret_len = len;
    return true;
}

/* ---- values ---- */

void cx_sip_param(cx_slice item, cx_slice *ret_name, cx_slice *ret_value)
{
    cx_slice value, name = cx_slice_trim(cx_slice_split(item, '=', &value));
    *ret_name = name;
    *ret_value = cx_header_unquote(value);
}

int64_t cx_sip_number(cx_slice value)
{
    uint64_t n;
    size_t digits = 0;
    while (digits < value.len && is_digit(value.p[digits]))
        digits++;
    return cx_slice_number(cx_slice_sub(value, 0, digits), INT64_MAX, &n) ? (int64_t)n : -1;
}

int32_t cx_sip_qvalue(cx_slice value)
{
    cx_slice fraction, whole = cx_slice_split(cx_slice_trim(value), '.', &fraction);
    uint64_t n;
    if (!cx_slice_number(whole, 1, &n))
        return -1;
    int32_t thousandths = (int32_t)n * 1000, digit = 100;
    if (fraction.len > 3)
        return -1;
    for (size_t i = 0; i < fraction.len; i++, digit /= 10) {
        if (!is_digit(fraction.p[i]))
            return -1;
        thousandths += (fraction.p[i] - '0') * digit;
    }
    return thousandths <= 1000 ? thousandths : -1;
}

/* The number at the front of *s, digits long at most, behind any number of bytes skip. -1: none. */
static int take_number(cx_slice *s, uint8_t skip, size_t digits)
{
    size_t from = 0;
    while (from < s->len && s->p[from] == skip)
        from++;
    size_t n = from;
    int number = 0;
    while (n < s->len && n - from < digits && is_digit(s->p[n]))
        number = number * 10 + (s->p[n++] - '0');
    *s = cx_slice_sub(*s, n, s->len);
    return n > from ? number : -1;
}

/* From 0; -1: the three letters are no month. */
static int month_of(cx_slice name)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (name.len == 3)
        for (int m = 0; m < 12; m++)
            if (cx_fold(name.p[0]) == months[3 * m] && cx_fold(name.p[1]) == months[3 * m + 1] &&
                cx_fold(name.p[2]) == months[3 * m + 2])
                return m;
    return -1;
}

/* Days since 1970-01-01 of a date in 1970 or later; a day behind the end of its month is one of the
 * next month. */
static int64_t days_since_1970(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return 365 * (int64_t)(year - 1970) + (year - 1969) / 4 - (year - 1901) / 100 +
           (year - 1601) / 400 + before[month] + (leap && month > 1) + day - 1;
}

int64_t cx_sip_date(cx_slice value)
{
    cx_slice rest;
    (void)cx_slice_split(value, ',', &rest); /* the name of the day tells nothing new */
    if (!rest.p)
        return INT64_MIN;
    int day = take_number(&rest, ' ', 2);
    rest = cx_slice_trim(rest);
    int month = month_of(cx_slice_sub(rest, 0, 3));
    rest = cx_slice_sub(rest, 3, rest.len);
    int year = take_number(&rest, ' ', 4);
    int hour = take_number(&rest, ' ', 2);
    int minute = take_number(&rest, ':', 2);
    int second = take_number(&rest, ':', 2);
    if (day < 1 || day > 31 || month < 0 || year < 1970 || year > 2200 || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60 ||
        !cx_slice_iis(cx_slice_trim(rest), "GMT"))
        return INT64_MIN;
    int64_t seconds =
        days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return seconds * INT64_C(1000000000);
}
