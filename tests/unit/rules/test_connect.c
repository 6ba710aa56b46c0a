/* Connections that never open, or that are cut: for each thing that rules one of these faults out,
 * and each trap, a pair of scenes in which only that differs. */
#include "said_cases.h"

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

static void sign_in(scene *s, const char *server)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_close(s, &c, C);
}

/* A conversation of somebody else, so that the capture is known to see both ways. */
static void others_talk(scene *s)
{
    const char *client = s->client;
    s->client = "10.0.0.99";
    scene_conn c = scene_open(s, "10.0.0.80:80");
    scene_data(s, &c, C);
    scene_data(s, &c, S);
    scene_close(s, &c, C);
    s->client = client;
}

static void served(scene *s, const char *server, bool tls)
{
    const char *client = s->client;
    s->client = "10.0.0.22";
    scene_conn c = scene_open(s, server);
    if (tls) {
        scene_hello(s, &c, "sip.contoso.com", 0x0303);
        scene_server_hello(s, &c, 0x0303);
        scene_finish(s, &c);
        scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
        scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    }
    scene_close(s, &c, C);
    s->client = client;
}

/* ---- tcp-connection-refused ---- */

static void refused(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
    scene_wait(s, 6);
}

static void refused_thrice(scene *s) /* as Windows asks: one refusal */
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    for (int i = 0; i < 3; i++) {
        if (i)
            scene_syn_again(s, &c);
        scene_refused(s, &c);
        scene_wait(s, 0.5);
    }
    scene_wait(s, 1); /* before, it may go on: test_ahead.c */
}

static void refused_then_in(scene *s)
{
    refused(s);
    sign_in(s, "10.0.0.5:5060");
}

static void refused_then_other_port(scene *s) /* of the same host: nothing is mended */
{
    refused(s);
    scene_conn c = scene_open(s, "10.0.0.5:5070");
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void refused_request_unseen(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    c.tcp.n_syns = 0;
    scene_refused(s, &c);
    scene_wait(s, 6);
}

/* ---- tcp-connect-timeout ---- */

static void silent(scene *s, double first, double then)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_wait(s, first);
    scene_syn_again(s, &c);
    scene_wait(s, then);
    scene_timeout(s, &c);
    scene_wait(s, 6);
}

static void timed_out(scene *s)
{
    others_talk(s);
    silent(s, 1, 6);
}

static void timed_out_alone(scene *s) /* nothing shows that the capture sees both ways */
{
    silent(s, 1, 6);
}

static void timed_out_early_again(scene *s) /* others are seen both ways: no RST was missed */
{
    others_talk(s);
    silent(s, 0.5, 6);
}

static void timed_out_evenly(scene *s) /* as after RSTs: those of this client are not captured */
{
    others_talk(s);
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_wait(s, 0.5);
    scene_syn_again(s, &c);
    scene_wait(s, 0.5);
    scene_syn_again(s, &c);
    scene_wait(s, 20);
    scene_timeout(s, &c);
}

static void one_syn(scene *s)
{
    others_talk(s);
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_wait(s, 20);
    scene_timeout(s, &c);
}

static void three_seconds(scene *s)
{
    others_talk(s);
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_wait(s, 1);
    scene_syn_again(s, &c);
    scene_wait(s, 2);
    scene_timeout(s, &c);
}

static void answered_late(scene *s)
{
    others_talk(s);
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_wait(s, 1);
    scene_syn_again(s, &c);
    scene_wait(s, 6);
    scene_connected(s, &c);
    scene_close(s, &c, C);
}

static void rejected(scene *s)
{
    others_talk(s);
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_wait(s, 1);
    scene_syn_again(s, &c);
    scene_wait(s, 6);
    scene_icmp(s, &c, 3, 1);
}

static void one_way(scene *s) /* every connection of such a capture looks so */
{
    for (int i = 0; i < 3; i++) {
        scene_conn other = scene_syn(s, "10.0.0.9:80");
        other.tcp.one_sided = true;
        scene_close(s, &other, C);
    }
    silent(s, 1, 6);
}

