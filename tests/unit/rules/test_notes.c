/* Rules that are no root cause (notes and warnings), and what DNS over TCP comes to: scenes that
 * fire them, twins that differ in what rules them out, and their traps. */
#include "rules/rule.h"
#include "support/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define C CX_FROM_CLIENT
#define S CX_FROM_SERVER

#define SRV "_sipinternaltls._tcp.contoso.com"

/* A sign-in that succeeds over clear SIP. */
static void signs_in(scene *s, scene_conn *c, const char *user)
{
    scene_register(s, c, user, 1, NULL);
    scene_answer(s, c, user, 1, 200, "Expires: 600");
    scene_close(s, c, C);
}

static void is_refused(scene *s, scene_conn *c, const char *user)
{
    scene_register(s, c, user, 1, NULL);
    scene_answer(s, c, user, 1, 403, NULL);
    scene_close(s, c, C);
}

static void found(scene *s, const char *srv, const char *addresses)
{
    scene_lookup(s, "SRV", SRV, srv);
    scene_lookup(s, "A", "ocs1.contoso.com", addresses);
}

/* ---- SRV and address answers ---- */

static void alias(scene *s)
{
    found(s, "0 0 5061 ocs1.contoso.com", "alias:pool.fabrikam.com 10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    signs_in(s, &c, "alice@contoso.com");
}

static void alias_dead(scene *s) /* the way by the alias leads nowhere */
{
    found(s, "0 0 5061 ocs1.contoso.com", "alias:pool.fabrikam.com 10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_wait(s, 6);
}

static void alias_untried(scene *s)
{
    found(s, "0 0 5061 ocs1.contoso.com", "alias:pool.fabrikam.com 10.0.0.5");
}

static void no_alias(scene *s)
{
    found(s, "0 0 5061 ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    signs_in(s, &c, "alice@contoso.com");
}

static void two_pools(scene *s)
{
    found(s, "0 0 5061 ocs1.contoso.com,0 0 5061 ocs2.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    signs_in(s, &c, "alice@contoso.com");
}

static void one_pool_twice(scene *s)
{
    found(s, "0 0 5061 ocs1.contoso.com,5 0 5061 OCS1.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    signs_in(s, &c, "alice@contoso.com");
}

static void asks_twice(scene *s, const char *first, const char *second)
{
    found(s, "0 0 5061 ocs1.contoso.com", first);
    s->resolver = "10.0.0.54";
    scene_lookup(s, "A", "ocs1.contoso.com", second);
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    signs_in(s, &c, "alice@contoso.com");
}

static void conflict(scene *s)
{
    asks_twice(s, "10.0.0.5 10.0.0.6", "203.0.113.5");
}

static void round_robin(scene *s)
{
    asks_twice(s, "10.0.0.5 10.0.0.6", "10.0.0.6 10.0.0.5");
}

static void subset(scene *s)
{
    asks_twice(s, "10.0.0.5 10.0.0.6", "10.0.0.6");
}

static void conflict_cut(scene *s) /* what they share may stand behind the cut */
{
    asks_twice(s, "cut more 10.0.0.5", "203.0.113.5");
}

static void conflict_cut_later(scene *s)
{
    asks_twice(s, "10.0.0.5", "cut more 203.0.113.5");
}

static void second_is_no(scene *s) /* another zone may lack the name: no two lists to compare */
{
    asks_twice(s, "10.0.0.5", "NXDOMAIN");
}

/* ---- Servers that were left untried ---- */

static void preferred_down(scene *s, const char *other, const char *address, double wait)
{
    found(s, "0 0 5061 ocs1.contoso.com,10 0 5061 ocs2.contoso.com", "10.0.0.5");
    if (other)
        scene_lookup(s, "A", other, address);
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_wait(s, wait);
}

static void order(scene *s)
{
    preferred_down(s, NULL, NULL, 70);
}

static void order_short(scene *s) /* the capture ends before a client would go on */
{
    preferred_down(s, NULL, NULL, 20);
}

static void order_tries(scene *s)
{
    preferred_down(s, "ocs2.contoso.com", "10.0.0.6", 1);
    scene_conn c = scene_syn(s, "10.0.0.6:5061");
    scene_refused(s, &c);
    scene_wait(s, 70);
}

static void order_asks(scene *s)
{
    preferred_down(s, "ocs2.contoso.com", "10.0.0.6", 70);
}

/* ---- Domains ---- */

static void other_domain(scene *s, const char *user, bool refused)
{
    found(s, "0 0 5061 ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    (refused ? is_refused : signs_in)(s, &c, user);
}

static void wrong_domain(scene *s)
{
    other_domain(s, "alice@fabrikam.com", true);
}

static void wrong_domain_accepted(scene *s)
{
    other_domain(s, "alice@fabrikam.com", false);
}

static void right_domain(scene *s)
{
    other_domain(s, "alice@Contoso.com", true);
}

static void both_domains(scene *s) /* phone editions ask for both */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.fabrikam.com", "NXDOMAIN");
    other_domain(s, "alice@fabrikam.com", true);
}

static void sub_domain(scene *s) /* a suffix of Windows behind the domain */
{
    scene_lookup(s, "SRV", SRV ".corp.local", "0 0 5061 ocs1.contoso.com");
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    is_refused(s, &c, "alice@contoso.com");
}

/* ---- Short names ---- */

static void short_name(scene *s, cx_event_kind kind, const char *name, const char *server)
{
    scene_local_lookup(s, kind, name, "10.0.0.5");
    scene_conn c = scene_open(s, server);
    is_refused(s, &c, "alice@contoso.com");
}

static void by_llmnr(scene *s)
{
    short_name(s, CX_EV_LLMNR, "ocs1", "10.0.0.5:5060");
}

static void by_netbios(scene *s)
{
    short_name(s, CX_EV_NBNS, "OCS1<20>", "10.0.0.5:5060");
}

static void by_llmnr_elsewhere(scene *s) /* another host than the one that answered */
{
    short_name(s, CX_EV_LLMNR, "printer", "10.0.0.9:5060");
}

static void by_dns_too(scene *s)
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    short_name(s, CX_EV_LLMNR, "ocs1", "10.0.0.5:5060");
}

static void by_netbios_unasked(scene *s) /* an answer to a question of somebody else */
{
    s->client = "10.0.0.99";
    scene_local_lookup(s, CX_EV_NBNS, "OCS1<20>", "10.0.0.5");
    s->client = "10.0.0.21";
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    is_refused(s, &c, "alice@contoso.com");
}

static void by_llmnr_tls(scene *s) /* the short name is what the client wants in the certificate */
{
    scene_local_lookup(s, CX_EV_LLMNR, "ocs1", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0301);
    scene_server_hello(s, &c, 0x0301);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 10);
    scene_alert(s, &c, C, 2, 46);
    scene_close(s, &c, C);
}

/* ---- Addresses ---- */

static void hidden_certificate(scene *s, const char *sni, const char *name)
{
    scene_lookup(s, "A", name, "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.6:5061");
    scene_hello(s, &c, sni, 0x0304);
    scene_server_hello(s, &c, 0x0304);
    scene_alert(s, &c, C, 2, 46);
    scene_close(s, &c, C);
}

static void typed_address(scene *s)
{
    hidden_certificate(s, NULL, "www.contoso.com");
}

static void typed_name(scene *s)
{
    hidden_certificate(s, "ocs1.contoso.com", "www.contoso.com");
}

static void address_looked_up(scene *s)
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.6");
    hidden_certificate(s, NULL, "www.contoso.com");
}

static void other_defect(scene *s) /* the alert names the authority */
{
    scene_lookup(s, "A", "www.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.6:5061");
    scene_hello(s, &c, NULL, 0x0304);
    scene_server_hello(s, &c, 0x0304);
    scene_alert(s, &c, C, 2, 48);
    scene_close(s, &c, C);
}

/* ---- Autodiscover ---- */

static void autodiscover(scene *s, const char *inside, const char *outside)
{
    scene_lookup(s, "A", "lyncdiscoverinternal.contoso.com", inside);
    scene_lookup(s, "A", "lyncdiscover.contoso.com", outside);
    no_alias(s);
}

static void autodiscover_missing(scene *s)
{
    autodiscover(s, "NXDOMAIN", "NODATA");
}

static void autodiscover_outside(scene *s)
{
    autodiscover(s, "NXDOMAIN", "203.0.113.9");
}

static void autodiscover_unanswered(scene *s)
{
    autodiscover(s, "NXDOMAIN", NULL);
}

/* ---- DNS over TCP ---- */

static void truncated(scene *s)
{
    scene_lookup(s, "SRV", SRV, "TC");
    scene_conn c = scene_syn(s, "10.0.0.53:53");
    scene_refused(s, &c);
    scene_wait(s, 70);
}

static void truncated_dropped(scene *s)
{
    scene_lookup(s, "SRV", SRV, "TC");
    scene_conn c = scene_syn(s, "10.0.0.53:53");
    scene_wait(s, 3);
    scene_syn_again(s, &c);
    scene_wait(s, 18);
    scene_timeout(s, &c);
    scene_wait(s, 70);
}

static void part_refused(scene *s)
{
    scene_lookup(s, "SRV", SRV, "TC 0 0 5061 ocs1.contoso.com");
    scene_conn c = scene_syn(s, "10.0.0.53:53");
    scene_refused(s, &c);
}

static void truncated_part(scene *s)
{
    part_refused(s);
    scene_lookup(s, "A", "sip.contoso.com", "NXDOMAIN");
    scene_wait(s, 70);
}

static void truncated_part_at_end(scene *s)
{
    part_refused(s);
}

static void truncated_part_used(scene *s)
{
    part_refused(s);
    scene_lookup(s, "A", "ocs1.contoso.com", "NXDOMAIN");
    scene_wait(s, 70);
}

static void truncated_cut_used(scene *s) /* the capture lacks the records that the client had */
{
    scene_lookup(s, "SRV", SRV, "TC cut more NODATA");
    scene_conn c = scene_syn(s, "10.0.0.53:53");
    scene_refused(s, &c);
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
    scene_wait(s, 70);
}

static void truncated_part_and_whole(scene *s)
{
    part_refused(s);
    scene_lookup(s, "SRV", SRV, "0 0 5061 ocs1.contoso.com");
    scene_wait(s, 70);
}

static void truncated_other_resolver(scene *s)
{
    scene_lookup(s, "SRV", SRV, "TC");
    scene_conn c = scene_syn(s, "10.0.0.53:53");
    scene_refused(s, &c);
    s->resolver = "10.0.0.54";
    no_alias(s);
}

static void refused_53_not_truncated(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.53:53");
    scene_refused(s, &c);
    no_alias(s);
}

/* ---- Dead addresses ---- */

static scene_conn pool(scene *s, const char *addresses, const char *first)
{
    found(s, "0 0 5061 ocs1.contoso.com", addresses);
    return scene_syn(s, first);
}

static void one_dead(scene *s)
{
    scene_conn c = pool(s, "10.0.0.6 10.0.0.5", "10.0.0.6:5061");
    scene_wait(s, 3);
    scene_syn_again(s, &c);
    scene_wait(s, 18);
    scene_timeout(s, &c);
    c = scene_open(s, "10.0.0.5:5061");
    signs_in(s, &c, "alice@contoso.com");
}

static void one_lost_syn(scene *s) /* given up after one SYN: nothing is known */
{
    scene_conn c = pool(s, "10.0.0.6 10.0.0.5", "10.0.0.6:5061");
    scene_timeout(s, &c);
    c = scene_open(s, "10.0.0.5:5061");
    signs_in(s, &c, "alice@contoso.com");
}

static void was_only_restarting(scene *s)
{
    scene_conn c = pool(s, "10.0.0.6 10.0.0.5", "10.0.0.6:5061");
    scene_refused(s, &c);
    c = scene_open(s, "10.0.0.5:5061");
    scene_close(s, &c, C);
    c = scene_open(s, "10.0.0.6:5061");
    signs_in(s, &c, "alice@contoso.com");
}

static void all_dead(scene *s)
{
    scene_conn c = pool(s, "10.0.0.6 10.0.0.5", "10.0.0.6:5061");
    scene_refused(s, &c);
    c = scene_syn(s, "10.0.0.5:5061");
    scene_refused(s, &c);
}

static void other_family(scene *s)
{
    found(s, "0 0 5061 ocs1.contoso.com", "10.0.0.5");
    scene_lookup(s, "AAAA", "ocs1.contoso.com", "2001:db8::5");
    scene_conn c = scene_syn(s, "2001:db8::5:5061");
    scene_refused(s, &c);
    c = scene_open(s, "10.0.0.5:5061");
    signs_in(s, &c, "alice@contoso.com");
}

/* ---- Resets by others ---- */

/* rtt_ms: that of the path; the RST comes 20 ms behind the request. */
static void reset_with(scene *s, uint8_t ttl, uint8_t rst_ttl, int rtt_ms)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    c.tcp.rtt_ns = rtt_ms * INT64_C(1000000);
    scene_register(s, &c, "alice@contoso.com", 1, NULL);
    c.tcp.side[S].ttl = ttl;
    c.tcp.side[S].rst_ttl = rst_ttl;
    scene_reset(s, &c, S);
}

static void foreign_reset(scene *s)
{
    reset_with(s, 58, 28, 100);
}

static void foreign_reset_no_quicker(scene *s) /* one sign alone */
{
    reset_with(s, 58, 28, 20);
}

static void own_reset(scene *s)
{
    reset_with(s, 58, 57, 100);
}

static void other_initial_ttl(scene *s)
{
    reset_with(s, 58, 122, 100);
}

static void foreign_refusal(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    c.tcp.side[S].ttl = 58;
    scene_close(s, &c, C);
    c = scene_syn(s, "10.0.0.5:5060");
    c.tcp.side[S].rst_ttl = 63;
    scene_refused(s, &c);
}

static void lone_refusal(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    c.tcp.side[S].rst_ttl = 63;
    scene_refused(s, &c);
}

/* ---- SYNs behind a refusal ---- */

static scene_conn refused_then(scene *s, uint32_t silent, double seconds)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
    for (uint32_t i = 0; i < silent; i++)
        scene_syn_again(s, &c);
    scene_silenced(s, &c, silent, seconds);
    return c;
}

