/* Every rule: a scene that fires it, and twins that differ in what rules it out and stay silent. */
#include "rules/engine.h"
#include "support/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

/* ---- Discovery ---- */

static void ask_srv(scene *s, const char *tls, const char *tcp, const char *outside)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", tls);
    scene_lookup(s, "SRV", "_sipinternal._tcp.contoso.com", tcp);
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", outside);
}

static void sign_in(scene *s, const char *server)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_close(s, &c, C);
}

static void srv_missing(scene *s)
{
    ask_srv(s, "NXDOMAIN", "NXDOMAIN", "NODATA");
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
}

static void srv_missing_but_host_works(scene *s)
{
    ask_srv(s, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    sign_in(s, "10.0.0.5:5060");
}

static void srv_missing_host_refused(scene *s)
{
    ask_srv(s, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
}

static void srv_missing_domain_host_refused(scene *s)
{
    ask_srv(s, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "contoso.com", "10.0.0.80"); /* the web server */
    scene_conn c = scene_syn(s, "10.0.0.80:5061");
    scene_refused(s, &c);
}

static void autodiscover_only_cut(scene *s)
{
    scene_lookup(s, "A", "lyncdiscoverinternal.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "lyncdiscover.contoso.com", "NXDOMAIN");
}

static void autodiscover_only(scene *s)
{
    autodiscover_only_cut(s);
    scene_wait(s, 6);
}

static void autodiscover_without_aaaa(scene *s) /* the question for A is out of sight */
{
    scene_lookup(s, "A", "lyncdiscoverinternal.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "lyncdiscover.contoso.com", "NODATA");
    scene_wait(s, 6);
}

static void host_without_aaaa(scene *s) /* that there is no AAAA record says nothing */
{
    scene_lookup(s, "AAAA", "sip.contoso.com", "NODATA");
}

static void host_of_neither_family(scene *s)
{
    scene_lookup(s, "A", "sip.contoso.com", "NODATA");
    scene_lookup(s, "AAAA", "sip.contoso.com", "NODATA");
}

static void refused_then_unread(scene *s) /* the next server is spoken to, what about is hidden */
{
    ask_srv(s, "0 0 5061 ocs1.contoso.com", "0 0 5060 ocs2.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_lookup(s, "A", "ocs2.contoso.com", "10.0.0.6");
    c = scene_open(s, "10.0.0.6:5060");
    scene_data(s, &c, CX_FROM_CLIENT);
    scene_data(s, &c, CX_FROM_SERVER);
    scene_wait(s, 6);
}

static void refused_then_untried(scene *s)
{
    ask_srv(s, "0 0 5061 ocs1.contoso.com", "0 0 5060 ocs2.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
}

static void refused_then_past(scene *s) /* it asks for other names: the second record is left */
{
    ask_srv(s, "0 0 5061 ocs1.contoso.com, 10 0 5061 ocs2.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_lookup(s, "A", "sipinternal.contoso.com", "NXDOMAIN");
}

static void refused_and_done(scene *s)
{
    refused_then_untried(s);
    scene_wait(s, 2);
}

static void first_refused_second_without_address(scene *s)
{
    ask_srv(s, "0 0 5061 ocs1.contoso.com, 10 0 5061 ocs2.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_lookup(s, "A", "ocs2.contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

static void first_without_address_second_refused(scene *s)
{
    ask_srv(s, "0 0 5061 ocs2.contoso.com, 10 0 5061 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs2.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_wait(s, 6);
}

static void refused_then_trying(scene *s)
{
    ask_srv(s, "0 0 5061 ocs1.contoso.com", "0 0 5060 ocs2.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_lookup(s, "A", "ocs2.contoso.com", "10.0.0.6");
    scene_syn(s, "10.0.0.6:5060");
    scene_wait(s, 2);
}

static void target_without_address(scene *s)
{
    ask_srv(s, "0 0 5061 ocs9.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs9.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "ocs9.contoso.com", "NXDOMAIN");
}

static void target_without_address_then_open(scene *s) /* it goes on elsewhere, still speaking */
{
    target_without_address(s);
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.6");
    scene_conn c = scene_open(s, "10.0.0.6:443");
    scene_data(s, &c, CX_FROM_CLIENT);
    scene_data(s, &c, CX_FROM_SERVER);
}

static void target_without_aaaa(scene *s)
{
    ask_srv(s, "0 0 5060 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "AAAA", "ocs1.contoso.com", "NODATA");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    sign_in(s, "10.0.0.5:5060");
}

static void target_dot(scene *s)
{
    ask_srv(s, "0 0 0 .", "NXDOMAIN", "NXDOMAIN");
}

static void target_dot_beside_real(scene *s)
{
    ask_srv(s, "0 0 0 .,10 0 5060 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    sign_in(s, "10.0.0.5:5060");
}

static void wrong_port(scene *s)
{
    ask_srv(s, "0 0 5062 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5062");
    scene_refused(s, &c);
    scene_conn d = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &d, NULL, 0x0301);
    scene_server_hello(s, &d, 0x0301);
    scene_finish(s, &d);
    scene_close(s, &d, C);
}

static void tls_record_to_5060(scene *s)
{
    ask_srv(s, "0 0 5060 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
}

static void tls_port_silent(scene *s, double seconds)
{
    tls_record_to_5060(s);
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_wait(s, 1);
    scene_syn_again(s, &c);
    scene_wait(s, seconds);
    scene_timeout(s, &c);
}

static void wrong_port_silent(scene *s)
{
    tls_port_silent(s, 6);
}

static void wrong_port_silent_yet(scene *s) /* two SYNs, and the capture ends within 4 s */
{
    tls_port_silent(s, 2);
}

static void wrong_port_hello(scene *s, double seconds)
{
    tls_record_to_5060(s);
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_wait(s, seconds);
    scene_data(s, &c, C);
}

static void wrong_port_mute(scene *s)
{
    wrong_port_hello(s, 16);
}

static void wrong_port_mute_yet(scene *s) /* the ServerHello may come */
{
    wrong_port_hello(s, 2);
}

static void odd_port_refused(scene *s) /* an unusual port is legal: refused is all that is known */
{
    ask_srv(s, "0 0 5062 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5062");
    scene_refused(s, &c);
}

static void odd_port_works(scene *s)
{
    ask_srv(s, "0 0 5062 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    sign_in(s, "10.0.0.5:5062");
}

static void other_domain_cut(scene *s)
{
    ask_srv(s, "0 0 5061 pool.fabrikam.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "pool.fabrikam.com", "10.0.0.5");
}

static void other_domain(scene *s)
{
    other_domain_cut(s);
    scene_wait(s, 6);
}

static void other_domain_suffix_only(scene *s) /* evilcontoso.com is not in contoso.com */
{
    ask_srv(s, "0 0 5061 sip.evilcontoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.evilcontoso.com", "10.0.0.5");
    scene_wait(s, 6);
}

static void other_domain_used(scene *s)
{
    ask_srv(s, "0 0 5060 pool.fabrikam.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "pool.fabrikam.com", "10.0.0.5");
    sign_in(s, "10.0.0.5:5060");
}

static void strict_naming_cut(scene *s)
{
    ask_srv(s, "0 0 5061 lc.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "lc.contoso.com", "10.0.0.5");
}

static void strict_naming(scene *s)
{
    strict_naming_cut(s);
    scene_wait(s, 6);
}

static void strict_name_fits(scene *s)
{
    ask_srv(s, "0 0 5061 sip.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
}

static void servfail(scene *s)
{
    ask_srv(s, "SERVFAIL", "SERVFAIL", "SERVFAIL");
}

static void servfail_once(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "SERVFAIL");
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5060 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    sign_in(s, "10.0.0.5:5060");
}

static void no_dns_answer(scene *s)
{
    for (int i = 0; i < 3; i++) {
        scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", NULL);
        scene_wait(s, 3);
    }
}

static void
two_programs_ask(scene *s) /* the same within a moment is no repetition for want of an answer */
{
    for (int i = 0; i < 2; i++)
        scene_lookup(s, "A", "lyncdiscover.contoso.com", NULL);
    scene_wait(s, 10);
}

static void slow_dns_answer(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", NULL);
    scene_wait(s, 3);
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5060 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    sign_in(s, "10.0.0.5:5060");
}

static void no_dns_answer_yet(scene *s) /* the capture ends a second after the query */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", NULL);
    scene_wait(s, 1);
}

static void host_unknown(scene *s)
{
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "sip.contoso.com", "NXDOMAIN");
}

/* A short name goes out with the suffixes of the computer and then as it is. */
static void short_name_unknown(scene *s)
{
    scene_lookup(s, "A", "pool01.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "pool01.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "pool01", "SERVFAIL");
    scene_lookup(s, "AAAA", "pool01", "SERVFAIL");
}

static void short_name_all_fails(scene *s)
{
    scene_lookup(s, "A", "pool01.contoso.com", "SERVFAIL");
    scene_lookup(s, "A", "pool01", "SERVFAIL");
}

static void web_host_unknown(scene *s)
{
    scene_lookup(s, "A", "www.contoso.com", "NXDOMAIN");
}

/* ---- TCP ---- */

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
    sign_in(s, "10.0.0.5:5060");
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

/* ---- TLS ---- */

static scene_conn handshake(scene *s, const char *server, const char *sni, const char *names,
                            int from, int to)
{
    scene_conn c = scene_open(s, server);
    scene_hello(s, &c, sni, 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, names, from, to);
    return c;
}

static void use(scene *s, scene_conn *c)
{
    scene_finish(s, c);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, c, C);
}

static void mismatch(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_alert(s, &c, C, 2, 42);
    scene_close(s, &c, C);
}

static void sound_42(scene *s, const char *sni) /* of OpenSSL: it has no quarrel with the issuer */
{
    s->names_issuers = true;
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = handshake(s, "10.0.0.5:5061", sni, "sip.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 42);
    scene_close(s, &c, C);
}

static void sound_42_named(scene *s) /* compared with something that no packet shows */
{
    sound_42(s, "sip.contoso.com");
}

static void sound_42_nameless(scene *s) /* the lookup was for another connection */
{
    sound_42(s, NULL);
}

static void mismatch_40(scene *s) /* Erlang's word for it */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_alert(s, &c, C, 2, 40);
    scene_close(s, &c, C);
}

static void sound_40(scene *s) /* about another thing than the certificate */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 40);
    scene_close(s, &c, C);
}

static void mismatch_silent(scene *s) /* by the name that was looked up, the client just closes */
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = handshake(s, "10.0.0.5:5061", NULL, "pool.corp.local *.fabrikam.com", -10, 100);
    scene_close(s, &c, C);
}

static void mismatch_after_handshake(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_finish(s, &c);
    scene_close(s, &c, C);
}

static void mismatch_accepted_in_vain(scene *s) /* it minds the silence, and not the name */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_wait(s, 30);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void mismatch_accepted(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    use(s, &c);
}

static void wildcard_match(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "*.contoso.com", -10, 100);
    use(s, &c);
}

static void wildcard_two_labels(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "a.sip.contoso.com", "*.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 42);
}

static void ip_used(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", NULL, "ocs1.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 42);
}

static void ip_used_and_in_certificate(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", NULL, "ocs1.contoso.com ip:10.0.0.5", -10, 100);
    use(s, &c);
}

static void ip_in_certificate_name_asked_later(scene *s) /* for a printer on the same host */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", NULL, "ocs1.contoso.com ip:10.0.0.5", -10, 100);
    scene_finish(s, &c);
    scene_lookup(s, "A", "print.contoso.com", "10.0.0.5");
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void short_name(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "ocs1", "ocs1.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 42);
}

static void old_client_no_name(scene *s) /* TLS 1.0 without SNI: nothing says what it wanted */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0301);
    scene_server_hello(s, &c, 0x0301);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 100);
    scene_close(s, &c, C);
}

static void expired(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -100, -3);
    scene_alert(s, &c, C, 2, 45);
}

static void expires_tomorrow(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -100, 1);
    use(s, &c);
}

static void not_yet(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", 5, 100);
    scene_alert(s, &c, C, 2, 42);
}

static void untrusted(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_alert(s, &c, C, 2, 48);
}

static void self_signed(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "self:sip.contoso.com", -9, 9);
    scene_alert(s, &c, C, 2, 48);
}

static void self_signed_generic_alert(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "self:sip.contoso.com", -9, 9);
    scene_alert(s, &c, C, 2, 42);
}

static void self_signed_wrong_name(scene *s) /* 42 may mean the name: that is what can be proven */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "self:ocs1.corp.local", -9, 9);
    scene_alert(s, &c, C, 2, 42);
}

static void expired_wrong_name(scene *s, uint8_t alert)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -100, -3);
    scene_alert(s, &c, C, 2, alert);
}

