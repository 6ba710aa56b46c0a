/* Transport headers (transport.h). Of the options MSS is read; checksums are not looked at. */
#include "net/transport.h"

#define MAX_IP 65575u /* bytes of the longest packet but jumbograms: IPv6 header and payload */

static const struct {
    uint8_t proto;
    const char *name;
} others[] = {
    {0, "IPv6 hop-by-hop options in IPv4"},
    {2, "IGMP"},
    {4, "IPv4 in IP"},
    {33, "DCCP"},
    {41, "IPv6 in IP"},
    {46, "RSVP"},
    {47, "GRE"},
    {50, "ESP"},
    {59, "IPv6 without next header"},
    {88, "EIGRP"},
    {89, "OSPF"},
    {97, "EtherIP"},
    {103, "PIM"},
    {112, "VRRP"},
    {115, "L2TP"},
    {132, "SCTP"},
    {136, "UDP-Lite"},
    {137, "MPLS in IP"},
    {143, "Ethernet in IP"},
};

const char *cx_transport_name(uint8_t proto)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].proto == proto)
            return others[i].name;
    return "IP protocol that is not TCP, UDP or ICMP";
}

/* A cursor over what ip carries; a short read is the sender's fault if all that it promised is
 * there. */
static cx_cursor cursor_of(const cx_ip *ip)
{
    return cx_cursor_over(ip->payload, ip->payload.len < ip->wire ? CX_TRUNCATED : CX_MALFORMED);
}

/* MSS among the options of a SYN; 0: it has none, or the capture lacks it. */
static uint16_t read_mss(cx_slice options)
{
    cx_cursor c = cx_cursor_over(options, CX_TRUNCATED);
    for (;;) {
        uint8_t kind = cx_u8(&c);
        if (kind == 1) /* no operation */
            continue;
        uint8_t len = cx_u8(&c);
        if (c.err != CX_OK || kind == 0 || len < 2)
            return 0;
        if (kind == 2)
            return len == 4 ? cx_be16(&c) : 0;
        (void)cx_take(&c, len - 2u);
    }
}

static cx_status read_tcp(const cx_ip *ip, cx_l4 *out, const char **ret_what)
{
    cx_cursor c = cursor_of(ip);
    *ret_what = "TCP header";
    const uint8_t *h = cx_take(&c, 20);
    if (!h)
        return c.err;
    /* what IP promises and the link never carried is no data: some hosts count padding */
    const uint32_t wire = ip->wire < ip->link_wire ? ip->wire : ip->link_wire;
    const uint32_t header_len = (h[12] >> 4) * 4u;
    if (header_len < 20 || header_len > wire) {
        *ret_what = "TCP data offset";
        return CX_MALFORMED;
    }
    out->src.port = (uint16_t)(h[0] << 8 | h[1]);
    out->dst.port = (uint16_t)(h[2] << 8 | h[3]);
    out->seq = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
    out->ack = (uint32_t)h[8] << 24 | (uint32_t)h[9] << 16 | (uint32_t)h[10] << 8 | h[11];
    out->tcp_flags = h[13];
    out->tcp_header = (uint8_t)header_len;
    if (out->tcp_flags & CX_TCP_FLAG_SYN && header_len > 20)
        out->mss = read_mss(cx_slice_sub(ip->payload, 20, header_len - 20));
    out->window = (uint16_t)(h[14] << 8 | h[15]);
    out->checksum = (uint16_t)(h[16] << 8 | h[17]);
    /* options cut by the capture leave an empty payload, and the rest is still good */
    out->payload = cx_slice_sub(ip->payload, header_len, ip->payload.len);
    out->payload_wire = wire - header_len;
    return CX_OK;
}

static cx_status read_udp(const cx_ip *ip, cx_l4 *out, const char **ret_what)
{
    cx_cursor c = cursor_of(ip);
    *ret_what = "UDP header";
    uint16_t sport = cx_be16(&c), dport = cx_be16(&c);
    uint32_t len = cx_be16(&c);
    (void)cx_be16(&c); /* checksum */
    if (c.err != CX_OK)
        return c.err;
    if (len == 0) /* jumbogram (RFC 2675 4), or segmentation offload */
        len = ip->wire;
    if (len < 8 || (len > ip->wire && !ip->fragment)) {
        *ret_what = "UDP length";
        return CX_MALFORMED;
    }
    out->src.port = sport;
    out->dst.port = dport;
    out->payload_wire = len - 8;
    out->payload = (cx_slice){c.p, c.left < len - 8 ? c.left : len - 8};
    return CX_OK;
}