static void syns_dropped(scene *s)
{
    refused_then(s, 2, 3);
}

static void syn_lost(scene *s)
{
    refused_then(s, 1, 3);
}

static void syns_at_end(scene *s)
{
    refused_then(s, 2, 0.5);
}

static void syns_one_way(scene *s) /* of others, the capture holds one direction only */
{
    for (int i = 0; i < 3; i++) {
        scene_conn other = scene_syn(s, "10.0.0.9:80");
        other.tcp.one_sided = true;
        scene_close(s, &other, C);
    }
    refused_then(s, 2, 3);
}

static void syns_dropped_then_in(scene *s)
{
    scene_conn c = refused_then(s, 2, 3);
    scene_connected(s, &c);
    signs_in(s, &c, "alice@contoso.com");
}

/* ---- Idle connections ---- */

typedef struct idle {
    bool asleep, kept, server_unseen, answered, elsewhere;
} idle;

/* Signs in, is idle for 90 s, is not heard any more, and signs in anew. */
static void goes_idle(scene *s, idle how)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, "alice@contoso.com", 1, NULL);
    scene_answer(s, &c, "alice@contoso.com", 1, 200, "Expires: 600");
    for (int i = 0; i < 9; i++) {
        scene_wait(s, 10);
        if (!how.asleep || i == 0 || i == 8) /* it looks up names before and after its sleep */
            scene_lookup(s, "A", "www.contoso.com", "10.0.0.80");
    }
    if (!how.kept)
        scene_unheard(s, &c, 90, 4);
    if (how.answered)
        scene_unheard(s, &c, 90, 0);
    if (!how.server_unseen) {
        const char *client = s->client;
        s->client = "10.0.0.22";
        scene_conn other = scene_open(s, "10.0.0.5:5060");
        signs_in(s, &other, "bob@contoso.com");
        s->client = client;
    }
    scene_wait(s, 20);
    scene_conn again = scene_open(s, how.elsewhere ? "10.0.0.6:5060" : "10.0.0.5:5060");
    signs_in(s, &again, "alice@contoso.com");
}

