/* What challenges tell beside the schemes: clocks that differ, Digest answers that can never fit,
 * and servers that offer NTLM alone (signin-failures 1.5, 9.1). */
#include "rules/answer.h"
#include "rules/judging.h"
#include "signin/decide.h"

#define SEC_E_TIME_SKEW 0x80090324u

/* What the servers allow (MS-SIP 2.2.1, header Date): five minutes with Kerberos, 15 with NTLM. */
#define KERBEROS_SKEW_NS (300 * CX_SECOND_NS)
#define NTLM_SKEW_NS     (900 * CX_SECOND_NS)

/* Two clocks that differ by no more are taken for one. */
#define SAME_CLOCK_NS (60 * CX_SECOND_NS)

/* ---- clocks ---- */

/* A Kerberos server shows the same difference: then it is the clock of the capture that is wrong.
 */
static bool explained_by_capture(const cx_attempt *a, int64_t skew_ns)
{
    for (uint32_t i = 0; i < a->n_exchanges; i++)
        for (uint32_t k = 0; k < a->exchanges[i]->n_errors; k++) {
            const cx_event *e = a->exchanges[i]->error[k];
            if (e->u.krb.stime_ns == INT64_MIN)
                continue;
            int64_t apart_ns = e->u.krb.stime_ns - e->at.ts_ns - skew_ns;
            if (apart_ns > -SAME_CLOCK_NS && apart_ns < SAME_CLOCK_NS)
                return true;
        }
    return false;
}

/* The credentials were refused, and the Date of the server is far from the time of the capture. */
static bool dates_differ(const cx_attempt *a, const cx_register *r, int64_t *ret_skew_ns)
{
    if (!cx_register_refused(a, r) || r->response->u.sip.date_ns == INT64_MIN)
        return false;
    cx_gss_data gss = cx_register_used(r)->gss;
    int64_t allowed_ns = gss == CX_GSS_KERBEROS ? KERBEROS_SKEW_NS : NTLM_SKEW_NS;
    int64_t skew_ns = r->response->u.sip.date_ns - r->response->at.ts_ns;
    if ((gss != CX_GSS_KERBEROS && gss != CX_GSS_NTLM) ||
        (skew_ns > -allowed_ns && skew_ns < allowed_ns) || explained_by_capture(a, skew_ns))
        return false;
    *ret_skew_ns = skew_ns;
    return true;
}

static void detect_clock_skew(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        int64_t skew_ns = 0;
        if (!r->response || r->response->u.sip.status < 300)
            continue;
        if (cx_answer_diag(r, (const uint32_t[]){1013, 0}) ||
            cx_answer_has_hresult(r, SEC_E_TIME_SKEW)) {
            cx_finding *f = cx_find_answer(j, r, CX_PROVEN);
            if (r->response->u.sip.date_ns != INT64_MIN)
                cx_find_number(j, f, "skew_s",
                               (r->response->u.sip.date_ns - r->response->at.ts_ns) / CX_SECOND_NS);
        } else if (dates_differ(a, r, &skew_ns)) {
            cx_finding *f = cx_find_answer(j, r, CX_POSSIBLE);
            cx_find_number(j, f, "skew_s", skew_ns / CX_SECOND_NS);
            f->explain = "{server} refused the credentials of {user}, and its clock (Date) is "
                         "{skew_s} s ahead of that of the capturing host (a negative number: "
                         "behind it). If the capture was taken on the client, that alone may be "
                         "the reason.";
        }
    }
}