static void two_defects_42(scene *s) /* 42 names neither */
{
    expired_wrong_name(s, 42);
}

static void two_defects_45(scene *s)
{
    expired_wrong_name(s, 45);
}

static void two_defects_48(scene *s)
{
    expired_wrong_name(s, 48);
}

static void two_defects_44(scene *s)
{
    expired_wrong_name(s, 44);
}

static void weak_wrong_name(scene *s)
{
    scene_conn c =
        handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sha1:ocs1.corp.local", -10, 100);
    scene_alert(s, &c, C, 2, 46);
}

static void expired_42(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -100, -3);
    scene_alert(s, &c, C, 2, 42);
}

static void
mismatch_access_denied(scene *s) /* 49 speaks of something else, or of nothing in sight */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_alert(s, &c, C, 2, 49);
}

static void self_signed_pinned(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "self:sip.contoso.com", -9, 9);
    use(s, &c);
}

static void unknown_ca_of_server(scene *s) /* about the client's certificate */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_tls(s, &c, CX_TLS_CLIENT_KEY_EXCHANGE, C);
    scene_alert(s, &c, S, 2, 48);
}

static void plain_on_tls(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_close(s, &c, S);
}

static void plain_on_tls_answered(scene *s) /* clear SIP on 5061 by design */
{
    sign_in(s, "10.0.0.5:5061");
}

static void hello_on_plain(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_hello(s, &c, NULL, 0x0303);
    scene_wait(s, 20);
    scene_close(s, &c, C);
}

static void hello_on_plain_went_on(scene *s) /* one direction: what answered is not captured */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_hello(s, &c, NULL, 0x0303);
    scene_tls(s, &c, CX_TLS_CHANGE_CIPHER_SPEC, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_wait(s, 20);
    c.tcp.one_sided = true;
    scene_close(s, &c, C);
}

static void tls_on_5060(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5060", "sip.contoso.com", "sip.contoso.com", -10, 100);
    use(s, &c);
}

static void version(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0301);
    scene_alert(s, &c, S, 2, 70);
    scene_close(s, &c, S);
}

static void version_of_cut_hello(scene *s) /* the snap length left nothing of the ClientHello */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_gap(s, &c, C);
    scene_alert(s, &c, S, 2, 70);
    scene_close(s, &c, S);
}

