/* What the path, or one machine of several, does to connections (signin-failures 1.2, 5.3, 5.4):
 * dead addresses, resets by others, loss. */
#include "rules/tcp_path.h"

#include "base/text.h"
#include "signin/conn.h"
#include "signin/lookup.h"

#define TTL_TOLERANCE   2u /* hops that routes of one host may differ by */
#define LOSS_PERCENT    5u /* of the packets sent again, above which a sign-in suffers */
#define LEAST_RESENT    3u
#define STALL_NS        (3 * CX_SECOND_NS)
#define RESENT_TO_ABORT 3u /* Windows sends a segment again five times, others more often */

/* What hurt nobody is a note; a fault that may stop other clients is a warning. */
static cx_severity unless_signed_in(const cx_attempt *a)
{
    return a->outcome == CX_OUT_SUCCESS ? CX_NOTE : CX_WARNING;
}

/* ---- tcp-some-addresses-dead ---- */

static bool is_open(const cx_conn *c)
{
    return c->outcome == CX_CONN_ESTABLISHED && c->connected.frame;
}

/* A connection to another address of the same answer that opened; NULL also when the dead address
 * itself did, later or before. Families are told apart: a network may lack one of them. */
static const cx_conn *living_sister(const cx_attempt *a, const cx_conn *dead)
{
    const cx_conn *found = NULL;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (!is_open(c) || c->server.port != dead->server.port)
            continue;
        if (cx_addr_eq(&c->server, &dead->server))
            return NULL;
        if (c->server.family == dead->server.family && cx_lookup_gives(dead->host, &c->server))
            found = found ? found : c;
    }
    return found;
}

static void detect_some_dead(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *dead = j->a->conns[i];
        if (dead->udp || !dead->host || !cx_is_dead(dead))
            continue;
        const cx_conn *works = living_sister(j->a, dead);
        if (!works)
            continue;
        cx_finding *f = cx_find(j, CX_PROVEN, dead);
        cx_find_text(j, f, "name", dead->host->name);
        cx_find_text(j, f, "dead", cx_say_server(j, &dead->server));
        cx_find_text(j, f, "works", cx_say_server(j, &works->server));
        cx_find_text(j, f, "how",
                     cx_slice_of(dead->outcome == CX_CONN_REFUSED   ? "refused the connection"
                                 : dead->outcome == CX_CONN_TIMEOUT ? "did not answer"
                                                                    : "cannot be reached"));
        cx_show(j, f, dead->tcp.syn[0], "SYN to the dead address");
        cx_show(j, f, dead->tcp.answer, "its refusal");
        cx_show(j, f, works->connected, "another address of the name accepts");
        cx_show(j, f, dead->host->answer, "%.*s: %u addresses", (int)dead->host->name.len,
                (const char *)dead->host->name.p, dead->host->n_addresses);
    }
}

const cx_rule cx_rule_tcp_some_addresses_dead = {
    .id = "tcp-some-addresses-dead",
    .title = "One of the server's addresses does not work",
    .default_severity = CX_WARNING,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS) | CX_BIT(CX_EV_TCP),
    .detect = detect_some_dead,
    .evidence = "One answer with several addresses of a family; a connection to one of them is "
                "refused, rejected by ICMP or not answered (two SYNs and 4 s at least), one to "
                "another on the same port opens.",
    .rules_out = "A connection to that address that opens; all of them fail.",
    .traps = "The slower of two address families is given up by clients that try both.",
    .explain = "{name} has several addresses: {dead} {how}, {works} accepts. Each sign-in that "
               "begins with the dead one waits or fails.",
    .remedy = "Bring {dead} back, or take it out of the DNS records of {name}.",
    .source = "Advanced Edge Server DNS planning for Skype for Business Server (DNS load "
              "balancing)",
};

/* ---- tcp-rst-middlebox ---- */

/* What packets of the server itself show. */
typedef struct own_packets {
    uint8_t ttl;                /* 0: there are none */
    int64_t rtt_ns;             /* the quickest answer to a SYN; 0: not seen */
    cx_evidence answered, said; /* of those with that TTL: SYN-ACK, data; frame 0: not seen */
} own_packets;

static void take_own(own_packets *own, uint8_t ttl, int64_t rtt_ns, cx_evidence answered,
                     cx_evidence said)
{
    if (!own->ttl && ttl) {
        own->ttl = ttl;
        own->answered = answered;
        own->said = said;
    }
    if (rtt_ns > 0 && (!own->rtt_ns || rtt_ns < own->rtt_ns))
        own->rtt_ns = rtt_ns;
}

static void take_own_of(own_packets *own, const cx_conn *c)
{
    take_own(own, c->tcp.side[CX_FROM_SERVER].ttl, is_open(c) ? c->tcp.rtt_ns : 0,
             c->tcp.answer.frame && c->connected.frame ? c->tcp.answer : c->connected,
             c->data[CX_FROM_SERVER]);
}

