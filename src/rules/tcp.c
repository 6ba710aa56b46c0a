/* Connections that never opened or were cut: TCP and ICMP (signin-failures 1.2, 5). */
#include "rules/ahead.h"
#include "rules/tcp_path.h"
#include "signin/conn.h"

/* A client that fails over to another server or address has given up the silent one by then (RFC
 * 3263 4.3; Windows after 21 s). */
#define FAIL_OVER_NS (60 * CX_SECOND_NS)

#define AT_ONCE_NS CX_SECOND_NS /* a server that closes so soon did not wait for the client */

static const char *const shadows_of_specific[] = {"tcp-connection-refused", "tcp-connect-timeout",
                                                  NULL};

/* That port of the same host was seen to accept. */
static const cx_open_port *accepting(const cx_attempt *a, const cx_conn *c, uint16_t port)
{
    for (uint32_t i = 0; i < a->n_open_ports; i++)
        if (a->open_port[i].server.port == port && cx_addr_eq(&a->open_port[i].server, &c->server))
            return &a->open_port[i];
    return NULL;
}

static void show_syns(cx_judging *j, cx_finding *f, const cx_conn *c)
{
    uint32_t n = c->tcp.n_syns < CX_MAX_SYNS ? c->tcp.n_syns : CX_MAX_SYNS;
    for (uint32_t i = 0; i < n && i < 4; i++)
        cx_show(j, f, c->tcp.syn[i], i ? "SYN sent again" : "SYN to port %u", c->server.port);
}

static bool is_refused(const cx_conn *c)
{
    return c->outcome == CX_CONN_REFUSED;
}

/* The server's answer passed here, and the client asked again afterwards, more than once: it does
 * not get it. Neither scans nor forged SYNs do so. */
static bool is_answered_in_vain(const cx_conn *c)
{
    uint32_t last = c->tcp.n_syns < CX_MAX_SYNS ? c->tcp.n_syns : CX_MAX_SYNS;
    return c->outcome == CX_CONN_HALF_OPEN && c->tcp.n_syns >= 3 && c->tcp.answer.frame &&
           !c->tcp.side[CX_FROM_CLIENT].rst.frame &&
           c->tcp.syn[last - 1].ts_ns - c->tcp.answer.ts_ns >= 2 * CX_SECOND_NS &&
           c->tcp.observed_ns >= 4 * CX_SECOND_NS;
}

static void answered_in_vain(cx_judging *j, const cx_conn *c)
{
    cx_finding *f = cx_find(j, CX_LIKELY, c);
    cx_find_number(j, f, "syns", c->tcp.n_syns);
    cx_find_text(j, f, "seconds", cx_say_seconds(j, c->tcp.observed_ns));
    cx_find_number(j, f, "winsock", 10060);
    f->explain = "{client} sent {syns} SYNs to {server} in {seconds} s although the server "
                 "answered: the answers get lost between the place of the capture and the client "
                 "(Winsock error 10060 there).";
    show_syns(j, f, c);
    cx_show(j, f, c->tcp.answer, "SYN,ACK of the server, after which the client asks again");
}

static void detect_refused(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (!is_refused(c))
            continue;
        cx_finding *f = cx_find(j, c->tcp.n_syns ? CX_PROVEN : CX_LIKELY, c);
        f->goes_on_ns = CX_NEXT_SERVER_NS;
        cx_find_number(j, f, "syns", c->tcp.n_syns);
        cx_find_number(j, f, "refusals", c->tcp.refusals);
        cx_find_number(j, f, "winsock", 10061);
        cx_find_format(j, f, "after", "%.1f ms",
                       c->tcp.rtt_ns >= 0 ? (double)c->tcp.rtt_ns / 1e6 : 0.0);
        if (!c->tcp.n_syns)
            f->explain = "{server} answered a connection request of {client} with RST: nothing "
                         "listens on that port (Winsock error 10061). The request itself is not in "
                         "the capture.";
        else if (cx_is_reset_by_another(j->a, c))
            f->explain = "{client} asked {server} for a connection and got a reset in {after} "
                         "(Winsock error 10061), sooner than that server answers: a device on the "
                         "way refuses the port in its name.";
        show_syns(j, f, c);
        cx_show(j, f, c->tcp.answer, "RST,ACK in answer to the SYN: port %u is closed",
                c->server.port);
    }
}