static void idle_dropped(scene *s)
{
    goes_idle(s, (idle){.asleep = false});
}

static void idle_server_unseen(scene *s)
{
    goes_idle(s, (idle){.server_unseen = true});
}

static void idle_kept(scene *s)
{
    goes_idle(s, (idle){.kept = true});
}

static void idle_asleep(scene *s)
{
    goes_idle(s, (idle){.asleep = true});
}

static void idle_answered(scene *s)
{
    goes_idle(s, (idle){.answered = true});
}

static void idle_elsewhere(scene *s) /* it moves to another server: nothing says why */
{
    goes_idle(s, (idle){.elsewhere = true});
}

/* ---- Loss ---- */

static void resends(scene *s, uint8_t dir, uint32_t n, double stall_s, uint64_t packets, bool acked)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, "alice@contoso.com", 1, NULL);
    scene_wait(s, stall_s);
    c.tcp.side[dir].retransmissions = n;
    c.tcp.side[dir].stalled_ns = (int64_t)(stall_s * 1e9);
    c.tcp.side[dir].stalled = (cx_evidence){.frame = s->frame, .ts_ns = s->now_ns};
    c.tcp.side[dir].packets = packets;
    c.tcp.side[dir].acked = acked;
    if (acked) {
        scene_answer(s, &c, "alice@contoso.com", 1, 403, NULL);
        scene_close(s, &c, C);
    } else {
        scene_reset(s, &c, dir);
    }
}

