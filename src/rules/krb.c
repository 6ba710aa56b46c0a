/* What Kerberos servers and services answer (signin-failures 1.6; ntlm-kerberos-tls.md 5.3, 5.4).
 * The last answer to a request counts: an error that a reply to the same request followed has been
 * overcome. */
#include "base/text.h"
#include "rules/answer.h"
#include "rules/judging.h"
#include "signin/conn.h"
#include "signin/decide.h"
#include "signin/exchange.h"

#include <inttypes.h>

#define SKEW_NS (300 * CX_SECOND_NS) /* RFC 4120 1.6: five minutes by default */

static void show_event(cx_judging *j, cx_finding *f, const cx_event *e, const char *what,
                       cx_slice name)
{
    uint32_t before = f->n_proofs;
    if (!e)
        return;
    cx_show(j, f, e->at, "%s%.*s", what, (int)name.len, name.p ? (const char *)name.p : "");
    if (f->n_proofs > before) /* the exchange may change its conversation */
        f->proof[before].stream = e->stream;
}

/* How far an exchange leads: to the user's ticket, to that of a service, to the service itself. */
static int step_of(const cx_exchange *x)
{
    return !x->kdc ? 2 : x->tgs ? 1 : 0;
}

/* Behind at, one that leads as far as x went well. Exchanges join the attempt when they end, so
 * that their order is not that of their answers. */
static bool overcome(const cx_attempt *a, const cx_exchange *x, const cx_evidence *at)
{
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *other = a->exchanges[i];
        const cx_event *success = other->reply ? other->reply : other->result;
        if (cx_exchange_succeeded(other) && step_of(other) >= step_of(x) &&
            cx_evidence_after(&success->at, at))
            return true;
    }
    return false;
}

/* A later request for the same was refused too, and that is the last word. Where the requests were
 * not captured, each of the server's errors is an exchange of its own. */
static bool refused_later(const cx_attempt *a, const cx_exchange *x, const cx_evidence *at)
{
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *other = a->exchanges[i];
        if (other != x && other->kdc == x->kdc && other->tgs == x->tgs && other->n_errors &&
            cx_slice_ieq(other->service, x->service) && cx_slice_ieq(other->user, x->user) &&
            cx_evidence_after(&other->error[other->n_errors - 1]->at, at))
            return true;
    }
    return false;
}

/* The sign-in goes on with another scheme: what stands against Kerberos did not stop it, and will
 * stop clients that have nothing else. */
static bool goes_on_without(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_sip_auth *used = cx_register_used(&a->registers[i]);
        if (used && !cx_slice_iis(used->scheme, "Kerberos"))
            return true;
    }
    for (uint32_t i = 0; i < a->n_exchanges; i++)
        if (a->exchanges[i]->authenticate && !cx_exchange_is_anonymous(a->exchanges[i]))
            return true;
    return false;
}

static cx_slice principal(cx_judging *j, const cx_exchange *x)
{
    if (!x->user.len)
        return cx_slice_of("the user");
    cx_slice s = cx_arena_printf(j->arena, "%.*s%s%.*s", (int)x->user.len, (const char *)x->user.p,
                                 x->domain.len ? "@" : "", (int)x->domain.len,
                                 x->domain.p ? (const char *)x->domain.p : "");
    return s.p ? s : x->user;
}

