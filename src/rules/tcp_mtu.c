/* Packets that are lost because they are too large (signin-failures 1.2, 5.5). */
#include "rules/judging.h"
#include "signin/conn.h"

#define LEAST_FULL_BYTES 1000u /* of a segment that a narrow link may refuse */
#define ETHERNET_MSS     1460u /* bytes; what is lost together was sent in no fewer segments */
#define LEAST_RESENT     2u
#define LEAST_STALL_NS   (3 * CX_SECOND_NS)

/* The capture shows how the same large segment is sent over and over, while smaller ones of the
 * same direction arrive: the other side answers them and still waits. */
static bool is_stuck(const cx_tcp_side *s)
{
    return s->stuck_times >= LEAST_RESENT && s->stuck_len >= LEAST_FULL_BYTES &&
           s->stuck_len > s->passed && s->repeated_acks && s->stalled_ns >= LEAST_STALL_NS;
}

/* The capture is behind the narrow link: the large segments are missing, and their receiver misses
 * them too; all that came is smaller. */
static bool is_missing(const cx_tcp_side *s, int64_t end_ns)
{
    uint32_t segments = (s->hole + ETHERNET_MSS - 1) / ETHERNET_MSS;
    return s->hole >= LEAST_FULL_BYTES && s->largest > 0 && s->largest < s->hole / segments &&
           s->repeated_acks && end_ns - s->last_data.ts_ns >= LEAST_STALL_NS;
}

static void detect_mtu(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        for (int d = 0; d < 2 && !c->udp; d++) {
            const cx_tcp_side *s = &c->tcp.side[d];
            int64_t end_ns = c->ended.frame ? c->ended.ts_ns : j->a->decided_ns;
            bool stuck = is_stuck(s);
            if (c->tcp.one_sided || !(stuck || is_missing(s, end_ns)))
                continue;
            cx_finding *f = cx_find(j, CX_LIKELY, c);
            cx_find_text(j, f, "who",
                         cx_slice_of(d == CX_FROM_CLIENT ? "the client" : "the server"));
            if (stuck)
                cx_find_format(j, f, "what",
                               "was sent %u times more with %u bytes and never arrived",
                               s->stuck_times, s->stuck_len);
            else
                cx_find_format(j, f, "what",
                               "is missing (%u bytes, neither here nor at its receiver)", s->hole);
            if (stuck)
                cx_show(j, f, s->stalled, "the segment of %u bytes, sent again", s->stuck_len);
            cx_show(j, f, s->last_data,
                    stuck ? "latest new data of that side, which the other side answers"
                          : "the smaller segment behind the missing ones");
            cx_show(j, f, c->connected, "connection established");
            cx_show(j, f, c->ended, "the end of the connection");
        }
    }
}

const cx_rule cx_rule_tcp_mtu_blackhole = {
    .id = "tcp-mtu-blackhole",
    .title = "Large packets are lost, small ones pass",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_mtu,
    .evidence = "A segment of 1000 bytes or more is sent again twice or more over 3 s and never "
                "acknowledged, while the other side acknowledges once more what it has, as it does "
                "when something behind it arrives; no segment of that size passed in this "
                "direction. Or, captured behind the narrow link: that many bytes are missing "
                "before smaller segments, and their receiver waits for them to the end.",
    .rules_out = "Segments of that size that pass; the hole is filled.",
    .traps = "Loss of all sizes, or a dead path, gives no repeated acknowledgments. A capturing "
             "computer may show several segments as one: the smallest that was sent again counts.",
    .explain = "On the connection of {client} to {server} a large segment of {who} {what}, while "
               "smaller ones arrive: a link on the way takes smaller packets only, and nobody "
               "tells the sender (path MTU black hole).",
    .remedy = "Let ICMP \"fragmentation needed\" (type 3 code 4; IPv6 \"packet too big\", type 2) "
              "through the firewalls, or lower the MTU, or clamp the TCP MSS at the tunnel or VPN.",
    .source = "RFC 2923 2.1; RFC 4821; MTU mismatch and TCP retransmissions (boredwookie.net)",
    .shadows =
        (const char *const[]){"tls-handshake-abandoned", "tls-server-no-reply",
                              "tcp-accepted-silent", "sip-register-unanswered", "tcp-lossy-path",
                              "tcp-local-abort", "tls-client-silent-reject",
                              "tcp-reset-established", "tls-plain-sip-on-tls-port", NULL},
};