static void cipher_of_cut_hello(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_gap(s, &c, C);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void list_ciphers(scene *s, int n) /* the same, beside hellos that were answered (nmap) */
{
    for (int i = 0; i < n; i++) {
        scene_conn c = scene_open(s, "10.0.0.5:5061");
        scene_gap(s, &c, C);
        if (i)
            scene_alert(s, &c, S, 2, 40);
        else
            scene_server_hello(s, &c, 0x0303);
        scene_close(s, &c, i ? S : C);
    }
}

static void ciphers_listed(scene *s)
{
    list_ciphers(s, 11);
}

static void ciphers_listed_at_length(scene *s)
{
    list_ciphers(s, 12);
}

static void cipher_of_hidden_hello(scene *s) /* only what the server sends is captured */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    c.tcp.one_sided = true;
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void alert_40_in_the_middle(scene *s) /* a ServerHello may have come before */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    c.tcp.one_sided = c.tcp.mid_stream = true;
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void version_of_cut_text(scene *s) /* SIP without TLS, cut */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_register(s, &c, ALICE, 1, "cut: 1");
    scene_gap(s, &c, C);
    scene_alert(s, &c, S, 2, 70);
    scene_close(s, &c, S);
}

static void version_of_text(scene *s) /* the alert is about bytes that are no TLS */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0303);
    scene_alert(s, &c, C, 2, 70);
    scene_close(s, &c, C);
}

static void hello_reset(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0303);
    scene_reset(s, &c, S);
}

static void cipher(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0303);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void cipher_71(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0303);
    scene_alert(s, &c, S, 2, 71);
    scene_close(s, &c, S);
}

/* Another client is served, by a suite that this one has or lacks. */
static void cipher_beside(scene *s, uint16_t cipher, uint16_t version, const char *sni)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    s->client = "10.0.0.22";
    s->cipher = cipher;
    scene_conn other = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &other, "sip.contoso.com", version);
    scene_server_hello(s, &other, version);
    s->client = "10.0.0.21";
    scene_hello(s, &c, sni, 0x0303);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void cipher_of_others(scene *s)
{
    cipher_beside(s, 0xc02c, 0x0303, "sip.contoso.com");
}

static void cipher_of_both(scene *s) /* then it is not the suite */
{
    cipher_beside(s, 0xc02f, 0x0303, "sip.contoso.com");
}

static void cipher_of_newer(scene *s) /* then it may be the version */
{
    cipher_beside(s, 0x1301, 0x0304, "sip.contoso.com");
}

static void late_alert(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_tls(s, &c, CX_TLS_CLIENT_KEY_EXCHANGE, C);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void silent_reject(scene *s)
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_close(s, &c, C);
}

static void led_by_discovery(scene *s)
{
    ask_srv(s, "0 0 5061 sip.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
}

static void left_after_handshake(scene *s) /* NSS with an issuer that it does not know */
{
    led_by_discovery(s);
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_finish(s, &c);
    scene_close(s, &c, C);
    scene_lookup(s, "A", "sipexternal.contoso.com", "10.0.0.6");
    scene_conn d = scene_syn(s, "10.0.0.6:5061");
    scene_refused(s, &d);
}

static void
probed_after_handshake(scene *s) /* openssl s_client to see whether the port speaks TLS */
{
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_finish(s, &c);
    scene_close(s, &c, C);
}

static void left_by_late_judge(scene *s,
                               const char *names) /* a typed server, and a user who rejects */
{
    s->judges_late = true;
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", names, -10, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, C);
    scene_close(s, &c, C);
}

static void unknown_to_late_judge(scene *s)
{
    left_by_late_judge(s, "sip.contoso.com");
}

static void self_signed_to_late_judge(scene *s)
{
    left_by_late_judge(s, "self:sip.contoso.com");
}

static void late_judge_goes_on(scene *s)
{
    s->judges_late = true;
    scene_conn c = handshake(s, "10.0.0.5:5061", "sip.contoso.com", "sip.contoso.com", -10, 100);
    use(s, &c);
}

static void nameless_to_late_judge(scene *s) /* the name is one that it was asked for before */
{
    s->judges_late = true;
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = handshake(s, "10.0.0.5:5061", NULL, "sip.contoso.com", -10, 100);
    scene_finish(s, &c);
    scene_close(s, &c, C);
}

static void late_judge_leaves_tls13(scene *s)
{
    s->judges_late = true;
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0304);
    scene_server_hello(s, &c, 0x0304);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, C);
    scene_close(s, &c, C);
}

static void left_tls13(scene *s)
{
    led_by_discovery(s);
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0304);
    scene_server_hello(s, &c, 0x0304);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_ENCRYPTED_ALERT, C);
    scene_close(s, &c, C);
}

static void server_closes(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_close(s, &c, S);
}

static void server_mute(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_wait(s, 20);
    scene_close(s, &c, C);
}

static void hello_lost(scene *s) /* not all of it is acknowledged */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_wait(s, 20);
    c.tcp.side[C].retransmissions = 5;
    scene_close(s, &c, C);
}

static void abandoned(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_wait(s, 20);
    scene_close(s, &c, C);
}

static void web_page_left(scene *s) /* a browser that leaves a page half-way */
{
    scene_conn c = handshake(s, "10.0.0.80:443", "www.example.com", "www.example.com", -10, 100);
    scene_close(s, &c, C);
}

/* ---- SIP ---- */

static void answered(scene *s, uint16_t status, const char *headers)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, status, headers);
    scene_close(s, &c, C);
}

static void not_found(scene *s)
{
    answered(s, 404, NULL);
}

static void not_found_4005(scene *s)
{
    answered(s, 404, "ms-diagnostics: 4005");
}

static void not_enabled(scene *s)
{
    answered(s, 403, "ms-diagnostics: 4005");
}

static void no_remote_to(scene *s, const char *server, const char *headers)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 403, headers);
    scene_close(s, &c, C);
}

static void no_remote(scene *s)
{
    no_remote_to(s, "10.0.0.5:443", "ms-diagnostics: 4003");
}

static void no_remote_said(scene *s)
{
    no_remote_to(s, "10.0.0.5:5061", "ms-diagnostics: 4003\nms-user-logon-data: RemoteUser");
}

static void no_remote_edge_unseen(scene *s)
{
    no_remote_to(s, "10.0.0.5:5060", "ms-diagnostics: 4003");
}

static void no_remote_inside(scene *s) /* the number may be about somebody else */
{
    ask_srv(s, "0 0 5061 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    no_remote_to(s, "10.0.0.5:5061", "ms-diagnostics: 4003");
}

static void identity_unseen(scene *s) /* nothing shows that credentials were accepted */
{
    answered(s, 403, "ms-diagnostics: 4004");
}

static void client_version(scene *s)
{
    answered(s, 403, "ms-diagnostics: 17002");
}

static void client_version_warned(scene *s) /* no number, the Warning says it */
{
    answered(s, 403, "Warning: 310 You are currently not using the recommended version");
}

static void not_enabled_in_words(scene *s)
{
    answered(s, 403, "Warning: 399 The user is not enabled for SIP");
}

static void number_beats_words(scene *s)
{
    answered(s, 403,
             "ms-diagnostics: 4003\nWarning: 399 The user is not enabled for remote access");
}

static void other_words(scene *s)
{
    answered(s, 403, "Warning: 399 The user is not authorised for this pool");
}

static void forbidden(scene *s)
{
    answered(s, 403, NULL);
}

static void unavailable(scene *s)
{
    answered(s, 503, NULL);
}

static void unknown_403(scene *s) /* the number says what 403 does not */
{
    answered(s, 403, "ms-diagnostics: 1003");
}

static void no_such_domain(scene *s)
{
    answered(s, 404, "ms-diagnostics: 1005");
}

static void busy_everywhere(scene *s) /* 604 is about the user, 606 about the request */
{
    answered(s, 604, NULL);
}

static void gateway_timeout(scene *s)
{
    answered(s, 504, "ms-diagnostics: 1008");
}

static void temporarily(scene *s)
{
    answered(s, 480, NULL);
}

/* Refusals that are about neither the server's health nor anything else that has an id of its own.
 */
static void payment_required(scene *s)
{
    answered(s, 402, NULL);
}

static void not_allowed(scene *s)
{
    answered(s, 405, NULL);
}

static void gone(scene *s)
{
    answered(s, 410, NULL);
}

static void address_incomplete(scene *s)
{
    answered(s, 484, NULL);
}

static void no_register(scene *s)
{
    answered(s, 501, NULL);
}

static void other_version(scene *s)
{
    answered(s, 505, NULL);
}

static void too_large(scene *s)
{
    answered(s, 513, NULL);
}

static void all_busy(scene *s)
{
    answered(s, 600, NULL);
}

static void declined(scene *s)
{
    answered(s, 603, NULL);
}

static void signed_in(scene *s)
{
    answered(s, 200, NULL);
}

static void redirect_refused(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 301, "Contact: sip:10.0.0.9:5060");
    scene_close(s, &c, C);
    scene_conn d = scene_syn(s, "10.0.0.9:5060");
    scene_refused(s, &d);
}