static cx_finding *find_error(cx_judging *j, uint32_t i, uint32_t k)
{
    const cx_exchange *x = j->a->exchanges[i];
    const cx_ev_krb *error = &x->error[k]->u.krb;
    const char *name = cx_krb_error_name(error->error_code);
    /* A ticket to change the password with is no sign-in, nor is one of nobody, and the capture may
     * hide that it is one. */
    bool unnamed = x->kdc && !x->tgs && ((!x->service.len && !error->sname.len) || !x->user.len);
    cx_finding *f = cx_find(j, unnamed ? CX_LIKELY : CX_PROVEN, x->conn);
    f->recovered = k + 1 < x->n_errors || overcome(j->a, x, &x->error[k]->at) ||
                   refused_later(j->a, x, &x->error[k]->at);
    if (j->rule->stops && !f->recovered && goes_on_without(j->a))
        f->severity = j->rule->default_severity;
    bool locked = error->error_code == 1 || error->error_code == 18;
    f->goes_on_ns = locked ? 0 : CX_NEXT_STEP_NS; /* another password, name, realm or type */
    cx_find_text(j, f, "user", principal(j, x));
    cx_find_text(j, f, "service", x->service.len ? x->service : error->sname);
    cx_find_number(j, f, "error_code", error->error_code);
    cx_find_text(j, f, "error_name", name ? cx_slice_of(name) : cx_slice_of(""));
    cx_slice status = cx_slice_of("");
    if (error->nt_status) {
        const char *nt = cx_ntstatus_name(error->nt_status);
        status = cx_arena_printf(j->arena, " (%s, 0x%08" PRIx32 ")", nt ? nt : "NTSTATUS",
                                 error->nt_status);
        cx_find_format(j, f, "ntstatus", "0x%08" PRIx32, error->nt_status);
        cx_find_text(j, f, "ntstatus_name", cx_slice_of(nt ? nt : ""));
    }
    cx_find_text(j, f, "status", status);
    show_event(j, f, x->error[k], "KRB-ERROR ", name ? cx_slice_of(name) : cx_slice_of(""));
    if (x->request && !cx_evidence_after(&x->request->at, &x->error[k]->at)) /* no later one */
        show_event(j, f, x->request, "the request for ", x->service);
    return f;
}

/* The computer's own account asks for its tickets beside the user who signs in; so may another user
 * of the host. Who signs in is not the one who was refused when somebody else was granted a ticket
 * in the meantime. */
static bool is_of_another(const cx_attempt *a, const cx_exchange *x)
{
    if (a->kind == CX_KIND_LOGON || !x->kdc || !x->user.len)
        return false;
    bool granted = false;
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *other = a->exchanges[i];
        if (!other->kdc || !other->reply || !other->user.len)
            continue;
        if (cx_slice_ieq(cx_principal_user(other->user), cx_principal_user(x->user)))
            return false;
        granted = true;
    }
    return granted || x->user.p[x->user.len - 1] == '$';
}

/* Runs over the errors with one of these codes; fits: of which exchanges. */
static void by_code(cx_judging *j, const int32_t *codes, bool (*fits)(const cx_exchange *))
{
    for (uint32_t i = 0; i < j->a->n_exchanges; i++) {
        const cx_exchange *x = j->a->exchanges[i];
        for (uint32_t k = 0; k < x->n_errors && !is_of_another(j->a, x); k++)
            for (const int32_t *code = codes; *code; code++)
                if (x->error[k]->u.krb.error_code == *code && (!fits || fits(x)))
                    (void)find_error(j, i, k); /* complete as it is */
    }
}

static bool is_as(const cx_exchange *x)
{
    return x->kdc && !x->tgs;
}

static bool is_tgs(const cx_exchange *x)
{
    return x->kdc && x->tgs;
}

static bool is_of_service(const cx_exchange *x)
{
    return !x->kdc;
}

/* ---- the user ---- */

static void detect_principal_unknown(cx_judging *j)
{
    by_code(j, (const int32_t[]){6, 0}, is_as);
}

static void detect_preauth_failed(cx_judging *j)
{
    by_code(j, (const int32_t[]){24, 31, 0}, is_as);
}

static void detect_account_state(cx_judging *j)
{
    by_code(j, (const int32_t[]){18, 1, 12, 0}, is_as);
}

/* Behind it the capture has a ticket whose service it cut off: the first one is to change the
 * password with, as Windows and MIT ask for it at once; a further one may be that of the user. */
static void detect_password_expired(cx_judging *j)
{
    uint32_t before = j->n_findings;
    by_code(j, (const int32_t[]){23, 0}, is_as);
    for (uint32_t i = 0; i < j->a->n_exchanges; i++) {
        const cx_exchange *x = j->a->exchanges[i];
        for (uint32_t k = before; k < j->n_findings && x->asides; k++) {
            cx_finding *f = &j->findings[k];
            if (f->conn != x->conn)
                continue;
            f->recovered |= x->asides > 1;
            f->confidence = f->confidence > CX_LIKELY ? CX_LIKELY : f->confidence;
        }
    }
}

