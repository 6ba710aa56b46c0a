/* Answers of DNS that are odd, or that only some clients cope with (signin-failures 1.1): aliases,
 * several servers, servers that were left untried, answers that contradict each other. */
#include "base/text.h"
#include "rules/dns_state.h"
#include "rules/judging.h"
#include "signin/conn.h"

/* What hurt nobody is a note; a fault that may stop other clients is a warning. */
static cx_severity unless_signed_in(const cx_attempt *a, cx_severity severity)
{
    return a->outcome == CX_OUT_SUCCESS ? CX_NOTE : severity;
}

/* ---- dns-srv-target-cname ---- */

/* The client went to the target and came to nothing there. By itself the alias stops nobody: a
 * connection that works, and one that was not seen, leave a note. */
static bool fails_at(const cx_attempt *a, cx_slice target)
{
    bool failed = false;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (!c->host || !cx_host_eq(c->host->name, target))
            continue;
        if (cx_conn_tls_used(c) || c->sip[CX_FROM_SERVER].frame)
            return false;
        failed |= cx_is_dead(c) || (cx_conn_opened(c) && cx_conn_ended_by(c) >= 0);
    }
    return failed && a->outcome != CX_OUT_SUCCESS;
}

static void detect_cname(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        for (uint32_t k = 0; k < l->n_srv; k++) {
            cx_dns_host_state host = cx_dns_host(a, l->srv[k].target);
            const cx_lookup *alias = host.a && host.a->alias.p         ? host.a
                                     : host.aaaa && host.aaaa->alias.p ? host.aaaa
                                                                       : NULL;
            if (!alias)
                continue;
            cx_finding *f = cx_find(j, CX_PROVEN, NULL);
            if (!fails_at(a, l->srv[k].target))
                f->severity = CX_NOTE;
            f->lookup = l;
            f->server_name = l->srv[k].target;
            cx_find_text(j, f, "name", l->name);
            cx_find_text(j, f, "target", l->srv[k].target);
            cx_find_text(j, f, "alias", alias->alias);
            cx_show(j, f, alias->answer, "%.*s is an alias of %.*s", (int)alias->name.len,
                    (const char *)alias->name.p, (int)alias->alias.len,
                    (const char *)alias->alias.p);
            cx_show(j, f, l->answer, "SRV %.*s: target %.*s", (int)l->name.len,
                    (const char *)l->name.p, (int)l->srv[k].target.len,
                    (const char *)l->srv[k].target.p);
        }
    }
}

const cx_rule cx_rule_dns_srv_target_cname = {
    .id = "dns-srv-target-cname",
    .title = "The SRV record points to an alias",
    .default_severity = CX_WARNING,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_cname,
    .evidence = "An SRV answer with a target whose address answer begins with a CNAME.",
    .rules_out =
        "An address record of the target itself; a connection there that works, or none (then "
        "it is a note).",
    .traps = "Windows follows the alias without complaint. The certificate must carry the SRV "
             "target, not the name at the end of the alias.",
    .explain = "{name} points to {target}, which is an alias of {alias}: RFC 2782 asks for a name "
               "with an address of its own.",
    .remedy = "Point {name} to a name with its own A or AAAA record.",
    .source = "RFC 2782 (Target)",
};

/* ---- dns-multiple-signin-pools ---- */

static uint32_t different_targets(const cx_lookup *l)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n_srv; i++) {
        bool repeated = cx_slice_is(l->srv[i].target, ".");
        for (uint32_t k = 0; k < i && !repeated; k++)
            repeated = cx_host_eq(l->srv[k].target, l->srv[i].target);
        n += !repeated;
    }
    return n;
}

static void list_targets(cx_judging *j, cx_finding *f, const cx_lookup *l)
{
    cx_buf text = cx_buf_init(1024);
    for (uint32_t i = 0; i < l->n_srv; i++) {
        bool repeated = false;
        for (uint32_t k = 0; k < i && !repeated; k++)
            repeated = cx_host_eq(l->srv[k].target, l->srv[i].target);
        if (!repeated && !cx_list_add(&text, l->srv[i].target))
            break;
    }
    cx_find_text(j, f, "targets", cx_buf_slice(&text));
    cx_buf_free(&text);
}

static void detect_pools(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_lookups; i++) {
        const cx_lookup *l = j->a->lookups[i];
        uint32_t n = different_targets(l);
        if (l->role != CX_ROLE_SRV_INTERNAL_TLS || n < 2)
            continue;
        cx_finding *f = cx_find(j, CX_PROVEN, NULL);
        f->lookup = l;
        cx_find_text(j, f, "name", l->name);
        cx_find_number(j, f, "n", n);
        list_targets(j, f, l);
        cx_show(j, f, l->answer, "SRV %.*s: %u servers", (int)l->name.len, (const char *)l->name.p,
                n);
    }
}

