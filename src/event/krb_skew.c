/* How far the clocks of a client's capture and of a Kerberos server are apart. */
#include "event/event.h"

bool cx_krb_skew(const cx_ev_krb *e, const cx_evidence *at, int64_t *ret_s)
{
    const int64_t second = INT64_C(1000000000);
    int64_t ns;
    if (e->stime_ns == INT64_MIN || __builtin_sub_overflow(e->stime_ns, at->ts_ns, &ns))
        return false;
    int64_t s = ns / second, rest = ns % second;
    *ret_s = s + (rest >= second / 2) - (rest <= -second / 2);
    return true;
}
