/* Events as JSON objects (event_json.h): the common members, and the kinds that are short. */
#include "report/event_json.h"

#include "base/text.h"
#include "report/community_id.h"
#include "report/json_members.h"

static const char *const kind_names[CX_EV_KINDS] = {
    [CX_EV_TCP] = "tcp",      [CX_EV_DNS] = "dns",
    [CX_EV_TLS] = "tls",      [CX_EV_SIP] = "sip",
    [CX_EV_NTLM] = "ntlm",    [CX_EV_ICMP] = "icmp",
    [CX_EV_GAP] = "gap",      [CX_EV_MALFORMED] = "malformed",
    [CX_EV_KRB] = "kerberos", [CX_EV_HTTP] = "http",
    [CX_EV_LOGON] = "logon",  [CX_EV_LLMNR] = "llmnr",
    [CX_EV_MDNS] = "mdns",    [CX_EV_NBNS] = "nbns",
};

static const char *proto_name(uint8_t proto)
{
    switch (proto) {
    case CX_IPPROTO_TCP:
        return "tcp";
    case CX_IPPROTO_UDP:
        return "udp";
    case CX_IPPROTO_ICMP:
        return "icmp";
    case CX_IPPROTO_ICMP6:
        return "icmp6";
    default:
        return NULL;
    }
}

/* ---- TCP, ICMP, gaps ---- */

static const char *const tcp_names[] = {
    [CX_TCP_CONNECTED] = "connected",
    [CX_TCP_REFUSED] = "refused",
    [CX_TCP_TIMEOUT] = "timeout",
    [CX_TCP_UNREACHABLE] = "unreachable",
    [CX_TCP_HALF_OPEN] = "half_open",
    [CX_TCP_RESET] = "reset",
    [CX_TCP_CLOSED] = "closed",
    [CX_TCP_OPEN] = NULL,
    [CX_TCP_SILENCED] = NULL,
    [CX_TCP_UNHEARD] = NULL,
    [CX_TCP_LARGE] = NULL,
};

/* Numbers of the event's own file: those of another one of a set would mean other frames. */
static bool has_frame(const cx_evidence *at, uint16_t file)
{
    return at->frame && at->file == file;
}

static void put_frames(cx_members *m, const cx_ev_tcp *e, uint16_t file)
{
    const uint32_t n = e->n_syns < CX_MAX_SYNS ? e->n_syns : CX_MAX_SYNS;
    bool any = has_frame(&e->answer, file);
    for (uint32_t i = 0; i < n; i++)
        any |= has_frame(&e->syn[i], file);
    if (!any)
        return;
    cx_members_open_list(m, "frames");
    for (uint32_t i = 0; i < n; i++)
        if (has_frame(&e->syn[i], file))
            cx_members_number(m, NULL, e->syn[i].frame);
    if (has_frame(&e->answer, file))
        cx_members_number(m, NULL, e->answer.frame);
    cx_members_close_list(m);
}

static void put_tcp(cx_members *m, const cx_ev_tcp *e, uint16_t file)
{
    cx_members_string(m, "event", tcp_names[e->what]);
    put_frames(m, e, file);
    cx_members_ms(m, "rtt_ms", e->rtt_ns);
    if (!e->mid_stream)
        cx_members_number(m, "syns", e->n_syns);
    if (e->what == CX_TCP_RESET || e->what == CX_TCP_CLOSED)
        cx_members_string(m, "closed_by", e->closed_by == CX_FROM_CLIENT ? "client" : "server");
    if (e->what == CX_TCP_UNREACHABLE) {
        cx_members_open(m, "icmp");
        cx_members_number(m, "type", e->icmp_type);
        cx_members_number(m, "code", e->icmp_code);
        cx_members_addr(m, "from", &e->icmp_from);
        cx_members_close(m);
    }
}

static void put_icmp(cx_members *m, const cx_ev_icmp *e)
{
    cx_members_number(m, "icmp_type", e->type);
    cx_members_number(m, "code", e->code);
    cx_members_addr(m, "from", &e->from);
    if (e->mtu)
        cx_members_number(m, "mtu", e->mtu);
}

static void put_gap(cx_members *m, const cx_event *e)
{
    cx_members_string(m, "dir", e->dir == CX_FROM_CLIENT ? "client" : "server");
    if (e->u.gap.missing != UINT64_MAX)
        cx_members_number(m, "missing", e->u.gap.missing);
}

/* ---- the object ---- */