/* The server's answers are in the capture, and the client asks again. */
static void in_vain(scene *s, uint32_t again, double wait, bool gives_up)
{
    others_talk(s);
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    c.tcp.answer = c.tcp.syn[0];
    for (uint32_t i = 0; i < again; i++) {
        scene_wait(s, wait);
        scene_syn_again(s, &c);
    }
    scene_wait(s, wait);
    if (gives_up)
        c.tcp.side[C].rst = c.tcp.syn[c.tcp.n_syns - 1];
    c.tcp.what = CX_TCP_HALF_OPEN;
    c.tcp.observed_ns = s->now_ns - c.tcp.syn[0].ts_ns;
    c.e.kind = CX_EV_TCP;
    c.e.at = c.tcp.syn[c.tcp.n_syns - 1];
    c.e.u.tcp = c.tcp;
    cx_diagnosis_event(s->diagnosis, &c.e);
    scene_wait(s, 6);
}

static void answers_lost(scene *s)
{
    in_vain(s, 2, 3, false);
}

static void answer_lost_once(scene *s)
{
    in_vain(s, 1, 3, false);
}

static void answers_lost_for_a_moment(scene *s)
{
    in_vain(s, 2, 0.5, false);
}

static void answers_reset(scene *s) /* a scan: the prober resets what was answered */
{
    in_vain(s, 2, 3, true);
}

/* ---- ICMP ---- */

static void icmp(scene *s, const char *server, uint8_t type, uint8_t code)
{
    if (strchr(server, '[')) /* of IPv6 */
        s->client = "fd00::21";
    scene_conn c = scene_syn(s, server);
    scene_icmp(s, &c, type, code);
    scene_wait(s, 6);
}

static void icmp_net(scene *s)
{
    icmp(s, "10.0.0.5:5060", 3, 0);
}

static void icmp_port(scene *s)
{
    icmp(s, "10.0.0.5:5060", 3, 3);
}

static void icmp_net_prohibited(scene *s)
{
    icmp(s, "10.0.0.5:5060", 3, 9);
}

static void icmp_host_prohibited(scene *s)
{
    icmp(s, "10.0.0.5:5060", 3, 10);
}

#define SIX "[fd00::5]:5060"

static void icmp6_no_route(scene *s)
{
    icmp(s, SIX, 1, 0);
}

static void icmp6_address(scene *s)
{
    icmp(s, SIX, 1, 3);
}

static void icmp6_prohibited(scene *s)
{
    icmp(s, SIX, 1, 1);
}

static void icmp6_policy(scene *s)
{
    icmp(s, SIX, 1, 5);
}

static void icmp6_reject(scene *s)
{
    icmp(s, SIX, 1, 6);
}

static void icmp6_time(scene *s) /* 3/1 is no filter, 1/1 is */
{
    icmp(s, SIX, 3, 1);
}

static void icmp_then_in(scene *s) /* one error is passing */
{
    icmp(s, "10.0.0.5:5060", 3, 1);
    sign_in(s, "10.0.0.5:5060");
}

static void icmp_prohibited_then_in(scene *s)
{
    icmp(s, "10.0.0.5:5060", 3, 13);
    sign_in(s, "10.0.0.5:5060");
}

/* ---- tcp-plain-port-closed, tcp-wrong-edge-port ---- */

static void beside(scene *s, const char *closed, const char *open, bool tls)
{
    served(s, open, tls);
    scene_conn c = scene_syn(s, closed);
    scene_refused(s, &c);
    scene_wait(s, 6);
}

static void beside_silent(scene *s, const char *closed, const char *open, double wait)
{
    served(s, open, true);
    scene_conn c = scene_syn(s, closed);
    scene_wait(s, 1);
    scene_syn_again(s, &c);
    scene_wait(s, wait);
    scene_timeout(s, &c);
}

static void plain_closed(scene *s)
{
    beside(s, "10.0.0.5:5060", "10.0.0.5:5061", true);
}

static void plain_silent(scene *s)
{
    beside_silent(s, "10.0.0.5:5060", "10.0.0.5:5061", 6);
}

static void plain_silent_yet(scene *s)
{
    beside_silent(s, "10.0.0.5:5060", "10.0.0.5:5061", 2);
}

static void plain_accepts(scene *s)
{
    served(s, "10.0.0.5:5061", true);
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 404, NULL);
}

