/* Scenes of TCP (rules_scenes.h). */
#include "rules_scenes.h"

static void refused(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
}

static void refused_then_open(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
    scene_wait(s, 2);
    scene_sign_in(s, "10.0.0.5:5060");
}

static void scan(scene *s)
{
    for (int i = 0; i < 20; i++) {
        char server[32];
        (void)snprintf(server, sizeof server, "10.0.1.%d:5060", i + 1);
        scene_conn c = scene_syn(s, server);
        scene_refused(s, &c);
    }
}

static void timeout(scene *s)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_wait(s, 3);
    scene_syn_again(s, &c);
    scene_wait(s, 6);
    scene_timeout(s, &c);
}

static void early_again(scene *s) /* as after a RST: the capture lacks the answers */
{
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_wait(s, 0.5);
    scene_syn_again(s, &c);
    scene_wait(s, 6);
    scene_timeout(s, &c);
}

static void one_syn(scene *s) /* the capture ends: nothing is proven */
{
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_wait(s, 2);
    scene_timeout(s, &c);
}

static void unreachable(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_icmp(s, &c, 3, 1);
}

static void prohibited(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_icmp(s, &c, 3, 13);
}

static void udp_port_unreachable(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_icmp(s, &c, 3, 3);
}

static void udp_client_unreachable(scene *s) /* what comes back finds the client gone */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_conn back = c;
    back.e.client = c.e.server;
    back.e.server = c.e.client;
    scene_icmp(s, &back, 3, 3);
}

static void plain_closed(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
    scene_conn d = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &d, NULL, 0x0301);
    scene_server_hello(s, &d, 0x0301);
    scene_finish(s, &d);
    scene_close(s, &d, C);
}

static void plain_closed_other_accepts(scene *s) /* what 5061 speaks was not seen */
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
    scene_conn d = scene_open(s, "10.0.0.5:5061");
    scene_close(s, &d, C);
}

static void plain_closed_elsewhere(scene *s) /* 5061 of another host */
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
    scene_conn d = scene_open(s, "10.0.0.6:5061");
    scene_close(s, &d, C);
}

static void edge_port_never_tried(scene *s) /* 443 is not guessed */
{
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_wait(s, 6);
}

static void edge_port(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_conn d = scene_open(s, "10.0.0.5:443");
    scene_hello(s, &d, NULL, 0x0301);
    scene_server_hello(s, &d, 0x0301);
    scene_finish(s, &d);
    scene_close(s, &d, C);
}

static void reset(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_reset(s, &c, S);
}

static void reset_by_client(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_reset(s, &c, C);
}

static void closed_at_once(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_close(s, &c, S);
}

static void closed_when_idle(scene *s) /* as servers do to who says nothing */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_wait(s, 1.5);
    scene_close(s, &c, S);
}

static void closed_behind_data(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_wait(s, 1.5);
    scene_data(s, &c, C);
    scene_close(s, &c, S);
}

static void closed_with_an_answer(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_data(s, &c, C);
    scene_data(s, &c, S);
    scene_close(s, &c, S);
}

static void probe_closed_by_client(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_close(s, &c, C);
}

static void accepted_silent(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_data(s, &c, C);
    scene_wait(s, 20);
    scene_close(s, &c, C);
}

static const scene_case cases[] = {
    {"refused", refused, "tcp-connection-refused", "failure", "proven", NULL},
    {"refused_then_open", refused_then_open, "", "success", "", NULL},
    {"scan", scan, "", "incomplete", "", NULL},
    {"timeout", timeout, "tcp-connect-timeout", "failure", "likely", NULL},
    {"early_again", early_again, "", "incomplete", "", NULL},
    {"one_syn", one_syn, "", "incomplete", "", NULL},
    {"unreachable", unreachable, "icmp-unreachable", "failure", "proven", NULL},
    {"prohibited", prohibited, "icmp-admin-prohibited", "failure", "proven", NULL},
    {"udp_port_unreachable", udp_port_unreachable, "icmp-unreachable", "failure", "proven", NULL},
    {"udp_client_unreachable", udp_client_unreachable, "", "incomplete", "", NULL},
    {"plain_closed", plain_closed, "tcp-plain-port-closed", "failure", "proven", NULL},
    {"plain_closed_other_accepts", plain_closed_other_accepts, "tcp-plain-port-closed", "failure",
     "likely", NULL},
    {"plain_closed_elsewhere", plain_closed_elsewhere, "tcp-connection-refused", "failure",
     "proven", NULL},
    {"edge_port_never_tried", edge_port_never_tried, "tcp-connection-refused", "failure", "proven",
     NULL},
    {"edge_port", edge_port, "tcp-wrong-edge-port", "failure", "proven", NULL},
    {"reset", reset, "tcp-reset-established", "failure", "proven", NULL},
    {"reset_by_client", reset_by_client, "", "success", "", NULL},
    {"closed_at_once", closed_at_once, "tcp-closed-before-data", "failure", "likely", NULL},
    {"closed_when_idle", closed_when_idle, "", "incomplete", "", NULL},
    {"closed_behind_data", closed_behind_data, "tcp-closed-before-data", "failure", "possible",
     NULL},
    {"closed_with_an_answer", closed_with_an_answer, "", "incomplete", "", NULL},
    {"probe_closed_by_client", probe_closed_by_client, "", "incomplete", "", NULL},
    {"accepted_silent", accepted_silent, "tcp-accepted-silent", "failure", "likely", NULL},
};

const scene_family rules_tcp = {cases, sizeof cases / sizeof *cases};
