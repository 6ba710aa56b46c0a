/* The autodiscover web service, which newer clients ask first and mobile ones alone
 * (signin-failures 1.1, 2.1). What it answers shows over HTTP, and over HTTPS that was opened. */
#include "base/text.h"
#include "rules/dns_state.h"
#include "rules/judging.h"
#include "signin/discover.h"

/* Desktop clients have other names to ask; it hurts those that have not. */
static bool has_another_way(const cx_attempt *a)
{
    return a->looked_further || a->n_conns || a->n_registers || a->sip_served || a->registrar_ns;
}

/* The service itself named this place, and no other port of it. */
static bool is_target(const cx_attempt *a, const cx_discover_try *t)
{
    for (const cx_discover_try *before = a->tries; before < t; before++)
        if (cx_discover_leads_to(before, t))
            return true;
    return false;
}

/* The lookup that says that the host of a redirect has no address, or NULL. */
static const cx_lookup *dead_target(const cx_attempt *a, const cx_discover_try *t)
{
    if (!t->to_host.len || cx_host_is_address(t->to_host))
        return NULL;
    cx_dns_host_state state = cx_dns_host(a, t->to_host);
    return state.negative && state.a ? state.a : NULL;
}

typedef enum verdict { WORKS_OR_UNKNOWN, OF_NO_ACCOUNT, FAILED } verdict;

/* What a proxy says when it does not let the request through, or gets no answer. */
static bool is_of_proxy(const cx_discover_try *t)
{
    return t->status == 407 ||
           (t->by_proxy && (t->status == 403 || (t->status >= 502 && t->status <= 504)));
}

/* 401 begins the fetching of a web ticket (MS-OCAUTHWS). */
static verdict judge(const cx_attempt *a, const cx_discover_try *t)
{
    if (t->fate == CX_DISCOVER_HIDDEN)
        return WORKS_OR_UNKNOWN;
    if (t->fate == CX_DISCOVER_OTHER)
        return OF_NO_ACCOUNT;
    if (t->fate != CX_DISCOVER_ASKED)
        return FAILED;
    if (cx_discover_redirects(t))
        return cx_discover_is_followed(a, t) ? OF_NO_ACCOUNT
               : dead_target(a, t)           ? FAILED
                                             : WORKS_OR_UNKNOWN;
    return t->status >= 400 && t->status != 401 && !is_of_proxy(t) ? FAILED : WORKS_OR_UNKNOWN;
}

/* "it answers 404 Not Found" */
static cx_slice say_fate(cx_judging *j, const cx_discover_try *t)
{
    static const char *const silent[] = {
        [CX_DISCOVER_TLS_FAILED] = "TLS with it ends in a fatal alert",
        [CX_DISCOVER_REFUSED] = "it refuses the connection",
        [CX_DISCOVER_SILENT] = "it does not answer the connection",
        [CX_DISCOVER_UNREACHABLE] = "it cannot be reached",
    };
    if (t->fate != CX_DISCOVER_ASKED)
        return cx_slice_of(silent[t->fate]);
    if (cx_discover_redirects(t))
        return cx_arena_printf(j->arena, "it redirects to %.*s, which has no address",
                               (int)t->to_host.len, (const char *)t->to_host.p);
    return cx_arena_printf(j->arena, "it answers %u %.*s", t->status, (int)t->reason.len,
                           t->reason.len ? (const char *)t->reason.p : "");
}

static void show_try(cx_judging *j, cx_finding *f, const cx_discover_try *t)
{
    if (t->fate == CX_DISCOVER_OTHER)
        return;
    if (t->fate != CX_DISCOVER_ASKED) {
        cx_show(j, f, t->answered, "port %u: the end of it", t->server.port);
        cx_show(j, f, t->asked, "port %u of the service is tried", t->server.port);
        return;
    }
    cx_show(j, f, t->answered, "%u %.*s%s%.*s", t->status, (int)t->reason.len,
            t->reason.len ? (const char *)t->reason.p : "", t->to.len ? ", to " : "",
            (int)(t->to.len < 200 ? t->to.len : 200), t->to.len ? (const char *)t->to.p : "");
    cx_show(j, f, t->asked, "GET %.*s", (int)(t->url.len < 200 ? t->url.len : 200),
            (const char *)t->url.p);
}

/* A finding about t, and how much it hurts. */
static cx_finding *find(cx_judging *j, const cx_discover_try *t, bool hurts)
{
    const cx_attempt *a = j->a;
    cx_finding *f = cx_find(j, hurts ? CX_LIKELY : CX_PROVEN, NULL);
    f->severity = hurts ? CX_FAILURE : CX_NOTE;
    f->server = t->server;
    f->server_name = t->host;
    cx_find_text(j, f, "domain", a->domain);
    cx_slice server = cx_say_server(j, &t->server);
    if (t->host.len)
        server = cx_arena_printf(j->arena, "%.*s, %.*s", (int)t->host.len, (const char *)t->host.p,
                                 (int)server.len, (const char *)server.p);
    cx_find_text(j, f, "who", t->url.p ? t->url : server);
    cx_find_text(j, f, "then",
                 cx_slice_of(hurts ? "It asked no other name, as mobile clients and the Windows "
                                     "Store app do"
                                   : "Desktop clients have other names to ask; mobile clients and "
                                     "the Windows Store app have not"));
    return f;
}

/* ---- autodiscover-http-failed ---- */

