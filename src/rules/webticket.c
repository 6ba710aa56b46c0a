/* Certificates for TLS-DSK that a client cannot fetch (signin-failures 1.5, 9.1). */
#include "base/text.h"
#include "rules/answer.h"
#include "rules/judging.h"
#include "signin/conn.h"
#include "signin/decide.h"

/* The client began the TLS handshake inside SIP: it had its certificate. */
static bool began_tls_dsk(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_registers; i++) {
        const cx_sip_auth *used = cx_register_used(&a->registers[i]);
        if (used && cx_slice_iis(used->scheme, "TLS-DSK"))
            return true;
    }
    return false;
}

static const cx_register *challenge_with_uri(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_registers; i++)
        for (uint32_t k = 0; a->registers[i].response && k < a->registers[i].response->u.sip.n_auth;
             k++)
            if (a->registers[i].response->u.sip.auth[k].sts_uri.len)
                return &a->registers[i];
    return NULL;
}

/* Why a connection to the web service gave no certificate; NULL: nothing is wrong with it. */
static const char *fault_of(const cx_conn *c, cx_confidence *ret_confidence)
{
    static const char *const never_opened[] = {
        [CX_CONN_REFUSED] = "it refuses the connection",
        [CX_CONN_TIMEOUT] = "it does not answer",
        [CX_CONN_UNREACHABLE] = "it cannot be reached",
    };
    *ret_confidence = CX_PROVEN;
    if (cx_is_dead(c))
        return never_opened[c->outcome];
    if (c->outcome == CX_CONN_TRYING || c->outcome == CX_CONN_TIMEOUT)
        return NULL; /* the capture ended */
    *ret_confidence = CX_LIKELY;
    if (c->tls.client_hello && !cx_conn_tls_used(c))
        return cx_conn_ended_by(c) >= 0 ? "TLS with it came to nothing" : NULL;
    if (c->http_status >= 400)
        return "it refuses the request";
    if (c->http_status || cx_conn_ended_by(c) < 0)
        return NULL;
    *ret_confidence = CX_POSSIBLE;
    return "what it answered is encrypted";
}

/* The lookup of the host that gave no address, when none did; else NULL. That there is no IPv6
 * address says nothing of the other. */
static const cx_lookup *failed_lookup(const cx_attempt *a)
{
    const cx_lookup *failed = NULL;
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!cx_host_eq(l->name, a->ticket_host))
            continue;
        if (cx_lookup_found(l))
            return NULL;
        bool other = l->type == CX_DNS_AAAA && l->state == CX_LOOKUP_NODATA;
        if (!other && (cx_lookup_negative(l) || l->state == CX_LOOKUP_ERROR))
            failed = l;
    }
    return failed;
}

static void detect(cx_judging *j)
{
    const cx_attempt *a = j->a;
    const cx_register *asked = challenge_with_uri(a);
    const cx_conn *conn = NULL;
    const char *how = NULL;
    cx_confidence confidence = CX_PROVEN;
    if (!asked || !a->ticket_host.len || began_tls_dsk(a))
        return;
    /* The client may yet come back with a certificate, or did where it was not captured. */
    if (!asked->request || (cx_may_go_on(a) && cx_conn_ended_by(asked->conn) < 0))
        return;
    for (uint32_t i = 0; i < a->n_conns; i++) {
        if (!a->conns[i]->ticket)
            continue;
        conn = a->conns[i]; /* the last one counts: the first 401s and a first 500 are normal */
        how = fault_of(conn, &confidence);
    }
    const cx_lookup *lookup = conn ? NULL : failed_lookup(a);
    if (lookup)
        how = "its name has no address";
    if (!how)
        return;
    cx_finding *f = cx_find(j, confidence, conn ? conn : asked->conn);
    cx_find_text(j, f, "user", a->user);
    cx_find_text(j, f, "registrar", cx_say_conn(j, asked->conn));
    cx_find_text(j, f, "host", a->ticket_host);
    cx_find_text(j, f, "how", cx_slice_of(how));
    cx_show(j, f, asked->response->at, "%u that offers TLS-DSK with sts-uri",
            asked->response->u.sip.status);
    if (lookup)
        cx_show(j, f, lookup->answer, "the answer for %.*s", (int)lookup->name.len,
                (const char *)lookup->name.p);
    if (conn) {
        cx_show(j, f, conn->http, "HTTP %u", conn->http_status);
        cx_show(j, f, conn->tcp.answer, "the answer to the SYN");
        cx_show(j, f, conn->ended, "the connection ends");
        cx_show(j, f, conn->first, "the connection to the web service");
    }
}

const cx_rule cx_rule_sip_webticket_failed = {
    .id = "sip-webticket-failed",
    .title = "The client cannot fetch the certificate for TLS-DSK",
    .default_severity = CX_FAILURE,
    .layer = "auth",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect,
    .evidence =
        "A 401 that offers TLS-DSK with sts-uri, then the lookup of that host, the "
        "connection to it, TLS with it, or its last HTTP answer fails, and no REGISTER with "
        "TLS-DSK follows.",
    .rules_out = "A REGISTER with TLS-DSK.",
    .traps =
        "HTTP 401s, and a first 500 for an anonymous ticket, are normal. Inside TLS the answers "
        "of the web service cannot be read: then the finding is only possible.",
    .explain =
        "{registrar} offers TLS-DSK to {user}, for which the client needs a certificate from the "
        "web service on {host}; but {how}, and no REGISTER with TLS-DSK followed.",
    .remedy =
        "Let clients reach the web services (certificate provisioning, web tickets) under the "
        "name in sts-uri; check their certificate and ADFS/STS; delete a cached certificate "
        "on the client.",
    .source = "MS-SIPAE 2.2.1 (sts-uri); MS-OCAUTHWS",
    .shadows =
        (const char *const[]){"sip-auth-no-common-scheme", "tcp-connection-refused",
                              "tcp-connect-timeout", "tcp-wrong-edge-port", "tcp-plain-port-closed",
                              "icmp-unreachable", "icmp-admin-prohibited", "tcp-reset-established",
                              "tcp-closed-before-data", "tcp-accepted-silent", "tls-alert-fatal",
                              "tls-client-silent-reject", "tls-server-silent-close",
                              "tls-server-no-reply", "tls-handshake-abandoned",
                              "dns-host-unresolvable", NULL},
};