const cx_rule cx_rule_tcp_connection_refused = {
    .id = "tcp-connection-refused",
    .title = "Server refused the connection (error 10061)",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_refused,
    .evidence =
        "A SYN answered by RST whose acknowledgment is the SYN's number plus one; every SYN of "
        "that connection alike.",
    .rules_out = "A SYN-ACK on the same or a repeated connection of the attempt.",
    .traps =
        "Windows repeats the SYN after a RST with the same ports: that is one refusal, not three. "
        "A host that tries many ports is a scanner. A firewall may send the RST in the server's "
        "name.",
    .explain =
        "{client} asked {server} for a connection and got a reset in {after}: the host answers, "
        "but nothing listens on that port (Winsock error 10061).",
    .remedy =
        "Check server name and port in the client's connection settings. On the server, check that "
        "the service runs and listens on that port: for TCP, the pool's listening port 5060 must "
        "be enabled (TLS-only pools have it closed); for TLS, 5061, or 443 on an Access Edge.",
    .source = "Common Issues with Sign-in and Discovery, Failures with Manual Configuration (error "
              "10061); KB 175523; RFC 9293 3.10.7.1",
};

static void detect_timeout(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (is_answered_in_vain(c))
            answered_in_vain(j, c);
        if (!cx_is_timed_out(c))
            continue;
        if (j->a->one_way_flows > j->a->two_way_flows)
            continue; /* a capture of one direction shows this for every connection */
        if (cx_is_answer_unseen(j->a, c))
            continue;
        cx_finding *f = cx_find(j, j->a->two_way_flows ? CX_PROVEN : CX_LIKELY, c);
        f->goes_on_ns = cx_has_untried(j->a, c, c->last_ns) ? FAIL_OVER_NS : 0;
        cx_find_number(j, f, "syns", c->tcp.n_syns);
        cx_find_text(j, f, "seconds", cx_say_seconds(j, c->tcp.observed_ns));
        cx_find_number(j, f, "winsock", 10060);
        uint32_t n = c->tcp.n_syns < CX_MAX_SYNS ? c->tcp.n_syns : CX_MAX_SYNS;
        for (uint32_t k = 0; k < n; k++)
            cx_show(j, f, c->tcp.syn[k],
                    k ? "SYN sent again, still no answer" : "SYN to port %u, no answer",
                    c->server.port);
    }
}

const cx_rule cx_rule_tcp_connect_timeout = {
    .id = "tcp-connect-timeout",
    .title = "Server does not answer the connection (error 10060)",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_timeout,
    .evidence =
        "Two or more SYNs of one connection over at least 4 seconds, and no packet of the server "
        "for it; or three or more, the last ones after the server's SYN-ACK, and no connection.",
    .rules_out =
        "A SYN-ACK later; an ICMP error that quotes the SYN; a capture that ends within 4 s of "
        "the first SYN or holds one direction only; SYNs that follow each other faster than a "
        "timer "
        "of TCP lets them, where nothing else was captured both ways.",
    .traps =
        "One lost SYN is no fault. A client that tries two address families abandons the slower.",
    .explain =
        "{client} sent {syns} SYNs to {server} in {seconds} s and nothing came back (Winsock error "
        "10060): a filter drops the packets, the address is wrong, or the host is down.",
    .remedy =
        "Open the port in the firewalls between client and server, check the address that the name "
        "resolves to, and check routing both ways. Capture at the server to see whether the SYN "
        "arrives there.",
    .source = "Winsock error codes (WSAETIMEDOUT); TcpInitialRTT; RFC 9293 3.8.3",
};