/* Of this connection, else of another one to that address, of any client. */
static own_packets packets_of_server(const cx_attempt *a, const cx_conn *c)
{
    own_packets own = {0};
    take_own_of(&own, c);
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (cx_addr_eq(&a->conns[i]->server, &c->server) && is_open(a->conns[i]))
            take_own_of(&own, a->conns[i]);
    for (uint32_t i = 0; i < a->n_open_ports; i++)
        if (cx_addr_eq(&a->open_port[i].server, &c->server))
            take_own(&own, a->open_port[i].ttl, a->open_port[i].rtt_ns, a->open_port[i].answered,
                     a->open_port[i].server_hello);
    return own;
}

/* Some systems send their RSTs with another initial TTL (64, 128, 255) than their data. */
static bool may_be_other_initial_ttl(uint8_t a, uint8_t b)
{
    unsigned d = a > b ? a - b : b - a;
    return d == 64 || d == 127 || d == 191;
}

/* A second sign beside the TTL: the RST came in less than half the time that the server's answer
 * to a SYN takes, so that what it answers cannot have reached the server. IP identifiers say less:
 * Linux sends RSTs with 0. */
static bool is_too_fast(const own_packets *own, const cx_conn *c)
{
    int64_t took_ns = c->outcome == CX_CONN_REFUSED ? c->tcp.rtt_ns : c->tcp.rst_wait_ns;
    return own->rtt_ns > 0 && took_ns >= 0 && took_ns < own->rtt_ns / 2;
}

static bool is_cut(const cx_conn *c)
{
    return c->end == CX_END_RESET && c->tcp.closed_by == CX_FROM_SERVER && !c->tcp.rst_after_fin;
}

/* The RST on c has another TTL than own, beyond what routes differ by. */
static bool has_other_ttl(const own_packets *own, const cx_conn *c)
{
    uint8_t ttl = c->tcp.side[CX_FROM_SERVER].rst_ttl;
    unsigned apart = own->ttl > ttl ? own->ttl - ttl : ttl - own->ttl;
    return !c->udp && (is_cut(c) || c->outcome == CX_CONN_REFUSED) && ttl && own->ttl &&
           apart > TTL_TOLERANCE;
}

bool cx_is_reset_by_another(const cx_attempt *a, const cx_conn *c)
{
    own_packets own = packets_of_server(a, c);
    return has_other_ttl(&own, c) &&
           !may_be_other_initial_ttl(own.ttl, c->tcp.side[CX_FROM_SERVER].rst_ttl) &&
           is_too_fast(&own, c);
}

static void detect_middlebox(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_conns && a->outcome != CX_OUT_SUCCESS; i++) {
        const cx_conn *c = a->conns[i];
        uint8_t ttl = c->tcp.side[CX_FROM_SERVER].rst_ttl;
        own_packets own = packets_of_server(a, c);
        if (!has_other_ttl(&own, c))
            continue;
        bool likely = cx_is_reset_by_another(a, c);
        cx_finding *f = cx_find(j, likely ? CX_LIKELY : CX_POSSIBLE, c);
        if (may_be_other_initial_ttl(own.ttl, ttl)) {
            f->severity = CX_NOTE;
            f->explain = "The reset that ended the connection of {client} to {server} came with "
                         "TTL {rst_ttl}, the server's own packets with TTL {server_ttl}: it begins "
                         "resets with another number, as some systems do, or another device sent "
                         "it.";
        } else if (!likely)
            f->explain = "The reset that ended the connection of {client} to {server} came with "
                         "TTL {rst_ttl}, the server's own packets with TTL {server_ttl}: another "
                         "device most likely sent it, which may be a load balancer that has this "
                         "address by design.";
        cx_find_number(j, f, "rst_ttl", ttl);
        cx_find_number(j, f, "server_ttl", own.ttl);
        cx_show(j, f, is_cut(c) ? c->ended : c->tcp.answer, "RST with TTL %u", ttl);
        cx_show(j, f, own.answered, "the server's own packets come with TTL %u", own.ttl);
        cx_show(j, f, own.said, "data of the server");
    }
}

const cx_rule cx_rule_tcp_rst_middlebox = {
    .id = "tcp-rst-middlebox",
    .title = "The reset does not come from the server itself",
    .default_severity = CX_WARNING,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_middlebox,
    .evidence =
        "A RST in the server's name whose TTL (hop limit) differs by more than 2 from the "
        "server's other packets, on the same connection or on another one to that address, of "
        "any client, "
        "and that comes in less than half the time that the server takes for an answer. The "
        "TTL alone makes it possible.",
    .rules_out = "A RST with the TTL of the server's other packets.",
    .traps = "A load balancer in front of the server is another machine by design. Some systems "
             "begin RSTs with another TTL: differences of 64, 127 or 191 are told as a note. "
             "A device next to the server is no quicker than the server. Without another "
             "packet of the server nothing can be compared.",
    .explain = "The reset that ended the connection of {client} to {server} came with TTL "
               "{rst_ttl}, the server's own packets with TTL {server_ttl}: another device on the "
               "way sent it.",
    .remedy = "Look into the log of the firewalls, intrusion prevention and load balancers between "
              "client and server at that time.",
    .source = "Who sends TCP RSTs? (weberblog.net); Interesting traces: firewall reset "
              "(noahdavids.org)",
};

