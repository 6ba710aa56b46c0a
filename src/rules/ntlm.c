/* NTLM session security that differs between client and server: the decision procedure of
 * ntlm-kerberos-tls.md 2.6, with MS-NLMP 2.2.2.5, 3.1.5.1.2, 3.2.5.1.2. */
#include "base/buf.h"
#include "rules/answer.h"
#include "rules/judging.h"
#include "signin/conn.h"
#include "signin/decide.h"

#include <inttypes.h>

#define MASK 0xA0080030u /* the bits that NtlmMinServerSec and NtlmMinClientSec can demand */
#define SIGN 0x00000010u
#define EXT  0x00080000u
#define B128 0x20000000u

/* What is known of one exchange, inside SIP or elsewhere. */
typedef struct exchange {
    const cx_conn *conn;
    const cx_register *reg;            /* SIP: of the AUTHENTICATE, else of the CHALLENGE */
    const cx_event *challenge, *token; /* CHALLENGE, AUTHENTICATE; NULL where not seen */
    const cx_event *refusal;           /* the server's answer to the AUTHENTICATE; or NULL */
    const cx_ev_ntlm *n, *c, *a;       /* the messages, NULL where not seen */
} exchange;

static exchange exchange_before(const cx_attempt *attempt, const cx_register *token)
{
    exchange x = {.reg = token};
    if (token) {
        x.token = token->ntlm_authenticate;
        x.refusal = token->response;
    }
    uint32_t i = token ? (uint32_t)(token - attempt->registers) : attempt->n_registers;
    while (i-- > 0)
        if (attempt->registers[i].ntlm_challenge) {
            x.challenge = attempt->registers[i].ntlm_challenge;
            x.reg = x.reg ? x.reg : &attempt->registers[i];
            break;
        }
    x.conn = x.reg ? x.reg->conn : NULL;
    x.c = x.challenge ? &x.challenge->u.ntlm : NULL;
    x.a = x.token ? &x.token->u.ntlm : NULL;
    return x;
}

static exchange exchange_of(const cx_exchange *e)
{
    return (exchange){.conn = e->conn,
                      .challenge = e->challenge,
                      .token = e->authenticate,
                      .refusal = e->result,
                      .n = e->negotiate ? &e->negotiate->u.ntlm : NULL,
                      .c = e->challenge ? &e->challenge->u.ntlm : NULL,
                      .a = e->authenticate ? &e->authenticate->u.ntlm : NULL};
}

static cx_slice bits_text(cx_judging *j, uint32_t bits)
{
    static const uint32_t order[] = {0x10, 0x20, EXT, B128, 0x80000000u};
    static const char *const meaning[] = {"integrity (SIGN)", "confidentiality (SEAL)",
                                          "NTLMv2 session security", "128-bit encryption",
                                          "56-bit encryption"};
    cx_buf text = cx_buf_init(256);
    bool full = false;
    for (size_t i = 0; i < sizeof order / sizeof *order && !full; i++)
        if (bits & order[i])
            full = !cx_list_add(&text, cx_slice_of(meaning[i]));
    cx_slice copy = cx_arena_copy(j->arena, text.len ? cx_buf_slice(&text) : cx_slice_of("none"));
    cx_buf_free(&text);
    return copy.p ? copy : cx_slice_of("");
}

static cx_finding *mismatch(cx_judging *j, cx_confidence confidence, const exchange *x,
                            uint32_t missing)
{
    cx_finding *f = cx_find(j, confidence, x->conn);
    f->reg = x->reg;
    cx_find_text(j, f, "missing", bits_text(j, missing));
    cx_find_format(j, f, "missing_flags", "0x%08" PRIx32, missing);
    if (x->c)
        cx_find_format(j, f, "challenge_flags", "0x%08" PRIx32, x->c->flags);
    if (x->a && x->a->has_flags)
        cx_find_format(j, f, "authenticate_flags", "0x%08" PRIx32, x->a->flags);
    if (x->c)
        cx_find_text(j, f, "missing_in_challenge", bits_text(j, missing & ~x->c->flags));
    if (x->c)
        cx_show(j, f, x->challenge->at, "CHALLENGE of the server, flags 0x%08" PRIx32, x->c->flags);
    if (x->a && x->a->has_flags)
        cx_show(j, f, x->token->at, "AUTHENTICATE of the client, flags 0x%08" PRIx32, x->a->flags);
    if (x->refusal && x->refusal->kind == CX_EV_SIP)
        cx_show(j, f, x->refusal->at, "%u: refused", x->refusal->u.sip.status);
    else if (x->refusal)
        cx_show(j, f, x->refusal->at, "refused");
    return f;
}

