/* What a sign-in that worked is worth: services that are missing, and registrations that the server
 * ends (signin-failures 1.5, 7.1, 7.3). */
#include "rules/answer.h"
#include "rules/judging.h"
#include "signin/decide.h"

/* The value of a parameter ("name=value" or name="value") of a header whose parameters are
 * separated by semicolons or blanks; absent: not there. */
static cx_slice param_of(cx_slice text, const char *name)
{
    size_t len = strlen(name);
    for (size_t at = 0; at + len < text.len; at++) {
        bool starts = at == 0 || strchr("; \t,\r\n", text.p[at - 1]);
        if (!starts || text.p[at + len] != '=' ||
            !cx_slice_istarts(cx_slice_sub(text, at, text.len - at), name))
            continue;
        size_t from = at + len + 1, to;
        bool quoted = from < text.len && text.p[from] == '"';
        from += quoted;
        for (to = from; to < text.len; to++)
            if (quoted ? text.p[to] == '"' : strchr("; \t,\r\n", text.p[to]) != NULL)
                break;
        return cx_slice_sub(text, from, to - from);
    }
    return (cx_slice){NULL, 0};
}

/* ---- limited functionality ---- */

/* The latest REGISTER that was accepted, or NULL. */
static const cx_register *last_accepted(const cx_attempt *a)
{
    const cx_register *accepted = NULL;
    for (uint32_t i = 0; i < a->n_registers; i++)
        if (cx_register_accepted(&a->registers[i]))
            accepted = &a->registers[i];
    return accepted;
}

static void detect_limited(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_aftermath *after = &a->after;
    const cx_register *accepted = last_accepted(a);
    if (!accepted)
        return;
    cx_slice primary =
        param_of(accepted->response->u.sip.presence_state, "is-connected-to-primary");
    bool apart = cx_slice_iis(primary, "no") || cx_slice_iis(primary, "false");
    bool unserved = after->unserved >= 2 && !after->served && after->last_unserved;
    if (!apart && !unserved)
        return;
    cx_finding *f = cx_find_answer(j, accepted, CX_PROVEN);
    cx_find_number(j, f, "unserved", after->unserved);
    cx_find_text(j, f, "how",
                 cx_slice_of(apart ? "the server is not connected to the user's primary pool "
                                     "(presence-state: is-connected-to-primary=\"no\")"
                                   : "none of its requests for contacts and settings is served"));
    if (unserved) {
        cx_show(j, f, after->first_unserved->at, "%u to %.*s", after->first_unserved->u.sip.status,
                (int)after->first_unserved->u.sip.method.len,
                (const char *)after->first_unserved->u.sip.method.p);
        cx_show(j, f, after->last_unserved->at, "%u to %.*s", after->last_unserved->u.sip.status,
                (int)after->last_unserved->u.sip.method.len,
                (const char *)after->last_unserved->u.sip.method.p);
    }
}

const cx_rule cx_rule_sip_limited_functionality = {
    .id = "sip-limited-functionality",
    .title = "Signed in, but with limited functionality",
    .default_severity = CX_WARNING,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_limited,
    .evidence =
        "200 to REGISTER whose presence-state says is-connected-to-primary=\"no\", or two "
        "and more SUBSCRIBE or SERVICE requests within the domain afterwards that are answered 503 "
        "or 504, and none that is served.",
    .rules_out = "is-connected-to-primary=\"yes\" and requests that are served.",
    .traps = "A single SUBSCRIBE that fails; requests for contacts in other domains.",
    .explain =
        "{server} accepted the sign-in of {user}, but {how}: contacts, presence and settings "
        "are limited or missing.",
    .remedy = "Restore the quorum of the user's pool or its back-end database, or wait for the "
              "fail-over to end.",
    .source = "MS-SIPREGE 2.2 (presence-state)",
};

/* ---- a partner without a federation record ---- */

static void detect_partner(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_event *e = a->after.unreached;
    const cx_register *accepted = last_accepted(a);
    if (!e || !a->partner.missing.frame || !accepted)
        return;
    const cx_ev_sip *sip = &e->u.sip;
    const cx_sip_diag *said = &sip->diag[0];
    for (uint32_t i = 1; i < sip->n_diag && said->code != 1008 && said->code != 1014; i++)
        said = &sip->diag[i];
    /* 1014 says that a host name has no address: perhaps that of another record */
    cx_finding *f = cx_find(j, said->code == 1008 ? CX_PROVEN : CX_LIKELY, accepted->conn);
    cx_find_text(j, f, "user", a->user.len ? a->user : cx_slice_of("the user"));
    cx_find_text(j, f, "contact", sip->to.text);
    cx_find_text(j, f, "partner", sip->to.host);
    cx_find_text(j, f, "method", sip->method);
    cx_find_number(j, f, "ms_diagnostics", said->code);
    cx_find_text(
        j, f, "result",
        cx_slice_of(a->partner.rcode == 3 ? "does not exist (NXDOMAIN)" : "has no such record"));
    char asker[CX_ADDR_TEXT];
    cx_addr_text(&a->partner.asker, asker);
    cx_find_text(j, f, "asker", cx_arena_printf(j->arena, "%s", asker));
    cx_show(j, f, e->at, "504 to %.*s with ms-diagnostics %u", (int)sip->method.len,
            (const char *)sip->method.p, said->code);
    cx_show(j, f, a->partner.missing, "SRV _sipfederationtls._tcp.%.*s: %s", (int)sip->to.host.len,
            (const char *)sip->to.host.p, a->partner.rcode == 3 ? "NXDOMAIN" : "no such record");
    cx_show(j, f, accepted->response->at, "the sign-in, which works");
}