const cx_rule cx_rule_sip_clock_skew = {
    .id = "sip-clock-skew",
    .title = "The clocks of client and server differ too much",
    .default_severity = CX_FAILURE,
    .layer = "auth",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_clock_skew,
    .evidence = "ms-diagnostics 1013 or HRESULT 0x80090324 in the answer to REGISTER. Possible: "
                "credentials refused by a server whose Date is more than 5 minutes (Kerberos) or "
                "15 minutes (NTLM) from the time of the capture.",
    .rules_out = "A sign-in that is accepted; a Kerberos server whose time differs from the "
                 "capture's in the same way: then it is the clock of the capture.",
    .traps = "Times of frames are those of the capturing host, which need not be the client.",
    .explain = "{server} refused the sign-in of {user} because the clocks differ too much: "
               "{status} {reason}{diagnostics}.",
    .remedy = "Synchronise the clocks of client, server and domain controller.",
    .source = "MS-OCER (1013); MS-SIP 2.2.1 (Date)",
    .shadows = (const char *const[]){"sip-auth-failed", "sip-auth-no-common-scheme", NULL},
};

/* ---- Digest ---- */

/* RFC 7616 3.3: without the parameter it is MD5. */
static cx_slice algorithm_of(const cx_sip_auth *auth)
{
    return auth->algorithm.len ? auth->algorithm : cx_slice_of("MD5");
}

/* word is one of list's, which are separated by commas ("auth,auth-int"). */
static bool is_listed(cx_slice list, cx_slice word)
{
    while (list.len) {
        size_t end = cx_slice_find(list, ',', 0);
        cx_slice first = end == SIZE_MAX ? list : cx_slice_sub(list, 0, end);
        if (cx_slice_ieq(cx_slice_trim(first), word))
            return true;
        list =
            end == SIZE_MAX ? (cx_slice){NULL, 0} : cx_slice_sub(list, end + 1, list.len - end - 1);
    }
    return false;
}

static bool is_fit(const cx_sip_auth *offer, const cx_sip_auth *used)
{
    return cx_slice_ieq(algorithm_of(offer), algorithm_of(used)) &&
           (!used->qop.len || is_listed(offer->qop, used->qop));
}

/* The challenge that r answers, the one that fits best, or NULL: not captured. The refusal that
 * ended the attempt before may have brought it; then it is made in *kept. */
static const cx_sip_auth *challenge_of(const cx_attempt *a, const cx_register *r,
                                       const cx_sip_auth *used, cx_sip_auth *kept,
                                       cx_evidence *ret_at)
{
    const cx_sip_auth *found = NULL;
    for (const cx_register *before = a->registers; before < r; before++)
        for (uint32_t i = 0; before->response && i < before->response->u.sip.n_auth; i++) {
            const cx_sip_auth *offer = &before->response->u.sip.auth[i];
            if (offer->role != CX_AUTH_OFFERED || !cx_slice_eq(offer->nonce, used->nonce))
                continue;
            if (!found || is_fit(offer, used)) {
                found = offer;
                *ret_at = before->response->at;
            }
        }
    if (found || !a->digest.alone || !used->nonce.len ||
        a->digest.nonce != cx_nonce_hash(used->nonce))
        return found;
    *kept = (cx_sip_auth){.algorithm = cx_slice_of(a->digest.algorithm),
                          .qop = cx_slice_of(a->digest.qop)};
    *ret_at = a->digest.latest;
    return kept;
}

static void find_repeated(cx_judging *j, const cx_register *r, const cx_sip_auth *used)
{
    const cx_digest_chain *before = &j->a->digest;
    uint32_t refused = before->refused + 1;
    if (refused < 3)
        return;
    cx_finding *f = cx_find_answer(j, r, CX_PROVEN);
    f->severity = CX_WARNING;
    cx_find_text(j, f, "account", used->username.len ? used->username : j->a->user);
    cx_find_number(j, f, "refused", refused);
    for (uint32_t i = 0; i < before->refused && i < sizeof before->at / sizeof *before->at; i++)
        cx_show(j, f, before->at[i], "refused before");
    f->explain = "{client} has now answered {refused} challenges of {server} in a row for "
                 "{account}, each time in vain, without waiting for other credentials: it may lock "
                 "the account out.";
}

