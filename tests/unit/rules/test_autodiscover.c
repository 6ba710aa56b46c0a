/* The autodiscover web service: scenes that fire the rules, and twins that differ in what rules
 * them out. */
#include "rule_cases.h"

#define INSIDE  "lyncdiscoverinternal.contoso.com"
#define OUTSIDE "lyncdiscover.contoso.com"
#define URL     "http://" OUTSIDE "/?sipuri=alice@contoso.com"
#define SECURE  "https://" OUTSIDE "/?sipuri=alice@contoso.com"
#define POOL    "http://web.contoso.com/Autodiscover/AutodiscoverService.svc/root"
#define SERVICE "10.0.0.7:80"

static void names(scene *s)
{
    scene_lookup(s, "A", INSIDE, "NXDOMAIN");
    scene_lookup(s, "A", OUTSIDE, "10.0.0.7");
}

/* One request on a connection of its own; status 0: not answered. */
static void got(scene *s, const char *server, const char *url, uint16_t status,
                const char *location)
{
    scene_conn c = scene_open(s, server);
    scene_get(s, &c, url, 0);
    if (status)
        scene_get(s, &c, location ? location : url, status);
    scene_close(s, &c, CX_FROM_CLIENT);
}

static void idle(scene *s)
{
    scene_wait(s, 10);
}

static void answers(scene *s, uint16_t status)
{
    names(s);
    got(s, SERVICE, URL, status, NULL);
    idle(s);
}

static void not_found(scene *s)
{
    answers(s, 404);
}

static void broken(scene *s)
{
    answers(s, 500);
}

static void works(scene *s)
{
    answers(s, 200);
}

static void wants_ticket(scene *s)
{
    answers(s, 401);
}

static void no_answer(scene *s)
{
    answers(s, 0);
}

static void sibling_works(scene *s)
{
    names(s);
    got(s, SERVICE, URL, 404, NULL);
    got(s, "10.0.0.7:443", SECURE, 200, NULL);
    idle(s);
}

static void sibling_fails(scene *s)
{
    names(s);
    got(s, SERVICE, URL, 404, NULL);
    got(s, "10.0.0.7:443", SECURE, 500, NULL);
    idle(s);
}

static void tls(scene *s, const char *sni, bool alert)
{
    names(s);
    got(s, SERVICE, URL, 404, NULL);
    scene_conn c = scene_open(s, "10.0.0.7:443");
    scene_hello(s, &c, sni, 0x0303);
    if (alert)
        scene_alert(s, &c, CX_FROM_SERVER, 2, 40);
    scene_close(s, &c, CX_FROM_CLIENT);
    idle(s);
}

static void sibling_hidden(scene *s)
{
    tls(s, OUTSIDE, false);
}

static void sibling_refuses_tls(scene *s)
{
    tls(s, OUTSIDE, true);
}

static void tls_of_another(scene *s) /* another service of the reverse proxy */
{
    tls(s, "meet.contoso.com", false);
}

static void refused(scene *s)
{
    names(s);
    scene_conn c = scene_syn(s, SERVICE), d = scene_syn(s, "10.0.0.7:443");
    scene_refused(s, &c);
    scene_refused(s, &d);
    idle(s);
}

static void one_port_refused(scene *s)
{
    names(s);
    scene_conn d = scene_syn(s, "10.0.0.7:443");
    scene_refused(s, &d);
    idle(s);
}

static void another_host_refuses(scene *s)
{
    names(s);
    scene_conn c = scene_syn(s, "10.0.0.8:80");
    scene_refused(s, &c);
    idle(s);
}

static void capture_ends(scene *s)
{
    names(s);
    got(s, SERVICE, URL, 404, NULL);
    scene_wait(s, 1);
}

static void goes_on(scene *s) /* a desktop client */
{
    names(s);
    got(s, SERVICE, URL, 404, NULL);
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "0 0 443 sip.contoso.com");
    idle(s);
}

static void asks_later(scene *s) /* a client that is signed in looks again */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, "sip:alice@contoso.com", 1, NULL);
    scene_answer(s, &c, "sip:alice@contoso.com", 1, 200, NULL);
    answers(s, 404);
}

static void proxy_has_no_answer(scene *s)
{
    names(s);
    got(s, "10.0.0.99:3128", "proxy:" URL, 503, NULL);
    idle(s);
}

static void not_found_behind_proxy(scene *s)
{
    names(s);
    got(s, "10.0.0.99:3128", "proxy:" URL, 404, NULL);
    idle(s);
}

static void dead_redirect(scene *s)
{
    names(s);
    got(s, SERVICE, URL, 302, POOL);
    scene_lookup(s, "A", "web.contoso.com", "NXDOMAIN");
    idle(s);
}

