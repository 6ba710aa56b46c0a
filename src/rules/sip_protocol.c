/* REGISTERs that fail on the protocol itself: intervals that are too short, transports and messages
 * that are not accepted (signin-failures 1.5). */
#include "base/text.h"
#include "rules/answer.h"
#include "rules/judging.h"
#include "signin/conn.h"
#include "signin/decide.h"

/* ---- other answers ---- */

/* The i-th REGISTER was the last, and the client may still send the next. */
static bool next_may_come(const cx_attempt *a, uint32_t i)
{
    const cx_register *r = &a->registers[i];
    return i + 1 == a->n_registers && cx_conn_ended_by(r->conn) != CX_FROM_CLIENT &&
           a->decided_ns - r->response->at.ts_ns < CX_NEXT_STEP_NS;
}

static void detect_interval(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (cx_answer_status(r) != 423 || cx_accepted_from(a, i))
            continue;
        int64_t least = r->response->u.sip.min_expires;
        bool longer = false, seen = r->request;
        for (uint32_t k = i + 1; k < a->n_registers; k++) {
            const cx_event *request = a->registers[k].request;
            longer |= request && request->u.sip.expires >= least;
            seen &= request != NULL;
        }
        if (!seen || (longer && least >= 0))
            continue; /* what was not seen may ask for more */
        if (next_may_come(a, i))
            continue;
        cx_finding *f = cx_find_answer(j, r, i + 1 < a->n_registers ? CX_PROVEN : CX_LIKELY);
        cx_find_number(j, f, "min_expires_s", least);
        cx_find_number(j, f, "expires_s", r->request->u.sip.expires);
        if (r->request->u.sip.expires < 0)
            f->explain = "{server} wants registrations of at least {min_expires_s} s; {client} "
                         "named no interval, and did not ask for one as long.";
    }
}

const cx_rule cx_rule_sip_interval_brief = {
    .id = "sip-interval-brief",
    .title = "The registration interval is too short for the server",
    .default_severity = CX_WARNING,
    .stops = true, /* clients ask for more; one that does not is not in */
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_interval,
    .evidence = "423 (Interval Too Brief) to REGISTER, and the client repeats the short interval "
                "or stops.",
    .rules_out = "A REGISTER with at least Min-Expires.",
    .traps = "The retry may come minutes later, behind the end of the capture.",
    .explain = "{server} wants registrations of at least {min_expires_s} s; {client} asked for "
               "{expires_s} s and did not ask for more.",
    .remedy = "Set the registration interval (Expires) of the client to the server's Min-Expires "
              "or more.",
    .source = "RFC 3261 10.2.8, 21.4.17",
};

/* A REGISTER behind the i-th had another answer than that, or none that is in sight. */
static bool went_on(const cx_attempt *a, uint32_t i)
{
    uint16_t status = cx_answer_status(&a->registers[i]);
    while (++i < a->n_registers)
        if (cx_answer_status(&a->registers[i]) != status)
            return true;
    return false;
}

/* It was refused with that, and nothing came of it. */
static bool stays_refused(const cx_attempt *a, uint32_t i)
{
    bool asks = cx_status_asks_again(cx_answer_status(&a->registers[i]));
    return !cx_accepted_from(a, i) && !(asks && (went_on(a, i) || next_may_come(a, i)));
}

static bool is_among(uint16_t status, const uint16_t *statuses)
{
    while (*statuses && *statuses != status)
        statuses++;
    return *statuses != 0;
}

static const uint16_t of_transport[] = {406, 416, 426, 488, 606, 0};
static const uint16_t of_message[] = {400, 413, 414, 415, 420, 421, 513, 0};

static void by_status(cx_judging *j, const uint16_t *statuses)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++)
        if (is_among(cx_answer_status(&a->registers[i]), statuses) && stays_refused(a, i))
            (void)cx_find_answer(j, &a->registers[i], CX_PROVEN); /* complete as it is */
}

static void detect_transport(cx_judging *j)
{
    by_status(j, of_transport);
}

const cx_rule cx_rule_sip_transport_refused = {
    .id = "sip-transport-refused",
    .title = "The server does not accept this way of sending SIP",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_transport,
    .evidence = "416 (Unsupported URI Scheme), 426 (Upgrade Required), 406, 488 or 606 (Not "
                "Acceptable) to REGISTER.",
    .rules_out = "A 200 over the same transport.",
    .traps = "488 to an INVITE is about media.",
    .explain = "{server} answered the REGISTER of {user} with {status} {reason}{diagnostics}: it "
               "does not accept the transport or the kind of address.",
    .remedy = "Use TLS, or the transport that the server is set up for; Communications Server "
              "takes SIP over TCP and TLS only.",
    .source = "RFC 3261 21.4.14, 21.4.26, 21.6.4; RFC 3329 2.3.1",
};

static void detect_parse_error(cx_judging *j)
{
    by_status(j, of_message);
}

