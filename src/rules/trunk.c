/* Trunks: connections between SIP servers, on which one asks with OPTIONS whether the other is
 * there (signin-failures 1.5). Nobody signs in on them, so that what is found is a warning. They
 * are seen over TCP, and over TLS that was opened; over UDP OPTIONS are mostly those of scanners.
 */
#include "base/text.h"
#include "rules/judging.h"
#include "signin/conn.h"

#define TEAMS ".pstnhub.microsoft.com"

/* What the peer sends would be seen, and is nothing. */
static bool is_silent(const cx_conn *c)
{
    bool could_answer = c->sip[CX_FROM_SERVER].frame || c->malformed[CX_FROM_SERVER].frame ||
                        c->tls.app_data[CX_FROM_SERVER].frame || c->gap[CX_FROM_SERVER];
    bool in_clear = !cx_conn_hello_at(c).frame;
    return !could_answer && !(in_clear && c->data[CX_FROM_SERVER].frame) && !c->tcp.one_sided &&
           c->connected.frame && c->tcp.side[CX_FROM_CLIENT].acked;
}

/* From one OPTIONS to the next; 0: there are too few, or too close ones, to say. */
static int64_t interval_of(const cx_conn *c)
{
    const cx_trunk *t = &c->trunk;
    if (t->options < 3)
        return 0;
    int64_t ns = (t->last.ts_ns - t->first->at.ts_ns) / (t->options - 1);
    return ns >= CX_SECOND_NS ? ns : 0;
}

/* Three went unanswered, each for as long as the next one took. */
static bool is_unanswered(const cx_attempt *a, const cx_conn *c)
{
    int64_t interval = interval_of(c);
    int64_t until = c->ended.frame ? c->ended.ts_ns : a->decided_ns;
    return interval && is_silent(c) &&
           (c->trunk.options > 3 || until - c->trunk.last.ts_ns >= interval);
}

/* The peer is one that knows trunks by name, and got an address. */
static bool is_address_for_teams(const cx_attempt *a, const cx_conn *c)
{
    const cx_event *e = c->trunk.first ? c->trunk.first : c->trunk.call;
    if (!e || c->trunk.accepted || !cx_slice_iends(e->u.sip.uri.host, TEAMS) ||
        !e->u.sip.n_contacts || !cx_host_is_address(e->u.sip.contact[0].host))
        return false;
    return c->trunk.status >= 400 || is_unanswered(a, c);
}

static cx_finding *find_trunk(cx_judging *j, const cx_conn *c, cx_confidence confidence)
{
    cx_finding *f = cx_find(j, confidence, c);
    cx_find_number(j, f, "options", c->trunk.options);
    cx_show(j, f, c->trunk.first ? c->trunk.first->at : c->trunk.call->at, "first %s",
            c->trunk.first ? "OPTIONS" : "INVITE");
    cx_show(j, f, c->trunk.last, "OPTIONS number %u", c->trunk.options);
    return f;
}

static void detect_unanswered(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (j->a->n_registers || !is_unanswered(j->a, c) || is_address_for_teams(j->a, c))
            continue;
        cx_finding *f = find_trunk(j, c, CX_PROVEN);
        cx_find_text(j, f, "seconds", cx_say_seconds(j, interval_of(c)));
        cx_show(j, f, c->connected, "connection established");
    }
}

const cx_rule cx_rule_sip_options_unanswered = {
    .id = "sip-options-unanswered",
    .title = "The peer of a trunk does not answer OPTIONS",
    .default_severity = CX_WARNING,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_unanswered,
    .evidence =
        "Three OPTIONS and more on one connection over TCP, or over TLS that was opened, a "
        "second or more apart, acknowledged by TCP, and no byte of SIP from the other side.",
    .rules_out =
        "Any answer, whatever its status: the peer is alive; a REGISTER of the same client; "
        "bytes of the other side that are missing.",
    .traps = "Nobody signs in on a trunk: this stops calls. Scanners send one OPTIONS to many "
             "addresses; those over UDP are not judged.",
    .explain =
        "{client} sent {options} OPTIONS to {server}, one every {seconds} s, over a connection "
        "that works, and none was answered: it will take this trunk for dead.",
    .remedy =
        "Let Contact and Record-Route carry the name under which the peer knows this trunk, "
        "and check whether the peer has it configured, and accepts OPTIONS from this address.",
    .source = "SBC connectivity issues (Microsoft Learn, Direct Routing); RFC 3261 11",
};

/* ---- an address where Direct Routing wants a name ---- */

static void detect_contact(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (!is_address_for_teams(j->a, c))
            continue;
        const cx_event *e = c->trunk.first ? c->trunk.first : c->trunk.call;
        cx_finding *f = find_trunk(j, c, CX_LIKELY);
        cx_find_text(j, f, "contact", e->u.sip.contact[0].host);
        cx_find_text(j, f, "peer", e->u.sip.uri.host);
        cx_find_text(j, f, "how",
                     c->trunk.status ? cx_arena_printf(j->arena, "was answered %u", c->trunk.status)
                                     : cx_slice_of("got no answer"));
        cx_show(j, f, c->trunk.refused, "%u", c->trunk.status);
    }
}

const cx_rule cx_rule_sip_contact_not_fqdn = {
    .id = "sip-contact-not-fqdn",
    .title = "Contact holds an address where Direct Routing wants a name",
    .default_severity = CX_WARNING,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_contact,
    .evidence = "OPTIONS or INVITE to a host of pstnhub.microsoft.com whose Contact holds an IP "
                "address, answered 4xx to 6xx, or three OPTIONS and more without any answer.",
    .rules_out = "A 2xx to any of them.",
    .traps =
        "Other servers take an address in Contact (RFC 3261 8.1.1.8). All of it is inside TLS: "
        "only the secrets of the session border controller show it. Trunks that are derived "
        "from another one have its state.",
    .explain = "{client} names itself {contact} in Contact, and {how}: {peer} knows trunks by the "
               "name of the session border controller alone.",
    .remedy = "Set Contact, and Record-Route where there is one, to the name of the session border "
              "controller that the tenant has and that its certificate carries.",
    .source = "SBC connectivity issues (Microsoft Learn, Direct Routing)",
};