static void redirect_unknown(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 301, "Contact: sip:home.contoso.com:5060");
    scene_close(s, &c, C);
    scene_lookup(s, "A", "home.contoso.com", "NXDOMAIN");
}

/* The capture ends while the home server may still answer. */
static void redirect_tried(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 301, "Contact: sip:10.0.0.9:5060");
    scene_close(s, &c, C);
    (void)scene_syn(s, "10.0.0.9:5060");
}

static void redirect_works(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 301, "Contact: sip:10.0.0.9:5060");
    scene_close(s, &c, C);
    sign_in(s, "10.0.0.9:5060");
}

/* The home pool is out of reach; the client asks the first server again and is sent there again. */
static void redirect_refused_twice(scene *s)
{
    redirect_refused(s);
    scene_wait(s, 5);
    redirect_refused(s);
}

static void unanswered(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 40);
    scene_close(s, &c, C);
}

/* The client answers a challenge: the packets of the server were not captured. */
static void unanswered_in_sight(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_register(s, &c, ALICE, 2, "Authorization: Digest n1 response");
    scene_wait(s, 40);
}

static void unanswered_twice(scene *s) /* the same without credentials */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_register(s, &c, ALICE, 2, NULL);
    scene_wait(s, 40);
}

static void unanswered_and_left(scene *s) /* the server closes instead */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: NTLM");
    scene_register(s, &c, ALICE, 2, "Authorization: NTLM");
    scene_close(s, &c, S);
}

static void unanswered_yet(scene *s) /* the capture ends five seconds later */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_wait(s, 5);
}

static void unanswered_but_another_is(scene *s) /* a device on the way changes the numbers */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 7, 401, "WWW-Authenticate: NTLM");
    scene_wait(s, 40);
    scene_close(s, &c, C);
}

static void unanswered_without_cseq(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 0, NULL);
    scene_wait(s, 40);
}

/* ---- Servers that turn away without an alert ---- */

static void resets_old_hello(scene *s, uint16_t given_to_others, uint16_t offered)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    s->client = "10.0.0.22";
    scene_conn other = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &other, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &other, given_to_others);
    s->client = "10.0.0.21";
    scene_hello(s, &c, "sip.contoso.com", offered);
    scene_reset(s, &c, S);
}

static void resets_too_old(scene *s)
{
    resets_old_hello(s, 0x0303, 0x0301);
}

static void resets_same_version(scene *s) /* then the version is not the reason */
{
    resets_old_hello(s, 0x0301, 0x0301);
}

static void offers(scene *s, uint16_t max_version, uint32_t fewer_ciphers)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    s->fewer_ciphers = fewer_ciphers;
    scene_hello(s, &c, NULL, max_version);
    scene_alert(s, &c, S, 2, max_version < 0x0303 ? 70 : 40);
    scene_close(s, &c, S);
}

static void falls_back(scene *s) /* to ever older versions, and all are refused */
{
    for (uint16_t version = 0x0303; version >= 0x0300; version--)
        offers(s, version, 0);
}

static void lists_ciphers(scene *s) /* as nmap's ssl-enum-ciphers */
{
    for (uint32_t fewer = 0; fewer < 3; fewer++) {
        offers(s, 0x0303, fewer);
        offers(s, 0x0301, fewer);
    }
}

static void srv_to_old_tls(scene *s) /* the port speaks TLS: an alert says so */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 sip.contoso.com");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn web = scene_open(s, "10.0.0.5:443");
    scene_close(s, &web, C);
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0301);
    scene_alert(s, &c, S, 2, 70);
    scene_close(s, &c, S);
}

/* ---- Authentication ---- */

static scene_conn ntlm(scene *s, const char *challenge, const char *authenticate, uint16_t status,
                       const char *last)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: NTLM\nWWW-Authenticate: Kerberos");
    scene_register(s, &c, ALICE, 2, "Authorization: NTLM");
    scene_answer(s, &c, ALICE, 2, 401, challenge);
    if (authenticate) {
        scene_register(s, &c, ALICE, 3, authenticate);
        scene_answer(s, &c, ALICE, 3, status, last);
    }
    scene_close(s, &c, C);
    return c;
}

static void ntlm_ok(scene *s) /* SEAL and 56-bit dropped: harmless */
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 200, NULL);
}

static void ntlm_password(scene *s)
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 401, "WWW-Authenticate: NTLM");
}

static void identity(scene *s)
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 403, "ms-diagnostics: 4004");
}

static void ntlm_hresult(scene *s)
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 401,
         "WWW-Authenticate: NTLM\nms-diagnostics: 1000 HRESULT=0xC3E93EE4");
}

static void ntlm_hresult_named(scene *s) /* as servers print it, with its name */
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 401,
         "WWW-Authenticate: NTLM\nms-diagnostics: 1000 "
         "HRESULT=0xC3E93EE4(SIP_E_AUTH_NTLMMISMATCH)");
}

static void ntlm_other_hresult(scene *s) /* SIP_E_AUTH_UNAUTHORIZED does not say why */
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x62988255", 401,
         "WWW-Authenticate: NTLM\nms-diagnostics: 1000 HRESULT=0xC3E93EC3");
}

static void handshake_failed(scene *s) /* without the request: only the number says it */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_answer(s, &c, ALICE, 3, 403, "ms-diagnostics: 1000");
    scene_close(s, &c, C);
}

static void ntlm_no_128(scene *s)
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3",
         "Authorization: NTLM authenticate 0x42988255", 401, "WWW-Authenticate: NTLM");
}

static void ntlm_challenge_weak(scene *s) /* no 128-bit offered, the client goes away */
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0x82908205", NULL, 0, NULL);
}

static void ntlm_challenge_good(scene *s) /* everything offered, the user cancelled */
{
    ntlm(s, "WWW-Authenticate: NTLM challenge 0xe29882f3", NULL, 0, NULL);
}

static void kerberos_only(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Kerberos");
    scene_close(s, &c, C);
}

static void digest_newer_only(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1 algorithm=SHA-256");
    scene_wait(s, 8);
}

static void digest_newer_too(scene *s) /* most clients can take MD5: maybe a person is asked */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401,
                 "WWW-Authenticate: Digest n1 algorithm=SHA-256\n"
                 "WWW-Authenticate: Digest n1 algorithm=MD5");
    scene_wait(s, 8);
}