static const char *icmp_meaning(bool v6, uint8_t type, uint8_t code)
{
    if (type == (v6 ? 3 : 11))
        return v6 ? "hop limit exceeded" : "time to live exceeded";
    if (!v6)
        switch (code) {
        case 0:
            return "network unreachable";
        case 1:
            return "host unreachable";
        case 2:
            return "protocol unreachable";
        case 3:
            return "port unreachable";
        case 9:
            return "network administratively prohibited";
        case 10:
            return "host administratively prohibited";
        case 13:
            return "communication administratively prohibited";
        default:
            return "destination unreachable";
        }
    if (type != 1)
        return "parameter problem";
    static const char *const text[] = {"no route to destination",
                                       "communication administratively prohibited",
                                       "beyond scope of source address",
                                       "address unreachable",
                                       "port unreachable",
                                       "source address failed policy",
                                       "reject route to destination"};
    return code < sizeof text / sizeof *text ? text[code] : "destination unreachable";
}

static bool is_prohibited(const cx_conn *c)
{
    uint8_t code = c->tcp.icmp_code;
    if (c->tcp.icmp_from.family == 6)
        return c->tcp.icmp_type == 1 && (code == 1 || code == 5 || code == 6);
    return code == 9 || code == 10 || code == 13;
}

static void detect_icmp(cx_judging *j, bool prohibited)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (c->outcome != CX_CONN_UNREACHABLE || is_prohibited(c) != prohibited)
            continue;
        const char *meaning =
            icmp_meaning(c->tcp.icmp_from.family == 6, c->tcp.icmp_type, c->tcp.icmp_code);
        cx_finding *f = cx_find(j, CX_PROVEN, c);
        f->goes_on_ns = CX_NEXT_STEP_NS; /* some stacks go on asking (RFC 1122 4.2.3.9) */
        cx_find_text(j, f, "from", cx_say_address(j, &c->tcp.icmp_from));
        cx_find_number(j, f, "icmp_type", c->tcp.icmp_type);
        cx_find_number(j, f, "icmp_code", c->tcp.icmp_code);
        cx_find_text(j, f, "meaning", cx_slice_of(meaning));
        cx_find_text(j, f, "what", cx_slice_of(c->udp ? "request" : "SYN"));
        cx_show(j, f, c->tcp.answer, "ICMP %s, quoting the client's %s", meaning,
                c->udp ? "request" : "SYN");
        if (!c->udp)
            show_syns(j, f, c);
    }
}

static void detect_unreachable(cx_judging *j)
{
    detect_icmp(j, false);
}

static void detect_prohibited(cx_judging *j)
{
    detect_icmp(j, true);
}

const cx_rule cx_rule_icmp_unreachable = {
    .id = "icmp-unreachable",
    .title = "A router or the host reports the server unreachable",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_unreachable,
    .evidence =
        "ICMP destination unreachable (3/0 to 3/3; IPv6 1/0, 1/3, 1/4) or time exceeded (11/0; "
        "IPv6 3/0) that quotes the client's SYN or SIP request.",
    .rules_out = "A SYN-ACK for that connection afterwards.",
    .traps = "The quoted packet must be this connection's. A single error with later success is "
             "transient. Port unreachable in answer to TCP comes from a host firewall. A trace of "
             "the route asks for time exceeded: its packets set out with few hops.",
    .explain = "The {what} of {client} to {server} was answered by {from} with ICMP {meaning} "
               "({icmp_type}/{icmp_code}).",
    .remedy =
        "{from} names the place: check its route to the server (network or host unreachable), "
        "whether the server is up on its subnet, which firewall or service on it rejects the "
        "port, or, for time exceeded, the routers that send the packet in a circle.",
    .source = "RFC 792; RFC 4443 3.1; RFC 1122 4.2.3.9",
    .shadows = (const char *const[]){"tcp-connect-timeout", "sip-register-unanswered", NULL},
};