/* HTTP and HTTPS are a pair: one that is closed says nothing of the other. */
static bool both_ports_failed(const cx_attempt *a)
{
    bool http = false, https = false;
    for (uint32_t i = 0; i < a->n_tries; i++) {
        bool failed = judge(a, &a->tries[i]) == FAILED;
        http |= failed && a->tries[i].server.port == 80;
        https |= failed && a->tries[i].server.port == 443;
    }
    return http && https;
}

static void detect_failed(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_discover_try *failed = NULL;
    bool sure = false; /* an answer, or the only place to go, says more than one port of two */
    for (uint32_t i = 0; i < a->n_tries; i++) {
        const cx_discover_try *t = &a->tries[i];
        verdict v = judge(a, t);
        if (v == WORKS_OR_UNKNOWN)
            return;
        if (v == FAILED && (!failed || !sure)) {
            bool says_more = t->status || is_target(a, t);
            failed = !failed || says_more ? t : failed;
            sure = says_more;
        }
    }
    bool hurts = !has_another_way(a);
    if (!failed || (!sure && !both_ports_failed(a)) || (hurts && cx_may_go_on(a)))
        return;
    cx_finding *f = find(j, failed, hurts);
    cx_find_text(j, f, "how", say_fate(j, failed));
    show_try(j, f, failed);
    const cx_lookup *dead = dead_target(a, failed);
    if (dead)
        cx_dns_show(j, f, dead);
    for (uint32_t i = 0; i < a->n_tries; i++)
        if (&a->tries[i] != failed)
            show_try(j, f, &a->tries[i]);
}

const cx_rule cx_rule_autodiscover_http_failed = {
    .id = "autodiscover-http-failed",
    .title = "The autodiscover web service fails",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_HTTP),
    .detect = detect_failed,
    .evidence =
        "Requests to lyncdiscoverinternal or lyncdiscover, over HTTP or over HTTPS that was "
        "opened, that are answered 4xx or 5xx, or redirected (by Location, or by a link in the "
        "body) to a name without address or to a place whose connection fails; both its ports, 80 "
        "and 443, refused, not answered, or ending TLS in a fatal alert.",
    .rules_out =
        "A 2xx that sends nowhere else, or 401, to any request of the sign-in; HTTPS that was not "
        "opened; a redirect of which nothing more is seen; a request without answer; an error "
        "that may be that of an HTTP proxy.",
    .traps = "401 begins the fetching of a web ticket. Clients ask over HTTP and HTTPS at the same "
             "time, inside and outside name: one that works is enough. Desktop clients go on with "
             "SRV records and host names: then it is a note.",
    .explain = "{client} asked the autodiscover service for a server of {domain} ({who}), but "
               "{how}. {then}.",
    .remedy = "Publish the autodiscover service of {domain} on ports 80 and 443 "
              "(/autodiscover/autodiscoverservice.svc/root), with a certificate that carries its "
              "names, and let its redirects lead to names that exist.",
    .source = "MS-OCDISCWS; DNS summary - Autodiscover in Lync Server 2013",
};

/* ---- autodiscover-loop ---- */

/* t redirects, and the chain of redirects behind it leads back to what it was asked for, which then
 * redirects again. The second time of it, or NULL. */
static const cx_discover_try *comes_back(const cx_attempt *a, const cx_discover_try *t)
{
    const cx_discover_try *end = a->tries + a->n_tries, *at = t;
    for (const cx_discover_try *next = t + 1; next < end; next++) {
        if (!next->url.p || !cx_slice_eq(next->url, at->to) || !next->to.p)
            continue;
        if (cx_slice_eq(next->url, t->url))
            return next;
        at = next;
    }
    return NULL;
}

static void detect_loop(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_discover_try *first = NULL, *again = NULL;
    for (uint32_t i = 0; i < a->n_tries; i++) {
        const cx_discover_try *t = &a->tries[i];
        bool works = t->status / 100 == 2 && !t->to.p;
        if (t->fate == CX_DISCOVER_HIDDEN || works || t->status == 401)
            return;
        if (!again && t->url.p && t->to.p && (again = comes_back(a, t)))
            first = t;
    }
    bool hurts = !has_another_way(a);
    if (!again || (hurts && cx_may_go_on(a)))
        return;
    cx_finding *f = find(j, first, hurts);
    cx_find_text(j, f, "target", first->to);
    for (const cx_discover_try *t = first; t <= again; t++)
        show_try(j, f, t);
}

const cx_rule cx_rule_autodiscover_loop = {
    .id = "autodiscover-loop",
    .title = "Autodiscover redirects in a circle",
    .default_severity = CX_FAILURE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_HTTP),
    .detect = detect_loop,
    .evidence = "A request for autodiscover that is answered 3xx with a Location, or 200 with a "
                "link to go on to (token Redirect), and redirects behind it that lead back to the "
                "same URL, which redirects again.",
    .rules_out = "A 2xx that sends nowhere else, or 401, in the end; HTTPS to the service that was "
                 "not opened.",
    .traps = "One redirect across tenants or from HTTP to HTTPS is normal. A client that cannot "
             "reach the target asks again and is sent there again: no circle. Over HTTP the "
             "service answers 200 with such a link to HTTPS: that alone is no success.",
    .explain = "{client} asked the autodiscover service for a server of {domain} and was sent in a "
               "circle: {who} redirects to {target}, and that leads back. {then}.",
    .remedy = "Correct the redirects of the hosting provider or of the split domain: the last one "
              "must answer with the addresses of the user's pool.",
    .source = "MS-OCDISCWS; RFC 9110 15.4",
    .shadows = (const char *const[]){"autodiscover-http-failed", NULL},
};