static void redirect_not_seen_further(scene *s)
{
    names(s);
    got(s, SERVICE, URL, 302, POOL);
    idle(s);
}

static void redirected(scene *s)
{
    names(s);
    got(s, SERVICE, URL, 302, POOL);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.8");
}

static void redirect_fails(scene *s)
{
    redirected(s);
    got(s, "10.0.0.8:80", POOL, 503, NULL);
    idle(s);
}

static void redirect_works(scene *s)
{
    redirected(s);
    got(s, "10.0.0.8:80", POOL, 200, NULL);
    idle(s);
}

static void circle(scene *s)
{
    redirected(s);
    got(s, "10.0.0.8:80", POOL, 302, URL);
    got(s, SERVICE, URL, 302, POOL);
    idle(s);
}

static void circle_of_hosts(scene *s) /* the same URL, written otherwise */
{
    redirected(s);
    got(s, "10.0.0.8:80", POOL, 302,
        "HTTP://LyncDiscover.Contoso.com:80/?sipuri=alice@contoso.com#a");
    got(s, SERVICE, URL, 302, "http://Web.contoso.com/Autodiscover/AutodiscoverService.svc/root");
    idle(s);
}

static void nowhere(scene *s) /* Locations that lead to nothing that can be asked */
{
    static const char *const to[] = {"ftp://a/b", "//", "http://", "https://:443/", "#", "b"};
    names(s);
    for (size_t i = 0; i < sizeof to / sizeof *to; i++)
        got(s, SERVICE, URL, 302, to[i]);
    idle(s);
}

static void circle_left(scene *s)
{
    redirected(s);
    got(s, "10.0.0.8:80", POOL, 302, URL);
    got(s, SERVICE, URL, 302, POOL);
    got(s, "10.0.0.8:80", POOL, 200, NULL);
    idle(s);
}

static void asked_again(scene *s) /* the target fails, and the client begins anew: no circle */
{
    redirected(s);
    got(s, "10.0.0.8:80", POOL, 503, NULL);
    got(s, SERVICE, URL, 302, POOL);
    got(s, "10.0.0.8:80", POOL, 503, NULL);
    idle(s);
}

static void once_around(scene *s) /* sent back, and not sent on */
{
    redirected(s);
    got(s, "10.0.0.8:80", POOL, 302, URL);
    got(s, SERVICE, URL, 404, NULL);
    idle(s);
}

/* Redirects in the body of a 200. */

static void body_redirect(scene *s, const char *to)
{
    names(s);
    got(s, SERVICE, URL, 200, to);
    scene_lookup(s, "A", "web.contoso.com", "10.0.0.8");
}

static void body_circle(scene *s)
{
    body_redirect(s, "body:" POOL);
    got(s, "10.0.0.8:80", POOL, 200, "body:" URL);
    got(s, SERVICE, URL, 200, "body:" POOL);
    idle(s);
}

static void body_circle_left(scene *s)
{
    body_redirect(s, "body:" POOL);
    got(s, "10.0.0.8:80", POOL, 200, "body:" URL);
    got(s, SERVICE, URL, 200, "body:" POOL);
    got(s, "10.0.0.8:80", POOL, 200, NULL);
    idle(s);
}

static void body_dead(scene *s)
{
    names(s);
    got(s, SERVICE, URL, 200, "body:" POOL);
    scene_lookup(s, "A", "web.contoso.com", "NXDOMAIN");
    idle(s);
}

static void body_not_seen_further(scene *s)
{
    body_redirect(s, "body:" POOL);
    idle(s);
}

static void body_fails(scene *s)
{
    body_redirect(s, "body:" POOL);
    got(s, "10.0.0.8:80", POOL, 503, NULL);
    idle(s);
}

static void target(scene *s, const char *url, const char *server, bool refuses)
{
    body_redirect(s, url);
    scene_conn c = scene_syn(s, server);
    if (refuses) {
        scene_refused(s, &c);
    } else {
        scene_connected(s, &c);
        scene_hello(s, &c, "web.contoso.com", 0x0303);
    }
    idle(s);
}

#define SECURE_POOL "body:https://web.contoso.com/Autodiscover/AutodiscoverService.svc/root"

static void target_refuses(scene *s)
{
    target(s, SECURE_POOL, "10.0.0.8:443", true);
}

static void target_refuses_odd_port(scene *s) /* the port that was named, in full */
{
    target(s, "body:http://web.contoso.com:443/root", "10.0.0.8:443", true);
}

static void other_port_refuses(scene *s)
{
    target(s, "body:" POOL, "10.0.0.8:443", true);
}

static void target_is_hidden(scene *s)
{
    target(s, SECURE_POOL, "10.0.0.8:443", false);
}

/* ---- Proxies, and what is said of which try ---- */