const cx_rule cx_rule_icmp_admin_prohibited = {
    .id = "icmp-admin-prohibited",
    .title = "A filter on the way rejects the connection",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_prohibited,
    .evidence =
        "ICMP 3/9, 3/10 or 3/13 (IPv6 1/1, 1/5, 1/6) that quotes the client's SYN or SIP request.",
    .rules_out = "A SYN-ACK for that connection afterwards.",
    .traps = "The sender of the ICMP error is the filtering device, not the server.",
    .explain = "The {what} of {client} to {server} was rejected by {from}: ICMP {meaning} "
               "({icmp_type}/{icmp_code}).",
    .remedy =
        "Allow client to server on this port in the rules of {from}, the device that sent the ICMP "
        "error.",
    .source = "RFC 1812 5.2.7.1; RFC 4443 3.1",
    .shadows = (const char *const[]){"icmp-unreachable", "tcp-connect-timeout",
                                     "sip-register-unanswered", NULL},
};

/* The client talked with that port first: no wrong port kept it out. */
static bool came_from(const cx_attempt *a, const cx_conn *c, const cx_open_port *works)
{
    for (uint32_t i = 0; i < c->order; i++)
        if (cx_endpoint_eq(&a->conns[i]->server, &works->server) &&
            a->conns[i]->data[CX_FROM_SERVER].frame)
            return true;
    return false;
}

static cx_finding *other_port(cx_judging *j, const cx_conn *c, const cx_open_port *works,
                              cx_confidence confidence)
{
    cx_finding *f = cx_find(j, confidence, c);
    f->goes_on_ns = is_refused(c) ? CX_NEXT_SERVER_NS : 0;
    cx_find_number(j, f, "other_port", works->server.port);
    cx_find_text(j, f, "how",
                 cx_slice_of(!is_refused(c)                    ? "not answered"
                             : cx_is_reset_by_another(j->a, c) ? "refused by a device on the way"
                                                               : "refused"));
    cx_show(j, f, c->tcp.syn[0], "SYN to port %u", c->server.port);
    if (is_refused(c))
        cx_show(j, f, c->tcp.answer, "RST,ACK: port %u is closed", c->server.port);
    else
        for (uint32_t k = 1; k < c->tcp.n_syns && k < 4; k++)
            cx_show(j, f, c->tcp.syn[k], "SYN sent again, no answer");
    cx_show(j, f, works->connected, "port %u of the same host accepts", works->server.port);
    cx_show(j, f, works->server_hello, "and speaks TLS");
    return f;
}

static void detect_plain_port(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (c->server.port != 5060 || !(is_refused(c) || cx_is_timed_out(c)))
            continue;
        const cx_open_port *works = accepting(j->a, c, 5061);
        if (!works || came_from(j->a, c, works))
            continue;
        cx_finding *f = other_port(j, c, works, works->server_hello.frame ? CX_PROVEN : CX_LIKELY);
        if (cx_is_reset_by_another(j->a, c))
            f->explain = "{client} tried plain TCP on {server}, which was {how}, while port "
                         "{other_port} of the same host accepts: only TLS gets through.";
    }
}

const cx_rule cx_rule_tcp_plain_port_closed = {
    .id = "tcp-plain-port-closed",
    .title = "TCP transport (port 5060) is not enabled, TLS is",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_plain_port,
    .evidence = "Port 5060 refused or silent while port 5061 of the same host was seen to speak "
                "TLS; likely where it was only seen to accept.",
    .rules_out = "Port 5060 accepts, or the client talked with port 5061 first.",
    .traps = "UDP 5060 is another service: Office Communications Server carries SIP on TCP only.",
    .explain = "{client} tried plain TCP on {server}, which was {how}, while port {other_port} of "
               "the same "
               "host accepts: the pool takes TLS only.",
    .remedy = "Select TLS in the client's connection settings (with the server's FQDN), or enable "
              "the TCP "
              "listening port 5060 in the pool's properties.",
    .source = "Common Issues with Sign-in and Discovery, Failures with Manual Configuration; "
              "MS-CONMGMT 2.1",
    .shadows = shadows_of_specific,
};