static void detect_digest(cx_judging *j)
{
    const cx_attempt *a = j->a;
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_register *r = &a->registers[i];
        cx_sip_auth kept;
        cx_evidence at = {0};
        if (!cx_register_refused(a, r) || cx_register_used(r)->gss != CX_GSS_ABSENT)
            continue;
        const cx_sip_auth *used = cx_register_used(r);
        const cx_sip_auth *offer = challenge_of(a, r, used, &kept, &at);
        if (!offer || is_fit(offer, used)) {
            find_repeated(j, r, used);
            continue;
        }
        cx_finding *f = cx_find_answer(j, r, CX_LIKELY);
        cx_find_format(j, f, "demanded", "%.*s%s%.*s", (int)algorithm_of(offer).len,
                       (const char *)algorithm_of(offer).p, offer->qop.len ? ", qop " : "",
                       (int)offer->qop.len, offer->qop.len ? (const char *)offer->qop.p : "");
        cx_find_format(j, f, "given", "%.*s%s%.*s", (int)algorithm_of(used).len,
                       (const char *)algorithm_of(used).p, used->qop.len ? ", qop " : "",
                       (int)used->qop.len, used->qop.len ? (const char *)used->qop.p : "");
        cx_show(j, f, at, "the challenge");
    }
}

const cx_rule cx_rule_sip_digest_loop = {
    .id = "sip-digest-loop",
    .title = "Digest answers that the server refuses again and again",
    .default_severity = CX_FAILURE,
    .layer = "auth",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_digest,
    .evidence =
        "An answer to a Digest challenge with another algorithm or qop than it demands, and "
        "a fresh challenge for it. As a warning beside sip-auth-failed: three answers in a "
        "row, each to the fresh challenge of the refusal before.",
    .rules_out =
        "stale=true; an answer that is accepted; algorithm and qop as demanded: then it is "
        "the password, realm or user.",
    .traps = "The first 401 is normal, and so is a nonce of an earlier sign-in that is refused.",
    .explain = "{server} demands Digest with {demanded}, and {client} answers with {given}: it "
               "challenges again whatever the password.",
    .remedy = "Set the client or the registrar to an algorithm that both support. Where the client "
              "repeats itself, correct password, realm and authentication user first, and have it "
              "stop after a refusal.",
    .source = "RFC 3261 22.4; RFC 8760 2.3; RFC 7616 3.3",
    .shadows = (const char *const[]){"sip-auth-failed", NULL},
};

/* ---- NTLM alone ---- */

static void detect_ntlm_only(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_registers; i++) {
        const cx_register *r = &j->a->registers[i];
        uint32_t offers = 0;
        bool only = true;
        if (!cx_register_challenged(r) || r->response->u.sip.cut)
            continue;
        for (uint32_t k = 0; k < r->response->u.sip.n_auth; k++) {
            const cx_sip_auth *offer = &r->response->u.sip.auth[k];
            if (offer->role != CX_AUTH_OFFERED)
                continue;
            offers++;
            only &= cx_slice_iis(offer->scheme, "NTLM") && offer->gss == CX_GSS_ABSENT;
        }
        if (!offers || !only)
            continue; /* the CHALLENGE of an exchange comes alone, whatever was offered */
        (void)cx_find_answer(j, r, CX_PROVEN); /* complete as it is */
        return;
    }
}

const cx_rule cx_rule_sip_ntlm_only_offer = {
    .id = "sip-ntlm-only-offer",
    .title = "The server offers NTLM only",
    .default_severity = CX_NOTE,
    .layer = "auth",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect_ntlm_only,
    .evidence =
        "A 401 or 407 that offers NTLM and no other scheme, at the beginning of an exchange.",
    .rules_out = "Kerberos or TLS-DSK beside it.",
    .traps = "The 401 that carries the CHALLENGE names NTLM alone as a matter of course. An edge "
             "server may leave Kerberos out by design.",
    .explain = "{server} offers NTLM only: no Kerberos for clients inside the network, no "
               "certificates (TLS-DSK).",
    .remedy = "For clients from outside nothing is wrong. Inside, set the authentication protocol "
              "of the front-end server to both NTLM and Kerberos.",
    .source = "Common Issues with Sign-in and Discovery, Set the Authentication Protocol to Both "
              "NTLM and Kerberos",
};