static void detect_etype(cx_judging *j)
{
    by_code(j, (const int32_t[]){14, 0}, NULL);
}

/* "10.0.0.5" or "pool01" of "sip/10.0.0.5", "sip/pool01:5060": no name that a principal has. */
static bool is_of_no_full_name(cx_slice service)
{
    cx_slice host, port;
    (void)cx_slice_split(service, '/', &host);
    host = cx_slice_split(host, ':', &port);
    return host.len && (cx_host_is_address(host) || cx_slice_find(host, '.', 0) == SIZE_MAX);
}

static void detect_spn_unknown(cx_judging *j)
{
    uint32_t before = j->n_findings;
    by_code(j, (const int32_t[]){7, 0}, is_tgs);
    for (uint32_t i = before; i < j->n_findings; i++) {
        cx_finding *f = &j->findings[i];
        const cx_exchange *x = NULL;
        for (uint32_t k = 0; k < j->a->n_exchanges; k++)
            if (j->a->exchanges[k]->conn == f->conn)
                x = j->a->exchanges[k];
        bool odd = x && is_of_no_full_name(x->service);
        cx_find_text(j, f, "name",
                     odd ? cx_slice_of("sip/ and the full name of the server") : x->service);
        if (odd)
            f->explain = "{client} asked {server} for a ticket of {service}, as it knows the "
                         "server by an address or a short name, and no account carries that "
                         "service principal name (KRB-ERROR 7{status}): Kerberos cannot be used "
                         "there.";
    }
}

/* The ticket of sip/<server> that was granted in this sign-in, or NULL. */
static const cx_exchange *sip_ticket(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_exchanges; i++)
        if (is_tgs(a->exchanges[i]) && a->exchanges[i]->reply)
            return a->exchanges[i];
    return NULL;
}

static void detect_ap_modified(cx_judging *j)
{
    uint32_t before = j->n_findings;
    by_code(j, (const int32_t[]){41, 44, 45, 0}, NULL);
    by_code(j, (const int32_t[]){31, 0}, is_of_service); /* of a KDC it is about the password */
    const cx_exchange *ticket = sip_ticket(j->a);
    if (j->n_findings > before)
        return; /* the server said so itself */
    for (uint32_t i = 0; ticket && i < j->a->n_registers; i++) {
        const cx_register *r = &j->a->registers[i];
        if (!cx_register_refused(j->a, r) || cx_register_used(r)->gss != CX_GSS_KERBEROS)
            continue;
        cx_finding *f = cx_find_answer(j, r, CX_POSSIBLE);
        if (goes_on_without(j->a))
            f->severity = CX_NOTE; /* a guess, and nothing failed */
        cx_find_text(j, f, "service", ticket->service);
        show_event(j, f, ticket->reply, "the ticket of ", ticket->service);
        f->explain = "{server} refused the ticket of {service} that the Kerberos server had just "
                     "granted to {client}: the service principal name may be on another account "
                     "than the one that the server runs as, or the clock of the server differs.";
    }
}

static void detect_clock_skew(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_exchanges; i++) {
        const cx_exchange *x = j->a->exchanges[i];
        for (uint32_t k = 0; k < x->n_errors; k++) {
            const cx_event *e = x->error[k];
            if (e->u.krb.error_code != 37)
                continue;
            cx_finding *f = find_error(j, i, k);
            if (e->u.krb.stime_ns == INT64_MIN)
                continue;
            int64_t skew_ns = e->at.ts_ns - e->u.krb.stime_ns;
            cx_find_number(j, f, "skew_s", skew_ns / CX_SECOND_NS);
            f->explain =
                skew_ns > SKEW_NS || skew_ns < -SKEW_NS
                    ? "{server} refused the request of {client} because the clocks differ too "
                      "much (KRB_AP_ERR_SKEW): its own clock is {skew_s} s behind the clock of the "
                      "capturing host (a negative number: ahead of it)."
                    : "{server} refused the request of {client} because the clock of {client} "
                      "differs from its own by more than it allows (KRB_AP_ERR_SKEW). The clock of "
                      "the capturing host agrees with that of the server ({skew_s} s).";
        }
    }
}

