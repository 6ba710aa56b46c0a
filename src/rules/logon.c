/* Logons outside of SIP that a server refused (signin-failures 1.9; ntlm-kerberos-tls.md 4.3). */
#include "rules/judging.h"
#include "signin/conn.h"

#include <inttypes.h>

/* What an NTSTATUS means for the person at the desk; NULL: its name must do. */
static const char *meaning_of(uint32_t status)
{
    static const struct {
        uint32_t status;
        const char *text;
    } meanings[] = {
        {0xc000005e, "no domain controller could be asked"},
        {0xc0000064, "there is no such user"},
        {0xc000006a, "the password is wrong"},
        {0xc000006d, "user name or password is wrong, or the kind of response is not accepted"},
        {0xc000006e, "the account is restricted, for example by a blank password"},
        {0xc000006f, "it is outside the logon hours of the account"},
        {0xc0000070, "the account may not log on from this computer"},
        {0xc0000071, "the password has expired"},
        {0xc0000072, "the account is disabled"},
        {0xc0000133, "the clocks of the computers differ too much"},
        {0xc000015b, "the account has no right to this kind of logon"},
        {0xc000018b, "the computer has no account in the domain"},
        {0xc000018d, "the trust between the domains, or with the computer, is broken"},
        {0xc0000192, "the Netlogon service is not running"},
        {0xc0000193, "the account has expired"},
        {0xc0000224, "the password must be changed first"},
        {0xc0000234, "the account is locked out"},
        {0xc0000413, "selective authentication does not let the account in here"},
        {0xc0000418, "NTLM is blocked by policy"},
        {0x80090302, "session security that was demanded was not agreed on"},
    };
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].status == status)
            return meanings[i].text;
    return NULL;
}

static cx_slice status_text(cx_judging *j, const cx_ev_logon *r)
{
    const char *name = r->status_name ? r->status_name : "";
    switch (r->status_kind) {
    case CX_LOGON_NTSTATUS:
        return cx_arena_printf(j->arena, "0x%08" PRIx32 " %s", r->status, name);
    case CX_LOGON_LDAP:
        return cx_arena_printf(j->arena, "%" PRIu32 " %s", r->status, name);
    case CX_LOGON_HTTP:
        return cx_arena_printf(j->arena, "%" PRIu32 " after complete credentials", r->status);
    case CX_LOGON_RPC:
        return cx_arena_printf(j->arena, "%s (%" PRIu32 ")", *name ? name : "a fault", r->status);
    case CX_LOGON_REPLY:
        return r->status
                   ? cx_arena_printf(j->arena, "%" PRIu32 "%s%s", r->status, *name ? " " : "", name)
                   : cx_slice_of("a refusal");
    }
    return cx_slice_of("");
}

/* Another logon followed on the conversation of exchange i, and bytes that may hold its result are
 * missing. */
static bool rest_is_hidden(const cx_attempt *a, uint32_t i)
{
    for (uint32_t k = i + 1; k < a->n_exchanges; k++) {
        const cx_exchange *x = a->exchanges[k];
        const cx_conn *c = x->conn;
        if (!x->kdc && !x->result && c->flow == a->exchanges[i]->conn->flow &&
            (c->gap[CX_FROM_CLIENT] || c->gap[CX_FROM_SERVER]))
            return true;
    }
    return false;
}

static void detect(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *x = a->exchanges[i];
        if (x->kdc || !x->result || x->result->u.logon.success || cx_exchange_is_anonymous(x))
            continue;
        const cx_ev_logon *r = &x->result->u.logon;
        bool recovered = false;
        for (uint32_t k = i + 1; k < a->n_exchanges; k++)
            recovered |= cx_exchange_succeeded(a->exchanges[k]);
        cx_finding *f = cx_find(j, r->unclear ? CX_POSSIBLE : CX_PROVEN, x->conn);
        bool hidden = !recovered && rest_is_hidden(a, i);
        f->recovered = recovered || hidden;
        f->goes_on_ns = CX_NEXT_STEP_NS; /* another password, or no name */
        if (hidden)
            f->explain = "{server} refused {refused} of {user} over {carrier} with "
                         "{status}{meaning}. Another logon followed on the same conversation, and "
                         "bytes of that are missing: whether it worked is not known.";
        uint32_t nt = r->nt_status                          ? r->nt_status
                      : r->status_kind == CX_LOGON_NTSTATUS ? r->status
                                                            : 0;
        const char *meaning = meaning_of(nt);
        cx_find_text(j, f, "refused",
                     cx_slice_of(r->unclear ? "the logon, or what came with it," : "the logon"));
        cx_find_text(j, f, "carrier", cx_slice_of(x->carrier));
        cx_find_text(j, f, "user", a->user.len ? a->user : cx_slice_of("the user"));
        cx_find_text(j, f, "status", status_text(j, r));
        if (r->nt_status) {
            const char *name = cx_ntstatus_name(r->nt_status);
            cx_find_format(j, f, "reason", "0x%08" PRIx32 " %s", r->nt_status, name ? name : "");
        }
        cx_find_format(j, f, "meaning", "%s%s", meaning ? ": " : "", meaning ? meaning : "");
        cx_find_text(j, f, "server_text", r->text);
        cx_show(j, f, x->result->at, "the server's answer");
        if (x->authenticate)
            cx_show(j, f, x->authenticate->at, "AUTHENTICATE of the client");
        if (x->challenge)
            cx_show(j, f, x->challenge->at, "CHALLENGE of the server");
        if (!x->authenticate && x->request)
            cx_show(j, f, x->request->at, "the client's Kerberos ticket");
        else if (!x->challenge && x->negotiate)
            cx_show(j, f, x->negotiate->at, "NEGOTIATE of the client");
    }
}

const cx_rule cx_rule_ntlm_logon_failed = {
    .id = "ntlm-logon-failed",
    .title = "The server refused the logon",
    .default_severity = CX_FAILURE,
    .layer = "auth",
    .needs = CX_BIT(CX_EV_LOGON),
    .detect = detect,
    .evidence = "An NTSTATUS, an LDAP result, HTTP 401 or another refusal after the AUTHENTICATE "
                "(or a Kerberos ticket) over SMB, LDAP, HTTP, DCE/RPC, mail or SQL.",
    .rules_out = "An anonymous session; success on a retry; another logon on the same conversation "
                 "whose result is missing in the capture.",
    .traps =
        "Two 401s precede an NTLM logon over HTTP as a matter of course. Many servers answer "
        "the general STATUS_LOGON_FAILURE whatever the reason. Over DCE/RPC \"access denied\" to "
        "the first call may be said of that call: then the finding is only possible. Inside SIP "
        "it is sip-auth-failed.",
    .explain = "{server} refused {refused} of {user} over {carrier} with {status}{meaning}.",
    .remedy =
        "Check user name, domain and password, and whether the account is locked, disabled or "
        "expired; the server's security log has the reason.",
    .source = "MS-NLMP 3.2.5.1.2; MS-ERREF 2.3.1; RFC 4511 4.1.9",
    .logon = true,
};
