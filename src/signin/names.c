/* Roles of discovery names: see names.h. One table, first match wins. */
#include "signin/names.h"

#include "base/text.h"

/* A literal with its length: names are looked at for every lookup of a capture. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

typedef struct role_row {
    cx_slice prefix;
    uint16_t type; /* 0: A or AAAA */
    cx_name_role role;
} role_row;

static const role_row rows[] = {
    {TEXT("_sipinternaltls._tcp."), CX_DNS_SRV, CX_ROLE_SRV_INTERNAL_TLS},
    {TEXT("_sipinternal._tcp."), CX_DNS_SRV, CX_ROLE_SRV_INTERNAL},
    {TEXT("_sip._tls."), CX_DNS_SRV, CX_ROLE_SRV_EXTERNAL_TLS},
    {TEXT("_sips._tcp."), CX_DNS_SRV, CX_ROLE_SRV_SIPS},
    {TEXT("_sip._tcp."), CX_DNS_SRV, CX_ROLE_SRV_TCP},
    {TEXT("_sip._udp."), CX_DNS_SRV, CX_ROLE_SRV_UDP},
    {TEXT("lyncdiscoverinternal."), 0, CX_ROLE_AUTODISCOVER},
    {TEXT("lyncdiscover."), 0, CX_ROLE_AUTODISCOVER},
    {TEXT("sipinternal."), 0, CX_ROLE_HOST_SIPINTERNAL},
    {TEXT("sipexternal."), 0, CX_ROLE_HOST_SIPEXTERNAL},
    {TEXT("sip."), 0, CX_ROLE_HOST_SIP},
};

cx_name_role cx_name_role_of(cx_slice name, uint16_t type, cx_slice *ret_domain)
{
    *ret_domain = (cx_slice){NULL, 0};
    bool host = type == CX_DNS_A || type == CX_DNS_AAAA;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].type ? rows[i].type != type : !host)
            continue;
        const size_t n = rows[i].prefix.len;
        if (name.len <= n || cx_fold(name.p[0]) != rows[i].prefix.p[0] ||
            !cx_slice_ieq(cx_slice_sub(name, 0, n), rows[i].prefix))
            continue;
        *ret_domain = cx_slice_sub(name, n, name.len - n);
        return rows[i].role;
    }
    return host ? CX_ROLE_HOST_OTHER : CX_ROLE_NONE;
}

bool cx_name_may_be_discovery(cx_slice head)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const cx_slice prefix = rows[i].prefix;
        if (cx_role_is_discovery(rows[i].role) && head.len <= prefix.len &&
            cx_slice_ieq(cx_slice_sub(prefix, 0, head.len), head))
            return true;
    }
    return false;
}

bool cx_name_looks_like_sip(cx_slice name)
{
    static const cx_slice stems[] = {
        TEXT("sip"),      TEXT("ocs"),       TEXT("lync"),     TEXT("lcs"), TEXT("sfb"),
        TEXT("pool"),     TEXT("edge"),      TEXT("access"),   TEXT("im"),  TEXT("uc"),
        TEXT("director"), TEXT("registrar"), TEXT("sipproxy"), TEXT("pbx"), TEXT("sipserver")};
    cx_slice rest;
    cx_slice label = cx_slice_split(name, '.', &rest);
    while (label.len && label.p[label.len - 1] >= '0' && label.p[label.len - 1] <= '9')
        label.len--;
    if (label.len && label.p[label.len - 1] == '-')
        label.len--;
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
        if (cx_slice_ieq(label, stems[i]))
            return true;
    return false;
}
