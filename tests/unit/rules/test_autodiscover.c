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
};

int main(void)
{
    return run_cases("autodiscover", cases, sizeof cases / sizeof *cases);
}