static void detect_edge_port(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if ((c->server.port != 5061 && c->server.port != 443) ||
            !(is_refused(c) || cx_is_timed_out(c)))
            continue;
        const cx_open_port *works = accepting(j->a, c, c->server.port == 5061 ? 443 : 5061);
        if (works && !came_from(j->a, c, works))
            other_port(j, c, works, CX_PROVEN);
    }
}

const cx_rule cx_rule_tcp_wrong_edge_port = {
    .id = "tcp-wrong-edge-port",
    .title = "Wrong port: the Access Edge listens on the other one",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_edge_port,
    .evidence = "Port 5061 refused or silent while port 443 of the same host accepts in the same "
                "attempt (or "
                "the reverse).",
    .rules_out = "The port that the client used accepts, or it talked with the other one first.",
    .traps =
        "Federation and trunks really use 5061 on an edge. Where 443 was never tried nothing is "
        "guessed.",
    .explain = "{client} tried {server}, which was {how}, while port {other_port} of the same host "
               "accepts.",
    .remedy = "Give the port in the client's external server name, for example sip.domain.com:443, "
              "and the "
              "same in Group Policy where it sets the external server.",
    .source =
        "Common Issues with Sign-in and Discovery, Client Manual Sign-In on 5061, Access Edge "
        "Listening on 443",
    .shadows = shadows_of_specific,
};

/* What the client said inside TLS has no answer. */
static bool asked_inside_tls(const cx_conn *c)
{
    return cx_conn_mute_inside(c) && c->tls.app_data[CX_FROM_CLIENT].frame;
}

/* The server left before the client could say anything: nobody is behind what speaks TLS. */
static bool left_behind_handshake(const cx_conn *c)
{
    cx_evidence client = c->tls.finished[CX_FROM_CLIENT];
    return cx_conn_mute_inside(c) && !c->tls.app_data[CX_FROM_CLIENT].frame &&
           !c->tls.encrypted_alert[CX_FROM_CLIENT].frame && !c->gap[CX_FROM_CLIENT] &&
           client.frame && c->ended.ts_ns - client.ts_ns <= AT_ONCE_NS;
}

/* The client asked something that has no answer yet: SIP without a response, or a handshake that is
 * not complete, or that led to nothing. */
static bool waits_for_answer(const cx_attempt *a, const cx_conn *c)
{
    if (!c->data[CX_FROM_CLIENT].frame)
        return false;
    if (c->tls.client_hello)
        return !cx_conn_tls_complete(c) || asked_inside_tls(c) || left_behind_handshake(c);
    for (uint32_t i = 0; i < a->n_registers; i++)
        if (a->registers[i].conn == c && !a->registers[i].response)
            return true;
    return !c->data[CX_FROM_SERVER].frame;
}

static void detect_reset(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (j->a->web_only || c->end != CX_END_RESET || c->tcp.closed_by != CX_FROM_SERVER ||
            c->tcp.rst_after_fin || !waits_for_answer(j->a, c) || c->gap[CX_FROM_SERVER])
            continue; /* what is missing may be the answer */
        bool up = c->tls.client_hello && cx_conn_tls_complete(c);
        cx_finding *f = cx_find(j, c->tcp.mid_stream || up ? CX_LIKELY : CX_PROVEN, c);
        if (cx_conn_hello_at(c).frame && !c->tls.server_hello)
            f->goes_on_ns = CX_NEXT_SERVER_NS; /* some clients try another version at once */
        const char *phase = up && asked_inside_tls(c)
                                ? "instead of answering what it said inside TLS"
                            : up                           ? "as soon as TLS was up"
                            : cx_conn_hello_at(c).frame    ? "during the TLS handshake"
                            : c->sip[CX_FROM_CLIENT].frame ? "instead of answering the SIP request"
                                                           : "without a word";
        cx_find_text(j, f, "phase", cx_slice_of(phase));
        cx_find_number(j, f, "winsock", 10054);
        cx_find_number(j, f, "client_bytes", (int64_t)c->tcp.side[CX_FROM_CLIENT].bytes);
        cx_find_number(j, f, "server_bytes", (int64_t)c->tcp.side[CX_FROM_SERVER].bytes);
        cx_show(j, f, c->ended, "RST from the server %s", phase);
        cx_show(j, f, c->tcp.side[CX_FROM_CLIENT].last_data,
                "last data of the client, never answered");
        cx_show(j, f, c->connected, "connection established");
    }
}

