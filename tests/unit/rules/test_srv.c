/* SRV records that lead nowhere, or that a client turns away from: for each thing that rules one of
 * these out, and each trap, a pair of scenes in which only that differs. */
#include "said_cases.h"

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

/* The record for TLS inside, the others missing; TCP inside where asked for. */
static void records(scene *s, const char *tls, const char *tcp)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", tls);
    scene_lookup(s, "SRV", "_sipinternal._tcp.contoso.com", tcp);
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "NXDOMAIN");
}

static void record(scene *s, const char *tls)
{
    records(s, tls, "NXDOMAIN");
}

static void refused(scene *s, const char *server)
{
    scene_conn c = scene_syn(s, server);
    scene_refused(s, &c);
    scene_wait(s, 6);
}

static scene_conn certified(scene *s, const char *server, const char *sni)
{
    scene_conn c = scene_open(s, server);
    scene_hello(s, &c, sni, 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, sni, -10, 100);
    return c;
}

static void use(scene *s, scene_conn *c)
{
    scene_finish(s, c);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, c, C);
}

static void sign_in(scene *s, const char *server)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_close(s, &c, C);
}

/* ---- dns-srv-target-no-address ---- */

static void neither(scene *s, const char *srv, const char *a, const char *aaaa)
{
    record(s, srv);
    if (a)
        scene_lookup(s, "A", "ocs9.contoso.com", a);
    if (aaaa)
        scene_lookup(s, "AAAA", "ocs9.contoso.com", aaaa);
    scene_wait(s, 6);
}

#define OCS9 "0 0 5061 ocs9.contoso.com"

static void no_name(scene *s)
{
    neither(s, OCS9, "NXDOMAIN", NULL);
}

static void no_record(scene *s)
{
    neither(s, OCS9, "NODATA", "NODATA");
}

static void no_a_record(scene *s) /* AAAA is out of sight */
{
    neither(s, OCS9, "NODATA", NULL);
}

static void no_aaaa_record(scene *s) /* A may be cached */
{
    neither(s, OCS9, NULL, "NODATA");
}

static void aaaa_of_no_name(scene *s)
{
    neither(s, OCS9, NULL, "NXDOMAIN");
}

static void only_aaaa(scene *s)
{
    neither(s, OCS9, "NODATA", "fd00::9");
}

static void only_a(scene *s)
{
    neither(s, OCS9, "10.0.0.9", "NODATA");
}

static void glue(scene *s)
{
    neither(s, OCS9 " glue:10.0.0.9", "NXDOMAIN", NULL);
}

static void glue_of_another(scene *s)
{
    neither(s, "0 0 5061 ocs8.contoso.com glue:10.0.0.9, 1 0 5061 ocs9.contoso.com", "NXDOMAIN",
            NULL);
}

static void glue_cut(scene *s) /* it may have been there */
{
    neither(s, "cut " OCS9, "NXDOMAIN", NULL);
}

static void other_target_cut(scene *s)
{
    neither(s, "cut more " OCS9, "NXDOMAIN", NULL);
}

static void hosts_file(scene *s) /* the client knows the address all the same */
{
    neither(s, OCS9, "NXDOMAIN", NULL);
    refused(s, "10.0.0.9:5061");
}

/* ---- dns-srv-target-dot ---- */

static void dot(scene *s)
{
    record(s, "0 0 0 .");
    scene_wait(s, 6);
}

static void dot_beside_real(scene *s)
{
    record(s, "0 0 0 .,10 0 5061 ocs1.contoso.com");
    scene_wait(s, 6);
}

static void dot_before_cut(scene *s) /* a target may stand behind it */
{
    record(s, "cut more 0 0 0 .");
    scene_wait(s, 6);
}

static void dot_before_cut_rest(scene *s) /* all answers are there */
{
    record(s, "cut 0 0 0 .");
    scene_wait(s, 6);
}

static void dot_but_host(scene *s)
{
    record(s, "0 0 0 .");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    sign_in(s, "10.0.0.5:5060");
}

static void empty(scene *s) /* no record is no record that says no */
{
    record(s, "NODATA");
    scene_wait(s, 6);
}