/* The server offers another scheme, or the client uses one. */
static bool has_another_way(const cx_attempt *a)
{
    if (goes_on_without(a))
        return true;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_event *response = a->registers[i].response;
        for (uint32_t k = 0; response && k < response->u.sip.n_auth; k++)
            if (response->u.sip.auth[k].role == CX_AUTH_OFFERED &&
                !cx_slice_iis(response->u.sip.auth[k].scheme, "Kerberos"))
                return true;
    }
    return false;
}

/* Codes that other rules tell, of the exchanges that they tell them of. */
static bool is_told_elsewhere(const cx_exchange *x, int32_t code)
{
    static const int32_t of_user[] = {1, 6, 12, 14, 18, 23, 24, 31, 37, 41, 44, 45, 0};
    static const int32_t of_service[] = {7, 14, 37, 41, 44, 45, 0};
    const int32_t *told = x->tgs ? of_service : of_user;
    while (*told && *told != code)
        told++;
    return *told != 0;
}

/* What a Kerberos server says that has no rule of its own. */
static void detect_refused(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_exchanges; i++) {
        const cx_exchange *x = j->a->exchanges[i];
        for (uint32_t k = 0; x->kdc && k < x->n_errors && !is_of_another(j->a, x); k++) {
            const cx_ev_krb *error = &x->error[k]->u.krb;
            const char *name = cx_krb_error_name(error->error_code);
            if (is_told_elsewhere(x, error->error_code))
                continue;
            cx_finding *f = find_error(j, i, k);
            cx_find_format(j, f, "error", "%" PRId32 "%s%s", error->error_code, name ? ", " : "",
                           name ? name : "");
            cx_find_text(j, f, "text", error->e_text);
        }
    }
}

/* The answer is too long for UDP, and TCP does not open. */
static void find_tcp_closed(cx_judging *j, const cx_exchange *x)
{
    const cx_ev_tcp *tcp = &x->tcp_failed->u.tcp;
    bool silent = tcp->what == CX_TCP_TIMEOUT;
    cx_finding *f = cx_find(j, silent ? CX_LIKELY : CX_PROVEN, x->conn);
    f->goes_on_ns = silent ? 0 : CX_NEXT_STEP_NS;
    cx_find_text(j, f, "user", principal(j, x));
    cx_find_text(j, f, "service", x->service);
    cx_find_number(j, f, "tries", tcp->n_syns);
    if (has_another_way(j->a))
        f->severity = CX_NOTE;
    f->explain = silent ? "{server} told {client} to ask for the ticket of {service} over TCP, as "
                          "its answer is too long for UDP (KRB_ERR_RESPONSE_TOO_BIG), and "
                          "answered none of {tries} SYNs there."
                        : "{server} told {client} to ask for the ticket of {service} over TCP, as "
                          "its answer is too long for UDP (KRB_ERR_RESPONSE_TOO_BIG), and the "
                          "connection was refused.";
    show_event(j, f, x->too_long, "KRB-ERROR KRB_ERR_RESPONSE_TOO_BIG", cx_slice_of(""));
    for (uint32_t i = 0; i < tcp->n_syns && i < CX_MAX_SYNS; i++)
        cx_show(j, f, tcp->syn[i], "SYN to the Kerberos port");
    if (!silent)
        cx_show(j, f, tcp->answer, "the refusal");
}