const cx_rule cx_rule_dns_federation_srv_missing = {
    .id = "dns-federation-srv-missing",
    .title = "A partner domain has no federation record",
    .default_severity = CX_WARNING,
    .layer = "dns",
    .needs = CX_BIT(CX_EV_SIP) | CX_BIT(CX_EV_DNS),
    .detect = detect_partner,
    .evidence = "A request of a user who signed in, for a contact in another domain, that is "
                "answered 504 with ms-diagnostics 1008 or 1014, and before it a negative answer to "
                "_sipfederationtls._tcp of that domain, whoever asked.",
    .rules_out = "A later answer with such a record, before the 504.",
    .traps = "No sign-in waits for it, and no client asks for the record: the Access Edge does, so "
             "that both are seen in captures of servers alone. A partner that is reached by the "
             "name of its Access Edge needs no record. To REGISTER such a 504 is "
             "sip-server-timeout.",
    .explain = "{user} is signed in, but {method} for {contact} was answered 504 with "
               "ms-diagnostics {ms_diagnostics}: _sipfederationtls._tcp.{partner} {result}, as "
               "{asker} was told. Presence, messages and calls with {partner} fail.",
    .remedy = "Let the partner publish SRV _sipfederationtls._tcp.{partner} for its Access Edge, "
              "port 5061, in a name of that domain, or add {partner} to the allowed partners with "
              "the name of that server.",
    .source = "MS-OCER, tables of the SIP stack (1008, 1014); Configure and troubleshoot DNS and "
              "certificate requirements for Lync/Skype federation (Cisco)",
};

/* ---- ended by the server ---- */

static void detect_ended(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_event *e = a->after.ended;
    if (!e)
        return;
    const cx_register *mine = NULL;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        cx_slice epid = r->request ? r->request->u.sip.epid : (cx_slice){NULL, 0};
        bool other = epid.len && e->u.sip.epid.len && !cx_slice_ieq(epid, e->u.sip.epid);
        if (cx_register_accepted(r) && !other)
            mine = r;
    }
    cx_slice event = param_of(e->u.sip.body, "event");
    if ((!mine && a->n_registers) || !event.len)
        return;
    bool rejected = cx_slice_iis(event, "rejected"), moved = cx_slice_iis(event, "deactivated");
    if (!rejected && !moved && !cx_slice_iis(event, "unregistered"))
        return;
    cx_finding *f = cx_find(j, CX_PROVEN, mine ? mine->conn : a->conns[0]);
    cx_find_text(j, f, "user", a->user.len ? a->user : cx_slice_of("the user"));
    cx_find_text(j, f, "event", event);
    cx_find_text(j, f, "how",
                 cx_slice_of(rejected ? "the account was disabled, or is no longer enabled for "
                                        "Communications Server"
                             : moved  ? "the user was moved to another pool"
                                      : "another sign-in took its place, or an administrator ended "
                                        "it"));
    if (e->u.sip.n_diag) {
        cx_find_number(j, f, "ms_diagnostics", e->u.sip.diag[0].code);
        cx_find_text(j, f, "ms_diagnostics_reason", e->u.sip.diag[0].reason);
    }
    cx_show(j, f, e->at, "%.*s: registration %.*s", (int)e->u.sip.method.len,
            (const char *)e->u.sip.method.p, (int)event.len, (const char *)event.p);
    if (mine)
        cx_show(j, f, mine->response->at, "the sign-in that it ends");
}

const cx_rule cx_rule_sip_user_moved_or_removed = {
    .id = "sip-user-moved-or-removed",
    .title = "The server ended the registration",
    .default_severity = CX_WARNING,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_ended,
    .evidence = "NOTIFY or BENOTIFY with a text/registration-event body: event "
                "unregistered, rejected or deactivated.",
    .rules_out = "A sign-out of the user before (REGISTER with Expires 0).",
    .traps = "The notice may be about the registration of another endpoint of the same user: its "
             "epid is another.",
    .explain = "{server} ended the registration of {user} (event {event}): {how}.",
    .remedy =
        "For rejected: check that the account is enabled. For deactivated: sign in again, and "
        "check where the user is homed. For unregistered: look for a second sign-in of the "
        "same user.",
    .source = "MS-SIPREGE 2.2, 3.2 (registration-notify)",
};