/* ---- dns-srv-wrong-port ---- */

static void leads_to(scene *s, const char *tls, const char *tcp)
{
    records(s, tls, tcp);
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
}

static void served_elsewhere(scene *s, const char *server, bool tls)
{
    const char *client = s->client;
    s->client = "10.0.0.22";
    scene_conn c = scene_open(s, server);
    if (tls) {
        scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
        scene_server_hello(s, &c, 0x0303);
    }
    scene_close(s, &c, C);
    s->client = client;
}

static void tls_to_5060(scene *s)
{
    leads_to(s, "0 0 5060 ocs1.contoso.com", "NXDOMAIN");
    refused(s, "10.0.0.5:5060");
}

static void tls_to_5060_works(scene *s) /* the number alone says nothing */
{
    leads_to(s, "0 0 5060 ocs1.contoso.com", "NXDOMAIN");
    scene_conn c = certified(s, "10.0.0.5:5060", "ocs1.contoso.com");
    use(s, &c);
}

static void tls_to_5060_alert(scene *s) /* the port speaks TLS */
{
    leads_to(s, "0 0 5060 ocs1.contoso.com", "NXDOMAIN");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void tls_to_5060_text(scene *s)
{
    leads_to(s, "0 0 5060 ocs1.contoso.com", "NXDOMAIN");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_sip(s, &c, S, "OPTIONS", ALICE, 1, 400, NULL);
    scene_wait(s, 1);
}

static void tls_to_5060_closed(scene *s)
{
    leads_to(s, "0 0 5060 ocs1.contoso.com", "NXDOMAIN");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_close(s, &c, S);
}

static void tls_to_5060_gap(scene *s) /* what is missing may be the ServerHello */
{
    leads_to(s, "0 0 5060 ocs1.contoso.com", "NXDOMAIN");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_gap(s, &c, S);
    scene_close(s, &c, C);
}

static void tls_to_5061(scene *s) /* the port of its own transport */
{
    leads_to(s, "0 0 5061 ocs1.contoso.com", "NXDOMAIN");
    refused(s, "10.0.0.5:5061");
}

static void tcp_to(scene *s, const char *record_of_tcp, const char *server)
{
    leads_to(s, "NXDOMAIN", record_of_tcp);
    refused(s, server);
}

static void tcp_to_5061(scene *s)
{
    tcp_to(s, "0 0 5061 ocs1.contoso.com", "10.0.0.5:5061");
}

static void tcp_to_443(scene *s)
{
    tcp_to(s, "0 0 443 ocs1.contoso.com", "10.0.0.5:443");
}

static void tcp_to_5060(scene *s)
{
    tcp_to(s, "0 0 5060 ocs1.contoso.com", "10.0.0.5:5060");
}

static void other_port(scene *s, const char *tls, const char *tcp, const char *works, bool speaks)
{
    leads_to(s, tls, tcp);
    served_elsewhere(s, works, speaks);
    refused(s, "10.0.0.5:5062");
}

static void tls_port_elsewhere(scene *s)
{
    other_port(s, "0 0 5062 ocs1.contoso.com", "NXDOMAIN", "10.0.0.5:5061", true);
}

static void tls_port_of_another_host(scene *s)
{
    other_port(s, "0 0 5062 ocs1.contoso.com", "NXDOMAIN", "10.0.0.6:5061", true);
}

static void plain_port_elsewhere(scene *s) /* it says nothing of a record for TLS */
{
    other_port(s, "0 0 5062 ocs1.contoso.com", "NXDOMAIN", "10.0.0.5:5060", false);
}

static void plain_port_that_speaks_tls(scene *s)
{
    other_port(s, "0 0 5062 ocs1.contoso.com", "NXDOMAIN", "10.0.0.5:5060", true);
}

static void plain_port_for_plain(scene *s)
{
    other_port(s, "NXDOMAIN", "0 0 5062 ocs1.contoso.com", "10.0.0.5:5060", false);
}

static void tls_port_for_plain(scene *s)
{
    other_port(s, "NXDOMAIN", "0 0 5062 ocs1.contoso.com", "10.0.0.5:5061", false);
}

static void edge_port_for_plain(scene *s)
{
    other_port(s, "NXDOMAIN", "0 0 5062 ocs1.contoso.com", "10.0.0.5:443", false);
}

static void not_by_record(scene *s) /* typed: no record gave the port */
{
    refused(s, "10.0.0.5:5060");
}

/* ---- dns-srv-target-other-domain, dns-strict-naming-violation ---- */

static void target(scene *s, const char *srv, const char *name, const char *address)
{
    record(s, srv);
    if (name)
        scene_lookup(s, "A", name, address);
}

static void passed_over(scene *s, const char *name)
{
    char srv[96];
    (void)snprintf(srv, sizeof srv, "0 0 5061 %s", name);
    target(s, srv, name, "10.0.0.5");
    scene_wait(s, 6);
}

static void to_other(scene *s)
{
    passed_over(s, "pool.fabrikam.com");
}

static void to_longer(scene *s)
{
    passed_over(s, "lc.contoso.com");
}

static void to_sub_domain(scene *s)
{
    passed_over(s, "sip.division.contoso.com");
}

static void to_domain(scene *s)
{
    passed_over(s, "contoso.com");
}

static void to_sip(scene *s)
{
    passed_over(s, "SIP.contoso.com");
}

static void to_suffix(scene *s)
{
    passed_over(s, "sip.evilcontoso.com");
}

static void closed_by(scene *s, const char *name, uint8_t by, uint8_t alert)
{
    char srv[96];
    (void)snprintf(srv, sizeof srv, "0 0 5061 %s", name);
    target(s, srv, name, "10.0.0.5");
    scene_conn c = certified(s, "10.0.0.5:5061", name);
    if (alert)
        scene_alert(s, &c, C, 2, alert);
    scene_close(s, &c, by);
}

static void other_closed(scene *s)
{
    closed_by(s, "pool.fabrikam.com", C, 0);
}

static void other_closed_by_server(scene *s)
{
    closed_by(s, "pool.fabrikam.com", S, 0);
}

static void other_refused_with_alert(scene *s) /* an alert is about the certificate */
{
    closed_by(s, "pool.fabrikam.com", C, 48);
}

static void longer_closed(scene *s)
{
    closed_by(s, "lc.contoso.com", C, 0);
}

static void other_used(scene *s)
{
    target(s, "0 0 5061 pool.fabrikam.com", "pool.fabrikam.com", "10.0.0.5");
    scene_conn c = certified(s, "10.0.0.5:5061", "pool.fabrikam.com");
    use(s, &c);
}

static void other_over_tcp(scene *s) /* without TLS the name is not compared */
{
    records(s, "NXDOMAIN", "0 0 5060 pool.fabrikam.com");
    scene_lookup(s, "A", "pool.fabrikam.com", "10.0.0.5");
    scene_wait(s, 6);
}

static void other_without_address(scene *s)
{
    target(s, "0 0 5061 pool.fabrikam.com", "pool.fabrikam.com", "NXDOMAIN");
    scene_wait(s, 6);
}

static void other_with_glue(scene *s)
{
    target(s, "0 0 5061 pool.fabrikam.com glue:10.0.0.5", NULL, NULL);
    scene_wait(s, 6);
}

static void longer_with_glue(scene *s)
{
    target(s, "0 0 5061 lc.contoso.com glue:10.0.0.5", NULL, NULL);
    scene_wait(s, 6);
}

static void longer_of_no_address(scene *s) /* whether it has one is out of sight */
{
    target(s, "0 0 5061 lc.contoso.com", NULL, NULL);
    scene_wait(s, 6);
}

static void two(scene *s, const char *srv)
{
    target(s, srv, "lc.contoso.com", "10.0.0.5");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.6");
    scene_conn c = certified(s, "10.0.0.6:5061", "sip.contoso.com");
    use(s, &c);
}

static void second_taken(scene *s) /* the first was passed over for it */
{
    two(s, "0 0 5061 lc.contoso.com,10 0 5061 sip.contoso.com");
}

static void first_taken(scene *s) /* there was no reason to try the second */
{
    two(s, "0 0 5061 sip.contoso.com,10 0 5061 lc.contoso.com");
}

/* Of Microsoft 365, which clients since Lync 2010 trust without asking. */
static void to_online(scene *s)
{
    passed_over(s, "sipdir.online.lync.com");
}

static void online_used(scene *s)
{
    target(s, "0 0 5061 sipdir.online.lync.com", "sipdir.online.lync.com", "52.112.0.5");
    scene_conn c = certified(s, "52.112.0.5:5061", "sipdir.online.lync.com");
    use(s, &c);
}

static void like_online_used(scene *s) /* another owner */
{
    target(s, "0 0 5061 sip.evillync.com", "sip.evillync.com", "52.112.0.5");
    scene_conn c = certified(s, "52.112.0.5:5061", "sip.evillync.com");
    use(s, &c);
}

static void redirected_to_other(scene *s) /* by a server that is trusted already */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 301, "Contact: sip:pool.fabrikam.com:5061");
    scene_close(s, &c, C);
    scene_lookup(s, "A", "pool.fabrikam.com", "10.0.0.9");
    c = certified(s, "10.0.0.9:5061", "pool.fabrikam.com");
    scene_close(s, &c, C);
}

