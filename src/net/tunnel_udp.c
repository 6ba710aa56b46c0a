/* Tunnels over UDP: VXLAN (RFC 7348) and its GPE (draft-ietf-nvo3-vxlan-gpe), Geneve (RFC 8926),
 * GTP-U (3GPP TS 29.281, and version 0 of TS 09.60), Teredo (RFC 4380), LISP (RFC 9300), CAPWAP
 * (RFC 5415, RFC 5416), LWAPP (RFC 5412), AYIYA, MPLS (RFC 7510), TZSP, Juniper's mirroring and the
 * gateways of B.A.T.M.A.N. Ports are no proof: what does not lead to an IP header is an
 * ordinary datagram. */
#include "net/tunnel.h"

#include <pcap/dlt.h>

/* ---- overlay networks ---- */

cx_status cx_tunnel_vxlan(cx_frame *f, cx_tunnel *t)
{
    const uint8_t *h = cx_take(&f->c, 8);
    if (!h)
        return CX_UNSUPPORTED;
    t->id = (uint64_t)h[4] << 16 | (uint64_t)h[5] << 8 | h[6];
    f->layer = CX_LAYER_LINK(DLT_EN10MB);
    return CX_OK;
}

cx_status cx_tunnel_vxlan_gpe(cx_frame *f, cx_tunnel *t)
{
    static const uint32_t layers[] = {
        [1] = CX_ETHERTYPE_IPV4,
        [2] = CX_ETHERTYPE_IPV6,
        [3] = CX_LAYER_LINK(DLT_EN10MB),
        [4] = 0x894f, /* NSH */
        [5] = 0x8847, /* MPLS */
    };
    const uint8_t *h = cx_take(&f->c, 8);
    if (!h || h[0] & 0xc0 || h[3] == 0 || h[3] >= sizeof layers / sizeof *layers)
        return CX_UNSUPPORTED;
    t->id = (uint64_t)h[4] << 16 | (uint64_t)h[5] << 8 | h[6];
    f->layer = layers[h[3]];
    return CX_OK;
}

cx_status cx_tunnel_geneve(cx_frame *f, cx_tunnel *t)
{
    const uint8_t *h = cx_take(&f->c, 8);
    if (!h)
        return CX_UNSUPPORTED;
    t->id = (uint64_t)h[4] << 16 | (uint64_t)h[5] << 8 | h[6];
    (void)cx_take(&f->c, (size_t)(h[0] & 0x3f) * 4);
    f->layer = (uint32_t)(h[2] << 8 | h[3]);
    return CX_OK;
}

cx_status cx_tunnel_lisp(cx_frame *f, cx_tunnel *t)
{
    const uint8_t *h = cx_take(&f->c, 8);
    if (!h)
        return CX_UNSUPPORTED;
    if (h[0] & 0x08) /* I: an instance */
        t->id = (uint64_t)h[4] << 16 | (uint64_t)h[5] << 8 | h[6];
    f->layer = CX_LAYER_IP;
    return CX_OK;
}

cx_status cx_tunnel_mpls(cx_frame *f, cx_tunnel *t)
{
    (void)t; /* each direction has labels of its own */
    f->layer = CX_LAYER_LINK(DLT_MPLS);
    return CX_OK;
}

/* ---- mobile networks ---- */

/* IP, or with non-IP bearers a frame. */
static cx_status gtp_payload(cx_frame *f)
{
    const uint8_t *p = f->c.p;
    const unsigned type = f->c.left >= 14 ? (unsigned)(p[12] << 8 | p[13]) : 0;
    const unsigned version = f->c.left ? p[0] : 0;
    if ((version >= 0x45 && version <= 0x4f) || version >> 4 == 6)
        f->layer = CX_LAYER_IP;
    else if (f->c.left >= 2 && p[0] == 0xff && p[1] == 3)
        f->layer = CX_LAYER_LINK(DLT_PPP);
    else if (type == CX_ETHERTYPE_IPV4 || type == CX_ETHERTYPE_IPV6 || type == 0x8100)
        f->layer = CX_LAYER_LINK(DLT_EN10MB);
    else
        return CX_UNSUPPORTED;
    return CX_OK;
}

/* The tunnel endpoint is that of one direction, and changes as people move: it is no part of the
 * path. */
cx_status cx_tunnel_gtp(cx_frame *f, cx_tunnel *t)
{
    enum { G_PDU = 255, HEADER_0 = 20, HEADER_1 = 8, HAS_EXTENSION = 4, HAS_OPTIONS = 7 };
    (void)t;
    const uint8_t *h = cx_take(&f->c, HEADER_1);
    if (!h || h[1] != G_PDU || !(h[0] & 0x10)) /* protocol type: not GTP' */
        return CX_UNSUPPORTED;
    const size_t len = (size_t)(h[2] << 8 | h[3]);
    if (h[0] >> 5 == 0) {
        (void)cx_take(&f->c, HEADER_0 - HEADER_1);
        if (len < cx_frame_wire(f))
            cx_frame_limit(f, len);
        return gtp_payload(f);
    }
    if (h[0] >> 5 != 1 || len > cx_frame_wire(f))
        return CX_UNSUPPORTED;
    cx_frame_limit(f, len);
    if (h[0] & HAS_OPTIONS) {
        const uint8_t *options = cx_take(&f->c, 4);
        uint8_t next = options && h[0] & HAS_EXTENSION ? options[3] : 0;
        while (next && f->c.err == CX_OK) { /* 29.281 5.2.1: length in units of 4 bytes */
            const size_t units = f->c.left ? f->c.p[0] : 0;
            const uint8_t *extension = units ? cx_take(&f->c, units * 4) : NULL;
            if (!extension)
                return CX_UNSUPPORTED;
            next = extension[units * 4 - 1];
        }
    }
    return gtp_payload(f);
}

