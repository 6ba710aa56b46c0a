/* Scenes of Discovery and DNS (rules_scenes.h). */
#include "rules_scenes.h"

void scene_ask_srv(scene *s, const char *tls, const char *tcp, const char *outside)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", tls);
    scene_lookup(s, "SRV", "_sipinternal._tcp.contoso.com", tcp);
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", outside);
}

void scene_sign_in(scene *s, const char *server)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_close(s, &c, C);
}

static void srv_missing(scene *s)
{
    scene_ask_srv(s, "NXDOMAIN", "NXDOMAIN", "NODATA");
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
}

static void srv_missing_but_host_works(scene *s)
{
    scene_ask_srv(s, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_sign_in(s, "10.0.0.5:5060");
}

static void srv_missing_host_refused(scene *s)
{
    scene_ask_srv(s, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
}

static void srv_missing_domain_host_refused(scene *s)
{
    scene_ask_srv(s, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN");
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
    scene_ask_srv(s, "0 0 5061 ocs1.contoso.com", "0 0 5060 ocs2.contoso.com", "NXDOMAIN");
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
    scene_ask_srv(s, "0 0 5061 ocs1.contoso.com", "0 0 5060 ocs2.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
}

static void refused_then_past(scene *s) /* it asks for other names: the second record is left */
{
    scene_ask_srv(s, "0 0 5061 ocs1.contoso.com, 10 0 5061 ocs2.contoso.com", "NXDOMAIN",
                  "NXDOMAIN");
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
    scene_ask_srv(s, "0 0 5061 ocs1.contoso.com, 10 0 5061 ocs2.contoso.com", "NXDOMAIN",
                  "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_lookup(s, "A", "ocs2.contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

static void first_without_address_second_refused(scene *s)
{
    scene_ask_srv(s, "0 0 5061 ocs2.contoso.com, 10 0 5061 ocs1.contoso.com", "NXDOMAIN",
                  "NXDOMAIN");
    scene_lookup(s, "A", "ocs2.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_wait(s, 6);
}

static void refused_then_trying(scene *s)
{
    scene_ask_srv(s, "0 0 5061 ocs1.contoso.com", "0 0 5060 ocs2.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_lookup(s, "A", "ocs2.contoso.com", "10.0.0.6");
    scene_syn(s, "10.0.0.6:5060");
    scene_wait(s, 2);
}

static void target_without_address(scene *s)
{
    scene_ask_srv(s, "0 0 5061 ocs9.contoso.com", "NXDOMAIN", "NXDOMAIN");
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
    scene_ask_srv(s, "0 0 5060 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "AAAA", "ocs1.contoso.com", "NODATA");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_sign_in(s, "10.0.0.5:5060");
}

static void target_dot(scene *s)
{
    scene_ask_srv(s, "0 0 0 .", "NXDOMAIN", "NXDOMAIN");
}

static void target_dot_beside_real(scene *s)
{
    scene_ask_srv(s, "0 0 0 .,10 0 5060 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_sign_in(s, "10.0.0.5:5060");
}

static void wrong_port(scene *s)
{
    scene_ask_srv(s, "0 0 5062 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
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
    scene_ask_srv(s, "0 0 5060 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
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
    scene_ask_srv(s, "0 0 5062 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5062");
    scene_refused(s, &c);
}

static void odd_port_works(scene *s)
{
    scene_ask_srv(s, "0 0 5062 ocs1.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_sign_in(s, "10.0.0.5:5062");
}

static void other_domain_cut(scene *s)
{
    scene_ask_srv(s, "0 0 5061 pool.fabrikam.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "pool.fabrikam.com", "10.0.0.5");
}

static void other_domain(scene *s)
{
    other_domain_cut(s);
    scene_wait(s, 6);
}

static void other_domain_suffix_only(scene *s) /* evilcontoso.com is not in contoso.com */
{
    scene_ask_srv(s, "0 0 5061 sip.evilcontoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.evilcontoso.com", "10.0.0.5");
    scene_wait(s, 6);
}

static void other_domain_used(scene *s)
{
    scene_ask_srv(s, "0 0 5060 pool.fabrikam.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "pool.fabrikam.com", "10.0.0.5");
    scene_sign_in(s, "10.0.0.5:5060");
}

static void strict_naming_cut(scene *s)
{
    scene_ask_srv(s, "0 0 5061 lc.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "lc.contoso.com", "10.0.0.5");
}

static void strict_naming(scene *s)
{
    strict_naming_cut(s);
    scene_wait(s, 6);
}

static void strict_name_fits(scene *s)
{
    scene_ask_srv(s, "0 0 5061 sip.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
}

static void servfail(scene *s)
{
    scene_ask_srv(s, "SERVFAIL", "SERVFAIL", "SERVFAIL");
}

static void servfail_once(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "SERVFAIL");
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5060 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_sign_in(s, "10.0.0.5:5060");
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
    scene_sign_in(s, "10.0.0.5:5060");
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

static void short_name_refused(scene *s) /* the name with a suffix was asked before the capture */
{
    scene_lookup(s, "A", "pool01", "REFUSED");
    scene_lookup(s, "AAAA", "pool01", "REFUSED");
    scene_wait(s, 40);
}

static void web_host_unknown(scene *s)
{
    scene_lookup(s, "A", "www.contoso.com", "NXDOMAIN");
}

static const cx_context server_pool01 = {.server = "pool01"};
static const cx_context strict = {.naming = CX_NAMING_STRICT};

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
    {"short_name_refused", short_name_refused, "", "incomplete", "", &server_pool01},
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
};

const scene_family rules_discovery = {cases, sizeof cases / sizeof *cases};