static void lossy(scene *s)
{
    resends(s, C, 4, 7, 20, true);
}

static void little_loss(scene *s)
{
    resends(s, C, 4, 7, 200, true);
}

static void short_loss(scene *s)
{
    resends(s, C, 4, 1, 20, true);
}

static void dead_path(scene *s)
{
    resends(s, C, 5, 9, 20, false);
}

static void dead_path_long(scene *s)
{
    resends(s, C, 5, 20, 20, false);
}

static void user_cancels(scene *s)
{
    resends(s, C, 0, 0, 20, false);
}

static void server_resets(scene *s)
{
    resends(s, S, 5, 9, 20, false);
}

/* The client tries port 443 when it has left 5061 because of the certificate, or before it goes
 * there. */
static void wrong_port(scene *s, bool left_first)
{
    scene_conn d;
    found(s, "0 0 5061 ocs1.contoso.com", "10.0.0.5");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    if (!left_first) {
        d = scene_syn(s, "10.0.0.5:443");
        scene_refused(s, &d);
    }
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "ocs1.contoso.com", -100, -3);
    scene_alert(s, &c, C, 2, 45);
    scene_close(s, &c, C);
    if (left_first) {
        d = scene_syn(s, "10.0.0.5:443");
        scene_refused(s, &d);
    }
    scene_wait(s, 30);
}