/* ---- IPv6 over IPv4 ---- */

cx_status cx_tunnel_teredo(cx_frame *f, cx_tunnel *t) /* RFC 4380 5.1.1 */
{
    (void)t;
    cx_cursor *c = &f->c;
    if (c->left >= 4 && c->p[0] == 0 && c->p[1] == 1) { /* authentication */
        const uint8_t *h = cx_take(c, 4);
        (void)cx_take(c, (size_t)h[2] + h[3] + 9); /* identifier, value; nonce, confirmation */
    }
    if (c->left >= 8 && c->p[0] == 0 && c->p[1] == 0) /* origin */
        (void)cx_take(c, 8);
    if (c->left < 40 || c->p[0] >> 4 != 6)
        return CX_UNSUPPORTED;
    f->layer = CX_ETHERTYPE_IPV6;
    return CX_OK;
}

cx_status cx_tunnel_ayiya(cx_frame *f, cx_tunnel *t) /* draft-massar-v6ops-ayiya 4 */
{
    enum { OPCODE_FORWARD = 1 };
    (void)t;
    const uint8_t *h = cx_take(&f->c, 8);
    if (!h || (h[2] & 0xf) != OPCODE_FORWARD)
        return CX_UNSUPPORTED;
    (void)cx_take(&f->c, ((size_t)1 << (h[0] >> 4)) + (size_t)(h[1] >> 4) * 4);
    if (h[3] != 41 && h[3] != 4)
        return CX_UNSUPPORTED;
    f->layer = h[3] == 41 ? CX_ETHERTYPE_IPV6 : CX_ETHERTYPE_IPV4;
    return CX_OK;
}

cx_status cx_tunnel_batman_gateway(cx_frame *f, cx_tunnel *t)
{
    (void)t;
    if (cx_u8(&f->c) != 1) /* data */
        return CX_UNSUPPORTED;
    f->layer = CX_ETHERTYPE_IPV4;
    return CX_OK;
}

/* ---- access points ---- */

/* Many controllers send both bytes of the frame control in the wrong order. A data frame has 8 in
 * the low half of its first byte. */
static cx_status wlan_follows(cx_frame *f, cx_tunnel *t)
{
    const uint8_t *p = f->c.p;
    if (f->c.left < 24)
        return CX_UNSUPPORTED;
    if ((p[1] & 0x0f) == 8) {
        uint8_t *ordered = cx_arena_take(t->scratch, f->c.left);
        if (!ordered)
            return CX_UNSUPPORTED;
        memcpy(ordered, p, f->c.left);
        ordered[0] = p[1];
        ordered[1] = p[0];
        cx_frame_begin(f, 0, (cx_slice){ordered, f->c.left}, cx_frame_wire(f));
    }
    f->layer = CX_LAYER_LINK(DLT_IEEE802_11);
    return CX_OK;
}

cx_status cx_tunnel_capwap(cx_frame *f, cx_tunnel *t) /* RFC 5415 4.3 */
{
    enum { FRAGMENT = 0x80, KEEP_ALIVE = 0x08, NATIVE = 1, BINDING_WLAN = 1 };
    const uint8_t *h = cx_take(&f->c, 8);
    if (!h || h[0] != 0) /* version 0, not DTLS */
        return CX_UNSUPPORTED;
    const size_t len = (size_t)(h[1] >> 3) * 4;
    const bool native = h[2] & NATIVE;
    if (len < 8 || h[3] & (FRAGMENT | KEEP_ALIVE))
        return CX_UNSUPPORTED;
    (void)cx_take(&f->c, len - 8);
    if (f->c.err != CX_OK)
        return CX_UNSUPPORTED;
    if (!native) {
        f->layer = CX_LAYER_LINK(DLT_EN10MB);
        return CX_OK;
    }
    return (h[2] >> 1 & 0x1f) == BINDING_WLAN ? wlan_follows(f, t) : CX_UNSUPPORTED;
}

cx_status cx_tunnel_lwapp(cx_frame *f, cx_tunnel *t)
{
    const uint8_t *h = cx_take(&f->c, 6);
    if (!h || h[0] >> 6 != 0 || h[0] & 0x06) /* version; control, fragment */
        return CX_UNSUPPORTED;
    return wlan_follows(f, t);
}

/* ---- mirrors ---- */

cx_status cx_tunnel_tzsp(cx_frame *f, cx_tunnel *t)
{
    t->mirror = true;
    f->layer = CX_LAYER_LINK(DLT_TZSP);
    return CX_OK;
}

cx_status cx_tunnel_jmirror(cx_frame *f, cx_tunnel *t)
{
    t->mirror = true;
    (void)cx_be64(&f->c); /* intercept, session */
    f->layer = CX_LAYER_IP;
    return CX_OK;
}