static void kerberos_only_edge(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401,
                 "WWW-Authenticate: Kerberos\nms-user-logon-data: RemoteUser");
    scene_close(s, &c, C);
}

static void kerberos_works(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Kerberos");
    scene_register(s, &c, ALICE, 2, "Authorization: Kerberos token");
    scene_answer(s, &c, ALICE, 2, 200, NULL);
    scene_close(s, &c, C);
}

static void kerberos_then_ntlm(scene *s) /* one attempt: the second scheme works */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Kerberos\nWWW-Authenticate: NTLM");
    scene_register(s, &c, ALICE, 2, "Authorization: Kerberos token");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Kerberos\nWWW-Authenticate: NTLM");
    scene_register(s, &c, ALICE, 3, "Authorization: NTLM");
    scene_answer(s, &c, ALICE, 3, 401, "WWW-Authenticate: NTLM challenge 0xe29882f3");
    scene_register(s, &c, ALICE, 4, "Authorization: NTLM authenticate 0x62988255");
    scene_answer(s, &c, ALICE, 4, 200, NULL);
    scene_close(s, &c, C);
}

static void digest_password(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Digest n2");
}

static void
digest_old_nonce(scene *s) /* a nonce of the day before is refused as a matter of course */
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, "Authorization: Digest old response");
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n2");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest n2 response");
    scene_answer(s, &c, ALICE, 2, 200, NULL);
}

static void digest_stale(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Digest n2 stale");
    scene_register(s, &c, ALICE, 3, "Authorization: Digest n2 response");
    scene_answer(s, &c, ALICE, 3, 200, NULL);
}

/* As kamailio and baresip do it when each nonce is called stale. */
static void stale_so_often(scene *s, uint32_t times, uint16_t status)
{
    static const char *const nonces[] = {"n1", "n2", "n3", "n4", "n5"};
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 401, "WWW-Authenticate: Digest n1");
    for (uint32_t i = 0; i < times; i++) {
        char used[64], offer[64];
        (void)snprintf(used, sizeof used, "Authorization: Digest %s response", nonces[i]);
        (void)snprintf(offer, sizeof offer, "WWW-Authenticate: Digest %s stale", nonces[i + 1]);
        scene_register(s, &c, ALICE, i + 2, used);
        scene_answer(s, &c, ALICE, i + 2, 401, offer);
    }
    if (!status)
        return;
    char used[64];
    (void)snprintf(used, sizeof used, "Authorization: Digest %s response", nonces[times]);
    scene_register(s, &c, ALICE, times + 2, used);
    scene_answer(s, &c, ALICE, times + 2, status, NULL);
}

static void digest_stale_twice(scene *s)
{
    stale_so_often(s, 2, 200);
}

static void digest_stale_always(scene *s)
{
    stale_so_often(s, 3, 0);
}

/* A proxy asks for credentials, and the registrar behind it for its own (RFC 3261 22.3). */
static scene_conn proxy_let_pass(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 407, "WWW-Authenticate: Digest p1 realm=proxy.contoso.com");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest p1 response");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Digest n1 realm=contoso.com");
    return c;
}

static void digest_proxy_and_registrar(scene *s)
{
    scene_conn c = proxy_let_pass(s);
    scene_register(s, &c, ALICE, 3,
                   "Authorization: Digest p1 response\nAuthorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 3, 200, NULL);
}

static scene_conn proxy_of_same_realm(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 407, "Proxy-Authenticate: Digest p1 realm=contoso.com");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest p1 response");
    scene_answer(s, &c, ALICE, 2, 401, "WWW-Authenticate: Digest n1 realm=contoso.com");
    return c;
}

static void digest_same_realm_twice(scene *s)
{
    scene_conn c = proxy_of_same_realm(s);
    scene_register(s, &c, ALICE, 3, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 3, 200, NULL);
}

static void digest_same_realm_refuses(scene *s)
{
    scene_conn c = proxy_of_same_realm(s);
    scene_register(s, &c, ALICE, 3, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 3, 401, "WWW-Authenticate: Digest n2 realm=contoso.com");
}

static void digest_registrar_refuses(scene *s)
{
    scene_conn c = proxy_let_pass(s);
    scene_register(s, &c, ALICE, 3,
                   "Authorization: Digest p1 response\nAuthorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 3, 401, "WWW-Authenticate: Digest n2 realm=contoso.com");
}

static void digest_proxy_refuses(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 407, "WWW-Authenticate: Digest p1 realm=proxy.contoso.com");
    scene_register(s, &c, ALICE, 2, "Authorization: Digest p1 response");
    scene_answer(s, &c, ALICE, 2, 407, "WWW-Authenticate: Digest p2 realm=proxy.contoso.com");
}

static void digest_one_at_a_time(scene *s) /* as baresip 1.0 does: a circle */
{
    scene_conn c = proxy_let_pass(s);
    scene_register(s, &c, ALICE, 3, "Authorization: Digest n1 response");
    scene_answer(s, &c, ALICE, 3, 407, "WWW-Authenticate: Digest p2 realm=proxy.contoso.com");
}

static void next_hop_failed(scene *s) /* as kamailio says it when the next server is away */
{
    answered(s, 477, NULL);
}

/* ---- The table ---- */

static const cx_context demands_all = {.has_min_server = true, .ntlm_min_server = 0x20080030};
static const cx_context demands_128 = {.has_min_server = true, .ntlm_min_server = 0x20000000};
static const cx_context server_pool01 = {.server = "pool01"};
static const cx_context strict = {.naming = CX_NAMING_STRICT};
static const cx_context client_128 = {.has_min_client = true, .ntlm_min_client = 0x20000000};

typedef struct scene_case {
    const char *name;
    void (*play)(scene *s);
    const char *cause;      /* id of the root cause; "" for none */
    const char *outcome;    /* of the first attempt; "" for no attempt */
    const char *confidence; /* of the root cause */
    const cx_context *context;
} scene_case;