static void plain_of_another_host(scene *s)
{
    beside(s, "10.0.0.5:5060", "10.0.0.6:5061", true);
}

static void other_plain_port(scene *s) /* 5070 is not that port */
{
    beside(s, "10.0.0.5:5070", "10.0.0.5:5061", true);
}

static void plain_over_udp(scene *s) /* another service: nothing is said of it here */
{
    served(s, "10.0.0.5:5061", true);
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_icmp(s, &c, 3, 3);
    scene_wait(s, 6);
}

static void plain_closed_beside_udp(scene *s) /* that UDP answers says nothing of TCP */
{
    served(s, "10.0.0.5:5061", true);
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
    scene_wait(s, 6);
    s->client = "10.0.0.23";
    c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    s->client = "10.0.0.21";
}

static void edge_closed(scene *s)
{
    beside(s, "10.0.0.5:5061", "10.0.0.5:443", false);
}

static void edge_reversed(scene *s)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    beside(s, "10.0.0.5:443", "10.0.0.5:5061", false);
}

static void edge_silent(scene *s)
{
    beside_silent(s, "10.0.0.5:5061", "10.0.0.5:443", 6);
}

static void edge_accepts(scene *s)
{
    served(s, "10.0.0.5:443", true);
    sign_in(s, "10.0.0.5:5061");
}

static void edge_of_another_host(scene *s)
{
    beside(s, "10.0.0.5:5061", "10.0.0.6:443", true);
}

static void edge_port_other(scene *s) /* 8443 is none of an edge */
{
    beside(s, "10.0.0.5:5061", "10.0.0.5:8443", true);
}

/* ---- tcp-reset-established ---- */

static scene_conn registers(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    return c;
}

static void reset(scene *s)
{
    scene_conn c = registers(s);
    scene_reset(s, &c, S);
    scene_wait(s, 6);
}

static void reset_after_fin(scene *s) /* a fast close */
{
    scene_conn c = registers(s);
    c.tcp.rst_after_fin = true;
    scene_reset(s, &c, S);
    scene_wait(s, 6);
}

static void reset_after_answer(scene *s)
{
    scene_conn c = registers(s);
    scene_answer(s, &c, ALICE, 1, 404, NULL);
    scene_reset(s, &c, S);
    scene_wait(s, 6);
}

static void reset_after_sign_out(scene *s) /* the answer to it may have been on its way */
{
    scene_conn c = registers(s);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_wait(s, 3600);
    scene_register(s, &c, ALICE, 2, "Expires: 0");
    scene_reset(s, &c, S);
    scene_wait(s, 6);
}

static void reset_by_client(scene *s)
{
    scene_conn c = registers(s);
    scene_reset(s, &c, C);
    scene_wait(s, 6);
}

static void reset_unasked(scene *s) /* the client had asked nothing */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_reset(s, &c, S);
    scene_wait(s, 6);
}

static scene_conn tls_up(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "sip.contoso.com", -10, 100);
    scene_finish(s, &c);
    return c;
}

static void reset_after_handshake(scene *s) /* a TLS proxy whose own server is dead */
{
    scene_conn c = tls_up(s);
    scene_reset(s, &c, S);
    scene_wait(s, 6);
}

static void reset_later(scene *s) /* who says nothing is not kept */
{
    scene_conn c = tls_up(s);
    scene_wait(s, 30);
    scene_reset(s, &c, S);
    scene_wait(s, 6);
}

static void inside_tls(scene *s, bool answered, double wait,
                       void (*end)(scene *, scene_conn *, uint8_t), uint8_t by)
{
    scene_conn c = tls_up(s);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    if (answered)
        scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_wait(s, wait);
    end(s, &c, by);
    scene_wait(s, 6);
}

static void reset_inside_tls(scene *s)
{
    inside_tls(s, false, 3, scene_reset, S);
}

static void reset_answered_inside_tls(scene *s)
{
    inside_tls(s, true, 3, scene_reset, S);
}

static void closed_inside_tls(scene *s)
{
    inside_tls(s, false, 3, scene_close, S);
}

static void closed_answered_inside_tls(scene *s)
{
    inside_tls(s, true, 3, scene_close, S);
}

