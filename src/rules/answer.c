/* Findings about answers: see answer.h. */
#include "rules/answer.h"

cx_finding *cx_find_answer(cx_judging *j, const cx_register *r, cx_confidence confidence)
{
    const cx_ev_sip *sip = &r->response->u.sip;
    cx_finding *f = cx_find(j, confidence, r->conn);
    f->reg = r;
    cx_find_text(j, f, "user", j->a->user);
    cx_find_number(j, f, "status", sip->status);
    cx_find_text(j, f, "reason", sip->reason);
    if (sip->n_diag) {
        cx_find_number(j, f, "ms_diagnostics", sip->diag[0].code);
        cx_find_text(j, f, "ms_diagnostics_reason", sip->diag[0].reason);
    }
    cx_slice said = cx_slice_of("");
    if (sip->n_diag)
        said = cx_arena_printf(j->arena, " with ms-diagnostics %u (%.*s)", sip->diag[0].code,
                               (int)sip->diag[0].reason.len, (const char *)sip->diag[0].reason.p);
    else if (sip->n_warnings)
        said = cx_arena_printf(j->arena, " with Warning \"%.*s\"", (int)sip->warning[0].text.len,
                               (const char *)sip->warning[0].text.p);
    cx_find_text(j, f, "diagnostics", said);
    cx_show(j, f, r->response->at, "%u %.*s to REGISTER%.*s", sip->status, (int)sip->reason.len,
            (const char *)sip->reason.p, (int)(said.len < 200 ? said.len : 200),
            said.p ? (const char *)said.p : "");
    if (r->request)
        cx_show(j, f, r->request->at, "REGISTER %.*s", (int)j->a->user.len,
                (const char *)j->a->user.p);
    return f;
}