static void other_port_left_first(scene *s)
{
    wrong_port(s, true);
}

static void other_port_afterwards(scene *s)
{
    wrong_port(s, false);
}

/* ---- The table ---- */

/* ---- Clocks ---- */

static void taken_early(scene *s, int days)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "sip.contoso.com", days, days + 90);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &c, C);
}

static void valid_tomorrow(scene *s) /* a client that does not look at dates */
{
    taken_early(s, 1);
}

static void valid_in_years(scene *s) /* the clock of the capture stands at its default */
{
    taken_early(s, 2000);
}

typedef struct note_case {
    const char *name;
    void (*play)(scene *s);
    const char *id, *severity; /* of the finding; "" for none with this id */
    const char *cause;         /* root cause of the first attempt; "" for none */
} note_case;

#define EXTERNAL "dns-external-answer-inside"

/* What the zone says to a client that asks for internal names first. */
static void led_to_edge(scene *s, const char *internal, const char *srv, const char *edge)
{
    scene_lookup(s, "A", "lyncdiscoverinternal.contoso.com", internal);
    if (srv)
        scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", srv);
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "0 0 443 access.contoso.com");
    scene_lookup(s, "A", "access.contoso.com", edge);
    scene_wait(s, 1);
}

static void edge_inside(scene *s)
{
    led_to_edge(s, "10.0.0.7", "NXDOMAIN", "203.0.113.30");
}

static void edge_inside_signs_in(scene *s)
{
    edge_inside(s);
    scene_conn c = scene_open(s, "203.0.113.30:443");
    signs_in(s, &c, "alice@contoso.com");
}

static void edge_inside_by_name(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "sipinternal.contoso.com", "10.0.0.7");
    scene_lookup(s, "A", "sip.contoso.com", "203.0.113.30");
    scene_conn c = scene_open(s, "203.0.113.30:443");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_wait(s, 1);
}

static void edge_at_home(scene *s) /* the internal zone is not seen */
{
    led_to_edge(s, "NXDOMAIN", "NXDOMAIN", "203.0.113.30");
}

static void edge_private(scene *s)
{
    led_to_edge(s, "10.0.0.7", "NXDOMAIN", "10.0.0.30");
}

