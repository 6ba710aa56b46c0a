/* Names that are missing, and DNS servers that fail: for each thing that rules one of these out,
 * and each trap, a pair of scenes in which only that differs. */
#include "said_cases.h"

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

#define INSIDE_TLS "_sipinternaltls._tcp.contoso.com"
#define INSIDE_TCP "_sipinternal._tcp.contoso.com"
#define OUTSIDE    "_sip._tls.contoso.com"

static void ask(scene *s, const char *inside, const char *tcp, const char *outside)
{
    if (inside)
        scene_lookup(s, "SRV", INSIDE_TLS, inside);
    if (tcp)
        scene_lookup(s, "SRV", INSIDE_TCP, tcp);
    if (outside)
        scene_lookup(s, "SRV", OUTSIDE, outside);
}

static void sign_in(scene *s, const char *server)
{
    scene_conn c = scene_open(s, server);
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 200, NULL);
    scene_close(s, &c, C);
}

static void refused(scene *s, const char *server)
{
    scene_conn c = scene_syn(s, server);
    scene_refused(s, &c);
    scene_wait(s, 6);
}

/* ---- dns-srv-missing ---- */

static void missing(scene *s)
{
    ask(s, "NXDOMAIN", "NXDOMAIN", "NODATA");
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

static void missing_inside_only(scene *s) /* normal outside */
{
    ask(s, "NXDOMAIN", "NXDOMAIN", "0 0 443 access.contoso.com");
    scene_lookup(s, "A", "access.contoso.com", "203.0.113.5");
    scene_wait(s, 6);
}

static void missing_outside_only(scene *s) /* normal inside */
{
    ask(s, "0 0 5061 sip.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_wait(s, 6);
}

static void missing_unanswered(scene *s) /* the answer that counts is not in the capture */
{
    ask(s, "NXDOMAIN", "NXDOMAIN", NULL);
    scene_lookup(s, "SRV", OUTSIDE, NULL);
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

static void missing_first_unseen(scene *s) /* asked before the capture began */
{
    ask(s, NULL, "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

static void missing_of_answers(scene *s, const char *outside) /* no question is in the capture */
{
    s->unasked = true;
    ask(s, "NXDOMAIN", "NXDOMAIN", outside);
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

static void missing_of_all_answers(scene *s)
{
    missing_of_answers(s, "NXDOMAIN");
}

static void missing_of_some_answers(scene *s)
{
    missing_of_answers(s, NULL);
}

static void missing_but_works(scene *s)
{
    missing(s);
    sign_in(s, "10.0.0.5:5060"); /* by an address that the client knows */
}

static void missing_but_served(scene *s) /* the server speaks, whatever becomes of it */
{
    missing(s);
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "pool.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
}

static void missing_with_suffix(scene *s) /* Windows repeats each name with its suffixes */
{
    scene_lookup(s, "SRV", INSIDE_TLS, "0 0 5061 sip.contoso.com");
    scene_lookup(s, "SRV", INSIDE_TLS ".corp.local", "NXDOMAIN");
    scene_wait(s, 6);
}

/* The capture begins between a name and the same with a suffix: what D.corp.local has is not what D
 * has. */
static void missing_first_with_suffix(scene *s)
{
    scene_lookup(s, "SRV", INSIDE_TLS ".corp.local", "NXDOMAIN");
    ask(s, NULL, "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

static void standard(scene *s, const char *domain)
{
    scene_lookup(s, "SRV", "_sip._tcp.contoso.com", "NXDOMAIN");
    scene_lookup(s, "SRV", "_sip._udp.contoso.com", "NXDOMAIN");
    if (domain)
        scene_lookup(s, "A", "contoso.com", domain);
    scene_wait(s, 6);
}

static void standard_missing(scene *s)
{
    standard(s, "NXDOMAIN");
}

static void standard_goes_on(scene *s) /* to the host of the domain (RFC 3263 4.2) */
{
    standard(s, "10.0.0.5");
}

static void standard_unasked(scene *s)
{
    standard(s, NULL);
}

static void missing_but_host(scene *s) /* the capture ends before the connection */
{
    ask(s, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
}

static void standard_unread(scene *s, const char *head)
{
    scene_cut_question(s, head);
    standard(s, "NXDOMAIN");
}

static void standard_behind_cut(scene *s) /* names of Communications Server are longer */
{
    standard_unread(s, "_sipinterna");
}

static void standard_behind_other(scene *s) /* of another program */
{
    standard_unread(s, "_sip-and-more");
}

/* ---- dns-discovery-exhausted ---- */

static void exhausted(scene *s, const char *inside, const char *outside)
{
    scene_lookup(s, "A", "lyncdiscoverinternal.contoso.com", inside);
    scene_lookup(s, "A", "lyncdiscover.contoso.com", outside);
}

static void autodiscover_alone(scene *s)
{
    exhausted(s, "NXDOMAIN", "NXDOMAIN");
    scene_wait(s, 6);
}

static void autodiscover_behind_cut(scene *s)
{
    exhausted(s, "NXDOMAIN", "NXDOMAIN");
    scene_cut_question(s, "");
    scene_wait(s, 6);
}

static void autodiscover_found(scene *s)
{
    exhausted(s, "NXDOMAIN", "203.0.113.9");
    scene_wait(s, 6);
}

static void autodiscover_and_srv(scene *s) /* dns-srv-missing judges those */
{
    exhausted(s, "NXDOMAIN", "NXDOMAIN");
    missing(s);
}

static void autodiscover_and_address(scene *s) /* the client has an address of its own */
{
    exhausted(s, "NXDOMAIN", "NXDOMAIN");
    refused(s, "10.0.0.5:5061");
}

static void autodiscover_and_hosts(scene *s)
{
    exhausted(s, "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

static void autodiscover_and_found_host(scene *s)
{
    exhausted(s, "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_wait(s, 6);
}

static void hosts_alone(scene *s)
{
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_wait(s, 6);
}

/* ---- dns-server-failure ---- */

static void fails(scene *s)
{
    ask(s, "SERVFAIL", "SERVFAIL", "SERVFAIL");
    scene_wait(s, 6);
}

static void refuses(scene *s)
{
    ask(s, "REFUSED", "REFUSED", "REFUSED");
    scene_wait(s, 6);
}

static void fails_at_first(scene *s) /* EDNS, a second resolver: the first good answer counts */
{
    ask(s, "SERVFAIL", "SERVFAIL", "SERVFAIL");
    s->resolver = "10.0.0.54";
    ask(s, "NXDOMAIN", "NXDOMAIN", "NXDOMAIN");
    scene_wait(s, 6);
}

static void without_edns(scene *s, const char *then) /* a server that does not know EDNS */
{
    ask(s, "FORMERR", "FORMERR", "FORMERR");
    ask(s, then, then, then);
    scene_wait(s, 6);
}

static void formerr_then_good(scene *s)
{
    without_edns(s, "0 0 5061 sip.contoso.com");
}

static void formerr_then_none(scene *s) /* a good answer too */
{
    without_edns(s, "NXDOMAIN");
}

static void formerr_again(scene *s)
{
    without_edns(s, "FORMERR");
}

static void formerr_among_others(scene *s) /* what came without EDNS is not in the capture */
{
    ask(s, "NXDOMAIN", "FORMERR", "NXDOMAIN");
    scene_wait(s, 6);
}

static void formerr_of_another(scene *s) /* that one resolver answers says nothing of another */
{
    ask(s, "NXDOMAIN", NULL, NULL);
    s->resolver = "10.0.0.54";
    ask(s, NULL, "FORMERR", "FORMERR");
    scene_wait(s, 6);
}

static void fails_for_one(scene *s)
{
    ask(s, "0 0 5061 sip.contoso.com", "SERVFAIL", "SERVFAIL");
    scene_wait(s, 6);
}

static void fails_but_works(scene *s)
{
    fails(s);
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "pool.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
}

static void fails_elsewhere(scene *s) /* of another program */
{
    ask(s, "0 0 5061 sip.contoso.com", "NXDOMAIN", "NXDOMAIN");
    scene_lookup(s, "A", "www.example.com", "SERVFAIL");
    scene_wait(s, 6);
}

/* ---- dns-timeout ---- */

static void unheard(scene *s, int times, double apart)
{
    for (int i = 0; i < times; i++) {
        scene_lookup(s, "SRV", INSIDE_TLS, NULL);
        scene_wait(s, apart);
    }
}

static void mute(scene *s)
{
    unheard(s, 3, 3);
}

static void fragments(scene *s, const char *then) /* of each answer the first alone */
{
    for (int i = 0; i < 3; i++) {
        scene_lookup(s, "SRV", INSIDE_TLS, "FRAGMENT");
        scene_wait(s, 3);
    }
    if (then)
        scene_lookup(s, "SRV", INSIDE_TLS, then);
    scene_wait(s, 6);
}

static void fragments_alone(scene *s)
{
    fragments(s, NULL);
}

static void fragments_then_whole(scene *s)
{
    fragments(s, "0 0 5061 sip.contoso.com");
}

static void mute_once(scene *s) /* one lost datagram is no fault */
{
    unheard(s, 1, 9);
}

static void mute_for_three_seconds(scene *s)
{
    unheard(s, 2, 1.5);
}

static void mute_then_answers(scene *s)
{
    mute(s);
    scene_lookup(s, "SRV", INSIDE_TLS, "NXDOMAIN");
    scene_wait(s, 6);
}

static void mute_but_connects(scene *s) /* the answer came past the capture */
{
    mute(s);
    refused(s, "10.0.0.5:5061");
}

static void mute_but_registers(scene *s)
{
    mute(s);
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 404, NULL);
}

static void mute_but_knows(scene *s) /* a target that only an answer can have named */
{
    mute(s);
    scene_lookup(s, "A", "ocs1.contoso.com", NULL);
    scene_wait(s, 3);
    scene_lookup(s, "A", "ocs1.contoso.com", NULL);
    scene_wait(s, 6);
}

static void mute_one_way(scene *s, const char *user) /* a user of another domain */
{
    mute(s);
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    scene_register(s, &c, user, 1, NULL);
    scene_wait(s, 1);
}

static void mute_but_signs_in(scene *s) /* and is not answered either: as in one direction only */
{
    mute_one_way(s, "sip:alice@fabrikam.com");
}

static void mute_among_others_signs_in(scene *s) /* packets come back: some do not */
{
    scene_conn c = scene_open(s, "10.0.0.80:80");
    scene_data(s, &c, C);
    scene_data(s, &c, S);
    scene_close(s, &c, C);
    mute_one_way(s, "sip:alice@fabrikam.com");
}

static void mute_among_others(scene *s) /* packets of others pass: likely */
{
    scene_conn c = scene_open(s, "10.0.0.80:80");
    scene_data(s, &c, C);
    scene_data(s, &c, S);
    scene_close(s, &c, C);
    mute(s);
}

/* ---- dns-host-unresolvable ---- */

static void no_host(scene *s, const char *a, const char *aaaa)
{
    if (a)
        scene_lookup(s, "A", "sip.contoso.com", a);
    if (aaaa)
        scene_lookup(s, "AAAA", "sip.contoso.com", aaaa);
    scene_wait(s, 6);
}

static void host_of_no_name(scene *s)
{
    no_host(s, "NXDOMAIN", NULL);
}

static void host_of_ipv6(scene *s)
{
    no_host(s, "NODATA", "fd00::5");
}

static void host_without_ipv4(scene *s) /* whether it has an IPv6 address is out of sight */
{
    no_host(s, "NODATA", NULL);
}

static void host_behind_cut(scene *s, const char *head)
{
    scene_cut_question(s, head);
    no_host(s, "NXDOMAIN", NULL);
}

static void host_behind_discovery(scene *s) /* the client may only guess it */
{
    host_behind_cut(s, "_sipinternaltls");
}

static void host_behind_another(scene *s)
{
    host_behind_cut(s, "cdn-of-someone");
}

static void host_long_after_cut(scene *s) /* of an earlier sign-in */
{
    scene_cut_question(s, "_sipinternaltls");
    scene_wait(s, 90);
    no_host(s, "NXDOMAIN", NULL);
}

static void host_and_connection(scene *s)
{
    no_host(s, "NXDOMAIN", NULL);
    refused(s, "10.0.0.5:5061");
}

static void host_of_discovery(scene *s) /* a guess behind records that do exist */
{
    ask(s, "0 0 5061 ocs1.contoso.com", NULL, NULL);
    no_host(s, "NXDOMAIN", NULL);
}

static void no_sip_host(scene *s)
{
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "sip.contoso.com", "NXDOMAIN");
}

static void no_domain_host(scene *s)
{
    scene_lookup(s, "A", "contoso.com", "NODATA");
    scene_lookup(s, "AAAA", "contoso.com", "NODATA");
}

static void host_then_domain(scene *s) /* the end of a discovery (pidgin-sipe) */
{
    no_sip_host(s);
    no_domain_host(s);
    scene_wait(s, 6);
}

static void domain_then_host(scene *s) /* no client looks in that order */
{
    no_domain_host(s);
    no_sip_host(s);
    scene_wait(s, 6);
}

static void host_beside_guess(scene *s) /* the beginning of discovery is missing */
{
    scene_lookup(s, "A", "sipinternal.contoso.com", "NXDOMAIN");
    no_host(s, "NXDOMAIN", NULL);
}

/* ---- notes and warnings ---- */

static void short_name(scene *s, const char *server)
{
    scene_local_lookup(s, CX_EV_LLMNR, "ocs1", "10.0.0.5");
    refused(s, server);
}

static void short_name_5061(scene *s)
{
    short_name(s, "10.0.0.5:5061");
}

static void short_name_of_a_printer(scene *s) /* no SIP follows */
{
    short_name(s, "10.0.0.5:9100");
}

static void short_name_unanswered(scene *s)
{
    scene_local_lookup(s, CX_EV_LLMNR, "ocs1", NULL);
    refused(s, "10.0.0.5:5061");
}

static void pools_inside(scene *s)
{
    ask(s, "0 0 5061 a.contoso.com,0 0 5061 b.contoso.com", NULL, NULL);
}

static void pools_outside(scene *s) /* edges may be many */
{
    ask(s, NULL, NULL, "0 0 443 a.contoso.com,0 0 443 b.contoso.com");
}

static void pool_and_dot(scene *s)
{
    ask(s, "0 0 5061 a.contoso.com,0 0 5061 .", NULL, NULL);
}

static void preferred(scene *s, const char *records, bool dead)
{
    ask(s, records, NULL, NULL);
    scene_lookup(s, "A", "a.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    if (dead) {
        scene_refused(s, &c);
    } else {
        scene_connected(s, &c);
        scene_close(s, &c, C);
    }
    scene_wait(s, 70);
}

static void preferred_dead(scene *s)
{
    preferred(s, "0 0 5061 a.contoso.com,10 0 5061 b.contoso.com", true);
}

static void preferred_alive(scene *s)
{
    preferred(s, "0 0 5061 a.contoso.com,10 0 5061 b.contoso.com", false);
}

static void only_one(scene *s)
{
    preferred(s, "0 0 5061 a.contoso.com", true);
}

static void second_dead(scene *s) /* it is not the preferred one */
{
    preferred(s, "0 0 5061 b.contoso.com,10 0 5061 a.contoso.com", true);
}

#define EDGE_INSIDE "dns-external-answer-inside"

static void edge(scene *s, const char *name, const char *internal, const char *host,
                 const char *address)
{
    scene_lookup(s, "A", name, internal);
    ask(s, "NXDOMAIN", NULL, NULL);
    scene_lookup(s, "A", host, address);
    scene_wait(s, 1);
}

static void edge_by_sip(scene *s)
{
    edge(s, "sipinternal.contoso.com", "10.0.0.7", "sip.contoso.com", "203.0.113.30");
}

static void edge_by_sipexternal(scene *s)
{
    edge(s, "sipinternal.contoso.com", "10.0.0.7", "sipexternal.contoso.com", "203.0.113.30");
}

static void edge_by_other_host(scene *s) /* a web site is no edge */
{
    edge(s, "sipinternal.contoso.com", "10.0.0.7", "www.contoso.com", "203.0.113.30");
}

static void edge_internal_public(scene *s) /* no internal zone then */
{
    edge(s, "sipinternal.contoso.com", "203.0.113.7", "sip.contoso.com", "203.0.113.30");
}

static void edge_other_internal(scene *s) /* which clients outside ask as well */
{
    edge(s, "lyncdiscover.contoso.com", "10.0.0.7", "sip.contoso.com", "203.0.113.30");
}

static void edge_of(scene *s, const char *client, const char *address)
{
    s->client = client;
    edge(s, "sipinternal.contoso.com", "10.0.0.7", "sip.contoso.com", address);
}

static void edge_172(scene *s)
{
    edge_of(s, "172.31.0.21", "172.32.0.5");
}

static void edge_192(scene *s)
{
    edge_of(s, "192.168.1.21", "192.169.0.5");
}

static void edge_shared(scene *s) /* RFC 6598 */
{
    edge_of(s, "10.0.0.21", "100.64.0.5");
}

static void edge_next_to_shared(scene *s)
{
    edge_of(s, "10.0.0.21", "100.128.0.5");
}

static void edge_inside_172(scene *s)
{
    edge_of(s, "10.0.0.21", "172.16.0.5");
}

static void edge_inside_192(scene *s)
{
    edge_of(s, "10.0.0.21", "192.168.0.5");
}

/* ---- The table ---- */

#define MISSING   "dns-srv-missing"
#define EXHAUSTED "dns-discovery-exhausted"
#define FAILURE   "dns-server-failure"
#define TIMEOUT   "dns-timeout"
#define NO_HOST   "dns-host-unresolvable"
#define REFUSED   "tcp-connection-refused"
#define SHORT     "dns-host-via-llmnr-nbns"
#define POOLS     "dns-multiple-signin-pools"
#define ORDER     "dns-srv-order-ignored"

static const said_case cases[] = {
    {"missing", missing, MISSING, "failure", "proven", MISSING, NULL},
    {"missing inside", missing_inside_only, MISSING, "", "", "dns-strict-naming-violation", NULL},
    {"missing outside", missing_outside_only, MISSING, "", "", "", NULL},
    {"missing, answers alone", missing_of_all_answers, MISSING, "failure", "proven", MISSING, NULL},
    {"missing, some answers", missing_of_some_answers, MISSING, "", "", "", NULL},
    {"missing, one unanswered", missing_unanswered, MISSING, "", "", "", NULL},
    {"missing, first unseen", missing_first_unseen, MISSING, "", "", "", NULL},
    {"missing, but works", missing_but_works, MISSING, "", "", "", NULL},
    {"missing, but served", missing_but_served, MISSING, "", "", "", NULL},
    {"missing with a suffix", missing_with_suffix, MISSING, "", "", "", NULL},
    {"missing, first with a suffix", missing_first_with_suffix, MISSING, "", "", "", NULL},
    {"missing, but a host", missing_but_host, MISSING, "", "", "", NULL},
    {"RFC 3263, missing", standard_missing, MISSING, "failure", "proven", MISSING, NULL},
    {"RFC 3263, a name cut", standard_behind_cut, MISSING, "", "", "", NULL},
    {"RFC 3263, another cut", standard_behind_other, MISSING, "failure", "proven", MISSING, NULL},
    {"RFC 3263, goes on", standard_goes_on, MISSING, "", "", "", NULL},
    {"RFC 3263, not asked", standard_unasked, MISSING, "", "", "", NULL},

    {"autodiscover alone", autodiscover_alone, EXHAUSTED, "failure", "likely", EXHAUSTED, NULL},
    {"autodiscover, a name cut", autodiscover_behind_cut, EXHAUSTED, "", "", "", NULL},
    {"autodiscover found", autodiscover_found, EXHAUSTED, "", "", "", NULL},
    {"autodiscover, SRV", autodiscover_and_srv, EXHAUSTED, "", "", MISSING, NULL},
    {"autodiscover, address", autodiscover_and_address, EXHAUSTED, "", "", REFUSED, NULL},
    {"autodiscover, hosts", autodiscover_and_hosts, EXHAUSTED, "failure", "likely", EXHAUSTED,
     NULL},
    {"autodiscover, a host", autodiscover_and_found_host, EXHAUSTED, "", "", "", NULL},
    {"hosts alone", hosts_alone, EXHAUSTED, "", "", NO_HOST, NULL},

    {"SERVFAIL", fails, FAILURE, "failure", "proven", FAILURE, NULL},
    {"REFUSED", refuses, FAILURE, "failure", "proven", FAILURE, NULL},
    {"SERVFAIL at first", fails_at_first, FAILURE, "", "", MISSING, NULL},
    {"FORMERR, then good", formerr_then_good, FAILURE, "", "", "", NULL},
    {"FORMERR, then none", formerr_then_none, FAILURE, "", "", MISSING, NULL},
    {"FORMERR among others", formerr_among_others, FAILURE, "", "", "", NULL},
    {"FORMERR of another", formerr_of_another, FAILURE, "failure", "proven", FAILURE, NULL},
    {"FORMERR again", formerr_again, FAILURE, "failure", "proven", FAILURE, NULL},
    {"SERVFAIL for one", fails_for_one, FAILURE, "", "", "", NULL},
    {"SERVFAIL, but served", fails_but_works, FAILURE, "", "", "", NULL},
    {"SERVFAIL elsewhere", fails_elsewhere, FAILURE, "", "", "", NULL},

    {"mute", mute, TIMEOUT, "failure", "possible", TIMEOUT, NULL},
    {"fragments", fragments_alone, TIMEOUT, "failure", "possible", TIMEOUT, NULL},
    {"fragments, then whole", fragments_then_whole, TIMEOUT, "", "", "", NULL},
    {"mute once", mute_once, TIMEOUT, "", "", "", NULL},
    {"mute for 3 s", mute_for_three_seconds, TIMEOUT, "", "", "", NULL},
    {"mute, then answers", mute_then_answers, TIMEOUT, "", "", MISSING, NULL},
    {"mute, but connects", mute_but_connects, TIMEOUT, "", "", REFUSED, NULL},
    {"mute, but registers", mute_but_registers, TIMEOUT, "", "", "sip-uri-not-found", NULL},
    {"mute, but knows", mute_but_knows, TIMEOUT, "", "", "", NULL},
    {"mute, but signs in", mute_but_signs_in, TIMEOUT, "", "", "", NULL},
    {"mute among others, signs in", mute_among_others_signs_in, TIMEOUT, "failure", "likely", "",
     NULL},
    {"mute among others", mute_among_others, TIMEOUT, "failure", "likely", TIMEOUT, NULL},

    {"no host", host_of_no_name, NO_HOST, "failure", "likely", NO_HOST, NULL},
    {"host of IPv6", host_of_ipv6, NO_HOST, "", "", "", NULL},
    {"host without IPv4", host_without_ipv4, NO_HOST, "", "", "", NULL},
    {"no host, a name cut", host_behind_discovery, NO_HOST, "", "", "", NULL},
    {"no host, another cut", host_behind_another, NO_HOST, "failure", "likely", NO_HOST, NULL},
    {"no host, cut before", host_long_after_cut, NO_HOST, "failure", "likely", NO_HOST, NULL},
    {"no host, connects", host_and_connection, NO_HOST, "", "", REFUSED, NULL},
    {"no host of discovery", host_of_discovery, NO_HOST, "", "", "", NULL},
    {"no host, then the domain", host_then_domain, NO_HOST, "", "", "", NULL},
    {"no host, the domain first", domain_then_host, NO_HOST, "failure", "likely", NO_HOST, NULL},
    {"no host, a guess", host_beside_guess, NO_HOST, "", "", "", NULL},

    {"short name", short_name_5061, SHORT, "warning", "proven", REFUSED, NULL},
    {"short name, printer", short_name_of_a_printer, SHORT, "", "", "", NULL},
    {"short name, no answer", short_name_unanswered, SHORT, "", "", REFUSED, NULL},
    {"pools inside", pools_inside, POOLS, "note", "proven", "", NULL},
    {"pools outside", pools_outside, POOLS, "", "", "", NULL},
    {"pool and dot", pool_and_dot, POOLS, "", "", "", NULL},
    {"preferred dead", preferred_dead, ORDER, "warning", "likely", REFUSED, NULL},
    {"preferred alive", preferred_alive, ORDER, "", "", "", NULL},
    {"only one", only_one, ORDER, "", "", REFUSED, NULL},
    {"second dead", second_dead, ORDER, "", "", REFUSED, NULL},

    {"edge, sip", edge_by_sip, EDGE_INSIDE, "warning", "likely", "", NULL},
    {"edge, sipexternal", edge_by_sipexternal, EDGE_INSIDE, "warning", "likely", "", NULL},
    {"edge, other host", edge_by_other_host, EDGE_INSIDE, "", "", "", NULL},
    {"edge, no internal zone", edge_internal_public, EDGE_INSIDE, "", "", "", NULL},
    {"edge, outside name", edge_other_internal, EDGE_INSIDE, "", "", "", NULL},
    {"edge of 172.32/16", edge_172, EDGE_INSIDE, "warning", "likely", "", NULL},
    {"edge of 192.169/16", edge_192, EDGE_INSIDE, "warning", "likely", "", NULL},
    {"edge of 100.64/10", edge_shared, EDGE_INSIDE, "", "", "", NULL},
    {"edge of 100.128/9", edge_next_to_shared, EDGE_INSIDE, "warning", "likely", "", NULL},
    {"edge of 172.16/12", edge_inside_172, EDGE_INSIDE, "", "", "", NULL},
    {"edge of 192.168/16", edge_inside_192, EDGE_INSIDE, "", "", "", NULL},
};

int main(void)
{
    return run_said_cases("lookup", cases, sizeof cases / sizeof *cases);
}
