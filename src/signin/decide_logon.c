/* Outcomes of attempts that are NTLM or Kerberos exchanges alone: see decide.h. */
#include "signin/decide.h"

/* The CHALLENGE lacks what a client may demand (128 bits, extended session security). */
static bool weak_challenge(const cx_exchange *x)
{
    const uint32_t demanded = 0x20080000;
    return x->challenge && !x->authenticate && (x->challenge->u.ntlm.flags & demanded) != demanded;
}

cx_decision cx_decide_logon(cx_attempt *a)
{
    bool failed = false, anonymous = true;
    a->kind = CX_KIND_LOGON;
    a->outcome = CX_OUT_INCOMPLETE;
    for (uint32_t i = 0; i < a->n_exchanges; i++) {
        const cx_exchange *x = a->exchanges[i];
        anonymous &= cx_exchange_is_anonymous(x);
        if (cx_exchange_is_anonymous(x)) {
            /* A client without credentials may try the name of whoever runs it first. */
            failed &= !cx_exchange_succeeded(x);
            continue;
        }
        /* whom the server let in is not in sight: perhaps not the one whom it refused */
        bool somebody = x->challenge && !x->authenticate && !x->user.len && a->n_exchanges > 1;
        if (cx_exchange_succeeded(x) && !somebody) {
            a->outcome = CX_OUT_SUCCESS;
            a->decisive = x->conn;
        }
        failed |= (x->result && !x->result->u.logon.success) || x->n_errors || weak_challenge(x) ||
                  (x->kdc && (!x->answers || x->tcp_failed));
    }
    if (anonymous)
        return CX_DECIDE_DROP;
    if (a->outcome == CX_OUT_SUCCESS)
        return CX_DECIDE_TELL_IF_ALONE;
    return failed ? CX_DECIDE_TELL : CX_DECIDE_TELL_IF_ALONE;
}
