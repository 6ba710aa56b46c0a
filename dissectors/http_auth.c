/* Challenges and credentials (http_auth.h). What a token asks or answers is told from its bytes:
 * the scheme says little, for Negotiate carries NTLM with and without SPNEGO, and Kerberos. State:
 * none.
 */
#include "dissectors/http_auth.h"

#include "base/cursor.h"
#include "base/der.h"
#include "base/text.h"
#include "dissectors/header_text.h"

/* ---- tokens ---- */

static const uint8_t ntlm_signature[8] = "NTLMSSP";

/* The OID of Kerberos and the two octets that make an AP-REQ of it (RFC 4121 4.1); Windows 2000
 * writes the OID with an error. */
static const uint8_t ap_req[] = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01";
static const uint8_t ap_req_2000[] = "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02\x01";

static bool holds(cx_slice s, const uint8_t *bytes, size_t n)
{
    return s.len >= n && memmem(s.p, s.len, bytes, n);
}

/* Type of the NTLM message inside; 0: none. */
static uint32_t ntlm_type(cx_slice token)
{
    const uint8_t *at = token.len ? memmem(token.p, token.len, ntlm_signature, 8) : NULL;
    if (!at)
        return 0;
    cx_cursor c = cx_cursor_over(cx_slice_sub(token, (size_t)(at - token.p) + 8, 4), CX_MALFORMED);
    return cx_le32(&c);
}

static cx_http_step step_of(cx_slice token, const char **ret_mechanism)
{
    uint32_t type = ntlm_type(token);
    *ret_mechanism = NULL;
    if (type) {
        *ret_mechanism = "ntlm";
        return type == CX_NTLM_AUTHENTICATE ? CX_HTTP_STEP_FINAL : CX_HTTP_STEP_FIRST;
    }
    if (holds(token, ap_req, sizeof ap_req) || holds(token, ap_req_2000, sizeof ap_req_2000) ||
        token.p[0] == CX_DER_APPLICATION + CX_KRB_AP_REQ) {
        *ret_mechanism = "kerberos";
        return CX_HTTP_STEP_FINAL;
    }
    return token.p[0] == CX_DER_CONTEXT + 1 ? CX_HTTP_STEP_FINAL : CX_HTTP_STEP_FIRST;
}

/* Is it a NegTokenResp whose negState is reject (RFC 4178 4.2.2)? */
static bool refuses(cx_slice token)
{
    cx_cursor c = cx_cursor_over(token, CX_MALFORMED);
    cx_der response, sequence, part, state;
    int32_t value;
    if (!cx_der_next_is(&c, CX_DER_CONTEXT + 1, &response) || !cx_der_first(&response, &sequence) ||
        sequence.tag != CX_DER_SEQUENCE || !cx_der_first(&sequence, &part) ||
        part.tag != CX_DER_CONTEXT || !cx_der_first(&part, &state))
        return false;
    return state.tag == CX_DER_ENUMERATED && cx_der_int32(&state, &value) && value == 2;
}

static bool is_base64(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* As much of the token as is Base64. False: no memory, or not a byte. */
static bool decode(cx_slice text, cx_arena *a, cx_slice *ret, bool *ret_bad)
{
    cx_status status = cx_base64(text, a, ret);
    if (status == CX_MALFORMED) {
        *ret_bad = true;
        size_t n = 0, digits = 0, whole = 0;
        for (; n < text.len && (is_base64(text.p[n]) || strchr(" \t\r\n", text.p[n])); n++)
            if (is_base64(text.p[n]) && ++digits % 4 == 0)
                whole = n + 1;
        status = cx_base64(cx_slice_sub(text, 0, whole), a, ret);
    }
    return status == CX_OK && ret->len;
}

/* ---- lists of challenges ---- */

static bool has_token(cx_slice scheme)
{
    return cx_slice_iis(scheme, "NTLM") || cx_slice_iis(scheme, "Negotiate") ||
           cx_slice_iis(scheme, "Nego2") || cx_slice_iis(scheme, "Kerberos");
}

/* Is this item of a list the parameter of a scheme that stands before it? */
static bool is_param(cx_slice name, cx_slice rest)
{
    return cx_slice_find(name, '=', 0) != SIZE_MAX || (rest.len && rest.p[0] == '=');
}

static void keep_offered(cx_slice scheme, cx_http_auth *ret)
{
    for (uint32_t i = 0; i < ret->n_offered; i++)
        if (cx_slice_ieq(ret->offered[i], scheme))
            return;
    if (ret->n_offered < CX_HTTP_MAX_AUTH)
        ret->offered[ret->n_offered++] = scheme;
}

static void read_token(const cx_http_auth_line *line, cx_slice text, cx_arena *a, cx_http_auth *ret)
{
    cx_slice token;
    const char *mechanism;
    int scope = line->proxy ? CX_HTTP_PROXY : CX_HTTP_ORIGIN;
    if (ret->n_tokens == CX_HTTP_MAX_AUTH_LINES || !decode(text, a, &token, &ret->bad_token))
        return;
    ret->token_scope[ret->n_tokens] = (uint8_t)scope;
    ret->tokens[ret->n_tokens++] = token;
    if (line->offered) {
        if (!refuses(token))
            ret->goes_on[scope] = true;
        return;
    }
    ret->step[scope] = step_of(token, &mechanism);
    ret->mechanism[scope] = mechanism;
}

static void read_line(const cx_http_auth_line *line, cx_arena *a, cx_http_auth *ret)
{
    cx_slice rest = line->value, item;
    ret->of_scope[line->proxy ? CX_HTTP_PROXY : CX_HTTP_ORIGIN] = true;
    while (cx_header_item_next(&rest, ',', &item)) {
        size_t end = 0;
        while (end < item.len && !strchr(" \t\r\n", item.p[end] ? item.p[end] : 'x'))
            end++;
        cx_slice scheme = cx_slice_sub(item, 0, end),
                 behind = cx_slice_trim(cx_slice_sub(item, end, item.len));
        if (scheme.len == 0 || is_param(scheme, behind))
            continue;
        if (line->offered)
            keep_offered(scheme, ret);
        else if (!ret->used.p)
            ret->used = scheme;
        if (behind.len && has_token(scheme))
            read_token(line, behind, a, ret);
    }
}

void cx_http_auth_read(const cx_http_auth_line *lines, uint32_t n, cx_arena *a, cx_http_auth *ret)
{
    *ret = (cx_http_auth){.n_tokens = 0};
    for (uint32_t i = 0; i < n; i++)
        read_line(&lines[i], a, ret);
}