static void detect_kdc_unreachable(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_exchanges; i++) {
        const cx_exchange *x = j->a->exchanges[i];
        if (x->tcp_failed && x->too_long && !overcome(j->a, x, &x->too_long->at)) {
            find_tcp_closed(j, x);
            continue;
        }
        bool refused = x->conn->outcome == CX_CONN_UNREACHABLE;
        /* Two that are cut may be steps, and answers are out of sight where one side alone is seen.
         */
        bool blind =
            (x->request && x->request->u.krb.cut) || j->a->one_way_flows > j->a->two_way_flows;
        bool silent = x->requests >= 2 && !blind &&
                      j->a->decided_ns - x->conn->first.ts_ns >= 4 * CX_SECOND_NS;
        if (!x->kdc || x->answers || x->told || overcome(j->a, x, &x->conn->first) ||
            !(refused || silent))
            continue;
        cx_finding *f = cx_find(j, refused ? CX_PROVEN : CX_LIKELY, x->conn);
        f->goes_on_ns = refused ? CX_NEXT_STEP_NS : 0; /* to another Kerberos server */
        cx_find_text(j, f, "user", principal(j, x));
        cx_find_text(j, f, "service", x->service);
        cx_find_number(j, f, "tries", x->requests);
        if (has_another_way(j->a))
            f->severity = CX_NOTE;
        if (refused) {
            f->explain = "{client} asked {server} for a ticket of {service}, and ICMP came back: "
                         "no Kerberos server can be reached at that address.";
            cx_show(j, f, x->conn->tcp.answer, "ICMP unreachable, quoting the request");
        }
        cx_show(j, f, x->conn->first, "the first request");
        if (x->requests > 1)
            show_event(j, f, x->request, "a further request for ", x->service);
    }
}

#define SOURCE "RFC 4120 7.5.9; MS-KILE 3.3.5"

const cx_rule cx_rule_krb_clock_skew = {
    .id = "krb-clock-skew",
    .title = "The clocks differ too much for Kerberos",
    .default_severity = CX_FAILURE,
    .layer = "krb",
    .needs = CX_BIT(CX_EV_KRB),
    .detect = detect_clock_skew,
    .evidence = "KRB-ERROR 37 (KRB_AP_ERR_SKEW) of a Kerberos server or of a service.",
    .rules_out = "A reply to the next request: Windows and newer clients correct the difference by "
                 "themselves.",
    .traps = "The times of frames are those of the capturing host, which may be wrong as well.",
    .explain = "{server} refused the request of {client} because the clocks differ too much "
               "(KRB_AP_ERR_SKEW).",
    .remedy = "Synchronise the clocks of client, server and domain controller (five minutes are "
              "allowed by default).",
    .source = SOURCE "; RFC 4120 1.6",
    .logon = true,
};

const cx_rule cx_rule_krb_spn_unknown = {
    .id = "krb-spn-unknown",
    .title = "The Kerberos server does not know the SIP service",
    .default_severity = CX_WARNING,
    .stops = true, /* NTLM usually takes over */
    .layer = "krb",
    .needs = CX_BIT(CX_EV_KRB),
    .detect = detect_spn_unknown,
    .evidence = "A request for a ticket of sip/<server> is answered by KRB-ERROR 7 "
                "(KDC_ERR_S_PRINCIPAL_UNKNOWN).",
    .rules_out = "A ticket for the same service from another server or realm.",
    .traps = "The same error for other services is noise. For sip/ with an address or a short name "
             "it is the name that the client was given which is wrong. A client that may use NTLM "
             "goes on with it.",
    .explain = "{client} asked {server} for a ticket of {service}, and no account carries that "
               "service principal name (KRB-ERROR 7{status}): Kerberos cannot be used there.",
    .remedy = "Register {name} on the account that runs the server, once (setspn -S); check "
              "that the name is not on two accounts (setspn -X), and that the client is told the "
              "server by that name.",
    .source = SOURCE "; MS-SIPAE 4.2",
    .logon = true,
    .shadows = (const char *const[]){"krb-kdc-unreachable", NULL},
};