const cx_rule cx_rule_dns_multiple_signin_pools = {
    .id = "dns-multiple-signin-pools",
    .title = "Several servers are published for internal sign-in",
    .default_severity = CX_NOTE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_pools,
    .evidence = "An answer to _sipinternaltls._tcp.<domain> with two or more different targets.",
    .rules_out = "The same target in each record.",
    .traps = "Directors with a backup pool (Lync 2013) are published so on purpose.",
    .explain = "{name} names {n} servers: {targets}. Communicator 2007 R2 uses one of them and "
               "tries no other.",
    .remedy = "Publish one pool or director for sign-in; it redirects each user to the home pool.",
    .source = "Required DNS Records for Automatic Client Sign-In (2007)",
};

/* ---- dns-answer-conflict ---- */

static void detect_conflict(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_lookups; i++) {
        const cx_lookup *l = j->a->lookups[i];
        if (!l->conflict.frame || l->role == CX_ROLE_NONE)
            continue;
        const char *type = cx_dns_type_name(l->type);
        cx_finding *f = cx_find(j, CX_PROVEN, NULL);
        f->lookup = l;
        cx_find_text(j, f, "name", l->name);
        cx_find_text(j, f, "type", cx_slice_of(type ? type : "?"));
        cx_find_text(j, f, "first", cx_say_address(j, &l->answered_by));
        cx_find_text(j, f, "second", cx_say_address(j, &l->conflict_by));
        cx_show(j, f, l->conflict, "another answer to the same question");
        cx_show(j, f, l->answer, "the first answer");
    }
}

const cx_rule cx_rule_dns_answer_conflict = {
    .id = "dns-answer-conflict",
    .title = "The same question got different answers",
    .default_severity = CX_NOTE,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS),
    .detect = detect_conflict,
    .evidence = "Two good answers to the same question of one client within a sign-in that share "
                "no address and no SRV target.",
    .rules_out = "The same records in another order, or one answer as a part of the other.",
    .traps = "Servers of large services give each question a few addresses of many.",
    .explain = "{client} asked for {type} {name} more than once and got answers that share nothing "
               "(from {first} and {second}).",
    .remedy = "Compare the zones that answer inside and outside, and the forwarders of each "
              "resolver.",
    .source = "Advanced Edge Server DNS planning for Skype for Business Server (split-brain DNS)",
};

/* ---- dns-srv-order-ignored ---- */

#define PATIENCE (60 * CX_SECOND_NS) /* a client that fails over does so earlier (RFC 3263 4.3) */

/* Nothing was looked up, and nothing connected to, for any target but that of the failed one. */
static bool others_untouched(const cx_attempt *a, const cx_lookup *l, cx_slice failed)
{
    for (uint32_t k = 0; k < l->n_srv; k++) {
        cx_slice target = l->srv[k].target;
        if (cx_host_eq(target, failed))
            continue;
        cx_dns_host_state host = cx_dns_host(a, target);
        if (host.a || host.aaaa || cx_dns_tried_target(a, target))
            return false;
    }
    return true;
}

/* A connection on which no record can be told apart from another proves nothing. */
static bool is_certain(const cx_conn *c)
{
    return c->host && cx_host_eq(c->host->name, c->srv->srv[c->srv_index].target);
}

static void detect_order(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        const cx_conn *c = a->conns[i];
        if (!c->srv || different_targets(c->srv) < 2 || !cx_is_dead(c) || !is_certain(c))
            continue;
        cx_slice target = c->srv->srv[c->srv_index].target;
        if (c->srv->srv[c->srv_index].priority != c->srv->srv[0].priority ||
            a->decided_ns - c->last_ns < PATIENCE || !others_untouched(a, c->srv, target))
            continue;
        cx_finding *f = cx_find(j, CX_LIKELY, c);
        f->severity = unless_signed_in(a, CX_WARNING);
        f->lookup = c->srv;
        cx_find_text(j, f, "name", c->srv->name);
        cx_find_text(j, f, "target", target);
        list_targets(j, f, c->srv);
        cx_show(j, f, c->srv->answer, "SRV %.*s: %u servers", (int)c->srv->name.len,
                (const char *)c->srv->name.p, different_targets(c->srv));
        cx_show(j, f, c->tcp.syn[0], "SYN to %.*s", (int)target.len, (const char *)target.p);
        cx_show(j, f, c->tcp.answer, "the connection is not accepted");
    }
}

const cx_rule cx_rule_dns_srv_order_ignored = {
    .id = "dns-srv-order-ignored",
    .title = "The preferred server is down and the client tries no other of the record",
    .default_severity = CX_WARNING,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_DNS) | CX_BIT(CX_EV_TCP),
    .detect = detect_order,
    .evidence = "An SRV answer with several targets, a failed connection to one of the first "
                "priority, and in the 60 s behind it neither a lookup nor a SYN for the others.",
    .rules_out = "Any other target that was looked up or tried.",
    .traps = "Communicator 2007 R2 uses one SRV record and tries no other: that is its way. Other "
             "clients must go on (RFC 3263 4.3).",
    .explain = "{name} names several servers ({targets}); {client} could not connect to {target} "
               "and tried none of the others.",
    .remedy = "Remove the dead server from the SRV record, or bring it back.",
    .source = "Client DNS Queries Drilldown (2007 R2); RFC 2782; RFC 3263 4.3",
};