static void silent_inside_tls(scene *s)
{
    inside_tls(s, false, 16, scene_close, C);
}

static void silent_inside_tls_yet(scene *s)
{
    inside_tls(s, false, 9, scene_close, C);
}

static void answered_inside_tls(scene *s)
{
    inside_tls(s, true, 16, scene_close, C);
}

static void reset_in_handshake(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_reset(s, &c, S);
    scene_wait(s, 6);
}

/* ---- tcp-closed-before-data, tcp-accepted-silent ---- */

static void closed(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_close(s, &c, S);
}

static void
closed_then_asked(scene *s) /* a balancer without members: FIN, and RST to the request */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_fin(s, &c, S);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_reset(s, &c, S);
    scene_wait(s, 6);
}

static void asked_then_closed(scene *s) /* the FIN is the answer */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_fin(s, &c, S);
    scene_reset(s, &c, S);
    scene_wait(s, 6);
}

static void closed_after_gap(scene *s) /* what is missing may be an answer */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_gap(s, &c, S);
    scene_close(s, &c, S);
}

static void closed_after_client_gap(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_gap(s, &c, C);
    scene_close(s, &c, S);
}

static void closed_in_the_middle(scene *s) /* what was said before is out of sight */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    c.tcp.mid_stream = true;
    scene_close(s, &c, S);
}

static void asked(scene *s, double wait, bool answers, bool gap, bool by_server)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_data(s, &c, C);
    if (answers)
        scene_data(s, &c, S);
    if (gap)
        scene_gap(s, &c, S);
    scene_wait(s, wait);
    scene_close(s, &c, by_server ? S : C);
}

static void answers_two_users(scene *s) /* each of them, on the connection of both */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_register(s, &c, "sip:bob@contoso.com", 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: NTLM");
    scene_answer(s, &c, "sip:bob@contoso.com", 1, 401, "WWW-Authenticate: NTLM");
    scene_wait(s, 70);
    scene_lookup(s, "A", "www.contoso.com", "10.0.0.9");
}

static void never_acknowledged(scene *s) /* what the client says may never have arrived */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_data(s, &c, C);
    c.tcp.side[C].bytes = 400;
    c.tcp.side[C].retransmissions = 5;
    scene_wait(s, 16);
    scene_close(s, &c, C);
}

static void never_answers(scene *s)
{
    asked(s, 16, false, false, false);
}

static void gives_up_soon(scene *s)
{
    asked(s, 10, false, false, false);
}

static void answers(scene *s)
{
    asked(s, 16, true, false, false);
}

static void answer_lost(scene *s)
{
    asked(s, 16, false, true, false);
}

static void server_ends_it(scene *s)
{
    asked(s, 16, false, false, true);
}

static void nothing_asked(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_wait(s, 16);
    scene_close(s, &c, C);
}

/* ---- tcp-some-addresses-dead ---- */

static void pool(scene *s, const char *addresses, const char *dead, const char *alive)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", addresses);
    scene_conn c = scene_syn(s, dead);
    scene_refused(s, &c);
    sign_in(s, alive);
}

static void one_dead(scene *s)
{
    pool(s, "10.0.0.6 10.0.0.5", "10.0.0.6:5061", "10.0.0.5:5061");
}

static void other_name(scene *s) /* of one name each */
{
    pool(s, "10.0.0.6", "10.0.0.6:5061", "10.0.0.5:5061");
}

static void other_port_alive(scene *s)
{
    pool(s, "10.0.0.6 10.0.0.5", "10.0.0.6:5061", "10.0.0.5:5060");
}

/* ---- tcp-rst-middlebox ---- */

/* A request on a path of 100 ms, and a RST 20 ms behind it. */
static void cut(scene *s, uint8_t ttl, uint8_t rst_ttl, uint8_t by, bool after_fin)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    c.tcp.rtt_ns = INT64_C(100000000);
    scene_register(s, &c, ALICE, 1, NULL);
    c.tcp.side[S].ttl = ttl;
    c.tcp.side[S].rst_ttl = rst_ttl;
    c.tcp.rst_after_fin = after_fin;
    scene_reset(s, &c, by);
}

static void cut_by_device(scene *s)
{
    cut(s, 58, 28, S, false);
}