/* ---- tcp-lossy-path ---- */

static void detect_loss(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_conn *worst = NULL;
    const cx_tcp_side *side = NULL;
    uint64_t packets = 0, resent = 0;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (c->udp || c->tcp.one_sided)
            continue;
        for (int d = 0; d < 2; d++) {
            const cx_tcp_side *s = &c->tcp.side[d];
            packets += s->packets;
            resent += s->retransmissions;
            /* What was never acknowledged is a dead path or a dead peer. */
            if (s->acked && s->stalled_ns > STALL_NS &&
                (!side || s->stalled_ns > side->stalled_ns)) {
                worst = c;
                side = s;
            }
        }
    }
    if (!worst || resent < LEAST_RESENT || resent * 100 <= packets * LOSS_PERCENT)
        return;
    cx_finding *f = cx_find(j, CX_LIKELY, worst);
    f->severity = unless_signed_in(a);
    cx_find_number(j, f, "resent", (int64_t)resent);
    cx_find_number(j, f, "packets", (int64_t)packets);
    cx_find_text(j, f, "seconds", cx_say_seconds(j, side->stalled_ns));
    cx_show(j, f, side->stalled, "data sent again, %.1f s after the latest new data",
            (double)side->stalled_ns / 1e9);
    cx_show(j, f, side->first_data, "first data of that side");
}

const cx_rule cx_rule_tcp_lossy_path = {
    .id = "tcp-lossy-path",
    .title = "Packets are lost on the way",
    .default_severity = CX_WARNING,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_loss,
    .evidence = "More than 5 % of the packets of the sign-in's connections, and three at least, "
                "are data sent again, and one waited more than 3 s before it was acknowledged in "
                "the end.",
    .rules_out = "Copies that the capture itself makes (they come within a millisecond and are "
                 "not counted); data that is never acknowledged.",
    .traps = "A server that stops reading makes its clients send again as well.",
    .explain = "{resent} of {packets} packets of this sign-in were data sent again, and the "
               "connection to {server} stood still for {seconds} s.",
    .remedy = "Check the quality of the path (wireless, VPN, a line that is full, duplex "
              "mismatch): compare captures of both ends.",
    .source = "RFC 6298; RFC 9293 3.8.1",
};

/* ---- tcp-local-abort ---- */

static void detect_abort(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_tcp_side *client = &c->tcp.side[CX_FROM_CLIENT];
        const cx_tcp_side *server = &c->tcp.side[CX_FROM_SERVER];
        if (c->udp || c->end != CX_END_RESET || c->tcp.closed_by != CX_FROM_CLIENT ||
            c->tcp.rst_after_fin || c->tcp.one_sided || server->fin.frame || server->rst.frame ||
            client->acked || client->retransmissions < RESENT_TO_ABORT ||
            client->stalled_ns < STALL_NS)
            continue;
        cx_finding *f = cx_find(j, CX_LIKELY, c);
        f->severity = unless_signed_in(j->a);
        cx_find_number(j, f, "winsock", 10053);
        cx_find_number(j, f, "resent", client->retransmissions);
        cx_find_text(j, f, "seconds", cx_say_seconds(j, client->stalled_ns));
        cx_show(j, f, c->ended, "RST of the client");
        cx_show(j, f, client->stalled, "data sent again, still no acknowledgment");
        cx_show(j, f, client->last_data, "the data that was never acknowledged");
    }
}

const cx_rule cx_rule_tcp_local_abort = {
    .id = "tcp-local-abort",
    .title = "The client gave up a connection that had gone dead (error 10053)",
    .default_severity = CX_WARNING,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_abort,
    .evidence = "An open connection on which the client sends the same data three times or more "
                "over 3 s at least, without acknowledgment, and then a RST of its own.",
    .rules_out = "An acknowledgment of that data; a FIN or RST of the server.",
    .traps = "A RST of the client alone proves nothing: a user who cancels, or a program that "
             "ends, gives the same picture.",
    .explain = "{client} sent data to {server} {resent} times more over {seconds} s, nothing was "
               "acknowledged, and it gave the connection up (Winsock error 10053).",
    .remedy = "Find where the path went dead: a firewall that forgot the connection, a server that "
              "vanished, a network change of the client. Capture at the server as well.",
    .source = "Winsock error codes (WSAECONNABORTED); RFC 9293 3.8.3",
};