static void put_common(cx_members *m, const cx_event *e, const cx_event_json_options *options)
{
    char id[CX_COMMUNITY_ID_TEXT];
    cx_endpoint src = *cx_event_src(e), dst = *cx_event_dst(e);
    bool ports = true;
    if (e->kind == CX_EV_ICMP && e->u.icmp.quoted_src.family) {
        src = e->u.icmp.quoted_src;
        dst = e->u.icmp.quoted_dst;
        /* of a quoted ICMP message type and code are not known, so neither is its ID */
        ports = src.proto == CX_IPPROTO_TCP || src.proto == CX_IPPROTO_UDP;
    } else if (e->kind == CX_EV_ICMP) {
        src.proto = dst.proto = e->u.icmp.v6 ? CX_IPPROTO_ICMP6 : CX_IPPROTO_ICMP;
        src.port = e->u.icmp.type;
        dst.port = e->u.icmp.code;
    }
    cx_members_string(m, "file", options->file);
    cx_members_number(m, "frame", e->at.frame);
    cx_members_time(m, "time", e->at.ts_ns, options->time_digits);
    bool has_ports = src.proto == CX_IPPROTO_TCP || src.proto == CX_IPPROTO_UDP;
    cx_members_addr(m, "src", &src);
    if (has_ports)
        cx_members_number(m, "sport", src.port);
    cx_members_addr(m, "dst", &dst);
    if (has_ports)
        cx_members_number(m, "dport", dst.port);
    cx_members_string(m, "proto", proto_name(src.proto));
    if (e->stream != CX_NO_STREAM && e->at.file == 0) /* of later files of a set it is another */
        cx_members_number(m, "stream", e->stream);
    if (ports && cx_community_id(&src, &dst, id))
        cx_members_string(m, "community_id", id);
}

/* Others are for correlation only; a duplicate says what other lines said: that is for who has
 * them. */
static bool is_shown(const cx_event *e)
{
    if (e->kind == CX_EV_TCP)
        return tcp_names[e->u.tcp.what];
    if (e->kind == CX_EV_TLS)
        return cx_event_json_tls_has(&e->u.tls);
    if (e->kind == CX_EV_SIP)
        return !e->u.sip.start_cut;
    if (e->kind == CX_EV_DNS)
        return !e->u.dns.in_part;
    return e->kind != CX_EV_DUPLICATE;
}

static void put_event(cx_members *m, const cx_event *e, const cx_event_json_options *options)
{
    cx_members_string(m, "type", kind_names[e->kind]);
    if (options->file)
        put_common(m, e, options);
    if (e->decrypted)
        cx_members_bool(m, "decrypted", true);
    switch (e->kind) {
    case CX_EV_TCP:
        put_tcp(m, &e->u.tcp, e->at.file);
        break;
    case CX_EV_DNS:
    case CX_EV_LLMNR:
    case CX_EV_MDNS:
    case CX_EV_NBNS:
        cx_event_json_dns(m, &e->u.dns);
        break;
    case CX_EV_TLS:
        cx_event_json_tls(m, &e->u.tls);
        break;
    case CX_EV_SIP:
        cx_event_json_sip(m, &e->u.sip);
        break;
    case CX_EV_NTLM:
        cx_event_json_ntlm(m, &e->u.ntlm);
        break;
    case CX_EV_KRB:
        cx_event_json_krb(m, e);
        break;
    case CX_EV_HTTP:
        cx_event_json_http(m, &e->u.http);
        break;
    case CX_EV_LOGON:
        cx_event_json_logon(m, &e->u.logon);
        break;
    case CX_EV_ICMP:
        put_icmp(m, &e->u.icmp);
        break;
    case CX_EV_GAP:
        put_gap(m, e);
        break;
    case CX_EV_MALFORMED:
        cx_members_string(m, "dissector", e->u.malformed.dissector);
        cx_members_string(m, "reason", e->u.malformed.reason);
        break;
    case CX_EV_DUPLICATE:
    case CX_EV_KINDS:
        break;
    }
}

cx_status cx_event_json(const cx_event *e, const cx_event_json_options *options, cx_buf *to)
{
    cx_json_writer w = {.gen = NULL};
    if (!is_shown(e))
        return CX_END;
    cx_json_begin(&w, to);
    cx_members m = cx_members_text(&w);
    put_event(&m, e, options);
    (void)cx_members_end(&m); /* the writer tells */
    return cx_json_end(&w);
}
