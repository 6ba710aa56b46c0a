/* Certificate names: see certname.h. */
#include "rules/certname.h"

#include "base/buf.h"
#include "base/text.h"

#define NAMES_SHOWN 8u

/* "*" stands for one whole left-most label, or for a part of it ("sip*.contoso.com" for
 * sip1.contoso.com; of an internationalized one never), and not directly above a top-level domain.
 */
static cx_name_match match(cx_slice pattern, cx_slice name)
{
    cx_slice parent, name_parent, after;
    if (cx_host_eq(pattern, name))
        return CX_NAME_EXACT;
    cx_slice label = cx_slice_split(cx_host_bare(pattern), '.', &parent);
    cx_slice wanted = cx_slice_split(cx_host_bare(name), '.', &name_parent);
    cx_slice before = cx_slice_split(label, '*', &after);
    if (before.len == label.len || !wanted.len || cx_slice_find(parent, '.', 0) == SIZE_MAX ||
        !cx_host_eq(parent, name_parent))
        return CX_NAME_NO_MATCH;
    if (label.len == 1)
        return CX_NAME_WILDCARD;
    bool part = cx_slice_find(after, '*', 0) == SIZE_MAX && before.len + after.len <= wanted.len &&
                !cx_slice_istarts(wanted, "xn--") && !cx_slice_istarts(label, "xn--") &&
                cx_slice_ieq(cx_slice_sub(wanted, 0, before.len), before) &&
                cx_slice_ieq(cx_slice_sub(wanted, wanted.len - after.len, after.len), after);
    return part ? CX_NAME_PARTIAL : CX_NAME_NO_MATCH;
}

static bool same_address(cx_slice a, cx_slice b)
{
    cx_endpoint x, y;
    return cx_addr_parse(a, &x) && cx_addr_parse(b, &y) && cx_addr_eq(&x, &y);
}

cx_name_match cx_cert_match(const cx_cert *cert, cx_slice wanted)
{
    cx_name_match best = CX_NAME_NO_MATCH;
    bool address = cx_host_is_address(wanted), has_dns = false;
    for (uint32_t i = 0; i < cert->n_san; i++) {
        const cx_san *san = &cert->san[i];
        has_dns |= san->kind == CX_SAN_DNS;
        cx_name_match m = CX_NAME_NO_MATCH;
        if (address && san->kind == CX_SAN_IP)
            m = same_address(san->text, wanted) ? CX_NAME_EXACT : CX_NAME_NO_MATCH;
        else if (!address && san->kind == CX_SAN_DNS)
            m = match(san->text, wanted);
        if (m > best)
            best = m;
    }
    /* The common name is looked at only where there is no DNS name (RFC 6125 6.4.4). */
    if (!has_dns && !address && cert->common_name.p) {
        cx_name_match m = match(cert->common_name, wanted);
        return m > CX_NAME_CN_ONLY ? CX_NAME_CN_ONLY : m;
    }
    return best;
}

cx_slice cx_cert_names(const cx_cert *cert, cx_arena *arena)
{
    cx_buf text = cx_buf_init(4096);
    uint32_t shown = 0;
    cx_status s = CX_OK;
    for (uint32_t i = 0; i < cert->n_san && shown < NAMES_SHOWN && s == CX_OK; i++) {
        if (cert->san[i].kind == CX_SAN_OTHER)
            continue;
        s = shown++ ? cx_buf_put_text(&text, ", ") : CX_OK;
        if (s == CX_OK)
            s = cx_buf_put_slice(&text, cert->san[i].text);
    }
    if (s == CX_OK && cert->n_san > shown && shown == NAMES_SHOWN)
        s = cx_buf_put_text(&text, ", …");
    if (s == CX_OK && !shown && cert->common_name.p)
        s = cx_buf_put_slice(&text, cert->common_name);
    cx_slice copy = cx_arena_copy(arena, text.len ? cx_buf_slice(&text) : cx_slice_of("no name"));
    cx_buf_free(&text);
    return copy.p ? copy : cx_slice_of("");
}