static const scene_case cases[] = {
    {"srv_missing", srv_missing, "dns-srv-missing", "failure", "proven", NULL},
    {"srv_missing_but_host_works", srv_missing_but_host_works, "", "success", "", NULL},
    {"srv_missing_host_refused", srv_missing_host_refused, "tcp-connection-refused", "failure",
     "proven", NULL},
    {"srv_missing_domain_host_refused", srv_missing_domain_host_refused, "dns-srv-missing",
     "failure", "proven", NULL},
    {"host_without_aaaa", host_without_aaaa, "", "incomplete", "", NULL},
    {"short_name_unknown", short_name_unknown, "dns-host-unresolvable", "failure", "likely",
     &server_pool01},
    {"short_name_all_fails", short_name_all_fails, "dns-server-failure", "failure", "proven",
     &server_pool01},
    {"host_of_neither_family", host_of_neither_family, "dns-host-unresolvable", "failure", "likely",
     NULL},
    {"refused_then_unread", refused_then_unread, "", "incomplete", "", NULL},
    {"refused_then_untried", refused_then_untried, "", "incomplete", "", NULL},
    {"first_refused_second_without_address", first_refused_second_without_address,
     "tcp-connection-refused", "failure", "proven", NULL},
    {"first_without_address_second_refused", first_without_address_second_refused,
     "dns-srv-target-no-address", "failure", "proven", NULL},
    {"refused_then_past", refused_then_past, "tcp-connection-refused", "failure", "proven", NULL},
    {"refused_and_done", refused_and_done, "tcp-connection-refused", "failure", "proven", NULL},
    {"refused_then_trying", refused_then_trying, "", "incomplete", "", NULL},
    {"autodiscover_only_cut", autodiscover_only_cut, "", "incomplete", "", NULL},
    {"autodiscover_without_aaaa", autodiscover_without_aaaa, "", "incomplete", "", NULL},
    {"autodiscover_only", autodiscover_only, "dns-discovery-exhausted", "failure", "likely", NULL},
    {"target_without_address", target_without_address, "dns-srv-target-no-address", "failure",
     "proven", NULL},
    {"target_without_address_then_open", target_without_address_then_open, "", "incomplete", "",
     NULL},
    {"target_without_aaaa", target_without_aaaa, "", "success", "", NULL},
    {"target_dot", target_dot, "dns-srv-target-dot", "failure", "proven", NULL},
    {"target_dot_beside_real", target_dot_beside_real, "", "success", "", NULL},
    {"wrong_port", wrong_port, "dns-srv-wrong-port", "failure", "proven", NULL},
    {"wrong_port_silent", wrong_port_silent, "dns-srv-wrong-port", "failure", "likely", NULL},
    {"wrong_port_silent_yet", wrong_port_silent_yet, "", "incomplete", "", NULL},
    {"wrong_port_mute", wrong_port_mute, "dns-srv-wrong-port", "failure", "likely", NULL},
    {"wrong_port_mute_yet", wrong_port_mute_yet, "", "incomplete", "", NULL},
    {"odd_port_refused", odd_port_refused, "tcp-connection-refused", "failure", "proven", NULL},
    {"odd_port_works", odd_port_works, "", "success", "", NULL},
    {"other_domain_cut", other_domain_cut, "", "incomplete", "", NULL},
    {"other_domain", other_domain, "dns-srv-target-other-domain", "failure", "likely", NULL},
    {"other_domain_suffix_only", other_domain_suffix_only, "dns-srv-target-other-domain", "failure",
     "likely", NULL},
    {"other_domain_used", other_domain_used, "", "success", "", NULL},
    {"strict_naming_cut", strict_naming_cut, "", "incomplete", "", NULL},
    {"strict_naming", strict_naming, "dns-strict-naming-violation", "failure", "possible", NULL},
    {"strict_naming_told", strict_naming, "dns-strict-naming-violation", "failure", "proven",
     &strict},
    {"strict_name_fits", strict_name_fits, "", "incomplete", "", &strict},
    {"servfail", servfail, "dns-server-failure", "failure", "proven", NULL},
    {"servfail_once", servfail_once, "", "success", "", NULL},
    {"two_programs_ask", two_programs_ask, "", "incomplete", "", NULL},
    {"no_dns_answer", no_dns_answer, "dns-timeout", "failure", "possible", NULL},
    {"slow_dns_answer", slow_dns_answer, "", "success", "", NULL},
    {"no_dns_answer_yet", no_dns_answer_yet, "", "incomplete", "", NULL},
    {"host_unknown", host_unknown, "dns-host-unresolvable", "failure", "likely", NULL},
    {"web_host_unknown", web_host_unknown, "", "", "", NULL},
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
    {"mismatch", mismatch, "tls-cert-name-mismatch", "failure", "proven", NULL},
    {"sound_42_named", sound_42_named, "tls-alert-fatal", "failure", "proven", NULL},
    {"sound_42_nameless", sound_42_nameless, "tls-cert-ip-used", "failure", "likely", NULL},
    {"mismatch_40", mismatch_40, "tls-cert-name-mismatch", "failure", "likely", NULL},
    {"sound_40", sound_40, "tls-alert-fatal", "failure", "proven", NULL},
    {"mismatch_silent", mismatch_silent, "tls-cert-name-mismatch", "failure", "likely", NULL},
    {"mismatch_after_handshake", mismatch_after_handshake, "tls-cert-name-mismatch", "failure",
     "likely", NULL},
    {"mismatch_accepted", mismatch_accepted, "", "success", "", NULL},
    {"mismatch_accepted_in_vain", mismatch_accepted_in_vain, "tcp-accepted-silent", "failure",
     "likely", NULL},
    {"wildcard_match", wildcard_match, "", "success", "", NULL},
    {"wildcard_two_labels", wildcard_two_labels, "tls-cert-name-mismatch", "failure", "proven",
     NULL},
    {"ip_used", ip_used, "tls-cert-ip-used", "failure", "likely", NULL},
    {"ip_used_and_in_certificate", ip_used_and_in_certificate, "", "success", "", NULL},
    {"ip_in_certificate_name_asked_later", ip_in_certificate_name_asked_later, "", "incomplete", "",
     NULL},
    {"short_name", short_name, "tls-cert-ip-used", "failure", "proven", NULL},
    {"old_client_no_name", old_client_no_name, "tls-client-silent-reject", "failure", "likely",
     NULL},
    {"expired", expired, "tls-cert-expired", "failure", "proven", NULL},
    {"expires_tomorrow", expires_tomorrow, "", "success", "", NULL},
    {"not_yet", not_yet, "tls-cert-not-yet-valid", "failure", "proven", NULL},
    {"untrusted", untrusted, "tls-cert-untrusted", "failure", "proven", NULL},
    {"self_signed", self_signed, "tls-cert-self-signed", "failure", "proven", NULL},
    {"self_signed_generic_alert", self_signed_generic_alert, "tls-cert-self-signed", "failure",
     "likely", NULL},
    {"self_signed_wrong_name", self_signed_wrong_name, "tls-cert-name-mismatch", "failure",
     "likely", NULL},
    {"two_defects_42", two_defects_42, "tls-cert-name-mismatch", "failure", "likely", NULL},
    {"two_defects_45", two_defects_45, "tls-cert-expired", "failure", "proven", NULL},
    {"two_defects_48", two_defects_48, "tls-cert-untrusted", "failure", "proven", NULL},
    {"two_defects_44", two_defects_44, "tls-cert-revoked", "failure", "proven", NULL},
    {"weak_wrong_name", weak_wrong_name, "tls-cert-name-mismatch", "failure", "likely", NULL},
    {"expired_42", expired_42, "tls-cert-expired", "failure", "proven", NULL},
    {"mismatch_access_denied", mismatch_access_denied, "tls-cert-name-mismatch", "failure",
     "likely", NULL},
    {"self_signed_pinned", self_signed_pinned, "", "success", "", NULL},
    {"unknown_ca_of_server", unknown_ca_of_server, "tls-alert-fatal", "failure", "proven", NULL},
    {"plain_on_tls", plain_on_tls, "tls-plain-sip-on-tls-port", "failure", "likely", NULL},
    {"plain_on_tls_answered", plain_on_tls_answered, "", "success", "", NULL},
    {"hello_on_plain", hello_on_plain, "tls-hello-on-plain-port", "failure", "likely", NULL},
    {"hello_on_plain_went_on", hello_on_plain_went_on, "", "incomplete", "", NULL},
    {"tls_on_5060", tls_on_5060, "", "success", "", NULL},
    {"version", version, "tls-version-mismatch", "failure", "proven", NULL},
    {"cipher_of_cut_hello", cipher_of_cut_hello, "tls-no-common-cipher", "failure", "likely", NULL},
    {"ciphers_listed", ciphers_listed, "tls-alert-fatal", "failure", "proven", NULL},
    {"ciphers_listed_at_length", ciphers_listed_at_length, "", "incomplete", "", NULL},
    {"cipher_of_hidden_hello", cipher_of_hidden_hello, "tls-no-common-cipher", "failure", "likely",
     NULL},
    {"alert_40_in_the_middle", alert_40_in_the_middle, "tls-alert-fatal", "failure", "proven",
     NULL},
    {"version_of_cut_hello", version_of_cut_hello, "tls-version-mismatch", "failure", "likely",
     NULL},
    {"version_of_cut_text", version_of_cut_text, "tls-plain-sip-on-tls-port", "failure", "proven",
     NULL},
    {"version_of_text", version_of_text, "tls-alert-fatal", "failure", "proven", NULL},
    {"hello_reset", hello_reset, "tcp-reset-established", "failure", "proven", NULL},
    {"cipher", cipher, "tls-no-common-cipher", "failure", "likely", NULL},
    {"cipher_71", cipher_71, "tls-no-common-cipher", "failure", "proven", NULL},
    {"cipher_of_others", cipher_of_others, "tls-no-common-cipher", "failure", "proven", NULL},
    {"cipher_of_both", cipher_of_both, "tls-no-common-cipher", "failure", "likely", NULL},
    {"cipher_of_newer", cipher_of_newer, "tls-no-common-cipher", "failure", "likely", NULL},
    {"late_alert", late_alert, "tls-alert-fatal", "failure", "proven", NULL},
    {"silent_reject", silent_reject, "tls-client-silent-reject", "failure", "likely", NULL},
    {"left_after_handshake", left_after_handshake, "tls-cert-untrusted", "failure", "likely", NULL},
    {"probed_after_handshake", probed_after_handshake, "", "incomplete", "", NULL},
    {"unknown_to_late_judge", unknown_to_late_judge, "tls-cert-untrusted", "failure", "possible",
     NULL},
    {"self_signed_to_late_judge", self_signed_to_late_judge, "tls-cert-self-signed", "failure",
     "possible", NULL},
    {"late_judge_leaves_tls13", late_judge_leaves_tls13, "tls-client-silent-reject", "failure",
     "possible", NULL},
    {"nameless_to_late_judge", nameless_to_late_judge, "tls-cert-ip-used", "failure", "likely",
     NULL},
    {"late_judge_goes_on", late_judge_goes_on, "", "success", "", NULL},
    {"left_tls13", left_tls13, "tls-client-silent-reject", "failure", "possible", NULL},
    {"server_closes", server_closes, "tls-server-silent-close", "failure", "likely", NULL},
    {"server_mute", server_mute, "tls-server-no-reply", "failure", "likely", NULL},
    {"hello_lost", hello_lost, "tls-server-no-reply", "failure", "likely", NULL},
    {"abandoned", abandoned, "tls-handshake-abandoned", "failure", "possible", NULL},
    {"web_page_left", web_page_left, "", "", "", NULL},
    {"not_found", not_found, "sip-uri-not-found", "failure", "proven", NULL},
    {"not_found_4005", not_found_4005, "sip-uri-not-found", "failure", "proven", NULL},
    {"not_enabled", not_enabled, "sip-user-not-enabled", "failure", "proven", NULL},
    {"no_remote", no_remote, "sip-remote-access-denied", "failure", "proven", NULL},
    {"no_remote_said", no_remote_said, "sip-remote-access-denied", "failure", "proven", NULL},
    {"no_remote_edge_unseen", no_remote_edge_unseen, "sip-remote-access-denied", "failure",
     "likely", NULL},
    {"no_remote_inside", no_remote_inside, "sip-remote-access-denied", "failure", "possible", NULL},
    {"identity", identity, "sip-identity-mismatch", "failure", "proven", NULL},
    {"identity_unseen", identity_unseen, "sip-identity-mismatch", "failure", "likely", NULL},
    {"client_version", client_version, "sip-client-version-blocked", "failure", "proven", NULL},
    {"client_version_warned", client_version_warned, "sip-client-version-blocked", "failure",
     "proven", NULL},
    {"not_enabled_in_words", not_enabled_in_words, "sip-user-not-enabled", "failure", "proven",
     NULL},
    {"number_beats_words", number_beats_words, "sip-remote-access-denied", "failure", "likely",
     NULL},
    {"other_words", other_words, "sip-forbidden", "failure", "proven", NULL},
    {"forbidden", forbidden, "sip-forbidden", "failure", "proven", NULL},
    {"unavailable", unavailable, "sip-service-unavailable", "failure", "proven", NULL},
    {"unknown_403", unknown_403, "sip-uri-not-found", "failure", "proven", NULL},
    {"no_such_domain", no_such_domain, "sip-server-timeout", "failure", "proven", NULL},
    {"busy_everywhere", busy_everywhere, "sip-uri-not-found", "failure", "proven", NULL},
    {"gateway_timeout", gateway_timeout, "sip-server-timeout", "failure", "proven", NULL},
    {"temporarily", temporarily, "sip-temporarily-unavailable", "failure", "proven", NULL},
    {"payment_required", payment_required, "sip-register-refused", "failure", "proven", NULL},
    {"not_allowed", not_allowed, "sip-register-refused", "failure", "proven", NULL},
    {"gone", gone, "sip-register-refused", "failure", "proven", NULL},
    {"address_incomplete", address_incomplete, "sip-register-refused", "failure", "proven", NULL},
    {"no_register", no_register, "sip-register-refused", "failure", "proven", NULL},
    {"other_version", other_version, "sip-register-refused", "failure", "proven", NULL},
    {"too_large", too_large, "sip-parse-error", "failure", "proven", NULL},
    {"all_busy", all_busy, "sip-register-refused", "failure", "proven", NULL},
    {"declined", declined, "sip-register-refused", "failure", "proven", NULL},
    {"signed_in", signed_in, "", "success", "", NULL},
    {"redirect_refused", redirect_refused, "sip-redirect-failed", "failure", "proven", NULL},
    {"redirect_refused_twice", redirect_refused_twice, "sip-redirect-failed", "failure", "proven",
     NULL},
    {"redirect_unknown", redirect_unknown, "sip-redirect-failed", "failure", "proven", NULL},
    {"redirect_tried", redirect_tried, "", "incomplete", "", NULL},
    {"redirect_works", redirect_works, "", "success", "", NULL},
    {"unanswered", unanswered, "sip-register-unanswered", "failure", "proven", NULL},
    {"unanswered_in_sight", unanswered_in_sight, "", "incomplete", "", NULL},
    {"unanswered_twice", unanswered_twice, "sip-register-unanswered", "failure", "likely", NULL},
    {"unanswered_and_left", unanswered_and_left, "sip-register-unanswered", "failure", "proven",
     NULL},
    {"unanswered_yet", unanswered_yet, "", "incomplete", "", NULL},
    {"unanswered_but_another_is", unanswered_but_another_is, "", "incomplete", "", NULL},
    {"resets_too_old", resets_too_old, "tls-version-mismatch", "failure", "likely", NULL},
    {"resets_same_version", resets_same_version, "tcp-reset-established", "failure", "proven",
     NULL},
    {"falls_back", falls_back, "tls-no-common-cipher", "failure", "likely", NULL},
    {"lists_ciphers", lists_ciphers, "", "incomplete", "", NULL},
    {"srv_to_old_tls", srv_to_old_tls, "tls-version-mismatch", "failure", "proven", NULL},
    {"unanswered_without_cseq", unanswered_without_cseq, "", "incomplete", "", NULL},
    {"ntlm_ok", ntlm_ok, "", "success", "", NULL},
    {"ntlm_ok_policy_elsewhere", ntlm_ok, "", "success", "", &demands_all},
    {"ntlm_password", ntlm_password, "sip-auth-failed", "failure", "proven", NULL},
    {"ntlm_password_policy_met", ntlm_password, "sip-auth-failed", "failure", "proven",
     &demands_128},
    {"ntlm_seal_demanded", ntlm_password, "ntlm-session-security-mismatch", "failure", "proven",
     &demands_all},
    {"ntlm_hresult", ntlm_hresult, "ntlm-session-security-mismatch", "failure", "proven", NULL},
    {"ntlm_hresult_named", ntlm_hresult_named, "ntlm-session-security-mismatch", "failure",
     "proven", NULL},
    {"ntlm_other_hresult", ntlm_other_hresult, "sip-auth-failed", "failure", "proven", NULL},
    {"handshake_failed", handshake_failed, "sip-auth-failed", "failure", "proven", NULL},
    {"ntlm_no_128", ntlm_no_128, "sip-auth-failed", "failure", "proven", NULL},
    {"ntlm_no_128_demanded", ntlm_no_128, "ntlm-session-security-mismatch", "failure", "proven",
     &demands_128},
    {"ntlm_challenge_weak", ntlm_challenge_weak, "ntlm-session-security-mismatch", "failure",
     "possible", NULL},
    {"ntlm_challenge_weak_told", ntlm_challenge_weak, "ntlm-session-security-mismatch", "failure",
     "proven", &client_128},
    {"ntlm_challenge_good", ntlm_challenge_good, "", "incomplete", "", NULL},
    {"kerberos_only", kerberos_only, "sip-auth-no-common-scheme", "failure", "likely", NULL},
    {"digest_newer_only", digest_newer_only, "sip-auth-no-common-scheme", "failure", "likely",
     NULL},
    {"digest_newer_too", digest_newer_too, "", "incomplete", "", NULL},
    {"kerberos_only_edge", kerberos_only_edge, "sip-kerberos-only-external", "failure", "likely",
     NULL},
    {"kerberos_works", kerberos_works, "", "success", "", NULL},
    {"kerberos_then_ntlm", kerberos_then_ntlm, "", "success", "", NULL},
    {"digest_password", digest_password, "sip-auth-failed", "failure", "proven", NULL},
    {"digest_old_nonce", digest_old_nonce, "", "success", "", NULL},
    {"digest_stale", digest_stale, "", "success", "", NULL},
    {"digest_stale_twice", digest_stale_twice, "", "success", "", NULL},
    {"digest_stale_always", digest_stale_always, "sip-auth-failed", "failure", "proven", NULL},
    {"digest_two_realms", digest_proxy_and_registrar, "", "success", "", NULL},
    {"digest_same_realm", digest_same_realm_twice, "", "success", "", NULL},
    {"digest_same_realm_refuses", digest_same_realm_refuses, "sip-auth-failed", "failure", "proven",
     NULL},
    {"digest_registrar_refuses", digest_registrar_refuses, "sip-auth-failed", "failure", "proven",
     NULL},
    {"digest_proxy_refuses", digest_proxy_refuses, "sip-auth-failed", "failure", "proven", NULL},
    {"digest_one_at_a_time", digest_one_at_a_time, "sip-auth-failed", "failure", "proven", NULL},
    {"next_hop_failed", next_hop_failed, "sip-server-timeout", "failure", "proven", NULL},
};