static void by_proxy(scene *s, uint16_t status)
{
    names(s);
    got(s, "10.0.0.99:3128", "proxy:" URL, status, NULL);
    idle(s);
}

static void proxy_forbids(scene *s)
{
    by_proxy(s, 403);
}

static void proxy_wants_credentials(scene *s)
{
    by_proxy(s, 407);
}

static void proxy_in_between(scene *s) /* asked as a server, it says that it is a proxy */
{
    names(s);
    got(s, SERVICE, URL, 407, NULL);
    idle(s);
}

static void version_behind_proxy(scene *s) /* 505 is the server's */
{
    by_proxy(s, 505);
}

static void service_forbids(scene *s)
{
    answers(s, 403);
}

static void refused_then_not_found(scene *s)
{
    names(s);
    scene_conn c = scene_syn(s, "10.0.0.7:443");
    scene_refused(s, &c);
    got(s, SERVICE, URL, 404, NULL);
    idle(s);
}

static void not_found_then_refused(scene *s)
{
    names(s);
    got(s, SERVICE, URL, 404, NULL);
    scene_conn c = scene_syn(s, "10.0.0.7:443");
    scene_refused(s, &c);
    idle(s);
}

static void one_silent_one_refused(scene *s)
{
    names(s);
    scene_conn c = scene_syn(s, SERVICE), d = scene_syn(s, "10.0.0.7:443");
    scene_wait(s, 1);
    scene_syn_again(s, &c);
    scene_refused(s, &d);
    scene_wait(s, 20);
    scene_timeout(s, &c);
    idle(s);
}

static void port_80_twice(scene *s) /* 443 was not tried */
{
    names(s);
    scene_conn c = scene_syn(s, SERVICE);
    scene_refused(s, &c);
    scene_conn d = scene_syn(s, SERVICE);
    scene_refused(s, &d);
    idle(s);
}

static void unreachable(scene *s)
{
    names(s);
    scene_conn c = scene_syn(s, SERVICE), d = scene_syn(s, "10.0.0.7:443");
    scene_icmp(s, &c, 3, 1);
    scene_icmp(s, &d, 3, 1);
    idle(s);
}

static void go_round(scene *s)
{
    redirected(s);
    got(s, "10.0.0.8:80", POOL, 302, URL);
    got(s, SERVICE, URL, 302, POOL);
}

static void circle_beside_tls(scene *s) /* which may have given the answer */
{
    go_round(s);
    scene_conn c = scene_open(s, "10.0.0.7:443");
    scene_hello(s, &c, OUTSIDE, 0x0303);
    idle(s);
}

static void circle_and_ticket(scene *s) /* the service asks who it is */
{
    go_round(s);
    got(s, "10.0.0.8:80", POOL, 401, NULL);
    idle(s);
}

static void circle_yet(scene *s) /* the capture ends */
{
    go_round(s);
    scene_wait(s, 1);
}

static void circle_of_desktop_client_yet(scene *s)
{
    go_round(s);
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "0 0 443 sip.contoso.com");
    scene_wait(s, 1);
}

static void goes_on_yet(scene *s)
{
    names(s);
    got(s, SERVICE, URL, 404, NULL);
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "0 0 443 sip.contoso.com");
    scene_wait(s, 1);
}

static void connects_all_the_same(scene *s) /* to a port of SIP: a server that it was told */
{
    names(s);
    got(s, SERVICE, URL, 404, NULL);
    scene_conn c = scene_syn(s, "10.0.0.7:5061");
    scene_wait(s, 1);
    scene_syn_again(s, &c);
    idle(s);
}

#define FAILED "autodiscover-http-failed"
#define LOOP   "autodiscover-loop"