const cx_rule cx_rule_krb_ap_modified = {
    .id = "krb-ap-modified",
    .title = "The service cannot decrypt the Kerberos ticket",
    .default_severity = CX_WARNING,
    .stops = true, /* NTLM usually takes over */
    .layer = "krb",
    .needs = CX_BIT(CX_EV_KRB),
    .detect = detect_ap_modified,
    .evidence = "KRB-ERROR 41 (KRB_AP_ERR_MODIFIED), 44 (KRB_AP_ERR_BADKEYVER) or 45 "
                "(KRB_AP_ERR_NOKEY), or 31 (KRB_AP_ERR_BAD_INTEGRITY) of a service, also in the "
                "gssapi-data of SIP or in HTTP. Possible: a ticket of sip/<server> that was just "
                "granted is answered 401 again.",
    .rules_out = "A later exchange with the same service that is accepted.",
    .traps = "Inside SIP it is seen only when SIP is in clear. 31 of a Kerberos server is a wrong "
             "password.",
    .explain = "The ticket of {client} for {service} was encrypted with another key than {server} "
               "has ({error_name}): that of another account than the one that it runs as, or one "
               "that has been changed since.",
    .remedy = "Look for the service principal name on a wrong or a second account (setspn -Q "
              "{service}, setspn -X); make the keytab of the service anew where it has one.",
    .source = SOURCE "; RFC 4120 3.2.3",
    .logon = true,
    .shadows = (const char *const[]){"ntlm-logon-failed", NULL},
};

const cx_rule cx_rule_krb_principal_unknown = {
    .id = "krb-principal-unknown",
    .title = "The Kerberos server does not know the user",
    .default_severity = CX_FAILURE,
    .layer = "krb",
    .needs = CX_BIT(CX_EV_KRB),
    .detect = detect_principal_unknown,
    .evidence = "KRB-ERROR 6 (KDC_ERR_C_PRINCIPAL_UNKNOWN) to the request of the user, and no "
                "reply later.",
    .rules_out = "A reply from another realm, or to another form of the name.",
    .traps =
        "One such error followed by a retry with another realm or name form is normal. A request "
        "that names no user is a probe.",
    .explain = "{server} does not know {user} (KRB-ERROR 6{status}).",
    .remedy = "Check user name, domain and UPN suffix; a SIP address need not equal the logon "
              "name.",
    .source = SOURCE,
    .logon = true,
};

const cx_rule cx_rule_krb_preauth_failed = {
    .id = "krb-preauth-failed",
    .title = "Wrong password at the Kerberos server",
    .default_severity = CX_FAILURE,
    .layer = "krb",
    .needs = CX_BIT(CX_EV_KRB),
    .detect = detect_preauth_failed,
    .evidence = "KRB-ERROR 24 (KDC_ERR_PREAUTH_FAILED) to the request of the user, or 31 "
                "(KRB_AP_ERR_BAD_INTEGRITY) from other Kerberos servers, and no reply later.",
    .rules_out = "A reply to a later request.",
    .traps = "25 (KDC_ERR_PREAUTH_REQUIRED) is the normal first answer.",
    .explain = "{server} could not verify the password of {user} ({error_name}{status}): it is "
               "wrong, or was changed.",
    .remedy = "Enter the right password, or reset it; remove a saved password on the client.",
    .source = SOURCE,
    .logon = true,
};

const cx_rule cx_rule_krb_account_state = {
    .id = "krb-account-state",
    .title = "The account is locked, disabled or expired",
    .default_severity = CX_FAILURE,
    .layer = "krb",
    .needs = CX_BIT(CX_EV_KRB),
    .detect = detect_account_state,
    .evidence = "KRB-ERROR 18 (KDC_ERR_CLIENT_REVOKED), 1 (KDC_ERR_NAME_EXP, of MIT servers) or 12 "
                "(KDC_ERR_POLICY) to the request of the user.",
    .rules_out = "A reply to a later request.",
    .traps = "The code alone does not tell the causes apart; an NTSTATUS in it does. 12 is also "
             "said of an option that the ticket may not have (forwardable, postdated): the client "
             "asks again without it.",
    .explain = "{server} refuses {user} ({error_name}{status}): the account is locked out, "
               "disabled or expired, it is outside its logon hours, or it may not log on from "
               "this computer.",
    .remedy = "Unlock, enable or extend the account, and look at its logon hours and computers; "
              "find out what locked it (a device with an old password).",
    .source = SOURCE "; MS-KILE 2.2.2",
    .logon = true,
};