const cx_rule cx_rule_tcp_reset_established = {
    .id = "tcp-reset-established",
    .title = "Server reset the established connection (error 10054)",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_reset,
    .evidence =
        "RST from the server on an established connection, before a FIN of its own, with a request "
        "unanswered or the handshake unfinished. Likely where TLS up to 1.2 is up: RST at once, or "
        "with data of the client inside it and none of the server.",
    .rules_out = "RST after FIN or close_notify, or after the client had its answer.",
    .traps = "RST as a fast close is normal for Windows and load balancers. A client's own RST is "
             "no fault "
             "of the server. A firewall may have sent it: compare its TTL with the server's.",
    .explain =
        "{server} accepted the connection of {client} and then reset it {phase} (Winsock error "
        "10054).",
    .remedy =
        "Look at the server's event log at that time: service crash, connection limit, unusable "
        "certificate, or a filter or load balancer in between that cuts the connection.",
    .source = "Winsock error codes (WSAECONNRESET); RFC 9293 3.10.7.4",
    .shadows = (const char *const[]){"tcp-closed-before-data", "sip-register-unanswered",
                                     "tcp-accepted-silent", "tls-server-silent-close",
                                     "tls-handshake-abandoned", NULL},
};

/* The server's FIN came before the client said anything: that it resets what is sent to it then is
 * no answer to the request. */
static bool closed_before_asked(const cx_conn *c)
{
    const cx_evidence *fin = &c->tcp.side[CX_FROM_SERVER].fin;
    return fin->frame && c->data[CX_FROM_CLIENT].frame &&
           cx_evidence_after(&c->data[CX_FROM_CLIENT], fin);
}

static void detect_closed(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (j->a->web_only || c->udp || c->tcp.mid_stream ||
            cx_conn_ended_by(c) != CX_FROM_SERVER || !c->connected.frame ||
            c->gap[CX_FROM_SERVER] || c->gap[CX_FROM_CLIENT])
            continue;
        bool inside = c->tls.client_hello && (asked_inside_tls(c) || left_behind_handshake(c));
        if (!inside && (c->tls.client_hello || c->tcp.side[CX_FROM_SERVER].bytes))
            continue;
        bool fin_first = closed_before_asked(c) || (inside && c->tcp.rst_after_fin);
        if (c->end == CX_END_RESET && c->data[CX_FROM_CLIENT].frame && !fin_first)
            continue; /* tcp-reset-established */
        cx_evidence ended = fin_first ? c->tcp.side[CX_FROM_SERVER].fin : c->ended;
        /* Later, and with nothing asked, it is an idle connection that every server ends. */
        bool at_once = ended.ts_ns - c->connected.ts_ns <= AT_ONCE_NS;
        if (!at_once && !c->data[CX_FROM_CLIENT].frame)
            continue;
        /* Load balancers probe with connections that say nothing and that the client's side ends.
         */
        cx_finding *f = cx_find(j, at_once || inside ? CX_LIKELY : CX_POSSIBLE, c);
        if (inside)
            f->explain = "{server} completed the TLS handshake with {client} and closed the "
                         "connection {seconds} s after it was opened, without a word inside TLS: "
                         "most likely nothing answers behind it.";
        cx_find_text(j, f, "seconds", cx_say_seconds(j, ended.ts_ns - c->connected.ts_ns));
        cx_find_number(j, f, "client_bytes", (int64_t)c->tcp.side[CX_FROM_CLIENT].bytes);
        cx_show(j, f, ended, "%s from the server, which has sent no %s",
                c->end == CX_END_RESET && !fin_first ? "RST" : "FIN",
                inside ? "application data" : "byte");
        cx_show(j, f, c->connected, "connection established");
        cx_show(j, f, inside ? c->tls.app_data[CX_FROM_CLIENT] : c->data[CX_FROM_CLIENT],
                "the client's first data");
    }
}