static void cut_two_hops_away(scene *s) /* routes of one host differ so much */
{
    cut(s, 58, 60, S, false);
}

static void cut_three_hops_away(scene *s)
{
    cut(s, 58, 61, S, false);
}

static void cut_by_client(scene *s)
{
    cut(s, 58, 28, C, false);
}

static void cut_after_fin(scene *s)
{
    cut(s, 58, 28, S, true);
}

static void cut_with_127(scene *s) /* 255 in place of 128 */
{
    cut(s, 58, 185, S, false);
}

static void cut_with_191(scene *s) /* 255 in place of 64 */
{
    cut(s, 58, 249, S, false);
}

static void cut_without_compare(scene *s) /* no packet of the server is known */
{
    cut(s, 0, 28, S, false);
}

static void refused_by_device(scene *s, const char *other, int64_t rtt_ns)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 sip.contoso.com");
    scene_lookup(s, "SRV", "_sipinternal._tcp.contoso.com", "0 0 5060 sip.contoso.com");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5 10.0.0.6");
    scene_conn c = scene_syn(s, other);
    c.tcp.side[S].ttl = 58;
    c.tcp.rtt_ns = rtt_ns;
    scene_connected(s, &c);
    scene_close(s, &c, C);
    c = scene_syn(s, "10.0.0.5:5060");
    c.tcp.side[S].rst_ttl = 28;
    scene_refused(s, &c);
    scene_wait(s, 6);
}

static void refused_quickly(scene *s)
{
    refused_by_device(s, "10.0.0.5:5061", INT64_C(100000000));
}

/* What tells is the connection of somebody else to another port. */
static void refused_quickly_beside(scene *s, const char *other)
{
    const char *client = s->client;
    s->client = "10.0.0.22";
    scene_conn c = scene_syn(s, other);
    c.tcp.side[S].ttl = 58;
    c.tcp.rtt_ns = INT64_C(100000000);
    scene_connected(s, &c);
    scene_close(s, &c, C);
    s->client = client;
    c = scene_syn(s, "10.0.0.5:5060");
    c.tcp.side[S].rst_ttl = 28;
    scene_refused(s, &c);
    scene_wait(s, 6);
}

static void refused_quickly_to_one(scene *s)
{
    refused_quickly_beside(s, "10.0.0.5:5061");
}

static void refused_beside_one_elsewhere(scene *s)
{
    refused_quickly_beside(s, "10.0.0.6:5061");
}

static void refused_in_time(scene *s)
{
    refused_by_device(s, "10.0.0.5:5061", INT64_C(10000000));
}

static void refused_beside_another(scene *s) /* of another host nothing is learned */
{
    refused_by_device(s, "10.0.0.6:5061", INT64_C(100000000));
}

/* ---- The table ---- */

#define REFUSED   "tcp-connection-refused"
#define TIMEOUT   "tcp-connect-timeout"
#define UNREACH   "icmp-unreachable"
#define FILTER    "icmp-admin-prohibited"
#define PLAIN     "tcp-plain-port-closed"
#define EDGE      "tcp-wrong-edge-port"
#define RESET     "tcp-reset-established"
#define CLOSED    "tcp-closed-before-data"
#define SILENT    "tcp-accepted-silent"
#define DEAD      "tcp-some-addresses-dead"
#define MIDDLEBOX "tcp-rst-middlebox"