static const rule_case cases[] = {
    {"not found", not_found, FAILED, "failure", "likely"},
    {"broken", broken, FAILED, "failure", "likely"},
    {"works", works, "", "incomplete", ""},
    {"wants a ticket", wants_ticket, "", "incomplete", ""},
    {"no answer", no_answer, "", "incomplete", ""},
    {"the sibling works", sibling_works, "", "incomplete", ""},
    {"the sibling fails", sibling_fails, FAILED, "failure", "likely"},
    {"the sibling is hidden", sibling_hidden, "", "incomplete", ""},
    {"the sibling refuses TLS", sibling_refuses_tls, FAILED, "failure", "likely"},
    {"TLS of another service", tls_of_another, FAILED, "failure", "likely"},
    {"refused", refused, FAILED, "failure", "likely"},
    {"one port refused", one_port_refused, "", "incomplete", ""},
    {"another host refuses", another_host_refuses, "", "incomplete", ""},
    {"the capture ends", capture_ends, "", "incomplete", ""},
    {"goes on", goes_on, "", "incomplete", ""},
    {"asks later", asks_later, "", "success", ""},
    {"the proxy has no answer", proxy_has_no_answer, "", "incomplete", ""},
    {"not found behind a proxy", not_found_behind_proxy, FAILED, "failure", "likely"},
    {"dead redirect", dead_redirect, FAILED, "failure", "likely"},
    {"redirect not seen further", redirect_not_seen_further, "", "incomplete", ""},
    {"redirect fails", redirect_fails, FAILED, "failure", "likely"},
    {"redirect works", redirect_works, "", "incomplete", ""},
    {"circle", circle, LOOP, "failure", "likely"},
    {"circle of hosts", circle_of_hosts, LOOP, "failure", "likely"},
    {"nowhere", nowhere, "", "incomplete", ""},
    {"circle left", circle_left, "", "incomplete", ""},
    {"asked again", asked_again, FAILED, "failure", "likely"},
    {"once around", once_around, FAILED, "failure", "likely"},
    {"body: circle", body_circle, LOOP, "failure", "likely"},
    {"body: circle left", body_circle_left, "", "incomplete", ""},
    {"body: dead", body_dead, FAILED, "failure", "likely"},
    {"body: not seen further", body_not_seen_further, "", "incomplete", ""},
    {"body: fails", body_fails, FAILED, "failure", "likely"},
    {"target refuses", target_refuses, FAILED, "failure", "likely"},
    {"target refuses, port named", target_refuses_odd_port, FAILED, "failure", "likely"},
    {"another port than the target's refuses", other_port_refuses, "", "incomplete", ""},
    {"target is hidden", target_is_hidden, "", "incomplete", ""},
    {"the proxy forbids", proxy_forbids, "", "incomplete", ""},
    {"the proxy wants credentials", proxy_wants_credentials, "", "incomplete", ""},
    {"a proxy in between", proxy_in_between, "", "incomplete", ""},
    {"505 behind a proxy", version_behind_proxy, FAILED, "failure", "likely"},
    {"the service forbids", service_forbids, FAILED, "failure", "likely"},
    {"refused, then not found", refused_then_not_found, FAILED, "failure", "likely"},
    {"one silent, one refused", one_silent_one_refused, FAILED, "failure", "likely"},
    {"port 80 twice", port_80_twice, "", "incomplete", ""},
    {"unreachable", unreachable, FAILED, "failure", "likely"},
    {"circle beside TLS", circle_beside_tls, "", "incomplete", ""},
    {"circle and ticket", circle_and_ticket, "", "incomplete", ""},
    {"circle yet", circle_yet, "", "incomplete", ""},
};

/* Of which of several tries it is told, and what became of it. */
static void test_words(void **state)
{
    static const struct {
        const char *name;
        void (*play)(scene *s);
        const char *id, *severity, *words;
    } rows[] = {
        {"not found", not_found, FAILED, "failure",
         "(" URL "), but it answers 404 Some Reason. It asked "
         "no other name"},
        {"refused, then not found", refused_then_not_found, FAILED, "failure",
         "(" URL "), but it answers 404"},
        {"not found, then refused", not_found_then_refused, FAILED, "failure",
         "(" URL "), but it answers 404"},
        {"refused", refused, FAILED, "failure", "but it refuses the connection"},
        {"unreachable", unreachable, FAILED, "failure", "but it cannot be reached"},
        {"one silent, one refused", one_silent_one_refused, FAILED, "failure", "but it "},
        {"TLS refused too", sibling_refuses_tls, FAILED, "failure", "but it answers 404"},
        {"dead redirect", dead_redirect, FAILED, "failure",
         "but it redirects to web.contoso.com, which has no address"},
        {"goes on", goes_on, FAILED, "note", "Desktop clients have other names to ask"},
        {"connects", connects_all_the_same, FAILED, "note", "Desktop clients have other"},
        {"goes on yet", goes_on_yet, FAILED, "note", "Desktop clients have other names to ask"},
        {"circle yet, goes on", circle_of_desktop_client_yet, LOOP, "note", "Desktop clients have"},
        {"circle", circle, LOOP, "failure",
         ": " URL " redirects to " POOL ", and that leads back. It asked no other name"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, NULL);
        rows[i].play(&s);
        scene_end(&s);
        const char *text = scene_text(&s, rows[i].id, "explanation");
        if (strcmp(scene_text(&s, rows[i].id, "severity"), rows[i].severity) != 0 ||
            !strstr(text, rows[i].words))
            fail_msg("%s: '%s': %s", rows[i].name, scene_text(&s, rows[i].id, "severity"), text);
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};
    return run_cases("autodiscover", cases, sizeof cases / sizeof *cases) +
           cmocka_run_group_tests_name("autodiscover, words", tests, NULL, NULL);
}