const cx_rule cx_rule_tcp_closed_before_data = {
    .id = "tcp-closed-before-data",
    .title = "Server accepted the connection and closed it without a word",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_closed,
    .evidence =
        "Handshake complete, then FIN or RST from the server within 1 s, which has sent no "
        "data; possible where it comes later, behind data of the client. With TLS up to 1.2: "
        "the same behind the handshake, or no application data from the server when it "
        "closes.",
    .rules_out =
        "Any data from the server; a close that the client began, or one after more than 1 s "
        "in which the client said nothing.",
    .traps =
        "Health probes of load balancers look alike: there the client says nothing and closes.",
    .explain =
        "{server} accepted the connection of {client} and closed it {seconds} s later without "
        "sending a byte.",
    .remedy =
        "Check the load balancer for a pool without healthy members, connection limits and filters "
        "on the server, and whether the service behind the port speaks SIP.",
    .source = "RFC 9293 3.6",
    .shadows = (const char *const[]){"sip-register-unanswered", "tcp-accepted-silent", NULL},
};

static void detect_silent(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        const cx_tcp_side *client = &c->tcp.side[CX_FROM_CLIENT];
        if (cx_conn_is_trunk(c) || c->passed_on) /* sip-options-unanswered; not known here */
            continue;
        bool inside = asked_inside_tls(c);
        cx_evidence asked = inside ? c->tls.app_data[CX_FROM_CLIENT] : c->data[CX_FROM_CLIENT];
        if (j->a->web_only || c->udp || !c->connected.frame || !asked.frame ||
            (!inside && (c->data[CX_FROM_SERVER].frame || c->sip[CX_FROM_SERVER].frame ||
                         cx_conn_hello_at(c).frame)) ||
            c->gap[CX_FROM_SERVER] || c->tcp.one_sided || cx_conn_ended_by(c) == CX_FROM_SERVER)
            continue;
        int64_t until = c->ended.frame ? c->ended.ts_ns : j->a->decided_ns;
        if (until - asked.ts_ns < 15 * CX_SECOND_NS)
            continue;
        bool lost = !client->acked && client->retransmissions >= 2;
        cx_finding *f = cx_find(j, lost ? CX_POSSIBLE : CX_LIKELY, c);
        if (lost)
            f->explain = "{server} accepted the connection of {client} and never acknowledged all "
                         "that it said in {seconds} s, though it was sent again {again} times: it "
                         "gets lost on the way, and the server may have nothing to answer.";
        else if (inside)
            f->explain = "{server} completed the TLS handshake with {client} and then sent nothing "
                         "for {seconds} s: what the client asked inside TLS has no answer.";
        cx_find_text(j, f, "seconds", cx_say_seconds(j, until - asked.ts_ns));
        cx_find_number(j, f, "client_bytes", (int64_t)client->bytes);
        cx_find_number(j, f, "again", client->retransmissions);
        cx_show(j, f, asked, "the client's first data");
        cx_show(j, f, c->connected, "connection established");
        cx_show(j, f, c->ended, "the client gives up");
    }
}

const cx_rule cx_rule_tcp_accepted_silent = {
    .id = "tcp-accepted-silent",
    .title = "Server accepted the connection and never sends data",
    .default_severity = CX_FAILURE,
    .layer = "tcp",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_silent,
    .evidence = "Handshake complete, the client's data sent, no payload from the server for 15 s "
                "or until the client gives up; with TLS up to 1.2 the same inside it. Possible "
                "only where that data is sent again and never acknowledged.",
    .rules_out = "Any payload from the server; loss in the capture.",
    .traps = "Firewalls and load balancers that answer SYNs for a dead server look like this.",
    .explain = "{server} accepted the connection of {client} and sent nothing for {seconds} s.",
    .remedy =
        "Check whether the service behind the port hangs, whether a firewall answers for a dead "
        "server, and whether the port expects another protocol.",
    .source = "RFC 9293 3.8",
};