static const said_case cases[] = {
    {"refused", refused, REFUSED, "failure", "proven", REFUSED, NULL},
    {"refused thrice", refused_thrice, REFUSED, "failure", "proven", REFUSED, NULL},
    {"refused, then in", refused_then_in, REFUSED, "note", "proven", "", NULL},
    {"refused, another port", refused_then_other_port, REFUSED, "failure", "proven", REFUSED, NULL},
    {"refused, unseen", refused_request_unseen, REFUSED, "failure", "likely", REFUSED, NULL},

    {"timed out", timed_out, TIMEOUT, "failure", "proven", TIMEOUT, NULL},
    {"timed out, alone", timed_out_alone, TIMEOUT, "failure", "likely", TIMEOUT, NULL},
    {"timed out, early again", timed_out_early_again, TIMEOUT, "failure", "proven", TIMEOUT, NULL},
    {"timed out, evenly", timed_out_evenly, TIMEOUT, "", "", "", NULL},
    {"one SYN", one_syn, TIMEOUT, "", "", "", NULL},
    {"3 s", three_seconds, TIMEOUT, "", "", "", NULL},
    {"answered late", answered_late, TIMEOUT, "", "", "", NULL},
    {"rejected", rejected, TIMEOUT, "", "", UNREACH, NULL},
    {"one direction", one_way, TIMEOUT, "", "", "", NULL},
    {"answers lost", answers_lost, TIMEOUT, "failure", "likely", TIMEOUT, NULL},
    {"answer lost once", answer_lost_once, TIMEOUT, "", "", "", NULL},
    {"answers lost shortly", answers_lost_for_a_moment, TIMEOUT, "", "", "", NULL},
    {"answers reset", answers_reset, TIMEOUT, "", "", "", NULL},

    {"ICMP 3/0", icmp_net, UNREACH, "failure", "proven", UNREACH, NULL},
    {"ICMP 3/3", icmp_port, UNREACH, "failure", "proven", UNREACH, NULL},
    {"ICMP 3/9", icmp_net_prohibited, FILTER, "failure", "proven", FILTER, NULL},
    {"ICMP 3/10", icmp_host_prohibited, FILTER, "failure", "proven", FILTER, NULL},
    {"ICMP 3/9 is no route", icmp_net_prohibited, UNREACH, "", "", FILTER, NULL},
    {"ICMPv6 1/0", icmp6_no_route, UNREACH, "failure", "proven", UNREACH, NULL},
    {"ICMPv6 1/3", icmp6_address, UNREACH, "failure", "proven", UNREACH, NULL},
    {"ICMPv6 3/1", icmp6_time, UNREACH, "failure", "proven", UNREACH, NULL},
    {"ICMPv6 1/1", icmp6_prohibited, FILTER, "failure", "proven", FILTER, NULL},
    {"ICMPv6 1/5", icmp6_policy, FILTER, "failure", "proven", FILTER, NULL},
    {"ICMPv6 1/6", icmp6_reject, FILTER, "failure", "proven", FILTER, NULL},
    {"ICMP, then in", icmp_then_in, UNREACH, "note", "proven", "", NULL},
    {"ICMP 3/13, then in", icmp_prohibited_then_in, FILTER, "note", "proven", "", NULL},

    {"plain closed", plain_closed, PLAIN, "failure", "proven", PLAIN, NULL},
    {"plain silent", plain_silent, PLAIN, "failure", "proven", PLAIN, NULL},
    {"plain silent yet", plain_silent_yet, PLAIN, "", "", "", NULL},
    {"plain over UDP", plain_over_udp, PLAIN, "", "", UNREACH, NULL},
    {"plain, UDP answers", plain_closed_beside_udp, PLAIN, "failure", "proven", PLAIN, NULL},
    {"plain accepts", plain_accepts, PLAIN, "", "", "sip-uri-not-found", NULL},
    {"plain, another host", plain_of_another_host, PLAIN, "", "", REFUSED, NULL},
    {"plain, another port", other_plain_port, PLAIN, "", "", "", NULL},
    {"edge closed", edge_closed, EDGE, "failure", "proven", EDGE, NULL},
    {"edge reversed", edge_reversed, EDGE, "failure", "proven", EDGE, NULL},
    {"edge silent", edge_silent, EDGE, "failure", "proven", EDGE, NULL},
    {"edge accepts", edge_accepts, EDGE, "", "", "", NULL},
    {"edge, another host", edge_of_another_host, EDGE, "", "", REFUSED, NULL},
    {"edge, another port", edge_port_other, EDGE, "", "", REFUSED, NULL},

    {"reset", reset, RESET, "failure", "proven", RESET, NULL},
    {"reset after FIN", reset_after_fin, RESET, "", "", "sip-register-unanswered", NULL},
    {"reset after the answer", reset_after_answer, RESET, "", "", "sip-uri-not-found", NULL},
    {"reset after sign-out", reset_after_sign_out, RESET, "", "", "", NULL},
    {"reset by the client", reset_by_client, RESET, "", "", "", NULL},
    {"reset unasked", reset_unasked, RESET, "", "", CLOSED, NULL},
    {"reset after handshake", reset_after_handshake, RESET, "failure", "likely", RESET, NULL},
    {"reset long after it", reset_later, RESET, "", "", "", NULL},
    {"reset inside TLS", reset_inside_tls, RESET, "failure", "likely", RESET, NULL},
    {"reset, answered inside TLS", reset_answered_inside_tls, RESET, "", "", "", NULL},
    {"reset in handshake", reset_in_handshake, RESET, "failure", "proven", RESET, NULL},

    {"closed", closed, CLOSED, "failure", "likely", CLOSED, NULL},
    {"closed, then asked", closed_then_asked, CLOSED, "failure", "likely", CLOSED, NULL},
    {"asked, then closed", asked_then_closed, CLOSED, "", "", "sip-register-unanswered", NULL},
    {"closed inside TLS", closed_inside_tls, CLOSED, "failure", "likely", CLOSED, NULL},
    {"closed, answered inside TLS", closed_answered_inside_tls, CLOSED, "", "", "", NULL},
    {"silent inside TLS", silent_inside_tls, SILENT, "failure", "likely", SILENT, NULL},
    {"silent inside TLS yet", silent_inside_tls_yet, SILENT, "", "", "", NULL},
    {"answered inside TLS", answered_inside_tls, SILENT, "", "", "", NULL},
    {"closed, gap", closed_after_gap, CLOSED, "", "", "", NULL},
    {"closed, client's gap", closed_after_client_gap, CLOSED, "", "", "", NULL},
    {"closed in the middle", closed_in_the_middle, CLOSED, "", "", "", NULL},
    {"never answers", never_answers, SILENT, "failure", "likely", SILENT, NULL},
    {"never acknowledged", never_acknowledged, SILENT, "failure", "possible", SILENT, NULL},
    {"gives up soon", gives_up_soon, SILENT, "", "", "", NULL},
    {"answers", answers, SILENT, "", "", "", NULL},
    {"answers two users", answers_two_users, SILENT, "", "", "", NULL},
    {"answer lost", answer_lost, SILENT, "", "", "", NULL},
    {"server ends it", server_ends_it, SILENT, "", "", CLOSED, NULL},
    {"nothing asked", nothing_asked, SILENT, "", "", "", NULL},

    {"one dead", one_dead, DEAD, "warning", "proven", "", NULL},
    {"of another name", other_name, DEAD, "", "", "", NULL},
    {"of another port", other_port_alive, DEAD, "", "", "", NULL},

    {"cut by a device", cut_by_device, MIDDLEBOX, "warning", "likely", RESET, NULL},
    {"cut, two hops", cut_two_hops_away, MIDDLEBOX, "", "", RESET, NULL},
    {"cut, three hops", cut_three_hops_away, MIDDLEBOX, "warning", "likely", RESET, NULL},
    {"cut by the client", cut_by_client, MIDDLEBOX, "", "", "", NULL},
    {"cut after FIN", cut_after_fin, MIDDLEBOX, "", "", "sip-register-unanswered", NULL},
    {"cut with 127 more", cut_with_127, MIDDLEBOX, "note", "possible", RESET, NULL},
    {"cut with 191 more", cut_with_191, MIDDLEBOX, "note", "possible", RESET, NULL},
    {"cut, nothing to compare", cut_without_compare, MIDDLEBOX, "", "", RESET, NULL},
    {"refused quickly", refused_quickly, MIDDLEBOX, "warning", "likely", PLAIN, NULL},
    {"refused quickly, open to others", refused_quickly_to_one, MIDDLEBOX, "warning", "likely",
     PLAIN, NULL},
    {"refused, another host to others", refused_beside_one_elsewhere, MIDDLEBOX, "", "", REFUSED,
     NULL},
    {"refused in time", refused_in_time, MIDDLEBOX, "warning", "possible", PLAIN, NULL},
    {"refused, another host", refused_beside_another, MIDDLEBOX, "", "", REFUSED, NULL},
};

int main(void)
{
    return run_said_cases("connect", cases, sizeof cases / sizeof *cases);
}