static void edge_beside_internal(scene *s)
{
    led_to_edge(s, "10.0.0.7", "0 0 5061 ocs1.contoso.com", "203.0.113.30");
}

static void edge_not_asked(scene *s)
{
    led_to_edge(s, "10.0.0.7", NULL, "203.0.113.30");
}

static void edge_from_outside(scene *s)
{
    s->client = "198.51.100.21";
    led_to_edge(s, "10.0.0.7", "NXDOMAIN", "203.0.113.30");
}

static const note_case cases[] = {
    {"alias", alias, "dns-srv-target-cname", "note", ""},
    {"alias, dead", alias_dead, "dns-srv-target-cname", "warning", "tcp-connection-refused"},
    {"alias, untried", alias_untried, "dns-srv-target-cname", "note", ""},
    {"no alias", no_alias, "dns-srv-target-cname", "", ""},
    {"two pools", two_pools, "dns-multiple-signin-pools", "note", ""},
    {"one pool twice", one_pool_twice, "dns-multiple-signin-pools", "", ""},
    {"edge inside", edge_inside, EXTERNAL, "warning", ""},
    {"edge inside, signs in", edge_inside_signs_in, EXTERNAL, "note", ""},
    {"edge inside, by host name", edge_inside_by_name, EXTERNAL, "warning", ""},
    {"edge at home", edge_at_home, EXTERNAL, "", ""},
    {"edge with a private address", edge_private, EXTERNAL, "", ""},
    {"edge beside an internal record", edge_beside_internal, EXTERNAL, "", ""},
    {"edge, internal record not asked", edge_not_asked, EXTERNAL, "", ""},
    {"edge seen from the Internet", edge_from_outside, EXTERNAL, "", ""},
    {"conflict", conflict, "dns-answer-conflict", "note", ""},
    {"round robin", round_robin, "dns-answer-conflict", "", ""},
    {"subset", subset, "dns-answer-conflict", "", ""},
    {"conflict, first cut", conflict_cut, "dns-answer-conflict", "", ""},
    {"conflict, second cut", conflict_cut_later, "dns-answer-conflict", "", ""},
    {"second is no", second_is_no, "dns-answer-conflict", "", ""},
    {"order", order, "dns-srv-order-ignored", "warning", "tcp-connection-refused"},
    {"order, short capture", order_short, "dns-srv-order-ignored", "", "tcp-connection-refused"},
    {"order, tries", order_tries, "dns-srv-order-ignored", "", "tcp-connection-refused"},
    {"order, asks", order_asks, "dns-srv-order-ignored", "", "tcp-connection-refused"},
    {"wrong domain", wrong_domain, "dns-wrong-domain", "warning", "sip-forbidden"},
    {"wrong domain, accepted", wrong_domain_accepted, "dns-wrong-domain", "note", ""},
    {"right domain", right_domain, "dns-wrong-domain", "", "sip-forbidden"},
    {"both domains", both_domains, "dns-wrong-domain", "", "sip-forbidden"},
    {"domain with a suffix", sub_domain, "dns-wrong-domain", "", "sip-forbidden"},
    {"by LLMNR", by_llmnr, "dns-host-via-llmnr-nbns", "warning", "sip-forbidden"},
    {"by NetBIOS", by_netbios, "dns-host-via-llmnr-nbns", "warning", "sip-forbidden"},
    {"by LLMNR, elsewhere", by_llmnr_elsewhere, "dns-host-via-llmnr-nbns", "", "sip-forbidden"},
    {"by DNS too", by_dns_too, "dns-host-via-llmnr-nbns", "", "sip-forbidden"},
    {"by NetBIOS, unasked", by_netbios_unasked, "dns-host-via-llmnr-nbns", "", "sip-forbidden"},
    {"by LLMNR, TLS", by_llmnr_tls, "dns-host-via-llmnr-nbns", "warning", "tls-cert-ip-used"},
    {"typed address", typed_address, "manual-server-is-ip", "note", "tls-alert-fatal"},
    {"typed name", typed_name, "manual-server-is-ip", "", "tls-alert-fatal"},
    {"address looked up", address_looked_up, "manual-server-is-ip", "", "tls-alert-fatal"},
    {"other defect", other_defect, "manual-server-is-ip", "", "tls-cert-untrusted"},
    {"autodiscover missing", autodiscover_missing, "autodiscover-dns-missing", "note", ""},
    {"autodiscover outside", autodiscover_outside, "autodiscover-dns-missing", "", ""},
    {"autodiscover unanswered", autodiscover_unanswered, "autodiscover-dns-missing", "", ""},
    {"truncated", truncated, "dns-truncated-tcp-blocked", "failure", "dns-truncated-tcp-blocked"},
    {"truncated, dropped", truncated_dropped, "dns-truncated-tcp-blocked", "failure",
     "dns-truncated-tcp-blocked"},
    {"truncated, a part", truncated_part, "dns-truncated-tcp-blocked", "failure",
     "dns-truncated-tcp-blocked"},
    {"truncated, a part, at the end", truncated_part_at_end, "dns-truncated-tcp-blocked", "", ""},
    {"truncated, a part, used", truncated_part_used, "dns-truncated-tcp-blocked", "",
     "dns-srv-target-no-address"},
    {"truncated, cut, used", truncated_cut_used, "dns-truncated-tcp-blocked", "",
     "tcp-connection-refused"},
    {"truncated, a part, and whole", truncated_part_and_whole, "dns-truncated-tcp-blocked", "", ""},
    {"truncated, other resolver", truncated_other_resolver, "dns-truncated-tcp-blocked", "", ""},
    {"53 refused", refused_53_not_truncated, "dns-truncated-tcp-blocked", "", ""},
    {"one dead", one_dead, "tcp-some-addresses-dead", "warning", ""},
    {"one lost SYN", one_lost_syn, "tcp-some-addresses-dead", "", ""},
    {"only restarting", was_only_restarting, "tcp-some-addresses-dead", "", ""},
    {"all dead", all_dead, "tcp-some-addresses-dead", "", "tcp-connection-refused"},
    {"other family", other_family, "tcp-some-addresses-dead", "", ""},
    {"foreign reset", foreign_reset, "tcp-rst-middlebox", "warning", "tcp-reset-established"},
    {"foreign reset, no quicker", foreign_reset_no_quicker, "tcp-rst-middlebox", "warning",
     "tcp-reset-established"},
    {"own reset", own_reset, "tcp-rst-middlebox", "", "tcp-reset-established"},
    {"other initial TTL", other_initial_ttl, "tcp-rst-middlebox", "note", "tcp-reset-established"},
    {"foreign refusal", foreign_refusal, "tcp-rst-middlebox", "", ""},
    {"lone refusal", lone_refusal, "tcp-rst-middlebox", "", "tcp-connection-refused"},
    {"SYNs dropped", syns_dropped, "tcp-syn-dropped-after-rst", "warning",
     "tcp-connection-refused"},
    {"SYN lost", syn_lost, "tcp-syn-dropped-after-rst", "", "tcp-connection-refused"},
    {"SYNs at the end", syns_at_end, "tcp-syn-dropped-after-rst", "", "tcp-connection-refused"},
    {"SYNs, one direction", syns_one_way, "tcp-syn-dropped-after-rst", "",
     "tcp-connection-refused"},
    {"SYNs dropped, then in", syns_dropped_then_in, "tcp-syn-dropped-after-rst", "note", ""},
    {"other port, left first", other_port_left_first, "tcp-wrong-edge-port", "",
     "tls-cert-expired"},
    {"other port, afterwards", other_port_afterwards, "tcp-wrong-edge-port", "failure",
     "tls-cert-expired"},
    {"idle, dropped", idle_dropped, "tcp-idle-drop", "warning", ""},
    {"idle, server not seen", idle_server_unseen, "tcp-idle-drop", "note", ""},
    {"idle, kept", idle_kept, "tcp-idle-drop", "", ""},
    {"idle, asleep", idle_asleep, "tcp-idle-drop", "", ""},
    {"idle, answered", idle_answered, "tcp-idle-drop", "", ""},
    {"idle, elsewhere", idle_elsewhere, "tcp-idle-drop", "", ""},
    {"lossy", lossy, "tcp-lossy-path", "warning", "sip-forbidden"},
    {"little loss", little_loss, "tcp-lossy-path", "", "sip-forbidden"},
    {"short loss", short_loss, "tcp-lossy-path", "", "sip-forbidden"},
    {"dead path", dead_path, "tcp-local-abort", "warning", ""},
    {"dead path, long", dead_path_long, "sip-register-unanswered", "failure",
     "sip-register-unanswered"},
    {"dead path is no loss", dead_path, "tcp-lossy-path", "", ""},
    {"user cancels", user_cancels, "tcp-local-abort", "", ""},
    {"server resets", server_resets, "tcp-local-abort", "", "tcp-reset-established"},
    {"valid tomorrow", valid_tomorrow, "tls-cert-not-yet-valid", "warning", ""},
    {"valid in years", valid_in_years, "tls-cert-not-yet-valid", "note", ""},
};