static void play(const scene_case *k, scene *s)
{
    scene_start(s, k->context);
    k->play(s);
    if (strcmp(k->outcome, "failure") == 0)
        scene_wait(s, 6); /* before, the client may go on: test_ahead.c */
    scene_end(s);
}

static void test_case(void **state)
{
    const scene_case *k = *state;
    scene s;
    play(k, &s);
    const char *confidence = scene_text(&s, k->cause, "confidence");
    if (strcmp(scene_cause(&s, 0), k->cause) || strcmp(scene_outcome(&s, 0), k->outcome) ||
        strcmp(confidence, k->confidence)) {
        char *dump = json_dumps(s.findings, JSON_INDENT(1));
        print_message("%s: cause %s, outcome %s, confidence %s\n%s\n", k->name, scene_cause(&s, 0),
                      scene_outcome(&s, 0), confidence, dump);
        free(dump);
        fail();
    }
    if (strcmp(k->outcome, "failure") != 0)
        assert_int_equal(scene_count(&s, "failure"), 0);
    if (*k->cause) {
        assert_string_equal(scene_text(&s, k->cause, "role"), "root-cause");
        assert_true(json_array_size(json_object_get(scene_finding(&s, k->cause), "evidence")) > 0);
    }
    scene_free(&s);
}