const cx_rule cx_rule_krb_password_expired = {
    .id = "krb-password-expired",
    .title = "The password has expired",
    .default_severity = CX_FAILURE,
    .layer = "krb",
    .needs = CX_BIT(CX_EV_KRB),
    .detect = detect_password_expired,
    .evidence = "KRB-ERROR 23 (KDC_ERR_KEY_EXPIRED) to the request of the user.",
    .rules_out = "A reply to a later request, after the password was changed.",
    .traps = "The request for kadmin/changepw that follows is answered, and is no sign-in.",
    .explain = "The password of {user} has expired or must be changed, {server} says "
               "(KDC_ERR_KEY_EXPIRED{status}).",
    .remedy = "Change the password on a computer of the domain, then sign in again.",
    .source = SOURCE,
    .logon = true,
};

const cx_rule cx_rule_krb_etype = {
    .id = "krb-etype",
    .title = "No common Kerberos encryption type",
    .default_severity = CX_WARNING,
    .stops = true, /* another type, or NTLM, usually takes over */
    .layer = "krb",
    .needs = CX_BIT(CX_EV_KRB),
    .detect = detect_etype,
    .evidence = "KRB-ERROR 14 (KDC_ERR_ETYPE_NOSUPP).",
    .rules_out = "A reply to a later request with other types.",
    .traps = "The error for another service or user: tickets of other services are no sign-in, and "
             "those of the computer's own account (a name that ends in $) are not the user's.",
    .explain = "{server} supports none of the encryption types that {client} offered for {user} "
               "(KDC_ERR_ETYPE_NOSUPP{status}).",
    .remedy = "Allow a common type on both sides: reset the password once so that the account has "
              "AES keys, or allow what was switched off.",
    .source = SOURCE,
    .logon = true,
};

const cx_rule cx_rule_krb_refused = {
    .id = "krb-refused",
    .title = "The Kerberos server refuses the request",
    .default_severity = CX_WARNING,
    .stops = true, /* NTLM usually takes over */
    .layer = "krb",
    .needs = CX_BIT(CX_EV_KRB),
    .detect = detect_refused,
    .evidence =
        "A KRB-ERROR of a Kerberos server that is no step of a logon (25, 52, 68, 90, 91) and "
        "has no detector of its own: 29 and 60 of a server that is ill, 62 to 81 of smart "
        "cards, 8, 9, 11, 13, 21 and others.",
    .rules_out = "A reply to a later request.",
    .traps = "Clients ask with options or with a kind of pre-authentication that a server does not "
             "take (13, 16), and again without. Another Kerberos server may be well.",
    .explain = "{server} refused the request of {user} for a ticket of {service}: KRB-ERROR "
               "{error}{status}.",
    .remedy =
        "Look at the log of the Kerberos server for that request. 29 and 60: its database or "
        "its service is at fault. 62 to 81: the certificate of the smart card, or that of the "
        "domain controller.",
    .source = SOURCE "; RFC 4556 3.1.3",
    .logon = true,
};

const cx_rule cx_rule_krb_kdc_unreachable = {
    .id = "krb-kdc-unreachable",
    .title = "The Kerberos server does not answer",
    .default_severity = CX_WARNING,
    .stops = true, /* NTLM usually takes over */
    .layer = "krb",
    .needs = CX_BIT(CX_EV_KRB),
    .detect = detect_kdc_unreachable,
    .evidence = "Requests to port 88 that ICMP answers, or two or more without any answer over at "
                "least 4 s, or an answer that is too long for UDP (KRB-ERROR 52) and TCP to that "
                "port that does not open; and the SIP server, where there is one, offers nothing "
                "but Kerberos.",
    .rules_out = "Any answer; NTLM, TLS-DSK or Digest among the offers, or used.",
    .traps = "Clients outside the network always look like this.",
    .explain = "{client} asked {server} {tries} times for a ticket of {service} and got no answer.",
    .remedy = "Open the way to a domain controller (UDP and TCP 88), or offer NTLM as well.",
    .source = "Common Issues with Sign-in and Discovery, Set the Authentication Protocol to Both "
              "NTLM and Kerberos; RFC 4120 7.2",
    .logon = true,
};