#define CASES (sizeof cases / sizeof *cases)

static void test_case(void **state)
{
    const note_case *k = *state;
    scene s;
    scene_start(&s, NULL);
    k->play(&s);
    scene_end(&s);
    if (strcmp(scene_cause(&s, 0), k->cause) ||
        strcmp(scene_text(&s, k->id, "severity"), k->severity)) {
        char *dump = json_dumps(s.findings, JSON_INDENT(1));
        print_message("%s: cause %s, %s of severity %s\n%s\n", k->name, scene_cause(&s, 0), k->id,
                      scene_text(&s, k->id, "severity"), dump);
        free(dump);
        fail();
    }
    scene_expect_whole(&s, k->name);
    scene_free(&s);
}

/* ---- Strict naming ---- */

static void longer_name(scene *s, const char *server)
{
    scene_lookup(s, "SRV", SRV, "0 0 5061 lc.contoso.com");
    scene_lookup(s, "A", "lc.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5061");
    if (server) {
        scene_refused(s, &c);
        scene_lookup(s, "A", "sip.contoso.com", "10.0.0.6");
        c = scene_open(s, server);
    } else {
        scene_connected(s, &c);
    }
    signs_in(s, &c, "alice@contoso.com");
}

/* A record that the policy forbids will stop the clients that have it; one that this client took
 * shows that it has another. */