/* Every {name} of every sentence that was shown was set. */
static void test_sentences_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene s;
        size_t k;
        json_t *f;
        play(&cases[i], &s);
        json_array_foreach(s.findings, k, f)
        {
            const char *text = json_string_value(json_object_get(f, "explanation"));
            const char *remedy = json_string_value(json_object_get(f, "remedy"));
            if (strchr(text, '{') || strchr(remedy, '{'))
                fail_msg("%s: %s / %s", cases[i].name, text, remedy);
        }
        scene_free(&s);
    }
}

/* By test_logon.c, test_handshake.c, test_sip_protocol.c, test_challenge.c, test_server.c,
 * test_issuer.c, test_autodiscover.c and test_notes.c. */
static bool is_tested_elsewhere(const cx_rule *r)
{
    static const char *const ids[] = {
        "tls-client-cert-missing", "tls-client-cert-rejected", "tls-cert-revoked",
        "tls-cert-wrong-eku",      "sip-redirect-loop",        "sip-interval-brief",
        "sip-transport-refused",   "sip-webticket-failed",     "sip-clock-skew",
        "sip-digest-loop",         "sip-parse-error",          "dns-truncated-tcp-blocked",
        "tls-sni-problem",         "tls-ca-list-truncated",    "tls-cert-weak",
        "tcp-mtu-blackhole",       "proxy-connect-refused",    "proxy-auth-required",
        "proxy-tls-interception",  "proxy-bypass-blocked",     "tls-cert-chain-incomplete",
        "tls-crl-unreachable",     "tls-not-sip-service",      "autodiscover-http-failed",
        "autodiscover-loop"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (strcmp(ids[i], r->id) == 0)
            return true;
    return false;
}

/* Every rule is the root cause of some case, and every record is complete. */
static void test_every_rule_fires(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++) {
        const cx_rule *r = cx_rules[i];
        /* Notes and warnings are no cause: test_notes.c. */
        bool fired = r->logon || !cx_rule_may_stop(r) || is_tested_elsewhere(r);
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
            fired |= strcmp(cases[k].cause, r->id) == 0;
        if (!fired)
            fail_msg("no case fires %s", r->id);
        assert_non_null(r->title);
        assert_non_null(r->evidence);
        assert_non_null(r->rules_out);
        assert_non_null(r->traps);
        assert_non_null(r->explain);
        assert_non_null(r->remedy);
        assert_non_null(r->source);
        assert_ptr_equal(cx_rule_named(r->id), r);
    }
    assert_null(cx_rule_named("no-such-rule"));
}

static bool shadows(const cx_rule *x, const cx_rule *y)
{
    for (const char *const *id = x->shadows; id && *id; id++)
        if (strcmp(*id, y->id) == 0)
            return true;
    return false;
}

/* Two rules that explain each other would both vanish, and a failure with them. */
static void test_no_two_shadow_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++)
        for (size_t k = 0; k <= i; k++)
            if (shadows(cx_rules[i], cx_rules[k]) && shadows(cx_rules[k], cx_rules[i]))
                fail_msg("%s and %s", cx_rules[i]->id, cx_rules[k]->id);
}

int main(void)
{
    static struct CMUnitTest tests[sizeof cases / sizeof *cases + 3];
    size_t n = 0;
    for (; n < sizeof cases / sizeof *cases; n++)
        tests[n] =
            (struct CMUnitTest){cases[n].name, test_case, NULL, NULL, (void *)(uintptr_t)&cases[n]};
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_sentences_complete);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_every_rule_fires);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_no_two_shadow_each_other);
    return _cmocka_run_group_tests("rules", tests, n, NULL, NULL);
}
