/* Requests and their answers (http_exchange.h). */
#include "dissectors/http_exchange.h"

void cx_http_queue_put(cx_http_queue *q, const cx_http_exchange *x)
{
    if (q->lost_before)
        q->n = q->beyond = 0;
    q->lost_before = false;
    /* who is answered by number must not be passed by: all behind the full queue are unknown */
    if (q->n == CX_MAX_HTTP_PIPELINE || q->beyond) {
        q->beyond += q->beyond < UINT32_MAX;
        return;
    }
    q->waiting[(q->first + q->n++) % CX_MAX_HTTP_PIPELINE] = *x;
}

static void drop_first(cx_http_queue *q)
{
    q->first = (q->first + 1) % CX_MAX_HTTP_PIPELINE;
    q->n--;
}

/* Responses may be missing before the next one: who sends one request after the other has got all
 * answers but that to the latest. Those that came in one packet were sent without waiting. */
static void skip_answered(cx_http_queue *q)
{
    if (q->beyond) /* the latest is not known */
        q->n = q->beyond = 0;
    while (q->n > 1 && q->waiting[q->first].frame !=
                           q->waiting[(q->first + q->n - 1) % CX_MAX_HTTP_PIPELINE].frame)
        drop_first(q);
}

bool cx_http_queue_take(cx_http_queue *q, cx_http_exchange *ret)
{
    /* the first bytes of the server are not seen when the capture lacks its beginning */
    if (q->lost_after || !q->replied)
        skip_answered(q);
    q->replied = true;
    q->lost_after = false;
    *ret = (cx_http_exchange){.method_name = NULL};
    if (q->n) {
        *ret = q->waiting[q->first];
        drop_first(q);
        return true;
    }
    if (q->beyond)
        q->beyond--;
    return false;
}

void cx_http_queue_lost(cx_http_queue *q, bool responses)
{
    if (responses)
        q->lost_after = true;
    else
        q->lost_before = true;
}

void cx_http_logons(const cx_http_exchange *x, uint16_t status, const cx_http_auth *auth,
                    cx_http_report *r)
{
    static const uint16_t refusal[CX_HTTP_SCOPES] = {401, 407};
    for (int scope = 0; scope < CX_HTTP_SCOPES; scope++) {
        bool refused = status == refusal[scope];
        if (x->step[scope] != CX_HTTP_STEP_FINAL || (refused && auth->goes_on[scope]))
            continue;
        /* a proxy or gateway speaks here: what the server makes of the token is not seen */
        if (scope == CX_HTTP_ORIGIN && (status == 407 || status == 502 || status == 504))
            continue;
        r->logon_scope[r->n_logons] = (uint8_t)scope;
        r->logon[r->n_logons++] = (cx_ev_logon){.carrier = "http",
                                                .mechanism = x->mechanism[scope],
                                                .success = !refused,
                                                .status_kind = CX_LOGON_HTTP,
                                                .status = status,
                                                .status_name = cx_http_status_name(status)};
    }
}