/* The start of the packet that an error is about. It is cut as the sender of the error liked, so
 * what is there is taken and the rest left out. */
static void read_quoted(uint16_t ethertype, cx_slice bytes, cx_ev_icmp *icmp)
{
    cx_ip ip;
    const char *what;
    cx_status status = cx_ip_read(ethertype, bytes, (uint32_t)bytes.len, &ip, &what);
    if (ip.src.family == 0)
        return;
    icmp->quoted_src = ip.src;
    icmp->quoted_dst = ip.dst;
    if (status != CX_OK || ip.frag_at != 0 ||
        (ip.proto != CX_IPPROTO_TCP && ip.proto != CX_IPPROTO_UDP))
        return;
    cx_cursor c = cx_cursor_over(ip.payload, CX_TRUNCATED);
    uint16_t sport = cx_be16(&c), dport = cx_be16(&c);
    if (c.err != CX_OK)
        return;
    icmp->quoted_src.port = sport;
    icmp->quoted_dst.port = dport;
    uint32_t seq = cx_be32(&c);
    if (c.err == CX_OK && ip.proto == CX_IPPROTO_TCP) {
        icmp->quoted_seq = seq;
        icmp->has_seq = true;
    }
}

static cx_status read_icmp(const cx_ip *ip, cx_l4 *out, const char **ret_what)
{
    cx_cursor c = cursor_of(ip);
    const bool v6 = ip->proto == CX_IPPROTO_ICMP6;
    *ret_what = v6 ? "ICMPv6 header" : "ICMP header";
    uint8_t type = cx_u8(&c), code = cx_u8(&c);
    (void)cx_be16(&c); /* checksum */
    if (c.err != CX_OK)
        return c.err;
    cx_ev_icmp *icmp = &out->icmp;
    *icmp = (cx_ev_icmp){.type = type, .code = code, .v6 = v6, .from = ip->src};
    uint32_t rest = cx_be32(&c);
    if (c.err != CX_OK)
        return CX_OK; /* four bytes are a message, of a kind that quotes nothing */
    out->payload = (cx_slice){c.p, c.left};
    out->payload_wire = ip->wire - 8;
    if (v6) {
        if (type == 2) /* packet too big: RFC 4443 3.2 */
            icmp->mtu = rest;
        if (type >= 1 && type <= 4)
            read_quoted(CX_ETHERTYPE_IPV6, (cx_slice){c.p, c.left}, icmp);
        return CX_OK;
    }
    if (type == 3 && code == 4) /* fragmentation needed: RFC 1191 4 */
        icmp->mtu = rest & 0xffff;
    if (type == 3 || type == 4 || type == 5 || type == 11 || type == 12)
        read_quoted(CX_ETHERTYPE_IPV4, (cx_slice){c.p, c.left}, icmp);
    return CX_OK;
}

bool cx_icmp_quoted(const cx_l4 *error, cx_l4 *ret)
{
    const uint16_t ethertype = error->icmp.v6 ? CX_ETHERTYPE_IPV6 : CX_ETHERTYPE_IPV4;
    cx_ip ip;
    const char *what;
    /* what is cut off was there once: the headers of the packet say how long it was */
    if (cx_ip_read(ethertype, error->payload, MAX_IP, &ip, &what) != CX_OK || ip.fragment ||
        (ip.proto != CX_IPPROTO_TCP && ip.proto != CX_IPPROTO_UDP))
        return false;
    *ret = (cx_l4){.at = error->at,
                   .src = ip.src,
                   .dst = ip.dst,
                   .ttl = ip.ttl,
                   .ip_id = ip.id,
                   .path = error->path};
    return cx_transport_read(&ip, ret, &what) == CX_OK;
}

cx_status cx_transport_read(const cx_ip *ip, cx_l4 *out, const char **ret_what)
{
    switch (ip->proto) {
    case CX_IPPROTO_TCP:
        return read_tcp(ip, out, ret_what);
    case CX_IPPROTO_UDP:
        return read_udp(ip, out, ret_what);
    case CX_IPPROTO_ICMP:
    case CX_IPPROTO_ICMP6:
        return read_icmp(ip, out, ret_what);
    default:
        *ret_what = cx_transport_name(ip->proto);
        return CX_UNSUPPORTED;
    }
}