#define SIP_E_AUTH_NTLMMISMATCH 0xc3e93ee4u /* the server says it itself */

/* The versions in the messages of both sides: a server of 2008 R2 or later demands 128 bits unless
 * told otherwise, a client of XP or 2003 may not offer them in SIP. A guess, never proof. */
static bool old_client_new_server(const exchange *x)
{
    return x->c->has_version && (x->c->major > 6 || (x->c->major == 6 && x->c->minor >= 1)) &&
           x->a->has_version && x->a->major == 5 && x->a->minor >= 1;
}

static void server_refused(cx_judging *j, const exchange *x)
{
    if (x->reg && cx_answer_has_hresult(x->reg, SIP_E_AUTH_NTLMMISMATCH)) {
        uint32_t lacks = x->a && x->a->has_flags ? (B128 | EXT) & ~x->a->flags : 0;
        if (j->policy->has_min_server && x->a && x->a->has_flags)
            lacks = j->policy->ntlm_min_server & MASK & ~x->a->flags;
        cx_finding *f = mismatch(j, CX_PROVEN, x, lacks);
        f->explain = "{server} refused the NTLM logon of {client} and says why: HRESULT 0xC3E93EE4 "
                     "(SIP_E_AUTH_NTLMMISMATCH), the session security that the client agreed to is "
                     "less than the server demands.";
        return;
    }
    if (x->n && !x->c && !x->a && j->policy->has_min_server) { /* refused before a CHALLENGE */
        uint32_t never_asked = j->policy->ntlm_min_server & MASK & ~x->n->flags;
        if (!never_asked || !x->n->has_flags)
            return;
        cx_finding *f = mismatch(j, CX_PROVEN, x, never_asked);
        cx_find_format(j, f, "policy", "0x%08" PRIx32, j->policy->ntlm_min_server);
        f->explain = "The server demands NtlmMinServerSec {policy}, but the NEGOTIATE of {client} "
                     "does not ask for {missing}: {server} refused it without a CHALLENGE (given "
                     "that this is the server's value).";
        return;
    }
    if (!x->a || !x->a->has_flags || x->a->response == CX_NTLM_RESPONSE_ANONYMOUS)
        return;
    if (j->policy->has_min_server) {
        uint32_t missing = j->policy->ntlm_min_server & MASK & ~x->a->flags;
        if (!missing)
            return;
        /* What the server does not even offer it can hardly demand: the value may be that of
         * another machine. */
        bool offered = x->c && !(missing & ~x->c->flags);
        cx_finding *f = mismatch(j, offered ? CX_PROVEN : CX_LIKELY, x, missing);
        cx_find_format(j, f, "policy", "0x%08" PRIx32, j->policy->ntlm_min_server);
        f->explain =
            offered ? "The server demands NtlmMinServerSec {policy} and offered all of it, but "
                      "{client} did not agree to {missing}: {server} must refuse that logon, "
                      "whatever the password (given that this is the server's value)."
                    : "The server demands NtlmMinServerSec {policy}, but {missing} was not "
                      "agreed on, and part of it not even offered by the server: with that "
                      "value {server} must refuse the logon of {client}.";
        return;
    }
    if (!x->c)
        return;
    uint32_t dropped = x->c->flags & ~x->a->flags & (B128 | EXT);
    if (!dropped)
        return;
    bool strong = (dropped & B128) && old_client_new_server(x);
    cx_finding *f = mismatch(j, strong ? CX_LIKELY : CX_POSSIBLE, x, dropped);
    f->explain =
        "{server} offered {missing}, {client} did not agree to it, and the logon was refused. "
        "If the server's NtlmMinServerSec demands it, no password can help; servers of Windows "
        "2008 R2 and later demand 128-bit encryption by default.";
}