/* ---- The table ---- */

#define NO_ADDRESS "dns-srv-target-no-address"
#define DOT        "dns-srv-target-dot"
#define WRONG_PORT "dns-srv-wrong-port"
#define REFUSED    "tcp-connection-refused"
#define OTHER      "dns-srv-target-other-domain"
#define STRICT     "dns-strict-naming-violation"

static const cx_context strict = {.naming = CX_NAMING_STRICT};
static const cx_context permissive = {.naming = CX_NAMING_PERMISSIVE};

static const said_case cases[] = {
    {"no name", no_name, NO_ADDRESS, "failure", "proven", NO_ADDRESS, NULL},
    {"no record", no_record, NO_ADDRESS, "failure", "proven", NO_ADDRESS, NULL},
    {"no A record", no_a_record, NO_ADDRESS, "failure", "likely", NO_ADDRESS, NULL},
    {"no AAAA record", no_aaaa_record, NO_ADDRESS, "", "", "", NULL},
    {"AAAA of no name", aaaa_of_no_name, NO_ADDRESS, "failure", "proven", NO_ADDRESS, NULL},
    {"only AAAA", only_aaaa, NO_ADDRESS, "", "", STRICT, NULL},
    {"only A", only_a, NO_ADDRESS, "", "", STRICT, NULL},
    {"glue", glue, NO_ADDRESS, "", "", STRICT, NULL},
    {"glue of another", glue_of_another, NO_ADDRESS, "failure", "proven", NO_ADDRESS, NULL},
    {"glue cut", glue_cut, NO_ADDRESS, "failure", "likely", NO_ADDRESS, NULL},
    {"other target cut", other_target_cut, NO_ADDRESS, "failure", "likely", NO_ADDRESS, NULL},
    {"hosts file", hosts_file, NO_ADDRESS, "", "", REFUSED, NULL},

    {"dot", dot, DOT, "failure", "proven", DOT, NULL},
    {"dot beside a target", dot_beside_real, DOT, "", "", "", NULL},
    {"dot before a cut", dot_before_cut, DOT, "", "", "", NULL},
    {"dot, the rest cut", dot_before_cut_rest, DOT, "failure", "proven", DOT, NULL},
    {"dot, but the host works", dot_but_host, DOT, "", "", "", NULL},
    {"empty answer", empty, DOT, "", "", "dns-srv-missing", NULL},

    {"TLS to 5060", tls_to_5060, WRONG_PORT, "failure", "likely", WRONG_PORT, NULL},
    {"TLS to 5060, works", tls_to_5060_works, WRONG_PORT, "", "", "", NULL},
    {"TLS to 5060, alert", tls_to_5060_alert, WRONG_PORT, "", "", "tls-no-common-cipher", NULL},
    {"TLS to 5060, text", tls_to_5060_text, WRONG_PORT, "failure", "likely", WRONG_PORT, NULL},
    {"TLS to 5060, closed", tls_to_5060_closed, WRONG_PORT, "failure", "likely", WRONG_PORT, NULL},
    {"TLS to 5060, gap", tls_to_5060_gap, WRONG_PORT, "", "", "", NULL},
    {"TLS to 5061", tls_to_5061, WRONG_PORT, "", "", REFUSED, NULL},
    {"TCP to 5061", tcp_to_5061, WRONG_PORT, "failure", "likely", WRONG_PORT, NULL},
    {"TCP to 443", tcp_to_443, WRONG_PORT, "failure", "likely", WRONG_PORT, NULL},
    {"TCP to 5060", tcp_to_5060, WRONG_PORT, "", "", REFUSED, NULL},
    {"another port works", tls_port_elsewhere, WRONG_PORT, "failure", "proven", WRONG_PORT, NULL},
    {"port of another host", tls_port_of_another_host, WRONG_PORT, "", "", REFUSED, NULL},
    {"plain port works", plain_port_elsewhere, WRONG_PORT, "", "", REFUSED, NULL},
    {"plain port speaks TLS", plain_port_that_speaks_tls, WRONG_PORT, "failure", "proven",
     WRONG_PORT, NULL},
    {"plain port for plain", plain_port_for_plain, WRONG_PORT, "failure", "proven", WRONG_PORT,
     NULL},
    {"TLS port for plain", tls_port_for_plain, WRONG_PORT, "", "", REFUSED, NULL},
    {"edge port for plain", edge_port_for_plain, WRONG_PORT, "", "", REFUSED, NULL},
    {"no record led there", not_by_record, WRONG_PORT, "", "", REFUSED, NULL},

    {"other domain", to_other, OTHER, "failure", "likely", OTHER, NULL},
    {"suffix of text", to_suffix, OTHER, "failure", "likely", OTHER, NULL},
    {"in the domain", to_longer, OTHER, "", "", STRICT, NULL},
    {"the domain itself", to_domain, OTHER, "", "", "", NULL},
    {"other, closed", other_closed, OTHER, "failure", "likely", OTHER, NULL},
    {"other, closed by the server", other_closed_by_server, OTHER, "note", "possible",
     "tls-handshake-abandoned", NULL},
    {"other, alert", other_refused_with_alert, OTHER, "note", "possible", "tls-cert-untrusted",
     NULL},
    {"other, used", other_used, OTHER, "note", "possible", "", NULL},
    {"other, over TCP", other_over_tcp, OTHER, "", "", "", NULL},
    {"other, without address", other_without_address, OTHER, "", "", NO_ADDRESS, NULL},
    {"other, with glue", other_with_glue, OTHER, "failure", "likely", OTHER, NULL},
    {"other, Microsoft 365", to_online, OTHER, "failure", "possible", OTHER, NULL},
    {"other, Microsoft 365, used", online_used, OTHER, "", "", "", NULL},
    {"other, like it, used", like_online_used, OTHER, "note", "possible", "", NULL},
    {"other, by redirect", redirected_to_other, OTHER, "", "", "tls-client-silent-reject", NULL},

    {"longer name", to_longer, STRICT, "failure", "possible", STRICT, NULL},
    {"longer name, told", to_longer, STRICT, "failure", "proven", STRICT, &strict},
    {"longer name, permitted", to_longer, STRICT, "", "", "", &permissive},
    {"sub-domain", to_sub_domain, STRICT, "failure", "possible", STRICT, NULL},
    {"D", to_domain, STRICT, "", "", "", &strict},
    {"sip.D", to_sip, STRICT, "", "", "", &strict},
    {"longer name, closed", longer_closed, STRICT, "note", "possible", "tls-client-silent-reject",
     NULL},
    {"longer name, glue", longer_with_glue, STRICT, "failure", "possible", STRICT, NULL},
    {"longer name, address unseen", longer_of_no_address, STRICT, "", "", "", NULL},
    {"longer name, unseen, told", longer_of_no_address, STRICT, "failure", "proven", STRICT,
     &strict},
    {"longer name first", second_taken, STRICT, "warning", "proven", "", &strict},
    {"longer name second", first_taken, STRICT, "", "", "", &strict},
};

int main(void)
{
    return run_said_cases("srv", cases, sizeof cases / sizeof *cases);
}
