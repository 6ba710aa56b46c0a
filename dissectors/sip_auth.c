/* Authentication headers of SIP and the tokens in them (sip_auth.h; MS-SIPAE 2.2, RFC 4121 4.1).
 *
 * Parameters come in any order, quoted or not ("version=4" has no quotes while its neighbours do);
 * gssapi-data="" starts a handshake and is not the same as no gssapi-data. */
#include "dissectors/sip_auth.h"

#include "base/text.h"
#include "dissectors/header_text.h"
#include "dissectors/sip_plain.h"
#include "dissectors/sip_text.h"

static bool starts(cx_slice s, const void *bytes, size_t n)
{
    return s.len >= n && memcmp(s.p, bytes, n) == 0;
}

/* An InitialContextToken of Kerberos (RFC 2743 3.1, RFC 4121 4.1), or a bare AP-REQ, AP-REP or
 * KRB-ERROR (RFC 4120 5.10: application tags 14, 15, 30). */
static bool is_kerberos(cx_slice token)
{
    static const uint8_t oids[][11] = {
        {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02},
        {0x06, 0x09, 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02}, /* as Windows 2000 */
    };
    if (token.len < 2)
        return false;
    size_t header = token.p[1] < 0x80 ? 2 : 2 + (token.p[1] & 0x7fu);
    cx_slice inner = cx_slice_sub(token, header, token.len);
    if (token.p[0] == 0x6e || token.p[0] == 0x6f || token.p[0] == 0x7e)
        return inner.len && inner.p[0] == 0x30;
    return token.p[0] == 0x60 &&
           (starts(inner, oids[0], sizeof *oids) || starts(inner, oids[1], sizeof *oids));
}

static cx_gss_data classify(cx_slice token, uint8_t *ret_ntlm_message)
{
    if (starts(token, "NTLMSSP", 8) && token.len >= 12 && token.p[8] >= 1 && token.p[8] <= 3 &&
        !(token.p[9] | token.p[10] | token.p[11])) {
        *ret_ntlm_message = token.p[8];
        return CX_GSS_NTLM;
    }
    if (is_kerberos(token))
        return CX_GSS_KERBEROS;
    /* records of change_cipher_spec, alert, handshake or application data (RFC 5246 6.2.1) */
    if (token.len >= 3 && token.p[0] >= 20 && token.p[0] <= 23 && token.p[1] == 3)
        return CX_GSS_TLS;
    return CX_GSS_OTHER;
}

static void read_token(cx_slice text, cx_arena *a, cx_sip_auth *ret, cx_slice *ret_token)
{
    if (cx_slice_trim(text).len == 0) {
        ret->gss = CX_GSS_EMPTY;
        return;
    }
    ret->gss = CX_GSS_OTHER;
    if (cx_base64(text, a, ret_token) == CX_OK) /* else it is none that can be named */
        ret->gss = classify(*ret_token, &ret->ntlm_message);
}

/* Where a parameter is kept that is text; NULL: it is none of those. */
static cx_slice *text_named(cx_sip_auth *auth, cx_slice name)
{
    if (cx_slice_iis(name, "realm"))
        return &auth->realm;
    if (cx_slice_iis(name, "targetname"))
        return &auth->targetname;
    if (cx_slice_iis(name, "opaque"))
        return &auth->opaque;
    if (cx_slice_iis(name, "qop"))
        return &auth->qop;
    if (cx_slice_iis(name, "nonce"))
        return &auth->nonce;
    if (cx_slice_iis(name, "username"))
        return &auth->username;
    if (cx_slice_iis(name, "algorithm"))
        return &auth->algorithm;
    return cx_slice_iis(name, "sts-uri") ? &auth->sts_uri : NULL;
}

static void read_param(cx_slice name, cx_slice said, cx_arena *a, cx_sip_auth *ret,
                       cx_slice *ret_token)
{
    cx_slice *text = text_named(ret, name);
    if (text) {
        *text = said;
    } else if (cx_slice_iis(name, "gssapi-data")) {
        read_token(said, a, ret, ret_token);
    } else if (cx_slice_iis(name, "response") || cx_slice_iis(name, "rspauth")) {
        ret->has_response = true;
    } else if (cx_slice_iis(name, "stale")) {
        ret->stale = cx_slice_iis(said, "true");
    } else if (cx_slice_iis(name, "version")) {
        int64_t version = cx_sip_number(said);
        ret->version = version >= 0 && version <= 255 ? (int)version : -1;
    }
}

static bool next_param(cx_slice *rest, cx_slice *ret_name, cx_slice *ret_said)
{
    cx_slice item;
    if (cx_sip_plain_param(rest, ',', ret_name, ret_said))
        return true;
    if (!cx_header_item_next(rest, ',', &item))
        return false;
    cx_sip_param(item, ret_name, ret_said);
    return true;
}

void cx_sip_auth_read(cx_slice value, cx_sip_auth_role role, bool proxy, cx_arena *a,
                      cx_sip_auth *ret, cx_slice *ret_token)
{
    *ret = (cx_sip_auth){.role = role, .proxy = proxy, .version = -1};
    *ret_token = (cx_slice){NULL, 0};
    size_t end = 0;
    while (end < value.len && value.p[end] != ' ' && value.p[end] != '\t')
        end++;
    cx_slice name, said, rest = cx_slice_sub(value, end, value.len);
    ret->scheme = cx_slice_sub(value, 0, end);
    if (cx_slice_find(ret->scheme, '=', 0) != SIZE_MAX) {
        /* Authentication-Info of RFC 2617 3.2.3 has parameters and no scheme */
        ret->scheme = (cx_slice){NULL, 0};
        rest = value;
    }
    while (next_param(&rest, &name, &said))
        if (said.p)
            read_param(name, said, a, ret, ret_token);
}