/* The client saw the CHALLENGE and said nothing more. */
static void client_refused(cx_judging *j, const exchange *x)
{
    const cx_conn *conn = x->conn;
    bool quiet = cx_conn_ended_by(conn) == CX_FROM_CLIENT ||
                 j->a->decided_ns - x->challenge->at.ts_ns >= 5 * CX_SECOND_NS;
    if (!quiet || conn->gap[CX_FROM_CLIENT])
        return;
    /* It went on with something else, a logoff for example: it only wanted to know the server. */
    if (!x->reg && conn->tcp.side[CX_FROM_CLIENT].last_data.ts_ns > x->challenge->at.ts_ns)
        return;
    uint32_t missing;
    cx_confidence confidence;
    if (j->policy->has_min_client) {
        missing = j->policy->ntlm_min_client & MASK & ~x->c->flags;
        confidence = CX_PROVEN;
    } else {
        /* SIP messages are signed (MS-SIPAE 3.2.5.2), other carriers need not be. */
        missing = (B128 | EXT | (x->reg ? SIGN : 0)) & ~x->c->flags;
        confidence = CX_POSSIBLE;
    }
    if (!missing)
        return;
    cx_finding *f = mismatch(j, confidence, x, missing);
    f->explain =
        "The CHALLENGE of {server} lacks {missing}, and {client} never answered it: a client "
        "whose NtlmMinClientSec demands that ends the logon there.";
    if (cx_conn_ended_by(conn) == CX_FROM_CLIENT)
        cx_show(j, f, conn->ended, "the client closes without an AUTHENTICATE");
}

static void detect(cx_judging *j)
{
    const cx_attempt *a = j->a;
    bool token_seen = false;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        token_seen |= r->ntlm_authenticate != NULL;
        if ((r->ntlm_authenticate && cx_register_refused(a, r)) ||
            cx_answer_has_hresult(r, SIP_E_AUTH_NTLMMISMATCH)) {
            exchange x = exchange_before(a, r);
            server_refused(j, &x);
        }
    }
    exchange x = exchange_before(a, NULL);
    if (!token_seen && x.challenge && !a->ended)
        client_refused(j, &x);
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *e = a->exchanges[i];
        x = exchange_of(e);
        uint32_t before = j->n_findings;
        if (e->result && !e->result->u.logon.success)
            server_refused(j, &x);
        else if (!e->result && x.c && !x.a && e->negotiate) /* one that it asked for */
            client_refused(j, &x);
        for (uint32_t k = i + 1; k < a->n_exchanges; k++)
            if (j->n_findings > before && cx_exchange_succeeded(a->exchanges[k]))
                j->findings[before].recovered = true;
    }
}

const cx_rule cx_rule_ntlm_session_security_mismatch = {
    .id = "ntlm-session-security-mismatch",
    .title = "NTLM session security differs between client and server",
    .default_severity = CX_FAILURE,
    .layer = "auth",
    .logon = true,
    .needs = CX_BIT(CX_EV_NTLM),
    .detect = detect,
    .evidence = "A bit that NtlmMinServerSec demands is missing in the AUTHENTICATE and the logon "
                "is refused; a "
                "bit that NtlmMinClientSec demands is missing in the CHALLENGE and no AUTHENTICATE "
                "follows; or "
                "ms-diagnostics with HRESULT 0xC3E93EE4.",
    .rules_out = "Success of the same exchange: then the server does not demand that. All demanded "
                 "bits in the "
                 "AUTHENTICATE: then it is the credentials. An anonymous AUTHENTICATE.",
    .traps = "SEAL (0x20) is normally absent and flags differ in every good exchange. ALWAYS_SIGN "
             "is not SIGN. The "
             "server's value is not on the wire: give it with --policy ntlm-min-server=….",
    .explain = "{client} and {server} did not agree on {missing}, and the logon was refused.",
    .remedy =
        "Set NtlmMinClientSec on the client and NtlmMinServerSec on the server (HKLM\\System\\"
        "CurrentControlSet\\Control\\Lsa\\MSV1_0) to values that fit: for example 0x20080030 on "
        "both, or "
        "the server's value lowered to what its clients agree to.",
    .source = "Common Issues with Sign-in and Discovery, External Users Unable to Sign In; KB "
              "823659; MS-NLMP "
              "3.1.5.1.2, 3.2.5.1.2",
    .shadows = (const char *const[]){"sip-auth-failed", "sip-auth-no-common-scheme",
                                     "ntlm-logon-failed", NULL},
};