const cx_rule cx_rule_sip_parse_error = {
    .id = "sip-parse-error",
    .title = "The server says that the REGISTER is malformed",
    .default_severity = CX_WARNING,
    .stops = true, /* clients may send it otherwise; this one is not in */
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_parse_error,
    .evidence = "400 (Bad Request) to REGISTER, or 413, 414, 415, 420, 421 or 513: the server does "
                "not take a part of it.",
    .rules_out = "A 200 to a later REGISTER.",
    .traps = "Some servers answer 400 to what they do not want, and not only to what they cannot "
             "read.",
    .explain = "{server} answered the REGISTER of {user} with {status} {reason}{diagnostics}.",
    .remedy = "Compare the headers of the REGISTER with RFC 3261; look for a device in between "
              "that rewrites SIP (ALG) and switch that off.",
    .source = "RFC 3261 21.4.1, 21.4.11 to 21.4.16, 21.5.7",
};

/* ---- sip-register-refused: what no other rule has a name for ---- */

/* 401 and 407 ask for credentials, 423 for a longer interval; the rest is about the user (403, 404,
 * 480, 604), the way (408, 477, 504) or the server (500, 503). */
static const uint16_t of_others[] = {401, 403, 404, 407, 408, 423, CX_SIP_NEXT_HOP_FAILED,
                                     480, 500, 503, 504, 604, 0};

/* What the status says of a REGISTER, and where that stands. */
static const char *meaning_of(uint16_t status)
{
    static const struct {
        uint16_t status;
        const char *meaning;
    } known[] = {
        {402, "it wants to be paid first (RFC 3261 21.4.3, reserved)"},
        {405, "it takes no REGISTER for this address (RFC 3261 21.4.6): it is no registrar of the "
              "domain, or "
              "registration is switched off"},
        {410, "the user is no longer there, and it knows no other place (RFC 3261 21.4.10)"},
        {481,
         "it knows no dialog that this belongs to (RFC 3261 21.4.19), though REGISTER needs none"},
        {482, "the request came back to it: servers send it in a circle (RFC 3261 21.4.20)"},
        {483, "the request passed too many servers, as it does in a circle (RFC 3261 21.4.21)"},
        {484, "the address is not complete (RFC 3261 21.4.22)"},
        {485, "the address is not unique (RFC 3261 21.4.23)"},
        {486, "it is busy (RFC 3261 21.4.24), which is meant for calls"},
        {487, "the request was ended before (RFC 3261 21.4.25)"},
        {493, "it cannot open the encrypted part of the request (RFC 3261 21.4.28)"},
        {494, "it wants an agreement on security first (RFC 3329 2.3.1)"},
        {439, "the first server on the way does not support Outbound (RFC 5626 6)"},
        {501, "it does not support REGISTER (RFC 3261 21.5.2)"},
        {502, "a server behind it gave an answer that it cannot use (RFC 3261 21.5.3)"},
        {505, "it does not support this version of SIP (RFC 3261 21.5.6)"},
        {580, "what the request demands first cannot be met (RFC 3312 8)"},
        {600, "it says busy everywhere (RFC 3261 21.6.1), which is meant for calls"},
        {603, "it declines (RFC 3261 21.6.2) and does not say why"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].status == status)
            return known[i].meaning;
    return "it refuses, and this status says no more";
}

static bool is_refused_otherwise(const cx_register *r)
{
    uint16_t status = cx_answer_status(r);
    return status >= 400 && !is_among(status, of_transport) && !is_among(status, of_message) &&
           !is_among(status, of_others) &&
           !cx_answer_diag(r, (const uint32_t[]){1000, 1013, 0}); /* auth.c, challenge.c */
}

static void detect_refused(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        if (!is_refused_otherwise(r) || !stays_refused(a, i))
            continue;
        cx_finding *f = cx_find_answer(j, r, CX_PROVEN);
        cx_find_text(j, f, "meaning", cx_slice_of(meaning_of(cx_answer_status(r))));
    }
}

const cx_rule cx_rule_sip_register_refused = {
    .id = "sip-register-refused",
    .title = "The server refuses the registration",
    .default_severity = CX_FAILURE,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_refused,
    .evidence =
        "A final 4xx, 5xx or 6xx to REGISTER that no other finding is about: 402, 405, 410, 484, "
        "501, 600, 603 and the like.",
    .rules_out = "A 200 to a later REGISTER of the sign-in.",
    .traps = "The same statuses to INVITE or OPTIONS are no sign-in. 401, 407 and 423, and 439 and "
             "494 where the client knows them, are followed by another REGISTER.",
    .explain = "{server} answered {status} {reason}{diagnostics} to the sign-in of {user}: "
               "{meaning}.",
    .remedy =
        "For 405 send the REGISTER to the registrar of the domain; for 410, 484 and 485 "
        "correct the sign-in address; for 482 and 483 look for servers that route in a circle; "
        "for the others ask the log of {server}, or its operator, why it refuses.",
    .source = "RFC 3261 10.3, 21.4, 21.5, 21.6",
};