static void test_strict_naming(void **state)
{
    static const cx_context strict = {.naming = CX_NAMING_STRICT};
    static const struct {
        const cx_context *context;
        const char *server, *severity;
    } cases_of_policy[] = {
        {&strict, "10.0.0.6:5061", "warning"}, {&strict, NULL, ""}, {NULL, "10.0.0.6:5061", ""}};
    (void)state;
    for (size_t i = 0; i < sizeof cases_of_policy / sizeof *cases_of_policy; i++) {
        scene s;
        scene_start(&s, cases_of_policy[i].context);
        longer_name(&s, cases_of_policy[i].server);
        scene_end(&s);
        assert_string_equal(scene_outcome(&s, 0), "success");
        assert_string_equal(scene_text(&s, "dns-strict-naming-violation", "severity"),
                            cases_of_policy[i].severity);
        scene_free(&s);
    }
}

static bool is_tested_elsewhere(const cx_rule *r) /* test_server.c, test_challenge.c */
{
    static const char *const ids[] = {"tls-handshake-slow", "tls-cert-wildcard-risk",
                                      "dns-federation-srv-missing"};
    bool is = false;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        is |= strcmp(r->id, ids[i]) == 0;
    return is;
}

/* Each rule that is no failure is told by some case here. */
static void test_every_note_fires(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++) {
        /* Those of SIP: test_challenge.c. */
        bool fired = cx_rules[i]->logon || cx_rule_may_stop(cx_rules[i]) ||
                     strncmp(cx_rules[i]->id, "sip-", 4) == 0 || is_tested_elsewhere(cx_rules[i]);
        for (size_t k = 0; k < CASES; k++)
            fired |= *cases[k].severity && strcmp(cases[k].id, cx_rules[i]->id) == 0;
        if (!fired)
            fail_msg("no case tells %s", cx_rules[i]->id);
    }
}

int main(void)
{
    static struct CMUnitTest tests[CASES + 2];
    for (size_t i = 0; i < CASES; i++)
        tests[i] =
            (struct CMUnitTest){cases[i].name, test_case, NULL, NULL, (void *)(uintptr_t)&cases[i]};
    tests[CASES] = (struct CMUnitTest)cmocka_unit_test(test_every_note_fires);
    tests[CASES + 1] = (struct CMUnitTest)cmocka_unit_test(test_strict_naming);
    return _cmocka_run_group_tests("notes", tests, CASES + 2, NULL, NULL);
}
