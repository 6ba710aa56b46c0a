/* Findings about answers: see answer.h. */
#include "rules/answer.h"

#include "signin/decide.h"

uint16_t cx_answer_status(const cx_register *r)
{
    return r->response ? r->response->u.sip.status : 0;
}

bool cx_accepted_from(const cx_attempt *a, uint32_t i)
{
    for (; i < a->n_registers; i++)
        if (cx_register_accepted(&a->registers[i]))
            return true;
    return false;
}

const cx_sip_diag *cx_answer_diag(const cx_register *r, const uint32_t *codes)
{
    for (uint32_t i = 0; r->response && i < r->response->u.sip.n_diag; i++)
        for (const uint32_t *code = codes; *code; code++)
            if (r->response->u.sip.diag[i].code == *code)
                return &r->response->u.sip.diag[i];
    return NULL;
}

static bool is_hex(cx_slice s, uint32_t number)
{
    size_t at = s.len > 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x' ? 2 : 0;
    uint32_t read = 0;
    size_t end = at + 8;
    if (s.len < end)
        return false;
    for (; at < end; at++) {
        uint8_t c = s.p[at] | 0x20;
        if (c >= '0' && c <= '9')
            read = read << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            read = read << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    return read == number;
}

bool cx_answer_has_hresult(const cx_register *r, uint32_t hresult)
{
    for (uint32_t i = 0; r->response && i < r->response->u.sip.n_diag; i++) {
        const cx_sip_diag *d = &r->response->u.sip.diag[i];
        for (uint32_t k = 0; k < d->n_attributes; k++)
            if (cx_slice_iis(d->names[k], "HRESULT") && is_hex(d->values[k], hresult))
                return true;
    }
    return false;
}

cx_finding *cx_find_answer(cx_judging *j, const cx_register *r, cx_confidence confidence)
{
    const cx_ev_sip *sip = &r->response->u.sip;
    /* What it answers was cut off, perhaps with the request. */
    cx_confidence most = sip->method.len ? CX_PROVEN : r->request ? CX_LIKELY : CX_POSSIBLE;
    cx_finding *f = cx_find(j, confidence < most ? confidence : most, r->conn);
    f->reg = r;
    cx_find_text(j, f, "user", j->a->user.len ? j->a->user : cx_slice_of("the user"));
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
    cx_show(j, f, r->response->at, "%u %.*s%s%.*s", sip->status, (int)sip->reason.len,
            sip->reason.p ? (const char *)sip->reason.p : "",
            sip->method.len ? " to REGISTER" : ", cut short",
            (int)(said.len < 200 ? said.len : 200), said.p ? (const char *)said.p : "");
    if (r->request)
        cx_show(j, f, r->request->at, "REGISTER %.*s", (int)j->a->user.len,
                (const char *)j->a->user.p);
    return f;
}
